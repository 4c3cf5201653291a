//! `backstop import` against bad input: clear words with a place, no panic, nothing lost, bounded memory.

use backstop::intake::{Held, IMPORTERS, Importer, Mapping, Options, SourceFile, Summary, import};
use mission::record::Body;
use mission::record::body::UnreadRow;
use proptest::prelude::*;
use std::io::Write;

const MAPPING: &str = r#"
means = "press"
[source]
id = "t"
title = "t"
kind = "press"
voice = "press"
licence = "unknown"
attribution = "t"
release = "nothing"
worth_basis = "none"
[time]
from = "when"
format = "rfc3339"
precision = "minute"
[place]
lon = "lon"
lat = "lat"
radius_m = 100
[act]
is = "shelling"
"#;

fn options() -> Options {
    Options { mapping: Some(Mapping::parse(MAPPING).expect("a mapping")), resume: None }
}

fn run(kind: &str, file: &SourceFile) -> (Vec<Body>, Summary) {
    let importer = Importer::named(kind).expect("a kind of import");
    let mut bodies = Vec::new();
    let mut append = |batch: Vec<Body>| {
        bodies.extend(batch);
        Ok(())
    };
    let summary =
        import(importer, std::slice::from_ref(file), &options(), &mut Held::default(), &mut append, &mut |_| {});
    let summary = summary.expect("bad input is no error of the import");
    let aside: u64 = summary.set_aside.values().sum();
    assert_eq!(summary.rows, summary.taken + summary.already_held + aside + summary.unread, "{kind}: no row is lost");
    let kept = bodies.iter().filter(|body| matches!(body, Body::RowUnread(_))).count() as u64;
    assert!(kept <= summary.unread, "{kind}");
    (bodies, summary)
}

/// What is said of a file and its unread rows.
fn check(kind: &str, name: &str, bytes: impl AsRef<[u8]>, taken: u64, said: &[&str]) {
    let (bodies, summary) = run(kind, &SourceFile::of_bytes(name, bytes.as_ref()));
    let problems = summary.files.iter().filter_map(|file| file.problem.clone());
    let unread = bodies.iter().filter_map(|body| {
        if let Body::RowUnread(UnreadRow { row, why, .. }) = body { Some(format!("row {row}: {why}")) } else { None }
    });
    assert_eq!(problems.chain(unread).collect::<Vec<_>>(), said, "{kind}");
    assert_eq!(summary.taken, taken, "{kind}");
}

const HEAD: &str = "when,lon,lat\n";
const GOOD: &str = "2099-04-11T16:05:00Z,36.1,49.2\n";

#[test]
fn an_empty_file_is_named() {
    let json = "line 1, byte 0: the file is empty; is it the right one, and copied whole?";
    let table = "the file is empty; is it the right one, and was it copied whole?";
    for importer in &IMPORTERS {
        let said = match importer.kind {
            "control-line" | "geojson" => json,
            "xlsx" => "no XLSX file that can be read: invalid Zip archive: Could not find EOCD",
            _ => table,
        };
        check(importer.kind, "20990411.geojson", "", 0, &[said]);
    }
    check("csv", "t.csv", HEAD, 0, &["the file has a header and no rows"]);
    check("csv", "t.csv", "\n\n\n", 0, &["the file holds nothing but empty lines"]);
}

#[test]
fn the_wrong_kind_is_named() {
    check(
        "firms",
        "t.csv",
        [HEAD, GOOD].concat(),
        0,
        &[
            "the header lacks `latitude`, `longitude`, `scan`, `track`, `acq_date`, `acq_time`, `satellite`, `confidence`; it has \
         `when, lon, lat`; is this the right kind?",
        ],
    );
    check(
        "geojson",
        "t.csv",
        [HEAD, GOOD].concat(),
        0,
        &["line 1, byte 0: the file is not a JSON object: it must begin with `{`"],
    );
    check(
        "geojson",
        "t.json",
        "{\"a\":[1,2],\"b\":{}}",
        0,
        &["the file holds no features; is it a GeoJSON FeatureCollection?"],
    );
    check("control-line", "map.geojson", "{}", 0, &["`map.geojson` does not name its day; call it `20260411.geojson`"]);
    check("csv", "t.csv", b"\xff\xfew\0h\0e\0n\0", 0, &["the file is in UTF-16; save it as UTF-8"]);
    check("csv", "t.csv", "when,lon,lat,lat\n", 0, &["the column `lat` stands twice in the header; rename one"]);
}

#[test]
fn a_file_cut_short_keeps_what_came() {
    let whole = r#"{"20990301":[[36.1,49.2,"A","A",1,["https://example.org/1"]],[36.1,49.2,"B","D",1,["https://"#;
    let why = "line 1, byte 61: the file ends inside this item: it was cut; get it again";
    check("viina", "t.json", whole, 1, &[why, &format!("row 2: {why}")]);
    let before = r#"{"20990301":[[36.1,49.2,"A","A",1,["https://example.org/1"]],"#;
    check("viina", "t.json", before, 1, &["line 1, byte 61: the file ends inside a list: it was cut; get it again"]);
    check(
        "viina",
        "t.json",
        r#"{"20990301":[], "2099"#,
        0,
        &["line 1, byte 16: the file ends inside a name: it was cut; get it again"],
    );
    let quote = format!("{HEAD}{GOOD}2099-04-11T16:05:00Z,\"36.1,49.2\n{}", GOOD.replace(":05", ":06"));
    check(
        "csv",
        "t.csv",
        quote,
        2,
        &["row 2: line 3, byte 44: the file ends inside a quoted text: it was cut; get it again"],
    );
    let (_, summary) = run("viina", &SourceFile::of_bytes("t.json", whole.as_bytes()));
    assert!(summary.has_findings());
}

#[test]
fn an_open_quotation_mark_takes_no_other_row() {
    let rows: String = (0..200).map(|n| format!("2099-04-11T16:{:02}:00Z,36.1,49.{n:03}\n", n % 60)).collect();
    let text = format!("{HEAD}\"2099-04-11T16:05:00Z,36.1,49.2\n{rows}");
    let why =
        "row 1: line 2, byte 13: a quotation mark is opened and not closed within 64 lines; close it or double it";
    check("csv", "t.csv", text, 200, &[why]);
}

#[test]
fn wrong_bytes_are_placed() {
    let mut text = [HEAD, GOOD].concat().into_bytes();
    text.extend(b"2099-04-11T16:06:00Z,36.1,\xca\xe8\xe5\xe2\n");
    text.extend(b"2099-04-11T16:07:00Z,36.1,\0\n");
    text.extend(b"2099-04-11T16:08:00Z,36.1\n");
    text.extend(b"2099-04-11T16:09:00Z,36.1,49.2\r2099-04-11T16:10:00Z,36.1,49.2\n");
    check(
        "csv",
        "t.csv",
        text,
        1,
        &[
            "row 2: line 3, byte 44: not UTF-8 at byte 70 of the file; save it as UTF-8 (Windows-1251 is common)",
            "row 3: line 4, byte 75: a NUL byte at byte 101 of the file; it is damaged or not text",
            "row 4: line 5, byte 103: 2 fields where the header has 3",
            "row 5: line 6, byte 129: a carriage return inside the row; save the file with ordinary line ends",
        ],
    );
}

#[test]
fn nonsense_values_are_named() {
    let row = |time: &str, lon: &str, lat: &str| format!("{time},{lon},{lat}\n");
    let text = [
        HEAD.to_owned(),
        row("9999-04-11T16:05:00Z", "36.1", "49.2"),
        row("2099-04-11T16:05:00Z", "NaN", "49.2"),
        row("2099-04-11T16:05:00Z", "36.1", "-inf"),
        row("2099-04-11T16:05:00Z", "36.1", "149.2"),
        row("2099-04-11T16:05:00Z", "", "49.2"),
        row("", "36.1", "49.2"),
    ]
    .concat();
    check(
        "csv",
        "t.csv",
        text,
        0,
        &[
            "row 1: line 2, byte 13: `9999-04-11T16:05:00Z` is no RFC 3339 time from 1900 to 2199",
            "row 2: line 3, byte 44: `lon` is `NaN`, no finite number",
            "row 3: line 4, byte 74: `lat` is `-inf`, no finite number",
            "row 4: line 5, byte 105: longitude 36.1, latitude 149.2 is no place on Earth: longitude and latitude look swapped; correct the columns",
            "row 5: line 6, byte 137: one of longitude and latitude is empty",
            "row 6: line 7, byte 164: `when` is empty",
        ],
    );
}

#[test]
fn deep_nesting_is_one_bad_item() {
    let deep = format!(r#"{{"20990301":[{}{},[36.1,49.2,"A","A",1,[]]]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let (_, summary) = run("viina", &SourceFile::of_bytes("t.json", deep.as_bytes()));
    assert_eq!((summary.taken, summary.unread), (1, 1));
}

#[test]
fn garbage_between_items_stops_with_a_place() {
    check("viina", "t.json", r#"{"20990301":[}"#, 0, &["line 1, byte 13: a list is not closed here: `]` was expected"]);
    check(
        "viina",
        "t.json",
        r#"{"20990301":[]} x"#,
        0,
        &["line 1, byte 16: something follows the closing `}`; nothing after it is read"],
    );
    check("viina", "t.json", r#"{20990301:[]}"#, 0, &["line 1, byte 1: a name in quotation marks was expected here"]);
}

/// The most memory that this process has held, in bytes; tests run one to a process.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok()).map_or(0, |kilobytes| kilobytes * 1024)
}

/// A file with a beginning and then nothing but NUL up to `length`: it takes no room on the disk.
fn long_file(name: &str, beginning: &str, length: u64) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("backstop-intake-{}-{name}", std::process::id()));
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(beginning.as_bytes()).expect("its beginning");
    file.set_len(length).expect("its length");
    path
}

#[test]
fn a_line_without_end_is_not_held_in_memory() {
    let before = peak_bytes();
    for (kind, name, beginning) in [
        ("csv", "long.csv", HEAD),
        ("viina", "long.json", r#"{"20990301":[[36.1,49.2,""#),
        ("geojson", "long.geojson", r#"{"features":[""#),
    ] {
        let path = long_file(name, beginning, 256 << 20);
        let (_, summary) = run(kind, &SourceFile::at(&path));
        std::fs::remove_file(&path).expect("the file goes");
        assert_eq!((summary.rows, summary.unread), (1, 1), "{kind}");
    }
    let grown = peak_bytes() - before;
    assert!(grown < 32 << 20, "{grown} bytes for files of 256 MB");
}

fn archive(parts: &[(&str, u64)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, length) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
        std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), *length), &mut zip).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn a_zip_bomb_is_refused() {
    let length = 300u64 << 20;
    let bomb = archive(&[("xl/worksheets/sheet1.xml", length)]);
    assert!(bomb.len() < 1 << 20);
    let said = "it unpacks to more than 268435456 bytes; divide it, or save it as CSV";
    let before = peak_bytes();
    check("xlsx", "bomb.xlsx", &bomb, 0, &[said]);
    // The same, declaring that it holds ten bytes.
    let (truth, lie) = ((length as u32).to_le_bytes(), 10u32.to_le_bytes());
    let mut liar = bomb.clone();
    let places: Vec<usize> = (0..liar.len() - 4).filter(|at| liar[*at..*at + 4] == truth).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| liar[at..at + 4].copy_from_slice(&lie));
    let (_, summary) = run("xlsx", &SourceFile::of_bytes("liar.xlsx", liar));
    assert!(summary.files[0].problem.is_some());
    assert!(peak_bytes() - before < 32 << 20);
}

/// Bytes that look like one of the kinds, with damage.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let seeds = [
        [HEAD, GOOD].concat(),
        r#"{"20990301":[[36.1,49.2,"A","A",1,["https://example.org/1"]]]}"#.to_owned(),
        r#"{"features":[{"properties":{"when":"2099-04-11T16:05:00Z"},"geometry":{"type":"Polygon","coordinates":[[[36,48],[37,48],[37,49]]]}}]}"#.to_owned(),
        "latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence\n48.1,36.4,0.5,0.5,2099-04-10,00:11:00,N20,n\n".to_owned(),
        "time_start,time_end,model,target,launched,destroyed\n2099-04-13,2099-04-13,Orlan-10,south,3.0,3.0\n".to_owned(),
        "datetime,oblasts,text_snippet\n2099-03-15 06:40,kursk,с 7.45 до 24.00 мск 8 марта средствами ПВО уничтожены 3 украинских\n".to_owned(),
        "claimant,accused,date_local,time_local,region_as_named_by_claimant,object\nRU MoD,UA,2099-03-26,night,Bryansk oblast,line\n".to_owned(),
        "truce,claimant,as_of_local,total\ne,RU,2099,5\n".to_owned(),
        "date,longitude,latitude,attack_terms\n20990318,36.1,49.2,удар\n".to_owned(),
    ];
    let seeds = proptest::sample::select(seeds.to_vec());
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0u8..3), 0..8);
    let damaged = (seeds, changes).prop_map(|(seed, changes)| {
        let mut bytes = seed.into_bytes();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match how {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                _ => bytes.truncate(at.max(1)),
            }
        }
        bytes
    });
    prop_oneof![4 => damaged, 1 => proptest::collection::vec(any::<u8>(), 0..300)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_bytes_make_it_panic(bytes in damaged()) {
        for importer in &IMPORTERS {
            run(importer.kind, &SourceFile::of_bytes("20990411.geojson", bytes.clone()));
        }
    }
}
