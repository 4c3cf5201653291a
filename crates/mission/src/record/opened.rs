//! Some fields of one entry, opened for a stranger: a small file that is checked offline, with nothing but the log's key.
//!
//! Takes a leaf, its author's key, opened fields and the log's proof; gives one canonical value, and takes it back, possibly
//! hostile. Never holds the entry's salt, so the fields that are not in it stay closed. The proof is opaque here: checking
//! it is the log's.

use super::canonical::{NotCanonical, Value, decode, encode};
use super::commitment::{FieldNotCommitted, OpenedField, verify_field};
use super::envelope::{self, Envelope, EnvelopeError, parse_key};
use super::fields::{FieldError, Fields, Writer};
use super::hex::{bytes_of_hex, hex};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::VerifyingKey;
use std::fmt;

/// The value of the field `format`.
const FORMAT: &str = "backstop-opened/1";

/// An entry of which some fields are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedEntry {
    /// The leaf of the log, as it was signed.
    pub leaf: Vec<u8>,
    /// The key of its author.
    pub author: VerifyingKey,
    /// The fields that are shown.
    pub fields: Vec<OpenedField>,
    /// That the leaf is in the log: a `c2sp.org/tlog-proof@v1` text.
    pub proof: String,
}

/// Why an opened entry is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenedError {
    /// The file is not one canonical value.
    Canonical(NotCanonical),
    /// A field of the file is missing, wrong or too many.
    Field(FieldError),
    /// The leaf is no entry, or not signed by its author.
    Leaf(EnvelopeError),
    /// A field that is shown is not what was committed to.
    Shown {
        /// Its name.
        name: String,
        /// Why.
        problem: FieldNotCommitted,
    },
}

impl fmt::Display for OpenedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenedError::Canonical(error) => error.fmt(f),
            OpenedError::Field(error) => error.fmt(f),
            OpenedError::Leaf(error) => error.fmt(f),
            OpenedError::Shown { name, problem } => write!(f, "field `{name}`: {problem}"),
        }
    }
}

impl std::error::Error for OpenedError {}

impl From<FieldError> for OpenedError {
    fn from(error: FieldError) -> OpenedError {
        OpenedError::Field(error)
    }
}

impl OpenedEntry {
    /// The bytes of the file: one line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let value = Writer::default()
            .text("format", FORMAT)
            .text("leaf", String::from_utf8_lossy(&self.leaf))
            .text("author", BASE64_STANDARD.encode(self.author.as_bytes()))
            .put("fields", Value::List(self.fields.iter().map(write_field).collect()))
            .text("proof", &self.proof)
            .finish();
        let mut bytes = encode(&value);
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file; nothing in it is believed yet.
    ///
    /// # Errors
    /// When the bytes are not as [`OpenedEntry::to_bytes`] writes them.
    pub fn read(bytes: &[u8]) -> Result<OpenedEntry, OpenedError> {
        let value = decode(bytes.strip_suffix(b"\n").unwrap_or(bytes)).map_err(OpenedError::Canonical)?;
        let mut fields = Fields::of("", &value)?;
        fields.parsed("format", "`backstop-opened/1`", |text| (text == FORMAT).then_some(()))?;
        let opened = OpenedEntry {
            leaf: fields.text("leaf")?.as_bytes().to_vec(),
            author: fields.parsed("author", "an Ed25519 public key in base64", parse_key)?,
            fields: fields.objects("fields")?.into_iter().map(read_field).collect::<Result<_, _>>()?,
            proof: fields.text("proof")?.to_owned(),
        };
        fields.finish()?;
        Ok(opened)
    }

    /// Checks the author's signature and every field that is shown, and gives the envelope. That the leaf is in the log is
    /// not checked: the proof says so.
    ///
    /// # Errors
    /// With the first thing that does not hold.
    pub fn check(&self) -> Result<Envelope, OpenedError> {
        let envelope = envelope::verify(&self.leaf, &self.author).map_err(OpenedError::Leaf)?;
        for field in &self.fields {
            let shown = verify_field(&envelope.commitment, field);
            shown.map_err(|problem| OpenedError::Shown { name: field.name.clone(), problem })?;
        }
        Ok(envelope)
    }
}

fn write_field(field: &OpenedField) -> Value {
    let count = |number: usize| i64::try_from(number).expect("invariant: a payload has at most 4 MiB");
    Writer::default()
        .text("name", &field.name)
        .put("value", field.value.clone())
        .text("salt", hex(&field.salt))
        .integer("index", count(field.index))
        .integer("count", count(field.count))
        .texts("path", field.path.iter().map(|hash| hex(hash)))
        .finish()
}

fn read_field(mut fields: Fields<'_>) -> Result<OpenedField, FieldError> {
    let path = fields.texts("path")?.into_iter().map(bytes_of_hex).collect::<Option<Vec<[u8; 32]>>>();
    let field = OpenedField {
        name: fields.text("name")?.to_owned(),
        value: fields.optional("value").ok_or_else(|| fields.wrong("value", "is missing"))?.clone(),
        salt: fields.parsed("salt", "64 lower-case hex digits", bytes_of_hex)?,
        index: fields.integer("index")?,
        count: fields.integer("count")?,
        path: path.ok_or_else(|| fields.wrong("path", "hashes of 64 lower-case hex digits"))?,
    };
    fields.finish()?;
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::commitment::Payload;
    use crate::record::envelope::{Class, KeyId};
    use ed25519_dalek::SigningKey;

    fn opened() -> OpenedEntry {
        let key = SigningKey::from_bytes(&[9; 32]);
        let names = ["act", "district", "position", "text"];
        let values = names.iter().map(|name| ((*name).to_owned(), Value::Text(format!("of {name} – спокойно"))));
        let payload = Payload::new(&Value::Fields(values.collect())).expect("small");
        let envelope = Envelope {
            kind: "observation".into(),
            author: KeyId::of(&key.verifying_key()),
            class: Class::Restricted,
            received_at_ms: 1,
            commitment: payload.commit(&[3; 32]),
            written: None,
        };
        let fields = ["district", "text"].map(|name| payload.open_field(&[3; 32], name).expect("there"));
        let leaf = envelope::seal(&envelope, &key).expect("sealed");
        OpenedEntry { leaf, author: key.verifying_key(), fields: fields.into(), proof: "a proof\n".into() }
    }

    #[test]
    fn an_opened_entry_comes_back_and_shows_nothing_else() {
        let opened = opened();
        let bytes = opened.to_bytes();
        assert_eq!(OpenedEntry::read(&bytes), Ok(opened.clone()));
        assert_eq!(opened.check().map(|envelope| envelope.class), Ok(Class::Restricted));
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.contains("of district") && !text.contains("of position") && !text.contains(&hex(&[3; 32])));
    }

    #[test]
    fn no_changed_byte_is_believed_and_none_panics() {
        let opened = opened();
        let bytes = opened.to_bytes();
        // The proof, with its line end written as two signs.
        let proof = bytes.windows(7).position(|window| window == b"a proof").expect("there");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let believed = OpenedEntry::read(&changed).is_ok_and(|read| read.check().is_ok());
            assert!(!believed || (proof..proof + 9).contains(&at), "byte {at}");
            let _ = OpenedEntry::read(&bytes[..at]).map(|read| read.check());
        }
    }
}
