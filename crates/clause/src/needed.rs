//! What has to be judged for some rules to be judged, and what may matter to it.
//!
//! Takes rules of an agreement; gives them with all that they and the powers lean on, and the acts that any of these asks
//! about. Never leaves out an act by which a power is used.

use crate::agreement::Agreement;
use crate::bears::could_be;
use crate::rule::{Pattern, Trigger};
use std::collections::BTreeSet;
use terms::{Act, Label};

/// The acts by which powers are used, and a quiet is confirmed.
const OF_POWERS: [Act; 5] = [Act::Suspension, Act::Resumption, Act::Termination, Act::Extension, Act::Verification];

/// The rules, with those that they and the powers lean on.
pub(crate) fn needed_by<'a>(agreement: &'a Agreement, rules: &BTreeSet<&'a Label>) -> BTreeSet<&'a Label> {
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

/// What may matter to those rules, or to the powers.
pub(crate) fn acts_heard(agreement: &Agreement, rules: &BTreeSet<&Label>) -> BTreeSet<Act> {
    let asking = agreement.rules.iter().filter(|rule| rules.contains(&rule.id));
    let mut patterns: Vec<&Pattern> = asking.flat_map(|rule| agreement.patterns_of(rule)).collect();
    patterns.extend(agreement.powers.iter().filter_map(|power| power.when.as_ref()).flat_map(Trigger::patterns));
    let asked = |act: &Act| OF_POWERS.contains(act) || patterns.iter().any(|pattern| could_be(pattern, *act));
    Act::ALL.into_iter().filter(asked).collect()
}
