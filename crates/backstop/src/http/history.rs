//! The history of one rule as steps, for the page and the command line.
//!
//! Takes the state at one moment, a rule and which of two questions is asked; gives strips of steps with what changed
//! each. Never works on more than a few at once, and reckons each once for a moment.

use super::model::{Problem, Span};
use super::{Shared, Snapshot, answers, problem};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clause::Standing;
use mission::{Account, View, Why};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use terms::{IncidentId, Instant, Label};
use utoipa::{IntoParams, ToSchema};

/// A question waits so long for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which of two questions is asked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `then` (the default): what was said at each instant, with what was known by then. `now`: what is to be said
    /// about each instant, with all that is known now.
    #[serde(default)]
    account: Option<String>,
}

/// How what is said of one rule went through the mission's time.
#[derive(Serialize, ToSchema)]
pub(crate) struct History {
    /// The rule.
    pub(crate) rule: String,
    /// `then` or `now`.
    pub(crate) account: String,
    /// Where it begins.
    pub(crate) from: String,
    /// Where it ends: all that is known is known as of then.
    pub(crate) until: String,
    /// What the margin of the text showed.
    pub(crate) margin: Vec<Step>,
    /// One for each reading, bearer and footing.
    pub(crate) strips: Vec<Strip>,
    /// At how many instants the rule was judged.
    judged: usize,
    /// At how many something came in or an edge of time was passed; where that is more than `judged`, a state that came
    /// and went between two instants judged is not in here.
    happenings: usize,
}

impl History {
    /// How closely it was looked at.
    pub(crate) fn judged_in_words(&self) -> String {
        if self.judged >= self.happenings {
            return format!("judged at {} instants, each at which something happened", self.judged);
        }
        let missed = "what came and went between two of them is not in here";
        format!("judged at {} instants of the {} at which something happened; {missed}", self.judged, self.happenings)
    }
}

/// How one verdict of the rule went.
#[derive(Serialize, ToSchema)]
pub(crate) struct Strip {
    /// Reading.
    pub(crate) reading: Option<String>,
    /// Who is bound; nothing = the parties together.
    pub(crate) bearer: Option<String>,
    /// `proposed`, `established`, `ruled`.
    pub(crate) footing: String,
    /// In order of time; each holds until the next begins.
    pub(crate) steps: Vec<Step>,
}

/// From when on a verdict read so.
#[derive(Serialize, ToSchema)]
pub(crate) struct Step {
    /// The last instant judged at which it read otherwise.
    pub(crate) after: String,
    /// The first instant judged at which it read so.
    pub(crate) from: String,
    /// `complied`, `breached`, …; nothing where the text that governed had no such rule.
    pub(crate) value: Option<String>,
    /// `open`, `provisional`, `final`, `amended`; nothing for the margin.
    pub(crate) standing: Option<String>,
    /// What it read when it became final, where it was amended.
    pub(crate) was: Option<String>,
    /// The verdict's own sentence.
    pub(crate) summary: String,
    /// Share watched, ppm.
    pub(crate) watched_ppm: Option<u32>,
    /// What changed it, the weightiest first; at most four.
    pub(crate) because: Vec<Because>,
}

/// One thing that changed a verdict.
#[derive(Serialize, ToSchema)]
pub(crate) struct Because {
    /// `begins`, `text`, `ruling`, `finding`, `attribution`, `report`, `incident`, `changed`, `looks`, `window begins`,
    /// `window ends`, `closes`, `time`.
    pub(crate) why: String,
    /// The incident, as it was named then.
    pub(crate) incident: Option<String>,
    /// The incident that holds its first report now; nothing where this reader sees none.
    pub(crate) now: Option<String>,
    /// Log index of the entry.
    pub(crate) entry: Option<u64>,
    /// When that was received.
    pub(crate) received_at: Option<String>,
    /// When what was reported happened.
    happened: Option<Span>,
    /// How long after that it was received, in milliseconds.
    pub(crate) late_ms: Option<i64>,
    /// The source, the signer, the body or the version of the text.
    pub(crate) who: Option<String>,
    /// The result of a finding.
    pub(crate) result: Option<String>,
    /// How many looks.
    pub(crate) looks: Option<usize>,
}

/// The history of one rule as steps.
#[utoipa::path(get, path = "/agreement/rules/{id}/history", params(("id" = String, Path, description = "`A1`"), Asked),
    responses((status = 200, body = History), (status = 400, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn history_of_rule(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let account = match asked.account.as_deref() {
        None | Some("then") => Account::AsJudgedThen,
        Some("now") => Account::AsOfNow,
        Some(other) => {
            return problem(StatusCode::BAD_REQUEST, format!("`{other}` is no account; ask for `then` or `now`"));
        }
    };
    let snapshot = shared.now();
    let none = || problem(StatusCode::NOT_FOUND, format!("no text that was adopted has a rule `{id}`"));
    let Some(rule) = Label::new(&id) else { return none() };
    let Ok(Ok(_room)) = tokio::time::timeout(PATIENCE, shared.looking_back.acquire()).await else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "other histories are being reckoned; try again in a moment");
    };
    match tokio::task::spawn_blocking(move || told(&snapshot, &rule, account)).await {
        Ok(Some(history)) => Json(&*history).into_response(),
        Ok(None) => none(),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "reckoning the history failed; please report it"),
    }
}

/// Reckoned once for a rule and a question at one moment.
fn told(snapshot: &Snapshot, rule: &Label, account: Account) -> Option<Arc<History>> {
    let key = (rule.clone(), account);
    if let Some(known) = snapshot.histories.lock().expect("invariant: no holder of the histories panics").get(&key) {
        return Some(known.clone());
    }
    let view = &snapshot.view;
    let history = snapshot.mission.history(rule, account, view.moment.known_at, view.reader)?;
    let history = Arc::new(written(view, rule, &history));
    snapshot.histories.lock().expect("invariant: no holder of the histories panics").insert(key, history.clone());
    Some(history)
}

/// A history in the shape of the answer, with the incidents that a view shows now.
pub(crate) fn written(view: &View, rule: &Label, history: &mission::History) -> History {
    let steps = history.margin.iter().chain(history.strips.iter().flat_map(|strip| &strip.steps));
    let named: BTreeSet<&str> =
        steps.flat_map(|step| &step.because).filter_map(|because| because.incident.as_deref()).collect();
    let now = now(view, &named);
    let step = |one: &mission::Step| step(one, &now);
    History {
        rule: rule.to_string(),
        account: word(history.account).to_owned(),
        from: history.from.to_string(),
        until: history.until.to_string(),
        margin: history.margin.iter().map(step).collect(),
        strips: history
            .strips
            .iter()
            .map(|strip| Strip {
                reading: strip.reading.as_ref().map(Label::to_string),
                bearer: strip.bearer.as_ref().map(ToString::to_string),
                footing: strip.footing.word().to_owned(),
                steps: strip.steps.iter().map(step).collect(),
            })
            .collect(),
        judged: history.judged,
        happenings: history.happenings,
    }
}

fn word(account: Account) -> &'static str {
    match account {
        Account::AsJudgedThen => "then",
        Account::AsOfNow => "now",
    }
}

/// Where each incident of then is now: an incident is named after its first report.
fn now(view: &View, named: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut now = BTreeMap::new();
    for incident in view.incidents.iter().map(|seen| &seen.incident) {
        let today = incident.id.to_string();
        for member in &incident.members {
            let then = IncidentId::of(&member.bytes()).to_string();
            if named.contains(then.as_str()) {
                now.insert(then, today.clone());
            }
        }
    }
    now
}

fn step(step: &mission::Step, now: &BTreeMap<String, String>) -> Step {
    let stands = step.stands.as_ref();
    Step {
        after: step.after.to_string(),
        from: step.from.to_string(),
        value: stands.map(|stands| stands.value.word().to_owned()),
        standing: stands.and_then(|stands| stands.standing).map(Standing::word).map(str::to_owned),
        was: stands.and_then(|stands| stands.was).map(|was| was.word().to_owned()),
        summary: stands.map_or_else(String::new, |stands| stands.summary.clone()),
        watched_ppm: stands.and_then(|stands| stands.watched).map(|watched| watched.ppm()),
        because: step.because.iter().map(|one| because(one, now)).collect(),
    }
}

fn because(because: &mission::Because, now: &BTreeMap<String, String>) -> Because {
    let mut written = Because {
        why: String::new(),
        now: because.incident.as_ref().and_then(|id| now.get(id).cloned()),
        incident: because.incident.clone(),
        entry: because.entry,
        received_at: because.received_at.map(|at| at.to_string()),
        happened: None,
        late_ms: None,
        who: None,
        result: None,
        looks: None,
    };
    let why = match &because.why {
        Why::Begins => "begins",
        Why::Text(version) => {
            written.who = Some(version.clone());
            "text"
        }
        Why::Ruling(body) => {
            written.who = Some(body.clone());
            "ruling"
        }
        Why::Finding(result, signer) => {
            (written.who, written.result) = (Some(signer.clone()), Some(result.clone()));
            "finding"
        }
        Why::Attribution(signer) => {
            written.who = Some(signer.clone());
            "attribution"
        }
        Why::Report(_, source, happened) => {
            let late_ms = |received_at: Instant| (received_at.ms() - happened.latest().ms()).max(0);
            written.late_ms = because.received_at.map(late_ms);
            (written.who, written.happened) = (Some(source.to_string()), Some(answers::span(*happened)));
            "report"
        }
        Why::Incident => "incident",
        Why::Changed => "changed",
        Why::Looks(looks) => {
            written.looks = Some(*looks);
            "looks"
        }
        Why::Detection => "detection",
        Why::WindowBegins => "window begins",
        Why::WindowEnds => "window ends",
        Why::Closes => "closes",
        Why::Time => "time",
    };
    written.why = why.to_owned();
    written
}
