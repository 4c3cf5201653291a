//! The wedge: where somebody who heard or saw it from a post says that it was, by bearing and range.
//!
//! Takes a post, a bearing with its error and two ranges, in whole units; gives the ground between them, and the disc that holds
//! it. Never takes what no ear or eye could say, and never says less than the disc would need to be sure.

use crate::place::Position;
use std::fmt;

/// A full turn, thousandths of a degree.
pub const TURN_MDEG: u32 = 360_000;
/// The farthest range, metres: beyond it the local plane is too coarse, and nobody hears that far.
pub const FARTHEST_M: u32 = 200_000;
/// The sixteenths of the compass, clockwise from north.
pub const COMPASS: [&str; 16] =
    ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
/// No post lies farther north or south than this, microdegrees.
const FARTHEST_LAT_E6: i32 = 80_000_000;
/// Corners looked at along each arc.
const CORNERS: u32 = 32;

/// Somewhere between two ranges from a post, no farther from a bearing than its error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Wedge {
    post: Position,
    bearing_mdeg: u32,
    error_mdeg: u32,
    range_m: [u32; 2],
    /// The disc that holds it: it follows from the rest.
    disc: (Position, u32),
}

/// What is wrong with a wedge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WedgeError {
    /// The bearing is no direction.
    Bearing,
    /// The bearing's error is none, or more than half a turn.
    Error,
    /// The ranges are not in order.
    Order,
    /// The farther range is nothing, or too far.
    Range,
    /// It reaches where the local plane does not hold: near a pole, or over the 180th meridian.
    Ground,
}

impl fmt::Display for WedgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WedgeError::Bearing => "a bearing from 0 to below 360 degrees, clockwise from true north",
            WedgeError::Error => "an error of the bearing above 0 and up to 180 degrees to either side",
            WedgeError::Order => "a least range no greater than the most",
            WedgeError::Range => "a most range from 1 m to 200 km",
            WedgeError::Ground => "a post between 80 degrees south and north, and nothing beyond the 180th meridian",
        })
    }
}

impl std::error::Error for WedgeError {}

impl Wedge {
    /// The wedge from a post: thousandths of a degree clockwise from true north, with the error to either side; least and most range
    /// in metres.
    ///
    /// # Errors
    /// If that is no ground; the error says what was expected.
    pub fn new(post: Position, bearing_mdeg: u32, error_mdeg: u32, range_m: [u32; 2]) -> Result<Wedge, WedgeError> {
        let [least_m, most_m] = range_m;
        if bearing_mdeg >= TURN_MDEG {
            return Err(WedgeError::Bearing);
        }
        if error_mdeg == 0 || error_mdeg > TURN_MDEG / 2 {
            return Err(WedgeError::Error);
        }
        if least_m > most_m {
            return Err(WedgeError::Order);
        }
        if most_m == 0 || most_m > FARTHEST_M {
            return Err(WedgeError::Range);
        }
        let mut wedge = Wedge { post, bearing_mdeg, error_mdeg, range_m, disc: (post, 0) };
        let inside = post.lat_e6().abs() <= FARTHEST_LAT_E6;
        wedge.disc = inside.then(|| wedge.enclosed()).flatten().ok_or(WedgeError::Ground)?;
        Ok(wedge)
    }

    /// Where whoever says so stood.
    #[must_use]
    pub fn post(&self) -> Position {
        self.post
    }

    /// The bearing in thousandths of a degree, clockwise from true north.
    #[must_use]
    pub fn bearing_mdeg(&self) -> u32 {
        self.bearing_mdeg
    }

    /// How far it may be off to either side, thousandths of a degree.
    #[must_use]
    pub fn error_mdeg(&self) -> u32 {
        self.error_mdeg
    }

    /// Least and most range, metres.
    #[must_use]
    pub fn range_m(&self) -> [u32; 2] {
        self.range_m
    }

    /// A disc that holds all of it, as small as is reasonable: middle, and radius in metres.
    #[must_use]
    pub fn disc(&self) -> (Position, u32) {
        self.disc
    }

    /// The position at a range, so far right of the bearing; `None` off the map.
    #[must_use]
    pub fn at(&self, range_m: f64, right_rad: f64) -> Option<Position> {
        let angle = radians(self.bearing_mdeg) + right_rad;
        self.post.moved_m(libm::sin(angle) * range_m, libm::cos(angle) * range_m)
    }

    /// The disc round it: on the plane it goes through the outer corners, or through all four; its radius is measured to the arcs as
    /// they lie on the ground, and a little is added for what lies between the corners looked at.
    fn enclosed(&self) -> Option<(Position, u32)> {
        let error = radians(self.error_mdeg);
        let [least, most] = self.range_m.map(f64::from);
        let cosine = libm::cos(error);
        let off = if self.error_mdeg >= TURN_MDEG / 4 {
            0.0
        } else if least + most >= 2.0 * most * cosine * cosine {
            most * cosine
        } else {
            (least + most) / (2.0 * cosine)
        };
        let middle = self.at(off, 0.0)?;
        let mut farthest = 0.0_f64;
        for corner in 0..=2 * CORNERS {
            let right = error * (f64::from(corner) / f64::from(CORNERS) - 1.0);
            for range in [least, most] {
                farthest = farthest.max(middle.distance_m(self.at(range, right)?));
            }
        }
        // What lies between two corners looked at is farther by less than 0.3 %: the farthest of an arc are its ends, or all as far.
        Some((middle, (farthest * 1.003 + 2.0) as u32))
    }
}

fn radians(mdeg: u32) -> f64 {
    (f64::from(mdeg) / 1e3).to_radians()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn post() -> Position {
        Position::new(30_400_000, 46_900_000).expect("a position")
    }

    fn check(bearing_mdeg: u32, error_mdeg: u32, range_m: [u32; 2], expected: WedgeError) {
        assert_eq!(Wedge::new(post(), bearing_mdeg, error_mdeg, range_m), Err(expected));
    }

    #[test]
    fn what_nobody_could_say_is_no_wedge() {
        check(360_000, 11_250, [2_000, 4_000], WedgeError::Bearing);
        check(22_500, 0, [2_000, 4_000], WedgeError::Error);
        check(22_500, 180_001, [2_000, 4_000], WedgeError::Error);
        check(22_500, 11_250, [4_001, 4_000], WedgeError::Order);
        check(22_500, 11_250, [0, 0], WedgeError::Range);
        check(22_500, 11_250, [0, u32::MAX], WedgeError::Range);
        let pole = Position::new(0, 89_999_999).expect("a position");
        assert_eq!(Wedge::new(pole, 0, 1_000, [0, 10]), Err(WedgeError::Ground));
        let edge = Position::new(179_999_999, 0).expect("a position");
        assert_eq!(Wedge::new(edge, 90_000, 1_000, [0, 10_000]), Err(WedgeError::Ground));
    }

    #[test]
    fn a_narrow_wedge_has_a_disc_half_as_wide_as_it_is_deep() {
        let wedge = Wedge::new(post(), 22_500, 11_250, [2_000, 4_000]).expect("a wedge");
        let (middle, radius_m) = wedge.disc();
        assert!((1_100..1_250).contains(&radius_m), "{radius_m}");
        let (east, north) = post().offset_m(middle);
        assert!(east > 0.0 && north > 2.0 * east, "north-north-east: {east} {north}");
        let all_round = Wedge::new(post(), 0, 180_000, [500, 1_000]).expect("a wedge");
        assert_eq!(all_round.disc().0, post());
    }

    proptest! {
        #[test]
        fn its_disc_holds_all_of_it(
            lat_e6 in -70_000_000i32..70_000_000,
            bearing_mdeg in 0u32..TURN_MDEG,
            error_mdeg in 1u32..=TURN_MDEG / 2,
            ranges in (0u32..60_000, 1u32..60_000),
            (part, right) in (0.0f64..=1.0, -1.0f64..=1.0),
        ) {
            let post = Position::new(30_000_000, lat_e6).expect("a position");
            let range_m = [ranges.0.min(ranges.1), ranges.0.max(ranges.1)];
            let wedge = Wedge::new(post, bearing_mdeg, error_mdeg, range_m).expect("a wedge");
            let range = f64::from(range_m[0]) + part * f64::from(range_m[1] - range_m[0]);
            let (middle, radius_m) = wedge.disc();
            for right in [right, -1.0, 1.0] {
                let held = wedge.at(range, right * radians(error_mdeg)).expect("a position");
                prop_assert!(middle.distance_m(held) <= f64::from(radius_m), "{wedge:?}");
            }
            prop_assert!(f64::from(radius_m) <= f64::from(range_m[1]) * 1.08 + 3.0, "{wedge:?}");
        }
    }
}
