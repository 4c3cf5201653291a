//! Evidence as entries: what was acquired, each step of its custody, and timestamps that others set over the log.
//!
//! Takes and gives the payloads of `evidence.acquired`, `custody.recorded` and `checkpoint.timestamped`; the written form is
//! fixed for ever. Never holds the bytes of an item: an entry names them by their SHA-256, so that `sha256sum` checks them.

use super::canonical::Value;
use super::fields::{FieldError, Fields, Writer};
use super::hex::{bytes_of_hex, hex};
use std::collections::BTreeMap;
use std::fmt;
use terms::{Instant, ObservationId, SourceId};

/// The field of `evidence.acquired` that holds the key of an item as it is.
pub const SEALED_UNDER: &str = "sealed_under";
/// The field that holds it wrapped under the entry's own record key.
pub const KEY_WRAPPED: &str = "key_wrapped";
/// Bytes of a wrapped item key.
pub const WRAPPED_KEY_BYTES: usize = 48;

/// The SHA-256 of an item's bytes: its name in the record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Name([u8; 32]);

impl Sha256Name {
    /// The name of bytes with this digest.
    #[must_use]
    pub fn new(digest: [u8; 32]) -> Sha256Name {
        Sha256Name(digest)
    }

    /// The name that 64 lower-case hex digits say, as `sha256sum` prints them; none for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Sha256Name> {
        bytes_of_hex(text).map(Sha256Name)
    }
}

impl fmt::Display for Sha256Name {
    /// 64 lower-case hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Sha256Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The key under which the bytes of an item are sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ItemKey([u8; 32]);

impl ItemKey {
    /// The key of these bytes, which were drawn for it.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> ItemKey {
        ItemKey(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ItemKey(not shown)")
    }
}

/// How an entry holds the key of the item that it took in, so that erasing the entry closes the bytes for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyHeld {
    /// Wrapped under the entry's record key: who is shown what the entry says is not shown the key.
    Wrapped([u8; WRAPPED_KEY_BYTES]),
    /// As it is: in a store that seals nothing, and in entries of an earlier version.
    Plain(ItemKey),
}

/// What an entry says, with the key of an item in it wrapped.
#[must_use]
pub fn wrap_key(said: Value, wrap: impl FnOnce(&ItemKey) -> [u8; WRAPPED_KEY_BYTES]) -> Value {
    let Value::Fields(mut fields) = said else { return said };
    let key = match fields.get(SEALED_UNDER) {
        Some(Value::Text(text)) => bytes_of_hex(text).map(ItemKey),
        Some(Value::Integer(_) | Value::List(_) | Value::Fields(_)) | None => None,
    };
    if let Some(key) = key {
        fields.remove(SEALED_UNDER);
        fields.insert(KEY_WRAPPED.to_owned(), Value::Text(hex(&wrap(&key))));
    }
    Value::Fields(fields)
}

/// An item of evidence as it was taken in: a photograph, a recording, a letter, a page of the web.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The name of its bytes.
    pub sha256: Sha256Name,
    /// How many they are.
    pub bytes: u64,
    /// What they are said to be: `image/jpeg`.
    pub media_type: String,
    /// The file's name as it came.
    pub name: String,
    /// Whose report it came with.
    pub source: Option<SourceId>,
    /// The observations that it is about; perhaps none yet.
    pub observations: Vec<ObservationId>,
    /// How it was acquired, in the acquirer's words: "copied from the witness's telephone in her presence".
    pub method: String,
    /// The office that has it in custody, never a private name.
    pub custodian: String,
    /// When it was acquired.
    pub acquired_at: Instant,
    /// What tools read in the file: what it says of itself, which is a claim and no fact. By tool with its version, then by
    /// the tool's own names.
    pub read: BTreeMap<String, BTreeMap<String, String>>,
    /// What its bytes are sealed under; none where they lie as they came, as those of earlier versions do.
    pub key: Option<KeyHeld>,
}

/// What was done with an item.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CustodyAct {
    /// An office received it from another.
    Received,
    /// It was looked at or copied for work.
    Accessed,
    /// It was handed to another office.
    Transferred,
    /// A copy left the installation.
    Exported,
    /// Its bytes were hashed again.
    Rehashed,
}

impl CustodyAct {
    /// Every act, in the order of a chain of custody.
    pub const ALL: [CustodyAct; 5] = [
        CustodyAct::Received,
        CustodyAct::Accessed,
        CustodyAct::Transferred,
        CustodyAct::Exported,
        CustodyAct::Rehashed,
    ];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CustodyAct::Received => "received",
            CustodyAct::Accessed => "accessed",
            CustodyAct::Transferred => "transferred",
            CustodyAct::Exported => "exported",
            CustodyAct::Rehashed => "re-hashed",
        }
    }

    /// The act that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<CustodyAct> {
        CustodyAct::ALL.into_iter().find(|act| act.word() == word)
    }
}

/// What hashing an item's bytes again gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rehash {
    /// The bytes that were acquired.
    Same,
    /// Other bytes, of this name.
    Other(Sha256Name),
    /// There were none to hash.
    Missing,
}

/// One step of custody. Every step hashes the bytes again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustodyStep {
    /// The item.
    pub sha256: Sha256Name,
    /// What was done.
    pub act: CustodyAct,
    /// When.
    pub at: Instant,
    /// The office that did it.
    pub by: String,
    /// The office that it was handed to.
    pub to: Option<String>,
    /// Why, in its words.
    pub reason: String,
    /// What hashing again gave.
    pub found: Rehash,
    /// Index of the entry that was the last of this item's chain when this one was written.
    pub after: u64,
}

/// A timestamp that an authority outside set over a checkpoint (RFC 3161): everything before it existed then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timestamp {
    /// Which authority was asked: its address, or a name where the answer came as a file.
    pub authority: String,
    /// The signed checkpoint, the very bytes whose hash the authority saw.
    pub checkpoint: String,
    /// The authority's whole answer, a `TimeStampResp` in DER, in base64.
    pub response: String,
}

pub(crate) fn write_evidence(evidence: &Evidence) -> Value {
    let read =
        |map: &BTreeMap<String, String>| map.iter().fold(Writer::default(), |w, (name, text)| w.text(name, text));
    let tools = evidence.read.iter().fold(Writer::default(), |w, (tool, says)| w.put(tool, read(says).finish()));
    let (plain, wrapped) = match &evidence.key {
        Some(KeyHeld::Plain(key)) => (Some(hex(key.bytes())), None),
        Some(KeyHeld::Wrapped(key)) => (None, Some(hex(key))),
        None => (None, None),
    };
    Writer::default()
        .text("sha256", evidence.sha256)
        .integer("bytes", i64::try_from(evidence.bytes).unwrap_or(i64::MAX))
        .text("media_type", &evidence.media_type)
        .text("name", &evidence.name)
        .optional_text("source", evidence.source.as_ref())
        .texts("observations", &evidence.observations)
        .text("method", &evidence.method)
        .text("custodian", &evidence.custodian)
        .integer("acquired_at_ms", evidence.acquired_at.ms())
        .put("read", tools.finish())
        .optional_text(SEALED_UNDER, plain.as_ref())
        .optional_text(KEY_WRAPPED, wrapped.as_ref())
        .finish()
}

pub(crate) fn read_evidence(fields: &mut Fields<'_>) -> Result<Evidence, FieldError> {
    let observations = fields.texts("observations")?.into_iter().map(ObservationId::parse).collect::<Option<Vec<_>>>();
    let plain =
        fields.optional_parsed(SEALED_UNDER, "64 lower-case hex digits", |text| bytes_of_hex(text).map(ItemKey))?;
    let key = match (plain, fields.optional_parsed(KEY_WRAPPED, "96 lower-case hex digits", bytes_of_hex)?) {
        (Some(_), Some(_)) => return Err(fields.wrong(KEY_WRAPPED, "nothing beside the key itself")),
        (plain, wrapped) => plain.map(KeyHeld::Plain).or(wrapped.map(KeyHeld::Wrapped)),
    };
    Ok(Evidence {
        sha256: fields.parsed("sha256", "64 lower-case hex digits", Sha256Name::parse)?,
        bytes: fields.integer("bytes")?,
        media_type: fields.text("media_type")?.to_owned(),
        name: fields.text("name")?.to_owned(),
        source: fields.optional_parsed("source", "a source id", SourceId::new)?,
        observations: observations.ok_or_else(|| fields.wrong("observations", "observation ids"))?,
        method: fields.text("method")?.to_owned(),
        custodian: fields.text("custodian")?.to_owned(),
        acquired_at: fields.instant("acquired_at_ms")?,
        read: fields.text_maps("read")?,
        key,
    })
}

pub(crate) fn write_custody(step: &CustodyStep) -> Value {
    let found = match step.found {
        Rehash::Same => step.sha256.to_string(),
        Rehash::Other(name) => name.to_string(),
        Rehash::Missing => "missing".to_owned(),
    };
    Writer::default()
        .text("sha256", step.sha256)
        .text("act", step.act.word())
        .integer("at_ms", step.at.ms())
        .text("by", &step.by)
        .optional_text("to", step.to.as_ref())
        .text("reason", &step.reason)
        .text("found", found)
        .integer("after", i64::try_from(step.after).unwrap_or(i64::MAX))
        .finish()
}

pub(crate) fn read_custody(fields: &mut Fields<'_>) -> Result<CustodyStep, FieldError> {
    let sha256 = fields.parsed("sha256", "64 lower-case hex digits", Sha256Name::parse)?;
    let found = |text: &str| match text {
        "missing" => Some(Rehash::Missing),
        text => Sha256Name::parse(text).map(|name| if name == sha256 { Rehash::Same } else { Rehash::Other(name) }),
    };
    Ok(CustodyStep {
        sha256,
        act: fields.parsed("act", "an act of custody", CustodyAct::from_word)?,
        at: fields.instant("at_ms")?,
        by: fields.text("by")?.to_owned(),
        to: fields.optional_text("to")?.map(str::to_owned),
        reason: fields.text("reason")?.to_owned(),
        found: fields.parsed("found", "64 lower-case hex digits or `missing`", found)?,
        after: fields.integer("after")?,
    })
}

pub(crate) fn write_timestamp(timestamp: &Timestamp) -> Value {
    Writer::default()
        .text("authority", &timestamp.authority)
        .text("checkpoint", &timestamp.checkpoint)
        .text("response", &timestamp.response)
        .finish()
}

pub(crate) fn read_timestamp(fields: &mut Fields<'_>) -> Result<Timestamp, FieldError> {
    Ok(Timestamp {
        authority: fields.text("authority")?.to_owned(),
        checkpoint: fields.text("checkpoint")?.to_owned(),
        response: fields.text("response")?.to_owned(),
    })
}
