//! Regions by the names that sources give them.
//!
//! Takes a name in English, Ukrainian or Russian; gives the region's id in `assets/geo/regions.geojson`. Never guesses:
//! a name that stands for no region there stays a name.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terms::{Label, Place, Shape};

static REGIONS: LazyLock<Regions> = LazyLock::new(Regions::read);

struct Regions {
    names: BTreeMap<Label, String>,
    by_name: BTreeMap<String, Label>,
    stems: Vec<(String, Label)>,
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    id: String,
    name_en: String,
    names: Vec<String>,
}

impl Regions {
    fn read() -> Regions {
        let text = include_str!("../../../../assets/geo/regions.geojson");
        let collection: Collection =
            serde_json::from_str(text).expect("invariant: regions.geojson lists ids and names");
        let mut regions = Regions { names: BTreeMap::new(), by_name: BTreeMap::new(), stems: Vec::new() };
        for Properties { id, name_en, names } in collection.features.into_iter().map(|feature| feature.properties) {
            let id = Label::new(&id).expect("invariant: the id of a region is a label");
            for name in names {
                regions.stems.extend(stem(&name).map(|stem| (stem, id.clone())));
                regions.by_name.insert(name.to_lowercase(), id.clone());
            }
            regions.names.insert(id, name_en);
        }
        regions
    }
}

/// What all cases of a Russian region's name begin with: `Курской области` gives `Курск`, `Крыма` itself.
fn stem(name: &str) -> Option<String> {
    let (first, kind) = name.split_once(' ').unwrap_or((name, ""));
    match kind {
        "области" => first.strip_suffix("ой").map(str::to_owned),
        "края" => first.strip_suffix("ого").map(str::to_owned),
        "" if name == "Крым" => Some(name.to_owned()),
        _ => None,
    }
}

/// The region that a name stands for; what stands in brackets is left aside.
pub(super) fn named(name: &str) -> Option<Label> {
    let plain = name.split('(').next().unwrap_or(name).trim().to_lowercase();
    REGIONS.by_name.get(&plain).cloned()
}

/// The English name of a region.
pub(super) fn name_of(id: &Label) -> &str {
    REGIONS.names.get(id).map_or(id.as_str(), String::as_str)
}

/// The regions that a Russian text names by their adjectives, in the order of their ids.
pub(super) fn in_russian_text(text: &str) -> Vec<Label> {
    let found = REGIONS.stems.iter().filter(|(stem, _)| text.contains(stem.as_str())).map(|(_, id)| id.clone());
    let mut found: Vec<Label> = found.collect();
    found.sort();
    found.dedup();
    found
}

/// A place known by the name of its region, or by its name alone.
pub(super) fn place(region: &str, name: &str) -> Place {
    let shape = named(region).map_or(Shape::Unplaced, Shape::Region);
    let name = [name.trim(), region.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    Place { shape, name: (!name.is_empty()).then_some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_three_languages_find_their_region() {
        let id = |name| named(name).map(|id| id.to_string());
        assert_eq!(id("Kharkiv oblast").as_deref(), Some("UA-63"));
        assert_eq!(id("Luhansk (as named)").as_deref(), Some("UA-09"));
        assert_eq!(id("Харківська область").as_deref(), Some("UA-63"));
        assert_eq!(id("bryansk").as_deref(), Some("RU-BRY"));
        assert_eq!(id("Atlantis"), None);
    }

    #[test]
    fn russian_adjectives_find_their_regions() {
        let ids: Vec<String> = in_russian_text("над территориями Курской, Брянской областей и Республики Крым")
            .iter()
            .map(Label::to_string)
            .collect();
        assert_eq!(ids, ["RU-BRY", "RU-KRS", "UA-43"]);
    }
}
