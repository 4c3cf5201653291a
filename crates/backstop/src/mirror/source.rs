//! Where a mirror copies from: a store, a folder, or the address of a server or of any static host.
//!
//! Takes a path below it; gives the bytes, that there are none, or that it cannot be told. Believes nothing and checks
//! nothing: that is the work of who asks.

use super::given::given;
use crate::client::agent;
use crate::storage::Reader;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use ureq::Agent;

/// The time that an address has for one file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a mirror copies from.
pub enum Source {
    /// A store on this machine; as anyone else it gives only what is for everyone.
    Store(Box<Mutex<Reader>>),
    /// A folder as a static host would serve it.
    Folder(PathBuf),
    /// An address.
    Address(Agent, String),
}

impl Source {
    /// Whether a text names an address.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// The source that a text names: an address if it begins with `http://` or `https://`, otherwise a folder.
    ///
    /// # Errors
    /// If there is no such folder, or the store in it cannot be opened.
    pub fn named(text: &str) -> Result<Source, String> {
        if Source::is_address(text) {
            return Ok(Source::Address(agent(PATIENCE), text.trim_end_matches('/').to_owned()));
        }
        let folder = Path::new(text);
        if folder.join("store.toml").exists() {
            let store = Reader::open(folder).map_err(|error| error.to_string())?;
            return Ok(Source::Store(Box::new(Mutex::new(store))));
        }
        if folder.is_dir() {
            return Ok(Source::Folder(folder.to_owned()));
        }
        Err(format!("`{text}` is neither a folder nor an address that begins with `https://`"))
    }

    /// The file at a path; none if the source says that there is none.
    ///
    /// # Errors
    /// If the source does not answer, or gives more than `limit` bytes.
    pub fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let bytes = match self {
            Source::Store(store) => {
                let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
                if path == "log/checkpoint" {
                    *store = Reader::open(store.directory()).map_err(|error| error.to_string())?;
                }
                given(&store, path).map_err(|error| error.to_string())?
            }
            Source::Folder(folder) => match std::fs::read(folder.join(path)) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(format!("`{path}`: {error}")),
            },
            Source::Address(agent, address) => fetch(agent, &format!("{address}/{path}"), limit)?,
        };
        match bytes {
            Some(bytes) if bytes.len() as u64 > limit => {
                Err(format!("`{path}` has {} bytes; the limit is {limit}", bytes.len()))
            }
            found => Ok(found),
        }
    }
}

fn fetch(agent: &Agent, address: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
    let mut answer = agent.get(address).call().map_err(|error| format!("{address}: {error}"))?;
    match answer.status().as_u16() {
        200 => {
            let read = answer.body_mut().with_config().limit(limit).read_to_vec();
            read.map(Some).map_err(|error| format!("{address}: {error}"))
        }
        404 | 410 => Ok(None),
        status => Err(format!("{address}: the server answered {status}")),
    }
}
