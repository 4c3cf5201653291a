//! Tables of any kind, read as a mapping says: CSV, GeoJSON, workbooks.
//!
//! Takes files and a mapping; gives observations. Never reads a column that the mapping does not name.

use super::features::read_features;
use super::mapping::Mapping;
use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::read_table;
use super::{ground, sheet};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use terms::{Bounds, Position};

/// One GeoJSON feature.
const FEATURE_LIMIT_BYTES: usize = 1024 * 1024;

fn mapping(options: &Options) -> &Mapping {
    options.mapping.as_ref().expect("invariant: an importer that needs a mapping is not run without one")
}

/// Reads CSV files.
pub(super) fn read_csv(files: &[SourceFile], options: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mapping = mapping(options);
    sink.declare(&mapping.source)?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &mapping.source.id);
        read_table(file, &mapping.columns(), mapping.delimiter(), sink, &mut |record| {
            mapping.row(&|column| record.find(column).map(Cow::Borrowed), None)
        })?;
        sink.end()?;
    }
    Ok(())
}

/// Reads workbooks.
pub(super) fn read_xlsx(files: &[SourceFile], options: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mapping = mapping(options);
    sink.declare(&mapping.source)?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &mapping.source.id);
        sheet::read_sheet(file, mapping.sheet(), &mapping.columns(), sink, &mut |get, _| {
            mapping.row(&|column| get(column), None)
        })?;
        sink.end()?;
    }
    Ok(())
}

/// A GeoJSON feature.
#[derive(Deserialize)]
struct Feature {
    properties: Option<BTreeMap<String, Value>>,
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: Value,
}

/// Reads GeoJSON files.
pub(super) fn read_geojson(files: &[SourceFile], options: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mapping = mapping(options);
    sink.declare(&mapping.source)?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &mapping.source.id);
        read_features(file, FEATURE_LIMIT_BYTES, "only its start is kept", sink, |text| feature(text, mapping))?;
        sink.end()?;
    }
    Ok(())
}

fn feature(text: &[u8], mapping: &Mapping) -> Result<Made, String> {
    let feature: Feature = serde_json::from_slice(text).map_err(|error| format!("no GeoJSON feature: {error}"))?;
    let ground = match feature.geometry {
        None => None,
        Some(geometry) => Some(disc_round(&geometry.coordinates)?),
    };
    let properties = feature.properties.unwrap_or_default();
    let get = |column: &str| match properties.get(column)? {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text.as_str())),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(Cow::Owned(other.to_string()))
        }
    };
    mapping.row(&get, ground)
}

/// The disc that holds every position of a geometry; a point has no reach of its own.
fn disc_round(coordinates: &Value) -> Result<(Position, u32), String> {
    let mut positions = Vec::new();
    collect(coordinates, &mut positions)?;
    let bounds = Bounds::of(positions.iter().copied()).ok_or("the geometry has no position")?;
    let middle = |a: i32, b: i32| a / 2 + b / 2;
    let centre = match positions.as_slice() {
        [only] => *only,
        _ => Position::new(
            middle(bounds.low.lon_e6(), bounds.high.lon_e6()),
            middle(bounds.low.lat_e6(), bounds.high.lat_e6()),
        )
        .expect("invariant: a middle of valid positions is valid"),
    };
    let reach_m = positions.iter().map(|position| centre.distance_m(*position)).fold(0.0, f64::max);
    // At most half the Earth's girth, which fits.
    Ok((centre, reach_m.ceil() as u32))
}

fn collect(coordinates: &Value, positions: &mut Vec<Position>) -> Result<(), String> {
    let Value::Array(items) = coordinates else { return Err("coordinates are lists of numbers".to_owned()) };
    match items.as_slice() {
        [Value::Number(lon), Value::Number(lat), ..] => {
            let (lon, lat) = (lon.as_f64().unwrap_or(f64::NAN), lat.as_f64().unwrap_or(f64::NAN));
            positions.push(ground::position(lon, lat, None)?);
            Ok(())
        }
        items => items.iter().try_for_each(|item| collect(item, positions)),
    }
}
