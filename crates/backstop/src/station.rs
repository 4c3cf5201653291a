//! A store with the state that its entries give.
//!
//! Takes bodies and writes them to the log before anything else happens; gives the state for views. Reading runs the same
//! `Mission::apply` over every entry as writing does. Never holds a fact that is not in the log.

use crate::storage::{Error, NewEntry, Reader, Store};
use mission::Mission;
use mission::record::Body;
use mission::record::envelope::Class;
use report::Seal;
use std::path::Path;
use terms::Instant;

/// A store that is open for writing, and its state.
pub struct Station {
    store: Store,
    mission: Mission,
}

impl Station {
    /// The state of a store that is open for writing.
    ///
    /// # Errors
    /// If an entry cannot be read from disk.
    pub fn of(store: Store) -> Result<Station, Error> {
        let mission = fold(&store)?;
        Ok(Station { store, mission })
    }

    /// Writes bodies; durable when this returns.
    ///
    /// # Errors
    /// If the store cannot write them; then none of them counts as written.
    pub fn write(&mut self, bodies: &[Body], at: Instant) -> Result<(), Error> {
        let entries: Vec<NewEntry> = bodies.iter().map(|body| entry(body, at)).collect();
        let receipts = self.store.append(entries.clone())?;
        for (receipt, entry) in receipts.iter().zip(&entries) {
            self.mission.apply(receipt.index, at, &entry.kind, &entry.payload);
        }
        Ok(())
    }

    /// Publishes what was written: tiles, a root recomputed from disk, a signed checkpoint.
    ///
    /// # Errors
    /// If what is on disk does not give the same root, or cannot be written.
    pub fn publish(&mut self) -> Result<(), Error> {
        self.store.publish().map(|_| ())
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

/// The entry that says a body.
#[must_use]
pub fn entry(body: &Body, at: Instant) -> NewEntry {
    NewEntry { kind: body.kind().to_owned(), class: Class::Mission, received_at_ms: at.ms(), payload: body.write() }
}

/// The state and the log's position of a store, read beside a writer if there is one.
///
/// # Errors
/// If it is no store, or an entry cannot be read from disk.
pub fn read(dir: &Path) -> Result<(Mission, Seal), Error> {
    let reader = Reader::open(dir)?;
    Ok((fold(&reader)?, seal(&reader)))
}

fn fold(reader: &Reader) -> Result<Mission, Error> {
    let mut mission = Mission::default();
    for entry in reader.entries() {
        let entry = entry?;
        // No clock of ours stamps outside the limits; another's is held at the nearest.
        let ms = entry.envelope.received_at_ms.clamp(Instant::EARLIEST.ms(), Instant::LATEST.ms());
        let received_at = Instant::from_ms(ms).expect("invariant: held inside the limits");
        mission.apply(entry.index, received_at, &entry.envelope.kind, &entry.payload);
    }
    Ok(mission)
}

fn seal(reader: &Reader) -> Seal {
    let checkpoint = reader.checkpoint();
    Seal { origin: checkpoint.origin.clone(), size: checkpoint.size, root: checkpoint.root.to_base64() }
}
