//! A store asks its witnesses: all at once, each within a time, after the checkpoint was published. Takes a store; writes the
//! cosignatures that hold under its checkpoint in one step, and what came of each into what is remembered. Never believes a
//! cosignature unchecked, and never fails to publish because a witness does not answer.

use super::standing::Standing;
use super::trust::{Alarm, Seen, SeenWitness, Trouble, Trust, folder};
use super::{Error, keep};
use crate::client;
use crate::clock::now;
use crate::storage::{self, Reader, Store};
use ledger::evidence::{Evidence, compare};
use ledger::policy::Witness;
use ledger::witness::{Answer, MAX_ANSWER_BYTES, Request, cosigned, monitor_path};
use ledger::{Checkpoint, Note};
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};
use ureq::Agent;

/// A witness that was silent is asked again after this long, so that it slows nobody down in between.
const LEFT_ALONE_MS: i64 = 60_000;
/// The time that a witness has to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Asks witnesses, and keeps its connections open in between.
pub struct Asker {
    /// Made when somebody is asked first: it reads the machine's list of authorities.
    agent: OnceLock<Agent>,
    patience: Duration,
}

/// Which witnesses are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those that have not cosigned the present checkpoint, but for those that were silent a moment ago.
    Promising,
    /// All.
    Everyone,
}

/// The name of a witness, and what it shows that it holds, or why that cannot be told.
pub type Shown = (String, Result<Checkpoint, String>);

/// What came of asking one witness.
enum Outcome {
    Cosigned { line: String, went_back: Option<u64> },
    Silent(String),
    Refused(String),
    Alarm { what: String, evidence: Option<Box<Evidence>>, note: Option<String> },
}

impl Default for Asker {
    fn default() -> Asker {
        Asker::new(PATIENCE)
    }
}

impl Asker {
    /// Asks with this much patience for each witness.
    #[must_use]
    pub fn new(patience: Duration) -> Asker {
        Asker { agent: OnceLock::new(), patience }
    }

    fn agent(&self) -> &Agent {
        self.agent.get_or_init(|| client::agent(self.patience))
    }

    /// Publishes what is durable, and asks the witnesses for it.
    ///
    /// # Errors
    /// Those of [`Store::publish`]. What witnesses do is no error; the standing says it.
    pub fn publish(&self, store: &mut Store) -> Result<Standing, storage::Error> {
        store.publish()?;
        Ok(self.ask(store, Whom::Promising).unwrap_or_else(|error| Standing::unknown(&error)))
    }

    /// Asks the witnesses to cosign the present checkpoint.
    ///
    /// # Errors
    /// When the trust file cannot be read, or the disk refuses. What witnesses do is no error.
    pub fn ask(&self, store: &mut Store, whom: Whom) -> Result<Standing, Error> {
        let directory = store.directory().to_owned();
        let Some(trust) = Trust::read(&directory)? else { return Ok(Standing::of(store)) };
        let mut seen = Seen::read(&directory);
        let asked_at_ms = now().ms();
        let present = cosignatures(store, &trust);
        let asked: Vec<(usize, &Witness, SeenWitness)> = (0..)
            .zip(trust.policy.witnesses())
            .map(|(at, witness)| (at, witness, seen.of(&witness.name, witness.vkey())))
            .filter(|(at, witness, seen)| {
                let left_alone =
                    |trouble: &Trouble| trouble.silent && asked_at_ms - trouble.asked_at_ms < LEFT_ALONE_MS;
                let promising = present[*at].is_none() && !seen.trouble.as_ref().is_some_and(left_alone);
                witness.url.is_some() && (whom == Whom::Everyone || promising)
            })
            .collect();
        if asked.is_empty() {
            return Ok(Standing::of(store));
        }
        let reader: &Reader = store;
        let outcomes: Vec<Outcome> = thread::scope(|scope| {
            let one = |witness, size| scope.spawn(move || self.ask_one(reader, witness, size));
            let asking: Vec<_> = asked.iter().map(|(_, witness, seen)| one(*witness, seen.size)).collect();
            asking.into_iter().map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let mut lines = present.clone();
        for ((at, witness, mut remembered), outcome) in asked.iter().cloned().zip(outcomes) {
            if let Outcome::Cosigned { line, .. } = &outcome {
                lines[at] = Some(line.clone());
            }
            remember(&directory, &mut remembered, outcome, store.checkpoint(), asked_at_ms)?;
            seen.witnesses.insert(witness.name.clone(), remembered);
        }
        if lines != present {
            let text = store.signed_checkpoint()? + &lines.into_iter().flatten().collect::<String>();
            store.set_cosigned(text)?;
        }
        seen.write(&directory)?;
        Ok(Standing::of(store))
    }

    /// What each witness of the store shows that it holds of this log, by its name. Nothing is sent, and nothing written.
    ///
    /// # Errors
    /// When the trust file cannot be read. A witness that does not answer is no error.
    pub fn held_elsewhere(&self, store: &Reader) -> Result<Vec<Shown>, Error> {
        let Some(trust) = Trust::read(store.directory())? else { return Ok(Vec::new()) };
        let look = |witness: &Witness| {
            let url = witness.url.as_ref().ok_or_else(|| "it has no address".to_owned())?;
            Ok(self.shown(store, url, Instant::now() + self.patience)?.1)
        };
        Ok(trust.policy.witnesses().iter().map(|witness| (witness.name.clone(), look(witness))).collect())
    }

    /// Asks one witness, from the size that it is thought to hold; if it says another, once more from there.
    fn ask_one(&self, store: &Reader, witness: &Witness, remembered: u64) -> Outcome {
        let (Some(url), Some(key)) = (&witness.url, witness.key()) else {
            return Outcome::Refused("its key is of a kind that is not checked here".into());
        };
        let until = Instant::now() + self.patience;
        let checkpoint = store.checkpoint();
        let mut old = remembered.min(checkpoint.size);
        let mut went_back = None;
        for _ in 0..2 {
            let request = match request(store, old) {
                Ok(request) => request,
                Err(error) => return Outcome::Refused(format!("it was not asked: {error}")),
            };
            let (status, body) = match self.post(&format!("{url}/add-checkpoint"), &request.to_text(), until) {
                Ok(answer) => answer,
                Err(why) => return Outcome::Silent(why),
            };
            let holds = match Answer::parse(status, &body) {
                Err(error) => return Outcome::Refused(error.to_string()),
                Ok(Answer::Lines(lines)) => {
                    return match cosigned(&request.checkpoint, &lines, key) {
                        Ok((line, _)) => Outcome::Cosigned { line, went_back },
                        Err(error) => {
                            Outcome::Refused(format!("what it answered is no cosignature of its key: {error}"))
                        }
                    };
                }
                // 422: what it holds is not the beginning of this log, or it reads proofs otherwise.
                Ok(Answer::Refused { status: 422, why }) => return self.contradicted(store, url, until, why),
                Ok(Answer::Refused { status, why }) => return Outcome::Refused(format!("{status} {why}")),
                Ok(Answer::Holds { size }) => size,
            };
            if holds > checkpoint.size {
                return self.ahead(store, url, until, holds);
            }
            if holds == old {
                return self.contradicted(store, url, until, format!("it holds another root of size {holds}"));
            }
            if holds < remembered {
                went_back = Some(holds);
            }
            old = holds;
        }
        Outcome::Refused("it names another size each time; another process may be asking for this log too".into())
    }

    /// The witness holds a larger log than this store: the store went back, or somebody signs with its key elsewhere.
    fn ahead(&self, store: &Reader, url: &str, until: Instant, size: u64) -> Outcome {
        let here = store.checkpoint().size;
        match self.shown(store, url, until) {
            Ok((note, theirs)) if theirs.size > here => {
                let what = format!(
                    "it holds a checkpoint of {} entries that this log's key signed, and here are only {here}: this store was \
                     put back to an older state, or its key signs elsewhere too",
                    theirs.size
                );
                Outcome::Alarm { what, evidence: None, note: Some(note) }
            }
            Ok(_) | Err(_) => {
                Outcome::Refused(format!("it says that it holds {size} entries, more than {here}, and shows none"))
            }
        }
    }

    /// The witness says that this log does not begin with what it holds; looks whether that is so.
    fn contradicted(&self, store: &Reader, url: &str, until: Instant, why: String) -> Outcome {
        let log = &store.keys().log;
        let compared = self.shown(store, url, until).and_then(|(note, _)| {
            let ours = store.signed_checkpoint().map_err(|error| error.to_string())?;
            compare(log, &note, &ours, |subtree| store.subtree(subtree)).map_err(|error| error.to_string())
        });
        match compared {
            Ok(Some(evidence)) => {
                let what = "it holds a checkpoint that this log's key signed and that is no beginning of this log: two \
                    histories were signed";
                Outcome::Alarm { what: what.into(), evidence: Some(Box::new(evidence)), note: None }
            }
            Ok(None) => Outcome::Refused(format!("it refused a log that goes on from what it holds: {why}")),
            Err(problem) => Outcome::Refused(format!("{why}; what it holds could not be looked at: {problem}")),
        }
    }

    /// What a witness holds of this log, as it shows it to monitors, without the cosignatures.
    fn shown(&self, store: &Reader, url: &str, until: Instant) -> Result<(String, Checkpoint), String> {
        let log = &store.keys().log;
        let url = format!("{url}/{}", monitor_path(log.name()));
        let call = self.agent().get(&url).config().timeout_global(Some(left(until))).build().call();
        let mut response = call.map_err(|error| error.to_string())?;
        if response.status() != 200 {
            return Err(format!("it answered {} to `GET {url}`", response.status().as_u16()));
        }
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES as u64).read_to_vec();
        let body = body.map_err(|error| error.to_string())?;
        let (checkpoint, _) = Checkpoint::open(&body, log, &[]).map_err(|error| error.to_string())?;
        let note = Note::parse(&body).and_then(|note| note.signed_by(std::slice::from_ref(log)));
        Ok((note.map_err(|error| error.to_string())?, checkpoint))
    }

    fn post(&self, url: &str, body: &str, until: Instant) -> Result<(u16, Vec<u8>), String> {
        let call = self.agent().post(url).config().timeout_global(Some(left(until))).build();
        let mut response =
            call.content_type("text/plain; charset=utf-8").send(body).map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES as u64).read_to_vec();
        Ok((status, body.map_err(|error| error.to_string())?))
    }
}

/// The time that is left, and never none: that would mean to wait for ever.
fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

fn request(store: &Reader, old: u64) -> Result<Request, storage::Error> {
    let nothing_to_prove = old == 0 || old == store.checkpoint().size;
    let proof = if nothing_to_prove { Vec::new() } else { store.prove_consistency(old)? };
    Ok(Request { old, proof, checkpoint: store.signed_checkpoint()? })
}

/// By witness of the policy: its line under the present checkpoint, if that holds.
fn cosignatures(store: &Reader, trust: &Trust) -> Vec<Option<String>> {
    let line = |witness: &Witness| cosigned(store.checkpoint_text(), "", witness.key()?).ok().map(|(line, _)| line);
    trust.policy.witnesses().iter().map(line).collect()
}

/// Writes down what came of asking.
fn remember(
    store: &Path,
    seen: &mut SeenWitness,
    outcome: Outcome,
    checkpoint: &Checkpoint,
    at_ms: i64,
) -> Result<(), Error> {
    let since_ms = seen.trouble.as_ref().map_or(at_ms, |trouble| trouble.since_ms);
    let trouble = |silent, why: String| Some(Trouble { since_ms, asked_at_ms: at_ms, silent, why });
    let mut alarm = None;
    if !matches!(outcome, Outcome::Silent(_)) {
        seen.answered_at_ms = Some(at_ms);
    }
    match outcome {
        Outcome::Cosigned { went_back, .. } => {
            alarm = went_back.map(|held| {
                format!(
                    "it had cosigned {} entries and then held only {held}: it was put back to an older state, and may have \
                     cosigned another history in between",
                    seen.size
                )
            });
            (seen.size, seen.trouble) = (checkpoint.size, None);
        }
        Outcome::Silent(why) => seen.trouble = trouble(true, why),
        Outcome::Refused(why) => seen.trouble = trouble(false, why),
        Outcome::Alarm { what, evidence, note } => {
            let mut what = what;
            if let Some(file) = evidence.and_then(|evidence| keep(&folder(store), &evidence).transpose()) {
                what = format!("{what}; the evidence is in `{}`", file?.display());
            }
            if let Some(note) = note {
                let file = folder(store).join("larger.note");
                storage::beside::replace(&file, note.as_bytes())?;
                what = format!("{what}; that checkpoint is kept in `{}`", file.display());
            }
            seen.trouble = trouble(false, what.clone());
            alarm = Some(what);
        }
    }
    if let Some(what) = alarm {
        // The first alarm stays; a later one of the same kind says no more.
        seen.alarm.get_or_insert(Alarm { at_ms, what });
    }
    Ok(())
}
