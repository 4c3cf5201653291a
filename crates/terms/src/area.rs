//! Areas and lines on the ground, and the three-valued test of a place against them.
//!
//! Takes rings of positions; gives `Inside`, `Outside` or `Straddles` for a place, and distances in metres. Never
//! answers more surely than the place is known. Orientation tests are exact integer arithmetic.

use crate::place::{Position, Shape};

/// The answer of an area to a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    /// Every position that the place may have is in the area (the edge belongs to it).
    Inside,
    /// None is.
    Outside,
    /// Some are and some are not, or the place cannot be compared.
    Straddles,
}

/// Beyond this latitude, north or south, nothing is reckoned in degrees of longitude.
const FAR_NORTH_E6: i32 = 80_000_000;

/// A box of positions, edges included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// South-western corner.
    pub low: Position,
    /// North-eastern corner.
    pub high: Position,
}

impl Bounds {
    /// How far east and north a distance from there may reach in microdegrees, with a margin; `None` near the poles, where a
    /// degree of longitude is too short to reckon with.
    pub(crate) fn reach_e6(from: Position, distance_m: u32) -> Option<(i64, i64)> {
        let north = i64::from(distance_m) * 10 + 1_000;
        (from.lat_e6().abs() <= FAR_NORTH_E6).then_some((north * 6, north))
    }

    /// Whether it comes so near to a pole that no reckoning in degrees of longitude holds.
    pub(crate) fn near_a_pole(&self) -> bool {
        self.low.lat_e6() < -FAR_NORTH_E6 || self.high.lat_e6() > FAR_NORTH_E6
    }

    /// Whether a position lies farther from the box than a distance: by a margin, so that no near miss is decided here.
    pub(crate) fn surely_beyond(&self, position: Position, distance_m: u32) -> bool {
        let Some((east, north)) = Bounds::reach_e6(position, distance_m) else { return false };
        if self.near_a_pole() {
            return false;
        }
        let (lon, lat) = (i64::from(position.lon_e6()), i64::from(position.lat_e6()));
        lat < i64::from(self.low.lat_e6()) - north
            || lat > i64::from(self.high.lat_e6()) + north
            || lon < i64::from(self.low.lon_e6()) - east
            || lon > i64::from(self.high.lon_e6()) + east
    }

    /// The smallest box that holds all `positions`; `None` for none.
    #[must_use]
    pub fn of(positions: impl IntoIterator<Item = Position>) -> Option<Bounds> {
        let mut positions = positions.into_iter();
        let first = positions.next()?;
        let mut bounds = Bounds { low: first, high: first };
        for p in positions {
            bounds.low = bounds.low.south_west(p);
            bounds.high = bounds.high.north_east(p);
        }
        Some(bounds)
    }

    /// The box of a side.
    fn between(a: Position, b: Position) -> Bounds {
        Bounds { low: a.south_west(b), high: a.north_east(b) }
    }

    /// Whether `position` lies in the box.
    #[must_use]
    pub fn holds(&self, position: Position) -> bool {
        (self.low.lon_e6()..=self.high.lon_e6()).contains(&position.lon_e6())
            && (self.low.lat_e6()..=self.high.lat_e6()).contains(&position.lat_e6())
    }
}

/// A polygon: one outer ring, then holes. Rings are closed without repeating their first position.
pub type Polygon = Vec<Vec<Position>>;

/// One or more polygons on the ground.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Area {
    polygons: Vec<Polygon>,
    bounds: Bounds,
}

impl Area {
    /// The area of `polygons`; `None` if one has no ring, or a ring has fewer than three positions.
    #[must_use]
    pub fn new(polygons: Vec<Polygon>) -> Option<Area> {
        let sound = polygons.iter().all(|p| !p.is_empty() && p.iter().all(|ring| ring.len() >= 3));
        let bounds = Bounds::of(polygons.iter().flatten().flatten().copied())?;
        sound.then_some(Area { polygons, bounds })
    }

    /// A disc, as a polygon of 32 corners on its edge.
    #[must_use]
    pub fn disc(centre: Position, radius_m: u32) -> Option<Area> {
        let scale = libm::cos((f64::from(centre.lat_e6()) / 1e6).to_radians()).max(0.01);
        let ring = (0..32)
            .map(|i| {
                let angle = f64::from(i) * core::f64::consts::TAU / 32.0;
                let reach = f64::from(radius_m) / crate::place::METRES_PER_E6;
                let lon = f64::from(centre.lon_e6()) + libm::cos(angle) * reach / scale;
                let lat = f64::from(centre.lat_e6()) + libm::sin(angle) * reach;
                Position::from_degrees(lon / 1e6, lat / 1e6)
            })
            .collect::<Option<Vec<_>>>()?;
        Area::new(vec![vec![ring]])
    }

    /// The polygons, outer ring first.
    #[must_use]
    pub fn polygons(&self) -> &[Polygon] {
        &self.polygons
    }

    /// The box around the area.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether a position lies in the area or on its edge.
    #[must_use]
    pub fn holds(&self, position: Position) -> bool {
        self.bounds.holds(position)
            && self.polygons.iter().any(|polygon| {
                polygon.iter().any(|ring| on_edge(ring, position))
                    || polygon.iter().filter(|ring| winds_round(ring, position)).count() % 2 == 1
            })
    }

    /// Where a place lies: a disc that the edge cuts straddles it, and so does a wedge whose disc it cuts; a region or an unknown place
    /// always does.
    #[must_use]
    pub fn locate(&self, shape: &Shape) -> Side {
        match shape.disc() {
            Some((centre, radius_m)) if self.bounds.surely_beyond(centre, radius_m) => Side::Outside,
            Some((centre, radius_m)) => {
                let inside = self.holds(centre);
                if radius_m > 0 && self.edge_is_within(radius_m, centre) {
                    Side::Straddles
                } else if inside {
                    Side::Inside
                } else {
                    Side::Outside
                }
            }
            None => Side::Straddles,
        }
    }

    /// Whether an edge lies nearer than that.
    fn edge_is_within(&self, reach_m: u32, from: Position) -> bool {
        let edge_is_within = |a: &Position, b: &Position| {
            !Bounds::between(*a, *b).surely_beyond(from, reach_m) && path_distance_m(from, [a, b]) < f64::from(reach_m)
        };
        let mut rings = self.polygons.iter().flatten();
        rings.any(|ring| ring.iter().zip(ring.iter().skip(1).chain(ring.first())).any(|(a, b)| edge_is_within(a, b)))
    }

    /// Distance from a position to the nearest edge, in metres.
    #[must_use]
    pub fn edge_distance_m(&self, from: Position) -> f64 {
        let rings = self.polygons.iter().flatten();
        rings.map(|ring| path_distance_m(from, ring.iter().chain(ring.first()))).fold(f64::INFINITY, f64::min)
    }

    /// Ground covered, in square metres (planar about the middle of the box; holes taken off).
    #[must_use]
    pub fn square_metres(&self) -> f64 {
        let origin = self.bounds.low;
        let middle = self.bounds.high;
        let anchor = Position::new(origin.lon_e6(), origin.lat_e6() / 2 + middle.lat_e6() / 2)
            .expect("invariant: a middle of valid latitudes is valid");
        let polygon = |p: &Polygon| {
            let outer = ring_square_metres(anchor, &p[0]);
            outer - p[1..].iter().map(|hole| ring_square_metres(anchor, hole)).sum::<f64>()
        };
        self.polygons.iter().map(polygon).sum()
    }
}

/// A line on the ground: one or more open paths.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    paths: Vec<Vec<Position>>,
}

impl Line {
    /// The line of `paths`; `None` if there is none, or one has fewer than two positions.
    #[must_use]
    pub fn new(paths: Vec<Vec<Position>>) -> Option<Line> {
        (!paths.is_empty() && paths.iter().all(|p| p.len() >= 2)).then_some(Line { paths })
    }

    /// The paths.
    #[must_use]
    pub fn paths(&self) -> &[Vec<Position>] {
        &self.paths
    }

    /// Distance from a position to the line, in metres.
    #[must_use]
    pub fn distance_m(&self, from: Position) -> f64 {
        self.paths.iter().map(|path| path_distance_m(from, path)).fold(f64::INFINITY, f64::min)
    }

    /// Whether a place lies within `reach_m` of the line.
    #[must_use]
    pub fn within(&self, reach_m: u32, shape: &Shape) -> Side {
        let Some((centre, radius_m)) = shape.disc() else { return Side::Straddles };
        let distance = self.distance_m(centre);
        if distance + f64::from(radius_m) <= f64::from(reach_m) {
            Side::Inside
        } else if distance - f64::from(radius_m) > f64::from(reach_m) {
            Side::Outside
        } else {
            Side::Straddles
        }
    }
}

/// Twice the signed area of the triangle: positive when `c` lies left of a-b. Exact: the largest product is below 2^60.
fn turn(a: Position, b: Position, c: Position) -> i64 {
    let (ax, ay) = (i64::from(a.lon_e6()), i64::from(a.lat_e6()));
    let (bx, by) = (i64::from(b.lon_e6()) - ax, i64::from(b.lat_e6()) - ay);
    let (cx, cy) = (i64::from(c.lon_e6()) - ax, i64::from(c.lat_e6()) - ay);
    bx * cy - by * cx
}

fn sides(ring: &[Position]) -> impl Iterator<Item = (Position, Position)> + '_ {
    let last = ring.last().copied().zip(ring.first().copied());
    ring.windows(2).map(|pair| (pair[0], pair[1])).chain(last)
}

fn on_edge(ring: &[Position], p: Position) -> bool {
    sides(ring).any(|(a, b)| Bounds::between(a, b).holds(p) && turn(a, b, p) == 0)
}

/// Crossing number of the ring about the position is odd.
fn winds_round(ring: &[Position], p: Position) -> bool {
    let crosses = |(a, b): &(Position, Position)| {
        let (low, high) = if a.lat_e6() <= b.lat_e6() { (*a, *b) } else { (*b, *a) };
        low.lat_e6() <= p.lat_e6() && p.lat_e6() < high.lat_e6() && turn(low, high, p) > 0
    };
    sides(ring).filter(crosses).count() % 2 == 1
}

fn path_distance_m<'a>(from: Position, path: impl IntoIterator<Item = &'a Position>) -> f64 {
    let mut nearest = f64::INFINITY;
    let mut previous: Option<(f64, f64)> = None;
    for position in path {
        let here = from.offset_m(*position);
        nearest = nearest.min(previous.map_or(libm::hypot(here.0, here.1), |there| side_distance_m(there, here)));
        previous = Some(here);
    }
    nearest
}

/// Distance from the origin to the side a-b of the local plane.
fn side_distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (-(a.0 * dx + a.1 * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    libm::hypot(a.0 + along * dx, a.1 + along * dy)
}

fn ring_square_metres(anchor: Position, ring: &[Position]) -> f64 {
    let plane = |p: Position| {
        // One scale for the whole ring, so that shared sides cancel exactly.
        let scale = libm::cos((f64::from(anchor.lat_e6()) / 1e6).to_radians()) * crate::place::METRES_PER_E6;
        let x = (f64::from(p.lon_e6()) - f64::from(anchor.lon_e6())) * scale;
        let y = (f64::from(p.lat_e6()) - f64::from(anchor.lat_e6())) * crate::place::METRES_PER_E6;
        (x, y)
    };
    let twice: f64 = sides(ring)
        .map(|(a, b)| {
            let ((ax, ay), (bx, by)) = (plane(a), plane(b));
            ax * by - bx * ay
        })
        .sum();
    twice.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Position {
        Position::from_degrees(lon, lat).expect("in range")
    }

    fn square() -> Area {
        Area::new(vec![vec![vec![at(30.0, 48.0), at(31.0, 48.0), at(31.0, 49.0), at(30.0, 49.0)]]]).expect("an area")
    }

    fn check(lon: f64, lat: f64, radius_m: u32, expected: Side) {
        let disc = Shape::Disc { centre: at(lon, lat), radius_m };
        assert_eq!(square().locate(&disc), expected, "{lon} {lat} ± {radius_m} m");
    }

    #[test]
    fn a_disc_is_inside_outside_or_straddles() {
        check(30.5, 48.5, 1_000, Side::Inside);
        check(30.001, 48.5, 1_000, Side::Straddles);
        check(29.999, 48.5, 1_000, Side::Straddles);
        check(29.5, 48.5, 1_000, Side::Outside);
        check(30.5, 48.5, 500_000, Side::Straddles);
    }

    #[test]
    fn edges_and_corners_belong_to_the_area() {
        check(30.0, 48.5, 0, Side::Inside);
        check(31.0, 49.0, 0, Side::Inside);
        check(31.000001, 49.0, 0, Side::Outside);
    }

    #[test]
    fn a_hole_is_not_the_area() {
        let hole = vec![at(30.4, 48.4), at(30.6, 48.4), at(30.6, 48.6), at(30.4, 48.6)];
        let outer = square().polygons()[0][0].clone();
        let area = Area::new(vec![vec![outer, hole]]).expect("an area");
        assert!(!area.holds(at(30.5, 48.5)));
        assert!(area.holds(at(30.1, 48.5)));
    }

    #[test]
    fn area_of_a_degree_square() {
        // One degree square about 48.5 N: 111.195 km x 111.195 km x cos 48.5.
        let expected = 111_195.08_f64 * 111_195.08 * libm::cos(48.5_f64.to_radians());
        assert!((square().square_metres() / expected - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_band_along_a_line() {
        let line = Line::new(vec![vec![at(30.0, 48.0), at(31.0, 48.0)]]).expect("a line");
        let disc = |lat: f64| Shape::Disc { centre: at(30.5, lat), radius_m: 1_000 };
        assert_eq!(line.within(15_000, &disc(48.1)), Side::Inside);
        assert_eq!(line.within(15_000, &disc(48.135)), Side::Straddles);
        assert_eq!(line.within(15_000, &disc(48.2)), Side::Outside);
        assert_eq!(line.within(15_000, &Shape::Unplaced), Side::Straddles);
    }
}
