//! Forces: what is asked for in each domain, and what of it is pledged, authorised, confirmed as arrived, and there.
//!
//! Takes nothing by itself (`posts` reads it from the page, `strength` reckons how it stands); gives the values. Never says
//! where anybody is.

use super::deed::Amount;
use super::holds::Holds;
use super::level::{Level, Levels, Notified};
use super::package::Cited;
use terms::{Label, Party, Span};

/// A force that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Force {
    /// Its short name.
    pub id: Label,
    /// What it is called.
    pub title: String,
    /// In which document.
    pub instrument: Option<Label>,
    /// Where in it.
    pub article: Option<String>,
    /// What must hold before it is deployed.
    pub when: Vec<Label>,
    /// Who leads in a domain.
    pub leads: Vec<Lead>,
    /// Where it is led from: sites.
    pub headquarters: Vec<Label>,
    /// The body that holds it together with others.
    pub cell: Option<Party>,
    /// What is asked for.
    pub needs: Vec<Need>,
    /// What it must not exceed.
    pub ceilings: Vec<Ceiling>,
    /// What is kept out of it, in words.
    pub caveats: Vec<String>,
    /// Sources and gaps.
    pub cited: Cited,
}

/// What part of a force does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Domain {
    /// On land.
    Land,
    /// In the air.
    Air,
    /// At sea.
    Sea,
    /// Rebuilding the host's forces.
    Regeneration,
    /// Supply and transport.
    Logistics,
    /// Watching.
    Monitoring,
    /// Clearing mines.
    Demining,
}

impl Domain {
    /// All, in canonical order.
    pub const ALL: [Domain; 7] = [
        Domain::Land,
        Domain::Air,
        Domain::Sea,
        Domain::Regeneration,
        Domain::Logistics,
        Domain::Monitoring,
        Domain::Demining,
    ];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Domain::Land => "land",
            Domain::Air => "air",
            Domain::Sea => "sea",
            Domain::Regeneration => "regeneration",
            Domain::Logistics => "logistics",
            Domain::Monitoring => "monitoring",
            Domain::Demining => "demining",
        }
    }
}

/// Who leads in a domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lead {
    /// In which.
    pub domain: Domain,
    /// Who; `None` where it is not public.
    pub nation: Option<Party>,
    /// At what level of command, in words.
    pub level: Option<String>,
}

/// What is asked for in a domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// In which.
    pub domain: Domain,
    /// How much; `None` where it is not public.
    pub amount: Option<Amount>,
    /// By when.
    pub by: Option<Span>,
    /// In words.
    pub says: Option<String>,
}

/// What must not be exceeded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ceiling {
    /// In which domain; in all together without it.
    pub domain: Option<Domain>,
    /// How much at most.
    pub amount: Amount,
    /// The rule of the agreement that sets it.
    pub rule: Option<Label>,
    /// In words.
    pub says: Option<String>,
}

/// That a commitment is a pledge to a force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// To which.
    pub force: Label,
    /// In which domain.
    pub domain: Domain,
    /// When it is to be ready.
    pub ready: Option<Span>,
}

/// How a force stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForceStand {
    /// Which.
    pub id: Label,
    /// Whether what it waits for holds.
    pub called: Holds,
    /// What is asked for against what there is, by domain and unit; what is short first.
    pub needs: Vec<NeedStand>,
    /// The pledges to it, in the page's order.
    pub pledges: Vec<PledgeStand>,
    /// Whether each ceiling is kept.
    pub ceilings: Vec<(Ceiling, Holds)>,
}

/// How far what was pledged has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Its giver said so.
    Pledged,
    /// It is binding in law: a parliament's vote, an order.
    Authorised,
    /// The receiver confirms that it came.
    Arrived,
    /// It is there, as its giver declares.
    Declared,
    /// It is there, as an inspection found.
    Verified,
}

impl Step {
    /// All, the first first.
    pub const ALL: [Step; 5] = [Step::Pledged, Step::Authorised, Step::Arrived, Step::Declared, Step::Verified];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Step::Pledged => "pledged",
            Step::Authorised => "authorised",
            Step::Arrived => "arrived",
            Step::Declared => "declared",
            Step::Verified => "verified",
        }
    }
}

/// What is asked for in one domain and one unit, against what there is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NeedStand {
    /// In which domain.
    pub domain: Domain,
    /// The unit; `None` where neither what is asked for nor what is pledged has one.
    pub unit: Option<String>,
    /// How much is asked for, in thousandths of the unit; `None` where it is not public.
    pub required_thousandths: Option<u64>,
    /// By when.
    pub by: Option<Span>,
    /// How far it has come.
    pub steps: Vec<StepStand>,
}

/// What is reported on one step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepStand {
    /// Which.
    pub step: Step,
    /// How much at least, in thousandths; `None` where nobody reports anything, which is no zero.
    pub least_thousandths: Option<u64>,
    /// How much at most, of those who report.
    pub most_thousandths: Option<u64>,
    /// What is missing of what is asked for, by what is surely reported; `None` where that cannot be said.
    pub missing_thousandths: Option<u64>,
    /// Whether it is as much as is asked for.
    pub met: Holds,
}

/// A pledge to a force, in one unit or in none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PledgeStand {
    /// The commitment.
    pub commitment: Label,
    /// In which domain.
    pub domain: Domain,
    /// What is reported on each step, by unit.
    pub reported: Vec<Reported>,
    /// What its giver declares as there, and what inspections found.
    pub levels: Vec<Levels>,
    /// The typed notices about it.
    pub notified: Vec<Notified>,
    /// Whether it was ready in time; yes where no date is set or it lies ahead.
    pub ready: Holds,
    /// What does not count, and why.
    pub notes: Vec<String>,
}

/// So much on one step, in one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reported {
    /// On which.
    pub step: Step,
    /// The unit.
    pub unit: String,
    /// Surely so much, in thousandths.
    pub least_thousandths: u64,
    /// At most so much: deeds that may not have happened yet count here.
    pub most_thousandths: u64,
    /// The deeds that say so.
    pub deeds: Vec<Label>,
}

impl PledgeStand {
    pub(super) fn on(&self, step: Step, unit: &str) -> Option<&Reported> {
        self.reported.iter().find(|one| one.step == step && one.unit == unit)
    }
}

impl Levels {
    /// The levels as steps of a pledge.
    pub(super) fn reported(&self) -> impl Iterator<Item = Reported> + '_ {
        let of = |step: Step, level: &Level| Reported {
            step,
            unit: self.unit.clone(),
            least_thousandths: if level.doubt.is_none() { level.amount.thousandths } else { 0 },
            most_thousandths: level.amount.thousandths,
            deeds: vec![level.deed.clone()],
        };
        let declared = self.declared.iter().map(move |level| of(Step::Declared, level));
        declared.chain(self.verified.iter().map(move |level| of(Step::Verified, level)))
    }
}
