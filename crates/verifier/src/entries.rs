//! Takes a signed head and tiles; gives entries of the log, each proved to lie under that head, with what its envelope says.
//! Never shows an entry that the head does not cover.

use crate::head;
use crate::outcome::{Answer, Outcome, Verdict};
use crate::request::Request;
use crate::tiles::{Gap, Tiles};
use ed25519_dalek::VerifyingKey;
use ledger::tree::{leaf_hash, prove_inclusion, verify_inclusion};
use ledger::{Hash, Proof};
use mission::record::envelope::{self, KeyId, parse_author_line};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most entries that one answer lists.
const MAX_ENTRIES: u64 = 256;

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
    if !needed.is_empty() {
        return Ok(Outcome::Needs(needed.into_iter().collect()));
    }
    for (index, leaf, path) in &found {
        if let Err(error) = verify_inclusion(leaf_hash(leaf), *index, head.size, path, head.root) {
            let answer = Answer::new("log", Verdict::No, "log.other", json!({ "index": index }));
            return Ok(Outcome::of(vec![answer.detailed(error)], json!({ "head": head::about(&head) })));
        }
    }
    let listed: Vec<Value> = found.iter().map(|(index, leaf, _)| about(*index, leaf, &authors)).collect();
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

/// What an entry says in public. Its signature is `yes`, `no`, or `cannot_tell` where the author's key was not brought.
pub(crate) fn about(index: u64, leaf: &[u8], authors: &BTreeMap<KeyId, VerifyingKey>) -> Value {
    let raw = String::from_utf8_lossy(leaf);
    let mut entry = json!({ "index": index, "leaf": raw, "hash": leaf_hash(leaf).to_string() });
    match envelope::open(leaf) {
        Ok((envelope, _)) => {
            let signature = match authors.get(&envelope.author) {
                None => "cannot_tell",
                Some(key) if envelope::verify(leaf, key).is_ok() => "yes",
                Some(_) => "no",
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
            let (id, key) = parse_author_line(line.trim_end())
                .ok_or_else(|| format!("`{}` is no author's key", crate::short(line)))?;
            authors.insert(id, key);
        }
    }
    Ok(authors)
}
