//! The proof beside a published file: which entry names its bytes, and that the log holds the entry.
//!
//! Takes a published bulletin and writes beside each file `NAME.tlog-proof` and `NAME.entry.json`; takes a file with the
//! two, possibly hostile, and answers apart: are its bytes those that were given out, is that in the log, and who else saw
//! the log. Needs no store and no account. Never believes a log's key because it came with the file: without a key from
//! elsewhere, "in the log" cannot be told.

use crate::storage::{DataClass, Reader};
use ledger::VerifyingIdentity;
use mission::record::canonical::{Value, decode, encode};
use mission::record::commitment::{OpenedField, Payload};
use mission::record::envelope;
use mission::record::hex::hex;
use mission::record::publication::Publication;
use report::publication::sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use verifier::Answer;

/// The longest file that is checked, and the longest entry and receipt beside it.
const MOST_BYTES: u64 = 100 << 20;
const MOST_BESIDE_BYTES: u64 = 8 << 20;
/// What the JSON beside a file calls itself.
const SCHEMA: &str = "backstop.file-entry/1";

/// The JSON beside a published file: the entry that names it, opened.
#[derive(Serialize, Deserialize)]
struct FileEntry {
    schema: String,
    /// The name under which the entry knows the file.
    file: String,
    /// SHA-256 of the file, hex.
    sha256: String,
    /// Index of the entry.
    index: u64,
    /// The leaf of the log: envelope and signature, as they are.
    leaf: String,
    /// Every field of the payload, each with its proof of being committed to.
    fields: Vec<Field>,
    /// The author's public key, as the file in `keys/` has it.
    author: String,
    /// The log's public key, a vkey: to be compared with the one that was given from elsewhere.
    log_key: String,
    /// Name of the receipt beside it.
    proof: String,
}

/// One field of a payload, opened.
#[derive(Serialize, Deserialize)]
struct Field {
    name: String,
    /// Canonical bytes, as text.
    value: String,
    salt: String,
    index: usize,
    count: usize,
    path: Vec<String>,
}

/// What is to be said of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileVerification {
    /// SHA-256 of the file as it is, hex.
    pub sha256: String,
    /// The log's origin, if a receipt that holds names one: it begins with the data class.
    pub origin: Option<String>,
    /// Whether its bytes are those that were given out.
    pub unchanged: Answer,
    /// Whether the log holds the entry that says so.
    pub in_the_log: Answer,
    /// Whether enough witnesses of the trust file signed the log's head.
    pub witnesses: Answer,
    /// Other files of the same bulletin that lie beside it: how many are unchanged, and how many there are.
    pub beside: (usize, usize),
}

impl FileVerification {
    /// `simulated`, `exercise` or `operational`, and the mission.
    #[must_use]
    pub fn of_what(&self) -> Option<(DataClass, &str)> {
        DataClass::of_origin(self.origin.as_deref()?)
    }
}

/// Whom to believe.
#[derive(Default)]
pub struct Trust {
    /// The log's key, from elsewhere than beside the file.
    pub log: Option<VerifyingIdentity>,
    /// A trust file (c2sp.org/tlog-policy): whose cosignatures count, and how many are enough.
    pub policy: Option<String>,
}

/// Writes each file of a bulletin with its proof beside it; gives the paths of the files.
///
/// # Errors
/// If the entry is not published yet, or a file cannot be written.
pub fn write(
    store: &Reader,
    index: u64,
    publication: &Publication,
    texts: &[String],
    folder: &Path,
) -> Result<Vec<PathBuf>, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let leaf = String::from_utf8(store.leaf(index).map_err(|e| said(&e))?).map_err(|e| said(&e))?;
    let (envelope, _) = envelope::open(leaf.as_bytes()).map_err(|e| said(&e))?;
    let salt = store.salt(index).map_err(|e| said(&e))?;
    let payload = Payload::new(&store.payload(index).map_err(|e| said(&e))?).map_err(|e| said(&e))?;
    let author = store.keys().author_line(&envelope.author).ok_or("the author's public key is not in the store")?;
    let proof = store.prove(index).map_err(|e| said(&e))?;
    let Value::Fields(names) = payload.clone().into_value() else { return Err("the payload has no fields".into()) };
    let opened = || names.keys().filter_map(|name| payload.open_field(&salt, name)).map(|field| written(&field));
    std::fs::create_dir_all(folder).map_err(|e| said(&e))?;
    let mut paths = Vec::new();
    for (file, text) in publication.files.iter().zip(texts) {
        let entry = FileEntry {
            schema: SCHEMA.to_owned(),
            file: file.name.clone(),
            sha256: file.sha256.clone(),
            index,
            leaf: leaf.clone(),
            fields: opened().collect(),
            author: author.clone(),
            log_key: store.keys().log.to_string(),
            proof: format!("{}.tlog-proof", file.name),
        };
        let json = serde_json::to_string_pretty(&entry).map_err(|e| said(&e))?;
        let path = folder.join(&file.name);
        let parts = [
            (path.clone(), text.as_str()),
            (beside(&path, "tlog-proof"), proof.as_str()),
            (beside(&path, "entry.json"), &format!("{json}\n")),
        ];
        for (path, text) in parts {
            std::fs::write(&path, text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
        }
        paths.push(path);
    }
    Ok(paths)
}

/// Checks a published file with what lies beside it: by the code that checks it in a browser.
#[must_use]
pub fn check(file: &Path, trust: &Trust) -> FileVerification {
    let unknown = |why: &str| Answer::CannotTell(why.to_owned());
    let mut found = FileVerification {
        sha256: String::new(),
        origin: None,
        unchanged: unknown("nothing was found out about its bytes"),
        in_the_log: unknown("there is no entry to look for"),
        witnesses: unknown("there is no head of a log to look at"),
        beside: (0, 0),
    };
    let bytes = match read(file, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(why) => return FileVerification { unchanged: Answer::CannotTell(why), ..found },
    };
    found.sha256 = sha256(&bytes);
    let entry = read(&beside(file, "entry.json"), MOST_BESIDE_BYTES);
    found.beside = entry.as_ref().map_or((0, 0), |entry| others(file, entry));
    let mut parts = vec![("ask".to_owned(), b"file".to_vec())];
    parts.extend(trust.log.iter().map(|key| ("log-key".to_owned(), key.to_string().into_bytes())));
    parts.extend(trust.policy.iter().map(|text| ("policy".to_owned(), text.clone().into_bytes())));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lying = [
        ("", Ok(bytes)),
        (".entry.json", entry),
        (".tlog-proof", read(&beside(file, "tlog-proof"), MOST_BESIDE_BYTES)),
    ];
    parts.extend(lying.into_iter().filter_map(|(end, bytes)| Some((format!("file {name}{end}"), bytes.ok()?))));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (name.as_str(), part.as_slice())).collect();
    let answer = verifier::answer(&verifier::write(&parts));
    let answer: Json = serde_json::from_slice(&answer).expect("invariant: the verifier answers in JSON");
    if answer["result"] == "refused" {
        found.unchanged = unknown(answer["detail"].as_str().unwrap_or_default());
    }
    for one in answer["answers"].as_array().into_iter().flatten() {
        let place = match one["question"].as_str() {
            Some("bytes") => &mut found.unchanged,
            Some("log") => &mut found.in_the_log,
            _ => &mut found.witnesses,
        };
        *place = in_words(one);
    }
    found.origin = answer["receipt"]["origin"].as_str().map(str::to_owned);
    found
}

/// An answer of the verifier, with the sentence that the Audit page has for it.
fn in_words(one: &Json) -> Answer {
    static SENTENCES: LazyLock<BTreeMap<String, Json>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../../../web/src/words/en.json")).expect("invariant: words are JSON")
    });
    let why = one["why"].as_str().unwrap_or_default();
    let mut note =
        SENTENCES.get(&format!("why.{why}")).and_then(Json::as_str).unwrap_or(why).trim_end_matches('.').to_owned();
    for (name, value) in one["values"].as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        note = note.replace(&format!("{{{name}}}"), &value);
    }
    if let Some(detail) = one["detail"].as_str().filter(|detail| !detail.is_empty()) {
        note = format!("{note}: {detail}");
    }
    match one["answer"].as_str() {
        Some("yes") => Answer::Yes(note),
        Some("no") => Answer::No(note),
        _ => Answer::CannotTell(note),
    }
}

/// Of the other files that the entry beside this one names, those that lie here, and how many of them are unchanged.
fn others(file: &Path, entry: &[u8]) -> (usize, usize) {
    let named = |entry: &FileEntry| -> Option<Vec<(String, String)>> {
        let files = decode(entry.fields.iter().find(|field| field.name == "files")?.value.as_bytes()).ok()?;
        let Value::List(files) = files else { return None };
        let text = |fields: &BTreeMap<String, Value>, name: &str| match fields.get(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            Some(Value::Integer(_) | Value::List(_) | Value::Fields(_)) | None => None,
        };
        let names = files.iter().map(|file| match file {
            Value::Fields(fields) => Some((text(fields, "name")?, text(fields, "sha256")?)),
            Value::Text(_) | Value::Integer(_) | Value::List(_) => None,
        });
        names.filter(|named| named.as_ref().is_none_or(|(name, _)| *name != entry.file)).collect()
    };
    let entry: Option<FileEntry> = serde_json::from_slice(entry).ok();
    let lying = entry.as_ref().and_then(named).into_iter().flatten().filter_map(|(name, published)| {
        // A name and no path: what lies elsewhere is none of its business.
        let name = Path::new(&name).file_name().filter(|only| *only == name.as_str())?;
        Some(sha256(&read(&file.with_file_name(name), MOST_BYTES).ok()?) == published)
    });
    lying.fold((0, 0), |(same, all), unchanged| (same + usize::from(unchanged), all + 1))
}

fn written(field: &OpenedField) -> Field {
    Field {
        name: field.name.clone(),
        value: String::from_utf8(encode(&field.value)).expect("invariant: canonical bytes are UTF-8"),
        salt: hex(&field.salt),
        index: field.index,
        count: field.count,
        path: field.path.iter().map(|hash| hex(hash)).collect(),
    }
}

/// `NAME.EXTENSION` beside `NAME`.
fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{extension}"));
    file.with_file_name(name)
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > limit {
        return Err(format!("it has {length} bytes; the limit is {limit}"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}
