//! Takes nothing; gives a small log with one published file, requests about them with the answers they must get, and damage.
//! Everything follows from fixed keys and a counter, so that every build is asked the same.

pub(crate) mod replay;

use ed25519_dalek::SigningKey;
use ledger::tile::{Content, push_entry, tiles};
use ledger::tree::{Edge, Subtree, leaf_hash};
use ledger::{Checkpoint, Evidence, Hash, Proof, SigningIdentity, WitnessIdentity, tree};
use mission::record::canonical::{Value, encode};
use mission::record::commitment::Payload;
use mission::record::envelope::{Class, Envelope, KeyId, seal};
use mission::record::payloads::{self, Opened, State};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const SIZE: u64 = 300;
/// Where the publication is.
const PUBLISHED: u64 = 290;
/// Entries of whose payload nothing is given, and one of which another's is.
const WITHHELD: u64 = 291;
const ERASED: u64 = 292;
const OTHER: u64 = 293;
const FILE: &str = "SIM_daily-2031-05-04.csv";
const BYTES: &[u8] = b"incident,act\nINC-1,shelling\n";
const ORIGIN: &str = "backstop-sim/made";
const SALT: [u8; 32] = [9; 32];

pub(crate) struct Made {
    log: SigningIdentity,
    leaves: Vec<Vec<u8>>,
    tiles: BTreeMap<String, Vec<u8>>,
    head: String,
    payload: Payload,
    policy: String,
}

type Parts = BTreeMap<String, Vec<u8>>;

impl Made {
    pub(crate) fn new() -> Made {
        let log = SigningIdentity::new(ORIGIN, SigningKey::from_bytes(&[1; 32])).expect("made");
        let author = SigningKey::from_bytes(&[2; 32]);
        let witness = WitnessIdentity::new("witness.example/one", SigningKey::from_bytes(&[3; 32])).expect("made");
        let payload = publication();
        let entry = |index: u64| {
            let other = said(index);
            let (kind, said) =
                if index == PUBLISHED { ("bulletin.published", &payload) } else { ("observation", &other) };
            let envelope = Envelope {
                kind: kind.to_owned(),
                author: KeyId::of(&author.verifying_key()),
                class: Class::Public,
                received_at_ms: 1_935_000_000_000 + index as i64,
                commitment: said.commit(&SALT),
                written: None,
            };
            seal(&envelope, &author).expect("made")
        };
        let leaves: Vec<Vec<u8>> = (0..SIZE).map(entry).collect();
        let head = signed(&log, &leaves);
        let text = head.split("\n\n").next().expect("made").to_owned() + "\n";
        let cosignature = witness.cosign(&text, 1_935_000_000).expect("made");
        let policy = format!("log {}\nwitness one {}\nquorum one\n", log.public(), witness.public());
        let mut tiles = tiled(&leaves);
        let open = |index: u64| match index {
            PUBLISHED => State::Open(SALT, payload.clone()),
            WITHHELD => State::Withheld,
            ERASED => State::Erased,
            index => State::Open(SALT, said(if index == OTHER { 7 } else { index })),
        };
        let bundle: Vec<Opened> = (256..SIZE).map(|index| Opened { index, state: open(index) }).collect();
        tiles.insert("payloads/001.p/44".to_owned(), payloads::write(&bundle));
        Made { tiles, log, leaves, head: head + &cosignature, payload, policy }
    }

    /// Requests with a name and what must be answered.
    pub(crate) fn requests(&self) -> Vec<(String, Vec<u8>, &'static str)> {
        let entry = format!("file {FILE}.entry.json");
        let proof = format!("file {FILE}.tlog-proof");
        let file = format!("file {FILE}");
        let drop = |parts: &mut Parts, name: &str| drop_part(parts, name);
        let forged = SigningIdentity::new(ORIGIN, SigningKey::from_bytes(&[7; 32])).expect("made");
        let mut rewritten = self.leaves[..120].to_vec();
        rewritten[5] = self.leaves[6].clone();
        let mut list: Vec<(&str, Vec<u8>, &'static str)> = vec![
            ("a published file", self.file_request(|_| {}), "bytes=yes log=yes others=yes held=yes"),
            (
                "with other bytes",
                self.file_request(|parts| parts.get_mut(&file).expect("made")[0] ^= 1),
                "bytes=no log=yes others=yes held=yes",
            ),
            (
                "without its entry",
                self.file_request(|parts| drop(parts, &entry)),
                "bytes=cannot_tell log=cannot_tell others=cannot_tell",
            ),
            (
                "without its receipt",
                self.file_request(|parts| drop(parts, &proof)),
                "bytes=yes log=cannot_tell others=cannot_tell",
            ),
            (
                "without the file",
                self.file_request(|parts| drop(parts, &file)),
                "bytes=cannot_tell log=yes others=yes held=yes",
            ),
            ("offline", self.file_request(|parts| drop(parts, "checkpoint")), "bytes=yes log=yes others=yes"),
            (
                "offline, without the log's key",
                self.file_request(|parts| {
                    drop(parts, "checkpoint");
                    drop(parts, "log-key");
                }),
                "bytes=yes log=cannot_tell others=yes",
            ),
            (
                "without a trust file",
                self.file_request(|parts| drop(parts, "policy")),
                "bytes=yes log=yes others=cannot_tell held=yes",
            ),
            (
                "with another log's key",
                self.file_request(|parts| {
                    parts.insert("log-key".into(), forged.public().to_string().into_bytes());
                }),
                "bytes=yes log=no others=cannot_tell",
            ),
            (
                "a receipt of another entry",
                self.file_request(|parts| {
                    parts.insert(proof.clone(), self.proof(3).into_bytes());
                }),
                "bytes=yes log=no others=cannot_tell",
            ),
            (
                "a tile that cannot be had",
                self.file_request(|parts| {
                    parts.retain(|name, _| !name.starts_with("tile/"));
                    parts.insert("absent tile/0/001.p/44".into(), vec![]);
                    parts.insert("absent tile/1/000.p/1".into(), vec![]);
                }),
                "bytes=yes log=yes others=yes held=yes",
            ),
        ];
        let receipt = |text: &str| self.asked(&[("ask", "file"), ("file a.tlog-proof", text)], |_| {});
        list.push(("a receipt alone", receipt(&self.proof(7)), "bytes=yes log=yes others=yes held=yes"));
        list.push((
            "a receipt with another index",
            receipt(&self.proof(7).replace("index 7\n", "index 8\n")),
            "bytes=no log=no others=cannot_tell",
        ));
        list.push((
            "a receipt beyond the log",
            receipt(&self.proof(7).replace("index 7\n", "index 7000\n")),
            "bytes=cannot_tell log=no",
        ));
        list.push((
            "a receipt cut short",
            receipt("c2sp.org/tlog-proof@v1\nindex 7\n"),
            "bytes=cannot_tell log=cannot_tell others=cannot_tell",
        ));
        let kept = |text: &str| self.asked(&[("ask", "held"), ("held", text)], |_| {});
        list.push(("a head of before", kept(&signed(&self.log, &self.leaves[..120])), "held=yes"));
        list.push(("a head of another history", kept(&signed(&self.log, &rewritten)), "held=no"));
        let longer = Checkpoint { origin: ORIGIN.into(), size: 400, root: tree::empty_root(), extensions: vec![] };
        list.push(("a head of more", kept(&longer.sign(&self.log).expect("made")), "held=no"));
        list.push(("a head by another key", kept(&signed(&forged, &self.leaves[..120])), "held=cannot_tell"));
        let dropped = signed(&self.log, &self.leaves[..120]);
        list.push((
            "a head that is dropped",
            self.asked(&[("ask", "file"), ("file a.checkpoint", &dropped)], |_| {}),
            "held=yes others=cannot_tell",
        ));
        let read = |subtree: Subtree| Ok::<Hash, ledger::Error>(subtree_of(&self.leaves, subtree));
        let evidence = ledger::evidence::compare(self.log.public(), &signed(&self.log, &rewritten), &self.head, read);
        let evidence: Evidence = evidence.expect("made").expect("made");
        list.push((
            "evidence",
            self.asked(&[("ask", "file"), ("file a.evidence", &evidence.to_text())], |_| {}),
            "evidence=no",
        ));
        list.push(("the head", self.asked(&[("ask", "head")], |_| {}), "log=yes others=yes"));
        list.push((
            "the newest entries",
            self.asked(&[("ask", "entries"), ("first", "280"), ("count", "50")], |_| {}),
            "log=yes",
        ));
        list.push(("what entries say", self.said_request(|_| {}), "log=yes"));
        list.push((
            "what cannot be had of what they say",
            self.said_request(|parts| {
                drop(parts, "payloads/001.p/44");
                parts.insert("absent payloads/001.p/44".into(), vec![]);
            }),
            "log=yes",
        ));
        list.push((
            "entries that are not there",
            self.asked(&[("ask", "entries"), ("first", "280"), ("count", "2")], |parts| {
                let bundle = parts.get_mut("tile/entries/001.p/44").expect("made");
                // Within the first of the two that are asked for: number 24 of 44.
                let at = bundle.len() * 49 / 88;
                bundle[at] ^= 1;
            }),
            "log=no",
        ));
        list.push((
            "two files",
            self.file_request(|parts| {
                parts.insert("file other.csv".into(), b"a,b".to_vec());
            }),
            "refused",
        ));
        list.push(("nothing that there is", verifier::write(&[("ask", b"weather")]), "refused"));
        list.push(("nothing at all", Vec::new(), "refused"));
        list.into_iter().map(|(name, request, expected)| (name.to_owned(), request, expected)).collect()
    }

    /// Five entries and what they say, after a change.
    pub(crate) fn said_request(&self, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
        self.asked(&[("ask", "entries"), ("said", ""), ("first", "289"), ("count", "5")], change)
    }

    /// The published file with everything that belongs to it, after a change.
    pub(crate) fn file_request(&self, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let proof = self.proof(PUBLISHED);
        let entry = self.entry_json();
        let file = format!("file {FILE}");
        let text = String::from_utf8(BYTES.to_vec()).expect("made");
        let parts = [
            ("ask", "file"),
            (&file, &text),
            (&format!("{file}.entry.json"), &entry),
            (&format!("{file}.tlog-proof"), &proof),
        ];
        self.asked(&parts, change)
    }

    /// Parts of which every byte matters, with their bytes.
    pub(crate) fn proved_parts(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("file SIM_daily-2031-05-04.csv", BYTES.to_vec()),
            ("file SIM_daily-2031-05-04.csv.tlog-proof", self.proof(PUBLISHED).into_bytes()),
            ("file SIM_daily-2031-05-04.csv.entry.json", self.entry_json().into_bytes()),
        ]
    }

    /// Whether the byte of the entry's JSON stands in a part that proves nothing: its spaces, and the names it gives.
    pub(crate) fn is_loose(&self, at: usize) -> bool {
        let text = self.entry_json();
        let proved = ["\"leaf\"", "\"value\"", "\"salt\"", "\"path\""];
        !proved.iter().any(|name| {
            text.match_indices(name).any(|(start, _)| {
                let end = text[start..].find("\",").map_or(text.len(), |length| start + length);
                (start + name.len() + 3..end).contains(&at)
            })
        })
    }

    /// A request with keys, head and the tiles that it needs.
    fn asked(&self, parts: &[(&str, &str)], change: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let mut all: Parts = parts.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        all.insert("log-key".into(), self.log.public().to_string().into_bytes());
        all.insert("policy".into(), self.policy.clone().into_bytes());
        all.insert("checkpoint".into(), self.head.clone().into_bytes());
        for _ in 0..6 {
            let answer: serde_json::Value = serde_json::from_slice(&verifier::answer(&written(&all))).expect("made");
            for path in answer["needs"].as_array().into_iter().flatten().filter_map(|path| path.as_str()) {
                all.insert(path.to_owned(), self.tiles[path].clone());
            }
        }
        change(&mut all);
        written(&all)
    }

    fn proof(&self, index: u64) -> String {
        let read = |subtree: Subtree| Ok::<Hash, ledger::Error>(subtree_of(&self.leaves, subtree));
        let path = tree::prove_inclusion(index, SIZE, read).expect("made");
        Proof { extra: None, index, path, checkpoint: self.head.clone() }.to_text()
    }

    fn entry_json(&self) -> String {
        let author = SigningKey::from_bytes(&[2; 32]).verifying_key();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let base64 = Hash(author.to_bytes()).to_base64();
        let opened =
            ["bulletin", "day", "files"].into_iter().map(|name| self.payload.open_field(&SALT, name).expect("made"));
        let opened = opened.map(|field| json!({
            "name": field.name, "value": String::from_utf8(encode(&field.value)).expect("made"), "salt": hex(&field.salt),
            "index": field.index, "count": field.count, "path": field.path.iter().map(|hash| hex(hash)).collect::<Vec<_>>(),
        }));
        json!({
            "schema": "backstop.file-entry/1", "file": FILE, "sha256": hex(&Sha256::digest(BYTES)), "index": PUBLISHED,
            "leaf": String::from_utf8(self.leaves[PUBLISHED as usize].clone()).expect("made"), "fields": opened.collect::<Vec<_>>(),
            "author": format!("backstop-author/1 {} {base64}", KeyId::of(&author)), "log_key": self.log.public().to_string(),
            "proof": format!("{FILE}.tlog-proof"),
        })
        .to_string()
    }
}

/// A request cut off, with so many bytes flipped, and with a part twice.
pub(crate) fn damaged(request: &[u8], times: u32) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..times {
        // A counter that jumps about (xorshift), the same everywhere.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let Some(at) = (state as usize).checked_rem(request.len()) else { return all };
        let mut flipped = request.to_vec();
        flipped[at] ^= 1 << (state >> 61);
        all.push(flipped);
        if state & 3 == 0 {
            all.push(request[..at].to_vec());
        }
    }
    all.push([request, request].concat());
    all
}

fn drop_part(parts: &mut Parts, name: &str) {
    parts.remove(name).expect("made");
}

fn written(parts: &Parts) -> Vec<u8> {
    let mut list: Vec<(&str, &[u8])> = vec![("ask", &parts["ask"])];
    list.extend(parts.iter().filter(|(name, _)| *name != "ask").map(|(name, part)| (name.as_str(), part.as_slice())));
    verifier::write(&list)
}

fn fields(list: &[(&str, Value)]) -> Value {
    Value::Fields(list.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// What the entries say that nobody published.
fn said(index: u64) -> Payload {
    let text = Value::Text("a word, ".repeat(40));
    Payload::new(&fields(&[("number", Value::Integer(index as i64)), ("text", text)])).expect("made")
}

fn publication() -> Payload {
    let sha256: String = Sha256::digest(BYTES).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = |text: &str| Value::Text(text.to_owned());
    let file =
        fields(&[("name", text(FILE)), ("sha256", text(&sha256)), ("bytes", Value::Integer(BYTES.len() as i64))]);
    let all = [
        ("bulletin", text("daily")),
        ("day", text("2031-05-04")),
        ("files", Value::List(vec![file])),
        ("program", text("made")),
    ];
    Payload::new(&fields(&all)).expect("made")
}

fn signed(log: &SigningIdentity, leaves: &[Vec<u8>]) -> String {
    let mut edge = Edge::default();
    leaves.iter().for_each(|leaf| edge.push(leaf_hash(leaf)));
    let head = Checkpoint { origin: ORIGIN.to_owned(), size: edge.size(), root: edge.root(), extensions: Vec::new() };
    head.sign(log).expect("made")
}

fn subtree_of(leaves: &[Vec<u8>], subtree: Subtree) -> Hash {
    let width = 1usize << subtree.level;
    let first = subtree.index as usize * width;
    let mut edge = Edge::default();
    leaves[first..first + width].iter().for_each(|leaf| edge.push(leaf_hash(leaf)));
    edge.root()
}

fn tiled(leaves: &[Vec<u8>]) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for tile in tiles(leaves.len() as u64) {
        let mut bytes = Vec::new();
        for place in 0..u64::from(tile.width) {
            let index = tile.index * 256 + place;
            match tile.content {
                Content::Entries => push_entry(&mut bytes, &leaves[index as usize]).expect("made"),
                Content::Hashes { level } => bytes.extend(subtree_of(leaves, Subtree { level: 8 * level, index }).0),
            }
        }
        all.insert(tile.to_string(), bytes);
    }
    all
}
