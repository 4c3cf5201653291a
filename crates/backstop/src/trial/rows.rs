//! Rows of a trial: observations on a plane, with a column that says which belong together.
//!
//! Takes a table with named columns, in any order; gives rows, or the line and column that cannot be read. Never guesses
//! a value.

use std::collections::BTreeMap;
use std::io::Read;
use terms::ObservationId;

/// Kinds of source, in the order of the column `cls`.
pub const SOURCE_KINDS: [&str; 5] = ["patrol", "acoustic", "thermal", "press", "party"];
/// No trial has more rows.
const MOST_ROWS: usize = 20_000_000;
/// No plane reaches farther from its origin, kilometres; beyond, places would leave the map.
const WIDEST_KM: f64 = 5_000.0;
/// No trial is longer, hours: a century.
const LONGEST_H: f64 = 876_600.0;
/// A stated error of time beyond this, hours, means that only the day is known.
const DAY_FROM_H: f64 = 5.0;

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Named after its content and, among rows alike, its number.
    pub id: ObservationId,
    /// Index into [`SOURCE_KINDS`].
    pub kind_of_source: u8,
    /// The source.
    pub source: u16,
    /// What it says.
    pub told: Told,
    /// The happening that it tells of, numbered in the order of its first row.
    pub truth: u32,
    /// Whether that happening is real, where the file says so.
    pub real: Option<bool>,
}

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Told {
    /// East and north, units of 10 metres.
    pub at: [i32; 2],
    /// Covariance xx, xy, yy of the place, units of 100 square metres.
    pub spread: [i64; 3],
    /// Whether only a district is named.
    pub district: bool,
    /// The instant, or the middle of the day, seconds from the beginning.
    pub time_s: i64,
    /// Stated error of the time, seconds; half a day where only the day is known.
    pub within_s: i64,
    /// Whether only the day is known.
    pub day: bool,
    /// The kind of happening, 0 to 5, or 6 where it is not said.
    pub kind: u8,
    /// How many; zero where it is not said.
    pub count: u32,
}

/// Why a file is no trial.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowError {
    /// A column that is needed is not there.
    NoColumn(String),
    /// A value cannot be read or is out of range.
    Value {
        /// The line, the header being the first.
        line: u64,
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// The table itself cannot be read.
    Table(String),
    /// There are more rows than a trial may have.
    TooMany,
}

impl std::fmt::Display for RowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RowError::NoColumn(name) => write!(f, "there is no column `{name}`; the first line names the columns"),
            RowError::Value { line, column, value } => {
                write!(f, "line {line}: `{value}` is no value for column `{column}`")
            }
            RowError::Table(why) => write!(f, "cannot read the table: {why}"),
            RowError::TooMany => write!(f, "there are more than {MOST_ROWS} rows; cut the file into parts"),
        }
    }
}

/// Reads a comma-separated table; `truth` names the column that says which rows belong together. Without one, no two
/// rows are known to.
///
/// # Errors
///
/// The first thing that cannot be read.
pub fn read(input: impl Read, truth: Option<&str>) -> Result<Vec<Row>, RowError> {
    let mut table = csv::Reader::from_reader(input);
    let header = table.headers().map_err(|error| RowError::Table(error.to_string()))?.clone();
    let place = |name: &str| header.iter().position(|column| column.trim() == name);
    let need = |name: &str| place(name).ok_or_else(|| RowError::NoColumn(name.to_owned()));
    let columns = Columns {
        numbers: NUMBERS
            .iter()
            .map(|(name, low, high)| Ok((need(name)?, *name, *low, *high)))
            .collect::<Result<_, RowError>>()?,
        truth: truth.map(need).transpose()?,
        real: place("real"),
    };
    let mut rows = Vec::new();
    let mut truths: BTreeMap<String, u32> = BTreeMap::new();
    let mut alike: BTreeMap<(u8, u16, Told), u32> = BTreeMap::new();
    for record in table.records() {
        let record = record.map_err(|error| RowError::Table(error.to_string()))?;
        if rows.len() == MOST_ROWS {
            return Err(RowError::TooMany);
        }
        rows.push(columns.row(&record, &mut truths, &mut alike)?);
    }
    Ok(rows)
}

/// Columns of numbers with their range: kilometres, hours, square kilometres.
const NUMBERS: [(&str, f64, f64); 12] = [
    ("cls", 0.0, 4.0),
    ("inst", 0.0, 65_535.0),
    ("t", -LONGEST_H, LONGEST_H),
    ("ts", 0.0, 240.0),
    ("x", -WIDEST_KM, WIDEST_KM),
    ("y", -WIDEST_KM, WIDEST_KM),
    ("sxx", 0.0, 1e5),
    ("sxy", -1e5, 1e5),
    ("syy", 0.0, 1e5),
    ("lab", 0.0, 6.0),
    ("cnt", 0.0, 4e9),
    ("gprec", 0.0, 1.0),
];

struct Columns {
    numbers: Vec<(usize, &'static str, f64, f64)>,
    truth: Option<usize>,
    real: Option<usize>,
}

impl Columns {
    fn row(
        &self,
        record: &csv::StringRecord,
        truths: &mut BTreeMap<String, u32>,
        alike: &mut BTreeMap<(u8, u16, Told), u32>,
    ) -> Result<Row, RowError> {
        let line = record.position().map_or(0, csv::Position::line);
        let text = |at: usize| record.get(at).unwrap_or_default().trim();
        let wrong =
            |column: &str, value: &str| RowError::Value { line, column: column.to_owned(), value: value.to_owned() };
        let mut values = [0f64; NUMBERS.len()];
        for (value, (at, name, low, high)) in values.iter_mut().zip(&self.numbers) {
            let read = text(*at).parse::<f64>().ok().filter(|number| (*low..=*high).contains(number));
            *value = read.ok_or_else(|| wrong(name, text(*at)))?;
        }
        let [kind_of_source, source, t, ts, x, y, xx, xy, yy, kind, count, district] = values;
        let tens = |km: f64| libm::round(km * 100.0) as i32;
        let square = |km2: f64| libm::round(km2 * 10_000.0) as i64;
        let day = ts > DAY_FROM_H;
        let spread = [square(xx).max(1), square(xy), square(yy).max(1)];
        if spread[1] * spread[1] >= spread[0] * spread[2] && spread[1] != 0 {
            return Err(wrong("sxy", text(self.numbers[7].0)));
        }
        let told = Told {
            at: [tens(x), tens(y)],
            spread,
            district: district > 0.5,
            time_s: libm::round(t * 3600.0) as i64,
            within_s: if day { 43_200 } else { libm::round(ts * 3600.0) as i64 },
            day,
            kind: kind as u8,
            count: count as u32,
        };
        let (kind_of_source, source) = (kind_of_source as u8, source as u16);
        let number = alike.entry((kind_of_source, source, told)).or_default();
        *number += 1;
        let id = ObservationId::of(format!("{kind_of_source} {source} {told:?} {number}").as_bytes());
        let next = truths.len() as u32;
        let truth = match self.truth {
            Some(at) => *truths.entry(text(at).to_owned()).or_insert(next),
            None => *truths.entry(line.to_string()).or_insert(next),
        };
        let real = match self.real.map(text) {
            None => None,
            Some("1") => Some(true),
            Some("0") => Some(false),
            Some(other) => return Err(wrong("real", other)),
        };
        Ok(Row { id, kind_of_source, source, told, truth, real })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "inc,real,cls,inst,t,ts,x,y,sxx,sxy,syy,lab,cnt,gprec\n";

    fn check(rows: &str, expected: Result<usize, &str>) {
        let read = read(format!("{HEADER}{rows}").as_bytes(), Some("inc"));
        assert_eq!(read.map(|rows| rows.len()).map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_line_and_column() {
        check("a,1,0,3,1.5,0.06,10,20,1,0,1,6,0,0\n", Ok(1));
        check("a,1,9,3,1.5,0.06,10,20,1,0,1,6,0,0\n", Err("line 2: `9` is no value for column `cls`"));
        check("a,1,0,3,NaN,0.06,10,20,1,0,1,6,0,0\n", Err("line 2: `NaN` is no value for column `t`"));
        check("a,2,0,3,1.5,0.06,10,20,1,0,1,6,0,0\n", Err("line 2: `2` is no value for column `real`"));
        check("a,1,0,3,1.5,0.06,10,20,1,2,1,6,0,0\n", Err("line 2: `2` is no value for column `sxy`"));
        let missing = read(&b"cls,inst\n0,0\n"[..], Some("inc")).expect_err("columns are missing");
        assert_eq!(missing, RowError::NoColumn("t".to_owned()));
    }

    #[test]
    fn rows_alike_have_different_ids() {
        let two = "a,1,0,3,1.5,0.06,10,20,1,0,1,6,0,0\n".repeat(2);
        let rows = read(format!("{HEADER}{two}").as_bytes(), Some("inc")).expect("two rows");
        assert_ne!(rows[0].id, rows[1].id);
        assert_eq!(rows[0].told, rows[1].told);
    }
}
