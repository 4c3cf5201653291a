//! What starts, ends or discharges something: patterns of deeds and breaches.
//!
//! Takes and gives plain values; `matching` holds them against what was done. Written as the page writes them.

use super::deed::DeedKind;
use crate::fact::Footing;
use std::fmt;
use terms::{Instant, Label, Party};

/// What starts a clock or ends a commitment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// Such a deed.
    Deed(DeedPattern),
    /// A breach.
    Breach {
        /// Of one of these rules; of any where there are none.
        rules: Vec<Label>,
        /// By whom; by anyone without it.
        by: Option<Party>,
        /// Known at least on this footing.
        footing: Footing,
    },
    /// Another clock ran out.
    Expiry(Label),
    /// Another clock was discharged, in time or late.
    Discharge(Label),
    /// A fixed instant.
    Moment(Instant),
}

/// A kind of deed, by whom, to whom, about what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeedPattern {
    /// What was done.
    pub what: DeedKind,
    /// By whom; by anyone without it.
    pub by: Option<Party>,
    /// To or with whom; to anyone without it.
    pub to: Option<Party>,
    /// About what; about anything without it.
    pub about: Option<Label>,
    /// About another deed, which is such a one: of a receipt, what was received.
    pub of: Option<Box<DeedPattern>>,
}

impl fmt::Display for DeedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what.word())?;
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        if let Some(to) = &self.to {
            write!(f, " to {to}")?;
        }
        if let Some(about) = &self.about {
            write!(f, " about {about}")?;
        }
        if let Some(of) = &self.of {
            write!(f, " of {of}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trigger::Deed(pattern) => pattern.fmt(f),
            Trigger::Breach { rules, by, footing } => {
                f.write_str("breach")?;
                if !rules.is_empty() {
                    let rules: Vec<&str> = rules.iter().map(Label::as_str).collect();
                    write!(f, " of {}", rules.join(" or "))?;
                }
                if let Some(by) = by {
                    write!(f, " by {by}")?;
                }
                match footing {
                    Footing::Proposed => Ok(()),
                    Footing::Alleged | Footing::Established | Footing::Ruled => write!(f, " {}", footing.word()),
                }
            }
            Trigger::Expiry(clock) => write!(f, "expiry of {clock}"),
            Trigger::Discharge(clock) => write!(f, "discharge of {clock}"),
            Trigger::Moment(instant) => write!(f, "at {instant}"),
        }
    }
}
