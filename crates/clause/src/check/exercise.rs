//! Powers exercised, worked out anew from the acts of record: what is out of force when, and where windows end.
//!
//! Takes facts and what came of the rules without any power; gives spans and ends. Never lets a power work for somebody
//! who does not hold it, or without its condition.

use super::ground::{Ground, Scene};
use crate::agreement::{Agreement, Reading};
use crate::fact::Fact;
use crate::rule::{Bearer, Effect, Kernel, Power, Rule, Trigger, Window};
use std::collections::BTreeMap;
use terms::{Act, Instant, Label, Span};

/// What powers did on one footing.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Exercises {
    pub(super) suspended: BTreeMap<Label, Vec<Span>>,
    ended: BTreeMap<Label, Instant>,
    extended: Option<Instant>,
}

impl Exercises {
    pub(super) fn of(record: Scene<'_>) -> Exercises {
        let (agreement, mut out) = (record.agreement, Exercises::default());
        let counts = |fact: &&&Fact| fact.chance >= agreement.standard && fact.happened.latest() <= record.at;
        let mut acts: Vec<&Fact> = record.facts.iter().filter(counts).copied().collect();
        acts.sort_by_key(|fact| (fact.happened.latest(), &fact.id));
        for fact in acts {
            for power in &agreement.powers {
                let act = match power.effect {
                    Effect::Suspend { .. } => Act::Suspension,
                    Effect::Terminate { .. } => Act::Termination,
                    Effect::Extend { .. } => Act::Extension,
                };
                if fact.act == act && holds(agreement, power, fact) && record.condition_met(power, fact, &out) {
                    out.take(record, &power.effect, fact);
                }
            }
        }
        out
    }

    fn take(&mut self, record: Scene<'_>, effect: &Effect, fact: &Fact) {
        let (agreement, from) = (record.agreement, fact.happened.latest());
        match effect {
            Effect::Suspend { rules, length } => {
                for rule in rules.iter().filter(|rule| speaks_of(fact, rule)) {
                    let resumes = |later: &&&Fact| {
                        let ours = later.act == Act::Resumption && later.by == fact.by && speaks_of(later, rule);
                        ours && later.chance >= agreement.standard && later.happened.latest() > from
                    };
                    let resumed = record.facts.iter().filter(resumes).map(|later| later.happened.latest().shifted(-1));
                    let length = length.map(|length| agreement.calendar.due(from, length));
                    let until = resumed.chain(length).min().unwrap_or(Instant::LATEST);
                    let span = Span::new(from, until).expect("invariant: a suspension ends after it begins");
                    self.suspended.entry(rule.clone()).or_default().push(span);
                }
            }
            Effect::Terminate { rules } => {
                let named = |rule: &&Label| (rules.is_empty() || rules.contains(rule)) && speaks_of(fact, rule);
                for rule in agreement.rules.iter().map(|rule| &rule.id).filter(named) {
                    let first = self.ended.entry(rule.clone()).or_insert(from);
                    *first = (*first).min(from);
                }
            }
            Effect::Extend { by } => {
                if let Some(end) = self.extended.or(agreement.ends).filter(|end| from <= *end) {
                    self.extended = Some(agreement.calendar.due(end, *by));
                }
            }
        }
    }

    /// The window as the powers left it; `None` if it ended before it began.
    pub(super) fn window(&self, agreement: &Agreement, rule: &Rule, window: Window) -> Option<Window> {
        let moved = |end: Instant| self.extended.filter(|_| agreement.ends == Some(end)).unwrap_or(end);
        let ended = self.ended.get(&rule.id).map(|ended| ended.shifted(-1));
        let until = window.until.map(moved).into_iter().chain(ended).min();
        until.is_none_or(|until| until >= window.from).then_some(Window { from: window.from, until })
    }
}

/// Whether an act is about a rule: by its name, or about all of them.
fn speaks_of(fact: &Fact, rule: &Label) -> bool {
    fact.object.as_ref().is_none_or(|object| object == rule || object.as_str() == "agreement")
}

fn holds(agreement: &Agreement, power: &Power, fact: &Fact) -> bool {
    match &power.bearer {
        Bearer::All => true,
        Bearer::EachParty => fact.by.as_ref().is_some_and(|by| agreement.binds(by)),
        Bearer::One(party) => fact.by.as_ref() == Some(party),
    }
}

impl Scene<'_> {
    /// Whether a power's condition was surely met when it was exercised, under every reading.
    fn condition_met(&self, power: &Power, fact: &Fact, so_far: &Exercises) -> bool {
        let Some(trigger) = &power.when else { return true };
        let on = if let Trigger::Verdict(on) = trigger { self.agreement.rule(&on.rule) } else { None };
        let readings =
            on.map_or(std::slice::from_ref(&self.agreement.as_written), |rule| self.agreement.readings_of(rule));
        let asleep = on.and_then(|rule| so_far.suspended.get(&rule.id)).map_or(&[][..], Vec::as_slice);
        readings.iter().all(|reading| self.met_under(power, trigger, reading, fact, asleep))
    }

    fn met_under(&self, power: &Power, trigger: &Trigger, reading: &Reading, fact: &Fact, asleep: &[Span]) -> bool {
        let Some(any) = self.agreement.rules.first() else { return false };
        let (from, until) = (self.agreement.in_force.unwrap_or(Instant::EARLIEST), fact.happened.latest());
        if until < from {
            return false;
        }
        // The condition is asked as a rule of the power's holder, without exceptions, would ask it.
        let asks = Rule {
            bearer: power.bearer.clone(),
            owed: None,
            kernel: Kernel::TextOnly { because: String::new() },
            exceptions: Vec::new(),
            released: Vec::new(),
            standard: self.agreement.standard,
            depends_on_reading: false,
            ..any.clone()
        };
        let ground = Ground {
            scene: Scene { at: self.at.min(until), ..*self },
            rule: &asks,
            reading,
            bearer: fact.by.as_ref().filter(|_| power.bearer != Bearer::All),
            owed: None,
            sector: None,
            window: Window { from, until: Some(until) },
        };
        let awake = |span: Span| !asleep.iter().any(|off| off.holds(Span::at(span.earliest())));
        let starts = ground.starts(trigger);
        starts.iter().any(|s| s.sure && s.span.latest() <= fact.happened.earliest() && awake(s.span))
    }
}
