//! Who can see it: sources planned, what each could report, how soon and how surely.
//!
//! Takes the rules and the planned sources; remarks on clauses that nobody can tell, that one alone can tell, and on terms
//! and standards that the sources cannot serve. Acts that reach the record by themselves need no eyes.

use super::ground::{Meeting, meet};
use super::people::{actors, bound};
use super::{Draft, deciding, length_ms, some};
use crate::agreement::{Agreement, PlannedSource};
use crate::remark::{Code, Remarks, remark};
use crate::rule::{Kernel, Pattern, Rule, Trigger, Who};
use crate::said::{Said, said};
use std::collections::BTreeSet;
use terms::{Act, Chance};

pub(super) fn check(draft: &Draft<'_>, remarks: &mut Remarks) {
    let seen: Vec<(&Rule, &Pattern)> = draft
        .judged()
        .filter_map(|rule| Some((rule, deciding(rule)?)))
        .filter(|(_, pattern)| !pattern.acts.iter().all(|act| act.of_record()))
        .collect();
    let unseen: Vec<bool> = seen.iter().map(|(_, pattern)| is_unseen(draft.agreement, pattern)).collect();
    let all_unseen = draft.judged().count() == unseen.iter().filter(|unseen| **unseen).count();
    for ((rule, pattern), unseen) in seen.iter().zip(&unseen) {
        if *unseen {
            unmonitorable(rule, pattern, all_unseen, remarks);
        }
        if !draft.agreement.planned.is_empty() {
            planned(draft.agreement, rule, pattern, remarks);
        }
    }
    for rule in draft.judged() {
        too_soon(draft.agreement, rule, remarks);
    }
    whole_text(draft, &seen, remarks);
    baselines(draft.agreement, remarks);
}

/// Nobody beside the parties is named, nobody is planned to report, and no ground is said that could be watched.
fn is_unseen(agreement: &Agreement, pattern: &Pattern) -> bool {
    let no_ground = pattern.zone.is_none() && pattern.sectors.is_none() && !pattern.there;
    agreement.planned.is_empty() && agreement.actors.is_empty() && no_ground
}

fn unmonitorable(rule: &Rule, pattern: &Pattern, alone: bool, remarks: &mut Remarks) {
    let message = said!("rule `{}` cannot be monitored: nobody is named who looks, and no place to look at", rule.id);
    let mut made = remark(Code::Unmonitorable, rule.span.clone(), message)
        .because(said!("without a zone no share of the ground can be watched, so it can never read as complied"))
        .because(said!("what would make it so: {}", needed(&pattern.acts)));
    if alone {
        made = made.because(said!("no other clause can be monitored either, so the agreement as a whole cannot be"));
    }
    let fix =
        said!("add `zone NAME = map \"...\"` and `in NAME`, an actor who verifies, and `source ACTOR reports ...`");
    remarks.push(made.fix(fix));
}

/// Acts, and what would show them.
type Way = (fn(&Act) -> bool, Said);

/// What post, right or source would show acts of these kinds.
fn needed(acts: &BTreeSet<Act>) -> Said {
    let heard = |act: &Act| matches!(act, Act::Shelling | Act::SmallArms | Act::Explosion);
    let flown = |act: &Act| {
        matches!(
            act,
            Act::AirStrike
                | Act::DroneStrike
                | Act::LongRangeDrone
                | Act::Missile
                | Act::Overflight
                | Act::Interception
        )
    };
    let moved = |act: &Act| {
        matches!(
            act,
            Act::Armour
                | Act::HeavyWeapon
                | Act::Movement
                | Act::Withdrawal
                | Act::Arrival
                | Act::Departure
                | Act::Assault
                | Act::Incursion
        )
    };
    let laid = |act: &Act| matches!(act, Act::Mining | Act::Demining | Act::Opening | Act::Closing);
    let met = |act: &Act| matches!(act, Act::AccessDenied | Act::Obstruction | Act::Exchange | Act::Casualties);
    let ways: [Way; 5] = [
        (heard, said!("posts within hearing of the line")),
        (flown, said!("radar, air observers or a camera on the sky")),
        (moved, said!("patrols, cameras or satellite passes over the ground, with a right of access to sites")),
        (laid, said!("inspections on the spot, with a right of access")),
        (met, said!("somebody present when it happens: a patrol, the Red Cross, the aid agencies")),
    ];
    let ways = ways.into_iter().filter(|(fits, _)| acts.iter().any(fits)).map(|(_, way)| way);
    ways.reduce(|ways, way| said!("{}; {}", ways, way)).unwrap_or_else(|| said!("a source that can report it"))
}

fn able<'a>(agreement: &'a Agreement, rule: &Rule, pattern: &Pattern) -> Vec<&'a PlannedSource> {
    let reaches = |source: &&PlannedSource| {
        let (Some(zone), Some(asked)) = (&source.zone, &pattern.zone) else { return true };
        let reading = agreement.readings_of(rule).first().unwrap_or(&agreement.as_written);
        let party = bound(agreement, rule).and_then(|bound| bound.first().cloned());
        zone == asked || !matches!(meet(agreement, reading, Some(zone), Some(asked), party.as_ref()), Meeting::Nowhere)
    };
    let able = agreement.planned.iter().filter(|source| !source.acts.is_disjoint(&pattern.acts)).filter(reaches);
    able.collect()
}

/// The checks that stand on a list of planned sources.
fn planned(agreement: &Agreement, rule: &Rule, pattern: &Pattern, remarks: &mut Remarks) {
    let able = able(agreement, rule, pattern);
    let reported: BTreeSet<Act> = able.iter().flat_map(|source| source.acts.iter().copied()).collect();
    let missing: BTreeSet<Act> =
        pattern.acts.iter().copied().filter(|act| !act.of_record() && !reported.contains(act)).collect();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|act| act.word()).collect();
        let place = pattern.zone.as_ref().map_or_else(|| said!(""), |zone| said!(" in `{}`", zone));
        let message =
            said!("no planned source can report {}{}, which rule `{}` asks about", some(&names), place, rule.id);
        let fix = said!("plan one: `source NAME reports {}`", names.join(" or "));
        let made = remark(Code::Unmonitorable, rule.span.clone(), message);
        remarks.push(made.because(said!("what would make it monitorable: {}", needed(&missing))).fix(fix));
    }
    let names: BTreeSet<&str> = able.iter().map(|source| source.name.as_str()).collect();
    let own = actors(agreement, rule, pattern).or_else(|| bound(agreement, rule)).unwrap_or_default();
    let by_itself = own.len() == 1 && names.iter().all(|name| own.iter().any(|party| party.as_str() == *name));
    if let (Some(only), 1) = (names.first(), names.len()) {
        let who = if by_itself { said!("the one who is bound") } else { said!("one source") };
        let message = said!("only `{}` can report what rule `{}` asks about", only, rule.id);
        let made = remark(Code::OneEye, rule.span.clone(), message);
        let made = made.because(said!("{} alone decides whether a breach is ever known", who));
        remarks.push(made.fix(said!("plan a second source that does not lean on the first")));
    }
    standard(rule, &able, remarks);
    finality(rule, &able, remarks);
}

fn standard(rule: &Rule, able: &[&PlannedSource], remarks: &mut Remarks) {
    let Some(chances) = able.iter().map(|source| source.at).collect::<Option<Vec<Chance>>>() else { return };
    let most = chances.into_iter().reduce(Chance::or).filter(|most| *most < rule.standard);
    if let Some(most) = most {
        let message = said!("no breach of rule `{}` can be called: its standard is {}", rule.id, rule.standard);
        let all = said!("all planned sources together reach {} at most, if each is independent of the others", most);
        let fix = said!("lower the standard, or plan a source that is surer");
        remarks.push(remark(Code::OutOfReach, rule.span.clone(), message).because(all).fix(fix));
    }
}

fn finality(rule: &Rule, able: &[&PlannedSource], remarks: &mut Remarks) {
    let slowest =
        able.iter().filter_map(|source| Some((source.within?, source))).max_by_key(|(within, _)| length_ms(*within));
    if let Some((within, source)) = slowest.filter(|(within, _)| length_ms(*within) > length_ms(rule.final_after)) {
        let message = said!(
            "rule `{}` is final {} after its end, and `{}` may report for {}",
            rule.id,
            rule.final_after,
            source.name,
            within
        );
        let why = said!("a report that comes in time would have to amend a final verdict");
        let fix = said!("write `final after {}` under it, or ask that source for less", within.to_string());
        remarks.push(remark(Code::EarlyFinal, rule.span.clone(), message).because(why).fix(fix));
    }
}

/// A duty that may run out before the one bound can know that it began.
fn too_soon(agreement: &Agreement, rule: &Rule, remarks: &mut Remarks) {
    let Kernel::Response { trigger: Trigger::Fact { pattern, .. }, within, .. } = &rule.kernel else { return };
    let able = able(agreement, rule, pattern);
    let bound = bound(agreement, rule).unwrap_or_default();
    let knows = |source: &&PlannedSource| bound.iter().any(|party| party.as_str() == source.name.as_str());
    if pattern.by == Who::Bearer || able.iter().any(knows) {
        return;
    }
    let Some(delays) = able.iter().map(|source| source.within).collect::<Option<Vec<_>>>() else { return };
    let quickest = delays.into_iter().min_by_key(|delay| length_ms(*delay));
    if let Some(quickest) = quickest.filter(|quickest| length_ms(*quickest) >= length_ms(*within)) {
        let message =
            said!("rule `{}` gives {}, and its trigger may be reported only after {}", rule.id, within, quickest);
        let fix = said!("give more than {}, or plan a quicker source", quickest);
        let why = said!("the duty can run out before the one who is bound knows that it began");
        remarks.push(remark(Code::TooSoon, rule.span.clone(), message).because(why).fix(fix));
    }
}

/// What the text as a whole says of those who watch.
fn whole_text(draft: &Draft<'_>, seen: &[(&Rule, &Pattern)], remarks: &mut Remarks) {
    let agreement = draft.agreement;
    let Some((first, _)) = seen.first() else { return };
    if agreement.actors.is_empty() && agreement.planned.is_empty() {
        let nobody = remark(Code::NoVerifier, first.span.clone(), said!("the text names nobody who may verify"));
        remarks.push(nobody.fix(said!("name a body with `actors`, and what it reports with `source`")));
    } else {
        let acts = agreement.rules.iter().flat_map(|rule| rule.kernel.patterns()).flat_map(|pattern| &pattern.acts);
        if !acts.into_iter().any(|act| matches!(act, Act::AccessDenied | Act::Obstruction)) {
            let none =
                remark(Code::NoAccess, first.span.clone(), said!("no clause gives those who watch a right of access"));
            remarks.push(none.fix(said!("add `rule ID of each party: never access-denied at ACTOR in ZONE`")));
        }
    }
}

/// States to be kept that nothing brings about.
fn baselines(agreement: &Agreement, remarks: &mut Remarks) {
    for rule in &agreement.rules {
        let Kernel::Always { state } = &rule.kernel else { continue };
        let begins = &agreement.states.get(state).expect("invariant: a checked rule names defined states").begins;
        let set = |other: &Rule| {
            matches!(other.kernel, Kernel::By { .. } | Kernel::Between { .. } | Kernel::Response { .. })
                && deciding(other).is_some_and(|pattern| !pattern.acts.is_disjoint(&begins.acts))
        };
        if !agreement.rules.iter().any(set) {
            let message = said!("nothing says that `{}` holds when rule `{}` begins", state, rule.id);
            let why = said!("until {} is known, whether it holds cannot be told", begins.event);
            let fix = said!("add a rule that `{}` comes by the beginning, so that there is a baseline", begins.event);
            remarks.push(remark(Code::NoBaseline, rule.span.clone(), message).because(why).fix(fix));
        }
    }
}
