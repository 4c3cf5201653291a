//! Incidents through the real program: why reports are put together, what people order, that an order can be lifted, and that the record
//! holds all of it.

mod place;

use place::Place;
use serde_json::Value;
use std::fs;
use std::process::Command;

const MAPPING: &str = r#"
means = "sound"
grade = "B2"
[source]
id = "NAME"
title = "Post NAME"
kind = "monitor"
voice = "NAME"
licence = "ours"
attribution = "the mission"
release = "rows"
worth_percent = { shelling = 80 }
worth_basis = "invented"
[time]
from = "when"
format = "rfc3339"
precision = "minute"
[place]
lon = "lon"
lat = "lat"
radius_m = 800
[act]
is = "shelling"
"#;

impl Place {
    fn leaves(&self, code: i32, arguments: &[&str]) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command.args(["--json", "--store"]).arg(self.0.join("store")).args(arguments).current_dir(&self.0);
        let output = command.output().expect("backstop runs");
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}{told}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// What two posts heard at half past six, and one of them at noon.
    fn two_posts(name: &str) -> Place {
        let desk = Place::new(name);
        desk.leaves(0, &["init", "store", "--quiet", "--data-class", "exercise"]);
        let heard = [
            ("K1", "2026-03-02T06:30:00Z,37.000,48.000\n2026-03-02T12:00:00Z,37.000,48.000\n"),
            ("K2", "2026-03-02T06:31:00Z,37.004,48.002\n"),
        ];
        for (post, rows) in heard {
            fs::write(desk.0.join("map.toml"), MAPPING.replace("NAME", post)).expect("written");
            fs::write(desk.0.join(format!("{post}.csv")), format!("when,lon,lat\n{rows}")).expect("written");
            desk.leaves(0, &["import", "csv", "--map", "map.toml", &format!("{post}.csv")]);
        }
        desk
    }

    /// The incidents as the bulletin of the day has them.
    fn incidents(&self) -> Vec<(String, u64, String)> {
        let bulletin = self.leaves(0, &["report", "daily", "--date", "2026-03-02", "--format", "json"]);
        let sections = bulletin["sections"].as_array().unwrap_or_else(|| panic!("{bulletin}"));
        let rows = sections.iter().find(|section| section["key"] == "incidents").expect("incidents");
        let rows = rows["rows"].as_array().expect("rows").iter();
        rows.map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or_else(|| panic!("{key}: {row}")).to_owned();
            (text("id"), row["reports"].as_u64().expect("a count"), text("state"))
        })
        .collect()
    }
}

#[test]
fn people_overrule_by_entries_that_can_be_lifted() {
    let desk = Place::two_posts("overrule");
    let first = desk.incidents();
    assert_eq!(first.iter().map(|(_, reports, _)| *reports).collect::<Vec<_>>(), [2, 1], "{first:?}");
    let (morning, noon) = (first[0].0.as_str(), first[1].0.as_str());
    let shown = desk.leaves(0, &["incident", "show", morning]);
    let members: Vec<&str> =
        shown["data"]["members"].as_array().expect("members").iter().filter_map(Value::as_str).collect();
    assert_eq!((members.len(), shown["data"]["ordered"].as_str()), (2, Some("proposed")));
    assert!(shown["data"]["joins"][0]["chance"]["ppm"].as_u64() > Some(500_000), "{shown}");

    let why = desk.leaves(0, &["incident", "why", members[0], members[1]]);
    let score: i64 =
        why["data"]["terms"].as_array().expect("terms").iter().filter_map(|t| t["score_1024"].as_i64()).sum();
    assert!(why["data"]["together"] == true && score > 0, "{why}");

    let by = ["--by", "duty officer", "--grounds", "heard apart on the recording"];
    let split = desk.leaves(0, &[&["incident", "split", morning, "--off", members[1]][..], &by].concat());
    assert_eq!(desk.incidents().iter().map(|(_, reports, _)| *reports).collect::<Vec<_>>(), [1, 1, 1]);
    let nothing_left = [&["incident", "split", members[1], "--off", members[1]][..], &by].concat();
    desk.leaves(2, &nothing_left);
    let alone = desk.leaves(0, &["incident", "show", members[1]]);
    assert_eq!(alone["data"]["alternative"]["what"], "one with", "the machine would have it otherwise: {alone}");
    let entry = split["data"]["entry"].as_u64().expect("an entry").to_string();
    desk.leaves(0, &[&["incident", "lift", entry.as_str()][..], &by].concat());
    assert_eq!(desk.incidents(), first, "as before");
    desk.leaves(4, &[&["incident", "lift", entry.as_str()][..], &by].concat());

    desk.leaves(0, &[&["incident", "merge", morning, noon][..], &by].concat());
    let merged = desk.incidents();
    assert_eq!(merged.iter().map(|(_, reports, _)| *reports).collect::<Vec<_>>(), [3]);
    let old = desk.leaves(0, &["incident", "show", noon]);
    assert_eq!(old["data"]["id"], merged[0].0.as_str(), "a name once given out leads to where its report is");
    desk.leaves(0, &[&["incident", "dismiss", noon][..], &by].concat());
    assert_eq!(desk.incidents()[0].2, "dismissed");

    desk.leaves(4, &[&["incident", "confirm", "INC-0000-0000-0000"][..], &by].concat());
    desk.leaves(0, &["verify", "store"]);
}

#[test]
fn what_is_believed_is_an_entry() {
    let desk = Place::two_posts("believed");
    let before = desk.leaves(0, &["fusion", "believed"]);
    let text = before["data"]["parameters"].as_str().expect("a text");
    assert!(before["data"]["adopted"].is_null());
    // Nothing is put together any more.
    let apart = text.replace("\ntogether 500000\n", "\ntogether 1000000\n");
    assert_ne!(apart, text);
    fs::write(desk.0.join("apart.txt"), apart).expect("written");
    desk.leaves(0, &["fusion", "adopt", "apart.txt", "--basis", "a test"]);
    assert_eq!(desk.incidents().iter().map(|(_, reports, _)| *reports).collect::<Vec<_>>(), [1, 1, 1]);
    let after = desk.leaves(0, &["fusion", "believed"]);
    assert_eq!(after["data"]["adopted"]["basis"], "a test");
    assert_ne!(after["data"]["sha256"], before["data"]["sha256"]);
    fs::write(desk.0.join("wrong.txt"), text.replace("manner monitor-minute", "manner monitor-moment"))
        .expect("written");
    desk.leaves(2, &["fusion", "adopt", "wrong.txt", "--basis", "a test"]);
    fs::write(desk.0.join("none.txt"), "no parameters").expect("written");
    desk.leaves(2, &["fusion", "adopt", "none.txt", "--basis", "a test"]);
}

const TOLD: &str = "Shells hit the centre of Ridkove in the early morning and two people were wounded there";

#[test]
fn copies_count_once_and_say_why() {
    let desk = Place::new("copies");
    desk.leaves(0, &["init", "store", "--quiet", "--data-class", "exercise"]);
    let told = [
        ("one", format!("{TOLD},https://one.example/7"), "37.000"),
        ("two", format!("BREAKING: {TOLD},https://two.example/8"), "37.001"),
        ("three", "More at the link,https://www.one.example/7/?utm_source=three".to_owned(), "37.002"),
        (
            "four",
            "Our reporter saw the crater and spoke to both of the wounded,https://four.example/1".to_owned(),
            "37.003",
        ),
    ];
    for (outlet, row, lon) in &told {
        let mapping =
            MAPPING.replace("NAME", outlet).replace("\"monitor\"", "\"press\"").replace("\"sound\"", "\"press\"");
        fs::write(desk.0.join("map.toml"), format!("text = \"text\"\nreference = \"url\"\n{mapping}"))
            .expect("written");
        let table = format!("when,lon,lat,text,url\n2026-03-02T06:30:00Z,{lon},48.000,{row}\n");
        fs::write(desk.0.join(format!("{outlet}.csv")), table).expect("written");
        desk.leaves(0, &["import", "csv", "--map", "map.toml", &format!("{outlet}.csv")]);
    }
    let incidents = desk.incidents();
    let id = incidents[0].0.as_str();
    if incidents.len() > 1 {
        let all: Vec<&str> = incidents.iter().map(|(id, ..)| id.as_str()).collect();
        let by = ["--by", "duty officer", "--grounds", "one shelling"];
        desk.leaves(0, &[&["incident", "merge"][..], &all, &by].concat());
    }
    let shown = |desk: &Place| desk.leaves(0, &["incident", "show", id])["data"].clone();
    let with_copies = shown(&desk);
    assert_eq!(with_copies["voices"], 2, "{with_copies}");
    let mut why: Vec<&str> =
        with_copies["spoken"].as_array().expect("a list").iter().filter_map(|spoken| spoken["why"].as_str()).collect();
    why.sort_unstable();
    assert_eq!(why, ["cites the same address", "same words"], "{with_copies}");

    // As in every record from before copies were looked for.
    let believed = desk.leaves(0, &["fusion", "believed"]);
    let text = believed["data"]["parameters"].as_str().expect("a text");
    let older = text.replace("same-words 650000\n", "");
    assert_ne!(older, text);
    fs::write(desk.0.join("older.txt"), older).expect("written");
    desk.leaves(0, &["fusion", "adopt", "older.txt", "--basis", "a test"]);
    let without = shown(&desk);
    assert_eq!(without["voices"], 4, "{without}");
    assert!(without["chance"]["ppm"].as_u64() > with_copies["chance"]["ppm"].as_u64());
    desk.leaves(0, &["verify", "store"]);
}
