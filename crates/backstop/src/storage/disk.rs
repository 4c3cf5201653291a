//! The few things that are done to files, each with what holds when it returns. Takes paths and bytes. Never goes on after
//! a failed flush: what the disk holds is unknown then, and only a fresh start may look.

use super::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Anyone on this machine.
    Anyone,
    /// The owner alone: mode 0600.
    Owner,
}

/// Creates a file that must not exist. When this returns, file and name are durable.
pub(super) fn create(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Error> {
    let mode = match readers {
        Readers::Anyone => 0o644,
        Readers::Owner => 0o600,
    };
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = file.map_err(Error::io("create", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    flush(&file, path);
    flush_directory_of(path)
}

/// Puts bytes in the place of a file in one step. When this returns, the new bytes are durable; at every instant a reader
/// sees either the old or the new.
pub(super) fn replace(path: &Path, staging: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(staging, bytes)?;
    flush(&File::open(staging).map_err(Error::io("open", staging))?, staging);
    fs::rename(staging, path).map_err(Error::io("rename", staging))?;
    flush_directory_of(path)
}

/// Writes a file, over whatever was there. Nothing is durable yet.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(Error::io("write", path))
}

/// Makes the contents of a file durable, or ends the process.
pub(super) fn flush(file: &File, path: &Path) {
    if let Err(error) = rustix::fs::fdatasync(file) {
        stop("flush", path, &error.into());
    }
}

/// Makes the names in the directory of `path` durable, or ends the process.
pub(super) fn flush_directory_of(path: &Path) -> Result<(), Error> {
    let directory = path.parent().expect("invariant: every file of a store has a directory");
    flush_directory(directory)
}

/// Makes the names in a directory durable, or ends the process.
pub(super) fn flush_directory(directory: &Path) -> Result<(), Error> {
    let opened = File::open(directory).map_err(Error::io("open", directory))?;
    if let Err(error) = rustix::fs::fsync(&opened) {
        stop("flush", directory, &error.into());
    }
    Ok(())
}

/// Ends the process: after a failed write or flush the page cache may show bytes that the disk does not have, so nothing
/// that is read from now on can be trusted. No destructor runs, no file is touched again.
#[expect(clippy::print_stderr, clippy::exit, reason = "the last words of a process that must not go on")]
pub(super) fn stop(doing: &str, path: &Path, error: &std::io::Error) -> ! {
    eprintln!(
        "backstop: cannot {doing} `{}`: {error}\n\
         The disk did not take what was written, so this process ends at once. Every acknowledged entry was durable before; \
         entries without a receipt may be absent.\n\
         Look at the disk (full? failing? `dmesg` says more). Then start again: opening the store reads what the disk really \
         holds. If the disk is failing, copy the store to another one first.",
        path.display()
    );
    std::process::exit(1)
}

/// What became of reading a file that may be hostile or absent.
#[derive(Debug)]
pub(super) enum Found {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// There is none.
    Nothing,
    /// Something that cannot be read: why.
    Unreadable(String),
    /// More bytes than there may be.
    TooLong,
}

/// Reads a whole file of at most `limit` bytes; waits for no pipe and follows no link.
pub(super) fn read(path: &Path, limit: u64) -> Found {
    match fs::symlink_metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Found::Nothing,
        Err(error) => return Found::Unreadable(error.to_string()),
        Ok(metadata) if !metadata.is_file() => return Found::Unreadable("it is not a plain file".into()),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)) {
        Err(error) => Found::Unreadable(error.to_string()),
        Ok(_) if bytes.len() as u64 > limit => Found::TooLong,
        Ok(_) => Found::Bytes(bytes),
    }
}

/// Reads a whole file that must be there, of at most `limit` bytes.
pub(super) fn read_existing(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    match read(path, limit) {
        Found::Bytes(bytes) => Ok(bytes),
        Found::Nothing => Err(Error::Io { doing: "read", path: path.to_owned(), source: ErrorKind::NotFound.into() }),
        Found::Unreadable(problem) => Err(Error::damaged(path, 0, problem)),
        Found::TooLong => Err(Error::damaged(path, limit, "longer than any such file may be")),
    }
}
