//! A store that was joined to an engine. Takes what the store is about to make durable and offers it there first; says how the two stand
//! to one another. Never counts silence as an answer, and never lets a head out that the engine did not take.

use super::link::{BEGIN, Batch, Begin, Link, NewKeys, digest, key_at, key_of_part};
use super::named::{self, Complete, Named, Place};
use super::{Begin as BeginThere, Engine, MAX_PIECE_BYTES, Put, Swap, Trouble};
use crate::storage::disk::{self, Disk};
use crate::storage::error::Error;
use crate::storage::reader::Reader;
use crate::storage::sealing::{PAGE_SLOTS, SLOT_BYTES, Turned, Wrapped};
use crate::storage::segment::Format;
use crate::storage::store::Store;
use ledger::Checkpoint;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before asking again, each time that no answer came: about 20 s in all.
const WAITS_MS: [u64; 9] = if cfg!(test) { [0; 9] } else { [20, 50, 100, 250, 500, 1_000, 3_000, 5_000, 10_000] };

/// An engine as a store asks it.
pub(in super::super) struct Joined {
    engine: Arc<dyn Engine>,
    place: String,
    waits: Vec<Duration>,
}

impl Joined {
    pub(super) fn new(engine: Arc<dyn Engine>, place: String) -> Joined {
        Joined { engine, place, waits: WAITS_MS.into_iter().map(Duration::from_millis).collect() }
    }

    /// One that asks so many times again without waiting.
    #[cfg(test)]
    pub(super) fn impatient(engine: Arc<dyn Engine>, again: usize) -> Joined {
        Joined { engine, place: "the engine".into(), waits: vec![Duration::ZERO; again] }
    }

    /// Asks until there is an answer. All that is asked may be asked again: what was done already is found done.
    fn ask<T>(&self, ask: impl Fn(&dyn Engine) -> Result<T, Trouble>) -> Result<T, Error> {
        let mut waits = self.waits.iter();
        loop {
            match (ask(&*self.engine), waits.next()) {
                (Ok(answer), _) => return Ok(answer),
                (Err(Trouble::Unanswered(_)), Some(wait)) => std::thread::sleep(*wait),
                (Err(trouble), _) => return Err(Error::engine(&self.place, trouble)),
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ask(|engine| engine.get(key))
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8]) -> Result<Put, Error> {
        self.ask(|engine| engine.put_if_absent(key, bytes))
    }

    pub(super) fn head(&self) -> Result<Option<String>, Error> {
        self.ask(|engine| engine.head())
    }

    pub(super) fn swap(&self, expected: Option<&str>, new: &str) -> Result<Swap, Error> {
        self.ask(|engine| engine.compare_and_swap_head(expected, new))
    }

    /// The link under a key; none if nothing leads on from there.
    pub(super) fn link(&self, key: &str) -> Result<Option<Link>, Error> {
        let Some(bytes) = self.get(key)? else { return Ok(None) };
        let link = Link::parse(&bytes);
        link.map(Some).ok_or_else(|| self.contradicted(key, "these bytes are no link of a log"))
    }

    /// The slots of a page that a generation wrapped anew.
    pub(super) fn part(&self, page: u64, digested: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let key = key_of_part(digested);
        let slots = self.get(&key)?;
        let slots = slots.ok_or_else(|| self.contradicted(&key, format!("the slots of page {page} are missing")))?;
        if digest(&slots) != *digested || slots.len() as u64 > PAGE_SLOTS * SLOT_BYTES as u64 {
            return Err(self.contradicted(&key, format!("the slots of page {page} are not what their name says")));
        }
        Ok(slots)
    }

    pub(super) fn contradicted(&self, key: &str, problem: impl Into<String>) -> Error {
        Error::Contradicted { engine: self.place.clone(), key: key.to_owned(), problem: problem.into() }
    }
}

/// How a store and its engine stand to one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Both have published the same.
    Same,
    /// The engine has published this many entries, which begin with those here; the next opening for writing takes them over.
    Ahead(u64),
    /// They cannot both be true: why.
    Contradicts(String),
    /// The engine gives no answer, or was not joined to the end: why.
    CannotTell(String),
}

/// Where the engine of a store is, and how the two stand; none for a store that stands alone.
///
/// # Errors
/// When the store's own files are not as they should be.
pub fn agreement(store: &Reader) -> Result<Option<(Place, Agreement)>, Error> {
    let Some(Named { place, complete }) = named::read(&*store.disk, store.directory())? else { return Ok(None) };
    if complete == Complete::NotYet {
        let why = "joining was begun and not finished; the next opening for writing finishes it".to_owned();
        return Ok(Some((place, Agreement::CannotTell(why))));
    }
    let head = match place.open(&store.disk, &store.keys().log, BeginThere::Never) {
        Ok(engine) => engine.head(),
        Err(error) => return Ok(Some((place, Agreement::CannotTell(error.to_string())))),
    };
    let agreement = match head {
        Err(Trouble::Refused(why) | Trouble::Unanswered(why)) => Agreement::CannotTell(why),
        Ok(None) => Agreement::Contradicts("it holds no head, and had one: it lost what it took".into()),
        Ok(Some(head)) => compare_heads(store, &head)?,
    };
    Ok(Some((place, agreement)))
}

fn compare_heads(store: &Reader, head: &str) -> Result<Agreement, Error> {
    let Ok((theirs, _)) = Checkpoint::open(head.as_bytes(), &store.keys().log, &[]) else {
        return Ok(Agreement::Contradicts("its head is not signed by this log".into()));
    };
    let ours = store.checkpoint();
    if theirs.size > ours.size {
        return Ok(Agreement::Ahead(theirs.size));
    }
    if store.root_of(theirs.size)? != theirs.root {
        return Ok(Agreement::Contradicts(format!("its head over {} entries has another root", theirs.size)));
    }
    Ok(if theirs.size == ours.size {
        Agreement::Same
    } else {
        let problem = format!("its head covers {} entries, and {} are published here", theirs.size, ours.size);
        Agreement::Contradicts(format!("{problem}: it lost what it took"))
    })
}

impl Store {
    /// Joins a store to an engine: sends everything that is here, unless the engine has this log, and then takes over what it
    /// has more. When this returns, the engine holds what is here, and every batch goes there from now on.
    ///
    /// If we crash in between, the next opening goes on.
    ///
    /// # Errors
    /// When the store holds payloads as plain bytes, the engine gives no answer, or what it holds contradicts what is here.
    pub fn join(directory: &Path, place: &Place) -> Result<Store, Error> {
        Store::join_on(Arc::new(disk::LocalDisk), directory, place)
    }

    /// As [`Store::join`], on a disk of the caller's.
    ///
    /// # Errors
    /// As for [`Store::join`].
    pub fn join_on(disk: Arc<dyn Disk>, directory: &Path, place: &Place) -> Result<Store, Error> {
        let mut store = Store::open_alone(disk.clone(), directory)?;
        store.must_be_sealed()?;
        // The engine begins this log here, and never again at an opening: what is then not there was lost.
        Joined::new(place.open(&disk, &store.keys().log, BeginThere::IfAbsent)?, place.to_string()).head()?;
        named::write(&*disk, directory, &Named { place: place.clone(), complete: Complete::NotYet })?;
        store.join_as_named()?;
        Ok(store)
    }

    /// Meets the engine that the store was joined to, if it was to one.
    pub(in super::super) fn join_as_named(&mut self) -> Result<(), Error> {
        let (disk, directory) = (self.reader.disk.clone(), self.directory().to_owned());
        let Some(Named { place, complete }) = named::read(&*disk, &directory)? else { return Ok(()) };
        let engine = place.open(&disk, &self.keys().log, BeginThere::Never)?;
        self.join_to(Joined::new(engine, place.to_string()), complete)?;
        if complete == Complete::NotYet {
            named::write(&*disk, &directory, &Named { place, complete: Complete::Yes })?;
        }
        Ok(())
    }

    pub(super) fn join_to(&mut self, joined: Joined, complete: Complete) -> Result<(), Error> {
        self.must_be_sealed()?;
        if complete == Complete::NotYet {
            self.publish()?;
        }
        self.joined = Some(Arc::new(joined));
        if complete == Complete::NotYet && self.engine().head()?.is_none() {
            self.send_all()?;
        }
        self.meet()
    }

    /// The engine; asked for in joined stores alone.
    pub(super) fn engine(&self) -> Arc<Joined> {
        self.joined.clone().expect("invariant: asked for in a joined store")
    }

    pub(super) fn generation(&self) -> u64 {
        self.reader.ring.as_ref().expect("invariant: a joined store is sealed and open for writing").generation()
    }

    /// Offers a batch that is about to be written here. In a store that stands alone this does nothing.
    ///
    /// If we crash after the engine took it, the next opening takes it over as if another directory had written it.
    ///
    /// # Errors
    /// [`Error::Overtaken`] when another directory wrote first: what it wrote is here now, and nothing of this batch is.
    pub(in super::super) fn offer_batch(&mut self, records: &[u8], slots: &[Wrapped]) -> Result<(), Error> {
        if self.joined.is_none() {
            return Ok(());
        }
        let (engine, first, generation) = (self.engine(), self.reader.size, self.generation());
        // What the engine takes must find room here.
        self.segment.reserve(records.len() as u64)?;
        if let Some(ring) = &mut self.reader.ring {
            ring.reserve(&*self.reader.disk, first, slots.len() as u64)?;
        }
        let begun = self.reader.segments.last().filter(|it| it.number > 0 && it.header.first == first);
        let mut piece = begun.map_or_else(Vec::new, |segment| segment.header.to_bytes());
        piece.extend(records);
        let pages =
            self.reader.ring.as_ref().map(|ring| ring.lines_from(first.div_ceil(PAGE_SLOTS))).unwrap_or_default();
        let slots = slots.to_vec();
        let bytes =
            Link::Batch(Batch { first, entries: slots.len() as u64, generation, pages, slots, piece }).to_bytes();
        if bytes.len() > MAX_PIECE_BYTES {
            let problem = format!(
                "with it the batch has {} bytes, and an engine takes {MAX_PIECE_BYTES}; record fewer at once",
                bytes.len()
            );
            return Err(Error::Refused { position: 0, problem });
        }
        match engine.put(&key_at(first, generation), &bytes)? {
            Put::Held => Ok(()),
            Put::Other => {
                self.catch_up()?;
                Err(Error::Overtaken { index: first })
            }
        }
    }

    /// Offers a generation of record keys that is ready and not in force. `all` sends the slots of every page, not only of
    /// those that were wrapped anew.
    pub(in super::super) fn offer_keys(
        joined: &Joined,
        disk: &dyn Disk,
        size: u64,
        turned: &Turned,
        pages: Pages,
    ) -> Result<(), Error> {
        let mut parts = std::collections::BTreeMap::new();
        for page in turned.pages.iter().filter(|page| page.renewed || pages == Pages::All) {
            let slots = slots_of(disk, size, page.number, &page.path)?;
            let digested = digest(&slots);
            joined.put(&key_of_part(&digested), &slots)?;
            parts.insert(page.number, digested);
        }
        let keys = NewKeys { size, generation: turned.generation, parts, table: turned.table.clone() };
        match joined.put(&key_at(size, turned.generation - 1), &Link::Keys(keys).to_bytes())? {
            Put::Held => Ok(()),
            Put::Other => Err(Error::Overtaken { index: size }),
        }
    }

    /// Offers the head that is about to be published here. In a store that stands alone this does nothing.
    ///
    /// # Errors
    /// [`Error::Overtaken`] when the engine's head is another than the one published here last.
    pub(in super::super) fn offer_head(&self, text: &str) -> Result<(), Error> {
        let Some(joined) = &self.joined else { return Ok(()) };
        match joined.swap(Some(&self.reader.signed_checkpoint()?), text)? {
            Swap::Done => Ok(()),
            Swap::Other(_) => Err(Error::Overtaken { index: self.reader.size }),
        }
    }

    /// Sends everything that is here: what the log is, each batch as it was written, and then all record keys, under a root that the
    /// engine never sees.
    fn send_all(&mut self) -> Result<(), Error> {
        let engine = self.engine();
        let begin = match engine.get(BEGIN)? {
            Some(bytes) => Begin::parse(&bytes),
            None => Some(self.begin(self.generation())),
        };
        let begin = begin.filter(|begin| *begin == self.begin(begin.generation));
        let begin = begin.ok_or_else(|| engine.contradicted(BEGIN, "it belongs to another log"))?;
        self.send(BEGIN, &begin.to_bytes())?;
        for batch in self.batches(begin.generation)? {
            let batch = batch?;
            let key = key_at(batch.first, batch.generation);
            self.send(&key, &Link::Batch(batch).to_bytes())?;
        }
        if self.generation() == begin.generation {
            self.catch_up()?;
        }
        if self.generation() == begin.generation {
            self.turn_to_send()?;
        }
        let head = self.reader.signed_checkpoint()?;
        match engine.swap(None, &head)? {
            Swap::Done => Ok(()),
            Swap::Other(_) => {
                Err(engine.contradicted("head", "another directory was joined in the same moment; join again"))
            }
        }
    }

    fn send(&self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        let engine = self.engine();
        match engine.put(key, bytes)? {
            Put::Held => Ok(()),
            Put::Other => Err(engine.contradicted(key, "it holds something else than what is here")),
        }
    }

    /// What the log is, as the engine keeps it.
    pub(super) fn begin(&self, generation: u64) -> Begin {
        let store = self.reader.settings().to_text(Format::Sealed);
        Begin { generation, log: self.keys().log.to_string(), store }
    }
}

/// Which pages' slots go with a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Pages {
    /// Those that it wrapped anew.
    Renewed,
    /// All, as the engine has none yet.
    All,
}

/// The slots of a page up to the last entry, without the space behind.
pub(super) fn slots_of(disk: &dyn Disk, size: u64, page: u64, path: &Path) -> Result<Vec<u8>, Error> {
    let mut slots = disk::read_existing(disk, path, PAGE_SLOTS * SLOT_BYTES as u64)?;
    let entries = size.saturating_sub(page * PAGE_SLOTS).min(PAGE_SLOTS) as usize;
    slots.truncate(entries * SLOT_BYTES);
    if slots.len() < entries * SLOT_BYTES {
        return Err(Error::damaged(path, slots.len() as u64, "slots of entries that are here are missing"));
    }
    Ok(slots)
}
