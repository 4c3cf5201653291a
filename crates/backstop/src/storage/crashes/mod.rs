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

mod search;

mod chance;

mod exhaustive;

mod random;

mod variants;

mod rest;

mod second;

use super::{
    DataClass, Entitled, NewEntry, Place, ReaderSecret, Receipt, Settings, Store, Submission, Submitted, Verification,
    verify_as,
};
use disk::{Habits, Moment, SimulatedDisk, Stopped};
use ed25519_dalek::SigningKey;
use image::{Fate, Image};
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{EntryName, Redaction};
use mission::record::canonical::Value;
use mission::record::commitment::Payload;
use mission::record::envelope::{self, Class, Envelope, KeyId, Written, author_line};
use outside::{Offer, Outside, STORE};
use seen::{Hashes, Seen};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
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
    /// What the entry at this index says is erased, if there is one and it may be; counted anew beyond the last.
    Redact(u64),
    /// An organisation may read from now on.
    Entitle(&'static str),
    /// It may no more.
    Disentitle(&'static str),
    /// A commitment is recorded to what only its author knows.
    Commit,
    /// An author elsewhere, admitted at need, sends all statements again and one more.
    State,
    /// Another process opens the store, and if it can, writes to it.
    Intrude,
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

/// Plays a script on an open store; entries are numbered from `number` on. Receipts are told to the outside at once. A step that is
/// refused is tried so many times in all, as a person would who has made room.
fn play(disk: &SimulatedDisk, mut store: Store, script: &[Step], number: &mut i64, tries: usize) -> Result<(), String> {
    for step in script {
        match step {
            Step::Reopen => {
                drop(store);
                store = trying(tries, || open(disk))?;
            }
            Step::Join => {
                drop(store);
                store = trying(tries, || join(disk))?;
            }
            Step::Append(..)
            | Step::Publish
            | Step::Redact(_)
            | Step::Entitle(_)
            | Step::Disentitle(_)
            | Step::Commit
            | Step::State
            | Step::Intrude => trying(tries, || take(disk, &mut store, *step, number))?,
        }
    }
    Ok(())
}

fn trying<T>(tries: usize, mut work: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    let mut done = work();
    for _ in 1..tries {
        done = done.or_else(|_| work());
    }
    done
}

/// One step on an open store.
fn take(disk: &SimulatedDisk, store: &mut Store, step: Step, number: &mut i64) -> Result<(), String> {
    match step {
        Step::Append(count, text_bytes) => append(disk, store, count, text_bytes, number),
        Step::Publish | Step::Reopen | Step::Join => publish(store),
        Step::Redact(index) => redact(disk, store, index, *number),
        Step::Entitle(name) => read_by(
            disk,
            store,
            |readers| readers.insert(name.to_owned()),
            |store| {
                let key = reader_secret(name).public();
                store.entitle(Entitled { name: name.to_owned(), key, classes: [Class::Mission].into() })
            },
        ),
        Step::Disentitle(name) => {
            let has = store.readers().iter().any(|reader| reader.name == name);
            let remove = |store: &mut Store| if has { store.disentitle(name) } else { Ok(()) };
            read_by(disk, store, |readers| readers.remove(name), remove)
        }
        Step::Commit => commit(disk, store, number),
        Step::State => state(disk, store, *number),
        Step::Intrude => {
            if let Ok(mut other) = open(disk) {
                append(disk, &mut other, 1, 40, number)?;
            }
            Ok(())
        }
    }
}

/// What a reader of this name holds.
fn reader_secret(name: &str) -> ReaderSecret {
    ReaderSecret::new(Sha256::digest(name).into())
}

/// Changes who may read.
fn read_by(
    disk: &SimulatedDisk,
    store: &mut Store,
    change: impl FnOnce(&mut BTreeSet<String>) -> bool,
    turn: impl FnOnce(&mut Store) -> Result<(), super::Error>,
) -> Result<(), String> {
    let mut readers = disk.outside().readers.clone();
    change(&mut readers);
    turning(disk, Offer::Readers(readers.clone()));
    let turned = turn(store);
    disk.tell(|outside| {
        outside.offered = None;
        outside.readers = store.readers().into_iter().map(|it| it.name).filter(|name| name != "store").collect();
    });
    turned.map_err(|error| error.to_string())
}

/// A change of generation is under way: the present root is one that will be destroyed.
fn turning(disk: &SimulatedDisk, offer: Offer) {
    let root = search::root_secret(disk);
    disk.tell(|outside| {
        outside.offered = Some(offer);
        outside.roots.extend(root.filter(|root| outside.roots.last() != Some(root)));
    });
}

/// Erases what the entry at this index says, counted anew beyond the last; `number` is that of the next entry.
fn redact(disk: &SimulatedDisk, store: &mut Store, index: u64, number: i64) -> Result<(), String> {
    let Some(index) = index.checked_rem(store.size()) else { return Ok(()) };
    let said = |error: super::Error| error.to_string();
    let leaf = store.leaf(index).map_err(said)?;
    let (envelope, _) = envelope::open(&leaf).map_err(|error| error.to_string())?;
    if super::is_kept(&envelope.kind) {
        return Ok(());
    }
    let opening = search::wrapped_key(disk, index).into_iter().chain(store.salt(index).ok().map(|salt| salt.to_vec()));
    let opening: Vec<Vec<u8>> = opening.collect();
    let nameless: BTreeSet<usize> = opening.iter().flat_map(|needle| search::nameless(disk, needle)).collect();
    disk.tell(|outside| {
        outside.opening = opening;
        outside.nameless.extend(nameless);
    });
    turning(disk, Offer::Order(index));
    let body = Body::RedactionOrdered(Redaction {
        entries: vec![EntryName { index, leaf: leaf_hash(&leaf).0 }],
        authority: "the court".into(),
        ground: "order 12".into(),
        approved_by: vec!["the commission".into()],
        attested: Vec::new(),
    });
    let (kind, payload) = (body.kind().to_owned(), body.write());
    let received_at_ms = 1_775_900_000_000 + number;
    let before = store.size();
    let done = store.redact(vec![NewEntry { kind, class: Class::Public, received_at_ms, payload }]);
    // Refused in the middle, the order may stand all the same; it is carried out later.
    let order = (store.size() > before).then(|| store.leaf(before).map(|leaf| leaf_hash(&leaf)));
    let order = order.transpose().map_err(said)?;
    disk.tell(|outside| {
        if let Some(order) = order {
            outside.take_receipt(Receipt { index: before, leaf: order });
            let opening = std::mem::take(&mut outside.opening);
            outside.erased.entry(index).or_default().extend(opening);
        }
        outside.offered = None;
    });
    done.map_err(said)?;
    let gone = disk.outside().check_gone(disk, store.size());
    disk.tell(|outside| outside.broken = gone.err().map(|what| format!("an erasure was over, and {what}")));
    Ok(())
}

/// A commitment with this number, which nobody can open.
fn commit(disk: &SimulatedDisk, store: &mut Store, number: &mut i64) -> Result<(), String> {
    let received_at_ms = 1_775_900_000_000 + *number;
    let commitment = Sha256::digest(number.to_be_bytes()).into();
    *number += 1;
    disk.tell(|outside| outside.offered = Some(Offer::Commitment(commitment)));
    let receipt = store.commit_to("observation", Class::Mission, received_at_ms, commitment);
    disk.tell(|outside| {
        outside.offered = None;
        if let Ok(receipt) = &receipt {
            outside.take_receipt(*receipt);
            outside.committed.insert(receipt.index);
        }
    });
    receipt.map(|_| ()).map_err(|error| error.to_string())
}

/// A statement of the author elsewhere.
fn statement(key: &SigningKey, number: u64) -> Submission {
    let payload = Payload::new(&Value::Fields(BTreeMap::from([("text".into(), Value::Text("quiet".into()))])));
    let (payload, salt) = (payload.expect("small"), [3; 32]);
    let envelope = Envelope {
        kind: "observation".into(),
        author: KeyId::of(&key.verifying_key()),
        class: Class::Mission,
        received_at_ms: 0,
        commitment: payload.commit(&salt),
        written: Some(Written { number, at_ms: 1_775_900_000_000 }),
    };
    let statement = envelope::state(&envelope, key).expect("signed");
    Submission { statement, salt, payload: payload.into_bytes() }
}

/// Sends all statements of an author again, and one more; `number` is that of the next entry. Each has the receipt that it had.
fn state(disk: &SimulatedDisk, store: &mut Store, number: i64) -> Result<(), String> {
    let key = SigningKey::from_bytes(&[1; 32]);
    let at_ms = 1_775_900_000_000 + number;
    let said = |error: super::Error| error.to_string();
    if !store.keys().authors.contains_key(&KeyId::of(&key.verifying_key())) {
        disk.tell(|outside| outside.offered = Some(Offer::Admission));
        let before = store.size();
        let admitted = store.admit("post-1", &author_line(&key.verifying_key()), at_ms);
        // Its entry may stand though its key could not be set down; then it is asked again.
        let leaf = (store.size() > before).then(|| store.leaf(before).map(|leaf| leaf_hash(&leaf)));
        let leaf = leaf.transpose().map_err(said)?;
        disk.tell(|outside| {
            outside.offered = None;
            if let Some(leaf) = leaf {
                outside.take_receipt(Receipt { index: before, leaf });
            }
        });
        admitted.map_err(said)?;
    }
    let stated = disk.outside().stated.clone();
    let batch: Vec<Submission> = (1..=stated.len() as u64 + 1).map(|number| statement(&key, number)).collect();
    let new = batch.last().expect("one more").statement.clone();
    disk.tell(|outside| outside.offered = Some(Offer::Statement(new)));
    let before = store.size();
    let answers = store.submit(&batch, at_ms);
    // What was made durable stands, though something failed after that and nobody has a receipt: it is sent again.
    let stands = (answers.is_err() && store.size() > before).then(|| store.leaf(before).map(|leaf| leaf_hash(&leaf)));
    let stands = stands.transpose().map_err(said)?;
    disk.tell(|outside| {
        outside.offered = None;
        if let Some(leaf) = stands {
            outside.take_receipt(Receipt { index: before, leaf });
        }
        for (at, answer) in answers.iter().flatten().enumerate() {
            match (answer, stated.get(at)) {
                (Ok(Submitted::Before(receipt)), Some(before)) if receipt == before => {}
                (Ok(Submitted::Recorded(receipt)), None) => {
                    outside.take_receipt(*receipt);
                    outside.stated.push(*receipt);
                }
                // It stood there without a receipt, as an opening found it.
                (Ok(Submitted::Before(receipt)), None)
                    if outside.acknowledged.get(receipt.index as usize) == Some(&receipt.leaf) =>
                {
                    outside.stated.push(*receipt);
                }
                (answer, before) => {
                    outside.broken = Some(format!("statement {} had {before:?}, and now {answer:?}", at + 1));
                }
            }
        }
    });
    answers.map(|_| ()).map_err(said)
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
    disk.tell(|outside| outside.offered = Some(Offer::Entries(first)));
    let receipts = store.append((first..*number).map(|number| entry(number, text_bytes)).collect());
    match receipts {
        Ok(receipts) => {
            disk.tell(|outside| {
                outside.offered = None;
                receipts.into_iter().for_each(|receipt| outside.take_receipt(receipt));
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
            disk.tell(|outside| outside.settle(leaves, &store));
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

/// As [`survive`]; gives the instants of the opening too, as it may crash itself. What was closed again must be found whole, if
/// that is asked for.
fn survive_traced(
    image: Image,
    outside: Arc<Outside>,
    habits: &Habits,
    is_verified: bool,
) -> Result<Vec<Moment>, String> {
    let disk = SimulatedDisk::holding(image, outside).with(habits).traced();
    let store = recover(&disk)?;
    let trace = disk.trace();
    if let Some(store) = store.filter(|_| is_verified) {
        drop(store);
        match verify_as(&disk, Path::new(STORE), None) {
            Verification::Yes { .. } => {}
            Verification::No { differences, .. } => {
                return Err(format!("opened and closed, it is wrong: {differences:?}"));
            }
            Verification::CannotTell { missing } => return Err(format!("opened and closed, it lacks {missing:?}")),
        }
    }
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

/// Does each of `items` on two threads, or as many as `BACKSTOP_CRASH_THREADS` says; gives what each found, in order.
fn on_threads<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let items: Vec<_> = items.into_iter().map(|item| std::sync::Mutex::new((Some(item), None))).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..number_from("BACKSTOP_CRASH_THREADS", 2) {
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

/// Holds a table of the page about faults against what was found; `BLESS=1` writes it there instead.
fn must_stand_in_the_page(name: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/record-faults.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once(&format!("<!-- {name} -->\n")).expect("the page has the mark");
    let (old, after) = rest.split_once("<!-- end -->\n").expect("the page has the mark");
    if std::env::var_os("BLESS").is_some() {
        let page = format!("{before}<!-- {name} -->\n{table}<!-- end -->\n{after}");
        std::fs::write(&path, page).expect("the page can be written");
    } else {
        assert!(old == table, "docs/record-faults.md is stale at `{name}`: run this test again with `BLESS=1`");
    }
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
    let (count, seed) = (number_from("BACKSTOP_CRASHES", 30_000), number_from("BACKSTOP_CRASH_SEED", 1));
    let life = number_from("BACKSTOP_CRASH_LIFE", 0);
    let found = random::campaign(&Habits::default(), seed, life, count);
    let again = format!("cargo xtask crashes --count {count} --seed {seed} --life {life}");
    println!("{} crashes from seed {seed}; again: {again}", found.crashes);
    found.assert_nothing_broken();
}
