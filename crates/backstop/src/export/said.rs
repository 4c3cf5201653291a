//! What entries say, a line each, and the page that explains an export. Takes a store, a view and a reader; gives text. Never holds
//! what an entry says that the reader may not see: then it says why instead.

use super::{Error, Exported};
use crate::storage::{Entry, Reader as StoreReader};
use ledger::tree::leaf_hash;
use mission::record::canonical::{Value, encode};
use mission::record::envelope::Class;
use mission::record::hex::hex;
use mission::{Closed, Reader, View};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write;
use terms::{Release, SourceId};

/// Every published entry as a line of JSON.
pub(super) fn entries(
    store: &StoreReader,
    view: &View,
    reader: Reader,
    to: &mut impl Write,
    exported: &mut Exported,
) -> Result<(), Error> {
    let failed = |error| Error::Io("entries.jsonl".into(), error);
    for read in store.entries_with_leaves() {
        let (entry, leaf) = read?;
        let envelope = &entry.envelope;
        let mut line = json!({
            "index": entry.index, "kind": envelope.kind, "class": envelope.class.word(), "author": envelope.author.to_string(),
            "received_at_ms": envelope.received_at_ms, "commitment": hex(&envelope.commitment),
            "leaf": hex(&leaf_hash(&leaf).0), "data_class": store.settings().data_class.word(),
        });
        match shown(&entry, view, reader) {
            Ok(payload) => {
                line["payload"] =
                    serde_json::from_slice(&encode(payload)).expect("invariant: canonical values are JSON");
                exported.said += 1;
            }
            Err(why) => {
                line["closed"] = json!(why);
                *exported.closed.entry(why).or_default() += 1;
            }
        }
        writeln!(to, "{line}").map_err(failed)?;
    }
    to.flush().map_err(failed)
}

/// What an entry says, or why this reader is not shown it.
fn shown<'a>(entry: &'a Entry, view: &View, reader: Reader) -> Result<&'a Value, String> {
    let closed = |why: &Closed| match why {
        Closed::Erased => "erased by an order in the log",
        Closed::Sealed => "sealed to the store's own reader",
        Closed::Withheld { .. } => "committed to, and not opened yet",
    };
    let payload = entry.payload.as_ref().map_err(|why| closed(why).to_owned())?;
    match (entry.envelope.class, reader) {
        (Class::Restricted, _) => return Err("restricted".into()),
        (Class::Mission, Reader::Public) => return Err("for the mission's own readers".into()),
        (Class::Mission, Reader::Mission) | (Class::Public, _) => {}
    }
    let Value::Fields(fields) = payload else { return Ok(payload) };
    if let (Reader::Public, Some(Value::Text(source))) = (reader, fields.get("source")) {
        let release = SourceId::new(source).and_then(|id| Some(view.sources.get(&id)?.release));
        if release != Some(Release::Rows) {
            return Err(format!("the licence of source `{source}` lets no rows out"));
        }
    }
    Ok(payload)
}

/// The page beside the files.
pub(super) fn readme(view: &View, exported: &Exported, store: &StoreReader, reader: Reader) -> String {
    let settings = store.settings();
    let mut text = format!("{}: mission {}\n", settings.data_class.word().to_uppercase(), settings.mission);
    let mut line = |words: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{words}");
    };
    let whom = match reader {
        Reader::Mission => {
            "the mission's own readers. Do not pass it on: each row says in `release` what its licence lets out"
        }
        Reader::Public => {
            "anyone. What licences do not let out, or is for the mission alone, is counted below and is not in it"
        }
    };
    line(format_args!("\nThis is an export of everything that was recorded, for {whom}."));
    line(format_args!(
        "It goes up to entry {} of the log; root {} ({}).",
        exported.size,
        exported.root,
        store.checkpoint().origin
    ));
    let latest =
        view.latest.map_or_else(|| "nothing was received".to_owned(), |latest| format!("what was known at {latest}"));
    line(format_args!("Rows and verdicts are those of {latest}. Times are UTC.\n"));
    line(format_args!("To check the files:   sha256sum -c SHA256SUMS"));
    line(format_args!(
        "To check the log:     python3 check.py, or any client of C2SP tlog-tiles; its public key is keys/log.pub,"
    ));
    line(format_args!("                      which you compare with the one that you were given by somebody else\n"));
    line(format_args!("entries.jsonl         each entry of the log: {} with what they say", exported.said));
    for (why, count) in &exported.closed {
        line(format_args!("                      {count} without: {why}"));
    }
    for (table, rows) in &exported.rows {
        line(format_args!("{:<21} {rows} rows; with places also as GeoJSON, the same rows", format!("{table}.csv")));
    }
    line(format_args!("agreements/ENTRY/     the text as adopted by that entry, with its maps"));
    line(format_args!("bulletins/            {} bulletins as they were given out", exported.bulletins));
    match exported.evidence {
        0 => line(format_args!("evidence/             none in this export")),
        count => line(format_args!(
            "evidence/             {count} items, each under its SHA-256; custody.csv says who had them"
        )),
    }
    line(format_args!(
        "log/, keys/, payloads/  the log with hashes and leaves, public keys, and what everyone may read\n"
    ));
    line(format_args!(
        "A place is the outline within which it is known to lie, never a point. `chance_ppm` is parts in a million."
    ));
    line(format_args!(
        "\"Cannot tell\" and empty cells mean what they say: not known. Where nobody looked stands in efforts.csv.\n"
    ));
    line(format_args!("Sources and their terms:"));
    for source in view.sources.values() {
        let withheld = view.withheld.get(&source.id).copied().unwrap_or_default();
        line(format_args!(
            "  {}: {}. Licence: {}. To be named as: {}. {withheld} rows withheld.",
            source.id, source.title, source.licence, source.attribution
        ));
    }
    for finding in &exported.findings {
        line(format_args!("\nNOTE: {finding}"));
    }
    text
}
