//! A bulletin as Markdown.
//!
//! Takes a bulletin; gives text that reads well raw. Text of sources is escaped, so that no report can pass for a
//! heading, a link or a row.

use crate::Seal;
use crate::bulletin::Bulletin;
use crate::table::Table;
use std::fmt::Write;

/// The bulletin as Markdown; the seal, if there is one, is the last line.
#[must_use]
pub fn markdown(bulletin: &Bulletin, seal: Option<&Seal>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", plain(&bulletin.title));
    for line in &bulletin.head {
        let _ = writeln!(out, "{}  ", plain(line));
    }
    for section in &bulletin.sections {
        let _ = writeln!(out, "\n## {}\n", section.heading);
        for line in &section.lead {
            let _ = writeln!(out, "{}\n", plain(line));
        }
        if let Some(table) = &section.table {
            write_table(&mut out, table, bulletin);
        }
        for note in &section.notes {
            let _ = writeln!(out, "\n{}", plain(note));
        }
    }
    if let Some(seal) = seal {
        let _ = writeln!(out, "\nLog `{}`, {} entries, root `{}`", plain(&seal.origin), seal.size, seal.root);
    }
    out
}

fn write_table(out: &mut String, table: &Table, bulletin: &Bulletin) {
    if table.rows.is_empty() {
        let _ = writeln!(out, "{}", table.empty);
        return;
    }
    let headings: Vec<&str> = table.columns.iter().map(|(_, heading)| heading.as_str()).collect();
    let _ = writeln!(out, "| {} |", headings.join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(headings.len()));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(&cell.shown(bulletin.day.zone()))).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// Text that Markdown shows as it is.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => {
                out.push('\\');
                out.push(letter);
            }
            _ if letter.is_control() => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}
