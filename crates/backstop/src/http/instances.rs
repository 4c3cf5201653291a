//! The instances of one rule, each with its certificate.
//!
//! Takes a view and a rule; gives what came of each trigger, deadline, forbidden fact or stretch, and why, in a form that
//! can be checked. Never lists more than fits a page without saying how many it leaves out.

use super::answers::span;
use super::model::{Problem, Span};
use super::{Shared, problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clause::InstanceValue;
use mission::View;
use serde::Serialize;
use terms::{Label, Party};
use utoipa::ToSchema;

/// So many are listed, the broken ones first.
const INSTANCES_MOST: usize = 200;
/// Beyond so many facts the checker, which goes through all of them for each certificate, is left to the command line.
const CHECKED_MOST: usize = 1_000;

/// The instances of one rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct Instances {
    /// The rule.
    rule: String,
    /// Broken, unknown, excused, met, each in order of time.
    instances: Vec<Instance>,
    /// How many more there are.
    left_out: usize,
    /// Whether the checker was asked about each; beyond 1,000 facts `backstop log check` asks it.
    checked: bool,
    /// How likely each of the rule's verdicts as proposed is a breach.
    chances: Vec<VerdictChance>,
}

/// How likely a verdict is a breach.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerdictChance {
    /// Reading.
    reading: Option<String>,
    /// Who is bound; nothing = whoever it was.
    bearer: Option<String>,
    /// How likely.
    breach: Odds,
}

/// How likely a breach is, in millionths, without a claim that facts are independent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Odds {
    /// No less than this, whatever depends on what.
    least_ppm: u32,
    /// So much, if nothing depends on anything.
    independent_ppm: u32,
    /// No more than this, whatever depends on what.
    most_ppm: u32,
}

/// What the checker says, which reckons nothing as the engine does.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateCheck {
    /// `accepted`, `refused`, `cannot check`.
    answer: String,
    /// Why it is not accepted.
    why: Option<String>,
}

/// One instance, and its certificate.
#[derive(Serialize, ToSchema)]
pub(crate) struct Instance {
    /// Its key, the same from one moment to the next.
    key: String,
    /// Reading.
    reading: Option<String>,
    /// Who is bound; nothing = whoever it was.
    bearer: Option<String>,
    /// `proposed`, `established`, `ruled`.
    footing: String,
    /// The sector, where the rule keeps sectors apart.
    sector: Option<String>,
    /// `met`, `violated`, `unknown`, `void`, `excused`.
    value: String,
    /// `open`, `provisional`, `final`, `amended`.
    standing: String,
    /// When it was decided.
    decided: Span,
    /// By how much.
    margin: Option<String>,
    /// The facts that make it so.
    witnesses: Vec<Witness>,
    /// The exceptions that were tried, with what came of each.
    exceptions: Vec<Tried>,
    /// How many there were, where a ceiling is asked about; the witnesses are the last of them.
    counted: Option<Counted>,
    /// What was looked for and not found.
    absence: Option<Absence>,
    /// What is not known.
    reasons: Vec<String>,
    /// What the checker says of it, if it was asked.
    checked: Option<CertificateCheck>,
    /// How likely it is a breach, if that was asked and is reckoned.
    breach: Option<Odds>,
}

/// One fact's part.
#[derive(Serialize, ToSchema)]
pub(crate) struct Witness {
    /// `act`, `trigger`, `answer`, `counted`, …
    part: String,
    /// `INC-…` or `OBS-…`.
    fact: String,
}

/// One exception.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tried {
    /// Its label.
    label: String,
    /// What came of it.
    outcome: String,
}

/// How many lay in a stretch.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counted {
    /// The stretch.
    during: Span,
    /// How many facts.
    facts: u32,
    /// What those that surely lie in it count for, at least.
    least: u64,
    /// What all count for, at most; nothing = any number.
    most: Option<u64>,
}

/// What was looked for and not found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Absence {
    /// Of what.
    of: String,
    /// In what span.
    during: Span,
    /// Up to when each source is known.
    known_until: Vec<KnownUntil>,
    /// How many facts of that kind, in that span or near it, were looked at.
    examined: u32,
    /// The nearest that did not do, and how far it lay outside, in milliseconds (after: positive).
    nearest: Option<Nearest>,
}

/// Up to when a source is known.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnownUntil {
    /// The source; `record` for everything.
    source: String,
    /// RFC 3339 UTC.
    until: String,
}

/// The nearest that did not do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Nearest {
    /// Its id.
    fact: String,
    /// How far outside.
    outside_ms: i64,
}

/// The instances of one rule, each with its certificate.
#[utoipa::path(get, path = "/agreement/rules/{id}/instances", params(("id" = String, Path, description = "`A1`")),
    responses((status = 200, body = Instances), (status = 404, body = Problem)))]
pub(crate) async fn of_rule(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let snapshot = shared.now();
    let adopted = snapshot.view.adopted.as_ref();
    let known = adopted.is_some_and(|held| held.what.agreement.rules.iter().any(|rule| rule.id.as_str() == id));
    if !known {
        return problem(StatusCode::NOT_FOUND, format!("the agreement has no rule `{id}`"));
    }
    let answer = tokio::task::spawn_blocking(move || listed(&snapshot.view, &id)).await;
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "judging the rule failed; please report it"),
    }
}

fn listed(view: &View, rule: &str) -> Instances {
    let mut of_rule: Vec<clause::Instance> =
        view.instances().into_iter().filter(|instance| instance.key.rule.as_str() == rule).collect();
    let urgency = |value| match value {
        InstanceValue::Violated => 0,
        InstanceValue::Unknown => 1,
        InstanceValue::Excused => 2,
        InstanceValue::Met => 3,
        InstanceValue::Void => 4,
    };
    of_rule.sort_by(|a, b| (urgency(a.value), a.decided, &a.key).cmp(&(urgency(b.value), b.decided, &b.key)));
    let left_out = of_rule.len().saturating_sub(INSTANCES_MOST);
    of_rule.truncate(INSTANCES_MOST);
    let checked = if view.facts.len() > CHECKED_MOST {
        None
    } else {
        view.checking(|checker| {
            let asked = |one: &clause::Instance| (checked(checker.check(one)), checker.odds(&one.key).map(odds));
            (of_rule.iter().map(asked).collect::<Vec<_>>(), chances(view, rule, checker))
        })
    };
    let mut instances: Vec<Instance> = of_rule.into_iter().map(written).collect();
    let was_checked = checked.is_some();
    let (each, chances) = checked.unwrap_or_default();
    for (instance, (checked, breach)) in instances.iter_mut().zip(each) {
        (instance.checked, instance.breach) = (Some(checked), breach);
    }
    Instances { rule: rule.to_owned(), instances, left_out, checked: was_checked, chances }
}

fn checked(checked: clause::Checked) -> CertificateCheck {
    let (answer, why) = match checked {
        clause::Checked::Accepted => ("accepted", None),
        clause::Checked::Refused(why) => ("refused", Some(why)),
        clause::Checked::CannotCheck(why) => ("cannot check", Some(why)),
    };
    CertificateCheck { answer: answer.to_owned(), why }
}

fn odds(odds: clause::Odds) -> Odds {
    let clause::Odds { least, independent, most } = odds;
    Odds { least_ppm: least.ppm(), independent_ppm: independent.ppm(), most_ppm: most.ppm() }
}

fn chances(view: &View, rule: &str, checker: &clause::Checker<'_>) -> Vec<VerdictChance> {
    let asked =
        |verdict: &&clause::Verdict| verdict.rule.as_str() == rule && verdict.footing == clause::Footing::Proposed;
    let likely = view.verdicts.iter().filter(asked).filter_map(|verdict| {
        Some(VerdictChance {
            reading: verdict.reading.as_ref().map(Label::to_string),
            bearer: verdict.bearer.as_ref().map(Party::to_string),
            breach: odds(checker.odds_of_verdict(verdict)?),
        })
    });
    likely.collect()
}

fn written(instance: clause::Instance) -> Instance {
    let certificate = instance.certificate;
    let witness =
        |witness: clause::Witness| Witness { part: witness.part.word().to_owned(), fact: witness.fact.clone() };
    let tried = |(label, reason): (Label, clause::Reason)| Tried { label: label.to_string(), outcome: reason.text };
    let known =
        |(source, until): (Label, terms::Instant)| KnownUntil { source: source.to_string(), until: until.to_string() };
    Instance {
        key: instance.key.to_string(),
        reading: instance.key.reading.as_ref().map(Label::to_string),
        bearer: instance.key.bearer.as_ref().map(Party::to_string),
        footing: instance.key.footing.word().to_owned(),
        sector: instance.key.sector.as_ref().map(Label::to_string),
        value: instance.value.word().to_owned(),
        standing: instance.standing.word().to_owned(),
        decided: span(instance.decided),
        margin: instance.margin.map(|margin| margin.to_string()),
        witnesses: certificate.witnesses.into_iter().map(witness).collect(),
        exceptions: certificate.exceptions.into_iter().map(tried).collect(),
        counted: certificate.counted.map(|counted| Counted {
            during: span(counted.during),
            facts: counted.facts,
            least: counted.least,
            most: counted.most,
        }),
        absence: certificate.absence.map(|absence| Absence {
            of: absence.of,
            during: span(absence.during),
            known_until: absence.known_until.into_iter().map(known).collect(),
            examined: absence.examined,
            nearest: absence.nearest.map(|(fact, outside_ms)| Nearest { fact, outside_ms }),
        }),
        reasons: certificate.reasons.into_iter().map(|reason| reason.text).collect(),
        checked: None,
        breach: None,
    }
}
