//! `backstop backup`: a sealed copy of the whole store, opened again, restored, verified and replayed before it counts.
//!
//! Takes a folder and public keys; prints what was checked. Ends with 7 or 8 if the copy does not hold; then the one before stands.

use super::meter::Meter;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::backup::{Checked, Former, Head, Made, Order, Progress, Recipient, Signing, known_backups, make};
use crate::clock::now;
use crate::storage::DataClass;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use verifier::Answer;

#[derive(Args)]
pub(super) struct BackupArgs {
    /// The folder of the backup; run again, it takes what is new. Without it, every backup that the store knows of
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// For whom it is sealed: a public key of `age`; can be given more than once. Those of the last run without it
    #[arg(long = "recipient", value_name = "age1…", requires = "to", value_parser = recipient)]
    recipients: Vec<Recipient>,
    /// A folder of its own for the few kilobytes that open the rest, as on a stick in a safe: other copies die with it
    #[arg(long, value_name = "DIR", requires = "to")]
    secrets_to: Option<PathBuf>,
    /// Where it is restored to be checked; it holds the store's keys in the clear for a while. In the store without it
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

fn recipient(text: &str) -> Result<Recipient, String> {
    let what = "it is no public key of `age`: `age1` and 58 letters, as `age-keygen` prints it; keys of other kinds are not known here";
    Recipient::parse(text).ok_or_else(|| what.to_owned())
}

/// One backup that is to be made.
struct Asked {
    to: PathBuf,
    secrets_to: Option<PathBuf>,
    recipients: Vec<Recipient>,
}

pub(super) fn run(common: &Common, args: &BackupArgs) -> Result<Exit, Failure> {
    let store = common.store()?;
    let mut exit = Exit::Done;
    let mut all = Vec::new();
    for asked in asked(store, args)? {
        let scratch = args.scratch.clone().unwrap_or_else(|| store.join("backups")).join("scratch");
        let order = Order {
            store,
            to: &asked.to,
            secrets_to: asked.secrets_to.as_deref(),
            recipients: &asked.recipients,
            signing: Signing::Included,
            former: Former::Replaced,
            scratch: &scratch,
            at: now(),
        };
        let made = made(common, &order)?;
        let one = exit_of(&made);
        exit = if exit == Exit::Done { one } else { exit };
        if common.json {
            all.push(data(&asked.to, &made));
        } else {
            print(&words(&asked.to, &made))?;
        }
    }
    if common.json { print_json("backstop.backup/1", exit, json!({ "backups": all })) } else { Ok(exit) }
}

/// Makes a backup, telling how far it has come.
pub(super) fn made(common: &Common, order: &Order<'_>) -> Result<Made, Failure> {
    let mut meter = Meter::new(common);
    let made = make(order, &mut |progress| meter.tell(|seconds| line(progress, seconds)))?;
    meter.end();
    Ok(made)
}

/// The backup that the arguments name, or each that the store knows of.
fn asked(store: &Path, args: &BackupArgs) -> Result<Vec<Asked>, Failure> {
    let known = known_backups(store)?;
    let of = |known: &crate::backup::Known| -> Asked {
        let recipients = known.recipients.iter().filter_map(|text| Recipient::parse(text)).collect();
        Asked { to: known.to.clone(), secrets_to: known.secrets_to.clone(), recipients }
    };
    let Some(to) = &args.to else {
        if known.is_empty() {
            let what = "no backup was made of this store yet; name a folder, `--to DIR`, and for whom it is, `--recipient age1…`";
            return Err(Failure::new(Exit::Usage, what));
        }
        return Ok(known.iter().map(of).collect());
    };
    let absolute = std::path::absolute(to)?;
    let before = known.iter().find(|known| known.to == absolute).map(of);
    let recipients = if args.recipients.is_empty() {
        before.as_ref().map(|before| before.recipients.clone()).unwrap_or_default()
    } else {
        args.recipients.clone()
    };
    let secrets_to = args.secrets_to.clone().or_else(|| before.and_then(|before| before.secrets_to));
    Ok(vec![Asked { to: to.clone(), secrets_to, recipients }])
}

/// The line of progress after some seconds.
pub(super) fn line(progress: Progress, seconds: f64) -> String {
    const MEGABYTE: f64 = 1e6;
    let Progress { doing, done, of } = progress;
    if of == 0 {
        return doing.to_owned();
    }
    let left = if done > 0 { seconds * (of - done.min(of)) as f64 / done as f64 } else { 0.0 };
    let (done, of) = (done as f64 / MEGABYTE, of as f64 / MEGABYTE);
    format!("{doing}  {done:.0} of {of:.0} MB  {:.0} MB/s  {left:.0} s left", done / seconds.max(0.001))
}

fn exit_of(made: &Made) -> Exit {
    match made.checked.answer() {
        Answer::Yes(_) if made.checked.remarks.is_empty() => Exit::Done,
        Answer::Yes(_) => Exit::Findings,
        answer @ (Answer::No(_) | Answer::CannotTell(_)) => Exit::from(answer),
    }
}

fn words(to: &Path, made: &Made) -> String {
    let mut text = heading(to, Some(&made.head));
    text.push_str(&answers(&made.checked));
    let _ = writeln!(text, "  new                   {} bytes, and {} were there", made.written, made.kept);
    for name in &made.left_out {
        let _ = writeln!(text, "  left out: `{name}`, which is no part of the record");
    }
    text.push_str(match made.checked.answer() {
        Answer::Yes(_) => "backed up: opened, restored, verified and replayed\n",
        Answer::No(_) | Answer::CannotTell(_) => {
            "this copy does not count; the one before it stands, if there was one\n"
        }
    });
    text
}

/// What a backup says that it is.
pub(super) fn heading(place: &Path, head: Option<&Head>) -> String {
    let Some(head) = head else { return format!("{}\n", place.display()) };
    let (class, mission) = DataClass::of_origin(&head.origin).map_or_else(
        || ("DATA CLASS UNKNOWN".to_owned(), head.origin.as_str()),
        |(class, mission)| (class.word().to_uppercase(), mission),
    );
    let Head { id, run, made_at, .. } = head;
    format!("{}   {class}   mission {mission}   backup {id}, run {run}, of {made_at}\n", place.display())
}

/// The answers, one a line.
pub(super) fn answers(checked: &Checked) -> String {
    let mut text = String::new();
    for (question, answer) in checked.answers() {
        let _ = writeln!(text, "  {question:<21} {:<12} {}", answer.word(), answer.note());
    }
    for remark in &checked.remarks {
        let _ = writeln!(text, "  note: {remark}");
    }
    text
}

/// A backup as JSON.
pub(super) fn data_of(checked: &Checked) -> Value {
    let answers = checked.answers().map(|(question, answer)| {
        (question.replace(' ', "_"), json!({ "answer": answer.word(), "note": answer.note() }))
    });
    let head = checked.head.as_ref().map(|head| {
        json!({
            "id": head.id, "run": head.run, "origin": head.origin, "size": head.size, "root": head.root.to_base64(),
            "made_at": head.made_at, "program": head.program, "generation": head.generation,
            "blocks": head.blocks.0, "bytes": head.blocks.1,
            "recipients": head.recipients.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    json!({
        "head": head, "log_key": checked.log_key, "remarks": checked.remarks,
        "answers": Value::Object(answers.into_iter().collect()),
    })
}

fn data(to: &Path, made: &Made) -> Value {
    let mut data = data_of(&made.checked);
    data["to"] = json!(to.display().to_string());
    data["written"] = json!(made.written);
    data["kept"] = json!(made.kept);
    data["left_out"] = json!(made.left_out);
    data
}

impl From<crate::backup::Error> for Failure {
    fn from(error: crate::backup::Error) -> Failure {
        use crate::backup::Error;
        match error {
            Error::Store(error) => error.into(),
            Error::Asked(_) => Failure::new(Exit::Usage, error),
            Error::Io { .. } | Error::Chance(_) => Failure::new(Exit::Failed, error),
        }
    }
}
