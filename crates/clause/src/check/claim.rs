//! What the definitions make of one occasion of a rule, kind by kind.
//!
//! Takes the ground and the occasion; gives the claim that a true instance makes: value, times, witnesses, absence. Never
//! more than one occasion at a time.

use super::ground::{Ground, Hit, Match, Turn, held, linked};
use super::start::Start;
use crate::calendar::Duration;
use crate::fact::{Fact, Why};
use crate::instance::{Absence, COUNTED_NAMED, Counted, InstanceKey, InstanceValue, Occasion, Part, Witness};
use crate::rule::{Decided, ExceptionTest, First, Kernel, OnVerdict, Pattern, Trigger};
use crate::verdict::Margin;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Count, Instant, Label, Span};

/// Rules of rounds are judged for so many.
const STRETCHES_MOST: u32 = 20_000;

/// What came of the instances of each rule that others lean on.
pub(super) type Outcomes = BTreeMap<Label, Vec<(InstanceKey, Claim)>>;

/// What is to be said of one occasion.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) value: InstanceValue,
    pub(super) certain: bool,
    pub(super) decided: Span,
    pub(super) interest: Span,
    pub(super) margin: Option<Margin>,
    pub(super) witnesses: Vec<Witness>,
    /// The exceptions that were tried, by label.
    pub(super) exceptions: Vec<Label>,
    pub(super) counted: Option<Counted>,
    pub(super) absence: Option<Absence>,
    /// What the reasons are about.
    pub(super) whys: BTreeSet<Why>,
}

impl Claim {
    fn unknown(decided: Span, interest: Span) -> Claim {
        Claim {
            value: InstanceValue::Unknown,
            certain: true,
            decided,
            interest,
            margin: None,
            witnesses: Vec::new(),
            exceptions: Vec::new(),
            counted: None,
            absence: None,
            whys: BTreeSet::new(),
        }
    }
}

impl<'a> Ground<'a> {
    /// Every occasion that there may be. Most come to nothing.
    pub(super) fn occasions(&self) -> Vec<Occasion> {
        let facts = || self.scene.facts.iter().map(|fact| Occasion::Fact(fact.id.clone()));
        let mut all: Vec<Occasion> = match &self.rule.kernel {
            Kernel::Never { .. } | Kernel::AtMost { .. } | Kernel::OnlyAfter { .. } => facts().collect(),
            Kernel::By { .. } | Kernel::Between { .. } => vec![Occasion::Clause],
            Kernel::Always { .. } => facts().chain([Occasion::Clause]).collect(),
            Kernel::AtLeastOnce { every, .. } => {
                let begins = |nth: &u32| self.scene.agreement.calendar.due_times(self.window.from, *every, *nth);
                (0..=STRETCHES_MOST).take_while(|nth| begins(nth) <= self.scene.at).map(Occasion::Stretch).collect()
            }
            Kernel::Response { trigger: Trigger::Fact { .. }, .. } => facts().collect(),
            Kernel::Response { trigger, .. } => self.starts(trigger).into_iter().map(|start| start.of).collect(),
            Kernel::May { .. } | Kernel::TextOnly { .. } => Vec::new(),
        };
        all.sort();
        all.dedup();
        all
    }

    /// What the definitions make of an occasion; nothing where there is no such instance.
    pub(super) fn claims(&self, of: &Occasion) -> Vec<Claim> {
        let by_id = || {
            let Occasion::Fact(id) = of else { return None };
            self.scene.facts.iter().copied().find(|fact| fact.id == *id)
        };
        let subject = |pattern: &Pattern| self.subject(pattern, by_id()?);
        let found = match (&self.rule.kernel, of) {
            (Kernel::Never { pattern, .. }, _) => subject(pattern).map(|hit| self.never(&hit)),
            (Kernel::AtMost { number, pattern, per: None }, _) => {
                subject(pattern).and_then(|hit| self.at_most_present(&hit, *number))
            }
            (Kernel::AtMost { number, pattern, per: Some(per) }, _) => {
                subject(pattern).and_then(|hit| self.at_most_per(&hit, pattern, *number, *per))
            }
            (Kernel::OnlyAfter { pattern, first: First::Fact(first) }, _) => {
                subject(pattern).map(|hit| self.only_after_fact(&hit, first))
            }
            (Kernel::OnlyAfter { pattern, first: First::Verdict(on) }, _) => {
                subject(pattern).map(|hit| self.only_after_verdict(&hit, on))
            }
            (Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity }, Occasion::Clause) => {
                self.by(pattern, *quantity)
            }
            (Kernel::AtLeastOnce { every, pattern }, Occasion::Stretch(nth)) => self.stretch(*every, pattern, *nth),
            (Kernel::Response { trigger, response, within }, of) => match trigger {
                Trigger::Fact { pattern, preceded } => subject(pattern)
                    .and_then(|hit| self.start_of_fact(&hit, preceded.as_ref()))
                    .map(|start| self.answered(start, response, *within)),
                Trigger::Verdict(_) | Trigger::Quiet { .. } => {
                    let start = self.starts(trigger).into_iter().find(|start| start.of == *of);
                    start.map(|start| self.answered(start, response, *within))
                }
            },
            (Kernel::Always { state }, of) => {
                let lapses = self.lapses(state).into_iter().filter(|(occasion, _)| occasion == of);
                return lapses.map(|(_, claim)| self.released(claim)).collect();
            }
            (
                Kernel::By { .. }
                | Kernel::Between { .. }
                | Kernel::AtLeastOnce { .. }
                | Kernel::May { .. }
                | Kernel::TextOnly { .. },
                _,
            ) => None,
        };
        found.map(|claim| self.released(claim)).into_iter().collect()
    }

    /// `Released when R violated by W`.
    fn released(&self, mut claim: Claim) -> Claim {
        if claim.value != InstanceValue::Violated {
            return claim;
        }
        for release in &self.rule.released {
            let on =
                OnVerdict { rule: release.rule.clone(), came: Decided::Violated, by: release.by.clone(), times: None };
            let breaches = self.outcomes_of(&on);
            let surely = breaches.iter().find(|start| start.sure && start.span.latest() < claim.decided.earliest());
            let perhaps = breaches.iter().find(|start| start.span.earliest() < claim.decided.latest());
            let Some(breach) = surely.or(perhaps) else { continue };
            claim.interest = reaching_back(claim.interest, breach.since);
            claim.witnesses.extend(breach.witnesses.iter().map(|w| Witness { part: Part::Excuse, ..w.clone() }));
            claim.exceptions.push(Label::new("released").expect("invariant: a label"));
            if surely.is_some() {
                claim.value = InstanceValue::Excused;
                return claim;
            }
            claim.value = InstanceValue::Unknown;
            claim.whys.insert(Why::Exception);
        }
        claim
    }

    fn labels(&self) -> Vec<Label> {
        self.rule.exceptions.iter().map(|exception| exception.label.clone()).collect()
    }

    /// What may change what is said of a fact: its own span, and what its exceptions look back at.
    fn interest(&self, fact: &Fact) -> Span {
        let tests = self.rule.exceptions.iter().flat_map(|exception| &exception.tests);
        tests.fold(fact.happened, |span, test| match test {
            ExceptionTest::While(_) => reaching_back(span, Instant::EARLIEST),
            ExceptionTest::After { within, .. } => {
                reaching_back(span, self.scene.agreement.calendar.before(fact.happened.earliest(), *within))
            }
            ExceptionTest::By(_) | ExceptionTest::In(_) | ExceptionTest::On(_) | ExceptionTest::Permitted(_) => span,
        })
    }

    /// A claim about one fact.
    fn about(&self, hit: &Hit<'a>, value: InstanceValue, part: Part) -> Claim {
        let mut claim = Claim::unknown(hit.span(), self.interest(hit.fact));
        claim.value = value;
        claim.certain = hit.sure;
        claim.margin = (hit.matched == Match::Sure)
            .then_some(Margin::AfterStart(hit.span().earliest().ms() - self.window.from.ms()));
        claim.witnesses.push(hit.witness(part));
        claim.exceptions = match value {
            InstanceValue::Violated => self.labels(),
            InstanceValue::Excused => hit.excused().cloned().into_iter().collect(),
            InstanceValue::Met | InstanceValue::Unknown | InstanceValue::Void => Vec::new(),
        };
        claim.whys = hit.doubts();
        claim
    }

    fn never(&self, hit: &Hit<'a>) -> Claim {
        let value = match (hit.excused(), hit.sure) {
            (Some(_), _) => InstanceValue::Excused,
            (None, true) => InstanceValue::Violated,
            (None, false) => InstanceValue::Unknown,
        };
        self.about(hit, value, Part::Act)
    }

    fn at_most_present(&self, hit: &Hit<'a>, ceiling: u32) -> Option<Claim> {
        let (least, most) = number(hit.fact.count, None);
        let more = most.is_none_or(|most| most > u64::from(ceiling));
        let value = match hit.excused() {
            Some(_) => InstanceValue::Excused,
            None if hit.sure && least > u64::from(ceiling) => InstanceValue::Violated,
            None => InstanceValue::Unknown,
        };
        let mut claim = (value == InstanceValue::Violated || more).then(|| self.about(hit, value, Part::Counted))?;
        if value == InstanceValue::Unknown && hit.sure {
            claim.whys.insert(Why::Kind);
        }
        Some(claim)
    }

    fn at_most_per(&self, hit: &Hit<'a>, pattern: &Pattern, ceiling: u32, per: Duration) -> Option<Claim> {
        if hit.excused().is_some() {
            return None;
        }
        let calendar = &self.scene.agreement.calendar;
        let (earliest, latest) = (hit.span().earliest(), hit.span().latest());
        let (first, last) = (calendar.before(earliest, per), calendar.before(latest, per));
        let mut near = self.subjects(pattern);
        near.retain(|other| {
            other.excused().is_none() && other.span().latest() >= first && other.span().earliest() <= latest
        });
        let surely = |other: &&Hit<'a>| {
            let inside = other.span().latest() <= earliest && other.span().earliest() >= last;
            other.sure && (inside || other.fact.id == hit.fact.id)
        };
        let least: u64 = near.iter().filter(surely).map(|other| number(other.fact.count, Some(1)).0).sum();
        let most: Option<u64> = near.iter().map(|other| number(other.fact.count, Some(1)).1).sum();
        let over = |count: u64| count > u64::from(ceiling);
        let violated = hit.sure && over(least);
        let value = if violated { InstanceValue::Violated } else { InstanceValue::Unknown };
        let mut claim = (violated || most.is_none_or(over)).then(|| self.about(hit, value, Part::Counted))?;
        let mut counted: Vec<&Hit<'a>> = near.iter().filter(|other| !violated || surely(other)).collect();
        counted.sort_by_key(|other| (other.span(), &other.fact.id));
        let during = Span::new(first, latest)?;
        let facts = u32::try_from(counted.len()).unwrap_or(u32::MAX);
        claim.counted = Some(Counted { during, facts, least, most });
        let last = counted.iter().rev().take(COUNTED_NAMED).filter(|other| other.fact.id != hit.fact.id);
        claim.witnesses.extend(last.map(|other| other.witness(Part::Counted)));
        if !violated {
            claim.whys.insert(Why::Kind);
        }
        claim.interest = reaching_back(claim.interest, first);
        Some(claim)
    }

    fn only_after_fact(&self, hit: &Hit<'a>, first: &Pattern) -> Claim {
        let happened = hit.span();
        let mut early = self.answers(first);
        early.retain(|q| q.fact.id != hit.fact.id && q.span().earliest() <= happened.latest());
        early.retain(|q| linked(first, q.fact, hit.fact) != Match::No);
        let surely = early.iter().find(|q| {
            q.sure && q.span().latest() <= happened.earliest() && linked(first, q.fact, hit.fact) == Match::Sure
        });
        let came = surely.or(early.first());
        let since = Span::new(self.window.from, happened.latest()).unwrap_or(Span::at(happened.latest()));
        let (value, why) = match (surely, came) {
            (Some(_), _) => (InstanceValue::Met, None),
            (None, _) if hit.excused().is_some() => (InstanceValue::Excused, None),
            (None, Some(_)) => (InstanceValue::Unknown, Some(Why::Time)),
            (None, None) if !hit.sure => (InstanceValue::Unknown, None),
            (None, None) if self.unseen(first, since) => (InstanceValue::Unknown, Some(Why::Coverage)),
            (None, None) => (InstanceValue::Violated, None),
        };
        let mut claim = self.about(hit, value, Part::Act);
        claim.witnesses.extend(came.map(|q| q.witness(Part::Before)));
        claim.absence = (value == InstanceValue::Violated).then(|| self.absence(first, since, None));
        claim.whys.extend(why);
        claim.interest = reaching_back(Span::at(happened.latest()), Instant::EARLIEST);
        claim
    }

    fn only_after_verdict(&self, hit: &Hit<'a>, on: &OnVerdict) -> Claim {
        let outcomes = self.outcomes_of(on);
        let surely = outcomes.iter().find(|start| start.sure && start.span.latest() <= hit.span().earliest());
        let came = surely.or(outcomes.iter().find(|start| start.span.earliest() <= hit.span().latest()));
        let kept = self.may_be_kept(on, hit.span());
        let value = match (surely, came) {
            (Some(_), _) => InstanceValue::Met,
            (None, _) if hit.excused().is_some() => InstanceValue::Excused,
            (None, None) if hit.sure && kept.is_none() => InstanceValue::Violated,
            (None, _) => InstanceValue::Unknown,
        };
        let mut claim = self.about(hit, value, Part::Act);
        claim.whys.extend(kept.filter(|_| came.is_none() && hit.sure && value == InstanceValue::Unknown));
        if let Some(start) = came {
            claim.witnesses.extend(start.witnesses.iter().map(|w| Witness { part: Part::Before, ..w.clone() }));
            if value == InstanceValue::Unknown {
                claim.whys.extend(&start.whys);
            }
        }
        claim.interest = reaching_back(Span::at(hit.span().latest()), Instant::EARLIEST);
        claim
    }

    fn by(&self, pattern: &Pattern, quantity: Option<u32>) -> Option<Claim> {
        let window = self.window.span();
        let due = window.latest();
        if self.scene.at < window.earliest() || self.in_force(Span::at(due)) == Match::No {
            return None;
        }
        let mut hits = self.subjects(pattern);
        hits.retain(|hit| hit.excused().is_none());
        let interest = hits.iter().fold(window, |span, hit| reaching_back(span, self.interest(hit.fact).earliest()));
        let mut claim = Claim::unknown(Span::at(due), interest);
        let needed = u64::from(quantity.unwrap_or(1));
        let count = |hit: &Hit<'_>| quantity.map_or((1, Some(1)), |_| number(hit.fact.count, Some(1)));
        let mut sure: Vec<&Hit<'a>> = hits.iter().filter(|hit| hit.sure).collect();
        sure.sort_by_key(|hit| (hit.span().latest(), hit.span(), &hit.fact.id));
        let mut sum = 0;
        for hit in sure {
            sum += count(hit).0;
            claim.witnesses.push(hit.witness(Part::Answer));
            if sum >= needed {
                claim.value = InstanceValue::Met;
                claim.decided = hit.span();
                claim.margin = Some(Margin::InHand(due.ms() - hit.span().latest().ms()));
                return Some(claim);
            }
        }
        claim.witnesses.clear();
        let enough = hits.iter().map(|hit| count(hit).1).sum::<Option<u64>>().is_none_or(|most| most >= needed);
        if !enough {
            hits.clear();
        }
        self.unanswered(&mut claim, pattern, window, &hits, None);
        if enough && quantity.is_some() {
            claim.whys.remove(&Why::Time);
            claim.whys.insert(Why::Kind);
        }
        Some(claim)
    }

    /// Nothing answered surely; `near` are those that may have.
    fn unanswered(&self, claim: &mut Claim, pattern: &Pattern, during: Span, near: &[Hit<'a>], trigger: Option<&Fact>) {
        if !near.is_empty() {
            claim.whys = near.iter().flat_map(Hit::doubts).collect();
            if claim.whys.is_empty() {
                claim.whys.insert(Why::Time);
            }
            claim.witnesses.extend(near.iter().map(|hit| hit.witness(Part::Answer)));
            return;
        }
        if self.scene.at <= during.latest() {
            claim.whys.insert(Why::Time);
        } else if self.unseen(pattern, during) {
            claim.whys.insert(Why::Coverage);
        } else {
            claim.value = InstanceValue::Violated;
            claim.margin = Some(Margin::Late(self.scene.at.ms() - during.latest().ms()));
        }
        let absence = self.absence(pattern, during, trigger);
        let done_at_last = absence.nearest.as_ref().map(|(_, ms)| *ms).filter(|ms| {
            // What belongs to the next round is not late for this one.
            let one_round = !matches!(self.rule.kernel, Kernel::AtLeastOnce { .. });
            one_round && *ms > 0 && during.latest().shifted(*ms) <= self.scene.at
        });
        if let (Some(late), Some(margin)) = (done_at_last, &mut claim.margin) {
            *margin = Margin::Late(late);
        }
        claim.absence = Some(absence);
    }

    fn stretch(&self, every: Duration, pattern: &Pattern, nth: u32) -> Option<Claim> {
        let edge = |nth: u32| self.scene.agreement.calendar.due_times(self.window.from, every, nth);
        let stretch = Span::new(edge(nth), edge(nth.checked_add(1)?)).filter(|span| span.length_ms() > 0)?;
        if stretch.latest() > self.window.span().latest() || stretch.earliest() > self.scene.at || nth > STRETCHES_MOST
        {
            return None;
        }
        let mut claim = Claim::unknown(Span::at(stretch.latest()), stretch);
        if nth == STRETCHES_MOST {
            claim.whys.insert(Why::Text);
            return Some(claim);
        }
        if self.in_force(stretch) == Match::No {
            return None;
        }
        let mut near = self.subjects(pattern);
        near.retain(|hit| hit.excused().is_none() && hit.span().meet(stretch).is_some());
        let kept = near.iter().filter(|hit| hit.sure && stretch.holds(hit.span()));
        if let Some(hit) = kept.min_by_key(|hit| (hit.span().latest(), hit.span(), &hit.fact.id)) {
            claim.value = InstanceValue::Met;
            claim.decided = hit.span();
            claim.margin = Some(Margin::InHand(stretch.latest().ms() - hit.span().latest().ms()));
            claim.witnesses.push(hit.witness(Part::Answer));
        } else {
            self.unanswered(&mut claim, pattern, stretch, &near, None);
        }
        Some(claim)
    }

    /// A duty that something started.
    fn answered(&self, start: Start<'a>, response: &Pattern, within: Duration) -> Claim {
        let calendar = &self.scene.agreement.calendar;
        let (due_first, due) = (calendar.due(start.span.earliest(), within), calendar.due(start.span.latest(), within));
        let during = reaching_back(Span::at(due), start.span.earliest());
        let mut claim = Claim::unknown(Span::at(due), reaching_back(during, start.since));
        claim.witnesses.extend(start.witnesses);
        if let Some(label) = start.excused {
            claim.value = InstanceValue::Excused;
            claim.exceptions = vec![label];
            return claim;
        }
        if !start.sure {
            claim.certain = false;
            claim.whys = start.whys;
            return claim;
        }
        let link = |hit: &Hit<'a>| match start.fact {
            Some(fact) if hit.fact.id == fact.id => Match::No,
            Some(fact) => linked(response, hit.fact, fact),
            None => Match::Sure,
        };
        let mut near = self.answers(response);
        near.retain(|hit| hit.span().meet(during).is_some() && link(hit) != Match::No);
        let surely = |hit: &&Hit<'a>| {
            let in_time = hit.span().earliest() >= start.span.latest() && hit.span().latest() <= due_first;
            hit.sure && in_time && link(hit) == Match::Sure
        };
        let answer = near.iter().filter(surely).min_by_key(|hit| (hit.span().latest(), hit.span(), &hit.fact.id));
        if let Some(hit) = answer {
            claim.value = InstanceValue::Met;
            claim.decided = hit.span();
            claim.margin = Some(Margin::InHand(due.ms() - hit.span().latest().ms()));
            claim.witnesses.push(hit.witness(Part::Answer));
            return claim;
        }
        self.unanswered(&mut claim, response, during, &near, start.fact);
        if claim.value == InstanceValue::Violated {
            claim.exceptions = self.labels();
        }
        claim
    }

    /// The part of the window that has passed.
    pub(super) fn passed(&self) -> Option<Span> {
        Span::new(self.window.from, self.window.until.map_or(self.scene.at, |until| until.min(self.scene.at)))
    }

    /// The maximal spans in which a state did not surely hold.
    fn lapses(&self, state: &Label) -> Vec<(Occasion, Claim)> {
        let Some(passed) = self.passed() else { return Vec::new() };
        let turns = self.turns(state, self.bearer);
        let of_turns = turns.iter().flat_map(|turn| [turn.fact.happened.earliest(), turn.fact.happened.latest()]);
        let of_spans =
            self.suspended().iter().chain([&passed]).flat_map(|span| [span.earliest(), span.latest().shifted(1)]);
        let inside = |edge: &Instant| *edge >= passed.earliest() && *edge <= passed.latest().shifted(1);
        let edges: BTreeSet<Instant> = of_turns.chain(of_spans).filter(inside).collect();
        let edges: Vec<Instant> = edges.into_iter().collect();
        let mut lapses: Vec<(Span, Option<Instant>)> = Vec::new();
        for pair in edges.windows(2) {
            let piece = Span::new(pair[0], pair[1].shifted(-1)).expect("invariant: edges differ");
            let holds = held(&turns, piece);
            if holds == Some(true) || self.in_force(piece) == Match::No {
                continue;
            }
            let broken = (holds == Some(false)).then_some(piece.earliest());
            match lapses.last_mut() {
                Some((span, surely)) if span.latest().shifted(1) == piece.earliest() => {
                    (*span, *surely) = (span.join(piece), surely.or(broken));
                }
                Some(_) | None => lapses.push((piece, broken)),
            }
        }
        lapses.into_iter().map(|(span, surely)| self.lapse(&turns, span, surely)).collect()
    }

    fn lapse(&self, turns: &[Turn<'a>], span: Span, surely: Option<Instant>) -> (Occasion, Claim) {
        let ended = turns.iter().filter(|turn| !turn.begins && turn.fact.happened.earliest() == span.earliest());
        let of = ended.map(|turn| &turn.fact.id).min().map_or(Occasion::Clause, |id| Occasion::Fact(id.clone()));
        let before = turns.iter().rfind(|turn| turn.sure && turn.fact.happened.latest() < span.earliest());
        let during = turns.iter().filter(|turn| turn.fact.happened.meet(span).is_some());
        let decided = reaching_back(Span::at(surely.unwrap_or(span.latest())), span.earliest());
        let mut claim = Claim::unknown(decided, reaching_back(Span::at(span.latest()), Instant::EARLIEST));
        let witness =
            |turn: &Turn<'_>| Witness { fact: turn.fact.id.clone(), revision: turn.fact.revision, part: Part::Turn };
        let turned: BTreeSet<Witness> = during.chain(before).map(witness).collect();
        claim.witnesses = turned.into_iter().collect();
        if surely.is_some() {
            claim.value = InstanceValue::Violated;
            claim.margin = Some(Margin::AfterStart(span.earliest().ms() - self.window.from.ms()));
        } else {
            claim.whys.insert(Why::Time);
        }
        (of, claim)
    }
}

/// How many a fact stands for: at least, and at most (`None` for any number).
pub(super) fn number(count: Count, uncounted: Option<u32>) -> (u64, Option<u64>) {
    if count == Count::default() {
        return (1, uncounted.map(u64::from));
    }
    (count.least().or(count.best()).map_or(1, u64::from), count.most().map(u64::from))
}

/// The span, begun earlier where `from` is before it.
pub(super) fn reaching_back(span: Span, from: Instant) -> Span {
    Span::new(span.earliest().min(from), span.latest()).expect("invariant: an earlier beginning")
}
