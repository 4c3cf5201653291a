//! A file to import: its name and a way to read it from the start, more than once.
//!
//! Takes a path or bytes; gives buffered readers and the file's SHA-256. Never holds a file in memory that it did not
//! get as bytes.

use super::run::Error;
use mission::record::hex::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file to import.
#[derive(Clone)]
pub struct SourceFile {
    name: String,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

/// A reader that can go back, as ZIP needs.
pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

const BUFFER_BYTES: usize = 64 * 1024;

impl SourceFile {
    /// The file at a path; its last part is the name that goes into the record.
    #[must_use]
    pub fn at(path: &Path) -> SourceFile {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        SourceFile { name, content: Content::Path(path.to_owned()) }
    }

    /// A file that is in memory already.
    #[must_use]
    pub fn of_bytes(name: &str, bytes: impl Into<Arc<[u8]>>) -> SourceFile {
        SourceFile { name: name.to_owned(), content: Content::Bytes(bytes.into()) }
    }

    /// The name that goes into the record.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// That the system could not open or read it.
    pub(super) fn failed(&self, error: io::Error) -> Error {
        Error::File { file: self.name.clone(), error }
    }

    /// The file from its start.
    pub(super) fn open(&self) -> io::Result<Box<dyn BufRead>> {
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, self.open_seek()?)))
    }

    /// The file from its start, with a way back.
    pub(super) fn open_seek(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(match &self.content {
            Content::Path(path) => Box::new(File::open(path)?),
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
        })
    }

    /// SHA-256 in hex, and the length in bytes.
    pub(super) fn digest(&self) -> io::Result<(String, u64)> {
        let mut input = self.open()?;
        let (mut hash, mut length) = (Sha256::new(), 0u64);
        loop {
            let part = input.fill_buf()?;
            if part.is_empty() {
                break;
            }
            hash.update(part);
            let read = part.len();
            length += read as u64;
            input.consume(read);
        }
        Ok((hex(&hash.finalize()), length))
    }
}
