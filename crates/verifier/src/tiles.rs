//! Takes tiles as somebody fetched them; gives hashes of subtrees and entries, and the paths that are still needed. Never
//! trusts a tile: what is read here is believed only where it leads to a signed root.

use crate::request::Request;
use ledger::Tile;
use ledger::tile::{Content, WIDTH, entries, holding, subtree_hash};
use ledger::tree::{Hash, Subtree};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The bundles of a log of that size, in order.
pub(crate) fn bundles(size: u64) -> impl Iterator<Item = Tile> {
    let full = u64::from(WIDTH);
    (0..size.div_ceil(full)).map(move |index| {
        let width = (size - index * full).min(full) as u16;
        Tile { content: Content::Entries, index, width }
    })
}

/// Tiles of a tree of one size.
pub(crate) struct Tiles<'a> {
    size: u64,
    given: BTreeMap<&'a str, &'a [u8]>,
    absent: BTreeSet<&'a str>,
    needed: RefCell<BTreeSet<String>>,
}

/// Why a tree cannot be read.
pub(crate) enum Gap {
    /// These tiles were not brought yet.
    Needed(Vec<String>),
    /// This tile cannot be had, or is no tile.
    Absent(String),
}

impl<'a> Tiles<'a> {
    /// The parts `tile/…`, and `absent tile/…` for what could not be fetched, for a tree of `size`.
    pub(crate) fn of(request: &Request<'a>, size: u64) -> Tiles<'a> {
        let given = request.named("").filter(|(name, _)| name.starts_with("tile/")).collect();
        let absent = request.named("absent ").map(|(path, _)| path).collect();
        Tiles { size, given, absent, needed: RefCell::default() }
    }

    /// Runs `work` over the hashes of complete subtrees. Where a tile is not there yet it goes on with a hash of zeros, so
    /// that one run finds every tile that is needed; its result is then thrown away.
    ///
    /// # Errors
    /// What is needed, or cannot be had.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&mut dyn FnMut(Subtree) -> Result<Hash, Refused>) -> Result<T, Refused>,
    ) -> Result<T, Gap> {
        let result = work(&mut |subtree| self.hash(subtree));
        let needed: Vec<String> = self.needed.take().into_iter().collect();
        match result {
            _ if !needed.is_empty() => match needed.iter().find(|path| self.absent.contains(path.as_str())) {
                Some(path) => Err(Gap::Absent(format!("the log's file `{path}` could not be had"))),
                None => Err(Gap::Needed(needed)),
            },
            Ok(value) => Ok(value),
            Err(Refused(why)) => Err(Gap::Absent(why)),
        }
    }

    fn hash(&self, subtree: Subtree) -> Result<Hash, Refused> {
        let (tile, position, count) = holding(subtree, self.size).ok_or(Refused("outside the tree".to_owned()))?;
        let path = tile.to_string();
        match self.given.get(path.as_str()) {
            Some(bytes) => Ok(subtree_hash(bytes, position, count)?),
            None => {
                self.needed.borrow_mut().insert(path);
                Ok(Hash([0; 32]))
            }
        }
    }

    /// The bytes of the entry at `index`, as the bundle has them.
    ///
    /// # Errors
    /// The bundle that is needed, cannot be had, or is damaged.
    pub(crate) fn entry(&self, index: u64) -> Result<&'a [u8], Gap> {
        let full = u64::from(WIDTH);
        let tile = index / full;
        let width = (self.size.saturating_sub(tile * full)).min(full) as u16;
        let path = Tile { content: Content::Entries, index: tile, width }.to_string();
        match self.given.get(path.as_str()) {
            Some(bundle) => match entries(bundle).nth((index % full) as usize) {
                Some(Ok(entry)) => Ok(entry),
                Some(Err(error)) => Err(Gap::Absent(format!("`{path}`: {error}"))),
                None => Err(Gap::Absent(format!("`{path}` ends before entry {index}"))),
            },
            None if self.absent.contains(path.as_str()) => {
                Err(Gap::Absent(format!("the log's file `{path}` could not be had")))
            }
            None => Err(Gap::Needed(vec![path])),
        }
    }
}

/// A tile that is none, in words.
pub(crate) struct Refused(pub(crate) String);

impl From<ledger::Error> for Refused {
    fn from(error: ledger::Error) -> Refused {
        Refused(error.to_string())
    }
}
