//! What the walk costs, stage by stage: read, fuse, judge, render, at three sizes.
//!
//! Stated work: N press events of the VIINA shape, 180 a day up to 12 April 2026, over four degrees square, five kinds;
//! judged under `easter-truce-2026`. Run with `cargo bench -p backstop --bench walk`; a million
//! observations only with `BACKSTOP_BENCH_MILLION=1`. Never a test: it asserts nothing about time.

use backstop::intake::{Held, Importer, Options, SourceFile, import};
use divan::{AllocProfiler, Bencher};
use fusion::{Gazetteer, Known, Model, Orders, Parameters, Received};
use mission::record::Body;
use mission::{Mission, Moment, Reader};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use terms::{Instant, Observation, Source, SourceId};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// Events of one day: a mission grows by lasting longer, not by its days growing denser.
const A_DAY: u64 = 180;

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

fn sizes() -> Vec<usize> {
    let most = if std::env::var_os("BACKSTOP_BENCH_MILLION").is_some() { 3 } else { 2 };
    SIZES[..most].to_vec()
}

fn main() {
    divan::main();
}

/// A file of N events; the same for every run.
fn file(rows: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = move |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % sides
    };
    let last = jiff::civil::date(2026, 4, 12);
    let most_days = (rows as u64 / A_DAY).max(1);
    let mut days: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in 0..rows {
        let date = last.saturating_sub(jiff::Span::new().days(dice(most_days) as i64)).strftime("%Y%m%d").to_string();
        let (lon, lat) = (34.0 + dice(40_000) as f64 / 1e4, 46.5 + dice(40_000) as f64 / 1e4);
        let kind = ["S", "D", "A", "F", "C"][dice(5) as usize];
        days.entry(date).or_default().push(format!("[{lon:.4},{lat:.4},\"p{row}\",\"{kind}\",1,[\"u{row}\"]]"));
    }
    let days: Vec<String> = days.into_iter().map(|(day, rows)| format!("\"{day}\":[{}]", rows.join(","))).collect();
    format!("{{{}}}", days.join(",")).into_bytes()
}

fn read(bytes: &[u8]) -> Vec<Body> {
    let importer = Importer::named("viina").expect("invariant: there is such a kind");
    let files = [SourceFile::of_bytes("bench.json", bytes.to_vec())];
    let mut bodies = Vec::new();
    let mut take = |batch: Vec<Body>| {
        bodies.extend(batch);
        Ok(())
    };
    import(importer, &files, &Options::default(), &mut Held::default(), &mut take, &mut |_| {})
        .expect("a file that reads");
    bodies
}

/// The bodies of each size, made once.
fn bodies(size: usize) -> &'static [Body] {
    static MADE: [OnceLock<Vec<Body>>; 3] = [const { OnceLock::new() }; 3];
    let at = SIZES.iter().position(|other| *other == size).expect("invariant: a size of the list");
    MADE[at].get_or_init(|| read(&file(size)))
}

fn observations(size: usize) -> Vec<&'static Observation> {
    let observation =
        |body: &'static Body| if let Body::Observed(observation) = body { Some(observation) } else { None };
    bodies(size).iter().filter_map(observation).collect()
}

fn mission(size: usize) -> Mission {
    let mut mission = Mission::default();
    let at = Instant::parse("2026-05-01T00:00:00Z").expect("an instant");
    let adopted = Body::AgreementAdopted(mission::record::body::AdoptedAgreement {
        text: include_str!("../../../agreements/easter-truce-2026/agreement.md").to_owned(),
        files: [(
            "theatre.geojson".to_owned(),
            include_str!("../../../agreements/easter-truce-2026/theatre.geojson").to_owned(),
        )]
        .into(),
    });
    for (index, body) in std::iter::once(&adopted).chain(bodies(size)).enumerate() {
        mission.apply(index as u64, at, body.kind(), &body.write());
    }
    mission
}

#[divan::bench(args = sizes(), sample_count = 3)]
fn import_rows(bencher: Bencher<'_, '_>, size: usize) {
    let file = file(size);
    bencher.counter(divan::counter::ItemsCount::new(size)).bench(|| read(&file).len());
}

#[divan::bench(args = sizes(), sample_count = 3)]
fn fuse(bencher: Bencher<'_, '_>, size: usize) {
    let observations = observations(size);
    let received_at = Instant::parse("2026-04-12T21:00:00Z").expect("an instant");
    let reports: Vec<Received<'_>> =
        observations.iter().map(|observation| Received { observation, received_at }).collect();
    let sources: BTreeMap<SourceId, Source> = bodies(size)
        .iter()
        .filter_map(|body| {
            if let Body::SourceDeclared(source) = body { Some((source.id.clone(), source.clone())) } else { None }
        })
        .collect();
    let model = Model::new(Parameters::believed(), Gazetteer::new(&[], &[]));
    let known = Known { reports: &reports, sources: &sources, efforts: &[], orders: &Orders::default() };
    bencher.counter(divan::counter::ItemsCount::new(size)).bench(|| fusion::partition(known, &model).len());
}

/// Fusing and judging together: what a view costs.
#[divan::bench(args = sizes(), sample_count = 3)]
fn view(bencher: Bencher<'_, '_>, size: usize) {
    let mission = mission(size);
    let at = Instant::parse("2026-04-12T21:00:00Z").expect("an instant");
    let moment = Moment { known_at: Instant::LATEST, judged_at: at };
    bencher
        .counter(divan::counter::ItemsCount::new(size))
        .bench(|| mission.view(moment, Reader::Public).verdicts.len());
}

#[divan::bench(args = sizes(), sample_count = 3)]
fn render(bencher: Bencher<'_, '_>, size: usize) {
    let mission = mission(size);
    let day = report::Day::new("2026-04-12", "Europe/Kyiv").expect("a day");
    let moment = Moment { known_at: Instant::LATEST, judged_at: day.span().latest() };
    let view = mission.view(moment, Reader::Public);
    let basemap = report::Basemap::default();
    bencher
        .counter(divan::counter::ItemsCount::new(size))
        .bench(|| report::html(&report::daily(&view, &day, &basemap), None).len());
}
