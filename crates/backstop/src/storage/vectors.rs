//! `docs/vectors` under test: the formats of the record worked out step by step, with standard ciphers and nothing else of
//! ours, as `docs/record.md` tells a stranger to do it. Never changes once released: a new format is a new file.
//!
//! `BLESS=1 cargo nextest run -p backstop vectors` writes the file anew.

use super::tests::{Scratch, new_entry};
use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};
use mission::record::canonical::{Value, encode};
use mission::record::commitment::{Payload, verify_field};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.concat()).to_vec()
}

/// Root over hashes: the left half is the largest power of two below the whole.
fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [leaf] => leaf.clone(),
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

/// One entry, from its payload to its leaf.
fn entry_vector(store: &Store, index: u64) -> Json {
    let salt = store.salt(index).expect("there");
    let leaf = store.leaf(index).expect("there");
    let value = store.payload(index).expect("there");
    let payload = Payload::new(&value).expect("canonical");
    let Value::Fields(fields) = &value else { panic!("fields") };
    let mut hashes = Vec::new();
    let mut shown = Vec::new();
    for (name, value) in fields {
        let opened = payload.open_field(&salt, name).expect("there");
        let length = (name.len() as u16).to_be_bytes();
        let hash = sha256(&[&[0], &opened.salt, &length, name.as_bytes(), &encode(value)]);
        shown.push(json!({
            "name": name,
            "value": String::from_utf8(encode(value)).expect("UTF-8"),
            "salt": hex(opened.salt),
            "hash": hex(&hash),
            "path": opened.path.iter().map(hex).collect::<Vec<_>>(),
        }));
        hashes.push(hash);
        verify_field(&payload.commit(&salt), &opened).expect("it opens");
    }
    assert_eq!(root(&hashes), payload.commit(&salt), "the commitment is the root over the fields");
    let text = String::from_utf8(leaf.clone()).expect("UTF-8");
    let (envelope, signature) = text.split_once('\n').expect("two lines");
    assert!(envelope.contains(&hex(root(&hashes))), "the envelope carries the commitment");
    let signature = BASE64_STANDARD.decode(signature.trim_end()).expect("base64");
    let signature = ed25519_dalek::Signature::from_slice(&signature).expect("64 bytes");
    let key = store.keys().authors[&store.author()];
    key.verify_strict(format!("backstop-entry/1\n{envelope}").as_bytes(), &signature).expect("signed");
    json!({
        "payload": String::from_utf8(payload.bytes().to_vec()).expect("UTF-8"),
        "salt": hex(salt),
        "fields": shown,
        "commitment": hex(root(&hashes)),
        "envelope": envelope,
        "leaf": text,
        "leaf_hash": hex(sha256(&[&[0], &leaf])),
    })
}

/// Splits a segment by its lengths and follows its chain of checks.
fn segment_vector(segment: &[u8], entries: &[Json]) -> Json {
    let mut before = sha256(&[&segment[..59]]);
    let mut rest = &segment[59..];
    let mut records = Vec::new();
    for entry in entries {
        let word = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().expect("four bytes")) as usize;
        let (leaf, payload) = (word(4), word(8));
        assert_eq!(rest[28..36], sha256(&[&before, &rest[..28]])[..8]);
        let content = sha256(&[&rest[36..68], &rest[68 + leaf..68 + leaf + payload]]);
        assert_eq!(rest[68..68 + leaf], *entry["leaf"].as_str().expect("a text").as_bytes());
        let check = sha256(&[&before, &rest[..36], &content, &rest[68..68 + leaf]]);
        let end = 68 + leaf + payload;
        assert_eq!(rest[end..end + 32], check);
        records.push(json!({ "header": hex(&rest[..36]), "check": hex(&check) }));
        before = check;
        rest = &rest[end + 32..];
    }
    assert!(rest.is_empty(), "a closed store is trimmed");
    json!({ "header": hex(&segment[..59]), "records": records, "sha256": hex(sha256(&[segment])) })
}

#[test]
fn vectors_are_as_published() {
    let scratch = Scratch::new();
    let settings = Settings {
        data_class: DataClass::Simulated,
        mission: "vectors".into(),
        created_at_ms: 1_775_900_000_000,
        seed: Some([1; 32]),
    };
    let mut store = Store::create_plain(&scratch.path(), &settings).expect("created");
    store.append((0..3).map(new_entry).collect()).expect("appended");
    store.publish().expect("published");
    let entries: Vec<Json> = (0..3).map(|index| entry_vector(&store, index)).collect();
    let read = |name: &str| fs::read(scratch.path().join(name)).expect("read");
    let hashes: Vec<Vec<u8>> = (0..3).map(|index| sha256(&[&[0], &store.leaf(index).expect("there")])).collect();
    assert_eq!(root(&hashes), store.root().0);
    assert_eq!(read("log/tile/0/000.p/3"), hashes.concat());
    let text = |name: &str| String::from_utf8(read(name)).expect("UTF-8");
    let (receipt, checkpoint) = (store.prove(2).expect("proved"), store.checkpoint_text().to_owned());
    let (author, root) = (store.author(), store.root());
    drop(store);
    let vectors = json!({
        "format": 1,
        "store_toml": text("store.toml"),
        "author": { "id": author.to_string(), "file": text("keys/author.pub") },
        "entries": entries,
        "log": {
            "vkey": text("keys/log.pub").trim_end(),
            "root": hex(root.0),
            "checkpoint": checkpoint,
            "tile/0/000.p/3": hex(read("log/tile/0/000.p/3")),
            "tile/entries/000.p/3 sha256": hex(sha256(&[&read("log/tile/entries/000.p/3")])),
            "receipt of entry 2": receipt,
        },
        "segment": segment_vector(&read("payloads/00000000.seg"), &entries),
    });
    published_as("record-1.json", &vectors);
}

/// HMAC-SHA256 (RFC 2104), written out.
fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let message = parts.concat();
    sha256(&[&pad(0x5c), &sha256(&[&pad(0x36), &message])])
}

/// ChaCha20-Poly1305 with a nonce of zeros.
fn open(key: &[u8], sealed: &[u8]) -> Vec<u8> {
    use chacha20poly1305::aead::Aead;
    use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
    let key: [u8; 32] = key.try_into().expect("32 bytes");
    ChaCha20Poly1305::new(&key.into()).decrypt(&Nonce::default(), sealed).expect("it opens")
}

/// From a reader's secret and the root down to what one entry says, as `docs/record.md` tells it.
#[test]
fn sealed_vectors_are_as_published() {
    let scratch = Scratch::new();
    let settings = Settings {
        data_class: DataClass::Simulated,
        mission: "vectors".into(),
        created_at_ms: 1_775_900_000_000,
        seed: Some([1; 32]),
    };
    let mut store = Store::create(&scratch.path(), &settings).expect("created");
    store.append((0..3).map(new_entry).collect()).expect("appended");
    store.publish().expect("published");
    let (leaves, salts): (Vec<_>, Vec<_>) =
        (0..3).map(|index| (store.leaf(index).expect("there"), store.salt(index).expect("there"))).unzip();
    drop(store);
    let read = |name: &str| fs::read(scratch.path().join(name)).expect("read");
    let text = |name: &str| String::from_utf8(read(name)).expect("UTF-8");
    let base64 = |value: &Json| BASE64_STANDARD.decode(value.as_str().expect("a text")).expect("base64");
    let secret = text("keys/reader.key");
    let secret: [u8; 32] =
        base64(&json!(secret.trim_end().split_once(' ').expect("two words").1)).try_into().expect("32");
    let public = x25519_dalek::x25519(secret, x25519_dalek::X25519_BASEPOINT_BYTES);
    let halves = read("record-keys/root");
    assert_eq!(halves[56..88], sha256(&[&halves[..56]]));
    let root = &halves[24..56];
    let table = text("record-keys/table-00000000");
    let lines: Vec<Json> = table.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let sealed =
        lines[0]["boxes"].as_array().expect("a list").iter().find(|it| it["class"] == "mission").expect("there");
    let sealed = base64(&sealed["key"]);
    let ephemeral: [u8; 32] = sealed[..32].try_into().expect("32");
    let shared = x25519_dalek::x25519(secret, ephemeral);
    let class_key = open(&hmac(root, &[b"reader\n", &shared, &ephemeral, &public, b"mission"]), &sealed[32..]);
    let numbers = [0u64.to_be_bytes(), 0u64.to_be_bytes()].concat();
    let page_key = open(
        &hmac(&class_key, &[b"page\n", &numbers, &base64(&lines[1]["salt"])]),
        &base64(&lines[1]["keys"]["mission"]),
    );
    let (page, segment) = (read("record-keys/page-00000000-00000000"), read("payloads/00000000.seg"));
    let (mut before, mut rest) = (sha256(&[&segment[..59]]), &segment[59..]);
    let mut entries = Vec::new();
    for (index, (leaf, salt)) in leaves.iter().zip(&salts).enumerate() {
        let slot_key = hmac(&page_key, &[b"slot\n", &(index as u64).to_be_bytes(), &sha256(&[&[0], leaf])]);
        let slot = open(&slot_key, &page[index * 80..index * 80 + 80]);
        assert_eq!(slot[..32], *salt);
        let word = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().expect("four bytes")) as usize;
        let end = 36 + leaf.len() + word(8);
        assert_eq!(
            (&rest[..4], word(4), &rest[36..36 + leaf.len()]),
            (b"BSR2".as_slice(), leaf.len(), leaf.as_slice())
        );
        let sealed = &rest[36 + leaf.len()..end];
        let check = sha256(&[&before, &rest[..36], &sha256(&[sealed]), leaf]);
        assert_eq!(rest[end..end + 32], check);
        let mut payload = open(&slot[32..], sealed);
        assert_eq!(payload.len() % 256, 0);
        payload.truncate(payload.iter().rposition(|byte| *byte != 0).expect("not empty") + 1);
        let payload = Payload::from_bytes(payload).expect("canonical");
        assert!(String::from_utf8_lossy(leaf).contains(&hex(payload.commit(salt))));
        entries.push(json!({
            "leaf": String::from_utf8_lossy(leaf),
            "slot_key": hex(&slot_key),
            "salt": hex(salt),
            "record_key": hex(&slot[32..]),
            "header": hex(&rest[..36]),
            "sealed": hex(sealed),
            "payload": String::from_utf8_lossy(payload.bytes()),
            "check": hex(&check),
        }));
        (before, rest) = (check, &rest[end + 32..]);
    }
    assert!(rest.is_empty(), "a closed store is trimmed");
    let vectors = json!({
        "format": 2,
        "store_toml": text("store.toml"),
        "keys/reader.key": text("keys/reader.key"),
        "reader": hex(public),
        "root": hex(root),
        "table": table,
        "class_key mission": hex(&class_key),
        "page_key mission": hex(&page_key),
        "page sha256": hex(sha256(&[&page])),
        "segment header": hex(&segment[..59]),
        "segment sha256": hex(sha256(&[&segment])),
        "entries": entries,
    });
    published_as("record-2.json", &vectors);
}

fn published_as(name: &str, vectors: &Json) {
    let found = serde_json::to_string_pretty(vectors).expect("JSON") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a directory")).expect("created");
        fs::write(&path, &found).expect("written");
    }
    let published = fs::read_to_string(&path).expect(name);
    assert_eq!(found, published, "the format of the record has changed; a new format needs a new number");
}

#[test]
fn a_statement_is_as_published() {
    let (seed, salt) = ([7_u8; 32], [8_u8; 32]);
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let author = hex(&sha256(&[key.verifying_key().as_bytes()])[..16]);
    let payload = Payload::new(&Value::Fields([("text".to_owned(), Value::Text("тихо".to_owned()))].into()));
    let payload = payload.expect("canonical");
    let commitment = hex(payload.commit(&salt));
    let statement = format!(
        r#"{{"author":"{author}","class":"mission","commitment":"{commitment}","format":2,"kind":"observation","number":1,"written_at_ms":1775900000000}}"#
    );
    let signature = ed25519_dalek::Signer::sign(&key, format!("backstop-entry/2\n{statement}").as_bytes());
    let signed = format!("{statement}\n{}\n", BASE64_STANDARD.encode(signature.to_bytes()));
    let leaf = format!("{signed}1775900600000\n");
    let envelope = mission::record::envelope::verify(leaf.as_bytes(), &key.verifying_key()).expect("signed");
    assert_eq!(mission::record::envelope::state(&envelope, &key).expect("signed"), signed.as_bytes());
    let submission = Submission { statement: signed.clone().into(), salt, payload: payload.bytes().to_vec() };
    let line = submission.to_line().expect("text");
    assert_eq!(Submission::parse(&line), Some(submission));
    published_as(
        "statement-1.json",
        &json!({
            "secret_key": hex(seed),
            "public_key": hex(key.verifying_key().as_bytes()),
            "author": author,
            "salt": hex(salt),
            "payload": String::from_utf8_lossy(payload.bytes()),
            "commitment": commitment,
            "envelope": statement,
            "statement": signed,
            "received_at_ms": 1_775_900_600_000_i64,
            "leaf": leaf,
            "leaf_hash": hex(sha256(&[&[0], leaf.as_bytes()])),
            "submission": String::from_utf8_lossy(&line),
        }),
    );
}
