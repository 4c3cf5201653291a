//! Clocks of guarantors as a calendar, for whoever keeps time elsewhere: iCalendar, RFC 5545.
//!
//! Takes the answer that the page gets; gives one event for each clock that has an end: what ran out, what runs, what is not
//! sure. Says on each of them what kind of data it is. Never holds what its reader may not see.

use super::guarantees::{Answer, ClockLine};
use super::whom::{Whom, theirs};
use super::{Shared, problem};
use crate::alert::mark;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::fmt::Write;
use terms::Instant;

/// A line has no more octets, its end apart.
const LINE_MOST: usize = 75;

/// The clocks of guarantors as an iCalendar file.
#[utoipa::path(get, path = "/guarantees/clocks.ics", responses(
    (status = 200, body = String, content_type = "text/calendar"), (status = 401, body = super::model::Problem),
    (status = 404, body = super::model::Problem)))]
pub(crate) async fn calendar(State(shared): State<Shared>, Whom(onlooker): Whom) -> Response {
    let snapshot = shared.now();
    let Some(guarantees) = snapshot.guarantees(&onlooker, None) else {
        return problem(StatusCode::NOT_FOUND, "no page of guarantees is adopted; `backstop guarantees adopt PATH`");
    };
    let answer = super::guarantees::written(&guarantees);
    let text = clocks(&answer, &super::answers::data_class(&snapshot.view), &snapshot.seal.origin);
    theirs(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text))
}

/// The calendar of an answer.
pub(crate) fn clocks(answer: &Answer, data_class: &str, origin: &str) -> String {
    let mut lines = Lines::default();
    lines.put("BEGIN", "VCALENDAR");
    lines.put("VERSION", "2.0");
    lines.put("PRODID", "-//Backstop//clocks of guarantors//EN");
    lines.put("X-WR-CALNAME", &escaped(&format!("{}{}", mark(data_class), answer.title)));
    for clock in &answer.clocks {
        event(&mut lines, answer, clock, data_class, origin);
    }
    lines.put("END", "VCALENDAR");
    lines.0
}

fn event(lines: &mut Lines, answer: &Answer, clock: &ClockLine, data_class: &str, origin: &str) {
    let Some(due) = clock.due.as_deref().and_then(stamp) else { return };
    let status = match clock.state.as_str() {
        "running" | "expired" => "CONFIRMED",
        "pending" | "cannot tell" => "TENTATIVE",
        // What is met, void or binds nobody is no date to keep.
        _ => return,
    };
    let says = answer.commitments.iter().find(|one| one.id == clock.commitment).map_or("", |one| one.says.as_str());
    let reading = clock.reading.as_ref().map_or_else(String::new, |reading| format!(" as {reading}"));
    let follows = clock.on_expiry.as_deref().unwrap_or("the text does not say");
    let because = if clock.because.is_empty() { String::new() } else { format!("\n{}", clock.because.join("; ")) };
    lines.put("BEGIN", "VEVENT");
    lines.put("UID", &escaped(&format!("{}@{origin}", clock.id)));
    lines.put("DTSTAMP", &stamp(&answer.as_of).unwrap_or_else(|| due.clone()));
    lines.put("DTSTART", &due);
    lines.put("STATUS", status);
    lines.put(
        "SUMMARY",
        &escaped(&format!("{}{}: {says} ({}{reading}, {})", mark(data_class), clock.debtor, clock.clock, clock.state)),
    );
    lines.put("DESCRIPTION", &escaped(&format!("{}\nthen: {follows}{because}", clock.arithmetic)));
    lines.put("END", "VEVENT");
}

/// `20260302T120000Z`.
fn stamp(instant: &str) -> Option<String> {
    Some(Instant::parse(instant)?.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A line, folded where it is too long: never inside a letter.
    fn put(&mut self, name: &str, value: &str) {
        let line = format!("{name}:{value}");
        let mut rest = line.as_str();
        let mut most = LINE_MOST;
        while rest.len() > most {
            let cut = rest.floor_char_boundary(most);
            let _ = write!(self.0, "{}\r\n ", &rest[..cut]);
            rest = &rest[cut..];
            // The space that a continuation begins with counts.
            most = LINE_MOST - 1;
        }
        let _ = write!(self.0, "{rest}\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_letters_and_signs_escaped() {
        let mut lines = Lines::default();
        lines.put("SUMMARY", &escaped(&format!("a, b; c\\ d\n{}", "ї".repeat(80))));
        assert!(lines.0.starts_with("SUMMARY:a\\, b\\; c\\\\ d\\n"));
        assert!(lines.0.split("\r\n").all(|line| line.len() <= LINE_MOST));
        assert_eq!(lines.0.replace("\r\n ", "").matches('ї').count(), 80);
    }
}
