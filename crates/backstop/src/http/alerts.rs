//! Alerts for the page and the command line: what somebody was told of a clock, what came of it, and who has read it.
//!
//! Takes what the state holds of alerts that the asker may read. Writes one thing: that an alert was read, by the mission's staff at this
//! machine or by the party that it was for. Nothing else of the server writes.

use super::audit::from_our_page;
use super::model::Problem;
use super::whom::{Whom, theirs};
use super::{Shared, problem};
use crate::station::{Station, present};
use crate::storage::{Error, Store};
use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use mission::record::Body;
use mission::record::body::{AlertStep, Handling};
use mission::{AlertStand, Held, Mission, Onlooker};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use terms::Instant;
use utoipa::ToSchema;

/// So many letters a remark may have.
const MOST_LETTERS: usize = 1000;

/// What somebody was told of a clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertLine {
    pub(crate) id: String,
    /// By which channel.
    pub(crate) channel: String,
    /// `app`, `mail`, `webhook`.
    carrier: String,
    /// The clock's name.
    clock: String,
    /// `started`, `before`, `end`, `after`.
    occasion: String,
    /// How long before or after, in milliseconds.
    distance_ms: i64,
    /// When that came.
    pub(crate) at: String,
    /// In one line.
    pub(crate) subject: String,
    /// When it was written down, before it was sent.
    raised_at: String,
    /// `shown` in the app alone; `sent`; `refused`; `unknown`, whether it went out.
    pub(crate) state: String,
    /// How often it was tried.
    pub(crate) attempts: usize,
    /// The last step of sending it.
    pub(crate) last: Option<AlertStepLine>,
    /// Who first said that it was read.
    pub(crate) acknowledged: Option<AlertStepLine>,
}

/// A step with an alert.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertStepLine {
    /// `attempted`, `sent`, `refused`, `unknown`, `acknowledged`.
    pub(crate) step: String,
    pub(crate) at: String,
    pub(crate) by: String,
    pub(crate) note: String,
}

/// Alerts, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alerts {
    /// For whom.
    sees: String,
    /// Whether this asker can say that an alert was read.
    can_acknowledge: bool,
    alerts: Vec<AlertLine>,
}

/// That an alert was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledging {
    /// The office that read it, never a private name; a party that proved itself is named as that party.
    #[serde(default)]
    by: String,
    /// A remark.
    #[serde(default)]
    note: String,
}

/// Alerts in the shape of the answer, in log order.
pub(crate) fn lines(stands: &[AlertStand]) -> Vec<AlertLine> {
    let step = |held: &Held<AlertStep>| AlertStepLine {
        step: held.what.step.word().to_owned(),
        at: held.received_at.to_string(),
        by: held.what.by.clone(),
        note: held.what.note.clone(),
    };
    let line = |stand: &AlertStand| {
        let alert = &stand.raised.what;
        AlertLine {
            id: alert.id.to_string(),
            channel: alert.channel.to_string(),
            carrier: alert.carrier.word().to_owned(),
            clock: alert.run.clone(),
            occasion: alert.occasion.word().to_owned(),
            distance_ms: alert.occasion.distance_ms(),
            at: alert.at.to_string(),
            subject: alert.subject.clone(),
            raised_at: stand.raised.received_at.to_string(),
            state: stand.word().to_owned(),
            attempts: stand.attempts(),
            last: stand.last().map(step),
            acknowledged: stand.acknowledged().map(step),
        }
    };
    stands.iter().map(line).collect()
}

/// The entry that says that an alert was read; nothing where the onlooker knows of none by that name.
pub(crate) fn acknowledged(mission: &Mission, onlooker: &Onlooker, alert: &str, by: &str, note: &str) -> Option<Body> {
    let alerts = mission.alerts(Instant::LATEST, onlooker);
    let raised = &alerts.iter().find(|stand| stand.raised.what.id.as_str() == alert)?.raised.what;
    let (by, note) = (by.to_owned(), note.to_owned());
    let (alert, audience, step) = (raised.id.clone(), raised.audience.clone(), Handling::Acknowledged);
    Some(Body::AlertStepped(AlertStep { alert, audience, step, by, note }))
}

/// What the asker was told of clocks.
#[utoipa::path(get, path = "/guarantees/alerts", responses((status = 200, body = Alerts), (status = 401, body = Problem)))]
pub(crate) async fn alerts(State(shared): State<Shared>, Whom(onlooker): Whom) -> Response {
    let snapshot = shared.now();
    let mut alerts = lines(&snapshot.mission.alerts(snapshot.view.moment.known_at, &onlooker));
    alerts.reverse();
    let (sees, can_acknowledge) = (onlooker.name().to_owned(), onlooker != Onlooker::Public);
    theirs(Json(Alerts { sees, can_acknowledge, alerts }))
}

/// Writes that an alert was read.
#[utoipa::path(post, path = "/guarantees/alerts/{id}/acknowledgement", params(("id" = String, Path, description = "`alert-…`")),
    request_body = Acknowledging, responses((status = 200, body = Vec<AlertLine>), (status = 400, body = Problem),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn acknowledge(
    State(shared): State<Shared>,
    Whom(onlooker): Whom,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(said): Json<Acknowledging>,
) -> Response {
    if !from_our_page(&headers) {
        return problem(StatusCode::FORBIDDEN, "this was asked by a page of another host");
    }
    let by = match &onlooker {
        Onlooker::Of(party) => party.to_string(),
        Onlooker::Mission if peer.ip().is_loopback() => said.by.trim().to_owned(),
        Onlooker::Mission => {
            return problem(StatusCode::FORBIDDEN, "the staff acknowledges at the server's own machine");
        }
        Onlooker::Public => {
            let why = "nobody has proved to be of the mission or a party; sign in, or serve with `--reader mission`";
            return problem(StatusCode::FORBIDDEN, why);
        }
    };
    if by.is_empty() || [&by, &said.note].iter().any(|text| text.chars().count() > MOST_LETTERS) {
        let why = format!(
            "`by` names the office that read it, and neither it nor `note` is longer than {MOST_LETTERS} letters"
        );
        return problem(StatusCode::BAD_REQUEST, why);
    }
    let note = said.note;
    let written = tokio::task::spawn_blocking(move || {
        let mut station = Station::of(Store::open(&shared.store_dir)?)?;
        let Some(step) = acknowledged(station.mission(), &onlooker, &id, &by, &note) else { return Ok(None) };
        let at = present(station.mission());
        station.write(&[step], at)?;
        station.publish()?;
        let stands = station.mission().alerts(Instant::LATEST, &onlooker);
        Ok(Some(lines(&stands.into_iter().filter(|stand| stand.raised.what.id.as_str() == id).collect::<Vec<_>>())))
    });
    match written.await {
        Ok(Ok(Some(lines))) => theirs(Json(lines)),
        Ok(Ok(None)) => problem(StatusCode::NOT_FOUND, "there is no such alert for you"),
        Ok(Err(Error::Busy(_))) => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "another program writes to the store; try again in a moment")
        }
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "writing it down failed; please report it"),
    }
}
