//! Simulating: a scenario run over a draft and over the text that governs.
//!
//! Takes a text with its maps and a page that tells what happened; gives for each text which clause speaks when, what
//! stays undetermined and which clock starts, or where it went wrong. Never keeps a text or a page, never writes.

use super::drafting::{Draft, worked_on};
use super::model::Problem;
use super::{Shared, Snapshot};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;
use clause::{Agreement, AgreementFiles, Bears, ClockState, Language, Pace, Severity, Silence, Simulation, Voice};
use serde::{Deserialize, Serialize};
use terms::Label;
use utoipa::ToSchema;

/// A longer page is for the command line.
const PAGE_MOST: usize = 64 << 10;
/// So is one that tells more.
const ROWS_MOST: usize = 500;

/// A text, and what happens under it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Trial {
    /// The text and its maps.
    #[serde(flatten)]
    draft: Draft,
    /// The page, with the tables and `At:` lines of a case.
    scenario: String,
}

/// A scenario run over two texts.
#[derive(Serialize, ToSchema)]
pub(crate) struct Simulated {
    /// Under the draft.
    draft: Outcome,
    /// Under the text that governs, where there is one.
    governing: Option<Outcome>,
}

/// What came of it under one text: a run, or what is wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// The run.
    run: Option<Run>,
    /// What kept it from running.
    fault: Option<Wrong>,
}

/// What kept a scenario from running.
#[derive(Serialize, ToSchema)]
pub(crate) struct Wrong {
    /// `text` or `scenario`.
    within: String,
    /// The line, from 1.
    line: u32,
    /// What is wrong with it, in English.
    message: String,
    /// The same in Ukrainian, of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_uk: Option<String>,
}

/// An agreement run over a scenario.
#[derive(Serialize, ToSchema)]
pub(crate) struct Run {
    /// The agreement's short name.
    agreement: String,
    /// Its version.
    version: String,
    /// SHA-256 of the text and its maps, hex.
    sha256: String,
    /// Judged once in so many days, where too much happens for every moment.
    days_apart: Option<u32>,
    /// What changed, in order of time.
    steps: Vec<RunStep>,
    /// The last moment.
    until: String,
    /// What is to be said then.
    verdicts: Vec<RunVerdict>,
    /// Where the text fell silent.
    silences: Vec<Unsaid>,
}

/// One moment at which something changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunStep {
    /// When.
    moment: CivilMoment,
    /// What has become known.
    facts: Vec<RunFact>,
    /// Clocks that started or ended.
    clocks: Vec<RunClock>,
    /// Verdicts that changed.
    changes: Vec<RunChange>,
}

/// An instant, and as the agreement's own clocks show it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CivilMoment {
    /// RFC 3339 UTC.
    at: String,
    /// In the agreement's time zone.
    civil: String,
}

/// One fact, and which clauses speak of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunFact {
    /// Its id.
    id: String,
    /// What it is of.
    act: String,
    /// `proposed`, `established`, `ruled`, `alleged`.
    footing: String,
    /// By whom, as it says.
    by: Option<String>,
    /// What the clauses say of it; none if no clause speaks of it.
    voices: Vec<RunVoice>,
}

/// What one clause says of a fact.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunVoice {
    /// The clause.
    rule: String,
    /// The readings under which it says so; none for the text as written.
    readings: Vec<String>,
    /// `falls`, `outside`, `undetermined`.
    says: String,
    /// Why it does not surely fall under it.
    because: Vec<String>,
}

/// One clock that turned.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunClock {
    /// The rule.
    rule: String,
    /// Reading.
    reading: Option<String>,
    /// Who owes it.
    bearer: Option<String>,
    /// `running`, `discharged`, `late`, `cannot tell`.
    state: String,
    /// The fact that stopped it.
    by: Option<String>,
    /// When it is due.
    due: String,
    /// The arithmetic in one line.
    arithmetic: String,
}

/// A verdict that changed, for all of whom it did.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunChange {
    /// The rule.
    rule: String,
    /// Reading.
    reading: Option<String>,
    /// `proposed`, `established`, `ruled`.
    footing: String,
    /// Of whom; nothing = whoever it was.
    bearers: Vec<Option<String>>,
    /// What it read.
    was: String,
    /// What it reads.
    is: String,
    /// Why.
    because: String,
}

/// What is to be said at the end.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunVerdict {
    /// The rule.
    rule: String,
    /// Reading.
    reading: Option<String>,
    /// Of whom; nothing = whoever it was.
    bearer: Option<String>,
    /// `proposed`, `established`, `ruled`.
    footing: String,
    /// `complied`, `breached`, …
    value: String,
    /// `open`, `provisional`, `final`.
    standing: String,
    /// Why.
    because: String,
}

/// Where the text has nothing to say.
#[derive(Serialize, ToSchema)]
pub(crate) struct Unsaid {
    /// `fact`: no clause speaks of it; `untouched`: nothing touched the clause; `text-only`: nothing observable decides it.
    kind: String,
    /// The fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Why it is text only.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// The clauses about such acts, and why each leaves the fact out.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    nearest: Vec<LeavesOut>,
}

/// A clause about such acts that leaves a fact out.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeavesOut {
    /// The clause.
    rule: String,
    /// Why.
    because: String,
}

/// A scenario run over a draft, and over the text that governs. Nothing is kept.
#[utoipa::path(post, path = "/drafts/simulate", request_body = Trial, responses(
    (status = 200, body = Simulated), (status = 400, body = Problem), (status = 413, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn simulate(State(shared): State<Shared>, trial: Result<Json<Trial>, JsonRejection>) -> Response {
    let (draft, page) = match trial {
        Ok(Json(Trial { draft, scenario })) => (Ok(Json(draft)), scenario),
        Err(wrong) => (Err(wrong), String::new()),
    };
    worked_on(shared, draft, move |files, snapshot| simulated(&files, &page, snapshot)).await
}

fn simulated(files: &AgreementFiles, page: &str, snapshot: &Snapshot) -> Result<Simulated, (StatusCode, String)> {
    if page.len() > PAGE_MOST {
        let text = "a scenario here has at most 64 KiB; `backstop agreement simulate` takes more";
        return Err((StatusCode::PAYLOAD_TOO_LARGE, text.to_owned()));
    }
    let (draft, remarks) = clause::read(files);
    let error = remarks.iter().filter(|remark| remark.severity() == Severity::Error).min_by_key(|remark| remark.line);
    let draft = match error {
        Some(error) => {
            Outcome::wrong("text", error.line, error.message.to_string(), Some(error.message.say(Language::Ukrainian)))
        }
        None => outcome(&draft, page)?,
    };
    let governing = snapshot.view.adopted.as_ref().map(|held| outcome(&held.what.agreement, page)).transpose()?;
    Ok(Simulated { draft, governing })
}

fn outcome(agreement: &Agreement, page: &str) -> Result<Outcome, (StatusCode, String)> {
    let scenario = match clause::scenario(page, agreement) {
        Ok(scenario) => scenario,
        Err(fault) => return Ok(Outcome::wrong("scenario", fault.line, fault.message, None)),
    };
    if scenario.facts.len() + scenario.efforts.len() + scenario.moments.len() > ROWS_MOST {
        let text = format!("a scenario here has at most {ROWS_MOST} rows; `backstop agreement simulate` takes more");
        return Err((StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    let simulation = clause::simulate_scenario(agreement, &scenario);
    Ok(Outcome { run: Some(Run::of(&simulation, agreement)), fault: None })
}

impl Outcome {
    fn wrong(within: &str, line: usize, message: String, message_uk: Option<String>) -> Outcome {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Outcome { run: None, fault: Some(Wrong { within: within.to_owned(), line, message, message_uk }) }
    }
}

impl Run {
    /// A simulation in the shape of the answer.
    pub(crate) fn of(simulation: &Simulation, agreement: &Agreement) -> Run {
        Run {
            agreement: agreement.id.to_string(),
            version: agreement.version.clone(),
            sha256: agreement.sha256.clone(),
            days_apart: match simulation.pace {
                Pace::EachHappening => None,
                Pace::Days(days) => Some(days),
            },
            steps: simulation.steps.iter().map(|at| step(at, agreement)).collect(),
            until: simulation.until.to_string(),
            verdicts: simulation.verdicts.iter().map(verdict).collect(),
            silences: simulation.silences.iter().map(silence).collect(),
        }
    }
}

fn label(label: Option<&Label>) -> Option<String> {
    label.map(Label::to_string)
}

fn party(party: Option<&terms::Party>) -> Option<String> {
    party.map(ToString::to_string)
}

fn step(step: &clause::Step, agreement: &Agreement) -> RunStep {
    RunStep {
        moment: CivilMoment { at: step.at.to_string(), civil: agreement.civil(step.at) },
        facts: step.facts.iter().map(fact).collect(),
        clocks: step.clocks.iter().map(clock).collect(),
        changes: step.changes.iter().map(change).collect(),
    }
}

fn fact((fact, voices): &(clause::Fact, Vec<Voice>)) -> RunFact {
    let voice = |voice: &Voice| {
        let (says, because) = match &voice.bears {
            Bears::Falls => ("falls", Vec::new()),
            Bears::Outside(reason) => ("outside", vec![reason.text.clone()]),
            Bears::Undetermined(reasons) => {
                ("undetermined", reasons.iter().map(|reason| reason.text.clone()).collect())
            }
        };
        let readings = voice.readings.iter().map(Label::to_string).collect();
        RunVoice { rule: voice.rule.to_string(), readings, says: says.to_owned(), because }
    };
    RunFact {
        id: fact.id.clone(),
        act: fact.act.word().to_owned(),
        footing: fact.footing.word().to_owned(),
        by: party(fact.by.as_ref()),
        voices: voices.iter().map(voice).collect(),
    }
}

fn clock(clock: &clause::Clock) -> RunClock {
    RunClock {
        rule: clock.rule.to_string(),
        reading: label(clock.reading.as_ref()),
        bearer: party(clock.bearer.as_ref()),
        state: clock.state.word().to_owned(),
        by: if let ClockState::Discharged { by } = &clock.state { Some(by.clone()) } else { None },
        due: clock.due.to_string(),
        arithmetic: clock.arithmetic.clone(),
    }
}

fn change(change: &clause::Change) -> RunChange {
    RunChange {
        rule: change.rule.to_string(),
        reading: label(change.reading.as_ref()),
        footing: change.footing.word().to_owned(),
        bearers: change.bearers.iter().map(|bearer| party(bearer.as_ref())).collect(),
        was: change.was.word().to_owned(),
        is: change.is.word().to_owned(),
        because: change.summary.clone(),
    }
}

fn verdict(verdict: &clause::Verdict) -> RunVerdict {
    RunVerdict {
        rule: verdict.rule.to_string(),
        reading: label(verdict.reading.as_ref()),
        bearer: party(verdict.bearer.as_ref()),
        footing: verdict.footing.word().to_owned(),
        value: verdict.value.word().to_owned(),
        standing: verdict.standing.word().to_owned(),
        because: verdict.because.summary.clone(),
    }
}

fn silence(silence: &Silence) -> Unsaid {
    let of = |kind: &str| Unsaid { kind: kind.to_owned(), id: None, rule: None, because: None, nearest: Vec::new() };
    match silence {
        Silence::Fact { id, nearest } => {
            let nearest =
                nearest.iter().map(|(rule, why)| LeavesOut { rule: rule.to_string(), because: why.clone() }).collect();
            Unsaid { id: Some(id.clone()), nearest, ..of("fact") }
        }
        Silence::Untouched(rule) => Unsaid { rule: Some(rule.to_string()), ..of("untouched") },
        Silence::TextOnly { rule, because } => {
            Unsaid { rule: Some(rule.to_string()), because: Some(because.clone()), ..of("text-only") }
        }
    }
}
