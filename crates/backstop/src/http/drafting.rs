//! Drafting: a text that nobody has adopted, checked and laid beside the one that governs.
//!
//! Takes a text with its maps; gives what it says, what a drafter should look at, and what it would change. Never keeps a
//! text, never writes, and works on few at once.

use super::model::{Article, Problem, Remark};
use super::{Shared, Snapshot, answers, problem};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clause::{Agreement, AgreementFiles, Kernel, Language, Severity, Shift, Spoken};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use terms::Label;
use utoipa::ToSchema;

/// A longer text is for the command line.
const TEXT_MOST: usize = 256 << 10;
const FILES_MOST: usize = 1 << 20;
/// More changes of verdicts than this are counted, not listed.
const SHIFTS_MOST: usize = 200;

/// A text to look at.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Draft {
    /// The text, Markdown with rules.
    text: String,
    /// Its maps, GeoJSON by file name; one that is missing here is taken from the agreement that governs.
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// The text that governs, as it was adopted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Adopted {
    /// The text.
    text: String,
    /// The names of its maps.
    files: Vec<String>,
}

/// A draft as it reads.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checked {
    /// Title.
    title: String,
    /// Version.
    version: String,
    /// Headed articles in order.
    articles: Vec<Article>,
    /// The rules in order.
    rules: Vec<DraftRule>,
    /// What a drafter should look at, in order of place.
    remarks: Vec<Remark>,
    /// How many of the rules can be judged.
    judged: u32,
    /// How many are text only.
    text_only: u32,
}

/// One rule of a draft, read back.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftRule {
    /// `A1`.
    id: String,
    /// Anchor of its article.
    anchor: String,
    /// Line of its first word, from 1.
    line: u32,
    /// `never`, `by`, `response`, `text only`, …
    kind: String,
    /// The rule as one sentence, in English.
    sentence: String,
    /// The same in Ukrainian.
    sentence_uk: String,
    /// What a monitor has to keep for it.
    keeps: String,
}

/// A draft beside the text that governs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Compared {
    /// What the front matter says otherwise.
    front: Vec<Aspect>,
    /// Headings and paragraphs that differ.
    words: Vec<Aspect>,
    /// Definitions that differ.
    definitions: Vec<Aspect>,
    /// Rules that differ, were added or removed.
    rules: Vec<ComparedRule>,
    /// Powers that differ.
    powers: Vec<Aspect>,
    /// Verdicts that would change, on facts made from the edges of both texts.
    shifts: Vec<ChangedVerdict>,
    /// How many more.
    left_out: usize,
    /// How many made-up facts were asked about.
    asked: usize,
}

/// One thing that reads otherwise.
#[derive(Serialize, ToSchema)]
pub(crate) struct Aspect {
    /// What: `ends`, `zone Band`, an anchor.
    what: String,
    /// As the governing text has it.
    was: Option<String>,
    /// As the draft has it.
    is: Option<String>,
}

/// A rule in both texts, or in one of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparedRule {
    /// Its name in the governing text.
    old: Option<String>,
    /// Its name in the draft.
    new: Option<String>,
    /// What differs in it.
    aspects: Vec<Aspect>,
}

/// A verdict that would change.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedVerdict {
    /// What was made up to ask.
    asks: String,
    /// The rule.
    rule: String,
    /// The reading.
    reading: Option<String>,
    /// Whose verdicts; empty for the parties together.
    bearers: Vec<String>,
    /// Under the governing text, and why.
    was: Option<String>,
    /// Under the draft, and why.
    is: Option<String>,
}

/// The text that governs, to begin a draft from.
#[utoipa::path(get, path = "/agreement/text", responses(
    (status = 200, body = Adopted), (status = 404, body = Problem)))]
pub(crate) async fn adopted_text(State(shared): State<Shared>) -> Response {
    match &shared.now().view.adopted {
        Some(held) => {
            let files = held.what.files.files.keys().cloned().collect();
            Json(Adopted { text: held.what.files.text.clone(), files }).into_response()
        }
        None => problem(StatusCode::NOT_FOUND, "no agreement is adopted"),
    }
}

/// What a draft says, and what a drafter should look at. Nothing is kept.
#[utoipa::path(post, path = "/drafts/check", request_body = Draft, responses(
    (status = 200, body = Checked), (status = 400, body = Problem), (status = 413, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn check(State(shared): State<Shared>, draft: Result<Json<Draft>, JsonRejection>) -> Response {
    worked_on(shared, draft, |files, _| Ok(checked(&files))).await
}

/// What a draft would change in the text that governs. Nothing is kept.
#[utoipa::path(post, path = "/drafts/compare", request_body = Draft, responses(
    (status = 200, body = Compared), (status = 400, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem),
    (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn compare(State(shared): State<Shared>, draft: Result<Json<Draft>, JsonRejection>) -> Response {
    let work = |files: AgreementFiles, snapshot: &Snapshot| {
        let Some(governing) = &snapshot.view.adopted else {
            return Err((
                StatusCode::NOT_FOUND,
                "no agreement is adopted, so there is nothing to compare with".to_owned(),
            ));
        };
        let (draft, remarks) = clause::read(&files);
        if let Some(error) = remarks.iter().find(|remark| remark.severity() == Severity::Error) {
            let text = format!(
                "the draft has errors, the first in line {}: {}; fix them, then compare",
                error.line, error.message
            );
            return Err((StatusCode::UNPROCESSABLE_ENTITY, text));
        }
        Ok(compared(&governing.what.agreement, &draft))
    };
    worked_on(shared, draft, work).await
}

/// Runs work on a draft off the threads that answer, if there is room for it.
pub(crate) async fn worked_on<T: Serialize + Send + 'static>(
    shared: Shared,
    draft: Result<Json<Draft>, JsonRejection>,
    work: impl FnOnce(AgreementFiles, &Snapshot) -> Result<T, (StatusCode, String)> + Send + 'static,
) -> Response {
    let draft = match draft {
        Ok(Json(draft)) => draft,
        Err(wrong) => return problem(wrong.status(), format!("this is no draft: {}", wrong.body_text())),
    };
    let maps: usize = draft.files.values().map(String::len).sum();
    if draft.text.len() > TEXT_MOST || maps > FILES_MOST {
        let text = "a draft here has at most 256 KiB of text and 1 MiB of maps; `backstop agreement check` takes more";
        return problem(StatusCode::PAYLOAD_TOO_LARGE, text);
    }
    let Ok(_room) = shared.drafting.try_acquire() else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "other drafts are being looked at; try again in a moment");
    };
    let snapshot = shared.now();
    let mut files = snapshot.view.adopted.as_ref().map(|held| held.what.files.files.clone()).unwrap_or_default();
    files.extend(draft.files.into_iter().map(|(name, map)| (name, map.into_bytes())));
    let files = AgreementFiles { text: draft.text, files };
    match tokio::task::spawn_blocking(move || work(files, &snapshot)).await {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err((status, why))) => problem(status, why),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "looking at the draft failed; please report its text"),
    }
}

fn checked(files: &AgreementFiles) -> Checked {
    let (agreement, remarks) = clause::read(files);
    let text_only = agreement.rules.iter().filter(|rule| matches!(rule.kernel, Kernel::TextOnly { .. })).count();
    let mut remarks: Vec<Remark> = remarks.iter().map(answers::remark).collect();
    remarks.sort_by_key(|remark| (remark.line, remark.column));
    Checked {
        title: agreement.title.clone(),
        version: agreement.version.clone(),
        articles: agreement.articles.iter().map(answers::article).collect(),
        rules: agreement.rules.iter().map(|rule| read_back(&agreement, rule, &files.text)).collect(),
        remarks,
        judged: u32::try_from(agreement.rules.len() - text_only).unwrap_or(u32::MAX),
        text_only: u32::try_from(text_only).unwrap_or(u32::MAX),
    }
}

fn read_back(agreement: &Agreement, rule: &clause::Rule, text: &str) -> DraftRule {
    let before = text.get(..rule.span.start).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    DraftRule {
        id: rule.id.to_string(),
        anchor: rule.anchor.clone(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        kind: rule.kind().word().to_owned(),
        sentence: clause::sentence(agreement, rule, Language::English),
        sentence_uk: clause::sentence(agreement, rule, Language::Ukrainian),
        keeps: clause::bound(agreement, rule).to_string(),
    }
}

fn compared(old: &Agreement, new: &Agreement) -> Compared {
    let comparison = clause::compare(old, new);
    let difference = clause::difference(old, new, &comparison);
    let label = |label: &Option<Label>| label.as_ref().map(Label::to_string);
    let aspects = |aspects: &[clause::Aspect]| aspects.iter().map(aspect).collect::<Vec<_>>();
    let words = comparison.words.iter();
    let rules = comparison.rules.iter().filter(|pair| !pair.same());
    let unlisted = difference.shifts.len().saturating_sub(SHIFTS_MOST);
    Compared {
        front: aspects(&comparison.front),
        words: words
            .map(|change| Aspect { what: change.anchor.clone(), was: change.was.clone(), is: change.is.clone() })
            .collect(),
        definitions: aspects(&comparison.definitions),
        rules: rules
            .map(|pair| ComparedRule { old: label(&pair.old), new: label(&pair.new), aspects: aspects(&pair.aspects) })
            .collect(),
        powers: aspects(&comparison.powers),
        shifts: difference.shifts.iter().take(SHIFTS_MOST).map(changed).collect(),
        left_out: difference.left_out + unlisted,
        asked: difference.asked,
    }
}

fn aspect(aspect: &clause::Aspect) -> Aspect {
    Aspect { what: aspect.what.clone(), was: aspect.was.clone(), is: aspect.is.clone() }
}

fn changed(shift: &Shift) -> ChangedVerdict {
    let spoken =
        |spoken: &Option<Spoken>| spoken.as_ref().map(|said| format!("{}: {}", said.value.word(), said.summary));
    ChangedVerdict {
        asks: shift.probe.asks.clone(),
        rule: shift.rule.to_string(),
        reading: shift.reading.as_ref().map(Label::to_string),
        bearers: shift.bearers.iter().flatten().map(ToString::to_string).collect(),
        was: spoken(&shift.was),
        is: spoken(&shift.is),
    }
}
