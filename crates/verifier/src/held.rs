//! Takes a head that a reader kept and the head that is shown now; gives whether the first is the beginning of the second, and
//! otherwise the evidence as a file. Both must be signed by the log's key: only then do they bind it.

use crate::head::{self, Trust};
use crate::outcome::{Answer, Outcome, Verdict};
use crate::request::Request;
use crate::tiles::{Gap, Tiles};
use ledger::{Checkpoint, VerifyingIdentity, evidence};
use serde_json::json;

/// Whether what is in the part `held` is the beginning of the log whose head is in `checkpoint`.
pub(crate) fn answer(request: &Request<'_>) -> Result<Outcome, String> {
    let trust = Trust::of(request)?;
    let key = trust.key()?;
    let (held, shown) = (request.text("held")?, request.text("checkpoint")?);
    let head = match head::read(request, "checkpoint", key) {
        Ok(head) => head,
        Err(why) => {
            let answer = Answer::new("log", Verdict::No, "head.unsigned", json!({ "key": key.to_string() }));
            return Ok(Outcome::of(vec![answer.detailed(why)], json!({})));
        }
    };
    let tiles = Tiles::of(request, head.size);
    Ok(match begins(held, shown, &head, key, &tiles) {
        Ok((answer, None)) => Outcome::of(vec![answer], json!({ "head": head::about(&head) })),
        Ok((answer, Some(evidence))) => {
            Outcome::of(vec![answer], json!({ "head": head::about(&head), "evidence": evidence }))
        }
        Err(gap) => Outcome::gap("held", gap),
    })
}

/// Whether a head that was kept is the beginning of the one shown; with the evidence as text where the two contradict.
///
/// # Errors
/// The tiles that are needed or cannot be had.
pub(crate) fn begins(
    held: &str,
    shown: &str,
    head: &Checkpoint,
    key: &VerifyingIdentity,
    tiles: &Tiles<'_>,
) -> Result<(Answer, Option<String>), Gap> {
    let say = |verdict, why, held: u64| {
        Answer::new("held", verdict, why, json!({ "held": held, "size": head.size, "more": head.size.abs_diff(held) }))
    };
    let kept = match Checkpoint::open(held.as_bytes(), key, &[]) {
        Ok((kept, _)) => kept,
        Err(error) => return Ok((say(Verdict::CannotTell, "held.other", 0).detailed(error), None)),
    };
    if kept.size > head.size {
        return Ok((say(Verdict::No, "held.ahead", kept.size), None));
    }
    let contradiction = tiles.read(|read| evidence::compare(key, held, shown, read))?;
    Ok(match contradiction {
        None => (say(Verdict::Yes, "held.begins", kept.size), None),
        Some(evidence) => (say(Verdict::No, "held.contradicts", kept.size), Some(evidence.to_text())),
    })
}
