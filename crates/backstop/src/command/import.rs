//! `backstop import`: takes in files of one kind.
//!
//! Builds from the log what is held already, so that a row that came before adds nothing; hands batches to the store;
//! shows how far it has come; remembers where to go on.

use super::meter::Meter;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, ImportArgs};
use crate::clock::now;
use crate::intake::{Checkpoint, Held, IMPORTERS, Importer, Mapping, Options, Progress, SourceFile, Summary, import};
use crate::station::entry;
use crate::storage::{DataClass, Reader, Store};
use crate::witness::Asker;
use mission::record::Body;
use std::path::{Path, PathBuf};

/// The log is published after so many batches, and at the end.
const PUBLISH_EVERY: u32 = 16;

pub(super) fn run(common: &Common, args: &ImportArgs) -> Result<Exit, Failure> {
    let importer = Importer::named(&args.kind).ok_or_else(|| {
        let kinds: Vec<&str> = IMPORTERS.iter().map(|importer| importer.kind).collect();
        Failure::new(Exit::Usage, format!("there is no kind `{}`; there are {}", args.kind, kinds.join(", ")))
    })?;
    let dir = common.store()?;
    let files: Vec<SourceFile> = args.files.iter().map(|path| SourceFile::at(path)).collect();
    let mapping = args.map.as_deref().map(Mapping::load).transpose();
    let mapping = mapping.map_err(|error| Failure::new(Exit::Usage, error))?;
    let resume_file = dir.join(format!("resume-{}.json", importer.kind));
    let resume = if args.resume { remembered(&resume_file)? } else { None };
    let options = Options { mapping, resume };
    let mut meter = Meter::new(common);

    let summary = if args.dry_run {
        let reader = Reader::open(dir)?;
        may_enter(&reader, importer)?;
        let mut held = held(&reader)?;
        import(importer, &files, &options, &mut held, &mut |_| Ok(()), &mut |progress| {
            meter.tell(|seconds| line(progress, seconds))
        })
    } else {
        let mut store = Store::open(dir)?;
        args.threads.into_iter().for_each(|threads| store.use_threads(threads));
        store.recovered().iter().for_each(|what| common.say(format!("recovered: {what}")));
        may_enter(&store, importer)?;
        let mut held = held(&store)?;
        let mut tell = |progress: &Progress| {
            remember(&resume_file, &progress.checkpoint);
            meter.tell(|seconds| line(progress, seconds));
        };
        let asker = Asker::default();
        let mut batches = 0;
        let mut append =
            |bodies: Vec<Body>| append(&mut store, &asker, &bodies, &mut batches).map_err(|error| error.to_string());
        let summary = import(importer, &files, &options, &mut held, &mut append, &mut tell);
        let standing = asker.publish(&mut store)?;
        if standing.has_witnesses() {
            standing.sentences().iter().for_each(|sentence| common.say(sentence));
        }
        summary
    };
    meter.end();
    let summary = summary.map_err(|error| Failure::new(Exit::Failed, error))?;
    if !args.dry_run {
        // Read to the end: there is nowhere to go on from.
        let _ = std::fs::remove_file(&resume_file);
    }
    told(common, args, &summary)
}

fn told(common: &Common, args: &ImportArgs, summary: &Summary) -> Result<Exit, Failure> {
    let exit = if summary.has_findings() { Exit::Findings } else { Exit::Done };
    if common.json {
        let mut data = serde_json::to_value(summary).expect("invariant: a summary is plain JSON");
        data["dry_run"] = args.dry_run.into();
        return print_json("backstop.import/1", exit, data);
    }
    print(&summary.to_string())?;
    if args.dry_run {
        common.say("dry run: nothing was written");
    }
    Ok(exit)
}

fn append(store: &mut Store, asker: &Asker, bodies: &[Body], batches: &mut u32) -> Result<(), crate::storage::Error> {
    let at = now();
    let data_class = store.settings().data_class;
    store.append(bodies.iter().map(|body| entry(body, at, data_class)).collect())?;
    *batches += 1;
    if batches.is_multiple_of(PUBLISH_EVERY) {
        asker.publish(store)?;
    }
    Ok(())
}

/// What the log holds already.
pub(super) fn held(reader: &Reader) -> Result<Held, Failure> {
    let mut held = Held::default();
    for entry in reader.entries() {
        let entry = entry?;
        // An entry of a kind that this version does not know cannot be one that it is about to write. What was erased is not
        // known to be held, so the same row read again is recorded again: see `backstop redact --help`.
        let Ok(payload) = entry.payload else { continue };
        if let Ok(body) = Body::read(&entry.envelope.kind, &payload) {
            held.add(&body);
        }
    }
    Ok(held)
}

/// Reports of the real world do not enter a simulated store: nobody could tell them apart afterwards.
fn may_enter(reader: &Reader, importer: &Importer) -> Result<(), Failure> {
    if reader.settings().data_class == DataClass::Simulated && !importer.needs_mapping {
        let why = format!(
            "this store is SIMULATED for life and `{}` holds reports of the real world; make another with `backstop init`",
            importer.kind
        );
        return Err(Failure::new(Exit::Refused, why));
    }
    Ok(())
}

/// Where an interrupted import of this kind had come to.
pub(super) fn remembered(file: &Path) -> Result<Option<Checkpoint>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let unreadable =
        || Failure::new(Exit::Failed, format!("`{}` is not readable; delete it and import again", file.display()));
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| unreadable())?;
    let sha256 = value["sha256"].as_str().ok_or_else(unreadable)?.to_owned();
    Ok(Some(Checkpoint { sha256, row: value["row"].as_u64().ok_or_else(unreadable)? }))
}

/// Losing this file costs time and nothing else, so a failure to write it does not stop the import.
pub(super) fn remember(file: &PathBuf, checkpoint: &Checkpoint) {
    let _ = std::fs::write(file, serde_json::json!({ "sha256": checkpoint.sha256, "row": checkpoint.row }).to_string());
}

/// The line of progress after some seconds.
pub(super) fn line(progress: &Progress, seconds: f64) -> String {
    let share = progress.bytes_read as f64 / progress.bytes_total.max(1) as f64;
    let left = if share > 0.0 { seconds / share - seconds } else { 0.0 };
    let (file, rows) = (&progress.file, progress.rows);
    let rate = rows as f64 / seconds.max(0.001);
    format!("{file}  {rows} rows  {rate:.0} rows/s  {:.0} %  {left:.0} s left", share * 100.0)
}
