//! Messages of the Russian Ministry of Defence.
//!
//! Takes a CSV with one message a row; gives claims by Russia about acts of Ukraine: drones shot down, objects attacked, a
//! truce broken. Never reads a claim into a message that makes none; its column of counts is left aside, because it holds
//! the first number of the text.

use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::{Record, read_table};
use super::{civil, regions};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use mission::record::{Body, named_observation};
use std::collections::BTreeMap;
use terms::source::{Release, Source, SourceKind};
use terms::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use terms::{Act, Count, Grade, Instant, Means, Observation, ObservationId, Party, Place, Shape, SourceId, Span};

const COLUMNS: [&str; 3] = ["datetime", "oblasts", "text_snippet"];
const TEXT_LIMIT_CHARS: usize = 2_000;

const NO_CLAIM: &str = "claims no act of the other side";
const SUMMARY: &str = "a daily summary: its claims stand in messages of their own";

fn id() -> SourceId {
    SourceId::new("ru-mod").expect("invariant: `ru-mod` is a label")
}

fn source() -> Source {
    Source {
        id: id(),
        title: "Russian Ministry of Defence, messages".to_owned(),
        kind: SourceKind::Party,
        voice: "russia".to_owned(),
        party: Party::new("Russia"),
        licence: "public official posts".to_owned(),
        attribution: "Ministry of Defence of the Russian Federation".to_owned(),
        release: Release::Rows,
        worth: BTreeMap::new(),
        worth_basis:
            "not estimated: a claim is evidence that it was made; a filtered subset, so absence is weak evidence"
                .to_owned(),
    }
}

/// Reads files of messages.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    let zone = civil::moscow();
    sink.declare(&source())?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &id());
        read_table(file, &COLUMNS, b',', sink, &mut |record| row(record, &zone))?;
        sink.end()?;
    }
    Ok(())
}

fn row(record: &Record<'_>, zone: &TimeZone) -> Result<Made, String> {
    let text = record.get("text_snippet");
    let plain = plain(text);
    let act = match claim(&plain) {
        Ok(act) => act,
        Err(why) => {
            sent(record)?;
            return Ok(Made::Aside(why));
        }
    };
    let sent = sent(record)?;
    let drones = if act == Act::Interception { drones(&plain) } else { None };
    Ok(Made::Bodies(vec![Body::Observed(named_observation(Observation {
        id: ObservationId::of(&[]),
        source: id(),
        means: Means::Statement,
        act,
        object: None,
        happened: happened(act, &plain, sent, zone)?,
        place: place(&plain, record.get("oblasts")),
        count: drones.map_or(Count::UNKNOWN, Count::exactly),
        by: Party::new("Ukraine"),
        at: Party::new("Russia"),
        about: None,
        grade: Grade::UNJUDGED,
        text: Some(text.chars().take(TEXT_LIMIT_CHARS).collect()),
        references: vec![format!("mod_russia {}", record.get("datetime"))],
    }))]))
}

/// When it was sent. The column is UTC: a message sent at `06:40` tells of drones shot down until 8.10 in Moscow, which
/// is 05:10 UTC, and no message tells of what came after it.
fn sent(record: &Record<'_>) -> Result<Instant, String> {
    Ok(civil::minute(civil::date_and_clock(record.get("datetime"))?, &TimeZone::UTC)?.earliest())
}

/// The text without the marks of Telegram, spaces joined.
fn plain(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !matches!(c, '*' | '_' | '\u{200b}')).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The act of the other side that a message claims.
fn claim(text: &str) -> Result<Act, &'static str> {
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if names(&["нарушени"]) && names(&["перемирия", "прекращения огня", "прекращения боевых действий"])
    {
        return Ok(Act::UnspecifiedBreach);
    }
    // Several strikes by several means, told together; each is an allegation of its own in other lists.
    let energy =
        names(&["энергетической инфраструктур", "энергетическую инфраструктур", "энергоинфраструктур", "энергообъект"])
            || names(&["российской энергетики", "гражданской энергетики"]);
    if energy && names(&["атак", "удар"]) && names(&["ВСУ", "иевский режим", "иевским режимом"])
    {
        return Ok(Act::UnspecifiedBreach);
    }
    if names(&["Главное за день", "о ходе проведения", "о ходе отражения"]) {
        return Err(SUMMARY);
    }
    if names(&["средствами ПВО"]) && names(&["украинск"]) && names(&["уничтож", "перехвач", "сбит"])
    {
        return Ok(Act::Interception);
    }
    Err(NO_CLAIM)
}

/// The number before "Ukrainian drones", in figures or as a word; one where the singular stands alone.
fn drones(text: &str) -> Option<u32> {
    let (before, after) = text.split_at(text.find("украинск")?);
    let word = before.split_whitespace().next_back()?.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let number = word.parse().ok().filter(|number| *number < 100_000).or_else(|| numeral(&word));
    number.or_else(|| after.starts_with("украинский").then_some(1))
}

fn numeral(word: &str) -> Option<u32> {
    const NUMERALS: [(&str, u32); 25] = [
        ("один", 1),
        ("два", 2),
        ("две", 2),
        ("три", 3),
        ("четыре", 4),
        ("пять", 5),
        ("шесть", 6),
        ("семь", 7),
        ("восемь", 8),
        ("девять", 9),
        ("десять", 10),
        ("одиннадцать", 11),
        ("двенадцать", 12),
        ("тринадцать", 13),
        ("четырнадцать", 14),
        ("пятнадцать", 15),
        ("шестнадцать", 16),
        ("семнадцать", 17),
        ("восемнадцать", 18),
        ("девятнадцать", 19),
        ("двадцать", 20),
        ("тридцать", 30),
        ("сорок", 40),
        ("пятьдесят", 50),
        ("сто", 100),
    ];
    NUMERALS.iter().find(|(numeral, _)| *numeral == word).map(|(_, number)| *number)
}

/// The region where a message names exactly one, else the names alone: a list is no place.
fn place(text: &str, column: &str) -> Place {
    let mut found = regions::in_russian_text(text);
    let listed = column.split('|').filter(|name| !name.is_empty() && *name != "unknown");
    // The column takes the president's first name for a region.
    let listed: Vec<&str> = listed.filter(|name| *name != "vladimir" || text.contains("Владимирск")).collect();
    let unknown: Vec<&str> = listed.iter().copied().filter(|name| regions::named(name).is_none()).collect();
    found.extend(listed.iter().filter_map(|name| regions::named(name)));
    found.sort();
    found.dedup();
    let at_sea = text.contains("акватори");
    let sea = at_sea.then_some("at sea");
    let name =
        found.iter().map(regions::name_of).chain(unknown.iter().copied()).chain(sea).collect::<Vec<_>>().join(", ");
    let shape = match found.as_slice() {
        [region] if unknown.is_empty() && !at_sea => Shape::Region(region.clone()),
        _ => Shape::Unplaced,
    };
    Place { shape, name: (!name.is_empty()).then_some(name) }
}

/// The hours that a message about drones names, in Moscow time; else the night, the morning or the day before it was sent.
/// A message about several strikes reaches back to the beginning of the day before.
fn happened(act: Act, text: &str, sent: Instant, zone: &TimeZone) -> Result<Span, String> {
    let local = sent.timestamp().to_zoned(zone.clone()).datetime();
    let yesterday = local.date().yesterday().unwrap_or(local.date());
    let since = |at: DateTime| Ok(Span::new(civil::minute(at, zone)?.earliest(), sent).unwrap_or(Span::at(sent)));
    if act != Act::Interception {
        return since(yesterday.at(0, 0, 0, 0));
    }
    let head: String = text.chars().take(200).collect();
    let stated = stated(&head, local).and_then(|(from, until)| civil::between(from, until, MINUTE_MS, zone).ok());
    // What a message tells lies before it; a quarter of an hour is left for unlike clocks.
    let sound = |span: &Span| span.latest() <= sent.shifted(HOUR_MS / 4) && span.length_ms() <= 2 * DAY_MS;
    match stated.filter(sound) {
        Some(span) => Ok(span),
        None if head.contains("ночи") || head.contains("ночь") => since(yesterday.at(20, 0, 0, 0)),
        None if head.contains("утренние") => since(local.date().at(4, 0, 0, 0)),
        None => Ok(Span::new(sent.shifted(-DAY_MS), sent).unwrap_or(Span::at(sent))),
    }
}

/// A clock time in the text, with its date where one follows.
struct Mark<'a> {
    before: &'a str,
    time: Time,
    /// "24.00": the end of its day.
    midnight_after: bool,
    date: Option<(i8, i8)>,
}

/// From when to when, by the first one or two clock times of the text.
fn stated(text: &str, sent: DateTime) -> Option<(DateTime, DateTime)> {
    let marks = marks(text);
    let first = marks.first()?;
    let second = marks.get(1).filter(|mark| mark.before.trim_end().ends_with("до"));
    let last = second.unwrap_or(first);
    let until = resolve(last, sent, sent)?;
    match second {
        Some(_) => Some((resolve(first, until, sent)?, until)),
        None if first.before.trim_end().ends_with("коло") => {
            Some((until.checked_sub(10.minutes()).ok()?, until.checked_add(10.minutes()).ok()?.min(sent)))
        }
        None => Some((until, until)),
    }
}

/// The date of a clock time: the one that follows it, else the last day on which it is not after `limit`.
fn resolve(mark: &Mark<'_>, limit: DateTime, sent: DateTime) -> Option<DateTime> {
    let moved = |date: Date| {
        let date = if mark.midnight_after { date.tomorrow().ok()? } else { date };
        Some(date.to_datetime(mark.time))
    };
    if let Some((day, month)) = mark.date {
        let this_year = Date::new(sent.year(), month, day).ok()?;
        let date = if this_year > sent.date() { Date::new(sent.year() - 1, month, day).ok()? } else { this_year };
        return moved(date);
    }
    [limit.date(), limit.date().yesterday().ok()?, limit.date().yesterday().ok()?.yesterday().ok()?]
        .into_iter()
        .filter_map(moved)
        .find(|at| *at <= limit)
}

/// Every `7.45` or `07:45` of the text.
fn marks(text: &str) -> Vec<Mark<'_>> {
    let mut marks = Vec::new();
    let mut rest = 0;
    while let Some(at) = text[rest..].find(|c: char| c.is_ascii_digit()).map(|at| rest + at) {
        let length = text[at..].find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(text.len() - at);
        let word = text[at..at + length].trim_end_matches(['.', ':']);
        rest = at + length;
        let Some((hour, minute)) = word.split_once(['.', ':']) else { continue };
        if hour.len() > 2 || minute.len() != 2 {
            continue;
        }
        let (Ok(hour), Ok(minute)) = (hour.parse::<i8>(), minute.parse::<i8>()) else { continue };
        let midnight_after = hour == 24 && minute == 0;
        let Ok(time) = Time::new(if midnight_after { 0 } else { hour }, minute, 0, 0) else { continue };
        marks.push(Mark {
            before: &text[..at],
            time,
            midnight_after,
            date: date_after(&text[rest..]).or_else(|| date_before(&text[..at])),
        });
    }
    marks
}

fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

/// `мск 7 апреля` gives the seventh of the fourth month.
fn date_after(text: &str) -> Option<(i8, i8)> {
    let mut words = words(text).skip_while(|word| *word == "мск");
    date_of(words.next()?, words.next()?)
}

/// So does `7 апреля около`.
fn date_before(text: &str) -> Option<(i8, i8)> {
    let mut words = words(text).rev().skip(1);
    let month = words.next()?;
    date_of(words.next()?, month)
}

fn date_of(day: &str, month: &str) -> Option<(i8, i8)> {
    const MONTHS: [&str; 12] = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    let month = MONTHS.iter().position(|name| *name == month)?;
    Some((day.parse().ok()?, i8::try_from(month).ok()? + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: &str, text: &str, expected: &str) {
        let sent =
            Instant::from_ms(sent.parse::<jiff::Timestamp>().expect("a time").as_millisecond()).expect("in range");
        let span = happened(Act::Interception, &plain(text), sent, &civil::moscow()).expect("a span");
        let count = drones(&plain(text)).map_or("?".to_owned(), |number| number.to_string());
        assert_eq!(format!("{} / {} {count}", span.earliest(), span.latest()), expected);
    }

    #[test]
    fn moscow_hours_are_read() {
        check(
            "2025-03-15T06:40:00Z",
            "В период с 7.45 до 8.10 мск средствами ПВО **уничтожены три украинских** аппарата",
            "2025-03-15T04:45:00Z / 2025-03-15T05:10:59.999Z 3",
        );
        check(
            "2026-04-13T05:19:00Z",
            "в период с 24.00 мск 12 апреля до 7.00 мск 13 апреля уничтожены 33 украинских аппарата",
            "2026-04-12T21:00:00Z / 2026-04-13T04:00:59.999Z 33",
        );
        check(
            "2025-04-08T05:21:00Z",
            "ночи (с 20.00 мск 7 апреля до 7.00 мск 8 апреля) средствами ПВО",
            "2025-04-07T17:00:00Z / 2025-04-08T04:00:59.999Z ?",
        );
        check(
            "2025-04-12T19:31:00Z",
            "Около 21.10 мск уничтожен украинский аппарат",
            "2025-04-12T18:00:00Z / 2025-04-12T18:20:59.999Z 1",
        );
        check("2025-03-29T13:35:00Z", "28 марта около 5.30 сбит", "2025-03-28T02:20:00Z / 2025-03-28T02:40:59.999Z ?");
        check("2025-04-12T21:31:00Z", "С 22.10 до 00.20 мск", "2025-04-12T19:10:00Z / 2025-04-12T21:20:59.999Z ?");
    }

    #[test]
    fn without_hours_the_span_is_wide() {
        check("2025-03-15T04:21:00Z", "В течение прошедшей ночи", "2025-03-14T17:00:00Z / 2025-03-15T04:21:00Z ?");
        check("2025-03-15T04:21:00Z", "Дежурными средствами ПВО", "2025-03-14T04:21:00Z / 2025-03-15T04:21:00Z ?");
        check("2025-03-15T04:21:00Z", "В 99.99 мск и 7.455 мск", "2025-03-14T04:21:00Z / 2025-03-15T04:21:00Z ?");
    }
}
