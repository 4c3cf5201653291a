//! The lanes of one footing, and which of them a fact concerns.
//!
//! Takes facts of one footing, and acts of record, which count on all; gives what changed in the lanes they go to. Never
//! looks at a lane that a fact cannot concern, never forgets a fact that may still change something.

use super::lane::{Lane, Seat};
use crate::agreement::{Agreement, Zone};
use crate::bears::{could_be, subject};
use crate::fact::{Fact, Footing};
use crate::judge::Watch;
use crate::monitor::{Erratum, Tells, Told};
use crate::roll::Roll;
use crate::rule::Rule;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use terms::time::HOUR_MS;
use terms::{Act, Instant, Label, Side};

/// Which lanes a fact goes to.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    groups: Vec<Group<'a>>,
    /// The groups whose rules ask about an act, and whether they ask about it in one sector only.
    by_act: BTreeMap<Act, Vec<(usize, bool)>>,
}

/// The lanes of one rule under one reading.
struct Group<'a> {
    lanes: Range<usize>,
    sectors: Option<&'a BTreeMap<Label, Zone>>,
    /// No act of record has an instance of the rule: without other facts there is nothing to do.
    may_sleep: bool,
}

impl<'a> Plan<'a> {
    /// Plans for a rule whose lanes are these.
    pub(crate) fn add(&mut self, agreement: &'a Agreement, rule: &'a Rule, lanes: Range<usize>) {
        let division = subject(rule).and_then(|pattern| pattern.sectors.as_ref());
        let looked_back = rule.look_backs().map(|(_, pattern)| pattern);
        let patterns: Vec<_> = rule.kernel.patterns().into_iter().chain(looked_back).collect();
        for act in Act::ALL {
            let mut asking = patterns.iter().filter(|pattern| could_be(pattern, act)).peekable();
            if asking.peek().is_some() {
                let in_sector = asking.all(|pattern| pattern.there || pattern.sectors.as_ref() == division);
                self.by_act.entry(act).or_default().push((self.groups.len(), in_sector && division.is_some()));
            }
        }
        let of_record = |act: &Act| act.of_record() && subject(rule).is_some_and(|pattern| could_be(pattern, *act));
        let may_sleep = !Act::ALL.iter().any(of_record);
        self.groups.push(Group { lanes, sectors: division.map(|division| &agreement.sectors[division]), may_sleep });
    }

    /// The lanes that a fact may concern, of those that sleep or of those that do not, written over `lanes`.
    fn lanes(&self, fact: &Fact, mut lanes: Vec<usize>, of: impl Fn(bool) -> bool) -> Vec<usize> {
        lanes.clear();
        for (group, in_sector) in self.by_act.get(&fact.act).into_iter().flatten() {
            let group = &self.groups[*group];
            if !of(group.may_sleep) {
                continue;
            }
            match group.sectors.filter(|_| *in_sector) {
                None => lanes.extend(group.lanes.clone()),
                Some(sectors) => {
                    for (nth, zone) in sectors.values().enumerate() {
                        if zone.locate(&fact.place.shape) != Side::Outside {
                            lanes.extend(group.lanes.clone().skip(nth).step_by(sectors.len()));
                        }
                    }
                }
            }
        }
        lanes
    }
}

/// The lanes of one footing.
pub(crate) struct Table<'a> {
    pub(crate) footing: Footing,
    pub(crate) roll: Roll,
    pub(crate) lanes: Vec<Lane<'a>>,
    /// The lanes that the last fact concerned: room that is used again.
    concerned: Vec<usize>,
    /// Whether it has had a fact of its own footing.
    awake: bool,
    /// The lanes with something to look at.
    changed: BTreeSet<usize>,
    /// The lanes that told something that is not final yet.
    telling: BTreeSet<usize>,
    /// The lanes in which something waits for a source or for coverage.
    unsettled: BTreeSet<usize>,
    /// By hour: what to look at once its time is over and known.
    wheel: BTreeMap<i64, Vec<(Instant, usize, Arc<Fact>)>>,
    /// By hour: every fact, to be forgotten in order.
    by_hour: BTreeMap<i64, Vec<Arc<Fact>>>,
    /// Facts are held from this instant on.
    pub(crate) cut: Instant,
}

/// The hour of an instant, counted from 1970.
fn hour(instant: Instant) -> i64 {
    instant.ms().div_euclid(HOUR_MS)
}

impl<'a> Table<'a> {
    pub(crate) fn new(footing: Footing) -> Table<'a> {
        Table {
            footing,
            roll: Roll::default(),
            lanes: Vec::new(),
            concerned: Vec::new(),
            awake: footing == Footing::Proposed,
            changed: BTreeSet::new(),
            telling: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            wheel: BTreeMap::new(),
            by_hour: BTreeMap::new(),
            cut: Instant::EARLIEST,
        }
    }

    /// Whether a fact would be the first of its own footing here.
    pub(crate) fn is_woken_by(&self, fact: &Fact) -> bool {
        !self.awake && fact.footing == self.footing
    }

    /// The acts of record that are held.
    pub(crate) fn acts_of_record(&self) -> Vec<Arc<Fact>> {
        let current = |fact: &&Arc<Fact>| self.roll.get(&fact.id).is_some_and(|known| Arc::ptr_eq(known, fact));
        let all = self.by_hour.values().flatten();
        all.filter(|fact| fact.act.of_record()).filter(current).cloned().collect()
    }

    /// Brings the lanes that slept up to date with the acts of record so far.
    pub(crate) fn wake(&mut self, plan: &Plan<'_>, acts_of_record: &[Arc<Fact>], tells: Tells) {
        self.awake = true;
        for fact in acts_of_record {
            let lanes = plan.lanes(fact, Vec::new(), |may_sleep| may_sleep);
            if !lanes.is_empty() {
                self.put(fact, lanes, tells);
            }
        }
    }

    /// Takes a fact in, in the place of an earlier revision; gives it back where it comes too late.
    pub(crate) fn take(&mut self, plan: &Plan<'_>, fact: &Arc<Fact>, tells: Tells) -> Option<Erratum> {
        let former = self.roll.get(&fact.id);
        if former.is_some_and(|former| former.footing == fact.footing && !former.is_before(fact)) {
            return None;
        }
        let lanes = plan.lanes(fact, std::mem::take(&mut self.concerned), |may_sleep| self.awake || !may_sleep);
        // A finding on an act of record stands before the record itself, whatever it makes of it.
        if lanes.is_empty() && former.is_none() && fact.footing == Footing::Proposed {
            self.concerned = lanes;
            return None;
        }
        if fact.happened.earliest() < self.cut {
            let (id, held_from) = (fact.id.clone(), self.cut);
            return Some(Erratum { fact: id, revision: fact.revision, footing: self.footing, held_from });
        }
        if former.is_some() {
            self.retract(plan, &fact.id, tells);
        }
        self.put(fact, lanes, tells);
        None
    }

    fn put(&mut self, fact: &Arc<Fact>, lanes: Vec<usize>, tells: Tells) {
        let former = self.roll.insert(fact);
        if former.is_none_or(|former| !Arc::ptr_eq(&former, fact)) {
            self.by_hour.entry(hour(fact.happened.latest())).or_default().push(Arc::clone(fact));
        }
        let seat = Seat { roll: &self.roll, watch: &NOTHING, at: Instant::EARLIEST, tells };
        for nth in lanes.iter().copied() {
            let lane = &mut self.lanes[nth];
            if let Some(due) = lane.put(fact, seat) {
                self.wheel.entry(hour(due)).or_default().push((due, nth, Arc::clone(fact)));
            }
            if lane.is_changed() {
                self.changed.insert(nth);
            }
        }
        self.concerned = lanes;
    }

    /// Takes a fact out.
    pub(crate) fn retract(&mut self, plan: &Plan<'_>, id: &str, tells: Tells) {
        let Some(fact) = self.roll.get(id).cloned() else { return };
        let seat = Seat { roll: &self.roll, watch: &NOTHING, at: Instant::EARLIEST, tells };
        for nth in plan.lanes(&fact, Vec::new(), |_| true) {
            self.lanes[nth].take_out(&fact, seat);
            if self.lanes[nth].is_changed() {
                self.changed.insert(nth);
            }
        }
        self.roll.remove(id);
    }

    /// Looks at what changed and at what has run out.
    pub(crate) fn advance(
        &mut self,
        watch: &Watch<'_>,
        at: Instant,
        tells: Tells,
        resettle: bool,
        out: &mut Vec<Told>,
    ) {
        let seat = Seat { roll: &self.roll, watch, at, tells };
        let mut looked_at = std::mem::take(&mut self.changed);
        for nth in &looked_at {
            self.lanes[*nth].look(seat, out);
        }
        let ready = watch.known_until.min(at);
        while let Some(mut first) = self.wheel.first_entry().filter(|first| *first.key() <= hour(ready)) {
            let all = std::mem::take(first.get_mut());
            let (fired, waiting): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|(due, nth, _)| self.lanes[*nth].is_ripe(*due, seat));
            for (_, nth, fact) in &fired {
                self.lanes[*nth].look_at(fact, seat, out);
                looked_at.insert(*nth);
            }
            if !waiting.is_empty() {
                *first.get_mut() = waiting;
                break;
            }
            first.remove();
        }
        if resettle {
            for nth in std::mem::take(&mut self.unsettled) {
                self.lanes[nth].settle(seat, out);
                looked_at.insert(nth);
            }
        }
        self.unsettled.extend(looked_at.iter().copied().filter(|nth| self.lanes[*nth].is_unsettled()));
        self.telling.extend(looked_at.into_iter().filter(|nth| self.lanes[*nth].is_telling()));
    }

    /// Whether anything waits for a source or for coverage.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.unsettled.is_empty()
    }

    /// Says of what was told that it is final, once it is.
    pub(crate) fn close(&mut self, watch: &Watch<'_>, at: Instant, tells: Tells, out: &mut Vec<Told>) {
        let seat = Seat { roll: &self.roll, watch, at, tells };
        self.telling.iter().for_each(|nth| self.lanes[*nth].close(seat, out));
        self.telling.retain(|nth| self.lanes[*nth].is_telling());
    }

    /// Lets go of what can change nothing any more.
    pub(crate) fn forget(&mut self, watch: &Watch<'_>, at: Instant, tells: Tells) {
        let seat = Seat { roll: &self.roll, watch, at, tells };
        self.lanes.iter_mut().for_each(|lane| lane.forget(seat));
        self.cut = self.lanes.iter().map(|lane| lane.cut).min().unwrap_or(Instant::EARLIEST);
        while let Some(first) = self.by_hour.first_entry().filter(|first| *first.key() < hour(self.cut)) {
            first.remove().iter().for_each(|fact| self.roll.forget(fact));
        }
    }
}

/// Nothing was watched: for what does not ask.
const NOTHING: Watch<'static> = Watch { efforts: &[], known_until: Instant::EARLIEST, sources: &[], heard: &[] };
