//! `backstop status`: what the store holds.

use super::outcome::{print, print_json};
use super::serve::snapshot;
use super::{Common, Exit, Failure, engine};
use crate::backup::{Known, known_backups};
use crate::storage;
use fusion::Pools;
use mission::Reader;
use serde_json::json;
use std::fmt::Write;

pub(super) fn run(common: &Common) -> Result<Exit, Failure> {
    let status = snapshot(common.store()?, Reader::Mission, &mut Pools::default())?.status();
    let backups = known_backups(common.store()?)?;
    let store = storage::Reader::open(common.store()?)?;
    if common.json {
        let mut data = serde_json::to_value(&status).expect("invariant: a status is plain JSON");
        let known =
            backups.iter().map(|known| json!({ "to": known.to, "size": known.size, "verified_at": known.verified_at }));
        data["backups"] = known.collect();
        if let Some(engine) = engine::said_of(&store)? {
            data["engine"] = engine;
        }
        return print_json("backstop.status/1", Exit::Done, data);
    }
    let mut text = String::new();
    let counts = &status.counts;
    let _ = writeln!(text, "mission       {} ({})", status.mission, status.data_class.to_uppercase());
    let _ = writeln!(text, "agreement     {}", status.agreement.as_deref().unwrap_or("none adopted"));
    let _ = writeln!(text, "log           {} entries, root {}", status.log.size, status.log.root);
    if let Some(sentence) = engine::sentence_of(&store)? {
        let _ = writeln!(text, "engine        {sentence}");
    }
    let _ = writeln!(text, "observations  {}, and {} claims by parties", counts.observations, counts.claims);
    let _ = writeln!(text, "efforts       {}", counts.efforts);
    let _ = writeln!(text, "incidents     {} proposed by the machine", counts.incidents);
    let _ = writeln!(text, "unread rows   {}", counts.unread_rows);
    if let Some(covers) = &status.covers {
        let _ = writeln!(text, "covers        {} to {}", covers.earliest, covers.latest);
    }
    for Known { to, size, verified_at, .. } in &backups {
        let _ = writeln!(text, "backup        `{}`, {size} entries, verified {verified_at}", to.display());
    }
    if backups.is_empty() {
        let _ = writeln!(text, "backup        none");
    }
    for notice in &status.notices {
        let _ = writeln!(text, "note          {notice}");
    }
    print(&text)
}
