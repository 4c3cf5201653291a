//! `backstop import`, from bytes to entries: what each kind of file gives, that nothing is lost, and that a second run adds
//! nothing. The rows are invented.

use backstop::intake::{
    Checkpoint, Error, Held, IMPORTERS, Importer, Mapping, Options, Progress, SourceFile, Summary, import,
};
use mission::record::{Body, canonical::encode};
use std::collections::BTreeSet;

/// Everything that one import gives.
struct Outcome {
    bodies: Vec<Body>,
    summary: Summary,
    progress: Vec<Progress>,
}

impl Outcome {
    /// Every entry as it is written, one a line, then the summary.
    fn shown(&self) -> String {
        let line = |body: &Body| {
            format!(
                "{} {}\n",
                body.kind(),
                String::from_utf8(encode(&body.write())).expect("canonical bytes are UTF-8")
            )
        };
        self.bodies.iter().map(line).collect::<String>() + "\n" + &self.summary.to_string()
    }

    fn set(&self) -> BTreeSet<Vec<u8>> {
        self.bodies
            .iter()
            .filter(|body| !matches!(body, Body::ImportClosed(_)))
            .map(|body| encode(&body.write()))
            .collect()
    }
}

fn run(kind: &str, files: &[SourceFile], options: &Options, held: &mut Held) -> Outcome {
    let importer = Importer::named(kind).expect("a kind of import");
    let (mut bodies, mut told) = (Vec::new(), Vec::new());
    let mut append = |batch: Vec<Body>| {
        bodies.extend(batch);
        Ok(())
    };
    let summary = import(importer, files, options, held, &mut append, &mut |p| told.push(p.clone()));
    let outcome = Outcome { summary: summary.expect("the import runs"), bodies, progress: told };
    let s = &outcome.summary;
    let aside: u64 = s.set_aside.values().sum();
    assert_eq!(s.rows, s.taken + s.already_held + aside + s.unread, "no row is lost");
    outcome
}

fn options(mapping: Option<&str>) -> Options {
    Options { mapping: mapping.map(|text| Mapping::parse(text).expect("a mapping")), resume: None }
}

/// Imports one file into an empty store.
fn once(kind: &str, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let mapping = Importer::named(kind).is_some_and(|importer| importer.needs_mapping).then_some(MAPPING);
    run(kind, &[SourceFile::of_bytes(name, bytes.as_ref())], &options(mapping), &mut Held::default())
}

const VIINA: &str = r#"{"20990301":[
  [36.50512,49.61494,"Slobozhans'ke","D",1,["https://example.org/a"]],
  [36.1,49.2,"Vyhadane","A",2,["https://example.org/b","https://example.org/c"]],
  [36.1,49.2,"Vyhadane","C",1,["https://example.org/sport/d"]],
  [30.524,50.45,"Kyiv","F",1,["https://example.org/e"]],
  [36.1,49.2,"Vyhadane","O",1,["https://example.org/f"]],
  [36.1,49.2,"Vyhadane","L",1,["https://example.org/g"]],
  [36.1,49.2,"Vyhadane","M",1,["https://example.org/h"]],
  [49.2,36.1,"Swapped","A",1,[]],
  [36.1,NaN,"Broken","A",1,[]],
  [36.1,49.2,"Vyhadane","Q",1,[]],
  [36.1,49.2,"Vyhadane","A",4000000000,[]]
 ],"20990302":[[36.2,49.2,"","V",1,["https://example.org/s"]]],
 "20990303":[[36.2,49.2,"","V",1,["https://example.org/s"]]],
 "20990304":[[36.2,49.2,"","V",1,["https://example.org/s"]]],
 "20990305":[[36.2,49.2,"","V",1,["https://example.org/s"]]],
 "99990101":[[36.1,49.2,"Vyhadane","A",1,[]]]
}"#;

const VIINA_CSV: &str = "event_id_1pd,date,n_reports,source_urls,target_terms,attack_terms,asciiname,ADM1_NAME,longitude,latitude,a_ukr_init,a_rus_init,representative_text
1,20990318,1,https://example.org/1,НПЗ,дрон|знищ,Vyhadane,Kharkiv,36.1,49.2,,1,\"Текст, з комою\"
2,20990319,1,https://example.org/2,трубопровод,пожеж,Vyhadane,Kharkiv,36.1,49.2,,,Пожежа
3,20990320,1,https://example.org/3,підстанц|нафтобаз,удар,Vyhadane,Kharkiv,36.1,inf,,,x
";

const FIRMS_HEAD: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight,instrument\n";
const FIRMS_1: &str = "48.1,36.4,330,0.5,0.5,2099-04-10,00:11:00,N20,nominal,2.0NRT,270,2.5,N,VIIRS
48.3,36.9,330,0.5,0.6,2099-04-10,00:18:00,N20,low,2.0NRT,270,1.5,N,VIIRS
47.871,35.161,330,0.5,0.6,2099-04-10,00:18:00,N20,high,2.0NRT,270,1.5,N,VIIRS
49.0,24.7,330,0.5,0.6,2099-04-10,00:18:00,N20,nominal,2.0NRT,270,1.5,N,VIIRS
33.0,50.0,330,0.5,0.6,2099-04-10,00:18:00,N20,nominal,2.0NRT,270,1.5,N,VIIRS
";
const FIRMS_2: &str = "49.004,24.702,330,0.5,0.6,2099-04-11,0015,N20,n,2.0NRT,270,1.5,N,VIIRS
48.1,36.4,330,0.5,0.5,2099-04-11,1120,N,NaN,2.0NRT,270,NaN,D,VIIRS
91,36.4,330,0.5,0.5,2099-04-11,1120,N,nominal,2.0NRT,270,1,D,VIIRS
";

const WAVES: &str = "time_start,time_end,model,launch_place,target,target_main,launched,destroyed,source
2099-04-13 00:10,2099-04-13 08:00,Shahed-136/131,Somewhere,Ukraine,,98.0,87.0,kpszsu/posts/1
2099-04-13,2099-04-13,Unknown UAV,,south,,61.0,61.0,PvKPivden/posts/2
2099-04-20,2099-04-20,Unknown UAV,,Odesa oblast,,5.0,5.0,PvKPivden/posts/3
2099-04-13,2099-04-13,Orlan-10,,south,,3.0,3.0,PvKPivden/posts/4
2099-04-13 02:00,2099-04-13 03:00,Iskander-M,,Poltava oblast,,2,0,kpszsu/posts/5
2099-04-14 02:00,2099-04-14 03:00,Iskander-M,,Poltava oblast,,NaN,0,kpszsu/posts/6
2099-04-14 02:00,2099-04-14 03:00,Iskander-M,,Poltava oblast,,1,2,kpszsu/posts/7
";

const MESSAGES: &str = "date,datetime,drone_count,oblasts,text_snippet
2099-03-15,2099-03-15 06:40,0,bryansk,\"В период с 7.45 до 8.10 мск дежурными средствами ПВО **уничтожены три украинских беспилотных летательных аппарата** над территорией Брянской области\"
2099-03-15,2099-03-15 04:21,64,kursk|vladimir,\"В течение прошедшей ночи дежурными средствами ПВО уничтожено 126 украинских беспилотных летательных аппаратов: 64 – над территорией Волгоградской области, 2 – Курской области\"
2099-03-15,2099-03-15 05:01,0,unknown,Расчеты наносят удары по позициям
2099-03-15,2099-03-15 20:01,0,kursk,**Главное за день** Президент
2099-03-15,2099-03-15 20:02,0,kursk,ВСУ совершены четыре атаки на российскую энергетическую инфраструктуру
2099-03-15,yesterday,0,kursk,Около 12.15 мск дежурными средствами ПВО уничтожен украинский беспилотный аппарат
";

const ALLEGATIONS: &str =
    "claimant,accused,date_local,time_local,region_as_named_by_claimant,place,object,means,effect,source
RU MoD,UA,2099-03-26,17:00,Bryansk oblast,,10 kV line,UAV,line tripped,https://example.org/1
UA MFA,RU,2099-04-15,,Poltava oblast,,power transmission line,,damaged,https://example.org/2
RU MoD,UA,2099-04-15,night,Kursk oblast (as named),,gas pipelines,HIMARS (claimed),fire,https://example.org/3
Some paper,RU,2099-03-18,,Atlantis,Vyhadane,oil refinery,UAV,destroyed,
,RU,2099-03-18,,Kharkiv oblast,,oil refinery,UAV,destroyed,
RU MoD,UA,2099-03-26,soon,Bryansk oblast,,line,,,
";

const TOTALS: &str = "truce,claimant,as_of_local,total,artillery,uav,other,arithmetic,source_url
easter_2099,RU MoD,2099-04-21 00:00,4900,1404,3316,,1404+3316 = 4720,https://example.org/1
easter_2099,UA president,2099-04-20 12:00,,,26,00:00-12:00 only,,https://example.org/2
easter_2099,UA president,2099-04-20 12:00,,,,,,https://example.org/3
";

const CONTROL: &str = r#"{"type":"FeatureCollection","name":"x","features":[
 {"type":"Feature","properties":{},"geometry":{"type":"MultiPolygon","coordinates":[[[[36,48],[37,48],[37,49],[36,48]]]]}},
 {"type":"Feature","properties":{"name":"swapped"},"geometry":{"type":"Polygon","coordinates":[[[48,36],[48,37],[49,37],[48,36]]]}},
 {"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[36,48]}}
]}"#;

const MAPPING: &str = r#"
means = "sight"
grade = "B2"
text = "what"
reference = "id"
count = "n"

[source]
id = "post-K3"
title = "Post K3"
kind = "monitor"
voice = "mission"
licence = "ours"
attribution = "the mission"
release = "rows"
worth_percent = { shelling = 80 }
worth_basis = "our estimate"

[time]
from = "when"
format = "%Y-%m-%d %H:%M:%S"
zone = "Europe/Kyiv"
precision = "minute"

[place]
lon = "lon"
lat = "lat"
radius_m = 300
within = [22, 44, 41, 53]

[act]
column = "kind"
words = { "обстріл" = "shelling" }
set_aside = ["sport"]

[by]
column = "side"
words = { "РФ" = "Russia" }
"#;

const TABLE: &str = "when,lon,lat,kind,side,what,id,n
2099-04-11 16:05:30,36.1,49.2,обстріл,РФ,\"two lines\nof text\",K3-1,5
2099-04-11 16:06:00,36.1,49.2,sport,,,K3-2,
2099-04-11 16:07:00,36.1,49.2,обстріл,,,K3-3,3-9
2099-04-11 16:08:00,49.2,36.1,обстріл,,,K3-4,
2099-04-11 16:09:00,36.1,49.2,вибух,,,K3-5,
";

const FEATURES: &str = r#"{"type":"FeatureCollection","crs":{"a":[1]},"features":[
 {"type":"Feature","properties":{"when":"2099-04-11 16:05:30","kind":"обстріл","id":"K3-1","n":5,"lon":null},"geometry":{"type":"Point","coordinates":[36.1,49.2,120]}},
 {"type":"Feature","properties":{"when":"2099-04-11 16:05:30","kind":"обстріл"},"geometry":{"type":"LineString","coordinates":[[36.1,49.2],[36.2,49.2]]}},
 {"type":"Feature","properties":{"when":"2099-04-11 16:05:30","kind":"обстріл"},"geometry":{"type":"Point","coordinates":[49.2,36.1]}},
 {"type":"Feature","properties":{"kind":"обстріл"},"geometry":null}
]}"#;

macro_rules! gives {
    ($($name:ident: $kind:literal, $file:literal, $bytes:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(once($kind, $file, $bytes).shown());
        }
    )*};
}

gives! {
    viina_json: "viina", "events.json", VIINA;
    viina_csv: "viina", "events.csv", VIINA_CSV;
    firms: "firms", "fires.csv", [FIRMS_HEAD, FIRMS_1, FIRMS_2].concat();
    air_force: "air-force", "waves.csv", WAVES;
    mod_messages: "mod-messages", "messages.csv", MESSAGES;
    allegations: "allegations", "allegations.csv", ALLEGATIONS;
    party_totals: "party-totals", "totals.csv", TOTALS;
    control_line: "control-line", "20990411.geojson", CONTROL;
    csv: "csv", "table.csv", TABLE;
    geojson: "geojson", "features.geojson", FEATURES;
    xlsx: "xlsx", "book.xlsx", workbook(SHEET);
}

const SHEET: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>when</t></is></c><c r="B1" t="inlineStr"><is><t>lon</t></is></c><c r="C1" t="inlineStr"><is><t>lat</t></is></c><c r="D1" t="inlineStr"><is><t>kind</t></is></c><c r="E1" t="inlineStr"><is><t>side</t></is></c><c r="F1" t="inlineStr"><is><t>what</t></is></c><c r="G1" t="inlineStr"><is><t>id</t></is></c><c r="H1" t="inlineStr"><is><t>n</t></is></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><t>2099-04-11 16:05:30</t></is></c><c r="B2"><v>36.1</v></c><c r="C2"><v>49.2</v></c><c r="D2" t="inlineStr"><is><t>обстріл</t></is></c><c r="H2"><v>5</v></c></row>
<row r="4"><c r="A4" t="inlineStr"><is><t>sometime</t></is></c><c r="B4"><v>36.1</v></c><c r="C4"><v>49.2</v></c><c r="D4" t="inlineStr"><is><t>обстріл</t></is></c></row>"#;

/// The smallest workbook with these rows.
fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    archive(&[
        ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.into()),
        ("_rels/.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.into()),
        ("xl/workbook.xml", r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#.into()),
        ("xl/_rels/workbook.xml.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#.into()),
        ("xl/worksheets/sheet1.xml", sheet.into_bytes()),
    ])
}

fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn a_second_run_adds_nothing() {
    for (kind, name, bytes) in samples() {
        let mapping = options(Importer::named(kind).is_some_and(|i| i.needs_mapping).then_some(MAPPING));
        let mut held = Held::default();
        let first = run(kind, &[SourceFile::of_bytes(name, bytes.clone())], &mapping, &mut held);
        let again = run(kind, &[SourceFile::of_bytes("renamed-20990411.x", bytes)], &mapping, &mut held);
        assert!(!first.bodies.is_empty(), "{kind}");
        let new: Vec<&Body> = again.bodies.iter().collect();
        assert!(new.is_empty(), "{kind}: {new:?}");
        assert_eq!(again.summary.already_held, first.summary.taken + first.summary.already_held, "{kind}");
        assert_eq!(again.summary.set_aside, first.summary.set_aside, "{kind}");
    }
}

fn samples() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    vec![
        ("viina", "events.json", VIINA.into()),
        ("viina", "events.csv", VIINA_CSV.into()),
        ("firms", "fires.csv", [FIRMS_HEAD, FIRMS_1, FIRMS_2].concat().into()),
        ("air-force", "waves.csv", WAVES.into()),
        ("mod-messages", "messages.csv", MESSAGES.into()),
        ("allegations", "allegations.csv", ALLEGATIONS.into()),
        ("party-totals", "totals.csv", TOTALS.into()),
        ("control-line", "20990411.geojson", CONTROL.into()),
        ("csv", "table.csv", TABLE.into()),
        ("geojson", "features.geojson", FEATURES.into()),
        ("xlsx", "book.xlsx", workbook(SHEET)),
    ]
}

#[test]
fn a_row_that_stands_twice_is_one_entry() {
    let row = "2099-04-11 16:05:30,36.1,49.2,обстріл,РФ,,K3-1,5\n";
    let outcome = once("csv", "table.csv", format!("when,lon,lat,kind,side,what,id,n\n{row}{row}"));
    assert_eq!((outcome.summary.taken, outcome.summary.already_held), (1, 1));
    assert_eq!(outcome.bodies.iter().filter(|body| matches!(body, Body::Observed(_))).count(), 1);
}

#[test]
fn every_importer_is_documented() {
    let book = include_str!("../../../docs/importing.md");
    for i in &IMPORTERS {
        let line = format!("| `{}` | {} | {} | {} | {} |", i.kind, i.reads, i.gives, i.precision, i.licence);
        assert!(book.contains(&line), "docs/importing.md lacks\n{line}");
    }
    let example = book.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    Mapping::parse(example).expect("the example of the book is a mapping");
}

#[test]
fn every_importer_is_shown() {
    let shown: BTreeSet<&str> = samples().iter().map(|(kind, _, _)| *kind).collect();
    assert_eq!(shown, IMPORTERS.iter().map(|importer| importer.kind).collect());
}

#[test]
fn passes_and_repeated_heat_do_not_depend_on_the_files() {
    let (one, two) = ([FIRMS_HEAD, FIRMS_1].concat(), [FIRMS_HEAD, FIRMS_2].concat());
    let file = |text: &str| SourceFile::of_bytes("part.csv", text.as_bytes());
    let read = |files: &[SourceFile]| run("firms", files, &Options::default(), &mut Held::default());
    let whole = read(&[file(&[FIRMS_HEAD, FIRMS_1, FIRMS_2].concat())]);
    let (forth, back) = (read(&[file(&one), file(&two)]), read(&[file(&two), file(&one), file(&one)]));
    let made = |outcome: &Outcome| -> BTreeSet<Vec<u8>> {
        let rows = outcome.bodies.iter().filter(|body| matches!(body, Body::Observed(_) | Body::Looked(_)));
        rows.map(|body| encode(&body.write())).collect()
    };
    assert_eq!(made(&whole), made(&forth));
    assert_eq!(made(&whole), made(&back));
    assert_eq!(whole.summary.efforts, 2);
}

#[test]
fn an_interrupted_import_goes_on() {
    let rows: String = (0..10_000).map(|n| format!("2099-04-11 16:05:30,36.1,49.2,обстріл,,,K{n},\n")).collect();
    let text = format!("when,lon,lat,kind,side,what,id,n\n{rows}");
    let files = [SourceFile::of_bytes("table.csv", text.into_bytes())];
    let importer = Importer::named("csv").expect("a kind");
    let (mut held, mut stored, mut told) = (Held::default(), Vec::new(), Vec::<Progress>::new());
    let mut full = |batch: Vec<Body>| {
        if stored.is_empty() {
            stored.extend(batch);
            return Ok(());
        }
        Err("the disk is full".to_owned())
    };
    let failed = import(importer, &files, &options(Some(MAPPING)), &mut held, &mut full, &mut |p| told.push(p.clone()));
    let message = failed.expect_err("it stops").to_string();
    assert_eq!(message, "the store did not take the entries: the disk is full; run the import again to go on");
    let checkpoint: Checkpoint = told.last().expect("progress was told").checkpoint.clone();
    let mut held = Held::default();
    stored.iter().for_each(|body| {
        held.add(body);
    });
    let resumed = Options { resume: Some(checkpoint), ..options(Some(MAPPING)) };
    let rest = run("csv", &files, &resumed, &mut held);
    assert_eq!(rest.summary.already_held, 4095, "one entry of the first batch is the source");
    let whole = run("csv", &files, &options(Some(MAPPING)), &mut Held::default());
    assert_eq!(
        encode_all(stored.iter().chain(&rest.bodies)),
        encode_all(&whole.bodies),
        "the same entries in the same order"
    );
    assert_eq!(whole.progress.len(), 3);
}

fn encode_all<'a>(bodies: impl IntoIterator<Item = &'a Body>) -> Vec<Vec<u8>> {
    bodies.into_iter().map(|body| encode(&body.write())).collect()
}

#[test]
fn order_of_files_changes_no_entry() {
    let (one, two) =
        (SourceFile::of_bytes("a.json", VIINA.as_bytes()), SourceFile::of_bytes("b.csv", VIINA_CSV.as_bytes()));
    let forth = run("viina", &[one.clone(), two.clone()], &Options::default(), &mut Held::default());
    let back = run("viina", &[two, one], &Options::default(), &mut Held::default());
    assert_eq!(forth.set(), back.set());
}

/// The rows of a table of bearings, with what each becomes.
fn bearings(rows: &str, place: &str) -> Outcome {
    let ground = "radius_m = 300";
    assert!(MAPPING.contains(ground));
    let mapping = MAPPING.replace(ground, place);
    let table = format!("when,lon,lat,kind,side,n,id,what,bearing,error,least,most\n{rows}");
    run("csv", &[SourceFile::of_bytes("posts.csv", table.as_bytes())], &options(Some(&mapping)), &mut Held::default())
}

const WEDGE: &str = "bearing = \"bearing\"\nbearing_error = \"error\"\nrange_least = \"least\"\nrange_most = \"most\"";

#[test]
fn a_direction_from_a_post_is_kept_as_one() {
    let row = |said: &str| format!("2099-04-11 16:05:30,36.1,49.2,обстріл,,,,,{said}\n");
    let shown = |said: &str| bearings(&row(said), WEDGE).shown();
    let place = r#""place":{"bearing_error_mdeg":11250,"bearing_mdeg":22500,"lat_e6":49200000,"lon_e6":36100000,"range_least_m":2000,"range_most_m":4000,"shape":"wedge"}"#;
    for said in ["22.5,11.25,2000,4000", "NNE,11.25,2000,4000", "nne,11.25,2000.4,3999.7"] {
        assert!(shown(said).contains(place), "{}", shown(said));
    }
    for (said, why) in [
        ("400,5,2000,4000", "the bearing is `400`; degrees from 0 to 360 or a word such as `NNE` was expected"),
        ("NNE,,2000,4000", "the bearing's error is empty; give it, or `bearing_error_deg` in the mapping"),
        ("NNE,5,,4000", "`least` is empty; with a bearing both ranges are needed"),
        ("NNE,5,near,4000", "`least` is `near`, no number"),
        ("NNE,5,5000,4000", "is no place: a least range no greater than the most was expected"),
        ("NNE,5,2000,4e9", "is no place: a most range from 1 m to 200 km was expected"),
        ("NNE,-5,2000,4000", "an error of the bearing above 0 and up to 180 degrees to either side was expected"),
        ("NNE,5,-1,4000", "the least range is -1 m; 0 or more was expected"),
        (",,,", "the bearing is empty, and there is no radius; give one of them"),
    ] {
        assert!(shown(said).contains(why), "{why}:\n{}", shown(said));
    }
    let with_radius = bearings(&row(",,,"), &format!("radius_m = 300\n{WEDGE}")).shown();
    assert!(with_radius.contains(r#""radius_m":300,"shape":"disc""#), "{with_radius}");
    let fixed = WEDGE.replace("bearing_error = \"error\"", "bearing_error_deg = 11.25");
    assert!(bearings(&row("NNE,,2000,4000"), &fixed).shown().contains(place));
    let lacking = MAPPING.replace("radius_m = 300", "bearing = \"bearing\"");
    let why = "mapping: `[place]` with a `bearing` needs `bearing_error_deg`, or `bearing_error` with a column, and `range_least` and `range_most`";
    assert_eq!(Mapping::parse(&lacking).expect_err("refused").to_string(), why);
}

#[test]
fn a_mapping_is_asked_for_and_its_mistakes_are_named() {
    let importer = Importer::named("csv").expect("a kind");
    let none = import(importer, &[], &Options::default(), &mut Held::default(), &mut |_| Ok(()), &mut |_| {});
    assert_eq!(none.expect_err("refused").to_string(), "mapping: `csv` needs one; name it with `--map FILE`");
    for (from, to, why) in [
        (
            "means = \"sight\"",
            "means = \"rumour\"",
            "mapping: unknown means `rumour`; write one of sight, sound, camera, uav, satellite, press, statement",
        ),
        (
            "zone = \"Europe/Kyiv\"",
            "zone = \"Kyiv\"",
            "mapping: `Kyiv` is no IANA time zone; write one such as `Europe/Kyiv`",
        ),
        (
            "radius_m = 300",
            "",
            "mapping: `[place]` needs `radius_m`, or `radius` with a column: how well the place is known",
        ),
        (
            "licence = \"ours\"",
            "licence = \"\"",
            "mapping: `source.licence` is empty; write `unknown` if nobody knows, and release nothing",
        ),
    ] {
        let refused = Mapping::parse(&MAPPING.replace(from, to)).expect_err("refused");
        assert!(matches!(refused, Error::Mapping(_)), "{from}");
        assert_eq!(refused.to_string(), why);
    }
    let unknown = Mapping::parse(&MAPPING.replace("grade =", "grads =")).expect_err("refused").to_string();
    assert!(unknown.contains("unknown field `grads`") && unknown.contains("line 3"), "{unknown}");
}
