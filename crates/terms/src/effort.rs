//! The effort: who looked, where, when, by what means, and what kept them from it.
//!
//! "Looked, saw nothing" is a fact, and so is "was refused access". Takes an area and a span; gives what coverage is
//! counted from. Never inferred from an absence of reports.

use crate::{Act, Area, EffortId, Means, SourceId, Span};

/// One look at one area over one span of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effort {
    /// Named after its content.
    pub id: EffortId,
    /// Who looked.
    pub source: SourceId,
    /// By what means.
    pub means: Means,
    /// From when to when.
    pub span: Span,
    /// Where.
    pub area: Area,
    /// What came of it.
    pub outcome: Outcome,
    /// The kinds of act that this look could have perceived.
    pub able: Vec<Act>,
    /// What limited it, in the source's words.
    pub limits: Option<String>,
}

/// What came of a look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// They looked. What they saw is in observations; if there are none, they saw nothing.
    Looked,
    /// They were kept out.
    Refused,
    /// Their equipment was jammed.
    Jammed,
    /// Cloud, fog or darkness.
    Obscured,
    /// Mines, fire or another danger.
    Unsafe,
    /// The equipment failed.
    Failed,
}

impl Outcome {
    /// Every outcome, in canonical order.
    pub const ALL: [Outcome; 6] =
        [Outcome::Looked, Outcome::Refused, Outcome::Jammed, Outcome::Obscured, Outcome::Unsafe, Outcome::Failed];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Looked => "looked",
            Outcome::Refused => "refused",
            Outcome::Jammed => "jammed",
            Outcome::Obscured => "obscured",
            Outcome::Unsafe => "unsafe",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}
