//! `backstop log`: the head, an entry, a receipt, what the verdicts rest on, and what is known as the log of a foreign monitor.

use super::mirror;
use super::outcome::{print, print_json};
use super::receipts::print_receipts;
use super::{Common, Exit, Failure, FootingArg, LogVerb, opening};
use crate::station;
use crate::storage::Reader;
use crate::witness::Standing;
use clause::Footing;
use ledger::witness::Request;
use mission::record::canonical::encode;
use mission::{Closed, Moment};
use serde_json::json;
use std::path::Path;

pub(super) fn run(common: &Common, verb: &LogVerb) -> Result<Exit, Failure> {
    match verb {
        LogVerb::Mirror { source, dir, log_key, follow } => {
            return mirror::mirror(common, source, dir, log_key.as_deref(), (*follow).into());
        }
        LogVerb::Export { to: Some(to), .. } => return mirror::export(common, to),
        LogVerb::Tail { count, follow } => return mirror::tail(common, *count, (*follow).into()),
        LogVerb::Head
        | LogVerb::Show { .. }
        | LogVerb::Export { .. }
        | LogVerb::Prove { .. }
        | LogVerb::Run { .. }
        | LogVerb::Open { .. }
        | LogVerb::Commit { .. }
        | LogVerb::Reveal { .. } => {}
    }
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
        LogVerb::Export { at, footing, .. } => export(common, at.as_deref(), (*footing).into()),
        LogVerb::Head => {
            Standing::of(&store).sentences().iter().for_each(|sentence| common.say(sentence));
            print(store.checkpoint_text())
        }
        LogVerb::Show { index } => {
            known(*index)?;
            let leaf = store.leaf(*index)?;
            let payload = match store.entry(*index)?.payload {
                Ok(payload) => encode(&payload),
                Err(_) => return show_closed(common, *index, &String::from_utf8_lossy(&leaf)),
            };
            let (leaf, payload) = (String::from_utf8_lossy(&leaf), String::from_utf8_lossy(&payload));
            if common.json {
                let (envelope, signature) = leaf.split_once('\n').unwrap_or((&leaf, ""));
                let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
                let data = json!({ "index": index, "envelope": parsed(envelope), "signature": signature.trim(), "payload": parsed(&payload) });
                return print_json("backstop.entry/1", Exit::Done, data);
            }
            print(&format!("{leaf}\n{payload}\n"))
        }
        LogVerb::Prove { index: Some(index), .. } => {
            known(*index)?;
            print(&store.prove(*index)?)
        }
        LogVerb::Open { index, field } => {
            known(*index)?;
            opening::open(&store, *index, field)
        }
        LogVerb::Commit { kind, payload, keep, class } => opening::commit(common, kind, payload, keep, (*class).into()),
        LogVerb::Reveal { kept } => opening::reveal(common, kept),
        LogVerb::Prove { index: None, old } => {
            let old = old.unwrap_or_default();
            let proof = store.prove_consistency(old)?;
            print(&Request { old, proof, checkpoint: store.checkpoint_text().to_owned() }.to_text())
        }
        // Answered above, without a store that is open.
        LogVerb::Mirror { .. } | LogVerb::Tail { .. } => Ok(Exit::Done),
        LogVerb::Run { against } => run_receipt(common, against.as_deref()),
    }
}

/// An entry of which only the envelope can be shown here, with the reason. "Erased" is an answer; "no key" is none.
fn show_closed(common: &Common, index: u64, leaf: &str) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let absent = mission.absent().find(|absent| absent.entry == index);
    let why = absent.map_or_else(|| "it was opened by a later entry".to_owned(), ToString::to_string);
    let erased = absent.is_some_and(|absent| absent.why == Closed::Erased && absent.order.is_some());
    let exit = if erased { Exit::Done } else { Exit::CannotTell };
    if common.json {
        let (envelope, signature) = leaf.split_once('\n').unwrap_or((leaf, ""));
        let envelope = serde_json::from_str::<serde_json::Value>(envelope).unwrap_or_default();
        let data = json!({ "index": index, "envelope": envelope, "signature": signature.trim(), "no_payload": why });
        return print_json("backstop.entry/1", exit, data);
    }
    print(&format!("{leaf}\n{why}\n"))?;
    Ok(exit)
}

/// Under the adopted agreement. What is left out is named on standard error, or in the JSON.
fn export(common: &Common, at: Option<&str>, footing: Footing) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let latest = || mission.latest().unwrap_or_else(crate::clock::now);
    let at = match at {
        None => latest(),
        Some(text) => terms::Instant::parse(text).ok_or_else(|| {
            let message = format!("`{text}` is no time; write it as `2026-04-12T12:00:00Z`");
            Failure::new(Exit::Usage, message)
        })?,
    };
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
