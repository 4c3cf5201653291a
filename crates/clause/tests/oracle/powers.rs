//! What powers do to the rules, straight from the definitions.
//!
//! Takes the facts of one footing and the outcomes that the text has without its powers; gives when each rule is out of
//! force, and its new end. Never asks the engine.

use super::lengths::after;
use super::matching::{Stretch, View, when};
use super::naive::{Court, Judged};
use clause::{Agreement, Bearer, Effect, Fact, Power, Reading, Rule, Trigger};
use std::collections::BTreeMap;
use terms::{Act, Instant, Label};

/// What powers changed.
#[derive(Default)]
pub(crate) struct Changed {
    pub(crate) suspended: BTreeMap<Label, Vec<Stretch>>,
    ended: BTreeMap<Label, i64>,
    extended: Option<i64>,
}

impl Changed {
    pub(crate) fn window(&self, agreement: &Agreement, rule: &Rule, window: Stretch) -> Option<Stretch> {
        let mut until = window.1;
        if let Some((extended, _)) = self.extended.zip(agreement.ends).filter(|(_, ends)| until == ends.ms()) {
            until = extended;
        }
        if let Some(ended) = self.ended.get(&rule.id) {
            until = until.min(ended - 1);
        }
        (until >= window.0).then_some((window.0, until))
    }
}

pub(crate) fn exercised(court: &Court<'_>, plain: &Judged) -> Changed {
    let agreement = court.agreement;
    let mut changed = Changed::default();
    let mut acts: Vec<&Fact> = court.facts.to_vec();
    acts.retain(|fact| fact.chance >= agreement.standard && when(fact).1 <= court.at);
    acts.sort_by_key(|fact| (when(fact).1, fact.id.clone()));
    for fact in acts {
        for power in agreement.powers.iter().filter(|power| holds(agreement, power, fact)) {
            let right = match power.effect {
                Effect::Suspend { .. } => Act::Suspension,
                Effect::Terminate { .. } => Act::Termination,
                Effect::Extend { .. } => Act::Extension,
            };
            if fact.act == right && condition_met(court, power, fact, plain, &changed) {
                apply(court, &mut changed, &power.effect, fact);
            }
        }
    }
    changed
}

fn holds(agreement: &Agreement, power: &Power, fact: &Fact) -> bool {
    match &power.bearer {
        Bearer::All => true,
        Bearer::One(party) => fact.by.as_ref() == Some(party),
        Bearer::EachParty => agreement.parties.iter().any(|(party, _)| fact.by.as_ref() == Some(party)),
    }
}

/// An act speaks of the rule that is its object, or of all where it has none or is of the agreement.
fn speaks_of(fact: &Fact, rule: &Label) -> bool {
    fact.object.as_ref().is_none_or(|object| object == rule || object.as_str() == "agreement")
}

fn apply(court: &Court<'_>, changed: &mut Changed, effect: &Effect, fact: &Fact) {
    let from = when(fact).1;
    match effect {
        Effect::Suspend { rules, length: of } => {
            for rule in rules.iter().filter(|rule| speaks_of(fact, rule)) {
                let mut until = of.map_or(Instant::LATEST.ms(), |of| after(from, of));
                for later in court.facts {
                    let resumes = later.act == Act::Resumption
                        && later.chance >= court.agreement.standard
                        && later.by == fact.by
                        && speaks_of(later, rule);
                    if resumes && when(later).1 > from {
                        until = until.min(when(later).1 - 1);
                    }
                }
                changed.suspended.entry(rule.clone()).or_default().push((from, until));
            }
        }
        Effect::Terminate { rules } => {
            for rule in court.agreement.rules.iter().map(|rule| &rule.id) {
                if (rules.is_empty() || rules.contains(rule)) && speaks_of(fact, rule) {
                    let first = changed.ended.get(rule).copied().unwrap_or(from).min(from);
                    changed.ended.insert(rule.clone(), first);
                }
            }
        }
        Effect::Extend { by } => {
            let end = changed.extended.or(court.agreement.ends.map(Instant::ms));
            if let Some(end) = end.filter(|end| from <= *end) {
                changed.extended = Some(after(end, *by));
            }
        }
    }
}

fn condition_met(court: &Court<'_>, power: &Power, fact: &Fact, plain: &Judged, so_far: &Changed) -> bool {
    let Some(trigger) = &power.when else { return true };
    let agreement = court.agreement;
    let on = match trigger {
        Trigger::Verdict(on) => agreement.rules.iter().find(|rule| rule.id == on.rule),
        Trigger::Fact { .. } | Trigger::Quiet { .. } => None,
    };
    let as_written = [agreement.as_written.clone()];
    let readings: &[Reading] = on.map_or(&as_written, |rule| agreement.readings_of(rule));
    // Any rule serves: only the standard and the bearer of it are asked.
    let mut rule = agreement.rules[0].clone();
    rule.bearer = power.bearer.clone();
    rule.exceptions.clear();
    rule.standard = agreement.standard;
    let court = Court { at: court.at.min(when(fact).1), ..*court };
    readings.iter().all(|reading| {
        let view = View {
            agreement,
            rule: &rule,
            reading,
            window: (agreement.in_force.expect("it begins").ms(), when(fact).1),
            bearer: fact.by.as_ref().filter(|_| power.bearer != Bearer::All),
            owed: None,
            sector: None,
            facts: court.facts,
            suspended: &[],
        };
        court.starts(&view, trigger, plain).iter().any(|start| {
            let off = on.and_then(|rule| so_far.suspended.get(&rule.id));
            let asleep = off.is_some_and(|off| off.iter().any(|off| off.0 <= start.span.0 && start.span.0 <= off.1));
            start.sure && start.span.1 <= when(fact).0 && !asleep
        })
    })
}
