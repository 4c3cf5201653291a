//! Views turned into answers.
//!
//! Takes a view and what was asked; gives the shapes of `model`. Never reaches past the view, so that what a reader may
//! not see cannot be said.

use super::{model, spoken, whereabouts};
use crate::basemap::geometry;
use clause::{Bears, Block, Language, Value, Verdict};
use fusion::Otherwise;
use mission::{Bearing, Held, SeenIncident, View};
use report::MapRegion;
use std::collections::BTreeSet;
use terms::{Area, Chance, Count, Effort, Instant, Observation, ObservationId, Outcome, Place, Shape, Span};

pub(crate) fn span(span: Span) -> model::Span {
    model::Span {
        earliest: span.earliest().to_string(),
        latest: span.latest().to_string(),
        precision: span.precision().word().to_owned(),
    }
}

fn place(place: &Place) -> model::Place {
    let (shape, region) = match &place.shape {
        Shape::Disc { .. } => ("disc", None),
        Shape::Wedge(_) => ("wedge", None),
        Shape::Region(region) => ("region", Some(region.to_string())),
        Shape::Unplaced => ("unplaced", None),
    };
    let disc = place.disc();
    model::Place {
        shape: shape.to_owned(),
        lon: disc.map(|(centre, _)| f64::from(centre.lon_e6()) / 1e6),
        lat: disc.map(|(centre, _)| f64::from(centre.lat_e6()) / 1e6),
        radius_m: disc.map(|(_, radius_m)| radius_m),
        wedge: place.wedge().map(whereabouts::wedge),
        region,
        name: place.name.clone(),
        precision: place.precision().to_owned(),
    }
}

fn chance(chance: Chance) -> model::Chance {
    model::Chance { ppm: chance.ppm(), word: chance.word().to_owned() }
}

fn count(count: Count) -> model::Count {
    model::Count { least: count.least(), best: count.best(), most: count.most(), shown: count.to_string() }
}

fn bearing(bearing: &Bearing) -> model::Bearing {
    model::Bearing {
        rule: bearing.rule.to_string(),
        reading: bearing.reading.as_ref().map(ToString::to_string),
        answer: bearing.answer().to_owned(),
        why: bearing.why(),
    }
}

/// An incident as listed.
pub(crate) fn incident(view: &View, seen: &SeenIncident) -> model::Incident {
    let incident = &seen.incident;
    let attributed = seen
        .attribution()
        .map(|attribution| attribution.party.as_ref().map_or_else(|| "undetermined".to_owned(), ToString::to_string));
    model::Incident {
        id: incident.id.to_string(),
        act: incident.act.word().to_owned(),
        object: incident.object.as_ref().map(ToString::to_string),
        happened: span(incident.happened),
        place: place(&incident.place),
        count: count(incident.count),
        by: incident.by.as_ref().map(ToString::to_string),
        chance: chance(incident.chance),
        state: seen.state().to_owned(),
        attributed_to: attributed,
        observations: u32::try_from(incident.members.len()).unwrap_or(u32::MAX),
        voices: incident.voices,
        sources: incident.sources.iter().map(ToString::to_string).collect(),
        clauses: seen.bearings.iter().filter(|b| !matches!(b.bears, Bears::Outside(_))).map(bearing).collect(),
        data_class: data_class(view),
    }
}

pub(crate) fn data_class(view: &View) -> String {
    view.opening.as_ref().map_or("unknown", |opening| opening.data_class.as_str()).to_owned()
}

/// An incident, opened.
pub(crate) fn detail(view: &View, seen: &SeenIncident) -> model::IncidentDetail {
    let incident_of = &seen.incident;
    let evidence = incident_of.members.iter().filter_map(|id| view.observations.get(id));
    let joins = incident_of.joins.iter().map(|join| model::Join {
        observation: join.observation.to_string(),
        chance: chance(join.chance),
        distance_m: join.distance_m,
        gap_minutes: join.gap_ms / terms::time::MINUTE_MS,
        terms: terms_of(view, incident_of.members[0], join.observation),
    });
    let alternative = incident_of.alternative.map(|alternative| {
        let (what, id) = match alternative.what {
            Otherwise::OneWith(other) => ("one with", other.to_string()),
            Otherwise::Without(observation) => ("without", observation.to_string()),
        };
        model::Alternative { what: what.to_owned(), id, chance: chance(alternative.chance) }
    });
    model::IncidentDetail {
        incident: incident(view, seen),
        evidence: evidence.map(|held| observation(view, held)).collect(),
        against: against(view, seen).map(effort).collect(),
        joins: joins.collect(),
        meeting: whereabouts::meeting(view, seen),
        spoken: spoken::spoken(incident_of),
        alternative,
        silent: incident_of.silent,
        rivals: incident_of.rivals,
        ordered: incident_of.ordered.word().to_owned(),
        history: history(seen),
    }
}

/// What speaks for and against two reports' telling of one happening, taken alone.
fn terms_of(view: &View, first: ObservationId, later: ObservationId) -> Vec<model::Term> {
    let pair = view.observations.get(&first).zip(view.observations.get(&later));
    let why = pair.and_then(|(a, b)| fusion::why([&a.what, &b.what], &view.sources, &view.believed));
    let named = why.map(|(_, terms)| terms.named()).into_iter().flatten();
    named.map(|(term, score_1024, _)| model::Term { term: term.to_owned(), score_1024 }).collect()
}

/// Looks that covered the place and time: those that saw nothing, and those that could not look.
fn against<'a>(view: &'a View, seen: &'a SeenIncident) -> impl Iterator<Item = &'a Effort> {
    let incident = &seen.incident;
    let told: BTreeSet<_> =
        incident.members.iter().filter_map(|id| view.observations.get(id)).map(|h| &h.what.source).collect();
    view.efforts.iter().filter(move |effort| {
        let there = incident.place.disc().is_some_and(|(centre, _)| effort.area.holds(centre));
        let then = effort.span.meet(incident.happened).is_some();
        let saw_nothing =
            effort.outcome != Outcome::Looked || effort.able.contains(&incident.act) && !told.contains(&effort.source);
        there && then && saw_nothing
    })
}

fn history(seen: &SeenIncident) -> Vec<model::HistoryLine> {
    let line = |entry: u64, at: Instant, what: String| model::HistoryLine { entry, at: at.to_string(), what };
    let findings = seen.findings.iter().map(|h| {
        line(
            h.entry,
            h.received_at,
            format!("finding: {}, signed by {}: {}", h.what.result.word(), h.what.signed_by, h.what.grounds),
        )
    });
    let attributions = seen.attributions.iter().map(|h| {
        let party = h.what.party.as_ref().map_or("undetermined", |party| party.as_str());
        line(
            h.entry,
            h.received_at,
            format!("attribution: {party}, signed by {}: {}", h.what.signed_by, h.what.grounds),
        )
    });
    let rulings = seen.rulings.iter().map(|h| {
        let decision = if h.what.breach { "a breach" } else { "no breach" };
        line(
            h.entry,
            h.received_at,
            format!("ruling on {}: {decision}, {}: {}", h.what.rule, h.what.body, h.what.grounds),
        )
    });
    let groupings = seen.groupings.iter().map(|h| {
        let what = format!("ordered {} by {}: {}", h.what.order.word(), h.what.signed_by, h.what.grounds);
        line(h.entry, h.received_at, what)
    });
    let mut history: Vec<_> = findings.chain(attributions).chain(rulings).chain(groupings).collect();
    history.sort_by_key(|line| line.entry);
    history
}

pub(crate) fn observation(view: &View, held: &Held<Observation>) -> model::Observation {
    let what = &held.what;
    let source = view.sources.get(&what.source);
    model::Observation {
        id: what.id.to_string(),
        source: what.source.to_string(),
        source_title: source.map_or_else(String::new, |source| source.title.clone()),
        means: what.means.word().to_owned(),
        act: what.act.word().to_owned(),
        object: what.object.as_ref().map(ToString::to_string),
        happened: span(what.happened),
        place: place(&what.place),
        count: count(what.count),
        by: what.by.as_ref().map(ToString::to_string),
        grade: what.grade.to_string(),
        grade_long: what.grade.long_form(),
        worth_ppm: source.and_then(|source| source.worth.get(&what.act)).map(|worth| worth.ppm()),
        worth_basis: source.map_or_else(String::new, |source| source.worth_basis.clone()),
        text: what.text.clone(),
        references: what.references.clone(),
        licence: source.map_or_else(String::new, |source| source.licence.clone()),
        entry: held.entry,
        received_at: held.received_at.to_string(),
    }
}

fn effort(effort: &Effort) -> model::Effort {
    model::Effort {
        id: effort.id.to_string(),
        source: effort.source.to_string(),
        means: effort.means.word().to_owned(),
        span: span(effort.span),
        outcome: effort.outcome.word().to_owned(),
        limits: effort.limits.clone(),
        geometry: geometry(&effort.area),
    }
}

/// The agreement with the state of each clause; `None` when none is adopted.
pub(crate) fn agreement(view: &View) -> Option<model::Agreement> {
    let held = view.adopted.as_ref()?;
    let agreement = &held.what.agreement;
    let rules: Vec<model::Rule> = agreement.rules.iter().map(|r| rule(view, agreement, r)).collect();
    let values = [
        Value::Breached,
        Value::Disputed,
        Value::Undetermined,
        Value::NoBreachSeen,
        Value::Complied,
        Value::NotDue,
        Value::Suspended,
        Value::NotMonitorable,
    ];
    let tally = values.map(Value::word).map(|value| model::TallyLine {
        value: value.to_owned(),
        rules: u32::try_from(rules.iter().filter(|rule| rule.standing_value == value).count()).unwrap_or(u32::MAX),
    });
    Some(model::Agreement {
        title: agreement.title.clone(),
        version: agreement.version.clone(),
        sha256: agreement.sha256.clone(),
        as_of: view.moment.known_at.to_string(),
        in_force: agreement.in_force.map(|at| at.to_string()),
        readings: agreement.readings.iter().map(|reading| reading.id.to_string()).collect(),
        tally: tally.into_iter().filter(|line| line.rules > 0).collect(),
        articles: agreement.articles.iter().map(article).collect(),
        rules,
        remarks: held.what.remarks.iter().map(remark).collect(),
    })
}

pub(crate) fn article(article: &clause::Article) -> model::Article {
    model::Article {
        anchor: article.anchor.clone(),
        heading: article.heading.clone(),
        level: article.level,
        blocks: article.blocks.iter().map(block).collect(),
    }
}

fn block(block: &Block) -> model::Block {
    let (kind, text, rules) = match block {
        Block::Prose { text, .. } => ("prose", text, Vec::new()),
        Block::Rules { ids, text } if ids.is_empty() => ("definitions", text, Vec::new()),
        Block::Rules { ids, text } => ("rules", text, ids.iter().map(ToString::to_string).collect()),
        Block::NotUnderstood { text, .. } => ("not understood", text, Vec::new()),
    };
    model::Block { kind: kind.to_owned(), text: text.clone(), rules }
}

pub(crate) fn remark(remark: &clause::Remark) -> model::Remark {
    let notes = |language| remark.notes.iter().map(|note| note.say(language)).collect();
    let fix = |language| remark.fix.as_ref().map(|fix| fix.say(language));
    model::Remark {
        code: remark.code.word().to_owned(),
        severity: remark.severity().word().to_owned(),
        message: remark.message.say(Language::English),
        line: u32::try_from(remark.line).unwrap_or(u32::MAX),
        column: u32::try_from(remark.column).unwrap_or(u32::MAX),
        notes: notes(Language::English),
        fix: fix(Language::English),
        message_uk: remark.message.say(Language::Ukrainian),
        notes_uk: notes(Language::Ukrainian),
        fix_uk: fix(Language::Ukrainian),
    }
}

fn rule(view: &View, agreement: &clause::Agreement, rule: &clause::Rule) -> model::Rule {
    let verdicts: Vec<&Verdict> = view.verdicts.iter().filter(|verdict| verdict.rule == rule.id).collect();
    model::Rule {
        id: rule.id.to_string(),
        anchor: rule.anchor.clone(),
        kind: rule.kind().word().to_owned(),
        sentence: clause::sentence(agreement, rule, clause::Language::English),
        sentence_uk: clause::sentence(agreement, rule, clause::Language::Ukrainian),
        standing_value: mission::margin(&verdicts).word().to_owned(),
        verdicts: verdicts.into_iter().map(verdict).collect(),
    }
}

fn verdict(verdict: &Verdict) -> model::Verdict {
    let because = &verdict.because;
    let note = |note: &clause::FactNote| model::VerdictIncident {
        id: note.id.clone(),
        answer: mission::answer(&note.bears).to_owned(),
        why: mission::why(&note.bears),
        chance_ppm: note.chance.ppm(),
    };
    model::Verdict {
        reading: verdict.reading.as_ref().map(ToString::to_string),
        bearer: verdict.bearer.as_ref().map(ToString::to_string),
        footing: verdict.footing.word().to_owned(),
        value: verdict.value.word().to_owned(),
        standing: verdict.standing.word().to_owned(),
        because: because.summary.clone(),
        margin: verdict.margin.as_ref().map(ToString::to_string),
        window: because.window.map(span),
        watched_ppm: because.coverage.as_ref().map(|coverage| coverage.watched.ppm()),
        seen_ppm: because
            .coverage
            .as_ref()
            .and_then(|coverage| Some(coverage.seen.as_ref().and(coverage.least())?.1.ppm())),
        reasons: because.reasons.iter().map(|reason| reason.text.clone()).collect(),
        incidents: because.incidents.iter().map(note).collect(),
    }
}

pub(crate) fn clocks(view: &View) -> Vec<model::Clock> {
    let clock = |clock: &clause::Clock| model::Clock {
        rule: clock.rule.to_string(),
        reading: clock.reading.as_ref().map(ToString::to_string),
        bearer: clock.bearer.as_ref().map(ToString::to_string),
        trigger: clock.trigger.clone(),
        started: clock.started.to_string(),
        due: clock.due.to_string(),
        state: clock.state.word().to_owned(),
        arithmetic: clock.arithmetic.clone(),
    };
    view.clocks.iter().map(clock).collect()
}

pub(crate) fn claims(view: &View) -> model::Claims {
    let claim = |claim: &mission::Claim| model::Claim {
        observation: observation(view, &claim.held),
        claimant: view
            .sources
            .get(&claim.held.what.source)
            .and_then(|source| source.party.as_ref())
            .map(ToString::to_string),
        would_be: claim.would_be.iter().map(bearing).collect(),
    };
    let total = |total: &mission::CheckedTotal| {
        let what = &total.held.what;
        let parts: Vec<String> = what.parts.iter().map(|(name, words)| format!("{name}: {words}")).collect();
        model::Total {
            claimant: what.claimant.clone(),
            truce: what.truce.clone(),
            as_of: what.as_of.clone(),
            total: what.total.clone(),
            parts: parts.join("; "),
            sum: total.arithmetic.sum,
            answer: total.arithmetic.answer.word().to_owned(),
            why: report::arithmetic_words(&total.arithmetic),
            reference: what.reference.clone(),
        }
    };
    model::Claims {
        as_of: view.moment.known_at.to_string(),
        total: view.claims.len() as u64,
        claims: view.claims.iter().map(claim).collect(),
        totals: view.totals.iter().map(total).collect(),
    }
}

/// The sectors of coverage: the regions of the basemap, or the agreement's zones where there is no basemap.
pub(crate) fn sectors(view: &View, regions: &[MapRegion]) -> Vec<(String, String, Area)> {
    if regions.is_empty() {
        let zones = view.adopted.iter().flat_map(|held| &held.what.agreement.zones);
        return zones.map(|(label, zone)| (label.to_string(), label.to_string(), zone.area.clone())).collect();
    }
    regions.iter().map(|region| (region.id.to_string(), region.name.clone(), region.area.clone())).collect()
}

/// Coverage of each sector.
pub(crate) fn coverage(view: &View, regions: &[MapRegion], over: Option<Span>) -> model::Coverage {
    let sector = |(id, name, area): (String, String, Area), over: Span| {
        let acts = mission::acts_on_the_ground();
        let coverage = view.with_looks(|looks| coverage::coverage(Some(&area), &acts, over, looks));
        let inside = view.incidents.iter().filter(|seen| {
            let placed = seen.incident.place.disc().is_some_and(|(centre, _)| area.holds(centre));
            placed && over.holds(Span::at(seen.incident.happened.earliest()))
        });
        let by_means = coverage
            .by_means
            .iter()
            .map(|(means, share)| model::MeansShare { means: means.word().to_owned(), watched_ppm: share.ppm() });
        let blind =
            coverage.blind.iter().map(|blind| model::Blind { span: span(blind.span), why: blind.why.to_string() });
        model::Sector {
            id,
            name,
            geometry: geometry(&area),
            watched_ppm: coverage.watched.ppm(),
            seen_ppm: view.seen(&area, over).map(Chance::ppm),
            by_means: by_means.collect(),
            blind: blind.collect(),
            incidents: inside.count() as u64,
        }
    };
    model::Coverage {
        as_of: view.moment.known_at.to_string(),
        span: over.map(span),
        keep_threshold_ppm: view.adopted.as_ref().map(|held| held.what.agreement.keep_threshold.ppm()),
        sectors: over
            .map_or_else(Vec::new, |over| sectors(view, regions).into_iter().map(|of| sector(of, over)).collect()),
    }
}

pub(crate) fn sources(view: &View) -> Vec<model::Source> {
    let source = |source: &terms::Source| {
        let rows = view.observations.values().filter(|held| held.what.source == source.id);
        let latest = rows.clone().map(|held| held.received_at).max();
        model::Source {
            id: source.id.to_string(),
            title: source.title.clone(),
            kind: source.kind.word().to_owned(),
            voice: source.voice.clone(),
            licence: source.licence.clone(),
            attribution: source.attribution.clone(),
            release: source.release.word().to_owned(),
            observations: rows.count() as u64,
            efforts: view.efforts.iter().filter(|effort| effort.source == source.id).count() as u64,
            last_received_at: latest.map(|at| at.to_string()),
        }
    };
    view.sources.values().map(source).collect()
}
