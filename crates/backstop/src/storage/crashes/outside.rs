//! What the world outside remembers of a store, and holds it to: every receipt, and every checkpoint that anyone could have read.
//! Takes both as they happen, and an opened store; gives what the store broke. Never asks the store what it remembers itself.

use super::image::Image;
use crate::storage::disk::Disk;
use crate::storage::{Store, tiles};
use ledger::Hash;
use ledger::tile::{self, Content};
use ledger::tree::{self, Edge, leaf_hash};
use mission::record::canonical::{Value, decode};
use std::path::Path;
use std::sync::Arc;

/// Where the store of every campaign lies; neither directory is there before.
pub(super) const STORE: &str = "/missions/varo";
const CHECKPOINT: &str = "/missions/varo/log/checkpoint";

/// A checkpoint that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) size: u64,
    pub(super) root: String,
}

/// The memory of the world.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    /// Whether the store was made: before, it may be no store.
    pub(super) created: bool,
    /// Leaf hashes that a receipt was given for, by index.
    pub(super) acknowledged: Vec<Hash>,
    /// The number of the first entry of the batch that is under way, if one is.
    pub(super) offered: Option<i64>,
    /// Indexes that were given twice.
    pub(super) reused: Vec<u64>,
    /// In the order in which they could be read.
    pub(super) published: Vec<Published>,
    seen: Option<Arc<Vec<u8>>>,
}

impl Outside {
    /// Whether a checkpoint can be read that was not seen yet.
    pub(super) fn sees_another(&self, now: &Image) -> bool {
        match (now.file(Path::new(CHECKPOINT)), &self.seen) {
            (Some(now), Some(seen)) => !Arc::ptr_eq(now, seen),
            (now, seen) => now.is_some() != seen.is_some(),
        }
    }

    /// Remembers the checkpoint that can be read, if it is a whole one.
    pub(super) fn see(&mut self, now: &Image) {
        self.seen = now.file(Path::new(CHECKPOINT)).cloned();
        let text = self.seen.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let Some((body, _)) = text.and_then(|text| text.split_once("\n\n\u{2014} ")) else { return };
        let mut lines = body.lines().skip(1);
        let size = lines.next().and_then(|size| size.parse().ok());
        if let (Some(size), Some(root)) = (size, lines.next()) {
            let published = Published { size, root: root.to_owned() };
            if self.published.last() != Some(&published) {
                self.published.push(published);
            }
        }
    }

    /// Holds an opened store to what was promised; gives its leaves.
    pub(super) fn check(&self, disk: &dyn Disk, store: &Store) -> Result<Vec<Hash>, String> {
        if let Some(index) = self.reused.first() {
            return Err(format!("index {index} was given twice"));
        }
        let leaves = self.check_entries(store)?;
        self.check_log(disk, store, &leaves)?;
        Ok(leaves)
    }

    fn check_entries(&self, store: &Store) -> Result<Vec<Hash>, String> {
        let mut leaves = Vec::new();
        for record in store.payloads_from(0) {
            let record = record.map_err(|error| format!("an entry cannot be read: {error}"))?;
            let (at, leaf) = (leaves.len(), leaf_hash(&record.leaf));
            match self.acknowledged.get(at) {
                Some(promised) if *promised == leaf => {}
                Some(_) => return Err(format!("entry {at} was acknowledged, and another stands in its place")),
                None => {
                    let expected = self.offered.map(|first| first + (at - self.acknowledged.len()) as i64);
                    let number = number(&record.payload);
                    if number.is_none() || number != expected {
                        return Err(format!("entry {at} says {number:?}; nobody offered that, but {expected:?}"));
                    }
                }
            }
            leaves.push(leaf);
        }
        if leaves.len() < self.acknowledged.len() {
            let (promised, held) = (self.acknowledged.len(), leaves.len());
            return Err(format!("{promised} entries were acknowledged, and {held} are held"));
        }
        Ok(leaves)
    }

    fn check_log(&self, disk: &dyn Disk, store: &Store, leaves: &[Hash]) -> Result<(), String> {
        let mut edge = Edge::default();
        let mut roots = vec![tree::empty_root().to_base64()];
        for leaf in leaves {
            edge.push(*leaf);
            let wanted = self.published.iter().any(|published| published.size == edge.size());
            roots.push(if wanted || edge.size() as usize == leaves.len() {
                edge.root().to_base64()
            } else {
                String::new()
            });
        }
        for published in &self.published {
            if roots.get(published.size as usize) != Some(&published.root) {
                return Err(format!(
                    "a checkpoint over {} entries was published that this log contradicts",
                    published.size
                ));
            }
        }
        let checkpoint = store.checkpoint();
        if checkpoint.size != leaves.len() as u64 || Some(&checkpoint.root.to_base64()) != roots.last() {
            return Err(format!(
                "the checkpoint over {} entries is not that of {} leaves",
                checkpoint.size,
                leaves.len()
            ));
        }
        let log = store.directory().join("log");
        for tile in tile::tiles(checkpoint.size) {
            let bytes = tiles::read_tile(disk, &log, tile).map_err(|error| format!("{error}"))?;
            let first = (tile.index as usize) << 8;
            let own = &leaves[first.min(leaves.len())..];
            let right = match tile.content {
                Content::Entries => tile::entries(&bytes)
                    .map(|entry| entry.map(leaf_hash).ok())
                    .eq(own.iter().take(usize::from(tile.width)).map(|leaf| Some(*leaf))),
                Content::Hashes { level: 0 } => {
                    bytes.as_chunks().0.iter().copied().map(Hash).eq(own.iter().take(usize::from(tile.width)).copied())
                }
                Content::Hashes { .. } => true,
            };
            if !right {
                return Err(format!("`{tile}` is not what its leaves give"));
            }
        }
        for published in self.published.iter().rev().filter(|published| published.size > 0).take(2) {
            let root = Hash::from_base64(&published.root).ok_or("a root is 32 bytes")?;
            let path = store.prove_consistency(published.size).map_err(|error| format!("no proof: {error}"))?;
            tree::verify_consistency(published.size, root, checkpoint.size, checkpoint.root, &path)
                .map_err(|error| format!("the proof from {} entries on does not hold: {error}", published.size))?;
        }
        Ok(())
    }
}

fn number(payload: &[u8]) -> Option<i64> {
    let Ok(Value::Fields(fields)) = decode(payload) else { return None };
    let Some(Value::Integer(number)) = fields.get("number") else { return None };
    Some(*number)
}
