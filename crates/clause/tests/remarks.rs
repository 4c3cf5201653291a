//! Every code of drafting has a page, and what its page calls bad draws the remark while what it calls good does not.

#![allow(clippy::disallowed_methods, reason = "the tests read the manual; the crate does not")]

use clause::{AgreementFiles, Code, Severity, read, render};

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
        assert!(page.starts_with(&format!("# {word}: {}\n", code.says())), "{word}");
        let bad = example(page, "Bad");
        let (_, remarks) = read(&bad);
        assert!(
            remarks.iter().any(|r| r.code == code),
            "{word} is silent on:\n{}\n{}",
            bad.text,
            render(&remarks, &bad, false)
        );
        let good = example(page, "Good");
        let (_, remarks) = read(&good);
        let wrong: Vec<_> = remarks.into_iter().filter(|r| r.code == code || r.severity() == Severity::Error).collect();
        assert!(wrong.is_empty(), "{word}:\n{}", render(&wrong, &good, false));
    }
}
