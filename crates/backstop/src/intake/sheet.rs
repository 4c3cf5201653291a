//! The rows of a workbook's sheet.
//!
//! Takes an XLSX file; gives its rows under the names of the first one. Never unpacks more than a stated size: what the
//! archive declares and what it really holds are both checked before anything is read.

use super::lines::Spot;
use super::run::{Error, Made, Sink};
use super::source_file::{ReadSeek, SourceFile};
use super::table::quoted;
use calamine::{DataRef, Reader, Xlsx};
use std::borrow::Cow;
use std::io::{self, Read, SeekFrom};

/// Files in the archive; a workbook has some dozen.
const PARTS_LIMIT: usize = 4_096;
/// All of them unpacked; a sheet of a million rows needs about half.
const UNPACKED_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
const COLUMNS_LIMIT: u32 = 1_024;
const ROW_LIMIT_BYTES: usize = 1024 * 1024;

/// What becomes of a row, asked for a cell by the name of its column.
pub(super) type MakeRow<'a> =
    &'a mut dyn FnMut(&dyn Fn(&str) -> Option<Cow<'static, str>>, Spot) -> Result<Made, String>;

/// Reads the sheet of that name, or the first, whose first row must hold these columns.
pub(super) fn read_sheet(
    file: &SourceFile,
    sheet: Option<&str>,
    columns: &[&str],
    sink: &mut Sink<'_>,
    make: MakeRow<'_>,
) -> Result<(), Error> {
    let mut input = file.open_seek().map_err(|error| file.failed(error))?;
    if let Err(why) = check_size(&mut input) {
        sink.problem(why);
        return Ok(());
    }
    input.seek(SeekFrom::Start(0)).map_err(|error| file.failed(error))?;
    let unreadable = |error: calamine::XlsxError| format!("no workbook that can be read: {error}");
    let mut book = match Xlsx::new(input) {
        Ok(book) => book,
        Err(error) => {
            sink.problem(unreadable(error));
            return Ok(());
        }
    };
    let names = book.sheet_names();
    let wanted = sheet.map(str::to_owned).or_else(|| names.first().cloned());
    let Some(name) = wanted.filter(|name| names.contains(name)) else {
        sink.problem(format!("the workbook has no such sheet; it has {}", quoted(&names.join(", "))));
        return Ok(());
    };
    let mut cells = match book.worksheet_cells_reader(&name) {
        Ok(cells) => cells,
        Err(error) => {
            sink.problem(unreadable(error));
            return Ok(());
        }
    };
    // Cell by cell, never as a grid: a hostile sheet with cells in two far corners would ask for all between them.
    let mut rows = Rows { columns, make, header: None, row: Row::default(), number: 0 };
    loop {
        match cells.next_cell() {
            Ok(Some(cell)) => {
                let (line, column) = cell.get_position();
                if line != rows.row.line {
                    rows.close(sink)?;
                    rows.row = Row { line, ..Row::default() };
                }
                rows.row.put(column, text(cell.get_value()));
            }
            Ok(None) => break,
            Err(error) => {
                sink.problem(unreadable(error));
                break;
            }
        }
    }
    rows.close(sink)?;
    if rows.number == 0 {
        sink.problem("the sheet has no rows under its header".to_owned());
    }
    Ok(())
}

/// Reads through every part of the archive once, counting.
fn check_size(input: &mut Box<dyn ReadSeek>) -> Result<(), String> {
    let unreadable = |error: zip::result::ZipError| format!("no XLSX file that can be read: {error}");
    let mut archive = zip::ZipArchive::new(input).map_err(unreadable)?;
    if archive.len() > PARTS_LIMIT {
        return Err(format!("the archive holds more than {PARTS_LIMIT} files; it is no honest workbook"));
    }
    let mut left = UNPACKED_LIMIT_BYTES;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(unreadable)?;
        let bomb = || format!("it unpacks to more than {UNPACKED_LIMIT_BYTES} bytes; divide it, or save it as CSV");
        if part.size() > left {
            return Err(bomb());
        }
        let mut part = part.take(left + 1);
        let read = io::copy(&mut part, &mut io::sink()).map_err(|error| format!("the archive is damaged: {error}"))?;
        left = left.checked_sub(read).ok_or_else(bomb)?;
    }
    Ok(())
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// One row being gathered.
#[derive(Default)]
struct Row {
    line: u32,
    cells: Vec<(u32, String)>,
    bytes: usize,
    too_long: bool,
}

impl Row {
    fn put(&mut self, column: u32, text: String) {
        self.bytes += text.len();
        if column >= COLUMNS_LIMIT || self.bytes > ROW_LIMIT_BYTES {
            self.too_long |= !text.is_empty();
        } else if !text.trim().is_empty() {
            self.cells.push((column, text));
        }
    }

    fn raw(&self) -> String {
        self.cells.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\t")
    }
}

/// The rows of a sheet, the first of which names the columns.
struct Rows<'a> {
    columns: &'a [&'a str],
    make: MakeRow<'a>,
    header: Option<Result<Vec<(u32, String)>, ()>>,
    row: Row,
    number: u64,
}

impl Rows<'_> {
    /// Ends the row that was gathered.
    fn close(&mut self, sink: &mut Sink<'_>) -> Result<(), Error> {
        let row = std::mem::take(&mut self.row);
        if row.cells.is_empty() && !row.too_long {
            return Ok(());
        }
        let header = match &self.header {
            None => {
                self.read_header(row, sink);
                return Ok(());
            }
            Some(Err(())) => return Ok(()),
            Some(Ok(header)) => header,
        };
        self.number += 1;
        // A sheet has no bytes that a reader could look up; its line is the row shown in the margin.
        let spot = Spot { row: self.number, line: u64::from(row.line) + 1, byte: 0 };
        if row.too_long {
            let why = format!("more than {COLUMNS_LIMIT} columns or {ROW_LIMIT_BYTES} bytes; only its start is kept");
            return sink.unread(spot, &why, row.raw().as_bytes());
        }
        let control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
        if row.cells.iter().any(|(_, text)| text.contains(control)) {
            return sink.unread(spot, "a control character in a cell; it is damaged or not text", row.raw().as_bytes());
        }
        let get = |column: &str| {
            let (index, _) = header.iter().find(|(_, name)| name == column)?;
            row.cells.iter().find(|(at, _)| at == index).map(|(_, text)| Cow::Owned(text.clone()))
        };
        match (self.make)(&get, spot) {
            Ok(made) => sink.row(spot, made),
            Err(why) => sink.unread(spot, &why, row.raw().as_bytes()),
        }
    }

    fn read_header(&mut self, row: Row, sink: &mut Sink<'_>) {
        let header: Vec<(u32, String)> = row.cells.into_iter().map(|(at, name)| (at, name.trim().to_owned())).collect();
        let missing: Vec<&str> =
            self.columns.iter().copied().filter(|column| !header.iter().any(|(_, name)| name == column)).collect();
        self.header = Some(match missing.is_empty() {
            true => Ok(header),
            false => {
                let found: Vec<&str> = header.iter().map(|(_, name)| name.as_str()).collect();
                let found = quoted(&found.join(", "));
                sink.problem(format!("the first row lacks `{}`; it has {found}", missing.join("`, `")));
                Err(())
            }
        });
    }
}
