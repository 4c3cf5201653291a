//! The monitor: facts one at a time, and only what they change.
//!
//! Takes facts as they come, late, revised or taken back, and what is known of the sources; gives each instance whose
//! outcome changed, with its certificate. Always says what `instances` would say of the same facts, and holds no more than
//! the rules' windows ask for. Never drops a fact in silence: one that comes too late for what is held is given back.

mod bound;
mod lane;
mod rest;
mod route;
mod table;
mod tally;

pub use bound::{Bound, bound};

use crate::agreement::Agreement;
use crate::bears::Test;
use crate::fact::{Fact, Footing};
use crate::instance::{Instance, InstanceKey, InstanceValue};
use crate::instances::apart;
use crate::judge::{Heard, Watch};
use crate::rule::Rule;
use lane::Lane;
use rest::Rest;
use route::Plan;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use table::Table;
use terms::time::{DAY_MS, HOUR_MS};
use terms::{Effort, Instant};

/// What a monitor tells of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tells {
    /// Every instance: also what runs, what was kept and what is excused.
    All,
    /// What is broken or cannot be told once its time is over, and what becomes of it.
    Breaches,
}

impl Tells {
    pub(crate) fn wants(self, instance: &Instance) -> bool {
        self == Tells::All || matches!(instance.value, InstanceValue::Violated | InstanceValue::Unknown)
    }
}

/// An instance whose outcome changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What is to be said of it now. One whose fact was withdrawn is void.
    pub instance: Arc<Instance>,
    /// What was last said of it.
    pub was: Option<InstanceValue>,
}

/// A fact that came too late to be judged with what is held: the record has to be judged anew.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Erratum {
    /// The fact's id.
    pub fact: String,
    /// Its revision; 0 for a retraction.
    pub revision: u32,
    /// On what footing.
    pub footing: Footing,
    /// Facts are held from this instant on.
    pub held_from: Instant,
}

/// Judges facts as they come.
pub struct Monitor<'a> {
    tells: Tells,
    tables: Vec<Table<'a>>,
    plan: Plan<'a>,
    rest: Rest<'a>,
    /// Facts that were let go of: their room is used again.
    spare: Vec<Arc<Fact>>,
    errata: Vec<Erratum>,
    /// What the unsettled were last looked at with.
    heard: (Vec<Heard>, u64),
    /// Up to when what is final was last said, and what is of no use was last let go of.
    closed: Instant,
    forgotten: Instant,
}

impl<'a> Monitor<'a> {
    /// A monitor of an agreement that has seen nothing yet.
    #[must_use]
    pub fn new(agreement: &'a Agreement, tells: Tells) -> Monitor<'a> {
        let mut plan = Plan::default();
        let mut tables: Vec<Table<'a>> = Footing::JUDGED.into_iter().map(Table::new).collect();
        let streamed = |rule: &&Rule| matches!(bound(agreement, rule), Bound::Stretch { .. });
        for rule in agreement.rules.iter().filter(streamed) {
            for reading in agreement.readings_of(rule) {
                let Some(window) = rule.window(reading) else { continue };
                let first = tables[0].lanes.len();
                for (bearer, owed, sector) in apart(agreement, rule) {
                    let test = Test { agreement, rule, reading, window: window.span(), owed, sector, located: None };
                    for table in &mut tables {
                        table.lanes.push(Lane::new(table.lanes.len(), test, window, bearer, table.footing));
                    }
                }
                plan.add(agreement, rule, first..tables[0].lanes.len());
            }
        }
        Monitor {
            tells,
            tables,
            plan,
            rest: Rest::of(agreement),
            spare: Vec::new(),
            errata: Vec::new(),
            heard: Default::default(),
            closed: Instant::EARLIEST,
            forgotten: Instant::EARLIEST,
        }
    }

    /// Takes a fact in; a later revision of one takes its place. What a party alleges is not judged.
    pub fn take(&mut self, fact: Fact) {
        let fact = self.room_for(fact);
        if self.tables.iter().any(|table| table.is_woken_by(&fact)) {
            let acts_of_record = self.tables[0].acts_of_record();
            let woken = self.tables.iter_mut().filter(|table| table.is_woken_by(&fact));
            woken.for_each(|table| table.wake(&self.plan, &acts_of_record, self.tells));
        }
        for table in &mut self.tables {
            let own = table.footing == fact.footing;
            let shared = fact.footing == Footing::Proposed && fact.act.of_record();
            if own || shared && table.roll.get(&fact.id).is_none_or(|known| known.footing != table.footing) {
                self.errata.extend(table.take(&self.plan, &fact, self.tells));
            } else if table.roll.get(&fact.id).is_some_and(|known| known.is_before(&fact)) {
                // It was an act of record, and now is something else.
                table.retract(&self.plan, &fact.id, self.tells);
            }
        }
        self.rest.take(&fact);
    }

    /// Takes a fact back, whatever its revision.
    pub fn retract(&mut self, fact: &Fact) {
        let (id, footing) = (&fact.id, fact.footing);
        let proposed = self.tables[0].roll.get(id).filter(|fact| fact.act.of_record()).cloned();
        for table in &mut self.tables {
            let held = table.roll.get(id).map(|fact| fact.footing);
            if held == Some(footing) {
                table.retract(&self.plan, id, self.tells);
                // What a finding said of an act of record no longer stands before the record itself.
                if let Some(proposed) = proposed.as_ref().filter(|_| footing != Footing::Proposed) {
                    self.errata.extend(table.take(&self.plan, proposed, self.tells));
                }
            } else if table.footing == footing && held.is_none() && fact.happened.earliest() < table.cut {
                self.errata.push(Erratum { fact: id.clone(), revision: 0, footing, held_from: table.cut });
            }
        }
        self.rest.retract(footing, id);
    }

    /// What changed, now that everything known until `watch.known_until` has been taken in and it is `at`: in canonical
    /// order, each instance once.
    pub fn advance(&mut self, watch: &Watch<'_>, at: Instant) -> Vec<Told> {
        let mut out = Vec::new();
        let resettle = self.resettle(watch);
        let known = watch.known_until.min(at);
        let (close, forget) = (known >= self.closed.shifted(HOUR_MS), known >= self.forgotten.shifted(DAY_MS));
        for table in &mut self.tables {
            table.advance(watch, at, self.tells, resettle, &mut out);
            if close {
                table.close(watch, at, self.tells, &mut out);
            }
            if forget {
                table.forget(watch, at, self.tells, &mut self.spare);
            }
        }
        self.closed = if close { known } else { self.closed };
        self.forgotten = if forget { known } else { self.forgotten };
        self.rest.advance(watch, at, self.tells, &mut out);
        // The last thing said of an instance is what is told of it.
        out.reverse();
        out.sort_by(|a, b| order(&a.instance).cmp(&order(&b.instance)));
        out.dedup_by(|later, first| {
            let same = later.instance.key == first.instance.key;
            if same {
                first.was = later.was;
            }
            same
        });
        out
    }

    /// The facts that came too late for what is held since this was last asked.
    pub fn errata(&mut self) -> Vec<Erratum> {
        let mut errata = std::mem::take(&mut self.errata);
        errata.sort();
        errata.dedup();
        errata
    }

    /// How many facts are held in all, a fact counted once for each part that it plays.
    #[must_use]
    pub fn held(&self) -> usize {
        let lanes = self.tables.iter().flat_map(|table| &table.lanes);
        lanes.map(Lane::held).sum::<usize>() + self.rest.held()
    }

    /// A fact in the room of one that was let go of, if there is any.
    fn room_for(&mut self, fact: Fact) -> Arc<Fact> {
        let Some(mut spare) = self.spare.pop() else { return Arc::new(fact) };
        match Arc::get_mut(&mut spare) {
            Some(room) => *room = fact,
            None => return Arc::new(fact),
        }
        spare
    }

    /// Whether what was not known for want of a source or of coverage has to be looked at again.
    fn resettle(&mut self, watch: &Watch<'_>) -> bool {
        if !self.tables.iter().any(Table::is_unsettled) {
            return false;
        }
        let heard = (watch.heard.to_vec(), fingerprint(watch.efforts));
        let changed = heard != self.heard;
        self.heard = heard;
        changed
    }
}

fn order(instance: &Instance) -> (Instant, &InstanceKey) {
    (instance.interest.latest(), &instance.key)
}

/// Tells one list of efforts from another.
fn fingerprint(efforts: &[Effort]) -> u64 {
    let mut hasher = DefaultHasher::new();
    efforts.iter().for_each(|effort| hasher.write(effort.id.to_string().as_bytes()));
    hasher.finish()
}
