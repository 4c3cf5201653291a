//! Instances: one trigger, one deadline, one forbidden fact, one stretch of time; each with what came of it and why.
//!
//! Takes nothing by itself (the monitor builds it); gives value, standing and certificate. Never a value without a
//! certificate that somebody else can check against the facts alone.

use crate::fact::{Footing, Reason};
use crate::verdict::{Margin, Standing};
use std::fmt;
use terms::{Instant, Label, Party, Span};

/// One instance of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// Which.
    pub key: InstanceKey,
    /// Whether what it is of surely is: the trigger came, the fact matches. What is not certain is never more than unknown.
    pub certain: bool,
    /// When it was decided: the forbidden act, the answer, the deadline.
    pub decided: Span,
    /// What cannot be changed by anything that happens outside this span.
    pub interest: Span,
    /// What came of it.
    pub value: InstanceValue,
    /// Whether that may still change.
    pub standing: Standing,
    /// 1 for the first thing said of it once final; each change after finality adds one.
    pub version: u32,
    /// By how much, where that can be measured.
    pub margin: Option<Margin>,
    /// Why, in a form that can be checked.
    pub certificate: Certificate,
}

impl Instance {
    /// Whether another run said the same of it: what came of it, when, and on which facts it rests.
    pub(crate) fn says_as(&self, other: &Instance) -> bool {
        let gist = |instance: &Instance| (instance.value, instance.certain, instance.decided);
        gist(self) == gist(other) && self.certificate.witnesses == other.certificate.witnesses
    }
}

/// What makes an instance the same from one run to the next; in canonical order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct InstanceKey {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// Whom it is about; `None` for "one of those bound, whoever it was".
    pub bearer: Option<Party>,
    /// To whom it is owed, where the rule says so.
    pub owed: Option<Party>,
    /// On what footing.
    pub footing: Footing,
    /// The sector, where the rule keeps sectors apart.
    pub sector: Option<Label>,
    /// What it is of.
    pub of: Occasion,
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = |name: &Option<Label>| name.as_ref().map_or("-".to_owned(), Label::to_string);
        let party = |name: &Option<Party>| name.as_ref().map_or("-".to_owned(), Party::to_string);
        let (reading, sector) = (label(&self.reading), label(&self.sector));
        let (bearer, owed, footing) = (party(&self.bearer), party(&self.owed), self.footing.word());
        write!(f, "{}/{reading}/{bearer}/{owed}/{footing}/{sector}/{}", self.rule, self.of)
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Occasion::Clause => f.write_str("clause"),
            Occasion::Stretch(number) => write!(f, "stretch {number}"),
            Occasion::Fact(id) => write!(f, "fact {id}"),
            Occasion::Verdict(key) => write!(f, "verdict ({key})"),
            Occasion::Quiet(instant) => write!(f, "quiet {instant}"),
        }
    }
}

/// What an instance is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Occasion {
    /// The clause itself: a deadline, a condition.
    Clause,
    /// The stretch of that number, from 0.
    Stretch(u32),
    /// The fact of that id.
    Fact(String),
    /// The instance of another rule whose outcome started it, by its text.
    Verdict(String),
    /// The quiet that was complete then.
    Quiet(Instant),
}

/// What came of an instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum InstanceValue {
    /// The rule was kept.
    Met,
    /// The rule was broken.
    Violated,
    /// It cannot be told.
    Unknown,
    /// What started it was withdrawn.
    Void,
    /// It would be a breach but for an exception or a release.
    Excused,
}

impl InstanceValue {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            InstanceValue::Met => "met",
            InstanceValue::Violated => "violated",
            InstanceValue::Unknown => "unknown",
            InstanceValue::Void => "void",
            InstanceValue::Excused => "excused",
        }
    }
}

/// Why an instance has its value, in a form that can be checked against the facts alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Certificate {
    /// The facts that make it so, each with its part.
    pub witnesses: Vec<Witness>,
    /// The exceptions that were tried, with why each failed or applied.
    pub exceptions: Vec<(Label, Reason)>,
    /// How many there were, where a ceiling is asked about; the witnesses are the last of them.
    pub counted: Option<Counted>,
    /// What was looked for and not found.
    pub absence: Option<Absence>,
    /// What is not known.
    pub reasons: Vec<Reason>,
}

/// One fact's part in a certificate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Witness {
    /// The fact's id.
    pub fact: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// Its part.
    pub part: Part,
}

/// What part a fact plays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// The forbidden act or presence itself.
    Act,
    /// What started the duty.
    Trigger,
    /// What had to come before it.
    Before,
    /// What discharged the duty.
    Answer,
    /// One of those counted.
    Counted,
    /// What began or ended the state.
    Turn,
    /// What excuses it.
    Excuse,
}

impl Part {
    /// The words used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Part::Act => "act",
            Part::Trigger => "trigger",
            Part::Before => "before it",
            Part::Answer => "answer",
            Part::Counted => "counted",
            Part::Turn => "turn",
            Part::Excuse => "excuse",
        }
    }
}

/// How many lay in a stretch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counted {
    /// The stretch; what lies in it only perhaps is counted where the instance is unknown.
    pub during: Span,
    /// How many facts.
    pub facts: u32,
    /// What those that surely lie in it count for, at least.
    pub least: u64,
    /// What all count for, at most; `None` for any number.
    pub most: Option<u64>,
}

/// A certificate names no more of those counted than so many, the last ones: a list of thousands explains nothing.
pub(crate) const COUNTED_NAMED: usize = 64;

/// What was looked for and not found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absence {
    /// Of what: the pattern's words.
    pub of: String,
    /// In what span.
    pub during: Span,
    /// Up to when each source that could have told it is known.
    pub known_until: Vec<(Label, Instant)>,
    /// How many facts of that kind were looked at.
    pub examined: u32,
    /// The nearest that did not do: its id, and how far in milliseconds it lay outside the span (after: positive).
    pub nearest: Option<(String, i64)>,
}
