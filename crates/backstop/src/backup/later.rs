//! What the log says after a backup: erasures that were ordered since. Takes a store or a mirror of the log as it is now; gives
//! the entries of the backup that it orders erased. Never believes one that is not whole.

use super::Error;
use super::head::Head;
use crate::mirror::{self, Depth, Held};
use crate::storage::{LaterOrder, Reader, Verification, verify};
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::REDACTION_ORDERED;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use verifier::derivation::Entries;

/// The log as it is now.
pub struct Later {
    from: String,
    log: Log,
}

enum Log {
    Store(Box<Reader>),
    Mirror(Box<Held>),
}

impl Later {
    /// The store or mirror in a folder, which is checked to the last byte; `from` is what it is called.
    ///
    /// # Errors
    /// When it is not whole, in words.
    pub fn of(folder: &Path, from: &str) -> Result<Later, Error> {
        let asked = |why: String| Error::Asked(format!("`{from}`: {why}"));
        let (verification, log) = if folder.join("store.toml").exists() {
            (verify(folder), Log::Store(Box::new(Reader::open(folder)?)))
        } else {
            let held = Held::open(folder).map_err(asked)?;
            let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
            (mirror::check(&held, Depth::Everything, threads, &mut |_| {}), Log::Mirror(Box::new(held)))
        };
        let why = match verification {
            Verification::Yes { .. } => return Ok(Later { from: from.to_owned(), log }),
            Verification::No { differences, .. } => differences[0].to_string(),
            Verification::CannotTell { missing } => missing[0].to_string(),
        };
        Err(asked(format!("it is not whole, so what it orders is not believed: {why}")))
    }

    /// Which entries of a backup it orders erased after it.
    ///
    /// # Errors
    /// When it is another log, or has another beginning, or holds less.
    pub(super) fn orders(&self, head: &Head, restored: &Reader) -> Result<Vec<LaterOrder>, Error> {
        let asked = |why: String| Error::Asked(format!("`{}`: {why}", self.from));
        let (key, entries): (_, &dyn Entries) = match &self.log {
            Log::Store(store) => (&store.keys().log, store.as_ref()),
            Log::Mirror(mirror) => (&mirror.log, mirror.as_ref()),
        };
        if *key != restored.keys().log {
            return Err(asked(format!("it is of the log `{key}`, and the backup is of another")));
        }
        let (now, then) = (entries.size(), head.size);
        if now < then {
            return Err(asked(format!("it holds {now} entries and the backup {then}: it is the older one")));
        }
        if entries.root_of(then).map_err(asked)? != head.root.to_base64() {
            let what =
                "its first entries are not those of the backup: two histories under one key; keep both as evidence";
            return Err(asked(what.into()));
        }
        let mut orders = BTreeMap::new();
        for told in entries.told(|kind| kind == REDACTION_ORDERED) {
            let told = told.map_err(asked)?;
            let said = told.said.map(|said| Body::read(REDACTION_ORDERED, &said));
            match said {
                Ok(Ok(Body::RedactionOrdered(order))) if told.index >= then => {
                    for name in order.entries.iter().filter(|name| name.index < then) {
                        if leaf_hash(&restored.leaf(name.index)?).0 == name.leaf {
                            orders.entry(name.index).or_insert(told.index);
                        }
                    }
                }
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return Err(asked(format!("the order in entry {} cannot be read", told.index))),
            }
        }
        Ok(orders.into_iter().map(|(entry, by)| LaterOrder { entry, by }).collect())
    }
}
