//! A volunteer map's daily area of control.
//!
//! Takes GeoJSON files named after their day; gives the map of a named source. Never a fact about the ground: it is what
//! that source drew.

use super::civil;
use super::features::read_features;
use super::ground::{self, THEATRE};
use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::quoted;
use mission::record::Body;
use mission::record::body::ControlMap;
use mission::record::canonical::{MAX_BYTES, encode};
use serde::Deserialize;
use std::collections::BTreeMap;
use terms::source::{Release, Source, SourceKind};
use terms::{Area, Position, SourceId, Span};

/// One drawn area; a day's map has some ten thousand positions, which is a tenth of this.
const FEATURE_LIMIT_BYTES: usize = 4 * 1024 * 1024;
const NO_AREA: &str = "a feature that draws no area";

fn id() -> SourceId {
    SourceId::new("deepstate").expect("invariant: `deepstate` is a label")
}

fn source() -> Source {
    Source {
        id: id(),
        title: "DeepState map, daily area of control as its authors draw it".to_owned(),
        kind: SourceKind::Dataset,
        voice: "deepstate".to_owned(),
        party: None,
        licence: "GPL-3.0 repository".to_owned(),
        attribution: "DeepState map, as archived in a public repository".to_owned(),
        release: Release::Nothing,
        worth: BTreeMap::new(),
        worth_basis: "not estimated: a named source's line, not a fact".to_owned(),
    }
}

/// A GeoJSON feature, as far as it matters here.
#[derive(Deserialize)]
struct Feature {
    properties: Option<BTreeMap<String, serde_json::Value>>,
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    r#type: String,
    coordinates: serde_json::Value,
}

type Rings = Vec<Vec<Vec<f64>>>;

impl Geometry {
    /// Its polygons; `None` where it draws no area.
    fn polygons(self) -> Result<Option<Vec<Rings>>, serde_json::Error> {
        match self.r#type.as_str() {
            "Polygon" => Ok(Some(vec![serde_json::from_value(self.coordinates)?])),
            "MultiPolygon" => serde_json::from_value(self.coordinates).map(Some),
            _ => Ok(None),
        }
    }
}

/// Reads maps.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    sink.declare(&source())?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &id());
        match day_of(file.name()) {
            Ok(span) => read_map(file, span, sink)?,
            Err(why) => sink.problem(why),
        }
        sink.end()?;
    }
    Ok(())
}

/// The civil day that the file is named after: the first eight digits of its name.
fn day_of(name: &str) -> Result<Span, String> {
    let digits: String = name.chars().filter(char::is_ascii_digit).take(8).collect();
    civil::date(&digits)
        .and_then(|date| civil::day(date, &civil::kyiv()))
        .map_err(|_| format!("{} does not name its day; call it `20260411.geojson`", quoted(name)))
}

fn read_map(file: &SourceFile, span: Span, sink: &mut Sink<'_>) -> Result<(), Error> {
    let advice = "draw it with fewer positions";
    read_features(file, FEATURE_LIMIT_BYTES, advice, sink, |text| feature(text, span))
}

fn feature(text: &[u8], span: Span) -> Result<Made, String> {
    let wrong = |error| format!("no GeoJSON feature: {error}");
    let feature: Feature = serde_json::from_slice(text).map_err(wrong)?;
    let polygons = feature.geometry.map(Geometry::polygons).transpose().map_err(wrong)?.flatten();
    let Some(polygons) = polygons else { return Ok(Made::Aside(NO_AREA)) };
    let polygons =
        polygons.iter().map(|polygon| polygon.iter().map(|r| ring(r)).collect()).collect::<Result<Vec<_>, _>>()?;
    let area = Area::new(polygons).ok_or("an area needs a ring of three positions or more")?;
    let name = feature.properties.as_ref().and_then(|properties| properties.get("name")?.as_str());
    let title = name.unwrap_or("area of control as drawn").chars().take(200).collect();
    let body = Body::ControlMapped(ControlMap { source: id(), span, title, area });
    match encode(&body.write()).len() <= MAX_BYTES {
        true => Ok(Made::Bodies(vec![body])),
        false => Err(format!("its entry would be longer than {MAX_BYTES} bytes; draw it with fewer positions")),
    }
}

/// A ring without its repeated last position.
fn ring(positions: &[Vec<f64>]) -> Result<Vec<Position>, String> {
    let position = |point: &Vec<f64>| match point[..] {
        [lon, lat, ..] => ground::position(lon, lat, Some(&THEATRE)),
        _ => Err("a position has two numbers".to_owned()),
    };
    let mut ring = positions.iter().map(position).collect::<Result<Vec<_>, _>>()?;
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    Ok(ring)
}
