//! The store under test: what is written comes back, no changed byte passes, no missing piece passes for whole, and no
//! acknowledged entry is lost. Takes fresh directories for each test. Never sleeps.

use super::*;
use ledger::{Proof, tree};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that goes when the test does.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("backstop-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // In memory where the system has such a place: these tests read and write far more than they wait for a disk.
        let memory = PathBuf::from("/dev/shm");
        let path = if memory.is_dir() { memory } else { std::env::temp_dir() }.join(name);
        fs::create_dir_all(&path).expect("a place for temporary files");
        Scratch(path)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.join("store")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn settings() -> Settings {
    Settings {
        data_class: DataClass::Simulated,
        mission: "test".into(),
        created_at_ms: 1_775_900_000_000,
        seed: Some([5; 32]),
    }
}

pub(super) fn new_entry(number: i64) -> NewEntry {
    let payload = Value::Fields(BTreeMap::from([
        ("number".into(), Value::Integer(number)),
        ("text".into(), Value::Text(format!("observation {number} – спокойно"))),
    ]));
    let received_at_ms = 1_775_900_000_000 + number;
    NewEntry { kind: "observation".into(), class: Class::Mission, received_at_ms, payload }
}

fn batch(numbers: std::ops::Range<i64>) -> Vec<NewEntry> {
    numbers.map(new_entry).collect()
}

/// A store with these batches, each published.
fn store_of(directory: &Path, batches: &[i64]) -> Store {
    let mut store = Store::create(directory, &settings()).expect("created");
    let mut first = 0;
    for size in batches {
        store.append(batch(first..first + size)).expect("appended");
        store.publish().expect("published");
        first += size;
    }
    store
}

fn numbers(reader: &Reader) -> Vec<i64> {
    let number = |entry: Result<Entry, Error>| {
        let payload = entry.expect("readable").payload.expect("open");
        let Value::Fields(fields) = payload else { panic!("fields") };
        let Value::Integer(number) = fields["number"] else { panic!("a number") };
        number
    };
    reader.entries().map(number).collect()
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for file in fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            fs::copy(file.path(), target).expect("copied");
        }
    }
}

pub(super) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(directory).expect("listed").flatten() {
        if file.path().is_dir() { found.extend(files(&file.path())) } else { found.push(file.path()) }
    }
    found.sort();
    found
}

#[track_caller]
pub(super) fn expect_yes(directory: &Path, size: u64) {
    let answer = verify(directory);
    assert!(matches!(answer, Verification::Yes { entries, .. } if entries == size), "{answer:#?}");
}

#[test]
fn what_is_written_comes_back() {
    let scratch = Scratch::new();
    let store = store_of(&scratch.path(), &[3, 300, 1]);
    assert_eq!(store.size(), 304);
    assert_eq!(numbers(&store), (0..304).collect::<Vec<_>>());
    assert_eq!(store.entry(200).expect("there").index, 200);
    assert!(matches!(store.leaf(304), Err(Error::NoEntry { index: 304, size: 304 })));
    drop(store);
    let reader = Reader::open(&scratch.path()).expect("opened");
    assert_eq!(numbers(&reader), (0..304).collect::<Vec<_>>());
    for index in (0..304).rev().step_by(7) {
        assert_eq!(reader.entry(index).expect("there").index, index);
        let proof = Proof::parse(&reader.prove(index).expect("proved")).expect("a proof");
        proof.verify(&reader.leaf(index).expect("there"), &reader.keys().log, &[]).expect("it proves");
    }
    expect_yes(&scratch.path(), 304);
}

#[test]
fn a_proof_that_proves_nothing_is_not_given_out() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[300]));
    let reader = Reader::open(&scratch.path()).expect("opened");
    let path = scratch.path().join("log/tile/0/000");
    let mut tile = fs::read(&path).expect("a tile of hashes");
    // The hash of entry 6, which stands on the way from entry 7 to the root.
    tile[6 * 32] ^= 1;
    fs::write(&path, tile).expect("written");
    for index in [7, 200] {
        let proof = reader.prove(index);
        assert!(proof.expect_err("refused").to_string().contains("they prove nothing of entry"), "{index}");
    }
}

#[test]
fn a_store_grows_over_many_openings_and_tile_borders() {
    let scratch = Scratch::new();
    let mut sizes = Vec::new();
    drop(Store::create(&scratch.path(), &settings()).expect("created"));
    for size in [0, 1, 254, 1, 1, 255, 256, 257, 1000] {
        let mut store = Store::open(&scratch.path()).expect("opened");
        assert!(store.recovered().is_empty(), "{:?}", store.recovered());
        let first = store.size() as i64;
        store.append(batch(first..first + size)).expect("appended");
        store.publish().expect("published");
        if store.size() > 0 {
            sizes.push((store.size(), store.root()));
        }
        drop(store);
        expect_yes(&scratch.path(), (first + size) as u64);
    }
    let reader = Reader::open(&scratch.path()).expect("opened");
    for (old, root) in &sizes {
        let path = reader.prove_consistency(*old).expect("proved");
        tree::verify_consistency(*old, *root, reader.size(), reader.root(), &path).expect("consistent");
    }
    assert!(!scratch.path().join("log/tile/0/000.p").exists(), "replaced partial tiles are removed");
}

#[test]
fn one_batch_or_many_give_the_same_root() {
    let (one, many) = (Scratch::new(), Scratch::new());
    let one = store_of(&one.path(), &[600]);
    let many = store_of(&many.path(), &[1, 255, 1, 300, 43]);
    assert_eq!(one.root(), many.root());
    assert_eq!(one.checkpoint_text(), many.checkpoint_text());
}

#[test]
fn without_a_seed_keys_and_salts_are_drawn() {
    let roots = [(); 2].map(|()| {
        let scratch = Scratch::new();
        let settings = Settings { seed: None, data_class: DataClass::Operational, ..settings() };
        let mut store = Store::create(&scratch.path(), &settings).expect("created");
        store.append(batch(0..2)).expect("appended");
        assert_ne!(store.salt(0).expect("there"), store.salt(1).expect("there"));
        store.publish().expect("published");
        assert!(store.checkpoint_text().starts_with("backstop/test\n2\n"));
        expect_yes(&scratch.path(), 2);
        store.root()
    });
    assert_ne!(roots[0], roots[1]);
    let seeded = Settings { data_class: DataClass::Exercise, ..settings() };
    assert!(matches!(Store::create(&Scratch::new().path(), &seeded), Err(Error::Settings(_))));
}

#[test]
fn a_store_has_one_writer_and_is_never_created_twice() {
    let scratch = Scratch::new();
    let store = store_of(&scratch.path(), &[1]);
    assert!(matches!(Store::open(&scratch.path()), Err(Error::Busy(_))));
    assert!(Reader::open(&scratch.path()).is_ok());
    assert!(matches!(Store::create(&scratch.path(), &settings()), Err(Error::Exists(_))));
    drop(store);
    assert!(Store::open(&scratch.path()).is_ok());
    assert!(matches!(Store::open(&scratch.0), Err(Error::NotAStore(_))));
}

#[test]
fn time_never_goes_back() {
    let scratch = Scratch::new();
    let mut store = store_of(&scratch.path(), &[3]);
    let at = |received_at_ms: i64| NewEntry { received_at_ms, ..new_entry(9) };
    let last = 1_775_900_000_002;
    for batch in [vec![at(last - 1)], vec![at(last + 5), at(last + 4)]] {
        let position = batch.len() - 1;
        let refused = store.append(batch).expect_err("time goes back");
        assert!(matches!(&refused, Error::Refused { position: found, .. } if *found == position), "{refused}");
        assert!(refused.to_string().contains("the clock has gone back"), "{refused}");
    }
    store.append(vec![at(last), at(last)]).expect("the same instant is no step back");
    drop(store);
    let mut store = Store::open(&scratch.path()).expect("opened");
    assert!(store.append(vec![at(last - 1)]).is_err(), "an opening remembers");
    store.append(vec![at(last + 1)]).expect("appended");
    assert_eq!(store.size(), 6);
}

#[test]
fn a_log_is_never_begun_anew() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[3]));
    for name in ["store.toml", "log/checkpoint", "payloads/00000000.seg", "keys/log.key"] {
        let file = scratch.path().join(name);
        let bytes = fs::read(&file).expect("read");
        fs::remove_file(&file).expect("removed");
        let refused = Store::open(&scratch.path()).err().expect("refused").to_string();
        assert!(!refused.contains("backstop init"), "without {name}: {refused}");
        assert!(matches!(Store::create(&scratch.path(), &settings()), Err(Error::Exists(_))), "without {name}");
        fs::write(&file, bytes).expect("written");
    }
    expect_yes(&scratch.path(), 3);
}

#[test]
fn an_older_checkpoint_is_noticed_and_the_log_goes_on() {
    let scratch = Scratch::new();
    let mut store = store_of(&scratch.path(), &[3]);
    let old = fs::read(scratch.path().join("log/checkpoint")).expect("read");
    store.append(batch(3..300)).expect("appended");
    store.publish().expect("published");
    let root = store.root();
    drop(store);
    fs::write(scratch.path().join("log/checkpoint"), old).expect("written");
    let store = Store::open(&scratch.path()).expect("opened");
    assert_eq!(store.root(), root);
    assert!(store.recovered().iter().any(|said| said.contains("published 297 entries")), "{:?}", store.recovered());
    drop(store);
    expect_yes(&scratch.path(), 300);
}

#[test]
fn a_batch_is_recorded_whole_or_not_at_all() {
    let scratch = Scratch::new();
    let mut store = store_of(&scratch.path(), &[2]);
    let bad = |entry: NewEntry| vec![new_entry(7), entry];
    for entry in [
        NewEntry { kind: "No Kind".into(), ..new_entry(8) },
        NewEntry { payload: Value::Integer(1), ..new_entry(8) },
        NewEntry { payload: Value::Text("x".repeat(5 << 20)), ..new_entry(8) },
    ] {
        assert!(matches!(store.append(bad(entry)), Err(Error::Refused { position: 1, .. })));
    }
    assert_eq!(store.size(), 2);
    store.append(vec![new_entry(2)]).expect("appended");
    assert_eq!(numbers(&store), [0, 1, 2]);
}

#[test]
fn segments_follow_one_another() {
    let scratch = Scratch::new();
    let store = store_of(&scratch.path(), &[250, 250, 1, 100]);
    assert_eq!(store.entry(402).expect("there").index, 402);
    drop(store);
    assert_eq!(files(&scratch.path().join("payloads")).len(), 3);
    expect_yes(&scratch.path(), 601);
    assert_eq!(numbers(&Reader::open(&scratch.path()).expect("opened")), (0..601).collect::<Vec<_>>());
    let middle = scratch.path().join("payloads/00000001.seg");
    let bytes = fs::read(&middle).expect("read");
    fs::remove_file(&middle).expect("removed");
    assert!(matches!(verify(&scratch.path()), Verification::CannotTell { .. }));
    fs::write(&middle, &bytes[..bytes.len() / 2]).expect("written");
    assert!(matches!(verify(&scratch.path()), Verification::CannotTell { .. }));
    for at in [0, 20, 30, 58, 59, 100, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&middle, changed).expect("written");
        assert!(matches!(verify(&scratch.path()), Verification::No { .. }), "byte {at}");
    }
}

/// Calls `change` with each byte of the log and the segments, on copies of a store so that both cores have work.
fn with_each_byte(store: &Path, expected: impl Fn(&Path, &Path, usize) + Sync) {
    let shares = 2;
    std::thread::scope(|scope| {
        for share in 0..shares {
            let expected = &expected;
            scope.spawn(move || {
                let scratch = Scratch::new();
                copy(store, &scratch.path());
                for part in ["log", "payloads"] {
                    for file in files(&scratch.path().join(part)) {
                        let bytes = fs::read(&file).expect("read");
                        for at in (share..bytes.len()).step_by(shares) {
                            let mut changed = bytes.clone();
                            changed[at] ^= 1 << (at % 8);
                            fs::write(&file, changed).expect("written");
                            expected(&scratch.path(), &file, at);
                        }
                        fs::write(&file, bytes).expect("written");
                    }
                }
            });
        }
    });
}

#[test]
fn no_changed_byte_passes() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[6, 2]));
    with_each_byte(&scratch.path(), |store, file, at| {
        let answer = verify(store);
        let Verification::No { differences, .. } = &answer else { panic!("{} byte {at}: {answer:#?}", file.display()) };
        let first = &differences[0];
        assert_eq!(store.join(&first.file), file, "byte {at}: {differences:#?}");
        assert_eq!(first.entry.is_none(), file.ends_with("checkpoint"), "byte {at}: {differences:#?}");
    });
}

#[test]
fn a_missing_or_shortened_file_is_never_passed_nor_called_changed() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[300]));
    let store = scratch.path();
    let secret =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "key") || path.ends_with("lock");
    for file in files(&store).into_iter().filter(|file| !secret(file)) {
        let bytes = fs::read(&file).expect("read");
        fs::remove_file(&file).expect("removed");
        let answer = verify(&store);
        assert!(matches!(answer, Verification::CannotTell { .. }), "without {}: {answer:#?}", file.display());
        if file.starts_with(store.join("log")) || file.starts_with(store.join("payloads")) {
            for length in
                [0, 1, 3, 18, 19, 40, 58, 59, 100, bytes.len() / 2, bytes.len().saturating_sub(93), bytes.len() - 1]
            {
                let Some(beginning) = bytes.get(..length.min(bytes.len() - 1)) else { continue };
                fs::write(&file, beginning).expect("written");
                let answer = verify(&store);
                let cannot_tell = matches!(answer, Verification::CannotTell { .. });
                assert!(cannot_tell, "{length} of {} bytes of {}: {answer:#?}", bytes.len(), file.display());
            }
        }
        fs::write(&file, bytes).expect("written");
    }
    expect_yes(&store, 300);
}

#[test]
fn whatever_is_added_is_named() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[3]));
    for name in
        ["log/note", "log/tile/0/001", "log/tile/0/000", "log/tile/entries/000.p/4", "log/tile/0/000.p/x", "payloads/x"]
    {
        let file = scratch.path().join(name);
        fs::write(&file, [1; 200]).expect("written");
        let answer = verify(&scratch.path());
        assert!(matches!(answer, Verification::No { .. }), "{name}: {answer:#?}");
        fs::remove_file(&file).expect("removed");
    }
    for name in files(&scratch.path().join("log")).into_iter().chain(files(&scratch.path().join("payloads"))) {
        let bytes = fs::read(&name).expect("read");
        fs::write(&name, [bytes.as_slice(), b"A"].concat()).expect("written");
        let answer = verify(&scratch.path());
        assert!(matches!(answer, Verification::No { .. }), "{}: {answer:#?}", name.display());
        fs::write(&name, bytes).expect("written");
    }
}

#[test]
fn another_key_or_class_is_named() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[3]));
    let settings = scratch.path().join("store.toml");
    let text = fs::read_to_string(&settings).expect("read");
    fs::write(&settings, text.replace("simulated", "operational")).expect("written");
    assert!(matches!(verify(&scratch.path()), Verification::No { .. }));
    assert!(Reader::open(&scratch.path()).is_err());
    fs::write(&settings, text.replace("simulated", "operational").replace("backstop-sim/", "backstop/"))
        .expect("written");
    assert!(matches!(verify(&scratch.path()), Verification::No { .. }));
}

#[test]
fn rubbish_is_never_passed_and_never_a_panic() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[300]));
    // A fixed sequence, so that a failure can be seen again.
    let mut state = 7u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    let all = [files(&scratch.path().join("log")), files(&scratch.path().join("payloads"))].concat();
    for round in 0..300 {
        let file = &all[next(all.len())];
        let bytes = fs::read(file).expect("read");
        let (start, length) = (next(bytes.len()), next(40) + 1);
        let end = bytes.len().min(start + length);
        let rubbish: Vec<u8> = (0..next(40)).map(|_| next(256) as u8).collect();
        let changed = [&bytes[..start], &rubbish, &bytes[end..]].concat();
        if changed == bytes {
            continue;
        }
        fs::write(file, changed).expect("written");
        let answer = verify(&scratch.path());
        assert!(!matches!(answer, Verification::Yes { .. }), "round {round}: {} from {start}", file.display());
        if let Ok(store) = Store::open(&scratch.path()) {
            let _ = store.entries().take_while(Result::is_ok).count();
            let _ = store.prove(299);
            drop(store);
            let _ = fs::remove_dir_all(scratch.path().join("set-aside"));
        }
        fs::write(file, bytes).expect("written");
    }
    expect_yes(&scratch.path(), 300);
}

#[test]
fn a_checkpoint_that_promises_the_moon_is_answered_soon() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[3]));
    let keys = keys::Keys::read(&LocalDisk, &scratch.path().join("keys")).expect("keys");
    for size in [4, 5000, 1 << 40, u64::MAX] {
        let origin = settings().origin();
        let checkpoint = ledger::Checkpoint { origin, size, root: ledger::Hash([0; 32]), extensions: Vec::new() };
        let signed = checkpoint.sign(&keys.log).expect("signed");
        fs::write(scratch.path().join("log/checkpoint"), signed).expect("written");
        let answer = verify(&scratch.path());
        assert!(matches!(answer, Verification::CannotTell { .. }), "{size}: {answer:#?}");
        assert!(matches!(Store::open(&scratch.path()), Err(Error::Damaged { .. })));
        let reader = Reader::open(&scratch.path()).expect("opened");
        assert_eq!(reader.entries().filter(Result::is_ok).count(), 3);
        assert!(reader.prove(size - 1).is_err());
    }
}

/// A copy of an open store, as `kill -9` would leave it: nothing trimmed, nothing closed.
fn killed(store: &Store) -> Scratch {
    let scratch = Scratch::new();
    copy(store.directory(), &scratch.path());
    scratch
}

#[test]
fn a_torn_batch_is_set_aside_and_nothing_acknowledged_is_lost() {
    let scratch = Scratch::new();
    let mut store = store_of(&scratch.path(), &[3]);
    store.append(batch(3..6)).expect("appended");
    let length = |store: &Store| {
        let bytes = fs::read(store.directory().join("payloads/00000000.seg")).expect("read");
        bytes.iter().rposition(|byte| *byte != 0).expect("not empty") + 1
    };
    let acknowledged = length(&store);
    store.append(batch(6..7)).expect("appended");
    let end = length(&store);
    for cut in acknowledged..end {
        let killed = killed(&store);
        let segment = killed.path().join("payloads/00000000.seg");
        let mut bytes = fs::read(&segment).expect("read");
        // Half of the cases end the file there, the others have zeros where the rest never arrived.
        if cut % 2 == 0 {
            bytes.truncate(cut)
        } else {
            bytes[cut..].fill(0)
        }
        fs::write(&segment, bytes).expect("written");
        let reopened = Store::open(&killed.path()).expect("opened");
        assert_eq!(numbers(&reopened), (0..6).collect::<Vec<_>>(), "cut at {cut}");
        let torn = fs::read_dir(killed.path().join("set-aside")).map_or(0, Iterator::count);
        assert_eq!(torn, usize::from(cut > acknowledged), "{:?}", reopened.recovered());
        drop(reopened);
        expect_yes(&killed.path(), 6);
    }
    let killed = killed(&store);
    let mut reopened = Store::open(&killed.path()).expect("opened");
    assert_eq!(reopened.recovered().len(), 1, "{:?}", reopened.recovered());
    reopened.append(batch(7..9)).expect("appended");
    assert_eq!(numbers(&reopened), (0..9).collect::<Vec<_>>());
}

#[test]
fn damage_to_what_was_acknowledged_refuses_the_opening() {
    let scratch = Scratch::new();
    let mut store = store_of(&scratch.path(), &[3]);
    store.append(batch(3..6)).expect("appended");
    store.append(batch(6..7)).expect("appended");
    let starts: Vec<usize> = {
        let bytes = fs::read(scratch.path().join("payloads/00000000.seg")).expect("read");
        (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(segment::Format::Sealed.magic())).collect()
    };
    assert_eq!(starts.len(), 7);
    for start in &starts[..6] {
        for within in [0, 5, 9, 13, 30, 40, 80, 440] {
            let killed = killed(&store);
            let segment = killed.path().join("payloads/00000000.seg");
            let mut bytes = fs::read(&segment).expect("read");
            bytes[start + within] ^= 1;
            fs::write(&segment, bytes).expect("written");
            assert!(
                matches!(Store::open(&killed.path()), Err(Error::Damaged { .. })),
                "record at {start}, byte {within}"
            );
        }
    }
    drop(store);
}

#[test]
fn a_crash_while_publishing_leaves_one_checkpoint_or_the_other() {
    let scratch = Scratch::new();
    let mut store = store_of(&scratch.path(), &[250]);
    store.append(batch(250..600)).expect("appended");
    let old = fs::read(scratch.path().join("log/checkpoint")).expect("read");
    let before = killed(&store);
    store.publish().expect("published");
    let root = store.root();
    let recover = |store: &Path| {
        let reopened = Store::open(store).expect("opened");
        assert_eq!(reopened.root(), root);
        drop(reopened);
        expect_yes(store, 600);
    };
    let answer = verify(&before.path());
    assert!(matches!(answer, Verification::Yes { entries: 250, unpublished: 350, .. }), "{answer:#?}");
    recover(&before.path());
    // All new tiles, or all but one, are there; the checkpoint is still the old one.
    let partial = ["log/tile/0/000.p/250", "log/tile/entries/000.p/250"];
    let new = files(&scratch.path().join("log/tile"));
    for left_out in std::iter::once(None).chain(new.iter().map(Some)) {
        let crashed = killed(&store);
        for name in partial {
            fs::create_dir_all(crashed.path().join(name).parent().expect("a directory")).expect("created");
            let original = Scratch::new();
            drop(store_of(&original.path(), &[250]));
            fs::copy(original.path().join(name), crashed.path().join(name)).expect("copied");
        }
        fs::write(crashed.path().join("log/checkpoint"), &old).expect("written");
        if let Some(file) = left_out {
            let below = file.strip_prefix(scratch.path()).expect("below");
            fs::remove_file(crashed.path().join(below)).expect("removed");
        }
        let answer = verify(&crashed.path());
        assert!(matches!(answer, Verification::Yes { entries: 250, unpublished: 350, .. }), "{left_out:?} {answer:#?}");
        recover(&crashed.path());
    }
}

#[test]
fn a_changed_header_is_never_taken_for_a_torn_first_entry() {
    let scratch = Scratch::new();
    let long = |number| NewEntry {
        payload: Value::Fields(BTreeMap::from([("text".into(), Value::Text("x".repeat(26_000)))])),
        ..new_entry(number)
    };
    let mut store = Store::create(&scratch.path(), &settings()).expect("created");
    store.append((0..4).map(long).collect()).expect("appended");
    store.append(batch(4..5)).expect("appended");
    store.publish().expect("published");
    drop(store);
    let second = scratch.path().join("payloads/00000001.seg");
    let whole = fs::read(&second).expect("the second segment");
    for (at, expected) in [(26, "header of the segment"), (40, "header of the segment")] {
        let mut bytes = whole.clone();
        // It begins with entry 4; as 5, which is how many there are, it would be a segment that waits for its first entry.
        bytes[at] ^= 1;
        fs::write(&second, bytes).expect("written");
        let refused = Store::open(&scratch.path()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("00000001.seg") && refused.contains(expected), "byte {at}: {refused}");
        assert!(!scratch.path().join("set-aside").exists(), "byte {at}");
    }
    fs::write(&second, whole).expect("written");
    assert_eq!(Store::open(&scratch.path()).expect("opened").size(), 5);
}

#[test]
fn a_segment_without_its_first_entry_is_removed() {
    let scratch = Scratch::new();
    drop(store_of(&scratch.path(), &[3]));
    for bytes in [vec![], vec![0; 59], b"backstop-seg".to_vec()] {
        let unborn = scratch.path().join("payloads/00000001.seg");
        fs::write(&unborn, bytes).expect("written");
        let store = Store::open(&scratch.path()).expect("opened");
        assert_eq!((store.size(), store.recovered().len()), (3, 1));
        assert!(!unborn.exists());
    }
    expect_yes(&scratch.path(), 3);
}

#[test]
fn a_damaged_edge_is_never_built_upon() {
    for name in ["log/tile/0/000.p/5", "log/tile/entries/000.p/5"] {
        let scratch = Scratch::new();
        drop(store_of(&scratch.path(), &[5]));
        let file = scratch.path().join(name);
        let bytes = fs::read(&file).expect("read");
        let mut changed = bytes.clone();
        changed[40] ^= 1;
        fs::write(&file, changed).expect("written");
        let mut store = Store::open(&scratch.path()).expect("opened");
        store.append(batch(5..6)).expect("appended");
        let checkpoint = store.checkpoint().clone();
        assert!(matches!(store.publish(), Err(Error::Damaged { .. })), "{name}");
        assert_eq!(*store.checkpoint(), checkpoint);
        drop(store);
        assert!(matches!(Store::open(&scratch.path()), Err(Error::Damaged { .. })), "{name}");
        fs::write(&file, bytes).expect("written");
        assert_eq!(Store::open(&scratch.path()).expect("opened").checkpoint().size, 6);
        expect_yes(&scratch.path(), 6);
    }
}

#[test]
fn results_keep_their_order_on_any_number_of_threads() {
    for (threads, count) in [(1, 100), (2, 0), (2, 1), (3, 7), (4, 100), (16, 1001)] {
        let threads = std::num::NonZero::new(threads).expect("not zero");
        let doubled = parallel::map_in_order(threads, (0..count).collect(), |number| number * 2);
        assert_eq!(doubled, (0..count).map(|number| number * 2).collect::<Vec<_>>());
    }
}
