//! What the world outside remembers of a store, and holds it to: every receipt, and every checkpoint that anyone could have read.
//! Takes both as they happen, and an opened store; gives what the store broke. Never asks the store what it remembers itself.

use super::disk::SimulatedDisk;
use super::image::Image;
use super::search;
use crate::storage::disk::Disk;
use crate::storage::{Error, Reader, Receipt, Store, tiles};
use ledger::Hash;
use ledger::tile::{self, Content};
use ledger::tree::{self, Edge, leaf_hash};
use mission::Closed;
use mission::record::body::{AUTHOR_ADMITTED, REDACTION_ORDERED};
use mission::record::canonical::{Value, decode};
use mission::record::envelope;
use std::collections::{BTreeMap, BTreeSet};
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

/// What is under way: it may be done when nobody was told so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// A batch of entries, numbered from this one on.
    Entries(i64),
    /// A commitment to an entry that nobody else knows.
    Commitment([u8; 32]),
    /// The order to erase the entry at this index.
    Order(u64),
    /// The admission of an author elsewhere.
    Admission,
    /// This statement of an author elsewhere.
    Statement(Vec<u8>),
    /// These readers instead of those before.
    Readers(BTreeSet<String>),
}

/// The memory of the world.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    /// Whether the store was made: before, it may be no store.
    pub(super) created: bool,
    /// Leaf hashes that a receipt was given for, by index.
    pub(super) acknowledged: Vec<Hash>,
    pub(super) offered: Option<Offer>,
    /// Entries of which only a commitment was given.
    pub(super) committed: BTreeSet<u64>,
    /// Entries that are erased for good, each with the bytes that opened it.
    pub(super) erased: BTreeMap<u64, Vec<Vec<u8>>>,
    /// What opened the entry whose erasure is under way.
    pub(super) opening: Vec<Vec<u8>>,
    /// Files whose name a crash took before their root counted. What is wrapped in them opened nothing, and only because our
    /// keys come from a seed do they look like the ones that are used now.
    pub(super) nameless: BTreeSet<usize>,
    /// Who may read.
    pub(super) readers: BTreeSet<String>,
    /// What a store broke before any crash.
    pub(super) broken: Option<String>,
    /// Roots of record keys that were in use, the last one perhaps still.
    pub(super) roots: Vec<Vec<u8>>,
    /// The receipt of each statement of an author elsewhere, by its number from 1.
    pub(super) stated: Vec<Receipt>,
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
    pub(super) fn check(&self, disk: &SimulatedDisk, store: &Store) -> Result<Vec<Hash>, String> {
        if let Some(index) = self.reused.first() {
            return Err(format!("index {index} was given twice"));
        }
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let leaves = self.check_entries(store)?;
        self.check_log(disk, store, &leaves)?;
        self.check_readers(disk, store)?;
        self.check_gone(disk, store.size())?;
        Ok(leaves)
    }

    /// The entry whose erasure is under way, if its order is held by a log of this size.
    fn ordered(&self, size: u64) -> Option<u64> {
        match self.offered {
            Some(Offer::Order(index)) if size > self.acknowledged.len() as u64 => Some(index),
            Some(
                Offer::Entries(_)
                | Offer::Commitment(_)
                | Offer::Order(_)
                | Offer::Readers(_)
                | Offer::Admission
                | Offer::Statement(_),
            )
            | None => None,
        }
    }

    /// Takes what somebody was promised.
    pub(super) fn take_receipt(&mut self, receipt: Receipt) {
        if receipt.index as usize == self.acknowledged.len() {
            self.acknowledged.push(receipt.leaf);
        } else {
            self.reused.push(receipt.index);
        }
    }

    /// Takes what an opening found as what is promised from then on.
    pub(super) fn settle(&mut self, leaves: Vec<Hash>, store: &Store) {
        if let Some(index) = self.ordered(leaves.len() as u64) {
            let opening = std::mem::take(&mut self.opening);
            self.erased.entry(index).or_default().extend(opening);
        }
        if let Some(Offer::Commitment(_)) = self.offered
            && leaves.len() > self.acknowledged.len()
        {
            self.committed.insert(self.acknowledged.len() as u64);
        }
        self.acknowledged = leaves;
        self.readers = names(store);
        self.offered = None;
        self.created = true;
    }

    fn check_entries(&self, store: &Store) -> Result<Vec<Hash>, String> {
        let (mut leaves, mut stated) = (Vec::new(), 0);
        let ordered = self.ordered(store.size());
        for record in store.payloads_from(0) {
            let at = leaves.len();
            let (leaf, said) = match record {
                Ok(kept) => (kept.leaf, Ok(kept.payload)),
                Err(Error::Closed { index, why }) => {
                    let leaf = store.leaf(index).map_err(|error| format!("a leaf cannot be read: {error}"))?;
                    (leaf, Err(why))
                }
                Err(error) => return Err(format!("an entry cannot be read: {error}")),
            };
            let hash = leaf_hash(&leaf);
            if let Some(written) = envelope::open(&leaf).ok().and_then(|(envelope, _)| envelope.written) {
                stated += 1;
                if written.number != stated {
                    return Err(format!("entry {at} is statement {} where {stated} is awaited", written.number));
                }
            }
            match self.acknowledged.get(at) {
                Some(promised) if *promised == hash => {}
                Some(_) => return Err(format!("entry {at} was acknowledged, and another stands in its place")),
                None => self.check_offered(at, &leaf, said.as_deref().ok())?,
            }
            let index = at as u64;
            let withheld = self.committed.contains(&index)
                || at >= self.acknowledged.len() && matches!(self.offered, Some(Offer::Commitment(_)));
            let erased = self.erased.contains_key(&index) || ordered == Some(index);
            let right = match &said {
                Err(Closed::Erased) => erased,
                Err(Closed::Withheld { .. }) => withheld,
                Err(Closed::Sealed) => false,
                Ok(_) => !erased && !withheld,
            };
            if !right {
                let said = said.map(|_| "it can be read");
                return Err(format!("entry {at}, erased: {erased}, only committed to: {withheld}, but {said:?}"));
            }
            leaves.push(hash);
        }
        if leaves.len() < self.acknowledged.len() {
            let (promised, held) = (self.acknowledged.len(), leaves.len());
            return Err(format!("{promised} entries were acknowledged, and {held} are held"));
        }
        Ok(leaves)
    }

    /// An entry that nobody has a receipt for must be one that was offered.
    fn check_offered(&self, at: usize, leaf: &[u8], payload: Option<&[u8]>) -> Result<(), String> {
        let beyond = (at - self.acknowledged.len()) as i64;
        let envelope = envelope::open(leaf).map(|(envelope, _)| envelope).map_err(|error| error.to_string())?;
        let offered = match &self.offered {
            Some(Offer::Entries(first)) => payload.and_then(number) == Some(first + beyond),
            Some(Offer::Commitment(commitment)) => beyond == 0 && envelope.commitment == *commitment,
            Some(Offer::Order(_)) => beyond == 0 && envelope.kind == REDACTION_ORDERED,
            Some(Offer::Admission) => beyond == 0 && envelope.kind == AUTHOR_ADMITTED,
            Some(Offer::Statement(new)) => beyond == 0 && envelope::statement_of(leaf) == Some(new.as_slice()),
            Some(Offer::Readers(_)) | None => false,
        };
        if offered { Ok(()) } else { Err(format!("entry {at} is none that anybody offered: {:?} was", self.offered)) }
    }

    /// Those may read who were told so, or who were being told; and they can.
    fn check_readers(&self, disk: &SimulatedDisk, store: &Store) -> Result<(), String> {
        let readers = names(store);
        let changing = matches!(&self.offered, Some(Offer::Readers(other)) if *other == readers);
        if readers != self.readers && !changing {
            return Err(format!("{readers:?} may read, but {:?} were told so", self.readers));
        }
        let open = (0..store.size()).find(|index| !self.erased.contains_key(index) && store.payload(*index).is_ok());
        for name in &readers {
            let secret = Some(super::reader_secret(name));
            let reader = Reader::open_as(Arc::new(disk.clone()), Path::new(STORE), secret);
            let reader = reader.map_err(|error| format!("`{name}` cannot open it: {error}"))?;
            if open.is_some_and(|index| reader.payload(index).is_err()) {
                return Err(format!("`{name}` cannot read what it may"));
            }
        }
        Ok(())
    }

    /// What opened an erased entry is nowhere on the disk, and no former root is.
    pub(super) fn check_gone(&self, disk: &SimulatedDisk, size: u64) -> Result<(), String> {
        if self.roots.is_empty() {
            return Ok(());
        }
        let present = search::root_secret(disk);
        let former = self.roots.iter().filter(|root| Some(*root) != present.as_ref());
        let opening = self.ordered(size).map(|_| &self.opening);
        let (secrets, wrapped): (Vec<&Vec<u8>>, Vec<&Vec<u8>>) =
            self.erased.values().chain(opening).flatten().partition(|needle| needle.len() == 32);
        let secrets: Vec<&[u8]> = former.chain(secrets).map(Vec::as_slice).collect();
        let wrapped: Vec<&[u8]> = wrapped.into_iter().map(Vec::as_slice).collect();
        let place = search::place_of(disk, &secrets, &BTreeSet::new());
        match place.or_else(|| search::place_of(disk, &wrapped, &self.nameless)) {
            None => Ok(()),
            Some(place) => Err(format!("what opened an erased entry lies {place}")),
        }
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

fn names(store: &Store) -> BTreeSet<String> {
    store.readers().into_iter().map(|reader| reader.name).filter(|name| name != "store").collect()
}
