//! Guarantees through the real program: a package is played, adopted, and told as of any instant; what one guarantor keeps closed
//! reaches no other, by no command, file or error.

mod place;
mod program;

use place::Place;
use program::{Served, leaves, workspace};
use std::fs;
use std::process::Command;

const REQUEST: &str = "# Deeds

| deed | what | by | to | about | happened | note |
|---|---|---|---|---|---|---|
| ask | request | Berovia | Ilmaria | | 2026-03-02 10:30 | |
| got | receipt | Ilmaria | | ask | 2026-03-02 11:00 | |
";

/// A store with the invented package for everyone, a closed page of Ilmaria's, and a closed deed.
fn store(name: &str) -> Place {
    let place = Place::new(name);
    let varo = workspace().join("agreements/varo-2026");
    for file in ["guarantees.md", "closed-ilmaria.md"] {
        fs::copy(varo.join(file), place.0.join(file)).expect("copied");
    }
    fs::write(place.0.join("request.md"), REQUEST).expect("written");
    let closed = "| deed | what | by | about | happened | amount | note |\n|---|---|---|---|---|---|---|\n\
        | hush | sent | Ilmaria | ilmaria-letter-closed.flights | 2026-03-03 | 7 hours | under another flag |\n";
    fs::write(place.0.join("hush.md"), closed).expect("written");
    leaves(&place, 0, &["init", "store", "--data-class", "exercise"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "guarantees.md", "--open"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "record", "request.md", "--open"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "adopt", "closed-ilmaria.md", "--reader", "Ilmaria"]);
    leaves(&place, 0, &["--store", "store", "guarantees", "record", "hush.md", "--reader", "Ilmaria"]);
    place
}

#[test]
fn clocks_are_told_and_explained() {
    let place = store("clocks");
    let told = leaves(&place, 0, &["--store", "store", "clocks"]);
    assert!(told.contains("ilmaria-24h/as-written/got") && told.contains("not bound"), "{told}");
    let explained = leaves(&place, 0, &["--store", "store", "clocks", "--explain", "ilmaria-24h/as-written/got"]);
    for line in
        ["Senate has not ratified ilmaria-guarantee", "2026-03-02 11:00", "+ 24 hours =", "the text does not say"]
    {
        assert!(explained.contains(line), "{line}\n{explained}");
    }
    let before = leaves(&place, 4, &["--store", "store", "clocks", "--as-of", "2026-03-02T12:00:00Z"]);
    assert!(before.contains("no page of guarantees was adopted by then"), "{before}");
    let json = leaves(&place, 0, &["--store", "store", "--json", "commitments"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], "backstop.commitments/1");
    assert_eq!(json["data"]["commitments"].as_array().map(Vec::len), Some(10));
}

#[test]
fn what_is_closed_reaches_no_other() {
    let place = store("closed");
    let secrets = [
        "twenty hours",
        "under another flag",
        "ilmaria-letter-closed",
        "hush",
        "the offer lapses",
        "ten kilometres",
        "54.28",
        "54.31",
        "36.61",
        "Strip of the aircraft",
    ];
    let silent = |said: &str, what: &str| {
        for secret in secrets {
            assert!(!said.contains(secret), "{what} tells `{secret}`:\n{said}");
        }
    };
    let others: [&[&str]; 3] = [&["--for", "Corvania"], &["--public"], &["--for", "Nobody"]];
    for asked in [
        &["clocks"][..],
        &["commitments"],
        &["--json", "clocks"],
        &["--json", "commitments"],
        &["clocks", "--ics"],
        &["forces"],
        &["--json", "forces"],
        &["sites"],
        &["--json", "sites"],
    ] {
        for other in others {
            let args = [&["--store", "store"][..], asked, other].concat();
            silent(&leaves(&place, 0, &args), &args.join(" "));
        }
        let own = [&["--store", "store"][..], asked, &["--for", "Ilmaria"]].concat();
        assert!(leaves(&place, 0, &own).contains("ilmaria-letter-closed"), "{own:?}");
    }
    // A sum tells of a closed pledge too: 60 hours are open, 20 are not.
    let hours = |whom: &[&str]| {
        let said = leaves(&place, 0, &[&["--store", "store", "--json", "forces"][..], whom].concat());
        let json: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        let needs = json["data"]["forces"][0]["needs"].as_array().cloned().expect("needs");
        let air = needs.iter().find(|need| need["domain"] == "air").expect("it asks for hours");
        air["steps"][0]["shown"].as_str().map(str::to_owned)
    };
    assert_eq!(hours(&["--for", "Corvania"]).as_deref(), Some("60"));
    assert_eq!(hours(&["--public"]).as_deref(), Some("60"));
    assert_eq!(hours(&["--for", "Ilmaria"]).as_deref(), Some("80"));
    assert_eq!(hours(&[]).as_deref(), Some("80"));
    // An error about what is closed is the error about what is not.
    let explain = |id: &str| {
        let id = format!("{id}.answer/as-written/x");
        let said = leaves(&place, 4, &["--store", "store", "clocks", "--for", "Corvania", "--explain", &id]);
        said.replace(&id, "ID")
    };
    assert_eq!(explain("ilmaria-letter-closed"), explain("no-such-thing"));
    // Somebody who records for everyone may not even learn a name by mistyping it.
    fs::write(place.0.join("guess.md"), REQUEST.replace("| ask ", "| hush ").replace("| got ", "| taken "))
        .expect("written");
    silent(
        &leaves(&place, 0, &["--store", "store", "guarantees", "record", "guess.md", "--open"]).replace("guess", ""),
        "record",
    );
    for reader in ["public", "mission"] {
        let to = format!("out-{reader}");
        let said = leaves(&place, 0, &["--store", "store", "export", "--to", &to, "--reader", reader]);
        silent(&said.replace("hush", ""), "export");
        let tree = Command::new("grep")
            .args(["-rlE", "twenty hours|another flag|letter-closed|54[.]28|54[.]31", &to])
            .current_dir(&place.0)
            .output();
        let found = String::from_utf8_lossy(&tree.expect("grep runs").stdout).into_owned();
        assert_eq!(found, "", "an export for the {reader} holds it");
    }
}

#[test]
fn a_brief_is_for_one_and_holds_what_concerns_it() {
    let place = store("brief");
    let brief = leaves(&place, 0, &["--store", "store", "brief", "--for", "Ilmaria"]);
    for line in [
        "Brief for Republic of Ilmaria",
        "ilmaria-letter-closed.flights, cannot be told",
        "To Kesh Line Monitoring Mission: twenty hours of flight more",
        "Circle of Guarantors to State of Berovia: shelter and food",
        "whether what Circle promises binds each member is not said",
        "deliveries: announced 20 hours, sent 7 hours",
        "Senate has not ratified ilmaria-guarantee",
    ] {
        assert!(brief.contains(line), "{line}\n{brief}");
    }
    assert!(!brief.contains("corvania-consult"), "what others promised is not in it\n{brief}");
    let other = leaves(&place, 0, &["--store", "store", "brief", "--for", "Corvania"]);
    assert!(!other.contains("ilmaria") && other.contains("2 pages and deeds are closed to this reader"), "{other}");
    let json = leaves(&place, 0, &["--store", "store", "--json", "brief", "--for", "Corvania"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["data"]["commitments"].as_array().map(Vec::len), Some(4));
    assert!(leaves(&place, 4, &["--store", "store", "brief", "--for", "Nobody"]).contains("it names Aldren"));
    assert!(leaves(&place, 2, &["--store", "store", "brief"]).contains("add `--for PARTY`"));
}

#[test]
fn only_what_was_done_is_recorded_and_once() {
    let place = store("recorded");
    let again = leaves(&place, 2, &["--store", "store", "guarantees", "record", "request.md", "--open"]);
    assert!(again.contains("a deed `ask` is recorded already"), "{again}");
    fs::write(
        place.0.join("ahead.md"),
        REQUEST.replace("ask", "later").replace("| got ", "| taken ").replace("2026", "2126"),
    )
    .expect("written");
    let ahead = leaves(&place, 2, &["--store", "store", "guarantees", "record", "ahead.md", "--open"]);
    assert!(ahead.contains("lies in the future"), "{ahead}");
    fs::write(place.0.join("typo.md"), REQUEST.replace("| Berovia |", "| Berowia |")).expect("written");
    let typo = leaves(&place, 2, &["--store", "store", "guarantees", "record", "typo.md"]);
    assert!(typo.contains("line 5") && typo.contains("did you mean `Berovia`?"), "{typo}");
    fs::write(place.0.join("bad.md"), "---\nguarantees: bad\n---\n\n```backstop\nclock x\n```\n").expect("written");
    leaves(&place, 3, &["guarantees", "check", "bad.md"]);
    let refused = leaves(&place, 3, &["--store", "store", "guarantees", "adopt", "bad.md"]);
    assert!(refused.contains("was not adopted"), "{refused}");
}

#[test]
fn forces_fall_short_and_sites_are_not_as_declared() {
    let place = store("strength");
    fs::copy(workspace().join("agreements/varo-2026/deeds.md"), place.0.join("deeds.md")).expect("copied");
    let bare = leaves(&place, 0, &["--store", "store", "sites", "--public"]);
    assert!(bare.contains("stock: not reported") && bare.contains("where: in the south of Aldren"), "{bare}");
    leaves(&place, 0, &["--store", "store", "guarantees", "record", "deeds.md", "--open"]);
    let forces = leaves(&place, 0, &["--store", "store", "forces", "--public"]);
    for line in [
        "monitoring, people          60             40 (-20)       40 (-20)       20 (-40)       24 (-36)       20 (-40)",
        "land, engineers             20             not reported",
        "demining, crowns-million    not public     2.5            not reported",
        "lead, demining: not public",
        "ready in time? no: 20 of 40 people came",
    ] {
        assert!(forces.contains(line), "{line}\n{forces}");
    }
    let sites = leaves(&place, 0, &["--store", "store", "sites", "--public"]);
    for line in [
        "as declared? no: hub-more declares 12 vehicles, hub-counted found 14 vehicles",
        "at most 12, kept? no: hub-counted says 14 vehicles",
        "declaration hub-says by Corvania to Mission, 10 vehicles: acknowledged by both",
        "declaration store-says by Soldane to Mission, 60 kits: sent",
        "2 pages and deeds are closed to this reader",
    ] {
        assert!(sites.contains(line), "{line}\n{sites}");
    }
    let own = leaves(&place, 0, &["--store", "store", "sites", "--for", "Ilmaria"]);
    assert!(own.contains("where: 54.312340 S, 36.612340 W"), "{own}");
}

#[test]
fn an_exact_position_and_half_a_notice_are_refused() {
    let place = store("exact");
    let page = fs::read_to_string(place.0.join("guarantees.md")).expect("read");
    let exact = format!("{page}\n```backstop\nposition of kesh-hub \"1 N, 2 E\"\n  source annex\n```\n");
    fs::write(place.0.join("exact.md"), &exact).expect("written");
    let refused = leaves(&place, 9, &["--store", "store", "guarantees", "adopt", "exact.md", "--open"]);
    assert!(refused.contains("says exactly where `kesh-hub` is, and the page is for everyone"), "{refused}");
    let row = |row: &str| {
        format!("| deed | what | by | to | about | happened | amount |\n|---|---|---|---|---|---|---|\n{row}\n")
    };
    for (text, message) in [
        (
            "| x | declaration | Corvania | | kesh-hub | 2026-03-02 16:00 | 3 vans |",
            "line 3: a `declaration` without `to`",
        ),
        ("| x | declaration | Corvania | Mission | kesh-hub | 2026-03-02 16:00 | |", "without `amount`"),
        ("| x | inspection | Mission | | kesh-hubb | 2026-03-02 16:00 | 3 vans |", "did you mean `kesh-hub`?"),
        ("| x | refusal | | Mission | kesh-hub | 2026-03-02 16:00 | |", "a `refusal` without `by`"),
    ] {
        fs::write(place.0.join("half.md"), row(text)).expect("written");
        let said = leaves(&place, 2, &["--store", "store", "guarantees", "record", "half.md"]);
        assert!(said.contains(message), "{message}\n{said}");
    }
}

#[test]
fn the_package_of_paris_is_sound_and_plays() {
    let place = Place::new("paris");
    let paris = workspace().join("agreements/paris-2026");
    let paris = paris.to_str().expect("UTF-8");
    let checked = leaves(&place, 0, &["guarantees", "check", paris]);
    assert!(checked.contains("0 errors, 0 warnings"), "{checked}");
    let case = workspace().join("cases/guarantees-attack-at-h.md");
    let played = leaves(&place, 0, &["simulate", paris, case.to_str().expect("UTF-8")]);
    assert!(played.contains("eu-24h as `sent`, ask-eu: late by 1 h 30 min"), "{played}");
}

#[test]
fn a_draft_and_what_was_signed_differ_by_what_it_does_to_promises() {
    let place = store("difference");
    let page = fs::read_to_string(place.0.join("guarantees.md")).expect("read");
    let same = leaves(&place, 0, &["guarantees", "diff", "guarantees.md", "guarantees.md"]);
    assert!(same.contains("promises: 0 new, 0 gone; changes: 0 weaker, 0 firmer, 0 that people must read"), "{same}");
    let changed = page
        .replacen("  word shall\n", "  word may\n", 1)
        .replacen("runs 24 hours", "runs 12 hours", 1)
        .replacen("  caveat \"not north of the Kesh Line\"\n", "", 1)
        .replace("commitment ilmaria-flights of", "commitment ilmaria-hours of")
        .replacen(
            "  when truce\n  source annex\nclock ilmaria-24h",
            "  when truce, sustained\n  source annex\nclock ilmaria-24h",
            1,
        );
    fs::write(place.0.join("signed.md"), changed).expect("written");
    let said = leaves(&place, 3, &["guarantees", "diff", "guarantees.md", "signed.md"]);
    for line in [
        "weaker       the wording: `shall`, then `may`",
        "firmer       corvania-24h runs: 24 hours, then 12 hours",
        "firmer       a caveat less: not north of the Kesh Line",
        "weaker       a condition more: sustained",
        "ilmaria-hours  new: hours of flight",
        "ilmaria-flights  gone: hours of flight",
        "promises: 1 new, 1 gone; changes: 2 weaker, 2 firmer, 0 that people must read",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let json = leaves(&place, 3, &["--json", "guarantees", "diff", "guarantees.md", "signed.md"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["data"]["commitments"].as_array().map(Vec::len), Some(5));
    fs::write(place.0.join("bad.md"), "---\nguarantees: bad\n---\n\n```backstop\nclock x\n```\n").expect("written");
    leaves(&place, 3, &["guarantees", "diff", "guarantees.md", "bad.md"]);
}

#[test]
fn what_is_closed_reaches_nobody_through_the_server() {
    let place = store("served");
    for (reader, sees) in [("public", false), ("mission", true)] {
        let served = Served::of(&place, &["--reader", reader]);
        let all: String =
            ["/api/v1/strength", "/api/v1/guarantees", "/api/v1/guarantees/clocks.ics", "/api/v1/strength?as_of=x"]
                .map(|path| served.answers(path))
                .concat();
        assert!(all.contains("kesh-hub") && all.contains("in the south of Aldren"), "{reader}\n{all}");
        for secret in ["letter-closed", "54.281200", "54.312340", "Strip of the aircraft", "twenty hours"] {
            assert_eq!(all.contains(secret), sees, "{reader}, `{secret}`\n{all}");
        }
    }
}
