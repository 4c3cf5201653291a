//! Powers exercised: rules put out of force, brought back, ended; the agreement's end moved.
//!
//! Takes the acts of record and the instances that the text has without its powers; gives the spans in which each rule is
//! suspended, and its new end. Never lets a power work for somebody who does not hold it, or without its condition.

use crate::agreement::{Agreement, Reading};
use crate::bears::{Companions, Test};
use crate::fact::{Fact, Footing};
use crate::judge::Watch;
use crate::matter::Matter;
use crate::roll::Roll;
use crate::rule::{Bearer, Effect, Kernel, Power, Rule, Trigger, Window};
use crate::start::{Judged, starts};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Act, Instant, Label, Party, Span};

/// What powers did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Exercised {
    /// When each rule is out of force.
    pub(crate) suspended: BTreeMap<Label, Vec<Span>>,
    /// From when on each rule is ended.
    ended: BTreeMap<Label, Instant>,
    /// The agreement's new end.
    extended: Option<Instant>,
}

impl Exercised {
    pub(crate) fn of(
        agreement: &Agreement,
        facts: &[Arc<Fact>],
        judged: &Judged,
        watch: &Watch<'_>,
        at: Instant,
        footing: Footing,
    ) -> Exercised {
        let mut out = Exercised::default();
        let uses = |fact: &&Arc<Fact>| {
            matches!(fact.act, Act::Suspension | Act::Termination | Act::Extension)
                && fact.chance >= agreement.standard
                && fact.happened.latest() <= at
        };
        let mut acts: Vec<&Arc<Fact>> = facts.iter().filter(uses).collect();
        acts.sort_by_key(|fact| (fact.happened.latest(), &fact.id));
        for fact in acts {
            for power in agreement.powers.iter().filter(|power| held_by(agreement, power, fact.by.as_ref())) {
                let effect = match (&power.effect, fact.act) {
                    (Effect::Suspend { .. }, Act::Suspension)
                    | (Effect::Terminate { .. }, Act::Termination)
                    | (Effect::Extend { .. }, Act::Extension) => &power.effect,
                    (Effect::Suspend { .. } | Effect::Terminate { .. } | Effect::Extend { .. }, _) => continue,
                };
                let bench = Bench { agreement, facts, judged, watch, at, footing };
                if bench.condition_met(power, fact, &out) {
                    out.take(agreement, effect, fact, facts);
                }
            }
        }
        out
    }

    fn take(&mut self, agreement: &Agreement, effect: &Effect, fact: &Fact, facts: &[Arc<Fact>]) {
        let from = fact.happened.latest();
        let calendar = &agreement.calendar;
        match effect {
            Effect::Suspend { rules, length } => {
                for rule in rules.iter().filter(|rule| names(fact, rule)) {
                    let resumed = facts
                        .iter()
                        .filter(|later| later.act == Act::Resumption && later.chance >= agreement.standard)
                        .filter(|later| later.by == fact.by && names(later, rule))
                        .map(|later| later.happened.latest())
                        .filter(|resumed| *resumed > from)
                        .min();
                    let until = length.map_or(Instant::LATEST, |length| calendar.due(from, length));
                    let until = resumed.map_or(until, |resumed| until.min(resumed.shifted(-1)));
                    let span = Span::new(from, until).expect("invariant: a suspension ends after it begins");
                    self.suspended.entry(rule.clone()).or_default().push(span);
                }
            }
            Effect::Terminate { rules } => {
                let all = agreement.rules.iter().map(|rule| &rule.id);
                let ended: Vec<&Label> = if rules.is_empty() { all.collect() } else { rules.iter().collect() };
                for rule in ended.into_iter().filter(|rule| names(fact, rule)) {
                    let first = self.ended.entry(rule.clone()).or_insert(from);
                    *first = (*first).min(from);
                }
            }
            Effect::Extend { by } => {
                if let Some(end) = self.extended.or(agreement.ends).filter(|end| from <= *end) {
                    self.extended = Some(calendar.due(end, *by));
                }
            }
        }
    }

    /// The rule's window as the powers left it; `None` if it was ended before it began.
    pub(crate) fn window(&self, agreement: &Agreement, rule: &Rule, window: Window) -> Option<Window> {
        let until = match (self.extended, agreement.ends, window.until) {
            (Some(extended), Some(end), Some(until)) if until == end => Some(extended),
            (_, _, until) => until,
        };
        let ended = self.ended.get(&rule.id).map(|ended| ended.shifted(-1));
        let until = [until, ended].into_iter().flatten().min();
        until.is_none_or(|until| until >= window.from).then_some(Window { until, ..window })
    }

    /// The suspension of a rule that covers an instant.
    pub(crate) fn suspended_at(&self, rule: &Label, at: Instant) -> Option<Span> {
        self.suspended.get(rule)?.iter().copied().find(|span| span.holds(Span::at(at)))
    }
}

/// Whether an act speaks of the rule: by its name, of the whole agreement, or of nothing in particular.
fn names(fact: &Fact, rule: &Label) -> bool {
    fact.object.as_ref().is_none_or(|object| object == rule || object.as_str() == "agreement")
}

fn held_by(agreement: &Agreement, power: &Power, by: Option<&Party>) -> bool {
    match (&power.bearer, by) {
        (Bearer::EachParty, Some(by)) => agreement.binds(by),
        (Bearer::One(party), Some(by)) => party == by,
        (Bearer::All, _) => true,
        (Bearer::EachParty | Bearer::One(_), None) => false,
    }
}

/// What a condition is looked for among.
struct Bench<'a> {
    agreement: &'a Agreement,
    facts: &'a [Arc<Fact>],
    judged: &'a Judged,
    watch: &'a Watch<'a>,
    at: Instant,
    footing: Footing,
}

impl Bench<'_> {
    /// Whether the power's condition was surely met when it was exercised.
    fn condition_met(&self, power: &Power, fact: &Fact, so_far: &Exercised) -> bool {
        let Some(trigger) = &power.when else { return true };
        let on = match trigger {
            Trigger::Verdict(on) => self.agreement.rule(&on.rule),
            Trigger::Fact { .. } | Trigger::Quiet { .. } => None,
        };
        let readings =
            on.map_or(std::slice::from_ref(&self.agreement.as_written), |rule| self.agreement.readings_of(rule));
        // A power that works under one reading only is in dispute, and does not work.
        readings.iter().all(|reading| self.met_as(power, trigger, reading, fact, so_far))
    }

    fn met_as(&self, power: &Power, trigger: &Trigger, reading: &Reading, fact: &Fact, so_far: &Exercised) -> bool {
        let carrier = carrier(self.agreement, power);
        // Nothing from before the agreement gives a power under it, least of all a quiet since the beginning of time.
        let until = fact.happened.latest();
        let from = self.agreement.in_force.unwrap_or(Instant::EARLIEST);
        if until < from {
            return false;
        }
        let window = Window { from, until: Some(until) };
        let test = Test {
            agreement: self.agreement,
            rule: &carrier,
            reading,
            window: window.span(),
            owed: None,
            sector: None,
            located: None,
        };
        let matter = Matter {
            companions: &Companions::default(),
            test,
            window,
            bearer: fact.by.as_ref().filter(|_| power.bearer != Bearer::All),
            footing: self.footing,
            facts: self.facts,
            roll: &Roll::default(),
            suspended: &[],
            watch: self.watch,
            at: self.at.min(fact.happened.latest()),
        };
        let on = match trigger {
            Trigger::Verdict(on) => Some(&on.rule),
            Trigger::Fact { .. } | Trigger::Quiet { .. } => None,
        };
        let asleep = |span: Span| on.is_some_and(|rule| so_far.suspended_at(rule, span.earliest()).is_some());
        let found = starts(&matter, trigger, self.judged);
        found.iter().any(|start| start.sure && start.span.latest() <= fact.happened.earliest() && !asleep(start.span))
    }
}

/// The condition as a rule of the power's holder would ask it.
fn carrier(agreement: &Agreement, power: &Power) -> Rule {
    Rule {
        id: power.id.clone(),
        anchor: power.anchor.clone(),
        span: power.span.clone(),
        paragraph: 0..0,
        bearer: power.bearer.clone(),
        owed: None,
        kernel: Kernel::TextOnly { because: String::new() },
        exceptions: Vec::new(),
        released: Vec::new(),
        otherwise: None,
        standard: agreement.standard,
        final_after: agreement.final_after,
        confirmed: None,
        windows: BTreeMap::new(),
        depends_on_reading: false,
    }
}
