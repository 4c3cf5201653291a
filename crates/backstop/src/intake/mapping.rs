//! The mapping file: what the columns of somebody's table mean.
//!
//! Takes TOML; gives a mapping that cannot be half understood, or where and what is wrong with it. Never guesses a zone, a
//! radius, a licence or a kind of act: what the mapping does not say, a row cannot have. `docs/importing.md` explains it.

use super::civil;
use super::ground::{self, Expected};
use super::regions;
use super::run::{Error, Made};
use super::table::quoted;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use mission::record::{Body, named_observation};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use terms::source::{Release, Source, SourceKind};
use terms::time::HOUR_MS;
use terms::{
    Act, Chance, Count, Grade, Instant, Label, Means, Observation, ObservationId, Party, Place, Position, Shape,
    SourceId, Span, Wedge,
};

/// The longest mapping file.
pub(super) const MAPPING_LIMIT_BYTES: usize = 256 * 1024;
const SET_ASIDE: &str = "set aside by the mapping";
const TEXT_LIMIT_CHARS: usize = 10_000;

/// What the columns of a table mean.
#[derive(Clone, Debug)]
pub struct Mapping {
    file: File,
    pub(super) source: Source,
    means: Means,
    grade: Grade,
    act: Option<Act>,
    acts: BTreeMap<String, Act>,
    zone: Option<TimeZone>,
    within: Option<Expected>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: SourceTable,
    means: String,
    grade: Option<String>,
    delimiter: Option<char>,
    sheet: Option<String>,
    time: TimeTable,
    #[serde(default)]
    place: PlaceTable,
    act: ActTable,
    object: Option<Column>,
    by: Option<Column>,
    at: Option<Column>,
    about: Option<Column>,
    count: Option<String>,
    text: Option<String>,
    reference: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    id: String,
    title: String,
    kind: String,
    voice: String,
    party: Option<String>,
    licence: String,
    attribution: String,
    release: String,
    #[serde(default)]
    worth_percent: BTreeMap<String, u32>,
    worth_basis: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeTable {
    from: String,
    until: Option<String>,
    format: String,
    zone: Option<String>,
    precision: TimePrecision,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TimePrecision {
    Second,
    Minute,
    Hour,
    Day,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceTable {
    lon: Option<String>,
    lat: Option<String>,
    radius_m: Option<u32>,
    radius: Option<String>,
    bearing: Option<String>,
    bearing_error_deg: Option<f64>,
    bearing_error: Option<String>,
    range_least: Option<String>,
    range_most: Option<String>,
    region: Option<String>,
    name: Option<String>,
    within: Option<[f64; 4]>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActTable {
    is: Option<String>,
    column: Option<String>,
    #[serde(default)]
    words: BTreeMap<String, String>,
    #[serde(default)]
    set_aside: BTreeSet<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    column: String,
    #[serde(default)]
    words: BTreeMap<String, String>,
}

/// Looks up a row's field by its column.
pub(super) type Fields<'a> = dyn Fn(&str) -> Option<Cow<'a, str>> + 'a;

/// The text of a mapping file, cut off just beyond the longest.
pub(super) fn text_of(path: &Path) -> Result<String, Error> {
    let failed = |error| Error::File { file: path.display().to_string(), error };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAPPING_LIMIT_BYTES as u64 + 1).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

impl Mapping {
    /// The mapping in a file.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`Mapping::parse`].
    pub fn load(path: &Path) -> Result<Mapping, Error> {
        Mapping::parse(&text_of(path)?)
    }

    /// The mapping that a TOML text gives.
    ///
    /// # Errors
    /// If the text is no TOML, lacks something, or names an unknown word; the message says where and what is possible.
    pub fn parse(text: &str) -> Result<Mapping, Error> {
        if text.len() > MAPPING_LIMIT_BYTES {
            return Err(Error::Mapping(format!("longer than {MAPPING_LIMIT_BYTES} bytes; is it the mapping file?")));
        }
        let file: File = toml::from_str(text).map_err(|error| Error::Mapping(error.to_string()))?;
        Mapping::of(file).map_err(Error::Mapping)
    }

    fn of(file: File) -> Result<Mapping, String> {
        let source = source(&file.source)?;
        let means = Means::from_word(&file.means).ok_or_else(|| {
            let words: Vec<&str> = Means::ALL.iter().map(|means| means.word()).collect();
            unknown("means", &file.means, &words)
        })?;
        let grade = match &file.grade {
            None => Grade::UNJUDGED,
            Some(text) => {
                Grade::parse(text).ok_or_else(|| format!("`grade` is {}; such as `B2` was expected", quoted(text)))?
            }
        };
        let acts =
            file.act.words.iter().map(|(word, name)| Ok((word.clone(), act(name)?))).collect::<Result<_, String>>()?;
        let is = file.act.is.as_deref().map(act).transpose()?;
        if is.is_some() == file.act.column.is_some() {
            return Err("`[act]` needs either `is` or `column` with `words`".to_owned());
        }
        let zone = file.time.zone.as_deref().map(civil::zone).transpose()?;
        if zone.is_none() && file.time.format != "rfc3339" {
            return Err("`[time]` needs a `zone` such as `Europe/Kyiv`, or the format `rfc3339`".to_owned());
        }
        let place = &file.place;
        if place.lon.is_some() != place.lat.is_some() {
            return Err("`[place]` needs `lon` and `lat` together".to_owned());
        }
        let has_radius = place.radius_m.is_some() || place.radius.is_some();
        if place.lon.is_some() && place.bearing.is_none() && !has_radius {
            return Err("`[place]` needs `radius_m`, or `radius` with a column: how well the place is known".to_owned());
        }
        let has_error = place.bearing_error.is_some() || place.bearing_error_deg.is_some();
        if place.bearing.is_some() && !(has_error && place.range_least.is_some() && place.range_most.is_some()) {
            return Err("`[place]` with a `bearing` needs `bearing_error_deg`, or `bearing_error` with a column, and \
                        `range_least` and `range_most`"
                .to_owned());
        }
        let within = place.within.map(|[west, south, east, north]| Expected { west, south, east, north });
        Ok(Mapping { source, means, grade, act: is, acts, zone, within, file })
    }

    /// The columns that must be there.
    pub(super) fn columns(&self) -> Vec<&str> {
        let (time, place) = (&self.file.time, &self.file.place);
        let ground = [&place.lon, &place.lat, &place.radius, &place.region, &place.name];
        let wedge = [&place.bearing, &place.bearing_error, &place.range_least, &place.range_most];
        let single = ground.into_iter().chain(wedge).chain([&time.until, &self.file.act.column]);
        let mapped = [&self.file.object, &self.file.by, &self.file.at, &self.file.about]
            .into_iter()
            .flatten()
            .map(|c| &c.column);
        let plain = [&self.file.count, &self.file.text, &self.file.reference];
        let columns = single.chain(plain).flatten().chain(mapped).chain([&time.from]);
        columns.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What stands between the fields of a CSV line.
    pub(super) fn delimiter(&self) -> u8 {
        self.file.delimiter.and_then(|c| u8::try_from(c).ok()).unwrap_or(b',')
    }

    /// The sheet to read; the first if none is named.
    pub(super) fn sheet(&self) -> Option<&str> {
        self.file.sheet.as_deref()
    }

    /// What a row makes. `ground` is the position that came with it, if its place is no matter of columns.
    pub(super) fn row(&self, get: &Fields<'_>, ground: Option<(Position, u32)>) -> Result<Made, String> {
        let field = |column: &Option<String>| -> Option<String> {
            let text = get(column.as_deref()?)?.trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let act = match (self.act, field(&self.file.act.column)) {
            (Some(act), _) => act,
            (None, Some(word)) if self.file.act.set_aside.contains(&word) => return Ok(Made::Aside(SET_ASIDE)),
            (None, Some(word)) => *self.acts.get(&word).ok_or_else(|| {
                format!("{} is not among the mapping's `act.words`; add it there or to `set_aside`", quoted(&word))
            })?,
            (None, None) => return Err("the kind of act is empty".to_owned()),
        };
        let party = |column: &Option<Column>| self.word(get, column, Party::new, "a party's name without spaces");
        let observation = Observation {
            id: ObservationId::of(&[]),
            source: self.source.id.clone(),
            means: self.means,
            act,
            object: self.word(get, &self.file.object, Label::new, "a label such as `power-line`")?,
            happened: self.happened(&field)?,
            place: self.place(&field, ground)?,
            count: count(field(&self.file.count).as_deref())?,
            by: party(&self.file.by)?,
            at: party(&self.file.at)?,
            about: self.word(get, &self.file.about, Label::new, "the id of a report or incident")?,
            grade: self.grade,
            text: field(&self.file.text).map(|text| text.chars().take(TEXT_LIMIT_CHARS).collect()),
            references: field(&self.file.reference).into_iter().collect(),
        };
        Ok(Made::Bodies(vec![Body::Observed(named_observation(observation))]))
    }

    fn word<T>(
        &self,
        get: &Fields<'_>,
        column: &Option<Column>,
        parse: fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, String> {
        let Some(column) = column else { return Ok(None) };
        let Some(text) = get(&column.column).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let word = column.words.get(&text).unwrap_or(&text);
        match parse(word) {
            Some(value) => Ok(Some(value)),
            None => Err(format!(
                "`{}` is {}; {expected} was expected, or a line in its `words`",
                column.column,
                quoted(&text)
            )),
        }
    }

    fn happened(&self, field: &dyn Fn(&Option<String>) -> Option<String>) -> Result<Span, String> {
        let time = &self.file.time;
        let from = field(&Some(time.from.clone())).ok_or_else(|| format!("`{}` is empty", time.from))?;
        let first = self.moment(&from)?;
        match field(&time.until) {
            None => Ok(first),
            Some(until) => {
                let last = self.moment(&until)?;
                Span::new(first.earliest(), last.latest())
                    .ok_or_else(|| format!("it ends at {}, before it begins at {}", quoted(&until), quoted(&from)))
            }
        }
    }

    /// The span that one time of the table names, as wide as the mapping's precision.
    fn moment(&self, text: &str) -> Result<Span, String> {
        let time = &self.file.time;
        let Some(zone) = &self.zone else {
            let at = Instant::parse(text)
                .ok_or_else(|| format!("{} is no RFC 3339 time from 1900 to 2199", quoted(text)))?;
            let length_ms = match time.precision {
                TimePrecision::Second => 1_000,
                TimePrecision::Minute => 60_000,
                TimePrecision::Hour => HOUR_MS,
                TimePrecision::Day => 24 * HOUR_MS,
            };
            return Ok(Span::new(at, at.shifted(length_ms - 1)).unwrap_or(Span::at(at)));
        };
        let wrong =
            |error: jiff::Error| format!("{} does not follow the format `{}`: {error}", quoted(text), time.format);
        let parsed = BrokenDownTime::parse(&time.format, text).map_err(wrong)?;
        let date = parsed.to_date().map_err(wrong)?;
        if time.precision == TimePrecision::Day {
            return civil::day(civil::date(&date.to_string())?, zone);
        }
        civil::date(&date.to_string())?;
        let clock = parsed.to_time().map_err(wrong)?;
        let at = |minute, second| date.at(clock.hour(), minute, second, 0);
        let (second, minute, hour) = (at(clock.minute(), clock.second()), at(clock.minute(), 0), at(0, 0));
        match time.precision {
            TimePrecision::Second => civil::second(second, zone),
            TimePrecision::Minute => civil::minute(minute, zone),
            TimePrecision::Hour | TimePrecision::Day => civil::between(hour, hour, HOUR_MS, zone),
        }
    }

    fn place(
        &self,
        field: &dyn Fn(&Option<String>) -> Option<String>,
        ground: Option<(Position, u32)>,
    ) -> Result<Place, String> {
        let table = &self.file.place;
        let name = field(&table.name);
        let stated_m = match (field(&table.radius), table.radius_m) {
            (Some(text), _) => Some(radius(&text)?),
            (None, radius_m) => radius_m,
        };
        let bearing = field(&table.bearing);
        if let Some((centre, reach_m)) = ground {
            let (lon, lat) = (f64::from(centre.lon_e6()) / 1e6, f64::from(centre.lat_e6()) / 1e6);
            let centre = ground::position(lon, lat, self.within.as_ref())?;
            if let Some(bearing) = bearing {
                return if reach_m == 0 {
                    Ok(Place { shape: self.wedge(field, centre, &bearing)?, name })
                } else {
                    Err("a bearing is taken from one post; give the row a point, or leave the bearing empty".to_owned())
                };
            }
            let radius_m = stated_m.unwrap_or(0).max(reach_m);
            if radius_m == 0 {
                return Err("the place has no radius; give `radius_m` in the mapping".to_owned());
            }
            return Ok(ground::disc(centre, radius_m, name.as_deref()));
        }
        match (field(&table.lon), field(&table.lat)) {
            (Some(lon), Some(lat)) => {
                let (lon, lat) = (ground::number("lon", &lon)?, ground::number("lat", &lat)?);
                let centre = ground::position(lon, lat, self.within.as_ref())?;
                if let Some(bearing) = bearing {
                    return Ok(Place { shape: self.wedge(field, centre, &bearing)?, name });
                }
                let radius_m = stated_m.filter(|radius_m| *radius_m > 0);
                let radius_m = radius_m.ok_or(match table.bearing {
                    None => "the radius is empty or zero",
                    Some(_) => "the bearing is empty, and there is no radius; give one of them",
                })?;
                Ok(ground::disc(centre, radius_m, name.as_deref()))
            }
            (Some(_), None) | (None, Some(_)) => Err("one of longitude and latitude is empty".to_owned()),
            (None, None) if bearing.is_some() => {
                Err("there is a bearing and no post; give the post's longitude and latitude".to_owned())
            }
            (None, None) => match field(&table.region) {
                Some(region) => Ok(regions::place(&region, name.as_deref().unwrap_or(""))),
                None => Ok(Place { shape: Shape::Unplaced, name }),
            },
        }
    }

    /// What lies in a direction from a post, between two ranges.
    fn wedge(
        &self,
        field: &dyn Fn(&Option<String>) -> Option<String>,
        post: Position,
        bearing: &str,
    ) -> Result<Shape, String> {
        let table = &self.file.place;
        let number = |column: &Option<String>| -> Result<Option<f64>, String> {
            let Some(text) = field(column) else { return Ok(None) };
            ground::number(column.as_deref().unwrap_or_default(), &text).map(Some)
        };
        let needed = |column: &Option<String>| {
            let empty =
                || format!("`{}` is empty; with a bearing both ranges are needed", column.as_deref().unwrap_or(""));
            number(column)?.ok_or_else(empty)
        };
        let error = number(&table.bearing_error)?.or(table.bearing_error_deg);
        let error = error.ok_or("the bearing's error is empty; give it, or `bearing_error_deg` in the mapping")?;
        let (least, most) = (needed(&table.range_least)?, needed(&table.range_most)?);
        // Numbers out of range saturate, and are refused as what they then are.
        let (bearing_mdeg, error_mdeg) = (ground::bearing_mdeg(bearing)?, libm::round(error * 1e3) as u32);
        if least < 0.0 {
            return Err(format!("the least range is {least} m; 0 or more was expected"));
        }
        let wedge = Wedge::new(post, bearing_mdeg, error_mdeg, [least.floor() as u32, most.ceil() as u32]);
        let stated = format!("{least} to {most} m at {bearing} ± {error} degrees");
        wedge.map(Shape::Wedge).map_err(|wrong| format!("{} is no place: {wrong} was expected", quoted(&stated)))
    }
}

fn radius(text: &str) -> Result<u32, String> {
    const LIMIT_M: f64 = 1_000_000.0;
    match ground::number("radius", text)? {
        metres if (1.0..=LIMIT_M).contains(&metres) => Ok(metres.ceil() as u32),
        metres => Err(format!("a radius of {metres} m; 1 to {LIMIT_M} was expected")),
    }
}

/// `5`, or `3-9` for a range, or `5+` for at least so many.
fn count(text: Option<&str>) -> Result<Count, String> {
    let Some(text) = text else { return Ok(Count::UNKNOWN) };
    let wrong = || format!("the count is {}; such as `5`, `3-9` or `5+` was expected", quoted(text));
    // Spreadsheets write whole numbers as `5.0`.
    let whole = |text: &str| text.trim().trim_end_matches(".0").parse::<u32>().ok();
    if let Some(least) = text.strip_suffix('+') {
        return whole(least).map(Count::at_least).ok_or_else(wrong);
    }
    match text.split_once('-') {
        Some((least, most)) => {
            let range = whole(least).zip(whole(most)).ok_or_else(wrong)?;
            Count::new(Some(range.0), None, Some(range.1)).ok_or_else(wrong)
        }
        None => whole(text).map(Count::exactly).ok_or_else(wrong),
    }
}

fn act(word: &str) -> Result<Act, String> {
    Act::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Act::ALL.iter().map(|act| act.word()).collect();
        unknown("act", word, &words)
    })
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    format!("unknown {what} {}; write one of {}", quoted(word), known.join(", "))
}

fn source(table: &SourceTable) -> Result<Source, String> {
    let id = SourceId::new(&table.id)
        .ok_or_else(|| format!("`source.id` is {}; such as `post-K3` was expected", quoted(&table.id)))?;
    let kind = SourceKind::from_word(&table.kind).ok_or_else(|| {
        let words: Vec<&str> = SourceKind::ALL.iter().map(|kind| kind.word()).collect();
        unknown("kind of source", &table.kind, &words)
    })?;
    let release = Release::from_word(&table.release).ok_or_else(|| {
        let words: Vec<&str> = Release::ALL.iter().map(|release| release.word()).collect();
        unknown("release", &table.release, &words)
    })?;
    let party = match &table.party {
        None => None,
        Some(name) => {
            Some(Party::new(name).ok_or_else(|| format!("`source.party` is {}, no party's name", quoted(name)))?)
        }
    };
    let worth = |(word, percent): (&String, &u32)| {
        let chance = percent.checked_mul(10_000).and_then(Chance::from_ppm);
        let chance = chance.ok_or_else(|| format!("`worth_percent.{word}` is {percent}; 0 to 100 was expected"))?;
        Ok((act(word)?, chance))
    };
    let worth = table.worth_percent.iter().map(worth).collect::<Result<_, String>>()?;
    for (name, text) in [("licence", &table.licence), ("attribution", &table.attribution), ("voice", &table.voice)] {
        if text.trim().is_empty() {
            return Err(format!("`source.{name}` is empty; write `unknown` if nobody knows, and release nothing"));
        }
    }
    Ok(Source {
        id,
        title: table.title.clone(),
        kind,
        voice: table.voice.clone(),
        party,
        licence: table.licence.clone(),
        attribution: table.attribution.clone(),
        release,
        worth,
        worth_basis: table.worth_basis.clone(),
    })
}
