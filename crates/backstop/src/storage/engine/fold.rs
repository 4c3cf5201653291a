//! The engine's links from the beginning: to fill a directory that was lost or is new, to send what a store holds, and to
//! compare the two whole. Never takes a key from the engine that the carried root does not open.

use super::joined::{Joined, slots_of};
use super::link::{BEGIN, Batch, Begin as Began, Link, Records, key_at};
use super::named::{self, Complete, Named, Place};
use super::{Begin, MAX_PIECE_BYTES};
use crate::storage::disk::{self, Disk, LocalDisk, Readers};
use crate::storage::error::Error;
use crate::storage::keys::{Keys, PublicKeys, read_reader, write_reader};
use crate::storage::reader::segment_path;
use crate::storage::sealing::{PAGE_SLOTS, restore};
use crate::storage::segment::{Format, HEADER_BYTES, Header, SegmentWriter};
use crate::storage::settings::Settings;
use crate::storage::store::{Store, make_folders};
use crate::storage::tiles::Growth;
use ledger::{Checkpoint, tree};
use mission::record::envelope;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What the links give but the segments, which are handed on as they come.
pub(super) struct Folded {
    pub(super) size: u64,
    pub(super) generation: u64,
    /// The table of record keys, byte for byte.
    pub(super) table: Vec<u8>,
    /// The slots of each page.
    pub(super) pages: BTreeMap<u64, Vec<u8>>,
}

/// Goes through all links in order.
pub(super) fn fold(
    engine: &Joined,
    begin: &Began,
    mut each: impl FnMut(&Batch) -> Result<(), Error>,
) -> Result<Folded, Error> {
    let (mut lines, mut pages): (Vec<Vec<u8>>, BTreeMap<u64, Vec<u8>>) = Default::default();
    let (mut size, mut generation) = (0, begin.generation);
    loop {
        let key = key_at(size, generation);
        match engine.link(&key)? {
            None => break,
            Some(Link::Batch(batch)) => {
                if (batch.first, batch.generation) != (size, generation) {
                    return Err(engine.contradicted(&key, "it is the batch of another place"));
                }
                each(&batch)?;
                if !batch.slots.is_empty() {
                    // The first line is the table's head.
                    lines.truncate(1 + size.div_ceil(PAGE_SLOTS) as usize);
                    lines.extend(batch.pages);
                    for (index, slot) in (size..).zip(&batch.slots) {
                        pages.entry(index / PAGE_SLOTS).or_default().extend(slot);
                    }
                }
                size += batch.entries;
            }
            Some(Link::Keys(keys)) => {
                if (keys.size, keys.generation) != (size, generation + 1) {
                    return Err(engine.contradicted(&key, "it is the generation of another place"));
                }
                lines = keys.table.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                for (page, digest) in &keys.parts {
                    pages.insert(*page, engine.part(*page, digest)?);
                }
                generation += 1;
            }
        }
    }
    Ok(Folded { size, generation, table: lines.concat(), pages })
}

/// Makes a store in a new directory from what an engine holds. `carried` is a folder with what never goes there and is carried by
/// hand: the files of `keys/`, and `root` from `record-keys/`, which may be of an earlier generation.
///
/// If this is cut off, there is no store; what was written lies in `DIR.joining` and may be removed.
///
/// # Errors
/// When the place is taken, the keys are not those of the log or open nothing, or what the engine holds is not sound.
pub fn fill(directory: &Path, carried: &Path, place: &Place) -> Result<Store, Error> {
    let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
    if disk.list(directory).is_ok_and(|files| !files.is_empty()) {
        return Err(Error::Exists(directory.to_owned()));
    }
    let mut name = directory.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
    name.push(".joining");
    let making = directory.with_file_name(name);
    if matches!(disk.kind(&making), Ok(Some(_))) {
        return Err(Error::Exists(making));
    }
    let public = PublicKeys::read(&*disk, carried)?;
    let engine = Joined::new(place.open(&disk, &public.log, Begin::Never)?, place.to_string());
    make(&disk, &making, carried, &public, &engine)?;
    named::write(&*disk, &making, &Named { place: place.clone(), complete: Complete::Yes })?;
    if matches!(disk.kind(directory), Ok(Some(_))) {
        disk.remove_directory(directory).map_err(Error::io("remove", directory))?;
    }
    disk.rename(&making, directory).map_err(Error::io("rename", &making))?;
    disk::flush_directory_of(&*disk, directory);
    Store::open_on(disk, directory)
}

/// Everything of a store but which engine it belongs to.
pub(super) fn make(
    disk: &Arc<dyn Disk>,
    directory: &Path,
    carried: &Path,
    public: &PublicKeys,
    engine: &Joined,
) -> Result<(), Error> {
    let secret = Keys::read(&**disk, carried)?;
    let own = read_reader(&**disk, carried)?;
    let own = own
        .ok_or_else(|| Error::damaged(&carried.join("reader.key"), 0, "it is missing; carry it with the other keys"))?;
    let root = disk::read_existing(&**disk, &carried.join("root"), MAX_PIECE_BYTES as u64)?;
    let began = engine.get(BEGIN)?.and_then(|bytes| Began::parse(&bytes));
    let began = began.filter(|began| began.log == public.log.to_string() && secret.log.public() == &public.log);
    let began = began.ok_or_else(|| engine.contradicted(BEGIN, "the engine does not hold the log of these keys"))?;
    let settings = Settings::parse(&began.store)?;
    if settings.origin() != public.log.name() {
        return Err(engine.contradicted(BEGIN, "its `store.toml` is that of another log"));
    }
    make_folders(&**disk, directory)?;
    let keys = directory.join("keys");
    secret.write(&**disk, &keys)?;
    write_reader(&**disk, &keys, &own)?;
    for author in public.authors.keys().filter(|author| **author != envelope::KeyId::of(&secret.author.verifying_key()))
    {
        let line = public.author_line(author).expect("invariant: it is one of these");
        disk::create(
            &**disk,
            &keys.join(format!("author-{author}.pub")),
            format!("{line}\n").as_bytes(),
            Readers::Anyone,
        )?;
    }
    let wrong = |problem: String| engine.contradicted("head", problem);
    // First the head: whatever it covers was in the engine before it.
    let head = engine.head()?.ok_or_else(|| wrong("there is none; the joining was not finished".into()))?;
    let opened = Checkpoint::open(head.as_bytes(), &public.log, &[]);
    let (published, _) = opened.map_err(|error| wrong(format!("it is not signed by this log: {error}")))?;
    let log = directory.join("log");
    let growth = Growth::open(disk, &log, 0, tree::empty_root())?;
    let mut segments = Segments::new(disk.clone(), directory.join("payloads"), growth, published.size)?;
    let folded = fold(engine, &began, |batch| segments.add(batch, public, engine))?;
    segments.writer.trim()?;
    if segments.growth.size() != published.size || segments.growth.settle()?.0 != published.root {
        return Err(wrong(format!("its root over {} entries is not that of the entries there", published.size)));
    }
    restore(&**disk, directory, &own, &root, &folded.table, &folded.pages)?
        .map_err(|why| Error::Settings(format!("the record keys of the engine: {why}")))?;
    disk::create(&**disk, &log.join("checkpoint"), head.as_bytes(), Readers::Anyone)?;
    disk::flush_directory(&**disk, &log);
    disk::create(&**disk, &directory.join("lock"), b"", Readers::Owner)?;
    disk::create(&**disk, &directory.join("store.toml"), settings.to_text(Format::Sealed).as_bytes(), Readers::Owner)
}

/// The segments of a store that is being made.
struct Segments {
    disk: Arc<dyn Disk>,
    payloads: std::path::PathBuf,
    number: u32,
    writer: SegmentWriter,
    growth: Growth,
    /// So many entries are published.
    published: u64,
}

impl Segments {
    fn new(
        disk: Arc<dyn Disk>,
        payloads: std::path::PathBuf,
        growth: Growth,
        published: u64,
    ) -> Result<Segments, Error> {
        let header = Header { format: Format::Sealed, first: 0, before: [0; 32] };
        let writer = SegmentWriter::create(&disk, &segment_path(&payloads, 0), header)?;
        Ok(Segments { disk, payloads, number: 0, writer, growth, published })
    }

    /// Adds a batch whose every check follows and whose every entry is signed.
    fn add(&mut self, batch: &Batch, public: &PublicKeys, engine: &Joined) -> Result<(), Error> {
        let key = key_at(batch.first, batch.generation);
        let wrong = |problem: String| engine.contradicted(&key, problem);
        let mut bytes = &batch.piece[..];
        if let Some(header) = batch.header() {
            if header != (Header { format: Format::Sealed, first: batch.first, before: self.writer.check() }) {
                return Err(wrong("the segment that it begins does not follow".into()));
            }
            bytes = &bytes[HEADER_BYTES as usize..];
            self.writer.trim()?;
            self.number += 1;
            self.writer = SegmentWriter::create(&self.disk, &segment_path(&self.payloads, self.number), header)?;
        }
        let Records { records, check, .. } = batch.records(Format::Sealed, self.writer.check()).map_err(wrong)?;
        for record in &records {
            let index = record.index;
            let author = envelope::open(&record.leaf).ok().and_then(|(it, _)| public.authors.get(&it.author));
            let author =
                author.ok_or_else(|| wrong(format!("the author of entry {index} has no key in the carried folder")))?;
            envelope::verify(&record.leaf, author).map_err(|error| wrong(format!("entry {index}: {error}")))?;
            if index < self.published {
                self.growth.push(&record.leaf)?;
            }
        }
        self.writer.append(bytes, check, Vec::new())
    }
}

impl Store {
    /// The batches of this store as they were written, without slots.
    pub(super) fn batches(&self, generation: u64) -> Result<impl Iterator<Item = Result<Batch, Error>>, Error> {
        let mut records = self.reader.records(0).peekable();
        let mut check = None;
        Ok(std::iter::from_fn(move || {
            let first = match records.peek()? {
                Ok(record) => record.index,
                Err(_) => {
                    return records.next().map(|record| record.map(|_| unreachable!("invariant: it was an error")));
                }
            };
            let mut batch =
                Batch { first, entries: 0, generation, pages: Vec::new(), slots: Vec::new(), piece: Vec::new() };
            let mut start = None;
            if let Some(segment) = self.reader.segments.iter().find(|segment| segment.header.first == first) {
                check = Some(segment.header.start());
                if segment.number > 0 {
                    batch.piece = segment.header.to_bytes();
                }
            }
            let mut before = check.expect("invariant: the first segment begins with entry 0");
            while let Some(Ok(record)) = records.peek() {
                if *start.get_or_insert(record.batch_start) != record.batch_start {
                    break;
                }
                before = record.encode(&before, &mut batch.piece);
                batch.entries += 1;
                records.next();
            }
            check = Some(before);
            Some(Ok(batch))
        }))
    }

    /// Compares everything that the engine holds with what is here: every batch, the table of record keys and every slot.
    ///
    /// # Errors
    /// Naming the first place that differs.
    pub fn compare_whole(&self) -> Result<(), Error> {
        let engine = self.engine();
        let began = engine.get(BEGIN)?.and_then(|bytes| Began::parse(&bytes));
        let began = began.ok_or_else(|| engine.contradicted(BEGIN, "it is not there"))?;
        let mut held = self.batches(began.generation)?;
        let folded = fold(&engine, &began, |theirs| {
            let ours = held.next().transpose()?;
            let same = ours.is_some_and(|ours| {
                (ours.first, ours.entries, &ours.piece) == (theirs.first, theirs.entries, &theirs.piece)
            });
            let key = key_at(theirs.first, theirs.generation);
            if same {
                Ok(())
            } else {
                Err(engine.contradicted(&key, "the batch is another one than here, or not here"))
            }
        })?;
        if let Some(ours) = held.next().transpose()? {
            let key = key_at(ours.first, folded.generation);
            return Err(engine.contradicted(&key, "the batch is here and not there"));
        }
        let ring = self.reader.ring.as_ref().expect("invariant: a joined store is sealed and open for writing");
        let table = ring.table();
        let key = key_at(folded.size, folded.generation);
        if table.generation != folded.generation || table.table != folded.table {
            return Err(engine.contradicted(&key, "the record keys are of another generation than here"));
        }
        for page in &table.pages {
            let ours = slots_of(&*self.reader.disk, self.reader.size, page.number, &page.path)?;
            if folded.pages.get(&page.number).map_or(&[][..], Vec::as_slice) != ours {
                return Err(
                    engine.contradicted(&key, format!("the slots of page {} are others than here", page.number))
                );
            }
        }
        Ok(())
    }
}
