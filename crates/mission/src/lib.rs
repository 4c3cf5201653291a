//! The walk: entries folded into state, and views of that state as of an instant, for one reader.
//!
//! Takes entries in log order; gives a [`View`]: incidents, verdicts, clocks and coverage with everything they rest on.
//! Never reads a clock, a file or the ledger: entry index and instants arrive as arguments. Restart, replay, audit and
//! tests run the same [`Mission::apply`].

pub mod record;

mod state;

mod absent;
mod alerts;
mod custody;
mod grouping;
mod guarantees;
mod incident;
mod margin;
mod standings;
mod totals;
mod versions;
mod view;
mod watching;

mod history;

mod derived;

mod derivation;
mod run_receipt;

pub use absent::{Absent, Closed, Order};
pub use alerts::AlertStand;
pub use custody::{Custody, Exhibit};
pub use derivation::{Derivation, VerdictStream};
pub use derived::Stream;
pub use guarantees::{Guarantees, Onlooker, Page};
pub use history::{Account, Because, History, Stands, Step, Strip, Why};
pub use incident::{Bearing, SeenIncident, answer, why};
pub use margin::margin;
pub use run_receipt::{Run, RunReceipt};
pub use standings::Kept;
pub use state::{Adopted, Held, Mission, Trouble};
pub use totals::{Answer, Arithmetic, Part};
pub use versions::{Amendment, Former};
pub use view::{CheckedTotal, Claim, Moment, Reader, SectorCoverage, View, acts_on_the_ground};
