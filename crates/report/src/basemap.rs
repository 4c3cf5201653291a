//! The basemap: what lies under the incidents of a bulletin.
//!
//! Takes the GeoJSON of `assets/`; gives it as shapes to the bulletin. Which map is shown follows from where the
//! agreement's zones lie, never from a setting that could put one country's shelling on another.

use crate::{Basemap, MapPlace, MapRegion};
use serde_json::Value;
use terms::{Area, Label, Position};

/// The maps that are carried along.
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

    /// A layer that the bulletin draws too, as a GeoJSON FeatureCollection; null where the map has none.
    #[must_use]
    pub fn layer(self, name: &str) -> Value {
        let text = match (self, name) {
            (Country::Varo, "land") => include_str!("../../../assets/varo/land.geojson"),
            (Country::Varo, "water") => include_str!("../../../assets/varo/water.geojson"),
            (Country::Varo, "regions") => include_str!("../../../assets/varo/regions.geojson"),
            (Country::Varo, "places") => include_str!("../../../assets/varo/places.geojson"),
            (Country::Ukraine, "land") => include_str!("../../../assets/geo/land.geojson"),
            (Country::Ukraine, "regions") => include_str!("../../../assets/geo/regions.geojson"),
            (Country::Ukraine, "places") => include_str!("../../../assets/geo/places.geojson"),
            (Country::Varo | Country::Ukraine, _) => return Value::Null,
        };
        serde_json::from_str(text).expect("invariant: an embedded map is GeoJSON")
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Country::Varo => "Varo (invented)",
            Country::Ukraine => "Ukraine",
        }
    }

    /// What stands under its map.
    #[must_use]
    pub fn disclaimer(self) -> String {
        match self {
            Country::Varo => "An invented country: no real place is shown.".to_owned(),
            Country::Ukraine => {
                self.layer("regions")["backstop"]["disclaimer"]["en"].as_str().unwrap_or_default().to_owned()
            }
        }
    }

    /// Whose map it is.
    #[must_use]
    pub fn attribution(self) -> String {
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
