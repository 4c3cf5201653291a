//! The disk as the store sees it: the few things that are done to files, each with what holds when it returns. Takes paths and
//! bytes. Never goes on after a failed flush: what the disk holds is unknown then, and only a fresh start may look.
//!
//! All input and output of a store goes through [`Disk`] and [`OpenFile`], so that a simulated disk can stand in for the
//! real one and fail in every way that a real one can.

mod local;

use super::error::Error;
pub use local::LocalDisk;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Anyone on this machine.
    Anyone,
    /// The owner alone: mode 0600.
    Owner,
}

/// What a name stands for; a link is followed nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// Something else: a link, a pipe, a device.
    Other,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name, without the directory.
    pub name: OsString,
    /// Whether it is a directory itself.
    pub is_directory: bool,
}

/// Where files are.
///
/// Unless it says otherwise, nothing that a method did is durable when it returns, and a crash may keep any part of it. What one
/// method did is seen by the next, on any thread. An error means that nothing was done, unless it says otherwise.
pub trait Disk: Send + Sync {
    /// Opens a plain file to read it. What was opened stays readable when its name goes.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>>;

    /// Opens a file that is there to read and to write it.
    ///
    /// # Errors
    /// When there is none, or it may not be written.
    fn open_to_write(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>>;

    /// Makes an empty file, which the caller then fills; never touches one that is there.
    ///
    /// # Errors
    /// `AlreadyExists` when something has this name, or when the directory is absent or full.
    fn create(&self, path: &Path, readers: Readers) -> io::Result<Arc<dyn OpenFile>>;

    /// Makes an empty file that anyone may read; one that is there is emptied.
    ///
    /// # Errors
    /// When the directory is absent, or the file may not be written.
    fn create_or_empty(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>>;

    /// Makes a directory and those above it, as far as they are not there.
    ///
    /// # Errors
    /// When one of them cannot be made; those above it may have been.
    fn create_directories(&self, path: &Path) -> io::Result<()>;

    /// What stands at a path; none if nothing does.
    ///
    /// # Errors
    /// When that cannot be told.
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>>;

    /// The names in a directory, in their order.
    ///
    /// # Errors
    /// When it is absent, or not all of it can be read.
    fn list(&self, directory: &Path) -> io::Result<Vec<Listed>>;

    /// Gives a file another name, in the place of what had it before. At every instant, and after a crash too, the new name
    /// stands for one of the two, whole as far as each was durable.
    ///
    /// # Errors
    /// When there is no such file, or the directories do not allow it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name of a file.
    ///
    /// # Errors
    /// When there is none, or the directory does not allow it.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// When there is none, or it holds something.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable: those that were made, changed and removed before.
    ///
    /// # Errors
    /// When the disk did not take them. What it holds is unknown then.
    fn flush_directory(&self, directory: &Path) -> io::Result<()>;

    /// Makes the contents of files durable and forgets them, in any order, together where that is quicker: the next reading reads
    /// the disk.
    ///
    /// # Errors
    /// With the first file that failed. What the disk holds is unknown then.
    fn flush_and_forget(&self, files: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
        files.iter().try_for_each(|path| flush_and_forget(self.open(path), path))
    }

    /// Makes the contents and lengths of open files durable, in any order, together where that is quicker.
    ///
    /// # Errors
    /// With the place of the first file that failed. What the disk holds is unknown then.
    fn flush_together(&self, files: &[&dyn OpenFile]) -> Result<(), (usize, io::Error)> {
        files.iter().enumerate().try_for_each(|(at, file)| file.flush().map_err(|error| (at, error)))
    }

    /// Takes the one lock on a file that is there or is made; held until what was given is dropped, or the process ends.
    /// None if another holds it.
    ///
    /// # Errors
    /// When the file cannot be opened or locked.
    fn lock(&self, path: &Path) -> io::Result<Option<Lock>>;

    /// Ends the process with these last words. No destructor runs, and no file is touched again.
    fn stop(&self, last_words: &str) -> !;
}

/// A lock, until it is dropped.
pub(crate) type Lock = Box<dyn Send + Sync>;

/// An open file. Its bytes are seen by every other opening of it as soon as they are written.
pub trait OpenFile: Send + Sync {
    /// Reads from `offset` into the buffer, and says how many bytes there were: fewer than asked for at the end only, or when
    /// the system was interrupted; 0 at the end.
    ///
    /// # Errors
    /// When the disk does not give them.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of the bytes at `offset`; what lies between the end and there reads as zeros.
    ///
    /// # Errors
    /// When it could not; any part of the bytes may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Asks for space, and lengthens the file by zeros to its end. Where a file system cannot, this does nothing.
    ///
    /// # Errors
    /// When there is no space.
    fn allocate(&self, offset: u64, length: u64) -> io::Result<()>;

    /// Number of bytes.
    ///
    /// # Errors
    /// When that cannot be told.
    fn length(&self) -> io::Result<u64>;

    /// Cuts the file, or lengthens it by zeros.
    ///
    /// # Errors
    /// When it may not be written.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes contents and length durable, not the name.
    ///
    /// # Errors
    /// When the disk did not take them. What it holds is unknown then, and what is read may be what it does not hold.
    fn flush(&self) -> io::Result<()>;

    /// Drops the contents from the page cache, as far as they are durable, so that the next reading reads the disk.
    ///
    /// # Errors
    /// When the system refuses.
    fn forget(&self) -> io::Result<()>;
}

/// Reads an open file from an offset on, as a stream.
pub(super) struct Cursor {
    pub(super) file: Arc<dyn OpenFile>,
    pub(super) offset: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.offset)?;
        self.offset += length as u64;
        Ok(length)
    }
}

fn flush_and_forget(file: io::Result<Arc<dyn OpenFile>>, path: &Path) -> Result<(), (PathBuf, io::Error)> {
    let done = file.and_then(|file| file.flush().and_then(|()| file.forget()));
    done.map_err(|error| (path.to_owned(), error))
}

/// Creates a file that must not exist. When this returns, file and name are durable; after an error there is no such file,
/// as far as the disk lets us see to that.
pub(super) fn create(disk: &dyn Disk, path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Error> {
    let file = disk.create(path, readers).map_err(Error::io("create", path))?;
    if let Err(error) = file.write_at(bytes, 0) {
        // A half-made file would stand in the way of the next attempt.
        let _ = disk.remove(path);
        return Err(Error::io("write", path)(error));
    }
    flush(disk, &*file, path);
    flush_directory_of(disk, path);
    Ok(())
}

/// Puts bytes in the place of a file in one step. When this returns, the new bytes are durable; at every instant a reader
/// sees either the old or the new.
pub(super) fn replace(disk: &dyn Disk, path: &Path, staging: &Path, bytes: &[u8]) -> Result<(), Error> {
    // After a crash the staging name may stand for the very file that is to be replaced, so it is never written over.
    match disk.remove(staging) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io("remove", staging)(error)),
        Ok(()) | Err(_) => {}
    }
    let file = disk.create(staging, Readers::Anyone).map_err(Error::io("create", staging))?;
    file.write_at(bytes, 0).map_err(Error::io("write", staging))?;
    flush(disk, &*file, staging);
    disk.rename(staging, path).map_err(Error::io("rename", staging))?;
    flush_directory_of(disk, path);
    Ok(())
}

/// Makes the contents of a file durable, or ends the process.
pub(super) fn flush(disk: &dyn Disk, file: &dyn OpenFile, path: &Path) {
    if let Err(error) = file.flush() {
        stop(disk, "flush", path, &error);
    }
}

/// A file that was written to and is to be flushed.
pub(super) type Written = (Arc<dyn OpenFile>, PathBuf);

/// Makes the contents of open files durable, or ends the process.
pub(super) fn flush_together(disk: &dyn Disk, files: &[Written]) {
    let open: Vec<&dyn OpenFile> = files.iter().map(|(file, _)| &**file).collect();
    if let Err((at, error)) = disk.flush_together(&open) {
        stop(disk, "flush", &files[at].1, &error);
    }
}

/// Makes the contents of files durable and drops them from the page cache, or ends the process.
pub(super) fn flush_all(disk: &dyn Disk, files: &[PathBuf]) {
    if let Err((path, error)) = disk.flush_and_forget(files) {
        stop(disk, "flush", &path, &error);
    }
}

/// Makes the names in the directory of `path` durable, or ends the process.
pub(super) fn flush_directory_of(disk: &dyn Disk, path: &Path) {
    let directory = path.parent().expect("invariant: every file of a store has a directory");
    flush_directory(disk, if directory.as_os_str().is_empty() { Path::new(".") } else { directory });
}

/// Makes a directory and those above it, as far as they are not there. When this returns, the names of all of them are durable.
pub(super) fn create_directories(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    disk.create_directories(path).map_err(Error::io("create", path))?;
    // Those that were there as well: a process that was killed may have made them, and not come to flush them.
    for made in path.ancestors() {
        let Some(above) = made.parent() else { break };
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        match disk.flush_directory(above) {
            Ok(()) => {}
            // Directories that others own and we may only pass through were there long before.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::ReadOnlyFilesystem
                ) => {}
            Err(error) => stop(disk, "flush", above, &error),
        }
        if made.as_os_str().is_empty() {
            break;
        }
    }
    Ok(())
}

/// Makes the names in a directory durable, or ends the process.
pub(super) fn flush_directory(disk: &dyn Disk, directory: &Path) {
    if let Err(error) = disk.flush_directory(directory) {
        stop(disk, "flush", directory, &error);
    }
}

/// Ends the process: after a failed write or flush the page cache may show bytes that the disk does not have, so nothing
/// that is read from now on can be trusted.
pub(super) fn stop(disk: &dyn Disk, doing: &str, path: &Path, error: &io::Error) -> ! {
    disk.stop(&format!(
        "backstop: cannot {doing} `{}`: {error}\n\
         The disk did not take what was written, so this process ends at once. Every acknowledged entry was durable before; \
         entries without a receipt may be absent.\n\
         Look at the disk (full? failing? `dmesg` says more). Then start again: opening the store reads what the disk really \
         holds. If the disk is failing, copy the store to another one first.",
        path.display()
    ))
}

/// What became of reading a file that may be hostile or absent.
#[derive(Debug)]
pub(crate) enum Found {
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
pub(super) fn read(disk: &dyn Disk, path: &Path, limit: u64) -> Found {
    match disk.kind(path) {
        Err(error) => return Found::Unreadable(error.to_string()),
        Ok(None) => return Found::Nothing,
        Ok(Some(Kind::Directory | Kind::Other)) => return Found::Unreadable("it is not a plain file".into()),
        Ok(Some(Kind::File)) => {}
    }
    match disk.open(path).and_then(|file| read_from(file, 0, limit + 1)) {
        Err(error) => Found::Unreadable(error.to_string()),
        Ok(bytes) if bytes.len() as u64 > limit => Found::TooLong,
        Ok(bytes) => Found::Bytes(bytes),
    }
}

/// Reads a whole file that must be there, of at most `limit` bytes.
pub(super) fn read_existing(disk: &dyn Disk, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    match read(disk, path, limit) {
        Found::Bytes(bytes) => Ok(bytes),
        Found::Nothing => Err(Error::Io { doing: "read", path: path.to_owned(), source: ErrorKind::NotFound.into() }),
        Found::Unreadable(problem) => Err(Error::damaged(path, 0, problem)),
        Found::TooLong => Err(Error::damaged(path, limit, "longer than any such file may be")),
    }
}

/// Reads at most `limit` bytes from `offset` on.
pub(super) fn read_from(file: Arc<dyn OpenFile>, offset: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Cursor { file, offset }.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
