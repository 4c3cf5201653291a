//! Observations to incidents: which reports are of one happening, and how sure that it happened.
//!
//! Takes observations and the sources they come from; gives a partition of the observations into [`Incident`]s, each
//! with a chance and with how each report belongs to it. The same set gives the same incidents in any order of arrival.
//! Never takes a party's statement for a sighting, and never overrules people.
//!
//! [`partition()`] is the way from a mission's observations to its incidents; [`solve`] is the model under it, which weighs
//! every pair and every group by what [`Parameters`] say of the sources, in whole numbers.

mod incident;
mod meeting;
mod partition;
mod projection;
mod silence;

mod citation;
mod voice;
mod words;

mod fixed;

mod datum;
mod gazetteer;
mod parameters;

mod clock;
mod weigh;

mod background;
mod candidates;
mod groups;
mod link;
mod lists;

mod existence;
mod pool;
mod posterior;

mod fit;
mod learn;

pub use datum::{Datum, KIND_UNKNOWN, KINDS};
pub use existence::FEATURES;
pub use fit::{calibrate, fit, weigh_existence};
pub use gazetteer::Gazetteer;
pub use incident::{Alternative, Incident, Join, Ordered, Otherwise};
pub use learn::learn;
pub use meeting::{Ellipse, Meeting, Region, meeting};
pub use parameters::{CLASSES, Class, Lag, Manner, ParameterError, Parameters, Placing};
pub use partition::{Known, Orders, Pools, Received, neighbourhoods, partition, why};
pub use pool::Pool;
pub use posterior::{Solved, solve, weigh_pair};
pub use voice::{Sameness, Spoken};
pub use weigh::{Model, Terms};
