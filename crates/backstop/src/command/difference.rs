//! `backstop guarantees diff`: what came of promises between two versions of a page.
//!
//! Takes two pages; prints each promise that is new, gone or otherwise, and whether that makes it firmer or weaker. Exits with
//! 3 where anything changed. Compares what the pages say; of a page with errors it says nothing.

use super::guarantees::{read_page, sound};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use clause::guarantee::{Change, Difference, Does, difference};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(common: &Common, before: &Path, after: &Path) -> Result<Exit, Failure> {
    let (old, new) = (sound(read_page(before)?, before)?, sound(read_page(after)?, after)?);
    let differences = difference(&old, &new);
    let exit = if differences.is_empty() { Exit::Done } else { Exit::Findings };
    if common.json {
        let change = |change: &Change| json!({ "does": change.does.word(), "says": change.says });
        let one = |one: &Difference| {
            let changes: Vec<_> = one.changes.iter().map(change).collect();
            json!({ "commitment": one.commitment.as_str(), "is": stands(one), "says": one.says, "changes": changes })
        };
        let all: Vec<_> = differences.iter().map(one).collect();
        let data = json!({ "before": old.version, "after": new.version, "commitments": all });
        return print_json("backstop.guarantees-diff/1", exit, data);
    }
    let mut text = format!("{}, version {}, then {}, version {}\n", old.title, old.version, new.title, new.version);
    for one in &differences {
        let _ = writeln!(text, "\n{}  {}: {}", one.commitment, stands(one), one.says);
        for change in &one.changes {
            let _ = writeln!(text, "  {:<12} {}", change.does.word(), change.says);
        }
    }
    let count =
        |does: Does| differences.iter().flat_map(|one| &one.changes).filter(|change| change.does == does).count();
    let of = |stands: (bool, bool)| differences.iter().filter(|one| one.stands == stands).count();
    let (new, gone) = (of((false, true)), of((true, false)));
    let (weaker, firmer, open) = (count(Does::Weakens), count(Does::Strengthens), count(Does::CannotTell));
    let _ = writeln!(
        text,
        "\npromises: {new} new, {gone} gone; changes: {weaker} weaker, {firmer} firmer, {open} that people must read"
    );
    print(&text)?;
    Ok(exit)
}

fn stands(one: &Difference) -> &'static str {
    match one.stands {
        (false, _) => "new",
        (true, false) => "gone",
        (true, true) => "changed",
    }
}
