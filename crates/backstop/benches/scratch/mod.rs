//! What benchmarks of the record share: a folder that goes when they do, and what a flush costs on the disk under it. Takes
//! `BACKSTOP_BENCH_PLACE` for another place than that of temporary files.

#![allow(dead_code, reason = "several benchmarks share it, and none of them needs all of it")]

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A folder that goes when the benchmark does.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    /// An empty one.
    pub(crate) fn new(name: &str) -> Scratch {
        let path = place().join(format!("backstop-bench-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a place for temporary files");
        Scratch(path)
    }

    /// Something in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where benchmarks put what they make.
pub(crate) fn place() -> PathBuf {
    std::env::var_os("BACKSTOP_BENCH_PLACE").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// The median time of a flush of one block that was written in its place, of so many: what no durable receipt can be quicker than.
pub(crate) fn flush_limit(path: &Path, count: usize) -> Duration {
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(path).expect("created");
    file.write_all_at(&vec![0; 8 << 20], 0).expect("written");
    file.sync_all().expect("flushed");
    let flush = |at: usize| {
        let begin = Instant::now();
        file.write_all_at(&[at as u8; 4096], at as u64 % 2048 * 4096).expect("written");
        file.sync_data().expect("flushed");
        begin.elapsed()
    };
    let mut times: Vec<Duration> = (0..count).map(flush).collect();
    let (p50, p99) = (part(&mut times, 50), part(&mut times, 99));
    println!("limit        flush p50 {:.3} ms, p99 {:.3} ms", ms(p50), ms(p99));
    p50
}

/// The time that so many of a hundred stay below.
pub(crate) fn part(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// In milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Processor time of this process so far, nanoseconds, from its threads that live and those that ended.
pub(crate) fn processor_ns() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks * 10_000_000
}
