//! Takes nothing; gives the one error of the store. Never hides which file it speaks of.

use super::engine::Trouble;
use mission::Closed;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not do what was asked.
#[derive(Debug)]
pub enum Error {
    /// The operating system refused.
    Io {
        /// What was being done: `read`, `create`.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
    /// There is something at this place already.
    Exists(PathBuf),
    /// There is no store at this place.
    NotAStore(PathBuf),
    /// Another process writes to this store.
    Busy(PathBuf),
    /// The store takes no entries until a person says that it may.
    Halted {
        /// Where it is.
        path: PathBuf,
        /// Why, and what to do.
        words: String,
    },
    /// Settings that no store can have.
    Settings(String),
    /// A file that does not hold what it must.
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Bytes before the damage.
        offset: u64,
        /// What is wrong.
        problem: String,
    },
    /// A new entry that cannot be recorded.
    Refused {
        /// Its place in the batch, from 0.
        position: usize,
        /// Why.
        problem: String,
    },
    /// There is no such entry, or none that is published yet.
    NoEntry {
        /// Which was asked for.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// What an entry says cannot be read here.
    Closed {
        /// Which entry.
        index: u64,
        /// Why.
        why: Closed,
    },
    /// The engine that the store was joined to did not do what was asked, or did not say so.
    Engine {
        /// Where it is.
        engine: String,
        /// Why.
        trouble: Trouble,
    },
    /// Another directory of the same log wrote first.
    Overtaken {
        /// The index that both wanted.
        index: u64,
    },
    /// What the engine holds cannot be true beside what is here.
    Contradicted {
        /// Where it is.
        engine: String,
        /// Which of its pieces.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// The log refused.
    Log(ledger::Error),
}

impl Error {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { doing, path: path.to_owned(), source }
    }

    pub(super) fn engine(engine: impl fmt::Display, trouble: Trouble) -> Error {
        Error::Engine { engine: engine.to_string(), trouble }
    }

    pub(super) fn damaged(path: &Path, offset: u64, problem: impl Into<String>) -> Error {
        Error::Damaged { path: path.to_owned(), offset, problem: problem.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { doing, path, source } => write!(f, "cannot {doing} `{}`: {source}", path.display()),
            Error::Exists(path) => {
                write!(
                    f,
                    "`{}` exists already; a store is never created over another, choose a new place",
                    path.display()
                )
            }
            Error::NotAStore(path) => {
                write!(f, "`{}` is not a store (no store.toml); create one with `backstop init`", path.display())
            }
            Error::Busy(path) => {
                write!(
                    f,
                    "another process writes to `{}`; wait for it or end it, a store has one writer",
                    path.display()
                )
            }
            Error::Halted { path, words } => write!(f, "`{}` takes no entries: {words}", path.display()),
            Error::Settings(problem) => write!(f, "settings of the store: {problem}"),
            Error::Damaged { path, offset, problem } => write!(
                f,
                "`{}` is damaged at byte {offset}: {problem}; keep a copy of the store, run `backstop verify`, and restore \
                 this file from a backup or mirror",
                path.display()
            ),
            Error::Refused { position, problem } => {
                write!(f, "entry {position} of the batch cannot be recorded, and nothing of the batch was: {problem}")
            }
            Error::NoEntry { index, size } => {
                write!(f, "no entry `{index}`: the log holds {size} entries, counted from 0")
            }
            Error::Closed { index, why: Closed::Erased } => {
                write!(f, "what entry {index} says was erased; `backstop verify` names the redaction")
            }
            Error::Closed { index, why: Closed::Sealed } => write!(
                f,
                "what entry {index} says is sealed; put the secret of a reader entitled to its class into `keys/reader.key`"
            ),
            Error::Closed { index, why: Closed::Withheld { .. } } => {
                write!(f, "what entry {index} says is not in the store; its author opens it with `backstop log reveal`")
            }
            Error::Engine { engine, trouble: Trouble::Refused(why) } => {
                write!(f, "{engine} refuses: {why}; nothing was recorded, and nothing is until this is mended")
            }
            Error::Engine { engine, trouble: Trouble::Unanswered(why) } => write!(
                f,
                "{engine} gives no answer: {why}; nobody has a receipt, and the next opening or batch finds out what it holds: \
                 look at it, then try again"
            ),
            Error::Overtaken { index } => write!(
                f,
                "another directory of this log recorded entry {index} first; what it recorded is here now, and nothing of this \
                 was: look at it, and try again"
            ),
            Error::Contradicted { engine, key, problem } => write!(
                f,
                "{engine} contradicts this store at `{key}`: {problem}; nothing was changed: keep copies of both, compare them \
                 with a mirror or witness, and join the one that holds to a new engine"
            ),
            Error::Log(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            Error::Log(error) => Some(error),
            Error::Exists(_)
            | Error::NotAStore(_)
            | Error::Busy(_)
            | Error::Halted { .. }
            | Error::Settings(_)
            | Error::Damaged { .. }
            | Error::Refused { .. }
            | Error::NoEntry { .. }
            | Error::Closed { .. }
            | Error::Engine { .. }
            | Error::Overtaken { .. }
            | Error::Contradicted { .. } => None,
        }
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Error {
        Error::Log(error)
    }
}
