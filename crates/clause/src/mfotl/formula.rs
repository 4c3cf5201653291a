//! What holds of each violation of a rule, in MFOTL.
//!
//! Takes a plan; gives a formula over its predicates, every part in brackets, so that no precedence matters. Its free
//! variables are `k`, whom it is about, and `i`, of what. Never an operator that looks at an unbounded future.

use super::plan::{Plan, further};
use crate::rule::{ExceptionTest, Kernel, Pattern, Trigger};

pub(super) fn formula(plan: &Plan<'_>) -> String {
    let (before, answers) = plan.others();
    let main = plan.terms.main;
    match &plan.rule.kernel {
        Kernel::Never { .. } => live(plan, "i", "m"),
        Kernel::AtMost { number, per: None, .. } => {
            format!("(EXISTS m. ({} AND ({number} < m)))", live(plan, "i", "m"))
        }
        Kernel::AtMost { number, per: Some(_), .. } => {
            let sum = format!("(c <- SUM n; k (ONCE[0,{main}] {}))", live(plan, "j", "n"));
            format!("(EXISTS m. ({} AND (EXISTS c. ({sum} AND ({number} < c)))))", live(plan, "i", "m"))
        }
        Kernel::OnlyAfter { pattern, .. } => {
            let first = before.map(|first| other(plan, "before", "ONCE[0,*)", first, pattern));
            format!("({} AND (NOT {}))", live(plan, "i", "m"), first.unwrap_or_default())
        }
        Kernel::Response { trigger: Trigger::Fact { pattern, .. }, .. } => {
            let preceded = before.map(|before| {
                let once = format!("ONCE[0,{}]", plan.terms.before);
                format!(" AND {}", other(plan, "before", &once, before, pattern))
            });
            let eventually = format!("EVENTUALLY[0,{main}]");
            let answered = answers.map(|answer| other(plan, "answer", &eventually, answer, pattern));
            let (preceded, answered) = (preceded.unwrap_or_default(), answered.unwrap_or_default());
            format!("(({}{preceded}) AND (NOT {answered}))", live(plan, "i", "m"))
        }
        Kernel::By { quantity, .. } | Kernel::Between { quantity, .. } => {
            let done = match quantity {
                None => format!("(ONCE[0,*) (EXISTS e. {}))", live(plan, "e", "m")),
                Some(number) => {
                    let sum = format!("(c <- SUM n; k (ONCE[0,*) {}))", live(plan, "j", "n"));
                    format!("(EXISTS c. ({sum} AND ({} < c)))", i64::from(*number) - 1)
                }
            };
            format!("({}(k,i) AND (NOT {done}))", plan.predicate("due"))
        }
        Kernel::AtLeastOnce { .. } => {
            let done = format!("(ONCE[0,{main}] (EXISTS e. {}))", live(plan, "e", "m"));
            format!("({}(k,i) AND (NOT {done}))", plan.predicate("stretch"))
        }
        Kernel::Always { .. } => lapse(plan),
        // No plan is made for these.
        Kernel::Response { trigger: Trigger::Verdict(_) | Trigger::Quiet { .. }, .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => String::new(),
    }
}

/// The rule runs: it has begun, and has not ended before.
fn runs(plan: &Plan<'_>) -> String {
    let (from, until) = (plan.predicate("from"), plan.predicate("until"));
    format!("((ONCE[0,*) {from}()) AND (NOT (ONCE(0,*) {until}())))")
}

fn subject(plan: &Plan<'_>, fact: &str, count: &str) -> String {
    let count = if plan.counted() { format!(",{count}") } else { String::new() };
    format!("{}(k,{fact}{count})", plan.predicate("subject"))
}

/// A fact that the rule is held against, while it runs, and that no exception lets pass.
fn live(plan: &Plan<'_>, fact: &str, count: &str) -> String {
    let head = subject(plan, fact, count);
    let mut text = format!("({head} AND {}", runs(plan));
    for (at, exception) in plan.rule.exceptions.iter().enumerate() {
        let mut all: Vec<String> = Vec::new();
        if exception.tests.iter().any(|test| !further(test)) {
            all.push(format!("{}(k,{fact})", plan.of_exception("pass", at, 0)));
        }
        for (nth, test) in exception.tests.iter().enumerate() {
            match test {
                ExceptionTest::After { pattern, .. } => {
                    let term = plan.terms.exceptions.iter().find(|(place, _)| *place == (at, nth));
                    let once = format!("ONCE[0,{}]", term.map_or(0, |(_, ms)| *ms));
                    let predicate = plan.of_exception("after", at, nth);
                    let overlaps = subject_pattern(plan).is_none_or(|subject| overlap(pattern, subject));
                    all.push(another(&head, &predicate, &once, fact, pattern.about_it, overlaps));
                }
                ExceptionTest::While(_) => {
                    let (begins, ends) = (plan.of_exception("begins", at, nth), plan.of_exception("ends", at, nth));
                    all.push(format!(
                        "(EXISTS p. ((NOT {ends}(k,p)) SINCE[0,*) ({begins}(k,p) AND (NOT {ends}(k,p)))))"
                    ));
                }
                ExceptionTest::By(_) | ExceptionTest::In(_) | ExceptionTest::On(_) | ExceptionTest::Permitted(_) => {}
            }
        }
        text.push_str(&format!(" AND (NOT ({}))", all.join(" AND ")));
    }
    text + ")"
}

fn subject_pattern<'p>(plan: &'p Plan<'_>) -> Option<&'p Pattern> {
    crate::held::asks(&plan.rule.kernel).map(|asks| asks.subjects)
}

/// Whether one fact may match both.
fn overlap(one: &Pattern, other: &Pattern) -> bool {
    !one.acts.is_disjoint(&other.acts)
}

/// A fact of a second pattern, other than the subject `i`.
fn other(plan: &Plan<'_>, what: &str, operator: &str, pattern: &Pattern, subjects: &Pattern) -> String {
    let head = subject(plan, "i", "m");
    another(&head, &plan.predicate(what), operator, "i", pattern.about_it, overlap(pattern, subjects))
}

fn another(head: &str, predicate: &str, operator: &str, fact: &str, linked: bool, overlaps: bool) -> String {
    if linked {
        format!("({operator} (EXISTS o. {predicate}(k,o,{fact})))")
    } else if overlaps {
        format!("(EXISTS o. (({head} AND ({operator} {predicate}(k,o))) AND (NOT (o = {fact}))))")
    } else {
        format!("({operator} (EXISTS o. {predicate}(k,o)))")
    }
}

/// The state ended while it held, or the rule began when it had ended, or it ended before it ever began.
fn lapse(plan: &Plan<'_>) -> String {
    let (begins, ends, runs) = (plan.predicate("begins"), plan.predicate("ends"), runs(plan));
    let (begun, ended) = (format!("(EXISTS o. {begins}(k,o))"), format!("(EXISTS o. {ends}(k,o))"));
    let held = format!("((NOT {ended}) SINCE[0,*) ({begun} AND (NOT {ended})))");
    let over = format!("((NOT {begun}) SINCE[0,*) {ended})");
    let first = format!("(({ended} AND {runs}) AND (NOT (ONCE[0,*) {begun})))");
    let at_start = format!("({over} AND {}())", plan.predicate("from"));
    format!("((({ends}(k,i) AND {runs}) AND (PREVIOUS[0,*) {held})) OR (({first} OR {at_start}) AND (i = \"clause\")))")
}
