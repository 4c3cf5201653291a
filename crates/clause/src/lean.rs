//! Rules that lean on other rules: none on a missing one, none in a ring, and each with the readings of those below it.
//!
//! Takes the rules and powers of a text; drops with a remark what cannot be judged, and lets readings spread. Never
//! leaves a rule that leans on one that is not there.

use crate::agreement::Reading;
use crate::remark::{Code, Remarks, remark};
use crate::rule::{Power, Rule};
use crate::said::said;
use std::collections::{BTreeMap, BTreeSet};
use terms::Label;

/// Mends the rules and powers; gives the names of the rules that fell.
pub(crate) fn lean(
    rules: &mut Vec<Rule>,
    powers: &mut Vec<Power>,
    readings: &[Reading],
    remarks: &mut Remarks,
) -> BTreeSet<Label> {
    let mut fallen = BTreeSet::new();
    while let Some(ring) = ring(rules) {
        let names: Vec<String> = ring.iter().map(|rule| format!("`{rule}`")).collect();
        let first = rules.iter().find(|rule| ring.contains(&rule.id)).expect("invariant: a ring has a rule");
        let message = said!("no rule can be judged first: {} lean on each other in a ring", names.join(", "));
        remarks
            .push(remark(Code::Ring, first.span.clone(), message).fix(said!("let one of them stand on facts alone")));
        rules.retain(|rule| !ring.contains(&rule.id));
        fallen.extend(ring);
    }
    drop_orphans(rules, powers, &mut fallen, remarks);
    spread(rules, readings);
    fallen
}

/// Rules that lean on each other, directly or through others; themselves included.
fn ring(rules: &[Rule]) -> Option<BTreeSet<Label>> {
    let leans: BTreeMap<&Label, Vec<Label>> = rules.iter().map(|rule| (&rule.id, rule.references())).collect();
    let below = |from: &Label| {
        let (mut seen, mut open) = (BTreeSet::new(), leans.get(from).cloned().unwrap_or_default());
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(leans.get(&next).into_iter().flatten().cloned());
            }
        }
        seen
    };
    let first = rules.iter().find(|rule| below(&rule.id).contains(&rule.id))?;
    let mut ring: BTreeSet<Label> = below(&first.id);
    ring.retain(|other| below(other).contains(&first.id));
    Some(ring)
}

/// Rules and powers that lean on a rule that could not be checked fall with it; so does what leans on them.
fn drop_orphans(rules: &mut Vec<Rule>, powers: &mut Vec<Power>, fallen: &mut BTreeSet<Label>, remarks: &mut Remarks) {
    loop {
        let known: BTreeSet<Label> = rules.iter().map(|rule| rule.id.clone()).collect();
        let missing = |rule: &Rule| rule.references().into_iter().find(|on| !known.contains(on));
        let Some((at, on)) = rules.iter().enumerate().find_map(|(at, rule)| Some((at, missing(rule)?))) else {
            powers.retain(|power| match power.rules().into_iter().find(|on| !known.contains(on)) {
                None => true,
                Some(on) => {
                    let message = said!("power `{}` leans on rule `{}`, which is not judged", power.id, on);
                    remarks.push(remark(Code::Name, power.span.clone(), message).fix(said!("mend that rule")));
                    false
                }
            });
            return;
        };
        let rule = rules.remove(at);
        let message = said!("rule `{}` is not judged, because it leans on `{}`, which is not judged", rule.id, on);
        remarks.push(remark(Code::Name, rule.span.clone(), message).fix(said!("mend that rule")));
        fallen.insert(rule.id);
    }
}

/// What leans on a rule that the readings differ about differs by reading too.
fn spread(rules: &mut [Rule], readings: &[Reading]) {
    loop {
        let differ: BTreeSet<Label> =
            rules.iter().filter(|rule| rule.depends_on_reading).map(|rule| rule.id.clone()).collect();
        let leans = |rule: &Rule| rule.references().iter().any(|on| differ.contains(on));
        let mut reached = false;
        for rule in rules.iter_mut().filter(|rule| !rule.depends_on_reading) {
            let Some(window) = rule.windows.values().next().copied().filter(|_| leans(rule)) else { continue };
            rule.windows = readings.iter().map(|reading| (reading.id.clone(), window)).collect();
            rule.depends_on_reading = true;
            reached = true;
        }
        if !reached {
            return;
        }
    }
}
