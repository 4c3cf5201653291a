//! One behaviour per file of `cases/`: an agreement, facts and efforts as tables, and the text expected of reading,
//! judging and clocks. `UPDATE_CASES=1` rewrites the expected text. One named result per file.

#![allow(clippy::disallowed_methods, reason = "the tests read and rewrite case files; the crate does not")]

mod case;

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let trials = case_files(&folder).into_iter().map(|path| {
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Trial::test(name, move || check(&path))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("invariant: the workspace has a folder `cases`");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md"));
    files.sort();
    files
}

fn check(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let (before, expected, after) = case::parts(&text)?;
    let found = case::outcome(before)?;
    if found == expected {
        return Ok(());
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(path, format!("{before}{found}{after}"))?;
        return Ok(());
    }
    Err(format!("expected:\n{expected}\nfound:\n{found}\nUPDATE_CASES=1 rewrites it").into())
}
