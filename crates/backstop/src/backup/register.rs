//! What a store remembers of its backups: where they are, for whom, and how old. Takes and gives files of the store that are no part of
//! the record. Never holds what opens the secrets of a backup.

use super::age::{Identity, Recipient};
use super::error::Error;
use super::head::Head;
use super::make::Order;
use crate::storage::beside;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FOLDER: &str = "backups";
const LIST: &str = "known.toml";
const KEY: &str = "backup.key";
const MOST_BYTES: u64 = 1 << 20;
const MOST_KEY_BYTES: u64 = 4096;

/// A backup that a store knows of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Where it is.
    pub to: PathBuf,
    /// Where its secrets are, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets_to: Option<PathBuf>,
    /// By which its runs belong together.
    pub id: String,
    /// Its last run that was verified.
    pub run: u32,
    /// How many entries that holds.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// Which generation of record keys it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// When it was verified, as RFC 3339.
    pub verified_at: String,
    /// For whom it is sealed.
    pub recipients: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    backup: Vec<Known>,
}

impl Known {
    pub(super) fn of(order: &Order<'_>, head: &Head) -> Known {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Known {
            to: absolute(order.to),
            secrets_to: order.secrets_to.map(absolute),
            id: head.id.clone(),
            run: head.run,
            size: head.size,
            root: head.root.to_base64(),
            generation: head.generation,
            verified_at: head.made_at.clone(),
            recipients: head.recipients.iter().map(Recipient::to_string).collect(),
        }
    }
}

/// The backups that a store knows of, in the order of their first run.
///
/// # Errors
/// When the list cannot be read or understood.
pub fn known_backups(store: &Path) -> Result<Vec<Known>, Error> {
    let path = store.join(FOLDER).join(LIST);
    let Some(text) = beside::read(&path, MOST_BYTES)? else { return Ok(Vec::new()) };
    let list: Result<List, _> = toml::from_str(&text);
    let broken = |error: toml::de::Error| {
        Error::Asked(format!(
            "`{}` is not understood: {}; move it aside, it is made anew",
            path.display(),
            error.message()
        ))
    };
    Ok(list.map_err(broken)?.backup)
}

pub(super) fn remember(store: &Path, known: Known) -> Result<(), Error> {
    let mut list = List { backup: known_backups(store)? };
    match list.backup.iter_mut().find(|other| other.id == known.id) {
        Some(former) => *former = known,
        None => list.backup.push(known),
    }
    let body = toml::to_string(&list).expect("invariant: texts and numbers are TOML");
    let text = format!("# The backups that this store knows of, as `backstop backup` last verified them.\n{body}");
    Ok(beside::replace(&store.join(FOLDER).join(LIST), text.as_bytes())?)
}

/// The key with which a store opens its own backups, to verify them: it opens blocks and lists, never the secrets.
pub(super) fn own_identity(store: &Path) -> Result<Identity, Error> {
    beside::create_folder(&store.join(FOLDER))?;
    let path = store.join(FOLDER).join(KEY);
    if let Some(text) = beside::read(&path, MOST_KEY_BYTES)? {
        let read = Identity::parse_file(&text).ok().and_then(|mut keys| keys.pop());
        return read
            .ok_or_else(|| Error::Asked(format!("`{}` is no key; move it aside, it is made anew", path.display())));
    }
    let identity = Identity::draw().map_err(Error::Chance)?;
    beside::create_secret(&path, identity.to_file().as_bytes())?;
    Ok(identity)
}
