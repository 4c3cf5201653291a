//! Takes and gives the head of a log as text: origin, size, root (c2sp.org/tlog-checkpoint). Never signs or verifies by
//! itself; a checkpoint is believed only as the text of a verified [`Note`](crate::Note).

use crate::note::{Note, Verified, VerifyingIdentity};
use crate::tile::decimal;
use crate::tree::Hash;
use crate::{Error, SigningIdentity};

/// What a log says it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; equal to the name of its key.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Further lines, opaque here.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] with the line and the rule broken.
    pub fn parse(text: &str) -> Result<Checkpoint, Error> {
        let fail = |line, problem| Error::Checkpoint { line, problem };
        let body = text.strip_suffix('\n').ok_or(fail(1, "the last line must end"))?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty());
        let origin = origin.ok_or(fail(1, "the origin must not be empty"))?.to_owned();
        let size = lines.next().and_then(decimal);
        let size = size.ok_or(fail(2, "the size must be a number without leading zeros"))?;
        let root = lines.next().and_then(Hash::from_base64);
        let root = root.ok_or(fail(3, "the root must be 32 bytes in base64"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        match extensions.iter().position(String::is_empty) {
            Some(at) => Err(fail(4 + at, "an extension line must not be empty")),
            None => Ok(Checkpoint { origin, size, root, extensions }),
        }
    }

    /// The text of the checkpoint, as it is signed.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            text += line;
            text.push('\n');
        }
        text
    }

    /// The signed checkpoint, as it is published.
    ///
    /// # Errors
    /// [`Error::Note`] when an extension holds what a note may not.
    pub fn sign(&self, log: &SigningIdentity) -> Result<String, Error> {
        log.sign(&self.to_text())
    }

    /// Reads a published checkpoint and believes it only if this log's key signed it under this log's origin; gives also
    /// which of the `witnesses` cosigned it.
    ///
    /// # Errors
    /// What makes it unbelievable.
    pub fn open(
        bytes: &[u8],
        log: &VerifyingIdentity,
        witnesses: &[VerifyingIdentity],
    ) -> Result<(Checkpoint, Vec<Verified>), Error> {
        let note = Note::parse(bytes)?;
        let (text, _) = note.verify(std::slice::from_ref(log))?;
        let checkpoint = Checkpoint::parse(text)?;
        if checkpoint.origin != log.name() {
            return Err(Error::OtherLog { found: checkpoint.origin, expected: log.name().to_owned() });
        }
        match note.verify(witnesses) {
            Ok((_, cosigned)) => Ok((checkpoint, cosigned)),
            Err(Error::NotSigned) => Ok((checkpoint, Vec::new())),
            Err(other) => Err(other),
        }
    }
}
