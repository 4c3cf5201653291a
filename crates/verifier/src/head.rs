//! Takes a signed checkpoint, the log's key and perhaps a trust file; gives the head that the key vouches for, and what the
//! witnesses of the trust file say of it. Never takes a key from the checkpoint itself.

use crate::outcome::{Answer, Outcome, Verdict};
use crate::request::Request;
use ledger::policy::{self, Cosigned};
use ledger::{Checkpoint, Policy, VerifyingIdentity};
use serde_json::{Value, json};

/// Whom to believe.
pub(crate) struct Trust {
    /// The log's key, if one was given otherwise than beside a file.
    pub(crate) log: Option<VerifyingIdentity>,
    /// The witnesses and how many of them are enough.
    pub(crate) policy: Option<Policy>,
}

impl Trust {
    /// From the parts `log-key` and `policy`.
    ///
    /// # Errors
    /// When one of them cannot be read, in words.
    pub(crate) fn of(request: &Request<'_>) -> Result<Trust, String> {
        let log = match request.part("log-key") {
            None => None,
            Some(_) => Some(key_in(request, "log-key")?),
        };
        let policy = request.part("policy").map(Policy::parse).transpose();
        Ok(Trust { log, policy: policy.map_err(|error| format!("the trust file: {error}"))? })
    }

    /// The log's key.
    ///
    /// # Errors
    /// When none was given, in words.
    pub(crate) fn key(&self) -> Result<&VerifyingIdentity, String> {
        self.log.as_ref().ok_or_else(|| "the request lacks the part `log-key`".to_owned())
    }

    /// Whether enough others signed this head.
    pub(crate) fn others(&self, signed: &[u8]) -> Answer {
        let answer = |verdict, why, values| Answer::new("others", verdict, why, values);
        let Some(policy) = self.policy.as_ref().filter(|policy| policy.asks_for_witnesses()) else {
            return answer(Verdict::CannotTell, "others.none", json!({}));
        };
        match policy.judge(signed) {
            Ok(judgement) => {
                let names = policy.witnesses().iter().zip(&judgement.witnesses);
                let names: Vec<Value> = names.map(|(witness, said)| say(&witness.name, said)).collect();
                let signed = judgement.witnesses.iter().filter(|said| matches!(said, Cosigned::At { .. })).count();
                let values = json!({ "signed": signed, "known": policy.witnesses().len(), "witnesses": names });
                match judgement.answer {
                    policy::Answer::Satisfied => answer(Verdict::Yes, "others.enough", values),
                    policy::Answer::NotSatisfied => answer(Verdict::CannotTell, "others.few", values),
                    policy::Answer::CannotTell => answer(Verdict::CannotTell, "others.unchecked", values),
                }
            }
            Err(error @ ledger::Error::BadSignature { .. }) => {
                answer(Verdict::No, "others.false", json!({})).detailed(error)
            }
            Err(error) => answer(Verdict::CannotTell, "others.unread", json!({})).detailed(error),
        }
    }
}

/// The log's key in this part.
///
/// # Errors
/// When it is missing or none, in words.
pub(crate) fn key_in(request: &Request<'_>, part: &str) -> Result<VerifyingIdentity, String> {
    VerifyingIdentity::parse(request.text(part)?.trim_end()).map_err(|error| format!("the log's key: {error}"))
}

fn say(name: &str, said: &Cosigned) -> Value {
    match said {
        Cosigned::At { time_s } => json!({ "name": name, "time_s": time_s }),
        Cosigned::Absent | Cosigned::Unchecked => json!({ "name": name }),
    }
}

/// The head in this part, if the key signed it.
///
/// # Errors
/// Why it cannot be believed, in words.
pub(crate) fn read(request: &Request<'_>, part: &str, key: &VerifyingIdentity) -> Result<Checkpoint, String> {
    let bytes = request.part(part).ok_or_else(|| format!("the request lacks the part `{part}`"))?;
    Checkpoint::open(bytes, key, &[]).map(|(checkpoint, _)| checkpoint).map_err(|error| error.to_string())
}

/// A head, as answers show it.
pub(crate) fn about(checkpoint: &Checkpoint) -> Value {
    json!({ "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.to_base64() })
}

/// Whether the log's key signed the head, and who else did.
pub(crate) fn answer(request: &Request<'_>) -> Result<Outcome, String> {
    let trust = Trust::of(request)?;
    let key = trust.key()?;
    let signed = |verdict, why| Answer::new("log", verdict, why, json!({ "key": key.to_string() }));
    Ok(match read(request, "checkpoint", key) {
        Ok(head) => {
            let others = trust.others(request.part("checkpoint").unwrap_or_default());
            Outcome::of(vec![signed(Verdict::Yes, "head.signed"), others], json!({ "head": about(&head) }))
        }
        Err(why) => Outcome::of(vec![signed(Verdict::No, "head.unsigned").detailed(why)], json!({})),
    })
}
