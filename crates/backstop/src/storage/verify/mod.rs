//! Checks a whole store offline: settings, keys, checkpoint, every bundle, tile, segment, signature and commitment.
//!
//! Takes a directory that may be hostile; gives one of three answers: yes; no, with the first entries that differ and where;
//! cannot tell, with the pieces that are missing. Never writes, never panics on what it reads, never lets "could not check"
//! pass for either of the others. The answer does not depend on the number of cores.

mod payloads;

mod contents;

mod log;

mod steady;

#[cfg(test)]
pub(super) mod alone;

use super::Error;
use super::disk::{self, Disk, Found, LocalDisk};
use super::halt::Halt;
use super::keys::{PublicKeys, read_reader};
use super::reader::{MAX_SETTINGS_BYTES, segment_path};
use super::sealing::{FOLDER, ReaderSecret, Ring};
use super::segment::{Format, HEADER_BYTES, Header};
use super::settings::Settings;
pub use contents::{Erased, PayloadsFound};
use ledger::note::MAX_NOTE_BYTES;
use ledger::{Checkpoint, Hash};
use log::LogCheck;
use mission::record::envelope::KeyId;
use payloads::{Payloads, Step};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// Most differences that are listed; one is enough to say no.
const MAX_DIFFERENCES: usize = 21;
/// Most missing pieces that are listed; after so many, no more are looked for.
const MAX_MISSING: usize = 1000;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Everything was checked, and every byte is as it was signed.
    Yes {
        /// Number of published entries.
        entries: u64,
        /// Entries that are durable and whole but not published yet.
        unpublished: u64,
        /// Root of the published log.
        root: Hash,
        /// The log's public key, as a vkey. Compare it with the one you were given: whoever replaces a whole store with
        /// another passes every other check.
        log_key: String,
        /// The keys that signed the entries.
        authors: BTreeSet<KeyId>,
        /// What became of the payloads.
        payloads: PayloadsFound,
    },
    /// Something was changed.
    No {
        /// What differs, at most 21: first what belongs to no entry, then by entry. Never empty.
        differences: Vec<Difference>,
        /// What could not be checked besides.
        missing: Vec<Missing>,
    },
    /// Nothing differs, but not everything could be checked.
    CannotTell {
        /// The pieces that are missing, at most 1,000. Never empty.
        missing: Vec<Missing>,
    },
}

/// Something that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The first entry concerned; none if it is the whole store.
    pub entry: Option<u64>,
    /// The file, below the store's directory.
    pub file: PathBuf,
    /// Bytes before the difference, as far as it can be placed.
    pub offset: u64,
    /// What differs.
    pub what: String,
}

/// A piece without which something could not be checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The file, below the store's directory.
    pub file: PathBuf,
    /// What is missing of it.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry {
            Some(entry) => write!(f, "entry {entry}: ")?,
            None => write!(f, "the store: ")?,
        }
        write!(f, "{} (`{}`, byte {})", self.what, self.file.display(), self.offset)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.file.display(), self.what)
    }
}

/// What has been found so far: the first of each, in their order.
#[derive(Default)]
struct Findings {
    differences: BTreeSet<Difference>,
    missing: BTreeSet<Missing>,
}

impl Findings {
    fn differ(&mut self, entry: Option<u64>, file: impl Into<PathBuf>, offset: u64, what: impl Into<String>) {
        self.differences.insert(Difference { entry, file: file.into(), offset, what: what.into() });
        if self.differences.len() > MAX_DIFFERENCES {
            self.differences.pop_last();
        }
    }

    fn miss(&mut self, file: impl Into<PathBuf>, what: impl Into<String>) {
        if self.missing.len() < MAX_MISSING {
            self.missing.insert(Missing { file: file.into(), what: what.into() });
        }
    }

    /// Notes why keys could not be read; `name` is where they lie if the error does not say.
    fn refused(&mut self, directory: &Path, error: Error, name: &str) {
        match error {
            Error::Damaged { path, offset, problem } => {
                self.differ(None, path.strip_prefix(directory).unwrap_or(&path), offset, problem);
            }
            Error::Io { path, source, .. } => {
                self.miss(path.strip_prefix(directory).unwrap_or(&path), format!("cannot be read: {source}"));
            }
            Error::Exists(_)
            | Error::NotAStore(_)
            | Error::Busy(_)
            | Error::Halted { .. }
            | Error::Settings(_)
            | Error::Refused { .. }
            | Error::NoEntry { .. }
            | Error::Closed { .. }
            | Error::Engine { .. }
            | Error::Overtaken { .. }
            | Error::Contradicted { .. }
            | Error::Log(_) => self.differ(None, name, 0, error.to_string()),
        }
    }
}

/// Checks everything in the store at `directory`.
pub fn verify(directory: &Path) -> Verification {
    verify_on(&LocalDisk, directory)
}

/// As [`verify`], on a disk of the caller's.
pub fn verify_on(disk: &dyn Disk, directory: &Path) -> Verification {
    verify_as(disk, directory, None)
}

/// As [`verify_on`], with the secret of an organisation instead of the one in `keys/reader.key`.
pub fn verify_as(disk: &dyn Disk, directory: &Path, secret: Option<ReaderSecret>) -> Verification {
    steady::look(|| look_once(disk, directory, secret.clone()))
}

fn look_once(disk: &dyn Disk, directory: &Path, secret: Option<ReaderSecret>) -> Verification {
    let mut findings = Findings::default();
    let settings = check_settings(disk, directory, &mut findings);
    let keys = check_keys(disk, directory, settings.as_ref(), &mut findings);
    let ring = check_ring(disk, directory, secret, &mut findings);
    let mut payloads = Payloads::open(disk, directory, keys.as_ref(), ring.as_ref(), &mut findings);
    let checkpoint = check_checkpoint(disk, directory, keys.as_ref(), &mut findings);
    let mut log = LogCheck::new(disk, directory, keys.as_ref(), checkpoint.clone());
    loop {
        match payloads.next(&mut findings) {
            Step::Leaf(leaf) => log.take(leaf, &mut findings),
            Step::Gap { until } => log.skip(until, &mut findings),
            Step::End => break,
        }
    }
    let held = payloads.held();
    if let Some(checkpoint) = checkpoint.as_ref().filter(|checkpoint| held < checkpoint.size) {
        payloads.miss_from(held, checkpoint.size, &mut findings);
        log.skip(checkpoint.size, &mut findings);
    }
    log.finish(&mut findings);
    let authors = log.authors();
    let published = checkpoint.as_ref().map_or(held, |checkpoint| checkpoint.size);
    let halt = Halt::of(disk, directory).unwrap_or_else(|error| {
        findings.refused(directory, error, "halted.toml");
        None
    });
    let later = halt.map_or_else(Vec::new, |halt| halt.later);
    let contents = payloads.contents(published, &later, &mut findings);
    answer(findings, checkpoint, held, keys, authors, contents)
}

/// The record keys, if the store's payloads are sealed.
fn check_ring(
    disk: &dyn Disk,
    directory: &Path,
    secret: Option<ReaderSecret>,
    findings: &mut Findings,
) -> Option<Ring> {
    let first = disk.open(&segment_path(&directory.join("payloads"), 0));
    let header = first.and_then(|file| disk::read_from(file, 0, HEADER_BYTES)).ok();
    if Header::parse(&header?)?.format == Format::Plain {
        return None;
    }
    let is_lent = secret.is_some();
    let opened = match secret {
        Some(secret) => Ring::open(disk, directory, Some(secret)),
        None => read_reader(disk, &directory.join("keys")).and_then(|own| Ring::open(disk, directory, own)),
    };
    let ring = opened.map_err(|error| findings.refused(directory, error, FOLDER)).ok()?;
    // Whoever writes here set the readers down with the store's own secret, and reads with it.
    let writes = matches!(disk.kind(&directory.join("keys/log.key")), Ok(Some(_)));
    if writes && !is_lent && !ring.is_own() {
        findings.differ(None, "keys/reader.key", 0, "it is not the secret with which this store set down its readers");
    }
    Some(ring)
}

fn answer(
    findings: Findings,
    checkpoint: Option<Checkpoint>,
    held: u64,
    keys: Option<PublicKeys>,
    authors: BTreeSet<KeyId>,
    payloads: PayloadsFound,
) -> Verification {
    let differences: Vec<Difference> = findings.differences.into_iter().collect();
    let missing: Vec<Missing> = findings.missing.into_iter().collect();
    match (differences.is_empty(), missing.is_empty(), checkpoint, keys) {
        (false, _, _, _) => Verification::No { differences, missing },
        (true, true, Some(checkpoint), Some(keys)) => Verification::Yes {
            entries: checkpoint.size,
            unpublished: held - checkpoint.size,
            root: checkpoint.root,
            log_key: keys.log.to_string(),
            authors,
            payloads,
        },
        (true, _, _, _) => Verification::CannotTell { missing },
    }
}

fn check_settings(disk: &dyn Disk, directory: &Path, findings: &mut Findings) -> Option<Settings> {
    let name = "store.toml";
    match disk::read(disk, &directory.join(name), MAX_SETTINGS_BYTES) {
        Found::Nothing => findings.miss(name, "the file is missing"),
        Found::Unreadable(problem) => findings.miss(name, format!("cannot be read: {problem}")),
        Found::TooLong => findings.differ(None, name, 0, "longer than any such file may be"),
        Found::Bytes(bytes) => {
            let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned());
            match text.and_then(|text| Settings::parse(&text).map_err(|error| error.to_string())) {
                Ok(settings) => return Some(settings),
                Err(problem) => findings.differ(None, name, 0, problem),
            }
        }
    }
    None
}

fn check_keys(
    disk: &dyn Disk,
    directory: &Path,
    settings: Option<&Settings>,
    findings: &mut Findings,
) -> Option<PublicKeys> {
    match PublicKeys::read(disk, &directory.join("keys")) {
        Ok(keys) => {
            if let Some(settings) = settings.filter(|settings| settings.origin() != keys.log.name()) {
                let what = format!("the key of log `{}`, not of `{}`", keys.log.name(), settings.origin());
                findings.differ(None, "keys/log.pub", 0, what);
            }
            return Some(keys);
        }
        Err(error) => findings.refused(directory, error, "keys"),
    }
    None
}

fn check_checkpoint(
    disk: &dyn Disk,
    directory: &Path,
    keys: Option<&PublicKeys>,
    findings: &mut Findings,
) -> Option<Checkpoint> {
    let name = "log/checkpoint";
    let bytes = match disk::read(disk, &directory.join(name), MAX_NOTE_BYTES as u64) {
        Found::Bytes(bytes) => bytes,
        Found::Nothing => {
            findings.miss(name, "the file is missing");
            return None;
        }
        Found::Unreadable(problem) => {
            findings.miss(name, format!("cannot be read: {problem}"));
            return None;
        }
        Found::TooLong => {
            findings.differ(None, name, 0, "longer than any such file may be");
            return None;
        }
    };
    let keys = keys?;
    match Checkpoint::open(&bytes, &keys.log, &[]) {
        Ok((checkpoint, _)) => return Some(checkpoint),
        Err(_) if is_cut_short(&bytes, keys) => findings.miss(name, "the checkpoint is cut short"),
        Err(error) => findings.differ(None, name, 0, error.to_string()),
    }
    None
}

/// Whether these bytes are the beginning of a checkpoint of this log: shorter than any whole one of its size, or whole up to
/// a cosignature that does not end.
fn is_cut_short(bytes: &[u8], keys: &PublicKeys) -> bool {
    let origin = keys.log.name();
    let last_whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    // A cosignature begins with a dash and a space, and ends with 104 characters of base64.
    let (tail, dash) = (&bytes[last_whole..], "— ".as_bytes());
    let known = dash.len().min(tail.len());
    let encoded = tail.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let unfinished = known > 0 && tail[..known] == dash[..known] && encoded.len() < 104;
    if unfinished && Checkpoint::open(&bytes[..last_whole], &keys.log, &[]).is_ok() {
        return true;
    }
    let beginning = format!("{origin}\n");
    let known = beginning.len().min(bytes.len());
    if bytes[..known] != beginning.as_bytes()[..known] {
        return false;
    }
    let rest = &bytes[known..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Root, empty line, then dash, name, space and 68 bytes of key id and signature in base64.
    let whole = digits + "\n".len() + 44 + "\n\n".len() + "— ".len() + origin.len() + " ".len() + 92 + "\n".len();
    rest.len() < whole && rest.get(digits).is_none_or(|byte| *byte == b'\n')
}
