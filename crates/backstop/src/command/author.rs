//! `backstop author`: devices and offices that sign what they say before anyone here receives it. Makes their keys, admits them, signs
//! for them, and records what they send. Never shows a secret: `new` writes one into a file.

use super::opening::{canonical, read_limited};
use super::outcome::{print, print_json, write_secret};
use super::{ClassArg, Common, Exit, Failure, instant_or};
use crate::clock::now;
use crate::storage::{AuthorSecret, MAX_BATCH_ENTRIES, Reader, STATED_KINDS, Store, Submission, Submitted, new_salt};
use clap::{Args, Subcommand};
use mission::record::Body;
use mission::record::body::AUTHOR_DISMISSED;
use mission::record::canonical::MAX_BYTES;
use mission::record::commitment::Payload;
use mission::record::envelope::{Envelope, KeyId, Written, parse_author_line};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A line is a payload, a salt and a statement.
const MAX_LINE_BYTES: u64 = 2 * MAX_BYTES as u64;
/// So much is taken in before it is made durable.
const BATCH_BYTES: usize = 16 << 20;

#[derive(Args)]
pub(super) struct AuthorArgs {
    #[command(subcommand)]
    verb: AuthorVerb,
}

#[derive(Subcommand)]
enum AuthorVerb {
    /// Make a key for a device or an office elsewhere, and print its public half
    New {
        /// Where to write the secret
        file: PathBuf,
    },
    /// Record from now on what an author elsewhere signs
    Admit {
        /// A name for people: lower-case letters, digits and `-`
        name: String,
        /// The public half, as `backstop author new` prints it
        key: String,
    },
    /// Record nothing more of what an author elsewhere signs; what came in before stands
    Dismiss {
        /// The author, as `backstop author list` prints it
        author: String,
        /// On what ground; everyone can read it
        #[arg(long, value_name = "TEXT")]
        ground: String,
    },
    /// Who is admitted, and who was dismissed
    List,
    /// The number that an author's next statement has, for a device that lost count
    Awaited {
        /// The author, as `backstop author list` prints it
        author: String,
    },
    /// Sign a statement, and print the line that `submit` takes
    Sign {
        /// What it says, as JSON
        payload: PathBuf,
        /// The secret of its author
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Its number: 1 for the author's first statement, then without a gap
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        number: u64,
        /// What kind of thing it says
        #[arg(long, default_value = STATED_KINDS[0], value_parser = STATED_KINDS)]
        kind: String,
        /// Who may read it
        #[arg(long, value_enum, default_value = "mission")]
        class: ClassArg,
        /// When it was written; now without it
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Record statements, a line each, and say what became of each; one that was sent before is not recorded twice
    Submit {
        /// The file; `-` reads standard input
        file: PathBuf,
    },
}

pub(super) fn run(common: &Common, args: &AuthorArgs) -> Result<Exit, Failure> {
    match &args.verb {
        AuthorVerb::New { file } => new(common, file),
        AuthorVerb::Admit { name, key } => {
            let mut store = Store::open(common.store()?)?;
            let id = store.admit(name, key, now().ms())?;
            store.publish()?;
            common.say(format!("`{name}` is admitted: what author {id} signs is recorded from now on"));
            Ok(Exit::Done)
        }
        AuthorVerb::Dismiss { author, ground } => {
            let mut store = Store::open(common.store()?)?;
            let receipt = store.dismiss(known(&store, author)?, ground, now().ms())?;
            store.publish()?;
            common.say(format!("author {author} is dismissed by entry {}; what came in before stands", receipt.index));
            Ok(Exit::Done)
        }
        AuthorVerb::List => list(common),
        AuthorVerb::Awaited { author } => awaited(common, author),
        AuthorVerb::Sign { payload, key, number, kind, class, at } => {
            let written = Written { number: *number, at_ms: instant_or(at.as_deref(), now)?.ms() };
            sign(payload, key, kind, *class, written)
        }
        AuthorVerb::Submit { file } => submit(common, file),
    }
}

fn new(common: &Common, file: &Path) -> Result<Exit, Failure> {
    let secret = AuthorSecret::new()?;
    write_secret(file, secret.to_line().as_bytes())?;
    common.say(format!("the secret is in {}; who has it speaks in its author's name", file.display()));
    print(&format!("{}\n", secret.public_line()))
}

/// Who is admitted, by the names of the files, and who was dismissed by which entry; the store itself is `author`.
fn list(common: &Common) -> Result<Exit, Failure> {
    let reader = Reader::open(common.store()?)?;
    let mut dismissed = BTreeMap::new();
    for entry in reader.entries_where(0, |envelope| envelope.kind == AUTHOR_DISMISSED) {
        let entry = entry?;
        if let Some(Ok(Body::AuthorDismissed(it))) = entry.payload.ok().map(|said| Body::read(AUTHOR_DISMISSED, &said))
        {
            dismissed.entry(it.author).or_insert((entry.index, it.ground));
        }
    }
    let mut rows = Vec::new();
    for file in std::fs::read_dir(reader.directory().join("keys"))? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".pub"));
        if let Some(name) = name.filter(|name| name.starts_with("author")) {
            let line = String::from_utf8(read_limited(&path)?).unwrap_or_default();
            if let Some((id, _)) = parse_author_line(line.trim_end()) {
                rows.push((name.strip_prefix("author-").unwrap_or("the store itself").to_owned(), id, line));
            }
        }
    }
    rows.sort();
    if common.json {
        let row = |(name, id, line): &(String, KeyId, String)| {
            let dismissed = dismissed.get(id).map(|(by, ground)| json!({ "entry": by, "ground": ground }));
            json!({ "name": name, "author": id.to_string(), "key": line.trim_end(), "dismissed": dismissed })
        };
        return print_json(
            "backstop.authors/1",
            Exit::Done,
            json!({ "authors": rows.iter().map(row).collect::<Vec<_>>() }),
        );
    }
    let row = |(name, id, _): &(String, KeyId, String)| {
        let gone = dismissed.get(id).map(|(by, ground)| format!("   dismissed by entry {by}: {ground}"));
        format!("{id}  {name}{}\n", gone.unwrap_or_default())
    };
    print(&rows.iter().map(row).collect::<String>())
}

/// An author who is admitted, by the name of the key.
fn known(store: &Store, author: &str) -> Result<KeyId, Failure> {
    let id = KeyId::parse(author).filter(|id| store.keys().authors.contains_key(id));
    id.ok_or_else(|| Failure::new(Exit::NotFound, format!("no author `{author}` is admitted; `backstop author list`")))
}

fn awaited(common: &Common, author: &str) -> Result<Exit, Failure> {
    let mut store = Store::open(common.store()?)?;
    let number = store.awaited(known(&store, author)?)?;
    if common.json {
        return print_json("backstop.awaited/1", Exit::Done, json!({ "author": author, "awaited": number }));
    }
    print(&format!("{number}\n"))
}

fn sign(payload: &Path, key: &Path, kind: &str, class: ClassArg, written: Written) -> Result<Exit, Failure> {
    let usage = |why: String| Failure::new(Exit::Usage, why);
    let secret = String::from_utf8(read_limited(key)?).ok();
    let secret = secret.and_then(|text| AuthorSecret::parse(text.trim_end()));
    let secret = secret.ok_or_else(|| usage(format!("`{}` is not an author's secret key", key.display())))?;
    let json = serde_json::from_slice(&read_limited(payload)?).map_err(|error| usage(error.to_string()))?;
    let value =
        canonical(json).ok_or_else(|| usage("a payload has texts, whole numbers, lists and objects alone".into()))?;
    Body::read(kind, &value).map_err(|error| usage(format!("as `{kind}`: {error}")))?;
    let payload = Payload::new(&value).map_err(|error| usage(error.to_string()))?;
    let salt = new_salt()?;
    let envelope = Envelope {
        kind: kind.to_owned(),
        author: secret.id(),
        class: class.into(),
        received_at_ms: 0,
        commitment: payload.commit(&salt),
        written: Some(written),
    };
    let statement = secret.state(&envelope).map_err(|error| usage(error.to_string()))?;
    let line = Submission { statement, salt, payload: payload.into_bytes() }.to_line();
    let line = line.expect("invariant: what was just made can be written");
    print(&format!("{}\n", String::from_utf8_lossy(&line)))
}

/// A line of the file, and what it holds.
type Line = (u64, Option<Submission>);

fn submit(common: &Common, file: &Path) -> Result<Exit, Failure> {
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let failed = |error| Failure::new(Exit::NotFound, format!("cannot read `{}`: {error}", file.display()));
        Box::new(File::open(file).map_err(failed)?)
    };
    let mut lines = BufReader::new(source);
    let mut store = Store::open(common.store()?)?;
    let (mut told, mut refused, mut number) = (Vec::new(), 0_u64, 0);
    loop {
        let batch = read_batch(&mut lines, &mut number)?;
        if batch.is_empty() {
            break;
        }
        let submissions: Vec<Submission> = batch.iter().filter_map(|(_, submission)| submission.clone()).collect();
        let mut answers = store.submit(&submissions, now().ms())?.into_iter();
        for (line, submission) in &batch {
            let answer = submission.as_ref().and_then(|_| answers.next());
            let (word, receipt, why) = match answer {
                Some(Ok(Submitted::Recorded(receipt))) => ("recorded", Some(receipt), None),
                Some(Ok(Submitted::Before(receipt))) => ("recorded before", Some(receipt), None),
                Some(Err(refusal)) => ("refused", None, Some(refusal.to_string())),
                None => ("refused", None, Some("it is no line that `backstop author sign` prints".to_owned())),
            };
            refused += u64::from(receipt.is_none());
            if common.json {
                let leaf = receipt.map(|receipt| receipt.leaf.to_string());
                let index = receipt.map(|receipt| receipt.index);
                told.push(json!({ "line": line, "answer": word, "entry": index, "leaf": leaf, "why": why }));
            } else {
                let what = receipt.map_or(why.unwrap_or_default(), |receipt| format!("entry {}", receipt.index));
                print(&format!("line {line}: {word}, {what}\n"))?;
            }
        }
    }
    store.publish()?;
    let exit = if refused == 0 { Exit::Done } else { Exit::Findings };
    if common.json {
        return print_json("backstop.submitted/1", exit, json!({ "submissions": told, "refused": refused }));
    }
    if refused > 0 {
        common.say(format!("{refused} of {number} lines were not recorded; the others are durable"));
    }
    Ok(exit)
}

/// Reads lines until there are enough for one batch; none at the end. A line that is too long ends the reading.
fn read_batch(lines: &mut impl BufRead, number: &mut u64) -> Result<Vec<Line>, Failure> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < MAX_BATCH_ENTRIES && bytes < BATCH_BYTES {
        let mut line = Vec::new();
        if lines.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        *number += 1;
        if line.pop_if(|last| *last == b'\n').is_none() && line.len() as u64 == MAX_LINE_BYTES {
            let why = format!("line {number} is longer than {MAX_LINE_BYTES} bytes; nothing from it on was read");
            return Err(Failure::new(Exit::Usage, why));
        }
        bytes += line.len();
        batch.push((*number, Submission::parse(&line)));
    }
    Ok(batch)
}
