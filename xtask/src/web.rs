//! Takes `web/`; gives `web/dist`, built only when something in it is newer than the last build.
//! Never runs from a build script: `cargo build` needs no Node.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::run::{Failure, answers, run, workspace_root};

/// Written last, so that it stands only beside a build that ran to its end; Vite empties the folder before it builds.
const STAMP: &str = "dist/.built";

/// What npm itself keeps of the lock file that it installed.
const INSTALLED: &str = "node_modules/.package-lock.json";

pub(crate) fn folder() -> PathBuf {
    workspace_root().join("web")
}

pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(folder());
    command
}

pub(crate) fn has_npm() -> bool {
    answers(&mut npm(&["--version"]))
}

/// The page that would be served now, in words.
pub(crate) fn at_hand() -> &'static str {
    if folder().join(STAMP).exists() { "the one built before" } else { "a placeholder page" }
}

/// `npm ci`, when the lock file changed since the last one.
pub(crate) fn install() -> Result<&'static str, Failure> {
    let web = folder();
    if is_newer(modified(&web.join(INSTALLED)), modified(&web.join("package-lock.json"))) {
        return Ok("unchanged");
    }
    eprintln!("web: installing what package-lock.json names (npm ci)");
    run(&mut npm(&["ci", "--no-progress"]))?;
    Ok("installed")
}

/// `npm run build`, when a source changed since the last one.
pub(crate) fn build() -> Result<&'static str, Failure> {
    let web = folder();
    let sources = newest(&web, &[web.join("node_modules"), web.join("dist")])
        .map_err(|error| Failure::new(format!("cannot look through `web/`: {error}")))?;
    if is_newer(modified(&web.join(STAMP)), sources) {
        return Ok("unchanged");
    }
    eprintln!("web: building the app (npm run build)");
    run(&mut npm(&["run", "build"]))?;
    fs::write(web.join(STAMP), "").map_err(|error| Failure::new(format!("cannot write `web/{STAMP}`: {error}")))?;
    Ok("built")
}

/// Whether what was made is at least as new as what it is made of; what is missing is not.
fn is_newer(made: Option<SystemTime>, of: Option<SystemTime>) -> bool {
    made.is_some() && made >= of
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// The latest change under `folder`, folders themselves included: a file taken away counts too.
fn newest(folder: &Path, except: &[PathBuf]) -> io::Result<Option<SystemTime>> {
    // The root's own time changes whenever a build makes `dist` anew, so only what lies below it counts.
    let mut latest = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if except.contains(&path) {
            continue;
        }
        latest = latest.max(modified(&path));
        if path.is_dir() {
            latest = latest.max(newest(&path, except)?);
        }
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_missing_is_never_newer() {
        let early = SystemTime::UNIX_EPOCH;
        let late = early + Duration::from_secs(1);
        assert!(is_newer(Some(late), Some(early)));
        assert!(is_newer(Some(late), Some(late)));
        assert!(!is_newer(Some(early), Some(late)));
        assert!(!is_newer(None, Some(early)));
        assert!(!is_newer(None, None));
    }
}
