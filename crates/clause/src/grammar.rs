//! The grammar as data, and statements read by it.
//!
//! Takes `grammar.ebnf` and the tokens of one statement; gives a tree that names every production and keeps every token,
//! or one remark with its place. Never looks a name up; never reads past its statement, so that one bad line loses only
//! itself. Choices are tried from left to right (a parsing expression grammar, Ford 2004); no production leads to itself,
//! so that depth and time are bounded by the grammar and the statement.

use crate::advice::advice;
use crate::remark::Remark;
use crate::token::{Statement, Token, TokenKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terms::Label;

/// The grammar's own text.
pub const EBNF: &str = include_str!("../grammar.ebnf");

/// The grammar, ready to be used.
pub(crate) struct Grammar {
    productions: BTreeMap<&'static str, Expression>,
}

enum Expression {
    /// A keyword or sign.
    Word(&'static str),
    Terminal(&'static str),
    Production(&'static str),
    All(Vec<Expression>),
    One(Vec<Expression>),
    Maybe(Box<Expression>),
    Many(Box<Expression>),
}

/// A production as found in a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tree {
    pub(crate) name: &'static str,
    pub(crate) parts: Vec<Part>,
    pub(crate) span: Range<usize>,
}

/// What a production consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Tree(Tree),
    Word { word: &'static str, span: Range<usize> },
    Leaf { terminal: &'static str, text: String, span: Range<usize> },
}

/// How far reading came, and what was expected there.
#[derive(Default)]
pub(crate) struct Failure {
    pub(crate) at: usize,
    pub(crate) expected: BTreeSet<&'static str>,
}

impl Grammar {
    /// Reads the grammar's own text.
    pub(crate) fn new() -> Grammar {
        let signs = symbols(EBNF);
        let mut productions = BTreeMap::new();
        let mut at = 0;
        while at < signs.len() {
            let name = signs[at];
            assert_eq!(signs[at + 1], "=", "invariant: the grammar's own text is well formed at `{name}`");
            at += 2;
            let body = choice(&signs, &mut at);
            assert_eq!(signs[at], ";", "invariant: the grammar's own text is well formed in `{name}`");
            at += 1;
            productions.insert(name, body);
        }
        Grammar { productions }
    }

    /// A statement as a tree.
    ///
    /// # Errors
    /// One remark on the first place at which no way of reading goes on.
    pub(crate) fn parse(&self, production: &'static str, statement: &Statement) -> Result<Tree, Remark> {
        if let Some(broken) = &statement.broken {
            return Err(broken.clone());
        }
        let mut run = Run { grammar: self, tokens: &statement.tokens, failure: Failure::default() };
        let mut parts = Vec::new();
        match run.production(production, 0, &mut parts) {
            Some(end) if end == statement.tokens.len() => match parts.pop() {
                Some(Part::Tree(tree)) => Ok(tree),
                Some(_) | None => unreachable!("a production leaves its tree"),
            },
            end => {
                let mut failure = run.failure;
                if end.is_some_and(|end| end > failure.at) {
                    failure = Failure { at: end.unwrap_or(0), expected: BTreeSet::new() };
                }
                Err(advice(statement, &failure))
            }
        }
    }

    /// What may follow the tokens: words, signs and terminals; nothing where they do not fit.
    pub(crate) fn goes_on(&self, production: &'static str, tokens: &[Token]) -> BTreeSet<&'static str> {
        let mut run = Run { grammar: self, tokens, failure: Failure::default() };
        run.production(production, 0, &mut Vec::new());
        if run.failure.at == tokens.len() { run.failure.expected } else { BTreeSet::new() }
    }

    /// The words and signs of the grammar.
    pub(crate) fn words(&self) -> BTreeSet<&'static str> {
        let mut words = BTreeSet::new();
        let mut open: Vec<&Expression> = self.productions.values().collect();
        while let Some(expression) = open.pop() {
            match expression {
                Expression::Word(word) => _ = words.insert(*word),
                Expression::Terminal(_) | Expression::Production(_) => {}
                Expression::All(parts) | Expression::One(parts) => open.extend(parts),
                Expression::Maybe(part) | Expression::Many(part) => open.push(part),
            }
        }
        words
    }
}

/// Names, quoted words and signs of the grammar's own text, without its comments.
fn symbols(text: &'static str) -> Vec<&'static str> {
    let mut signs = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match first {
            '(' if rest.starts_with("(*") => rest.find("*)").expect("invariant: a comment is closed") + 2,
            '"' => rest[1..].find('"').expect("invariant: a quotation is closed") + 2,
            c if c.is_alphabetic() => rest.find(|c: char| !(c.is_alphanumeric() || c == '-')).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let comment = first == '(' && length > 1;
        if !first.is_whitespace() && !comment {
            signs.push(&rest[..length]);
        }
        at += length;
    }
    signs
}

fn choice(signs: &[&'static str], at: &mut usize) -> Expression {
    let mut ways = vec![sequence(signs, at)];
    while signs[*at] == "|" {
        *at += 1;
        ways.push(sequence(signs, at));
    }
    if ways.len() == 1 { ways.remove(0) } else { Expression::One(ways) }
}

fn sequence(signs: &[&'static str], at: &mut usize) -> Expression {
    let mut parts = Vec::new();
    loop {
        let sign = signs[*at];
        if matches!(sign, "|" | ";" | ")" | "]" | "}") {
            return if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) };
        }
        *at += 1;
        parts.push(match sign {
            "(" | "[" | "{" => {
                let inner = choice(signs, at);
                *at += 1;
                match sign {
                    "[" => Expression::Maybe(Box::new(inner)),
                    "{" => Expression::Many(Box::new(inner)),
                    _ => inner,
                }
            }
            word if word.starts_with('"') => Expression::Word(word.trim_matches('"')),
            name if name.starts_with(char::is_uppercase) => Expression::Terminal(name),
            name => Expression::Production(name),
        });
    }
}

struct Run<'a> {
    grammar: &'a Grammar,
    tokens: &'a [Token],
    failure: Failure,
}

impl Run<'_> {
    fn production(&mut self, name: &'static str, at: usize, out: &mut Vec<Part>) -> Option<usize> {
        let mut parts = Vec::new();
        let end = self.read(&self.grammar.productions[name], at, &mut parts)?;
        let here = self.tokens.get(at).or(self.tokens.last()).map_or(0, |token| token.span.start);
        let span = if end > at { here..self.tokens[end - 1].span.end } else { here..here };
        out.push(Part::Tree(Tree { name, parts, span }));
        Some(end)
    }

    /// Where the expression ends if it is found at `at`; what it left in `out` before it failed is taken back.
    fn read(&mut self, expression: &Expression, at: usize, out: &mut Vec<Part>) -> Option<usize> {
        match expression {
            Expression::Word(word) => self.word(word, at, out),
            Expression::Terminal(terminal) => self.terminal(terminal, at, out),
            Expression::Production(name) => self.production(name, at, out),
            Expression::All(parts) => {
                let held = out.len();
                let mut end = at;
                for part in parts {
                    match self.read(part, end, out) {
                        Some(next) => end = next,
                        None => {
                            out.truncate(held);
                            return None;
                        }
                    }
                }
                Some(end)
            }
            Expression::One(ways) => ways.iter().find_map(|way| self.read(way, at, out)),
            Expression::Maybe(part) => Some(self.read(part, at, out).unwrap_or(at)),
            Expression::Many(part) => {
                let mut end = at;
                while let Some(next) = self.read(part, end, out).filter(|next| *next > end) {
                    end = next;
                }
                Some(end)
            }
        }
    }

    fn word(&mut self, wanted: &'static str, at: usize, out: &mut Vec<Part>) -> Option<usize> {
        let found = self.tokens.get(at).filter(|token| match &token.kind {
            TokenKind::Word(word) => word == wanted,
            TokenKind::Sign(sign) => wanted.starts_with(*sign) && wanted.len() == 1,
            TokenKind::Text(_) => false,
        });
        let Some(token) = found else { return self.fail(wanted, at) };
        out.push(Part::Word { word: wanted, span: token.span.clone() });
        Some(at + 1)
    }

    fn terminal(&mut self, wanted: &'static str, at: usize, out: &mut Vec<Part>) -> Option<usize> {
        let text = self.tokens.get(at).and_then(|token| match &token.kind {
            TokenKind::Word(word) if fits(wanted, word) => Some(word.clone()),
            TokenKind::Text(text) if wanted == "TEXT" => Some(text.clone()),
            TokenKind::Word(_) | TokenKind::Text(_) | TokenKind::Sign(_) => None,
        });
        let Some(text) = text else { return self.fail(wanted, at) };
        out.push(Part::Leaf { terminal: wanted, text, span: self.tokens[at].span.clone() });
        Some(at + 1)
    }

    fn fail(&mut self, wanted: &'static str, at: usize) -> Option<usize> {
        if at > self.failure.at {
            self.failure = Failure { at, expected: BTreeSet::new() };
        }
        if at == self.failure.at {
            self.failure.expected.insert(wanted);
        }
        None
    }
}

/// Whether a word has the shape of a terminal; its meaning is looked at later, with better words for what is wrong.
fn fits(terminal: &str, word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match terminal {
        "TEXT" => false,
        "DATE" => word.split_once('-').is_some_and(|(year, _)| year.len() == 4 && digits(year)),
        "CLOCK" | "OFFSET" => word.contains(':'),
        "TIME-ZONE" => word.contains('/') || word == "UTC",
        "NUMBER" | "DECIMAL" | "CHANCE" => word.starts_with(|c: char| c.is_ascii_digit()),
        "HASH" => word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "UNIT" => word.starts_with(char::is_alphabetic),
        _ => Label::new(word).is_some(),
    }
}

/// Looking into a tree.
impl Tree {
    /// The inner productions of that name, in order.
    pub(crate) fn all<'t>(&'t self, name: &'static str) -> impl Iterator<Item = &'t Tree> + 't {
        self.parts.iter().filter_map(move |part| match part {
            Part::Tree(tree) if tree.name == name => Some(tree),
            Part::Tree(_) | Part::Word { .. } | Part::Leaf { .. } => None,
        })
    }

    /// The words and leaves in it, in the order of the text, each with the production that it stands in.
    pub(crate) fn flat<'t>(&'t self) -> Vec<(&'static str, &'t Part)> {
        let inner = |part: &'t Part| match part {
            Part::Tree(tree) => tree.flat(),
            leaf @ (Part::Word { .. } | Part::Leaf { .. }) => vec![(self.name, leaf)],
        };
        self.parts.iter().flat_map(inner).collect()
    }

    /// The first inner production of that name.
    pub(crate) fn find(&self, name: &'static str) -> Option<&Tree> {
        self.all(name).next()
    }

    /// The first inner production of that name, which the grammar demands.
    pub(crate) fn the(&self, name: &'static str) -> &Tree {
        self.find(name).unwrap_or_else(|| panic!("invariant: the grammar puts `{name}` into `{}`", self.name))
    }

    /// The only inner production.
    pub(crate) fn only(&self) -> &Tree {
        let inner = self.parts.iter().find_map(|part| match part {
            Part::Tree(tree) => Some(tree),
            Part::Word { .. } | Part::Leaf { .. } => None,
        });
        inner.unwrap_or_else(|| panic!("invariant: the grammar puts a production into `{}`", self.name))
    }

    /// Whether the keyword or sign stands in it.
    pub(crate) fn has(&self, wanted: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Word { word, .. } if *word == wanted))
    }

    /// The leaves of that terminal, in order.
    pub(crate) fn leaves<'t>(&'t self, wanted: &'static str) -> impl Iterator<Item = (&'t str, &'t Range<usize>)> + 't {
        self.parts.iter().filter_map(move |part| match part {
            Part::Leaf { terminal, text, span } if *terminal == wanted => Some((text.as_str(), span)),
            Part::Leaf { .. } | Part::Tree(_) | Part::Word { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Productions that a production leads to.
    fn leads(expression: &Expression, to: &mut BTreeSet<&'static str>) {
        match expression {
            Expression::Word(_) | Expression::Terminal(_) => {}
            Expression::Production(name) => _ = to.insert(name),
            Expression::All(parts) | Expression::One(parts) => parts.iter().for_each(|part| leads(part, to)),
            Expression::Maybe(part) | Expression::Many(part) => leads(part, to),
        }
    }

    #[test]
    fn every_production_exists_is_used_and_none_leads_to_itself() {
        let grammar = Grammar::new();
        let mut used = BTreeSet::from(["statement"]);
        for (name, body) in &grammar.productions {
            let mut reached = BTreeSet::new();
            leads(body, &mut reached);
            used.extend(reached.iter().copied());
            let mut open: Vec<&str> = reached.iter().copied().collect();
            while let Some(next) = open.pop() {
                assert_ne!(next, *name, "`{name}` leads to itself");
                let mut more = BTreeSet::new();
                leads(grammar.productions.get(next).unwrap_or_else(|| panic!("no production `{next}`")), &mut more);
                open.extend(more.into_iter().filter(|name| reached.insert(name)));
            }
        }
        let all: BTreeSet<&str> = grammar.productions.keys().copied().collect();
        assert_eq!(used, all);
    }
}
