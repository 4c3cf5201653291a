//! Takes leaf hashes and a way to read the hashes of complete subtrees; gives roots and RFC 6962 proofs, and checks such
//! proofs. Never stores a hash and never trusts one: whoever reads decides where from.
//!
//! Positions count from 0. A subtree at `level` and `index` is the complete one over the leaves
//! `index * 2^level .. (index + 1) * 2^level`; level 0 is the leaves.

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 hash: of a leaf, of a node, or the root of a tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash as base64, as checkpoints and proofs write it.
    pub fn to_base64(self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// Reads the one base64 form of a hash; any other text is none.
    pub fn from_base64(text: &str) -> Option<Hash> {
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        Some(Hash(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Hash {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Hash of an entry: SHA-256 over `0x00` and its bytes (RFC 6962, 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// Hash of a node: SHA-256 over `0x01`, the left and the right hash (RFC 6962, 2.1).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// A complete subtree, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtree {
    /// Height above the leaves.
    pub level: u8,
    /// Number of complete subtrees of this level to its left.
    pub index: u64,
}

/// The right edge of a growing tree: one hash for each complete subtree that has no sibling yet.
///
/// At most 64 hashes, however large the tree; enough to go on appending and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of the first `size` leaves, from the hashes of complete subtrees.
    ///
    /// # Errors
    /// Only those of `read`.
    pub fn read<E>(size: u64, mut read: impl FnMut(Subtree) -> Result<Hash, E>) -> Result<Edge, E> {
        let levels = (0..64u8).rev().filter(|level| size >> level & 1 == 1);
        let peaks =
            levels.map(|level| read(Subtree { level, index: (size >> level) - 1 })).collect::<Result<_, E>>()?;
        Ok(Edge { size, peaks })
    }

    /// Adds the hash of the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("invariant: one peak for each one-bit of the size");
            hash = node_hash(left, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Number of leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree over the leaves so far.
    pub fn root(&self) -> Hash {
        self.peaks.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or_else(empty_root)
    }
}

/// Root of the tree of the first `size` leaves, from the hashes of complete subtrees.
///
/// # Errors
/// Only those of `read`.
pub fn root<E>(size: u64, mut read: impl FnMut(Subtree) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 { Ok(empty_root()) } else { range_hash(0, size, &mut read) }
}

/// Proof that the leaf at `index` is in the tree of `size` leaves: sibling hashes, lowest first (RFC 6962, 2.1.1).
///
/// # Errors
/// When `index` is not below `size`, and those of `read`.
pub fn prove_inclusion<E: From<Error>>(
    index: u64,
    size: u64,
    mut read: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(Error::OutOfRange { problem: "this tree has no entry of that index yet" }.into());
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range_hash(middle, end, &mut read)?);
            end = middle;
        } else {
            path.push(range_hash(start, middle, &mut read)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Checks that the entry with hash `leaf` is at `index` in the tree of `size` leaves with this `root` (RFC 9162, 2.1.3.2).
///
/// # Errors
/// [`Error::OutOfRange`] or [`Error::ProofFailed`].
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> Result<(), Error> {
    if index >= size {
        return Err(Error::OutOfRange { problem: "the index is not below the size of the tree" });
    }
    let (mut position, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(Error::ProofFailed { problem: "the inclusion path is too long" });
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(*sibling, hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(Error::ProofFailed { problem: "the inclusion path is too short" });
    }
    if hash != root {
        return Err(Error::ProofFailed { problem: "the inclusion path leads to another root" });
    }
    Ok(())
}

/// Proof that the tree of `old` leaves is the beginning of the tree of `new` leaves (RFC 6962, 2.1.2).
///
/// # Errors
/// When `old` is 0 or above `new`, and those of `read`.
pub fn prove_consistency<E: From<Error>>(
    old: u64,
    new: u64,
    mut read: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old == 0 || old > new {
        return Err(Error::OutOfRange { problem: "consistency needs 1 <= old size <= new size" }.into());
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range_hash(middle, end, &mut read)?);
            end = middle;
        } else {
            path.push(range_hash(start, middle, &mut read)?);
            start = middle;
        }
    }
    // The old tree itself is known to the verifier; any smaller remainder is not.
    if start != 0 {
        path.push(range_hash(start, end, &mut read)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of that of `new` leaves with `new_root`
/// (RFC 9162, 2.1.4.2).
///
/// # Errors
/// [`Error::OutOfRange`] or [`Error::ProofFailed`].
pub fn verify_consistency(old: u64, old_root: Hash, new: u64, new_root: Hash, path: &[Hash]) -> Result<(), Error> {
    if old == 0 || old > new {
        return Err(Error::OutOfRange { problem: "consistency needs 1 <= old size <= new size" });
    }
    if old == new {
        return match (path.is_empty(), old_root == new_root) {
            (true, true) => Ok(()),
            (false, _) => Err(Error::ProofFailed { problem: "the consistency path is too long" }),
            (true, false) => {
                Err(Error::ProofFailed { problem: "one size with two roots: the log shows two histories" })
            }
        };
    }
    let (old_hash, new_hash) = consistency_hashes(old, old_root, new, path)?;
    if old_hash != old_root || new_hash != new_root {
        return Err(Error::ProofFailed { problem: "the old tree is not the beginning of the new one" });
    }
    Ok(())
}

/// The roots of the trees of `old` < `new` leaves that a consistency path leads to. Where `old` is a power of two the path
/// leaves its root out, and what comes out rests on the given one.
///
/// # Errors
/// [`Error::OutOfRange`], or [`Error::ProofFailed`] when the path has the wrong length.
pub(crate) fn consistency_hashes(old: u64, old_root: Hash, new: u64, path: &[Hash]) -> Result<(Hash, Hash), Error> {
    if old == 0 || old >= new {
        return Err(Error::OutOfRange { problem: "consistency needs 1 <= old size < new size" });
    }
    // Where the old size is a power of two its root is a node of the new tree, and the path leaves it out.
    let mut hashes = old.is_power_of_two().then_some(&old_root).into_iter().chain(path);
    let too_short = Error::ProofFailed { problem: "the consistency path is too short" };
    let first = *hashes.next().ok_or(too_short.clone())?;
    let (mut position, mut last) = (old - 1, new - 1);
    let shared = position.trailing_ones();
    position >>= shared;
    last >>= shared;
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in hashes {
        if last == 0 {
            return Err(Error::ProofFailed { problem: "the consistency path is too long" });
        }
        if position & 1 == 1 || position == last {
            old_hash = node_hash(*sibling, old_hash);
            new_hash = node_hash(*sibling, new_hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(new_hash, *sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(too_short);
    }
    Ok((old_hash, new_hash))
}

/// Size of the left part of a tree of `size` > 1 leaves: the largest power of two below it.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// Hash over the leaves `start..end`, where `start` is a multiple of the power of two that holds the range, as every
/// range of the RFC 6962 recursion is.
fn range_hash<E>(start: u64, end: u64, read: &mut impl FnMut(Subtree) -> Result<Hash, E>) -> Result<Hash, E> {
    let size = end - start;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return read(Subtree { level: level as u8, index: start >> level });
    }
    let middle = start + split(size);
    let left = range_hash(start, middle, read)?;
    Ok(node_hash(left, range_hash(middle, end, read)?))
}
