//! The state of a mission: everything its entries say, and nothing else.
//!
//! Takes entries in log order; gives what is held, each with its place in the log. Applying an entry never fails: what
//! cannot be read is kept and counted. Never forgets, never edits; what was erased is told from what never was.

use crate::absent::{Absent, Closed};
use crate::custody::Exhibit;
use crate::grouping::Believed;
use crate::guarantees::Page;
use crate::record::body::{
    AdmittedOnlooker, AdoptedAgreement, AdoptedDetection, Alert, AlertStep, Attribution, Body, ControlMap, Entitlement,
    Finding, Grouping, HandOver, Import, Interpretation, Opening, RecordedDeed, RecordedNotice, Redaction,
    RedactionEffects, Resumption, Ruling, Total, UnreadRow,
};
use crate::record::canonical::Value;
use crate::record::envelope::Envelope;
use crate::record::evidence::{Sha256Name, Timestamp};
use crate::record::publication::{Attestation, Publication};
use clause::{Agreement, AgreementFiles, Remark};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Effort, EffortId, Instant, Observation, ObservationId, Party, Source, SourceId};

/// Something held, with its place in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held<T> {
    /// Index of its entry.
    pub entry: u64,
    /// When the installation received it.
    pub received_at: Instant,
    /// What it says.
    pub what: T,
}

/// An agreement as adopted and as read.
#[derive(Debug)]
pub struct Adopted {
    /// The very bytes.
    pub files: AgreementFiles,
    /// As read.
    pub agreement: Agreement,
    /// What a drafter should look at.
    pub remarks: Vec<Remark>,
}

/// An entry that this version could not read: kept, counted, shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// Index of the entry.
    pub entry: u64,
    /// Why it could not be read.
    pub why: String,
}

/// Everything the entries say.
#[derive(Clone, Default, Debug)]
pub struct Mission {
    pub(crate) opening: Option<Opening>,
    pub(crate) agreements: Vec<Arc<Held<Adopted>>>,
    pub(crate) sources: BTreeMap<SourceId, Arc<Held<Source>>>,
    pub(crate) observations: BTreeMap<ObservationId, Arc<Held<Observation>>>,
    pub(crate) efforts: BTreeMap<EffortId, Arc<Held<Effort>>>,
    pub(crate) maps: Vec<Arc<Held<ControlMap>>>,
    pub(crate) totals: Vec<Arc<Held<Total>>>,
    pub(crate) unread: Vec<Arc<Held<UnreadRow>>>,
    pub(crate) imports: Vec<Arc<Held<Import>>>,
    pub(crate) findings: Vec<Arc<Held<Finding>>>,
    pub(crate) attributions: Vec<Arc<Held<Attribution>>>,
    pub(crate) groupings: Vec<Arc<Held<Grouping>>>,
    pub(crate) believed: Believed,
    pub(crate) detections: Vec<Arc<Held<AdoptedDetection>>>,
    pub(crate) rulings: Vec<Arc<Held<Ruling>>>,
    pub(crate) interpretations: Vec<Arc<Held<Interpretation>>>,
    pub(crate) evidence: BTreeMap<Sha256Name, Exhibit>,
    pub(crate) timestamps: Vec<Arc<Held<Timestamp>>>,
    pub(crate) published: Vec<Arc<Held<Publication>>>,
    pub(crate) attested: Vec<Arc<Held<Attestation>>>,
    pub(crate) redactions: Vec<Arc<Held<Redaction>>>,
    pub(crate) effects: Vec<Arc<Held<RedactionEffects>>>,
    pub(crate) handed_over: Vec<Arc<Held<HandOver>>>,
    pub(crate) resumed: Vec<Arc<Held<Resumption>>>,
    pub(crate) readers: BTreeMap<String, Arc<Held<Entitlement>>>,
    pub(crate) guarantees: Vec<Arc<Held<Page>>>,
    pub(crate) deeds: Vec<Arc<Held<RecordedDeed>>>,
    pub(crate) notices: Vec<Arc<Held<RecordedNotice>>>,
    pub(crate) alerts: Vec<Arc<Held<Alert>>>,
    pub(crate) alert_steps: Vec<Arc<Held<AlertStep>>>,
    pub(crate) onlookers: BTreeMap<Party, Arc<Held<AdmittedOnlooker>>>,
    pub(crate) absent: BTreeMap<u64, Absent>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) latest: Option<Instant>,
}

impl Mission {
    /// Folds one entry as a log has it into the state, with what it says or why that is not to be had: the only way in which
    /// entries become state.
    pub fn apply_entry(&mut self, entry: u64, envelope: &Envelope, said: Result<&Value, Closed>) {
        // No clock of ours stamps outside the limits; another's is held at the nearest.
        let ms = envelope.received_at_ms.clamp(Instant::EARLIEST.ms(), Instant::LATEST.ms());
        let received_at = Instant::from_ms(ms).expect("invariant: held inside the limits");
        match said {
            Ok(payload) => self.apply(entry, received_at, &envelope.kind, payload),
            Err(why) => self.apply_closed(entry, received_at, &envelope.kind, why),
        }
    }

    /// Folds one entry into the state.
    pub fn apply(&mut self, entry: u64, received_at: Instant, kind: &str, payload: &Value) {
        self.latest = self.latest.max(Some(received_at));
        match Body::read(kind, payload) {
            Ok(body) => self.hold(entry, received_at, body),
            Err(error) => self.troubles.push(Trouble { entry, why: error.to_string() }),
        }
    }

    pub(crate) fn hold(&mut self, entry: u64, received_at: Instant, body: Body) {
        match body {
            Body::MissionOpened(opening) => {
                // The data class is fixed for life: a second opening changes nothing and is shown as trouble.
                if self.opening.is_some() {
                    self.troubles.push(Trouble { entry, why: "the mission was opened before".to_owned() });
                } else {
                    self.believed.begin(&opening);
                    self.opening = Some(opening);
                }
            }
            Body::AgreementAdopted(adopted) => self.agreements.push(held(entry, received_at, read_agreement(adopted))),
            Body::SourceDeclared(source) => {
                self.sources.insert(source.id.clone(), held(entry, received_at, source));
            }
            Body::Observed(observation) => {
                // The same content twice is one observation, as first received.
                self.observations.entry(observation.id).or_insert_with(|| held(entry, received_at, observation));
            }
            Body::Looked(effort) => {
                self.efforts.entry(effort.id).or_insert_with(|| held(entry, received_at, effort));
            }
            Body::ControlMapped(map) => self.maps.push(held(entry, received_at, map)),
            Body::TotalClaimed(total) => self.totals.push(held(entry, received_at, total)),
            Body::RowUnread(row) => self.unread.push(held(entry, received_at, row)),
            Body::ImportClosed(import) => self.imports.push(held(entry, received_at, import)),
            Body::FindingSigned(finding) => self.findings.push(held(entry, received_at, finding)),
            Body::AttributionSigned(attribution) => self.attributions.push(held(entry, received_at, attribution)),
            Body::GroupingOrdered(grouping) => self.groupings.push(held(entry, received_at, grouping)),
            Body::ParametersAdopted(adopted) => self.believed.adopt(held(entry, received_at, adopted)),
            Body::DetectionAdopted(adopted) => self.detections.push(held(entry, received_at, adopted)),
            Body::RulingMade(ruling) => self.rulings.push(held(entry, received_at, ruling)),
            Body::InterpretationRuled(ruling) => self.interpretations.push(held(entry, received_at, ruling)),
            Body::EvidenceAcquired(item) => {
                self.evidence.entry(item.sha256).or_default().acquired.push(held(entry, received_at, item));
            }
            Body::CustodyRecorded(step) => {
                self.evidence.entry(step.sha256).or_default().steps.push(held(entry, received_at, step));
            }
            Body::CheckpointTimestamped(timestamp) => self.timestamps.push(held(entry, received_at, timestamp)),
            Body::BulletinPublished(publication) => self.published.push(held(entry, received_at, publication)),
            Body::DerivationAttested(attestation) => self.attested.push(held(entry, received_at, attestation)),
            Body::RedactionOrdered(redaction) => {
                self.redact(entry, &redaction);
                self.redactions.push(held(entry, received_at, redaction));
            }
            Body::RedactionEffects(effects) => self.effects.push(held(entry, received_at, effects)),
            Body::PayloadRevealed(reveal) => self.reveal(entry, received_at, &reveal),
            Body::RecordHandedOver(hand_over) => self.handed_over.push(held(entry, received_at, hand_over)),
            Body::RecordResumed(resumption) => self.resumed.push(held(entry, received_at, resumption)),
            Body::GuaranteesAdopted(adopted) => {
                let page = self.read_page(adopted, received_at);
                self.guarantees.push(held(entry, received_at, page));
            }
            Body::DeedRecorded(recorded) => self.deeds.push(held(entry, received_at, recorded)),
            Body::NoticeRecorded(recorded) => self.notices.push(held(entry, received_at, recorded)),
            Body::AlertRaised(alert) => self.alerts.push(held(entry, received_at, alert)),
            Body::AlertStepped(step) => self.alert_steps.push(held(entry, received_at, step)),
            Body::OnlookerAdmitted(admitted) => {
                self.onlookers.insert(admitted.party.clone(), held(entry, received_at, admitted));
            }
            Body::OnlookerDismissed(party) => {
                self.onlookers.remove(&party);
            }
            // Whoever checks the record holds statements against it; nothing is judged by it.
            Body::AuthorAdmitted(_) | Body::AuthorDismissed(_) => {}
            Body::ReaderEntitled(entitlement) => {
                self.readers.insert(entitlement.reader.clone(), held(entry, received_at, entitlement));
            }
            Body::ReaderRemoved(reader) => {
                self.readers.remove(&reader);
            }
        }
    }

    /// When the newest entry was received.
    #[must_use]
    pub fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// Items of evidence with their custody, by name: what the mission's own staff may see.
    #[must_use]
    pub fn evidence(&self) -> &BTreeMap<Sha256Name, Exhibit> {
        &self.evidence
    }

    /// Timestamps that authorities outside set over the log, in log order.
    #[must_use]
    pub fn timestamps(&self) -> &[Arc<Held<Timestamp>>] {
        &self.timestamps
    }

    /// Entries that this version could not read, in order.
    #[must_use]
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// What was given out, in order.
    #[must_use]
    pub fn published(&self) -> &[Arc<Held<Publication>>] {
        &self.published
    }

    /// The organisations that may read by an entry, with the entry since which each may; who was let in before such entries were
    /// written is not among them.
    #[must_use]
    pub fn readers(&self) -> &BTreeMap<String, Arc<Held<Entitlement>>> {
        &self.readers
    }

    /// The guarantors and parties that prove themselves with a key, with the entry that says which.
    #[must_use]
    pub fn onlookers(&self) -> &BTreeMap<Party, Arc<Held<AdmittedOnlooker>>> {
        &self.onlookers
    }

    /// Hand-overs to custodians, in log order.
    #[must_use]
    pub fn handed_over(&self) -> &[Arc<Held<HandOver>>] {
        &self.handed_over
    }

    /// When a store that stood still recorded again, in log order.
    #[must_use]
    pub fn resumed(&self) -> &[Arc<Held<Resumption>>] {
        &self.resumed
    }

    /// What was attested, in order.
    #[must_use]
    pub fn attested(&self) -> &[Arc<Held<Attestation>>] {
        &self.attested
    }

    /// The mission's name, data class and time zone.
    #[must_use]
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }
}

fn held<T>(entry: u64, received_at: Instant, what: T) -> Arc<Held<T>> {
    Arc::new(Held { entry, received_at, what })
}

fn read_agreement(adopted: AdoptedAgreement) -> Adopted {
    let files = AgreementFiles {
        text: adopted.text,
        files: adopted.files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect(),
    };
    let (agreement, remarks) = clause::read(&files);
    Adopted { files, agreement, remarks }
}
