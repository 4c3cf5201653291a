//! The locker: the bytes of each item of evidence, under the name that `sha256sum` gives them.
//!
//! Takes bytes and names; gives bytes back only after hashing them again. Never overwrites an item and never repairs one:
//! what does not hash to its name is said to be another thing.
//!
//! ```text
//! DIR/evidence/ab/ab…64 hex digits   one item, as it came, mode 0600
//! DIR/evidence/incoming              an item that is being copied in; no part of the record
//! ```

use super::disk::{self, Cursor, Disk, Kind, LocalDisk, OpenFile, Readers};
use super::error::Error;
use mission::record::evidence::{Rehash, Sha256Name};
use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes copied at a time.
const STEP_BYTES: usize = 1 << 20;

/// The items of one store.
pub struct Locker {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

impl Locker {
    /// The locker of the store at `directory` of this machine; made when the first item comes.
    #[must_use]
    pub fn of(directory: &Path) -> Locker {
        Locker { disk: Arc::new(LocalDisk), directory: directory.join("evidence") }
    }

    /// Where an item lies.
    #[must_use]
    pub fn path(&self, name: Sha256Name) -> PathBuf {
        let name = name.to_string();
        self.directory.join(&name[..2]).join(name)
    }

    /// Every item that lies here, with its length, by name.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn items(&self) -> Result<Vec<(Sha256Name, u64)>, Error> {
        let disk = &*self.disk;
        let mut items = Vec::new();
        if disk.kind(&self.directory).map_err(Error::io("look at", &self.directory))?.is_none() {
            return Ok(items);
        }
        for folder in disk.list(&self.directory).map_err(Error::io("list", &self.directory))? {
            if !folder.is_directory {
                continue;
            }
            let folder = self.directory.join(folder.name);
            for listed in disk.list(&folder).map_err(Error::io("list", &folder))? {
                let Some(name) = listed.name.to_str().and_then(Sha256Name::parse) else { continue };
                let path = folder.join(&listed.name);
                let file = disk.open(&path).map_err(Error::io("open", &path))?;
                items.push((name, file.length().map_err(Error::io("measure", &path))?));
            }
        }
        Ok(items)
    }

    /// Copies an item in; gives its name and length. When this returns, bytes and name are durable. The same bytes again
    /// are the same item. For the one writer of the store alone.
    ///
    /// # Errors
    /// When it cannot be read or written, or has more than `limit` bytes; then nothing was taken in.
    pub fn put(&self, from: &mut impl Read, limit: u64) -> Result<(Sha256Name, u64), Error> {
        let disk = &*self.disk;
        disk.create_directories(&self.directory).map_err(Error::io("create", &self.directory))?;
        disk::flush_directory_of(disk, &self.directory);
        let staging = self.directory.join("incoming");
        // One that a crash left behind.
        if disk.kind(&staging).map_err(Error::io("look for", &staging))? == Some(Kind::File) {
            disk.remove(&staging).map_err(Error::io("remove", &staging))?;
        }
        let file = disk.create(&staging, Readers::Owner).map_err(Error::io("create", &staging))?;
        let copied = copy_hashing(from, &mut Appending { file: file.clone(), offset: 0 }, limit);
        let copied = copied.map_err(Error::io("copy into", &staging));
        let (name, bytes) = copied.inspect_err(|_| drop(disk.remove(&staging)))?;
        disk::flush(disk, &*file, &staging);
        let path = self.path(name);
        let folder = path.parent().expect("invariant: an item lies in a folder");
        disk.create_directories(folder).map_err(Error::io("create", folder))?;
        disk::flush_directory(disk, &self.directory);
        // If we crash before this, `incoming` goes when the next item comes; after it, the item is whole.
        disk.rename(&staging, &path).map_err(Error::io("rename", &staging))?;
        disk::flush_directory(disk, folder);
        Ok((name, bytes))
    }

    /// Hashes an item again.
    ///
    /// # Errors
    /// When the disk refuses to give its bytes.
    pub fn rehash(&self, name: Sha256Name) -> Result<Rehash, Error> {
        self.copy_out(name, &mut io::sink())
    }

    /// Writes an item out while hashing it again. What was written may be used only if the answer is [`Rehash::Same`].
    ///
    /// # Errors
    /// When the disk refuses to give its bytes, or `to` to take them.
    pub fn copy_out(&self, name: Sha256Name, to: &mut impl Write) -> Result<Rehash, Error> {
        let path = self.path(name);
        let file = match self.disk.open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Rehash::Missing),
            opened => opened.map_err(Error::io("open", &path))?,
        };
        let copied = copy_hashing(&mut Cursor { file, offset: 0 }, to, u64::MAX);
        let (found, _) = copied.map_err(Error::io("read", &path))?;
        Ok(if found == name { Rehash::Same } else { Rehash::Other(found) })
    }
}

/// Writes to a file from its beginning on.
struct Appending {
    file: Arc<dyn OpenFile>,
    offset: u64,
}

impl Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(bytes, self.offset)?;
        self.offset += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn copy_hashing(from: &mut impl Read, to: &mut impl Write, limit: u64) -> io::Result<(Sha256Name, u64)> {
    let (mut hasher, mut bytes, mut step) = (Sha256::new(), 0, vec![0; STEP_BYTES]);
    loop {
        let read = match from.read(&mut step) {
            Ok(0) => return Ok((Sha256Name::new(hasher.finalize().into()), bytes)),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        bytes += read as u64;
        if bytes > limit {
            return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
        }
        hasher.update(&step[..read]);
        to.write_all(&step[..read])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    fn scratch(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("backstop-locker-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("a scratch folder");
        directory
    }

    #[test]
    fn an_item_has_the_name_that_sha256sum_gives_it() {
        let directory = scratch("name");
        let locker = Locker::of(&directory);
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let (name, length) = locker.put(&mut bytes.as_slice(), u64::MAX).expect("put");
        assert_eq!(length, 3_000_000);
        let printed = Command::new("sha256sum").arg(locker.path(name)).output().expect("sha256sum runs");
        assert!(printed.stdout.starts_with(name.to_string().as_bytes()));
        assert_eq!(locker.put(&mut bytes.as_slice(), u64::MAX).expect("the same again").0, name);
        let mut back = Vec::new();
        assert_eq!(locker.copy_out(name, &mut back).expect("read"), Rehash::Same);
        assert_eq!(back, bytes);
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn a_changed_item_and_a_missing_one_are_two_answers() {
        let directory = scratch("changed");
        let locker = Locker::of(&directory);
        let (name, _) = locker.put(&mut b"a photograph".as_slice(), 100).expect("put");
        fs::write(locker.path(name), b"a phot0graph").expect("changed");
        assert!(matches!(locker.rehash(name).expect("read"), Rehash::Other(other) if other != name));
        fs::remove_file(locker.path(name)).expect("removed");
        assert_eq!(locker.rehash(name).expect("looked"), Rehash::Missing);
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn an_item_that_is_too_long_leaves_nothing_behind() {
        let directory = scratch("long");
        let locker = Locker::of(&directory);
        let error = locker.put(&mut [7_u8; 101].as_slice(), 100).expect_err("101 bytes");
        assert!(error.to_string().contains("more than 100 bytes"), "{error}");
        assert_eq!(fs::read_dir(directory.join("evidence")).expect("the locker").count(), 0);
        fs::remove_dir_all(directory).expect("removed");
    }
}
