//! The keys of what entries say: one for each record, kept apart from the segments, so that destroying it erases.
//!
//! Takes salts and record keys and keeps them wrapped; gives them back to whoever has a reader's secret for their class;
//! destroys them for good. Never holds a payload, and never leaves the only copy of a key half written.
//!
//! ```text
//! record-keys/root                       two halves; one holds the root secret of the present generation
//! record-keys/table-GGGGGGGG             under the root: class keys for each reader; under those: the keys of pages
//! record-keys/page-PPPPPPPP-GGGGGGGG     under the page's keys: salt and record key of each entry, by its index
//! ```
//!
//! Everything in a generation follows from a reader's secret *and* the root. So an erasure writes the page, the table and the
//! root anew, and then overwrites 88 bytes: the old root. Old blocks of the other files, wherever the disk kept them,
//! are then of no use to anyone, readers included.

mod cipher;

mod root;

mod table;

mod ring;

mod present;

mod followed;

#[cfg(test)]
mod tests;

pub(super) use cipher::TAG_BYTES;
pub(super) use cipher::{Key, SEALED_MORE_BYTES, SLOT_BYTES, Slot, open_payload, seal_payload, wrap};
pub use cipher::{ReaderKey, ReaderSecret};
pub(super) use followed::{Wrapped, restore};
pub(super) use present::{Present, present_generation};
pub(super) use ring::{FOLDER, KeyFound, PAGE_SLOTS, PageKeys, Ring, STORE, Turn, Turned};
pub(super) use ring::{destroy_all, discard};
pub use table::Entitled;
