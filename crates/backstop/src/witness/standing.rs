//! Who vouches for a log: takes a head and a trust file and gives, in words and as JSON, whether the quorum is met, who
//! cosigned, who is silent since when, and what must not be. Never asks anybody; never leaves out a witness that failed.

use super::Error;
use super::trust::{Seen, Trust};
use crate::storage::Reader;
use ledger::policy::{Answer, Cosigned, Policy, Witness};
use ledger::{Note, VerifyingIdentity};
use mission::record::hex::hex;
use serde_json::{Value, json};
use std::path::Path;
use terms::Instant;

/// What stands where nobody is asked.
const NOBODY: &str = "no witnesses: the operator alone vouches for this log";
/// What stands for a quorum of none.
const NONE_ASKED_FOR: &str = "none asked for";

/// A head as it lies in a store or a mirror.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The store or mirror.
    pub folder: &'a Path,
    /// The log's key.
    pub log: &'a VerifyingIdentity,
    /// Number of entries.
    pub size: u64,
    /// The checkpoint as it was published, with all signatures.
    pub checkpoint: &'a str,
}

/// Whose trust file judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    /// That of the store, which is its operator's opinion; there may be none.
    Store,
    /// The reader's own.
    Reader,
}

/// Who vouches for a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Size of the checkpoint.
    size: u64,
    whose: Whose,
    /// Whether enough witnesses cosigned it; none if nobody is asked.
    answer: Option<Answer>,
    /// What would be enough.
    needs: String,
    witnesses: Vec<OneWitness>,
    /// Names of those who signed it besides, by keys that the trust file does not know.
    strangers: Vec<String>,
    /// Why nothing can be said.
    problem: Option<String>,
    /// A known witness's signature under the checkpoint does not hold: something was changed.
    spoiled: bool,
}

/// What is known of one witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneWitness {
    /// What the trust file calls it.
    pub name: String,
    url: Option<String>,
    /// Its key, a vkey.
    pub vkey: String,
    cosigned: Cosigned,
    /// When it answered last, whatever it said.
    pub answered_at: Option<String>,
    /// Since when it gave no cosignature that it was asked for.
    pub silent_since: Option<String>,
    /// Why it gave none.
    pub why: Option<String>,
    /// What must not be.
    pub alarm: Option<String>,
}

impl OneWitness {
    fn of(witness: &Witness, cosigned: Cosigned, seen: &Seen) -> OneWitness {
        let shown = |ms: i64| Instant::from_ms(ms).map(|at| at.to_string());
        let seen = seen.of(&witness.name, witness.vkey());
        let trouble = seen.trouble.as_ref();
        OneWitness {
            name: witness.name.clone(),
            url: witness.url.clone(),
            vkey: witness.vkey().to_owned(),
            cosigned,
            answered_at: seen.answered_at_ms.and_then(shown),
            silent_since: trouble.and_then(|trouble| shown(trouble.since_ms)),
            why: trouble.map(|trouble| trouble.why.clone()),
            alarm: seen.alarm.map(|alarm| format!("{}: {}", shown(alarm.at_ms).unwrap_or_default(), alarm.what)),
        }
    }

    /// When it cosigned this head; none if it did not, or in a way that is not checked here. A time out of range is the
    /// latest there is.
    #[must_use]
    pub fn cosigned_at(&self) -> Option<Instant> {
        match self.cosigned {
            Cosigned::At { time_s } => Some(instant(time_s).unwrap_or(Instant::LATEST)),
            Cosigned::Absent | Cosigned::Unchecked => None,
        }
    }

    /// In words: whether it cosigned this head, and since when and why it does not.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = cosigned_words(self.cosigned);
        if let (Some(since), Some(why)) = (&self.silent_since, &self.why) {
            words += &format!("; none since {since}: {why}");
        }
        if let Some(alarm) = &self.alarm {
            words += &format!("; ALARM, {alarm}");
        }
        words
    }
}

impl Standing {
    /// The standing of a store, by its own trust file.
    #[must_use]
    pub fn of(store: &Reader) -> Standing {
        let (log, size) = (&store.keys().log, store.checkpoint().size);
        Standing::of_head(&Head { folder: store.directory(), log, size, checkpoint: store.checkpoint_text() }, None)
    }

    /// The standing of a head, by the reader's trust file, or without one by that of the store. A mirror has none.
    #[must_use]
    pub fn of_head(head: &Head<'_>, policy: Option<&Policy>) -> Standing {
        let mut standing = Standing {
            size: head.size,
            whose: if policy.is_some() { Whose::Reader } else { Whose::Store },
            answer: None,
            needs: String::new(),
            witnesses: Vec::new(),
            strangers: Vec::new(),
            problem: None,
            spoiled: false,
        };
        let own = match policy.map_or_else(|| Trust::read(head.folder), |_| Ok(None)) {
            Ok(own) => own.map(|trust| trust.policy),
            Err(error) => return Standing { problem: Some(error.to_string()), ..standing },
        };
        let policy = policy.or(own.as_ref());
        standing.strangers = strangers(head, policy);
        let Some(policy) = policy else { return standing };
        let judged = match policy.judge(head.checkpoint.as_bytes()) {
            Ok(judged) => judged,
            Err(error) => return Standing { problem: Some(error.to_string()), spoiled: true, ..standing },
        };
        let seen = Seen::read(head.folder);
        let witnesses = policy.witnesses().iter().zip(&judged.witnesses);
        standing.witnesses = witnesses.map(|(witness, cosigned)| OneWitness::of(witness, *cosigned, &seen)).collect();
        standing.needs = match (policy.asks_for_witnesses(), policy.quorum_group()) {
            (false, _) => NONE_ASKED_FOR.to_owned(),
            (true, Some(group)) => format!("{} of {} in `{}`", group.threshold, group.size, group.name),
            (true, None) => "one witness".to_owned(),
        };
        standing.answer = Some(judged.answer);
        standing
    }

    /// The standing when it could not be found out.
    pub(super) fn unknown(error: &Error) -> Standing {
        Standing {
            size: 0,
            whose: Whose::Store,
            answer: None,
            needs: String::new(),
            witnesses: Vec::new(),
            strangers: Vec::new(),
            problem: Some(error.to_string()),
            spoiled: false,
        }
    }

    /// Each witness of the trust file, in its order.
    #[must_use]
    pub fn witnesses(&self) -> &[OneWitness] {
        &self.witnesses
    }

    /// Whether the reader brought the trust file.
    #[must_use]
    pub fn is_by_the_reader(&self) -> bool {
        self.whose == Whose::Reader
    }

    /// Whether others saw the same log. Yes if enough cosigned this head; no if a known one holds another log, or a
    /// signature in its name does not hold. That too few cosigned says nothing against the log.
    #[must_use]
    pub fn seen_by_others(&self) -> verifier::Answer {
        use verifier::Answer::{CannotTell, No, Yes};
        if let Some(problem) = &self.problem {
            return if self.spoiled { No(problem.clone()) } else { CannotTell(problem.clone()) };
        }
        if let Some((name, alarm)) = self.witnesses.iter().find_map(|one| Some((&one.name, one.alarm.as_ref()?))) {
            return No(format!("ALARM, witness {name}: {alarm}"));
        }
        match self.answer {
            Some(Answer::Satisfied) if self.needs != NONE_ASKED_FOR => Yes(self.line()),
            Some(Answer::Satisfied | Answer::NotSatisfied | Answer::CannotTell) => CannotTell(self.line()),
            None if self.strangers.is_empty() => CannotTell(NOBODY.to_owned()),
            None => CannotTell(format!(
                "signed also by {}, and no trust file here says whose keys these are; `--policy FILE` judges by yours",
                self.strangers.join(", ")
            )),
        }
    }

    /// Whether anybody is asked to countersign.
    #[must_use]
    pub fn has_witnesses(&self) -> bool {
        self.answer.is_some() || self.problem.is_some()
    }

    /// Whether something is known that must not be.
    #[must_use]
    pub fn has_alarm(&self) -> bool {
        self.witnesses.iter().any(|one| one.alarm.is_some())
    }

    /// Whether a signature of a known witness under the checkpoint was changed.
    #[must_use]
    pub fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    /// The answer: yes, no or cannot tell; none if nobody is asked.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        if self.problem.is_some() { Some(Answer::CannotTell) } else { self.answer }
    }

    /// In one line: whether the quorum is met.
    #[must_use]
    pub fn line(&self) -> String {
        if let Some(problem) = &self.problem {
            return format!("cannot tell: {problem}");
        }
        let cosigned = self.witnesses.iter().filter(|one| matches!(one.cosigned, Cosigned::At { .. })).count();
        let (all, size, needs) = (self.witnesses.len(), self.size, &self.needs);
        match self.answer {
            None => NOBODY.to_owned(),
            Some(Answer::Satisfied) => {
                format!("quorum met: {cosigned} of {all} cosigned size {size} (needed: {needs})")
            }
            Some(Answer::NotSatisfied) => {
                format!("quorum NOT met: {cosigned} of {all} cosigned size {size} (needed: {needs})")
            }
            Some(Answer::CannotTell) => {
                format!(
                    "cannot tell: {cosigned} of {all} cosigned size {size}, others with keys that are not checked here"
                )
            }
        }
    }

    /// The line, and after it a sentence for every alarm and every witness that is missing.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let first = match self.answer {
            None if self.problem.is_none() => NOBODY.to_owned(),
            None | Some(_) => format!("witnesses: {}", self.line()),
        };
        let alarm = |one: &OneWitness| Some(format!("ALARM, witness {}: {}", one.name, one.alarm.as_ref()?));
        let missing = |one: &OneWitness| {
            let (since, why) = (one.silent_since.as_ref()?, one.why.as_ref()?);
            one.alarm.is_none().then(|| format!("witness {} has not cosigned since {since}: {why}", one.name))
        };
        let alarms = self.witnesses.iter().filter_map(alarm);
        std::iter::once(first).chain(alarms).chain(self.witnesses.iter().filter_map(missing)).collect()
    }

    /// A block for each witness, for people.
    #[must_use]
    pub fn list(&self) -> String {
        let mut text = format!("{}\n", self.line());
        for one in &self.witnesses {
            let absent = || "never".to_owned();
            text +=
                &format!("\n{}\n  address        {}\n", one.name, one.url.as_deref().unwrap_or("none: never asked"));
            text += &format!("  key            {}\n", one.vkey);
            text += &format!("  this size      {}\n", cosigned_words(one.cosigned));
            text += &format!("  last seen      {}\n", one.answered_at.clone().unwrap_or_else(absent));
            if let (Some(since), Some(why)) = (&one.silent_since, &one.why) {
                text += &format!("  silent since   {since}: {why}\n");
            }
            if let Some(alarm) = &one.alarm {
                text += &format!("  ALARM          {alarm}\n");
            }
        }
        text
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let witnesses: Vec<Value> = self
            .witnesses
            .iter()
            .map(|one| {
                json!({
                    "name": one.name, "url": one.url, "key": one.vkey, "cosigned": cosigned_words(one.cosigned),
                    "last_seen": one.answered_at, "silent_since": one.silent_since, "why": one.why, "alarm": one.alarm,
                })
            })
            .collect();
        let quorum = match self.answer() {
            None => "nobody_asked",
            Some(Answer::Satisfied) => "met",
            Some(Answer::NotSatisfied) => "not_met",
            Some(Answer::CannotTell) => "cannot_tell",
        };
        json!({
            "quorum": quorum, "needed": self.needs, "size": self.size, "says": self.line(), "witnesses": witnesses,
            "trust_file": if self.whose == Whose::Reader { "yours" } else { "the store's" },
            "unknown_signers": self.strangers,
        })
    }
}

fn cosigned_words(cosigned: Cosigned) -> String {
    match cosigned {
        Cosigned::At { time_s } => {
            instant(time_s).map_or_else(|| format!("cosigned at second {time_s}"), |at| format!("cosigned at {at}"))
        }
        Cosigned::Absent => "not cosigned".to_owned(),
        Cosigned::Unchecked => "a signature of a kind that is not checked here".to_owned(),
    }
}

fn instant(time_s: u64) -> Option<Instant> {
    i64::try_from(time_s).ok().and_then(|time_s| Instant::from_ms(time_s.checked_mul(1000)?))
}

/// Names under a head that are neither the log's nor, with their key, those of the trust file.
fn strangers(head: &Head<'_>, policy: Option<&Policy>) -> Vec<String> {
    let Ok(note) = Note::parse(head.checkpoint.as_bytes()) else { return Vec::new() };
    let known: Vec<&str> =
        policy.map(|policy| policy.witnesses().iter().map(Witness::vkey).collect()).unwrap_or_default();
    let stranger = |(name, key_id): (&str, [u8; 4])| {
        let start = format!("{name}+{}+", hex(&key_id));
        let is_log = name == head.log.name() && key_id == head.log.key_id();
        (!is_log && !known.iter().any(|vkey| vkey.starts_with(&start))).then(|| name.to_owned())
    };
    note.claimed_signers().filter_map(stranger).collect()
}
