//! Every shipped agreement reads without an error, and `docs/corpus.md` says of each what is encoded and what is not.
//! `UPDATE_CASES=1` rewrites the page. One row per agreement, in order of name.

#![allow(clippy::disallowed_methods, reason = "the tests read and rewrite files of the tree; the crate does not")]

use clause::remark::AGREEMENT_FILE;
use clause::{AgreementFiles, Kernel, Kind, Rule, Severity, read, render};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/corpus.md";
const MARK: &str = "<!-- the table below is written by `UPDATE_CASES=1 cargo test -p clause --test corpus` -->\n";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped() -> BTreeMap<String, AgreementFiles> {
    let folders = std::fs::read_dir(workspace().join("agreements")).expect("invariant: the tree has agreements");
    // A folder may hold a package of guarantees alone.
    let agreements = folders.flatten().filter(|folder| folder.path().join(AGREEMENT_FILE).exists());
    agreements.map(|folder| (folder.file_name().to_string_lossy().into_owned(), files(&folder.path()))).collect()
}

fn files(folder: &Path) -> AgreementFiles {
    let mut files = AgreementFiles::default();
    for entry in std::fs::read_dir(folder).expect("invariant: an agreement is a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = std::fs::read(entry.path()).expect("invariant: a file beside the text can be read");
        if name == AGREEMENT_FILE {
            files.text = String::from_utf8(bytes).expect("invariant: the text is UTF-8");
        } else {
            files.files.insert(name, bytes);
        }
    }
    files
}

/// `never 3, by 2`: how many rules of each kind, in the manual's order.
fn kinds(rules: &[Rule]) -> String {
    let of = |kind: Kind| rules.iter().filter(|rule| rule.kind() == kind && kind != Kind::TextOnly).count();
    let told = Kind::ALL.iter().map(|kind| (kind.word(), of(*kind))).filter(|(_, n)| *n > 0);
    told.map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", ")
}

fn row(name: &str, files: &AgreementFiles) -> String {
    let (agreement, remarks) = read(files);
    let errors: Vec<_> = remarks.iter().filter(|remark| remark.severity() == Severity::Error).cloned().collect();
    assert!(errors.is_empty(), "{name}:\n{}", render(&errors, files, clause::Language::English, false));
    assert_eq!(agreement.id.as_str(), name, "the folder is named like the agreement");
    let is_text_only = |rule: &&Rule| matches!(rule.kernel, Kernel::TextOnly { .. });
    let text_only = agreement.rules.iter().filter(is_text_only).count();
    let encoded = agreement.rules.len() - text_only;
    let disputed = agreement.rules.iter().filter(|rule| rule.depends_on_reading).count();
    let mut fired: BTreeMap<&str, usize> = BTreeMap::new();
    remarks.iter().for_each(|remark| *fired.entry(remark.code.word()).or_default() += 1);
    let fired: Vec<String> = fired.iter().map(|(code, n)| format!("{code} {n}")).collect();
    let fired = if fired.is_empty() { "none".to_owned() } else { fired.join(", ") };
    let powers = agreement.powers.len();
    let link = format!("[{name}](../agreements/{name}/agreement.md)");
    format!("| {link} | {encoded} | {} | {text_only} | {powers} | {disputed} | {fired} |\n", kinds(&agreement.rules))
}

#[test]
fn the_page_says_what_is_encoded() {
    let header = "\n| Agreement | Rules judged | Of which kinds | Text only | Powers | Judged by reading | Remarks |\n\
        |---|---|---|---|---|---|---|\n";
    let table: String = shipped().iter().map(|(name, files)| row(name, files)).collect();
    let page = workspace().join(PAGE);
    let text = std::fs::read_to_string(&page).expect("invariant: the page is in the tree");
    let (before, _) = text.split_once(MARK).expect("invariant: the page has its mark");
    let wanted = format!("{before}{MARK}{header}{table}");
    if wanted != text && std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&page, &wanted).expect("invariant: the page can be written");
        return;
    }
    assert_eq!(text, wanted, "UPDATE_CASES=1 rewrites it");
}
