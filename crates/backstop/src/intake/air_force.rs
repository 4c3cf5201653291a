//! Attack waves as Ukraine's Air Force and its regional commands claim them.
//!
//! Takes a CSV with one wave a row; gives claims by Ukraine. Never counts a raid twice: regional rows of what a national
//! row of the same hours and kind counts already are set aside, by all files given together.

use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::{Record, Table, quoted, read_table};
use super::{civil, ground, regions};
use jiff::tz::TimeZone;
use mission::record::{Body, named_observation};
use std::collections::BTreeMap;
use terms::source::{Release, Source, SourceKind};
use terms::{Act, Count, Grade, Instant, Means, Observation, ObservationId, Party, SourceId, Span};

const COLUMNS: [&str; 6] = ["time_start", "time_end", "model", "target", "launched", "destroyed"];
/// More than any state has launched in one wave.
const WAVE_LIMIT: f64 = 100_000.0;
/// Waves do not last longer; a longer one is a mistake in a date.
const WAVE_DAYS: i64 = 7;
/// Accounts that report for the whole country; all others are regional commands.
const NATIONAL: [&str; 2] = ["kpszsu", "GeneralStaff.ua"];

const COUNTED_NATIONALLY: &str = "regional row of a raid counted nationally";

fn id() -> SourceId {
    SourceId::new("ua-air-force").expect("invariant: `ua-air-force` is a label")
}

fn source() -> Source {
    Source {
        id: id(),
        title: "Ukrainian Air Force and regional commands, attack waves as claimed".to_owned(),
        kind: SourceKind::Party,
        voice: "ukraine".to_owned(),
        party: Party::new("Ukraine"),
        licence: "CC BY-NC-SA as far as known (copy of a Kaggle set)".to_owned(),
        attribution: "Ukrainian Air Force, as collected in a public Kaggle data set".to_owned(),
        release: Release::Aggregates,
        worth: BTreeMap::new(),
        worth_basis: "not estimated: a claim is evidence that it was made".to_owned(),
    }
}

/// What a model is, as far as counting goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Class {
    /// One-way drones over long range, and drones that nobody named.
    Drone,
    Missile,
    Reconnaissance,
    /// Short-range strike drones at the front, which the national reports leave out.
    Tactical,
    Bomb,
}

impl Class {
    fn of(model: &str) -> Class {
        let names = |words: &[&str]| words.iter().any(|word| model.contains(word));
        if names(&["Shahed", "Geran", "Gerbera", "Unknown UAV"]) {
            Class::Drone
        } else if names(&["Reconnaissance", "Supercam", "ZALA", "Orlan", "Merlin", "Forpost", "Mohajer"]) {
            Class::Reconnaissance
        } else if names(&["Lancet", "Молн", "Molni", "FPV"]) {
            Class::Tactical
        } else if names(&["GBU", "KAB", "UMPK", "FAB"]) {
            Class::Bomb
        } else if names(&["UAV", "drone"]) {
            Class::Drone
        } else {
            Class::Missile
        }
    }

    fn act(self) -> Act {
        match self {
            Class::Drone => Act::LongRangeDrone,
            Class::Missile => Act::Missile,
            Class::Reconnaissance => Act::Overflight,
            Class::Tactical => Act::DroneStrike,
            Class::Bomb => Act::AirStrike,
        }
    }
}

/// One wave, understood.
struct Wave {
    class: Class,
    span: Span,
    national: bool,
    launched: u32,
    /// `None` where the claim does not say.
    destroyed: Option<u32>,
}

/// Reads files of waves.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    let zone = civil::kyiv();
    let national = survey(files, &zone)?;
    sink.declare(&source())?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &id());
        read_table(file, &COLUMNS, b',', sink, &mut |record| row(record, &zone, &national))?;
        sink.end()?;
    }
    Ok(())
}

/// The hours that national rows cover, by class: spans in order, apart from each other.
type National = BTreeMap<Class, Vec<Span>>;

fn survey(files: &[SourceFile], zone: &TimeZone) -> Result<National, Error> {
    let mut national = National::new();
    for file in files {
        let failed = |error| file.failed(error);
        let Ok(mut table) = Table::open(file, &COLUMNS, b',').map_err(failed)? else { continue };
        while let Some(next) = table.next().map_err(failed)? {
            let Ok(record) = next else { continue };
            match wave(&record, zone) {
                Ok(wave) if wave.national => national.entry(wave.class).or_default().push(wave.span),
                Ok(_) | Err(_) => {}
            }
        }
    }
    for spans in national.values_mut() {
        spans.sort_unstable();
        spans.dedup_by(|next, kept| {
            let meets = next.meet(*kept).is_some();
            if meets {
                *kept = kept.join(*next);
            }
            meets
        });
    }
    Ok(national)
}

fn covered(national: &National, wave: &Wave) -> bool {
    let Some(spans) = national.get(&wave.class) else { return false };
    let next = spans.partition_point(|span| span.latest() < wave.span.earliest());
    spans.get(next).is_some_and(|span| span.meet(wave.span).is_some())
}

fn wave(record: &Record<'_>, zone: &TimeZone) -> Result<Wave, String> {
    let model = record.get("model");
    if model.is_empty() {
        return Err("`model` is empty; what was launched is not said".to_owned());
    }
    let launched = count(record, "launched")?;
    let destroyed = match record.get("destroyed") {
        "" => None,
        _ => Some(count(record, "destroyed")?),
    };
    if let Some(destroyed) = destroyed.filter(|destroyed| *destroyed > launched) {
        return Err(format!("{destroyed} destroyed of {launched} launched; the columns may be swapped"));
    }
    let account = record.get("source").split('/').next().unwrap_or("");
    let nationwide = record.find("source").is_none() || NATIONAL.contains(&account);
    Ok(Wave { class: Class::of(model), span: span(record, zone)?, national: nationwide, launched, destroyed })
}

fn count(record: &Record<'_>, column: &str) -> Result<u32, String> {
    let number = ground::number(column, record.get(column))?;
    if !(0.0..=WAVE_LIMIT).contains(&number) || number.fract() != 0.0 {
        return Err(format!("`{column}` is {number}; a whole number up to {WAVE_LIMIT} was expected"));
    }
    // A whole number in range by the test above.
    Ok(number as u32)
}

/// The wave's hours; a row that gives days only spans the whole days.
fn span(record: &Record<'_>, zone: &TimeZone) -> Result<Span, String> {
    let (start, end) = (record.get("time_start"), record.get("time_end"));
    let instant = |text: &str, last: bool| -> Result<Instant, String> {
        let span = match text.len() {
            ..=10 => civil::day(civil::date(text)?, zone)?,
            _ => civil::minute(civil::date_and_clock(text)?, zone)?,
        };
        Ok(if last { span.latest() } else { span.earliest() })
    };
    let span = Span::new(instant(start, false)?, instant(end, true)?)
        .ok_or_else(|| format!("it ends at {}, before it begins at {}", quoted(end), quoted(start)))?;
    match span.length_ms() <= WAVE_DAYS * terms::time::DAY_MS {
        true => Ok(span),
        false => Err(format!("a wave from {} to {} is longer than {WAVE_DAYS} days", quoted(start), quoted(end))),
    }
}

fn row(record: &Record<'_>, zone: &TimeZone, national: &National) -> Result<Made, String> {
    let wave = wave(record, zone)?;
    if !wave.national && covered(national, &wave) {
        return Ok(Made::Aside(COUNTED_NATIONALLY));
    }
    // A regional command tells what it shot down; how many came is then only a lower bound.
    let shot_down = !wave.national && wave.destroyed == Some(wave.launched) && wave.class == Class::Drone;
    let act = if shot_down { Act::Interception } else { wave.class.act() };
    let target = record.get("target");
    let destroyed = wave.destroyed.map_or("an unstated number".to_owned(), |number| number.to_string());
    let mut text = format!("{}: {} launched, {destroyed} destroyed, as claimed", record.get("model"), wave.launched);
    for (column, word) in [("launch_place", "from"), ("target_main", "mainly at")] {
        if !record.get(column).is_empty() {
            text.push_str(&format!("; {word} {}", record.get(column)));
        }
    }
    let reference = Some(record.get("source")).filter(|text| !text.is_empty());
    Ok(Made::Bodies(vec![Body::Observed(named_observation(Observation {
        id: ObservationId::of(&[]),
        source: id(),
        means: Means::Statement,
        act,
        object: None,
        happened: wave.span,
        place: regions::place(target, ""),
        count: Count::exactly(wave.launched),
        by: Party::new("Russia"),
        at: Party::new("Ukraine"),
        about: None,
        grade: Grade::UNJUDGED,
        text: Some(text),
        references: reference.map(str::to_owned).into_iter().collect(),
    }))]))
}
