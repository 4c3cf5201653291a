//! What is due next, kept up to date as deeds come in and time goes on.
//!
//! Takes a package, then deeds and breaches as they become known and instants that only go forwards; gives the runs that the
//! sheet has, and the next of them to end. Each clock has a slice of the package and of what was done that concerns it, and
//! `sheet` is asked of that slice alone, when something in it changes: so it cannot say what the sheet would not, and asking
//! what is due next does not grow with history.

use super::deed::{Breach, Deed, DeedKind};
use super::package::{ClockRule, Commitment, Package};
use super::run::Run;
use super::sheet::{Idle, Sheet, sheet};
use super::trigger::{DeedPattern, Trigger};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Instant, Label, Party};

/// An index of clocks by when they end.
pub struct Agenda {
    now: Instant,
    slices: Vec<Slice>,
    /// Which slices hear of what.
    listens: BTreeMap<Topic, BTreeSet<usize>>,
    /// Slices that a breach concerns.
    of_breaches: Vec<usize>,
    breaches: Vec<Breach>,
    deeds: Vec<Arc<Deed>>,
    /// Deeds by what they are about, by their name, and by the one that they correct.
    told: BTreeMap<Topic, Vec<usize>>,
    /// Slices to ask again.
    stale: BTreeSet<usize>,
    /// When slices change by themselves.
    edges: BTreeSet<(Instant, usize)>,
    /// Open runs by their end.
    due: BTreeSet<(Instant, usize, usize)>,
}

/// What a deed may be heard by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// A deed about this.
    About(Label),
    /// The deed of this name.
    Named(Label),
    /// A deed that corrects this one.
    Corrects(Label),
    /// A deed of this kind by somebody, or by anyone.
    Kind(DeedKind, Option<Party>),
}

/// A part of the package with all that it follows from.
struct Slice {
    /// The clock that it is for; all but clocks, if for none.
    clock: Option<Label>,
    package: Package,
    /// Of `Agenda::deeds`.
    deeds: BTreeSet<usize>,
    runs: Vec<Run>,
    idle: Vec<Idle>,
    /// Of a slice for no clock, all that it says.
    said: Option<Sheet>,
    edge: Option<Instant>,
}

impl Agenda {
    /// The agenda of a package from an instant on, with what the page itself says was done.
    #[must_use]
    pub fn of(package: &Package, now: Instant) -> Agenda {
        let mut agenda = Agenda::empty(package, now);
        package.deeds.iter().for_each(|deed| agenda.tell(deed.clone()));
        agenda
    }

    /// The same, without what the page says was done.
    pub(super) fn empty(package: &Package, now: Instant) -> Agenda {
        let mut agenda = Agenda {
            now,
            slices: Vec::new(),
            listens: BTreeMap::new(),
            of_breaches: Vec::new(),
            breaches: Vec::new(),
            deeds: Vec::new(),
            told: BTreeMap::new(),
            stale: (0..package.clocks.len()).collect(),
            edges: BTreeSet::new(),
            due: BTreeSet::new(),
        };
        let parts = Parts::of(package);
        for rule in &package.clocks {
            agenda.listen(Some(rule.id.clone()), parts.slice(rule));
        }
        agenda
    }

    /// Adds a slice for what is no clock; its place.
    pub(super) fn frame(&mut self, package: Package) -> usize {
        self.stale.insert(self.slices.len());
        self.listen(None, package)
    }

    /// Takes what came to be known.
    pub fn tell(&mut self, deed: impl Into<Arc<Deed>>) {
        let (deed, index) = (deed.into(), self.deeds.len());
        let mut topics = vec![Topic::Named(deed.id.clone())];
        topics.extend(deed.about.clone().map(Topic::About));
        topics.extend(deed.replaces.clone().map(Topic::Corrects));
        for topic in &topics {
            self.told.entry(topic.clone()).or_default().push(index);
        }
        let mut hear: BTreeSet<usize> = BTreeSet::new();
        if deed.by.is_none() {
            // Whoever did it: perhaps the one who is waited for.
            let all = self.listens.range(Topic::Kind(deed.what, None)..);
            let same = all.take_while(|(topic, _)| matches!(topic, Topic::Kind(what, _) if *what == deed.what));
            same.for_each(|(_, slices)| hear.extend(slices));
        }
        topics.extend([Topic::Kind(deed.what, None), Topic::Kind(deed.what, deed.by.clone())]);
        hear.extend(topics.iter().filter_map(|topic| self.listens.get(topic)).flatten());
        self.deeds.push(deed);
        hear.into_iter().for_each(|slice| self.take(slice, index));
    }

    /// Takes the breaches that are known now, in the place of those before.
    pub fn breaches(&mut self, breaches: Vec<Breach>) {
        if breaches != self.breaches {
            self.breaches = breaches;
            self.stale.extend(&self.of_breaches);
        }
    }

    /// Goes on to an instant; one that lies before the last changes nothing. Gives the slices that were asked again.
    pub(super) fn forwards(&mut self, to: Instant) -> BTreeSet<usize> {
        self.now = self.now.max(to);
        while let Some((_, slice)) = self.edges.first().copied().filter(|(edge, _)| *edge <= self.now) {
            self.edges.pop_first();
            self.slices[slice].edge = None;
            self.stale.insert(slice);
        }
        let stale = std::mem::take(&mut self.stale);
        stale.iter().for_each(|slice| self.ask(*slice));
        stale
    }

    /// Goes on to an instant; one that lies before the last changes nothing.
    pub fn advance(&mut self, to: Instant) {
        self.forwards(to);
    }

    /// The run that ends next, of those that are open.
    #[must_use]
    pub fn next(&self) -> Option<&Run> {
        self.ahead().next()
    }

    /// Open runs, the next to end first.
    pub fn ahead(&self) -> impl Iterator<Item = &Run> {
        self.due.iter().map(|(_, slice, run)| &self.slices[*slice].runs[*run])
    }

    /// Every run, in the order of the sheet.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.slices.iter().flat_map(|slice| &slice.runs)
    }

    /// Clocks that nothing has started, in the order of the sheet.
    pub(super) fn idle(&self) -> impl Iterator<Item = &Idle> {
        self.slices.iter().flat_map(|slice| &slice.idle)
    }

    /// The last instant that it went on to.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// How many deeds it was told.
    pub(super) fn count(&self) -> usize {
        self.deeds.len()
    }

    /// The deeds that it was told after so many.
    pub(super) fn deeds_from(&self, first: usize) -> &[Arc<Deed>] {
        &self.deeds[first..]
    }

    /// The deeds of a topic: by what they are about, their name, or what they correct.
    pub(super) fn told(&self, topic: &Topic) -> impl Iterator<Item = &Deed> + use<'_> {
        self.told.get(topic).into_iter().flatten().map(|index| &*self.deeds[*index])
    }

    /// What a slice for no clock says.
    pub(super) fn said(&self, slice: usize) -> &Sheet {
        self.slices[slice].said.as_ref().expect("invariant: a slice for no clock that was asked")
    }

    /// Takes in a slice, with what it hears of; its place.
    fn listen(&mut self, clock: Option<Label>, slice: Package) -> usize {
        let index = self.slices.len();
        let mut breached = false;
        let mut topics: BTreeSet<Topic> = BTreeSet::new();
        for clock in &slice.clocks {
            topics.extend([Topic::About(clock.id.clone()), Topic::About(clock.commitment.clone())]);
            clock.starts.iter().for_each(|start| breached |= hears(&start.trigger, &mut topics));
            clock.discharged.iter().for_each(|pattern| waits_for(pattern, &mut topics));
        }
        for commitment in &slice.commitments {
            topics.insert(Topic::About(commitment.instrument.clone()));
            commitment.voids.iter().for_each(|(_, trigger)| breached |= hears(trigger, &mut topics));
        }
        topics.extend(slice.conditions.keys().cloned().map(Topic::About));
        let serving = slice.commitments.iter().filter(|one| one.serves.is_some()).map(|one| &one.id);
        let others = slice.instruments.iter().map(|one| &one.id).chain(slice.sites.iter().map(|one| &one.id));
        topics.extend(others.chain(slice.forms.iter().map(|one| &one.id)).chain(serving).cloned().map(Topic::About));
        for topic in topics {
            self.listens.entry(topic).or_default().insert(index);
        }
        if breached {
            self.of_breaches.push(index);
        }
        let (deeds, runs, idle) = (BTreeSet::new(), Vec::new(), Vec::new());
        self.slices.push(Slice { clock, package: slice, deeds, runs, idle, said: None, edge: None });
        index
    }

    /// Puts a deed into a slice, and with it what it is about, what is about it, and what corrects it, now and later.
    fn take(&mut self, slice: usize, index: usize) {
        let mut open = vec![index];
        while let Some(index) = open.pop() {
            if !self.slices[slice].deeds.insert(index) {
                continue;
            }
            self.stale.insert(slice);
            let deed = &self.deeds[index];
            let (id, of) = (&deed.id, deed.about.clone().map(Topic::Named));
            let beside = [Topic::Named(id.clone()), Topic::About(id.clone()), Topic::Corrects(id.clone())];
            for topic in beside.into_iter().chain(of) {
                open.extend(self.told.get(&topic).into_iter().flatten());
                self.listens.entry(topic).or_default().insert(slice);
            }
        }
    }

    fn ask(&mut self, index: usize) {
        let slice = &mut self.slices[index];
        for (number, run) in slice.runs.iter().enumerate() {
            run.due.map(|due| self.due.remove(&(due, index, number)));
        }
        let deeds: Vec<Deed> = slice.deeds.iter().map(|deed| Deed::clone(&self.deeds[*deed])).collect();
        let mut shown = sheet(&slice.package, &deeds, &self.breaches, self.now);
        // What changes by itself: a deed or a breach that begins or surely is over, a clock that runs out.
        let spans = deeds.iter().map(|deed| deed.happened).chain(self.breaches.iter().map(|one| one.happened));
        let moments =
            slice.package.clocks.iter().flat_map(|clock| &clock.starts).filter_map(|start| match start.trigger {
                Trigger::Moment(instant) => Some(instant),
                Trigger::Deed(_) | Trigger::Breach { .. } | Trigger::Expiry(_) | Trigger::Discharge(_) => None,
            });
        let ends = shown.runs.iter().filter_map(|run| run.due).map(|due| due.shifted(1));
        let ready = slice.package.commitments.iter().filter_map(|one| one.serves.as_ref()?.ready);
        let ready = ready.map(|ready| ready.latest().shifted(1));
        let edges = spans.flat_map(|span| [span.earliest(), span.latest()]).chain(moments).chain(ends).chain(ready);
        let next = edges.filter(|edge| *edge > self.now).min();
        if let Some(edge) = slice.edge.take() {
            self.edges.remove(&(edge, index));
        }
        slice.edge = next;
        self.edges.extend(next.map(|edge| (edge, index)));
        match &slice.clock {
            Some(clock) => {
                shown.runs.retain(|run| run.clock == *clock);
                shown.idle.retain(|idle| idle.clock == *clock);
                (slice.runs, slice.idle) = (shown.runs, shown.idle);
            }
            None => slice.said = Some(shown),
        }
        let open = slice.runs.iter().enumerate().filter(|(_, run)| run.stands.is_open());
        self.due.extend(open.filter_map(|(number, run)| Some((run.due?, index, number))));
    }
}

/// A package by name, to take slices of.
struct Parts<'a> {
    package: &'a Package,
    clocks: BTreeMap<&'a Label, &'a ClockRule>,
    commitments: BTreeMap<&'a Label, &'a Commitment>,
}

impl<'a> Parts<'a> {
    fn of(package: &'a Package) -> Parts<'a> {
        Parts {
            package,
            clocks: package.clocks.iter().map(|one| (&one.id, one)).collect(),
            commitments: package.commitments.iter().map(|one| (&one.id, one)).collect(),
        }
    }

    /// What a clock follows from, and nothing else.
    fn slice(&self, rule: &ClockRule) -> Package {
        let whole = self.package;
        let mut wanted: BTreeSet<&Label> = BTreeSet::new();
        let mut open = vec![&rule.id];
        while let Some(id) = open.pop() {
            let Some(clock) = self.clocks.get(id).filter(|_| wanted.insert(id)) else { continue };
            open.extend(clock.starts.iter().filter_map(|start| match &start.trigger {
                Trigger::Expiry(of) | Trigger::Discharge(of) => Some(of),
                Trigger::Deed(_) | Trigger::Breach { .. } | Trigger::Moment(_) => None,
            }));
        }
        // In the order of the package: a clock stands after those that it leans on.
        let clocks: Vec<ClockRule> = if wanted.len() == 1 {
            vec![rule.clone()]
        } else {
            whole.clocks.iter().filter(|clock| wanted.contains(&clock.id)).cloned().collect()
        };
        let promised: BTreeSet<&Label> = clocks.iter().map(|clock| &clock.commitment).collect();
        let commitments: Vec<Commitment> =
            promised.iter().filter_map(|id| self.commitments.get(id).map(|one| (*one).clone())).collect();
        let held: BTreeSet<&Label> = commitments.iter().map(|one| &one.instrument).collect();
        let waits = commitments.iter().flat_map(|one| &one.when).chain(clocks.iter().flat_map(|one| &one.only_if));
        let conditions = waits.filter_map(|id| Some((id.clone(), whole.conditions.get(id)?.clone()))).collect();
        let instruments = whole.instruments.iter().filter(|one| held.contains(&one.id)).cloned().collect();
        Package { conditions, instruments, commitments, clocks, ..whole.bare() }
    }
}

/// Adds what a trigger hears of; whether it hears of breaches.
fn hears(trigger: &Trigger, topics: &mut BTreeSet<Topic>) -> bool {
    match trigger {
        Trigger::Deed(pattern) => waits_for(pattern, topics),
        Trigger::Breach { .. } => return true,
        Trigger::Expiry(_) | Trigger::Discharge(_) | Trigger::Moment(_) => {}
    }
    false
}

fn waits_for(pattern: &DeedPattern, topics: &mut BTreeSet<Topic>) {
    topics.insert(match &pattern.about {
        Some(about) => Topic::About(about.clone()),
        None => Topic::Kind(pattern.what, pattern.by.clone()),
    });
}
