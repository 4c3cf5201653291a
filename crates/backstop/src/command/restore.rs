//! `backstop restore` and `backstop resume`: a store out of a backup, and the words of a person that it may go on.
//!
//! Takes a backup and secret keys; prints five answers, and leaves a store only if all are yes. A restored store takes no
//! entries until somebody says which checkpoint is the latest that anyone holds. Never lets a log go on from behind that.

use super::backup::{answers, data_of, heading, line};
use super::meter::Meter;
use super::outcome::{print, print_json};
use super::verify::read_key;
use super::{Common, Exit, Failure};
use crate::backup::{Checked, Given, Identity, Keep, Later, Secret, check, restore, wipe};
use crate::clock::now;
use crate::mirror::{Source, follow};
use crate::station::entry;
use crate::storage::{Halt, Halted, LocalDisk, Reader, Store, beside};
use crate::witness::Asker;
use clap::Args;
use ledger::note::MAX_NOTE_BYTES;
use ledger::{Checkpoint, Proof};
use mission::record::Body;
use mission::record::body::Resumption;
use mission::record::publication::Basis;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use verifier::Answer;

/// The time that a witness has to show what it holds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest file with keys.
const MOST_KEY_BYTES: u64 = 65_536;

#[derive(Args)]
pub(super) struct RestoreArgs {
    /// The backup's folder
    backup: PathBuf,
    /// The new folder for the store
    #[arg(long, value_name = "DIR", required_unless_present = "check_only")]
    into: Option<PathBuf>,
    /// Restore to a scratch folder, verify and replay everything, and keep nothing
    #[arg(long, conflicts_with = "into")]
    check_only: bool,
    /// A file with secret keys, as `age-keygen` writes it; can be given more than once
    #[arg(long = "identity", short = 'i', value_name = "FILE")]
    identities: Vec<PathBuf>,
    /// The file with the secrets, or its folder, if they were written to a place of their own
    #[arg(long, value_name = "PATH")]
    secrets: Option<PathBuf>,
    /// The log's public key as you were given it; without it the one in the backup is believed, and printed
    #[arg(long, value_name = "FILE")]
    log_key: Option<PathBuf>,
    /// A store or mirror of the log as it is now, a folder or an address: what it ordered erased since is destroyed here too
    #[arg(long, value_name = "SOURCE", requires = "into")]
    later: Option<String>,
    /// For `--check-only`: a folder as safe as the store's own, as it holds its keys in the clear for a while
    #[arg(long, value_name = "DIR", requires = "check_only")]
    scratch: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ResumeArgs {
    /// The latest checkpoint that anyone holds: a signed checkpoint of a witness or mirror, or a receipt
    #[arg(long, value_name = "FILE", required_unless_present = "none_held")]
    latest: Option<PathBuf>,
    /// In place of it: nobody holds a later checkpoint than this store
    #[arg(long)]
    none_held: bool,
    /// The engine that the store was joined to is gone for good, with what it held
    #[arg(long)]
    engine_lost: bool,
    /// Whom you asked for it, and what they said; it is recorded
    #[arg(long, value_name = "WORDS")]
    asked: String,
    /// The office that decides it, never a private name
    #[arg(long, value_name = "OFFICE")]
    by: String,
}

pub(super) fn run(common: &Common, args: &RestoreArgs) -> Result<Exit, Failure> {
    if !args.backup.is_dir() {
        return Err(Failure::new(Exit::NotFound, format!("`{}` is not a folder", args.backup.display())));
    }
    let identities = identities(&args.identities)?;
    let log_key = args.log_key.as_deref().map(read_key).transpose()?;
    let secret = args.secrets.as_deref().map(|file| Secret { file, identities: &identities });
    let scratch = args.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let scratch = scratch.join(format!("backstop-restore-{}", std::process::id()));
    let given = Given {
        folder: &args.backup,
        head: None,
        secret,
        identities: &identities,
        log_key: log_key.as_ref(),
        into: args.into.as_deref().unwrap_or(&scratch),
        keep: Keep::Nothing,
    };
    let mut meter = Meter::new(common);
    let mut tell = |progress| meter.tell(|seconds| line(progress, seconds));
    let checked = if args.into.is_some() {
        let later = args.later.as_deref().map(later).transpose()?;
        restore(&given, later.as_ref(), now(), &mut tell)?
    } else {
        let checked = check(&given, &mut tell);
        wipe(&scratch)?;
        checked?
    };
    meter.end();
    told(common, &args.backup, args.into.as_deref(), &checked)
}

/// The log as it is now; of an address, a copy that goes when it was read.
fn later(source: &str) -> Result<Later, Failure> {
    if !Source::is_address(source) {
        return match Path::new(source).is_dir() {
            true => Ok(Later::of(Path::new(source), source)?),
            false => Err(Failure::new(Exit::NotFound, format!("`{source}` is neither a folder nor an address"))),
        };
    }
    let from = Source::named(source).map_err(|why| Failure::new(Exit::NotFound, why))?;
    let copy = std::env::temp_dir().join(format!("backstop-later-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&copy);
    let followed = follow(&from, &copy, None, &mut |_| {});
    let later = followed.map_err(Failure::from).and_then(|_| Ok(Later::of(&copy, source)?));
    let _ = std::fs::remove_dir_all(&copy);
    later
}

fn told(common: &Common, backup: &Path, into: Option<&Path>, checked: &Checked) -> Result<Exit, Failure> {
    let exit = Exit::from(checked.answer());
    let into = into.filter(|_| exit == Exit::Done);
    if common.json {
        let mut data = data_of(checked);
        data["restored"] = json!(into.map(|into| into.display().to_string()));
        return print_json("backstop.restore/1", exit, data);
    }
    let last = match (checked.answer(), into) {
        (Answer::Yes(_), None) => "checked: opened, restored, verified and replayed; nothing was kept\n".to_owned(),
        (Answer::Yes(_), Some(into)) => {
            let into = into.display();
            format!("restored to `{into}`, which takes no entries until `backstop resume` says that it may\n")
        }
        (Answer::No(_), _) => "checked and wrong; nothing was restored\n".to_owned(),
        (Answer::CannotTell(_), _) => "cannot tell; nothing was restored\n".to_owned(),
    };
    print(&format!("{}{}{last}", heading(backup, checked.head.as_ref()), answers(checked)))?;
    Ok(exit)
}

/// The secret keys in files of `age-keygen`.
pub(super) fn identities(files: &[PathBuf]) -> Result<Vec<Identity>, Failure> {
    let mut identities = Vec::new();
    for path in files {
        let failed = |why: String| Failure::new(Exit::Usage, format!("`{}`: {why}", path.display()));
        let text = beside::read(path, MOST_KEY_BYTES).map_err(|error| failed(error.to_string()))?;
        let text = text.ok_or_else(|| failed("there is no such file".into()))?;
        identities.extend(Identity::parse_file(&text).map_err(failed)?);
    }
    Ok(identities)
}

/// `backstop resume`: lets a store that stood still go on, if nobody holds more of its log.
pub(super) fn resume(common: &Common, args: &ResumeArgs) -> Result<Exit, Failure> {
    let dir = common.store()?;
    let Some(halt) = Halt::of(&LocalDisk, dir)? else {
        return Err(Failure::new(Exit::Usage, "this store does not stand still; there is nothing to resume"));
    };
    if args.asked.trim().is_empty() || args.by.trim().is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "say with `--asked` whom you asked, and with `--by` which office decides it",
        ));
    }
    if let Some(order) = halt.later.iter().max_by_key(|order| order.by) {
        let what = format!(
            "entry {} of this log, which is not here, ordered something erased: the log went on, and a writer that goes on from here \
             would sign a second history. Restore a later backup, or keep this store to read",
            order.by
        );
        return Err(Failure::new(Exit::Refused, what));
    }
    if halt.joined && !args.engine_lost {
        let what = "this store was joined to an engine, which has every entry that had a receipt; what is recorded here would stand beside \
                    those. Make a new directory from it with `backstop --store NEW log join --keys FOLDER` and `--directory` or \
                    `--postgres`; or say `--engine-lost` if the engine is gone for good";
        return Err(Failure::new(Exit::Refused, what));
    }
    let reader = Reader::open(dir)?;
    let latest = args.latest.as_deref().map(|path| latest(&reader, path)).transpose()?;
    let witnesses = ask_witnesses(common, &reader)?;
    if !dir.join("keys/log.key").exists() {
        let what = "this copy came without the keys that sign; it is read and checked, and only the custodian who has them goes on";
        return Err(Failure::new(Exit::Refused, what));
    }
    let basis = Basis { size: reader.size(), root: reader.root().to_base64() };
    drop(reader);
    let asked = if witnesses.is_empty() { args.asked.clone() } else { format!("{}; {witnesses}", args.asked) };
    let after = match halt.why {
        Halted::Restored => "restored",
        Halted::HandedOver => "handed-over",
    };
    let resumption = Resumption { after: after.into(), basis, latest, asked, by: args.by.clone() };
    // If we stop after this, the decision stands and its entry is missing; the words were said all the same.
    Halt::lift(&LocalDisk, dir)?;
    let mut store = Store::open(dir)?;
    let data_class = store.settings().data_class;
    let receipts = store.append(vec![entry(&Body::RecordResumed(resumption.clone()), now(), data_class)])?;
    store.publish()?;
    let index = receipts[0].index;
    if common.json {
        let latest = resumption.latest.map(|latest| json!({ "size": latest.size, "root": latest.root }));
        return print_json("backstop.resume/1", Exit::Done, json!({ "entry": index, "latest": latest }));
    }
    print(&format!("goes on; entry {index} says who decided it\n"))
}

/// The checkpoint in a file, if it is one of this log and holds nothing that is missing here.
fn latest(reader: &Reader, path: &Path) -> Result<Basis, Failure> {
    let name = path.display();
    let text = beside::read(path, 2 * MAX_NOTE_BYTES as u64)?;
    let text = text.ok_or_else(|| Failure::new(Exit::NotFound, format!("there is no file `{name}`")))?;
    let note = Proof::parse(&text).map_or(text, |proof| proof.checkpoint);
    let opened = Checkpoint::open(note.as_bytes(), &reader.keys().log, &[]);
    let (checkpoint, _) =
        opened.map_err(|error| Failure::new(Exit::Wrong, format!("`{name}` is no checkpoint of this log: {error}")))?;
    must_be_here(reader, &format!("`{name}`"), &checkpoint)?;
    Ok(Basis { size: checkpoint.size, root: checkpoint.root.to_base64() })
}

/// Refuses to go on from behind what somebody holds, or beside it.
fn must_be_here(reader: &Reader, who: &str, checkpoint: &Checkpoint) -> Result<(), Failure> {
    let (size, here) = (checkpoint.size, reader.size());
    if size > here {
        let what = format!(
            "{who} holds {size} entries and this store {here}: entries {here} to {} are missing here, and a writer that goes on \
             would sign a second history. Restore a later backup, or keep this store to read",
            size - 1
        );
        return Err(Failure::new(Exit::Refused, what));
    }
    if reader.root_of(size)? != checkpoint.root {
        let what = format!(
            "{who} has another root for {size} entries than this store: two histories under one key; keep both as evidence"
        );
        return Err(Failure::new(Exit::Wrong, what));
    }
    Ok(())
}

/// Looks at what the store's own witnesses hold, whatever the person was told; in words for the record.
fn ask_witnesses(common: &Common, reader: &Reader) -> Result<String, Failure> {
    let mut said = Vec::new();
    for (name, held) in Asker::new(PATIENCE).held_elsewhere(reader)? {
        match held {
            Ok(checkpoint) => {
                must_be_here(reader, &format!("witness `{name}`"), &checkpoint)?;
                said.push(format!("witness {name} holds {} entries", checkpoint.size));
            }
            Err(why) => {
                common.say(format!("witness `{name}`: cannot tell what it holds: {why}"));
                said.push(format!("witness {name} did not answer"));
            }
        }
    }
    Ok(said.join("; "))
}
