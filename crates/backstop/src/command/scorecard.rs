//! "How well did it do?": what the machine proposed, set against what happened until now.
//!
//! Takes a scenario, an instant and a snapshot; gives the page's figures. Misses are listed, not summed away.

use crate::demo::{Miss, Scenario, Score, Tally, TrueIncident, What, score, sector};
use crate::http::{Snapshot, model};
use std::collections::BTreeSet;
use terms::{Instant, Means, Observation, ObservationId};

/// The scorecard of a replay that has come to `now`.
pub(super) fn scorecard(scenario: &Scenario, now: Instant, snapshot: &Snapshot) -> model::Scorecard {
    let scenario = until(scenario, now);
    let score = score(&scenario, &snapshot.partition());
    let by_act = score.by_act.iter().map(|(act, tally)| row("kind", act.word(), tally));
    let by_sector = score.by_sector.iter().map(|(sector, tally)| row("sector", sector, tally));
    model::Scorecard {
        notes: vec![
            "The scenario knows what really happened; a real mission never does. Statements of the parties are left out: \
             they never become incidents."
                .to_owned(),
            format!("Scored over what happened, and what was received, until {now}."),
        ],
        figures: figures(&score).into_iter().chain(watched(&scenario, snapshot)).collect(),
        table: by_act.chain(by_sector).collect(),
        misses: misses(&scenario, &score),
    }
}

/// The scenario as far as it has gone: truth is in order of time, so what remains keeps its places.
fn until(scenario: &Scenario, now: Instant) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.truth.retain(|incident| incident.span.earliest() <= now);
    scenario.happenings.retain(|happening| happening.received_at <= now);
    let happened = scenario.truth.len();
    // A report received before its happening's earliest instant (a clock that runs fast) waits with it.
    let told = scenario.told.clone();
    let known = |id: &ObservationId| told.get(id).is_some_and(|truth| truth.is_none_or(|truth| truth < happened));
    scenario.happenings.retain(|happening| match &happening.what {
        What::Observation(observation) => known(&observation.id),
        What::Effort(_) => true,
    });
    let received: BTreeSet<ObservationId> = scenario
        .happenings
        .iter()
        .filter_map(|happening| match &happening.what {
            What::Observation(observation) => Some(observation.id),
            What::Effort(_) => None,
        })
        .collect();
    scenario.told.retain(|id, _| received.contains(id));
    scenario.end = now;
    scenario
}

fn figures(score: &Score) -> Vec<model::ScoreFigure> {
    let figure = |label: &str, count: u64, of: Option<u64>, means: &str| model::ScoreFigure {
        label: label.to_owned(),
        count,
        of,
        means: means.to_owned(),
    };
    let happened = u64::from(score.all.happened);
    let proposed = Some(u64::from(score.proposed));
    vec![
        figure(
            "found",
            score.all.found.into(),
            Some(happened),
            "true incidents that a proposed incident is mainly about",
        ),
        figure(
            "missed",
            score.all.missed.into(),
            Some(happened),
            "true incidents that no proposed incident is mainly about",
        ),
        figure(
            "of these, unseeable",
            score.all.unseeable.into(),
            Some(score.all.missed.into()),
            "nobody who could have perceived them looked there and then",
        ),
        figure(
            "about one happening",
            score.one.into(),
            proposed,
            "proposed incidents whose reports tell of one true incident",
        ),
        figure("mixed", score.mixed.into(), proposed, "proposed incidents that put several true ones together"),
        figure(
            "false alarms",
            score.false_alarms.into(),
            proposed,
            "proposed incidents of which nothing is true: rumours, fabrications, sensor errors",
        ),
        figure(
            "fragments",
            score.fragments.into(),
            proposed,
            "proposed incidents beyond the first for the same true one",
        ),
        figure(
            "pairs rightly joined",
            score.pairs_right,
            Some(score.pairs_together),
            "precision: of the pairs of reports put together, those that belong together",
        ),
        figure(
            "pairs found",
            score.pairs_right,
            Some(score.pairs_true),
            "recall: of the pairs of reports that belong together, those put together",
        ),
    ]
}

/// What coverage said of each true incident on the ground, against whether somebody who watches saw it.
fn watched(scenario: &Scenario, snapshot: &Snapshot) -> Vec<model::ScoreFigure> {
    let view = &snapshot.view;
    let Some(detection) = view.detection() else { return Vec::new() };
    let is_watcher = |observation: &Observation| !matches!(observation.means, Means::Press | Means::Statement);
    let told = scenario.happenings.iter().filter_map(|happening| match &happening.what {
        What::Observation(observation) if is_watcher(observation) => scenario.told.get(&observation.id).copied()?,
        What::Observation(_) | What::Effort(_) => None,
    });
    let told: BTreeSet<usize> = told.collect();
    let happened = scenario.truth.iter().enumerate().filter(|(_, incident)| incident.act.on_the_ground());
    let said = view.with_looks(|looks| {
        let chance = |incident: &TrueIncident| {
            let middle = incident.span.earliest().shifted(incident.span.length_ms() / 2);
            u64::from(coverage::seen_at(incident.position, incident.act, middle, looks, detection).ppm())
        };
        happened.clone().map(|(_, incident)| chance(incident)).sum::<u64>()
    });
    let seen = happened.clone().filter(|(nth, _)| told.contains(nth)).count() as u64;
    let means = format!(
        "true incidents that somebody who watches perceived; coverage, which knows of none of them, said {}",
        (said + 500_000) / 1_000_000
    );
    vec![model::ScoreFigure {
        label: "seen by watchers".to_owned(),
        count: seen,
        of: Some(happened.count() as u64),
        means,
    }]
}

fn row(group: &str, name: &str, tally: &Tally) -> model::ScoreRow {
    model::ScoreRow {
        group: group.to_owned(),
        name: name.to_owned(),
        happened: tally.happened.into(),
        found: tally.found.into(),
        unseeable: tally.unseeable.into(),
    }
}

fn misses(scenario: &Scenario, score: &Score) -> Vec<model::Miss> {
    let miss = |missed: &crate::demo::Missed| {
        let truth = &scenario.truth[missed.truth];
        let why = match missed.why {
            Miss::NobodyLooked => "nobody looked".to_owned(),
            Miss::LookedAndMissed => "someone looked and missed it".to_owned(),
            Miss::NotProposed => "reported, and in no proposed incident".to_owned(),
            Miss::MergedInto(other) => format!("merged into {other}, which is mainly about another"),
        };
        let claimed = if missed.claimed { "; a party spoke of it" } else { "" };
        model::Miss {
            act: truth.act.word().to_owned(),
            at: truth.span.earliest().to_string(),
            sector: sector(truth.position).unwrap_or_else(|| "-".to_owned()),
            why: why + claimed,
        }
    };
    score.misses.iter().map(miss).collect()
}
