//! `backstop agreement simulate`: an agreement run over a scenario.
//!
//! Takes a text and a page with tables of what happened; prints which clause speaks when, what stays undetermined, which
//! clock starts, and where the text falls silent. Never judges otherwise than a mission would.

use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::{bearers, read_scenario, read_sound};
use clause::{Agreement, Change, Clock, ClockState, Silence, Simulation, Step, Verdict};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(common: &Common, path: &Path, scenario: &Path) -> Result<Exit, Failure> {
    let agreement = read_sound(path)?;
    let scenario = read_scenario(scenario, &agreement)?;
    let simulation = clause::simulate_scenario(&agreement, &scenario);
    if common.json {
        return print_json("backstop.simulation/1", Exit::Done, written(&simulation, &agreement));
    }
    print(&clause::tell(&simulation, &agreement))
}

fn written(simulation: &Simulation, agreement: &Agreement) -> Value {
    let steps: Vec<Value> = simulation.steps.iter().map(|at| step(at, agreement)).collect();
    let verdicts: Vec<Value> = simulation.verdicts.iter().map(verdict).collect();
    let silences: Vec<Value> = simulation.silences.iter().map(silence).collect();
    json!({
        "agreement": agreement.id.as_str(), "version": agreement.version, "sha256": agreement.sha256,
        "steps": steps, "until": simulation.until.to_string(), "verdicts": verdicts, "silences": silences,
    })
}

fn step(step: &Step, agreement: &Agreement) -> Value {
    let fact = |(fact, voices): &(clause::Fact, Vec<clause::Voice>)| {
        let voice = |voice: &clause::Voice| {
            let readings: Vec<&str> = voice.readings.iter().map(terms::Label::as_str).collect();
            let (says, because) = match &voice.bears {
                clause::Bears::Falls => ("falls", Vec::new()),
                clause::Bears::Outside(reason) => ("outside", vec![reason.text.as_str()]),
                clause::Bears::Undetermined(reasons) => {
                    ("undetermined", reasons.iter().map(|reason| reason.text.as_str()).collect())
                }
            };
            json!({ "rule": voice.rule.as_str(), "readings": readings, "says": says, "because": because })
        };
        let voices: Vec<Value> = voices.iter().map(voice).collect();
        json!({ "id": fact.id, "act": fact.act.word(), "voices": voices })
    };
    let facts: Vec<Value> = step.facts.iter().map(fact).collect();
    let clocks: Vec<Value> = step.clocks.iter().map(clock).collect();
    let changes: Vec<Value> = step.changes.iter().map(change).collect();
    let at = json!({ "at": step.at.to_string(), "civil": agreement.civil(step.at) });
    json!({ "moment": at, "facts": facts, "clocks": clocks, "changes": changes })
}

fn clock(clock: &Clock) -> Value {
    let by = if let ClockState::Discharged { by } = &clock.state { Some(by.to_string()) } else { None };
    json!({
        "rule": clock.rule.as_str(), "reading": clock.reading.as_ref().map(terms::Label::as_str),
        "bearer": clock.bearer.as_ref().map(terms::Party::as_str), "state": clock.state.word(), "by": by,
        "arithmetic": clock.arithmetic,
    })
}

fn change(change: &Change) -> Value {
    json!({
        "rule": change.rule.as_str(), "reading": change.reading.as_ref().map(terms::Label::as_str),
        "footing": change.footing.word(), "bearers": bearers(&change.bearers), "was": change.was.word(),
        "is": change.is.word(), "because": change.summary,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "rule": verdict.rule.as_str(), "reading": verdict.reading.as_ref().map(terms::Label::as_str),
        "bearer": verdict.bearer.as_ref().map(terms::Party::as_str), "footing": verdict.footing.word(),
        "value": verdict.value.word(), "standing": verdict.standing.word(), "because": verdict.because.summary,
    })
}

fn silence(silence: &Silence) -> Value {
    match silence {
        Silence::Fact { id, nearest } => {
            let nearest: Vec<Value> =
                nearest.iter().map(|(rule, why)| json!({ "rule": rule.as_str(), "because": why })).collect();
            json!({ "kind": "fact", "id": id, "nearest": nearest })
        }
        Silence::Untouched(rule) => json!({ "kind": "untouched", "rule": rule.as_str() }),
        Silence::TextOnly { rule, because } => {
            json!({ "kind": "text-only", "rule": rule.as_str(), "because": because })
        }
    }
}
