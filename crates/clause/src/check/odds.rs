//! How likely it is that an occasion is a breach.
//!
//! Takes the ground and an occasion; gives odds from the chances of the facts, whatever the standard. Never a claim that
//! facts are independent; powers are taken as exercised or not.

use super::claim::number;
use super::ground::{Ground, Hit, Match, linked};
use crate::calendar::Duration;
use crate::chance::Odds;
use crate::fact::Fact;
use crate::instance::Occasion;
use crate::rule::{Decided, Exception, ExceptionTest, First, Kernel, OnVerdict, Pattern, Trigger};
use terms::{Label, Party, Span};

/// Something that may have come about.
struct Likely<'a> {
    of: Occasion,
    odds: Odds,
    /// When, as far as that is known.
    during: Option<Span>,
    /// That this does not hang on what else is so.
    settled: bool,
    fact: Option<&'a Fact>,
}

impl Likely<'_> {
    /// When, if nothing else decides that.
    fn when(&self) -> Option<Span> {
        self.during.filter(|_| self.settled)
    }

    fn never(of: &Occasion) -> Self {
        Likely { of: of.clone(), odds: Odds::NEVER, during: None, settled: false, fact: None }
    }

    /// The odds that count before a span that is known or not: certain only if both are and the order is.
    fn before(&self, end: Option<Span>) -> Odds {
        match (self.during, end) {
            (Some(when), Some(end)) if when.earliest() > end.latest() => Odds::NEVER,
            (Some(when), Some(end)) if when.latest() < end.earliest() => self.odds,
            (Some(_) | None, _) => self.odds.perhaps(),
        }
    }
}

impl<'a> Ground<'a> {
    /// Whether breaches of such a rule have odds at all.
    pub(super) fn reckoned(&self) -> bool {
        !matches!(self.rule.kernel, Kernel::May { .. } | Kernel::TextOnly { .. })
    }

    /// That the occasion is a breach; nothing where too many sums would have to be told apart. Before its time is past
    /// there is none.
    pub(super) fn odds(&self, of: &Occasion) -> Option<Odds> {
        self.breach(of).map(|breach| breach.odds)
    }

    /// The odds of every breach that there may be if some of the facts are so and others are not.
    pub(super) fn all_odds(&self) -> Option<Vec<Odds>> {
        if let Kernel::Always { state } = &self.rule.kernel {
            let failures = self.failures(state);
            return Some(match self.rule.released.is_empty() {
                true => failures,
                false => failures.into_iter().map(Odds::perhaps).collect(),
            });
        }
        self.possible().iter().map(|of| self.odds(of)).collect()
    }

    /// Every occasion that there may be if some of the facts are so and others are not.
    fn possible(&self) -> Vec<Occasion> {
        match &self.rule.kernel {
            Kernel::Response { trigger: Trigger::Quiet { length, without, .. }, .. } => {
                let ends = self.answers(without).iter().map(|hit| hit.span().latest()).collect::<Vec<_>>();
                let began = ends.into_iter().filter(|end| *end > self.window.from).chain([self.window.from]);
                let mut quiets: Vec<Occasion> =
                    began.map(|began| Occasion::Quiet(self.scene.agreement.calendar.due(began, *length))).collect();
                quiets.sort();
                quiets.dedup();
                quiets
            }
            Kernel::Response { trigger: Trigger::Verdict(on), .. } => {
                let asked = self.asked(on).into_iter();
                asked.flat_map(|kin| kin.possible().into_iter().map(move |of| kin.named(of))).collect()
            }
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Always { .. }
            | Kernel::Response { trigger: Trigger::Fact { .. }, .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => self.occasions(),
        }
    }

    /// What an occasion is called by rules that lean on this one.
    fn named(&self, of: Occasion) -> Occasion {
        Occasion::Verdict(self.key(of).to_string())
    }

    fn breach(&self, of: &Occasion) -> Option<Likely<'a>> {
        let mut breach = self.unreleased(of)?;
        for release in &self.rule.released {
            let on =
                OnVerdict { rule: release.rule.clone(), came: Decided::Violated, by: release.by.clone(), times: None };
            let freed: Vec<Odds> = self.outcomes_likely(&on)?.iter().map(|other| other.before(breach.during)).collect();
            breach.odds = Odds::all(&[breach.odds, Odds::any(&freed).contrary()]);
        }
        Some(breach)
    }

    /// The subject that an occasion is of.
    fn subject_of(&self, pattern: &Pattern, of: &Occasion) -> Option<Hit<'a>> {
        let Occasion::Fact(id) = of else { return None };
        self.scene.facts.iter().copied().find(|fact| fact.id == *id).and_then(|fact| self.subject(pattern, fact))
    }

    fn unreleased(&self, of: &Occasion) -> Option<Likely<'a>> {
        let at = |odds, during| Likely { of: of.clone(), odds, during, settled: true, fact: None };
        let about = |pattern: &Pattern, odds: &dyn Fn(&Hit<'a>) -> Option<Odds>| match self.subject_of(pattern, of) {
            Some(hit) => odds(&hit).map(|odds| at(odds, Some(hit.span()))),
            None => Some(Likely::never(of)),
        };
        match &self.rule.kernel {
            Kernel::Never { pattern, .. } => about(pattern, &|hit| Some(self.odds_of(hit))),
            Kernel::AtMost { number: ceiling, pattern, per: None } => about(pattern, &|hit| {
                let (least, most) = number(hit.fact.count, None);
                let (odds, ceiling) = (self.odds_of(hit), u64::from(*ceiling));
                Some(match (least > ceiling, most.is_none_or(|most| most > ceiling)) {
                    (true, _) => odds,
                    (false, true) => odds.perhaps(),
                    (false, false) => Odds::NEVER,
                })
            }),
            Kernel::AtMost { number, pattern, per: Some(per) } => {
                about(pattern, &|hit| self.over_the_ceiling(hit, pattern, *number, *per))
            }
            Kernel::OnlyAfter { pattern, first: First::Fact(first) } => {
                about(pattern, &|hit| Some(self.too_early(hit, first)))
            }
            Kernel::OnlyAfter { pattern, first: First::Verdict(on) } => {
                about(pattern, &|hit| self.too_early_for(hit, on))
            }
            Kernel::By { .. } | Kernel::Between { .. } | Kernel::AtLeastOnce { .. } => match self.asks(of) {
                Some((pattern, quantity, during)) => {
                    Some(at(self.undone(pattern, quantity, during)?, Some(Span::at(during.latest()))))
                }
                None => Some(Likely::never(of)),
            },
            Kernel::Response { trigger, response, within } => {
                let start = self.start_likely(trigger, of)?;
                Some(at(self.unkept(&start, response, *within), start.when().map(|when| self.runs_out(when, *within))))
            }
            Kernel::Always { state } => Some(at(self.lapse_odds(state, of), None)),
            Kernel::May { .. } | Kernel::TextOnly { .. } => Some(Likely::never(of)),
        }
    }

    /// What a duty without a start asks for, how often and when; nothing where it is not asked.
    fn asks(&self, of: &Occasion) -> Option<(&'a Pattern, Option<u32>, Span)> {
        if self.claims(of).is_empty() {
            return None;
        }
        match (&self.rule.kernel, of) {
            (Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity }, _) => {
                Some((pattern, *quantity, self.window.span()))
            }
            (Kernel::AtLeastOnce { every, pattern }, Occasion::Stretch(nth)) => {
                let edge = |nth: u32| self.scene.agreement.calendar.due_times(self.window.from, *every, nth);
                Some((pattern, None, Span::new(edge(*nth), edge(nth.checked_add(1)?))?))
            }
            _ => None,
        }
    }

    fn runs_out(&self, start: Span, within: Duration) -> Span {
        Span::at(self.scene.agreement.calendar.due(start.latest(), within))
    }

    /// That the occasion is met, for rules that wait for it.
    fn kept(&self, of: &Occasion) -> Option<Likely<'a>> {
        let at = |odds, during| Some(Likely { of: of.clone(), odds, during, settled: false, fact: None });
        match &self.rule.kernel {
            Kernel::By { .. } | Kernel::Between { .. } | Kernel::AtLeastOnce { .. } => match self.asks(of) {
                Some((pattern, quantity, during)) => at(self.done(pattern, quantity, during)?, Some(during)),
                None => Some(Likely::never(of)),
            },
            Kernel::Response { trigger, response, within } => {
                let start = self.start_likely(trigger, of)?;
                let answered = match start.when() {
                    Some(when) => self.answers_likely(&start, when, response, *within),
                    None => vec![(Odds::CERTAIN.perhaps(), self.window.span())],
                };
                let (answers, spans): (Vec<Odds>, Vec<Span>) = answered.into_iter().unzip();
                at(Odds::all(&[start.odds, Odds::any(&answers)]), spans.into_iter().reduce(Span::join))
            }
            Kernel::OnlyAfter { pattern, first } => {
                let Some(hit) = self.subject_of(pattern, of) else { return Some(Likely::never(of)) };
                let came = match first {
                    First::Fact(first) => self.came_before(&hit, first),
                    First::Verdict(on) => self.outcomes_before(&hit, on)?,
                };
                at(Odds::all(&[Odds::of(hit.fact.chance), Odds::any(&came)]), Some(hit.span()))
            }
            Kernel::Never { .. }
            | Kernel::Always { .. }
            | Kernel::AtMost { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => Some(Likely::never(of)),
        }
    }

    /// The grounds of another rule whose outcomes are meant.
    fn asked(&self, on: &OnVerdict) -> Vec<Ground<'a>> {
        let grounds = self.scene.agreement.rule(&on.rule).map(|rule| self.scene.grounds(rule)).unwrap_or_default();
        grounds.into_iter().filter(|kin| self.theirs(on, &kin.key(Occasion::Clause))).collect()
    }

    /// The instances of another rule that may have come out as asked, each for itself.
    fn outcomes_likely(&self, on: &OnVerdict) -> Option<Vec<Likely<'a>>> {
        let mut outcomes = Vec::new();
        for kin in self.asked(on) {
            for of in kin.possible() {
                let came = if on.came == Decided::Violated { kin.breach(&of)? } else { kin.kept(&of)? };
                if came.during.is_none_or(|when| when.earliest() <= self.scene.at) {
                    outcomes.push(Likely { of: kin.named(of), fact: None, ..came });
                }
            }
        }
        Some(outcomes)
    }

    /// What starts a duty on an occasion.
    fn start_likely(&self, trigger: &Trigger, of: &Occasion) -> Option<Likely<'a>> {
        let start = match trigger {
            Trigger::Fact { pattern, preceded } => {
                let Some(hit) = self.subject_of(pattern, of) else { return Some(Likely::never(of)) };
                let odds = self.started(&hit, preceded.as_ref());
                return Some(Likely {
                    of: of.clone(),
                    odds,
                    during: Some(hit.span()),
                    settled: true,
                    fact: Some(hit.fact),
                });
            }
            Trigger::Verdict(on) => self.outcome_likely(on, of)?,
            Trigger::Quiet { length, without, verified_by } => {
                self.quiet_likely(*length, without, verified_by.as_ref(), of)
            }
        };
        let window = self.window.span();
        let odds = match start.when().map(|when| (window.meet(when), window.holds(when), self.in_force(when))) {
            Some((None, ..) | (_, _, Match::No)) => Odds::NEVER,
            Some((_, true, Match::Sure)) => start.odds,
            Some(_) | None => start.odds.perhaps(),
        };
        Some(Likely { odds, ..start })
    }

    fn outcome_likely(&self, on: &OnVerdict, of: &Occasion) -> Option<Likely<'a>> {
        let mut outcomes = self.outcomes_likely(on)?;
        let Some(at) = outcomes.iter().position(|outcome| outcome.of == *of) else { return Some(Likely::never(of)) };
        let one = outcomes.swap_remove(at);
        let Some((times, within)) = on.times.filter(|(times, _)| *times > 1) else { return Some(one) };
        // Which of several closes a stretch hangs on which others are so, and on what closed one before.
        let near = outcomes.iter().filter(|other| match (other.during, one.during) {
            (Some(other), Some(last)) => {
                let until = self.scene.agreement.calendar.due(other.latest(), within);
                other.earliest() <= last.latest() && until >= last.earliest()
            }
            (Some(_) | None, _) => true,
        });
        let near: Vec<(Odds, u64, Option<u64>)> = near.map(|other| (other.odds, 1, Some(1))).collect();
        let others = Odds::at_least(u64::from(times) - 1, &near)?;
        Some(Likely { odds: Odds::all(&[one.odds, others]).perhaps(), ..one })
    }

    /// That a quiet was complete at that instant: something ended as it began, and nothing came since.
    fn quiet_likely(
        &self,
        length: Duration,
        without: &Pattern,
        verified_by: Option<&Party>,
        of: &Occasion,
    ) -> Likely<'a> {
        let Occasion::Quiet(complete) = *of else { return Likely::never(of) };
        if complete > self.scene.at || complete > self.window.span().latest() {
            return Likely::never(of);
        }
        let breaks = self.answers(without);
        let from = self.window.from;
        let mut began = self.gaps_begin(breaks.iter().map(Hit::span));
        began.retain(|began| self.scene.agreement.calendar.due(*began, length) == complete);
        let each: Vec<Odds> = began
            .into_iter()
            .map(|began| {
                let opening = breaks.iter().filter(|hit| hit.span().latest() == began);
                let opened = Odds::any(&opening.map(|hit| self.odds_of(hit)).collect::<Vec<_>>());
                let broken =
                    breaks.iter().filter(|hit| hit.span().latest() > began && hit.span().earliest() <= complete);
                let broken = Odds::any(&broken.map(|hit| self.odds_of(hit)).collect::<Vec<_>>());
                let quiet = Odds::all(&[if began == from { Odds::CERTAIN } else { opened }, broken.contrary()]);
                let unseen = Span::new(began, complete).is_none_or(|during| self.unseen(without, during));
                quiet.unseen(unseen)
            })
            .collect();
        let quiet = Odds::any(&each);
        let Some(by) = verified_by else {
            return Likely { of: of.clone(), odds: quiet, during: Some(Span::at(complete)), settled: true, fact: None };
        };
        let said = self.answers(&super::start::verification(by));
        let said = said.iter().filter(|hit| hit.span().latest() >= complete).map(|hit| self.odds_of(hit));
        let odds = Odds::all(&[quiet, Odds::any(&said.collect::<Vec<_>>())]).perhaps();
        Likely { of: of.clone(), odds, during: None, settled: false, fact: None }
    }

    /// That a duty was started by a fact.
    fn started(&self, hit: &Hit<'a>, preceded: Option<&(Pattern, Duration)>) -> Odds {
        let Some((pattern, within)) = preceded else { return self.odds_of(hit) };
        let calendar = &self.scene.agreement.calendar;
        let happened = hit.span();
        let first = calendar.before(happened.earliest(), *within);
        let last = calendar.before(happened.latest(), *within);
        let mut near = self.answers(pattern);
        near.retain(|q| q.span().latest() >= first && q.span().earliest() <= happened.latest());
        near.retain(|q| q.fact.id != hit.fact.id);
        let before = near.iter().map(|q| {
            let in_time = q.span().latest() <= happened.earliest() && q.span().earliest() >= last;
            self.linked_odds(q, linked(pattern, q.fact, hit.fact), in_time)
        });
        Odds::all(&[self.odds_of(hit), Odds::any(&before.collect::<Vec<_>>())])
    }

    /// Together with the others near it, more than a ceiling.
    fn over_the_ceiling(&self, hit: &Hit<'a>, pattern: &Pattern, ceiling: u32, per: Duration) -> Option<Odds> {
        let calendar = &self.scene.agreement.calendar;
        let happened = hit.span();
        let first = calendar.before(happened.earliest(), per);
        let last = calendar.before(happened.latest(), per);
        let others = self.subjects(pattern).into_iter().filter(|other| {
            let near = other.span().latest() >= first && other.span().earliest() <= happened.latest();
            near && other.fact.id != hit.fact.id
        });
        let counted: Vec<(Odds, u64, Option<u64>)> = others
            .map(|other| {
                let inside = other.span().latest() <= happened.earliest() && other.span().earliest() >= last;
                let odds = self.odds_of(&other);
                let (least, most) = number(other.fact.count, Some(1));
                (if inside { odds } else { odds.perhaps() }, least, most)
            })
            .collect();
        let (least, most) = number(hit.fact.count, Some(1));
        let over = |own: u64| Odds::at_least((u64::from(ceiling) + 1).saturating_sub(own), &counted);
        let (sure, most) = (over(least)?, most.map_or(Some(Odds::CERTAIN), over)?);
        Some(Odds::all(&[self.odds_of(hit), Odds { most: most.most, ..sure }]))
    }

    /// With nothing before it of what had to come first.
    fn too_early(&self, hit: &Hit<'a>, first: &Pattern) -> Odds {
        let happened = hit.span();
        let since = Span::new(self.window.from, happened.latest()).unwrap_or(Span::at(happened.latest()));
        Odds::all(&[self.odds_of(hit), self.missing(&self.came_before(hit, first), first, since)])
    }

    fn came_before(&self, hit: &Hit<'a>, first: &Pattern) -> Vec<Odds> {
        let happened = hit.span();
        let mut early = self.answers(first);
        early.retain(|q| q.fact.id != hit.fact.id && q.span().earliest() <= happened.latest());
        let came = early.iter().map(|q| {
            let sure = q.span().latest() <= happened.earliest();
            self.linked_odds(q, linked(first, q.fact, hit.fact), sure)
        });
        came.collect()
    }

    /// With no outcome before it of the rule that had to come first.
    fn too_early_for(&self, hit: &Hit<'a>, on: &OnVerdict) -> Option<Odds> {
        let missing = Odds::any(&self.outcomes_before(hit, on)?).contrary();
        let unseen = self.may_be_kept(on, hit.span()).is_some();
        let missing = missing.unseen(unseen);
        Some(Odds::all(&[self.odds_of(hit), missing]))
    }

    fn outcomes_before(&self, hit: &Hit<'a>, on: &OnVerdict) -> Option<Vec<Odds>> {
        let outcomes = self.outcomes_likely(on)?;
        let before = |other: &Likely<'a>| match other.during {
            Some(when) if when.latest() <= hit.span().earliest() => other.odds,
            Some(when) if when.earliest() > hit.span().latest() => Odds::NEVER,
            Some(_) | None => other.odds.perhaps(),
        };
        match on.times.filter(|(times, _)| *times > 1) {
            None => Some(outcomes.iter().map(before).collect()),
            Some((times, _)) => {
                let each: Vec<(Odds, u64, Option<u64>)> =
                    outcomes.iter().map(|other| (before(other), 1, Some(1))).collect();
                Some(vec![Odds::at_least(u64::from(times), &each)?.perhaps()])
            }
        }
    }

    /// With no answer in time.
    fn unkept(&self, start: &Likely<'a>, response: &Pattern, within: Duration) -> Odds {
        let Some(when) = start.when() else { return start.odds.perhaps() };
        let due = self.runs_out(when, within).latest();
        let Some(during) = Span::new(when.earliest(), due).filter(|_| self.scene.at > due) else { return Odds::NEVER };
        let answers = self.answers_likely(start, when, response, within);
        let answers: Vec<Odds> = answers.into_iter().map(|(odds, _)| odds).collect();
        Odds::all(&[start.odds, self.missing(&answers, response, during)])
    }

    /// The answers to a start at that time, each as one in time.
    fn answers_likely(
        &self,
        start: &Likely<'a>,
        when: Span,
        response: &Pattern,
        within: Duration,
    ) -> Vec<(Odds, Span)> {
        let due_first = self.scene.agreement.calendar.due(when.earliest(), within);
        let Some(during) = Span::new(when.earliest(), self.runs_out(when, within).latest()) else { return Vec::new() };
        let mut near = self.answers(response);
        near.retain(|answer| answer.span().meet(during).is_some());
        let answers = near.iter().map(|answer| {
            let link = match start.fact {
                Some(fact) if fact.id == answer.fact.id => Match::No,
                Some(fact) => linked(response, answer.fact, fact),
                None => Match::Sure,
            };
            let in_time = answer.span().earliest() >= when.latest() && answer.span().latest() <= due_first;
            (self.linked_odds(answer, link, in_time), answer.span())
        });
        answers.collect()
    }

    /// That it was not done in a span that is past.
    fn undone(&self, pattern: &Pattern, quantity: Option<u32>, during: Span) -> Option<Odds> {
        if self.scene.at <= during.latest() {
            return Some(Odds::NEVER);
        }
        Some(self.missing(&[self.done(pattern, quantity, during)?], pattern, during))
    }

    fn done(&self, pattern: &Pattern, quantity: Option<u32>, during: Span) -> Option<Odds> {
        let mut hits = self.subjects(pattern);
        hits.retain(|hit| hit.span().meet(during).is_some());
        let done: Vec<(Odds, u64, Option<u64>)> = hits
            .iter()
            .map(|hit| {
                let (least, most) = quantity.map_or((1, Some(1)), |_| number(hit.fact.count, Some(1)));
                (self.linked_odds(hit, Match::Sure, during.holds(hit.span())), least, most)
            })
            .collect();
        Odds::at_least(u64::from(quantity.unwrap_or(1)), &done)
    }

    /// What turned a state by now, in order of time; and whether that order is certain, with no power and no end of the window in a turn.
    fn turns_likely(&self, state: &Label) -> (Vec<Turned>, bool) {
        let Some(state) = self.scene.agreement.states.get(state) else { return (Vec::new(), true) };
        let turned = |begins: bool| {
            move |hit: &Hit<'a>| Turned { id: hit.fact.id.clone(), span: hit.span(), begins, odds: self.odds_of(hit) }
        };
        let (begun, ended) = (self.answers(&state.begins), self.answers(&state.ends));
        let mut turns: Vec<Turned> = begun.iter().map(turned(true)).chain(ended.iter().map(turned(false))).collect();
        turns.sort_by(|a, b| (a.span, &a.id, a.begins).cmp(&(b.span, &b.id, b.begins)));
        let passed = self.passed();
        let apart = turns.windows(2).all(|pair| pair[0].span.latest() < pair[1].span.earliest());
        let off_the_edges = turns.iter().all(|turn| {
            let begun = turn.span.holds(Span::at(self.window.from));
            let over =
                passed.is_some_and(|passed| turn.span.latest() > passed.latest() && turn.span.meet(passed).is_some());
            !begun && !over
        });
        let clear = apart && off_the_edges && self.suspended().is_empty();
        if let Some(passed) = passed {
            turns.retain(|turn| turn.span.earliest() <= passed.latest());
        } else {
            turns.clear();
        }
        (turns, clear)
    }

    /// What must be so for the state to fail somewhere: any of these.
    fn failures(&self, state: &Label) -> Vec<Odds> {
        let (turns, clear) = self.turns_likely(state);
        if !clear {
            return turns.iter().filter(|turn| !turn.begins).map(|turn| turn.odds.perhaps()).collect();
        }
        let (before, inside) = self.parted(&turns);
        let inside = inside.iter().filter(|turn| !turn.begins).map(|turn| turn.odds);
        inside.chain([before.iter().fold(Odds::NEVER, |failed, turn| turn.turns(failed))]).collect()
    }

    /// That the state surely failed in the lapse that a turn began, or that was there as the window began.
    fn lapse_odds(&self, state: &Label, of: &Occasion) -> Odds {
        let (turns, clear) = self.turns_likely(state);
        let ends = || turns.iter().filter(|turn| !turn.begins);
        let (before, inside) = self.parted(&turns);
        match of {
            Occasion::Fact(id) => {
                let Some(at) = turns.iter().position(|turn| !turn.begins && turn.id == *id) else { return Odds::NEVER };
                let held = turns[..at].iter().fold(Odds::NEVER.contrary(), |not_held, turn| turn.turns(not_held));
                if clear { Odds::all(&[turns[at].odds, held.contrary()]) } else { turns[at].odds.perhaps() }
            }
            Occasion::Clause if clear => {
                // Only what comes later decides what the first turn inside leads to; only what came last counts before.
                let fails = inside.iter().rev().fold(Odds::NEVER, |later, turn| turn.turns(later));
                before.iter().fold(fails, |failed, turn| turn.turns(failed))
            }
            Occasion::Clause => Odds::any(&ends().map(|turn| turn.odds).collect::<Vec<_>>()).perhaps(),
            Occasion::Stretch(_) | Occasion::Verdict(_) | Occasion::Quiet(_) => Odds::NEVER,
        }
    }

    /// The turns before the window, and those in it.
    fn parted<'t>(&self, turns: &'t [Turned]) -> (&'t [Turned], &'t [Turned]) {
        turns.split_at(turns.partition_point(|turn| turn.span.earliest() < self.window.from))
    }

    /// That none of these is so; what may have gone unseen may have been done.
    fn missing(&self, of: &[Odds], pattern: &Pattern, during: Span) -> Odds {
        Odds::any(of).contrary().unseen(self.unseen(pattern, during))
    }

    /// That a fact is so and matches. An exception that hangs on other facts may fail, or apply, with them.
    fn odds_of(&self, hit: &Hit<'a>) -> Odds {
        let odds = Odds::of(hit.fact.chance);
        let leans = |exception: &&Exception| leans_on_facts(exception);
        match &hit.matched {
            Match::Sure if self.rule.exceptions.iter().any(looks_at_states) => odds.perhaps(),
            Match::Sure => odds,
            Match::Perhaps(_) => odds.perhaps(),
            Match::Excused(label) => {
                let exception = self.rule.exceptions.iter().find(|exception| exception.label == *label);
                exception.filter(leans).map_or(Odds::NEVER, |_| odds.perhaps())
            }
            Match::No => Odds::NEVER,
        }
    }

    /// The same of a fact that must also be linked to another and in time.
    fn linked_odds(&self, hit: &Hit<'a>, link: Match, in_time: bool) -> Odds {
        let odds = self.odds_of(hit);
        match link {
            Match::Sure if in_time => odds,
            Match::Sure | Match::Perhaps(_) => odds.perhaps(),
            Match::Excused(_) | Match::No => Odds::NEVER,
        }
    }
}

/// Something that turned a state, if it is so.
struct Turned {
    id: String,
    span: Span,
    begins: bool,
    odds: Odds,
}

impl Turned {
    /// That the state fails after it, from whether it did before: an end makes it so, a beginning makes it not so.
    fn turns(&self, failed: Odds) -> Odds {
        if self.begins { Odds::all(&[self.odds.contrary(), failed]) } else { Odds::any(&[self.odds, failed]) }
    }
}

fn leans_on_facts(exception: &Exception) -> bool {
    let leans = |test: &ExceptionTest| matches!(test, ExceptionTest::After { .. } | ExceptionTest::While(_));
    exception.tests.iter().any(leans)
}

fn looks_at_states(exception: &Exception) -> bool {
    exception.tests.iter().any(|test| matches!(test, ExceptionTest::While(_)))
}
