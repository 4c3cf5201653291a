//! The mapping of somebody's table of pledges: which column or word stands for what.
//!
//! Takes TOML; gives what each of our columns is made of, or what is wrong. Never guesses: a word that the mapping does not know stays as it
//! is and is held against the page, and a field that it does not name is empty.

use super::mapping::{MAPPING_LIMIT_BYTES, text_of};
use super::pledges::{COLUMNS, MORE};
use super::run::Error;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the columns of a table of pledges mean.
#[derive(Clone, Debug)]
pub struct PledgeMapping {
    /// What stands between the cells of a line.
    pub(super) delimiter: u8,
    /// The sheet of a workbook; the first without it.
    pub(super) sheet: Option<String>,
    fields: BTreeMap<String, Field>,
}

/// Every other table is a field, and is held against the names of our columns.
#[derive(Deserialize)]
struct File {
    delimiter: Option<char>,
    sheet: Option<String>,
    #[serde(flatten)]
    fields: BTreeMap<String, Field>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Field {
    /// The same for every row.
    is: Option<String>,
    /// Or as this column says.
    column: Option<String>,
    /// What words of the column stand for.
    #[serde(default)]
    words: BTreeMap<String, String>,
    /// Rows with one of these are set aside.
    #[serde(default)]
    set_aside: BTreeSet<String>,
    /// How days are written, of `happened`.
    format: Option<String>,
    /// What stands between thousands, of `amount`.
    thousands: Option<String>,
    /// What stands before the decimals, of `amount`.
    decimal: Option<String>,
}

/// What a mapping makes of a cell.
pub(super) enum Mapped {
    /// This.
    Text(String),
    /// The row is not taken.
    Aside,
}

impl PledgeMapping {
    /// The mapping in a file.
    ///
    /// # Errors
    /// If the file cannot be read or is not understood.
    pub fn load(path: &Path) -> Result<PledgeMapping, Error> {
        let text = text_of(path)?;
        if text.len() > MAPPING_LIMIT_BYTES {
            let shown = path.display();
            return Err(Error::Mapping(format!("`{shown}` is longer than {MAPPING_LIMIT_BYTES} bytes")));
        }
        PledgeMapping::parse(&text)
    }

    /// The mapping in a text.
    ///
    /// # Errors
    /// What is not understood, and how to mend it.
    pub fn parse(text: &str) -> Result<PledgeMapping, Error> {
        let wrong = |why: String| Error::Mapping(why);
        let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for name in COLUMNS {
            if !file.fields.contains_key(name) {
                return Err(wrong(format!(
                    "`[{name}]` is missing; write `column = \"...\"` or `is = \"...\"` under it"
                )));
            }
        }
        for (name, field) in &file.fields {
            if !COLUMNS.contains(&name.as_str()) && !MORE.contains(&name.as_str()) {
                let all = COLUMNS.into_iter().chain(MORE).collect::<Vec<_>>().join(", ");
                return Err(wrong(format!("`[{name}]` is no column of pledges; they are {all}")));
            }
            if field.is.is_some() == field.column.is_some() {
                return Err(wrong(format!("`[{name}]` has either `column` or `is`")));
            }
            if field.is.is_some() && !(field.words.is_empty() && field.set_aside.is_empty()) {
                return Err(wrong(format!(
                    "`[{name}]` is the same for every row, so `words` and `set-aside` say nothing"
                )));
            }
            let only = [
                ("format", field.format.is_some(), "happened"),
                ("thousands", field.thousands.is_some(), "amount"),
                ("decimal", field.decimal.is_some(), "amount"),
            ];
            if let Some((key, _, of)) = only.into_iter().find(|(_, is, of)| *is && name != of) {
                return Err(wrong(format!("`{key}` stands under `[{of}]`, not under `[{name}]`")));
            }
        }
        let delimiter = file.delimiter.unwrap_or(',');
        let delimiter = u8::try_from(delimiter).ok().filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
        let delimiter = delimiter.ok_or_else(|| wrong("`delimiter` is one sign, such as `;` or a tab".to_owned()))?;
        Ok(PledgeMapping { delimiter, sheet: file.sheet, fields: file.fields })
    }

    /// The columns that the table must have.
    pub(super) fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.fields.values().filter_map(|field| field.column.as_deref()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// What a row holds in one of our columns; nothing where the mapping does not name it.
    pub(super) fn of(&self, name: &str, cell: impl Fn(&str) -> String) -> Result<Mapped, String> {
        let Some(field) = self.fields.get(name) else { return Ok(Mapped::Text(String::new())) };
        let Some(column) = &field.column else { return Ok(Mapped::Text(field.is.clone().unwrap_or_default())) };
        let text = cell(column);
        if field.set_aside.contains(&text) {
            return Ok(Mapped::Aside);
        }
        let mut text = field.words.get(&text).cloned().unwrap_or(text);
        if let Some(sign) = field.thousands.as_deref().filter(|sign| !sign.is_empty()) {
            text = text.replace(sign, "");
        }
        if let Some(sign) = field.decimal.as_deref().filter(|sign| !sign.is_empty()) {
            text = text.replace(sign, ".");
        }
        if let Some(format) = field.format.as_deref().filter(|_| !text.is_empty()) {
            let day = Date::strptime(format, &text)
                .map_err(|_| format!("`{text}` in `{column}` is not written as `{format}`"))?;
            text = day.to_string();
        }
        Ok(Mapped::Text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "delimiter = \";\"\n[commitment]\ncolumn = \"Item\"\nwords = { \"Field kits\" = \"kits\" }\n[what]\ncolumn = \"Status\"\n\
        set-aside = [\"cancelled\"]\n[by]\nis = \"Corvania\"\n[amount]\ncolumn = \"Number\"\nthousands = \".\"\ndecimal = \",\"\n[unit]\nis = \"kits\"\n\
        [happened]\ncolumn = \"Date\"\nformat = \"%d.%m.%Y\"\n";

    #[test]
    fn a_row_is_read_as_the_mapping_says() {
        let mapping = PledgeMapping::parse(WHOLE).expect("a mapping");
        assert_eq!(mapping.columns(), ["Date", "Item", "Number", "Status"]);
        let row = |column: &str| match column {
            "Item" => "Field kits",
            "Number" => "1.200,5",
            "Date" => "02.03.2026",
            _ => "sent",
        };
        let check = |name: &str| match mapping.of(name, |column| row(column).to_owned()) {
            Ok(Mapped::Text(text)) => text,
            Ok(Mapped::Aside) => "aside".to_owned(),
            Err(why) => why,
        };
        let all = ["commitment", "what", "by", "amount", "unit", "happened", "note"].map(check);
        assert_eq!(all, ["kits", "sent", "Corvania", "1200.5", "kits", "2026-03-02", ""]);
        assert!(matches!(mapping.of("what", |_| "cancelled".to_owned()), Ok(Mapped::Aside)));
        let wrong = mapping.of("happened", |_| "soon".to_owned()).err();
        assert_eq!(wrong.as_deref(), Some("`soon` in `Date` is not written as `%d.%m.%Y`"));
    }

    #[test]
    fn a_mapping_cannot_be_half_understood() {
        for (from, to, why) in [
            ("[unit]\nis = \"kits\"\n", "", "`[unit]` is missing"),
            ("[by]\nis = \"Corvania\"", "[by]", "either `column` or `is`"),
            ("is = \"Corvania\"", "is = \"Corvania\"\nwords = { a = \"b\" }", "the same for every row"),
            ("[by]", "[giver]\nis = \"x\"\n[by]", "`[giver]` is no column of pledges"),
            ("format = ", "colour = ", "unknown field"),
            ("decimal = \",\"", "format = \"%Y\"", "stands under `[happened]`"),
            ("delimiter = \";\"", "delimiter = \"x\"", "one sign"),
        ] {
            let text = WHOLE.replace(from, to);
            assert_ne!(text, WHOLE);
            let error = PledgeMapping::parse(&text).expect_err(&text).to_string();
            assert!(error.contains(why), "{text}\n{error}");
        }
    }
}
