//! `backstop agreement check` and `explain`: what a drafter should look at.
//!
//! Takes a text; prints its remarks as a compiler would, as JSON, or as SARIF 2.1.0 for editors and code hosts. Never
//! leaves with 0 while an error or a warning stands.

use super::super::fill::{ReadAgreement, read_agreement};
use super::super::outcome::{print, print_json};
use super::super::{CheckFormat, Common, Exit, Failure};
use clause::{Code, Language, Remark, Severity};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(common: &Common, path: &Path, format: CheckFormat, language: Language) -> Result<Exit, Failure> {
    let read = read_agreement(path)?;
    let count = |severity: Severity| read.remarks.iter().filter(|r| r.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let exit = if errors + warnings > 0 { Exit::Findings } else { Exit::Done };
    match format {
        CheckFormat::Sarif => {
            print(&format!("{:#}\n", sarif(path, &read, language)))?;
        }
        CheckFormat::Text if common.json => {
            let remarks: Vec<Value> = read.remarks.iter().map(|upon| remark(upon, language)).collect();
            let data = json!({ "rules": read.agreement.rules.len(), "remarks": remarks });
            return print_json("backstop.agreement-check/1", exit, data);
        }
        CheckFormat::Text => {
            print(&read.rendered(language, common.colour()))?;
        }
    }
    let rules = read.agreement.rules.len();
    let notes = count(Severity::Note);
    common.say(match language {
        Language::English => format!("{rules} rules, {errors} errors, {warnings} warnings, {notes} notes"),
        Language::Ukrainian => {
            format!("правил: {rules}, помилок: {errors}, попереджень: {warnings}, приміток: {notes}")
        }
    });
    Ok(exit)
}

/// What a code says in general: its page, if it has one.
pub(super) fn explain(common: &Common, code: &str, language: Language) -> Result<Exit, Failure> {
    let Some(found) = Code::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(code)) else {
        let known: Vec<&str> = Code::ALL.iter().map(|known| known.word()).collect();
        let codes = known.join(", ");
        let message =
            format!("`{code}` is no code of a remark; for a rule add the agreement's PATH; the codes: {codes}");
        return Err(Failure::new(Exit::NotFound, message));
    };
    let (word, severity, says) = (found.word(), found.severity().word(), found.says(language));
    if common.json {
        let data = json!({ "code": word, "severity": severity, "says": says, "page": found.page() });
        return print_json("backstop.remark-code/1", Exit::Done, data);
    }
    let line = format!("{word} ({}): {says}\n", found.severity().say(language));
    match (found.page(), language) {
        (Some(page), Language::English) => print(page),
        // The pages are in English only; what the code says stands above them.
        (Some(page), Language::Ukrainian) => print(&format!("{line}\n{page}")),
        (None, Language::English | Language::Ukrainian) => print(&line),
    }
}

pub(super) fn remark(remark: &Remark, language: Language) -> Value {
    let notes: Vec<String> = remark.notes.iter().map(|note| note.say(language)).collect();
    json!({
        "code": remark.code.word(), "severity": remark.severity().word(), "file": remark.file, "line": remark.line,
        "column": remark.column, "message": remark.message.say(language), "notes": notes,
        "fix": remark.fix.as_ref().map(|fix| fix.say(language)),
    })
}

/// SARIF 2.1.0 (OASIS): one run, every code as a rule, every remark as a result.
fn sarif(path: &Path, read: &ReadAgreement, language: Language) -> Value {
    let level = |severity: Severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let rule = |code: &Code| {
        let default = json!({ "level": level(code.severity()) });
        json!({ "id": code.word(), "shortDescription": { "text": code.says(language) }, "defaultConfiguration": default })
    };
    let in_words = |english, ukrainian| match language {
        Language::English => english,
        Language::Ukrainian => ukrainian,
    };
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let result = |remark: &Remark| {
        let index = Code::ALL.iter().position(|code| *code == remark.code);
        let notes =
            remark.notes.iter().map(|note| format!("\n{}: {}", in_words("note", "примітка"), note.say(language)));
        let fix = remark.fix.iter().map(|fix| format!("\n{}: {}", in_words("help", "порада"), fix.say(language)));
        let text: String = std::iter::once(remark.message.say(language)).chain(notes).chain(fix).collect();
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
