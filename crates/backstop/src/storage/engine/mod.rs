//! The second home of a log: what survives the machine on which the store lies. Takes immutable pieces and a head; gives them
//! back. Trusted to keep what it took, and with nothing else: whatever it gives is checked as if a stranger had sent it.
//!
//! A store that was *joined* to an engine offers each batch there before its own disk is flushed, and no receipt is given before
//! both have it. Everything that changes the log is a *link*, under a key that follows from where the log stands: so many
//! entries, under such a generation of record keys. Two directories that write at once want the same key, and one of them gets it; the other
//! takes over what that one wrote. What the engine holds is the fold of its links, and so is every directory of the log.
//!
//! ```text
//! begin                      what the log is: store.toml, the log's public key
//! SIZE-GENERATION            the link that leads on from there: a batch with its wrapped keys, or a new generation
//! part-SHA256                slots of a page that a new generation wrapped anew
//! head                       the signed checkpoint; the one thing that changes, by compare-and-swap
//! ```
//!
//! What it holds of record keys opens with the root alone, and the root never goes there: an erasure destroys the old root, and
//! with it everything that an engine, its journal and its backups still hold.

mod directory;

mod tls;

mod postgres;

mod link;

mod named;

mod joined;

mod follow;

mod fold;

#[cfg(test)]
mod tests;

use directory::{Begin, Directory};
pub use fold::fill;
pub use joined::{Agreement, agreement};
pub(super) use joined::{Joined, Pages};
pub(crate) use named::FILE as ENGINE_FILE;
pub use named::Place;

/// Most bytes of one piece.
pub(super) const MAX_PIECE_BYTES: usize = 64 << 20;

/// What became of a piece that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The engine holds these bytes, now or since before, durably.
    Held,
    /// It holds other bytes under this key.
    Other,
}

/// What became of a head that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// It is the head, durably.
    Done,
    /// The head was another than expected: this one, or none.
    Other(Option<String>),
}

/// Why an engine did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It will not, however often it is asked; nothing was done.
    Refused(String),
    /// No answer came: it may have done it or not, and only asking again tells.
    Unanswered(String),
}

/// A place that keeps what it is given: the three operations that a log needs, and reading the head.
///
/// Whatever one process did is seen by the next, wherever it runs. What `get` and `head` give is durable.
pub trait Engine: Send + Sync {
    /// Keeps bytes under a key that has none. They are durable when this returns; the same bytes again are no conflict.
    ///
    /// # Errors
    /// When it refuses, or gives no answer.
    fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<Put, Trouble>;

    /// The bytes under a key, at most 64 MiB; none if there are none.
    ///
    /// # Errors
    /// As for `put_if_absent`.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble>;

    /// The head; none before the first.
    ///
    /// # Errors
    /// As for `put_if_absent`.
    fn head(&self) -> Result<Option<String>, Trouble>;

    /// Puts a head in the place of the expected one, in one step that all processes see in one order.
    ///
    /// # Errors
    /// As for `put_if_absent`.
    fn compare_and_swap_head(&self, expected: Option<&str>, new: &str) -> Result<Swap, Trouble>;
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Refused(why) => write!(f, "refused: {why}"),
            Trouble::Unanswered(why) => write!(f, "no answer: {why}"),
        }
    }
}
