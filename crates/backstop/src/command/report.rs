//! `backstop report daily`: the bulletin of one day.

use super::outcome::print;
use super::{Common, Exit, Failure, Format, ReaderArg, ReportArgs, ReportVerb};
use crate::basemap::{self, Country};
use crate::station;
use mission::{Moment, Reader, View};
use report::{Bulletin, Day, daily};
use terms::Instant;

impl From<ReaderArg> for Reader {
    fn from(reader: ReaderArg) -> Reader {
        match reader {
            ReaderArg::Public => Reader::Public,
            ReaderArg::Mission => Reader::Mission,
        }
    }
}

pub(super) fn run(common: &Common, args: &ReportArgs) -> Result<Exit, Failure> {
    let ReportVerb::Daily { date, format, table, reader, unsealed } = &args.verb;
    let (mission, seal) = station::read(common.store()?)?;
    let zone = mission.opening().map_or("UTC", |opening| opening.time_zone.as_str());
    let day = Day::new(date, zone).map_err(|why| Failure::new(Exit::Usage, why))?;
    // Everything in the log is known; happenings after the day are left out.
    let moment = Moment { known_at: Instant::LATEST, judged_at: day.span().latest() };
    let view = mission.view(moment, (*reader).into());
    let bulletin = daily(&view, &day, &basemap::shapes(country_of(&view)));
    let seal = (!unsealed).then_some(seal);
    print(&written(&bulletin, if common.json { Format::Json } else { *format }, table, seal.as_ref())?)
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

/// The map on which the agreement's zones lie.
fn country_of(view: &View) -> Option<Country> {
    let zones = view.adopted.as_ref()?.what.agreement.zones.values();
    zones.into_iter().find_map(|zone| Country::under(&zone.area))
}
