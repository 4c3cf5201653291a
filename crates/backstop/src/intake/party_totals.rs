//! Totals that parties published.
//!
//! Takes a CSV with one total a row; gives the total and its parts in the claimant's own words and figures. Never adds
//! them up: that a total is not supported by its parts is the mission's check, not the collector's remark.

use super::run::{Error, Made, Options, Sink};
use super::source_file::SourceFile;
use super::table::{Record, read_table};
use mission::record::Body;
use mission::record::body::Total;
use std::collections::BTreeMap;
use terms::SourceId;
use terms::source::{Release, Source, SourceKind};

const COLUMNS: [&str; 4] = ["truce", "claimant", "as_of_local", "total"];
/// Columns that are no parts; `arithmetic` is the collector's own sum.
const NO_PARTS: [&str; 6] = ["truce", "claimant", "as_of_local", "total", "arithmetic", "source_url"];

fn id() -> SourceId {
    SourceId::new("party-totals").expect("invariant: `party-totals` is a label")
}

fn source() -> Source {
    Source {
        id: id(),
        title: "totals published by the parties, as collected".to_owned(),
        kind: SourceKind::Party,
        voice: "parties".to_owned(),
        party: None,
        licence: "facts with their public sources".to_owned(),
        attribution: "the parties, as reported at the addresses given".to_owned(),
        release: Release::Rows,
        worth: BTreeMap::new(),
        worth_basis: "not estimated: a total is evidence that it was published".to_owned(),
    }
}

/// Reads files of totals.
pub(super) fn read(files: &[SourceFile], _: &Options, sink: &mut Sink<'_>) -> Result<(), Error> {
    sink.declare(&source())?;
    for (index, file) in files.iter().enumerate() {
        sink.begin(index, &id());
        read_table(file, &COLUMNS, b',', sink, &mut |record| row(record))?;
        sink.end()?;
    }
    Ok(())
}

fn row(record: &Record<'_>) -> Result<Made, String> {
    let part = |name: &String| {
        let text = record.get(name);
        (!text.is_empty() && !NO_PARTS.contains(&name.as_str())).then(|| (name.clone(), text.to_owned()))
    };
    let total = Total {
        source: id(),
        truce: record.get("truce").to_owned(),
        claimant: record.get("claimant").to_owned(),
        as_of: record.get("as_of_local").to_owned(),
        total: record.get("total").to_owned(),
        parts: record.names().iter().filter_map(part).collect(),
        reference: record.get("source_url").to_owned(),
    };
    for (column, text) in [("truce", &total.truce), ("claimant", &total.claimant), ("as_of_local", &total.as_of)] {
        if text.is_empty() {
            return Err(format!("`{column}` is empty; without it nobody can tell what was claimed"));
        }
    }
    if total.total.is_empty() && total.parts.is_empty() {
        return Err("neither a total nor a part of one; leave the row out or fill it".to_owned());
    }
    Ok(Made::Bodies(vec![Body::TotalClaimed(total)]))
}
