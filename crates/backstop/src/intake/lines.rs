//! The lines of a file, each within a stated length.
//!
//! Takes a buffered reader; gives lines with their number and byte offset. Never holds more than one line's limit: a
//! longer line is cut, its rest skipped, and it says so.

use std::fmt;
use std::io::{self, BufRead};

/// The longest line that is read whole: no row of a table is honestly longer.
pub(super) const LINE_LIMIT_BYTES: usize = 1024 * 1024;

/// Where a row stands in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spot {
    /// Row, from 1; a table's header is no row.
    pub(super) row: u64,
    /// Line, from 1.
    pub(super) line: u64,
    /// Bytes before it.
    pub(super) byte: u64,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, byte {}", self.line, self.byte)
    }
}

/// One line without its ending.
pub(super) struct Line {
    /// Line, from 1.
    pub(super) number: u64,
    /// Bytes before it.
    pub(super) byte: u64,
    /// Its bytes, up to the limit.
    pub(super) bytes: Vec<u8>,
    /// Whether it was longer than the limit.
    pub(super) cut: bool,
}

/// Reads lines.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    number: u64,
    byte: u64,
}

impl Lines {
    pub(super) fn of(input: Box<dyn BufRead>) -> Lines {
        Lines { input, number: 0, byte: 0 }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { number: self.number + 1, byte: self.byte, bytes: Vec::new(), cut: false };
        loop {
            let part = self.input.fill_buf()?;
            if part.is_empty() {
                let nothing = line.byte == self.byte;
                self.number += u64::from(!nothing);
                return Ok((!nothing).then_some(line));
            }
            let end = part.iter().position(|byte| *byte == b'\n');
            let read = end.unwrap_or(part.len());
            let room = LINE_LIMIT_BYTES.saturating_sub(line.bytes.len());
            line.cut |= read > room;
            line.bytes.extend_from_slice(&part[..read.min(room)]);
            let used = read + usize::from(end.is_some());
            self.input.consume(used);
            self.byte += used as u64;
            if end.is_some() {
                self.number += 1;
                if line.bytes.last() == Some(&b'\r') {
                    line.bytes.pop();
                }
                return Ok(Some(line));
            }
        }
    }
}
