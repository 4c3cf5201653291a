//! `backstop import` over real data, where it is at hand: every row is counted, and what is known of the data is found.
//! Only counts are checked; no row of it stands here.

use backstop::intake::{Held, Importer, Options, SourceFile, Summary, import};
use mission::record::Body;
use std::path::PathBuf;

fn data() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("BACKSTOP_DATA").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no data");
        return None;
    }
    Some(folder)
}

/// The files of a folder that end so, in the order of their names.
fn files(folder: &str, ending: &str) -> Option<Vec<SourceFile>> {
    let entries = std::fs::read_dir(data()?.join(folder)).ok()?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    Some(paths.iter().map(|path| SourceFile::at(path)).collect())
}

fn run(kind: &str, files: &[SourceFile]) -> (Vec<Body>, Summary) {
    let importer = Importer::named(kind).expect("a kind of import");
    let mut bodies = Vec::new();
    let mut append = |batch: Vec<Body>| {
        bodies.extend(batch);
        Ok(())
    };
    let summary = import(importer, files, &Options::default(), &mut Held::default(), &mut append, &mut |_| {});
    let summary = summary.expect("the import runs");
    let aside: u64 = summary.set_aside.values().sum();
    assert_eq!(summary.rows, summary.taken + summary.already_held + aside + summary.unread, "no row is lost");
    println!("{summary}");
    (bodies, summary)
}

#[test]
fn viina_counts_every_event() {
    let Some(files) = files("viina", ".json") else { return };
    let (_, summary) = run("viina", &files);
    assert_eq!((summary.rows, summary.unread), (13_740, 0));
    assert_eq!(summary.set_aside["type O: no violent event"], 7_061);
    assert_eq!(summary.time_precision.keys().collect::<Vec<_>>(), ["day"]);
}

#[test]
fn viina_reads_the_table_too() {
    let Some(files) = files("viina", ".csv") else { return };
    let (_, summary) = run("viina", &files);
    assert_eq!((summary.rows, summary.unread), (325, 0));
}

#[test]
fn firms_masks_works_and_writes_passes() {
    let Some(files) = files("firms", ".csv") else { return };
    let (bodies, summary) = run("firms", &files);
    assert_eq!((summary.rows, summary.unread), (147, 0));
    assert!(summary.set_aside["static heat source: a named steelworks"] > 0);
    assert!(summary.efforts > 0);
    let reversed: Vec<SourceFile> = files.into_iter().rev().collect();
    let (other, _) = run("firms", &reversed);
    let ids = |bodies: &[Body]| {
        let mut ids: Vec<String> = bodies
            .iter()
            .filter_map(|body| {
                if let Body::Observed(observation) = body {
                    Some(observation.id.to_string())
                } else if let Body::Looked(effort) = body {
                    Some(effort.id.to_string())
                } else {
                    None
                }
            })
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&bodies), ids(&other));
}

#[test]
fn air_force_counts_no_raid_twice() {
    let Some(files) = files("ua_air_force", ".csv") else { return };
    let (bodies, summary) = run("air-force", &files);
    assert_eq!((summary.rows, summary.unread), (1_575, 0));
    assert!(summary.set_aside["regional row of a raid counted nationally"] > 0);
    assert!(bodies.iter().all(|body| !matches!(body, Body::Observed(observation) if !observation.is_claim())));
}

#[test]
fn messages_claim_or_are_set_aside() {
    let Some(files) = files("ru_mod_claims", ".csv") else { return };
    let (_, summary) = run("mod-messages", &files);
    assert_eq!((summary.rows, summary.unread), (314, 0));
    assert!(summary.acts["interception"] > 100);
}

#[test]
fn allegations_are_all_claims() {
    let Some(data) = data() else { return };
    let file = SourceFile::at(&data.join("truce_terms/energy_2025_alleged_incidents.csv"));
    let (bodies, summary) = run("allegations", &[file]);
    assert_eq!((summary.rows, summary.taken, summary.unread), (20, 20, 0));
    let claims = bodies.iter().filter(|body| matches!(body, Body::Observed(observation) if observation.is_claim()));
    assert_eq!(claims.count(), 20);
    assert_eq!(summary.place_precision.get("region"), Some(&20));
}

#[test]
fn totals_keep_their_parts() {
    let Some(data) = data() else { return };
    let (_, summary) = run("party-totals", &[SourceFile::at(&data.join("truce_terms/party_totals.csv"))]);
    assert_eq!((summary.rows, summary.taken), (19, 19));
}

#[test]
fn maps_of_control_are_read() {
    let Some(files) = files("deepstate", ".geojson") else { return };
    let (_, summary) = run("control-line", &files);
    assert_eq!((summary.taken, summary.unread), (files.len() as u64, 0));
}
