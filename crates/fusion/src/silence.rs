//! Silence: who looked where and when something is said to have happened, and saw nothing.
//!
//! Takes looks, and what the model believes of how often such a source reports; lowers the chance of an incident by how well
//! they would have seen it. Never counts a look that covers a part of the place or time only, and no party's.

use crate::incident::Incident;
use crate::projection::class;
use crate::voice::group;
use crate::weigh::Model;
use std::collections::{BTreeMap, BTreeSet};
use terms::area::Side;
use terms::{Chance, Effort, Outcome, Source, SourceId, SourceKind};

/// No kind of source is believed to see more than this, parts per million.
const MOST_PPM: u32 = 900_000;

/// Looks that saw what there was, by their beginnings.
pub(crate) struct Silence<'a> {
    looks: Vec<&'a Effort>,
    /// The length of the longest, milliseconds.
    longest_ms: i64,
    sources: &'a BTreeMap<SourceId, Source>,
    model: &'a Model,
}

impl<'a> Silence<'a> {
    pub(crate) fn new(efforts: &'a [Effort], sources: &'a BTreeMap<SourceId, Source>, model: &'a Model) -> Silence<'a> {
        let mut looks: Vec<&Effort> = efforts.iter().filter(|effort| effort.outcome == Outcome::Looked).collect();
        looks.sort_by_key(|effort| (effort.span, effort.id));
        let longest_ms = looks.iter().map(|effort| effort.span.length_ms()).max().unwrap_or(0);
        Silence { looks, longest_ms, sources, model }
    }

    /// Lowers the chance of an incident by those who would have seen it. What all of one kind missed may have been too faint
    /// for any of them, so each kind counts once.
    pub(crate) fn weigh(&self, incident: &mut Incident) {
        let told: BTreeSet<&str> = incident.sources.iter().map(|source| group(source, self.sources)).collect();
        let kinds = incident.sources.iter().filter_map(|source| self.sources.get(source)).map(|source| source.kind);
        let set = kinds.fold(0, |set, kind| set | self.model.class_of(class(kind)).map_or(0, |class| 1 << class));
        let (happened, shape) = (incident.happened, &incident.place.shape);
        let from =
            self.looks.partition_point(|look| look.span.earliest().ms() < happened.latest().ms() - self.longest_ms);
        let mut silent: BTreeSet<&str> = BTreeSet::new();
        let mut classes: BTreeSet<usize> = BTreeSet::new();
        for look in self.looks[from..].iter().take_while(|look| look.span.earliest() <= happened.earliest()) {
            let Some(source) = self.sources.get(&look.source).filter(|source| source.kind != SourceKind::Party) else {
                continue;
            };
            let would_see = look.span.holds(happened) && look.able.contains(&incident.act);
            if would_see && !told.contains(source.voice.as_str()) && look.area.locate(shape) == Side::Inside {
                silent.insert(&source.voice);
                classes.extend(self.model.class_of(class(source.kind)));
            }
        }
        incident.silent = u32::try_from(silent.len()).unwrap_or(u32::MAX);
        for class in classes {
            let sees = self.model.expected_ppm(class, set).clamp(0, i64::from(MOST_PPM)) as u32;
            let missed = Chance::from_ppm(sees).expect("invariant: below a million").not();
            let so = incident.chance.and(missed).ppm();
            let all = so + incident.chance.not().ppm();
            incident.chance = Chance::share(so.into(), all.into()).unwrap_or(incident.chance);
        }
    }
}
