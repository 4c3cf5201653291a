//! `backstop demo tamper`: changes one byte of a demo's record, and shows that verify and audit find it, and where.
//!
//! Takes a simulated store; changes a copy of it, or the store itself where that is asked for and confirmed. Never touches
//! a store that is not simulated.

use super::outcome::print;
use super::{Common, Exit, Failure};
use crate::audit::{Means, audit};
use crate::demo::Replay;
use crate::storage::{DataClass, Reader};
use mission::record::canonical::encode;
use std::fs;
use std::io::{BufRead, IsTerminal};
use std::num::NonZero;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use verifier::Answer;

/// Hours of the demo that is told where none is found.
const HOURS: u32 = 26;

/// Where the byte is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// In a copy that goes afterwards.
    Copy,
    /// In the store itself, after asking.
    InPlace,
    /// In the store itself, without asking.
    InPlaceUnasked,
}

impl Where {
    /// As the command line says it.
    pub(super) fn asked(in_place: bool, yes: bool) -> Where {
        match (in_place, yes) {
            (false, _) => Where::Copy,
            (true, false) => Where::InPlace,
            (true, true) => Where::InPlaceUnasked,
        }
    }
}

/// One byte of a store.
struct Spot {
    entry: u64,
    kind: String,
    file: PathBuf,
    offset: u64,
    was: u8,
    is: u8,
}

pub(super) fn run(common: &Common, place: Where) -> Result<Exit, Failure> {
    let scratch = std::env::temp_dir().join(format!("backstop-tampered-{}", std::process::id()));
    let _ = fs::remove_dir_all(&scratch);
    let outcome = tamper(common, place, &scratch);
    let _ = fs::remove_dir_all(&scratch);
    outcome
}

fn tamper(common: &Common, place: Where, scratch: &Path) -> Result<Exit, Failure> {
    let found = common.store.clone().or_else(newest_demo);
    let dir = match (found, place) {
        (Some(dir), Where::Copy) => {
            simulated(&dir)?;
            copy(&dir, scratch)?;
            common.say(format!("copied {} to {}", dir.display(), scratch.display()));
            scratch.to_owned()
        }
        (Some(dir), Where::InPlace | Where::InPlaceUnasked) => {
            simulated(&dir)?;
            if place == Where::InPlace {
                ask(&dir)?;
            }
            dir
        }
        (None, Where::InPlace | Where::InPlaceUnasked) => {
            let what = "no demo is running here; start `backstop demo`, or name its store with `--store DIR`";
            return Err(Failure::new(Exit::NotFound, what));
        }
        (None, Where::Copy) => {
            common.say("no demo is running here, so one is told without a page");
            let mut replay = Replay::open(scratch, 1, HOURS)?;
            replay.tell_until(replay.scenario().end)?;
            scratch.to_owned()
        }
    };
    let means = Means { threads: NonZero::<usize>::MIN, published: Some(dir.join("published")), policy: None };
    let before = audit(&dir, &means, &mut |_| {});
    let spot = choose(&dir)?;
    fs::File::options().write(true).open(&spot.file)?.write_all_at(&[spot.is], spot.offset)?;
    let after = audit(&dir, &means, &mut |_| {});
    let Spot { entry, kind, file, offset, was, is } = &spot;
    let shown = |byte: &u8| char::from(*byte).escape_default().to_string();
    print(&format!(
        "changed   byte {offset} of {}, in entry {entry} ({kind}): `{}` is now `{}`\n",
        file.display(),
        shown(was),
        shown(is)
    ))?;
    let told = |question: &str, before: &Answer, after: &Answer| {
        print(&format!("{question}  before: {}   now: {}   {}\n", before.word(), after.word(), after.note()))
    };
    told("verify  ", &before.unchanged, &after.unchanged)?;
    told("audit   ", &before.follows, &after.follows)?;
    if place != Where::Copy {
        common.say("look at Audit in the page and let it run again; `backstop audit` says the same");
    }
    match (after.answer(), &after.first_difference) {
        (Answer::No(_), Some(difference)) if difference.entry == Some(*entry) => print("found: the entry is named\n"),
        (Answer::No(_), _) => print("found\n"),
        (Answer::Yes(_) | Answer::CannotTell(_), _) => {
            Err(Failure::new(Exit::Failed, "a byte was changed and it was not found: please report this"))
        }
    }
}

/// The store of the demo that published last, if one is there.
fn newest_demo() -> Option<PathBuf> {
    let folders = fs::read_dir(std::env::temp_dir()).ok()?.flatten().map(|file| file.path());
    let demos = folders.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("backstop-demo-") && path.join("store.toml").exists()
    });
    let published = |path: &PathBuf| fs::metadata(path.join("log/checkpoint")).and_then(|file| file.modified()).ok();
    demos.max_by_key(published)
}

fn simulated(dir: &Path) -> Result<(), Failure> {
    let class = Reader::open(dir)?.settings().data_class;
    if class == DataClass::Simulated {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        format!("`{}` is {class}; only a simulated store may be tampered with", dir.display()),
    ))
}

fn ask(dir: &Path) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "this changes the store itself; say so with `--yes`"));
    }
    eprint!("change one byte of {} itself? [y/N] ", dir.display());
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, "nothing was changed"))
}

/// A byte in the middle of what an entry says; where that is not kept in clear, of its leaf.
fn choose(dir: &Path) -> Result<Spot, Failure> {
    let store = Reader::open(dir)?;
    let middle = store.checkpoint().size / 2;
    let seen = |kind: &str| kind == "observation";
    let mut entries = store.entries_where(middle, |envelope| seen(&envelope.kind));
    let entry = entries.next().transpose()?.or(store.entries_from(middle).next().transpose()?);
    let entry = entry.ok_or_else(|| Failure::new(Exit::NotFound, "the store has no entries to tamper with"))?;
    let leaf = store.leaf(entry.index)?;
    // Where payloads are sealed it is not found in clear, and the leaf is changed instead.
    let payload = entry.payload.as_ref().map(encode).unwrap_or_default();
    let mut files: Vec<PathBuf> = fs::read_dir(dir.join("payloads"))?.flatten().map(|file| file.path()).collect();
    files.sort();
    for bytes in [payload, leaf].into_iter().filter(|bytes| !bytes.is_empty()) {
        for file in &files {
            let held = fs::read(file)?;
            let Some(start) = held.windows(bytes.len()).position(|window| window == bytes) else { continue };
            // A digit that becomes another digit: what the entry says stays well formed, and says something else.
            let digit = bytes.iter().rposition(u8::is_ascii_digit).unwrap_or(bytes.len() / 2);
            let was = bytes[digit];
            let is = if was == b'9' { b'8' } else { was + 1 };
            let offset = (start + digit) as u64;
            return Ok(Spot { entry: entry.index, kind: entry.envelope.kind, file: file.clone(), offset, was, is });
        }
    }
    Err(Failure::new(Exit::NotFound, "the entry's bytes were not found in the store"))
}

/// Copies a store without its lock; what a writer adds meanwhile is not in it.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy(&item.path(), &target)?;
        } else if item.file_name() != "lock" {
            fs::copy(item.path(), target)?;
        }
    }
    Ok(())
}
