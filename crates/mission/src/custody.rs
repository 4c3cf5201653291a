//! The chain of custody of each item of evidence, and whether it is whole.
//!
//! Takes the acquisitions and steps that the entries hold of one item; gives whether every step follows the one before and
//! found the same bytes. Never repairs a chain: a gap stays a gap.

use crate::record::evidence::{CustodyAct, CustodyStep, Evidence, KeyHeld, Rehash};
use crate::state::Held;
use std::sync::Arc;
use terms::Instant;

/// An item of evidence with everything that was done with it.
#[derive(Clone, Default, Debug)]
pub struct Exhibit {
    /// Each time that these bytes were taken in, in log order; none where that entry is erased or could not be read.
    pub acquired: Vec<Arc<Held<Evidence>>>,
    /// What was done with them, in log order.
    pub steps: Vec<Arc<Held<CustodyStep>>>,
}

/// Whether a chain of custody is whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Custody {
    /// Every step follows the one before, and every hash was that of the acquired bytes.
    Whole,
    /// A step found other bytes, or none: the entry, and what is wrong.
    Broken {
        /// Index of the entry.
        entry: u64,
        /// What is wrong.
        why: String,
    },
    /// A link is not there to be looked at: the entry that should follow another, and what is missing.
    CannotTell {
        /// Index of the entry.
        entry: u64,
        /// What is missing.
        why: String,
    },
}

impl Exhibit {
    /// The keys under which its bytes may be sealed, as the entries hold them, each with its entry.
    pub fn keys(&self) -> impl Iterator<Item = (u64, KeyHeld)> {
        self.acquired.iter().filter_map(|held| Some((held.entry, held.what.key?)))
    }

    /// Index of the last entry of the chain; the next step says that it comes after this one.
    #[must_use]
    pub fn last_entry(&self) -> Option<u64> {
        let acquired = self.acquired.iter().map(|held| held.entry);
        acquired.chain(self.steps.iter().map(|held| held.entry)).max()
    }

    /// The office that has the item: the last one that it was handed to, or else the first custodian.
    #[must_use]
    pub fn custodian(&self) -> Option<&str> {
        let handed = self.steps.iter().rev().find_map(|held| match held.what.act {
            CustodyAct::Transferred => held.what.to.as_deref(),
            CustodyAct::Received => Some(held.what.by.as_str()),
            CustodyAct::Accessed | CustodyAct::Exported | CustodyAct::Rehashed => None,
        });
        handed.or_else(|| self.acquired.first().map(|held| held.what.custodian.as_str()))
    }

    /// As known at an instant: later acquisitions and steps are left out.
    #[must_use]
    pub fn known_at(&self, instant: Instant) -> Exhibit {
        Exhibit {
            acquired: self.acquired.iter().filter(|held| held.received_at <= instant).cloned().collect(),
            steps: self.steps.iter().filter(|held| held.received_at <= instant).cloned().collect(),
        }
    }

    /// Whether the chain is whole. A step that found other bytes breaks it, even if a later one found the right ones again.
    #[must_use]
    pub fn custody(&self) -> Custody {
        let mut missing = None;
        let mut links: Vec<u64> = self.acquired.iter().map(|held| held.entry).collect();
        for held in &self.steps {
            let entry = held.entry;
            match held.what.found {
                Rehash::Same => {}
                Rehash::Other(name) => {
                    return Custody::Broken { entry, why: format!("the bytes were not those acquired, but `{name}`") };
                }
                Rehash::Missing => return Custody::Broken { entry, why: "the bytes were not there".to_owned() },
            }
            let before = links.iter().copied().filter(|link| *link < entry).max();
            if before != Some(held.what.after) {
                let why = match before {
                    Some(link) if link > held.what.after => {
                        format!("it says that it follows entry {}, but entry {link} came between", held.what.after)
                    }
                    Some(_) | None => format!("it follows entry {}, which cannot be read", held.what.after),
                };
                missing.get_or_insert(Custody::CannotTell { entry, why });
            }
            links.push(entry);
        }
        if self.acquired.is_empty() {
            let entry = self.steps.first().map_or(0, |held| held.what.after);
            missing.get_or_insert(Custody::CannotTell { entry, why: "the acquisition cannot be read".to_owned() });
        }
        missing.unwrap_or(Custody::Whole)
    }
}
