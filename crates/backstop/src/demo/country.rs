//! Varo, the invented country, as the simulator knows it.
//!
//! Takes the committed map and the annexes of its agreement; gives sectors, towns, posts, stations and the Kesh Line.
//! Never shows or names a real place.

use serde_json::Value;
use terms::place::METRES_PER_E6;
use terms::{Area, Line, Party, Position};

/// The map as the simulator uses it.
pub(super) struct Country {
    pub(super) land: Area,
    pub(super) lakes: Vec<Area>,
    pub(super) line: Line,
    pub(super) sectors: Vec<Sector>,
    pub(super) towns: Vec<Town>,
    pub(super) posts: Vec<Post>,
    pub(super) stations: Vec<(String, Position)>,
}

/// A sector of the mission.
pub(super) struct Sector {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) area: Area,
}

/// A town or village; class 1 is the largest.
#[derive(Clone)]
pub(super) struct Town {
    pub(super) name: String,
    pub(super) class: i64,
    pub(super) position: Position,
}

/// A place where the mission stands or has put a sensor.
pub(super) struct Post {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) sector: String,
    pub(super) position: Position,
}

impl Country {
    /// Varo from the files in the binary.
    pub(super) fn varo() -> Country {
        let land = features(include_str!("../../../../assets/varo/land.geojson"));
        let water = features(include_str!("../../../../assets/varo/water.geojson"));
        let regions = features(include_str!("../../../../assets/varo/regions.geojson"));
        let places = features(include_str!("../../../../assets/varo/places.geojson"));
        let posts = features(include_str!("../../../../assets/varo/posts.geojson"));
        let line = features(include_str!("../../../../agreements/varo-2026/kesh-line.geojson"));
        let stations = features(include_str!("../../../../agreements/varo-2026/power-stations.geojson"));
        Country {
            land: Area::new(land.iter().map(polygon).collect()).expect("invariant: land is an area"),
            lakes: water.iter().filter(|f| word(f, "class") == "lake").map(area).collect(),
            line: Line::new(line.iter().map(|f| positions(&f["geometry"]["coordinates"])).collect())
                .expect("invariant: the Kesh Line is a line"),
            sectors: regions
                .iter()
                .map(|f| Sector { id: word(f, "id"), name: word(f, "name_en"), area: area(f) })
                .collect(),
            towns: places.iter().map(town).collect(),
            posts: posts.iter().map(post).collect(),
            stations: stations.iter().map(|f| (word(f, "id"), middle(&area(f)))).collect(),
        }
    }

    /// The sector that holds a position, if any does.
    pub(super) fn sector(&self, position: Position) -> Option<&Sector> {
        self.sectors.iter().find(|sector| sector.area.holds(position))
    }

    /// The nearest town.
    pub(super) fn town(&self, position: Position) -> &Town {
        self.towns
            .iter()
            .min_by_key(|town| town.position.distance_m(position) as i64)
            .expect("invariant: Varo has towns")
    }

    /// The town, post or station of this name.
    pub(super) fn named(&self, name: &str) -> Position {
        let town = self.towns.iter().find(|town| town.name == name).map(|town| town.position);
        let post = || self.posts.iter().find(|post| post.id == name).map(|post| post.position);
        let station = || self.stations.iter().find(|(id, _)| id == name).map(|(_, position)| *position);
        town.or_else(post).or_else(station).expect("invariant: the story names places on the map")
    }

    /// The vertices of the Kesh Line from west to east.
    pub(super) fn line_path(&self) -> &[Position] {
        &self.line.paths()[0]
    }

    /// The party that holds a position: Aldren north of the Kesh Line, Berovia south of it.
    pub(super) fn holder(&self, position: Position) -> Party {
        let abreast = self.line_path().iter().min_by_key(|p| (p.lon_e6() - position.lon_e6()).abs());
        let line = abreast.expect("invariant: a line has positions");
        if position.lat_e6() > line.lat_e6() { aldren() } else { berovia() }
    }

    /// Whether a position is on land.
    pub(super) fn dry(&self, position: Position) -> bool {
        self.land.holds(position) && !self.lakes.iter().any(|lake| lake.holds(position))
    }
}

/// The northern party.
pub(super) fn aldren() -> Party {
    Party::new("Aldren").expect("invariant: a label")
}

/// The southern party.
pub(super) fn berovia() -> Party {
    Party::new("Berovia").expect("invariant: a label")
}

/// The party across the line.
pub(super) fn other(party: &Party) -> Party {
    if *party == aldren() { berovia() } else { aldren() }
}

/// `from` moved by metres east and north.
pub(super) fn moved(from: Position, east_m: i64, north_m: i64) -> Position {
    let scale = METRES_PER_E6 * libm::cos((f64::from(from.lat_e6()) / 1e6).to_radians());
    let lon_e6 = i64::from(from.lon_e6()) + (east_m as f64 / scale) as i64;
    let lat_e6 = i64::from(from.lat_e6()) + (north_m as f64 / METRES_PER_E6) as i64;
    let narrow = |value: i64| i32::try_from(value).ok();
    narrow(lon_e6)
        .zip(narrow(lat_e6))
        .and_then(|(lon_e6, lat_e6)| Position::new(lon_e6, lat_e6))
        .expect("invariant: nothing in Varo moves far")
}

fn features(text: &str) -> Vec<Value> {
    let mut whole: Value = serde_json::from_str(text).expect("invariant: the committed map is JSON");
    let Value::Array(features) = whole["features"].take() else { panic!("invariant: the committed map has features") };
    features
}

fn word(feature: &Value, name: &str) -> String {
    feature["properties"][name].as_str().expect("invariant: the committed map has this property").to_owned()
}

fn position(pair: &Value) -> Position {
    let degrees = |index: usize| pair[index].as_f64().expect("invariant: coordinates are numbers");
    Position::from_degrees(degrees(0), degrees(1)).expect("invariant: the committed map is on the globe")
}

fn positions(list: &Value) -> Vec<Position> {
    list.as_array().expect("invariant: coordinates are lists").iter().map(position).collect()
}

/// GeoJSON repeats the first position of a ring; ours do not.
fn polygon(feature: &Value) -> Vec<Vec<Position>> {
    let rings = feature["geometry"]["coordinates"].as_array().expect("invariant: a polygon");
    rings.iter().map(|ring| positions(ring).split_last().map(|(_, open)| open.to_vec()).unwrap_or_default()).collect()
}

fn area(feature: &Value) -> Area {
    Area::new(vec![polygon(feature)]).expect("invariant: a polygon is an area")
}

fn middle(area: &Area) -> Position {
    let (low, high) = (area.bounds().low, area.bounds().high);
    Position::new(low.lon_e6() / 2 + high.lon_e6() / 2, low.lat_e6() / 2 + high.lat_e6() / 2)
        .expect("invariant: a middle of positions is one")
}

fn town(feature: &Value) -> Town {
    Town {
        name: word(feature, "name_en"),
        class: feature["properties"]["class"].as_i64().expect("invariant: towns have a class"),
        position: position(&feature["geometry"]["coordinates"]),
    }
}

fn post(feature: &Value) -> Post {
    Post {
        id: word(feature, "id"),
        kind: word(feature, "kind"),
        sector: word(feature, "region"),
        position: position(&feature["geometry"]["coordinates"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varo_holds_together() {
        let varo = Country::varo();
        for town in &varo.towns {
            assert!(varo.dry(town.position), "{} is wet", town.name);
            assert!(varo.sector(town.position).is_some(), "{} has no sector", town.name);
        }
        assert_eq!(varo.sectors.iter().map(|s| s.id.as_str()).collect::<String>(), "ABCDEFGH");
        assert_eq!(varo.holder(varo.named("Veyrholt")), aldren());
        assert_eq!(varo.holder(varo.named("Sorumesk")), berovia());
    }

    #[test]
    fn varo_is_far_from_any_real_land() {
        // Inaccessible Island, the western edge of the Tristan da Cunha group, is the nearest: 37.30 S, 12.70 W.
        let nearest = Position::from_degrees(-12.70, -37.30).expect("in range");
        let varo = Country::varo();
        let gap_m = varo.land.polygons().iter().flatten().flatten().map(|p| p.distance_m(nearest) as i64).min();
        assert!(gap_m > Some(300_000), "{gap_m:?} m");
    }
}
