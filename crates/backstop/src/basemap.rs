//! The basemap: what lies under the incidents, embedded in the binary.
//!
//! Takes the GeoJSON of `assets/`; gives it as layers to the page, and as shapes to the bulletin. Which map is shown
//! follows from where the agreement's zones lie, never from a setting that could put one country's shelling on another.

use report::{Basemap, MapPlace, MapRegion};
use rust_embed::RustEmbed;
use serde_json::{Value, json};
use terms::{Area, Label, Line, Position};

#[derive(RustEmbed)]
#[folder = "../../assets/geo"]
#[include = "*.geojson"]
struct Ukraine;

#[derive(RustEmbed)]
#[folder = "../../assets/varo"]
#[include = "*.geojson"]
struct Varo;

/// The maps that this binary carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Country {
    /// The invented country of the demo.
    Varo,
    /// Ukraine and its neighbours, under `assets/geo/boundary-policy.toml`.
    Ukraine,
}

impl Country {
    /// The country whose map lies under an area: one of its regions' boxes holds a corner of the area.
    #[must_use]
    pub fn under(zone: &Area) -> Option<Country> {
        let corners: Vec<Position> = zone.polygons().iter().flatten().flatten().copied().collect();
        [Country::Varo, Country::Ukraine].into_iter().find(|country| {
            let regions = country.layer("regions");
            let areas = features(&regions).into_iter().filter_map(|feature| area(&feature["geometry"]));
            areas.map(|area| area.bounds()).any(|bounds| corners.iter().any(|corner| bounds.holds(*corner)))
        })
    }

    /// A layer as a GeoJSON FeatureCollection; null where the map has none.
    #[must_use]
    pub fn layer(self, name: &str) -> Value {
        let file = format!("{name}.geojson");
        let bytes = match self {
            Country::Varo => Varo::get(&file),
            Country::Ukraine => Ukraine::get(&file),
        };
        let Some(bytes) = bytes else { return Value::Null };
        serde_json::from_slice(&bytes.data).expect("invariant: an embedded map is GeoJSON")
    }

    fn name(self) -> &'static str {
        match self {
            Country::Varo => "Varo (invented)",
            Country::Ukraine => "Ukraine",
        }
    }

    fn disclaimer(self) -> String {
        match self {
            Country::Varo => "An invented country: no real place is shown.".to_owned(),
            Country::Ukraine => {
                self.layer("regions")["backstop"]["disclaimer"]["en"].as_str().unwrap_or_default().to_owned()
            }
        }
    }

    fn attribution(self) -> String {
        match self {
            Country::Varo => "Invented map, Backstop.".to_owned(),
            Country::Ukraine => {
                self.layer("regions")["backstop"]["attribution"].as_str().unwrap_or_default().to_owned()
            }
        }
    }

    fn is_home(self, feature: &Value) -> bool {
        match self {
            Country::Varo => true,
            Country::Ukraine => feature["properties"]["country"] == "UA",
        }
    }
}

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
    let layer = |name: &str| country.map_or(Value::Null, |country| country.layer(name));
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

/// What the bulletin draws.
#[must_use]
pub fn shapes(country: Option<Country>) -> Basemap {
    let Some(country) = country else { return Basemap::default() };
    let areas = |name: &str| features(&country.layer(name)).iter().filter_map(|f| area(&f["geometry"])).collect();
    let regions = country.layer("regions");
    let regions = features(&regions).into_iter().filter_map(|feature| {
        let properties = &feature["properties"];
        Some(MapRegion {
            id: Label::new(properties["id"].as_str()?)?,
            name: properties["name_en"].as_str()?.to_owned(),
            home: country.is_home(feature),
            area: area(&feature["geometry"])?,
        })
    });
    let places = country.layer("places");
    let places = features(&places).into_iter().filter_map(|feature| {
        let at = &feature["geometry"]["coordinates"];
        Some(MapPlace {
            name: feature["properties"]["name_en"].as_str()?.to_owned(),
            class: u8::try_from(feature["properties"]["class"].as_u64()?).ok()?,
            position: Position::from_degrees(at[0].as_f64()?, at[1].as_f64()?)?,
        })
    });
    Basemap {
        disclaimer: country.disclaimer(),
        attribution: country.attribution(),
        land: areas("land"),
        water: areas("water"),
        regions: regions.collect(),
        lines: Vec::new(),
        places: places.collect(),
    }
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

fn features(collection: &Value) -> Vec<&Value> {
    collection["features"].as_array().map(|features| features.iter().collect()).unwrap_or_default()
}

/// The area of a Polygon or MultiPolygon; lines and points have none.
fn area(geometry: &Value) -> Option<Area> {
    let ring = |ring: &Value| -> Option<Vec<Position>> {
        let positions = ring.as_array()?.iter().map(|at| Position::from_degrees(at[0].as_f64()?, at[1].as_f64()?));
        let mut ring = positions.collect::<Option<Vec<_>>>()?;
        if ring.first() == ring.last() {
            ring.pop();
        }
        Some(ring)
    };
    let polygon = |polygon: &Value| polygon.as_array()?.iter().map(ring).collect::<Option<Vec<_>>>();
    let polygons = match geometry["type"].as_str()? {
        "Polygon" => vec![polygon(&geometry["coordinates"])?],
        "MultiPolygon" => geometry["coordinates"].as_array()?.iter().map(polygon).collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    Area::new(polygons)
}
