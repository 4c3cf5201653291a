//! What a backup and a restore cost, as parts of what this machine's disk takes and its SHA-256 and its cipher give, measured in the same run. A
//! backup counts only after it was opened, restored, verified and replayed, and all of that is in its time. Beside the time by the
//! clock, which is the disk's, stands the time of the processor, so that a loaded machine gives the same parts of hash and cipher.
//!
//! `cargo bench -p backstop --bench backup`; `-- 1000000` for so many entries.

mod scratch;

use backstop::backup::{Former, Given, Identity, Keep, Order, Signing, make, restore};
use backstop::storage::{DataClass, NewEntry, Settings, Store};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use scratch::{Scratch, processor_ns};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const BATCH: i64 = 16_384;
/// So much is hashed and sealed for the limits.
const LIMIT_BYTES: u64 = 1 << 30;
const BEGIN: i64 = 1_775_900_000_000;

fn main() {
    let entries = std::env::args().find_map(|size| size.parse().ok()).unwrap_or(100_000);
    let scratch = Scratch::new("backup");
    let path = |name: &str| scratch.path(name);
    println!("load         {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    fill(&path("store"), entries);
    let bytes = length(&path("store/payloads")) + length(&path("store/record-keys"));
    println!("store        {entries} entries, {} MB of segments and keys", bytes >> 20);
    let [disk, _] = per_second(bytes, || written(&path("plain"), bytes));
    // Processor time is told in hundredths of a second: enough bytes that one of them is nothing.
    let [_, cipher] = per_second(LIMIT_BYTES, || sealed(LIMIT_BYTES));
    let [_, hash] = per_second(LIMIT_BYTES, || hashed(LIMIT_BYTES));
    println!("limits       disk {disk:.0} MB/s; SHA-256 {hash:.0}, ChaCha20-Poly1305 {cipher:.0} MB/s on one core");

    let key = Identity::draw().expect("a key");
    let at = terms::Instant::from_ms(BEGIN).expect("an instant");
    let (store, to, again, work) = (path("store"), path("copy"), path("again"), path("work"));
    let order = Order {
        store: &store,
        to: &to,
        secrets_to: None,
        recipients: &[key.recipient()],
        signing: Signing::Included,
        former: Former::Replaced,
        scratch: &work,
        at,
    };
    let say = |what: &str, [clock, processor]: [f64; 2]| {
        let (disk, hash, cipher) = (100.0 * clock / disk, 100.0 * processor / hash, 100.0 * processor / cipher);
        println!("{what:<12} {clock:.1} MB/s by the clock: {disk:.1} % of the disk");
        println!(
            "{:<12} {processor:.1} MB a second of processor: {hash:.1} % of SHA-256, {cipher:.1} % of the cipher",
            ""
        );
    };
    say("backup", per_second(bytes, || drop(make(&order, &mut |_| {}).expect("made"))));
    let keys = [key];
    let given = Given {
        folder: &to,
        head: None,
        secret: None,
        identities: &keys,
        log_key: None,
        into: &again,
        keep: Keep::Everything,
    };
    say("restore", per_second(bytes, || drop(restore(&given, None, at, &mut |_| {}).expect("restored"))));
}

fn fill(path: &Path, entries: i64) {
    let settings =
        Settings { data_class: DataClass::Exercise, mission: "bench".into(), created_at_ms: BEGIN, seed: None };
    let mut store = Store::create(path, &settings).expect("created");
    let entry = |number: i64| NewEntry {
        kind: "note".into(),
        class: Class::Mission,
        received_at_ms: BEGIN + number,
        payload: Value::Fields([("text".to_owned(), Value::Text(format!("{number} {}", "x".repeat(200))))].into()),
    };
    for first in (0..entries).step_by(BATCH as usize) {
        store.append((first..(first + BATCH).min(entries)).map(entry).collect()).expect("appended");
    }
    store.publish().expect("published");
}

fn length(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("listed").flatten();
    files.filter_map(|file| file.metadata().ok()).map(|it| it.len()).sum()
}

fn written(path: &Path, bytes: u64) {
    let mut file = File::create(path).expect("created");
    let block = vec![7; 1 << 20];
    for _ in 0..bytes >> 20 {
        file.write_all(&block).expect("written");
    }
    file.sync_all().expect("flushed");
}

fn sealed(bytes: u64) {
    let cipher = ChaCha20Poly1305::new(&[3; 32].into());
    let block = vec![7; 64 << 10];
    for _ in 0..bytes >> 16 {
        let sealed = cipher.encrypt(&Nonce::default(), block.as_slice()).expect("short enough");
        assert_eq!(sealed.len(), block.len() + 16);
    }
}

fn hashed(bytes: u64) {
    let block = vec![7; 64 << 10];
    let mut hasher = Sha256::new();
    (0..bytes >> 16).for_each(|_| hasher.update(&block));
    assert_eq!(hasher.finalize().len(), 32);
}

/// Megabytes a second, by the clock and of the processor.
fn per_second(bytes: u64, work: impl FnOnce()) -> [f64; 2] {
    let (begin, before) = (Instant::now(), processor_ns());
    work();
    let processor = (processor_ns() - before).max(1) as f64 / 1e9;
    [begin.elapsed().as_secs_f64(), processor].map(|seconds| bytes as f64 / (1 << 20) as f64 / seconds)
}
