//! One rule under one reading, for one bearer, on one footing: what matches, what lets pass, what could go unseen.
//!
//! Takes facts and what was watched; gives the answers that the definitions ask for, each by looking at every fact. Never
//! keeps an index, never reads what the engine made of the same facts.

use super::claim::Outcomes;
use super::exercise::Exercises;
use crate::agreement::{Agreement, Reading};
use crate::bears::{Sector, Test, subject};
use crate::fact::{Bears, Fact, Footing, Why};
use crate::instance::{Absence, InstanceKey, Occasion, Part, Witness};
use crate::judge::{Heard, Watch};
use crate::rule::{Bearer, Exception, ExceptionTest, Kernel, Pattern, Rule, Who, Window};
use coverage::coverage;
use std::collections::BTreeSet;
use terms::{Act, Instant, Label, Party, Span};

/// All that is given on one footing.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) agreement: &'a Agreement,
    pub(super) footing: Footing,
    /// All that is judged together, in order of time.
    pub(super) facts: &'a [&'a Fact],
    pub(super) watch: &'a Watch<'a>,
    pub(super) at: Instant,
    pub(super) exercises: &'a Exercises,
    /// What came of the rules that others lean on.
    pub(super) outcomes: &'a Outcomes,
}

/// What a claim is held against.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) rule: &'a Rule,
    pub(super) reading: &'a Reading,
    pub(super) bearer: Option<&'a Party>,
    pub(super) owed: Option<&'a Party>,
    pub(super) sector: Option<Sector<'a>>,
    pub(super) window: Window,
}

/// Whether a fact matches, with what is not known.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Match {
    Sure,
    Perhaps(BTreeSet<Why>),
    /// It would, but this exception surely applies.
    Excused(Label),
    No,
}

impl Match {
    fn of(bears: &Bears) -> Match {
        match bears {
            Bears::Falls => Match::Sure,
            Bears::Undetermined(reasons) => Match::Perhaps(reasons.iter().map(|reason| reason.why).collect()),
            Bears::Outside(_) => Match::No,
        }
    }

    fn perhaps(why: Why) -> Match {
        Match::Perhaps([why].into())
    }

    /// Both must hold; the first that does not settles it.
    fn and(self, other: impl FnOnce() -> Match) -> Match {
        match self {
            Match::Excused(_) | Match::No => self,
            Match::Sure => other(),
            Match::Perhaps(whys) => match other() {
                Match::Sure => Match::Perhaps(whys),
                Match::Perhaps(more) => Match::Perhaps(whys.union(&more).copied().collect()),
                settled @ (Match::Excused(_) | Match::No) => settled,
            },
        }
    }
}

/// A fact that matches a pattern, or would but for an exception.
#[derive(Clone)]
pub(super) struct Hit<'a> {
    pub(super) fact: &'a Fact,
    pub(super) matched: Match,
    /// It matches, and is held at the standard.
    pub(super) sure: bool,
}

impl Hit<'_> {
    pub(super) fn span(&self) -> Span {
        self.fact.happened
    }

    pub(super) fn excused(&self) -> Option<&Label> {
        if let Match::Excused(label) = &self.matched { Some(label) } else { None }
    }

    /// What is not known of it.
    pub(super) fn doubts(&self) -> BTreeSet<Why> {
        match &self.matched {
            Match::Perhaps(whys) => whys.clone(),
            Match::Sure if !self.sure => [Why::Standard].into(),
            Match::Sure | Match::Excused(_) | Match::No => BTreeSet::new(),
        }
    }

    pub(super) fn witness(&self, part: Part) -> Witness {
        Witness { fact: self.fact.id.clone(), revision: self.fact.revision, part }
    }
}

/// Something that begins or ends a state.
#[derive(Clone, PartialEq)]
pub(super) struct Turn<'a> {
    pub(super) fact: &'a Fact,
    pub(super) begins: bool,
    pub(super) sure: bool,
}

impl<'a> Scene<'a> {
    /// For each reading, bearer, owed and sector that a rule has instances for.
    pub(super) fn grounds(self, rule: &'a Rule) -> Vec<Ground<'a>> {
        let mut grounds = Vec::new();
        for reading in self.agreement.readings_of(rule) {
            let window = rule.window(reading).and_then(|window| self.exercises.window(self.agreement, rule, window));
            let Some(window) = window else { continue };
            for (bearer, owed, sector) in kept_apart(self.agreement, rule) {
                grounds.push(Ground { scene: self, rule, reading, bearer, owed, sector, window });
            }
        }
        grounds
    }
}

/// For whom, to whom and where.
type Apart<'a> = (Option<&'a Party>, Option<&'a Party>, Option<Sector<'a>>);

fn kept_apart<'a>(agreement: &'a Agreement, rule: &'a Rule) -> Vec<Apart<'a>> {
    let parties: Vec<Option<&Party>> = agreement.parties.iter().map(|(party, _)| Some(party)).collect();
    let of = |whom: &'a Bearer| match whom {
        Bearer::EachParty => parties.clone(),
        Bearer::All => vec![None],
        Bearer::One(party) => vec![Some(party)],
    };
    let mut bearers = of(&rule.bearer);
    if rule.bearer == Bearer::EachParty
        && matches!(rule.kernel, Kernel::Never { .. } | Kernel::AtMost { per: None, .. })
    {
        bearers.insert(0, None);
    }
    let division = subject(rule).and_then(|pattern| pattern.sectors.as_ref());
    let sectors: Vec<Option<Sector<'_>>> =
        division.map_or(vec![None], |division| Sector::all(agreement, division).map(Some).collect());
    let mut all = Vec::new();
    for bearer in bearers {
        let owed = rule.owed.as_ref().map_or(vec![None], of);
        let each = rule.owed == Some(Bearer::EachParty);
        for owed in owed.into_iter().filter(|owed| !each || *owed != bearer) {
            all.extend(sectors.iter().map(|sector| (bearer, owed, *sector)));
        }
    }
    all
}

impl<'a> Ground<'a> {
    pub(super) fn key(&self, of: Occasion) -> InstanceKey {
        InstanceKey {
            rule: self.rule.id.clone(),
            reading: self.rule.depends_on_reading.then(|| self.reading.id.clone()),
            bearer: self.bearer.cloned(),
            owed: self.owed.cloned(),
            footing: self.scene.footing,
            sector: self.sector.map(|sector| sector.name.clone()),
            of,
        }
    }

    /// One fact before one pattern is left to the same code that the engine uses: what an act, a place or a name means is
    /// not computed twice.
    fn test(&self) -> Test<'a> {
        let (window, owed, sector) = (self.window.span(), self.owed, self.sector);
        let (agreement, rule, reading) = (self.scene.agreement, self.rule, self.reading);
        Test { agreement, rule, reading, window, owed, sector, located: None }
    }

    fn hit(&self, fact: &'a Fact, matched: Match) -> Option<Hit<'a>> {
        let sure = matched == Match::Sure && fact.chance >= self.rule.standard;
        (matched != Match::No).then_some(Hit { fact, matched, sure })
    }

    /// The fact as one that the rule forbids, counts or asks for, in its window.
    pub(super) fn subject(&self, pattern: &Pattern, fact: &'a Fact) -> Option<Hit<'a>> {
        let test = self.test();
        let matched = Match::of(&test.substance(pattern, fact, self.bearer))
            .and(|| Match::of(&test.in_window(fact)))
            .and(|| self.in_force(fact.happened))
            .and(|| self.concerns(pattern, fact));
        self.hit(fact, matched)
    }

    pub(super) fn subjects(&self, pattern: &Pattern) -> Vec<Hit<'a>> {
        self.scene.facts.iter().filter_map(|fact| self.subject(pattern, fact)).collect()
    }

    /// The facts that match for a bearer, whenever they happened.
    fn matching(&self, pattern: &Pattern, bearer: Option<&Party>) -> Vec<Hit<'a>> {
        let test = self.test();
        let matched = |fact: &&'a Fact| {
            Match::of(&test.substance(pattern, fact, bearer))
                .and(|| Match::of(&test.people(pattern, fact, fact.by.as_ref(), bearer)))
        };
        self.scene.facts.iter().filter_map(|fact| self.hit(fact, matched(fact))).collect()
    }

    pub(super) fn answers(&self, pattern: &Pattern) -> Vec<Hit<'a>> {
        self.matching(pattern, self.bearer)
    }

    /// When powers put the rule out of force.
    pub(super) fn suspended(&self) -> &'a [Span] {
        self.scene.exercises.suspended.get(&self.rule.id).map_or(&[][..], Vec::as_slice)
    }

    /// Whether the rule is in force throughout a span.
    pub(super) fn in_force(&self, span: Span) -> Match {
        if self.suspended().iter().any(|off| off.holds(span)) {
            Match::No
        } else if self.suspended().iter().any(|off| off.meet(span).is_some()) {
            Match::perhaps(Why::Time)
        } else {
            Match::Sure
        }
    }

    /// Whom it concerns, and the exceptions.
    fn concerns(&self, pattern: &Pattern, fact: &Fact) -> Match {
        let seen = |by: Option<&Party>, bearer: Option<&Party>| {
            Match::of(&self.test().people(pattern, fact, by, bearer)).and(|| self.let_pass(fact, by, bearer))
        };
        let each = || self.scene.agreement.parties.iter().map(|(party, _)| party);
        match (&self.rule.bearer, self.bearer, fact.by.as_ref()) {
            (Bearer::One(one), _, by) => seen(by, Some(one)),
            (Bearer::EachParty | Bearer::All, Some(bearer), by) => seen(by, Some(bearer)),
            (Bearer::All, None, by) => seen(by, None),
            (Bearer::EachParty, None, Some(by)) if pattern.by == Who::Bearer => {
                if self.scene.agreement.binds(by) {
                    seen(Some(by), Some(by))
                } else {
                    Match::No
                }
            }
            (Bearer::EachParty, None, None) if pattern.by == Who::Bearer => {
                agreed(each().map(|party| seen(Some(party), Some(party))).collect())
            }
            (Bearer::EachParty, None, by) => surest(each().map(|party| seen(by, Some(party)))),
        }
    }

    /// Whether every exception leaves the fact where it is.
    fn let_pass(&self, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>) -> Match {
        let mut answer = Match::Sure;
        for exception in &self.rule.exceptions {
            match self.excepted(exception, fact, by, bearer) {
                Match::Sure | Match::Excused(_) => return Match::Excused(exception.label.clone()),
                Match::Perhaps(_) => answer = Match::perhaps(Why::Exception),
                Match::No => {}
            }
        }
        answer
    }

    fn excepted(&self, exception: &Exception, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>) -> Match {
        let test = self.test();
        exception.tests.iter().fold(Match::Sure, |all, asked| {
            all.and(|| match asked {
                ExceptionTest::By(people) => match by {
                    Some(by) if people.contains(by) => Match::Sure,
                    Some(_) => Match::No,
                    None => Match::perhaps(Why::Bearer),
                },
                ExceptionTest::In(zone) => Match::of(&test.place(zone, fact, bearer)),
                ExceptionTest::On(class) => Match::of(&test.object(class, fact)),
                ExceptionTest::After { within, pattern } => {
                    let near = self.companions(bearer).into_iter().flat_map(|one| self.matching(pattern, Some(one)));
                    let near = near.filter(|hit| hit.fact.id != fact.id);
                    let calendar = &self.scene.agreement.calendar;
                    let (first, last) = (
                        calendar.before(fact.happened.earliest(), *within),
                        calendar.before(fact.happened.latest(), *within),
                    );
                    surest(near.map(|hit| {
                        let (span, link) = (hit.span(), linked(pattern, hit.fact, fact));
                        let sure = span.latest() <= fact.happened.earliest() && span.earliest() >= last;
                        let possible = span.earliest() <= fact.happened.latest() && span.latest() >= first;
                        match link {
                            Match::Sure if hit.sure && sure => Match::Sure,
                            Match::Sure | Match::Perhaps(_) if possible => Match::perhaps(Why::Exception),
                            Match::Sure | Match::Perhaps(_) | Match::Excused(_) | Match::No => Match::No,
                        }
                    }))
                }
                ExceptionTest::While(state) => {
                    let each = self.companions(bearer).into_iter();
                    surest(each.map(|one| match held(&self.turns(state, Some(one)), fact.happened) {
                        Some(true) => Match::Sure,
                        Some(false) => Match::No,
                        None => Match::perhaps(Why::Exception),
                    }))
                }
                ExceptionTest::Permitted(rule) => self.permitted(rule, fact, by),
            })
        })
    }

    /// Whose facts an exception looks back at: the bearer's, or without one those of each party.
    fn companions(&self, bearer: Option<&'a Party>) -> Vec<&'a Party> {
        let parties = self.scene.agreement.parties.iter().map(|(party, _)| party);
        let one = if let Bearer::One(one) = &self.rule.bearer { Some(one) } else { None };
        let all: BTreeSet<&Party> = parties.chain(one).collect();
        all.into_iter().filter(|party| bearer.is_none_or(|bearer| bearer == *party)).collect()
    }

    fn permitted(&self, rule: &Label, fact: &Fact, by: Option<&Party>) -> Match {
        let Some(rule) = self.scene.agreement.rule(rule) else { return Match::No };
        let readings = self.scene.agreement.readings_of(rule);
        let reading = readings.iter().find(|reading| *reading == self.reading).or(readings.first());
        let Some(test) = reading.and_then(|reading| Test::of(self.scene.agreement, rule, reading)) else {
            return Match::No;
        };
        let Kernel::May { pattern } = &rule.kernel else { return Match::No };
        let bearer = match &rule.bearer {
            Bearer::One(party) => Some(party),
            Bearer::EachParty => by.filter(|by| self.scene.agreement.binds(by)),
            Bearer::All => None,
        };
        Match::of(&test.substance(pattern, fact, bearer))
            .and(|| Match::of(&test.in_window(fact)))
            .and(|| Match::of(&test.people(pattern, fact, by, bearer)))
    }

    /// The turns of a state, in order of time.
    pub(super) fn turns(&self, state: &Label, bearer: Option<&Party>) -> Vec<Turn<'a>> {
        let Some(state) = self.scene.agreement.states.get(state) else { return Vec::new() };
        let turn = |begins: bool| move |hit: Hit<'a>| Turn { fact: hit.fact, begins, sure: hit.sure };
        let begun = self.matching(&state.begins, bearer).into_iter().map(turn(true));
        let mut turns: Vec<Turn<'a>> =
            begun.chain(self.matching(&state.ends, bearer).into_iter().map(turn(false))).collect();
        turns.sort_by(|a, b| (a.fact.happened, &a.fact.id, a.begins).cmp(&(b.fact.happened, &b.fact.id, b.begins)));
        turns
    }

    /// Whether something of the pattern may have happened in the span and not be known.
    pub(super) fn unseen(&self, pattern: &Pattern, during: Span) -> bool {
        let kept = |heard: &&Heard| {
            heard.until < during.latest() || heard.silent.iter().any(|silent| silent.meet(during).is_some())
        };
        if self.scene.watch.known_until < during.latest() || self.listens(&pattern.acts).iter().any(kept) {
            return true;
        }
        if pattern.acts.iter().all(|act| act.of_record()) {
            return false;
        }
        let zone = pattern.zone.as_ref().and_then(|zone| self.scene.agreement.zone(zone, self.reading, self.bearer));
        let area = self.test().sector_zone(pattern).or(zone).map(|zone| &zone.area);
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        self.scene.footing != Footing::Proposed
            || !coverage(area, &acts, during, &self.scene.watch.looks()).suffices(self.scene.agreement.keep_threshold)
    }

    /// What is said of the sources that the text plans for such acts.
    pub(super) fn listens(&self, acts: &BTreeSet<Act>) -> Vec<&'a Heard> {
        let planned = |heard: &&Heard| {
            let tells = |name: &Label, told: &BTreeSet<Act>| *name == heard.source && !told.is_disjoint(acts);
            self.scene.agreement.planned.iter().any(|source| tells(&source.name, &source.acts))
        };
        self.scene.watch.heard.iter().filter(planned).collect()
    }

    /// What must stand in a certificate that says: nothing of the pattern in that span. Looked at is what may lie in it, with
    /// the last before and the first after; of answers about their trigger, all those that one of the two names.
    pub(super) fn absence(&self, pattern: &Pattern, during: Span, trigger: Option<&Fact>) -> Absence {
        let record = (Label::new("record").expect("invariant: a label"), self.scene.watch.known_until);
        let heard = self.listens(&pattern.acts).into_iter().map(|heard| (heard.source.clone(), heard.until));
        let mut known_until: Vec<(Label, Instant)> = heard.chain([record]).collect();
        known_until.sort();
        let hits = self.answers(pattern);
        let looked_at: Vec<&Hit<'a>> = match trigger.filter(|_| pattern.about_it) {
            Some(trigger) => {
                let about = |hit: &&Hit<'a>| linked(pattern, hit.fact, trigger) == Match::Sure;
                hits.iter().filter(|hit| hit.fact.id != trigger.id).filter(about).collect()
            }
            None => {
                let before = hits.iter().rfind(|hit| hit.span().latest() < during.earliest());
                let within = hits.iter().filter(|hit| hit.span().meet(during).is_some());
                let after = hits.iter().find(|hit| hit.span().earliest() > during.latest());
                before.into_iter().chain(within).chain(after).collect()
            }
        };
        let missed = looked_at.iter().filter(|hit| hit.span().meet(during).is_none()).map(|hit| {
            let early = hit.span().latest().ms() - during.earliest().ms();
            let late = hit.span().earliest().ms() - during.latest().ms();
            (hit.fact.id.clone(), if early < 0 { early } else { late })
        });
        Absence {
            of: pattern.event.clone(),
            during,
            known_until,
            examined: u32::try_from(looked_at.len()).unwrap_or(u32::MAX),
            // What came too late explains more than what came too early.
            nearest: missed.min_by_key(|(id, ms)| (*ms < 0, ms.abs(), id.clone())),
        }
    }
}

/// `about it`: whether one of two facts names the other.
pub(super) fn linked(pattern: &Pattern, one: &Fact, other: &Fact) -> Match {
    let names = |a: &Fact, b: &Fact| a.about.as_deref() == Some(b.id.as_str());
    if !pattern.about_it || names(one, other) || names(other, one) {
        Match::Sure
    } else if one.about.is_none() && other.about.is_none() {
        Match::perhaps(Why::Kind)
    } else {
        Match::No
    }
}

/// Whether a state held throughout a span.
pub(super) fn held(turns: &[Turn<'_>], during: Span) -> Option<bool> {
    let before = turns.iter().filter(|turn| turn.sure && turn.fact.happened.latest() <= during.earliest());
    let last = before.max_by_key(|turn| (turn.fact.happened.earliest(), &turn.fact.id))?;
    let since = Span::new(last.fact.happened.earliest(), during.latest())?;
    let turned = turns.iter().any(|turn| turn.begins != last.begins && turn.fact.happened.meet(since).is_some());
    (!turned).then_some(last.begins)
}

/// By one of several, whichever: surely only if for each of them.
fn agreed(answers: Vec<Match>) -> Match {
    if answers.iter().all(|answer| *answer == Match::Sure) {
        return Match::Sure;
    }
    if answers.iter().all(|answer| matches!(answer, Match::No | Match::Excused(_))) {
        return surest(answers.into_iter());
    }
    let doubts =
        answers.into_iter().filter_map(|answer| if let Match::Perhaps(whys) = answer { Some(whys) } else { None });
    Match::Perhaps(doubts.flatten().chain([Why::Bearer]).collect())
}

/// The surest of several; `No` of none.
fn surest(answers: impl Iterator<Item = Match>) -> Match {
    let rank = |answer: &Match| match answer {
        Match::Sure => 0,
        Match::Perhaps(_) => 1,
        Match::Excused(_) => 2,
        Match::No => 3,
    };
    answers.min_by_key(rank).unwrap_or(Match::No)
}
