//! `backstop witness`: countersign other people's logs, and say who countersigns this store's.
//!
//! Takes folders, keys and addresses; runs a witness, or keeps the store's trust file. Says what is missing with exit code
//! 3, and never that a quorum is met which is not.

use super::outcome::{print, print_json};
use super::serve::{THREADS, interrupted, listen, runtime};
use super::{Common, Exit, Failure};
use crate::storage::{Reader, Store};
use crate::witness::{Asker, Error, Folder, Standing, Trust, Whom, serve};
use clap::{Args, Subcommand};
use ledger::VerifyingIdentity;
use ledger::policy::Answer;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Args)]
pub(super) struct WitnessArgs {
    #[command(subcommand)]
    verb: WitnessVerb,
}

#[derive(Subcommand)]
enum WitnessVerb {
    /// Make the folder of a new witness, with a key of its own
    Init {
        /// The folder to make
        dir: PathBuf,
        /// Its name in the world, as `witness.example.org/one`: no spaces, no plus sign
        #[arg(long)]
        name: String,
    },
    /// Let a witness watch a log from now on
    Watch {
        /// The witness's folder
        dir: PathBuf,
        /// The log's public key, or the file that holds it: `keys/log.pub` of a store
        #[arg(value_name = "KEY")]
        log: String,
    },
    /// Run a witness
    Run {
        /// The witness's folder
        #[arg(long)]
        dir: PathBuf,
        /// Address to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:7312", value_name = "ADDRESS")]
        listen: SocketAddr,
    },
    /// Ask a witness to countersign this store's log from now on
    Add {
        /// Its address
        url: String,
        /// Its public key, or the file that holds it: `witness.pub` of its folder
        #[arg(value_name = "KEY")]
        witness: String,
    },
    /// Take the store's trust file as you wrote it: the line that checks it is made anew
    Accept,
    /// Say who countersigned, who is silent since when, and whether they are enough
    List,
    /// Ask a witness no more
    Remove {
        /// Its name; `list` says it
        name: String,
    },
    /// Ask all witnesses now for the log as it is published
    Ask {
        /// How long each may take
        #[arg(long, default_value_t = 5000, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=600_000))]
        timeout_ms: u64,
    },
}

pub(super) fn run(common: &Common, args: &WitnessArgs) -> Result<Exit, Failure> {
    match &args.verb {
        WitnessVerb::Init { dir, name } => {
            let key = Folder::create(dir, name)?;
            common.say(format!("made {}; keep `witness.key` where nobody else reads it", dir.display()));
            common.say(format!(
                "next: backstop witness watch {0} KEY-OF-A-LOG, then backstop witness run --dir {0}",
                dir.display()
            ));
            if common.json {
                return print_json(
                    "backstop.witness-init/1",
                    Exit::Done,
                    json!({ "dir": dir, "key": key.to_string() }),
                );
            }
            print(&format!("{key}\n"))
        }
        WitnessVerb::Watch { dir, log } => {
            let log = key(log)?;
            let new = Folder::watch(dir, &log)?;
            common.say(format!("{} {}", if new { "watches" } else { "watches already:" }, log.name()));
            if common.json {
                return print_json(
                    "backstop.witness-watch/1",
                    Exit::Done,
                    json!({ "log": log.to_string(), "new": new }),
                );
            }
            Ok(Exit::Done)
        }
        WitnessVerb::Run { dir, listen } => run_witness(common, dir, *listen),
        WitnessVerb::Add { url, witness } => {
            let store = Reader::open(common.store()?)?;
            let witness = key(witness)?;
            Trust::add(store.directory(), &store.keys().log, url, &witness)?;
            common.say(format!(
                "asks {} at {url} from the next publication on; `backstop witness ask` asks now",
                witness.name()
            ));
            common.say(format!("its operator runs: backstop witness watch DIR '{}'", store.keys().log));
            Ok(Exit::Done)
        }
        WitnessVerb::Accept => {
            let trust = Trust::accept(common.store()?)?;
            common.say(format!("{} witnesses; the file counts as it stands", trust.policy.witnesses().len()));
            Ok(Exit::Done)
        }
        WitnessVerb::List => told(common, &Standing::of(&Reader::open(common.store()?)?)),
        WitnessVerb::Remove { name } => {
            Trust::remove(common.store()?, name)?;
            common.say(format!("{name} is asked no more"));
            Ok(Exit::Done)
        }
        WitnessVerb::Ask { timeout_ms } => {
            let mut store = Store::open(common.store()?)?;
            let asker = Asker::new(Duration::from_millis(*timeout_ms));
            told(common, &asker.ask(&mut store, Whom::Everyone)?)
        }
    }
}

fn told(common: &Common, standing: &Standing) -> Result<Exit, Failure> {
    let exit = standing.exit();
    if common.json {
        return print_json("backstop.witnesses/1", exit, standing.json());
    }
    print(&standing.list())?;
    Ok(exit)
}

fn run_witness(common: &Common, dir: &Path, address: SocketAddr) -> Result<Exit, Failure> {
    let folder = Arc::new(Folder::open(dir)?);
    let quiet = common.quiet;
    let say = move |alarm: &str| {
        if !quiet {
            eprintln!("{}: {alarm}", crate::clock::now());
        }
    };
    runtime(THREADS)?.block_on(async {
        let listener = listen(address).await?;
        let logs = folder.logs().len();
        common.say(format!("witness {} watches {logs} logs at http://{}", folder.public().name(), listener.local_addr()?));
        if !address.ip().is_loopback() {
            common.say("warning: this address can be reached from other machines; there is no TLS here, so put a proxy before it");
        }
        serve(listener, folder, Arc::new(say), interrupted()).await.map_err(Failure::from)
    })?;
    Ok(Exit::Done)
}

/// A key as it is typed, or from a file.
fn key(text: &str) -> Result<VerifyingIdentity, Failure> {
    let usage = |why: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("`{text}`: {why}"));
    let line = if Path::new(text).is_file() { super::fill::read_text(Path::new(text))? } else { text.to_owned() };
    VerifyingIdentity::parse(line.trim()).map_err(|error| usage(&error))
}

impl Standing {
    /// How a command that asks for the standing ends.
    fn exit(&self) -> Exit {
        match self.answer() {
            _ if self.has_alarm() => Exit::Findings,
            None | Some(Answer::Satisfied) => Exit::Done,
            Some(Answer::NotSatisfied) => Exit::Findings,
            Some(Answer::CannotTell) => Exit::CannotTell,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Storage(error) => error.into(),
            Error::Unusable(why) => Failure::new(Exit::Usage, why),
            Error::Unknown(why) => Failure::new(Exit::NotFound, why),
        }
    }
}
