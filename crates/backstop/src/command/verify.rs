//! `backstop verify`: checks a store, a published file, a receipt, evidence or opened fields offline. Yes, no, or cannot tell;
//! never two of them in one code.

use super::fill::read_text;
use super::judged::{self, by_policy, policy_words, read_policy};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, VerifyArgs, opening};
use crate::file_proof::{FileVerification, Trust, check};
use crate::storage::{Erased, LocalDisk, PayloadsFound, Reader, ReaderSecret, Verification, verify, verify_as};
use crate::witness::Standing;
use ledger::VerifyingIdentity;
use ledger::policy::{Judgement, Policy};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use verifier::Answer;

pub(super) fn run(common: &Common, args: &VerifyArgs) -> Result<Exit, Failure> {
    if !args.path.is_file() {
        return store(common, args);
    }
    if let Some(bytes) = opening::opened_file(&args.path)? {
        return opening::verify(common, &bytes, args.log_key.as_deref().map(read_key).transpose()?);
    }
    match judged::file(common, args)? {
        Some(exit) => Ok(exit),
        None => file(common, args),
    }
}

fn file(common: &Common, args: &VerifyArgs) -> Result<Exit, Failure> {
    let log = args.log_key.as_deref().map(read_key).transpose()?;
    let policy =
        args.policy.as_deref().map(|path| Ok::<_, Failure>((read_policy(path)?, read_text(path)?))).transpose()?;
    // A trust file for one log says its key too.
    let only = |policy: &Policy| policy.logs().next().filter(|_| policy.logs().nth(1).is_none()).cloned();
    let log = log.or_else(|| policy.as_ref().and_then(|(policy, _)| only(policy)));
    let trust = Trust { log, policy: policy.map(|(_, text)| text) };
    let answer = check(&args.path, &trust);
    let exit = exit_of(&answer, &trust);
    if common.json {
        let of_what = answer.of_what();
        let one = |answer: &Answer| json!({ "answer": answer.word(), "note": answer.note() });
        let data = json!({
            "file": args.path.display().to_string(), "sha256": answer.sha256,
            "data_class": of_what.map(|(class, _)| class.word()), "mission": of_what.map(|(_, mission)| mission),
            "bytes_unchanged": one(&answer.unchanged), "in_the_log": one(&answer.in_the_log),
            "witnesses": one(&answer.witnesses),
            "beside": { "unchanged": answer.beside.0, "files": answer.beside.1 },
        });
        return print_json("backstop.verify-file/1", exit, data);
    }
    print(&file_words(&args.path, &answer, exit))?;
    Ok(exit)
}

fn exit_of(answer: &FileVerification, trust: &Trust) -> Exit {
    let policy = trust.policy.as_ref().map(|text| Policy::parse(text.as_bytes()));
    let asks = policy.is_some_and(|policy| policy.is_ok_and(|policy| policy.asks_for_witnesses()));
    let asked = [Some(&answer.unchanged), Some(&answer.in_the_log), asks.then_some(&answer.witnesses)];
    if answer.beside.0 < answer.beside.1 {
        return Exit::Wrong;
    }
    Answer::worst(asked.into_iter().flatten()).map_or(Exit::CannotTell, Exit::from)
}

fn file_words(path: &Path, answer: &FileVerification, exit: Exit) -> String {
    let mut text = String::new();
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let (class, mission) = match answer.of_what() {
        Some((class, mission)) => (class.word().to_uppercase(), format!("mission {mission}")),
        None => ("data class unknown".to_owned(), "mission unknown".to_owned()),
    };
    let _ = writeln!(text, "{name}   sha256 {}   {class}   {mission}", answer.sha256);
    let lines =
        [("bytes unchanged", &answer.unchanged), ("in the log", &answer.in_the_log), ("witnesses", &answer.witnesses)];
    for (question, answer) in lines {
        let _ = writeln!(text, "  {question:<21} {:<12} {}", answer.word(), answer.note());
    }
    let (same, all) = answer.beside;
    if all > 0 {
        let _ = writeln!(text, "  {:<21} {same} of {all} that lie beside it are unchanged", "other files");
    }
    text.push_str(last_line(exit));
    text
}

fn last_line(exit: Exit) -> &'static str {
    if exit == Exit::Done {
        "verified\n"
    } else if exit == Exit::Wrong {
        "checked and wrong\n"
    } else {
        "cannot tell\n"
    }
}

pub(super) fn read_key(path: &Path) -> Result<VerifyingIdentity, Failure> {
    let text = read_text(path)?;
    VerifyingIdentity::parse(text.trim_end())
        .map_err(|error| Failure::new(Exit::Usage, format!("`{}`: {error}", path.display())))
}

fn store(common: &Common, args: &VerifyArgs) -> Result<Exit, Failure> {
    let policy = args.policy.as_deref().map(read_policy).transpose()?;
    let verification = match &args.reader_key {
        None => verify(&args.path),
        Some(file) => {
            let secret = ReaderSecret::parse(&read_text(file)?);
            let why = format!("`{}` holds no reader's secret", file.display());
            verify_as(&LocalDisk, &args.path, Some(secret.ok_or_else(|| Failure::new(Exit::Usage, why))?))
        }
    };
    let store = match &verification {
        Verification::Yes { .. } => Some(Reader::open(&args.path)?),
        Verification::No { .. } | Verification::CannotTell { .. } => None,
    };
    let judged = policy.zip(store.as_ref()).map(|(policy, store)| {
        let judged = policy.judge(store.checkpoint_text().as_bytes());
        judged.map_err(|error| error.to_string())
    });
    let standing = store.as_ref().map(Standing::of);
    let exit = match (&verification, &judged) {
        (Verification::No { .. }, _) => Exit::Wrong,
        (Verification::CannotTell { .. }, _) => Exit::CannotTell,
        // By the keys of the store's own trust file: a changed byte, even if by the log's key alone nothing was.
        (Verification::Yes { .. }, _) if standing.as_ref().is_some_and(Standing::is_spoiled) => Exit::Wrong,
        (Verification::Yes { .. }, None) => Exit::Done,
        (Verification::Yes { .. }, Some(judged)) => by_policy(judged.as_ref().map(|judged| judged.answer).ok()),
    };
    if common.json {
        let mut data = data(&verification);
        data["witnesses"] = standing.map_or(Value::Null, |standing| standing.json());
        data["policy"] = judged.map_or(Value::Null, |judged| json!(policy_words(&judged)));
        return print_json("backstop.verify/1", exit, data);
    }
    print(&words(&args.path, &verification, standing.as_ref(), judged.as_ref(), exit))?;
    Ok(exit)
}

fn words(
    dir: &Path,
    verification: &Verification,
    standing: Option<&Standing>,
    judged: Option<&Result<Judgement, String>>,
    exit: Exit,
) -> String {
    let mut text = String::new();
    let dir = dir.display();
    match verification {
        Verification::Yes { entries, unpublished, root, log_key, authors, payloads } => {
            let _ = writeln!(text, "{dir}");
            let _ = writeln!(text, "  bytes unchanged   yes   {entries} entries, {unpublished} more not published yet");
            let keys = if authors.len() == 1 { "key" } else { "keys" };
            let _ = writeln!(text, "  signatures        yes   {} author {keys}", authors.len());
            text.push_str(&contents(payloads));
            let _ = writeln!(text, "  root              {}", root.to_base64());
            let _ = writeln!(text, "  log key           {log_key}");
            match standing.filter(|standing| standing.has_witnesses()) {
                None => {
                    let _ = writeln!(text, "  witnesses         none: compare the log key with the one you were given");
                }
                Some(standing) => {
                    let _ = writeln!(text, "  witnesses         {}", standing.line());
                    standing.sentences().iter().skip(1).for_each(|sentence| text.push_str(&format!("  {sentence}\n")));
                    let _ = writeln!(
                        text,
                        "                    by the store's own trust file; `--policy FILE` judges by yours"
                    );
                }
            }
            if let Some(judged) = judged {
                let _ = writeln!(text, "  your policy       {}", policy_words(judged));
            }
            text.push_str(last_line(exit));
        }
        Verification::No { differences, missing } => {
            let _ = writeln!(text, "{dir}\n  bytes unchanged   no");
            differences.iter().for_each(|difference| text.push_str(&format!("  {difference}\n")));
            missing.iter().for_each(|missing| text.push_str(&format!("  missing: {missing}\n")));
            text.push_str("checked and wrong\n");
        }
        Verification::CannotTell { missing } => {
            let _ = writeln!(text, "{dir}\n  bytes unchanged   cannot tell");
            missing.iter().for_each(|missing| text.push_str(&format!("  missing: {missing}\n")));
            text.push_str("cannot tell: restore the missing pieces and verify again\n");
        }
    }
    text
}

/// What the entries say, as far as it could be checked: three answers here too.
fn contents(found: &PayloadsFound) -> String {
    let PayloadsFound { opened, sealed, withheld, erased, unfinished } = found;
    let mut text = String::new();
    let _ = writeln!(text, "  contents          yes   {opened} opened, each as committed to");
    if *sealed > 0 {
        let _ = writeln!(
            text,
            "                    cannot tell   {sealed} sealed: no key to them here, see `--reader-key`"
        );
    }
    if *withheld > 0 {
        let _ = writeln!(text, "                    cannot tell   {withheld} committed to by entries without contents");
    }
    for (order, count) in orders(erased) {
        let Erased { by, authority, ground, .. } = order;
        let _ = writeln!(text, "  erased            {count} by entry {by}, on the authority of {authority}: {ground}");
    }
    if !unfinished.is_empty() {
        let _ = writeln!(
            text,
            "  to be erased      {} whose keys are still here: `backstop redact --finish`",
            unfinished.len()
        );
    }
    text
}

/// One erased entry of each order, with how many there are.
fn orders(erased: &[Erased]) -> Vec<(&Erased, usize)> {
    let mut orders: BTreeMap<u64, (&Erased, usize)> = BTreeMap::new();
    for entry in erased {
        orders.entry(entry.by).or_insert((entry, 0)).1 += 1;
    }
    orders.into_values().collect()
}

fn data(verification: &Verification) -> Value {
    match verification {
        Verification::Yes { entries, unpublished, root, log_key, authors, payloads } => json!({
            "entries": entries, "unpublished": unpublished, "root": root.to_base64(), "log_key": log_key,
            "authors": authors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "contents": {
                "opened": payloads.opened, "sealed": payloads.sealed, "withheld": payloads.withheld,
                "erased": payloads.erased.iter().map(|Erased { entry, by, authority, ground }| {
                    json!({ "entry": entry, "by": by, "authority": authority, "ground": ground })
                }).collect::<Vec<_>>(),
                "to_be_erased": payloads.unfinished,
            },
        }),
        Verification::No { differences, missing } => json!({
            "differences": differences.iter().map(|d| json!({ "entry": d.entry, "file": d.file, "offset": d.offset, "what": d.what })).collect::<Vec<_>>(),
            "missing": missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Verification::CannotTell { missing } => {
            json!({ "missing": missing.iter().map(ToString::to_string).collect::<Vec<_>>() })
        }
    }
}
