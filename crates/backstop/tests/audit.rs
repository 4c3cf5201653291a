//! The audit, against a record that tells the truth and against records that do not.

mod place;

use backstop::audit::{Audit, Means, audit};
use backstop::demo::Replay;
use backstop::file_proof::{Trust, check};
use backstop::station::Station;
use backstop::storage::Store;
use ledger::VerifyingIdentity;
use mission::Reader;
use mission::record::Body;
use mission::record::publication::{Attestation, Publication};
use place::Place;
use report::publication::{self, Made};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use verifier::Answer;

impl Place {
    /// A store with the demo's first hours, closed.
    fn told(&self, hours: u32) -> PathBuf {
        let dir = self.0.join("store");
        let mut replay = Replay::open(&dir, 7, hours).expect("a new store");
        let end = replay.scenario().end;
        replay.tell_until(end).expect("a disk");
        dir
    }
}

fn found(dir: &Path, threads: usize) -> Audit {
    let means = Means {
        threads: NonZero::new(threads).expect("a thread"),
        published: Some(dir.join("published")),
        policy: None,
    };
    audit(dir, &means, &mut |_| {})
}

fn key(dir: &Path) -> VerifyingIdentity {
    let text = std::fs::read_to_string(dir.join("keys/log.pub")).expect("a key");
    VerifyingIdentity::parse(text.trim_end()).expect("a vkey")
}

#[test]
fn the_truth_comes_out_the_same_for_any_number_of_threads() {
    let place = Place::new("truth");
    let dir = place.told(50);
    let one = found(&dir, 1);
    assert!(matches!(one.answer(), Answer::Yes(_)), "{one:#?}");
    let kinds: Vec<&str> = one.results.iter().map(|result| result.kind).collect();
    assert_eq!(kinds, ["derivation", "bulletin", "derivation", "bulletin"]);
    assert!(one.now.as_ref().is_some_and(|now| now.incidents.0 > 0), "{one:#?}");
    for threads in [2, 8] {
        assert_eq!(found(&dir, threads), one);
    }
}

/// Four processes, each with other seeds of its hash tables, one and eight threads, and files that came to lie in the folder in
/// the opposite order: the same bytes.
#[test]
fn four_processes_say_the_same_bytes() {
    let place = Place::new("bytes");
    let first = place.told(20);
    let turned = place.0.join("turned");
    let mut files = Vec::new();
    let mut folders = vec![first.clone()];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(&folder).expect("a folder").flatten() {
            if item.path().is_dir() { folders.push(item.path()) } else { files.push(item.path()) }
        }
    }
    for file in files.iter().rev() {
        let to = turned.join(file.strip_prefix(&first).expect("within"));
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        std::fs::copy(file, to).expect("copied");
    }
    let mut said = std::collections::BTreeSet::new();
    for (folder, threads) in [(&first, "1"), (&first, "8"), (&turned, "1"), (&turned, "8")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        let output = command.arg("audit").arg(folder).args(["--json", "--threads", threads]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("JSON");
        // When it was asked is the one thing that may differ.
        said.insert(text.lines().filter(|line| !line.contains("\"as_of\"")).collect::<String>());
    }
    assert_eq!(said.len(), 1, "{said:#?}");
}

/// Writes what a body says into a store that told the truth so far, and gives the audit's note on it.
fn lie(name: &str, lie: impl FnOnce(Publication, Attestation) -> Vec<Body>) -> Audit {
    let place = Place::new(name);
    let dir = place.told(20);
    let mut station = Station::of(Store::open(&dir).expect("a store")).expect("its state");
    let at = station.mission().latest().expect("entries");
    let made = publication::make(station.mission(), &station.seal(), "2026-03-02", Reader::Public).expect("a bulletin");
    let Made { publication, texts } = made;
    let attestation = publication::attest(station.mission(), &station.seal(), at, Reader::Public, "an office");
    let published = dir.join("published");
    std::fs::create_dir_all(&published).expect("a folder");
    for (file, text) in publication.files.iter().zip(texts) {
        std::fs::write(published.join(&file.name), text).expect("a file");
    }
    // The forger's file lies there, so that the audit can place the lie.
    std::fs::write(published.join("SIM_daily-2026-03-02.md"), FORGED).expect("a file");
    station.write(&lie(publication, attestation), at).expect("a disk");
    station.publish().expect("a disk");
    drop(station);
    found(&dir, 2)
}

const FORGED: &str = "# Daily bulletin 2026-03-02: Varo mission\n\nSIMULATED DATA. All is well.\n";

#[test]
fn a_bulletin_that_does_not_follow_is_found_to_the_byte() {
    let audit = lie("bulletin", |mut publication, _| {
        let file = publication.files.iter_mut().find(|file| file.format == "md").expect("a file");
        (file.sha256, file.bytes) = (sha256(FORGED), FORGED.len() as u64);
        vec![Body::BulletinPublished(publication)]
    });
    let Answer::No(note) = &audit.follows else { panic!("{audit:#?}") };
    assert!(note.contains("SIM_daily-2026-03-02.md") && note.contains("line 3, byte 59"), "{note}");
    assert!(matches!(audit.unchanged, Answer::Yes(_)), "nobody changed the log");
}

#[test]
fn a_derivation_that_does_not_follow_is_named_by_its_rule() {
    let audit = lie("derivation", |_, mut attestation| {
        let stream = &mut attestation.derivation.verdicts[3];
        stream.stream.sha256 = sha256("kept");
        vec![Body::DerivationAttested(attestation)]
    });
    let Answer::No(note) = &audit.follows else { panic!("{audit:#?}") };
    assert!(note.contains("the verdicts of "), "{note}");
}

#[test]
fn a_result_rests_on_what_came_before_it_under_the_root_of_that() {
    let of_another = lie("root", |mut publication, _| {
        publication.basis.root = "A".repeat(43) + "=";
        vec![Body::BulletinPublished(publication)]
    });
    assert!(matches!(&of_another.follows, Answer::No(note) if note.contains("have the root")), "{of_another:#?}");
    let of_the_future = lie("future", |mut publication, _| {
        publication.basis.size += 1;
        vec![Body::BulletinPublished(publication)]
    });
    assert!(matches!(&of_the_future.follows, Answer::No(note) if note.contains("itself")), "{of_the_future:#?}");
}

#[test]
fn another_program_s_result_cannot_be_told_unless_it_is_the_same() {
    let other = |change: fn(&mut Publication)| {
        lie("program", move |mut publication, _| {
            publication.program = "backstop 0.0.7".to_owned();
            change(&mut publication);
            vec![Body::BulletinPublished(publication)]
        })
    };
    let differs = other(|publication| publication.files[0].sha256 = sha256("other words"));
    assert!(matches!(&differs.follows, Answer::CannotTell(note) if note.contains("0.0.7")), "{differs:#?}");
    let same = other(|_| {});
    assert!(matches!(same.follows, Answer::Yes(_)), "{same:#?}");
}

#[test]
fn a_changed_byte_is_found_with_its_entry() {
    let place = Place::new("byte");
    let dir = place.told(20);
    let segment = dir.join("payloads/00000000.seg");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&segment, bytes).expect("a disk");
    let audit = found(&dir, 2);
    assert!(matches!(audit.answer(), Answer::No(_)), "{audit:#?}");
    let difference = audit.first_difference.as_ref().expect("a place");
    assert!(difference.entry.is_some() && difference.file.ends_with("00000000.seg"), "{difference}");
    let entry = difference.entry.expect("an entry");
    let names = |answer: &Answer| answer.note().contains(&format!("entry {entry}"));
    assert!(matches!(&audit.follows, answer @ Answer::No(_) if names(answer)), "{audit:#?}");
    for result in &audit.results {
        // What rests on the entry does not follow from what was signed; what was given out before it does.
        let after = result.basis > entry;
        assert!(
            if after { matches!(&result.answer, Answer::No(_)) } else { matches!(&result.answer, Answer::Yes(_)) },
            "{result:#?}"
        );
    }
}

/// Whatever byte of a store is another one, the audit gives the answer of `verify`, to both of its questions.
#[test]
fn after_tampering_both_questions_have_the_answer_of_verify() {
    let place = Place::new("tampered");
    let dir = place.told(20);
    for file in ["log/checkpoint", "payloads/00000000.seg", "keys/log.pub", "store.toml"] {
        let path = dir.join(file);
        let sound = std::fs::read(&path).expect("a file");
        // In the middle of a segment: its end is zeros.
        let written = sound.iter().rposition(|byte| *byte != 0).expect("bytes");
        for at in [written / 3, written / 2] {
            let mut bytes = sound.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).expect("a disk");
            let audit = found(&dir, 2);
            let said = backstop::storage::verify(&dir);
            assert!(matches!(said, backstop::storage::Verification::No { .. }), "{file} at {at}: {said:?}");
            assert_eq!((audit.unchanged.word(), audit.follows.word()), ("no", "no"), "{file} at {at}: {audit:#?}");
        }
        std::fs::write(&path, &sound).expect("a disk");
    }
    // What is missing is no lie: neither says no.
    std::fs::remove_file(dir.join("payloads/00000000.seg")).expect("it is there");
    let audit = found(&dir, 2);
    assert_eq!((audit.unchanged.word(), audit.follows.word()), ("cannot tell", "cannot tell"), "{audit:#?}");
}

#[test]
fn a_published_file_is_checked_with_what_lies_beside_it() {
    let place = Place::new("file");
    let dir = place.told(26);
    let name = "SIM_daily-2026-03-02.html";
    let trusting = Trust { log: Some(key(&dir)), ..Trust::default() };
    let file = |change: &dyn Fn(&Path)| {
        let folder = place.0.join("reader");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        for suffix in ["", ".entry.json", ".tlog-proof"] {
            let name = format!("{name}{suffix}");
            std::fs::copy(dir.join("published").join(&name), folder.join(&name)).expect("a published file");
        }
        change(&folder);
        folder.join(name)
    };
    let edit = |name: &'static str, from: &'static str, to: &'static str| {
        move |folder: &Path| {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path).expect("a text");
            assert!(text.contains(from), "{text}");
            std::fs::write(path, text.replacen(from, to, 1)).expect("a disk");
        }
    };
    let words = |answer: backstop::file_proof::FileVerification| {
        [answer.unchanged.word(), answer.in_the_log.word(), answer.witnesses.word()]
    };

    let whole = file(&|_| {});
    assert_eq!(words(check(&whole, &trusting)), ["yes", "yes", "cannot tell"]);
    let unpinned = check(&whole, &Trust::default());
    assert_eq!(
        words(unpinned.clone()),
        ["yes", "cannot tell", "cannot tell"],
        "a key that came with the file is no proof"
    );
    assert_eq!(unpinned.of_what().map(|(_, mission)| mission.to_owned()), Some("varo".to_owned()));

    let changed = file(&edit("SIM_daily-2026-03-02.html", "SIMULATED", "OPERATIONAL"));
    assert_eq!(words(check(&changed, &trusting)), ["no", "yes", "cannot tell"]);
    let other_field = file(&edit("SIM_daily-2026-03-02.html.entry.json", "\"2026-03-02\\\"", "\"2026-03-03\\\""));
    assert_eq!(check(&other_field, &trusting).in_the_log.word(), "no");
    let other_index = file(&edit("SIM_daily-2026-03-02.html.tlog-proof", "index ", "index 1"));
    assert_eq!(check(&other_index, &trusting).in_the_log.word(), "no");
    let alone = file(&|folder| std::fs::remove_file(folder.join(format!("{name}.entry.json"))).expect("it is there"));
    assert_eq!(words(check(&alone, &trusting)), ["cannot tell"; 3]);

    let elsewhere = Place::new("file-elsewhere");
    let other = elsewhere.0.join("store");
    Replay::open(&other, 8, 1).expect("a new store");
    let of_another_log = Trust { log: Some(key(&other)), ..Trust::default() };
    let again = file(&|_| {});
    assert_eq!(check(&again, &of_another_log).in_the_log.word(), "no", "another key of the same name");
}

#[test]
fn commands_say_it_in_words_and_exit_codes() {
    let place = Place::new("commands");
    let dir = place.told(20);
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).arg("--no-progress").output();
        let output = output.expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (store, out) = (dir.to_str().expect("a path"), place.0.join("out"));
    let out = out.to_str().expect("a path");
    let (code, listed, said) = run(&[
        "--store",
        store,
        "report",
        "publish",
        "daily",
        "--date",
        "2026-03-02",
        "--out",
        out,
        "--by",
        "an office",
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(listed.lines().any(|line| line.ends_with("SIM_daily-2026-03-02.json")), "{listed}");

    let file = format!("{out}/SIM_daily-2026-03-02.json");
    let key = format!("{store}/keys/log.pub");
    let (code, text, _) = run(&["verify", &file, "--log-key", &key]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("SIMULATED   mission varo") && text.ends_with("verified\n"), "{text}");
    assert_eq!(run(&["verify", &file]).0, Some(8), "whose log is it?");
    // A trust file says it too, and whether witnesses are asked for.
    let log = std::fs::read_to_string(&key).expect("a key");
    let policy = format!("{out}/policy");
    let witness = ledger::WitnessIdentity::new("w.example", ed25519_dalek::SigningKey::from_bytes(&[4; 32]));
    let asks = format!("log {log}witness W {}\nquorum W\n", witness.expect("a name").public());
    for (text, code, words) in
        [(format!("log {log}quorum none\n"), 0, "verified"), (asks, 8, "0 of 1 witnesses signed this head")]
    {
        std::fs::write(&policy, text).expect("a disk");
        let (found, said, _) = run(&["verify", &file, "--policy", &policy]);
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    }

    let (code, text, _) = run(&["audit", store]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 bulletins and 1 attested derivations come out the same"), "{text}");
    let (code, text, _) = run(&["audit", store, "--json", "--threads", "2"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"backstop.audit/1\""), "{text}");

    std::fs::write(&file, "{}").expect("a disk");
    let (code, text, _) = run(&["verify", &file, "--log-key", &key]);
    assert_eq!(code, Some(7), "{text}");
    assert_eq!(run(&["audit", out]).0, Some(8), "no store at all");
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
