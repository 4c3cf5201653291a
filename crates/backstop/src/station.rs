//! A store with the state that its entries give.
//!
//! Takes bodies and writes them to the log before anything else happens; gives the state for views. Reading runs the same
//! `Mission::apply` over every entry as writing does. Never holds a fact that is not in the log.

use crate::storage::{DataClass, Error, NewEntry, Reader, Store};
use crate::witness::{Asker, Standing};
use clause::AgreementFiles;
use mission::record::Body;
use mission::record::body::{
    AdoptedAgreement, AdoptedGuarantees, Alert, AlertStep, Audience, Opening, RecordedDeed, RecordedNotice,
};
use mission::record::envelope::{Class, Envelope};
use mission::{Closed, Mission};
use report::Seal;
use report::publication::{self, Made};
use std::collections::BTreeSet;
use std::path::Path;
use terms::Instant;

/// Why a bulletin was not given out.
#[derive(Debug)]
pub enum GiveOutError {
    /// The day is none, or there is no mission.
    Day(String),
    /// The store cannot write.
    Store(Error),
}

/// A store that is open for writing, and its state.
pub struct Station {
    store: Store,
    mission: Mission,
    /// Of so many entries.
    folded: u64,
    asker: Asker,
}

impl Station {
    /// The state of a store that is open for writing.
    ///
    /// # Errors
    /// If an entry cannot be read from disk.
    pub fn of(store: Store) -> Result<Station, Error> {
        let mission = fold(&store)?;
        let folded = store.size();
        Ok(Station { store, mission, folded, asker: Asker::default() })
    }

    /// Writes bodies; durable when this returns.
    ///
    /// # Errors
    /// If the store cannot write them; then none of them counts as written.
    pub fn write(&mut self, bodies: &[Body], at: Instant) -> Result<(), Error> {
        let data_class = self.store.settings().data_class;
        let entries: Vec<NewEntry> = bodies.iter().map(|body| entry(body, at, data_class)).collect();
        let receipts = match self.store.append(entries.clone()) {
            Ok(receipts) => receipts,
            Err(error) => {
                self.take_over()?;
                return Err(error);
            }
        };
        self.folded = self.store.size();
        for (receipt, entry) in receipts.iter().zip(&entries) {
            self.mission.apply(receipt.index, at, &entry.kind, &entry.payload);
        }
        if !self.mission.to_forget().is_empty() {
            self.mission = fold(&self.store)?;
        }
        Ok(())
    }

    /// Publishes what was written: tiles, a root recomputed from disk, a signed checkpoint, and what witnesses say to it.
    ///
    /// # Errors
    /// If what is on disk does not give the same root, or cannot be written. A silent witness is no error.
    pub fn publish(&mut self) -> Result<Standing, Error> {
        let standing = self.asker.publish(&mut self.store)?;
        self.take_over()?;
        Ok(standing)
    }

    /// Folds what another directory of the log wrote, if the store came to hold it.
    fn take_over(&mut self) -> Result<(), Error> {
        if self.folded != self.store.size() {
            self.mission = fold(&self.store)?;
            self.folded = self.store.size();
        }
        Ok(())
    }

    /// Gives out the bulletin of a day: publishes what is written, makes the bulletin from exactly that, writes what follows
    /// (as `by` attests it) and which bytes were given out, publishes again, and gives the files with the entry's index.
    ///
    /// # Errors
    /// If the day is none, or the store cannot write. If the process ends after the entry is written, the bulletin stands in
    /// the record and its files are absent; they can be made again.
    pub fn give_out(
        &mut self,
        day: &str,
        reader: mission::Reader,
        by: &str,
        at: Instant,
    ) -> Result<(Made, u64), GiveOutError> {
        self.publish().map_err(GiveOutError::Store)?;
        let made = publication::make(&self.mission, &self.seal(), day, reader).map_err(GiveOutError::Day)?;
        let attestation = publication::attest(&self.mission, &self.seal(), made.publication.judged_at, reader, by);
        let index = self.store.size() + 1;
        let bodies = [Body::DerivationAttested(attestation), Body::BulletinPublished(made.publication.clone())];
        self.write(&bodies, at).and_then(|()| self.publish()).map_err(GiveOutError::Store)?;
        Ok((made, index))
    }

    /// The store, to read.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.store
    }

    /// The state.
    #[must_use]
    pub fn mission(&self) -> &Mission {
        &self.mission
    }

    /// Where the log stands.
    #[must_use]
    pub fn seal(&self) -> Seal {
        seal(&self.store)
    }
}

/// The entry that says a body, in a store of that data class.
#[must_use]
pub fn entry(body: &Body, at: Instant, data_class: DataClass) -> NewEntry {
    NewEntry {
        kind: body.kind().to_owned(),
        class: class(body, data_class),
        received_at_ms: at.ms(),
        payload: body.write(),
    }
}

/// Who may read what a body says: everyone what was made for everyone, and whatever a simulator invented.
fn class(body: &Body, data_class: DataClass) -> Class {
    let reader = match body {
        Body::BulletinPublished(publication) => publication.reader,
        Body::DerivationAttested(attestation) => attestation.reader,
        Body::MissionOpened(_)
        | Body::AgreementAdopted(_)
        | Body::SourceDeclared(_)
        | Body::Observed(_)
        | Body::Looked(_)
        | Body::ControlMapped(_)
        | Body::TotalClaimed(_)
        | Body::RowUnread(_)
        | Body::ImportClosed(_)
        | Body::FindingSigned(_)
        | Body::GroupingOrdered(_)
        | Body::ParametersAdopted(_)
        | Body::DetectionAdopted(_)
        | Body::AttributionSigned(_)
        | Body::RulingMade(_)
        | Body::InterpretationRuled(_)
        | Body::EvidenceAcquired(_)
        | Body::CustodyRecorded(_)
        | Body::CheckpointTimestamped(_)
        | Body::RedactionEffects(_)
        | Body::PayloadRevealed(_)
        | Body::RecordHandedOver(_)
        | Body::RecordResumed(_)
        | Body::ReaderEntitled(_)
        | Body::ReaderRemoved(_)
        | Body::OnlookerAdmitted(_)
        | Body::OnlookerDismissed(_) => mission::Reader::Mission,
        Body::GuaranteesAdopted(AdoptedGuarantees { audience, .. })
        | Body::DeedRecorded(RecordedDeed { audience, .. })
        | Body::NoticeRecorded(RecordedNotice { audience, .. }) => match audience {
            // What is closed to others stays closed whatever the store holds.
            Audience::Named(_) => return Class::Restricted,
            Audience::Mission => mission::Reader::Mission,
            Audience::Everyone => mission::Reader::Public,
        },
        // What the staff is told may rest on a closed page.
        Body::AlertRaised(Alert { audience, .. }) | Body::AlertStepped(AlertStep { audience, .. }) => match audience {
            Audience::Named(_) | Audience::Mission => return Class::Restricted,
            Audience::Everyone => mission::Reader::Mission,
        },
        // Whoever may check the record may know what was erased and why; never what it said.
        Body::RedactionOrdered(_) | Body::AuthorAdmitted(_) | Body::AuthorDismissed(_) => mission::Reader::Public,
    };
    match (reader, data_class) {
        (mission::Reader::Public, _) | (mission::Reader::Mission, DataClass::Simulated) => Class::Public,
        (mission::Reader::Mission, DataClass::Exercise | DataClass::Operational) => Class::Mission,
    }
}

/// The instant as of which a mission is to be seen now: a simulated mission's time is that of its record; of others clocks run while
/// nothing comes in.
pub(crate) fn present(mission: &Mission) -> Instant {
    let simulated = mission.opening().is_some_and(|opening| opening.data_class == "simulated");
    mission.latest().filter(|_| simulated).unwrap_or_else(crate::clock::now)
}

/// The body that adopts an agreement.
#[must_use]
pub fn adopts(files: &AgreementFiles) -> Body {
    let text = |(name, bytes): (&String, &Vec<u8>)| (name.clone(), String::from_utf8_lossy(bytes).into_owned());
    let files_as_text = files.files.iter().map(text).collect();
    Body::AgreementAdopted(AdoptedAgreement { text: files.text.clone(), files: files_as_text })
}

/// Writes the first entries of a new store: the opening, with what it says of copies, and, if there is one, the agreement.
///
/// # Errors
/// If the store cannot write.
pub fn open_mission(
    store: Store,
    mission: &str,
    data_class: DataClass,
    time_zone: &str,
    same_words_ppm: Option<u32>,
    agreement: Option<Body>,
    at: Instant,
) -> Result<Station, Error> {
    let mut station = Station::of(store)?;
    let opening = Body::MissionOpened(Opening {
        mission: mission.to_owned(),
        data_class: data_class.word().to_owned(),
        time_zone: time_zone.to_owned(),
        same_words_ppm,
    });
    let first: Vec<Body> = std::iter::once(opening).chain(agreement).collect();
    station.write(&first, at)?;
    station.publish()?;
    Ok(station)
}

/// The state and the log's position of a store, read beside a writer if there is one.
///
/// # Errors
/// If it is no store, or an entry cannot be read from disk.
pub fn read(dir: &Path) -> Result<(Mission, Seal), Error> {
    of(&Reader::open(dir)?)
}

/// The state and the log's position of an opened store.
///
/// # Errors
/// If an entry cannot be read from disk.
pub fn of(reader: &Reader) -> Result<(Mission, Seal), Error> {
    Ok((fold(reader)?, seal(reader)))
}

fn fold(reader: &Reader) -> Result<Mission, Error> {
    fold_hiding(reader, |_| None)
}

/// The state that the entries give which are not hidden, each by the reason.
///
/// # Errors
/// If an entry cannot be read from disk.
pub(crate) fn fold_hiding(reader: &Reader, hidden: impl Fn(&Envelope) -> Option<Closed>) -> Result<Mission, Error> {
    let mut erased = BTreeSet::new();
    loop {
        let mission = fold_but(reader, &erased, &hidden)?;
        let forget = mission.to_forget();
        if forget.is_empty() {
            return Ok(mission);
        }
        // An erasure that is ordered and not finished here: the state is the one that it will leave.
        erased.extend(forget);
    }
}

/// The state that the entries give, as if these were erased.
///
/// # Errors
/// If an entry cannot be read from disk.
pub fn fold_without(reader: &Reader, erased: &BTreeSet<u64>) -> Result<Mission, Error> {
    fold_but(reader, erased, &|_| None)
}

fn fold_but(
    reader: &Reader,
    erased: &BTreeSet<u64>,
    hidden: &dyn Fn(&Envelope) -> Option<Closed>,
) -> Result<Mission, Error> {
    let mut mission = Mission::default();
    for entry in reader.entries() {
        let entry = entry?;
        let closed = hidden(&entry.envelope).or_else(|| erased.contains(&entry.index).then_some(Closed::Erased));
        let payload = closed.map_or_else(|| entry.payload.as_ref().map_err(|why| *why), Err);
        mission.apply_entry(entry.index, &entry.envelope, payload);
    }
    Ok(mission)
}

/// Where the log of an opened store stands.
pub(crate) fn seal(reader: &Reader) -> Seal {
    let checkpoint = reader.checkpoint();
    Seal { origin: checkpoint.origin.clone(), size: checkpoint.size, root: checkpoint.root.to_base64() }
}
