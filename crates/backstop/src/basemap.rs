//! The basemap as the page draws it: the layers of a bulletin's map, and those that only a screen has room for.
//!
//! Takes the GeoJSON of `assets/` and an agreement's zones; gives layers. Which map is shown is decided in `report`.

use report::Country;
use serde_json::{Value, json};
use terms::{Area, Line, Position};

/// What the page draws: `/api/v1/basemap`.
#[must_use]
pub fn layers(country: Option<Country>, agreement: Option<&clause::Agreement>) -> Value {
    let zones = agreement.map_or(Value::Null, |agreement| {
        let zones = agreement.zones.iter().map(|(label, zone)| {
            json!({ "type": "Feature", "properties": { "id": label.as_str(), "name": label.as_str() }, "geometry": geometry(&zone.area) })
        });
        json!({ "type": "FeatureCollection", "features": zones.collect::<Vec<_>>() })
    });
    let lines = agreement.map_or(Value::Null, |agreement| {
        let lines = agreement.lines.iter().map(|(label, line)| {
            let properties =
                json!({ "id": label.as_str(), "name": label.as_str(), "source": line.source, "as_of": line.as_of });
            json!({ "type": "Feature", "properties": properties, "geometry": line_geometry(&line.line) })
        });
        json!({ "type": "FeatureCollection", "features": lines.collect::<Vec<_>>() })
    });
    let layer = |name: &str| country.map_or(Value::Null, |country| layer(country, name));
    json!({
        "kind": match country { Some(Country::Varo) => "varo", Some(Country::Ukraine) => "ukraine", None => "none" },
        "name": country.map_or("no basemap", Country::name),
        "disclaimer": country.map_or_else(String::new, Country::disclaimer),
        "attribution": country.map_or_else(String::new, Country::attribution),
        "layers": {
            "land": layer("land"), "water": layer("water"), "regions": layer("regions"), "roads": layer("roads"),
            "places": layer("places"), "posts": layer("posts"), "outline": layer("outline"), "lines": lines, "zones": zones,
        },
    })
}

/// A layer as a GeoJSON FeatureCollection; null where the map has none.
fn layer(country: Country, name: &str) -> Value {
    let more = match (country, name) {
        (Country::Ukraine, "outline") => include_str!("../../../assets/geo/outline.geojson"),
        (Country::Varo, "roads") => include_str!("../../../assets/varo/roads.geojson"),
        (Country::Varo, "posts") => include_str!("../../../assets/varo/posts.geojson"),
        _ => return country.layer(name),
    };
    serde_json::from_str(more).expect("invariant: a map of the house is GeoJSON")
}

/// An area as a GeoJSON geometry, rings closed as the format asks.
#[must_use]
pub fn geometry(area: &Area) -> Value {
    let ring = |ring: &Vec<Position>| -> Vec<Value> { ring.iter().chain(ring.first()).map(|p| degrees(*p)).collect() };
    let polygons: Vec<Vec<Vec<Value>>> =
        area.polygons().iter().map(|polygon| polygon.iter().map(ring).collect()).collect();
    json!({ "type": "MultiPolygon", "coordinates": polygons })
}

fn line_geometry(line: &Line) -> Value {
    let paths: Vec<Vec<Value>> = line.paths().iter().map(|path| path.iter().map(|p| degrees(*p)).collect()).collect();
    json!({ "type": "MultiLineString", "coordinates": paths })
}

fn degrees(position: Position) -> Value {
    json!([f64::from(position.lon_e6()) / 1e6, f64::from(position.lat_e6()) / 1e6])
}
