//! What the history of one rule costs, at three sizes and from both points of view.
//!
//! Stated work: N reports, 180 a day, over four degrees square, five kinds, two thirds to five minutes and one third to the
//! day, received up to ten days late; one in sixteen lies in the zone of the rule, which a patrol looks at every other day. Run
//! with `cargo bench -p mission --bench history`. Never a test: it asserts nothing about time.
//!
//! Seen on 26 November 2026, as seconds of processor at a load of 9 on two cores, before and after only what came in was
//! grouped again: 0.08 and 0.015 at a thousand reports, 1.07 and 0.14 at ten thousand, 8.3 and 1.3 at a hundred thousand,
//! where one view costs 3.5 to 4. It grows as the reports do while neighbourhoods stay small. What is left is judging: where
//! every report lies in the zone of the rule, as in the demo, each instant still asks of each where it lies, and the history of
//! 1,208 reports, judged at 54 instants, costs what it did.

#![allow(clippy::disallowed_types, reason = "divan's macro registers benchmarks with a lazy lock")]

use divan::Bencher;
use mission::record::body::AdoptedAgreement;
use mission::record::{Body, named_effort, named_observation};
use mission::{Account, Mission, Moment, Reader};
use std::sync::OnceLock;
use terms::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use terms::{
    Act, Area, Chance, Effort, EffortId, Instant, Label, Means, Observation, Outcome, Place, Position, Release, Shape,
    Source, SourceId, SourceKind, Span,
};

const A_DAY: usize = 180;
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

const AGREEMENT: &str = "---
agreement: bench
title: A benchmark
version: 1
in-force: 2026-01-01 00:00 UTC
time-zone: UTC
standard: 0.50
keep-threshold: 0.50
final-after: 1 day
---

## Definitions
```backstop
parties North \"North\", South \"South\"
zone Field = map \"field.geojson\" as of 2026-01-01
event fire = shelling or small-arms
```

## Article 1
No fire.
```backstop
rule A1 of each party: never fire by party in Field
```
";

const FIELD: &str = r#"{"type":"Feature","version":"1","source":"drawn","as_of":"2026-01-01","properties":{},
 "geometry":{"type":"Polygon","coordinates":[[[10.0,10.0],[11.0,10.0],[11.0,11.0],[10.0,11.0],[10.0,10.0]]]}}"#;

fn main() {
    divan::main();
}

fn begins() -> Instant {
    Instant::parse("2026-01-01T00:00:00Z").expect("an instant")
}

fn source(id: &str) -> SourceId {
    SourceId::new(id).expect("a source id")
}

fn chance(ppm: u32) -> Chance {
    Chance::from_ppm(ppm).expect("a chance")
}

fn mission(size: usize) -> Mission {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = move |sides: i64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) % sides.unsigned_abs()) as i64
    };
    let mut mission = Mission::default();
    let mut index = 0;
    let mut add = |received_at: Instant, body: &Body| {
        mission.apply(index, received_at, body.kind(), &body.write());
        index += 1;
    };
    let files = [("field.geojson".to_owned(), FIELD.to_owned())].into();
    add(begins(), &Body::AgreementAdopted(AdoptedAgreement { text: AGREEMENT.to_owned(), files }));
    let acts = [Act::Shelling, Act::Explosion, Act::SmallArms, Act::AirStrike, Act::Overflight];
    for id in ["post", "paper"] {
        add(
            begins(),
            &Body::SourceDeclared(Source {
                id: source(id),
                title: id.to_owned(),
                kind: SourceKind::Monitor,
                voice: id.to_owned(),
                party: None,
                licence: "ours".to_owned(),
                attribution: "the mission".to_owned(),
                release: Release::Rows,
                worth: acts.map(|act| (act, chance(600_000))).into(),
                worth_basis: "a benchmark".to_owned(),
            }),
        );
    }
    let days = size.div_ceil(A_DAY) as i64;
    for nth in 0..size as i64 {
        let day = begins().shifted(nth * days / size as i64 * DAY_MS);
        let vague = dice(3) == 0;
        let start = day.shifted(dice(24 * 60 - 5) * MINUTE_MS);
        let length_ms = if vague { DAY_MS - 1 } else { 5 * MINUTE_MS };
        let from = if vague { day } else { start };
        let happened = Span::new(from, from.shifted(length_ms));
        let degrees = |n: i64| n as f64 / 1e4;
        let centre = Position::from_degrees(8.0 + degrees(dice(40_000)), 8.0 + degrees(dice(40_000)));
        let radius_m = if vague { 3_000 } else { 500 };
        let place = Place { shape: Shape::Disc { centre: centre.expect("a position"), radius_m }, name: None };
        let from = source(if vague { "paper" } else { "post" });
        let happened = happened.expect("a span");
        let seen = Observation::plain(from, Means::Sight, acts[dice(5) as usize], happened, place);
        let late = if dice(3) == 0 { dice(10 * 24 * 60) } else { dice(60) };
        add(happened.latest().shifted(late * MINUTE_MS), &Body::Observed(named_observation(seen)));
    }
    for nth in (0..days).step_by(2) {
        let from = begins().shifted(nth * DAY_MS);
        let look = look(Span::new(from, from.shifted(20 * HOUR_MS)).expect("a span"));
        add(from.shifted(DAY_MS), &Body::Looked(look));
    }
    mission
}

/// A look at all of the zone.
fn look(span: Span) -> Effort {
    let corner = |lon, lat| Position::from_degrees(lon, lat).expect("a position");
    let ring = vec![corner(9.9, 9.9), corner(11.1, 9.9), corner(11.1, 11.1), corner(9.9, 11.1)];
    named_effort(Effort {
        id: EffortId::of(b""),
        source: source("post"),
        means: Means::Sight,
        span,
        area: Area::new(vec![vec![ring]]).expect("an area"),
        outcome: Outcome::Looked,
        able: vec![Act::Shelling, Act::SmallArms],
        limits: None,
    })
}

fn missions(size: usize) -> &'static Mission {
    static MADE: [OnceLock<Mission>; 3] = [const { OnceLock::new() }; 3];
    let at = SIZES.iter().position(|other| *other == size).expect("invariant: a size of the list");
    MADE[at].get_or_init(|| mission(size))
}

fn history(bencher: Bencher<'_, '_>, size: usize, account: Account) {
    let (mission, rule) = (missions(size), Label::new("A1").expect("a rule id"));
    let until = begins().shifted((size.div_ceil(A_DAY) as i64 + 10) * DAY_MS);
    bencher.bench(|| mission.history(&rule, account, until, Reader::Mission).expect("a history").judged);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn as_judged_then(bencher: Bencher<'_, '_>, size: usize) {
    history(bencher, size, Account::AsJudgedThen);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn as_of_now(bencher: Bencher<'_, '_>, size: usize) {
    history(bencher, size, Account::AsOfNow);
}

/// One view: the pass to hold a history against.
#[divan::bench(args = SIZES, sample_count = 3)]
fn view(bencher: Bencher<'_, '_>, size: usize) {
    let mission = missions(size);
    let until = begins().shifted((size.div_ceil(A_DAY) as i64 + 10) * DAY_MS);
    bencher.bench(|| mission.view(Moment::at(until), Reader::Mission).verdicts.len());
}
