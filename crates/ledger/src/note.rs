//! Takes text and keys; gives signed notes (c2sp.org/signed-note) and the verdict on their signatures, Ed25519 by a log and
//! `cosignature/v1` by a witness (c2sp.org/tlog-cosignature). Never shows the text of a note as trusted before a known key
//! has signed it, and never prints a secret key unless asked for it by name.

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// Longest note that is read.
pub const MAX_NOTE_BYTES: usize = 1_000_000;
/// Most signatures that are read in one note.
pub const MAX_SIGNATURES: usize = 100;

/// What a signature says, and over which bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Type `0x01`: Ed25519 over the text.
    Ed25519,
    /// Type `0x04`: Ed25519 by a witness over a header, a time and the text.
    CosignatureV1,
}

impl Algorithm {
    fn type_byte(self) -> u8 {
        match self {
            Algorithm::Ed25519 => 0x01,
            Algorithm::CosignatureV1 => 0x04,
        }
    }
}

/// A public key with the name it signs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingIdentity {
    name: String,
    algorithm: Algorithm,
    key: VerifyingKey,
}

impl VerifyingIdentity {
    /// A key under a name.
    ///
    /// # Errors
    /// [`Error::Key`] when the name is empty or has a space or a plus sign, or the key is not the canonical encoding of its
    /// point.
    pub fn new(name: &str, algorithm: Algorithm, key: VerifyingKey) -> Result<Self, Error> {
        check_name(name)?;
        if key.to_edwards().compress().as_bytes() != key.as_bytes() {
            return Err(Error::Key { problem: "the key is another spelling of its point (RFC 8032, 5.1.3)" });
        }
        Ok(VerifyingIdentity { name: name.to_owned(), algorithm, key })
    }

    /// Reads `name+key id+base64`, a "vkey".
    ///
    /// # Errors
    /// [`Error::Key`] with the rule broken; a weak (small-order) key is refused as well.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::Key { problem: "a public key reads `name+key id+base64`" });
        };
        let (algorithm, bytes) = parse_key_bytes(key)?;
        let key =
            VerifyingKey::from_bytes(&bytes).map_err(|_| Error::Key { problem: "the key is no point of the curve" })?;
        if key.is_weak() {
            return Err(Error::Key { problem: "the key is weak: anyone can sign for it" });
        }
        let identity = VerifyingIdentity::new(name, algorithm, key)?;
        if hex(&identity.key_id()) != id {
            return Err(Error::Key { problem: "the key id does not belong to this name and key" });
        }
        Ok(identity)
    }

    /// The name the key signs under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures say.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key itself.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// First four bytes of SHA-256 over the name, a newline, the type byte and the key: a hint, not an identity.
    pub fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, self.algorithm, &self.key)
    }
}

impl fmt::Display for VerifyingIdentity {
    /// The vkey text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex(&self.key_id()), key_base64(self.algorithm, self.key.as_bytes()))
    }
}

/// A secret Ed25519 key with the name it signs under; [`fmt::Debug`] shows the public half only.
#[derive(Clone)]
pub struct SigningIdentity {
    public: VerifyingIdentity,
    key: SigningKey,
}

impl SigningIdentity {
    /// A log's key under a name.
    ///
    /// # Errors
    /// [`Error::Key`] when the name is empty or has a space or a plus sign.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, Error> {
        SigningIdentity::new_as(name, Algorithm::Ed25519, key)
    }

    fn new_as(name: &str, algorithm: Algorithm, key: SigningKey) -> Result<Self, Error> {
        let public = VerifyingIdentity::new(name, algorithm, key.verifying_key())?;
        Ok(SigningIdentity { public, key })
    }

    /// Reads `PRIVATE+KEY+name+key id+base64`, an "skey".
    ///
    /// # Errors
    /// [`Error::Key`] with the rule broken.
    pub fn parse(text: &str) -> Result<Self, Error> {
        SigningIdentity::parse_as(text, Algorithm::Ed25519)
    }

    fn parse_as(text: &str, expected: Algorithm) -> Result<Self, Error> {
        let shape = Error::Key { problem: "a secret key reads `PRIVATE+KEY+name+key id+base64`" };
        let mut parts = text.strip_prefix("PRIVATE+KEY+").ok_or(shape.clone())?.splitn(3, '+');
        let (Some(name), Some(id), Some(seed)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(shape);
        };
        let (algorithm, seed) = parse_key_bytes(seed)?;
        if algorithm != expected {
            return Err(Error::Key {
                problem: "a log's secret key has type 1 (Ed25519), a witness's type 4 (cosignature)",
            });
        }
        let identity = SigningIdentity::new_as(name, expected, SigningKey::from_bytes(&seed))?;
        if hex(&identity.public.key_id()) != id {
            return Err(Error::Key { problem: "the key id does not belong to this name and key" });
        }
        Ok(identity)
    }

    /// The skey text. Whoever holds it signs as this log.
    pub fn secret_text(&self) -> String {
        let public = &self.public;
        let seed = key_base64(public.algorithm, self.key.as_bytes());
        format!("PRIVATE+KEY+{}+{}+{seed}", public.name, hex(&public.key_id()))
    }

    /// The public half.
    pub fn public(&self) -> &VerifyingIdentity {
        &self.public
    }

    /// Signs a text, which must end in a newline and hold no other control character, and gives the note.
    ///
    /// # Errors
    /// [`Error::Note`] when the text may not stand in a note.
    pub fn sign(&self, text: &str) -> Result<String, Error> {
        check_text(text)?;
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        Ok(format!("{text}\n{}", self.signature(bytes)))
    }

    fn signature(&self, bytes: Vec<u8>) -> Signature {
        Signature { name: self.public.name.clone(), key_id: self.public.key_id(), bytes }
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningIdentity({})", self.public)
    }
}

/// A witness's secret key with the name it cosigns under; [`fmt::Debug`] shows the public half only.
#[derive(Clone, Debug)]
pub struct WitnessIdentity(SigningIdentity);

impl WitnessIdentity {
    /// A witness's key under a name. One key has one name: the bytes it signs do not carry the name.
    ///
    /// # Errors
    /// [`Error::Key`] when the name is empty or has a space or a plus sign.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, Error> {
        Ok(WitnessIdentity(SigningIdentity::new_as(name, Algorithm::CosignatureV1, key)?))
    }

    /// Reads an "skey" of type 4.
    ///
    /// # Errors
    /// [`Error::Key`] with the rule broken.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Ok(WitnessIdentity(SigningIdentity::parse_as(text, Algorithm::CosignatureV1)?))
    }

    /// The skey text. Whoever holds it cosigns as this witness.
    pub fn secret_text(&self) -> String {
        self.0.secret_text()
    }

    /// The public half.
    pub fn public(&self) -> &VerifyingIdentity {
        self.0.public()
    }

    /// The cosignature of the text of a checkpoint: one signature line, to stand under the note. It says that at `time_s`,
    /// in seconds since 1970-01-01 UTC, this was the largest consistent tree that the witness had seen of the log.
    ///
    /// # Errors
    /// [`Error::Note`] when the text may not stand in a note, or the time is above 2^63 - 1.
    pub fn cosign(&self, text: &str, time_s: u64) -> Result<String, Error> {
        check_text(text)?;
        if i64::try_from(time_s).is_err() {
            return Err(Error::Note { line: 1, problem: "the time of a cosignature must be below 2^63 seconds" });
        }
        let mut bytes = time_s.to_be_bytes().to_vec();
        bytes.extend(self.0.key.sign(cosigned_message(time_s, text).as_bytes()).to_bytes());
        Ok(self.0.signature(bytes).to_string())
    }
}

/// A note taken apart; nothing in it is trusted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

/// A signature by a known key that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Name of the key.
    pub name: String,
    /// What was said.
    pub algorithm: Algorithm,
    /// For a cosignature, when it was given, in seconds since 1970-01-01 UTC.
    pub time_s: Option<u64>,
}

impl Note {
    /// Takes a note apart.
    ///
    /// # Errors
    /// [`Error::Note`] with the line and the rule broken.
    pub fn parse(bytes: &[u8]) -> Result<Note, Error> {
        let fail = |line, problem| Error::Note { line, problem };
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(fail(1, "the note is longer than 1,000,000 bytes"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            fail(line, "the bytes are not UTF-8")
        })?;
        let split = whole.rfind("\n\n").ok_or(fail(1, "no empty line between text and signatures"))?;
        let (text, lines) = (&whole[..split + 1], &whole[split + 2..]);
        check_text(text)?;
        let first_line = text.matches('\n').count() + 2;
        let lines = lines.strip_suffix('\n').ok_or(fail(first_line, "the last line must end"))?;
        let mut signatures = Vec::new();
        for (number, line) in lines.split('\n').enumerate() {
            let fail = |problem| fail(first_line + number, problem);
            if signatures.len() == MAX_SIGNATURES {
                return Err(fail("more than 100 signatures"));
            }
            signatures.push(Signature::parse(line).map_err(fail)?);
        }
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// Checks the signatures of the known keys, and gives the text with every signature that holds. Signatures by other
    /// keys are ignored.
    ///
    /// # Errors
    /// [`Error::BadSignature`] when one known key's signature fails, [`Error::SignedTwice`] when a log's has two lines,
    /// [`Error::NotSigned`] when there is none.
    pub fn verify(&self, known: &[VerifyingIdentity]) -> Result<(&str, Vec<Verified>), Error> {
        let mut verified: Vec<Verified> = Vec::new();
        for (_, found) in self.check(known)? {
            if !verified.contains(&found) {
                verified.push(found);
            }
        }
        Ok((&self.text, verified))
    }

    /// The note with the signatures of the known keys alone, each line once.
    ///
    /// # Errors
    /// As for [`Note::verify`].
    pub fn signed_by(&self, known: &[VerifyingIdentity]) -> Result<String, Error> {
        let mut lines: Vec<String> = Vec::new();
        for (signature, _) in self.check(known)? {
            let line = signature.to_string();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        Ok(format!("{}\n{}", self.text, lines.concat()))
    }

    /// Which log the first line says this is a checkpoint of: a claim, good for looking up that log's key and no more.
    pub fn claimed_origin(&self) -> &str {
        self.text.split('\n').next().unwrap_or_default()
    }

    /// The text, which nobody may have signed.
    pub(crate) fn claimed_text(&self) -> &str {
        &self.text
    }

    /// The names and key ids under the note, in their order. Nothing says that these keys signed it.
    pub fn claimed_signers(&self) -> impl Iterator<Item = (&str, [u8; 4])> {
        self.signatures.iter().map(|signature| (signature.name.as_str(), signature.key_id))
    }

    fn check(&self, known: &[VerifyingIdentity]) -> Result<Vec<(&Signature, Verified)>, Error> {
        let mut checked: Vec<(&Signature, Verified)> = Vec::new();
        for signature in &self.signatures {
            let same = |key: &&VerifyingIdentity| key.name == signature.name && key.key_id() == signature.key_id;
            if let Some(identity) = known.iter().find(same) {
                // A witness may cosign again, at a later time; a log signs a text once.
                let again = checked
                    .iter()
                    .any(|(before, _)| before.key_id == signature.key_id && before.name == signature.name);
                if again && identity.algorithm == Algorithm::Ed25519 {
                    return Err(Error::SignedTwice { key: identity.name.clone() });
                }
                let time_s = signature.check(identity, &self.text)?;
                let found = Verified { name: identity.name.clone(), algorithm: identity.algorithm, time_s };
                checked.push((signature, found));
            }
        }
        if checked.is_empty() { Err(Error::NotSigned) } else { Ok(checked) }
    }
}

impl fmt::Display for Signature {
    /// The signature line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.bytes].concat();
        writeln!(f, "— {} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl Signature {
    fn parse(line: &str) -> Result<Signature, &'static str> {
        let rest = line.strip_prefix("— ").ok_or("a signature line begins with an em dash and a space")?;
        let (name, encoded) = rest.split_once(' ').ok_or("a signature line reads `— name base64`")?;
        check_name(name).map_err(|_| "the key's name is empty or has a space or a plus sign")?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| "the signature is not base64")?;
        match bytes.split_first_chunk() {
            Some((key_id, bytes)) if !bytes.is_empty() => {
                Ok(Signature { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
            }
            Some(_) | None => Err("the signature is too short"),
        }
    }

    /// Checks this signature by the identity it names; gives the time of a cosignature.
    fn check(&self, identity: &VerifyingIdentity, text: &str) -> Result<Option<u64>, Error> {
        let bad = || Error::BadSignature { key: identity.name.clone() };
        let (time_s, signature, message) = match identity.algorithm {
            Algorithm::Ed25519 => (None, self.bytes.as_slice(), text.to_owned()),
            Algorithm::CosignatureV1 => {
                let (time, signature) = self.bytes.split_first_chunk().ok_or_else(bad)?;
                let time_s = u64::from_be_bytes(*time);
                if i64::try_from(time_s).is_err() {
                    return Err(bad());
                }
                (Some(time_s), signature, cosigned_message(time_s, text))
            }
        };
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| bad())?;
        identity.key.verify_strict(message.as_bytes(), &signature).map_err(|_| bad())?;
        Ok(time_s)
    }
}

/// The bytes a witness signs: two lines before the text of the checkpoint.
pub fn cosigned_message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

fn key_id(name: &str, algorithm: Algorithm, key: &VerifyingKey) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', algorithm.type_byte()])
        .chain_update(key.as_bytes())
        .finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
        return Err(Error::Key { problem: "a key's name must not be empty nor hold spaces or plus signs" });
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), Error> {
    let fail = |at: usize, problem| Err(Error::Note { line: text[..at].matches('\n').count() + 1, problem });
    if !text.ends_with('\n') {
        return fail(text.len(), "the text must end with a newline");
    }
    match text.bytes().position(|byte| byte < 0x20 && byte != b'\n') {
        Some(at) => fail(at, "control characters may not stand in a note"),
        None => Ok(()),
    }
}

fn key_base64(algorithm: Algorithm, key: &[u8; 32]) -> String {
    let mut bytes = vec![algorithm.type_byte()];
    bytes.extend(key);
    BASE64_STANDARD.encode(bytes)
}

fn parse_key_bytes(text: &str) -> Result<(Algorithm, [u8; 32]), Error> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| Error::Key { problem: "the key is not base64" })?;
    let algorithm = match bytes.first() {
        Some(0x01) => Algorithm::Ed25519,
        Some(0x04) => Algorithm::CosignatureV1,
        Some(_) | None => {
            return Err(Error::Key { problem: "only keys of type 1 (Ed25519) and 4 (cosignature) are known" });
        }
    };
    let key = bytes[1..].try_into().map_err(|_| Error::Key { problem: "a key has 32 bytes" })?;
    Ok((algorithm, key))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
