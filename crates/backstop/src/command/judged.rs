//! What `backstop verify` says of receipts under a trust file, and of evidence against a log. Takes files; gives yes, no or
//! cannot tell, offline. Never takes a file's own word for who is to be believed.

use super::fill::read_text;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, VerifyArgs};
use ledger::Proof;
use ledger::evidence::{self, Evidence, Verdict};
use ledger::policy::{Answer, Cosigned, Judgement, Policy};
use serde_json::json;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A checkpoint that is spoiled is wrong. One that too few cosigned may still be the log's: that cannot be told.
pub(super) fn by_policy(answer: Option<Answer>) -> Exit {
    match answer {
        Some(Answer::Satisfied) => Exit::Done,
        None => Exit::Wrong,
        Some(Answer::NotSatisfied | Answer::CannotTell) => Exit::CannotTell,
    }
}

pub(super) fn policy_words(judged: &Result<Judgement, String>) -> String {
    match judged {
        Err(why) => format!("no: {why}"),
        Ok(judged) => {
            let cosigned = judged.witnesses.iter().filter(|one| matches!(one, Cosigned::At { .. })).count();
            let (answer, enough) = match judged.answer {
                Answer::Satisfied => ("yes", ""),
                Answer::NotSatisfied => ("cannot tell", ", which is not enough"),
                Answer::CannotTell => ("cannot tell", ""),
            };
            format!("{answer}: {cosigned} of the {} witnesses of your policy cosigned{enough}", judged.witnesses.len())
        }
    }
}

pub(super) fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let named = |error| Failure::new(Exit::Usage, format!("`{}`: {error}", path.display()));
    Policy::parse(read_text(path)?.as_bytes()).map_err(named)
}

/// Checks evidence against a log, or a receipt if there is a policy to judge it by; none if the file is neither.
pub(super) fn file(common: &Common, args: &VerifyArgs) -> Result<Option<Exit>, Failure> {
    let mut first = [0; 64];
    let read = File::open(&args.path).and_then(|mut file| file.read(&mut first))?;
    let begins_with = |line: &str| first[..read].starts_with(format!("{line}\n").as_bytes());
    if begins_with(evidence::FIRST_LINE) {
        return check_evidence(common, &read_text(&args.path)?).map(Some);
    }
    let (Some(policy), true) = (&args.policy, begins_with("c2sp.org/tlog-proof@v1")) else { return Ok(None) };
    check_receipt(common, args, &read_text(&args.path)?, &read_policy(policy)?).map(Some)
}

fn check_evidence(common: &Common, text: &str) -> Result<Exit, Failure> {
    let read = Evidence::parse(text);
    let judged = read.as_ref().map_err(Clone::clone).and_then(Evidence::judge);
    let sizes = read.as_ref().ok().and_then(|evidence| evidence.checkpoints().ok());
    let (exit, says) = match &judged {
        Ok(Verdict::Contradict) => {
            (Exit::Done, "these two notes, both signed by this key, cannot both be true".to_owned())
        }
        Ok(Verdict::Agree) => (Exit::Wrong, "these two notes agree: the second begins with the first".to_owned()),
        Ok(Verdict::CannotTell) => {
            let says = "both notes are signed by this key, and nothing here shows whether one begins with the other; the tiles \
                of the larger log would";
            (Exit::CannotTell, says.to_owned())
        }
        Err(error) => (Exit::Wrong, format!("this is evidence of nothing: {error}")),
    };
    let key = read.ok().map(|evidence| evidence.log.to_string());
    let sizes = sizes.map(|(first, second)| [first, second].map(|one| (one.size, one.root.to_base64())));
    if common.json {
        let notes = sizes.map(|notes| notes.map(|(size, root)| json!({ "size": size, "root": root })));
        return print_json("backstop.evidence/1", exit, json!({ "says": says, "log_key": key, "notes": notes }));
    }
    let mut shown = String::new();
    if let Some(key) = key {
        let _ = writeln!(shown, "  log key           {key}");
    }
    for (size, root) in sizes.into_iter().flatten() {
        let _ = writeln!(shown, "  signed            {size} entries, root {root}");
    }
    if exit == Exit::Done {
        let _ =
            writeln!(shown, "  this convicts the key above and no other: compare it with the one you know the log by");
    }
    print(&format!("{shown}{says}\n"))?;
    Ok(exit)
}

fn check_receipt(common: &Common, args: &VerifyArgs, text: &str, policy: &Policy) -> Result<Exit, Failure> {
    let Some(entry) = &args.entry else {
        let why = "a receipt is checked with the leaf that it is about: add `--entry FILE`";
        return Err(Failure::new(Exit::Usage, why));
    };
    let entry = std::fs::read(entry)
        .map_err(|error| Failure::new(Exit::NotFound, format!("cannot read `{}`: {error}", entry.display())))?;
    let judged = Proof::parse(text).and_then(|proof| Ok((proof.index, policy.judge_proof(&proof, &entry)?)));
    let judged = judged.map_err(|error| error.to_string());
    let exit = by_policy(judged.as_ref().map(|(_, judged)| judged.answer).ok());
    let says = policy_words(&judged.as_ref().map(|(_, judged)| judged.clone()).map_err(Clone::clone));
    let index = judged.as_ref().map(|(index, _)| *index).ok();
    let size = judged.as_ref().map(|(_, judged)| judged.checkpoint.size).ok();
    if common.json {
        return print_json("backstop.receipt/1", exit, json!({ "says": says, "index": index, "size": size }));
    }
    if let (Some(index), Some(size)) = (index, size) {
        print(&format!("  in the log        yes   entry {index} of {size}\n"))?;
    }
    print(&format!("  your policy       {says}\n"))?;
    Ok(exit)
}
