//! `backstop agreement`: checks a text, and reads its rules back.

use super::fill::read_agreement;
use super::outcome::{print, print_json};
use super::{AgreementVerb, Common, Exit, Failure};
use clause::{Language, Severity, sentence};
use serde_json::{Value, json};
use std::fmt::Write;

pub(super) fn run(common: &Common, verb: &AgreementVerb) -> Result<Exit, Failure> {
    match verb {
        AgreementVerb::Check { path } => {
            let read = read_agreement(path)?;
            let count = |severity: Severity| read.remarks.iter().filter(|r| r.severity() == severity).count();
            let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
            let exit = if errors + warnings > 0 { Exit::Findings } else { Exit::Done };
            if common.json {
                let remarks: Vec<Value> = read.remarks.iter().map(remark).collect();
                return print_json(
                    "backstop.agreement-check/1",
                    exit,
                    json!({ "rules": read.agreement.rules.len(), "remarks": remarks }),
                );
            }
            print(&read.rendered(common.colour()))?;
            common.say(format!(
                "{} rules, {errors} errors, {warnings} warnings, {} notes",
                read.agreement.rules.len(),
                count(Severity::Note)
            ));
            Ok(exit)
        }
        AgreementVerb::Show { path } => {
            let read = read_agreement(path)?;
            if common.json {
                let rule = |rule: &clause::Rule| json!({ "id": rule.id.as_str(), "kind": rule.kind().word(), "anchor": rule.anchor, "sentence": sentence(&read.agreement, rule, Language::English), "sentence_uk": sentence(&read.agreement, rule, Language::Ukrainian) });
                let rules: Vec<Value> = read.agreement.rules.iter().map(rule).collect();
                let data = json!({ "title": read.agreement.title, "version": read.agreement.version, "sha256": read.agreement.sha256, "rules": rules });
                return print_json("backstop.agreement/1", Exit::Done, data);
            }
            let mut text = format!("{}, version {}\n\n", read.agreement.title, read.agreement.version);
            for rule in &read.agreement.rules {
                let _ =
                    writeln!(text, "{:<10} {}", rule.id.as_str(), sentence(&read.agreement, rule, Language::English));
            }
            print(&text)?;
            if read.has_errors() {
                common.say("the text has errors: `backstop agreement check` lists them");
            }
            Ok(Exit::Done)
        }
    }
}

fn remark(remark: &clause::Remark) -> Value {
    json!({
        "code": remark.code.word(), "severity": remark.severity().word(), "file": remark.file, "line": remark.line,
        "column": remark.column, "message": remark.message, "fix": remark.fix,
    })
}
