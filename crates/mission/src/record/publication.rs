//! What was given out and what was attested: the entries by which the record speaks of its own results.
//!
//! Takes a bulletin's hashes, or those of a derivation, with the position of the log that they follow from; gives payloads
//! and reads them back. Never holds a result itself: whoever has the entries before works it out again.

use super::canonical::Value;
use super::fields::{FieldError, Fields, Writer};
use super::hex::bytes_of_hex;
use crate::derivation::{Derivation, VerdictStream};
use crate::derived::Stream;
use crate::view::Reader;
use clause::Footing;
use std::collections::BTreeSet;
use terms::{Instant, Label};

/// No publication has more files.
const MOST_FILES: usize = 4096;

/// The entries that a result follows from: the first so many, under their root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basis {
    /// Number of entries.
    pub size: u64,
    /// Root of the log over them, base64.
    pub root: String,
}

/// A bulletin that was given out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// Which bulletin: `daily`.
    pub bulletin: String,
    /// The day that it is about: `2026-04-12`.
    pub day: String,
    /// IANA zone in which the day is counted.
    pub time_zone: String,
    /// For whom it was made.
    pub reader: Reader,
    /// The first instant of the day.
    pub from: Instant,
    /// Happenings until then, and clauses judged then: the last instant of the day.
    pub judged_at: Instant,
    /// When the newest entry that it follows from was received: the cut-off of what was known.
    pub known_until: Instant,
    /// The entries that it follows from.
    pub basis: Basis,
    /// The program that made it: `backstop 0.1.0`.
    pub program: String,
    /// Its files, in order of their names. Never empty.
    pub files: Vec<PublishedFile>,
}

/// One file of a bulletin: a format in a language.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PublishedFile {
    /// Its name.
    pub name: String,
    /// `html`, `md`, `json` or `csv`; later formats have other words.
    pub format: String,
    /// The table that it holds, if it is one table.
    pub table: Option<String>,
    /// Its language: `en`.
    pub language: String,
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hex digits.
    pub sha256: String,
}

impl Publication {
    /// Its languages, in order of their names.
    #[must_use]
    pub fn languages(&self) -> BTreeSet<&str> {
        self.files.iter().map(|file| file.language.as_str()).collect()
    }
}

/// A statement of what follows from the entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attestation {
    /// The office that says so, never a private name.
    pub by: String,
    /// For whom it was derived.
    pub reader: Reader,
    /// Clauses judged then; happenings until then.
    pub judged_at: Instant,
    /// The entries that it follows from.
    pub basis: Basis,
    /// The program that derived it: `backstop 0.1.0`.
    pub program: String,
    /// What follows, as hashes.
    pub derivation: Derivation,
}

pub(crate) fn write_publication(publication: &Publication) -> Value {
    Writer::default()
        .text("bulletin", &publication.bulletin)
        .text("day", &publication.day)
        .text("time_zone", &publication.time_zone)
        .text("reader", publication.reader.word())
        .integer("from_ms", publication.from.ms())
        .integer("judged_at_ms", publication.judged_at.ms())
        .integer("known_until_ms", publication.known_until.ms())
        .put("basis", write_basis(&publication.basis))
        .text("program", &publication.program)
        .put("files", Value::List(publication.files.iter().map(write_file).collect()))
        .finish()
}

pub(crate) fn read_publication(value: &Value) -> Result<Publication, FieldError> {
    let mut fields = Fields::of("", value)?;
    let files = fields.list("files")?.iter().map(|file| read_file(Fields::of("files", file)?));
    let files = files.collect::<Result<Vec<PublishedFile>, FieldError>>()?;
    let ordered = files.is_sorted_by(|one, next| one.name < next.name);
    if files.is_empty() || files.len() > MOST_FILES || !ordered {
        return Err(fields.wrong("files", "1 to 4,096 files, each name once, in the order of the names"));
    }
    let publication = Publication {
        bulletin: fields.text("bulletin")?.to_owned(),
        day: fields.text("day")?.to_owned(),
        time_zone: fields.text("time_zone")?.to_owned(),
        reader: fields.parsed("reader", "`public` or `mission`", Reader::from_word)?,
        from: fields.instant("from_ms")?,
        judged_at: fields.instant("judged_at_ms")?,
        known_until: fields.instant("known_until_ms")?,
        basis: read_basis(fields.fields("basis")?)?,
        program: fields.text("program")?.to_owned(),
        files,
    };
    fields.finish()?;
    Ok(publication)
}

pub(crate) fn write_attestation(attestation: &Attestation) -> Value {
    let stream =
        |writer: Writer, stream: &Stream| writer.integer("count", stream.count as i64).text("sha256", &stream.sha256);
    let verdicts = attestation.derivation.verdicts.iter().map(|verdicts| {
        let writer = Writer::default()
            .text("rule", &verdicts.rule)
            .optional_text("reading", verdicts.reading.as_ref())
            .text("footing", verdicts.footing.word());
        stream(writer, &verdicts.stream).finish()
    });
    Writer::default()
        .text("by", &attestation.by)
        .text("reader", attestation.reader.word())
        .integer("judged_at_ms", attestation.judged_at.ms())
        .put("basis", write_basis(&attestation.basis))
        .text("program", &attestation.program)
        .put("incidents", stream(Writer::default(), &attestation.derivation.incidents).finish())
        .put("verdicts", Value::List(verdicts.collect()))
        .finish()
}

pub(crate) fn read_attestation(value: &Value) -> Result<Attestation, FieldError> {
    let mut fields = Fields::of("", value)?;
    let verdicts = fields.list("verdicts")?.iter().map(|stream| read_verdicts(Fields::of("verdicts", stream)?));
    let verdicts = verdicts.collect::<Result<Vec<VerdictStream>, FieldError>>()?;
    let mut incidents = fields.fields("incidents")?;
    let derivation = Derivation { incidents: read_stream(&mut incidents)?, verdicts };
    incidents.finish()?;
    let attestation = Attestation {
        by: fields.text("by")?.to_owned(),
        reader: fields.parsed("reader", "`public` or `mission`", Reader::from_word)?,
        judged_at: fields.instant("judged_at_ms")?,
        basis: read_basis(fields.fields("basis")?)?,
        program: fields.text("program")?.to_owned(),
        derivation,
    };
    fields.finish()?;
    Ok(attestation)
}

fn read_verdicts(mut fields: Fields<'_>) -> Result<VerdictStream, FieldError> {
    let footing = |word: &str| Footing::JUDGED.into_iter().find(|footing| footing.word() == word);
    let verdicts = VerdictStream {
        rule: fields.parsed("rule", "a rule id", Label::new)?,
        reading: fields.optional_parsed("reading", "a reading", Label::new)?,
        footing: fields.parsed("footing", "`proposed`, `established` or `ruled`", footing)?,
        stream: read_stream(&mut fields)?,
    };
    fields.finish()?;
    Ok(verdicts)
}

fn read_stream(fields: &mut Fields<'_>) -> Result<Stream, FieldError> {
    Ok(Stream { count: fields.integer("count")?, sha256: read_sha256(fields)? })
}

fn write_file(file: &PublishedFile) -> Value {
    Writer::default()
        .text("name", &file.name)
        .text("format", &file.format)
        .optional_text("table", file.table.as_ref())
        .text("language", &file.language)
        .integer("bytes", file.bytes as i64)
        .text("sha256", &file.sha256)
        .finish()
}

fn read_file(mut fields: Fields<'_>) -> Result<PublishedFile, FieldError> {
    let plain = |name: &str| {
        let sound = !name.is_empty() && name.len() <= 255 && !name.starts_with('.');
        (sound && !name.contains(['/', '\\', '\0'])).then(|| name.to_owned())
    };
    let file = PublishedFile {
        name: fields.parsed("name", "a file name without a folder", plain)?,
        format: fields.text("format")?.to_owned(),
        table: fields.optional_text("table")?.map(str::to_owned),
        language: fields.text("language")?.to_owned(),
        bytes: fields.integer("bytes")?,
        sha256: read_sha256(&mut fields)?,
    };
    fields.finish()?;
    Ok(file)
}

fn read_sha256(fields: &mut Fields<'_>) -> Result<String, FieldError> {
    let digits = |text: &str| bytes_of_hex::<32>(text).map(|_| text.to_owned());
    fields.parsed("sha256", "64 lower-case hex digits", digits)
}

pub(super) fn write_basis(basis: &Basis) -> Value {
    Writer::default().integer("size", basis.size as i64).text("root", &basis.root).finish()
}

pub(super) fn read_basis(mut fields: Fields<'_>) -> Result<Basis, FieldError> {
    let basis = Basis { size: fields.integer("size")?, root: fields.text("root")?.to_owned() };
    fields.finish()?;
    Ok(basis)
}
