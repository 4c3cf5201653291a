//! The engine in a directory: on another disk, or one that several machines mount. Takes the root of a mounted file system that is
//! there; never makes one, so that a disk that is not mounted is not taken for an empty one.
//!
//! ```text
//! ROOT/LOG/log             the log's public key; LOG is the beginning of its SHA-256
//! ROOT/LOG/pieces/KEY      each piece
//! ROOT/LOG/head            the signed checkpoint
//! ROOT/LOG/lock            held while something is changed
//! ```
//!
//! A piece gets its name when it is durable, under the lock. If we crash before, there is no such piece.

use super::{Engine, MAX_PIECE_BYTES, Put, Swap, Trouble};
use crate::storage::disk::{self, Disk, Found, Lock};
use ledger::VerifyingIdentity;
use ledger::note::MAX_NOTE_BYTES;
use mission::record::hex::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often another process's lock is looked at, and how long at most.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const LOOKS: u32 = 5_000;
/// Longest line with a log's public key.
const MAX_LOG_BYTES: u64 = 4096;

/// An engine in a directory.
pub(super) struct Directory {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
}

impl Directory {
    /// The engine of a log under the root of a disk, begun there if `begin` says so.
    ///
    /// # Errors
    /// When the root is not there, or the log is not and is not to be begun, or the disk refuses.
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        root: &Path,
        log: &VerifyingIdentity,
        begin: Begin,
    ) -> Result<Directory, Trouble> {
        let refused = |why: String| Trouble::Refused(why);
        if !matches!(disk.kind(root), Ok(Some(disk::Kind::Directory))) {
            return Err(refused(format!("`{}` is no directory; is its disk mounted?", root.display())));
        }
        let line = format!("{log}\n");
        let folder = root.join(&hex(&Sha256::digest(&line))[..32]);
        let path = folder.join("log");
        match disk::read(&*disk, &path, MAX_LOG_BYTES) {
            Found::Bytes(bytes) if bytes == line.as_bytes() => {}
            Found::Nothing if begin == Begin::IfAbsent => {
                let made = disk::create_directories(&*disk, &folder.join("pieces"))
                    .and_then(|()| disk::replace(&*disk, &path, &folder.join("log.next"), line.as_bytes()));
                made.map_err(|error| Trouble::Unanswered(error.to_string()))?;
            }
            Found::Nothing => {
                return Err(refused(format!("`{}` holds nothing of this log; is it the right disk?", root.display())));
            }
            Found::Bytes(_) | Found::TooLong | Found::Unreadable(_) => {
                return Err(refused(format!("`{}` does not name this log", path.display())));
            }
        }
        Ok(Directory { disk, folder })
    }

    fn piece(&self, key: &str) -> PathBuf {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(!key.is_empty() && key.bytes().all(plain), "invariant: keys are made here, as safe names");
        self.folder.join("pieces").join(key)
    }

    /// Waits for other processes. Dropped, it is free.
    fn lock(&self) -> Result<Lock, Trouble> {
        let path = self.folder.join("lock");
        for _ in 0..LOOKS {
            match self.disk.lock(&path) {
                Ok(Some(lock)) => return Ok(lock),
                Ok(None) => std::thread::sleep(LOOK_EVERY),
                Err(error) => return Err(Trouble::Unanswered(format!("cannot lock `{}`: {error}", path.display()))),
            }
        }
        Err(Trouble::Unanswered(format!("another process keeps `{}` locked", path.display())))
    }

    /// A file as the disk holds it: a process that was killed may have named it, and not come to flush the name.
    fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Trouble> {
        match disk::read(&*self.disk, path, limit) {
            Found::Nothing => return Ok(None),
            Found::Bytes(_) => {}
            Found::TooLong => return Err(Trouble::Refused(format!("`{}` is longer than any may be", path.display()))),
            Found::Unreadable(why) => return Err(Trouble::Unanswered(format!("`{}`: {why}", path.display()))),
        }
        disk::flush_all(&*self.disk, &[path.to_owned()]);
        disk::flush_directory_of(&*self.disk, path);
        match disk::read(&*self.disk, path, limit) {
            Found::Bytes(bytes) => Ok(Some(bytes)),
            Found::Nothing | Found::TooLong | Found::Unreadable(_) => {
                Err(Trouble::Unanswered(format!("`{}` cannot be read again", path.display())))
            }
        }
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
        let staging = path.with_file_name("next");
        disk::replace(&*self.disk, path, &staging, bytes).map_err(|error| Trouble::Unanswered(error.to_string()))
    }
}

/// Whether an engine begins a log that it does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// It does.
    IfAbsent,
    /// It must hold it.
    Never,
}

impl Engine for Directory {
    fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<Put, Trouble> {
        let path = self.piece(key);
        let _lock = self.lock()?;
        match self.read(&path, MAX_PIECE_BYTES as u64)? {
            Some(held) if held == bytes => Ok(Put::Held),
            Some(_) => Ok(Put::Other),
            None => self.replace(&path, bytes).map(|()| Put::Held),
        }
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.read(&self.piece(key), MAX_PIECE_BYTES as u64)
    }

    fn head(&self) -> Result<Option<String>, Trouble> {
        let path = self.folder.join("head");
        let bytes = self.read(&path, MAX_NOTE_BYTES as u64)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| Trouble::Refused(format!("`{}` is not UTF-8", path.display())))
    }

    fn compare_and_swap_head(&self, expected: Option<&str>, new: &str) -> Result<Swap, Trouble> {
        let _lock = self.lock()?;
        let head = self.head()?;
        if head.as_deref() == Some(new) {
            return Ok(Swap::Done);
        }
        if head.as_deref() != expected {
            return Ok(Swap::Other(head));
        }
        self.replace(&self.folder.join("head"), new.as_bytes()).map(|()| Swap::Done)
    }
}
