//! Surveys for the page: where an act would have been seen, what each loss cost, where one more post would help most.
//!
//! Takes a view and a question; gives the shapes of the answer. Never shows cells to the public: a fine map of where nobody looks
//! helps whoever means to go there, so that reader gets whole sectors.

use super::model::{Problem, Span};
use super::query::Filter;
use super::{Shared, answers, problem};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use coverage::{Detection, Survey};
use mission::{Reader, View};
use serde::Serialize;
use terms::{Act, Area};
use utoipa::ToSchema;

/// Where one act would have been seen.
#[derive(Serialize, ToSchema)]
#[schema(as = Surveys)]
pub(crate) struct Answer {
    /// What was known at this instant.
    as_of: String,
    /// The span counted over.
    span: Option<Span>,
    /// Of which act; the one told of most often where none is asked for.
    act: Option<String>,
    /// The acts that can be asked for, with how many incidents are of each.
    acts: Vec<ActTold>,
    /// The hash of what is believed of how well each means sees; nothing where the mission adopted nothing.
    detection: Option<String>,
    /// From what that was fitted or assumed, and the entry that says so.
    basis: Option<String>,
    /// The entry that adopted it.
    entry: Option<u64>,
    /// Below this chance no clause reads `complied`, ppm.
    keep_threshold_ppm: Option<u32>,
    /// One per sector; none where nothing was adopted or told of.
    sectors: Vec<SurveyedSector>,
}

/// An act, and how many incidents are of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActTold {
    act: String,
    incidents: u64,
}

/// The survey of one sector.
#[derive(Serialize, ToSchema)]
pub(crate) struct SurveyedSector {
    /// Zone or region id.
    id: String,
    /// Its name.
    name: String,
    /// The chance that the act would have been seen, ppm.
    seen_ppm: u32,
    /// The share of such happenings that is loud enough to be seen nine times in ten, ppm.
    surely_ppm: u32,
    /// The chance of each hour.
    hours: Vec<HourSeen>,
    /// What darkness cost, ppm.
    night_ppm: u32,
    /// What each loss cost, the dearest first.
    lost: Vec<LostLook>,
    /// How many losses were not priced.
    lost_left_out: usize,
    /// Where one more post would help most, for each means.
    posts: Vec<MorePost>,
    /// The map; nothing for the public.
    cells: Vec<Cell>,
}

/// The chance of one hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct HourSeen {
    /// Its middle.
    at: String,
    /// The chance, ppm.
    seen_ppm: u32,
}

/// A source that could not see.
#[derive(Serialize, ToSchema)]
pub(crate) struct LostLook {
    /// Which.
    source: String,
    /// Its title.
    title: String,
    /// What kept it.
    why: String,
    /// What would be added to the chance, had it looked, ppm.
    cost_ppm: u32,
}

/// One more post.
#[derive(Serialize, ToSchema)]
pub(crate) struct MorePost {
    /// By what means.
    means: String,
    /// What it would add to the chance, ppm.
    gain_ppm: u32,
    /// Where, microdegrees.
    lon_e6: i32,
    /// Where, microdegrees.
    lat_e6: i32,
    /// How far it sees, metres.
    reach_m: u32,
}

/// One cell of the map.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cell {
    /// Its middle, microdegrees.
    lon_e6: i32,
    /// Its middle, microdegrees.
    lat_e6: i32,
    /// The chance there, ppm.
    seen_ppm: u32,
    /// The smallest event that would be seen: the share of such happenings that is at least so loud, ppm.
    surely_ppm: u32,
    /// The largest event that could have passed: the same share in the worst hour, ppm.
    at_worst_ppm: u32,
}

/// Where an act would have been seen, over a span or the last 24 hours; `act` names one.
#[utoipa::path(get, path = "/coverage/survey", params(Filter), responses(
    (status = 200, body = Answer), (status = 400, body = Problem)))]
pub(crate) async fn survey(State(shared): State<Shared>, Query(filter): Query<Filter>) -> Response {
    let snapshot = shared.now();
    let read = match filter.read() {
        Ok(read) => read,
        Err(why) => return problem(StatusCode::BAD_REQUEST, why),
    };
    let (span, asked) = (read.span(&snapshot), read.one_act());
    let asked = match asked {
        Ok(asked) => asked,
        Err(why) => return problem(StatusCode::BAD_REQUEST, why),
    };
    // Seconds of reckoning on a large mission: not on the thread that answers everybody.
    let answer = tokio::task::spawn_blocking(move || {
        let view = &snapshot.view;
        let act = asked.or_else(|| view.acts_told().first().map(|(act, _)| *act));
        let areas = answers::sectors(view, &snapshot.sectors);
        answer(view, areas, act, span)
    });
    match answer.await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, format!("the survey ended early: {error}")),
    }
}

fn answer(view: &View, areas: Vec<(String, String, Area)>, act: Option<Act>, span: Option<terms::Span>) -> Answer {
    let surveyed = |(id, name, area): (String, String, Area)| {
        let survey = view.survey(&area, act?, span?)?;
        Some(sector(view, (id, name), survey))
    };
    let acts = view.acts_told().into_iter().map(|(act, incidents)| ActTold { act: act.word().to_owned(), incidents });
    let held = view.detection.as_ref();
    Answer {
        as_of: view.moment.known_at.to_string(),
        span: span.map(answers::span),
        act: act.map(|act| act.word().to_owned()),
        acts: acts.collect(),
        detection: view.detection().map(Detection::hash),
        basis: held.map(|held| held.what.basis.clone()),
        entry: held.map(|held| held.entry),
        keep_threshold_ppm: view.adopted.as_ref().map(|held| held.what.agreement.keep_threshold.ppm()),
        sectors: areas.into_iter().filter_map(surveyed).collect(),
    }
}

fn sector(view: &View, (id, name): (String, String), survey: Survey) -> SurveyedSector {
    let title =
        |source: &terms::SourceId| view.sources.get(source).map_or(source.to_string(), |known| known.title.clone());
    let hours = survey.seen.hours.iter().map(|(at, chance)| HourSeen { at: at.to_string(), seen_ppm: chance.ppm() });
    let lost = survey.lost.iter().map(|lost| LostLook {
        source: lost.source.to_string(),
        title: title(&lost.source),
        why: lost.why.word().to_owned(),
        cost_ppm: lost.cost.ppm(),
    });
    let posts = survey.posts.iter().map(|post| MorePost {
        means: post.means.word().to_owned(),
        gain_ppm: post.gain.ppm(),
        lon_e6: post.place.lon_e6(),
        lat_e6: post.place.lat_e6(),
        reach_m: post.reach_m,
    });
    let cells = survey.cells.iter().filter(|_| view.reader == Reader::Mission).map(|cell| Cell {
        lon_e6: cell.place.lon_e6(),
        lat_e6: cell.place.lat_e6(),
        seen_ppm: cell.chance.ppm(),
        surely_ppm: cell.surely.ppm(),
        at_worst_ppm: cell.at_worst.ppm(),
    });
    SurveyedSector {
        id,
        name,
        seen_ppm: survey.seen.chance.ppm(),
        surely_ppm: survey.seen.surely().ppm(),
        hours: hours.collect(),
        night_ppm: survey.night.ppm(),
        lost: lost.collect(),
        lost_left_out: survey.lost_left_out,
        posts: if view.reader == Reader::Mission { posts.collect() } else { Vec::new() },
        cells: cells.collect(),
    }
}
