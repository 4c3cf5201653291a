//! The datum: an observation as the scores see it, on a plane and in whole numbers.
//!
//! Takes what an adapter made of an observation; gives a value that can be ordered. Never knows an address or a name.

/// How many kinds of happening the tables can tell apart; the label after the last one says "not known".
pub const KINDS: usize = 6;
/// The label of a report that does not say of what kind it was.
pub const KIND_UNKNOWN: u8 = KINDS as u8;

/// One observation in the terms of the model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Datum {
    /// Sixty bits of what it says; ties are broken by it.
    pub id: u64,
    /// The way of reporting: kind of source, manner of place, manner of time. An index into the parameters.
    pub manner: u8,
    /// The source, numbered in the order of the sources' names.
    pub source: u16,
    /// Label of the kind, [`KIND_UNKNOWN`] where it is not said.
    pub kind: u8,
    /// How many; zero where it is not said.
    pub count: u32,
    /// What was hit, as a number that is equal for equal names; zero where it is not said.
    pub object: u32,
    /// By whom, likewise.
    pub by: u32,
    /// East and north on the plane, in units of 10 metres: the middle of what is stated.
    pub at: [i32; 2],
    /// Stated covariance xx, xy, yy in units of 100 square metres.
    pub spread: [i64; 3],
    /// The stated instant, or the middle of the stated day, seconds.
    pub time_s: i64,
}

impl Datum {
    /// Place and time in a manner: what one report has exactly as another that repeats it.
    pub(crate) fn said(&self) -> (u8, [i32; 2], i64) {
        (self.manner, self.at, self.time_s)
    }
}
