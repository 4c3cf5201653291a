//! Who watches, and how well they are believed to see at a moment.
//!
//! Takes the entries that say so; gives what clauses are judged by. Where no entry says how well a means sees, a look counts as
//! seeing all that it could, and nothing is assumed in its place.

use crate::incident::SeenIncident;
use crate::record::body::AdoptedDetection;
use crate::state::{Held, Mission};
use crate::view::{Moment, View};
use clause::Watch;
use coverage::{Detection, Glimpse, History, Looks, Survey, Watched};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Act, Area, Chance, Effort, Means, Outcome, Source, SourceId, SourceKind, Span};

/// Says something with what was watched as of a moment.
pub(crate) fn watching<T>(
    sources: &BTreeMap<SourceId, Source>,
    efforts: &[Effort],
    detection: Option<&Detection>,
    moment: Moment,
    say: impl FnOnce(&Watch<'_>) -> T,
) -> T {
    let sources: Vec<Source> = sources.values().cloned().collect();
    say(&Watch { efforts, detection, known_until: moment.known_at, sources: &sources, heard: &[] })
}

impl Mission {
    /// How well each means is believed to see at a moment; nothing where no entry says so.
    #[must_use]
    pub fn detection(&self, moment: Moment) -> Option<&Arc<Held<AdoptedDetection>>> {
        self.detections.iter().rev().find(|held| held.received_at <= moment.known_at)
    }
}

impl View {
    /// How well each means is believed to see, if the mission adopted that.
    #[must_use]
    pub fn detection(&self) -> Option<&Detection> {
        self.detection.as_ref().map(|held| &held.what.detection)
    }

    /// The acts on the ground among the incidents of this view, and of how many incidents: the most frequent first.
    #[must_use]
    pub fn acts_told(&self) -> Vec<(Act, u64)> {
        let mut told: BTreeMap<Act, u64> = BTreeMap::new();
        for seen in self.incidents.iter().filter(|seen| seen.incident.act.on_the_ground()) {
            *told.entry(seen.incident.act).or_default() += 1;
        }
        let mut told: Vec<(Act, u64)> = told.into_iter().collect();
        told.sort_by_key(|(act, count)| (Reverse(*count), *act));
        told
    }

    /// Of happenings such as this mission was told of, the share that would have been seen in `area` during `span`: the chances of
    /// each act, weighed by how many incidents are of it. Nothing where no detection is adopted or nothing was told.
    #[must_use]
    pub fn seen(&self, area: &Area, span: Span) -> Option<Chance> {
        let (told, detection) = (self.acts_told(), self.detection()?);
        let all: u64 = told.iter().map(|(_, count)| count).sum();
        let of = |looks: &Looks<'_>| -> u64 {
            let mut ground = Watched::new(area);
            let mut chance =
                |(act, count): &(Act, u64)| u64::from(ground.seen(*act, span, looks, detection).chance.ppm()) * count;
            told.iter().map(&mut chance).sum()
        };
        (all > 0).then(|| Chance::share(self.with_looks(of), all * 1_000_000)).flatten()
    }

    /// Where an act would have been seen in `area` during `span`, what each loss cost and what would help.
    #[must_use]
    pub fn survey(&self, area: &Area, act: Act, span: Span) -> Option<Survey> {
        let detection = self.detection()?;
        Some(self.with_looks(|looks| coverage::survey(area, act, span, looks, detection)))
    }

    /// Every placed incident with all who could have seen it, as far as `believed` says how long things can be seen.
    #[must_use]
    pub fn histories(&self, believed: &Detection) -> Vec<History> {
        let mut efforts: Vec<&Effort> = self
            .efforts
            .iter()
            .filter(|effort| effort.outcome == Outcome::Looked && self.watches(&effort.source))
            .collect();
        efforts.sort_by_key(|effort| (effort.span, effort.id));
        let history = |seen: &SeenIncident| {
            let incident = &seen.incident;
            let ((centre, _), happened) = (incident.place.disc()?, incident.happened);
            let middle = happened.earliest().shifted(happened.length_ms() / 2);
            let mut glimpses: BTreeMap<(&SourceId, Means), Glimpse> = BTreeMap::new();
            for effort in &efforts {
                let saw = incident.sources.contains(&effort.source);
                if let Some(glimpse) = Glimpse::of(effort, incident.act, centre, middle, believed, saw) {
                    let held = glimpses.entry((&effort.source, effort.means)).or_insert(glimpse);
                    if (glimpse.late_s, glimpse.outward) < (held.late_s, held.outward) {
                        *held = glimpse;
                    }
                }
            }
            let glimpses: Vec<Glimpse> = glimpses.into_values().collect();
            let was_seen = glimpses.iter().any(|glimpse| glimpse.saw);
            was_seen.then_some(History { act: incident.act, glimpses })
        };
        self.incidents.iter().filter_map(history).collect()
    }

    fn watches(&self, source: &SourceId) -> bool {
        self.sources.get(source).is_none_or(|source| source.kind != SourceKind::Party)
    }

    /// Says something with the looks of this view, of how much was watched.
    pub fn with_looks<T>(&self, say: impl FnOnce(&Looks<'_>) -> T) -> T {
        let sources: Vec<Source> = self.sources.values().cloned().collect();
        say(&Looks { efforts: &self.efforts, sources: &sources, detection: None })
    }
}
