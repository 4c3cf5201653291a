//! What a photograph says of itself, read in a process of its own with limits on memory and time.
//!
//! Takes a file that may be hostile; gives its EXIF fields as texts, or why there are none. The parser never runs in a
//! process that holds a key or a store, and what it says is a claim of the file, never a fact.

use rustix::process::{Resource, Rlimit, setrlimit};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The name of the reader in the record.
pub(crate) const TOOL: &str = concat!("backstop-metadata ", env!("CARGO_PKG_VERSION"), ", kamadak-exif 0.6");
/// The hidden command that the child runs.
pub(crate) const VERB: &str = "read-metadata";
const MEMORY_BYTES: u64 = 256 << 20;
const CPU_SECONDS: u64 = 5;
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer of the child.
const ANSWER_BYTES: u64 = 256 << 10;
/// Longest text of one field.
const FIELD_CHARACTERS: usize = 1_000;

/// Asks a child process what the file says of itself.
///
/// # Errors
/// A sentence that says why nothing was read: no such fields, or the child met a limit.
pub(crate) fn of(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let program = std::env::current_exe().map_err(|error| format!("the reader could not be started: {error}"))?;
    ask(Command::new(program).arg(VERB), path, PATIENCE)
}

fn ask(child: &mut Command, path: &Path, patience: Duration) -> Result<BTreeMap<String, String>, String> {
    let file = File::open(path).map_err(|error| format!("`{}` cannot be opened: {error}", path.display()))?;
    child.env_clear().stdin(file).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = child.spawn().map_err(|error| format!("the reader could not be started: {error}"))?;
    let mut answers = child.stdout.take().expect("invariant: the output is piped").take(ANSWER_BYTES);
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        answers.read_to_end(&mut bytes).map(|_| bytes)
    });
    let until = Instant::now() + patience;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("the reader did not end within {} seconds and was stopped", patience.as_secs()));
            }
        }
    };
    let bytes = reader.join().ok().and_then(Result::ok).unwrap_or_default();
    match status.code() {
        Some(0) => {
            serde_json::from_slice(&bytes).map_err(|_| "the reader's answer was too long or no answer".to_owned())
        }
        Some(3) => Err(String::from_utf8_lossy(&bytes).into_owned()),
        Some(_) | None => Err(format!("the reader met a limit of memory or time and was ended ({status})")),
    }
}

/// The child: takes a file on standard input, gives a JSON object of texts; leaves with 3 and a sentence if there are none.
pub(crate) fn child() -> ExitCode {
    if limit(MEMORY_BYTES, CPU_SECONDS).is_err() {
        return ExitCode::from(1);
    }
    let (code, answer) = match read(io::stdin().lock()) {
        Ok(fields) => (0, serde_json::to_string(&fields).expect("invariant: texts are JSON")),
        Err(why) => (3, why),
    };
    match io::stdout().lock().write_all(answer.as_bytes()) {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(1),
    }
}

/// What this process may use from now on. It may write no file, start no process and leave no memory behind.
fn limit(memory_bytes: u64, cpu_s: u64) -> io::Result<()> {
    let limits = [
        (Resource::As, memory_bytes),
        (Resource::Cpu, cpu_s),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
    ];
    for (resource, limit) in limits {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    Ok(())
}

fn read(file: impl Read) -> Result<BTreeMap<String, String>, String> {
    let mut bytes = Vec::new();
    let mut file = BufReader::new(file.take(MEMORY_BYTES / 4));
    file.read_to_end(&mut bytes).map_err(|error| format!("the file could not be read: {error}"))?;
    let exif = exif::Reader::new().read_from_container(&mut io::Cursor::new(bytes));
    let exif = exif.map_err(|error| format!("no metadata: {error}"))?;
    let field = |field: &exif::Field| {
        let name =
            if field.ifd_num == exif::In::PRIMARY { field.tag.to_string() } else { format!("Thumbnail{}", field.tag) };
        let text = field.display_value().with_unit(&exif).to_string();
        (name, text.chars().filter(|letter| !letter.is_control()).take(FIELD_CHARACTERS).collect())
    };
    Ok(exif.fields().map(field).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which greedy reader a process is.
    const GREEDY: &str = "BACKSTOP_GREEDY";

    /// What a reader could do that has a hostile file in its hand: a process that the test below starts, and nothing where it did
    /// not, as the limits would hold for whatever else runs here. Says in its exit code that it got what it wanted.
    #[test]
    fn greedy() {
        let Some(wants) = std::env::var_os(GREEDY) else { return };
        let path = std::env::temp_dir().join(format!("backstop-greedy-{}", std::process::id()));
        let mut file = File::create(&path).expect("made");
        let _ = std::fs::remove_file(&path);
        limit(MEMORY_BYTES, 1).expect("limited");
        let filled = |bytes: u64| std::hint::black_box(vec![7_u8; bytes as usize]).len() as u64 == bytes;
        let got = match wants.to_str() {
            Some("memory") => filled(MEMORY_BYTES),
            Some("time") => (0_u64..).all(|number| std::hint::black_box(number) < u64::MAX),
            Some("file") => file.write_all(b"found").is_ok(),
            Some("little") => filled(1 << 20),
            other => panic!("{other:?} is no wish"),
        };
        std::process::exit(if got { 0 } else { 9 })
    }

    fn ask_as(wants: &str) -> String {
        let this = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new("/usr/bin/env");
        child.arg(format!("{GREEDY}={wants}")).arg(&this);
        child.args(["metadata::tests::greedy", "--exact", "--nocapture", "--test-threads=1"]);
        ask(&mut child, &this, Duration::from_secs(60)).expect_err("no reader's answer")
    }

    /// Each limit ends the reader alone, and is said.
    #[test]
    fn a_reader_that_wants_too_much_is_ended() {
        let met = "the reader met a limit of memory or time and was ended";
        for wants in ["memory", "time", "file"] {
            let why = ask_as(wants);
            assert!(why.starts_with(met), "{wants}: {why}");
        }
        // One that wants little gets it, so it is the limits that the others met: what it then says is no answer of a reader.
        assert_eq!(ask_as("little"), "the reader's answer was too long or no answer");
    }

    #[test]
    fn a_reader_that_does_not_end_is_stopped() {
        let this = std::env::current_exe().expect("this program has a path");
        let why = ask(Command::new("sleep").arg("600"), &this, Duration::from_millis(20)).expect_err("it sleeps");
        assert!(why.contains("was stopped"), "{why}");
    }

    #[test]
    fn an_answer_that_has_no_end_is_not_read_to_its_end() {
        let this = std::env::current_exe().expect("this program has a path");
        // Whoever writes on is ended by what no longer listens, or found to have said too much.
        let why = ask(Command::new("yes").env("PATH", "/usr/bin"), &this, Duration::from_secs(60)).expect_err("no end");
        assert!(why.contains("met a limit"), "{why}");
        let much = ask(Command::new("head").args(["-c", "200000", "/dev/zero"]), &this, Duration::from_secs(60));
        assert_eq!(much.expect_err("it is no answer"), "the reader's answer was too long or no answer");
    }
}
