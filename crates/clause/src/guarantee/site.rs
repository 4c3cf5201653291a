//! Sites: hubs and protected facilities, with what protects them, who may enter, and what is declared to be in them.
//!
//! Takes nothing by itself (`posts` reads it from the page, `strength` reckons how it stands); gives the values. An exact
//! position is a statement of its own, in a page that is not for everyone.

use super::deed::{Amount, Deed};
use super::holds::Holds;
use super::level::{Levels, Notified};
use super::package::Cited;
use terms::{Label, Party, Position};

/// A hub or a protected facility.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// Its short name.
    pub id: Label,
    /// What it is called.
    pub title: String,
    /// What kind of site it is.
    pub kind: SiteKind,
    /// What it is for, in words.
    pub purpose: Option<String>,
    /// In which document.
    pub instrument: Option<Label>,
    /// Where in it.
    pub article: Option<String>,
    /// On whose ground it stands.
    pub host: Party,
    /// Who answers for it.
    pub responsible: Vec<Party>,
    /// The commitments to set it up.
    pub promised: Vec<Label>,
    /// The rules of the agreement that protect it.
    pub protected_by: Vec<Label>,
    /// Who may enter and inspect.
    pub access: Access,
    /// How much may be there at most.
    pub ceilings: Vec<Amount>,
    /// Where it is, as roughly as may be said to anyone.
    pub coarse: Option<String>,
    /// Sources and gaps.
    pub cited: Cited,
}

/// What kind of site it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SiteKind {
    /// Where people and transport meet.
    Hub,
    /// Where arms or equipment are kept under protection.
    Facility,
    /// Where a force is led from.
    Headquarters,
}

impl SiteKind {
    /// All, in canonical order.
    pub const ALL: [SiteKind; 3] = [SiteKind::Hub, SiteKind::Facility, SiteKind::Headquarters];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SiteKind::Hub => "hub",
            SiteKind::Facility => "facility",
            SiteKind::Headquarters => "headquarters",
        }
    }
}

/// Who may enter and inspect a site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// These, each on these terms.
    These(Vec<(Party, Option<String>)>),
    /// The text does not say, or is not public.
    NotSaid,
}

/// Exactly where a site is: known to those who may read the page that says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exact {
    /// Which site.
    pub site: Label,
    /// Where.
    pub position: Position,
    /// Sources and gaps.
    pub cited: Cited,
}

/// How a site stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteStand {
    /// Which.
    pub id: Label,
    /// What is declared to be there, and what inspections found, by unit.
    pub stock: Vec<StockStand>,
    /// The last inspection, or the last time that one was refused.
    pub visited: Option<Deed>,
    /// The typed notices about it.
    pub notified: Vec<Notified>,
    /// What does not count, and why.
    pub notes: Vec<String>,
}

/// What is declared and what was found, in one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StockStand {
    /// Both.
    pub levels: Levels,
    /// Whether an inspection found what is declared.
    pub agrees: Holds,
    /// The ceiling, and whether it is kept.
    pub ceiling: Option<(Amount, Holds)>,
}
