//! The words beside the rules: numbers, confirmed sentences, names that nothing uses, the text in other languages.
//!
//! Takes prose and statements; compares what can be compared word for word. Never reads a sense out of prose.

use super::{Clause, Draft, length_ms};
use crate::agreement::{Article, Block};
use crate::calendar::Duration;
use crate::definitions::Kind;
use crate::remark::{Code, Remarks, remark};
use crate::said::{Said, said};
use crate::token::TokenKind;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(draft: &Draft<'_>, remarks: &mut Remarks) {
    changed(draft, remarks);
    numbers(draft, remarks);
    unused(draft, remarks);
    languages(draft, remarks);
}

/// The first eight hexadecimal digits of the SHA-256 of a paragraph, without the blanks around it.
fn mark(paragraph: &str) -> String {
    Sha256::digest(paragraph.trim().as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn changed(draft: &Draft<'_>, remarks: &mut Remarks) {
    for rule in &draft.agreement.rules {
        let (Some(confirmed), now) = (&rule.confirmed, mark(&draft.text[rule.paragraph.clone()])) else { continue };
        if *confirmed != now {
            let message = said!("the sentence above rule `{}` changed since it was confirmed", rule.id);
            let fix = said!("read the two against each other, then write `confirmed {}`", now);
            remarks.push(remark(Code::Changed, rule.span.clone(), message).fix(fix));
        }
    }
}

/// A length as it is written: its number and unit.
type Term = (u32, &'static str);

fn unit_of(word: &str) -> Option<&'static str> {
    let units = ["second", "minute", "hour", "day", "week", "month", "year"];
    units.into_iter().find(|unit| word == *unit || word.strip_suffix('s') == Some(*unit))
}

fn as_length((count, unit): Term) -> Option<i64> {
    Duration::parse(&count.to_string(), unit).map(length_ms)
}

/// The lengths that a statement writes.
fn terms_of(clause: &Clause<'_>) -> Vec<Term> {
    let words: Vec<&str> = clause.words().collect();
    words.windows(2).filter_map(|pair| Some((pair[0].parse().ok()?, unit_of(pair[1])?))).collect()
}

/// A number in digits or English words, up to ninety-nine.
fn number(word: &str) -> Option<u32> {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let small = |word: &str| (0..).zip(ONES).find(|(_, known)| *known == word).map(|(value, _)| value);
    let tens = |word: &str| (2..).zip(TENS).find(|(_, known)| *known == word).map(|(value, _)| value * 10);
    let joined = || {
        let (ten, one) = word.split_once('-')?;
        Some(tens(ten)? + small(one).filter(|one: &u32| (1..10).contains(one))?)
    };
    word.parse().ok().or_else(|| small(word)).or_else(|| tens(word)).or_else(joined)
}

/// The lengths that a sentence writes, and numbers whose words and digits differ: `fourteen (10) days`.
fn terms_in(prose: &str) -> (Vec<Term>, Vec<(u32, u32)>) {
    let lowered = prose.to_lowercase();
    let words: Vec<&str> = lowered.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let (mut terms, mut differ) = (Vec::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        let Some(value) = number(&bare(word)).filter(|_| !word.starts_with('(')) else { continue };
        let mut next = at + 1;
        let digits = words.get(next).filter(|word| word.starts_with('(') && word.ends_with(')'));
        if let Some(digits) = digits.and_then(|word| bare(word).parse::<u32>().ok()) {
            next += 1;
            if digits != value {
                differ.push((value, digits));
                continue;
            }
        }
        terms.extend(words.get(next).and_then(|word| unit_of(&bare(word))).map(|unit| (value, unit)));
    }
    (terms, differ)
}

fn numbers(draft: &Draft<'_>, remarks: &mut Remarks) {
    let mut under: BTreeMap<(usize, usize), Vec<&Clause<'_>>> = BTreeMap::new();
    for clause in draft.clauses.iter().filter(|clause| !clause.paragraph.is_empty()) {
        under.entry((clause.paragraph.start, clause.paragraph.end)).or_default().push(clause);
    }
    for ((start, end), clauses) in under {
        let (said, differ) = terms_in(&draft.text[start..end]);
        for (words, digits) in differ {
            let message = said!("the text writes {} in words and {} in digits", words, digits);
            remarks.push(remark(Code::Numbers, start..end, message).fix(said!("write the same number twice, or once")));
        }
        let written: Vec<Term> = clauses.iter().flat_map(|clause| terms_of(clause)).collect();
        let lengths = |terms: &[Term]| terms.iter().filter_map(|term| as_length(*term)).collect::<BTreeSet<i64>>();
        let (in_text, in_rules) = (lengths(&said), lengths(&written));
        let left = said.iter().filter(|term| as_length(**term).is_some_and(|length| !in_rules.contains(&length)));
        let left: Vec<Term> = left.copied().collect();
        for clause in &clauses {
            for term in terms_of(clause) {
                let known = as_length(term).is_some_and(|length| in_text.contains(&length));
                let other = left.iter().find(|(_, unit)| *unit == term.1).filter(|_| !known);
                if let Some((count, unit)) = other {
                    let length = |(count, unit): Term| Duration::parse(&count.to_string(), unit);
                    let (Some(ruled), Some(told)) = (length(term), length((*count, *unit))) else { continue };
                    // English takes the numbers and units as they are written, others the lengths.
                    let message = said!(
                        "the rule says {} {}s, and the text above it {} {}s",
                        term.0,
                        term.1,
                        count,
                        unit,
                        ruled,
                        told
                    );
                    let fix = said!("make the two agree: the text is what was negotiated");
                    remarks.push(remark(Code::Numbers, clause.statement.span.clone(), message).fix(fix));
                }
            }
        }
    }
}

/// Names that nothing else in the blocks mentions.
fn unused(draft: &Draft<'_>, remarks: &mut Remarks) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for word in draft.clauses.iter().flat_map(Clause::words) {
        *times.entry(word).or_default() += 1;
    }
    for clause in draft.clauses {
        let mut words = clause.words();
        let (Some(opens), Some(name)) = (words.next(), words.next()) else { continue };
        // An object is used by a class that asks for its calibre.
        let by_calibre = opens == "object" && times.get("calibre").is_some_and(|n| *n > 1);
        if let (Some(kind), Some(1), false) = (Kind::to_be_used(opens), times.get(name), by_calibre) {
            let place = clause.statement.tokens.iter().find(|token| token.kind == TokenKind::Word(name.to_owned()));
            let place = place.map_or(clause.statement.span.clone(), |token| token.span.clone());
            let message = said!("{} `{}` is defined and never used", kind.said(), name);
            remarks.push(
                remark(Code::Unused, place, message)
                    .fix(said!("remove it, or name it in the rule that it was meant for")),
            );
        }
    }
}

/// The numbers of an article's prose, in order of size.
fn digits(article: &Article) -> Vec<String> {
    let prose = article.blocks.iter().filter_map(|block| match block {
        Block::Prose { text, .. } => Some(text.as_str()),
        Block::Rules { .. } | Block::NotUnderstood { .. } => None,
    });
    let mut found: Vec<String> = prose
        .flat_map(|text| text.split(|c: char| !c.is_ascii_digit()))
        .filter(|number| !number.is_empty())
        .map(|number| number.trim_start_matches('0').to_owned())
        .collect();
    found.sort();
    found
}

fn languages(draft: &Draft<'_>, remarks: &mut Remarks) {
    for translation in &draft.agreement.translations {
        for (article, other) in draft.articles.iter().zip(&translation.articles) {
            let (ours, theirs) = (digits(article), digits(other));
            // An article that was left out or split moves the rest; then nothing is compared.
            if draft.articles.len() != translation.articles.len() || ours == theirs {
                continue;
            }
            let missing =
                |from: &[String], of: &[String]| from.iter().filter(|n| !of.contains(n)).cloned().collect::<Vec<_>>();
            let (here, there) = (missing(&ours, &theirs), missing(&theirs, &ours));
            let shown =
                |numbers: &[String]| if numbers.is_empty() { said!("none") } else { Said::name(numbers.join(", ")) };
            let message = said!("`{}` has other numbers in `{}`", article.heading, translation.language);
            let why = said!("only here: {}; only there: {}", shown(&here), shown(&there));
            let at = draft.text.find(article.heading.as_str()).unwrap_or(0);
            let made = remark(Code::Languages, at..at + article.heading.len(), message).because(why);
            remarks.push(made.fix(said!("mend the one that was not agreed; both texts may be equally authentic")));
        }
    }
}
