//! Typeset: a template of the house and what it is to say, as PDF for paper and for archives.
//!
//! Takes strings and numbers as JSON, and an instant; gives tagged PDF/A, of the same bytes on every machine. What is said
//! never becomes markup, a file or an address: it reaches the template as one string of JSON. Never reads a clock, a file
//! or the fonts of the machine.
//!
//! The only crate that knows Typst, which is most of what is compiled.

mod legible;
mod world;

use serde_json::Value;
use std::fmt;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use legible::Legible;

/// A template of the house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Template {
    /// What concerns one guarantor, on pages of A4.
    Brief,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Template::Brief => include_str!("../templates/brief.typ"),
        }
    }
}

/// The date that a document bears: year, month, day, hour, minute, second, in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dated {
    /// The year, from 0 to 9999.
    pub year: i32,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// From 0.
    pub hour: u8,
    /// From 0.
    pub minute: u8,
    /// From 0.
    pub second: u8,
}

/// A document as set.
pub struct Sheets {
    /// How many pages it has.
    pub pages: usize,
    document: PagedDocument,
}

/// Why nothing could be set.
#[derive(Debug)]
pub struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the pages cannot be set: {}; please report it", self.0)
    }
}

impl std::error::Error for Fault {}

/// Sets a template with what it is to say.
///
/// # Errors
/// If the template asks for something that is not said. Whatever strings are said, they are set.
pub fn set(template: Template, said: &Value) -> Result<Sheets, Fault> {
    let world = world::World::of(template.text(), said);
    let compiled = typst::compile::<PagedDocument>(&world);
    // What is remembered helps only whoever sets the same again, and would grow with every brief that a server gives.
    typst::comemo::evict(0);
    let document = compiled.output.map_err(|errors| fault(&errors))?;
    Ok(Sheets { pages: document.pages().len(), document })
}

impl Sheets {
    /// The document as PDF/A-2a (ISO 19005-2) that also keeps PDF/UA-1 (ISO 14289-1).
    ///
    /// # Errors
    /// If it cannot be archived: a letter that no face has, say; [`Legible`] keeps those out.
    pub fn pdf(&self, dated: Dated) -> Result<Vec<u8>, Fault> {
        let Dated { year, month, day, hour, minute, second } = dated;
        let date = Datetime::from_ymd_hms(year, month, day, hour, minute, second);
        let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]);
        let options = PdfOptions {
            creator: Smart::Custom(Some("Backstop".to_owned())),
            timestamp: date.map(Timestamp::new_utc),
            standards: standards.map_err(|error| Fault(error.message().to_string()))?,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&self.document, &options).map_err(|errors| fault(&errors))
    }
}

fn fault(errors: &[typst::diag::SourceDiagnostic]) -> Fault {
    let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    Fault(said.join("; "))
}
