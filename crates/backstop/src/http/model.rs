//! What `/api/v1` says: the shapes of its answers.
//!
//! Takes nothing of its own; gives serialised types with their OpenAPI schema, the source of the web app's types.
//! Instants are RFC 3339 in UTC, chances are parts per million, positions are degrees. Never a field that a release
//! rule has not passed: these are filled from a `View`.

use super::whereabouts::{Meeting, Wedge};
use serde::Serialize;
use utoipa::ToSchema;

/// A span of time, both ends included.
#[derive(Serialize, ToSchema)]
pub struct Span {
    /// RFC 3339, UTC.
    pub earliest: String,
    /// RFC 3339, UTC.
    pub latest: String,
    /// `minute`, `hour`, `part of a day`, `day`, `several days`.
    pub precision: String,
}

/// A place with its uncertainty.
#[derive(Serialize, ToSchema)]
pub struct Place {
    /// `disc`, `wedge`, `region` or `unplaced`.
    pub shape: String,
    /// Longitude of the middle of the disc, or of the disc that holds the wedge, degrees.
    pub lon: Option<f64>,
    /// Latitude of that middle, degrees.
    pub lat: Option<f64>,
    /// Radius of that disc, metres.
    pub radius_m: Option<u32>,
    /// The direction and ranges of a wedge.
    pub wedge: Option<Wedge>,
    /// Id of the region in the basemap's `regions` layer.
    pub region: Option<String>,
    /// The name the source gave.
    pub name: Option<String>,
    /// `exact`, `vicinity`, `settlement`, `locality`, `region`, `unknown`.
    pub precision: String,
}

/// A probability.
#[derive(Serialize, ToSchema)]
pub struct Chance {
    /// Parts per million.
    pub ppm: u32,
    /// In words: `likely`.
    pub word: String,
}

/// A count: least, best, most; nothing where nobody counted.
#[derive(Serialize, ToSchema)]
pub struct Count {
    /// The smallest number that fits.
    pub least: Option<u32>,
    /// The number held most likely.
    pub best: Option<u32>,
    /// The largest number that fits.
    pub most: Option<u32>,
    /// As shown: `5 (3-9)`, `>=2`, `not counted`.
    pub shown: String,
}

/// The mission as of an instant: the top line of every page.
#[derive(Serialize, ToSchema)]
pub struct Status {
    /// The mission's name.
    pub mission: String,
    /// `simulated`, `exercise` or `operational`, for the life of the store.
    pub data_class: String,
    /// What is shown is what was known at this instant.
    pub as_of: String,
    /// IANA time zone of the mission.
    pub time_zone: String,
    /// When the newest entry was received.
    pub last_entry_at: Option<String>,
    /// Title of the agreement in force, if one is adopted.
    pub agreement: Option<String>,
    /// The log.
    pub log: LogPosition,
    /// How many of each thing the view holds.
    pub counts: Counts,
    /// Present while a demo or exercise replays.
    pub replay: Option<Replay>,
    /// The span that the observations cover: the whole of the timeline.
    pub covers: Option<Span>,
    /// Sentences every page must show, such as that there are no witnesses.
    pub notices: Vec<String>,
}

/// Where the log stands.
#[derive(Serialize, ToSchema)]
pub struct LogPosition {
    /// The log's origin line.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash, base64.
    pub root: String,
}

/// How many of each thing there are.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    /// Observations that are not claims.
    pub observations: u64,
    /// Statements by parties.
    pub claims: u64,
    /// Looks.
    pub efforts: u64,
    /// Incidents.
    pub incidents: u64,
    /// Rows kept that could not be read.
    pub unread_rows: u64,
}

/// The replay of a scenario.
#[derive(Serialize, ToSchema)]
pub struct Replay {
    /// Simulated seconds per second.
    pub speed: u32,
    /// Instant of the scenario that has been reached.
    pub now: String,
    /// Where it ends.
    pub ends: String,
    /// Whether the end has been reached.
    pub finished: bool,
}

/// A list of incidents under one filter. `total` = `placed` + `in_regions` + `unplaced`, always.
#[derive(Serialize, ToSchema)]
pub struct Incidents {
    /// What was known at this instant.
    pub as_of: String,
    /// How many the filter lets through.
    pub total: u64,
    /// Of these, drawn as discs.
    pub placed: u64,
    /// Of these, known to a region only.
    pub in_regions: u64,
    /// Of these, not on the map.
    pub unplaced: u64,
    /// How many the filter hides.
    pub hidden: u64,
    /// The incidents, newest first.
    pub incidents: Vec<Incident>,
    /// Counts per column of the timeline.
    pub timeline: Vec<TimelineColumn>,
}

/// One column of the timeline.
#[derive(Serialize, ToSchema)]
pub struct TimelineColumn {
    /// Start, RFC 3339 UTC.
    pub from: String,
    /// End, excluded.
    pub to: String,
    /// Incidents whose earliest instant falls here.
    pub incidents: u64,
    /// How much of the area was watched, ppm; nothing where no area is declared.
    pub watched_ppm: Option<u32>,
}

/// An incident as listed.
#[derive(Serialize, ToSchema)]
pub struct Incident {
    /// `INC-7K2Q-H4M9-TXW3`.
    pub id: String,
    /// Kind, as a word: `shelling`.
    pub act: String,
    /// What was hit, in the agreement's words.
    pub object: Option<String>,
    /// When.
    pub happened: Span,
    /// Where.
    pub place: Place,
    /// How many.
    pub count: Count,
    /// By whom, as its observations say; `None` = cannot tell.
    pub by: Option<String>,
    /// How sure the machine is that it happened.
    pub chance: Chance,
    /// `proposed`, `established`, `not established`, `unable to verify`.
    pub state: String,
    /// Party that a signed attribution names, or `undetermined`; nothing before there is one.
    pub attributed_to: Option<String>,
    /// How many observations.
    pub observations: u32,
    /// How many voices among them.
    pub voices: u32,
    /// Ids of its sources.
    pub sources: Vec<String>,
    /// Rules of the agreement that it falls under or may fall under.
    pub clauses: Vec<Bearing>,
    /// Whether it is simulated: the data class of the row.
    pub data_class: String,
}

/// How an incident or a claim bears on a rule under one reading.
#[derive(Serialize, ToSchema)]
pub struct Bearing {
    /// Rule id: `A1`.
    pub rule: String,
    /// Reading, where the parties read the clause differently.
    pub reading: Option<String>,
    /// `falls under`, `outside`, `cannot tell`.
    pub answer: String,
    /// Why, in one sentence.
    pub why: String,
}

/// One incident, opened.
#[derive(Serialize, ToSchema)]
pub struct IncidentDetail {
    /// The incident as listed.
    pub incident: Incident,
    /// What its observations say.
    pub evidence: Vec<Observation>,
    /// Looks that covered its place and time and saw nothing, and why others could not look.
    pub against: Vec<Effort>,
    /// How each observation after the most precise belongs to it.
    pub joins: Vec<Join>,
    /// Where the places of independent voices meet; absent where fewer than two gave one.
    pub meeting: Option<Meeting>,
    /// With which voice each observation speaks; what one voice says counts once.
    pub spoken: Vec<super::spoken::Spoken>,
    /// The nearest other way to put these reports together.
    pub alternative: Option<Alternative>,
    /// How many voices looked there and then, were able to see it, and saw nothing.
    pub silent: u32,
    /// How many other incidents its reports may belong to, at one in ten or more.
    pub rivals: u32,
    /// `proposed` by the machine, `ordered` in part by people, or `dismissed` by them.
    pub ordered: String,
    /// Acts of people on it, oldest first.
    pub history: Vec<HistoryLine>,
}

/// How an observation belongs to an incident.
#[derive(Serialize, ToSchema)]
pub struct Join {
    /// The observation.
    pub observation: String,
    /// How likely it tells of the same happening as the others.
    pub chance: Chance,
    /// Metres between the middles of its place and of the most precise one.
    pub distance_m: u32,
    /// Minutes between its span and that of the most precise one; zero where they meet.
    pub gap_minutes: i64,
    /// What speaks for and against its telling of what the most precise one tells of; empty where the two cannot be compared.
    pub terms: Vec<Term>,
}

/// One term of a score that holds a report against another.
#[derive(Serialize, ToSchema)]
pub struct Term {
    /// `source`, `place`, `time`, `kind`, `count`, `said` (what was hit and by whom) or `otherwise` (how rare such a report is).
    pub term: String,
    /// 1/1024 nat; above zero it speaks for one happening.
    pub score_1024: i32,
}

/// The nearest other way to put the reports of an incident together.
#[derive(Serialize, ToSchema)]
pub struct Alternative {
    /// `one with` another incident, or `without` one of its observations.
    pub what: String,
    /// That incident or observation.
    pub id: String,
    /// How likely it is.
    pub chance: Chance,
}

/// One line of history.
#[derive(Serialize, ToSchema)]
pub struct HistoryLine {
    /// Log index.
    pub entry: u64,
    /// When it was received.
    pub at: String,
    /// What was done.
    pub what: String,
}

/// One observation.
#[derive(Serialize, ToSchema)]
pub struct Observation {
    /// `OBS-…`.
    pub id: String,
    /// Source id.
    pub source: String,
    /// Title of the source.
    pub source_title: String,
    /// `sight`, `sound`, `camera`, `uav`, `satellite`, `press`, `statement`.
    pub means: String,
    /// Kind.
    pub act: String,
    /// What was hit.
    pub object: Option<String>,
    /// When.
    pub happened: Span,
    /// Where.
    pub place: Place,
    /// How many.
    pub count: Count,
    /// By whom, as the source says.
    pub by: Option<String>,
    /// Admiralty grade.
    pub grade: String,
    /// The grade's long form.
    pub grade_long: String,
    /// How likely a report of this kind from this source is right, ppm.
    pub worth_ppm: Option<u32>,
    /// Where that figure comes from.
    pub worth_basis: String,
    /// The source's words, where they may be shown.
    pub text: Option<String>,
    /// Where it can be read.
    pub references: Vec<String>,
    /// Licence of the row.
    pub licence: String,
    /// Log index of its entry.
    pub entry: u64,
    /// When it was received.
    pub received_at: String,
}

/// One look.
#[derive(Serialize, ToSchema)]
pub struct Effort {
    /// `EFF-…`.
    pub id: String,
    /// Source id.
    pub source: String,
    /// Means.
    pub means: String,
    /// When.
    pub span: Span,
    /// `looked`, `refused`, `jammed`, `obscured`, `unsafe`, `failed`.
    pub outcome: String,
    /// What limited it.
    pub limits: Option<String>,
    /// The area as a GeoJSON geometry.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
}

/// Statements of parties, kept apart from incidents.
#[derive(Serialize, ToSchema)]
pub struct Claims {
    /// What was known at this instant.
    pub as_of: String,
    /// How many.
    pub total: u64,
    /// The claims.
    pub claims: Vec<Claim>,
    /// Published totals with the arithmetic of their parts.
    pub totals: Vec<Total>,
}

/// One claim by a party.
#[derive(Serialize, ToSchema)]
pub struct Claim {
    /// What was said.
    pub observation: Observation,
    /// Who said it.
    pub claimant: Option<String>,
    /// What the clause would say if it were established, per rule and reading.
    pub would_be: Vec<Bearing>,
}

/// A published total.
#[derive(Serialize, ToSchema)]
pub struct Total {
    /// Who published it.
    pub claimant: String,
    /// Which truce.
    pub truce: String,
    /// As of when, in the claimant's words.
    pub as_of: String,
    /// The total as published.
    pub total: String,
    /// The published parts.
    pub parts: String,
    /// Their sum.
    pub sum: Option<i64>,
    /// `equal`, `short`, `over`, `cannot tell`.
    pub answer: String,
    /// In one sentence.
    pub why: String,
    /// Where it was published.
    pub reference: String,
}

/// Who looked where, and where nobody did.
#[derive(Serialize, ToSchema)]
pub struct Coverage {
    /// What was known at this instant.
    pub as_of: String,
    /// The span counted over.
    pub span: Option<Span>,
    /// Below this share no clause reads `complied`, ppm.
    pub keep_threshold_ppm: Option<u32>,
    /// One per sector.
    pub sectors: Vec<Sector>,
}

/// Coverage of one sector.
#[derive(Serialize, ToSchema)]
pub struct Sector {
    /// Zone or region id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its outline as a GeoJSON geometry.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
    /// Share of area and time watched, ppm.
    pub watched_ppm: u32,
    /// Of happenings such as this mission was told of, the share that would have been seen, ppm; nothing where it adopted no detection.
    pub seen_ppm: Option<u32>,
    /// The share watched by each means that looked.
    pub by_means: Vec<MeansShare>,
    /// Spans in which nobody looked, and why.
    pub blind: Vec<Blind>,
    /// Incidents in it.
    pub incidents: u64,
}

/// Coverage by one means.
#[derive(Serialize, ToSchema)]
pub struct MeansShare {
    /// Means.
    pub means: String,
    /// Share, ppm.
    pub watched_ppm: u32,
}

/// A span in which nobody looked.
#[derive(Serialize, ToSchema)]
pub struct Blind {
    /// When.
    pub span: Span,
    /// Why, as far as recorded.
    pub why: String,
}

/// The agreement with the state of each clause.
#[derive(Serialize, ToSchema)]
pub struct Agreement {
    /// Title.
    pub title: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the text and its zones, hex.
    pub sha256: String,
    /// What was known at this instant.
    pub as_of: String,
    /// Entry into force, RFC 3339 UTC, where there is one for all readings.
    pub in_force: Option<String>,
    /// The readings, in the text's order; empty when all read it alike.
    pub readings: Vec<String>,
    /// How many clauses stand where. Never one percentage.
    pub tally: Vec<TallyLine>,
    /// Headed articles in order.
    pub articles: Vec<Article>,
    /// The rules in order.
    pub rules: Vec<Rule>,
    /// What a drafter should look at.
    pub remarks: Vec<Remark>,
}

/// How many clauses stand at one value.
#[derive(Serialize, ToSchema)]
pub struct TallyLine {
    /// `complied`, `breached`, …
    pub value: String,
    /// How many rules.
    pub rules: u32,
}

/// One headed article.
#[derive(Serialize, ToSchema)]
pub struct Article {
    /// `art_3__para_1`.
    pub anchor: String,
    /// Its heading.
    pub heading: String,
    /// 1 for `#`, 2 for `##`.
    pub level: u8,
    /// Its blocks in order.
    pub blocks: Vec<Block>,
}

/// A block of text or of rules.
#[derive(Serialize, ToSchema)]
pub struct Block {
    /// `prose`, `rules`, `definitions` or `not understood`.
    pub kind: String,
    /// The text as written (Markdown for prose).
    pub text: String,
    /// Ids of the rules in it.
    pub rules: Vec<String>,
}

/// One rule and how it stands.
#[derive(Serialize, ToSchema)]
pub struct Rule {
    /// `A1`.
    pub id: String,
    /// Anchor of its article.
    pub anchor: String,
    /// `never`, `by`, `between`, `response`, `text only`.
    pub kind: String,
    /// The rule read back as one sentence, in English.
    pub sentence: String,
    /// The same in Ukrainian.
    pub sentence_uk: String,
    /// The worst of its verdicts as shown in the margin.
    pub standing_value: String,
    /// All verdicts: per reading, bearer and footing.
    pub verdicts: Vec<Verdict>,
}

/// One verdict.
#[derive(Serialize, ToSchema)]
pub struct Verdict {
    /// Reading.
    pub reading: Option<String>,
    /// Who is bound; nothing = the parties together.
    pub bearer: Option<String>,
    /// `as proposed`, `as established`, `as ruled`.
    pub footing: String,
    /// `complied`, `breached`, `no breach seen`, `undetermined`, `disputed`, `not due`, `suspended`, `not monitorable`.
    pub value: String,
    /// `open`, `provisional`, `final`, `amended`.
    pub standing: String,
    /// In one sentence.
    pub because: String,
    /// Hours late, metres inside, in words.
    pub margin: Option<String>,
    /// The window judged.
    pub window: Option<Span>,
    /// Share watched, ppm.
    pub watched_ppm: Option<u32>,
    /// The chance that a breach would have been seen, ppm: of the act seen least; nothing where the mission adopted no detection.
    pub seen_ppm: Option<u32>,
    /// Further reasons, one sentence each.
    pub reasons: Vec<String>,
    /// The incidents behind it.
    pub incidents: Vec<VerdictIncident>,
}

/// One incident behind a verdict.
#[derive(Serialize, ToSchema)]
pub struct VerdictIncident {
    /// `INC-…`.
    pub id: String,
    /// `falls under`, `outside`, `cannot tell`.
    pub answer: String,
    /// Why.
    pub why: String,
    /// How sure.
    pub chance_ppm: u32,
}

/// One remark on the text.
#[derive(Serialize, ToSchema)]
pub struct Remark {
    /// `B013`.
    pub code: String,
    /// `error`, `warning`, `note`.
    pub severity: String,
    /// What is wrong, in English.
    pub message: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is to be said beside it: a witness, or what would make it watchable.
    pub notes: Vec<String>,
    /// What to do.
    pub fix: Option<String>,
    /// What is wrong, in Ukrainian.
    pub message_uk: String,
    /// The same notes in Ukrainian.
    pub notes_uk: Vec<String>,
    /// What to do, in Ukrainian.
    pub fix_uk: Option<String>,
}

/// A running obligation.
#[derive(Serialize, ToSchema)]
pub struct Clock {
    /// Rule.
    pub rule: String,
    /// Reading.
    pub reading: Option<String>,
    /// Who owes it.
    pub bearer: Option<String>,
    /// What started it: an incident id or the entry into force.
    pub trigger: String,
    /// When it started.
    pub started: String,
    /// When it is due.
    pub due: String,
    /// `pending`, `running`, `discharged`, `late`, `cannot tell`.
    pub state: String,
    /// The arithmetic in one line.
    pub arithmetic: String,
}

/// A source and what may be done with it.
#[derive(Serialize, ToSchema)]
pub struct Source {
    /// Id.
    pub id: String,
    /// Full name.
    pub title: String,
    /// `monitor`, `sensor`, `satellite`, `press`, `party`, `dataset`.
    pub kind: String,
    /// Independence group.
    pub voice: String,
    /// Licence.
    pub licence: String,
    /// Attribution.
    pub attribution: String,
    /// `rows`, `aggregates`, `nothing`.
    pub release: String,
    /// Observations of it.
    pub observations: u64,
    /// Looks of it.
    pub efforts: u64,
    /// When its newest entry was received.
    pub last_received_at: Option<String>,
}

/// What a demo's machine proposed, against what "happened".
#[derive(Serialize, ToSchema)]
pub struct Scorecard {
    /// Sentences that say what was scored and how.
    pub notes: Vec<String>,
    /// Figures, in order.
    pub figures: Vec<ScoreFigure>,
    /// Per kind and per sector.
    pub table: Vec<ScoreRow>,
    /// True incidents that were missed.
    pub misses: Vec<Miss>,
}

/// One figure of the scorecard.
#[derive(Serialize, ToSchema)]
pub struct ScoreFigure {
    /// What it counts.
    pub label: String,
    /// The count.
    pub count: u64,
    /// Out of how many.
    pub of: Option<u64>,
    /// What it means.
    pub means: String,
}

/// One row of the scorecard.
#[derive(Serialize, ToSchema)]
pub struct ScoreRow {
    /// `kind` or `sector`.
    pub group: String,
    /// Which.
    pub name: String,
    /// True incidents.
    pub happened: u64,
    /// Of these, found.
    pub found: u64,
    /// Of those missed, how many nobody could have seen.
    pub unseeable: u64,
}

/// One true incident that was missed.
#[derive(Serialize, ToSchema)]
pub struct Miss {
    /// Kind.
    pub act: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Sector.
    pub sector: String,
    /// Why it was missed.
    pub why: String,
}

/// An error: what failed and what to do about it.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// Always `backstop.problem/1`.
    pub schema: String,
    /// In plain words, with what to do.
    pub message: String,
}
