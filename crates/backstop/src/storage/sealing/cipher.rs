//! The few things that are done with keys. Takes keys, salts and payloads; gives sealed bytes and opens them. Never uses a
//! key for two messages: each is drawn for one, or derived from what the one message is.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a nonce of zeros, as each key seals one message; HMAC-SHA256 to derive; X25519
//! (RFC 7748) to reach a reader.

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use mission::record::commitment::{SALT_BYTES, Salt, hmac};
use mission::record::envelope::Class;
use mission::record::evidence::{ItemKey, WRAPPED_KEY_BYTES};
use std::fmt;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::ZeroizeOnDrop;

/// Bytes of the tag that sealing adds.
pub(in super::super) const TAG_BYTES: usize = 16;
/// A payload is sealed in steps of so many bytes, so that its length tells little.
const PADDED_BYTES: usize = 256;
/// Sealing lengthens a payload by at most this.
pub(in super::super) const SEALED_MORE_BYTES: usize = PADDED_BYTES + TAG_BYTES;
/// Bytes of a wrapped salt and record key.
pub(in super::super) const SLOT_BYTES: usize = SALT_BYTES + 32 + TAG_BYTES;
/// A key sealed under another.
pub(super) type SealedKey = [u8; 32 + TAG_BYTES];
/// A class key sealed for a reader: the ephemeral public key, then the sealed key.
pub(super) type KeyBox = [u8; 32 + 32 + TAG_BYTES];

/// What the key of an item of evidence is wrapped under.
const ITEM: &str = "item";
/// First word of a file with a reader's secret.
const SECRET: &str = "backstop-reader-secret/1";
/// First word of a reader's public key.
const PUBLIC: &str = "backstop-reader/1";

/// A secret of 32 bytes, wiped from memory when it goes.
#[derive(Clone, ZeroizeOnDrop)]
pub(in super::super) struct Key(pub(super) [u8; 32]);

impl Key {
    pub(in super::super) fn new(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// A key that follows from this one and what it is for.
    pub(super) fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Key {
        Key(hmac(&self.0, &[&[purpose.as_bytes(), b"\n"], parts].concat().concat()))
    }

    fn seal(&self, message: &[u8]) -> Vec<u8> {
        let cipher = ChaCha20Poly1305::new(&self.0.into());
        cipher.encrypt(&Nonce::default(), message).expect("invariant: a message is far below 256 GiB")
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        ChaCha20Poly1305::new(&self.0.into()).decrypt(&Nonce::default(), sealed).ok()
    }

    /// Seals another key. This one must be for that alone.
    pub(super) fn seal_key(&self, key: &Key) -> SealedKey {
        self.seal(&key.0).try_into().expect("invariant: a key and a tag")
    }

    /// Wraps the key of an item of evidence. This one must be a record key: what it wraps with follows from it, and seals no more.
    pub(in super::super) fn wrap_item(&self, item: &ItemKey) -> [u8; WRAPPED_KEY_BYTES] {
        self.derive(ITEM, &[]).seal_key(&Key(*item.bytes()))
    }

    /// The key of an item that this record key wrapped.
    pub(in super::super) fn unwrap_item(&self, wrapped: &[u8; WRAPPED_KEY_BYTES]) -> Option<ItemKey> {
        self.derive(ITEM, &[]).open_key(wrapped).map(|key| ItemKey::new(key.0))
    }

    pub(super) fn open_key(&self, sealed: &SealedKey) -> Option<Key> {
        Some(Key(self.open(sealed)?.try_into().ok()?))
    }
}

/// The secret with which an organisation reads what it may: an X25519 key.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ReaderSecret {
    secret: [u8; 32],
    /// Worked out once: it enters every box that is opened.
    #[zeroize(skip)]
    public: ReaderKey,
}

/// The public half, for which class keys are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReaderKey(pub(super) [u8; 32]);

impl ReaderSecret {
    /// A secret of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> ReaderSecret {
        ReaderSecret { secret: bytes, public: ReaderKey(x25519(bytes, X25519_BASEPOINT_BYTES)) }
    }

    /// Reads the line of a secret's file.
    pub fn parse(line: &str) -> Option<ReaderSecret> {
        parse_line(line, SECRET).map(ReaderSecret::new)
    }

    /// The line of a secret's file.
    pub fn to_line(&self) -> String {
        format!("{SECRET} {}\n", BASE64_STANDARD.encode(self.secret))
    }

    /// The public half.
    pub fn public(&self) -> ReaderKey {
        self.public
    }

    /// A key that only the holder of this secret has.
    pub(super) fn own_key(&self, purpose: &str) -> Key {
        Key(self.secret).derive(purpose, &[])
    }

    /// A key that the holders of two secrets have, and nobody else, for one purpose; none for a key that is no point of large order.
    pub(crate) fn shared_key(&self, other: ReaderKey, purpose: &str) -> Option<[u8; 32]> {
        let shared = x25519(self.secret, other.0);
        let mut both = [self.public.0, other.0];
        both.sort_unstable();
        (shared != [0; 32]).then(|| Key(shared).derive(purpose, &[&both[0], &both[1]]).0)
    }

    pub(super) fn open_box(&self, root: &Key, class: Class, sealed: &KeyBox) -> Option<Key> {
        let (ephemeral, sealed) = sealed.split_first_chunk::<32>()?;
        let key = box_key(root, x25519(self.secret, *ephemeral), ephemeral, self.public, class)?;
        key.open_key(sealed.try_into().ok()?)
    }
}

impl ReaderKey {
    /// Reads a public key's line.
    pub fn parse(line: &str) -> Option<ReaderKey> {
        parse_line(line, PUBLIC).map(ReaderKey)
    }

    /// Seals a class key for this reader. The root enters, so that destroying the root destroys this way to the key too.
    /// None for a key that is no point of large order.
    pub(super) fn seal_box(self, root: &Key, class: Class, key: &Key, ephemeral: &Key) -> Option<KeyBox> {
        let public = x25519(ephemeral.0, X25519_BASEPOINT_BYTES);
        let sealed = box_key(root, x25519(ephemeral.0, self.0), &public, self, class)?.seal_key(key);
        [public.as_slice(), &sealed].concat().try_into().ok()
    }
}

impl fmt::Display for ReaderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC} {}", BASE64_STANDARD.encode(self.0))
    }
}

fn parse_line(line: &str, word: &str) -> Option<[u8; 32]> {
    let key = line.trim_end_matches('\n').strip_prefix(word)?.strip_prefix(' ')?;
    BASE64_STANDARD.decode(key).ok()?.try_into().ok()
}

fn box_key(root: &Key, shared: [u8; 32], ephemeral: &[u8; 32], reader: ReaderKey, class: Class) -> Option<Key> {
    // A point of small order gives zeros, whatever the secret.
    (shared != [0; 32]).then(|| root.derive("reader", &[&shared, ephemeral, &reader.0, class.word().as_bytes()]))
}

/// What opens one entry: the salt of its commitment and the key of its payload.
#[derive(Clone, ZeroizeOnDrop)]
pub(in super::super) struct Slot {
    pub(in super::super) salt: Salt,
    pub(in super::super) key: Key,
}

/// Wraps a slot under the key of its page and class. The wrapping key follows from the entry, so that an index that is
/// used again after a crash, for another entry, never meets the same key.
pub(in super::super) fn wrap(page: &Key, index: u64, leaf: &[u8; 32], slot: &Slot) -> [u8; SLOT_BYTES] {
    let sealed = slot_key(page, index, leaf).seal(&[slot.salt, slot.key.0].concat());
    sealed.try_into().expect("invariant: a salt, a key and a tag")
}

pub(super) fn unwrap(page: &Key, index: u64, leaf: &[u8; 32], wrapped: &[u8; SLOT_BYTES]) -> Option<Slot> {
    let bytes = slot_key(page, index, leaf).open(wrapped)?;
    let (salt, key) = bytes.split_first_chunk::<SALT_BYTES>()?;
    Some(Slot { salt: *salt, key: Key(key.try_into().ok()?) })
}

fn slot_key(page: &Key, index: u64, leaf: &[u8; 32]) -> Key {
    page.derive("slot", &[&index.to_be_bytes(), leaf])
}

/// Seals a payload under its record key. Canonical bytes end in `}`, so the zeros that fill the last step are told apart.
pub(in super::super) fn seal_payload(key: &Key, payload: &[u8]) -> Vec<u8> {
    let mut padded = payload.to_vec();
    padded.resize(payload.len().next_multiple_of(PADDED_BYTES), 0);
    key.seal(&padded)
}

/// The payload; none if the key is another, or a byte was changed.
pub(in super::super) fn open_payload(key: &Key, sealed: &[u8]) -> Option<Vec<u8>> {
    let mut payload = key.open(sealed)?;
    let length = payload.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    payload.truncate(length);
    Some(payload)
}
