//! Observations to incidents: which reports are of one happening, and how sure that it happened.
//!
//! Takes observations and the sources they come from; gives a partition of the observations into [`Incident`]s, each
//! with a chance and with the reason for every join. The same set gives the same incidents in any order of arrival.
//! Never takes a party's statement for a sighting, and never overrules people.
//!
//! Two models stand here. [`partition()`] is a plain first one, which missions still use: gates in kind, time and space, a
//! vague report joined only where one incident alone can be meant. [`solve`] weighs every pair and every group by what
//! [`Parameters`] say of the sources, in whole numbers, and gives chances.

mod gate;
mod incident;
mod partition;

mod fixed;

mod datum;
mod gazetteer;
mod parameters;

mod clock;
mod weigh;

mod candidates;
mod link;
mod survey;

mod existence;
mod posterior;

mod fit;

pub use datum::{Datum, KIND_UNKNOWN, KINDS};
pub use existence::FEATURES;
pub use fit::{calibrate, fit, weigh_existence};
pub use gazetteer::Gazetteer;
pub use incident::{Incident, Join};
pub use parameters::{CLASSES, Class, Lag, Manner, ParameterError, Parameters, Placing};
pub use partition::{neighbourhoods, partition};
pub use posterior::{Solved, solve, weigh_pair};
pub use weigh::{Model, Terms};
