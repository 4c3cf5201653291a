//! Takes a head, bundles of leaves and what everyone may read of them, as somebody brought them; gives entries to derive from,
//! and whether every byte is as it was signed. Never lets what was not brought pass for what is not there.

use crate::derivation::{Changed, Entries, Told};
use crate::request::Request;
use crate::tiles::bundles;
use crate::{Answer, Entry, short};
use ed25519_dalek::VerifyingKey;
use ledger::tile::{Tile, WIDTH, entries};
use ledger::tree::{Edge, leaf_hash};
use ledger::{Checkpoint, Hash};
use mission::Closed;
use mission::record::envelope::KeyId;
use mission::record::payloads::{self, Opened, State};
use mission::record::sequence::Sequence;
use std::collections::BTreeMap;

/// A log with what was brought of it.
pub(crate) struct Record {
    head: Checkpoint,
    /// Hashes of the leaves, as far as they were brought in order.
    leaves: Vec<Hash>,
    entries: Vec<Told>,
    /// Why nothing comes after these entries.
    ends: Option<String>,
    /// What is not as it was signed: the entry, the file, and what.
    pub(crate) differences: Vec<(Option<u64>, String, String)>,
    /// What could not be checked.
    pub(crate) missing: Vec<String>,
    opened: u64,
    closed: u64,
}

/// What is to be brought first.
pub(crate) fn needs(request: &Request<'_>, size: u64) -> Vec<String> {
    let absent = |path: &str| request.part(&format!("absent {path}")).is_none();
    let leaves = bundles(size).filter(|bundle| leaves(request, *bundle).is_none()).map(|bundle| bundle.to_string());
    let payloads = bundles(size).map(payloads_path).filter(|path| request.part(path).is_none());
    leaves.chain(payloads).filter(|path| absent(path)).collect()
}

/// The leaves of a bundle; where a partial one was replaced by the full one, the beginning of that.
fn leaves<'a>(request: &Request<'a>, bundle: Tile) -> Option<&'a [u8]> {
    let full = Tile { width: WIDTH, ..bundle };
    request.part(&bundle.to_string()).or_else(|| Some(bundle.beginning_of(request.part(&full.to_string())?)))
}

/// Where the payloads of a bundle lie, below the folder of a mirror.
#[must_use]
pub fn payloads_path(bundle: Tile) -> String {
    let path = bundle.to_string();
    format!("payloads/{}", path.strip_prefix("tile/entries/").expect("invariant: a bundle's path begins so"))
}

impl Record {
    pub(crate) fn of(request: &Request<'_>, head: Checkpoint, authors: &BTreeMap<KeyId, VerifyingKey>) -> Record {
        let mut record = Record {
            head,
            leaves: Vec::new(),
            entries: Vec::new(),
            ends: None,
            differences: Vec::new(),
            missing: Vec::new(),
            opened: 0,
            closed: 0,
        };
        let mut statements = Sequence::default();
        for bundle in bundles(record.head.size) {
            if let Err(why) = record.take(request, bundle, authors, &mut statements) {
                record.ends = Some(why);
                break;
            }
        }
        if record.ends.is_none() {
            let root = record.root(record.leaves.len());
            if root != record.head.root {
                let what = format!("the entries have the root {root}, but {} was signed", record.head.root);
                record.differences.push((None, "log/checkpoint".to_owned(), what));
            }
        }
        record
    }

    /// Takes one bundle, or says why nothing can come after it.
    fn take(
        &mut self,
        request: &Request<'_>,
        bundle: Tile,
        authors: &BTreeMap<KeyId, VerifyingKey>,
        statements: &mut Sequence,
    ) -> Result<(), String> {
        let (file, first) = (format!("log/{bundle}"), bundle.index * u64::from(WIDTH));
        let Some(bytes) = leaves(request, bundle) else {
            self.missing.push(format!("{file}: it is not here"));
            return Err(format!("`{file}` is not here"));
        };
        let brought: Vec<_> = entries(bytes).take(usize::from(bundle.width)).map_while(Result::ok).collect();
        if brought.len() != usize::from(bundle.width) || entries(bytes).count() != brought.len() {
            let what = format!("it is not {} entries, as was signed", bundle.width);
            self.differences.push((Some(first + brought.len() as u64), file.clone(), what.clone()));
            return Err(format!("`{file}`: {what}"));
        }
        let payloads = self.payloads(request, bundle);
        for (at, (leaf, index)) in brought.into_iter().zip(first..).enumerate() {
            let state = payloads.as_ref().map_or(&State::Withheld, |all| &all[at].state);
            self.leaves.push(leaf_hash(leaf));
            let Entry { envelope, signed, committed, dismisses } =
                Entry::of(leaf, authors, state).map_err(|error| {
                    self.differences.push((Some(index), file.clone(), error.to_string()));
                    format!("entry {index}: {error}")
                })?;
            match signed {
                Answer::No(what) => self.differences.push((Some(index), file.clone(), what)),
                Answer::CannotTell(what) => {
                    let what = format!("keys/authors.txt: {what}");
                    if !self.missing.contains(&what) {
                        self.missing.push(what);
                    }
                }
                Answer::Yes(_) => {}
            }
            match committed {
                Answer::Yes(_) => self.opened += 1,
                Answer::No(what) => self.differences.push((Some(index), payloads_path(bundle), what)),
                Answer::CannotTell(_) => self.closed += 1,
            }
            let broken = envelope.written.and_then(|it| statements.take(envelope.author, it.number));
            self.differences.extend(broken.map(|what| (Some(index), file.clone(), what)));
            if let Some(author) = dismisses {
                statements.dismiss(author, index);
            }
            let said = match state {
                State::Open(_, payload) => Ok(payload.clone().into_value()),
                State::Withheld => Err(Closed::Sealed),
                State::Erased => Err(Closed::Erased),
            };
            self.entries.push(Told { index, envelope, said });
        }
        Ok(())
    }

    /// What is said of the payloads of a bundle; none if nothing was brought.
    fn payloads(&mut self, request: &Request<'_>, bundle: Tile) -> Option<Vec<Opened>> {
        let path = payloads_path(bundle);
        let first = bundle.index * u64::from(WIDTH);
        match payloads::read(request.part(&path)?, first, bundle.width) {
            Ok(payloads) => Some(payloads),
            Err(why) => {
                self.differences.push((Some(first), path, why));
                None
            }
        }
    }

    fn root(&self, size: usize) -> Hash {
        let mut edge = Edge::default();
        self.leaves[..size].iter().for_each(|leaf| edge.push(*leaf));
        edge.root()
    }

    /// The first entry that is not as it was signed.
    pub(crate) fn changed(&self) -> Option<Changed> {
        let entries = self.differences.iter().filter_map(|(entry, file, what)| Some(((*entry)?, file, what)));
        let first = entries.min_by_key(|(entry, ..)| *entry);
        first.map(|(entry, file, what)| Changed { entry, what: format!("`{}`: {what}", short(file)) })
    }

    /// Whether every byte that was brought is as it was signed.
    pub(crate) fn unchanged(&self) -> Answer {
        match (self.differences.first(), self.missing.first()) {
            (Some((entry, file, what)), _) => {
                let entry = entry.map_or_else(String::new, |entry| format!("entry {entry}, "));
                Answer::No(format!("{entry}`{}`: {what}", short(file)))
            }
            (None, Some(missing)) => Answer::CannotTell(missing.clone()),
            (None, None) => Answer::Yes(format!(
                "{} entries, {} to be read by everyone, {} not",
                self.head.size, self.opened, self.closed
            )),
        }
    }
}

impl Entries for Record {
    fn size(&self) -> u64 {
        self.head.size
    }

    fn origin(&self) -> &str {
        &self.head.origin
    }

    fn root_of(&self, size: u64) -> Result<String, String> {
        match usize::try_from(size) {
            Ok(size) if size <= self.leaves.len() => Ok(self.root(size).to_base64()),
            Ok(_) | Err(_) => Err(format!("{} entries are here, not {size}", self.leaves.len())),
        }
    }

    fn told(&self, wanted: fn(&str) -> bool) -> Box<dyn Iterator<Item = Result<Told, String>> + '_> {
        let told = self.entries.iter().filter(move |told| wanted(&told.envelope.kind)).map(|told| Ok(told.clone()));
        Box::new(told.chain(self.ends.clone().map(Err)))
    }
}
