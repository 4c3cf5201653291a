//! Guarantees: who promised what in which document, on which condition, what starts the clock, and how it stands.
//!
//! Takes the page that encodes a package of guarantees (`guarantees.md`), what was done, the breaches that are known, and an
//! instant; gives a sheet: instruments by party, commitments with their rungs, clocks with their arithmetic. Never fills in
//! what the page does not say: that is a gap, and is shown. Never computes a ruling, and never stores a state.

mod deed;
mod force;
mod package;
mod site;

mod fields;
mod form;
mod group;
mod posts;
mod read;
mod timing;
mod trigger;

mod holds;
mod index;
mod level;
mod matching;
mod run;
mod sheet;
mod strength;
mod term;

mod agenda;
mod difference;
mod occasion;
mod page;
mod play;
mod standing;

pub use agenda::Agenda;
pub use deed::{Amount, Breach, Deed, DeedKind, Paper};
pub use difference::{Change, Difference, Does, difference};
pub use force::{
    Ceiling, Domain, Force, ForceStand, Lead, Need, NeedStand, PledgeStand, Reported, Service, Step, StepStand,
};
pub use form::{FieldKind, Form, FormField, Notice, notices};
pub use group::{Group, Promises};
pub use holds::Holds;
pub use level::{Level, Levels, Notified};
pub use occasion::{Distances, Occasion, occasions};
pub use package::{
    Activity, Binding, Cited, ClockRule, Commitment, Condition, Credit, Decider, Effect, Instrument, InstrumentKind,
    Ladder, Modality, Package, Source, StartRule, TextHeld, Which,
};
pub use page::{Tabletop, carried, deeds, tabletop};
pub use play::play;
pub use read::{GUARANTEES_FILE, read, read_closed};
pub use run::{ClockStand, Run, Told};
pub use sheet::{CommitmentStand, Idle, InstrumentStand, PartyState, Rung, RungStand, Sheet, sheet};
pub use site::{Access, Exact, Site, SiteKind, SiteStand, StockStand};
pub use standing::Standing;
pub use term::Term;
pub use trigger::{DeedPattern, Trigger};
