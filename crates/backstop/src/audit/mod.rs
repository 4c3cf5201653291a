//! The audit: is the record whole, and does what was given out follow from it?
//!
//! Takes a folder that may be hostile; checks every byte of the log and the payloads, derives every incident, verdict and
//! bulletin anew from the entries alone, compares with what entries say was given out or attested, and says who cosigned
//! the head. Gives three answers, with the first difference, or with what is missing and who attested it before. Never asks
//! the operator or a witness, never writes, and says the same for any number of threads.

mod derive;
mod entries;

use crate::mirror::{self, Depth, Held};
use crate::storage::{DataClass, Difference, Reader, Verification, verify};
use crate::witness::{Head, Standing, convicting};
use ledger::{Hash, Policy};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use verifier::Answer;
use verifier::derivation::{AuditedResult, Changed, Derived, Erasure, Now};

/// How far a long work has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done.
    pub doing: &'static str,
    /// So much of it is done.
    pub done: u64,
    /// Of so much; 0 if that is not known.
    pub of: u64,
}

/// How an audit is made.
#[derive(Clone, Debug)]
pub struct Means {
    /// Threads; no answer depends on it.
    pub threads: NonZero<usize>,
    /// Where published files may lie, so that a difference can be placed to the byte.
    pub published: Option<PathBuf>,
    /// The auditor's trust file. Without one a store is judged by its own, and a mirror by nobody's.
    pub policy: Option<Policy>,
}

/// What an audit found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audit {
    /// The log's origin, size and root; none if there is no checkpoint to be believed.
    pub log: Option<AuditedLog>,
    /// Whether every byte is as it was signed.
    pub unchanged: Answer,
    /// The first byte that is not as it was signed.
    pub first_difference: Option<Difference>,
    /// What could not be checked, at most 1,000 pieces.
    pub missing: Vec<String>,
    /// Whether what was given out and attested follows from the entries.
    pub follows: Answer,
    /// Each result that the record speaks of, in log order.
    pub results: Vec<AuditedResult>,
    /// What follows from all entries, for auditors to compare; none if they cannot all be read.
    pub now: Option<Now>,
    /// What was erased, by order, and who attested what followed before.
    pub erased: Vec<Erasure>,
    /// Whether others saw the same log.
    pub witnessed: Answer,
    /// Who cosigned the head, and who did not; none if there is no head.
    pub witnesses: Option<Standing>,
}

/// The log that was audited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditedLog {
    /// Data class and mission.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root, base64.
    pub root: String,
    /// The log's public key.
    pub key: String,
}

impl AuditedLog {
    /// Data class and mission.
    #[must_use]
    pub fn of_what(&self) -> Option<(DataClass, &str)> {
        DataClass::of_origin(&self.origin)
    }
}

impl Audit {
    /// The answer to the whole. That nobody saw the log, or too few, counts only where the auditor's trust file asks for it.
    #[must_use]
    pub fn answer(&self) -> &Answer {
        let asked = self.witnesses.as_ref().is_some_and(Standing::is_by_the_reader);
        let witnessed = (asked || matches!(self.witnessed, Answer::No(_))).then_some(&self.witnessed);
        let answers = [&self.unchanged, &self.follows].into_iter().chain(witnessed);
        Answer::worst(answers).unwrap_or(&self.unchanged)
    }
}

/// Audits what lies in a folder: a store or a mirror.
pub fn audit(folder: &Path, means: &Means, progress: &mut dyn FnMut(Progress)) -> Audit {
    progress(Progress { doing: "checking every byte", done: 0, of: 0 });
    let is_store = folder.join("store.toml").exists() || !folder.join("keys/authors.txt").exists();
    if is_store { audit_store(folder, means, progress) } else { audit_mirror(folder, means, progress) }
}

fn audit_store(folder: &Path, means: &Means, progress: &mut dyn FnMut(Progress)) -> Audit {
    let verification = verify(folder);
    match Reader::open(folder) {
        Err(error) => {
            let mut derived = Derived::nothing(error.to_string());
            if let (Answer::No(what), ..) = bytes_answer(&verification) {
                derived.follows =
                    Answer::No(format!("nothing follows from a record that is not as it was signed: {what}"));
            }
            put_together(&verification, None, derived, means)
        }
        Ok(reader) => {
            let (log, checkpoint) = (&reader.keys().log, reader.checkpoint());
            let head = Head { folder, log, size: checkpoint.size, checkpoint: reader.checkpoint_text() };
            let evidence = convicting(&folder.join("witnesses"), log);
            let audited = Audited { head, root: checkpoint.root, evidence };
            let derived = derive::derive(&reader, changed(&verification).as_ref(), means, progress);
            put_together(&verification, Some(audited), derived, means)
        }
    }
}

fn audit_mirror(folder: &Path, means: &Means, progress: &mut dyn FnMut(Progress)) -> Audit {
    match Held::open(folder) {
        Err(why) => Audit {
            unchanged: Answer::CannotTell(why.clone()),
            ..put_together(&Verification::CannotTell { missing: Vec::new() }, None, Derived::nothing(why), means)
        },
        Ok(held) => {
            let verification = mirror::check(&held, Depth::Everything, means.threads, progress);
            let (log, checkpoint) = (&held.log, &held.checkpoint);
            let head = Head { folder, log, size: checkpoint.size, checkpoint: &held.checkpoint_text };
            let evidence = convicting(&folder.join("evidence"), log);
            let audited = Audited { head, root: checkpoint.root, evidence };
            let derived = derive::derive(&held, changed(&verification).as_ref(), means, progress);
            put_together(&verification, Some(audited), derived, means)
        }
    }
}

/// The first entry that is not as it was signed.
fn changed(verification: &Verification) -> Option<Changed> {
    let Verification::No { differences, .. } = verification else { return None };
    let entries = differences.iter().filter_map(|it| Some(Changed { entry: it.entry?, what: it.to_string() }));
    entries.min_by_key(|changed| changed.entry)
}

/// What was audited.
struct Audited<'a> {
    head: Head<'a>,
    root: Hash,
    /// A file that convicts the log's key.
    evidence: Option<PathBuf>,
}

fn put_together(verification: &Verification, audited: Option<Audited<'_>>, derived: Derived, means: &Means) -> Audit {
    let (unchanged, first_difference, missing) = bytes_answer(verification);
    let Derived { follows, results, now, erased } = derived;
    let standing = audited.as_ref().map(|audited| Standing::of_head(&audited.head, means.policy.as_ref()));
    let witnessed = match (audited.as_ref().and_then(|audited| audited.evidence.as_ref()), &standing) {
        (Some(file), _) => Answer::No(format!("`{}` convicts the log's key of two histories", file.display())),
        (None, Some(standing)) => standing.seen_by_others(),
        (None, None) => Answer::CannotTell("there is no head of a log to look at".to_owned()),
    };
    let log = audited.map(|Audited { head, root, .. }| AuditedLog {
        origin: head.log.name().to_owned(),
        size: head.size,
        root: root.to_base64(),
        key: head.log.to_string(),
    });
    Audit { log, unchanged, first_difference, missing, follows, results, now, erased, witnessed, witnesses: standing }
}

fn bytes_answer(verification: &Verification) -> (Answer, Option<Difference>, Vec<String>) {
    let listed = |missing: &[crate::storage::Missing]| missing.iter().map(ToString::to_string).collect();
    match verification {
        Verification::Yes { entries, unpublished, authors, .. } => {
            let beside = match unpublished {
                0 => String::new(),
                n => format!(", {n} more not published yet"),
            };
            let keys = if authors.len() == 1 { "key" } else { "keys" };
            let note = format!("{entries} entries{beside}, signed by {} author {keys}", authors.len());
            (Answer::Yes(note), None, Vec::new())
        }
        Verification::No { differences, missing } => {
            let first = differences.first().cloned();
            let note = first.as_ref().map_or_else(String::new, ToString::to_string);
            (Answer::No(note), first, listed(missing))
        }
        Verification::CannotTell { missing } => {
            let note = missing.first().map_or_else(String::new, ToString::to_string);
            (Answer::CannotTell(note), None, listed(missing))
        }
    }
}
