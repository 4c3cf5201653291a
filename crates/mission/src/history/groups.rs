//! What was known at an instant, grouped into incidents, as facts.
//!
//! Takes the reports that a history is about, once; gives for each moment the facts that a rule hears. A neighbourhood of
//! reports is grouped again only where one came in, or a look, or an act of people on one of them, or a source, or parameters: so all moments
//! together cost little more than one. Never keeps more than two groupings of a neighbourhood.

use crate::grouping::{Believed, lifts, orders};
use crate::incident::{Acts, SeenIncident, at_once, see};
use crate::state::{Held, Mission};
use crate::view::{Moment, Reader, may_count};
use clause::{Concern, Fact};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Effort, Instant, Observation, ObservationId, Source, SourceId, Span};

/// The reports of a history, by neighbourhood.
pub(super) struct Groups {
    neighbourhoods: Vec<Neighbourhood>,
    believed: Believed,
    reader: Reader,
}

/// A fact that a rule hears, with the reports behind it.
#[derive(Clone)]
pub(super) struct Heard {
    pub(super) fact: Arc<Fact>,
    pub(super) reports: Arc<[ObservationId]>,
}

struct Neighbourhood {
    reports: Vec<Arc<Held<Observation>>>,
    acts: Acts,
    /// Looks while one of them may have happened.
    looks: Vec<Arc<Held<Effort>>>,
    /// From when on the first counts, and from when on all do: by when they were received, and when they happened.
    first: (Instant, Instant),
    last: (Instant, Instant),
    /// With all of its reports, and as last asked.
    whole: Option<Grouped>,
    part: Option<Grouped>,
}

/// What a grouping hangs on.
#[derive(PartialEq, Eq)]
struct Known {
    /// The places of the reports that count.
    reports: Vec<usize>,
    /// How many looks, acts of people, sources and sets of parameters: of all none goes once it has come.
    looks: usize,
    acts: usize,
    sources: usize,
    believed: usize,
    /// The entry of the text that was asked.
    text: u64,
}

struct Grouped {
    known: Known,
    heard: Vec<Heard>,
}

impl Groups {
    /// Of all that was received up to an instant.
    pub(super) fn of(mission: &Mission, as_of: Instant, reader: Reader) -> Groups {
        let all: Vec<&Arc<Held<Observation>>> =
            mission.observations.values().filter(|held| held.received_at <= as_of).collect();
        let observations: Vec<&Observation> = all.iter().map(|held| &held.what).collect();
        let sources = mission.sources.iter().map(|(id, held)| (id.clone(), held.what.clone())).collect();
        let ordered = orders(&mission.groupings);
        let parts = fusion::neighbourhoods(&observations, &sources, &ordered, &mission.believed.all());
        let home: BTreeMap<ObservationId, usize> = parts
            .iter()
            .enumerate()
            .flat_map(|(part, places)| places.iter().map(move |at| (*at, part)))
            .map(|(at, part)| (all[at].what.id, part))
            .collect();
        let of = |places: &Vec<usize>| {
            Neighbourhood::of(places.iter().map(|at| Arc::clone(all[*at])).collect(), mission, as_of)
        };
        let mut neighbourhoods: Vec<Neighbourhood> = parts.iter().map(of).collect();
        let at = |observations: &[ObservationId]| observations.first().and_then(|first| home.get(first)).copied();
        for held in &mission.findings {
            at(&held.what.observations).into_iter().for_each(|at| neighbourhoods[at].acts.findings.push(held.clone()));
        }
        for held in &mission.attributions {
            let at = at(&held.what.observations);
            at.into_iter().for_each(|at| neighbourhoods[at].acts.attributions.push(held.clone()));
        }
        for held in &mission.rulings {
            at(&held.what.observations).into_iter().for_each(|at| neighbourhoods[at].acts.rulings.push(held.clone()));
        }
        let mut ordered: BTreeMap<u64, usize> = BTreeMap::new();
        for held in &mission.groupings {
            let first = held.what.order.observations().find_map(|id| home.get(id)).copied();
            // What lifts an order goes where the order is.
            if let Some(at) = first.or_else(|| ordered.get(&lifts(held)?).copied()) {
                ordered.insert(held.entry, at);
                neighbourhoods[at].acts.groupings.push(held.clone());
            }
        }
        Groups { neighbourhoods, believed: mission.believed.clone(), reader }
    }

    /// The facts that a rule hears at a moment; `text` is the entry of the agreement that it is a rule of.
    pub(super) fn heard(
        &mut self,
        moment: Moment,
        sources: &BTreeMap<SourceId, Source>,
        (text, concern): (u64, &Concern<'_>),
    ) -> Vec<Heard> {
        let mut all = Vec::new();
        for neighbourhood in &mut self.neighbourhoods {
            let (received_at, happened) = neighbourhood.first;
            if received_at <= moment.known_at && happened <= moment.judged_at {
                all.extend_from_slice(neighbourhood.heard(
                    moment,
                    (self.reader, &self.believed),
                    sources,
                    (text, concern),
                ));
            }
        }
        all
    }
}

impl Neighbourhood {
    fn of(reports: Vec<Arc<Held<Observation>>>, mission: &Mission, as_of: Instant) -> Neighbourhood {
        let received = || reports.iter().map(|held| held.received_at);
        let happened = || reports.iter().map(|held| held.what.happened.earliest());
        let edges = |received: Option<Instant>, happened: Option<Instant>| {
            received.zip(happened).expect("invariant: a neighbourhood has reports")
        };
        let (first, last) = (edges(received().min(), happened().min()), edges(received().max(), happened().max()));
        let span = reports.iter().map(|held| held.what.happened).reduce(Span::join);
        let looks = mission
            .efforts
            .values()
            .filter(|held| held.received_at <= as_of && span.is_some_and(|span| span.meet(held.what.span).is_some()));
        let looks = looks.cloned().collect();
        Neighbourhood { reports, acts: Acts::default(), looks, first, last, whole: None, part: None }
    }

    fn heard(
        &mut self,
        moment: Moment,
        (reader, believed): (Reader, &Believed),
        sources: &BTreeMap<SourceId, Source>,
        (text, concern): (u64, &Concern<'_>),
    ) -> &[Heard] {
        let all = self.last.0 <= moment.known_at && self.last.1 <= moment.judged_at;
        let counts = |held: &Held<Observation>| {
            let begun = held.received_at <= moment.known_at && held.what.happened.earliest() <= moment.judged_at;
            begun && may_count(reader, sources, &held.what.source)
        };
        let reports: Vec<usize> = (0..self.reports.len()).filter(|at| counts(&self.reports[*at])).collect();
        let looks = self
            .looks
            .iter()
            .filter(|held| held.received_at <= moment.known_at && held.what.span.earliest() <= moment.judged_at);
        let known = Known {
            reports,
            looks: looks.clone().count(),
            acts: self.acts.known(moment.known_at),
            sources: sources.len(),
            believed: believed.known(moment.known_at),
            text,
        };
        let kept = if all { &mut self.whole } else { &mut self.part };
        if kept.as_ref().is_none_or(|kept| kept.known != known) {
            let counted: Vec<Arc<Held<Observation>>> =
                known.reports.iter().map(|at| self.reports[*at].clone()).collect();
            let looks: Vec<Effort> = looks.map(|held| held.what.clone()).collect();
            let put_together = |known: fusion::Known<'_>| at_once(known, believed.at(moment.known_at));
            let seen = see(put_together, &self.acts, moment.known_at, None, &counted, sources, &looks);
            *kept = Some(Grouped { heard: seen.iter().flat_map(|seen| heard(seen, concern)).collect(), known });
        }
        kept.as_ref().map_or(&[], |kept| &kept.heard)
    }
}

fn heard(seen: &SeenIncident, concern: &Concern<'_>) -> Vec<Heard> {
    let facts: Vec<Arc<Fact>> = seen.facts().filter(|fact| concern.hears(fact)).map(Arc::new).collect();
    let reports: Arc<[ObservationId]> = if facts.is_empty() { [].into() } else { seen.incident.members[..].into() };
    facts.into_iter().map(|fact| Heard { fact, reports: Arc::clone(&reports) }).collect()
}
