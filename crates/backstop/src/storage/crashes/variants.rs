//! Deliberately broken variants of the store: takes each, and looks how many crashes the campaign needs to catch it; gives the table
//! in `docs/record-faults.md`. Never lets a variant go uncaught. A variant is the store on a disk that leaves undone what a
//! store with that mistake would not have asked for, so the product carries none of it.

use super::disk::{Answer, Asked, Habits};
use super::exhaustive::until_broken;
use super::image::Image;
use super::outside::STORE;
use super::{must_stand_in_the_page, on_threads};
use std::path::Path;

/// A mistake, the first script that can show it, and what the disk does instead of what was asked.
type Variant = (&'static str, &'static str, fn(&Asked, &Image) -> Answer);

fn segment(path: &str) -> bool {
    path.ends_with(".seg")
}

/// Record keys of entries.
fn page(path: &str) -> bool {
    path.contains("/record-keys/page-")
}

/// The note that an erasure is under way.
const NOTE: &str = "/missions/varo/redaction.next";

/// How many roots of record keys the disk shows.
fn roots(now: &Image) -> usize {
    let file = now.file(Path::new("/missions/varo/record-keys/root"));
    file.map_or(0, |file| file.chunks(4096).filter(|half| half.starts_with(b"backstop-root/1")).count())
}

/// How many tables of record keys the disk shows: more than one while a generation changes.
fn generations(now: &Image) -> usize {
    let names = now.find(Path::new("/missions/varo/record-keys")).and_then(|folder| now.directory(folder));
    names.map_or(0, |names| names.keys().filter(|name| name.starts_with("table-")).count())
}

/// `answer` where the mistake bears.
fn where_(bears: bool, answer: Answer) -> Answer {
    if bears { answer } else { Answer::Done }
}

const VARIANTS: &[Variant] = &[
    ("a batch is not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, length) if segment(path) && *length > 59), Answer::Skipped)
    }),
    ("the receipt is given before the flush", "first", |asked, _| {
        let batch = |path: &str, length: usize| segment(path) && length > 59 || page(path);
        where_(matches!(asked, Asked::Flush(path, length) if batch(path, *length)), Answer::Late)
    }),
    ("the record keys of a batch are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if page(path)), Answer::Skipped)
    }),
    ("names of record keys are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/record-keys")), Answer::Skipped)
    }),
    ("the table of record keys is not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/record-keys/table-")), Answer::Skipped)
    }),
    ("a new segment's header is not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, 59) if segment(path)), Answer::Skipped)
    }),
    ("a new segment's name is not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/payloads")), Answer::Skipped)
    }),
    ("tiles are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/log/tile/")), Answer::Skipped)
    }),
    ("names of tiles are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.contains("/log/tile/")), Answer::Skipped)
    }),
    ("names in the log's directory are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/log")), Answer::Skipped)
    }),
    ("names in the store's directory are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.trim_end_matches('/') == STORE), Answer::Skipped)
    }),
    ("the name of the store's directory is not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory("/missions")), Answer::Skipped)
    }),
    ("keys are not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/keys/")), Answer::Skipped)
    }),
    ("store.toml is not flushed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/store.toml")), Answer::Skipped)
    }),
    ("the new checkpoint is not flushed before it is renamed", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/checkpoint.next")), Answer::Skipped)
    }),
    ("the checkpoint is written over the old one, not renamed", "first", |asked, _| {
        where_(matches!(asked, Asked::Rename(to) if to.ends_with("/checkpoint")), Answer::WrittenOver)
    }),
    ("a failed flush of a batch is passed over", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if segment(path)), Answer::ErrorHidden)
    }),
    ("a failed flush of the new checkpoint is passed over", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/checkpoint.next")), Answer::ErrorHidden)
    }),
    ("a short write of a batch is passed over", "first", |asked, _| {
        where_(matches!(asked, Asked::Write(path, _) if segment(path)), Answer::ErrorHidden)
    }),
    ("the page cache is trusted after a failed flush", "first", |asked, _| {
        where_(matches!(asked, Asked::Forget(path) if segment(path)), Answer::Skipped)
    }),
    ("a torn tail is not cut", "first", |asked, _| {
        where_(matches!(asked, Asked::SetLength(path) if segment(path)), Answer::Skipped)
    }),
    ("an index is used again: a second process is let in", "intruded", |asked, _| {
        where_(matches!(asked, Asked::Lock), Answer::Skipped)
    }),
    ("the checkpoint is published before its tiles are durable", "first", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/log/tile/")), Answer::AfterCheckpoint)
    }),
    ("an erasure leaves no note", "erased", |asked, _| {
        where_(matches!(asked, Asked::Create(path) if path.ends_with("/redaction.next")), Answer::Skipped)
    }),
    ("the note of an erasure is not flushed", "erased", |asked, now| {
        let noted = now.find(Path::new(NOTE)).is_ok();
        let store = |path: &str| path.trim_end_matches('/') == STORE;
        where_(matches!(asked, Asked::FlushDirectory(path) if noted && store(path)), Answer::Skipped)
    }),
    ("keys are destroyed before the order is durable", "erased", |asked, now| {
        let noted = now.find(Path::new(NOTE)).is_ok();
        where_(matches!(asked, Asked::Flush(path, _) if noted && segment(path)), Answer::Skipped)
    }),
    ("the root is overwritten before the new table is durable", "erased", |asked, _| {
        let table = |path: &str| path.contains("/record-keys/table-") && !path.ends_with("-00000000");
        where_(matches!(asked, Asked::Flush(path, _) if table(path)), Answer::Skipped)
    }),
    ("the root is overwritten before the new page is durable", "erased", |asked, _| {
        let rewritten = |path: &str| page(path) && !path.ends_with("-00000000");
        where_(matches!(asked, Asked::Flush(path, _) if rewritten(path)), Answer::Skipped)
    }),
    ("the names of a new generation are not flushed before the root is written", "erased", |asked, now| {
        let cut_off = roots(now) < 2 && generations(now) > 1;
        where_(
            matches!(asked, Asked::FlushDirectory(path) if cut_off && path.ends_with("/record-keys")),
            Answer::Skipped,
        )
    }),
    ("the new root is not flushed before the old one is overwritten", "erased", |asked, now| {
        where_(matches!(asked, Asked::Flush(path, _) if path.ends_with("/root") && roots(now) == 2), Answer::Skipped)
    }),
    ("the old root is not overwritten", "erased", |asked, _| {
        let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        where_(matches!(asked, Asked::Write(path, bytes) if path.ends_with("/root") && zeros(bytes)), Answer::Skipped)
    }),
    ("the overwriting of the old root is not flushed", "erased", |asked, now| {
        let over = roots(now) == 1 && generations(now) > 1;
        where_(matches!(asked, Asked::Flush(path, _) if over && path.ends_with("/root")), Answer::Skipped)
    }),
    ("an old page of keys loses its name and keeps its bytes", "erased", |asked, _| {
        let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        where_(matches!(asked, Asked::Write(path, bytes) if page(path) && zeros(bytes)), Answer::Skipped)
    }),
    ("a root is signed without reading tiles from the disk", "first", |asked, _| {
        where_(matches!(asked, Asked::Forget(path) if path.contains("/log/tile/")), Answer::Skipped)
    }),
    ("a piece of the engine is not flushed", "joined", |asked, _| {
        where_(matches!(asked, Asked::Flush(path, _) if path.contains("/pieces/")), Answer::Skipped)
    }),
    ("names of the engine's pieces are not flushed", "joined", |asked, _| {
        where_(matches!(asked, Asked::FlushDirectory(path) if path.ends_with("/pieces")), Answer::Skipped)
    }),
];

#[test]
fn every_broken_variant_is_caught() {
    let found = on_threads(VARIANTS.to_vec(), |(_, first, mistake)| until_broken(first, &Habits(Some(mistake))));
    let mut uncaught = Vec::new();
    let mut table =
        String::from("| the mistake | crashes until caught | caught at | what broke |\n|---|---|---|---|\n");
    for ((name, ..), found) in VARIANTS.iter().zip(found) {
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
    must_stand_in_the_page("variants", &table);
}
