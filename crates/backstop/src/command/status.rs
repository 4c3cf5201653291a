//! `backstop status`: what the store holds.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::http::Snapshot;
use crate::station;
use crate::storage;
use crate::witness::Standing;
use mission::{Moment, Reader};
use std::fmt::Write;
use std::sync::Arc;

pub(super) fn run(common: &Common) -> Result<Exit, Failure> {
    let dir = common.store()?;
    let (mission, seal) = station::read(dir)?;
    let moment = Moment::at(mission.latest().unwrap_or_else(crate::clock::now));
    let standing = Standing::of(&storage::Reader::open(dir)?);
    let snapshot = Snapshot::of(Arc::new(mission), seal, moment, Reader::Mission).vouched_by(&standing);
    let status = snapshot.status();
    if common.json {
        let data = serde_json::to_value(&status).expect("invariant: a status is plain JSON");
        return print_json("backstop.status/1", Exit::Done, data);
    }
    let mut text = String::new();
    let counts = &status.counts;
    let _ = writeln!(text, "mission       {} ({})", status.mission, status.data_class.to_uppercase());
    let _ = writeln!(text, "agreement     {}", status.agreement.as_deref().unwrap_or("none adopted"));
    let _ = writeln!(text, "log           {} entries, root {}", status.log.size, status.log.root);
    let _ = writeln!(text, "observations  {}, and {} claims by parties", counts.observations, counts.claims);
    let _ = writeln!(text, "efforts       {}", counts.efforts);
    let _ = writeln!(text, "incidents     {} proposed by the machine", counts.incidents);
    let _ = writeln!(text, "unread rows   {}", counts.unread_rows);
    if let Some(covers) = &status.covers {
        let _ = writeln!(text, "covers        {} to {}", covers.earliest, covers.latest);
    }
    for notice in &status.notices {
        let _ = writeln!(text, "note          {notice}");
    }
    print(&text)
}
