//! What a drafter may have got wrong in a text that can be read: the checks of whole rules against one another.
//!
//! Takes a read agreement with its statements; gives remarks. Each check fires on what it can show, and is silent on what it
//! cannot: a remark on sound text is worse than none. Never changes a rule, never leaves one out of judging.

mod clash;
mod ending;
mod ground;
mod people;
mod shadow;
mod sight;
mod words;

use crate::agreement::{Agreement, Article, Reading};
use crate::calendar::Duration;
use crate::remark::{Code, Remarks};
use crate::rule::{Kernel, Pattern, Rule, Window};
use crate::said::{Said, said};
use crate::token::{Statement, TokenKind};
use std::ops::Range;
use terms::time::DAY_MS;

/// A statement and the prose that it stands under.
pub(crate) struct Clause<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) paragraph: Range<usize>,
}

impl Clause<'_> {
    /// Its words, without signs and quotations.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.statement.tokens.iter().filter_map(|token| match &token.kind {
            TokenKind::Word(word) => Some(word.as_str()),
            TokenKind::Text(_) | TokenKind::Sign(_) => None,
        })
    }
}

/// A text that has been read, before its remarks are placed.
pub(crate) struct Draft<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) articles: &'a [Article],
    pub(crate) text: &'a str,
    pub(crate) clauses: &'a [Clause<'a>],
}

impl Draft<'_> {
    /// The rules that facts are held against.
    fn judged(&self) -> impl Iterator<Item = &Rule> {
        let silent = |kernel: &Kernel| matches!(kernel, Kernel::May { .. } | Kernel::TextOnly { .. });
        self.agreement.rules.iter().filter(move |rule| !silent(&rule.kernel))
    }

    /// Where a name is defined.
    fn definition(&self, name: &str) -> Range<usize> {
        let opens = ["zone", "sectors", "line"];
        let found = self.clauses.iter().find(|clause| {
            let mut words = clause.words();
            words.next().is_some_and(|first| opens.contains(&first)) && words.next() == Some(name)
        });
        found.map_or(0..0, |clause| clause.statement.span.clone())
    }
}

/// Every check.
pub(crate) fn lint(draft: &Draft<'_>, remarks: &mut Remarks) {
    sight::check(draft, remarks);
    clash::check(draft, remarks);
    ground::check(draft, remarks);
    shadow::check(draft, remarks);
    ending::check(draft, remarks);
    words::check(draft, remarks);
}

/// The page of a code.
pub(crate) fn page(code: Code) -> Option<&'static str> {
    pages::PAGES.iter().find(|(word, _)| *word == code.word()).map(|(_, page)| *page)
}

mod pages;

/// The readings in which two rules are held against each other.
fn readings<'a>(agreement: &'a Agreement, a: &Rule, b: &Rule) -> &'a [Reading] {
    if a.depends_on_reading || b.depends_on_reading {
        &agreement.readings
    } else {
        std::slice::from_ref(&agreement.as_written)
    }
}

/// A rule's window in a reading, also in one that does not touch it.
fn window(agreement: &Agreement, rule: &Rule, reading: &Reading) -> Option<Window> {
    rule.windows.get(&reading.id).or_else(|| rule.windows.get(&agreement.as_written.id)).copied()
}

/// The pattern whose facts decide about a rule.
fn deciding(rule: &Rule) -> Option<&Pattern> {
    if let Kernel::Response { response, .. } = &rule.kernel { Some(response) } else { crate::bears::subject(rule) }
}

/// A length in milliseconds, with days of 24 hours and months of a twelfth of 365 days and a quarter: for comparing lengths,
/// never for deadlines.
fn length_ms(length: Duration) -> i64 {
    let days_ms = length.civil_days().map(|days| i64::from(days) * DAY_MS);
    let months_ms = length.civil_months().map(|months| i64::from(months) * (DAY_MS * 1_461 / 48));
    length.elapsed_ms().or(days_ms).or(months_ms).expect("invariant: a length is elapsed, days or months")
}

/// `a`, `b` and so on, the first of many only.
fn some(names: &[&str]) -> Said {
    /// More would not be read.
    const SHOWN_MOST: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN_MOST).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN_MOST);
    if more > 0 { said!("{} and {} more", shown.join(", "), more) } else { Said::name(shown.join(", ")) }
}
