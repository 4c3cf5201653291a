//! Where the numbered statements of authors elsewhere stand in the log. Takes an author and a number and gives the index;
//! learns what was recorded. Made from the segments, kept on the disk for those that take nothing more, and made anew when absent or
//! damaged: no part of the record.
//!
//! ```text
//! numbers/NNNNNNNN = "backstop-numbers/2" 0x0A ‖ u64 first entry of the segment ‖ u64 first entry after it ‖ u32 authors
//!                    ‖ u32 dismissed ‖ author* ‖ dismissed* ‖ index* ‖ SHA-256 of all that
//! author           = 16-byte key id ‖ u64 first number ‖ u32 statements        in the order of the ids
//! dismissed        = 16-byte key id ‖ u32 index of the entry that dismisses the author, from the first of the segment
//! index            = u32 index of an entry, from the first of the segment     one for each statement, by author and number
//! ```

use crate::storage::disk::{self, Disk, Found, Readers};
use crate::storage::error::Error;
use crate::storage::reader::Reader;
use mission::record::Body;
use mission::record::body::{AUTHOR_DISMISSED, Dismissal};
use mission::record::envelope::{self, KeyId};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FOLDER: &str = "numbers";
const MAGIC: &[u8; 19] = b"backstop-numbers/2\n";
const HEADER_BYTES: usize = MAGIC.len() + 8 + 8 + 4 + 4;
const AUTHOR_BYTES: usize = 16 + 8 + 4;
const DISMISSED_BYTES: usize = 16 + INDEX_BYTES;
const INDEX_BYTES: usize = 4;
const CHECK_BYTES: usize = 32;

/// The statements of one author in one segment: the number of the first, and the index of each.
type Runs = BTreeMap<KeyId, (u64, Vec<u64>)>;
/// Authors with the entry that dismisses each.
type Dismissed = BTreeMap<KeyId, u64>;

/// What authors elsewhere have sent.
pub(in crate::storage) struct Numbers {
    folder: PathBuf,
    closed: Vec<Closed>,
    /// The segment that grows: its number, and its statements.
    open: (u32, Runs),
    last: BTreeMap<KeyId, u64>,
    dismissed: Dismissed,
    /// Of those, the ones whom the segment that grows dismisses.
    dismissed_now: Dismissed,
}

/// A segment that takes nothing more.
struct Closed {
    path: PathBuf,
    first: u64,
    authors: BTreeMap<KeyId, Kept>,
    dismissed: Dismissed,
}

/// Where the indexes of one author lie in a file.
struct Kept {
    number: u64,
    count: u32,
    offset: u64,
}

impl Numbers {
    /// Learns from the files what they know, and from the segments the rest. Files that are absent or damaged are made anew.
    pub(in crate::storage) fn load(reader: &Reader) -> Result<Numbers, Error> {
        let folder = reader.directory().join(FOLDER);
        let open = reader.segments.last().expect("invariant: a writer has a segment");
        let mut numbers = Numbers {
            folder,
            closed: Vec::new(),
            open: (open.number, Runs::new()),
            last: BTreeMap::new(),
            dismissed: Dismissed::new(),
            dismissed_now: Dismissed::new(),
        };
        for pair in reader.segments.windows(2) {
            let (first, end) = (pair[0].header.first, pair[1].header.first);
            let path = numbers.path(pair[0].number);
            let closed = match Closed::read(&*reader.disk, &path, first, end)? {
                Some(closed) => closed,
                None => Closed::write(reader, path, first, end, &scan(reader, first, end)?)?,
            };
            let runs = closed.authors.iter().map(|(author, kept)| (*author, kept.number, u64::from(kept.count)));
            follow(reader, &mut numbers.last, runs)?;
            numbers.dismissed.extend(&closed.dismissed);
            numbers.closed.push(closed);
        }
        (numbers.open.1, numbers.dismissed_now) = scan(reader, open.header.first, reader.size())?;
        numbers.dismissed.extend(&numbers.dismissed_now);
        let runs = numbers.open.1.iter().map(|(author, (number, indexes))| (*author, *number, indexes.len() as u64));
        follow(reader, &mut numbers.last, runs)?;
        Ok(numbers)
    }

    /// The number that the next statement of this author has.
    pub(in crate::storage) fn next(&self, author: KeyId) -> u64 {
        self.last.get(&author).map_or(1, |last| last + 1)
    }

    /// The entry that dismisses an author; none if there is none.
    pub(in crate::storage) fn dismissed(&self, author: KeyId) -> Option<u64> {
        self.dismissed.get(&author).copied()
    }

    /// Where a statement stands; none if it has not come in.
    pub(in crate::storage) fn find(&self, reader: &Reader, author: KeyId, number: u64) -> Result<Option<u64>, Error> {
        let open = self.open.1.get(&author).filter(|(first, _)| number >= *first);
        if let Some((first, indexes)) = open {
            return Ok(indexes.get((number - first) as usize).copied());
        }
        let held = self.closed.iter().rev().find_map(|closed| {
            let kept = closed.authors.get(&author)?;
            let within = number.checked_sub(kept.number).filter(|within| *within < u64::from(kept.count))?;
            Some((closed, kept.offset + within * INDEX_BYTES as u64))
        });
        let Some((closed, offset)) = held else { return Ok(None) };
        let file = reader.disk.open(&closed.path).map_err(Error::io("open", &closed.path))?;
        let bytes = disk::read_from(file, offset, INDEX_BYTES as u64).map_err(Error::io("read", &closed.path))?;
        let within = bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
        let index = within.map(|within| closed.first + u64::from(within)).filter(|index| *index < reader.size());
        index.map(Some).ok_or_else(|| self.misleading())
    }

    /// Whether the leaf that was found is what was looked for: the files are not the record.
    pub(in crate::storage) fn confirm(&self, leaf: &[u8], author: KeyId, number: u64) -> Result<(), Error> {
        if stated(leaf) == Some((author, number)) { Ok(()) } else { Err(self.misleading()) }
    }

    fn misleading(&self) -> Error {
        Error::damaged(&self.folder, 0, "a file in it names another entry; delete the folder, it is made anew")
    }

    /// Learns that the next statement of an author was recorded in the segment that grows.
    pub(in crate::storage) fn note(&mut self, reader: &Reader, author: KeyId, index: u64) -> Result<(), Error> {
        self.close(reader)?;
        let number = self.next(author);
        self.open.1.entry(author).or_insert_with(|| (number, Vec::new())).1.push(index);
        self.last.insert(author, number);
        Ok(())
    }

    /// Writes down what is known of segments that have been closed since: only the first of them can hold a statement.
    fn close(&mut self, reader: &Reader) -> Result<(), Error> {
        let from = reader.segments.partition_point(|segment| segment.number < self.open.0);
        for pair in reader.segments[from..].windows(2) {
            let found = (std::mem::take(&mut self.open.1), std::mem::take(&mut self.dismissed_now));
            self.open.0 = pair[1].number;
            let path = self.path(pair[0].number);
            self.closed.push(Closed::write(reader, path, pair[0].header.first, pair[1].header.first, &found)?);
        }
        Ok(())
    }

    fn path(&self, segment: u32) -> PathBuf {
        self.folder.join(format!("{segment:08}"))
    }
}

impl Closed {
    /// Reads a file; none if it is absent, or not as it was written.
    fn read(disk: &dyn Disk, path: &Path, first: u64, end: u64) -> Result<Option<Closed>, Error> {
        let most = HEADER_BYTES + (end - first) as usize * (AUTHOR_BYTES + DISMISSED_BYTES) + CHECK_BYTES;
        match disk::read(disk, path, most as u64) {
            Found::Bytes(bytes) => Ok(Closed::parse(&bytes, path, first, end)),
            Found::Nothing | Found::TooLong | Found::Unreadable(_) => Ok(None),
        }
    }

    fn parse(bytes: &[u8], path: &Path, first: u64, end: u64) -> Option<Closed> {
        let (body, check) = bytes.split_last_chunk::<CHECK_BYTES>()?;
        let rest = body.strip_prefix(MAGIC).filter(|_| Sha256::digest(body)[..] == *check)?;
        let (found, rest) = rest.split_first_chunk()?;
        let (until, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (gone, rest) = rest.split_first_chunk()?;
        let (lines, rest) = rest.split_at_checked((u32::from_be_bytes(*count) as usize).checked_mul(AUTHOR_BYTES)?)?;
        let gone = rest.get(..(u32::from_be_bytes(*gone) as usize).checked_mul(DISMISSED_BYTES)?)?;
        let mut offset = (HEADER_BYTES + lines.len() + gone.len()) as u64;
        let mut dismissed = Dismissed::new();
        for line in gone.as_chunks::<DISMISSED_BYTES>().0 {
            let (id, index) = line.split_first_chunk()?;
            dismissed.insert(KeyId(*id), first + u64::from(u32::from_be_bytes(*index.first_chunk()?)));
        }
        let mut authors = BTreeMap::new();
        for line in lines.as_chunks::<AUTHOR_BYTES>().0 {
            let (id, line) = line.split_first_chunk()?;
            let (number, count) = line.split_first_chunk()?;
            let count = u32::from_be_bytes(*count.first_chunk()?);
            authors.insert(KeyId(*id), Kept { number: u64::from_be_bytes(*number), count, offset });
            offset += u64::from(count) * INDEX_BYTES as u64;
        }
        let whole = (u64::from_be_bytes(*found), u64::from_be_bytes(*until), offset) == (first, end, body.len() as u64);
        whole.then(|| Closed { path: path.to_owned(), first, authors, dismissed })
    }

    /// Writes a file. When this returns, it is durable; if we crash before, it is made anew.
    fn write(
        reader: &Reader,
        path: PathBuf,
        first: u64,
        end: u64,
        (runs, dismissed): &(Runs, Dismissed),
    ) -> Result<Closed, Error> {
        let number = |count: usize| u32::try_from(count).expect("invariant: a segment has fewer than 2^32 entries");
        let mut bytes = [MAGIC.as_slice(), &first.to_be_bytes(), &end.to_be_bytes()].concat();
        bytes.extend(number(runs.len()).to_be_bytes());
        bytes.extend(number(dismissed.len()).to_be_bytes());
        for (author, (number_of_first, indexes)) in runs {
            bytes.extend(author.0);
            bytes.extend(number_of_first.to_be_bytes());
            bytes.extend(number(indexes.len()).to_be_bytes());
        }
        for (author, index) in dismissed {
            bytes.extend(author.0);
            bytes.extend(number((index - first) as usize).to_be_bytes());
        }
        for index in runs.values().flat_map(|(_, indexes)| indexes) {
            bytes.extend(number((index - first) as usize).to_be_bytes());
        }
        let check = Sha256::digest(&bytes);
        bytes.extend(check);
        let disk = &*reader.disk;
        let folder = path.parent().expect("invariant: it is in a folder");
        disk.create_directories(folder).map_err(Error::io("create", folder))?;
        if disk.kind(&path).map_err(Error::io("look at", &path))?.is_some() {
            disk.remove(&path).map_err(Error::io("remove", &path))?;
        }
        disk::create(disk, &path, &bytes, Readers::Owner)?;
        Ok(Closed::parse(&bytes, &path, first, end).expect("invariant: what was written is read"))
    }
}

/// Author and number of a leaf that is a statement.
pub(super) fn stated(leaf: &[u8]) -> Option<(KeyId, u64)> {
    let (envelope, _) = envelope::open(leaf).ok()?;
    envelope.written.map(|written| (envelope.author, written.number))
}

/// The statements among the entries from `first` up to `end`, not included, and the authors whom they dismiss.
fn scan(reader: &Reader, first: u64, end: u64) -> Result<(Runs, Dismissed), Error> {
    let (mut runs, mut dismissed) = (Runs::new(), Dismissed::new());
    for record in reader.records(first).take((end - first) as usize) {
        let record = record?;
        if let Some((author, number)) = stated(&record.leaf) {
            let (first, indexes) = runs.entry(author).or_insert_with(|| (number, Vec::new()));
            let awaited = *first + indexes.len() as u64;
            if number != awaited {
                return Err(out_of_order(reader, author, number, awaited));
            }
            indexes.push(record.index);
        } else if envelope::open(&record.leaf).is_ok_and(|(envelope, _)| envelope.kind == AUTHOR_DISMISSED) {
            let payload = reader.payload(record.index)?;
            if let Ok(Body::AuthorDismissed(Dismissal { author, .. })) = Body::read(AUTHOR_DISMISSED, &payload) {
                dismissed.insert(author, record.index);
            }
        }
    }
    Ok((runs, dismissed))
}

/// Holds the runs of a segment against what came before it: no author's numbers have a gap.
fn follow(
    reader: &Reader,
    last: &mut BTreeMap<KeyId, u64>,
    runs: impl Iterator<Item = (KeyId, u64, u64)>,
) -> Result<(), Error> {
    for (author, number, count) in runs {
        let before = last.get(&author).copied().unwrap_or_default();
        if number != before + 1 {
            return Err(out_of_order(reader, author, number, before + 1));
        }
        last.insert(author, before + count);
    }
    Ok(())
}

fn out_of_order(reader: &Reader, author: KeyId, number: u64, awaited: u64) -> Error {
    let problem = format!("author `{author}` has a statement {number} where {awaited} is awaited");
    Error::damaged(&reader.payloads(), 0, problem)
}
