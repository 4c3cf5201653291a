//! `backstop agreement explain RULE PATH`: one rule or power of a text.
//!
//! Takes a text and a name in it; prints the sentence, the kind with its definition, what it hears and from whom, what a
//! monitor keeps for it, and the remarks upon it. A text with errors is explained as far as it could be read.

use super::super::fill::{ReadAgreement, read_agreement};
use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::check;
use clause::{Explanation, Language, Power, Remark};
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;

pub(super) fn run(common: &Common, name: &str, path: &Path, language: Language) -> Result<Exit, Failure> {
    let read = read_agreement(path)?;
    let agreement = &read.agreement;
    if let Some(rule) = agreement.rules.iter().find(|rule| rule.id.as_str() == name) {
        let told = clause::explain(agreement, rule, language);
        let remarks = upon(&read, &rule.span);
        if common.json {
            return print_json("backstop.rule-explanation/1", Exit::Done, written(&told, &remarks, language));
        }
        return print(&format!("{told}{}", listed(&remarks, language)));
    }
    if let Some(power) = agreement.powers.iter().find(|power| power.id.as_str() == name) {
        return of_power(common, &read, power, language);
    }
    let rules = agreement.rules.iter().map(|rule| &rule.id);
    let known: Vec<&str> =
        rules.chain(agreement.powers.iter().map(|power| &power.id)).map(terms::Label::as_str).collect();
    let file = path.display();
    let failed = if read.has_errors() { "; a rule with an error is not among them" } else { "" };
    let message = format!("`{file}` has no rule or power `{name}`; it has {}{failed}", known.join(", "));
    Err(Failure::new(Exit::NotFound, message))
}

fn of_power(common: &Common, read: &ReadAgreement, power: &Power, language: Language) -> Result<Exit, Failure> {
    let sentence = clause::sentence_of_power(&read.agreement, power, language);
    let remarks = upon(read, &power.span);
    let rules: Vec<String> = power.rules().iter().map(ToString::to_string).collect();
    if common.json {
        let remarks: Vec<Value> = remarks.iter().map(|remark| check::remark(remark, language)).collect();
        let data = json!({ "id": power.id.as_str(), "sentence": sentence, "rules": rules, "remarks": remarks });
        return print_json("backstop.power-explanation/1", Exit::Done, data);
    }
    let names = if rules.is_empty() { String::new() } else { format!("  names:  {}\n", rules.join(", ")) };
    print(&format!("power {}, {}\n  reads:  {sentence}\n{names}{}", power.id, power.anchor, listed(&remarks, language)))
}

/// The remarks upon a statement and the lines under it.
fn upon<'a>(read: &'a ReadAgreement, span: &Range<usize>) -> Vec<&'a Remark> {
    let extent = clause::outline(&read.files.text).extent(span);
    let own = |remark: &&Remark| remark.file == clause::remark::AGREEMENT_FILE;
    let here = |remark: &&Remark| extent.start <= remark.span.start && remark.span.start <= extent.end;
    read.remarks.iter().filter(own).filter(here).collect()
}

fn listed(remarks: &[&Remark], language: Language) -> String {
    let line = |remark: &&Remark| {
        let fix = remark.fix.as_ref().map_or(String::new(), |fix| format!("; {}", fix.say(language)));
        let (code, line, column) = (remark.code.word(), remark.line, remark.column);
        format!("  remark: {code} at {line}:{column}: {}{fix}\n", remark.message.say(language))
    };
    remarks.iter().map(line).collect()
}

fn written(told: &Explanation, remarks: &[&Remark], language: Language) -> Value {
    let labels = |labels: &[terms::Label]| labels.iter().map(ToString::to_string).collect::<Vec<_>>();
    let remarks: Vec<Value> = remarks.iter().map(|remark| check::remark(remark, language)).collect();
    json!({
        "id": told.id.as_str(), "anchor": told.anchor, "sentence": told.sentence, "kind": told.kind.word(),
        "definition": told.kind.says(), "hears": told.hears, "leans_on": labels(&told.leans_on),
        "leaned_on_by": labels(&told.leaned_on_by), "keeps": told.keeps.to_string(), "remarks": remarks,
    })
}
