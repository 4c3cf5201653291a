//! The log under test, made by our store over several publications, and a case of it: everything that a verifier is given.
//! Takes folders; gives files in them. Never harms the log itself: a case is a copy, and its files are replaced, not written
//! into, as unharmed ones are links.

use backstop::storage::{DataClass, NewEntry, Settings, Store};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use ledger::note::{Algorithm, cosigned_message};
use ledger::tile::{self, Content};
use ledger::{Checkpoint, Hash, Proof, SigningIdentity, VerifyingIdentity, tree};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Entries at each publication; the verifier holds the checkpoint of the third, and is shown that of the last.
const PUBLISHED: [usize; 4] = [1, 700, 2500, 4321];
/// Which publication the verifier holds.
const HELD: usize = 2;
/// The entry whose receipt is checked.
pub(crate) const RECEIPT_OF: usize = 3210;
const COSIGNED_AT_S: u64 = 1_775_900_000;

/// What the harm starts from.
pub(crate) struct World {
    pub(crate) store: PathBuf,
    pub(crate) key: SigningIdentity,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) head: Checkpoint,
    pub(crate) held: Checkpoint,
    pub(crate) receipt: Proof,
    pub(crate) proof: Vec<Hash>,
}

/// What a verifier is given, in one folder.
pub(crate) struct Case(PathBuf);

fn entry(number: usize) -> NewEntry {
    let text = Value::Text(format!("observation {number} – спокойно"));
    let number = i64::try_from(number).expect("small");
    let payload = Value::Fields(BTreeMap::from([("number".into(), Value::Integer(number)), ("text".into(), text)]));
    NewEntry { kind: "observation".into(), class: Class::Mission, received_at_ms: 1_775_900_000_000 + number, payload }
}

impl World {
    pub(crate) fn new(folder: &Path) -> World {
        let settings = Settings {
            data_class: DataClass::Simulated,
            mission: "eyes".into(),
            created_at_ms: 1_775_900_000_000,
            seed: Some([5; 32]),
        };
        let mut store = Store::create(folder, &settings).expect("created");
        let mut heads = Vec::new();
        let mut first = 0;
        for size in PUBLISHED {
            store.append((first..size).map(entry).collect()).expect("appended");
            store.publish().expect("published");
            heads.push(store.checkpoint().clone());
            first = size;
        }
        let secret = fs::read_to_string(folder.join("keys/log.key")).expect("a key");
        let held = heads[HELD].clone();
        World {
            store: folder.to_owned(),
            key: SigningIdentity::parse(secret.trim()).expect("a key"),
            entries: (0..first as u64).map(|index| store.leaf(index).expect("there")).collect(),
            head: store.checkpoint().clone(),
            receipt: Proof::parse(&store.prove(RECEIPT_OF as u64).expect("proved")).expect("a receipt"),
            proof: store.prove_consistency(held.size).expect("proved"),
            held,
        }
    }

    /// A fresh, unharmed case.
    pub(crate) fn case(&self, folder: &Path) -> Case {
        link(&self.store.join("log"), &folder.join("log"));
        let case = Case(folder.to_owned());
        case.write("key", self.key.public().to_string());
        case.write("witness", witness().to_string());
        case.write("log/checkpoint", self.published(&self.head));
        case.write("held", self.published(&self.held));
        case.write("receipt", self.receipt.to_text());
        case.write("entry", &self.entries[RECEIPT_OF]);
        case.write_proof(&self.proof);
        case
    }

    /// A checkpoint signed by the log and cosigned by the witness.
    pub(crate) fn published(&self, checkpoint: &Checkpoint) -> String {
        self.published_text(&checkpoint.to_text())
    }

    pub(crate) fn published_text(&self, text: &str) -> String {
        self.key.sign(text).expect("a text of lines") + &cosignature(text)
    }

    /// The checkpoint of these entries.
    pub(crate) fn head_of(&self, entries: &[Vec<u8>]) -> Checkpoint {
        let root = edge(entries).root();
        Checkpoint { size: entries.len() as u64, root, ..self.head.clone() }
    }
}

fn witness_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The witness that cosigned everything.
pub(crate) fn witness() -> VerifyingIdentity {
    VerifyingIdentity::new("witness.example/w", Algorithm::CosignatureV1, witness_key().verifying_key())
        .expect("a name")
}

/// The witness's line under a text.
pub(crate) fn cosignature(text: &str) -> String {
    let signature = witness_key().sign(cosigned_message(COSIGNED_AT_S, text).as_bytes()).to_bytes();
    let bytes = [witness().key_id().as_slice(), &COSIGNED_AT_S.to_be_bytes(), &signature].concat();
    format!("— {} {}\n", witness().name(), BASE64_STANDARD.encode(bytes))
}

fn edge(entries: &[Vec<u8>]) -> tree::Edge {
    let mut edge = tree::Edge::default();
    entries.iter().for_each(|entry| edge.push(tree::leaf_hash(entry)));
    edge
}

/// A folder with the same files, each a link.
pub(crate) fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for file in fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            link(&file.path(), &target)
        } else {
            fs::hard_link(file.path(), target).expect("linked")
        }
    }
}

impl Case {
    pub(crate) fn at(folder: &Path) -> Case {
        Case(folder.to_owned())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    /// Puts a new file in the place of the old one.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        let _ = fs::remove_file(&path);
        fs::write(path, bytes).expect("written");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("removed");
    }

    pub(crate) fn write_proof(&self, proof: &[Hash]) {
        self.write("proof", proof.iter().map(|hash| hash.to_base64() + "\n").collect::<String>());
    }

    pub(crate) fn flip(&self, name: &str, at: usize) {
        let mut bytes = self.read(name);
        bytes[at] ^= 1;
        self.write(name, bytes);
    }

    pub(crate) fn swap(&self, one: &str, other: &str) {
        let (first, second) = (self.read(one), self.read(other));
        self.write(one, second);
        self.write(other, first);
    }

    /// Puts the tiles of other entries in the place of the log's.
    pub(crate) fn write_log(&self, entries: &[Vec<u8>]) {
        fs::remove_dir_all(self.path("log/tile")).expect("removed");
        let leaves: Vec<Hash> = entries.iter().map(|entry| tree::leaf_hash(entry)).collect();
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() >= 256 {
            let above = levels[levels.len() - 1].chunks_exact(256).map(|chunk| {
                let mut edge = tree::Edge::default();
                chunk.iter().for_each(|hash| edge.push(*hash));
                edge.root()
            });
            let above = above.collect();
            levels.push(above);
        }
        for tile in tile::tiles(entries.len() as u64) {
            let first = tile.index as usize * 256;
            let range = first..first + usize::from(tile.width);
            let mut bytes = Vec::new();
            match tile.content {
                Content::Entries => {
                    entries[range].iter().for_each(|entry| tile::push_entry(&mut bytes, entry).expect("short"));
                }
                Content::Hashes { level } => {
                    levels[usize::from(level)][range].iter().for_each(|hash| bytes.extend(hash.0));
                }
            }
            self.write(&format!("log/{tile}"), bytes);
        }
    }

    /// The entries of a bundle, changed and written again.
    pub(crate) fn change_bundle(&self, name: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let bytes = self.read(name);
        let mut entries: Vec<Vec<u8>> = tile::entries(&bytes).map(|entry| entry.expect("sound").to_vec()).collect();
        change(&mut entries);
        let mut bundle = Vec::new();
        entries.iter().for_each(|entry| tile::push_entry(&mut bundle, entry).expect("short"));
        self.write(name, bundle);
    }

    /// The lines of a text file, changed and written again.
    pub(crate) fn change_lines(&self, name: &str, change: impl FnOnce(&mut Vec<String>)) {
        let text = self.text(name);
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        change(&mut lines);
        self.write(name, lines.join("\n"));
    }
}
