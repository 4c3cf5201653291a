//! Where something happened, and how well that is known.
//!
//! Takes integer microdegrees and metres; gives places that are a disc, a wedge, a named region or nowhere on the map. Never a
//! pin: a place without its uncertainty cannot be written down.

use crate::name::Label;
use crate::wedge::Wedge;

/// A point on the WGS 84 ellipsoid, in microdegrees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    lon_e6: i32,
    lat_e6: i32,
}

impl Position {
    /// The point, or `None` when longitude or latitude is out of range.
    #[must_use]
    pub fn new(lon_e6: i32, lat_e6: i32) -> Option<Position> {
        let inside = (-180_000_000..=180_000_000).contains(&lon_e6) && (-90_000_000..=90_000_000).contains(&lat_e6);
        inside.then_some(Position { lon_e6, lat_e6 })
    }

    /// The point as far south and west as either.
    pub(crate) fn south_west(self, other: Position) -> Position {
        Position { lon_e6: self.lon_e6.min(other.lon_e6), lat_e6: self.lat_e6.min(other.lat_e6) }
    }

    /// The point as far north and east as either.
    pub(crate) fn north_east(self, other: Position) -> Position {
        Position { lon_e6: self.lon_e6.max(other.lon_e6), lat_e6: self.lat_e6.max(other.lat_e6) }
    }

    /// The point nearest to decimal degrees; `None` for NaN, infinity or out of range.
    #[must_use]
    pub fn from_degrees(lon: f64, lat: f64) -> Option<Position> {
        if !(lon.abs() <= 180.0 && lat.abs() <= 90.0) {
            return None;
        }
        // In range by the test above, so the casts are exact after rounding.
        Position::new(libm::round(lon * 1e6) as i32, libm::round(lat * 1e6) as i32)
    }

    /// Longitude east, in microdegrees.
    #[must_use]
    pub fn lon_e6(self) -> i32 {
        self.lon_e6
    }

    /// Latitude north, in microdegrees.
    #[must_use]
    pub fn lat_e6(self) -> i32 {
        self.lat_e6
    }

    /// Distance in metres on the local plane (equirectangular at the mean latitude): better than 0.5 % within 300 km
    /// below 70 degrees, which is finer than any place here is known.
    #[must_use]
    pub fn distance_m(self, other: Position) -> f64 {
        let (x, y) = self.offset_m(other);
        libm::hypot(x, y)
    }

    /// East and north of `other` from here, in metres, on the same local plane.
    #[must_use]
    pub fn offset_m(self, other: Position) -> (f64, f64) {
        let middle = f64::from(self.lat_e6) / 2e6 + f64::from(other.lat_e6) / 2e6;
        let east = f64::from(other.lon_e6) - f64::from(self.lon_e6);
        let north = f64::from(other.lat_e6) - f64::from(self.lat_e6);
        (east * METRES_PER_E6 * libm::cos(middle.to_radians()), north * METRES_PER_E6)
    }

    /// The position so many metres east and north of here, as [`Position::offset_m`] measures them; `None` off the map.
    #[must_use]
    pub fn moved_m(self, east_m: f64, north_m: f64) -> Option<Position> {
        let from = f64::from(self.lat_e6);
        let lat_e6 = libm::round(from + north_m / METRES_PER_E6);
        let narrowing = libm::cos((from / 2e6 + lat_e6 / 2e6).to_radians());
        let lon_e6 = libm::round(f64::from(self.lon_e6) + east_m / METRES_PER_E6 / narrowing);
        let inside = lon_e6.abs() <= 180e6 && lat_e6.abs() <= 90e6;
        // In range by the test above, so the casts are exact.
        inside.then_some(Position { lon_e6: lon_e6 as i32, lat_e6: lat_e6 as i32 })
    }
}

/// Metres in one microdegree of a great circle of the mean Earth radius, 6 371 008.8 m.
pub const METRES_PER_E6: f64 = 0.111_195_08;

/// Where something happened: a shape, and the name that the source gave it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// What is known of the position.
    pub shape: Shape,
    /// The place as the source named it.
    pub name: Option<String>,
}

/// What is known of a position.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shape {
    /// Somewhere within `radius_m` of `centre`.
    Disc {
        /// The middle of the disc.
        centre: Position,
        /// Its radius in metres; never zero in honest data.
        radius_m: u32,
    },
    /// Between two ranges from a post, in a direction: how an ear places what it heard.
    Wedge(Wedge),
    /// Somewhere in a named region (an oblast, a district): known by its name, drawn as an outline, never as a dot.
    Region(Label),
    /// Not known, or not a place.
    Unplaced,
}

impl Place {
    /// A place nobody knows.
    #[must_use]
    pub fn unknown() -> Place {
        Place { shape: Shape::Unplaced, name: None }
    }

    /// The disc that it surely lies in, middle and radius in metres, where there is one.
    #[must_use]
    pub fn disc(&self) -> Option<(Position, u32)> {
        self.shape.disc()
    }

    /// The wedge, where it is one.
    #[must_use]
    pub fn wedge(&self) -> Option<&Wedge> {
        match &self.shape {
            Shape::Wedge(wedge) => Some(wedge),
            Shape::Disc { .. } | Shape::Region(_) | Shape::Unplaced => None,
        }
    }

    /// The place with no more said of it than a disc says: not where somebody stood, nor in which direction.
    #[must_use]
    pub fn rounded(&self) -> Place {
        let disc = self.shape.disc().map(|(centre, radius_m)| Shape::Disc { centre, radius_m });
        let shape = disc.unwrap_or_else(|| self.shape.clone());
        Place { shape, name: self.name.clone() }
    }

    /// The word of the precision class: exact to 10 m, vicinity to 100 m, settlement to 1 km, locality beyond, region, unknown.
    #[must_use]
    pub fn precision(&self) -> &'static str {
        match (self.disc(), &self.shape) {
            (Some((_, ..=10)), _) => "exact",
            (Some((_, ..=100)), _) => "vicinity",
            (Some((_, ..=1_000)), _) => "settlement",
            (Some(_), _) => "locality",
            (None, Shape::Region(_)) => "region",
            (None, Shape::Disc { .. } | Shape::Wedge(_) | Shape::Unplaced) => "unknown",
        }
    }
}

impl Shape {
    /// The disc itself; of a wedge the disc that holds it, so that what is surely inside or outside is so of the wedge too.
    #[must_use]
    pub fn disc(&self) -> Option<(Position, u32)> {
        match self {
            Shape::Disc { centre, radius_m } => Some((*centre, *radius_m)),
            Shape::Wedge(wedge) => Some(wedge.disc()),
            Shape::Region(_) | Shape::Unplaced => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        let a = Position::new(30_000_000, 48_000_000).expect("in range");
        let b = Position::new(30_000_000, 49_000_000).expect("in range");
        assert!((a.distance_m(b) - 111_195.0).abs() < 1.0);
    }

    #[test]
    fn moving_undoes_measuring() {
        let here = Position::new(30_000_000, 48_000_000).expect("in range");
        let there = here.moved_m(3_000.0, -4_000.0).expect("a position");
        let (east, north) = here.offset_m(there);
        assert!((east - 3_000.0).abs() < 0.2 && (north + 4_000.0).abs() < 0.2, "{east} {north}");
        assert_eq!(Position::new(180_000_000, 0).expect("in range").moved_m(1.0, 0.0), None);
    }

    #[test]
    fn nonsense_is_no_position() {
        assert_eq!(Position::from_degrees(f64::NAN, 1.0), None);
        assert_eq!(Position::from_degrees(30.0, 90.1), None);
        assert_eq!(Position::new(0, 90_000_001), None);
    }
}
