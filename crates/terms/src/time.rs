//! Instants and spans of time.
//!
//! Takes milliseconds or RFC 3339 text; gives UTC instants inside stated limits and closed spans between them. Never
//! guesses a zone: civil times of an agreement are resolved in `clause`, with a pinned time-zone database.

use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(i64);

/// One second in the unit of [`Instant`].
pub const SECOND_MS: i64 = 1_000;
/// One minute in the unit of [`Instant`].
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour in the unit of [`Instant`].
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Twenty-four hours (not "one day", which is a civil term) in the unit of [`Instant`].
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A civil day is 23 to 25 hours long where the clocks change; a source's day may lack its last millisecond.
const SHORTEST_DAY_MS: i64 = 23 * HOUR_MS - SECOND_MS;
const LONGEST_DAY_MS: i64 = 25 * HOUR_MS;

impl Instant {
    /// 1900-01-01T00:00:00Z: nothing that Backstop records is older.
    pub const EARLIEST: Instant = Instant(-2_208_988_800_000);
    /// 2199-12-31T23:59:59.999Z: a later time in a report is a mistake.
    pub const LATEST: Instant = Instant(7_258_118_399_999);

    /// The instant, or `None` outside [`Instant::EARLIEST`] ..= [`Instant::LATEST`].
    #[must_use]
    pub fn from_ms(ms: i64) -> Option<Instant> {
        (Self::EARLIEST.0..=Self::LATEST.0).contains(&ms).then_some(Instant(ms))
    }

    /// An RFC 3339 timestamp with an offset or `Z`; `None` if it is not one or lies outside the limits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Instant> {
        Instant::from_ms(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant moved by `ms`, held inside the limits.
    #[must_use]
    pub fn shifted(self, ms: i64) -> Instant {
        Instant(self.0.saturating_add(ms).clamp(Self::EARLIEST.0, Self::LATEST.0))
    }

    /// The same instant for civil arithmetic.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("invariant: an Instant lies inside jiff's range")
    }
}

/// RFC 3339 in UTC with a `Z`; milliseconds only where there are any.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

/// A closed span of time: something happened somewhere between its ends, or went on from one to the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    earliest: Instant,
    latest: Instant,
}

impl Span {
    /// The span from `earliest` to `latest`, `None` when they are the wrong way round.
    #[must_use]
    pub fn new(earliest: Instant, latest: Instant) -> Option<Span> {
        (earliest <= latest).then_some(Span { earliest, latest })
    }

    /// The span that holds one instant.
    #[must_use]
    pub fn at(instant: Instant) -> Span {
        Span { earliest: instant, latest: instant }
    }

    /// The first instant of the span.
    #[must_use]
    pub fn earliest(self) -> Instant {
        self.earliest
    }

    /// The last instant of the span, itself included.
    #[must_use]
    pub fn latest(self) -> Instant {
        self.latest
    }

    /// Length in milliseconds; zero for a single instant.
    #[must_use]
    pub fn length_ms(self) -> i64 {
        self.latest.ms() - self.earliest.ms()
    }

    /// What both spans hold, if they meet at all.
    #[must_use]
    pub fn meet(self, other: Span) -> Option<Span> {
        Span::new(self.earliest.max(other.earliest), self.latest.min(other.latest))
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn join(self, other: Span) -> Span {
        Span { earliest: self.earliest.min(other.earliest), latest: self.latest.max(other.latest) }
    }

    /// Whether `other` lies wholly in this span.
    #[must_use]
    pub fn holds(self, other: Span) -> bool {
        self.earliest <= other.earliest && other.latest <= self.latest
    }

    /// How well the time is known.
    #[must_use]
    pub fn precision(self) -> Precision {
        let length_ms = self.length_ms();
        if length_ms <= MINUTE_MS {
            Precision::Minute
        } else if length_ms <= HOUR_MS {
            Precision::Hour
        } else if length_ms < SHORTEST_DAY_MS {
            Precision::PartOfDay
        } else if length_ms <= LONGEST_DAY_MS {
            Precision::Day
        } else {
            Precision::Days
        }
    }
}

/// How well a source knows a time: the class of a span's length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Precision {
    /// A minute or better.
    Minute,
    /// An hour or better.
    Hour,
    /// Less than a day: "in the morning", "at night".
    PartOfDay,
    /// The day and no more.
    Day,
    /// Several days.
    Days,
}

impl Precision {
    /// The word shown to people and used in published files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Precision::Minute => "minute",
            Precision::Hour => "hour",
            Precision::PartOfDay => "part of a day",
            Precision::Day => "day",
            Precision::Days => "several days",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_the_years_they_name() {
        assert_eq!(Instant::parse("1900-01-01T00:00:00Z"), Some(Instant::EARLIEST));
        assert_eq!(Instant::parse("2199-12-31T23:59:59.999Z"), Some(Instant::LATEST));
        assert_eq!(Instant::parse("9999-01-01T00:00:00Z"), None);
    }

    #[test]
    fn a_source_that_knows_the_day_knows_no_more() {
        let start = Instant::parse("2026-04-11T00:00:00+03:00").expect("a time");
        let day = Span::new(start, start.shifted(DAY_MS - 1)).expect("a span");
        assert_eq!(day.precision(), Precision::Day);
        assert!(Span::new(start.shifted(1), start).is_none());
    }
}
