//! Tables whose cells know what they are, so that every format writes the same number in its own way.
//!
//! Takes cells; gives their text for people and their value for machines. Never a blank that may mean two things: a
//! missing value is `Cell::None` and says so.

use jiff::tz::TimeZone;
use std::fmt::Write;
use terms::{Chance, Instant, Span};

/// One value in a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// Words.
    Text(String),
    /// An id, a code, a hash: set in a monospaced face.
    Code(String),
    /// A count.
    Count(u64),
    /// A probability.
    Chance(Chance),
    /// A share of area and time.
    Share(Chance),
    /// A span of time.
    Span(Span),
    /// Addresses.
    Links(Vec<String>),
    /// There is no value, and this is why.
    None(&'static str),
}

impl Cell {
    /// A text cell.
    pub(crate) fn text(text: impl ToString) -> Cell {
        Cell::Text(text.to_string())
    }

    /// A code cell.
    pub(crate) fn code(code: impl ToString) -> Cell {
        Cell::Code(code.to_string())
    }

    /// A text, or the reason why there is none.
    pub(crate) fn or_none(text: Option<impl ToString>, why: &'static str) -> Cell {
        text.map_or(Cell::None(why), |text| Cell::Text(text.to_string()))
    }

    /// As people read it, in a time zone.
    #[must_use]
    pub fn shown(&self, zone: &TimeZone) -> String {
        match self {
            Cell::Text(text) | Cell::Code(text) => text.clone(),
            Cell::Count(n) => n.to_string(),
            Cell::Chance(chance) => format!("{} ({chance})", chance.word()),
            Cell::Share(share) => share.to_string(),
            Cell::Span(span) => span_shown(*span, zone),
            Cell::Links(links) => links.join(" "),
            Cell::None(why) => (*why).to_owned(),
        }
    }
}

/// A table with named columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// Column names: a key for machines and a heading for people.
    pub columns: Vec<(&'static str, String)>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
    /// What an empty table means, in words.
    pub empty: &'static str,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(columns: &[(&'static str, &str)], empty: &'static str) -> Table {
        let columns = columns.iter().map(|(key, heading)| (*key, (*heading).to_owned())).collect();
        Table { columns, rows: Vec::new(), empty }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "invariant: a row is as long as its table is wide");
        self.rows.push(cells);
    }
}

/// `2026-04-11 19:30 EEST`.
pub(crate) fn instant_shown(instant: Instant, zone: &TimeZone) -> String {
    instant.timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// A span as people read it: the day alone where only the day is known.
pub(crate) fn span_shown(span: Span, zone: &TimeZone) -> String {
    let (from, to) =
        (span.earliest().timestamp().to_zoned(zone.clone()), span.latest().timestamp().to_zoned(zone.clone()));
    let whole_day = from.date() == to.date()
        && from.strftime("%H:%M").to_string() == "00:00"
        && to.strftime("%H:%M").to_string() == "23:59";
    let mut shown = from.strftime("%Y-%m-%d").to_string();
    if whole_day {
        return format!("{shown}, time of day unknown");
    }
    let _ = write!(shown, " {}", from.strftime("%H:%M"));
    if span.length_ms() >= terms::time::MINUTE_MS {
        let same_day = from.date() == to.date();
        let _ = write!(shown, " to {}", to.strftime(if same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" }));
    }
    let _ = write!(shown, " {}", to.strftime("%Z"));
    shown
}
