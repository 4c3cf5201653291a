//! The source: what it is, whose voice it is, what may be done with its rows, and what its labels are worth.
//!
//! Takes a declaration; gives what fusion, publication and the reader need to know of a source. Never a default licence.

use crate::{Act, Chance, Party, SourceId};
use std::collections::BTreeMap;

/// A declared source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Its short name.
    pub id: SourceId,
    /// Its full name.
    pub title: String,
    /// What kind of source it is.
    pub kind: SourceKind,
    /// The independence group: sources of one voice copy one another and count once.
    pub voice: String,
    /// The party it speaks for, if it is one's own.
    pub party: Option<Party>,
    /// The licence's name.
    pub licence: String,
    /// The words that must go with anything published from it.
    pub attribution: String,
    /// What may leave the installation.
    pub release: Release,
    /// How likely a report of each kind is to be right, alone; kinds not listed are not to be taken from it.
    pub worth: BTreeMap<Act, Chance>,
    /// Where those figures come from.
    pub worth_basis: String,
}

/// What kind of source it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SourceKind {
    /// The mission's own monitors and posts.
    Monitor,
    /// The mission's own sensors and cameras.
    Sensor,
    /// A satellite service.
    Satellite,
    /// News, or a data set made from news.
    Press,
    /// A party to the agreement.
    Party,
    /// A map or data set made by others.
    Dataset,
}

impl SourceKind {
    /// Every kind, in canonical order.
    pub const ALL: [SourceKind; 6] = [
        SourceKind::Monitor,
        SourceKind::Sensor,
        SourceKind::Satellite,
        SourceKind::Press,
        SourceKind::Party,
        SourceKind::Dataset,
    ];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SourceKind::Monitor => "monitor",
            SourceKind::Sensor => "sensor",
            SourceKind::Satellite => "satellite",
            SourceKind::Press => "press",
            SourceKind::Party => "party",
            SourceKind::Dataset => "dataset",
        }
    }

    /// The kind that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<SourceKind> {
        SourceKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What may leave the installation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Release {
    /// Row by row, under the source's licence.
    Rows,
    /// Only counts and other aggregates.
    Aggregates,
    /// Nothing.
    Nothing,
}

impl Release {
    /// Every class, in canonical order.
    pub const ALL: [Release; 3] = [Release::Rows, Release::Aggregates, Release::Nothing];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Release::Rows => "rows",
            Release::Aggregates => "aggregates",
            Release::Nothing => "nothing",
        }
    }

    /// The class that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Release> {
        Release::ALL.into_iter().find(|release| release.word() == word)
    }
}
