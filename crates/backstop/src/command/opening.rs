//! Opening: some fields of an entry for a stranger, and entries that are committed to now and opened later. Takes indexes and
//! files; gives files. Never writes a payload that is to be withheld into the store.

use super::outcome::{print, print_json, write_secret};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::storage::{NewEntry, Reader, Store};
use ledger::tree::leaf_hash;
use ledger::{Proof, VerifyingIdentity};
use mission::Closed;
use mission::record::Body;
use mission::record::body::{EntryName, PAYLOAD_REVEALED, REDACTION_ORDERED, Reveal};
use mission::record::canonical::{MAX_BYTES, Value, decode, encode};
use mission::record::commitment::Payload;
use mission::record::envelope::{Class, Envelope};
use mission::record::hex::{bytes_of_hex, hex};
use mission::record::opened::OpenedEntry;
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The value of the field `format` of a file with what is withheld.
const WITHHELD: &str = "backstop-withheld/1";
/// An opened entry holds a leaf, fields and a proof.
const MAX_OPENED_BYTES: u64 = MAX_BYTES as u64 + 1;

/// `backstop log open`: some fields of an entry, with all that a stranger needs to check them.
pub(super) fn open(reader: &Reader, index: u64, fields: &[String]) -> Result<Exit, Failure> {
    print(&String::from_utf8_lossy(&opened(reader, index, fields)?.to_bytes()))
}

fn opened(reader: &Reader, index: u64, fields: &[String]) -> Result<OpenedEntry, Failure> {
    let leaf = reader.leaf(index)?;
    let payload = Payload::new(&reader.payload(index)?).map_err(|error| Failure::new(Exit::Failed, error))?;
    let salt = reader.salt(index)?;
    let opened = fields.iter().map(|name| {
        payload.open_field(&salt, name).ok_or_else(|| {
            let why = format!("entry {index} has no field `{name}`; `backstop log show {index}` shows them");
            Failure::new(Exit::NotFound, why)
        })
    });
    let author = reader.keys().authors.get(&reader.entry(index)?.envelope.author);
    let author =
        *author.ok_or_else(|| Failure::new(Exit::CannotTell, "the author's public key is missing in `keys/`"))?;
    Ok(OpenedEntry { leaf, author, fields: opened.collect::<Result<_, _>>()?, proof: reader.prove(index)? })
}

/// The opened entry, its envelope and its index, if every signature, field and hash in it holds.
fn checked(bytes: &[u8], log_key: &VerifyingIdentity) -> Result<(OpenedEntry, Envelope, u64), String> {
    let opened = OpenedEntry::read(bytes).map_err(|error| error.to_string())?;
    let envelope = opened.check().map_err(|error| error.to_string())?;
    let proof = Proof::parse(&opened.proof).map_err(|error| error.to_string())?;
    proof.verify(&opened.leaf, log_key, &[]).map_err(|error| error.to_string())?;
    Ok((opened, envelope, proof.index))
}

/// The bytes of a file that `backstop log open` wrote; none if it is another kind of file.
pub(super) fn opened_file(file: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let bytes = read_limited(file)?;
    let says = br#""format":"backstop-opened/"#;
    Ok((bytes.starts_with(b"{") && bytes.windows(says.len()).any(|window| window == says)).then_some(bytes))
}

/// `backstop verify FILE`: fields that somebody opened, against the log's key and nothing else.
pub(super) fn verify(common: &Common, bytes: &[u8], log_key: Option<VerifyingIdentity>) -> Result<Exit, Failure> {
    let why = "opened fields are checked with the log's public key; add `--log-key` with its file, `log.pub`";
    let log_key = log_key.ok_or_else(|| Failure::new(Exit::Usage, why))?;
    let (opened, envelope, index) = match checked(bytes, &log_key) {
        Ok(checked) => checked,
        Err(problem) => {
            let problem = format!("checked and wrong: {problem}");
            if common.json {
                return print_json("backstop.opened/1", Exit::Wrong, json!({ "problem": problem }));
            }
            print(&format!("{problem}\n"))?;
            return Ok(Exit::Wrong);
        }
    };
    let text = |value: &Value| String::from_utf8_lossy(&encode(value)).into_owned();
    let closed = opened.fields.first().map_or(0, |field| field.count - opened.fields.len().min(field.count));
    if common.json {
        let fields = opened
            .fields
            .iter()
            .map(|field| (field.name.clone(), serde_json::from_str(&text(&field.value)).unwrap_or_default()));
        let fields: serde_json::Map<String, serde_json::Value> = fields.collect();
        let data = json!({
            "entry": index, "kind": envelope.kind, "class": envelope.class.word(), "author": envelope.author.to_string(),
            "received_at_ms": envelope.received_at_ms, "fields": fields, "fields_closed": closed,
        });
        return print_json("backstop.opened/1", Exit::Done, data);
    }
    let mut shown = format!("entry {index} of {}\n", log_key.name());
    shown.push_str(&format!(
        "  {}, received {} ms, author {}\n",
        envelope.kind, envelope.received_at_ms, envelope.author
    ));
    opened.fields.iter().for_each(|field| shown.push_str(&format!("  {}  {}\n", field.name, text(&field.value))));
    shown.push_str(&format!("  {closed} other fields stay closed\nverified\n"));
    print(&shown)
}

/// `backstop log commit`: logs a commitment and keeps what it is to in a file of the author's.
pub(super) fn commit(common: &Common, kind: &str, payload: &Path, keep: &Path, class: Class) -> Result<Exit, Failure> {
    let usage = |why: String| Failure::new(Exit::Usage, format!("`{}`: {why}", payload.display()));
    let json = serde_json::from_slice(&read_limited(payload)?).map_err(|error| usage(error.to_string()))?;
    let value =
        canonical(json).ok_or_else(|| usage("a payload has texts, whole numbers, lists and objects alone".into()))?;
    let body = Body::read(kind, &value).map_err(|error| usage(format!("as `{kind}`: {error}")))?;
    if let Body::RedactionOrdered(_)
    | Body::RedactionEffects(_)
    | Body::PayloadRevealed(_)
    | Body::AuthorAdmitted(_)
    | Body::AuthorDismissed(_)
    | Body::ReaderEntitled(_)
    | Body::ReaderRemoved(_) = body
    {
        return Err(Failure::new(Exit::Refused, format!("an entry of kind `{kind}` cannot be withheld")));
    }
    let payload = Payload::new(&value).map_err(|error| usage(error.to_string()))?;
    let mut store = Store::open(common.store()?)?;
    let salt = crate::storage::new_salt()?;
    let kept = Value::Fields(
        [
            ("format".to_owned(), Value::Text(WITHHELD.to_owned())),
            ("kind".to_owned(), Value::Text(kind.to_owned())),
            ("salt".to_owned(), Value::Text(hex(&salt))),
            ("payload".to_owned(), value),
        ]
        .into(),
    );
    // First what opens it, then the commitment: the other way round a crash could leave what nobody can ever open.
    write_secret(keep, &encode(&kept))?;
    let receipt = store.commit_to(kind, class, now().ms(), payload.commit(&salt)).inspect_err(|_| {
        // Nothing was recorded, so it opens nothing, and would stand in the way of the next try.
        let _ = std::fs::remove_file(keep);
    })?;
    store.publish()?;
    common.say(format!(
        "entry {} commits to it; keep {} safe, nothing else opens it: `backstop log reveal`",
        receipt.index,
        keep.display()
    ));
    let proof = store.prove(receipt.index)?;
    if common.json {
        let data = json!({ "entry": receipt.index, "keep": keep, "receipt": proof });
        return print_json("backstop.commit/1", Exit::Done, data);
    }
    print(&proof)
}

/// `backstop log reveal`: opens what was committed to.
pub(super) fn reveal(common: &Common, kept: &Path) -> Result<Exit, Failure> {
    let unreadable =
        || Failure::new(Exit::Usage, format!("`{}` is not a file that `backstop log commit` kept", kept.display()));
    let (kind, salt, payload) = read_kept(&read_limited(kept)?).ok_or_else(unreadable)?;
    let commitment = Payload::new(&payload).map_err(|error| Failure::new(Exit::Usage, error))?.commit(&salt);
    let mut store = Store::open(common.store()?)?;
    let waits = |entry: &crate::storage::Entry| {
        entry.payload == Err(Closed::Withheld { commitment }) && entry.envelope.kind == kind
    };
    let entry = store.entries().find(|entry| entry.as_ref().map_or(true, waits)).transpose()?;
    let entry =
        entry.ok_or_else(|| Failure::new(Exit::NotFound, "no entry of this log commits to what the file holds"))?;
    match later(&store, entry.index)? {
        Some(Later::Opened(by)) => {
            return Err(Failure::new(Exit::Usage, format!("entry {} is open already, by entry {by}", entry.index)));
        }
        Some(Later::Erased(by)) => {
            let why = format!("entry {} was erased by entry {by}, and what is erased is not said again", entry.index);
            return Err(Failure::new(Exit::Refused, why));
        }
        None => {}
    }
    let name = EntryName { index: entry.index, leaf: leaf_hash(&store.leaf(entry.index)?).0 };
    let body = Body::PayloadRevealed(Reveal { entry: name, salt, payload });
    let (class, received_at_ms) = (entry.envelope.class, now().ms());
    let new = NewEntry { kind: body.kind().to_owned(), class, received_at_ms, payload: body.write() };
    let receipts = store.append(vec![new])?;
    store.publish()?;
    common.say(format!("entry {} opens entry {}", receipts[0].index, entry.index));
    if common.json {
        let data = json!({ "entry": receipts[0].index, "opens": entry.index });
        return print_json("backstop.reveal/1", Exit::Done, data);
    }
    Ok(Exit::Done)
}

/// What a later entry did to one that was only committed to.
pub(super) enum Later {
    /// It opens it.
    Opened(u64),
    /// It orders it erased.
    Erased(u64),
}

/// The later entry that erased this one, or else opened it.
pub(super) fn later(reader: &Reader, index: u64) -> Result<Option<Later>, Failure> {
    let mut opened = None;
    let about = |kind: &str| [REDACTION_ORDERED, PAYLOAD_REVEALED].contains(&kind);
    for entry in reader.entries_where(index, move |envelope| about(&envelope.kind)) {
        let entry = entry?;
        let body = entry.payload.ok().map(|payload| Body::read(&entry.envelope.kind, &payload));
        match body {
            Some(Ok(Body::RedactionOrdered(order))) if order.entries.iter().any(|name| name.index == index) => {
                return Ok(Some(Later::Erased(entry.index)));
            }
            Some(Ok(Body::PayloadRevealed(reveal))) if reveal.entry.index == index => {
                opened.get_or_insert(Later::Opened(entry.index));
            }
            Some(Ok(_) | Err(_)) | None => {}
        }
    }
    Ok(opened)
}

fn read_kept(bytes: &[u8]) -> Option<(String, [u8; 32], Value)> {
    let Ok(Value::Fields(mut fields)) = decode(bytes) else { return None };
    let (Value::Text(format), Value::Text(kind), Value::Text(salt)) =
        (fields.remove("format")?, fields.remove("kind")?, fields.remove("salt")?)
    else {
        return None;
    };
    let payload = fields.remove("payload")?;
    (format == WITHHELD && fields.is_empty()).then_some(())?;
    Some((kind, bytes_of_hex(&salt)?, payload))
}

/// The value that a JSON document says, if the record can say it.
pub(super) fn canonical(json: serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Number(number) => Value::Integer(number.as_i64()?),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(canonical).collect::<Option<_>>()?),
        serde_json::Value::Object(fields) => {
            let field = |(name, value)| Some((name, canonical(value)?));
            Value::Fields(fields.into_iter().map(field).collect::<Option<_>>()?)
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) => return None,
    })
}

pub(super) fn read_limited(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: std::io::Error| Failure::new(Exit::NotFound, format!("cannot read `{}`: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_OPENED_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{DataClass, Settings};

    #[test]
    fn one_field_is_shown_to_a_stranger_and_no_other() {
        let directory = std::env::temp_dir().join(format!("backstop-opening-{}", std::process::id()));
        let settings =
            Settings { data_class: DataClass::Exercise, mission: "test".into(), created_at_ms: 1, seed: None };
        let mut store = Store::create(&directory, &settings).expect("created");
        let entry = |number: i64| {
            let fields = [("district", "North"), ("position", "behind the mill"), ("text", "seen")];
            let fields = fields.map(|(name, value)| (name.to_owned(), Value::Text(format!("{value} {number}"))));
            let payload = Value::Fields(fields.into());
            NewEntry { kind: "observation".into(), class: Class::Restricted, received_at_ms: number, payload }
        };
        store.append((0..20).map(entry).collect()).expect("appended");
        store.publish().expect("published");
        let file = opened(&store, 7, &["district".to_owned()]).map_err(|_| "refused").expect("opened").to_bytes();
        assert!(opened(&store, 7, &["absent".to_owned()]).is_err());
        let text = String::from_utf8(file.clone()).expect("UTF-8");
        assert!(text.contains("North 7") && !text.contains("mill") && !text.contains("seen"), "{text}");
        let log_key = store.keys().log.clone();
        let (shown, envelope, index) = checked(&file, &log_key).expect("it holds");
        assert_eq!((shown.fields.len(), envelope.class, index), (1, Class::Restricted, 7));
        for (from, to) in [("North 7", "South 7"), ("index 7", "index 6"), ("\"index\":0", "\"index\":1")] {
            assert!(text.contains(from), "{from}: {text}");
            assert!(checked(text.replacen(from, to, 1).as_bytes(), &log_key).is_err(), "{to}");
        }
        let other = ledger::SigningIdentity::new(log_key.name(), ed25519_dalek::SigningKey::from_bytes(&[1; 32]));
        assert!(checked(&file, other.expect("a name").public()).is_err(), "another log's key");
        drop(store);
        std::fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn only_what_the_record_can_say_is_canonical() {
        let canonical = |text: &str| canonical(serde_json::from_str(text).expect("JSON"));
        assert!(canonical(r#"{"a":[1,"x",{"b":-2}]}"#).is_some());
        for text in ["1.5", "true", "null", r#"{"a":[null]}"#, "18446744073709551615"] {
            assert!(canonical(text).is_none(), "{text}");
        }
    }
}
