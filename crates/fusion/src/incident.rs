//! The incident: observations of one happening, summed up.
//!
//! Takes members in canonical order; gives span, place, count, kind and chance. Never averages what sources disagree
//! on: the best known member speaks, and disagreement over who did it leaves it open.

use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Chance, Count, IncidentId, Label, Observation, ObservationId, Party, Place, Source, SourceId, Span};

/// Observations of one happening, as the machine proposes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Named after its first member, so that later, vaguer reports do not rename it.
    pub id: IncidentId,
    /// Its kind: of its members' kinds the one most to be trusted, an effect only if no act is reported.
    pub act: Act,
    /// What was hit.
    pub object: Option<Label>,
    /// The time that all members allow.
    pub happened: Span,
    /// The place of the member that knows it best.
    pub place: Place,
    /// The count of the first member that counted.
    pub count: Count,
    /// By whom, if the members that say so agree.
    pub by: Option<Party>,
    /// How likely it is that it happened: voices are independent, sources of one voice count once.
    pub chance: Chance,
    /// Its observations, the most precise first.
    pub members: Vec<ObservationId>,
    /// The sources among them.
    pub sources: BTreeSet<SourceId>,
    /// How many voices there are among them.
    pub voices: u32,
    /// Why each member after the first was joined.
    pub joins: Vec<Join>,
    /// How many incidents a vague lone report may be one of; it was then joined to none.
    pub rivals: u32,
}

/// Why an observation was joined to an incident.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Join {
    /// The observation.
    pub observation: ObservationId,
    /// Distance between the middles of the two places, metres.
    pub distance_m: u32,
    /// Gap between the two spans, milliseconds; zero where they meet.
    pub gap_ms: i64,
}

/// Sums up the members of one incident; the first is the most precise.
pub(crate) fn sum_up(
    members: &[&Observation],
    joins: Vec<Join>,
    rivals: u32,
    sources: &BTreeMap<SourceId, Source>,
) -> Incident {
    let first = members[0];
    let worth = |o: &Observation| {
        let declared = sources.get(&o.source).and_then(|source| source.worth.get(&o.act));
        declared.copied().unwrap_or(Chance::NEVER)
    };
    let mut voices: BTreeMap<&str, Chance> = BTreeMap::new();
    for member in members {
        let voice = sources.get(&member.source).map_or(member.source.as_str(), |source| source.voice.as_str());
        let best = voices.entry(voice).or_insert(Chance::NEVER);
        *best = worth(member).max(*best);
    }
    let kind = members.iter().max_by_key(|m| (!is_effect(m.act), worth(m), std::cmp::Reverse(m.act)));
    let nearest = members.iter().min_by_key(|m| m.place.disc().map_or(u32::MAX, |(_, radius_m)| radius_m));
    let culprits: BTreeSet<&Party> = members.iter().filter_map(|m| m.by.as_ref()).collect();
    Incident {
        id: IncidentId::of(&first.id.bytes()),
        act: kind.map_or(first.act, |m| m.act),
        object: members.iter().find_map(|m| m.object.clone()),
        happened: members.iter().fold(first.happened, |span, m| span.meet(m.happened).unwrap_or(span)),
        place: nearest.map_or_else(Place::unknown, |m| m.place.clone()),
        count: members.iter().map(|m| m.count).find(|count| *count != Count::UNKNOWN).unwrap_or(Count::UNKNOWN),
        by: if culprits.len() == 1 { culprits.first().map(|party| (*party).clone()) } else { None },
        chance: voices.values().fold(Chance::NEVER, |sum, worth| sum.or(*worth)),
        members: members.iter().map(|m| m.id).collect(),
        sources: members.iter().map(|m| m.source.clone()).collect(),
        voices: u32::try_from(voices.len()).expect("invariant: fewer voices than observations"),
        joins,
        rivals,
    }
}

fn is_effect(act: Act) -> bool {
    matches!(act, Act::Explosion | Act::ThermalAnomaly | Act::Casualties)
}
