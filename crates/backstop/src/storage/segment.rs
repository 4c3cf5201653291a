//! Segments: files in which entries are durable before anyone gets a receipt. Takes records and gives them back with a
//! verdict on every byte. Never leaves a changed byte unnoticed, and tells a damaged record from one that was cut short.
//!
//! All numbers are big-endian. Each check covers the one before it, so that no record can be lost from the middle. What a
//! check covers of the payload is its sealed bytes, so that the chain holds without any key and outlives every erasure.
//!
//! ```text
//! segment = "backstop-segment/2\n"  u64 index of its first entry  32 check of the entry before (zeros before the first)
//!           record*  zeros*
//! record  = header  leaf  sealed payload  32 check
//! header  = "BSR2"  u32 bytes of leaf  u32 bytes of payload  u64 index  u64 index of the first entry of its batch
//!           8 first bytes of SHA-256(check before, the 28 bytes above)
//! check   = SHA-256(check before, header, SHA-256(sealed payload), leaf)
//! ```
//!
//! Format 1 has `/1`, `BSR1`, and between header and leaf 32 bytes of salt; its payload is plain, and salt and payload
//! enter the check by one hash.
//!
//! The "check before" the first record of a segment is SHA-256 of the segment's own header.

use super::disk::{self, Cursor, Disk, OpenFile, Written};
use super::error::Error;
use super::sealing::SEALED_MORE_BYTES;
use mission::record::canonical::MAX_BYTES;
use mission::record::commitment::Salt;
use mission::record::envelope::MAX_LEAF_BYTES;
use sha2::{Digest, Sha256};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A segment that has reached this length takes no further batch; shorter in tests, so that they cross many.
pub(super) const FULL_BYTES: u64 = if cfg!(test) { 100_000 } else { 64 << 20 };
/// Disk space is asked for in steps of this size, so that a flush has no length to write; less in tests, which copy it.
const ALLOCATION_BYTES: u64 = if cfg!(test) { 16 << 10 } else { 8 << 20 };
/// Length of a segment's header.
pub(super) const HEADER_BYTES: u64 = 59;
/// Length of a record's header.
pub(super) const RECORD_HEADER_BYTES: usize = 36;
const CHECK_BYTES: usize = 32;

/// The last word of a record, which covers all before it.
pub(super) type Check = [u8; CHECK_BYTES];

/// How the records of a store hold what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Format 1: salt and payload as plain bytes.
    Plain,
    /// Format 2: the payload sealed under a key of its own, which lies elsewhere with the salt.
    Sealed,
}

impl Format {
    fn first_line(self) -> &'static [u8; 19] {
        match self {
            Format::Plain => b"backstop-segment/1\n",
            Format::Sealed => b"backstop-segment/2\n",
        }
    }

    /// How a record begins.
    pub(super) fn magic(self) -> &'static [u8; 4] {
        match self {
            Format::Plain => b"BSR1",
            Format::Sealed => b"BSR2",
        }
    }
}

/// What a segment's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// How its records hold what was said.
    pub(super) format: Format,
    /// Index of its first entry.
    pub(super) first: u64,
    /// Check of the entry before, in the segment before.
    pub(super) before: Check,
}

impl Header {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [self.format.first_line().as_slice(), &self.first.to_be_bytes(), &self.before].concat()
    }

    /// The header of a segment's bytes; none if it is cut short or does not begin as one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Header> {
        let format =
            [Format::Plain, Format::Sealed].into_iter().find(|format| bytes.starts_with(format.first_line()))?;
        let (first, rest) = bytes[format.first_line().len()..].split_first_chunk()?;
        Some(Header { format, first: u64::from_be_bytes(*first), before: *rest.first_chunk()? })
    }

    /// Where the chain of checks begins in this segment.
    pub(super) fn start(self) -> Check {
        Sha256::digest(self.to_bytes()).into()
    }

    /// Where the first record begins.
    pub(super) fn place(self) -> Place {
        Place { offset: HEADER_BYTES, before: self.start(), next: self.first }
    }
}

/// Whether the first record of a segment follows from its header; none if no record was ever begun there. `bytes` are those of
/// both headers, as far as there are any.
pub(super) fn first_record_follows(header: Header, bytes: &[u8]) -> Option<bool> {
    let record = bytes.get(HEADER_BYTES as usize..).unwrap_or_default();
    if record.iter().all(|byte| *byte == 0) {
        return None;
    }
    let record = record.first_chunk().and_then(|record| parse_record_header(record, &header.start(), header.format));
    Some(record.is_some_and(|record| record.index == header.first))
}

/// What is stored of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Index of the entry in the log.
    pub(super) index: u64,
    /// Index of the first entry of its batch: all before were durable when this was written.
    pub(super) batch_start: u64,
    /// Salt of the payload's commitment, in format 1 alone.
    pub(super) salt: Option<Salt>,
    /// The leaf of the log.
    pub(super) leaf: Vec<u8>,
    /// The payload's canonical bytes in format 1; else as sealed, or nothing if it is withheld.
    pub(super) payload: Vec<u8>,
}

impl Record {
    /// Appends the bytes of this record to `out` and gives its check.
    pub(super) fn encode(&self, before: &Check, out: &mut Vec<u8>) -> Check {
        let header = record_header(self, before);
        let check = record_check(self, before, &header);
        out.extend(header);
        out.extend(self.salt.as_slice().as_flattened());
        out.extend(&self.leaf);
        out.extend(&self.payload);
        out.extend(check);
        check
    }

    fn format(&self) -> Format {
        if self.salt.is_some() { Format::Plain } else { Format::Sealed }
    }

    fn encoded_bytes(&self) -> u64 {
        (RECORD_HEADER_BYTES
            + self.salt.as_slice().as_flattened().len()
            + self.leaf.len()
            + self.payload.len()
            + CHECK_BYTES) as u64
    }
}

fn record_header(record: &Record, before: &Check) -> [u8; RECORD_HEADER_BYTES] {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("invariant: leaf and payload are limited");
    let mut header = [0; RECORD_HEADER_BYTES];
    header[..4].copy_from_slice(record.format().magic());
    header[4..8].copy_from_slice(&length(&record.leaf).to_be_bytes());
    header[8..12].copy_from_slice(&length(&record.payload).to_be_bytes());
    header[12..20].copy_from_slice(&record.index.to_be_bytes());
    header[20..28].copy_from_slice(&record.batch_start.to_be_bytes());
    let digest = Sha256::new().chain_update(before).chain_update(&header[..28]).finalize();
    header[28..].copy_from_slice(&digest[..8]);
    header
}

/// What was said enters by its hash, and in format 2 as it was sealed.
fn record_check(record: &Record, before: &Check, header: &[u8; RECORD_HEADER_BYTES]) -> Check {
    let content =
        Sha256::new().chain_update(record.salt.as_slice().as_flattened()).chain_update(&record.payload).finalize();
    let digest = Sha256::new().chain_update(before).chain_update(header).chain_update(content);
    digest.chain_update(&record.leaf).finalize().into()
}

/// A record's header taken apart, believed only after its own check.
struct RecordHeader {
    leaf_bytes: usize,
    payload_bytes: usize,
    index: u64,
    batch_start: u64,
}

/// The header, if these bytes are one that follows this check.
fn parse_record_header(bytes: &[u8; RECORD_HEADER_BYTES], before: &Check, format: Format) -> Option<RecordHeader> {
    let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let long = |at: usize| u64::from(word(at)) << 32 | u64::from(word(at + 4));
    let digest = Sha256::new().chain_update(before).chain_update(&bytes[..28]).finalize();
    let header = RecordHeader {
        leaf_bytes: word(4) as usize,
        payload_bytes: word(8) as usize,
        index: long(12),
        batch_start: long(20),
    };
    let limits = header.leaf_bytes <= MAX_LEAF_BYTES && header.payload_bytes <= MAX_BYTES + SEALED_MORE_BYTES;
    (bytes.starts_with(format.magic()) && digest[..8] == bytes[28..] && limits).then_some(header)
}

/// Whether the header of a record of a batch that began after entry `index` stands anywhere in these bytes.
pub(super) fn later_batch_stands_in(bytes: &[u8], index: u64, format: Format) -> bool {
    (CHECK_BYTES..bytes.len().saturating_sub(RECORD_HEADER_BYTES)).any(|at| {
        let (before, header) = (bytes[at - CHECK_BYTES..at].first_chunk(), bytes[at..].first_chunk());
        let header = before.zip(header).filter(|(_, header)| header.starts_with(format.magic()));
        header
            .and_then(|(before, header)| parse_record_header(header, before, format))
            .is_some_and(|it| it.batch_start > index)
    })
}

/// What stands at a place in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A record whose every byte holds.
    Record(Record),
    /// A record in which something was changed; if its header holds it is given as found, and reading can go on.
    Damaged(Option<Record>, &'static str),
    /// The file ends within a record.
    CutShort,
    /// The file ends, or nothing but preallocated zeros follow.
    End,
}

/// Where a record of a segment begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Bytes before it.
    pub(super) offset: u64,
    /// Check of the record before it.
    pub(super) before: Check,
    /// Index of its entry.
    pub(super) next: u64,
}

/// Reads a segment from front to back.
pub(super) struct SegmentReader {
    file: Box<dyn Read + Send>,
    format: Format,
    /// Checks that the next record may follow: after a damaged record both the stored and the computed one.
    before: [Check; 2],
    offset: u64,
    next: u64,
    done: bool,
}

impl SegmentReader {
    /// Starts at a place of a segment of this format.
    pub(super) fn open(
        disk: &dyn Disk,
        path: &Path,
        format: Format,
        Place { offset, before, next }: Place,
    ) -> io::Result<SegmentReader> {
        let file = BufReader::with_capacity(1 << 18, Cursor { file: disk.open(path)?, offset });
        Ok(SegmentReader { file: Box::new(file), format, before: [before; 2], offset, next, done: false })
    }

    /// Reads records that came from elsewhere and are to stand at a place of a segment of this format.
    pub(super) fn of(bytes: Vec<u8>, format: Format, Place { offset, before, next }: Place) -> SegmentReader {
        let file = Box::new(io::Cursor::new(bytes));
        SegmentReader { file, format, before: [before; 2], offset, next, done: false }
    }

    /// Where the next piece starts.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Index of the entry that the next piece should hold.
    pub(super) fn index(&self) -> u64 {
        self.next
    }

    /// Check of the last record that was read.
    pub(super) fn check(&self) -> Check {
        self.before[0]
    }

    /// Reads the next piece; after anything but a record nothing but [`Piece::End`] comes.
    pub(super) fn read(&mut self) -> io::Result<Piece> {
        if self.done {
            return Ok(Piece::End);
        }
        let piece = self.read_piece()?;
        self.done = !matches!(piece, Piece::Record(_) | Piece::Damaged(Some(_), _));
        Ok(piece)
    }

    fn read_piece(&mut self) -> io::Result<Piece> {
        let mut header = [0; RECORD_HEADER_BYTES];
        let length = read_up_to(&mut self.file, &mut header)?;
        if header[..length].iter().all(|byte| *byte == 0) {
            return Ok(if self.only_zeros_follow()? {
                Piece::End
            } else {
                Piece::Damaged(None, "bytes follow the end")
            });
        }
        if length < RECORD_HEADER_BYTES {
            let magic = length.min(self.format.magic().len());
            let cut = header[..magic] == self.format.magic()[..magic];
            return Ok(if cut { Piece::CutShort } else { Piece::Damaged(None, "bytes follow the last entry") });
        }
        let found =
            self.before.iter().find_map(|before| Some((*before, parse_record_header(&header, before, self.format)?)));
        let Some((before, found)) = found.filter(|(_, found)| found.index == self.next) else {
            return Ok(Piece::Damaged(None, "the header of the entry's record was changed"));
        };
        let mut record = Record {
            index: found.index,
            batch_start: found.batch_start,
            salt: (self.format == Format::Plain).then(Salt::default),
            leaf: vec![0; found.leaf_bytes],
            payload: vec![0; found.payload_bytes],
        };
        let mut check = [0; CHECK_BYTES];
        let parts: [&mut [u8]; 4] =
            [record.salt.as_mut_slice().as_flattened_mut(), &mut record.leaf, &mut record.payload, &mut check];
        for part in parts {
            if read_up_to(&mut self.file, part)? < part.len() {
                return Ok(Piece::CutShort);
            }
        }
        self.offset += record.encoded_bytes();
        self.next += 1;
        let computed = record_check(&record, &before, &header);
        self.before = [check, computed];
        if check == computed {
            Ok(Piece::Record(record))
        } else {
            Ok(Piece::Damaged(Some(record), "the entry's record was changed"))
        }
    }

    fn only_zeros_follow(&mut self) -> io::Result<bool> {
        let mut block = [0; 4096];
        loop {
            let length = read_up_to(&mut self.file, &mut block)?;
            if block[..length].iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            if length < block.len() {
                return Ok(true);
            }
        }
    }
}

fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// The segment that grows.
pub(super) struct SegmentWriter {
    disk: Arc<dyn Disk>,
    file: Arc<dyn OpenFile>,
    path: PathBuf,
    offset: u64,
    allocated: u64,
    check: Check,
}

impl SegmentWriter {
    /// Creates a segment. When this returns, it is durable and empty.
    pub(super) fn create(disk: &Arc<dyn Disk>, path: &Path, header: Header) -> Result<SegmentWriter, Error> {
        disk::create(&**disk, path, &header.to_bytes(), disk::Readers::Owner)?;
        SegmentWriter::open(disk, path, HEADER_BYTES, header.start())
    }

    /// Goes on with a segment at `offset`, where the last record with this `check` ends and only zeros follow.
    pub(super) fn open(disk: &Arc<dyn Disk>, path: &Path, offset: u64, check: Check) -> Result<SegmentWriter, Error> {
        let file = disk.open_to_write(path).map_err(Error::io("open", path))?;
        let allocated = file.length().map_err(Error::io("measure", path))?;
        Ok(SegmentWriter { disk: disk.clone(), file, path: path.to_owned(), offset, allocated, check })
    }

    /// Where the next record will start.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Check of the last record.
    pub(super) fn check(&self) -> Check {
        self.check
    }

    /// Makes room for so many bytes more.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<(), Error> {
        let end = self.offset + bytes;
        if end > self.allocated {
            let step = (end - self.allocated).next_multiple_of(ALLOCATION_BYTES);
            self.file.allocate(self.allocated, step).map_err(Error::io("get space for", &self.path))?;
            self.allocated += step;
        }
        Ok(())
    }

    /// Writes records that end in `check`, and flushes them together with what else was written for them. When this returns,
    /// all of that is durable.
    ///
    /// If space cannot be had, nothing is written. If the write or the flush fails, the process ends: a part of the batch
    /// may be on the disk, and the next opening decides by reading it.
    pub(super) fn append(&mut self, records: &[u8], check: Check, keys: Vec<Written>) -> Result<(), Error> {
        self.reserve(records.len() as u64)?;
        let end = self.offset + records.len() as u64;
        if let Err(error) = self.file.write_at(records, self.offset) {
            disk::stop(&*self.disk, "write", &self.path, &error);
        }
        let written: Vec<Written> = [(self.file.clone(), self.path.clone())].into_iter().chain(keys).collect();
        disk::flush_together(&*self.disk, &written);
        self.offset = end;
        self.check = check;
        Ok(())
    }

    /// Gives back the space that was not used.
    pub(super) fn trim(&mut self) -> Result<(), Error> {
        self.file.set_length(self.offset).map_err(Error::io("trim", &self.path))?;
        self.allocated = self.offset;
        disk::flush(&*self.disk, &*self.file, &self.path);
        Ok(())
    }
}
