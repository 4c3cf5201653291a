//! Incidents with what people made of them: findings, attributions, rulings, and how each bears on the text.
//!
//! Takes the machine's partition and the signed acts of people; gives each incident its state. The four acts stay four:
//! a finding says that it happened, an attribution says by whom, a ruling is the competent body's. Never infers one from
//! another.

use crate::grouping::{orders, standing, touches};
use crate::record::body::{Attribution, Finding, FindingResult, Grouping, Ruling};
use crate::state::{Held, Mission};
use clause::{Agreement, Bears, Fact, Footing};
use fusion::{Incident, Known, Model, Ordered, Received};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Chance, Effort, Instant, Label, Observation, ObservationId, Source, SourceId};

/// How a fact bears on one rule under one reading.
#[derive(Clone, Debug)]
pub struct Bearing {
    /// The rule.
    pub rule: Label,
    /// The reading, where there are several.
    pub reading: Option<Label>,
    /// Whether it falls under the rule.
    pub bears: Bears,
}

impl Bearing {
    /// `falls under`, `outside` or `cannot tell`.
    #[must_use]
    pub fn answer(&self) -> &'static str {
        answer(&self.bears)
    }

    /// Why it lies outside, or what is not known; empty where it falls under.
    #[must_use]
    pub fn why(&self) -> String {
        why(&self.bears)
    }
}

/// The three answers to "does it fall under the rule?".
#[must_use]
pub fn answer(bears: &Bears) -> &'static str {
    match bears {
        Bears::Falls => "falls under",
        Bears::Outside(_) => "outside",
        Bears::Undetermined(_) => "cannot tell",
    }
}

/// The reasons behind an answer, as one text.
#[must_use]
pub fn why(bears: &Bears) -> String {
    match bears {
        Bears::Falls => String::new(),
        Bears::Outside(reason) => reason.text.clone(),
        Bears::Undetermined(reasons) => {
            reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
        }
    }
}

/// An incident with what people made of it.
#[derive(Clone, Debug)]
pub struct SeenIncident {
    /// As the machine proposes it.
    pub incident: Incident,
    /// How it bears on each rule under each reading.
    pub bearings: Vec<Bearing>,
    /// Findings on it, oldest first; the last one stands.
    pub findings: Vec<Arc<Held<Finding>>>,
    /// Attributions, oldest first; the last one stands.
    pub attributions: Vec<Arc<Held<Attribution>>>,
    /// Rulings, oldest first.
    pub rulings: Vec<Arc<Held<Ruling>>>,
    /// Orders that stand on how its reports are put together, oldest first.
    pub groupings: Vec<Arc<Held<Grouping>>>,
}

impl SeenIncident {
    /// The result of the finding that stands.
    #[must_use]
    pub fn finding(&self) -> Option<FindingResult> {
        self.findings.last().map(|held| held.what.result)
    }

    /// Whether people have said that there is no such incident, and nobody has found that there is.
    fn is_dismissed(&self) -> bool {
        self.incident.ordered == Ordered::Dismissed && self.finding() != Some(FindingResult::Established)
    }

    /// `proposed`, `dismissed`, or the result of the finding that stands.
    #[must_use]
    pub fn state(&self) -> &'static str {
        let unfound = if self.is_dismissed() { "dismissed" } else { "proposed" };
        self.finding().map_or(unfound, FindingResult::word)
    }

    /// The attribution that stands.
    #[must_use]
    pub fn attribution(&self) -> Option<&Attribution> {
        self.attributions.last().map(|held| &held.what)
    }

    /// The facts that this incident gives, one on each footing that it has reached; none on the first where it was dismissed.
    pub(crate) fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let attributed = self.attribution().and_then(|attribution| attribution.party.clone());
        let established = (self.finding() == Some(FindingResult::Established)).then(|| Fact {
            chance: Chance::CERTAIN,
            by: attributed.clone(),
            ..fact(&self.incident, Footing::Established)
        });
        let ruled = self.rulings.last().filter(|held| held.what.breach).map(|_| Fact {
            chance: Chance::CERTAIN,
            by: attributed,
            ..fact(&self.incident, Footing::Ruled)
        });
        let proposed = (!self.is_dismissed()).then(|| fact(&self.incident, Footing::Proposed));
        [proposed, established, ruled].into_iter().flatten()
    }
}

/// Findings, attributions, rulings and groupings, in the order of the log.
#[derive(Clone, Default)]
pub(crate) struct Acts {
    pub(crate) findings: Vec<Arc<Held<Finding>>>,
    pub(crate) attributions: Vec<Arc<Held<Attribution>>>,
    pub(crate) rulings: Vec<Arc<Held<Ruling>>>,
    pub(crate) groupings: Vec<Arc<Held<Grouping>>>,
}

impl Acts {
    /// Those of a mission.
    pub(crate) fn of(mission: &Mission) -> Acts {
        let Mission { findings, attributions, rulings, groupings, .. } = mission;
        Acts {
            findings: findings.clone(),
            attributions: attributions.clone(),
            rulings: rulings.clone(),
            groupings: groupings.clone(),
        }
    }

    /// How many were received up to an instant.
    pub(crate) fn known(&self, at: Instant) -> usize {
        fn known<T>(acts: &[Arc<Held<T>>], at: Instant) -> usize {
            acts.iter().filter(|held| held.received_at <= at).count()
        }
        let findings = known(&self.findings, at) + known(&self.attributions, at);
        findings + known(&self.rulings, at) + known(&self.groupings, at)
    }
}

/// Puts all together, with nothing kept.
pub(crate) fn at_once(known: Known<'_>, model: &Arc<Model>) -> Vec<Incident> {
    fusion::partition(known, model)
}

/// Groups what is known into incidents, as `put_together` does, and lays the acts of people beside them.
pub(crate) fn see(
    put_together: impl FnOnce(Known<'_>) -> Vec<Incident>,
    acts: &Acts,
    known_at: Instant,
    agreement: Option<&Agreement>,
    observations: &[Arc<Held<Observation>>],
    sources: &BTreeMap<SourceId, Source>,
    efforts: &[Effort],
) -> Vec<SeenIncident> {
    let reports: Vec<Received<'_>> =
        observations.iter().map(|held| Received { observation: &held.what, received_at: held.received_at }).collect();
    let groupings: Vec<Arc<Held<Grouping>>> = standing(&acts.groupings, known_at).cloned().collect();
    let orders = orders(&groupings);
    let known = Known { reports: &reports, sources, efforts, orders: &orders };
    let incidents = put_together(known);
    let home: BTreeMap<ObservationId, usize> = incidents
        .iter()
        .enumerate()
        .flat_map(|(at, incident)| incident.members.iter().map(move |member| (*member, at)))
        .collect();
    let mut seen: Vec<SeenIncident> = incidents
        .into_iter()
        .map(|incident| SeenIncident {
            bearings: bearings(agreement, &fact(&incident, Footing::Proposed)),
            groupings: groupings.iter().filter(|held| touches(&held.what, &incident.members)).cloned().collect(),
            incident,
            findings: Vec::new(),
            attributions: Vec::new(),
            rulings: Vec::new(),
        })
        .collect();
    // An act of people names observations; the incident that holds the first of them carries it.
    let carrier = |observations: &[ObservationId]| observations.first().and_then(|first| home.get(first)).copied();
    for held in acts.findings.iter().filter(|held| held.received_at <= known_at) {
        if let Some(at) = carrier(&held.what.observations) {
            seen[at].findings.push(held.clone());
        }
    }
    for held in acts.attributions.iter().filter(|held| held.received_at <= known_at) {
        if let Some(at) = carrier(&held.what.observations) {
            seen[at].attributions.push(held.clone());
        }
    }
    for held in acts.rulings.iter().filter(|held| held.received_at <= known_at) {
        if let Some(at) = carrier(&held.what.observations) {
            seen[at].rulings.push(held.clone());
        }
    }
    seen
}

/// How a fact bears on every rule under every reading, in the order of the text.
pub(crate) fn bearings(agreement: Option<&Agreement>, fact: &Fact) -> Vec<Bearing> {
    let Some(agreement) = agreement else { return Vec::new() };
    let mut bearings = Vec::new();
    for rule in &agreement.rules {
        for reading in agreement.readings_of(rule) {
            bearings.push(Bearing {
                rule: rule.id.clone(),
                reading: rule.depends_on_reading.then(|| reading.id.clone()),
                bears: clause::bears(agreement, rule, reading, fact),
            });
        }
    }
    bearings
}

fn fact(incident: &Incident, footing: Footing) -> Fact {
    Fact {
        id: incident.id.to_string(),
        revision: 1,
        act: incident.act,
        object: incident.object.clone(),
        happened: incident.happened,
        place: incident.place.rounded(),
        by: incident.by.clone(),
        at: None,
        count: terms::Count::UNKNOWN,
        about: None,
        chance: incident.chance,
        footing,
    }
}
