//! The sources of the scenario, declared as the sources of a real store must be.
//!
//! Takes the map; gives each source's kind, voice, licence and worth. The worths are the author's guesses, as a mission's
//! would be on its first day; they are not computed from the truth.

use super::country::{Country, aldren, berovia};
use super::look::{Manner, source};
use super::voice::{OUTLETS, statements_of};
use std::collections::BTreeMap;
use terms::{Act, Chance, Party, Release, Source, SourceId, SourceKind};

/// Every source that may report.
pub(super) fn declared(country: &Country) -> Vec<Source> {
    let mut sources = Vec::new();
    for post in &country.posts {
        let id = source(&post.id);
        sources.push(match post.kind.as_str() {
            "camera" => of_mission(id, format!("Camera {}", post.id), SourceKind::Sensor, &[Manner::Camera], 88),
            "acoustic" => {
                of_mission(id, format!("Acoustic sensor {}", post.id), SourceKind::Sensor, &[Manner::Acoustic], 72)
            }
            _ => {
                let manners = [Manner::FarEar, Manner::NearEar, Manner::Eyes];
                of_mission(id, format!("Observation post {}", post.id), SourceKind::Monitor, &manners, 82)
            }
        });
    }
    for sector in ["A", "B", "C", "D", "E", "F"] {
        let title = format!("Patrols of sector {sector}");
        sources.push(of_mission(id(&format!("patrol-{sector}")), title, SourceKind::Monitor, &[Manner::Eyes], 88));
    }
    for (name, title) in [("uav-west", "Drone team West"), ("uav-east", "Drone team East")] {
        sources.push(of_mission(id(name), title.to_owned(), SourceKind::Sensor, &[Manner::Uav], 92));
    }
    let registry = "Operations room and registry".to_owned();
    sources.push(of_mission(id("mission-registry"), registry, SourceKind::Monitor, &[Manner::Registry], 98));
    for satellite in ["ember-1", "ember-2"] {
        let title = format!("{satellite}, heat seen from space");
        sources.push(of_mission(id(satellite), title, SourceKind::Satellite, &[Manner::Satellite], 30));
    }
    sources
        .extend(OUTLETS.iter().map(|outlet| from(id(outlet.id), outlet.title.to_owned(), SourceKind::Press, None, 58)));
    for party in [aldren(), berovia()] {
        let title = format!("Statements of {party}");
        sources.push(from(statements_of(&party), title, SourceKind::Party, Some(party), 40));
    }
    sources
}

fn id(name: &str) -> SourceId {
    SourceId::new(name).expect("invariant: a label")
}

/// A source of the mission's own: worth something for what its manners of looking perceive, and for what those are
/// taken for.
fn of_mission(id: SourceId, title: String, kind: SourceKind, manners: &[Manner], percent: u32) -> Source {
    let able = manners.iter().flat_map(|manner| manner.skill()).map(|(act, _)| *act);
    let mistaken = [Act::Explosion, Act::AirStrike, Act::Armour].into_iter().filter(|_| kind != SourceKind::Satellite);
    let worth = able.chain(mistaken).map(|act| (act, chance(percent))).collect();
    Source { worth, ..from(id, title, kind, None, percent) }
}

fn from(id: SourceId, title: String, kind: SourceKind, party: Option<Party>, percent: u32) -> Source {
    Source {
        voice: id.as_str().to_owned(),
        attribution: format!("{title} (SIMULATED)"),
        id,
        title,
        kind,
        party,
        licence: "Apache-2.0".to_owned(),
        release: Release::Rows,
        worth: Act::ALL.into_iter().map(|act| (act, chance(percent))).collect::<BTreeMap<_, _>>(),
        worth_basis: "guessed by the author of the scenario before it ran".to_owned(),
    }
}

fn chance(percent: u32) -> Chance {
    Chance::from_ppm(percent * 10_000).expect("invariant: a percentage")
}
