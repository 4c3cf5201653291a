//! What it costs to take entries in, against this machine's own limits, measured in the same run: one flush of the disk, and one strict
//! check of a signature on one core.
//!
//! * a receipt when the store is idle: one entry, durable at its index;
//! * statements that authors elsewhere signed, checked and made durable, and the same statements sent again;
//! * an import of entries whose signatures were checked before;
//! * opening a store of so many entries, and its first receipt.
//!
//! `cargo bench -p backstop --bench append`; `-- 10000000` opens a store of so many, made in `BACKSTOP_BENCH_PLACE` if it is not there.

mod scratch;

use backstop::storage::{AuthorSecret, DataClass, NewEntry, Settings, Store, Submission, Submitted};
use ed25519_dalek::{Signer, SigningKey};
use mission::record::canonical::Value;
use mission::record::commitment::Payload;
use mission::record::envelope::{Class, Envelope, Written};
use scratch::{Scratch, flush_limit, ms, part, place};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

const RECEIPTS: usize = 2_000;
const STATEMENTS: u64 = 100_000;
const BATCH: usize = 4_096;
const IMPORT_BATCH: u64 = 16_384;
const BEGIN: i64 = 1_775_900_000_000;

fn main() {
    let place = place();
    let sizes: Vec<u64> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    if !sizes.is_empty() {
        sizes.into_iter().for_each(|size| restart(&place.join(format!("backstop-bench-restart-{size}")), size));
        return;
    }
    let scratch = Scratch::new("append");
    let flush = flush_limit(&scratch.path("flushed"), RECEIPTS);
    receipts(&scratch.path("receipts"), flush);
    let limit = signature_limit();
    statements(&scratch.path("statements"), limit);
    import(&scratch.path("import"));
    for size in [10_000, 100_000, 1_000_000] {
        let path = scratch.path(&format!("restart-{size}"));
        restart(&path, size);
        fs::remove_dir_all(path).expect("removed");
    }
}

fn receipts(path: &Path, flush: Duration) {
    let mut store = create(path);
    let mut times: Vec<Duration> = (0..RECEIPTS as u64)
        .map(|number| {
            let entry = entry(number);
            let begin = Instant::now();
            store.append(vec![entry]).expect("appended");
            begin.elapsed()
        })
        .collect();
    let (p50, p99) = (part(&mut times, 50), part(&mut times, 99));
    let flushes = p50.as_secs_f64() / flush.as_secs_f64();
    println!("receipt      p50 {:.3} ms = {flushes:.2} flushes, p99 {:.3} ms", ms(p50), ms(p99));
}

/// Strict checks a second on one core.
fn signature_limit() -> f64 {
    let key = SigningKey::from_bytes(&[7; 32]);
    let message = [5; 300];
    let signature = key.sign(&message);
    let public = key.verifying_key();
    let count = 20_000;
    let begin = Instant::now();
    (0..count).for_each(|_| public.verify_strict(&message, &signature).expect("signed"));
    let limit = f64::from(count) / begin.elapsed().as_secs_f64();
    println!("limit        {limit:.0} strict checks a second on one core");
    limit
}

fn statements(path: &Path, limit: f64) {
    let author = AuthorSecret::new().expect("random numbers");
    let submissions: Vec<Submission> = (1..=STATEMENTS).map(|number| statement(&author, number)).collect();
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    let mut store = create(path);
    store.admit("bench", &author.public_line(), BEGIN).expect("admitted");
    for (name, expected) in [("statements", true), ("sent again", false)] {
        let begin = Instant::now();
        let mut recorded = 0;
        for batch in submissions.chunks(BATCH) {
            let answers = store.submit(batch, BEGIN).expect("submitted");
            recorded += answers.iter().filter(|answer| matches!(answer, Ok(Submitted::Recorded(_)))).count() as u64;
            assert!(answers.iter().all(Result::is_ok));
            store.publish().expect("published");
        }
        assert_eq!(recorded, if expected { STATEMENTS } else { 0 });
        assert_eq!(store.size(), STATEMENTS + 1);
        let rate = STATEMENTS as f64 / begin.elapsed().as_secs_f64();
        let share = 100.0 * rate / (limit * f64::from(cores));
        println!("{name:<12} {rate:.0} a second on {cores} cores = {share:.0} % of the limit, {recorded} recorded");
    }
}

/// Entries whose signatures were checked before: what the store itself costs.
fn import(path: &Path) {
    let author = AuthorSecret::new().expect("random numbers");
    let mut store = create(path);
    store.admit("bench", &author.public_line(), BEGIN).expect("admitted");
    let check = |number| statement(&author, number).check(store.keys()).expect("it holds");
    let mut checked: Vec<_> = (1..=STATEMENTS).map(check).collect();
    let begin = Instant::now();
    while !checked.is_empty() {
        let later = checked.split_off(checked.len().min(IMPORT_BATCH as usize));
        let answers = store.submit_checked(std::mem::replace(&mut checked, later), BEGIN).expect("submitted");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Submitted::Recorded(_)))));
    }
    let durable = begin.elapsed();
    store.publish().expect("published");
    let rate = |time: Duration| STATEMENTS as f64 / time.as_secs_f64();
    println!("import       {:.0} a second durable, {:.0} published", rate(durable), rate(begin.elapsed()));
}

/// Opens a store of so many entries, as after a restart, and asks for a receipt.
fn restart(path: &Path, size: u64) {
    if !path.join("store.toml").exists() {
        let begin = Instant::now();
        let mut store = create(path);
        for first in (0..size).step_by(IMPORT_BATCH as usize) {
            store.append((first..size.min(first + IMPORT_BATCH)).map(entry).collect()).expect("appended");
            store.publish().expect("published");
        }
        println!(
            "fill         {:.0} a second, signed here, {size} entries",
            size as f64 / begin.elapsed().as_secs_f64()
        );
    }
    let before = peak_kb();
    let begin = Instant::now();
    let mut store = Store::open(path).expect("opened");
    let opened = begin.elapsed();
    let number = store.size();
    store.append(vec![entry(number)]).expect("appended");
    let first = begin.elapsed();
    store.publish().expect("published");
    let published = begin.elapsed();
    let (megabytes, more) = (bytes_of(path) >> 20, peak_kb().saturating_sub(before) >> 10);
    println!(
        "restart      {number} entries, {megabytes} MB: opened {:.0} ms, first receipt {:.0} ms, published {:.0} ms; {more} MB more memory",
        ms(opened),
        ms(first),
        ms(published)
    );
}

fn create(path: &Path) -> Store {
    let settings =
        Settings { data_class: DataClass::Simulated, mission: "bench".into(), created_at_ms: 0, seed: Some([0; 32]) };
    Store::create(path, &settings).expect("a place for temporary files")
}

/// An entry about as large as a reported observation.
fn said(number: u64) -> Value {
    let text = format!("report {number} of artillery fire near the village in the morning, heard from two places");
    let fields = [
        ("act".to_owned(), Value::Text("shelling".into())),
        ("lat_e6".to_owned(), Value::Integer(48_000_000 + number as i64)),
        ("lon_e6".to_owned(), Value::Integer(37_000_000)),
        ("source".to_owned(), Value::Text("simulated-press".into())),
        ("text".to_owned(), Value::Text(text)),
    ];
    Value::Fields(fields.into())
}

fn entry(number: u64) -> NewEntry {
    let received_at_ms = BEGIN + number as i64;
    NewEntry { kind: "observation".into(), class: Class::Mission, received_at_ms, payload: said(number) }
}

fn statement(author: &AuthorSecret, number: u64) -> Submission {
    let (payload, salt) = (Payload::new(&said(number)).expect("small"), [3; 32]);
    let envelope = Envelope {
        kind: "observation".into(),
        author: author.id(),
        class: Class::Mission,
        received_at_ms: 0,
        commitment: payload.commit(&salt),
        written: Some(Written { number, at_ms: BEGIN }),
    };
    let statement = author.state(&envelope).expect("signed");
    Submission { statement, salt, payload: payload.into_bytes() }
}

/// Most memory that this process has had, in KB.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).expect("a number")
}

fn bytes_of(path: &Path) -> u64 {
    let Ok(listed) = fs::read_dir(path) else {
        return File::open(path).and_then(|file| file.metadata()).map_or(0, |it| it.len());
    };
    listed.flatten().map(|file| bytes_of(&file.path())).sum()
}
