//! Clauses that cannot both be kept: allowed and forbidden, due and forbidden, due too late, out of order, too many.
//!
//! Takes pairs of rules; gives remarks with a witness: a date, and a place inside both zones. Where an exception might make
//! room, nothing is said.

use super::ground::{Meeting, meet};
use super::people::{actors, bound, classes_meet, objects, pattern_within, shared, within};
use super::{Draft, length_ms, readings, window};
use crate::agreement::{Agreement, Reading};
use crate::calendar::Duration;
use crate::remark::{Code, Remark, Remarks, remark};
use crate::rule::{Decided, ExceptionTest, First, Kernel, OnVerdict, Pattern, Rule, Who, Window};
use crate::said::{Said, said};
use std::collections::BTreeSet;
use terms::time::HOUR_MS;
use terms::{Act, Instant, Party};

pub(super) fn check(draft: &Draft<'_>, remarks: &mut Remarks) {
    let agreement = draft.agreement;
    for rule in &agreement.rules {
        if let Some(late) = late(agreement, rule) {
            remarks.push(late);
        }
        for other in &agreement.rules {
            // One remark a pair, in the first reading that shows it.
            let in_readings = readings(agreement, rule, other).iter();
            if let Some(found) = in_readings.filter_map(|reading| clash(agreement, rule, other, reading)).next() {
                remarks.push(found);
            }
        }
    }
}

/// What a rule says that another forbids, makes impossible or counts away.
fn clash(agreement: &Agreement, rule: &Rule, other: &Rule, reading: &Reading) -> Option<Remark> {
    let mine = window(agreement, rule, reading)?;
    let its = window(agreement, other, reading)?;
    if let Kernel::Never { pattern: forbidden, present } = &other.kernel {
        let shut = (other, forbidden, its);
        return match &rule.kernel {
            Kernel::May { pattern } => allowed(agreement, reading, (rule, pattern, mine), shut),
            Kernel::By { pattern, .. } | Kernel::Between { pattern, .. } if !present => {
                due(agreement, reading, (rule, pattern, mine), shut)
            }
            Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::Never { .. }
            | Kernel::Always { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::TextOnly { .. } => None,
        };
    }
    if let Kernel::AtMost { number, pattern, per: Some(per) } = &other.kernel {
        return too_many(agreement, (rule, mine), (other, pattern, its), (*number, *per));
    }
    let Kernel::OnlyAfter { pattern, first: First::Verdict(on) } = &other.kernel else { return None };
    out_of_order(agreement, reading, (rule, mine), (other, pattern, its), on)
}

/// A duty that falls due before what it must wait for can have come.
fn out_of_order(
    agreement: &Agreement,
    reading: &Reading,
    (rule, mine): (&Rule, Window),
    (other, waits, its): Side<'_>,
    on: &OnVerdict,
) -> Option<Remark> {
    let (Kernel::By { pattern, .. } | Kernel::Between { pattern, .. }) = &rule.kernel else { return None };
    let (due, first) = (mine.until?, agreement.rule(&on.rule)?);
    let (Kernel::By { .. } | Kernel::Between { .. }) = &first.kernel else { return None };
    let opens = window(agreement, first, reading)?;
    let earliest = match on.came {
        Decided::Met => opens.from,
        Decided::Violated => opens.until?,
    };
    let meant = pattern_within(agreement, (rule, pattern), (other, waits)) && other.exceptions.is_empty();
    (meant && covers(its, mine) && earliest > due).then(|| {
        let message = said!("rule `{}` falls due before rule `{}` lets it be done", rule.id, other.id);
        let (due, earliest) = (agreement.civil(due), agreement.civil(earliest));
        let came = match on.came {
            Decided::Met => said!("met"),
            Decided::Violated => said!("violated"),
        };
        let when = said!("witness: due by {}, and `{}` cannot be {} before {}", due, on.rule, came, earliest);
        remark(Code::Contradiction, rule.span.clone(), message).because(when).fix(said!("move one of the two terms"))
    })
}

/// A duty to do more than a ceiling lets pass.
fn too_many(
    agreement: &Agreement,
    (rule, mine): (&Rule, Window),
    (other, counted, its): Side<'_>,
    (ceiling, per): (u32, Duration),
) -> Option<Remark> {
    let meant = |pattern| pattern_within(agreement, (rule, pattern), (other, counted)) && other.exceptions.is_empty();
    if let Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } = &rule.kernel {
        let (many, until) = ((*quantity)?, mine.until?);
        let short = until.ms() - mine.from.ms() <= length_ms(per) - HOUR_MS;
        let why = said!("{} are due within {}, and {} are allowed", many, per, ceiling);
        let clash = meant(pattern) && many > ceiling && short && covers(its, mine);
        return clash.then(|| counts(agreement, rule, other, until, why));
    }
    let Kernel::AtLeastOnce { every, pattern } = &rule.kernel else { return None };
    // Of the stretches that touch a span, the first and the last may lie outside in part.
    let rounds = (length_ms(per) - HOUR_MS) / length_ms(*every).max(1) - 1;
    let both = mine.span().meet(its.span())?;
    let why = said!("at least {} are due in any {}, and {} are allowed", rounds, per, ceiling);
    let clash = meant(pattern) && rounds > i64::from(ceiling) && both.length_ms() > length_ms(per);
    clash.then(|| counts(agreement, rule, other, both.earliest(), why))
}

/// Whether `outer` runs all through `inner`.
fn covers(outer: Window, inner: Window) -> bool {
    outer.from <= inner.from && outer.until.is_none_or(|end| inner.until.is_some_and(|until| until <= end))
}

fn counts(agreement: &Agreement, rule: &Rule, other: &Rule, at: Instant, why: Said) -> Remark {
    let message = said!("rule `{}` asks for more than rule `{}` allows", rule.id, other.id);
    let made = remark(Code::Contradiction, rule.span.clone(), message).because(why);
    made.because(said!("witness: {}", agreement.civil(at))).fix(said!("change one of the two numbers"))
}

type Side<'a> = (&'a Rule, &'a Pattern, Window);

/// An act that one rule allows while another forbids it.
fn allowed(
    agreement: &Agreement,
    reading: &Reading,
    (may, mine, open): Side<'_>,
    (never, its, shut): Side<'_>,
) -> Option<Remark> {
    let acts: Vec<Act> = mine.acts.intersection(&its.acts).copied().collect();
    let who = shared(actors(agreement, may, mine), actors(agreement, never, its))?;
    let same_victim = its.at == Who::Anyone || its.at == mine.at;
    let both = open.span().meet(shut.span()).filter(|both| both.length_ms() > 0)?;
    let act = *acts.first()?;
    if !same_victim || !classes_meet(agreement, mine, its) || makes_room(agreement, may, mine, never) {
        return None;
    }
    let place = place(agreement, reading, mine, its, who.as_ref())?;
    let message = said!("rule `{}` allows what rule `{}` forbids", may.id, never.id);
    let witness = witness(agreement, act, who.as_ref(), both.earliest(), &place, reading);
    let fix =
        said!("write `except LABEL: permitted by {}` under `{}`, or keep their times or zones apart", may.id, never.id);
    Some(remark(Code::Contradiction, may.span.clone(), message).because(witness).fix(fix))
}

/// Whether an exception of the prohibition lets pass what the permission allows, or might.
fn makes_room(agreement: &Agreement, may: &Rule, mine: &Pattern, never: &Rule) -> bool {
    let passes = |test: &ExceptionTest| match test {
        ExceptionTest::By(parties) => {
            let parties: BTreeSet<Party> = parties.iter().cloned().collect();
            within(actors(agreement, may, mine).as_ref(), Some(&parties))
        }
        ExceptionTest::On(class) => {
            within(objects(agreement, mine.class.as_ref()).as_ref(), objects(agreement, Some(class)).as_ref())
        }
        ExceptionTest::In(_) => true,
        ExceptionTest::After { .. } | ExceptionTest::While(_) | ExceptionTest::Permitted(_) => false,
    };
    // An exception that names the permission, with whatever conditions, was drawn up with it in mind.
    let named = ExceptionTest::Permitted(may.id.clone());
    never.exceptions.iter().any(|exception| exception.tests.contains(&named) || exception.tests.iter().all(passes))
}

/// A duty every way of doing which is forbidden for as long as it runs.
fn due(
    agreement: &Agreement,
    reading: &Reading,
    (duty, mine, open): Side<'_>,
    (never, its, shut): Side<'_>,
) -> Option<Remark> {
    let until = open.until?;
    let meant = pattern_within(agreement, (duty, mine), (never, its));
    if !meant || !never.exceptions.is_empty() || !never.released.is_empty() || !covers(shut, open) {
        return None;
    }
    let who = shared(actors(agreement, duty, mine), actors(agreement, never, its))?;
    let place = place(agreement, reading, mine, its, who.as_ref())?;
    let message = said!("rule `{}` can be kept only by breaking rule `{}`", duty.id, never.id);
    let witness = witness(agreement, *mine.acts.first()?, who.as_ref(), until, &place, reading);
    let fix = said!("end the prohibition before the duty falls due, or except the duty from it");
    Some(remark(Code::Contradiction, duty.span.clone(), message).because(witness).fix(fix))
}

/// Where both speak; `None` where no such place was found, or where sectors are asked for one by one.
fn place(agreement: &Agreement, reading: &Reading, a: &Pattern, b: &Pattern, who: Option<&Party>) -> Option<Meeting> {
    if a.sectors.is_some() || b.sectors.is_some() {
        return None;
    }
    let meeting = meet(agreement, reading, a.zone.as_ref(), b.zone.as_ref(), who);
    (!matches!(meeting, Meeting::Nowhere)).then_some(meeting)
}

fn witness(
    agreement: &Agreement,
    act: Act,
    who: Option<&Party>,
    at: Instant,
    place: &Meeting,
    reading: &Reading,
) -> Said {
    let who = who.map_or_else(|| said!("anyone"), |party| Said::name(agreement.display(party)));
    let read = if reading.id == agreement.as_written.id { said!("") } else { said!(", as `{}` reads it", reading.id) };
    said!("witness: {} by {} on {}, {}{}", act, who, agreement.civil(at), place.told(), read)
}

/// A duty that falls due after the agreement has ended.
fn late(agreement: &Agreement, rule: &Rule) -> Option<Remark> {
    let (Kernel::By { .. } | Kernel::Between { .. }, Some(ends)) = (&rule.kernel, agreement.ends) else { return None };
    let due = agreement.readings_of(rule).iter().filter_map(|reading| rule.window(reading)?.until).max()?;
    (due > ends).then(|| {
        let message = said!("rule `{}` falls due after the agreement has ended", rule.id);
        let when =
            said!("witness: due by {}, and the agreement ends at {}", agreement.civil(due), agreement.civil(ends));
        remark(Code::Contradiction, rule.span.clone(), message)
            .because(when)
            .fix(said!("end the term earlier, or move `ends`"))
    })
}

/// Rules of one party under a sentence that speaks of both.
pub(super) fn asymmetric(draft: &Draft<'_>, remarks: &mut Remarks) {
    const BOTH: [&str; 4] = ["each party shall", "neither party shall", "both parties shall", "the parties shall"];
    let agreement = draft.agreement;
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for rule in draft.judged().filter(|rule| !rule.paragraph.is_empty()) {
        let sentence = draft.text[rule.paragraph.clone()].to_lowercase();
        let Some(both) = BOTH.iter().find(|words| sentence.contains(**words)) else { continue };
        let under = || agreement.rules.iter().filter(|other| other.paragraph == rule.paragraph);
        let bound: Option<BTreeSet<Party>> = under()
            .map(|other| bound(agreement, other))
            .try_fold(BTreeSet::new(), |all, some| some.map(|some| all.into_iter().chain(some).collect()));
        let only = bound.filter(|bound| bound.len() == 1).and_then(|bound| bound.first().cloned());
        let Some(only) = only.filter(|only| agreement.binds(only) && agreement.parties.len() > 1) else { continue };
        if told.insert(rule.paragraph.start) {
            let message = said!("the text says `{}`, and its rules bind `{}` alone", both, only);
            let fix = said!("write `of each party`, or give the other party a rule of its own");
            remarks.push(remark(Code::Asymmetric, rule.span.clone(), message).fix(fix));
        }
    }
}
