//! The engine says what a naive evaluator says, on thousands of small random logs of every kind of rule; and what may not
//! show (order, pieces, what was taken back, which week it is) does not. `PROPTEST_RNG_SEED=N` tries other logs.

mod logs;
mod matching;
mod naive;
mod powers;
mod texts;

use clause::{Agreement, Instance, InstanceKey, InstanceValue};
use logs::{Log, log};
use matching::Stretch;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// How many logs of each kind are tried, shared out among its texts.
const LOGS: u32 = 4_000;

/// Tries logs of each text of a kind; a failure is shown with its seed and the smallest log that was found.
fn try_kind(kind: &str, logs: u32, check: impl Fn(&Agreement, &Log) -> Result<(), String>) {
    let (_, texts) = texts::KINDS.iter().find(|(name, _)| *name == kind).expect("a kind of the texts");
    let shared = logs / u32::try_from(texts.len()).expect("few");
    for rules in *texts {
        let agreement = texts::agreement(rules);
        let asked = Config::default();
        let seed = if let RngSeed::Fixed(seed) = asked.rng_seed { seed } else { 1 };
        let config = Config { cases: shared, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..asked };
        let tried =
            TestRunner::new(config).run(&log(&agreement), |log| check(&agreement, &log).map_err(TestCaseError::fail));
        if let Err(failure) = tried {
            panic!("PROPTEST_RNG_SEED={seed}\n{rules}\n{failure}");
        }
    }
}

/// What an instance comes to, for comparing.
type Line = (InstanceKey, InstanceValue, Stretch);

fn line(instance: &Instance) -> Line {
    let decided = (instance.decided.earliest().ms(), instance.decided.latest().ms());
    (instance.key.clone(), instance.value, decided)
}

fn engine(agreement: &Agreement, log: &Log) -> Vec<Line> {
    let all = clause::instances(agreement, &log.facts, &log.watch(), log.at);
    let mut lines: Vec<Line> = all.iter().map(line).collect();
    lines.sort();
    lines
}

fn oracle(agreement: &Agreement, log: &Log) -> Vec<Line> {
    let all = naive::instances(agreement, &log.facts, &log.watch(), log.at);
    let mut lines: Vec<Line> = all.into_iter().map(|found| (found.key, found.value, found.decided)).collect();
    lines.sort();
    lines
}

/// What one has and the other has not.
fn apart(one: &[Line], other: &[Line], names: [&str; 2]) -> Result<(), String> {
    let show = |(key, value, decided): &Line| format!("{key}: {} {decided:?}", value.word());
    let more = |one: &[Line], other: &[Line]| {
        let lines: Vec<String> = one.iter().filter(|line| !other.contains(line)).map(show).collect();
        lines.join("\n    ")
    };
    if one == other {
        return Ok(());
    }
    Err(format!("\n  {}:\n    {}\n  {}:\n    {}", names[0], more(one, other), names[1], more(other, one)))
}

fn equals_the_oracle(agreement: &Agreement, log: &Log) -> Result<(), String> {
    apart(&engine(agreement, log), &oracle(agreement, log), ["the engine", "the oracle"])
}

#[test]
fn never() {
    try_kind("never", LOGS, equals_the_oracle);
}

#[test]
fn by_and_between() {
    try_kind("by and between", LOGS, equals_the_oracle);
}

#[test]
fn response() {
    try_kind("response", LOGS, equals_the_oracle);
}

#[test]
fn at_most_per() {
    try_kind("at most per", LOGS, equals_the_oracle);
}

#[test]
fn at_most_present() {
    try_kind("at most present", LOGS, equals_the_oracle);
}

#[test]
fn only_after() {
    try_kind("only after", LOGS, equals_the_oracle);
}

#[test]
fn at_least_once() {
    try_kind("at least once", LOGS, equals_the_oracle);
}

#[test]
fn always() {
    try_kind("always", LOGS, equals_the_oracle);
}

#[test]
fn on_verdicts() {
    try_kind("on verdicts", LOGS, equals_the_oracle);
}

#[test]
fn quiet() {
    try_kind("quiet", LOGS, equals_the_oracle);
}

#[test]
fn powers_to_suspend() {
    try_kind("powers to suspend", LOGS, equals_the_oracle);
}

#[test]
fn powers_to_end() {
    try_kind("powers to end", LOGS, equals_the_oracle);
}

#[test]
fn silent_sources() {
    try_kind("silent sources", LOGS, equals_the_oracle);
}
