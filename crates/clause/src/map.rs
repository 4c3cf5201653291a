//! Maps: GeoJSON beside the text, read to areas and lines.
//!
//! Takes a file's bytes; gives an area or a line with the map's version, source and day, and remarks. Never repairs a
//! position; never holds a ring that is not closed or a coordinate out of range.

use crate::remark::{Code, Remark, Remarks, remark};
use crate::said::{Said, said};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Area, Label, Line, Position};

/// No map is larger: bytes, positions and shapes.
const BYTES_MOST: usize = 8 << 20;
const POSITIONS_MOST: usize = 200_000;

/// What a map holds.
pub(crate) struct Map<T> {
    pub(crate) shape: T,
    pub(crate) version: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) as_of: Option<String>,
    /// Named regions that the map says lie wholly inside: `"holds": ["UA-63"]`.
    pub(crate) holds: BTreeSet<Label>,
}

/// The polygons of a map.
pub(crate) fn area(file: &str, bytes: &[u8], remarks: &mut Remarks) -> Option<Map<Area>> {
    map(file, bytes, remarks, |reader, kind, coordinates| match kind {
        "Polygon" => reader.polygon(coordinates).map(|polygon| vec![polygon]),
        "MultiPolygon" => reader.each(coordinates, Reader::polygon),
        _ => Err(reader.broken(said!("a zone is drawn with polygons, not with `{}`", shown(kind)))),
    })
    .and_then(|(polygons, said)| {
        let area = Area::new(polygons);
        if area.is_none() {
            remarks.push(on_file(file, Code::MapBroken, said!("the map holds no polygon")));
        }
        Some(said.with(area?))
    })
}

/// The lines of a map.
pub(crate) fn line(file: &str, bytes: &[u8], remarks: &mut Remarks) -> Option<Map<Line>> {
    map(file, bytes, remarks, |reader, kind, coordinates| match kind {
        "LineString" => reader.path(coordinates).map(|path| vec![path]),
        "MultiLineString" => reader.each(coordinates, Reader::path),
        _ => Err(reader.broken(said!("a line is drawn with lines, not with `{}`", shown(kind)))),
    })
    .and_then(|(paths, said)| {
        let line = Line::new(paths);
        if line.is_none() {
            remarks.push(on_file(file, Code::MapBroken, said!("the map holds no line")));
        }
        Some(said.with(line?))
    })
}

/// The named features of a map, each an area of its own, by `id` or `name`.
pub(crate) fn sectors(file: &str, bytes: &[u8], remarks: &mut Remarks) -> Option<Map<BTreeMap<Label, Area>>> {
    let json = remarks.keep(parse(file, bytes))?;
    let features = json.get("features").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let mut sectors = BTreeMap::new();
    for feature in features {
        let said = [feature.get("id"), feature.pointer("/properties/id"), feature.pointer("/properties/name")];
        let name = said.into_iter().flatten().find_map(|name| Label::new(&name.to_string().replace('"', "")));
        let drawn = area(file, feature.to_string().as_bytes(), &mut Remarks::default());
        let (Some(name), Some(drawn)) = (name, drawn) else {
            let nameless = on_file(file, Code::MapBroken, said!("a sector has no `id`, or no polygon"));
            remarks.push(nameless.fix(said!("give every feature an `id` and a polygon")));
            return None;
        };
        if sectors.insert(name.clone(), drawn.shape).is_some() {
            let twice = on_file(file, Code::MapBroken, said!("two sectors are called `{}`", name));
            remarks.push(twice.fix(said!("give each sector a name of its own")));
            return None;
        }
    }
    if sectors.is_empty() {
        remarks.push(
            on_file(file, Code::MapBroken, said!("the map holds no sectors"))
                .fix(said!("write a collection of features")),
        );
        return None;
    }
    let [version, source, as_of] = ["version", "source", "as_of"].map(|key| provenance(&json, key));
    Some(Map { shape: sectors, version, source, as_of, holds: BTreeSet::new() })
}

impl Map<()> {
    fn with<T>(self, shape: T) -> Map<T> {
        Map { shape, version: self.version, source: self.source, as_of: self.as_of, holds: self.holds }
    }
}

/// Reads every geometry of a file with `read`; one that cannot be read spoils the map, since a zone with a part missing
/// would be another zone.
fn map<T>(
    file: &str,
    bytes: &[u8],
    remarks: &mut Remarks,
    read: impl Fn(&mut Reader<'_>, &str, &Json) -> Result<Vec<T>, Remark>,
) -> Option<(Vec<T>, Map<()>)> {
    let json = remarks.keep(parse(file, bytes))?;
    let mut reader = Reader { file, positions: 0, beyond_latitude: 0 };
    let mut shapes = Vec::new();
    for geometry in remarks.keep(geometries(&reader, &json))? {
        let kind = geometry.get("type").and_then(Json::as_str).unwrap_or("");
        let coordinates = geometry.get("coordinates").unwrap_or(&Json::Null);
        match read(&mut reader, kind, coordinates) {
            Ok(read) => shapes.extend(read),
            Err(wrong) => {
                let swapped = reader.beyond_latitude > 0 && wrong.code == Code::MapBroken;
                let hint = said!("longitude comes first in GeoJSON; these may be swapped");
                remarks.push(if swapped { wrong.fix(hint) } else { wrong });
                return None;
            }
        }
    }
    let said = |key: &str| provenance(&json, key);
    let holds = regions(file, &json, remarks);
    let map = Map { shape: (), version: said("version"), source: said("source"), as_of: said("as_of"), holds };
    for (key, value) in [("version", &map.version), ("source", &map.source), ("as_of", &map.as_of)] {
        if value.is_none() {
            let missing = on_file(file, Code::MapProvenance, said!("the map does not say its `{}`", key));
            remarks.push(missing.fix(said!("add `\"{}\": \"...\"` at the top of the file", key)));
        }
    }
    Some((shapes, map))
}

fn parse(file: &str, bytes: &[u8]) -> Result<Json, Remark> {
    if bytes.len() > BYTES_MOST {
        let large = said!("the map has {} bytes; at most {} are read", bytes.len(), BYTES_MOST);
        return Err(on_file(file, Code::Limit, large).fix(said!("draw it with fewer positions")));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let mut wrong = on_file(file, Code::MapBroken, said!("the map is not JSON: {}", error.to_string()));
        let before: usize =
            bytes.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
        let at = (before + error.column().saturating_sub(1)).min(bytes.len());
        wrong.span = at..at;
        wrong.fix(said!("open it in a program that draws GeoJSON, and save it anew"))
    })
}

/// The geometries of a feature collection, a feature or a bare geometry.
fn geometries<'j>(reader: &Reader<'_>, json: &'j Json) -> Result<Vec<&'j Json>, Remark> {
    let kind = json.get("type").and_then(Json::as_str);
    let found: Vec<&Json> = match kind {
        Some("FeatureCollection") => {
            let features = json.get("features").and_then(Json::as_array);
            let features = features.ok_or_else(|| reader.broken(said!("the collection has no `features`")))?;
            features.iter().filter_map(|feature| feature.get("geometry")).collect()
        }
        Some("Feature") => json.get("geometry").into_iter().collect(),
        Some(_) => vec![json],
        None => return Err(reader.broken(said!("the map has no `type`, so it is not GeoJSON"))),
    };
    let drawn: Vec<&Json> = found.into_iter().filter(|geometry| !geometry.is_null()).collect();
    if drawn.is_empty() { Err(reader.broken(said!("the map holds no geometry"))) } else { Ok(drawn) }
}

/// The regions that a map says lie wholly inside it: a place known only to its region is then known to lie there.
fn regions(file: &str, json: &Json, remarks: &mut Remarks) -> BTreeSet<Label> {
    let Some(said) = json.get("holds") else { return BTreeSet::new() };
    let names = said.as_array().map(|names| names.iter().map(|name| name.as_str().and_then(Label::new)).collect());
    names.flatten().unwrap_or_else(|| {
        let wrong = on_file(file, Code::MapBroken, said!("`holds` is not a list of region ids"));
        remarks.push(wrong.fix(said!("write `\"holds\": [\"UA-63\", \"UA-59\"]`")));
        BTreeSet::new()
    })
}

/// A property of the file: at the top, under `properties`, or the same in its first feature.
fn provenance(json: &Json, key: &str) -> Option<String> {
    let places = [
        json.get(key),
        json.pointer(&format!("/properties/{key}")),
        json.pointer(&format!("/features/0/properties/{key}")),
    ];
    let said = places.into_iter().flatten().next()?;
    match said {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

struct Reader<'f> {
    file: &'f str,
    positions: usize,
    /// Second coordinates beyond 90 degrees: a sign of swapped axes.
    beyond_latitude: usize,
}

impl Reader<'_> {
    fn each<T>(&mut self, json: &Json, read: fn(&mut Self, &Json) -> Result<T, Remark>) -> Result<Vec<T>, Remark> {
        let list = json.as_array().ok_or_else(|| self.broken(said!("`coordinates` is not a list")))?;
        list.iter().map(|item| read(self, item)).collect()
    }

    fn polygon(&mut self, json: &Json) -> Result<Vec<Vec<Position>>, Remark> {
        let rings = self.each(json, Reader::ring)?;
        if rings.is_empty() { Err(self.broken(said!("a polygon has no ring"))) } else { Ok(rings) }
    }

    fn ring(&mut self, json: &Json) -> Result<Vec<Position>, Remark> {
        let mut ring = self.path(json)?;
        if ring.first() != ring.last() {
            let open = on_file(self.file, Code::MapRing, said!("a ring is not closed"));
            return Err(open.fix(said!("repeat its first position at the end")));
        }
        ring.pop();
        ring.dedup();
        if ring.len() < 3 {
            return Err(on_file(self.file, Code::MapRing, said!("a ring has fewer than three corners")));
        }
        Ok(ring)
    }

    fn path(&mut self, json: &Json) -> Result<Vec<Position>, Remark> {
        let path = self.each(json, Reader::position)?;
        if path.len() < 2 { Err(self.broken(said!("a line has fewer than two positions"))) } else { Ok(path) }
    }

    fn position(&mut self, json: &Json) -> Result<Position, Remark> {
        self.positions += 1;
        if self.positions > POSITIONS_MOST {
            let many = said!("the map has more than {} positions", POSITIONS_MOST);
            return Err(on_file(self.file, Code::Limit, many).fix(said!("draw it with fewer positions")));
        }
        let number = |at: usize| json.get(at).and_then(Json::as_f64);
        let (Some(lon), Some(lat)) = (number(0), number(1)) else {
            return Err(self.broken(said!("a position is not `[longitude, latitude]`")));
        };
        self.beyond_latitude += usize::from(lat.abs() > 90.0 && lon.abs() <= 90.0);
        Position::from_degrees(lon, lat).ok_or_else(|| {
            self.broken(said!("`[{}, {}]` is no position on the ground", lon.to_string(), lat.to_string()))
        })
    }

    fn broken(&self, message: Said) -> Remark {
        on_file(self.file, Code::MapBroken, message)
    }
}

fn on_file(file: &str, code: Code, message: Said) -> Remark {
    let mut remark = remark(code, 0..0, message);
    file.clone_into(&mut remark.file);
    remark
}

/// A word of a stranger's file, short enough to show.
fn shown(word: &str) -> String {
    word.chars().take(40).flat_map(char::escape_debug).collect()
}
