//! Deliberately broken variants of the store: takes each, and looks how many crashes the campaign needs to catch it; gives the table
//! in `docs/record-faults.md`. Never lets a variant go uncaught. A variant is the store on a disk that leaves undone what a
//! store with that mistake would not have asked for, so the product carries none of it.

use super::disk::{Answer, Asked, Habits};
use super::exhaustive::{Looking, until_broken};
use super::on_two_threads;
use super::outside::STORE;
use std::path::Path;

/// A mistake, and what the disk does instead of what was asked.
type Variant = (&'static str, fn(&Asked) -> Answer);

fn segment(path: &str) -> bool {
    path.ends_with(".seg")
}

/// Record keys of entries.
fn page(path: &str) -> bool {
    path.contains("/record-keys/page-")
}

/// `answer` where the mistake bears.
fn where_(bears: bool, answer: Answer) -> Answer {
    if bears { answer } else { Answer::Done }
}

const VARIANTS: &[Variant] = &[
    ("a batch is not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, length) if segment(path) && *length > 59), Answer::Skipped)
    }),
    ("the receipt is given before the flush", |asked| {
        let batch = |path: &str, length: usize| segment(path) && length > 59 || page(path);
        where_(matches!(asked, Asked::Flush(path, length) if batch(path, *length)), Answer::Late)
    }),
    ("the record keys of a batch are not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if page(path)), Answer::Skipped)
    }),
    ("names of record keys are not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/record-keys")), Answer::Skipped)
    }),
    ("the table of record keys is not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/record-keys/table-")), Answer::Skipped)
    }),
    ("a new segment's header is not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, 59) if segment(path)), Answer::Skipped)
    }),
    ("a new segment's name is not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/payloads")), Answer::Skipped)
    }),
    ("tiles are not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/log/tile/")), Answer::Skipped)
    }),
    ("names of tiles are not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.contains("/log/tile/")), Answer::Skipped)
    }),
    ("names in the log's directory are not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/log")), Answer::Skipped)
    }),
    ("names in the store's directory are not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.trim_end_matches('/') == STORE), Answer::Skipped)
    }),
    ("the name of the store's directory is not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory("/missions")), Answer::Skipped)
    }),
    ("keys are not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/keys/")), Answer::Skipped)
    }),
    ("store.toml is not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/store.toml")), Answer::Skipped)
    }),
    ("the new checkpoint is not flushed before it is renamed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/checkpoint.next")), Answer::Skipped)
    }),
    ("the checkpoint is written over the old one, not renamed", |asked| {
        where_(matches!(asked, Asked::Rename(to) if to.ends_with("/checkpoint")), Answer::WrittenOver)
    }),
    ("a failed flush of a batch is passed over", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if segment(path)), Answer::ErrorHidden)
    }),
    ("a failed flush of the new checkpoint is passed over", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/checkpoint.next")), Answer::ErrorHidden)
    }),
    ("a short write of a batch is passed over", |asked| {
        where_(matches!(asked, Asked::Write(path) if segment(path)), Answer::ErrorHidden)
    }),
    ("the page cache is trusted after a failed flush", |asked| {
        where_(matches!(asked, Asked::Forget(path) if segment(path)), Answer::Skipped)
    }),
    ("a root is signed without reading tiles from the disk", |asked| {
        where_(matches!(asked, Asked::Forget(path) if path.contains("/log/tile/")), Answer::Skipped)
    }),
];

/// Mistakes of an engine, for which a store with one is needed.
const OF_ENGINES: &[Variant] = &[
    ("a piece of the engine is not flushed", |asked| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/pieces/")), Answer::Skipped)
    }),
    ("names of the engine's pieces are not flushed", |asked| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/pieces")), Answer::Skipped)
    }),
];

#[test]
fn every_broken_variant_is_caught() {
    let alone = VARIANTS.iter().map(|variant| (variant, Looking::Alone));
    let variants: Vec<_> = alone.chain(OF_ENGINES.iter().map(|variant| (variant, Looking::Joined))).collect();
    let look = |((_, mistake), looking): (&Variant, Looking)| until_broken(&Habits(Some(*mistake)), looking);
    let found = on_two_threads(variants.clone(), look);
    let mut uncaught = Vec::new();
    let mut table =
        String::from("| the mistake | crashes until caught | caught at | what broke |\n|---|---|---|---|\n");
    for (((name, _), _), found) in variants.into_iter().zip(found) {
        let (Some(first), Some(broken)) = (found.until_first, found.broken.first()) else {
            uncaught.push(format!("{name}: not in {} crashes", found.crashes));
            continue;
        };
        let place = broken.place.split(" (").next().unwrap_or_default();
        let what: String = broken.what.chars().take(90).collect();
        let what = what.replace('|', "/").replace('`', "");
        table.push_str(&format!("| {name} | {first} | `{place}` | {} |\n", what.trim()));
    }
    println!("{table}");
    assert!(uncaught.is_empty(), "not caught: {}", uncaught.join("; "));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/record-faults.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once("<!-- variants -->\n").expect("the page has the mark");
    let (old, after) = rest.split_once("<!-- end -->\n").expect("the page has the mark");
    if std::env::var_os("BLESS").is_some() {
        let page = format!("{before}<!-- variants -->\n{table}<!-- end -->\n{after}");
        std::fs::write(&path, page).expect("the page can be written");
    } else {
        assert!(old == table, "docs/record-faults.md is stale: `BLESS=1 cargo nextest run -p backstop broken_variant`");
    }
}
