//! Entries to audit, of a store or of a mirror: each published entry in log order with what it says, or why that is not to
//! be had. Never guesses at what is withheld.

use crate::mirror::Held;
use crate::storage::Reader;
use mission::Closed;
use mission::record::payloads::State;
use verifier::derivation::{Entries, Told};

impl Entries for Reader {
    fn size(&self) -> u64 {
        self.checkpoint().size
    }

    fn origin(&self) -> &str {
        &self.checkpoint().origin
    }

    fn root_of(&self, size: u64) -> Result<String, String> {
        Reader::root_of(self, size).map(|root| root.to_base64()).map_err(|error| error.to_string())
    }

    fn told(&self, wanted: fn(&str) -> bool) -> Box<dyn Iterator<Item = Result<Told, String>> + '_> {
        let size = self.checkpoint().size;
        let entries = self.entries_where(0, move |envelope| wanted(&envelope.kind));
        let told =
            |entry: crate::storage::Entry| Told { index: entry.index, envelope: entry.envelope, said: entry.payload };
        let told = entries.map(move |entry| entry.map(told).map_err(|error| error.to_string()));
        Box::new(told.take_while(move |told| told.as_ref().map_or(true, |told| told.index < size)))
    }
}

impl Entries for Held {
    fn size(&self) -> u64 {
        self.checkpoint.size
    }

    fn origin(&self) -> &str {
        &self.checkpoint.origin
    }

    fn root_of(&self, size: u64) -> Result<String, String> {
        Held::root_of(self, size).map(|root| root.to_base64())
    }

    fn told(&self, wanted: fn(&str) -> bool) -> Box<dyn Iterator<Item = Result<Told, String>> + '_> {
        let entries = self.entries_from(0);
        let wanted = entries.filter(move |entry| entry.as_ref().map_or(true, |entry| wanted(&entry.envelope.kind)));
        Box::new(wanted.map(|entry| {
            entry.map(|entry| Told {
                index: entry.index,
                envelope: entry.envelope,
                said: match entry.state {
                    State::Open(_, payload) => Ok(payload.into_value()),
                    State::Withheld => Err(Closed::Sealed),
                    State::Erased => Err(Closed::Erased),
                },
            })
        }))
    }
}
