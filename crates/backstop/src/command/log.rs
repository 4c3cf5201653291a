//! `backstop log`: the head, an entry, a receipt, what the verdicts rest on, and what is known as the log of a foreign monitor.

use super::certificates;
use super::engine;
use super::mirror;
use super::opening::{self, Later};
use super::outcome::{print, print_json};
use super::receipts::print_receipts;
use super::{Common, Exit, Failure, FootingArg, LogVerb, instant_or};
use crate::station;
use crate::storage::Reader;
use crate::witness::Standing;
use clause::Footing;
use ledger::witness::Request;
use mission::Moment;
use mission::record::canonical::encode;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(common: &Common, verb: &LogVerb) -> Result<Exit, Failure> {
    match verb {
        LogVerb::Head => {
            let store = Reader::open(common.store()?)?;
            Standing::of(&store).sentences().iter().for_each(|sentence| common.say(sentence));
            engine::sentence_of(&store)?.iter().for_each(|sentence| common.say(sentence));
            print(store.checkpoint_text())
        }
        LogVerb::Join(args) => engine::join(common, args),
        LogVerb::Engine { whole } => engine::compare(common, (*whole).into()),
        LogVerb::Show { index } => show(common, &holding(common, *index)?, *index),
        LogVerb::Prove { index: Some(index), .. } => print(&holding(common, *index)?.prove(*index)?),
        LogVerb::Prove { index: None, old } => {
            let store = Reader::open(common.store()?)?;
            let old = old.unwrap_or_default();
            let proof = store.prove_consistency(old)?;
            print(&Request { old, proof, checkpoint: store.checkpoint_text().to_owned() }.to_text())
        }
        LogVerb::Tail { count, follow } => mirror::tail(common, *count, (*follow).into()),
        LogVerb::Mirror { source, dir, log_key, follow } => {
            mirror::mirror(common, source, dir, log_key.as_deref(), (*follow).into())
        }
        LogVerb::Export { to: Some(to), .. } => mirror::export(common, to),
        LogVerb::Export { at, footing, .. } => export(common, at.as_deref(), (*footing).into()),
        LogVerb::Open { index, field } => opening::open(&holding(common, *index)?, *index, field),
        LogVerb::Commit { kind, payload, keep, class } => opening::commit(common, kind, payload, keep, (*class).into()),
        LogVerb::Reveal { kept } => opening::reveal(common, kept),
        LogVerb::Check { rule, chances } => certificates::run(common, rule.as_deref(), *chances),
        LogVerb::Run { against } => run_receipt(common, against.as_deref()),
    }
}

/// The store, if it holds the entry.
fn holding(common: &Common, index: u64) -> Result<Reader, Failure> {
    let store = Reader::open(common.store()?)?;
    let size = store.size();
    if index < size {
        Ok(store)
    } else {
        Err(Failure::new(Exit::NotFound, format!("there is no entry {index}; the log has {size}")))
    }
}

fn show(common: &Common, store: &Reader, index: u64) -> Result<Exit, Failure> {
    let leaf = store.leaf(index)?;
    let leaf = String::from_utf8_lossy(&leaf);
    let Ok(payload) = store.entry(index)?.payload else { return show_closed(common, store, index, &leaf) };
    let payload = encode(&payload);
    let payload = String::from_utf8_lossy(&payload);
    if common.json {
        return print_entry(Exit::Done, index, &leaf, "payload", parsed(&payload));
    }
    print(&format!("{leaf}\n{payload}\n"))
}

fn parsed(canonical: &str) -> Value {
    serde_json::from_str(canonical).unwrap_or_default()
}

/// An entry as JSON, with what is to be said beside its leaf.
fn print_entry(exit: Exit, index: u64, leaf: &str, name: &str, said: Value) -> Result<Exit, Failure> {
    let (envelope, signature) = leaf.split_once('\n').unwrap_or((leaf, ""));
    let data = json!({ "index": index, "envelope": parsed(envelope), "signature": signature.trim(), name: said });
    print_json("backstop.entry/1", exit, data)
}

/// An entry of which only the envelope can be shown here, with the reason. "Erased" is an answer; "no key" is none.
fn show_closed(common: &Common, store: &Reader, index: u64, leaf: &str) -> Result<Exit, Failure> {
    let (mission, _) = station::of(store)?;
    let (exit, why) = match mission.absent().find(|absent| absent.entry == index) {
        Some(absent) if absent.order.is_some() => (Exit::Done, absent.to_string()),
        Some(absent) => (Exit::CannotTell, absent.to_string()),
        None => match opening::later(store, index)? {
            Some(Later::Opened(by)) => (Exit::Done, format!("it was opened by entry {by}: `backstop log show {by}`")),
            Some(Later::Erased(by)) => (Exit::Done, format!("it was erased by entry {by}")),
            None => (Exit::CannotTell, "what it says is not to be had".to_owned()),
        },
    };
    if common.json {
        return print_entry(exit, index, leaf, "no_payload", why.into());
    }
    print(&format!("{leaf}\n{why}\n"))?;
    Ok(exit)
}

/// Under the adopted agreement. What is left out is named on standard error, or in the JSON.
fn export(common: &Common, at: Option<&str>, footing: Footing) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let latest = || mission.latest().unwrap_or_else(crate::clock::now);
    let at = instant_or(at, latest)?;
    let moment = mission::Moment { known_at: latest(), judged_at: at };
    let view = mission.view(moment, mission::Reader::Mission);
    let Some(adopted) = &view.adopted else {
        let message = "the store has no agreement, and a log is written under one; see `backstop init --agreement`";
        return Err(Failure::new(Exit::NotFound, message));
    };
    let log = clause::mfotl_log(&adopted.what.agreement, &view.facts, footing, at);
    if common.json {
        let left_out = log.left_out.iter().map(|(what, why)| json!({ "what": what, "because": why }));
        let left_out: Vec<serde_json::Value> = left_out.collect();
        return print_json("backstop.log-export/1", Exit::Done, json!({ "log": log.text, "left_out": left_out }));
    }
    print(&log.text)?;
    for (what, why) in &log.left_out {
        common.say(format!("left out {what}: {why}"));
    }
    Ok(Exit::Done)
}

impl From<FootingArg> for Footing {
    fn from(footing: FootingArg) -> Footing {
        match footing {
            FootingArg::Proposed => Footing::Proposed,
            FootingArg::Established => Footing::Established,
            FootingArg::Ruled => Footing::Ruled,
        }
    }
}

/// Of the verdicts that the mission's staff sees when the newest entry was received.
fn run_receipt(common: &Common, against: Option<&Path>) -> Result<Exit, Failure> {
    let (mission, seal) = station::read(common.store()?)?;
    let moment = Moment::at(mission.latest().unwrap_or(terms::Instant::EARLIEST));
    let view = mission.view(moment, mission::Reader::Mission);
    let receipt = view.run_receipt((seal.size, &seal.root));
    let receipt =
        receipt.ok_or_else(|| Failure::new(Exit::NotFound, "no agreement is adopted, so nothing is judged"))?;
    print_receipts(common, &[receipt], against)
}
