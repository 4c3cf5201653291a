//! What became of the payloads: opened and held against their commitments, sealed to this reader, withheld, or erased by an
//! order that the log holds. Never lets a key that is gone pass without such an order.

use super::Findings;
use crate::storage::halt::LaterOrder;
use crate::storage::redact::order_of;
use crate::storage::segment::Record;
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{AUTHOR_ADMITTED, AUTHOR_DISMISSED, Redaction};
use mission::record::canonical::Value;
use mission::record::envelope::KeyId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What became of the payloads of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayloadsFound {
    /// How many were opened and give the commitments of their envelopes.
    pub opened: u64,
    /// How many are sealed, and no key to them is here. That their sealed bytes are unchanged follows from the segments alone.
    pub sealed: u64,
    /// How many are not in the store: only commitments to them are logged.
    pub withheld: u64,
    /// Those whose keys are destroyed, each by an order in the log; in the order of the log.
    pub erased: Vec<Erased>,
    /// Entries that are ordered erased and whose keys are still here: opening the store for writing finishes that.
    pub unfinished: Vec<u64>,
}

/// An erased entry and its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The entry.
    pub entry: u64,
    /// The entry that orders it erased.
    pub by: u64,
    /// On whose authority.
    pub authority: String,
    /// On what legal ground.
    pub ground: String,
}

/// What of a payload matters for checking others.
pub(super) enum Said {
    /// It orders an erasure.
    Orders(Box<Redaction>),
    /// It admits an author elsewhere.
    Admits(KeyId),
    /// It dismisses one.
    Dismisses(KeyId),
    /// Nothing.
    Nothing,
}

impl Said {
    pub(super) fn of(kind: &str, payload: &Value) -> Said {
        if let Some(order) = order_of(kind, payload) {
            return Said::Orders(Box::new(order));
        }
        if ![AUTHOR_ADMITTED, AUTHOR_DISMISSED].contains(&kind) {
            return Said::Nothing;
        }
        match Body::read(kind, payload) {
            Ok(Body::AuthorAdmitted(admission)) => admission.author().map_or(Said::Nothing, Said::Admits),
            Ok(Body::AuthorDismissed(dismissal)) => Said::Dismisses(dismissal.author),
            Ok(_) | Err(_) => Said::Nothing,
        }
    }
}

/// What was found of one payload.
pub(super) enum Content {
    /// It gives its commitment.
    Opened(Said),
    /// Nobody here may open it.
    Sealed,
    /// It is not in the store.
    Withheld,
    /// Its key is gone.
    Gone,
    /// Its key was changed: in this file, at this byte.
    KeyChanged(PathBuf, u64),
    /// The file that should hold its key is absent or too short.
    KeyMissing(PathBuf),
    /// The record keys cannot be read at all, which is among the findings.
    Unchecked,
}

/// What was found of the payloads so far.
#[derive(Default)]
pub(super) struct Contents {
    found: PayloadsFound,
    gone: BTreeMap<u64, [u8; 32]>,
    withheld: BTreeSet<u64>,
    changed: BTreeMap<u64, (PathBuf, u64)>,
    missing: BTreeMap<PathBuf, u64>,
    orders: BTreeMap<u64, Redaction>,
    admitted: BTreeSet<KeyId>,
    dismissed: BTreeMap<KeyId, u64>,
    /// Something was not opened that might admit an author.
    unread: bool,
}

impl Contents {
    pub(super) fn take(&mut self, record: &Record, content: Content) {
        let index = record.index;
        match content {
            Content::Opened(said) => {
                self.found.opened += 1;
                match said {
                    Said::Orders(order) => drop(self.orders.insert(index, *order)),
                    Said::Admits(author) => drop(self.admitted.insert(author)),
                    Said::Dismisses(author) => drop(self.dismissed.entry(author).or_insert(index)),
                    Said::Nothing => {}
                }
            }
            Content::Sealed => self.found.sealed += 1,
            Content::Withheld => {
                self.found.withheld += 1;
                self.withheld.insert(index);
            }
            Content::Gone => {
                self.gone.insert(index, leaf_hash(&record.leaf).0);
            }
            Content::KeyChanged(path, offset) => {
                self.unread = true;
                self.changed.insert(index, (path, offset));
            }
            Content::KeyMissing(path) => {
                self.unread = true;
                self.missing.entry(path).or_insert(index);
            }
            Content::Unchecked => self.unread = true,
        }
    }

    /// Whether an entry so far admits this author, as far as all that might was read: admissions are public and never erased.
    pub(super) fn admit(&self, author: KeyId) -> bool {
        self.unread || self.admitted.contains(&author)
    }

    /// The entry so far that dismisses this author.
    pub(super) fn dismiss(&self, author: KeyId) -> Option<u64> {
        self.dismissed.get(&author).copied()
    }

    /// Holds what is gone against the orders. What is not published yet may lack its key: then it has no receipt either.
    pub(super) fn finish(
        mut self,
        published: u64,
        later: &[LaterOrder],
        directory: &Path,
        findings: &mut Findings,
    ) -> PayloadsFound {
        let below = |path: &Path| path.strip_prefix(directory).unwrap_or(path).to_owned();
        for (index, (path, offset)) in self.changed.into_iter().filter(|(index, _)| *index < published) {
            findings.differ(Some(index), below(&path), offset, "the key of the entry was changed");
        }
        for (path, index) in self.missing.into_iter().filter(|(_, index)| *index < published) {
            findings.miss(
                below(&path),
                format!("the keys from entry {index} on are missing, so what they say cannot be checked"),
            );
        }
        let mut erased: BTreeMap<u64, Erased> = BTreeMap::new();
        for (by, order) in &self.orders {
            for name in &order.entries {
                if name.index >= *by {
                    findings.differ(
                        Some(*by),
                        "payloads",
                        0,
                        format!("it orders entry {} erased, which came later", name.index),
                    );
                    continue;
                }
                match self.gone.remove(&name.index) {
                    Some(leaf) if leaf != name.leaf => {
                        let what = format!("it orders an entry erased whose leaf is not that of entry {}", name.index);
                        findings.differ(Some(*by), "payloads", 0, what);
                    }
                    Some(_) => {
                        let (authority, ground) = (order.authority.clone(), order.ground.clone());
                        let entry = Erased { entry: name.index, by: *by, authority, ground };
                        erased.insert(name.index, entry);
                    }
                    None if erased.contains_key(&name.index) || self.withheld.contains(&name.index) => {}
                    None => self.found.unfinished.push(name.index),
                }
            }
        }
        for LaterOrder { entry, by } in later {
            if self.gone.remove(entry).is_some() {
                let what =
                    format!("entry {entry} is erased, by entry {by} as this file says; that entry is not in this copy");
                findings.miss("halted.toml", what);
            }
        }
        for index in self.gone.into_keys().filter(|index| *index < published) {
            findings.differ(Some(index), super::FOLDER, 0, "its key is gone, and no entry orders it erased");
        }
        self.found.unfinished.sort_unstable();
        self.found.unfinished.dedup();
        self.found.erased = erased.into_values().collect();
        self.found
    }
}
