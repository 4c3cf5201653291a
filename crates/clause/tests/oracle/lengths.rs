//! Lengths of time in UTC, counted by hand: days of 24 hours, and months that end with their last day.
//!
//! Takes an instant in milliseconds; gives the last instant of a term that begins then. Only ever counts forwards, where the
//! engine also counts back.

use clause::Duration;

const DAY: i64 = 86_400_000;

/// The last instant of a term.
pub(crate) fn after(from: i64, length: Duration) -> i64 {
    times(from, length, 1)
}

/// The last instant of so many terms, one after the other.
pub(crate) fn times(from: i64, length: Duration, times: u32) -> i64 {
    let fixed = length.elapsed_ms().or(length.civil_days().map(|days| i64::from(days) * DAY));
    if let Some(ms) = fixed {
        return from + ms * i64::from(times);
    }
    let months = i64::from(length.civil_months().expect("a length")) * i64::from(times);
    let (year, month, day) = date(from.div_euclid(DAY));
    let month = year * 12 + month + months;
    let begins = first_day(month);
    match begins + day - 1 {
        same if same < first_day(month + 1) => same * DAY + from.rem_euclid(DAY),
        _ => first_day(month + 1) * DAY - 1,
    }
}

/// The first day of a month, counted from January of year 0, in days since 1970.
fn first_day(month: i64) -> i64 {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12));
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let days = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + days[..usize::try_from(month).expect("of twelve")].iter().sum::<i64>()
}

/// Year, month from 0, day from 1.
fn date(day: i64) -> (i64, i64, i64) {
    let month = (1970 * 12..).take_while(|month| first_day(*month) <= day).last().expect("after 1970");
    (month / 12, month % 12, day - first_day(month) + 1)
}
