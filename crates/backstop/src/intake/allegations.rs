//! Dated allegations of breaches.
//!
//! Takes a CSV with one allegation a row; gives claims, each from the source that made it. Never an incident: whatever a
//! row says, it is evidence that it was said, and a newspaper's allegation in such a list is kept as one, too.

use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::{Record, quoted, read_table};
use super::{civil, regions};
use jiff::tz::TimeZone;
use mission::record::{Body, named_observation};
use std::collections::BTreeMap;
use terms::source::{Release, Source, SourceKind};
use terms::{Act, Count, Grade, Label, Means, Observation, ObservationId, Party, SourceId, Span};

const COLUMNS: [&str; 5] = ["claimant", "accused", "date_local", "region_as_named_by_claimant", "object"];

/// The collection, for rows that name no claimant that could be read.
fn collection() -> SourceId {
    SourceId::new("allegations").expect("invariant: `allegations` is a label")
}

/// Reads files of allegations.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    sink.declare(&source(collection(), "unnamed claimants", None, "unnamed"))?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &collection());
        read_table(file, &COLUMNS, b',', sink, &mut row)?;
        sink.end()?;
    }
    Ok(())
}

/// The voice behind a claimant's name: a party's organ, or the press.
struct Voice {
    party: Option<Party>,
    name: &'static str,
    zone: TimeZone,
}

impl Voice {
    fn of(claimant: &str) -> Voice {
        match claimant.split([' ', '/']).next() {
            Some("RU") => Voice { party: Party::new("Russia"), name: "russia", zone: civil::moscow() },
            Some("UA") => Voice { party: Party::new("Ukraine"), name: "ukraine", zone: civil::kyiv() },
            _ => Voice { party: None, name: "press", zone: civil::kyiv() },
        }
    }
}

fn source(id: SourceId, claimant: &str, party: Option<Party>, voice: &str) -> Source {
    Source {
        id,
        title: format!("claims of {claimant}"),
        kind: if party.is_some() { SourceKind::Party } else { SourceKind::Press },
        voice: voice.to_owned(),
        party,
        licence: "facts with their public sources".to_owned(),
        attribution: format!("{claimant}, as reported at the addresses given"),
        release: Release::Rows,
        worth: BTreeMap::new(),
        worth_basis: "not estimated: an allegation is evidence that it was made".to_owned(),
    }
}

/// The claim, after the declaration of whoever makes it.
fn row(record: &Record<'_>) -> Result<Made, String> {
    let claimant = record.get("claimant");
    let slug: String = claimant.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let id = SourceId::new(&format!("claims-{slug}"))
        .filter(|_| !claimant.is_empty())
        .ok_or_else(|| format!("`claimant` is {}; a short name was expected", quoted(claimant)))?;
    let voice = Voice::of(claimant);
    let means = record.get("means");
    let object = record.get("object");
    let words = [object, means, record.get("effect")];
    let said: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
    let observation = Observation {
        id: ObservationId::of(&[]),
        source: id.clone(),
        means: Means::Statement,
        act: act(means),
        object: self::object(object),
        happened: happened(record, &voice.zone)?,
        place: regions::place(record.get("region_as_named_by_claimant"), record.get("place")),
        count: Count::UNKNOWN,
        by: accused(record.get("accused"))?,
        at: None,
        about: None,
        grade: Grade::UNJUDGED,
        text: Some(format!("{claimant}: {}", said.join("; "))),
        references: Some(record.get("source")).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect(),
    };
    let source = source(id, claimant, voice.party, voice.name);
    Ok(Made::Bodies(vec![Body::SourceDeclared(source), Body::Observed(named_observation(observation))]))
}

fn accused(text: &str) -> Result<Option<Party>, String> {
    match text {
        "" => Ok(None),
        "UA" => Ok(Party::new("Ukraine")),
        "RU" => Ok(Party::new("Russia")),
        other => {
            let party =
                Party::new(other).ok_or_else(|| format!("`accused` is {}; a party was expected", quoted(other)))?;
            Ok(Some(party))
        }
    }
}

fn happened(record: &Record<'_>, zone: &TimeZone) -> Result<Span, String> {
    let date = civil::date(record.get("date_local"))?;
    match record.get("time_local") {
        "" => civil::day(date, zone),
        text if text.starts_with(|c: char| c.is_ascii_digit()) => {
            civil::minute(date.to_datetime(civil::clock(text)?), zone)
        }
        word => civil::part_of_day(date, word, zone),
    }
}

/// The kind of act that the stated means tell.
fn act(means: &str) -> Act {
    let means = means.to_lowercase();
    let names = |words: &[&str]| words.iter().any(|word| means.contains(word));
    if names(&["uav", "drone", "fpv"]) {
        Act::DroneStrike
    } else if names(&["glide bomb", "bomb", "air strike", "aircraft"]) {
        Act::AirStrike
    } else if names(&["himars", "mlrs", "shelling", "artillery", "mortar"]) {
        Act::Shelling
    } else if names(&["missile"]) {
        Act::Missile
    } else {
        Act::UnspecifiedBreach
    }
}

/// The object in the agreement's words: the first of these that the claimant's text names.
fn object(text: &str) -> Option<Label> {
    const OBJECTS: [(&str, &str); 19] = [
        ("nuclear", "nuclear-plant"),
        ("hydro", "dam"),
        ("dam ", "dam"),
        ("refinery", "refinery"),
        ("npz", "refinery"),
        ("metering", "gas-metering-station"),
        ("pumping", "pumping-station"),
        ("compressor", "compressor-station"),
        ("pipeline", "pipeline"),
        ("gas storage", "gas-storage"),
        ("oil depot", "oil-storage"),
        ("storage", "oil-storage"),
        ("power plant", "power-plant"),
        ("substation", "substation"),
        ("transformer", "transformer"),
        (" line", "power-line"),
        (" kv", "power-line"),
        ("energo", "distribution"),
        (" res ", "distribution"),
    ];
    let text = format!(" {} ", text.to_lowercase());
    OBJECTS.iter().find(|(word, _)| text.contains(word)).and_then(|(_, label)| Label::new(label))
}
