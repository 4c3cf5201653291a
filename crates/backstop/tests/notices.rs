//! Typed notices through the real program: each is whole or is refused with its line, counts from its receipt, and reaches nobody that
//! it is closed to.

mod place;
mod program;

use place::Place;
use program::{Served, leaves};
use std::fs;

const PAGE: &str = "---
guarantees: line
title: Notices of the line
version: 1
as-of: 2026-03-01
time-zone: UTC
---

# Notices

```backstop
parties North, South
bodies Mission, Cell
source annex official 2026-02-20 \"annex N\"
instrument pact \"The pact\"
  kind bilateral
  parties North, South
  text public
  effect on signature
  state signed 2026-03-01 by North, South
  source annex
form exercise \"Notice of an exercise\"
  from North, South
  to Mission
  field area text needed
  field people amount people needed
  field begins time needed
  field with party
  source annex
form call \"Call on the hotline\"
  field about text needed
  source annex
commitment answer of South to North \"look when an exercise is notified\"
  in pact
  class consultation
  word shall
  binds legally
  source annex
clock look of answer
  starts notice by North about exercise
  runs 24 hours
  discharged by acknowledgement by South
  on-expiry not-said
```
";

fn store(name: &str) -> Place {
    let place = Place::new(name);
    fs::write(place.0.join("page.md"), PAGE).expect("written");
    leaves(&place, 0, &["init", "store", "--data-class", "exercise"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "page.md", "--open"]);
    place
}

#[track_caller]
fn records(place: &Place, code: i32, page: &str, more: &[&str]) -> String {
    fs::write(place.0.join("told.md"), page).expect("written");
    leaves(place, code, &[&["--store", "store", "guarantees", "record", "told.md"], more].concat())
}

const HEAD: &str = "| notice | form | by | to | happened | area | people | begins | with | about | note |\n|---|---|---|---|---|---|---|---|---|---|---|\n";

#[test]
fn a_notice_is_whole_or_refused_with_its_line() {
    let place = store("whole");
    for (row, why) in [
        (
            "| n1 | exercise | North | Mission | 2026-03-02 08:00 | east | 400 people | | | | |",
            "line 3: a notice `exercise` without `begins` is not whole",
        ),
        (
            "| n1 | exercise | North | Mission | 2026-03-02 08:00 | east | 400 soldiers | 2026-03-04 | | | |",
            "it is in soldiers, and the form asks for people",
        ),
        (
            "| n1 | exercise | North | Mission | 2026-03-02 08:00 | east | many | 2026-03-04 | | | |",
            "`many` is no amount; write `12 people`",
        ),
        ("| n1 | exercise | North | Mission | 2026-03-02 08:00 | east | 4 people | soon | | | |", "`begins`: "),
        (
            "| n1 | exercise | North | Mission | 2026-03-02 08:00 | east | 4 people | 2026-03-04 | Est | | |",
            "the package names no `Est`",
        ),
        (
            "| n1 | exercise | Cell | Mission | 2026-03-02 08:00 | east | 4 people | 2026-03-04 | | | |",
            "is not sent by Cell; it is sent by North, South",
        ),
        (
            "| n1 | exercise | North | South | 2026-03-02 08:00 | east | 4 people | 2026-03-04 | | | |",
            "goes to Mission, and Mission is not among",
        ),
        ("| n1 | exercise | North | | 2026-03-02 08:00 | east | 4 people | 2026-03-04 | | | |", "the row has no `to`"),
        (
            "| n1 | exercse | North | Mission | 2026-03-02 08:00 | east | 4 people | 2026-03-04 | | | |",
            "no form is called `exercse`",
        ),
        ("| n1 | call | North | Mission | 2026-03-02 08:00 | east | | | | fire | |", "`call` has no field `area`"),
    ] {
        let said = records(&place, 2, &format!("{HEAD}{row}\n"), &[]);
        assert!(said.contains(why), "{row}\n{said}");
    }
    assert!(leaves(&place, 0, &["--store", "store", "notices"]).contains("no notice"), "half a notice left nothing");
    for (form, why) in [
        ("form x \"X\"\n  field form text\n  source annex", "every notice has a column `form`"),
        ("form x \"X\"\n  field a text\n  field a time\n  source annex", "two fields `a`"),
        ("form x \"X\"\n  field a number\n  source annex", "`amount`"),
        ("form x \"X\"\n  from Nobody\n  field a text\n  source annex", "no party or body is called `Nobody`"),
        ("form x \"X\"\n  field a text", "names no source"),
    ] {
        fs::write(place.0.join("bad.md"), PAGE.replace("commitment answer", &format!("{form}\ncommitment answer")))
            .expect("written");
        let said = leaves(&place, 3, &["guarantees", "check", "bad.md"]);
        assert!(said.contains(why), "{form}\n{said}");
    }
}

#[test]
fn a_notice_counts_from_its_receipt_and_both_ends_close_it() {
    let place = store("closed");
    let notice = "| n1 | exercise | North | Mission, South | 2026-03-02 08:00 | east of the hills | 400 people | 2026-03-04 | South | | by the book |\n";
    assert!(records(&place, 0, &format!("{HEAD}{notice}"), &["--open"]).contains("recorded 0 deeds, 1 notices"));
    assert!(records(&place, 2, &format!("{HEAD}{notice}"), &["--open"]).contains("is recorded already"));
    let list = |more: &[&str]| leaves(&place, 0, &[&["--store", "store", "notices"], more].concat());
    let said = list(&[]);
    assert!(said.contains("n1  exercise, North to Mission, South, sent 2026-03-02T08:00:00Z: sent"), "{said}");
    assert!(said.contains("it does not count yet") && said.contains("people           400 people"), "{said}");
    // What starts by a notice of a form starts by this one.
    assert!(
        leaves(&place, 0, &["--store", "store", "clocks"]).contains("look/as-written/n1"),
        "the clock that waits for it runs"
    );
    let deed = |row: &str| format!("| deed | what | by | to | about | happened |\n|---|---|---|---|---|---|\n{row}\n");
    records(&place, 0, &deed("| r1 | receipt | Mission | | n1 | 2026-03-02 09:10 |"), &["--open"]);
    let said = list(&[]);
    assert!(said.contains(": received") && said.contains("counts from 2026-03-02T09:10:00Z, by r1"), "{said}");
    assert!(list(&["--open"]).contains("no notice"), "nothing waits for a receipt");
    records(&place, 0, &deed("| a1 | acknowledgement | North | | r1 | 2026-03-02 09:30 |"), &["--open"]);
    let said = list(&[]);
    assert!(
        said.contains(": acknowledged by both") && said.contains("by its sender 2026-03-02T09:30:00Z, by a1"),
        "{said}"
    );
    // A receipt before the sending contradicts.
    let early = "| n2 | call | South | Cell | 2026-03-03 08:00 | | | | | smoke at the bridge | |\n";
    let both = format!("{HEAD}{early}\n{}", deed("| r2 | receipt | Cell | | n2 | 2026-03-03 07:00 |"));
    assert!(records(&place, 0, &both, &["--open"]).contains("recorded 1 deeds, 1 notices"));
    let said = list(&[]);
    assert!(said.contains("r2 says that it came before n2 was sent") && said.contains("cannot be told"), "{said}");
    // A correction takes the place of what it corrects, which stays in the list and says so.
    let head = HEAD.replace("| note |", "| replaces |");
    let better = "| n3 | call | South | Cell | 2026-03-03 08:05 | | | | | smoke at the mill | n2 |\n";
    records(&place, 0, &format!("{head}{better}"), &["--open"]);
    let said = list(&[]);
    assert!(said.contains("smoke at the mill") && said.contains("smoke at the bridge"), "{said}");
    assert!(said.contains(": corrected") && said.contains("corrected by n3; it counts no more"), "{said}");
    let open = list(&["--open"]);
    assert!(open.contains("smoke at the mill") && !open.contains("smoke at the bridge"), "{open}");
    let json: serde_json::Value =
        serde_json::from_str(&leaves(&place, 0, &["--store", "store", "--json", "hotline"])).expect("JSON");
    assert_eq!(json["data"]["notices"][2]["received"]["at"]["latest"], "2026-03-02T09:10:00Z");
    assert_eq!(json["data"]["forms"][0]["fields"][1]["holds"], "amount people");
    leaves(&place, 0, &["verify", "store"]);
}

#[test]
fn a_closed_notice_reaches_nobody_else() {
    let place = store("hidden");
    let notice = "| hush | call | South | Cell | 2026-03-02 08:00 | | | | | a matter of two only | |\n";
    records(&place, 0, &format!("{HEAD}{notice}"), &["--reader", "South"]);
    let list = |whom: &[&str]| leaves(&place, 0, &[&["--store", "store", "notices"], whom].concat());
    assert!(list(&["--for", "South"]).contains("a matter of two only") && list(&[]).contains("a matter of two only"));
    for other in [&["--for", "North"][..], &["--public"]] {
        let said = list(other);
        assert!(
            !said.contains("hush") && !said.contains("matter") && said.contains("1 pages and deeds are closed"),
            "{said}"
        );
    }
    let served = Served::of(&place, &[]);
    let said = served.answers("/api/v1/guarantees/notices");
    assert!(said.starts_with("HTTP/1.1 200") && !said.contains("hush") && !said.contains("matter"), "{said}");
}
