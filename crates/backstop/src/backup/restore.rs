//! Restoring: files of a backup into a new folder, and a store that takes no entries until a person says that it may.
//!
//! Takes checked bytes; gives a store under its name only when everything in it was verified. What is left of a restore that was cut
//! off, or was only a check, is destroyed: keys are overwritten before their names go. Never touches a folder that holds anything.

use super::Tell;
use super::check::{Checked, Given, Keep, check};
use super::error::Error;
use super::head::Head;
use super::index::secrets::{NAMES, Secrets};
use super::later::Later;
use super::place::{self, destroy, settle};
use crate::storage::{Halt, Halted, LaterOrder, LocalDisk, Reader, Store};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use terms::Instant;
use verifier::Answer;

/// So many first bytes of a file are kept in memory, to read keys from.
const BEGINNING_BYTES: usize = 4096;
/// What a restored store says to whoever wants to write to it.
const WORDS: &str = "it was restored from a backup, and the log may have gone on since: a second writer would sign a second \
history. Ask every witness, mirror and holder of a receipt for the latest checkpoint, then run `backstop resume`";

/// A folder that a backup is opened into.
pub(super) struct Target<'a> {
    pub(super) into: &'a Path,
    pub(super) keep: Keep,
}

/// A file that is being written there.
pub(super) struct Writing {
    file: Option<File>,
    path: PathBuf,
    hasher: Sha256,
    beginning: Vec<u8>,
    keep: Keep,
}

impl Target<'_> {
    pub(super) fn begin(&self) -> Result<(), Error> {
        wipe(self.into)?;
        for folder in ["", "keys", "payloads", "log"] {
            place::make_folder(&self.into.join(folder))?;
        }
        Ok(())
    }

    /// Begins a file; an item of evidence that nobody keeps is hashed and no more.
    pub(super) fn file(&self, below: &str) -> Result<Writing, Error> {
        let path = self.into.join(below);
        let hashed_only = self.keep == Keep::Nothing && below.starts_with("evidence/");
        let file = if hashed_only { None } else { Some(create(&path, mode(below))?) };
        Ok(Writing { file, path, hasher: Sha256::new(), beginning: Vec::new(), keep: self.keep })
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        let path = self.into.join("lock");
        create(&path, 0o600).map(drop)
    }
}

impl Writing {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.hasher.update(bytes);
        let room = BEGINNING_BYTES - self.beginning.len();
        self.beginning.extend_from_slice(&bytes[..bytes.len().min(room)]);
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(Error::io("write", &self.path)),
            None => Ok(()),
        }
    }

    /// The hash of what was written, and its first bytes.
    pub(super) fn finish(self) -> Result<([u8; 32], Vec<u8>), Error> {
        if let (Some(file), Keep::Everything) = (&self.file, self.keep) {
            file.sync_all().map_err(Error::io("flush", &self.path))?;
        }
        Ok((self.hasher.finalize().into(), self.beginning))
    }
}

/// Writes what opens entries and signs.
pub(super) fn put_secrets(target: &Target<'_>, secrets: &Secrets) -> Result<(), Error> {
    for (below, bytes) in secrets {
        let path = target.into.join(below);
        let mut file = create(&path, 0o600)?;
        file.write_all(bytes).map_err(Error::io("write", &path))?;
        if target.keep == Keep::Everything {
            file.sync_all().map_err(Error::io("flush", &path))?;
        }
    }
    Ok(())
}

/// Log and public keys may be served to anyone.
fn mode(below: &str) -> u32 {
    if below.starts_with("log/") || below.starts_with("keys/") { 0o644 } else { 0o600 }
}

fn create(path: &Path, mode: u32) -> Result<File, Error> {
    let folder = path.parent().expect("invariant: a file lies in a folder");
    place::make_folder(folder)?;
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(Error::io("create", path))
}

/// Restores a backup into a new folder, if every answer is yes. The store there takes no entries until `backstop resume`. What
/// the log as it is now orders erased is destroyed in it before it gets its name.
///
/// # Errors
/// When the folder holds something, or cannot be written, or `later` is not the same log.
pub fn restore(given: &Given<'_>, later: Option<&Later>, at: Instant, tell: &mut Tell<'_>) -> Result<Checked, Error> {
    let into = given.into;
    if !place::names(into)?.is_empty() {
        let what = "holds something; a backup is restored into a new folder only";
        return Err(Error::Asked(format!("`{}` {what}", into.display())));
    }
    let named = |what: &str| Error::Asked(format!("`{}` {what}", into.display()));
    let name = into.file_name().ok_or_else(|| named("has no name"))?;
    let above = match into.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        Some(_) | None => Path::new("."),
    };
    // The store gets its name when it is whole: what a crash leaves is no store, and the next run destroys it.
    let staging = above.join(format!(".{}.restoring", name.to_string_lossy()));
    let staged = Given { into: &staging, keep: Keep::Everything, ..*given };
    let checked = check(&staged, tell);
    let sound = matches!(checked.as_ref().map(Checked::answer), Ok(Answer::Yes(_)));
    if !sound {
        wipe(&staging)?;
        return checked;
    }
    let mut checked = checked?;
    if let Some(head) = checked.head.clone() {
        let later = match later.map(|later| erase_later(&staging, later, &head)).transpose() {
            Ok(later) => later,
            Err(error) => {
                wipe(&staging)?;
                return Err(error);
            }
        };
        checked.remarks.push(match &later {
            Some(later) => format!("{} entries that the log ordered erased since are destroyed here too", later.len()),
            None => {
                "what the log ordered erased since is readable here: name a store or mirror of it with `--later`".into()
            }
        });
        let (size, root) = (head.size, head.root.to_base64());
        let (since, words, later) = (at.to_string(), WORDS.to_owned(), later.unwrap_or_default());
        let joined = checked.joined;
        Halt { why: Halted::Restored, since, size, root, words, later, joined }.set(&LocalDisk, &staging)?;
    }
    settle_all(&staging)?;
    if into.exists() {
        fs::remove_dir(into).map_err(Error::io("remove", into))?;
    }
    fs::rename(&staging, into).map_err(Error::io("rename", into))?;
    settle(above)?;
    Ok(checked)
}

/// Destroys what the log orders erased after the backup; gives the entries.
fn erase_later(restored: &Path, later: &Later, head: &Head) -> Result<Vec<LaterOrder>, Error> {
    let orders = later.orders(head, &Reader::open(restored)?)?;
    if orders.is_empty() {
        return Ok(orders);
    }
    if !restored.join("keys/log.key").exists() {
        let what = "the log orders entries erased that this copy opens, and its keys cannot be changed without those that sign";
        return Err(Error::Asked(format!("{what}: let the custodian who has them make it anew")));
    }
    Store::open(restored)?.erase_as_ordered_later(&orders)?;
    Ok(orders)
}

/// Makes the names in a folder and in those below it durable.
fn settle_all(folder: &Path) -> Result<(), Error> {
    for name in place::names(folder)? {
        let path = folder.join(name);
        if path.is_dir() {
            settle_all(&path)?;
        }
    }
    settle(folder)
}

/// Destroys what a backup was opened into: keys are overwritten in their own blocks, then everything is removed.
///
/// # Errors
/// When something of it cannot be removed.
pub fn wipe(folder: &Path) -> Result<(), Error> {
    if !folder.exists() {
        return Ok(());
    }
    for name in NAMES {
        destroy(&folder.join(name))?;
    }
    fs::remove_dir_all(folder).map_err(Error::io("remove", folder))
}
