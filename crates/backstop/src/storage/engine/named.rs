//! Which engine a store was joined to. Takes and gives `engine.toml`. Never holds a secret: how a database is reached stands in
//! a file of its own, which this one names.

use super::postgres::Postgres;
use super::{Begin, Directory, Engine};
use crate::storage::disk::{self, Disk, Found};
use crate::storage::error::Error;
use crate::storage::reader::Reader;
use ledger::VerifyingIdentity;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file of a store that says so.
/// Its name in the store's folder.
pub(crate) const FILE: &str = "engine.toml";
const MAX_FILE_BYTES: u64 = 65_536;
const FORMAT: u32 = 1;

/// Where an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a directory, which is there: the root of another disk.
    Directory(PathBuf),
    /// In a PostgreSQL database, reached as this file says.
    Postgres(PathBuf),
}

/// What `engine.toml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) place: Place,
    /// Whether the engine has once held everything that is here. Before, what it lacks is sent; after, what it lacks it has lost.
    pub(super) complete: Complete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complete {
    Yes,
    NotYet,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    engine: String,
    place: String,
    complete: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Directory(path) => write!(f, "the directory `{}`", path.display()),
            Place::Postgres(path) => write!(f, "the PostgreSQL database of `{}`", path.display()),
        }
    }
}

impl Place {
    /// The engine of a log there.
    pub(super) fn open(
        &self,
        disk: &Arc<dyn Disk>,
        log: &VerifyingIdentity,
        begin: Begin,
    ) -> Result<Arc<dyn Engine>, Error> {
        let opened: Result<Arc<dyn Engine>, _> = match self {
            Place::Directory(root) => Directory::open(disk.clone(), root, log, begin).map(|it| Arc::new(it) as _),
            Place::Postgres(file) => Postgres::open(file, log, begin).map(|it| Arc::new(it) as _),
        };
        opened.map_err(|trouble| Error::engine(self, trouble))
    }
}

impl Reader {
    /// Which engine the store was joined to; none if it stands alone.
    ///
    /// # Errors
    /// When `engine.toml` is there and not as it should be.
    pub fn engine_place(&self) -> Result<Option<Place>, Error> {
        Ok(read(&*self.disk, self.directory())?.map(|named| named.place))
    }
}

pub(super) fn read(disk: &dyn Disk, store: &Path) -> Result<Option<Named>, Error> {
    let path = store.join(FILE);
    let bytes = match disk::read(disk, &path, MAX_FILE_BYTES) {
        Found::Nothing => return Ok(None),
        Found::Bytes(bytes) => bytes,
        Found::Unreadable(problem) => return Err(Error::damaged(&path, 0, problem)),
        Found::TooLong => return Err(Error::damaged(&path, MAX_FILE_BYTES, "longer than any such file may be")),
    };
    let settings = |problem: String| Error::Settings(format!("`{}`: {problem}", path.display()));
    let text = String::from_utf8(bytes).map_err(|_| settings("it is not UTF-8".into()))?;
    let file: File = toml::from_str(&text).map_err(|error| settings(error.message().to_owned()))?;
    if file.format != FORMAT {
        return Err(settings(format!("format `{}` is not known here; use a newer Backstop", file.format)));
    }
    let place = match file.engine.as_str() {
        "directory" => Place::Directory(file.place.into()),
        "postgres" => Place::Postgres(file.place.into()),
        other => return Err(settings(format!("there is no engine `{other}`; it is `directory` or `postgres`"))),
    };
    Ok(Some(Named { place, complete: if file.complete { Complete::Yes } else { Complete::NotYet } }))
}

/// Writes it. When this returns, it is durable.
pub(super) fn write(disk: &dyn Disk, store: &Path, named: &Named) -> Result<(), Error> {
    let (engine, place) = match &named.place {
        Place::Directory(path) => ("directory", path),
        Place::Postgres(path) => ("postgres", path),
    };
    let place =
        place.to_str().ok_or_else(|| Error::Settings("the engine's place must be named in UTF-8".into()))?.to_owned();
    let complete = named.complete == Complete::Yes;
    let file = File { format: FORMAT, engine: engine.into(), place, complete };
    let body = toml::to_string(&file).expect("invariant: numbers and texts are TOML");
    let text = format!(
        "# The second home of this log, written by `backstop log join`. Without this file the store stands alone.\n{body}"
    );
    disk::replace(disk, &store.join(FILE), &store.join("engine.next"), text.as_bytes())
}
