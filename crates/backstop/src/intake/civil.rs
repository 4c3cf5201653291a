//! Civil dates and clock times as sources write them, as spans of instants.
//!
//! Takes texts and a time zone; gives the span in which something happened, as wide as the source's words leave it. Never
//! guesses: an hour that the clocks pass twice gives a span over both.

use super::table::quoted;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use terms::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use terms::{Instant, Span};

/// A named time zone of the bundled database.
pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("{} is no IANA time zone; write one such as `Europe/Kyiv`", quoted(name)))
}

/// The zone of Ukraine's sources.
pub(super) fn kyiv() -> TimeZone {
    zone("Europe/Kyiv").expect("invariant: the bundled database knows Kyiv")
}

/// The zone of Russia's federal sources.
pub(super) fn moscow() -> TimeZone {
    zone("Europe/Moscow").expect("invariant: the bundled database knows Moscow")
}

/// `2026-04-11` or `20260411`.
pub(super) fn date(text: &str) -> Result<Date, String> {
    let digits: Vec<&str> = match text.len() {
        8 if text.is_ascii() => vec![&text[..4], &text[4..6], &text[6..]],
        _ => text.split('-').collect(),
    };
    let wrong = || format!("{} is no date such as `2026-04-11`", quoted(text));
    let [year, month, day] = digits[..] else { return Err(wrong()) };
    if year.len() != 4 || [year, month, day].iter().any(|part| !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(wrong());
    }
    let year: i16 = year.parse().map_err(|_| wrong())?;
    if !(1900..=2199).contains(&year) {
        return Err(format!("the year of {} lies outside 1900 to 2199; correct the date", quoted(text)));
    }
    let (month, day) = (month.parse().map_err(|_| wrong())?, day.parse().map_err(|_| wrong())?);
    Date::new(year, month, day).map_err(|_| format!("{} is no day of the calendar", quoted(text)))
}

/// `17:05` or `17:05:30`; `.` may stand for `:`.
pub(super) fn clock(text: &str) -> Result<Time, String> {
    let wrong = || format!("{} is no time such as `17:05`", quoted(text));
    let parts: Vec<i8> = text.split([':', '.']).map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    match parts[..] {
        [hour, minute] => Time::new(hour, minute, 0, 0).map_err(|_| wrong()),
        [hour, minute, second] => Time::new(hour, minute, second, 0).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// `2026-04-11 17:05`, with a space or a `T` between.
pub(super) fn date_and_clock(text: &str) -> Result<DateTime, String> {
    let (day, time) = text.split_once([' ', 'T']).ok_or_else(|| format!("{} has no time of day", quoted(text)))?;
    Ok(date(day)?.to_datetime(clock(time.trim())?))
}

/// The instants that a civil time may be: two where clocks go back, and the same one twice elsewhere.
fn readings(at: DateTime, zone: &TimeZone) -> Option<(Instant, Instant)> {
    let ambiguous = zone.to_ambiguous_timestamp(at);
    let earlier = ambiguous.earlier().ok()?.as_millisecond();
    let later = ambiguous.later().ok()?.as_millisecond();
    Some((Instant::from_ms(earlier.min(later))?, Instant::from_ms(later.max(earlier))?))
}

/// From the first instant of one civil time to `length_ms` after the start of another, its last millisecond left out.
pub(super) fn between(from: DateTime, until: DateTime, length_ms: i64, zone: &TimeZone) -> Result<Span, String> {
    let outside = || format!("`{from}` lies outside the years 1900 to 2199");
    let (earliest, _) = readings(from, zone).ok_or_else(outside)?;
    let (_, latest) = readings(until, zone).ok_or_else(outside)?;
    Span::new(earliest, latest.shifted((length_ms - 1).max(0)))
        .ok_or_else(|| format!("it ends at `{until}`, before it begins at `{from}`"))
}

/// The minute that a civil time names.
pub(super) fn minute(at: DateTime, zone: &TimeZone) -> Result<Span, String> {
    between(at, at, MINUTE_MS, zone)
}

/// The second that a civil time names.
pub(super) fn second(at: DateTime, zone: &TimeZone) -> Result<Span, String> {
    between(at, at, SECOND_MS, zone)
}

/// The whole civil days from `first` to `last`, to the last millisecond before midnight.
pub(super) fn days(first: Date, last: Date, zone: &TimeZone) -> Result<Span, String> {
    let after = last.tomorrow().map_err(|_| format!("`{last}` lies outside the years 1900 to 2199"))?;
    between(first.to_datetime(Time::midnight()), after.to_datetime(Time::midnight()), 0, zone)
        .map(|span| Span::new(span.earliest(), span.latest().shifted(-1)).unwrap_or(span))
}

/// The whole civil day.
pub(super) fn day(date: Date, zone: &TimeZone) -> Result<Span, String> {
    days(date, date, zone)
}

/// The part of a day that a word names: a wide reading, as no source says where morning ends.
///
/// `night` reaches from the evening before to the end of the day named, as "the night of the 15th" is said of both nights.
pub(super) fn part_of_day(date: Date, word: &str, zone: &TimeZone) -> Result<Span, String> {
    let (from_hour, hours) = match word {
        "morning" => (4, 8),
        "afternoon" | "daytime" => (11, 8),
        "evening" => (16, 8),
        "night" | "overnight" => (-4, 28),
        _ => return Err(format!("{} is no part of a day", quoted(word))),
    };
    let midnight = day(date, zone)?.earliest();
    let hour_ms = DAY_MS / 24;
    let earliest = midnight.shifted(from_hour * hour_ms);
    Span::new(earliest, earliest.shifted(hours * hour_ms - 1)).ok_or_else(|| format!("`{date}` is too early"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(span: Result<Span, String>, expected: &str) {
        let shown = span.map(|span| format!("{} / {}", span.earliest(), span.latest()));
        assert_eq!(shown.unwrap_or_else(|why| why), expected);
    }

    #[test]
    fn a_day_is_local_and_may_be_23_hours() {
        let easter = date("20260411").expect("a date");
        check(day(easter, &kyiv()), "2026-04-10T21:00:00Z / 2026-04-11T20:59:59.999Z");
        let spring = date("2026-03-29").expect("a date");
        check(day(spring, &kyiv()), "2026-03-28T22:00:00Z / 2026-03-29T20:59:59.999Z");
    }

    #[test]
    fn an_hour_passed_twice_is_both() {
        let twice = date_and_clock("2026-10-25 03:30").expect("a time");
        check(minute(twice, &kyiv()), "2026-10-25T00:30:00Z / 2026-10-25T01:30:59.999Z");
    }

    #[test]
    fn words_are_wide() {
        let day = date("2025-04-15").expect("a date");
        check(part_of_day(day, "morning", &moscow()), "2025-04-15T01:00:00Z / 2025-04-15T08:59:59.999Z");
        check(part_of_day(day, "night", &moscow()), "2025-04-14T17:00:00Z / 2025-04-15T20:59:59.999Z");
        check(part_of_day(day, "soon", &moscow()), "`soon` is no part of a day");
    }

    #[test]
    fn nonsense_is_named() {
        for (text, why) in [
            ("9999-01-01", "the year of `9999-01-01` lies outside 1900 to 2199; correct the date"),
            ("2026-02-30", "`2026-02-30` is no day of the calendar"),
            ("NaN", "`NaN` is no date such as `2026-04-11`"),
            ("２０２６0411", "`２０２６0411` is no date such as `2026-04-11`"),
        ] {
            assert_eq!(date(text), Err(why.to_owned()));
        }
    }
}
