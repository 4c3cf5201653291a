//! Takes a number of seconds and perhaps names of targets; gives each target its share of hostile bytes, guided by what they
//! reach. The first failing input is named and kept. Never keeps anything outside `target/fuzz`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::run::{Failure, cargo, program, run, workspace_root};

/// What `cargo ci` spends, all targets together, on each core.
pub(crate) const SMOKE_SECONDS: u64 = 60;

/// One input may take no longer, and use no more memory.
const LIMITS: [&str; 3] = ["-timeout=25", "-rss_limit_mb=2500", "-max_len=16384"];

/// Builds the fuzzer, and runs the targets for so many seconds in all; says how many targets there were.
pub(crate) fn fuzz(seconds: u64, names: &[String]) -> Result<String, Failure> {
    let program = build()?;
    let folder = workspace_root().join("target/fuzz");
    let seeds = folder.join("seeds");
    run(Command::new(&program).env("FUZZ_SEEDS", &seeds))?;
    let mut targets = folders(&seeds)?;
    if let Some(unknown) = names.iter().find(|name| !targets.contains(name)) {
        return Err(Failure::new(format!("`{unknown}` is no target; the targets: {}", targets.join(", "))));
    }
    targets.retain(|target| names.is_empty() || names.contains(target));
    let count = targets.len();
    let jobs = thread::available_parallelism().map_or(1, usize::from).min(count);
    let each = (seconds * jobs as u64 / count as u64).max(1);
    let queue = Mutex::new(targets);
    let take = || queue.lock().expect("invariant: no worker panics").pop();
    let work = || -> Result<(), Failure> {
        while let Some(target) = take() {
            one(&program, &folder, &target, each)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("invariant: no worker panics"))
    })?;
    Ok(format!("{count} targets, {each} s each, {jobs} at a time"))
}

/// Our crates with the fuzzer's eyes in them; everybody else's as they are.
fn build() -> Result<PathBuf, Failure> {
    let root = workspace_root();
    let mut command =
        cargo(&["build", "--quiet", "--locked", "--workspace", "--features", "fuzz/libfuzzer", "--bin", "fuzz"]);
    run(command.env("RUSTC_WORKSPACE_WRAPPER", root.join("fuzz/instrument")))?;
    program("fuzz")
}

fn folders(seeds: &Path) -> Result<Vec<String>, Failure> {
    let listed = fs::read_dir(seeds).map_err(|error| Failure::new(format!("`{}`: {error}", seeds.display())))?;
    let mut names: Vec<String> =
        listed.flatten().map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Runs one target; what it learns stays in `corpus/`, so that a longer run goes on from there.
fn one(program: &Path, folder: &Path, target: &str, seconds: u64) -> Result<(), Failure> {
    let corpus = folder.join("corpus").join(target);
    fs::create_dir_all(&corpus).map_err(|error| Failure::new(format!("`{}`: {error}", corpus.display())))?;
    let kept = folder.join(format!("{target}-"));
    let temporary = folder.join("tmp").join(target);
    let _ = fs::remove_dir_all(&temporary);
    fs::create_dir_all(&temporary).map_err(|error| Failure::new(format!("`{}`: {error}", temporary.display())))?;
    let mut command = Command::new(program);
    command
        .env("FUZZ_TARGET", target)
        .env("TMPDIR", &temporary)
        .args([&corpus, &folder.join("seeds").join(target)])
        .args(LIMITS);
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}", kept.display()));
    let output = command.output().map_err(|error| Failure::new(format!("cannot run the fuzzer: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        println!("{target}: {}", said.lines().rfind(|line| line.starts_with("Done ")).unwrap_or("nothing ran"));
        return Ok(());
    }
    let tail: Vec<&str> = said.lines().rev().take(40).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    Err(Failure::new(format!(
        "{}\ntarget `{target}` failed; the input is kept at the path above. Mend the parser, and copy the input to \
         fuzz/found/{target}/ under a name that says what it is",
        tail.join("\n")
    )))
}
