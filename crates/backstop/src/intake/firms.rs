//! NASA FIRMS: heat seen by the VIIRS instruments.
//!
//! Takes CSV files of detections; gives an observation for each, and each satellite's pass as effort, because a pass that
//! saw heat somewhere also looked beside it. Never calls heat an attack, and never says where a cloud lay.
//!
//! Passes and repeated heat are worked out over all files given together, so that neither order nor division of the files
//! matters.

use super::civil;
use super::ground::{self, THEATRE};
use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::{Record, quoted, read_table};
use jiff::tz::TimeZone;
use mission::record::{Body, named_effort, named_observation};
use std::collections::BTreeMap;
use terms::source::{Release, Source, SourceKind};
use terms::time::{HOUR_MS, MINUTE_MS};
use terms::{
    Act, Area, Bounds, Count, Effort, EffortId, Grade, Instant, Means, Observation, ObservationId, Outcome, Position,
    SourceId, Span,
};

const COLUMNS: [&str; 8] =
    ["latitude", "longitude", "scan", "track", "acq_date", "acq_time", "satellite", "confidence"];

/// Works that are hot on most days: longitude, latitude, what stands there.
const STATIC_SOURCES: [(f64, f64, &str); 3] = [
    (35.16, 47.87, "steelworks, Zaporizhzhia"),
    (33.43, 47.87, "steelworks, Kryvyi Rih"),
    (38.76, 48.46, "steelworks, Alchevsk"),
];
/// Such works are about two kilometres long, and a pixel adds half a kilometre.
const STATIC_REACH_M: f64 = 2_500.0;
/// Heat again within this distance is the same source.
const REPEAT_REACH_M: f64 = 1_000.0;
/// Heat again after this long is no strike's flash: the same satellite's next like pass is 23 to 25 hours later.
const REPEAT_AFTER_MS: i64 = 20 * HOUR_MS;
/// Detections of one satellite closer in time than this belong to one pass.
const PASS_GAP_MS: i64 = 10 * MINUTE_MS;
/// A pixel's centre and its distance to a corner, at least: 375 m at nadir.
const PIXEL_M: f64 = 375.0;
/// Detections surveyed; later ones are still read, but no longer compared.
const SURVEY_LIMIT: usize = 4_000_000;

const NAMED_STATIC: &str = "static heat source: a named steelworks";
const REPEATED: &str = "static heat source: hot again within 1 km after 20 hours or more";
const ELSEWHERE: &str = "outside the area watched";

fn source() -> Source {
    Source {
        id: id(),
        title: "NASA FIRMS, VIIRS active fires".to_owned(),
        kind: SourceKind::Satellite,
        voice: "nasa-viirs".to_owned(),
        party: None,
        licence: "open NASA data".to_owned(),
        attribution: "NASA FIRMS (LANCE); clipped to Ukraine by The Economist, CC BY 4.0".to_owned(),
        release: Release::Rows,
        worth: BTreeMap::from([(
            Act::ThermalAnomaly,
            terms::Chance::from_ppm(900_000).expect("invariant: below one million"),
        )]),
        worth_basis: "our estimate: that there was heat, not what made it; farm fires and industry are most of it"
            .to_owned(),
    }
}

fn id() -> SourceId {
    SourceId::new("firms").expect("invariant: `firms` is a label")
}

/// One detection.
struct Detection {
    satellite: String,
    minute: Span,
    centre: Position,
    radius_m: u32,
    words: String,
}

/// Reads FIRMS files.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    let survey = Survey::of(files)?;
    sink.declare(&source())?;
    for effort in survey.passes() {
        sink.add(Body::Looked(effort))?;
    }
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &id());
        read_table(file, &COLUMNS, b',', sink, &mut |record| row(record, &survey))?;
        sink.end()?;
    }
    Ok(())
}

fn row(record: &Record<'_>, survey: &Survey) -> Result<Made, String> {
    let Some(detection) = detection(record)? else { return Ok(Made::Aside(ELSEWHERE)) };
    if at_named_works(detection.centre) {
        return Ok(Made::Aside(NAMED_STATIC));
    }
    if survey.repeats(&detection) {
        return Ok(Made::Aside(REPEATED));
    }
    Ok(Made::Bodies(vec![Body::Observed(named_observation(Observation {
        id: ObservationId::of(&[]),
        source: id(),
        means: Means::Satellite,
        act: Act::ThermalAnomaly,
        object: None,
        happened: detection.minute,
        place: ground::disc(detection.centre, detection.radius_m, None),
        count: Count::UNKNOWN,
        by: None,
        at: None,
        about: None,
        grade: Grade::UNJUDGED,
        text: Some(detection.words),
        references: Vec::new(),
    }))]))
}

/// The detection of a record; `None` where it lies outside the area watched.
fn detection(record: &Record<'_>) -> Result<Option<Detection>, String> {
    let number = |column| ground::number(column, record.get(column));
    let (lon, lat) = (number("longitude")?, number("latitude")?);
    let centre = ground::position(lon, lat, Some(&THEATRE))?;
    let satellite = match record.get("satellite") {
        "" => return Err("`satellite` is empty".to_owned()),
        name => name.to_owned(),
    };
    let at = civil::date(record.get("acq_date"))?.to_datetime(civil::clock(&clock(record.get("acq_time")))?);
    let minute = civil::minute(at, &TimeZone::UTC)?;
    let words = words(record, &satellite)?;
    let side_m = |km: f64| km.clamp(0.0, 10.0) * 1_000.0;
    let (scan_m, track_m) = (side_m(number("scan")?), side_m(number("track")?));
    // Half the diagonal of the pixel, which grows towards the edge of the swath.
    let radius_m = (scan_m.max(PIXEL_M).hypot(track_m.max(PIXEL_M)) / 2.0).ceil() as u32;
    Ok(THEATRE.holds(lon, lat).then_some(Detection { satellite, minute, centre, radius_m, words }))
}

/// `0011`, `11` and `00:11:00` are all eleven past midnight.
fn clock(text: &str) -> String {
    if (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let padded = format!("{text:0>4}");
        return format!("{}:{}", &padded[..2], &padded[2..]);
    }
    text.to_owned()
}

/// What the instrument says, in words.
fn words(record: &Record<'_>, satellite: &str) -> Result<String, String> {
    let confidence = match record.get("confidence") {
        "l" | "low" => "low",
        "n" | "nominal" => "nominal",
        "h" | "high" => "high",
        other => return Err(format!("`confidence` is {}; low, nominal or high were expected", quoted(other))),
    };
    let satellite = match satellite {
        "N" => "Suomi NPP",
        "N20" | "1" => "NOAA-20",
        "N21" | "2" => "NOAA-21",
        other => other,
    };
    let half = match record.get("daynight") {
        "D" => ", by day",
        "N" => ", by night",
        _ => "",
    };
    let power = match record.get("frp") {
        "" => String::new(),
        power => format!(", {} MW", ground::number("frp", power)?),
    };
    Ok(format!("heat seen by {satellite}{half}, {confidence} confidence{power}"))
}

fn at_named_works(centre: Position) -> bool {
    STATIC_SOURCES.iter().any(|(lon, lat, _)| {
        Position::from_degrees(*lon, *lat).is_some_and(|works| works.distance_m(centre) <= STATIC_REACH_M)
    })
}

/// What all files say together.
struct Survey {
    /// First and last time of heat at each position, by cell of a grid.
    cells: BTreeMap<(i32, i32), BTreeMap<Position, Span>>,
    /// Times and places, by satellite.
    passes: BTreeMap<String, Vec<(Instant, Position, u32)>>,
}

impl Survey {
    /// Side of a cell in microdegrees: 1.1 km north and at least 0.5 km east below 62 degrees.
    const CELL_E6: i32 = 10_000;

    fn of(files: &[SourceFile]) -> Result<Survey, Error> {
        let mut survey = Survey { cells: BTreeMap::new(), passes: BTreeMap::new() };
        let mut surveyed = 0;
        for file in files {
            let failed = |error| file.failed(error);
            let Ok(mut table) = super::table::Table::open(file, &COLUMNS, b',').map_err(failed)? else { continue };
            while let Some(next) = table.next().map_err(failed)? {
                let Ok(record) = next else { continue };
                let Ok(Some(detection)) = detection(&record) else { continue };
                if surveyed < SURVEY_LIMIT {
                    surveyed += 1;
                    survey.add(detection);
                }
            }
        }
        Ok(survey)
    }

    fn cell(position: Position) -> (i32, i32) {
        (position.lon_e6().div_euclid(Survey::CELL_E6), position.lat_e6().div_euclid(Survey::CELL_E6))
    }

    fn add(&mut self, detection: Detection) {
        let (centre, at) = (detection.centre, detection.minute.earliest());
        let cell = self.cells.entry(Survey::cell(centre)).or_default();
        cell.entry(centre).and_modify(|span| *span = span.join(Span::at(at))).or_insert(Span::at(at));
        self.passes.entry(detection.satellite).or_default().push((at, centre, detection.radius_m));
    }

    /// Whether there was heat at the same place a day before or after.
    fn repeats(&self, detection: &Detection) -> bool {
        let (lon, lat) = Survey::cell(detection.centre);
        let at = detection.minute.earliest();
        // Three cells east and west hold one kilometre at any latitude of the area watched.
        let near = (lon - 3..=lon + 3).flat_map(|lon| (lat - 1..=lat + 1).map(move |lat| (lon, lat)));
        near.filter_map(|cell| self.cells.get(&cell)).flatten().any(|(centre, heat)| {
            let before = at.ms() - heat.earliest().ms() >= REPEAT_AFTER_MS;
            let after = heat.latest().ms() - at.ms() >= REPEAT_AFTER_MS;
            (before || after) && centre.distance_m(detection.centre) <= REPEAT_REACH_M
        })
    }

    /// Each pass as a look: over the box of what it saw, which is less than its swath.
    fn passes(&self) -> Vec<Effort> {
        let mut efforts = Vec::new();
        for (satellite, seen) in &self.passes {
            let mut seen = seen.clone();
            seen.sort_unstable();
            seen.dedup();
            let apart = |a: &(Instant, Position, u32), b: &(Instant, Position, u32)| b.0.ms() - a.0.ms() <= PASS_GAP_MS;
            efforts.extend(seen.chunk_by(apart).filter_map(|pass| effort(satellite, pass)));
        }
        efforts.sort_by_key(|effort| (effort.span, effort.id));
        efforts
    }
}

fn effort(satellite: &str, pass: &[(Instant, Position, u32)]) -> Option<Effort> {
    let (first, last) = (pass.first()?.0, pass.last()?.0);
    let corners = pass.iter().filter_map(|(_, centre, radius_m)| Some(Area::disc(*centre, *radius_m)?.bounds()));
    let Bounds { low, high } = Bounds::of(corners.flat_map(|bounds| [bounds.low, bounds.high]))?;
    let corner = |lon, lat| Position::new(lon, lat).expect("invariant: a corner of valid positions is valid");
    let ring = vec![low, corner(high.lon_e6(), low.lat_e6()), high, corner(low.lon_e6(), high.lat_e6())];
    Some(named_effort(Effort {
        id: EffortId::of(&[]),
        source: id(),
        means: Means::Satellite,
        span: Span::new(first, last.shifted(MINUTE_MS - 1))?,
        area: Area::new(vec![vec![ring]])?,
        outcome: Outcome::Looked,
        able: vec![Act::ThermalAnomaly],
        limits: Some(format!(
            "pass of {satellite}: {} detections; cloud is not known, so heat may be hidden inside the box, and the swath \
             beyond the box is left out; a pass that saw no heat at all leaves no trace in this data",
            pass.len()
        )),
    }))
}
