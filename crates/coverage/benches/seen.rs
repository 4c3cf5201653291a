//! What it costs to say what would have been seen, at three sizes.
//!
//! Stated work: a day over a square of a degree with so many looks of eight hours by posts that reach ten kilometres, one act; as it was,
//! and surveyed with a tenth of the looks refused. Run with `cargo bench -p coverage`. Never a test: it asserts nothing about time.

#![allow(clippy::disallowed_types, reason = "divan's macro registers benchmarks with a lazy lock")]

use coverage::{Detection, Looks, seen, survey};
use divan::Bencher;
use terms::time::HOUR_MS;
use terms::{Act, Area, Effort, EffortId, Instant, Means, Outcome, Position, SourceId, Span};

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() {
    divan::main();
}

fn place(lon: f64, lat: f64) -> Position {
    Position::from_degrees(lon, lat).expect("a place")
}

fn day() -> Span {
    let first = Instant::parse("2026-06-01T00:00:00Z").expect("a time");
    Span::new(first, first.shifted(24 * HOUR_MS - 1)).expect("a day")
}

fn ground() -> Area {
    let corners = [place(30.0, 48.0), place(31.0, 48.0), place(31.0, 49.0), place(30.0, 49.0)];
    Area::new(vec![vec![corners.to_vec()]]).expect("an area")
}

/// The same for every run: three looks of each post, every tenth post refused.
fn looks(count: usize) -> Vec<Effort> {
    let look = |nth: usize| {
        let (post, turn) = (nth / 3, (nth % 3) as i64);
        let step = |by: usize| (post * by % 1_009) as f64 / 1_009.0;
        let first = day().earliest().shifted(turn * 8 * HOUR_MS);
        Effort {
            id: EffortId::of(&nth.to_be_bytes()),
            source: SourceId::new(&format!("post-{post}")).expect("a label"),
            means: [Means::Sound, Means::Sight, Means::Camera][post % 3],
            span: Span::new(first, first.shifted(8 * HOUR_MS - 1)).expect("a span"),
            area: Area::disc(place(30.0 + step(389), 48.0 + step(613)), 10_000).expect("a disc"),
            outcome: if post % 10 == 9 { Outcome::Refused } else { Outcome::Looked },
            able: vec![Act::Shelling, Act::SmallArms],
            limits: None,
        }
    };
    (0..count).map(look).collect()
}

fn detection() -> Detection {
    let text = "backstop-detection 1\nsees sound other 900000 1024 1024 300000 1000000 0\n\
                sees sight other 900000 1024 1024 300000 300000 0\nsees camera other 900000 1024 1024 500000 500000 0\n";
    Detection::from_text(text).expect("a text")
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn would_have_been_seen(bencher: Bencher<'_, '_>, count: usize) {
    let (efforts, detection, area) = (looks(count), detection(), ground());
    let looks = Looks { efforts: &efforts, sources: &[], detection: None };
    bencher.counter(count).bench_local(|| seen(&area, Act::Shelling, day(), &looks, &detection));
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn surveyed(bencher: Bencher<'_, '_>, count: usize) {
    let (efforts, detection, area) = (looks(count), detection(), ground());
    let looks = Looks { efforts: &efforts, sources: &[], detection: None };
    bencher.counter(count).bench_local(|| survey(&area, Act::Shelling, day(), &looks, &detection));
}
