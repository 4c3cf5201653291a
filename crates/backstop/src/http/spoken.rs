//! Voices as `/api/v1` says them.
//!
//! Takes an incident; gives with which voice each of its reports speaks, and which other report it is one with and why. Never more than the
//! ids of reports that the incident names anyway.

use fusion::{Incident, Sameness};
use serde::Serialize;
use utoipa::ToSchema;

/// With which voice an observation speaks.
#[derive(Serialize, ToSchema)]
pub struct Spoken {
    /// The observation.
    pub observation: String,
    /// The voice, from 1.
    pub voice: u32,
    /// Another observation of the same voice; nothing for the first.
    pub one_with: Option<String>,
    /// Why the two are one voice: `same group`, `cites the same address`, `same words`, `repeats place and time`.
    pub why: Option<String>,
}

/// The voice of each report, in the order of the incident's reports.
pub(crate) fn spoken(incident: &Incident) -> Vec<Spoken> {
    let members = incident.members.iter().zip(&incident.spoken);
    let spoken = members.map(|(member, spoken)| {
        let (other, why) = spoken.one_with.unzip();
        Spoken {
            observation: member.to_string(),
            voice: spoken.voice + 1,
            one_with: other.map(|other| other.to_string()),
            why: why.map(Sameness::word).map(str::to_owned),
        }
    });
    spoken.collect()
}
