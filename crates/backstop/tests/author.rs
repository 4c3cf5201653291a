//! Statements through the real program: a device signs, the station records each once whatever is sent, and what does not hold is refused
//! with its reason and its line.

mod place;

use place::Place;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// An exercise without entries.
fn exercise(name: &str) -> Place {
    let place = Place::new(name);
    place.leaves(0, &["init", "store", "--quiet", "--data-class", "exercise"], "");
    place
}

impl Place {
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command.arg("--store").arg(self.0.join("store")).args(arguments).current_dir(&self.0);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("backstop runs");
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("it ends")
    }

    /// Runs a command that must leave with this code; gives what it printed.
    fn leaves(&self, code: i32, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}{told}");
        format!("{said}{told}")
    }

    /// A device of its own, admitted under a name.
    fn device(&self, name: &str) {
        let public = self.run(&["--quiet", "author", "new", &format!("{name}.key")], "");
        let public = String::from_utf8(public.stdout).expect("text");
        self.leaves(0, &["author", "admit", name, public.trim_end()], "");
    }

    fn sign(&self, name: &str, number: u64, text: &str) -> String {
        let place = json!({ "shape": "disc", "lon_e6": 37_000_000, "lat_e6": 48_000_000, "radius_m": 2000 });
        self.sign_at(name, number, text, &place)
    }

    fn sign_at(&self, name: &str, number: u64, text: &str, place: &Value) -> String {
        let payload = json!({
            "source": "patrol-3", "means": "sound", "act": "shelling", "grade": "B2", "text": text, "references": [],
            "happened": { "earliest_ms": 1_775_900_000_000_i64, "latest_ms": 1_775_900_060_000_i64 },
            "place": place,
            "count": { "least": 3 },
        });
        fs::write(self.0.join("payload.json"), payload.to_string()).expect("written");
        let (key, number) = (format!("{name}.key"), number.to_string());
        let line = self.run(&["author", "sign", "payload.json", "--key", &key, "--number", &number], "");
        assert!(line.status.success(), "{line:?}");
        String::from_utf8(line.stdout).expect("text")
    }

    /// What became of each line.
    fn submit(&self, code: i32, lines: &str) -> Vec<(String, Value)> {
        let answer = self.run(&["--json", "author", "submit", "-"], lines);
        assert_eq!(answer.status.code(), Some(code), "{}", String::from_utf8_lossy(&answer.stdout));
        let answer: Value = serde_json::from_slice(&answer.stdout).expect("JSON");
        let rows = answer["data"]["submissions"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
        rows.into_iter().map(|row| (row["answer"].as_str().expect("a word").to_owned(), row)).collect()
    }
}

#[test]
fn a_device_signs_and_the_station_records_each_statement_once() {
    let desk = exercise("once");
    desk.device("post-1");
    desk.device("post-2");
    let lines: Vec<String> = [("post-1", 1), ("post-2", 1), ("post-1", 2)]
        .map(|(name, number)| desk.sign(name, number, "чути постріли"))
        .into();
    let first = desk.submit(0, &lines.concat());
    assert!(first.iter().all(|(word, _)| word == "recorded"), "{first:?}");
    // The link broke: the device sends all of it again, and one more.
    let more = desk.sign("post-1", 3, "тихо");
    let again = desk.submit(0, &(lines.concat() + &more + &lines[1]));
    let words: Vec<&str> = again.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["recorded before", "recorded before", "recorded before", "recorded", "recorded before"]);
    for ((_, before), (_, now)) in first.iter().zip(&again) {
        assert_eq!((&before["entry"], &before["leaf"]), (&now["entry"], &now["leaf"]));
    }
    let entry = first[2].1["entry"].as_u64().expect("an index");
    let shown = desk.leaves(0, &["log", "show", &entry.to_string()], "");
    assert!(shown.contains("\"number\":2") && shown.contains("чути постріли"), "{shown}");
    let proof = desk.leaves(0, &["log", "prove", &entry.to_string()], "");
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1"), "{proof}");
    desk.leaves(0, &["verify", "store"], "");
    desk.leaves(0, &["log", "mirror", "store", "mirror"], "");
    // The mirror holds no payloads of an exercise; its bytes, signatures and numbers are checked all the same.
    let audited = desk.leaves(8, &["audit", "mirror"], "");
    assert!(audited.contains("bytes unchanged       yes"), "{audited}");
    let listed = desk.leaves(0, &["author", "list"], "");
    assert!(listed.contains("post-1") && listed.contains("the store itself"), "{listed}");
    let author = listed.lines().find(|line| line.ends_with("post-1")).expect("listed")[..32].to_owned();
    assert_eq!(desk.leaves(0, &["author", "awaited", &author], "").trim_end(), "4");
    let status = desk.leaves(0, &["status"], "");
    assert!(status.contains('4'), "four observations: {status}");
    desk.leaves(4, &["author", "dismiss", "00", "--ground", "none"], "");
    let ground = "its device was taken";
    let dismissed = desk.leaves(0, &["author", "dismiss", &author, "--ground", ground], "");
    assert!(dismissed.contains("is dismissed by entry 7"), "{dismissed}");
    let after = desk.submit(3, &(desk.sign("post-1", 4, "постріли") + &lines[0]));
    assert_eq!((after[0].0.as_str(), after[1].0.as_str()), ("refused", "recorded before"));
    assert!(after[0].1["why"].as_str().expect("a reason").contains("was dismissed by entry 7"), "{after:?}");
    let listed = desk.leaves(0, &["author", "list"], "");
    assert!(listed.contains(&format!("post-1   dismissed by entry 7: {ground}")), "{listed}");
    desk.leaves(0, &["verify", "store"], "");
    let admitted = desk.leaves(0, &["log", "show", "1"], "");
    assert!(admitted.contains("author.admitted") && admitted.contains("post-1"), "{admitted}");
}

#[test]
fn a_device_signs_in_which_direction_it_heard() {
    let desk = exercise("direction");
    desk.device("post-1");
    let place = json!({
        "shape": "wedge", "lon_e6": 37_000_000, "lat_e6": 48_000_000, "bearing_mdeg": 22_500,
        "bearing_error_mdeg": 11_250, "range_least_m": 2_000, "range_most_m": 4_000,
    });
    let good = desk.sign_at("post-1", 1, "north-north-east", &place);
    let recorded = desk.submit(0, &good);
    let entry = recorded[0].1["entry"].as_u64().expect("an index").to_string();
    let shown = desk.leaves(0, &["log", "show", &entry], "");
    assert!(shown.contains("\"bearing_mdeg\":22500") && shown.contains("\"shape\":\"wedge\""), "{shown}");
    let payload = fs::read_to_string(desk.0.join("payload.json")).expect("a payload");
    fs::write(desk.0.join("payload.json"), payload.replace("22500", "360000")).expect("written");
    let refused = desk.run(&["author", "sign", "payload.json", "--key", "post-1.key", "--number", "2"], "");
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && why.contains("field `place.bearing_mdeg`: a bearing from 0 to below"),
        "{why}"
    );
    desk.leaves(0, &["verify", "store"], "");
}

#[test]
fn what_does_not_hold_is_refused_by_its_line() {
    let desk = exercise("refused");
    desk.device("post-1");
    let good = desk.sign("post-1", 1, "one");
    let late = desk.sign("post-1", 3, "three");
    let two = desk.sign("post-1", 2, "two");
    let changed = two.replace("two", "TWO");
    desk.leaves(0, &["author", "new", "stranger.key"], "");
    let stranger = desk.sign("stranger", 1, "one");
    let rows = desk.submit(3, &[good.as_str(), "not a line\n", &late, &changed, &stranger, &two].concat());
    let expected = [
        ("recorded", ""),
        ("refused", "no line"),
        ("refused", "but 2 has not come in"),
        ("refused", "commits to something else"),
        ("refused", "no author"),
        ("recorded", ""),
    ];
    for (at, ((word, row), (expected, why))) in rows.iter().zip(expected).enumerate() {
        assert_eq!((word.as_str(), row["line"].as_u64()), (expected, Some(at as u64 + 1)), "{row}");
        assert!(row["why"].as_str().unwrap_or_default().contains(why), "{row}");
    }
    let other = desk.submit(3, &desk.sign("post-1", 2, "another two"));
    assert!(other[0].1["why"].as_str().expect("a reason").contains("another statement 2"), "{other:?}");
    let told = desk.leaves(3, &["author", "submit", "-"], "x\n");
    assert!(told.contains("line 1: refused") && told.contains("1 of 1 lines"), "{told}");
    desk.leaves(4, &["author", "submit", "absent.jsonl"], "");
    desk.leaves(0, &["author", "submit", "-"], "");
    desk.leaves(2, &["author", "sign", "payload.json", "--key", "payload.json", "--number", "1"], "");
    desk.leaves(2, &["author", "sign", "payload.json", "--key", "post-1.key", "--number", "0"], "");
    fs::write(desk.0.join("payload.json"), "{\"source\":\"x\"}").expect("written");
    let told = desk.leaves(2, &["author", "sign", "payload.json", "--key", "post-1.key", "--number", "3"], "");
    assert!(told.contains("as `observation`"), "{told}");
    let taken = desk.leaves(2, &["author", "admit", "post-1", "nonsense"], "");
    assert!(taken.contains("backstop author new"), "{taken}");
    desk.leaves(0, &["verify", "store"], "");
}
