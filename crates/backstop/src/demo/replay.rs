//! The replay: a scenario on its way into a store of its own.
//!
//! Takes a folder, a seed and simulated instants; writes what was received until then through the same door as everything
//! else, raises what is to be told of clocks at each full hour, and gives out the bulletin of each day that is over, with its files
//! in `published/`. The same seed and the same instants give the same bytes. Never reads a clock, and sends nothing anywhere.

use super::{Happening, Scenario, What, simulate};
use crate::alert::Channels;
use crate::file_proof;
use crate::station::{GiveOutError, Station, adopts, open_mission};
use crate::storage::{DataClass, Error, Settings, Store};
use clause::AgreementFiles;
use clause::guarantee::GUARANTEES_FILE;
use coverage::Detection;
use fusion::Pools;
use mission::record::Body;
use mission::record::body::{
    AdoptedDetection, AdoptedGuarantees, Attribution, Audience, Finding, FindingResult, RecordedDeed, RecordedNotice,
};
use mission::{Kept, Mission, Moment, Onlooker};
use report::Day;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use terms::time::HOUR_MS;
use terms::{Instant, ObservationId, Party};

#[derive(RustEmbed)]
#[folder = "../../agreements/varo-2026"]
struct Agreement;

/// Who attests in the demo.
const OFFICE: &str = "duty officer (simulated)";

/// A scenario on its way into a store.
pub struct Replay {
    station: Station,
    folder: PathBuf,
    /// What is still to be told, the earliest last.
    rest: Vec<(Instant, Body)>,
    scenario: Scenario,
    now: Instant,
    /// The first day whose bulletin is not given out yet.
    day: Day,
    /// Who is told of clocks, on the screen alone.
    channels: Channels,
    /// The next full hour at which it is looked what is to be told.
    alerting: Instant,
    looking: Looking,
}

/// What is kept from one look at guarantees to the next: reports that were put together, by reader, and sheets, by onlooker.
#[derive(Default)]
struct Looking {
    pools: BTreeMap<&'static str, Pools>,
    kept: BTreeMap<Onlooker, Kept>,
}

/// Why a replay stopped.
#[derive(Debug)]
pub enum ReplayError {
    /// The store.
    Store(Error),
    /// A bulletin.
    Bulletin(String),
    /// What the guarantors do.
    Guarantees(String),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Store(error) => error.fmt(f),
            ReplayError::Bulletin(why) => write!(f, "the bulletin could not be given out: {why}"),
            ReplayError::Guarantees(why) => f.write_str(why),
        }
    }
}

impl From<Error> for ReplayError {
    fn from(error: Error) -> ReplayError {
        ReplayError::Store(error)
    }
}

impl Replay {
    /// A new store with the mission, its agreement and its sources, and nothing told yet.
    ///
    /// # Errors
    /// If the folder is taken or cannot be written.
    pub fn open(folder: &Path, seed: u64, hours: u32) -> Result<Replay, ReplayError> {
        let scenario = simulate(seed, hours);
        let start = scenario.start;
        let seed: [u8; 32] = Sha256::digest(format!("demo {seed}")).into();
        let settings = Settings {
            data_class: DataClass::Simulated,
            mission: "varo".to_owned(),
            created_at_ms: start.ms(),
            seed: Some(seed),
        };
        let store = Store::create(folder, &settings)?;
        let files = agreement_files();
        let zone = clause::read(&files).0.time_zone;
        let (body, same_words) = (Some(adopts(&files)), Some(fusion::Parameters::SAME_WORDS_PPM));
        let mut station = open_mission(store, "Varo mission", DataClass::Simulated, &zone, same_words, body, start)?;
        let sources: Vec<Body> = scenario.sources.iter().cloned().map(Body::SourceDeclared).collect();
        station.write(&sources, start)?;
        station.write(&guaranteed(), start)?;
        station.write(&[believed()], start)?;
        let done = done(station.mission(), start)?;
        let mut rest: Vec<(Instant, Body)> =
            scenario.happenings.iter().map(told).chain(decided(&scenario)).chain(done).collect();
        rest.retain(|(at, _)| *at < scenario.end);
        rest.sort_by_key(|(at, _)| *at);
        rest.reverse();
        let day = Day::new("2026-03-02", &zone).map_err(ReplayError::Bulletin)?.of(start);
        let (channels, alerting) = (channels(), start.shifted(HOUR_MS));
        Ok(Replay {
            station,
            folder: folder.to_owned(),
            rest,
            scenario,
            now: start,
            day,
            channels,
            alerting,
            looking: Looking::default(),
        })
    }

    /// Writes everything that was received until `now`, and the bulletin of each day that ended before.
    ///
    /// # Errors
    /// If the store cannot write.
    pub fn tell_until(&mut self, now: Instant) -> Result<(), ReplayError> {
        while self.day.span().latest() < now {
            let over = self.day.span().latest().shifted(1);
            self.alert_until(over)?;
            self.give_out(over)?;
            self.day = self.day.of(over);
        }
        self.alert_until(now)?;
        self.station.publish()?;
        self.now = now;
        Ok(())
    }

    /// Writes everything that was received until `now`, and at each full hour what is to be told of clocks.
    fn alert_until(&mut self, now: Instant) -> Result<(), Error> {
        while self.alerting <= now {
            let hour = self.alerting;
            self.write_until(hour)?;
            let Looking { pools, kept } = &mut self.looking;
            crate::alert::begin_as(&mut self.station, &self.channels, hour, &mut |mission, onlooker| {
                let pools = pools.entry(onlooker.reader().word()).or_default();
                let incidents = mission.incidents_with(Moment::at(hour), onlooker.reader(), pools);
                let kept = kept.entry(onlooker.clone()).or_default();
                mission.guarantees_kept(Moment::at(hour), onlooker, &incidents, kept)
            })?;
            self.alerting = hour.shifted(HOUR_MS);
        }
        self.write_until(now)
    }

    /// Writes everything that was received until `now`.
    fn write_until(&mut self, now: Instant) -> Result<(), Error> {
        while self.rest.last().is_some_and(|(at, _)| *at <= now) {
            let at = self.rest.last().map_or(now, |(at, _)| *at);
            let first = self.rest.iter().rposition(|(other, _)| *other != at).map_or(0, |last| last + 1);
            let bodies: Vec<Body> = self.rest.split_off(first).into_iter().map(|(_, body)| body).collect();
            self.station.write(&bodies, at)?;
        }
        Ok(())
    }

    fn give_out(&mut self, at: Instant) -> Result<(), ReplayError> {
        let given = self.station.give_out(&self.day.date(), mission::Reader::Public, OFFICE, at);
        let (made, index) = given.map_err(|error| match error {
            GiveOutError::Day(why) => ReplayError::Bulletin(why),
            GiveOutError::Store(error) => ReplayError::Store(error),
        })?;
        let folder = self.folder.join("published");
        file_proof::write(self.station.reader(), index, &made.publication, &made.texts, &folder)
            .map(|_| ())
            .map_err(ReplayError::Bulletin)
    }

    /// The store and its state.
    #[must_use]
    pub fn station(&self) -> &Station {
        &self.station
    }

    /// What is being told.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Until when everything is told.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }
}

fn agreement_files() -> AgreementFiles {
    let mut files: BTreeMap<String, Vec<u8>> = Agreement::iter()
        .filter_map(|name| Some((name.to_string(), Agreement::get(&name)?.data.into_owned())))
        .collect();
    let text = files.remove("agreement.md").expect("invariant: the demo's agreement is in the binary");
    files.retain(|name, _| name.ends_with(".geojson"));
    AgreementFiles { text: String::from_utf8(text).expect("invariant: the demo's agreement is UTF-8"), files }
}

fn page(name: &str) -> String {
    let page = Agreement::get(name).expect("invariant: the demo's pages are in the binary");
    String::from_utf8(page.data.into_owned()).expect("invariant: the demo's pages are UTF-8")
}

/// What the invented guarantors promised: a page for all, and one that is closed to all but one of them.
fn guaranteed() -> [Body; 2] {
    let adopts = |name, audience| Body::GuaranteesAdopted(AdoptedGuarantees { text: page(name), audience });
    let ilmaria = Party::new("Ilmaria").expect("invariant: a label");
    [adopts(GUARANTEES_FILE, Audience::Everyone), adopts("closed-ilmaria.md", Audience::Named(vec![ilmaria]))]
}

/// The staff and one guarantor are told on the screen; no mail and no other machine.
fn channels() -> Channels {
    let name = "channels.toml";
    Channels::of(&page(name), name, Path::new("")).expect("invariant: a test replays it")
}

/// How well the mission's watchers are believed to see.
fn believed() -> Body {
    let text = include_str!("../../../../assets/coverage/varo.txt");
    let detection = Detection::from_text(text).expect("invariant: a test replays it");
    let basis =
        "fitted to the incidents of this invented country under another seed, each seen by somebody (SIMULATED)";
    Body::DetectionAdopted(AdoptedDetection { detection, basis: basis.to_owned() })
}

/// What the guarantors do, each when the mission gets to know it.
fn done(mission: &Mission, at: Instant) -> Result<Vec<(Instant, Body)>, ReplayError> {
    let known = mission.guarantees(Moment::at(at), &Onlooker::Mission);
    let package = known.expect("invariant: the page was adopted above").package;
    let deeds = clause::guarantee::deeds(&page("deeds.md"), &package);
    let deeds = deeds.map_err(|fault| ReplayError::Guarantees(format!("deeds.md, {fault}")))?;
    let text = page("notices.md");
    let fault = |fault| ReplayError::Guarantees(format!("notices.md, {fault}"));
    let notices = clause::guarantee::notices(&text, &package).map_err(fault)?;
    let confirmed = clause::guarantee::deeds(&text, &package).map_err(fault)?;
    let body = |deed| Body::DeedRecorded(RecordedDeed { deed, audience: Audience::Everyone });
    let told = |notice| Body::NoticeRecorded(RecordedNotice { notice, audience: Audience::Everyone });
    let notices = notices.into_iter().map(|notice| (notice.happened.latest(), told(notice)));
    let deeds = deeds.into_iter().chain(confirmed).map(|(known, deed)| (known, body(deed)));
    Ok(notices.chain(deeds).collect())
}

fn told(happening: &Happening) -> (Instant, Body) {
    let body = match &happening.what {
        What::Observation(observation) => Body::Observed(observation.clone()),
        What::Effort(effort) => Body::Looked(effort.clone()),
    };
    (happening.received_at, body)
}

/// Findings and attributions that the invented mission's people sign, on the reports that they had by then.
fn decided(scenario: &Scenario) -> Vec<(Instant, Body)> {
    let mut bodies = Vec::new();
    for suggestion in &scenario.suggested {
        let tells = |happening: &&Happening| happening.received_at <= suggestion.decided_at;
        let reports = scenario.happenings.iter().filter(tells).filter_map(|happening| match &happening.what {
            What::Observation(observation) if !observation.is_claim() => Some(observation.id),
            What::Observation(_) | What::Effort(_) => None,
        });
        let about = |id: &ObservationId| scenario.told.get(id) == Some(&Some(suggestion.truth));
        let observations: Vec<ObservationId> = reports.filter(about).collect();
        if observations.is_empty() {
            continue;
        }
        let finding = Finding {
            observations: observations.clone(),
            result: FindingResult::Established,
            signed_by: "duty officer and verifier (simulated)".to_owned(),
            grounds: "reports of this happening agree in time and place".to_owned(),
        };
        let attribution = Attribution {
            observations,
            party: suggestion.attributed.clone(),
            signed_by: "two verifiers (simulated)".to_owned(),
            grounds: "direction of fire as observed".to_owned(),
        };
        bodies.push((suggestion.decided_at, Body::FindingSigned(finding)));
        bodies.push((suggestion.decided_at, Body::AttributionSigned(attribution)));
    }
    bodies
}
