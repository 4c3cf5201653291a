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
            ("proposed", "As proposed"),
            ("established", "As established"),
            ("ruled", "As ruled"),
            ("standing", "Standing"),
            ("watched", "Watched"),
            ("because", "Because"),
            ("incidents", "Incidents"),
        ],
        "No rule was judged.",
    );
    for proposed in view.verdicts.iter().filter(|verdict| verdict.footing == Footing::Proposed) {
        table.row(row(view, proposed));
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

/// One rule, reading and bearer on its three footings.
fn row(view: &View, proposed: &Verdict) -> Vec<Cell> {
    let on = |footing: Footing| {
        let same =
            |v: &&Verdict| v.rule == proposed.rule && v.reading == proposed.reading && v.bearer == proposed.bearer;
        view.verdicts.iter().filter(same).find(|verdict| verdict.footing == footing)
    };
    let value = |footing: Footing| match on(footing) {
        Some(verdict) if verdict.value == Value::NoBreachSeen => Cell::None("nothing yet"),
        Some(verdict) => Cell::text(verdict.value.word()),
        None => Cell::None("not judged"),
    };
    vec![
        Cell::code(&proposed.rule),
        Cell::or_none(proposed.reading.as_ref(), "as written"),
        Cell::or_none(proposed.bearer.as_ref(), "the parties together"),
        Cell::text(proposed.value.word()),
        value(Footing::Established),
        value(Footing::Ruled),
        Cell::text(proposed.standing.word()),
        proposed.because.coverage.as_ref().map_or(Cell::None("not counted"), |c| Cell::Share(c.watched)),
        Cell::Text(because(proposed)),
        Cell::Count(proposed.because.incidents.len() as u64),
    ]
}

/// The summary, and the reasons that it does not name already.
fn because(verdict: &Verdict) -> String {
    let summary = &verdict.because.summary;
    let reasons = verdict.because.reasons.iter().map(|reason| &reason.text).filter(|text| !summary.contains(*text));
    std::iter::once(summary).chain(reasons).map(String::as_str).collect::<Vec<_>>().join("; ")
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
