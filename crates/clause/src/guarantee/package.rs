//! A package of guarantees as a value: sources, instruments, conditions, commitments, clocks, ladders.
//!
//! Takes nothing by itself (`read` builds it); gives the nouns that judging and screens work on. Every item names its
//! sources and says its gaps. Never holds a name that is not defined.

use super::deed::Deed;
use super::force::{Force, Service};
use super::form::Form;
use super::group::Group;
use super::site::{Exact, Site};
use super::term::Term;
use super::trigger::{DeedPattern, Trigger};
use crate::calendar::Calendar;
use std::collections::BTreeMap;
use terms::{Instant, Label, Party, Span};

/// How well something is sourced.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Credit {
    /// Published by one who is bound, or by the body concerned.
    Official,
    /// Reported by the press.
    Press,
    /// Reported and not confirmed by anybody else.
    Unconfirmed,
}

impl Credit {
    /// All, the firmest first.
    pub const ALL: [Credit; 3] = [Credit::Official, Credit::Press, Credit::Unconfirmed];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Credit::Official => "official",
            Credit::Press => "press",
            Credit::Unconfirmed => "unconfirmed",
        }
    }
}

/// Where something was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// How well it is sourced.
    pub credit: Credit,
    /// The day it is of, as written.
    pub date: String,
    /// Where.
    pub place: String,
}

/// What every item of a package carries.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cited {
    /// The sources, by name. Never empty.
    pub sources: Vec<Label>,
    /// What is not public or not said, in words.
    pub gaps: Vec<String>,
    /// The heading that it stands under.
    pub anchor: String,
    /// Its line in the page, from 1.
    pub line: usize,
}

/// A document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instrument {
    /// Its short name.
    pub id: Label,
    /// Its title.
    pub title: String,
    /// What kind of document it is.
    pub kind: InstrumentKind,
    /// Who is bound, or would be.
    pub parties: Vec<Party>,
    /// Earlier versions that it takes the place of.
    pub replaces: Vec<Label>,
    /// Who has its text.
    pub text: TextHeld,
    /// From when it binds.
    pub effect: Effect,
    /// How long, in the text's words.
    pub lasts: Option<String>,
    /// Sources and gaps.
    pub cited: Cited,
}

/// A kind of document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum InstrumentKind {
    /// A joint statement or declaration.
    Declaration,
    /// A declaration of what is meant to be agreed.
    Intent,
    /// Between two.
    Bilateral,
    /// Between three.
    Trilateral,
    /// A framework for others.
    Framework,
    /// An annex.
    Annex,
    /// A side letter.
    SideLetter,
    /// A draft.
    Draft,
    /// A plan that was reported.
    Plan,
}

impl InstrumentKind {
    /// All, in canonical order.
    pub const ALL: [InstrumentKind; 9] = [
        InstrumentKind::Declaration,
        InstrumentKind::Intent,
        InstrumentKind::Bilateral,
        InstrumentKind::Trilateral,
        InstrumentKind::Framework,
        InstrumentKind::Annex,
        InstrumentKind::SideLetter,
        InstrumentKind::Draft,
        InstrumentKind::Plan,
    ];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            InstrumentKind::Declaration => "declaration",
            InstrumentKind::Intent => "intent",
            InstrumentKind::Bilateral => "bilateral",
            InstrumentKind::Trilateral => "trilateral",
            InstrumentKind::Framework => "framework",
            InstrumentKind::Annex => "annex",
            InstrumentKind::SideLetter => "side-letter",
            InstrumentKind::Draft => "draft",
            InstrumentKind::Plan => "plan",
        }
    }
}

/// Who has a document's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextHeld {
    /// Anyone may read it; its hash where a copy is held.
    Public(Option<String>),
    /// The text is withheld; its hash where one is held.
    Withheld(Option<String>),
    /// Nobody here has it.
    NotHeld,
}

/// From when an instrument binds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Once it is declared.
    Declaration,
    /// Once its party has signed.
    Signature,
    /// Once all of these bodies have ratified it.
    Ratification(Vec<Party>),
    /// A draft never does.
    Never,
    /// The text does not say, or is not public.
    NotSaid,
}

/// Something that a commitment waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Its short name.
    pub id: Label,
    /// In the text's words.
    pub says: String,
    /// Who says whether it holds.
    pub decider: Decider,
    /// Sources and gaps.
    pub cited: Cited,
}

/// Who says whether a condition holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decider {
    /// These, each for itself: one of them is enough.
    These(Vec<Party>),
    /// The text does not say.
    NotSaid,
}

/// What a guarantor promised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commitment {
    /// Its short name.
    pub id: Label,
    /// Who promised.
    pub debtor: Party,
    /// To whom.
    pub beneficiary: Party,
    /// In our words.
    pub says: String,
    /// In which document.
    pub instrument: Label,
    /// Where in it.
    pub article: Option<String>,
    /// What kind of activity.
    pub class: Activity,
    /// How firmly it is worded.
    pub word: Modality,
    /// How it binds.
    pub binds: Binding,
    /// What must hold when it is called upon.
    pub when: Vec<Label>,
    /// What the debtor keeps out of it, in words.
    pub caveats: Vec<String>,
    /// What ends it.
    pub voids: Vec<(Option<Label>, Trigger)>,
    /// Who confirms receipt of deliveries; the beneficiary where nobody is named.
    pub receiver: Option<Party>,
    /// The force that it is a pledge to.
    pub serves: Option<Service>,
    /// What it is called in other people's tables: the identifier of an activity.
    pub known_as: Vec<String>,
    /// Sources and gaps.
    pub cited: Cited,
}

impl Commitment {
    /// Who confirms receipt of what is delivered.
    #[must_use]
    pub fn confirms(&self) -> &Party {
        self.receiver.as_ref().unwrap_or(&self.beneficiary)
    }
}

/// What kind of activity is promised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Activity {
    /// To consult.
    Consultation,
    /// Diplomatic steps.
    Diplomatic,
    /// Intelligence and logistics.
    Support,
    /// Sanctions.
    Sanctions,
    /// Military capability, as a promise that is tracked.
    Military,
    /// To take part in monitoring.
    Monitoring,
    /// Training and regeneration of forces.
    Training,
    /// Reconstruction and prosperity.
    Reconstruction,
}

impl Activity {
    /// All, in canonical order.
    pub const ALL: [Activity; 8] = [
        Activity::Consultation,
        Activity::Diplomatic,
        Activity::Support,
        Activity::Sanctions,
        Activity::Military,
        Activity::Monitoring,
        Activity::Training,
        Activity::Reconstruction,
    ];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Activity::Consultation => "consultation",
            Activity::Diplomatic => "diplomatic",
            Activity::Support => "support",
            Activity::Sanctions => "sanctions",
            Activity::Military => "military",
            Activity::Monitoring => "monitoring",
            Activity::Training => "training",
            Activity::Reconstruction => "reconstruction",
        }
    }
}

/// How firmly a commitment is worded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Modality {
    /// It shall.
    Shall,
    /// It may.
    May,
    /// It will consider.
    WillConsider,
    /// The wording is not public.
    NotSaid,
}

impl Modality {
    /// All, the firmest first.
    pub const ALL: [Modality; 4] = [Modality::Shall, Modality::May, Modality::WillConsider, Modality::NotSaid];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Modality::Shall => "shall",
            Modality::May => "may",
            Modality::WillConsider => "will-consider",
            Modality::NotSaid => "not-said",
        }
    }
}

/// How a commitment binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Binding {
    /// In law.
    Legally,
    /// Politically.
    Politically,
    /// The text does not say, or is not public.
    NotSaid,
}

impl Binding {
    /// All, the firmest first.
    pub const ALL: [Binding; 3] = [Binding::Legally, Binding::Politically, Binding::NotSaid];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Binding::Legally => "legally",
            Binding::Politically => "politically",
            Binding::NotSaid => "not-said",
        }
    }
}

/// Time that a commitment sets.
#[derive(Clone, Debug)]
pub struct ClockRule {
    /// Its short name.
    pub id: Label,
    /// Whose time.
    pub commitment: Label,
    /// What starts it: where that is disputed, one start for each reading.
    pub starts: Vec<StartRule>,
    /// How long it runs.
    pub term: Term,
    /// The zone in which its days are counted: the package's, or that of a capital.
    pub(crate) calendar: Calendar,
    /// Its name.
    pub zone: String,
    /// What must have come to hold for the debtor to owe anything, up to the instant asked about.
    pub only_if: Vec<Label>,
    /// What discharges it.
    pub discharged: Option<DeedPattern>,
    /// Who may lengthen it: all of these together.
    pub extended_by: Vec<Party>,
    /// Who may stop it and let it go on: any of these.
    pub paused_by: Vec<Party>,
    /// What follows when it runs out, in the text's words.
    pub on_expiry: Option<String>,
    /// Sources and gaps.
    pub cited: Cited,
}

/// One start of a clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StartRule {
    /// Under which reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// The first such happening, or each.
    pub which: Which,
    /// What starts it.
    pub trigger: Trigger,
}

/// Which of several happenings start a clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// Each starts one.
    Each,
    /// Only the first.
    First,
}

/// Commitments that follow one another, as one piece of data with its version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ladder {
    /// Its short name.
    pub id: Label,
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Its rungs, the lowest first: commitments, each with the clocks it has.
    pub rungs: Vec<Label>,
    /// Sources and gaps.
    pub cited: Cited,
}

/// A package of guarantees.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its short name.
    pub name: Label,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Up to which day its sources were read, as written.
    pub as_of: String,
    /// The name of the time zone of its civil times.
    pub time_zone: String,
    pub(crate) calendar: Calendar,
    /// States and groups of them, with the name to show, in the page's order.
    pub parties: Vec<(Party, String)>,
    /// Bodies: parliaments, commissions, cells.
    pub bodies: Vec<(Party, String)>,
    /// Members of groups, in the page's order.
    pub groups: Vec<Group>,
    /// Sources by name.
    pub sources: BTreeMap<Label, Source>,
    /// Readings by name, with what each holds.
    pub readings: BTreeMap<Label, String>,
    /// Conditions by name.
    pub conditions: BTreeMap<Label, Condition>,
    /// Instruments, in the page's order.
    pub instruments: Vec<Instrument>,
    /// Commitments, in the page's order.
    pub commitments: Vec<Commitment>,
    /// Clocks, each after those that start it.
    pub clocks: Vec<ClockRule>,
    /// Ladders, in the page's order.
    pub ladders: Vec<Ladder>,
    /// Forces, in the page's order.
    pub forces: Vec<Force>,
    /// Sites, in the page's order.
    pub sites: Vec<Site>,
    /// Where sites are exactly, as far as the readers of these pages may know.
    pub exact: Vec<Exact>,
    /// What a typed notice must say.
    pub forms: Vec<Form>,
    /// What the page itself says was done.
    pub deeds: Vec<Deed>,
    /// SHA-256 of the page, lower-case hex.
    pub sha256: String,
}

impl Package {
    /// This package with what a page beside it adds.
    #[must_use]
    pub fn with(mut self, page: &Package) -> Package {
        self.parties.extend(page.parties.iter().cloned());
        self.bodies.extend(page.bodies.iter().cloned());
        self.groups.extend(page.groups.iter().cloned());
        self.sources.extend(page.sources.clone());
        self.readings.extend(page.readings.clone());
        self.conditions.extend(page.conditions.clone());
        self.instruments.extend(page.instruments.iter().cloned());
        self.commitments.extend(page.commitments.iter().cloned());
        self.clocks.extend(page.clocks.iter().cloned());
        self.ladders.extend(page.ladders.iter().cloned());
        self.forces.extend(page.forces.iter().cloned());
        self.sites.extend(page.sites.iter().cloned());
        self.exact.extend(page.exact.iter().cloned());
        self.forms.extend(page.forms.iter().cloned());
        self.deeds.extend(page.deeds.iter().cloned());
        self
    }

    /// The name to show for a party or body.
    #[must_use]
    pub fn display<'a>(&'a self, party: &'a Party) -> &'a str {
        let named = self.parties.iter().chain(&self.bodies).find(|(name, _)| name == party);
        named.map_or(party.as_str(), |(_, shown)| shown)
    }

    /// The same page with nothing in it: its name, its time zone and its calendar.
    pub(super) fn bare(&self) -> Package {
        Package::empty(self.name.clone(), self.time_zone.clone(), self.calendar.clone())
    }

    /// A page that says nothing yet.
    pub(super) fn empty(name: Label, time_zone: String, calendar: Calendar) -> Package {
        Package {
            name,
            title: String::new(),
            version: String::new(),
            as_of: String::new(),
            time_zone,
            calendar,
            parties: Vec::new(),
            bodies: Vec::new(),
            groups: Vec::new(),
            sources: BTreeMap::new(),
            readings: BTreeMap::new(),
            conditions: BTreeMap::new(),
            instruments: Vec::new(),
            commitments: Vec::new(),
            clocks: Vec::new(),
            ladders: Vec::new(),
            forces: Vec::new(),
            sites: Vec::new(),
            exact: Vec::new(),
            forms: Vec::new(),
            deeds: Vec::new(),
            sha256: String::new(),
        }
    }

    /// Who is called so, by short name or by the name to show.
    #[must_use]
    pub fn party(&self, called: &str) -> Option<&Party> {
        let mut named = self.parties.iter().chain(&self.bodies);
        named.find(|(name, shown)| name.as_str() == called || shown == called).map(|(name, _)| name)
    }

    /// When something happened, as a table writes it: a day, or a time in the package's zone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn span(&self, text: &str) -> Result<Span, String> {
        crate::scenario::span(text, &self.calendar)
    }

    /// The commitment that a table calls so, by its name or by one that the page says others use.
    ///
    /// # Errors
    /// That there is none, with the nearest name.
    pub fn commitment(&self, called: &str) -> Result<&Commitment, String> {
        let is = |one: &&Commitment| one.id.as_str() == called || one.known_as.iter().any(|name| name == called);
        self.commitments.iter().find(is).ok_or_else(|| {
            let names = self.commitments.iter().map(|one| one.id.as_str());
            let advice = crate::names::did_you_mean(called, names);
            let advice = advice.map_or_else(
                || "write it into a page, or add `known-as` to the one it is".to_owned(),
                |meant| meant.to_string(),
            );
            format!("no commitment is called `{called}`; {advice}")
        })
    }

    /// The instrument of that name.
    #[must_use]
    pub fn instrument(&self, id: &Label) -> Option<&Instrument> {
        self.instruments.iter().find(|one| one.id == *id)
    }

    /// How well an item is sourced: as its firmest source.
    #[must_use]
    pub fn credit(&self, cited: &Cited) -> Option<Credit> {
        cited.sources.iter().filter_map(|source| Some(self.sources.get(source)?.credit)).min()
    }

    /// An instant as the page would write it: `2026-01-06 16:00 Europe/Kyiv`.
    #[must_use]
    pub fn civil(&self, instant: Instant) -> String {
        format!("{} {}", self.calendar.minute(instant), self.time_zone)
    }
}
