//! The three answers: yes, no, cannot tell.
//!
//! Takes what was checked; gives a word and what stands beside it. Never lets "could not check" pass for either of the others.

/// One of three.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Checked and right.
    Yes(String),
    /// Checked and wrong: what differs.
    No(String),
    /// Not checked: what is missing.
    CannotTell(String),
}

impl Answer {
    /// Of several: no if one is no, else cannot tell if one cannot be told, else yes.
    #[must_use]
    pub fn worst<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Option<&'a Answer> {
        answers.into_iter().min_by_key(|answer| match answer {
            Answer::No(_) => 0,
            Answer::CannotTell(_) => 1,
            Answer::Yes(_) => 2,
        })
    }

    /// `yes`, `no` or `cannot tell`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Answer::Yes(_) => "yes",
            Answer::No(_) => "no",
            Answer::CannotTell(_) => "cannot tell",
        }
    }

    /// What stands beside the word.
    #[must_use]
    pub fn note(&self) -> &str {
        match self {
            Answer::Yes(note) | Answer::No(note) | Answer::CannotTell(note) => note,
        }
    }
}
