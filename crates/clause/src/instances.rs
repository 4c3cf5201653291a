//! Every instance of every rule: one forbidden fact, one deadline, one trigger, one stretch of time.
//!
//! Takes an agreement, facts in any order, what was watched, and the instant; gives instances in canonical order. A pure
//! function. Never judges an allegation; rules that lean on others are judged after them.

use crate::agreement::{Agreement, Reading};
use crate::bears::{Companions, Sector, Test, subject};
use crate::fact::{Fact, Footing};
use crate::instance::Instance;
use crate::judge::{Docket, Watch};
use crate::kinds;
use crate::matter::Matter;
use crate::power::Exercised;
use crate::roll::Roll;
use crate::rule::{Bearer, Rule};
use crate::start::{Judged, has_whoever};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Instant, Label, Party};

/// What came of everything that the rules ask, at an instant: by end of interest, then rule, reading, bearer, owed,
/// footing, sector and occasion.
#[must_use]
pub fn instances(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Vec<Instance> {
    let docket = Docket::of(facts);
    let benches = Footing::JUDGED.map(|footing| Bench::of(agreement, docket.for_duty(footing), footing, watch, at));
    let mut all: Vec<Instance> = benches.into_iter().flat_map(|bench| bench.judged.into_values().flatten()).collect();
    all.sort_by(|a, b| (a.interest.latest(), &a.key).cmp(&(b.interest.latest(), &b.key)));
    all
}

/// All that is judged on one footing.
pub(crate) struct Bench {
    pub(crate) footing: Footing,
    /// In order of time.
    pub(crate) facts: Vec<Arc<Fact>>,
    pub(crate) roll: Roll,
    pub(crate) judged: Judged,
    pub(crate) exercised: Exercised,
}

impl Bench {
    pub(crate) fn of(
        agreement: &Agreement,
        facts: Vec<Arc<Fact>>,
        footing: Footing,
        watch: &Watch<'_>,
        at: Instant,
    ) -> Bench {
        let rules = agreement.rules.iter().map(|rule| &rule.id).collect();
        Bench::of_rules(agreement, facts, footing, watch, at, &rules)
    }

    /// The same for some rules, which must be all that they lean on.
    pub(crate) fn of_rules(
        agreement: &Agreement,
        facts: Vec<Arc<Fact>>,
        footing: Footing,
        watch: &Watch<'_>,
        at: Instant,
        rules: &BTreeSet<&Label>,
    ) -> Bench {
        let roll: Roll = facts.iter().collect();
        let hearing = Hearing { agreement, footing, facts: &facts, roll: &roll, watch, at };
        let mut exercised = Exercised::default();
        let mut judged = hearing.judged(rules, &exercised);
        if !agreement.powers.is_empty() {
            exercised = Exercised::of(agreement, &facts, &judged, watch, at, footing);
        }
        if exercised != Exercised::default() {
            judged = hearing.judged(rules, &exercised);
        }
        Bench { footing, facts, roll, judged, exercised }
    }
}

/// The facts of one footing before all rules.
#[derive(Clone, Copy)]
pub(crate) struct Hearing<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) footing: Footing,
    pub(crate) facts: &'a [Arc<Fact>],
    pub(crate) roll: &'a Roll,
    pub(crate) watch: &'a Watch<'a>,
    pub(crate) at: Instant,
}

impl Hearing<'_> {
    fn judged(&self, rules: &BTreeSet<&Label>, exercised: &Exercised) -> Judged {
        let mut judged = Judged::new();
        for rule in in_order(self.agreement).into_iter().filter(|rule| rules.contains(&rule.id)) {
            let mut of_rule = Vec::new();
            for reading in self.agreement.readings_of(rule) {
                self.each(rule, reading, exercised, |matter| of_rule.extend(kinds::instances(matter, &judged)));
            }
            judged.insert(rule.id.clone(), of_rule);
        }
        judged
    }

    /// Every matter of a rule under a reading.
    pub(crate) fn each(
        &self,
        rule: &Rule,
        reading: &Reading,
        exercised: &Exercised,
        mut with: impl FnMut(&Matter<'_>),
    ) {
        let agreement = self.agreement;
        let Some(window) = rule.window(reading).and_then(|window| exercised.window(agreement, rule, window)) else {
            return;
        };
        let mut companions: BTreeMap<(Option<&Party>, Option<&Label>), Companions> = BTreeMap::new();
        for (bearer, owed, sector) in apart(agreement, rule) {
            let test = Test { agreement, rule, reading, window: window.span(), owed, sector, located: None };
            let same_test = (owed, sector.map(|sector| sector.name));
            let companions = companions.entry(same_test).or_insert_with(|| Companions::of(&test, self.facts));
            with(&Matter {
                test,
                window,
                bearer,
                footing: self.footing,
                facts: self.facts,
                roll: self.roll,
                companions,
                suspended: exercised.suspended.get(&rule.id).map_or(&[], Vec::as_slice),
                watch: self.watch,
                at: self.at,
            });
        }
    }
}

/// For whom, to whom and where a rule has instances of its own.
pub(crate) type Apart<'a> = (Option<&'a Party>, Option<&'a Party>, Option<Sector<'a>>);

/// Every bearer, with each that the rule is owed to, in each sector.
pub(crate) fn apart<'a>(agreement: &'a Agreement, rule: &'a Rule) -> Vec<Apart<'a>> {
    let parties = || agreement.parties.iter().map(|(party, _)| party);
    let bearers: Vec<Option<&Party>> = match &rule.bearer {
        Bearer::EachParty => {
            let whoever = has_whoever(&rule.kernel).then_some(None);
            whoever.into_iter().chain(parties().map(Some)).collect()
        }
        Bearer::All => vec![None],
        Bearer::One(party) => vec![Some(party)],
    };
    let owed = |bearer: Option<&Party>| -> Vec<Option<&'a Party>> {
        match &rule.owed {
            Some(Bearer::EachParty) => parties().filter(|party| Some(*party) != bearer).map(Some).collect(),
            Some(Bearer::One(party)) => vec![Some(party)],
            Some(Bearer::All) | None => vec![None],
        }
    };
    let division = subject(rule).and_then(|pattern| pattern.sectors.as_ref());
    let sectors: Vec<Option<Sector<'_>>> = match division {
        Some(division) => Sector::all(agreement, division).map(Some).collect(),
        None => vec![None],
    };
    let mut all = Vec::new();
    for bearer in bearers {
        for owed in owed(bearer) {
            all.extend(sectors.iter().map(|sector| (bearer, owed, *sector)));
        }
    }
    all
}

/// The rules, each after those that it leans on; the text's order otherwise.
fn in_order(agreement: &Agreement) -> Vec<&Rule> {
    let mut done: BTreeSet<&Label> = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < agreement.rules.len() {
        let before = order.len();
        for rule in &agreement.rules {
            let leans_on = rule.references();
            if !done.contains(&rule.id) && leans_on.iter().all(|on| done.contains(on)) {
                done.insert(&rule.id);
                order.push(rule);
            }
        }
        assert!(order.len() > before, "invariant: no checked rules lean on each other in a ring");
    }
    order
}
