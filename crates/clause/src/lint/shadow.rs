//! Exceptions that leave nothing of their rule, have no end, or add nothing to one another.
//!
//! Takes prohibitions and ceilings with their exceptions; remarks only where it follows from the text alone.

use super::people::{actors, objects, pattern_within, within};
use super::{Draft, deciding, window};
use crate::agreement::Agreement;
use crate::remark::{Code, Remarks, remark};
use crate::rule::{Exception, ExceptionTest, Kernel, Pattern, Rule};
use crate::said::said;
use std::collections::BTreeSet;
use terms::{Act, Party};

pub(super) fn check(draft: &Draft<'_>, remarks: &mut Remarks) {
    super::clash::asymmetric(draft, remarks);
    let agreement = draft.agreement;
    for rule in draft.judged().filter(|rule| matches!(rule.kernel, Kernel::Never { .. } | Kernel::AtMost { .. })) {
        let Some(pattern) = deciding(rule) else { continue };
        for (at, exception) in rule.exceptions.iter().enumerate() {
            if exception.tests.iter().all(|test| holds_always(agreement, rule, pattern, test)) {
                let message =
                    said!("exception `{}` lets pass everything that rule `{}` forbids", exception.label, rule.id);
                remarks.push(
                    remark(Code::Shadowed, rule.span.clone(), message)
                        .fix(said!("narrow it: fewer people, a smaller zone, a shorter time")),
                );
            }
            endless(agreement, rule, exception, remarks);
            for (other_at, other) in rule.exceptions.iter().enumerate() {
                let contains = exception.tests.iter().all(|test| other.tests.contains(test));
                let twins = exception.tests.len() == other.tests.len();
                if at != other_at && contains && (!twins || at < other_at) {
                    let message = said!(
                        "exception `{}` of rule `{}` adds nothing to `{}`",
                        other.label,
                        rule.id,
                        exception.label
                    );
                    let why = said!("whatever `{}` lets pass, `{}` lets pass too", other.label, exception.label);
                    remarks.push(
                        remark(Code::Shadowed, rule.span.clone(), message)
                            .because(why)
                            .fix(said!("remove one, or say which was meant")),
                    );
                }
            }
        }
    }
}

/// Whether a test is true of every fact that falls under the rule.
fn holds_always(agreement: &Agreement, rule: &Rule, pattern: &Pattern, test: &ExceptionTest) -> bool {
    match test {
        ExceptionTest::By(parties) => {
            let parties: BTreeSet<Party> = parties.iter().cloned().collect();
            within(actors(agreement, rule, pattern).as_ref(), Some(&parties))
        }
        ExceptionTest::In(zone) => pattern.zone.as_ref() == Some(zone),
        ExceptionTest::On(class) => {
            within(objects(agreement, pattern.class.as_ref()).as_ref(), objects(agreement, Some(class)).as_ref())
        }
        ExceptionTest::Permitted(id) => agreement.rule(id).is_some_and(|may| {
            let Some(allowed) = deciding(may) else { return false };
            let open = agreement.readings_of(rule).iter().all(|reading| {
                let windows = window(agreement, rule, reading).zip(window(agreement, may, reading));
                windows.is_some_and(|(mine, its)| its.span().holds(mine.span()))
            });
            open && pattern_within(agreement, (rule, pattern), (may, allowed))
        }),
        ExceptionTest::After { .. } | ExceptionTest::While(_) => false,
    }
}

/// An exception that lasts until somebody verifies, and nobody is named who could.
fn endless(agreement: &Agreement, rule: &Rule, exception: &Exception, remarks: &mut Remarks) {
    if !agreement.actors.is_empty() || !agreement.planned.is_empty() {
        return;
    }
    for test in &exception.tests {
        let ExceptionTest::While(name) = test else { continue };
        let state = agreement.states.get(name).expect("invariant: a checked rule names defined states");
        if state.ends.acts.iter().all(|act| matches!(act, Act::Verification | Act::Authorisation)) {
            let message = said!("exception `{}` of rule `{}` has no end once it begins", exception.label, rule.id);
            let why = said!(
                "`{}` ends with {}, and nobody beside the parties is named who could give it",
                name,
                state.ends.event
            );
            let fix = said!("name who says that it is over, or bound it: `within 10 minutes after ...`");
            remarks.push(remark(Code::Shadowed, rule.span.clone(), message).because(why).fix(fix));
        }
    }
}
