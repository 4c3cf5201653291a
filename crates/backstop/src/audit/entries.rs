//! Entries to audit, of a store or of a mirror.
//!
//! Takes an opened store or mirror; gives each published entry in log order with what it says, or why that is not to be had.
//! Never guesses at what is withheld.

use crate::mirror::{Held, State};
use crate::storage::Reader;
use mission::Closed;
use mission::record::canonical::Value;
use mission::record::envelope::Envelope;

/// Where entries are read from.
pub(crate) enum Entries<'a> {
    /// A store, with all that it holds.
    Store(&'a Reader),
    /// A mirror, with what was given to everyone.
    Mirror(&'a Held),
}

/// A published entry.
pub(crate) struct Told {
    pub(crate) index: u64,
    pub(crate) envelope: Envelope,
    /// What it says, or why that is not to be had.
    pub(crate) said: Result<Value, Closed>,
}

impl<'a> Entries<'a> {
    pub(crate) fn size(&self) -> u64 {
        match self {
            Entries::Store(store) => store.checkpoint().size,
            Entries::Mirror(mirror) => mirror.checkpoint.size,
        }
    }

    pub(crate) fn origin(&self) -> &str {
        match self {
            Entries::Store(store) => &store.checkpoint().origin,
            Entries::Mirror(mirror) => &mirror.checkpoint.origin,
        }
    }

    /// Root of the first `size` entries, base64.
    pub(crate) fn root_of(&self, size: u64) -> Result<String, String> {
        match self {
            Entries::Store(store) => store.root_of(size).map(|root| root.to_base64()).map_err(|e| e.to_string()),
            Entries::Mirror(mirror) => mirror.root_of(size).map(|root| root.to_base64()),
        }
    }

    /// Those of the entries whose kind is wanted, in log order; after an error nothing more comes.
    pub(crate) fn told(
        &self,
        wanted: impl Fn(&str) -> bool + 'a,
    ) -> Box<dyn Iterator<Item = Result<Told, String>> + 'a> {
        match self {
            Entries::Store(store) => {
                let size = store.checkpoint().size;
                let entries = store.entries_where(0, move |envelope| wanted(&envelope.kind));
                let told = |entry: crate::storage::Entry| Told {
                    index: entry.index,
                    envelope: entry.envelope,
                    said: entry.payload,
                };
                let told = entries.map(move |entry| entry.map(told).map_err(|error| error.to_string()));
                Box::new(told.take_while(move |told| told.as_ref().map_or(true, |told| told.index < size)))
            }
            Entries::Mirror(mirror) => {
                let entries = mirror.entries_from(0);
                let wanted =
                    entries.filter(move |entry| entry.as_ref().map_or(true, |entry| wanted(&entry.envelope.kind)));
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
    }
}
