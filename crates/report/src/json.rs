//! A bulletin as JSON.
//!
//! Takes a bulletin; gives `backstop.bulletin/1`: the same sections and tables, with values instead of words: parts per
//! million, RFC 3339 instants. Keys are sorted, so that the same bulletin is the same bytes.

use crate::Seal;
use crate::bulletin::{Bulletin, Section};
use crate::table::{Cell, Table};
use serde_json::{Value, json};

/// The bulletin as JSON; the seal, if there is one, is its own member.
#[must_use]
pub fn json(bulletin: &Bulletin, seal: Option<&Seal>) -> String {
    let mut value = json!({
        "schema": "backstop.bulletin/1",
        "title": bulletin.title,
        "mission": bulletin.mission,
        "data_class": bulletin.data_class,
        "date": bulletin.day.date(),
        "head": bulletin.head,
        "sections": bulletin.sections.iter().map(section).collect::<Vec<_>>(),
    });
    if let Some(seal) = seal {
        value["seal"] = json!({ "origin": seal.origin, "size": seal.size, "root": seal.root });
    }
    format!("{value:#}\n")
}

fn section(section: &Section) -> Value {
    json!({
        "key": section.key,
        "heading": section.heading,
        "lead": section.lead,
        "rows": section.table.as_ref().map(rows),
        "notes": section.notes,
    })
}

fn rows(table: &Table) -> Value {
    let row = |row: &Vec<Cell>| -> Value {
        table.columns.iter().zip(row).map(|((key, _), cell)| ((*key).to_owned(), value(cell))).collect()
    };
    table.rows.iter().map(row).collect()
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) | Cell::Code(text) => json!(text),
        Cell::Count(n) => json!(n),
        Cell::Chance(chance) | Cell::Share(chance) => json!({ "ppm": chance.ppm() }),
        Cell::Span(span) => {
            json!({ "earliest": span.earliest().to_string(), "latest": span.latest().to_string() })
        }
        Cell::Links(links) => json!(links),
        Cell::None(why) => json!({ "none": why }),
    }
}
