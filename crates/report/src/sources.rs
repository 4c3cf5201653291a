//! The sections on where everything comes from: sources with their licences, files read, maps of control.
//!
//! Takes sources, imports and maps; gives what must stand beside any published number. Nothing that was set aside or
//! could not be read is left out of the count.

use crate::bulletin::Section;
use crate::day::Day;
use crate::table::{Cell, Table};
use mission::{Closed, View};
use std::collections::BTreeMap;
use terms::SourceId;

pub(crate) fn sections(view: &View, _day: &Day) -> Vec<Section> {
    vec![control_maps(view), sources(view), files(view)]
}

fn control_maps(view: &View) -> Section {
    let mut table = Table::new(
        &[
            ("source", "Source"),
            ("span", "Of"),
            ("title", "What it shows"),
            ("km2", "Square kilometres"),
            ("change", "Change"),
        ],
        "No map of control may be shown to this reader, or none is recorded.",
    );
    let mut maps: Vec<_> = view.maps.iter().collect();
    maps.sort_by_key(|held| (&held.what.source, held.what.span, held.what.title.clone()));
    let mut before: BTreeMap<(&SourceId, &str), f64> = BTreeMap::new();
    for held in maps {
        let map = &held.what;
        let km2 = map.area.square_metres() / 1e6;
        let change = before.insert((&map.source, &map.title), km2).map(|earlier| format!("{:+.1}", km2 - earlier));
        table.row(vec![
            Cell::text(&map.source),
            Cell::Span(map.span),
            Cell::text(&map.title),
            Cell::text(format!("{km2:.1}")),
            Cell::or_none(change, "first map"),
        ]);
    }
    Section {
        key: "maps",
        heading: "Maps of control, as their sources draw them".to_owned(),
        lead: vec!["A map of control is a named source's drawing, not a fact and not a boundary.".to_owned()],
        table: Some(table),
        notes: Vec::new(),
    }
}

fn sources(view: &View) -> Section {
    let mut table = Table::new(
        &[
            ("source", "Source"),
            ("title", "Title"),
            ("kind", "Kind"),
            ("voice", "Voice"),
            ("reports", "Reports shown"),
            ("withheld", "Withheld"),
            ("licence", "Licence"),
            ("attribution", "Attribution"),
            ("release", "May leave"),
            ("worth", "What its labels are worth"),
        ],
        "No source is declared.",
    );
    let mut shown: BTreeMap<&SourceId, u64> = BTreeMap::new();
    for held in view.observations.values() {
        *shown.entry(&held.what.source).or_default() += 1;
    }
    for (id, source) in &view.sources {
        table.row(vec![
            Cell::code(id),
            Cell::text(&source.title),
            Cell::text(source.kind.word()),
            Cell::text(&source.voice),
            Cell::Count(shown.get(id).copied().unwrap_or(0)),
            Cell::Count(view.withheld.get(id).copied().unwrap_or(0)),
            Cell::text(&source.licence),
            Cell::text(&source.attribution),
            Cell::text(source.release.word()),
            Cell::text(&source.worth_basis),
        ]);
    }
    Section {
        key: "sources",
        heading: "Sources and licences".to_owned(),
        lead: Vec::new(),
        table: Some(table),
        notes: Vec::new(),
    }
}

fn files(view: &View) -> Section {
    let mut table = Table::new(
        &[
            ("kind", "Read as"),
            ("file", "File"),
            ("rows", "Rows"),
            ("taken", "Taken"),
            ("set_aside", "Set aside"),
            ("unread", "Could not be read"),
            ("sha256", "SHA-256"),
        ],
        "No file was read.",
    );
    let mut imports: Vec<_> = view.imports.iter().collect();
    imports.sort_by_key(|held| (&held.what.kind, &held.what.file, &held.what.sha256));
    for held in imports {
        let import = &held.what;
        let aside: Vec<String> = import.set_aside.iter().map(|(why, n)| format!("{n} {why}")).collect();
        table.row(vec![
            Cell::text(&import.kind),
            Cell::text(&import.file),
            Cell::Count(import.rows),
            Cell::Count(import.taken),
            if aside.is_empty() { Cell::None("none") } else { Cell::Text(aside.join("; ")) },
            Cell::Count(import.unread),
            Cell::code(&import.sha256),
        ]);
    }
    Section { key: "files", heading: "Files read".to_owned(), lead: lead(view), table: Some(table), notes: Vec::new() }
}

/// What the numbers above lack: entries that could not be read, and why. No entry numbers: a bulletin's body has none.
fn lead(view: &View) -> Vec<String> {
    let mut lines = Vec::new();
    if !view.troubles.is_empty() {
        lines.push(format!("{} entries of the log could not be read by this version.", view.troubles.len()));
    }
    let mut orders: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for order in view.absent.iter().filter_map(|absent| absent.order.as_ref()) {
        *orders.entry((&order.authority, &order.ground)).or_default() += 1;
    }
    for ((authority, ground), count) in orders {
        lines.push(format!("{count} entries were erased on the authority of {authority}: {ground}."));
    }
    let count = |closed: fn(&Closed) -> bool| {
        view.absent.iter().filter(|absent| absent.order.is_none() && closed(&absent.why)).count()
    };
    let told = [
        (count(|closed| matches!(closed, Closed::Erased)), "have lost their keys without an order"),
        (count(|closed| matches!(closed, Closed::Sealed)), "are sealed to whoever made this bulletin"),
        (count(|closed| matches!(closed, Closed::Withheld { .. })), "are committed to and not opened yet"),
    ];
    lines.extend(
        told.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} entries {what}.")),
    );
    lines
}
