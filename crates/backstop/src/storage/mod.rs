//! The store: a directory that holds the record of one mission and loses nothing of it.
//!
//! Takes entries and gives receipts once they are durable; publishes the log as static C2SP files; reads entries back;
//! and checks a whole store offline. Never edits or deletes an entry, never acknowledges before the disk has, and never
//! signs a root that it has not computed again from what is on the disk.
//!
//! ```text
//! DIR/store.toml            what this store is, for life: data class, origin, mission
//! DIR/keys/                 log.key and author.key (secret), log.pub and author*.pub
//! DIR/payloads/NNNNNNNN.seg what was said, sealed: leaf and payload of each entry; the durable truth
//! DIR/record-keys/          salt and key of each payload, wrapped for those who may read it; destroyed to erase it
//! DIR/log/checkpoint        the signed head
//! DIR/log/tile/...          leaves and hashes; made from the segments, served to anyone
//! DIR/numbers/              where authors' numbered statements stand; made from the segments, to find one quickly
//! DIR/evidence/             items of evidence, each under its SHA-256
//! DIR/set-aside/            torn tails, kept for inspection; no part of the record
//! DIR/engine.toml          which engine the log was joined to, if to one
//! DIR/lock                  held by the one writer
//! ```

mod settings;

mod keys;

mod disk;

mod sealing;

mod segment;

mod tiles;

mod reader;

mod unsealed;

mod store;

mod submit;

mod chunks;

mod locker;
mod redact;

mod engine;

mod verify;

mod snapshot;

mod rebuild;

mod halt;

mod parallel;

pub(crate) mod beside;

mod error;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod crashes;

pub(crate) use chunks::{CHUNK_BYTES, Chunk, chunk_nonce};
pub use disk::{Disk, Kind, Listed, LocalDisk, OpenFile, Readers};
pub(crate) use engine::ENGINE_FILE;
pub use engine::{Agreement, Engine, Place, Put, Swap, Trouble, agreement, fill};
pub use error::Error;
pub use halt::{Halt, Halted, LaterOrder};
pub use keys::{AuthorSecret, PublicKeys, own_secret};
pub(crate) use locker::unseal;
pub use locker::{Item, Locker};
pub(crate) use parallel::map_in_order;
pub use reader::{Entry, Kept, Reader};
pub use rebuild::rebuild_log;
pub(crate) use redact::is_kept;
pub use redact::{erase_keys, new_reader_secret, new_salt};
pub use sealing::{Entitled, ReaderKey, ReaderSecret};
pub use settings::{DataClass, Settings};
pub use snapshot::{Part, Snapshot, sign_note};
pub use store::{MAX_BATCH_ENTRIES, NewEntry, Receipt, Store};
pub use submit::{Checked, Refusal, STATED_KINDS, Submission, Submitted};
pub use verify::{Difference, Erased, Missing, PayloadsFound, Verification, verify, verify_as, verify_on};
