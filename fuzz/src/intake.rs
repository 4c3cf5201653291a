//! Files for intake, of every kind, and mappings. Takes bytes; panics when a reader does, when a row is lost, or when the
//! same file again brings something new.

use backstop::intake::{
    Held, IMPORTERS, Importer, Mapping, Options, Pledges, SourceFile, Summary, import, import_pledges,
};
use mission::record::{Body, canonical::encode};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A date in the name, as control lines want it.
const NAME: &str = "20990411.geojson";

fn mapping() -> &'static Mapping {
    static MAPPING: LazyLock<Mapping> =
        LazyLock::new(|| Mapping::parse(include_str!("../seeds/mapping.toml")).expect("invariant: a mapping"));
    &MAPPING
}

/// The first byte says which kind; beyond the kinds, the rest is a mapping for a small table.
pub(crate) fn intake(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match IMPORTERS.get(usize::from(*kind)) {
        Some(importer) => twice(importer, rest, mapping().clone()),
        None => {
            let Ok(mapping) =
                std::str::from_utf8(rest).map_err(drop).and_then(|text| Mapping::parse(text).map_err(drop))
            else {
                return;
            };
            let table = include_bytes!("../seeds/table.csv");
            twice(Importer::named("csv").expect("invariant: a kind"), table, mapping);
        }
    }
}

fn twice(importer: &'static Importer, bytes: &[u8], mapping: Mapping) {
    let options = Options { mapping: Some(mapping), resume: None };
    let mut held = Held::default();
    let file = [SourceFile::of_bytes(NAME, bytes)];
    let first = once(importer, &file, &options, &mut held);
    let second = once(importer, &file, &options, &mut held);
    if first.files.iter().all(|file| file.problem.is_none()) {
        assert_eq!(second.entries, 0, "the same file brings something new");
    }
}

fn once(importer: &Importer, file: &[SourceFile], options: &Options, held: &mut Held) -> Summary {
    let summary = import(importer, file, options, held, &mut |_| Ok(()), &mut |_| {});
    let summary = summary.expect("bad input is no error of the import");
    let aside: u64 = summary.set_aside.values().sum();
    assert_eq!(summary.rows, summary.taken + summary.already_held + aside + summary.unread, "a row is lost");
    summary
}

/// The first byte says which kind of table; the rest is one, of pledges to the invented package.
pub(crate) fn pledges(bytes: &[u8]) {
    static PACKAGE: LazyLock<clause::guarantee::Package> =
        LazyLock::new(|| clause::guarantee::read(include_str!("../../agreements/varo-2026/guarantees.md")).0);
    let Some((kind, rest)) = bytes.split_first() else { return };
    let Some(name) = ["t.csv", "t.xlsx", "t.xml"].get(usize::from(*kind)) else { return };
    let pledges = Pledges {
        package: &PACKAGE,
        audience: mission::record::body::Audience::Mission,
        recorded: BTreeMap::new(),
        now: terms::Instant::LATEST,
        mapping: None,
    };
    let mut held = Held::default();
    let mut once = || {
        let file = SourceFile::of_bytes(name, rest);
        let imported = import_pledges(&pledges, &file, None, &mut held, &mut |_| Ok(()), &mut |_| {});
        imported.expect("bad input is no error of the import").summary
    };
    let (first, second) = (once(), once());
    let aside: u64 = first.set_aside.values().sum();
    assert_eq!(first.rows, first.taken + first.already_held + aside + first.unread, "a row is lost");
    if first.files.iter().all(|file| file.problem.is_none()) {
        assert_eq!(second.entries, 0, "the same file brings something new");
    }
}

/// Up to three bodies of each kind that the inputs give, as `kind`, a line end and the payload.
pub(crate) fn bodies_of(inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut bodies: BTreeMap<&'static str, Vec<Vec<u8>>> = BTreeMap::new();
    for input in inputs {
        let Some((importer, rest)) =
            input.split_first().and_then(|(kind, rest)| Some((IMPORTERS.get(usize::from(*kind))?, rest)))
        else {
            continue;
        };
        let options = Options { mapping: Some(mapping().clone()), resume: None };
        let mut take = |batch: Vec<Body>| {
            for body in batch {
                let of_kind = bodies.entry(body.kind()).or_default();
                if of_kind.len() < 3 {
                    of_kind.push([body.kind().as_bytes(), b"\n", &encode(&body.write())].concat());
                }
            }
            Ok(())
        };
        let file = [SourceFile::of_bytes(NAME, rest)];
        let _ = import(importer, &file, &options, &mut Held::default(), &mut take, &mut |_| {});
    }
    bodies.into_values().flatten().collect()
}
