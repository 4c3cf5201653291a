//! Export: the whole mission as files that anyone reads without Backstop, for one reader.
//!
//! Takes a store and who is to read; gives a folder: entries, rows with their licences, agreements, bulletins, evidence with its
//! custody, and the log with public keys. What the reader may not see is counted and named, never in it. Never gives out bytes of
//! evidence before the record says so, and never a secret key.

mod rows;

mod said;

use crate::mirror::{Source, follow};
use crate::station::{self, Station};
use crate::storage::{Locker, Reader as StoreReader, Store};
use mission::record::Body;
use mission::record::envelope::{Class, Envelope};
use mission::record::evidence::{CustodyAct, CustodyStep, Rehash, Sha256Name};
use mission::record::hex::hex;
use mission::record::publication::Publication;
use mission::{Closed, Mission, Moment, Reader, View};
use report::Seal;
use report::publication::{PROGRAM, make};
use rows::Row;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use terms::Instant;

const CHECK: &str = include_str!("../mirror/check.py");

/// The office that hands evidence out, and why: for the record.
#[derive(Clone, Debug)]
pub struct HandedOut {
    /// The office.
    pub by: String,
    /// Why, in its words.
    pub reason: String,
}

/// What an export holds.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    /// Number of entries of the log that it goes up to.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// How many rows each table has, by its name.
    pub rows: BTreeMap<String, u64>,
    /// How many entries are in it with what they say, and how many without, by the reason.
    pub said: u64,
    /// The same, without.
    pub closed: BTreeMap<String, u64>,
    /// Bulletins in it.
    pub bulletins: u64,
    /// Items of evidence in it.
    pub evidence: u64,
    /// What is not in it and why; what a person should look at.
    pub findings: Vec<String>,
}

/// Why nothing was exported.
#[derive(Debug)]
pub enum Error {
    /// The store refused.
    Store(crate::storage::Error),
    /// The operating system refused.
    Io(PathBuf, io::Error),
    /// It cannot be asked so; says what to do.
    Asked(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Store(error) => error.fmt(f),
            Error::Io(path, error) => write!(f, "`{}`: {error}", path.display()),
            Error::Asked(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

impl From<crate::storage::Error> for Error {
    fn from(error: crate::storage::Error) -> Error {
        Error::Store(error)
    }
}

/// Exports a store for a reader into a new folder. With `handed_out`, items of evidence go with it, each a step of its custody.
///
/// # Errors
/// When the folder holds something, the store or the disk refuses, or evidence is asked for by somebody who may not see it.
pub fn export(
    store: &Path,
    to: &Path,
    reader: Reader,
    handed_out: Option<&HandedOut>,
    at: Instant,
) -> Result<Exported, Error> {
    if handed_out.is_some() && reader == Reader::Public {
        return Err(Error::Asked("evidence is for the mission's own readers; add `--reader mission`".into()));
    }
    if fs::read_dir(to).is_ok_and(|mut files| files.next().is_some()) {
        return Err(Error::Asked(format!("`{}` holds something; an export goes into a new folder", to.display())));
    }
    let name = to.file_name().ok_or_else(|| Error::Asked(format!("`{}` has no name", to.display())))?;
    // Under its name only when it is whole, and after the record says that evidence left.
    let staging = to.with_file_name(format!(".{}.exporting", name.to_string_lossy()));
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(|error| Error::Io(staging.clone(), error))?;
    }
    let folder = Folder { path: staging.clone() };
    let mut exported = Exported::default();
    if let Some(who) = handed_out {
        hand_out(store, &folder, who, at, &mut exported)?;
    }
    let opened = StoreReader::open(store)?;
    // What is for closer readers than the mission's own is not in it.
    let restricted = |envelope: &Envelope| (envelope.class == Class::Restricted).then_some(Closed::Sealed);
    let (mission, seal) = (station::fold_hiding(&opened, restricted)?, station::seal(&opened));
    (exported.size, exported.root) = (seal.size, seal.root.clone());
    let moment = Moment::at(mission.latest().unwrap_or(at));
    let view = mission.view(moment, reader);
    let data_class = opened.settings().data_class.word();
    for (table, rows) in rows::tables(&view, &mission, data_class, reader) {
        write_table(&folder, table, &rows)?;
        exported.rows.insert(table.to_owned(), rows.len() as u64);
    }
    let mut lines = folder.file("entries.jsonl")?;
    said::entries(&opened, &view, reader, &mut lines, &mut exported)?;
    agreements(&folder, &view, &mut exported)?;
    bulletins(&folder, &opened, &mission, reader, &mut exported)?;
    log(&folder, store)?;
    folder.write("README.txt", said::readme(&view, &exported, &opened, reader).as_bytes())?;
    folder.manifest()?;
    if to.exists() {
        fs::remove_dir(to).map_err(|error| Error::Io(to.to_owned(), error))?;
    }
    fs::rename(&staging, to).map_err(|error| Error::Io(to.to_owned(), error))?;
    Ok(exported)
}

/// Copies each item while hashing it, then records that it left. What is not the item is recorded and left out.
fn hand_out(store: &Path, folder: &Folder, who: &HandedOut, at: Instant, exported: &mut Exported) -> Result<(), Error> {
    let mut station = Station::of(Store::open(store)?)?;
    let locker = Locker::of(store);
    let mut steps = Vec::new();
    for (name, exhibit) in station.mission().evidence() {
        let path = format!("evidence/{name}");
        let found = locker.copy_out(*name, &station.reader().item_keys(exhibit)?, &mut folder.file(&path)?)?;
        let act = match found {
            Rehash::Same => CustodyAct::Exported,
            Rehash::Other(_) | Rehash::Missing => {
                fs::remove_file(folder.path.join(&path)).map_err(|error| Error::Io(path.clone().into(), error))?;
                exported.findings.push(unsound(*name, found));
                CustodyAct::Rehashed
            }
        };
        exported.evidence += u64::from(found == Rehash::Same);
        let after = exhibit.last_entry().expect("invariant: an item is named by an entry");
        let (by, reason) = (who.by.clone(), who.reason.clone());
        steps.push(Body::CustodyRecorded(CustodyStep { sha256: *name, act, at, by, to: None, reason, found, after }));
    }
    station.write(&steps, at)?;
    station.publish()?;
    Ok(())
}

fn unsound(name: Sha256Name, found: Rehash) -> String {
    match found {
        Rehash::Missing => format!("evidence {name} is named in the record and is not in the store"),
        Rehash::Other(_) | Rehash::Same => {
            format!("evidence {name} is not the bytes that were acquired, and is not in the export")
        }
    }
}

/// Each version that governed, as it was adopted.
fn agreements(folder: &Folder, view: &View, exported: &mut Exported) -> Result<(), Error> {
    let adopted = view.former.iter().map(|former| &former.adopted).chain(&view.adopted);
    for held in adopted {
        let files = &held.what.files;
        folder.write(&format!("agreements/{}/agreement.md", held.entry), files.text.as_bytes())?;
        for (name, bytes) in &files.files {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            if plain && !name.starts_with('.') && name != "agreement.md" {
                folder.write(&format!("agreements/{}/{name}", held.entry), bytes)?;
            } else {
                exported.findings.push(format!(
                    "entry {}: a file of the agreement is named `{}` and is left out",
                    held.entry,
                    name.escape_default()
                ));
            }
        }
    }
    Ok(())
}

/// Every bulletin that was given out to such a reader, made again from its own basis. What comes out otherwise is left out.
fn bulletins(
    folder: &Folder,
    store: &StoreReader,
    mission: &Mission,
    reader: Reader,
    exported: &mut Exported,
) -> Result<(), Error> {
    let mut wanted: BTreeMap<u64, Vec<&Publication>> = BTreeMap::new();
    for held in mission.published() {
        if reader == Reader::Mission || held.what.reader == Reader::Public {
            wanted.entry(held.what.basis.size).or_default().push(&held.what);
        }
    }
    let mut state = Mission::default();
    let mut entries = store.entries();
    let mut read = 0;
    for (size, publications) in wanted {
        for entry in entries.by_ref().take(size.saturating_sub(read) as usize) {
            let entry = entry?;
            state.apply_entry(entry.index, &entry.envelope, entry.payload.as_ref().map_err(|why| *why));
        }
        read = read.max(size);
        for publication in publications {
            let seal = Seal { origin: store.checkpoint().origin.clone(), size, root: publication.basis.root.clone() };
            let made = make(&state, &seal, &publication.day, publication.reader);
            let (files, texts) = made.map(|made| (made.publication.files, made.texts)).unwrap_or_default();
            for (file, text) in files.iter().zip(&texts).filter(|(file, _)| publication.files.contains(file)) {
                folder.write(&format!("bulletins/{}", file.name), text.as_bytes())?;
            }
            if publication.files.iter().all(|file| files.contains(file)) {
                exported.bulletins += 1;
            } else {
                let (day, program) = (&publication.day, &publication.program);
                exported.findings.push(format!("the bulletin of {day}, made by `{program}`, does not come out the same here (`{PROGRAM}`) and is not whole in the export"));
            }
        }
    }
    Ok(())
}

/// The log as any C2SP client reads it, with what everyone may read and public keys alone.
fn log(folder: &Folder, store: &Path) -> Result<(), Error> {
    let source = Source::named(&store.to_string_lossy()).map_err(Error::Asked)?;
    follow(&source, &folder.path, None, &mut |_| {}).map_err(|refusal| Error::Asked(refusal.to_string()))?;
    folder.write("check.py", CHECK.as_bytes())
}

/// A table as CSV and, where its rows have places, as GeoJSON: the same rows in both.
fn write_table(folder: &Folder, table: &str, rows: &[Row]) -> Result<(), Error> {
    folder.write(&format!("{table}.csv"), rows::csv(rows).as_bytes())?;
    if rows.iter().any(|row| row.place.is_some()) {
        folder.write(&format!("{table}.geojson"), rows::geojson(rows).as_bytes())?;
    }
    Ok(())
}

/// The folder that is being filled.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn file(&self, name: &str) -> Result<BufWriter<File>, Error> {
        let path = self.path.join(name);
        let failed = |error| Error::Io(path.clone(), error);
        fs::create_dir_all(path.parent().expect("invariant: a file lies in a folder")).map_err(failed)?;
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        Ok(BufWriter::new(file))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut file = self.file(name)?;
        file.write_all(bytes).and_then(|()| file.flush()).map_err(|error| Error::Io(self.path.join(name), error))
    }

    /// The hash of every file, as `sha256sum -c` reads it.
    fn manifest(&self) -> Result<(), Error> {
        let mut names = Vec::new();
        list(&self.path, &self.path, &mut names)?;
        names.sort();
        let mut text = String::new();
        for name in names {
            let path = self.path.join(&name);
            let failed = |error| Error::Io(path.clone(), error);
            let (mut file, mut hasher, mut step) =
                (File::open(&path).map_err(failed)?, Sha256::new(), vec![0; 1 << 20]);
            loop {
                match file.read(&mut step).map_err(failed)? {
                    0 => break,
                    read => hasher.update(&step[..read]),
                }
            }
            text.push_str(&format!("{}  {name}\n", hex(&hasher.finalize())));
        }
        self.write("SHA256SUMS", text.as_bytes())
    }
}

fn list(root: &Path, folder: &Path, names: &mut Vec<String>) -> Result<(), Error> {
    let failed = |error| Error::Io(folder.to_owned(), error);
    for file in fs::read_dir(folder).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        if path.is_dir() {
            list(root, &path, names)?;
        } else {
            names.push(path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned());
        }
    }
    Ok(())
}
