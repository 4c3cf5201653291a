//! What judging costs, by facts and by efforts.

#![allow(clippy::disallowed_types, reason = "divan's macro registers benchmarks with a lazy lock")]

use clause::{Agreement, AgreementFiles, Fact, Footing, Watch, judge, read};
use terms::{
    Act, Area, Chance, Effort, EffortId, Instant, Means, Outcome, Party, Place, Position, Shape, SourceId, Span,
};

fn main() {
    divan::main();
}

const TEXT: &str = include_str!("../../../agreements/easter-truce-2026/agreement.md");
const MAP: &str = include_str!("../../../agreements/easter-truce-2026/theatre.geojson");

fn files() -> AgreementFiles {
    let files = [("theatre.geojson".to_owned(), MAP.as_bytes().to_vec())].into();
    // With an exception that looks back, which is the dearest kind.
    let rule = "rule E1 of each party: never ground-fire in Theatre";
    let excepted = format!("{rule}\n  except returned: within 10 minutes after ground-fire by other");
    AgreementFiles { text: TEXT.replace(rule, &excepted), files }
}

fn agreement() -> Agreement {
    read(&files()).0
}

fn at() -> Instant {
    Instant::parse("2026-04-13T12:00:00Z").expect("invariant: a time")
}

/// Positions and times spread by a fixed stride, the same in every run.
fn spread(n: i64, of: i64) -> i64 {
    n.wrapping_mul(7_919).rem_euclid(of)
}

fn position(n: i64) -> Position {
    let (lon, lat) = (24_000_000 + spread(n, 15_000_000), 46_000_000 + spread(n * 3, 5_000_000));
    Position::new(lon as i32, lat as i32).expect("invariant: in range")
}

fn facts(count: i64) -> Vec<Fact> {
    let start = Instant::parse("2026-04-11T00:00:00Z").expect("invariant: a time");
    let fact = |n: i64| {
        let earliest = start.shifted(spread(n, 48 * 3_600_000));
        Fact {
            happened: Span::new(earliest, earliest.shifted(n % 3 * 3_600_000)).expect("invariant: forwards"),
            id: format!("INC-{n}"),
            revision: 1,
            act: Act::ALL[(n % 8) as usize],
            object: None,
            place: Place { shape: Shape::Disc { centre: position(n), radius_m: 1_000 }, name: None },
            by: Party::new(["Russia", "Ukraine"][(n % 2) as usize]).filter(|_| n % 5 > 0),
            at: None,
            count: terms::Count::UNKNOWN,
            about: None,
            chance: Chance::from_ppm(300_000 + (n % 7 * 100_000) as u32).expect("invariant: a chance"),
            footing: Footing::Proposed,
        }
    };
    (0..count).map(fact).collect()
}

fn efforts(count: i64) -> Vec<Effort> {
    let start = Instant::parse("2026-04-11T13:00:00Z").expect("invariant: a time");
    let effort = |n: i64| {
        let from = start.shifted(spread(n, 32 * 3_600_000));
        Effort {
            id: EffortId::of(&n.to_be_bytes()),
            source: SourceId::new("post").expect("invariant: a name"),
            means: Means::ALL[(n % 5) as usize],
            span: Span::new(from, from.shifted(1_800_000)).expect("invariant: forwards"),
            area: Area::disc(position(n % 200), 60_000).expect("invariant: a disc"),
            outcome: Outcome::Looked,
            able: vec![Act::Shelling, Act::SmallArms, Act::DroneStrike],
            limits: None,
        }
    };
    (0..count).map(effort).collect()
}

#[divan::bench]
fn reading(bencher: divan::Bencher<'_, '_>) {
    let files = files();
    bencher.bench(|| read(&files));
}

#[divan::bench(args = [10_000, 100_000, 1_000_000], sample_count = 3)]
fn by_facts(bencher: divan::Bencher<'_, '_>, count: i64) {
    let (agreement, facts) = (agreement(), facts(count));
    let watch = Watch { efforts: &[], detection: None, known_until: at(), sources: &[], heard: &[] };
    bencher.counter(divan::counter::ItemsCount::new(facts.len())).bench(|| judge(&agreement, &facts, &watch, at()));
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 3)]
fn by_efforts(bencher: divan::Bencher<'_, '_>, count: i64) {
    let (agreement, efforts) = (agreement(), efforts(count));
    let watch = Watch { efforts: &efforts, detection: None, known_until: at(), sources: &[], heard: &[] };
    bencher.counter(divan::counter::ItemsCount::new(efforts.len())).bench(|| judge(&agreement, &[], &watch, at()));
}
