//! An append-only Merkle log over opaque bytes, in the C2SP formats that other people's tools read.
//!
//! Takes entries as bytes, and tiles and notes as bytes that may be hostile; gives hashes, tiles, proofs, checkpoints
//! and the verdict on each. Never reads a file, a clock or a random number, never knows what an entry means, and never
//! panics on anything it is given to read.
//!
//! Reading order: a [`tree`] of hashes, cut into [`tile`]s for storage; its head written as a [`checkpoint`], signed as a
//! [`note`]; a [`proof`] that one entry lies under such a checkpoint; a [`witness`] that countersigns checkpoints; a
//! [`policy`] that says how many of them are enough; and [`evidence`] that a log said two things that cannot both be true.

pub mod tree;

pub mod tile;

pub mod note;

pub mod checkpoint;

pub mod proof;

pub mod witness;

pub mod policy;

pub mod evidence;

mod error;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use evidence::Evidence;
pub use note::{Note, SigningIdentity, VerifyingIdentity, WitnessIdentity};
pub use policy::Policy;
pub use proof::Proof;
pub use tile::Tile;
pub use tree::Hash;
