//! What an alert says: one line, and the text under it or the document for another program.
//!
//! Takes guarantees as the one it is for may see them, and a clock of them; gives words. Never looks past what it is given.

use crate::http::guarantees::{Answer, ClockLine};
use clause::guarantee::Occasion;
use mission::record::body::{Carrier, Opening};
use serde_json::json;
use std::fmt::Write;
use terms::{Instant, Label};

/// `EXERCISE: ` in front of what is not operational.
pub(crate) fn mark(data_class: &str) -> String {
    if data_class == "operational" { String::new() } else { format!("{}: ", data_class.to_uppercase()) }
}

/// The name and the data class of a mission, as alerts and feeds say them.
pub(crate) fn name_and_class(opening: Option<&Opening>) -> (&str, &str) {
    opening.map_or(("a mission", "operational"), |opening| (opening.mission.as_str(), opening.data_class.as_str()))
}

/// What is told: of which mission, of what, when it came, under which name.
pub(crate) struct Telling<'a> {
    pub(crate) mission: &'a str,
    pub(crate) data_class: &'a str,
    pub(crate) id: &'a Label,
    pub(crate) occasion: Occasion,
    pub(crate) at: Instant,
}

/// The line and the text of an alert about a clock.
pub(crate) fn message(told: &Telling<'_>, answer: &Answer, clock: &ClockLine, carrier: Carrier) -> (String, String) {
    let promise = answer.commitments.iter().find(|one| one.id == clock.commitment);
    let says = promise.map_or("", |one| one.says.as_str());
    let reading = clock.reading.as_ref().map_or_else(String::new, |reading| format!(" as {reading}"));
    let (occasion, mission) = (told.occasion.says(), told.mission);
    let subject = format!("{}{}{reading} {occasion}: {}, {says}", mark(told.data_class), clock.clock, clock.debtor);
    if carrier == Carrier::Webhook {
        let body = json!({
            "schema": "backstop.alert/1",
            "alert": told.id.as_str(),
            "mission": mission,
            "data_class": told.data_class,
            "occasion": told.occasion.word(),
            "distance_ms": told.occasion.distance_ms(),
            "at": told.at.to_string(),
            "says": subject,
            "promise": says,
            "clock": clock,
        });
        return (subject, body.to_string());
    }
    let mut text = format!("{}{mission}: {} {occasion}, {}.\n\n", mark(told.data_class), clock.id, told.at);
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key:<12} {value}");
    };
    if let Some(promise) = promise {
        line("promise", &format!("{} to {}: {says}", promise.debtor, promise.beneficiary));
        line("wording", &format!("{}; binds: {}", promise.word, promise.binds));
    }
    line("state", &clock.state);
    clock.because.iter().for_each(|why| line("because", why));
    line("arithmetic", &clock.arithmetic);
    line("due", clock.due.as_deref().unwrap_or("its time is stopped"));
    line("on expiry", clock.on_expiry.as_deref().unwrap_or("the text does not say"));
    clock.notes.iter().for_each(|note| line("note", note));
    line("alert", told.id.as_str());
    (subject, text)
}
