//! Takes paths and bytes of tiles, possibly hostile; gives which tile it is, the hashes and entries in it, and which tiles
//! a tree of a given size needs (c2sp.org/tlog-tiles). Never opens a file: a path here is only a name.

use crate::Error;
use crate::tree::{Hash, Subtree, node_hash};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// Hashes or entries in a full tile.
pub const WIDTH: u16 = 256;
/// Bytes of a hash in a tile.
pub const HASH_BYTES: usize = 32;
/// Longest entry that the length field of a bundle can say.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;
/// Highest level a path may name; a tree of 64-bit size uses levels 0 to 7.
pub const MAX_LEVEL: u8 = 63;
/// Levels of hashes that a log of 64-bit size can have.
pub const LEVELS: usize = 8;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Entries, each with its length before it: a bundle.
    Entries,
    /// Hashes of complete subtrees of 256^`level` leaves.
    Hashes {
        /// Levels of 256 above the leaves.
        level: u8,
    },
}

/// The name of a tile: what it holds, which one it is, and how many hashes or entries it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Entries, or hashes of a level.
    pub content: Content,
    /// Number of full tiles of this content to its left.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Reads a path such as `tile/0/x001/x234/067.p/8` or `tile/entries/000`.
    ///
    /// # Errors
    /// [`Error::TilePath`] for every text that is not exactly the one path of a tile.
    pub fn parse(path: &str) -> Result<Tile, Error> {
        let fail = |problem| Error::TilePath { path: path.chars().take(80).collect(), problem };
        let rest = path.strip_prefix("tile/").ok_or(fail("it must begin with `tile/`"))?;
        let (content, rest) = rest.split_once('/').ok_or(fail("a level and an index must follow"))?;
        let content = match content {
            "entries" => Content::Entries,
            level => Content::Hashes {
                level: decimal(level)
                    .and_then(|level| u8::try_from(level).ok())
                    .filter(|level| *level <= MAX_LEVEL)
                    .ok_or(fail("the level must be `entries` or a number from 0 to 63 without leading zeros"))?,
            },
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, WIDTH),
            Some((index, width)) => {
                let width = decimal(width).and_then(|width| u16::try_from(width).ok());
                let width = width.filter(|width| (1..WIDTH).contains(width));
                (index, width.ok_or(fail("the width must be a number from 1 to 255 without leading zeros"))?)
            }
        };
        let index =
            parse_index(index).ok_or(fail("the index must be groups of three digits, all but the last after `x`"))?;
        Ok(Tile { content, index, width })
    }

    /// Whether no hash or entry can be added to it.
    pub fn is_full(self) -> bool {
        self.width == WIDTH
    }

    /// Longest file of this kind of tile.
    pub fn limit_bytes(self) -> u64 {
        let each = match self.content {
            Content::Entries => MAX_ENTRY_BYTES + 2,
            Content::Hashes { .. } => HASH_BYTES,
        };
        u64::from(self.width) * each as u64
    }

    /// The beginning of the full tile's bytes that this partial one holds; all of them where there are not so many.
    pub fn beginning_of(self, full: &[u8]) -> &[u8] {
        let length = match self.content {
            Content::Entries => {
                let entries = entries(full).take(usize::from(self.width));
                entries.map(|entry| entry.map_or(0, |entry| entry.len() + 2)).sum()
            }
            Content::Hashes { .. } => usize::from(self.width) * HASH_BYTES,
        };
        full.get(..length).unwrap_or(full)
    }

    /// Index of the first entry below this tile, and the index after the last; none if the tile lies beyond any 64-bit
    /// tree.
    pub fn entries(self) -> Option<(u64, u64)> {
        let shift = match self.content {
            Content::Entries => 0,
            Content::Hashes { level } => 8 * u32::from(level),
        };
        let scaled = |count: u64| count.checked_shl(shift).filter(|scaled| scaled.checked_shr(shift) == Some(count));
        let first = self.index.checked_mul(u64::from(WIDTH))?;
        Some((scaled(first)?, scaled(first.checked_add(u64::from(self.width))?)?))
    }
}

impl fmt::Display for Tile {
    /// The path of the tile below the log's prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Entries => write!(f, "tile/entries/")?,
            Content::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        let groups = (self.index.max(1).ilog10() / 3) as u64;
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1000u64.pow(group as u32) % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Every tile of a tree of `size` entries, bundles first, then each level from the leaves up, left to right.
pub fn tiles(size: u64) -> impl Iterator<Item = Tile> {
    new_tiles(0, size)
}

/// The tiles that a tree of `new` entries has and one of `old` entries lacks, in the order of [`tiles`].
///
/// These are what an append has to write.
pub fn new_tiles(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let hashes = (0..8).map(|level| Content::Hashes { level });
    std::iter::once(Content::Entries).chain(hashes).flat_map(move |content| {
        let shift = match content {
            Content::Entries => 0,
            Content::Hashes { level } => 8 * u32::from(level),
        };
        let (old, new) = (old >> shift, new >> shift);
        let full = u64::from(WIDTH);
        let first = if old == new { new / full + 1 } else { old / full };
        (first..=new / full).filter_map(move |index| {
            let width = (new - index * full).min(full) as u16;
            (width > 0).then_some(Tile { content, index, width })
        })
    })
}

/// The tile of a tree of `size` entries that holds this subtree's hash or the hashes right below it, with the positions
/// in the tile of the first of them and how many they are; none if the subtree is not complete within `size`.
pub fn holding(subtree: Subtree, size: u64) -> Option<(Tile, u16, u16)> {
    let end = subtree.index.checked_add(1)?.checked_shl(u32::from(subtree.level))?;
    if end >> subtree.level != subtree.index + 1 || end > size {
        return None;
    }
    let level = subtree.level / 8;
    let count = 1u64 << (subtree.level % 8);
    let first = subtree.index * count;
    let index = first / u64::from(WIDTH);
    let width = ((size >> (8 * u32::from(level))) - index * u64::from(WIDTH)).min(u64::from(WIDTH)) as u16;
    let tile = Tile { content: Content::Hashes { level }, index, width };
    Some((tile, (first % u64::from(WIDTH)) as u16, count as u16))
}

/// Hash of a subtree from the bytes of the tile that [`holding`] names, at the position and count it gives.
///
/// # Errors
/// [`Error::TileBytes`] when the bytes are too short.
pub fn subtree_hash(bytes: &[u8], position: u16, count: u16) -> Result<Hash, Error> {
    let start = usize::from(position) * HASH_BYTES;
    let part = bytes.get(start..start + usize::from(count) * HASH_BYTES);
    let part = part.ok_or(Error::TileBytes { offset: bytes.len(), problem: "the tile is too short" })?;
    let mut hashes: Vec<Hash> = part.as_chunks().0.iter().copied().map(Hash).collect();
    while hashes.len() > 1 {
        hashes = hashes.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
    }
    hashes.first().copied().ok_or(Error::TileBytes { offset: start, problem: "an empty part of a tile has no hash" })
}

/// Hash of a complete subtree of a log of `size` entries, from its tile, which is fetched once per `cache`; `broken` is told
/// which tile was too short.
///
/// # Errors
/// Those of `fetch` and `broken`.
///
/// # Panics
/// If the subtree is not complete within `size`: proofs ask for no other.
pub fn read_subtree<E>(
    size: u64,
    subtree: Subtree,
    cache: &mut BTreeMap<Tile, Vec<u8>>,
    fetch: impl FnOnce(Tile) -> Result<Vec<u8>, E>,
    broken: impl FnOnce(Tile, Error) -> E,
) -> Result<Hash, E> {
    let (tile, position, count) =
        holding(subtree, size).expect("invariant: proofs ask for complete subtrees within the size only");
    let bytes = match cache.entry(tile) {
        Entry::Occupied(held) => held.into_mut(),
        Entry::Vacant(vacant) => vacant.insert(fetch(tile)?),
    };
    subtree_hash(bytes, position, count).map_err(|error| broken(tile, error))
}

/// Adds one entry to the bytes of a bundle.
///
/// # Errors
/// [`Error::EntryTooLong`] above 65,535 bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong { length: entry.len() })?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// The entries of a bundle in order; after an error nothing more comes.
pub fn entries(bundle: &[u8]) -> impl Iterator<Item = Result<&[u8], Error>> {
    let mut rest = bundle;
    std::iter::from_fn(move || {
        let offset = bundle.len() - rest.len();
        let (length, after) = match rest.split_first_chunk() {
            Some((length, after)) => (usize::from(u16::from_be_bytes(*length)), after),
            None if rest.is_empty() => return None,
            None => {
                rest = &[];
                return Some(Err(Error::TileBytes { offset, problem: "the bundle ends within a length" }));
            }
        };
        let Some((entry, after)) = after.split_at_checked(length) else {
            rest = &[];
            return Some(Err(Error::TileBytes { offset, problem: "the bundle ends within an entry" }));
        };
        rest = after;
        Some(Ok(entry))
    })
}

/// A decimal number in its one form: digits, no sign, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (digits && canonical).then(|| text.parse().ok()).flatten()
}

/// Index from its path elements: `x001/x234/067` is 1,234,067.
fn parse_index(text: &str) -> Option<u64> {
    let mut index = 0u64;
    let mut groups = text.split('/').enumerate().peekable();
    while let Some((position, group)) = groups.next() {
        let last = groups.peek().is_none();
        let digits = if last { group } else { group.strip_prefix('x')? };
        let leading_zeros = position == 0 && !last && digits == "000";
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || leading_zeros {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}
