//! Takes the crate `verifier`; gives `web/public/verifier.wasm`, which checks logs and files in the browser. Needs a compiler
//! with a standard library for WASI: the one at hand where it has the target, else Debian's, unpacked beside the build.
//! Never fails for want of one: the app is then built without, and says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Failure, answers, build_program, cargo, output, run, workspace_root};

const TARGET: &str = "wasm32-wasip1";

/// Where the app looks for it.
pub(crate) fn module() -> PathBuf {
    workspace_root().join("web/public/verifier.wasm")
}

/// How it ended.
pub(crate) enum Outcome {
    /// The module lies where the app looks for it; a few words about it.
    Built(String),
    /// There is no compiler for it here, and why.
    Absent(String),
}

/// Builds the module. What changed nothing is not copied, so that the app is not built again for it.
pub(crate) fn build() -> Result<Outcome, Failure> {
    let compiler = match compiler() {
        Ok(compiler) => compiler,
        Err(why) => {
            // An older module would answer by older rules.
            let _ = fs::remove_file(module());
            return Ok(Outcome::Absent(why));
        }
    };
    let folder = workspace_root().join("target/browser");
    let mut build = cargo(&["build", "--locked", "-p", "verifier", "--profile", "browser", "--target", TARGET]);
    build.env("CARGO_TARGET_DIR", &folder);
    if let Compiler::Debian { root, linker } = &compiler {
        build.arg("-Zbuild-std=std,panic_abort");
        // The packaged compiler is not marked as a nightly one, and the flag above is not stable.
        build
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", root.join("usr/bin/rustc"))
            .env("LD_LIBRARY_PATH", libraries_of(root));
        build.env("CARGO_TARGET_WASM32_WASIP1_LINKER", linker);
        build.env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", without_paths(root));
    }
    run(&mut build)?;
    let made = folder.join(TARGET).join("browser/verifier.wasm");
    let bytes = fs::read(&made).map_err(|error| Failure::new(format!("cannot read `{}`: {error}", made.display())))?;
    if fs::read(module()).ok().as_deref() != Some(bytes.as_slice()) {
        let _ = fs::create_dir_all(workspace_root().join("web/public"));
        fs::write(module(), &bytes)
            .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", module().display())))?;
    }
    Ok(Outcome::Built(format!("{} KiB", bytes.len() / 1024)))
}

/// Has Node run the module and this machine the same program, over the same requests, those to derive bulletins again among them. The
/// module is a release build and the program a debug one: what follows may depend on neither.
pub(crate) fn compare() -> Result<String, Failure> {
    let requests = workspace_root().join("target/browser/requests");
    // Left from before, a request would be asked that nobody wrote.
    let _ = fs::remove_dir_all(&requests);
    fs::create_dir_all(&requests)
        .map_err(|error| Failure::new(format!("cannot make `{}`: {error}", requests.display())))?;
    let mut write = cargo(&["test", "--quiet", "--locked", "--workspace", "--test", "answers", "damage"]);
    run(write.env("BACKSTOP_REQUESTS", &requests))?;
    let native = build_program("verifier")?;
    let mut node = Command::new("node");
    node.arg("scripts/same.mjs").arg(module()).arg(native).arg(&requests).current_dir(crate::web::folder());
    let said = output(&mut node)?;
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}

enum Compiler {
    /// The one that builds everything else has the target.
    AtHand,
    /// Debian's, unpacked.
    Debian { root: PathBuf, linker: PathBuf },
}

/// Whether the compiler that builds everything else can build it.
pub(crate) fn is_at_hand() -> bool {
    rust_libraries().is_some_and(|libraries| libraries.join(TARGET).join("lib").is_dir())
}

fn rust_libraries() -> Option<PathBuf> {
    Some(Path::new(&said(Command::new("rustc").args(["--print", "sysroot"]))?).join("lib/rustlib"))
}

fn compiler() -> Result<Compiler, String> {
    if is_at_hand() {
        return Ok(Compiler::AtHand);
    }
    let libraries = rust_libraries().ok_or("no rustc")?;
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let linker = libraries.join(host).join("bin/rust-lld");
    if !linker.exists() {
        return Err(format!(
            "no {TARGET} in the compiler and no linker for it; `rustup target add {TARGET}` brings both"
        ));
    }
    let root = workspace_root().join("target/browser/rust");
    if !root.join("unpacked").exists() {
        unpack(&root)?;
    }
    let mut rustc = Command::new(root.join("usr/bin/rustc"));
    match said(rustc.arg("--version").env("LD_LIBRARY_PATH", libraries_of(&root))) {
        Some(version) if supported(&version) => Ok(Compiler::Debian { root, linker }),
        Some(version) => Err(format!("Debian has {}; `rustup target add {TARGET}` brings a newer one", version.trim())),
        None => Err("Debian's compiler does not start here".to_owned()),
    }
}

/// `rustc 1.96.0 …` is at least 1.95.
fn supported(version: &str) -> bool {
    let mut numbers = version.trim_start_matches("rustc ").split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(1), Some(95))
}

/// Downloads Debian's compiler with the source of its standard library, and a C library for WASI, and unpacks them without
/// installing anything.
fn unpack(root: &Path) -> Result<(), String> {
    let debs = root.with_extension("debs");
    let _ = fs::remove_dir_all(root);
    fs::create_dir_all(&debs).map_err(|error| format!("cannot make `{}`: {error}", debs.display()))?;
    let packages = packages(&["rustc-web", "rust-web-src", "wasi-libc"])?;
    eprintln!("browser: downloading {} packages of Debian (about 150 MB)", packages.len());
    let mut download = Command::new("apt-get");
    if !answers(download.arg("download").args(&packages).current_dir(&debs)) {
        return Err(format!("no {TARGET} in the compiler, and Debian's rustc-web cannot be had"));
    }
    let listed = fs::read_dir(&debs).map_err(|error| error.to_string())?;
    for deb in listed.flatten() {
        if !answers(Command::new("dpkg").arg("-x").arg(deb.path()).arg(root)) {
            return Err(format!("cannot unpack `{}`", deb.path().display()));
        }
    }
    let own = root.join("usr/lib/rustlib").join(TARGET).join("lib/self-contained");
    let _ = fs::create_dir_all(&own);
    for file in ["crt1-command.o", "libc.a"] {
        fs::copy(root.join("usr/lib/wasm32-wasi").join(file), own.join(file)).map_err(|error| error.to_string())?;
    }
    let _ = fs::remove_dir_all(&debs);
    fs::write(root.join("unpacked"), "").map_err(|error| error.to_string())
}

/// These packages with what they need and this machine lacks.
fn packages(first: &[&str]) -> Result<Vec<String>, String> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = first.iter().map(|name| (*name).to_owned()).collect();
    while let Some(name) = next.pop() {
        // What belongs to the compiler must lie beside it, even where it is installed as well.
        let own = name.starts_with("rustc-web") || name.starts_with("libstd-rust-web");
        let wanted = own || first.contains(&name.as_str()) || !answers(Command::new("dpkg").args(["-s", &name]));
        if !wanted || all.contains(&name) {
            continue;
        }
        let depends = said(Command::new("apt-cache").args(["depends", &name]));
        let depends = depends.ok_or(format!("no {TARGET} in the compiler, and no Debian here to have one from"))?;
        let names = depends.lines().filter_map(|line| line.strip_prefix("  Depends: "));
        // The C compiler links programs of this machine, which is not wanted here.
        next.extend(names.filter(|name| !name.starts_with('<') && *name != "gcc").map(str::to_owned));
        all.insert(name);
    }
    Ok(all.into_iter().collect())
}

fn libraries_of(root: &Path) -> PathBuf {
    root.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH))
}

/// Where things lie on this machine must not be in the module: the same sources give the same bytes elsewhere.
fn without_paths(root: &Path) -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mut flags = vec![(workspace_root().to_owned(), "/backstop"), (root.to_owned(), "/rust")];
    flags.extend(home.map(|home| (home, "/cargo")));
    let flags: Vec<String> =
        flags.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    flags.join(" ")
}

/// What a command says, if it succeeds.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::supported;

    #[test]
    fn an_older_compiler_is_not_taken() {
        assert!(supported("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"));
        assert!(supported("rustc 1.95.0"));
        assert!(!supported("rustc 1.85.0"));
        assert!(!supported("something else"));
    }
}
