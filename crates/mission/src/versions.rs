//! Which text governs when, which reading stands, and what was changed after it was final.
//!
//! Takes the adopted agreements, the rulings on interpretation and the verdicts; gives the governing version, the former
//! ones with their verdicts, and the amendments of verdicts that were final. Never edits a verdict in silence.

use crate::record::body::Interpretation;
use crate::state::{Adopted, Held, Mission};
use crate::view::{Moment, Reader};
use clause::{Agreement, Footing, Standing, Value, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Instant, Label, Party};

/// A version of the agreement that another has taken the place of.
#[derive(Clone, Debug)]
pub struct Former {
    /// As adopted.
    pub adopted: Arc<Held<Adopted>>,
    /// When the next version came into force.
    pub until: Instant,
    /// What is to be said of its rules up to then.
    pub verdicts: Vec<Verdict>,
}

/// A verdict that was final and reads otherwise now, because of what came in later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Amendment {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// Whom it is about.
    pub bearer: Option<Party>,
    /// On what footing.
    pub footing: Footing,
    /// When it became final.
    pub final_at: Instant,
    /// What it read then.
    pub was: Value,
}

impl Amendment {
    /// Whether it is about this verdict.
    #[must_use]
    pub fn of(&self, verdict: &Verdict) -> bool {
        let same = self.rule == verdict.rule && self.reading == verdict.reading;
        same && self.bearer == verdict.bearer && self.footing == verdict.footing
    }
}

impl Mission {
    /// The version that governs at the instant of judgement, and each former one with the instant at which it ceased.
    /// Before any is in force it is the one that will be first.
    pub(crate) fn versions(&self, moment: Moment) -> Vec<(Arc<Held<Adopted>>, Option<Instant>)> {
        let mut known: Vec<&Arc<Held<Adopted>>> =
            self.agreements.iter().filter(|held| held.received_at <= moment.known_at).collect();
        known.sort_by_key(|held| (held.what.agreement.in_force, held.entry));
        // Of two that begin together the one adopted last corrects the other.
        known.reverse();
        known.dedup_by_key(|held| held.what.agreement.in_force);
        known.reverse();
        let begun = known.iter().filter(|held| held.what.agreement.in_force.is_none_or(|at| at <= moment.judged_at));
        known.truncate(begun.count().max(1));
        let next = known.iter().skip(1).map(|held| held.what.agreement.in_force).chain([None]);
        known.iter().map(|held| Arc::clone(held)).zip(next.collect::<Vec<_>>()).collect()
    }

    /// The rulings on interpretation that hold at the instant of judgement, by rule: the last one stands.
    pub(crate) fn settled(&self, agreement: &Agreement, moment: Moment) -> BTreeMap<Label, Arc<Held<Interpretation>>> {
        let mut settled = BTreeMap::new();
        let holds = |held: &&Arc<Held<Interpretation>>| {
            held.received_at <= moment.known_at && held.what.from <= moment.judged_at
        };
        for held in self.interpretations.iter().filter(holds) {
            let known = agreement.readings.iter().any(|reading| reading.id == held.what.reading);
            let meant = |rule: &Label| held.what.rules.is_empty() || held.what.rules.contains(rule);
            for rule in agreement.rules.iter().filter(|rule| known && rule.depends_on_reading && meant(&rule.id)) {
                settled.insert(rule.id.clone(), Arc::clone(held));
            }
        }
        settled
    }

    /// Marks the verdicts that read otherwise when they became final, and says what they read.
    pub(crate) fn amend(
        &self,
        agreement: &Agreement,
        verdicts: &mut [Verdict],
        moment: Moment,
        reader: Reader,
    ) -> Vec<Amendment> {
        let reading = |verdict: &Verdict| match &verdict.reading {
            Some(id) => agreement.readings.iter().find(|reading| reading.id == *id),
            None => Some(&agreement.as_written),
        };
        let closed = |verdict: &Verdict| {
            let closes = agreement.closes(agreement.rule(&verdict.rule)?, reading(verdict)?)?;
            (verdict.standing == Standing::Final && self.came_after(closes, moment)).then_some(closes)
        };
        let instants: BTreeSet<Instant> = verdicts.iter().filter_map(closed).collect();
        let mut amendments = Vec::new();
        for final_at in instants {
            let then = self.judged(agreement, Moment::at(final_at), reader).verdicts;
            for verdict in verdicts.iter_mut().filter(|verdict| closed(verdict) == Some(final_at)) {
                let same = |other: &&Verdict| {
                    (&other.rule, &other.reading, &other.bearer, other.footing)
                        == (&verdict.rule, &verdict.reading, &verdict.bearer, verdict.footing)
                };
                let Some(was) = then.iter().find(same).map(|then| then.value).filter(|was| *was != verdict.value)
                else {
                    continue;
                };
                verdict.standing = Standing::Amended;
                amendments.push(Amendment {
                    rule: verdict.rule.clone(),
                    reading: verdict.reading.clone(),
                    bearer: verdict.bearer.clone(),
                    footing: verdict.footing,
                    final_at,
                    was,
                });
            }
        }
        amendments
    }

    /// Whether anything that verdicts rest on came in after that instant.
    fn came_after(&self, instant: Instant, moment: Moment) -> bool {
        let late = |received_at: Instant| received_at > instant && received_at <= moment.known_at;
        self.observations.values().any(|held| late(held.received_at))
            || self.efforts.values().any(|held| late(held.received_at))
            || self.findings.iter().any(|held| late(held.received_at))
            || self.attributions.iter().any(|held| late(held.received_at))
            || self.rulings.iter().any(|held| late(held.received_at))
    }
}
