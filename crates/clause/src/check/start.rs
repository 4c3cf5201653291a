//! What starts a duty or lets a power work: facts, outcomes of other rules, quiets.
//!
//! Takes the ground; gives starts in order of time, each sure or only possible. Never a start on what lies in the future.

use super::claim::{Claim, number};
use super::ground::{Ground, Hit, Match, linked};
use crate::bears::Sector;
use crate::calendar::Duration;
use crate::fact::{Fact, Why};
use crate::instance::{InstanceKey, InstanceValue, Occasion, Part, Witness};
use crate::rule::{Bearer, Decided, Kernel, OnVerdict, Pattern, Trigger, Who};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Instant, Label, Party, Span};

/// Something that starts a duty.
#[derive(Clone)]
pub(super) struct Start<'a> {
    pub(super) of: Occasion,
    pub(super) span: Span,
    pub(super) sure: bool,
    pub(super) excused: Option<Label>,
    pub(super) whys: BTreeSet<Why>,
    pub(super) witnesses: Vec<Witness>,
    pub(super) fact: Option<&'a Fact>,
    /// Nothing before this changes it.
    pub(super) since: Instant,
}

impl<'a> Ground<'a> {
    pub(super) fn starts(&self, trigger: &Trigger) -> Vec<Start<'a>> {
        let found = match trigger {
            Trigger::Fact { pattern, preceded } => {
                let hits = self.subjects(pattern);
                return hits.iter().filter_map(|hit| self.start_of_fact(hit, preceded.as_ref())).collect();
            }
            Trigger::Verdict(on) => self.outcomes_of(on),
            Trigger::Quiet { length, without, verified_by } => self.quiets(*length, without, verified_by.as_ref()),
        };
        found.into_iter().filter_map(|start| self.inside(start)).collect()
    }

    /// A start counts in the window, while the rule is in force.
    fn inside(&self, mut start: Start<'a>) -> Option<Start<'a>> {
        let window = self.window.span();
        window.meet(start.span)?;
        match self.in_force(start.span) {
            Match::No | Match::Excused(_) => return None,
            Match::Sure if window.holds(start.span) => {}
            Match::Sure | Match::Perhaps(_) => {
                start.sure = false;
                start.whys.insert(Why::Time);
            }
        }
        Some(start)
    }

    /// The start that a fact is; with what must have come before it.
    pub(super) fn start_of_fact(&self, hit: &Hit<'a>, preceded: Option<&(Pattern, Duration)>) -> Option<Start<'a>> {
        let happened = hit.span();
        let mut start = Start {
            of: Occasion::Fact(hit.fact.id.clone()),
            span: happened,
            sure: hit.sure,
            excused: hit.excused().cloned(),
            whys: hit.doubts(),
            witnesses: vec![hit.witness(Part::Trigger)],
            fact: Some(hit.fact),
            since: happened.earliest(),
        };
        let Some((pattern, within)) = preceded else { return Some(start) };
        let calendar = &self.scene.agreement.calendar;
        let last = calendar.before(happened.latest(), *within);
        start.since = calendar.before(happened.earliest(), *within);
        let mut near = self.answers(pattern);
        near.retain(|q| {
            let possible = q.span().latest() >= start.since && q.span().earliest() <= happened.latest();
            possible && q.fact.id != hit.fact.id && linked(pattern, q.fact, hit.fact) != Match::No
        });
        let in_time = |q: &Hit<'a>| q.span().latest() <= happened.earliest() && q.span().earliest() >= last;
        let link = |q: &Hit<'a>| linked(pattern, q.fact, hit.fact);
        let surely = near.iter().find(|q| q.sure && in_time(q) && link(q) == Match::Sure);
        if let Some(q) = surely {
            start.witnesses.push(q.witness(Part::Before));
            return Some(start);
        }
        near.first()?;
        start.sure = false;
        start.whys.insert(Why::Time);
        Some(start)
    }

    /// The instances of another rule that came out as asked, in the order of when they were decided.
    pub(super) fn outcomes_of(&self, on: &OnVerdict) -> Vec<Start<'a>> {
        let all = self.scene.outcomes.get(&on.rule).map_or(&[][..], Vec::as_slice);
        let mut single: Vec<Start<'a>> = all.iter().filter_map(|(key, claim)| self.outcome(on, key, claim)).collect();
        single.sort_by(|a, b| (a.span, &a.of).cmp(&(b.span, &b.of)));
        match on.times {
            None => single,
            Some((times, within)) => self.counted(&single, times, within),
        }
    }

    /// Whether an instance of another rule is one of those that are meant, and surely or possibly came out as asked.
    fn meant(&self, on: &OnVerdict, key: &InstanceKey, claim: &Claim) -> Option<bool> {
        let asked = if on.came == Decided::Met { InstanceValue::Met } else { InstanceValue::Violated };
        let came = claim.value == asked || claim.value == InstanceValue::Unknown;
        (self.theirs(on, key) && came).then_some(claim.value == asked)
    }

    /// Whether instances under a key of another rule are those that are meant.
    pub(super) fn theirs(&self, on: &OnVerdict, key: &InstanceKey) -> bool {
        let Some(rule) = self.scene.agreement.rule(&on.rule) else { return false };
        // Of a prohibition "whoever it was" stands for all of them.
        let whoever = matches!(rule.kernel, Kernel::Never { .. } | Kernel::AtMost { per: None, .. })
            && rule.bearer == Bearer::EachParty;
        let whole = key.bearer.is_none() || !whoever;
        let whose = match (&on.by, &key.bearer) {
            (Who::Anyone | Who::EveryParty, _) => whole,
            (Who::Bearer, _) if self.bearer.is_none() => whole,
            (Who::Bearer, bearer) => bearer.as_ref() == self.bearer,
            (Who::Other, Some(bearer)) => self.scene.agreement.binds(bearer) && Some(bearer) != self.bearer,
            (Who::Owed, Some(bearer)) => self.owed.is_none_or(|owed| owed == bearer),
            (Who::Named(party), Some(bearer)) => bearer == party,
            (Who::Other | Who::Owed | Who::Named(_), None) => false,
        };
        let reading = rule.depends_on_reading.then_some(&self.reading.id);
        whose && key.reading.as_ref() == reading && key.footing == self.scene.footing
    }

    fn outcome(&self, on: &OnVerdict, key: &InstanceKey, claim: &Claim) -> Option<Start<'a>> {
        let sure = self.meant(on, key, claim)?;
        (claim.decided.earliest() <= self.scene.at).then(|| Start {
            of: Occasion::Verdict(key.to_string()),
            span: claim.decided,
            sure,
            excused: None,
            whys: if sure { BTreeSet::new() } else { [Why::Text].into() },
            witnesses: claim.witnesses.clone(),
            fact: None,
            since: claim.interest.earliest(),
        })
    }

    /// `R met`, not known to be: whether it may have been by then, by doubtful answers or by such as nobody told of.
    pub(super) fn may_be_kept(&self, on: &OnVerdict, happened: Span) -> Option<Why> {
        let rule = self.scene.agreement.rule(&on.rule).filter(|_| on.came == Decided::Met)?;
        let (pattern, needed) = match &rule.kernel {
            Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => (pattern, *quantity),
            Kernel::AtLeastOnce { pattern, .. } => (pattern, None),
            Kernel::Response { response, .. } => (response, None),
            Kernel::Never { .. }
            | Kernel::Always { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => return None,
        };
        let all = self.scene.outcomes.get(&on.rule).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|(key, claim)| self.meant(on, key, claim).is_some()).find_map(|(key, claim)| {
            let until = claim.interest.latest().min(happened.latest());
            let during = Span::new(claim.interest.earliest(), until)?;
            let (bearer, owed) = (key.bearer.as_ref(), key.owed.as_ref());
            let sector = Sector::named(self.scene.agreement, rule, key.sector.as_ref());
            let theirs = Ground { rule, bearer, owed, sector, ..*self };
            let answers = theirs.answers(pattern).into_iter().filter(|hit| hit.span().meet(during).is_some());
            let most: Option<u64> =
                answers.map(|hit| if needed.is_some() { number(hit.fact.count, Some(1)).1 } else { Some(1) }).sum();
            if most.is_none_or(|most| most >= u64::from(needed.unwrap_or(1))) {
                return Some(Why::Time);
            }
            theirs.unseen(pattern, during).then_some(Why::Coverage)
        })
    }

    /// `N times within D`.
    fn counted(&self, single: &[Start<'a>], times: u32, within: Duration) -> Vec<Start<'a>> {
        let calendar = &self.scene.agreement.calendar;
        let sure = |first: Span, last: Span| last.latest() <= calendar.due(first.earliest(), within);
        let possible = |first: Span, last: Span| last.earliest() <= calendar.due(first.latest(), within);
        let surely: Vec<usize> = (0..single.len()).filter(|at| single[*at].sure).collect();
        let all: Vec<usize> = (0..single.len()).collect();
        let certain = completed(single, &surely, times, sure);
        let mut by_last = completed(single, &all, times, possible);
        by_last.extend(certain.clone());
        let start = |(last, members): (usize, Vec<usize>)| {
            let mut start = single[last].clone();
            start.since = members.iter().map(|member| single[*member].since).min().unwrap_or(start.since);
            let all: BTreeSet<Witness> = members.iter().flat_map(|member| single[*member].witnesses.clone()).collect();
            start.witnesses = all.into_iter().collect();
            if !certain.contains_key(&last) {
                start.sure = false;
                start.whys.insert(Why::Text);
            }
            start
        };
        by_last.into_iter().map(start).collect()
    }

    /// `D without P [verified by V]`.
    fn quiets(&self, length: Duration, without: &Pattern, verified_by: Option<&Party>) -> Vec<Start<'a>> {
        let breaks = self.answers(without);
        let verified = verified_by.map(|by| self.answers(&verification(by)));
        let every: Vec<Span> = breaks.iter().map(Hit::span).collect();
        let sure: Vec<Span> = breaks.iter().filter(|hit| hit.sure).map(Hit::span).collect();
        let certain = self.gaps(length, &every).into_iter().map(|gap| (gap, true));
        let gaps = certain.chain(self.gaps(length, &sure).into_iter().map(|gap| (gap, false)));
        let mut out: BTreeMap<Instant, Start<'a>> = BTreeMap::new();
        for (gap, sure) in gaps {
            let complete = gap.during.latest();
            let past = complete <= self.scene.at && complete <= self.window.span().latest();
            if past && !out.contains_key(&complete) {
                let start = self.quiet(&gap, sure, without, verified.as_deref());
                out.extend(start.map(|start| (complete, start)));
            }
        }
        let mut out: Vec<Start<'a>> = out.into_values().collect();
        out.sort_by(|a, b| (a.span, &a.of).cmp(&(b.span, &b.of)));
        out
    }

    /// The quiet of a gap; `None` where it must be verified and nothing of the kind came.
    fn quiet(&self, gap: &Gap, sure: bool, without: &Pattern, verified: Option<&[Hit<'a>]>) -> Option<Start<'a>> {
        let complete = gap.during.latest();
        let unseen = self.unseen(without, gap.during);
        let mut start = Start {
            of: Occasion::Quiet(complete),
            span: Span::at(complete),
            sure: sure && !unseen,
            excused: None,
            whys: [(unseen, Why::Coverage), (!sure, Why::Time)]
                .into_iter()
                .filter(|(so, _)| *so)
                .map(|(_, w)| w)
                .collect(),
            witnesses: Vec::new(),
            fact: None,
            since: gap.during.earliest(),
        };
        let Some(verified) = verified else { return Some(start) };
        let before_end = |instant: Instant| gap.ends.is_none_or(|ends| instant < ends);
        let surely =
            verified.iter().find(|v| v.sure && v.span().earliest() >= complete && before_end(v.span().latest()));
        let perhaps = || verified.iter().find(|v| v.span().latest() >= complete && before_end(v.span().earliest()));
        let said = surely.or_else(perhaps)?;
        if surely.is_none() {
            start.sure = false;
            start.whys.insert(Why::Standard);
        }
        start.span = said.span();
        start.witnesses.push(said.witness(Part::Trigger));
        Some(start)
    }

    /// The gaps of a length between breaks: from the window's beginning and from the end of each.
    fn gaps(&self, length: Duration, breaks: &[Span]) -> Vec<Gap> {
        let gap = |began: Instant| {
            let complete = self.scene.agreement.calendar.due(began, length);
            let ends = breaks.iter().filter(|span| span.latest() > began).map(|span| span.earliest()).min();
            let during = Span::new(began, complete)?;
            ends.is_none_or(|ends| ends > complete).then_some(Gap { during, ends })
        };
        self.gaps_begin(breaks.iter().copied()).into_iter().filter_map(gap).collect()
    }

    /// Where a gap between breaks may begin: with the window, and as each of them is over.
    pub(super) fn gaps_begin(&self, breaks: impl Iterator<Item = Span>) -> BTreeSet<Instant> {
        let from = self.window.from;
        breaks.map(|span| span.latest()).filter(|end| *end > from).chain([from]).collect()
    }
}

/// A quiet, and when it was broken at the earliest.
struct Gap {
    during: Span,
    ends: Option<Instant>,
}

/// Where a number is complete, with its members; a stretch is begun anew after that.
fn completed(
    single: &[Start<'_>],
    of: &[usize],
    times: u32,
    near: impl Fn(Span, Span) -> bool,
) -> BTreeMap<usize, Vec<usize>> {
    let times = usize::try_from(times.max(1)).unwrap_or(usize::MAX);
    let (mut open, mut out): (Vec<usize>, BTreeMap<usize, Vec<usize>>) = (Vec::new(), BTreeMap::new());
    for last in of {
        open.push(*last);
        let Some(first) = open.len().checked_sub(times) else { continue };
        if near(single[open[first]].span, single[*last].span) {
            out.insert(*last, open.split_off(first));
            open.clear();
        }
    }
    out
}

pub(super) fn verification(by: &Party) -> Pattern {
    Pattern {
        event: "verification".to_owned(),
        acts: [Act::Verification].into(),
        class: None,
        by: Who::Named(by.clone()),
        at: Who::Anyone,
        zone: None,
        sectors: None,
        about_it: false,
        there: false,
    }
}
