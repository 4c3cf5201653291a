//! `backstop log check`: every certificate at the head of the log, held against the log without the engine that made it.
//!
//! Takes a store; gives for each rule how many instances were accepted, refused or could not be checked, and how likely a
//! breach is. Never uses what the engine reckoned to check it.

use super::meter::Meter;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::station;
use clause::{Checked, Checker, Footing, InstanceKey};
use mission::{Moment, View};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use terms::{Instant, Label};

/// What came of the instances of one rule.
#[derive(Default)]
struct Tally {
    accepted: u32,
    refused: u32,
    unchecked: u32,
}

/// What the checker does not accept: which instance, and what it says.
type Faults = Vec<(InstanceKey, Checked)>;

/// What the mission's staff sees when the newest entry was received.
pub(super) fn run(common: &Common, rule: Option<&str>, chances: bool) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let moment = Moment::at(mission.latest().unwrap_or(Instant::EARLIEST));
    let view = mission.view(moment, mission::Reader::Mission);
    if let (Some(rule), Some(held)) = (rule, &view.adopted) {
        let known = held.what.agreement.rules.iter().any(|one| one.id.as_str() == rule);
        known
            .then_some(())
            .ok_or_else(|| Failure::new(Exit::NotFound, format!("the agreement has no rule `{rule}`")))?;
    }
    let asked = |id: &Label| rule.is_none_or(|rule| id.as_str() == rule);
    let answer = view.checking(|checker| {
        let (tallies, faults) = checked(common, &view, checker, &asked);
        let likely = if chances { likely(&view, checker, &asked) } else { Vec::new() };
        (tallies, faults, likely)
    });
    let Some((tallies, faults, likely)) = answer else {
        return Err(Failure::new(Exit::NotFound, "no agreement is adopted, so nothing is judged"));
    };
    let refused: u32 = tallies.values().map(|tally| tally.refused).sum();
    let exit = match (refused, faults.is_empty()) {
        (0, true) => Exit::Done,
        (0, false) => Exit::CannotTell,
        (_, _) => Exit::Wrong,
    };
    if common.json {
        return print_json("backstop.certificates/1", exit, as_json(&tallies, &faults, &likely));
    }
    print(&in_words(&tallies, &faults, &likely))?;
    Ok(exit)
}

fn checked(
    common: &Common,
    view: &View,
    checker: &Checker<'_>,
    asked: &dyn Fn(&Label) -> bool,
) -> (BTreeMap<Label, Tally>, Faults) {
    let instances = view.instances();
    let of_rules = view.adopted.iter().flat_map(|held| &held.what.agreement.rules).map(|rule| &rule.id);
    let mut tallies: BTreeMap<Label, Tally> =
        of_rules.filter(|id| asked(id)).map(|id| (id.clone(), Tally::default())).collect();
    let (mut faults, mut meter) = (Vec::new(), Meter::new(common));
    for (at, instance) in instances.iter().enumerate() {
        let Some(tally) = tallies.get_mut(&instance.key.rule) else { continue };
        meter.tell(|_| format!("certificate {at} of {}", instances.len()));
        match checker.check(instance) {
            Checked::Accepted => tally.accepted += 1,
            checked @ Checked::Refused(_) => {
                tally.refused += 1;
                faults.push((instance.key.clone(), checked));
            }
            checked @ Checked::CannotCheck(_) => {
                tally.unchecked += 1;
                faults.push((instance.key.clone(), checked));
            }
        }
    }
    for key in checker.missing(&instances) {
        let Some(tally) = tallies.get_mut(&key.rule) else { continue };
        tally.refused += 1;
        faults.push((key, Checked::Refused("the facts make such an instance, and it was not told".to_owned())));
    }
    meter.end();
    (tallies, faults)
}

/// How likely a breach is, for each verdict as proposed: whose, and in words.
fn likely(view: &View, checker: &Checker<'_>, asked: &dyn Fn(&Label) -> bool) -> Vec<(String, Option<clause::Odds>)> {
    let proposed = view.verdicts.iter().filter(|verdict| verdict.footing == Footing::Proposed && asked(&verdict.rule));
    let named = proposed.map(|verdict| {
        let reading = verdict.reading.as_ref().map_or(String::new(), |reading| format!(" as {reading} reads it"));
        let bearer = verdict.bearer.as_ref().map_or("whoever it was", |party| party.as_str());
        (format!("{}{reading} by {bearer}", verdict.rule), checker.odds_of_verdict(verdict))
    });
    named.collect()
}

fn as_json(tallies: &BTreeMap<Label, Tally>, faults: &Faults, likely: &[(String, Option<clause::Odds>)]) -> Value {
    let rules = tallies.iter().map(|(rule, tally)| {
        json!({ "rule": rule.as_str(), "accepted": tally.accepted, "refused": tally.refused, "cannot_check": tally.unchecked })
    });
    let faults =
        faults.iter().map(|(key, checked)| json!({ "instance": key.to_string(), "says": checked.to_string() }));
    let chances = likely.iter().map(|(of, odds)| {
        let odds = odds.map(|odds| {
            json!({ "least_ppm": odds.least.ppm(), "independent_ppm": odds.independent.ppm(), "most_ppm": odds.most.ppm() })
        });
        json!({ "of": of, "breach": odds })
    });
    json!({
        "rules": rules.collect::<Vec<Value>>(),
        "faults": faults.collect::<Vec<Value>>(),
        "chances": chances.collect::<Vec<Value>>(),
    })
}

fn in_words(tallies: &BTreeMap<Label, Tally>, faults: &Faults, likely: &[(String, Option<clause::Odds>)]) -> String {
    let wide = tallies.keys().map(|rule| rule.as_str().chars().count()).chain([4]).max().unwrap_or_default();
    let mut out = format!("{:wide$}  accepted  refused  cannot check\n", "rule");
    for (rule, tally) in tallies {
        let Tally { accepted, refused, unchecked } = tally;
        let _ = writeln!(out, "{:wide$}  {accepted:>8}  {refused:>7}  {unchecked:>12}", rule.as_str());
    }
    for (key, checked) in faults {
        let _ = writeln!(out, "{key}\n  {checked}");
    }
    if !likely.is_empty() {
        out.push_str("chances by what was reported; a breach that nobody reported is in none of them\n");
    }
    for (of, odds) in likely {
        let odds = odds.map_or("not reckoned".to_owned(), |odds| odds.to_string());
        let _ = writeln!(out, "chance of a breach of {of}: {odds}");
    }
    out
}
