//! The filter bar: what a query asks for.
//!
//! Takes the words of an address; gives the incidents that they let through, with sums that agree. Never drops a word
//! that it does not understand: that is an error that names it.

use super::answers;
use super::model;
use super::snapshot::Snapshot;
use clause::Bears;
use mission::SeenIncident;
use serde::Deserialize;
use std::collections::BTreeSet;
use terms::time::DAY_MS;
use terms::{Act, Instant, Shape, Span};
use utoipa::IntoParams;

/// A filter as the address writes it; several words of one kind are joined by commas.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// RFC 3339: happenings that end before are left out.
    from: Option<String>,
    /// RFC 3339: happenings that begin after are left out.
    to: Option<String>,
    /// Kinds of act.
    act: Option<String>,
    /// Rules that the incident falls under or may fall under.
    clause: Option<String>,
    /// `proposed`, `established`, `not established`, `unable to verify`.
    state: Option<String>,
    /// Source ids.
    source: Option<String>,
    /// Words that the id, the place or the kind must hold.
    q: Option<String>,
}

/// A filter that has been understood.
pub(crate) struct Read {
    from: Option<Instant>,
    to: Option<Instant>,
    acts: BTreeSet<Act>,
    clauses: BTreeSet<String>,
    states: BTreeSet<String>,
    sources: BTreeSet<String>,
    words: Option<String>,
}

impl Filter {
    /// The filter, or what in it is not understood.
    pub(crate) fn read(&self) -> Result<Read, String> {
        let instant = |name: &str, text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => Instant::parse(text)
                .map(Some)
                .ok_or_else(|| format!("`{name}` is `{text}`; write an instant such as `2026-04-11T13:00:00Z`")),
        };
        let acts = words(&self.act).into_iter().map(|word| Act::from_word(&word).ok_or(word)).collect::<Result<_, _>>();
        Ok(Read {
            from: instant("from", &self.from)?,
            to: instant("to", &self.to)?,
            acts: acts.map_err(|word| format!("`{word}` is no kind of act; the glossary lists them"))?,
            clauses: words(&self.clause),
            states: words(&self.state),
            sources: words(&self.source),
            words: self.q.as_ref().map(|q| q.trim().to_lowercase()).filter(|q| !q.is_empty()),
        })
    }
}

fn words(text: &Option<String>) -> BTreeSet<String> {
    text.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

impl Read {
    /// The span asked for; without one, the last 24 hours.
    pub(crate) fn span(&self, snapshot: &Snapshot) -> Option<Span> {
        let to = self.to.or(snapshot.covers.map(|covers| covers.latest().min(snapshot.view.moment.judged_at)))?;
        Span::new(self.from.unwrap_or(to.shifted(-DAY_MS)), to)
    }

    /// The one act asked for; nothing where none is, and an error where several are.
    pub(crate) fn one_act(&self) -> Result<Option<Act>, String> {
        if self.acts.len() > 1 {
            return Err("name one act: what would have been seen differs from act to act".to_owned());
        }
        Ok(self.acts.first().copied())
    }

    fn passes(&self, seen: &SeenIncident) -> bool {
        let incident = &seen.incident;
        let any = |asked: &BTreeSet<String>, has: &dyn Fn(&String) -> bool| asked.is_empty() || asked.iter().any(has);
        self.from.is_none_or(|from| incident.happened.latest() >= from)
            && self.to.is_none_or(|to| incident.happened.earliest() <= to)
            && (self.acts.is_empty() || self.acts.contains(&incident.act))
            && any(&self.clauses, &|rule| {
                seen.bearings.iter().any(|b| b.rule.as_str() == rule && !matches!(b.bears, Bears::Outside(_)))
            })
            && any(&self.states, &|state| seen.state() == state)
            && any(&self.sources, &|source| incident.sources.iter().any(|id| id.as_str() == source))
            && self.words.as_ref().is_none_or(|words| haystack(seen).contains(words))
    }

    /// The incidents that pass, newest first, with the timeline of the same incidents.
    pub(crate) fn incidents(&self, snapshot: &Snapshot) -> model::Incidents {
        let all = &snapshot.view.incidents;
        let passing: Vec<&SeenIncident> = all.iter().rev().filter(|seen| self.passes(seen)).collect();
        let shaped =
            |wanted: fn(&Shape) -> bool| passing.iter().filter(|s| wanted(&s.incident.place.shape)).count() as u64;
        let timeline = snapshot.columns.iter().map(|column| {
            let begins = |seen: &&&SeenIncident| column.span.holds(Span::at(seen.incident.happened.earliest()));
            model::TimelineColumn {
                from: column.span.earliest().to_string(),
                to: column.span.latest().shifted(1).to_string(),
                incidents: passing.iter().filter(begins).count() as u64,
                watched_ppm: column.watched.map(|watched| watched.ppm()),
            }
        });
        model::Incidents {
            as_of: snapshot.view.moment.known_at.to_string(),
            total: passing.len() as u64,
            placed: shaped(|shape| shape.disc().is_some()),
            in_regions: shaped(|shape| matches!(shape, Shape::Region(_))),
            unplaced: shaped(|shape| matches!(shape, Shape::Unplaced)),
            hidden: (all.len() - passing.len()) as u64,
            timeline: timeline.collect(),
            incidents: passing.iter().map(|seen| answers::incident(&snapshot.view, seen)).collect(),
        }
    }
}

fn haystack(seen: &SeenIncident) -> String {
    let incident = &seen.incident;
    let name = incident.place.name.as_deref().unwrap_or_default();
    let object = incident.object.as_ref().map_or("", |object| object.as_str());
    format!("{} {} {name} {object}", incident.id, incident.act.word()).to_lowercase()
}
