//! Who has copies of the record that can go on: a hand-over to custodians, and a store that goes on after it stood still.
//!
//! Takes the nouns; gives payloads and reads them back. Never holds a secret key, nor where a copy lies.

use super::body::BodyError;
use super::canonical::Value;
use super::fields::{FieldError, Fields, Writer};
use super::hex::{bytes_of_hex, hex};
use super::publication::{Basis, read_basis, write_basis};

/// The record is handed to custodians.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandOver {
    /// Who got it, in the order of their names. Never empty.
    pub custodians: Vec<Custodian>,
    /// What they got: so many entries, under this root. The entry that says so comes in a second part of the same copies.
    pub basis: Basis,
    /// The office on whose authority.
    pub authority: String,
    /// The legal ground.
    pub ground: String,
    /// Whether this store records anything after it.
    pub after: After,
}

/// Somebody who has a copy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Custodian {
    /// The office or organisation.
    pub name: String,
    /// The public key that its copy is sealed for.
    pub key: String,
    /// SHA-256 of the list of hashes of its copy.
    pub manifest: [u8; 32],
    /// Bytes of the sealed files.
    pub bytes: u64,
    /// What it may do with it.
    pub role: Role,
}

/// What a custodian may do with its copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Read it and check it. It has no key that signs.
    Keeps,
    /// Go on with the log: it has the keys that sign.
    GoesOn,
}

/// What a store does after a hand-over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// It goes on.
    GoesOn,
    /// It records nothing more.
    StopsHere,
}

/// A store that stood still records again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resumption {
    /// Why it stood still: `restored` or `handed-over`.
    pub after: String,
    /// Where it stood.
    pub basis: Basis,
    /// The latest checkpoint that anybody was found to hold; none if nobody holds one.
    pub latest: Option<Basis>,
    /// Who was asked for it, and what they said.
    pub asked: String,
    /// The office that decides it.
    pub by: String,
}

impl Role {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Keeps => "keeps",
            Role::GoesOn => "goes on",
        }
    }

    fn from_word(word: &str) -> Option<Role> {
        [Role::Keeps, Role::GoesOn].into_iter().find(|role| role.word() == word)
    }
}

impl After {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            After::GoesOn => "goes on",
            After::StopsHere => "stops here",
        }
    }

    fn from_word(word: &str) -> Option<After> {
        [After::GoesOn, After::StopsHere].into_iter().find(|after| after.word() == word)
    }
}

pub(super) fn write_hand_over(hand_over: &HandOver) -> Value {
    let custodians = hand_over.custodians.iter().map(|custodian| {
        Writer::default()
            .text("name", &custodian.name)
            .text("key", &custodian.key)
            .text("manifest", hex(&custodian.manifest))
            .integer("bytes", i64::try_from(custodian.bytes).unwrap_or(i64::MAX))
            .text("role", custodian.role.word())
            .finish()
    });
    Writer::default()
        .put("custodians", Value::List(custodians.collect()))
        .put("basis", write_basis(&hand_over.basis))
        .text("authority", &hand_over.authority)
        .text("ground", &hand_over.ground)
        .text("after", hand_over.after.word())
        .finish()
}

pub(super) fn read_hand_over(fields: &mut Fields<'_>) -> Result<HandOver, BodyError> {
    let custodians = fields.objects("custodians")?.into_iter().map(|mut custodian| {
        let read = Custodian {
            name: custodian.text("name")?.to_owned(),
            key: custodian.text("key")?.to_owned(),
            manifest: custodian.parsed("manifest", "64 lower-case hex digits", bytes_of_hex)?,
            bytes: custodian.integer("bytes")?,
            role: custodian.parsed("role", "`keeps` or `goes on`", Role::from_word)?,
        };
        custodian.finish()?;
        Ok(read)
    });
    let custodians = custodians.collect::<Result<Vec<_>, FieldError>>()?;
    if custodians.is_empty() || !custodians.is_sorted_by(|one, next| one.name < next.name) {
        return Err(fields
            .wrong("custodians", "one or more custodians, each once and in the order of their names")
            .into());
    }
    Ok(HandOver {
        custodians,
        basis: read_basis(fields.fields("basis")?)?,
        authority: fields.text("authority")?.to_owned(),
        ground: fields.text("ground")?.to_owned(),
        after: fields.parsed("after", "`goes on` or `stops here`", After::from_word)?,
    })
}

pub(super) fn write_resumption(resumption: &Resumption) -> Value {
    let writer = Writer::default().text("after", &resumption.after).put("basis", write_basis(&resumption.basis));
    let writer = match &resumption.latest {
        Some(latest) => writer.put("latest", write_basis(latest)),
        None => writer,
    };
    writer.text("asked", &resumption.asked).text("by", &resumption.by).finish()
}

pub(super) fn read_resumption(fields: &mut Fields<'_>) -> Result<Resumption, BodyError> {
    Ok(Resumption {
        after: fields.text("after")?.to_owned(),
        basis: read_basis(fields.fields("basis")?)?,
        latest: fields.optional_fields("latest")?.map(read_basis).transpose()?,
        asked: fields.text("asked")?.to_owned(),
        by: fields.text("by")?.to_owned(),
    })
}
