//! Receipts of runs: printed, or compared with those of an earlier run.
//!
//! Takes receipts and perhaps a file that holds some; prints them, or the lines in which they differ. Never says that a
//! verdict is right: only that the same was said of the same.

use super::fill::read_text;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use mission::RunReceipt;
use serde_json::json;
use std::path::Path;

/// Prints receipts, an empty line between two; against a file, what differs from it.
pub(super) fn print_receipts(
    common: &Common,
    receipts: &[RunReceipt],
    against: Option<&Path>,
) -> Result<Exit, Failure> {
    let text = receipts.iter().map(RunReceipt::to_string).collect::<Vec<_>>().join("\n");
    let Some(file) = against else {
        return if common.json {
            print_json("backstop.run/1", Exit::Done, json!({ "receipts": text }))
        } else {
            print(&text)
        };
    };
    let former = read_receipts(file)?;
    let mut differs: Vec<String> = Vec::new();
    if former.len() != receipts.len() {
        differs.push(format!("{} moments, not {}", receipts.len(), former.len()));
    }
    for (nth, (now, then)) in receipts.iter().zip(&former).enumerate() {
        differs.extend(now.differs(then).into_iter().map(|line| format!("moment {}: {line}", nth + 1)));
    }
    let exit = if differs.is_empty() { Exit::Done } else { Exit::Wrong };
    if common.json {
        return print_json("backstop.run/1", exit, json!({ "receipts": text, "differs": differs }));
    }
    if differs.is_empty() {
        return print("the same\n");
    }
    print(&format!("differs in\n  {}\n", differs.join("\n  ")))?;
    Ok(exit)
}

fn read_receipts(file: &Path) -> Result<Vec<RunReceipt>, Failure> {
    let text = read_text(file)?;
    let read = |part: &str| {
        let why = format!("`{}` does not hold receipts of runs as this command prints them", file.display());
        RunReceipt::read(&format!("{}\n", part.trim_end())).ok_or_else(|| Failure::new(Exit::Usage, why))
    };
    text.split("\n\n").map(read).collect()
}
