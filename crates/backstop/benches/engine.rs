//! What a second home costs: a durable batch through PostgreSQL and through a directory, against one flush of this machine's disk, measured in
//! the same run. Server, engine and store lie on one disk, so each receipt waits for at least two flushes, one after the other.
//!
//! `cargo bench -p backstop --bench engine`

#[path = "../tests/cluster/mod.rs"]
mod cluster;

use backstop::storage::{DataClass, NewEntry, Place, Settings, Store};
use cluster::Cluster;
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const BATCHES: usize = 300;

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn main() {
    let place = std::env::var_os("BACKSTOP_BENCH_PLACE").map_or_else(std::env::temp_dir, PathBuf::from);
    let scratch = Scratch(place.join(format!("backstop-bench-engine-{}", std::process::id())));
    fs::create_dir_all(&scratch.0).expect("a place for temporary files");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load         {}", load.trim());
    let flush = flush_limit(&scratch.0.join("flushed"));
    batches("alone", create(&scratch.0.join("alone")), flush);
    let second = scratch.0.join("second");
    fs::create_dir(&second).expect("made");
    batches("directory", joined(&scratch.0.join("beside"), &Place::Directory(second)), flush);
    if let Some(mut cluster) = Cluster::start_in(&place) {
        let store = joined(&scratch.0.join("database"), &Place::Postgres(cluster.connection()));
        batches("PostgreSQL", store, flush);
        cluster.kill();
    }
}

/// The median time of a flush of one block that was written in its place.
fn flush_limit(path: &Path) -> Duration {
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(path).expect("created");
    file.write_all_at(&vec![0; 8 << 20], 0).expect("written");
    file.sync_all().expect("flushed");
    let flush = |at: usize| {
        let begin = Instant::now();
        file.write_all_at(&[at as u8; 4096], at as u64 % 2048 * 4096).expect("written");
        file.sync_data().expect("flushed");
        begin.elapsed()
    };
    let mut times: Vec<Duration> = (0..BATCHES).map(flush).collect();
    times.sort_unstable();
    println!("flush        p50 {:.2} ms, p99 {:.2} ms", ms(times[BATCHES / 2]), ms(times[BATCHES * 99 / 100]));
    times[BATCHES / 2]
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
        times.sort_unstable();
        let p50 = times[BATCHES / 2];
        let (p99, flushes) = (times[BATCHES * 99 / 100], p50.as_secs_f64() / flush.as_secs_f64());
        println!("{name:<12} {size:>3} entries: p50 {:.2} ms = {flushes:.1} flushes, p99 {:.2} ms", ms(p50), ms(p99));
    }
}

fn entry(number: i64) -> NewEntry {
    let text = format!("report {number} of artillery fire near the village in the morning, heard from two places");
    let payload = Value::Fields([("text".to_owned(), Value::Text(text))].into());
    NewEntry { kind: "observation".into(), class: Class::Mission, received_at_ms: 0, payload }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
