//! The meeting: where the places that independent voices state lie over one another.
//!
//! Takes the reports of one incident; gives a middle with its covariance, or the two places that contradict one another. Never
//! counts a voice twice, never moves the incident's own place, and never draws one region over places that do not meet.

use crate::projection::{ground, on_ground};
use std::collections::BTreeMap;
use terms::{Observation, ObservationId, Position};

/// Two places farther apart than in one of a thousand happenings contradict one another: chi-square of two degrees of freedom.
const APART: f64 = 13.815_510_557_964_274;

/// Where the places of independent voices meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meeting {
    /// All of them allow one region.
    Region(Region),
    /// These two lie so far outside one another that one happening would be told so once in a thousand times.
    Apart([ObservationId; 2]),
}

/// A bell on the ground: what is left when every voice's place, taken as a bell, is multiplied with the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// Its middle.
    pub middle: Position,
    /// Its covariance east-east, east-north, north-north, square metres.
    pub spread_m2: [i64; 3],
    /// How many voices gave a place.
    pub voices: u32,
}

/// The ellipse of a region that holds a share of its mass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ellipse {
    /// Half of its longer axis, metres.
    pub long_m: u32,
    /// Half of its shorter axis, metres.
    pub short_m: u32,
    /// Where the longer axis points, thousandths of a degree clockwise from north, below half a turn.
    pub bearing_mdeg: u32,
}

impl Region {
    /// The ellipse that holds so many percent of the mass, from 1 to 99.
    #[must_use]
    pub fn ellipse(&self, percent: u32) -> Ellipse {
        let [xx, xy, yy] = self.spread_m2.map(|square| square as f64);
        let (middle, half) = ((xx + yy) / 2.0, libm::hypot((xx - yy) / 2.0, xy));
        let square = -2.0 * libm::log1p(-f64::from(percent.clamp(1, 99)) / 100.0);
        let axis = |variance: f64| libm::round(libm::sqrt(variance.max(0.0) * square)) as u32;
        // Twice the angle of the longer axis, from north: the axis of a covariance turns half as fast as the covariance.
        let turn = libm::atan2(2.0 * xy, yy - xx).to_degrees() / 2.0;
        let bearing_mdeg = libm::round((turn + 180.0) * 1e3) as u32 % 180_000;
        Ellipse { long_m: axis(middle + half), short_m: axis(middle - half), bearing_mdeg }
    }
}

/// Where the places of these reports, each with its voice, meet: of each voice the place that it knows best. Nothing where fewer than two
/// voices give one.
#[must_use]
pub fn meeting(told: &[(u32, &Observation)]) -> Option<Meeting> {
    let mut best: BTreeMap<u32, (u32, ObservationId, &Observation)> = BTreeMap::new();
    for (voice, member) in told {
        let Some((_, radius_m)) = member.place.disc() else { continue };
        let known = best.entry(*voice).or_insert((radius_m, member.id, member));
        if (radius_m, member.id) < (known.0, known.1) {
            *known = (radius_m, member.id, member);
        }
    }
    let mut places: Vec<(ObservationId, [f64; 2], [f64; 3])> = Vec::new();
    for (_, id, member) in best.into_values() {
        let (at, spread) = ground(&member.place.shape)?;
        places.push((id, at.map(f64::from), spread.map(|square| square as f64)));
    }
    if places.len() < 2 {
        return None;
    }
    places.sort_by_key(|(id, ..)| *id);
    for (nth, (one, a, spread_a)) in places.iter().enumerate() {
        for (two, b, spread_b) in &places[nth + 1..] {
            let spread = [0, 1, 2].map(|at| spread_a[at] + spread_b[at]);
            let [xx, xy, yy] = inverse(spread);
            let [x, y] = [b[0] - a[0], b[1] - a[1]];
            if xx * x * x + 2.0 * xy * x * y + yy * y * y > APART {
                return Some(Meeting::Apart([*one, *two]));
            }
        }
    }
    // Precisions add up, and so do places weighed by them; from the first place on, so that no digits are lost.
    let (_, origin, _) = places[0];
    let (mut precision, mut pull) = ([0.0_f64; 3], [0.0_f64; 2]);
    for (_, at, spread) in &places {
        let [xx, xy, yy] = inverse(*spread);
        let [x, y] = [at[0] - origin[0], at[1] - origin[1]];
        precision = [precision[0] + xx, precision[1] + xy, precision[2] + yy];
        pull = [pull[0] + xx * x + xy * y, pull[1] + xy * x + yy * y];
    }
    let [xx, xy, yy] = inverse(precision);
    let off = [xx * pull[0] + xy * pull[1], xy * pull[0] + yy * pull[1]];
    let (middle, longer) = on_ground([origin[0] + off[0], origin[1] + off[1]])?;
    let square_m = |square: f64| libm::round(square * 100.0 / longer / longer) as i64;
    let voices = u32::try_from(places.len()).unwrap_or(u32::MAX);
    Some(Meeting::Region(Region { middle, spread_m2: [xx, xy, yy].map(square_m), voices }))
}

/// Of a symmetric matrix xx, xy, yy that has one: every covariance here holds the least that is known.
fn inverse([xx, xy, yy]: [f64; 3]) -> [f64; 3] {
    let determinant = xx * yy - xy * xy;
    [yy / determinant, -xy / determinant, xx / determinant]
}
