//! Sealed stores under test: who may read reads, and no one else; what is erased is nowhere; nothing else is lost by it.

use super::cipher::{SLOT_BYTES, unwrap};
use super::*;
use crate::storage::tests::{Scratch, copy, expect_yes, files, new_entry};
use crate::storage::{
    DataClass, Error, LocalDisk, NewEntry, Reader, Settings, Store, Verification, new_reader_secret, verify, verify_as,
};
use ledger::Proof;
use ledger::tree::leaf_hash;
use mission::Closed;
use mission::record::Body;
use mission::record::body::{EntryName, Redaction};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const CANARY: &str = "CANARY-7f3a91-the-witness-lives-behind-the-mill";

/// Without a seed: whoever has that has every key.
fn settings() -> Settings {
    Settings { data_class: DataClass::Operational, mission: "test".into(), created_at_ms: 1, seed: None }
}

fn canary(at: i64) -> NewEntry {
    let payload = Value::Fields(BTreeMap::from([
        ("number".into(), Value::Integer(99)),
        ("text".into(), Value::Text(format!("{CANARY} {}", "and so on ".repeat(40)))),
    ]));
    NewEntry { payload, ..new_entry(at) }
}

fn in_class(class: Class, number: i64) -> NewEntry {
    NewEntry { class, ..new_entry(number) }
}

fn order(store: &Reader, indexes: &[u64]) -> NewEntry {
    let name = |index: &u64| EntryName { index: *index, leaf: leaf_hash(&store.leaf(*index).expect("there")).0 };
    let body = Body::RedactionOrdered(Redaction {
        entries: indexes.iter().map(name).collect(),
        authority: "the court".into(),
        ground: "order 12".into(),
        approved_by: vec!["the commission".into()],
        attested: Vec::new(),
    });
    NewEntry { kind: body.kind().into(), class: Class::Public, payload: body.write(), ..new_entry(100) }
}

/// Entries 0 to 99, the canary as entry 40, over two pages of keys.
fn store_with_canary(directory: &Path) -> Store {
    let mut store = Store::create(directory, &settings()).expect("created");
    store.append((0..40).map(new_entry).collect()).expect("appended");
    store.append(vec![canary(40)]).expect("appended");
    store.append((41..100).map(new_entry).collect()).expect("appended");
    store.publish().expect("published");
    store
}

fn found_in(directory: &Path, needle: &[u8]) -> Vec<String> {
    let holds = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle);
    let hit = |path: std::path::PathBuf| holds(fs::read(&path).expect("read")).then(|| path.display().to_string());
    files(directory).into_iter().filter_map(hit).collect()
}

/// The bytes of a slot as they lie on the disk.
fn wrapped(store: &Path, index: u64) -> [u8; SLOT_BYTES] {
    let page = format!("page-{:08}-", index / PAGE_SLOTS);
    let file =
        files(&store.join(FOLDER)).into_iter().find(|file| file.to_string_lossy().contains(&page)).expect("there");
    let at = (index % PAGE_SLOTS) as usize * SLOT_BYTES;
    fs::read(file).expect("read")[at..at + SLOT_BYTES].try_into().expect("a slot")
}

#[test]
fn erased_is_nowhere_and_everything_else_stands() {
    let scratch = Scratch::new();
    let mut store = store_with_canary(&scratch.path());
    let slot = wrapped(&scratch.path(), 40);
    let root = fs::read(scratch.path().join(FOLDER).join("root")).expect("read")[24..56].to_vec();
    let (salt, proof) = (store.salt(40).expect("there"), store.prove(7).expect("proved"));
    assert!(found_in(&scratch.path(), CANARY.as_bytes()).is_empty(), "sealed from the first moment");
    assert_eq!(found_in(&scratch.path(), &slot).len(), 1, "the scan finds what is there");
    assert_eq!(found_in(&scratch.path(), &root).len(), 1);

    let order = order(&store, &[40]);
    let receipts = store.redact(vec![order]).expect("redacted");
    assert_eq!(receipts[0].index, 100);
    for needle in [CANARY.as_bytes(), &slot, &root, &salt] {
        assert_eq!(found_in(&scratch.path(), needle), Vec::<String>::new());
    }
    let check = |store: &Reader| {
        assert_eq!(store.entry(40).expect("its envelope is there").payload, Err(Closed::Erased));
        assert!(matches!(store.payload(40), Err(Error::Closed { index: 40, why: Closed::Erased })));
        for index in (0..100).filter(|index| *index != 40) {
            assert!(store.payload(index).is_ok(), "entry {index}");
        }
        for index in [39, 40, 41, 100] {
            let proof = Proof::parse(&store.prove(index).expect("proved")).expect("a proof");
            proof.verify(&store.leaf(index).expect("there"), &store.keys().log, &[]).expect("it proves");
        }
        let proof = Proof::parse(&proof).expect("a proof of before");
        proof.verify(&store.leaf(7).expect("there"), &store.keys().log, &[]).expect("it still proves");
    };
    check(&store);
    drop(store);
    check(&Reader::open(&scratch.path()).expect("opened"));
    let answer = verify(&scratch.path());
    let Verification::Yes { payloads, entries: 101, .. } = answer else { panic!("{answer:#?}") };
    assert_eq!((payloads.opened, payloads.erased.len(), payloads.unfinished.len()), (100, 1, 0));
    assert_eq!((payloads.erased[0].entry, payloads.erased[0].by), (40, 100));
    assert_eq!(payloads.erased[0].ground, "order 12");
    // It goes on as before, and is erased once.
    let mut store = Store::open(&scratch.path()).expect("opened");
    assert!(store.recovered().is_empty(), "{:?}", store.recovered());
    assert_eq!(store.redact_again().expect("looked"), Vec::<u64>::new());
    store.append((101..141).map(new_entry).collect()).expect("appended");
    store.publish().expect("published");
    drop(store);
    expect_yes(&scratch.path(), 141);
}

#[test]
fn a_scan_of_a_store_that_is_not_sealed_finds_the_canary() {
    let scratch = Scratch::new();
    let mut store = Store::create_plain(&scratch.path(), &settings()).expect("created");
    store.append(vec![canary(0)]).expect("appended");
    store.publish().expect("published");
    assert_eq!(found_in(&scratch.path(), CANARY.as_bytes()).len(), 1);
    // Such a store still works, and says that it cannot erase.
    assert!(store.payload(0).is_ok());
    let order = order(&store, &[0]);
    assert!(matches!(store.redact(vec![order]), Err(Error::Settings(problem)) if problem.contains("format 1")));
    drop(store);
    expect_yes(&scratch.path(), 1);
    let mut store = Store::open(&scratch.path()).expect("opened");
    store.append(vec![new_entry(101)]).expect("appended");
    store.publish().expect("published");
    drop(store);
    expect_yes(&scratch.path(), 2);
}

/// What `thief` copied of a store: everything but the secrets in `keys/`.
fn copied(store: &Path) -> Scratch {
    let scratch = Scratch::new();
    copy(store, &scratch.path());
    for name in ["log.key", "author.key", "reader.key"] {
        fs::remove_file(scratch.path().join("keys").join(name)).expect("removed");
    }
    scratch
}

#[test]
fn who_may_read_reads_and_no_one_else() {
    let scratch = Scratch::new();
    let mut store = Store::create(&scratch.path(), &settings()).expect("created");
    let all = [Class::Public, Class::Mission, Class::Restricted];
    store.append((0..90).map(|n| in_class(all[n as usize % 3], n)).collect()).expect("appended");
    store.publish().expect("published");
    let (north, nobody) = (new_reader_secret().expect("drawn"), new_reader_secret().expect("drawn"));
    let entitled = Entitled { name: "north".into(), key: north.public(), classes: [Class::Mission].into() };
    store.entitle(entitled.clone()).expect("entitled");
    store.append((90..120).map(|n| in_class(all[n as usize % 3], n)).collect()).expect("appended");
    store.publish().expect("published");
    assert_eq!(store.readers().len(), 2);
    let copy = copied(&scratch.path());
    let reads = |copy: &Scratch, secret: Option<&ReaderSecret>| {
        let reader = Reader::open_as(Arc::new(LocalDisk), &copy.path(), secret.cloned()).expect("opened");
        let answer = verify_as(&LocalDisk, &copy.path(), secret.cloned());
        let Verification::Yes { payloads, .. } = answer else { panic!("{answer:#?}") };
        let entries = reader.entries().map(|entry| entry.expect("readable"));
        let open = entries.filter(|entry| entry.payload.is_ok()).map(|entry| entry.envelope.class);
        let count = open.fold([0; 3], |mut count, class| {
            count[all.iter().position(|it| *it == class).expect("a class")] += 1;
            count
        });
        assert_eq!(payloads.opened, count.iter().sum::<u64>());
        assert_eq!(payloads.sealed, reader.size() - payloads.opened);
        count
    };
    assert_eq!(reads(&copy, None), [40, 0, 0], "what is public needs no secret");
    assert_eq!(reads(&copy, Some(&north)), [40, 40, 0]);
    assert_eq!(reads(&copy, Some(&nobody)), [40, 0, 0]);

    store.disentitle("north").expect("removed");
    store.append((120..150).map(|n| in_class(all[n as usize % 3], n)).collect()).expect("appended");
    store.publish().expect("published");
    assert_eq!(reads(&copied(&scratch.path()), Some(&north)), [50, 0, 0]);
    assert_eq!(reads(&copy, Some(&north)), [40, 40, 0], "what it copied before it keeps");
    drop(store);
    expect_yes(&scratch.path(), 150);

    let mut store = Store::open(&scratch.path()).expect("opened");
    for name in ["", "North", "store", "a/b"] {
        assert!(store.entitle(Entitled { name: name.into(), ..entitled.clone() }).is_err(), "{name}");
    }
    assert!(store.entitle(Entitled { classes: [Class::Public].into(), ..entitled.clone() }).is_err());
    assert!(store.entitle(Entitled { key: ReaderKey([0; 32]), ..entitled }).is_err(), "a key of small order");
    assert!(store.disentitle("store").is_err() && store.disentitle("north").is_err());
}

#[test]
fn a_reader_that_someone_slipped_in_is_noticed() {
    let scratch = Scratch::new();
    drop(store_with_canary(&scratch.path()));
    let table = scratch.path().join(FOLDER).join("table-00000000");
    let text = fs::read_to_string(&table).expect("read");
    fs::write(&table, text.replacen("\"name\":\"store\"", "\"name\":\"other\"", 1)).expect("written");
    assert!(matches!(Store::open(&scratch.path()), Err(Error::Damaged { path, .. }) if path == table));
}

#[test]
fn a_record_without_its_key_is_torn_and_one_with_a_receipt_is_damaged() {
    let scratch = Scratch::new();
    let mut store = store_with_canary(&scratch.path());
    let kill = |store: &Store| {
        let killed = Scratch::new();
        copy(store.directory(), &killed.path());
        killed
    };
    let wipe = |store: &Path, index: u64| {
        let page =
            files(&store.join(FOLDER)).into_iter().find(|file| file.to_string_lossy().contains("page-00000001-"));
        let page = page.expect("there");
        let mut bytes = fs::read(&page).expect("read");
        let at = (index - PAGE_SLOTS) as usize * SLOT_BYTES;
        bytes[at..at + SLOT_BYTES].fill(0);
        fs::write(page, bytes).expect("written");
    };
    store.append(vec![new_entry(100), new_entry(101)]).expect("appended");
    // The keys of the last batch did not reach the disk: nobody can hold a receipt.
    let killed = kill(&store);
    wipe(&killed.path(), 101);
    assert!(matches!(verify(&killed.path()), Verification::Yes { entries: 100, unpublished: 2, .. }));
    let reopened = Store::open(&killed.path()).expect("opened");
    assert_eq!(reopened.size(), 101);
    assert!(reopened.recovered()[0].contains("its key is not there"), "{:?}", reopened.recovered());
    drop(reopened);
    expect_yes(&killed.path(), 101);
    // A later batch shows that there had been receipts; and so does the checkpoint.
    store.append(vec![new_entry(102)]).expect("appended");
    let killed = kill(&store);
    wipe(&killed.path(), 101);
    assert!(matches!(Store::open(&killed.path()), Err(Error::Damaged { .. })));
    store.publish().expect("published");
    let killed = kill(&store);
    wipe(&killed.path(), 101);
    let answer = verify(&killed.path());
    let Verification::No { differences, .. } = &answer else { panic!("{answer:#?}") };
    assert_eq!(differences[0].entry, Some(101));
    assert!(differences[0].what.contains("no entry orders it erased"));
}

#[test]
fn no_changed_byte_of_a_key_passes() {
    let scratch = Scratch::new();
    drop(store_with_canary(&scratch.path()));
    for file in files(&scratch.path().join(FOLDER)) {
        let bytes = fs::read(&file).expect("read");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let places = if name == "root" { 88 } else { bytes.len() };
        for at in (0..places).step_by(if name.starts_with("page") { 37 } else { 5 }) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&file, changed).expect("written");
            let answer = verify(&scratch.path());
            let passed = matches!(answer, Verification::Yes { ref payloads, .. } if payloads.opened == 100);
            // The list of readers bears a mark that only the store's own key makes; its opening checks that.
            let marked = || name.starts_with("table") && Store::open(&scratch.path()).is_err();
            assert!(!passed || marked(), "byte {at} of {name}");
            // Nor does an opening destroy what it cannot read.
            if at % 10 == 0 && !name.starts_with("page") {
                let copied = Scratch::new();
                copy(&scratch.path(), &copied.path());
                drop(Store::open(&copied.path()));
                let kept = copied.path().join(FOLDER).join(&name);
                fs::write(&kept, &bytes).expect("written");
                expect_yes(&copied.path(), 100);
            }
        }
        fs::write(&file, bytes).expect("written");
    }
    expect_yes(&scratch.path(), 100);
}

#[test]
fn what_is_only_committed_to_is_sealed_from_everyone() {
    let scratch = Scratch::new();
    let mut store = store_with_canary(&scratch.path());
    let receipt =
        store.commit_to("observation", Class::Restricted, new_entry(102).received_at_ms, [7; 32]).expect("recorded");
    store.append(vec![new_entry(103)]).expect("appended");
    store.publish().expect("published");
    assert_eq!(store.entry(receipt.index).expect("there").payload, Err(Closed::Withheld { commitment: [7; 32] }));
    drop(store);
    let answer = verify(&scratch.path());
    assert!(matches!(&answer, Verification::Yes { payloads, .. } if payloads.withheld == 1), "{answer:#?}");
    assert_eq!(Store::open(&scratch.path()).expect("opened").size(), 102);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let stores = [(); 2].map(|()| {
        let scratch = Scratch::new();
        let settings = Settings { data_class: DataClass::Simulated, seed: Some([5; 32]), ..settings() };
        let mut store = Store::create(&scratch.path(), &settings).expect("created");
        store.append((0..100).map(new_entry).collect()).expect("appended");
        let order = order(&store, &[3]);
        store.redact(vec![order]).expect("redacted");
        scratch
    });
    let [one, other] = stores;
    for file in files(&one.path()) {
        let same = other.path().join(file.strip_prefix(one.path()).expect("below"));
        assert!(fs::read(&file).expect("read") == fs::read(same).expect("read"), "{}", file.display());
    }
}

#[test]
fn a_key_seals_only_for_its_entry_and_its_reader() {
    let page = Key::new([1; 32]);
    let slot = Slot { salt: [2; 32], key: Key::new([3; 32]) };
    let wrapped = wrap(&page, 7, &[4; 32], &slot);
    assert_eq!(unwrap(&page, 7, &[4; 32], &wrapped).expect("opens").salt, [2; 32]);
    for (page, index, leaf) in [([9; 32], 7, [4; 32]), ([1; 32], 8, [4; 32]), ([1; 32], 7, [5; 32])] {
        assert!(unwrap(&Key::new(page), index, &leaf, &wrapped).is_none());
    }
    for length in [0, 1, 255, 256, 257, 5000] {
        let payload = [vec![b'x'; length], b"}".to_vec()].concat();
        let sealed = seal_payload(&slot.key, &payload);
        assert_eq!(sealed.len() % 256, 16, "its length tells little");
        assert_eq!(open_payload(&slot.key, &sealed).as_deref(), Some(payload.as_slice()));
        assert_eq!(open_payload(&Key::new([9; 32]), &sealed), None);
    }
}

/// Alice's key of RFC 7748, section 6.1.
#[test]
fn a_reader_s_key_is_that_of_rfc_7748() {
    let alice: [u8; 32] = [
        0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c,
        0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
    ];
    let public: String = ReaderSecret::new(alice).public().0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(public, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    let line = ReaderSecret::new(alice).to_line();
    assert_eq!(ReaderSecret::parse(&line).expect("parsed").public(), ReaderSecret::new(alice).public());
    let key = ReaderSecret::new(alice).public();
    assert_eq!(ReaderKey::parse(&key.to_string()), Some(key));
    assert!(ReaderSecret::parse(&key.to_string()).is_none() && ReaderKey::parse("backstop-reader/1 x").is_none());
}

/// The same on a file system whose every block can be read, the free ones too: as a thief of the disk would.
#[test]
fn erased_is_in_no_block_of_the_disk() {
    let scratch = Scratch::new();
    let Some(mount) = Mount::new(&scratch.path()) else { return };
    let directory = mount.path.join("store");
    let mut store = store_with_canary(&directory);
    // A torn batch that holds the same words, as a crash would leave it.
    store.append(vec![canary(100)]).expect("appended");
    let segment = directory.join("payloads/00000000.seg");
    let torn = fs::read(&segment).expect("read");
    drop(store);
    let end = torn.iter().rposition(|byte| *byte != 0).expect("not empty");
    fs::write(&segment, &torn[..end - 40]).expect("written");
    let mut store = Store::open(&directory).expect("opened");
    assert_eq!(store.size(), 100);
    let (slot, salt) = (wrapped(&directory, 40), store.salt(40).expect("there"));
    let root = fs::read(directory.join(FOLDER).join("root")).expect("read")[24..56].to_vec();
    assert!(mount.blocks_hold(&slot) && mount.blocks_hold(&root), "the scan finds what is there");
    let order = order(&store, &[40]);
    store.redact(vec![order]).expect("redacted");
    drop(store);
    for (what, needle) in [("payload", CANARY.as_bytes()), ("key", &slot), ("salt", &salt), ("root", &root)] {
        assert!(!mount.blocks_hold(needle), "the {what} is still in some block");
    }
    // And the control: a plain file with the same words, removed as files are.
    fs::write(mount.path.join("plain"), CANARY).expect("written");
    assert!(mount.blocks_hold(CANARY.as_bytes()));
    fs::remove_file(mount.path.join("plain")).expect("removed");
    assert!(mount.blocks_hold(CANARY.as_bytes()), "removing a file erases nothing");
    expect_yes(&directory, 101);
}

/// An ext4 file system in a file, mounted while this lives.
struct Mount {
    image: std::path::PathBuf,
    path: std::path::PathBuf,
}

impl Mount {
    fn new(at: &Path) -> Option<Mount> {
        let run = |command: &str, arguments: &[&std::ffi::OsStr]| {
            let output = Command::new(command).args(arguments).output();
            output.is_ok_and(|output| output.status.success())
        };
        fs::create_dir_all(at).expect("created");
        let (image, path) = (at.join("image"), at.join("mounted"));
        fs::create_dir(&path).expect("created");
        fs::File::create(&image).and_then(|file| file.set_len(64 << 20)).expect("created");
        if !run("mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), image.as_os_str()]) {
            println!("skipped: no mkfs.ext4 (Debian: e2fsprogs)");
            return None;
        }
        if !run("mount", &["-o".as_ref(), "loop".as_ref(), image.as_os_str(), path.as_os_str()]) {
            println!("skipped: mounting an image takes root and a loop device");
            return None;
        }
        Some(Mount { image, path })
    }

    /// Whether any block of the image holds these bytes, once the system has written everything.
    fn blocks_hold(&self, needle: &[u8]) -> bool {
        assert!(Command::new("sync").arg("-f").arg(&self.path).status().expect("sync").success());
        let bytes = fs::read(&self.image).expect("read");
        let first = needle[0];
        let mut rest = bytes.as_slice();
        while let Some(at) = rest.iter().position(|byte| *byte == first) {
            if rest[at..].starts_with(needle) {
                return true;
            }
            rest = &rest[at + 1..];
        }
        false
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}
