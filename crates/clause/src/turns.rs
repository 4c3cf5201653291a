//! States over time: what began and what ended, and whether the state held.
//!
//! Takes the facts of one footing; gives the turns of a state for one bearer, in order of time, and three answers to
//! "did it hold then?". Never assumes a state before its first turn.

use crate::bears::Test;
use crate::fact::{Bears, Fact};
use terms::{Chance, Label, Party, Span};

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
    pub(crate) fn of(
        test: &Test<'_>,
        state: &Label,
        bearer: Option<&Party>,
        facts: &[&Fact],
        standard: Chance,
    ) -> Turns {
        let state = test.agreement.states.get(state).expect("invariant: a checked rule names defined states");
        let mut turns = Vec::new();
        for fact in facts {
            for (pattern, begins) in [(&state.begins, true), (&state.ends, false)] {
                let answer =
                    test.substance(pattern, fact, bearer).and(|| test.people(pattern, fact, fact.by.as_ref(), bearer));
                if !matches!(answer, Bears::Outside(_)) {
                    let sure = answer == Bears::Falls && fact.chance >= standard;
                    turns.push(Turn {
                        span: fact.happened,
                        fact: fact.id.clone(),
                        revision: fact.revision,
                        begins,
                        sure,
                    });
                }
            }
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
        let last = last.max_by_key(|turn| (turn.span.latest(), &turn.fact))?;
        let otherwise = self.turns.iter().any(|turn| {
            turn.begins != last.begins
                && turn.span.latest() >= last.span.earliest()
                && turn.span.earliest() <= during.latest()
                && turn != last
        });
        (!otherwise).then_some(last.begins)
    }
}
