//! What was said of one rule at an instant, and what stood behind it.
//!
//! Takes the state, from when one looks back, and an instant; gives the verdicts of the rule, thinned to what a history
//! tells. Judges as a view does, on the same facts, so that a history cannot say what no bulletin would have said.

use super::Account;
use super::groups::{Groups, Heard};
use crate::margin::margin;
use crate::state::{Adopted, Held, Mission};
use crate::view::{Moment, Reader};
use crate::watching::watching;
use clause::{Agreement, Bears, Concern, Footing, Reading, Rule, Standing, Value, Verdict};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Chance, Effort, Instant, Label, ObservationId, Party, Source, SourceId};

/// So many of the incidents behind a verdict are kept, of those that fall under the rule and of those that may: the first.
const NOTES_MOST: usize = 32;

/// Reading, bearer and footing of a verdict.
pub(super) type Key = (Option<Label>, Option<Party>, Footing);

/// What was said at an instant.
pub(super) struct Judgement {
    /// The text that governed.
    pub(super) version: Option<Arc<Held<Adopted>>>,
    /// What the margin showed; nothing where the text had no such rule.
    pub(super) margin: Option<Value>,
    pub(super) said: BTreeMap<Key, Said>,
    /// The reports of each incident that is noted.
    pub(super) reports: BTreeMap<String, Arc<[ObservationId]>>,
}

/// One verdict, thinned.
pub(super) struct Said {
    pub(super) value: Value,
    pub(super) standing: Standing,
    /// What it read when it became final, where that is something else.
    pub(super) was: Option<Value>,
    pub(super) summary: String,
    pub(super) watched: Option<Chance>,
    /// The incidents behind it, and whether each surely falls under the rule.
    pub(super) notes: BTreeMap<String, bool>,
}

impl Judgement {
    /// Whether another instant reads otherwise.
    pub(super) fn differs(&self, other: &Judgement) -> bool {
        let entry = |judgement: &Judgement| judgement.version.as_ref().map(|held| held.entry);
        let alike = |(a, b): (&Said, &Said)| (a.value, a.standing) == (b.value, b.standing);
        entry(self) != entry(other)
            || !self.said.keys().eq(other.said.keys())
            || !self.said.values().zip(other.said.values()).all(alike)
    }
}

/// What counts at each instant, from one point of view.
pub(super) struct Past<'m> {
    pub(super) mission: &'m Mission,
    rule: Label,
    pub(super) account: Account,
    as_of: Instant,
    groups: Groups,
    /// From when on each report counts, in order.
    pub(super) observed_from: Vec<Instant>,
    /// From when on each look counts, in order, and when it was received.
    looks: Vec<(Instant, Instant)>,
    efforts: Vec<Effort>,
    /// What verdicts read when they became final, by the entry of the text and that instant.
    finals: BTreeMap<(u64, Instant), Vec<Verdict>>,
}

impl<'m> Past<'m> {
    pub(super) fn of(mission: &'m Mission, rule: Label, account: Account, as_of: Instant, reader: Reader) -> Past<'m> {
        let counts_from = |received_at: Instant, happened: Instant| match account {
            Account::AsJudgedThen => received_at.max(happened),
            Account::AsOfNow => happened,
        };
        let observations = mission.observations.values().filter(|held| held.received_at <= as_of);
        let mut observed_from: Vec<Instant> = observations
            .map(|held| counts_from(held.received_at, held.what.happened.earliest()))
            .filter(|from| *from <= as_of)
            .collect();
        observed_from.sort_unstable();
        let efforts = mission.efforts.values().filter(|held| held.received_at <= as_of);
        let mut efforts: Vec<(Instant, &Arc<Held<Effort>>)> = efforts
            .map(|held| (counts_from(held.received_at, held.what.span.earliest()), held))
            .filter(|(from, _)| *from <= as_of)
            .collect();
        efforts.sort_by_key(|(from, held)| (*from, held.what.id));
        Past {
            mission,
            rule,
            account,
            as_of,
            groups: Groups::of(mission, as_of, reader),
            observed_from,
            looks: efforts.iter().map(|(from, held)| (*from, held.received_at)).collect(),
            efforts: efforts.into_iter().map(|(_, held)| held.what.clone()).collect(),
            finals: BTreeMap::new(),
        }
    }

    /// How many reports and looks there are to go through, and one.
    pub(super) fn load(&self) -> usize {
        self.observed_from.len() + self.looks.len() + 1
    }

    /// From when on each look counts, in order.
    pub(super) fn looked_from(&self) -> impl Iterator<Item = Instant> {
        self.looks.iter().map(|(from, _)| *from)
    }

    /// How many looks count at an instant.
    pub(super) fn looked_by(&self, at: Instant) -> usize {
        self.looks.partition_point(|(from, _)| *from <= at)
    }

    /// Up to when is known what counts at an instant.
    pub(super) fn moment(&self, at: Instant) -> Moment {
        match self.account {
            Account::AsJudgedThen => Moment::at(at),
            Account::AsOfNow => Moment { known_at: self.as_of, judged_at: at },
        }
    }

    pub(super) fn rule(&self) -> &Label {
        &self.rule
    }

    pub(super) fn judge(&mut self, at: Instant) -> Judgement {
        let moment = self.moment(at);
        let version = self.mission.versions(moment).pop().map(|(held, _)| held);
        let mut judgement =
            Judgement { version: version.clone(), margin: None, said: BTreeMap::new(), reports: BTreeMap::new() };
        let Some(held) = version else { return judgement };
        let agreement = &held.what.agreement;
        let Some(rule) = agreement.rule(&self.rule) else { return judgement };
        let (heard, verdicts) = self.verdicts(&held, rule, moment);
        judgement.margin = Some(margin(&verdicts.iter().collect::<Vec<_>>()));
        for verdict in verdicts {
            let was = self.was(&held, rule, &verdict, at);
            let said = thinned(&verdict, was);
            judgement.said.insert((verdict.reading, verdict.bearer, verdict.footing), said);
        }
        for Heard { fact, reports } in heard {
            if judgement.said.values().any(|said| said.notes.contains_key(&fact.id)) {
                judgement.reports.insert(fact.id.clone(), reports);
            }
        }
        judgement
    }

    fn sources(&self, moment: Moment) -> BTreeMap<SourceId, Source> {
        let known = self.mission.sources.iter().filter(|(_, held)| held.received_at <= moment.known_at);
        known.map(|(id, held)| (id.clone(), held.what.clone())).collect()
    }

    /// The verdicts of the rule, and the facts that they rest on.
    fn verdicts(&mut self, held: &Held<Adopted>, rule: &Rule, moment: Moment) -> (Vec<Heard>, Vec<Verdict>) {
        let (sources, concern) = (self.sources(moment), Concern::of(&held.what.agreement, rule));
        let heard = self.groups.heard(moment, &sources, (held.entry, &concern));
        let begun = self.looked_by(moment.judged_at);
        let looks = self.looks[..begun].iter().zip(&self.efforts);
        let late = looks.clone().any(|((_, received_at), _)| *received_at > moment.known_at);
        let known = looks.filter(|((_, received_at), _)| *received_at <= moment.known_at).map(|(_, effort)| effort);
        let efforts: Cow<'_, [Effort]> =
            if late { known.cloned().collect() } else { Cow::Borrowed(&self.efforts[..begun]) };
        let detection = self.mission.detection(moment).map(|held| &held.what.detection);
        let mut verdicts = watching(&sources, &efforts, detection, moment, |watch| {
            concern.judge(heard.iter().map(|heard| Arc::clone(&heard.fact)), watch, moment.judged_at)
        });
        let resting = self.mission.resting(moment.known_at);
        verdicts.iter_mut().for_each(|verdict| resting.iter().for_each(|resting| resting.mark(verdict)));
        (heard, verdicts)
    }

    /// What a final verdict read when it became final, where that is something else: as `Mission::amend` finds it.
    fn was(&mut self, held: &Held<Adopted>, rule: &Rule, verdict: &Verdict, at: Instant) -> Option<Value> {
        let agreement = &held.what.agreement;
        let closes = agreement.closes(rule, reading_of(agreement, verdict)?)?;
        if verdict.standing != Standing::Final || closes >= at {
            return None;
        }
        let key = (held.entry, closes);
        if !self.finals.contains_key(&key) {
            let then = self.verdicts(held, rule, Moment::at(closes)).1;
            self.finals.insert(key, then);
        }
        let same = |other: &&Verdict| {
            (&other.reading, &other.bearer, other.footing) == (&verdict.reading, &verdict.bearer, verdict.footing)
        };
        self.finals[&key].iter().find(same).map(|then| then.value).filter(|was| *was != verdict.value)
    }
}

fn reading_of<'a>(agreement: &'a Agreement, verdict: &Verdict) -> Option<&'a Reading> {
    match &verdict.reading {
        Some(id) => agreement.readings.iter().find(|reading| reading.id == *id),
        None => Some(&agreement.as_written),
    }
}

fn thinned(verdict: &Verdict, was: Option<Value>) -> Said {
    let because = &verdict.because;
    let falling = because.incidents.iter().filter(|note| note.bears == Bears::Falls).take(NOTES_MOST);
    let doubtful = because.incidents.iter().filter(|note| matches!(note.bears, Bears::Undetermined(_)));
    let notes = doubtful.take(NOTES_MOST).map(|note| (note.id.clone(), false));
    Said {
        value: verdict.value,
        standing: if was.is_some() { Standing::Amended } else { verdict.standing },
        was,
        summary: because.summary.clone(),
        watched: because.coverage.as_ref().map(|coverage| coverage.watched),
        notes: notes.chain(falling.map(|note| (note.id.clone(), true))).collect(),
    }
}
