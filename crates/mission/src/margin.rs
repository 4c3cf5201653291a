//! What the margin of the text shows of a rule: one value for all its verdicts.
//!
//! Takes the verdicts of one rule; gives the value that a reader sees beside the sentence. Never an average.

use clause::{Footing, Value, Verdict};
use std::collections::BTreeSet;

/// Readings that disagree are disputed; the most decided footing speaks first when it found a breach, otherwise what the
/// machine proposes.
#[must_use]
pub fn margin(verdicts: &[&Verdict]) -> Value {
    // A rule that binds one actor alone has no verdict on "the parties together".
    let alone = verdicts.iter().all(|verdict| verdict.bearer.is_some());
    let together = |footing: Footing| {
        let on = verdicts.iter().filter(move |v| v.footing == footing && (alone || v.bearer.is_none()));
        on.map(|verdict| verdict.value).collect::<BTreeSet<Value>>()
    };
    for footing in [Footing::Ruled, Footing::Established] {
        if together(footing).contains(&Value::Breached) {
            return Value::Breached;
        }
    }
    let proposed = together(Footing::Proposed);
    match proposed.len() {
        0 => Value::NotMonitorable,
        1 => proposed.first().copied().unwrap_or(Value::NotMonitorable),
        _ => Value::Disputed,
    }
}
