//! The crash campaign: takes the store, a simulated disk and a seed; cuts the power, kills the process and fails the disk at every
//! operation, and after each looks whether the store still holds what it promised. Never stops at the first broken promise
//! without saying how to see it again.
//!
//! The exhaustive half plays short scripts and crashes after each of their operations, and of the recoveries' operations. The
//! random half plays long ones. `cargo xtask crashes` runs more of both; `BACKSTOP_CRASHES`, `BACKSTOP_CRASH_SEED` and
//! `BACKSTOP_CRASH` (one place, as a failure names it) do the same for `cargo test`.

mod image;

mod disk;

mod outside;

mod seen;

mod chance;

mod exhaustive;

mod random;

mod variants;

use super::{DataClass, NewEntry, Place, Settings, Store};
use disk::{Habits, Moment, SimulatedDisk, Stopped};
use image::{Fate, Image};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use outside::{Outside, STORE};
use seen::{Hashes, Seen};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// One thing that a script does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A batch of so many entries, each with a text of so many bytes.
    Append(u32, usize),
    Publish,
    /// The store is closed and opened again.
    Reopen,
    /// The store is closed and joined to an engine in another directory of the same disk.
    Join,
}

/// How the life of a process ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It did all that it should.
    Done,
    /// It was refused this, and went no further.
    Refused(String),
    /// It ended itself after the disk had failed.
    Stopped,
    /// A fault of the program.
    Panicked(String),
}

fn settings() -> Settings {
    Settings {
        data_class: DataClass::Simulated,
        mission: "varo".into(),
        created_at_ms: 1_775_900_000_000,
        seed: Some([9; 32]),
    }
}

fn entry(number: i64, text_bytes: usize) -> NewEntry {
    let text = format!("report {number} ").repeat(text_bytes / 9 + 1);
    NewEntry {
        kind: "observation".into(),
        class: Class::Mission,
        received_at_ms: 1_775_900_000_000 + number,
        payload: Value::Fields(BTreeMap::from([
            ("number".into(), Value::Integer(number)),
            ("text".into(), Value::Text(text[..text_bytes].into())),
        ])),
    }
}

fn create(disk: &SimulatedDisk) -> Result<Store, String> {
    let store = Store::create_on(Arc::new(disk.clone()), Path::new(STORE), &settings());
    let store = store.map_err(|error| error.to_string())?;
    disk.tell(|outside| outside.created = true);
    Ok(one_thread(store))
}

fn open(disk: &SimulatedDisk) -> Result<Store, String> {
    let store = Store::open_on(Arc::new(disk.clone()), Path::new(STORE));
    Ok(one_thread(store.map_err(|error| error.to_string())?))
}

fn join(disk: &SimulatedDisk) -> Result<Store, String> {
    let root = Path::new("/second");
    super::disk::create_directories(disk, root).map_err(|error| error.to_string())?;
    let place = Place::Directory(root.to_owned());
    let store = Store::join_on(Arc::new(disk.clone()), Path::new(STORE), &place);
    Ok(one_thread(store.map_err(|error| error.to_string())?))
}

fn one_thread(mut store: Store) -> Store {
    store.use_threads(NonZero::<usize>::MIN);
    store
}

/// Runs a process to its end, however it ends.
fn process(disk: &SimulatedDisk, work: impl FnOnce() -> Result<(), String>) -> End {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => End::Done,
        Ok(Err(problem)) => End::Refused(problem),
        Err(thrown) if thrown.is::<Stopped>() && disk.has_stopped() => End::Stopped,
        Err(thrown) => {
            let words = thrown.downcast_ref::<String>().cloned();
            End::Panicked(words.unwrap_or_else(|| "a panic".into()))
        }
    }
}

/// Plays a script on an open store; entries are numbered from `number` on. Receipts are told to the outside at once.
fn play(disk: &SimulatedDisk, mut store: Store, script: &[Step], number: &mut i64) -> Result<(), String> {
    for step in script {
        match step {
            Step::Append(count, text_bytes) => append(disk, &mut store, *count, *text_bytes, number)?,
            Step::Publish => publish(&mut store)?,
            Step::Reopen => {
                drop(store);
                store = open(disk)?;
            }
            Step::Join => {
                drop(store);
                store = join(disk)?;
            }
        }
    }
    Ok(())
}

fn append(
    disk: &SimulatedDisk,
    store: &mut Store,
    count: u32,
    text_bytes: usize,
    number: &mut i64,
) -> Result<(), String> {
    let first = *number;
    *number += i64::from(count);
    disk.tell(|outside| outside.offered = Some(first));
    let receipts = store.append((first..*number).map(|number| entry(number, text_bytes)).collect());
    match receipts {
        Ok(receipts) => {
            disk.tell(|outside| {
                outside.offered = None;
                for receipt in receipts {
                    let index = receipt.index as usize;
                    if index == outside.acknowledged.len() {
                        outside.acknowledged.push(receipt.leaf);
                    } else {
                        outside.reused.push(receipt.index);
                    }
                }
            });
            Ok(())
        }
        Err(error) => {
            disk.tell(|outside| outside.offered = None);
            Err(error.to_string())
        }
    }
}

fn publish(store: &mut Store) -> Result<(), String> {
    store.publish().map(|_| ()).map_err(|error| error.to_string())
}

/// Opens a store after a crash and holds it to its promises. None if it was never made, and says so.
///
/// What the opening found beyond the receipts is published by it, and so promised from then on.
fn recover(disk: &SimulatedDisk) -> Result<Option<Store>, String> {
    let outside = disk.outside();
    let mut opened = None;
    let end = process(disk, || {
        opened = Some(open(disk)?);
        Ok(())
    });
    match (end, opened) {
        (End::Done, Some(store)) => {
            let leaves = outside.check(disk, &store)?;
            if store.engine_place().map_err(|error| error.to_string())?.is_some() {
                store.compare_whole().map_err(|error| error.to_string())?;
            }
            disk.tell(|outside| {
                outside.acknowledged = leaves;
                outside.offered = None;
                outside.created = true;
            });
            Ok(Some(store))
        }
        (End::Refused(_), _) if !outside.created => Ok(None),
        (end, _) => Err(format!("it does not open again: {end:?}")),
    }
}

/// The disk as a crash left it, looked at.
fn survive(image: Image, outside: Arc<Outside>, habits: &Habits) -> Result<(), String> {
    let disk = SimulatedDisk::holding(image, outside).with(habits);
    recover(&disk).map(drop)
}

/// As [`survive`], if no crash has left the same before.
fn survive_once(
    moment: &Moment,
    fates: &[Fate],
    habits: &Habits,
    (seen, hashes): (&Seen, &mut Hashes),
    found: &mut Found,
    place: impl FnOnce() -> String,
) {
    let image = moment.power_cut(fates);
    if seen.is_new(moment, &image, hashes) {
        found.crash(place, survive(image, moment.outside.clone(), habits));
    } else {
        found.again += 1;
        found.crash(place, Ok(()));
    }
}

/// As [`survive`]; gives the instants of the opening too, as it may crash itself.
fn survive_traced(image: Image, outside: Arc<Outside>, habits: &Habits) -> Result<Vec<Moment>, String> {
    let disk = SimulatedDisk::holding(image, outside).with(habits).traced();
    let store = recover(&disk)?;
    let trace = disk.trace();
    drop(store);
    Ok(trace)
}

/// A broken promise, and where.
#[derive(Clone, Debug)]
struct Broken {
    place: String,
    what: String,
}

/// What a part of the campaign found.
#[derive(Default)]
struct Found {
    crashes: u64,
    /// Of those, how many left what an earlier one had left, so that it was not opened once more.
    again: u64,
    broken: Vec<Broken>,
    /// Crashes until the first broken promise.
    until_first: Option<u64>,
}

impl Found {
    fn crash(&mut self, place: impl FnOnce() -> String, result: Result<(), String>) {
        self.crashes += 1;
        if let Err(what) = result {
            self.until_first.get_or_insert(self.crashes);
            if self.broken.len() < 20 {
                self.broken.push(Broken { place: place(), what });
            }
        }
    }

    fn add(&mut self, other: Found) {
        if let (None, Some(first)) = (self.until_first, other.until_first) {
            self.until_first = Some(self.crashes + first);
        }
        self.crashes += other.crashes;
        self.again += other.again;
        self.broken.extend(other.broken);
    }

    #[track_caller]
    fn assert_nothing_broken(&self) {
        let lines: Vec<String> =
            self.broken.iter().map(|broken| format!("{}: {}", broken.place, broken.what)).collect();
        assert!(self.broken.is_empty(), "of {} crashes these broke a promise:\n{}", self.crashes, lines.join("\n"));
    }
}

/// A number from the environment, or what stands for it.
fn number_from(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(otherwise, |text| text.parse().expect("the variable holds a whole number"))
}

/// Does each of `items` on two threads; gives what each found, in order.
fn on_two_threads<T: Send>(items: Vec<T>, work: impl Fn(T) -> Found + Sync) -> Vec<Found> {
    let items: Vec<_> = items.into_iter().map(|item| std::sync::Mutex::new((Some(item), None))).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(slot) = items.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let item = slot.lock().expect("nobody panicked").0.take().expect("each is taken once");
                    let found = work(item);
                    slot.lock().expect("nobody panicked").1 = Some(found);
                }
            });
        }
    });
    items.into_iter().map(|slot| slot.into_inner().expect("nobody panicked").1.expect("each was done")).collect()
}

#[test]
fn every_crash_of_short_scripts_keeps_the_promises() {
    let found = exhaustive::campaign(&Habits::default());
    println!(
        "{} crashes after every operation of the scripts and their recoveries, {} of which left what another had left",
        found.crashes, found.again
    );
    found.assert_nothing_broken();
}

#[test]
fn random_crashes_keep_the_promises() {
    let (count, seed) = (number_from("BACKSTOP_CRASHES", 60_000), number_from("BACKSTOP_CRASH_SEED", 1));
    let found = random::campaign(&Habits::default(), seed, count);
    println!("{} crashes from seed {seed}; again: cargo xtask crashes --count {count} --seed {seed}", found.crashes);
    found.assert_nothing_broken();
}
