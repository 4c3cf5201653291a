//! The day that a bulletin is about, in the mission's time zone.
//!
//! Takes `2026-04-12` and an IANA zone; gives the span of that civil day. Never assumes that a day has 24 hours.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use terms::{Instant, Span};

/// One civil day somewhere.
#[derive(Clone, Debug)]
pub struct Day {
    date: Date,
    zone: TimeZone,
}

impl Day {
    /// The day, or why it is not one.
    ///
    /// # Errors
    /// If the date is no date of 1900 to 2199, or the zone is not in the pinned database.
    pub fn new(date: &str, zone: &str) -> Result<Day, String> {
        let date: Date = date.parse().map_err(|_| format!("`{date}` is not a date; write it as `2026-04-12`"))?;
        if !(1900..=2198).contains(&date.year()) {
            return Err(format!("`{date}` is outside the years 1900 to 2198"));
        }
        let zone = TimeZoneDatabase::bundled().get(zone).map_err(|_| format!("`{zone}` is not an IANA time zone"))?;
        Ok(Day { date, zone })
    }

    /// The day in the same zone on which an instant falls.
    #[must_use]
    pub fn of(&self, instant: Instant) -> Day {
        Day { date: instant.timestamp().to_zoned(self.zone.clone()).date(), zone: self.zone.clone() }
    }

    /// `2026-04-12`.
    #[must_use]
    pub fn date(&self) -> String {
        self.date.to_string()
    }

    /// The zone in which the day is counted.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// From its first to its last millisecond.
    #[must_use]
    pub fn span(&self) -> Span {
        let start = start_of(self.date, &self.zone);
        let end = start_of(self.date.tomorrow().expect("invariant: years are below 2199"), &self.zone);
        Span::new(start, end.shifted(-1)).expect("invariant: a day ends after it begins")
    }

    /// The days from this one to another, both included, at most `limit` of them: the last ones.
    #[must_use]
    pub fn until(&self, last: &Day, limit: usize) -> Vec<Day> {
        let mut days = Vec::new();
        let mut date = last.date;
        while date >= self.date && days.len() < limit {
            days.push(Day { date, zone: self.zone.clone() });
            date = date.yesterday().expect("invariant: years are above 1899");
        }
        days.reverse();
        days
    }
}

fn start_of(date: Date, zone: &TimeZone) -> Instant {
    let start = date.to_zoned(zone.clone()).expect("invariant: every zone has an instant for a date of 1900 to 2199");
    Instant::from_ms(start.timestamp().as_millisecond()).expect("invariant: years are inside the limits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_may_have_23_hours() {
        let hours = |date| Day::new(date, "Europe/Kyiv").expect("a day").span().length_ms() / terms::time::HOUR_MS + 1;
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-04-11"), 24);
        assert_eq!(hours("2026-10-25"), 25);
    }

    #[test]
    fn nonsense_is_no_day() {
        assert!(Day::new("9999-01-01", "Europe/Kyiv").is_err());
        assert!(Day::new("2026-02-30", "Europe/Kyiv").is_err());
        assert!(Day::new("2026-02-20", "Kyiv").is_err());
    }
}
