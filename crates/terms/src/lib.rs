//! The shared nouns of Backstop: what every layer above may speak of.
//!
//! Takes nothing but numbers and words; gives types that cannot be wrong: instants and spans, places with their
//! uncertainty, areas and lines, parties, acts, counts, grades, chances, ids, and from them the observation, the effort
//! and the source. Never reads a clock, a file or the environment; never serialises (that is the work of the rims).

pub mod time;

pub mod area;
pub mod place;
pub mod stripes;
pub mod wedge;

pub mod act;
pub mod chance;
pub mod count;
pub mod grade;
pub mod id;
pub mod name;

pub mod effort;
pub mod observation;
pub mod source;

pub use act::Act;
pub use area::{Area, Bounds, Line, Side};
pub use chance::Chance;
pub use count::Count;
pub use effort::{Effort, Outcome};
pub use grade::Grade;
pub use id::{EffortId, IncidentId, ObservationId};
pub use name::{Label, Party, SourceId};
pub use observation::{Means, Observation};
pub use place::{Place, Position, Shape};
pub use source::{Release, Source, SourceKind};
pub use stripes::Stripes;
pub use time::{Instant, Precision, Span};
pub use wedge::{Wedge, WedgeError};
