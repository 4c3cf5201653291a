//! The demo's world: three invented days in an invented country, by a simulator that knows the truth.
//!
//! Takes a seed and a number of hours; gives what reached the mission and when, and beside it what really happened, so
//! that the page "How well did it do?" can set one against the other. The same seed gives the same bytes everywhere.
//! Never reads a clock or the system's randomness, and never shows a real place, party or person.

mod country;
mod dice;
mod look;
mod replay;
mod score;
mod source;
mod truth;
mod voice;
mod watch;

pub use replay::{Replay, ReplayError};
pub use score::{Miss, Missed, Score, Tally, score};
pub use truth::{Suggestion, TrueIncident};

use country::Country;
use mission::record::{named_effort, named_observation};
use std::collections::BTreeMap;
use terms::time::HOUR_MS;
use terms::{Effort, EffortId, Instant, Observation, ObservationId, Source};

/// 00:00 on 2 March 2026 in Varo (UTC-2): six hours before the agreement begins.
pub const START: &str = "2026-03-02T02:00:00Z";

/// The longest scenario, in hours.
pub const LONGEST_HOURS: u32 = 72;

/// A scenario: what the mission gets to know, and what really happened.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// When it begins.
    pub start: Instant,
    /// When it ends; what would have been received later is not in it.
    pub end: Instant,
    /// Every source that may report.
    pub sources: Vec<Source>,
    /// What reached the mission, by time of receipt, then by id.
    pub happenings: Vec<Happening>,
    /// What really happened, by time.
    pub truth: Vec<TrueIncident>,
    /// Of which true incident each observation tells; `None` for a false alarm, a rumour or a fabrication.
    pub told: BTreeMap<ObservationId, Option<usize>>,
    /// What the mission's people would establish, and when.
    pub suggested: Vec<Suggestion>,
}

/// Something that reached the mission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Happening {
    /// When it did.
    pub received_at: Instant,
    /// What it is.
    pub what: What,
}

/// A report, or a look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Who saw what.
    Observation(Observation),
    /// Who looked.
    Effort(Effort),
}

/// The scenario of a seed, at most [`LONGEST_HOURS`] long.
#[must_use]
pub fn simulate(seed: u64, hours: u32) -> Scenario {
    let start = Instant::parse(START).expect("invariant: the start is a time");
    let end = start.shifted(i64::from(hours.min(LONGEST_HOURS)) * HOUR_MS);
    let country = Country::varo();
    let mut truth = truth::happen(&country, seed, start);
    let mut book = Recorder::default();
    watch::record(&country, seed, look::looks(&country, seed, start), &truth, &mut book);
    voice::speak(&country, seed, start, &truth, &mut book);
    truth.retain(|incident| incident.span.earliest() < end);
    let (happenings, told) = book.close(end, truth.len());
    let suggested = truth::suggest(&truth, start).into_iter().filter(|s| s.decided_at < end).collect();
    Scenario { start, end, sources: source::declared(&country), happenings, truth, told, suggested }
}

/// The sector of the map that a position lies in.
#[must_use]
pub fn sector(position: terms::Position) -> Option<String> {
    Country::varo().sector(position).map(|sector| sector.id.clone())
}

/// Collects what is received. The same content twice is one observation.
#[derive(Default)]
struct Recorder {
    observations: BTreeMap<ObservationId, (Instant, Observation, Option<usize>)>,
    efforts: BTreeMap<EffortId, (Instant, Effort)>,
}

impl Recorder {
    fn tell(&mut self, received_at: Instant, observation: Observation, truth: Option<usize>) {
        let named = named_observation(observation);
        self.observations.entry(named.id).or_insert((received_at, named, truth));
    }

    fn look(&mut self, received_at: Instant, effort: Effort) {
        let named = named_effort(effort);
        self.efforts.entry(named.id).or_insert((received_at, named));
    }

    /// What was received before `end`. Words about what has not happened by then (there are boasts) tell of nothing.
    fn close(self, end: Instant, happened: usize) -> (Vec<Happening>, BTreeMap<ObservationId, Option<usize>>) {
        let in_time = self.observations.into_values().filter(|(received_at, ..)| *received_at < end);
        let mut told = BTreeMap::new();
        let mut happenings = Vec::new();
        for (received_at, observation, truth) in in_time {
            told.insert(observation.id, truth.filter(|index| *index < happened));
            happenings.push(Happening { received_at, what: What::Observation(observation) });
        }
        let efforts = self.efforts.into_values().filter(|(received_at, _)| *received_at < end);
        happenings.extend(efforts.map(|(received_at, effort)| Happening { received_at, what: What::Effort(effort) }));
        // Both maps are in order of id and the sort is stable: looks after reports of the same instant.
        happenings.sort_by_key(|happening| happening.received_at);
        (happenings, told)
    }
}

#[cfg(test)]
mod tests;
