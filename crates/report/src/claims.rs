//! The sections on what the parties said: their allegations, and the arithmetic of their totals.
//!
//! Takes claims and totals; gives them apart from incidents, with what the text would say under each reading if they
//! were established. Never counts a claim as a happening.

use crate::bulletin::Section;
use crate::day::Day;
use crate::incidents::place_words;
use crate::table::{Cell, Table};
use clause::Bears;
use mission::{Answer, Arithmetic, Bearing, Claim, View};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, SourceId, Span};

pub(crate) fn sections(view: &View, day: &Day) -> Vec<Section> {
    vec![allegations(view, day), totals(view)]
}

fn allegations(view: &View, day: &Day) -> Section {
    let mut table = Table::new(
        &[
            ("observation", "Claim"),
            ("claimant", "Said by"),
            ("by", "Against"),
            ("act", "Of what"),
            ("object", "Object"),
            ("happened", "When, as said"),
            ("place", "Where, as said"),
            ("would_be", "If it were established"),
            ("references", "To be read at"),
        ],
        "No claim is recorded until this day.",
    );
    let bears_on_text =
        |claim: &&Claim| claim.would_be.iter().any(|b| !matches!(b.bears, Bears::Outside(_))) || differs(claim);
    let mut told: Vec<&Claim> = view.claims.iter().filter(bears_on_text).collect();
    told.sort_by_key(|claim| (claim.held.what.happened, claim.held.what.id));
    for claim in &told {
        table.row(row(view, claim));
    }
    Section {
        key: "claims",
        heading: "What the parties said".to_owned(),
        lead: vec![summary(view, day), format!("{} of them would read differently under different readings.", told.iter().filter(|c| differs(c)).count())],
        table: Some(table),
        notes: vec![
            "A claim is evidence that it was said. Claims that lie outside every clause under every reading are counted \
             above and not listed."
                .to_owned(),
        ],
    }
}

/// Whether the readings of some rule give this claim different answers.
fn differs(claim: &Claim) -> bool {
    let mut answers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for bearing in &claim.would_be {
        answers.entry(bearing.rule.as_str()).or_default().insert(bearing.answer());
    }
    answers.values().any(|words| words.len() > 1)
}

fn row(view: &View, claim: &Claim) -> Vec<Cell> {
    let said = &claim.held.what;
    let claimant = view.sources.get(&said.source).and_then(|source| source.party.as_ref());
    // A rule that the claim lies outside of under every reading is not worth a line.
    let touched = |bearing: &&Bearing| {
        claim.would_be.iter().any(|other| other.rule == bearing.rule && !matches!(other.bears, Bears::Outside(_)))
    };
    let would_be: Vec<String> = claim.would_be.iter().filter(touched).map(answer).collect();
    vec![
        Cell::code(said.id),
        claimant.map_or_else(|| Cell::text(&said.source), Cell::text),
        Cell::or_none(said.by.as_ref(), "not said"),
        Cell::text(said.act.word()),
        Cell::or_none(said.object.as_ref(), "not said"),
        Cell::Span(said.happened),
        Cell::or_none(place_words(&said.place), "not said"),
        Cell::Text(would_be.join(". ")),
        if said.references.is_empty() { Cell::None("not given") } else { Cell::Links(said.references.clone()) },
    ]
}

fn answer(bearing: &Bearing) -> String {
    let name = match &bearing.reading {
        Some(reading) => format!("{}, reading of {reading}", bearing.rule),
        None => bearing.rule.to_string(),
    };
    match &bearing.bears {
        Bears::Falls => format!("{name}: a breach"),
        Bears::Undetermined(_) => format!("{name}: cannot tell ({})", bearing.why()),
        Bears::Outside(_) => format!("{name}: no breach ({})", bearing.why()),
    }
}

/// "ru-mod interception: 2 that day, 180 before": counts of claims by source and kind, for the day and before.
fn summary(view: &View, day: &Day) -> String {
    let mut counts: BTreeMap<(&SourceId, Act), (u64, u64)> = BTreeMap::new();
    for claim in &view.claims {
        let entry = counts.entry((&claim.held.what.source, claim.held.what.act)).or_default();
        if day.span().holds(Span::at(claim.held.what.happened.earliest())) {
            entry.0 += 1;
        } else {
            entry.1 += 1;
        }
    }
    if counts.is_empty() {
        return "No claims.".to_owned();
    }
    let parts = counts
        .into_iter()
        .map(|((source, act), (today, before))| format!("{source} {}: {today} that day, {before} before", act.word()));
    parts.collect::<Vec<_>>().join("; ") + "."
}

fn totals(view: &View) -> Section {
    let mut table = Table::new(
        &[
            ("truce", "Truce"),
            ("claimant", "Published by"),
            ("as_of", "As of"),
            ("total", "Total, as published"),
            ("sum", "Sum of the parts"),
            ("answer", "Supported"),
            ("why", "Arithmetic"),
            ("reference", "To be read at"),
        ],
        "No published total is recorded.",
    );
    let mut totals: Vec<_> = view.totals.iter().collect();
    totals.sort_by_key(|t| (&t.held.what.truce, &t.held.what.claimant, &t.held.what.as_of, &t.held.what.reference));
    for total in totals {
        let what = &total.held.what;
        table.row(vec![
            Cell::text(&what.truce),
            Cell::text(&what.claimant),
            Cell::text(&what.as_of),
            if what.total.is_empty() { Cell::None("none") } else { Cell::text(&what.total) },
            Cell::or_none(total.arithmetic.sum, "no parts"),
            Cell::text(total.arithmetic.answer.word()),
            Cell::Text(arithmetic_words(&total.arithmetic)),
            Cell::Links(vec![what.reference.clone()]),
        ]);
    }
    Section {
        key: "totals",
        heading: "Published totals against their parts".to_owned(),
        lead: Vec::new(),
        table: Some(table),
        notes: Vec::new(),
    }
}

/// `1404 + 3316 = 4720: 180 short`.
pub fn arithmetic_words(arithmetic: &Arithmetic) -> String {
    let parts: Vec<String> = arithmetic.counted.iter().map(|part| part.figure.to_string()).collect();
    let sum = arithmetic.sum.map_or_else(String::new, |sum| format!("{} = {sum}: ", parts.join(" + ")));
    let answer = match arithmetic.answer {
        Answer::Equal => "the total is supported by its parts".to_owned(),
        Answer::Short { by, open: false } => format!("{by} short, the total is not supported by its parts"),
        Answer::Short { by, open: true } => {
            format!("{by} short; a part is given as a least number, so the gap may lie there")
        }
        Answer::Over { by } => format!("{by} over, the total is not supported by its parts"),
        Answer::CannotTell => "cannot tell, there is no total or no part to compare".to_owned(),
    };
    let left_out: Vec<&str> = arithmetic.left_out.iter().map(|part| part.words.as_str()).collect();
    let left_out = if left_out.is_empty() { String::new() } else { format!(" (not counted: {})", left_out.join("; ")) };
    format!("{sum}{answer}{left_out}")
}
