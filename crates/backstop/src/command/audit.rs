//! `backstop audit`: is the record whole, and does what was given out follow from it?
//!
//! Takes a folder; prints three answers with the first difference or what is missing. Ends with 0, 7 or 8, never with two
//! of them in one code.

use super::judged::read_policy;
use super::meter::Meter;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::audit::{Audit, Means, Progress, audit};
use crate::mirror::{Source, follow};
use crate::witness::Standing;
use clap::Args;
use mission::record::hex::hex;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use verifier::Answer;
use verifier::derivation::{AuditedResult, ErasedEntry, Erasure};

#[derive(Args)]
pub(super) struct AuditArgs {
    /// The folder of a store or a mirror, or the address of a running server or any static host
    source: String,
    /// Threads; the answer is the same for any number
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZero<usize>>,
    /// A folder with published files, so that a difference is placed to the byte
    #[arg(long, value_name = "DIR")]
    published: Option<PathBuf>,
    /// Your own trust file (c2sp.org/tlog-policy): whose cosignatures you believe, and how many are enough
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

pub(super) fn run(common: &Common, args: &AuditArgs) -> Result<Exit, Failure> {
    let threads = args.threads.or_else(|| std::thread::available_parallelism().ok());
    let means = Means {
        threads: threads.unwrap_or(std::num::NonZero::<usize>::MIN),
        published: args.published.clone(),
        policy: args.policy.as_deref().map(read_policy).transpose()?,
    };
    let mut meter = Meter::new(common);
    let mut tell = |progress| meter.tell(|seconds| line(progress, seconds));
    let found = if Source::is_address(&args.source) {
        audit_address(&args.source, &means, &mut tell)?
    } else if Path::new(&args.source).is_dir() {
        audit(Path::new(&args.source), &means, &mut tell)
    } else {
        let what = format!("`{}` is neither a folder nor an address that begins with `https://`", args.source);
        return Err(Failure::new(Exit::NotFound, what));
    };
    meter.end();
    let exit = Exit::from(found.answer());
    if common.json {
        return print_json("backstop.audit/1", exit, data(&found));
    }
    print(&words(&args.source, &found))?;
    Ok(exit)
}

/// The line of progress after some seconds.
pub(super) fn line(progress: Progress, seconds: f64) -> String {
    let Progress { doing, done, of } = progress;
    if of == 0 {
        return doing.to_owned();
    }
    let left = if done > 0 { seconds * (of - done.min(of)) as f64 / done as f64 } else { 0.0 };
    format!("{doing}  {done} of {of} entries  {:.0} entries/s  {left:.0} s left", done as f64 / seconds.max(0.001))
}

/// Copies what the address gives into a folder that goes afterwards, and audits the copy.
fn audit_address(address: &str, means: &Means, tell: &mut dyn FnMut(Progress)) -> Result<Audit, Failure> {
    let copy = std::env::temp_dir().join(format!("backstop-audit-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&copy);
    let source = Source::named(address).map_err(|why| Failure::new(Exit::NotFound, why))?;
    let followed = follow(&source, &copy, None, tell);
    let found = followed.map(|_| audit(&copy, means, tell));
    let _ = std::fs::remove_dir_all(&copy);
    Ok(found?)
}

fn words(source: &str, found: &Audit) -> String {
    let mut text = String::new();
    let of_what = found.log.as_ref().and_then(|log| log.of_what());
    let (class, mission) = of_what.map_or(("data class unknown".to_owned(), "unknown"), |(class, mission)| {
        (class.word().to_uppercase(), mission)
    });
    let _ = writeln!(text, "{}   {class}   mission {mission}", source);
    let mut line = |question: &str, answer: &Answer| {
        let _ = writeln!(text, "  {question:<21} {:<12} {}", answer.word(), answer.note());
    };
    line("bytes unchanged", &found.unchanged);
    line("results follow", &found.follows);
    for result in found.results.iter().filter(|result| !matches!(result.answer, Answer::Yes(_))) {
        let AuditedResult { entry, title, answer, .. } = result;
        let _ = writeln!(text, "    entry {entry}, {title}: {}: {}", answer.word(), answer.note());
    }
    for missing in found.missing.iter().skip(1) {
        let _ = writeln!(text, "    missing: {missing}");
    }
    for erasure in &found.erased {
        let _ = writeln!(text, "  {:<21} {erasure}", "erased");
        for ErasedEntry { entry, kind, still_here } in &erasure.entries {
            let here = if *still_here { ": ordered erased, and still to be read here" } else { "" };
            let _ = writeln!(text, "    entry {entry}, {kind}{here}");
        }
        let _ = writeln!(text, "    attested before by {}", erasure.attested_words());
        for run in erasure.order.iter().flat_map(|order| &order.named) {
            let _ = writeln!(text, "    the order names {}, receipt sha256 {}", run.by, hex(&run.receipt));
        }
    }
    let _ = writeln!(text, "  {:<21} {:<12} {}", "witnesses", found.witnessed.word(), found.witnessed.note());
    for witness in found.witnesses.iter().flat_map(Standing::witnesses) {
        let _ = writeln!(text, "    {}: {}", witness.name, witness.words());
    }
    if let Some(standing) = found.witnesses.as_ref().filter(|standing| !standing.witnesses().is_empty()) {
        let whose = if standing.is_by_the_reader() {
            "by your trust file"
        } else {
            "by the store's own trust file, its operator's opinion; `--policy FILE` judges by yours"
        };
        let _ = writeln!(text, "    {whose}");
    }
    if let Some(log) = &found.log {
        let _ = writeln!(text, "  log                   {} entries, root {}", log.size, log.root);
        let _ = writeln!(text, "  log key               {}: compare it with the one you were given", log.key);
    }
    if let Some(now) = &found.now {
        let ((incidents, one), (streams, other)) = (&now.incidents, &now.verdicts);
        let _ = writeln!(text, "  follows now           {incidents} incidents sha256 {one}");
        let _ = writeln!(text, "                        {streams} streams of verdicts sha256 {other}");
    }
    text.push_str(match found.answer() {
        Answer::Yes(_) => "audited: the record is whole, and what was given out follows from it\n",
        Answer::No(_) => "checked and wrong\n",
        Answer::CannotTell(_) => "cannot tell\n",
    });
    text
}

fn data(found: &Audit) -> Value {
    let one = |answer: &Answer| json!({ "answer": answer.word(), "note": answer.note() });
    let result = |result: &AuditedResult| {
        json!({
            "entry": result.entry, "kind": result.kind, "title": result.title, "basis": result.basis,
            "program": result.program, "answer": result.answer.word(), "note": result.answer.note(),
        })
    };
    let erasure = |erasure: &Erasure| {
        let order = erasure.order.as_ref().map(|order| {
            let named = order.named.iter().map(|run| json!({ "by": run.by, "receipt": hex(&run.receipt) }));
            json!({
                "entry": order.entry, "authority": order.authority, "ground": order.ground,
                "named": named.collect::<Vec<_>>(),
            })
        });
        let entries = erasure.entries.iter();
        let entries = entries.map(|e| json!({ "entry": e.entry, "kind": e.kind, "still_here": e.still_here }));
        let attested = erasure.attested.iter();
        let attested = attested.map(|a| json!({ "entry": a.entry, "by": a.by, "basis": a.basis, "covers": a.covers }));
        json!({
            "order": order, "entries": entries.collect::<Vec<_>>(), "attested_before": attested.collect::<Vec<_>>(),
        })
    };
    let first = found.first_difference.as_ref();
    let first = first.map(|d| json!({ "entry": d.entry, "file": d.file, "offset": d.offset, "what": d.what }));
    json!({
        "log": found.log.as_ref().map(|log| json!({ "origin": log.origin, "size": log.size, "root": log.root, "key": log.key })),
        "bytes_unchanged": one(&found.unchanged), "first_difference": first, "missing": found.missing,
        "results_follow": one(&found.follows), "results": found.results.iter().map(result).collect::<Vec<_>>(),
        "erased": found.erased.iter().map(erasure).collect::<Vec<_>>(),
        "witnessed": one(&found.witnessed), "witnesses": found.witnesses.as_ref().map(Standing::json),
        "now": found.now.as_ref().map(|now| json!({
            "incidents": { "count": now.incidents.0, "sha256": now.incidents.1 },
            "verdicts": { "streams": now.verdicts.0, "sha256": now.verdicts.1 },
        })),
    })
}
