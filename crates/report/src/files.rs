//! A bulletin as the files in which it is given out.
//!
//! Takes a bulletin and its seal; gives one file for each format, and one for each table as CSV, under names that say the
//! day, and the data class where it is not real. Publishing and auditing write the same files, because they ask here.

use crate::Seal;
use crate::bulletin::Bulletin;
use crate::{csv, html, json, markdown};

/// One file of a bulletin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Its name: `SIM_daily-2026-04-12.html`.
    pub name: String,
    /// `html`, `md`, `json` or `csv`.
    pub format: &'static str,
    /// The table that it holds, if it is one table.
    pub table: Option<&'static str>,
    /// Its language, as a BCP 47 tag.
    pub language: &'static str,
    /// What it holds.
    pub text: String,
}

/// Every file of a daily bulletin, in order of their names; `reader` is a word in the names, empty for the public.
#[must_use]
pub fn files(bulletin: &Bulletin, seal: &Seal, reader: &str) -> Vec<File> {
    let class = match bulletin.data_class.as_str() {
        "operational" => "",
        "simulated" => "SIM_",
        "exercise" => "EXERCISE_",
        _ => "UNKNOWN_",
    };
    let reader = if reader.is_empty() { String::new() } else { format!("-{reader}") };
    let stem = format!("{class}daily-{}{reader}", bulletin.day.date());
    let file = |format: &'static str, table: Option<&'static str>, text: String| {
        let table_part = table.map(|table| format!(".{table}")).unwrap_or_default();
        File { name: format!("{stem}{table_part}.{format}"), format, table, language: "en", text }
    };
    let tables = bulletin.sections.iter().filter(|section| section.table.is_some());
    let mut files: Vec<File> =
        tables.filter_map(|section| Some(file("csv", Some(section.key), csv(bulletin, section.key)?))).collect();
    files.push(file("html", None, html(bulletin, Some(seal))));
    files.push(file("json", None, json(bulletin, Some(seal))));
    files.push(file("md", None, markdown(bulletin, Some(seal))));
    files.sort_by(|one, next| one.name.cmp(&next.name));
    files
}
