//! `backstop log join` and `backstop log engine`: the second home of a log. Takes where it is; sends what is here or fills a new
//! directory, and says whether both agree. Never takes a password as an argument.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::storage::{Agreement, Place, Reader, Store, agreement, fill};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where an engine is.
#[derive(Args)]
pub(super) struct JoinArgs {
    /// A directory on another disk, which must be there
    #[arg(long, value_name = "DIR", required_unless_present = "postgres", conflicts_with = "postgres")]
    directory: Option<PathBuf>,
    /// A file of mode 0600 that says how a PostgreSQL database is reached: `host=.. user=.. password=.. dbname=..`
    #[arg(long, value_name = "FILE")]
    postgres: Option<PathBuf>,
    /// Make the store anew from what the engine holds, with the keys in this folder: the files of `keys/`, and
    /// `record-keys/root`
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

pub(super) fn join(common: &Common, args: &JoinArgs) -> Result<Exit, Failure> {
    let (directory, place) = (common.store()?, place(args)?);
    let store = match &args.keys {
        Some(keys) => fill(directory, keys, &place)?,
        None => Store::join(directory, &place)?,
    };
    let size = store.checkpoint().size;
    common.say(format!("{size} entries are here and in {place}; every batch goes to both from now on"));
    common.say("keep `keys/` and `record-keys/root` where you keep secrets: the engine never gets them, and nothing opens without");
    if common.json {
        return print_json("backstop.join/1", Exit::Done, json!({ "engine": place.to_string(), "size": size }));
    }
    Ok(Exit::Done)
}

/// Absolute, as the store may be opened from anywhere.
fn place(args: &JoinArgs) -> Result<Place, Failure> {
    let absolute = |path: &Path| {
        std::fs::canonicalize(path)
            .map_err(|error| Failure::new(Exit::NotFound, format!("`{}`: {error}", path.display())))
    };
    match (&args.directory, &args.postgres) {
        (Some(path), _) => Ok(Place::Directory(absolute(path)?)),
        (None, Some(path)) => Ok(Place::Postgres(absolute(path)?)),
        (None, None) => Err(Failure::new(Exit::Usage, "name the engine by `--directory` or `--postgres`")),
    }
}

/// Whether the engine agrees; with `whole`, piece by piece.
pub(super) fn compare(common: &Common, whole: Depth) -> Result<Exit, Failure> {
    let store = Reader::open(common.store()?)?;
    let Some((place, agreement)) = agreement(&store)? else {
        return Err(Failure::new(Exit::NotFound, "this store stands alone; see `backstop log join`"));
    };
    let exit = exit(&agreement);
    if whole == Depth::Whole && exit == Exit::Done {
        Store::open(common.store()?)?.compare_whole()?;
    }
    if common.json {
        return print_json("backstop.engine/1", exit, said(&place, &agreement));
    }
    print(&format!("{}\n", sentence(&place, &agreement)))?;
    if whole == Depth::Whole && exit == Exit::Done {
        common.say("every batch, every generation of record keys and every slot there is the same as here");
    }
    Ok(exit)
}

/// How much is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Heads,
    Whole,
}

impl From<bool> for Depth {
    fn from(whole: bool) -> Depth {
        if whole { Depth::Whole } else { Depth::Heads }
    }
}

fn exit(agreement: &Agreement) -> Exit {
    match agreement {
        Agreement::Same | Agreement::Ahead(_) => Exit::Done,
        Agreement::Contradicts(_) => Exit::Wrong,
        Agreement::CannotTell(_) => Exit::CannotTell,
    }
}

/// What is said of a store's engine wherever the store is spoken of; nothing for one that stands alone.
pub(super) fn sentence_of(store: &Reader) -> Result<Option<String>, Failure> {
    Ok(agreement(store)?.map(|(place, agreement)| sentence(&place, &agreement)))
}

/// As [`sentence_of`], for programs.
pub(super) fn said_of(store: &Reader) -> Result<Option<Value>, Failure> {
    Ok(agreement(store)?.map(|(place, agreement)| said(&place, &agreement)))
}

fn sentence(place: &Place, agreement: &Agreement) -> String {
    match agreement {
        Agreement::Same => format!("{place} agrees"),
        Agreement::Ahead(size) => {
            format!("{place} agrees and is ahead: {size} entries; the next opening for writing takes them over")
        }
        Agreement::Contradicts(why) => format!("{place} CONTRADICTS this store: {why}"),
        Agreement::CannotTell(why) => format!("whether {place} agrees cannot be told: {why}"),
    }
}

fn said(place: &Place, agreement: &Agreement) -> Value {
    let (word, size, why) = match agreement {
        Agreement::Same => ("agrees", None, None),
        Agreement::Ahead(size) => ("ahead", Some(*size), None),
        Agreement::Contradicts(why) => ("contradicts", None, Some(why)),
        Agreement::CannotTell(why) => ("cannot_tell", None, Some(why)),
    };
    json!({ "engine": place.to_string(), "state": word, "size": size, "because": why })
}
