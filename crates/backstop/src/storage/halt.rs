//! A store that takes no more entries until somebody says that it may: one that was restored, or was handed over.
//!
//! Takes and gives the file `halted.toml`. Two writers that go on from one checkpoint sign two histories, and no software on
//! one machine can see the other; so a copy waits for words of a person. Never lets a writer in beside the file.

use super::disk::{self, Disk, Readers};
use super::error::Error;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "halted.toml";
const MOST_BYTES: u64 = 16 << 20;

/// Why a store takes no entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Halted {
    /// It was made from a backup, and the log may have gone on since.
    Restored,
    /// It was handed over, and others go on.
    HandedOver,
}

/// What is known of a store that takes no entries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halt {
    /// Why.
    pub why: Halted,
    /// Since when, as RFC 3339.
    pub since: String,
    /// How many entries it held then.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// What to do, for whoever finds it.
    pub words: String,
    /// Entries here whose keys are destroyed by orders that stand in the log, but not in this copy of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<LaterOrder>,
    /// It was joined to an engine, which has every entry that had a receipt, and of which this copy does not know.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
}

/// An erasure that the log orders after what a copy of it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaterOrder {
    /// The entry that is erased.
    pub entry: u64,
    /// The entry that orders it.
    pub by: u64,
}

impl Halt {
    /// Why the store at `directory` takes no entries; none if it takes them.
    ///
    /// # Errors
    /// When the file is there and cannot be understood.
    pub fn of(disk: &dyn Disk, directory: &Path) -> Result<Option<Halt>, Error> {
        let path = place(directory);
        if disk.kind(&path).map_err(Error::io("look at", &path))?.is_none() {
            return Ok(None);
        }
        let text = String::from_utf8(disk::read_existing(disk, &path, MOST_BYTES)?);
        let halt = text.ok().and_then(|text| toml::from_str(&text).ok());
        halt.map(Some).ok_or_else(|| Error::damaged(&path, 0, "it does not say why the store is halted"))
    }

    /// Halts a store. When this returns, it is durable.
    ///
    /// # Errors
    /// When it is halted already, or the disk refuses.
    pub fn set(&self, disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
        let body = toml::to_string(self).expect("invariant: texts and numbers are TOML");
        let text = format!("# While this file is here, nothing is recorded. `backstop resume` takes it away.\n{body}");
        disk::create(disk, &place(directory), text.as_bytes(), Readers::Anyone)
    }

    /// Lets a store take entries again. When this returns, it is durable.
    ///
    /// # Errors
    /// When it is not halted, or the disk refuses.
    pub fn lift(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
        let path = place(directory);
        disk.remove(&path).map_err(Error::io("remove", &path))?;
        disk::flush_directory(disk, directory);
        Ok(())
    }
}

/// Refuses a store that takes no entries.
pub(super) fn must_not_be_halted(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
    match Halt::of(disk, directory)? {
        None => Ok(()),
        Some(halt) => Err(Error::Halted { path: directory.to_owned(), words: halt.words }),
    }
}

fn place(directory: &Path) -> PathBuf {
    directory.join(FILE)
}
