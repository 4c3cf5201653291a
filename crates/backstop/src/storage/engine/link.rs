//! Links: what an engine holds of a log, piece by piece. Takes and gives bytes: one line of a canonical value, what the line
//! speaks of, and SHA-256 of both. Never believes a length that the bytes do not have.
//!
//! ```text
//! piece = line, what it speaks of   SHA-256 of these, 32 bytes: what rots where nobody reads it any more is named all the same
//! begin = {"format":"backstop-engine/2","generation":g,"kind":"begin","log":vkey,"store":text of store.toml} LF
//! batch = {"entries":n,"first":i,"format":..,"generation":g,"kind":"batch","pages":[line..],"slots":n or 0} LF
//!         slots, 80 bytes each   the bytes that the batch adds to the segments, the header of a segment that it begins with them
//! keys  = {"format":..,"generation":g,"kind":"keys","parts":[{"page":p,"sha256":hex}..],"size":s} LF   the table
//! ```
//!
//! Batches without slots are those that a store had when it was joined; the `keys` that follow them name all pages.

use crate::storage::sealing::{SLOT_BYTES, Wrapped};
use crate::storage::segment::{Check, Format, HEADER_BYTES, Header, Piece, Place, Record, SegmentReader};
use mission::record::canonical::{Value, decode, encode};
use mission::record::hex::{bytes_of_hex, hex};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const FORMAT: &str = "backstop-engine/2";
/// Without the hash at the end.
const FORMAT_BEFORE: &str = "backstop-engine/1";
const HASH_BYTES: usize = 32;
/// Longest first line.
const MAX_LINE_BYTES: usize = 4 << 20;

/// The key of the piece that says what the log is.
pub(super) const BEGIN: &str = "begin";

/// The key of the link that leads on from so many entries under such a generation of record keys.
pub(super) fn key_at(size: u64, generation: u64) -> String {
    format!("{size:020}-{generation:010}")
}

/// The key of a page's slots.
pub(super) fn key_of_part(digest: &[u8; 32]) -> String {
    format!("part-{}", hex(digest))
}

/// What the log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begin {
    /// The generation under which the first links are.
    pub(super) generation: u64,
    pub(super) log: String,
    pub(super) store: String,
}

/// What leads from one state of a log to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Batch(Batch),
    Keys(NewKeys),
}

/// Entries that were written together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// Index of the first.
    pub(super) first: u64,
    pub(super) entries: u64,
    pub(super) generation: u64,
    /// Lines of the table for pages that begin with these entries.
    pub(super) pages: Vec<Vec<u8>>,
    /// A wrapped slot for each entry; none for what was there before the store was joined.
    pub(super) slots: Vec<Wrapped>,
    /// What they add to the segments.
    pub(super) piece: Vec<u8>,
}

/// A generation of record keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewKeys {
    /// After so many entries.
    pub(super) size: u64,
    /// Its number.
    pub(super) generation: u64,
    /// Pages whose slots were wrapped anew, with the hash of these.
    pub(super) parts: BTreeMap<u64, [u8; 32]>,
    pub(super) table: Vec<u8>,
}

/// The records of a batch.
pub(super) struct Records {
    pub(super) records: Vec<Record>,
    /// Where each begins in the piece.
    pub(super) starts: Vec<usize>,
    /// The check of the last.
    pub(super) check: Check,
}

impl Batch {
    /// The header of the segment that it begins, if it begins one.
    pub(super) fn header(&self) -> Option<Header> {
        Header::parse(&self.piece)
    }

    /// Its records, if they follow this check and every one holds.
    pub(super) fn records(&self, format: Format, before: Check) -> Result<Records, String> {
        let skipped = if self.header().is_some() { HEADER_BYTES as usize } else { 0 };
        let place = Place { offset: 0, before, next: self.first };
        let mut reader = SegmentReader::of(self.piece[skipped..].to_vec(), format, place);
        let (mut records, mut starts) = (Vec::new(), Vec::new());
        loop {
            let (index, start) = (reader.index(), skipped + reader.offset() as usize);
            match reader.read().expect("invariant: reading memory does not fail") {
                Piece::Record(record) if record.batch_start == self.first => {
                    records.push(record);
                    starts.push(start);
                }
                Piece::End if start == self.piece.len() => break,
                Piece::Record(_) | Piece::End | Piece::CutShort | Piece::Damaged(..) => {
                    return Err(format!("entry {index} of it does not follow what is here, or was changed"));
                }
            }
        }
        if records.len() as u64 != self.entries {
            return Err(format!("it has {} entries and says {}", records.len(), self.entries));
        }
        Ok(Records { records, starts, check: reader.check() })
    }
}

impl Begin {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let fields = [
            ("kind", text("begin")),
            ("generation", integer(self.generation)),
            ("log", text(&self.log)),
            ("store", text(&self.store)),
        ];
        hashed(line(fields))
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Begin> {
        let (mut fields, rest) = split(bytes)?;
        let begin = Begin {
            generation: number(fields.remove("generation")?)?,
            log: string(fields.remove("log")?)?,
            store: string(fields.remove("store")?)?,
        };
        (string(fields.remove("kind")?)? == "begin" && fields.is_empty() && rest.is_empty()).then_some(begin)
    }
}

impl Link {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Link::Batch(batch) => {
                let pages = batch.pages.iter().map(|page| text(&String::from_utf8_lossy(page)));
                let mut bytes = line([
                    ("kind", text("batch")),
                    ("first", integer(batch.first)),
                    ("entries", integer(batch.entries)),
                    ("generation", integer(batch.generation)),
                    ("pages", Value::List(pages.collect())),
                    ("slots", integer(batch.slots.len() as u64)),
                ]);
                bytes.extend(batch.slots.as_flattened());
                bytes.extend(&batch.piece);
                hashed(bytes)
            }
            Link::Keys(keys) => {
                let part = |(page, digest): (&u64, &[u8; 32])| {
                    Value::Fields(BTreeMap::from([
                        ("page".to_owned(), integer(*page)),
                        ("sha256".to_owned(), text(&hex(digest))),
                    ]))
                };
                let mut bytes = line([
                    ("kind", text("keys")),
                    ("size", integer(keys.size)),
                    ("generation", integer(keys.generation)),
                    ("parts", Value::List(keys.parts.iter().map(part).collect())),
                ]);
                bytes.extend(&keys.table);
                hashed(bytes)
            }
        }
    }

    /// The link that these bytes are; none if they are none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Link> {
        let (mut fields, rest) = split(bytes)?;
        let link = match string(fields.remove("kind")?)?.as_str() {
            "batch" => {
                let (entries, slots) = (number(fields.remove("entries")?)?, number(fields.remove("slots")?)?);
                let Value::List(pages) = fields.remove("pages")? else { return None };
                let pages = pages.into_iter().map(|page| Some(string(page)?.into_bytes())).collect::<Option<_>>()?;
                if entries == 0 || (slots != 0 && slots != entries) {
                    return None;
                }
                let (wrapped, piece) = rest.split_at_checked(usize::try_from(slots).ok()?.checked_mul(SLOT_BYTES)?)?;
                let first = number(fields.remove("first")?)?;
                first.checked_add(entries)?;
                Link::Batch(Batch {
                    first,
                    entries,
                    generation: number(fields.remove("generation")?)?,
                    pages,
                    slots: wrapped.as_chunks().0.to_vec(),
                    piece: piece.to_vec(),
                })
            }
            "keys" => {
                let Value::List(list) = fields.remove("parts")? else { return None };
                let mut parts = BTreeMap::new();
                for part in list {
                    let Value::Fields(mut part) = part else { return None };
                    let page = number(part.remove("page")?)?;
                    let digest = bytes_of_hex(&string(part.remove("sha256")?)?)?;
                    if !part.is_empty() || parts.insert(page, digest).is_some() {
                        return None;
                    }
                }
                Link::Keys(NewKeys {
                    size: number(fields.remove("size")?)?,
                    generation: number(fields.remove("generation")?)?,
                    parts,
                    table: rest.to_vec(),
                })
            }
            _ => return None,
        };
        fields.is_empty().then_some(link)
    }
}

/// The hash at the end of a piece, and that by which a page's slots are found again.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn line<const N: usize>(fields: [(&str, Value); N]) -> Vec<u8> {
    let fields = fields.into_iter().chain([("format", text(FORMAT))]);
    let value = Value::Fields(fields.map(|(name, value)| (name.to_owned(), value)).collect());
    [encode(&value).as_slice(), b"\n"].concat()
}

fn hashed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = digest(&bytes);
    bytes.extend(hash);
    bytes
}

/// The fields of the line and what follows them; none if these are not the bytes that were written.
fn split(bytes: &[u8]) -> Option<(BTreeMap<String, Value>, &[u8])> {
    let end = bytes.iter().take(MAX_LINE_BYTES).position(|byte| *byte == b'\n')?;
    let Ok(Value::Fields(mut fields)) = decode(&bytes[..end]) else { return None };
    match string(fields.remove("format")?)?.as_str() {
        FORMAT => {
            let (written, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH_BYTES)?)?;
            (digest(written) == *hash).then(|| written.get(end + 1..).map(|rest| (fields, rest)))?
        }
        FORMAT_BEFORE => Some((fields, &bytes[end + 1..])),
        _ => None,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn string(value: Value) -> Option<String> {
    let Value::Text(text) = value else { return None };
    Some(text)
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).expect("invariant: a log has fewer than 2^63 entries"))
}

fn number(value: Value) -> Option<u64> {
    let Value::Integer(number) = value else { return None };
    number.try_into().ok()
}
