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
    let limits = [
        (Resource::As, MEMORY_BYTES),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
    ];
    for (resource, limit) in limits {
        if setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) }).is_err() {
            return ExitCode::from(1);
        }
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
