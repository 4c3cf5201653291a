//! The web app and the log, as files.
//!
//! Takes a path; gives an embedded file of the app, or a file of the log as any mirror would serve it. Never leaves the
//! log's folder, and never answers a page of another host (DNS rebinding).

use super::{Shared, problem};
use crate::mirror::given;
use crate::storage::Reader;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use std::sync::PoisonError;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct App;

/// Nothing is fetched from anywhere else, and no script runs that is not ours; the verifier is WebAssembly, which is let in
/// without letting in scripts made from text.
pub(crate) const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A file of the app; any other path is the app itself, which reads its address.
pub(crate) async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return problem(
            StatusCode::NOT_FOUND,
            format!("there is no `/{path}`; `/api/v1/openapi.json` lists what there is"),
        );
    }
    let asked = App::get(path).map(|file| (path, file));
    let Some((name, file)) = asked.or_else(|| App::get("index.html").map(|file| ("index.html", file))) else {
        return problem(StatusCode::NOT_FOUND, "the web app is not in this binary; build it with `cargo demo`");
    };
    let kind = file.metadata.mimetype().to_owned();
    // Files under assets/ carry a hash of their content in their name.
    let keep = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep.to_owned())], file.data.into_owned()).into_response()
}

/// A file of the log: the checkpoint or a tile.
pub(crate) async fn log_file(State(shared): State<Shared>, Path(path): Path<String>) -> Response {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') && !part.starts_with('.')
    };
    if !path.split('/').all(plain) {
        return problem(StatusCode::NOT_FOUND, "there is no such file in the log");
    }
    let file = shared.store_dir.join("log").join(&path);
    let bytes = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
    match bytes {
        Ok(Ok(bytes)) => {
            let kind = if path == "checkpoint" { "text/plain; charset=utf-8" } else { "application/octet-stream" };
            ([(header::CONTENT_TYPE, kind)], bytes).into_response()
        }
        Ok(Err(_)) | Err(_) => problem(StatusCode::NOT_FOUND, "there is no such file in the log"),
    }
}

/// A public key of the store, as a mirror would pass it on: of the log, or of an author.
pub(crate) async fn key_file(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let plain = |stem: &str| !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    // Secret keys lie in the same folder: nothing but `.pub` is looked at.
    let file = name.strip_suffix(".pub").filter(|stem| plain(stem)).map(|_| shared.store_dir.join("keys").join(&name));
    let bytes = match file {
        Some(file) => tokio::task::spawn_blocking(move || std::fs::read(file)).await.ok().and_then(Result::ok),
        None => None,
    };
    match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], bytes).into_response(),
        None => problem(StatusCode::NOT_FOUND, "there is no such public key"),
    }
}

/// A list of keys, or the payloads of a bundle as far as everyone may read them.
pub(crate) async fn given_file(State(shared): State<Shared>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/').to_owned();
    let given = tokio::task::spawn_blocking(move || {
        let mut held = shared.given.lock().unwrap_or_else(PoisonError::into_inner);
        let head = std::fs::read(shared.store_dir.join("log/checkpoint")).ok();
        // Kept as long as the log has not grown, so that it remembers where entries lie.
        let store = match held.take().filter(|store| head.as_deref() == Some(store.checkpoint_text().as_bytes())) {
            Some(store) => store,
            None => Reader::open(&shared.store_dir)?,
        };
        given(held.insert(store), &path)
    });
    match given.await {
        Ok(Ok(Some(bytes))) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], bytes).into_response(),
        Ok(Ok(None)) => problem(StatusCode::NOT_FOUND, "there is no such file"),
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the store could not be read"),
    }
}

/// Refuses a request whose `Host` is not an address of this machine as it was asked for: a page elsewhere cannot then
/// read this server through a name that it points here.
pub(crate) async fn only_our_host(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    if name == "localhost" || is_address {
        next.run(request).await
    } else {
        problem(StatusCode::FORBIDDEN, format!("this server does not answer for `{host}`; ask for it by its address"))
    }
}
