//! One import from its first file to its summary.
//!
//! Takes files, what the store holds and a way to append; gives entries in batches and a summary. Never reads a clock;
//! never appends what is held already, so that a second run adds nothing and an interrupted one can simply be repeated.

use super::Importer;
use super::held::Held;
use super::items::{Broken, Item};
use super::lines::Spot;
use super::mapping::Mapping;
use super::source_file::SourceFile;
use super::summary::{FileSummary, SourceNote, Summary, UnreadNote};
use super::table::Record;
use mission::record::Body;
use mission::record::body::{Import, UnreadRow};
use std::collections::BTreeMap;
use std::fmt;
use terms::{Precision, Source, SourceId};

/// Entries handed over at once: enough for one fdatasync to carry, small enough to hold.
const BATCH: usize = 4096;
/// Unread rows shown in the summary; all are recorded.
const UNREAD_SHOWN: usize = 20;
/// What is kept of a row that cannot be read.
pub(super) const RAW_LIMIT_BYTES: usize = 4 * 1024;

/// What an import may be told.
#[derive(Clone, Default)]
pub struct Options {
    /// What the columns mean; needed by `csv`, `geojson` and `xlsx`.
    pub mapping: Option<Mapping>,
    /// Where an interrupted run of the same files had come to.
    pub resume: Option<Checkpoint>,
}

/// A row up to which everything is appended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// The last row of it that is done, from 1.
    pub row: u64,
}

/// How far an import has come; told after each batch and each file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Name of the file being read.
    pub file: String,
    /// Rows so far, in all files.
    pub rows: u64,
    /// Bytes read so far, in all files.
    pub bytes_read: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
    /// Appended up to here.
    pub checkpoint: Checkpoint,
}

/// Why an import stopped. What was appended before stays, and a second run goes on from there.
#[derive(Debug)]
pub enum Error {
    /// A file could not be opened or read.
    File {
        /// Its name.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The mapping file is missing or wrong.
    Mapping(String),
    /// The store did not take a batch.
    Append(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::File { file, error } => write!(f, "cannot read `{file}`: {error}"),
            Error::Mapping(why) => write!(f, "mapping: {why}"),
            Error::Append(why) => write!(f, "the store did not take the entries: {why}; run the import again to go on"),
        }
    }
}

impl std::error::Error for Error {}

/// Reads `files` as `importer` says and appends what is new.
///
/// # Errors
/// If a file cannot be read, the mapping is missing, or `append` refuses. Bad rows are no error: they are recorded.
pub fn import(
    importer: &Importer,
    files: &[SourceFile],
    options: &Options,
    held: &mut Held,
    append: &mut dyn FnMut(Vec<Body>) -> Result<(), String>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Summary, Error> {
    if importer.needs_mapping && options.mapping.is_none() {
        return Err(Error::Mapping(format!("`{}` needs one; name it with `--map FILE`", importer.kind)));
    }
    let mut sink = Sink::new(importer.kind, files, options.resume.clone(), held, append, progress)?;
    (importer.read)(files, options, &mut sink)?;
    sink.finish()
}

/// What became of a row that could be read.
pub(super) enum Made {
    /// Entries.
    Bodies(Vec<Body>),
    /// Nothing, for this reason.
    Aside(&'static str),
}

/// Where readers put rows: counts them, keeps new entries, hands them on in batches.
pub(super) struct Sink<'a> {
    held: &'a mut Held,
    append: &'a mut dyn FnMut(Vec<Body>) -> Result<(), String>,
    progress: &'a mut dyn FnMut(&Progress),
    resume: Option<(usize, u64)>,
    batch: Vec<Body>,
    current: Current,
    bytes_before: u64,
    bytes_total: u64,
    summary: Summary,
}

/// The file being read.
#[derive(Default)]
struct Current {
    index: usize,
    source: Option<SourceId>,
    closed_before: bool,
    made: u64,
    aside: BTreeMap<String, u64>,
    unread: u64,
    byte: u64,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        kind: &str,
        files: &[SourceFile],
        resume: Option<Checkpoint>,
        held: &'a mut Held,
        append: &'a mut dyn FnMut(Vec<Body>) -> Result<(), String>,
        progress: &'a mut dyn FnMut(&Progress),
    ) -> Result<Sink<'a>, Error> {
        let digest = |file: &SourceFile| {
            let (sha256, bytes) = file.digest().map_err(|error| file.failed(error))?;
            Ok(FileSummary { name: file.name().to_owned(), sha256, bytes, rows: 0, problem: None })
        };
        let files = files.iter().map(digest).collect::<Result<Vec<_>, Error>>()?;
        let place = |checkpoint: Checkpoint| {
            Some((files.iter().position(|file| file.sha256 == checkpoint.sha256)?, checkpoint.row))
        };
        Ok(Sink {
            resume: resume.and_then(place),
            bytes_total: files.iter().map(|file| file.bytes).sum(),
            bytes_before: 0,
            summary: Summary { kind: kind.to_owned(), files, ..Summary::default() },
            batch: Vec::new(),
            current: Current::default(),
            held,
            append,
            progress,
        })
    }

    /// Hands on what is left, and says what was done.
    pub(super) fn finish(mut self) -> Result<Summary, Error> {
        self.flush()?;
        Ok(self.summary)
    }

    /// Begins the file at `index`, whose unreadable rows belong to `source`.
    pub(super) fn begin(&mut self, index: usize, source: &SourceId) {
        let closed_before = self.held.closed(&self.summary.kind, &self.summary.files[index].sha256);
        self.current = Current { index, source: Some(source.clone()), closed_before, ..Current::default() };
    }

    /// Declares a source before the first entry that names it.
    pub(super) fn declare(&mut self, source: &Source) -> Result<(), Error> {
        let body = Body::SourceDeclared(source.clone());
        self.classify(&body);
        self.add(body)
    }

    /// Adds an entry that several rows make together.
    pub(super) fn add(&mut self, body: Body) -> Result<(), Error> {
        self.keep(body).map(|_| ())
    }

    /// Puts a record of a table.
    pub(super) fn record(&mut self, record: &Record<'_>, made: Result<Made, String>) -> Result<(), Error> {
        match made {
            Ok(made) => self.row(record.spot(), made),
            Err(why) => self.unread(record.spot(), &why, record.raw()),
        }
    }

    /// Puts an item of a JSON file.
    pub(super) fn item(&mut self, item: &Item, made: Result<Made, String>) -> Result<(), Error> {
        match made {
            Ok(made) => self.row(item.spot, made),
            Err(why) => self.unread(item.spot, &why, &item.text),
        }
    }

    /// Puts a row that could be read.
    pub(super) fn row(&mut self, spot: Spot, made: Made) -> Result<(), Error> {
        self.count(spot);
        match made {
            Made::Aside(why) => {
                *self.current.aside.entry(why.to_owned()).or_default() += 1;
                *self.summary.set_aside.entry(why.to_owned()).or_default() += 1;
            }
            Made::Bodies(bodies) => {
                self.current.made += 1;
                let done = self.resume.is_some_and(|(file, row)| (self.current.index, spot.row) <= (file, row));
                let mut new = false;
                for body in bodies {
                    self.classify(&body);
                    new |= !done && self.keep(body)?;
                }
                *if new { &mut self.summary.taken } else { &mut self.summary.already_held } += 1;
            }
        }
        self.hand_on(spot.row)
    }

    /// Keeps a row that could not be read.
    pub(super) fn unread(&mut self, spot: Spot, why: &str, raw: &[u8]) -> Result<(), Error> {
        self.count(spot);
        self.current.unread += 1;
        self.summary.unread += 1;
        let file = self.summary.files[self.current.index].name.clone();
        if self.summary.first_unread.len() < UNREAD_SHOWN {
            let (place, why) = (spot.to_string(), why.to_owned());
            self.summary.first_unread.push(UnreadNote { file: file.clone(), row: spot.row, place, why });
        }
        // A file read to its end before has its unread rows in the record, perhaps under another name.
        if !self.current.closed_before {
            let source = self.current.source.clone().expect("invariant: a row belongs to a file that was begun");
            let why = format!("{spot}: {why}");
            self.keep(Body::RowUnread(UnreadRow { source, file, row: spot.row, why, raw: shown(raw) }))?;
        }
        self.hand_on(spot.row)
    }

    /// Puts what a broken file still holds, and says that it ends too soon.
    pub(super) fn broken(&mut self, broken: &Broken) -> Result<(), Error> {
        self.problem(format!("{}: {}", broken.spot, broken.why));
        match broken.raw.is_empty() {
            true => Ok(()),
            false => self.unread(broken.spot, &broken.why, &broken.raw),
        }
    }

    /// Says that the file cannot be read, or not to its end.
    pub(super) fn problem(&mut self, why: String) {
        self.summary.files[self.current.index].problem.get_or_insert(why);
    }

    /// Ends the current file: what it held becomes an entry of its own, once per content.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        let file = &self.summary.files[self.current.index];
        if file.problem.is_none() {
            let import = Import {
                kind: self.summary.kind.clone(),
                file: file.name.clone(),
                sha256: file.sha256.clone(),
                rows: file.rows,
                taken: self.current.made,
                set_aside: std::mem::take(&mut self.current.aside),
                unread: self.current.unread,
            };
            self.keep(Body::ImportClosed(import))?;
        }
        let file = &self.summary.files[self.current.index];
        let (row, bytes) = (file.rows, file.bytes);
        self.flush()?;
        self.current.byte = bytes;
        self.report(row);
        self.bytes_before += bytes;
        Ok(())
    }

    fn count(&mut self, spot: Spot) {
        self.summary.rows += 1;
        self.summary.files[self.current.index].rows += 1;
        self.current.byte = spot.byte;
    }

    /// Queues a body if it is new.
    fn keep(&mut self, body: Body) -> Result<bool, Error> {
        let new = self.held.add(&body);
        if new {
            self.summary.entries += 1;
            self.summary.efforts += u64::from(matches!(body, Body::Looked(_)));
            self.batch.push(body);
        }
        Ok(new)
    }

    fn hand_on(&mut self, row: u64) -> Result<(), Error> {
        if self.batch.len() >= BATCH {
            self.flush()?;
            self.report(row);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        (self.append)(std::mem::take(&mut self.batch)).map_err(Error::Append)
    }

    fn report(&mut self, row: u64) {
        let file = &self.summary.files[self.current.index];
        (self.progress)(&Progress {
            file: file.name.clone(),
            rows: self.summary.rows,
            bytes_read: self.bytes_before + self.current.byte,
            bytes_total: self.bytes_total,
            checkpoint: Checkpoint { sha256: file.sha256.clone(), row },
        });
    }

    fn classify(&mut self, body: &Body) {
        let mut note = |place: Option<&str>, time: Precision, act: Option<&str>| {
            let add = |map: &mut BTreeMap<String, u64>, word: &str| *map.entry(word.to_owned()).or_default() += 1;
            add(&mut self.summary.time_precision, time.word());
            place.into_iter().for_each(|word| add(&mut self.summary.place_precision, word));
            act.into_iter().for_each(|word| add(&mut self.summary.acts, word));
        };
        if let Body::Observed(o) = body {
            note(Some(o.place.precision()), o.happened.precision(), Some(o.act.word()));
        } else if let Body::ControlMapped(map) = body {
            note(Some("outline"), map.span.precision(), None);
        } else if let Body::SourceDeclared(source) = body
            && !self.summary.sources.iter().any(|note| note.id == source.id.as_str())
        {
            self.summary.sources.push(note_of(source));
        }
    }
}

fn note_of(source: &Source) -> SourceNote {
    SourceNote {
        id: source.id.to_string(),
        title: source.title.clone(),
        licence: source.licence.clone(),
        attribution: source.attribution.clone(),
        release: source.release.word().to_owned(),
        worth_ppm: source.worth.iter().map(|(act, chance)| (act.word().to_owned(), chance.ppm())).collect(),
        worth_basis: source.worth_basis.clone(),
    }
}

/// The first part of a row as text; what is not UTF-8 shows as replacement characters.
fn shown(raw: &[u8]) -> String {
    String::from_utf8_lossy(&raw[..raw.len().min(RAW_LIMIT_BYTES)]).into_owned()
}
