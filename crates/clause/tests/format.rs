//! Formatting changes no meaning and is done once: for every shipped text and case, and for random harm to them.

#![allow(clippy::disallowed_methods, reason = "the tests read the shipped files; the crate does not")]
#![allow(clippy::disallowed_types, reason = "the texts are read once for all random cases")]

mod meaning;

use clause::{AgreementFiles, format};
use meaning::meaning;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every shipped agreement, by the name of its folder, with its maps.
fn shipped() -> Vec<(String, AgreementFiles)> {
    let folders = std::fs::read_dir(workspace().join("agreements")).expect("invariant: agreements are shipped");
    let mut shipped: Vec<_> = folders
        .flatten()
        .map(|folder| {
            let mut files = AgreementFiles::default();
            for entry in std::fs::read_dir(folder.path()).expect("invariant: an agreement is a folder").flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let bytes = std::fs::read(entry.path()).expect("invariant: a file beside it can be read");
                if name == "agreement.md" {
                    files.text = String::from_utf8(bytes).expect("invariant: the text is UTF-8");
                } else {
                    files.files.insert(name, bytes);
                }
            }
            (folder.file_name().to_string_lossy().into_owned(), files)
        })
        .collect();
    shipped.sort_by(|a, b| a.0.cmp(&b.0));
    shipped
}

/// Every text there is: the shipped ones and those that cases carry.
static TEXTS: LazyLock<Vec<AgreementFiles>> = LazyLock::new(|| {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(workspace().join("cases"))
        .expect("invariant: cases are in the tree")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    pages.sort();
    let carried = pages.iter().filter_map(|page| clause::carried(&std::fs::read_to_string(page).ok()?));
    let texts: Vec<_> = shipped().into_iter().map(|(_, files)| files).chain(carried).collect();
    assert!(texts.len() > 60, "texts are missing: {}", texts.len());
    texts
});

/// Formatted twice is formatted once, the prose is as it was, and the meaning too.
#[track_caller]
fn check_sound(files: &AgreementFiles) {
    let formatted = format(&files.text);
    assert_eq!(format(&formatted), formatted, "formatted again it is another text");
    let after = AgreementFiles { text: formatted, files: files.files.clone() };
    let (was, is) = (meaning(files), meaning(&after));
    assert_eq!(was.1, is.1, "other remarks\n{}\n----\n{}", files.text, after.text);
    assert!(was.0 == is.0, "another meaning\n{}\n----\n{}", files.text, after.text);
}

fn check(block: &str, expected: &str) {
    let page = |block: &str| format!("# A\n\nProse   stays:  so.\n\n```backstop\n{block}```\n\nAnd  so on.\n");
    assert_eq!(format(&page(block)), page(expected));
}

#[test]
fn statements_are_set_anew() {
    check(
        "rule  A1 of each party :never   fire in Square   # why\n   until  2026-04-12 16:00 + 03:00 +02 day\n except x:  by M\n",
        "rule A1 of each party: never fire in Square  # why\n    until 2026-04-12 16:00 +03:00 + 2 days\n  except x: by M\n",
    );
}

#[test]
fn definitions_are_set_as_a_table() {
    check(
        "parties North, South\nzone Square=map \"a  b.geojson\"\nevent  f = shelling\n\nreading North: s = ends\nreading R: s = ends\n",
        "parties North, South\nzone    Square = map \"a  b.geojson\"\nevent   f      = shelling\n\nreading North: s = ends\nreading R:     s = ends\n",
    );
}

#[test]
fn what_cannot_be_read_stays() {
    check("rule   A1 of each party: Never  fire\n   at  all\n", "rule   A1 of each party: Never  fire\n   at  all\n");
    let open = "# A\n\n```backstop\nrule   A1 of all:   never fire\n";
    assert_eq!(format(open), open, "a block that is not closed may hold prose");
}

#[test]
fn a_block_stays_in_its_list() {
    let page =
        |rule: &str| format!("1. First.\n\n   ```backstop\n   {rule}\n     except x: by M\n   ```\n\n2. Second.\n");
    assert_eq!(format(&page("rule  A1  of all: never fire")), page("rule A1 of all: never fire"));
}

#[test]
fn every_text_keeps_its_meaning() {
    TEXTS.iter().for_each(check_sound);
}

#[test]
fn the_shipped_agreements_are_formatted() {
    for (name, files) in shipped() {
        assert!(format(&files.text) == files.text, "run `backstop agreement fmt agreements/{name}`");
    }
}

proptest! {
    // A whole agreement is read twice in each case.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_harm_keeps_its_meaning(
        which in any::<prop::sample::Index>(),
        harms in prop::collection::vec((any::<prop::sample::Index>(), "[ \t\r\n#:,=+\"`0-9a-zA-Zé\u{a0}-]{0,3}", 0usize..6), 1..12),
    ) {
        let mut files = which.get(&TEXTS).clone();
        for (at, letters, cut) in harms {
            let start = files.text.floor_char_boundary(at.index(files.text.len() + 1));
            let end = files.text.floor_char_boundary((start + cut).min(files.text.len()));
            files.text.replace_range(start..end.max(start), &letters);
        }
        check_sound(&files);
    }

    #[test]
    fn any_spacing_is_the_same_text(
        which in 0usize..8,
        gaps in prop::collection::vec(0usize..4, 64),
    ) {
        let files = &TEXTS[which];
        let mut gaps = gaps.into_iter().cycle();
        let mut spread = String::new();
        let mut in_block = false;
        for line in files.text.split_inclusive('\n') {
            in_block = in_block != line.starts_with("```") && (in_block || line.starts_with("```backstop"));
            let quoted = line.contains(['"', '#', '\'']);
            for letter in line.chars() {
                spread.push(letter);
                if in_block && !quoted && letter == ' ' {
                    (0..gaps.next().unwrap_or(0)).for_each(|_| spread.push(' '));
                }
            }
        }
        prop_assert_eq!(format(&spread), format(&files.text));
    }
}
