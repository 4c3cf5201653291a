//! The records of a CSV file by the names of its columns.
//!
//! Takes a file and the columns that must be there; gives records, and for each one that cannot be read its raw bytes
//! and what is wrong. Never lets one bad row take the next with it: after an open quotation mark it goes on at the next line.

use super::lines::{LINE_LIMIT_BYTES, Line, Lines, Spot};
use super::run::{Error, Made, Sink};
use super::source_file::SourceFile;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::collections::VecDeque;

/// A quoted text may run over this many lines; more is an open quotation mark.
const RECORD_LINES: usize = 64;
const COLUMNS: usize = 1024;
const NAME_BYTES: usize = 256;

/// An open CSV file.
pub(super) struct Table {
    lines: Lines,
    pending: VecDeque<Line>,
    reader: Reader,
    names: Vec<String>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    raw: Vec<u8>,
    row: u64,
}

/// One record.
pub(super) struct Record<'a> {
    spot: Spot,
    raw: &'a [u8],
    names: &'a [String],
    fields: &'a str,
    ends: &'a [usize],
}

/// A row that is no record.
pub(super) struct Bad {
    pub(super) spot: Spot,
    pub(super) why: String,
    pub(super) raw: Vec<u8>,
}

impl Record<'_> {
    pub(super) fn spot(&self) -> Spot {
        self.spot
    }

    pub(super) fn raw(&self) -> &[u8] {
        self.raw
    }

    /// The names of the columns, in their order.
    pub(super) fn names(&self) -> &[String] {
        self.names
    }

    /// The field of a column without the spaces round it; `None` if there is no such column.
    pub(super) fn find(&self, column: &str) -> Option<&str> {
        let index = self.names.iter().position(|name| name == column)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(self.fields[start..self.ends[index]].trim())
    }

    /// The same, empty if there is no such column.
    pub(super) fn get(&self, column: &str) -> &str {
        self.find(column).unwrap_or("")
    }
}

/// Reads every record of `file` through `row`; says what is wrong with the file where it is no such table.
pub(super) fn read_table(
    file: &SourceFile,
    columns: &[&str],
    delimiter: u8,
    sink: &mut Sink<'_>,
    row: &mut dyn FnMut(&Record<'_>) -> Result<Made, String>,
) -> Result<(), Error> {
    let io = |error| file.failed(error);
    let mut table = match Table::open(file, columns, delimiter).map_err(io)? {
        Ok(table) => table,
        Err(why) => {
            sink.problem(why);
            return Ok(());
        }
    };
    while let Some(next) = table.next().map_err(io)? {
        match next {
            Ok(record) => sink.record(&record, row(&record))?,
            Err(bad) => sink.unread(bad.spot, &bad.why, &bad.raw)?,
        }
    }
    if table.row == 0 {
        sink.problem("the file has a header and no rows".to_owned());
    }
    Ok(())
}

impl Table {
    /// Opens a file; the inner error says why it is not a table with these columns.
    pub(super) fn open(file: &SourceFile, columns: &[&str], delimiter: u8) -> std::io::Result<Result<Table, String>> {
        let mut table = Table {
            lines: Lines::of(file.open()?),
            pending: VecDeque::new(),
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            names: Vec::new(),
            fields: vec![0; LINE_LIMIT_BYTES + RECORD_LINES],
            ends: vec![0; COLUMNS],
            raw: Vec::new(),
            row: 0,
        };
        Ok(table.read_header()?.and_then(|()| table.check_columns(columns)).map(|()| table))
    }

    fn read_header(&mut self) -> std::io::Result<Result<(), String>> {
        let Some(mut line) = self.lines.next()? else {
            return Ok(Err("the file is empty; is it the right one, and was it copied whole?".to_owned()));
        };
        if line.bytes.starts_with(&[0xff, 0xfe]) || line.bytes.starts_with(&[0xfe, 0xff]) {
            return Ok(Err("the file is in UTF-16; save it as UTF-8".to_owned()));
        }
        if line.bytes.starts_with(b"\xef\xbb\xbf") {
            line.bytes.drain(..3);
        }
        self.pending.push_back(line);
        let (names, fields, ends) = match self.next()? {
            Some(Ok(header)) => (header.ends.len(), header.fields.to_owned(), header.ends.to_vec()),
            Some(Err(bad)) => return Ok(Err(format!("the header cannot be read: {}", bad.why))),
            None => return Ok(Err("the file holds nothing but empty lines".to_owned())),
        };
        self.row = 0;
        let start = |index: usize| if index == 0 { 0 } else { ends[index - 1] };
        self.names = (0..names).map(|index| fields[start(index)..ends[index]].trim().to_owned()).collect();
        Ok(match self.names.iter().find(|name| name.len() > NAME_BYTES) {
            Some(_) => {
                Err(format!("the header holds a name longer than {NAME_BYTES} bytes; is the first line the header?"))
            }
            None => Ok(()),
        })
    }

    fn check_columns(&self, columns: &[&str]) -> Result<(), String> {
        let missing: Vec<String> = columns
            .iter()
            .filter(|column| !self.names.iter().any(|name| name == *column))
            .map(|column| format!("`{column}`"))
            .collect();
        let twice = self.names.iter().enumerate().find(|(index, name)| self.names[..*index].contains(name));
        if !missing.is_empty() {
            let found = quoted(&self.names.join(", "));
            return Err(format!("the header lacks {}; it has {found}; is this the right kind?", missing.join(", ")));
        }
        match twice.filter(|(_, name)| columns.contains(&name.as_str())) {
            Some((_, name)) => Err(format!("the column `{name}` stands twice in the header; rename one")),
            None => Ok(()),
        }
    }

    fn line(&mut self) -> std::io::Result<Option<Line>> {
        match self.pending.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// The next record, or what is wrong with the next row; `None` at the end.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Result<Record<'_>, Bad>>> {
        let first = loop {
            match self.line()? {
                None => return Ok(None),
                Some(line) if line.bytes.iter().all(u8::is_ascii_whitespace) => {}
                Some(line) => break line,
            }
        };
        self.row += 1;
        let spot = Spot { row: self.row, line: first.number, byte: first.byte };
        let mut taken = vec![first];
        self.raw.clear();
        self.reader.reset();
        let (mut written, mut ended) = (0, 0);
        let outcome = loop {
            let line = taken.last().expect("invariant: at least one line was taken");
            if let Err(why) = check_line(line) {
                break Err(why);
            }
            if self.raw.len() + line.bytes.len() >= LINE_LIMIT_BYTES + RECORD_LINES {
                break Err(open_quote());
            }
            if taken.len() > 1 {
                self.raw.push(b'\n');
            }
            self.raw.extend_from_slice(&line.bytes);
            let mut input = line.bytes.clone();
            input.push(b'\n');
            let (result, read, wrote, ends) =
                self.reader.read_record(&input, &mut self.fields[written..], &mut self.ends[ended..]);
            written += wrote;
            ended += ends;
            match result {
                ReadRecordResult::Record if read == input.len() => break Ok(()),
                ReadRecordResult::Record => {
                    break Err("a carriage return inside the row; save the file with ordinary line ends".to_owned());
                }
                ReadRecordResult::OutputEndsFull => break Err(format!("more than {COLUMNS} columns")),
                ReadRecordResult::OutputFull | ReadRecordResult::End => break Err(open_quote()),
                ReadRecordResult::InputEmpty if taken.len() == RECORD_LINES => break Err(open_quote()),
                ReadRecordResult::InputEmpty => match self.line()? {
                    Some(next) => taken.push(next),
                    None => break Err("the file ends inside a quoted text: it was cut; get it again".to_owned()),
                },
            }
        };
        let outcome = outcome.and_then(|()| match self.names.len() {
            0 => Ok(()),
            columns if columns == ended => Ok(()),
            columns => Err(format!("{ended} fields where the header has {columns}")),
        });
        if let Err(why) = outcome {
            let mut taken = taken.into_iter();
            let raw = taken.next().map(|line| line.bytes).unwrap_or_default();
            // The lines after the first may be good rows: they are read again on their own.
            taken.rev().for_each(|line| self.pending.push_front(line));
            return Ok(Some(Err(Bad { spot, why, raw })));
        }
        let fields = std::str::from_utf8(&self.fields[..written]).expect("invariant: fields of UTF-8 lines are UTF-8");
        Ok(Some(Ok(Record { spot, raw: &self.raw, names: &self.names, fields, ends: &self.ends[..ended] })))
    }
}

fn open_quote() -> String {
    format!("a quotation mark is opened and not closed within {RECORD_LINES} lines; close it or double it")
}

fn check_line(line: &Line) -> Result<(), String> {
    if line.cut {
        return Err(format!("the line is longer than {LINE_LIMIT_BYTES} bytes; only its start is kept"));
    }
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r');
    if let Some(at) = line.bytes.iter().position(control) {
        let byte = line.byte + at as u64;
        let what = if line.bytes[at] == 0 { "NUL byte" } else { "control character" };
        return Err(format!("a {what} at byte {byte} of the file; it is damaged or not text"));
    }
    std::str::from_utf8(&line.bytes).map(|_| ()).map_err(|error| {
        let byte = line.byte + error.valid_up_to() as u64;
        format!("not UTF-8 at byte {byte} of the file; save it as UTF-8 (Windows-1251 is common)")
    })
}

/// Somebody's text in a message: short, and in backticks.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}
