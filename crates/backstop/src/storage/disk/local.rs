//! The disk of this machine: takes paths and bytes, and hands them to the file system as they are. Never buffers, and never
//! tries a failed flush again.

use super::{Disk, Kind, Listed, Lock, OpenFile, Readers};
use rustix::fs::{Advice, FallocateFlags};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Files flushed at the same time: the disk settles them together.
const FLUSHES_AT_ONCE: usize = 8;

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        Ok(Arc::new(File::open(path)?))
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn create(&self, path: &Path, readers: Readers) -> io::Result<Arc<dyn OpenFile>> {
        let mode = match readers {
            Readers::Anyone => 0o644,
            Readers::Owner => 0o600,
        };
        Ok(Arc::new(OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path)?))
    }

    fn create_or_empty(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?))
    }

    fn create_directories(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(Kind::File)),
            Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Directory)),
            Ok(_) => Ok(Some(Kind::Other)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for file in fs::read_dir(directory)? {
            let file = file?;
            listed.push(Listed { name: file.file_name(), is_directory: file.file_type()?.is_dir() });
        }
        listed.sort();
        Ok(listed)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn flush_directory(&self, directory: &Path) -> io::Result<()> {
        Ok(rustix::fs::fsync(File::open(directory)?)?)
    }

    fn flush_and_forget(&self, files: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
        let share = files.len().div_ceil(FLUSHES_AT_ONCE).max(1);
        let flush_one = |path: &PathBuf| super::flush_and_forget(self.open(path), path);
        thread::scope(|scope| {
            let workers: Vec<_> =
                files.chunks(share).map(|files| scope.spawn(move || files.iter().try_for_each(flush_one))).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    fn flush_together(&self, files: &[&dyn OpenFile]) -> Result<(), (usize, io::Error)> {
        let Some((first, others)) = files.split_first() else { return Ok(()) };
        thread::scope(|scope| {
            let workers: Vec<_> = others.iter().map(|file| scope.spawn(|| file.flush())).collect();
            let mut flushed = vec![first.flush()];
            flushed.extend(
                workers
                    .into_iter()
                    .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
            );
            flushed.into_iter().enumerate().try_for_each(|(at, flushed)| flushed.map_err(|error| (at, error)))
        })
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(Locked(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    #[expect(clippy::print_stderr, reason = "the last words of a process that must not go on")]
    fn stop(&self, last_words: &str) -> ! {
        eprintln!("{last_words}");
        std::process::exit(1)
    }
}

/// A file that this process has locked.
struct Locked(File);

impl Drop for Locked {
    /// Closing alone gives the lock back only with the last copy of the file, and a process that another thread is starting
    /// holds one for the moment until it has become its program.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl OpenFile for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        match rustix::fs::fallocate(self, FallocateFlags::empty(), offset, length) {
            // The next write lengthens the file instead.
            Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn flush(&self) -> io::Result<()> {
        Ok(rustix::fs::fdatasync(self)?)
    }

    fn forget(&self) -> io::Result<()> {
        Ok(rustix::fs::fadvise(self, 0, None, Advice::DontNeed)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_goes_though_a_copy_of_its_file_is_still_open() {
        let path = std::env::temp_dir().join(format!("backstop-lock-{}", std::process::id()));
        let file = File::create(&path).expect("made");
        file.try_lock().expect("nobody else has it");
        // As in a process that is being started: the same open file, not closed yet.
        let copy = file.try_clone().expect("copied");
        let lock = Locked(file);
        assert!(LocalDisk.lock(&path).expect("tried").is_none(), "it is held");
        drop(lock);
        assert!(LocalDisk.lock(&path).expect("tried").is_some(), "it is given back");
        drop(copy);
        fs::remove_file(path).expect("removed");
    }
}
