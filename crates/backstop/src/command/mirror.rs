//! `backstop log mirror`, `backstop log export --to` and `backstop log tail`: the log, carried away and watched.
//!
//! Takes a source; copies it, or prints its newest entries. Ends with 7 and the evidence's file if the source contradicts what
//! is held, with 8 if it cannot be told. Never changes the source.

use super::audit::line;
use super::meter::Meter;
use super::outcome::{print, print_json};
use super::verify::read_key;
use super::{Common, Exit, Failure};
use crate::mirror::{Followed, Refusal, Source, follow};
use crate::storage::{Entry, Reader};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// What stands beside an exported log.
const README: &str = include_str!("../mirror/README.md");
const CHECK: &str = include_str!("../mirror/check.py");
/// A mirror that follows asks this often; a tail looks this often.
const ASK_EVERY: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Whether a command goes on as the log grows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stay {
    Once,
    Following,
}

impl From<bool> for Stay {
    fn from(follow: bool) -> Stay {
        if follow { Stay::Following } else { Stay::Once }
    }
}

pub(super) fn mirror(
    common: &Common,
    source: &str,
    dir: &Path,
    log_key: Option<&Path>,
    stay: Stay,
) -> Result<Exit, Failure> {
    let pinned = log_key.map(read_key).transpose()?;
    let source = Source::named(source).map_err(|why| Failure::new(Exit::NotFound, why))?;
    loop {
        let mut meter = Meter::new(common);
        let followed = follow(&source, dir, pinned.as_ref(), &mut |p| meter.tell(|seconds| line(p, seconds)));
        meter.end();
        match (followed, stay) {
            (Ok(followed), Stay::Once) => return said(common, &followed),
            (Ok(followed), Stay::Following) => {
                if followed.before < followed.size {
                    said(common, &followed)?;
                }
            }
            // A source that is away for a moment is asked again; one that contradicts itself is not.
            (Err(Refusal::CannotTell(why)), Stay::Following) => common.say(format!("cannot tell: {why}")),
            (Err(refusal), _) => return Err(refusal.into()),
        }
        std::thread::sleep(ASK_EVERY);
    }
}

/// The log of the store as a folder that any static host can serve, with a page on how to check it.
pub(super) fn export(common: &Common, to: &Path) -> Result<Exit, Failure> {
    let store = common.store()?;
    if !store.join("store.toml").exists() {
        return Err(Failure::new(Exit::NotFound, format!("`{}` is not a store", store.display())));
    }
    let source = Source::named(&store.to_string_lossy()).map_err(|why| Failure::new(Exit::Failed, why))?;
    let mut meter = Meter::new(common);
    let followed = follow(&source, to, None, &mut |p| meter.tell(|seconds| line(p, seconds)))?;
    meter.end();
    for (name, text) in [("README.md", README), ("check.py", CHECK)] {
        std::fs::write(to.join(name), text)?;
    }
    said(common, &followed)
}

fn said(common: &Common, followed: &Followed) -> Result<Exit, Failure> {
    let Followed { before, size, root, open, withheld, erased } = followed;
    if common.json {
        let payloads = json!({ "open": open, "withheld": withheld, "erased": erased });
        let data = json!({ "before": before, "size": size, "root": root.to_base64(), "payloads": payloads });
        return print_json("backstop.mirror/1", Exit::Done, data);
    }
    let new = size - before;
    print(&format!(
        "{size} entries, root {root}\n{new} new: {open} payloads given, {withheld} withheld, {erased} erased\n"
    ))
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let exit = match refusal {
            Refusal::Contradicts(..) | Refusal::Wrong(_) => Exit::Wrong,
            Refusal::CannotTell(_) => Exit::CannotTell,
            Refusal::Folder(_) => Exit::Failed,
        };
        Failure::new(exit, refusal)
    }
}

pub(super) fn tail(common: &Common, count: u64, stay: Stay) -> Result<Exit, Failure> {
    let dir = common.store()?;
    let mut store = Reader::open(dir)?;
    let mut next = store.size().saturating_sub(count);
    if common.json && stay == Stay::Once {
        let entries = store.entries_from(next).map(|entry| entry.map(|entry| data(&entry)));
        let entries = entries.collect::<Result<Vec<Value>, _>>()?;
        return print_json("backstop.log-tail/1", Exit::Done, json!({ "size": store.size(), "entries": entries }));
    }
    loop {
        for entry in store.entries_from(next) {
            let entry = entry?;
            let line = if common.json { data(&entry).to_string() } else { words(&entry) };
            print(&format!("{line}\n"))?;
            next = entry.index + 1;
        }
        if stay == Stay::Once {
            return Ok(Exit::Done);
        }
        std::thread::sleep(LOOK_EVERY);
        store = Reader::open(dir)?;
    }
}

fn received_at(entry: &Entry) -> String {
    let at = terms::Instant::from_ms(entry.envelope.received_at_ms);
    at.map_or_else(|| "out of range".to_owned(), |at| at.to_string())
}

fn words(entry: &Entry) -> String {
    let envelope = &entry.envelope;
    let (kind, class) = (&envelope.kind, envelope.class.word());
    format!("{:>8}  {}  {class:<10} {kind:<22} {}", entry.index, received_at(entry), envelope.author)
}

fn data(entry: &Entry) -> Value {
    let envelope = &entry.envelope;
    json!({
        "index": entry.index, "received_at": received_at(entry), "class": envelope.class.word(),
        "kind": envelope.kind, "author": envelope.author.to_string(),
    })
}
