//! Whether a fact matches a pattern: yes, maybe or no, straight from `docs/agreement-language.md`.
//!
//! Takes the crate's nouns and plain integers; gives three answers. Never calls what the engine judges with: the ground
//! is a rectangle here, and a place is far from its edges, on one, or cut by one.

use super::lengths::after;
use clause::{Agreement, Bearer, Duration, ExceptionTest, Fact, Kernel, Pattern, Reading, Rule, Who};
use std::collections::BTreeSet;
use terms::{Act, Label, Party, Shape};

/// No is the least and yes the most: "all of them" is the least of the answers, "any of them" the most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Told {
    No,
    Maybe,
    Yes,
}

pub(crate) fn told(plain: bool) -> Told {
    if plain { Told::Yes } else { Told::No }
}

/// From when until when, in milliseconds, both ends included.
pub(crate) type Stretch = (i64, i64);

pub(crate) fn when(fact: &Fact) -> Stretch {
    (fact.happened.earliest().ms(), fact.happened.latest().ms())
}

/// Whether the first lies in the second.
pub(crate) fn lies_in(one: Stretch, other: Stretch) -> Told {
    if other.0 <= one.0 && one.1 <= other.1 { Told::Yes } else { touches(one, other) }
}

fn touches(one: Stretch, other: Stretch) -> Told {
    if one.1 < other.0 || one.0 > other.1 { Told::No } else { Told::Maybe }
}

/// One rule as one bearer's, under one reading, on one footing.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) rule: &'a Rule,
    pub(crate) reading: &'a Reading,
    pub(crate) window: Stretch,
    pub(crate) bearer: Option<&'a Party>,
    pub(crate) owed: Option<&'a Party>,
    /// The division and the sector.
    pub(crate) sector: Option<(&'a Label, &'a Label)>,
    /// All of the footing.
    pub(crate) facts: &'a [&'a Fact],
    /// When the rule is out of force.
    pub(crate) suspended: &'a [Stretch],
}

/// A fact with what is to be said of it.
#[derive(Clone, Copy)]
pub(crate) struct Match<'a> {
    pub(crate) fact: &'a Fact,
    /// Whether it matches, the exceptions apart.
    pub(crate) matches: Told,
    /// Whether an exception applies.
    pub(crate) excepted: Told,
    pub(crate) standard: bool,
}

impl Match<'_> {
    pub(crate) fn sure(&self) -> bool {
        self.matches == Told::Yes && self.excepted == Told::No && self.standard
    }

    pub(crate) fn possible(&self) -> bool {
        self.matches > Told::No && self.excepted < Told::Yes
    }
}

impl<'a> View<'a> {
    /// The facts in the window that match; those that an exception lets pass among them.
    pub(crate) fn subjects(&self, pattern: &Pattern) -> Vec<Match<'a>> {
        let mut all = Vec::new();
        for fact in self.facts {
            let plain = self.what(pattern, fact).min(lies_in(when(fact), self.window)).min(self.in_force(when(fact)));
            let (people, excepted) = self.concerned(pattern, fact);
            let matches = plain.min(people);
            let standard = fact.chance >= self.rule.standard;
            if matches > Told::No {
                all.push(Match { fact, matches, excepted, standard });
            }
        }
        all
    }

    /// The facts that match, whenever they happened.
    pub(crate) fn answers(&self, pattern: &Pattern) -> Vec<Match<'a>> {
        self.answers_of(pattern, self.bearer)
    }

    fn answers_of<'b>(&'b self, pattern: &Pattern, bearer: Option<&'b Party>) -> Vec<Match<'a>> {
        let mut all = Vec::new();
        for fact in self.facts {
            let what = View { bearer, ..*self }.what(pattern, fact);
            let matches = what.min(self.people(pattern, fact, fact.by.as_ref(), bearer));
            if matches > Told::No {
                let standard = fact.chance >= self.rule.standard;
                all.push(Match { fact, matches, excepted: Told::No, standard });
            }
        }
        all
    }

    /// A suspended rule has no instances.
    pub(crate) fn in_force(&self, span: Stretch) -> Told {
        let mut answer = Told::Yes;
        for off in self.suspended {
            answer = answer.min(match lies_in(span, *off) {
                Told::Yes => Told::No,
                Told::Maybe => Told::Maybe,
                Told::No => Told::Yes,
            });
        }
        answer
    }

    fn what(&self, pattern: &Pattern, fact: &Fact) -> Told {
        let mut answer = act(&pattern.acts, fact.act);
        if let Some(class) = &pattern.class {
            answer = answer.min(self.object(class, fact));
        }
        if let Some(zone) = &pattern.zone {
            answer = answer.min(self.place(zone, fact, self.bearer));
        }
        if let Some((division, sector)) = self.sector
            && (pattern.there || pattern.sectors.as_ref() == Some(division))
        {
            let drawn = &self.agreement.sectors[division][sector];
            return answer.min(ground(&drawn.area, &drawn.holds, &fact.place.shape));
        }
        if let Some(division) = &pattern.sectors {
            let sectors = self.agreement.sectors[division].values();
            let any = sectors.map(|drawn| ground(&drawn.area, &drawn.holds, &fact.place.shape)).max();
            answer = answer.min(any.unwrap_or(Told::No));
        }
        answer
    }

    fn object(&self, class: &Label, fact: &Fact) -> Told {
        let Some(object) = &fact.object else { return Told::Maybe };
        let members =
            |name: &Label| self.agreement.classes.get(name).cloned().unwrap_or_else(|| BTreeSet::from([name.clone()]));
        let (wanted, found) = (members(class), members(object));
        let inside = found.iter().filter(|one| wanted.contains(one)).count();
        if object == class || inside == found.len() || wanted.contains(object) {
            Told::Yes
        } else if inside == 0 {
            Told::No
        } else {
            Told::Maybe
        }
    }

    /// A zone may differ by party: then it is that of the bearer, or of who acted.
    fn place(&self, zone: &Label, fact: &Fact, bearer: Option<&Party>) -> Told {
        let zone = self.reading.names.get(zone).unwrap_or(zone);
        if let Some(drawn) = self.agreement.zones.get(zone) {
            return ground(&drawn.area, &drawn.holds, &fact.place.shape);
        }
        let of = &self.agreement.zones_of[zone];
        let for_one = |party: &Party| {
            of.get(party).map_or(Told::No, |drawn| ground(&drawn.area, &drawn.holds, &fact.place.shape))
        };
        let acted = fact.by.as_ref().filter(|by| self.is_party(by));
        match bearer.or(acted) {
            Some(party) => for_one(party),
            None => all_alike(of.keys().map(for_one).collect()),
        }
    }

    fn is_party(&self, who: &Party) -> bool {
        self.agreement.parties.iter().any(|(party, _)| party == who)
    }

    /// By whom and to whom, and whether an exception applies, seen from the bearer; without one in a rule of each party,
    /// "one of those bound, whoever it was".
    fn concerned(&self, pattern: &Pattern, fact: &Fact) -> (Told, Told) {
        let seen = |by: Option<&Party>, bearer: Option<&Party>| {
            (self.people(pattern, fact, by, bearer), self.excepted(fact, by, bearer))
        };
        let by = fact.by.as_ref();
        if self.rule.bearer != Bearer::EachParty || self.bearer.is_some() {
            return seen(by, self.bearer);
        }
        let each: Vec<&Party> = self.agreement.parties.iter().map(|(party, _)| party).collect();
        if pattern.by != Who::Bearer {
            // It is enough that it is a breach of one of them.
            let answers = each.into_iter().map(|party| seen(by, Some(party)));
            let worst = |(matches, excepted): &(Told, Told)| match (matches, excepted) {
                (Told::Yes, Told::No) => 3,
                (Told::No, _) => 0,
                (Told::Yes | Told::Maybe, Told::Yes) => 1,
                (Told::Yes, Told::Maybe) | (Told::Maybe, Told::Maybe | Told::No) => 2,
            };
            return answers.max_by_key(worst).expect("invariant: there are parties");
        }
        if let Some(by) = by {
            return if self.is_party(by) { seen(Some(by), Some(by)) } else { (Told::No, Told::No) };
        }
        // By one of the parties, nobody knows which: what holds for each of them holds.
        let answers: Vec<(Told, Told)> = each.into_iter().map(|party| seen(Some(party), Some(party))).collect();
        let matches = all_alike(answers.iter().map(|(matches, _)| *matches).collect());
        let of_those = answers.iter().filter(|(matches, _)| *matches > Told::No);
        (matches, all_alike(of_those.map(|(_, excepted)| *excepted).collect()))
    }

    fn people(&self, pattern: &Pattern, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>) -> Told {
        self.is(&pattern.by, by, bearer).min(self.is(&pattern.at, fact.at.as_ref(), bearer))
    }

    fn is(&self, wanted: &Who, found: Option<&Party>, bearer: Option<&Party>) -> Told {
        let asks_nobody = match wanted {
            Who::Anyone => true,
            Who::Bearer => bearer.is_none(),
            Who::Other | Who::Owed | Who::EveryParty | Who::Named(_) => false,
        };
        if asks_nobody {
            return Told::Yes;
        }
        let Some(found) = found else { return Told::Maybe };
        told(match wanted {
            Who::Anyone => true,
            Who::Bearer => Some(found) == bearer,
            Who::Other => self.is_party(found) && Some(found) != bearer,
            Who::Owed => self.owed.is_none() || self.owed == Some(found),
            Who::EveryParty => self.is_party(found),
            Who::Named(party) => party == found,
        })
    }

    fn excepted(&self, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>) -> Told {
        let exceptions = self.rule.exceptions.iter();
        let applies = exceptions.map(|exception| {
            let tests = exception.tests.iter().map(|test| self.test(test, fact, by, bearer));
            tests.min().unwrap_or(Told::Yes)
        });
        applies.max().unwrap_or(Told::No)
    }

    fn test(&self, test: &ExceptionTest, fact: &Fact, by: Option<&Party>, bearer: Option<&Party>) -> Told {
        // For nobody in particular it is enough that it holds of one of the parties.
        let seen_from: Vec<&Party> = match bearer {
            Some(bearer) => vec![bearer],
            None => self.agreement.parties.iter().map(|(party, _)| party).collect(),
        };
        match test {
            ExceptionTest::By(people) => by.map_or(Told::Maybe, |by| told(people.contains(by))),
            ExceptionTest::In(zone) => self.place(zone, fact, bearer),
            ExceptionTest::On(class) => self.object(class, fact),
            ExceptionTest::After { within, pattern } => {
                let mut answer = Told::No;
                for bearer in seen_from {
                    for before in self.answers_of(pattern, Some(bearer)) {
                        if before.fact.id == fact.id {
                            continue;
                        }
                        let about = if pattern.about_it { about(before.fact, fact) } else { Told::Yes };
                        let near = follows(when(before.fact), when(fact), Some(*within));
                        let held = if before.sure() { Told::Yes } else { Told::Maybe };
                        answer = answer.max(held.min(about).min(near));
                    }
                }
                answer
            }
            ExceptionTest::While(state) => {
                let mut answer = Told::No;
                for bearer in seen_from {
                    answer = answer.max(self.state_over(state, Some(bearer), when(fact)));
                }
                answer
            }
            ExceptionTest::Permitted(rule) => self.permitted(rule, fact, by),
        }
    }

    fn permitted(&self, rule: &Label, fact: &Fact, by: Option<&Party>) -> Told {
        let rule = self.agreement.rules.iter().find(|other| other.id == *rule).expect("a rule that is there");
        let Kernel::May { pattern } = &rule.kernel else { return Told::No };
        let Some(window) = super::naive::window(rule, self.reading) else { return Told::No };
        let bearer = match &rule.bearer {
            Bearer::One(party) => Some(party),
            Bearer::EachParty => by.filter(|by| self.is_party(by)),
            Bearer::All => None,
        };
        let there = View { rule, window, bearer, owed: None, sector: None, ..*self };
        there.what(pattern, fact).min(lies_in(when(fact), window)).min(there.people(pattern, fact, by, bearer))
    }

    /// Whether the state held at every moment of a span, at none, or that cannot be told.
    fn state_over(&self, state: &Label, bearer: Option<&Party>, span: Stretch) -> Told {
        let turns = self.turns(state, bearer);
        let moments = moments(&turns, span);
        all_alike(moments.into_iter().map(|moment| state_at(&turns, moment)).collect())
    }

    /// What begins and what ends a state.
    pub(crate) fn turns(&self, state: &Label, bearer: Option<&Party>) -> Vec<Turn> {
        let state = &self.agreement.states[state];
        let mut turns = Vec::new();
        for (pattern, begins) in [(&state.begins, true), (&state.ends, false)] {
            for found in self.answers_of(pattern, bearer) {
                turns.push(Turn { id: found.fact.id.clone(), when: when(found.fact), begins, sure: found.sure() });
            }
        }
        turns
    }
}

/// What begins or ends a state.
pub(crate) struct Turn {
    pub(crate) id: String,
    pub(crate) when: Stretch,
    pub(crate) begins: bool,
    pub(crate) sure: bool,
}

/// The moments of a span at which a state may change, and its ends: between two of them nothing happens.
pub(crate) fn moments(turns: &[Turn], span: Stretch) -> Vec<i64> {
    let mut all = vec![span.0, span.1];
    for turn in turns {
        all.extend([turn.when.0, turn.when.0 + 1, turn.when.1, turn.when.1 + 1]);
    }
    all.retain(|moment| span.0 <= *moment && *moment <= span.1);
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the state holds at a moment in every way in which its turns may have come about: each sure one at some moment
/// of its span, each possible one at some moment or never, the latest of them deciding.
pub(crate) fn state_at(turns: &[Turn], moment: i64) -> Told {
    let begun = turns.iter().any(|turn| turn.sure && turn.when.1 <= moment);
    let may_be = |begins: bool| {
        turns.iter().filter(|turn| turn.begins == begins && turn.when.0 <= moment).any(|turn| {
            let latest = turn.when.1.min(moment);
            // It decides if everything that surely says otherwise can have come before it, or after the moment.
            let against = turns.iter().filter(|other| other.sure && other.begins != begins);
            against.into_iter().all(|other| other.when.0 <= latest || other.when.1 > moment)
        })
    };
    match (begun, may_be(true), may_be(false)) {
        (true, true, false) => Told::Yes,
        (true, false, true) => Told::No,
        _ => Told::Maybe,
    }
}

/// Whether the second comes at or after the first, and at most so long after it, where that is asked.
pub(crate) fn follows(first: Stretch, second: Stretch, within: Option<Duration>) -> Told {
    let in_time = |from: i64, at: i64| within.is_none_or(|within| at <= after(from, within));
    if first.1 <= second.0 && in_time(first.0, second.1) {
        Told::Yes
    } else {
        told(first.0 <= second.1 && in_time(first.1, second.0)).min(Told::Maybe)
    }
}

/// Whether one fact is about the other.
pub(crate) fn about(one: &Fact, other: &Fact) -> Told {
    if one.about.as_ref() == Some(&other.id) || other.about.as_ref() == Some(&one.id) {
        Told::Yes
    } else if one.about.is_none() && other.about.is_none() {
        Told::Maybe
    } else {
        Told::No
    }
}

/// What all say; otherwise it depends.
fn all_alike(answers: Vec<Told>) -> Told {
    if answers.iter().all(|answer| *answer == Told::Yes) {
        Told::Yes
    } else if answers.iter().all(|answer| *answer == Told::No) {
        Told::No
    } else {
        Told::Maybe
    }
}

fn act(wanted: &BTreeSet<Act>, found: Act) -> Told {
    const STRIKES: [Act; 5] = [Act::Shelling, Act::AirStrike, Act::DroneStrike, Act::LongRangeDrone, Act::Missile];
    const DEEDS: [Act; 6] = [Act::Withdrawal, Act::Exchange, Act::Arrival, Act::Departure, Act::Opening, Act::Demining];
    if wanted.contains(&found) {
        return Told::Yes;
    }
    let traces = [Act::ThermalAnomaly, Act::Casualties];
    if found == Act::Explosion {
        told(wanted.iter().any(|act| STRIKES.contains(act) || traces.contains(act))).min(Told::Maybe)
    } else if found == Act::UnspecifiedBreach {
        // No breach is a deed that keeps a duty.
        told(wanted.iter().any(|act| !DEEDS.contains(act) && !act.of_record())).min(Told::Maybe)
    } else {
        Told::No
    }
}

/// Whether a place lies in an upright rectangle.
fn ground(area: &terms::Area, holds: &BTreeSet<Label>, shape: &Shape) -> Told {
    let (centre, radius_m) = match shape {
        Shape::Region(region) => return if holds.contains(region) { Told::Yes } else { Told::Maybe },
        Shape::Wedge(_) | Shape::Unplaced => return Told::Maybe,
        Shape::Disc { centre, radius_m } => (centre, i64::from(*radius_m)),
    };
    let corners = &area.polygons()[0][0];
    let lons: Vec<i64> = corners.iter().map(|corner| i64::from(corner.lon_e6())).collect();
    let lats: Vec<i64> = corners.iter().map(|corner| i64::from(corner.lat_e6())).collect();
    let (lon, lat) = (i64::from(centre.lon_e6()), i64::from(centre.lat_e6()));
    // At 48.5 degrees north a microdegree is 0.111 m high and 0.074 m wide.
    let room = |at: i64, of: &[i64], millimetres: i64| {
        let (low, high) = (of.iter().min().expect("a corner"), of.iter().max().expect("a corner"));
        (at - low).min(high - at) * millimetres
    };
    let inside_mm = room(lon, &lons, 74).min(room(lat, &lats, 111));
    if radius_m > 0 && inside_mm.abs() < radius_m * 1_000 { Told::Maybe } else { told(inside_mm >= 0) }
}
