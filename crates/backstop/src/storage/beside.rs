//! Small files beside the record: a witness's key and state, a store's trust file. Takes paths and bytes; what is written is
//! durable when it returns. Never touches log or payloads, and never waits for a pipe or follows a link.

pub(crate) use super::disk::Found;
use super::disk::{self, Disk, LocalDisk, Readers};
use super::error::Error;
use std::path::Path;

/// Creates a file that must not exist, for anyone to read.
///
/// # Errors
/// When it exists, or the disk refuses.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    disk::create(&LocalDisk, path, bytes, Readers::Anyone)
}

/// Creates a file that must not exist, for the owner alone.
///
/// # Errors
/// When it exists, or the disk refuses.
pub(crate) fn create_secret(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    disk::create(&LocalDisk, path, bytes, Readers::Owner)
}

/// Puts bytes in the place of a file in one step.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    disk::replace(&LocalDisk, path, &path.with_extension("next"), bytes)
}

/// Makes a folder, and its name durable.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    LocalDisk.create_directories(path).map_err(Error::io("create", path))?;
    disk::flush_directory_of(&LocalDisk, path);
    Ok(())
}

/// Reads a file of at most `limit` bytes that may be hostile or absent.
pub(crate) fn find(path: &Path, limit: u64) -> Found {
    disk::read(&LocalDisk, path, limit)
}

/// Reads a text of at most `limit` bytes; none if there is no such file.
///
/// # Errors
/// When it cannot be read, is longer, or is not UTF-8.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<String>, Error> {
    let bytes = match find(path, limit) {
        Found::Bytes(bytes) => bytes,
        Found::Nothing => return Ok(None),
        Found::Unreadable(problem) => return Err(Error::damaged(path, 0, problem)),
        Found::TooLong => return Err(Error::damaged(path, limit, "longer than any such file may be")),
    };
    String::from_utf8(bytes).map(Some).map_err(|_| Error::damaged(path, 0, "it is not UTF-8"))
}
