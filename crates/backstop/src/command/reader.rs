//! `backstop reader`: which organisations may read which class of a copy of the store. Never shows a secret: `new` writes
//! one into a file, and everything else works with the public half.

use super::outcome::{print, print_json};
use super::{ClassArg, Common, Exit, Failure, ReaderVerb};
use crate::storage::{Entitled, Reader, ReaderKey, Store, new_reader_secret};
use mission::record::envelope::Class;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

pub(super) fn run(common: &Common, verb: &ReaderVerb) -> Result<Exit, Failure> {
    match verb {
        ReaderVerb::New { file } => {
            let secret = new_reader_secret()?;
            let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
            written.write_all(secret.to_line().as_bytes())?;
            written.sync_all()?;
            common.say(format!("the secret is in {}; who has it reads, who loses it does not", file.display()));
            print(&format!("{}\n", secret.public()))
        }
        ReaderVerb::Add { name, key, class } => {
            let bare = || ReaderKey::parse(&format!("backstop-reader/1 {key}"));
            let key = ReaderKey::parse(key).or_else(bare).ok_or_else(|| {
                Failure::new(Exit::Usage, "a reader's key is the line that `backstop reader new` prints")
            })?;
            let classes = class.iter().map(|class| Class::from(*class)).collect();
            Store::open(common.store()?)?.entitle(Entitled { name: name.clone(), key, classes })?;
            common.say(format!("`{name}` reads these classes, past and future, in every copy made from now on"));
            Ok(Exit::Done)
        }
        ReaderVerb::Remove { name } => {
            Store::open(common.store()?)?.disentitle(name)?;
            common.say(format!(
                "`{name}` reads nothing in copies made from now on; what it could read before it may have copied"
            ));
            Ok(Exit::Done)
        }
        ReaderVerb::List => {
            let readers = Reader::open(common.store()?)?.readers();
            let words = |reader: &Entitled| reader.classes.iter().map(|class| class.word()).collect::<Vec<_>>();
            if common.json {
                let shown = readers.iter().map(
                    |reader| json!({ "name": reader.name, "key": reader.key.to_string(), "classes": words(reader) }),
                );
                return print_json("backstop.readers/1", Exit::Done, json!({ "readers": shown.collect::<Vec<_>>() }));
            }
            let line = |reader: &Entitled| format!("{}  {}  {}\n", reader.name, words(reader).join(","), reader.key);
            print(&readers.iter().map(line).collect::<String>())
        }
    }
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
