//! `backstop agreement`: checks and formats a text, reads its rules back, runs it over a scenario, lays two versions side
//! by side, says the rules to foreign monitors, and how one rule of the adopted text went.
//!
//! Takes agreements' folders and scenario pages; prints text, JSON or SARIF. Never changes a file of theirs but for `fmt`.

mod check;
mod compare;
mod explain;
mod export;
mod history;
mod run_over;
mod shape;

use super::fill::{read_agreement, read_text};
use super::outcome::{print, print_json};
use super::receipts::print_receipts;
use super::{AgreementVerb, Common, Exit, Failure};
use clause::{Agreement, Asked, Language, Scenario, Watch, sentence, sentence_of_power};
use mission::{Run, RunReceipt};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(common: &Common, verb: &AgreementVerb) -> Result<Exit, Failure> {
    match verb {
        AgreementVerb::Check { path, format, language } => check::run(common, path, *format, (*language).into()),
        AgreementVerb::Fmt { path, check } => shape::run(common, path, *check),
        AgreementVerb::Show { path, language } => show(common, path, (*language).into()),
        AgreementVerb::Explain { what, path: None, language } => check::explain(common, what, (*language).into()),
        AgreementVerb::Explain { what, path: Some(path), language } => {
            explain::run(common, what, path, (*language).into())
        }
        AgreementVerb::Simulate { path, scenario } => run_over::run(common, path, scenario),
        AgreementVerb::History { rule, account, at, reader } => {
            history::run(common, rule, (*account).into(), at.as_deref(), (*reader).into())
        }
        AgreementVerb::Export { path, mfotl: _, out } => export::run(common, path, out.as_deref()),
        AgreementVerb::Run { path, scenario, against } => receipts(common, path, scenario, against.as_deref()),
        AgreementVerb::Diff { old, new, scenario } => compare::run(common, old, new, scenario.as_deref()),
    }
}

fn show(common: &Common, path: &Path, language: Language) -> Result<Exit, Failure> {
    let read = read_agreement(path)?;
    let agreement = &read.agreement;
    if common.json {
        let rule = |rule: &clause::Rule| json!({ "id": rule.id.as_str(), "kind": rule.kind().word(), "anchor": rule.anchor, "sentence": sentence(agreement, rule, Language::English), "sentence_uk": sentence(agreement, rule, Language::Ukrainian) });
        let rules: Vec<Value> = agreement.rules.iter().map(rule).collect();
        let data = json!({ "title": agreement.title, "version": agreement.version, "sha256": agreement.sha256, "rules": rules });
        return print_json("backstop.agreement/1", Exit::Done, data);
    }
    let mut text = format!("{}, version {}\n\n", agreement.title, agreement.version);
    for rule in &agreement.rules {
        let _ = writeln!(text, "{:<10} {}", rule.id.as_str(), sentence(agreement, rule, language));
    }
    for power in &agreement.powers {
        let _ = writeln!(text, "{:<10} {}", power.id.as_str(), sentence_of_power(agreement, power, language));
    }
    print(&text)?;
    if read.has_errors() {
        common.say("the text has errors: `backstop agreement check` lists them");
    }
    Ok(Exit::Done)
}

fn receipts(common: &Common, path: &Path, scenario: &Path, against: Option<&Path>) -> Result<Exit, Failure> {
    let agreement = read_sound(path)?;
    let Scenario { facts, efforts, heard, moments } = read_scenario(scenario, &agreement)?;
    let receipt = |asked: &Asked| {
        let (at, known_until) = (asked.at, asked.known_until);
        let watch = Watch { efforts: &efforts, detection: None, known_until, sources: &[], heard: &heard };
        let verdicts = clause::judge(&agreement, &facts, &watch, at);
        let run = Run { agreement: &agreement, facts: &facts, watch: &watch, at, log: None, verdicts: &verdicts };
        RunReceipt::of(&run)
    };
    print_receipts(common, &moments.iter().map(receipt).collect::<Vec<_>>(), against)
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum LanguageArg {
    En,
    Uk,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Language {
        match language {
            LanguageArg::En => Language::English,
            LanguageArg::Uk => Language::Ukrainian,
        }
    }
}

/// Reads an agreement that is to be judged: with errors it would be another one.
fn read_sound(path: &Path) -> Result<Agreement, Failure> {
    let read = read_agreement(path)?;
    if read.has_errors() {
        let advice = format!("run `backstop agreement check {}` and mend them first", path.display());
        return Err(Failure::new(Exit::Findings, format!("`{}` has errors; {advice}", path.display())));
    }
    Ok(read.agreement)
}

/// Reads a scenario's page under an agreement.
fn read_scenario(path: &Path, agreement: &Agreement) -> Result<Scenario, Failure> {
    let page = read_text(path)?;
    let fault = |fault: clause::Fault| Failure::new(Exit::Usage, format!("`{}`, {fault}", path.display()));
    clause::scenario(&page, agreement).map_err(fault)
}

/// `North`, or nothing for "one of those bound".
fn bearers(of: &[Option<terms::Party>]) -> Vec<Option<&str>> {
    of.iter().map(|party| party.as_ref().map(terms::Party::as_str)).collect()
}
