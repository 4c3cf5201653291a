//! Whether something holds: yes, no, or cannot tell, each but the first with its reasons.
//!
//! Takes and gives answers; joins them so that one *no* settles it and a doubt is never lost.

/// One of three answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Holds {
    /// It holds.
    Yes,
    /// It does not, because of these.
    No(Vec<String>),
    /// It cannot be told, because of these.
    CannotTell(Vec<String>),
}

impl Holds {
    pub(super) fn no(why: impl Into<String>) -> Holds {
        Holds::No(vec![why.into()])
    }

    pub(super) fn cannot_tell(why: impl Into<String>) -> Holds {
        Holds::CannotTell(vec![why.into()])
    }

    /// Both: all reasons of the stronger answer against.
    pub(super) fn and(self, other: Holds) -> Holds {
        match (self, other) {
            (Holds::Yes, other) => other,
            (this, Holds::Yes) => this,
            (Holds::No(mut these), Holds::No(those)) => {
                these.extend(those);
                Holds::No(these)
            }
            (Holds::CannotTell(mut these), Holds::CannotTell(those)) => {
                these.extend(those);
                Holds::CannotTell(these)
            }
            (Holds::No(these), Holds::CannotTell(_)) | (Holds::CannotTell(_), Holds::No(these)) => Holds::No(these),
        }
    }

    /// `yes`, `no` or `cannot tell`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Holds::Yes => "yes",
            Holds::No(_) => "no",
            Holds::CannotTell(_) => "cannot tell",
        }
    }

    /// Why, if it is not yes.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        match self {
            Holds::Yes => &[],
            Holds::No(reasons) | Holds::CannotTell(reasons) => reasons,
        }
    }
}
