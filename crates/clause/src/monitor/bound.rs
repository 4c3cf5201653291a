//! What a monitor has to keep for a rule: how far back it looks, and at what.
//!
//! Takes a rule of an agreement; gives the bound, or why there is none. Never promises a bound that a power, a state or
//! another rule's verdict could break.

use crate::agreement::Agreement;
use crate::calendar::Duration;
use crate::held::asks;
use crate::rule::{ExceptionTest, First, Kernel, Rule, Trigger};
use std::fmt;

/// What a monitor has to keep for a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bound {
    /// The rule is never judged.
    Nothing,
    /// The facts of these patterns for the sum of these lengths, and the time for corrections.
    Stretch {
        /// Of what: the patterns' names.
        of: Vec<String>,
        /// How far back it looks: its own stretch, what precedes it, and its exceptions.
        lengths: Vec<Duration>,
        /// The time for corrections.
        final_after: Duration,
        /// What must have come first is kept from the beginning: its pattern's name.
        first: Option<String>,
    },
    /// Every fact that it asks about, from the beginning.
    Everything {
        /// Why.
        because: String,
    },
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::Nothing => f.write_str("nothing"),
            Bound::Stretch { of, lengths, final_after, first } => {
                let lengths: Vec<String> = lengths.iter().chain([final_after]).map(Duration::to_string).collect();
                write!(f, "each `{}` for {}", of.join("` and `"), lengths.join(" and "))?;
                first.as_ref().map_or(Ok(()), |first| write!(f, ", and every `{first}` from the beginning"))
            }
            Bound::Everything { because } => write!(f, "everything from the beginning, because {because}"),
        }
    }
}

/// What a monitor has to keep for a rule.
#[must_use]
pub fn bound(agreement: &Agreement, rule: &Rule) -> Bound {
    if matches!(rule.kernel, Kernel::May { .. } | Kernel::TextOnly { .. }) {
        return Bound::Nothing;
    }
    if let Some(because) = unbounded(agreement, rule) {
        return Bound::Everything { because };
    }
    let asked = asks(&rule.kernel).expect("invariant: what is bounded asks for facts alone");
    let waits = matches!(rule.kernel, Kernel::OnlyAfter { .. });
    let first = asked.before.filter(|_| waits).map(|first| first.event.clone());
    let before = asked.before.filter(|_| first.is_none());
    let patterns = [Some(asked.subjects), before, asked.answers].into_iter().flatten();
    let mut of: Vec<String> =
        patterns.chain(rule.look_backs().map(|(_, pattern)| pattern)).map(|pattern| pattern.event.clone()).collect();
    of.dedup();
    let lengths = [rule.stretch(), rule.precedes()].into_iter().flatten();
    let lengths = lengths.chain(rule.look_backs().map(|(within, _)| within)).collect();
    Bound::Stretch { of, lengths, final_after: rule.final_after, first }
}

/// Why a rule has no bound.
fn unbounded(agreement: &Agreement, rule: &Rule) -> Option<String> {
    let mut tests = rule.exceptions.iter().flat_map(|exception| &exception.tests);
    if tests.any(|test| matches!(test, ExceptionTest::While(_))) {
        return Some("an exception asks for a state".to_owned());
    }
    if !rule.released.is_empty() {
        return Some("another rule's breach may release it".to_owned());
    }
    if let Some(power) = agreement.powers.iter().find(|power| power.touches(&rule.id)) {
        return Some(format!("the power `{}` may change when it is in force", power.id));
    }
    let because = match &rule.kernel {
        Kernel::By { .. } | Kernel::Between { .. } => "one thing in the whole window keeps it",
        Kernel::AtLeastOnce { .. } => "its stretches are judged together",
        Kernel::Always { .. } => "it asks for a state",
        Kernel::OnlyAfter { first: First::Verdict(_), .. } | Kernel::Response { trigger: Trigger::Verdict(_), .. } => {
            "it leans on another rule's verdicts"
        }
        Kernel::Response { trigger: Trigger::Quiet { .. }, .. } => "it asks for a quiet",
        Kernel::OnlyAfter { first: First::Fact(_), .. }
        | Kernel::Response { trigger: Trigger::Fact { .. }, .. }
        | Kernel::AtMost { .. }
        | Kernel::Never { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => return None,
    };
    Some(because.to_owned())
}
