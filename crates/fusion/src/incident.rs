//! The incident: observations of one happening, summed up.
//!
//! Takes members in canonical order and what fusion makes of them; gives span, place, count, kind and chance. Never averages
//! what sources disagree on: the best known member speaks, and disagreement over who did it leaves it open.

use crate::voice::{Spoken, group, spoken};
use crate::weigh::Model;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Chance, Count, IncidentId, Label, Observation, ObservationId, Party, Place, Source, SourceId, Span};

/// Observations of one happening, as the machine proposes and as people have ordered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Named after the member that was received first, so that it keeps its name while it grows.
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
    /// How likely it is that it happened: voices are independent, each counts once by its best report, and who looked and saw
    /// nothing counts against it.
    pub chance: Chance,
    /// Its observations, the most precise first.
    pub members: Vec<ObservationId>,
    /// The sources among them.
    pub sources: BTreeSet<SourceId>,
    /// How many voices there are among them.
    pub voices: u32,
    /// The voice of each member.
    pub spoken: Vec<Spoken>,
    /// How many voices looked there and then, were able to see it, and saw nothing.
    pub silent: u32,
    /// How each member after the first belongs to it.
    pub joins: Vec<Join>,
    /// How many other incidents its reports may belong to, at one in ten or more.
    pub rivals: u32,
    /// The nearest other way to put these reports together.
    pub alternative: Option<Alternative>,
    /// Whether people have ordered it as it is, or in part.
    pub ordered: Ordered,
}

/// How an observation belongs to an incident.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Join {
    /// The observation.
    pub observation: ObservationId,
    /// How likely it tells of the same happening as the others: the mean over them.
    pub chance: Chance,
    /// Distance between the middles of its place and of the most precise member's, metres.
    pub distance_m: u32,
    /// Gap between the two spans, milliseconds; zero where they meet.
    pub gap_ms: i64,
}

/// The nearest other way to put reports together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alternative {
    /// What would be otherwise.
    pub what: Otherwise,
    /// How likely that is.
    pub chance: Chance,
}

/// What would be otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Otherwise {
    /// It would be one with another incident.
    OneWith(IncidentId),
    /// A member would not belong to it.
    Without(ObservationId),
}

/// What people have ordered of an incident.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ordered {
    /// Nothing: it is as the machine proposes.
    Not,
    /// That some of its reports belong together, or that others do not belong to it.
    InPart,
    /// That there is no such incident: its reports take no part in others.
    Dismissed,
}

impl Ordered {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ordered::Not => "proposed",
            Ordered::InPart => "ordered",
            Ordered::Dismissed => "dismissed",
        }
    }
}

/// What fusion says of a group of reports beside who they are.
pub(crate) struct Weighed {
    /// For each member how likely it belongs to the others; certain where there are none.
    pub(crate) belongs: Vec<Chance>,
    /// Number of other incidents that it may be one with.
    pub(crate) rivals: u32,
    pub(crate) alternative: Option<Alternative>,
    pub(crate) ordered: Ordered,
}

/// Sums up the members of one incident, the most precise first; `id` is its name.
pub(crate) fn sum_up(
    id: IncidentId,
    members: &[&Observation],
    weighed: Weighed,
    sources: &BTreeMap<SourceId, Source>,
    model: &Model,
) -> Incident {
    let first = members[0];
    let spoken = spoken(members, sources, model);
    let voices = worth_of_voices(members, &spoken, &weighed.belongs, sources);
    let kind = members.iter().max_by_key(|m| (!is_effect(m.act), worth(m, sources), std::cmp::Reverse(m.act)));
    let nearest = members.iter().min_by_key(|m| m.place.disc().map_or(u32::MAX, |(_, radius_m)| radius_m));
    let culprits: BTreeSet<&Party> = members.iter().filter_map(|m| m.by.as_ref()).collect();
    Incident {
        id,
        act: kind.map_or(first.act, |m| m.act),
        object: members.iter().find_map(|m| m.object.clone()),
        happened: members.iter().fold(first.happened, |span, m| span.meet(m.happened).unwrap_or(span)),
        place: nearest.map_or_else(Place::unknown, |m| m.place.clone()),
        count: members.iter().map(|m| m.count).find(|count| *count != Count::UNKNOWN).unwrap_or(Count::UNKNOWN),
        by: if culprits.len() == 1 { culprits.first().map(|party| (*party).clone()) } else { None },
        chance: voices.iter().fold(Chance::NEVER, |sum, (_, worth)| sum.or(*worth)),
        members: members.iter().map(|m| m.id).collect(),
        sources: members.iter().map(|m| m.source.clone()).collect(),
        voices: u32::try_from(voices.len()).expect("invariant: fewer voices than observations"),
        spoken,
        silent: 0,
        joins: members.iter().zip(&weighed.belongs).skip(1).map(|(m, chance)| join(first, m, *chance)).collect(),
        rivals: weighed.rivals,
        alternative: weighed.alternative,
        ordered: weighed.ordered,
    }
}

/// What each voice is worth: its best report, as far as that belongs here. The best of all is what the others belong to. In the order of
/// their groups' names, the first of each, in which they were ever summed up.
fn worth_of_voices<'a>(
    members: &[&'a Observation],
    spoken: &[Spoken],
    belongs: &[Chance],
    sources: &'a BTreeMap<SourceId, Source>,
) -> Vec<(&'a str, Chance)> {
    let best = (0..members.len()).max_by_key(|at| (worth(members[*at], sources), std::cmp::Reverse(*at)));
    let mut voices: BTreeMap<u32, (&str, Chance)> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        let belongs = if Some(at) == best { Chance::CERTAIN } else { belongs[at] };
        let (worth, group) = (worth(member, sources).and(belongs), group(&member.source, sources));
        let known = voices.entry(spoken[at].voice).or_insert((group, worth));
        *known = (known.0.min(group), known.1.max(worth));
    }
    let mut voices: Vec<(&str, Chance)> = voices.into_values().collect();
    voices.sort_unstable();
    voices
}

/// What a report of this source of such an act is worth, as declared; nothing where nothing was.
fn worth(o: &Observation, sources: &BTreeMap<SourceId, Source>) -> Chance {
    sources.get(&o.source).and_then(|source| source.worth.get(&o.act)).copied().unwrap_or(Chance::NEVER)
}

fn join(first: &Observation, later: &Observation, chance: Chance) -> Join {
    let (one, two) = (first.happened, later.happened);
    let gap_ms = (two.earliest().ms() - one.latest().ms()).max(one.earliest().ms() - two.latest().ms()).max(0);
    let middles = first.place.disc().zip(later.place.disc());
    let distance_m = middles.map_or(0, |((here, _), (there, _))| here.distance_m(there) as u32);
    Join { observation: later.id, chance, distance_m, gap_ms }
}

fn is_effect(act: Act) -> bool {
    matches!(act, Act::Explosion | Act::ThermalAnomaly | Act::Casualties)
}
