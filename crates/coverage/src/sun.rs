//! The sun: whether it is dark at a place.
//!
//! Takes a place and an instant; gives whether the sun stands more than six degrees below the horizon (civil twilight is over).
//! The approximate solar coordinates of the U.S. Naval Observatory, good to about a minute of time between 1950 and 2050.

use terms::{Instant, Position};

/// 2000-01-01T12:00:00Z, milliseconds since 1970.
const J2000_MS: i64 = 946_728_000_000;
const DAY_MS: f64 = 86_400_000.0;
const TWILIGHT_DEGREES: f64 = -6.0;

pub(crate) fn is_dark(place: Position, instant: Instant) -> bool {
    let days = (instant.ms() - J2000_MS) as f64 / DAY_MS;
    let anomaly = (357.529 + 0.985_600_28 * days).to_radians();
    let mean = 280.459 + 0.985_647_36 * days;
    let longitude = (mean + 1.915 * libm::sin(anomaly) + 0.020 * libm::sin(2.0 * anomaly)).to_radians();
    let tilt = (23.439 - 0.000_000_36 * days).to_radians();
    let ascension = libm::atan2(libm::cos(tilt) * libm::sin(longitude), libm::cos(longitude));
    let declination = libm::asin(libm::sin(tilt) * libm::sin(longitude));
    let sidereal_hours = 18.697_374_558 + 24.065_709_824_419_08 * days;
    let hour = (sidereal_hours * 15.0 + f64::from(place.lon_e6()) / 1e6).to_radians() - ascension;
    let latitude = (f64::from(place.lat_e6()) / 1e6).to_radians();
    let height =
        libm::sin(latitude) * libm::sin(declination) + libm::cos(latitude) * libm::cos(declination) * libm::cos(hour);
    libm::asin(height.clamp(-1.0, 1.0)).to_degrees() < TWILIGHT_DEGREES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twilight_ends_when_the_almanac_says() {
        let at = |text| Instant::parse(text).expect("a time");
        let kyiv = Position::from_degrees(30.52, 50.45).expect("a place");
        // Civil twilight in Kyiv on the day of the June solstice of 2026 lasts until about 18:58 UTC, on that of December until 14:33.
        for (time, dark) in [
            ("2026-06-21T18:50:00Z", false),
            ("2026-06-21T19:06:00Z", true),
            ("2026-12-21T14:26:00Z", false),
            ("2026-12-21T14:40:00Z", true),
            ("2026-12-21T10:00:00Z", false),
            ("2026-12-21T22:00:00Z", true),
        ] {
            assert_eq!(is_dark(kyiv, at(time)), dark, "{time}");
        }
        let north = Position::from_degrees(20.0, 78.0).expect("a place");
        assert!(!is_dark(north, at("2026-06-21T23:00:00Z")), "the midnight sun");
        assert!(is_dark(north, at("2026-12-21T11:00:00Z")), "the polar night");
    }
}
