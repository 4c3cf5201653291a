//! A bulletin as one HTML file that needs nothing else.
//!
//! Takes a bulletin; gives a page with its map, its tables and its style, for screen and grey print, without script.
//! Text of sources is escaped; addresses of sources are shown as text, not as links to follow.

use crate::Seal;
use crate::bulletin::{Bulletin, Section};
use crate::table::{Cell, Table};
use std::fmt::Write;

/// The bulletin as HTML; the seal, if there is one, is the last line of its body.
#[must_use]
pub fn html(bulletin: &Bulletin, seal: Option<&Seal>) -> String {
    let mut out = String::new();
    let title = escaped(&bulletin.title);
    let class = escaped(&bulletin.data_class);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<header>\n<p class=\"class {class}\">{}</p>\n<h1>{title}</h1>\n",
        class.to_uppercase()
    );
    for line in &bulletin.head {
        let _ = writeln!(out, "<p>{}</p>", escaped(line));
    }
    out.push_str("</header>\n<nav><ol>");
    for section in &bulletin.sections {
        let _ = write!(out, "<li><a href=\"#{}\">{}</a></li>", section.key, escaped(&section.heading));
    }
    let _ = write!(out, "</ol></nav>\n<main>\n<figure>{}</figure>\n", bulletin.map);
    for section in &bulletin.sections {
        write_section(&mut out, section, bulletin);
    }
    out.push_str("</main>\n");
    if let Some(seal) = seal {
        let _ = writeln!(
            out,
            "<footer>Log <code>{}</code>, {} entries, root <code>{}</code></footer>",
            escaped(&seal.origin),
            seal.size,
            escaped(&seal.root)
        );
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_section(out: &mut String, section: &Section, bulletin: &Bulletin) {
    let _ = writeln!(out, "<section id=\"{}\">\n<h2>{}</h2>", section.key, escaped(&section.heading));
    for line in &section.lead {
        let _ = writeln!(out, "<p>{}</p>", escaped(line));
    }
    if let Some(table) = &section.table {
        write_table(out, section.key, table, bulletin);
    }
    for note in &section.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(note));
    }
    out.push_str("</section>\n");
}

fn write_table(out: &mut String, key: &str, table: &Table, bulletin: &Bulletin) {
    if table.rows.is_empty() {
        let _ = writeln!(out, "<p class=\"empty\">{}</p>", escaped(table.empty));
        return;
    }
    out.push_str("<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
    for (_, heading) in &table.columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(heading));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        write_row(out, key, row, bulletin);
    }
    out.push_str("</tbody></table></div>\n");
}

fn write_row(out: &mut String, key: &str, row: &[Cell], bulletin: &Bulletin) {
    out.push_str("<tr>");
    for (at, cell) in row.iter().enumerate() {
        let shown = escaped(&cell.shown(bulletin.day.zone()));
        let _ = match cell {
            // An incident's row opens to the reports behind it.
            Cell::Code(id) if at == 0 && key == "incidents" => {
                write!(out, "<td id=\"{0}\"><a href=\"#reports-{0}\"><code>{0}</code></a></td>", escaped(id))
            }
            Cell::Code(id) if at == 0 && key == "reports" => {
                write!(out, "<td id=\"reports-{0}\"><a href=\"#{0}\"><code>{0}</code></a></td>", escaped(id))
            }
            Cell::Code(_) => write!(out, "<td><code>{shown}</code></td>"),
            Cell::Count(_) | Cell::Share(_) => write!(out, "<td class=\"number\">{shown}</td>"),
            Cell::None(_) => write!(out, "<td class=\"none\">{shown}</td>"),
            Cell::Links(_) => write!(out, "<td class=\"links\">{shown}</td>"),
            Cell::Text(_) | Cell::Chance(_) | Cell::Span(_) => write!(out, "<td>{shown}</td>"),
        };
    }
    out.push_str("</tr>\n");
}

/// Text that HTML shows as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ if letter.is_control() && letter != '\n' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

const STYLE: &str = include_str!("bulletin.css");
