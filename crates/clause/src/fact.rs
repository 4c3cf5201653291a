//! Facts, and whether one falls under a rule.
//!
//! Takes what mission knows of an incident, a finding or an allegation; gives the three answers: it falls under the rule,
//! it does not, or that cannot be told, with reasons. Never mixes footings.

use terms::{Act, Chance, Count, Label, Party, Place, Span};

/// Something that happened, is established, was ruled or is alleged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fact {
    /// As best known: the span of time.
    pub happened: Span,
    /// Names the incident or observation.
    pub id: String,
    /// Which revision of it this is, from 1; what is computed afresh each time is always 1.
    pub revision: u32,
    /// What kind of thing.
    pub act: Act,
    /// What was hit or seen, in the agreement's words.
    pub object: Option<Label>,
    /// Where.
    pub place: Place,
    /// Who did it, if known.
    pub by: Option<Party>,
    /// To whom, if known.
    pub at: Option<Party>,
    /// How many, where that was counted.
    pub count: Count,
    /// The fact that it answers or speaks of, by its id: a report about an incident.
    pub about: Option<String>,
    /// How sure it is that it happened.
    pub chance: Chance,
    /// On what it rests.
    pub footing: Footing,
}

impl Fact {
    /// Whether the other, of the same footing, takes its place: a later revision, or the same told anew.
    pub(crate) fn is_before(&self, other: &Fact) -> bool {
        self.footing == other.footing && self.revision <= other.revision
    }
}

/// What a fact rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Footing {
    /// A machine grouped reports into an incident.
    Proposed,
    /// People signed a finding.
    Established,
    /// The competent body ruled.
    Ruled,
    /// A party said so. Never judged, only asked about.
    Alleged,
}

impl Footing {
    /// The footings on which verdicts are given, in canonical order.
    pub const JUDGED: [Footing; 3] = [Footing::Proposed, Footing::Established, Footing::Ruled];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Footing::Proposed => "proposed",
            Footing::Established => "established",
            Footing::Ruled => "ruled",
            Footing::Alleged => "alleged",
        }
    }
}

/// Whether a fact falls under a rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Bears {
    /// It does, whatever its uncertain time and place turn out to be.
    Falls,
    /// It does not, for this reason.
    Outside(Reason),
    /// It may, and this is what is not known.
    Undetermined(Vec<Reason>),
}

/// A reason, as a kind for counting and a sentence for people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reason {
    /// What it is about.
    pub why: Why,
    /// One plain clause, lower case, without a full stop.
    pub text: String,
}

impl Reason {
    pub(crate) fn new(why: Why, text: impl Into<String>) -> Reason {
        Reason { why, text: text.into() }
    }
}

/// What a reason is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// The kind of act.
    Kind,
    /// The object.
    Object,
    /// The time.
    Time,
    /// The place.
    Place,
    /// Who did it, or to whom.
    Bearer,
    /// An exception of the rule.
    Exception,
    /// The chance is below the standard.
    Standard,
    /// Too little was watched.
    Coverage,
    /// The text itself cannot be judged.
    Text,
    /// It rested on something that the record no longer holds; set by what is above `clause`.
    Erased,
}

impl Why {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Why::Kind => "kind",
            Why::Object => "object",
            Why::Time => "time",
            Why::Place => "place",
            Why::Bearer => "bearer",
            Why::Exception => "exception",
            Why::Standard => "standard",
            Why::Coverage => "coverage",
            Why::Text => "text",
            Why::Erased => "erased",
        }
    }
}
