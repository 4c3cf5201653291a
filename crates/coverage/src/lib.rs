//! Coverage: who looked where and when, and what they would have seen.
//!
//! Takes efforts, and what is believed of how well each means sees each act; gives the share of ground and time that was
//! watched, and the chance that a happening there would have been seen. Never reads a quiet from an absence of reports, and never
//! counts a party among those who watch.

mod cells;
mod watched;

mod detection;
mod sun;

mod seen;

mod fit;
mod survey;

pub use detection::{Acuity, Detection, DetectionError, LEVELS};
pub use fit::{Glimpse, History, Least, fit};
pub use seen::{Seen, Watched, seen, seen_at};
pub use survey::{Lost, Post, Survey, SurveyedCell, survey};
pub use watched::{Blind, BlindWhy, Coverage, Looks, coverage};

#[cfg(test)]
mod tests;
