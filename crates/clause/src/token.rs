//! The words and signs of a fenced block.
//!
//! Takes the block's text and where it stands in the file; gives statements, each a row of tokens with byte ranges. A line
//! that begins with a space goes on with the line above, unless it opens a statement itself. Never drops a character in
//! silence.

use crate::remark::{Code, Remark, remark};
use crate::said::said;
use std::ops::Range;

/// One word or sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Range<usize>,
}

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// A word, name, number, date or clock time.
    Word(String),
    /// Text in double quotes.
    Text(String),
    /// One of `: , = + -`.
    Sign(char),
}

/// A statement's tokens, and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Statement {
    pub(crate) tokens: Vec<Token>,
    pub(crate) span: Range<usize>,
    /// What could not be read as a token; such a statement is not understood.
    pub(crate) broken: Option<Remark>,
}

/// The words that open a statement, also on a line that begins with a space.
pub(crate) const OPENING: [&str; 20] = [
    "rule",
    "power",
    "reading",
    "parties",
    "actors",
    "zone",
    "sectors",
    "line",
    "event",
    "class",
    "object",
    "state",
    "source",
    "except",
    "otherwise",
    "released",
    "standard",
    "final",
    "confirmed",
    "text-only",
];

/// Those of them that open a line which limits the rule above it.
pub(crate) const UNDER: [&str; 6] = ["except", "otherwise", "released", "standard", "final", "confirmed"];

/// The statements of a block that stands at `offset` in the file.
pub(crate) fn statements(block: &str, offset: usize) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut at = offset;
    for line in block.split_inclusive('\n') {
        let (tokens, broken) = tokens(line, at);
        let start = at + (line.len() - line.trim_start().len());
        let end = match (tokens.last(), &broken) {
            (Some(last), None) => last.span.end,
            (Some(_) | None, _) => at + line.trim_end().len(),
        };
        at += line.len();
        if tokens.is_empty() && broken.is_none() {
            continue;
        }
        let opens =
            tokens.first().is_some_and(|t| matches!(&t.kind, TokenKind::Word(w) if OPENING.contains(&w.as_str())));
        let goes_on = line.starts_with([' ', '\t']) && !opens;
        match statements.last_mut() {
            Some(above) if goes_on => {
                above.tokens.extend(tokens);
                above.span.end = end;
                above.broken = above.broken.take().or(broken);
            }
            Some(_) | None => statements.push(Statement { tokens, span: start..end, broken }),
        }
    }
    statements
}

/// The tokens of one line, up to its comment; the first character that is none is remarked upon and passed over.
pub(crate) fn tokens(line: &str, offset: usize) -> (Vec<Token>, Option<Remark>) {
    let mut tokens = Vec::new();
    let mut broken = None;
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let length = match first {
            '#' => break,
            c if c.is_whitespace() => c.len_utf8(),
            ':' | ',' | '=' | '+' | '-' => {
                tokens.push(Token { kind: TokenKind::Sign(first), span: offset + at..offset + at + 1 });
                1
            }
            '"' => match line[at + 1..].find('"') {
                Some(length) => {
                    let text = line[at + 1..at + 1 + length].to_owned();
                    tokens.push(Token { kind: TokenKind::Text(text), span: offset + at..offset + at + length + 2 });
                    length + 2
                }
                None => {
                    let length = line[at..].trim_end().len();
                    let span = offset + at..offset + at + length;
                    let open = remark(Code::BadCharacter, span, said!("a quotation is opened and not closed"));
                    broken = broken.or(Some(open.fix(said!("close it with `\"` on the same line"))));
                    length
                }
            },
            c if c.is_alphanumeric() => {
                let length = word_length(&line[at..]);
                let word = line[at..at + length].to_owned();
                tokens.push(Token { kind: TokenKind::Word(word), span: offset + at..offset + at + length });
                length
            }
            c => {
                let span = offset + at..offset + at + c.len_utf8();
                let stray =
                    remark(Code::BadCharacter, span, said!("`{}` has no meaning here", c.escape_debug().to_string()));
                let fix = match c {
                    '\u{201c}' | '\u{201d}' | '\u{201e}' | '\'' => said!("use straight double quotes: `\"`"),
                    _ => said!("remove it; `#` begins a comment"),
                };
                broken = broken.or(Some(stray.fix(fix)));
                c.len_utf8()
            }
        };
        at += length;
    }
    (tokens, broken)
}

/// Letters, digits and `- _ . /`, and a colon between digits, as in `16:00`.
fn word_length(rest: &str) -> usize {
    let mut previous = ' ';
    let mut letters = rest.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let clock =
            c == ':' && previous.is_ascii_digit() && letters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') || clock) {
            return at;
        }
        previous = c;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(block: &str, expected: &[&[&str]]) {
        let found: Vec<Vec<&str>> = statements(block, 0)
            .iter()
            .map(|statement| statement.tokens.iter().map(|token| &block[token.span.clone()]).collect())
            .collect();
        assert_eq!(found, expected, "{block}");
    }

    #[test]
    fn lines_go_on_and_open() {
        check(
            "rule A1 of all: never attack\n   in Theatre\n  except x: by M\n",
            &[&["rule", "A1", "of", "all", ":", "never", "attack", "in", "Theatre"], &["except", "x", ":", "by", "M"]],
        );
    }

    #[test]
    fn clocks_and_offsets_are_words() {
        check(
            "reading R: start = 2025-03-18 00:00 +03:00 # why",
            &[&["reading", "R", ":", "start", "=", "2025-03-18", "00:00", "+", "03:00"]],
        );
    }

    #[test]
    fn strays_are_remarked_upon() {
        assert!(statements("never \u{201c}attack\u{201d}", 0)[0].broken.is_some());
        assert!(statements("text-only because \"so", 0)[0].broken.is_some());
    }
}
