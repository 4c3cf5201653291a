//! What an import did, in numbers and words.
//!
//! Takes counts; gives the text for people and, serialised, the `data` of `backstop.import/1`. Never hides a row:
//! rows = taken + already held + set aside + unread.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    /// The kind of import.
    pub kind: String,
    /// File by file, in the order given.
    pub files: Vec<FileSummary>,
    /// Rows in all files.
    pub rows: u64,
    /// Rows that made at least one new entry.
    pub taken: u64,
    /// Rows whose entries were held already.
    pub already_held: u64,
    /// Rows set aside, by reason.
    pub set_aside: BTreeMap<String, u64>,
    /// Rows kept unread.
    pub unread: u64,
    /// The first of them; all are in the record.
    pub first_unread: Vec<UnreadNote>,
    /// Entries written, of every kind.
    pub entries: u64,
    /// Looks among them: "who looked, where, when".
    pub efforts: u64,
    /// Observations and maps read from rows, by the class of their place.
    pub place_precision: BTreeMap<String, u64>,
    /// The same, by the class of their time.
    pub time_precision: BTreeMap<String, u64>,
    /// Observations read from rows, by kind of act.
    pub acts: BTreeMap<String, u64>,
    /// The sources that the rows came from.
    pub sources: Vec<SourceNote>,
}

/// One file of an import.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct FileSummary {
    /// Its name.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
    /// Rows in it.
    pub rows: u64,
    /// Why it could not be read at all, or not to its end.
    pub problem: Option<String>,
}

/// A row that could not be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UnreadNote {
    /// The file.
    pub file: String,
    /// Row, from 1.
    pub row: u64,
    /// Where in the file.
    pub place: String,
    /// What is wrong and what to do.
    pub why: String,
}

/// A source, as far as a reader of the summary must know it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SourceNote {
    /// Its short name.
    pub id: String,
    /// Its full name.
    pub title: String,
    /// The licence.
    pub licence: String,
    /// The words that go with anything published from it.
    pub attribution: String,
    /// What may leave the installation: `rows`, `aggregates` or `nothing`.
    pub release: String,
    /// What its labels are worth, in parts per million, by kind of act.
    pub worth_ppm: BTreeMap<String, u32>,
    /// Where those figures come from.
    pub worth_basis: String,
}

impl Summary {
    /// Whether a person should look: rows were unread, or a file was refused or cut.
    #[must_use]
    pub fn has_findings(&self) -> bool {
        self.unread > 0 || self.files.iter().any(|file| file.problem.is_some())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let aside: u64 = self.set_aside.values().sum();
        writeln!(f, "import {}   {} files, {} rows", self.kind, self.files.len(), self.rows)?;
        writeln!(f, "  taken          {}", self.taken)?;
        writeln!(f, "  already held   {}", self.already_held)?;
        writeln!(f, "  set aside      {aside}")?;
        for (why, rows) in &self.set_aside {
            writeln!(f, "    {rows:>9}    {why}")?;
        }
        writeln!(f, "  unread         {}   (kept, listed in the record)", self.unread)?;
        for note in &self.first_unread {
            writeln!(f, "    {} row {} ({}): {}", note.file, note.row, note.place, note.why)?;
        }
        for file in &self.files {
            if let Some(problem) = &file.problem {
                writeln!(f, "  problem        {}: {problem}", file.name)?;
            }
        }
        writeln!(f, "  entries        {} written, {} of them looks", self.entries, self.efforts)?;
        mix(f, "place known to", &self.place_precision)?;
        mix(f, "time known to", &self.time_precision)?;
        mix(f, "acts", &self.acts)?;
        for source in &self.sources {
            write!(f, "{source}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SourceNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  source         {}: {}", self.id, self.title)?;
        writeln!(f, "    licence      {}; may leave: {}", self.licence, self.release)?;
        writeln!(f, "    attribution  {}", self.attribution)?;
        let worth: Vec<String> =
            self.worth_ppm.iter().map(|(act, ppm)| format!("{act} 0.{:02}", (ppm / 10_000).min(99))).collect();
        match worth.is_empty() {
            true => writeln!(f, "    labels       {}", self.worth_basis),
            false => writeln!(f, "    labels       {} ({})", worth.join(", "), self.worth_basis),
        }
    }
}

fn mix(f: &mut fmt::Formatter<'_>, name: &str, counts: &BTreeMap<String, u64>) -> fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    let parts: Vec<String> = counts.iter().map(|(word, rows)| format!("{word} {rows}")).collect();
    writeln!(f, "  {name:<14} {}", parts.join(", "))
}
