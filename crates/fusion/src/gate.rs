//! The gates: whether an observation may be of the same happening as an incident.
//!
//! Takes two of them; gives the reason to join, or nothing. Stated uncertainty widens a gate; nothing else does.

use crate::incident::Join;
use terms::time::{HOUR_MS, MINUTE_MS};
use terms::{Observation, Span};

/// Clocks of two honest witnesses may differ by this much.
const CLOCK_SLACK_MS: i64 = 10 * MINUTE_MS;
/// Stated radii are one-sigma-like at best; two discs this far apart may still be one place.
const PLACE_SLACK_M: f64 = 300.0;
/// A wider disc says too little about the place to tell one happening from its neighbour.
pub(crate) const WIDEST_JOIN_M: u32 = 20_000;
/// So does a longer span than this, of a place.
pub(crate) const LONGEST_JOIN_MS: i64 = 48 * HOUR_MS;
/// A longer span says too little about the time to choose between incidents.
const VAGUE_MS: i64 = HOUR_MS;

/// Whether an observation knows its time too poorly to choose between several incidents.
pub(crate) fn is_vague(observation: &Observation) -> bool {
    observation.happened.length_ms() > VAGUE_MS
}

/// The span widened by what clocks may differ.
pub(crate) fn padded(span: Span) -> Span {
    let (earliest, latest) = (span.earliest().shifted(-CLOCK_SLACK_MS), span.latest().shifted(CLOCK_SLACK_MS));
    Span::new(earliest, latest).expect("invariant: widening keeps the order")
}

/// Why `later` may be of the same happening as every one of `members`, if it may.
pub(crate) fn pass(members: &[&Observation], later: &Observation) -> Option<Join> {
    let mut join = Join { observation: later.id, distance_m: 0, gap_ms: 0 };
    for member in members {
        let (distance_m, gap_ms) = pass_one(member, later)?;
        join.distance_m = join.distance_m.max(distance_m);
        join.gap_ms = join.gap_ms.max(gap_ms);
    }
    Some(join)
}

fn pass_one(member: &Observation, later: &Observation) -> Option<(u32, i64)> {
    let alike = member.act.may_be(later.act)
        && agree(member.object.as_ref(), later.object.as_ref())
        && agree(member.by.as_ref(), later.by.as_ref());
    // A source that gives one row per place and day has already told its own happenings apart.
    let told_apart = member.source == later.source && member.act == later.act && is_vague(later);
    if !alike || told_apart {
        return None;
    }
    padded(member.happened).meet(later.happened)?;
    let gap_ms = (later.happened.earliest().ms() - member.happened.latest().ms())
        .max(member.happened.earliest().ms() - later.happened.latest().ms())
        .max(0);
    let ((here, here_m), (there, there_m)) = (member.place.disc()?, later.place.disc()?);
    let distance_m = here.distance_m(there);
    let near = distance_m <= f64::from(here_m) + f64::from(there_m) + PLACE_SLACK_M;
    near.then_some((distance_m as u32, gap_ms))
}

fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_none() || b.is_none() || a == b
}
