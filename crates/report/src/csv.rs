//! One table of a bulletin as CSV.
//!
//! Takes a bulletin and the key of a section; gives UTF-8 without a byte-order mark, RFC 4180 quoting, instants in RFC
//! 3339, chances in parts per million, and the data class in every row. A cell that a spreadsheet could run as a formula
//! is given a leading apostrophe.

use crate::bulletin::Bulletin;
use crate::table::Cell;

/// The table of the section `key`, or `None` if there is no such table.
#[must_use]
pub fn csv(bulletin: &Bulletin, key: &str) -> Option<String> {
    let table = bulletin.sections.iter().find(|section| section.key == key)?.table.as_ref()?;
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let heading = ["data_class", "date"].into_iter().chain(table.columns.iter().map(|(column, _)| *column));
    let in_memory = "invariant: writing to memory does not fail";
    writer.write_record(heading).expect(in_memory);
    for row in &table.rows {
        let head = [bulletin.data_class.clone(), bulletin.day.date()];
        writer.write_record(head.into_iter().chain(row.iter().map(value))).expect(in_memory);
    }
    Some(String::from_utf8(writer.into_inner().expect(in_memory)).expect("invariant: UTF-8 in, UTF-8 out"))
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Code(text) => guarded(text),
        Cell::Count(n) => n.to_string(),
        Cell::Chance(chance) | Cell::Share(chance) => chance.ppm().to_string(),
        Cell::Span(span) => format!("{}/{}", span.earliest(), span.latest()),
        Cell::Links(links) => guarded(&links.join(" ")),
        Cell::None(why) => (*why).to_owned(),
    }
}

/// A cell's text, which no spreadsheet takes for a formula.
#[must_use]
pub fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
