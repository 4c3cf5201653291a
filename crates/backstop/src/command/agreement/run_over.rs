//! `backstop agreement simulate`: an agreement run over a scenario.
//!
//! Takes a text and a page with tables of what happened; prints which clause speaks when, what stays undetermined, which
//! clock starts, and where the text falls silent. Never judges otherwise than a mission would.

use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::{read_scenario, read_sound};
use crate::http::simulating::Run;
use std::path::Path;

pub(super) fn run(common: &Common, path: &Path, scenario: &Path) -> Result<Exit, Failure> {
    let agreement = read_sound(path)?;
    let scenario = read_scenario(scenario, &agreement)?;
    let simulation = clause::simulate_scenario(&agreement, &scenario);
    if common.json {
        let run = serde_json::to_value(Run::of(&simulation, &agreement)).expect("invariant: a run is plain JSON");
        return print_json("backstop.simulation/1", Exit::Done, run);
    }
    print(&clause::tell(&simulation, &agreement))
}
