//! Observations to incidents: which reports are of one happening, and how sure that it happened.
//!
//! Takes observations and the sources they come from; gives a partition of the observations into [`Incident`]s, each
//! with a chance and with the reason for every join. The same set gives the same incidents in any order of arrival.
//! Never takes a party's statement for a sighting, and never overrules people.
//!
//! The model is a plain first one: gates in kind, time and space, precise reports first, a vague report joined only
//! where one incident alone can be meant; sources of one voice count once.

mod gate;
mod incident;
mod partition;

pub use incident::{Incident, Join};
pub use partition::partition;
