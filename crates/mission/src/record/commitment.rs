//! One hash for a payload, from which single fields can be opened later without the others.
//!
//! Takes a payload and its salt; gives the commitment, and proofs of single fields. Never invents a salt: it arrives from
//! the rim, and whoever destroys it makes the payload unguessable while every proof about the entry stays valid.

use super::canonical::{MAX_BYTES, MAX_NAME_BYTES, NotCanonical, Value, decode, encode};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of salt drawn for each entry.
pub const SALT_BYTES: usize = 32;

/// The salt of one entry's payload, 32 random bytes.
pub type Salt = [u8; SALT_BYTES];

/// What an entry says: fields in canonical form, within the limits, with their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    fields: BTreeMap<String, Value>,
    bytes: Vec<u8>,
}

impl Payload {
    /// A payload of a value.
    ///
    /// # Errors
    /// [`NotCanonical`] when the value is not `Fields` or leaves the limits of [`super::canonical`].
    pub fn new(value: &Value) -> Result<Payload, NotCanonical> {
        Payload::from_bytes(encode(value))
    }

    /// A payload of canonical bytes.
    ///
    /// # Errors
    /// [`NotCanonical`] when the bytes are not the canonical form of `Fields`.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Payload, NotCanonical> {
        match decode(&bytes)? {
            Value::Fields(fields) => Ok(Payload { fields, bytes }),
            Value::Text(_) | Value::Integer(_) | Value::List(_) => {
                Err(NotCanonical { offset: 0, problem: "a payload is an object of named fields" })
            }
        }
    }

    /// The canonical bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The canonical bytes, kept.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The value.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Fields(self.fields)
    }

    /// The commitment to this payload under this salt.
    #[must_use]
    pub fn commit(&self, salt: &Salt) -> [u8; 32] {
        root(&self.leaves(salt))
    }

    /// Opens one field: everything that a stranger needs to check it against the commitment, and nothing of the others
    /// but how many they are. None if there is no such field.
    #[must_use]
    pub fn open_field(&self, salt: &Salt, name: &str) -> Option<OpenedField> {
        let index = self.fields.keys().position(|field| field == name)?;
        let leaves = self.leaves(salt);
        Some(OpenedField {
            name: name.to_owned(),
            value: self.fields.get(name)?.clone(),
            salt: field_salt(salt, name),
            index,
            count: leaves.len(),
            path: path(&leaves, index),
        })
    }

    fn leaves(&self, salt: &Salt) -> Vec<[u8; 32]> {
        self.fields.iter().map(|(name, value)| leaf(&field_salt(salt, name), name, value)).collect()
    }
}

/// One field of a payload with the proof that it was committed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedField {
    /// Name of the field.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Its own salt, which tells nothing of the salts of other fields.
    pub salt: Salt,
    /// Its place among the fields, from 0, in the order of their names.
    pub index: usize,
    /// Number of fields.
    pub count: usize,
    /// Sibling hashes, lowest first.
    pub path: Vec<[u8; 32]>,
}

/// Why an opened field is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldNotCommitted {
    /// What is wrong with it.
    pub problem: &'static str,
}

impl fmt::Display for FieldNotCommitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field does not belong to this commitment: {}", self.problem)
    }
}

impl std::error::Error for FieldNotCommitted {}

/// Checks an opened field against the commitment of an envelope.
///
/// # Errors
/// [`FieldNotCommitted`] when anything in it differs from what was committed to.
pub fn verify_field(commitment: &[u8; 32], field: &OpenedField) -> Result<(), FieldNotCommitted> {
    let fail = |problem| Err(FieldNotCommitted { problem });
    if field.index >= field.count || field.count > MAX_BYTES {
        return fail("the place is not below the number of fields");
    }
    if field.name.len() > MAX_NAME_BYTES || decode(&encode(&field.value)).is_err() {
        return fail("the name or value leaves the limits of the format");
    }
    // Down from the root, where the halves are known, then up with the hashes.
    let (mut start, mut end) = (0, field.count);
    let mut turns = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        let left = field.index < middle;
        turns.push(left);
        if left { end = middle } else { start = middle }
    }
    if turns.len() != field.path.len() {
        return fail("the proof has the wrong length");
    }
    let first = leaf(&field.salt, &field.name, &field.value);
    let hash = turns
        .iter()
        .rev()
        .zip(&field.path)
        .fold(first, |hash, (left, sibling)| if *left { node(&hash, sibling) } else { node(sibling, &hash) });
    if hash == *commitment { Ok(()) } else { fail("name, value, salt or proof was changed") }
}

/// Salt of one field: HMAC-SHA256 with the entry's salt as key over the field's name.
fn field_salt(salt: &Salt, name: &str) -> Salt {
    hmac(salt, name.as_bytes())
}

/// SHA-256 over `0x00`, the field's salt, the name's length in two bytes, the name, and the value's canonical bytes.
fn leaf(salt: &Salt, name: &str, value: &Value) -> [u8; 32] {
    let length = u16::try_from(name.len()).expect("invariant: names of a payload have at most 1,024 bytes");
    Sha256::new()
        .chain_update([0])
        .chain_update(salt)
        .chain_update(length.to_be_bytes())
        .chain_update(name)
        .chain_update(encode(value))
        .finalize()
        .into()
}

/// SHA-256 over `0x01`, left and right.
fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root in the shape of RFC 6962: the left half is the largest power of two below the whole.
fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

fn path(leaves: &[[u8; 32]], index: usize) -> Vec<[u8; 32]> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    let (mut path, sibling) =
        if index < middle { (path(left, index), root(right)) } else { (path(right, index - middle), root(left)) };
    path.push(sibling);
    path
}

fn split(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

/// HMAC-SHA256 (RFC 2104) for keys of at most one block of the hash.
#[must_use]
pub fn hmac<const N: usize>(key: &[u8; N], message: &[u8]) -> [u8; 32] {
    const { assert!(N <= 64, "a longer key would have to be hashed first") };
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(count: usize) -> Payload {
        let fields = (0..count).map(|n| (format!("field-{n:02}"), Value::Integer(n as i64)));
        Payload::new(&Value::Fields(fields.collect())).expect("a small payload")
    }

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let hex: String = hmac(&key, b"Hi There").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn every_field_opens_and_no_other_value_does() {
        let salt = [7; 32];
        for count in 1..=17 {
            let payload = payload(count);
            let commitment = payload.commit(&salt);
            for name in payload.fields.keys() {
                let opened = payload.open_field(&salt, name).expect("the field is there");
                assert_eq!(verify_field(&commitment, &opened), Ok(()));
                let changed = [
                    OpenedField { value: Value::Integer(-1), ..opened.clone() },
                    OpenedField { name: format!("{name}x"), ..opened.clone() },
                    OpenedField { salt: [8; 32], ..opened.clone() },
                    OpenedField { index: opened.index + 1, ..opened.clone() },
                    OpenedField { count: opened.count * 2 + 1, ..opened.clone() },
                    OpenedField { path: [opened.path.clone(), vec![[0; 32]]].concat(), ..opened.clone() },
                ];
                for (number, opened) in changed.iter().enumerate() {
                    assert!(verify_field(&commitment, opened).is_err(), "change {number} of {name} in {count}");
                }
            }
        }
    }

    #[test]
    fn a_payload_has_named_fields() {
        assert_eq!(Payload::new(&Value::Integer(1)).map_err(|error| error.offset), Err(0));
        let long = Value::Fields([("n".repeat(MAX_NAME_BYTES + 1), Value::Integer(1))].into());
        assert!(Payload::new(&long).is_err());
        assert_eq!(payload(3).open_field(&[0; 32], "absent"), None);
    }

    proptest! {
        #[test]
        fn another_salt_or_payload_is_another_commitment(a in 0usize..20, b in 0usize..20, salt: [u8; 32], other: [u8; 32]) {
            prop_assert_eq!(a == b, payload(a).commit(&salt) == payload(b).commit(&salt));
            prop_assert_eq!(a == 0 || salt == other, payload(a).commit(&salt) == payload(a).commit(&other));
        }
    }
}
