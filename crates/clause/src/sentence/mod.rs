//! Reverse reading: a checked rule as one plain sentence, to lay beside the text.
//!
//! Takes an agreement and one of its rules, powers, states or sources; gives the sentence in English or Ukrainian. Never
//! says more than the rule does, and never less.

mod english;
pub(crate) mod ukrainian;

use crate::agreement::{Agreement, PlannedSource, State};
use crate::rule::{Power, Rule};
use terms::{Chance, Party};

/// A language in which sentences are given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Language {
    /// English.
    English,
    /// Ukrainian.
    Ukrainian,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 2] = [Language::English, Language::Ukrainian];

    /// The code: `en`, `uk`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Ukrainian => "uk",
        }
    }

    /// The language of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// A rule as one plain sentence (with a second one for what breaks it, where the text says so).
#[must_use]
pub fn sentence(agreement: &Agreement, rule: &Rule, language: Language) -> String {
    let words = Words { agreement };
    match language {
        Language::English => english::rule(&words, rule),
        Language::Ukrainian => ukrainian::rule(&words, rule),
    }
}

/// A power as one plain sentence.
#[must_use]
pub fn sentence_of_power(agreement: &Agreement, power: &Power, language: Language) -> String {
    let words = Words { agreement };
    match language {
        Language::English => english::power(&words, power),
        Language::Ukrainian => ukrainian::power(&words, power),
    }
}

/// What begins and ends a state, as one plain sentence.
#[must_use]
pub fn sentence_of_state(agreement: &Agreement, state: &State, language: Language) -> String {
    let words = Words { agreement };
    match language {
        Language::English => english::state(&words, state),
        Language::Ukrainian => ukrainian::state(&words, state),
    }
}

/// What a planned source reports, as one plain sentence.
#[must_use]
pub fn sentence_of_source(agreement: &Agreement, source: &PlannedSource, language: Language) -> String {
    let words = Words { agreement };
    match language {
        Language::English => english::source(&words, source),
        Language::Ukrainian => ukrainian::source(&words, source),
    }
}

/// What both languages need.
struct Words<'a> {
    agreement: &'a Agreement,
}

impl Words<'_> {
    fn shown(&self, party: &Party) -> String {
        self.agreement.display(party).to_owned()
    }

    /// A chance with every digit that it has, so that two that differ never read alike: `80 %`, `99.95 %`.
    fn share(&self, chance: Chance) -> String {
        let ppm = chance.ppm();
        let digits = format!("{:04}", ppm % 10_000);
        match digits.trim_end_matches('0') {
            "" => format!("{} %", ppm / 10_000),
            rest => format!("{}.{rest} %", ppm / 10_000),
        }
    }
}
