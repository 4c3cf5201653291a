//! The drafter's tools on shipped cases and agreements, by exact output.

#![allow(clippy::disallowed_methods, reason = "the tests read the shipped files; the crate does not")]

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
