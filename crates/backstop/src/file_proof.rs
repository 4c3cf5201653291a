//! The proof beside a published file: which entry names its bytes, and that the log holds the entry.
//!
//! Takes a published bulletin and writes beside each file `NAME.tlog-proof` and `NAME.entry.json`; takes a file with the
//! two, possibly hostile, and answers apart: are its bytes those that were given out, is that in the log, and who else saw
//! the log. Needs no store and no account. Never believes a log's key because it came with the file: without a key from
//! elsewhere, "in the log" cannot be told.

use crate::answer::Answer;
use crate::publication::sha256;
use crate::storage::{DataClass, Reader};
use ledger::{Checkpoint, Proof, VerifyingIdentity};
use mission::record::Body;
use mission::record::canonical::{Value, decode, encode};
use mission::record::commitment::{OpenedField, Payload, verify_field};
use mission::record::envelope::{self, Envelope, parse_author_line};
use mission::record::hex::{bytes_of_hex, hex};
use mission::record::publication::Publication;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The longest file that is checked, and the longest proof beside it.
const MOST_BYTES: u64 = 1 << 30;
const MOST_PROOF_BYTES: u64 = 8 << 20;
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
    /// The log's origin, if a proof names one: it begins with the data class.
    pub origin: Option<String>,
    /// Whether its bytes are those that were given out.
    pub unchanged: Answer,
    /// Whether the log holds the entry that says so.
    pub in_the_log: Answer,
    /// Of the witnesses that were asked about: who signed the log's head.
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
    /// The witnesses.
    pub witnesses: Vec<VerifyingIdentity>,
    /// So many of them must have signed.
    pub needed: usize,
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

/// Checks a published file with what lies beside it.
#[must_use]
pub fn check(file: &Path, trust: &Trust) -> FileVerification {
    let unknown = |note: String| Answer::CannotTell(note);
    let mut answer = FileVerification {
        sha256: String::new(),
        origin: None,
        unchanged: unknown("nothing beside it says what was given out".to_owned()),
        in_the_log: unknown("there is no entry to look for".to_owned()),
        witnesses: unknown("there is no head of a log to look at".to_owned()),
        beside: (0, 0),
    };
    let bytes = match read(file, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(why) => return FileVerification { unchanged: unknown(why), ..answer },
    };
    answer.sha256 = sha256(&bytes);
    let (entry, envelope, publication) = match entry_beside(file) {
        Ok(found) => found,
        Err(Trouble::Missing(why)) => return FileVerification { unchanged: unknown(why), ..answer },
        Err(Trouble::Wrong(why)) => return FileVerification { in_the_log: Answer::No(why), ..answer },
    };
    answer.unchanged = unchanged(&answer.sha256, &entry.file, &publication);
    answer.beside = others(file, &entry.file, &publication);
    let proof = read_text(&beside(file, "tlog-proof")).and_then(|text| Proof::parse(&text).map_err(|e| e.to_string()));
    match (proof, VerifyingIdentity::parse(&entry.log_key)) {
        (Err(why), _) => answer.in_the_log = unknown(format!("the receipt beside it cannot be read: {why}")),
        (_, Err(why)) => answer.in_the_log = unknown(format!("the log's key beside it cannot be read: {why}")),
        (Ok(proof), Ok(its_key)) => {
            answer.origin = Some(its_key.name().to_owned());
            let key = trust.log.as_ref().unwrap_or(&its_key);
            (answer.in_the_log, answer.witnesses) = in_the_log(&proof, &entry, &envelope, key, &its_key, trust);
        }
    }
    answer
}

fn unchanged(sha256: &str, name: &str, publication: &Publication) -> Answer {
    match publication.files.iter().find(|file| file.sha256 == sha256) {
        Some(file) => {
            let Publication { bulletin, day, .. } = publication;
            Answer::Yes(format!("{bulletin} bulletin of {day}, `{}`", file.name))
        }
        None => match publication.files.iter().find(|file| file.name == name) {
            Some(file) => Answer::No(format!("`{name}` was given out with sha256 {}", file.sha256)),
            None => Answer::No(format!("the entry names no file `{name}`")),
        },
    }
}

/// Of the other files that the entry names, those that lie beside this one, and how many of them are unchanged.
fn others(file: &Path, name: &str, publication: &Publication) -> (usize, usize) {
    let lying = publication.files.iter().filter(|other| other.name != name).filter_map(|other| {
        let bytes = read(&file.with_file_name(&other.name), MOST_BYTES).ok()?;
        Some(sha256(&bytes) == other.sha256)
    });
    lying.fold((0, 0), |(same, all), unchanged| (same + usize::from(unchanged), all + 1))
}

fn in_the_log(
    proof: &Proof,
    entry: &FileEntry,
    envelope: &Envelope,
    key: &VerifyingIdentity,
    its_key: &VerifyingIdentity,
    trust: &Trust,
) -> (Answer, Answer) {
    let no = |why: String| (Answer::No(why), Answer::CannotTell("there is no head of a log to look at".to_owned()));
    if key != its_key {
        return no(format!("it was given out by the log `{its_key}`, not by the one whose key you gave"));
    }
    if proof.index != entry.index {
        return no(format!("the receipt is of entry {}, not of entry {}", proof.index, entry.index));
    }
    let (checkpoint, cosigned) = match proof.verify(entry.leaf.as_bytes(), key, &trust.witnesses) {
        Ok(verified) => verified,
        Err(error) => return no(format!("entry {}: {error}", entry.index)),
    };
    let Checkpoint { size, root, .. } = checkpoint;
    let where_it_is = format!("entry {} of {size}, root {root}, by key {}", entry.index, envelope.author);
    let in_the_log = match &trust.log {
        Some(_) => Answer::Yes(where_it_is),
        None => Answer::CannotTell(format!(
            "{where_it_is}, if the log's key is `{key}`: that key came with the file; name the one that you were given \
             elsewhere with `--log-key`"
        )),
    };
    let signed = cosigned.len();
    let of = format!("{signed} of {} signed this root ({} needed)", trust.witnesses.len(), trust.needed);
    let witnesses = match trust.witnesses.len() {
        0 => Answer::CannotTell("none named: the operator alone vouches for this log".to_owned()),
        _ if signed >= trust.needed => Answer::Yes(of),
        _ => Answer::CannotTell(of),
    };
    (in_the_log, witnesses)
}

/// Why the entry beside a file is not to be had.
enum Trouble {
    /// It is absent or cannot be read.
    Missing(String),
    /// It is there, and not what its author signed.
    Wrong(String),
}

/// The entry beside a file, checked against its author's signature and its commitment.
fn entry_beside(file: &Path) -> Result<(FileEntry, Envelope, Publication), Trouble> {
    let path = beside(file, "entry.json");
    let missing = |why: String| Trouble::Missing(format!("`{}`: {why}", path.display()));
    let text = read_text(&path).map_err(missing)?;
    let entry: FileEntry = serde_json::from_str(&text).map_err(|error| missing(error.to_string()))?;
    if entry.schema != SCHEMA {
        return Err(missing(format!("it is a `{}`, not a `{SCHEMA}`; use a newer Backstop", entry.schema)));
    }
    let (_, author) =
        parse_author_line(&entry.author).ok_or_else(|| missing("the author's key in it cannot be read".to_owned()))?;
    let envelope =
        envelope::verify(entry.leaf.as_bytes(), &author).map_err(|error| Trouble::Wrong(error.to_string()))?;
    let mut fields = BTreeMap::new();
    for field in &entry.fields {
        let opened = read_field(field).ok_or_else(|| missing(format!("its field `{}` cannot be read", field.name)))?;
        verify_field(&envelope.commitment, &opened)
            .map_err(|error| Trouble::Wrong(format!("field `{}`: {error}", field.name)))?;
        fields.insert(opened.name, opened.value);
    }
    match Body::read(&envelope.kind, &Value::Fields(fields)) {
        Ok(Body::BulletinPublished(publication)) => Ok((entry, envelope, publication)),
        Ok(_) => Err(Trouble::Wrong(format!("an entry of kind `{}` publishes nothing", envelope.kind))),
        Err(error) => Err(missing(error.to_string())),
    }
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

fn read_field(field: &Field) -> Option<OpenedField> {
    Some(OpenedField {
        name: field.name.clone(),
        value: decode(field.value.as_bytes()).ok()?,
        salt: bytes_of_hex(&field.salt)?,
        index: field.index,
        count: field.count,
        path: field.path.iter().map(|hash| bytes_of_hex(hash)).collect::<Option<_>>()?,
    })
}

/// `NAME.EXTENSION` beside `NAME`.
fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{extension}"));
    file.with_file_name(name)
}

fn read_text(path: &Path) -> Result<String, String> {
    String::from_utf8(read(path, MOST_PROOF_BYTES)?).map_err(|_| "it is not UTF-8".to_owned())
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > limit {
        return Err(format!("it has {length} bytes; the limit is {limit}"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}
