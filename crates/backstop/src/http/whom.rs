//! Who asks: everyone whom the server serves, or a guarantor or party that proves who it is.
//!
//! Takes the head of a request; gives the onlooker for whom guarantees are to be shown. A proof that does not hold is refused in one way
//! whatever is wrong with it, and never read as no proof. Never keeps a token, and never says which parties there are.

use super::{Shared, problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mission::Onlooker;
use serde::Serialize;
use utoipa::ToSchema;

/// For whom a request is answered.
pub(crate) struct Whom(pub(crate) Onlooker);

impl FromRequestParts<Shared> for Whom {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Whom, Response> {
        let snapshot = shared.now();
        let Some(proof) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Whom(Onlooker::from(snapshot.view.reader)));
        };
        let token = proof.to_str().ok().and_then(|proof| proof.strip_prefix("Bearer "));
        let own = crate::storage::own_secret(&shared.store_dir).ok().flatten();
        let party = token.zip(own).and_then(|(token, own)| {
            let (origin, now) = (&snapshot.seal.origin, crate::clock::now());
            crate::onlooker::proven(token, &own, &snapshot.mission, origin, now)
        });
        party.map(|party| Whom(Onlooker::Of(party))).ok_or_else(|| {
            let why = "this proves nobody: it has ended, is for another server, or its key is not admitted; `backstop reader token` makes another";
            let mut refused = problem(StatusCode::UNAUTHORIZED, why);
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            refused
        })
    }
}

/// An answer that is for one asker, which nothing on the way may keep for another.
pub(crate) fn theirs(answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("authorization"));
    answer
}

/// For whom this server answers, and what a party needs to prove itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct Onlooking {
    /// `mission`, `public`, or the name of the party that proved itself.
    sees: String,
    /// The log's name, which a token is for.
    origin: String,
    /// The store's public key, which a token is made for; nothing where the store cannot be read.
    key: Option<String>,
}

/// For whom guarantees are shown to whoever asks so.
#[utoipa::path(get, path = "/onlooker", responses((status = 200, body = Onlooking), (status = 401, body = super::model::Problem)))]
pub(crate) async fn onlooker(
    axum::extract::State(shared): axum::extract::State<Shared>,
    Whom(onlooker): Whom,
) -> Response {
    let sees = onlooker.name().to_owned();
    let key = crate::storage::own_secret(&shared.store_dir).ok().flatten().map(|own| own.public().to_string());
    theirs(axum::Json(Onlooking { sees, origin: shared.now().seal.origin.clone(), key }))
}
