//! Foreign monitors, where the environment names their programs: the same files, the same violations.
//!
//! Takes `BACKSTOP_MONPOLY` and `BACKSTOP_VERIMON`, paths of programs that understand MonPoly's arguments; compares sets of
//! tuples. Never passes in silence where none is named: it says that it was skipped.

use super::{RULES, agreement, end, facts, ours, theirs};
use clause::{Agreement, Fact, Footing, mfotl, mfotl_log};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Without these MonPoly holds every open term for missed at the end of a log, and may keep decided verdicts back.
const ARGUMENTS: [&str; 3] = ["-nonewlastts", "-nofilteremptytp", "-nofilterrel"];

#[test]
fn monpoly_says_the_same() {
    compare("BACKSTOP_MONPOLY", &[]);
}

#[test]
fn verimon_says_the_same() {
    compare("BACKSTOP_VERIMON", &["-verified"]);
}

fn compare(variable: &str, more: &[&str]) {
    let Some(program) = std::env::var_os(variable) else {
        println!("skipped: `{variable}` names no program");
        return;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(variable.to_lowercase());
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    let agreement = agreement(RULES, "Europe/Kyiv");
    let mut runner = TestRunner::deterministic();
    for _ in 0..20 {
        let facts = facts().new_tree(&mut runner).expect("facts").current();
        on_files(&agreement, &facts, &folder, &|files| {
            let mut command = Command::new(&program);
            command.args(files).args(more).args(ARGUMENTS);
            let output = command.output().expect("the peer runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("UTF-8")
        });
    }
}

fn on_files(agreement: &Agreement, facts: &[Fact], folder: &Path, run: &dyn Fn(&[String]) -> String) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file for the peer");
        path.display().to_string()
    };
    let exported = mfotl(agreement);
    let log = write("facts.log", &mfotl_log(agreement, facts, Footing::Proposed, end()).text);
    let signature = write("agreement.sig", &exported.signature);
    let ours = ours(agreement, facts);
    for rule in &exported.rules {
        let formula = write(&format!("{}.mfotl", rule.name), &rule.formula);
        let arguments = ["-sig", &signature, "-formula", &formula, "-log", &log].map(str::to_owned);
        let found = theirs(tuples(&run(&arguments), columns(&rule.formula)));
        assert_eq!(found, ours.get(rule.rule.as_str()).cloned().unwrap_or_default(), "{}", rule.rule);
    }
}

/// Whether `k` is written before `i`: the columns come in the order in which the formula first names them.
fn columns(formula: &str) -> bool {
    let text: String = formula.lines().filter(|line| !line.starts_with('#')).collect();
    text.contains("(k,i")
}

/// `@5 (time-point 1): ("North","F1") ("South","F2")`, with or without quotes.
fn tuples(output: &str, key_first: bool) -> BTreeSet<(String, String)> {
    assert!(key_first, "every exported formula names the key first");
    let mut out = BTreeSet::new();
    for line in output.lines() {
        let (head, tuples) = line.split_once("):").unwrap_or_else(|| panic!("not understood: `{line}`"));
        assert!(head.starts_with('@'), "not understood: `{line}`");
        for tuple in tuples.split(')').filter_map(|tuple| tuple.trim().strip_prefix('(')) {
            let (key, of) = tuple.split_once(',').unwrap_or_else(|| panic!("not understood: `{line}`"));
            let plain = |text: &str| text.trim().trim_matches('"').to_owned();
            out.insert((plain(key), plain(of)));
        }
    }
    out
}

#[test]
fn an_answer_is_read() {
    let output =
        "@5 (time-point 1): (\"North\",\"F1\") (\"South to North\",\"F2\")\n@6 (time-point 2): (North,clause)\n";
    let pair = |key: &str, of: &str| (key.to_owned(), of.to_owned());
    let wanted = [pair("North", "F1"), pair("South to North", "F2"), pair("North", "clause")];
    assert_eq!(tuples(output, true), wanted.into());
}
