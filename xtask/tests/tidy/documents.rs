//! Takes the documents, cases and agreements; gives those that nobody would find and links that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{File, assert_none, file, files};

const CONTENTS: &str = "docs/README.md";

/// The targets of Markdown links in a file, as paths from the workspace's root; links beyond the project left out.
fn links(file: &File) -> BTreeSet<String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let text = file.text().unwrap_or_default();
    let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#') && !target.contains(char::is_whitespace))
        .map(|target| resolve(folder, target.split('#').next().unwrap_or(target)))
        .collect()
}

/// `../a` seen from `docs/decisions` is `docs/a`.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Files under `docs/` that its table of contents does not name, decisions included.
fn unlisted(files: &[File]) -> Vec<String> {
    let listed: BTreeSet<String> = files.iter().filter(|file| file.path == CONTENTS).flat_map(links).collect();
    let pages = files.iter().filter(|file| file.path.starts_with("docs/") && file.path.ends_with(".md"));
    pages
        .filter(|page| page.path != CONTENTS && !listed.contains(&page.path))
        .map(|page| format!("{}: {CONTENTS} does not list it", page.path))
        .collect()
}

/// Links in the documents to files that are not there.
fn broken(files: &[File]) -> Vec<String> {
    let there = |target: &str| {
        files
            .iter()
            .any(|file| file.path == target || file.path.starts_with(&format!("{}/", target.trim_end_matches('/'))))
    };
    let pages = files.iter().filter(|file| file.path.ends_with(".md") && !file.path.starts_with("cases/"));
    pages
        .flat_map(|page| links(page).into_iter().map(move |target| (page, target)))
        .filter(|(_, target)| !target.is_empty() && !there(target))
        .map(|(page, target)| format!("{}: links to `{target}`, which is not there", page.path))
        .collect()
}

/// Pages of `docs/` that a source file speaks of and that are not there.
fn ghosts(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| !file.path.starts_with("xtask/tests/"));
    sources
        .flat_map(|file| file.text().unwrap_or_default().split("docs/").skip(1).map(move |rest| (file, rest)))
        .filter_map(|(file, rest)| {
            let name = &rest[..rest.find(|letter: char| !(letter.is_alphanumeric() || "-_./".contains(letter)))?];
            Some((file, format!("docs/{}", name.trim_end_matches('.'))))
        })
        .filter(|(_, page)| page.ends_with(".md") && !files.iter().any(|file| file.path == *page))
        .map(|(file, page)| format!("{}: speaks of `{page}`, which is not there", file.path))
        .collect()
}

/// Decisions carry a number of four digits, each its own. A gap is a decision that is being written beside this one.
fn misnumbered(files: &[File]) -> Vec<String> {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    let records = files.iter().filter_map(|file| file.path.strip_prefix("docs/decisions/"));
    records
        .filter_map(|name| match name.split_once('-') {
            Some((number, _)) if number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()) => taken
                .insert(number, name)
                .map(|other| format!("docs/decisions/{name}: the number {number} is that of `{other}`")),
            Some(_) | None => Some(format!("docs/decisions/{name}: a decision begins with four digits and `-`")),
        })
        .collect()
}

/// Cases that `crates/clause/tests/cases.rs` would not run: it takes `cases/NAME.md`, and nothing deeper.
fn forgotten_cases(files: &[File]) -> Vec<String> {
    let cases = files.iter().filter(|file| file.path.starts_with("cases/") && file.path != "cases/README.md");
    cases
        .filter_map(|case| {
            let name = case.path.strip_prefix("cases/").and_then(|rest| rest.strip_suffix(".md"));
            match name {
                Some(name) if name.contains('/') => Some(format!("{}: lies too deep, and is not run", case.path)),
                Some(_) if !case.text().unwrap_or_default().contains("\n## Expected\n") => {
                    Some(format!("{}: expects nothing: it has no `## Expected`", case.path))
                }
                Some(_) => None,
                None => Some(format!("{}: is no Markdown file, and is not run", case.path)),
            }
        })
        .collect()
}

/// Folders of `agreements/` whose text no test of the language reads, nor any case names in its line `Agreement: ...`.
fn unread_agreements(files: &[File]) -> Vec<String> {
    let folders = files.iter().filter_map(|file| file.path.strip_prefix("agreements/")?.strip_suffix("/agreement.md"));
    let tests: String = files
        .iter()
        .filter(|file| file.path.starts_with("crates/clause/tests/") && file.path.ends_with(".rs"))
        .filter_map(File::text)
        .collect();
    let cases: Vec<&str> = files
        .iter()
        .filter(|file| file.path.starts_with("cases/"))
        .filter_map(File::text)
        .flat_map(|text| text.lines().filter_map(|line| line.strip_prefix("Agreement: agreements/")))
        .collect();
    folders
        .filter(|name| !tests.contains(*name) && !cases.contains(name))
        .map(|name| format!("agreements/{name}: no test in crates/clause/tests reads it, and no case names it"))
        .collect()
}

#[test]
fn every_page_is_listed() {
    assert_none(unlisted(&files()));
}

#[test]
fn every_link_leads_somewhere() {
    assert_none(broken(&files()));
}

#[test]
fn every_page_spoken_of_is_there() {
    assert_none(ghosts(&files()));
}

#[test]
fn decisions_are_numbered() {
    assert_none(misnumbered(&files()));
}

#[test]
fn every_agreement_is_read_by_a_test() {
    assert_none(unread_agreements(&files()));
}

#[test]
fn every_case_is_run() {
    let files = files();
    assert!(
        files.iter().any(|file| file.path == "crates/clause/tests/cases.rs"),
        "the program that runs the cases is gone"
    );
    assert_none(forgotten_cases(&files));
}

#[test]
fn a_forgotten_case_is_seen() {
    let case = |path| forgotten_cases(&[file(path, "# A case\n\n## Expected\n")]).len();
    assert_eq!([case("cases/a.md"), case("cases/b/a.md"), case("cases/a.txt")], [0, 1, 1]);
    assert_eq!(forgotten_cases(&[file("cases/a.md", "# A case\n")]).len(), 1);
}

#[test]
fn an_unlisted_page_is_seen() {
    let mut pages = vec![file("docs/README.md", "[a](a.md) [b](decisions/0001-b.md)"), file("docs/a.md", "")];
    assert_eq!(unlisted(&pages), [""; 0]);
    pages.push(file("docs/decisions/0002-c.md", ""));
    assert_eq!(unlisted(&pages), ["docs/decisions/0002-c.md: docs/README.md does not list it"]);
}

#[test]
fn a_broken_link_is_seen() {
    let pages = [
        file("README.md", "[a](docs/a.md#part) [folder](docs/) [web](https://example.org)"),
        file("docs/a.md", "[up](../README.md) [gone](gone.md)"),
    ];
    assert_eq!(broken(&pages), ["docs/a.md: links to `docs/gone.md`, which is not there"]);
}

#[test]
fn a_ghost_is_seen() {
    let files =
        [file("docs/record.md", ""), file("crates/a/src/b.rs", "//! See `docs/record.md` and `docs/gone.md`.\n")];
    assert_eq!(ghosts(&files), ["crates/a/src/b.rs: speaks of `docs/gone.md`, which is not there"]);
}

#[test]
fn a_misnumbered_decision_is_seen() {
    let records = ["0001-a", "0003-b", "0003-c", "4-d"].map(|name| file(&format!("docs/decisions/{name}.md"), ""));
    let complaints = [
        "docs/decisions/0003-c.md: the number 0003 is that of `0003-b.md`",
        "docs/decisions/4-d.md: a decision begins with four digits and `-`",
    ];
    assert_eq!(misnumbered(&records), complaints);
}

#[test]
fn an_unread_agreement_is_seen() {
    let mut files = vec![file("agreements/a-truce/agreement.md", "")];
    assert_eq!(unread_agreements(&files).len(), 1);
    files.push(file("crates/clause/tests/agreements.rs", "read(\"a-truce\")"));
    assert_eq!(unread_agreements(&files).len(), 0);
    files[1] = file("cases/corpus-a-truce.md", "Agreement: agreements/a-truce-of-another-day\n");
    assert_eq!(unread_agreements(&files).len(), 1);
    files[1] = file("cases/corpus-a-truce.md", "# A\n\nAgreement: agreements/a-truce\n");
    assert_eq!(unread_agreements(&files).len(), 0);
}
