//! A folder of its own for each test of the real program. Takes a name; gives a place that goes when the test ends well, and stays to be
//! looked at when it does not.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    /// The names of one test program are its own.
    pub(crate) fn new(name: &str) -> Place {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", env!("CARGO_CRATE_NAME")));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Place(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
