//! The outline of a text for editors: articles, statements and words, each with its place and its sort, and what the
//! grammar allows at a place.
//!
//! Takes the text alone, whole or half written; gives byte ranges into it. Never reads a map, never looks beyond the text,
//! never fails.

use crate::document::{Piece, TEXT_MOST_BYTES, document};
use crate::grammar::{Grammar, Part};
use crate::remark::Remarks;
use crate::token::{OPENING, Statement, Token, TokenKind, UNDER, statements};
use std::collections::BTreeSet;
use std::ops::Range;

/// A text seen from outside.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outline {
    /// The headings: their words, their level from 1 to 6, and their place.
    pub headings: Vec<(String, u8, Range<usize>)>,
    /// The lines between the fences of each block.
    pub blocks: Vec<Range<usize>>,
    /// The statements of the blocks, in order.
    pub statements: Vec<StatementPlace>,
    /// The words of the blocks, in order.
    pub marks: Vec<Mark>,
}

/// Where a statement stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatementPlace {
    /// The word that opens it, as it is written.
    pub opening: String,
    /// The name that it defines, if it defines one.
    pub name: Option<String>,
    /// Its place.
    pub span: Range<usize>,
    /// Whether it limits the rule above it.
    pub under: bool,
}

/// A word of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Its place.
    pub span: Range<usize>,
    /// What it is.
    pub kind: MarkKind,
    /// Whether the name is defined here.
    pub defines: bool,
}

/// What a word of a block is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MarkKind {
    /// A word of the grammar.
    Keyword,
    /// A name of some sort.
    Name(Sort),
    /// A number, a unit, a date or a clock time.
    Quantity,
    /// A text in double quotes.
    Text,
    /// What follows `#`.
    Comment,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sort {
    /// A party or actor.
    Party,
    /// A line.
    Line,
    /// A zone.
    Zone,
    /// A division into sectors.
    Sectors,
    /// An event or act.
    Event,
    /// A class or object.
    Class,
    /// A state.
    State,
    /// A planned source.
    Source,
    /// A reading.
    Reading,
    /// What readings settle.
    Parameter,
    /// A rule or power.
    Rule,
    /// The label of an exception.
    Exception,
}

impl Sort {
    /// The word used on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Sort::Party => "party",
            Sort::Line => "line",
            Sort::Zone => "zone",
            Sort::Sectors => "sectors",
            Sort::Event => "event",
            Sort::Class => "class",
            Sort::State => "state",
            Sort::Source => "source",
            Sort::Reading => "reading",
            Sort::Parameter => "parameter",
            Sort::Rule => "rule",
            Sort::Exception => "exception",
        }
    }

    /// The sort that a terminal of the grammar asks for.
    fn asked(terminal: &str) -> Option<Sort> {
        Some(match terminal {
            "PARTY" => Sort::Party,
            "LINE" => Sort::Line,
            "ZONE" => Sort::Zone,
            "SECTORS" => Sort::Sectors,
            "EVENT" => Sort::Event,
            "CLASS" | "OBJECT" => Sort::Class,
            "STATE" => Sort::State,
            "PARAMETER" => Sort::Parameter,
            "ID" => Sort::Rule,
            _ => return None,
        })
    }

    /// The sort of the name that a statement of that opening defines.
    fn defined(opening: &str) -> Option<Sort> {
        Some(match opening {
            "parties" | "actors" => Sort::Party,
            "line" => Sort::Line,
            "zone" => Sort::Zone,
            "sectors" => Sort::Sectors,
            "event" => Sort::Event,
            "class" | "object" => Sort::Class,
            "state" => Sort::State,
            "source" => Sort::Source,
            "reading" => Sort::Reading,
            "rule" | "power" | "otherwise" => Sort::Rule,
            "except" => Sort::Exception,
            _ => return None,
        })
    }
}

/// What the grammar allows at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Expected {
    /// A word or sign of the grammar.
    Word(&'static str),
    /// A name of that sort.
    Name(Sort),
    /// A unit of time.
    Unit,
    /// What nobody can complete: a new name, a number, a date, a text.
    New(&'static str),
}

impl Outline {
    /// The word at a place, or that ends there.
    #[must_use]
    pub fn at(&self, at: usize) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.span.start <= at && at <= mark.span.end)
    }

    /// Where what a name stands for is defined: by sort, or, where nothing of the sort has the name, by name alone.
    #[must_use]
    pub fn definitions(&self, text: &str, of: &Mark) -> Vec<&Mark> {
        let MarkKind::Name(sort) = of.kind else { return Vec::new() };
        let word = text.get(of.span.clone());
        let named: Vec<&Mark> =
            self.marks.iter().filter(|mark| mark.defines && text.get(mark.span.clone()) == word).collect();
        let fits = |mark: &&&Mark| match mark.kind {
            MarkKind::Name(found) => {
                // A disputed name is settled by readings, as a time or as a zone.
                found == sort || matches!((sort, found), (Sort::Zone, Sort::Parameter) | (Sort::Parameter, Sort::Zone))
            }
            MarkKind::Keyword | MarkKind::Quantity | MarkKind::Text | MarkKind::Comment => false,
        };
        let fitting: Vec<&Mark> = named.iter().filter(fits).copied().collect();
        if fitting.is_empty() { named } else { fitting }
    }

    /// The statement at a place.
    #[must_use]
    pub fn statement(&self, at: usize) -> Option<&StatementPlace> {
        self.statements.iter().find(|statement| statement.span.start <= at && at <= statement.span.end)
    }

    /// From a rule's first word to the end of the last line under it.
    #[must_use]
    pub fn extent(&self, rule: &Range<usize>) -> Range<usize> {
        let from = self.statements.iter().skip_while(|statement| statement.span.start < rule.start);
        let under = from.skip(1).take_while(|statement| statement.under);
        rule.start..under.last().map_or(rule.end, |last| last.span.end)
    }
}

/// The outline of a text. Of a text beyond the limit of reading, nothing.
#[must_use]
pub fn outline(text: &str) -> Outline {
    let mut outline = Outline::default();
    if text.len() > TEXT_MOST_BYTES {
        return outline;
    }
    let grammar = Grammar::new();
    let keywords = grammar.words();
    for section in document(text, &mut Remarks::default()).sections {
        if !section.span.is_empty() {
            outline.headings.push((section.heading.trim().to_owned(), section.level, section.span));
        }
        for piece in section.pieces {
            let Piece::Block { inner } = piece else { continue };
            for statement in statements(&text[inner.clone()], inner.start) {
                let from = outline.marks.len();
                match grammar.parse("statement", &statement) {
                    Ok(tree) => read_marks(&tree, &mut outline.marks),
                    Err(_) => guessed_marks(&statement, &keywords, &mut outline.marks),
                }
                let opening = first_word(&statement).unwrap_or("").to_owned();
                let name = outline.marks[from..].iter().find(|mark| mark.defines);
                let name = name.map(|mark| text[mark.span.clone()].to_owned());
                let under = UNDER.contains(&opening.as_str());
                outline.statements.push(StatementPlace { opening, name, span: statement.span, under });
            }
            comments(text, &inner, &mut outline.marks);
            outline.blocks.push(inner);
        }
    }
    outline.marks.sort_by_key(|mark| mark.span.start);
    outline
}

fn first_word(statement: &Statement) -> Option<&str> {
    statement.tokens.first().and_then(|token| match &token.kind {
        TokenKind::Word(word) => Some(word.as_str()),
        TokenKind::Text(_) | TokenKind::Sign(_) => None,
    })
}

/// The words of a statement that fits the grammar.
fn read_marks(tree: &crate::grammar::Tree, marks: &mut Vec<Mark>) {
    let opening = tree.only().name;
    for (within, part) in tree.flat() {
        let (span, kind, defines) = match part {
            Part::Word { word, span } if word.starts_with(char::is_alphabetic) => (span, MarkKind::Keyword, false),
            Part::Leaf { terminal: "TEXT", span, .. } => (span, MarkKind::Text, false),
            Part::Leaf { terminal: "NAME" | "LABEL", span, .. } => match Sort::defined(opening) {
                Some(sort) => (span, MarkKind::Name(sort), true),
                None => continue,
            },
            Part::Leaf { terminal, span, .. } => match Sort::asked(terminal) {
                Some(sort) => {
                    let opens = ["rule", "power", "otherwise"].contains(&within) && sort == Sort::Rule;
                    (span, MarkKind::Name(sort), opens || (within == "settled" && sort == Sort::Parameter))
                }
                None => (span, MarkKind::Quantity, false),
            },
            Part::Word { .. } | Part::Tree(_) => continue,
        };
        marks.push(Mark { span: span.clone(), kind, defines });
    }
}

/// The words of a statement that fits no grammar: what can be told of each by itself.
fn guessed_marks(statement: &Statement, keywords: &BTreeSet<&str>, marks: &mut Vec<Mark>) {
    let defined = first_word(statement).and_then(Sort::defined);
    for (at, token) in statement.tokens.iter().enumerate() {
        let kind = match &token.kind {
            TokenKind::Word(_) if at == 1 && defined.is_some() => MarkKind::Name(defined.unwrap_or(Sort::Rule)),
            TokenKind::Word(word) if keywords.contains(word.as_str()) => MarkKind::Keyword,
            TokenKind::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => MarkKind::Quantity,
            TokenKind::Text(_) => MarkKind::Text,
            TokenKind::Word(_) | TokenKind::Sign(_) => continue,
        };
        marks.push(Mark { span: token.span.clone(), kind, defines: matches!(kind, MarkKind::Name(_)) });
    }
}

/// The comments of a block.
fn comments(text: &str, inner: &Range<usize>, marks: &mut Vec<Mark>) {
    let mut at = inner.start;
    for line in text[inner.clone()].split_inclusive('\n') {
        let row = statements(line, at);
        let read_to = row.last().map_or(at, |statement| statement.span.end);
        let whole = row.iter().all(|statement| statement.broken.is_none());
        let end = at + line.trim_end().len();
        if let Some(sign) = text[read_to.min(end)..end].find('#').filter(|_| whole) {
            marks.push(Mark { span: read_to + sign..end, kind: MarkKind::Comment, defines: false });
        }
        at += line.len();
    }
}

/// What the grammar allows at a place of a block, as a word begins there; nothing outside of blocks.
#[must_use]
pub fn expected(text: &str, at: usize) -> Vec<Expected> {
    if text.len() > TEXT_MOST_BYTES || !text.is_char_boundary(at) {
        return Vec::new();
    }
    let sections = document(text, &mut Remarks::default()).sections;
    let pieces = sections.iter().flat_map(|section| &section.pieces);
    let block = pieces.into_iter().find_map(|piece| match piece {
        Piece::Block { inner } if inner.start <= at && at <= inner.end => Some(inner.clone()),
        Piece::Block { .. } | Piece::Prose { .. } => None,
    });
    let Some(block) = block else { return Vec::new() };
    let above = &text[block.start..at];
    let line = &above[above.rfind('\n').map_or(0, |newline| newline + 1)..];
    let grammar = Grammar::new();
    let tokens = |statement: Option<Statement>| statement.map_or_else(Vec::new, |statement| statement.tokens);
    let blank = line.trim().is_empty();
    let mut wanted: BTreeSet<&'static str> = BTreeSet::new();
    if blank {
        wanted.extend(OPENING);
    }
    if !blank || line.starts_with([' ', '\t']) {
        let begun: Vec<Token> = tokens(statements(above, block.start).pop());
        if !begun.is_empty() {
            wanted.extend(grammar.goes_on("statement", &begun));
        }
    }
    let expected: BTreeSet<Expected> = wanted.into_iter().map(of_the_grammar).collect();
    expected.into_iter().collect()
}

fn of_the_grammar(wanted: &'static str) -> Expected {
    match (Sort::asked(wanted), wanted) {
        (Some(sort), _) => Expected::Name(sort),
        (None, "UNIT") => Expected::Unit,
        (None, terminal) if terminal.starts_with(|c: char| c.is_ascii_uppercase()) => Expected::New(terminal),
        (None, word) => Expected::Word(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(block: &str) -> String {
        format!("# A\n\n```backstop\n{block}```\n")
    }

    fn check_expected(block: &str, wanted: &[Expected], never: &[Expected]) {
        let text = page(block);
        let found = expected(&text, text.find("\u{2038}").map_or(text.len() - 4, |at| at));
        for one in wanted {
            assert!(found.contains(one), "{one:?} is missing in {found:?}");
        }
        for one in never {
            assert!(!found.contains(one), "{one:?} stands in {found:?}");
        }
    }

    #[test]
    fn the_grammar_says_what_comes_next() {
        let (word, name) = (Expected::Word, Expected::Name);
        check_expected("\u{2038}\n", &[word("rule"), word("zone")], &[word("never")]);
        check_expected("rule A1 of \u{2038}\n", &[word("each"), word("all"), name(Sort::Party)], &[word("rule")]);
        check_expected("rule A1 of all: \u{2038}\n", &[word("never"), word("by"), name(Sort::Event)], &[word("in")]);
        check_expected("rule A1 of all: never fire \u{2038}\n", &[word("in"), word("or"), word("until")], &[]);
        check_expected("rule A1 of all: never fire in \u{2038}\n", &[word("each"), name(Sort::Zone)], &[word("or")]);
        check_expected("rule A1 of all: never fire\n  \u{2038}\n", &[word("except"), word("in")], &[word("never")]);
        check_expected("rule A1 of all: after f must f within 2 \u{2038}\n", &[Expected::Unit], &[word("in")]);
        assert_eq!(expected("# A\n\nprose\n", 6), []);
    }

    #[test]
    fn names_lead_to_their_definitions() {
        let text =
            page("zone Z = map \"z\"  # drawn\nline Z = map \"l\"\nrule Z of all: never fire in Z\nevent fire =\n");
        let outline = outline(&text);
        let at = |what: &str| outline.at(text.find(what).expect("it is there")).expect("a mark");
        let lead = |from: &Mark| -> Vec<usize> {
            outline.definitions(&text, from).iter().map(|mark| mark.span.start).collect()
        };
        assert_eq!(
            lead(outline.at(text.find("in Z").expect("there") + 3).expect("a mark")),
            [text.find("Z =").expect("there")]
        );
        assert_eq!(lead(at("fire in")), [text.rfind("fire").expect("there")], "also of a statement that does not fit");
        assert_eq!(at("# drawn").kind, MarkKind::Comment);
        assert_eq!(outline.statements[2].name.as_deref(), Some("Z"));
        assert_eq!(outline.headings.len(), 1);
    }
}
