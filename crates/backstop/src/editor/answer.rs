//! The answers: what the language says about a place, in the protocol's shapes.
//!
//! Takes an open text and a place in it; gives JSON. Never answers what the text does not hold.

use super::place::Stretch;
use super::text::OpenText;
use clause::{AgreementFiles, Code, Expected, Language, Mark, MarkKind, Outline, Remark, Severity, Sort};
use serde_json::{Value, json};
use std::ops::Range;
use terms::{Act, Label};

/// The sorts of words that editors colour, in the order of their numbers.
const TOKEN_TYPES: [&str; 11] = [
    "keyword",
    "number",
    "string",
    "comment",
    "type",
    "namespace",
    "event",
    "class",
    "variable",
    "function",
    "property",
];
/// No hover shows more of one statement.
const SHOWN_MOST_BYTES: usize = 600;
/// So many fixes are tried for one place.
const FIXES_MOST: usize = 8;

/// What the server can do.
pub(super) fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": { "openClose": true, "change": 2, "save": true },
            "hoverProvider": true,
            "definitionProvider": true,
            "completionProvider": { "triggerCharacters": [" "] },
            "documentSymbolProvider": true,
            "documentFormattingProvider": true,
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "semanticTokensProvider": {
                "legend": { "tokenTypes": TOKEN_TYPES, "tokenModifiers": ["declaration"] }, "full": true,
            },
        },
        "serverInfo": { "name": "backstop", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// Every remark, with code, place and fix.
pub(super) fn diagnostics(text: &mut OpenText) -> Value {
    text.read();
    let (held, lines) = (text.files.text.clone(), text.lines.clone());
    let read = text.read();
    let diagnostic = |remark: &Remark| diagnostic(remark, lines.stretch(&held, &place(remark, &held, &read.outline)));
    read.remarks.iter().map(diagnostic).collect()
}

/// Where a remark is shown: one upon a map, at the words that name the map.
fn place(remark: &Remark, text: &str, outline: &Outline) -> Range<usize> {
    if remark.file == clause::remark::AGREEMENT_FILE {
        return remark.span.clone();
    }
    let names = |mark: &&Mark| mark.kind == MarkKind::Text && text[mark.span.clone()].trim_matches('"') == remark.file;
    outline.marks.iter().find(names).map_or(0..0, |mark| mark.span.clone())
}

fn diagnostic(remark: &Remark, at: Stretch) -> Value {
    let severity = match remark.severity() {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    };
    let of_map = remark.file != clause::remark::AGREEMENT_FILE;
    let map = if of_map { format!("{}:{}:{}: ", remark.file, remark.line, remark.column) } else { String::new() };
    let notes: String = remark.notes.iter().map(|note| format!("\nnote: {note}")).collect();
    let fix = remark.fix.as_ref().map_or(String::new(), |fix| format!("\nhelp: {fix}"));
    json!({
        "range": at, "severity": severity, "code": remark.code.word(), "source": "backstop",
        "message": format!("{map}{}{notes}{fix}", remark.message),
    })
}

/// What a name is, where it is defined, and the sentence of the rule at the place.
pub(super) fn hover(text: &mut OpenText, at: usize, language: Language) -> Value {
    text.read();
    let (held, lines) = (text.files.text.clone(), text.lines.clone());
    let read = text.read();
    let outline = &read.outline;
    let Some(mark) = outline.at(at) else { return Value::Null };
    let mut parts: Vec<String> = Vec::new();
    if let MarkKind::Name(sort) = mark.kind {
        let word = &held[mark.span.clone()];
        let definitions = outline.definitions(&held, mark);
        for definition in &definitions {
            let Some(statement) = outline.statement(definition.span.start) else { continue };
            let MarkKind::Name(found) = definition.kind else { continue };
            let shown = &held[statement.span.start..];
            let shown = &shown[..shown.floor_char_boundary(statement.span.len().min(SHOWN_MOST_BYTES))];
            parts.push(format!("{} `{word}`\n\n```backstop\n{shown}\n```", found.word()));
        }
        if definitions.is_empty() {
            parts.extend(known(word, sort, &read.agreement));
        }
    }
    let rule = |name: &str| read.agreement.rules.iter().find(|rule| rule.id.as_str() == name);
    let named = match mark.kind {
        MarkKind::Name(Sort::Rule) => rule(&held[mark.span.clone()]),
        MarkKind::Name(_) | MarkKind::Keyword | MarkKind::Quantity | MarkKind::Text | MarkKind::Comment => None,
    };
    let around = || read.agreement.rules.iter().find(|rule| outline.extent(&rule.span).contains(&at));
    if let Some(rule) = named.or_else(around) {
        let told = clause::explain(&read.agreement, rule, language);
        parts.push(format!("**{}** ({}): {}\n\n*{}*", rule.id, told.kind.word(), told.sentence, told.kind.says()));
    }
    if parts.is_empty() {
        return Value::Null;
    }
    let value = parts.join("\n\n---\n\n");
    json!({ "contents": { "kind": "markdown", "value": value }, "range": lines.stretch(&held, &mark.span) })
}

/// Names that no statement defines: acts, and the agreement's own times.
fn known(word: &str, sort: Sort, agreement: &clause::Agreement) -> Option<String> {
    let time = match word {
        "in-force" => agreement.in_force,
        "ends" => agreement.ends,
        _ => None,
    };
    match (sort, time) {
        (Sort::Event, _) => Act::from_word(word).map(|act| format!("act `{}`", act.word())),
        (_, Some(time)) => Some(format!("`{word}`: {}, by the front matter", agreement.civil(time))),
        (_, None) => None,
    }
}

/// Where the name at the place is defined.
pub(super) fn definition(text: &mut OpenText, address: &str, at: usize) -> Value {
    text.read();
    let (held, lines) = (text.files.text.clone(), text.lines.clone());
    let outline = &text.read().outline;
    let Some(mark) = outline.at(at) else { return Value::Null };
    let locations = outline.definitions(&held, mark).into_iter();
    locations.map(|mark| json!({ "uri": address, "range": lines.stretch(&held, &mark.span) })).collect()
}

/// The words of the grammar and the names that may stand at the place.
pub(super) fn completion(text: &mut OpenText, at: usize) -> Value {
    text.read();
    let (held, lines) = (text.files.text.clone(), text.lines.clone());
    let outline = &text.read().outline;
    let in_word = |letter: char| letter.is_alphanumeric() || "-_./".contains(letter);
    let begin = held[..at].trim_end_matches(in_word).len();
    let range = lines.stretch(&held, &(begin..at));
    let item = |word: &str, kind: u32, detail: &str| json!({ "label": word, "kind": kind, "detail": detail, "textEdit": { "range": range, "newText": word } });
    let new_name = held[..begin].trim_end().ends_with("rule") || held[..begin].trim_end().ends_with("power");
    let mut items: Vec<Value> = Vec::new();
    for expected in clause::expected(&held, begin) {
        match expected {
            Expected::Word(word) if word.starts_with(char::is_alphabetic) => items.push(item(word, 14, "keyword")),
            Expected::Unit => {
                let units = ["seconds", "minutes", "hours", "days", "weeks", "months", "years"];
                items.extend(units.map(|unit| item(unit, 11, "unit")));
            }
            Expected::Name(Sort::Rule) if new_name => {}
            Expected::Name(sort) => {
                items.extend(names(outline, &held, sort).iter().map(|name| item(name, 6, sort.word())));
                let own: Vec<&str> = match sort {
                    Sort::Event => Act::ALL.iter().map(|act| act.word()).collect(),
                    Sort::Parameter => vec!["in-force", "ends"],
                    Sort::Party | Sort::Line | Sort::Zone | Sort::Sectors | Sort::Class | Sort::State => Vec::new(),
                    Sort::Source | Sort::Reading | Sort::Rule | Sort::Exception => Vec::new(),
                };
                items.extend(own.into_iter().map(|word| item(word, 20, sort.word())));
            }
            Expected::Word(_) | Expected::New(_) => {}
        }
    }
    json!({ "isIncomplete": false, "items": items })
}

/// The names of a sort that the text defines; where a zone is asked for, also what readings settle.
fn names<'t>(outline: &Outline, text: &'t str, sort: Sort) -> Vec<&'t str> {
    let fits = |mark: &&Mark| match mark.kind {
        MarkKind::Name(found) => found == sort || (sort == Sort::Zone && found == Sort::Parameter),
        MarkKind::Keyword | MarkKind::Quantity | MarkKind::Text | MarkKind::Comment => false,
    };
    let defined = outline.marks.iter().filter(|mark| mark.defines).filter(fits);
    let mut names: Vec<&str> = defined.map(|mark| &text[mark.span.clone()]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Articles, and under each the statements that define a name.
pub(super) fn symbols(text: &mut OpenText) -> Value {
    text.read();
    let (held, lines) = (text.files.text.clone(), text.lines.clone());
    let outline = &text.read().outline;
    let ends = outline.headings.iter().skip(1).map(|(_, _, span)| span.start).chain([held.len()]);
    let article = |((heading, _, span), end): (&(String, u8, Range<usize>), usize)| {
        let inside = outline.statements.iter().filter(|statement| (span.start..end).contains(&statement.span.start));
        let children: Vec<Value> = inside
            .filter_map(|statement| {
                let name = statement.name.as_ref().filter(|_| statement.opening != "except")?;
                let kind = match statement.opening.as_str() {
                    "rule" | "power" | "otherwise" => 12,
                    "event" => 24,
                    "class" | "object" => 5,
                    "parties" | "actors" => 19,
                    _ => 13,
                };
                let whole = if statement.under { statement.span.clone() } else { outline.extent(&statement.span) };
                let (whole, own) = (lines.stretch(&held, &whole), lines.stretch(&held, &statement.span));
                Some(json!({ "name": name, "detail": statement.opening, "kind": kind, "range": whole, "selectionRange": own }))
            })
            .collect();
        let name = if heading.is_empty() { "(no heading)" } else { heading.as_str() };
        let (whole, own) = (lines.stretch(&held, &(span.start..end)), lines.stretch(&held, span));
        json!({ "name": name, "kind": 3, "range": whole, "selectionRange": own, "children": children })
    };
    outline.headings.iter().zip(ends).map(article).collect()
}

/// The lines that formatting changes.
pub(super) fn formatting(text: &mut OpenText) -> Value {
    let (held, lines) = (text.text(), &text.lines);
    let formatted = clause::format(held);
    let (mut edits, mut at) = (Vec::new(), 0);
    // Formatting keeps every line break, so that the lines stand side by side.
    for (was, is) in held.split('\n').zip(formatted.split('\n')) {
        if was != is {
            let (was, is) = (was.trim_end_matches('\r'), is.trim_end_matches('\r'));
            edits.push(json!({ "range": lines.stretch(held, &(at..at + was.len())), "newText": is }));
        }
        at += was.len() + 1;
    }
    edits.into()
}

/// The words of the blocks, each as five numbers: lines and units since the last one, length, sort, whether it is defined.
pub(super) fn tokens(text: &mut OpenText) -> Value {
    text.read();
    let (held, lines) = (text.files.text.clone(), text.lines.clone());
    let (mut line, mut character) = (0, 0);
    let mut data: Vec<u32> = Vec::new();
    for mark in &text.read().outline.marks {
        let at = lines.stretch(&held, &mark.span);
        if at.start.line != at.end.line || (at.start.line, at.start.character) < (line, character) {
            continue;
        }
        let since = if at.start.line == line { at.start.character - character } else { at.start.character };
        let length = at.end.character - at.start.character;
        data.extend([at.start.line - line, since, length, token_type(mark.kind), u32::from(mark.defines)]);
        (line, character) = (at.start.line, at.start.character);
    }
    json!({ "data": data })
}

fn token_type(kind: MarkKind) -> u32 {
    match kind {
        MarkKind::Keyword => 0,
        MarkKind::Quantity => 1,
        MarkKind::Text => 2,
        MarkKind::Comment => 3,
        MarkKind::Name(sort) => match sort {
            Sort::Party | Sort::Source => 4,
            Sort::Line | Sort::Zone | Sort::Sectors => 5,
            Sort::Event => 6,
            Sort::Class => 7,
            Sort::State | Sort::Reading | Sort::Parameter => 8,
            Sort::Rule => 9,
            Sort::Exception => 10,
        },
    }
}

/// Remarks at the place whose fix is words to put there, each tried: it is offered only if its remark then goes away.
pub(super) fn actions(text: &mut OpenText, address: &str, asked: Stretch) -> Value {
    text.read();
    let (files, lines) = (text.files.clone(), text.lines.clone());
    let held = &files.text;
    let asked = lines.byte(held, asked.start)..lines.byte(held, asked.end);
    let here = |remark: &&Remark| remark.span.start <= asked.end && asked.start <= remark.span.end;
    let own = |remark: &&Remark| remark.file == clause::remark::AGREEMENT_FILE;
    let remarks = text.read().remarks.iter().filter(own).filter(here).take(FIXES_MOST);
    let action = |remark: &Remark| {
        let words = replacement(remark, held)?;
        let mut mended = AgreementFiles { text: held.clone(), files: files.files.clone() };
        mended.text.replace_range(remark.span.clone(), &words);
        let stays = |other: &Remark| (other.code, &other.message) == (remark.code, &remark.message);
        if clause::read(&mended).1.iter().any(stays) {
            return None;
        }
        let range = lines.stretch(held, &remark.span);
        let fix = remark.fix.as_ref().map_or_else(String::new, ToString::to_string);
        Some(json!({
            "title": format!("{}: {fix}", remark.code.word()), "kind": "quickfix", "isPreferred": true,
            "diagnostics": [diagnostic(remark, range)],
            "edit": { "changes": { (address): [{ "range": range, "newText": words }] } },
        }))
    };
    remarks.filter_map(action).collect()
}

/// The words that a remark's fix would put in its place: another word, or a line of front matter.
fn replacement(remark: &Remark, text: &str) -> Option<String> {
    let fix = remark.fix.as_ref()?.to_string();
    if let Some(word) = fix.strip_prefix("did you mean `").and_then(|rest| rest.strip_suffix("`?")) {
        let wrong = &text[remark.span.clone()];
        let quoted = wrong.starts_with('"');
        // A place of several words is more than the one that is wrong.
        return (quoted || Label::new(wrong).is_some())
            .then(|| if quoted { format!("\"{word}\"") } else { word.to_owned() });
    }
    let line = fix.strip_prefix("add `").and_then(|rest| rest.strip_suffix('`'));
    line.filter(|_| remark.code == Code::FrontMatterKey && remark.span.is_empty()).map(|line| format!("{line}\n"))
}
