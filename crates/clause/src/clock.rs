//! Clocks: obligations running, with their arithmetic.
//!
//! Takes the facts; gives one clock for each trigger of a response rule and for each deadline. Uncertain times give the
//! bearer the benefit of the doubt in `due`, and `CannotTell` where the answer depends on them.

use crate::agreement::{Agreement, Bearer, Kernel, Pattern, Trigger};
use crate::bears::Companions;
use crate::calendar::Duration;
use crate::duty::deeds;
use crate::extremes::Extremes;
use crate::fact::{Bears, Fact, Footing, Reason};
use crate::judge::{Case, Watch};
use crate::verdict::FactNote;
use std::collections::BTreeMap;
use terms::{Instant, Label, Party, Span};

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

/// The clocks of every response rule and deadline, in order of rule, reading, bearer and start. A fact known on several
/// footings counts once, on the firmest; allegations start nothing.
#[must_use]
pub fn clocks(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Vec<Clock> {
    let mut firmest: BTreeMap<&str, &Fact> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.footing != Footing::Alleged) {
        let known = firmest.entry(&fact.id).or_insert(fact);
        if (fact.footing, fact) > (known.footing, *known) {
            *known = fact;
        }
    }
    let mut facts: Vec<&Fact> = firmest.into_values().collect();
    facts.sort_unstable();
    let mut clocks = Vec::new();
    for rule in &agreement.rules {
        for reading in agreement.readings_of(rule) {
            let Some(case) = Case::of(agreement, rule, reading, watch, at) else { continue };
            for bearer in single_bearers(&case) {
                match &rule.kernel {
                    Kernel::Response { .. } => clocks.extend(started(&case, &facts, bearer).clocks),
                    Kernel::By { pattern, .. } | Kernel::Between { pattern, .. } => {
                        clocks.push(deadline(&case, pattern, &facts, bearer));
                    }
                    Kernel::Never { .. }
                    | Kernel::Always { .. }
                    | Kernel::AtMost { .. }
                    | Kernel::OnlyAfter { .. }
                    | Kernel::AtLeastOnce { .. }
                    | Kernel::May { .. }
                    | Kernel::TextOnly { .. } => {}
                }
            }
        }
    }
    clocks
}

/// Whose obligations run: each party's own, never a sum of them.
fn single_bearers<'a>(case: &Case<'a>) -> Vec<Option<&'a Party>> {
    let mut bearers = case.bearers();
    if case.rule.bearer == Bearer::EachParty {
        bearers.retain(Option::is_some);
    }
    bearers
}

/// What a response rule's triggers have started.
pub(crate) struct Started {
    pub(crate) clocks: Vec<Clock>,
    pub(crate) notes: Vec<FactNote>,
    /// Why something may have started a clock, and that cannot be told.
    pub(crate) doubts: Vec<Reason>,
}

/// The clocks of a response rule for one bearer.
pub(crate) fn started(case: &Case<'_>, facts: &[&Fact], bearer: Option<&Party>) -> Started {
    let Kernel::Response { trigger: Trigger::Fact { pattern: trigger, .. }, response, within } = &case.rule.kernel
    else {
        return Started { clocks: Vec::new(), notes: Vec::new(), doubts: Vec::new() };
    };
    let answers = Answers::of(case, response, facts, bearer);
    let companions = Companions::of(&case.test, facts, case.rule.standard);
    let mut out = Started { clocks: Vec::new(), notes: Vec::new(), doubts: Vec::new() };
    for (index, fact) in facts.iter().enumerate() {
        let bears = case
            .test
            .substance(trigger, fact, bearer)
            .and(|| case.test.in_window(fact))
            .and(|| case.test.concerns(trigger, fact, bearer, Some(index), &companions));
        match &bears {
            Bears::Outside(_) => continue,
            Bears::Falls if fact.chance >= case.rule.standard => {
                out.clocks.push(run(case, fact, index, *within, bearer, &answers, facts));
            }
            // What is not surely so by the rule's own standard starts no clock.
            Bears::Falls => {}
            Bears::Undetermined(reasons) => out.doubts.extend(reasons.iter().cloned()),
        }
        out.notes.push(FactNote { id: fact.id.clone(), bears, chance: fact.chance, margin: None });
    }
    out.doubts.sort();
    out.doubts.dedup();
    out
}

/// The responses, indexed by time.
struct Answers {
    /// Sure ones: minus the earliest time as key, minus the latest as value.
    sure: Extremes,
    /// Possible ones: minus the latest time as key, minus the earliest as value.
    possible: Extremes,
    /// Whether a response that nobody noted cannot have been given.
    noticed: bool,
}

impl Answers {
    fn of(case: &Case<'_>, response: &Pattern, facts: &[&Fact], bearer: Option<&Party>) -> Answers {
        let (mut sure, mut possible) = (Vec::new(), Vec::new());
        for (index, fact) in facts.iter().enumerate() {
            let answer = case
                .test
                .substance(response, fact, bearer)
                .and(|| case.test.people(response, fact, fact.by.as_ref(), bearer));
            let (earliest, latest) = (fact.happened.earliest().ms(), fact.happened.latest().ms());
            match answer {
                Bears::Outside(_) => continue,
                Bears::Falls if fact.chance >= case.rule.standard => sure.push((-earliest, -latest, index)),
                Bears::Falls | Bears::Undetermined(_) => {}
            }
            possible.push((-latest, -earliest, index));
        }
        Answers { sure: Extremes::new(sure), possible: Extremes::new(possible), noticed: noticed(case, response) }
    }
}

/// Acts of record are noticed as they come; others where enough was watched over the window so far.
fn noticed(case: &Case<'_>, response: &Pattern) -> bool {
    if response.acts.iter().all(|act| act.of_record()) {
        return true;
    }
    let until = case.window.until.map_or(case.at, |until| until.min(case.at));
    let span = Span::new(case.window.from, until);
    span.is_some_and(|span| case.coverage(response, span).suffices(case.agreement.keep_threshold))
}

fn run(
    case: &Case<'_>,
    fact: &Fact,
    index: usize,
    within: Duration,
    bearer: Option<&Party>,
    answers: &Answers,
    facts: &[&Fact],
) -> Clock {
    let calendar = &case.agreement.calendar;
    let (earliest, latest) = (fact.happened.earliest(), fact.happened.latest());
    let (due_first, due) = (calendar.due(earliest, within), calendar.due(latest, within));
    // Surely in time: begun after the trigger, done before the earliest instant at which the term may end.
    let sure = answers.sure.greatest(-latest.ms(), Some(index)).filter(|(done, _)| -done <= due_first.ms());
    let possible =
        || answers.possible.greatest(-earliest.ms(), Some(index)).is_some_and(|(begun, _)| -begun <= due.ms());
    let state = match sure {
        Some((_, by)) => ClockState::Discharged { by: facts[by].id.clone() },
        None if possible() => ClockState::CannotTell,
        None if case.at <= due => ClockState::Running,
        None if answers.noticed && case.watch.known_until >= due => ClockState::Late,
        None => ClockState::CannotTell,
    };
    let named = |instant| case.agreement.civil(instant);
    let uncertain = if earliest == latest {
        String::new()
    } else {
        format!(" (between {} and {}; counted from the later)", named(earliest), named(latest))
    };
    let civil = within.civil_days().map_or("", |_| " (civil)");
    let arithmetic = format!("{} {}{uncertain} + {within}{civil} = {}", fact.id, named(latest), named(due));
    let (rule, reading) = (case.rule.id.clone(), case.rule.depends_on_reading.then(|| case.reading.id.clone()));
    Clock { rule, reading, bearer: bearer.cloned(), trigger: fact.id.clone(), started: latest, due, state, arithmetic }
}

/// The clock of a deadline.
fn deadline(case: &Case<'_>, pattern: &Pattern, facts: &[&Fact], bearer: Option<&Party>) -> Clock {
    let companions = Companions::of(&case.test, facts, case.rule.standard);
    let deeds = deeds(case, pattern, facts, bearer, &companions);
    let due = case.test.window.latest();
    let doubtful = deeds.notes.iter().any(|note| !matches!(note.bears, Bears::Outside(_)));
    let state = match deeds.sure {
        Some(fact) => ClockState::Discharged { by: fact.id.clone() },
        None if case.at < case.window.from => ClockState::Pending,
        None if doubtful => ClockState::CannotTell,
        None if case.at <= due => ClockState::Running,
        None if deeds.late.is_some() || noticed(case, pattern) && case.watch.known_until >= due => ClockState::Late,
        None => ClockState::CannotTell,
    };
    let (from, until) = (case.agreement.civil(case.window.from), case.agreement.civil(due));
    Clock {
        rule: case.rule.id.clone(),
        reading: case.rule.depends_on_reading.then(|| case.reading.id.clone()),
        bearer: bearer.cloned(),
        trigger: "the clause".to_owned(),
        started: case.window.from,
        due,
        state,
        arithmetic: format!("from {from} until {until}, as the clause says"),
    }
}
