//! One round of alerts: what has come, what is tried again, and what came of it.
//!
//! Takes an open station, channels and an instant. `begin` writes to the record what is about to be sent; `send` sends, with the store
//! closed; `end` writes what came of it. If the process ends between the two, whether an alert went out is unknown: the next round
//! says so, and does not send it again.

use super::channels::{Channels, Way};
use super::words::{Telling, message, name_and_class};
use super::{Outcome, mail, webhook};
use crate::http::guarantees::{Answer, written};
use crate::station::Station;
use crate::storage::Error;
use clause::guarantee::occasions;
use mission::record::Body;
use mission::record::body::{Alert, AlertStep, Carrier, Handling};
use mission::{AlertStand, Guarantees, Mission, Moment, Onlooker};
use std::collections::{BTreeMap, BTreeSet};
use terms::time::MINUTE_MS;
use terms::{Instant, Label};

/// So many alerts go out in a round; others wait for the next.
const MOST_IN_A_ROUND: usize = 64;
/// An alert that is refused so often is not tried again.
const MOST_ATTEMPTS: usize = 5;
/// An attempt of which nothing was heard for so long has ended without a word.
const SILENT_MS: i64 = 15 * MINUTE_MS;

/// How an onlooker sees guarantees at the instant of a round.
pub type Look<'a> = dyn FnMut(&Mission, &Onlooker) -> Option<Guarantees> + 'a;

/// What has come, and was not told yet.
pub struct Due {
    /// To be told, by when it came.
    pub alerts: Vec<Alert>,
    /// How many came too long ago to be told now.
    pub lapsed: usize,
}

/// What has come by an instant for every channel, and is not in the record.
#[must_use]
pub fn due(mission: &Mission, channels: &Channels, at: Instant) -> Due {
    due_as(mission, channels, at, &mut |mission, whom| mission.guarantees(Moment::at(at), whom))
}

/// The same, where `look` gives the guarantees of the instant as an onlooker may see them.
fn due_as(mission: &Mission, channels: &Channels, at: Instant, look: &mut Look<'_>) -> Due {
    let known = mission.alerts(at, &Onlooker::Mission);
    let known: BTreeSet<&Label> = known.iter().map(|stand| &stand.raised.what.id).collect();
    let (name, data_class) = name_and_class(mission.opening());
    let mut seen: BTreeMap<Onlooker, Option<(Guarantees, Answer)>> = BTreeMap::new();
    let mut due = Due { alerts: Vec::new(), lapsed: 0 };
    for channel in &channels.channels {
        // As this channel's reader sees it, before anything is said.
        let seen = seen.entry(channel.whom.clone()).or_insert_with(|| {
            let guarantees = look(mission, &channel.whom)?;
            let answer = written(&guarantees);
            Some((guarantees, answer))
        });
        let Some((guarantees, answer)) = seen else { continue };
        for (run, clock) in guarantees.sheet.runs.iter().zip(&answer.clocks) {
            for (occasion, when) in occasions(run, &channels.distances, at) {
                let id = Alert::name(&channel.name, &clock.id, occasion, when);
                if known.contains(&id) {
                    continue;
                }
                if at.ms() - when.ms() > channels.look_back_ms {
                    due.lapsed += 1;
                    continue;
                }
                let carrier = channel.way.carrier();
                let told = Telling { mission: name, data_class, id: &id, occasion, at: when };
                let (subject, text) = message(&told, answer, clock, carrier);
                due.alerts.push(Alert {
                    channel: channel.name.clone(),
                    carrier,
                    audience: channel.whom.audience(),
                    run: clock.id.clone(),
                    occasion,
                    at: when,
                    subject,
                    text,
                    id,
                });
            }
        }
    }
    due.alerts.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    due
}

/// What a round is about to do, and what it left.
#[derive(Default)]
pub struct Round {
    /// To be sent now, in this order.
    pub sending: Vec<Alert>,
    /// How many were raised, those of the app among them.
    pub raised: usize,
    /// How many that were tried before ended without a word.
    pub unknown: usize,
    /// How many wait for the next round.
    pub waiting: usize,
    /// How many came too long ago to be told.
    pub lapsed: usize,
}

/// Writes to the record what is about to be sent, and says of attempts that ended without a word that they are unknown. When this
/// returns, the disk has it; nothing was sent yet.
///
/// # Errors
/// If the store cannot write; then nothing is to be sent.
pub fn begin(station: &mut Station, channels: &Channels, at: Instant) -> Result<Round, Error> {
    begin_as(station, channels, at, &mut |mission, whom| mission.guarantees(Moment::at(at), whom))
}

/// The same, where `look` gives the guarantees of the instant as an onlooker may see them.
///
/// # Errors
/// As [`begin`].
pub fn begin_as(station: &mut Station, channels: &Channels, at: Instant, look: &mut Look<'_>) -> Result<Round, Error> {
    let known = station.mission().alerts(at, &Onlooker::Mission);
    let mut round = Round::default();
    let mut bodies = Vec::new();
    for stand in &known {
        match next(stand, at) {
            Next::Nothing => {}
            Next::SayUnknown => {
                round.unknown += 1;
                let outcome = Outcome::unknown("nothing was heard of this attempt; it is not sent again");
                bodies.push(step(&stand.raised.what, &outcome));
            }
            Next::TryAgain if channels.named(&stand.raised.what.channel).is_none() => {}
            Next::TryAgain if round.sending.len() == MOST_IN_A_ROUND => round.waiting += 1,
            Next::TryAgain => round.sending.push(stand.raised.what.clone()),
        }
    }
    let due = due_as(station.mission(), channels, at, look);
    round.lapsed = due.lapsed;
    for alert in due.alerts {
        if round.sending.len() == MOST_IN_A_ROUND {
            round.waiting += 1;
            continue;
        }
        round.raised += 1;
        bodies.push(Body::AlertRaised(alert.clone()));
        if alert.carrier != Carrier::App {
            round.sending.push(alert);
        }
    }
    bodies.extend(round.sending.iter().map(|alert| {
        let (alert, audience) = (alert.id.clone(), alert.audience.clone());
        Body::AlertStepped(AlertStep {
            alert,
            audience,
            step: Handling::Attempted,
            by: String::new(),
            note: String::new(),
        })
    }));
    if !bodies.is_empty() {
        station.write(&bodies, at)?;
        station.publish()?;
    }
    Ok(round)
}

/// Sends one alert by its channel. May take a minute; no store is held meanwhile.
#[must_use]
pub fn send(channels: &Channels, alert: &Alert, origin: &str, at: Instant) -> Outcome {
    match channels.named(&alert.channel).map(|channel| &channel.way) {
        Some(Way::Mail(mail)) => mail::send(mail, alert, origin),
        Some(Way::Webhook { url, secret }) => webhook::send(url, secret, alert, at),
        Some(Way::App) | None => Outcome::refused("the file of channels has no such way out any more"),
    }
}

/// Writes what came of what was sent.
///
/// # Errors
/// If the store cannot write; then it is unknown, and the next round says so.
pub fn end(station: &mut Station, came: &[(Alert, Outcome)], at: Instant) -> Result<(), Error> {
    if came.is_empty() {
        return Ok(());
    }
    let bodies: Vec<Body> = came.iter().map(|(alert, outcome)| step(alert, outcome)).collect();
    station.write(&bodies, at)?;
    station.publish().map(|_| ())
}

fn step(alert: &Alert, outcome: &Outcome) -> Body {
    Body::AlertStepped(AlertStep {
        alert: alert.id.clone(),
        audience: alert.audience.clone(),
        step: outcome.step,
        by: alert.channel.to_string(),
        note: outcome.note.clone(),
    })
}

enum Next {
    Nothing,
    SayUnknown,
    TryAgain,
}

/// What is to be done with an alert of before: the longer it is refused, the longer it waits.
fn next(stand: &AlertStand, at: Instant) -> Next {
    let Some(sending) = stand.sending() else { return Next::Nothing };
    let last = stand.last().map_or(stand.raised.received_at, |held| held.received_at);
    let since_ms = at.ms() - last.ms();
    match sending {
        Handling::Attempted if since_ms > SILENT_MS => Next::SayUnknown,
        Handling::Refused if stand.attempts() < MOST_ATTEMPTS => {
            let wait_ms = 5_i64.pow(u32::try_from(stand.attempts()).unwrap_or(u32::MAX).saturating_sub(1)) * MINUTE_MS;
            if since_ms >= wait_ms { Next::TryAgain } else { Next::Nothing }
        }
        Handling::Attempted | Handling::Refused | Handling::Sent | Handling::Unknown | Handling::Acknowledged => {
            Next::Nothing
        }
    }
}
