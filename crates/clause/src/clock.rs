//! Clocks: obligations running, with their arithmetic.
//!
//! Takes the facts; gives one clock for each trigger of a response rule and for each deadline. Uncertain times give the
//! bearer the benefit of the doubt in `due`, and `CannotTell` where the answer depends on them.

use crate::agreement::Agreement;
use crate::calendar::Duration;
use crate::fact::{Fact, Footing};
use crate::instance::{Instance, InstanceKey, InstanceValue, Occasion, Part};
use crate::instances::{Bench, Hearing};
use crate::judge::Watch;
use crate::kinds::responses_with_starts;
use crate::matter::Matter;
use crate::rule::Kernel;
use crate::start::Judged;
use crate::verdict::Standing;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Instant, Label, Party, Span};

/// What starts a deadline.
const THE_CLAUSE: &str = "the clause";

/// One obligation running.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clock {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// Whose obligation; `None` for "somebody's".
    pub bearer: Option<Party>,
    /// The fact that started it; for a deadline, `the clause`.
    pub trigger: String,
    /// When it started; the latest instant, where that is uncertain.
    pub started: Instant,
    /// When it runs out.
    pub due: Instant,
    /// Where it stands.
    pub state: ClockState,
    /// How `due` was reckoned, in words.
    pub arithmetic: String,
}

/// Where a clock stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ClockState {
    /// It has not begun.
    Pending,
    /// It runs.
    Running,
    /// The obligation was met in time by this fact.
    Discharged {
        /// The fact's id.
        by: String,
    },
    /// It ran out.
    Late,
    /// Times or places known too poorly, or nobody could have seen it.
    CannotTell,
}

impl ClockState {
    /// The words used in files and on screens.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            ClockState::Pending => "pending",
            ClockState::Running => "running",
            ClockState::Discharged { .. } => "discharged",
            ClockState::Late => "late",
            ClockState::CannotTell => "cannot tell",
        }
    }
}

/// The clocks of every duty, in order of rule, reading, bearer and start. A fact known on several footings counts once, on
/// the firmest; allegations start nothing.
#[must_use]
pub fn clocks(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Vec<Clock> {
    let mut firmest: BTreeMap<&str, &Fact> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.footing != Footing::Alleged) {
        let known = firmest.entry(&fact.id).or_insert(fact);
        if (fact.footing, fact) > (known.footing, *known) {
            *known = fact;
        }
    }
    let mut facts: Vec<Arc<Fact>> = firmest.into_values().map(|fact| Arc::new(fact.clone())).collect();
    facts.sort_unstable();
    let bench = Bench::of(agreement, facts, Footing::Proposed, watch, at);
    let hearing = Hearing { agreement, footing: Footing::Proposed, facts: &bench.facts, roll: &bench.roll, watch, at };
    let mut clocks = Vec::new();
    for rule in &agreement.rules {
        for reading in agreement.readings_of(rule) {
            hearing.each(rule, reading, &bench.exercised, |matter| clocks.extend(of_matter(matter, &bench.judged)));
        }
    }
    clocks
}

fn of_matter(matter: &Matter<'_>, judged: &Judged) -> Vec<Clock> {
    match &matter.rule().kernel {
        Kernel::Response { within, .. } => {
            let runs = responses_with_starts(matter, judged).into_iter();
            runs.filter(|(_, instance)| instance.certain && instance.value != InstanceValue::Excused)
                .map(|(started, instance)| run(matter, started, &instance, *within))
                .collect()
        }
        Kernel::By { .. } | Kernel::Between { .. } => deadline(matter, judged).into_iter().collect(),
        Kernel::AtLeastOnce { .. } => rounds(matter, judged),
        Kernel::Never { .. }
        | Kernel::Always { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => Vec::new(),
    }
}

/// Where the clock of an instance stands.
fn state(instance: &Instance, at: Instant) -> ClockState {
    let answer = instance.certificate.witnesses.iter().rfind(|witness| witness.part == Part::Answer);
    match (instance.value, answer) {
        (InstanceValue::Met, Some(by)) => ClockState::Discharged { by: by.fact.clone() },
        (InstanceValue::Violated, _) => ClockState::Late,
        (InstanceValue::Unknown, None) if at <= instance.interest.latest() => ClockState::Running,
        (InstanceValue::Unknown | InstanceValue::Met | InstanceValue::Excused | InstanceValue::Void, _) => {
            ClockState::CannotTell
        }
    }
}

fn clock(matter: &Matter<'_>, instance: &Instance, trigger: String, started: Instant, arithmetic: String) -> Clock {
    Clock {
        rule: instance.key.rule.clone(),
        reading: instance.key.reading.clone(),
        bearer: instance.key.bearer.clone(),
        trigger,
        started,
        due: instance.interest.latest(),
        state: state(instance, matter.at),
        arithmetic,
    }
}

fn run(matter: &Matter<'_>, started: Span, instance: &Instance, within: Duration) -> Clock {
    let named = |instant| matter.agreement().civil(instant);
    let (earliest, latest) = (started.earliest(), started.latest());
    let trigger = match &instance.key.of {
        Occasion::Fact(id) => id.clone(),
        Occasion::Verdict(_) | Occasion::Quiet(_) | Occasion::Clause | Occasion::Stretch(_) => {
            matter.rule().kernel.trigger_text()
        }
    };
    let uncertain = if earliest == latest {
        String::new()
    } else {
        format!(" (between {} and {}; counted from the later)", named(earliest), named(latest))
    };
    let civil = if within.elapsed_ms().is_none() { " (civil)" } else { "" };
    let due = named(instance.interest.latest());
    let arithmetic = format!("{trigger} {}{uncertain} + {within}{civil} = {due}", named(latest));
    clock(matter, instance, trigger, latest, arithmetic)
}

/// The clock of a deadline.
fn deadline(matter: &Matter<'_>, judged: &Judged) -> Option<Clock> {
    let (from, due) = (matter.window.from, matter.test.window.latest());
    let arithmetic =
        format!("from {} until {}, as the clause says", matter.agreement().civil(from), matter.agreement().civil(due));
    let pending = || Clock {
        rule: matter.rule().id.clone(),
        reading: matter.rule().depends_on_reading.then(|| matter.test.reading.id.clone()),
        bearer: matter.bearer.cloned(),
        trigger: THE_CLAUSE.to_owned(),
        started: from,
        due,
        state: ClockState::Pending,
        arithmetic: arithmetic.clone(),
    };
    if matter.at < from {
        return Some(pending());
    }
    let instance = ours(matter, judged).next()?;
    Some(clock(matter, instance, THE_CLAUSE.to_owned(), from, arithmetic))
}

/// The clock of the stretch that runs, and those of stretches that were missed or cannot be told.
fn rounds(matter: &Matter<'_>, judged: &Judged) -> Vec<Clock> {
    let of = |instance: &Instance| {
        let (from, due) = (instance.interest.earliest(), instance.interest.latest());
        let civil = |instant| matter.agreement().civil(instant);
        let arithmetic = format!("{}, from {} until {}", instance.key.of, civil(from), civil(due));
        clock(matter, instance, THE_CLAUSE.to_owned(), from, arithmetic)
    };
    let shown = |instance: &&Instance| instance.value != InstanceValue::Met || instance.standing == Standing::Open;
    ours(matter, judged).filter(shown).map(of).collect()
}

/// The instances of the matter.
fn ours<'j>(matter: &Matter<'_>, judged: &'j Judged) -> impl Iterator<Item = &'j Instance> {
    let key = matter.key(Occasion::Clause);
    let same = move |instance: &&Instance| InstanceKey { of: Occasion::Clause, ..instance.key.clone() } == key;
    judged.get(&matter.rule().id).into_iter().flatten().filter(same)
}
