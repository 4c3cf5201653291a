//! What is said of a text, held as a sentence and its parts until somebody asks for it in a language.
//!
//! Takes an English sentence with a place for each part; gives it in English or Ukrainian. The Ukrainian sentences stand in
//! one table, looked up while the program is compiled: a sentence that the table lacks does not compile.

pub(crate) mod ukrainian;

use crate::calendar::Duration;
use crate::sentence::Language;
use std::fmt;
use terms::{Act, Chance, Label, Party};

/// A sentence in every language, with the parts that it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    english: &'static str,
    ukrainian: &'static str,
    parts: Vec<Part>,
}

/// What a sentence names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// A name or a word of the text, the same in every language.
    Text(String),
    /// A count.
    Number(i64),
    /// A length of time.
    Length(Duration),
    /// An act, as people say it.
    Act(Act),
    /// A phrase of its own.
    Said(Said),
}

/// A sentence: `said!("rule `{}` binds nobody", id)`. Parts beyond the places of the English one are for the others.
macro_rules! said {
    ($english:literal $(, $part:expr)* $(,)?) => {{
        const PARTS: usize = <[&str]>::len(&[$(stringify!($part)),*]);
        const UKRAINIAN: &str = $crate::said::ukrainian::of($english, PARTS);
        $crate::said::Said::new($english, UKRAINIAN, vec![$($crate::said::Shown::part(&$part)),*])
    }};
}
pub(crate) use said;

impl Said {
    pub(crate) fn new(english: &'static str, ukrainian: &'static str, parts: Vec<Part>) -> Said {
        Said { english, ukrainian, parts }
    }

    /// A name, or names, the same in every language.
    pub(crate) fn name(text: impl Into<String>) -> Said {
        Said::new("{}", "{}", vec![Part::Text(text.into())])
    }

    /// One that has no Ukrainian yet: what is said of pages of guarantees.
    pub(crate) fn in_english(text: String) -> Said {
        Said::name(text)
    }

    /// The sentence in a language.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Ukrainian => self.ukrainian(None),
        }
    }

    fn english(&self) -> String {
        let mut pieces = self.english.split("{}");
        let mut told = pieces.next().unwrap_or_default().to_owned();
        for (piece, part) in pieces.zip(&self.parts) {
            told.push_str(&part.english());
            told.push_str(piece);
        }
        told
    }

    /// A phrase may give its forms, parted by bars: `правило|правила` is the nominative, then the genitive.
    fn ukrainian(&self, case: Option<Case>) -> String {
        let form = case.map_or(0, |case| case as usize);
        let forms: Vec<&str> = self.ukrainian.split('|').collect();
        // Bars between braces part the forms of a counted word, not those of the phrase.
        let template = if self.ukrainian.contains('{') { self.ukrainian } else { forms[form.min(forms.len() - 1)] };
        let mut told = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (place, after) = after.split_once('}').expect("invariant: the test of the table closes every place");
            let (at, how) = place.split_once(':').unwrap_or((place, ""));
            let at = if at.is_empty() { 0 } else { at.parse().expect("invariant: a place has a number") };
            told.push_str(before);
            told.push_str(&self.parts[at].ukrainian(how));
            rest = after;
        }
        told + rest
    }
}

impl fmt::Display for Said {
    /// In English, the language of logs and of other programs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

/// A case other than the nominative; its number is the place among the forms of a phrase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Case {
    /// `{0:g}`
    Genitive = 1,
    /// `{0:a}`
    Accusative = 2,
}

impl Part {
    fn english(&self) -> String {
        match self {
            Part::Text(text) => text.clone(),
            Part::Number(number) => number.to_string(),
            Part::Length(length) => length.to_string(),
            Part::Act(act) => act.word().to_owned(),
            Part::Said(said) => said.english(),
        }
    }

    /// `how` is nothing, a case, or the forms that follow one, a few and many: `#раз|рази|разів`.
    fn ukrainian(&self, how: &str) -> String {
        if let (Some(forms), Part::Number(number)) = (how.strip_prefix('#'), self) {
            let forms: Vec<&str> = forms.split('|').collect();
            return ukrainian::counted(*number, [forms[0], forms[1], forms[2]]).to_owned();
        }
        let case = match how {
            "g" => Some(Case::Genitive),
            "a" => Some(Case::Accusative),
            _ => None,
        };
        match self {
            Part::Text(text) => text.clone(),
            Part::Number(number) => number.to_string(),
            Part::Length(length) => ukrainian::length(*length, case),
            Part::Act(act) => ukrainian::act(*act).to_owned(),
            Part::Said(said) => said.ukrainian(case),
        }
    }
}

/// What may stand as a part of a sentence.
pub(crate) trait Shown {
    fn part(&self) -> Part;
}

impl<T: Shown + ?Sized> Shown for &T {
    fn part(&self) -> Part {
        (**self).part()
    }
}

macro_rules! shown {
    ($($kind:ty: $value:ident => $part:expr;)*) => {
        $(impl Shown for $kind {
            fn part(&self) -> Part {
                let $value = self;
                $part
            }
        })*
    };
}

shown! {
    str: text => Part::Text(text.to_owned());
    String: text => Part::Text(text.clone());
    char: sign => Part::Text(sign.to_string());
    Label: name => Part::Text(name.to_string());
    Party: name => Part::Text(name.to_string());
    Chance: chance => Part::Text(chance.to_string());
    u32: number => Part::Number(i64::from(*number));
    i64: number => Part::Number(*number);
    usize: number => Part::Number(i64::try_from(*number).unwrap_or(i64::MAX));
    Duration: length => Part::Length(*length);
    Act: act => Part::Act(*act);
    Said: said => Part::Said(said.clone());
}
