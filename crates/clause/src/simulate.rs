//! Simulating: an agreement run over what happened, in order of time.
//!
//! Takes an agreement, facts, looks and moments; gives for each moment at which something could change which clause speaks,
//! what stays undetermined and why, and which clock starts or ends; and at the end where the text fell silent. Judges with
//! `judge` and nothing else, so that a simulation cannot say what a mission would not. A fact is known once it has surely
//! happened.

use crate::agreement::Agreement;
use crate::bears::{bears, subject};
use crate::clock::{Clock, ClockState, clocks};
use crate::fact::{Bears, Fact, Footing};
use crate::judge::{Watch, judge};
use crate::rule::{Kernel, Kind, Rule};
use crate::scenario::Scenario;
use crate::verdict::{Value, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use terms::time::DAY_MS;
use terms::{Effort, Instant, Label, Party, Source};

/// No more moments wait to be judged; where there are more, it is judged at even intervals of whole days.
const MOMENTS_MOST: usize = 400;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// At how many happenings it was judged, or how many days apart, where there were too many.
    pub pace: Pace,
    /// What changed, in order of time.
    pub steps: Vec<Step>,
    /// The last moment.
    pub until: Instant,
    /// What is to be said then, on the footings that any fact stands on.
    pub verdicts: Vec<Verdict>,
    /// Where the text fell silent.
    pub silences: Vec<Silence>,
}

/// At which moments a run was judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// At every fact, end of a window and end of a clock.
    EachHappening,
    /// Once in so many days: there were more happenings than a run judges.
    Days(u32),
}

/// One moment at which something changed.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// The facts that have become known, with the clauses that speak of each.
    pub facts: Vec<(Fact, Vec<Voice>)>,
    /// Clocks that started or ended.
    pub clocks: Vec<Clock>,
    /// Verdicts that changed.
    pub changes: Vec<Change>,
}

/// What a clause says of a fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voice {
    /// The clause.
    pub rule: Label,
    /// The readings under which it says so; empty for the text as written.
    pub readings: Vec<Label>,
    /// What it says.
    pub bears: Bears,
}

/// A verdict that changed, for all of whom it did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// On what footing.
    pub footing: Footing,
    /// Of whom; `None` for "one of those bound".
    pub bearers: Vec<Option<Party>>,
    /// What it read before.
    pub was: Value,
    /// What it reads now.
    pub is: Value,
    /// Why, in one sentence.
    pub summary: String,
}

/// Where the text has nothing to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Silence {
    /// No clause speaks of this fact; what the nearest ones lack.
    Fact {
        /// The fact's id and act.
        id: String,
        /// Why each clause about such acts leaves it out; empty where none is about them.
        nearest: Vec<(Label, String)>,
    },
    /// Nothing that happened touched this clause.
    Untouched(Label),
    /// Nothing observable decides this clause.
    TextOnly {
        /// The clause.
        rule: Label,
        /// Why, in the drafter's words.
        because: String,
    },
}

/// What a run is judged on beside the facts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting<'a> {
    /// Who looked.
    pub efforts: &'a [Effort],
    /// The declared sources, for their names.
    pub sources: &'a [Source],
    /// Where to stop; without it, when nothing more can change.
    pub until: Option<Instant>,
}

/// An agreement run over a scenario, up to its last moment.
#[must_use]
pub fn simulate_scenario(agreement: &Agreement, scenario: &Scenario) -> Simulation {
    let until = scenario.moments.iter().map(|asked| asked.at).max();
    simulate(agreement, &scenario.facts, Setting { efforts: &scenario.efforts, sources: &[], until })
}

/// An agreement run over facts.
#[must_use]
pub fn simulate(agreement: &Agreement, facts: &[Fact], setting: Setting<'_>) -> Simulation {
    let mut agenda = edges(agreement);
    agenda.extend(facts.iter().map(|fact| fact.happened.latest()));
    if let Some(until) = setting.until {
        agenda.insert(until);
        agenda.retain(|at| *at <= until);
    }
    let mut pace = thin(&mut agenda);
    let mut run = Run::of(agreement, facts, setting);
    let mut steps = Vec::new();
    let mut until = agenda.last().copied().unwrap_or(Instant::EARLIEST);
    // Ends: each clock adds one moment at most, and none once it is judged by days.
    while let Some(at) = agenda.pop_first() {
        until = at;
        let step = run.step(at);
        let ends = run.running.values().filter(|(_, state)| *state == ClockState::Running).map(|(due, _)| *due);
        let ends =
            ends.map(|due| due.shifted(1)).filter(|end| *end > at && setting.until.is_none_or(|last| *end <= last));
        if pace == Pace::EachHappening {
            agenda.extend(ends);
            pace = thin(&mut agenda);
        }
        if !(step.facts.is_empty() && step.clocks.is_empty() && step.changes.is_empty()) {
            steps.push(step);
        }
    }
    let silences = run.silences(&steps);
    Simulation { pace, steps, until, verdicts: run.verdicts, silences }
}

/// The first instant of every window, and the first after it.
fn edges(agreement: &Agreement) -> BTreeSet<Instant> {
    let windows = agreement.rules.iter().flat_map(|rule| rule.windows.values());
    windows.flat_map(|window| [Some(window.from), window.until.map(|until| until.shifted(1))]).flatten().collect()
}

/// Whole days instead of single moments, where there are too many.
fn thin(agenda: &mut BTreeSet<Instant>) -> Pace {
    let (Some(first), Some(last)) = (agenda.first().copied(), agenda.last().copied()) else {
        return Pace::EachHappening;
    };
    if agenda.len() <= MOMENTS_MOST {
        return Pace::EachHappening;
    }
    let days = (last.ms() - first.ms()) / DAY_MS + 1;
    let apart = days.unsigned_abs().div_ceil(MOMENTS_MOST as u64).max(1);
    let moments = (0..).map(|step: i64| first.shifted(step * apart as i64 * DAY_MS)).take_while(|at| *at < last);
    *agenda = moments.chain([last]).collect();
    Pace::Days(u32::try_from(apart).expect("invariant: three centuries of days fit"))
}

type Key = (Label, Option<Label>, Option<Party>, Footing);
/// Rule, reading, bearer, trigger and beginning of a clock: rounds, and duties that verdicts start, share one trigger's words.
type Started = (Label, Option<Label>, Option<Party>, String, Instant);

struct Run<'a> {
    agreement: &'a Agreement,
    /// In order of the latest instant at which each may have happened.
    facts: Vec<&'a Fact>,
    setting: Setting<'a>,
    footings: BTreeSet<Footing>,
    /// How many of the facts are known.
    known: usize,
    values: BTreeMap<Key, Value>,
    running: BTreeMap<Started, (Instant, ClockState)>,
    verdicts: Vec<Verdict>,
}

impl<'a> Run<'a> {
    fn of(agreement: &'a Agreement, facts: &'a [Fact], setting: Setting<'a>) -> Run<'a> {
        let mut facts: Vec<&Fact> = facts.iter().collect();
        facts.sort_by_key(|fact| (fact.happened.latest(), *fact));
        let footings = facts.iter().map(|fact| fact.footing).chain([Footing::Proposed]).collect();
        let (values, running) = (BTreeMap::new(), BTreeMap::new());
        Run { agreement, facts, setting, footings, known: 0, values, running, verdicts: Vec::new() }
    }

    fn step(&mut self, at: Instant) -> Step {
        let before = self.known;
        self.known += self.facts[before..].iter().take_while(|fact| fact.happened.latest() <= at).count();
        let known: Vec<Fact> = self.facts[..self.known].iter().copied().cloned().collect();
        let Setting { efforts, sources, .. } = self.setting;
        let watch = Watch { efforts, detection: None, known_until: at, sources, heard: &[] };
        self.verdicts = judge(self.agreement, &known, &watch, at);
        self.verdicts.retain(|verdict| self.footings.contains(&verdict.footing));
        let facts = known[before..].iter().map(|fact| (fact.clone(), self.voices(fact))).collect();
        let clocks =
            clocks(self.agreement, &known, &watch, at).into_iter().filter(|clock| self.turned(clock)).collect();
        Step { at, facts, clocks, changes: self.changes() }
    }

    /// What each clause says of a fact, on its own footing; readings that say the same stand together.
    fn voices(&self, fact: &Fact) -> Vec<Voice> {
        if fact.footing == Footing::Alleged {
            return self.if_it_is_so(fact);
        }
        let mut said: BTreeMap<(usize, Option<&Label>), &Bears> = BTreeMap::new();
        for verdict in self.verdicts.iter().filter(|verdict| verdict.footing == fact.footing) {
            let Some(note) = verdict.because.incidents.iter().find(|note| note.id == fact.id) else { continue };
            let key = (self.place_of(&verdict.rule), verdict.reading.as_ref());
            let known = said.entry(key).or_insert(&note.bears);
            if weight(&note.bears) > weight(known) {
                *known = &note.bears;
            }
        }
        together(
            said.into_iter().map(|((rule, reading), bears)| {
                (self.agreement.rules[rule].id.clone(), reading.cloned(), bears.clone())
            }),
        )
    }

    /// What each clause would say of an allegation.
    fn if_it_is_so(&self, fact: &Fact) -> Vec<Voice> {
        let rules = self.agreement.rules.iter();
        let asked = rules.flat_map(|rule| self.agreement.readings_of(rule).iter().map(move |reading| (rule, reading)));
        together(asked.filter_map(|(rule, reading)| {
            let bears = bears(self.agreement, rule, reading, fact);
            let reading = rule.depends_on_reading.then(|| reading.id.clone());
            (!matches!(bears, Bears::Outside(_))).then(|| (rule.id.clone(), reading, bears))
        }))
    }

    fn place_of(&self, rule: &Label) -> usize {
        let place = self.agreement.rules.iter().position(|known| known.id == *rule);
        place.expect("invariant: a verdict is of a rule of the text")
    }

    /// Whether a clock has started or changed since the last moment.
    fn turned(&mut self, clock: &Clock) -> bool {
        let Clock { rule, reading, bearer, trigger, started, .. } = clock.clone();
        let key = (rule, reading, bearer, trigger, started);
        let was = self.running.insert(key, (clock.due, clock.state.clone()));
        clock.state != ClockState::Pending && was.is_none_or(|(_, state)| state != clock.state)
    }

    /// The verdicts that read otherwise than before, in the order of the text.
    fn changes(&mut self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for verdict in &self.verdicts {
            let key = (verdict.rule.clone(), verdict.reading.clone(), verdict.bearer.clone(), verdict.footing);
            let was = self.values.insert(key, verdict.value).unwrap_or(Value::NotDue);
            if was == verdict.value || verdict.value == Value::NotMonitorable {
                continue;
            }
            let same = |change: &&mut Change| {
                (&change.rule, &change.reading, change.footing) == (&verdict.rule, &verdict.reading, verdict.footing)
                    && (change.was, change.is) == (was, verdict.value)
            };
            match changes.iter_mut().find(same) {
                Some(change) => change.bearers.push(verdict.bearer.clone()),
                None => changes.push(Change {
                    rule: verdict.rule.clone(),
                    reading: verdict.reading.clone(),
                    footing: verdict.footing,
                    bearers: vec![verdict.bearer.clone()],
                    was,
                    is: verdict.value,
                    summary: verdict.because.summary.clone(),
                }),
            }
        }
        changes
    }

    fn silences(&self, steps: &[Step]) -> Vec<Silence> {
        let answers: BTreeSet<&str> = self
            .running
            .values()
            .filter_map(|(_, state)| if let ClockState::Discharged { by } = state { Some(by.as_str()) } else { None })
            .collect();
        let seen = || steps.iter().flat_map(|step| &step.facts);
        let unheard = seen().filter(|(fact, voices)| voices.is_empty() && !answers.contains(fact.id.as_str()));
        let mut silences: Vec<Silence> =
            unheard.map(|(fact, _)| Silence::Fact { id: fact.id.clone(), nearest: self.nearest(fact) }).collect();
        let spoke: BTreeSet<&Label> = seen().flat_map(|(_, voices)| voices).map(|voice| &voice.rule).collect();
        for rule in &self.agreement.rules {
            if let Kernel::TextOnly { because } = &rule.kernel {
                silences.push(Silence::TextOnly { rule: rule.id.clone(), because: because.clone() });
            } else if !spoke.contains(&rule.id) && rule.kind() != Kind::May && !self.decided(rule) {
                silences.push(Silence::Untouched(rule.id.clone()));
            }
        }
        silences
    }

    /// Whether anything was said of a rule that a mere lapse of time does not explain.
    fn decided(&self, rule: &Rule) -> bool {
        let about = |verdict: &&Verdict| verdict.rule == rule.id;
        let said = |verdict: &Verdict| matches!(verdict.value, Value::Breached | Value::Disputed | Value::Suspended);
        self.verdicts.iter().filter(about).any(said)
    }

    /// Why the clauses about such acts leave a fact out.
    fn nearest(&self, fact: &Fact) -> Vec<(Label, String)> {
        let about = self.agreement.rules.iter().filter(|rule| {
            subject(rule)
                .is_some_and(|pattern| pattern.acts.iter().any(|act| *act == fact.act || fact.act.may_be(*act)))
        });
        let reasons = about.filter_map(|rule| {
            let reading = self.agreement.readings_of(rule).first()?;
            match bears(self.agreement, rule, reading, fact) {
                Bears::Outside(reason) => Some((rule.id.clone(), reason.text)),
                Bears::Falls | Bears::Undetermined(_) => None,
            }
        });
        reasons.collect()
    }
}

/// The surer answer weighs more.
fn weight(bears: &Bears) -> u8 {
    match bears {
        Bears::Falls => 2,
        Bears::Undetermined(_) => 1,
        Bears::Outside(_) => 0,
    }
}

/// What is said alike under several readings, once.
fn together(said: impl Iterator<Item = (Label, Option<Label>, Bears)>) -> Vec<Voice> {
    let mut voices: Vec<Voice> = Vec::new();
    for (rule, reading, bears) in said {
        match voices.iter_mut().find(|voice| voice.rule == rule && voice.bears == bears) {
            Some(voice) => voice.readings.extend(reading),
            None => voices.push(Voice { rule, readings: reading.into_iter().collect(), bears }),
        }
    }
    voices
}
