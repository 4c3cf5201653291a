//! The record: what an entry looks like for ever.
//!
//! Takes bodies and gives canonical payloads, commitments and signed envelopes, and the way back. Old entries always
//! load. Never touches the log: that is opaque bytes to it.

pub mod canonical;
pub mod commitment;
pub mod envelope;
pub mod hex;
pub mod opened;
pub mod payloads;
pub mod sequence;

mod admitted;
mod alert;
mod detection;
mod entitlement;
pub(crate) mod fields;
mod grouping;
mod guarantees;
mod handover;
mod notice;
pub(crate) mod observation;
mod redaction;

pub mod publication;

pub mod body;
pub mod evidence;

pub use body::Body;
pub use fields::FieldError;
pub use observation::{named_effort, named_observation};
