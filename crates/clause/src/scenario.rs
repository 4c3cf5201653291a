//! Scenarios: what happened and who looked, as tables in a page of Markdown, to run an agreement over.
//!
//! Takes the page and the agreement that it is run under; gives facts, looks and the moments to judge at, or the first line
//! that is wrong. The case files of this project are such pages. Never guesses: a word that it does not know is a fault.

use crate::agreement::{Agreement, AgreementFiles};
use crate::calendar::{Calendar, Trouble};
use crate::fact::{Fact, Footing};
use crate::judge::Heard;
use jiff::civil;
use std::fmt;
use terms::{
    Act, Area, Chance, Count, Effort, EffortId, Instant, Label, Means, Outcome, Party, Place, Position, Shape,
    SourceId, Span,
};

/// No page is longer.
pub(crate) const PAGE_MOST_BYTES: usize = 1 << 20;
/// No table has more rows, and no page more moments.
const ROWS_MOST: usize = 10_000;

/// What a page tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scenario {
    /// What happened, in the order of the table.
    pub facts: Vec<Fact>,
    /// Who looked.
    pub efforts: Vec<Effort>,
    /// What is known of single sources that the text plans.
    pub heard: Vec<Heard>,
    /// When to judge; often none.
    pub moments: Vec<Asked>,
}

/// When a page asks for verdicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The instant at which clauses are judged.
    pub at: Instant,
    /// Up to when everything that came in is known.
    pub known_until: Instant,
}

/// Why a page could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Fault {}

/// The agreement that a page carries, if it carries one: its text in a fence ` ````agreement `, its maps in ` ````file NAME `.
#[must_use]
pub fn carried(page: &str) -> Option<AgreementFiles> {
    let text = fenced(page, "agreement").into_iter().next()?.1;
    let files = fenced(page, "file ").into_iter().map(|(name, body)| (name, body.into_bytes())).collect();
    Some(AgreementFiles { text, files })
}

/// What a page tells, under an agreement.
///
/// # Errors
/// The first line that is not understood.
pub fn scenario(page: &str, agreement: &Agreement) -> Result<Scenario, Fault> {
    if page.len() > PAGE_MOST_BYTES {
        return Err(Fault { line: 1, message: format!("the page is longer than {PAGE_MOST_BYTES} bytes; split it") });
    }
    let told = Teller { agreement };
    let facts = rows(page, "| id |")?.iter().map(|row| row.told(told.fact(row))).collect::<Result<_, _>>()?;
    let efforts = rows(page, "| look |")?.iter().map(|row| row.told(told.effort(row))).collect::<Result<_, _>>()?;
    let heard = rows(page, "| heard |")?.iter().map(|row| row.told(told.heard(row))).collect::<Result<_, _>>()?;
    let mut moments = Vec::new();
    for (at, line) in page.lines().enumerate().take_while(|(_, line)| *line != EXPECTED) {
        let Some(moment) = line.strip_prefix("At: ") else { continue };
        let (instant, known) = moment.split_once(", known until ").unwrap_or((moment, moment));
        let asked = told.instant(instant).and_then(|at| Ok(Asked { at, known_until: told.instant(known)? }));
        moments.push(asked.map_err(|message| Fault { line: at + 1, message })?);
    }
    Ok(Scenario { facts, efforts, heard, moments })
}

/// What stands below this heading is the outcome, not the scenario.
pub(crate) const EXPECTED: &str = "## Expected";

pub(crate) type Told<T> = Result<T, String>;

/// Bodies of the fences of four backticks whose word begins with `kind`, with the rest of that word.
pub(crate) fn fenced(page: &str, kind: &str) -> Vec<(String, String)> {
    let opening = format!("````{kind}");
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix(&opening) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("````")).collect();
            found.push((rest.trim().to_owned(), body.join("\n") + "\n"));
        }
    }
    found
}

/// One row of a table.
pub(crate) struct Row<'p> {
    pub(crate) line: usize,
    cells: Vec<(&'p str, &'p str)>,
}

impl<'p> Row<'p> {
    pub(crate) fn cell(&self, name: &str) -> Option<&'p str> {
        let found = self.cells.iter().find(|(column, _)| *column == name);
        found.map(|(_, cell)| *cell).filter(|cell| !cell.is_empty())
    }

    /// The cells that hold something, each with its column.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.cells.iter().copied().filter(|(_, cell)| !cell.is_empty())
    }

    pub(crate) fn needed(&self, name: &str) -> Told<&'p str> {
        self.cell(name).ok_or_else(|| format!("the row has no `{name}`"))
    }

    pub(crate) fn label(&self, name: &str) -> Told<Option<Label>> {
        let label = |text| Label::new(text).ok_or_else(|| format!("`{text}` is no name"));
        self.cell(name).map(label).transpose()
    }

    pub(crate) fn party(&self, name: &str) -> Told<Option<Party>> {
        let party = |text| Party::new(text).ok_or_else(|| format!("`{text}` is no party"));
        self.cell(name).map(party).transpose()
    }

    pub(crate) fn told<T>(&self, told: Told<T>) -> Result<T, Fault> {
        told.map_err(|message| Fault { line: self.line, message })
    }
}

/// The rows of the table whose header begins so.
pub(crate) fn rows<'p>(page: &'p str, header: &str) -> Result<Vec<Row<'p>>, Fault> {
    let cells =
        |line: &'p str| -> Vec<&'p str> { line.trim().trim_matches('|').split('|').map(|cell| cell.trim()).collect() };
    let mut lines = page.lines().enumerate().skip_while(|(_, line)| !line.starts_with(header));
    let Some((_, names)) = lines.next() else { return Ok(Vec::new()) };
    let names = cells(names);
    let mut rows = Vec::new();
    for (at, line) in lines.skip(1).take_while(|(_, line)| line.starts_with('|')) {
        let fault = |message| Err(Fault { line: at + 1, message });
        if rows.len() == ROWS_MOST {
            return fault(format!("more than {ROWS_MOST} rows; split the page"));
        }
        let cells = cells(line);
        if cells.len() > names.len() {
            return fault(format!("{} cells under {} columns", cells.len(), names.len()));
        }
        rows.push(Row { line: at + 1, cells: names.iter().copied().zip(cells).collect() });
    }
    Ok(rows)
}

/// Reads cells in the words of an agreement.
struct Teller<'a> {
    agreement: &'a Agreement,
}

impl Teller<'_> {
    fn fact(&self, row: &Row<'_>) -> Told<Fact> {
        let act = row.needed("act")?;
        let footing = match row.cell("footing") {
            None | Some("proposed") => Footing::Proposed,
            Some("established") => Footing::Established,
            Some("ruled") => Footing::Ruled,
            Some("alleged") => Footing::Alleged,
            Some(other) => return Err(format!("`{other}` is no footing")),
        };
        let revision = row.cell("revision").unwrap_or("1");
        Ok(Fact {
            happened: self.span(row.needed("happened")?)?,
            id: row.needed("id")?.to_owned(),
            revision: revision.parse().map_err(|_| format!("`{revision}` is no revision"))?,
            act: Act::from_word(act).ok_or_else(|| format!("`{act}` is no act"))?,
            object: row.label("object")?,
            place: place(row.cell("place"))?,
            by: row.party("by")?,
            at: row.party("at")?,
            count: count(row.cell("count"))?,
            about: row.cell("about").map(str::to_owned),
            chance: chance(row.cell("chance").unwrap_or("100"))?,
            footing,
        })
    }

    /// A planned source: known until when, and perhaps silent over a span.
    fn heard(&self, row: &Row<'_>) -> Told<Heard> {
        let source = row.needed("heard")?;
        let silent = row.cell("silent").map(|span| self.span(span)).transpose()?;
        Ok(Heard {
            source: Label::new(source).ok_or_else(|| format!("`{source}` is no source"))?,
            until: self.instant(row.needed("until")?)?,
            silent: silent.into_iter().collect(),
        })
    }

    fn effort(&self, row: &Row<'_>) -> Told<Effort> {
        let look = row.needed("look")?;
        let able = row.needed("able")?.split(' ');
        let able = able.map(|act| Act::from_word(act).ok_or_else(|| format!("`{act}` is no act")));
        let area = match place(Some(row.needed("where")?))?.shape {
            Shape::Disc { centre, radius_m } => Area::disc(centre, radius_m).ok_or("no such disc")?,
            Shape::Region(zone) => {
                self.agreement.zones.get(&zone).ok_or_else(|| format!("`{zone}` is no zone"))?.area.clone()
            }
            Shape::Wedge(_) | Shape::Unplaced => return Err("the look has no place".to_owned()),
        };
        let means = row.cell("means").map_or(Some(Means::Camera), Means::from_word);
        let outcome = row.cell("outcome").map_or(Some(Outcome::Looked), Outcome::from_word);
        Ok(Effort {
            id: EffortId::of(look.as_bytes()),
            source: SourceId::new(look).ok_or_else(|| format!("`{look}` is no source"))?,
            means: means.ok_or("no such means")?,
            span: self.span(row.needed("when")?)?,
            area,
            outcome: outcome.ok_or("no such outcome")?,
            able: able.collect::<Told<_>>()?,
            limits: None,
        })
    }

    fn span(&self, text: &str) -> Told<Span> {
        span(text, &self.agreement.calendar)
    }

    fn instant(&self, text: &str) -> Told<Instant> {
        instant(text, &self.agreement.calendar)
    }
}

/// A day, a time, or two times with `..` between.
pub(crate) fn span(text: &str, calendar: &Calendar) -> Told<Span> {
    if let Some((from, until)) = text.split_once("..") {
        let (from, until) = (instant(from, calendar)?, instant(until, calendar)?);
        return Span::new(from, until).ok_or_else(|| format!("`{text}` runs backwards"));
    }
    let Ok(day) =
        text.parse::<civil::Date>().map_err(drop).and_then(|day| if text.len() == 10 { Ok(day) } else { Err(()) })
    else {
        return instant(text, calendar).map(Span::at);
    };
    let noon = civil(text, day.to_datetime(civil::time(12, 0, 0, 0)), calendar)?;
    let begins = |days| calendar.day_begins(noon, days).map_err(|_| format!("`{text}` is out of range"));
    Span::new(begins(0)?, begins(1)?.shifted(-1)).ok_or_else(|| format!("`{text}` is no day"))
}

/// `2026-04-11T16:00:00+03:00`, or `2026-04-11 16:00` in the calendar's own time zone.
pub(crate) fn instant(text: &str, calendar: &Calendar) -> Told<Instant> {
    let text = text.trim();
    if let Some(instant) = Instant::parse(text) {
        return Ok(instant);
    }
    let time = text.parse::<civil::DateTime>().map_err(|_| format!("`{text}` is no time"))?;
    civil(text, time, calendar)
}

fn civil(text: &str, time: civil::DateTime, calendar: &Calendar) -> Told<Instant> {
    calendar.instant(time).map_err(|trouble| match trouble {
        Trouble::Skipped { next } => format!("the clocks skip `{text}`; the next is {next}"),
        Trouble::Twice { first, second } => {
            format!("the clocks show `{text}` twice; write it with its offset, {first} or {second}")
        }
        Trouble::OutOfRange => format!("`{text}` is out of range"),
    })
}

/// `30.5 48.5 1000` is a disc of that radius in metres; another word is a region; nothing is nowhere.
fn place(text: Option<&str>) -> Told<Place> {
    let Some(text) = text else { return Ok(Place::unknown()) };
    let wrong = || format!("`{text}` is no place; write longitude, latitude and radius in metres, or a region's name");
    let numbers: Vec<f64> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
    let shape = match numbers.as_slice() {
        [lon, lat, radius_m] => {
            let centre = Position::from_degrees(*lon, *lat).ok_or_else(wrong)?;
            Shape::Disc { centre, radius_m: *radius_m as u32 }
        }
        _ => Shape::Region(Label::new(text).ok_or_else(wrong)?),
    };
    Ok(Place { shape, name: None })
}

fn chance(percent: &str) -> Told<Chance> {
    let wrong = || format!("`{percent}` is no percentage");
    let percent: u32 = percent.parse().map_err(|_| wrong())?;
    percent.checked_mul(10_000).and_then(Chance::from_ppm).ok_or_else(|| format!("{percent} % is more than certain"))
}

/// `5` is exactly that, `3-9` between, `3-` at least.
fn count(text: Option<&str>) -> Told<Count> {
    let Some(text) = text else { return Ok(Count::UNKNOWN) };
    let wrong = || format!("`{text}` is no count");
    let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    match text.split_once('-') {
        None => number(text).map(Count::exactly),
        Some((least, "")) => number(least).map(Count::at_least),
        Some((least, most)) => Count::new(Some(number(least)?), None, Some(number(most)?)).ok_or_else(wrong),
    }
}
