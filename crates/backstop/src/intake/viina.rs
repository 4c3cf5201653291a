//! VIINA: events that a machine read out of the news, one per report, place and type.
//!
//! Takes the daily JSON and CSV tables of events; gives press observations of a civil day at a settlement or in an oblast.
//! Never sharpens: the data set has dates only and geocodes to the middle of a place.

use super::ground::{self, THEATRE};
use super::items::{Items, Next};
use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::{Record, quoted, read_table};
use super::{civil, regions};
use jiff::tz::TimeZone;
use mission::record::{Body, named_observation};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use terms::source::{Release, Source, SourceKind};
use terms::{Act, Chance, Label, Means, Observation, Party, Place, Position, Shape, SourceId};

/// One event of the JSON: no honest one is near this long.
const ITEM_LIMIT_BYTES: usize = 1024 * 1024;
/// Addresses whose days are counted; beyond it a page without a day is no longer recognised.
const PAGES_COUNTED: usize = 4_000_000;
/// A page found again on this many days is not about one of them.
const DAYS_OF_A_STALE_PAGE: usize = 4;
/// More reports of one event in one day than there are outlets.
const REPORTS_LIMIT: u64 = 10_000;
const TEXT_LIMIT_CHARS: usize = 2_000;

/// A report places an event in a populated place by its middle. Small towns end within 5 km of it; the class "settlement"
/// (1 km) would be more than the source knows.
const SETTLEMENT_M: u32 = 5_000;
/// Positions without a name lie outside Ukraine's gazetteer or at sea; what they stand for is not said.
const UNNAMED_M: u32 = 25_000;

/// Cities that reach farther than [`SETTLEMENT_M`] from the middle that VIINA gives: longitude, latitude, radius.
const CITIES: [(f64, f64, u32); 9] = [
    (30.524, 50.450, 18_000), // Kyiv
    (36.231, 49.992, 13_000), // Kharkiv
    (35.046, 48.465, 15_000), // Dnipro
    (30.732, 46.484, 15_000), // Odesa
    (35.139, 47.838, 13_000), // Zaporizhzhia
    (37.803, 48.016, 15_000), // Donetsk
    (24.030, 49.839, 9_000),  // Lviv
    (33.392, 47.910, 25_000), // Kryvyi Rih
    (37.541, 47.097, 12_000), // Mariupol
];

/// Places that stand for a whole oblast: where a report names no more than the oblast, VIINA gives the populated place
/// nearest to its middle. Found by that position, and by the oblast's name in the addresses of the reports placed there.
const STAND_INS: [(f64, f64, &str); 20] = [
    (28.686, 48.921, "UA-05"),
    (24.871, 51.191, "UA-07"),
    (38.903, 49.159, "UA-09"),
    (37.675, 47.955, "UA-14"),
    (28.476, 50.640, "UA-18"),
    (23.413, 48.221, "UA-21"),
    (30.477, 50.024, "UA-32"),
    (23.917, 49.717, "UA-46"),
    (31.767, 47.395, "UA-48"),
    (30.406, 46.908, "UA-51"),
    (33.778, 49.732, "UA-53"),
    (26.391, 51.040, "UA-56"),
    (34.124, 51.106, "UA-59"),
    (25.648, 49.402, "UA-61"),
    (36.505, 49.615, "UA-63"),
    (33.482, 46.558, "UA-65"),
    (26.930, 49.507, "UA-68"),
    (31.352, 49.260, "UA-71"),
    (32.004, 51.355, "UA-74"),
    (25.977, 48.268, "UA-77"),
];

const OTHER: &str = "type O: no violent event";
const ALERT: &str = "type L: an air alert, not an attack";
const MILITARY_CASUALTIES: &str = "type M: military casualties, reported days later and mostly funerals";
const LEISURE: &str = "every address is of a sport, culture or entertainment page";
const STALE: &str = "every address was found again on four days or more: the page is not about one day";
const NO_ACT: &str = "no label and no word of an attack";

/// Parts of addresses that name sections where war words are not about the war.
const LEISURE_PAGES: [&str; 14] = [
    "/sport/",
    "//sport.",
    "/football/",
    "/othersports/",
    "//champion.",
    "/lite/",
    "/stars/",
    "/recipes/",
    "/horoscope",
    "/holidays/",
    "/curiosities/",
    "/culture/",
    "/afisha/",
    "/tv/",
];

/// The declaration of VIINA as a source.
fn source() -> Source {
    let worth =
        |act, percent: u32| (act, Chance::from_ppm(percent * 10_000).expect("invariant: a percentage below 100"));
    Source {
        id: id(),
        title: "VIINA 2.0, violent incident information from news articles".to_owned(),
        kind: SourceKind::Press,
        voice: "press".to_owned(),
        party: None,
        licence: "ODbL 1.0".to_owned(),
        attribution: "VIINA 2.0, Yuri Zhukov and Natalie Ayers".to_owned(),
        release: Release::Rows,
        worth: BTreeMap::from([
            worth(Act::Shelling, 78),
            worth(Act::SmallArms, 57),
            worth(Act::AirStrike, 57),
            worth(Act::DroneStrike, 57),
            worth(Act::Missile, 57),
            worth(Act::Explosion, 57),
            worth(Act::Casualties, 57),
            worth(Act::Armour, 57),
        ]),
        worth_basis: "VIINA's own F1 per class where published (artillery 0.78, firefight 0.57); the lowest published \
                      figure for every other class. F1 of a label, not the chance that the event happened"
            .to_owned(),
    }
}

fn id() -> SourceId {
    SourceId::new("viina").expect("invariant: `viina` is a label")
}

/// Reads VIINA files: those that begin with `{` as JSON, all others as CSV.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    sink.declare(&source())?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &id());
        let head =
            file.open().and_then(|mut input| Ok(input.fill_buf()?.to_vec())).map_err(|error| file.failed(error))?;
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
        if first == Some(&b'{') {
            read_json(file, sink)?;
        } else {
            read_csv(file, sink)?;
        }
        sink.end()?;
    }
    Ok(())
}

/// `[lon, lat, place, type, reports, [address, ...]]`.
#[derive(serde::Deserialize)]
struct Event(f64, f64, Option<String>, String, u64, Vec<String>);

fn read_json(file: &SourceFile, sink: &mut Sink<'_>) -> Result<(), Error> {
    let failed = |error| file.failed(error);
    let pages = survey(file).map_err(failed)?;
    let mut days = Days::default();
    let mut items = Items::of(file.open().map_err(failed)?, ITEM_LIMIT_BYTES);
    loop {
        match items.next().map_err(failed)? {
            Next::Item(item) => {
                let made = match item.too_long {
                    true => Err(format!("longer than {ITEM_LIMIT_BYTES} bytes; only its start is kept")),
                    false => event(&item.list, &item.text, &pages, &mut days),
                };
                sink.item(&item, made)?;
            }
            Next::Broken(broken) => sink.broken(&broken)?,
            Next::End => return Ok(()),
        }
    }
}

/// The first days on which each address stands, zero for none; the address is known by its hash.
type Pages = HashMap<u64, [u32; DAYS_OF_A_STALE_PAGE]>;

/// On which days each address stands.
fn survey(file: &SourceFile) -> std::io::Result<Pages> {
    let mut pages = Pages::new();
    let mut items = Items::of(file.open()?, ITEM_LIMIT_BYTES);
    loop {
        match items.next()? {
            Next::Item(item) => {
                let Ok(day) = item.list.parse::<u32>() else { continue };
                let Ok(event) = serde_json::from_slice::<Event>(&item.text) else { continue };
                for address in &event.5 {
                    let page = page(address);
                    if pages.len() >= PAGES_COUNTED && !pages.contains_key(&page) {
                        continue;
                    }
                    let days = pages.entry(page).or_default();
                    if !days.contains(&day)
                        && let Some(free) = days.iter_mut().find(|known| **known == 0)
                    {
                        *free = day;
                    }
                }
            }
            Next::Broken(_) | Next::End => return Ok(pages),
        }
    }
}

fn page(address: &str) -> u64 {
    let hash = Sha256::digest(address);
    u64::from_be_bytes(hash[..8].try_into().expect("invariant: SHA-256 has 32 bytes"))
}

/// Civil days, worked out once each.
struct Days {
    zone: TimeZone,
    known: BTreeMap<String, Result<terms::Span, String>>,
}

impl Default for Days {
    fn default() -> Days {
        Days { zone: civil::kyiv(), known: BTreeMap::new() }
    }
}

impl Days {
    const LIMIT: usize = 100_000;

    fn day(&mut self, text: &str) -> Result<terms::Span, String> {
        if let Some(span) = self.known.get(text) {
            return span.clone();
        }
        let span = civil::date(text).and_then(|date| civil::day(date, &self.zone));
        if self.known.len() < Days::LIMIT {
            self.known.insert(text.to_owned(), span.clone());
        }
        span
    }
}

fn event(day: &str, text: &[u8], pages: &Pages, days: &mut Days) -> Result<Made, String> {
    let Event(lon, lat, name, letter, reports, references) = serde_json::from_slice(text)
        .map_err(|error| format!("not `[lon, lat, place, type, reports, [address, ...]]`: {error}"))?;
    let happened = days.day(day)?;
    if reports == 0 || reports > REPORTS_LIMIT {
        return Err(format!("{reports} reports of one event; 1 to {REPORTS_LIMIT} were expected"));
    }
    let position = ground::position(lon, lat, Some(&THEATRE))?;
    let (act, note) = match letter.as_str() {
        "S" => (Act::AirStrike, None),
        "D" => (Act::DroneStrike, None),
        "A" => (Act::Shelling, None),
        "F" => (Act::SmallArms, None),
        "C" => (Act::Casualties, Some("civilian casualties")),
        "V" => (Act::Armour, None),
        "M" => return Ok(Made::Aside(MILITARY_CASUALTIES)),
        "L" => return Ok(Made::Aside(ALERT)),
        "O" => return Ok(Made::Aside(OTHER)),
        other => return Err(format!("unknown type {}; S, D, A, F, C, V, M, L or O were expected", quoted(other))),
    };
    if !references.is_empty() && references.iter().all(|address| leisure(address)) {
        return Ok(Made::Aside(LEISURE));
    }
    let stale = |address: &String| pages.get(&page(address)).is_some_and(|days| !days.contains(&0));
    if !references.is_empty() && references.iter().all(stale) {
        return Ok(Made::Aside(STALE));
    }
    let place = place(position, name.as_deref(), "");
    Ok(observed(Observation { references, text: note.map(str::to_owned), ..blank(act, happened, place) }))
}

fn leisure(address: &str) -> bool {
    LEISURE_PAGES.iter().any(|part| address.contains(part))
}

fn blank(act: Act, happened: terms::Span, place: Place) -> Observation {
    Observation::plain(id(), Means::Press, act, happened, place)
}

fn observed(observation: Observation) -> Made {
    Made::Bodies(vec![Body::Observed(named_observation(observation))])
}

/// A settlement as far as VIINA knows it; `precision` is its own word where the table has one.
fn place(position: Position, name: Option<&str>, precision: &str) -> Place {
    let near =
        |lon: f64, lat: f64| Position::from_degrees(lon, lat).is_some_and(|centre| centre.distance_m(position) < 300.0);
    let stand_in = STAND_INS.iter().find(|(lon, lat, _)| near(*lon, *lat)).and_then(|(_, _, id)| Label::new(id));
    let radius_m = match precision {
        "STREET" => 1_000,
        "ADM2" => 40_000,
        "ADM1" => 120_000,
        _ => match CITIES.iter().find(|(lon, lat, _)| near(*lon, *lat)) {
            Some((_, _, radius_m)) => *radius_m,
            None if name.is_none_or(str::is_empty) => UNNAMED_M,
            None => SETTLEMENT_M,
        },
    };
    let disc = ground::disc(position, radius_m, name);
    match stand_in {
        Some(region) if precision != "STREET" => Place { shape: Shape::Region(region), ..disc },
        _ => disc,
    }
}

fn read_csv(file: &SourceFile, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut days = Days::default();
    read_table(file, &["date", "longitude", "latitude"], b',', sink, &mut |record| row(record, &mut days))
}

fn row(record: &Record<'_>, days: &mut Days) -> Result<Made, String> {
    let happened = days.day(record.get("date"))?;
    let lon = ground::number("longitude", record.get("longitude"))?;
    let lat = ground::number("latitude", record.get("latitude"))?;
    let position = ground::position(lon, lat, Some(&THEATRE))?;
    if let Some(text) = record.find("n_reports").filter(|text| !text.is_empty()) {
        let reports = ground::number("n_reports", text)?;
        if !(1.0..=REPORTS_LIMIT as f64).contains(&reports) {
            return Err(format!("{reports} reports of one event; 1 to {REPORTS_LIMIT} were expected"));
        }
    }
    let Some(act) = labelled_act(record).or_else(|| worded_act(record)) else { return Ok(Made::Aside(NO_ACT)) };
    let addresses = [record.get("source_urls"), record.get("url")];
    let references: Vec<String> = addresses
        .iter()
        .flat_map(|text| text.split(['|', ' ']))
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect();
    if !references.is_empty() && references.iter().all(|address| leisure(address)) {
        return Ok(Made::Aside(LEISURE));
    }
    let place = match (record.get("GEO_PRECISION"), regions::named(&format!("{} oblast", record.get("ADM1_NAME")))) {
        ("ADM1", Some(region)) => {
            Place { shape: Shape::Region(region), ..ground::disc(position, UNNAMED_M, record.find("asciiname")) }
        }
        (precision, _) => place(position, record.find("asciiname"), precision),
    };
    let text = [record.get("representative_text"), record.get("text")].into_iter().find(|text| !text.is_empty());
    Ok(observed(Observation {
        object: object(record.get("target_terms")),
        by: initiator(record),
        text: text.map(|text| text.chars().take(TEXT_LIMIT_CHARS).collect()),
        references,
        ..blank(act, happened, place)
    }))
}

/// VIINA's own binary labels, the surest kind first.
fn labelled_act(record: &Record<'_>) -> Option<Act> {
    const LABELS: [(&str, Act); 6] = [
        ("t_artillery_b", Act::Shelling),
        ("t_airstrike_b", Act::AirStrike),
        ("t_uav_b", Act::DroneStrike),
        ("t_firefight_b", Act::SmallArms),
        ("t_civcas_b", Act::Casualties),
        ("t_armor_b", Act::Armour),
    ];
    LABELS.iter().find(|(column, _)| record.get(column) == "1").map(|(_, act)| *act)
}

/// The kind of attack that the words found in a report name; an attack by unnamed means is an explosion of undetermined cause.
fn worded_act(record: &Record<'_>) -> Option<Act> {
    const WORDS: [(&str, Act); 12] = [
        ("дрон", Act::DroneStrike),
        ("безпілот", Act::DroneStrike),
        ("беспилот", Act::DroneStrike),
        ("ракет", Act::Missile),
        ("обстр", Act::Shelling),
        ("вибух", Act::Explosion),
        ("взрыв", Act::Explosion),
        ("атак", Act::Explosion),
        ("удар", Act::Explosion),
        ("знищ", Act::Explosion),
        ("уничтож", Act::Explosion),
        ("пошкодж", Act::Explosion),
    ];
    let words = record.get("attack_terms").to_lowercase();
    WORDS.iter().find(|(word, _)| words.contains(word)).map(|(_, act)| *act)
}

/// The object in the agreement's words, where the words found in a report name one and no other. "Pipeline" alone is
/// left aside: it is a water main as often.
fn object(terms: &str) -> Option<Label> {
    const OBJECTS: [(&str, &str); 19] = [
        ("підстанц", "substation"),
        ("подстанц", "substation"),
        ("нафтобаз", "oil-storage"),
        ("нефтебаз", "oil-storage"),
        ("термінал", "oil-storage"),
        ("терминал", "oil-storage"),
        ("нпз", "refinery"),
        ("нафтоперероб", "refinery"),
        ("нефтеперераб", "refinery"),
        ("нафтопров", "oil-pipeline"),
        ("нефтепров", "oil-pipeline"),
        ("газопров", "gas-pipeline"),
        ("перекач", "pumping-station"),
        ("електростанц", "power-plant"),
        ("электростанц", "power-plant"),
        ("аеродром", "airfield"),
        ("аэродром", "airfield"),
        ("боєприпас", "ammunition-depot"),
        ("боеприпас", "ammunition-depot"),
    ];
    let terms = terms.to_lowercase();
    let mut found = OBJECTS.iter().filter(|(word, _)| terms.contains(word)).map(|(_, label)| *label);
    let first = found.next()?;
    found.all(|label| label == first).then(|| Label::new(first)).flatten()
}

/// Who began it, where the labels name one side and not the other.
fn initiator(record: &Record<'_>) -> Option<Party> {
    match (record.get("a_rus_init"), record.get("a_ukr_init")) {
        ("1", ukraine) if ukraine != "1" => Party::new("Russia"),
        (russia, "1") if russia != "1" => Party::new("Ukraine"),
        _ => None,
    }
}
