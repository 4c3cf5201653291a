//! Positions as sources write them.
//!
//! Takes decimal degrees; gives positions, or what is wrong with them. Never swaps what looks swapped: it says so.

use super::table::quoted;
use terms::{Place, Position, Shape, wedge};

/// The box in which a source's places are expected, in degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
}

/// Ukraine, its neighbours and the European part of Russia.
pub(super) const THEATRE: Expected = Expected { west: 13.0, south: 42.0, east: 62.0, north: 62.0 };

impl Expected {
    /// Whether the box holds a point.
    pub(super) fn holds(&self, lon: f64, lat: f64) -> bool {
        (self.west..=self.east).contains(&lon) && (self.south..=self.north).contains(&lat)
    }
}

/// A number; NaN and infinity are none.
pub(super) fn number(name: &str, text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{name}` is {}, no number", quoted(text)))?;
    if number.is_finite() { Ok(number) } else { Err(format!("`{name}` is {}, no finite number", quoted(text))) }
}

/// A bearing in thousandths of a degree: degrees clockwise from true north, where 360 is north too, or a word such as `NNE`.
pub(super) fn bearing_mdeg(text: &str) -> Result<u32, String> {
    if let Some((sixteenth, _)) = (0u32..).zip(wedge::COMPASS).find(|(_, word)| text.eq_ignore_ascii_case(word)) {
        return Ok(sixteenth * 22_500);
    }
    let wrong =
        || format!("the bearing is {}; degrees from 0 to 360 or a word such as `NNE` was expected", quoted(text));
    let degrees: f64 = text.parse().map_err(|_| wrong())?;
    let inside = (0.0..=360.0).contains(&degrees);
    // In range by the test above, so the cast is exact after rounding.
    if inside { Ok(libm::round(degrees * 1e3) as u32 % wedge::TURN_MDEG) } else { Err(wrong()) }
}

/// The position at longitude and latitude.
pub(super) fn position(lon: f64, lat: f64, expected: Option<&Expected>) -> Result<Position, String> {
    let swapped = "longitude and latitude look swapped; correct the columns";
    if lon == 0.0 && lat == 0.0 {
        return Err("the position is 0, 0, which stands for none; correct it or leave the row out".to_owned());
    }
    let Some(position) = Position::from_degrees(lon, lat) else {
        let hint = if Position::from_degrees(lat, lon).is_some() { swapped } else { "correct the position" };
        return Err(format!("longitude {lon}, latitude {lat} is no place on Earth: {hint}"));
    };
    match expected {
        Some(area) if !area.holds(lon, lat) && area.holds(lat, lon) => {
            Err(format!("longitude {lon}, latitude {lat} lies outside the area expected: {swapped}"))
        }
        _ => Ok(position),
    }
}

/// A disc with the source's name for it, where there is one.
pub(super) fn disc(centre: Position, radius_m: u32, name: Option<&str>) -> Place {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    Place { shape: Shape::Disc { centre, radius_m }, name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lon: f64, lat: f64, why: &str) {
        assert_eq!(position(lon, lat, Some(&THEATRE)).expect_err("refused"), why);
    }

    #[test]
    fn swapped_coordinates_are_named() {
        check(
            50.45,
            30.52,
            "longitude 50.45, latitude 30.52 lies outside the area expected: longitude and latitude look swapped; correct the columns",
        );
        check(
            48.0,
            135.0,
            "longitude 48, latitude 135 is no place on Earth: longitude and latitude look swapped; correct the columns",
        );
        check(500.0, 500.0, "longitude 500, latitude 500 is no place on Earth: correct the position");
        check(0.0, 0.0, "the position is 0, 0, which stands for none; correct it or leave the row out");
    }

    #[test]
    fn bearings_are_degrees_or_words() {
        assert_eq!(bearing_mdeg("22.5"), Ok(22_500));
        assert_eq!(bearing_mdeg("nne"), Ok(22_500));
        assert_eq!((bearing_mdeg("360"), bearing_mdeg("NNW")), (Ok(0), Ok(337_500)));
        for text in ["-1", "360.1", "NaN", "", "north"] {
            let wrong = bearing_mdeg(text).expect_err("no bearing");
            assert!(wrong.ends_with("degrees from 0 to 360 or a word such as `NNE` was expected"), "{wrong}");
        }
    }

    #[test]
    fn a_place_elsewhere_is_a_place() {
        assert!(position(36.3, 33.5, Some(&THEATRE)).is_ok());
        assert_eq!(number("lat", "NaN"), Err("`lat` is `NaN`, no finite number".to_owned()));
        assert_eq!(number("lat", "1e999"), Err("`lat` is `1e999`, no finite number".to_owned()));
    }
}
