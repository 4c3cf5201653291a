//! `backstop reader`: which organisations may read which class of a copy of the store. Never shows a secret: `new` writes
//! one into a file, and everything else works with the public half.

use super::outcome::{print, print_json, write_secret};
use super::{ClassArg, Common, Exit, Failure};
use crate::clock::now;
use crate::station::{self, entry};
use crate::storage::{Entitled, Reader, Store, new_reader_secret};
use clap::{Args, Subcommand};
use mission::record::Body;
use mission::record::body::Entitlement;
use mission::record::envelope::Class;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What the store calls itself among the readers.
const STORE: &str = "store";

#[derive(Args)]
pub(super) struct ReaderArgs {
    #[command(subcommand)]
    verb: ReaderVerb,
}

#[derive(Subcommand)]
enum ReaderVerb {
    /// Make a secret for an organisation, and print its public half
    New {
        /// Where to write the secret
        file: PathBuf,
    },
    /// Let an organisation read classes, their past too
    Add {
        /// Its name: lower-case letters, digits, `.` and `-`
        name: String,
        /// The public half, as `backstop reader new` prints it
        key: String,
        /// A class; can be given more than once
        #[arg(long, value_enum, required = true)]
        class: Vec<ClassArg>,
    },
    /// List who may read what
    List,
    /// Say which guarantors and parties can prove themselves to the server, and see what is closed to others
    Party {
        #[command(subcommand)]
        verb: super::party::PartyVerb,
    },
    /// Prove to a server to be a party: a token for its sign-in, which holds for some hours
    Token(super::party::TokenArgs),
    /// Let an organisation read nothing in copies made from now on
    Remove {
        /// Its name
        name: String,
    },
}

pub(super) fn run(common: &Common, args: &ReaderArgs) -> Result<Exit, Failure> {
    match &args.verb {
        ReaderVerb::New { file } => {
            let secret = new_reader_secret()?;
            write_secret(file, secret.to_line().as_bytes())?;
            common.say(format!("the secret is in {}; who has it reads, who loses it does not", file.display()));
            if common.json {
                let data = json!({ "file": file, "key": secret.public().to_string() });
                return print_json("backstop.reader-new/1", Exit::Done, data);
            }
            print(&format!("{}\n", secret.public()))
        }
        ReaderVerb::Add { name, key, class } => {
            let key = super::party::public_key(key)?;
            let classes = class.iter().map(|class| Class::from(*class)).collect();
            let reader = Entitled { name: name.clone(), key, classes };
            let mut store = Store::open(common.store()?)?;
            store.may_entitle(&reader)?;
            // First the entry: nobody reads of whom the record does not say so. If we stop here, it says more than is, and
            // whoever asked asks again.
            let classes = reader.classes.iter().copied().collect();
            let said = Entitlement { reader: name.clone(), key: key.to_string(), classes };
            record(&mut store, &Body::ReaderEntitled(said))?;
            store.entitle(reader.clone())?;
            common.say(format!("`{name}` reads these classes, past and future, in every copy made from now on"));
            if common.json {
                return print_json("backstop.reader-add/1", Exit::Done, shown(&reader));
            }
            Ok(Exit::Done)
        }
        ReaderVerb::Party { verb } => super::party::run(common, verb),
        ReaderVerb::Token(args) => super::party::prove(args),
        ReaderVerb::Remove { name } => {
            let mut store = Store::open(common.store()?)?;
            if store.readers().iter().all(|reader| reader.name != *name) {
                let why = format!("there is no reader `{name}`; `backstop reader list` names them");
                return Err(Failure::new(Exit::NotFound, why));
            }
            store.disentitle(name)?;
            // If we stop before this, the record says of somebody who reads no more that it may.
            record(&mut store, &Body::ReaderRemoved(name.clone()))?;
            common.say(format!(
                "`{name}` reads nothing in copies made from now on; what it could read before it may have copied"
            ));
            if common.json {
                return print_json("backstop.reader-remove/1", Exit::Done, json!({ "name": name }));
            }
            Ok(Exit::Done)
        }
        ReaderVerb::List => {
            let store = Reader::open(common.store()?)?;
            let mut readers = store.readers();
            readers.sort_by(|one, other| one.name.cmp(&other.name));
            let (mission, _) = station::of(&store)?;
            // The store's own key came with it; of it no entry speaks.
            let since = |reader: &Entitled| {
                let held = mission.readers().get(&reader.name)?;
                (held.what.key == reader.key.to_string() && held.what.classes.iter().eq(&reader.classes))
                    .then_some((held.entry, held.received_at))
            };
            if common.json {
                let shown = |reader: &Entitled| {
                    let mut data = shown(reader);
                    data["since"] =
                        json!(since(reader).map(|(entry, at)| json!({ "entry": entry, "at": at.to_string() })));
                    data
                };
                let readers: Vec<Value> = readers.iter().map(shown).collect();
                return print_json("backstop.readers/1", Exit::Done, json!({ "readers": readers }));
            }
            let line = |reader: &Entitled| {
                let since = match since(reader) {
                    Some((entry, at)) => format!("since {at}, entry {entry}"),
                    None if reader.name == STORE => "the store itself".to_owned(),
                    None => "no entry says since when".to_owned(),
                };
                format!("{}  {}  {}  {since}\n", reader.name, words(reader).join(","), reader.key)
            };
            print(&readers.iter().map(line).collect::<String>())
        }
    }
}

/// Writes who may read, or no more, to the log, and publishes it.
fn record(store: &mut Store, body: &Body) -> Result<(), Failure> {
    let data_class = store.settings().data_class;
    store.append(vec![entry(body, now(), data_class)])?;
    store.publish()?;
    Ok(())
}

fn words(reader: &Entitled) -> Vec<&'static str> {
    reader.classes.iter().map(|class| class.word()).collect()
}

fn shown(reader: &Entitled) -> Value {
    json!({ "name": reader.name, "key": reader.key.to_string(), "classes": words(reader) })
}

impl From<ClassArg> for Class {
    fn from(class: ClassArg) -> Class {
        match class {
            ClassArg::Public => Class::Public,
            ClassArg::Mission => Class::Mission,
            ClassArg::Restricted => Class::Restricted,
        }
    }
}
