//! Takes requests to cosign and what a witness holds of a log; gives the decision, and both sides of the exchange as text
//! (c2sp.org/tlog-witness). Never signs, stores or sends: whoever runs a witness makes the new state durable, and only then
//! lets the cosignature out.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::evidence::{Evidence, Growth};
use crate::note::{Note, VerifyingIdentity};
use crate::tile::decimal;
use crate::tree::{Hash, consistency_hashes, empty_root, verify_consistency};
use sha2::{Digest, Sha256};
use std::fmt;
use std::slice::from_ref;

/// Longest request that is read.
pub const MAX_REQUEST_BYTES: usize = 65_536;
/// Longest answer that is read.
pub const MAX_ANSWER_BYTES: usize = 65_536;
/// Most hashes in the proof of a request.
const MAX_PROOF_HASHES: usize = 63;

/// Asks a witness to cosign a checkpoint: the body of `POST add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Size of the log that the witness is thought to hold; 0 if it never saw one.
    pub old: u64,
    /// Proof that the log of that size is the beginning of the checkpoint's.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Error::Request`] with the line and the rule broken.
    pub fn parse(bytes: &[u8]) -> Result<Request, Error> {
        let fail = |line, problem| Error::Request { line, problem };
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(fail(1, "the request is longer than 65,536 bytes"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| fail(1, "the bytes are not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(fail(1, "no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').zip(1..);
        let old = lines.next().and_then(|(line, _)| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or(fail(1, "the first line must be `old` and a size without leading zeros"))?;
        let mut proof = Vec::new();
        for (line, number) in lines {
            if proof.len() == MAX_PROOF_HASHES {
                return Err(fail(number, "more than 63 hashes"));
            }
            proof.push(Hash::from_base64(line).ok_or(fail(number, "a hash must be 32 bytes in base64"))?);
        }
        Ok(Request { old, proof, checkpoint: checkpoint.to_owned() })
    }

    /// The body of the request.
    pub fn to_text(&self) -> String {
        let hashes: String = self.proof.iter().map(|hash| hash.to_base64() + "\n").collect();
        format!("old {}\n{hashes}\n{}", self.old, self.checkpoint)
    }
}

/// What a witness holds of a log: the last checkpoint that it cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Size and root.
    pub checkpoint: Checkpoint,
    /// The note with the log's own signature, without any other.
    pub signed: String,
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request cannot be understood.
    Malformed(Error),
    /// The log's key did not sign the checkpoint.
    NotSigned(Error),
    /// No log of this origin is known.
    UnknownLog,
    /// The witness holds another size than the request says.
    Stale {
        /// The size it holds.
        size: u64,
    },
    /// A checkpoint of the size that the witness holds, with another root. The log signed both.
    Forked {
        /// The two checkpoints.
        evidence: Box<Evidence>,
    },
    /// The proof does not lead from what the witness holds to the checkpoint.
    Inconsistent {
        /// How it fails.
        problem: Error,
        /// The two checkpoints, and what the failed proof still shows. It convicts the log's key only if
        /// [`Evidence::judge`] says so: anyone can send a bad proof along with a good checkpoint.
        evidence: Option<Box<Evidence>>,
    },
}

impl Refusal {
    /// The status of the HTTP answer.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::Malformed(_) => 400,
            Refusal::NotSigned(_) => 403,
            Refusal::UnknownLog => 404,
            Refusal::Stale { .. } | Refusal::Forked { .. } => 409,
            Refusal::Inconsistent { .. } => 422,
        }
    }

    /// Media type and body of the HTTP answer.
    pub fn answer(&self) -> (&'static str, String) {
        let size = match self {
            Refusal::Stale { size } => Some(*size),
            Refusal::Forked { evidence } => evidence.size(),
            Refusal::Malformed(_) | Refusal::NotSigned(_) | Refusal::UnknownLog | Refusal::Inconsistent { .. } => None,
        };
        match size {
            Some(size) => ("text/x.tlog.size", format!("{size}\n")),
            None => ("text/plain; charset=utf-8", format!("{self}\n")),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Malformed(error) | Refusal::NotSigned(error) => error.fmt(f),
            Refusal::UnknownLog => write!(f, "no log of this origin is known here; its operator asks to have it added"),
            Refusal::Stale { size } => write!(f, "the size held here is {size}; prove from there"),
            Refusal::Forked { .. } => {
                write!(f, "another root of the same size was cosigned here: the log shows two histories")
            }
            Refusal::Inconsistent { problem, .. } => problem.fmt(f),
        }
    }
}

/// Decides on a request about the log with this key, of which the witness holds this much. Gives what it has to hold
/// before it lets a cosignature out.
///
/// # Errors
/// The [`Refusal`]; what is held stays as it is.
pub fn decide(log: &VerifyingIdentity, held: Option<&Held>, request: &Request) -> Result<Held, Refusal> {
    let note = Note::parse(request.checkpoint.as_bytes()).map_err(Refusal::Malformed)?;
    let (text, _) = note.verify(from_ref(log)).map_err(Refusal::NotSigned)?;
    let checkpoint = Checkpoint::parse(text).map_err(Refusal::Malformed)?;
    if checkpoint.origin != log.name() {
        return Err(Refusal::UnknownLog);
    }
    let signed = note.signed_by(from_ref(log)).map_err(Refusal::NotSigned)?;
    let next = Held { checkpoint, signed };
    let old = request.old;
    if old > next.checkpoint.size {
        let problem = "the old size is above the size of the checkpoint";
        return Err(Refusal::Malformed(Error::Request { line: 1, problem }));
    }
    let Some(held) = held else { return first(next, request) };
    // Two roots of one size convict the log, whatever else the request says.
    if held.checkpoint.size == next.checkpoint.size && held.checkpoint.root != next.checkpoint.root {
        let evidence = Box::new(Evidence::new(log.clone(), held.signed.clone(), next.signed, None));
        return Err(Refusal::Forked { evidence });
    }
    if old != held.checkpoint.size {
        return Err(Refusal::Stale { size: held.checkpoint.size });
    }
    if old == 0 {
        return first(next, request);
    }
    let (old_root, new) = (held.checkpoint.root, &next.checkpoint);
    match verify_consistency(old, old_root, new.size, new.root, &request.proof) {
        Ok(()) => Ok(next),
        Err(problem) => {
            // A path that leads to the new root, yet from another old one, shows what the log made of its own beginning.
            let shown = consistency_hashes(old, old_root, new.size, &request.proof);
            let shown = shown.ok().filter(|(old, end)| *end == new.root && *old != old_root);
            let growth = shown.map(|(root, _)| Growth { root, path: request.proof.clone() });
            let evidence = Some(Box::new(Evidence::new(log.clone(), held.signed.clone(), next.signed, growth)));
            Err(Refusal::Inconsistent { problem, evidence })
        }
    }
}

/// The first checkpoint of a log, or one that follows the empty log: there is nothing to be consistent with.
fn first(next: Held, request: &Request) -> Result<Held, Refusal> {
    if request.old != 0 {
        return Err(Refusal::Stale { size: 0 });
    }
    let fail = |problem| Err(Refusal::Inconsistent { problem: Error::ProofFailed { problem }, evidence: None });
    if !request.proof.is_empty() {
        return fail("a proof from size 0 must be empty");
    }
    if next.checkpoint.size == 0 && next.checkpoint.root != empty_root() {
        return fail("the root is not that of the log without entries");
    }
    Ok(next)
}

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Signature lines, not checked yet: see [`cosigned`].
    Lines(String),
    /// It holds another size, or another root of this size.
    Holds {
        /// The size it holds.
        size: u64,
    },
    /// It refused.
    Refused {
        /// The status of its answer.
        status: u16,
        /// Its words, cut to a readable length.
        why: String,
    },
}

impl Answer {
    /// Reads the status and body of an HTTP answer.
    ///
    /// # Errors
    /// [`Error::Answer`] when it is longer than any answer or does not follow the protocol.
    pub fn parse(status: u16, body: &[u8]) -> Result<Answer, Error> {
        if body.len() > MAX_ANSWER_BYTES {
            return Err(Error::Answer { problem: "it is longer than 65,536 bytes" });
        }
        let text = std::str::from_utf8(body).map_err(|_| Error::Answer { problem: "the bytes are not UTF-8" });
        match status {
            200 => Ok(Answer::Lines(text?.to_owned())),
            409 => {
                let size = text?.strip_suffix('\n').and_then(decimal);
                size.map(|size| Answer::Holds { size }).ok_or(Error::Answer { problem: "a 409 must carry a size" })
            }
            _ => {
                let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
                let why: String = text.unwrap_or("").trim().chars().take(200).map(plain).collect();
                Ok(Answer::Refused { status, why })
            }
        }
    }
}

/// Checks the lines that a witness answered for a signed checkpoint; gives the witness's line and its time, in seconds
/// since 1970-01-01 UTC. Lines of other keys are left out.
///
/// # Errors
/// When the lines cannot be read, or the witness's key did not sign this checkpoint.
pub fn cosigned(signed: &str, lines: &str, witness: &VerifyingIdentity) -> Result<(String, u64), Error> {
    let note = Note::parse(format!("{signed}{lines}").as_bytes())?;
    let (text, verified) = note.verify(from_ref(witness))?;
    let time_s = verified.iter().find_map(|verified| verified.time_s).ok_or(Error::NotSigned)?;
    let whole = note.signed_by(from_ref(witness))?;
    Ok((whole[text.len() + 1..].to_owned(), time_s))
}

/// Where a witness shows the last checkpoint that it cosigned of a log, below its address.
pub fn monitor_path(origin: &str) -> String {
    format!("{}/checkpoint", Hash(Sha256::digest(origin).into()))
}
