//! Tables of pledges through the real program: every row is a deed, is kept with its line and what is wrong with it, or was
//! there before; a table that is closed to others leaves no trace of what it holds.

mod place;
mod program;

use place::Place;
use program::{leaves, workspace};
use std::fs;
use std::process::Command;

#[track_caller]
fn imports(place: &Place, code: i32, file: &str, more: &[&str]) -> String {
    leaves(place, code, &[&["--store", "store", "guarantees", "import", file], more].concat())
}

/// A store with the invented package, of which one promise has a name that others use.
fn store(name: &str) -> Place {
    let place = Place::new(name);
    let page = workspace().join("agreements/varo-2026/guarantees.md");
    let page = fs::read_to_string(page).expect("read");
    let page =
        page.replacen("  serves kesh-force demining\n", "  serves kesh-force demining\n  known-as \"XX-SOL-1\"\n", 1);
    fs::write(place.0.join("page.md"), page).expect("written");
    leaves(&place, 0, &["init", "store", "--data-class", "exercise"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "page.md", "--open"]);
    place
}

#[track_caller]
fn holds(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

const TABLE: &str = "commitment,what,by,amount,unit,happened,document,reference,note
corvania-monitors,sent,Corvania,10,people,2026-03-02,order 4,,
corvania-monitors,received,Mission,8,people,2026-03-03 10:00,list 2,,\"two, ill\"
corvania-monitors,received,Corvania,10,people,2026-03-03,,,the giver
soldane-demining,announced,Soldane,-2,crowns,2026-03-03,,,
soldane-demining,announced,,2,crowns,2026-03-03,,,
soldane-demining,announced,Soldane,\"1,200\",crowns,2026-03-03,,,
soldane-demining,announced,Soldane,5 USD,EUR,2026-03-03,,,
soldane-demining,sent,Soldane,5,USD,2026-03-03,,,
XX-SOL-1,sent,Soldane Union,5,EUR,2026-03-03,,,
soldane-demining,sent,Soldane,5,EUR,2026-03-03,,,
soldane-demining,sent,Soldane,5,EUR,2026-03-03,,second,
soldane-demining,received,Aldren,5,EUR,2126-03-03,,,
soldane-demning,sent,Soldane,5,EUR,2026-03-03,,,
soldane-demining,sent,Corvania,5,EUR,2026-03-03,,,
soldane-demining,gave,Soldane,5,EUR,2026-03-03,,,
soldane-demining,sent,Soldane,5,EUR,2026-13-03,,,
too,few
";

#[test]
fn each_row_is_a_deed_or_is_kept_with_what_is_wrong() {
    let place = store("pledges");
    fs::write(place.0.join("t.csv"), TABLE).expect("written");
    let before = leaves(&place, 0, &["--store", "store", "status"]);
    let said = imports(&place, 3, "t.csv", &["--open", "--dry-run"]);
    holds(&said, &["taken          5", "unread         12", "dry run: nothing was written"]);
    assert_eq!(before, leaves(&place, 0, &["--store", "store", "status"]));
    let said = imports(&place, 3, "t.csv", &["--open"]);
    holds(
        &said,
        &[
            "17 rows",
            "taken          5",
            "(line 4, byte",
            "Corvania calls it received, and only Mission confirms receipt of corvania-monitors",
            "(line 5, byte",
            "`-2` is negative",
            "(line 6, byte",
            "`by` is empty",
            "(line 7, byte",
            "`1,200 crowns` is no amount",
            "(line 8, byte",
            "`5 USD` with unit `EUR` has two units",
            "(line 11, byte",
            "the same as line 10; if both are meant, give each a `reference` of its own",
            "a receipt on 2126-03-03 lies in the future",
            "no commitment is called `soldane-demning`; did you mean `soldane-demining`?",
            "soldane-demining is a promise of Soldane, and the row is by Corvania",
            "`gave` is no rung of delivery; write one of announced, legal, allocated, sent, received",
            "`2026-13-03` is no time; write a day as `2026-03-02`",
            "2 fields where the header has 9",
            "units          soldane-demining: EUR, USD; side by side, never converted",
        ],
    );
    let again = imports(&place, 3, "t.csv", &["--open"]);
    holds(&again, &["taken          0", "already held   5", "unread         12", "entries        0 written"]);
    let promises = leaves(&place, 0, &["--store", "store", "commitments", "--public"]);
    holds(
        &promises,
        &["sent       10 EUR", "sent       5 USD", "received   8 people", "announced  2.5 crowns-million"],
    );
    // A row whose note changed is not a second delivery.
    fs::write(place.0.join("t.csv"), TABLE.replace("two, ill", "two were ill")).expect("written");
    holds(&imports(&place, 3, "t.csv", &["--open"]), &["taken          0", "recorded already with another note"]);
    // The whole row came into the record, as it came.
    let entries = leaves(&place, 0, &["--store", "store", "log", "tail"]);
    assert!(entries.contains("row.unread"), "{entries}");
}

const ACTIVITIES: &str = r#"<?xml version="1.0"?>
<iati-activities version="2.03">
 <iati-activity default-currency="EUR">
  <iati-identifier>XX-SOL-1</iati-identifier>
  <reporting-org ref="XX-SOL"><narrative>Soldane Union</narrative><narrative xml:lang="fr">Union</narrative></reporting-org>
  <budget><period-start iso-date="2026-01-01"/><value currency="EUR" value-date="2026-01-01">9</value></budget>
  <transaction ref="t1"><transaction-type code="12"/><transaction-date iso-date="2026-03-01"/><value value-date="2026-03-01">2000000</value><description><narrative>Kits &amp; boots</narrative></description></transaction>
  <transaction ref="t2"><transaction-type code="3"/><transaction-date iso-date="2026-03-02"/><value currency="USD" value-date="2026-03-03">1000.50</value></transaction>
  <transaction><transaction-type code="4"/><transaction-date iso-date="2026-03-02"/><value>7</value></transaction>
  <transaction><transaction-type code="3"/><transaction-date iso-date="2026-03-02"/><value>-7</value></transaction>
  <transaction><transaction-type code="1"/><transaction-date iso-date="2026-03-02"/><value>7</value></transaction>
  <transaction><transaction-type code="3"/><transaction-date iso-date="2126-03-02"/><value>7</value></transaction>
 </iati-activity>
 <iati-activity><iati-identifier>XX-2</iati-identifier><transaction><transaction-type code="3"/><transaction-date iso-date="2026-03-02"/><value currency="EUR">7</value></transaction></iati-activity>
 <iati-activity><iati-identifier>XX-SOL-1</iati-identifier><reporting-org><narrative>Aldren</narrative></reporting-org><transaction><transaction-type code="1"/><transaction-date iso-date="2026-03-02"/><value currency="EUR">500</value></transaction></iati-activity>
</iati-activities>
"#;

#[test]
fn transactions_of_activities_are_deeds_in_their_own_currency() {
    let place = store("activities");
    fs::write(place.0.join("a.xml"), ACTIVITIES).expect("written");
    let said = imports(&place, 3, "a.xml", &["--open"]);
    holds(
        &said,
        &[
            "9 rows",
            "taken          3",
            "set aside      3",
            "a budget or a planned disbursement: a plan, and no deed",
            "funds that the one who reports had from others",
            "(line 10, byte",
            "`-7` is negative",
            "(line 12, byte",
            "a deed on 2126-03-02 lies in the future",
            "no commitment is called `XX-2`; write it into a page, or add `known-as` to the one it is",
        ],
    );
    let promises = leaves(&place, 0, &["--store", "store", "commitments", "--public"]);
    holds(&promises, &["announced  2000000 EUR", "sent       1000.5 USD", "received   500 EUR"]);
    for (text, problem) in [
        (&ACTIVITIES[..900], "no well-formed XML from here"),
        (&ACTIVITIES[..900], "unread         1"),
        (ACTIVITIES.split_once(" <iati-activity><").expect("two").0, "it was cut; get it again"),
        ("<iati-activities></iati-activities>", "it holds no transaction"),
        ("<a><b></a>", "line 1: no well-formed XML from here"),
        ("not XML at all", "it holds no transaction"),
    ] {
        fs::write(place.0.join("bad.xml"), text).expect("written");
        holds(&imports(&place, 3, "bad.xml", &["--open"]), &[problem]);
    }
    fs::write(place.0.join("bad.pdf"), "x").expect("written");
    holds(&imports(&place, 2, "bad.pdf", &["--open"]), &["`bad.pdf` is no .csv, .xlsx or .xml file"]);
}

/// The smallest workbook with one sheet of these rows.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    workbook_of(&[("S", rows)])
}

/// The smallest workbook with these sheets, each of a name and rows. What begins with `=` is a number, or a day counted as workbooks
/// count them where it begins with `=d`; anything else is text.
fn workbook_of(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    use std::io::Write;
    let cell = |text: &&str| match (text.strip_prefix("=d"), text.strip_prefix('=')) {
        (Some(day), _) => format!(r#"<c s="1"><v>{day}</v></c>"#),
        (None, Some(number)) => format!("<c><v>{number}</v></c>"),
        (None, None) => format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#),
    };
    let row = |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    let (main, office) = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    );
    let package = "http://schemas.openxmlformats.org/package/2006";
    let link =
        |id: &str, kind: &str, to: &str| format!(r#"<Relationship Id="{id}" Type="{office}/{kind}" Target="{to}"/>"#);
    let links = |links: String| format!(r#"<Relationships xmlns="{package}/relationships">{links}</Relationships>"#);
    let numbered = || sheets.iter().zip(1..);
    let named = numbered().map(|((name, _), n)| format!(r#"<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>"#));
    let targets = numbered()
        .map(|(_, n)| link(&format!("rId{n}"), "worksheet", &format!("worksheets/sheet{n}.xml")))
        .collect::<String>();
    let book = format!(
        r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{}</sheets></workbook>"#,
        named.collect::<String>()
    );
    let styles =
        format!(r#"<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#);
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), format!(r#"<Types xmlns="{package}/content-types"/>"#)),
        ("_rels/.rels".to_owned(), links(link("rId1", "officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml".to_owned(), book),
        ("xl/styles.xml".to_owned(), styles),
        ("xl/_rels/workbook.xml.rels".to_owned(), links(targets + &link("rId99", "styles", "styles.xml"))),
    ];
    parts.extend(numbered().map(|((_, rows), n)| {
        let rows: String = rows.iter().map(row).collect();
        (
            format!("xl/worksheets/sheet{n}.xml"),
            format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
        )
    }));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        zip.write_all(text.as_bytes()).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn a_workbook_is_a_table() {
    let place = store("workbook");
    let header: &[&str] = &["commitment", "what", "by", "amount", "unit", "happened"];
    let book = workbook(&[
        header,
        &["corvania-monitors", "sent", "Corvania", "12", "people", "2026-03-02 00:00:00"],
        &["corvania-monitors", "sent", "Corvania", "12", "people", "2026-03-02"],
        &["corvania-monitors", "sent", "Corvania", "twelve", "people", "2026-03-02"],
    ]);
    fs::write(place.0.join("t.xlsx"), book).expect("written");
    let said = imports(&place, 3, "t.xlsx", &["--open"]);
    holds(&said, &["taken          1", "the same as line 2", "`twelve` with unit `people` has two units"]);
    fs::write(place.0.join("bad.xlsx"), workbook(&[&["commitment", "what"], &["x", "y"]])).expect("written");
    holds(&imports(&place, 3, "bad.xlsx", &["--open"]), &["the first row lacks `by`, `amount`, `unit`, `happened`"]);
    let sent = leaves(&place, 0, &["--store", "store", "commitments", "--public"]);
    holds(&sent, &["sent       12 people"]);
}

#[test]
fn a_closed_table_is_taken_whole_or_not_at_all_and_reaches_no_other() {
    let place = store("closed-table");
    let good = "commitment,what,by,amount,unit,happened,note\nilmaria-flights,sent,Ilmaria,7,hours,2026-03-02,under another flag\n";
    fs::write(
        place.0.join("secret-table.csv"),
        format!("{good}ilmaria-flights,sent,Ilmaria,-1,hours,2026-03-02,a hidden row\n"),
    )
    .expect("written");
    let before = leaves(&place, 0, &["--store", "store", "status"]);
    let refused = imports(&place, 3, "secret-table.csv", &["--reader", "Ilmaria"]);
    holds(&refused, &["`-1` is negative", "taken whole or not at all"]);
    assert_eq!(before, leaves(&place, 0, &["--store", "store", "status"]), "something was written");
    fs::write(place.0.join("secret-table.csv"), good).expect("written");
    holds(
        &imports(&place, 0, "secret-table.csv", &["--reader", "Ilmaria"]),
        &["taken          1", "entries        1 written"],
    );
    let own = leaves(&place, 0, &["--store", "store", "commitments", "--for", "Ilmaria"]);
    holds(&own, &["sent       7 hours"]);
    for other in [&["--for", "Corvania"][..], &["--public"]] {
        for asked in ["commitments", "forces", "sites", "clocks"] {
            let said = leaves(&place, 0, &[&["--store", "store", "--json", asked], other].concat());
            assert!(!said.contains("another flag") && !said.contains("7 hours"), "{asked} {other:?}\n{said}");
        }
    }
    for reader in ["public", "mission"] {
        let to = format!("out-{reader}");
        leaves(&place, 0, &["--store", "store", "export", "--to", &to, "--reader", reader]);
        let found = Command::new("grep")
            .args(["-rlE", "another flag|secret-table|hidden row", &to])
            .current_dir(&place.0)
            .output();
        assert_eq!(
            String::from_utf8_lossy(&found.expect("grep runs").stdout),
            "",
            "an export for the {reader} holds it"
        );
    }
}

/// A generator of our own, so that each run is the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }
}

#[test]
fn a_table_with_columns_of_its_own_is_read_by_a_mapping() {
    let place = store("mapped");
    let mapping = "delimiter = \";\"\n[commitment]\ncolumn = \"Item\"\nwords = { \"Observers\" = \"corvania-monitors\" }\n[what]\ncolumn = \"Status\"\n\
        words = { \"On the way\" = \"sent\", \"Arrived\" = \"received\" }\nset-aside = [\"Cancelled\"]\n[by]\ncolumn = \"Says\"\n[amount]\ncolumn = \"Number\"\n\
        thousands = \".\"\ndecimal = \",\"\n[unit]\nis = \"people\"\n[happened]\ncolumn = \"Date\"\nformat = \"%d.%m.%Y\"\n";
    fs::write(place.0.join("map.toml"), mapping).expect("written");
    let table = "Date;Item;Number;Says;Status;Remark\n02.03.2026;Observers;1.010;Corvania;On the way;\n03.03.2026;Observers;8,5;Mission;Arrived;\n\
        03.03.2026;Observers;3;Corvania;Cancelled;\n2026-03-04;Observers;3;Corvania;On the way;\n05.03.2026;Tents;3;Corvania;On the way;\n";
    fs::write(place.0.join("t.csv"), table).expect("written");
    let said = imports(&place, 3, "t.csv", &["--open", "--map", "map.toml"]);
    holds(
        &said,
        &[
            "5 rows",
            "taken          2",
            "set aside by the mapping",
            "unread         2",
            "`2026-03-04` in `Date` is not written as `%d.%m.%Y`",
            "no commitment is called `Tents`",
        ],
    );
    let told = leaves(&place, 0, &["--store", "store", "commitments"]);
    holds(&told, &["1010 people", "8.5 people"]);
    assert!(
        imports(&place, 3, "t.csv", &["--open", "--map", "map.toml"]).contains("already held   2"),
        "the same again adds nothing"
    );
    assert!(imports(&place, 1, "t.csv", &["--open", "--map", "absent.toml"]).contains("absent.toml"));
    fs::write(place.0.join("map.toml"), mapping.replace("[unit]\nis = \"people\"\n", "")).expect("written");
    assert!(imports(&place, 2, "t.csv", &["--open", "--map", "map.toml"]).contains("`[unit]` is missing"));
    fs::write(place.0.join("t.xml"), "<iati-activities/>").expect("written");
    fs::write(place.0.join("map.toml"), mapping).expect("written");
    assert!(imports(&place, 2, "t.xml", &["--open", "--map", "map.toml"]).contains("need no mapping"));
}

/// A workbook as people keep it: notes on its first sheet, columns of its own on the second, numbers and days as a workbook has them.
#[test]
fn a_workbook_with_columns_of_its_own_is_read_by_a_mapping() {
    let place = store("mapped-workbook");
    let mapping = "sheet = \"Deliveries\"\n[commitment]\ncolumn = \"Річ\"\nwords = { \"Спостерігачі\" = \"corvania-monitors\" }\n\
        [what]\ncolumn = \"Status\"\nwords = { \"On the way\" = \"sent\", \"Arrived\" = \"received\" }\nset-aside = [\"Cancelled\"]\n\
        [by]\ncolumn = \"Says\"\n[amount]\ncolumn = \"Number\"\n[unit]\nis = \"people\"\n[happened]\ncolumn = \"Date\"\n";
    fs::write(place.0.join("map.toml"), mapping).expect("written");
    let rows: &[&[&str]] = &[
        &["Date", "Річ", "Number", "Says", "Status"],
        // 46083 is 2 March 2026.
        &["=d46083", "Спостерігачі", "=12", "Corvania", "On the way"],
        &["2026-03-03", "Спостерігачі", "=8.5", "Mission", "Arrived"],
        &["2026-03-03", "Спостерігачі", "=3", "Corvania", "Cancelled"],
        &["2026-03-04", "Намети", "=3", "Corvania", "On the way"],
        &["2026-03-04", "Спостерігачі", "=-3", "Corvania", "On the way"],
    ];
    let notes: &[&[&str]] = &[&["Notes"], &["kept by hand"]];
    fs::write(place.0.join("t.xlsx"), workbook_of(&[("Notes", notes), ("Deliveries", rows)])).expect("written");
    let said = imports(&place, 3, "t.xlsx", &["--open", "--map", "map.toml"]);
    let told = [
        "5 rows",
        "taken          2",
        "set aside by the mapping",
        "unread         2",
        "no commitment is called `Намети`",
    ];
    holds(&said, &told);
    let commitments = leaves(&place, 0, &["--store", "store", "--json", "commitments"]);
    let json: serde_json::Value = serde_json::from_str(&commitments).expect("JSON");
    let all = json["data"]["commitments"].as_array().cloned().expect("commitments");
    let monitors = all.iter().find(|one| one["id"] == "corvania-monitors").expect("it is there");
    let rung = |name: &str| monitors["rungs"].as_array().into_iter().flatten().find(|one| one["rung"] == name).cloned();
    let sent = rung("sent").expect("the first row");
    assert_eq!(sent["shown"], "12 people");
    // A day in the zone of the page, two hours behind UTC.
    assert_eq!(sent["latest"]["earliest"], "2026-03-02T02:00:00Z", "{sent}");
    assert_eq!(rung("received").expect("the second row")["shown"], "8.5 people");
    fs::write(place.0.join("map.toml"), mapping.replace("Deliveries", "Nothing")).expect("written");
    let absent = imports(&place, 3, "t.xlsx", &["--open", "--map", "map.toml"]);
    holds(&absent, &["the workbook has no such sheet; it has `Notes, Deliveries`"]);
}

#[test]
fn whatever_is_done_to_a_table_no_row_is_lost() {
    use backstop::intake::{Held, Pledges, SourceFile, import_pledges};
    let page = workspace().join("agreements/varo-2026/guarantees.md");
    let (package, _) = clause::guarantee::read(&fs::read_to_string(page).expect("read"));
    let pledges = Pledges {
        package: &package,
        audience: mission::record::body::Audience::Mission,
        recorded: Default::default(),
        now: terms::Instant::LATEST,
        mapping: None,
    };
    let mut dice = Dice(11);
    let pieces: [&[u8]; 8] = [b"\"", b"<", b"</transaction>", b"&#0;", b"&x;", b"\xff\xfe", b"<![CDATA[", b"\r\n\0,"];
    let book =
        workbook(&[&["commitment", "what", "by", "amount", "unit", "happened"], &["x", "sent", "A", "1", "u", "2026"]]);
    for round in 0..600 {
        let (name, whole): (&str, &[u8]) = match round % 3 {
            0 => ("t.csv", TABLE.as_bytes()),
            1 => ("t.xml", ACTIVITIES.as_bytes()),
            _ => ("t.xlsx", &book),
        };
        let mut bytes = whole.to_vec();
        for _ in 0..1 + dice.below(4) {
            let from = dice.below(bytes.len().max(1));
            let until = (from + dice.below(90)).min(bytes.len());
            let piece = pieces[dice.below(pieces.len())].to_vec();
            match dice.below(3) {
                0 => drop(bytes.drain(from..until)),
                1 => drop(bytes.splice(from..from, piece)),
                _ => bytes.truncate(until.max(1)),
            }
        }
        let mut held = Held::default();
        let mut once = || {
            let file = SourceFile::of_bytes(name, bytes.clone());
            let done = import_pledges(&pledges, &file, None, &mut held, &mut |_| Ok(()), &mut |_| {});
            done.expect("bad input is no error of the import").summary
        };
        let (first, again) = (once(), once());
        let aside: u64 = first.set_aside.values().sum();
        let ended = first.taken + first.already_held + aside + first.unread;
        assert_eq!(first.rows, ended, "round {round}: a row is lost\n{}", String::from_utf8_lossy(&bytes));
        assert!(first.rows > 0 || first.files[0].problem.is_some(), "round {round}: nothing is said of an empty file");
        if first.files[0].problem.is_none() {
            assert_eq!(again.entries, 0, "round {round}: the same file brings something new");
        }
    }
}
