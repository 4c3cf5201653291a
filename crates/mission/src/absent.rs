//! What the state does not hold although an entry says it: erased, closed to this reader, or not opened yet.
//!
//! Takes entries without their payloads, redactions and reveals; gives a list that is shown and counted, and marks the
//! verdicts that rested on what is gone. Never guesses what a payload said.

use crate::record::body::{
    ALERT_RAISED, ALERT_STEP, Body, DEED_RECORDED, GUARANTEES_ADOPTED, NOTICE_RECORDED, REDACTION_ORDERED, Redaction,
    Reveal, Touched,
};
use crate::state::{Mission, Trouble};
use clause::fact::{Reason, Why};
use clause::{Value, Verdict};
use std::collections::BTreeSet;
use std::fmt;
use terms::{Instant, ObservationId};

/// Why a payload cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    /// Its key is destroyed.
    Erased,
    /// Its key is not one that this reader has.
    Sealed,
    /// It is not in the store: only this commitment to it is logged, until an entry opens it.
    Withheld {
        /// The envelope's commitment.
        commitment: [u8; 32],
    },
}

/// An entry whose payload the state does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absent {
    /// Index of the entry.
    pub entry: u64,
    /// When the installation received it.
    pub received_at: Instant,
    /// What kind of thing it says.
    pub kind: String,
    /// Why it cannot be read.
    pub why: Closed,
    /// If it was erased: on whose order.
    pub order: Option<Order>,
}

impl Absent {
    /// Whether it is closed to this reader and only the sheet of guarantees and its alerts would rest on it: no incident, verdict or bulletin
    /// does, so nothing of those is missing.
    #[must_use]
    pub fn is_closed_guarantee(&self) -> bool {
        let kinds = [GUARANTEES_ADOPTED, DEED_RECORDED, NOTICE_RECORDED, ALERT_RAISED, ALERT_STEP];
        self.why == Closed::Sealed && kinds.contains(&self.kind.as_str())
    }
}

/// The redaction that an erased entry went by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Index of the redaction's entry.
    pub entry: u64,
    /// The office on whose authority.
    pub authority: String,
    /// The legal ground.
    pub ground: String,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Absent { entry, kind, .. } = self;
        match (self.why, &self.order) {
            (Closed::Erased, Some(order)) => {
                let Order { entry: by, authority, ground } = order;
                write!(
                    f,
                    "entry {entry} (`{kind}`) was erased by entry {by}, on the authority of {authority}: {ground}"
                )
            }
            (Closed::Erased, None) => write!(f, "entry {entry} (`{kind}`) has lost its key, and no entry says why"),
            (Closed::Sealed, _) => write!(f, "entry {entry} (`{kind}`) is sealed, and no key to it is here"),
            (Closed::Withheld { .. }, _) => {
                write!(f, "entry {entry} (`{kind}`) is committed to, and no entry opens it yet")
            }
        }
    }
}

/// A verdict that rested on erased entries.
pub(crate) struct Resting {
    touched: Touched,
    because: String,
}

impl Resting {
    /// Makes a verdict undetermined if without the erased entries it may read otherwise than with them.
    pub(crate) fn mark(&self, verdict: &mut Verdict) {
        let Touched { rule, reading, bearer, footing, .. } = &self.touched;
        let same =
            (rule, reading, bearer, footing) == (&verdict.rule, &verdict.reading, &verdict.bearer, &verdict.footing);
        if !same || self.touched.lets_stand(verdict.value) {
            return;
        }
        verdict.value = Value::Undetermined;
        verdict.margin = None;
        verdict.because.summary = format!("cannot tell: {}", self.because);
        verdict.because.reasons = vec![Reason { why: Why::Erased, text: self.because.clone() }];
    }
}

impl Mission {
    /// Folds in an entry whose payload cannot be read.
    pub fn apply_closed(&mut self, entry: u64, received_at: Instant, kind: &str, why: Closed) {
        self.latest = self.latest.max(Some(received_at));
        self.absent.insert(entry, Absent { entry, received_at, kind: kind.to_owned(), why, order: None });
        if kind == REDACTION_ORDERED {
            self.troubles
                .push(Trouble { entry, why: "a redaction cannot be read, so what it erased has no reason".into() });
        }
    }

    /// Entries that were folded in with what they say although a later entry orders it erased: the erasure is not finished
    /// where this was read. Fold again without them, so that the state is the same before and after.
    #[must_use]
    pub fn to_forget(&self) -> BTreeSet<u64> {
        let named = self.redactions.iter().flat_map(|held| {
            let earlier = held.what.entries.iter().filter(|name| name.index < held.entry);
            earlier.map(|name| name.index)
        });
        named.filter(|index| self.absent.get(index).is_none_or(|absent| absent.why != Closed::Erased)).collect()
    }

    /// The entries that the state does not hold, in the order of the log.
    pub fn absent(&self) -> impl Iterator<Item = &Absent> {
        self.absent.values()
    }

    /// How many findings, attributions and rulings name no observation that the state holds.
    #[must_use]
    pub fn adrift(&self) -> usize {
        let gone =
            |observations: &Vec<ObservationId>| !observations.iter().any(|id| self.observations.contains_key(id));
        self.findings.iter().filter(|held| gone(&held.what.observations)).count()
            + self.attributions.iter().filter(|held| gone(&held.what.observations)).count()
            + self.rulings.iter().filter(|held| gone(&held.what.observations)).count()
    }

    pub(crate) fn redact(&mut self, by: u64, redaction: &Redaction) {
        for name in &redaction.entries {
            if name.index >= by {
                self.troubles.push(Trouble {
                    entry: by,
                    why: format!("it orders entry {} erased, which came later", name.index),
                });
            } else if let Some(absent) = self.absent.get_mut(&name.index).filter(|absent| absent.order.is_none()) {
                let Redaction { authority, ground, .. } = redaction.clone();
                absent.order = Some(Order { entry: by, authority, ground });
                // Without the key, or before it was opened, an erased entry looks like any other that is closed.
                absent.why = Closed::Erased;
            }
        }
    }

    /// Takes what was revealed as what the entry says, known since the reveal.
    pub(crate) fn reveal(&mut self, by: u64, received_at: Instant, reveal: &Reveal) {
        let index = reveal.entry.index;
        let trouble = |why: String| Trouble { entry: by, why };
        let absent = self.absent.get(&index).cloned().filter(|absent| absent.entry < by);
        let Some(Absent { why: Closed::Withheld { commitment }, kind, .. }) = absent else {
            return self.troubles.push(trouble(format!("it opens entry {index}, which does not wait to be opened")));
        };
        if !reveal.opens(&commitment) {
            return self.troubles.push(trouble(format!("it is not what entry {index} committed to")));
        }
        match Body::read(&kind, &reveal.payload) {
            Ok(
                Body::RedactionOrdered(_)
                | Body::RedactionEffects(_)
                | Body::PayloadRevealed(_)
                | Body::AuthorAdmitted(_)
                | Body::AuthorDismissed(_)
                | Body::ReaderEntitled(_)
                | Body::ReaderRemoved(_)
                | Body::OnlookerAdmitted(_)
                | Body::OnlookerDismissed(_),
            ) => {
                self.troubles.push(trouble(format!("entry {index} is of kind `{kind}`, which cannot be withheld")));
            }
            Ok(body) => {
                self.absent.remove(&index);
                self.hold(index, received_at, body);
            }
            Err(error) => self.troubles.push(trouble(format!("entry {index}, as opened: {error}"))),
        }
    }

    /// The verdicts that rested on entries which were received by then and are erased by now.
    pub(crate) fn resting(&self, known_at: Instant) -> Vec<Resting> {
        let mut resting = Vec::new();
        for held in &self.effects {
            let Some(redaction) = self.redactions.iter().find(|order| order.entry == held.what.redaction) else {
                continue;
            };
            let erased: Vec<String> = redaction
                .what
                .entries
                .iter()
                .filter_map(|name| {
                    let absent = self.absent.get(&name.index).filter(|absent| absent.received_at <= known_at);
                    absent.map(|_| name.index.to_string())
                })
                .collect();
            if erased.is_empty() {
                continue;
            }
            let noun = if erased.len() == 1 { "entry" } else { "entries" };
            let because = format!("rests on {noun} {}, erased by entry {}", erased.join(", "), redaction.entry);
            let mark = |touched: &Touched| Resting { touched: touched.clone(), because: because.clone() };
            resting.extend(held.what.touched.iter().map(mark));
        }
        resting
    }
}
