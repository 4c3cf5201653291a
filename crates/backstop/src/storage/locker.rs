//! The locker: the bytes of each item of evidence, sealed under a key of its own, under the name that `sha256sum` gives the bytes.
//!
//! Takes bytes, names and keys; gives bytes back only after hashing them again. Never overwrites an item that is sound, and never
//! writes what it was given as it came: where a key was destroyed, nothing is left on the disk.
//!
//! ```text
//! DIR/evidence/ab/ab…64 hex digits.sealed   one item, mode 0600
//! DIR/evidence/ab/ab…64 hex digits          one item of an earlier version, as it came, mode 0600
//! DIR/evidence/incoming                     an item that is being sealed; no part of the record
//!
//! sealed = "backstop-item/1" 0x0A ‖ ChaCha20-Poly1305 of each 65,536 bytes, the last may be shorter, STREAM as in `age`
//! ```

use super::chunks::{CHUNK_BYTES, Chunk, chunk_nonce};
use super::disk::{self, Cursor, Disk, Kind, LocalDisk, OpenFile, Readers};
use super::error::Error;
use super::sealing::{TAG_BYTES, discard};
use super::store::draw;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use mission::record::evidence::{ItemKey, Rehash, Sha256Name};
use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 16] = b"backstop-item/1\n";
const ENDING: &str = "sealed";

/// The items of one store.
pub struct Locker {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

/// An item as it lies in the locker.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Item {
    /// Its name.
    pub name: Sha256Name,
    /// Where it lies.
    pub path: PathBuf,
    /// Bytes of the file.
    pub length: u64,
    /// Whether it lies as it came, as an earlier version left it.
    pub plain: bool,
}

impl Locker {
    /// The locker of the store at `directory` of this machine; made when the first item comes.
    #[must_use]
    pub fn of(directory: &Path) -> Locker {
        Locker { disk: Arc::new(LocalDisk), directory: directory.join("evidence") }
    }

    /// Where an item lies that is sealed.
    #[must_use]
    pub fn path(&self, name: Sha256Name) -> PathBuf {
        self.plain_path(name).with_extension(ENDING)
    }

    fn plain_path(&self, name: Sha256Name) -> PathBuf {
        let name = name.to_string();
        self.directory.join(&name[..2]).join(name)
    }

    /// Every item that lies here, by name; one may lie here in both ways.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn items(&self) -> Result<Vec<Item>, Error> {
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
                let Some(text) = listed.name.to_str() else { continue };
                let stem = text.strip_suffix(ENDING).and_then(|text| text.strip_suffix('.'));
                let Some(name) = Sha256Name::parse(stem.unwrap_or(text)) else { continue };
                let path = folder.join(text);
                let file = disk.open(&path).map_err(Error::io("open", &path))?;
                let length = file.length().map_err(Error::io("measure", &path))?;
                items.push(Item { name, path, length, plain: stem.is_none() });
            }
        }
        Ok(items)
    }

    /// Seals an item and keeps it; gives its name, its length, and the key under which it lies, which is one of those `known` for
    /// the name if the item lies here already and one of them opens it; none if it lies here as it came. When this returns,
    /// bytes and name are durable. For the one writer of the store alone.
    ///
    /// # Errors
    /// When it cannot be read or written, its known keys cannot be had, or it has more than `limit` bytes; then nothing was taken in.
    pub fn put(
        &self,
        from: &mut impl Read,
        limit: u64,
        known: impl Fn(Sha256Name) -> Result<Vec<ItemKey>, Error>,
    ) -> Result<(Sha256Name, u64, Option<ItemKey>), Error> {
        let disk = &*self.disk;
        let mut drawn = [0; 32];
        draw(&mut drawn)?;
        let key = ItemKey::new(drawn);
        disk.create_directories(&self.directory).map_err(Error::io("create", &self.directory))?;
        disk::flush_directory_of(disk, &self.directory);
        let staging = self.directory.join("incoming");
        // One that a crash left behind.
        if disk.kind(&staging).map_err(Error::io("look for", &staging))? == Some(Kind::File) {
            disk.remove(&staging).map_err(Error::io("remove", &staging))?;
        }
        let file = disk.create(&staging, Readers::Owner).map_err(Error::io("create", &staging))?;
        let sealed = seal(from, &mut Appending { file: file.clone(), offset: 0 }, &key, limit);
        let sealed = sealed.map_err(Error::io("seal into", &staging));
        let (name, bytes) = sealed.inspect_err(|_| drop(disk.remove(&staging)))?;
        let known = known(name).inspect_err(|_| drop(disk.remove(&staging)))?;
        let kept = known.into_iter().find(|key| matches!(self.rehash(name, &[*key]), Ok(Rehash::Same)));
        let plain = disk.kind(&self.plain_path(name)).map_err(Error::io("look at", &self.directory))?.is_some()
            && self.rehash(name, &[])? == Rehash::Same;
        if plain || kept.is_some() {
            disk.remove(&staging).map_err(Error::io("remove", &staging))?;
            return Ok((name, bytes, kept));
        }
        disk::flush(disk, &*file, &staging);
        let path = self.path(name);
        let folder = path.parent().expect("invariant: an item lies in a folder");
        disk.create_directories(folder).map_err(Error::io("create", folder))?;
        disk::flush_directory(disk, &self.directory);
        // If we crash before this, `incoming` goes when the next item comes; after it, the item is whole.
        disk.rename(&staging, &path).map_err(Error::io("rename", &staging))?;
        disk::flush_directory(disk, folder);
        Ok((name, bytes, Some(key)))
    }

    /// Hashes an item again; `keys` are those that its entries hold.
    ///
    /// # Errors
    /// When the disk refuses to give its bytes.
    pub fn rehash(&self, name: Sha256Name, keys: &[ItemKey]) -> Result<Rehash, Error> {
        self.copy_out(name, keys, &mut io::sink())
    }

    /// Writes an item out while hashing it again. What was written may be used only if the answer is [`Rehash::Same`]. Of
    /// sealed bytes that none of its keys opens, the other name is that of the sealed bytes. Without a key there is nothing.
    ///
    /// # Errors
    /// When the disk refuses to give its bytes, or `to` to take them.
    pub fn copy_out(&self, name: Sha256Name, keys: &[ItemKey], to: &mut impl Write) -> Result<Rehash, Error> {
        let path = self.path(name);
        let Some(file) = self.open(&path)? else { return self.copy_plain(name, to) };
        for key in keys {
            if opens(&*file, key).map_err(Error::io("read", &path))? {
                let opened = unseal(&mut Cursor { file: file.clone(), offset: 0 }, to, key);
                match opened.map_err(Error::io("read", &path))? {
                    Some(found) => return Ok(if found == name { Rehash::Same } else { Rehash::Other(found) }),
                    None => break,
                }
            }
        }
        if keys.is_empty() {
            return self.copy_plain(name, to);
        }
        let found = copy_hashing(&mut Cursor { file, offset: 0 }, &mut io::sink());
        found.map(Rehash::Other).map_err(Error::io("read", &path))
    }

    fn copy_plain(&self, name: Sha256Name, to: &mut impl Write) -> Result<Rehash, Error> {
        let path = self.plain_path(name);
        let Some(file) = self.open(&path)? else { return Ok(Rehash::Missing) };
        let found = copy_hashing(&mut Cursor { file, offset: 0 }, to).map_err(Error::io("read", &path))?;
        Ok(if found == name { Rehash::Same } else { Rehash::Other(found) })
    }

    fn open(&self, path: &Path) -> Result<Option<Arc<dyn OpenFile>>, Error> {
        match self.disk.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some).map_err(Error::io("open", path)),
        }
    }

    /// Overwrites and removes what lies here of an item, sealed or as it came. When this returns, that is durable.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn destroy(&self, item: &Item) -> Result<(), Error> {
        discard(&*self.disk, &item.path)?;
        disk::flush_directory_of(&*self.disk, &item.path);
        Ok(())
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

fn cipher(key: &ItemKey) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.bytes().into())
}

/// Reads until the buffer is full or there is nothing more; gives how much there was.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Seals what comes while hashing it; gives its name and length.
fn seal(from: &mut impl Read, to: &mut impl Write, key: &ItemKey, limit: u64) -> io::Result<(Sha256Name, u64)> {
    let (cipher, mut hasher, mut bytes, mut number) = (cipher(key), Sha256::new(), 0, 0);
    let (mut now, mut next) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    to.write_all(MAGIC)?;
    let mut filled = fill(from, &mut now)?;
    loop {
        let follows = if filled == CHUNK_BYTES { fill(from, &mut next)? } else { 0 };
        let chunk = if follows == 0 { Chunk::Last } else { Chunk::Before };
        bytes += filled as u64;
        if bytes > limit {
            return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
        }
        hasher.update(&now[..filled]);
        let sealed = cipher.encrypt(&chunk_nonce(number, chunk), &now[..filled]);
        to.write_all(&sealed.expect("invariant: a chunk is short"))?;
        if chunk == Chunk::Last {
            return Ok((Sha256Name::new(hasher.finalize().into()), bytes));
        }
        std::mem::swap(&mut now, &mut next);
        (filled, number) = (follows, number + 1);
    }
}

/// Whether a key opens the first piece.
fn opens(file: &dyn OpenFile, key: &ItemKey) -> io::Result<bool> {
    let mut first = vec![0; MAGIC.len() + CHUNK_BYTES + TAG_BYTES];
    let length = file.length()?;
    let filled = file.read_at(&mut first, 0)?;
    let chunk = if length > first.len() as u64 { Chunk::Before } else { Chunk::Last };
    let Some(sealed) = first[..filled].strip_prefix(MAGIC) else { return Ok(false) };
    Ok(cipher(key).decrypt(&chunk_nonce(0, chunk), sealed).is_ok())
}

/// Writes out what was sealed while hashing it; none where it was changed or ends early.
pub(crate) fn unseal(from: &mut impl Read, to: &mut impl Write, key: &ItemKey) -> io::Result<Option<Sha256Name>> {
    let (cipher, mut hasher, mut number) = (cipher(key), Sha256::new(), 0);
    let mut magic = [0; MAGIC.len()];
    if fill(from, &mut magic)? != MAGIC.len() || magic != *MAGIC {
        return Ok(None);
    }
    let sealed = CHUNK_BYTES + TAG_BYTES;
    let (mut now, mut next) = (vec![0; sealed], vec![0; sealed]);
    let mut filled = fill(from, &mut now)?;
    loop {
        let follows = if filled == sealed { fill(from, &mut next)? } else { 0 };
        let chunk = if follows == 0 { Chunk::Last } else { Chunk::Before };
        let Ok(opened) = cipher.decrypt(&chunk_nonce(number, chunk), &now[..filled]) else { return Ok(None) };
        hasher.update(&opened);
        to.write_all(&opened)?;
        if chunk == Chunk::Last {
            return Ok(Some(Sha256Name::new(hasher.finalize().into())));
        }
        std::mem::swap(&mut now, &mut next);
        (filled, number) = (follows, number + 1);
    }
}

fn copy_hashing(from: &mut impl Read, to: &mut impl Write) -> io::Result<Sha256Name> {
    let (mut hasher, mut step) = (Sha256::new(), vec![0; CHUNK_BYTES]);
    loop {
        let read = fill(from, &mut step)?;
        if read == 0 {
            return Ok(Sha256Name::new(hasher.finalize().into()));
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

    fn put(locker: &Locker, bytes: &[u8]) -> (Sha256Name, ItemKey) {
        let (name, length, key) = locker.put(&mut &*bytes, u64::MAX, |_| Ok(Vec::new())).expect("put");
        assert_eq!(length, bytes.len() as u64);
        (name, key.expect("sealed"))
    }

    #[test]
    fn an_item_of_any_length_comes_back_under_the_name_that_sha256sum_gives_it() {
        let directory = scratch("name");
        let locker = Locker::of(&directory);
        for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 300_000] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let (name, key) = put(&locker, &bytes);
            fs::write(directory.join("plain"), &bytes).expect("written");
            let printed = Command::new("sha256sum").arg(directory.join("plain")).output().expect("sha256sum runs");
            assert!(printed.stdout.starts_with(name.to_string().as_bytes()));
            let mut back = Vec::new();
            assert_eq!(locker.copy_out(name, &[key], &mut back).expect("read"), Rehash::Same, "{length}");
            assert_eq!(back, bytes);
            // The same again is the same item under the same key, if that is known; else it is sealed anew.
            let again = locker.put(&mut bytes.as_slice(), u64::MAX, |_| Ok(vec![key])).expect("put");
            assert_eq!(again, (name, length as u64, Some(key)));
        }
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn nothing_of_an_item_lies_on_the_disk_as_it_came() {
        let directory = scratch("sealed");
        let locker = Locker::of(&directory);
        let bytes = b"CANARY-she-counted-the-trucks".repeat(5_000);
        let (name, key) = put(&locker, &bytes);
        let lies = fs::read(locker.path(name)).expect("sealed");
        assert!(!lies.windows(12).any(|window| window == b"CANARY-she-c"));
        // Without the key it is as if it were not there; with another it is other bytes.
        assert_eq!(locker.rehash(name, &[]).expect("looked"), Rehash::Missing);
        assert!(matches!(locker.rehash(name, &[ItemKey::new([7; 32])]).expect("looked"), Rehash::Other(_)));
        assert_eq!(locker.rehash(name, &[ItemKey::new([7; 32]), key]).expect("looked"), Rehash::Same);
        let item = locker.items().expect("listed").remove(0);
        assert_eq!((item.name, item.plain), (name, false));
        locker.destroy(&item).expect("destroyed");
        assert!(locker.items().expect("listed").is_empty());
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn every_change_of_a_sealed_item_is_found() {
        let directory = scratch("changed");
        let locker = Locker::of(&directory);
        let (name, key) = put(&locker, &[5; CHUNK_BYTES + 40]);
        let sound = fs::read(locker.path(name)).expect("sealed");
        let is = |bytes: &[u8]| {
            fs::write(locker.path(name), bytes).expect("written");
            locker.rehash(name, &[key]).expect("read")
        };
        let found = |sound: &[u8], bit: usize| {
            let mut changed = sound.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(is(&changed), Rehash::Other(other) if other != name), "bit {bit}");
        };
        // A bit of each byte that has a place of its own in the format, and of each thirteenth of the others.
        let border = MAGIC.len() + CHUNK_BYTES + TAG_BYTES;
        let edges = (0..64).chain(border - 64..sound.len());
        edges.chain((64..border - 64).step_by(13)).for_each(|at| found(&sound, 8 * at + at % 8));
        // Cut short, between two pieces and within one, and lengthened.
        for cut in [0, 5, MAGIC.len(), border, border + 10, sound.len() - 1] {
            assert!(matches!(is(&sound[..cut]), Rehash::Other(_)), "cut at {cut}");
        }
        assert!(matches!(is(&[&sound[..], b"\0"].concat()), Rehash::Other(_)));
        assert_eq!(is(&sound), Rehash::Same);
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn every_turned_bit_of_a_sealed_item_is_found() {
        let directory = scratch("bits");
        let locker = Locker::of(&directory);
        let (name, key) = put(&locker, &b"she counted the trucks; ".repeat(40));
        let sound = fs::read(locker.path(name)).expect("sealed");
        for bit in 0..8 * sound.len() {
            let mut turned = sound.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            fs::write(locker.path(name), turned).expect("written");
            let found = locker.rehash(name, &[key]).expect("read");
            assert!(matches!(found, Rehash::Other(other) if other != name), "bit {bit}: {found:?}");
        }
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn an_item_of_an_earlier_version_is_read_as_it_lies() {
        let directory = scratch("plain");
        let locker = Locker::of(&directory);
        let bytes = b"a photograph".as_slice();
        let name = Sha256Name::new(Sha256::digest(bytes).into());
        fs::create_dir_all(locker.path(name).parent().expect("a folder")).expect("made");
        fs::write(locker.plain_path(name), bytes).expect("written");
        assert_eq!(locker.rehash(name, &[]).expect("read"), Rehash::Same);
        assert!(locker.items().expect("listed")[0].plain);
        // Taken in again it stays as it is: entries that name it have no key for it.
        assert_eq!(locker.put(&mut &*bytes, 100, |_| Ok(Vec::new())).expect("put"), (name, 12, None));
        fs::write(locker.plain_path(name), b"a phot0graph").expect("changed");
        assert!(matches!(locker.rehash(name, &[]).expect("read"), Rehash::Other(other) if other != name));
        fs::remove_file(locker.plain_path(name)).expect("removed");
        assert_eq!(locker.rehash(name, &[]).expect("looked"), Rehash::Missing);
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn an_item_that_is_too_long_leaves_nothing_behind() {
        let directory = scratch("long");
        let locker = Locker::of(&directory);
        let error = locker.put(&mut [7_u8; 101].as_slice(), 100, |_| Ok(Vec::new())).expect_err("101 bytes");
        assert!(error.to_string().contains("more than 100 bytes"), "{error}");
        assert_eq!(fs::read_dir(directory.join("evidence")).expect("the locker").count(), 0);
        fs::remove_dir_all(directory).expect("removed");
    }
}
