//! Takes the source tree; gives yes or no, step by step, each named and timed. The first failure stops.
//! Never checks a thing that cannot be run again alone: `cargo ci --only STEP`.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::run::{
    Failure, Stream, answers, build_program, cargo, output, run, run_and_keep, take_flag, workspace_root,
};
use crate::{browser, e2e, fuzz, licence, web};

/// How a step ended when it did not fail, with a few words for the table.
enum Outcome {
    Passed(String),
    Skipped(String),
}

struct Step {
    name: &'static str,
    what: &'static str,
    /// Whether the step needs Node; `--no-web` leaves it out.
    needs_web: bool,
    run: fn() -> Result<Outcome, Failure>,
}

/// In the order in which a mistake shows soonest; the web app is built before the crate that carries it.
const STEPS: [Step; 17] = [
    Step { name: "fmt", what: "the layout of Rust files", needs_web: false, run: fmt },
    Step { name: "licence", what: "licences of crates and web packages", needs_web: false, run: licences },
    Step { name: "web-install", what: "npm ci", needs_web: true, run: web_install },
    Step {
        name: "web-check",
        what: "npm run check: types, words, generated client, unit tests",
        needs_web: true,
        run: web_check,
    },
    Step { name: "browser", what: "the verifier as WebAssembly", needs_web: true, run: web_verifier },
    Step { name: "web-build", what: "npm run build", needs_web: true, run: web_build },
    Step { name: "clippy", what: "lints, none allowed to warn", needs_web: false, run: clippy },
    Step { name: "build", what: "every crate and program", needs_web: false, run: build },
    Step { name: "tests", what: "unit tests, case files, tidy", needs_web: false, run: tests },
    Step {
        name: "browser-same",
        what: "the verifier in Node, a release build, says and derives what the debug build here does",
        needs_web: true,
        run: browser_same,
    },
    Step { name: "doctests", what: "the examples in the documentation", needs_web: false, run: doctests },
    Step { name: "docs", what: "rustdoc, every link resolved", needs_web: false, run: docs },
    Step { name: "openapi", what: "web/openapi.json is what the server says", needs_web: false, run: openapi },
    Step { name: "peers", what: "our GeoJSON, opened by GDAL", needs_web: false, run: peers },
    Step { name: "rtlola", what: "terms that ran out, told by RTLola too", needs_web: false, run: rtlola },
    Step { name: "fuzz", what: "hostile bytes for every parser, for a minute", needs_web: false, run: fuzz_smoke },
    Step { name: "e2e", what: "the demo in Chromium", needs_web: true, run: end_to_end },
];

/// Runs every step, or those that `--only` names.
pub(crate) fn ci(mut arguments: Vec<String>) -> Result<(), Failure> {
    if take_flag(&mut arguments, "--list") {
        STEPS.iter().for_each(|step| println!("{:<12} {}", step.name, step.what));
        return Ok(());
    }
    let without_web = take_flag(&mut arguments, "--no-web");
    let chosen = chosen(&arguments)?;
    let mut rows = Vec::new();
    let mut result = Ok(());
    for step in STEPS.iter().filter(|step| chosen.is_empty() || chosen.contains(&step.name)) {
        println!("\n== {}: {}", step.name, step.what);
        let started = Instant::now();
        let outcome = if without_web && step.needs_web { skipped("--no-web") } else { (step.run)() };
        let took = started.elapsed();
        match outcome {
            Ok(Outcome::Passed(note)) => rows.push(row(step.name, took, "passed", &note)),
            Ok(Outcome::Skipped(why)) => rows.push(row(step.name, took, "skipped", &why)),
            Err(failure) => {
                rows.push(row(step.name, took, "FAILED", ""));
                let again = format!("{failure}\nstep `{0}` failed; run it again alone: cargo ci --only {0}", step.name);
                result = Err(Failure::new(again));
                break;
            }
        }
    }
    println!("\nstep          seconds  result");
    rows.iter().for_each(|row| println!("{row}"));
    result
}

/// The names after each `--only`; an unknown one is an error with the list.
fn chosen(arguments: &[String]) -> Result<Vec<&str>, Failure> {
    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    arguments
        .chunks(2)
        .map(|pair| match pair {
            [only, name] if only == "--only" && names.contains(&name.as_str()) => Ok(name.as_str()),
            [only, name] if only == "--only" => {
                Err(Failure::new(format!("`{name}` is not a step; the steps: {}", names.join(", "))))
            }
            _ => Err(Failure::new(format!("`{}` is not understood; see `cargo xtask help`", pair.join(" ")))),
        })
        .collect()
}

fn row(name: &str, took: Duration, result: &str, note: &str) -> String {
    format!("{name:<12} {:>8.1}  {result:<8} {note}", took.as_secs_f64()).trim_end().to_owned()
}

fn passed(note: impl Into<String>) -> Result<Outcome, Failure> {
    Ok(Outcome::Passed(note.into()))
}

fn skipped(why: impl Into<String>) -> Result<Outcome, Failure> {
    Ok(Outcome::Skipped(why.into()))
}

fn fmt() -> Result<Outcome, Failure> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    passed("")
}

fn licences() -> Result<Outcome, Failure> {
    passed(licence::gate()?)
}

fn web_install() -> Result<Outcome, Failure> {
    if web::has_npm() { passed(web::install()?) } else { skipped("npm was not found") }
}

fn web_check() -> Result<Outcome, Failure> {
    if !web::has_npm() {
        return skipped("npm was not found");
    }
    run(&mut web::npm(&["run", "check"]))?;
    passed("")
}

fn web_verifier() -> Result<Outcome, Failure> {
    match browser::build()? {
        browser::Outcome::Built(note) => passed(note),
        browser::Outcome::Absent(why) => skipped(why),
    }
}

fn browser_same() -> Result<Outcome, Failure> {
    if !browser::module().exists() {
        return skipped("no verifier.wasm");
    }
    passed(browser::compare()?)
}

fn web_build() -> Result<Outcome, Failure> {
    if web::has_npm() { passed(web::build()?) } else { skipped("npm was not found") }
}

fn clippy() -> Result<Outcome, Failure> {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    passed("")
}

fn build() -> Result<Outcome, Failure> {
    run(&mut cargo(&["build", "--workspace", "--locked"]))?;
    passed("")
}

/// With nextest where it is, else with `cargo test`; snapshots are compared, never rewritten.
fn tests() -> Result<Outcome, Failure> {
    let nextest = answers(&mut cargo(&["nextest", "--version"]));
    let arguments: &[&str] = if nextest {
        &["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level", "slow"]
    } else {
        &["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"]
    };
    let stream = if nextest { Stream::Stderr } else { Stream::Stdout };
    let summary = |line: &str| line.trim_start().starts_with("Summary") || line.starts_with("test result");
    let kept = run_and_keep(cargo(arguments).env("INSTA_UPDATE", "no"), stream, summary)?;
    let note = if nextest { kept.join("; ") } else { format!("{} test programs", kept.len()) };
    let data = workspace_root().join("../shared/data");
    let data = if data.exists() || std::env::var_os("BACKSTOP_DATA").is_some() { "" } else { "; no real data here" };
    passed(note + data)
}

fn doctests() -> Result<Outcome, Failure> {
    run(&mut cargo(&["test", "--workspace", "--doc", "--locked", "--quiet"]))?;
    passed("")
}

fn docs() -> Result<Outcome, Failure> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet", "--document-private-items"]);
    run(command.env("RUSTDOCFLAGS", "-D rustdoc::broken-intra-doc-links"))?;
    passed("")
}

/// The client of the web app is generated from this file; a stale one would lie about the server.
fn openapi() -> Result<Outcome, Failure> {
    let said = output(Command::new(build_program("backstop")?).arg("openapi"))?;
    let kept = fs::read(workspace_root().join("web/openapi.json")).unwrap_or_default();
    if said == kept {
        return passed("");
    }
    Err(Failure::new(
        "web/openapi.json is stale; run `cargo run -p backstop -- openapi > web/openapi.json`, then `npm run generate` in web/",
    ))
}

/// Every map that we ship, read by a program that nobody here wrote; a file without features is not read.
fn peers() -> Result<Outcome, Failure> {
    if !answers(Command::new("ogrinfo").arg("--version")) {
        return skipped("no ogrinfo");
    }
    let listed = output(Command::new("git").args(["ls-files", "-z", "*.geojson"]).current_dir(workspace_root()))?;
    let listed = String::from_utf8_lossy(&listed);
    let files: Vec<&str> = listed.split('\0').filter(|file| !file.is_empty()).collect();
    for file in &files {
        let said = output(Command::new("ogrinfo").args(["-ro", "-so", "-al", file]).current_dir(workspace_root()))?;
        let said = String::from_utf8_lossy(&said);
        let features: u64 =
            said.lines().filter_map(|line| line.strip_prefix("Feature Count: ")?.trim().parse::<u64>().ok()).sum();
        if features == 0 {
            return Err(Failure::new(format!("GDAL finds no feature in `{file}`:\n{said}")));
        }
    }
    passed(format!("{} maps", files.len()))
}

/// The peer that comes from the registry, built once and kept beside the build; without it the step is skipped.
fn rtlola() -> Result<Outcome, Failure> {
    let root = workspace_root().join("target/peers");
    let program = root.join("bin").join(format!("rtlola-cli{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        // Unoptimised, since its traces here are short and its build is not.
        let mut install = cargo(&["install", "rtlola-cli", "--version", "0.1.2", "--locked", "--debug", "--quiet"]);
        if run(install.arg("--root").arg(&root)).is_err() {
            return skipped("rtlola-cli cannot be installed");
        }
    }
    let mut command = cargo(&["test", "--locked", "--quiet", "--workspace", "--test", "mfotl", "rtlola"]);
    run(command.env("BACKSTOP_RTLOLA", program))?;
    passed("rtlola-cli 0.1.2")
}

/// The fuzzer is C++ and sees branches by what one compiler puts there; elsewhere the tests of crate `fuzz` have to do.
fn fuzz_smoke() -> Result<Outcome, Failure> {
    if !cfg!(target_os = "linux") || !answers(Command::new("c++").arg("--version")) {
        return skipped("no C++ compiler on Linux");
    }
    passed(fuzz::fuzz(fuzz::SMOKE_SECONDS, &[])?)
}

fn end_to_end() -> Result<Outcome, Failure> {
    if !web::has_npm() {
        return skipped("npm was not found");
    }
    if !e2e::has_browser() {
        return skipped("no Chromium");
    }
    e2e::check()?;
    passed("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], expected: Result<&[&str], &str>) {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        match (chosen(&arguments), expected) {
            (Ok(names), Ok(expected)) => assert_eq!(names, expected),
            (Err(failure), Err(expected)) => assert!(failure.to_string().contains(expected), "{failure}"),
            (found, _) => panic!("{arguments:?} gave {found:?}"),
        }
    }

    #[test]
    fn only() {
        check(&[], Ok(&[]));
        check(&["--only", "fmt", "--only", "e2e"], Ok(&["fmt", "e2e"]));
        check(&["--only", "frobnicate"], Err("`frobnicate` is not a step"));
        check(&["--only"], Err("`--only` is not understood"));
        check(&["fmt"], Err("`fmt` is not understood"));
    }
}
