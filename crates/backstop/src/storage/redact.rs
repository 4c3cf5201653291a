//! Erasing, and who may read. Takes the entry that orders an erasure and destroys the keys that it names; takes readers and
//! wraps the keys for them. Never destroys before the order is durable and published, and never leaves an order half done:
//! what a crash cut off, the next opening finishes.

use super::disk::{self, LocalDisk, Readers};
use super::engine::Pages;
use super::error::Error;
use super::halt::{Halt, LaterOrder};
use super::reader::Reader;
use super::sealing::{Entitled, PAGE_SLOTS, ReaderSecret, STORE, Turn, Turned, destroy_all};
use super::segment::Format;
use super::store::{NewEntry, Receipt, Store, draw_key};
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{
    AUTHOR_ADMITTED, AUTHOR_DISMISSED, ONLOOKER_ADMITTED, ONLOOKER_DISMISSED, READER_ENTITLED, READER_REMOVED,
    REDACTION_EFFECTS, REDACTION_ORDERED, Redaction,
};
use mission::record::canonical::{Value, decode, encode};
use mission::record::commitment::Salt;
use mission::record::envelope::{self, Class};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where it is noted that a redaction is about to be ordered, so that an opening need not read the whole log to find it.
const NOTE: &str = "redaction.next";
const MAX_NOTE_BYTES: u64 = 64;
/// How often an erasure is tried again when other directories of the log write at the same time.
const ATTEMPTS: u32 = 16;

impl Store {
    /// Orders an erasure and carries it out. The first entry is the order; others may go with it. When this returns, the
    /// entries are published, and salt and key of each payload that the order names are destroyed.
    ///
    /// If we crash before the entries are durable, nothing has happened; after that, the next opening finishes.
    ///
    /// # Errors
    /// When the first entry orders nothing that can be erased here, or as for [`Store::append`].
    pub fn redact(&mut self, entries: Vec<NewEntry>) -> Result<Vec<Receipt>, Error> {
        self.must_be_sealed()?;
        if self.joined.is_some() {
            // An order of which no answer came may be in the engine.
            self.catch_up()?;
        }
        let refused = |problem: String| Error::Refused { position: 0, problem };
        let first = entries.first().ok_or_else(|| refused("it is empty".into()))?;
        let order = order_of(&first.kind, &first.payload).ok_or_else(|| refused("it orders no erasure".into()))?;
        for name in &order.entries {
            let leaf = self.leaf(name.index)?;
            if leaf_hash(&leaf).0 != name.leaf {
                return Err(refused(format!("entry {} has another leaf hash", name.index)));
            }
            let kind = envelope::open(&leaf).map(|(envelope, _)| envelope.kind).unwrap_or_default();
            if is_kept(&kind) {
                return Err(refused(format!("entry {} is of kind `{kind}`, which is never erased", name.index)));
            }
        }
        // One that was refused in the middle, for want of space perhaps, left its note and perhaps its order.
        self.finish_redaction()?;
        let value = Value::Integer(i64::try_from(self.size()).expect("invariant: a log has fewer than 2^63 entries"));
        disk::create(&*self.reader.disk, &self.note(), &encode(&value), Readers::Owner)?;
        let receipts = match self.append(entries) {
            Ok(receipts) => receipts,
            // Whether it was ordered is found out at the next opening, which needs the note.
            Err(error @ Error::Engine { .. }) => return Err(error),
            Err(error) => {
                self.remove_note()?;
                return Err(error);
            }
        };
        self.publish()?;
        self.destroy(&order)?;
        self.remove_note()?;
        Ok(receipts)
    }

    /// Destroys what earlier redactions name and what is there all the same, as after restoring record keys from a backup.
    /// Gives which entries those were.
    ///
    /// # Errors
    /// When an entry cannot be read or the disk refuses.
    pub fn redact_again(&mut self) -> Result<Vec<u64>, Error> {
        self.must_be_sealed()?;
        let mut left = BTreeSet::new();
        let orders = self.entries().filter_map(|entry| match entry {
            Ok(entry) => order_of(&entry.envelope.kind, entry.payload.as_ref().ok()?).map(Ok),
            Err(error) => Some(Err(error)),
        });
        for order in orders.collect::<Result<Vec<_>, Error>>()? {
            for name in order.entries.iter().filter(|name| name.index < self.size()) {
                if self.entry(name.index)?.payload.is_ok() {
                    left.insert(name.index);
                }
            }
        }
        if !left.is_empty() {
            self.erase(&left)?;
        }
        Ok(left.into_iter().collect())
    }

    /// Destroys what the log orders erased in entries that this copy of it does not hold.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn erase_as_ordered_later(&mut self, orders: &[LaterOrder]) -> Result<(), Error> {
        self.must_be_sealed()?;
        self.erase(&orders.iter().map(|order| order.entry).filter(|entry| *entry < self.size()).collect())
    }

    /// Lets an organisation read classes, or others than before. Everything of these classes, the past too.
    ///
    /// # Errors
    /// When the name or key cannot be, or the disk refuses; then nothing has changed.
    pub fn entitle(&mut self, reader: Entitled) -> Result<(), Error> {
        self.may_entitle(&reader)?;
        let mut readers: BTreeMap<String, Entitled> =
            self.readers().into_iter().map(|it| (it.name.clone(), it)).collect();
        readers.insert(reader.name.clone(), reader);
        self.turn(&BTreeSet::new(), &BTreeSet::new(), &readers.into_values().collect::<Vec<_>>(), Pages::Renewed)
    }

    /// Whether an organisation could be let in: what is asked before an entry says that it was.
    ///
    /// # Errors
    /// When the name or key cannot be, or the store has no keys of its own for payloads.
    pub fn may_entitle(&self, reader: &Entitled) -> Result<(), Error> {
        self.must_be_sealed()?;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
        if reader.name.is_empty() || reader.name.len() > 64 || !reader.name.bytes().all(allowed) || reader.name == STORE
        {
            let problem = "must be 1 to 64 lower-case letters, digits, `.` and `-`, and not `store`";
            return Err(Error::Settings(format!("the name `{}` of a reader {problem}", reader.name)));
        }
        if reader.classes.iter().all(|class| *class == Class::Public) {
            return Err(Error::Settings(
                "a reader reads `mission` or `restricted`; `public` is open to everyone".into(),
            ));
        }
        if self.readers().iter().any(|other| other.key == reader.key && other.name != reader.name) {
            return Err(Error::Settings("another reader has this key".into()));
        }
        Ok(())
    }

    /// Lets an organisation read nothing that is recorded from now on. What it could read before it may have copied.
    ///
    /// # Errors
    /// When there is no such reader, or the disk refuses; then nothing has changed.
    pub fn disentitle(&mut self, name: &str) -> Result<(), Error> {
        self.must_be_sealed()?;
        let mut readers = self.readers();
        let count = readers.len();
        readers.retain(|reader| reader.name != name || name == STORE);
        if readers.len() == count {
            return Err(Error::Settings(format!(
                "there is no reader `{name}` that could be removed; see `backstop reader list`"
            )));
        }
        // The page that is being filled has keys that the reader knows.
        let filling = self.size().saturating_sub(1) / PAGE_SLOTS;
        self.turn(&BTreeSet::new(), &[filling].into(), &readers, Pages::Renewed)
    }

    pub(super) fn must_be_sealed(&self) -> Result<(), Error> {
        if self.format() == Format::Sealed {
            return Ok(());
        }
        let problem = "this store is of format 1, which keeps payloads as plain bytes, so nothing in it can be erased, \
                       withheld or opened to some readers only; make a new store and import into it";
        Err(Error::Settings(problem.into()))
    }

    /// Finishes a redaction that a crash cut off, if its order was recorded.
    pub(super) fn finish_redaction(&mut self) -> Result<(), Error> {
        let path = self.note();
        if matches!(self.reader.disk.kind(&path), Ok(None)) {
            return Ok(());
        }
        // A note that was cut short was never followed by an order.
        let noted = decode(&disk::read_existing(&*self.reader.disk, &path, MAX_NOTE_BYTES)?);
        let index = match noted {
            Ok(Value::Integer(index)) => u64::try_from(index).ok(),
            Ok(Value::Text(_) | Value::List(_) | Value::Fields(_)) | Err(_) => None,
        };
        if let Some(index) = index.filter(|index| *index < self.size()) {
            let entry = self.entry(index)?;
            let payload = entry.payload.map_err(|why| Error::Closed { index, why })?;
            if let Some(order) = order_of(&entry.envelope.kind, &payload)
                && self.has_left(&order)?
            {
                self.destroy(&order)?;
                self.recovered.push(format!("finished the erasure that entry {index} orders"));
            }
        }
        self.remove_note()
    }

    /// Whether an erasure that was cut off is to be carried out. Where an engine agreed to it, the opening has done so.
    fn has_left(&self, order: &Redaction) -> Result<bool, Error> {
        if self.joined.is_none() {
            return Ok(true);
        }
        for name in &order.entries {
            if self.entry(name.index)?.payload.is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn destroy(&mut self, order: &Redaction) -> Result<(), Error> {
        self.erase(&order.entries.iter().map(|name| name.index).collect())
    }

    /// Begins a generation without these keys; again, if another directory of the log began one first.
    fn erase(&mut self, erased: &BTreeSet<u64>) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let readers = self.readers();
            match self.turn(erased, &BTreeSet::new(), &readers, Pages::Renewed) {
                Err(Error::Overtaken { .. }) => {}
                turned => return turned,
            }
        }
        Err(Error::Overtaken { index: self.size() })
    }

    pub(super) fn turn(
        &mut self,
        erased: &BTreeSet<u64>,
        renewed: &BTreeSet<u64>,
        readers: &[Entitled],
        pages: Pages,
    ) -> Result<(), Error> {
        let mut ring =
            self.reader.ring.take().expect("invariant: a sealed store that is open for writing has its keys");
        let (reader, settings) = (&self.reader, self.reader.settings());
        let leaves = |first: u64, end: u64| leaves_of(reader, first, end);
        let joined = self.joined.as_deref();
        let agree = joined
            .map(|joined| move |turned: &Turned| Store::offer_keys(joined, &*reader.disk, reader.size, turned, pages));
        let agree = agree.as_ref().map(|agree| agree as &dyn Fn(&Turned) -> Result<(), Error>);
        let turn = Turn { erased, renewed, readers, agree };
        let turned = ring.turn(&*reader.disk, &turn, &leaves, &|purpose| draw_key(settings, purpose));
        self.reader.ring = Some(ring);
        if let Err(Error::Overtaken { .. }) = turned {
            self.catch_up()?;
        }
        turned
    }

    /// Class and leaf hash of the entries from an index up to another.
    pub(super) fn leaves(&self, first: u64, end: u64) -> Result<Vec<(Class, [u8; 32])>, Error> {
        leaves_of(&self.reader, first, end)
    }

    fn note(&self) -> PathBuf {
        self.directory().join(NOTE)
    }

    fn remove_note(&self) -> Result<(), Error> {
        let path = self.note();
        self.reader.disk.remove(&path).map_err(Error::io("remove", &path))?;
        disk::flush_directory(&*self.reader.disk, self.directory());
        Ok(())
    }
}

/// Destroys every key of a halted store: what its entries say can be read in copies alone, and nobody signs with it any more.
///
/// # Errors
/// When the store still takes entries, its payloads lie there as plain bytes, or the disk refuses.
pub fn erase_keys(directory: &Path) -> Result<(), Error> {
    let disk = LocalDisk;
    if Halt::of(&disk, directory)?.is_none() {
        return Err(Error::Settings("only a store that takes no more entries can lose its keys".into()));
    }
    if Reader::open(directory)?.format() == Format::Plain {
        let problem =
            "this store is of format 1, which keeps payloads as plain bytes; destroying keys would erase nothing";
        return Err(Error::Settings(problem.into()));
    }
    destroy_all(&disk, directory)
}

/// A fresh secret for an organisation that is to read.
///
/// # Errors
/// When the system gives no random numbers.
pub fn new_reader_secret() -> Result<ReaderSecret, Error> {
    let mut bytes = [0; 32];
    super::store::draw(&mut bytes)?;
    Ok(ReaderSecret::new(bytes))
}

/// A fresh salt, for what is to be committed to and withheld.
///
/// # Errors
/// When the system gives no random numbers.
pub fn new_salt() -> Result<Salt, Error> {
    let mut salt = Salt::default();
    super::store::draw(&mut salt)?;
    Ok(salt)
}

/// Whether entries of this kind are never erased: without them nobody could tell what was, and what that did.
pub(crate) fn is_kept(kind: &str) -> bool {
    [
        REDACTION_ORDERED,
        REDACTION_EFFECTS,
        AUTHOR_ADMITTED,
        AUTHOR_DISMISSED,
        READER_ENTITLED,
        READER_REMOVED,
        ONLOOKER_ADMITTED,
        ONLOOKER_DISMISSED,
        "mission.opened",
    ]
    .contains(&kind)
}

/// The redaction that an entry orders.
pub(super) fn order_of(kind: &str, payload: &Value) -> Option<Redaction> {
    if kind != REDACTION_ORDERED {
        return None;
    }
    match Body::read(kind, payload) {
        Ok(Body::RedactionOrdered(order)) => Some(order),
        Ok(_) | Err(_) => None,
    }
}

fn leaves_of(reader: &Reader, first: u64, end: u64) -> Result<Vec<(Class, [u8; 32])>, Error> {
    let count = end.saturating_sub(first) as usize;
    let leaf = |record: Result<super::segment::Record, Error>| {
        let record = record?;
        let envelope = envelope::open(&record.leaf);
        let (envelope, _) = envelope.map_err(|error| Error::damaged(&reader.payloads(), 0, error.to_string()))?;
        Ok((envelope.class, leaf_hash(&record.leaf).0))
    };
    reader.records(first).take(count).map(leaf).collect()
}
