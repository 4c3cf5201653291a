//! How likely it is that an occasion is a breach.
//!
//! Takes the ground and an occasion; gives odds from the chances of the facts, whatever the standard. Never odds of what
//! leans on a state, a quiet or another rule; powers are taken as exercised or not.

use super::claim::number;
use super::ground::{Ground, Hit, Match, linked};
use crate::calendar::Duration;
use crate::chance::Odds;
use crate::instance::Occasion;
use crate::rule::{Exception, ExceptionTest, First, Kernel, Pattern, Trigger};
use terms::Span;

impl<'a> Ground<'a> {
    /// That the occasion is a breach; nothing where that is not reckoned. Before its time is past there is none.
    pub(super) fn odds(&self, of: &Occasion) -> Option<Odds> {
        if !self.reckoned() || self.claims(of).is_empty() {
            return None;
        }
        let subject = |pattern: &Pattern| {
            let Occasion::Fact(id) = of else { return None };
            self.facts.iter().copied().find(|fact| fact.id == *id).and_then(|fact| self.subject(pattern, fact))
        };
        match &self.rule.kernel {
            Kernel::Never { pattern, .. } => Some(self.odds_of(&subject(pattern)?)),
            Kernel::AtMost { number: ceiling, pattern, per: None } => {
                let hit = subject(pattern)?;
                let (least, most) = number(hit.fact.count, None);
                let (odds, ceiling) = (self.odds_of(&hit), u64::from(*ceiling));
                Some(match (least > ceiling, most.is_none_or(|most| most > ceiling)) {
                    (true, _) => odds,
                    (false, true) => odds.perhaps(),
                    (false, false) => Odds::NEVER,
                })
            }
            Kernel::AtMost { number, pattern, per: Some(per) } => {
                self.over_the_ceiling(&subject(pattern)?, pattern, *number, *per)
            }
            Kernel::OnlyAfter { pattern, first: First::Fact(first) } => Some(self.too_early(&subject(pattern)?, first)),
            Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => {
                self.undone(pattern, *quantity, self.window.span())
            }
            Kernel::AtLeastOnce { every, pattern } => {
                let Occasion::Stretch(nth) = of else { return None };
                let edge = |nth: u32| self.agreement.calendar.due_times(self.window.from, *every, nth);
                self.undone(pattern, None, Span::new(edge(*nth), edge(nth.checked_add(1)?))?)
            }
            Kernel::Response { trigger, response, within } => {
                let Trigger::Fact { pattern, preceded } = trigger else { return None };
                self.unkept(&subject(pattern)?, preceded.as_ref(), response, *within)
            }
            Kernel::OnlyAfter { first: First::Verdict(_), .. }
            | Kernel::Always { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => None,
        }
    }

    /// Whether the kind is one whose odds are reckoned: each breach hangs on facts of its own.
    pub(super) fn reckoned(&self) -> bool {
        let of_facts = match &self.rule.kernel {
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::AtMost { per: None, .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::OnlyAfter { first: First::Fact(_), .. }
            | Kernel::Response { trigger: Trigger::Fact { .. }, .. } => true,
            // What an exception lets pass is not counted; were it not let pass, there would be more to count.
            Kernel::AtMost { per: Some(_), .. } => !self.rule.exceptions.iter().any(leans_on_facts),
            Kernel::OnlyAfter { first: First::Verdict(_), .. }
            | Kernel::Response { trigger: Trigger::Verdict(_) | Trigger::Quiet { .. }, .. }
            | Kernel::Always { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => false,
        };
        of_facts && self.rule.released.is_empty()
    }

    /// That a duty was started by a fact.
    fn started(&self, hit: &Hit<'a>, preceded: Option<&(Pattern, Duration)>) -> Odds {
        let Some((pattern, within)) = preceded else { return self.odds_of(hit) };
        let calendar = &self.agreement.calendar;
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
        let calendar = &self.agreement.calendar;
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
        let mut early = self.answers(first);
        early.retain(|q| q.fact.id != hit.fact.id && q.span().earliest() <= happened.latest());
        let came = early.iter().map(|q| {
            let sure = q.span().latest() <= happened.earliest();
            self.linked_odds(q, linked(first, q.fact, hit.fact), sure)
        });
        let since = Span::new(self.window.from, happened.latest()).unwrap_or(Span::at(happened.latest()));
        let missing = self.missing(&came.collect::<Vec<_>>(), first, since);
        Odds::all(&[self.odds_of(hit), missing])
    }

    /// With no answer in time.
    fn unkept(
        &self,
        hit: &Hit<'a>,
        preceded: Option<&(Pattern, Duration)>,
        response: &Pattern,
        within: Duration,
    ) -> Option<Odds> {
        let happened = hit.span();
        let calendar = &self.agreement.calendar;
        let due_first = calendar.due(happened.earliest(), within);
        let during = Span::new(happened.earliest(), calendar.due(happened.latest(), within))?;
        if self.at <= during.latest() {
            return Some(Odds::NEVER);
        }
        let mut near = self.answers(response);
        near.retain(|answer| answer.span().meet(during).is_some() && answer.fact.id != hit.fact.id);
        let answers = near.iter().map(|answer| {
            let sure = answer.span().earliest() >= happened.latest() && answer.span().latest() <= due_first;
            self.linked_odds(answer, linked(response, answer.fact, hit.fact), sure)
        });
        let missing = self.missing(&answers.collect::<Vec<_>>(), response, during);
        Some(Odds::all(&[self.started(hit, preceded), missing]))
    }

    /// That it was not done in a span that is past.
    fn undone(&self, pattern: &Pattern, quantity: Option<u32>, during: Span) -> Option<Odds> {
        if self.at <= during.latest() {
            return Some(Odds::NEVER);
        }
        let mut hits = self.subjects(pattern);
        hits.retain(|hit| hit.span().meet(during).is_some());
        let done: Vec<(Odds, u64, Option<u64>)> = hits
            .iter()
            .map(|hit| {
                let (least, most) = quantity.map_or((1, Some(1)), |_| number(hit.fact.count, Some(1)));
                (self.linked_odds(hit, Match::Sure, during.holds(hit.span())), least, most)
            })
            .collect();
        let enough = Odds::at_least(u64::from(quantity.unwrap_or(1)), &done)?;
        Some(self.missing(&[enough], pattern, during))
    }

    /// That none of these is so; what may have gone unseen may have been done.
    fn missing(&self, of: &[Odds], pattern: &Pattern, during: Span) -> Odds {
        let missing = Odds::any(of).contrary();
        if self.unseen(pattern, during) { Odds { least: Odds::NEVER.least, ..missing } } else { missing }
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

fn leans_on_facts(exception: &Exception) -> bool {
    let leans = |test: &ExceptionTest| matches!(test, ExceptionTest::After { .. } | ExceptionTest::While(_));
    exception.tests.iter().any(leans)
}

fn looks_at_states(exception: &Exception) -> bool {
    exception.tests.iter().any(|test| matches!(test, ExceptionTest::While(_)))
}
