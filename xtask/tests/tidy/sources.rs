//! Takes the Rust sources and the crates' `clippy.toml`; gives what breaks the house's form. Never judges meaning.

use crate::tree::{File, assert_none, file, files, text};

/// Lines of a file, its tests apart. Past this there is a second story in it.
const LONGEST: usize = 700;

/// The crates whose answers may depend on nothing but what went in.
const PURE: [&str; 6] = ["terms", "ledger", "clause", "fusion", "mission", "report"];

/// What every pure crate must ban, whatever else it bans.
const BANS: [&str; 12] = [
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::hash::RandomState",
    "std::fs::read",
    "std::env::var",
    "std::thread::spawn",
    "std::println",
    "f64::sin",
    "f64::sqrt",
    "f64::powi",
];

/// A file opens with what it takes, gives and never does; a crate's root says all three.
fn opening(file: &File) -> Option<String> {
    let text = file.text().unwrap_or_default();
    let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
    if head.is_empty() || head.contains("(to be written)") {
        return Some(format!("{}: opens without `//!` saying what it takes, gives and never does", file.path));
    }
    let root = file.path.starts_with("crates/") && file.path.ends_with("/src/lib.rs");
    let missing: Vec<&str> = ["akes ", "gives ", "ever "].into_iter().filter(|word| !head.contains(word)).collect();
    (root && !missing.is_empty()).then(|| {
        format!("{}: a crate opens with what it takes, gives and never does; not found: {missing:?}", file.path)
    })
}

/// Longer than one story, its tests apart.
fn length(file: &File) -> Option<String> {
    let text = file.text().unwrap_or_default();
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    let is_test = file.path.contains("/tests/");
    (lines > LONGEST && !is_test).then(|| {
        format!("{}: {lines} lines without its tests, more than {LONGEST}; what is the second story?", file.path)
    })
}

/// An exception from a lint that does not say why.
fn exceptions(file: &File) -> Vec<String> {
    let text = file.text().unwrap_or_default();
    let heads =
        [concat!("#[al", "low("), concat!("#![al", "low("), concat!("#[ex", "pect("), concat!("#![ex", "pect(")];
    let mut complaints = Vec::new();
    for (at, _) in text.match_indices('#') {
        let rest = &text[at..];
        let attribute = &rest[..rest.find(']').map_or(rest.len(), |end| end + 1)];
        if heads.iter().any(|head| rest.starts_with(head)) && !attribute.contains("reason = ") {
            let line = text[..at].lines().count().max(1);
            complaints.push(format!("{}:{line}: an exception from a lint says its reason: `{attribute}`", file.path));
        }
    }
    complaints
}

/// Bans that are missing from a pure crate, or differ from those of the others.
fn bans(name: &str, clippy: Option<&str>, common: &str) -> Vec<String> {
    let Some(clippy) = clippy else {
        return vec![format!(
            "crates/{name}/clippy.toml is missing: `{name}` is pure and must ban clocks, chance and files"
        )];
    };
    let mut complaints: Vec<String> = BANS
        .iter()
        .filter(|ban| !clippy.contains(&format!("\"{ban}\"")))
        .map(|ban| format!("crates/{name}/clippy.toml does not ban `{ban}`"))
        .collect();
    if clippy != common {
        complaints
            .push(format!("crates/{name}/clippy.toml differs from the one of `terms`; the bans are the same for all"));
    }
    complaints
}

fn rust() -> Vec<File> {
    files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

#[test]
fn every_file_opens() {
    assert_none(rust().iter().filter_map(opening).collect());
}

#[test]
fn every_file_tells_one_story() {
    assert_none(rust().iter().filter_map(length).collect());
}

#[test]
fn every_exception_has_its_reason() {
    assert_none(rust().iter().flat_map(exceptions).collect());
}

#[test]
fn every_pure_crate_has_its_bans() {
    let common = text("crates/terms/clippy.toml");
    let files = files();
    let of = |name| files.iter().find(|file| file.path == format!("crates/{name}/clippy.toml")).and_then(File::text);
    assert_none(PURE.iter().flat_map(|name| bans(name, of(name), &common)).collect());
}

#[test]
fn a_missing_opening_is_seen() {
    assert!(opening(&file("crates/a/src/b.rs", "use std;\n")).is_some());
    assert!(opening(&file("crates/a/src/b.rs", "//! (to be written)\n")).is_some());
    assert!(opening(&file("crates/a/src/b.rs", "//! Takes bytes; gives words.\n")).is_none());
    assert!(opening(&file("crates/a/src/lib.rs", "//! Takes bytes; gives words.\n")).is_some());
    assert!(opening(&file("crates/a/src/lib.rs", "//! Takes bytes; gives words. Never prints.\n")).is_none());
}

#[test]
fn a_second_story_is_seen() {
    let long = "//! x\n".to_owned() + &"x\n".repeat(LONGEST);
    assert!(length(&file("crates/a/src/b.rs", &long)).is_some());
    assert!(length(&file("crates/a/tests/b.rs", &long)).is_none());
    assert!(length(&file("crates/a/src/b.rs", &format!("//! x\n#[cfg(test)]\n{long}"))).is_none());
}

#[test]
fn an_exception_without_reason_is_seen() {
    let bare = concat!("//! x\n#[al", "low(dead_code)]\nfn f() {}\n");
    assert_eq!(exceptions(&file("a.rs", bare)).len(), 1);
    let reasoned = concat!("#[ex", "pect(\n    dead_code,\n    reason = \"kept for the format\"\n)]\nfn f() {}\n");
    assert_eq!(exceptions(&file("a.rs", reasoned)).len(), 0);
}

#[test]
fn a_missing_ban_is_seen() {
    let all: String = BANS.iter().map(|ban| format!("{{ path = \"{ban}\" }}\n")).collect();
    assert_eq!(bans("a", Some(&all), &all), [""; 0]);
    assert_eq!(bans("a", None, &all).len(), 1);
    let fewer = all.replace("\"f64::sin\"", "\"f64::tan\"");
    assert_eq!(bans("a", Some(&fewer), &all).len(), 2);
}
