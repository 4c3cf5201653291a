//! Takes every text file; gives words that do not belong in the project, and public nouns without a glossary entry.

use std::collections::BTreeSet;

use crate::tree::{File, assert_none, file, files, text};

/// Written in pieces, so that this file does not find itself.
const UNFINISHED: [&str; 6] = [
    concat!("tod", "o!"),
    concat!("unimple", "mented!"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("#[ig", "nore"),
    concat!("db", "g!("),
];

/// Folders of one machine, and hosts that packages come from: the project names neither.
const PLACES: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
    concat!("registry.npm", "js.org"),
    concat!("static.cra", "tes.io"),
    concat!("index.cra", "tes.io"),
    concat!("py", "pi.org"),
    concat!("proxy.go", "lang.org"),
    concat!("deb.deb", "ian.org"),
];

/// Kinds of file in which an unfinished word is one; a document may speak of it.
const CODE: [&str; 7] = [".rs", ".ts", ".svelte", ".mjs", ".py", ".toml", "run"];

/// Past this a file weighs on every clone.
const HEAVIEST_BYTES: usize = 1 << 20;

fn unfinished(file: &File) -> Vec<String> {
    let is_code = CODE.iter().any(|ending| file.path.ends_with(ending));
    if is_code { found(file, &UNFINISHED, "unfinished") } else { Vec::new() }
}

fn machine(file: &File) -> Vec<String> {
    found(file, &PLACES, "a place that only one machine knows")
}

fn found(file: &File, needles: &[&str], what: &str) -> Vec<String> {
    let lines = file.text().unwrap_or_default().lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let needle = needles.iter().find(|needle| line.contains(**needle))?;
            Some(format!("{}:{}: `{needle}` is {what}", file.path, at + 1))
        })
        .collect()
}

fn weight(file: &File) -> Option<String> {
    let bytes = file.bytes.len();
    (bytes > HEAVIEST_BYTES).then(|| format!("{}: {bytes} bytes, more than {HEAVIEST_BYTES}", file.path))
}

/// The words that the glossary explains: those in bold at the head of a line, several apart by commas.
fn entries(glossary: &str) -> BTreeSet<String> {
    glossary
        .lines()
        .filter_map(|line| line.strip_prefix("* **")?.split_once("**"))
        .flat_map(|(words, _)| words.split(", "))
        .map(str::to_lowercase)
        .collect()
}

/// The public modules of a crate's root: its nouns.
fn nouns(file: &File) -> Vec<String> {
    let text = file.text().unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|noun| noun.replace('_', " "))
        .collect()
}

/// Public nouns that the glossary does not explain.
fn unexplained(file: &File, entries: &BTreeSet<String>) -> Vec<String> {
    let unknown = nouns(file).into_iter().filter(|noun| !entries.contains(noun));
    unknown.map(|noun| format!("{}: `{noun}` is public and GLOSSARY.md does not explain it", file.path)).collect()
}

/// Words explained twice: one word per thing, one entry per word.
fn repeated(glossary: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let heads = glossary.lines().filter_map(|line| Some(line.strip_prefix("* **")?.split_once("**")?.0));
    heads
        .flat_map(|words| words.split(", "))
        .filter(|word| !seen.insert(word.to_lowercase()))
        .map(|word| format!("GLOSSARY.md explains `{word}` twice"))
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    assert_none(files().iter().flat_map(unfinished).collect());
}

#[test]
fn no_place_of_one_machine() {
    assert_none(files().iter().flat_map(machine).collect());
}

#[test]
fn no_heavy_file() {
    assert_none(files().iter().filter_map(weight).collect());
}

#[test]
fn the_glossary_explains_every_public_noun() {
    let glossary = text("GLOSSARY.md");
    let entries = entries(&glossary);
    let roots =
        files().into_iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/src/lib.rs"));
    assert_none(roots.flat_map(|root| unexplained(&root, &entries)).chain(repeated(&glossary)).collect());
}

#[test]
fn unfinished_work_is_seen() {
    assert_eq!(unfinished(&file("a.rs", concat!("fn f() {\n    tod", "o!()\n}\n"))).len(), 1);
    assert_eq!(unfinished(&file("a.md", concat!("never leave a FIX", "ME\n"))).len(), 0);
}

#[test]
fn a_machine_is_seen() {
    assert_eq!(machine(&file("a.md", concat!("see /ho", "me/x/y\n"))).len(), 1);
    assert_eq!(machine(&file("a.lock", concat!("https://registry.npm", "js.org/x\n"))).len(), 1);
    assert_eq!(machine(&file("a.md", "see docs/x\n")).len(), 0);
}

#[test]
fn a_heavy_file_is_seen() {
    assert!(weight(&file("a.bin", &"x".repeat(HEAVIEST_BYTES + 1))).is_some());
    assert!(weight(&file("a.bin", "x")).is_none());
}

#[test]
fn an_unexplained_noun_is_seen() {
    let entries = entries("* **place**: where.\n* **span, time**: when.\nplain **bold** words\n");
    let root = file("crates/a/src/lib.rs", "//! x\npub mod place;\npub mod time;\nmod hidden;\npub mod bold;\n");
    assert_eq!(unexplained(&root, &entries).len(), 1);
    assert_eq!(repeated("* **place**: a\n* **Place, spot**: b\n"), ["GLOSSARY.md explains `Place` twice"]);
}
