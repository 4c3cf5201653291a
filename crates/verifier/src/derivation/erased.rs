//! What was erased, as an audit names it: by whose order and on what ground, and who attested what followed while it was there.
//!
//! Takes orders and attestations of the log, and what a fold did not find; gives them together, in log order. Never names an
//! attestation that came after the erasure, or that rests on another log: whoever gives out such a thing proves nothing.

use super::Entries;
use mission::record::body::{AttestedRun, Redaction};
use mission::record::publication::Attestation;
use mission::{Absent, Closed, Mission};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// So many entries are named in a sentence; the rest is counted.
const MOST_NAMED: usize = 20;

/// Entries that one order erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// The order; none if keys are lost and no entry says why.
    pub order: Option<ErasureOrder>,
    /// The entries, each once and in the order of the log.
    pub entries: Vec<ErasedEntry>,
    /// Who attested what followed from some of them, before they were erased.
    pub attested: Vec<Attested>,
}

/// The entry that ordered it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErasureOrder {
    /// Its index.
    pub entry: u64,
    /// The office on whose authority.
    pub authority: String,
    /// The legal ground.
    pub ground: String,
    /// Those who computed the verdicts before, by the order's own word.
    pub named: Vec<AttestedRun>,
}

/// An entry that was ordered erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErasedEntry {
    /// Its index.
    pub entry: u64,
    /// What kind of thing it said.
    pub kind: String,
    /// Whether it can be read here all the same: in a copy made before, or where the erasure is not finished.
    pub still_here: bool,
}

/// An entry that attests what follows from a beginning of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attested {
    /// The entry.
    pub entry: u64,
    /// The office that says so.
    pub by: String,
    /// From so many entries.
    pub basis: u64,
    /// Which of the erased entries are among them.
    pub covers: Vec<u64>,
}

/// Orders and attestations of a log, as they stand in it.
#[derive(Default)]
pub(super) struct Records {
    orders: Vec<(u64, Redaction)>,
    /// The entries that orders name, each of which came before its order.
    ordered: BTreeSet<u64>,
    /// Entry, office, and size of the basis.
    attestations: Vec<(u64, String, u64)>,
}

impl Records {
    pub(super) fn order(&mut self, entry: u64, order: Redaction) {
        self.ordered.extend(order.entries.iter().map(|name| name.index).filter(|index| *index < entry));
        self.orders.push((entry, order));
    }

    /// Takes an attestation, if it rests on the beginning of this log and of no other.
    pub(super) fn attestation(&mut self, entry: u64, attestation: &Attestation, entries: &dyn Entries) {
        let basis = &attestation.basis;
        if basis.size <= entry && entries.root_of(basis.size).is_ok_and(|root| root == basis.root) {
            self.attestations.push((entry, attestation.by.clone(), basis.size));
        }
    }

    /// Whether an order names this entry.
    pub(super) fn is_ordered(&self, entry: u64) -> bool {
        self.ordered.contains(&entry)
    }

    /// What was erased of the first `size` entries, by a fold of them; `kinds` are those of the entries that orders name.
    pub(super) fn erasures(&self, size: u64, mission: &Mission, kinds: &BTreeMap<u64, String>) -> Vec<Erasure> {
        let absent: BTreeMap<u64, &Absent> = mission.absent().map(|absent| (absent.entry, absent)).collect();
        let mut named = BTreeSet::new();
        let mut erasures = Vec::new();
        for (by, order) in &self.orders {
            // An entry goes by the first order that names it.
            let of_order = order.entries.iter().map(|name| name.index).filter(|index| *index < size.min(*by));
            let of_order: Vec<u64> = of_order.filter(|index| named.insert(*index)).collect();
            let entries = of_order.into_iter().map(|entry| ErasedEntry {
                entry,
                kind: kinds.get(&entry).cloned().unwrap_or_default(),
                still_here: !absent.contains_key(&entry),
            });
            let entries: Vec<ErasedEntry> = entries.collect();
            let Redaction { authority, ground, attested, .. } = order.clone();
            erasures
                .push(self.attested(Some(ErasureOrder { entry: *by, authority, ground, named: attested }), entries));
        }
        let lost = absent.values().filter(|absent| absent.why == Closed::Erased && !named.contains(&absent.entry));
        let lost = lost.map(|absent| ErasedEntry { entry: absent.entry, kind: absent.kind.clone(), still_here: false });
        erasures.push(self.attested(None, lost.collect()));
        erasures.retain(|erasure| !erasure.entries.is_empty());
        erasures
    }

    /// Who attested what follows from this entry among others.
    pub(super) fn attested_of(&self, entry: ErasedEntry) -> String {
        self.attested(None, vec![entry]).attested_words()
    }

    fn attested(&self, order: Option<ErasureOrder>, entries: Vec<ErasedEntry>) -> Erasure {
        let before = order.as_ref().map_or(u64::MAX, |order| order.entry);
        let attested = self.attestations.iter().filter(|(entry, ..)| *entry < before).map(|(entry, by, basis)| {
            let covers = entries.iter().map(|erased| erased.entry).filter(|erased| erased < basis).collect();
            Attested { entry: *entry, by: by.clone(), basis: *basis, covers }
        });
        let attested = attested.filter(|attested| !attested.covers.is_empty()).collect();
        Erasure { order, entries, attested }
    }
}

impl Erasure {
    /// Who attested it before, in words.
    #[must_use]
    pub fn attested_words(&self) -> String {
        let all = self.entries.len();
        let one = |attested: &Attested| {
            let Attested { entry, by, basis, covers } = attested;
            let some = if covers.len() == all { String::new() } else { format!(", of {} of them", covers.len()) };
            format!("`{by}` in entry {entry}, from {basis} entries{some}")
        };
        if self.attested.is_empty() {
            return "nobody".to_owned();
        }
        self.attested.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Erasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<u64> = self.entries.iter().map(|erased| erased.entry).collect();
        let (noun, verb) = if all.len() == 1 { ("entry", "was") } else { ("entries", "were") };
        write!(f, "{noun} {}", listed(&all))?;
        match &self.order {
            Some(ErasureOrder { entry, authority, ground, .. }) => {
                write!(f, " {verb} erased by entry {entry}, on the authority of {authority}: {ground}")
            }
            None => write!(f, " lost the key, and no entry says why"),
        }
    }
}

/// `3, 4, 9`; of many the first ones and how many more.
fn listed(indexes: &[u64]) -> String {
    let shown: Vec<String> = indexes.iter().take(MOST_NAMED).map(u64::to_string).collect();
    let more = match indexes.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("{}{more}", shown.join(", "))
}
