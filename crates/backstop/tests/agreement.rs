//! `backstop agreement` as a drafter runs it, on shipped texts and on a bad one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("invariant: the tree is there")
}

/// Runs `backstop agreement ...` in the tree's root.
fn agreement(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.current_dir(workspace()).arg("agreement").args(args).output().expect("the program runs")
}

/// What it printed, if it ended with that code.
#[track_caller]
fn check(args: &[&str], code: i32) -> String {
    let output = agreement(args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("one JSON document")
}

/// A copy of the Easter text with one thing in it replaced.
fn changed(name: &str, from: &str, to: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let shipped = workspace().join("agreements/easter-truce-2026");
    let text = std::fs::read_to_string(shipped.join("agreement.md")).expect("the text is shipped");
    assert!(text.contains(from), "the text no longer says `{from}`");
    std::fs::write(folder.join("agreement.md"), text.replace(from, to)).expect("a file for the test");
    std::fs::copy(shipped.join("theatre.geojson"), folder.join("theatre.geojson")).expect("a map for the test");
    folder
}

#[test]
fn a_mistake_is_told_to_people_and_programs() {
    let folder = changed("mistake", "in Theatre", "in Theater");
    let path = folder.to_str().expect("UTF-8");
    assert!(check(&["check", path], 3).contains("B002"));
    let sarif = json(&check(&["check", "--format", "sarif", path], 3));
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert!(!results.is_empty());
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().expect("a line") > 1);
        assert!(place["artifactLocation"]["uri"].as_str().expect("an address").ends_with("/agreement.md"));
    }
    assert!(String::from_utf8_lossy(&agreement(&["simulate", path, "cases/response-none.md"]).stderr).contains("mend"));
}

#[test]
fn a_sound_text_has_no_findings() {
    let sarif = json(&check(&["check", "--format", "sarif", "agreements/easter-truce-2026"], 0));
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert!(results.iter().all(|result| result["level"] == "note"), "{results:?}");
}

#[test]
fn rules_are_read_back_in_both_languages() {
    let english = check(&["show", "agreements/jeddah-2023"], 0);
    let ukrainian = check(&["show", "--language", "uk", "agreements/jeddah-2023"], 0);
    assert_eq!(english.lines().count(), ukrainian.lines().count());
    assert!(ukrainian.contains('і') && !english.contains('і'));
}

#[test]
fn a_code_is_explained() {
    assert!(check(&["explain", "b002"], 0).starts_with("# B002: "));
    check(&["explain", "B999"], 4);
}

#[test]
fn a_rule_is_explained() {
    let told = check(&["explain", "6.1", "agreements/varo-2026"], 0);
    for part in [
        "rule 6.1 (response)",
        "reads:  From ",
        "kind:   Each trigger starts a clock",
        "hears:  notice: it reaches",
        "keeps:  each ",
    ] {
        assert!(told.contains(part), "`{part}` is missing in\n{told}");
    }
    let ukrainian = check(&["explain", "6.1", "agreements/varo-2026", "--language", "uk"], 0);
    assert!(ukrainian.contains("Кожна сторона") || ukrainian.contains("кожна сторона"), "{ukrainian}");
    let told = json(&check(&["explain", "1.1", "agreements/south-sudan-2017", "--json"], 0));
    assert_eq!(told["data"]["kind"], "never");
    let remarks = told["data"]["remarks"].as_array().expect("a list");
    assert!(remarks.iter().all(|remark| remark["severity"] == "note"), "{remarks:?}");
    check(&["explain", "99", "agreements/varo-2026"], 4);
    let folder = changed(
        "explained",
        "rule E2 of each party: never air-attack in Theatre",
        "rule E2 of each party: never air-attack in Theatre from day 0",
    );
    let output = agreement(&["explain", "E1", folder.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(0), "another rule's error does not hide this one");
}

#[test]
fn a_text_is_formatted_in_place() {
    let folder = changed("formatted", ": never air-attack in", " :never   air-attack in");
    let path = folder.to_str().expect("UTF-8");
    let places = check(&["fmt", "--check", path], 1);
    assert!(places.starts_with(&format!("{path}/agreement.md:")), "{places}");
    check(&["fmt", path], 0);
    check(&["fmt", "--check", path], 0);
    let shipped = std::fs::read(workspace().join("agreements/easter-truce-2026/agreement.md")).expect("shipped");
    assert!(std::fs::read(folder.join("agreement.md")).expect("written") == shipped);
}

#[test]
fn a_shipped_text_is_run_over_its_case() {
    let args = ["simulate", "agreements/lebanon-2024", "cases/corpus-lebanon-2024.md"];
    let text = check(&args, 0);
    assert!(text.contains("Where the text fell silent"));
    let told = json(&check(&[&args[..], &["--json"]].concat(), 0));
    let steps = told["data"]["steps"].as_array().expect("steps");
    let spoken = |says: &str| {
        let facts = steps.iter().flat_map(|step| step["facts"].as_array().expect("facts"));
        facts.flat_map(|fact| fact["voices"].as_array().expect("voices")).filter(|voice| voice["says"] == says).count()
    };
    assert!(spoken("falls") > 0 && spoken("undetermined") > 0);
}

#[test]
fn two_versions_are_compared_by_effect() {
    let old = "agreements/easter-truce-2026";
    check(&["diff", old, old], 0);
    let new = changed("earlier", "ends: 2026-04-13 00:00", "ends: 2026-04-12 00:00");
    let new = new.to_str().expect("UTF-8");
    assert!(check(&["diff", old, new], 3).contains("ends"));
    let told = json(&check(&["--json", "diff", old, new], 3));
    let shifts = told["data"]["shifts"].as_array().expect("shifts");
    assert!(shifts.iter().any(|shift| shift["was"]["value"] == "breached" && shift["is"]["value"] != "breached"));
}

#[test]
fn rules_are_written_for_a_foreign_monitor() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
    let _ = std::fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("UTF-8");
    assert_eq!(check(&["export", "agreements/varo-2026", "--mfotl", "--out", out], 0), "");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file of the export");
    let printed = check(&["export", "agreements/varo-2026", "--mfotl"], 0);
    let signature = read("agreement.sig");
    assert!(printed.contains(&signature));
    for predicate in signature.lines().filter(|line| !line.starts_with('#')) {
        let name = predicate.split('(').next().expect("a name");
        assert!(printed.matches(&format!("{name}(")).count() > 1, "`{name}` is in no formula");
    }
    assert!(read("unsaid.txt").lines().count() > 0);
    assert_eq!(agreement(&["export", "agreements/varo-2026"]).status.code(), Some(2));
}

#[test]
fn a_run_is_known_again_by_its_receipt() {
    let easter = "agreements/easter-truce-2026";
    let page = "cases/corpus-easter-truce-2025.md";
    let receipts = check(&["run", easter, page], 0);
    assert!(receipts.starts_with("backstop run 2\ndocument sha256 "), "{receipts}");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("receipts.txt");
    std::fs::write(&kept, &receipts).expect("a file for the test");
    let kept = kept.to_str().expect("UTF-8");
    assert_eq!(check(&["run", easter, page, "--against", kept], 0), "the same\n");
    let folder = changed("other-standard", "standard: 0.50", "standard: 0.60");
    let told = check(&["run", folder.to_str().expect("UTF-8"), page, "--against", kept], 7);
    assert!(told.starts_with("differs in\n  moment 1: document\n  moment 1: plan\n"), "{told}");
    check(&["run", easter, page, "--against", page], 2);
}
