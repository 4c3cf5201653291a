//! Every code of drafting has a page, and what its page calls bad draws the remark while what it calls good does not; and
//! what is remarked upon reads in Ukrainian too.

#![allow(clippy::disallowed_methods, reason = "the tests read the manual; the crate does not")]

use clause::{AgreementFiles, Code, Language, Remark, Severity, read, render};
use std::collections::BTreeMap;
use std::path::Path;

/// A map of one ring.
fn map(ring: &str) -> Vec<u8> {
    format!(
        "{{\"type\":\"Feature\",\"version\":\"1\",\"source\":\"drawn for this test\",\"as_of\":\"2026-04-01\",\
        \"properties\":{{}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}}}"
    )
    .into_bytes()
}

/// An example under the frame that its fence names: `alone` has no body, `endless` no end, `uk` a translation.
fn files(frame: &str, example: &str, page: &str) -> AgreementFiles {
    let ends = if frame == "endless" { "" } else { "ends: 2026-12-31 00:00 Europe/Kyiv\n" };
    let actors = if frame == "alone" { "" } else { "actors Mission\n" };
    let text = format!(
        "---\nagreement: example\ntitle: An example\nversion: 1\nin-force: 2026-04-11 16:00 Europe/Kyiv\n{ends}\
        time-zone: Europe/Kyiv\nstandard: 0.80\nkeep-threshold: 0.60\nfinal-after: 10 days\n---\n\n## Definitions\n\n\
        ```backstop\nparties North, South\n{actors}zone Square = map \"square.geojson\" as of 2026-04-01\n\
        zone East = map \"east.geojson\" as of 2026-04-01\nevent fire = shelling or small-arms\n```\n\n\
        ## Article 1. The rules\n\n{example}"
    );
    let mut files = AgreementFiles { text, ..AgreementFiles::default() };
    let rings = [
        ("square.geojson", "[[30,48],[31,48],[31,49],[30,49],[30,48]]"),
        ("east.geojson", "[[30.5,48],[31.5,48],[31.5,49],[30.5,49],[30.5,48]]"),
        ("bow.geojson", "[[30,48],[31,49],[31,48],[30,49],[30,48]]"),
    ];
    files.files.extend(rings.map(|(name, ring)| (name.to_owned(), map(ring))));
    if frame == "uk" {
        let (_, translation) = page.split_once("````file agreement.uk.md\n").expect("the page has the other language");
        let (translation, _) = translation.split_once("````").expect("its fence is closed");
        files.files.insert("agreement.uk.md".to_owned(), translation.as_bytes().to_vec());
    }
    files
}

/// The example under a heading of a page.
fn example(page: &str, heading: &str) -> AgreementFiles {
    let (_, after) = page.split_once(&format!("## {heading}\n\n````agreement")).expect("the page has the example");
    let (frame, rest) = after.split_once('\n').expect("a fence opens a line");
    let (example, _) = rest.split_once("````").expect("its fence is closed");
    files(frame.trim(), example, page)
}

#[test]
fn every_page_runs() {
    for code in Code::ALL.into_iter().filter(|code| code.word().starts_with('B')) {
        let word = code.word();
        let page = code.page().unwrap_or_else(|| panic!("{word} has no page"));
        assert!(page.starts_with(&format!("# {word}: {}\n", code.says(Language::English))), "{word}");
        let bad = example(page, "Bad");
        let (_, remarks) = read(&bad);
        assert!(
            remarks.iter().any(|r| r.code == code),
            "{word} is silent on:\n{}\n{}",
            bad.text,
            render(&remarks, &bad, Language::English, false)
        );
        let good = example(page, "Good");
        let (_, remarks) = read(&good);
        let wrong: Vec<_> = remarks.into_iter().filter(|r| r.code == code || r.severity() == Severity::Error).collect();
        assert!(wrong.is_empty(), "{word}:\n{}", render(&wrong, &good, Language::English, false));
    }
}

/// The text and maps of a case.
fn case(page: &str) -> AgreementFiles {
    let mut files = AgreementFiles::default();
    for piece in page.split("\n````").skip(1) {
        let (opening, inner) = piece.split_once('\n').unwrap_or((piece, ""));
        let inner = format!("{inner}\n");
        match opening.strip_prefix("file ") {
            Some(name) => _ = files.files.insert(name.to_owned(), inner.into_bytes()),
            None if opening == "agreement" => files.text = inner,
            None => {}
        }
    }
    files
}

/// Texts that between them draw most remarks: the bad example of each page, and the cases of mistakes.
fn bad_texts() -> BTreeMap<String, AgreementFiles> {
    let paged = Code::ALL.into_iter().filter_map(|code| Some((code.word().to_owned(), example(code.page()?, "Bad"))));
    let cases = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases")).expect("the cases are there");
    let cases = cases.map(|entry| entry.expect("an entry").path()).filter_map(|path| {
        let name = path.file_stem()?.to_str()?.to_owned();
        let of_mistakes = name.starts_with("drafting-") || name.contains("mistake") || name == "no-front-matter";
        let page = of_mistakes.then(|| std::fs::read_to_string(&path).expect("a case is text"))?;
        page.contains("\n````agreement\n").then(|| (name, case(&page)))
    });
    paged.chain(cases).collect()
}

/// The remark in a language: its message, then its notes and its fix.
fn lines(remark: &Remark, language: Language) -> Vec<String> {
    let said = std::iter::once(&remark.message).chain(&remark.notes).chain(&remark.fix);
    said.map(|said| said.say(language)).collect()
}

#[test]
fn every_code_is_said_in_ukrainian() {
    let mut out = String::new();
    for code in Code::ALL.into_iter().filter(|code| code.page().is_some()) {
        let (_, remarks) = read(&example(code.page().expect("filtered"), "Bad"));
        out.push_str(&format!("{}: {}\n", code.word(), code.says(Language::Ukrainian)));
        for remark in remarks.iter().filter(|remark| remark.code == code) {
            out.push_str(&format!(
                "  {}:{} {}\n",
                remark.line,
                remark.column,
                lines(remark, Language::Ukrainian).join("\n    ")
            ));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_text_with_every_mistake_is_rendered_in_ukrainian() {
    let files = case(include_str!("../../../cases/every-kind-of-mistake.md"));
    let (_, remarks) = read(&files);
    insta::assert_snapshot!(render(&remarks, &files, Language::Ukrainian, false));
}

/// Names, words of the text and numbers are parts of a remark, so that no language may lose one.
#[test]
fn both_languages_name_the_same() {
    let quoted = |line: &str| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let digits = |line: &str| {
        let outside: String = line.split('`').step_by(2).collect();
        let numbers = outside.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
        numbers.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut seen = 0;
    for (name, files) in bad_texts() {
        for remark in read(&files).1 {
            let (english, ukrainian) = (lines(&remark, Language::English), lines(&remark, Language::Ukrainian));
            for (english, ukrainian) in english.iter().zip(&ukrainian) {
                let (mut ours, mut theirs) = (digits(english), digits(ukrainian));
                ours.sort();
                theirs.sort();
                assert_eq!(ours, theirs, "{name}: the numbers of `{english}` and `{ukrainian}`");
                let theirs = quoted(ukrainian);
                for word in quoted(english) {
                    assert!(theirs.contains(&word), "{name}: `{ukrainian}` does not name `{word}`");
                }
                assert!(!ukrainian.contains(['{', '|']), "{name}: {ukrainian}");
                assert_ne!(english, ukrainian, "{name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 300, "only {seen} sentences were held against each other");
}

/// The sources under a folder, but for the tables themselves.
fn sources(folder: &Path) -> String {
    let mut out = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("said") {
            out += &sources(&path);
        } else if path.is_file() {
            out += &std::fs::read_to_string(&path).expect("sources are text");
        }
    }
    out
}

#[test]
fn every_sentence_of_the_tables_is_said_somewhere() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // A long sentence may run on: a backslash, and the blanks that open the next line.
    let said: String = sources(&source).split("\\\n").map(|piece| piece.trim_start()).collect();
    let mut seen = 0;
    for table in ["reading.rs", "drafting.rs"] {
        let table = std::fs::read_to_string(source.join("said/ukrainian").join(table)).expect("the table is there");
        let literals =
            table.lines().filter_map(|line| line.trim().strip_suffix(',')).filter(|line| line.starts_with('"'));
        for english in literals.step_by(2) {
            assert!(said.contains(english), "nobody says {english}");
            seen += 1;
        }
    }
    assert!(seen > 250, "{seen} sentences");
}
