//! Duties: what must be done by a time, or in answer to something.
//!
//! Takes the facts of one footing; gives a verdict per bearer, and for "each party" the one that sums them up. Never takes
//! silence for a breach where nobody could have seen the deed.

use crate::agreement::{Kernel, Pattern, Trigger};
use crate::bears::Companions;
use crate::calendar::elapsed_text;
use crate::clock::{ClockState, Started, started};
use crate::coverage::Coverage;
use crate::fact::{Bears, Fact, Footing, Reason, Why};
use crate::judge::{Case, Said, lookers, thin};
use crate::verdict::{FactNote, Margin, Value, Verdict};
use terms::{Instant, Party};

/// How each fact stands to a deadline.
pub(crate) struct Deeds<'a> {
    /// Surely done, in time.
    pub(crate) sure: Option<&'a Fact>,
    /// Done too late, surely or not.
    pub(crate) late: Option<&'a Fact>,
    pub(crate) notes: Vec<FactNote>,
    doubts: Vec<Reason>,
}

/// A deadline, for each bearer and summed up.
pub(crate) fn by_verdict(
    case: &Case<'_>,
    pattern: &Pattern,
    facts: &[&Fact],
    footing: Footing,
    coverage: Option<&Coverage>,
) -> Vec<Verdict> {
    let companions = Companions::of(&case.test, facts, case.rule.standard);
    per_bearer(case, footing, |bearer| {
        let deeds = deeds(case, pattern, facts, bearer, &companions);
        let mut said = case.not_begun().unwrap_or_else(|| by_said(case, pattern, &deeds, footing, coverage));
        said.outside = facts.len() - deeds.notes.len();
        said.incidents = deeds.notes;
        said
    })
}

/// Verdicts of the single bearers; where the rule binds each party, first the one that sums them up.
fn per_bearer(case: &Case<'_>, footing: Footing, say: impl Fn(Option<&Party>) -> Said) -> Vec<Verdict> {
    let bearers = case.bearers();
    let [None, parties @ ..] = bearers.as_slice() else {
        return bearers.into_iter().map(|bearer| case.verdict(bearer, footing, say(bearer))).collect();
    };
    if parties.is_empty() {
        return vec![case.verdict(None, footing, say(None))];
    }
    let single: Vec<Verdict> = parties.iter().map(|bearer| case.verdict(*bearer, footing, say(*bearer))).collect();
    let order = [Value::Breached, Value::Undetermined, Value::NoBreachSeen, Value::NotDue, Value::Complied];
    let value = order.into_iter().find(|value| single.iter().any(|verdict| verdict.value == *value));
    let each = single.iter().map(|verdict| {
        let bearer = verdict.bearer.as_ref().map_or("", |party| case.agreement.display(party));
        format!("{bearer}: {}", verdict.value.word())
    });
    let summary = each.collect::<Vec<_>>().join("; ");
    let whole = case.verdict(None, footing, Said::plain(value.unwrap_or(Value::Undetermined), summary));
    std::iter::once(whole).chain(single).collect()
}

/// Holds every fact against the pattern and the deadline.
pub(crate) fn deeds<'a>(
    case: &Case<'_>,
    pattern: &Pattern,
    facts: &[&'a Fact],
    bearer: Option<&Party>,
    companions: &Companions,
) -> Deeds<'a> {
    let until = case.test.window.latest();
    let mut deeds = Deeds { sure: None, late: None, notes: Vec::new(), doubts: Vec::new() };
    for (index, fact) in facts.iter().enumerate() {
        let done = case
            .test
            .substance(pattern, fact, bearer)
            .and(|| case.test.concerns(pattern, fact, bearer, Some(index), companions));
        if matches!(done, Bears::Outside(_)) || fact.happened.latest() < case.window.from {
            continue;
        }
        if fact.happened.earliest() > until {
            deeds.late = deeds.late.or(Some(fact));
            let margin = Margin::Late(fact.happened.earliest().ms() - until.ms());
            deeds.note(fact, case.test.in_window(fact), margin);
            continue;
        }
        let bears = done.and(|| case.test.in_window(fact));
        let margin = Margin::InHand(until.ms() - fact.happened.latest().ms());
        match &bears {
            Bears::Falls if fact.chance >= case.rule.standard => {
                let earlier = deeds.sure.is_none_or(|known| fact.happened.latest() < known.happened.latest());
                deeds.sure = if earlier { Some(fact) } else { deeds.sure };
            }
            Bears::Falls => {
                let text = format!("it is held at {}, and the standard is {}", fact.chance, case.rule.standard);
                deeds.doubts.push(Reason { why: Why::Standard, text });
            }
            Bears::Undetermined(reasons) => deeds.doubts.extend(reasons.iter().cloned()),
            Bears::Outside(_) => {}
        }
        deeds.note(fact, bears, margin);
    }
    deeds.doubts.sort();
    deeds.doubts.dedup();
    deeds
}

impl Deeds<'_> {
    fn note(&mut self, fact: &Fact, bears: Bears, margin: Margin) {
        self.notes.push(FactNote { id: fact.id.clone(), bears, chance: fact.chance, margin: Some(margin) });
    }
}

fn by_said(
    case: &Case<'_>,
    pattern: &Pattern,
    deeds: &Deeds<'_>,
    footing: Footing,
    coverage: Option<&Coverage>,
) -> Said {
    let until = case.test.window.latest();
    let due = case.agreement.civil(until);
    if let Some(fact) = deeds.sure {
        let margin = Margin::InHand(until.ms() - fact.happened.latest().ms());
        return with_margin(Value::Complied, format!("done: {}, {margin}", fact.id), margin);
    }
    if !deeds.doubts.is_empty() {
        let mut said = Said::plain(Value::Undetermined, format!("it may have been done: {}", deeds.doubts[0].text));
        said.reasons.clone_from(&deeds.doubts);
        return said;
    }
    if case.at <= until {
        let left = elapsed_text(until.ms() - case.at.ms());
        return Said::plain(Value::NotDue, format!("due by {due}, in {left}"));
    }
    if let Some(fact) = deeds.late {
        let margin = Margin::Late(fact.happened.earliest().ms() - until.ms());
        return with_margin(Value::Breached, format!("due by {due}, and done as {}, {margin}", fact.id), margin);
    }
    undone(case, pattern, footing, coverage, until)
}

/// The deadline has passed and nothing was seen: a breach only if the deed could not have gone unseen.
fn undone(case: &Case<'_>, pattern: &Pattern, footing: Footing, coverage: Option<&Coverage>, until: Instant) -> Said {
    let due = case.agreement.civil(until);
    match unseen(case, pattern, until, coverage) {
        None => {
            let margin = Margin::Late(case.at.ms() - until.ms());
            with_margin(Value::Breached, format!("due by {due}, and not done: {margin}"), margin)
        }
        Some(_) if footing != Footing::Proposed => {
            Said::plain(Value::NoBreachSeen, format!("due by {due}, and nothing is {} either way", footing.word()))
        }
        Some(reason) => {
            let mut said =
                Said::plain(Value::Undetermined, format!("due by {due}, and not seen done, but {}", reason.text));
            said.reasons.push(reason);
            said.coverage = coverage.cloned();
            said
        }
    }
}

/// Why the deed might have been done unseen by then; `None` if it could not.
fn unseen(case: &Case<'_>, pattern: &Pattern, by: Instant, coverage: Option<&Coverage>) -> Option<Reason> {
    if pattern.acts.iter().all(|act| act.of_record()) {
        let known = case.agreement.civil(case.watch.known_until);
        let silent = case.watch.known_until < by;
        return silent.then(|| Reason::new(Why::Coverage, format!("the record is known only until {known}")));
    }
    let needed = case.agreement.keep_threshold;
    match coverage {
        Some(coverage) if coverage.suffices(needed) => None,
        Some(coverage) => Some(Reason::new(Why::Coverage, thin(coverage, needed, &lookers(case, Some(coverage))))),
        None => Some(Reason::new(Why::Coverage, "the window is not over")),
    }
}

fn with_margin(value: Value, summary: String, margin: Margin) -> Said {
    let mut said = Said::plain(value, summary);
    said.margin = Some(margin);
    said
}

/// A response: the verdict over all its clocks.
pub(crate) fn response_verdict(case: &Case<'_>, facts: &[&Fact], footing: Footing) -> Vec<Verdict> {
    let Kernel::Response { trigger: Trigger::Fact { pattern: trigger, .. }, .. } = &case.rule.kernel else {
        return Vec::new();
    };
    per_bearer(case, footing, |bearer| {
        case.not_begun().unwrap_or_else(|| {
            let started = started(case, facts, bearer);
            let mut said = response_said(&started, case.at);
            said.incidents = started.notes;
            said.outside = facts.len() - said.incidents.len();
            if started.clocks.is_empty() && said.value == Value::NotDue {
                let standard = case.rule.standard;
                said.summary = match said.incidents.len() {
                    0 => format!("nothing known has started this duty (`{}`)", trigger.event),
                    _ => format!("nothing that meets the standard of {standard} has started this duty"),
                };
            }
            said
        })
    })
}

fn response_said(started: &Started, at: Instant) -> Said {
    let clocks = &started.clocks;
    let count = |wanted: fn(&ClockState) -> bool| clocks.iter().filter(|clock| wanted(&clock.state)).count();
    let late = clocks.iter().find(|clock| clock.state == ClockState::Late);
    if let Some(first) = late {
        let margin = Margin::Late(at.ms() - first.due.ms());
        let n = count(|state| *state == ClockState::Late);
        let of = clocks.len();
        return with_margin(
            Value::Breached,
            format!("{n} of {of} clocks ran out unanswered; the first by {margin}"),
            margin,
        );
    }
    let open = count(|state| *state == ClockState::CannotTell);
    if open > 0 || !started.doubts.is_empty() {
        let why = match open {
            0 => format!("the duty may have started: {}", started.doubts[0].text),
            1 => "whether a clock was answered in time cannot be told".to_owned(),
            n => format!("whether {n} of {} clocks were answered in time cannot be told", clocks.len()),
        };
        let mut said = Said::plain(Value::Undetermined, why);
        said.reasons.clone_from(&started.doubts);
        return said;
    }
    let running = clocks.iter().filter(|clock| clock.state == ClockState::Running).map(|clock| clock.due).min();
    if let Some(due) = running {
        return Said::plain(Value::NotDue, format!("the clock is running, {} left", elapsed_text(due.ms() - at.ms())));
    }
    match clocks.len() {
        0 => Said::plain(Value::NotDue, String::new()),
        1 => Said::plain(Value::Complied, "its clock was answered in time"),
        n => Said::plain(Value::Complied, format!("all {n} clocks were answered in time")),
    }
}
