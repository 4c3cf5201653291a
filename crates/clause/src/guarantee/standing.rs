//! How everything stands, kept up to date as deeds come in and time goes on.
//!
//! Takes a package, then deeds and breaches as they become known and instants that only go forwards; gives the very sheet that `sheet`
//! would make of all of them. What a deed does not bear on is not reckoned again: clocks are the agenda's, each commitment keeps
//! what was delivered on it, and everything else is one slice of the package, asked when a deed in it changes.

use super::agenda::{Agenda, Topic};
use super::deed::{Breach, Deed};
use super::holds::Holds;
use super::matching::Ledger;
use super::package::{Commitment, Package};
use super::sheet::{CommitmentStand, Sheet, delivered};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Instant, Label, Party};

/// The sheet of a package, kept.
pub struct Standing {
    agenda: Agenda,
    /// Everything but clocks and deliveries: of the agenda's slices.
    frame: usize,
    commitments: Vec<Kept>,
    /// The commitments of a name.
    named: BTreeMap<Label, Vec<usize>>,
    /// Commitments whose deliveries are to be reckoned again.
    stale: BTreeSet<usize>,
    /// When deliveries begin to count by themselves.
    edges: BTreeSet<(Instant, usize)>,
    /// How many of the agenda's deeds were looked at.
    seen: usize,
    /// The sheet but for its runs.
    sheet: Sheet,
}

/// One commitment with what was delivered on it.
struct Kept {
    commitment: Commitment,
    /// Which commitment of the frame can be called upon exactly when this one can.
    like: usize,
}

/// What decides whether a commitment can be called upon: its instrument, its debtor, its conditions; and itself, where something can
/// end it, since the reason names it.
type Called<'a> = (&'a Label, &'a Party, &'a [Label], Option<usize>);

impl Standing {
    /// How a package stands from an instant on, with what the page itself says was done.
    #[must_use]
    pub fn of(package: &Package, now: Instant) -> Standing {
        let mut frame = package.bare();
        frame.parties.clone_from(&package.parties);
        frame.groups.clone_from(&package.groups);
        frame.conditions.clone_from(&package.conditions);
        frame.instruments.clone_from(&package.instruments);
        frame.forces.clone_from(&package.forces);
        frame.sites.clone_from(&package.sites);
        frame.forms.clone_from(&package.forms);
        let mut of_kind: BTreeMap<Called<'_>, usize> = BTreeMap::new();
        let mut commitments = Vec::with_capacity(package.commitments.len());
        let mut named: BTreeMap<Label, Vec<usize>> = BTreeMap::new();
        for (place, one) in package.commitments.iter().enumerate() {
            let itself = (!one.voids.is_empty()).then_some(place);
            let key = (&one.instrument, &one.debtor, one.when.as_slice(), itself);
            let like = *of_kind.entry(key).or_insert(frame.commitments.len());
            // One that serves a force stands in the frame for that as well.
            if like == frame.commitments.len() || one.serves.is_some() {
                frame.commitments.push(one.clone());
            }
            named.entry(one.id.clone()).or_default().push(place);
            commitments.push(Kept { commitment: one.clone(), like });
        }
        let stands = package.commitments.iter().map(|one| {
            Arc::new(CommitmentStand {
                id: one.id.clone(),
                binds: Holds::Yes,
                members: Vec::new(),
                rungs: Vec::new(),
                notes: Vec::new(),
            })
        });
        let sheet = Sheet {
            at: now,
            instruments: Vec::new(),
            conditions: BTreeMap::new(),
            commitments: stands.collect(),
            runs: Vec::new(),
            idle: Vec::new(),
            forces: Vec::new(),
            sites: Vec::new(),
            notices: Vec::new(),
        };
        let mut agenda = Agenda::empty(package, now);
        let frame = agenda.frame(frame);
        package.deeds.iter().for_each(|deed| agenda.tell(deed.clone()));
        let stale = (0..package.commitments.len()).collect();
        Standing { agenda, frame, commitments, named, stale, edges: BTreeSet::new(), seen: 0, sheet }
    }

    /// Takes what came to be known.
    pub fn tell(&mut self, deed: impl Into<Arc<Deed>>) {
        self.agenda.tell(deed);
    }

    /// Takes the breaches that are known now, in the place of those before.
    pub fn breaches(&mut self, breaches: Vec<Breach>) {
        self.agenda.breaches(breaches);
    }

    /// The clocks.
    #[must_use]
    pub fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// Goes on to an instant, and gives the sheet; one that lies before the last gives that of the last.
    pub fn advance(&mut self, to: Instant) -> Sheet {
        self.hear();
        let asked = self.agenda.forwards(to);
        let at = self.agenda.now();
        while let Some((_, place)) = self.edges.first().copied().filter(|(edge, _)| *edge <= at) {
            self.edges.pop_first();
            self.stale.insert(place);
        }
        for place in std::mem::take(&mut self.stale) {
            self.deliver(place, at);
        }
        if asked.contains(&self.frame) {
            self.reframe();
        }
        self.sheet.at = at;
        Sheet {
            runs: self.agenda.runs().cloned().collect(),
            idle: self.agenda.idle().cloned().collect(),
            ..self.sheet.clone()
        }
    }

    /// Which commitments the deeds bear on that came since.
    fn hear(&mut self) {
        for deed in self.agenda.deeds_from(self.seen) {
            let corrected = deed.replaces.iter().flat_map(|id| self.agenda.told(&Topic::Named(id.clone())));
            for about in std::iter::once(&**deed).chain(corrected).filter_map(|deed| deed.about.as_ref()) {
                self.stale.extend(self.named.get(about).into_iter().flatten());
            }
        }
        self.seen = self.agenda.count();
    }

    /// Reckons what was delivered on a commitment, from the deeds about it and those that correct them.
    fn deliver(&mut self, place: usize, at: Instant) {
        let kept = &self.commitments[place];
        let about: Vec<&Deed> = self.agenda.told(&Topic::About(kept.commitment.id.clone())).collect();
        let correcting = about.iter().flat_map(|deed| self.agenda.told(&Topic::Corrects(deed.id.clone())));
        let all: Vec<&Deed> = about.iter().copied().chain(correcting).collect();
        let ahead = all.iter().map(|deed| deed.happened.earliest()).filter(|begins| *begins > at).min();
        self.edges.extend(ahead.map(|edge| (edge, place)));
        let (rungs, notes) = delivered(&Ledger::of(all.into_iter(), &[], at), &kept.commitment);
        let stand = &mut self.sheet.commitments[place];
        *stand = Arc::new(CommitmentStand { rungs, notes, ..CommitmentStand::clone(stand) });
    }

    /// Takes over what the frame says now.
    fn reframe(&mut self) {
        let said = self.agenda.said(self.frame);
        for (kept, stand) in self.commitments.iter().zip(&mut self.sheet.commitments) {
            let said = &said.commitments[kept.like];
            if stand.binds != said.binds || stand.members != said.members {
                let stand = Arc::make_mut(stand);
                stand.binds.clone_from(&said.binds);
                stand.members.clone_from(&said.members);
            }
        }
        self.sheet.instruments.clone_from(&said.instruments);
        self.sheet.conditions.clone_from(&said.conditions);
        self.sheet.forces.clone_from(&said.forces);
        self.sheet.sites.clone_from(&said.sites);
        self.sheet.notices.clone_from(&said.notices);
    }
}
