//! Civil times and lengths of time, through a pinned time-zone database.
//!
//! Takes dates, clock times, zones and lengths as the text writes them; gives instants. A civil time that the clocks skip
//! or show twice is an error with a fix, never a guess; the system's time zones are never asked.

use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::fmt;
use terms::Instant;
use terms::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// A length of time as a text writes it. `24 hours` and `1 day` are different: a civil day has 23 to 25 hours where the
/// clocks change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Duration {
    count: u32,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

/// A length as it is counted.
enum Length {
    Elapsed(i64),
    Days(i32),
    Months(i32),
}

/// No term of an agreement is longer than this many of its unit.
const COUNT_MOST: u32 = 100_000;

impl Duration {
    /// The length that a number and a unit name; `None` if they name none, or one beyond all terms.
    pub(crate) fn parse(count: &str, unit: &str) -> Option<Duration> {
        let unit = match unit {
            "second" | "seconds" => Unit::Seconds,
            "minute" | "minutes" => Unit::Minutes,
            "hour" | "hours" => Unit::Hours,
            "day" | "days" => Unit::Days,
            "week" | "weeks" => Unit::Weeks,
            "month" | "months" => Unit::Months,
            "year" | "years" => Unit::Years,
            _ => return None,
        };
        let count = count.parse().ok().filter(|count| *count <= COUNT_MOST)?;
        Some(Duration { count, unit })
    }

    /// The length that words such as `24 hours` name, as [`Duration`] is written; `None` if they name none.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Duration> {
        let (count, unit) = words.split_once(' ')?;
        Duration::parse(count, unit)
    }

    /// No time at all.
    pub(crate) const ZERO: Duration = Duration { count: 0, unit: Unit::Hours };

    /// Milliseconds, if the length is elapsed time.
    #[must_use]
    pub fn elapsed_ms(self) -> Option<i64> {
        if let Length::Elapsed(ms) = self.length() { Some(ms) } else { None }
    }

    /// Civil days, if it is counted in days.
    #[must_use]
    pub fn civil_days(self) -> Option<i32> {
        if let Length::Days(days) = self.length() { Some(days) } else { None }
    }

    /// Civil months, if it is counted in months or years.
    #[must_use]
    pub fn civil_months(self) -> Option<i32> {
        if let Length::Months(months) = self.length() { Some(months) } else { None }
    }

    fn length(self) -> Length {
        let count = |each: u32| i32::try_from(self.count * each).expect("invariant: COUNT_MOST years fit");
        let elapsed = |unit_ms: i64| Length::Elapsed(i64::from(self.count) * unit_ms);
        match self.unit {
            Unit::Seconds => elapsed(SECOND_MS),
            Unit::Minutes => elapsed(MINUTE_MS),
            Unit::Hours => elapsed(HOUR_MS),
            Unit::Days => Length::Days(count(1)),
            Unit::Weeks => Length::Days(count(7)),
            Unit::Months => Length::Months(count(1)),
            Unit::Years => Length::Months(count(12)),
        }
    }
}

impl Duration {
    /// How many, and the English word for one of them.
    pub(crate) fn parts(self) -> (u32, &'static str) {
        let unit = match self.unit {
            Unit::Seconds => "second",
            Unit::Minutes => "minute",
            Unit::Hours => "hour",
            Unit::Days => "day",
            Unit::Weeks => "week",
            Unit::Months => "month",
            Unit::Years => "year",
        };
        (self.count, unit)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = self.parts();
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

/// Why a civil time is no instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// The clocks skip it; the first civil time after the gap.
    Skipped { next: String },
    /// The clocks show it twice, under these two offsets.
    Twice { first: String, second: String },
    /// Outside 1900 to 2199.
    OutOfRange,
}

/// The calendar of one time zone.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    pub(crate) fn utc() -> Calendar {
        Calendar { zone: TimeZone::UTC }
    }

    /// The calendar of a zone of the bundled database (`Europe/Kyiv`, `UTC`) or of an offset (`+03:00`).
    pub(crate) fn of(name: &str) -> Option<Calendar> {
        if let Some(hours) = name.strip_prefix('+').or(name.strip_prefix('-')) {
            let (hours, minutes) = hours.split_once(':')?;
            let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
            let signed = if name.starts_with('-') { -seconds } else { seconds };
            let within_a_day = hours.len() == 2 && minutes.len() == 2 && seconds <= 14 * 3600;
            let offset = jiff::tz::Offset::from_seconds(signed).ok()?;
            return within_a_day.then(|| Calendar { zone: TimeZone::fixed(offset) });
        }
        TimeZoneDatabase::bundled().get(name).ok().map(|zone| Calendar { zone })
    }

    /// The instant of a civil time.
    pub(crate) fn instant(&self, time: civil::DateTime) -> Result<Instant, Trouble> {
        let ambiguous = self.zone.to_ambiguous_timestamp(time);
        match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { .. } => {}
            jiff::tz::AmbiguousOffset::Gap { before, after } => {
                let skipped = i64::from(after.seconds() - before.seconds());
                let next = time.checked_add(jiff::Span::new().seconds(skipped)).map_err(|_| Trouble::OutOfRange)?;
                return Err(Trouble::Skipped { next: next.strftime("%Y-%m-%d %H:%M").to_string() });
            }
            jiff::tz::AmbiguousOffset::Fold { before, after } => {
                return Err(Trouble::Twice { first: offset_text(before), second: offset_text(after) });
            }
        }
        let timestamp = ambiguous.compatible().map_err(|_| Trouble::OutOfRange)?;
        Instant::from_ms(timestamp.as_millisecond()).ok_or(Trouble::OutOfRange)
    }

    /// The instant that much later (or earlier); civil lengths keep the clock time.
    pub(crate) fn moved(&self, instant: Instant, by: Duration, backwards: bool) -> Result<Instant, Trouble> {
        match by.elapsed_ms() {
            Some(ms) => {
                let ms = if backwards { -ms } else { ms };
                Instant::from_ms(instant.ms() + ms).ok_or(Trouble::OutOfRange)
            }
            None => self.instant(self.civil(instant, by, backwards)?),
        }
    }

    /// The last instant at which a term that began at `instant` is still kept: where the clocks skip or repeat the civil
    /// time, the later one, since in doubt a term runs out later. Held inside the limits of [`Instant`].
    pub(crate) fn due(&self, instant: Instant, within: Duration) -> Instant {
        if let Some(ms) = within.elapsed_ms() {
            return instant.shifted(ms);
        }
        let later = self.civil(instant, within, false).ok().and_then(|time| {
            let timestamp = self.zone.to_ambiguous_timestamp(time).later().ok()?;
            Instant::from_ms(timestamp.as_millisecond())
        });
        later.unwrap_or(Instant::LATEST)
    }

    /// The end of that many terms, one after the other.
    pub(crate) fn due_times(&self, instant: Instant, within: Duration, times: u32) -> Instant {
        let count = within.count.checked_mul(times).filter(|count| *count <= i32::MAX.unsigned_abs() / 12);
        count.map_or(Instant::LATEST, |count| self.due(instant, Duration { count, ..within }))
    }

    /// The first instant from which a term of that length reaches `instant`; the earlier one where the clocks leave a doubt.
    pub(crate) fn before(&self, instant: Instant, within: Duration) -> Instant {
        if let Some(ms) = within.elapsed_ms() {
            return instant.shifted(-ms);
        }
        let earlier = self.civil(instant, within, true).ok().and_then(|time| {
            let timestamp = self.zone.to_ambiguous_timestamp(time).earlier().ok()?;
            Instant::from_ms(timestamp.as_millisecond())
        });
        earlier.unwrap_or(Instant::EARLIEST)
    }

    /// The civil time that a civil length leads to. In a month that has no such day a term ends with the last instant of the
    /// month, and counted back it begins with the first instant of the month after: so a later beginning never ends earlier.
    fn civil(&self, instant: Instant, by: Duration, backwards: bool) -> Result<civil::DateTime, Trouble> {
        let time = self.zone.to_datetime(instant.timestamp());
        let span = match by.length() {
            Length::Elapsed(_) => unreachable!("elapsed time asks no calendar"),
            Length::Days(days) => jiff::Span::new().try_days(days),
            Length::Months(months) => jiff::Span::new().try_months(months),
        };
        let span = span.map_err(|_| Trouble::OutOfRange)?;
        let moved = if backwards { time.checked_sub(span) } else { time.checked_add(span) };
        let moved = moved.map_err(|_| Trouble::OutOfRange)?;
        match (by.civil_months().is_some() && moved.day() != time.day(), backwards) {
            (false, _) => Ok(moved),
            (true, false) => Ok(moved.date().at(23, 59, 59, 999_000_000)),
            (true, true) => Ok(moved.date().tomorrow().map_err(|_| Trouble::OutOfRange)?.at(0, 0, 0, 0)),
        }
    }

    fn civil_days_on(&self, instant: Instant, days: i32) -> Result<civil::DateTime, Trouble> {
        let civil = self.zone.to_datetime(instant.timestamp());
        let span = jiff::Span::new().try_days(days).map_err(|_| Trouble::OutOfRange)?;
        civil.checked_add(span).map_err(|_| Trouble::OutOfRange)
    }

    /// The first instant of the civil day that is `days` after the one of `instant`, where the day begins late if the
    /// clocks skip its midnight.
    pub(crate) fn day_begins(&self, instant: Instant, days: i32) -> Result<Instant, Trouble> {
        let midnight = self.civil_days_on(instant, days)?.date().to_datetime(civil::Time::midnight());
        let timestamp = self.zone.to_ambiguous_timestamp(midnight).compatible().map_err(|_| Trouble::OutOfRange)?;
        Instant::from_ms(timestamp.as_millisecond()).ok_or(Trouble::OutOfRange)
    }

    /// `2026-04-11 16:00`, with seconds and milliseconds only where there are any.
    pub(crate) fn minute(&self, instant: Instant) -> String {
        let time = self.zone.to_datetime(instant.timestamp());
        let form = match (time.second(), time.millisecond()) {
            (0, 0) => "%Y-%m-%d %H:%M",
            (_, 0) => "%Y-%m-%d %H:%M:%S",
            (_, _) => "%Y-%m-%d %H:%M:%S%.3f",
        };
        time.strftime(form).to_string()
    }

    /// Every change of the clocks from 1900 to 2199, with the offset before the first: what tells two databases apart.
    pub(crate) fn clocks(&self) -> String {
        let (first, last) = (Instant::EARLIEST.timestamp(), Instant::LATEST.timestamp());
        let mut out = format!("{}", self.zone.to_offset(first).seconds());
        for change in self.zone.following(first).take_while(|change| change.timestamp() <= last) {
            out.push_str(&format!(" {}:{}", change.timestamp().as_second(), change.offset().seconds()));
        }
        out
    }

    /// By how much the clocks change between two instants, in milliseconds.
    pub(crate) fn clock_change_ms(&self, from: Instant, to: Instant) -> i64 {
        let offset = |instant: Instant| i64::from(self.zone.to_offset(instant.timestamp()).seconds());
        (offset(to) - offset(from)) * SECOND_MS
    }

    /// Whether the clocks surely never change between two instants.
    pub(crate) fn clocks_stand(&self, from: Instant, to: Instant) -> bool {
        self.zone.following(from.timestamp()).next().is_none_or(|change| change.timestamp() > to.timestamp())
    }
}

fn offset_text(offset: jiff::tz::Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// A length of time for people: `3 h 20 min`, `45 s`, `2 d 4 h`.
pub(crate) fn elapsed_text(ms: i64) -> String {
    let ms = ms.abs();
    let parts = [(ms / DAY_MS, "d"), (ms % DAY_MS / HOUR_MS, "h"), (ms % HOUR_MS / MINUTE_MS, "min")];
    let mut shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    let (seconds, rest_ms) = (ms % MINUTE_MS / SECOND_MS, ms % SECOND_MS);
    match (seconds, rest_ms) {
        (0, 0) if shown.is_empty() => shown.push("0 s".to_owned()),
        (0, 0) => {}
        (_, 0) => shown.push(format!("{seconds} s")),
        (_, _) => shown.push(format!("{seconds}.{rest_ms:03} s")),
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kyiv() -> Calendar {
        Calendar::of("Europe/Kyiv").expect("a zone")
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a time")
    }

    #[test]
    fn clocks_skip_and_repeat() {
        let skipped = kyiv().instant(civil::date(2026, 3, 29).at(3, 30, 0, 0));
        assert_eq!(skipped, Err(Trouble::Skipped { next: "2026-03-29 04:30".to_owned() }));
        let twice = kyiv().instant(civil::date(2026, 10, 25).at(3, 30, 0, 0));
        assert_eq!(twice, Err(Trouble::Twice { first: "+03:00".to_owned(), second: "+02:00".to_owned() }));
    }

    #[test]
    fn a_day_is_not_24_hours() {
        let start = at("2026-03-28T22:00:00+02:00");
        let day = Duration::parse("1", "day").expect("a length");
        let hours = Duration::parse("24", "hours").expect("a length");
        assert_eq!(kyiv().due(start, day), at("2026-03-29T22:00:00+03:00"));
        assert_eq!(kyiv().due(start, hours), at("2026-03-29T23:00:00+03:00"));
    }

    #[test]
    fn a_month_keeps_the_day_or_ends_with_the_month() {
        let utc = Calendar::utc();
        let months = |count: &str| Duration::parse(count, "months").expect("a length");
        let due = |from: &str, count: &str| utc.due(at(from), months(count));
        assert_eq!(due("2026-01-15T10:00:00Z", "1"), at("2026-02-15T10:00:00Z"));
        assert_eq!(due("2026-01-31T10:00:00Z", "1"), at("2026-02-28T23:59:59.999Z"));
        assert_eq!(due("2026-01-31T10:00:00Z", "2"), at("2026-03-31T10:00:00Z"));
        assert_eq!(utc.due_times(at("2026-01-31T10:00:00Z"), months("1"), 2), at("2026-03-31T10:00:00Z"));
        assert_eq!(due("2024-02-29T10:00:00Z", "12"), at("2025-02-28T23:59:59.999Z"));
        let years = Duration::parse("4", "years").expect("a length");
        assert_eq!(utc.due(at("2024-02-29T10:00:00Z"), years), at("2028-02-29T10:00:00Z"));
        assert_eq!(utc.before(at("2026-03-31T10:00:00Z"), months("1")), at("2026-03-01T00:00:00Z"));
        assert_eq!(utc.before(at("2026-02-28T10:00:00Z"), months("1")), at("2026-01-28T10:00:00Z"));
        assert_eq!(utc.due(at("2199-12-31T00:00:00Z"), years), Instant::LATEST);
        assert_eq!(utc.due_times(at("2026-01-31T10:00:00Z"), years, u32::MAX), Instant::LATEST);
    }

    proptest::proptest! {
        /// A term that begins later never ends earlier, and what is counted back is the first beginning that reaches so far.
        #[test]
        fn terms_in_months_are_in_order(from in 0i64..40_000, gap in 0i64..2_000, count in 1u32..40, years in proptest::bool::ANY) {
            let utc = Calendar::utc();
            let hour = |n: i64| at("2020-01-01T00:00:00Z").shifted(n * HOUR_MS);
            let length = Duration::parse(&count.to_string(), if years { "years" } else { "months" }).expect("a length");
            proptest::prop_assert!(utc.due(hour(from), length) <= utc.due(hour(from + gap), length));
            let first = utc.before(hour(from), length);
            proptest::prop_assert!(utc.due(first, length) >= hour(from));
            proptest::prop_assert!(utc.due(first.shifted(-1), length) < hour(from));
        }
    }

    #[test]
    fn a_term_that_ends_in_a_gap_ends_after_it() {
        let start = at("2026-03-28T03:30:00+02:00");
        let day = Duration::parse("1", "day").expect("a length");
        assert_eq!(kyiv().due(start, day), at("2026-03-29T04:30:00+03:00"));
    }
}
