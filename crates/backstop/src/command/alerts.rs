//! `backstop alerts`: who is told of which clock, what came of it, and who has read it.
//!
//! Takes a store, and a file of channels to send; prints alerts as one reader may see them, or sends what has come. The store is held
//! only to write: nothing waits for a mail server. Never sends what the record does not say is about to be sent.

use super::guarantees::AsOf;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::alert::{Channels, begin, due, end, send};
use crate::clock::now;
use crate::http::alerts::{AlertLine, acknowledged, lines};
use crate::station::{self, Station, present};
use crate::storage::{Error, Store};
use clap::{Args, Subcommand};
use mission::Onlooker;
use mission::record::body::Handling;
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// With `--watch`, so long lies between two rounds.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(30);
/// Whoever holds the store is waited for so often, a second each.
const PATIENCE_S: u32 = 60;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct AlertsArgs {
    #[command(subcommand)]
    verb: Option<AlertsVerb>,
    #[command(flatten)]
    as_of: AsOf,
    /// Also list what has come and is not told yet, by this file of channels
    #[arg(long, value_name = "FILE")]
    channels: Option<PathBuf>,
}

#[derive(Subcommand)]
enum AlertsVerb {
    /// Write to the record what has come, send it by its channels, and write what came of it
    Send {
        /// The file of channels
        #[arg(long, value_name = "FILE")]
        channels: PathBuf,
        /// Go on until interrupted, a round every half minute
        #[arg(long)]
        watch: bool,
        /// Read the file and say what would be sent; write and send nothing
        #[arg(long, conflicts_with = "watch")]
        dry_run: bool,
    },
    /// Say that an alert was read
    Acknowledge {
        /// Its name, as `backstop alerts` lists it
        alert: String,
        /// The office that read it, never a private name
        #[arg(long, value_name = "OFFICE")]
        by: String,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
}

pub(super) fn run(common: &Common, args: &AlertsArgs) -> Result<Exit, Failure> {
    match &args.verb {
        None => list(common, &args.as_of, args.channels.as_deref()),
        Some(AlertsVerb::Send { channels, dry_run: true, .. }) => dry_run(common, channels),
        Some(AlertsVerb::Send { channels, watch, .. }) => loop {
            let exit = round(common, channels)?;
            if !watch {
                return Ok(exit);
            }
            std::thread::sleep(BETWEEN_ROUNDS);
        },
        Some(AlertsVerb::Acknowledge { alert, by, note }) => acknowledge(common, alert, by, note),
    }
}

fn read_channels(path: &Path) -> Result<Channels, Failure> {
    Channels::read(path).map_err(|error| Failure::new(Exit::Usage, error))
}

fn list(common: &Common, as_of: &AsOf, channels: Option<&Path>) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let (at, onlooker) = as_of.asked(&mission)?;
    let alerts = lines(&mission.alerts(at, &onlooker));
    let channels = channels.map(read_channels).transpose()?;
    let due = channels.map(|channels| due(&mission, &channels, at));
    let mut text = format!("as of {at}\n");
    alerts.iter().for_each(|alert| tell(alert, &mut text));
    let mut waiting = Vec::new();
    for alert in due.iter().flat_map(|due| &due.alerts) {
        // Another reader's alert is told to nobody else, before it is raised too.
        if onlooker.may_read(&alert.audience) {
            let _ = writeln!(text, "{}  {:<9} {}  by {}: {}", alert.id, "due", alert.at, alert.channel, alert.subject);
            waiting.push(json!({ "alert": alert.id.as_str(), "channel": alert.channel.as_str(), "at": alert.at.to_string(), "subject": alert.subject }));
        }
    }
    if alerts.is_empty() && waiting.is_empty() {
        text.push_str("nobody was told of any clock\n");
    }
    if common.json {
        let data = json!({ "as_of": at.to_string(), "alerts": alerts, "due": due.is_some().then_some(waiting) });
        return print_json("backstop.alerts/1", Exit::Done, data);
    }
    print(&text)
}

fn tell(alert: &AlertLine, text: &mut String) {
    let _ = writeln!(text, "{}  {:<9} {}  by {}: {}", alert.id, alert.state, alert.at, alert.channel, alert.subject);
    if let Some(last) = &alert.last {
        let note = if last.note.is_empty() { String::new() } else { format!(": {}", last.note) };
        let _ = writeln!(text, "  {} at {}, attempts: {}{note}", last.step, last.at, alert.attempts);
    }
    if let Some(read) = &alert.acknowledged {
        let note = if read.note.is_empty() { String::new() } else { format!(": {}", read.note) };
        let _ = writeln!(text, "  acknowledged by {} at {}{note}", read.by, read.at);
    }
}

fn dry_run(common: &Common, channels: &Path) -> Result<Exit, Failure> {
    let channels = read_channels(channels)?;
    let (mission, _) = station::read(common.store()?)?;
    let due = due(&mission, &channels, present(&mission));
    let mut text = String::new();
    for alert in &due.alerts {
        let _ =
            writeln!(text, "to {}, by {}: {}\n\n{}", alert.channel, alert.carrier.word(), alert.subject, alert.text);
    }
    common.say(format!(
        "{} to be told, {} came too long ago; nothing was written or sent",
        due.alerts.len(),
        due.lapsed
    ));
    print(&text)
}

fn round(common: &Common, channels: &Path) -> Result<Exit, Failure> {
    // Read anew each time: a changed address counts at once.
    let channels = read_channels(channels)?;
    let (round, origin) = {
        let mut station = patient(common)?;
        let at = present(station.mission());
        let round = begin(&mut station, &channels, at)?;
        (round, station.reader().checkpoint().origin.clone())
    };
    let mut came = Vec::new();
    for alert in &round.sending {
        let outcome = send(&channels, alert, &origin, now());
        common.say(format!("{}, by {}: {}, {}", alert.id, alert.channel, outcome.step.word(), outcome.note));
        came.push((alert.clone(), outcome));
    }
    if !came.is_empty() {
        let mut station = patient(common)?;
        let at = present(station.mission());
        end(&mut station, &came, at)?;
    }
    let count = |step: Handling| came.iter().filter(|(_, outcome)| outcome.step == step).count();
    let (sent, refused, unknown) =
        (count(Handling::Sent), count(Handling::Refused), count(Handling::Unknown) + round.unknown);
    common.say(format!(
        "{} raised; {sent} sent, {refused} refused, {unknown} unknown, {} wait for the next round, {} came too long ago",
        round.raised, round.waiting, round.lapsed
    ));
    let exit = if refused + unknown > 0 { Exit::Findings } else { Exit::Done };
    if common.json {
        let data = json!({ "raised": round.raised, "sent": sent, "refused": refused, "unknown": unknown, "waiting": round.waiting, "lapsed": round.lapsed });
        return print_json("backstop.alerts-send/1", exit, data);
    }
    Ok(exit)
}

/// The store, to write: whoever holds it now is waited for.
fn patient(common: &Common) -> Result<Station, Failure> {
    let dir = common.store()?;
    let mut waited_s = 0;
    loop {
        match Store::open(dir) {
            Err(Error::Busy(_)) if waited_s < PATIENCE_S => waited_s += 1,
            opened => return Ok(Station::of(opened?)?),
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn acknowledge(common: &Common, alert: &str, by: &str, note: &str) -> Result<Exit, Failure> {
    let mut station = Station::of(Store::open(common.store()?)?)?;
    let step = acknowledged(station.mission(), &Onlooker::Mission, alert, by, note).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("there is no alert `{alert}`; `backstop alerts` lists them"))
    })?;
    let at = present(station.mission());
    station.write(&[step], at)?;
    station.publish()?;
    common.say(format!("`{alert}` is acknowledged by {by}"));
    Ok(Exit::Done)
}
