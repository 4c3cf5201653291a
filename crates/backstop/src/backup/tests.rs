//! Backups under test: what comes back is what was there; what was harmed is refused with its place; what was erased is nowhere.
//! Segments, pages and blocks are short here, so that each of them is crossed.

use super::head::Head;
use super::make::{Former, Made, Order, Signing, make};
use super::place::names;
use super::{Checked, Given, Identity, Keep, Later, Secret, age, check, restore, wipe};
use crate::mirror::{Source, follow};
use crate::station::{self, Station};
use crate::storage::{
    DataClass, Error, Halt, LaterOrder, LocalDisk, Locker, NewEntry, Place, Reader, Settings, Store, Verification,
    verify,
};
use ledger::tree::leaf_hash;
use mission::Closed;
use mission::record::Body;
use mission::record::body::{EntryName, Opening, Redaction, UnreadRow};
use mission::record::evidence::{Evidence, KeyHeld};
use std::fs;
use std::path::{Path, PathBuf};
use std::slice::from_ref;
use terms::{Instant, SourceId};
use verifier::Answer;

const CANARY: &str = "CANARY-7f3a91-the-witness-lives-behind-the-mill";

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("backstop-backup-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a scratch folder");
        Scratch(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

fn at(minute: i64) -> Instant {
    Instant::parse("2026-03-02T00:00:00Z").expect("an instant").shifted(minute * 60_000)
}

fn row(number: u64, why: &str) -> Body {
    let raw = format!("row {number} {}", "and so on ".repeat(20));
    let source = SourceId::new("a-list").expect("a source id");
    Body::RowUnread(UnreadRow { source, file: "list.csv".into(), row: number, why: why.into(), raw })
}

/// An operational store with so many entries over several segments and pages, the canary as entry 40, and one item of evidence.
fn store(path: &Path, entries: u64) -> Station {
    let settings =
        Settings { data_class: DataClass::Operational, mission: "test".into(), created_at_ms: 1, seed: None };
    let mut station = Station::of(Store::create(path, &settings).expect("created")).expect("empty");
    let opening = Opening {
        mission: "Test".into(),
        data_class: "operational".into(),
        time_zone: "UTC".into(),
        same_words_ppm: None,
    };
    station.write(&[Body::MissionOpened(opening)], at(0)).expect("written");
    let bytes: Vec<u8> = (0..10_000_u32).map(|n| (n % 241) as u8).collect();
    let put = Locker::of(path).put(&mut bytes.as_slice(), u64::MAX, |_| Ok(Vec::new()));
    let (sha256, length, key) = put.expect("taken in");
    let item = Evidence {
        sha256,
        bytes: length,
        media_type: "image/jpeg".into(),
        name: "IMG_1.jpg".into(),
        source: None,
        observations: Vec::new(),
        method: "copied".into(),
        custodian: "records office".into(),
        acquired_at: at(0),
        read: Default::default(),
        key: key.map(KeyHeld::Plain),
    };
    station.write(&[Body::EvidenceAcquired(item)], at(0)).expect("written");
    add(&mut station, 2, entries, 1);
    station
}

fn add(station: &mut Station, from: u64, to: u64, minute: i64) {
    let said = |number: u64| row(number, if number == 40 { CANARY } else { "no date" });
    let bodies: Vec<Body> = (from..to).map(said).collect();
    for some in bodies.chunks(30) {
        station.write(some, at(minute)).expect("written");
    }
    station.publish().expect("published");
}

fn ordered(entries: Vec<EntryName>) -> Body {
    let approved_by = vec!["the commission".into()];
    let (authority, ground, attested) = ("the court".into(), "order 12".into(), Vec::new());
    Body::RedactionOrdered(Redaction { entries, authority, ground, approved_by, attested })
}

fn redact(store: &mut Store, index: u64) {
    let name = EntryName { index, leaf: leaf_hash(&store.leaf(index).expect("there")).0 };
    let entry: NewEntry = station::entry(&ordered(vec![name]), at(100), DataClass::Operational);
    store.redact(vec![entry]).expect("redacted");
}

/// Where things are in one test.
struct Desk {
    scratch: Scratch,
    key: Identity,
}

impl Desk {
    fn new(name: &str) -> Desk {
        Desk { scratch: Scratch::new(name), key: Identity::draw().expect("a key") }
    }

    fn make(&self, secrets_to: Option<&Path>) -> Made {
        self.try_make(secrets_to).expect("made")
    }

    fn try_make(&self, secrets_to: Option<&Path>) -> Result<Made, super::Error> {
        let order = Order {
            store: &self.scratch.path("store"),
            to: &self.scratch.path("copy"),
            secrets_to,
            recipients: &[self.key.recipient()],
            signing: Signing::Included,
            former: Former::Replaced,
            scratch: &self.scratch.path("scratch"),
            at: at(200),
        };
        make(&order, &mut |_| {})
    }

    fn check_with(&self, folder: &Path, secrets: Option<&Path>, keys: &[Identity]) -> Checked {
        let into = self.scratch.path("checked");
        let secret = secrets.map(|file| Secret { file, identities: keys });
        let given =
            Given { folder, head: None, secret, identities: keys, log_key: None, into: &into, keep: Keep::Nothing };
        let checked = check(&given, &mut |_| {}).expect("checked");
        wipe(&into).expect("wiped");
        checked
    }

    fn check(&self, folder: &Path) -> Checked {
        self.check_with(folder, None, from_ref(&self.key))
    }

    fn restore(&self, folder: &Path, secrets: Option<&Path>, into: &str) -> Checked {
        self.restore_beside(folder, secrets, into, None).expect("looked at")
    }

    fn restore_beside(
        &self,
        folder: &Path,
        secrets: Option<&Path>,
        into: &str,
        later: Option<&Later>,
    ) -> Result<Checked, super::Error> {
        let (into, keys) = (self.scratch.path(into), from_ref(&self.key));
        let secret = secrets.map(|file| Secret { file, identities: keys });
        let given =
            Given { folder, head: None, secret, identities: keys, log_key: None, into: &into, keep: Keep::Nothing };
        restore(&given, later, at(300), &mut |_| {})
    }
}

fn expect_yes(checked: &Checked) {
    assert!(matches!(checked.answer(), Answer::Yes(_)), "{checked:#?}");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in names(folder).expect("listed") {
        let path = folder.join(name);
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        fs::copy(&file, target).expect("copied");
    }
}

#[test]
fn a_backup_restores_to_the_same_store_and_grows_by_what_is_new() {
    let desk = Desk::new("same");
    let (from, folder) = (desk.scratch.path("store"), desk.scratch.path("copy"));
    let mut station = store(&from, 500);
    assert!(names(&from.join("payloads")).expect("listed").len() > 1, "several segments");
    // Durable and not published: no part of a checkpoint, so of no backup.
    station.write(&[row(500, "later")], at(2)).expect("written");
    let first = desk.make(None);
    expect_yes(&first.checked);
    assert_eq!((first.kept, first.checked.remarks.len(), first.head.size), (0, 0, 500));
    let again = desk.make(None);
    expect_yes(&again.checked);
    assert_eq!((again.written, again.head.run), (0, 2));
    assert_eq!(names(&folder).expect("listed").len(), 6, "the first run's lists and secrets are gone");

    add(&mut station, 501, 531, 3);
    let third = desk.make(None);
    expect_yes(&third.checked);
    assert!(third.written < first.written / 4 && third.head.size == 531, "{} of {}", third.written, first.written);
    expect_yes(&desk.check(&folder));
    expect_yes(&desk.restore(&folder, None, "again"));
    let restored = desk.scratch.path("again");
    let (one, other) = (Reader::open(&from).expect("opened"), Reader::open(&restored).expect("opened"));
    assert_eq!(one.checkpoint_text(), other.checkpoint_text());
    for (one, other) in one.entries().zip(other.entries()) {
        assert_eq!(one.expect("read"), other.expect("read"));
    }
    assert_eq!(other.size(), 531);
    let what = |reader: &Reader| verifier::derivation::now(&station::of(reader).expect("folded").0);
    assert_eq!(what(&one), what(&other));
    let parts = ["evidence", "log"].map(|part| files(&restored.join(part)));
    assert!(parts.iter().all(|part| !part.is_empty()));
    for file in parts.iter().flatten() {
        let name = file.strip_prefix(&restored).expect("below");
        assert_eq!(fs::read(file).expect("read"), fs::read(from.join(name)).expect("there"), "{name:?}");
    }
}

#[test]
fn every_harm_to_every_file_is_refused_with_its_place() {
    let desk = Desk::new("harm");
    drop(store(&desk.scratch.path("store"), 45));
    expect_yes(&desk.make(None).checked);
    let folder = desk.scratch.path("copy");
    let whole: Vec<PathBuf> = files(&folder).into_iter().filter(|file| !file.ends_with("lock")).collect();
    assert!(whole.len() > 20, "several blocks");
    let named = |file: &Path| file.file_name().expect("a name").to_string_lossy().into_owned();
    let refused = |file: &Path, harm: &str, words: &[&str]| {
        let checked = desk.check(&folder);
        let name = named(file);
        let all: String = checked.answers().map(|(_, answer)| answer.note().to_owned()).join("\n");
        assert!(all.contains(&name), "{harm} of {name} is not placed:\n{all}");
        assert!(words.contains(&checked.answer().word()), "{harm} of {name}: {}\n{all}", checked.answer().word());
    };
    for (at, file) in whole.iter().enumerate() {
        let bytes = fs::read(file).expect("read");
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[place] ^= 1 << (place % 8);
            fs::write(file, other).expect("written");
            refused(file, "a flipped bit", &["no"]);
        }
        for length in [0, bytes.len() / 2, bytes.len() - 1] {
            fs::write(file, &bytes[..length]).expect("written");
            refused(file, "a cut", &["no", "cannot tell"]);
        }
        fs::write(file, [bytes.as_slice(), b"more"].concat()).expect("written");
        refused(file, "an addition", &["no", "cannot tell"]);
        fs::remove_file(file).expect("removed");
        assert_eq!(desk.check(&folder).answer().word(), "cannot tell", "{file:?} missing");
        let other = &whole[(at + 1) % whole.len()];
        let others = fs::read(other).expect("read");
        fs::write(file, &others).expect("swapped");
        fs::write(other, &bytes).expect("swapped");
        let swapped = format!("{:#?}", desk.check(&folder));
        assert!(swapped.contains(&named(file)) || swapped.contains(&named(other)), "{swapped}");
        assert_ne!(desk.check(&folder).answer().word(), "yes", "{swapped}");
        fs::write(file, &bytes).expect("put back");
        fs::write(other, &others).expect("put back");
    }
    expect_yes(&desk.check(&folder));
}

#[test]
fn a_backup_forged_for_the_same_recipient_is_not_signed_by_the_log() {
    let desk = Desk::new("forged");
    drop(store(&desk.scratch.path("store"), 50));
    let log = Reader::open(&desk.scratch.path("store")).expect("opened").keys().log.clone();
    // Whoever knows the recipient's public key can seal whatever they like for it.
    fs::rename(desk.scratch.path("store"), desk.scratch.path("true")).expect("moved");
    drop(store(&desk.scratch.path("store"), 50));
    expect_yes(&desk.make(None).checked);
    let (folder, into) = (desk.scratch.path("copy"), desk.scratch.path("checked"));
    let keys = from_ref(&desk.key);
    let given = Given {
        folder: &folder,
        head: None,
        secret: None,
        identities: keys,
        log_key: Some(&log),
        into: &into,
        keep: Keep::Nothing,
    };
    let checked = check(&given, &mut |_| {}).expect("checked");
    assert_eq!(checked.signed.word(), "no", "{checked:#?}");
}

#[test]
fn without_a_key_the_files_are_checked_and_the_rest_cannot_be_told() {
    let desk = Desk::new("keyless");
    drop(store(&desk.scratch.path("store"), 50));
    let safe = desk.scratch.path("safe");
    expect_yes(&desk.make(Some(&safe)).checked);
    let folder = desk.scratch.path("copy");
    let stranger = Identity::draw().expect("a key");
    for keys in [&[][..], &[stranger]] {
        let checked = desk.check_with(&folder, Some(&safe), keys);
        assert_eq!((checked.files.word(), checked.opens.word()), ("yes", "cannot tell"), "{checked:#?}");
        assert!(checked.opens.note().contains(&desk.key.recipient().to_string()), "{checked:#?}");
        assert_eq!(checked.answer().word(), "cannot tell");
    }
    // With the key and without the secrets, which lie elsewhere.
    let checked = desk.check_with(&folder, None, from_ref(&desk.key));
    assert_eq!((checked.files.word(), checked.opens.word()), ("yes", "cannot tell"), "{checked:#?}");
    assert!(checked.opens.note().contains("--secrets"), "{checked:#?}");
    assert_ne!(checked.answer().word(), "yes");
    expect_yes(&desk.check_with(&folder, Some(&safe), from_ref(&desk.key)));
    let block = files(&folder.join("blocks")).remove(0);
    let mut bytes = fs::read(&block).expect("read");
    bytes[50] ^= 1;
    fs::write(&block, bytes).expect("written");
    assert_eq!(desk.check_with(&folder, Some(&safe), &[]).files.word(), "no", "rot is seen without any key");
    // The next run writes it anew.
    let made = desk.make(Some(&safe));
    expect_yes(&made.checked);
    assert!(made.written > 0);
}

#[test]
fn what_was_erased_is_in_no_backup_that_lacks_the_old_secrets() {
    let desk = Desk::new("erased");
    let (from, folder, safe) = (desk.scratch.path("store"), desk.scratch.path("copy"), desk.scratch.path("safe"));
    let mut station = store(&from, 200);
    expect_yes(&desk.make(Some(&safe)).checked);
    let (old, old_safe) = (desk.scratch.path("old"), desk.scratch.path("old-safe"));
    // What somebody copied away before: the blocks, and, worse, the secrets too.
    copy(&folder, &old);
    copy(&safe, &old_safe);
    let root = fs::read(from.join("record-keys/root")).expect("read")[24..56].to_vec();
    let (salt, index) = (station.reader().salt(40).expect("there"), 40);
    add(&mut station, 200, 210, 3);
    drop(station);
    let mut store = Store::open(&from).expect("opened");
    redact(&mut store, index);
    drop(store);
    let made = desk.make(Some(&safe));
    expect_yes(&made.checked);
    assert_eq!(made.head.generation, Some(1));

    // Everything that the custodian can open, from before and after, of the store, and what lay about in scratch folders.
    let own = Identity::parse_file(&fs::read_to_string(from.join("backups/backup.key")).expect("read")).expect("a key");
    let keys: Vec<Identity> = own.into_iter().chain([desk.key.clone()]).collect();
    let mut opened = 0;
    for file in files(&desk.scratch.0).into_iter().filter(|file| !file.starts_with(&old_safe)) {
        let bytes = fs::read(&file).expect("read");
        let plain = age::open(&keys, &bytes).inspect(|_| opened += 1).unwrap_or_default();
        for needle in [CANARY.as_bytes(), &root, &salt] {
            let holds = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!holds(&bytes) && !holds(&plain), "found in {file:?}");
        }
    }
    assert!(opened > 30, "blocks were opened: {opened}");

    // The old blocks with the new secrets open nothing.
    let mixed = desk.check_with(&old, Some(&safe), &keys);
    assert_ne!(mixed.answer().word(), "yes", "{mixed:#?}");
    // The new ones do, and the entry is gone from them.
    expect_yes(&desk.restore(&folder, Some(&safe), "again"));
    let restored = Reader::open(&desk.scratch.path("again")).expect("opened");
    assert_eq!(restored.entry(index).expect("its envelope").payload, Err(Closed::Erased));
    assert!(restored.payload(index + 1).is_ok());
    // What we have no power over, said in docs/backup.md: old blocks with old secrets, both copied away before.
    expect_yes(&desk.restore(&old, Some(&old_safe), "before"));
    let before = Reader::open(&desk.scratch.path("before")).expect("opened");
    assert!(before.payload(index).is_ok());

    // With the log as it is now at hand, not even those.
    let mirror = desk.scratch.path("mirror");
    let source = Source::named(from.to_str().expect("a path")).expect("a store");
    follow(&source, &mirror, None, &mut |_| {}).expect("copied");
    for (now, into) in [(&from, "beside-store"), (&mirror, "beside-mirror")] {
        let later = Later::of(now, "the log now").expect("whole");
        let restored = desk.restore_beside(&old, Some(&old_safe), into, Some(&later)).expect("restored");
        expect_yes(&restored);
        let into = desk.scratch.path(into);
        let reader = Reader::open(&into).expect("opened");
        assert_eq!(reader.entry(index).expect("its envelope").payload, Err(Closed::Erased));
        assert!(reader.payload(index + 1).is_ok());
        let orders = Halt::of(&LocalDisk, &into).expect("read").expect("it stands still").later;
        assert_eq!(orders, [LaterOrder { entry: index, by: 210 }]);
        let Verification::CannotTell { missing } = verify(&into) else { panic!("{:#?}", verify(&into)) };
        assert!(missing[0].what.contains("entry 40 is erased, by entry 210"), "{missing:?}");
    }
    let older = Later::of(&desk.scratch.path("before"), "an older copy").expect("whole");
    let refused = desk.restore_beside(&folder, Some(&safe), "never", Some(&older)).expect_err("it is older");
    assert!(refused.to_string().contains("it is the older one"), "{refused}");
    assert!(!desk.scratch.path("never").exists() && !desk.scratch.path(".never.restoring").exists());
}

#[test]
fn keys_that_an_order_in_the_backup_names_are_destroyed_on_restore() {
    let desk = Desk::new("order");
    let mut station = store(&desk.scratch.path("store"), 80);
    let name = EntryName { index: 40, leaf: leaf_hash(&station.reader().leaf(40).expect("there")).0 };
    // As a backup finds it that comes between the order and the destruction.
    station.write(&[ordered(vec![name])], at(100)).expect("written");
    station.publish().expect("published");
    let made = desk.make(None);
    expect_yes(&made.checked);
    assert!(made.checked.remarks[0].contains("keys of 1 entries"), "{:#?}", made.checked);
    expect_yes(&desk.restore(&desk.scratch.path("copy"), None, "again"));
    let restored = Reader::open(&desk.scratch.path("again")).expect("opened");
    assert_eq!(restored.entry(40).expect("its envelope").payload, Err(Closed::Erased));
}

#[test]
fn a_restored_store_takes_no_entries_and_old_scratch_is_destroyed() {
    let desk = Desk::new("halted");
    let folder = desk.scratch.path("copy");
    drop(store(&desk.scratch.path("store"), 60));
    expect_yes(&desk.make(None).checked);
    // A restore that was cut off left a folder behind.
    let left = desk.scratch.path(".again.restoring");
    fs::create_dir_all(left.join("keys")).expect("made");
    fs::write(left.join("keys/log.key"), "a key").expect("written");
    expect_yes(&desk.restore(&folder, None, "again"));
    assert!(!left.exists());
    let again = desk.scratch.path("again");
    let Err(Error::Halted { words, .. }) = Store::open(&again) else { panic!("it was opened for writing") };
    assert!(words.contains("backstop resume"), "{words}");
    assert!(matches!(verify(&again), Verification::Yes { entries: 60, .. }), "it is read and verified as before");
    Halt::lift(&LocalDisk, &again).expect("lifted");
    assert_eq!(Store::open(&again).expect("opened").size(), 60);
    // Into a folder that holds something: refused, untouched.
    let into = desk.scratch.path("again");
    let given = Given {
        folder: &folder,
        head: None,
        secret: None,
        identities: from_ref(&desk.key),
        log_key: None,
        into: &into,
        keep: Keep::Nothing,
    };
    assert!(restore(&given, None, at(1), &mut |_| {}).is_err());
    assert!(matches!(verify(&again), Verification::Yes { entries: 60, .. }));
}

#[test]
fn a_store_with_a_second_home_comes_back_and_is_brought_up_by_it() {
    let desk = Desk::new("joined");
    let (from, second) = (desk.scratch.path("store"), desk.scratch.path("second"));
    fs::create_dir(&second).expect("made");
    drop(store(&from, 60));
    let place = Place::Directory(second);
    let mut station = Station::of(Store::join(&from, &place).expect("joined")).expect("read");
    add(&mut station, 60, 90, 2);
    let made = desk.make(None);
    expect_yes(&made.checked);
    assert_eq!(made.head.size, 90);
    add(&mut station, 90, 130, 3);
    drop(station);
    expect_yes(&desk.restore(&desk.scratch.path("copy"), None, "again"));
    let again = desk.scratch.path("again");
    assert!(matches!(verify(&again), Verification::Yes { entries: 90, .. }));
    // It does not know of its second home, so that nothing is asked of it before a person says that it may go on.
    assert!(!again.join("engine.toml").exists());
    assert!(Halt::of(&LocalDisk, &again).expect("read").expect("halted").joined, "and `resume` refuses");
    Halt::lift(&LocalDisk, &again).expect("lifted");
    let here = Store::join(&again, &place).expect("what came after the backup is in the engine");
    let there = Reader::open(&from).expect("opened");
    assert_eq!((here.size(), here.root()), (130, there.root()), "no second history");
}

#[test]
fn a_head_is_read_as_it_was_written_and_in_no_other_spelling() {
    let desk = Desk::new("head");
    drop(store(&desk.scratch.path("store"), 50));
    let head = desk.make(None).head;
    let note = fs::read_to_string(desk.scratch.path("copy").join(Head::name(1))).expect("read");
    assert_eq!(Head::read(note.as_bytes()), Some(head));
    for (from, to) in
        [("size 50", "size 050"), ("run 1", "run +1"), ("run 1", "run 9999999999"), ("for age1", "for AGE1")]
    {
        assert!(note.contains(from), "{from}");
        assert_eq!(Head::read(note.replacen(from, to, 1).as_bytes()), None, "{to}");
    }
}
