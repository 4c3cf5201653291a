//! RTLola, where the environment names its program: a clock for each trigger, and the clocks that run out.
//!
//! Takes `BACKSTOP_RTLOLA`, the path of `rtlola-cli`; writes a specification for each response rule that a fact alone starts,
//! and the log as CSV, and compares. Other kinds are not compared: RTLola looks at its windows at fixed instants, we at facts.

use super::evaluator::{Log, Value, log};
use super::{RULES, agreement, end, facts, ours, theirs};
use clause::{Agreement, Fact, Footing, Kernel, MfotlRule, Trigger, mfotl, mfotl_log};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn rtlola_says_the_same_of_terms() {
    let Some(program) = std::env::var_os("BACKSTOP_RTLOLA") else {
        println!("skipped: `BACKSTOP_RTLOLA` names no program");
        return;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rtlola");
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    let agreement = agreement(RULES, "Europe/Kyiv");
    let rules: Vec<MfotlRule> =
        mfotl(&agreement).rules.into_iter().filter(|rule| term(&agreement, rule).is_some()).collect();
    assert_eq!(rules.len(), 3);
    let (mut runner, mut seen) = (TestRunner::deterministic(), 0);
    for _ in 0..20 {
        let facts = facts().new_tree(&mut runner).expect("facts").current();
        // A fact known to a span only is left out of the log, and what is said without it is not compared.
        let facts: Vec<Fact> = facts.into_iter().filter(|fact| fact.happened.length_ms() == 0).collect();
        let text = mfotl_log(&agreement, &facts, Footing::Proposed, end()).text;
        let ours = ours(&agreement, &facts);
        for rule in &rules {
            let found = theirs(run(Path::new(&program), &folder, &agreement, rule, &log(&text)));
            let wanted = ours.get(rule.rule.as_str()).cloned().unwrap_or_default();
            assert_eq!(found, wanted, "{}\n{text}", rule.rule);
            seen += found.len();
        }
    }
    assert!(seen > 20, "only {seen} clocks ran out");
}

/// The term of a response rule that a fact alone starts, in milliseconds, and whether its answer says what it is about.
fn term(agreement: &Agreement, exported: &MfotlRule) -> Option<(i64, bool)> {
    let rule = agreement.rule(&exported.rule)?;
    let Kernel::Response { trigger, within, response } = &rule.kernel else { return None };
    let alone = matches!(trigger, Trigger::Fact { preceded: None, .. }) && rule.exceptions.is_empty();
    Some((within.elapsed_ms().filter(|_| alone)?, response.about_it))
}

fn run(
    program: &Path,
    folder: &Path,
    agreement: &Agreement,
    rule: &MfotlRule,
    log: &Log,
) -> BTreeSet<(String, String)> {
    let (ms, linked) = term(agreement, rule).expect("chosen for it");
    // The term's last instant still belongs to it.
    let (period, met) = (ms + 1, if linked { "answer_i == i" } else { "answer_o != i" });
    let specification = format!(
        "input subject_k: String\ninput subject_i: String\ninput answer_k: String\ninput answer_o: String\n\
        input answer_i: String\ninput last: Bool\n\noutput late(k: String, i: String)\n  \
        spawn with (subject_k, subject_i)\n  eval @Local({}.{:03}s) with true\n  \
        close @(answer_k && answer_o && answer_i) when answer_k == k && {met}\n",
        period / 1_000,
        period % 1_000
    );
    let (specified, events) = (folder.join(format!("{}.lola", rule.name)), folder.join("facts.csv"));
    std::fs::write(&specified, specification).expect("a file for the peer");
    std::fs::write(&events, table(agreement, rule, log)).expect("a file for the peer");
    let mut command = Command::new(program);
    command.args(["monitor", "--verbosity", "outputs", "--offline", "relative-float-secs", "--csv-in"]);
    let output = command.arg(&events).arg(&specified).output().expect("the peer runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let late = |line: &str| {
        let (_, rest) = line.split_once("[late(")?;
        let (key, of) = rest.split_once(")]")?.0.split_once(", ")?;
        Some((key.trim_matches('"').to_owned(), of.trim_matches('"').to_owned()))
    };
    said.lines().filter_map(late).collect()
}

/// One row for each fact, what starts a clock before what stops one at the same instant.
fn table(agreement: &Agreement, rule: &MfotlRule, log: &Log) -> String {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
    };
    let window =
        agreement.rule(&rule.rule).and_then(|found| found.window(&agreement.as_written)).expect("a window").span();
    let first = log.points().next().map_or(0, |(at, _)| at);
    let mut rows = "time,subject_k,subject_i,answer_k,answer_o,answer_i,last\n".to_owned();
    for (at, holds) in log.points() {
        let time = format!("{}.{:03}", (at - first) / 1_000, (at - first) % 1_000);
        let tuples = |what: &str| holds.get(&format!("{what}_{}", rule.name)).into_iter().flatten();
        let runs = at >= window.earliest().ms() && at <= window.latest().ms();
        for tuple in tuples("subject").filter(|_| runs) {
            rows += &format!("{time},{},{},#,#,#,#\n", text(&tuple[0]), text(&tuple[1]));
        }
        for tuple in tuples("answer") {
            let about = tuple.get(2).map_or("none".to_owned(), text);
            rows += &format!("{time},#,#,{},{},{about},#\n", text(&tuple[0]), text(&tuple[1]));
        }
    }
    let last = log.points().last().map_or(0, |(at, _)| at - first);
    rows + &format!("{}.{:03},#,#,#,#,#,true\n", last / 1_000, last % 1_000)
}
