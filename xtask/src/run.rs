//! Takes commands; gives their success, or a failure that names them. Never swallows what they print.

use std::env::consts::EXE_SUFFIX;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What went wrong, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(words: impl Into<String>) -> Failure {
        Failure(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("invariant: xtask lies in the workspace")
}

/// The cargo that started us, in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace_root());
    command
}

/// Builds a program of the house and gives where it lies: beside this one. With the features of the whole workspace, as every
/// step asks: a narrower choice would have other features in what we depend on, and build all of it a second time.
pub(crate) fn build_program(name: &str) -> Result<PathBuf, Failure> {
    run(&mut cargo(&["build", "--quiet", "--locked", "--workspace", "--bin", name]))?;
    program(name)
}

/// Where a program of the house lies once it is built.
pub(crate) fn program(name: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().map_err(|error| Failure::new(format!("cannot find the build: {error}")))?;
    Ok(this.with_file_name(format!("{name}{EXE_SUFFIX}")))
}

/// Whether `command` runs and succeeds; its output is dropped.
pub(crate) fn answers(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs `command` to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, &status.to_string())) }
}

/// Runs `command` to its end and gives what it wrote to stdout.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(command, &output.status.to_string())) }
}

/// Which of a command's outputs is read along.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// Runs `command` to its end, passes its lines on, and gives those that `keep` asks for.
pub(crate) fn run_and_keep(
    command: &mut Command,
    stream: Stream,
    keep: fn(&str) -> bool,
) -> Result<Vec<String>, Failure> {
    match stream {
        Stream::Stdout => command.stdout(Stdio::piped()),
        Stream::Stderr => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let pipe: Option<Box<dyn Read>> = match stream {
        Stream::Stdout => child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read>),
        Stream::Stderr => child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read>),
    };
    let mut kept = Vec::new();
    for line in BufReader::new(pipe.expect("invariant: the stream was asked for as a pipe")).split(b'\n') {
        let line =
            line.map_err(|error| Failure::new(format!("cannot read the output of `{}`: {error}", words(command))))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if keep(&line) {
            kept.push(line.trim().to_owned());
        }
    }
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(kept) } else { Err(failed(command, &status.to_string())) }
}

/// Gives this process over to `command`, so that Ctrl-C and the exit code are its own.
#[cfg(unix)]
pub(crate) fn hand_over(command: &mut Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(cannot_start(command, &error))
}

/// Runs `command` to its end and leaves with its exit code: the nearest thing where there is no `exec`.
#[cfg(not(unix))]
pub(crate) fn hand_over(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Takes `flag` out of the arguments; says whether it was there.
pub(crate) fn take_flag(arguments: &mut Vec<String>, flag: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != flag);
    arguments.len() != before
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let arguments = command.get_args().map(|argument| format!(" {}", argument.to_string_lossy()));
    program.to_string_lossy().into_owned() + &arguments.collect::<String>()
}

fn failed(command: &Command, status: &str) -> Failure {
    Failure::new(format!("`{}` failed: {status}", words(command)))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot run `{}`: {error}", words(command)))
}
