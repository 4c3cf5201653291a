//! The drafter's tools on shipped cases and agreements, by exact output.

#![allow(clippy::disallowed_methods, reason = "the tests read the shipped files; the crate does not")]

use clause::{Agreement, AgreementFiles};
use std::path::Path;

/// A case file run as a simulation.
fn simulated(case: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases").join(format!("{case}.md"));
    let page = std::fs::read_to_string(path).expect("invariant: the case is in the tree");
    let files = clause::carried(&page).expect("invariant: a case carries its agreement");
    let (agreement, _) = clause::read(&files);
    let scenario = clause::scenario(&page, &agreement).expect("invariant: a case can be read");
    clause::tell(&clause::simulate_scenario(&agreement, &scenario), &agreement)
}

#[test]
fn a_response_is_simulated() {
    insta::assert_snapshot!(simulated("response-none"));
}

#[test]
fn readings_are_simulated_side_by_side() {
    insta::assert_snapshot!(simulated("reading-flips-the-verdict"));
}

#[test]
fn what_no_clause_speaks_of_is_said() {
    insta::assert_snapshot!(simulated("exception-returned-fire"));
}

/// A small text, with a map of one square degree.
fn text(rules: &str) -> AgreementFiles {
    let square = r#"{ "type": "Feature", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01", "properties": {},
        "geometry": { "type": "Polygon", "coordinates": [[[30, 48], [31, 48], [31, 49], [30, 49], [30, 48]]] } }"#;
    let front = "---\nagreement: test\ntitle: A test\nversion: 1\nin-force: 2026-04-11 16:00 Europe/Kyiv\n\
        ends: 2026-04-13 00:00 Europe/Kyiv\ntime-zone: Europe/Kyiv\nstandard: 0.80\nkeep-threshold: 0.60\n\
        final-after: 2 days\n---\n\n## Article 1. The rules\n\nEach Party shall do as follows.\n\n";
    let names = "parties North, South\nactors Mission\nzone Square = map \"square.geojson\" as of 2026-04-01\n\
        event fire = shelling or small-arms\n";
    AgreementFiles {
        text: format!("{front}```backstop\n{names}{rules}\n```\n"),
        files: [("square.geojson".to_owned(), square.as_bytes().to_vec())].into(),
    }
}

fn agreement(files: &AgreementFiles) -> Agreement {
    let (agreement, mut remarks) = clause::read(files);
    remarks.retain(|remark| remark.severity() != clause::Severity::Note);
    assert!(remarks.is_empty(), "{}", clause::render(&remarks, files, clause::Language::English, false));
    agreement
}

/// Two texts that differ in their rules, compared by words and by effect on their own edges.
fn compared(old: &str, new: &str) -> String {
    let (old, new) = (agreement(&text(old)), agreement(&text(new)));
    let comparison = clause::compare(&old, &new);
    clause::contrast(&comparison, &clause::difference(&old, &new, &comparison), &new)
}

#[test]
fn a_text_has_no_effect_beside_itself() {
    let rules =
        "rule A1 of each party: never fire in Square\nrule A2 of Mission: after fire must notice within 24 hours";
    insta::assert_snapshot!(compared(rules, rules));
}

#[test]
fn an_earlier_end_is_compared_by_effect() {
    insta::assert_snapshot!(compared(
        "rule A1 of each party: never fire in Square\nrule A2 of all: never mining",
        "rule A1 of each party: never fire in Square until 2026-04-12 16:00\nrule A2 of all: never mining",
    ));
}

#[test]
fn a_shorter_term_is_compared_by_effect() {
    insta::assert_snapshot!(compared(
        "rule A1 of Mission: after fire in Square must notice within 24 hours",
        "rule B1 of Mission: after fire in Square must notice within 1 hours",
    ));
}

#[test]
fn an_exception_is_compared_by_effect() {
    insta::assert_snapshot!(compared(
        "rule A1 of each party: never fire in Square",
        "rule A1 of each party: never fire in Square\n  except returned-fire: within 10 minutes after fire by other at party",
    ));
}
