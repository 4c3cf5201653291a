//! Reading: from an agreement's files to the agreement and the remarks upon it.
//!
//! Takes text and maps; gives a value and remarks, always. Never fails, never panics, never drops a line: what is not
//! understood stands in its article as `NotUnderstood`.

use crate::agreement::{Agreement, AgreementFiles, Article, Block, Translation};
use crate::definitions::{Definitions, define, undefined};
use crate::document::{Document, Piece, TEXT_MOST_BYTES, document};
use crate::front::{Front, front};
use crate::grammar::Grammar;
use crate::lean::lean;
use crate::lint::{Clause, Draft, lint};
use crate::lower::parse;
use crate::remark::{Code, Remark, Remarks, Severity, remark};
use crate::resolve::{Resolver, RuleLines, as_written};
use crate::rule::{Power, Rule};
use crate::said::{Said, said};
use crate::syntax::{BearerText, ExceptText, KernelText, Name, RuleText, Time, TriggerText, VerdictText, Written};
use crate::token::{Statement, TokenKind, UNDER, statements};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terms::Label;

/// No agreement has more statements.
const STATEMENTS_MOST: usize = 10_000;

/// Words that promise without a date.
const VAGUE: [&str; 7] = [
    "promptly",
    "as soon as possible",
    "without delay",
    "in due course",
    "in good time",
    "at the earliest",
    "a reasonable time",
];
/// Words that bind.
const BINDING: [&str; 4] = ["shall", "must", "prohibited", "undertakes to"];

/// One statement where it stands.
struct Line {
    section: usize,
    piece: usize,
    anchor: String,
    /// The prose above it under the same heading.
    paragraph: Range<usize>,
    statement: Statement,
    written: Option<Written>,
    /// The rule that this line made, if it made one.
    rule: Option<Label>,
    failed: bool,
}

impl Line {
    /// The name of the rule that this line writes, whether it can be checked or not.
    fn rule_name(&self) -> Option<String> {
        self.written.as_ref()?.rule_name().map(|name| name.text.clone())
    }
}

/// The agreement that the files hold, and the remarks upon it, in the order of the text.
#[must_use]
pub fn read(files: &AgreementFiles) -> (Agreement, Vec<Remark>) {
    let mut remarks = Remarks::default();
    let text = bounded(&files.text, &mut remarks);
    let document = document(text, &mut remarks);
    let grammar = Grammar::new();
    let front = front(text, document.front.clone(), &grammar, &mut remarks);
    let anchors = anchors(&document);
    let mut lines = lines(text, &document, &anchors, &grammar, &mut remarks);
    let mut names = definitions(&mut lines, files, &front, &mut remarks);
    let named: BTreeSet<String> = lines.iter().filter_map(Line::rule_name).collect();
    leaning_definitions(&mut lines, &front, &mut names, &named, &mut remarks);
    let (mut rules, mut powers) = rules(&mut lines, &front, &names, &named, &mut remarks);
    let fallen = lean(&mut rules, &mut powers, &names.readings, &mut remarks);
    for line in lines.iter_mut().filter(|line| line.rule.as_ref().is_some_and(|rule| fallen.contains(rule))) {
        (line.rule, line.failed) = (None, true);
    }
    remark_silent_articles(text, &document, &lines, &mut remarks);
    let translations = translations(files);
    let mut agreement = assemble(files, front, names, (rules, powers), Vec::new(), translations);
    let plain = articles(text, &document, &anchors, &lines, &[]);
    let clauses: Vec<Clause<'_>> = lines
        .iter()
        .filter(|line| !line.failed)
        .map(|line| Clause { statement: &line.statement, paragraph: line.paragraph.clone() })
        .collect();
    lint(&Draft { agreement: &agreement, articles: &plain, text, clauses: &clauses }, &mut remarks);
    let remarks = remarks.placed(files);
    agreement.articles = articles(text, &document, &anchors, &lines, &remarks);
    (agreement, remarks)
}

fn bounded<'t>(text: &'t str, remarks: &mut Remarks) -> &'t str {
    if text.len() <= TEXT_MOST_BYTES {
        return text;
    }
    let end = text.floor_char_boundary(TEXT_MOST_BYTES);
    let long = said!("the text is longer than {} bytes; what follows here is not read", TEXT_MOST_BYTES);
    remarks.push(remark(Code::Limit, end..end, long).fix(said!("move annexes into files of their own")));
    &text[..end]
}

/// `art_2` for "Article 2. ...", `sec_definitions` for other headings; a repeated one gets a number.
fn anchors(document: &Document) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let named = document.sections.iter().map(|section| {
        let words: Vec<String> = section
            .heading
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let anchor = match words.as_slice() {
            [article, number, ..] if article == "article" => format!("art_{number}"),
            [] => "sec_opening".to_owned(),
            words => format!("sec_{}", words.join("_").chars().take(48).collect::<String>()),
        };
        let times = taken.entry(anchor.clone()).or_default();
        *times += 1;
        if *times == 1 { anchor } else { format!("{anchor}.{times}") }
    });
    named.collect()
}

/// Every statement of every block, parsed; what does not parse has its remark.
fn lines(text: &str, document: &Document, anchors: &[String], grammar: &Grammar, remarks: &mut Remarks) -> Vec<Line> {
    let mut lines = Vec::new();
    for (section, part) in document.sections.iter().enumerate() {
        let mut paragraph = 0;
        let mut prose = 0..0;
        for (piece, content) in part.pieces.iter().enumerate() {
            let inner = match content {
                Piece::Prose { span, .. } => {
                    paragraph += 1;
                    prose = span.clone();
                    continue;
                }
                Piece::Block { inner } => inner,
            };
            let anchor = format!("{}__para_{paragraph}", anchors[section]);
            for statement in statements(&text[inner.clone()], inner.start) {
                if lines.len() == STATEMENTS_MOST {
                    let many = said!("more than {} statements; those from here on are not read", STATEMENTS_MOST);
                    remarks.push(remark(Code::Limit, statement.span.clone(), many).fix(said!("split the agreement")));
                    return lines;
                }
                let written = remarks.keep(parse(grammar, &statement));
                let failed = written.is_none();
                let (anchor, paragraph) = (anchor.clone(), prose.clone());
                lines.push(Line { section, piece, anchor, paragraph, statement, written, rule: None, failed });
            }
        }
    }
    lines
}

fn definitions(lines: &mut [Line], files: &AgreementFiles, front: &Front, remarks: &mut Remarks) -> Definitions {
    let written = lines.iter().enumerate().filter_map(|(at, line)| Some((line.written.as_ref()?, at)));
    let (names, failed) = define(&written.collect::<Vec<_>>(), files, front, remarks);
    for at in failed {
        lines[at].failed = true;
    }
    names
}

/// Definitions that lean on others: states, and who can report what.
fn leaning_definitions(
    lines: &mut [Line],
    front: &Front,
    names: &mut Definitions,
    rules: &BTreeSet<String>,
    remarks: &mut Remarks,
) {
    let (mut states, mut planned) = (BTreeMap::new(), Vec::new());
    let resolver = Resolver { front, names, rules };
    for line in lines.iter_mut() {
        let checked = match &line.written {
            Some(Written::State(text)) => resolver.state(&text.begins, &text.ends).and_then(|state| {
                let label = Label::new(&text.name.text).expect("invariant: the grammar took it as a label");
                match states.insert(label, state) {
                    None => Ok(()),
                    Some(_) => {
                        let twice = said!("state `{}` is defined twice", text.name.text);
                        Err(remark(Code::Name, text.name.span.clone(), twice)
                            .fix(said!("remove or rename one of them")))
                    }
                }
            }),
            Some(Written::Source(source)) => {
                resolver.source(source, line.statement.span.clone()).map(|source| planned.push(source))
            }
            Some(_) | None => continue,
        };
        line.failed |= remarks.keep(checked).is_none();
    }
    (names.states, names.planned) = (states, planned);
}

/// The checked rules and powers; a line under a rule that failed fails with it, in silence, since the rule has its remark.
fn rules(
    lines: &mut [Line],
    front: &Front,
    names: &Definitions,
    named: &BTreeSet<String>,
    remarks: &mut Remarks,
) -> (Vec<Rule>, Vec<Power>) {
    let resolver = Resolver { front, names, rules: named };
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let (mut rules, mut powers) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < lines.len() {
        let end = at + 1 + lines[at + 1..].iter().take_while(|next| belongs(&lines[at], next)).count();
        let rule = match &lines[at].written {
            Some(Written::Rule(rule)) => Some(RuleText::clone(rule)),
            Some(Written::TextOnly(because)) => Some(article_rule(&lines[at], because)),
            Some(Written::Power(power)) => {
                let (anchor, span) = (lines[at].anchor.clone(), lines[at].statement.span.clone());
                let checked = if taken.insert(power.id.text.clone()) {
                    resolver.power(power, anchor, span)
                } else {
                    let twice = said!("`{}` is defined twice; the first is kept", power.id.text);
                    Err(remark(Code::Name, power.id.span.clone(), twice).fix(said!("give this one another name")))
                };
                match remarks.keep(checked) {
                    Some(power) => powers.push(power),
                    None => lines[at].failed = true,
                }
                None
            }
            Some(_) | None => None,
        };
        let checked = rule.as_ref().and_then(|rule| check(&resolver, &lines[at..end], rule, &mut taken, remarks));
        match (rule, checked) {
            (Some(rule), Some(checked)) => {
                lines[at].rule = Some(checked.id.clone());
                rules.push(checked);
                for line in &mut lines[at + 1..end] {
                    let Some(cure) = cure(line, &rule) else { continue };
                    match check(&resolver, std::slice::from_ref(line), &cure, &mut taken, remarks) {
                        Some(cure) => {
                            line.rule = Some(cure.id.clone());
                            rules.push(cure);
                        }
                        None => line.failed = true,
                    }
                }
            }
            // A line under a rule that failed fails with it; the rule has the remark.
            (Some(_), None) => lines[at..end].iter_mut().for_each(|line| line.failed = true),
            (None, _) if end > at + 1 => lines[at..end].iter_mut().for_each(|line| line.failed = true),
            (None, _) => orphan(&mut lines[at], remarks),
        }
        at = end;
    }
    (rules, powers)
}

/// `otherwise X: must B within D` under a rule R is the rule `X` of the same bearer: `after R violated must B within D`.
fn cure(line: &Line, rule: &RuleText) -> Option<RuleText> {
    let Some(Written::Otherwise { id, response, within }) = &line.written else { return None };
    let on = VerdictText { rule: rule.id.clone(), violated: true, by: None, times: None };
    let by = match rule.bearer {
        BearerText::All => None,
        BearerText::EachParty | BearerText::One(_) => {
            Some(Name { text: "bearer".to_owned(), span: rule.id.span.clone() })
        }
    };
    let trigger = Box::new(TriggerText::Verdict(VerdictText { by, ..on }));
    let kernel = KernelText::After { trigger, response: response.clone(), within: *within };
    let (from, until) = (rule.from.clone(), None);
    Some(RuleText { id: id.clone(), bearer: rule.bearer.clone(), owed: rule.owed.clone(), kernel, from, until })
}

/// Whether a line goes with the rule above it: an exception or a standard, understood or not.
fn belongs(rule: &Line, next: &Line) -> bool {
    let opening = |line: &Line| match line.statement.tokens.first().map(|token| &token.kind) {
        Some(TokenKind::Word(word)) => word.clone(),
        Some(TokenKind::Text(_) | TokenKind::Sign(_)) | None => String::new(),
    };
    let under = UNDER.contains(&opening(next).as_str());
    under && opening(rule) == "rule" && (rule.section, rule.piece) == (next.section, next.piece)
}

/// The rule of a bare `text-only because`, named after its article.
fn article_rule(line: &Line, because: &str) -> RuleText {
    let article = line.anchor.split("__").next().unwrap_or("text");
    let id = Name { text: article.to_owned(), span: line.statement.span.clone() };
    let kernel = KernelText::TextOnly(because.to_owned());
    RuleText { id, bearer: BearerText::All, owed: None, kernel, from: None, until: None }
}

fn check(
    resolver: &Resolver<'_>,
    lines: &[Line],
    rule: &RuleText,
    taken: &mut BTreeSet<String>,
    remarks: &mut Remarks,
) -> Option<Rule> {
    if !taken.insert(rule.id.text.clone()) {
        let twice = said!("rule `{}` is defined twice; the first is kept", rule.id.text);
        remarks.push(remark(Code::Name, rule.id.span.clone(), twice).fix(said!("give this one another name")));
        return None;
    }
    if lines.iter().any(|line| line.failed) {
        // Without its exception or standard it would be another rule, and call breaches that the text lets pass.
        let message = said!("rule `{}` is not judged, because a line under it is not understood", rule.id.text);
        remarks.push(remark(Code::Unexpected, rule.id.span.clone(), message).fix(said!("mend that line")));
        return None;
    }
    let mut checked = RuleLines {
        rule,
        excepts: Vec::new(),
        released: Vec::new(),
        otherwise: None,
        standard: None,
        final_after: None,
        confirmed: None,
        anchor: lines[0].anchor.clone(),
        span: lines[0].statement.span.clone(),
        paragraph: lines[0].paragraph.clone(),
    };
    let mut excepts: Vec<(&Name, &[ExceptText])> = Vec::new();
    for line in &lines[1..] {
        match &line.written {
            Some(Written::Except { label, tests }) => {
                if excepts.iter().any(|(known, _)| known.text == label.text) {
                    let twice = said!("exception `{}` is defined twice in this rule", label.text);
                    remarks
                        .push(remark(Code::Name, label.span.clone(), twice).fix(said!("give this one another label")));
                    return None;
                }
                excepts.push((label, tests));
            }
            Some(Written::Released { rule, by }) => checked.released.push((rule, by)),
            Some(Written::Otherwise { id, .. }) => checked.otherwise = Some(id),
            Some(Written::Standard(chance)) => checked.standard = Some(*chance),
            Some(Written::Final(after)) => checked.final_after = Some(*after),
            Some(Written::Confirmed(hash)) => checked.confirmed = Some(hash.clone()),
            Some(_) | None => {}
        }
    }
    checked.excepts = excepts;
    let rule = resolver.rule(&checked, remarks);
    remarks.keep(rule)
}

/// A line that belongs under a rule and stands alone; under a rule that failed it fails in silence.
fn orphan(line: &mut Line, remarks: &mut Remarks) {
    if line.written.as_ref().is_some_and(Written::under_a_rule) {
        line.failed = true;
        let alone = remark(Code::Unexpected, line.statement.span.clone(), said!("this line belongs under a rule"));
        remarks.push(alone.fix(said!("put it right below the rule that it limits")));
    }
}

/// The same text in other languages: `agreement.uk.md`. Their blocks are not read; the text's own rules bind.
fn translations(files: &AgreementFiles) -> Vec<Translation> {
    let mut found = Vec::new();
    for (name, bytes) in &files.files {
        let language = name.strip_prefix("agreement.").and_then(|rest| rest.strip_suffix(".md"));
        let (Some(language), Ok(text)) = (language, std::str::from_utf8(bytes)) else { continue };
        let mut remarks = Remarks::default();
        let text = bounded(text, &mut remarks);
        let document = document(text, &mut remarks);
        let articles = articles(text, &document, &anchors(&document), &[], &[]);
        found.push(Translation { language: language.to_owned(), articles });
    }
    found
}

/// Articles that bind in words and hold no rule, and vague words where no rule has a deadline.
fn remark_silent_articles(text: &str, document: &Document, lines: &[Line], remarks: &mut Remarks) {
    for (at, section) in document.sections.iter().enumerate() {
        let prose = section.pieces.iter().filter_map(|piece| match piece {
            Piece::Prose { span, .. } => Some(span),
            Piece::Block { .. } => None,
        });
        let words: String = prose.map(|span| text[span.clone()].to_lowercase()).collect::<Vec<_>>().join("\n");
        let here = || lines.iter().filter(|line| line.section == at);
        let blocks = here().next().is_some();
        let binding = BINDING.iter().find(|word| words.contains(**word));
        if let (Some(word), false, true) = (binding, blocks, section.level >= 2) {
            remarks.push(no_rule(said!("article"), word, section.span.clone()));
        }
        let dated = here().any(|line| match &line.written {
            Some(Written::Rule(rule)) => !matches!(rule.kernel, KernelText::Never { .. }),
            Some(Written::TextOnly(_)) => true,
            Some(_) | None => false,
        });
        if let (Some(word), false, true) = (VAGUE.iter().find(|word| words.contains(**word)), dated, blocks) {
            remarks.push(no_deadline(word, section.span.clone()));
        }
    }
    // A text as it was pasted: without articles each paragraph is looked at by itself.
    let pasted = document.sections.iter().all(|section| section.level < 2);
    for piece in document.sections.iter().filter(|_| pasted && lines.is_empty()).flat_map(|section| &section.pieces) {
        let Piece::Prose { span, .. } = piece else { continue };
        let words = text[span.clone()].to_lowercase();
        if let Some(word) = BINDING.iter().find(|word| words.contains(**word)) {
            remarks.push(no_rule(said!("paragraph"), word, span.clone()));
        }
        if let Some(word) = VAGUE.iter().find(|word| words.contains(**word)) {
            remarks.push(no_deadline(word, span.clone()));
        }
    }
    for line in lines {
        if let Some(Written::Reading { name, parameters }) = &line.written {
            remark_uneven_reading(name, parameters, lines, remarks);
        }
    }
}

fn no_rule(what: Said, word: &str, span: Range<usize>) -> Remark {
    let message = said!("this {} says `{}` and holds no rule", what, word);
    let fix = said!("encode it in a `backstop` block, or write `text-only because \"...\"` in one");
    remark(Code::NoRule, span, message)
        .because(said!("what no rule says, nobody can be seen to keep or to break"))
        .fix(fix)
}

fn no_deadline(word: &str, span: Range<usize>) -> Remark {
    let fix = said!("agree on a number of hours or days, and encode it with `by` or `after ... must ... within`");
    remark(Code::Vague, span, said!("`{}` sets no deadline", word)).fix(fix)
}

/// Every reading settles the same parameters.
fn remark_uneven_reading(name: &Name, settled: &[(Name, Time)], lines: &[Line], remarks: &mut Remarks) {
    for line in lines {
        let Some(Written::Reading { name: other, parameters }) = &line.written else { continue };
        for (parameter, _) in parameters {
            if other.text != name.text && !settled.iter().any(|(known, _)| known.text == parameter.text) {
                let missing =
                    undefined(said!("parameter"), &Name { text: parameter.text.clone(), span: name.span.clone() }, []);
                let why = said!("reading `{}` settles it, and `{}` does not", other.text, name.text);
                remarks.push(missing.because(why).fix(said!("add `{} = ...`", parameter.text)));
            }
        }
    }
}

fn articles(text: &str, document: &Document, anchors: &[String], lines: &[Line], remarks: &[Remark]) -> Vec<Article> {
    let sections = document.sections.iter().enumerate();
    let article = sections.map(|(at, section)| {
        let mut blocks = Vec::new();
        let mut paragraph = 0;
        for (piece, content) in section.pieces.iter().enumerate() {
            match content {
                Piece::Prose { span, html } => {
                    paragraph += 1;
                    let anchor = format!("{}__para_{paragraph}", anchors[at]);
                    blocks.push(Block::Prose { anchor, text: without_html(text, span, html) });
                }
                Piece::Block { inner } => {
                    let here: Vec<&Line> =
                        lines.iter().filter(|line| (line.section, line.piece) == (at, piece)).collect();
                    let ids = here.iter().filter_map(|line| line.rule.clone()).collect();
                    blocks.push(Block::Rules { ids, text: text[inner.clone()].to_owned() });
                    let failed = here.iter().filter(|line| line.failed);
                    blocks.extend(failed.map(|line| not_understood(text, line, remarks)));
                }
            }
        }
        Article {
            anchor: anchors[at].clone(),
            heading: section.heading.trim().to_owned(),
            level: section.level,
            blocks,
        }
    });
    article.collect()
}

fn not_understood(text: &str, line: &Line, remarks: &[Remark]) -> Block {
    let span = &line.statement.span;
    let statement = &text[span.clone()];
    let upon = |remark: &&Remark| {
        let here = span.start <= remark.span.start && remark.span.start <= span.end;
        // A map that cannot be read spoils the statement that names it.
        let in_map = || statement.contains(&format!("\"{}\"", remark.file));
        let concerned = if remark.file == crate::remark::AGREEMENT_FILE { here } else { in_map() };
        concerned && remark.severity() == Severity::Error
    };
    let remarks = remarks.iter().filter(upon).cloned().collect();
    Block::NotUnderstood { text: statement.to_owned(), remarks }
}

/// The Markdown with every `<` of raw HTML written as `&lt;`.
fn without_html(text: &str, span: &Range<usize>, html: &[Range<usize>]) -> String {
    let mut prose = String::new();
    for (at, c) in text[span.clone()].char_indices() {
        let raw = c == '<' && html.iter().any(|range| range.contains(&(span.start + at)));
        if raw { prose.push_str("&lt;") } else { prose.push(c) }
    }
    prose.trim().to_owned()
}

fn assemble(
    files: &AgreementFiles,
    front: Front,
    names: Definitions,
    (rules, powers): (Vec<Rule>, Vec<Power>),
    articles: Vec<Article>,
    translations: Vec<Translation>,
) -> Agreement {
    Agreement {
        id: front.id,
        title: front.title,
        version: front.version,
        amends: front.amends,
        parties: names.parties,
        actors: names.actors,
        time_zone: front.time_zone,
        in_force: front.in_force,
        ends: front.ends,
        standard: front.standard,
        keep_threshold: front.keep_threshold,
        final_after: front.final_after,
        readings: names.readings,
        as_written: as_written(),
        zones: names.zones,
        lines: names.lines,
        zones_of: names.zones_of,
        sectors: names.sectors,
        objects: names.objects,
        states: names.states,
        planned: names.planned,
        events: names.events,
        classes: names.classes,
        articles,
        rules,
        powers,
        translations,
        sha256: digest(files),
        calendar: front.calendar,
    }
}

/// SHA-256 over the text and every file, each with its name and length before it.
fn digest(files: &AgreementFiles) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(files.text.as_bytes());
    for (name, bytes) in &files.files {
        part(name.as_bytes());
        part(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
