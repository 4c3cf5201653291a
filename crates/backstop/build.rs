//! Takes nothing; gives `web/dist` a page when it has none, so that plain `cargo build` works without Node. Never runs npm.

use std::path::Path;
use std::{fs, io};

/// What is served until `cargo demo` or `cargo ci` has built the web app. xtask knows it by this sentence.
const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Backstop</title>
<p>The web app is not built: run <code>cargo demo</code>. The API answers at <a href=\"api/v1/status\">api/v1/status</a>.</p>
</html>
";

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let page = dist.join("index.html");
    if !page.exists() {
        fs::create_dir_all(&dist)?;
        fs::write(&page, PLACEHOLDER)?;
    }
    // The folder itself: a release build embeds every file of it. A folder that is gone makes this run again.
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
