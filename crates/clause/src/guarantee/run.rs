//! One clock: from what started it to what came of it, with its arithmetic in one line.
//!
//! Takes a clock's rule, a start, and what was done; gives when it is over and how it stands at an instant. An extension
//! agreed after the end revives nothing; a pause that came after it stops nothing; both are said.

use super::deed::{Deed, DeedKind};
use super::matching::{Ledger, Match};
use super::package::{ClockRule, Package};
use super::term::{Term, after_pause};
use crate::calendar::{Duration, elapsed_text};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Instant, Label, Party, Span};

/// A clock that something started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The clock's rule.
    pub clock: Label,
    /// Whose time.
    pub commitment: Label,
    /// Under which reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// What started it: the name of a deed, a breach, or another clock's run.
    pub trigger: String,
    /// The same in words.
    pub started_by: String,
    /// When it started; the later end is counted from.
    pub started: Span,
    /// When it is over; `None` while it is stopped.
    pub due: Option<Instant>,
    /// How it stands.
    pub stands: ClockStand,
    /// How `due` was reckoned, in one line.
    pub arithmetic: String,
    /// Who was told, and when.
    pub told: Vec<Told>,
    /// What else a reader must know: what came too late, what contradicts what.
    pub notes: Vec<String>,
}

impl Run {
    /// Its name: `uk-24h/sent/d1`.
    #[must_use]
    pub fn name(&self) -> String {
        let reading = self.reading.as_ref().map_or("as-written", Label::as_str);
        format!("{}/{reading}/{}", self.clock, self.trigger)
    }
}

/// How a clock stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClockStand {
    /// Its start lies ahead.
    Pending,
    /// It runs.
    Running,
    /// It was stopped.
    Paused {
        /// Since when.
        since: Instant,
        /// How much of it is left, in milliseconds.
        left_ms: i64,
    },
    /// It was met in time.
    Discharged {
        /// By which deed.
        by: String,
        /// When.
        at: Instant,
    },
    /// It was met after its end.
    Late {
        /// By which deed.
        by: String,
        /// When.
        at: Instant,
        /// How late, in milliseconds.
        late_ms: i64,
    },
    /// It ran out and nothing met it.
    Expired,
    /// Nothing is owed under it: a condition does not hold.
    NotBound(Vec<String>),
    /// The commitment had ended before.
    Void(String),
    /// It cannot be told.
    CannotTell(Vec<String>),
}

impl ClockStand {
    /// The words used in files and on screens.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            ClockStand::Pending => "pending",
            ClockStand::Running => "running",
            ClockStand::Paused { .. } => "paused",
            ClockStand::Discharged { .. } => "discharged",
            ClockStand::Late { .. } => "late",
            ClockStand::Expired => "expired",
            ClockStand::NotBound(_) => "not bound",
            ClockStand::Void(_) => "void",
            ClockStand::CannotTell(_) => "cannot tell",
        }
    }

    /// Why, where that is to be said.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        match self {
            ClockStand::NotBound(reasons) | ClockStand::CannotTell(reasons) => reasons,
            ClockStand::Void(reason) => std::slice::from_ref(reason),
            ClockStand::Pending
            | ClockStand::Running
            | ClockStand::Paused { .. }
            | ClockStand::Discharged { .. }
            | ClockStand::Late { .. }
            | ClockStand::Expired => &[],
        }
    }

    /// Whether it ran out, or cannot be told: somebody may have to act though no time runs.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        matches!(self, ClockStand::Expired | ClockStand::CannotTell(_))
    }

    /// Whether its time still runs or is stopped: somebody may have to act.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, ClockStand::Pending | ClockStand::Running | ClockStand::Paused { .. })
    }
}

/// Who was told of what started a clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// Who.
    pub who: Party,
    /// When it was sent.
    pub at: Span,
    /// By which deed.
    pub by: Label,
    /// When they confirmed it, and by which deed; `None` if they did not.
    pub acknowledged: Option<(Span, Label)>,
}

/// A start with the clock's rule, as it runs.
pub(super) struct Start<'a> {
    pub(super) rule: &'a ClockRule,
    pub(super) reading: Option<&'a Label>,
    pub(super) by: &'a Match,
}

/// What stops, goes on or lengthens, in order of time.
enum Interruption {
    Stop,
    GoOn,
    Lengthen(Duration),
}

/// The end of a clock as reckoned so far.
struct Reckoned {
    due: Instant,
    stopped: Option<Instant>,
    parts: Vec<String>,
    notes: Vec<String>,
}

/// The clock of one start.
pub(super) fn run(package: &Package, ledger: &Ledger<'_>, start: &Start<'_>) -> Run {
    let rule = start.rule;
    let mut reckoned = reckon(package, ledger, start);
    let stands = stands(package, ledger, start, &mut reckoned);
    let told = told(ledger, start);
    for notice in told.iter().filter(|told| told.acknowledged.is_none()) {
        reckoned.notes.push(format!("{} was told by {} and has not confirmed it", notice.who, notice.by));
    }
    Run {
        clock: rule.id.clone(),
        commitment: rule.commitment.clone(),
        reading: start.reading.cloned(),
        trigger: start.by.id.clone(),
        started_by: start.by.named.clone(),
        started: start.by.span,
        due: reckoned.stopped.is_none().then_some(reckoned.due),
        stands,
        arithmetic: arithmetic(package, start, &reckoned),
        told,
        notes: reckoned.notes,
    }
}

fn arithmetic(package: &Package, start: &Start<'_>, reckoned: &Reckoned) -> String {
    let rule = start.rule;
    let civil = |instant| format!("{} {}", rule.calendar.minute(instant), rule.zone);
    let span = start.by.span;
    let uncertain = if span.earliest() == span.latest() {
        String::new()
    } else {
        format!(" (between {} and then; counted from the later)", rule.calendar.minute(span.earliest()))
    };
    let term = match rule.term {
        Term::Until(instant) => format!(", until {}", package.civil(instant)),
        term @ (Term::Length(_) | Term::EndOfDay(_)) => format!(" + {term}"),
    };
    let end = match reckoned.stopped {
        None => format!(" = {}", civil(reckoned.due)),
        Some(since) => {
            format!(", stopped at {} with {} left", civil(since), elapsed_text((reckoned.due.ms() - since.ms()).max(0)))
        }
    };
    format!("{} {}{uncertain}{term}{}{end}", start.by.named, civil(span.latest()), reckoned.parts.concat())
}

fn reckon(package: &Package, ledger: &Ledger<'_>, start: &Start<'_>) -> Reckoned {
    let (rule, began) = (start.rule, start.by.span.latest());
    let mut reckoned =
        Reckoned { due: rule.term.due(&rule.calendar, began), stopped: None, parts: Vec::new(), notes: Vec::new() };
    let civil = |instant| package.civil(instant);
    for (at, id, what) in interruptions(ledger, rule, &mut reckoned.notes) {
        let over = reckoned.stopped.is_none() && at > reckoned.due;
        let late = || elapsed_text(at.ms() - reckoned.due.ms());
        match what {
            Interruption::Stop if over => {
                let note = format!("{id} stopped it {} after it ran out, which stops nothing", late());
                reckoned.notes.push(note);
            }
            Interruption::Stop => reckoned.stopped = reckoned.stopped.or(Some(at.max(began))),
            Interruption::GoOn => {
                let Some(since) = reckoned.stopped.take() else { continue };
                if at <= since {
                    continue;
                }
                let (due, length) = after_pause(rule.term, &rule.calendar, reckoned.due, since, at);
                reckoned.due = due;
                reckoned.parts.push(format!(" + {length} stopped (from {})", civil(since)));
            }
            Interruption::Lengthen(_) if at < began => {
                reckoned.notes.push(format!("{id} was agreed before it started, and lengthens nothing"));
            }
            Interruption::Lengthen(_) if over => {
                let note = format!("{id} was agreed {} after it ran out; the text revives no clock", late());
                reckoned.notes.push(note);
            }
            Interruption::Lengthen(longer) => {
                reckoned.due = rule.calendar.due(reckoned.due, longer);
                reckoned.parts.push(format!(" + {longer} by {id}"));
            }
        }
    }
    reckoned
}

/// Every pause, resumption and agreed extension of a clock, in order of time; what nobody may do is noted.
fn interruptions<'a>(
    ledger: &Ledger<'a>,
    rule: &ClockRule,
    notes: &mut Vec<String>,
) -> Vec<(Instant, &'a Label, Interruption)> {
    let mut deeds: Vec<&Deed> = ledger.about(&rule.id).chain(ledger.about(&rule.commitment)).collect();
    deeds.sort();
    let mut found = Vec::new();
    let mut agreed: BTreeMap<Duration, BTreeSet<&Party>> = BTreeMap::new();
    for deed in deeds {
        let by_one_of = |those: &[Party]| deed.by.as_ref().is_some_and(|by| those.contains(by));
        let changes = [DeedKind::Pause, DeedKind::Resumption, DeedKind::Extension];
        if !changes.contains(&deed.what) {
            continue;
        }
        let extends = deed.what == DeedKind::Extension;
        if !by_one_of(if extends { &rule.extended_by } else { &rule.paused_by }) {
            let power = if extends { "extend" } else { "stop it" };
            notes.push(format!("{} changes nothing: the text gives its author no power to {power}", deed.named()));
            continue;
        }
        // In doubt for the one who owes: stopped early, let go on late.
        let what = if deed.what == DeedKind::Pause {
            (deed.happened.earliest(), Interruption::Stop)
        } else if deed.what == DeedKind::Resumption {
            (deed.happened.latest(), Interruption::GoOn)
        } else {
            let (Some(longer), Some(by)) = (deed.longer, &deed.by) else {
                notes.push(format!("{} does not say how much longer", deed.named()));
                continue;
            };
            let who = agreed.entry(longer).or_default();
            who.insert(by);
            if who.len() < rule.extended_by.len() {
                continue;
            }
            agreed.remove(&longer);
            (deed.happened.latest(), Interruption::Lengthen(longer))
        };
        found.push((what.0, &deed.id, what.1));
    }
    for (longer, who) in agreed {
        let missing: Vec<&str> =
            rule.extended_by.iter().filter(|party| !who.contains(party)).map(Party::as_str).collect();
        notes.push(format!("{longer} more is not agreed by {}", missing.join(", ")));
    }
    found.sort_by_key(|(at, id, _)| (*at, *id));
    found
}

fn stands(package: &Package, ledger: &Ledger<'_>, start: &Start<'_>, reckoned: &mut Reckoned) -> ClockStand {
    let (at, span) = (ledger.at(), start.by.span);
    if at < span.earliest() {
        return ClockStand::Pending;
    }
    if let Some(doubt) = &start.by.doubt {
        return ClockStand::CannotTell(vec![doubt.clone()]);
    }
    let due = reckoned.due;
    let open = reckoned.stopped.is_some();
    let answers = start.rule.discharged.as_ref().map(|pattern| ledger.deeds(pattern)).unwrap_or_default();
    let mut doubts = Vec::new();
    let mut late: Option<&Match> = None;
    for answer in answers.iter().filter(|answer| answer.span.latest() >= span.earliest()) {
        let after = answer.span.earliest() >= span.latest();
        let in_time = open || answer.span.latest() <= due;
        let surely_late = !open && answer.span.earliest() > due;
        if after && in_time && answer.doubt.is_none() {
            return ClockStand::Discharged { by: answer.id.clone(), at: answer.span.latest() };
        }
        if surely_late && answer.doubt.is_none() {
            late = late.or(Some(answer));
        } else {
            let time = format!("whether {} came in time is not known", answer.id);
            doubts.push(answer.doubt.clone().unwrap_or(time));
        }
    }
    if !doubts.is_empty() {
        return ClockStand::CannotTell(doubts);
    }
    if let Some(answer) = late {
        let late_ms = answer.span.earliest().ms() - due.ms();
        return ClockStand::Late { by: answer.id.clone(), at: answer.span.earliest(), late_ms };
    }
    if let Some(since) = reckoned.stopped {
        return ClockStand::Paused { since, left_ms: (due.ms() - since.ms()).max(0) };
    }
    if at <= due {
        return ClockStand::Running;
    }
    if start.rule.discharged.is_none() {
        let why = format!("it ran out at {}, and the text does not say what would have met it", package.civil(due));
        return ClockStand::CannotTell(vec![why]);
    }
    ClockStand::Expired
}

/// Who was told of the start, and who confirmed it.
fn told(ledger: &Ledger<'_>, start: &Start<'_>) -> Vec<Told> {
    let Some(trigger) = Label::new(&start.by.id) else { return Vec::new() };
    let confirms = |deed: &&Deed| matches!(deed.what, DeedKind::Acknowledgement | DeedKind::Receipt);
    let confirmed = |who: &Party, of: &[&Label]| {
        let all = of.iter().flat_map(|id| ledger.about(id)).filter(confirms);
        let theirs = all.filter(|deed| deed.by.as_ref() == Some(who)).min();
        theirs.map(|deed| (deed.happened, deed.id.clone()))
    };
    let itself = ledger.deed(&trigger).into_iter();
    let notices = ledger.about(&trigger).filter(|deed| deed.what == DeedKind::Notice);
    let mut told = Vec::new();
    for deed in itself.chain(notices) {
        for who in &deed.to {
            let acknowledged = confirmed(who, &[&deed.id, &trigger]);
            told.push(Told { who: who.clone(), at: deed.happened, by: deed.id.clone(), acknowledged });
        }
    }
    told
}
