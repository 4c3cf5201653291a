//! The witness on the network: `POST add-checkpoint` for logs, `GET HASH/checkpoint` for monitors (c2sp.org/tlog-witness).
//!
//! Takes a folder and a listener. Bodies, requests at work, requests waiting and the time for one are limited; each log has
//! a rate of its own. Never says anything about a request but its answer, and listens on loopback unless told otherwise.

use super::folder::{Folder, Reply};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ledger::witness::MAX_REQUEST_BYTES;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;

/// So many requests are at work at once, and as many again may wait.
pub const MOST_AT_ONCE: usize = 16;
/// No request takes longer, from its first byte on.
const LONGEST: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Shared {
    folder: Arc<Folder>,
    at_work: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    say: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Serves until `stop` resolves; `say` is told what the operator should know.
///
/// # Errors
/// If the socket fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    folder: Arc<Folder>,
    say: Arc<dyn Fn(&str) + Send + Sync>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let at_work = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let shared = Shared { folder, at_work, waiting: Arc::new(Semaphore::new(2 * MOST_AT_ONCE)), say };
    let app = Router::new()
        .route("/", get(about))
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin_hash}/checkpoint", get(checkpoint))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MAX_REQUEST_BYTES))
        .layer(from_fn(in_time))
        .with_state(shared);
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "this took too long\n").into_response(),
    }
}

/// Who this is, for people.
async fn about(State(shared): State<Shared>) -> String {
    let mut text = format!("a witness of transparency logs (c2sp.org/tlog-witness)\nkey {}\n", shared.folder.public());
    for (origin, size) in shared.folder.logs() {
        text += &format!("log {origin}, cosigned at size {size}\n");
    }
    text
}

async fn add_checkpoint(State(shared): State<Shared>, body: Bytes) -> Response {
    let Ok(_place) = shared.waiting.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many requests at once; ask again\n").into_response();
    };
    let Ok(_turn) = shared.at_work.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (folder, now_s) = (shared.folder.clone(), now_s());
    // The disk is waited for on a thread of its own.
    let reply = tokio::task::spawn_blocking(move || folder.add_checkpoint(&body, now_s)).await;
    let Ok(Reply { status, media_type, body, alarm }) = reply else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    alarm.iter().for_each(|alarm| (shared.say)(alarm));
    let status = StatusCode::from_u16(status).expect("invariant: replies have statuses of HTTP");
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
}

async fn checkpoint(State(shared): State<Shared>, Path(origin_hash): Path<String>) -> Response {
    let folder = shared.folder.clone();
    match tokio::task::spawn_blocking(move || folder.shown(&origin_hash)).await {
        Ok(Some(text)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "nothing was cosigned of a log of this origin\n").into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn now_s() -> u64 {
    u64::try_from(crate::clock::now().ms() / 1000).unwrap_or(0)
}
