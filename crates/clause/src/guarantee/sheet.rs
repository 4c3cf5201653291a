//! The sheet: how every instrument, commitment and clock stands at an instant.
//!
//! Takes a package, what was done and the breaches that are known; gives states derived from them. The same for the same
//! input, in the order of the page. Never adds one rung of delivery to another, and never reads "not reported" as zero.

use super::deed::{Amount, Breach, Deed, DeedKind};
use super::force::ForceStand;
use super::group::Promises;
use super::holds::Holds;
use super::index::Index;
use super::level::{Notified, notified};
use super::matching::{Ledger, Match};
use super::package::{
    ClockRule, Commitment, Condition, Decider, Effect, Instrument, InstrumentKind, Package, StartRule, Which,
};
use super::run::{ClockStand, Run, Start, run};
use super::site::SiteStand;
use super::strength;
use super::trigger::Trigger;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Instant, Label, Party, Span};

/// How everything stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// At this instant.
    pub at: Instant,
    /// Instruments, in the page's order.
    pub instruments: Vec<InstrumentStand>,
    /// Conditions, by name.
    pub conditions: BTreeMap<Label, Holds>,
    /// CommitmentStand, in the page's order.
    pub commitments: Vec<Arc<CommitmentStand>>,
    /// Clocks that something started, by clock, reading and start.
    pub runs: Vec<Run>,
    /// Clocks that nothing has started, by reading.
    pub idle: Vec<Idle>,
    /// Forces, in the page's order.
    pub forces: Vec<ForceStand>,
    /// Sites, in the page's order.
    pub sites: Vec<SiteStand>,
    /// Notices in a form, in order of time.
    pub notices: Vec<Notified>,
}

/// How an instrument stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstrumentStand {
    /// Which.
    pub id: Label,
    /// Where each party and body stands, those of the page first.
    pub parties: Vec<PartyState>,
    /// Whether it binds, for each party of it.
    pub binds: Vec<(Party, Holds)>,
}

/// How an instrument stands for one party or body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartyState {
    /// Who.
    pub who: Party,
    /// The last deed about it; `None` if none is known.
    pub state: Option<Deed>,
    /// Another deed of the same time that says otherwise.
    pub contradicted: Option<Deed>,
}

/// How a commitment stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitmentStand {
    /// Which.
    pub id: Label,
    /// Whether it could be called upon at this instant.
    pub binds: Holds,
    /// Where a group promised, whether it could be called upon from each member.
    pub members: Vec<(Party, Holds)>,
    /// What was delivered, on each rung and in each unit.
    pub rungs: Vec<RungStand>,
    /// Deliveries that do not count, and why.
    pub notes: Vec<String>,
}

/// A rung of delivery.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rung {
    /// Said.
    Announced,
    /// Binding in law or by contract.
    Legal,
    /// Set aside.
    Allocated,
    /// On its way.
    Sent,
    /// Confirmed by the receiver.
    Received,
}

impl Rung {
    /// All, the lowest first.
    pub const ALL: [Rung; 5] = [Rung::Announced, Rung::Legal, Rung::Allocated, Rung::Sent, Rung::Received];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.deed().word()
    }

    fn deed(self) -> DeedKind {
        match self {
            Rung::Announced => DeedKind::Announced,
            Rung::Legal => DeedKind::Legal,
            Rung::Allocated => DeedKind::Allocated,
            Rung::Sent => DeedKind::Sent,
            Rung::Received => DeedKind::Received,
        }
    }
}

/// What is reported on one rung, in one unit: only what is of one rung and one unit is added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RungStand {
    /// Which rung.
    pub rung: Rung,
    /// How much.
    pub amount: Amount,
    /// The deeds that say so.
    pub deeds: Vec<Label>,
    /// The last of them.
    pub latest: Span,
}

/// A clock that nothing has started under one reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idle {
    /// The clock's rule.
    pub clock: Label,
    /// Under which reading.
    pub reading: Option<Label>,
    /// What would start it.
    pub awaits: String,
}

/// How everything stands at `at`, on deeds and breaches that are known.
#[must_use]
pub fn sheet(package: &Package, deeds: &[Deed], breaches: &[Breach], at: Instant) -> Sheet {
    let ledger = Ledger::of(package.deeds.iter().chain(deeds), breaches, at);
    let desk = Desk {
        package,
        ledger: &ledger,
        instruments: package.instruments.iter().map(|one| (&one.id, one)).collect(),
        commitments: Index::of(package.commitments.iter().map(|one| Some(&one.id))),
        called: RefCell::default(),
    };
    let (runs, idle) = desk.runs();
    Sheet {
        at,
        instruments: package.instruments.iter().map(|one| desk.instrument(one)).collect(),
        conditions: package.conditions.values().map(|one| (one.id.clone(), desk.condition(one, at))).collect(),
        commitments: package.commitments.iter().map(|one| Arc::new(desk.commitment(one))).collect(),
        runs,
        idle,
        forces: desk.forces(),
        sites: package.sites.iter().map(|one| strength::site(&ledger, one)).collect(),
        notices: notices(package, &ledger),
    }
}

/// Every notice in one of the package's forms, with what became of it; those that were corrected too.
fn notices(package: &Package, ledger: &Ledger<'_>) -> Vec<Notified> {
    let is_notice = |deed: &Deed| deed.what == DeedKind::Notice;
    let mut all: Vec<Notified> = Vec::new();
    for form in &package.forms {
        let stands = ledger.about(&form.id).filter(|deed| is_notice(deed));
        all.extend(stands.map(|deed| notified(ledger, deed)));
        let corrected = ledger.corrected(&form.id).filter(|(deed, _)| is_notice(deed));
        all.extend(corrected.map(|(deed, by)| Notified { corrected_by: Some(by.clone()), ..notified(ledger, deed) }));
    }
    all.sort_by(|one, other| one.deed.cmp(&other.deed));
    all
}

/// A package with what was done, to be asked.
struct Desk<'a> {
    package: &'a Package,
    ledger: &'a Ledger<'a>,
    instruments: BTreeMap<&'a Label, &'a Instrument>,
    /// Of the package's.
    commitments: Index,
    /// What was reckoned at the instant of the sheet: thousands of commitments share a few of these.
    called: RefCell<BTreeMap<Called<'a>, Holds>>,
}

/// What decides whether a commitment can be called upon: its instrument, its debtor, its conditions.
type Called<'a> = (&'a Label, &'a Party, &'a [Label]);

impl<'a> Desk<'a> {
    fn runs(&self) -> (Vec<Run>, Vec<Idle>) {
        let mut runs: Vec<Run> = Vec::new();
        let mut idle = Vec::new();
        // Where the runs of each clock begin: a clock comes after those that it leans on.
        let mut of_clock: BTreeMap<&Label, std::ops::Range<usize>> = BTreeMap::new();
        for rule in &self.package.clocks {
            let first = runs.len();
            for start in &rule.starts {
                let mut found = self.starts(start, &runs, &of_clock);
                if start.which == Which::First {
                    found = initial(found);
                }
                if found.is_empty() {
                    let (clock, awaits) = (rule.id.clone(), start.trigger.to_string());
                    idle.push(Idle { clock, reading: start.reading.clone(), awaits });
                }
                for by in &found {
                    let start = Start { rule, reading: start.reading.as_ref(), by };
                    let mut run = run(self.package, self.ledger, &start);
                    self.limit(rule, &mut run);
                    runs.push(run);
                }
            }
            of_clock.insert(&rule.id, first..runs.len());
        }
        (runs, idle)
    }

    /// What starts a clock, in order of time.
    fn starts(
        &self,
        start: &StartRule,
        runs: &[Run],
        of_clock: &BTreeMap<&Label, std::ops::Range<usize>>,
    ) -> Vec<Match> {
        let same = |run: &&Run| start.reading.is_none() || run.reading.is_none() || run.reading == start.reading;
        let of = |clock: &Label| runs[of_clock.get(clock).cloned().unwrap_or(0..0)].iter().filter(same);
        let expired = |run: &Run| {
            let due = run.due.filter(|due| *due < self.ledger.at())?;
            let doubt = match &run.stands {
                ClockStand::Expired | ClockStand::Late { .. } => None,
                ClockStand::CannotTell(why) => Some(why.join("; ")),
                ClockStand::Pending
                | ClockStand::Running
                | ClockStand::Paused { .. }
                | ClockStand::Discharged { .. }
                | ClockStand::NotBound(_)
                | ClockStand::Void(_) => return None,
            };
            let named = format!("the end of {}", run.name());
            Some(Match { id: run.name(), named, span: Span::at(due), doubt })
        };
        let discharged = |run: &Run| match &run.stands {
            ClockStand::Discharged { at, .. } | ClockStand::Late { at, .. } => {
                let named = format!("what met {}", run.name());
                Some(Match { id: run.name(), named, span: Span::at(*at), doubt: None })
            }
            ClockStand::Pending
            | ClockStand::Running
            | ClockStand::Paused { .. }
            | ClockStand::Expired
            | ClockStand::NotBound(_)
            | ClockStand::Void(_)
            | ClockStand::CannotTell(_) => None,
        };
        let mut found: Vec<Match> = match &start.trigger {
            Trigger::Expiry(clock) => of(clock).filter_map(expired).collect(),
            Trigger::Discharge(clock) => of(clock).filter_map(discharged).collect(),
            trigger @ (Trigger::Deed(_) | Trigger::Breach { .. } | Trigger::Moment(_)) => self.ledger.found(trigger),
        };
        found.sort_by(|one, other| (one.span, &one.id).cmp(&(other.span, &other.id)));
        found
    }

    /// What the commitment's own conditions make of a clock.
    fn limit(&self, rule: &ClockRule, run: &mut Run) {
        let commitments = self.commitments.at(&rule.commitment).map(|place| &self.package.commitments[place]);
        let Some(commitment) = commitments.filter(|one| one.id == rule.commitment).last() else { return };
        let began = run.started.latest();
        match self.ended(commitment, run.reading.as_ref(), began) {
            Holds::Yes => {}
            Holds::No(why) => {
                run.stands = ClockStand::Void(why.join("; "));
                return;
            }
            Holds::CannotTell(why) => {
                run.stands = ClockStand::CannotTell(why);
                return;
            }
        }
        let until = run.due.map_or(self.ledger.at(), |due| due.min(self.ledger.at())).max(began);
        let later = self.all(&rule.only_if, until);
        match self.called(commitment, began).and(later) {
            Holds::Yes => {}
            Holds::No(why) => run.stands = ClockStand::NotBound(why),
            Holds::CannotTell(why) => match &mut run.stands {
                ClockStand::CannotTell(reasons) => reasons.extend(why),
                ClockStand::Pending
                | ClockStand::Running
                | ClockStand::Paused { .. }
                | ClockStand::Discharged { .. }
                | ClockStand::Late { .. }
                | ClockStand::Expired
                | ClockStand::NotBound(_)
                | ClockStand::Void(_) => {
                    let stood = run.stands.word();
                    run.notes.push(format!("if it binds, it is {stood}"));
                    run.stands = ClockStand::CannotTell(why);
                }
            },
        }
    }

    /// Whether a commitment had not ended yet.
    fn ended(&self, commitment: &Commitment, reading: Option<&Label>, at: Instant) -> Holds {
        let mut holds = Holds::Yes;
        for (of, trigger) in &commitment.voids {
            if of.is_some() && reading.is_some() && of.as_ref() != reading {
                continue;
            }
            for found in self.ledger.found(trigger) {
                let (first, last) = (found.span.earliest(), found.span.latest());
                let why = format!("{} ended {}", found.named, commitment.id);
                if first > at {
                    continue;
                }
                holds = holds.and(match &found.doubt {
                    Some(doubt) => Holds::cannot_tell(format!("{why}, if it was one: {doubt}")),
                    // A reading that the clock does not have decides nothing for the text as written.
                    None if of.is_some() && reading.is_none() => {
                        Holds::cannot_tell(format!("{why}, as {} reads it", of.as_ref().map_or("", Label::as_str)))
                    }
                    None if last > at => Holds::cannot_tell(format!("{why}, if it came first")),
                    None => Holds::no(why),
                });
            }
        }
        holds
    }

    /// Whether a commitment could be called upon.
    fn called(&self, commitment: &Commitment, at: Instant) -> Holds {
        let binds = match self.instruments.get(&commitment.instrument) {
            Some(instrument) => self.binds(instrument, &commitment.debtor, at),
            None => Holds::cannot_tell(format!("`{}` is not known", commitment.instrument)),
        };
        binds.and(self.all(&commitment.when, at))
    }

    fn all(&self, conditions: &[Label], at: Instant) -> Holds {
        let conditions = conditions.iter().filter_map(|id| self.package.conditions.get(id));
        conditions.fold(Holds::Yes, |holds, condition| holds.and(self.condition(condition, at)))
    }

    fn condition(&self, condition: &Condition, at: Instant) -> Holds {
        let about = self.ledger.about(&condition.id);
        let said: Vec<&Deed> = about.filter(|deed| matches!(deed.what, DeedKind::Met | DeedKind::Unmet)).collect();
        let says = &condition.says;
        let deciders = match &condition.decider {
            Decider::These(deciders) => deciders,
            Decider::NotSaid => {
                let who = |deed: &&&Deed| deed.happened.earliest() <= at;
                let claimed = said.iter().filter(who).map(|deed| {
                    let by = deed.by.as_ref().map_or("somebody", Party::as_str);
                    format!("; {by} says that it is {}", deed.what.word())
                });
                let claimed: String = claimed.collect();
                return Holds::cannot_tell(format!("who decides on \u{201c}{says}\u{201d} is not public{claimed}"));
            }
        };
        let by_decider = |deed: &&&Deed| deed.by.as_ref().is_some_and(|by| deciders.contains(by));
        let theirs: Vec<&&Deed> = said.iter().filter(by_decider).collect();
        let last = theirs.iter().rfind(|deed| deed.happened.latest() <= at);
        let perhaps = theirs.iter().rfind(|deed| deed.happened.earliest() <= at && deed.happened.latest() > at);
        if let Some(deed) = perhaps {
            return Holds::cannot_tell(format!("whether {} came before is not known", deed.named()));
        }
        match last {
            Some(deed) if deed.what == DeedKind::Met => {
                let same = |other: &&&&Deed| other.happened == deed.happened && other.what == DeedKind::Unmet;
                match theirs.iter().find(same) {
                    Some(other) => Holds::cannot_tell(format!("{} and {} contradict", deed.id, other.id)),
                    None => Holds::Yes,
                }
            }
            Some(deed) => Holds::no(format!("\u{201c}{says}\u{201d}: {} says no", deed.id)),
            None => Holds::no(format!("\u{201c}{says}\u{201d}: nobody who decides has said so")),
        }
    }

    /// Whether an instrument binds somebody at an instant.
    fn binds(&self, instrument: &Instrument, party: &Party, at: Instant) -> Holds {
        let id = &instrument.id;
        if instrument.kind == InstrumentKind::Draft || instrument.effect == Effect::Never {
            return Holds::no(format!("{id} is a draft and binds nobody"));
        }
        let before = |deed: &&Deed| deed.happened.earliest() <= at;
        let deeds: Vec<&Deed> = self.ledger.about(id).filter(|d| d.what.of_instrument()).filter(before).collect();
        let theirs = |deed: &&&Deed| deed.by.as_ref().is_none_or(|by| by == party || !instrument.parties.contains(by));
        let turns = [DeedKind::InForce, DeedKind::Suspended, DeedKind::Terminated];
        if let Some(turn) = deeds.iter().filter(theirs).rfind(|deed| turns.contains(&deed.what)) {
            if turn.happened.latest() > at {
                return Holds::cannot_tell(format!("whether {} came before is not known", turn.named()));
            }
            return if turn.what == DeedKind::InForce {
                Holds::Yes
            } else if turn.what == DeedKind::Suspended {
                Holds::no(format!("{id} is suspended by {}", turn.id))
            } else {
                Holds::no(format!("{id} was ended by {}", turn.id))
            };
        }
        let did = |what: DeedKind, who: &Party| {
            let found: Vec<&&Deed> = deeds.iter().filter(|d| d.what == what && d.by.as_ref() == Some(who)).collect();
            match found.first() {
                Some(deed) if deed.happened.latest() <= at => Holds::Yes,
                Some(deed) => Holds::cannot_tell(format!("whether {} came before is not known", deed.named())),
                None => Holds::no(format!("{who} has not {} {id}", what.word())),
            }
        };
        match &instrument.effect {
            Effect::Declaration => did(DeedKind::Declared, party),
            Effect::Signature => did(DeedKind::Signed, party),
            Effect::Ratification(bodies) => {
                bodies.iter().fold(Holds::Yes, |holds, body| holds.and(did(DeedKind::Ratified, body)))
            }
            Effect::NotSaid => Holds::cannot_tell(format!("from when {id} binds is not public")),
            Effect::Never => Holds::no(format!("{id} binds nobody")),
        }
    }

    fn instrument(&self, instrument: &Instrument) -> InstrumentStand {
        let deeds: Vec<&Deed> = self.ledger.about(&instrument.id).filter(|deed| deed.what.of_instrument()).collect();
        let mut who = instrument.parties.clone();
        if let Effect::Ratification(bodies) = &instrument.effect {
            who.extend(bodies.iter().cloned());
        }
        who.extend(deeds.iter().filter_map(|deed| deed.by.clone()));
        let mut seen = std::collections::BTreeSet::new();
        who.retain(|party| seen.insert(party.clone()));
        let state = |party: &Party| {
            let theirs: Vec<&&Deed> = deeds.iter().filter(|deed| deed.by.as_ref() == Some(party)).collect();
            let last = theirs.last();
            let other = last
                .and_then(|last| theirs.iter().rfind(|deed| deed.happened == last.happened && deed.what != last.what));
            PartyState {
                who: party.clone(),
                state: last.map(|deed| (**deed).clone()),
                contradicted: other.map(|deed| (**deed).clone()),
            }
        };
        InstrumentStand {
            id: instrument.id.clone(),
            parties: who.iter().map(state).collect(),
            binds: instrument
                .parties
                .iter()
                .map(|party| (party.clone(), self.binds(instrument, party, self.ledger.at())))
                .collect(),
        }
    }

    fn called_now(&self, commitment: &'a Commitment) -> Holds {
        let key = (&commitment.instrument, &commitment.debtor, commitment.when.as_slice());
        let known = self.called.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let holds = self.called(commitment, self.ledger.at());
            self.called.borrow_mut().insert(key, holds.clone());
            holds
        })
    }

    /// How a promise of a group stands for each member: its own word comes first, then that of the group if it speaks for each.
    fn members(&self, commitment: &Commitment, of_group: &Holds) -> Vec<(Party, Holds)> {
        let group = self.package.groups.iter().rfind(|group| group.of == commitment.debtor);
        let Some((group, instrument)) = group.zip(self.instruments.get(&commitment.instrument)) else {
            return Vec::new();
        };
        let at = self.ledger.at();
        let whole = |own: Holds| match self.ended(commitment, None, at) {
            Holds::Yes => own.and(self.all(&commitment.when, at)),
            ended @ (Holds::No(_) | Holds::CannotTell(_)) => ended,
        };
        let stands = |member: &Party| {
            let own = self.binds(instrument, member, at);
            let left = self.ledger.about(&instrument.id).any(|deed| {
                matches!(deed.what, DeedKind::Suspended | DeedKind::Terminated) && deed.by.as_ref() == Some(member)
            });
            match group.promises {
                Promises::Together => Holds::no(format!("{} promises together, and no member by itself", group.of)),
                Promises::Each | Promises::NotSaid if own == Holds::Yes || left => whole(own),
                Promises::Each => of_group.clone(),
                Promises::NotSaid => whole(Holds::cannot_tell(format!(
                    "whether what {} promises binds each member is not said",
                    group.of
                ))),
            }
        };
        group.members.iter().map(|member| (member.clone(), stands(member))).collect()
    }

    fn forces(&self) -> Vec<ForceStand> {
        let mut serving: BTreeMap<&Label, Vec<&Commitment>> = BTreeMap::new();
        for one in &self.package.commitments {
            if let Some(service) = &one.serves {
                serving.entry(&service.force).or_default().push(one);
            }
        }
        let stand = |force: &super::force::Force| {
            let called = self.all(&force.when, self.ledger.at());
            strength::force(self.ledger, force, serving.get(&force.id).map_or(&[], Vec::as_slice), called)
        };
        self.package.forces.iter().map(stand).collect()
    }

    fn commitment(&self, commitment: &'a Commitment) -> CommitmentStand {
        let (rungs, notes) = delivered(self.ledger, commitment);
        let at = self.ledger.at();
        let binds = match self.ended(commitment, None, at) {
            Holds::Yes => self.called_now(commitment),
            ended @ (Holds::No(_) | Holds::CannotTell(_)) => ended,
        };
        let members = self.members(commitment, &binds);
        CommitmentStand { id: commitment.id.clone(), binds, members, rungs, notes }
    }
}

/// What was delivered on a commitment, by rung and unit; and what does not count, and why.
pub(super) fn delivered(ledger: &Ledger<'_>, commitment: &Commitment) -> (Vec<RungStand>, Vec<String>) {
    let (deliveries, notes) = counted(ledger, commitment);
    let mut rungs: Vec<RungStand> = Vec::new();
    for (rung, deed, amount) in deliveries {
        let same = |one: &&mut RungStand| one.rung == rung && one.amount.unit == amount.unit;
        match rungs.iter_mut().find(same) {
            Some(one) => {
                one.amount.thousandths = one.amount.thousandths.saturating_add(amount.thousandths);
                one.deeds.push(deed.id.clone());
                one.latest = deed.happened;
            }
            None => rungs.push(RungStand {
                rung,
                amount: amount.clone(),
                deeds: vec![deed.id.clone()],
                latest: deed.happened,
            }),
        }
    }
    rungs.sort_by(|one, other| (&one.amount.unit, one.rung).cmp(&(&other.amount.unit, other.rung)));
    (rungs, notes)
}

/// The deliveries that count, each with its rung; and what does not count, and why.
pub(super) fn counted<'a>(
    ledger: &Ledger<'a>,
    commitment: &Commitment,
) -> (Vec<(Rung, &'a Deed, &'a Amount)>, Vec<String>) {
    let (mut deliveries, mut notes) = (Vec::new(), Vec::new());
    for deed in ledger.about(&commitment.id).filter(|deed| deed.what.is_rung()) {
        let Some(rung) = Rung::ALL.into_iter().find(|rung| rung.deed() == deed.what) else { continue };
        let receiver = commitment.confirms();
        if rung == Rung::Received && deed.by.as_ref() != Some(receiver) {
            notes.push(format!("{} does not count: only {receiver} confirms receipt", deed.named()));
            continue;
        }
        match &deed.amount {
            Some(amount) => deliveries.push((rung, deed, amount)),
            None => notes.push(format!("{} does not say how much", deed.named())),
        }
    }
    (deliveries, notes)
}

/// The first of those that happened. Where others may have come before the first that surely is one, it is counted from
/// that one, and the start lies somewhere up to it; where none surely is one, the first stands for all.
fn initial(found: Vec<Match>) -> Vec<Match> {
    let sure = found.iter().position(|one| one.doubt.is_none());
    let before = sure.unwrap_or(found.len());
    let others = |count: usize| match count {
        0 => String::new(),
        1 => ", or one other before it that may be the first".to_owned(),
        count => format!(", or one of {count} others before it that may be the first"),
    };
    let earliest = found.iter().map(|one| one.span.earliest()).min();
    let Some(mut one) = found.into_iter().nth(sure.unwrap_or(0)) else { return Vec::new() };
    if sure.is_some() {
        let span = Span::new(earliest.unwrap_or(one.span.earliest()), one.span.latest());
        one.span = span.unwrap_or(one.span);
        one.named.push_str(&others(before));
    } else if before > 1 {
        let doubt = one.doubt.take().unwrap_or_default();
        one.doubt = Some(format!("{doubt}; {} more may be the first, and none surely is one", before - 1));
    }
    vec![one]
}
