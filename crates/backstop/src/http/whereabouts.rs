//! Where something was: directions from posts, and where the places of an incident's reports meet.
//!
//! Takes wedges and meetings; gives their shapes in the API. Never more digits than are known, and no region over places that
//! contradict one another.

use fusion::Region;
use mission::{SeenIncident, View};
use serde::Serialize;
use terms::Observation;
use utoipa::ToSchema;

/// Between two ranges from a post, within so much of a bearing.
#[derive(Serialize, ToSchema)]
pub struct Wedge {
    /// Longitude of the post, degrees.
    pub lon: f64,
    /// Latitude of the post, degrees.
    pub lat: f64,
    /// Degrees clockwise from true north.
    pub bearing_deg: f64,
    /// How far the bearing may be off to either side, degrees.
    pub bearing_error_deg: f64,
    /// Least range, metres.
    pub range_least_m: u32,
    /// Most range, metres.
    pub range_most_m: u32,
}

/// Where the places that independent voices state lie over one another: each place as a bell, all multiplied.
#[derive(Serialize, ToSchema)]
pub struct Meeting {
    /// `meets`, or `apart` where two places lie so far outside one another that one happening is told so once in a thousand times.
    pub answer: String,
    /// How many voices gave a place; absent where two are apart.
    pub voices: Option<u32>,
    /// Longitude of the middle, degrees; absent where two are apart.
    pub lon: Option<f64>,
    /// Latitude of the middle, degrees; absent where two are apart.
    pub lat: Option<f64>,
    /// The ellipses that hold half of the mass, and nine tenths of it; none where two are apart.
    pub ellipses: Vec<Ellipse>,
    /// The two observations that are apart.
    pub apart: Vec<String>,
}

/// An ellipse about the middle that holds a share of the mass.
#[derive(Serialize, ToSchema)]
pub struct Ellipse {
    /// The share, percent.
    pub percent: u32,
    /// Half of the longer axis, metres.
    pub long_m: u32,
    /// Half of the shorter axis, metres.
    pub short_m: u32,
    /// Where the longer axis points: degrees clockwise from north, below 180.
    pub bearing_deg: f64,
}

/// The shares that ellipses hold, percent.
const SHARES: [u32; 2] = [50, 90];

pub(crate) fn wedge(wedge: &terms::Wedge) -> Wedge {
    let [range_least_m, range_most_m] = wedge.range_m();
    Wedge {
        lon: f64::from(wedge.post().lon_e6()) / 1e6,
        lat: f64::from(wedge.post().lat_e6()) / 1e6,
        bearing_deg: f64::from(wedge.bearing_mdeg()) / 1e3,
        bearing_error_deg: f64::from(wedge.error_mdeg()) / 1e3,
        range_least_m,
        range_most_m,
    }
}

/// Where the places of the reports behind an incident meet, as far as the view has them.
pub(crate) fn meeting(view: &View, seen: &SeenIncident) -> Option<Meeting> {
    let told = seen.incident.members.iter().zip(&seen.incident.spoken);
    let told: Vec<(u32, &Observation)> =
        told.filter_map(|(id, spoken)| Some((spoken.voice, &view.observations.get(id)?.what))).collect();
    Some(match fusion::meeting(&told)? {
        fusion::Meeting::Region(region) => Meeting {
            answer: "meets".to_owned(),
            voices: Some(region.voices),
            lon: Some(f64::from(region.middle.lon_e6()) / 1e6),
            lat: Some(f64::from(region.middle.lat_e6()) / 1e6),
            ellipses: SHARES.map(|percent| ellipse(&region, percent)).into(),
            apart: Vec::new(),
        },
        fusion::Meeting::Apart(pair) => Meeting {
            answer: "apart".to_owned(),
            voices: None,
            lon: None,
            lat: None,
            ellipses: Vec::new(),
            apart: pair.map(|id| id.to_string()).into(),
        },
    })
}

fn ellipse(region: &Region, percent: u32) -> Ellipse {
    let ellipse = region.ellipse(percent);
    Ellipse {
        percent,
        long_m: ellipse.long_m,
        short_m: ellipse.short_m,
        bearing_deg: f64::from(ellipse.bearing_mdeg) / 1e3,
    }
}
