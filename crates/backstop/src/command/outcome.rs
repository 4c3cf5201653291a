//! How a command ends: exit codes, failures, and the one envelope of every JSON answer.
//!
//! Takes results; gives what scripts can rely on. "Checked and wrong" and "cannot tell" are two answers.

use serde_json::{Value, json};
use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use verifier::Answer;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Done, verified, nothing found.
    Done,
    /// Unexpected failure.
    Failed,
    /// The command was not understood.
    Usage,
    /// Something was found that a person should look at.
    Findings,
    /// There is no such thing.
    NotFound,
    /// Somebody else holds the store.
    Locked,
    /// Checked and wrong.
    Wrong,
    /// Cannot tell.
    CannotTell,
    /// A rule of the house forbids it.
    Refused,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Findings => 3,
            Exit::NotFound => 4,
            Exit::Locked => 6,
            Exit::Wrong => 7,
            Exit::CannotTell => 8,
            Exit::Refused => 9,
        }
    }

    fn result(self) -> &'static str {
        match self {
            Exit::Done => "yes",
            Exit::Findings => "findings",
            Exit::Wrong => "no",
            Exit::CannotTell => "cannot_tell",
            Exit::Refused => "refused",
            Exit::Failed | Exit::Usage | Exit::NotFound | Exit::Locked => "failed",
        }
    }
}

impl From<&Answer> for Exit {
    fn from(answer: &Answer) -> Exit {
        match answer {
            Answer::Yes(_) => Exit::Done,
            Answer::No(_) => Exit::Wrong,
            Answer::CannotTell(_) => Exit::CannotTell,
        }
    }
}

/// Why a command could not do what it was asked: what failed and what to do about it.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// A failure with its exit code and its message.
    pub fn new(exit: Exit, message: impl Display) -> Failure {
        Failure { exit, message: message.to_string() }
    }

    /// Says the failure and gives its exit code.
    #[must_use]
    pub fn report(&self, as_json: bool) -> Exit {
        if as_json {
            let _ = print_json("backstop.failure/1", self.exit, json!({ "message": self.message }));
        }
        eprintln!("error: {}", self.message);
        self.exit
    }
}

impl From<crate::storage::Error> for Failure {
    fn from(error: crate::storage::Error) -> Failure {
        use crate::storage::Error;
        let exit = match error {
            Error::Busy(_) | Error::Overtaken { .. } => Exit::Locked,
            Error::NotAStore(_) | Error::NoEntry { .. } => Exit::NotFound,
            Error::Exists(_) | Error::Settings(_) => Exit::Usage,
            Error::Closed { .. } | Error::Engine { .. } => Exit::CannotTell,
            Error::Contradicted { .. } => Exit::Wrong,
            Error::Halted { .. } => Exit::Refused,
            Error::Io { .. } | Error::Damaged { .. } | Error::Refused { .. } | Error::Log(_) => Exit::Failed,
        };
        Failure::new(exit, error)
    }
}

impl From<crate::demo::ReplayError> for Failure {
    fn from(error: crate::demo::ReplayError) -> Failure {
        match error {
            crate::demo::ReplayError::Store(error) => error.into(),
            crate::demo::ReplayError::Bulletin(why) | crate::demo::ReplayError::Guarantees(why) => {
                Failure::new(Exit::Failed, why)
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::new(Exit::Failed, error)
    }
}

/// Writes a file that must not exist, for its owner alone. When this returns, its bytes are durable.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(|error| {
        let taken = error.kind() == std::io::ErrorKind::AlreadyExists;
        let why = if taken { "it is there already; name another file".to_owned() } else { error.to_string() };
        Failure::new(if taken { Exit::Usage } else { Exit::Failed }, format!("`{}`: {why}", path.display()))
    })?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// Prints data. A reader that has gone away is no failure.
pub(crate) fn print(data: &str) -> Result<Exit, Failure> {
    match std::io::stdout().lock().write_all(data.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(Exit::Done),
    }
}

/// Prints the one envelope of every JSON answer.
pub(crate) fn print_json(schema: &str, exit: Exit, data: Value) -> Result<Exit, Failure> {
    let as_of = crate::clock::now().to_string();
    let envelope = json!({ "schema": schema, "result": exit.result(), "data": data, "as_of": as_of });
    print(&format!("{envelope:#}\n"))?;
    Ok(exit)
}
