//! Deeds: what guarantors, parties and bodies did or sent that bears on guarantees; and breaches, as they are known.
//!
//! Takes and gives plain values; only what was done is one. Never a state: states follow from deeds as of an instant.

use crate::calendar::Duration;
use crate::fact::Footing;
use std::fmt;
use terms::{Instant, Label, Party, Span};

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DeedKind {
    /// An instrument was drafted.
    Drafted,
    /// Its text was agreed.
    Agreed,
    /// It was declared.
    Declared,
    /// It was signed.
    Signed,
    /// A body ratified it.
    Ratified,
    /// It came into force.
    InForce,
    /// It was suspended.
    Suspended,
    /// It was ended.
    Terminated,
    /// A condition came to hold, as its decider says.
    Met,
    /// A condition does not hold, as its decider says.
    Unmet,
    /// Something was asked for.
    Request,
    /// Somebody confirms that something reached them.
    Receipt,
    /// Somebody was told.
    Notice,
    /// Somebody says that they took it up.
    Acknowledgement,
    /// Consultations were held.
    Consultation,
    /// Something that a commitment asks for was done.
    Action,
    /// A body met.
    Meeting,
    /// A body voted.
    Vote,
    /// A finding was signed.
    Finding,
    /// The competent body ruled it a breach.
    Ruling,
    /// Somebody agrees that a clock runs longer.
    Extension,
    /// A clock was stopped.
    Pause,
    /// A clock that was stopped goes on.
    Resumption,
    /// Somebody declares how much is there.
    Declaration,
    /// Somebody looked, and found so much there.
    Inspection,
    /// Somebody was kept from looking.
    Refusal,
    /// A delivery was announced.
    Announced,
    /// It was made binding in law or by contract.
    Legal,
    /// It was set aside: named units, named money.
    Allocated,
    /// It was sent.
    Sent,
    /// The receiver confirms that it came.
    Received,
}

impl DeedKind {
    /// Every kind, in canonical order.
    pub const ALL: [DeedKind; 31] = [
        DeedKind::Drafted,
        DeedKind::Agreed,
        DeedKind::Declared,
        DeedKind::Signed,
        DeedKind::Ratified,
        DeedKind::InForce,
        DeedKind::Suspended,
        DeedKind::Terminated,
        DeedKind::Met,
        DeedKind::Unmet,
        DeedKind::Request,
        DeedKind::Receipt,
        DeedKind::Notice,
        DeedKind::Acknowledgement,
        DeedKind::Consultation,
        DeedKind::Action,
        DeedKind::Meeting,
        DeedKind::Vote,
        DeedKind::Finding,
        DeedKind::Ruling,
        DeedKind::Extension,
        DeedKind::Pause,
        DeedKind::Resumption,
        DeedKind::Declaration,
        DeedKind::Inspection,
        DeedKind::Refusal,
        DeedKind::Announced,
        DeedKind::Legal,
        DeedKind::Allocated,
        DeedKind::Sent,
        DeedKind::Received,
    ];

    /// The word used in pages, entries and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            DeedKind::Drafted => "drafted",
            DeedKind::Agreed => "agreed",
            DeedKind::Declared => "declared",
            DeedKind::Signed => "signed",
            DeedKind::Ratified => "ratified",
            DeedKind::InForce => "in-force",
            DeedKind::Suspended => "suspended",
            DeedKind::Terminated => "terminated",
            DeedKind::Met => "met",
            DeedKind::Unmet => "unmet",
            DeedKind::Request => "request",
            DeedKind::Receipt => "receipt",
            DeedKind::Notice => "notice",
            DeedKind::Acknowledgement => "acknowledgement",
            DeedKind::Consultation => "consultation",
            DeedKind::Action => "action",
            DeedKind::Meeting => "meeting",
            DeedKind::Vote => "vote",
            DeedKind::Finding => "finding",
            DeedKind::Ruling => "ruling",
            DeedKind::Extension => "extension",
            DeedKind::Pause => "pause",
            DeedKind::Resumption => "resumption",
            DeedKind::Declaration => "declaration",
            DeedKind::Inspection => "inspection",
            DeedKind::Refusal => "refusal",
            DeedKind::Announced => "announced",
            DeedKind::Legal => "legal",
            DeedKind::Allocated => "allocated",
            DeedKind::Sent => "sent",
            DeedKind::Received => "received",
        }
    }

    /// The kind that the word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<DeedKind> {
        DeedKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it changes how an instrument stands for who did it.
    #[must_use]
    pub fn of_instrument(self) -> bool {
        self <= DeedKind::Terminated
    }

    /// Whether it is a rung of delivery.
    #[must_use]
    pub fn is_rung(self) -> bool {
        self >= DeedKind::Announced
    }
}

/// Something that was done or sent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deed {
    /// When: both ends are kept, since a source may know only the day.
    pub happened: Span,
    /// Its name.
    pub id: Label,
    /// What was done.
    pub what: DeedKind,
    /// By whom; `None` where that is not known or none of those named.
    pub by: Option<Party>,
    /// To whom.
    pub to: Vec<Party>,
    /// What it is about: an instrument, a condition, a commitment, a clock, a rule or another deed.
    pub about: Option<Label>,
    /// How much, on a rung.
    pub amount: Option<Amount>,
    /// How much longer, for an extension.
    pub longer: Option<Duration>,
    /// What shows it.
    pub paper: Option<Paper>,
    /// The deed that this one corrects.
    pub replaces: Option<Label>,
    /// In words.
    pub note: String,
}

impl Deed {
    /// A deed with nothing but what, when and by whom.
    #[must_use]
    pub fn plain(id: Label, what: DeedKind, by: Option<Party>, happened: Span) -> Deed {
        Deed {
            happened,
            id,
            what,
            by,
            to: Vec::new(),
            about: None,
            amount: None,
            longer: None,
            paper: None,
            replaces: None,
            note: String::new(),
        }
    }

    /// `request d1 by Ukraine to France`.
    #[must_use]
    pub fn named(&self) -> String {
        let mut text = format!("{} {}", self.what.word(), self.id);
        if let Some(by) = &self.by {
            text.push_str(&format!(" by {by}"));
        }
        if !self.to.is_empty() {
            let to: Vec<&str> = self.to.iter().map(Party::as_str).collect();
            text.push_str(&format!(" to {}", to.join(", ")));
        }
        text
    }
}

/// The document that shows a deed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Paper {
    /// What it is called.
    pub title: String,
    /// SHA-256 of its bytes, 64 lower-case hex digits; `None` where nobody here holds it.
    pub sha256: Option<String>,
    /// Whether its text is kept from readers while its hash is held.
    pub withheld: bool,
}

/// So much of something, in its own unit: never converted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Amount {
    /// Thousandths of the unit.
    pub thousandths: u64,
    /// The unit, in the words of who reported it: `aircraft`, `EUR-million`.
    pub unit: String,
}

impl Amount {
    /// `12.5 EUR-million`; `None` if it is no amount of at most three places, or negative.
    #[must_use]
    pub fn parse(text: &str) -> Option<Amount> {
        let (number, unit) = text.trim().split_once(' ')?;
        let unit = Label::new(unit.trim())?.to_string();
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 || part.len() > 3 || !digits(whole) || !digits(part) {
            return None;
        }
        let part: u64 = format!("{part:0<3}").parse().ok()?;
        Some(Amount { thousandths: whole.parse::<u64>().ok()? * 1000 + part, unit })
    }
}

impl Amount {
    /// Its number alone: `12.5`.
    #[must_use]
    pub fn number(&self) -> String {
        let (whole, part) = (self.thousandths / 1000, self.thousandths % 1000);
        match part {
            0 => whole.to_string(),
            _ => format!("{whole}.{}", format!("{part:03}").trim_end_matches('0')),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.unit)
    }
}

/// A breach, on the firmest footing that it is known on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Breach {
    /// When it happened.
    pub happened: Span,
    /// Its name: an incident's.
    pub id: String,
    /// The rules that it falls under; empty where no text has rules.
    pub rules: Vec<Label>,
    /// Who did it, if that is known.
    pub by: Option<Party>,
    /// On what footing.
    pub footing: Footing,
    /// Why it may be none; `None` where it surely is one.
    pub doubt: Option<String>,
}

/// The last instant of a span that had begun by then: what is known of the future of a span is nothing.
pub(super) fn begun(span: Span, at: Instant) -> bool {
    span.earliest() <= at
}
