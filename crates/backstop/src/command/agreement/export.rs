//! `backstop agreement export`: the rules in the language of a foreign monitor.
//!
//! Takes a text; prints a signature and one formula for each rule, or writes each into a file of a folder. Names every rule
//! that cannot be said, with the reason. Never writes over a folder's other files.

use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::read_sound;
use clause::Mfotl;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(common: &Common, path: &Path, out: Option<&Path>) -> Result<Exit, Failure> {
    let exported = clause::mfotl(&read_sound(path)?);
    for (rule, why) in &exported.unsaid {
        common.say(format!("{rule} cannot be said: {why}"));
    }
    if let Some(folder) = out {
        std::fs::create_dir_all(folder)?;
        for (name, text) in files(&exported) {
            std::fs::write(folder.join(&name), text)?;
        }
        common.say(format!("{} rules in `{}`", exported.rules.len(), folder.display()));
    }
    if common.json {
        return print_json("backstop.agreement-export/1", Exit::Done, written(&exported));
    }
    if out.is_none() {
        let mut text = String::new();
        for (name, body) in files(&exported) {
            let _ = writeln!(text, "# file {name}\n{body}");
        }
        print(&text)?;
    }
    Ok(Exit::Done)
}

/// By name: the signature, each formula, and what cannot be said.
fn files(exported: &Mfotl) -> Vec<(String, String)> {
    let mut files = vec![("agreement.sig".to_owned(), exported.signature.clone())];
    files.extend(exported.rules.iter().map(|rule| (format!("{}.mfotl", rule.name), rule.formula.clone())));
    let unsaid: String = exported.unsaid.iter().map(|(rule, why)| format!("# {rule}: {why}\n")).collect();
    files.push(("unsaid.txt".to_owned(), unsaid));
    files
}

fn written(exported: &Mfotl) -> Value {
    let rule = |rule: &clause::MfotlRule| {
        json!({
            "rule": rule.rule.as_str(), "reading": rule.reading.as_ref().map(terms::Label::as_str), "name": rule.name,
            "formula": rule.formula,
        })
    };
    let rules: Vec<Value> = exported.rules.iter().map(rule).collect();
    let unsaid: Vec<Value> =
        exported.unsaid.iter().map(|(rule, why)| json!({ "rule": rule.as_str(), "because": why })).collect();
    json!({ "signature": exported.signature, "rules": rules, "unsaid": unsaid })
}
