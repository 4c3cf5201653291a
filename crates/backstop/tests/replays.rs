//! Recorded ledgers, with the root and the bulletin that they must give for as long as this version is the version.
//!
//! Recorded anew with `BACKSTOP_RECORD=1 cargo nextest run -p backstop --test replays`, when a bulletin is meant to change.

use backstop::audit::{Means, audit};
use backstop::demo::{What, simulate};
use backstop::file_proof::{self, Trust, check};
use backstop::mirror::{Source, follow};
use backstop::station::{adopts, open_mission};
use backstop::storage::{DataClass, Settings, Store};
use clause::AgreementFiles;
use ledger::VerifyingIdentity;
use mission::record::Body;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use verifier::Answer;

/// So many of the scenario's first happenings are recorded.
const HAPPENINGS: usize = 60;
const DAY: &str = "2026-03-02";

fn replays() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../replays")
}

#[test]
fn each_gives_its_root_and_its_bulletin() {
    if std::env::var_os("BACKSTOP_RECORD").is_some() {
        record(&replays().join("varo-small"));
    }
    let folders = fs::read_dir(replays()).expect("the replays").flatten().map(|item| item.path());
    let folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty(), "there is a replay");
    for folder in folders {
        let advice =
            "if this was meant, record it anew: BACKSTOP_RECORD=1 cargo nextest run -p backstop --test replays";
        let published = folder.join("published");
        let means =
            Means { threads: NonZero::new(2).expect("a thread"), published: Some(published.clone()), policy: None };
        let found = audit(&folder, &means, &mut |_| {});
        assert!(matches!(found.answer(), Answer::Yes(_)), "{found:#?}\n{advice}");
        assert!(found.results.iter().any(|result| result.kind == "bulletin"), "{found:#?}");
        let log = found.log.expect("a head");
        let expected = fs::read_to_string(folder.join("root")).expect("the root that it must give");
        assert_eq!(format!("{} {}\n", log.size, log.root), expected, "{advice}");
        let trust = Trust { log: VerifyingIdentity::parse(&log.key).ok(), ..Trust::default() };
        for file in fs::read_dir(&published).expect("its bulletin").flatten().map(|item| item.path()) {
            if file.extension().is_some_and(|extension| extension == "md") {
                let answer = check(&file, &trust);
                assert_eq!((answer.unchanged.word(), answer.in_the_log.word()), ("yes", "yes"), "{answer:?}");
            }
        }
    }
}

/// What a browser says of a log that is dropped on it is what the audit says of the same folder: sound, and with an entry kept
/// back.
#[test]
fn the_browser_derives_what_the_audit_derives() {
    let sound = replays().join("varo-small");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("derived");
    let _ = fs::remove_dir_all(&scratch);
    let copied = Source::named(sound.to_str().expect("a path")).expect("a folder");
    follow(&copied, &scratch, None, &mut |_| {}).expect("copied");
    let kept_back = scratch.join("payloads/000.p/109");
    let text = fs::read_to_string(&kept_back).expect("payloads");
    let line = text.lines().find(|line| line.contains("\"source\":\"")).expect("an observation");
    let index = line.split(' ').next().expect("an index");
    fs::write(&kept_back, text.replace(line, &format!("{index} withheld"))).expect("written");
    for folder in [sound, scratch] {
        let means = Means { threads: NonZero::new(2).expect("a thread"), published: None, policy: None };
        let audited = audit(&folder, &means, &mut |_| {});
        let read = |path: &str| fs::read(folder.join(path)).expect("a file of the mirror");
        let (key, authors) = (read("keys/log.pub"), read("keys/authors.txt"));
        let (head, leaves) = (read("log/checkpoint"), read("log/tile/entries/000.p/109"));
        let request = verifier::write(&[
            ("ask", b"derive"),
            ("log-key", &key),
            ("author", &authors),
            ("checkpoint", &head),
            ("tile/entries/000.p/109", &leaves),
            ("payloads/000.p/109", &read("payloads/000.p/109")),
        ]);
        let said: serde_json::Value = serde_json::from_slice(&verifier::answer(&request)).expect("JSON");
        let results: Vec<String> =
            audited.results.iter().map(|one| format!("{} {:?}", one.entry, one.answer)).collect();
        assert!(!results.is_empty(), "{audited:#?}");
        let word = |one: &serde_json::Value| {
            let note = one["note"].as_str().expect("a note").to_owned();
            let answer = match one["answer"].as_str() {
                Some("yes") => Answer::Yes(note),
                Some("no") => Answer::No(note),
                _ => Answer::CannotTell(note),
            };
            format!("{} {answer:?}", one["entry"])
        };
        let derived: Vec<String> = said["results"].as_array().expect("results").iter().map(word).collect();
        assert_eq!(derived, results);
        assert_eq!(said["answers"][2]["detail"], audited.follows.note());
        let now = audited.now.map(|now| (now.incidents.1, now.verdicts.1));
        let here = said["now"].as_object().map(|now| {
            let hash = |name: &str| now[name].as_str().expect("a hash").to_owned();
            (hash("incidents_sha256"), hash("verdicts_sha256"))
        });
        assert_eq!(here, now);
    }
}

/// Records the beginning of the demo's scenario, with a bulletin as Markdown.
fn record(folder: &Path) {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay");
    let _ = fs::remove_dir_all(&scratch);
    let _ = fs::remove_dir_all(folder);
    let scenario = simulate(1, 24);
    let settings = Settings {
        data_class: DataClass::Simulated,
        mission: "replay".to_owned(),
        created_at_ms: scenario.start.ms(),
        seed: Some([1; 32]),
    };
    let store = Store::create(&scratch, &settings).expect("a new store");
    let agreement = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agreements/varo-2026");
    let mut files = AgreementFiles::default();
    for file in fs::read_dir(agreement).expect("the demo's agreement").flatten() {
        let (path, name) = (file.path(), file.file_name().to_string_lossy().into_owned());
        if name == "agreement.md" {
            files.text = fs::read_to_string(path).expect("a text");
        } else if name.ends_with(".geojson") {
            files.files.insert(name, fs::read(path).expect("a map"));
        }
    }
    let zone = clause::read(&files).0.time_zone;
    let opened = open_mission(store, "Replay", DataClass::Simulated, &zone, None, Some(adopts(&files)), scenario.start);
    let mut station = opened.expect("a disk");
    let sources: Vec<Body> = scenario.sources.iter().cloned().map(Body::SourceDeclared).collect();
    station.write(&sources, scenario.start).expect("a disk");
    for happening in scenario.happenings.iter().take(HAPPENINGS) {
        let body = match &happening.what {
            What::Observation(observation) => Body::Observed(observation.clone()),
            What::Effort(effort) => Body::Looked(effort.clone()),
        };
        station.write(&[body], happening.received_at).expect("a disk");
    }
    let (mut made, index) = station
        .give_out(DAY, mission::Reader::Public, "replay", scenario.end)
        .unwrap_or_else(|error| panic!("{error:?}"));
    let seal = station.seal();
    let markdown = made.publication.files.iter().position(|file| file.format == "md").expect("a format");
    made.publication.files = vec![made.publication.files.swap_remove(markdown)];
    made.texts = vec![made.texts.swap_remove(markdown)];
    let published = folder.join("published");
    file_proof::write(station.reader(), index, &made.publication, &made.texts, &published).expect("written");
    drop(station);
    let source = Source::named(scratch.to_str().expect("a path")).expect("a store");
    follow(&source, folder, None, &mut |_| {}).expect("copied");
    fs::write(folder.join("root"), format!("{} {}\n", seal.size, seal.root)).expect("a disk");
    let _ = fs::remove_dir_all(&scratch);
}
