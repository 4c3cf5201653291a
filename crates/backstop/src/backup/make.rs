//! Making a backup: what is new is sealed and written, and the head comes last, after the whole was opened, restored and compared.
//!
//! Takes a store that may be written to meanwhile. If the process ends before the head is there, the former backup stands, and the
//! next run goes on with the blocks that are there. Never removes anything of a former run before the new one is verified.

use super::age::{Identity, Recipient, open, seal};
use super::check::{Checked, Given, Keep, Secret, check};
use super::error::Error;
use super::head::{Head, MOST_HEAD_BYTES, Stamp};
use super::index::{BLOCK_BYTES, Block, Filed, Follows, Index, Manifest, read_manifest, secrets, write_manifest};
use super::place::{self, BLOCKS, Found, Place, block_path, destroy, names, remove, runs, sha256};
use super::register::{self, Known};
use super::restore::wipe;
use super::{Progress, Tell};
use crate::station;
use crate::storage::{Locker, Reader, Snapshot, sign_note};
use mission::Mission;
use mission::record::commitment::hmac;
use mission::record::hex::hex;
use report::publication::PROGRAM;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::slice::from_ref;
use terms::Instant;
use verifier::Answer;

/// A store whose keys change so often while they are copied does not stand still.
const ATTEMPTS: usize = 4;
/// Longest manifest: more blocks than any disk holds.
pub(super) const MOST_MANIFEST_BYTES: u64 = 1 << 30;

/// Whether whoever holds the backup can go on with the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signing {
    /// The secret keys of log and author go with it.
    Included,
    /// They stay here: the copy is read and checked, and never written to.
    Kept,
}

/// What becomes of the run before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Former {
    /// Its lists and secrets go when the new run is verified.
    Replaced,
    /// It stays whole beside the new one.
    Kept,
}

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The store.
    pub store: &'a Path,
    /// The folder of the backup.
    pub to: &'a Path,
    /// A folder of its own for the secrets, so that copies of the rest are of no use without it.
    pub secrets_to: Option<&'a Path>,
    /// For whom it is sealed.
    pub recipients: &'a [Recipient],
    /// Whether the keys that sign go with it.
    pub signing: Signing,
    /// What becomes of the run before.
    pub former: Former,
    /// Where it is restored to be checked: a place as safe as the store's own, as it holds its keys in the clear for a while.
    pub scratch: &'a Path,
    /// The time that the head names.
    pub at: Instant,
}

/// A backup that was made, opened again and compared.
#[derive(Debug)]
pub struct Made {
    /// What was found when it was opened again. It counts only if the answer is yes.
    pub checked: Checked,
    /// Which run of which backup this is.
    pub head: Head,
    /// Bytes that were sealed and written anew.
    pub written: u64,
    /// Bytes that were there from before.
    pub kept: u64,
    /// What lies in the store's folder, is no part of it, and is not in the backup.
    pub left_out: Vec<String>,
}

/// Makes a backup of a store, or brings one up to date. It counts only if the answer is yes: else the former one still stands.
///
/// # Errors
/// When the store or a folder cannot be read or written, or it cannot be asked so.
pub fn make(order: &Order<'_>, tell: &mut Tell<'_>) -> Result<Made, Error> {
    let mut recipients = order.recipients.to_vec();
    recipients.sort_unstable();
    recipients.dedup();
    if recipients.is_empty() {
        let what =
            "nobody is named for whom to seal it; add `--recipient age1…`, which `age-keygen -o FILE` makes and prints";
        return Err(Error::Asked(what.into()));
    }
    let place = Place::take(order.to)?;
    if let Some(folder) = order.secrets_to {
        place::make_folder(folder)?;
    }
    let before = Before::of(&place)?;
    clear_unfinished(&place, order.secrets_to, &before)?;
    let (own, fresh) = (register::own_identity(order.store)?, Identity::draw().map_err(Error::Chance)?);
    let reader = Reader::open(order.store)?;
    let mut run = Run { order, place: &place, reader: &reader, recipients, own: &own, before, written: 0, kept: 0 };
    let (snapshot, index) = run.copy(tell)?;
    let left_out = index.left_out.clone();
    let (head, note) = run.finish(&snapshot, &index, &fresh)?;
    let secrets = order.secrets_to.unwrap_or(order.to).join(Head::secrets_name(&head.id, head.run));
    let given = Given {
        folder: order.to,
        head: Some(&note),
        secret: Some(Secret { file: &secrets, identities: from_ref(&fresh) }),
        identities: from_ref(&own),
        log_key: Some(&reader.keys().log),
        into: order.scratch,
        keep: Keep::Nothing,
    };
    let checked = check(&given, tell);
    wipe(order.scratch)?;
    let checked = checked?;
    if let Answer::Yes(_) = checked.answer() {
        // If we stop before this, the former head stands; after it, the next run does the rest again.
        place.put(&Head::name(head.run), note.as_bytes())?;
        place.settle()?;
        if order.former == Former::Replaced {
            remove_former(&place, order.secrets_to, &head, &index)?;
            // Copies that others get are not brought up to date with the rest.
            register::remember(order.store, Known::of(order, &head))?;
        }
    }
    Ok(Made { checked, head, written: run.written, kept: run.kept, left_out })
}

/// What there is of a backup before a run.
struct Before {
    /// By which its runs belong together; drawn for the first.
    id: String,
    /// The last run that was verified; 0 if there was none.
    run: u32,
    /// The blocks of that run, with the hashes of their sealed files.
    known: Manifest,
}

impl Before {
    fn of(place: &Place) -> Result<Before, Error> {
        let Some(run) = runs(&place.folder)?.pop() else {
            let mut id = [0; 4];
            getrandom::fill(&mut id)
                .map_err(|error| Error::Chance(format!("the system gives no random numbers: {error}")))?;
            return Ok(Before { id: hex(&id), run: 0, known: Manifest::new() });
        };
        let path = place.folder.join(Head::name(run));
        let head = match place::read(&path, MOST_HEAD_BYTES) {
            Found::Bytes(bytes) => Head::read(&bytes),
            Found::Missing(_) | Found::TooLong => None,
        };
        let head = head.ok_or_else(|| {
            let what = "is no head of a backup; move this folder aside and choose another";
            Error::Asked(format!("`{}` {what}", path.display()))
        })?;
        // Without its list every block is opened and looked at; nothing is lost but time.
        let manifest = match place::read(&place.folder.join(Head::manifest_name(run)), MOST_MANIFEST_BYTES) {
            Found::Bytes(bytes) if sha256(&bytes) == head.manifest.sha256 => String::from_utf8(bytes).ok(),
            Found::Bytes(_) | Found::Missing(_) | Found::TooLong => None,
        };
        let known = manifest.and_then(|text| read_manifest(&text)).unwrap_or_default();
        Ok(Before { id: head.id, run, known })
    }
}

/// One run.
struct Run<'a> {
    order: &'a Order<'a>,
    place: &'a Place,
    reader: &'a Reader,
    recipients: Vec<Recipient>,
    own: &'a Identity,
    before: Before,
    written: u64,
    kept: u64,
}

impl Run<'_> {
    /// Copies the store as of the reader's checkpoint.
    fn copy(&mut self, tell: &mut Tell<'_>) -> Result<(Snapshot, Index), Error> {
        for _ in 0..ATTEMPTS {
            tell(Progress { doing: "replaying the store", done: 0, of: 0 });
            let (mission, _) = station::of(self.reader)?;
            let snapshot = Snapshot::of(self.reader)?;
            let mut index = Index { follows: Follows::of(&mission), ..Index::default() };
            index.left_out.clone_from(&snapshot.left_out);
            self.copy_files(&snapshot, &mission, &mut index, tell)?;
            // Pages of keys are overwritten when something is erased: what was copied then is not all of one generation.
            if snapshot.still_holds(self.reader)? {
                return Ok((snapshot, index));
            }
        }
        Err(Error::Asked(
            "keys were changed each time while they were copied; run it again when nothing is being erased".into(),
        ))
    }

    fn copy_files(
        &mut self,
        snapshot: &Snapshot,
        mission: &Mission,
        index: &mut Index,
        tell: &mut Tell<'_>,
    ) -> Result<(), Error> {
        let store = self.reader.directory();
        let items = evidence(store, mission, index)?;
        let parts = snapshot.parts.iter().map(|part| part.length);
        let of = parts.chain(items.iter().map(|item| item.1)).sum();
        let mut done = 0;
        for part in &snapshot.parts {
            let path = part.path.to_string_lossy().into_owned();
            let filed = match &part.bytes {
                Some(bytes) => self.file(path, part.length, &mut bytes.as_slice(), &mut done, of, tell)?,
                None => self.stored(path, part.length, &mut done, of, tell)?,
            };
            index.files.push(filed);
        }
        for (path, length) in items {
            let filed = self.stored(path, length, &mut done, of, tell)?;
            index.files.push(filed);
        }
        self.place.settle()
    }

    /// Copies the first `length` bytes of a file of the store.
    fn stored(
        &mut self,
        path: String,
        length: u64,
        done: &mut u64,
        of: u64,
        tell: &mut Tell<'_>,
    ) -> Result<Filed, Error> {
        let from = self.order.store.join(&path);
        let mut file = File::open(&from).map_err(Error::io("open", &from))?;
        self.file(path, length, &mut file, done, of, tell)
    }

    /// Copies the first `length` bytes of a file, block by block.
    fn file(
        &mut self,
        path: String,
        length: u64,
        from: &mut impl Read,
        done: &mut u64,
        of: u64,
        tell: &mut Tell<'_>,
    ) -> Result<Filed, Error> {
        let (mut hasher, mut blocks, mut left) = (Sha256::new(), Vec::new(), length);
        while left > 0 {
            let mut bytes = vec![0; left.min(BLOCK_BYTES as u64) as usize];
            from.read_exact(&mut bytes).map_err(Error::io("read", Path::new(&path)))?;
            hasher.update(&bytes);
            blocks.push(self.block(&bytes)?);
            left -= bytes.len() as u64;
            *done += bytes.len() as u64;
            tell(Progress { doing: "copying", done: *done, of });
        }
        Ok(Filed { path, length, sha256: hasher.finalize().into(), blocks })
    }

    /// Sees to it that a block is there. Its name follows from what it holds and for whom it is sealed, and tells nobody else.
    fn block(&mut self, bytes: &[u8]) -> Result<Block, Error> {
        let hash = sha256(bytes);
        let recipients = self.recipients.iter().flat_map(|recipient| recipient.to_string().into_bytes());
        let named = hmac(&self.own.derive("block names"), &recipients.chain(hash).collect::<Vec<u8>>());
        let name = hex(&named[..16]);
        let path = block_path(&name);
        let length = bytes.len() as u64;
        if let Some((sealed, hash_of_sealed)) = self.sound(&path, bytes) {
            self.kept += length;
            self.before.known.insert(path, hash_of_sealed);
            return Ok(Block { name, length, sha256: hash, sealed });
        }
        let mut readers = self.recipients.clone();
        readers.push(self.own.recipient());
        let sealed = seal(&readers, bytes).map_err(Error::Chance)?;
        self.place.put(&path, &sealed)?;
        self.written += length;
        self.before.known.insert(path, sha256(&sealed));
        Ok(Block { name, length, sha256: hash, sealed: sealed.len() as u64 })
    }

    /// Length and hash of the sealed file of a block, if it is there and as it should be.
    fn sound(&self, path: &str, bytes: &[u8]) -> Option<(u64, [u8; 32])> {
        let most = (2 * BLOCK_BYTES + (1 << 20)) as u64;
        let Found::Bytes(sealed) = place::read(&self.place.folder.join(path), most) else { return None };
        let hash = sha256(&sealed);
        // One that an unfinished run wrote is in no list, and is opened.
        let sound = match self.before.known.get(path) {
            Some(known) => *known == hash,
            None => open(from_ref(self.own), &sealed).is_ok_and(|opened| opened == bytes),
        };
        sound.then_some((sealed.len() as u64, hash))
    }

    /// Writes secrets, index and manifest, and gives the head, signed and not yet written.
    fn finish(&self, snapshot: &Snapshot, index: &Index, fresh: &Identity) -> Result<(Head, String), Error> {
        let (order, run) = (self.order, self.before.run + 1);
        let goes = |path: &Path| match order.signing {
            Signing::Included => true,
            Signing::Kept => !path.ends_with("log.key") && !path.ends_with("author.key"),
        };
        let kept = snapshot.secrets.iter().filter(|(path, _)| goes(path)).cloned().collect();
        let for_all = |other: &Identity| {
            let own = [other.recipient()];
            self.recipients.iter().copied().chain(own).collect::<Vec<Recipient>>()
        };
        // Nothing that stays on this machine opens the secrets: the fresh key ends with this process.
        let sealed = seal(&for_all(fresh), secrets::write(&kept).as_bytes()).map_err(Error::Chance)?;
        let secrets_name = Head::secrets_name(&self.before.id, run);
        place::put(order.secrets_to.unwrap_or(order.to), &secrets_name, &sealed)?;
        let secrets = Stamp { sha256: sha256(&sealed), bytes: sealed.len() as u64 };
        let sealed = seal(&for_all(self.own), index.to_text().as_bytes()).map_err(Error::Chance)?;
        self.place.put(&Head::index_name(run), &sealed)?;
        let index_stamp = Stamp { sha256: sha256(&sealed), bytes: sealed.len() as u64 };
        let mut manifest = Manifest::new();
        let mut bytes = 0;
        for block in index.files.iter().flat_map(|file| &file.blocks) {
            let path = block_path(&block.name);
            let hash = self.before.known[&path];
            if manifest.insert(path, hash).is_none() {
                bytes += block.sealed;
            }
        }
        let blocks = (manifest.len() as u64, bytes);
        manifest.insert(Head::index_name(run), index_stamp.sha256);
        if order.secrets_to.is_none() {
            manifest.insert(secrets_name, secrets.sha256);
        }
        let text = write_manifest(&manifest);
        self.place.put(&Head::manifest_name(run), text.as_bytes())?;
        self.place.settle()?;
        if let Some(folder) = order.secrets_to {
            place::settle(folder)?;
        }
        let checkpoint = self.reader.checkpoint();
        let head = Head {
            id: self.before.id.clone(),
            run,
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root,
            made_at: order.at.to_string(),
            program: PROGRAM.to_owned(),
            generation: snapshot.generation,
            blocks,
            manifest: Stamp { sha256: sha256(text.as_bytes()), bytes: text.len() as u64 },
            index: index_stamp,
            secrets,
            recipients: self.recipients.clone(),
        };
        let note = sign_note(self.reader, &head.to_text())?;
        Ok((head, note))
    }
}

/// The items that entries name, by path and length. One that is named no more was erased from the record, and is not carried on.
fn evidence(store: &Path, mission: &Mission, index: &mut Index) -> Result<Vec<(String, u64)>, Error> {
    let locker = Locker::of(store);
    let mut items = Vec::new();
    for item in locker.items()? {
        let path = item.path.strip_prefix(store).unwrap_or(&item.path).to_string_lossy().into_owned();
        if mission.evidence().contains_key(&item.name) {
            items.push((path, item.length));
        } else {
            index.left_out.push(path);
        }
    }
    Ok(items)
}

/// Removes what a run that did not come to its head left: lists, and secrets overwritten before.
fn clear_unfinished(place: &Place, secrets_to: Option<&Path>, before: &Before) -> Result<(), Error> {
    let newer = |run: u32| run > before.run;
    clear(place, secrets_to, &before.id, &newer)
}

/// Removes the runs before this one, and blocks that this one does not name.
fn remove_former(place: &Place, secrets_to: Option<&Path>, head: &Head, index: &Index) -> Result<(), Error> {
    let other = |run: u32| run != head.run;
    clear(place, secrets_to, &head.id, &other)?;
    for run in runs(&place.folder)?.into_iter().filter(|run| *run < head.run) {
        remove(&place.folder.join(Head::name(run)))?;
    }
    let needed: std::collections::BTreeSet<String> =
        index.files.iter().flat_map(|file| &file.blocks).map(|block| format!("{}.age", block.name)).collect();
    let folder = place.folder.join(BLOCKS);
    for name in names(&folder)?.iter().filter(|name| name.ends_with(".age") && !needed.contains(*name)) {
        remove(&folder.join(name))?;
    }
    place.settle()
}

/// Removes lists and destroys secrets of the runs that are meant.
fn clear(place: &Place, secrets_to: Option<&Path>, id: &str, meant: &dyn Fn(u32) -> bool) -> Result<(), Error> {
    let run_of = |name: &str, before: &str, after: &str| {
        name.strip_prefix(before)?.strip_suffix(after).filter(|digits| digits.len() == 6)?.parse::<u32>().ok()
    };
    let secrets = format!("secrets-{id}-");
    for folder in [Some(place.folder.as_path()), secrets_to].into_iter().flatten() {
        for name in names(folder)? {
            let path = folder.join(&name);
            if run_of(&name, &secrets, ".age").is_some_and(meant) {
                destroy(&path)?;
            } else if folder == place.folder {
                let list = run_of(&name, "index-", ".age").or_else(|| run_of(&name, "manifest-", ".sha256"));
                if list.is_some_and(meant) {
                    remove(&path)?;
                }
            }
        }
        place::settle(folder)?;
    }
    Ok(())
}
