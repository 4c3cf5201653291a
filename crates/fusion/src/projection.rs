//! The projection: observations of a mission as data of the model.
//!
//! Takes observations and what the model believes; gives each that can be compared with others as a datum on a plane, in
//! families of acts that may be one another. Never guesses a place or a time that was not stated: who names only a region,
//! or a week, stands alone.

use crate::datum::{Datum, KIND_UNKNOWN};
use crate::parameters::Parameters;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use terms::time::{HOUR_MS, MINUTE_MS};
use terms::{Act, Observation, Position, Shape, Source, SourceId, SourceKind, Wedge};

/// How well a time is known: a name, and the longest span that is called so.
const GRAINS: [(&str, i64); 7] = [
    ("minute", 2 * MINUTE_MS),
    ("quarter", 15 * MINUTE_MS),
    ("hour", HOUR_MS),
    ("watch", 4 * HOUR_MS),
    ("night", 13 * HOUR_MS),
    ("day", 26 * HOUR_MS),
    ("days", 50 * HOUR_MS),
];
/// A wider disc says too little about the place to tell one happening from its neighbour, metres.
const WIDEST_M: u32 = 40_000;
/// A place is never known better than this, units of 10 metres.
const LEAST_SIGMA: i64 = 5;
/// The radius of the Earth, metres.
const EARTH_M: f64 = 6_371_008.8;
/// Beyond this latitude everything lies on its circle, degrees.
const FARTHEST_LAT: f64 = 85.0;

/// Where a position lies on the plane, units of 10 metres, and how much longer lengths are there than on the ground.
///
/// Mercator's plane, true at 45 degrees: angles are kept, and a length is longer by the same factor in every direction, by which radii
/// are multiplied. So one plane serves every mission, whatever else was seen.
fn on_plane(position: Position) -> ([i32; 2], f64) {
    let lat = (f64::from(position.lat_e6()) / 1e6).clamp(-FARTHEST_LAT, FARTHEST_LAT).to_radians();
    let lon = (f64::from(position.lon_e6()) / 1e6).to_radians();
    let north = libm::log(libm::tan(std::f64::consts::FRAC_PI_4 + lat / 2.0));
    let at = [lon, north].map(|v| libm::round(v * EARTH_M / 10.0 * std::f64::consts::FRAC_1_SQRT_2) as i32);
    (at, std::f64::consts::FRAC_1_SQRT_2 / libm::cos(lat))
}

/// The position at a place on the plane, and how much longer lengths are there than on the ground; nothing off the map.
pub(crate) fn on_ground([east, north]: [f64; 2]) -> Option<(Position, f64)> {
    let angle = |v: f64| v * 10.0 / std::f64::consts::FRAC_1_SQRT_2 / EARTH_M;
    let lat = 2.0 * libm::atan(libm::exp(angle(north))) - std::f64::consts::FRAC_PI_2;
    let position = Position::from_degrees(angle(east).to_degrees(), lat.to_degrees())?;
    Some((position, std::f64::consts::FRAC_1_SQRT_2 / libm::cos(lat)))
}

/// Observations that may tell of the same happenings.
#[derive(Debug)]
pub(crate) struct Family {
    /// The act that stands for all of them.
    pub(crate) act: Act,
    /// Indexes of the observations.
    pub(crate) members: Vec<usize>,
    /// The same as data.
    pub(crate) data: Vec<Datum>,
}

/// A number for each source and act, the same as long as it is kept. A source that tells of two acts may tell of one happening twice; one
/// that tells of an act twice has told them apart.
pub(crate) type Numbers = BTreeMap<(SourceId, Act), u16>;

/// The observations by families, and the indexes of those that can be compared with none.
pub(crate) fn families(
    observations: &[&Observation],
    sources: &BTreeMap<SourceId, Source>,
    believed: &Parameters,
    numbers: &mut Numbers,
) -> (Vec<Family>, Vec<usize>) {
    let mut families: BTreeMap<Act, Family> = BTreeMap::new();
    let mut alone = Vec::new();
    for (index, observation) in observations.iter().enumerate() {
        let class = sources.get(&observation.source).map_or("dataset", |source| class(source.kind));
        let next = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
        let number = *numbers.entry((observation.source.clone(), observation.act)).or_insert(next);
        match datum(observation, class, number, believed) {
            Some(datum) => {
                let act = kind(observation.act).0;
                let family =
                    families.entry(act).or_insert_with(|| Family { act, members: Vec::new(), data: Vec::new() });
                family.members.push(index);
                family.data.push(datum);
            }
            None => alone.push(index),
        }
    }
    (families.into_values().collect(), alone)
}

impl Parameters {
    /// The first way in which reports of a mission come that these parameters do not know; such reports stand alone.
    #[must_use]
    pub fn lacks(&self) -> Option<String> {
        let kinds = SourceKind::ALL.into_iter().map(class);
        let mut manners = kinds.flat_map(|class| GRAINS.iter().map(move |(grain, _)| format!("{class}-{grain}")));
        manners.find(|name| self.manner(name).is_none())
    }
}

/// Strikes, by their labels.
const STRIKES: [Act; 5] = [Act::Shelling, Act::AirStrike, Act::DroneStrike, Act::LongRangeDrone, Act::Missile];

/// Strikes and their traces may be reported for one another, every other act for itself alone; with the label within the family.
fn kind(act: Act) -> (Act, u8) {
    let family = if act.may_be(Act::Explosion) { Act::Explosion } else { act };
    let label = STRIKES.iter().position(|strike| *strike == act);
    (family, label.map_or(KIND_UNKNOWN, |label| label as u8))
}

/// The kind of source in the model's words.
pub(crate) fn class(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Monitor => "monitor",
        SourceKind::Sensor => "sensor",
        SourceKind::Satellite => "satellite",
        SourceKind::Press | SourceKind::Dataset => "press",
        SourceKind::Party => "party",
    }
}

/// The observation as a datum; nothing where it says too little to be compared, or the parameters know no such manner.
fn datum(o: &Observation, class: &str, source: u16, believed: &Parameters) -> Option<Datum> {
    o.place.disc().filter(|(_, radius_m)| *radius_m <= WIDEST_M)?;
    let length_ms = o.happened.length_ms();
    let (grain, _) = GRAINS.iter().find(|(_, longest)| length_ms <= *longest)?;
    let (at, spread) = ground(&o.place.shape)?;
    let count = o.count.best().or(o.count.least()).or(o.count.most());
    Some(Datum {
        id: u64::from_be_bytes(o.id.bytes()),
        manner: believed.manner(&format!("{class}-{grain}"))?,
        source,
        kind: kind(o.act).1,
        count: count.unwrap_or(0),
        object: o.object.as_ref().map_or(0, |object| named(object.as_str())),
        by: o.by.as_ref().map_or(0, |party| named(party.as_str())),
        at,
        spread,
        time_s: (o.happened.earliest().ms() + length_ms / 2).div_euclid(1_000),
    })
}

/// The middle of a stated place on the plane, and the covariance of even ground there; nothing where it has no bounds.
pub(crate) fn ground(shape: &Shape) -> Option<([i32; 2], [i64; 3])> {
    match shape {
        Shape::Disc { centre, radius_m } => {
            // A quarter of its radius squared to each side.
            let (at, longer) = on_plane(*centre);
            let sigma = libm::round(f64::from(*radius_m) / 20.0 * longer) as i64;
            let variance = sigma * sigma + LEAST_SIGMA * LEAST_SIGMA;
            Some((at, [variance, 0, variance]))
        }
        Shape::Wedge(wedge) => Some(wedged(wedge)),
        Shape::Region(_) | Shape::Unplaced => None,
    }
}

/// The same of a wedge: on even ground ranges grow likelier with their length, and each angle within the error is as likely.
fn wedged(wedge: &Wedge) -> ([i32; 2], [i64; 3]) {
    let radians = |mdeg: u32| (f64::from(mdeg) / 1e3).to_radians();
    let ([least, most], error) = (wedge.range_m().map(f64::from), radians(wedge.error_mdeg()));
    let mean = 2.0 / 3.0 * (least * least + least * most + most * most) / (least + most);
    let square = (least * least + most * most) / 2.0;
    let (off, twice) = (mean * libm::sin(error) / error, libm::sin(2.0 * error) / (4.0 * error));
    let (along, across) = (square * (0.5 + twice) - off * off, square * (0.5 - twice));
    let middle = wedge.at(off, 0.0).expect("invariant: a wedge lies on the map");
    let (at, longer) = on_plane(middle);
    let (east, north) = (libm::sin(radians(wedge.bearing_mdeg())), libm::cos(radians(wedge.bearing_mdeg())));
    // From square metres to units of 10 metres on the plane.
    let units = |square_m: f64| libm::round(square_m * longer * longer / 100.0) as i64;
    let least = LEAST_SIGMA * LEAST_SIGMA;
    let spread = [
        units(along * east * east + across * north * north) + least,
        units((along - across) * east * north),
        units(along * north * north + across * east * east) + least,
    ];
    (at, spread)
}

/// A name as a number that is not zero.
fn named(name: &str) -> u32 {
    let hash = Sha256::digest(name.as_bytes());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_of_one_family_are_those_that_may_be_one_another() {
        for a in Act::ALL {
            for b in Act::ALL.into_iter().filter(|b| a.may_be(*b)) {
                assert_eq!(kind(a).0, kind(b).0, "{} and {}", a.word(), b.word());
            }
        }
        assert_ne!(kind(Act::SmallArms).0, kind(Act::Shelling).0);
    }

    #[test]
    fn what_is_believed_knows_every_manner() {
        assert_eq!(Parameters::believed().lacks(), None);
    }

    #[test]
    fn lengths_on_the_plane_are_those_on_the_ground() {
        let place = |lon: f64, lat: f64| Position::from_degrees(lon, lat).expect("a position");
        let (a, b) = (place(30.0, 47.5), place(30.5, 47.9));
        let (([ax, ay], longer), ([bx, by], _)) = (on_plane(a), on_plane(b));
        let length_m = libm::hypot(f64::from(bx - ax), f64::from(by - ay)) * 10.0 / longer;
        assert!((length_m - a.distance_m(b)).abs() < 400.0, "{length_m} for {}", a.distance_m(b));
    }

    fn wedge(bearing_deg: u32, error_deg: u32, range_m: [u32; 2]) -> ([i32; 2], [i64; 3]) {
        let post = Position::from_degrees(30.0, 45.0).expect("a position");
        let wedge = Wedge::new(post, bearing_deg * 1_000, error_deg * 1_000, range_m).expect("a wedge");
        ground(&Shape::Wedge(wedge)).expect("it has bounds")
    }

    #[test]
    fn a_wedge_lies_along_its_bearing() {
        let (post, _) = on_plane(Position::from_degrees(30.0, 45.0).expect("a position"));
        let ([x, y], [xx, xy, yy]) = wedge(0, 3, [2_000, 8_000]);
        assert!((x - post[0]).abs() <= 1 && (540..580).contains(&(y - post[1])), "{x} {y} from {post:?}");
        assert!(xy.abs() <= 1 && yy > 20 * xx, "north: {xx} {xy} {yy}");
        let (_, [xx, xy, yy]) = wedge(90, 3, [2_000, 8_000]);
        assert!(xy.abs() <= 1 && xx > 20 * yy, "east: {xx} {xy} {yy}");
        let (_, [xx, xy, yy]) = wedge(45, 3, [2_000, 8_000]);
        assert!((xx - yy).abs() <= 1 && xy > 0 && xx * yy > xy * xy, "north-east: {xx} {xy} {yy}");
        let (_, [_, xy, _]) = wedge(315, 3, [2_000, 8_000]);
        assert!(xy < 0, "north-west: {xy}");
    }

    #[test]
    fn a_wedge_all_round_is_a_disc() {
        let disc = Shape::Disc { centre: Position::from_degrees(30.0, 45.0).expect("a position"), radius_m: 2_000 };
        let (at, spread) = ground(&disc).expect("it has bounds");
        let (middle, [xx, xy, yy]) = wedge(70, 180, [0, 2_000]);
        assert_eq!((middle, xy), (at, 0));
        assert!((xx - spread[0]).abs() <= 200 && (yy - spread[2]).abs() <= 200, "{xx} {yy} for {spread:?}");
    }
}
