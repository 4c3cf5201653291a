//! `backstop log`: the head, an entry, a receipt.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, LogVerb};
use crate::storage::Reader;
use mission::record::canonical::encode;
use serde_json::json;

pub(super) fn run(common: &Common, verb: &LogVerb) -> Result<Exit, Failure> {
    let store = Reader::open(common.store()?)?;
    let known = |index: u64| {
        let size = store.size();
        if index < size {
            Ok(())
        } else {
            Err(Failure::new(Exit::NotFound, format!("there is no entry {index}; the log has {size}")))
        }
    };
    match verb {
        LogVerb::Head => print(store.checkpoint_text()),
        LogVerb::Show { index } => {
            known(*index)?;
            let leaf = store.leaf(*index)?;
            let payload = encode(&store.payload(*index)?);
            let (leaf, payload) = (String::from_utf8_lossy(&leaf), String::from_utf8_lossy(&payload));
            if common.json {
                let (envelope, signature) = leaf.split_once('\n').unwrap_or((&leaf, ""));
                let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
                let data = json!({ "index": index, "envelope": parsed(envelope), "signature": signature.trim(), "payload": parsed(&payload) });
                return print_json("backstop.entry/1", Exit::Done, data);
            }
            print(&format!("{leaf}\n{payload}\n"))
        }
        LogVerb::Prove { index } => {
            known(*index)?;
            print(&store.prove(*index)?)
        }
    }
}
