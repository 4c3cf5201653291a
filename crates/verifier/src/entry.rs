//! One entry, held against its author's public key and its own commitment.
//!
//! Takes a leaf, the keys that are at hand, and what is given of its payload; gives its envelope with what holds of the two. Never
//! lets a key or a payload that is not here pass for one that does not fit.

use crate::Answer;
use ed25519_dalek::VerifyingKey;
use mission::record::Body;
use mission::record::body::AUTHOR_DISMISSED;
use mission::record::envelope::{self, Envelope, EnvelopeError, KeyId};
use mission::record::payloads::State;
use std::collections::BTreeMap;

/// What is wrong where the payload is not the one of the commitment.
pub(crate) const OTHER_PAYLOAD: &str = "the payload is not the one that the envelope commits to";

/// An entry that was looked at.
pub struct Entry {
    /// Its public half.
    pub envelope: Envelope,
    /// Whether its author signed it. Where the author's public key is missing that cannot be told.
    pub signed: Answer,
    /// Whether what is given of its payload is what the envelope commits to. Of what is not given that cannot be told.
    pub committed: Answer,
    /// The author elsewhere whom this entry dismisses.
    pub dismisses: Option<KeyId>,
}

impl Entry {
    /// Looks at a leaf and what is given of its payload.
    ///
    /// # Errors
    /// If the leaf is none.
    pub fn of(leaf: &[u8], authors: &BTreeMap<KeyId, VerifyingKey>, state: &State) -> Result<Entry, EnvelopeError> {
        let (envelope, _) = envelope::open(leaf)?;
        let signed = match authors.get(&envelope.author).map(|key| envelope::verify(leaf, key)) {
            None => Answer::CannotTell(format!("the public key of author `{}` is missing", envelope.author)),
            Some(Ok(_)) => Answer::Yes(String::new()),
            Some(Err(error)) => Answer::No(error.to_string()),
        };
        let (committed, dismisses) = match state {
            State::Open(salt, payload) if payload.commit(salt) == envelope.commitment => {
                let said = (envelope.kind == AUTHOR_DISMISSED)
                    .then(|| Body::read(AUTHOR_DISMISSED, &payload.clone().into_value()).ok())
                    .flatten();
                let dismisses = if let Some(Body::AuthorDismissed(it)) = said { Some(it.author) } else { None };
                (Answer::Yes(String::new()), dismisses)
            }
            State::Open(..) => (Answer::No(OTHER_PAYLOAD.to_owned()), None),
            State::Withheld => (Answer::CannotTell("withheld".to_owned()), None),
            State::Erased => (Answer::CannotTell("erased".to_owned()), None),
        };
        Ok(Entry { envelope, signed, committed, dismisses })
    }
}
