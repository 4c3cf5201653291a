//! Short names that the record and the agreement share: labels, parties, sources.
//!
//! Takes text; gives names that are safe in a file, an address and a table. Never normalises: what does not fit is refused.

use std::fmt;
use std::sync::Arc;

/// A kebab-case word or phrase: letters, digits, `-`, `_` and `.`, 1 to 64 characters, beginning with a letter or digit.
/// Letters may be of any script. A copy shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label(Arc<str>);

impl Label {
    /// The label, or `None` if `text` is not one.
    #[must_use]
    pub fn new(text: &str) -> Option<Label> {
        let fits = (1..=64).contains(&text.chars().count());
        let starts = text.starts_with(char::is_alphanumeric);
        let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        (fits && starts && plain).then(|| Label(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Label);

        impl $name {
            /// The name, or `None` if `text` is not a [`Label`].
            #[must_use]
            pub fn new(text: &str) -> Option<$name> {
                Label::new(text).map($name)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

named!(
    /// A party to the agreement, or another actor that it names, as the agreement spells it: `Russia`, `Mission`.
    Party
);
named!(
    /// Where observations come from: `viina`, `firms`, `post-K3`.
    SourceId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_plain() {
        for good in ["viina", "post-K3", "2025", "Київ", "ua.air_force"] {
            assert!(Label::new(good).is_some(), "{good}");
        }
        for bad in ["", "-x", "a b", "a/b", "<b>", "a\n", &"x".repeat(65)] {
            assert!(Label::new(bad).is_none(), "{bad:?}");
        }
    }
}
