//! The store under real faults: processes killed, power cut, system calls that fail, a disk that is full.
//!
//! Takes a writer that runs as a process of its own and says what was acknowledged to it; gives a verdict on what a fresh start
//! finds. What counts as acknowledged is kept here, outside the store: no acknowledged entry may be lost or changed, no
//! published head contradicted, and what the store holds beyond that must be whole.
//!
//! Counts for CI; more by `BACKSTOP_FAULT_ROUNDS=5000`. Each failure prints its seed; `BACKSTOP_FAULT_SEED=N` begins there.

use backstop::storage::{DataClass, NewEntry, Settings, Store, Verification, verify};
use ledger::tree::{leaf_hash, verify_consistency};
use ledger::{Checkpoint, Hash};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

/// A stream of numbers from a seed, so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        // Constants of the 64-bit linear congruential generator by Knuth; the high bits are used.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn entry(text: String) -> NewEntry {
    let payload = Value::Fields([("text".to_owned(), Value::Text(text))].into());
    NewEntry { kind: "note".to_owned(), class: Class::Mission, received_at_ms: 1_770_000_000_000, payload }
}

fn create(directory: &Path) {
    let settings = Settings {
        data_class: DataClass::Exercise,
        mission: "faults".to_owned(),
        created_at_ms: 1_770_000_000_000,
        seed: None,
    };
    drop(Store::create(directory, &settings).expect("a new store"));
}

/// The writer: what the other tests start as a process, and nothing where none of them did. Says each receipt and each head on
/// standard output as soon as it has it.
#[test]
fn writer() {
    let Some(directory) = std::env::var_os("BACKSTOP_FAULT_STORE").map(PathBuf::from) else { return };
    let batches = number("BACKSTOP_FAULT_BATCHES", u64::MAX);
    let mut dice = Dice(number("BACKSTOP_FAULT_DICE", 1));
    let mut say = std::io::stdout();
    let mut store = match Store::open(&directory) {
        Ok(store) => store,
        Err(error) => refuse(&error),
    };
    let mut heads = String::new();
    for batch in 0..batches {
        let size = 1 + dice.below(40) * dice.below(3);
        let text = |n| format!("batch {batch}, {n}: {}", "x".repeat(dice.0 as usize % 700));
        let receipts = match store.append((0..size).map(text).map(entry).collect()) {
            Ok(receipts) => receipts,
            Err(error) => refuse(&error),
        };
        for receipt in receipts {
            heads += &format!("ack {} {}\n", receipt.index, receipt.leaf.to_base64());
        }
        if dice.below(3) == 0 {
            match store.publish() {
                Ok(head) => heads += &format!("head {} {}\n", head.size, head.root.to_base64()),
                Err(error) => refuse(&error),
            }
        }
        say.write_all(heads.as_bytes()).expect("the parent listens");
        say.flush().expect("the parent listens");
        heads.clear();
    }
}

fn refuse(error: &backstop::storage::Error) -> ! {
    eprintln!("refused: {error}");
    std::process::exit(5)
}

/// What was acknowledged, as heard from the writer.
#[derive(Default)]
struct Heard {
    leaves: BTreeMap<u64, Hash>,
    heads: Vec<(u64, Hash)>,
}

impl Heard {
    /// A line that a kill cut short has no end, and was not said.
    fn hear(&mut self, line: &str) {
        let Some(words) = line.strip_suffix('\n') else { return };
        let words: Vec<&str> = words.split(' ').collect();
        let [what, number, hash] = words[..] else { return };
        let (Ok(number), Some(hash)) = (number.parse(), Hash::from_base64(hash)) else { return };
        match what {
            "ack" => {
                let before = self.leaves.insert(number, hash);
                assert!(before.is_none_or(|before| before == hash), "index {number} was given twice, to two leaves");
            }
            "head" => self.heads.push((number, hash)),
            _ => {}
        }
    }

    /// Opens the store as after a restart, and holds it against everything that was heard. Gives its size.
    fn check(&mut self, directory: &Path) -> u64 {
        let mut store = Store::open(directory).unwrap_or_else(|error| panic!("the store does not open: {error}"));
        let size = store.size();
        for entry in 0..size {
            let leaf = leaf_hash(&store.leaf(entry).unwrap_or_else(|error| panic!("entry {entry}: {error}")));
            let acknowledged = *self.leaves.entry(entry).or_insert(leaf);
            assert_eq!(leaf, acknowledged, "entry {entry} is another one now");
        }
        if let Some((lost, _)) = self.leaves.range(size..).next() {
            panic!("entry {lost} was acknowledged and is lost: the store has {size}");
        }
        let head: Checkpoint = store.publish().expect("published").clone();
        assert_eq!(head.size, size);
        for (old, root) in self.heads.iter().filter(|(old, _)| *old > 0) {
            let proof = store.prove_consistency(*old).expect("a proof");
            verify_consistency(*old, *root, head.size, head.root, &proof)
                .unwrap_or_else(|error| panic!("the head at {old} is contradicted: {error}"));
        }
        self.heads = vec![(head.size, head.root)];
        size
    }
}

/// A writer at work, and an ear at its output.
struct Writer {
    child: Child,
    ear: JoinHandle<()>,
    heard: Arc<Mutex<Heard>>,
    /// Told once, when it said something.
    spoke: Receiver<()>,
}

impl Writer {
    fn start(directory: &Path, dice: u64, batches: Option<u64>, tracer: &[String], heard: Heard) -> Writer {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = match tracer.split_first() {
            None => Command::new(&program),
            Some((tracer, arguments)) => {
                let mut command = Command::new(tracer);
                command.args(arguments).arg(&program);
                command
            }
        };
        command.args(["writer", "--exact", "--nocapture", "--test-threads=1"]);
        command.env("BACKSTOP_FAULT_STORE", directory).env("BACKSTOP_FAULT_DICE", dice.to_string());
        command.env("BACKSTOP_FAULT_BATCHES", batches.unwrap_or(u64::MAX).to_string());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the writer starts");
        let heard = Arc::new(Mutex::new(heard));
        let output: ChildStdout = child.stdout.take().expect("piped");
        let (say, spoke) = channel();
        let ear = spawn({
            let heard = heard.clone();
            move || {
                let mut lines = BufReader::new(output);
                let mut line = String::new();
                while lines.read_line(&mut line).unwrap_or(0) > 0 {
                    heard.lock().expect("no panic while hearing").hear(&line);
                    if line.starts_with("ack ") {
                        // Nobody listens to a second one.
                        let _ = say.send(());
                    }
                    line.clear();
                }
            }
        });
        Writer { child, ear, heard, spoke }
    }

    /// Lets it work for as long as the dice say: of two writers one from its start, so that its opening is met too, and one from
    /// its first receipt, since on a machine that others use a start alone may take longer.
    fn work(&self, seed: u64, longest_us: u64) {
        if seed.is_multiple_of(2) {
            // If it ended instead, whoever looks next says so.
            let _ = self.spoke.recv();
        }
        sleep(Duration::from_micros(2_000 + Dice(seed).below(longest_us)));
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("the writer runs");
    }

    /// Waits for the end; gives how it ended, what it said last, and what was heard.
    fn end(mut self) -> (ExitStatus, String, Heard) {
        let mut words = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut words).expect("UTF-8");
        let status = self.child.wait().expect("the writer ends");
        self.ear.join().expect("every line was understood");
        let heard = std::mem::take(&mut *self.heard.lock().expect("no panic while hearing"));
        (status, words, heard)
    }
}

fn scratch(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("backstop-faults-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a scratch folder");
    directory
}

fn is_sound(directory: &Path) {
    let verification = verify(directory);
    assert!(matches!(verification, Verification::Yes { .. }), "{verification:?}");
}

/// Kills a writer again and again at an instant that it cannot choose; a new store now and then, so that checking stays short.
fn killed(name: &str, rounds: u64, first_seed: u64) {
    let folder = scratch(name);
    let store = folder.join("store");
    let mut heard = Heard::default();
    let (mut acknowledged, mut beyond) = (0, 0);
    for round in 0..rounds {
        let seed = first_seed + round;
        if round.is_multiple_of(25) {
            if round > 0 {
                is_sound(&store);
                fs::remove_dir_all(&store).expect("removed");
            }
            create(&store);
            heard = Heard::default();
        }
        let writer = Writer::start(&store, seed, None, &[], heard);
        writer.work(seed, 30_000);
        writer.signal(rustix::process::Signal::KILL);
        let (status, words, now) = writer.end();
        assert_eq!(status.signal(), Some(9), "seed {seed}: it ended before it was killed: {status}: {words}");
        heard = now;
        let before = heard.leaves.len();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| heard.check(&store)));
        let size = found
            .unwrap_or_else(|_| panic!("BACKSTOP_FAULT_SEED={seed} fails; the store is kept in {}", store.display()));
        acknowledged += before;
        beyond += size as usize - before;
    }
    is_sound(&store);
    fs::remove_dir_all(folder).expect("removed");
    println!("{rounds} kills, {acknowledged} acknowledged entries looked for, {beyond} found that nobody was told of");
    assert!(acknowledged > rounds as usize, "the writer hardly wrote: {acknowledged} entries in {rounds} rounds");
}

#[test]
fn a_killed_writer_loses_nothing_first_half() {
    killed("kill-1", number("BACKSTOP_FAULT_ROUNDS", 1_000), number("BACKSTOP_FAULT_SEED", 1));
}

#[test]
fn a_killed_writer_loses_nothing_second_half() {
    killed("kill-2", number("BACKSTOP_FAULT_ROUNDS", 1_000), number("BACKSTOP_FAULT_SEED", 1_000_001));
}

/// Runs a command that a rig needs; none if it fails, with its words on standard error.
fn rig(program: &str, arguments: &[&str]) -> Option<()> {
    let output = Command::new(program).args(arguments).output().ok()?;
    if !output.status.success() {
        eprintln!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    output.status.success().then_some(())
}

/// A mounted file system that goes when this does.
struct Mounted(PathBuf);

impl Mounted {
    fn image(image: &Path, place: &Path) -> Option<Mounted> {
        fs::create_dir_all(place).ok()?;
        rig("mount", &["-o", "loop", image.to_str()?, place.to_str()?])?;
        Some(Mounted(place.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = rig("umount", &[self.0.to_str().expect("UTF-8")]);
    }
}

/// Cuts the power by copying the file beneath a mounted file system: the copy is what a disk would hold at that instant.
#[test]
fn a_power_cut_loses_nothing() {
    let cuts = number("BACKSTOP_FAULT_ROUNDS", 200);
    let first_seed = number("BACKSTOP_FAULT_SEED", 1);
    let folder = scratch("power");
    let (disk, place) = (folder.join("disk"), folder.join("mounted"));
    let fresh = |disk: &Path| {
        fs::File::create(disk).expect("made").set_len(48 << 20).expect("made");
        rig("mkfs.ext4", &["-q", "-F", disk.to_str().expect("UTF-8")])
    };
    if fresh(&disk).and_then(|()| Mounted::image(&disk, &place)).is_none() {
        eprintln!("skipped: no loop device could be mounted; run as root with mkfs.ext4");
        return;
    }
    let mut heard = Heard::default();
    let (mut acknowledged, mut beyond) = (0, 0);
    for cut in 0..cuts {
        let seed = first_seed + cut;
        let mounted = Mounted::image(&disk, &place).expect("mounted");
        let store = place.join("store");
        if !store.exists() {
            create(&store);
            heard = Heard::default();
        }
        let writer = Writer::start(&store, seed, None, &[], heard);
        writer.work(seed, 60_000);
        writer.signal(rustix::process::Signal::STOP);
        let next = folder.join("next");
        rig("cp", &["--sparse=always", disk.to_str().expect("UTF-8"), next.to_str().expect("UTF-8")]).expect("copied");
        // Whatever it said before it was stopped, the copied disk must hold; after it is killed nothing more is said.
        writer.signal(rustix::process::Signal::KILL);
        let (_, _, now) = writer.end();
        heard = now;
        drop(mounted);
        fs::rename(&next, &disk).expect("the copy is the disk now");
        let restarted = Mounted::image(&disk, &place).expect("mounted after the cut");
        let before = heard.leaves.len();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| heard.check(&store)));
        let size = found
            .unwrap_or_else(|_| panic!("BACKSTOP_FAULT_SEED={seed} fails; the disk is kept in {}", disk.display()));
        acknowledged += before;
        beyond += size as usize - before;
        if cut % 20 == 19 {
            is_sound(&store);
            fs::remove_dir_all(&store).expect("removed");
        }
        drop(restarted);
    }
    fs::remove_dir_all(folder).expect("removed");
    println!(
        "{cuts} power cuts, {acknowledged} acknowledged entries looked for, {beyond} found that nobody was told of"
    );
    assert!(acknowledged > cuts as usize, "the writer hardly wrote: {acknowledged} entries in {cuts} cuts");
}

/// Lets every call of each kind fail in turn, and starts again.
#[test]
fn a_failed_system_call_ends_the_process_and_loses_nothing() {
    let folder = scratch("calls");
    let store = folder.join("store");
    let calls = ["fdatasync", "fsync", "write", "pwrite64", "rename", "ftruncate", "fallocate", "unlink"];
    if Command::new("strace").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "no `strace`, and `.ci/run` installs it");
        eprintln!("skipped: `strace` was not found");
        return;
    }
    let traced = folder.join("traced");
    let traced = traced.to_str().expect("UTF-8");
    let (mut ended, mut outlived) = (0, 0);
    for call in calls {
        for nth in 1.. {
            // Full and failing in turn; each is met at every second call.
            let error = if nth % 2 == 1 { "EIO" } else { "ENOSPC" };
            let _ = fs::remove_dir_all(&store);
            create(&store);
            let inject = format!("inject={call}:error={error}:when={nth}");
            let trace = format!("trace={call}");
            let tracer = ["strace", "-f", "-qq", "-o", traced, "-e", &trace, "-e", &inject].map(str::to_owned);
            let (status, words, mut heard) = Writer::start(&store, nth, Some(12), &tracer, Heard::default()).end();
            assert!(!words.contains("invariant"), "{call} {nth} {error}: {words}");
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| heard.check(&store)));
            found.unwrap_or_else(|_| panic!("{call} number {nth} with {error} fails; it said: {words}"));
            is_sound(&store);
            if !fs::read_to_string(traced).expect("a trace").contains("INJECTED") {
                // The writer makes no more than this many calls.
                assert!(status.success(), "{call} {nth}: {status}: {words}");
                break;
            }
            if status.success() { outlived += 1 } else { ended += 1 }
        }
    }
    fs::remove_dir_all(folder).expect("removed");
    println!(
        "{} calls made to fail, {ended} ended the process, {outlived} it could go on after; nothing lost",
        ended + outlived
    );
    assert!(ended > 50, "hardly any call ended the process: {ended}");
}

/// Fills a small disk, then makes it larger.
#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = scratch("full");
    let place = folder.join("mounted");
    fs::create_dir_all(&place).expect("made");
    let at = place.to_str().expect("UTF-8").to_owned();
    if rig("mount", &["-t", "tmpfs", "-o", "size=20m", "tmpfs", &at]).is_none() {
        eprintln!("skipped: no file system could be mounted; run as root");
        return;
    }
    let mounted = Mounted(place.clone());
    let store = place.join("store");
    create(&store);
    let (status, words, mut heard) = Writer::start(&store, 7, None, &[], Heard::default()).end();
    assert!(!status.success() && words.contains("space"), "it should end for want of space: {status}: {words}");
    let before = heard.leaves.len() as u64;
    assert!(before > 1_000, "only {before} entries fitted");
    rig("mount", &["-o", "remount,size=40m", &at]).expect("made larger");
    let size = heard.check(&store);
    let (_, _, mut heard) = Writer::start(&store, 8, Some(5), &[], heard).end();
    assert!(heard.check(&store) > size, "it writes again once there is space");
    is_sound(&store);
    drop(mounted);
    fs::remove_dir_all(folder).expect("removed");
}

/// Runs the real program with the machine's clock set wrong: back, far ahead, and right again.
#[test]
fn a_clock_that_jumps_records_nothing_before_its_time_and_loses_nothing() {
    if Command::new("faketime").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "no `faketime`, and `.ci/run` installs it");
        eprintln!("skipped: `faketime` was not found");
        return;
    }
    let folder = scratch("clock");
    let store = folder.join("store");
    let run = |clock: &str, arguments: &[&str]| {
        let mut command = Command::new("faketime");
        command.args(["-f", clock, env!("CARGO_BIN_EXE_backstop"), "--store"]).arg(&store).args(arguments);
        let output = command.current_dir(&folder).output().expect("faketime runs");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let add = |clock: &str, name: &str| {
        fs::write(folder.join(name), name).expect("written");
        run(clock, &["evidence", "add", name, "--method", "copied", "--custodian", "records office"])
    };
    let settings = Settings {
        data_class: DataClass::Exercise,
        mission: "clocks".to_owned(),
        created_at_ms: 1_770_000_000_000,
        seed: None,
    };
    drop(Store::create(&store, &settings).expect("a new store"));
    let size = || Store::open(&store).expect("opened").size();
    let taken = |(code, said): (Option<i32>, String)| assert_eq!(code, Some(0), "{said}");
    let refused = |(code, said): (Option<i32>, String)| {
        assert!(code != Some(0) && said.contains("the clock has gone back"), "{code:?}: {said}");
    };
    taken(add("@2026-03-02 12:00:00", "first"));
    refused(add("@2026-03-02 11:00:00", "an hour back"));
    refused(add("@1999-12-31 23:00:00", "a battery that died"));
    assert_eq!(size(), 1, "what was refused is nowhere");
    taken(add("@2026-03-02 12:00:01", "second"));
    // Ahead, it cannot be known to be wrong; set right, the record waits until that time.
    taken(add("@2026-03-04 00:00:00", "two days ahead"));
    refused(add("@2026-03-02 12:00:02", "set right"));
    taken(add("@2026-03-04 00:00:01", "when that time has come"));
    assert_eq!(size(), 4);
    // Reading and checking go by no clock.
    for clock in ["@1999-12-31 23:00:00", "@2090-01-01 00:00:00"] {
        taken(run(clock, &["evidence", "check"]));
        taken(run(clock, &["log", "head"]));
    }
    is_sound(&store);
    fs::remove_dir_all(folder).expect("removed");
}
