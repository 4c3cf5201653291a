//! Takes a signed head and tiles; gives entries of the log, each proved to lie under that head, with what its envelope says, and
//! in short what everyone may read of it. Never shows an entry that the head does not cover, nor words that it did not commit to.

use crate::head;
use crate::outcome::{Answer, Outcome, Verdict};
use crate::record::payloads_path;
use crate::request::Request;
use crate::tiles::{Gap, Tiles, bundles};
use crate::{Entry, short};
use ed25519_dalek::VerifyingKey;
use ledger::tile::WIDTH;
use ledger::tree::{leaf_hash, prove_inclusion, verify_inclusion};
use ledger::{Hash, Proof};
use mission::record::canonical;
use mission::record::envelope::{KeyId, parse_author_line};
use mission::record::payloads::{self, State};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most entries that one answer lists.
const MAX_ENTRIES: u64 = 256;
/// So much of each text is told in short.
const MAX_CHARS: usize = 160;

/// The entries `first` to `first + count`, each with its own proof.
pub(crate) fn answer(request: &Request<'_>) -> Result<Outcome, String> {
    let trust = head::Trust::of(request)?;
    let key = trust.key()?;
    let (first, count) = (request.number("first")?, request.number("count")?.min(MAX_ENTRIES));
    let head = match head::read(request, "checkpoint", key) {
        Ok(head) => head,
        Err(why) => {
            let answer = Answer::new("log", Verdict::No, "head.unsigned", json!({ "key": key.to_string() }));
            return Ok(Outcome::of(vec![answer.detailed(why)], json!({})));
        }
    };
    let end = first.saturating_add(count).min(head.size);
    let tiles = Tiles::of(request, head.size);
    let authors = authors(request)?;
    let mut needed = BTreeSet::new();
    let mut found = Vec::new();
    for index in first..end {
        match (tiles.entry(index), prove(&tiles, index, head.size)) {
            (Ok(leaf), Ok(path)) => found.push((index, leaf, path)),
            (leaf, path) => {
                for gap in [leaf.err(), path.err()].into_iter().flatten() {
                    match gap {
                        Gap::Needed(paths) => needed.extend(paths),
                        gap @ Gap::Absent(_) => return Ok(Outcome::gap("log", gap)),
                    }
                }
            }
        }
    }
    let said = Said::of(request, head.size, first..end);
    needed.extend(said.needed.iter().cloned());
    if !needed.is_empty() {
        return Ok(Outcome::Needs(needed.into_iter().collect()));
    }
    for (index, leaf, path) in &found {
        if let Err(error) = verify_inclusion(leaf_hash(leaf), *index, head.size, path, head.root) {
            let answer = Answer::new("log", Verdict::No, "log.other", json!({ "index": index }));
            return Ok(Outcome::of(vec![answer.detailed(error)], json!({ "head": head::about(&head) })));
        }
    }
    let listed: Vec<Value> =
        found.iter().map(|(index, leaf, _)| about(*index, leaf, &authors, said.state(*index))).collect();
    let values = json!({ "first": first, "count": listed.len(), "size": head.size });
    let mut about = json!({ "head": head::about(&head), "entries": listed });
    if let [(index, _, path)] = found.as_slice() {
        let checkpoint = request.text("checkpoint")?.to_owned();
        about["proof"] = json!(Proof { extra: None, index: *index, path: path.clone(), checkpoint }.to_text());
    }
    Ok(Outcome::of(vec![Answer::new("log", Verdict::Yes, "log.entries", values)], about))
}

/// The path of an entry, from tiles that nobody vouches for.
fn prove(tiles: &Tiles<'_>, index: u64, size: u64) -> Result<Vec<Hash>, Gap> {
    tiles.read(|read| prove_inclusion(index, size, read))
}

/// What everyone may read of the entries that are asked for, where the part `said` asks for that too.
struct Said {
    states: BTreeMap<u64, State>,
    needed: Vec<String>,
}

impl Said {
    fn of(request: &Request<'_>, size: u64, wanted: std::ops::Range<u64>) -> Said {
        let mut said = Said { states: BTreeMap::new(), needed: Vec::new() };
        if request.part("said").is_none() {
            return said;
        }
        let span = |bundle: ledger::Tile| {
            let first = bundle.index * u64::from(WIDTH);
            first..first + u64::from(bundle.width)
        };
        for bundle in bundles(size).filter(|it| span(*it).start < wanted.end && span(*it).end > wanted.start) {
            let path = payloads_path(bundle);
            match request.part(&path) {
                // A bundle that cannot be read says nothing of its entries, as one that is not there.
                Some(bytes) => {
                    let opened = payloads::read(bytes, span(bundle).start, bundle.width).unwrap_or_default();
                    said.states.extend(opened.into_iter().map(|it| (it.index, it.state)));
                }
                None if request.part(&format!("absent {path}")).is_none() => said.needed.push(path),
                None => {}
            }
        }
        said
    }

    fn state(&self, index: u64) -> Option<&State> {
        self.states.get(&index)
    }
}

/// The short fields of a payload; long texts are cut, and what has parts of its own is left out.
fn in_short(payload: &canonical::Value) -> Value {
    let canonical::Value::Fields(fields) = payload else { return json!({}) };
    let short = fields.iter().filter_map(|(name, value)| match value {
        canonical::Value::Integer(number) => Some((name.clone(), json!(number))),
        canonical::Value::Text(text) if text.chars().nth(MAX_CHARS).is_some() => {
            Some((name.clone(), json!(text.chars().take(MAX_CHARS).chain(['…']).collect::<String>())))
        }
        canonical::Value::Text(text) => Some((name.clone(), json!(text))),
        canonical::Value::List(_) | canonical::Value::Fields(_) => None,
    });
    Value::Object(short.collect())
}

/// What an entry says in public. Its signature is `yes`, `no`, or `cannot_tell` where the author's key was not brought; what it
/// says is `open` with its short fields, `other` where that is not what it committed to, `withheld` or `erased`.
pub(crate) fn about(index: u64, leaf: &[u8], authors: &BTreeMap<KeyId, VerifyingKey>, state: Option<&State>) -> Value {
    let raw = String::from_utf8_lossy(leaf);
    let mut entry = json!({ "index": index, "leaf": raw, "hash": leaf_hash(leaf).to_string() });
    match Entry::of(leaf, authors, state.unwrap_or(&State::Withheld)) {
        Ok(Entry { envelope, signed, committed, .. }) => {
            let signature = signed.word().replace(' ', "_");
            entry["said"] = match (state, committed) {
                (None, _) => Value::Null,
                (Some(_), crate::Answer::No(_)) => json!({ "state": "other" }),
                (Some(State::Open(_, payload)), _) => {
                    json!({ "state": "open", "fields": in_short(&payload.clone().into_value()) })
                }
                (Some(State::Withheld), _) => json!({ "state": "withheld" }),
                (Some(State::Erased), _) => json!({ "state": "erased" }),
            };
            entry["kind"] = json!(envelope.kind);
            entry["author"] = json!(envelope.author.to_string());
            entry["class"] = json!(envelope.class.word());
            entry["received_at_ms"] = json!(envelope.received_at_ms);
            entry["signature"] = json!(signature);
        }
        Err(error) => entry["unread"] = json!(error.to_string()),
    }
    entry
}

/// Author keys from the parts `author`, each one or more lines as files in `keys/` have them.
pub(crate) fn authors(request: &Request<'_>) -> Result<BTreeMap<KeyId, VerifyingKey>, String> {
    let mut authors = BTreeMap::new();
    for part in request.all("author") {
        let text = std::str::from_utf8(part).map_err(|_| "an author's key is not UTF-8".to_owned())?;
        for line in text.lines() {
            let (id, key) =
                parse_author_line(line.trim_end()).ok_or_else(|| format!("`{}` is no author's key", short(line)))?;
            authors.insert(id, key);
        }
    }
    Ok(authors)
}
