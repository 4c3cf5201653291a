//! Guarantees through the real program: a package is played, adopted, and told as of any instant; what one guarantor keeps closed
//! reaches no other, by no command, file or error.

mod place;

use place::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("invariant: the tree is there")
}

/// Runs a command in a place; gives its exit code and all that it said, on both ways out.
fn says(place: &Place, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    let output: Output = command.args(args).current_dir(&place.0).output().expect("the program runs");
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().expect("a code"), format!("{said}{told}"))
}

#[track_caller]
fn leaves(place: &Place, code: i32, args: &[&str]) -> String {
    let (found, said) = says(place, args);
    assert_eq!(found, code, "{args:?}\n{said}");
    said
}

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
    assert_eq!(json["data"]["commitments"].as_array().map(Vec::len), Some(9));
}

#[test]
fn what_is_closed_reaches_no_other() {
    let place = store("closed");
    let secrets =
        ["twenty hours", "under another flag", "ilmaria-letter-closed", "hush", "the offer lapses", "ten kilometres"];
    let silent = |said: &str, what: &str| {
        for secret in secrets {
            assert!(!said.contains(secret), "{what} tells `{secret}`:\n{said}");
        }
    };
    let others: [&[&str]; 3] = [&["--for", "Corvania"], &["--public"], &["--for", "Nobody"]];
    for asked in
        [&["clocks"][..], &["commitments"], &["--json", "clocks"], &["--json", "commitments"], &["clocks", "--ics"]]
    {
        for other in others {
            let args = [&["--store", "store"][..], asked, other].concat();
            silent(&leaves(&place, 0, &args), &args.join(" "));
        }
        let own = [&["--store", "store"][..], asked, &["--for", "Ilmaria"]].concat();
        assert!(leaves(&place, 0, &own).contains("ilmaria-letter-closed"), "{own:?}");
    }
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
        let (_, said) = says(&place, &["--store", "store", "export", &to, "--reader", reader]);
        silent(&said.replace("hush", ""), "export");
        let tree = Command::new("grep")
            .args(["-rlE", "twenty hours|another flag|flights of", &to])
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
        "ilmaria-letter-closed.flights, to Mission",
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
