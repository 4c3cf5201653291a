//! Who vouches for a log: takes a store and gives, in words and as JSON, whether its quorum is met, who cosigned, who is
//! silent since when, and what must not be. Never asks anybody; never leaves out a witness that failed.

use super::Error;
use super::trust::{Seen, Trust};
use crate::storage::Reader;
use ledger::policy::{Answer, Cosigned};
use serde_json::{Value, json};
use terms::Instant;

/// What stands where nobody is asked.
const NOBODY: &str = "no witnesses: the operator alone vouches for this log";

/// Who vouches for the present checkpoint of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Size of the checkpoint.
    size: u64,
    /// Whether enough witnesses cosigned it; none if nobody is asked.
    answer: Option<Answer>,
    /// What would be enough.
    needs: String,
    witnesses: Vec<OneWitness>,
    /// Why nothing can be said.
    problem: Option<String>,
    /// A known witness's signature under the checkpoint does not hold: something was changed.
    spoiled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct OneWitness {
    name: String,
    url: Option<String>,
    vkey: String,
    cosigned: Cosigned,
    answered_at: Option<String>,
    silent_since: Option<String>,
    why: Option<String>,
    alarm: Option<String>,
}

impl Standing {
    /// The standing of a store, by its own trust file.
    #[must_use]
    pub fn of(store: &Reader) -> Standing {
        let size = store.checkpoint().size;
        let nobody =
            Standing { size, answer: None, needs: String::new(), witnesses: Vec::new(), problem: None, spoiled: false };
        let trust = match Trust::read(store.directory()) {
            Ok(None) => return nobody,
            Ok(Some(trust)) => trust,
            Err(error) => return Standing { problem: Some(error.to_string()), ..nobody },
        };
        let judged = match trust.policy.judge(store.checkpoint_text().as_bytes()) {
            Ok(judged) => judged,
            Err(error) => return Standing { problem: Some(error.to_string()), spoiled: true, ..nobody },
        };
        let seen = Seen::read(store.directory());
        let shown = |ms: i64| Instant::from_ms(ms).map(|at| at.to_string());
        let one = |(witness, cosigned): (&ledger::policy::Witness, &Cosigned)| {
            let seen = seen.of(&witness.name, witness.vkey());
            let trouble = seen.trouble.as_ref();
            OneWitness {
                name: witness.name.clone(),
                url: witness.url.clone(),
                vkey: witness.vkey().to_owned(),
                cosigned: *cosigned,
                answered_at: seen.answered_at_ms.and_then(shown),
                silent_since: trouble.and_then(|trouble| shown(trouble.since_ms)),
                why: trouble.map(|trouble| trouble.why.clone()),
                alarm: seen.alarm.map(|alarm| format!("{}: {}", shown(alarm.at_ms).unwrap_or_default(), alarm.what)),
            }
        };
        let witnesses = trust.policy.witnesses().iter().zip(&judged.witnesses).map(one).collect();
        let needs = match (trust.policy.asks_for_witnesses(), trust.policy.quorum_group()) {
            (false, _) => "none asked for".to_owned(),
            (true, Some(group)) => format!("{} of {} in `{}`", group.threshold, group.size, group.name),
            (true, None) => "one witness".to_owned(),
        };
        Standing { size, answer: Some(judged.answer), needs, witnesses, problem: None, spoiled: false }
    }

    /// The standing when it could not be found out.
    pub(super) fn unknown(error: &Error) -> Standing {
        let problem = Some(error.to_string());
        Standing { size: 0, answer: None, needs: String::new(), witnesses: Vec::new(), problem, spoiled: false }
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
        json!({ "quorum": quorum, "needed": self.needs, "size": self.size, "says": self.line(), "witnesses": witnesses })
    }
}

fn cosigned_words(cosigned: Cosigned) -> String {
    match cosigned {
        Cosigned::At { time_s } => {
            let at = i64::try_from(time_s).ok().and_then(|time_s| Instant::from_ms(time_s.checked_mul(1000)?));
            at.map_or_else(|| format!("cosigned at second {time_s}"), |at| format!("cosigned at {at}"))
        }
        Cosigned::Absent => "not cosigned".to_owned(),
        Cosigned::Unchecked => "a signature of a kind that is not checked here".to_owned(),
    }
}
