//! The head of a backup: what it is, in the clear, signed by the log's key. Takes and gives a signed note. Never a checkpoint: its
//! first line is no log's name.

use super::age::Recipient;
use ledger::{Hash, Note, VerifyingIdentity};
use mission::record::hex::{bytes_of_hex, hex};
use std::fmt::Write;

const FORMAT: &str = "backstop-backup/1";
/// Longest head that is read.
pub(super) const MOST_HEAD_BYTES: u64 = 65_536;

/// A file by what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// How many they are.
    pub bytes: u64,
}

/// What a backup is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// By which the runs of one backup belong together: 8 hex digits.
    pub id: String,
    /// Which run this is, from 1.
    pub run: u32,
    /// The log's name.
    pub origin: String,
    /// How many entries it holds.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// When it was made, as RFC 3339.
    pub made_at: String,
    /// What made it.
    pub program: String,
    /// Which generation of record keys it holds; none of a store of format 1.
    pub generation: Option<u64>,
    /// How many blocks it has, and their bytes.
    pub blocks: (u64, u64),
    /// The list of hashes.
    pub manifest: Stamp,
    /// The sealed list of files.
    pub index: Stamp,
    /// The sealed secrets.
    pub secrets: Stamp,
    /// For whom it is sealed.
    pub recipients: Vec<Recipient>,
}

impl Head {
    pub(super) fn name(run: u32) -> String {
        format!("backup-{run:06}")
    }

    pub(super) fn manifest_name(run: u32) -> String {
        format!("manifest-{run:06}.sha256")
    }

    pub(super) fn index_name(run: u32) -> String {
        format!("index-{run:06}.age")
    }

    pub(super) fn secrets_name(id: &str, run: u32) -> String {
        format!("secrets-{id}-{run:06}.age")
    }

    /// The run that the name of a head names.
    pub(super) fn run_of(name: &str) -> Option<u32> {
        let digits = name.strip_prefix("backup-")?;
        (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
    }

    /// The text that is signed.
    pub(super) fn to_text(&self) -> String {
        let stamp = |stamp: &Stamp| format!("{} {}", hex(&stamp.sha256), stamp.bytes);
        let mut text = format!("{FORMAT}\nid {}\nrun {}\nlog {}\n", self.id, self.run, self.origin);
        let _ = writeln!(text, "size {}\nroot {}", self.size, self.root.to_base64());
        let _ = writeln!(text, "made {}\nprogram {}", self.made_at, self.program);
        let generation = self.generation.map_or_else(|| "none".to_owned(), |generation| generation.to_string());
        let _ = writeln!(text, "generation {generation}\nblocks {} {}", self.blocks.0, self.blocks.1);
        let _ = writeln!(text, "manifest {}\nindex {}", stamp(&self.manifest), stamp(&self.index));
        let _ = writeln!(text, "secrets {}", stamp(&self.secrets));
        for recipient in &self.recipients {
            let _ = writeln!(text, "for {recipient}");
        }
        text
    }

    /// What a note says, whoever signed it.
    pub(super) fn read(note: &[u8]) -> Option<Head> {
        let text = std::str::from_utf8(note).ok()?.split_once("\n\n")?.0;
        let mut lines = text.lines();
        (lines.next()? == FORMAT).then_some(())?;
        let mut field = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
        let head = Head {
            id: field("id").filter(|id| bytes_of_hex::<4>(id).is_some())?.to_owned(),
            run: number(field("run")?)?.try_into().ok()?,
            origin: field("log")?.to_owned(),
            size: number(field("size")?)?,
            root: Hash::from_base64(field("root")?)?,
            made_at: field("made")?.to_owned(),
            program: field("program")?.to_owned(),
            generation: match field("generation")? {
                "none" => None,
                text => Some(number(text)?),
            },
            blocks: {
                let (count, bytes) = field("blocks")?.split_once(' ')?;
                (number(count)?, number(bytes)?)
            },
            manifest: stamp(field("manifest")?)?,
            index: stamp(field("index")?)?,
            secrets: stamp(field("secrets")?)?,
            recipients: Vec::new(),
        };
        let recipients = lines.map(|line| Recipient::parse(line.strip_prefix("for ")?));
        let head = Head { recipients: recipients.collect::<Option<_>>()?, ..head };
        (note.starts_with(head.to_text().as_bytes())).then_some(head)
    }

    /// Whether this note is signed by the log of that key.
    pub(super) fn is_signed(note: &[u8], log: &VerifyingIdentity) -> Result<(), String> {
        let note = Note::parse(note).map_err(|error| error.to_string())?;
        note.verify(std::slice::from_ref(log)).map(|_| ()).map_err(|error| error.to_string())
    }
}

fn stamp(text: &str) -> Option<Stamp> {
    let (sha256, bytes) = text.split_once(' ')?;
    Some(Stamp { sha256: bytes_of_hex(sha256)?, bytes: number(bytes)? })
}

/// A whole number in its one spelling.
pub(super) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
