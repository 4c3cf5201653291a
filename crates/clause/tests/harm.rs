//! Every shipped text, harmed at random: reading never panics, keeps every line, and places each remark in the text.
//! `BACKSTOP_CASES` asks for a longer run.

#![allow(clippy::disallowed_methods, reason = "the tests read the shipped files; the crate does not")]

use clause::remark::AGREEMENT_FILE;
use clause::{AgreementFiles, Block, read, render};
use proptest::prelude::*;
use std::path::Path;

fn shipped() -> Vec<AgreementFiles> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agreements");
    let mut folders: Vec<_> =
        std::fs::read_dir(folder).expect("invariant: the tree has agreements").flatten().collect();
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let files = |folder: std::fs::DirEntry| {
        let mut files = AgreementFiles::default();
        for entry in std::fs::read_dir(folder.path()).expect("invariant: an agreement is a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = std::fs::read(entry.path()).expect("invariant: a file beside the text can be read");
            if name == AGREEMENT_FILE {
                files.text = String::from_utf8(bytes).expect("invariant: the text is UTF-8");
            } else {
                files.files.insert(name, bytes);
            }
        }
        files
    };
    // A folder may hold guarantees alone.
    folders.into_iter().map(files).filter(|files| !files.text.is_empty()).collect()
}

/// The lines of the text, each with whether it stands inside a block of rules.
fn lines(text: &str) -> Vec<(String, bool)> {
    let mut inside = false;
    let told = text.lines().map(|line| {
        let fence = line.starts_with("```");
        if fence {
            inside = !inside && line.starts_with("```backstop");
        }
        (line.to_owned(), inside && !fence)
    });
    told.collect()
}

/// What is done to a line of rules; the places are taken round.
#[derive(Clone, Debug)]
enum Harm {
    /// A word is taken out, or put in from another line.
    Word { line: usize, word: usize, from: Option<(usize, usize)> },
    /// A letter is put in.
    Letter { line: usize, at: usize, letter: char },
    /// The line goes elsewhere, or is said twice.
    Line { line: usize, to: usize, twice: bool },
    /// The line is cut off.
    Cut { line: usize, at: usize },
    /// It goes on with the one above, or no longer does.
    Indent { line: usize },
}

fn harm() -> impl Strategy<Value = Harm> {
    let line = any::<usize>;
    prop_oneof![
        (line(), line(), proptest::option::of((line(), line()))).prop_map(|(line, word, from)| Harm::Word {
            line,
            word,
            from
        }),
        (line(), line(), any::<char>()).prop_map(|(line, at, letter)| Harm::Letter { line, at, letter }),
        (line(), line(), any::<bool>()).prop_map(|(line, to, twice)| Harm::Line { line, to, twice }),
        (line(), line()).prop_map(|(line, at)| Harm::Cut { line, at }),
        line().prop_map(|line| Harm::Indent { line }),
    ]
}

/// Fences and headings stay, so that what must be kept can be told.
fn harmed(text: &str, harms: &[Harm]) -> String {
    let mut lines = lines(text);
    for harm in harms {
        let places: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].1).collect();
        let place = |number: usize| places[number % places.len()];
        match harm {
            Harm::Word { line, word, from } => {
                let words = |at: usize| -> Vec<String> { lines[at].0.split(' ').map(str::to_owned).collect() };
                let mut changed = words(place(*line));
                let at = word % changed.len();
                changed.remove(at);
                if let Some((other, which)) = from {
                    let others = words(place(*other));
                    changed.insert(at, others[which % others.len()].clone());
                }
                lines[place(*line)].0 = changed.join(" ");
            }
            Harm::Letter { line, at, letter } => {
                let text = &mut lines[place(*line)].0;
                let at = text.floor_char_boundary(at % (text.len() + 1));
                text.insert(at, if matches!(letter, '\n' | '\r' | '`') { '\u{a0}' } else { *letter });
            }
            Harm::Line { line, to, twice } => {
                let (from, to) = (place(*line), place(*to));
                let moved = if *twice {
                    lines[from].clone()
                } else {
                    std::mem::replace(&mut lines[from], (String::new(), true))
                };
                lines.insert(to, moved);
            }
            Harm::Cut { line, at } => {
                let text = &mut lines[place(*line)].0;
                let at = text.floor_char_boundary(at % (text.len() + 1));
                text.truncate(at);
            }
            Harm::Indent { line } => {
                let text = &mut lines[place(*line)].0;
                *text = text.strip_prefix("  ").map_or_else(|| format!("  {text}"), str::to_owned);
            }
        }
    }
    lines.into_iter().map(|(line, _)| line + "\n").collect()
}

fn check(files: &AgreementFiles) {
    let (agreement, remarks) = read(files);
    for remark in &remarks {
        let text = match remark.file.as_str() {
            AGREEMENT_FILE => files.text.as_str(),
            map => files.files.get(map).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default(),
        };
        let span = &remark.span;
        assert!(span.start <= span.end && span.end <= text.len(), "{remark:?}");
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{remark:?}");
        assert!(remark.line >= 1 && remark.column >= 1, "{remark:?}");
        assert!(remark.line <= text.lines().count() + 1, "{remark:?}");
    }
    let _ = render(&remarks, files, clause::Language::English, false);
    let blocks = agreement.articles.iter().flat_map(|article| &article.blocks);
    let kept: String = blocks
        .map(|block| match block {
            Block::Rules { text, .. } | Block::NotUnderstood { text, .. } | Block::Prose { text, .. } => {
                format!("{text}\n")
            }
        })
        .collect();
    for (line, _) in lines(&files.text).iter().filter(|(line, inside)| *inside && !line.trim().is_empty()) {
        assert!(kept.contains(line.trim()), "`{line}` is not in what was read");
    }
}

fn cases() -> u32 {
    std::env::var("BACKSTOP_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

#[test]
fn any_harm_to_a_shipped_text_is_survived() {
    let texts = shipped();
    assert!(texts.len() >= 10);
    texts.iter().for_each(check);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let harms = (any::<usize>(), proptest::collection::vec(harm(), 1..8));
    runner
        .run(&harms, |(which, harms)| {
            let files = &texts[which % texts.len()];
            check(&AgreementFiles { text: harmed(&files.text, &harms), files: files.files.clone() });
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
