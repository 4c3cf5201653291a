//! `backstop report daily`: the bulletin of one day.

use super::outcome::{print, print_json};
use super::{BulletinArg, Common, Exit, Failure, Format, ReaderArg, ReportArgs, ReportVerb};
use crate::station;
use crate::station::{GiveOutError, Station};
use crate::storage::Store;
use crate::{clock, file_proof};
use mission::Reader;
use report::publication::{country_of, view};
use report::{Bulletin, Day, daily};
use serde_json::json;
use std::path::Path;

impl From<ReaderArg> for Reader {
    fn from(reader: ReaderArg) -> Reader {
        match reader {
            ReaderArg::Public => Reader::Public,
            ReaderArg::Mission => Reader::Mission,
        }
    }
}

pub(super) fn run(common: &Common, args: &ReportArgs) -> Result<Exit, Failure> {
    let (date, format, table, reader, unsealed) = match &args.verb {
        ReportVerb::Daily { date, format, table, reader, unsealed } => (date, format, table, reader, unsealed),
        ReportVerb::Publish { bulletin: BulletinArg::Daily, date, out, reader, by } => {
            return publish(common, date, out, (*reader).into(), by);
        }
    };
    let (mission, seal) = station::read(common.store()?)?;
    let zone = mission.opening().map_or("UTC", |opening| opening.time_zone.as_str());
    let day = Day::new(date, zone).map_err(|why| Failure::new(Exit::Usage, why))?;
    let view = view(&mission, day.span().latest(), (*reader).into());
    let bulletin = daily(&view, &day, &report::shapes(country_of(&view)));
    let seal = (!unsealed).then_some(seal);
    print(&written(&bulletin, if common.json { Format::Json } else { *format }, table, seal.as_ref())?)
}

/// Gives out a bulletin: entries first, then the files with their proofs.
fn publish(common: &Common, date: &str, out: &Path, reader: Reader, by: &str) -> Result<Exit, Failure> {
    let mut station = Station::of(Store::open(common.store()?)?)?;
    let at = clock::now().max(station.mission().latest().unwrap_or(terms::Instant::EARLIEST));
    let (made, index) = station.give_out(date, reader, by, at).map_err(|error| match error {
        GiveOutError::Day(why) => Failure::new(Exit::Usage, why),
        GiveOutError::Store(error) => error.into(),
    })?;
    let files = file_proof::write(station.reader(), index, &made.publication, &made.texts, out);
    let files = files.map_err(|why| {
        let advice = "the record says that the bulletin was given out; mend that and run the command again";
        Failure::new(Exit::Failed, format!("{why}; {advice}"))
    })?;
    let seal = station.seal();
    if common.json {
        let file =
            |file: &mission::record::publication::PublishedFile| json!({ "name": file.name, "sha256": file.sha256 });
        let files: Vec<serde_json::Value> = made.publication.files.iter().map(file).collect();
        let log = json!({ "origin": seal.origin, "size": seal.size, "root": seal.root });
        return print_json("backstop.publication/1", Exit::Done, json!({ "entry": index, "files": files, "log": log }));
    }
    for (path, file) in files.iter().zip(&made.publication.files) {
        print(&format!("{}  {}\n", file.sha256, path.display()))?;
    }
    common.say(format!("given out as entry {index} of {}; a proof lies beside each file", seal.size));
    Ok(Exit::Done)
}

fn written(bulletin: &Bulletin, format: Format, table: &str, seal: Option<&report::Seal>) -> Result<String, Failure> {
    match format {
        Format::Html => Ok(report::html(bulletin, seal)),
        Format::Md => Ok(report::markdown(bulletin, seal)),
        Format::Json => Ok(report::json(bulletin, seal)),
        Format::Csv => report::csv(bulletin, table).ok_or_else(|| {
            let names: Vec<&str> = bulletin.sections.iter().filter(|s| s.table.is_some()).map(|s| s.key).collect();
            Failure::new(Exit::Usage, format!("there is no table `{table}`; there are {}", names.join(", ")))
        }),
    }
}
