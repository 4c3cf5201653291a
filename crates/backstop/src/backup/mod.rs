//! Backups: a copy of a whole store, sealed for named recipients, that is believed only after it was opened, restored, verified
//! and replayed.
//!
//! Takes a store that may be written to meanwhile; gives a folder of sealed files that grows by what is new. Takes such a
//! folder and secret keys; gives three answers, or a store in a new place that takes no entries until a person says so. Never
//! writes over anything, never leaves what opens entries in the clear, and never believes a byte that the log did not sign.
//!
//! ```text
//! DIR/backup-NNNNNN               what this is, signed by the log: size, root, recipients, hashes of the next three
//! DIR/manifest-NNNNNN.sha256      SHA-256 of every sealed file, for `sha256sum -c`
//! DIR/index-NNNNNN.age            names, lengths and hashes of the store's files, and in which blocks they lie
//! DIR/secrets-IIIIIIII-NNNNNN.age what opens entries and signs: a few kilobytes, here or in a place of its own
//! DIR/blocks/HH….age              pieces of the store's files; whoever has them without the secrets reads no entry
//! ```

mod age;

mod error;

mod head;

mod index;

mod place;

mod make;

mod check;

mod later;

mod restore;

mod register;

#[cfg(test)]
mod tests;

pub use age::{Identity, Recipient};
pub use check::{Checked, Given, Keep, Secret, check};
pub use error::Error;
pub use head::{Head, Stamp};
pub use index::Follows;
pub use later::Later;
pub use make::{Former, Made, Order, Signing, make};
pub use register::{Known, known_backups};
pub use restore::{restore, wipe};

/// How far a long work has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done.
    pub doing: &'static str,
    /// So many bytes of it are done.
    pub done: u64,
    /// Of so many; 0 if that is not known.
    pub of: u64,
}

/// Told how far a work has come.
pub type Tell<'a> = dyn FnMut(Progress) + 'a;
