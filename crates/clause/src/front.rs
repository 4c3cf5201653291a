//! The front matter: an agreement's name, dates and thresholds.
//!
//! Takes its lines; gives typed values, with a remark for each that is missing or not understood. Never invents a date.

use crate::advice::listed;
use crate::calendar::{Calendar, Duration};
use crate::grammar::Grammar;
use crate::lower::{chance, parse_duration, parse_time};
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, Remarks, remark};
use crate::resolve::{Edge, instant_of};
use crate::said::said;
use crate::syntax::Name;
use crate::token::{Statement, statements};
use std::collections::BTreeMap;
use std::ops::Range;
use terms::{Chance, Instant, Label};

const KEYS: [&str; 10] = [
    "agreement",
    "title",
    "version",
    "amends",
    "in-force",
    "ends",
    "time-zone",
    "standard",
    "keep-threshold",
    "final-after",
];
const NEEDED: [&str; 7] = ["agreement", "title", "version", "in-force", "time-zone", "standard", "keep-threshold"];

/// What the front matter says; what it does not say reads as the strictest value and has its remark.
pub(crate) struct Front {
    pub(crate) id: Label,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) amends: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) calendar: Calendar,
    pub(crate) in_force: Option<Instant>,
    pub(crate) ends: Option<Instant>,
    pub(crate) standard: Chance,
    pub(crate) keep_threshold: Chance,
    pub(crate) final_after: Duration,
}

/// Reads the front matter in `span` of `text`.
pub(crate) fn front(text: &str, span: Option<Range<usize>>, grammar: &Grammar, remarks: &mut Remarks) -> Front {
    let lines = span.clone().map_or_else(BTreeMap::new, |span| lines(text, span, &KEYS, remarks));
    if let Some(span) = &span {
        remark_missing(text, &lines, span, remarks);
    }
    let text_of = |key: &str| lines.get(key).map(|value| value.text.clone());
    let (time_zone, calendar) = zone(lines.get("time-zone"), remarks);
    let time = |key: &str, remarks: &mut Remarks| {
        let time = remarks.keep(parse_time(grammar, &statement(lines.get(key)?)))?;
        remarks.keep(instant_of(&time, &calendar, Edge::Begin, &BTreeMap::new()))
    };
    let in_force = time("in-force", remarks);
    let ends = time("ends", remarks);
    if let (Some(in_force), Some(ends), Some(written)) = (in_force, ends, lines.get("ends"))
        && ends <= in_force
    {
        let dead = remark(Code::Dead, written.span.clone(), said!("the agreement ends before it begins"));
        remarks.push(dead.fix(said!("check `in-force` and `ends`")));
    }
    let chance = |key: &str, remarks: &mut Remarks| {
        let written = lines.get(key)?;
        remarks.keep(chance(&written.text, &written.span)).filter(|chance| *chance > Chance::NEVER)
    };
    // Without a stated standard nothing is called a breach or kept on less than certainty.
    let standard = chance("standard", remarks).unwrap_or(Chance::CERTAIN);
    let keep_threshold = chance("keep-threshold", remarks).unwrap_or(Chance::CERTAIN);
    let final_after =
        lines.get("final-after").and_then(|value| remarks.keep(parse_duration(grammar, &statement(value))));
    Front {
        id: lines.get("agreement").and_then(|name| remarks.keep(label(name))).unwrap_or_else(unnamed),
        title: text_of("title").unwrap_or_else(|| "Untitled agreement".to_owned()),
        version: text_of("version").unwrap_or_else(|| "0".to_owned()),
        amends: text_of("amends"),
        time_zone,
        in_force,
        ends,
        standard,
        keep_threshold,
        final_after: final_after.unwrap_or(Duration::ZERO),
        calendar,
    }
}

fn unnamed() -> Label {
    Label::new("unnamed").expect("invariant: a plain word is a label")
}

/// The name that a key's value is.
pub(crate) fn label(name: &Name) -> Result<Label, Remark> {
    Label::new(&name.text).ok_or_else(|| {
        let wrong = said!("`{}` is not a name", name.text);
        remark(Code::FrontMatterValue, name.span.clone(), wrong)
            .fix(said!("names hold letters, digits, `-`, `_` and `.`"))
    })
}

/// The lines in `span` of `text`, by key.
pub(crate) fn lines(
    text: &str,
    span: Range<usize>,
    keys: &[&'static str],
    remarks: &mut Remarks,
) -> BTreeMap<String, Name> {
    let mut values = BTreeMap::new();
    let mut at = span.start;
    for line in text[span].split_inclusive('\n') {
        let start = at;
        at += line.len();
        let said = line.split_once(" #").map_or(line, |(said, _)| said).trim_end();
        if said.trim().is_empty() || said.trim_start().starts_with('#') {
            continue;
        }
        let whole = start..start + said.len();
        let Some((key, value)) = said.split_once(':') else {
            let bare = remark(Code::FrontMatterKey, whole, said!("this line has no `key: value`"));
            remarks.push(bare.fix(said!("write the key, a colon and the value, or begin the line with `#`")));
            continue;
        };
        let value_at = start + key.len() + 1 + (value.len() - value.trim_start().len());
        let key_span = start..start + key.len();
        let value = Name { text: value.trim().to_owned(), span: value_at..value_at.max(start + said.len()) };
        let key = key.trim();
        if !keys.contains(&key) {
            let unknown = remark(Code::FrontMatterKey, key_span, said!("`{}` is no key of the front matter", key));
            let fix = did_you_mean(key, keys.iter().copied());
            remarks.push(unknown.because(said!("the keys are {}", listed(keys))).maybe_fix(fix));
        } else if values.contains_key(key) {
            let twice = said!("`{}` is given twice; the first is kept", key);
            remarks.push(remark(Code::FrontMatterKey, key_span, twice).fix(said!("remove one of them")));
        } else if value.text.is_empty() {
            let bare = remark(Code::FrontMatterValue, whole, said!("`{}` has no value", key));
            remarks.push(bare.fix(said!("write it after the colon")));
        } else {
            values.insert(key.to_owned(), value);
        }
    }
    values
}

fn remark_missing(text: &str, lines: &BTreeMap<String, Name>, span: &Range<usize>, remarks: &mut Remarks) {
    // One that is there without a value has its remark.
    let bare = |key: &str| {
        let mut written = text[span.clone()].lines().filter_map(|line| line.split_once(':'));
        written.any(|(written, _)| written.trim() == key)
    };
    for key in NEEDED.into_iter().filter(|key| !lines.contains_key(*key) && !bare(key)) {
        let missing = remark(Code::FrontMatterKey, span.start..span.start, said!("`{}` is missing", key));
        let (why, fix) = match key {
            "standard" => (said!("without it only certainty is called a breach"), said!("add `standard: 0.90`")),
            "keep-threshold" => {
                (said!("without it nothing is ever called complied"), said!("add `keep-threshold: 0.80`"))
            }
            "in-force" => {
                (said!("without it no rule has a beginning"), said!("add `in-force: 2026-04-11 16:00 Europe/Kyiv`"))
            }
            "time-zone" => (said!("without it civil times are read as UTC"), said!("add `time-zone: Europe/Kyiv`")),
            "agreement" => (said!("records and addresses need a short name"), said!("add `agreement: short-name`")),
            "version" => (said!("an amendment is a new version"), said!("add `version: 1`")),
            _ => (said!("people need a name to call it by"), said!("add `title: ...`")),
        };
        remarks.push(missing.because(why).fix(fix));
    }
}

/// The zone of that name with its calendar.
pub(crate) fn zone(name: Option<&Name>, remarks: &mut Remarks) -> (String, Calendar) {
    let Some(name) = name else {
        return ("UTC".to_owned(), Calendar::utc());
    };
    match Calendar::of(&name.text) {
        Some(calendar) => (name.text.clone(), calendar),
        None => {
            let unknown = remark(Code::TimeZone, name.span.clone(), said!("`{}` is no time zone", name.text));
            remarks.push(unknown.fix(said!("write a zone of the IANA database: `Europe/Kyiv`")));
            ("UTC".to_owned(), Calendar::utc())
        }
    }
}

fn statement(value: &Name) -> Statement {
    let joined = statements(&value.text, value.span.start).into_iter().next();
    joined.unwrap_or(Statement { tokens: Vec::new(), span: value.span.clone(), broken: None })
}
