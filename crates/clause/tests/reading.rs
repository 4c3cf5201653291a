//! Reading never fails and never panics; the shipped agreements read without an error; the manual names every code.

#![allow(clippy::disallowed_methods, reason = "the tests read the shipped files; the crate does not")]

use clause::{AgreementFiles, Code, Fact, Footing, Severity, Watch, judge, read, render};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use terms::{Act, Chance, Instant, Party, Place, Span};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped(name: &str) -> AgreementFiles {
    let folder = workspace().join("agreements").join(name);
    let mut files = AgreementFiles::default();
    for entry in std::fs::read_dir(&folder).expect("invariant: the agreement is shipped").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = std::fs::read(entry.path()).expect("invariant: a file beside it can be read");
        if name == "agreement.md" {
            files.text = String::from_utf8(bytes).expect("invariant: the text is UTF-8");
        } else {
            files.files.insert(name, bytes);
        }
    }
    files
}

fn check_shipped(name: &str) {
    let files = shipped(name);
    let (agreement, remarks) = read(&files);
    let errors: Vec<_> = remarks.iter().filter(|remark| remark.severity() == Severity::Error).cloned().collect();
    assert!(errors.is_empty(), "{}", render(&errors, &files, clause::Language::English, false));
    assert_eq!(agreement.id.as_str(), name);
    let sentences: Vec<String> = agreement
        .rules
        .iter()
        .map(|rule| format!("{}: {}", rule.id, clause::sentence(&agreement, rule, clause::Language::English)))
        .collect();
    insta::assert_snapshot!(name, sentences.join("\n"));
}

#[test]
fn the_easter_truce_reads() {
    check_shipped("easter-truce-2026");
}

#[test]
fn the_energy_moratorium_reads() {
    check_shipped("energy-moratorium-2025");
}

#[test]
fn the_invented_agreement_reads() {
    check_shipped("varo-2026");
}

#[test]
fn the_manual_names_every_code() {
    let manual = workspace().join("docs/agreement-language.md");
    let manual = std::fs::read_to_string(manual).expect("invariant: the manual is in the tree");
    for code in Code::ALL {
        assert!(manual.contains(&format!("| {} | {} |", code.word(), code.severity().word())), "{}", code.word());
    }
}

#[test]
fn the_manual_holds_the_grammar() {
    let manual = workspace().join("docs/agreement-language.md");
    let manual = std::fs::read_to_string(manual).expect("invariant: the manual is in the tree");
    assert!(
        manual.contains(clause::EBNF),
        "put crates/clause/grammar.ebnf into docs/agreement-language.md as it stands"
    );
}

/// A TextMate grammar of the blocks inside Markdown, with the keywords of the grammar.
fn highlighting() -> String {
    let mut grammar = clause::EBNF.to_owned();
    while let (Some(open), Some(close)) = (grammar.find("(*"), grammar.find("*)")) {
        grammar.replace_range(open..close + 2, "");
    }
    let quoted = grammar.split('"').skip(1).step_by(2).filter(|word| word.starts_with(char::is_alphabetic));
    let mut words: Vec<&str> = quoted.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    // The longest first: `text-only` is not `text`.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let edge = r"[\\p{L}\\p{N}_./-]";
    let lines = [
        r#"{"#,
        r#"  "name": "Backstop agreement","#,
        r#"  "scopeName": "markdown.backstop.codeblock","#,
        r#"  "injectionSelector": "L:text.html.markdown","#,
        r#"  "patterns": [{"#,
        r#"    "begin": "^\\s*(`{3,}|~{3,})\\s*backstop\\s*$","#,
        r#"    "end": "^\\s*\\1\\s*$","#,
        r#"    "contentName": "meta.embedded.block.backstop","#,
        r#"    "patterns": ["#,
        r##"      { "match": "#.*$", "name": "comment.line.number-sign.backstop" },"##,
        r#"      { "match": "\"[^\"\n]*\"", "name": "string.quoted.double.backstop" },"#,
        &format!(
            r#"      {{ "match": "(?<!{edge})({})(?!{edge})", "name": "keyword.control.backstop" }},"#,
            words.join("|")
        ),
        &format!(r#"      {{ "match": "(?<!{edge})[0-9][0-9.:-]*(?!{edge})", "name": "constant.numeric.backstop" }}"#),
        r#"    ]"#,
        r#"  }]"#,
        r#"}"#,
        "",
    ];
    lines.join("\n")
}

#[test]
fn the_highlighting_holds_the_keywords() {
    let path = workspace().join("assets/editor/backstop.tmLanguage.json");
    let written = highlighting();
    if std::env::var_os("UPDATE_HIGHLIGHTING").is_some() {
        std::fs::write(&path, &written).expect("invariant: the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == written, "UPDATE_HIGHLIGHTING=1 writes assets/editor/backstop.tmLanguage.json anew");
}

/// Reads, renders, shows and judges; only a panic fails.
fn survive(files: &AgreementFiles) {
    let (agreement, remarks) = read(files);
    for remark in &remarks {
        assert!(remark.line >= 1 && remark.column >= 1);
        assert!(remark.span.start <= remark.span.end);
    }
    let _ = render(&remarks, files, clause::Language::English, false);
    let at = Instant::parse("2026-04-12T12:00:00Z").expect("invariant: a time");
    let fact = Fact {
        happened: Span::at(at),
        id: "INC-A".to_owned(),
        revision: 1,
        act: Act::Shelling,
        object: None,
        place: Place::unknown(),
        by: Party::new("North"),
        at: None,
        count: terms::Count::UNKNOWN,
        about: None,
        chance: Chance::CERTAIN,
        footing: Footing::Proposed,
    };
    let watch = Watch { efforts: &[], detection: None, known_until: at, sources: &[], heard: &[] };
    let facts = [fact];
    assert!(judge(&agreement, &facts, &watch, at).len() >= agreement.rules.len());
    let _ = clause::clocks(&agreement, &facts, &watch, at);
}

const WORDS: [&str; 40] = [
    "---\n",
    "```backstop\n",
    "```\n",
    "# A\n",
    "rule ",
    "A1 ",
    "of ",
    "each party",
    ": ",
    "never ",
    "fire ",
    "in ",
    "Z ",
    "from ",
    "2026-04-11 16:00 ",
    "Europe/Kyiv",
    "until ",
    "day 2 ",
    "after ",
    "must ",
    "within ",
    "24 hours",
    "\n",
    "  ",
    "except x: ",
    "by ",
    "zone Z = ",
    "map \"a.geojson\"",
    "as of 2026-04-11",
    "\"",
    "parties North, South\n",
    "standard 0.5",
    "reading R: ",
    "start = ",
    "+ ",
    "event e = ",
    "e",
    "text-only because ",
    "<b>",
    "é\u{202e}",
];

proptest! {
    // A whole agreement with its maps is read in each case.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survive(&AgreementFiles { text, ..AgreementFiles::default() });
    }

    #[test]
    fn any_heap_of_words_is_survived(words in proptest::collection::vec(0..WORDS.len(), 0..80)) {
        let text = words.into_iter().map(|word| WORDS[word]).collect();
        survive(&AgreementFiles { text, ..AgreementFiles::default() });
    }

    #[test]
    fn any_harm_to_a_real_text_is_survived(
        which in 0usize..3,
        harms in proptest::collection::vec((any::<usize>(), any::<char>(), 0usize..40), 1..6),
    ) {
        let mut files = shipped(["easter-truce-2026", "energy-moratorium-2025", "varo-2026"][which]);
        for (at, letter, cut) in harms {
            let start = files.text.floor_char_boundary(at % (files.text.len() + 1));
            let end = files.text.floor_char_boundary((start + cut).min(files.text.len()));
            files.text.replace_range(start..end.max(start), &letter.to_string());
        }
        survive(&files);
    }

    #[test]
    fn any_harm_to_a_map_is_survived(at in any::<usize>(), byte in any::<u8>(), cut in 0usize..200) {
        let mut files = shipped("easter-truce-2026");
        for bytes in files.files.values_mut() {
            let start = at % bytes.len();
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, [byte]);
        }
        survive(&files);
    }
}
