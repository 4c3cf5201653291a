//! The observation: who saw what, where, when.
//!
//! Takes what one source reported, with its uncertainty; gives one immutable claim. Never says what happened: that takes
//! fusion, and people.

use crate::{Act, Count, Grade, Label, ObservationId, Party, Place, SourceId, Span};

/// One immutable claim by one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observation {
    /// Named after its content, so that the same report twice is one observation.
    pub id: ObservationId,
    /// Who reported it.
    pub source: SourceId,
    /// How it was perceived.
    pub means: Means,
    /// What kind of thing it was.
    pub act: Act,
    /// What was hit or seen, in the agreement's words (`refinery`, `substation`).
    pub object: Option<Label>,
    /// When it happened, as well as the source knows.
    pub happened: Span,
    /// Where it happened, as well as the source knows.
    pub place: Place,
    /// How many.
    pub count: Count,
    /// Who did it, as the source says.
    pub by: Option<Party>,
    /// To whom, as the source says.
    pub at: Option<Party>,
    /// The report or incident that it answers or speaks of, by its id.
    pub about: Option<Label>,
    /// The source's grade for this report.
    pub grade: Grade,
    /// The source's words, where they may be kept.
    pub text: Option<String>,
    /// Where the report can be read: addresses, message ids.
    pub references: Vec<String>,
}

/// How something was perceived.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Means {
    /// A monitor saw it.
    Sight,
    /// A monitor or an acoustic sensor heard it.
    Sound,
    /// A fixed camera.
    Camera,
    /// A monitor's drone.
    Uav,
    /// A satellite.
    Satellite,
    /// The press, read by a person or a machine.
    Press,
    /// A party said so. It is evidence that it was said; it never becomes an incident by being repeated.
    Statement,
}

impl Means {
    /// Every means, in canonical order.
    pub const ALL: [Means; 7] =
        [Means::Sight, Means::Sound, Means::Camera, Means::Uav, Means::Satellite, Means::Press, Means::Statement];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Means::Sight => "sight",
            Means::Sound => "sound",
            Means::Camera => "camera",
            Means::Uav => "uav",
            Means::Satellite => "satellite",
            Means::Press => "press",
            Means::Statement => "statement",
        }
    }

    /// The means that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Means> {
        Means::ALL.into_iter().find(|means| means.word() == word)
    }
}

impl Observation {
    /// An observation of which no more than this is known; its id is that of nothing until its content names it.
    #[must_use]
    pub fn plain(source: SourceId, means: Means, act: Act, happened: Span, place: Place) -> Observation {
        Observation {
            id: ObservationId::of(b""),
            source,
            means,
            act,
            object: None,
            happened,
            place,
            count: Count::UNKNOWN,
            by: None,
            at: None,
            about: None,
            grade: Grade::UNJUDGED,
            text: None,
            references: Vec::new(),
        }
    }

    /// Whether this is a party's statement, which is kept apart from what was seen.
    #[must_use]
    pub fn is_claim(&self) -> bool {
        self.means == Means::Statement
    }
}
