//! An entry before it is sealed. Takes what is to be recorded, its salt and its key, and gives the record and the leaf's hash;
//! signs with the store's key what nobody has signed yet. Never draws a salt or a key.

use super::sealing::{PageKeys, SLOT_BYTES, Slot, seal_payload, wrap};
use super::segment::Record;
use ed25519_dalek::SigningKey;
use ledger::Hash;
use ledger::tree::leaf_hash;
use mission::record::body::EVIDENCE_ACQUIRED;
use mission::record::canonical::Value;
use mission::record::commitment::{Payload, Salt};
use mission::record::envelope::{Class, Envelope, KeyId, seal};
use mission::record::evidence::wrap_key;

/// Something to be recorded.
pub(super) struct Unsealed {
    pub(super) class: Class,
    pub(super) received_at_ms: i64,
    pub(super) content: Content,
}

/// What is known of it.
pub(super) enum Content {
    /// What it says.
    Said {
        /// As [`Envelope::kind`].
        kind: String,
        payload: Value,
    },
    /// Only a commitment to it.
    CommittedTo {
        /// As [`Envelope::kind`].
        kind: String,
        commitment: [u8; 32],
    },
    /// An entry that was signed elsewhere and found true.
    Signed {
        leaf: Vec<u8>,
        salt: Salt,
        /// What it says, canonical.
        payload: Vec<u8>,
    },
}

impl Unsealed {
    /// The leaf, if it was signed elsewhere.
    pub(super) fn leaf(&self) -> &[u8] {
        match &self.content {
            Content::Signed { leaf, .. } => leaf,
            Content::Said { .. } | Content::CommittedTo { .. } => &[],
        }
    }
}

/// Salt and key of an entry under the key of its page; zeros where there are none.
pub(super) type WrappedSlot = [u8; SLOT_BYTES];

/// Commits to a payload and signs its envelope, if that is still to be done; seals the payload under its key and wraps that key.
pub(super) fn seal_entry(
    entry: Unsealed,
    mut slot: Slot,
    key: &SigningKey,
    pages: Option<&PageKeys>,
    index: u64,
    batch_start: u64,
) -> Result<(Record, Hash, WrappedSlot), String> {
    let Unsealed { class, received_at_ms, content } = entry;
    let sign = |kind, commitment| {
        let author = author_of(key);
        let envelope = Envelope { kind, author, class, received_at_ms, commitment, written: None };
        seal(&envelope, key).map_err(|error| error.to_string())
    };
    let (leaf, payload) = match content {
        Content::CommittedTo { kind, commitment } => (sign(kind, commitment)?, None),
        Content::Said { kind, payload } => {
            // Where payloads are sealed, the key of an item goes in wrapped: who is shown the payload is not shown the item.
            let payload = match pages.filter(|_| kind == EVIDENCE_ACQUIRED) {
                Some(_) => wrap_key(payload, |item| slot.key.wrap_item(item)),
                None => payload,
            };
            let payload = Payload::new(&payload).map_err(|error| format!("payload {error}"))?;
            (sign(kind, payload.commit(&slot.salt))?, Some(payload.into_bytes()))
        }
        Content::Signed { leaf, salt, payload } => {
            slot.salt = salt;
            (leaf, Some(payload))
        }
    };
    let hash = leaf_hash(&leaf);
    let (salt, payload, wrapped) = match (payload, pages) {
        (None, _) => (None, Vec::new(), [0; SLOT_BYTES]),
        (Some(payload), None) => (Some(slot.salt), payload, [0; SLOT_BYTES]),
        (Some(payload), Some(pages)) => {
            let wrapped = wrap(pages.of(index, class), index, &hash.0, &slot);
            (None, seal_payload(&slot.key, &payload), wrapped)
        }
    };
    Ok((Record { index, batch_start, salt, leaf, payload }, hash, wrapped))
}

/// The name of an author's key.
pub(super) fn author_of(key: &SigningKey) -> KeyId {
    KeyId::of(&key.verifying_key())
}
