//! Whether a fact falls under a rule: three answers, each with its reason.
//!
//! Takes a rule, a reading and a fact with its uncertain time, place and author; gives `Falls` or `Outside` only where
//! every way in which the fact may turn out agrees. Never settles a doubt.

use crate::agreement::{Agreement, Reading, Zone};
use crate::calendar::Duration;
use crate::fact::{Bears, Fact, Reason, Why};
use crate::matter::{Mark, Marks, linked};
use crate::rule::{Bearer, Exception, ExceptionTest, Kernel, Pattern, Rule, Trigger, Who};
use crate::turns::Turns;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Act, Instant, Label, Party, Precision, Shape, Side, Span};

/// Whether a fact falls under a rule under a reading, whoever of those bound it concerns; for a response rule, whether it
/// starts the duty. The fact is taken alone: an exception that needs another fact before it does not apply.
#[must_use]
pub fn bears(agreement: &Agreement, rule: &Rule, reading: &Reading, fact: &Fact) -> Bears {
    let Some(pattern) = subject(rule) else {
        return Bears::Outside(Reason::new(Why::Text, "the clause holds nothing that could be observed"));
    };
    let Some(test) = Test::of(agreement, rule, reading) else {
        return Bears::Outside(Reason::new(Why::Text, "the clause has no window under this reading"));
    };
    test.substance(pattern, fact, None)
        .and(|| test.in_window(fact))
        .and(|| test.concerns(pattern, fact, None, &Companions::default()))
}

/// The pattern that a fact is held against.
pub(crate) fn subject(rule: &Rule) -> Option<&Pattern> {
    match &rule.kernel {
        Kernel::Never { pattern, .. }
        | Kernel::By { pattern, .. }
        | Kernel::Between { pattern, .. }
        | Kernel::AtMost { pattern, .. }
        | Kernel::OnlyAfter { pattern, .. }
        | Kernel::AtLeastOnce { pattern, .. }
        | Kernel::May { pattern }
        | Kernel::Response { trigger: Trigger::Fact { pattern, .. }, .. }
        | Kernel::Response { trigger: Trigger::Quiet { without: pattern, .. }, .. } => Some(pattern),
        Kernel::Always { .. } | Kernel::Response { trigger: Trigger::Verdict(_), .. } | Kernel::TextOnly { .. } => None,
    }
}

impl Bears {
    /// Both must hold; what is outside by either is outside.
    pub(crate) fn and(self, other: impl FnOnce() -> Bears) -> Bears {
        match self {
            Bears::Outside(_) => self,
            Bears::Falls => other(),
            Bears::Undetermined(mut reasons) => match other() {
                Bears::Outside(reason) => Bears::Outside(reason),
                Bears::Falls => Bears::Undetermined(reasons),
                Bears::Undetermined(more) => {
                    reasons.extend(more);
                    Bears::Undetermined(reasons)
                }
            },
        }
    }

    pub(crate) fn unknown(why: Why, text: impl Into<String>) -> Bears {
        Bears::Undetermined(vec![Reason::new(why, text)])
    }

    pub(crate) fn outside(why: Why, text: impl Into<String>) -> Bears {
        Bears::Outside(Reason::new(why, text))
    }
}

/// One rule under one reading, ready to be held against facts.
#[derive(Clone, Copy)]
pub(crate) struct Test<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) rule: &'a Rule,
    pub(crate) reading: &'a Reading,
    pub(crate) window: Span,
    /// To whom the rule is owed, in the instance that is looked at.
    pub(crate) owed: Option<&'a Party>,
    /// The sector that is looked at, where the rule keeps sectors apart.
    pub(crate) sector: Option<Sector<'a>>,
    /// Where the one fact that it is held against lies in that sector, if somebody asked already.
    pub(crate) located: Option<Side>,
}

/// One sector of a division of ground.
#[derive(Clone, Copy)]
pub(crate) struct Sector<'a> {
    pub(crate) division: &'a Label,
    pub(crate) name: &'a Label,
    pub(crate) zone: &'a Zone,
}

impl<'a> Sector<'a> {
    /// The sectors of a division.
    pub(crate) fn all(agreement: &'a Agreement, division: &'a Label) -> impl Iterator<Item = Sector<'a>> {
        agreement.sectors[division].iter().map(move |(name, zone)| Sector { division, name, zone })
    }

    /// The sector of that name, of those that a rule keeps apart.
    pub(crate) fn named(agreement: &'a Agreement, rule: &'a Rule, name: Option<&Label>) -> Option<Sector<'a>> {
        let division = subject(rule)?.sectors.as_ref()?;
        let (name, zone) = agreement.sectors[division].get_key_value(name?)?;
        Some(Sector { division, name, zone })
    }
}

impl<'a> Test<'a> {
    pub(crate) fn of(agreement: &'a Agreement, rule: &'a Rule, reading: &'a Reading) -> Option<Test<'a>> {
        let window = rule.window(reading)?.span();
        Some(Test { agreement, rule, reading, window, owed: None, sector: None, located: None })
    }

    /// What happened, to what, where: all that does not depend on the window or, but for zones that differ by party, on the
    /// bearer.
    pub(crate) fn substance(&self, pattern: &Pattern, fact: &Fact, bearer: Option<&Party>) -> Bears {
        kind(pattern, fact)
            .and(|| pattern.class.as_ref().map_or(Bears::Falls, |class| self.object(class, fact)))
            .and(|| pattern.zone.as_ref().map_or(Bears::Falls, |zone| self.place(zone, fact, bearer)))
            .and(|| match (self.sector_zone(pattern), &pattern.sectors) {
                (Some(zone), _) => self.in_the_sector(zone, fact),
                (None, Some(sectors)) => self.in_a_sector(sectors, fact),
                (None, None) => Bears::Falls,
            })
    }

    /// The ground of the sector that is looked at, where the pattern asks for it.
    pub(crate) fn sector_zone(&self, pattern: &Pattern) -> Option<&'a Zone> {
        let sector = self.sector?;
        let asked = pattern.there || pattern.sectors.as_ref() == Some(sector.division);
        asked.then_some(sector.zone)
    }

    fn in_the_sector(&self, zone: &Zone, fact: &Fact) -> Bears {
        let name = || self.sector.map_or("the sector".to_owned(), |sector| format!("`{}`", sector.name));
        match self.located.unwrap_or_else(|| zone.locate(&fact.place.shape)) {
            Side::Inside => Bears::Falls,
            Side::Outside => Bears::outside(Why::Place, format!("it happened outside {}", name())),
            Side::Straddles => Bears::unknown(Why::Place, format!("it is not known whether it happened in {}", name())),
        }
    }

    /// Whether it lies in any of the sectors.
    fn in_a_sector(&self, sectors: &Label, fact: &Fact) -> Bears {
        let sectors = self.agreement.sectors.get(sectors).expect("invariant: a checked rule names defined sectors");
        let sides = || sectors.values().map(|sector| sector.locate(&fact.place.shape));
        if sides().any(|side| side == Side::Inside) {
            Bears::Falls
        } else if sides().any(|side| side == Side::Straddles) {
            Bears::unknown(Why::Place, "it is not known in which sector it happened")
        } else {
            Bears::outside(Why::Place, "it happened in none of the sectors")
        }
    }

    /// Whether it happened inside the rule's window.
    pub(crate) fn in_window(&self, fact: &Fact) -> Bears {
        let happened = fact.happened;
        if self.window.holds(happened) {
            return Bears::Falls;
        }
        if happened.latest() < self.window.earliest() {
            return Bears::outside(Why::Time, "it happened before the clause starts");
        }
        if happened.earliest() > self.window.latest() {
            return Bears::outside(Why::Time, "it happened after the clause ends");
        }
        let known = match happened.precision() {
            Precision::Minute => "the minute",
            Precision::Hour => "the hour",
            Precision::PartOfDay => "the part of the day",
            Precision::Day => "the day",
            Precision::Days => "a span of several days",
        };
        let edge = if happened.earliest() < self.window.earliest() {
            format!("the clause starts at {}", self.agreement.civil(self.window.earliest()))
        } else {
            format!("the clause ends at {}", self.agreement.civil(self.window.latest()))
        };
        Bears::unknown(Why::Time, format!("the source knows only {known}, and {edge}"))
    }

    pub(crate) fn object(&self, class: &Label, fact: &Fact) -> Bears {
        // A single object may stand where a class does, in the rule and in the fact.
        let members =
            |name: &Label| self.agreement.classes.get(name).cloned().unwrap_or_else(|| BTreeSet::from([name.clone()]));
        let wanted = members(class);
        let Some(object) = &fact.object else {
            return Bears::unknown(Why::Object, format!("what was hit is not said, and the clause protects `{class}`"));
        };
        let found = members(object);
        if wanted.contains(object) || object == class || found.is_subset(&wanted) {
            Bears::Falls
        } else if found.is_disjoint(&wanted) {
            Bears::outside(Why::Object, format!("`{object}` is none of the objects of `{class}`"))
        } else {
            Bears::unknown(Why::Object, format!("only some of `{object}` are among the objects of `{class}`"))
        }
    }

    pub(crate) fn place(&self, zone: &Label, fact: &Fact, bearer: Option<&Party>) -> Bears {
        let parties = || self.agreement.parties.iter().map(|(party, _)| party);
        let for_one = |bearer: Option<&Party>| {
            let area = self.agreement.zone(zone, self.reading, bearer)?;
            Some(match area.locate(&fact.place.shape) {
                Side::Inside => Bears::Falls,
                Side::Outside => Bears::outside(Why::Place, format!("it happened outside `{zone}`")),
                Side::Straddles => Bears::unknown(Why::Place, straddles(zone, &fact.place.shape)),
            })
        };
        let actor = bearer.or(fact.by.as_ref().filter(|by| self.agreement.binds(by)));
        for_one(actor).unwrap_or_else(|| match actor {
            Some(party) => Bears::outside(Why::Place, format!("`{zone}` is not drawn for `{party}`")),
            None => agreed(parties().filter_map(|party| for_one(Some(party)))),
        })
    }

    /// Who did it and to whom, seen from `bearer` (or, without one, from any of those bound), and the exceptions.
    pub(crate) fn concerns(
        &self,
        pattern: &Pattern,
        fact: &Fact,
        bearer: Option<&Party>,
        companions: &Companions,
    ) -> Bears {
        let seen = |by: Option<&Party>, bearer: Option<&Party>| {
            self.people(pattern, fact, by, bearer).and(|| self.let_pass(fact, by, bearer, companions))
        };
        let parties = || self.agreement.parties.iter().map(|(party, _)| party);
        match (&self.rule.bearer, bearer, &fact.by) {
            (Bearer::One(one), _, by) => seen(by.as_ref(), Some(one)),
            (Bearer::EachParty | Bearer::All, Some(bearer), by) => seen(by.as_ref(), Some(bearer)),
            (Bearer::All, None, by) => seen(by.as_ref(), None),
            (Bearer::EachParty, None, Some(by)) if pattern.by == Who::Bearer => {
                if self.agreement.binds(by) {
                    seen(Some(by), Some(by))
                } else {
                    Bears::outside(Why::Bearer, format!("`{by}` is not a party"))
                }
            }
            // By one of the parties, whichever: it falls under the rule if it does so for each of them.
            (Bearer::EachParty, None, None) if pattern.by == Who::Bearer => {
                agreed(parties().map(|party| seen(Some(party), Some(party))))
            }
            (Bearer::EachParty, None, by) => any(parties().map(|party| seen(by.as_ref(), Some(party)))),
        }
    }

    pub(crate) fn people(&self, pattern: &Pattern, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>) -> Bears {
        let by_whom = || self.somebody(&pattern.by, by, bearer, "by whom is not known");
        self.somebody(&pattern.at, fact.at.as_ref(), bearer, "against whom is not known").and(by_whom)
    }

    /// The facts that match, whenever they happened and whoever the bearer's rule excepts.
    pub(crate) fn marks(&self, pattern: &Pattern, bearer: Option<&Party>, facts: &[Arc<Fact>]) -> Marks {
        facts.iter().filter_map(|fact| self.mark(pattern, bearer, fact)).collect()
    }

    /// One of them, if it matches.
    fn mark(&self, pattern: &Pattern, bearer: Option<&Party>, fact: &Arc<Fact>) -> Option<Mark> {
        if !could_be(pattern, fact.act) {
            return None;
        }
        let bears = self.substance(pattern, fact, bearer).and(|| self.people(pattern, fact, fact.by.as_ref(), bearer));
        (!matches!(bears, Bears::Outside(_))).then(|| Mark::new(fact, bears, self.rule.standard))
    }

    fn somebody(&self, wanted: &Who, found: Option<&Party>, bearer: Option<&Party>, unknown: &str) -> Bears {
        let fits = |found: &Party| match (wanted, bearer) {
            (Who::Anyone, _) | (Who::Bearer, None) => true,
            (Who::Bearer, Some(bearer)) => found == bearer,
            (Who::Other, bearer) => self.agreement.binds(found) && Some(found) != bearer,
            (Who::Owed, _) => self.owed.is_none_or(|owed| found == owed),
            (Who::EveryParty, _) => self.agreement.binds(found),
            (Who::Named(party), _) => found == party,
        };
        match (wanted, found) {
            (Who::Anyone, _) => Bears::Falls,
            (Who::Bearer, None) if bearer.is_none() => Bears::Falls,
            (_, None) => Bears::unknown(Why::Bearer, unknown),
            (_, Some(found)) if fits(found) => Bears::Falls,
            (_, Some(found)) => Bears::outside(Why::Bearer, format!("it concerns `{found}`")),
        }
    }

    /// Falls when no exception applies.
    fn let_pass(&self, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>, companions: &Companions) -> Bears {
        let mut doubts = Vec::new();
        for (at, exception) in self.rule.exceptions.iter().enumerate() {
            let label = &exception.label;
            match self.excepted(exception, at, fact, by, bearer, companions) {
                Bears::Falls => return Bears::outside(Why::Exception, format!("the exception `{label}` applies")),
                Bears::Outside(_) => {}
                Bears::Undetermined(reasons) => {
                    let why: Vec<String> = reasons.into_iter().map(|reason| reason.text).collect();
                    let text = format!("the exception `{label}` may apply: {}", why.join("; "));
                    doubts.push(Reason::new(Why::Exception, text));
                }
            }
        }
        if doubts.is_empty() { Bears::Falls } else { Bears::Undetermined(doubts) }
    }

    /// Whether all tests of an exception hold.
    fn excepted(
        &self,
        exception: &Exception,
        at: usize,
        fact: &Fact,
        by: Option<&Party>,
        bearer: Option<&Party>,
        companions: &Companions,
    ) -> Bears {
        exception.tests.iter().enumerate().fold(Bears::Falls, |all, (nth, test)| {
            all.and(|| match test {
                ExceptionTest::By(people) => match by {
                    Some(by) if people.contains(by) => Bears::Falls,
                    Some(by) => Bears::outside(Why::Bearer, format!("it concerns `{by}`")),
                    None => Bears::unknown(Why::Bearer, "by whom is not known"),
                },
                ExceptionTest::In(zone) => self.place(zone, fact, bearer),
                ExceptionTest::On(class) => self.object(class, fact),
                ExceptionTest::After { within, pattern } => {
                    companions.precedes((at, nth), bearer, fact, *within, pattern.about_it, self.agreement)
                }
                ExceptionTest::While(state) => companions.holding((at, nth), bearer, fact, state),
                ExceptionTest::Permitted(rule) => self.permitted(rule, fact, by),
            })
        })
    }

    /// Whether a permission covers the fact.
    fn permitted(&self, rule: &Label, fact: &Fact, by: Option<&Party>) -> Bears {
        let rule = self.agreement.rule(rule).expect("invariant: a checked rule leans on checked rules");
        let readings = self.agreement.readings_of(rule);
        let reading = readings.iter().find(|reading| *reading == self.reading).unwrap_or(&readings[0]);
        let (Kernel::May { pattern }, Some(test)) = (&rule.kernel, Test::of(self.agreement, rule, reading)) else {
            return Bears::outside(Why::Exception, format!("rule `{}` allows nothing", rule.id));
        };
        let bearer = match &rule.bearer {
            Bearer::One(party) => Some(party),
            Bearer::EachParty => by.filter(|by| self.agreement.binds(by)),
            Bearer::All => None,
        };
        test.substance(pattern, fact, bearer)
            .and(|| test.in_window(fact))
            .and(|| test.people(pattern, fact, by, bearer))
    }
}

/// Whether an act may be one of the pattern's: what `kind` says, without the reason.
pub(crate) fn could_be(pattern: &Pattern, act: Act) -> bool {
    pattern.acts.contains(&act)
        || act == Act::Explosion && pattern.acts.iter().any(|wanted| act.may_be(*wanted))
        || act == Act::UnspecifiedBreach && pattern.acts.iter().any(|wanted| !is_deed(*wanted))
}

fn kind(pattern: &Pattern, fact: &Fact) -> Bears {
    let act = fact.act;
    if pattern.acts.contains(&act) {
        return Bears::Falls;
    }
    let other = || format!("`{}` is none of the acts of `{}`", act.word(), pattern.event);
    match act {
        Act::Explosion if pattern.acts.iter().any(|wanted| act.may_be(*wanted)) => Bears::unknown(
            Why::Kind,
            format!("an explosion of undetermined cause may or may not be `{}`", pattern.event),
        ),
        Act::UnspecifiedBreach if pattern.acts.iter().any(|wanted| !is_deed(*wanted)) => {
            Bears::unknown(Why::Kind, format!("it is not said whether the breach was `{}`", pattern.event))
        }
        Act::ThermalAnomaly | Act::Casualties => {
            let text = format!("`{}` is a trace that many things leave, and alone no `{}`", act.word(), pattern.event);
            Bears::outside(Why::Kind, text)
        }
        Act::Shelling
        | Act::AirStrike
        | Act::DroneStrike
        | Act::LongRangeDrone
        | Act::Missile
        | Act::SmallArms
        | Act::Explosion
        | Act::Assault
        | Act::Incursion
        | Act::Interception
        | Act::Overflight
        | Act::Armour
        | Act::HeavyWeapon
        | Act::Mining
        | Act::Withdrawal
        | Act::Notice
        | Act::Meeting
        | Act::Exchange
        | Act::AccessDenied
        | Act::Movement
        | Act::Arrival
        | Act::Departure
        | Act::Opening
        | Act::Closing
        | Act::Demining
        | Act::Obstruction
        | Act::Request
        | Act::Consultation
        | Act::Authorisation
        | Act::Verification
        | Act::Milestone
        | Act::Suspension
        | Act::Resumption
        | Act::Termination
        | Act::Extension
        | Act::UnspecifiedBreach => Bears::outside(Why::Kind, other()),
    }
}

/// What a party does to keep a duty; no breach is one of these.
fn is_deed(act: Act) -> bool {
    matches!(act, Act::Withdrawal | Act::Exchange | Act::Arrival | Act::Departure | Act::Opening | Act::Demining)
        || act.of_record()
}

fn straddles(zone: &Label, shape: &Shape) -> String {
    match shape {
        Shape::Disc { radius_m, .. } => {
            format!("the place is known to {}, and the edge of `{zone}` lies within that", distance(*radius_m))
        }
        Shape::Wedge(wedge) => {
            let within = distance(wedge.disc().1);
            format!("the place is known by its bearing, to {within}, and the edge of `{zone}` lies within that")
        }
        Shape::Region(region) => format!("the place is known only as `{region}`, which does not settle `{zone}`"),
        Shape::Unplaced => format!("the place is not known, and the clause applies in `{zone}`"),
    }
}

fn distance(metres: u32) -> String {
    if metres >= 1_000 { format!("{}.{} km", metres / 1_000, metres % 1_000 / 100) } else { format!("{metres} m") }
}

/// The answer that all agree on; otherwise what each of them leaves open.
fn agreed(answers: impl Iterator<Item = Bears>) -> Bears {
    let answers: Vec<Bears> = answers.collect();
    if answers.iter().all(|answer| *answer == Bears::Falls) {
        return Bears::Falls;
    }
    if answers.iter().all(|answer| matches!(answer, Bears::Outside(_))) {
        return any(answers.into_iter());
    }
    let mut reasons = vec![Reason::new(Why::Bearer, "by whom is not known, and the answer depends on it")];
    for answer in answers {
        if let Bears::Undetermined(more) = answer {
            reasons.extend(more.into_iter().filter(|reason| !reasons.contains(reason)).collect::<Vec<_>>());
        }
    }
    Bears::Undetermined(reasons)
}

/// The surest answer of any; what an exception lets pass comes before what never fell under the rule.
fn any(answers: impl Iterator<Item = Bears>) -> Bears {
    let rank = |answer: &Bears| match answer {
        Bears::Falls => 0,
        Bears::Undetermined(_) => 1,
        Bears::Outside(reason) if reason.why == Why::Exception => 2,
        Bears::Outside(_) => 3,
    };
    answers.min_by_key(rank).expect("invariant: a rule of each party has parties")
}

/// The facts that exceptions look back at, by exception, test and bearer: "within 10 minutes after ...", "while ...".
#[derive(Default)]
pub(crate) struct Companions {
    before: BTreeMap<(usize, usize, Party), Marks>,
    turns: BTreeMap<(usize, usize, Party), Turns>,
}

impl Companions {
    /// The facts of every such exception of the rule, from each of those who may be bound.
    pub(crate) fn of(test: &Test<'_>, facts: &[Arc<Fact>]) -> Companions {
        let mut companions = Companions::default();
        let one = match &test.rule.bearer {
            Bearer::One(party) if !test.agreement.binds(party) => Some(party),
            Bearer::One(_) | Bearer::EachParty | Bearer::All => None,
        };
        let bearers: Vec<&Party> = test.agreement.parties.iter().map(|(party, _)| party).chain(one).collect();
        for (at, exception) in test.rule.exceptions.iter().enumerate() {
            for (nth, exception) in exception.tests.iter().enumerate() {
                for bearer in &bearers {
                    let key = (at, nth, (*bearer).clone());
                    match exception {
                        ExceptionTest::After { pattern, .. } => {
                            companions.before.insert(key, test.marks(pattern, Some(bearer), facts));
                        }
                        ExceptionTest::While(state) => {
                            companions.turns.insert(key, Turns::of(test, state, Some(bearer), facts));
                        }
                        ExceptionTest::By(_)
                        | ExceptionTest::In(_)
                        | ExceptionTest::On(_)
                        | ExceptionTest::Permitted(_) => {}
                    }
                }
            }
        }
        companions
    }

    /// Lets go of those that surely ended before an instant.
    pub(crate) fn forget(&mut self, before: Instant) {
        self.before.values_mut().for_each(|marks| marks.forget(before));
    }

    /// Takes one more fact in, or out again; gives the spans in which an exception may now be answered otherwise.
    pub(crate) fn change(&mut self, test: &Test<'_>, fact: &Arc<Fact>, put: bool) -> Vec<Span> {
        let mut changed = Vec::new();
        for ((at, nth, bearer), marks) in &mut self.before {
            let ExceptionTest::After { within, pattern } = &test.rule.exceptions[*at].tests[*nth] else { continue };
            let there = if put {
                let mark = test.mark(pattern, Some(bearer), fact);
                mark.map(|mark| marks.insert(mark)).is_some()
            } else {
                marks.remove(fact.happened, &fact.id).is_some()
            };
            if there {
                let until = test.agreement.calendar.due(fact.happened.latest(), *within);
                changed
                    .push(Span::new(fact.happened.earliest(), until).expect("invariant: a term ends after it begins"));
            }
        }
        changed
    }

    /// Whether such a fact came at most so long before this one.
    fn precedes(
        &self,
        (at, nth): (usize, usize),
        bearer: Option<&Party>,
        fact: &Fact,
        within: Duration,
        about_it: bool,
        agreement: &Agreement,
    ) -> Bears {
        let mut answer = Bears::outside(Why::Exception, "nothing of the kind came before");
        let begins = |instant| agreement.calendar.before(instant, within);
        let (from_first, from_last) = (begins(fact.happened.earliest()), begins(fact.happened.latest()));
        let near = Span::new(from_first, fact.happened.latest()).expect("invariant: before is before");
        let ours = |(e, t, of): &(usize, usize, Party)| (*e, *t) == (at, nth) && bearer.is_none_or(|b| b == of);
        for (_, before) in self.before.iter().filter(|(key, _)| ours(key)) {
            for mark in before.touching(near).filter(|mark| mark.fact.id != fact.id) {
                let link = if about_it { linked(&mark.fact, fact) } else { Bears::Falls };
                let span = mark.fact.happened;
                let in_time = span.latest() <= fact.happened.earliest() && span.earliest() >= from_last;
                match link {
                    Bears::Falls if mark.sure && in_time => return Bears::Falls,
                    Bears::Falls | Bears::Undetermined(_) => {
                        answer = Bears::unknown(Why::Exception, "something of the kind may have come before");
                    }
                    Bears::Outside(_) => {}
                }
            }
        }
        answer
    }

    /// Whether the state held when the fact happened.
    fn holding(&self, (at, nth): (usize, usize), bearer: Option<&Party>, fact: &Fact, state: &Label) -> Bears {
        let found = self.turns.iter().filter(|((e, t, of), _)| (*e, *t) == (at, nth) && bearer.is_none_or(|b| b == of));
        let mut answer = Bears::outside(Why::Exception, format!("`{state}` did not hold"));
        for (_, turns) in found {
            match turns.held(fact.happened) {
                Some(true) => return Bears::Falls,
                Some(false) => {}
                None => answer = Bears::unknown(Why::Exception, format!("whether `{state}` held is not known")),
            }
        }
        answer
    }
}
