//! Erasing, readers and delayed publication through the command line, as a person would do it, and what an audit says afterwards.

mod audited;
mod closed;
mod items;
mod orders;
#[path = "../place/mod.rs"]
mod place;
mod readers;

use backstop::station::Station;
use backstop::storage::Store;
use mission::record::Body;
use mission::record::body::UnreadRow;
use place::Place;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use terms::SourceId;

impl Place {
    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).expect("written");
        self.path(name)
    }

    /// A store of real data class: its opening, and so many rows that could not be read.
    fn store(&self, rows: u64) -> String {
        let store = self.path("store");
        says(&["init", &store, "--data-class", "operational", "--mission", "test"], 0);
        let mut station = Station::of(Store::open(Path::new(&store)).expect("a store")).expect("its state");
        let at = station.mission().latest().expect("the opening");
        station.write(&(1..=rows).map(row).collect::<Vec<Body>>(), at).expect("a disk");
        station.publish().expect("a disk");
        store
    }
}

const CANARY: &str = "CANARY-the-witness-lives-behind-the-mill";
const ORDER: [&str; 6] = ["--authority", "the court", "--ground", "order 12", "--approved-by", "the commission"];

/// A row that could not be read.
fn row(row: u64) -> Body {
    let source = SourceId::new("a-list").expect("a source id");
    let (file, why, raw) = ("list.csv".to_owned(), "not understood".to_owned(), format!("{CANARY} {row}"));
    Body::RowUnread(UnreadRow { source, file, row, why, raw })
}

/// What a command printed, and what it said.
struct Said {
    out: String,
    err: String,
}

/// Runs a command that must end with this code.
#[track_caller]
fn says(args: &[&str], code: i32) -> Said {
    let output =
        Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).arg("--no-progress").stdin(Stdio::null()).output();
    let output = output.expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = Said { out: text(&output.stdout), err: text(&output.stderr) };
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", said.out, said.err);
    said
}

/// As [`says`], in JSON, of which it gives the data.
#[track_caller]
fn data(args: &[&str], code: i32, schema: &str) -> Value {
    let said = says(&[args, &["--json"]].concat(), code);
    let value: Value = serde_json::from_str(&said.out).expect(&said.out);
    assert_eq!(value["schema"], schema, "{}", said.out);
    value["data"].clone()
}

/// Ends with this code, and says these parts.
#[track_caller]
fn refuses(args: &[&str], code: i32, parts: &[&str]) {
    let said = says(args, code);
    parts.iter().for_each(|part| assert!(said.err.contains(part), "`{part}` is not in:\n{}", said.err));
    let failure = data(args, code, "backstop.failure/1");
    let message = failure["message"].as_str().unwrap_or_default();
    parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in:\n{message}"));
}

/// Every file below a folder that holds these bytes.
fn holding(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).expect("a folder").flatten() {
        let path = file.path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else if fs::read(&path).expect("read").windows(needle.len()).any(|window| window == needle) {
            found.push(path);
        }
    }
    found
}

/// A copy of a folder, as somebody takes it away.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            fs::copy(file.path(), target).expect("copied");
        }
    }
}
