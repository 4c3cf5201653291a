//! The instances of each kind of rule.
//!
//! Takes a matter and the instances of the rules that it leans on; gives one instance for each trigger, deadline,
//! forbidden fact or stretch, as `docs/agreement-semantics.md` defines them. Never gives a value without its certificate.

use crate::calendar::Duration;
use crate::fact::{Bears, Fact, Reason, Why};
use crate::held::Held;
use crate::instance::{COUNTED_NAMED, Certificate, Counted, Instance, InstanceValue, Occasion, Part, Witness};
use crate::kept::may_be_kept;
use crate::matter::{Mark, Marks, Matter, linked, number, same};
use crate::rule::{Decided, First, Kernel, OnVerdict, Pattern, Trigger};
use crate::start::{Judged, Start, by_fact, by_verdicts, starts, witness};
use crate::timeline::Piece;
use crate::turns::Turns;
use crate::verdict::{Margin, Standing};
use terms::{Instant, Label, Span};

/// A rule of rounds is judged for so many of them.
pub(crate) const STRETCHES_MOST: u32 = 20_000;

/// Before it is put under its rule, reading, bearer and footing.
struct Found {
    of: Occasion,
    value: InstanceValue,
    certain: bool,
    decided: Span,
    interest: Span,
    margin: Option<Margin>,
    certificate: Certificate,
}

/// All instances of the matter, in order of occasion.
pub(crate) fn instances(matter: &Matter<'_>, judged: &Judged) -> Vec<Instance> {
    instances_of(matter, &Held::of(matter), judged)
}

/// The same, from facts that are held already.
pub(crate) fn instances_of(matter: &Matter<'_>, held: &Held, judged: &Judged) -> Vec<Instance> {
    let mut all: Vec<Instance> =
        found(matter, held, judged).into_iter().map(|found| finish(matter, found, judged)).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

/// Whether a fact's duty was surely kept: what `instance_of_fact` would say at greater length.
pub(crate) fn surely_answered(matter: &Matter<'_>, held: &Held, fact: &Fact) -> bool {
    let Kernel::Response { trigger: Trigger::Fact { preceded: None, .. }, response, within } = &matter.rule().kernel
    else {
        return false;
    };
    let due = matter.agreement().calendar.due(fact.happened.earliest(), *within);
    let surely = |mark: &Mark| {
        let span = mark.fact.happened;
        mark.sure && span.earliest() >= fact.happened.latest() && span.latest() <= due && !same(&mark.fact, fact)
    };
    if response.about_it {
        return matter.roll.linked(fact).any(|other| held.answers.get(other.happened, &other.id).is_some_and(surely));
    }
    let during = Span::new(fact.happened.latest(), due);
    during.is_some_and(|during| held.answers.touching(during).any(surely))
}

/// The instance of one fact, for kinds that have one for each and lean on nothing else.
pub(crate) fn instance_of_fact(matter: &Matter<'_>, held: &Held, mark: &Mark) -> Option<Instance> {
    let found = of_fact(matter, held, mark)?;
    Some(finish(matter, found, &Judged::new()))
}

fn found(matter: &Matter<'_>, held: &Held, judged: &Judged) -> Vec<Found> {
    match &matter.rule().kernel {
        Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => {
            by(matter, held, pattern, *quantity)
        }
        Kernel::Always { state } => always(matter, state),
        Kernel::AtLeastOnce { every, pattern } => at_least_once(matter, held, *every, pattern),
        Kernel::Response { trigger: trigger @ (Trigger::Verdict(_) | Trigger::Quiet { .. }), response, within } => {
            let held = Held::answering(matter, response);
            let starts = starts(matter, trigger, judged).into_iter();
            starts.map(|start| answered(matter, start, response, *within, &held)).collect()
        }
        Kernel::OnlyAfter { pattern: _, first: First::Verdict(on) } => only_after_verdict(matter, held, on, judged),
        Kernel::Never { .. }
        | Kernel::AtMost { .. }
        | Kernel::Response { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => held.subjects.iter().filter_map(|mark| of_fact(matter, held, mark)).collect(),
    }
}

/// What comes of one fact in the kinds that have one instance for each.
fn of_fact(matter: &Matter<'_>, held: &Held, mark: &Mark) -> Option<Found> {
    match &matter.rule().kernel {
        Kernel::Never { .. } => Some(never(matter, mark)),
        Kernel::AtMost { number, per: Some(per), .. } => at_most_per(matter, held, mark, *number, *per),
        Kernel::AtMost { number, per: None, .. } => at_most_present(matter, mark, *number),
        Kernel::OnlyAfter { first: First::Fact(first), .. } => Some(only_after_fact(matter, held, mark, first)),
        Kernel::Response { trigger: Trigger::Fact { preceded, .. }, response, within } => {
            let start = by_fact(matter, mark, preceded.as_ref(), &held.before)?;
            Some(answered(matter, start, response, *within, held))
        }
        Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::Response { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => None,
    }
}

/// What a release makes of it, and whether it may still change.
fn finish(matter: &Matter<'_>, mut found: Found, judged: &Judged) -> Instance {
    if found.value == InstanceValue::Violated {
        release(matter, &mut found, judged);
    }
    Instance {
        key: matter.key(found.of),
        value: found.value,
        certain: found.certain,
        standing: standing(matter, found.interest.latest()),
        decided: found.decided,
        interest: found.interest,
        version: 1,
        margin: found.margin,
        certificate: found.certificate,
    }
}

fn release(matter: &Matter<'_>, found: &mut Found, judged: &Judged) {
    for release in &matter.rule().released {
        let on = OnVerdict { rule: release.rule.clone(), came: Decided::Violated, by: release.by.clone(), times: None };
        let breaches = by_verdicts(matter, &on, judged);
        let freed = breaches.iter().find(|start| start.sure && start.span.latest() < found.decided.earliest());
        let perhaps = breaches.iter().find(|start| start.span.earliest() < found.decided.latest());
        let Some(start) = freed.or(perhaps) else { continue };
        found.interest = Span::new(found.interest.earliest().min(start.since), found.interest.latest())
            .expect("invariant: an earlier beginning");
        found.certificate.witnesses.extend(start.witnesses.iter().map(|w| Witness { part: Part::Excuse, ..w.clone() }));
        let label = Label::new("released").expect("invariant: a label");
        let (value, word) =
            if freed.is_some() { (InstanceValue::Excused, "was") } else { (InstanceValue::Unknown, "may have been") };
        let text = format!("a breach of `{}` {word} decided before it", release.rule);
        found.value = value;
        let reason = Reason::new(Why::Exception, text);
        if value == InstanceValue::Unknown {
            found.certificate.reasons.push(reason.clone());
        }
        found.certificate.exceptions.push((label, reason));
        if value == InstanceValue::Excused {
            return;
        }
    }
}

fn standing(matter: &Matter<'_>, last: Instant) -> Standing {
    let closes = matter.agreement().calendar.due(last, matter.rule().final_after);
    if matter.at <= last {
        Standing::Open
    } else if matter.known_until() >= closes && matter.at >= closes {
        Standing::Final
    } else {
        Standing::Provisional
    }
}

fn from_earliest(latest: Instant) -> Span {
    Span::new(Instant::EARLIEST, latest).expect("invariant: nothing is before the earliest instant")
}

/// The span that may change what is said of one fact: its own, and what its exceptions look back at.
fn interest_of(matter: &Matter<'_>, fact: &Fact) -> Span {
    use crate::rule::ExceptionTest;
    let tests = matter.rule().exceptions.iter().flat_map(|exception| &exception.tests);
    let from = tests.map(|test| match test {
        ExceptionTest::After { within, .. } => matter.agreement().calendar.before(fact.happened.earliest(), *within),
        ExceptionTest::While(_) => Instant::EARLIEST,
        ExceptionTest::By(_) | ExceptionTest::In(_) | ExceptionTest::On(_) | ExceptionTest::Permitted(_) => {
            fact.happened.earliest()
        }
    });
    let from = from.fold(fact.happened.earliest(), Instant::min);
    Span::new(from, fact.happened.latest()).expect("invariant: looking back is earlier")
}

fn excused(matter: &Matter<'_>, reason: Option<&Reason>) -> Vec<(Label, Reason)> {
    let Some(reason) = reason else { return Vec::new() };
    let named =
        matter.rule().exceptions.iter().find(|exception| reason.text.contains(&format!("`{}`", exception.label)));
    named.map(|exception| (exception.label.clone(), reason.clone())).into_iter().collect()
}

/// The exceptions that were tried and do not apply.
fn tried(matter: &Matter<'_>) -> Vec<(Label, Reason)> {
    let exceptions = matter.rule().exceptions.iter();
    exceptions.map(|e| (e.label.clone(), Reason::new(Why::Exception, "it does not apply"))).collect()
}

/// One fact held against a prohibition.
fn forbidden(matter: &Matter<'_>, mark: &Mark, value: InstanceValue, part: Part) -> Found {
    let fact = &mark.fact;
    let after_start = fact.happened.earliest().ms() - matter.window.from.ms();
    let exceptions = match value {
        InstanceValue::Violated => tried(matter),
        InstanceValue::Excused => excused(matter, mark.excused()),
        InstanceValue::Met | InstanceValue::Unknown | InstanceValue::Void => Vec::new(),
    };
    Found {
        of: Occasion::Fact(fact.id.clone()),
        value,
        certain: mark.sure,
        decided: fact.happened,
        interest: interest_of(matter, fact),
        margin: (*mark.bears() == Bears::Falls).then_some(Margin::AfterStart(after_start)),
        certificate: Certificate {
            witnesses: vec![witness(fact, part)],
            exceptions,
            counted: None,
            absence: None,
            reasons: mark.doubts(matter.rule().standard),
        },
    }
}

fn never(matter: &Matter<'_>, mark: &Mark) -> Found {
    let value = match (mark.bears(), mark.sure) {
        (Bears::Outside(_), _) => InstanceValue::Excused,
        (_, true) => InstanceValue::Violated,
        (Bears::Falls | Bears::Undetermined(_), false) => InstanceValue::Unknown,
    };
    forbidden(matter, mark, value, Part::Act)
}

fn at_most_present(matter: &Matter<'_>, mark: &Mark, ceiling: u32) -> Option<Found> {
    let ceiling = u64::from(ceiling);
    let (least, most) = number(mark.fact.count, None);
    let (least, most) = (u64::from(least), most.map(u64::from));
    let perhaps = most.is_none_or(|most| most > ceiling);
    let value = if mark.excused().is_some() {
        perhaps.then_some(InstanceValue::Excused)?
    } else if mark.sure && least > ceiling {
        InstanceValue::Violated
    } else {
        perhaps.then_some(InstanceValue::Unknown)?
    };
    let mut found = forbidden(matter, mark, value, Part::Counted);
    if value == InstanceValue::Unknown && mark.sure {
        let text = format!("{} says at least {least}, and the ceiling is {ceiling}", mark.fact.id);
        found.certificate.reasons.push(Reason::new(Why::Kind, text));
    }
    Some(found)
}

fn at_most_per(matter: &Matter<'_>, held: &Held, mark: &Mark, ceiling: u32, per: Duration) -> Option<Found> {
    if mark.excused().is_some() {
        return None;
    }
    let ceiling = u64::from(ceiling);
    let calendar = &matter.agreement().calendar;
    let happened = mark.fact.happened;
    let (first, last) = (calendar.before(happened.earliest(), per), calendar.before(happened.latest(), per));
    let stretch = Span::new(first, happened.latest()).expect("invariant: before is before");
    // By whole blocks, since a stretch may hold thousands.
    let (mut least, mut most, mut sure, mut near) = (0, Some(0), Vec::new(), Vec::new());
    let surely = Span::new(last, happened.earliest());
    held.subjects.visit(stretch, surely, |piece| match piece {
        Piece::Many(marks, numbers) => {
            least += numbers.least;
            most = most.zip(numbers.most).map(|(most, more)| most + more);
            sure.push(marks);
            near.push(marks);
        }
        Piece::One(_, other) if other.excused().is_some() => {}
        Piece::One(span, other) => {
            let (at_least, at_most) = other.number();
            most = most.zip(at_most).map(|(most, more)| most + more);
            let one = std::slice::from_ref(other);
            let inside = span.latest() <= happened.earliest() && span.earliest() >= last;
            if other.sure && (inside || same(&other.fact, &mark.fact)) {
                least += at_least;
                sure.push(one);
            }
            near.push(one);
        }
    });
    let value = if mark.sure && least > ceiling {
        InstanceValue::Violated
    } else if most.is_none_or(|most| most > ceiling) {
        InstanceValue::Unknown
    } else {
        return None;
    };
    let mut found = forbidden(matter, mark, value, Part::Counted);
    let all = if value == InstanceValue::Violated { sure } else { near };
    if value == InstanceValue::Unknown {
        let text = format!("surely {least} in {per}, perhaps more than {ceiling}");
        found.certificate.reasons.push(Reason::new(Why::Kind, text));
    }
    let facts = all.iter().map(|marks| marks.len()).sum::<usize>();
    let facts = u32::try_from(facts).unwrap_or(u32::MAX);
    found.certificate.counted = Some(Counted { during: stretch, facts, least, most });
    let last_first = all.iter().rev().flat_map(|marks| marks.iter().rev());
    let named = last_first.take(COUNTED_NAMED).filter(|other| !same(&other.fact, &mark.fact));
    found.certificate.witnesses.reserve_exact(COUNTED_NAMED);
    found.certificate.witnesses.extend(named.map(|other| witness(&other.fact, Part::Counted)));
    found.certificate.witnesses.sort_unstable();
    found.interest = Span::new(found.interest.earliest().min(first), happened.latest())
        .expect("invariant: a stretch ends with its fact");
    Some(found)
}

fn only_after_fact(matter: &Matter<'_>, held: &Held, mark: &Mark, first: &Pattern) -> Found {
    let happened = mark.fact.happened;
    let link = |q: &Mark| if first.about_it { linked(&q.fact, &mark.fact) } else { Bears::Falls };
    let until = |q: &&Mark| q.fact.happened.earliest() <= happened.latest();
    let early = || held.before.iter().take_while(until).filter(|q| !same(&q.fact, &mark.fact));
    let surely = |q: &&Mark| q.sure && q.fact.happened.latest() <= happened.earliest() && link(q) == Bears::Falls;
    let came = early().find(surely).map(|q| (&*q.fact, true));
    let perhaps = || early().find(|q| !matches!(link(q), Bears::Outside(_))).map(|q| (&*q.fact, false));
    first_came(matter, mark, came.or_else(perhaps), first, &held.before)
}

/// A fact that had to wait, and what it waited for: surely or possibly come, or not.
fn first_came(matter: &Matter<'_>, mark: &Mark, came: Option<(&Fact, bool)>, first: &Pattern, before: &Marks) -> Found {
    let happened = mark.fact.happened;
    let since = Span::new(matter.window.from, happened.latest()).unwrap_or(Span::at(happened.latest()));
    let unseen = || matter.unseen(first, since);
    let (value, reason) = match came {
        Some((_, true)) => (InstanceValue::Met, None),
        Some(_) | None if mark.excused().is_some() => (InstanceValue::Excused, None),
        Some((fact, false)) => {
            let text = format!("whether {} came first is not sure", fact.id);
            (InstanceValue::Unknown, Some(Reason::new(Why::Time, text)))
        }
        None if !mark.sure => (InstanceValue::Unknown, None),
        None => unseen().map_or((InstanceValue::Violated, None), |reason| (InstanceValue::Unknown, Some(reason))),
    };
    let mut found = forbidden(matter, mark, value, Part::Act);
    if let Some((fact, _)) = came {
        found.certificate.witnesses.push(witness(fact, Part::Before));
    } else if value == InstanceValue::Violated {
        found.certificate.absence = Some(matter.absence(first, since, &before.around(since)));
    }
    found.certificate.reasons.extend(reason);
    found.interest = from_earliest(happened.latest());
    found
}

fn only_after_verdict(matter: &Matter<'_>, held: &Held, on: &OnVerdict, judged: &Judged) -> Vec<Found> {
    let outcomes = by_verdicts(matter, on, judged);
    let found = |mark: &Mark| {
        let happened = mark.fact.happened;
        let sure = outcomes.iter().find(|start| start.sure && start.span.latest() <= happened.earliest());
        let perhaps = outcomes.iter().find(|start| start.span.earliest() <= happened.latest());
        let kept = || may_be_kept(matter, on, judged, happened);
        let (value, reason) = match (sure, perhaps) {
            (Some(_), _) => (InstanceValue::Met, None),
            (None, _) if mark.excused().is_some() => (InstanceValue::Excused, None),
            (None, None) if mark.sure => {
                kept().map_or((InstanceValue::Violated, None), |reason| (InstanceValue::Unknown, Some(reason)))
            }
            (None, Some(_) | None) => (InstanceValue::Unknown, None),
        };
        let mut found = forbidden(matter, mark, value, Part::Act);
        found.certificate.reasons.extend(reason);
        if let Some(start) = sure.or(perhaps) {
            let came = start.witnesses.iter().map(|w| Witness { part: Part::Before, ..w.clone() });
            found.certificate.witnesses.extend(came);
            if value == InstanceValue::Unknown {
                found.certificate.reasons.extend(start.doubts.iter().cloned());
            }
        }
        found.interest = from_earliest(happened.latest());
        found
    };
    held.subjects.iter().map(found).collect()
}

fn by(matter: &Matter<'_>, held: &Held, pattern: &Pattern, quantity: Option<u32>) -> Vec<Found> {
    let window = matter.test.window;
    let due = window.latest();
    if matter.at < window.earliest() || matches!(matter.in_force(Span::at(due)), Bears::Outside(_)) {
        return Vec::new();
    }
    let marks: Vec<&Mark> = held.subjects.iter().filter(|mark| mark.excused().is_none()).collect();
    let needed = u64::from(quantity.unwrap_or(1));
    let count = |mark: &Mark| if quantity.is_some() { mark.number() } else { (1, Some(1)) };
    let mut sure: Vec<&Mark> = marks.iter().copied().filter(|mark| mark.sure).collect();
    sure.sort_by_key(|mark| (mark.fact.happened.latest(), mark.fact.happened, &mark.fact.id));
    let (mut sum, mut used) = (0, Vec::new());
    for mark in &sure {
        if sum < needed {
            sum += count(mark).0;
            used.push(*mark);
        }
    }
    let mut found = deadline(matter, Occasion::Clause, window, marks.iter().copied());
    found.decided = Span::at(due);
    if let Some(last) = used.last().filter(|_| sum >= needed) {
        found.value = InstanceValue::Met;
        found.decided = last.fact.happened;
        found.margin = Some(Margin::InHand(due.ms() - last.fact.happened.latest().ms()));
        found.certificate.witnesses = used.iter().map(|mark| witness(&mark.fact, Part::Answer)).collect();
        return vec![found];
    }
    let most: Option<u64> = marks.iter().map(|mark| count(mark).1).sum();
    let enough = most.is_none_or(|most| most >= needed);
    let near: Vec<&Mark> = if enough { marks } else { Vec::new() };
    missed(matter, &mut found, pattern, window, &near, &held.answers.around(window));
    if enough && quantity.is_some() {
        let most = most.map_or("any number".to_owned(), |most| most.to_string());
        let text = format!("{needed} are asked for; surely {sum} were done in time, and perhaps {most}");
        found.certificate.reasons.retain(|reason| reason.why != Why::Time);
        found.certificate.reasons.push(Reason::new(Why::Kind, text));
    }
    vec![found]
}

/// A duty that may be kept until the end of a span, with nothing said of it yet.
fn deadline<'m>(matter: &Matter<'_>, of: Occasion, span: Span, marks: impl Iterator<Item = &'m Mark>) -> Found {
    let longest = marks.map(|mark| interest_of(matter, &mark.fact).earliest());
    let from = longest.fold(span.earliest(), Instant::min);
    Found {
        of,
        value: InstanceValue::Unknown,
        certain: true,
        decided: Span::at(span.latest()),
        interest: Span::new(from, span.latest()).expect("invariant: an earlier beginning"),
        margin: None,
        certificate: Certificate::default(),
    }
}

/// No sure answer: a breach if none of `near` may be one, the time is past, and it could not have gone unseen.
fn missed(
    matter: &Matter<'_>,
    found: &mut Found,
    pattern: &Pattern,
    during: Span,
    near: &[&Mark],
    looked_at: &[&Mark],
) {
    let due = during.latest();
    if !near.is_empty() {
        let mut reasons: Vec<Reason> = near.iter().flat_map(|mark| mark.doubts(matter.rule().standard)).collect();
        if reasons.is_empty() {
            reasons.push(Reason::new(Why::Time, "whether it was done in time is not sure"));
        }
        reasons.sort();
        reasons.dedup();
        found.certificate.reasons = reasons;
        found.certificate.witnesses.extend(near.iter().map(|mark| witness(&mark.fact, Part::Answer)));
        return;
    }
    if matter.at <= due {
        let text = format!("due by {}", matter.agreement().civil(due));
        found.certificate.reasons.push(Reason::new(Why::Time, text));
    } else if let Some(reason) = matter.unseen(pattern, during) {
        found.certificate.reasons.push(reason);
    } else {
        found.value = InstanceValue::Violated;
        found.margin = Some(Margin::Late(matter.at.ms() - due.ms()));
    }
    let absence = matter.absence(pattern, during, looked_at);
    // What was done at last is late by so much and no more; what belongs to the next round is not late for this one.
    let of_one_round = !matches!(matter.rule().kernel, Kernel::AtLeastOnce { .. });
    let late = absence.nearest.as_ref().filter(|(_, ms)| *ms > 0 && due.shifted(*ms) <= matter.at);
    if let Some((_, late)) = late.filter(|_| of_one_round) {
        found.margin = found.margin.map(|_| Margin::Late(*late));
    }
    found.certificate.absence = Some(absence);
}

fn at_least_once(matter: &Matter<'_>, held: &Held, every: Duration, pattern: &Pattern) -> Vec<Found> {
    let (from, until) = (matter.window.from, matter.test.window.latest());
    let calendar = &matter.agreement().calendar;
    let mut out = Vec::new();
    for nth in 0..=STRETCHES_MOST {
        let (begins, ends) = (calendar.due_times(from, every, nth), calendar.due_times(from, every, nth + 1));
        if ends > until || begins > matter.at || begins == ends {
            break;
        }
        let stretch = Span::new(begins, ends).expect("invariant: a stretch ends after it begins");
        let mut found = deadline(matter, Occasion::Stretch(nth), stretch, std::iter::empty());
        if nth == STRETCHES_MOST {
            let text = format!("more than {STRETCHES_MOST} stretches are not judged; use a longer one");
            found.certificate.reasons.push(Reason::new(Why::Text, text));
            out.push(found);
            break;
        }
        if matches!(matter.in_force(stretch), Bears::Outside(_)) {
            continue;
        }
        let near = || held.subjects.touching(stretch).filter(|mark| mark.excused().is_none());
        let kept = near().filter(|mark| mark.sure && stretch.holds(mark.fact.happened));
        if let Some(mark) = kept.min_by_key(|mark| (mark.fact.happened.latest(), mark.fact.happened, &mark.fact.id)) {
            found.value = InstanceValue::Met;
            found.decided = mark.fact.happened;
            found.margin = Some(Margin::InHand(ends.ms() - mark.fact.happened.latest().ms()));
            found.certificate.witnesses.push(witness(&mark.fact, Part::Answer));
        } else {
            missed(matter, &mut found, pattern, stretch, &near().collect::<Vec<_>>(), &held.answers.around(stretch));
        }
        out.push(found);
    }
    out
}

/// The instances of a response rule, each with the span in which its duty started.
pub(crate) fn responses_with_starts(matter: &Matter<'_>, judged: &Judged) -> Vec<(Span, Instance)> {
    let Kernel::Response { trigger, response, within } = &matter.rule().kernel else { return Vec::new() };
    let held = Held::answering(matter, response);
    let run = |start: Start| {
        let span = start.span;
        (span, finish(matter, answered(matter, start, response, *within, &held), judged))
    };
    starts(matter, trigger, judged).into_iter().map(run).collect()
}

fn answered(matter: &Matter<'_>, start: Start, response: &Pattern, within: Duration, held: &Held) -> Found {
    let calendar = &matter.agreement().calendar;
    let (due_first, due) = (calendar.due(start.span.earliest(), within), calendar.due(start.span.latest(), within));
    let during = Span::new(start.span.earliest(), due).expect("invariant: a term ends after it begins");
    // An answer about its trigger is found by name, not by looking through all of that time.
    let about = start.fact.as_deref().filter(|_| response.about_it);
    let mut near: Vec<&Mark> = match about {
        None => held.answers.touching(during).collect(),
        Some(fact) => {
            let loose = held.loose.touching(during).filter(|_| fact.about.is_none());
            held.meant_for(matter, fact).filter(|mark| mark.fact.happened.meet(during).is_some()).chain(loose).collect()
        }
    };
    near.retain(|mark| start.fact.as_deref().is_none_or(|fact| !same(&mark.fact, fact)));
    let link = |mark: &Mark| about.map_or(Bears::Falls, |fact| linked(&mark.fact, fact));
    let surely = |mark: &&Mark| {
        let span = mark.fact.happened;
        let in_time = span.earliest() >= start.span.latest() && span.latest() <= due_first;
        mark.sure && in_time && link(mark) == Bears::Falls
    };
    let mut found = Found {
        of: start.of,
        value: InstanceValue::Unknown,
        certain: true,
        decided: Span::at(due),
        interest: Span::new(start.since.min(start.span.earliest()), due)
            .expect("invariant: a term ends after it begins"),
        margin: None,
        certificate: Certificate { witnesses: start.witnesses, ..Certificate::default() },
    };
    if let Some(reason) = &start.excused {
        found.value = InstanceValue::Excused;
        found.certificate.exceptions = excused(matter, Some(reason));
        return found;
    }
    let answer = near
        .iter()
        .copied()
        .filter(surely)
        .min_by_key(|mark| (mark.fact.happened.latest(), mark.fact.happened, &mark.fact.id));
    if !start.sure {
        found.certain = false;
        found.certificate.reasons = start.doubts;
        return found;
    }
    if let Some(mark) = answer {
        found.value = InstanceValue::Met;
        found.decided = mark.fact.happened;
        found.margin = Some(Margin::InHand(due.ms() - mark.fact.happened.latest().ms()));
        found.certificate.witnesses.push(witness(&mark.fact, Part::Answer));
        return found;
    }
    near.sort_by_key(|mark| (mark.fact.happened, &mark.fact.id));
    let looked_at = match about {
        None => held.answers.around(during),
        Some(fact) => held.meant_for(matter, fact).collect(),
    };
    missed(matter, &mut found, response, during, &near, &looked_at);
    if found.value == InstanceValue::Violated {
        found.certificate.exceptions = tried(matter);
    }
    found
}

fn always(matter: &Matter<'_>, state: &Label) -> Vec<Found> {
    let Some(passed) = matter.passed() else { return Vec::new() };
    let turns = Turns::of(&matter.test, state, matter.bearer, matter.facts);
    let mut edges: Vec<Instant> = vec![passed.earliest(), passed.latest().shifted(1)];
    for turn in turns.iter() {
        edges.extend([turn.span.earliest(), turn.span.latest()]);
    }
    for off in matter.suspended {
        edges.extend([off.earliest(), off.latest().shifted(1)]);
    }
    edges.retain(|edge| *edge >= passed.earliest() && *edge <= passed.latest().shifted(1));
    edges.sort_unstable();
    edges.dedup();
    // Neighbouring pieces in which it does not surely hold make one instance.
    let mut lapses: Vec<(Span, Option<Instant>)> = Vec::new();
    for pair in edges.windows(2) {
        let piece = Span::new(pair[0], pair[1].shifted(-1)).expect("invariant: edges differ");
        if matches!(matter.in_force(piece), Bears::Outside(_)) {
            continue;
        }
        let held = turns.held(piece);
        let broken = (held == Some(false)).then_some(piece.earliest());
        match lapses.last_mut() {
            _ if held == Some(true) => {}
            Some((span, surely)) if span.latest().shifted(1) == piece.earliest() => {
                *span = span.join(piece);
                *surely = surely.or(broken);
            }
            Some(_) | None => lapses.push((piece, broken)),
        }
    }
    lapses.into_iter().map(|(span, broken)| lapse(matter, &turns, span, broken)).collect()
}

/// A span in which a condition did not surely hold; `surely`: since when it surely did not.
fn lapse(matter: &Matter<'_>, turns: &Turns, span: Span, surely: Option<Instant>) -> Found {
    let broken = surely.is_some();
    let began =
        turns.iter().filter(|turn| !turn.begins && turn.span.earliest() == span.earliest()).map(|turn| &turn.fact);
    let of = began.min().map_or(Occasion::Clause, |fact| Occasion::Fact(fact.clone()));
    let part_of = |turn: &&crate::turns::Turn| turn.span.meet(span).is_some();
    let last_before = turns.iter().rfind(|turn| turn.sure && turn.span.latest() < span.earliest());
    let mut witnesses: Vec<Witness> = turns
        .iter()
        .filter(part_of)
        .chain(last_before)
        .map(|turn| Witness { fact: turn.fact.clone(), revision: turn.revision, part: Part::Turn })
        .collect();
    witnesses.sort();
    witnesses.dedup();
    let value = if broken { InstanceValue::Violated } else { InstanceValue::Unknown };
    let reasons = match broken {
        true => Vec::new(),
        false => vec![Reason::new(Why::Time, "whether the condition held is not known")],
    };
    Found {
        of,
        value,
        certain: true,
        decided: Span::new(span.earliest(), surely.unwrap_or(span.latest())).expect("invariant: inside the span"),
        interest: from_earliest(span.latest()),
        margin: broken.then_some(Margin::AfterStart(span.earliest().ms() - matter.window.from.ms())),
        certificate: Certificate { witnesses, reasons, ..Certificate::default() },
    }
}
