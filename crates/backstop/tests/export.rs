//! Exports through the real program: every file can be read and checked by others, the numbers agree, and nothing is in it that its
//! reader may not see.

mod place;

use backstop::demo::Replay;
use backstop::station::Station;
use backstop::storage::{DataClass, Settings, Store};
use mission::record::body::Opening;
use mission::record::{Body, named_observation};
use place::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use terms::{Act, Chance, Instant, Means, Observation, Position, Release, Shape, Source, SourceId, SourceKind, Span};

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Runs a command on the store that must leave with this code; gives what it printed.
    fn leaves(&self, code: i32, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        let output: Output =
            command.args(["--store", "store"]).args(args).current_dir(&self.0).output().expect("the binary runs");
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}{told}");
        said.into_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What `sha256sum -c` says of an export.
    fn sums_hold(&self, export: &str) {
        let sums =
            Command::new("sha256sum").args(["--quiet", "-c", "SHA256SUMS"]).current_dir(self.path(export)).status();
        assert!(sums.expect("sha256sum runs").success());
        let listed = self.read(&format!("{export}/SHA256SUMS")).lines().count();
        assert_eq!(listed + 1, files(&self.path(export)).len(), "every file is listed, but the list itself");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).expect("listed").flatten() {
        let path = file.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn holds(folder: &Path, needle: &str) -> Vec<PathBuf> {
    let hit = |path: &PathBuf| {
        let bytes = fs::read(path).expect("read");
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    };
    files(folder).into_iter().filter(hit).collect()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn source(id: &str, release: Release) -> Body {
    Body::SourceDeclared(Source {
        id: SourceId::new(id).expect("a source id"),
        title: format!("The {id} list"),
        kind: SourceKind::Monitor,
        voice: id.to_owned(),
        party: None,
        licence: format!("licence of {id}"),
        attribution: format!("by {id}"),
        release,
        worth: [(Act::Shelling, Chance::from_ppm(900_000).expect("a chance"))].into(),
        worth_basis: "invented".to_owned(),
    })
}

fn shelling(id: &str, text: &str, hour: i64) -> Body {
    let centre = Position::from_degrees(10.5, 10.5 + hour as f64 / 10.0).expect("a position");
    let place = terms::Place { shape: Shape::Disc { centre, radius_m: 300 }, name: None };
    let when = Span::at(at("2026-03-02T00:00:00Z").shifted(hour * 3_600_000));
    let source = SourceId::new(id).expect("a source id");
    let plain = Observation::plain(source, Means::Sight, Act::Shelling, when, place);
    Body::Observed(named_observation(Observation { text: Some(text.to_owned()), ..plain }))
}

/// An exercise with three rows of an open source and two of one that lets nothing out.
fn exercise(folder: &Place) {
    let settings = Settings { data_class: DataClass::Exercise, mission: "test".into(), created_at_ms: 1, seed: None };
    let store = Store::create(&folder.path("store"), &settings).expect("created");
    let mut station = Station::of(store).expect("empty");
    let opening = Opening {
        mission: "Test".into(),
        data_class: "exercise".into(),
        time_zone: "UTC".into(),
        same_words_ppm: None,
    };
    let mut bodies =
        vec![Body::MissionOpened(opening), source("open", Release::Rows), source("closed", Release::Nothing)];
    bodies.extend((0..3).map(|hour| shelling("open", "=SUM(A1) seen from the road", hour)));
    bodies.extend((5..7).map(|hour| shelling("closed", "CANARY-in-confidence", hour)));
    station.write(&bodies, at("2026-03-03T00:00:00Z")).expect("written");
    station.publish().expect("published");
}

#[test]
fn the_public_gets_what_licences_let_out_and_the_mission_everything() {
    let folder = Place::new("licences");
    exercise(&folder);
    let said = folder.leaves(0, &["export", "--to", "public"]);
    assert!(said.contains("3 observations") && said.contains("without: for the mission's own readers"), "{said}");
    assert_eq!(holds(&folder.path("public"), "CANARY-in-confidence"), Vec::<PathBuf>::new());
    folder.sums_hold("public");
    let readme = folder.read("public/README.txt");
    for words in ["EXERCISE: mission test", "closed: The closed list. Licence: licence of closed.", "2 rows withheld"] {
        assert!(readme.contains(words), "no `{words}` in\n{readme}");
    }
    let rows = folder.read("public/observations.csv");
    assert!(rows.lines().skip(1).all(|row| row.starts_with("exercise,") && row.contains("licence of open")), "{rows}");
    assert!(rows.contains("'=SUM(A1)"), "a formula is guarded: {rows}");
    folder.leaves(0, &["verify", "store"]);
    assert!(
        holds(&folder.path("public"), "PRIVATE+KEY").is_empty() && holds(&folder.path("public"), "secret/1").is_empty()
    );

    folder.leaves(0, &["export", "--to", "mission", "--reader", "mission"]);
    folder.sums_hold("mission");
    let rows = folder.read("mission/observations.csv");
    assert_eq!(rows.lines().count(), 6);
    assert!(rows.contains("CANARY-in-confidence") && rows.contains(",nothing,"), "{rows}");
    let entries = folder.read("mission/entries.jsonl");
    let entries: Vec<serde_json::Value> =
        entries.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(entries.len(), 8);
    assert!(entries.iter().all(|entry| entry["payload"].is_object() && entry["data_class"] == "exercise"));
    // The table and the map have the same rows.
    for table in ["observations", "incidents"] {
        let map: serde_json::Value =
            serde_json::from_str(&folder.read(&format!("mission/{table}.geojson"))).expect("JSON");
        let features = map["features"].as_array().expect("features");
        assert_eq!(features.len() + 1, folder.read(&format!("mission/{table}.csv")).lines().count());
        assert!(features.iter().all(|it| it["geometry"]["type"] == "MultiPolygon"), "an outline and no pin");
        let info = Command::new("ogrinfo")
            .args(["-ro", "-so", "-al"])
            .arg(folder.path(&format!("mission/{table}.geojson")))
            .output();
        match info {
            Ok(info) => {
                let said = String::from_utf8_lossy(&info.stdout).into_owned();
                assert!(said.contains(&format!("Feature Count: {}", features.len())), "{said}");
            }
            Err(_) => eprintln!("skipped: `ogrinfo` is not installed (package `gdal-bin`)"),
        }
    }
    folder.leaves(2, &["export", "--to", "mission", "--reader", "mission"]);
}

#[test]
fn evidence_goes_out_as_a_step_of_its_custody() {
    let folder = Place::new("custody");
    exercise(&folder);
    fs::write(folder.path("letter.txt"), "we were not there").expect("written");
    let add = ["evidence", "add", "letter.txt", "--method", "handed over", "--custodian", "records office"];
    let name = folder.leaves(0, &add)[..64].to_owned();
    let who = ["--evidence", "--by", "records office", "--reason", "for the archive"];
    let to = |to: &'static str| ["export", "--to", to, "--reader", "mission"];
    folder.leaves(2, &[&["export", "--to", "out"], who.as_slice()].concat());
    folder.leaves(2, &[&to("out"), ["--evidence"].as_slice()].concat());
    assert!(!folder.path("out").exists());
    let said = folder.leaves(0, &[&to("out"), who.as_slice()].concat());
    assert!(said.contains("1 items of evidence"), "{said}");
    assert_eq!(folder.read(&format!("out/evidence/{name}")), "we were not there");
    // The export holds the step by which it left.
    let custody = folder.read("out/custody.csv");
    assert!(
        custody.contains("exported") && custody.contains("for the archive") && custody.contains(",yes,"),
        "{custody}"
    );
    assert!(folder.leaves(0, &["evidence", "show", &name]).contains("chain whole  yes"));
    folder.sums_hold("out");
    // Without being asked for it stays here, and nothing is recorded.
    folder.leaves(0, &[to("without").as_slice()].concat());
    assert!(!folder.path("without/evidence").exists());

    let held = folder.path("store/evidence").join(&name[..2]).join(format!("{name}.sealed"));
    fs::write(&held, "we were there").expect("changed");
    let said = folder.leaves(3, &[&to("changed"), who.as_slice()].concat());
    assert!(said.contains("is not the bytes that were acquired"), "{said}");
    assert!(holds(&folder.path("changed"), "we were there").is_empty(), "what is not the item is not given out");
}

#[test]
fn bulletins_of_a_simulated_mission_come_out_the_same() {
    let folder = Place::new("bulletins");
    let mut replay = Replay::open(&folder.path("store"), 7, 26).expect("a new store");
    let end = replay.scenario().end;
    replay.tell_until(end).expect("a disk");
    drop(replay);
    let said = folder.leaves(0, &["export", "--to", "out"]);
    assert!(said.contains("1 bulletins"), "{said}");
    folder.sums_hold("out");
    let published = fs::read_dir(folder.path("store/published")).expect("listed").flatten();
    let mut same = 0;
    for file in published.filter(|file| file.file_name().to_string_lossy().starts_with("SIM_daily")) {
        let copy = folder.path("out/bulletins").join(file.file_name());
        if copy.exists() {
            assert_eq!(fs::read(file.path()).expect("read"), fs::read(copy).expect("read"));
            same += 1;
        }
    }
    assert!(same > 4, "{same} files");
    assert!(folder.read("out/README.txt").starts_with("SIMULATED: mission varo"));
    let agreement = files(&folder.path("out/agreements"));
    assert!(agreement.iter().any(|file| file.ends_with("agreement.md")) && agreement.len() > 1, "{agreement:?}");
    // The log in it is a mirror that anyone audits.
    folder.leaves(0, &["audit", "out"]);
    assert!(folder.read("out/verdicts.csv").lines().count() > 10);
}
