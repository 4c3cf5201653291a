//! How well did it do? What was proposed, set against what really happened, misses included.
//!
//! Takes a scenario and a partition of its observations into incidents; gives counts in integers and every miss with its
//! reason. Statements of the Parties are left out: they never become incidents. Never hides a true incident that nobody
//! could have seen: it counts them apart.

use super::country::Country;
use super::{Scenario, TrueIncident, What};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Chance, Effort, IncidentId, ObservationId, Outcome};

/// The comparison of a partition with the truth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Score {
    /// True incidents, and how many of them were found.
    pub all: Tally,
    /// The same per kind of act.
    pub by_act: BTreeMap<Act, Tally>,
    /// The same per sector of the map; `-` for what lies in none.
    pub by_sector: BTreeMap<String, Tally>,
    /// Incidents proposed: `one + mixed + false_alarms`.
    pub proposed: u32,
    /// Proposed incidents whose reports tell of one true incident (and perhaps of none besides).
    pub one: u32,
    /// Proposed incidents that mix reports of several true ones.
    pub mixed: u32,
    /// Proposed incidents of which nothing is true.
    pub false_alarms: u32,
    /// Proposed incidents beyond the first for the same true one.
    pub fragments: u32,
    /// Pairs of reports put together that tell of one happening.
    pub pairs_right: u64,
    /// Pairs of reports put together, without those of two false alarms, whose kinship nobody knows.
    pub pairs_together: u64,
    /// Pairs of reports that tell of one happening, put together or not.
    pub pairs_true: u64,
    /// Members that the scenario does not know; they count for nothing else.
    pub strangers: u32,
    /// Every true incident that no proposal is mainly about, by time.
    pub misses: Vec<Missed>,
}

/// True incidents counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many happened: `found + missed`.
    pub happened: u32,
    /// How many have a proposed incident that is mainly about them.
    pub found: u32,
    /// How many have none.
    pub missed: u32,
    /// How many of the missed nobody could have seen.
    pub unseeable: u32,
}

/// A true incident that was not found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missed {
    /// Index into the truth.
    pub truth: usize,
    /// Why.
    pub why: Miss,
    /// Whether a Party spoke of it.
    pub claimed: bool,
}

/// Why a true incident was not found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Miss {
    /// No look that could have perceived it held its place and time.
    NobodyLooked,
    /// Someone looked; nobody perceived or printed it.
    LookedAndMissed,
    /// There are reports; none of them is in a proposed incident.
    NotProposed,
    /// Its reports are in an incident that is mainly about another.
    MergedInto(IncidentId),
}

impl Score {
    /// Of the pairs put together, the share that belongs together; `None` where nothing was.
    #[must_use]
    pub fn precision(&self) -> Option<Chance> {
        Chance::share(self.pairs_right, self.pairs_together)
    }

    /// Of the pairs that belong together, the share put together; `None` where there are none.
    #[must_use]
    pub fn recall(&self) -> Option<Chance> {
        Chance::share(self.pairs_right, self.pairs_true)
    }
}

/// Sets a partition against the truth. An observation that is in no incident counts as one by itself.
#[must_use]
pub fn score(scenario: &Scenario, incidents: &[(IncidentId, Vec<ObservationId>)]) -> Score {
    let reports = Reports::of(scenario);
    let mut score = Score::empty();
    let mut mainly: BTreeSet<usize> = BTreeSet::new();
    let mut merged: BTreeMap<usize, IncidentId> = BTreeMap::new();
    for (id, members) in incidents {
        let (known, strangers): (Vec<_>, Vec<_>) = members.iter().partition(|m| scenario.told.contains_key(m));
        score.strangers += narrow(strangers.len());
        let truths: Vec<Option<usize>> = known.iter().filter_map(|m| reports.told.get(m).copied()).collect();
        if truths.is_empty() {
            continue;
        }
        for truth in score.judge(&truths, &mut mainly) {
            merged.entry(truth).or_insert(*id);
        }
    }
    score.pairs_true = reports.sizes().values().map(|size| pairs(*size)).sum();
    score.settle(scenario, &reports, &mainly, &merged);
    score
}

/// What the scenario holds besides statements.
struct Reports<'a> {
    told: BTreeMap<ObservationId, Option<usize>>,
    claimed: BTreeSet<usize>,
    efforts: Vec<&'a Effort>,
}

impl Reports<'_> {
    fn of(scenario: &Scenario) -> Reports<'_> {
        let mut reports = Reports { told: BTreeMap::new(), claimed: BTreeSet::new(), efforts: Vec::new() };
        for happening in &scenario.happenings {
            match &happening.what {
                What::Observation(observation) => {
                    let truth = scenario.told[&observation.id];
                    if observation.is_claim() {
                        reports.claimed.extend(truth);
                    } else {
                        reports.told.insert(observation.id, truth);
                    }
                }
                What::Effort(effort) => reports.efforts.push(effort),
            }
        }
        reports
    }

    /// Reports per true incident.
    fn sizes(&self) -> BTreeMap<usize, u64> {
        let mut sizes = BTreeMap::new();
        for truth in self.told.values().flatten() {
            *sizes.entry(*truth).or_insert(0) += 1;
        }
        sizes
    }

    /// Whether any look could have perceived it.
    fn seeable(&self, incident: &TrueIncident) -> bool {
        self.efforts.iter().any(|effort| {
            effort.outcome == Outcome::Looked
                && effort.able.contains(&incident.act)
                && effort.span.meet(incident.span).is_some()
                && effort.area.holds(incident.position)
        })
    }
}

impl Score {
    fn empty() -> Score {
        Score {
            all: Tally::default(),
            by_act: BTreeMap::new(),
            by_sector: BTreeMap::new(),
            proposed: 0,
            one: 0,
            mixed: 0,
            false_alarms: 0,
            fragments: 0,
            pairs_right: 0,
            pairs_together: 0,
            pairs_true: 0,
            strangers: 0,
            misses: Vec::new(),
        }
    }

    /// Counts one proposed incident by the truths of its members; gives those it is not mainly about.
    fn judge(&mut self, truths: &[Option<usize>], mainly: &mut BTreeSet<usize>) -> Vec<usize> {
        let mut sizes: BTreeMap<usize, u64> = BTreeMap::new();
        for truth in truths.iter().flatten() {
            *sizes.entry(*truth).or_insert(0) += 1;
        }
        let untrue = truths.len() as u64 - sizes.values().sum::<u64>();
        self.proposed += 1;
        self.pairs_right += sizes.values().map(|size| pairs(*size)).sum::<u64>();
        self.pairs_together += pairs(truths.len() as u64) - pairs(untrue);
        // The largest share; of equals, the earliest.
        let Some((main, _)) = sizes.iter().max_by_key(|(truth, size)| (**size, usize::MAX - **truth)) else {
            self.false_alarms += 1;
            return Vec::new();
        };
        if sizes.len() == 1 {
            self.one += 1;
        } else {
            self.mixed += 1;
        }
        if !mainly.insert(*main) {
            self.fragments += 1;
        }
        sizes.keys().filter(|truth| *truth != main).copied().collect()
    }

    /// Counts the true incidents, and says of each that was missed why.
    fn settle(
        &mut self,
        scenario: &Scenario,
        reports: &Reports,
        mainly: &BTreeSet<usize>,
        merged: &BTreeMap<usize, IncidentId>,
    ) {
        let country = Country::varo();
        let sizes = reports.sizes();
        for (index, incident) in scenario.truth.iter().enumerate() {
            let why = if mainly.contains(&index) {
                None
            } else if let Some(into) = merged.get(&index) {
                Some(Miss::MergedInto(*into))
            } else if sizes.contains_key(&index) {
                Some(Miss::NotProposed)
            } else if reports.seeable(incident) {
                Some(Miss::LookedAndMissed)
            } else {
                Some(Miss::NobodyLooked)
            };
            let sector = country.sector(incident.position).map_or("-", |sector| &sector.id).to_owned();
            self.all.count(why);
            self.by_act.entry(incident.act).or_default().count(why);
            self.by_sector.entry(sector).or_default().count(why);
            if let Some(why) = why {
                self.misses.push(Missed { truth: index, why, claimed: reports.claimed.contains(&index) });
            }
        }
    }
}

impl Tally {
    fn count(&mut self, why: Option<Miss>) {
        self.happened += 1;
        match why {
            None => self.found += 1,
            Some(Miss::NobodyLooked) => {
                self.missed += 1;
                self.unseeable += 1;
            }
            Some(Miss::LookedAndMissed | Miss::NotProposed | Miss::MergedInto(_)) => self.missed += 1,
        }
    }
}

fn pairs(size: u64) -> u64 {
    size * size.saturating_sub(1) / 2
}

fn narrow(size: usize) -> u32 {
    u32::try_from(size).expect("invariant: a scenario is small")
}
