//! The keys of a store: one that signs the log, one that signs entries. Takes and gives the files in `keys/`. Never shows a
//! secret key outside the two files of mode 0600.

use super::disk::{self, Disk, Readers};
use super::error::Error;
use super::sealing::ReaderSecret;
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use ledger::{SigningIdentity, VerifyingIdentity};
use mission::record::envelope::{self, Envelope, EnvelopeError, KeyId, author_line, parse_author_line};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// First word of a file with an author's secret key.
const SECRET_AUTHOR: &str = "backstop-author-secret/1";
/// The file with a reader's secret.
const READER: &str = "reader.key";
/// Longest name of an author.
const MAX_NAME_BYTES: usize = 64;
/// Longest file with a key.
const MAX_KEY_FILE_BYTES: u64 = 4096;

/// The secret half.
pub(super) struct Keys {
    pub(super) log: SigningIdentity,
    pub(super) author: SigningKey,
}

/// The public half: enough to check every signature in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// Signs checkpoints.
    pub log: VerifyingIdentity,
    /// Sign entries, by the name that envelopes give them.
    pub authors: BTreeMap<KeyId, VerifyingKey>,
}

impl Keys {
    pub(super) fn new(origin: &str, log: [u8; 32], author: [u8; 32]) -> Result<Keys, Error> {
        let log = SigningIdentity::new(origin, SigningKey::from_bytes(&log))?;
        Ok(Keys { log, author: SigningKey::from_bytes(&author) })
    }

    pub(super) fn write(&self, disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
        let author = AuthorSecret(self.author.clone());
        let public = format!("{}\n", author.public_line());
        let log = format!("{}\n", self.log.secret_text());
        disk::create(disk, &directory.join("log.key"), log.as_bytes(), Readers::Owner)?;
        disk::create(disk, &directory.join("log.pub"), format!("{}\n", self.log.public()).as_bytes(), Readers::Anyone)?;
        disk::create(disk, &directory.join("author.key"), author.to_line().as_bytes(), Readers::Owner)?;
        disk::create(disk, &directory.join("author.pub"), public.as_bytes(), Readers::Anyone)
    }

    pub(super) fn read(disk: &dyn Disk, directory: &Path) -> Result<Keys, Error> {
        let log = read_log(disk, directory)?;
        let path = directory.join("author.key");
        let author = AuthorSecret::parse(&read_line(disk, &path)?);
        let author = author.ok_or_else(|| Error::damaged(&path, 0, "not an author's secret key"))?;
        Ok(Keys { log, author: author.0 })
    }
}

/// The secret key of an author: with which the store signs its own entries, or a device its statements.
pub struct AuthorSecret(SigningKey);

impl AuthorSecret {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> Result<AuthorSecret, Error> {
        let mut seed = [0; 32];
        super::store::draw(&mut seed)?;
        Ok(AuthorSecret(SigningKey::from_bytes(&seed)))
    }

    /// Reads the one line of its file, without its end.
    pub fn parse(line: &str) -> Option<AuthorSecret> {
        let seed = BASE64_STANDARD.decode(line.strip_prefix(SECRET_AUTHOR)?.trim_start()).ok()?;
        Some(AuthorSecret(SigningKey::from_bytes(&seed.try_into().ok()?)))
    }

    /// The one line of its file, with its end.
    pub fn to_line(&self) -> String {
        format!("{SECRET_AUTHOR} {}\n", BASE64_STANDARD.encode(self.0.to_bytes()))
    }

    /// The public half, as files in `keys/` have it; without its end.
    pub fn public_line(&self) -> String {
        author_line(&self.0.verifying_key())
    }

    /// The name of the key.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0.verifying_key())
    }

    /// Signs a statement, as [`envelope::state`].
    ///
    /// # Errors
    /// As for [`envelope::state`].
    pub fn state(&self, envelope: &Envelope) -> Result<Vec<u8>, EnvelopeError> {
        envelope::state(envelope, &self.0)
    }
}

impl PublicKeys {
    /// Whether another author may be admitted; gives the key's name and the file for it.
    pub(super) fn may_admit(
        &self,
        disk: &dyn Disk,
        directory: &Path,
        name: &str,
        line: &str,
    ) -> Result<(KeyId, PathBuf), Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(allowed) {
            return Err(Error::Settings("an author's name has 1 to 64 lower-case letters, digits and `-`".into()));
        }
        let (id, _) = parse_author_line(line).ok_or_else(|| {
            Error::Settings("an author's public key is the line that `backstop author new` prints".into())
        })?;
        if self.authors.contains_key(&id) {
            return Err(Error::Settings(format!("author `{id}` is admitted already")));
        }
        let path = directory.join(format!("author-{name}.pub"));
        if disk.kind(&path).map_err(Error::io("look at", &path))?.is_some() {
            return Err(Error::Settings(format!("there is an author `{name}` already; take another name")));
        }
        Ok((id, path))
    }

    /// Sets down the public key of another author, whole or not at all: no opening bears with half a key. When this returns, it
    /// is durable.
    pub(super) fn admit(&mut self, disk: &dyn Disk, path: &Path, line: &str) -> Result<(), Error> {
        disk::replace(disk, path, &path.with_extension("new"), format!("{line}\n").as_bytes())?;
        self.authors.extend(parse_author_line(line));
        Ok(())
    }

    pub(super) fn read(disk: &dyn Disk, directory: &Path) -> Result<PublicKeys, Error> {
        let log = directory.join("log.pub");
        let identity = VerifyingIdentity::parse(&read_line(disk, &log)?);
        let identity = identity.map_err(|error| Error::damaged(&log, 0, error.to_string()))?;
        let mut authors = BTreeMap::new();
        for file in disk.list(directory).map_err(Error::io("list", directory))? {
            let path = directory.join(file.name);
            if path.extension().is_some_and(|extension| extension == "pub") && path != log {
                let key = parse_author_line(&read_line(disk, &path)?);
                let (id, key) = key.ok_or_else(|| Error::damaged(&path, 0, "not an author's public key"))?;
                authors.insert(id, key);
            }
        }
        Ok(PublicKeys { log: identity, authors })
    }

    /// The public key of an author as a line of text, as files in `keys/` have it.
    pub fn author_line(&self, author: &KeyId) -> Option<String> {
        self.authors.get(author).map(author_line)
    }
}

/// The secret key of the log.
pub(super) fn read_log(disk: &dyn Disk, directory: &Path) -> Result<SigningIdentity, Error> {
    let path = directory.join("log.key");
    SigningIdentity::parse(&read_line(disk, &path)?).map_err(|error| Error::damaged(&path, 0, error.to_string()))
}

/// Writes the secret with which the store reads itself. When this returns, it is durable.
pub(super) fn write_reader(disk: &dyn Disk, directory: &Path, secret: &ReaderSecret) -> Result<(), Error> {
    disk::create(disk, &directory.join(READER), secret.to_line().as_bytes(), Readers::Owner)
}

/// The secret with which the store in a folder reads itself; none if it lies elsewhere.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn own_secret(directory: &Path) -> Result<Option<ReaderSecret>, Error> {
    read_reader(&disk::LocalDisk, &directory.join("keys"))
}

/// The secret with which a store or a copy of it is read; none if it lies elsewhere.
pub(super) fn read_reader(disk: &dyn Disk, directory: &Path) -> Result<Option<ReaderSecret>, Error> {
    let path = directory.join(READER);
    if matches!(disk.kind(&path), Ok(None)) {
        return Ok(None);
    }
    let secret = ReaderSecret::parse(&read_line(disk, &path)?);
    secret.map(Some).ok_or_else(|| Error::damaged(&path, 0, "not a reader's secret"))
}

fn read_line(disk: &dyn Disk, path: &Path) -> Result<String, Error> {
    let text = String::from_utf8(disk::read_existing(disk, path, MAX_KEY_FILE_BYTES)?);
    let line = text.ok().and_then(|text| text.strip_suffix('\n').map(str::to_owned));
    line.ok_or_else(|| Error::damaged(path, 0, "a key is one line of text"))
}
