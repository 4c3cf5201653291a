//! What to say when a statement does not fit the grammar.
//!
//! Takes a statement and how far reading came; gives one remark with what was found, what was expected and, where a known
//! trouble stands behind it, the way out. Never more than one remark a statement.

use crate::grammar::Failure;
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, remark};
use crate::token::{OPENING, Statement, Token, TokenKind};

/// The words that open a kind of clause; `X only after Y` opens with an event.
const KINDS: [&str; 9] = ["never", "by", "between", "always", "after", "at", "may", "text-only", "only"];

/// The remark on a statement that could not be read on.
pub(crate) fn advice(statement: &Statement, failure: &Failure) -> Remark {
    let words: Vec<&str> = statement.tokens.iter().map(word).collect();
    let opening = words.first().copied().unwrap_or_default();
    let here = statement.tokens.get(failure.at).map_or(statement.span.end..statement.span.end, |t| t.span.clone());
    if failure.at == 0 {
        let unknown = format!("`{opening}` opens no statement");
        let known = format!("statements open with {}", listed(&OPENING));
        return remark(Code::UnknownStatement, here, unknown).because(known).maybe_fix(did_you_mean(opening, OPENING));
    }
    if opening == "rule" && failure.at == 2 && failure.expected.contains("of") {
        let nobody = format!("rule `{}` binds nobody", words[1]);
        let fix = format!("write `rule {} of each party: ...`, or name a party or actor", words[1]);
        return remark(Code::NoBearer, statement.tokens[1].span.clone(), nobody).fix(fix);
    }
    let colon = words.iter().position(|word| *word == ":").unwrap_or(0);
    if let (true, Some(kind)) = (opening == "rule" && colon > 0, words.get(colon + 1))
        && !KINDS.contains(kind)
        && !words.windows(2).any(|pair| pair == ["only", "after"])
    {
        let unknown = format!("`{kind}` opens no kind of clause");
        let fix = did_you_mean(kind, KINDS).unwrap_or(format!("write one of {}", listed(&KINDS[..8])));
        return remark(Code::Unexpected, statement.tokens[colon + 1].span.clone(), unknown).fix(fix);
    }
    if failure.expected.is_empty() {
        let found = format!("{} where the end of the statement is expected", found(statement.tokens.get(failure.at)));
        let fix = "a statement ends here; begin a new line, without a space before it";
        return remark(Code::Unexpected, here, found).fix(fix);
    }
    let expected: Vec<String> = failure.expected.iter().map(|wanted| described(wanted)).collect();
    let message = format!("{} where {} is expected", found(statement.tokens.get(failure.at)), either(&expected));
    let slip = words.get(failure.at).and_then(|found| did_you_mean(found, failure.expected.iter().copied()));
    let nested = words.get(failure.at).is_some_and(|found| ["after", "within", "every"].contains(found));
    let fix = slip.or_else(|| {
        (nested && opening == "rule").then(|| {
            "a rule says one thing in time; give the other a rule of its own and lean on it by name, as in \
             `after A1 violated must ...`"
                .to_owned()
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

fn found(token: Option<&Token>) -> String {
    match token.map(|token| &token.kind) {
        Some(TokenKind::Word(word)) => format!("found `{word}`"),
        Some(TokenKind::Text(_)) => "found a quotation".to_owned(),
        Some(TokenKind::Sign(sign)) => format!("found `{sign}`"),
        None => "the statement ends".to_owned(),
    }
}

/// A terminal in words; a keyword in backticks.
fn described(wanted: &str) -> String {
    let words = match wanted {
        "NAME" | "LABEL" => "a name",
        "ID" => "the name of a rule",
        "PARTY" => "a party or actor",
        "LINE" => "a line",
        "ZONE" => "a zone",
        "SECTORS" => "a division into sectors",
        "STATE" => "a state",
        "CLASS" => "a class of objects",
        "OBJECT" => "an object or class",
        "EVENT" => "an act or event",
        "PARAMETER" => "a time",
        "TEXT" => "a text in double quotes",
        "DATE" => "a date",
        "CLOCK" => "a clock time",
        "OFFSET" => "an offset",
        "TIME-ZONE" => "a time zone",
        "NUMBER" | "DECIMAL" => "a number",
        "CHANCE" => "a chance between 0 and 1",
        "HASH" => "eight hexadecimal digits",
        "UNIT" => "`seconds`, `minutes`, `hours`, `days`, `weeks`, `months` or `years`",
        keyword => return format!("`{keyword}`"),
    };
    words.to_owned()
}

/// "a, b or c", the first of many only.
fn either(words: &[String]) -> String {
    /// More would not be read.
    const SHOWN_MOST: usize = 8;
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.dedup();
    let more = words.len() > SHOWN_MOST;
    words.truncate(SHOWN_MOST);
    if more {
        words.push("another word");
    }
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// `a`, `b` and `c`.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
