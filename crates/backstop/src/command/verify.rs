//! `backstop verify`: checks a store offline. Yes, no, or cannot tell; never two of them in one code.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::storage::{Verification, verify};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(common: &Common, dir: &Path) -> Result<Exit, Failure> {
    let verification = verify(dir);
    let exit = match &verification {
        Verification::Yes { .. } => Exit::Done,
        Verification::No { .. } => Exit::Wrong,
        Verification::CannotTell { .. } => Exit::CannotTell,
    };
    if common.json {
        return print_json("backstop.verify/1", exit, data(&verification));
    }
    print(&words(dir, &verification))?;
    Ok(exit)
}

fn words(dir: &Path, verification: &Verification) -> String {
    let mut text = String::new();
    let dir = dir.display();
    match verification {
        Verification::Yes { entries, unpublished, root, log_key, authors } => {
            let _ = writeln!(text, "{dir}");
            let _ = writeln!(text, "  bytes unchanged   yes   {entries} entries, {unpublished} more not published yet");
            let _ = writeln!(text, "  signatures        yes   {} author keys", authors.len());
            let _ = writeln!(text, "  root              {}", root.to_base64());
            let _ = writeln!(text, "  log key           {log_key}");
            let _ = writeln!(text, "  witnesses         none: compare the log key with the one you were given");
            let _ = writeln!(text, "verified");
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

fn data(verification: &Verification) -> Value {
    match verification {
        Verification::Yes { entries, unpublished, root, log_key, authors } => json!({
            "entries": entries, "unpublished": unpublished, "root": root.to_base64(), "log_key": log_key,
            "authors": authors.iter().map(ToString::to_string).collect::<Vec<_>>(),
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
