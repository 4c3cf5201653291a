//! The folder of a mirror, opened to read: keys, the signed head, tiles, and the payloads that were given.
//!
//! Takes a folder that may be hostile; gives hashes, leaves and payloads as they lie there. Checks the head's signature, and
//! leaves the rest to `check`.

use super::{bundles, payloads_path};
use ed25519_dalek::VerifyingKey;
use ledger::tile::{self, Tile, WIDTH};
use ledger::tree::{self, Subtree};
use ledger::{Checkpoint, Hash, VerifyingIdentity};
use mission::record::envelope::{self, Envelope, KeyId, parse_author_line};
use mission::record::payloads::{self, Opened, State};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The longest file with payloads that is read: a bundle of 256 large entries.
pub(super) const MOST_PAYLOAD_BYTES: u64 = 256 << 20;

/// A mirror as of its signed head.
pub struct Held {
    folder: PathBuf,
    /// The log's public key.
    pub log: VerifyingIdentity,
    /// The authors' public keys.
    pub authors: BTreeMap<KeyId, VerifyingKey>,
    /// The head.
    pub checkpoint: Checkpoint,
    /// The head as it was signed.
    pub checkpoint_text: String,
}

/// An entry of a mirror.
pub struct HeldEntry {
    /// Its index.
    pub index: u64,
    /// Its public half.
    pub envelope: Envelope,
    /// What it says, or why that is not here.
    pub state: State,
}

impl Held {
    /// Opens a mirror.
    ///
    /// # Errors
    /// If keys or head are absent, or the log's key did not sign the head: in words.
    pub fn open(folder: &Path) -> Result<Held, String> {
        let read =
            |path: &str| std::fs::read_to_string(folder.join(path)).map_err(|error| format!("`{path}`: {error}"));
        let log = VerifyingIdentity::parse(read("keys/log.pub")?.trim_end());
        let log = log.map_err(|error| format!("`keys/log.pub`: {error}"))?;
        let authors = read_authors(&read("keys/authors.txt")?)?;
        let checkpoint_text = read("log/checkpoint")?;
        let opened = Checkpoint::open(checkpoint_text.as_bytes(), &log, &[]);
        let (checkpoint, _) = opened.map_err(|error| format!("`log/checkpoint`: {error}"))?;
        Ok(Held { folder: folder.to_owned(), log, authors, checkpoint, checkpoint_text })
    }

    /// Where the mirror is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Root of the first `size` entries, from the tiles.
    ///
    /// # Errors
    /// If the mirror has not so many, or a tile is absent or short: in words.
    pub fn root_of(&self, size: u64) -> Result<Hash, String> {
        let held = self.checkpoint.size;
        if size > held {
            return Err(format!("the mirror holds {held} entries, not {size}"));
        }
        let mut cache = BTreeMap::new();
        tree::root(size, |subtree| subtree_in(&self.folder, held, subtree, &mut cache))
    }

    /// The entries from `from` on. After an error nothing more comes.
    pub fn entries_from(&self, from: u64) -> impl Iterator<Item = Result<HeldEntry, String>> {
        let mut failed = false;
        bundles(from, self.checkpoint.size)
            .flat_map(|bundle| match self.bundle(bundle) {
                Ok(entries) => entries.into_iter().map(Ok).collect(),
                Err(why) => vec![Err(why)],
            })
            .filter(move |entry| entry.as_ref().is_ok_and(|entry| entry.index >= from) || entry.is_err())
            .take_while(move |entry| !std::mem::replace(&mut failed, entry.is_err()))
    }

    /// The entries of one bundle.
    fn bundle(&self, bundle: Tile) -> Result<Vec<HeldEntry>, String> {
        let leaves = self.tile(bundle)?;
        let first = bundle.index * u64::from(WIDTH);
        let payloads = self.payloads(bundle)?;
        let mut entries = Vec::new();
        for (leaf, index) in tile::entries(&leaves).zip(first..) {
            let leaf = leaf.map_err(|error| format!("`log/{bundle}`: {error}"))?;
            let (envelope, _) = envelope::open(leaf).map_err(|error| format!("entry {index}: {error}"))?;
            let state = payloads.as_ref().map_or(State::Withheld, |all| all[entries.len()].state.clone());
            entries.push(HeldEntry { index, envelope, state });
        }
        Ok(entries)
    }

    /// The bytes of a tile or bundle.
    pub(super) fn tile(&self, tile: Tile) -> Result<Vec<u8>, String> {
        tile_in(&self.folder, tile)
    }

    /// What is said of the payloads of a bundle; none if the source gave none.
    pub(super) fn payloads(&self, bundle: Tile) -> Result<Option<Vec<Opened>>, String> {
        let path = payloads_path(bundle.index, bundle.width);
        match std::fs::read(self.folder.join(&path)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("`{path}`: {error}")),
            Ok(bytes) => {
                let opened = payloads::read(&bytes, bundle.index * u64::from(WIDTH), bundle.width);
                opened.map(Some).map_err(|why| format!("`{path}`: {why}"))
            }
        }
    }
}

/// The authors' keys of a file with one a line.
pub(super) fn read_authors(text: &str) -> Result<BTreeMap<KeyId, VerifyingKey>, String> {
    let key = |(line, number): (&str, usize)| {
        let key = parse_author_line(line);
        key.ok_or_else(|| format!("`keys/authors.txt`, line {number}: not an author's public key"))
    };
    text.lines().zip(1..).map(key).collect()
}

/// Reads a tile of a folder; where a partial one has been replaced by the full one, the beginning of that.
pub(super) fn tile_in(folder: &Path, tile: Tile) -> Result<Vec<u8>, String> {
    let log = folder.join("log");
    match std::fs::read(log.join(tile.to_string())) {
        Ok(bytes) => Ok(bytes),
        Err(_) if !tile.is_full() => {
            let full = Tile { width: WIDTH, ..tile };
            let bytes = std::fs::read(log.join(full.to_string())).map_err(|error| format!("`log/{tile}`: {error}"))?;
            Ok(tile.beginning_of(&bytes).to_vec())
        }
        Err(error) => Err(format!("`log/{tile}`: {error}")),
    }
}

/// Reads the hash of a complete subtree of a log of `size` entries from a folder; each file once per `cache`.
pub(super) fn subtree_in(
    folder: &Path,
    size: u64,
    subtree: Subtree,
    cache: &mut BTreeMap<Tile, Vec<u8>>,
) -> Result<Hash, String> {
    let broken = |tile: Tile, error: ledger::Error| format!("`log/{tile}`: {error}");
    tile::read_subtree(size, subtree, cache, |tile| tile_in(folder, tile), broken)
}
