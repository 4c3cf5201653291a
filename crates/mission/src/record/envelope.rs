//! The public half of an entry: what kind, by whom, when received, who may read, and a commitment to what it says.
//!
//! Takes an envelope and the author's key and gives the leaf of the log; takes a leaf, possibly hostile, and gives the
//! envelope and the verdict on its signature. Never holds free text, a place or a file name: a leaf is public for ever.
//!
//! Format 1 is signed where it is received. Format 2 is signed elsewhere, as a statement that its author numbered, and when it was
//! received stands after the signature: the author cannot know it, and the log's own signature covers it.

use super::canonical::{NotCanonical, Value, decode, encode};
use super::hex::{bytes_of_hex, hex};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The format of what is signed where it is received.
pub const FORMAT: i64 = 1;
/// The format of what is signed elsewhere.
pub const STATEMENT_FORMAT: i64 = 2;
/// Longest leaf, set by the length field of the log's bundles.
pub const MAX_LEAF_BYTES: usize = 65_535;
/// Longest kind, in bytes.
pub const MAX_KIND_BYTES: usize = 64;
/// Longest statement: a leaf, less the line of when it was received.
pub const MAX_STATEMENT_BYTES: usize = MAX_LEAF_BYTES - 21;
/// What the author signs begins with this line, so that no other signature can be passed off as one.
const DOMAIN: &[u8] = b"backstop-entry/1\n";
/// The same for a statement.
const STATEMENT_DOMAIN: &[u8] = b"backstop-entry/2\n";
/// Base64 of a signature's 64 bytes.
const SIGNATURE_CHARACTERS: usize = 88;

/// Who may read the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Everyone.
    Public,
    /// Those who work in the mission.
    Mission,
    /// Those named for the case.
    Restricted,
}

impl Class {
    /// All classes, widest first.
    pub const ALL: [Class; 3] = [Class::Public, Class::Mission, Class::Restricted];

    /// The word used in envelopes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Class::Public => "public",
            Class::Mission => "mission",
            Class::Restricted => "restricted",
        }
    }

    /// The class that the word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// Name of an author's key: the first 16 bytes of SHA-256 over the public key, so that nobody can make two keys of one
/// name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 16]);

impl KeyId {
    /// The name of a key.
    #[must_use]
    pub fn of(key: &VerifyingKey) -> KeyId {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        KeyId(*digest.first_chunk().expect("invariant: a SHA-256 hash has 32 bytes"))
    }

    /// Reads 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<KeyId> {
        bytes_of_hex(text).map(KeyId)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The public half of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What kind of thing the payload says: lower-case letters, digits, `.` and `-`.
    pub kind: String,
    /// Whose signature the leaf carries.
    pub author: KeyId,
    /// Who may read the payload.
    pub class: Class,
    /// When the entry came in, in milliseconds since 1970-01-01 UTC.
    pub received_at_ms: i64,
    /// Root over the salted fields of the payload.
    pub commitment: [u8; 32],
    /// Where an author elsewhere signed it, as a statement: none for an entry that was signed where it was received.
    pub written: Option<Written>,
}

/// What an author elsewhere says of their statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number among the author's statements, from 1, without a gap: so that one that was lost is missed, and one that is
    /// sent twice is known again.
    pub number: u64,
    /// When it was written by the author's clock, in milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
}

/// Why bytes are not an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Not canonical JSON, an end of line, a signature in base64, an end of line.
    Shape(&'static str),
    /// The JSON is not canonical.
    Canonical(NotCanonical),
    /// A field is missing, too many, or not as the format says.
    Field(&'static str),
    /// A format that is not known here.
    UnknownFormat(i64),
    /// The key is not the author's.
    OtherAuthor {
        /// The author that the envelope names.
        author: KeyId,
        /// The key that was tried.
        tried: KeyId,
    },
    /// The author's key did not sign these bytes.
    BadSignature(KeyId),
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvelopeError::Shape(problem) => write!(f, "not an entry: {problem}"),
            EnvelopeError::Canonical(error) => write!(f, "envelope {error}"),
            EnvelopeError::Field(problem) => write!(f, "envelope: {problem}"),
            EnvelopeError::UnknownFormat(format) => {
                write!(f, "envelope of format `{format}`; read it with a newer Backstop")
            }
            EnvelopeError::OtherAuthor { author, tried } => {
                write!(f, "the entry is signed by key `{author}`, not by `{tried}`")
            }
            EnvelopeError::BadSignature(author) => {
                write!(f, "the signature of key `{author}` does not match the envelope")
            }
        }
    }
}

impl std::error::Error for EnvelopeError {}

/// Signs an envelope where it is received, and gives the leaf of the log.
///
/// # Errors
/// When the kind is not as the format says, the key is not the author's, or the envelope is of a statement.
pub fn seal(envelope: &Envelope, key: &SigningKey) -> Result<Vec<u8>, EnvelopeError> {
    if envelope.written.is_some() {
        return Err(EnvelopeError::Field("a statement is signed by its author, before it is received"));
    }
    sign(envelope, key)
}

/// Signs a statement, which another then receives. What the envelope says of when it was received is left out.
///
/// # Errors
/// When the kind is not as the format says, the key is not the author's, or there is no number.
pub fn state(envelope: &Envelope, key: &SigningKey) -> Result<Vec<u8>, EnvelopeError> {
    if envelope.written.is_none_or(|written| !(1..=i64::MAX as u64).contains(&written.number)) {
        return Err(EnvelopeError::Field("a statement has a number, from 1"));
    }
    sign(envelope, key)
}

/// The leaf of a statement that was received at this time. What it says of itself is not looked at.
#[must_use]
pub fn receive(statement: &[u8], received_at_ms: i64) -> Vec<u8> {
    [statement, format!("{received_at_ms}\n").as_bytes()].concat()
}

/// What an author elsewhere signed, of a leaf: without the line of when it was received. None for other leaves.
#[must_use]
pub fn statement_of(leaf: &[u8]) -> Option<&[u8]> {
    split(leaf).ok().filter(|parts| parts.received.is_some()).map(|parts| parts.signed)
}

fn sign(envelope: &Envelope, key: &SigningKey) -> Result<Vec<u8>, EnvelopeError> {
    let tried = KeyId::of(&key.verifying_key());
    if tried != envelope.author {
        return Err(EnvelopeError::OtherAuthor { author: envelope.author, tried });
    }
    check_kind(&envelope.kind)?;
    let mut leaf = encode(&to_value(envelope));
    let signature = key.sign(&[domain(envelope), &leaf].concat());
    leaf.push(b'\n');
    leaf.extend(BASE64_STANDARD.encode(signature.to_bytes()).into_bytes());
    leaf.push(b'\n');
    Ok(leaf)
}

fn domain(envelope: &Envelope) -> &'static [u8] {
    if envelope.written.is_some() { STATEMENT_DOMAIN } else { DOMAIN }
}

/// Takes a leaf apart; nothing in it is believed yet.
///
/// # Errors
/// What makes the bytes no entry.
pub fn open(leaf: &[u8]) -> Result<(Envelope, Signature), EnvelopeError> {
    read(leaf).map(|(envelope, parts)| (envelope, parts.signature))
}

fn read(leaf: &[u8]) -> Result<(Envelope, Parts<'_>), EnvelopeError> {
    let parts = split(leaf)?;
    let envelope = from_value(decode(parts.json).map_err(EnvelopeError::Canonical)?, parts.received)?;
    Ok((envelope, parts))
}

/// Takes a leaf apart and believes it only if this key is its author's and signed it.
///
/// # Errors
/// What makes the leaf unbelievable.
pub fn verify(leaf: &[u8], key: &VerifyingKey) -> Result<Envelope, EnvelopeError> {
    let (envelope, parts) = read(leaf)?;
    let tried = KeyId::of(key);
    if envelope.author != tried {
        return Err(EnvelopeError::OtherAuthor { author: envelope.author, tried });
    }
    let signed = [domain(&envelope), parts.json].concat();
    key.verify_strict(&signed, &parts.signature).map_err(|_| EnvelopeError::BadSignature(tried))?;
    Ok(envelope)
}

/// The parts of a leaf.
struct Parts<'a> {
    json: &'a [u8],
    signature: Signature,
    /// Envelope and signature, each with its end of line.
    signed: &'a [u8],
    /// When it was received, where that stands after the signature.
    received: Option<i64>,
}

fn split(leaf: &[u8]) -> Result<Parts<'_>, EnvelopeError> {
    if leaf.len() > MAX_LEAF_BYTES {
        return Err(EnvelopeError::Shape("a leaf has at most 65,535 bytes"));
    }
    // Canonical JSON has no end of line within.
    let end = leaf.iter().position(|byte| *byte == b'\n').ok_or(EnvelopeError::Shape("the leaf is too short"))?;
    let (json, rest) = (&leaf[..end], &leaf[end + 1..]);
    let encoded = rest.get(..SIGNATURE_CHARACTERS).ok_or(EnvelopeError::Shape("the leaf is too short"))?;
    let rest = rest[SIGNATURE_CHARACTERS..].strip_prefix(b"\n");
    let rest = rest.ok_or(EnvelopeError::Shape("envelope and signature each end with an end of line"))?;
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| EnvelopeError::Shape("the signature is not base64"))?;
    let signature =
        Signature::from_slice(&bytes).map_err(|_| EnvelopeError::Shape("the signature has not 64 bytes"))?;
    let received = if rest.is_empty() { None } else { Some(parse_received(rest)?) };
    Ok(Parts { json, signature, signed: &leaf[..leaf.len() - rest.len()], received })
}

/// The one way to write when a statement was received.
fn parse_received(line: &[u8]) -> Result<i64, EnvelopeError> {
    let digits = line.strip_suffix(b"\n").and_then(|digits| std::str::from_utf8(digits).ok());
    let received = digits.and_then(|digits| digits.parse::<i64>().ok().filter(|ms| ms.to_string() == digits));
    received.ok_or(EnvelopeError::Shape("after the signature stands when it was received, and an end of line"))
}

fn to_value(envelope: &Envelope) -> Value {
    let mut fields = BTreeMap::from([
        ("author".to_owned(), Value::Text(envelope.author.to_string())),
        ("class".to_owned(), Value::Text(envelope.class.word().to_owned())),
        ("commitment".to_owned(), Value::Text(hex(&envelope.commitment))),
        ("kind".to_owned(), Value::Text(envelope.kind.clone())),
    ]);
    let mut number = |name: &str, value| fields.insert(name.to_owned(), Value::Integer(value));
    match envelope.written {
        None => {
            number("format", FORMAT);
            number("received_at_ms", envelope.received_at_ms);
        }
        Some(written) => {
            number("format", STATEMENT_FORMAT);
            number("number", i64::try_from(written.number).unwrap_or(i64::MAX));
            number("written_at_ms", written.at_ms);
        }
    }
    Value::Fields(fields)
}

fn from_value(value: Value, received: Option<i64>) -> Result<Envelope, EnvelopeError> {
    let Value::Fields(mut fields) = value else { return Err(EnvelopeError::Field("an envelope is an object")) };
    let format = match fields.remove("format") {
        Some(Value::Integer(format @ (FORMAT | STATEMENT_FORMAT))) => format,
        Some(Value::Integer(other)) => return Err(EnvelopeError::UnknownFormat(other)),
        Some(Value::Text(_) | Value::List(_) | Value::Fields(_)) | None => {
            return Err(EnvelopeError::Field("`format` must be a whole number"));
        }
    };
    let mut text = |name, problem| match fields.remove(name) {
        Some(Value::Text(text)) => Ok(text),
        Some(Value::Integer(_) | Value::List(_) | Value::Fields(_)) | None => Err(EnvelopeError::Field(problem)),
    };
    let author = text("author", "`author` must be a text")?;
    let class = text("class", "`class` must be a text")?;
    let commitment = text("commitment", "`commitment` must be a text")?;
    let kind = text("kind", "`kind` must be a text")?;
    let mut number = |name, problem| match fields.remove(name) {
        Some(Value::Integer(number)) => Ok(number),
        Some(Value::Text(_) | Value::List(_) | Value::Fields(_)) | None => Err(EnvelopeError::Field(problem)),
    };
    let (received_at_ms, written) = match (format, received) {
        (FORMAT, None) => (number("received_at_ms", "`received_at_ms` must be a whole number")?, None),
        (FORMAT, Some(_)) => return Err(EnvelopeError::Shape("format 1 ends with the signature")),
        (_, None) => return Err(EnvelopeError::Shape("after the signature stands when it was received")),
        (_, Some(received_at_ms)) => {
            let problem = "`number` must be a whole number from 1";
            let at_ms = number("written_at_ms", "`written_at_ms` must be a whole number")?;
            let number = u64::try_from(number("number", problem)?).ok().filter(|number| *number > 0);
            (received_at_ms, Some(Written { number: number.ok_or(EnvelopeError::Field(problem))?, at_ms }))
        }
    };
    if !fields.is_empty() {
        return Err(EnvelopeError::Field("the format has no other fields"));
    }
    check_kind(&kind)?;
    Ok(Envelope {
        kind,
        author: KeyId::parse(&author).ok_or(EnvelopeError::Field("`author` must be 32 lower-case hex digits"))?,
        class: Class::from_word(&class)
            .ok_or(EnvelopeError::Field("`class` must be `public`, `mission` or `restricted`"))?,
        received_at_ms,
        commitment: bytes_of_hex(&commitment)
            .ok_or(EnvelopeError::Field("`commitment` must be 64 lower-case hex digits"))?,
        written,
    })
}

fn check_kind(kind: &str) -> Result<(), EnvelopeError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    if kind.is_empty() || kind.len() > MAX_KIND_BYTES || !kind.bytes().all(allowed) {
        return Err(EnvelopeError::Field("`kind` must be 1 to 64 lower-case letters, digits, `.` and `-`"));
    }
    Ok(())
}

/// First word of the line with an author's public key.
const PUBLIC_AUTHOR: &str = "backstop-author/1";

/// The public key of an author as a line of text, as files in `keys/` have it; without its end.
#[must_use]
pub fn author_line(key: &VerifyingKey) -> String {
    format!("{PUBLIC_AUTHOR} {} {}", KeyId::of(key), BASE64_STANDARD.encode(key.as_bytes()))
}

/// Reads the line of an author's public key; weak keys and wrong names are none.
#[must_use]
pub fn parse_author_line(line: &str) -> Option<(KeyId, VerifyingKey)> {
    let mut words = line.split(' ');
    let (word, id, key) = (words.next()?, words.next()?, words.next()?);
    let key = parse_key(key)?;
    let believed = word == PUBLIC_AUTHOR && words.next().is_none() && KeyId::parse(id) == Some(KeyId::of(&key));
    believed.then(|| (KeyId::of(&key), key))
}

/// Reads a public key in base64; a weak one is none.
pub(super) fn parse_key(text: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(&BASE64_STANDARD.decode(text).ok()?.try_into().ok()?).ok().filter(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[9; 32])
    }

    fn envelope() -> Envelope {
        Envelope {
            kind: "observation".into(),
            author: KeyId::of(&key().verifying_key()),
            class: Class::Mission,
            received_at_ms: 1_775_900_000_000,
            commitment: [0xab; 32],
            written: None,
        }
    }

    fn statement() -> Envelope {
        Envelope { written: Some(Written { number: 7, at_ms: 1_775_899_990_000 }), ..envelope() }
    }

    #[test]
    fn a_statement_comes_back_with_when_it_was_received() {
        let signed = state(&statement(), &key()).expect("signed");
        let leaf = receive(&signed, 1_775_900_000_000);
        assert_eq!(verify(&leaf, &key().verifying_key()), Ok(statement()));
        assert_eq!(statement_of(&leaf), Some(signed.as_slice()));
        // Received later, it is the same statement in another leaf.
        let later = receive(&signed, 1_775_900_000_001);
        assert_eq!(statement_of(&later), Some(signed.as_slice()));
        assert!(open(&signed).is_err(), "nobody has received it");
        for wrong in ["", "01\n", "+1\n", "-0\n", "1", "1\n\n", "9223372036854775808\n", "1 \n", "\n"] {
            assert!(open(&[signed.as_slice(), wrong.as_bytes()].concat()).is_err(), "{wrong:?}");
        }
        assert!(state(&envelope(), &key()).is_err(), "it has no number");
        assert!(seal(&statement(), &key()).is_err(), "it is not for the receiver to sign");
        assert_eq!(statement_of(&seal(&envelope(), &key()).expect("sealed")), None);
        let longest = Envelope { kind: "k".repeat(MAX_KIND_BYTES), ..statement() };
        assert!(state(&longest, &key()).expect("signed").len() < MAX_STATEMENT_BYTES);
    }

    #[test]
    fn no_format_passes_for_the_other() {
        let (one, two) = (seal(&envelope(), &key()).expect("sealed"), state(&statement(), &key()).expect("signed"));
        let public = key().verifying_key();
        assert!(verify(&receive(&one, 5), &public).is_err());
        assert!(verify(&two, &public).is_err());
    }

    #[test]
    fn no_changed_byte_of_a_statement_is_believed_but_when_it_was_received() {
        let signed = state(&statement(), &key()).expect("signed");
        let leaf = receive(&signed, 1_775_900_000_000);
        let public = key().verifying_key();
        for at in 0..leaf.len() {
            for mask in [1, 0x20, 0x80, 0xff] {
                let mut changed = leaf.clone();
                changed[at] ^= mask;
                // That line is the receiver's word; the log's signature covers it.
                if let Ok(envelope) = verify(&changed, &public) {
                    assert!(at >= signed.len(), "byte {at} changed by {mask:#x}");
                    assert_eq!(
                        Envelope { received_at_ms: 0, ..envelope },
                        Envelope { received_at_ms: 0, ..statement() }
                    );
                }
            }
            assert!(verify(&leaf[..at], &public).is_err());
        }
    }

    #[test]
    fn a_leaf_comes_back() {
        let leaf = seal(&envelope(), &key()).expect("sealed");
        assert_eq!(verify(&leaf, &key().verifying_key()), Ok(envelope()));
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
        assert!(matches!(verify(&leaf, &other), Err(EnvelopeError::OtherAuthor { .. })));
        assert!(seal(&Envelope { kind: "Not allowed".into(), ..envelope() }, &key()).is_err());
        assert!(seal(&envelope(), &SigningKey::from_bytes(&[8; 32])).is_err());
    }

    #[test]
    fn no_changed_byte_and_no_shorter_or_longer_leaf_is_believed() {
        let leaf = seal(&envelope(), &key()).expect("sealed");
        let public = key().verifying_key();
        for at in 0..leaf.len() {
            for mask in [1, 0x20, 0x80, 0xff] {
                let mut changed = leaf.clone();
                changed[at] ^= mask;
                assert!(verify(&changed, &public).is_err(), "byte {at} changed by {mask:#x}");
            }
            assert!(verify(&leaf[..at], &public).is_err());
        }
        assert!(verify(&[leaf.as_slice(), b"\n"].concat(), &public).is_err());
        assert!(verify(&[b"a", leaf.as_slice()].concat(), &public).is_err());
    }

    fn check(json: &str, problem: &str) {
        let mut leaf = json.as_bytes().to_vec();
        leaf.push(b'\n');
        leaf.extend(BASE64_STANDARD.encode([1; 64]).into_bytes());
        leaf.push(b'\n');
        let error = open(&leaf).expect_err(json).to_string();
        assert!(error.contains(problem), "{json}: {error}");
    }

    #[test]
    fn an_envelope_says_what_is_wrong_with_it() {
        let good = String::from_utf8(encode(&to_value(&envelope()))).expect("UTF-8");
        check("", "ends too early");
        check("[]", "an object");
        check("{}", "`format` must be");
        check(&good.replace("\"format\":1", "\"format\":3"), "newer Backstop");
        check(&good.replace("\"format\":1", "\"format\":2"), "when it was received");
        check(&good.replace("\"mission\"", "\"secret\""), "`class` must be");
        check(&good.replace("abab", "ABAB"), "`commitment` must be");
        check(&good.replace("observation", "obs ervation"), "`kind` must be");
        check(&good.replace("1775900000000", "\"now\""), "`received_at_ms` must be");
        check(&good.replace('}', ",\"z\":1}"), "no other fields");
        check(&good.replace(':', ": "), "canonical");
    }
}
