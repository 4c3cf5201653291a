//! The log on the disk: tiles and bundles as any C2SP client reads them. Takes leaves and gives files; reads hashes back from
//! files. Never lets a root leave that was not computed a second time from those files.

use super::disk::{self, Disk, Found};
use super::error::Error;
use ledger::tile::{self, Content, LEVELS, Tile, WIDTH};
use ledger::tree::{self, Edge, Hash, Subtree, leaf_hash};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads a tile; where a partial one has been replaced by the full one, the beginning of that.
pub(super) fn read_tile(disk: &dyn Disk, log: &Path, tile: Tile) -> Result<Vec<u8>, Error> {
    let path = log.join(tile.to_string());
    if let (Found::Nothing, false) = (disk::read(disk, &path, 0), tile.is_full()) {
        let full = Tile { width: WIDTH, ..tile };
        let bytes = disk::read_existing(disk, &log.join(full.to_string()), full.limit_bytes())?;
        return Ok(tile.beginning_of(&bytes).to_vec());
    }
    disk::read_existing(disk, &path, tile.limit_bytes())
}

/// Reads the hash of a complete subtree of a log of `size` entries; each file once per `cache`.
pub(super) fn read_subtree(
    disk: &dyn Disk,
    log: &Path,
    size: u64,
    subtree: Subtree,
    cache: &mut BTreeMap<Tile, Vec<u8>>,
) -> Result<Hash, Error> {
    let broken = |tile: Tile, error: ledger::Error| Error::damaged(&log.join(tile.to_string()), 0, error.to_string());
    tile::read_subtree(size, subtree, cache, |tile| read_tile(disk, log, tile), broken)
}

/// The growing right edge of the log.
pub(super) struct Growth {
    disk: Arc<dyn Disk>,
    log: PathBuf,
    /// Size of which every tile is durable.
    settled: u64,
    edge: Edge,
    levels: [Vec<Hash>; LEVELS],
    bundle: Vec<u8>,
    written: Vec<Tile>,
}

impl Growth {
    /// Takes up a log of `size` entries with this `root` where its files end.
    ///
    /// Fails if what is on the disk does not lead to the root: nothing is ever built on a damaged log.
    pub(super) fn open(disk: &Arc<dyn Disk>, log: &Path, size: u64, root: Hash) -> Result<Growth, Error> {
        let mut cache = BTreeMap::new();
        let edge = Edge::read(size, |subtree| read_subtree(&**disk, log, size, subtree, &mut cache))?;
        if edge.root() != root {
            return Err(Error::damaged(&log.join("tile"), 0, "the tiles do not lead to the root of the checkpoint"));
        }
        let mut growth = Growth {
            disk: disk.clone(),
            log: log.to_owned(),
            settled: size,
            edge,
            levels: Default::default(),
            bundle: Vec::new(),
            written: Vec::new(),
        };
        for tile in tile::tiles(size).filter(|tile| !tile.is_full()) {
            let bytes = read_tile(&**disk, log, tile)?;
            match tile.content {
                Content::Entries => growth.bundle = bytes,
                Content::Hashes { level } => {
                    growth.levels[usize::from(level)] = bytes.as_chunks().0.iter().copied().map(Hash).collect();
                }
            }
        }
        let leaves: Result<Vec<Hash>, _> = tile::entries(&growth.bundle).map(|entry| entry.map(leaf_hash)).collect();
        if leaves.as_ref() != Ok(&growth.levels[0]) {
            return Err(Error::damaged(&log.join("tile/entries"), 0, "the last bundle does not fit the last tile"));
        }
        Ok(growth)
    }

    /// Number of entries.
    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Adds a leaf, and writes each tile that it fills. Nothing is durable yet, and no checkpoint speaks of it.
    pub(super) fn push(&mut self, leaf: &[u8]) -> Result<(), Error> {
        let index = self.size() / u64::from(WIDTH);
        let mut hash = leaf_hash(leaf);
        tile::push_entry(&mut self.bundle, leaf)?;
        self.edge.push(hash);
        if self.size().is_multiple_of(u64::from(WIDTH)) {
            let bundle = std::mem::take(&mut self.bundle);
            self.write(Tile { content: Content::Entries, index, width: WIDTH }, &bundle)?;
        }
        let mut below = index;
        for level in 0..LEVELS {
            self.levels[level].push(hash);
            if self.levels[level].len() < usize::from(WIDTH) {
                break;
            }
            let hashes = std::mem::take(&mut self.levels[level]);
            let content = Content::Hashes { level: level as u8 };
            let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
            self.write(Tile { content, index: below, width: WIDTH }, &bytes)?;
            hash = tile::subtree_hash(&bytes, 0, WIDTH).expect("invariant: a full tile has 256 hashes");
            below /= u64::from(WIDTH);
        }
        Ok(())
    }

    /// Writes what is not full yet, makes everything durable, reads it back, and gives the root that both ways agree on,
    /// with the full tiles that replace partial ones.
    ///
    /// If we crash here, the old checkpoint still holds, and its tiles are untouched.
    pub(super) fn settle(&mut self) -> Result<(Hash, Vec<Tile>), Error> {
        let size = self.size();
        // Names of partial tiles carry their width, so a tile of the old checkpoint is never written again.
        for tile in tile::new_tiles(self.settled, size).filter(|tile| !tile.is_full()) {
            let bytes = match tile.content {
                Content::Entries => self.bundle.clone(),
                Content::Hashes { level } => self.levels[usize::from(level)].iter().flat_map(|hash| hash.0).collect(),
            };
            self.write(tile, &bytes)?;
        }
        let written = std::mem::take(&mut self.written);
        flush(&*self.disk, &self.log, &written);
        self.read_back(&written)?;
        self.settled = size;
        Ok((self.edge.root(), written.into_iter().filter(|tile| tile.is_full()).collect()))
    }

    fn write(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), Error> {
        let path = self.log.join(tile.to_string());
        let directory = path.parent().expect("invariant: a tile lies in a directory");
        self.disk.create_directories(directory).map_err(Error::io("create", directory))?;
        let file = self.disk.create_or_empty(&path).map_err(Error::io("create", &path))?;
        file.write_at(bytes, 0).map_err(Error::io("write", &path))?;
        self.written.push(tile);
        Ok(())
    }

    /// The second way to the root: from bytes on the disk alone, by the recursion of RFC 6962 instead of the growing edge.
    fn read_back(&self, written: &[Tile]) -> Result<(), Error> {
        let size = self.size();
        for tile in written {
            let bytes = read_tile(&*self.disk, &self.log, *tile)?;
            let path = self.log.join(tile.to_string());
            let differs = || Error::damaged(&path, 0, "what the disk gives back is not what was written");
            match tile.content {
                Content::Entries => {
                    let below = Tile { content: Content::Hashes { level: 0 }, ..*tile };
                    let hashes = read_tile(&*self.disk, &self.log, below)?;
                    let leaves = tile::entries(&bytes).map(|entry| entry.map(leaf_hash));
                    let leaves = leaves.collect::<Result<Vec<Hash>, _>>().map_err(|_| differs())?;
                    if !leaves.iter().map(|hash| hash.0).eq(hashes.as_chunks().0.iter().copied()) {
                        return Err(differs());
                    }
                }
                Content::Hashes { level } if tile.is_full() => {
                    let above = Subtree { level: 8 * (level + 1), index: tile.index };
                    let stored = read_subtree(&*self.disk, &self.log, size, above, &mut BTreeMap::new())?;
                    if tile::subtree_hash(&bytes, 0, WIDTH) != Ok(stored) {
                        return Err(differs());
                    }
                }
                Content::Hashes { .. } => {}
            }
        }
        let mut cache = BTreeMap::new();
        let root = tree::root(size, |subtree| read_subtree(&*self.disk, &self.log, size, subtree, &mut cache))?;
        if root != self.edge.root() {
            return Err(Error::damaged(&self.log.join("tile"), 0, "the root computed from the disk is another one"));
        }
        Ok(())
    }
}

/// Makes tiles and their names durable, and drops them from the page cache, so that reading them back reads the disk.
fn flush(disk: &dyn Disk, log: &Path, written: &[Tile]) {
    let files: Vec<PathBuf> = written.iter().map(|tile| log.join(tile.to_string())).collect();
    disk::flush_all(disk, &files);
    let mut directories = BTreeSet::new();
    for file in &files {
        directories.extend(file.ancestors().skip(1).take_while(|ancestor| ancestor.starts_with(log)));
    }
    directories.iter().for_each(|directory| disk::flush_directory(disk, directory));
}

/// Removes the partial tiles that a full one has replaced; they were served as long as they were needed.
pub(super) fn remove_replaced(disk: &dyn Disk, log: &Path, full: &[Tile]) -> Result<(), Error> {
    for tile in full {
        let partial = log.join(format!("{tile}.p"));
        let widths = match disk.list(&partial) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            listed => listed.map_err(Error::io("list", &partial))?,
        };
        for width in widths {
            let path = partial.join(width.name);
            disk.remove(&path).map_err(Error::io("remove", &path))?;
        }
        disk.remove_directory(&partial).map_err(Error::io("remove", &partial))?;
    }
    Ok(())
}
