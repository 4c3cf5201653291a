//! Witnesses, both sides of them: the one that countersigns other people's logs, and the store that asks for it.
//!
//! Takes checkpoints; gives cosignatures once their state is durable, or asks for them and writes them under the log's own
//! checkpoint. Publication never waits for a witness: what is published is published, and who has not cosigned it is
//! said. Never cosigns what does not begin with what was cosigned before, and keeps what shows two histories.
//!
//! ```text
//! WITNESS/witness.key, witness.pub        the witness's key
//! WITNESS/logs/HASH/log.pub               a log that it watches; HASH is SHA-256 of the log's origin
//! WITNESS/logs/HASH/checkpoint            the last checkpoint that it cosigned: its whole state
//! WITNESS/logs/HASH/*.evidence            what the log's key signed and cannot both be true
//! STORE/witnesses/policy                  whom the store asks, and how many are enough (c2sp.org/tlog-policy)
//! STORE/witnesses/seen.json               when each answered last, and what was wrong
//! STORE/witnesses/*.evidence              as above
//! ```

mod folder;

mod server;

mod trust;

mod asking;

mod standing;

pub use asking::{Asker, Shown, Whom};
pub use folder::{Folder, Reply};
pub use server::{MOST_AT_ONCE, serve};
pub use standing::{Head, OneWitness, Standing};
pub use trust::Trust;

use crate::storage;
use ledger::evidence::{Evidence, MAX_EVIDENCE_BYTES, Verdict};
use ledger::{Hash, VerifyingIdentity};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};

/// Most files of evidence that are kept in one place; the first ones convict as well as any.
const MOST_EVIDENCE: usize = 100;

/// Why a witness or its store could not do what was asked.
#[derive(Debug)]
pub enum Error {
    /// The disk, or a file that does not hold what it must.
    Storage(storage::Error),
    /// A key, name or address that cannot be used: why.
    Unusable(String),
    /// There is no such thing.
    Unknown(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Storage(error) => error.fmt(f),
            Error::Unusable(why) | Error::Unknown(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Error {
        Error::Storage(error)
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Error {
        Error::Unusable(error.to_string())
    }
}

/// Keeps evidence as a file, unless it shows nothing, is there already, or enough is kept; gives the file. What only may be
/// evidence ends in `.unproven`: the tiles of the larger log decide it.
fn keep(directory: &Path, evidence: &Evidence) -> Result<Option<PathBuf>, storage::Error> {
    let ending = match evidence.judge() {
        Ok(Verdict::Contradict) => "evidence",
        Ok(Verdict::CannotTell) => "unproven",
        Ok(Verdict::Agree) | Err(_) => return Ok(None),
    };
    let text = evidence.to_text();
    let name = Hash(Sha256::digest(&text).into()).to_string();
    let path = directory.join(format!("{}.{ending}", &name[..16]));
    let same = |file: &std::fs::DirEntry| file.path().extension().is_some_and(|extension| extension == ending);
    let kept = std::fs::read_dir(directory).map_or(0, |files| files.flatten().filter(same).count());
    if kept < MOST_EVIDENCE && !path.exists() {
        storage::beside::create(&path, text.as_bytes())?;
    }
    Ok(path.exists().then_some(path))
}

/// The first file of evidence in a folder, by name, that convicts this key.
pub(crate) fn convicting(folder: &Path, log: &VerifyingIdentity) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
    let evidence = files.filter(|path| path.extension().is_some_and(|ending| ending == "evidence"));
    let mut evidence: Vec<PathBuf> = evidence.take(MOST_EVIDENCE).collect();
    evidence.sort();
    evidence.into_iter().find(|path| {
        let text = storage::beside::read(path, MAX_EVIDENCE_BYTES as u64).ok().flatten();
        let evidence = text.and_then(|text| Evidence::parse(&text).ok());
        evidence.is_some_and(|evidence| evidence.log == *log && evidence.judge() == Ok(Verdict::Contradict))
    })
}
