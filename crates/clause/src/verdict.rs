//! The verdict and its because.
//!
//! Takes nothing by itself (`judge` builds it); gives value, standing, margin and reasons. Never a value without them.

use crate::calendar::elapsed_text;
use crate::fact::{Bears, Footing, Reason};
use coverage::Coverage;
use std::fmt;
use terms::{Chance, Label, Party, Span};

/// What is to be said of one rule, under one reading, of one bearer, on one footing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// Whom it is about; `None` for "one of those bound", whoever it was.
    pub bearer: Option<Party>,
    /// On what footing.
    pub footing: Footing,
    /// What is to be said.
    pub value: Value,
    /// Whether that may still change.
    pub standing: Standing,
    /// By how much, where that can be measured.
    pub margin: Option<Margin>,
    /// Why.
    pub because: Because,
}

/// What is to be said of a rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// Kept, and enough was watched to say so.
    Complied,
    /// Broken.
    Breached,
    /// No breach seen, and too little was watched to say more.
    NoBreachSeen,
    /// It cannot be told, for stated reasons.
    Undetermined,
    /// People or parties hold different things; set by what is above `clause`, never computed here.
    Disputed,
    /// It does not ask anything yet.
    NotDue,
    /// Put out of force for a time; set by what is above `clause`.
    Suspended,
    /// The text has nothing that could be observed.
    NotMonitorable,
}

impl Value {
    /// Every value, in canonical order.
    pub const ALL: [Value; 8] = [
        Value::Complied,
        Value::Breached,
        Value::NoBreachSeen,
        Value::Undetermined,
        Value::Disputed,
        Value::NotDue,
        Value::Suspended,
        Value::NotMonitorable,
    ];

    /// The words used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Value::Complied => "complied",
            Value::Breached => "breached",
            Value::NoBreachSeen => "no breach seen",
            Value::Undetermined => "undetermined",
            Value::Disputed => "disputed",
            Value::NotDue => "not due",
            Value::Suspended => "suspended",
            Value::NotMonitorable => "not monitorable",
        }
    }
}

/// Whether a verdict may still change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// The window still runs.
    Open,
    /// It has run out; late facts may still come.
    Provisional,
    /// The time for corrections has run out too.
    Final,
    /// Changed after it was final; set by what is above `clause`.
    Amended,
}

impl Standing {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Provisional => "provisional",
            Standing::Final => "final",
            Standing::Amended => "amended",
        }
    }
}

/// By how much, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Margin {
    /// So long after the window began.
    AfterStart(i64),
    /// So long after the deadline.
    Late(i64),
    /// So long before the deadline.
    InHand(i64),
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Margin::AfterStart(ms) => write!(f, "{} after the start", elapsed_text(*ms)),
            Margin::Late(ms) => write!(f, "{} late", elapsed_text(*ms)),
            Margin::InHand(ms) => write!(f, "{} in hand", elapsed_text(*ms)),
        }
    }
}

/// Why a verdict is what it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Because {
    /// One plain sentence.
    pub summary: String,
    /// The facts that fall under the rule, may fall under it, or would but for an exception; in order of time.
    pub incidents: Vec<FactNote>,
    /// How many facts on this footing do not bear on the rule.
    pub outside: usize,
    /// How much was watched, where that was asked.
    pub coverage: Option<Coverage>,
    /// What is not known, or why nothing is judged; each reason once.
    pub reasons: Vec<Reason>,
    /// The rule's window.
    pub window: Option<Span>,
}

/// One fact's part in a verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactNote {
    /// Names the incident or observation.
    pub id: String,
    /// Whether it falls under the rule.
    pub bears: Bears,
    /// How sure it is that it happened.
    pub chance: Chance,
    /// How long after the start, or how late.
    pub margin: Option<Margin>,
}
