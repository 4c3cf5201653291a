//! Briefs on paper through the real program: two pages at most, the same bytes each time, read by tools of other people; nothing that
//! anybody wrote becomes markup, and what has no room is counted.

mod place;
mod program;

use place::Place;
use program::{Served, leaves, workspace};
use std::fs;
use std::process::Command;

const FRONT: &str = "---
guarantees: paper
title: Guarantees on paper
version: 1
as-of: 2026-03-01
time-zone: Europe/Kyiv
---

# Paper

```backstop
parties Gift \"Країна дарів\", Taker \"Taker\"
source own official 2026-03-01 \"архів; #image(/etc/passwd)\"
instrument pact \"Угода про гарантії\"
  kind bilateral
  parties Gift, Taker
  text public
  effect on signature
  state signed 2026-03-01 by Gift, Taker
  source own
";

/// A page with promises that say these, the first of which has a clock.
fn page(says: &[String]) -> String {
    let promise = |(number, says): (usize, &String)| {
        format!(
            "commitment p{number} of Gift to Taker \"{says}\"\n  in pact\n  class reconstruction\n  word shall\n  binds legally\n  source own\n"
        )
    };
    let promises: String = says.iter().enumerate().map(promise).collect();
    let clock = "clock h of p0\n  starts request by Taker to Gift\n  runs 24 hours\n  discharged by action by Gift about p0\n  \
        on-expiry \"Сторона може звернутися до Комісії\"\n";
    format!("{FRONT}{promises}{clock}```\n")
}

fn store(name: &str, data_class: &str, says: &[String]) -> Place {
    let place = Place::new(name);
    fs::write(place.0.join("page.md"), page(says)).expect("written");
    let deeds = "| deed | what | by | to | about | happened |\n|---|---|---|---|---|---|\n| ask | request | Taker | Gift | | 2026-03-02 10:30 |\n";
    fs::write(place.0.join("deeds.md"), deeds).expect("written");
    leaves(&place, 0, &["init", "store", "--data-class", data_class]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "page.md", "--open"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "record", "deeds.md", "--open"]);
    place
}

/// Writes the brief, with so many threads at hand; gives its bytes.
fn paper(place: &Place, threads: &str) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_backstop"))
        .args([
            "--store",
            "store",
            "brief",
            "--for",
            "Gift",
            "--as-of",
            "2126-03-02T12:00:00Z",
            "--format",
            "pdf",
            "-o",
            "brief.pdf",
        ])
        .current_dir(&place.0)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(place.0.join("brief.pdf")).expect("written")
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|window| window == what.as_bytes())
}

/// What a tool of other people says of the file; nothing where it is not there, which is said.
fn asked(place: &Place, tool: &str, args: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(tool).args(args).current_dir(&place.0).output() else {
        println!("skipped: no {tool}");
        return None;
    };
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The text of each page.
fn pages(place: &Place) -> Option<Vec<String>> {
    let text = asked(place, "pdftotext", &["-layout", "brief.pdf", "-"])?;
    Some(text.split_terminator('\u{c}').map(str::to_owned).collect())
}

/// As one line: where lines end on paper is nobody's text.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn it_is_an_archive_s_and_a_screen_reader_s_and_the_same_each_time() {
    let says = ["відбудова шкіл і лікарень, їжа та ґрунт".to_owned()];
    let place = store("paper", "simulated", &says);
    let bytes = paper(&place, "1");
    assert_eq!(bytes, paper(&place, "8"), "the number of threads shows");
    assert!(bytes.starts_with(b"%PDF-1.7"));
    // ISO 19005-2, level A, and ISO 14289-1, as the document says of itself.
    for mark in
        ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>", "<pdfuaid:part>1</pdfuaid:part>"]
    {
        assert!(holds(&bytes, mark), "{mark}");
    }
    // The instant that it is as of; not that at which it was made.
    assert!(holds(&bytes, "D:21260302120000Z"));
    if let Some(about) = asked(&place, "pdfinfo", &["brief.pdf"]) {
        let about = plain(&about);
        for line in
            ["Tagged: yes", "Pages: 1", "(A4)", "Title: Brief for Країна дарів, as of 2126-03-02 14:00 Europe/Kyiv"]
        {
            assert!(about.contains(line), "{line}\n{about}");
        }
    }
    if let Some(said) = asked(&place, "qpdf", &["--check", "brief.pdf"]) {
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
    }
    let Some(pages) = pages(&place) else { return };
    let text = plain(&pages.concat());
    for line in [
        "SIMULATED",
        "Країна дарів",
        "відбудова шкіл і лікарень, їжа та ґрунт",
        "2026-03-03 10:30",
        "Сторона може звернутися до Комісії",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn what_anybody_wrote_is_text() {
    let says = [
        "#panic(1) = $x$ *b* _c_ `d` // e @f <g> \\u{1F54A} https://example.org".to_owned(),
        "turned \u{202e}about, 中 and 🕊".to_owned(),
        "w".repeat(300),
    ];
    let place = store("hostile", "exercise", &says);
    paper(&place, "2");
    let Some(pages) = pages(&place) else { return };
    let text = plain(&pages.concat());
    for line in [
        says[0].as_str(),
        "turned [U+202E]about, [U+4E2D] and [U+1F54A]",
        "3 characters have no letter on this page",
        "EXERCISE",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // A word without an end stays on the paper: it breaks, and none of it is lost.
    let run: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '\u{200b}').collect();
    assert!(run.contains(&"w".repeat(300)), "{text}");
}

#[test]
fn what_has_no_room_is_counted() {
    let says: Vec<String> = (0..400)
        .map(|number| format!("promise {number}, {}", "so long that it takes a line of its own. ".repeat(3)))
        .collect();
    let place = store("long", "operational", &says);
    paper(&place, "2");
    let Some(pages) = pages(&place) else { return };
    assert_eq!(pages.len(), 2);
    let text = plain(&pages.concat());
    let left: usize = text
        .split(" more, not on these pages: backstop commitments --for Gift lists them")
        .next()
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .expect("how many are left");
    let shown = (0..400).filter(|number| text.contains(&format!("promise {number},"))).count();
    assert_eq!(shown + left, 400, "{shown} on paper, {left} left");
    assert!(shown > 8, "two pages hold more than {shown}");
    assert!(!text.contains("SIMULATED"));
    // What is urgent stands first, whatever else there is.
    assert!(pages[0].contains("Due from you") && pages[0].contains("Ran out, or met late"));
}

#[test]
fn the_server_gives_each_what_they_may_see() {
    let place = Place::new("served-brief");
    let varo = workspace().join("agreements/varo-2026");
    for file in ["guarantees.md", "closed-ilmaria.md"] {
        fs::copy(varo.join(file), place.0.join(file)).expect("copied");
    }
    leaves(&place, 0, &["init", "store", "--data-class", "exercise"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "guarantees.md", "--open"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "closed-ilmaria.md", "--reader", "Ilmaria"]);
    let fetched = |served: &Served, who: &str| {
        let answer = served.answers(&format!("/api/v1/guarantees/brief.pdf?for={who}&as_of=2126-03-02T12:00:00Z"));
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("application/pdf"), "{answer}");
        assert!(answer.to_lowercase().contains("cache-control: no-store"), "{answer}");
    };
    let told = |who: &str, onlooker: &str| {
        leaves(
            &place,
            0,
            &["--store", "store", "brief", "--for", who, "--as-of", "2126-03-02T12:00:00Z", "--format", onlooker],
        )
    };
    assert!(told("Ilmaria", "text").contains("twenty hours"));
    assert!(!told("Corvania", "text").contains("twenty hours"));
    for reader in ["public", "mission"] {
        let served = Served::of(&place, &["--reader", reader]);
        fetched(&served, "Ilmaria");
        fetched(&served, "Corvania");
        assert!(served.answers("/api/v1/guarantees/brief.pdf?for=Nobody").contains("it names Aldren"));
        assert!(served.answers("/api/v1/guarantees/brief.pdf?for=a%20b").starts_with("HTTP/1.1 400"));
        assert!(served.answers("/api/v1/guarantees/brief.pdf").starts_with("HTTP/1.1 400"));
    }
}
