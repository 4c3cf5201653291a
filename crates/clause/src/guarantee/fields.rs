//! The statements of a page of guarantees: a line at the margin, and fields on the lines below it that begin with a space.
//!
//! Takes the lines of a block; gives items whose words are taken one by one. What is left over, given twice or missing has
//! its remark with a fix. Never skips a word.

use super::deed::Amount;
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, Remarks, remark_in_english};
use crate::syntax::Name;
use crate::token::{Statement, Token, TokenKind, tokens};
use std::ops::Range;
use terms::{Label, Party};

pub(super) type Read<T> = Result<T, Remark>;

/// The words of one line, taken from left to right.
#[derive(Clone)]
pub(super) struct Cursor {
    left: std::collections::VecDeque<Token>,
    /// The whole line.
    pub(super) span: Range<usize>,
}

impl Cursor {
    /// The place of what comes next.
    pub(super) fn here(&self) -> Range<usize> {
        self.left.front().map_or(self.span.end..self.span.end, |token| token.span.clone())
    }

    /// What comes next is not this.
    pub(super) fn expected(&self, what: &str, fix: &str) -> Remark {
        let found = match self.left.front().map(|token| &token.kind) {
            None => "the line ends".to_owned(),
            Some(TokenKind::Word(word)) => format!("`{word}` stands"),
            Some(TokenKind::Text(_)) => "a text in quotes stands".to_owned(),
            Some(TokenKind::Sign(sign)) => format!("`{sign}` stands"),
        };
        remark_in_english(Code::Unexpected, self.here(), format!("{found} where {what} is wanted")).fix_in_english(fix)
    }

    /// The next word, without taking it.
    pub(super) fn peek(&self) -> Option<&str> {
        match self.left.front().map(|token| &token.kind) {
            Some(TokenKind::Word(word)) => Some(word),
            Some(TokenKind::Text(_) | TokenKind::Sign(_)) | None => None,
        }
    }

    /// Takes the word if it is this one.
    pub(super) fn took(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(word);
        if is {
            self.left.pop_front();
        }
        is
    }

    /// Takes the sign if it is this one.
    pub(super) fn took_sign(&mut self, sign: char) -> bool {
        let is = self.left.front().is_some_and(|token| token.kind == TokenKind::Sign(sign));
        if is {
            self.left.pop_front();
        }
        is
    }

    /// Takes a word.
    pub(super) fn word(&mut self, what: &str, fix: &str) -> Read<Name> {
        let wrong = self.expected(what, fix);
        match self.left.pop_front() {
            Some(Token { kind: TokenKind::Word(text), span }) => Ok(Name { text, span }),
            Some(_) | None => Err(wrong),
        }
    }

    /// Takes this word.
    pub(super) fn the(&mut self, word: &str, fix: &str) -> Read<()> {
        if self.took(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"), fix)) }
    }

    /// Takes a word that must be one of these.
    pub(super) fn one_of<T: Copy>(&mut self, what: &str, all: &[(&str, T)]) -> Read<T> {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let fix = format!("write one of {}", words.join(", "));
        let name = self.word(what, &fix)?;
        let found = all.iter().find(|(word, _)| *word == name.text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let wrong = remark_in_english(Code::Unexpected, name.span.clone(), format!("`{}` is no {what}", name.text));
            wrong.fix_in_english(did_you_mean(&name.text, words).map_or(fix, |meant| meant.to_string()))
        })
    }

    /// Takes a name.
    pub(super) fn label(&mut self, what: &str, fix: &str) -> Read<(Label, Range<usize>)> {
        let name = self.word(what, fix)?;
        let wrong = || remark_in_english(Code::Unexpected, name.span.clone(), format!("`{}` is no name", name.text));
        let fix = "names hold letters, digits, `-`, `_` and `.`, at most 64";
        Label::new(&name.text).map(|label| (label, name.span.clone())).ok_or_else(|| wrong().fix_in_english(fix))
    }

    /// Takes the name of a party or body.
    pub(super) fn party(&mut self) -> Read<(Party, Range<usize>)> {
        let (label, span) = self.label("the name of a party or body", "name one that `parties` or `bodies` names")?;
        Ok((Party::new(label.as_str()).expect("invariant: a label names a party"), span))
    }

    /// Takes names with commas between.
    pub(super) fn parties(&mut self) -> Read<Vec<(Party, Range<usize>)>> {
        let mut parties = vec![self.party()?];
        while self.took_sign(',') {
            parties.push(self.party()?);
        }
        Ok(parties)
    }

    /// Takes names with commas between.
    pub(super) fn labels(&mut self, what: &str, fix: &str) -> Read<Vec<(Label, Range<usize>)>> {
        let mut labels = vec![self.label(what, fix)?];
        while self.took_sign(',') {
            labels.push(self.label(what, fix)?);
        }
        Ok(labels)
    }

    /// Takes a number and its unit.
    pub(super) fn amount(&mut self) -> Read<Amount> {
        let number = self.word("a date or an amount", "write `2026-01-06`, or `4 aircraft 2026-01-06`")?;
        let unit = self.word("a unit", "write `4 aircraft`, `12.5 EUR-million`")?;
        Amount::parse(&format!("{} {}", number.text, unit.text)).ok_or_else(|| {
            let wrong = format!("`{} {}` is no amount", number.text, unit.text);
            let fix = "write a number with at most three places and a unit: `12.5 EUR-million`";
            remark_in_english(Code::Unexpected, number.span.start..unit.span.end, wrong).fix_in_english(fix)
        })
    }

    /// Takes a text in quotes.
    pub(super) fn text(&mut self, what: &str) -> Read<String> {
        let wrong = self.expected(what, "write it in double quotes on this line");
        match self.left.pop_front() {
            Some(Token { kind: TokenKind::Text(text), .. }) if !text.trim().is_empty() => Ok(text),
            Some(_) | None => Err(wrong),
        }
    }

    /// Takes a text in quotes if one comes next.
    pub(super) fn maybe_text(&mut self) -> Option<String> {
        let is = matches!(self.left.front(), Some(Token { kind: TokenKind::Text(_), .. }));
        match is.then(|| self.left.pop_front()).flatten() {
            Some(Token { kind: TokenKind::Text(text), .. }) => Some(text),
            Some(_) | None => None,
        }
    }

    /// Takes everything up to one of these words, as a statement of its own.
    pub(super) fn until(&mut self, words: &[&str]) -> Statement {
        let start = self.here().start;
        let mut tokens = Vec::new();
        while let Some(next) = self.left.front() {
            let ends = match &next.kind {
                TokenKind::Word(word) => words.contains(&word.as_str()),
                TokenKind::Text(_) => true,
                TokenKind::Sign(_) => false,
            };
            if ends {
                break;
            }
            tokens.extend(self.left.pop_front());
        }
        let end = tokens.last().map_or(start, |token| token.span.end);
        Statement { tokens, span: start..end, broken: None }
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Read<()> {
        if self.left.is_empty() { Ok(()) } else { Err(self.expected("the end of the line", "remove what follows")) }
    }
}

/// A line under an item.
pub(super) struct Field {
    pub(super) key: Name,
    pub(super) rest: Cursor,
}

/// A statement with the fields under it.
pub(super) struct Item {
    pub(super) key: Name,
    pub(super) head: Cursor,
    fields: Vec<Field>,
    pub(super) span: Range<usize>,
}

impl Item {
    /// The field of that name, if it is there once.
    pub(super) fn maybe(&mut self, key: &str) -> Read<Option<Cursor>> {
        let mut found = self.all(key).into_iter();
        let first = found.next();
        match found.next() {
            None => Ok(first),
            Some(second) => {
                let twice = format!("`{key}` is given twice");
                Err(remark_in_english(Code::Unexpected, second.span, twice).fix_in_english("keep one of them"))
            }
        }
    }

    /// The field of that name.
    pub(super) fn one(&mut self, key: &str, fix: &str) -> Read<Cursor> {
        let missing = || {
            remark_in_english(Code::Unexpected, self.key.span.clone(), format!("`{key}` is missing under it"))
                .fix_in_english(fix)
        };
        let missing = missing();
        self.maybe(key)?.ok_or(missing)
    }

    /// Every field of that name.
    pub(super) fn all(&mut self, key: &str) -> Vec<Cursor> {
        let (these, others) =
            std::mem::take(&mut self.fields).into_iter().partition::<Vec<_>, _>(|field| field.key.text == key);
        self.fields = others;
        these.into_iter().map(|field| field.rest).collect()
    }

    /// No field may be left over.
    pub(super) fn finish(self, known: &[&str], remarks: &mut Remarks) -> bool {
        for field in &self.fields {
            let (key, item) = (&field.key.text, &self.key.text);
            let unknown =
                remark_in_english(Code::UnknownStatement, field.key.span.clone(), format!("`{item}` has no `{key}`"));
            let fix = did_you_mean(key, known.iter().copied());
            remarks.push(unknown.because_in_english(format!("it has {}", known.join(", "))).maybe_fix(fix));
        }
        self.fields.is_empty()
    }
}

/// The items of a block that stands at `offset`.
pub(super) fn items(block: &str, offset: usize, remarks: &mut Remarks) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut at = offset;
    for line in block.split_inclusive('\n') {
        let (found, broken) = tokens(line, at);
        let end = at + line.trim_end().len();
        at += line.len();
        if let Some(broken) = broken {
            remarks.push(broken);
            continue;
        }
        let Some(first) = found.first() else { continue };
        let span = first.span.start..end;
        let TokenKind::Word(key) = &first.kind else {
            let stray = remark_in_english(Code::UnknownStatement, first.span.clone(), "a line begins with a word");
            remarks
                .push(stray.fix_in_english("begin it with `instrument`, `commitment`, `clock` or the name of a field"));
            continue;
        };
        let key = Name { text: key.clone(), span: first.span.clone() };
        let rest = Cursor { left: found.into_iter().skip(1).collect(), span: span.clone() };
        match (line.starts_with([' ', '\t']), items.last_mut()) {
            (false, _) => items.push(Item { key, head: rest, fields: Vec::new(), span }),
            (true, Some(item)) => item.fields.push(Field { key, rest }),
            (true, None) => {
                let stray = remark_in_english(Code::Misplaced, span, format!("`{}` stands under nothing", key.text));
                remarks.push(stray.fix_in_english("begin the statement that it belongs to at the margin"));
            }
        }
    }
    items
}
