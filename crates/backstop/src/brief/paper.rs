//! A brief on paper: two pages of A4, as PDF.
//!
//! Takes a brief; gives the bytes, the same for the same brief on every machine. What has no room is counted at the end of its part,
//! with the command that lists it; what was shortened or has no letters here is counted at the end. Never a third page.

use super::{Brief, Part, Row};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use terms::Instant;
use typeset::{Dated, Fault, Legible, Sheets, Template};

/// A brief is for people who have a minute.
const MOST_PAGES: usize = 2;
/// No two pages hold more rows.
const MOST_ROWS: usize = 80;
/// A row says at most so much below its head.
const MOST_LINES: usize = 6;
const MOST_CHARACTERS: usize = 320;
/// So many sources are named in full.
const MOST_SOURCES: usize = 8;

impl Brief<'_> {
    /// The brief as PDF/A.
    pub(crate) fn pdf(&self) -> Result<Vec<u8>, Fault> {
        let parts = self.parts();
        let total = parts.iter().map(|part| part.rows.len()).sum::<usize>().min(MOST_ROWS);
        self.fitted(&parts, total)?.pdf(dated(self.at))
    }

    /// As many rows as two pages hold, by halving.
    fn fitted(&self, parts: &[Part], total: usize) -> Result<Sheets, Fault> {
        let set = |rows| typeset::set(Template::Brief, &self.said(parts, rows));
        let all = set(total)?;
        if all.pages <= MOST_PAGES {
            return Ok(all);
        }
        let (mut fits, mut least, mut most) = (set(0)?, 0, total);
        while most - least > 1 {
            let half = usize::midpoint(least, most);
            let tried = set(half)?;
            if tried.pages <= MOST_PAGES {
                (fits, least) = (tried, half);
            } else {
                most = half;
            }
        }
        Ok(fits)
    }

    /// What the template is to say, with so many rows.
    fn said(&self, parts: &[Part], rows: usize) -> Value {
        let mut legible = Legible::default();
        let dealt = dealt(parts, rows);
        let mut sources = BTreeSet::new();
        let mut shown = Vec::new();
        for (part, dealt) in parts.iter().zip(&dealt) {
            let rows: Vec<Value> = part.rows[..*dealt].iter().map(|row| row.said(&mut legible)).collect();
            sources.extend(part.rows[..*dealt].iter().flat_map(|row| &row.sources));
            let left = part.rows.len() - dealt;
            let left = (left > 0).then(|| {
                format!("{left} more, not on these pages: backstop {} --for {} lists them", part.listed_by, self.who)
            });
            shown.push(json!({ "heading": part.heading, "rows": rows, "left": left }));
        }
        let counts: Vec<Value> = parts
            .iter()
            .map(|part| {
                let tone = if part.rows.is_empty() { "plain" } else { part.tone };
                json!({ "number": part.rows.len().to_string(), "what": part.counted, "tone": tone })
            })
            .collect();
        let (answer, at) = (&self.answer, self.package.civil(self.at));
        let party = legible.text(self.shown(), 60);
        let of = format!(
            "{}, version {}; its sources were read up to {}",
            answer.title, answer.version, answer.sources_until
        );
        let of = legible.text(&of, MOST_CHARACTERS);
        let mut closing = self.closing(&sources, &mut legible);
        closing.extend(noticed(&legible));
        json!({
            "language": "en",
            "title": format!("Brief for {party}, as of {at}"),
            "description": of,
            "kind": "Brief: what concerns you",
            "party": party,
            "as_of": at,
            "of": of,
            "banner": self.banner(),
            "foot": format!("Brief for {party}, as of {at}"),
            "words": { "page": "page", "of": "of", "as_of": "as of", "nothing": "Nothing under:" },
            "counts": counts,
            "parts": shown,
            "closing": closing,
        })
    }

    fn closing(&self, cited: &BTreeSet<&String>, legible: &mut Legible) -> Vec<Value> {
        let mut line = |label: &str, text: &str| json!({ "label": label, "text": legible.text(text, 900) });
        let mut lines = Vec::new();
        let sources = self.answer.sources.iter().filter(|source| cited.contains(&source.id));
        let mut named: Vec<String> =
            sources.map(|one| format!("{}: {} ({}, {})", one.id, one.place, one.credit, one.date)).collect();
        let more = named.len().saturating_sub(MOST_SOURCES);
        named.truncate(MOST_SOURCES);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        if !named.is_empty() {
            lines.push(line("Sources.", &format!("{}{more}.", named.join("; "))));
        }
        if let Some(withheld) = self.withheld() {
            lines.push(line("Closed.", &format!("{withheld}.")));
        }
        let (deeds, notices) = self.known;
        let made = format!(
            "From {deeds} deeds and {notices} notices that were in the record by then. Whoever holds the record and may see the same makes the same bytes: backstop brief --for {} --as-of {} --format pdf.",
            self.who, self.answer.as_of
        );
        lines.push(line("How this was made.", &made));
        lines.push(line("How to read it.", "What nobody reported is not zero. What cannot be told is said to be so, with the reason. No ruling is computed: this page says what the texts and the deeds say."));
        lines
    }
}

impl Row {
    fn said(&self, legible: &mut Legible) -> Value {
        let more = self.lines.len().saturating_sub(MOST_LINES);
        let mut lines: Vec<Value> = self.lines[..self.lines.len() - more]
            .iter()
            .map(|(label, said)| {
                let label = (!label.is_empty()).then_some(label);
                json!({ "label": label, "text": legible.text(said, MOST_CHARACTERS) })
            })
            .collect();
        if more > 0 {
            lines.push(json!({ "label": format!("{more} more"), "text": "" }));
        }
        json!({
            "lead": self.due.as_deref().map(|due| legible.text(due, 40)),
            "state": { "word": self.state, "tone": self.tone },
            "head": legible.text(&self.head, MOST_CHARACTERS),
            "name": legible.text(&self.name, 80),
            "lines": lines,
        })
    }
}

/// What was changed so that it can stand on paper.
fn noticed(legible: &Legible) -> Vec<Value> {
    let mut said = Vec::new();
    if legible.shortened() > 0 {
        said.push(format!("{} texts are shortened where a … stands.", legible.shortened()));
    }
    if legible.spelled() > 0 {
        said.push(format!(
            "{} characters have no letter on this page and stand by their number, as [U+1F54A].",
            legible.spelled()
        ));
    }
    if said.is_empty() { Vec::new() } else { vec![json!({ "label": "Not as written.", "text": said.join(" ") })] }
}

/// How many rows of each part stand on the page: one each in turn, the most urgent part first, until there is no more room.
fn dealt(parts: &[Part], mut rows: usize) -> Vec<usize> {
    let mut dealt = vec![0; parts.len()];
    while rows > 0 {
        let before = rows;
        for (part, dealt) in parts.iter().zip(&mut dealt) {
            if rows > 0 && *dealt < part.rows.len() {
                *dealt += 1;
                rows -= 1;
            }
        }
        if rows == before {
            break;
        }
    }
    dealt
}

/// A document bears the instant that it is as of, and not the one at which it was made.
fn dated(at: Instant) -> Dated {
    let civil = jiff::tz::TimeZone::UTC.to_datetime(at.timestamp());
    let part = |value: i8| u8::try_from(value).expect("invariant: a civil time has no negative part");
    Dated {
        year: civil.year().into(),
        month: part(civil.month()),
        day: part(civil.day()),
        hour: part(civil.hour()),
        minute: part(civil.minute()),
        second: part(civil.second()),
    }
}
