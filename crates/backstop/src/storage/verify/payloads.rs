//! Checks the segments: takes them from the first to the last and gives, entry by entry, the leaf that each holds, examined
//! on every core against its author's key and its payload. Never holds more than one round of records in memory.

use super::Findings;
use super::contents::{Content, Contents, PayloadsFound, Said};
use crate::storage::disk::{self, Disk, Found};
use crate::storage::halt::LaterOrder;
use crate::storage::keys::PublicKeys;
use crate::storage::parallel::{every_core, map_in_order};
use crate::storage::reader::{segment_number, segment_path};
use crate::storage::sealing::{KeyFound, Ring, open_payload};
use crate::storage::segment::{Check, Format, HEADER_BYTES, Header, Piece, Record, SegmentReader};
use ledger::tree::leaf_hash;
use mission::record::commitment::{Payload, Salt};
use mission::record::envelope::{self, Class, Envelope, EnvelopeError, KeyId};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Records examined in one round end at this count or at these bytes, whichever comes first.
const ROUND_RECORDS: usize = 4096;
const ROUND_BYTES: usize = 32 << 20;

/// The leaf of an entry as a segment holds it.
pub(super) struct HeldLeaf {
    pub(super) index: u64,
    pub(super) file: PathBuf,
    pub(super) offset: u64,
    pub(super) leaf: Vec<u8>,
    /// Whether record, signature and payload all held, as far as they could be checked.
    pub(super) sound: bool,
    /// Whose signature held, and the number if it is a statement.
    pub(super) author: Option<(KeyId, Option<u64>)>,
}

/// What comes next in the segments.
pub(super) enum Step {
    /// The leaf of the next entry.
    Leaf(HeldLeaf),
    /// Entries up to this index, not included, are not to be had; why is among the findings.
    Gap { until: u64 },
    /// No more entries.
    End,
}

/// One record to be examined.
struct Unexamined {
    record: Record,
    file: PathBuf,
    offset: u64,
    damage: Option<&'static str>,
}

pub(super) struct Payloads<'a> {
    disk: &'a dyn Disk,
    directory: PathBuf,
    keys: Option<&'a PublicKeys>,
    ring: Option<&'a Ring>,
    format: Option<Format>,
    contents: Contents,
    numbers: VecDeque<u32>,
    previous: Option<u32>,
    open: Option<(u32, SegmentReader)>,
    /// Check of the last record, as far as it could be read.
    check: Option<Check>,
    /// Index of the entry that comes next from the files, and from `ready`.
    next: u64,
    given: u64,
    ready: VecDeque<Step>,
}

/// What examining a record's signature and payload found.
enum Examined {
    Sound((KeyId, Option<u64>), Content),
    UnknownAuthor(KeyId),
    Wrong(String),
}

impl<'a> Payloads<'a> {
    pub(super) fn open(
        disk: &'a dyn Disk,
        directory: &Path,
        keys: Option<&'a PublicKeys>,
        ring: Option<&'a Ring>,
        findings: &mut Findings,
    ) -> Payloads<'a> {
        let mut numbers = Vec::new();
        match disk.list(&directory.join("payloads")) {
            Err(error) => findings.miss("payloads", format!("cannot be read: {error}")),
            Ok(files) => {
                for file in files {
                    let name = file.name;
                    match name.to_str().and_then(segment_number) {
                        Some(number) => numbers.push(number),
                        None => {
                            let path = Path::new("payloads").join(&name);
                            findings.differ(None, path, 0, "this file does not belong here");
                        }
                    }
                }
            }
        }
        numbers.sort_unstable();
        Payloads {
            disk,
            directory: directory.to_owned(),
            keys,
            ring,
            format: None,
            contents: Contents::default(),
            numbers: numbers.into(),
            previous: None,
            open: None,
            check: Some(Check::default()),
            next: 0,
            given: 0,
            ready: VecDeque::new(),
        }
    }

    /// Number of entries up to the last one that a segment held.
    pub(super) fn held(&self) -> u64 {
        self.given
    }

    /// What became of the payloads, as far as published.
    pub(super) fn contents(self, published: u64, later: &[LaterOrder], findings: &mut Findings) -> PayloadsFound {
        self.contents.finish(published, later, self.directory.as_path(), findings)
    }

    /// Notes that no segment holds these entries.
    pub(super) fn miss_from(&self, from: u64, until: u64, findings: &mut Findings) {
        let file = self.previous.map_or("payloads".into(), |number| segment_path(Path::new("payloads"), number));
        findings.miss(file, unread(from, until));
    }

    pub(super) fn next(&mut self, findings: &mut Findings) -> Step {
        if self.ready.is_empty() {
            self.fill(findings);
        }
        let step = self.ready.pop_front().unwrap_or(Step::End);
        match &step {
            Step::Leaf(leaf) => self.given = leaf.index + 1,
            Step::Gap { until } => self.given = *until,
            Step::End => {}
        }
        step
    }

    /// Reads one round of records and examines them.
    fn fill(&mut self, findings: &mut Findings) {
        let (mut round, mut bytes) = (Vec::new(), 0);
        while round.len() < ROUND_RECORDS && bytes < ROUND_BYTES && self.ready.is_empty() {
            if self.open.is_none() {
                match self.numbers.pop_front() {
                    Some(number) => self.open_segment(number, findings),
                    None => break,
                }
            } else if let Some(found) = self.read(findings) {
                bytes += found.record.leaf.len() + found.record.payload.len();
                round.push(found);
            }
        }
        let (disk, keys, ring) = (self.disk, self.keys, self.ring);
        let examined = map_in_order(every_core(), round, |found| (examine(disk, &found.record, keys, ring), found));
        let gaps = std::mem::take(&mut self.ready);
        for (result, found) in examined {
            let Unexamined { record, file, offset, damage } = found;
            let problem = match (damage, &result) {
                (Some(damage), _) => Some(damage.to_owned()),
                (None, Examined::Wrong(problem)) => Some(problem.clone()),
                (None, Examined::Sound(..) | Examined::UnknownAuthor(_)) => None,
            };
            let author = match result {
                Examined::Sound(author, content) => {
                    self.contents.take(&record, content);
                    if author.1.is_some() && !self.contents.admit(author.0) {
                        let what = format!("no entry before it admits author `{}`", author.0);
                        findings.differ(Some(record.index), &file, offset, what);
                    }
                    if let Some(by) = author.1.and_then(|_| self.contents.dismiss(author.0)) {
                        let what = format!("entry {by} dismissed author `{}`", author.0);
                        findings.differ(Some(record.index), &file, offset, what);
                    }
                    Some(author)
                }
                Examined::UnknownAuthor(author) => {
                    findings.miss("keys", format!("the public key of author `{author}` is missing"));
                    None
                }
                Examined::Wrong(_) => None,
            };
            let sound = problem.is_none();
            if let Some(problem) = problem {
                findings.differ(Some(record.index), &file, offset, problem);
            }
            let Record { index, leaf, .. } = record;
            self.ready.push_back(Step::Leaf(HeldLeaf { index, file, offset, leaf, sound, author }));
        }
        self.ready.extend(gaps);
    }

    /// Reads one record of the open segment; closes the segment at its end.
    fn read(&mut self, findings: &mut Findings) -> Option<Unexamined> {
        let (number, reader) = self.open.as_mut()?;
        let file = segment_path(Path::new("payloads"), *number);
        let (offset, index) = (reader.offset(), reader.index());
        let piece = match reader.read() {
            Ok(piece) => piece,
            Err(error) => {
                findings.miss(&file, format!("cannot be read at byte {offset}: {error}"));
                Piece::End
            }
        };
        match piece {
            Piece::Record(record) => {
                self.check = Some(reader.check());
                self.next = index + 1;
                return Some(Unexamined { record, file, offset, damage: None });
            }
            Piece::Damaged(Some(record), problem) => {
                self.check = None;
                self.next = index + 1;
                return Some(Unexamined { record, file, offset, damage: Some(problem) });
            }
            Piece::Damaged(None, problem) => {
                self.check = None;
                findings.differ(Some(index), &file, offset, problem);
            }
            Piece::CutShort => {
                self.check = None;
                findings.miss(&file, format!("cut short at byte {offset}, within entry {index}"));
            }
            Piece::End => {}
        }
        self.open = None;
        None
    }

    /// Opens a segment and holds its header against where the one before ended.
    fn open_segment(&mut self, number: u32, findings: &mut Findings) {
        let file = segment_path(Path::new("payloads"), number);
        let path = self.directory.join(&file);
        let absent = number - self.previous.map_or(0, |previous| previous + 1);
        if absent > 0 {
            let first = self.previous.map_or(0, |previous| previous + 1);
            findings
                .miss(segment_path(Path::new("payloads"), first), format!("{absent} segments are missing from here"));
            self.check = None;
        }
        self.previous = Some(number);
        let bytes = match read_header(self.disk, &path) {
            Ok(bytes) if bytes.len() as u64 == HEADER_BYTES => bytes,
            Ok(_) => return findings.miss(&file, "cut short within its header"),
            Err(problem) => return findings.miss(&file, format!("cannot be read: {problem}")),
        };
        let found = Header::parse(&bytes);
        let format = self.format.or(found.map(|header| header.format)).unwrap_or(Format::Sealed);
        self.format = Some(format);
        let expected = self.check.map(|before| Header { format, first: self.next, before });
        let header = match (found, expected) {
            (Some(header), Some(expected)) if header == expected => header,
            // Whole records are missing at the end of the segment before.
            (Some(header), Some(expected)) if header.first > expected.first && header.before != expected.before => {
                let until = header.first;
                findings.miss(segment_path(Path::new("payloads"), number.saturating_sub(1)), unread(self.next, until));
                header
            }
            (_, Some(expected)) => {
                findings.differ(Some(self.next), &file, 0, "the header of the segment was changed");
                expected
            }
            (Some(header), None) if header.first >= self.next && header.format == format => header,
            (Some(_), None) | (None, None) => {
                return findings.differ(Some(self.next), &file, 0, "the header of the segment was changed");
            }
        };
        if header.first > self.next {
            self.ready.push_back(Step::Gap { until: header.first });
            self.next = header.first;
        }
        match SegmentReader::open(self.disk, &path, header.format, header.place()) {
            Ok(reader) => self.open = Some((number, reader)),
            Err(error) => findings.miss(&file, format!("cannot be read: {error}")),
        }
    }
}

fn unread(from: u64, until: u64) -> String {
    format!("the payloads of entries {from} to {} could not be read", until - 1)
}

fn read_header(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, String> {
    match disk::read(disk, path, 0) {
        Found::Nothing => return Err("it is missing".into()),
        Found::Unreadable(problem) => return Err(problem),
        Found::TooLong | Found::Bytes(_) => {}
    }
    let bytes = disk.open(path).and_then(|file| disk::read_from(file, 0, HEADER_BYTES));
    bytes.map_err(|error| error.to_string())
}

/// Checks the author's signature of one record, and its payload as far as there is a key.
fn examine(disk: &dyn Disk, record: &Record, keys: Option<&PublicKeys>, ring: Option<&Ring>) -> Examined {
    let envelope = match examine_leaf(&record.leaf, keys) {
        Ok(envelope) => envelope,
        Err(examined) => return examined,
    };
    let opened = match unseal(disk, record, envelope.class, ring) {
        Ok(opened) => opened,
        Err(content) => return Examined::Sound(author_of(&envelope), content),
    };
    let Some((salt, payload)) = opened else {
        return Examined::Wrong("what it says does not open under its key".into());
    };
    match Payload::from_bytes(payload) {
        Err(error) => Examined::Wrong(format!("payload {error}")),
        Ok(payload) if payload.commit(&salt) != envelope.commitment => {
            Examined::Wrong("the payload is not the one that the envelope commits to".into())
        }
        Ok(payload) => {
            Examined::Sound(author_of(&envelope), Content::Opened(Said::of(&envelope.kind, &payload.into_value())))
        }
    }
}

/// Salt and payload of a record; none if they do not open.
pub(super) fn unseal(
    disk: &dyn Disk,
    record: &Record,
    class: Class,
    ring: Option<&Ring>,
) -> Result<Option<(Salt, Vec<u8>)>, Content> {
    if let Some(salt) = record.salt {
        return Ok(Some((salt, record.payload.clone())));
    }
    let Some(ring) = ring else { return Err(Content::Unchecked) };
    let is_withheld = record.payload.is_empty();
    match ring.find(disk, record.index, &leaf_hash(&record.leaf).0, class) {
        Ok(KeyFound::Slot(slot)) => Ok(open_payload(&slot.key, &record.payload).map(|payload| (slot.salt, payload))),
        Ok(KeyFound::Nothing | KeyFound::Sealed) if is_withheld => Err(Content::Withheld),
        Ok(KeyFound::Nothing) => Err(Content::Gone),
        Ok(KeyFound::Sealed) => Err(Content::Sealed),
        Ok(KeyFound::Changed(path, offset)) => Err(Content::KeyChanged(path, offset)),
        Ok(KeyFound::Missing(path)) => Err(Content::KeyMissing(path)),
        Err(_) => Err(Content::Unchecked),
    }
}

fn author_of(envelope: &Envelope) -> (KeyId, Option<u64>) {
    (envelope.author, envelope.written.map(|written| written.number))
}

/// Checks the author's signature of a leaf.
fn examine_leaf(leaf: &[u8], keys: Option<&PublicKeys>) -> Result<Envelope, Examined> {
    let wrong = |error: EnvelopeError| Examined::Wrong(error.to_string());
    let (envelope, _) = envelope::open(leaf).map_err(wrong)?;
    let key = keys.and_then(|keys| keys.authors.get(&envelope.author));
    envelope::verify(leaf, key.ok_or(Examined::UnknownAuthor(envelope.author))?).map_err(wrong)
}

/// Checks the signature of a leaf that no segment holds; says what is wrong with it.
pub(super) fn check_leaf_alone(leaf: &[u8], keys: Option<&PublicKeys>, findings: &mut Findings) -> Option<String> {
    match examine_leaf(leaf, keys) {
        Ok(_) | Err(Examined::Sound(..)) => None,
        Err(Examined::Wrong(problem)) => Some(problem),
        Err(Examined::UnknownAuthor(author)) => {
            findings.miss("keys", format!("the public key of author `{author}` is missing"));
            None
        }
    }
}
