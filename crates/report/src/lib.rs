//! Pure renderings of a [`mission::View`]: the daily bulletin as HTML, Markdown, JSON and CSV, and its map.
//!
//! Takes a view, a day and a basemap; gives text. The four formats are four writings of one [`Bulletin`], so their
//! numbers cannot disagree. Never sees more than the view, so it cannot leak; never a count without its coverage.

pub mod table;

mod bulletin;
mod claims;
mod clauses;
mod coverage;
mod day;
mod incidents;
mod sources;

mod csv;
mod files;
mod html;
mod json;
mod map;
mod markdown;

mod basemap;

pub mod publication;

pub use basemap::{Country, shapes};
pub use bulletin::{Bulletin, Section, daily};
pub use claims::arithmetic_words;
pub use csv::{csv, guarded};
pub use day::Day;
pub use files::{File, files};
pub use html::html;
pub use json::json;
pub use map::{Basemap, MapPlace, MapRegion};
pub use markdown::markdown;

/// Where the log stood when a bulletin was made: printed last, and the only part of a bulletin that depends on the order
/// in which its facts arrived (`docs/decisions/0005-body-and-seal.md`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// The log's origin line.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash, base64.
    pub root: String,
}
