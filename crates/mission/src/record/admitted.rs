//! Which key a guarantor or party proves itself with, as entries. Takes and gives the payloads of `onlooker.admitted` and
//! `onlooker.dismissed`; the written form is fixed for ever. Never holds a secret: a key is the public half.

use super::body::BodyError;
use super::canonical::Value;
use super::fields::{Fields, Writer};
use terms::Party;

/// That whoever holds this key is shown guarantees as that party may see them, from then on. A later one takes its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdmittedOnlooker {
    /// The party.
    pub party: Party,
    /// The line of its public key, as `backstop reader new` prints it.
    pub key: String,
}

pub(super) fn write_admitted(admitted: &AdmittedOnlooker) -> Value {
    Writer::default().text("party", &admitted.party).text("key", &admitted.key).finish()
}

pub(super) fn read_admitted(fields: &mut Fields<'_>) -> Result<AdmittedOnlooker, BodyError> {
    Ok(AdmittedOnlooker { party: fields.parsed("party", "a party", Party::new)?, key: fields.text("key")?.to_owned() })
}
