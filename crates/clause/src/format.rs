//! The formatter: the blocks of an agreement in their one canonical shape.
//!
//! Takes the text; gives it with the statements of its blocks set anew: spaces, indents, columns, numbers and units. Keeps
//! every line break and every comment. Never touches prose, front matter or a statement that cannot be read, and never
//! changes what the text says. Never changes the case of a letter: the language is written in small letters, so that a
//! word with a capital is a name.

use crate::document::{Piece, TEXT_MOST_BYTES, document};
use crate::grammar::{Grammar, Part};
use crate::lower::parse;
use crate::remark::Remarks;
use crate::token::{Statement, Token, TokenKind, UNDER, statements};
use std::collections::BTreeMap;
use std::ops::Range;

/// Before a line that limits the rule above it.
const UNDER_INDENT: &str = "  ";
/// Before a line that goes on with the statement above, and once more under a rule's own lines.
const ONWARD_INDENT: &str = "    ";
/// The statements that are set as a table.
const TABLE: [&str; 11] =
    ["parties", "actors", "line", "zone", "sectors", "event", "class", "object", "state", "source", "reading"];

/// The text with its blocks in canonical shape. A text beyond the limit of reading comes back as it is.
#[must_use]
pub fn format(text: &str) -> String {
    if text.len() > TEXT_MOST_BYTES {
        return text.to_owned();
    }
    let grammar = Grammar::new();
    let (mut formatted, mut kept) = (String::with_capacity(text.len()), 0);
    for section in document(text, &mut Remarks::default()).sections {
        for piece in section.pieces {
            let Piece::Block { inner } = piece else { continue };
            let Some(margin) = margin(text, &inner) else { continue };
            formatted.push_str(&text[kept..inner.start]);
            formatted.push_str(&block(&grammar, &text[inner.clone()], margin));
            kept = inner.end;
        }
    }
    formatted.push_str(&text[kept..]);
    formatted
}

/// The spaces before a block's fence, which keep it inside its list; `None` where the block is left alone: it is not
/// closed, so that prose may be in it, or it stands in a quotation or behind a tab.
fn margin(text: &str, inner: &Range<usize>) -> Option<usize> {
    let before = text[..inner.start].strip_suffix('\n')?;
    let fence_line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let fence_at = fence_line.find(['`', '~'])?;
    let margin = &fence_line[..fence_at];
    let closed = text[inner.end..].trim_start().starts_with(['`', '~']);
    (closed && margin.chars().all(|c| c == ' ' || c.is_ascii_digit() || "-+*.)".contains(c))).then_some(margin.len())
}

/// A line of a block.
enum Line<'t> {
    /// As it came: of a statement that cannot be read.
    Kept(&'t str),
    /// Without a statement: a comment, or nothing.
    Bare(&'t str),
    /// With words of a statement, set anew.
    Set { opening: &'static str, first: bool, words: Vec<Word>, comment: &'t str },
}

/// A word as it is to stand.
struct Word {
    text: String,
    /// Whether a space stands before it, unless it opens the line.
    apart: bool,
}

fn block(grammar: &Grammar, text: &str, margin: usize) -> String {
    let statements: Vec<(Statement, Option<Vec<Word>>)> = statements(text, 0)
        .into_iter()
        .map(|statement| {
            let words = words(grammar, text, &statement);
            (statement, words)
        })
        .collect();
    let lines = lines(text, statements);
    let columns = columns(&lines);
    let mut formatted = String::with_capacity(text.len());
    for ((line, raw), columns) in lines.iter().zip(text.split_inclusive('\n')).zip(columns) {
        let ending = &raw[raw.trim_end_matches(['\n', '\r']).len()..];
        match line {
            Line::Kept(line) => formatted.push_str(line),
            Line::Bare(comment) if comment.trim().is_empty() => formatted.push_str(ending),
            Line::Bare(comment) => {
                let deeper = comment.get(margin..).is_some_and(|rest| rest.starts_with([' ', '\t']));
                let indent = if deeper { 2 } else { 0 };
                formatted.push_str(&" ".repeat(margin + indent));
                formatted.push_str(comment.trim());
                formatted.push_str(ending);
            }
            Line::Set { opening, first, words, comment } => {
                formatted.push_str(&" ".repeat(margin));
                formatted.push_str(if UNDER.contains(opening) { UNDER_INDENT } else { "" });
                formatted.push_str(if *first { "" } else { ONWARD_INDENT });
                formatted.push_str(&set(words, columns));
                if !comment.is_empty() {
                    formatted.push_str("  ");
                    formatted.push_str(comment);
                }
                formatted.push_str(ending);
            }
        }
    }
    formatted
}

/// The words of a statement that can be read, one for each of its tokens.
fn words(grammar: &Grammar, text: &str, statement: &Statement) -> Option<Vec<Word>> {
    parse(grammar, statement).ok()?;
    let tree = grammar.parse("statement", statement).ok()?;
    let mut words: Vec<Word> = Vec::with_capacity(statement.tokens.len());
    let mut one = false;
    for (within, part) in tree.flat() {
        let (text, apart) = match part {
            Part::Word { word: sign @ (":" | ","), .. } => ((*sign).to_owned(), false),
            Part::Word { word, .. } => ((*word).to_owned(), true),
            Part::Leaf { terminal: "OFFSET", text, .. } => (text.clone(), false),
            Part::Leaf { terminal: "NUMBER", text, .. } => {
                let digits = text.trim_start_matches('0');
                one = digits == "1";
                (if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }, true)
            }
            Part::Leaf { terminal: "UNIT", text, .. } if within == "duration" => {
                let singular = text.strip_suffix('s').unwrap_or(text);
                (if one { singular.to_owned() } else { format!("{singular}s") }, true)
            }
            Part::Leaf { span, .. } => (text[span.clone()].to_owned(), true),
            Part::Tree(_) => unreachable!("a flat tree holds words and leaves only"),
        };
        words.push(Word { text, apart });
    }
    (words.len() == statement.tokens.len()).then_some(words)
}

/// Each line of the block with what is to become of it.
fn lines<'t>(text: &'t str, statements: Vec<(Statement, Option<Vec<Word>>)>) -> Vec<Line<'t>> {
    let mut statements = statements.into_iter().peekable();
    let mut current: Option<(Statement, Option<std::vec::IntoIter<Word>>)> = None;
    let (mut lines, mut at) = (Vec::new(), 0);
    for raw in text.split_inclusive('\n') {
        let range = at..at + raw.len();
        at = range.end;
        let first = statements.peek().is_some_and(|(statement, _)| range.contains(&statement.span.start));
        if first {
            current = statements.next().map(|(statement, words)| (statement, words.map(Vec::into_iter)));
        }
        let here = current.as_mut().filter(|(statement, _)| range.start < statement.span.end);
        let Some((statement, words)) = here else {
            lines.push(Line::Bare(raw));
            continue;
        };
        let Some(words) = words else {
            lines.push(Line::Kept(raw));
            continue;
        };
        let tokens: Vec<&Token> = statement.tokens.iter().filter(|token| range.contains(&token.span.start)).collect();
        let Some(last) = tokens.last() else {
            lines.push(Line::Bare(raw));
            continue;
        };
        let comment = text[last.span.end..range.end].trim();
        let words = words.take(tokens.len()).collect();
        lines.push(Line::Set { opening: opening(statement), first, words, comment });
    }
    lines
}

/// The word that opens a statement that was read.
fn opening(statement: &Statement) -> &'static str {
    let known = |word: &str| UNDER.into_iter().chain(TABLE).find(|known| *known == word);
    statement.tokens.first().map_or("", |token| match &token.kind {
        TokenKind::Word(word) => known(word).unwrap_or(""),
        TokenKind::Text(_) | TokenKind::Sign(_) => "",
    })
}

/// The least widths of the opening word and of what stands up to `=` or `:`.
#[derive(Clone, Copy, Default)]
struct Columns {
    opening: usize,
    head: usize,
}

/// The columns of every line: those of the table that it is in.
fn columns(lines: &[Line<'_>]) -> Vec<Columns> {
    let mut columns = vec![Columns::default(); lines.len()];
    let mut start = 0;
    while start < lines.len() {
        let run = lines[start..].iter().take_while(|line| in_table(line)).count();
        let mut heads: BTreeMap<bool, usize> = BTreeMap::new();
        let mut widest = 0;
        for line in &lines[start..start + run] {
            let Line::Set { opening, first: true, words, .. } = line else { continue };
            widest = widest.max(opening.len());
            if let Some(head) = head(words) {
                let widest = heads.entry(*opening == "reading").or_default();
                *widest = (*widest).max(joined(&words[1..head]).chars().count());
            }
        }
        for (line, columns) in lines[start..start + run].iter().zip(&mut columns[start..]) {
            if let Line::Set { opening, first: true, .. } = line {
                let head = heads.get(&(*opening == "reading")).copied().unwrap_or(0);
                *columns = Columns { opening: widest, head };
            }
        }
        start += run.max(1);
    }
    columns
}

fn in_table(line: &Line<'_>) -> bool {
    matches!(line, Line::Set { opening, .. } if TABLE.contains(opening))
}

/// Where the head ends: before `=`, after the `:` of a reading; `None` where neither stands on the line.
fn head(words: &[Word]) -> Option<usize> {
    let sign = words.iter().position(|word| word.text == "=" || word.text == ":")?;
    Some(if words[sign].text == ":" { sign + 1 } else { sign })
}

/// The words of one line.
fn set(words: &[Word], columns: Columns) -> String {
    let head = head(words).filter(|_| columns.opening > 0);
    if columns.opening == 0 || words.len() < 2 {
        return joined(words);
    }
    let opening = format!("{:<1$}", words[0].text, columns.opening);
    match head {
        Some(head) if head < words.len() => {
            format!("{opening} {:<2$} {}", joined(&words[1..head]), joined(&words[head..]), columns.head)
        }
        Some(_) | None => format!("{opening} {}", joined(&words[1..])),
    }
}

fn joined(words: &[Word]) -> String {
    let mut line = String::new();
    for word in words {
        if word.apart && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word.text);
    }
    line
}
