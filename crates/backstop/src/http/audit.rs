//! `/api/v1/audit`: what the last audit of this store found, and one more on request.
//!
//! Takes the store's folder; audits it on a thread of its own, so that no answer waits, and gives the last result with how
//! far the present one has come. Never runs two at once, nor one for a stranger: only who sits at this machine may ask.

use super::{Shared, problem};
use crate::audit::{self, Means, Progress};
use crate::clock;
use crate::storage::Reader;
use crate::witness::{OneWitness, Standing};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use utoipa::ToSchema;
use verifier::Answer;
use verifier::derivation::{AuditedResult, Erasure};

/// So many of the newest entries are listed.
const NEWEST: u64 = 50;
/// From the end of one audit to the beginning of the next, at the least.
const PAUSE: Duration = Duration::from_secs(2);
/// A store that grows while its files are read may look torn: it is then read again, so many times.
const TRIES: u32 = 3;

/// What the last audit found.
#[derive(Clone, Serialize, ToSchema)]
pub struct Audit {
    /// `never`, `running` or `done`. While one runs, everything below is of the one before.
    pub state: String,
    /// How far the one that runs has come.
    pub progress: Option<AuditProgress>,
    /// When the one shown here began: RFC 3339, UTC.
    pub started_at: Option<String>,
    /// When it ended: RFC 3339, UTC.
    pub finished_at: Option<String>,
    /// The log as it was audited.
    pub log: Option<AuditLog>,
    /// The three questions in order: `unchanged`, `follows`, `witnessed`. Empty before the first audit.
    pub answers: Vec<AuditAnswer>,
    /// The first byte that is not as it was signed.
    pub first_difference: Option<AuditDifference>,
    /// What could not be checked, in words.
    pub missing: Vec<String>,
    /// Each bulletin and derivation that the record speaks of, in log order.
    pub results: Vec<AuditResult>,
    /// What was erased, by order, and who attested what followed before.
    pub erased: Vec<AuditErasure>,
    /// Each witness that the store asks: whether it signed the log's head, and since when it is silent.
    pub witnesses: Vec<AuditWitness>,
    /// Contests of parties, newest first; nothing takes them yet.
    pub contests: Vec<AuditContest>,
    /// The newest entries, newest first, at most 50.
    pub entries: Vec<AuditEntry>,
}

/// How far an audit has come.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditProgress {
    /// What is being done.
    pub doing: String,
    /// So many entries.
    pub done: u64,
    /// Of so many; 0 if that is not known.
    pub of: u64,
}

/// The head of the audited log.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditLog {
    /// Data class and mission.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root, base64.
    pub root: String,
    /// The log's public key, a vkey.
    pub key: String,
}

/// One of the three answers.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditAnswer {
    /// `unchanged`, `follows` or `witnessed`.
    pub key: String,
    /// `yes`, `no` or `cannot_tell`.
    pub answer: String,
    /// What stands beside it, in words.
    pub note: String,
}

/// Something that is not as it was signed.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditDifference {
    /// The entry, if it is of one.
    pub entry: Option<u64>,
    /// The file, below the store's folder.
    pub file: String,
    /// Bytes before the difference, as far as it can be placed.
    pub offset: u64,
    /// What differs, in words.
    pub what: String,
}

/// A result that the record speaks of.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditResult {
    /// Index of the entry.
    pub entry: u64,
    /// `bulletin` or `derivation`.
    pub kind: String,
    /// What it is, in words.
    pub title: String,
    /// It follows from so many entries.
    pub basis: u64,
    /// What made it.
    pub program: String,
    /// `yes`, `no` or `cannot_tell`.
    pub answer: String,
    /// What stands beside it, in words.
    pub note: String,
}

/// Entries that one order erased.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditErasure {
    /// The order's entry; nothing if keys are lost and no entry says why.
    pub order: Option<u64>,
    /// The entries, in the order of the log.
    pub entries: Vec<u64>,
    /// Which, on whose authority and on what ground, in words.
    pub what: String,
    /// Who attested what followed from them before they were erased, in words; `nobody` if nobody did.
    pub attested: String,
}

/// A witness that the store's own trust file names.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditWitness {
    /// Its name.
    pub name: String,
    /// Its public key, a vkey.
    pub key: String,
    /// When it signed the head: RFC 3339, UTC; nothing if it did not.
    pub signed_at: Option<String>,
    /// When it answered the store last, whatever it said: RFC 3339, UTC.
    pub answered_at: Option<String>,
    /// Since when it gave no signature that it was asked for: RFC 3339, UTC.
    pub silent_since: Option<String>,
    /// Why it gave none, in words.
    pub why: Option<String>,
    /// What must not be, such as another history that it holds, in words.
    pub alarm: Option<String>,
}

/// A contest of a party.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditContest {
    /// Index of its entry.
    pub entry: u64,
    /// What it is about, in words.
    pub title: String,
}

/// An entry of the log, by its public half.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its index.
    pub index: u64,
    /// What kind of thing it says.
    pub kind: String,
    /// Who may read what it says: `public`, `mission` or `restricted`.
    pub class: String,
    /// When it came in: RFC 3339, UTC.
    pub received_at: String,
    /// The key that signed it.
    pub author: String,
}

/// The last audit and the one that runs.
#[derive(Default)]
pub(crate) struct Audits(Mutex<Running>);

#[derive(Default)]
struct Running {
    last: Option<Audit>,
    progress: Option<Progress>,
    ended: Option<Instant>,
}

impl Audits {
    /// Begins an audit on a thread of its own, unless one runs or has only just ended.
    pub(crate) fn start(self: &Arc<Audits>, store: &Arc<PathBuf>) -> bool {
        {
            let mut running = self.running();
            if running.progress.is_some() || running.ended.is_some_and(|ended| ended.elapsed() < PAUSE) {
                return false;
            }
            running.progress = Some(Progress { doing: "beginning", done: 0, of: 0 });
        }
        let (audits, store) = (Arc::clone(self), Arc::clone(store));
        std::thread::spawn(move || {
            let found = found(&store, &mut |progress| audits.running().progress = Some(progress));
            *audits.running() = Running { last: Some(found), progress: None, ended: Some(Instant::now()) };
        });
        true
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> Audit {
        let running = self.running();
        let state = match (&running.progress, &running.last) {
            (Some(_), _) => "running",
            (None, Some(_)) => "done",
            (None, None) => "never",
        };
        let progress =
            running.progress.map(|Progress { doing, done, of }| AuditProgress { doing: doing.to_owned(), done, of });
        Audit { state: state.to_owned(), progress, ..running.last.clone().unwrap_or_else(nothing) }
    }
}

fn nothing() -> Audit {
    Audit {
        state: "never".to_owned(),
        progress: None,
        started_at: None,
        finished_at: None,
        log: None,
        answers: Vec::new(),
        first_difference: None,
        missing: Vec::new(),
        results: Vec::new(),
        erased: Vec::new(),
        witnesses: Vec::new(),
        contests: Vec::new(),
        entries: Vec::new(),
    }
}

/// Audits a store on half of the cores, the rest being for answers.
fn found(store: &Path, progress: &mut dyn FnMut(Progress)) -> Audit {
    let started_at = Some(clock::now().to_string());
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = NonZero::new(cores / 2).unwrap_or(NonZero::<usize>::MIN);
    let means = Means { threads, published: Some(store.join("published")), policy: None };
    let head = || std::fs::read(store.join("log/checkpoint")).ok();
    let mut audit;
    let mut tries = 0;
    loop {
        let before = head();
        audit = audit::audit(store, &means, progress);
        tries += 1;
        if matches!(audit.answer(), Answer::Yes(_)) || tries == TRIES || before == head() {
            break;
        }
    }
    let answers = [("unchanged", &audit.unchanged), ("follows", &audit.follows), ("witnessed", &audit.witnessed)];
    Audit {
        state: "done".to_owned(),
        started_at,
        finished_at: Some(clock::now().to_string()),
        log: audit.log.map(|log| AuditLog { origin: log.origin, size: log.size, root: log.root, key: log.key }),
        answers: answers.map(|(key, of)| answer(key, of)).to_vec(),
        erased: audit.erased.iter().map(erasure).collect(),
        witnesses: audit.witnesses.iter().flat_map(Standing::witnesses).map(witness).collect(),
        first_difference: audit.first_difference.map(|difference| AuditDifference {
            entry: difference.entry,
            file: difference.file.display().to_string(),
            offset: difference.offset,
            what: difference.what,
        }),
        missing: audit.missing,
        results: audit.results.iter().map(result).collect(),
        entries: newest(store),
        ..nothing()
    }
}

fn answer(key: &str, of: &Answer) -> AuditAnswer {
    AuditAnswer { key: key.to_owned(), answer: word(of), note: of.note().to_owned() }
}

fn erasure(of: &Erasure) -> AuditErasure {
    AuditErasure {
        order: of.order.as_ref().map(|order| order.entry),
        entries: of.entries.iter().map(|erased| erased.entry).collect(),
        what: of.to_string(),
        attested: of.attested_words(),
    }
}

fn witness(of: &OneWitness) -> AuditWitness {
    AuditWitness {
        name: of.name.clone(),
        key: of.vkey.clone(),
        signed_at: of.cosigned_at().map(|at| at.to_string()),
        answered_at: of.answered_at.clone(),
        silent_since: of.silent_since.clone(),
        why: of.why.clone(),
        alarm: of.alarm.clone(),
    }
}

fn result(of: &AuditedResult) -> AuditResult {
    AuditResult {
        entry: of.entry,
        kind: of.kind.to_owned(),
        title: of.title.clone(),
        basis: of.basis,
        program: of.program.clone(),
        answer: word(&of.answer),
        note: of.answer.note().to_owned(),
    }
}

/// As identifiers are written.
fn word(of: &Answer) -> String {
    of.word().replace(' ', "_")
}

/// The newest published entries that can be read.
fn newest(store: &Path) -> Vec<AuditEntry> {
    let Ok(reader) = Reader::open(store) else { return Vec::new() };
    let first = reader.size().saturating_sub(NEWEST);
    let mut entries: Vec<AuditEntry> = reader
        .entries_from(first)
        .flatten()
        .map(|entry| AuditEntry {
            index: entry.index,
            kind: entry.envelope.kind,
            class: entry.envelope.class.word().to_owned(),
            received_at: terms::Instant::from_ms(entry.envelope.received_at_ms)
                .map_or_else(|| "out of range".to_owned(), |at| at.to_string()),
            author: entry.envelope.author.to_string(),
        })
        .collect();
    entries.reverse();
    entries
}

/// What the last audit of this store found, and how far the present one has come.
#[utoipa::path(get, path = "/audit", responses((status = 200, body = Audit)))]
pub(crate) async fn last(State(shared): State<Shared>) -> Json<Audit> {
    Json(shared.audits.shown())
}

/// Audits the store once more. Only from this machine, and not while an audit runs.
#[utoipa::path(post, path = "/audit/run", responses(
    (status = 202, body = Audit), (status = 403, body = super::model::Problem), (status = 429, body = super::model::Problem)))]
pub(crate) async fn run(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !peer.ip().is_loopback() {
        return problem(StatusCode::FORBIDDEN, "only who sits at this machine may ask for an audit");
    }
    if !from_our_page(&headers) {
        return problem(StatusCode::FORBIDDEN, "this was asked by a page of another host");
    }
    if !shared.audits.start(&shared.store_dir) {
        return problem(StatusCode::TOO_MANY_REQUESTS, "an audit runs, or has only just ended; ask again in a moment");
    }
    (StatusCode::ACCEPTED, Json(shared.audits.shown())).into_response()
}

/// Whether the page that asked, if it was a page, came from this server.
pub(super) fn from_our_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(header::HOST)
}
