//! The one writer of a store. Takes batches of entries and gives a receipt for each once it is durable; publishes them as a
//! signed log. Never gives a receipt before the disk has the entry, never signs before it has read back what it signs.
//!
//! What holds if we crash, step by step: before the flush of a batch, which takes its keys with it, the batch may be absent,
//! in part or whole, and nobody holds a receipt; records without their keys count as torn. After it, every entry of the batch is found again at the next opening, at its index. Before the
//! checkpoint is replaced, the old one and all its tiles stand; after it, the new one and all its tiles do.

use super::disk::{self, Disk, Found, LocalDisk, Lock, Readers};
use super::engine::Joined;
use super::error::Error;
use super::halt::must_not_be_halted;
use super::keys::{Keys, write_reader};
use super::parallel::{every_core, map_in_order};
use super::reader::{Reader, Segment, must_be_a_store, read_check, segment_number, segment_path};
use super::sealing::{FOLDER, Key, ReaderSecret, Ring, Slot};
use super::segment::{self, Check, Format, Header, Piece, Record, SegmentReader, SegmentWriter};
use super::settings::Settings;
use super::submit::Numbers;
use super::tiles::{self, Growth};
use super::unsealed::{Content, Unsealed, WrappedSlot, author_of, seal_entry};
use ledger::tree;
use ledger::{Checkpoint, Hash};
use mission::record::canonical::Value;
use mission::record::commitment::SALT_BYTES;
use mission::record::envelope::{self, Class, KeyId};
use sha2::{Digest, Sha256};
use std::num::NonZero;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terms::Instant;

/// Most entries in one batch.
pub const MAX_BATCH_ENTRIES: usize = 65_536;

/// Something to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// What kind of thing it is, as [`envelope::Envelope::kind`].
    pub kind: String,
    /// Who may read what it says.
    pub class: Class,
    /// When it came in, in milliseconds since 1970-01-01 UTC.
    pub received_at_ms: i64,
    /// What it says: named fields.
    pub payload: Value,
}

/// The promise that an entry is durable at its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Where it is in the log.
    pub index: u64,
    /// Hash of its leaf.
    pub leaf: Hash,
}

/// A store opened for writing; it reads like its [`Reader`].
pub struct Store {
    pub(super) reader: Reader,
    pub(super) keys: Keys,
    pub(super) segment: SegmentWriter,
    /// The edge of the published log; none until it is first needed, and after a failure.
    growth: Option<Growth>,
    /// To check and sign on; every core until it is told otherwise.
    threads: Option<NonZero<usize>>,
    /// When the last entry came in; none until it is first needed.
    pub(super) last_received_at_ms: Option<i64>,
    /// What authors elsewhere have sent; none until one sends something, and whenever entries came in by another way.
    pub(super) numbers: Option<Numbers>,
    pub(super) recovered: Vec<String>,
    /// The engine that has everything first; none for a store that stands alone.
    pub(super) joined: Option<Arc<Joined>>,
    _lock: Lock,
}

impl Deref for Store {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Store {
    /// Creates a store with new keys and an empty, published log.
    ///
    /// # Errors
    /// When the settings cannot be, the place is taken, or the disk refuses. A half-made store is no store: `store.toml` is
    /// written last.
    pub fn create(directory: &Path, settings: &Settings) -> Result<Store, Error> {
        Store::create_on(Arc::new(LocalDisk), directory, settings)
    }

    /// As [`Store::create`], on a disk of the caller's.
    ///
    /// # Errors
    /// As for [`Store::create`].
    pub fn create_on(disk: Arc<dyn Disk>, directory: &Path, settings: &Settings) -> Result<Store, Error> {
        Store::create_as(disk, directory, settings, Format::Sealed)
    }

    /// Creates a store of format 1, as older versions did, whose payloads lie there as plain bytes: what a sealed one is
    /// measured against.
    ///
    /// # Errors
    /// As for [`Store::create`].
    pub fn create_plain(directory: &Path, settings: &Settings) -> Result<Store, Error> {
        Store::create_as(Arc::new(LocalDisk), directory, settings, Format::Plain)
    }

    /// As [`Store::create_on`], in a format.
    fn create_as(disk: Arc<dyn Disk>, directory: &Path, settings: &Settings, format: Format) -> Result<Store, Error> {
        settings.check()?;
        if disk.list(directory).is_ok_and(|files| !files.is_empty()) {
            return Err(Error::Exists(directory.to_owned()));
        }
        make_folders(&*disk, directory)?;
        let keys = Keys::new(&settings.origin(), secret(settings, "log key")?, secret(settings, "author key")?)?;
        keys.write(&*disk, &directory.join("keys"))?;
        if format == Format::Sealed {
            let own = ReaderSecret::new(secret(settings, "reader key")?);
            write_reader(&*disk, &directory.join("keys"), &own)?;
            Ring::create(&*disk, directory, &own, &|purpose| draw_key(settings, purpose))?;
        }
        let first = Header { format, first: 0, before: [0; 32] };
        SegmentWriter::create(&disk, &segment_path(&directory.join("payloads"), 0), first)?;
        let empty = Checkpoint { origin: settings.origin(), size: 0, root: tree::empty_root(), extensions: Vec::new() };
        disk::create(&*disk, &directory.join("log/checkpoint"), empty.sign(&keys.log)?.as_bytes(), Readers::Anyone)?;
        disk::flush_directory(&*disk, &directory.join("log"));
        disk::create(&*disk, &directory.join("lock"), b"", Readers::Owner)?;
        disk::create(&*disk, &directory.join("store.toml"), settings.to_text(format).as_bytes(), Readers::Owner)?;
        Store::open_on(disk, directory)
    }

    /// Opens a store for writing and puts right what a crash left: entries that are durable but not published are
    /// published, and what was torn while being written is set aside. [`Store::recovered`] says what was done.
    ///
    /// # Errors
    /// When this is no store, another process writes to it, or something that was acknowledged is damaged: then nothing is
    /// changed.
    pub fn open(directory: &Path) -> Result<Store, Error> {
        Store::open_on(Arc::new(LocalDisk), directory)
    }

    /// As [`Store::open`], on a disk of the caller's.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub fn open_on(disk: Arc<dyn Disk>, directory: &Path) -> Result<Store, Error> {
        let mut store = Store::open_unmet(disk, directory)?;
        store.join_as_named()?;
        store.finish()
    }

    /// Opens a store without asking the engine that it may have been joined to.
    pub(super) fn open_alone(disk: Arc<dyn Disk>, directory: &Path) -> Result<Store, Error> {
        Store::open_unmet(disk, directory)?.finish()
    }

    /// A store as it lies on its disk, with what is torn set aside, and nothing published.
    pub(super) fn open_unmet(disk: Arc<dyn Disk>, directory: &Path) -> Result<Store, Error> {
        must_be_a_store(&*disk, directory)?;
        must_not_be_halted(&*disk, directory)?;
        let path = directory.join("lock");
        let lock = disk.lock(&path).map_err(Error::io("lock", &path))?;
        let lock = lock.ok_or_else(|| Error::Busy(directory.to_owned()))?;
        distrust_the_cache(&*disk, directory)?;
        let mut reader = Reader::open_on(disk, directory)?;
        let keys = Keys::read(&*reader.disk, &directory.join("keys"))?;
        if *keys.log.public() != reader.keys().log || !reader.keys().authors.contains_key(&author_of(&keys.author)) {
            return Err(Error::damaged(&directory.join("keys"), 0, "secret and public keys do not belong together"));
        }
        let mut recovered = Vec::new();
        let segment = recover(&mut reader, &mut recovered)?;
        if let Some(mut ring) = reader.ring.take() {
            recovered.extend(ring.recover(&*reader.disk, reader.size)?);
            reader.ring = Some(ring);
        } else if reader.format() == Format::Sealed {
            return Err(Error::damaged(&directory.join(FOLDER), 0, "the record keys are missing"));
        }
        Ok(Store {
            reader,
            keys,
            segment,
            growth: None,
            threads: None,
            last_received_at_ms: None,
            numbers: None,
            recovered,
            joined: None,
            _lock: lock,
        })
    }

    /// Finishes what was begun before.
    pub(super) fn finish(mut self) -> Result<Store, Error> {
        let unpublished = self.reader.size - self.reader.checkpoint.size;
        if unpublished > 0 {
            self.recovered.push(format!("published {unpublished} entries that were durable but not yet published"));
            self.publish()?;
        }
        self.finish_redaction()?;
        Ok(self)
    }

    /// Signs on so many threads from now on; what is written is the same for any number.
    pub fn use_threads(&mut self, threads: NonZero<usize>) {
        self.threads = Some(threads);
    }

    pub(super) fn threads(&self) -> NonZero<usize> {
        self.threads.unwrap_or_else(every_core)
    }

    /// What the opening had to put right, one sentence each.
    pub fn recovered(&self) -> &[String] {
        &self.recovered
    }

    /// The key that signs entries of this store.
    pub fn author(&self) -> KeyId {
        author_of(&self.keys.author)
    }

    /// Records a batch, whole or not at all. When this returns, every entry is durable at the index of its receipt; it is
    /// part of the published log after the next [`Store::publish`].
    ///
    /// # Errors
    /// When an entry cannot be recorded, the batch is too large, or there is no space; then nothing was recorded. If the
    /// disk fails while writing, the process ends with a message that says what to do.
    pub fn append(&mut self, batch: Vec<NewEntry>) -> Result<Vec<Receipt>, Error> {
        let said = |NewEntry { kind, class, received_at_ms, payload }| Unsealed {
            class,
            received_at_ms,
            content: Content::Said { kind, payload },
        };
        self.record(batch.into_iter().map(said).collect())
    }

    /// Records an entry of which only a commitment is known here. What it says comes with a later entry, if ever.
    ///
    /// # Errors
    /// As for [`Store::append`], and in a store of format 1, which has no room for such entries.
    pub fn commit_to(
        &mut self,
        kind: &str,
        class: Class,
        received_at_ms: i64,
        commitment: [u8; 32],
    ) -> Result<Receipt, Error> {
        self.must_be_sealed()?;
        let content = Content::CommittedTo { kind: kind.to_owned(), commitment };
        let receipts = self.record(vec![Unsealed { class, received_at_ms, content }])?;
        Ok(receipts[0])
    }

    pub(super) fn record(&mut self, batch: Vec<Unsealed>) -> Result<Vec<Receipt>, Error> {
        must_be_a_batch(batch.len())?;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let last_received_at_ms = self.check_times(&batch)?;
        let (batch_start, count) = (self.reader.size, batch.len());
        let slots = self.slots(count)?;
        let settings = self.reader.settings().clone();
        let disk = self.reader.disk.clone();
        let pages = match &mut self.reader.ring {
            Some(ring) => Some(ring.begin(&*disk, batch_start, count, &|purpose| draw_key(&settings, purpose))?),
            None => None,
        };
        let numbered = batch.into_iter().zip(slots).enumerate().collect();
        let key = &self.keys.author;
        let sealed = map_in_order(self.threads(), numbered, |(position, (entry, slot))| {
            let index = batch_start + position as u64;
            let sealed = seal_entry(entry, slot, key, pages.as_ref(), index, batch_start);
            sealed.map_err(|problem| Error::Refused { position, problem })
        });
        let records = sealed.into_iter().collect::<Result<Vec<(Record, Hash, WrappedSlot)>, Error>>()?;
        self.rotate()?;
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        let mut check = self.segment.check();
        for (record, ..) in &records {
            starts.push((record.index, bytes.len() as u64));
            check = record.encode(&check, &mut bytes);
        }
        let slots: Vec<WrappedSlot> = records.iter().map(|(.., wrapped)| *wrapped).collect();
        self.offer_batch(&bytes, &slots)?;
        self.write(Written { begun: None, bytes, check, starts, slots })?;
        self.last_received_at_ms = Some(last_received_at_ms);
        Ok(records.into_iter().map(|(record, leaf, _)| Receipt { index: record.index, leaf }).collect())
    }

    /// Writes records and their slots. When this returns, they are durable.
    pub(super) fn write(&mut self, batch: Written) -> Result<(), Error> {
        let Written { begun, bytes, check, starts, slots } = batch;
        if let Some(header) = begun {
            self.begin_segment(header)?;
        }
        let segment = *self.reader.segments.last().expect("invariant: a writer has a segment");
        let written = match &mut self.reader.ring {
            Some(ring) => ring.write(&*self.reader.disk, self.reader.size, &slots)?,
            None => Vec::new(),
        };
        let offset = self.segment.offset();
        // Either may reach the disk without the other; an entry has a receipt only when both have.
        self.segment.append(&bytes, check, written)?;
        self.reader.size += slots.len() as u64;
        starts.into_iter().for_each(|(index, start)| self.reader.mark(segment, index, offset + start));
        Ok(())
    }

    /// Time must advance: no entry came in before the one that stands before it. Gives when the last one did.
    fn check_times(&mut self, batch: &[Unsealed]) -> Result<i64, Error> {
        let mut last = match (self.last_received_at_ms, self.reader.size) {
            (Some(last), _) => last,
            (None, 0) => i64::MIN,
            (None, size) => received_at_ms(&self.reader, size - 1)?,
        };
        self.last_received_at_ms = Some(last);
        for (position, entry) in batch.iter().enumerate() {
            if entry.received_at_ms < last {
                let words = |ms: i64| Instant::from_ms(ms).map_or_else(|| format!("{ms} ms"), |at| at.to_string());
                let problem = format!(
                    "it came in at {}, but the entry before it at {}; the clock has gone back, or that entry's was ahead: \
                     set the machine's clock, or wait until that time has passed",
                    words(entry.received_at_ms),
                    words(last)
                );
                return Err(Error::Refused { position, problem });
            }
            last = entry.received_at_ms;
        }
        Ok(last)
    }

    /// Publishes every durable entry: tiles, then the root once more from the disk, then the signed checkpoint in one step.
    ///
    /// # Errors
    /// When the disk refuses or gives back something else than was written; then the old checkpoint stands, and the entries
    /// are published by a later call.
    pub fn publish(&mut self) -> Result<&Checkpoint, Error> {
        while self.reader.checkpoint.size < self.reader.size {
            match self.publish_until(self.reader.size, None) {
                // Another directory published; its head is further on.
                Err(Error::Overtaken { .. }) => self.meet()?,
                published => published?,
            }
        }
        Ok(&self.reader.checkpoint)
    }

    /// Publishes so many entries, with the head that the engine has for them, if it has one.
    pub(super) fn publish_until(&mut self, size: u64, head: Option<&str>) -> Result<(), Error> {
        let growth = self.growth.take();
        self.growth = Some(self.publish_with(growth, size, head)?);
        Ok(())
    }

    fn publish_with(&mut self, growth: Option<Growth>, size: u64, head: Option<&str>) -> Result<Growth, Error> {
        let log = self.reader.log();
        let published = &self.reader.checkpoint;
        let mut growth = match growth {
            Some(growth) => growth,
            None => Growth::open(&self.reader.disk, &log, published.size, published.root)?,
        };
        let unpublished = size.saturating_sub(growth.size()) as usize;
        for record in self.reader.records(growth.size()).take(unpublished) {
            growth.push(&record?.leaf)?;
        }
        let (root, full) = growth.settle()?;
        let checkpoint = Checkpoint { size: growth.size(), root, ..published.clone() };
        let text = checkpoint.sign(&self.keys.log)?;
        // A flipped bit in memory must not become a signature that nobody can check.
        Checkpoint::open(text.as_bytes(), self.keys.log.public(), &[])?;
        // If we crash after the engine took it, the next opening finds it there and publishes the same here.
        match head {
            Some(head) => self.must_be_head(head, &text)?,
            None => self.offer_head(&text)?,
        }
        let staging = self.reader.directory().join("checkpoint.next");
        disk::replace(&*self.reader.disk, &log.join("checkpoint"), &staging, text.as_bytes())?;
        self.reader.checkpoint = checkpoint;
        self.reader.checkpoint_text = text;
        tiles::remove_replaced(&*self.reader.disk, &log, &full)?;
        Ok(growth)
    }

    /// Puts the present checkpoint with cosignatures in the place of the one without, in one step. Whoever knows none of the
    /// witnesses reads it as before.
    ///
    /// # Errors
    /// When the text is another checkpoint or not signed by this log, or the disk refuses.
    pub fn set_cosigned(&mut self, text: String) -> Result<(), Error> {
        let (checkpoint, _) = Checkpoint::open(text.as_bytes(), self.keys.log.public(), &[])?;
        if checkpoint != self.reader.checkpoint || !text.starts_with(&self.reader.signed_checkpoint()?) {
            return Err(ledger::Error::OutOfRange { problem: "only the present checkpoint can be cosigned" }.into());
        }
        let staging = self.reader.directory().join("checkpoint.next");
        // If we crash here, the checkpoint without cosignatures stands, and the witnesses are asked again.
        disk::replace(&*self.reader.disk, &self.reader.log().join("checkpoint"), &staging, text.as_bytes())?;
        self.reader.checkpoint_text = text;
        Ok(())
    }

    /// Begins a new segment when the present one is full.
    fn rotate(&mut self) -> Result<(), Error> {
        if self.segment.offset() < segment::FULL_BYTES {
            return Ok(());
        }
        let (format, first, before) = (self.reader.format(), self.reader.size, self.segment.check());
        self.begin_segment(Header { format, first, before })
    }

    fn begin_segment(&mut self, header: Header) -> Result<(), Error> {
        self.segment.trim()?;
        let number = self.reader.segments.last().expect("invariant: a writer has a segment").number + 1;
        let path = segment_path(&self.reader.payloads(), number);
        self.segment = SegmentWriter::create(&self.reader.disk, &path, header)?;
        self.reader.segments.push(Segment { number, header });
        Ok(())
    }

    /// A salt and a key for each entry of a batch: from the operating system, or from the seed of a simulated store.
    fn slots(&self, count: usize) -> Result<Vec<Slot>, Error> {
        if let Some(seed) = self.reader.settings().seed {
            let slot = |index: u64| Slot {
                salt: derive(&seed, &format!("salt {index}")),
                key: Key::new(derive(&seed, &format!("record key {index}"))),
            };
            return Ok((self.reader.size..self.reader.size + count as u64).map(slot).collect());
        }
        let mut bytes = vec![0; count * 2 * SALT_BYTES];
        draw(&mut bytes)?;
        let slots = bytes.as_chunks::<SALT_BYTES>().0.as_chunks().0.iter();
        Ok(slots.map(|[salt, key]| Slot { salt: *salt, key: Key::new(*key) }).collect())
    }
}

impl Drop for Store {
    /// Gives back preallocated space. Should that fail, the zeros stay, which every reader understands.
    fn drop(&mut self) {
        let _ = self.segment.trim();
        if let Some(ring) = &mut self.reader.ring {
            let _ = ring.trim(&*self.reader.disk, self.reader.size);
        }
    }
}

/// Makes the folders of a store that is to be made.
pub(super) fn make_folders(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
    disk::create_directories(disk, directory)?;
    for part in ["keys", "payloads", "log/tile"] {
        let path = directory.join(part);
        disk.create_directories(&path).map_err(Error::io("create", &path))?;
    }
    Ok(())
}

/// Refuses more entries than may be in one batch.
pub(super) fn must_be_a_batch(count: usize) -> Result<(), Error> {
    if count > MAX_BATCH_ENTRIES {
        let problem = format!("a batch has at most {MAX_BATCH_ENTRIES} entries");
        return Err(Error::Refused { position: MAX_BATCH_ENTRIES, problem });
    }
    Ok(())
}

fn received_at_ms(reader: &Reader, index: u64) -> Result<i64, Error> {
    let opened = envelope::open(&reader.leaf(index)?);
    let (envelope, _) = opened.map_err(|error| Error::damaged(&reader.payloads(), 0, error.to_string()))?;
    Ok(envelope.received_at_ms)
}

/// A batch that is ready to be written.
pub(super) struct Written {
    /// The segment that it begins, if it begins one.
    pub(super) begun: Option<Header>,
    /// Its records.
    pub(super) bytes: Vec<u8>,
    /// The check of the last.
    pub(super) check: Check,
    /// Where each begins in the bytes.
    pub(super) starts: Vec<(u64, u64)>,
    /// Salt and key of each, wrapped.
    pub(super) slots: Vec<WrappedSlot>,
}

/// Makes durable what a process may have left in the page cache when it was killed, and drops it from there, so that what is
/// read from now on is what the disk holds. A process that ended after a failed flush leaves pages that look durable
/// and are not: those go too.
fn distrust_the_cache(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
    let names = |part: &str| -> Result<Vec<PathBuf>, Error> {
        let path = directory.join(part);
        let listed = disk.list(&path).map_err(Error::io("list", &path))?;
        Ok(listed.into_iter().filter(|file| !file.is_directory).map(|file| path.join(file.name)).collect())
    };
    let mut files = names("keys")?;
    files.extend(names("payloads")?.pop());
    files.extend(names("log")?);
    files.push(directory.join("store.toml"));
    let mut parts = vec!["log", "payloads", "keys", ""];
    if matches!(disk.kind(&directory.join(FOLDER)), Ok(Some(_))) {
        files.extend(names(FOLDER)?);
        parts.push(FOLDER);
    }
    disk::flush_all(disk, &files);
    parts.into_iter().for_each(|part| disk::flush_directory(disk, &directory.join(part)));
    Ok(())
}

/// Finds the end of the last segment, and sets aside what a crash tore; gives the writer that goes on there.
fn recover(reader: &mut Reader, recovered: &mut Vec<String>) -> Result<SegmentWriter, Error> {
    let payloads = reader.payloads();
    let segment = *reader.segments.last().ok_or_else(|| Error::damaged(&payloads, 0, "there is no segment"))?;
    let path = segment_path(&payloads, segment.number);
    let records = SegmentReader::open(&*reader.disk, &path, segment.header.format, segment.header.place());
    let mut records = records.map_err(Error::io("open", &path))?;
    let torn = loop {
        let (offset, index) = (records.offset(), records.index());
        match records.read().map_err(Error::io("read", &path))? {
            // What is published was whole, and its key may have been destroyed since.
            Piece::Record(record) if index >= reader.checkpoint.size && !reader.opens(&record)? => {
                break Some(Torn { offset, index, problem: "its key is not there" });
            }
            Piece::Record(_) => reader.mark(segment, index, offset),
            Piece::End => break None,
            Piece::CutShort => break Some(Torn { offset, index, problem: "it is cut short" }),
            Piece::Damaged(_, problem) => break Some(Torn { offset, index, problem }),
        }
    };
    if records.index() == segment.header.first {
        // No record vouches for the header.
        must_follow(reader, &path, segment)?;
    }
    let size = torn.as_ref().map_or(records.index(), |torn| torn.index);
    let published = reader.checkpoint.size;
    if size < published {
        let (offset, problem) =
            torn.map_or((records.offset(), "the segment ends here"), |torn| (torn.offset, torn.problem));
        let problem = format!("entry {size} was acknowledged and published, but {problem}");
        return Err(Error::damaged(&path, offset, problem));
    }
    let (offset, check) = match torn {
        None => (records.offset(), records.check()),
        Some(torn) => {
            if later_batch_follows(&*reader.disk, &path, segment.header.format, &mut records, &torn)? {
                let problem =
                    format!("entry {size} was acknowledged, as later batches follow it, but {}", torn.problem);
                return Err(Error::damaged(&path, torn.offset, problem));
            }
            recovered.push(set_aside(&*reader.disk, reader.directory(), &path, &torn)?);
            let check = if torn.offset == segment::HEADER_BYTES {
                segment.header.start()
            } else {
                read_check(&*reader.disk, &path, torn.offset)?
            };
            (torn.offset, check)
        }
    };
    reader.size = size;
    remove_unborn(&*reader.disk, &payloads, segment.number, recovered)?;
    SegmentWriter::open(&reader.disk, &path, offset, check)
}

/// Holds the header of the last segment against where the one before ends.
fn must_follow(reader: &Reader, path: &Path, segment: Segment) -> Result<(), Error> {
    let format = segment.header.format;
    let expected = match reader.segments.iter().nth_back(1) {
        None => Header { format, first: 0, before: Check::default() },
        Some(former) => {
            let before = segment_path(&reader.payloads(), former.number);
            let records = SegmentReader::open(&*reader.disk, &before, former.header.format, former.header.place());
            let mut records = records.map_err(Error::io("open", &before))?;
            while let Piece::Record(_) = records.read().map_err(Error::io("read", &before))? {}
            Header { format: former.header.format, first: records.index(), before: records.check() }
        }
    };
    if segment.header == expected {
        return Ok(());
    }
    Err(Error::damaged(path, 0, "the header of the segment was changed"))
}

/// The record at which a segment stops to hold.
struct Torn {
    offset: u64,
    index: u64,
    problem: &'static str,
}

/// Whether a batch that began later stands after the record that does not hold. Then that record had been made durable
/// and acknowledged before it was damaged: a batch is flushed before the next one is written.
fn later_batch_follows(
    disk: &dyn Disk,
    path: &Path,
    format: Format,
    records: &mut SegmentReader,
    torn: &Torn,
) -> Result<bool, Error> {
    loop {
        match records.read().map_err(Error::io("read", path))? {
            Piece::Record(record) | Piece::Damaged(Some(record), _) if record.batch_start > torn.index => {
                return Ok(true);
            }
            Piece::Record(_) | Piece::Damaged(Some(_), _) => {}
            Piece::Damaged(None, _) | Piece::CutShort | Piece::End => break,
        }
    }
    Ok(segment::later_batch_stands_in(&read_tail(disk, path, torn)?, torn.index, format))
}

/// Keeps the bytes of a torn tail beside the record, and cuts them off.
fn set_aside(disk: &dyn Disk, directory: &Path, path: &Path, torn: &Torn) -> Result<String, Error> {
    let Torn { offset, index, problem } = *torn;
    let tail = read_tail(disk, path, torn)?;
    let length = tail.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let aside = directory.join("set-aside");
    disk.create_directories(&aside).map_err(Error::io("create", &aside))?;
    disk::flush_directory(disk, directory);
    let name = path.file_stem().and_then(|stem| stem.to_str()).expect("invariant: a segment's name is digits");
    let digest = Sha256::digest(&tail[..length]);
    let kept = aside
        .join(format!("{name}-{offset}-{:02x}{:02x}{:02x}{:02x}.torn", digest[0], digest[1], digest[2], digest[3]));
    match disk::read(disk, &kept, length as u64) {
        Found::Bytes(bytes) if bytes == tail[..length] => {}
        Found::Nothing => disk::create(disk, &kept, &tail[..length], Readers::Owner)?,
        Found::Bytes(_) | Found::TooLong | Found::Unreadable(_) => {
            // A crash tore this copy as well.
            disk.remove(&kept).map_err(Error::io("remove", &kept))?;
            disk::create(disk, &kept, &tail[..length], Readers::Owner)?;
        }
    }
    // If we crash here, the tail is still there and is set aside again under the same name.
    let file = disk.open_to_write(path).map_err(Error::io("open", path))?;
    file.set_length(offset).map_err(Error::io("cut", path))?;
    disk::flush(disk, &*file, path);
    Ok(format!(
        "entry {index} was being written when the store last stopped and was never acknowledged ({problem}); its {length} \
         bytes are kept in `{}`",
        kept.display()
    ))
}

/// The bytes from a torn record on.
fn read_tail(disk: &dyn Disk, path: &Path, torn: &Torn) -> Result<Vec<u8>, Error> {
    let file = disk.open(path).map_err(Error::io("open", path))?;
    disk::read_from(file, torn.offset, u64::MAX).map_err(Error::io("read", path))
}

/// Removes a segment that a crash left without its header, before anything could be written to it.
fn remove_unborn(disk: &dyn Disk, payloads: &Path, last: u32, recovered: &mut Vec<String>) -> Result<(), Error> {
    for file in disk.list(payloads).map_err(Error::io("list", payloads))? {
        if file.name.to_str().and_then(segment_number).is_some_and(|number| number > last) {
            let path = payloads.join(file.name);
            disk.remove(&path).map_err(Error::io("remove", &path))?;
            disk::flush_directory(disk, payloads);
            recovered.push(format!("removed `{}`, which a crash left before its first entry", path.display()));
        }
    }
    Ok(())
}

fn secret(settings: &Settings, purpose: &str) -> Result<[u8; 32], Error> {
    if let Some(seed) = &settings.seed {
        return Ok(derive(seed, purpose));
    }
    let mut bytes = [0; 32];
    draw(&mut bytes)?;
    Ok(bytes)
}

/// A key for the record keys of a store.
pub(super) fn draw_key(settings: &Settings, purpose: &str) -> Result<Key, Error> {
    Ok(Key::new(secret(settings, purpose)?))
}

/// What a simulated store uses where others use chance.
fn derive(seed: &[u8; 32], purpose: &str) -> [u8; 32] {
    Sha256::new().chain_update("backstop-seed/1\n").chain_update(seed).chain_update(purpose).finalize().into()
}

pub(super) fn draw(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|error| Error::Settings(format!("the system gives no random numbers: {error}")))
}
