//! Takes one file with what a reader dropped beside it; gives the three answers about it: are its
//! bytes those that were given out, does the log admit to them, and did others see the same log. Never takes the word of
//! what lies beside a file: signature, commitment, path and root are all worked out again.

use crate::entries;
use crate::head::{self, Trust};
use crate::held;
use crate::outcome::{Answer, Outcome, Verdict};
use crate::request::Request;
use crate::tiles::{Gap, Tiles};
use ledger::{Checkpoint, Evidence, Proof, VerifyingIdentity, evidence};
use mission::record::canonical::{Value as Said, decode};
use mission::record::commitment::{OpenedField, verify_field};
use mission::record::envelope::{self, Envelope, parse_author_line};
use mission::record::hex::{bytes_of_hex, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What the JSON beside a published file calls itself.
const ENTRY_SCHEMA: &str = "backstop.file-entry/1";
/// Longest text beside a file.
const MAX_BESIDE_BYTES: usize = 8 << 20;

/// What was dropped, told apart by what is in it and never by its name.
enum Dropped<'a> {
    Proof(&'a str),
    Entry(Box<Value>),
    Evidence(&'a str),
    Head(&'a str),
    Other(&'a str, &'a [u8]),
}

/// Answers about what was dropped.
pub(crate) fn answer(request: &Request<'_>) -> Result<Outcome, String> {
    let trust = Trust::of(request)?;
    let dropped: Vec<Dropped<'_>> = request.named("file ").map(|(name, bytes)| recognise(name, bytes)).collect();
    let proof = dropped.iter().find_map(|one| if let Dropped::Proof(text) = one { Some(*text) } else { None });
    let entry =
        dropped.iter().find_map(|one| if let Dropped::Entry(entry) = one { Some(entry.as_ref()) } else { None });
    let others = dropped.iter().filter_map(|one| match one {
        Dropped::Other(name, bytes) => Some((*name, *bytes)),
        Dropped::Proof(_) | Dropped::Entry(_) | Dropped::Evidence(_) | Dropped::Head(_) => None,
    });
    let others: Vec<(&str, &[u8])> = others.collect();
    if others.len() > 1 {
        return Err("more than one file; ask about each with what belongs to it".to_owned());
    }
    let other = others.first().copied();
    match dropped.first() {
        None => Err("the request has no part `file NAME`".to_owned()),
        Some(Dropped::Evidence(text)) => Ok(convicts(text, &trust)),
        Some(Dropped::Head(text)) => Ok(kept_head(text, request, &trust)),
        Some(_) if other.is_some() || entry.is_some() => published(other, entry, proof, request, &trust),
        Some(_) => receipt(proof.unwrap_or_default(), request, &trust),
    }
}

fn recognise<'a>(name: &'a str, bytes: &'a [u8]) -> Dropped<'a> {
    let text = if bytes.len() <= MAX_BESIDE_BYTES { std::str::from_utf8(bytes).ok() } else { None };
    let Some(text) = text else { return Dropped::Other(name, bytes) };
    if text.starts_with("c2sp.org/tlog-proof@v1\n") {
        return Dropped::Proof(text);
    }
    if text.starts_with(evidence::FIRST_LINE) {
        return Dropped::Evidence(text);
    }
    let is_head = ledger::Note::parse(bytes).is_ok()
        && text.split_once("\n\n").is_some_and(|(head, _)| Checkpoint::parse(&format!("{head}\n")).is_ok());
    if is_head {
        return Dropped::Head(text);
    }
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str::<Value>(text)
        && value["schema"] == ENTRY_SCHEMA
    {
        return Dropped::Entry(Box::new(value));
    }
    Dropped::Other(name, bytes)
}

/// A published file with what lies beside it.
fn published(
    file: Option<(&str, &[u8])>,
    entry: Option<&Value>,
    proof: Option<&str>,
    request: &Request<'_>,
    trust: &Trust,
) -> Result<Outcome, String> {
    let sha256 = file.map(|(_, bytes)| hex(&Sha256::digest(bytes)));
    let name = file.map(|(name, _)| name).unwrap_or_default();
    let about = json!({ "file": name, "sha256": sha256 });
    let bytes = |verdict, why, values| Answer::new("bytes", verdict, why, values);
    let nothing = |why| Answer::new("log", Verdict::CannotTell, why, json!({}));
    let unseen = || Answer::new("others", Verdict::CannotTell, "others.no-head", json!({}));
    let Some(entry) = entry else {
        let alone = bytes(Verdict::CannotTell, "bytes.alone", json!({ "file": name, "sha256": sha256 }));
        return Ok(Outcome::of(vec![alone, nothing("log.no-entry"), unseen()], about));
    };
    let opened = match open_entry(entry) {
        Ok(opened) => opened,
        Err(Trouble::Unread(why)) => {
            let unread = bytes(Verdict::CannotTell, "bytes.unread", json!({ "file": name })).detailed(why);
            return Ok(Outcome::of(vec![unread, nothing("log.no-entry"), unseen()], about));
        }
        Err(Trouble::Wrong(why)) => {
            let unread = bytes(Verdict::CannotTell, "bytes.false-entry", json!({ "file": name }));
            let denied = Answer::new("log", Verdict::No, "log.false-entry", json!({})).detailed(why);
            return Ok(Outcome::of(vec![unread, denied, unseen()], about));
        }
    };
    let same = match (&sha256, file) {
        (Some(sha256), Some((name, _))) => same_bytes(name, sha256, entry["file"].as_str(), &opened),
        _ => bytes(Verdict::CannotTell, "bytes.missing", json!({ "file": entry["file"] })),
    };
    let Some(proof) = proof else { return Ok(Outcome::of(vec![same, nothing("log.no-receipt"), unseen()], about)) };
    let its_key = entry["log_key"].as_str().and_then(|key| VerifyingIdentity::parse(key).ok());
    in_the_log(vec![same], &opened.leaf, Some((entry["index"].as_u64(), its_key)), proof, request, trust, about)
}

/// A receipt without the file that it is for: the entry is looked up in the log.
fn receipt(proof: &str, request: &Request<'_>, trust: &Trust) -> Result<Outcome, String> {
    let unread = |why: &'static str, detail: String| {
        let bytes = Answer::new("bytes", Verdict::CannotTell, "bytes.receipt-unread", json!({}));
        let log = Answer::new("log", Verdict::CannotTell, why, json!({})).detailed(detail);
        let others = Answer::new("others", Verdict::CannotTell, "others.no-head", json!({}));
        Ok(Outcome::of(vec![bytes, log, others], json!({})))
    };
    let parsed = match Proof::parse(proof) {
        Ok(parsed) => parsed,
        Err(error) => return unread("log.receipt-unread", error.to_string()),
    };
    let head = match trust.key().and_then(|key| head::read(request, "checkpoint", key)) {
        Ok(head) => head,
        Err(why) => return unread("log.absent", why),
    };
    if parsed.index >= head.size {
        let values = json!({ "index": parsed.index, "size": head.size });
        let bytes = Answer::new("bytes", Verdict::CannotTell, "bytes.receipt-ahead", values.clone());
        let log = Answer::new("log", Verdict::No, "log.shorter", values);
        return Ok(Outcome::of(vec![bytes, log], json!({})));
    }
    let leaf = match Tiles::of(request, head.size).entry(parsed.index) {
        Ok(leaf) => leaf,
        Err(gap @ Gap::Needed(_)) => return Ok(Outcome::gap("log", gap)),
        Err(Gap::Absent(why)) => return unread("log.absent", why),
    };
    let about = json!({ "entry": entries::about(parsed.index, leaf, &BTreeMap::new(), None) });
    let kind = about["entry"]["kind"].clone();
    let values = json!({ "index": parsed.index, "kind": kind });
    let holds = parsed.verify(leaf, trust.key()?, &[]);
    let bytes = match &holds {
        Ok(_) => Answer::new("bytes", Verdict::Yes, "bytes.entry", values),
        Err(ledger::Error::ProofFailed { .. }) => Answer::new("bytes", Verdict::No, "bytes.other-entry", values),
        Err(_) => Answer::new("bytes", Verdict::CannotTell, "bytes.receipt-unread", values),
    };
    in_the_log(vec![bytes], leaf, None, proof, request, trust, about)
}

/// Adds whether the log admits to the leaf, who else saw it, and whether the log shown now goes on from the receipt's.
fn in_the_log(
    mut answers: Vec<Answer>,
    leaf: &[u8],
    entry: Option<(Option<u64>, Option<VerifyingIdentity>)>,
    proof: &str,
    request: &Request<'_>,
    trust: &Trust,
    mut about: Value,
) -> Result<Outcome, String> {
    let say = |verdict, why, values| Answer::new("log", verdict, why, values);
    let no_head = || Answer::new("others", Verdict::CannotTell, "others.no-head", json!({}));
    let finish = |answers: Vec<Answer>, about: Value| Ok(Outcome::of(answers, about));
    let parsed = match Proof::parse(proof) {
        Ok(parsed) => parsed,
        Err(error) => {
            answers.push(say(Verdict::CannotTell, "log.receipt-unread", json!({})).detailed(error));
            answers.push(no_head());
            return finish(answers, about);
        }
    };
    let (index, its_key) = entry.unwrap_or((Some(parsed.index), trust.log.clone()));
    let Some(key) = trust.log.as_ref().or(its_key.as_ref()) else {
        answers.push(say(Verdict::CannotTell, "log.no-key", json!({})));
        answers.push(no_head());
        return finish(answers, about);
    };
    let denied = match (&its_key, index) {
        (Some(its), _) if its != key => Some(("log.other-key", its.to_string())),
        (_, Some(index)) if index == parsed.index => {
            parsed.verify(leaf, key, &[]).err().map(|error| ("log.denies", error.to_string()))
        }
        _ => Some(("log.other-entry", String::new())),
    };
    if let Some((why, detail)) = denied {
        answers.push(say(Verdict::No, why, json!({ "index": parsed.index })).detailed(detail));
        answers.push(no_head());
        return finish(answers, about);
    }
    let (head, _) = Checkpoint::open(parsed.checkpoint.as_bytes(), key, &[]).map_err(|error| error.to_string())?;
    let values =
        json!({ "index": parsed.index, "size": head.size, "root": head.root.to_base64(), "key": key.to_string() });
    answers.push(match &trust.log {
        Some(_) => say(Verdict::Yes, "log.has", values),
        None => say(Verdict::CannotTell, "log.key-beside", values),
    });
    answers.push(trust.others(parsed.checkpoint.as_bytes()));
    about["receipt"] = head::about(&head);
    // The receipt was given at some time; the log of today must go on from there, and still have the entry.
    if let (Some(key), Ok(shown)) = (&trust.log, request.text("checkpoint"))
        && let Ok(now) = head::read(request, "checkpoint", key)
    {
        let tiles = Tiles::of(request, now.size);
        match held::begins(&parsed.checkpoint, shown, &now, key, &tiles) {
            Ok((answer, evidence)) => {
                answers.push(answer);
                if let Some(evidence) = evidence {
                    about["evidence"] = json!(evidence);
                }
            }
            Err(gap @ Gap::Needed(_)) => return Ok(Outcome::gap("held", gap)),
            Err(Gap::Absent(why)) => {
                answers.push(Answer::new("held", Verdict::CannotTell, "log.absent", json!({})).detailed(why));
            }
        }
    }
    finish(answers, about)
}

/// Evidence that a log said two things: whether it convicts the key.
fn convicts(text: &str, trust: &Trust) -> Outcome {
    let say = |verdict, why, values| Answer::new("evidence", verdict, why, values);
    let evidence = match Evidence::parse(text) {
        Ok(evidence) => evidence,
        Err(error) => {
            return Outcome::of(
                vec![say(Verdict::CannotTell, "evidence.unread", json!({})).detailed(error)],
                json!({}),
            );
        }
    };
    let ours = trust.log.as_ref().map(|key| *key == evidence.log);
    let values = json!({ "key": evidence.log.to_string(), "ours": ours });
    Outcome::of(
        vec![match evidence.judge() {
            // The question is whether the log can be believed, so a conviction is a no.
            Ok(evidence::Verdict::Contradict) => say(Verdict::No, "evidence.convicts", values),
            Ok(evidence::Verdict::Agree) => say(Verdict::Yes, "evidence.agrees", values),
            Ok(evidence::Verdict::CannotTell) => say(Verdict::CannotTell, "evidence.open", values),
            Err(error) => say(Verdict::CannotTell, "evidence.worthless", values).detailed(error),
        }],
        json!({}),
    )
}

/// A head that a reader kept: whether the log shown now begins with it.
fn kept_head(held: &str, request: &Request<'_>, trust: &Trust) -> Outcome {
    let absent = |why: String| {
        let answer = Answer::new("held", Verdict::CannotTell, "log.absent", json!({})).detailed(why);
        Outcome::of(vec![answer, trust.others(held.as_bytes())], json!({}))
    };
    let key = match trust.key() {
        Ok(key) => key,
        Err(why) => return absent(why),
    };
    let (head, shown) = match (head::read(request, "checkpoint", key), request.text("checkpoint")) {
        (Ok(head), Ok(shown)) => (head, shown),
        (Err(why), _) | (_, Err(why)) => return absent(why),
    };
    match held::begins(held, shown, &head, key, &Tiles::of(request, head.size)) {
        Ok((answer, evidence)) => {
            let others = trust.others(held.as_bytes());
            Outcome::of(vec![answer, others], json!({ "head": head::about(&head), "evidence": evidence }))
        }
        Err(gap) => Outcome::gap("held", gap),
    }
}

/// An entry that was opened beside a file: checked against its author's signature and its own commitment.
struct Opened {
    leaf: Vec<u8>,
    envelope: Envelope,
    fields: BTreeMap<String, Said>,
}

enum Trouble {
    /// It cannot be read.
    Unread(String),
    /// It is not what its author signed.
    Wrong(String),
}

fn open_entry(entry: &Value) -> Result<Opened, Trouble> {
    let unread = |what: &str| Trouble::Unread(format!("`{what}` in the entry cannot be read"));
    let leaf = entry["leaf"].as_str().ok_or_else(|| unread("leaf"))?.as_bytes().to_vec();
    let (_, key) =
        entry["author"].as_str().map(str::trim_end).and_then(parse_author_line).ok_or_else(|| unread("author"))?;
    let envelope = envelope::verify(&leaf, &key).map_err(|error| Trouble::Wrong(error.to_string()))?;
    let mut fields = BTreeMap::new();
    for field in entry["fields"].as_array().ok_or_else(|| unread("fields"))? {
        let opened = read_field(field).ok_or_else(|| unread("fields"))?;
        verify_field(&envelope.commitment, &opened)
            .map_err(|error| Trouble::Wrong(format!("field `{}`: {error}", crate::short(&opened.name))))?;
        fields.insert(opened.name, opened.value);
    }
    Ok(Opened { leaf, envelope, fields })
}

fn read_field(field: &Value) -> Option<OpenedField> {
    let place = |name: &str| usize::try_from(field[name].as_u64()?).ok();
    Some(OpenedField {
        name: field["name"].as_str()?.to_owned(),
        value: decode(field["value"].as_str()?.as_bytes()).ok()?,
        salt: bytes_of_hex(field["salt"].as_str()?)?,
        index: place("index")?,
        count: place("count")?,
        path: field["path"].as_array()?.iter().map(|hash| bytes_of_hex(hash.as_str()?)).collect::<Option<_>>()?,
    })
}

/// Whether the entry names these bytes.
fn same_bytes(name: &str, sha256: &str, known_as: Option<&str>, opened: &Opened) -> Answer {
    let say = |verdict, why, values| Answer::new("bytes", verdict, why, values);
    if opened.envelope.kind != "bulletin.published" {
        return say(Verdict::CannotTell, "bytes.other-kind", json!({ "kind": opened.envelope.kind }));
    }
    let listed = files(opened);
    let text = |name: &str| opened.fields.get(name).and_then(words).unwrap_or_default();
    let found = listed.iter().find(|(_, published)| *published == sha256);
    let meant = listed.iter().find(|(file, _)| Some(*file) == known_as || *file == name);
    match (found, meant) {
        (Some((published, _)), _) => say(
            Verdict::Yes,
            "bytes.same",
            json!({ "file": published, "bulletin": text("bulletin"), "day": text("day"), "sha256": sha256 }),
        ),
        (None, Some((file, published))) => {
            say(Verdict::No, "bytes.changed", json!({ "file": file, "sha256": sha256, "published": published }))
        }
        (None, None) => say(Verdict::No, "bytes.unnamed", json!({ "file": name, "sha256": sha256 })),
    }
}

/// Name and hash of each file that a publication lists.
fn files(opened: &Opened) -> Vec<(&str, &str)> {
    let Some(Said::List(files)) = opened.fields.get("files") else { return Vec::new() };
    files.iter().filter_map(file_of).collect()
}

fn file_of(file: &Said) -> Option<(&str, &str)> {
    match file {
        Said::Fields(fields) => Some((words(fields.get("name")?)?, words(fields.get("sha256")?)?)),
        Said::Text(_) | Said::Integer(_) | Said::List(_) => None,
    }
}

fn words(value: &Said) -> Option<&str> {
    match value {
        Said::Text(text) => Some(text),
        Said::Integer(_) | Said::List(_) | Said::Fields(_) => None,
    }
}
