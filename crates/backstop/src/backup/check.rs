//! Checking a backup: every file, every byte, the record in it, and what follows from that.
//!
//! Takes a folder that may be hostile, and keys; opens everything into a folder of its own, verifies and replays it, and gives five
//! answers, each yes, no with the place, or cannot tell with what is missing. Never believes a list that its head does not stamp.

use super::age::{Closed, Identity, open};
use super::error::Error;
use super::head::{Head, MOST_HEAD_BYTES, Stamp};
use super::index::{Block, Filed, Follows, Index, Manifest, read_manifest, secrets};
use super::make::MOST_MANIFEST_BYTES;
use super::place::{self, Found, block_path, runs, sha256};
use super::restore::{Target, put_secrets};
use super::{Progress, Tell};
use crate::station;
use crate::storage::{LocalDisk, PayloadsFound, Reader, Store, Verification, rebuild_log, unseal, verify};
use ledger::VerifyingIdentity;
use mission::Mission;
use mission::record::evidence::Sha256Name;
use report::publication::PROGRAM;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use verifier::Answer;
use zeroize::Zeroizing;

/// Longest sealed index.
const MOST_INDEX_BYTES: u64 = 1 << 30;
/// Longest file of secrets.
const MOST_SECRETS_BYTES: u64 = 1 << 20;
/// So many faults of each sort are counted by name.
const MOST_NAMED: usize = 20;

/// The file with the secrets of a backup, and what opens it.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    /// The file.
    pub file: &'a Path,
    /// The keys to try.
    pub identities: &'a [Identity],
}

/// What stays in the folder that a backup was opened into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Nothing that is of use: items of evidence are hashed and not written, and nothing is made durable.
    Nothing,
    /// A whole store.
    Everything,
}

/// What is to be checked.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The backup's folder.
    pub folder: &'a Path,
    /// The head that is to be checked; the newest in the folder without it.
    pub head: Option<&'a str>,
    /// The secrets, if they lie elsewhere or other keys open them.
    pub secret: Option<Secret<'a>>,
    /// What opens lists and blocks.
    pub identities: &'a [Identity],
    /// The log's key as it was given by somebody else than the backup.
    pub log_key: Option<&'a VerifyingIdentity>,
    /// The new folder to open it into; it holds keys in the clear afterwards.
    pub into: &'a Path,
    /// What is to stay there.
    pub keep: Keep,
}

/// What was found of a backup.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it says it is; none if there is no head to be read.
    pub head: Option<Head>,
    /// The log's key that signed it, as a vkey.
    pub log_key: Option<String>,
    /// Whether every file is there and as it was written.
    pub files: Answer,
    /// Whether its head is signed by the log.
    pub signed: Answer,
    /// Whether the keys at hand open it.
    pub opens: Answer,
    /// Whether the record in it is whole, byte for byte.
    pub record: Answer,
    /// Whether the same incidents and verdicts follow from it.
    pub follows: Answer,
    /// Whether the store was joined to an engine, which a backup leaves out and which may hold more.
    pub joined: bool,
    /// What else is to be known.
    pub remarks: Vec<String>,
}

impl Checked {
    /// The five questions with their answers, in order.
    #[must_use]
    pub fn answers(&self) -> [(&'static str, &Answer); 5] {
        [
            ("files unchanged", &self.files),
            ("signed by the log", &self.signed),
            ("opens", &self.opens),
            ("record whole", &self.record),
            ("results follow", &self.follows),
        ]
    }

    /// The answer to the whole.
    #[must_use]
    pub fn answer(&self) -> &Answer {
        Answer::worst(self.answers().map(|(_, answer)| answer)).unwrap_or(&self.files)
    }

    fn unknown(files: Answer) -> Checked {
        let not = || Answer::CannotTell("it waits for the answers above".into());
        let (signed, opens, record, follows) = (not(), not(), not(), not());
        Checked { head: None, log_key: None, files, signed, opens, record, follows, joined: false, remarks: Vec::new() }
    }
}

/// What is wrong with files, and what is missing of them.
#[derive(Default)]
pub(super) struct Faults {
    wrong: Vec<String>,
    missing: Vec<String>,
    more: u64,
}

impl Faults {
    pub(super) fn wrong(&mut self, file: &str, what: &str) {
        let list = &mut self.wrong;
        if list.len() < MOST_NAMED { list.push(format!("`{file}`: {what}")) } else { self.more += 1 }
    }

    pub(super) fn missing(&mut self, file: &str, what: &str) {
        let list = &mut self.missing;
        if list.len() < MOST_NAMED { list.push(format!("`{file}`: {what}")) } else { self.more += 1 }
    }

    pub(super) fn none(&self) -> bool {
        self.wrong.is_empty() && self.missing.is_empty()
    }

    /// The answer, or yes with this note.
    fn answer(&self, yes: String) -> Answer {
        let said = |list: &[String]| {
            let others = list.len() as u64 - 1 + self.more;
            let others = if others == 0 { String::new() } else { format!(", and {others} more") };
            format!("{}{others}", list[0])
        };
        match (self.wrong.is_empty(), self.missing.is_empty()) {
            (false, _) => Answer::No(said(&self.wrong)),
            (true, false) => Answer::CannotTell(said(&self.missing)),
            (true, true) => Answer::Yes(yes),
        }
    }
}

/// Checks a backup, and leaves what it holds in a new folder.
///
/// # Errors
/// When that folder cannot be written. Whatever is wrong with the backup is an answer.
pub fn check(given: &Given<'_>, tell: &mut Tell<'_>) -> Result<Checked, Error> {
    let (name, note) = match newest(given)? {
        Ok(found) => found,
        Err(why) => return Ok(Checked::unknown(Answer::CannotTell(why))),
    };
    let Some(head) = Head::read(&note) else {
        let whole = note.ends_with(b"\n") && note.windows(2).any(|pair| pair == b"\n\n");
        let files = if whole {
            Answer::No(format!("`{name}`: it is not the head of a backup, or not as it was signed"))
        } else {
            Answer::CannotTell(format!("`{name}`: it ends early"))
        };
        return Ok(Checked::unknown(files));
    };
    if Head::name(head.run) != name {
        let what = format!("`{name}`: it says that it is run {}, so it was changed or renamed", head.run);
        return Ok(Checked::unknown(Answer::No(what)));
    }
    let mut faults = Faults::default();
    let manifest =
        fetch(given.folder, &Head::manifest_name(head.run), &head.manifest, MOST_MANIFEST_BYTES, &mut faults);
    let manifest = manifest.and_then(|bytes| read_manifest(std::str::from_utf8(&bytes).ok()?));
    let index = fetch(given.folder, &Head::index_name(head.run), &head.index, MOST_INDEX_BYTES, &mut faults);
    let secret = fetch_secret(given, &head, &mut faults);
    let mut checked = Checked { head: Some(head.clone()), ..Checked::unknown(Answer::Yes(String::new())) };
    // Whatever else is wrong, a head that was changed is named.
    let beside = "which came with it: compare it with the one you were given";
    let known = given.log_key.map(|log| (log.clone(), "")).or_else(|| Some((key_within(given, &head)?, beside)));
    if let Some((log, beside)) = &known {
        checked.signed = signed(&name, &note, log, beside);
        checked.log_key = Some(log.to_string());
    }
    let opened = index.as_ref().map(|index| open(given.identities, index));
    let index = match (opened, &manifest) {
        (Some(Ok(text)), Some(_)) => match String::from_utf8(text).ok().and_then(|text| Index::read(&text)) {
            Some(index) => Some(index),
            None => {
                faults.wrong(
                    &Head::index_name(head.run),
                    "it is no list of files of this version; use the newer Backstop",
                );
                None
            }
        },
        (Some(Err(Closed::NoKeyFits)), _) => {
            checked.opens = Answer::CannotTell(lacking(given, &head));
            None
        }
        (Some(Err(Closed::Changed(what))), _) => {
            faults.wrong(&Head::index_name(head.run), what);
            None
        }
        (None, _) | (_, None) => None,
    };
    let (Some(index), Some(manifest)) = (index, manifest.as_ref()) else {
        // Without the list of files the sealed ones can still be held against their hashes.
        for (path, sha256) in manifest.iter().flatten() {
            look(given.folder, path, sha256, &mut faults);
        }
        checked.files = faults.answer(format!("{} sealed files are as they were written", head.blocks.0));
        return Ok(checked);
    };
    checked.joined = index.left_out.iter().any(|name| name == crate::storage::ENGINE_FILE);
    let mut target = Target { into: given.into, keep: given.keep };
    let log = unpack(given, &mut target, &index, manifest, &mut faults, tell)?;
    checked.files = faults.answer(format!("{} sealed files, {} bytes", head.blocks.0, head.blocks.1));
    if !faults.none() {
        return Ok(checked);
    }
    if let (Some(given), Some(log)) = (given.log_key, &log)
        && given != log
    {
        checked.signed = Answer::No(format!("`{name}`: the store in it is of another log, `{log}`"));
    }
    let secrets = match secret {
        Err(why) => Err(why),
        Ok(bytes) => match open(given.secret.map_or(given.identities, |secret| secret.identities), &bytes) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                std::str::from_utf8(&text)
                    .ok()
                    .and_then(secrets::read)
                    .ok_or_else(|| Answer::No("the secrets are not understood".into()))
            }
            Err(Closed::NoKeyFits) => Err(Answer::CannotTell(lacking(given, &head))),
            Err(Closed::Changed(what)) => Err(Answer::No(format!("the secrets: {what}"))),
        },
    };
    match &secrets {
        Ok(secrets) => put_secrets(&target, secrets)?,
        Err(_) => place::remove_folder(&given.into.join("record-keys"))?,
    }
    record(given, &head, &index, manifest, tell, &mut checked)?;
    checked.opens = match secrets {
        Ok(secrets) => {
            let signs = secrets.iter().any(|(path, _)| path.ends_with("log.key"));
            let generation = head.generation.map_or_else(String::new, |it| format!("keys of generation {it}, "));
            let signs = if signs { "with the keys that sign" } else { "without the keys that sign: a copy to read" };
            Answer::Yes(format!("{generation}{signs}"))
        }
        Err(answer) => answer,
    };
    Ok(checked)
}

/// Name and bytes of the head to be checked.
fn newest(given: &Given<'_>) -> Result<Result<(String, Vec<u8>), String>, Error> {
    if let Some(note) = given.head {
        let name = Head::read(note.as_bytes()).map_or_else(|| "head".to_owned(), |head| Head::name(head.run));
        return Ok(Ok((name, note.as_bytes().to_vec())));
    }
    let Some(run) = runs(given.folder)?.pop() else {
        let folder = given.folder.display();
        return Ok(Err(format!("there is no backup in `{folder}`: no file `backup-NNNNNN`, which is written last")));
    };
    let name = Head::name(run);
    Ok(match place::read(&given.folder.join(&name), MOST_HEAD_BYTES) {
        Found::Bytes(bytes) => Ok((name, bytes)),
        Found::Missing(why) => Err(format!("`{name}`: {why}")),
        // Then it is no head; what it says is not looked at.
        Found::TooLong => Ok((name, b"\n\n".to_vec())),
    })
}

/// The log's key that a backup holds, though nothing of it is believed yet.
fn key_within(given: &Given<'_>, head: &Head) -> Option<VerifyingIdentity> {
    let read = |name: &str, limit: u64| match place::read(&given.folder.join(name), limit) {
        Found::Bytes(bytes) => open(given.identities, &bytes).ok(),
        Found::Missing(_) | Found::TooLong => None,
    };
    let index = String::from_utf8(read(&Head::index_name(head.run), MOST_INDEX_BYTES)?).ok()?;
    let index = Index::read(&index)?;
    let file = index.files.iter().find(|file| file.path == "keys/log.pub")?;
    let [block] = &file.blocks[..] else { return None };
    let text = String::from_utf8(read(&block_path(&block.name), MOST_SECRETS_BYTES)?).ok()?;
    VerifyingIdentity::parse(text.trim_end()).ok()
}

fn signed(name: &str, note: &[u8], log: &VerifyingIdentity, beside: &str) -> Answer {
    let key = if beside.is_empty() { log.to_string() } else { format!("{log}, {beside}") };
    match Head::is_signed(note, log) {
        Ok(()) => Answer::Yes(format!("key {key}")),
        Err(why) => Answer::No(format!("`{name}`: {why}; key {key}")),
    }
}

fn lacking(given: &Given<'_>, head: &Head) -> String {
    let recipients: Vec<String> = head.recipients.iter().map(ToString::to_string).collect();
    let what = if given.identities.is_empty() { "no key was given" } else { "none of the keys given fits" };
    format!("{what}; it is sealed for {}: add `--identity FILE` with the secret half of one", recipients.join(", "))
}

/// A file that the head stamps.
fn fetch(folder: &Path, name: &str, stamp: &Stamp, limit: u64, faults: &mut Faults) -> Option<Vec<u8>> {
    match place::read(&folder.join(name), limit) {
        Found::Missing(why) => faults.missing(name, &why),
        Found::Bytes(bytes) if sha256(&bytes) == stamp.sha256 => return Some(bytes),
        Found::Bytes(bytes) if (bytes.len() as u64) < stamp.bytes => faults.missing(name, "it ends early"),
        Found::Bytes(_) | Found::TooLong => faults.wrong(name, "it is not what was written"),
    }
    None
}

/// The sealed secrets, or the answer without them. Only a changed file is a fault: they may lie elsewhere.
fn fetch_secret(given: &Given<'_>, head: &Head, faults: &mut Faults) -> Result<Vec<u8>, Answer> {
    let name = Head::secrets_name(&head.id, head.run);
    let path = match given.secret {
        Some(secret) if secret.file.is_dir() => secret.file.join(&name),
        Some(secret) => secret.file.to_owned(),
        None => given.folder.join(&name),
    };
    let (folder, name) =
        (path.parent().unwrap_or(Path::new("")), path.file_name().map(PathBuf::from).unwrap_or_default());
    let name = name.to_string_lossy();
    if let Found::Missing(why) = place::read(&path, MOST_SECRETS_BYTES) {
        let what =
            "without it nobody can open what entries say; if it lies elsewhere, name its folder with `--secrets`";
        return Err(Answer::CannotTell(format!("`{name}`: {why}; {what}")));
    }
    let fetched = fetch(folder, &name, &head.secrets, MOST_SECRETS_BYTES, faults);
    fetched.ok_or_else(|| Answer::CannotTell(format!("`{name}` is not as it was written")))
}

/// Holds a sealed file against its hash alone.
fn look(folder: &Path, path: &str, hash: &[u8; 32], faults: &mut Faults) {
    let limit = if path.starts_with(place::BLOCKS) {
        4 * super::index::BLOCK_BYTES as u64 + (1 << 20)
    } else {
        MOST_INDEX_BYTES
    };
    match place::read(&folder.join(path), limit) {
        Found::Missing(why) => faults.missing(path, &why),
        Found::Bytes(bytes) if sha256(&bytes) == *hash => {}
        Found::Bytes(_) | Found::TooLong => faults.wrong(path, "it is not what was written, or ends early"),
    }
}

/// Opens every block into the target; gives the log's key that was among the files.
fn unpack(
    given: &Given<'_>,
    target: &mut Target<'_>,
    index: &Index,
    manifest: &Manifest,
    faults: &mut Faults,
    tell: &mut Tell<'_>,
) -> Result<Option<VerifyingIdentity>, Error> {
    let of = index.files.iter().map(|file| file.length).sum();
    let (mut done, mut log) = (0, None);
    target.begin()?;
    for file in &index.files {
        let mut writing = target.file(&file.path)?;
        let mut whole = true;
        for block in &file.blocks {
            let path = block_path(&block.name);
            match opened(given, &path, block.sealed, manifest, faults) {
                Some(bytes) if sha256(&bytes) == block.sha256 && bytes.len() as u64 == block.length => {
                    writing.write(&bytes)?
                }
                Some(_) => {
                    faults.wrong(&path, &format!("it does not hold the piece of `{}` that the list names", file.path));
                    whole = false;
                }
                None => whole = false,
            }
            done += block.length;
            tell(Progress { doing: "opening and restoring", done, of });
        }
        let (sha256, beginning) = writing.finish()?;
        if whole && sha256 != file.sha256 {
            faults.wrong(&file.path, "its pieces do not give the file that the list names");
        }
        if file.path == "keys/log.pub" {
            let key =
                std::str::from_utf8(&beginning).ok().and_then(|text| VerifyingIdentity::parse(text.trim_end()).ok());
            log = key.filter(|_| whole);
        }
    }
    if log.is_none() && faults.none() {
        faults.wrong(&Head::index_name(0), "it names no log's key");
    }
    target.end()?;
    Ok(log)
}

/// What a block holds.
fn opened(given: &Given<'_>, path: &str, sealed: u64, manifest: &Manifest, faults: &mut Faults) -> Option<Vec<u8>> {
    let Some(hash) = manifest.get(path) else {
        faults.wrong(path, "the list of hashes does not name it");
        return None;
    };
    let bytes = fetch(given.folder, path, &Stamp { sha256: *hash, bytes: sealed }, sealed, faults)?;
    match open(given.identities, &bytes) {
        Ok(bytes) => Some(bytes),
        Err(Closed::NoKeyFits) => {
            faults.missing(path, "none of the keys at hand opens it");
            None
        }
        Err(Closed::Changed(what)) => {
            faults.wrong(path, what);
            None
        }
    }
}

/// Makes the log, verifies the store, destroys what its log orders erased, and replays it.
fn record(
    given: &Given<'_>,
    head: &Head,
    index: &Index,
    manifest: &Manifest,
    tell: &mut Tell<'_>,
    checked: &mut Checked,
) -> Result<(), Error> {
    tell(Progress { doing: "verifying", done: 0, of: 0 });
    let disk: Arc<dyn crate::storage::Disk> = Arc::new(LocalDisk);
    if let Err(error) = rebuild_log(&disk, given.into) {
        checked.record = refused(error)?;
        return Ok(());
    }
    let mut found = verify(given.into);
    if let Verification::Yes { payloads: PayloadsFound { unfinished, .. }, .. } = &found
        && !unfinished.is_empty()
    {
        if !given.into.join("keys/log.key").exists() {
            let what =
                format!("{} entries are ordered erased and this copy opens them still; make it anew", unfinished.len());
            checked.record = Answer::No(what);
            return Ok(());
        }
        let count = Store::open(given.into)?.redact_again()?.len();
        checked
            .remarks
            .push(format!("the keys of {count} entries that the log orders erased were in it and are destroyed here"));
        found = verify(given.into);
    }
    checked.record = match &found {
        Verification::No { differences, .. } => Answer::No(differences[0].to_string()),
        Verification::CannotTell { missing } => Answer::CannotTell(missing[0].to_string()),
        Verification::Yes { entries, root, .. } if (*entries, *root) != (head.size, head.root) => {
            Answer::No(format!("it has {entries} entries and the root {root}, and its head says otherwise"))
        }
        Verification::Yes { entries, root, payloads, .. } => Answer::Yes(format!(
            "{entries} entries, root {root}, {} opened, {} erased",
            payloads.opened,
            payloads.erased.len()
        )),
    };
    if let Answer::Yes(_) = checked.record {
        tell(Progress { doing: "replaying", done: 0, of: 0 });
        let restored = Reader::open(given.into)?;
        let (mission, _) = station::of(&restored)?;
        checked.remarks.extend(evidence(given, &restored, &mission, index, manifest)?);
        checked.follows = follows(&Follows::of(&mission), index, head);
    } else {
        checked.follows = Answer::CannotTell("the record has to be whole first".into());
    }
    Ok(())
}

/// What is to be said of items of evidence that are not as the record names them. A sealed one is read out of its blocks again, now
/// that its key is known, and lies nowhere opened.
fn evidence(
    given: &Given<'_>,
    restored: &Reader,
    mission: &Mission,
    index: &Index,
    manifest: &Manifest,
) -> Result<Vec<String>, Error> {
    let held: BTreeMap<&str, &Filed> = index
        .files
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix("evidence/")?.split_once('/')?.1, file)))
        .collect();
    let mut remarks = Vec::new();
    for (name, exhibit) in mission.evidence() {
        let (plain, sealed) = (name.to_string(), format!("{name}.sealed"));
        let sound = match (held.get(plain.as_str()), held.get(sealed.as_str())) {
            (Some(file), _) => Sha256Name::new(file.sha256) == *name,
            (None, Some(file)) => {
                let mut keys = restored.item_keys(exhibit)?.into_iter().peekable();
                // Closed with the acquisition that was erased: nobody can tell, and nobody is to.
                keys.peek().is_none()
                    || keys.any(|key| {
                        let mut pieces = Pieces { given, manifest, left: file.blocks.iter(), piece: Cursor::default() };
                        unseal(&mut pieces, &mut io::sink(), &key).is_ok_and(|found| found == Some(*name))
                    })
            }
            (None, None) => {
                remarks.push(format!("evidence {name} is named in the record and is not in the backup"));
                continue;
            }
        };
        if !sound {
            remarks.push(format!(
                "evidence {name} is not the bytes that were acquired, and was not when it was backed up"
            ));
        }
    }
    Ok(remarks)
}

/// A file of a backup, read out of its blocks, one at a time.
struct Pieces<'a> {
    given: &'a Given<'a>,
    manifest: &'a Manifest,
    left: std::slice::Iter<'a, Block>,
    piece: Cursor<Vec<u8>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(block) = self.left.next() else { return Ok(0) };
            let path = block_path(&block.name);
            let piece = opened(self.given, &path, block.sealed, self.manifest, &mut Faults::default());
            self.piece = Cursor::new(piece.ok_or_else(|| io::Error::other(path))?);
        }
    }
}

fn refused(error: crate::storage::Error) -> Result<Answer, Error> {
    if let crate::storage::Error::Io { .. } = error { Err(error.into()) } else { Ok(Answer::No(error.to_string())) }
}

fn follows(now: &Follows, index: &Index, head: &Head) -> Answer {
    let said = &index.follows;
    if now == said {
        let (incidents, streams) = (now.incidents.0, now.verdicts.0);
        return Answer::Yes(format!(
            "{incidents} incidents and {streams} streams of verdicts, as from the store itself"
        ));
    }
    if head.program != PROGRAM {
        let program = &head.program;
        return Answer::CannotTell(format!(
            "they differ, and it was made by `{program}`; this is `{PROGRAM}`: run that one"
        ));
    }
    let what = if now.incidents == said.incidents { "verdicts" } else { "incidents" };
    Answer::No(format!("other {what} follow from it than from the store that it was made of"))
}
