//! `backstop agreement diff`: two versions of a text by words, by meaning and by effect.
//!
//! Takes two texts and perhaps a scenario; prints what reads otherwise and which verdicts change with it: on the facts of
//! the scenario, or on facts made from the edges of both texts. Leaves with 3 where anything differs.

use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::{bearers, read_scenario, read_sound};
use clause::{Agreement, Aspect, Comparison, Difference, RulePair, Shift, Spoken, Watch};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(common: &Common, old: &Path, new: &Path, scenario: Option<&Path>) -> Result<Exit, Failure> {
    let (old, new) = (read_sound(old)?, read_sound(new)?);
    let comparison = clause::compare(&old, &new);
    let difference = match scenario {
        Some(page) => on_scenario(&old, &new, &comparison, page)?,
        None => clause::difference(&old, &new, &comparison),
    };
    let same = comparison.front.is_empty()
        && comparison.words.is_empty()
        && comparison.definitions.is_empty()
        && comparison.powers.is_empty()
        && comparison.rules.iter().all(RulePair::same);
    let exit = if same && difference.shifts.is_empty() { Exit::Done } else { Exit::Findings };
    if common.json {
        return print_json("backstop.agreement-diff/1", exit, written(&comparison, &difference));
    }
    print(&clause::contrast(&comparison, &difference, &new))?;
    Ok(exit)
}

/// Judged at the last moment that the page asks for.
fn on_scenario(old: &Agreement, new: &Agreement, comparison: &Comparison, page: &Path) -> Result<Difference, Failure> {
    let told = read_scenario(page, new)?;
    let Some(asked) = told.moments.iter().max_by_key(|asked| asked.at) else {
        let message = format!("`{}` names no moment to judge at; add a line `At: 2026-04-13 12:00`", page.display());
        return Err(Failure::new(Exit::Usage, message));
    };
    let watch = Watch {
        efforts: &told.efforts,
        detection: None,
        known_until: asked.known_until,
        sources: &[],
        heard: &told.heard,
    };
    Ok(clause::difference_on(old, new, comparison, &told.facts, &watch, asked.at))
}

fn written(comparison: &Comparison, difference: &Difference) -> Value {
    let aspects = |aspects: &[Aspect]| -> Vec<Value> {
        aspects.iter().map(|one| json!({ "what": one.what, "was": one.was, "is": one.is })).collect()
    };
    let words: Vec<Value> = comparison
        .words
        .iter()
        .map(|change| json!({ "anchor": change.anchor, "was": change.was, "is": change.is }))
        .collect();
    let label = |label: &Option<terms::Label>| label.as_ref().map(terms::Label::to_string);
    let differing = comparison.rules.iter().filter(|pair| !pair.same());
    let rules: Vec<Value> = differing
        .map(|pair| json!({ "old": label(&pair.old), "new": label(&pair.new), "aspects": aspects(&pair.aspects) }))
        .collect();
    let shifts: Vec<Value> = difference.shifts.iter().map(shift).collect();
    json!({
        "front": aspects(&comparison.front), "words": words, "definitions": aspects(&comparison.definitions),
        "rules": rules, "powers": aspects(&comparison.powers), "shifts": shifts, "asked": difference.asked,
        "left_out": difference.left_out, "compared": difference.compared,
    })
}

fn shift(shift: &Shift) -> Value {
    let spoken = |spoken: &Option<Spoken>| {
        spoken.as_ref().map(|said| json!({ "value": said.value.word(), "because": said.summary }))
    };
    let facts: Vec<&str> = shift.probe.facts.iter().map(|fact| fact.id.as_str()).collect();
    json!({
        "asks": shift.probe.asks, "facts": facts, "rule": shift.rule.as_str(),
        "reading": shift.reading.as_ref().map(terms::Label::as_str), "footing": shift.footing.word(),
        "bearers": bearers(&shift.bearers), "was": spoken(&shift.was), "is": spoken(&shift.is),
    })
}
