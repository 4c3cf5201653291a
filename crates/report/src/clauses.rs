//! The section on clauses: each rule, reading, bearer and footing with its value and its because.
//!
//! Takes the verdicts of a view; gives one row each, in the order of the text. Never one percentage for all.

use crate::bulletin::Section;
use crate::day::Day;
use crate::table::{Cell, Table};
use clause::{Footing, Value, Verdict};
use mission::View;
use std::collections::BTreeMap;

pub(crate) fn section(view: &View, _day: &Day) -> Section {
    let mut table = Table::new(
        &[
            ("rule", "Rule"),
            ("reading", "Reading"),
            ("bearer", "Binds"),
            ("footing", "Footing"),
            ("value", "Verdict"),
            ("standing", "Standing"),
            ("watched", "Watched"),
            ("because", "Because"),
            ("incidents", "Incidents"),
        ],
        "No rule was judged.",
    );
    for verdict in &view.verdicts {
        table.row(row(verdict));
    }
    Section {
        key: "clauses",
        heading: "How each clause stands".to_owned(),
        lead: vec![tally(view)],
        table: Some(table),
        notes: vec![
            "Three footings are never mixed: as proposed (by the machine), as established (by signed findings), as ruled \
             (by the competent body). \"No breach seen\" is not \"complied\": it says that too little was watched to know."
                .to_owned(),
        ],
    }
}

fn row(verdict: &Verdict) -> Vec<Cell> {
    let mut because = verdict.because.summary.clone();
    for reason in &verdict.because.reasons {
        because.push_str("; ");
        because.push_str(&reason.text);
    }
    vec![
        Cell::code(&verdict.rule),
        Cell::or_none(verdict.reading.as_ref(), "as written"),
        Cell::or_none(verdict.bearer.as_ref(), "the parties together"),
        Cell::text(verdict.footing.word()),
        Cell::text(verdict.value.word()),
        Cell::text(verdict.standing.word()),
        verdict.because.coverage.as_ref().map_or(Cell::None("not counted"), |c| Cell::Share(c.watched)),
        Cell::Text(because),
        Cell::Count(verdict.because.incidents.len() as u64),
    ]
}

/// "As proposed: 2 breached, 1 undetermined", counted over the rules as bound together.
fn tally(view: &View) -> String {
    let mut counts: BTreeMap<Value, u32> = BTreeMap::new();
    for verdict in view.verdicts.iter().filter(|v| v.footing == Footing::Proposed && v.bearer.is_none()) {
        *counts.entry(verdict.value).or_default() += 1;
    }
    if counts.is_empty() {
        return "No rule was judged.".to_owned();
    }
    let parts: Vec<String> = counts.into_iter().map(|(value, n)| format!("{n} {}", value.word())).collect();
    format!("As proposed, over rules and readings: {}.", parts.join(", "))
}
