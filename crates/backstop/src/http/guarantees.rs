//! Guarantees for the page and the command line: instruments, commitments, clocks, as of an instant.
//!
//! Takes what a view holds of guarantees, or asks the state for another instant; gives the shapes of the answer. Never
//! shows what its reader may not read: that is not in what it takes.

use super::model::{Problem, Span};
use super::whom::{Whom, theirs};
use super::{Shared, answers, problem};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use clause::guarantee::{
    Cited, ClockRule, ClockStand, Commitment, CommitmentStand, Decider, Deed, Effect, Holds, Instrument,
    InstrumentStand, Package, Run, TextHeld,
};
use mission::{Guarantees, Onlooker};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use terms::{Instant, Label, Party};
use utoipa::{IntoParams, ToSchema};

/// A question waits so long for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// For which instant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// As of this instant, with what was known by then; now without it.
    as_of: Option<String>,
}

/// For which instant, and how much of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Narrowed {
    /// As of this instant, with what was known by then; now without it.
    as_of: Option<String>,
    /// Only what concerns this party, document or promise.
    of: Option<String>,
    /// At most so many promises and so many clocks, those first that need somebody; 2,000 without it, 10,000 at most.
    most: Option<usize>,
}

/// So many promises and clocks stand in an answer that does not ask for more.
const USUAL: usize = 2_000;
/// No answer has more.
const MOST: usize = 10_000;

/// What an answer is narrowed to.
#[derive(Default)]
pub(crate) struct Narrow {
    of: Option<String>,
    most: Option<usize>,
}

impl Narrow {
    fn concerns(&self, one: &Commitment, members: &[(Party, Holds)]) -> bool {
        self.of.as_deref().is_none_or(|of| {
            [one.id.as_str(), one.instrument.as_str(), one.debtor.as_str(), one.beneficiary.as_str()].contains(&of)
                || members.iter().any(|(member, _)| member.as_str() == of)
        })
    }
}

/// How much an answer leaves out.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeftOut {
    promises: usize,
    clocks: usize,
    /// Clocks that nothing has started.
    idle: usize,
}

/// What guarantors promised, and how it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Guarantees)]
pub(crate) struct Answer {
    /// As of when.
    pub(crate) as_of: String,
    /// The package's title.
    pub(crate) title: String,
    /// Its version.
    pub(crate) version: String,
    /// Up to which day its sources were read.
    pub(crate) sources_until: String,
    /// The time zone of its civil times.
    pub(crate) time_zone: String,
    /// Parties and bodies, in the page's order.
    pub(crate) parties: Vec<Named>,
    /// Groups of parties that promise as one.
    pub(crate) groups: Vec<GroupLine>,
    /// Where things were read.
    pub(crate) sources: Vec<SourceLine>,
    /// What the readings hold.
    pub(crate) readings: Vec<Named>,
    /// What promises wait for.
    pub(crate) conditions: Vec<ConditionLine>,
    /// Documents.
    pub(crate) instruments: Vec<InstrumentLine>,
    /// Promises.
    pub(crate) commitments: Vec<CommitmentLine>,
    /// Clocks that something started.
    pub(crate) clocks: Vec<ClockLine>,
    /// Clocks that nothing has started.
    pub(crate) idle: Vec<IdleLine>,
    /// Promises that follow one another.
    pub(crate) ladders: Vec<LadderLine>,
    /// How much has no room here: ask for what concerns one party, document or promise.
    left_out: LeftOut,
    /// How many pages and deeds this reader may not read.
    pub(crate) withheld: usize,
}

/// A name with what it stands for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Named {
    /// Its short name.
    pub(crate) id: String,
    /// The name to show, or what it holds.
    pub(crate) says: String,
}

/// A group of parties that promises as one.
#[derive(Serialize, ToSchema)]
pub(crate) struct GroupLine {
    /// The party that it is.
    pub(crate) of: String,
    /// Its members, as far as they are known.
    pub(crate) members: Vec<String>,
    /// Whom its promises bind: `each`, `together`, `not-said`.
    promises: String,
    cited: CitedLine,
}

/// How a promise of a group stands for a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberLine {
    pub(crate) who: String,
    /// Whether it could be called upon from this member.
    pub(crate) stands: HoldsLine,
}

/// Where something was read.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceLine {
    /// Its short name.
    pub(crate) id: String,
    /// `official`, `press`, `unconfirmed`.
    pub(crate) credit: String,
    /// The day it is of.
    pub(crate) date: String,
    /// Where.
    pub(crate) place: String,
}

/// Sources and gaps of an item.
#[derive(Serialize, ToSchema)]
pub(crate) struct CitedLine {
    /// Its sources.
    pub(crate) sources: Vec<String>,
    /// As its firmest source: `official`, `press`, `unconfirmed`.
    pub(crate) credit: Option<String>,
    /// What is not public or not said.
    pub(crate) gaps: Vec<String>,
    /// The line of the page that encodes it.
    line: usize,
}

/// One of three answers with its reasons.
#[derive(Serialize, ToSchema)]
pub(crate) struct HoldsLine {
    /// `yes`, `no`, `cannot tell`.
    pub(crate) answer: String,
    /// Why, if it is not yes.
    pub(crate) because: Vec<String>,
}

/// A condition.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConditionLine {
    id: String,
    /// In the text's words.
    says: String,
    /// Who decides; nobody where it is not public.
    decided_by: Vec<String>,
    /// Whether it holds.
    holds: HoldsLine,
    cited: CitedLine,
}

/// A document.
#[derive(Serialize, ToSchema)]
pub(crate) struct InstrumentLine {
    pub(crate) id: String,
    pub(crate) title: String,
    /// `declaration`, `bilateral`, `draft` …
    pub(crate) kind: String,
    /// Versions that it takes the place of.
    replaces: Vec<String>,
    /// `public`, `withheld`, `not held`.
    pub(crate) text: String,
    /// SHA-256 of the text, where one is held.
    sha256: Option<String>,
    /// From when it binds: `declaration`, `signature`, `ratification`, `never`, `not said`.
    pub(crate) effect: String,
    /// The bodies that ratify it.
    ratified_by: Vec<String>,
    /// How long, in the text's words.
    lasts: Option<String>,
    /// Where each party and body stands.
    pub(crate) parties: Vec<PartyLine>,
    pub(crate) cited: CitedLine,
}

/// Where a party or body stands on a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartyLine {
    /// Who.
    pub(crate) who: String,
    /// `drafted`, `agreed`, `declared`, `signed`, `ratified`, `in-force` …; nothing where none is known.
    pub(crate) state: Option<String>,
    /// When.
    pub(crate) at: Option<Span>,
    /// In words.
    note: String,
    /// The document that shows it.
    document: Option<DocumentLine>,
    /// What another notice of the same time says.
    contradicted: Option<String>,
    /// Whether it binds this party; nothing for bodies.
    pub(crate) binds: Option<HoldsLine>,
}

/// A document that shows a deed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentLine {
    title: String,
    sha256: Option<String>,
    /// Whether its text is kept from readers.
    withheld: bool,
}

/// A promise.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommitmentLine {
    pub(crate) id: String,
    /// Who promised.
    pub(crate) debtor: String,
    /// To whom.
    pub(crate) beneficiary: String,
    /// In our words.
    pub(crate) says: String,
    /// In which document.
    pub(crate) instrument: String,
    article: Option<String>,
    /// `consultation`, `diplomatic`, `support`, `sanctions`, `military`, `monitoring`, `training`, `reconstruction`.
    pub(crate) class: String,
    /// `shall`, `may`, `will-consider`, `not-said`.
    pub(crate) word: String,
    /// `legally`, `politically`, `not-said`.
    pub(crate) binds: String,
    /// What must hold when it is called upon.
    when: Vec<String>,
    pub(crate) caveats: Vec<String>,
    /// Whether it could be called upon.
    pub(crate) stands: HoldsLine,
    /// Where a group promised, how it stands for each member.
    pub(crate) members: Vec<MemberLine>,
    /// What was delivered, by rung and unit; a rung that is not here was not reported.
    pub(crate) rungs: Vec<RungLine>,
    /// What does not count, and why.
    notes: Vec<String>,
    pub(crate) cited: CitedLine,
}

/// What is reported on one rung in one unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct RungLine {
    /// `announced`, `legal`, `allocated`, `sent`, `received`.
    pub(crate) rung: String,
    /// Thousandths of the unit.
    thousandths: u64,
    /// The unit.
    unit: String,
    /// Both, to be shown.
    pub(crate) shown: String,
    /// The deeds that say so.
    deeds: Vec<String>,
    /// The last of them.
    latest: Span,
}

/// A clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClockLine {
    /// `uk-24h/sent/d1`.
    pub(crate) id: String,
    /// The clock's rule.
    pub(crate) clock: String,
    /// The promise.
    pub(crate) commitment: String,
    /// Under which reading.
    pub(crate) reading: Option<String>,
    /// Who owes.
    pub(crate) debtor: String,
    /// What started it.
    pub(crate) started_by: String,
    /// When it started.
    started: Span,
    /// When it is over; nothing while it is stopped.
    pub(crate) due: Option<String>,
    /// `pending`, `running`, `paused`, `discharged`, `late`, `expired`, `not bound`, `void`, `cannot tell`.
    pub(crate) state: String,
    /// Why, where that is to be said.
    pub(crate) because: Vec<String>,
    /// What met it.
    pub(crate) met_by: Option<String>,
    /// How late it was met, in milliseconds.
    late_ms: Option<i64>,
    /// What is left of a clock that is stopped, in milliseconds.
    left_ms: Option<i64>,
    /// How `due` was reckoned.
    pub(crate) arithmetic: String,
    /// What follows when it runs out, in the text's words; nothing where the text does not say.
    pub(crate) on_expiry: Option<String>,
    /// Who was told.
    pub(crate) told: Vec<ToldLine>,
    /// What else a reader must know.
    pub(crate) notes: Vec<String>,
}

/// Who was told of what started a clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToldLine {
    pub(crate) who: String,
    at: Span,
    /// By which deed.
    pub(crate) by: String,
    /// By which deed they confirmed it.
    pub(crate) acknowledged: Option<String>,
    acknowledged_at: Option<Span>,
}

/// A clock that nothing has started.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdleLine {
    pub(crate) clock: String,
    pub(crate) reading: Option<String>,
    /// What would start it.
    pub(crate) awaits: String,
}

/// Promises that follow one another.
#[derive(Serialize, ToSchema)]
pub(crate) struct LadderLine {
    id: String,
    title: String,
    version: String,
    /// The lowest first.
    rungs: Vec<String>,
    cited: CitedLine,
}

/// What guarantors promised, and how it stands.
#[utoipa::path(get, path = "/guarantees", params(Narrowed), responses(
    (status = 200, body = Answer), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn guarantees(
    State(shared): State<Shared>,
    Whom(onlooker): Whom,
    Query(asked): Query<Narrowed>,
) -> Response {
    let of = asked.of.filter(|of| !of.is_empty());
    let narrow = Narrow { of, most: Some(asked.most.unwrap_or(USUAL).min(MOST)) };
    let shape = move |guarantees: &Guarantees| narrowed(guarantees, &narrow);
    match reckoned(&shared, onlooker, asked.as_of.as_deref(), shape).await {
        Ok(answer) => theirs(Json(answer)),
        Err(problem) => problem,
    }
}

/// What is asked of guarantees as of an instant, in one shape or another.
pub(super) async fn answered<T>(
    shared: &Shared,
    Whom(onlooker): Whom,
    asked: &Asked,
    shape: fn(&Guarantees) -> T,
) -> Response
where
    T: Serialize + Send + 'static,
{
    match reckoned(shared, onlooker, asked.as_of.as_deref(), shape).await {
        Ok(answer) => theirs(Json(answer)),
        Err(problem) => problem,
    }
}

/// What follows from guarantees as an onlooker may see them, as of an instant; or why nothing does.
pub(super) async fn reckoned<T: Send + 'static>(
    shared: &Shared,
    onlooker: Onlooker,
    as_of: Option<&str>,
    shape: impl FnOnce(&Guarantees) -> T + Send + 'static,
) -> Result<T, Response> {
    let snapshot = shared.now();
    let at = match as_of.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(Instant::parse(text).ok_or_else(|| {
            let why = format!("`as_of` is `{text}`; write an instant such as `2026-04-11T13:00:00Z`");
            problem(StatusCode::BAD_REQUEST, why)
        })?),
    };
    let Ok(Ok(_room)) = tokio::time::timeout(PATIENCE, shared.looking_back.acquire()).await else {
        return Err(problem(StatusCode::SERVICE_UNAVAILABLE, "others are being looked at; try again in a moment"));
    };
    let reckoned = move || snapshot.guarantees(&onlooker, at).map(|guarantees| shape(&guarantees));
    match tokio::task::spawn_blocking(reckoned).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => {
            let advice = "`backstop guarantees adopt PATH` adopts one";
            Err(problem(StatusCode::NOT_FOUND, format!("no page of guarantees was adopted by then; {advice}")))
        }
        Err(_) => Err(problem(StatusCode::INTERNAL_SERVER_ERROR, "reckoning the clocks failed; please report it")),
    }
}

/// Guarantees in the shape of the answer, all of them.
pub(crate) fn written(guarantees: &Guarantees) -> Answer {
    narrowed(guarantees, &Narrow::default())
}

/// The same, narrowed.
fn narrowed(guarantees: &Guarantees, narrow: &Narrow) -> Answer {
    let (package, sheet) = (&*guarantees.package, &guarantees.sheet);
    let most = narrow.most.unwrap_or(usize::MAX);
    // Nothing is listed in the order of these.
    let commitments: HashMap<&Label, &Commitment> = package.commitments.iter().map(|one| (&one.id, one)).collect();
    let rules: HashMap<&Label, &ClockRule> = package.clocks.iter().map(|rule| (&rule.id, rule)).collect();
    let stands = || package.commitments.iter().zip(&sheet.commitments);
    let concerning = || stands().filter(move |(one, stand)| narrow.concerns(one, &stand.members));
    let concerned: Option<HashSet<&Label>> = narrow.of.as_ref().map(|_| concerning().map(|(one, _)| &one.id).collect());
    let (rules, concerned) = (&rules, &concerned);
    let concerns = move |promise: &Label| concerned.as_ref().is_none_or(|these| these.contains(promise));
    let runs: Vec<&Run> = sheet.runs.iter().filter(|run| concerns(&run.commitment)).collect();
    let idle =
        || sheet.idle.iter().filter(move |idle| rules.get(&idle.clock).is_none_or(|rule| concerns(&rule.commitment)));
    let left_out = LeftOut {
        promises: concerning().count().saturating_sub(most),
        clocks: runs.len().saturating_sub(most),
        idle: idle().count().saturating_sub(most),
    };
    let (first, rest): (Vec<&Run>, Vec<&Run>) = if left_out.clocks == 0 {
        (runs, Vec::new())
    } else {
        runs.into_iter().partition(|run| run.stands.is_open() || run.stands.needs_somebody())
    };
    let named = |(id, shown): &(Party, String)| Named { id: id.to_string(), says: shown.clone() };
    let cited = |cited: &Cited| cited_line(package, cited);
    Answer {
        as_of: sheet.at.to_string(),
        title: package.title.clone(),
        version: package.version.clone(),
        sources_until: package.as_of.clone(),
        time_zone: package.time_zone.clone(),
        parties: package.parties.iter().chain(&package.bodies).map(named).collect(),
        groups: package
            .groups
            .iter()
            .map(|group| GroupLine {
                of: group.of.to_string(),
                members: group.members.iter().map(Party::to_string).collect(),
                promises: group.promises.word().to_owned(),
                cited: cited(&group.cited),
            })
            .collect(),
        sources: source_lines(package),
        readings: package.readings.iter().map(|(id, says)| Named { id: id.to_string(), says: says.clone() }).collect(),
        conditions: package
            .conditions
            .values()
            .map(|one| ConditionLine {
                id: one.id.to_string(),
                says: one.says.clone(),
                decided_by: match &one.decider {
                    Decider::These(deciders) => deciders.iter().map(Party::to_string).collect(),
                    Decider::NotSaid => Vec::new(),
                },
                holds: holds(sheet.conditions.get(&one.id).unwrap_or(&Holds::Yes)),
                cited: cited(&one.cited),
            })
            .collect(),
        instruments: package
            .instruments
            .iter()
            .zip(&sheet.instruments)
            .map(|(one, stand)| instrument(package, one, stand))
            .collect(),
        commitments: concerning().take(most).map(|(one, stand)| commitment(package, one, stand)).collect(),
        clocks: first
            .into_iter()
            .chain(rest)
            .take(most)
            .map(|run| {
                let debtor = commitments.get(&run.commitment).map_or_else(String::new, |one| one.debtor.to_string());
                clock(run, debtor, rules.get(&run.clock).and_then(|rule| rule.on_expiry.clone()))
            })
            .collect(),
        idle: idle()
            .take(most)
            .map(|idle| IdleLine {
                clock: idle.clock.to_string(),
                reading: idle.reading.as_ref().map(Label::to_string),
                awaits: idle.awaits.clone(),
            })
            .collect(),
        ladders: package
            .ladders
            .iter()
            .map(|ladder| LadderLine {
                id: ladder.id.to_string(),
                title: ladder.title.clone(),
                version: ladder.version.clone(),
                rungs: ladder.rungs.iter().map(Label::to_string).collect(),
                cited: cited(&ladder.cited),
            })
            .collect(),
        left_out,
        withheld: guarantees.withheld,
    }
}

pub(super) fn source_lines(package: &Package) -> Vec<SourceLine> {
    let line = |(id, source): (&Label, &clause::guarantee::Source)| SourceLine {
        id: id.to_string(),
        credit: source.credit.word().to_owned(),
        date: source.date.clone(),
        place: source.place.clone(),
    };
    package.sources.iter().map(line).collect()
}

pub(super) fn cited_line(package: &Package, cited: &Cited) -> CitedLine {
    CitedLine {
        sources: cited.sources.iter().map(Label::to_string).collect(),
        credit: package.credit(cited).map(|credit| credit.word().to_owned()),
        gaps: cited.gaps.clone(),
        line: cited.line,
    }
}

pub(super) fn holds(holds: &Holds) -> HoldsLine {
    HoldsLine { answer: holds.word().to_owned(), because: holds.reasons().to_vec() }
}

fn instrument(package: &Package, one: &Instrument, stand: &InstrumentStand) -> InstrumentLine {
    let (text, sha256) = match &one.text {
        TextHeld::Public(sha256) => ("public", sha256.clone()),
        TextHeld::Withheld(sha256) => ("withheld", sha256.clone()),
        TextHeld::NotHeld => ("not held", None),
    };
    let (effect, ratified_by) = match &one.effect {
        Effect::Declaration => ("declaration", Vec::new()),
        Effect::Signature => ("signature", Vec::new()),
        Effect::Ratification(bodies) => ("ratification", bodies.iter().map(Party::to_string).collect()),
        Effect::Never => ("never", Vec::new()),
        Effect::NotSaid => ("not said", Vec::new()),
    };
    let party = |state: &clause::guarantee::PartyState| {
        let deed = state.state.as_ref();
        let document = deed.and_then(|deed| deed.paper.as_ref());
        let binds = stand.binds.iter().find(|(who, _)| *who == state.who);
        PartyLine {
            who: state.who.to_string(),
            state: deed.map(|deed| deed.what.word().to_owned()),
            at: deed.map(|deed| answers::span(deed.happened)),
            note: deed.map_or_else(String::new, |deed| deed.note.clone()),
            document: document.map(|paper| DocumentLine {
                title: paper.title.clone(),
                sha256: paper.sha256.clone(),
                withheld: paper.withheld,
            }),
            contradicted: state.contradicted.as_ref().map(Deed::named),
            binds: binds.map(|(_, answer)| holds(answer)),
        }
    };
    InstrumentLine {
        id: one.id.to_string(),
        title: one.title.clone(),
        kind: one.kind.word().to_owned(),
        replaces: one.replaces.iter().map(Label::to_string).collect(),
        text: text.to_owned(),
        sha256,
        effect: effect.to_owned(),
        ratified_by,
        lasts: one.lasts.clone(),
        parties: stand.parties.iter().map(party).collect(),
        cited: cited_line(package, &one.cited),
    }
}

fn commitment(package: &Package, one: &Commitment, stand: &CommitmentStand) -> CommitmentLine {
    CommitmentLine {
        id: one.id.to_string(),
        debtor: one.debtor.to_string(),
        beneficiary: one.beneficiary.to_string(),
        says: one.says.clone(),
        instrument: one.instrument.to_string(),
        article: one.article.clone(),
        class: one.class.word().to_owned(),
        word: one.word.word().to_owned(),
        binds: one.binds.word().to_owned(),
        when: one.when.iter().map(Label::to_string).collect(),
        caveats: one.caveats.clone(),
        stands: holds(&stand.binds),
        members: stand
            .members
            .iter()
            .map(|(who, stands)| MemberLine { who: who.to_string(), stands: holds(stands) })
            .collect(),
        rungs: stand
            .rungs
            .iter()
            .map(|rung| RungLine {
                rung: rung.rung.word().to_owned(),
                thousandths: rung.amount.thousandths,
                unit: rung.amount.unit.clone(),
                shown: rung.amount.to_string(),
                deeds: rung.deeds.iter().map(Label::to_string).collect(),
                latest: answers::span(rung.latest),
            })
            .collect(),
        notes: stand.notes.clone(),
        cited: cited_line(package, &one.cited),
    }
}

fn clock(run: &Run, debtor: String, on_expiry: Option<String>) -> ClockLine {
    let (met_by, late_ms, left_ms) = match &run.stands {
        ClockStand::Discharged { by, .. } => (Some(by.clone()), None, None),
        ClockStand::Late { by, late_ms, .. } => (Some(by.clone()), Some(*late_ms), None),
        ClockStand::Paused { left_ms, .. } => (None, None, Some(*left_ms)),
        ClockStand::Pending
        | ClockStand::Running
        | ClockStand::Expired
        | ClockStand::NotBound(_)
        | ClockStand::Void(_)
        | ClockStand::CannotTell(_) => (None, None, None),
    };
    ClockLine {
        id: run.name(),
        clock: run.clock.to_string(),
        commitment: run.commitment.to_string(),
        reading: run.reading.as_ref().map(Label::to_string),
        debtor,
        started_by: run.started_by.clone(),
        started: answers::span(run.started),
        due: run.due.map(|due| due.to_string()),
        state: run.stands.word().to_owned(),
        because: run.stands.reasons().to_vec(),
        met_by,
        late_ms,
        left_ms,
        arithmetic: run.arithmetic.clone(),
        on_expiry,
        told: run
            .told
            .iter()
            .map(|told| ToldLine {
                who: told.who.to_string(),
                at: answers::span(told.at),
                by: told.by.to_string(),
                acknowledged: told.acknowledged.as_ref().map(|(_, by)| by.to_string()),
                acknowledged_at: told.acknowledged.as_ref().map(|(at, _)| answers::span(*at)),
            })
            .collect(),
        notes: run.notes.clone(),
    }
}
