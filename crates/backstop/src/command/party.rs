//! `backstop reader party` and `token`: which key a guarantor or party proves itself with to the server, and the proof itself.
//! Never shows a secret, and never lets in who only asks.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::onlooker::{LONGEST_MS, token};
use crate::station::{self, Station};
use crate::storage::{ReaderKey, ReaderSecret, Store};
use clap::Subcommand;
use mission::record::Body;
use mission::record::body::AdmittedOnlooker;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use terms::Party;
use terms::time::HOUR_MS;

#[derive(Subcommand)]
pub(super) enum PartyVerb {
    /// Let whoever holds this key see guarantees as that party may see them; a later key takes its place
    Add {
        /// The party, as pages of guarantees name it
        party: String,
        /// The public half, as `backstop reader new` prints it
        key: String,
    },
    /// Let nobody prove to be that party any more
    Remove {
        /// The party
        party: String,
    },
    /// List the parties that can prove themselves
    List,
}

/// What a proof takes.
#[derive(clap::Args)]
pub(super) struct TokenArgs {
    /// The file with the party's secret
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The party
    #[arg(long, value_name = "PARTY")]
    party: String,
    /// The log's name, as the mission gave it to you; `/api/v1/onlooker` shows it
    #[arg(long, value_name = "NAME")]
    origin: String,
    /// The store's public key, as the mission gave it to you; `/api/v1/onlooker` shows it
    #[arg(long, value_name = "KEY")]
    store_key: String,
    /// For how many hours it holds
    #[arg(long, default_value_t = 12, value_name = "HOURS", value_parser = clap::value_parser!(i64).range(1..=LONGEST_MS / HOUR_MS))]
    hours: i64,
}

fn named(party: &str) -> Result<Party, Failure> {
    Party::new(party).ok_or_else(|| Failure::new(Exit::Usage, format!("`{party}` is no name of a party")))
}

/// A reader's public key, with its first word or without.
pub(super) fn public_key(key: &str) -> Result<ReaderKey, Failure> {
    let bare = || ReaderKey::parse(&format!("backstop-reader/1 {key}"));
    ReaderKey::parse(key)
        .or_else(bare)
        .ok_or_else(|| Failure::new(Exit::Usage, "a reader's key is the line that `backstop reader new` prints"))
}

pub(super) fn run(common: &Common, verb: &PartyVerb) -> Result<Exit, Failure> {
    match verb {
        PartyVerb::Add { party, key } => {
            let (party, key) = (named(party)?, public_key(key)?);
            let said = AdmittedOnlooker { party: party.clone(), key: key.to_string() };
            write(common, Body::OnlookerAdmitted(said))?;
            common.say(format!("whoever holds this key sees guarantees as {party} may see them"));
        }
        PartyVerb::Remove { party } => {
            let party = named(party)?;
            if !station::read(common.store()?)?.0.onlookers().contains_key(&party) {
                let why = format!("no key of `{party}` is admitted; `backstop reader party list` names them");
                return Err(Failure::new(Exit::NotFound, why));
            }
            write(common, Body::OnlookerDismissed(party.clone()))?;
            common.say(format!("nobody can prove to be {party} from now on"));
        }
        PartyVerb::List => {
            let (mission, _) = station::read(common.store()?)?;
            if common.json {
                let line = |(party, held): (&Party, &std::sync::Arc<mission::Held<AdmittedOnlooker>>)| json!({ "party": party.as_str(), "key": held.what.key, "entry": held.entry, "at": held.received_at.to_string() });
                let parties: Vec<Value> = mission.onlookers().iter().map(line).collect();
                return print_json("backstop.reader-parties/1", Exit::Done, json!({ "parties": parties }));
            }
            let lines = mission.onlookers().iter().map(|(party, held)| {
                format!("{party}  {}  since {}, entry {}\n", held.what.key, held.received_at, held.entry)
            });
            return print(&lines.collect::<String>());
        }
    }
    Ok(Exit::Done)
}

fn write(common: &Common, body: Body) -> Result<(), Failure> {
    let mut station = Station::of(Store::open(common.store()?)?)?;
    station.write(&[body], now())?;
    station.publish()?;
    Ok(())
}

pub(super) fn prove(args: &TokenArgs) -> Result<Exit, Failure> {
    let secret = secret(&args.key)?;
    let store = public_key(&args.store_key)?;
    let until = now().shifted(args.hours * HOUR_MS);
    let made = token(&secret, store, &args.origin, &named(&args.party)?, until);
    let made =
        made.ok_or_else(|| Failure::new(Exit::Usage, "this store key is none: nothing secret follows from it"))?;
    print(&format!("{made}\n"))
}

fn secret(file: &Path) -> Result<ReaderSecret, Failure> {
    let shown = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::new(Exit::NotFound, format!("`{shown}`: {error}")))?;
    ReaderSecret::parse(text.trim_end())
        .ok_or_else(|| Failure::new(Exit::Usage, format!("`{shown}` is not what `backstop reader new` writes")))
}
