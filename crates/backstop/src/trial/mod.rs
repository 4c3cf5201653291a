//! Trials: fusion on observations of which it is known which belong together.
//!
//! Takes a file of such observations and runs the model over it without that column; gives how well the two agree. Never
//! shows the model the truth, and never writes to a store.

mod count;
mod lists;
mod looks;
mod measure;
mod model;
mod posts;
mod rows;

pub use count::{Counted, count};
pub use lists::{Choice, Entry, Taxonomy, Window, matched, pairs, read_list, read_taxonomy, reported};
pub use looks::{Trial, Weighed, weigh};
pub use measure::{Agreement, Bin, Calibration, Measured, Shares, calibrate, measure};
pub use model::{Prepared, PreparedError, prior};
pub use posts::{Post, chained, disturbed, grouped, joined_pairs, learned, read_posts, truths, why_two};
pub use rows::{Row, RowError, SOURCE_KINDS, Told, read};

use std::collections::BTreeMap;
use terms::Chance;

/// What a model made of the rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The group of each row.
    pub groups: Vec<u32>,
    /// For each group the chance that it happened, where the model says so.
    pub chances: Option<BTreeMap<u32, Chance>>,
    /// Pairs of rows with the chance that they tell of one happening, where the model says so.
    pub pairs: Option<Vec<(u32, u32, Chance)>>,
}
