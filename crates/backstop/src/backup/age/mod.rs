//! Files sealed for recipients in the format age-encryption.org/v1 (c2sp.org/age), which the stock `age` opens and writes too.
//!
//! Takes bytes and public keys and gives a sealed file; takes a sealed file and secret keys and gives the bytes, or says
//! whether no key fits or the file was changed. Knows X25519 recipients alone. Never gives out a byte that was not
//! authenticated, and never panics on what it reads.

mod bech32;

use crate::storage::{CHUNK_BYTES, Chunk, chunk_nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use mission::record::commitment::hmac;
use std::fmt;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::{ZeroizeOnDrop, Zeroizing};

const VERSION: &str = "age-encryption.org/v1\n";
const INFO: &[u8] = b"age-encryption.org/v1/X25519";
const PUBLIC: &str = "age";
const SECRET: &str = "age-secret-key-";
const TAG_BYTES: usize = 16;
const NONCE_BYTES: usize = 16;
const FILE_KEY_BYTES: usize = 16;
/// Longest header that is read: far more recipients than anyone names.
const MOST_HEADER_BYTES: usize = 64 << 10;
/// Most keys in one file.
const MOST_KEYS: usize = 100;

/// For whom a file is sealed: `age1…`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Recipient([u8; 32]);

/// The secret half: `AGE-SECRET-KEY-1…`.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Identity([u8; 32]);

/// Why a file does not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Closed {
    /// It is sealed, and for none of these keys.
    NoKeyFits,
    /// It is no such file, or not the one that was sealed.
    Changed(&'static str),
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Closed::NoKeyFits => f.write_str("it is sealed for none of the keys at hand"),
            Closed::Changed(what) => f.write_str(what),
        }
    }
}

impl Recipient {
    /// Reads `age1…`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Recipient> {
        let key: [u8; 32] = bech32::decode(PUBLIC, text)?.try_into().ok()?;
        // A point of small order gives everyone the same secret.
        (x25519([9; 32], key) != [0; 32]).then_some(Recipient(key))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(PUBLIC, &self.0))
    }
}

impl Identity {
    /// A fresh secret.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn draw() -> Result<Identity, String> {
        Ok(Identity(random()?))
    }

    /// Reads the identities of a file as `age-keygen` writes it: one a line, with remarks behind `#`.
    ///
    /// # Errors
    /// With the line that is none.
    pub fn parse_file(text: &str) -> Result<Vec<Identity>, String> {
        let mut identities = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = bech32::decode(SECRET, line).and_then(|key| key.try_into().ok());
            let key = key.ok_or_else(|| format!("line {} is no secret key `AGE-SECRET-KEY-1…`", at + 1))?;
            identities.push(Identity(key));
        }
        match identities.len() {
            0 => Err("there is no secret key in it".into()),
            1..=MOST_KEYS => Ok(identities),
            _ => Err(format!("it has more than {MOST_KEYS} keys")),
        }
    }

    /// The file of one identity, as `age-keygen` writes it.
    #[must_use]
    pub fn to_file(&self) -> String {
        let secret = Zeroizing::new(bech32::encode(SECRET, &self.0));
        format!("# public key: {}\n{}\n", self.recipient(), secret.to_ascii_uppercase())
    }

    /// For whom to seal, so that this opens it.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(x25519(self.0, X25519_BASEPOINT_BYTES))
    }

    /// A key of 32 bytes that follows from this secret and a word.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        hmac(&self.0, purpose.as_bytes())
    }
}

/// Seals bytes for each of the recipients.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn seal(recipients: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, String> {
    let file_key: Zeroizing<[u8; FILE_KEY_BYTES]> = Zeroizing::new(random()?);
    let mut header = VERSION.to_owned();
    for recipient in recipients {
        let ephemeral: Zeroizing<[u8; 32]> = Zeroizing::new(random()?);
        let share = x25519(*ephemeral, X25519_BASEPOINT_BYTES);
        let wrapping = wrapping_key(&x25519(*ephemeral, recipient.0), &share, recipient);
        let body = cipher(&wrapping).encrypt(&Nonce::default(), file_key.as_slice()).expect("invariant: 16 bytes");
        header.push_str(&format!("-> X25519 {}\n{}\n", base64(&share), base64(&body)));
    }
    header.push_str("---");
    let mac = header_mac(&file_key, header.as_bytes());
    let nonce: [u8; NONCE_BYTES] = random()?;
    let mut sealed = Vec::with_capacity(header.len() + 64 + plain.len() + (plain.len() / CHUNK_BYTES + 1) * TAG_BYTES);
    sealed.extend_from_slice(format!("{header} {}\n", base64(&mac)).as_bytes());
    sealed.extend_from_slice(&nonce);
    let payload = cipher(&derive(&nonce, file_key.as_slice(), b"payload"));
    let mut chunks = plain.chunks(CHUNK_BYTES).peekable();
    let mut number = 0;
    loop {
        let chunk = chunks.next().unwrap_or_default();
        let place = if chunks.peek().is_none() { Chunk::Last } else { Chunk::Before };
        let chunk = payload.encrypt(&chunk_nonce(number, place), chunk).expect("invariant: a chunk is short");
        sealed.extend_from_slice(&chunk);
        number += 1;
        if place == Chunk::Last {
            return Ok(sealed);
        }
    }
}

/// Opens a sealed file with whichever of the identities fits.
///
/// # Errors
/// When none fits, or the file is not as it was sealed.
pub(super) fn open(identities: &[Identity], sealed: &[u8]) -> Result<Vec<u8>, Closed> {
    let header = Header::parse(sealed)?;
    let mut file_key = None;
    for (share, body) in &header.stanzas {
        for identity in identities {
            let shared = x25519(identity.0, *share);
            if shared == [0; 32] {
                return Err(Closed::Changed("a key in its header is of small order"));
            }
            let wrapping = wrapping_key(&shared, share, &identity.recipient());
            let opened = cipher(&wrapping).decrypt(&Nonce::default(), body.as_slice()).ok();
            file_key =
                file_key.or(opened.and_then(|key| <[u8; FILE_KEY_BYTES]>::try_from(key).ok()).map(Zeroizing::new));
        }
    }
    let file_key = file_key.ok_or(Closed::NoKeyFits)?;
    if header_mac(&file_key, header.covered) != header.mac {
        return Err(Closed::Changed("its header was changed"));
    }
    let (nonce, mut rest) = header.rest.split_first_chunk::<NONCE_BYTES>().ok_or(Closed::Changed("it ends early"))?;
    let payload = cipher(&derive(nonce, file_key.as_slice(), b"payload"));
    let mut plain = Vec::with_capacity(rest.len());
    let mut number = 0;
    loop {
        let (chunk, after) = rest.split_at(rest.len().min(CHUNK_BYTES + TAG_BYTES));
        let place = if after.is_empty() { Chunk::Last } else { Chunk::Before };
        let opened = payload.decrypt(&chunk_nonce(number, place), chunk);
        let opened = opened.map_err(|_| Closed::Changed("what it holds was changed, or ends early"))?;
        if opened.is_empty() && number > 0 {
            return Err(Closed::Changed("its last chunk is empty"));
        }
        plain.extend_from_slice(&opened);
        (rest, number) = (after, number + 1);
        if place == Chunk::Last {
            return Ok(plain);
        }
    }
}

/// The head of a sealed file.
struct Header<'a> {
    /// Ephemeral share and sealed file key of each X25519 recipient; others are passed over.
    stanzas: Vec<([u8; 32], [u8; FILE_KEY_BYTES + TAG_BYTES])>,
    /// What the authentication covers.
    covered: &'a [u8],
    mac: [u8; 32],
    rest: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(sealed: &'a [u8]) -> Result<Header<'a>, Closed> {
        let broken = || Closed::Changed("its header is none of age-encryption.org/v1");
        let mut at = 0;
        let mut line = || -> Result<(usize, &'a str), Closed> {
            let start = at;
            let window = &sealed[start..sealed.len().min(MOST_HEADER_BYTES)];
            let length = window.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
            at += length + 1;
            Ok((start, std::str::from_utf8(&window[..length]).map_err(|_| broken())?))
        };
        if line()?.1 != VERSION.trim_end() {
            return Err(broken());
        }
        let mut stanzas = Vec::new();
        let mut any = false;
        loop {
            let (start, text) = line()?;
            if let Some(mac) = text.strip_prefix("--- ") {
                let mac = unbase64(mac).and_then(|mac| mac.try_into().ok()).ok_or_else(broken)?;
                let (covered, rest) = (&sealed[..start + 3], &sealed[at..]);
                return if any { Ok(Header { stanzas, covered, mac, rest }) } else { Err(broken()) };
            }
            any = true;
            let arguments: Vec<&str> = text.strip_prefix("-> ").ok_or_else(broken)?.split(' ').collect();
            if arguments.iter().any(|word| word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic())) {
                return Err(broken());
            }
            let mut body = String::new();
            loop {
                let (_, text) = line()?;
                body.push_str(text);
                match text.len() {
                    64 => {}
                    0..64 => break,
                    _ => return Err(broken()),
                }
            }
            let body = unbase64(&body).ok_or_else(broken)?;
            if arguments[0] == "X25519" {
                let [_, share] = arguments[..] else { return Err(broken()) };
                let share = unbase64(share).and_then(|share| share.try_into().ok()).ok_or_else(broken)?;
                stanzas.push((share, body.try_into().map_err(|_| broken())?));
            }
        }
    }
}

fn wrapping_key(shared: &[u8; 32], share: &[u8; 32], recipient: &Recipient) -> [u8; 32] {
    let mut salt = [0; 64];
    salt[..32].copy_from_slice(share);
    salt[32..].copy_from_slice(&recipient.0);
    derive(&salt, shared, INFO)
}

fn header_mac(file_key: &[u8; FILE_KEY_BYTES], covered: &[u8]) -> [u8; 32] {
    hmac(&derive(&[], file_key, b"header"), covered)
}

/// HKDF-SHA256 (RFC 5869) for 32 bytes.
fn derive<const N: usize>(salt: &[u8; N], secret: &[u8], info: &[u8]) -> [u8; 32] {
    hmac(&hmac(salt, secret), &[info, &[1]].concat())
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&(*key).into())
}

fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| format!("the system gives no random numbers: {error}"))?;
    Ok(bytes)
}

fn base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;
