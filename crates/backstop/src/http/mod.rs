//! The server: `/api/v1`, the web app and the log as static files.
//!
//! Takes a shared snapshot; gives answers in the shapes of `model`, whose OpenAPI document is the source of the web app's
//! types. Listens on loopback unless told otherwise. Writes one thing, that an alert was read; facts come in through intake alone.

pub mod model;

pub(crate) mod alerts;
mod answers;
mod atom;
pub mod audit;
mod brief;
mod drafting;
pub(crate) mod feed;
pub(crate) mod guarantees;
pub(crate) mod history;
mod instances;
pub(crate) mod notices;
mod query;
pub(crate) mod simulating;
mod snapshot;
pub mod spoken;
pub(crate) mod strength;
mod surveying;
mod web;
pub mod whereabouts;
mod whom;

pub use snapshot::Snapshot;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use query::Filter;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the handlers share.
#[derive(Clone)]
pub struct Shared {
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
    store_dir: Arc<PathBuf>,
    /// The last audit and the one that runs.
    audits: Arc<audit::Audits>,
    /// The store as last opened to give files to everyone.
    given: Arc<std::sync::Mutex<Option<crate::storage::Reader>>>,
    /// Room for looking at drafts.
    drafting: Arc<tokio::sync::Semaphore>,
    /// Room for histories.
    looking_back: Arc<tokio::sync::Semaphore>,
}

/// So many drafts are looked at at once.
const DRAFTS_AT_ONCE: usize = 2;
/// So many histories are reckoned at once; others wait.
const HISTORIES_AT_ONCE: usize = 2;

impl Shared {
    /// A first snapshot, and the folder of the store, whose log is served as it is. The store is audited in the background.
    #[must_use]
    pub fn new(snapshot: Snapshot, store_dir: PathBuf) -> Shared {
        let store_dir = Arc::new(store_dir);
        let audits = Arc::new(audit::Audits::default());
        audits.start(&store_dir);
        Shared {
            snapshot: Arc::new(RwLock::new(Arc::new(snapshot))),
            store_dir,
            audits,
            given: Arc::default(),
            drafting: Arc::new(tokio::sync::Semaphore::new(DRAFTS_AT_ONCE)),
            looking_back: Arc::new(tokio::sync::Semaphore::new(HISTORIES_AT_ONCE)),
        }
    }

    /// Shows a newer snapshot from now on.
    pub fn show(&self, snapshot: Snapshot) {
        let mut shown = self.snapshot.write().expect("invariant: no holder of the snapshot panics");
        *shown = Arc::new(snapshot.after(&shown));
    }

    pub(crate) fn now(&self) -> Arc<Snapshot> {
        self.snapshot.read().expect("invariant: no holder of the snapshot panics").clone()
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Backstop",
    description = "Reads a mission that watches a ceasefire. Every answer says what was known and when.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Document;

fn api() -> OpenApiRouter<Shared> {
    let version_one = OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(incidents))
        .routes(routes!(incident))
        .routes(routes!(coverage))
        .routes(routes!(surveying::survey))
        .routes(routes!(agreement))
        .routes(routes!(instances::of_rule))
        .routes(routes!(history::history_of_rule))
        .routes(routes!(drafting::adopted_text))
        .routes(routes!(drafting::check))
        .routes(routes!(drafting::compare))
        .routes(routes!(simulating::simulate))
        .routes(routes!(clocks))
        .routes(routes!(guarantees::guarantees))
        .routes(routes!(brief::brief))
        .routes(routes!(strength::strength))
        .routes(routes!(feed::calendar))
        .routes(routes!(atom::feed))
        .routes(routes!(notices::notices))
        .routes(routes!(alerts::alerts))
        .routes(routes!(alerts::acknowledge))
        .routes(routes!(whom::onlooker))
        .routes(routes!(claims))
        .routes(routes!(sources))
        .routes(routes!(scorecard))
        .routes(routes!(audit::last))
        .routes(routes!(audit::run))
        .routes(routes!(basemap));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", version_one)
}

/// The OpenAPI 3.1 document, as pretty JSON with a final newline.
#[must_use]
pub fn openapi() -> String {
    let document = api().into_openapi();
    let mut text = document.to_pretty_json().expect("invariant: the document is plain JSON");
    text.push('\n');
    text
}

/// Serves until `stop` resolves.
///
/// # Errors
/// If the socket fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    shared: Shared,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (router, document) = api().split_for_parts();
    let document = Arc::new(document);
    let described = move || {
        let document = document.clone();
        async move { Json((*document).clone()) }
    };
    let app = router
        .route("/api/v1/openapi.json", axum::routing::get(described))
        .route("/log/{*path}", axum::routing::get(web::log_file))
        .route("/keys/{name}", axum::routing::get(web::key_file))
        .route("/keys/authors.txt", axum::routing::get(web::given_file))
        .route("/payloads/{*path}", axum::routing::get(web::given_file))
        .fallback(web::page)
        .layer(CompressionLayer::new())
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, web::POLICY))
        .layer(axum::middleware::from_fn(web::only_our_host))
        .with_state(shared);
    let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

/// An error as the page shows it.
pub(crate) fn problem(status: StatusCode, message: impl Into<String>) -> Response {
    let body = model::Problem { schema: "backstop.problem/1".to_owned(), message: message.into() };
    (status, Json(body)).into_response()
}

/// The mission as of now: the top line of every page.
#[utoipa::path(get, path = "/status", responses((status = 200, body = model::Status)))]
async fn status(State(shared): State<Shared>) -> Json<model::Status> {
    Json(shared.now().status())
}

/// Incidents under a filter, with the timeline of the same filter.
#[utoipa::path(get, path = "/incidents", params(Filter), responses(
    (status = 200, body = model::Incidents), (status = 400, body = model::Problem)))]
async fn incidents(State(shared): State<Shared>, Query(filter): Query<Filter>) -> Response {
    match filter.read() {
        Ok(filter) => Json(filter.incidents(&shared.now())).into_response(),
        Err(why) => problem(StatusCode::BAD_REQUEST, why),
    }
}

/// One incident with its evidence.
#[utoipa::path(get, path = "/incidents/{id}", params(("id" = String, Path, description = "`INC-…`")), responses(
    (status = 200, body = model::IncidentDetail), (status = 404, body = model::Problem)))]
async fn incident(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let snapshot = shared.now();
    let found = snapshot.view.incidents.iter().find(|seen| seen.incident.id.to_string() == id);
    match found {
        Some(seen) => Json(answers::detail(&snapshot.view, seen)).into_response(),
        None => problem(
            StatusCode::NOT_FOUND,
            format!("there is no incident `{id}` as of now; a report that came later may have joined it to another"),
        ),
    }
}

/// Who looked where, over a span or the last 24 hours.
#[utoipa::path(get, path = "/coverage", params(Filter), responses(
    (status = 200, body = model::Coverage), (status = 400, body = model::Problem)))]
async fn coverage(State(shared): State<Shared>, Query(filter): Query<Filter>) -> Response {
    let snapshot = shared.now();
    match filter.read() {
        Ok(filter) => {
            Json(answers::coverage(&snapshot.view, &snapshot.sectors, filter.span(&snapshot))).into_response()
        }
        Err(why) => problem(StatusCode::BAD_REQUEST, why),
    }
}

/// The agreement with the state of each clause.
#[utoipa::path(get, path = "/agreement", responses(
    (status = 200, body = model::Agreement), (status = 404, body = model::Problem)))]
async fn agreement(State(shared): State<Shared>) -> Response {
    match answers::agreement(&shared.now().view) {
        Some(agreement) => Json(agreement).into_response(),
        None => problem(StatusCode::NOT_FOUND, "no agreement is adopted; `backstop init --agreement PATH` adopts one"),
    }
}

/// Running obligations.
#[utoipa::path(get, path = "/clocks", responses((status = 200, body = Vec<model::Clock>)))]
async fn clocks(State(shared): State<Shared>) -> Json<Vec<model::Clock>> {
    Json(answers::clocks(&shared.now().view))
}

/// Statements of parties, kept apart from incidents.
#[utoipa::path(get, path = "/claims", responses((status = 200, body = model::Claims)))]
async fn claims(State(shared): State<Shared>) -> Json<model::Claims> {
    Json(answers::claims(&shared.now().view))
}

/// Sources and what may be done with them.
#[utoipa::path(get, path = "/sources", responses((status = 200, body = Vec<model::Source>)))]
async fn sources(State(shared): State<Shared>) -> Json<Vec<model::Source>> {
    Json(answers::sources(&shared.now().view))
}

/// What the machine proposed, against what happened; a demo alone knows.
#[utoipa::path(get, path = "/scorecard", responses(
    (status = 200, body = model::Scorecard), (status = 404, body = model::Problem)))]
async fn scorecard(State(shared): State<Shared>) -> Response {
    match &shared.now().scorecard {
        Some(scorecard) => Json(scorecard).into_response(),
        None => problem(StatusCode::NOT_FOUND, "only a demo knows what really happened"),
    }
}

/// The basemap and the agreement's zones and lines, as GeoJSON layers.
#[utoipa::path(get, path = "/basemap", responses((status = 200, body = Object)))]
async fn basemap(State(shared): State<Shared>) -> Json<serde_json::Value> {
    let snapshot = shared.now();
    let agreement = snapshot.view.adopted.as_ref().map(|held| &held.what.agreement);
    Json(crate::basemap::layers(snapshot.country, agreement))
}
