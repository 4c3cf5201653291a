//! Takes what was found out; gives the one shape of every answer. Never says more than yes, no or cannot tell.

use crate::tiles::Gap;
use serde_json::{Map, Value, json};

/// Yes, no, or cannot tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    No,
    CannotTell,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Yes => "yes",
            Verdict::No => "no",
            Verdict::CannotTell => "cannot_tell",
        }
    }
}

/// One question answered: which, how, and why. `why` is a word that pages have a sentence for; `detail` is the reason in
/// English, from whoever refused.
pub(crate) struct Answer {
    pub(crate) question: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) why: &'static str,
    pub(crate) values: Value,
    pub(crate) detail: String,
}

impl Answer {
    pub(crate) fn new(question: &'static str, verdict: Verdict, why: &'static str, values: Value) -> Answer {
        Answer { question, verdict, why, values, detail: String::new() }
    }

    pub(crate) fn detailed(mut self, detail: impl ToString) -> Answer {
        self.detail = detail.to_string();
        self
    }

    fn to_json(&self) -> Value {
        json!({ "question": self.question, "answer": self.verdict.word(), "why": self.why, "values": self.values,
                "detail": self.detail })
    }
}

/// How a request ended.
pub(crate) enum Outcome {
    /// It cannot be read, or asks for nothing that there is.
    Refused(String),
    /// These tiles of the log must be brought first.
    Needs(Vec<String>),
    /// It is answered: questions with their answers, and what else was found.
    Answered(Vec<Answer>, Map<String, Value>),
}

impl Outcome {
    /// Answers and the fields of an object.
    pub(crate) fn of(answers: Vec<Answer>, about: Value) -> Outcome {
        match about {
            Value::Object(about) => Outcome::Answered(answers, about),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Outcome::Answered(answers, Map::new())
            }
        }
    }

    /// What a gap in the tiles means: more is needed, or `question` cannot be told.
    pub(crate) fn gap(question: &'static str, gap: Gap) -> Outcome {
        match gap {
            Gap::Needed(paths) => Outcome::Needs(paths),
            Gap::Absent(why) => {
                let answer = Answer::new(question, Verdict::CannotTell, "log.absent", json!({})).detailed(why);
                Outcome::of(vec![answer], json!({}))
            }
        }
    }

    /// No if one answer is no; else cannot tell if one is; else yes.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = json!({ "schema": "backstop.verifier/1" });
        match self {
            Outcome::Refused(why) => {
                object["result"] = json!("refused");
                object["detail"] = json!(why);
            }
            Outcome::Needs(paths) => {
                object["result"] = json!("needs");
                object["needs"] = json!(paths);
            }
            Outcome::Answered(answers, about) => {
                let worst = [Verdict::No, Verdict::CannotTell];
                let worst = worst.into_iter().find(|worst| answers.iter().any(|answer| answer.verdict == *worst));
                object["result"] = json!(worst.unwrap_or(Verdict::Yes).word());
                object["answers"] = answers.iter().map(Answer::to_json).collect();
                about.iter().for_each(|(name, value)| object[name] = value.clone());
            }
        }
        object
    }
}
