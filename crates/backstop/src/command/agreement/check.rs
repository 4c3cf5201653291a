//! `backstop agreement check` and `explain`: what a drafter should look at.
//!
//! Takes a text; prints its remarks as a compiler would, as JSON, or as SARIF 2.1.0 for editors and code hosts. Never
//! leaves with 0 while an error or a warning stands.

use super::super::fill::{ReadAgreement, read_agreement};
use super::super::outcome::{print, print_json};
use super::super::{CheckFormat, Common, Exit, Failure};
use clause::{Code, Remark, Severity};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(common: &Common, path: &Path, format: CheckFormat) -> Result<Exit, Failure> {
    let read = read_agreement(path)?;
    let count = |severity: Severity| read.remarks.iter().filter(|r| r.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let exit = if errors + warnings > 0 { Exit::Findings } else { Exit::Done };
    match format {
        CheckFormat::Sarif => {
            print(&format!("{:#}\n", sarif(path, &read)))?;
        }
        CheckFormat::Text if common.json => {
            let remarks: Vec<Value> = read.remarks.iter().map(remark).collect();
            let data = json!({ "rules": read.agreement.rules.len(), "remarks": remarks });
            return print_json("backstop.agreement-check/1", exit, data);
        }
        CheckFormat::Text => {
            print(&read.rendered(common.colour()))?;
        }
    }
    let rules = read.agreement.rules.len();
    common.say(format!("{rules} rules, {errors} errors, {warnings} warnings, {} notes", count(Severity::Note)));
    Ok(exit)
}

/// What a code says in general: its page, if it has one.
pub(super) fn explain(common: &Common, code: &str) -> Result<Exit, Failure> {
    let Some(found) = Code::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(code)) else {
        let known: Vec<&str> = Code::ALL.iter().map(|known| known.word()).collect();
        let codes = known.join(", ");
        let message =
            format!("`{code}` is no code of a remark; for a rule add the agreement's PATH; the codes: {codes}");
        return Err(Failure::new(Exit::NotFound, message));
    };
    let (word, severity, says) = (found.word(), found.severity().word(), found.says());
    if common.json {
        let data = json!({ "code": word, "severity": severity, "says": says, "page": found.page() });
        return print_json("backstop.remark-code/1", Exit::Done, data);
    }
    match found.page() {
        Some(page) => print(page),
        None => print(&format!("{word} ({severity}): {says}\n")),
    }
}

pub(super) fn remark(remark: &Remark) -> Value {
    json!({
        "code": remark.code.word(), "severity": remark.severity().word(), "file": remark.file, "line": remark.line,
        "column": remark.column, "message": remark.message, "notes": remark.notes, "fix": remark.fix,
    })
}

/// SARIF 2.1.0 (OASIS): one run, every code as a rule, every remark as a result.
fn sarif(path: &Path, read: &ReadAgreement) -> Value {
    let level = |severity: Severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let rule = |code: &Code| {
        let default = json!({ "level": level(code.severity()) });
        json!({ "id": code.word(), "shortDescription": { "text": code.says() }, "defaultConfiguration": default })
    };
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let result = |remark: &Remark| {
        let index = Code::ALL.iter().position(|code| *code == remark.code);
        let notes = remark.notes.iter().map(|note| format!("\nnote: {note}"));
        let fix = remark.fix.iter().map(|fix| format!("\nhelp: {fix}"));
        let text: String = std::iter::once(remark.message.clone()).chain(notes).chain(fix).collect();
        json!({
            "ruleId": remark.code.word(), "ruleIndex": index, "level": level(remark.severity()),
            "message": { "text": text },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": address(&folder.join(&remark.file)) },
                "region": { "startLine": remark.line, "startColumn": remark.column },
            } }],
        })
    };
    let rules: Vec<Value> = Code::ALL.iter().map(rule).collect();
    let results: Vec<Value> = read.remarks.iter().map(result).collect();
    let driver = json!({ "name": "backstop", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    })
}

/// A path as a relative reference of a URI (RFC 3986): what is not unreserved or a slash is escaped.
fn address(path: &Path) -> String {
    let text = path.to_string_lossy();
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
