//! The sections on incidents: those of the day with their reports, and the counts by kind and day.
//!
//! Takes the incidents and observations of a view; gives rows that open to their reports. Counts of reports and counts
//! of incidents stand in different tables, because they are different things.

use crate::bulletin::Section;
use crate::day::Day;
use crate::table::{Cell, Table};
use clause::Bears;
use mission::{Bearing, SeenIncident, View};
use std::collections::BTreeMap;
use terms::{Act, Shape, SourceId, Span};

/// A table over days has at most so many columns.
const MOST_DAYS: usize = 14;

pub(crate) fn sections(view: &View, day: &Day) -> Vec<Section> {
    vec![of_the_day(view, day), reports(view, day), counts(view, day)]
}

fn begins_in(span: Span, day: Span) -> bool {
    day.holds(Span::at(span.earliest()))
}

fn of_the_day(view: &View, day: &Day) -> Section {
    let mut table = Table::new(
        &[
            ("id", "Incident"),
            ("act", "Kind"),
            ("happened", "When"),
            ("place", "Where"),
            ("precision", "Place known to"),
            ("chance", "How likely"),
            ("voices", "Voices"),
            ("reports", "Reports"),
            ("state", "State"),
            ("attributed", "Attributed to"),
            ("clauses", "Clauses"),
        ],
        "No incident begins on this day. Read this with the coverage below.",
    );
    let seen: Vec<&SeenIncident> =
        view.incidents.iter().filter(|seen| begins_in(seen.incident.happened, day.span())).collect();
    for seen in &seen {
        table.row(row(seen));
    }
    let unplaced = seen.iter().filter(|s| s.incident.place.disc().is_none()).count();
    let before = view.incidents.iter().filter(|s| s.incident.happened.earliest() < day.span().earliest()).count();
    Section {
        key: "incidents",
        heading: "Incidents of the day".to_owned(),
        lead: vec![format!(
            "{} incidents begin on this day, {unplaced} of them not placed on the map; {before} began before.",
            seen.len()
        )],
        table: Some(table),
        notes: Vec::new(),
    }
}

fn row(seen: &SeenIncident) -> Vec<Cell> {
    let incident = &seen.incident;
    let attributed = seen.attribution().map(|a| a.party.as_ref().map_or("undetermined", |party| party.as_str()));
    let bearing = |bearing: &Bearing| {
        let reading = bearing.reading.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        match &bearing.bears {
            Bears::Falls => Some(format!("{}{reading}: falls under it", bearing.rule)),
            Bears::Outside(_) => None,
            Bears::Undetermined(_) => Some(format!("{}{reading}: cannot tell, {}", bearing.rule, bearing.why())),
        }
    };
    let clauses: Vec<String> = seen.bearings.iter().filter_map(bearing).collect();
    vec![
        Cell::code(incident.id),
        Cell::text(incident.act.word()),
        Cell::Span(incident.happened),
        Cell::or_none(place_words(&incident.place), "not known"),
        Cell::text(incident.place.precision()),
        Cell::Chance(incident.chance),
        Cell::Count(incident.voices.into()),
        Cell::Count(incident.members.len() as u64),
        Cell::text(seen.state()),
        Cell::or_none(attributed, "nobody yet"),
        if clauses.is_empty() { Cell::None("none") } else { Cell::Text(clauses.join(". ")) },
    ]
}

/// `Bilka, 46.9082 30.4058 ± 5000 m`: no more digits than the place is known to.
pub(crate) fn place_words(place: &terms::Place) -> Option<String> {
    let name = place.name.clone();
    match &place.shape {
        Shape::Disc { centre, radius_m } => {
            let digits = match radius_m {
                ..=100 => 4,
                ..=1_000 => 3,
                _ => 2,
            };
            let at = format!(
                "{:.digits$} {:.digits$} ± {radius_m} m",
                f64::from(centre.lat_e6()) / 1e6,
                f64::from(centre.lon_e6()) / 1e6
            );
            Some(name.map_or(at.clone(), |name| format!("{name}, {at}")))
        }
        Shape::Wedge(wedge) => {
            let (post, [least_m, most_m]) = (wedge.post(), wedge.range_m());
            let degrees = |mdeg: u32| f64::from(mdeg) / 1e3;
            let at = format!(
                "{least_m} to {most_m} m at {}° ± {}° from {:.4} {:.4}",
                degrees(wedge.bearing_mdeg()),
                degrees(wedge.error_mdeg()),
                f64::from(post.lat_e6()) / 1e6,
                f64::from(post.lon_e6()) / 1e6
            );
            Some(name.map_or(at.clone(), |name| format!("{name}, {at}")))
        }
        Shape::Region(region) => Some(name.map_or(region.to_string(), |name| format!("{name} ({region})"))),
        Shape::Unplaced => name,
    }
}

fn reports(view: &View, day: &Day) -> Section {
    let mut table = Table::new(
        &[
            ("incident", "Incident"),
            ("observation", "Report"),
            ("source", "Source"),
            ("means", "By"),
            ("act", "Kind"),
            ("happened", "When, as the source knows"),
            ("worth", "Worth of such a report"),
            ("grade", "Grade"),
            ("references", "To be read at"),
        ],
        "No incident begins on this day.",
    );
    for seen in view.incidents.iter().filter(|seen| begins_in(seen.incident.happened, day.span())) {
        for member in &seen.incident.members {
            table.row(report_row(view, seen, *member));
        }
    }
    Section {
        key: "reports",
        heading: "The reports behind each incident".to_owned(),
        lead: Vec::new(),
        table: Some(table),
        notes: Vec::new(),
    }
}

fn report_row(view: &View, seen: &SeenIncident, member: terms::ObservationId) -> Vec<Cell> {
    let incident = Cell::code(seen.incident.id);
    let Some(held) = view.observations.get(&member) else {
        let withheld = || Cell::None("withheld (licence)");
        let mut row = vec![incident, Cell::code(member)];
        row.extend((0..7).map(|_| withheld()));
        return row;
    };
    let observation = &held.what;
    let source = view.sources.get(&observation.source);
    let worth = source.and_then(|source| source.worth.get(&observation.act)).copied();
    vec![
        incident,
        Cell::code(member),
        Cell::text(&observation.source),
        Cell::text(observation.means.word()),
        Cell::text(observation.act.word()),
        Cell::Span(observation.happened),
        worth.map_or(Cell::None("not stated"), Cell::Chance),
        Cell::code(observation.grade),
        if observation.references.is_empty() {
            Cell::None("not given")
        } else {
            Cell::Links(observation.references.clone())
        },
    ]
}

/// Reports by source, kind and day, over the agreement's days or the fortnight before.
fn counts(view: &View, day: &Day) -> Section {
    let first = view.adopted.as_ref().and_then(|held| held.what.agreement.in_force).map(|start| day.of(start));
    let earliest = view.observations.values().map(|held| held.what.happened.earliest()).min().map(|at| day.of(at));
    let days = first.or(earliest).unwrap_or_else(|| day.clone()).until(day, MOST_DAYS);
    let mut columns = vec![("source", "Source".to_owned()), ("act", "Kind".to_owned())];
    columns.extend(days.iter().map(|day| ("day", day.date())));
    let mut rows: BTreeMap<(SourceId, Act), Vec<u64>> = BTreeMap::new();
    for held in view.observations.values().filter(|held| !held.what.is_claim()) {
        if let Some(at) = days.iter().position(|day| begins_in(held.what.happened, day.span())) {
            let key = (held.what.source.clone(), held.what.act);
            rows.entry(key).or_insert_with(|| vec![0; days.len()])[at] += 1;
        }
    }
    let rows = rows.into_iter().map(|((source, act), counts)| {
        let head = [Cell::text(source), Cell::text(act.word())];
        head.into_iter().chain(counts.into_iter().map(Cell::Count)).collect()
    });
    let table = Table { columns, rows: rows.collect(), empty: "No report falls on these days." };
    Section {
        key: "counts",
        heading: "Reports by source, kind and day".to_owned(),
        lead: vec![
            "Reports as received, after each source's stated filter (see Files read). A report is not an incident: \
             several reports may be of one."
                .to_owned(),
        ],
        table: Some(table),
        notes: Vec::new(),
    }
}
