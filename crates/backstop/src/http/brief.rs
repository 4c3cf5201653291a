//! A brief on paper, for whoever may see what is in it.
//!
//! Takes for whom and as of when; gives a PDF. The staff gets it as the one may see it whom it is for, so that it can be handed on;
//! anybody else gets what they may see themselves.

use super::guarantees::reckoned;
use super::model::Problem;
use super::whom::{Whom, theirs};
use super::{Shared, answers, problem};
use crate::brief::Brief;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use terms::Party;
use utoipa::IntoParams;

/// Whom it is for, and for which instant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BriefAsked {
    /// The party that it is for.
    r#for: String,
    /// As of this instant, with what was known by then; now without it.
    as_of: Option<String>,
}

/// What concerns one guarantor, on two pages of A4.
#[utoipa::path(get, path = "/guarantees/brief.pdf", params(BriefAsked), responses(
    (status = 200, body = String, content_type = "application/pdf"), (status = 400, body = Problem),
    (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn brief(
    State(shared): State<Shared>,
    Whom(onlooker): Whom,
    Query(asked): Query<BriefAsked>,
) -> Response {
    let Some(who) = Party::new(&asked.r#for) else {
        return problem(StatusCode::BAD_REQUEST, format!("`{}` is no name of a party", asked.r#for));
    };
    let data_class = answers::data_class(&shared.now().view);
    let seen_by = Brief::seen_by(onlooker, &who);
    let made = reckoned(&shared, seen_by, asked.as_of.as_deref(), move |guarantees| {
        Brief::of(guarantees, who.as_str(), &data_class).map(|brief| brief.pdf())
    });
    match made.await {
        Err(problem) => problem,
        Ok(Err(why)) => problem(StatusCode::NOT_FOUND, why),
        Ok(Ok(Err(fault))) => problem(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string()),
        Ok(Ok(Ok(pages))) => {
            let named = (header::CONTENT_DISPOSITION, "inline; filename=\"brief.pdf\"");
            theirs(([(header::CONTENT_TYPE, "application/pdf"), named], pages))
        }
    }
}
