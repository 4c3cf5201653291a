//! What an audit costs, against the machine's own SHA-256 limit in the same run: 100,000 entries as large as reported
//! observations (a million with `BACKSTOP_BENCH_MILLION` set), then the re-derivation of the demo's three days.
//!
//! Times are of the processor, on one thread, so that a loaded machine gives the same ratios.
//!
//! `cargo bench -p backstop --bench audit`

mod scratch;

use backstop::audit::{Means, audit};
use backstop::demo::Replay;
use backstop::mirror::{Depth, Held, Source, check, follow};
use backstop::storage::{DataClass, NewEntry, Settings, Store, Verification};
use ledger::tree::{Edge, leaf_hash};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use scratch::{Scratch, processor_ns};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;

const BATCH: u64 = 16_384;
/// So long a time of the processor is told well enough.
const ENOUGH_NS: u64 = 2_000_000_000;

fn main() {
    let size = if std::env::var_os("BACKSTOP_BENCH_MILLION").is_some() { 1_000_000 } else { 100_000 };
    let scratch = Scratch::new("audit");
    let (store, mirror) = (scratch.path("store"), scratch.path("mirror"));
    fill(&store, size);
    let source = Source::named(&store.to_string_lossy()).expect("a store");
    follow(&source, &mirror, None, &mut |_| {}).expect("copied");
    let held = Held::open(&mirror).expect("a mirror");

    let leaves = leaves(&mirror, size);
    let limit = per_second(size, || {
        let mut edge = Edge::default();
        leaves.iter().for_each(|leaf| edge.push(leaf_hash(leaf)));
        assert_eq!(edge.root(), held.checkpoint.root);
    });
    println!("limit       {limit:>9.0} entries/s   a leaf and a node each, from memory");
    for (name, depth) in [("log", Depth::Hashes), ("everything", Depth::Everything)] {
        let rate = per_second(size, || {
            let answer = check(&held, depth, NonZero::<usize>::MIN, &mut |_| {});
            assert!(matches!(answer, Verification::Yes { .. }), "{answer:?}");
        });
        println!("{name:<11} {rate:>9.0} entries/s   {:.0} % of the limit", 100.0 * rate / limit);
    }

    let demo = scratch.path("demo");
    let mut replay = Replay::open(&demo, 1, 72).expect("a new store");
    replay.tell_until(replay.scenario().end).expect("a disk");
    let entries = replay.station().seal().size;
    drop(replay);
    let means = Means { threads: NonZero::<usize>::MIN, published: None, policy: None };
    let mut results = 0;
    let rate = per_second(entries, || results = audit(&demo, &means, &mut |_| {}).results.len());
    println!(
        "derivation  {rate:>9.0} entries/s   the demo: {entries} entries, {results} results and what follows now, {:.2} s",
        entries as f64 / rate
    );
}

/// How many a second of processor time, on this thread and those that it waits for. That time is told in hundredths of a second, so
/// short work is done again until one of them is nothing.
fn per_second(count: u64, mut work: impl FnMut()) -> f64 {
    let before = processor_ns();
    let mut done = 0;
    loop {
        work();
        done += count;
        let took = processor_ns() - before;
        if took >= ENOUGH_NS {
            return done as f64 * 1e9 / took as f64;
        }
    }
}

fn leaves(mirror: &Path, size: u64) -> Vec<Vec<u8>> {
    let tiles = ledger::tile::tiles(size).filter(|tile| tile.content == ledger::tile::Content::Entries);
    let bundle = |tile: ledger::Tile| std::fs::read(mirror.join("log").join(tile.to_string())).expect("a bundle");
    let of = |bytes: Vec<u8>| {
        ledger::tile::entries(&bytes).map(|leaf| leaf.expect("a leaf").to_vec()).collect::<Vec<Vec<u8>>>()
    };
    tiles.flat_map(|tile| of(bundle(tile))).collect()
}

fn fill(directory: &Path, size: u64) {
    let settings =
        Settings { data_class: DataClass::Simulated, mission: "bench".into(), created_at_ms: 0, seed: Some([0; 32]) };
    let mut store = Store::create(directory, &settings).expect("a place for temporary files");
    for first in (0..size).step_by(BATCH as usize) {
        store.append((first..size.min(first + BATCH)).map(entry).collect()).expect("appended");
        store.publish().expect("published");
    }
}

fn entry(number: u64) -> NewEntry {
    let text = |text: &str| Value::Text(text.into());
    NewEntry {
        kind: "observation".into(),
        class: Class::Public,
        received_at_ms: 1_775_900_000_000 + number as i64,
        payload: Value::Fields(BTreeMap::from([
            ("act".into(), text("shelling")),
            ("grade".into(), text("C3")),
            ("lat_e6".into(), Value::Integer(48_000_000 + number as i64)),
            ("lon_e6".into(), Value::Integer(37_000_000 + number as i64)),
            ("means".into(), text("press")),
            ("references".into(), Value::List(vec![text("https://example.org/report")])),
            ("source".into(), text("simulated-press")),
            ("text".into(), Value::Text(format!("report {number} of artillery fire near the village in the morning"))),
        ])),
    }
}
