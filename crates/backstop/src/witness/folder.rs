//! What a witness holds: its key, the logs that it watches, and of each the last checkpoint that it cosigned. Takes requests
//! and an instant; gives answers. Never lets a cosignature out before the disk has the checkpoint, never cosigns at a time
//! before its last, and never starts anew where its state is gone.

use super::{Error, keep};
use crate::storage::beside;
use ed25519_dalek::SigningKey;
use ledger::note::MAX_NOTE_BYTES;
use ledger::witness::{Held, Refusal, Request, cosigned, decide, monitor_path};
use ledger::{Checkpoint, Note, VerifyingIdentity, WitnessIdentity};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::slice::from_ref;
use std::sync::{Arc, Mutex, PoisonError};

/// Longest file with a key.
const MAX_KEY_FILE_BYTES: u64 = 4096;
/// What stands in the place of a checkpoint before the first one. A missing file is a lost state, not a new log.
const NOTHING_YET: &str = "nothing cosigned yet\n";
/// Most logs that one witness watches.
const MOST_LOGS: usize = 1000;
/// So many requests a second about one log are decided on.
const REQUESTS_A_SECOND: u64 = 50;

/// The folder of a witness, held by one process.
pub struct Folder {
    directory: PathBuf,
    identity: WitnessIdentity,
    /// By origin. The lock of a log is held from looking at its state until the new one is durable.
    logs: Mutex<BTreeMap<String, Arc<Mutex<Watched>>>>,
    _lock: File,
}

/// A log that is watched.
struct Watched {
    directory: PathBuf,
    log: VerifyingIdentity,
    held: Option<Held>,
    /// When it was cosigned last, in seconds since 1970-01-01 UTC.
    last_time_s: u64,
    /// After a failure: what the disk holds is not known, and is read anew before anything is decided.
    unsure: bool,
    rate: Rate,
}

/// The answer to a request, for HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
    /// What the operator of the witness should know, if anything.
    pub alarm: Option<String>,
}

impl Folder {
    /// Makes the folder of a new witness with a new key; gives its public key.
    ///
    /// # Errors
    /// When the place is taken, the name cannot be one, or the disk refuses.
    pub fn create(directory: &Path, name: &str) -> Result<VerifyingIdentity, Error> {
        if std::fs::read_dir(directory).is_ok_and(|mut files| files.next().is_some()) {
            return Err(crate::storage::Error::Exists(directory.to_owned()).into());
        }
        let mut seed = [0; 32];
        let no_chance = |error| Error::Unusable(format!("the system gives no random numbers: {error}"));
        getrandom::fill(&mut seed).map_err(no_chance)?;
        let identity = WitnessIdentity::new(name, SigningKey::from_bytes(&seed))?;
        beside::create_folder(&directory.join("logs"))?;
        beside::create(&directory.join("lock"), b"")?;
        beside::create_secret(&directory.join("witness.key"), format!("{}\n", identity.secret_text()).as_bytes())?;
        beside::create(&directory.join("witness.pub"), format!("{}\n", identity.public()).as_bytes())?;
        Ok(identity.public().clone())
    }

    /// Watches a log from now on; a running witness sees it at the next request. Gives whether it is new.
    ///
    /// # Errors
    /// When this is no witness's folder, it watches another key under the same origin, or the disk refuses.
    pub fn watch(directory: &Path, log: &VerifyingIdentity) -> Result<bool, Error> {
        if !directory.join("witness.pub").exists() {
            return Err(not_a_witness(directory));
        }
        if log.algorithm() != ledger::note::Algorithm::Ed25519 {
            return Err(Error::Unusable(format!("`{log}` is no log's key; `log.pub` of a store holds it")));
        }
        let folder = log_folder(directory, log.name());
        let key = folder.join("log.pub");
        if let Some(known) = beside::read(&key, MAX_KEY_FILE_BYTES)? {
            if known.trim_end() == log.to_string() {
                return Ok(false);
            }
            let why = format!(
                "another key is watched under `{}`: `{}`. Two keys for one origin are two logs; ask its operator which one is \
                 meant, and why",
                log.name(),
                known.trim_end()
            );
            return Err(Error::Unusable(why));
        }
        beside::create_folder(&folder)?;
        let checkpoint = folder.join("checkpoint");
        match beside::read(&checkpoint, MAX_NOTE_BYTES as u64)? {
            None => beside::create(&checkpoint, NOTHING_YET.as_bytes())?,
            Some(text) if text == NOTHING_YET => {}
            Some(_) => return Err(lost(&key)),
        }
        // Last: a folder without it is no log.
        beside::create(&key, format!("{log}\n").as_bytes())?;
        Ok(true)
    }

    /// Opens the folder for the one process that answers for it.
    ///
    /// # Errors
    /// When this is no witness's folder, another process holds it, or state of a log is gone or damaged.
    pub fn open(directory: &Path) -> Result<Folder, Error> {
        let key = beside::read(&directory.join("witness.key"), MAX_KEY_FILE_BYTES)?;
        let key = key.ok_or_else(|| not_a_witness(directory))?;
        let identity = WitnessIdentity::parse(key.trim_end())?;
        let path = directory.join("lock");
        let fail = |source| crate::storage::Error::Io { doing: "lock", path: path.clone(), source };
        let lock = File::options().write(true).create(true).truncate(false).open(&path).map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(crate::storage::Error::Busy(directory.to_owned()).into()),
            Err(TryLockError::Error(error)) => return Err(fail(error).into()),
        }
        let folder = Folder { directory: directory.to_owned(), identity, logs: Mutex::default(), _lock: lock };
        for file in std::fs::read_dir(directory.join("logs")).into_iter().flatten().flatten() {
            if let Some(key) = beside::read(&file.path().join("log.pub"), MAX_KEY_FILE_BYTES)? {
                let log = VerifyingIdentity::parse(key.trim_end())?;
                folder.watched(log.name())?;
            }
        }
        Ok(folder)
    }

    /// The witness's public key.
    pub fn public(&self) -> &VerifyingIdentity {
        self.identity.public()
    }

    /// The origins of the logs that are watched, with the size that was cosigned last.
    pub fn logs(&self) -> Vec<(String, u64)> {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let size = |watched: &Mutex<Watched>| {
            let watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
            watched.held.as_ref().map_or(0, |held| held.checkpoint.size)
        };
        logs.iter().map(|(origin, watched)| (origin.clone(), size(watched))).collect()
    }

    /// Answers `POST add-checkpoint`, at this instant in seconds since 1970-01-01 UTC.
    pub fn add_checkpoint(&self, body: &[u8], now_s: u64) -> Reply {
        let request = match Request::parse(body) {
            Ok(request) => request,
            Err(error) => return refused(&Refusal::Malformed(error), None),
        };
        let origin = match Note::parse(request.checkpoint.as_bytes()) {
            Ok(note) => note.claimed_origin().to_owned(),
            Err(error) => return refused(&Refusal::Malformed(error), None),
        };
        match self.watched(&origin) {
            Ok(None) => refused(&Refusal::UnknownLog, None),
            Ok(Some(watched)) => {
                let mut watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
                let reply = watched.answer(&self.identity, &request, now_s);
                watched.unsure = reply.status == 500;
                reply
            }
            Err(error) => failed(500, error.to_string()),
        }
    }

    /// The last cosigned checkpoint of the log whose origin has this hash, for monitors.
    pub fn shown(&self, origin_hash: &str) -> Option<String> {
        let plain = origin_hash.len() == 64 && origin_hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let path = self.directory.join("logs").join(origin_hash).join("checkpoint");
        let text = plain.then(|| beside::read(&path, MAX_NOTE_BYTES as u64).ok().flatten()).flatten();
        text.filter(|text| text != NOTHING_YET)
    }

    /// The log of this origin, read from the disk when it is asked for first.
    fn watched(&self, origin: &str) -> Result<Option<Arc<Mutex<Watched>>>, Error> {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = logs.get(origin) {
            return Ok(Some(watched.clone()));
        }
        let directory = log_folder(&self.directory, origin);
        let Some(key) = beside::read(&directory.join("log.pub"), MAX_KEY_FILE_BYTES)? else { return Ok(None) };
        if logs.len() >= MOST_LOGS {
            return Err(Error::Unusable(format!("this witness watches {MOST_LOGS} logs already")));
        }
        let log = VerifyingIdentity::parse(key.trim_end())?;
        let (held, last_time_s) = read_state(&directory, &log, self.identity.public())?;
        let watched =
            Arc::new(Mutex::new(Watched { directory, log, held, last_time_s, unsure: false, rate: Rate::default() }));
        logs.insert(origin.to_owned(), watched.clone());
        Ok(Some(watched))
    }
}

impl Watched {
    fn answer(&mut self, identity: &WitnessIdentity, request: &Request, now_s: u64) -> Reply {
        if !self.rate.allows(now_s) {
            return failed(429, format!("more than {REQUESTS_A_SECOND} requests a second about this log"));
        }
        if self.unsure {
            match read_state(&self.directory, &self.log, identity.public()) {
                Ok(state) => (self.held, self.last_time_s) = state,
                Err(error) => return failed(500, error.to_string()),
            }
        }
        let next = match decide(&self.log, self.held.as_ref(), request) {
            Ok(next) => next,
            Err(refusal) => return refused(&refusal, Some(&self.directory)),
        };
        // A clock that was set back would let a later cosignature say that it was given before an earlier one.
        if now_s < self.last_time_s {
            let behind = self.last_time_s - now_s;
            return failed(
                503,
                format!("the clock of this witness stands {behind} s before its last cosignature; set it"),
            );
        }
        let made = identity.cosign(&next.checkpoint.to_text(), now_s);
        // A flipped bit in memory must not become a state that this witness cannot read any more.
        let line = made.and_then(|line| cosigned(&next.signed, &line, identity.public()));
        let line = match line {
            Ok((line, _)) => line,
            Err(error) => return failed(500, error.to_string()),
        };
        let state = format!("{}{line}", next.signed);
        if let Err(error) = beside::replace(&self.directory.join("checkpoint"), state.as_bytes()) {
            return failed(500, error.to_string());
        }
        // If we crash here, the state stands and nobody has the cosignature: asking again gives another.
        (self.held, self.last_time_s) = (Some(next), now_s);
        Reply { status: 200, media_type: "text/plain; charset=utf-8", body: line, alarm: None }
    }
}

/// Requests of this second: a flood about one log costs no more than its share.
#[derive(Default)]
struct Rate {
    second_s: u64,
    count: u64,
}

impl Rate {
    fn allows(&mut self, now_s: u64) -> bool {
        if now_s != self.second_s {
            *self = Rate { second_s: now_s, count: 0 };
        }
        self.count += 1;
        self.count <= REQUESTS_A_SECOND
    }
}

fn read_state(
    directory: &Path,
    log: &VerifyingIdentity,
    witness: &VerifyingIdentity,
) -> Result<(Option<Held>, u64), Error> {
    let path = directory.join("checkpoint");
    let text = beside::read(&path, MAX_NOTE_BYTES as u64)?.ok_or_else(|| lost(&path))?;
    if text == NOTHING_YET {
        return Ok((None, 0));
    }
    let read = || {
        let (checkpoint, cosigned) = Checkpoint::open(text.as_bytes(), log, from_ref(witness))?;
        let signed = Note::parse(text.as_bytes())?.signed_by(from_ref(log))?;
        let time_s = cosigned.iter().filter_map(|cosigned| cosigned.time_s).max().ok_or(ledger::Error::NotSigned)?;
        Ok::<_, ledger::Error>((Some(Held { checkpoint, signed }), time_s))
    };
    read().map_err(|error| {
        let why = format!("`{}` is damaged: {error}; {RETIRE}", path.display());
        Error::Unusable(why)
    })
}

const RETIRE: &str = "restore the newest state there is; if there is none, retire this witness and make another with a key of \
    its own, as one that forgot what it cosigned would cosign a second history";

fn lost(path: &Path) -> Error {
    Error::Unusable(format!("`{}` is missing, so what was cosigned is not known; {RETIRE}", path.display()))
}

fn not_a_witness(directory: &Path) -> Error {
    let directory = directory.display();
    Error::Unknown(format!(
        "`{directory}` is no witness's folder; make one with `backstop witness init {directory} --name NAME`"
    ))
}

fn log_folder(directory: &Path, origin: &str) -> PathBuf {
    let path = directory.join("logs").join(monitor_path(origin));
    path.parent().expect("invariant: a log's checkpoint lies in its folder").to_owned()
}

/// The reply to a refused request; what it shows of the log is kept.
fn refused(refusal: &Refusal, directory: Option<&Path>) -> Reply {
    let (media_type, body) = refusal.answer();
    let evidence = match refusal {
        Refusal::Forked { evidence } => Some(evidence),
        Refusal::Inconsistent { evidence, .. } => evidence.as_ref(),
        Refusal::Malformed(_) | Refusal::NotSigned(_) | Refusal::UnknownLog | Refusal::Stale { .. } => None,
    };
    let alarm = evidence.zip(directory).and_then(|(evidence, directory)| {
        let origin = evidence.log.name();
        match keep(directory, evidence) {
            Ok(None) => None,
            Ok(Some(file)) => {
                Some(format!("ALARM: `{origin}` does not go on from what was cosigned; see `{}`", file.display()))
            }
            Err(error) => Some(format!(
                "ALARM: `{origin}` does not go on from what was cosigned, and keeping that failed: {error}"
            )),
        }
    });
    Reply { status: refusal.status(), media_type, body, alarm }
}

fn failed(status: u16, why: String) -> Reply {
    let alarm = (status == 500).then(|| format!("cannot answer: {why}"));
    Reply { status, media_type: "text/plain; charset=utf-8", body: format!("{why}\n"), alarm }
}
