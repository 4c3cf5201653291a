//! What follows: a breach, a dispute, the end of the text; and duties that come too often or are nobody's.
//!
//! Takes rules and powers as a graph; gives mostly notes, one for a whole text where it would be the same for every rule.

use super::people::bound;
use super::{Draft, deciding, length_ms, some};
use crate::agreement::Agreement;
use crate::remark::{Code, Remarks, remark};
use crate::rule::{Bearer, Decided, Effect, Kernel, OnVerdict, Rule, Trigger, Who};
use crate::said::said;
use terms::Act;

pub(super) fn check(draft: &Draft<'_>, remarks: &mut Remarks) {
    let agreement = draft.agreement;
    consequences(draft, remarks);
    for rule in draft.judged() {
        of_all(rule, remarks);
        many(agreement, rule, remarks);
    }
    let Some(first) = draft.judged().next() else { return };
    let here = first.span.clone();
    let ends = agreement.ends.is_some()
        || agreement.powers.iter().any(|power| matches!(power.effect, Effect::Terminate { .. }));
    if !ends {
        let none = remark(Code::NoEnd, here.clone(), said!("the text has no end, and nobody has the power to end it"));
        remarks.push(
            none.fix(said!("give the front matter `ends:`, or add `power ID of each party: may terminate agreement`")),
        );
    }
    let acts: Vec<Act> = agreement
        .rules
        .iter()
        .flat_map(|rule| rule.kernel.patterns())
        .flat_map(|pattern| pattern.acts.iter().copied())
        .collect();
    if !acts.iter().any(|act| matches!(act, Act::Request | Act::Consultation | Act::Meeting)) {
        let none =
            remark(Code::NoDispute, here.clone(), said!("no clause knows a request, a consultation or a meeting"));
        let why = said!("a party that disputes a finding is given no way to say so");
        remarks.push(
            none.because(why).fix(said!("add `rule ID of COMMISSION: after request must meeting within 72 hours`")),
        );
    }
    let reports = |rule: &&Rule| {
        let duty = matches!(
            rule.kernel,
            Kernel::By { .. } | Kernel::Between { .. } | Kernel::Response { .. } | Kernel::AtLeastOnce { .. }
        );
        let body = matches!(&rule.bearer, Bearer::One(one) if !agreement.binds(one));
        duty && body && deciding(rule).is_some_and(|pattern| pattern.acts.contains(&Act::Notice))
    };
    if !agreement.actors.is_empty() && !agreement.rules.iter().any(|rule| reports(&rule)) {
        let none = remark(Code::NoReport, here, said!("no body must report what it found, to anybody, by any time"));
        remarks.push(none.fix(said!("add `rule ID of MISSION: at least once every 7 days notice`")));
    }
}

fn on_breach(trigger: &Trigger) -> Option<&OnVerdict> {
    match trigger {
        Trigger::Verdict(on) if on.came == Decided::Violated => Some(on),
        Trigger::Verdict(_) | Trigger::Fact { .. } | Trigger::Quiet { .. } => None,
    }
}

/// The breach that a rule answers.
fn answers(rule: &Rule) -> Option<&OnVerdict> {
    if let Kernel::Response { trigger, .. } = &rule.kernel { on_breach(trigger) } else { None }
}

fn followed(agreement: &Agreement, rule: &Rule) -> bool {
    let by_rule = |other: &Rule| {
        answers(other).is_some_and(|on| on.rule == rule.id)
            || other.released.iter().any(|release| release.rule == rule.id)
    };
    let when = |trigger: &Trigger| on_breach(trigger).is_some_and(|on| on.rule == rule.id);
    rule.otherwise.is_some()
        || agreement.rules.iter().any(by_rule)
        || agreement.powers.iter().any(|power| power.when.as_ref().is_some_and(when))
}

/// Breaches that lead nowhere, and steps that lead back to the one who broke the rule.
fn consequences(draft: &Draft<'_>, remarks: &mut Remarks) {
    let agreement = draft.agreement;
    let bare = || draft.judged().filter(|rule| answers(rule).is_none() && !followed(agreement, rule));
    if let Some(first) = bare().next() {
        let names: Vec<&str> = bare().map(|rule| rule.id.as_str()).collect();
        let message = said!("nothing follows a breach of {}", some(&names));
        let fix =
            said!("add `otherwise ID: must ...`, a rule `after ID violated must ...`, or a power `when ID violated`");
        remarks.push(remark(Code::NoConsequence, first.span.clone(), message).fix(fix));
    }
    for rule in draft.judged().filter(|rule| !followed(agreement, rule)) {
        let broken = answers(rule).and_then(|on| agreement.rule(&on.rule));
        if let Some(broken) =
            broken.filter(|broken| bound(agreement, broken) == bound(agreement, rule) && rule.bearer != Bearer::All)
        {
            let message =
                said!("the escalation of rule `{}` ends with rule `{}`, which binds the same", broken.id, rule.id);
            let why = said!("one who broke the first may break the second, and then nothing follows");
            let fix = said!("let the last step be somebody else's: a commission that meets, a power to suspend");
            remarks.push(remark(Code::DeadEnd, rule.span.clone(), message).because(why).fix(fix));
        }
    }
}

/// A duty that binds whoever acts binds nobody who does not.
fn of_all(rule: &Rule, remarks: &mut Remarks) {
    let duty = matches!(
        rule.kernel,
        Kernel::By { .. } | Kernel::Between { .. } | Kernel::Response { .. } | Kernel::AtLeastOnce { .. }
    );
    if duty && rule.bearer == Bearer::All && deciding(rule).is_some_and(|pattern| pattern.by == Who::Anyone) {
        let message = said!("rule `{}` is a duty of all, so nobody in particular must do it", rule.id);
        let fix = said!("name one: `of each party`, a party or a body");
        remarks.push(remark(Code::OfAll, rule.span.clone(), message).fix(fix));
    }
}

/// Rounds beyond what people or the monitor can follow.
fn many(agreement: &Agreement, rule: &Rule, remarks: &mut Remarks) {
    /// More rounds than these are noted.
    const ROUNDS_MOST: i64 = 1_000;
    let Kernel::AtLeastOnce { every, .. } = &rule.kernel else { return };
    let of = bound(agreement, rule).map_or(1, |bound| bound.len()) as i64;
    let windows = agreement.readings_of(rule).iter().filter_map(|reading| rule.window(reading));
    let longest = windows.filter_map(|window| Some(window.until?.ms() - window.from.ms())).max().unwrap_or(0);
    let rounds = longest / length_ms(*every).max(1) * of;
    if rounds > ROUNDS_MOST {
        let message = said!("rule `{}` has {} rounds, and each is kept and judged apart", rule.id, rounds);
        let fix = said!("ask for it less often, or for a shorter time");
        remarks.push(remark(Code::Many, rule.span.clone(), message).fix(fix));
    }
}
