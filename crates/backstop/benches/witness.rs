//! How long it takes from handing an entry in to holding a proof of it that three witnesses cosigned. Takes a rate; the three
//! witnesses are processes of their own on this machine, over loopback, each making its state durable. Entries arrive at
//! their instants whether or not the ones before are done, so that waiting is counted.
//!
//! `cargo bench -p backstop --bench witness` with, if wanted, `BACKSTOP_BENCH_SECONDS=60`

use backstop::storage::{DataClass, NewEntry, Settings, Store};
use backstop::witness::{Asker, Folder, Trust};
use ledger::policy::Answer;
use ledger::{Policy, Proof};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Entries a second.
const RATES: [u64; 3] = [10, 100, 1000];
/// Publications begin so far apart at least: a witness answers 50 requests a second about one log.
const APART: Duration = Duration::from_millis(50);

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let seconds: u64 = std::env::var("BACKSTOP_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let place = std::env::temp_dir().join(format!("backstop-bench-witness-{}", std::process::id()));
    println!("rate/s   entries  publications   p50 ms   p99 ms   max ms   with its proof checked: p99 ms");
    for rate in RATES {
        let _ = std::fs::remove_dir_all(&place);
        measure(&place, rate, seconds);
    }
    let _ = std::fs::remove_dir_all(&place);
}

fn measure(place: &Path, rate: u64, seconds: u64) {
    let settings =
        Settings { data_class: DataClass::Simulated, mission: "bench".into(), created_at_ms: 0, seed: Some([0; 32]) };
    let mut store = Store::create(&place.join("store"), &settings).expect("a place for temporary files");
    let log = store.keys().log.clone();
    let _witnesses: Vec<Serving> = (1..=3)
        .map(|number| {
            let dir = place.join(format!("witness-{number}"));
            let key = Folder::create(&dir, &format!("w{number}.example")).expect("a witness");
            Folder::watch(&dir, &log).expect("watched");
            let (serving, url) = run(&dir);
            Trust::add(store.directory(), &log, &url, &key).expect("added");
            serving
        })
        .collect();
    let policy = std::fs::read(place.join("store/witnesses/policy")).expect("a policy");
    let policy = String::from_utf8(policy).expect("UTF-8").replace("group witnesses 2 ", "group witnesses all ");
    let policy = Policy::parse(policy.as_bytes()).expect("a policy");
    let asker = Asker::default();
    let begin = Instant::now();
    let due = |number: u64| begin + Duration::from_nanos(number * 1_000_000_000 / rate);
    let (mut witnessed, mut checked, mut publications) = (Vec::new(), Vec::new(), 0u64);
    let total = rate * seconds;
    let (mut next, mut published) = (0, begin);
    while next < total {
        std::thread::sleep(due(next).max(published + APART).saturating_duration_since(Instant::now()));
        published = Instant::now();
        let arrived = (next..total).take_while(|number| due(*number) <= Instant::now()).count() as u64;
        store.append((next..next + arrived).map(entry).collect()).expect("appended");
        let standing = asker.publish(&mut store).expect("published");
        assert_eq!(standing.answer(), Some(Answer::Satisfied), "{}", standing.line());
        let done = Instant::now();
        witnessed.extend((next..next + arrived).map(|number| done - due(number)));
        publications += 1;
        // One proof a publication is made and judged by all three, as its receiver would.
        let proof = Proof::parse(&store.prove(next).expect("proved")).expect("a proof");
        let judged = policy.judge_proof(&proof, &store.leaf(next).expect("a leaf")).expect("it proves");
        assert_eq!(judged.answer, Answer::Satisfied, "all three cosigned");
        checked.push(due(next).elapsed());
        next += arrived;
    }
    let (p50, p99, max) = (at(&mut witnessed, 50), at(&mut witnessed, 99), at(&mut witnessed, 100));
    println!("{rate:>6} {total:>9} {publications:>13} {p50:>8.1} {p99:>8.1} {max:>8.1} {:>34.1}", at(&mut checked, 99));
}

fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0
}

fn run(dir: &Path) -> (Serving, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.args(["witness", "run", "--listen", "127.0.0.1:0", "--dir"]).arg(dir);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut line = String::new();
    let mut messages = BufReader::new(child.stderr.take().expect("piped"));
    messages.read_line(&mut line).expect("its address");
    let url = line[line.find("http://").expect("an address")..].trim().to_owned();
    std::thread::spawn(move || std::io::copy(&mut messages, &mut std::io::sink()));
    (Serving(child), url)
}

/// An entry about as large as a reported observation.
fn entry(number: u64) -> NewEntry {
    let text = format!("report {number} of artillery fire near the village in the morning, heard from two places");
    let payload = BTreeMap::from([
        ("act".into(), Value::Text("shelling".into())),
        ("lat_e6".into(), Value::Integer(48_000_000 + number as i64)),
        ("lon_e6".into(), Value::Integer(37_000_000)),
        ("text".into(), Value::Text(text)),
    ]);
    NewEntry {
        kind: "observation".into(),
        class: Class::Mission,
        received_at_ms: 1_775_900_000_000 + number as i64,
        payload: Value::Fields(payload),
    }
}
