//! What of a store belongs together at its checkpoint, to be copied while a writer goes on.
//!
//! Takes an opened reader; gives names, lengths and bytes. Segments and pages of keys only grow, so what lies before a length
//! does not change; what is replaced as a whole comes as bytes. What opens everything else, the root and the secret keys,
//! comes apart. Never gives a byte that belongs to an entry beyond the checkpoint.

use super::disk::{self, Disk, Kind};
use super::error::Error;
use super::keys::read_log;
use super::reader::{Reader, segment_path};
use super::sealing::{FOLDER, Present, present_generation};
use super::segment::{Format, Piece, SegmentReader};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest file that is taken as a whole: keys, settings, what is remembered of witnesses.
const MOST_WHOLE_BYTES: u64 = 64 << 20;
/// What lies in a store and is no part of what it holds: made again, or of this machine alone.
const OWN: [&str; 9] =
    ["lock", "set-aside", "checkpoint.next", "redaction.next", "log", FOLDER, "numbers", "backups", "halted.toml"];

/// A store at one checkpoint.
pub struct Snapshot {
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The files, each under its name below the store's folder.
    pub parts: Vec<Part>,
    /// What opens the rest and signs: names below the store's folder, and bytes.
    pub secrets: Vec<(PathBuf, Zeroizing<Vec<u8>>)>,
    /// Which generation of record keys it has; none in a store of format 1.
    pub generation: Option<u64>,
    /// Names in the store's folder that are no part of it, and are left out.
    pub left_out: Vec<String>,
}

/// A file of a snapshot.
pub struct Part {
    /// Its name below the store's folder.
    pub path: PathBuf,
    /// How many bytes of it belong to the snapshot.
    pub length: u64,
    /// Those bytes, if they could be replaced as a whole; else they are the first of the file as it lies in the store.
    pub bytes: Option<Vec<u8>>,
}

impl Part {
    fn whole(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Part {
        Part { path: path.into(), length: bytes.len() as u64, bytes: Some(bytes) }
    }

    fn grown(path: PathBuf, length: u64) -> Part {
        Part { path, length, bytes: None }
    }
}

impl Snapshot {
    /// The store as of the reader's checkpoint, without items of evidence.
    ///
    /// # Errors
    /// When a file of it is absent, damaged or cannot be read.
    pub fn of(reader: &Reader) -> Result<Snapshot, Error> {
        let (disk, directory) = (&*reader.disk, reader.directory());
        let whole = |name: &str| -> Result<Part, Error> {
            Ok(Part::whole(name, disk::read_existing(disk, &directory.join(name), MOST_WHOLE_BYTES)?))
        };
        let checkpoint = reader.checkpoint_text().to_owned();
        let mut parts = vec![whole("store.toml")?];
        let mut secrets = Vec::new();
        for name in names(disk, &directory.join("keys"))? {
            let name = format!("keys/{name}");
            if name.ends_with(".pub") {
                parts.push(whole(&name)?);
            } else if ["keys/log.key", "keys/author.key", "keys/reader.key"].contains(&name.as_str()) {
                let bytes = disk::read_existing(disk, &directory.join(&name), MOST_WHOLE_BYTES)?;
                secrets.push((name.into(), Zeroizing::new(bytes)));
            }
        }
        parts.push(Part::whole("log/checkpoint", checkpoint.clone().into_bytes()));
        parts.extend(segments(reader)?);
        let mut generation = None;
        if reader.format() == Format::Sealed {
            let present = Present::read(disk, directory, reader.checkpoint().size)?;
            let below = |path: &Path| path.strip_prefix(directory).unwrap_or(path).to_owned();
            let (table, bytes) = present.table;
            parts.push(Part::whole(below(&table), bytes));
            parts.extend(present.pages.iter().map(|(path, length)| Part::grown(below(path), *length)));
            secrets.push((Path::new(FOLDER).join("root"), present.root));
            generation = Some(present.generation);
        }
        let mut left_out = Vec::new();
        for listed in disk.list(directory).map_err(Error::io("list", directory))? {
            let name = listed.name.to_string_lossy().into_owned();
            match name.as_str() {
                "store.toml" | "keys" | "payloads" | "evidence" => {}
                "witnesses" => {
                    for file in names(disk, &directory.join("witnesses"))? {
                        parts.push(whole(&format!("witnesses/{file}"))?);
                    }
                }
                own if OWN.contains(&own) => {}
                _ => left_out.push(name),
            }
        }
        Ok(Snapshot { checkpoint, parts, secrets, generation, left_out })
    }

    /// Whether what was read of the pages of keys is of this generation: none of them was overwritten before this was asked.
    ///
    /// # Errors
    /// When the root cannot be read.
    pub fn still_holds(&self, reader: &Reader) -> Result<bool, Error> {
        match self.generation {
            None => Ok(true),
            Some(generation) => Ok(present_generation(&*reader.disk, reader.directory())? == generation),
        }
    }
}

/// The segments up to the checkpoint, the last of them up to its last published record.
fn segments(reader: &Reader) -> Result<Vec<Part>, Error> {
    let size = reader.checkpoint().size;
    // Of a store without entries, the first segment with its header.
    let holding = reader.segments.partition_point(|segment| segment.header.first < size.max(1));
    let mut parts = Vec::new();
    for (at, segment) in reader.segments[..holding].iter().enumerate() {
        let path = segment_path(&reader.payloads(), segment.number);
        let length = if at + 1 < holding {
            let file = reader.disk.open(&path).map_err(Error::io("open", &path))?;
            file.length().map_err(Error::io("measure", &path))?
        } else {
            let opened = SegmentReader::open(&*reader.disk, &path, segment.header.format, segment.header.place());
            let mut records = opened.map_err(Error::io("open", &path))?;
            while records.index() < size {
                let (offset, index) = (records.offset(), records.index());
                match records.read().map_err(Error::io("read", &path))? {
                    Piece::Record(_) => {}
                    Piece::Damaged(..) | Piece::CutShort | Piece::End => {
                        return Err(Error::damaged(&path, offset, format!("entry {index} cannot be read")));
                    }
                }
            }
            records.offset()
        };
        parts.push(Part::grown(path.strip_prefix(reader.directory()).unwrap_or(&path).to_owned(), length));
    }
    Ok(parts)
}

/// The plain files of a folder; none if it is not there.
fn names(disk: &dyn Disk, folder: &Path) -> Result<Vec<String>, Error> {
    if disk.kind(folder).map_err(Error::io("look at", folder))? != Some(Kind::Directory) {
        return Ok(Vec::new());
    }
    let listed = disk.list(folder).map_err(Error::io("list", folder))?;
    let files = listed.into_iter().filter(|listed| !listed.is_directory);
    let names = files.filter_map(|listed| listed.name.into_string().ok());
    // What is being put in the place of another.
    Ok(names.filter(|name| !name.ends_with(".next")).collect())
}

/// Signs what is no checkpoint with the log's key, as a note.
///
/// # Errors
/// When the key is not here, or the text could be taken for a checkpoint or may not stand in a note.
pub fn sign_note(reader: &Reader, text: &str) -> Result<String, Error> {
    let directory = reader.directory().join("keys");
    let path = directory.join("log.key");
    if reader.disk.kind(&path).map_err(Error::io("look at", &path))?.is_none() {
        let problem = "the log's secret key is not here; only who holds it can vouch for a copy of the store";
        return Err(Error::damaged(&path, 0, problem));
    }
    let identity = read_log(&*reader.disk, &directory)?;
    if text.lines().next().is_none_or(|first| first == identity.public().name()) {
        return Err(Error::Settings("what is no checkpoint never begins as one does".into()));
    }
    Ok(identity.sign(text)?)
}
