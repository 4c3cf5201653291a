//! Alerts: who is told of which clock, by which channel, and what came of it.
//!
//! Takes a file of channels, a store and an instant; writes each alert to the record before it is sent, and what came of it after.
//! Never sends twice what it is not sure of, and never puts into a message what the one it is for may not see.

mod channels;
mod words;

mod mail;
mod webhook;

mod round;

pub use channels::{Channel, Channels, ChannelsError, Mail, Security, Way};
pub use round::{Due, Look, Round, begin, begin_as, due, end, send};
pub(crate) use words::{Telling, mark, message, name_and_class};

use mission::record::body::Handling;

/// What came of sending.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Sent, refused or unknown.
    pub step: Handling,
    /// What the other side said, or why it was not reached. Never a secret, never an address of a person.
    pub note: String,
}

impl Outcome {
    fn sent(note: impl ToString) -> Outcome {
        Outcome { step: Handling::Sent, note: short(note) }
    }

    fn refused(note: impl ToString) -> Outcome {
        Outcome { step: Handling::Refused, note: short(note) }
    }

    fn unknown(note: impl ToString) -> Outcome {
        Outcome { step: Handling::Unknown, note: short(note) }
    }
}

/// A remark of another machine's, kept to a line that the record can hold.
fn short(note: impl ToString) -> String {
    let plain = note.to_string().replace(|letter: char| letter.is_control(), " ");
    plain.chars().take(200).collect()
}
