//! `backstop timestamp`: asks an outside authority when the log stood as it stands, and keeps its whole answer.
//!
//! Takes a folder that goes to the authority and comes back; gives an entry. An answer is taken in only if it stands over a
//! checkpoint of this log; whether the authority is to be trusted is for `check`, with its certificates.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::station::{self, Station};
use crate::storage::{Reader, Store};
use crate::timestamp::{self, Unsaid};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, Subcommand};
use ledger::{Checkpoint, tree};
use mission::Held;
use mission::record::Body;
use mission::record::evidence::Timestamp;
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use verifier::Answer;

#[derive(Args)]
pub(super) struct TimestampArgs {
    #[command(subcommand)]
    verb: TimestampVerb,
}

#[derive(Subcommand)]
enum TimestampVerb {
    /// Write the log's checkpoint and a request over it into a folder, to be sent to an authority
    Request {
        /// The folder to make
        dir: PathBuf,
    },
    /// Take in an authority's answer: the folder with `checkpoint` and the answer as `response.tsr`
    Add {
        /// The folder
        dir: PathBuf,
        /// Which authority answered
        #[arg(long, value_name = "NAME")]
        authority: String,
    },
    /// List the timestamps in the record
    List,
    /// Check each timestamp with OpenSSL: yes, no or cannot tell
    Check {
        /// The authorities' certificates, in PEM
        #[arg(long, value_name = "FILE")]
        authorities: PathBuf,
    },
    /// Write one timestamp's two files, and print the line that checks them
    Export {
        /// The entry that holds it
        entry: u64,
        /// The folder to make
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

pub(super) fn run(common: &Common, args: &TimestampArgs) -> Result<Exit, Failure> {
    match &args.verb {
        TimestampVerb::Request { dir } => request(common, dir),
        TimestampVerb::Add { dir, authority } => add(common, dir, authority),
        TimestampVerb::List => list(common),
        TimestampVerb::Check { authorities } => check(common, authorities),
        TimestampVerb::Export { entry, out } => export(common, *entry, out),
    }
}

fn request(common: &Common, dir: &Path) -> Result<Exit, Failure> {
    let reader = Reader::open(common.store()?)?;
    let checkpoint = reader.checkpoint_text();
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce)
        .map_err(|error| Failure::new(Exit::Failed, format!("the system gives no random numbers: {error}")))?;
    fs::create_dir(dir)
        .map_err(|error| Failure::new(Exit::Usage, format!("cannot make `{}`: {error}", dir.display())))?;
    fs::write(dir.join("checkpoint"), checkpoint)?;
    fs::write(dir.join("request.tsq"), timestamp::request(checkpoint, nonce))?;
    let dir = dir.display();
    common.say(format!(
        "send `{dir}/request.tsq` to an authority, as with\n  curl -H 'Content-Type: application/timestamp-query' --data-binary \
         @{dir}/request.tsq AUTHORITY > {dir}/response.tsr\nthen: backstop timestamp add {dir} --authority NAME"
    ));
    Ok(Exit::Done)
}

fn add(common: &Common, dir: &Path, authority: &str) -> Result<Exit, Failure> {
    let read = |name: &str, limit: u64| {
        let path = dir.join(name);
        let cannot = |why: String| Failure::new(Exit::NotFound, format!("cannot read `{}`: {why}", path.display()));
        let length = fs::metadata(&path).map_err(|error| cannot(error.to_string()))?.len();
        if length > limit {
            return Err(cannot(format!("it has {length} bytes; the limit is {limit}")));
        }
        fs::read(&path).map_err(|error| cannot(error.to_string()))
    };
    let checkpoint = read("checkpoint", ledger::note::MAX_NOTE_BYTES as u64)?;
    let response = read("response.tsr", timestamp::MAX_RESPONSE_BYTES as u64)?;
    let store = Store::open(common.store()?)?;
    let stands_over = ours(&store, &checkpoint).map_err(|why| Failure::new(Exit::Wrong, why))?;
    let timestamp = Timestamp {
        authority: authority.to_owned(),
        checkpoint: String::from_utf8(checkpoint).expect("invariant: a note is UTF-8"),
        response: BASE64_STANDARD.encode(&response),
    };
    let said = match timestamp::read(&response) {
        Ok(said) if said.over != sha256(&timestamp.checkpoint) => {
            return Err(Failure::new(
                Exit::Wrong,
                "the answer stands over other bytes than this checkpoint; nothing was recorded",
            ));
        }
        Ok(said) => said.at.to_string(),
        Err(Unsaid::Refused(why)) => {
            return Err(Failure::new(Exit::Wrong, format!("the authority refused: {why}; nothing was recorded")));
        }
        // Another tool may be stricter or more lenient than ours: the answer is kept whole, and said to be unread.
        Err(unreadable @ Unsaid::Unreadable(_)) => {
            common.say(format!("{unreadable}; it is kept whole, and `backstop timestamp check` asks OpenSSL"));
            "cannot tell".to_owned()
        }
    };
    let mut station = Station::of(store)?;
    station.write(&[Body::CheckpointTimestamped(timestamp)], now())?;
    station.publish()?;
    if common.json {
        let data = json!({ "size": stands_over.size, "root": stands_over.root.to_base64(), "authority": authority, "at": said });
        return print_json("backstop.timestamp/1", Exit::Done, data);
    }
    print(&format!("{} entries existed at {said}, says {authority}\n", stands_over.size))
}

/// Whether these bytes are a checkpoint of this log, as it stands or as it stood.
fn ours(reader: &Reader, checkpoint: &[u8]) -> Result<Checkpoint, String> {
    let opened = Checkpoint::open(checkpoint, &reader.keys().log, &[]);
    let (old, _) = opened.map_err(|error| format!("`checkpoint` is not one of this log: {error}"))?;
    let now = reader.checkpoint();
    if old.size > now.size {
        return Err(format!("`checkpoint` speaks of {} entries, and the log has {}", old.size, now.size));
    }
    if old.size > 0 {
        let proof = reader.prove_consistency(old.size).map_err(|error| error.to_string())?;
        let consistent = tree::verify_consistency(old.size, old.root, now.size, now.root, &proof);
        consistent.map_err(|error| format!("`checkpoint` shows another history than this log: {error}"))?;
    }
    Ok(old)
}

fn sha256(text: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).into()
}

/// The answer's bytes; what is not base64 gives none, and reads as no timestamp.
fn response(timestamp: &Timestamp) -> Vec<u8> {
    BASE64_STANDARD.decode(&timestamp.response).unwrap_or_default()
}

/// How many entries the checkpoint speaks of, and when the authority says that it saw it.
fn told(held: &Held<Timestamp>) -> (String, String) {
    let size = held.what.checkpoint.lines().nth(1).unwrap_or("cannot tell").to_owned();
    let at = timestamp::read(&response(&held.what))
        .map_or_else(|why| format!("cannot tell: {why}"), |said| said.at.to_string());
    (size, at)
}

fn list(common: &Common) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let rows = mission.timestamps().iter().map(|held| (held.entry, held.what.authority.clone(), told(held)));
    if common.json {
        let rows = rows.map(
            |(entry, authority, (size, at))| json!({ "entry": entry, "authority": authority, "size": size, "at": at }),
        );
        return print_json("backstop.timestamps/1", Exit::Done, json!({ "timestamps": rows.collect::<Vec<_>>() }));
    }
    let text: String = rows
        .map(|(entry, authority, (size, at))| format!("entry {entry:<6} {size} entries at {at}, says {authority}\n"))
        .collect();
    if text.is_empty() {
        common.say("no timestamps; `backstop timestamp request DIR` begins one");
    }
    print(&text)
}

fn check(common: &Common, authorities: &Path) -> Result<Exit, Failure> {
    let reader = Reader::open(common.store()?)?;
    let (mission, _) = station::of(&reader)?;
    let checked = |held: &Arc<Held<Timestamp>>| match ours(&reader, held.what.checkpoint.as_bytes()) {
        Ok(_) => timestamp::check(&held.what, &response(&held.what), authorities),
        Err(why) => Answer::No(why),
    };
    let rows: Vec<_> = mission.timestamps().iter().map(|held| (held, checked(held))).collect();
    let worst = Answer::worst(rows.iter().map(|(_, answer)| answer));
    let exit = worst.map_or(Exit::CannotTell, Exit::from);
    if common.json {
        let rows = rows.iter().map(|(held, answer)| {
            let (size, at) = told(held);
            json!({ "entry": held.entry, "authority": held.what.authority, "size": size, "at": at, "holds": answer.word(), "why": answer.note() })
        });
        return print_json("backstop.timestamp-check/1", exit, json!({ "timestamps": rows.collect::<Vec<_>>() }));
    }
    let mut text = String::new();
    for (held, answer) in rows {
        let ((size, at), authority) = (told(held), &held.what.authority);
        let _ = writeln!(text, "entry {:<6} {size} entries at {at}, says {authority}: {}", held.entry, answer.word());
        if !answer.note().is_empty() {
            let _ = writeln!(text, "             {}", answer.note());
        }
    }
    if text.is_empty() {
        common.say(
            "no timestamps, so nothing outside says when this log existed; `backstop timestamp request DIR` begins one",
        );
    }
    print(&text)?;
    Ok(exit)
}

fn export(common: &Common, entry: u64, out: &Path) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let held = mission.timestamps().iter().find(|held| held.entry == entry);
    let held = held.ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("entry {entry} holds no timestamp; see `backstop timestamp list`"))
    })?;
    timestamp::write_files(out, &held.what, &response(&held.what))?;
    print(&format!("{}\n", timestamp::command()))
}
