//! Takes the manifests; gives every arrow that the layer table does not draw. Test-only dependencies count too.

use std::collections::BTreeSet;

use crate::manifest::dependencies;
use crate::tree::{assert_none, files, text};

/// One crate, what it may stand on in the house, and what it may take from outside.
struct Layer {
    name: &'static str,
    house: &'static [&'static str],
    /// `None`: the rim, free to take what the workspace declares.
    outside: Option<&'static [&'static str]>,
}

/// Lowest first. A pure crate names each outside crate it may take, so that no clock, file or runtime creeps in.
const TABLE: [Layer; 12] = [
    Layer { name: "terms", house: &[], outside: Some(&["jiff", "libm", "sha2"]) },
    Layer { name: "ledger", house: &[], outside: Some(&["base64", "ed25519-dalek", "sha2"]) },
    Layer { name: "coverage", house: &["terms"], outside: Some(&["libm", "sha2"]) },
    Layer {
        name: "clause",
        house: &["coverage", "terms"],
        outside: Some(&["annotate-snippets", "jiff", "libm", "pulldown-cmark", "serde_json", "sha2"]),
    },
    Layer { name: "fusion", house: &["terms"], outside: Some(&["libm", "sha2"]) },
    Layer {
        name: "mission",
        house: &["clause", "coverage", "fusion", "terms"],
        outside: Some(&["base64", "ed25519-dalek", "libm", "sha2"]),
    },
    Layer {
        name: "report",
        house: &["clause", "coverage", "fusion", "mission", "terms"],
        outside: Some(&["csv", "jiff", "libm", "serde_json", "sha2"]),
    },
    Layer { name: "typeset", house: &[], outside: Some(&["serde_json", "typst", "typst-layout", "typst-pdf"]) },
    Layer {
        name: "verifier",
        house: &["ledger", "mission", "report", "terms"],
        outside: Some(&["ed25519-dalek", "serde_json", "sha2"]),
    },
    Layer {
        name: "backstop",
        house: &["clause", "coverage", "fusion", "ledger", "mission", "report", "terms", "typeset", "verifier"],
        outside: None,
    },
    Layer { name: "fuzz", house: &["backstop", "clause", "ledger", "mission", "terms", "verifier"], outside: None },
    Layer { name: "xtask", house: &[], outside: Some(&[]) },
];

/// What the tests of any crate may take beside; the last three are other people's logs, against which ours is checked.
const TESTING: [&str; 7] = ["divan", "insta", "libtest-mimic", "proptest", "ct-merkle", "signed_note", "tlog_tiles"];

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Arrows up or sideways, and outside crates that a pure crate does not name.
fn strangers(name: &str, manifest: &str) -> Vec<String> {
    let Some(layer) = TABLE.iter().find(|layer| layer.name == name) else {
        return vec![format!("crate `{name}` is not in the layer table")];
    };
    let mut complaints = Vec::new();
    for table in TABLES {
        for dependency in dependencies(manifest, table) {
            let word = dependency.name;
            if !dependency.of_workspace {
                complaints
                    .push(format!("`{name}` declares `{word}` itself; declare it once, in the workspace, saying why"));
            }
            let in_house = TABLE.iter().any(|other| other.name == word);
            let free = layer.outside.is_none_or(|outside| outside.contains(&word));
            let for_tests = table == "dev-dependencies" && TESTING.contains(&word);
            if in_house && !layer.house.contains(&word) {
                complaints.push(format!("`{name}` may not know `{word}`: the layer table draws no such arrow"));
            } else if !in_house && !free && !for_tests {
                complaints
                    .push(format!("`{name}` is pure and may not take `{word}`; if it must, say so in the layer table"));
            }
        }
    }
    complaints
}

/// What the workspace declares and no crate takes.
fn unused(workspace: &str, manifests: &[String]) -> Vec<String> {
    let taken: BTreeSet<&str> = manifests
        .iter()
        .flat_map(|manifest| TABLES.iter().flat_map(|table| dependencies(manifest, table)))
        .map(|dependency| dependency.name)
        .collect();
    dependencies(workspace, "dependencies")
        .iter()
        .filter(|declared| !taken.contains(declared.name))
        .map(|declared| format!("the workspace declares `{}` and no crate takes it", declared.name))
        .collect()
}

fn manifests() -> Vec<(String, String)> {
    files()
        .into_iter()
        .filter_map(|file| {
            let folder = file.path.strip_suffix("/Cargo.toml")?;
            let name = folder.strip_prefix("crates/").unwrap_or(folder).to_owned();
            Some((name, file.text()?.to_owned()))
        })
        .collect()
}

#[test]
fn the_layer_table_holds() {
    let manifests = manifests();
    assert_eq!(
        manifests.len(),
        TABLE.len(),
        "a crate came or went: bring the layer table and ARCHITECTURE.md up to date"
    );
    assert_none(manifests.iter().flat_map(|(name, manifest)| strangers(name, manifest)).collect());
}

#[test]
fn every_declared_dependency_is_taken() {
    let manifests: Vec<String> = manifests().into_iter().map(|(_, manifest)| manifest).collect();
    assert_none(unused(&text("Cargo.toml"), &manifests));
}

/// ARCHITECTURE.md draws the same table, in its own words.
#[test]
fn the_architecture_names_every_layer() {
    let page = text("ARCHITECTURE.md");
    let missing = TABLE.iter().filter(|layer| !page.contains(&format!("`{}`", layer.name)));
    assert_none(missing.map(|layer| format!("ARCHITECTURE.md does not name `{}`", layer.name)).collect());
}

#[track_caller]
fn check(name: &str, table: &str, line: &str, expected: &str) {
    let complaints = strangers(name, &format!("[{table}]\n{line}\n"));
    match expected {
        "" => assert_eq!(complaints, [""; 0]),
        _ => assert!(complaints.iter().any(|complaint| complaint.contains(expected)), "{complaints:?}"),
    }
}

#[test]
fn arrows_up_and_sideways_are_seen() {
    check("mission", "dependencies", "clause.workspace = true", "");
    check("mission", "dependencies", "ledger.workspace = true", "may not know `ledger`");
    check("ledger", "dev-dependencies", "mission.workspace = true", "may not know `mission`");
    check("clause", "dependencies", "fusion.workspace = true", "may not know `fusion`");
    check("terms", "build-dependencies", "report.workspace = true", "may not know `report`");
    check("backstop", "dependencies", "xtask.workspace = true", "may not know `xtask`");
    check("ghost", "dependencies", "", "not in the layer table");
}

#[test]
fn outside_crates_are_seen() {
    check("fusion", "dependencies", "tokio.workspace = true", "may not take `tokio`");
    check("fusion", "dependencies", "proptest.workspace = true", "may not take `proptest`");
    check("fusion", "dev-dependencies", "proptest.workspace = true", "");
    check("backstop", "dependencies", "tokio.workspace = true", "");
    check("backstop", "dependencies", "tokio = \"1\"", "declares `tokio` itself");
}

#[test]
fn unused_declarations_are_seen() {
    let workspace = "[workspace.dependencies]\nlibm = \"0.2\"\nrand = \"0.9\"\n";
    let crates = [String::from("[dependencies]\nlibm.workspace = true\n")];
    assert_eq!(unused(workspace, &crates), ["the workspace declares `rand` and no crate takes it"]);
}
