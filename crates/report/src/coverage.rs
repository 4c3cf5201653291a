//! The section on coverage: who looked where, and where nobody did.
//!
//! Takes the efforts of a view; gives for each zone the share of ground and time that was watched, by means, and the
//! spans in which nobody looked, with the reason where one is recorded.

use crate::bulletin::Section;
use crate::day::Day;
use crate::table::{Cell, Table, span_shown};
use mission::View;
use terms::Outcome;

/// A row lists at most so many blind spans; the rest is counted.
const MOST_BLIND: usize = 4;

pub(crate) fn section(view: &View, day: &Day) -> Section {
    // Bulletins of missions that adopted no detection stay as they were.
    let adopted = view.detection.as_ref();
    let seen = adopted.map(|_| ("seen", "Would have been seen"));
    let columns = [("zone", "Zone"), ("watched", "Watched")].into_iter().chain(seen);
    let columns: Vec<(&str, &str)> = columns.chain([("means", "By means"), ("blind", "Nobody looked")]).collect();
    let mut table = Table::new(
        &columns,
        "The agreement draws no zone, so no coverage can be counted: no clause can read complied.",
    );
    for sector in view.coverage(day.span()) {
        let means = sector.coverage.by_means.iter().map(|(means, share)| format!("{} {share}", means.word()));
        let mut blind: Vec<String> = sector
            .coverage
            .blind
            .iter()
            .take(MOST_BLIND)
            .map(|blind| format!("{}: {}", span_shown(blind.span, day.zone()), blind.why))
            .collect();
        if sector.coverage.blind.len() > MOST_BLIND {
            blind.push(format!("and {} more spans", sector.coverage.blind.len() - MOST_BLIND));
        }
        let means: Vec<String> = means.collect();
        let mut row = vec![Cell::text(&sector.zone), Cell::Share(sector.coverage.watched)];
        if adopted.is_some() {
            row.push(sector.seen.map_or(Cell::None("nothing was told of"), Cell::Share));
        }
        row.extend([
            if means.is_empty() { Cell::None("nobody looked") } else { Cell::Text(means.join(", ")) },
            if blind.is_empty() { Cell::None("at no time") } else { Cell::Text(blind.join("; ")) },
        ]);
        table.row(row);
    }
    let mut notes = vec![
        "A share is ground times time. Press and statements of parties are not looks: nobody says where they did not look."
            .to_owned(),
    ];
    notes.extend(adopted.map(|held| {
        format!(
            "Would have been seen: of happenings such as the mission was told of, the share that those who looked would have seen, \
             faint ones included, as entry {} believes of each means ({}).",
            held.entry, held.what.basis
        )
    }));
    let today: Vec<_> = view.efforts.iter().filter(|effort| effort.span.meet(day.span()).is_some()).collect();
    let kept_out = today.iter().filter(|effort| effort.outcome != Outcome::Looked).count();
    Section {
        key: "coverage",
        heading: "Who looked, and where nobody did".to_owned(),
        lead: vec![format!(
            "{} looks are recorded for this day; {kept_out} of them saw nothing because they were refused, jammed, \
             obscured, unsafe or failed.",
            today.len()
        )],
        table: Some(table),
        notes,
    }
}
