//! What an engine keeps, in a thief's hands: every piece that it ever took, the store's secret keys, and the root that remains. Takes
//! a store of which something was erased; tries every generation with every root that can be had. The root of before the
//! erasure must open it, or the trying would show nothing.

use super::*;
use crate::storage::engine::Trouble;
use crate::storage::engine::fold::make;
use crate::storage::engine::link::key_at;
use crate::storage::keys::PublicKeys;
use crate::storage::{NewEntry, Reader};
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{EntryName, Redaction};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

const CANARY: &str = "CANARY-51c0de-she-counted-the-trucks-from-the-school";
/// Entries that are erased: one from before the joining, whose slot went in a part, and one from after, whose slot went with
/// its batch.
const ERASED: [u64; 2] = [2, 7];

fn canary(number: i64) -> NewEntry {
    let payload = Value::Fields(BTreeMap::from([("text".into(), Value::Text(CANARY.into()))]));
    NewEntry { payload, class: Class::Restricted, ..new_entry(number) }
}

/// An engine as it was before one of its links came.
struct Past {
    inner: Arc<dyn Engine>,
    hidden: String,
}

impl Engine for Past {
    fn put_if_absent(&self, _: &str, _: &[u8]) -> Result<Put, Trouble> {
        Err(Trouble::Refused("the past".into()))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        if key == self.hidden { Ok(None) } else { self.inner.get(key) }
    }

    fn head(&self) -> Result<Option<String>, Trouble> {
        self.inner.head()
    }

    fn compare_and_swap_head(&self, _: Option<&str>, _: &str) -> Result<Swap, Trouble> {
        Err(Trouble::Refused("the past".into()))
    }
}

/// A root's secret and its generation, from the file that holds it.
fn root_of(file: &[u8]) -> (u64, [u8; 32]) {
    let halves = file.chunks(4096).filter(|half| half.starts_with(b"backstop-root/1\n"));
    let root =
        |half: &[u8]| (u64::from_be_bytes(half[16..24].try_into().expect("8")), half[24..56].try_into().expect("32"));
    halves.map(root).max().expect("a root")
}

fn root_file(generation: u64, secret: &[u8; 32]) -> Vec<u8> {
    let body = [b"backstop-root/1\n".as_slice(), &generation.to_be_bytes(), secret].concat();
    let check = Sha256::digest(&body);
    [body, check.to_vec()].concat()
}

/// Whether these keys and this root, said to be of a generation, open the erased entries of an engine as it was.
fn opens(scratch: &Scratch, keys: &Path, engine: Arc<dyn Engine>, generation: u64, secret: &[u8; 32]) -> bool {
    let carried = scratch.path().with_file_name("carried");
    let made = scratch.path().with_file_name("made");
    for folder in [&carried, &made] {
        let _ = fs::remove_dir_all(folder);
    }
    copy(keys, &carried);
    fs::write(carried.join("root"), root_file(generation, secret)).expect("written");
    let public = PublicKeys::read(&LocalDisk, &carried).expect("keys");
    let disk: Arc<dyn crate::storage::Disk> = Arc::new(LocalDisk);
    if make(&disk, &made, &carried, &public, &Joined::impatient(engine, 0)).is_err() {
        return false;
    }
    let mut store = Store::open_unmet(disk, &made).expect("sound, or not made");
    store.publish().expect("published");
    drop(store);
    let store = Reader::open(&made).expect("opened");
    let says = |index: &u64| store.payload(*index).is_ok_and(|payload| format!("{payload:?}").contains(CANARY));
    ERASED.iter().any(says)
}

/// A store that was joined, with two entries erased; gives the secrets that are gone: root, and salts of the erased.
pub(super) fn erased_opens_nowhere(engine: &dyn Fn(&VerifyingIdentity) -> Arc<dyn Engine>) -> Vec<Vec<u8>> {
    let scratch = Scratch::new();
    let path = scratch.path();
    let mut store = Store::create(&path, &settings()).expect("created");
    store.append(vec![new_entry(0), new_entry(1), canary(2), new_entry(3)]).expect("appended");
    let engine = engine(&store.keys().log);
    store.join_to(Joined::impatient(engine.clone(), 0), Complete::NotYet).expect("joined");
    store.append((4..7).map(new_entry).chain([canary(7)]).collect()).expect("appended");
    store.publish().expect("published");
    let read_root = || fs::read(path.join("record-keys/root")).expect("read");
    let before = root_of(&read_root());
    let salts = ERASED.map(|index| store.salt(index).expect("open").to_vec());
    let order = Redaction {
        entries: ERASED
            .map(|index| EntryName { index, leaf: leaf_hash(&store.leaf(index).expect("there")).0 })
            .to_vec(),
        authority: "court".into(),
        ground: "law".into(),
        approved_by: vec!["registrar".into()],
        attested: Vec::new(),
    };
    let body = Body::RedactionOrdered(order);
    let (kind, payload) = (body.kind().to_owned(), body.write());
    store.redact(vec![NewEntry { kind, class: Class::Public, payload, ..new_entry(8) }]).expect("redacted");
    store.compare_whole().expect("the same");
    drop(store);
    let after = root_of(&read_root());
    assert_eq!(after.0, before.0 + 1);

    // As the engine was before the new generation, and as it is: its pieces are still there, whoever hides what.
    let past = |generation: u64| -> Arc<dyn Engine> {
        Arc::new(Past { inner: engine.clone(), hidden: key_at(9, generation) })
    };
    let keys = path.join("keys");
    let control = opens(&scratch, &keys, past(before.0), before.0, &before.1);
    assert!(control, "with the root of before, the engine opens it; else this test shows nothing");
    for (name, generation, root) in [
        ("the root that remains, as it is", after.0, after.1),
        ("the root that remains, said to be the one before", before.0, after.1),
        ("no root", before.0, [0; 32]),
    ] {
        assert!(!opens(&scratch, &keys, past(before.0), generation, &root), "{name}, in the past");
        assert!(!opens(&scratch, &keys, engine.clone(), generation, &root), "{name}, now");
    }
    // What is there now opens with the root that remains, and with one carried before: but for what was erased.
    assert!(!opens(&scratch, &keys, engine.clone(), before.0, &before.1), "erased is erased");
    let made = Reader::open(&scratch.path().with_file_name("made")).expect("made with the carried root");
    assert!(made.payload(3).is_ok() && made.payload(6).is_ok(), "the others open");

    let rest: Vec<Vec<u8>> =
        crate::storage::tests::files(&path).iter().map(|file| fs::read(file).expect("read")).collect();
    let gone = [salts.to_vec(), vec![before.1.to_vec()]].concat();
    for needle in gone.iter().chain([&CANARY.as_bytes().to_vec()]) {
        let found = rest.iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle.as_slice()));
        assert!(!found, "a secret of what was erased lies in the store");
    }
    [gone, vec![CANARY.as_bytes().to_vec(), after.1.to_vec()]].concat()
}

#[test]
fn what_was_erased_opens_nowhere_in_a_directory() {
    let scratch = Scratch::new();
    let secrets = erased_opens_nowhere(&|log| directory(&scratch, log));
    let files = crate::storage::tests::files(&scratch.path().with_file_name("engine"));
    let held: Vec<u8> = files.iter().flat_map(|file| fs::read(file).expect("read")).collect();
    assert!(held.windows(14).any(|window| window == b"\"kind\":\"batch\""), "the scan finds what is there");
    for secret in secrets {
        assert!(!held.windows(secret.len()).any(|window| window == secret.as_slice()));
    }
}
