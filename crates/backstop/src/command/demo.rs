//! `backstop demo`: 72 hours of an invented ceasefire, replayed into a store of their own and shown in the browser.
//!
//! The replay writes entries through the same door as everything else, stamped with simulated time; the page polls. The
//! store is `simulated` for life and is deleted at the end unless it is kept.

use super::fill::{adopts, open_mission};
use super::scorecard::scorecard;
use super::serve::{interrupted, listen, runtime};
use super::{Common, DemoArgs, Exit, Failure};
use crate::demo::{Happening, Scenario, What, simulate};
use crate::http::{Shared, Snapshot, model, serve};
use crate::station::Station;
use crate::storage::{DataClass, Settings, Store};
use clause::AgreementFiles;
use mission::record::Body;
use mission::record::body::{Attribution, Finding, FindingResult};
use mission::{Moment, Reader};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use terms::time::{HOUR_MS, SECOND_MS};
use terms::{Instant, ObservationId};

#[derive(RustEmbed)]
#[folder = "../../agreements/varo-2026"]
struct Agreement;

const HOURS: u32 = 72;
/// The page is shown a new state this often, in real time.
const TICK: Duration = Duration::from_millis(500);
/// The replay opens with this much already told, so that the first page is not empty.
const HEAD_START_MS: i64 = 12 * HOUR_MS;

pub(super) fn run(common: &Common, args: &DemoArgs) -> Result<Exit, Failure> {
    let dir = std::env::temp_dir().join(format!("backstop-demo-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    let outcome = play(common, args, &dir);
    if args.keep {
        common.say(format!("kept {}; look again with `backstop --store {} serve`", dir.display(), dir.display()));
    } else {
        let _ = std::fs::remove_dir_all(&dir);
    }
    outcome
}

fn play(common: &Common, args: &DemoArgs, dir: &Path) -> Result<Exit, Failure> {
    let scenario = simulate(args.seed, HOURS);
    let mut replay = Replay::open(dir, args, &scenario)?;
    replay.tell_until(scenario.start.shifted(HEAD_START_MS))?;
    let shared = Shared::new(replay.snapshot(), dir.join("log"));
    runtime()?.block_on(async {
        let listener = listen(args.listen).await?;
        let address = format!("http://{}/", listener.local_addr()?);
        common.say(greeting(dir, args, &scenario, &address));
        if !args.no_open {
            open_browser(&address);
        }
        let told = shared.clone();
        // The process ends with the server; a replay that fails says so and leaves what it told standing.
        std::thread::spawn(move || replay.run(&told));
        serve(listener, shared, interrupted()).await.map_err(Failure::from)
    })?;
    Ok(Exit::Done)
}

fn greeting(dir: &Path, args: &DemoArgs, scenario: &Scenario, address: &str) -> String {
    let kept = if args.keep { "kept on exit" } else { "deleted on exit; --keep to keep" };
    let observations = scenario.happenings.iter().filter(|h| matches!(h.what, What::Observation(_))).count();
    format!(
        "Backstop {}   SIMULATED DATA   country, parties and events are invented; no real place is shown
  store      {} ({kept})
  map        built in, no network used
  replaying  {HOURS} h at {}x: {observations} observations of {} happenings; stop with Ctrl-C
  open       {address}
Try:  1 open an incident and read what speaks against it   2 see where nobody looked   3 click a clause for its because
      4 see how well it did   5 backstop demo --keep, change one byte, backstop verify",
        env!("CARGO_PKG_VERSION"),
        dir.display(),
        args.speed,
        scenario.truth.len(),
    )
}

/// Opens the page where there is a desktop; where there is none, the address is on the screen.
fn open_browser(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = std::process::Stdio::null;
    let _ = std::process::Command::new(opener).arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}

/// A scenario on its way into a store.
struct Replay {
    station: Station,
    /// What is still to be told, the earliest last.
    rest: Vec<(Instant, Body)>,
    scenario: Scenario,
    now: Instant,
    speed: u32,
}

impl Replay {
    fn open(dir: &Path, args: &DemoArgs, scenario: &Scenario) -> Result<Replay, Failure> {
        let seed: [u8; 32] = Sha256::digest(format!("demo {}", args.seed)).into();
        let settings = Settings {
            data_class: DataClass::Simulated,
            mission: "varo".to_owned(),
            created_at_ms: scenario.start.ms(),
            seed: Some(seed),
        };
        let store = Store::create(dir, &settings)?;
        let files = agreement_files();
        let zone = clause::read(&files).0.time_zone;
        let mut station =
            open_mission(store, "Varo mission", DataClass::Simulated, &zone, Some(adopts(&files)), scenario.start)?;
        let sources: Vec<Body> = scenario.sources.iter().cloned().map(Body::SourceDeclared).collect();
        station.write(&sources, scenario.start)?;
        let mut rest: Vec<(Instant, Body)> = scenario.happenings.iter().map(told).chain(decided(scenario)).collect();
        rest.sort_by_key(|(at, _)| *at);
        rest.reverse();
        Ok(Replay { station, rest, scenario: scenario.clone(), now: scenario.start, speed: args.speed })
    }

    /// Writes everything that was received until `now`.
    fn tell_until(&mut self, now: Instant) -> Result<(), Failure> {
        while self.rest.last().is_some_and(|(at, _)| *at <= now) {
            let at = self.rest.last().map_or(now, |(at, _)| *at);
            let first = self.rest.iter().rposition(|(other, _)| *other != at).map_or(0, |last| last + 1);
            let bodies: Vec<Body> = self.rest.split_off(first).into_iter().map(|(_, body)| body).collect();
            self.station.write(&bodies, at)?;
        }
        self.station.publish()?;
        self.now = now;
        Ok(())
    }

    /// Tells the rest at the chosen speed.
    fn run(mut self, shared: &Shared) {
        while self.now < self.scenario.end {
            std::thread::sleep(TICK);
            let step = i64::from(self.speed) * SECOND_MS * TICK.as_millis() as i64 / 1000;
            let now = self.now.shifted(step).min(self.scenario.end);
            if let Err(failure) = self.tell_until(now) {
                let _ = failure.report(false);
                return;
            }
            shared.show(self.snapshot());
        }
    }

    fn snapshot(&self) -> Snapshot {
        let mission = Arc::new(self.station.mission().clone());
        let snapshot = Snapshot::of(mission, self.station.seal(), Moment::at(self.now), Reader::Mission);
        let scorecard = scorecard(&self.scenario, self.now, &snapshot);
        let replay = model::Replay {
            speed: self.speed,
            now: self.now.to_string(),
            ends: self.scenario.end.to_string(),
            finished: self.now >= self.scenario.end,
        };
        snapshot.of_demo(replay, scorecard)
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
