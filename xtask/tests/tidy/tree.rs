//! Takes the working tree; gives the files that git tracks or would track. Never sees what `.gitignore` names.

use std::fs;
use std::path::Path;
use std::process::Command;

/// One file of the project.
pub(crate) struct File {
    /// From the workspace's root, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    /// The file as text; nothing for pictures, fonts and the like.
    pub(crate) fn text(&self) -> Option<&str> {
        if self.bytes.contains(&0) { None } else { std::str::from_utf8(&self.bytes).ok() }
    }
}

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("invariant: xtask lies in the workspace")
}

/// Every file of the project, in the order of its path.
pub(crate) fn files() -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("tidy asks git which files belong to the project; git was not found");
    assert!(listed.status.success(), "tidy works in a git checkout: {}", String::from_utf8_lossy(&listed.stderr));
    let mut paths: Vec<String> = String::from_utf8_lossy(&listed.stdout)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    // A file that is listed and gone was deleted and not yet committed.
    paths.into_iter().filter_map(|path| Some(File { bytes: fs::read(root().join(&path)).ok()?, path })).collect()
}

/// The text of one file that must be there.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read `{path}`: {error}"))
}

/// Fails with every complaint at once.
#[track_caller]
pub(crate) fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// A text file for the tests of the checks.
pub(crate) fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
}
