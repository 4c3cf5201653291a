//! What to say when a statement does not fit the grammar.
//!
//! Takes a statement and how far reading came; gives one remark with what was found, what was expected and, where a known
//! trouble stands behind it, the way out. Never more than one remark a statement.

use crate::grammar::Failure;
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, remark};
use crate::said::{Said, said};
use crate::token::{OPENING, Statement, Token, TokenKind};

/// The words that open a kind of clause; `X only after Y` opens with an event.
const KINDS: [&str; 9] = ["never", "by", "between", "always", "after", "at", "may", "text-only", "only"];

/// The remark on a statement that could not be read on.
pub(crate) fn advice(statement: &Statement, failure: &Failure) -> Remark {
    let words: Vec<&str> = statement.tokens.iter().map(word).collect();
    let opening = words.first().copied().unwrap_or_default();
    let here = statement.tokens.get(failure.at).map_or(statement.span.end..statement.span.end, |t| t.span.clone());
    if failure.at == 0 {
        let unknown = said!("`{}` opens no statement", opening);
        let known = said!("statements open with {}", listed(&OPENING));
        return remark(Code::UnknownStatement, here, unknown).because(known).maybe_fix(did_you_mean(opening, OPENING));
    }
    if opening == "rule" && failure.at == 2 && failure.expected.contains("of") {
        let nobody = said!("rule `{}` binds nobody", words[1]);
        let fix = said!("write `rule {} of each party: ...`, or name a party or actor", words[1]);
        return remark(Code::NoBearer, statement.tokens[1].span.clone(), nobody).fix(fix);
    }
    let colon = words.iter().position(|word| *word == ":").unwrap_or(0);
    if let (true, Some(kind)) = (opening == "rule" && colon > 0, words.get(colon + 1))
        && !KINDS.contains(kind)
        && !words.windows(2).any(|pair| pair == ["only", "after"])
    {
        let unknown = said!("`{}` opens no kind of clause", kind);
        let fix = did_you_mean(kind, KINDS).unwrap_or(said!("write one of {}", listed(&KINDS[..8])));
        return remark(Code::Unexpected, statement.tokens[colon + 1].span.clone(), unknown).fix(fix);
    }
    if failure.expected.is_empty() {
        let found = said!("{} where the end of the statement is expected", found(statement.tokens.get(failure.at)));
        let fix = said!("a statement ends here; begin a new line, without a space before it");
        return remark(Code::Unexpected, here, found).fix(fix);
    }
    let expected: Vec<Said> = failure.expected.iter().map(|wanted| described(wanted)).collect();
    let message = said!("{} where {} is expected", found(statement.tokens.get(failure.at)), either(&expected));
    let slip = words.get(failure.at).and_then(|found| did_you_mean(found, failure.expected.iter().copied()));
    let nested = words.get(failure.at).is_some_and(|found| ["after", "within", "every"].contains(found));
    let fix = slip.or_else(|| {
        (nested && opening == "rule").then(|| {
            said!(
                "a rule says one thing in time; give the other a rule of its own and lean on it by name, as in \
                 `after A1 violated must ...`"
            )
        })
    });
    remark(Code::Unexpected, here, message).maybe_fix(fix)
}

fn word(token: &Token) -> &str {
    match &token.kind {
        TokenKind::Word(word) => word,
        TokenKind::Text(_) => "\"",
        TokenKind::Sign(':') => ":",
        TokenKind::Sign(_) => "",
    }
}

fn found(token: Option<&Token>) -> Said {
    match token.map(|token| &token.kind) {
        Some(TokenKind::Word(word)) => said!("found `{}`", word),
        Some(TokenKind::Text(_)) => said!("found a quotation"),
        Some(TokenKind::Sign(sign)) => said!("found `{}`", sign),
        None => said!("the statement ends"),
    }
}

/// A terminal in words; a keyword in backticks.
fn described(wanted: &str) -> Said {
    match wanted {
        "NAME" | "LABEL" => said!("a name"),
        "ID" => said!("the name of a rule"),
        "PARTY" => said!("a party or actor"),
        "LINE" => said!("a line"),
        "ZONE" => said!("a zone"),
        "SECTORS" => said!("a division into sectors"),
        "STATE" => said!("a state"),
        "CLASS" => said!("a class of objects"),
        "OBJECT" => said!("an object or class"),
        "EVENT" => said!("an act or event"),
        "PARAMETER" => said!("a time"),
        "TEXT" => said!("a text in double quotes"),
        "DATE" => said!("a date"),
        "CLOCK" => said!("a clock time"),
        "OFFSET" => said!("an offset"),
        "TIME-ZONE" => said!("a time zone"),
        "NUMBER" | "DECIMAL" => said!("a number"),
        "CHANCE" => said!("a chance between 0 and 1"),
        "HASH" => said!("eight hexadecimal digits"),
        "UNIT" => said!("`seconds`, `minutes`, `hours`, `days`, `weeks`, `months` or `years`"),
        keyword => Said::name(format!("`{keyword}`")),
    }
}

/// "a, b or c", the first of many only.
fn either(words: &[Said]) -> Said {
    /// More would not be read.
    const SHOWN_MOST: usize = 8;
    let mut words = words.to_vec();
    words.dedup();
    if words.len() > SHOWN_MOST {
        words.truncate(SHOWN_MOST);
        words.push(said!("another word"));
    }
    let Some(last) = words.pop() else { return said!("") };
    match words.into_iter().reduce(|words, word| said!("{}, {}", words, word)) {
        Some(words) => said!("{} or {}", words, last),
        None => last,
    }
}

/// `a`, `b` and `c`.
pub(crate) fn listed(words: &[&str]) -> Said {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => Said::name(last.as_str()),
        Some((last, rest)) => said!("{} and {}", rest.join(", "), last),
        None => said!(""),
    }
}
