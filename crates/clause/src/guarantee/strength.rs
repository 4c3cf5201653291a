//! How forces and sites stand: what is asked for against what there is, and what is declared against what was found.
//!
//! Takes forces and sites, the commitments that serve them, and what was done; gives answers with reasons. Adds only what is
//! of one domain, one step and one unit. What nobody reported is missing from the sum, and is said to be; it is no zero.

use super::deed::{Amount, Deed, DeedKind};
use super::force::{Ceiling, Domain, Force, ForceStand, Need, NeedStand, PledgeStand, Reported, Step, StepStand};
use super::holds::Holds;
use super::level::{Level, Levels, levels};
use super::matching::Ledger;
use super::package::Commitment;
use super::sheet::{Rung, counted};
use super::site::{Access, Site, SiteStand, StockStand};
use std::collections::{BTreeMap, BTreeSet};
use terms::Party;

/// How a force stands, with the commitments that serve it.
pub(super) fn force(ledger: &Ledger<'_>, force: &Force, serving: &[&Commitment], called: Holds) -> ForceStand {
    let pledges: Vec<PledgeStand> = serving.iter().filter_map(|one| pledge(ledger, one)).collect();
    let ceilings = force.ceilings.iter().map(|one| (one.clone(), kept(one, &pledges))).collect();
    ForceStand { id: force.id.clone(), called, needs: needs(force, &pledges), pledges, ceilings }
}

fn pledge(ledger: &Ledger<'_>, commitment: &Commitment) -> Option<PledgeStand> {
    let service = commitment.serves.as_ref()?;
    let (deeds, mut notes) = counted(ledger, commitment);
    let mut reported: Vec<Reported> = Vec::new();
    for (rung, deed, amount) in deeds {
        let step = match rung {
            Rung::Announced => Step::Pledged,
            Rung::Legal => Step::Authorised,
            Rung::Received => Step::Arrived,
            Rung::Allocated | Rung::Sent => continue,
        };
        let sure = if deed.happened.latest() <= ledger.at() { amount.thousandths } else { 0 };
        match reported.iter_mut().find(|one| one.step == step && one.unit == amount.unit) {
            Some(one) => {
                one.least_thousandths = one.least_thousandths.saturating_add(sure);
                one.most_thousandths = one.most_thousandths.saturating_add(amount.thousandths);
                one.deeds.push(deed.id.clone());
            }
            None => reported.push(Reported {
                step,
                unit: amount.unit.clone(),
                least_thousandths: sure,
                most_thousandths: amount.thousandths,
                deeds: vec![deed.id.clone()],
            }),
        }
    }
    let found = levels(ledger, &commitment.id, &[&commitment.debtor], Some(&[commitment.confirms()]));
    reported.extend(found.levels.iter().flat_map(Levels::reported));
    reported.sort_by(|one, other| (&one.unit, one.step).cmp(&(&other.unit, other.step)));
    notes.extend(found.notes);
    let mut stand = PledgeStand {
        commitment: commitment.id.clone(),
        domain: service.domain,
        reported,
        levels: found.levels,
        notified: found.notified,
        ready: Holds::Yes,
        notes,
    };
    if service.ready.is_some_and(|ready| ready.latest() < ledger.at()) {
        stand.ready = ready(&stand);
    }
    Some(stand)
}

/// Whether what was pledged has arrived, now that the day is over on which it was to be ready.
fn ready(pledge: &PledgeStand) -> Holds {
    let pledged: Vec<&Reported> = pledge.reported.iter().filter(|one| one.step == Step::Pledged).collect();
    if pledged.is_empty() {
        return Holds::cannot_tell("how much was pledged is not reported");
    }
    pledged.into_iter().fold(Holds::Yes, |holds, of| {
        let unit = &of.unit;
        let (least, most) = (amount(of.least_thousandths, unit), amount(of.most_thousandths, unit));
        holds.and(match pledge.on(Step::Arrived, unit) {
            None => Holds::cannot_tell(format!("whether any of {most} came is not reported")),
            Some(came) if came.least_thousandths >= of.most_thousandths => Holds::Yes,
            Some(came) if came.most_thousandths < of.least_thousandths => {
                Holds::no(format!("{} of {least} came", amount(came.most_thousandths, unit).number()))
            }
            Some(_) => Holds::cannot_tell(format!("whether all of {most} came by now is not known")),
        })
    })
}

/// What is asked for against what there is, in each domain and unit; where the way breaks off first, first.
fn needs(force: &Force, pledges: &[PledgeStand]) -> Vec<NeedStand> {
    let mut rows: BTreeSet<(Domain, Option<&str>)> = BTreeSet::new();
    for need in &force.needs {
        rows.insert((need.domain, need.amount.as_ref().map(|amount| amount.unit.as_str())));
    }
    for pledge in pledges {
        rows.insert((pledge.domain, None));
        rows.extend(pledge.reported.iter().map(|one| (pledge.domain, Some(one.unit.as_str()))));
    }
    // A row without a unit says something only where there is none with one.
    let with: BTreeSet<Domain> = rows.iter().filter(|(_, unit)| unit.is_some()).map(|(domain, _)| *domain).collect();
    rows.retain(|(domain, unit)| unit.is_some() || !with.contains(domain));
    let row = |(domain, unit): (Domain, Option<&str>)| {
        let of = |need: &&Need| need.domain == domain && need.amount.as_ref().map(|one| one.unit.as_str()) == unit;
        let need = force.needs.iter().find(of);
        let required = need.and_then(|need| need.amount.as_ref());
        let theirs: Vec<&PledgeStand> = pledges.iter().filter(|pledge| pledge.domain == domain).collect();
        NeedStand {
            domain,
            unit: unit.map(str::to_owned),
            required_thousandths: required.map(|amount| amount.thousandths),
            by: need.and_then(|need| need.by),
            steps: Step::ALL.into_iter().map(|one| step(one, unit, required, &theirs)).collect(),
        }
    };
    let mut needs: Vec<NeedStand> = rows.into_iter().map(row).collect();
    needs.sort_by_key(NeedStand::urgency);
    needs
}

fn step(step: Step, unit: Option<&str>, required: Option<&Amount>, pledges: &[&PledgeStand]) -> StepStand {
    let on = |pledge: &&PledgeStand| unit.and_then(|unit| pledge.on(step, unit)).cloned();
    let reported: Vec<Reported> = pledges.iter().filter_map(on).collect();
    let silent: Vec<&str> =
        pledges.iter().filter(|pledge| on(pledge).is_none()).map(|pledge| pledge.commitment.as_str()).collect();
    let sum = |of: fn(&Reported) -> u64| reported.iter().map(of).fold(0, u64::saturating_add);
    let known = !reported.is_empty();
    let (least, most) = (sum(|one| one.least_thousandths), sum(|one| one.most_thousandths));
    let missing = required.filter(|_| known).map(|wanted| wanted.thousandths.saturating_sub(least));
    let met = match required {
        None => Holds::cannot_tell("how much is asked for is not public"),
        Some(wanted) if known && least >= wanted.thousandths => Holds::Yes,
        Some(_) if pledges.is_empty() => Holds::cannot_tell("nobody is known to have pledged anything to it"),
        Some(_) if !known => Holds::cannot_tell(format!("nothing is reported as {}", step.word())),
        Some(_) if !silent.is_empty() => {
            Holds::cannot_tell(format!("nothing is reported as {} for {}", step.word(), silent.join(", ")))
        }
        Some(wanted) if most >= wanted.thousandths => {
            Holds::cannot_tell("whether all of it counts by now is not known")
        }
        Some(wanted) => Holds::no(format!("{} missing", amount(wanted.thousandths - most, &wanted.unit))),
    };
    StepStand {
        step,
        least_thousandths: known.then_some(least),
        most_thousandths: known.then_some(most),
        missing_thousandths: missing.filter(|missing| *missing > 0),
        met,
    }
}

impl NeedStand {
    /// Where the way from what is asked for to what is there breaks off: the sooner, the more urgent; what is short before
    /// what cannot be told.
    #[must_use]
    pub fn urgency(&self) -> (usize, bool, Domain, Option<String>) {
        let broken = self.steps.iter().position(|step| step.met != Holds::Yes).unwrap_or(self.steps.len());
        let doubtful = self.steps.get(broken).is_some_and(|step| matches!(step.met, Holds::CannotTell(_)));
        (broken, doubtful, self.domain, self.unit.clone())
    }
}

/// Whether a ceiling is kept by all that serves the force.
fn kept(ceiling: &Ceiling, pledges: &[PledgeStand]) -> Holds {
    let unit = &ceiling.amount.unit;
    let of: Vec<&PledgeStand> =
        pledges.iter().filter(|one| ceiling.domain.is_none_or(|domain| one.domain == domain)).collect();
    let least = |step: Step| {
        let reported = of.iter().filter_map(|one| one.on(step, unit));
        reported.map(|one| one.least_thousandths).fold(0, u64::saturating_add)
    };
    for step in [Step::Verified, Step::Declared] {
        if least(step) > ceiling.amount.thousandths {
            return Holds::no(format!("{} {}", amount(least(step), unit), step.word()));
        }
    }
    let silent: Vec<&str> =
        of.iter().filter(|one| one.on(Step::Verified, unit).is_none()).map(|one| one.commitment.as_str()).collect();
    if of.is_empty() {
        return Holds::cannot_tell("nothing is known to serve it");
    }
    if !silent.is_empty() {
        return Holds::cannot_tell(format!("nobody has verified what is there of {}", silent.join(", ")));
    }
    let most = of.iter().filter_map(|one| one.on(Step::Verified, unit)).map(|one| one.most_thousandths);
    if most.fold(0, u64::saturating_add) > ceiling.amount.thousandths {
        return Holds::cannot_tell("which inspection counts is not known");
    }
    Holds::Yes
}

/// How a site stands.
pub(super) fn site(ledger: &Ledger<'_>, site: &Site) -> SiteStand {
    let answers: Vec<&Party> = std::iter::once(&site.host).chain(&site.responsible).collect();
    let inspects: Option<Vec<&Party>> = match &site.access {
        Access::These(those) => Some(those.iter().map(|(who, _)| who).collect()),
        Access::NotSaid => None,
    };
    let found = levels(ledger, &site.id, &answers, inspects.as_deref());
    let may = |deed: &&Deed| match &inspects {
        Some(those) => deed.by.as_ref().is_some_and(|by| those.contains(&by)),
        None => true,
    };
    let refused = ledger.about(&site.id).filter(|deed| deed.what == DeedKind::Refusal).last();
    let looked = ledger.about(&site.id).filter(|deed| deed.what == DeedKind::Inspection).filter(may).last();
    let mut by_unit: BTreeMap<&str, (Levels, Option<&Amount>)> = BTreeMap::new();
    for levels in &found.levels {
        by_unit.insert(&levels.unit, (levels.clone(), None));
    }
    for ceiling in &site.ceilings {
        let bare = || (Levels { unit: ceiling.unit.clone(), declared: None, verified: None }, None);
        by_unit.entry(&ceiling.unit).or_insert_with(bare).1 = Some(ceiling);
    }
    let stock = by_unit.into_values().map(|(levels, ceiling)| {
        let fresh = fresh(&levels, refused);
        let ceiling = ceiling.map(|most| (most.clone(), within(most, &levels, &fresh)));
        StockStand { agrees: agrees(&levels, fresh), ceiling, levels }
    });
    SiteStand {
        id: site.id.clone(),
        stock: stock.collect(),
        visited: looked.into_iter().chain(refused).max().cloned(),
        notified: found.notified,
        notes: found.notes,
    }
}

/// Whether an inspection says how it stands since the last declaration.
fn fresh(levels: &Levels, refused: Option<&Deed>) -> Holds {
    let Some(found) = &levels.verified else {
        let turned_away = refused.map_or_else(String::new, |deed| format!(": {}", deed.named()));
        return Holds::cannot_tell(format!("nobody has inspected it{turned_away}"));
    };
    if let Some(doubt) = &found.doubt {
        return Holds::cannot_tell(doubt.clone());
    }
    if let Some(deed) = refused.filter(|deed| deed.happened.latest() >= found.from.earliest()) {
        return Holds::cannot_tell(format!("access was refused since: {}", deed.named()));
    }
    match &levels.declared {
        Some(declared) if found.from.earliest() < declared.from.latest() => {
            Holds::cannot_tell(format!("{} was before {} counts", found.deed, declared.deed))
        }
        Some(_) | None => Holds::Yes,
    }
}

fn agrees(levels: &Levels, fresh: Holds) -> Holds {
    let Some(declared) = &levels.declared else {
        return Holds::cannot_tell("nothing is declared that counts").and(fresh);
    };
    let sure = declared.doubt.clone().map_or(Holds::Yes, Holds::cannot_tell).and(fresh);
    match (&levels.verified, sure) {
        (Some(found), Holds::Yes) if found.amount != declared.amount => {
            let (said, seen) = (&declared.amount, &found.amount);
            Holds::no(format!("{} declares {said}, {} found {seen}", declared.deed, found.deed))
        }
        (_, sure) => sure,
    }
}

fn within(most: &Amount, levels: &Levels, fresh: &Holds) -> Holds {
    let over = |level: &&Level| level.doubt.is_none() && level.amount.thousandths > most.thousandths;
    match levels.verified.iter().chain(&levels.declared).find(over) {
        Some(level) => Holds::no(format!("{} says {}", level.deed, level.amount)),
        None => fresh.clone(),
    }
}

pub(super) fn amount(thousandths: u64, unit: &str) -> Amount {
    Amount { thousandths, unit: unit.to_owned() }
}

impl ForceStand {
    /// Its lines, each with the name that it keeps while what it says changes.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for need in &self.needs {
            let unit = need.unit.as_deref();
            let name = format!(
                "force {}, {}{}",
                self.id,
                need.domain.word(),
                unit.map_or(String::new(), |unit| format!(", {unit}"))
            );
            let shown = |thousandths: Option<u64>| match (thousandths, unit) {
                (Some(thousandths), Some(unit)) => amount(thousandths, unit).number(),
                (Some(_) | None, _) => "not reported".to_owned(),
            };
            let wanted = need.required_thousandths;
            let wanted = wanted.map_or("how much is asked for is not public".to_owned(), |of| {
                format!("asked for {}", shown(Some(of)))
            });
            let step = |step: &StepStand| {
                let many = match (step.least_thousandths, step.most_thousandths) {
                    (Some(least), Some(most)) if least != most => {
                        format!("{} to {}", shown(Some(least)), shown(Some(most)))
                    }
                    (least, _) => shown(least),
                };
                let missing = match (&step.met, step.missing_thousandths) {
                    (Holds::No(_), Some(missing)) => format!(" ({} missing)", shown(Some(missing))),
                    (Holds::CannotTell(_), Some(missing)) => format!(" (at most {} missing)", shown(Some(missing))),
                    (Holds::Yes | Holds::No(_) | Holds::CannotTell(_), _) => String::new(),
                };
                format!("{} {many}{missing}", step.step.word())
            };
            let steps: Vec<String> = need.steps.iter().map(step).collect();
            lines.push((name, format!("{wanted}; {}", steps.join(", "))));
        }
        for (ceiling, kept) in &self.ceilings {
            let domain = ceiling.domain.map_or("all", Domain::word);
            let name = format!("force {}, at most {} in {domain}", self.id, ceiling.amount);
            lines.push((name, told("kept", kept)));
        }
        for pledge in self.pledges.iter().filter(|pledge| pledge.ready != Holds::Yes) {
            lines.push((format!("force {}, {}", self.id, pledge.commitment), told("ready in time", &pledge.ready)));
        }
        lines
    }
}

impl SiteStand {
    /// Its lines, each with the name that it keeps while what it says changes.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, String)> {
        let line = |one: &StockStand| {
            let shown = |level: &Option<Level>, what: &str| match level {
                Some(level) => format!("{what} {} by {}", level.amount.number(), level.deed),
                None => format!("{what} not reported"),
            };
            let levels = &one.levels;
            let both = format!("{}, {}", shown(&levels.declared, "declared"), shown(&levels.verified, "found"));
            let ceiling = one.ceiling.as_ref();
            let ceiling = ceiling.map_or_else(String::new, |(most, kept)| {
                format!("; at most {}, {}", most.number(), told("kept", kept))
            });
            (
                format!("site {}, {}", self.id, levels.unit),
                format!("{both}; {}{ceiling}", told("as declared", &one.agrees)),
            )
        };
        self.stock.iter().map(line).collect()
    }
}

fn told(what: &str, holds: &Holds) -> String {
    let why = holds.reasons().join("; ");
    if why.is_empty() { format!("{what}: {}", holds.word()) } else { format!("{what}: {} ({why})", holds.word()) }
}
