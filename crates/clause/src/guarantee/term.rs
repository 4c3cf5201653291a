//! How long a clock runs, and what a pause or an extension makes of its end.
//!
//! Takes a term, a start and a calendar; gives the instant at which it is over. Days are civil and keep the clock time;
//! hours are exact. In doubt a term runs out later.

use crate::calendar::{Calendar, Duration};
use std::fmt;
use terms::Instant;

/// How long a clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Term {
    /// So long from its start.
    Length(Duration),
    /// To the last millisecond of the day that is so many days after the day of its start.
    EndOfDay(u32),
    /// To a fixed instant, whenever it starts.
    Until(Instant),
}

impl Term {
    /// When it is over, if nothing stops or lengthens it.
    pub(super) fn due(self, calendar: &Calendar, start: Instant) -> Instant {
        match self {
            Term::Length(length) => calendar.due(start, length),
            Term::EndOfDay(days) => {
                let days = i32::try_from(days).unwrap_or(i32::MAX - 1);
                calendar.day_begins(start, days.saturating_add(1)).map_or(Instant::LATEST, |begins| begins.shifted(-1))
            }
            Term::Until(instant) => instant,
        }
    }

    /// Whether it counts civil days, so that a pause moves its end by whole days.
    pub(super) fn counts_days(self) -> bool {
        match self {
            Term::Length(length) => length.elapsed_ms().is_none(),
            Term::EndOfDay(_) => true,
            Term::Until(_) => false,
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Length(length) if length.elapsed_ms().is_none() => write!(f, "{length} (civil)"),
            Term::Length(length) => write!(f, "{length}"),
            Term::EndOfDay(days) => write!(f, "to the end of D+{days}"),
            Term::Until(instant) => write!(f, "until {instant}"),
        }
    }
}

/// The end of a term after a pause, and the length that the pause counts for, in words. A term in hours stands still to the
/// millisecond; a term in days moves by whole civil days, a day that was begun counting as one.
pub(super) fn after_pause(
    term: Term,
    calendar: &Calendar,
    due: Instant,
    from: Instant,
    until: Instant,
) -> (Instant, String) {
    if !term.counts_days() {
        let length_ms = until.ms() - from.ms();
        return (due.shifted(length_ms), crate::calendar::elapsed_text(length_ms));
    }
    let days = days_begun(calendar, from, until);
    (calendar.due(due, days), format!("{days} (civil)"))
}

/// The fewest civil days that reach from one instant to the other.
fn days_begun(calendar: &Calendar, from: Instant, until: Instant) -> Duration {
    let days = |count: i64| Duration::parse(&count.max(0).to_string(), "days").unwrap_or(Duration::ZERO);
    let about = (until.ms() - from.ms()) / terms::time::DAY_MS;
    let near = (about - 1).max(0)..=about + 2;
    near.into_iter().map(days).find(|length| calendar.due(from, *length) >= until).unwrap_or_else(|| days(about + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a time")
    }

    fn check(term: Term, start: &str, pause: (&str, &str), expected: &str) {
        let kyiv = Calendar::of("Europe/Kyiv").expect("a zone");
        let (due, _) = after_pause(term, &kyiv, term.due(&kyiv, at(start)), at(pause.0), at(pause.1));
        assert_eq!(due, at(expected), "{term} from {start}, paused {pause:?}");
    }

    fn length(count: &str, unit: &str) -> Term {
        Term::Length(Duration::parse(count, unit).expect("a length"))
    }

    #[test]
    fn a_pause_over_a_change_of_the_clocks() {
        // The clocks went forward in Kyiv on 29 March 2026: that night has one hour less.
        let pause = ("2026-03-28T20:00:00+02:00", "2026-03-29T20:00:00+03:00");
        check(length("24", "hours"), "2026-03-28T12:00:00+02:00", pause, "2026-03-30T12:00:00+03:00");
        check(length("1", "day"), "2026-03-28T12:00:00+02:00", pause, "2026-03-30T12:00:00+03:00");
        // A pause of 23 hours that day is a whole civil day, but not 24 hours.
        check(length("48", "hours"), "2026-03-28T12:00:00+02:00", pause, "2026-03-31T12:00:00+03:00");
        // A day that was begun counts.
        let short = ("2026-03-28T20:00:00+02:00", "2026-03-28T21:00:00+02:00");
        check(length("2", "days"), "2026-03-28T12:00:00+02:00", short, "2026-03-31T12:00:00+03:00");
    }

    #[test]
    fn day_n_ends_with_its_last_millisecond() {
        let kyiv = Calendar::of("Europe/Kyiv").expect("a zone");
        let due = Term::EndOfDay(1).due(&kyiv, at("2024-02-28T15:00:00+02:00"));
        assert_eq!(due, at("2024-02-29T23:59:59.999+02:00"), "a leap day is a day");
        // A month without the day ends the term with its last millisecond, as everywhere in agreements.
        let month_ends =
            |start: &str, expected: &str| assert_eq!(length("1", "month").due(&kyiv, at(start)), at(expected));
        month_ends("2026-01-31T10:00:00+02:00", "2026-02-28T23:59:59.999+02:00");
        month_ends("2024-01-31T10:00:00+02:00", "2024-02-29T23:59:59.999+02:00");
    }
}
