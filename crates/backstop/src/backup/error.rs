//! Takes nothing; gives the one error of backups. Never stands for an answer: what is wrong with a backup is no error.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a backup or a restore could not be done.
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
    /// The store refused.
    Store(crate::storage::Error),
    /// It cannot be asked so; says what to do.
    Asked(String),
    /// The machine gives no random numbers.
    Chance(String),
}

impl Error {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { doing, path: path.to_owned(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { doing, path, source } if source.kind() == io::ErrorKind::StorageFull => write!(
                f,
                "cannot {doing} `{}`: the disk is full; make room and run the same again, it goes on where it stopped",
                path.display()
            ),
            Error::Io { doing, path, source } => write!(f, "cannot {doing} `{}`: {source}", path.display()),
            Error::Store(error) => error.fmt(f),
            Error::Asked(what) | Error::Chance(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            Error::Store(error) => Some(error),
            Error::Asked(_) | Error::Chance(_) => None,
        }
    }
}

impl From<crate::storage::Error> for Error {
    fn from(error: crate::storage::Error) -> Error {
        Error::Store(error)
    }
}
