//! An append-only Merkle log over opaque bytes, in the C2SP formats that other people's tools read.
//!
//! Takes entries as bytes, and tiles and notes as bytes that may be hostile; gives hashes, tiles, proofs, checkpoints
//! and the verdict on each. Never reads a file, a clock or a random number, never knows what an entry means, and never
//! panics on anything it is given to read.
//!
//! Reading order: a [`tree`] of hashes, cut into [`tile`]s for storage; its head written as a [`checkpoint`], signed as a
//! [`note`]; and a [`proof`] that one entry lies under such a checkpoint.

pub mod tree;

pub mod tile;

pub mod note;

pub mod checkpoint;

pub mod proof;

mod error;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use note::{Note, SigningIdentity, VerifyingIdentity};
pub use proof::Proof;
pub use tile::Tile;
pub use tree::Hash;
