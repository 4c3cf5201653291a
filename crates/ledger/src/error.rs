//! Takes nothing; gives the one error of this crate. Never carries more than what failed and what to do about it.

use std::fmt;

/// Why bytes were refused as part of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A path that names no tile.
    TilePath {
        /// The path as given, cut to a readable length.
        path: String,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// Bytes that are not the tile or bundle they should be.
    TileBytes {
        /// Where the problem starts.
        offset: usize,
        /// The rule the bytes break.
        problem: &'static str,
    },
    /// An entry that does not fit the length field of a bundle.
    EntryTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A position or size outside the tree, or proofs between sizes that have none.
    OutOfRange {
        /// What was asked.
        problem: &'static str,
    },
    /// A proof that does not lead to the expected root.
    ProofFailed {
        /// Which proof, and how it fails.
        problem: &'static str,
    },
    /// Text that is not a signed note.
    Note {
        /// Line of the text, from 1.
        line: usize,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// Text that is not a key.
    Key {
        /// The rule it breaks.
        problem: &'static str,
    },
    /// A signature by a known key that does not verify, which refuses the whole note.
    BadSignature {
        /// Name of the key.
        key: String,
    },
    /// Two signature lines by a log's known key, which refuses the whole note.
    SignedTwice {
        /// Name of the key.
        key: String,
    },
    /// No signature by any known key.
    NotSigned,
    /// Text that is not a checkpoint.
    Checkpoint {
        /// Line of the text, from 1.
        line: usize,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// A checkpoint of another log.
    OtherLog {
        /// The origin it carries.
        found: String,
        /// The origin expected.
        expected: String,
    },
    /// Text that asks no witness for anything.
    Request {
        /// Line of the text, from 1.
        line: usize,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// An answer that no witness may give.
    Answer {
        /// The rule it breaks.
        problem: &'static str,
    },
    /// Text that is not a `tlog-policy`.
    Policy {
        /// Line of the text, from 1.
        line: usize,
        /// The rule it breaks, with the word that breaks it.
        problem: String,
    },
    /// Text that is no evidence against a log.
    Evidence {
        /// Line of the text, from 1.
        line: usize,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// Text that is not a `tlog-proof`.
    ProofText {
        /// Line of the text, from 1.
        line: usize,
        /// The rule it breaks.
        problem: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TilePath { path, problem } => write!(f, "`{path}` is not the path of a tile: {problem}"),
            Error::TileBytes { offset, problem } => write!(f, "damaged tile at byte {offset}: {problem}"),
            Error::EntryTooLong { length } => write!(
                f,
                "an entry of {length} bytes does not fit a log; keep entries within {} bytes",
                crate::tile::MAX_ENTRY_BYTES
            ),
            Error::OutOfRange { problem } => write!(f, "outside the tree: {problem}"),
            Error::ProofFailed { problem } => write!(f, "the proof does not hold: {problem}"),
            Error::Note { line, problem } => write!(f, "not a signed note, line {line}: {problem}"),
            Error::Key { problem } => write!(f, "not a key: {problem}"),
            Error::BadSignature { key } => {
                write!(f, "the signature of `{key}` does not match; the text or the signature was changed")
            }
            Error::SignedTwice { key } => {
                write!(f, "`{key}` signs twice; a log signs once, so somebody added a line")
            }
            Error::NotSigned => write!(f, "no signature by a known key; check that you hold this log's public key"),
            Error::Checkpoint { line, problem } => write!(f, "not a checkpoint, line {line}: {problem}"),
            Error::OtherLog { found, expected } => {
                write!(f, "this is a checkpoint of `{found}`, not of `{expected}`")
            }
            Error::Request { line, problem } => write!(f, "not a request to a witness, line {line}: {problem}"),
            Error::Answer { problem } => write!(f, "not the answer of a witness: {problem}"),
            Error::Policy { line, problem } => write!(f, "policy, line {line}: {problem}"),
            Error::Evidence { line, problem } => write!(f, "not evidence, line {line}: {problem}"),
            Error::ProofText { line, problem } => write!(f, "not a tlog-proof, line {line}: {problem}"),
        }
    }
}

impl std::error::Error for Error {}
