//! `backstop demo`: 72 hours of an invented ceasefire, replayed into a store of their own and shown in the browser.
//!
//! The replay writes entries through the same door as everything else, stamped with simulated time; the page polls. The
//! store is `simulated` for life and is deleted at the end unless it is kept.

use super::scorecard::scorecard;
use super::serve::{THREADS, interrupted, listen, runtime};
use super::{Common, DemoArgs, Exit, Failure};
use crate::demo::{Replay, Scenario, What};
use crate::http::{Shared, Snapshot, model, serve};
use fusion::Pools;
use mission::{Moment, Reader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use terms::time::{HOUR_MS, SECOND_MS};

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
    let mut replay = Replay::open(dir, args.seed, HOURS)?;
    replay.tell_until(replay.scenario().start.shifted(HEAD_START_MS))?;
    let mut pace = Pace { replay, speed: args.speed, pools: Pools::default() };
    let shared = Shared::new(pace.snapshot(), dir.to_owned());
    runtime(THREADS)?.block_on(async {
        let listener = listen(args.listen).await?;
        let address = format!("http://{}/", listener.local_addr()?);
        common.say(greeting(dir, args, pace.replay.scenario(), &address));
        if !args.no_open {
            open_browser(&address);
        }
        let told = shared.clone();
        // The process ends with the server; a replay that fails says so and leaves what it told standing.
        std::thread::spawn(move || pace.run(&told));
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
      4 see how well it did   5 backstop demo tamper --in-place, then look at Audit",
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

/// The replay at its pace, with what the page shows of it.
struct Pace {
    replay: Replay,
    speed: u32,
    pools: Pools,
}

impl Pace {
    /// Tells the rest at the chosen speed.
    fn run(mut self, shared: &Shared) {
        while self.replay.now() < self.replay.scenario().end {
            std::thread::sleep(TICK);
            let step = i64::from(self.speed) * SECOND_MS * TICK.as_millis() as i64 / 1000;
            let now = self.replay.now().shifted(step).min(self.replay.scenario().end);
            if let Err(why) = self.replay.tell_until(now) {
                let _ = Failure::from(why).report(false);
                return;
            }
            shared.show(self.snapshot());
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        let (station, now, scenario) = (self.replay.station(), self.replay.now(), self.replay.scenario());
        let snapshot = Snapshot::of(
            Arc::new(station.mission().clone()),
            station.seal(),
            Moment::at(now),
            Reader::Mission,
            &mut self.pools,
        );
        let scorecard = scorecard(scenario, now, &snapshot);
        let replay = model::Replay {
            speed: self.speed,
            now: now.to_string(),
            ends: scenario.end.to_string(),
            finished: now >= scenario.end,
        };
        snapshot.of_demo(replay, scorecard)
    }
}
