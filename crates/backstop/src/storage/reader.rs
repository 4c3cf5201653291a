//! Reads a store. Takes indexes and gives entries, leaves, payloads and proofs, straight from the files, with memory for one
//! entry at a time. Never writes, never locks; what it has opened stays valid while a writer appends.

use super::disk::{self, Disk, LocalDisk};
use super::error::Error;
use super::keys::{PublicKeys, read_reader};
use super::sealing::{Entitled, FOLDER, KeyFound, ReaderSecret, Ring, open_payload};
use super::segment::{
    Check, Format, HEADER_BYTES, Header, Piece, Place, RECORD_HEADER_BYTES, Record, SegmentReader, first_record_follows,
};
use super::settings::Settings;
use super::tiles;
use ledger::note::MAX_NOTE_BYTES;
use ledger::tree::{Subtree, leaf_hash};
use ledger::{Checkpoint, Hash, Note, Proof, tree};
use mission::record::canonical::{Value, decode};
use mission::record::commitment::Salt;
use mission::record::envelope::{self, Envelope, EnvelopeError};
use mission::record::evidence::{ItemKey, KeyHeld};
use mission::{Closed, Exhibit};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// One position is remembered for so many records; between them they are read in order.
const MARK_EVERY: usize = 64;
/// Longest `store.toml`.
pub(super) const MAX_SETTINGS_BYTES: u64 = 65_536;

/// An entry read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its index in the log, from 0.
    pub index: u64,
    /// The public half.
    pub envelope: Envelope,
    /// What it says, or why that cannot be read here.
    pub payload: Result<Value, Closed>,
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its index in the log, from 0.
    pub index: u64,
    /// Envelope and signature.
    pub leaf: Vec<u8>,
    /// With which single fields are opened. Whoever has it can test guesses.
    pub salt: Salt,
    /// What it says, canonical.
    pub payload: Vec<u8>,
}

/// A store opened to read what its checkpoint covers.
pub struct Reader {
    pub(super) disk: Arc<dyn Disk>,
    directory: PathBuf,
    settings: Settings,
    pub(super) keys: PublicKeys,
    pub(super) checkpoint: Checkpoint,
    pub(super) checkpoint_text: String,
    pub(super) size: u64,
    pub(super) segments: Vec<Segment>,
    /// The record keys; none in a store of format 1, and in a copy without them.
    pub(super) ring: Option<Ring>,
    /// By segment: where every 64th of its records starts, as far as anyone has read.
    marks: Mutex<BTreeMap<u32, Vec<u64>>>,
}

/// A segment by its number and its first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) number: u32,
    pub(super) header: Header,
}

impl Reader {
    /// Opens a store for reading, beside a writer if there is one, as of its present checkpoint.
    ///
    /// # Errors
    /// When this is no store, or settings, keys or checkpoint are absent or not as they should be. Entries are not read;
    /// [`verify`](super::verify()) does that.
    pub fn open(directory: &Path) -> Result<Reader, Error> {
        Reader::open_on(Arc::new(LocalDisk), directory)
    }

    /// As [`Reader::open`], on a disk of the caller's.
    ///
    /// # Errors
    /// As for [`Reader::open`].
    pub fn open_on(disk: Arc<dyn Disk>, directory: &Path) -> Result<Reader, Error> {
        Reader::open_as(disk, directory, None)
    }

    /// As [`Reader::open_on`], with the secret of an organisation instead of the one in `keys/reader.key`.
    ///
    /// # Errors
    /// As for [`Reader::open`].
    pub fn open_as(disk: Arc<dyn Disk>, directory: &Path, secret: Option<ReaderSecret>) -> Result<Reader, Error> {
        let settings = directory.join("store.toml");
        must_be_a_store(&*disk, directory)?;
        let text = String::from_utf8(disk::read_existing(&*disk, &settings, MAX_SETTINGS_BYTES)?);
        let text = text.map_err(|_| Error::Settings("`store.toml` is not UTF-8".into()))?;
        let settings = Settings::parse(&text)?;
        let keys = PublicKeys::read(&*disk, &directory.join("keys"))?;
        if keys.log.name() != settings.origin() {
            return Err(Error::damaged(&directory.join("keys/log.pub"), 0, "the key belongs to another log"));
        }
        let path = directory.join("log/checkpoint");
        if matches!(disk.kind(&path), Ok(None)) {
            let problem = "it is missing, and the log is never begun anew, as others may hold its checkpoints";
            return Err(Error::damaged(&path, 0, problem));
        }
        let bytes = disk::read_existing(&*disk, &path, MAX_NOTE_BYTES as u64)?;
        let opened = Checkpoint::open(&bytes, &keys.log, &[]);
        let (checkpoint, _) = opened.map_err(|error| Error::damaged(&path, 0, error.to_string()))?;
        let checkpoint_text = String::from_utf8(bytes).expect("invariant: a note is UTF-8");
        let segments = list_segments(&*disk, &directory.join("payloads"))?;
        let ring = match secret {
            Some(secret) => open_ring(&*disk, directory, &segments, Some(secret))?,
            None => open_ring(&*disk, directory, &segments, read_reader(&*disk, &directory.join("keys"))?)?,
        };
        let size = checkpoint.size;
        let marks = Mutex::default();
        Ok(Reader {
            disk,
            directory: directory.to_owned(),
            settings,
            keys,
            checkpoint,
            checkpoint_text,
            size,
            segments,
            ring,
            marks,
        })
    }

    /// Where the store is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What the store is, for life.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The keys that check it.
    pub fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    /// Number of entries that can be read. For the writer: all that have a receipt, published or not.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the log as last published.
    pub fn root(&self) -> Hash {
        self.checkpoint.root
    }

    /// The log as last published: origin, size, root.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed checkpoint as last published.
    pub fn checkpoint_text(&self) -> &str {
        &self.checkpoint_text
    }

    /// The checkpoint as last published, with the log's own signature alone.
    ///
    /// # Errors
    /// None for a checkpoint that was opened; a flipped bit in memory may make one.
    pub fn signed_checkpoint(&self) -> Result<String, Error> {
        Ok(Note::parse(self.checkpoint_text.as_bytes())?.signed_by(std::slice::from_ref(&self.keys.log))?)
    }

    /// The hash of a complete subtree of the published log.
    ///
    /// # Errors
    /// When it is not complete within the log, or its tile is absent or damaged.
    pub fn subtree(&self, subtree: Subtree) -> Result<Hash, Error> {
        let size = self.checkpoint.size;
        if ledger::tile::holding(subtree, size).is_none() {
            return Err(ledger::Error::OutOfRange { problem: "the log is not large enough for this subtree" }.into());
        }
        tiles::read_subtree(&*self.disk, &self.log(), size, subtree, &mut BTreeMap::new())
    }

    /// All entries in order, one at a time from the disk.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry, Error>> {
        self.entries_from(0)
    }

    /// The entries from `index` on, in order.
    pub fn entries_from(&self, index: u64) -> impl Iterator<Item = Result<Entry, Error>> {
        self.entries_where(index, |_| true)
    }

    /// Those of the entries from `index` on whose envelope is wanted, in order; what the others say is not even parsed.
    pub fn entries_where(
        &self,
        index: u64,
        wanted: impl Fn(&Envelope) -> bool,
    ) -> impl Iterator<Item = Result<Entry, Error>> {
        self.read_where(index, wanted).map(|read| read.map(|(entry, _)| entry))
    }

    /// All entries in order, each with its leaf.
    pub fn entries_with_leaves(&self) -> impl Iterator<Item = Result<(Entry, Vec<u8>), Error>> {
        self.read_where(0, |_| true)
    }

    fn read_where(
        &self,
        index: u64,
        wanted: impl Fn(&Envelope) -> bool,
    ) -> impl Iterator<Item = Result<(Entry, Vec<u8>), Error>> {
        self.records(index).filter_map(move |record| {
            let record = match record {
                Ok(record) => record,
                Err(error) => return Some(Err(error)),
            };
            let index = record.index;
            let spoiled = |problem: String| Error::damaged(&self.payloads(), 0, format!("entry {index}: {problem}"));
            let envelope = match envelope::open(&record.leaf) {
                Ok((envelope, _)) => envelope,
                Err(error) => return Some(Err(spoiled(error.to_string()))),
            };
            if !wanted(&envelope) {
                return None;
            }
            let payload = match self.unseal(&record, &envelope) {
                Err(error) => return Some(Err(error)),
                Ok(Err(closed)) => Err(closed),
                Ok(Ok((_, payload))) => match decode(&payload) {
                    Ok(payload) => Ok(payload),
                    Err(error) => return Some(Err(spoiled(format!("payload {error}")))),
                },
            };
            Some(Ok((Entry { index, envelope, payload }, record.leaf)))
        })
    }

    /// Leaf, salt and payload of the entries from `index` on, as they were committed to; an error for one that is closed here.
    pub fn payloads_from(&self, index: u64) -> impl Iterator<Item = Result<Kept, Error>> {
        self.records(index).map(|record| {
            let record = record?;
            let index = record.index;
            let spoiled = |error: EnvelopeError| Error::damaged(&self.payloads(), 0, format!("entry {index}: {error}"));
            let (envelope, _) = envelope::open(&record.leaf).map_err(spoiled)?;
            let (salt, payload) = self.unseal(&record, &envelope)?.map_err(|why| Error::Closed { index, why })?;
            Ok(Kept { index, leaf: record.leaf, salt, payload })
        })
    }

    /// The leaf of the log at `index`: envelope and signature.
    ///
    /// # Errors
    /// When there is no such entry, or its segment is damaged.
    pub fn leaf(&self, index: u64) -> Result<Vec<u8>, Error> {
        Ok(self.record(index)?.leaf)
    }

    /// What the entry at `index` says.
    ///
    /// # Errors
    /// As for [`Reader::leaf`], and when it cannot be read here.
    pub fn payload(&self, index: u64) -> Result<Value, Error> {
        self.entry(index)?.payload.map_err(|why| Error::Closed { index, why })
    }

    /// The entry at `index`.
    ///
    /// # Errors
    /// As for [`Reader::leaf`].
    pub fn entry(&self, index: u64) -> Result<Entry, Error> {
        self.entries_from(index).next().unwrap_or(Err(Error::NoEntry { index, size: self.size }))
    }

    /// The salt of the entry at `index`, with which single fields are opened. Whoever has it can test guesses.
    ///
    /// # Errors
    /// As for [`Reader::payload`].
    pub fn salt(&self, index: u64) -> Result<Salt, Error> {
        let record = self.record(index)?;
        let spoiled = |error: EnvelopeError| Error::damaged(&self.payloads(), 0, format!("entry {index}: {error}"));
        let (envelope, _) = envelope::open(&record.leaf).map_err(spoiled)?;
        let unsealed = self.unseal(&record, &envelope)?;
        unsealed.map(|(salt, _)| salt).map_err(|why| Error::Closed { index, why })
    }

    /// Who may read what, beside the public class, which everyone may; nobody in a store of format 1, where nothing is sealed.
    pub fn readers(&self) -> Vec<Entitled> {
        self.ring.as_ref().map_or_else(Vec::new, Ring::readers)
    }

    /// How the store holds what was said.
    pub(super) fn format(&self) -> Format {
        self.segments.first().map_or(Format::Sealed, |segment| segment.header.format)
    }

    /// Whether the key of a record is there, where it has one.
    pub(super) fn opens(&self, record: &Record) -> Result<bool, Error> {
        let Some(ring) = self.ring.as_ref().filter(|_| !record.payload.is_empty()) else { return Ok(true) };
        let Ok((envelope, _)) = envelope::open(&record.leaf) else { return Ok(false) };
        let found = ring.find(&*self.disk, record.index, &leaf_hash(&record.leaf).0, envelope.class)?;
        Ok(matches!(found, KeyFound::Slot(slot) if open_payload(&slot.key, &record.payload).is_some()))
    }

    /// Salt and payload of a record, or why they cannot be had here.
    fn unseal(&self, record: &Record, envelope: &Envelope) -> Result<Result<(Salt, Vec<u8>), Closed>, Error> {
        let index = record.index;
        if let Some(salt) = record.salt {
            return Ok(Ok((salt, record.payload.clone())));
        }
        if record.payload.is_empty() {
            return Ok(Err(Closed::Withheld { commitment: envelope.commitment }));
        }
        let Some(ring) = &self.ring else { return Ok(Err(Closed::Sealed)) };
        match ring.find(&*self.disk, index, &leaf_hash(&record.leaf).0, envelope.class)? {
            KeyFound::Slot(slot) => {
                let payload = open_payload(&slot.key, &record.payload);
                let changed = || Error::damaged(&self.payloads(), 0, format!("what entry {index} says does not open"));
                Ok(Ok((slot.salt, payload.ok_or_else(changed)?)))
            }
            KeyFound::Nothing => Ok(Err(Closed::Erased)),
            KeyFound::Sealed => Ok(Err(Closed::Sealed)),
            KeyFound::Changed(path, offset) => {
                Err(Error::damaged(&path, offset, format!("the key of entry {index} was changed")))
            }
            KeyFound::Missing(path) => Err(Error::damaged(&path, 0, format!("the key of entry {index} is missing"))),
        }
    }

    /// The keys under which the bytes of an item may lie, as far as its acquisitions can be read here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn item_keys(&self, exhibit: &Exhibit) -> Result<Vec<ItemKey>, Error> {
        let mut keys = Vec::new();
        for (index, held) in exhibit.keys() {
            match (held, &self.ring) {
                (KeyHeld::Plain(key), _) => keys.push(key),
                (KeyHeld::Wrapped(wrapped), Some(ring)) => {
                    let record = self.record(index)?;
                    let Ok((envelope, _)) = envelope::open(&record.leaf) else { continue };
                    let found = ring.find(&*self.disk, index, &leaf_hash(&record.leaf).0, envelope.class)?;
                    if let KeyFound::Slot(slot) = found {
                        keys.extend(slot.key.unwrap_item(&wrapped));
                    }
                }
                (KeyHeld::Wrapped(_), None) => {}
            }
        }
        Ok(keys)
    }

    /// The receipt of a published entry: a `c2sp.org/tlog-proof@v1` text under the present checkpoint.
    ///
    /// # Errors
    /// When the entry is not published, or tiles are absent or damaged. What was made is checked before it is given.
    pub fn prove(&self, index: u64) -> Result<String, Error> {
        let size = self.checkpoint.size;
        if index >= size {
            return Err(Error::NoEntry { index, size });
        }
        let mut cache = BTreeMap::new();
        let log = self.log();
        let path = tree::prove_inclusion(index, size, |subtree| {
            tiles::read_subtree(&*self.disk, &log, size, subtree, &mut cache)
        })?;
        let proof = Proof { extra: None, index, path, checkpoint: self.checkpoint_text.clone() };
        // A tile that was changed on the disk would make a proof that nobody accepts: it is found here and not by whom it is given.
        proof.verify(&self.leaf(index)?, &self.keys.log, &[]).map_err(|error| {
            Error::damaged(&log.join("tile"), 0, format!("they prove nothing of entry {index} ({error})"))
        })?;
        Ok(proof.to_text())
    }

    /// Root of the log of the first `size` published entries.
    ///
    /// # Errors
    /// When so many are not published, or tiles are absent or damaged.
    pub fn root_of(&self, size: u64) -> Result<Hash, Error> {
        let published = self.checkpoint.size;
        if size > published {
            return Err(Error::NoEntry { index: size.saturating_sub(1), size: published });
        }
        let mut cache = BTreeMap::new();
        let log = self.log();
        tree::root(size, |subtree| tiles::read_subtree(&*self.disk, &log, published, subtree, &mut cache))
    }

    /// Proof that the log of `old` entries is the beginning of the published one.
    ///
    /// # Errors
    /// When `old` is 0 or above the published size, or tiles are absent or damaged.
    pub fn prove_consistency(&self, old: u64) -> Result<Vec<Hash>, Error> {
        let size = self.checkpoint.size;
        let mut cache = BTreeMap::new();
        let log = self.log();
        tree::prove_consistency(old, size, |subtree| tiles::read_subtree(&*self.disk, &log, size, subtree, &mut cache))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    pub(super) fn payloads(&self) -> PathBuf {
        self.directory.join("payloads")
    }

    fn record(&self, index: u64) -> Result<Record, Error> {
        self.records(index).next().unwrap_or(Err(Error::NoEntry { index, size: self.size }))
    }

    /// The records from `index` on; after an error nothing more comes.
    pub(super) fn records(&self, index: u64) -> impl Iterator<Item = Result<Record, Error>> {
        let mut open: Option<(usize, SegmentReader)> = None;
        let mut next = index;
        std::iter::from_fn(move || {
            if next >= self.size {
                return None;
            }
            let record = self.next_record(&mut open, next);
            next = if record.is_ok() { next + 1 } else { self.size };
            Some(record)
        })
    }

    /// Reads the record of entry `next`, going on where `open` stands if that is before it.
    fn next_record(&self, open: &mut Option<(usize, SegmentReader)>, next: u64) -> Result<Record, Error> {
        loop {
            let (at, reader) = match open {
                Some(open) => open,
                None => {
                    let at = self.segments.partition_point(|segment| segment.header.first <= next);
                    let at = at.checked_sub(1).ok_or_else(|| self.gone(next))?;
                    open.insert((at, self.open_near(self.segments[at], next)?))
                }
            };
            let segment = self.segments[*at];
            let path = segment_path(&self.payloads(), segment.number);
            let (offset, index) = (reader.offset(), reader.index());
            match reader.read().map_err(Error::io("read", &path))? {
                Piece::Record(record) => {
                    self.mark(segment, index, offset);
                    if record.index == next {
                        return Ok(record);
                    }
                }
                Piece::Damaged(_, problem) => {
                    return Err(Error::damaged(&path, offset, format!("entry {index}: {problem}")));
                }
                Piece::CutShort => return Err(Error::damaged(&path, offset, format!("entry {index} is cut short"))),
                Piece::End => {
                    let following = self.segments.get(*at + 1).filter(|following| following.header.first == index);
                    let following = *following.ok_or_else(|| self.gone(index))?;
                    *open = Some((*at + 1, self.open_near(following, index)?));
                }
            }
        }
    }

    /// Opens a segment at the last known record that is not after `index`.
    pub(super) fn open_near(&self, segment: Segment, index: u64) -> Result<SegmentReader, Error> {
        let path = segment_path(&self.payloads(), segment.number);
        let wanted = (index - segment.header.first) as usize / MARK_EVERY;
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = marks.get(&segment.number).filter(|marks| !marks.is_empty());
        let near = known.map(|marks| {
            let at = wanted.min(marks.len() - 1);
            (marks[at], segment.header.first + (at * MARK_EVERY) as u64)
        });
        drop(marks);
        let place = match near {
            Some((offset, first)) if offset > HEADER_BYTES => {
                let before = read_check(&*self.disk, &path, offset)?;
                Place { offset, before, next: first }
            }
            Some(_) | None => segment.header.place(),
        };
        let opened = SegmentReader::open(&*self.disk, &path, segment.header.format, place);
        opened.map_err(Error::io("open", &path))
    }

    /// Remembers where a record starts, if it is one of those that are remembered.
    pub(super) fn mark(&self, segment: Segment, index: u64, offset: u64) {
        let position = (index - segment.header.first) as usize;
        if position.is_multiple_of(MARK_EVERY) {
            let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
            let marks = marks.entry(segment.number).or_default();
            if marks.len() == position / MARK_EVERY {
                marks.push(offset);
            }
        }
    }

    fn gone(&self, index: u64) -> Error {
        Error::damaged(&self.payloads(), 0, format!("no segment holds entry {index}"))
    }
}

/// The record keys of a store whose payloads are sealed.
fn open_ring(
    disk: &dyn Disk,
    directory: &Path,
    segments: &[Segment],
    secret: Option<ReaderSecret>,
) -> Result<Option<Ring>, Error> {
    let sealed = segments.iter().any(|segment| segment.header.format == Format::Sealed);
    let there = matches!(disk.kind(&directory.join(FOLDER)), Ok(Some(_)));
    (sealed && there).then(|| Ring::open(disk, directory, secret)).transpose()
}

/// Tells a store from a place that never was one, and from one that lost its `store.toml`.
pub(super) fn must_be_a_store(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
    let stands = |name: &str| matches!(disk.kind(&directory.join(name)), Ok(Some(_)));
    if stands("store.toml") {
        return Ok(());
    }
    // Making a store writes this file last, before any entry.
    let first = disk.open(&segment_path(&directory.join("payloads"), 0)).and_then(|file| file.length());
    if first.is_ok_and(|length| length > HEADER_BYTES) {
        let problem = "it is missing, and entries are here; no store is ever made in their place";
        return Err(Error::damaged(&directory.join("store.toml"), 0, problem));
    }
    Err(Error::NotAStore(directory.to_owned()))
}

/// The check of the record that ends at `offset`.
pub(super) fn read_check(disk: &dyn Disk, path: &Path, offset: u64) -> Result<Check, Error> {
    let length = Check::default().len() as u64;
    let file = disk.open(path).map_err(Error::io("open", path))?;
    let bytes = disk::read_from(file, offset - length, length).map_err(Error::io("read", path))?;
    bytes.try_into().map_err(|_| Error::io("read", path)(io::ErrorKind::UnexpectedEof.into()))
}

/// The file of a segment.
pub(super) fn segment_path(payloads: &Path, number: u32) -> PathBuf {
    payloads.join(format!("{number:08}.seg"))
}

/// The number in a segment's file name.
pub(super) fn segment_number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".seg")?;
    (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// The segments in order. One without a whole header can only be the last, left by a crash at its creation; it is left out.
fn list_segments(disk: &dyn Disk, payloads: &Path) -> Result<Vec<Segment>, Error> {
    let mut numbers = Vec::new();
    for file in disk.list(payloads).map_err(Error::io("list", payloads))? {
        numbers.extend(file.name.to_str().and_then(segment_number));
    }
    numbers.sort_unstable();
    let mut segments = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        let path = segment_path(payloads, *number);
        let file = disk.open(&path).map_err(Error::io("open", &path))?;
        let length = file.length().map_err(Error::io("measure", &path))?;
        let is_last = at + 1 == numbers.len();
        let bytes = disk::read_from(file, 0, HEADER_BYTES + RECORD_HEADER_BYTES as u64);
        let bytes = bytes.map_err(Error::io("read", &path))?;
        match Header::parse(&bytes) {
            // Of the last segment a crash may have torn the first record; the writer looks.
            Some(header) if is_last || first_record_follows(header, &bytes) == Some(true) => {
                segments.push(Segment { number: *number, header });
            }
            None if is_last && length <= HEADER_BYTES => {}
            Some(_) | None => return Err(Error::damaged(&path, 0, "the header of the segment was changed")),
        }
    }
    Ok(segments)
}
