//! What has to be judged for some rules to be judged, and what may matter to it.
//!
//! Takes rules of an agreement; gives them with all that they and the powers lean on, and says of a fact whether any of these
//! may ask about it. Never leaves out an act by which a power is used.

use crate::agreement::{Agreement, Reading};
use crate::bears::could_be;
use crate::fact::{Fact, Footing};
use crate::rule::{Pattern, Rule, Trigger};
use std::collections::BTreeSet;
use terms::{Act, Label, Party, Side};

/// The acts by which powers are used, and a quiet is confirmed.
const OF_POWERS: [Act; 5] = [Act::Suspension, Act::Resumption, Act::Termination, Act::Extension, Act::Verification];

/// The rules, with those that they and the powers lean on.
fn needed_by<'a>(agreement: &'a Agreement, rules: &BTreeSet<&'a Label>) -> BTreeSet<&'a Label> {
    let mut needed: BTreeSet<Label> = rules.iter().map(|rule| (*rule).clone()).collect();
    needed.extend(agreement.powers.iter().filter_map(|power| match &power.when {
        Some(Trigger::Verdict(on)) => Some(on.rule.clone()),
        Some(Trigger::Fact { .. } | Trigger::Quiet { .. }) | None => None,
    }));
    loop {
        let known = needed.len();
        for rule in &agreement.rules {
            if needed.contains(&rule.id) {
                needed.extend(rule.references());
            }
        }
        if needed.len() == known {
            return agreement.rules.iter().map(|rule| &rule.id).filter(|rule| needed.contains(rule)).collect();
        }
    }
}

/// Some rules with all that they lean on, and what they ask about: to judge them apart from the others, again and again.
pub struct Concern<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) rules: BTreeSet<&'a Label>,
    /// With those that they and the powers lean on.
    pub(crate) needed: BTreeSet<&'a Label>,
    patterns: Vec<&'a Pattern>,
}

impl<'a> Concern<'a> {
    /// Of one rule of the agreement.
    #[must_use]
    pub fn of(agreement: &'a Agreement, rule: &'a Rule) -> Concern<'a> {
        Concern::of_rules(agreement, BTreeSet::from([&rule.id]))
    }

    pub(crate) fn of_rules(agreement: &'a Agreement, rules: BTreeSet<&'a Label>) -> Concern<'a> {
        let needed = if rules.is_empty() { BTreeSet::new() } else { needed_by(agreement, &rules) };
        let asking = agreement.rules.iter().filter(|rule| needed.contains(&rule.id));
        let mut patterns: Vec<&Pattern> = asking.flat_map(|rule| agreement.patterns_of(rule)).collect();
        patterns.extend(agreement.powers.iter().filter_map(|power| power.when.as_ref()).flat_map(Trigger::patterns));
        Concern { agreement, rules, needed, patterns }
    }

    /// Whether a fact may change what is said of the rules, whenever they are judged. A finding on an act of record stands before
    /// the record itself, whatever it makes of it.
    #[must_use]
    pub fn hears(&self, fact: &Fact) -> bool {
        let asked = |pattern: &&Pattern| could_be(pattern, fact.act) && self.could_lie(pattern, fact);
        fact.footing != Footing::Proposed || OF_POWERS.contains(&fact.act) || self.patterns.iter().any(asked)
    }

    /// Whether it may lie in the zone that a pattern names, for some reading and party; in a zone that nobody drew, yes.
    fn could_lie(&self, pattern: &Pattern, fact: &Fact) -> bool {
        let Some(zone) = &pattern.zone else { return true };
        let agreement = self.agreement;
        let readings: Vec<&Reading> = agreement.readings.iter().chain([&agreement.as_written]).collect();
        let parties: Vec<Option<&Party>> =
            agreement.parties.iter().map(|(party, _)| Some(party)).chain([None]).collect();
        let drawn = readings.iter().flat_map(|reading| parties.iter().map(|party| (*reading, *party)));
        let mut drawn = drawn.filter_map(|(reading, party)| agreement.zone(zone, reading, party)).peekable();
        drawn.peek().is_none() || drawn.any(|zone| zone.locate(&fact.place.shape) != Side::Outside)
    }
}
