//! States over time: what began and what ended, and whether the state held.
//!
//! Takes the facts of one footing; gives the turns of a state for one bearer, in order of time, and three answers to
//! "did it hold then?". Never assumes a state before its first turn.

use crate::bears::Test;
use crate::fact::Fact;
use std::sync::Arc;
use terms::{Label, Party, Span};

/// The turns of a state.
pub(crate) struct Turns {
    turns: Vec<Turn>,
}

/// Something that begins or ends a state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Turn {
    pub(crate) span: Span,
    pub(crate) fact: String,
    pub(crate) revision: u32,
    pub(crate) begins: bool,
    /// Whether it surely is such a turn.
    pub(crate) sure: bool,
}

impl Turns {
    pub(crate) fn of(test: &Test<'_>, state: &Label, bearer: Option<&Party>, facts: &[Arc<Fact>]) -> Turns {
        let state = test.agreement.states.get(state).expect("invariant: a checked rule names defined states");
        let mut turns = Vec::new();
        for (pattern, begins) in [(&state.begins, true), (&state.ends, false)] {
            turns.extend(test.marks(pattern, bearer, facts).iter().map(|mark| Turn {
                span: mark.fact.happened,
                fact: mark.fact.id.clone(),
                revision: mark.fact.revision,
                begins,
                sure: mark.sure,
            }));
        }
        turns.sort();
        Turns { turns }
    }

    /// In order of time.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Turn> {
        self.turns.iter()
    }

    /// Whether the state held throughout a span; `None` where it cannot be told.
    pub(crate) fn held(&self, during: Span) -> Option<bool> {
        let last = self.turns.iter().filter(|turn| turn.sure && turn.span.latest() <= during.earliest());
        // The one that surely comes after the most: one that is known to a day only may have come before all others.
        let last = last.max_by_key(|turn| (turn.span.earliest(), &turn.fact))?;
        let otherwise = self.turns.iter().any(|turn| {
            turn.begins != last.begins
                && turn.span.latest() >= last.span.earliest()
                && turn.span.earliest() <= during.latest()
                && turn != last
        });
        (!otherwise).then_some(last.begins)
    }
}
