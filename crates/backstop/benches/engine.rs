//! What a second home costs: a durable batch through PostgreSQL and through a directory, against one flush of this machine's disk, measured in
//! the same run. Server, engine and store lie on one disk, so each receipt waits for at least two flushes, one after the other.
//!
//! `cargo bench -p backstop --bench engine`

#[path = "../tests/cluster/mod.rs"]
mod cluster;
mod scratch;

use backstop::storage::{DataClass, NewEntry, Place, Settings, Store};
use cluster::Cluster;
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use scratch::{Scratch, flush_limit, ms, part, place};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const BATCHES: usize = 300;

fn main() {
    let scratch = Scratch::new("engine");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load         {}", load.trim());
    let flush = flush_limit(&scratch.path("flushed"), BATCHES);
    batches("alone", create(&scratch.path("alone")), flush);
    let second = scratch.path("second");
    fs::create_dir(&second).expect("made");
    batches("directory", joined(&scratch.path("beside"), &Place::Directory(second)), flush);
    if let Some(mut cluster) = Cluster::start_in(&place()) {
        let store = joined(&scratch.path("database"), &Place::Postgres(cluster.connection()));
        batches("PostgreSQL", store, flush);
        cluster.kill();
    }
}

fn create(path: &Path) -> Store {
    let settings = Settings { data_class: DataClass::Exercise, mission: "bench".into(), created_at_ms: 0, seed: None };
    Store::create(path, &settings).expect("a place for temporary files")
}

fn joined(path: &Path, place: &Place) -> Store {
    drop(create(path));
    Store::join(path, place).expect("joined")
}

fn batches(name: &str, mut store: Store, flush: Duration) {
    for size in [1, 100] {
        let mut times: Vec<Duration> = (0..BATCHES)
            .map(|_| {
                let batch = (0..size).map(entry).collect();
                let begin = Instant::now();
                store.append(batch).expect("appended");
                begin.elapsed()
            })
            .collect();
        let p50 = part(&mut times, 50);
        let (p99, flushes) = (part(&mut times, 99), p50.as_secs_f64() / flush.as_secs_f64());
        println!("{name:<12} {size:>3} entries: p50 {:.2} ms = {flushes:.1} flushes, p99 {:.2} ms", ms(p50), ms(p99));
    }
}

fn entry(number: i64) -> NewEntry {
    let text = format!("report {number} of artillery fire near the village in the morning, heard from two places");
    let payload = Value::Fields([("text".to_owned(), Value::Text(text))].into());
    NewEntry { kind: "observation".into(), class: Class::Mission, received_at_ms: 0, payload }
}
