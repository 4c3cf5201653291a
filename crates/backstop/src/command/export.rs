//! `backstop export`: the whole mission as files that anyone reads without Backstop.
//!
//! Takes a folder and who is to read; prints what is in it and what is not. Evidence goes out only with an office and a reason, which the
//! record keeps. Ends with 3 if something that should be in it is not.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, ReaderArg};
use crate::clock::now;
use crate::export::{Error, Exported, HandedOut, export};
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ExportArgs {
    /// The new folder
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Who will read it; the public sees only what licences let out
    #[arg(long, value_enum, default_value = "public")]
    reader: ReaderArg,
    /// With items of evidence: each is a step of its custody, which is recorded. For `--reader mission`
    #[arg(long, requires = "by", requires = "reason")]
    evidence: bool,
    /// The office that hands evidence out
    #[arg(long, value_name = "OFFICE", requires = "evidence")]
    by: Option<String>,
    /// Why, in its words
    #[arg(long, value_name = "WORDS", requires = "evidence")]
    reason: Option<String>,
}

pub(super) fn run(common: &Common, args: &ExportArgs) -> Result<Exit, Failure> {
    let handed_out = args.by.clone().zip(args.reason.clone()).map(|(by, reason)| HandedOut { by, reason });
    let exported = export(common.store()?, &args.to, args.reader.into(), handed_out.as_ref(), now())?;
    let exit = if exported.findings.is_empty() { Exit::Done } else { Exit::Findings };
    let Exported { size, root, rows, said, closed, bulletins, evidence, findings } = &exported;
    if common.json {
        let data = json!({
            "to": args.to.display().to_string(), "size": size, "root": root, "rows": rows, "bulletins": bulletins, "evidence": evidence,
            "entries": { "said": said, "closed": closed }, "findings": findings,
        });
        return print_json("backstop.export/1", exit, data);
    }
    let mut text = format!("{}: {size} entries, root {root}\n", args.to.display());
    let _ = writeln!(text, "  {said} entries with what they say");
    for (why, count) in closed {
        let _ = writeln!(text, "  {count} without: {why}");
    }
    for (table, rows) in rows {
        let _ = writeln!(text, "  {rows} {table}");
    }
    let _ = writeln!(text, "  {bulletins} bulletins, {evidence} items of evidence");
    for finding in findings {
        let _ = writeln!(text, "  note: {finding}");
    }
    print(&text)?;
    Ok(exit)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Store(error) => error.into(),
            Error::Asked(_) => Failure::new(Exit::Usage, error),
            Error::Io(..) => Failure::new(Exit::Failed, error),
        }
    }
}
