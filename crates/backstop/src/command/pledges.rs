//! `backstop guarantees import`: a table of pledges and deliveries, each row a deed.
//!
//! Takes a CSV, XLSX or IATI XML file and a store; writes a deed for each row that names a commitment of a page, and keeps the
//! others unread. A table that is closed to others is written whole or not at all, since rows that are kept are for the
//! staff. Run again, it goes on where it stopped.

use super::guarantees::{AudienceArgs, known, onlooker};
use super::import::{held, line, remember, remembered};
use super::meter::Meter;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::intake::{Checkpoint, Error, Held, Imported, PledgeMapping, Pledges, Progress, SourceFile, import_pledges};
use crate::station::Station;
use crate::storage::{DataClass, Store};
use clap::Args;
use mission::Moment;
use mission::record::Body;
use mission::record::body::Audience;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct PledgesArgs {
    /// The table: .csv, .xlsx, or .xml (IATI)
    file: PathBuf,
    /// What the columns of the table mean, where they are not ours: TOML
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Read everything and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on where an interrupted import of the same file stopped
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    audience: AudienceArgs,
}

pub(super) fn run(common: &Common, args: &PledgesArgs) -> Result<Exit, Failure> {
    let audience = args.audience.audience()?;
    let dir = common.store()?;
    let store = Store::open(dir)?;
    let mut held = held(&store)?;
    let simulated = store.settings().data_class == DataClass::Simulated;
    let mut station = Station::of(store)?;
    let latest = station.mission().latest().filter(|_| simulated).unwrap_or_else(now);
    let guarantees = known(station.mission(), Moment::at(latest), &onlooker(&audience))?;
    let recorded = guarantees.deeds.iter().map(|held| (held.what.deed.id.clone(), held.what.clone())).collect();
    let mapping = args.map.as_deref().map(PledgeMapping::load).transpose().map_err(failed)?;
    let pledges = Pledges { package: &guarantees.package, audience, recorded, now: latest, mapping };
    let file = SourceFile::at(&args.file);
    let resume_file = dir.join("resume-pledges.json");
    let resume = if args.resume { remembered(&resume_file)? } else { None };
    let mut meter = Meter::new(common);
    let closed = matches!(pledges.audience, Audience::Named(_));

    let imported = if args.dry_run || closed {
        let tried = tried(&pledges, &file, &mut held.clone())?;
        if args.dry_run {
            return told(common, &tried, true);
        }
        if tried.summary.has_findings() {
            told(common, &tried, true)?;
            let why = "the table is closed to others, so it is taken whole or not at all; mend these rows first";
            return Err(Failure::new(Exit::Findings, why));
        }
        let mut bodies: Vec<Body> = Vec::new();
        let mut gather = |batch: Vec<Body>| {
            bodies.extend(batch);
            Ok(())
        };
        let imported = import_pledges(&pledges, &file, None, &mut held, &mut gather, &mut |_| {}).map_err(failed)?;
        station.write(&bodies, now())?;
        imported
    } else {
        let mut append = |bodies: Vec<Body>| station.write(&bodies, now()).map_err(|error| error.to_string());
        let mut tell = |progress: &Progress| {
            remember(&resume_file, &progress.checkpoint);
            meter.tell(|seconds| line(progress, seconds));
        };
        import_pledges(&pledges, &file, resume, &mut held, &mut append, &mut tell).map_err(failed)?
    };
    meter.end();
    station.publish()?;
    // Read to the end: there is nowhere to go on from.
    let _ = std::fs::remove_file(&resume_file);
    told(common, &imported, false)
}

fn tried(pledges: &Pledges<'_>, file: &SourceFile, held: &mut Held) -> Result<Imported, Failure> {
    let nowhere: Option<Checkpoint> = None;
    import_pledges(pledges, file, nowhere, held, &mut |_| Ok(()), &mut |_| {}).map_err(failed)
}

fn failed(error: Error) -> Failure {
    let exit = if matches!(error, Error::Mapping(_)) { Exit::Usage } else { Exit::Failed };
    Failure::new(exit, error.to_string().trim_start_matches("mapping: ").to_owned())
}

fn told(common: &Common, imported: &Imported, dry_run: bool) -> Result<Exit, Failure> {
    let summary = &imported.summary;
    let exit = if summary.has_findings() { Exit::Findings } else { Exit::Done };
    if common.json {
        let mut data = serde_json::to_value(summary).expect("invariant: a summary is plain JSON");
        let mixed = imported.mixed.iter().map(|(id, units)| (id.to_string(), serde_json::json!(units)));
        data["units"] = serde_json::Value::Object(mixed.collect());
        data["dry_run"] = dry_run.into();
        return print_json("backstop.pledges/1", exit, data);
    }
    let mut text = summary.to_string();
    for (id, units) in &imported.mixed {
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let _ = writeln!(text, "  units          {id}: {}; side by side, never converted", units.join(", "));
    }
    print(&text)?;
    if dry_run {
        common.say("dry run: nothing was written");
    }
    Ok(exit)
}
