//! Trials: fusion on observations of which it is known which belong together.
//!
//! Takes a file of such observations and runs the model over it without that column; gives how well the two agree. Never
//! shows the model the truth, and never writes to a store.

mod measure;
mod model;
mod rows;

pub use measure::{Agreement, Bin, Calibration, Measured, Shares, measure};
pub use model::{Prepared, PreparedError, prior};
pub use rows::{Row, RowError, SOURCE_KINDS, Told, read};

use fusion::Incident;
use std::collections::BTreeMap;
use terms::place::METRES_PER_E6;
use terms::{Act, Chance, Count, Instant, Means, Observation, ObservationId, Place, Position, Release, Shape, Source};
use terms::{SourceId, SourceKind, Span};

/// What a model made of the rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The group of each row.
    pub groups: Vec<u32>,
    /// For each group the chance that it happened, where the model says so.
    pub chances: Option<BTreeMap<u32, Chance>>,
    /// Pairs of rows with the chance that they tell of one happening, where the model says so.
    pub pairs: Option<Vec<(u32, u32, Chance)>>,
}

/// Runs the first model, which the mission still uses. Reports of parties take part here as reports of others do.
#[must_use]
pub fn run_first(rows: &[Row]) -> Outcome {
    let observations: Vec<Observation> = rows.iter().map(observation).collect();
    let sources = rows.iter().map(|row| (source_id(row), source(row))).collect();
    let incidents = fusion::partition(&observations.iter().collect::<Vec<_>>(), &sources);
    outcome(rows, &incidents)
}

fn outcome(rows: &[Row], incidents: &[Incident]) -> Outcome {
    let mut at: BTreeMap<ObservationId, u32> = BTreeMap::new();
    let mut chances = BTreeMap::new();
    for (group, incident) in (0..).zip(incidents) {
        chances.insert(group, incident.chance);
        at.extend(incident.members.iter().map(|member| (*member, group)));
    }
    let groups = rows.iter().map(|row| at[&row.id]).collect();
    Outcome { groups, chances: Some(chances), pairs: None }
}

fn source_id(row: &Row) -> SourceId {
    let kind = SOURCE_KINDS[usize::from(row.kind_of_source)];
    SourceId::new(&format!("{kind}-{}", row.source)).expect("invariant: a kind and a number are a name")
}

/// Every source is worth as much as the next: a trial knows nothing of them.
fn source(row: &Row) -> Source {
    let even = Chance::from_ppm(500_000).expect("invariant: half of a million");
    Source {
        id: source_id(row),
        title: String::new(),
        kind: SourceKind::Dataset,
        voice: source_id(row).to_string(),
        party: None,
        licence: String::new(),
        attribution: String::new(),
        release: Release::Nothing,
        worth: Act::ALL.into_iter().map(|act| (act, even)).collect(),
        worth_basis: String::new(),
    }
}

fn observation(row: &Row) -> Observation {
    let told = &row.told;
    let act = match (row.kind_of_source, told.kind) {
        (2, _) => Act::ThermalAnomaly,
        (_, 0 | 1 | 4) => Act::Shelling,
        (_, 2) => Act::AirStrike,
        (_, 3) => Act::DroneStrike,
        (_, 5) => Act::SmallArms,
        _ => Act::Explosion,
    };
    let e6 = |tens: i32| (f64::from(tens) * 10.0 / METRES_PER_E6) as i32;
    let centre = Position::new(e6(told.at[0]), e6(told.at[1])).expect("invariant: the reader keeps places on the map");
    let radius_m = ((told.spread[0] + told.spread[2]) / 2).unsigned_abs().isqrt() as u32 * 10;
    let instant = |s: i64| Instant::from_ms(s * 1_000).expect("invariant: the reader keeps times in range");
    let span = Span::new(instant(told.time_s - told.within_s), instant(told.time_s + told.within_s));
    Observation {
        id: row.id,
        count: if told.count > 0 { Count::exactly(told.count) } else { Count::UNKNOWN },
        ..Observation::plain(
            source_id(row),
            Means::Press,
            act,
            span.expect("invariant: half a length is not negative"),
            Place { shape: Shape::Disc { centre, radius_m: radius_m.max(1) }, name: None },
        )
    }
}
