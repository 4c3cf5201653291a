//! What starts a duty: a fact, an outcome of another rule, a quiet.
//!
//! Takes a matter and the instances of the rules that it leans on; gives the starts in order of time, each sure or only
//! possible. Never starts anything on an outcome that lies in the future.

use crate::calendar::Duration;
use crate::fact::{Bears, Fact, Reason, Why};
use crate::instance::{Instance, InstanceValue, Occasion, Part, Witness};
use crate::matter::{Mark, Marks, Matter, linked, same};
use crate::rule::{Bearer, Decided, Kernel, OnVerdict, Pattern, Trigger, Who};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Act, Instant, Label, Party, Span};

/// Something that starts a duty.
pub(crate) struct Start {
    pub(crate) of: Occasion,
    pub(crate) span: Span,
    pub(crate) sure: bool,
    /// The exception that keeps it from starting anything.
    pub(crate) excused: Option<Reason>,
    pub(crate) doubts: Vec<Reason>,
    pub(crate) witnesses: Vec<Witness>,
    /// The fact, where it is one.
    pub(crate) fact: Option<Arc<Fact>>,
    /// Nothing before this changes it.
    pub(crate) since: Instant,
}

/// The instances of every rule that was judged already.
pub(crate) type Judged = BTreeMap<Label, Vec<Instance>>;

pub(crate) fn starts(matter: &Matter<'_>, trigger: &Trigger, judged: &Judged) -> Vec<Start> {
    match trigger {
        Trigger::Fact { pattern, preceded } => by_facts(matter, pattern, preceded.as_ref()),
        Trigger::Verdict(on) => {
            let mut starts = by_verdicts(matter, on, judged);
            starts.retain_mut(|start| inside(matter, start));
            starts
        }
        Trigger::Quiet { length, without, verified_by } => {
            let mut starts = by_quiet(matter, *length, without, verified_by.as_ref());
            starts.retain_mut(|start| inside(matter, start));
            starts
        }
    }
}

/// Keeps a start that lies in the window while the rule is in force; a doubt makes it a possible one.
fn inside(matter: &Matter<'_>, start: &mut Start) -> bool {
    let window = matter.test.window;
    if window.meet(start.span).is_none() {
        return false;
    }
    if !window.holds(start.span) {
        start.sure = false;
        start.doubts.push(Reason::new(Why::Time, "it may have come outside the time of the clause"));
    }
    match matter.in_force(start.span) {
        Bears::Outside(_) => return false,
        Bears::Falls => {}
        Bears::Undetermined(reasons) => {
            start.sure = false;
            start.doubts.extend(reasons);
        }
    }
    true
}

fn by_facts(matter: &Matter<'_>, pattern: &Pattern, preceded: Option<&(Pattern, Duration)>) -> Vec<Start> {
    let before = preceded.map(|(before, _)| matter.answers(before)).unwrap_or_default();
    matter.subjects(pattern).iter().filter_map(|mark| by_fact(matter, mark, preceded, &before)).collect()
}

/// The start that a fact is; `before` holds what may have preceded it.
pub(crate) fn by_fact(
    matter: &Matter<'_>,
    mark: &Mark,
    preceded: Option<&(Pattern, Duration)>,
    before: &Marks,
) -> Option<Start> {
    let happened = mark.fact.happened;
    let mut start = Start {
        of: Occasion::Fact(mark.fact.id.clone()),
        span: happened,
        sure: mark.sure,
        excused: mark.excused().cloned(),
        doubts: mark.doubts(matter.rule().standard),
        witnesses: vec![witness(&mark.fact, Part::Trigger)],
        fact: Some(Arc::clone(&mark.fact)),
        since: happened.earliest(),
    };
    let Some((pattern, within)) = preceded else { return Some(start) };
    let calendar = &matter.agreement().calendar;
    let (first, last) = (calendar.before(happened.earliest(), *within), calendar.before(happened.latest(), *within));
    let possible = Span::new(first, happened.latest()).expect("invariant: before is before");
    start.since = first;
    let link = |q: &Mark| if pattern.about_it { linked(&q.fact, &mark.fact) } else { Bears::Falls };
    let near = || {
        let others = before.touching(possible).filter(|q| !same(&q.fact, &mark.fact));
        others.filter(|q| !matches!(link(q), Bears::Outside(_)))
    };
    let surely = |q: &&Mark| {
        let span = q.fact.happened;
        let in_time = span.latest() <= happened.earliest() && span.earliest() >= last;
        q.sure && in_time && link(q) == Bears::Falls
    };
    if let Some(q) = near().find(surely) {
        start.witnesses.push(witness(&q.fact, Part::Before));
        return Some(start);
    }
    let q = near().next()?;
    start.sure = false;
    start.doubts.push(Reason::new(Why::Time, format!("whether {} came before it in time is not sure", q.fact.id)));
    Some(start)
}

pub(crate) fn witness(fact: &Fact, part: Part) -> Witness {
    Witness { fact: fact.id.clone(), revision: fact.revision, part }
}

/// Every decided instance of the rule that it asks for; with `N times`, those that complete such a number.
pub(crate) fn by_verdicts(matter: &Matter<'_>, on: &OnVerdict, judged: &Judged) -> Vec<Start> {
    let mut single: Vec<Start> = outcomes(matter, on, judged).map(|(instance, sure)| outcome(instance, sure)).collect();
    single.sort_by(|a, b| (a.span, &a.of).cmp(&(b.span, &b.of)));
    match on.times {
        None => single,
        Some((times, within)) => counted(matter, single, times, within),
    }
}

/// The instances that came out as asked, surely or possibly, and not in the future.
fn outcomes<'j>(matter: &Matter<'_>, on: &OnVerdict, judged: &'j Judged) -> impl Iterator<Item = (&'j Instance, bool)> {
    let at = matter.at;
    theirs(matter, on, judged).filter(move |(instance, _)| instance.decided.earliest() <= at)
}

/// The instances of those who are meant that came out, or may come out, as asked.
pub(crate) fn theirs<'j>(
    matter: &Matter<'_>,
    on: &OnVerdict,
    judged: &'j Judged,
) -> impl Iterator<Item = (&'j Instance, bool)> {
    let agreement = matter.agreement();
    let rule = agreement.rule(&on.rule).expect("invariant: a checked rule leans on checked rules");
    // "Whoever it was" stands for all where there is such an instance.
    let whoever = has_whoever(&rule.kernel) && rule.bearer == Bearer::EachParty;
    let reading = rule.depends_on_reading.then(|| matter.test.reading.id.clone());
    let (ours, owed, footing) = (matter.bearer.cloned(), matter.test.owed.cloned(), matter.footing);
    let (by, came) = (on.by.clone(), on.came);
    let binds = move |party: &Party| agreement.binds(party);
    judged.get(&on.rule).into_iter().flatten().filter_map(move |instance| {
        let key = &instance.key;
        let whose = match (&by, &key.bearer) {
            (Who::Anyone | Who::EveryParty, bearer) => bearer.is_none() || !whoever,
            (Who::Bearer, bearer) if ours.is_none() => bearer.is_none() || !whoever,
            (Who::Bearer, bearer) => *bearer == ours,
            (Who::Other, Some(bearer)) => binds(bearer) && Some(bearer) != ours.as_ref(),
            (Who::Owed, Some(bearer)) => owed.as_ref().is_none_or(|owed| owed == bearer),
            (Who::Named(party), Some(bearer)) => bearer == party,
            (Who::Other | Who::Owed | Who::Named(_), None) => false,
        };
        let sure = match (instance.value, came) {
            (InstanceValue::Violated, Decided::Violated) | (InstanceValue::Met, Decided::Met) => true,
            (InstanceValue::Unknown, _) => false,
            (InstanceValue::Met, Decided::Violated)
            | (InstanceValue::Violated, Decided::Met)
            | (InstanceValue::Void | InstanceValue::Excused, _) => return None,
        };
        (whose && key.reading == reading && key.footing == footing).then_some((instance, sure))
    })
}

/// Whether a kind has instances for "one of those bound, whoever it was".
pub(crate) fn has_whoever(kernel: &Kernel) -> bool {
    match kernel {
        Kernel::Never { .. } | Kernel::AtMost { per: None, .. } => true,
        Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::Response { .. }
        | Kernel::AtMost { per: Some(_), .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => false,
    }
}

fn outcome(instance: &Instance, sure: bool) -> Start {
    let doubts = if sure {
        Vec::new()
    } else {
        vec![Reason::new(Why::Text, format!("how `{}` came out is not known", instance.key))]
    };
    let key = &instance.key;
    Start {
        of: Occasion::Verdict(key.to_string()),
        span: instance.decided,
        sure,
        excused: None,
        doubts,
        witnesses: instance.certificate.witnesses.clone(),
        fact: None,
        since: instance.interest.earliest(),
    }
}

/// The starts that complete a number within a length of time; the count begins anew after each.
fn counted(matter: &Matter<'_>, single: Vec<Start>, times: u32, within: Duration) -> Vec<Start> {
    let calendar = &matter.agreement().calendar;
    let surely = |first: Span, last: Span| last.latest() <= calendar.due(first.earliest(), within);
    let possibly = |first: Span, last: Span| last.earliest() <= calendar.due(first.latest(), within);
    let sure: Vec<usize> = (0..single.len()).filter(|at| single[*at].sure).collect();
    let every: Vec<usize> = (0..single.len()).collect();
    let certain = closings(&single, &sure, times, surely);
    let perhaps = closings(&single, &every, times, possibly);
    let mut single: Vec<Option<Start>> = single.into_iter().map(Some).collect();
    let mut out = Vec::new();
    for (at, members) in certain.iter().chain(perhaps.iter().filter(|(at, _)| !certain.contains_key(at))) {
        let sure = certain.contains_key(at);
        let mut witnesses = Vec::new();
        for member in members {
            if let Some(start) = &single[*member] {
                witnesses.extend(start.witnesses.iter().cloned());
            }
        }
        let since = members.iter().filter_map(|member| single[*member].as_ref()).map(|start| start.since).min();
        out.push((*at, sure, witnesses, since));
    }
    out.sort_by_key(|(at, ..)| *at);
    out.into_iter()
        .filter_map(|(at, sure, witnesses, since)| {
            let mut start = single[at].take()?;
            start.since = since.unwrap_or(start.since);
            start.witnesses = witnesses;
            start.witnesses.sort();
            start.witnesses.dedup();
            if !sure {
                start.sure = false;
                start.doubts.push(Reason::new(Why::Text, format!("whether that makes {times} times is not known")));
            }
            Some(start)
        })
        .collect()
}

/// Where a number of the given starts is complete, with the members of that number.
fn closings(
    single: &[Start],
    of: &[usize],
    times: u32,
    near: impl Fn(Span, Span) -> bool,
) -> BTreeMap<usize, Vec<usize>> {
    let times = usize::try_from(times.max(1)).unwrap_or(usize::MAX);
    let (mut open, mut out): (Vec<usize>, BTreeMap<usize, Vec<usize>>) = (Vec::new(), BTreeMap::new());
    for at in of {
        open.push(*at);
        let Some(first) = open.len().checked_sub(times) else { continue };
        if near(single[open[first]].span, single[*at].span) {
            out.insert(*at, open.split_off(first));
            open.clear();
        }
    }
    out
}

/// When so much time had passed without something: once for each gap.
fn by_quiet(matter: &Matter<'_>, length: Duration, without: &Pattern, verified_by: Option<&Party>) -> Vec<Start> {
    let marks = matter.answers(without);
    let window = matter.test.window;
    let sure_only: Vec<&Mark> = marks.iter().filter(|mark| mark.sure).collect();
    let every: Vec<&Mark> = marks.iter().collect();
    let certain = quiets(matter, length, &every);
    let perhaps = quiets(matter, length, &sure_only);
    let verified = verified_by.map(|by| verifications(matter, by));
    let mut out: BTreeMap<Instant, Start> = BTreeMap::new();
    for (gap, sure) in certain.iter().map(|gap| (gap, true)).chain(perhaps.iter().map(|gap| (gap, false))) {
        if gap.complete > matter.at || gap.complete > window.latest() || out.contains_key(&gap.complete) {
            continue;
        }
        let during = Span::new(gap.from, gap.complete).expect("invariant: a term ends after it begins");
        let unseen = matter.unseen(without, during);
        let mut start = Start {
            of: Occasion::Quiet(gap.complete),
            span: Span::at(gap.complete),
            sure: sure && unseen.is_none(),
            excused: None,
            doubts: unseen.into_iter().collect(),
            witnesses: Vec::new(),
            fact: None,
            since: gap.from,
        };
        if !sure {
            start.doubts.push(Reason::new(Why::Time, "whether the quiet was broken is not known"));
        }
        if let Some(verified) = &verified {
            let later = |mark: &&Mark| {
                mark.fact.happened.latest() >= gap.complete
                    && gap.ends.is_none_or(|ends| mark.fact.happened.earliest() < ends)
            };
            let held = |mark: &&Mark| {
                mark.sure
                    && mark.fact.happened.earliest() >= gap.complete
                    && gap.ends.is_none_or(|ends| mark.fact.happened.latest() < ends)
            };
            let said = verified.iter().find(held);
            let Some(mark) = said.or_else(|| verified.iter().find(later)) else { continue };
            if said.is_none() {
                start.sure = false;
                start
                    .doubts
                    .push(Reason::new(Why::Standard, format!("whether {} verified it is not sure", mark.fact.id)));
            }
            start.span = mark.fact.happened;
            start.witnesses.push(witness(&mark.fact, Part::Trigger));
        }
        out.insert(gap.complete, start);
    }
    let mut out: Vec<Start> = out.into_values().collect();
    out.sort_by(|a, b| (a.span, &a.of).cmp(&(b.span, &b.of)));
    out
}

/// The verifications by somebody.
fn verifications(matter: &Matter<'_>, by: &Party) -> Marks {
    matter.answers(&Pattern {
        event: "verification".to_owned(),
        acts: [Act::Verification].into(),
        class: None,
        by: Who::Named(by.clone()),
        at: Who::Anyone,
        zone: None,
        sectors: None,
        about_it: false,
        there: false,
    })
}

struct Gap {
    from: Instant,
    complete: Instant,
    /// When the next break comes at the earliest.
    ends: Option<Instant>,
}

/// The gaps between breaks that last for the length.
fn quiets(matter: &Matter<'_>, length: Duration, breaks: &[&Mark]) -> Vec<Gap> {
    let calendar = &matter.agreement().calendar;
    let from = matter.test.window.earliest();
    let mut ends: Vec<Instant> =
        breaks.iter().map(|mark| mark.fact.happened.latest()).filter(|end| *end > from).collect();
    ends.insert(0, from);
    ends.sort_unstable();
    ends.dedup();
    let mut spans: Vec<Span> = breaks.iter().map(|mark| mark.fact.happened).collect();
    spans.sort_by_key(|span| span.latest());
    // The earliest beginning of all that end later.
    let mut next_break: Vec<Instant> = spans.iter().map(|span| span.earliest()).collect();
    for at in (1..next_break.len()).rev() {
        next_break[at - 1] = next_break[at - 1].min(next_break[at]);
    }
    let mut out = Vec::new();
    for began in ends {
        let complete = calendar.due(began, length);
        let later = spans.partition_point(|span| span.latest() <= began);
        let next = next_break.get(later).copied();
        if next.is_none_or(|next| next > complete) {
            out.push(Gap { from: began, complete, ends: next });
        }
    }
    out
}
