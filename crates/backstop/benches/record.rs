//! What the record costs: append with publish, verify, and reading back, at 10^4 and 10^5 entries (10^6 with
//! `BACKSTOP_BENCH_MILLION` set). Each entry is about as large as a reported observation.
//!
//! `cargo bench -p backstop --bench record`

mod scratch;

use backstop::storage::{DataClass, NewEntry, Reader, Settings, Store, Verification, verify};
use divan::counter::ItemsCount;
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use scratch::Scratch;
use std::collections::BTreeMap;
use std::path::Path;

/// Entries in one batch: one flush, one publication.
const BATCH: u64 = 16_384;

fn main() {
    divan::main();
}

fn sizes() -> Vec<u64> {
    let million = std::env::var_os("BACKSTOP_BENCH_MILLION").map(|_| 1_000_000);
    [10_000, 100_000].into_iter().chain(million).collect()
}

fn entries(numbers: std::ops::Range<u64>) -> Vec<NewEntry> {
    let text = |text: &str| Value::Text(text.into());
    let entry = |number: u64| NewEntry {
        kind: "observation".into(),
        class: Class::Mission,
        received_at_ms: 1_775_900_000_000 + number as i64,
        payload: Value::Fields(BTreeMap::from([
            ("act".into(), text("shelling")),
            ("count".into(), Value::Fields(BTreeMap::from([("best".into(), Value::Integer(number as i64 % 40))]))),
            ("grade".into(), text("C3")),
            (
                "happened".into(),
                Value::Fields(BTreeMap::from([
                    ("earliest_ms".into(), Value::Integer(1_775_900_000_000 + number as i64)),
                    ("latest_ms".into(), Value::Integer(1_775_986_400_000 + number as i64)),
                ])),
            ),
            ("lat_e6".into(), Value::Integer(48_000_000 + number as i64)),
            ("lon_e6".into(), Value::Integer(37_000_000 + number as i64)),
            ("means".into(), text("press")),
            ("references".into(), Value::List(vec![text("https://example.org/report")])),
            ("source".into(), text("simulated-press")),
            ("text".into(), Value::Text(format!("report {number} of artillery fire near the village in the morning"))),
        ])),
    };
    numbers.map(entry).collect()
}

/// How a store holds payloads: what sealing costs is the ratio of the two, in one run.
#[derive(Clone, Copy, Debug)]
enum Held {
    Sealed,
    Plain,
}

const HELD: [Held; 2] = [Held::Plain, Held::Sealed];

fn fill(directory: &Path, size: u64) -> Store {
    fill_as(directory, size, Held::Sealed)
}

fn fill_as(directory: &Path, size: u64, held: Held) -> Store {
    let settings =
        Settings { data_class: DataClass::Simulated, mission: "bench".into(), created_at_ms: 0, seed: Some([0; 32]) };
    let store = match held {
        Held::Sealed => Store::create(directory, &settings),
        Held::Plain => Store::create_plain(directory, &settings),
    };
    let mut store = store.expect("a place for temporary files");
    for first in (0..size).step_by(BATCH as usize) {
        store.append(entries(first..size.min(first + BATCH))).expect("appended");
        store.publish().expect("published");
    }
    store
}

#[divan::bench(args = sizes(), sample_count = 3, sample_size = 1)]
fn append_and_publish(bencher: divan::Bencher, size: u64) {
    bencher.counter(ItemsCount::new(size)).with_inputs(|| Scratch::new(&size.to_string())).bench_values(|scratch| {
        drop(fill(&scratch.path("store"), size));
        scratch
    });
}

#[divan::bench(args = sizes(), sample_count = 3, sample_size = 1)]
fn verify_store(bencher: divan::Bencher, size: u64) {
    let scratch = Scratch::new(&size.to_string());
    drop(fill(&scratch.path("store"), size));
    bencher.counter(ItemsCount::new(size)).bench(|| {
        let answer = verify(&scratch.path("store"));
        assert!(matches!(answer, Verification::Yes { entries, .. } if entries == size), "{answer:?}");
    });
}

#[divan::bench(args = sizes(), sample_count = 3, sample_size = 1)]
fn read_back(bencher: divan::Bencher, size: u64) {
    let scratch = Scratch::new(&size.to_string());
    drop(fill(&scratch.path("store"), size));
    bencher.counter(ItemsCount::new(size)).bench(|| {
        let reader = Reader::open(&scratch.path("store")).expect("opened");
        assert_eq!(reader.entries().inspect(|entry| assert!(entry.is_ok())).count() as u64, size);
    });
}

/// Import's part of the price: the same entries into a plain and a sealed store.
#[divan::bench(args = HELD, sample_count = 9, sample_size = 1)]
fn append_as(bencher: divan::Bencher, held: Held) {
    let size = 20_000;
    bencher.counter(ItemsCount::new(size)).with_inputs(|| Scratch::new(&size.to_string())).bench_values(|scratch| {
        drop(fill_as(&scratch.path("store"), size, held));
        scratch
    });
}

/// Replay's part of the price.
#[divan::bench(args = HELD, sample_count = 9, sample_size = 1)]
fn read_back_as(bencher: divan::Bencher, held: Held) {
    let size = 20_000;
    let scratch = Scratch::new(&size.to_string());
    drop(fill_as(&scratch.path("store"), size, held));
    bencher.counter(ItemsCount::new(size)).bench(|| {
        let reader = Reader::open(&scratch.path("store")).expect("opened");
        assert_eq!(reader.entries().inspect(|entry| assert!(entry.is_ok())).count() as u64, size);
    });
}
