//! What an entry says: one kind for each thing that can be written down.
//!
//! Takes the nouns; gives a kind and a payload, and reads them back. A kind once published is read for ever; a new
//! meaning is a new kind. Never holds a verdict: verdicts are computed.

pub use super::admitted::AdmittedOnlooker;
use super::admitted::{read_admitted, write_admitted};
pub use super::alert::{Alert, AlertStep, Carrier, Handling};
use super::alert::{read_alert, read_step, write_alert, write_step};
use super::canonical::Value;
pub use super::detection::AdoptedDetection;
use super::detection::{read_detection, write_detection};
pub use super::entitlement::Entitlement;
use super::entitlement::{read_entitlement, write_entitlement};
use super::envelope::{KeyId, parse_author_line};
use super::evidence::{
    CustodyStep, Evidence, Timestamp, read_custody, read_evidence, read_timestamp, write_custody, write_evidence,
    write_timestamp,
};
use super::fields::{FieldError, Fields, Writer};
pub use super::grouping::{AdoptedParameters, Grouping, GroupingOrder, MOST_ORDERED};
use super::grouping::{read_grouping, read_parameters, read_same_words, write_grouping, write_parameters};
pub use super::guarantees::{AdoptedGuarantees, Audience, RecordedDeed};
use super::guarantees::{read_deed, read_guarantees, write_deed, write_guarantees};
pub use super::handover::{After, Custodian, HandOver, Resumption, Role};
use super::handover::{read_hand_over, read_resumption, write_hand_over, write_resumption};
pub use super::notice::RecordedNotice;
use super::notice::{read_notice, write_notice};
use super::observation::{
    read_area, read_effort, read_observation, read_source, read_span, write_area, write_effort, write_observation,
    write_source, write_span,
};
use super::publication::{
    Attestation, Publication, read_attestation, read_publication, write_attestation, write_publication,
};
pub use super::redaction::{AttestedRun, EntryName, Redaction, RedactionEffects, Reveal, Touched};
use super::redaction::{read_effects, read_redaction, read_reveal, write_effects, write_redaction, write_reveal};
use std::collections::BTreeMap;
use terms::{Area, Effort, Instant, Label, Observation, ObservationId, Party, Source, SourceId, Span};

/// The kind of the entry that orders an erasure.
pub const REDACTION_ORDERED: &str = "redaction.ordered";
/// The kind of the entry that opens a payload that was only committed to.
pub const PAYLOAD_REVEALED: &str = "payload.revealed";
/// The kind of entries that say what a redaction does to verdicts.
pub const REDACTION_EFFECTS: &str = "redaction.effects";
/// The kind of an entry that takes an item of evidence in.
pub const EVIDENCE_ACQUIRED: &str = "evidence.acquired";

/// The kind of the entry that adopts a page of guarantees.
pub const GUARANTEES_ADOPTED: &str = "guarantees.adopted";
/// The kind of the entry that says what a guarantor, a party or a body did.
pub const DEED_RECORDED: &str = "deed.recorded";

/// The kind of the entry that says what one end told another in a form.
pub const NOTICE_RECORDED: &str = "notice.recorded";
/// The kind of the entry that says of whom somebody is to be told, before it is sent.
pub const ALERT_RAISED: &str = "alert.raised";
/// The kind of the entry that says what came of it.
pub const ALERT_STEP: &str = "alert.step";

/// The kind of the entry that admits an author elsewhere.
pub const AUTHOR_ADMITTED: &str = "author.admitted";
/// The kind of the entry that dismisses one.
pub const AUTHOR_DISMISSED: &str = "author.dismissed";

/// The kind of the entry that says which key a guarantor or party proves itself with.
pub const ONLOOKER_ADMITTED: &str = "onlooker.admitted";
/// The kind of the entry that ends it.
pub const ONLOOKER_DISMISSED: &str = "onlooker.dismissed";

/// The kind of the entry that lets an organisation read.
pub const READER_ENTITLED: &str = "reader.entitled";
/// The kind of the entry that ends it.
pub const READER_REMOVED: &str = "reader.removed";

/// What one entry says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// The mission begins.
    MissionOpened(Opening),
    /// What an author elsewhere signs is recorded from now on.
    AuthorAdmitted(Admission),
    /// What an author elsewhere signs is recorded no more.
    AuthorDismissed(Dismissal),
    /// An organisation may read classes from now on.
    ReaderEntitled(Entitlement),
    /// An organisation of this name reads nothing more that is recorded.
    ReaderRemoved(String),
    /// An agreement is adopted, with its zones and lines.
    AgreementAdopted(AdoptedAgreement),
    /// A source is declared.
    SourceDeclared(Source),
    /// Somebody saw or said something.
    Observed(Observation),
    /// Somebody looked, or was kept from looking.
    Looked(Effort),
    /// A named source's map of who controls what: a source's line, not a fact.
    ControlMapped(ControlMap),
    /// A party published a total.
    TotalClaimed(Total),
    /// A row that could not be read, kept as it came.
    RowUnread(UnreadRow),
    /// A file was read to its end.
    ImportClosed(Import),
    /// People establish, or do not.
    FindingSigned(Finding),
    /// People say by whom.
    AttributionSigned(Attribution),
    /// People say which reports belong together, and which do not.
    GroupingOrdered(Grouping),
    /// What fusion believes from now on.
    ParametersAdopted(AdoptedParameters),
    /// How well each means is believed to see from now on.
    DetectionAdopted(AdoptedDetection),
    /// The competent body decides.
    RulingMade(Ruling),
    /// The competent body says what a disputed text means.
    InterpretationRuled(Interpretation),
    /// An item of evidence is taken in.
    EvidenceAcquired(Evidence),
    /// Something is done with an item of evidence.
    CustodyRecorded(CustodyStep),
    /// An authority outside set a timestamp over the log.
    CheckpointTimestamped(Timestamp),
    /// A bulletin was given out: these very bytes.
    BulletinPublished(Publication),
    /// Somebody says what follows from the entries so far.
    DerivationAttested(Attestation),
    /// What entries say is destroyed.
    RedactionOrdered(Redaction),
    /// What that does to verdicts.
    RedactionEffects(RedactionEffects),
    /// What an entry says that was only committed to before.
    PayloadRevealed(Reveal),
    /// The record is handed to custodians.
    RecordHandedOver(HandOver),
    /// A store that stood still records again.
    RecordResumed(Resumption),
    /// A page of guarantees is adopted.
    GuaranteesAdopted(AdoptedGuarantees),
    /// A guarantor, a party or a body did or sent something that bears on guarantees.
    DeedRecorded(RecordedDeed),
    /// One end told another something, in a form.
    NoticeRecorded(RecordedNotice),
    /// Somebody is to be told of a clock.
    AlertRaised(Alert),
    /// What came of that.
    AlertStepped(AlertStep),
    /// A guarantor or party proves itself with this key from now on.
    OnlookerAdmitted(AdmittedOnlooker),
    /// It proves itself with none any more.
    OnlookerDismissed(Party),
}

/// The mission begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// Its name.
    pub mission: String,
    /// `simulated`, `exercise` or `operational`.
    pub data_class: String,
    /// IANA time zone in which its days are counted.
    pub time_zone: String,
    /// Share of a text's runs of words that a copy keeps, parts per million, until parameters are adopted; without it nobody looks for copies.
    pub same_words_ppm: Option<u32>,
}

/// An agreement as adopted: the very bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdoptedAgreement {
    /// `agreement.md`.
    pub text: String,
    /// The GeoJSON beside it, by file name.
    pub files: BTreeMap<String, String>,
}

/// A named source's map of control at a date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlMap {
    /// Whose map.
    pub source: SourceId,
    /// Which time it speaks of.
    pub span: Span,
    /// What the area is said to be.
    pub title: String,
    /// The area.
    pub area: Area,
}

/// A total that a party published, in its own words and figures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Total {
    /// From which collection.
    pub source: SourceId,
    /// Which truce it speaks of.
    pub truce: String,
    /// Who published it.
    pub claimant: String,
    /// As of when, in the claimant's words.
    pub as_of: String,
    /// The total as published: `4900`, `over 1000`.
    pub total: String,
    /// The parts as published, by name, in name order.
    pub parts: BTreeMap<String, String>,
    /// Where.
    pub reference: String,
}

/// A row that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnreadRow {
    /// Which source's file it came in.
    pub source: SourceId,
    /// Name of the file.
    pub file: String,
    /// Row number, from 1.
    pub row: u64,
    /// What is wrong with it and what to do.
    pub why: String,
    /// The row as it came, up to a stated limit.
    pub raw: String,
}

/// A file that was read to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The kind of import: `viina`.
    pub kind: String,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Rows in it.
    pub rows: u64,
    /// Rows that made entries, new or held already.
    pub taken: u64,
    /// Rows set aside, by reason.
    pub set_aside: BTreeMap<String, u64>,
    /// Rows kept unread.
    pub unread: u64,
}

/// What was established about a happening.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The observations that it rests on; the incident that holds the first of them carries it.
    pub observations: Vec<ObservationId>,
    /// Established, not established, or unable to verify.
    pub result: FindingResult,
    /// The office that signed, never a private name.
    pub signed_by: String,
    /// In the signers' words.
    pub grounds: String,
}

/// The three results of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FindingResult {
    /// It happened.
    Established,
    /// It did not, or not so.
    NotEstablished,
    /// It could not be verified.
    UnableToVerify,
}

impl FindingResult {
    /// The words used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            FindingResult::Established => "established",
            FindingResult::NotEstablished => "not established",
            FindingResult::UnableToVerify => "unable to verify",
        }
    }

    /// The result that the words name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<FindingResult> {
        [FindingResult::Established, FindingResult::NotEstablished, FindingResult::UnableToVerify]
            .into_iter()
            .find(|result| result.word() == word)
    }
}

/// Who did it: an act of its own, apart from the finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribution {
    /// The observations of the happening, as in [`Finding`].
    pub observations: Vec<ObservationId>,
    /// The party; `None` is the result "undetermined".
    pub party: Option<Party>,
    /// The office that signed.
    pub signed_by: String,
    /// In the signers' words.
    pub grounds: String,
}

/// A decision of the competent body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ruling {
    /// The rule ruled on.
    pub rule: Label,
    /// The observations of the happening, as in [`Finding`].
    pub observations: Vec<ObservationId>,
    /// Whether it is ruled a breach.
    pub breach: bool,
    /// The body.
    pub body: String,
    /// In its words.
    pub grounds: String,
}

/// A decision on what a disputed text means: from a date on, one reading stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interpretation {
    /// The reading that stands.
    pub reading: Label,
    /// The rules that it settles; empty for every rule that the readings differ about.
    pub rules: Vec<Label>,
    /// Since when.
    pub from: Instant,
    /// The body.
    pub body: String,
    /// In its words.
    pub grounds: String,
}

/// That an author elsewhere is admitted. Readable by all: who may speak in a record is no secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admission {
    /// What the author is called, for people.
    pub name: String,
    /// The line of the author's public key, as files in `keys/` have it, without its end.
    pub key: String,
}

impl Admission {
    /// The name of the key.
    #[must_use]
    pub fn author(&self) -> Option<KeyId> {
        parse_author_line(&self.key).map(|(id, _)| id)
    }
}

/// That an author elsewhere is dismissed: what came in before stands, and nothing of the author's comes after. Readable by all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dismissal {
    /// The name of the author's key.
    pub author: KeyId,
    /// On what ground.
    pub ground: String,
}

/// Why an entry could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BodyError {
    /// Nothing here knows this kind: a newer version wrote it.
    UnknownKind(String),
    /// A field is not as the format says.
    Field(FieldError),
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BodyError::UnknownKind(kind) => write!(f, "unknown kind of entry `{kind}`; read it with a newer Backstop"),
            BodyError::Field(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BodyError {}

impl From<FieldError> for BodyError {
    fn from(error: FieldError) -> BodyError {
        BodyError::Field(error)
    }
}

impl Body {
    /// The kind that goes into the public envelope.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Body::MissionOpened(_) => "mission.opened",
            Body::AuthorAdmitted(_) => AUTHOR_ADMITTED,
            Body::AuthorDismissed(_) => AUTHOR_DISMISSED,
            Body::ReaderEntitled(_) => READER_ENTITLED,
            Body::ReaderRemoved(_) => READER_REMOVED,
            Body::AgreementAdopted(_) => "agreement.adopted",
            Body::SourceDeclared(_) => "source.declared",
            Body::Observed(_) => "observation",
            Body::Looked(_) => "effort",
            Body::ControlMapped(_) => "control-map",
            Body::TotalClaimed(_) => "total.claimed",
            Body::RowUnread(_) => "row.unread",
            Body::ImportClosed(_) => "import.closed",
            Body::FindingSigned(_) => "finding.signed",
            Body::AttributionSigned(_) => "attribution.signed",
            Body::GroupingOrdered(_) => "grouping.ordered",
            Body::ParametersAdopted(_) => "parameters.adopted",
            Body::DetectionAdopted(_) => "detection.adopted",
            Body::RulingMade(_) => "ruling.made",
            Body::InterpretationRuled(_) => "interpretation.ruled",
            Body::EvidenceAcquired(_) => EVIDENCE_ACQUIRED,
            Body::CustodyRecorded(_) => "custody.recorded",
            Body::CheckpointTimestamped(_) => "checkpoint.timestamped",
            Body::BulletinPublished(_) => "bulletin.published",
            Body::DerivationAttested(_) => "derivation.attested",
            Body::RedactionOrdered(_) => REDACTION_ORDERED,
            Body::RedactionEffects(_) => REDACTION_EFFECTS,
            Body::PayloadRevealed(_) => PAYLOAD_REVEALED,
            Body::RecordHandedOver(_) => "record.handed-over",
            Body::RecordResumed(_) => "record.resumed",
            Body::GuaranteesAdopted(_) => GUARANTEES_ADOPTED,
            Body::DeedRecorded(_) => DEED_RECORDED,
            Body::NoticeRecorded(_) => NOTICE_RECORDED,
            Body::AlertRaised(_) => ALERT_RAISED,
            Body::AlertStepped(_) => ALERT_STEP,
            Body::OnlookerAdmitted(_) => ONLOOKER_ADMITTED,
            Body::OnlookerDismissed(_) => ONLOOKER_DISMISSED,
        }
    }

    /// The payload.
    #[must_use]
    pub fn write(&self) -> Value {
        match self {
            Body::MissionOpened(opening) => Writer::default()
                .text("mission", &opening.mission)
                .text("data_class", &opening.data_class)
                .text("time_zone", &opening.time_zone)
                .optional_integer("same_words_ppm", opening.same_words_ppm)
                .finish(),
            Body::AuthorAdmitted(admission) => {
                Writer::default().text("name", &admission.name).text("key", &admission.key).finish()
            }
            Body::AuthorDismissed(dismissal) => Writer::default()
                .text("author", dismissal.author.to_string())
                .text("ground", &dismissal.ground)
                .finish(),
            Body::ReaderEntitled(entitlement) => write_entitlement(entitlement),
            Body::ReaderRemoved(reader) => Writer::default().text("reader", reader).finish(),
            Body::AgreementAdopted(agreement) => {
                Writer::default().text("text", &agreement.text).put("files", text_map(&agreement.files)).finish()
            }
            Body::SourceDeclared(source) => write_source(source),
            Body::Observed(observation) => write_observation(observation),
            Body::Looked(effort) => write_effort(effort),
            Body::ControlMapped(map) => Writer::default()
                .text("source", &map.source)
                .put("span", write_span(map.span))
                .text("title", &map.title)
                .put("area", write_area(&map.area))
                .finish(),
            Body::TotalClaimed(total) => write_total(total),
            Body::RowUnread(row) => Writer::default()
                .text("source", &row.source)
                .text("file", &row.file)
                .integer("row", signed(row.row))
                .text("why", &row.why)
                .text("raw", &row.raw)
                .finish(),
            Body::ImportClosed(import) => write_import(import),
            Body::FindingSigned(finding) => Writer::default()
                .texts("observations", &finding.observations)
                .text("result", finding.result.word())
                .text("signed_by", &finding.signed_by)
                .text("grounds", &finding.grounds)
                .finish(),
            Body::AttributionSigned(attribution) => Writer::default()
                .texts("observations", &attribution.observations)
                .optional_text("party", attribution.party.as_ref())
                .text("signed_by", &attribution.signed_by)
                .text("grounds", &attribution.grounds)
                .finish(),
            Body::GroupingOrdered(grouping) => write_grouping(grouping),
            Body::ParametersAdopted(adopted) => write_parameters(adopted),
            Body::DetectionAdopted(adopted) => write_detection(adopted),
            Body::RulingMade(ruling) => Writer::default()
                .text("rule", &ruling.rule)
                .texts("observations", &ruling.observations)
                .text("decision", if ruling.breach { "breach" } else { "no breach" })
                .text("body", &ruling.body)
                .text("grounds", &ruling.grounds)
                .finish(),
            Body::InterpretationRuled(ruling) => Writer::default()
                .text("reading", &ruling.reading)
                .texts("rules", &ruling.rules)
                .integer("from_ms", ruling.from.ms())
                .text("body", &ruling.body)
                .text("grounds", &ruling.grounds)
                .finish(),
            Body::EvidenceAcquired(evidence) => write_evidence(evidence),
            Body::CustodyRecorded(step) => write_custody(step),
            Body::CheckpointTimestamped(timestamp) => write_timestamp(timestamp),
            Body::BulletinPublished(publication) => write_publication(publication),
            Body::DerivationAttested(attestation) => write_attestation(attestation),
            Body::RedactionOrdered(redaction) => write_redaction(redaction),
            Body::RedactionEffects(effects) => write_effects(effects),
            Body::PayloadRevealed(reveal) => write_reveal(reveal),
            Body::RecordHandedOver(hand_over) => write_hand_over(hand_over),
            Body::RecordResumed(resumption) => write_resumption(resumption),
            Body::GuaranteesAdopted(adopted) => write_guarantees(adopted),
            Body::DeedRecorded(recorded) => write_deed(recorded),
            Body::NoticeRecorded(recorded) => write_notice(recorded),
            Body::AlertRaised(alert) => write_alert(alert),
            Body::AlertStepped(step) => write_step(step),
            Body::OnlookerAdmitted(admitted) => write_admitted(admitted),
            Body::OnlookerDismissed(party) => Writer::default().text("party", party).finish(),
        }
    }

    /// The body that a kind and a payload say.
    ///
    /// # Errors
    /// If the kind is unknown or a field is missing, wrong or too many.
    pub fn read(kind: &str, payload: &Value) -> Result<Body, BodyError> {
        let body = match kind {
            "source.declared" => Body::SourceDeclared(read_source(payload)?),
            "observation" => Body::Observed(read_observation(payload)?),
            "effort" => Body::Looked(read_effort(payload)?),
            "bulletin.published" => Body::BulletinPublished(read_publication(payload)?),
            "derivation.attested" => Body::DerivationAttested(read_attestation(payload)?),
            _ => read_other(kind, Fields::of("", payload)?)?,
        };
        Ok(body)
    }
}

fn read_admission(fields: &mut Fields<'_>) -> Result<Admission, BodyError> {
    let admission = Admission { name: fields.text("name")?.to_owned(), key: fields.text("key")?.to_owned() };
    if admission.author().is_none() {
        return Err(fields.wrong("key", "the line of an author's public key").into());
    }
    Ok(admission)
}

fn read_other(kind: &str, mut fields: Fields<'_>) -> Result<Body, BodyError> {
    let body = match kind {
        "mission.opened" => Body::MissionOpened(Opening {
            mission: fields.text("mission")?.to_owned(),
            data_class: fields.text("data_class")?.to_owned(),
            time_zone: fields.text("time_zone")?.to_owned(),
            same_words_ppm: read_same_words(&mut fields)?,
        }),
        AUTHOR_ADMITTED => Body::AuthorAdmitted(read_admission(&mut fields)?),
        AUTHOR_DISMISSED => Body::AuthorDismissed(Dismissal {
            author: fields.parsed("author", "the name of an author's key", KeyId::parse)?,
            ground: fields.text("ground")?.to_owned(),
        }),
        READER_ENTITLED => Body::ReaderEntitled(read_entitlement(&mut fields)?),
        READER_REMOVED => Body::ReaderRemoved(fields.text("reader")?.to_owned()),
        "agreement.adopted" => Body::AgreementAdopted(AdoptedAgreement {
            text: fields.text("text")?.to_owned(),
            files: fields.text_map("files")?,
        }),
        "control-map" => Body::ControlMapped(ControlMap {
            source: fields.parsed("source", "a source id", SourceId::new)?,
            span: read_span(fields.fields("span")?)?,
            title: fields.text("title")?.to_owned(),
            area: read_area(&mut fields, "area")?,
        }),
        "total.claimed" => Body::TotalClaimed(Total {
            source: fields.parsed("source", "a source id", SourceId::new)?,
            truce: fields.text("truce")?.to_owned(),
            claimant: fields.text("claimant")?.to_owned(),
            as_of: fields.text("as_of")?.to_owned(),
            total: fields.text("total")?.to_owned(),
            parts: fields.text_map("parts")?,
            reference: fields.text("reference")?.to_owned(),
        }),
        "row.unread" => Body::RowUnread(UnreadRow {
            source: fields.parsed("source", "a source id", SourceId::new)?,
            file: fields.text("file")?.to_owned(),
            row: fields.integer("row")?,
            why: fields.text("why")?.to_owned(),
            raw: fields.text("raw")?.to_owned(),
        }),
        "import.closed" => Body::ImportClosed(Import {
            kind: fields.text("kind")?.to_owned(),
            file: fields.text("file")?.to_owned(),
            sha256: fields.text("sha256")?.to_owned(),
            rows: fields.integer("rows")?,
            taken: fields.integer("taken")?,
            set_aside: fields.integer_map("set_aside")?,
            unread: fields.integer("unread")?,
        }),
        "finding.signed" => Body::FindingSigned(Finding {
            observations: read_observations(&mut fields, "observations")?,
            result: fields.parsed("result", "a result of a finding", FindingResult::from_word)?,
            signed_by: fields.text("signed_by")?.to_owned(),
            grounds: fields.text("grounds")?.to_owned(),
        }),
        "attribution.signed" => Body::AttributionSigned(Attribution {
            observations: read_observations(&mut fields, "observations")?,
            party: fields.optional_parsed("party", "a party", Party::new)?,
            signed_by: fields.text("signed_by")?.to_owned(),
            grounds: fields.text("grounds")?.to_owned(),
        }),
        "grouping.ordered" => Body::GroupingOrdered(read_grouping(&mut fields)?),
        "parameters.adopted" => Body::ParametersAdopted(read_parameters(&mut fields)?),
        "detection.adopted" => Body::DetectionAdopted(read_detection(&mut fields)?),
        "ruling.made" => Body::RulingMade(Ruling {
            rule: fields.parsed("rule", "a rule id", Label::new)?,
            observations: read_observations(&mut fields, "observations")?,
            breach: match fields.text("decision")? {
                "breach" => true,
                "no breach" => false,
                _ => return Err(fields.wrong("decision", "`breach` or `no breach`").into()),
            },
            body: fields.text("body")?.to_owned(),
            grounds: fields.text("grounds")?.to_owned(),
        }),
        "interpretation.ruled" => Body::InterpretationRuled(Interpretation {
            reading: fields.parsed("reading", "a reading", Label::new)?,
            rules: read_rules(&mut fields)?,
            from: fields.instant("from_ms")?,
            body: fields.text("body")?.to_owned(),
            grounds: fields.text("grounds")?.to_owned(),
        }),
        EVIDENCE_ACQUIRED => Body::EvidenceAcquired(read_evidence(&mut fields)?),
        "custody.recorded" => Body::CustodyRecorded(read_custody(&mut fields)?),
        "checkpoint.timestamped" => Body::CheckpointTimestamped(read_timestamp(&mut fields)?),
        REDACTION_ORDERED => Body::RedactionOrdered(read_redaction(&mut fields)?),
        REDACTION_EFFECTS => Body::RedactionEffects(read_effects(&mut fields)?),
        PAYLOAD_REVEALED => Body::PayloadRevealed(read_reveal(&mut fields)?),
        "record.handed-over" => Body::RecordHandedOver(read_hand_over(&mut fields)?),
        "record.resumed" => Body::RecordResumed(read_resumption(&mut fields)?),
        GUARANTEES_ADOPTED => Body::GuaranteesAdopted(read_guarantees(&mut fields)?),
        DEED_RECORDED => Body::DeedRecorded(read_deed(&mut fields)?),
        NOTICE_RECORDED => Body::NoticeRecorded(read_notice(&mut fields)?),
        ALERT_RAISED => Body::AlertRaised(read_alert(&mut fields)?),
        ALERT_STEP => Body::AlertStepped(read_step(&mut fields)?),
        ONLOOKER_ADMITTED => Body::OnlookerAdmitted(read_admitted(&mut fields)?),
        ONLOOKER_DISMISSED => Body::OnlookerDismissed(fields.parsed("party", "a party", Party::new)?),
        _ => return Err(BodyError::UnknownKind(kind.to_owned())),
    };
    fields.finish()?;
    Ok(body)
}

fn write_total(total: &Total) -> Value {
    Writer::default()
        .text("source", &total.source)
        .text("truce", &total.truce)
        .text("claimant", &total.claimant)
        .text("as_of", &total.as_of)
        .text("total", &total.total)
        .put("parts", text_map(&total.parts))
        .text("reference", &total.reference)
        .finish()
}

fn write_import(import: &Import) -> Value {
    let set_aside = import.set_aside.iter().fold(Writer::default(), |w, (why, n)| w.integer(why, signed(*n)));
    Writer::default()
        .text("kind", &import.kind)
        .text("file", &import.file)
        .text("sha256", &import.sha256)
        .integer("rows", signed(import.rows))
        .integer("taken", signed(import.taken))
        .put("set_aside", set_aside.finish())
        .integer("unread", signed(import.unread))
        .finish()
}

fn text_map(map: &BTreeMap<String, String>) -> Value {
    map.iter().fold(Writer::default(), |w, (name, text)| w.text(name, text)).finish()
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).expect("invariant: a count of rows fits 63 bits")
}

fn read_rules(fields: &mut Fields<'_>) -> Result<Vec<Label>, FieldError> {
    let rules = fields.texts("rules")?.into_iter().map(Label::new).collect::<Option<Vec<_>>>();
    rules.ok_or_else(|| fields.wrong("rules", "rule ids"))
}

pub(super) fn read_observations(fields: &mut Fields<'_>, field: &str) -> Result<Vec<ObservationId>, FieldError> {
    let ids = fields.texts(field)?.into_iter().map(ObservationId::parse).collect::<Option<Vec<_>>>();
    let ids = ids.filter(|ids| !ids.is_empty());
    ids.ok_or_else(|| fields.wrong(field, "one or more observation ids"))
}
