//! The commands that build and check the project: `cargo demo`, `cargo ci` and what `cargo xtask help` lists.
//!
//! Takes the command line; gives the exit code of the first thing that failed. The standard library only, so that it
//! compiles in a second on a fresh machine. Never part of what is shipped.

mod browser;
mod ci;
mod e2e;
mod fuzz;
mod licence;
mod run;
mod web;

use std::process::{Command, ExitCode};

use run::{Failure, build_program, cargo, hand_over, take_flag};

const HELP: &str = "\
cargo demo [--no-web] [arguments of `backstop demo`]   builds the web app, builds, opens the demo
cargo ci [--no-web] [--only STEP]... [--list]          everything that .ci/run checks
cargo xtask browser                                    the verifier as WebAssembly, for the web app
cargo xtask bench [arguments of `cargo bench`]         the benchmarks, optimised
cargo xtask fuzz [--seconds N] [TARGET]...             hostile bytes for every parser, or for some, for N seconds in all
cargo xtask tidy [arguments of `cargo test`]           the rules of the house alone
cargo xtask crashes [--count N] [--seed N] [--life N] [--threads N]   crashes of a store on a simulated disk, optimised; 10000000 a night
cargo xtask accept [arguments of `cargo test`]         rewrites the expected text of cases and snapshots; read the diff";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = if arguments.is_empty() { String::from("help") } else { arguments.remove(0) };
    let done = match command.as_str() {
        "demo" => demo(arguments),
        "ci" => ci::ci(arguments),
        "browser" => build_verifier(),
        "bench" => hand_over(cargo(&["bench", "-p", "backstop"]).args(arguments)),
        "fuzz" => fuzz(arguments),
        "tidy" => hand_over(cargo(&["test", "-p", "xtask", "--test", "tidy"]).args(arguments)),
        "crashes" => crashes(&arguments),
        "accept" => accept(&arguments),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => Err(Failure::new(format!("`{unknown}` is not one of the commands\n{HELP}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the tests so that they write what they find as what they expect: everywhere, or where the arguments say.
fn accept(arguments: &[String]) -> Result<(), Failure> {
    let everywhere = [String::from("--workspace")];
    let scope = if arguments.is_empty() { &everywhere } else { arguments };
    let mut command = cargo(&["test", "--no-fail-fast"]);
    hand_over(command.args(scope).env("UPDATE_CASES", "1").env("INSTA_UPDATE", "always"))
}

/// Fuzzes the named targets, or all; ten minutes unless told otherwise.
fn fuzz(mut arguments: Vec<String>) -> Result<(), Failure> {
    let mut seconds = 600;
    if let Some(at) = arguments.iter().position(|argument| argument == "--seconds") {
        let given = arguments.get(at + 1).and_then(|given| given.parse().ok());
        seconds = given.ok_or_else(|| Failure::new("`--seconds` wants a whole number"))?;
        arguments.drain(at..at + 2);
    }
    println!("{}", fuzz::fuzz(seconds, &arguments)?);
    Ok(())
}

/// Builds the verifier for the browser, and says what came of it.
fn build_verifier() -> Result<(), Failure> {
    match browser::build()? {
        browser::Outcome::Built(note) => eprintln!("browser: web/public/verifier.wasm, {note}"),
        browser::Outcome::Absent(why) => return Err(Failure::new(why)),
    }
    Ok(())
}

/// Crashes stores on a simulated disk, from a seed on and perhaps from one of its lives on; the same seed gives the same crashes.
/// In the build that the benchmarks have: a night's ten million are three nights' without it.
fn crashes(arguments: &[String]) -> Result<(), Failure> {
    let test = ["--lib", "storage::crashes::random", "--", "--nocapture"];
    let mut command = cargo(&["test", "--release", "--package", "backstop"]);
    command.args(test);
    for pair in arguments.chunks(2) {
        let variable = match pair {
            [name, _] if name == "--count" => "BACKSTOP_CRASHES",
            [name, _] if name == "--seed" => "BACKSTOP_CRASH_SEED",
            [name, _] if name == "--life" => "BACKSTOP_CRASH_LIFE",
            [name, _] if name == "--threads" => "BACKSTOP_CRASH_THREADS",
            other => {
                return Err(Failure::new(format!("`{}` is not understood; see `cargo xtask help`", other.join(" "))));
            }
        };
        command.env(variable, &pair[1]);
    }
    hand_over(&mut command)
}

/// Builds the web app where it is stale and can be built, then becomes `backstop demo`.
fn demo(mut arguments: Vec<String>) -> Result<(), Failure> {
    if !take_flag(&mut arguments, "--no-web") {
        if web::has_npm() {
            if browser::is_at_hand() {
                browser::build()?;
            }
            web::install()?;
            web::build()?;
        } else {
            eprintln!(
                "demo: npm was not found, so the web app cannot be built; the demo goes on with {}.",
                web::at_hand()
            );
            eprintln!("      Install Node 20.19 or later and run `cargo demo` again.");
        }
    }
    eprintln!("demo: building backstop; the first build takes some minutes");
    hand_over(Command::new(build_program("backstop")?).arg("demo").args(arguments))
}
