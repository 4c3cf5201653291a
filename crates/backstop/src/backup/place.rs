//! The folder of a backup: files come whole or not at all, and secrets that go are overwritten before. Takes names and bytes.
//! Never writes over a file in place, except to destroy it.

use super::error::Error;
use super::head::Head;
use crate::storage::beside;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(super) const BLOCKS: &str = "blocks";
/// What is written first and then gets its name.
const INCOMING: &str = "incoming";
const WIPED_AT_ONCE: usize = 1 << 20;

/// A folder that a backup is written to.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the folder for one writer; makes it if it is not there.
    pub(super) fn take(folder: &Path) -> Result<Place, Error> {
        make_folder(&folder.join(BLOCKS))?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(Error::io("create", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Place { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Error::Asked(format!("another process writes to `{}`; wait for it or end it", folder.display())))
            }
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
        }
    }

    /// Writes a file under its name in one step. When this returns its bytes are durable, its name after [`Place::settle`].
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        put(&self.folder, name, bytes)
    }

    /// Makes the names of files durable.
    pub(super) fn settle(&self) -> Result<(), Error> {
        settle(&self.folder.join(BLOCKS))?;
        settle(&self.folder)
    }
}

/// As [`Place::put`], in any folder.
pub(super) fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let incoming = folder.join(INCOMING);
    // One that a process left behind when it ended; it may hold secrets.
    destroy(&incoming)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&incoming);
    let mut file = file.map_err(Error::io("create", &incoming))?;
    file.write_all(bytes).map_err(Error::io("write", &incoming))?;
    file.sync_all().map_err(Error::io("flush", &incoming))?;
    let path = folder.join(name);
    fs::rename(&incoming, &path).map_err(Error::io("rename", &path))
}

pub(super) fn settle(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("flush", folder))
}

/// Makes a folder that the owner alone may enter.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::io("create", folder))
}

/// Overwrites a file in its own blocks, then removes it; nothing if it is not there.
pub(super) fn destroy(path: &Path) -> Result<(), Error> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(Error::io("open", path))?,
    };
    let mut left = file.metadata().map_err(Error::io("measure", path))?.len() as usize;
    let zeros = vec![0; left.min(WIPED_AT_ONCE)];
    while left > 0 {
        let now = left.min(zeros.len());
        file.write_all(&zeros[..now]).map_err(Error::io("overwrite", path))?;
        left -= now;
    }
    file.sync_all().map_err(Error::io("flush", path))?;
    fs::remove_file(path).map_err(Error::io("remove", path))
}

/// Removes a file; nothing if it is not there.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(Error::io("remove", path)),
    }
}

/// Removes a folder and all in it; nothing if it is not there.
pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(Error::io("remove", path)),
    }
}

/// The runs of which a head is here, in order.
pub(super) fn runs(folder: &Path) -> Result<Vec<u32>, Error> {
    let mut runs: Vec<u32> = names(folder)?.iter().filter_map(|name| Head::run_of(name)).collect();
    runs.sort_unstable();
    Ok(runs)
}

/// The names in a folder, in order; none if there is no folder.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(Error::io("list", folder))?,
    };
    let mut names = Vec::new();
    for file in listed {
        names.extend(file.map_err(Error::io("list", folder))?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// What became of reading a file of a backup.
pub(super) enum Found {
    Bytes(Vec<u8>),
    /// It is not there, or cannot be read: why.
    Missing(String),
    /// It is longer than it may be.
    TooLong,
}

/// Reads a whole plain file of at most `limit` bytes; follows no link and waits for no pipe.
pub(super) fn read(path: &Path, limit: u64) -> Found {
    match beside::find(path, limit) {
        beside::Found::Nothing => Found::Missing("it is not there".into()),
        beside::Found::Unreadable(why) => Found::Missing(why),
        beside::Found::TooLong => Found::TooLong,
        beside::Found::Bytes(bytes) => Found::Bytes(bytes),
    }
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn block_path(name: &str) -> String {
    format!("{BLOCKS}/{name}.age")
}
