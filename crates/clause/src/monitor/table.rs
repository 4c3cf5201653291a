//! The lanes of one footing.
//!
//! Takes facts of one footing, and acts of record, which count on all; gives what changed in the lanes they go to. Never
//! forgets a fact that may still change something.

use super::lane::{Lane, Seat};
use super::route::{Course, Plan};
use crate::fact::{Fact, Footing};
use crate::judge::Watch;
use crate::monitor::{Erratum, Tells, Told};
use crate::roll::{LineNo, Roll};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::Instant;
use terms::time::HOUR_MS;

/// The lanes of one footing.
pub(crate) struct Table<'a> {
    pub(crate) footing: Footing,
    pub(crate) roll: Roll,
    pub(crate) lanes: Vec<Lane<'a>>,
    /// The lanes that the last fact concerned.
    course: Course,
    /// Whether it has had a fact of its own footing.
    awake: bool,
    /// The lanes with something to look at.
    changed: BTreeSet<usize>,
    /// The lanes that told something that is not final yet.
    telling: BTreeSet<usize>,
    /// The lanes in which something waits for a source or for coverage.
    unsettled: BTreeSet<usize>,
    /// By hour: what to look at once its time is over and known.
    wheel: BTreeMap<i64, Vec<Turn>>,
    /// By hour: every fact, to be forgotten in order.
    by_hour: BTreeMap<i64, Vec<(LineNo, Arc<Fact>)>>,
    /// Facts are held from this instant on.
    pub(crate) cut: Instant,
}

/// What a lane has to look at once an instant is over, with its line on the roll.
struct Turn {
    due: Instant,
    lane: usize,
    line: LineNo,
    fact: Arc<Fact>,
}

/// The room of so many facts is kept for others.
const SPARE_MOST: usize = 4_096;

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
            course: Course::default(),
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
        let all = self.by_hour.values().flatten().map(|(_, fact)| fact);
        all.filter(|fact| fact.act.of_record()).filter(current).cloned().collect()
    }

    /// Brings the lanes that slept up to date with the acts of record so far.
    pub(crate) fn wake(&mut self, plan: &Plan<'_>, acts_of_record: &[Arc<Fact>], tells: Tells) {
        self.awake = true;
        for fact in acts_of_record {
            plan.lay(fact, &mut self.course, |may_sleep| may_sleep);
            if !self.course.lanes.is_empty() {
                self.put(fact, self.roll.find(&fact.id), tells);
            }
        }
    }

    /// Takes a fact in, in the place of an earlier revision; gives it back where it comes too late.
    pub(crate) fn take(&mut self, plan: &Plan<'_>, fact: &Arc<Fact>, tells: Tells) -> Option<Erratum> {
        let line = self.roll.find(&fact.id);
        let former = line.and_then(|line| self.roll.at(line));
        if former.is_some_and(|former| former.footing == fact.footing && !former.is_before(fact)) {
            return None;
        }
        plan.lay(fact, &mut self.course, |may_sleep| self.awake || !may_sleep);
        // A finding on an act of record stands before the record itself, whatever it makes of it; and a revision before one that
        // comes after it and is older.
        let alone = self.course.lanes.is_empty() && former.is_none();
        if alone && fact.footing == Footing::Proposed && fact.revision <= 1 {
            return None;
        }
        if fact.happened.earliest() < self.cut {
            let (id, held_from) = (fact.id.clone(), self.cut);
            return Some(Erratum { fact: id, revision: fact.revision, footing: self.footing, held_from });
        }
        if former.is_some() {
            self.retract(plan, &fact.id, tells);
            plan.lay(fact, &mut self.course, |may_sleep| self.awake || !may_sleep);
            self.put(fact, self.roll.find(&fact.id), tells);
        } else {
            self.put(fact, line, tells);
        }
        None
    }

    /// Puts a fact into the lanes of its course. The line is that of its id, if there is one.
    fn put(&mut self, fact: &Arc<Fact>, line: Option<LineNo>, tells: Tells) {
        let (line, former) = self.roll.insert_at(line, fact);
        if former.is_none_or(|former| !Arc::ptr_eq(&former, fact)) {
            self.by_hour.entry(hour(fact.happened.latest())).or_default().push((line, Arc::clone(fact)));
        }
        let seat = Seat { roll: &self.roll, watch: &NOTHING, at: Instant::EARLIEST, tells };
        for (nth, side) in self.course.lanes.iter().copied() {
            let lane = &mut self.lanes[nth];
            if let Some(due) = lane.put(fact, line, side, seat) {
                let turn = Turn { due, lane: nth, line, fact: Arc::clone(fact) };
                self.wheel.entry(hour(due)).or_default().push(turn);
            }
            if lane.is_changed() {
                self.changed.insert(nth);
            }
        }
    }

    /// Takes a fact out.
    pub(crate) fn retract(&mut self, plan: &Plan<'_>, id: &str, tells: Tells) {
        let Some((line, fact)) = self.roll.stands(id) else { return };
        let fact = Arc::clone(fact);
        let seat = Seat { roll: &self.roll, watch: &NOTHING, at: Instant::EARLIEST, tells };
        plan.lay(&fact, &mut self.course, |_| true);
        for (nth, _) in &self.course.lanes {
            self.lanes[*nth].take_out(&fact, line, seat);
            if self.lanes[*nth].is_changed() {
                self.changed.insert(*nth);
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
            first.get_mut().retain(|turn| {
                let lane = &mut self.lanes[turn.lane];
                let ripe = lane.is_ripe(turn.due, seat);
                if ripe && !(tells == Tells::Breaches && self.roll.noted(turn.line, &turn.fact) == lane.kept()) {
                    lane.look_at(&turn.fact, seat, out);
                    looked_at.insert(turn.lane);
                }
                !ripe
            });
            if !first.get().is_empty() {
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
    pub(crate) fn forget(&mut self, watch: &Watch<'_>, at: Instant, tells: Tells, spare: &mut Vec<Arc<Fact>>) {
        let seat = Seat { roll: &self.roll, watch, at, tells };
        self.lanes.iter_mut().for_each(|lane| lane.forget(seat));
        self.cut = self.lanes.iter().map(|lane| lane.cut).min().unwrap_or(Instant::EARLIEST);
        while let Some(first) = self.by_hour.first_entry().filter(|first| *first.key() < hour(self.cut)) {
            for (line, mut fact) in first.remove() {
                self.roll.forget(line, &fact);
                if spare.len() < SPARE_MOST && Arc::get_mut(&mut fact).is_some() {
                    spare.push(fact);
                }
            }
        }
    }
}

/// Nothing was watched: for what does not ask.
const NOTHING: Watch<'static> =
    Watch { efforts: &[], detection: None, known_until: Instant::EARLIEST, sources: &[], heard: &[] };
