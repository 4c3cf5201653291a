//! How many.
//!
//! Takes a least, a best and a most; gives `5 (3-9)`, `>=2` or `not counted`, which are different things. Never a zero
//! that means "nobody looked": that is an [`crate::Effort`].

use std::fmt;

/// How many of something were seen or claimed. `None` means not said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Count {
    least: Option<u32>,
    best: Option<u32>,
    most: Option<u32>,
}

impl Count {
    /// Not counted.
    pub const UNKNOWN: Count = Count { least: None, best: None, most: None };

    /// The count, or `None` when least, best and most are out of order.
    #[must_use]
    pub fn new(least: Option<u32>, best: Option<u32>, most: Option<u32>) -> Option<Count> {
        let known: Vec<u32> = [least, best, most].into_iter().flatten().collect();
        known.is_sorted().then_some(Count { least, best, most })
    }

    /// Exactly `n`.
    #[must_use]
    pub fn exactly(n: u32) -> Count {
        Count { least: Some(n), best: Some(n), most: Some(n) }
    }

    /// `n` or more.
    #[must_use]
    pub fn at_least(n: u32) -> Count {
        Count { least: Some(n), best: None, most: None }
    }

    /// The smallest number that fits.
    #[must_use]
    pub fn least(self) -> Option<u32> {
        self.least
    }

    /// The number held most likely.
    #[must_use]
    pub fn best(self) -> Option<u32> {
        self.best
    }

    /// The largest number that fits.
    #[must_use]
    pub fn most(self) -> Option<u32> {
        self.most
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.best, self.most) {
            (Some(low), Some(best), Some(high)) if low == high => write!(f, "{best}"),
            (Some(low), Some(best), Some(high)) => write!(f, "{best} ({low}-{high})"),
            (Some(low), None, Some(high)) => write!(f, "{low}-{high}"),
            (Some(low), None, None) => write!(f, ">={low}"),
            (None, None, Some(high)) => write!(f, "<={high}"),
            (Some(low), Some(best), None) => write!(f, "{best} (>={low})"),
            (None, Some(best), Some(high)) => write!(f, "{best} (<={high})"),
            (None, Some(best), None) => write!(f, "about {best}"),
            (None, None, None) => write!(f, "not counted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_different_strings() {
        assert_eq!(Count::new(Some(3), Some(5), Some(9)).expect("in order").to_string(), "5 (3-9)");
        assert_eq!(Count::at_least(2).to_string(), ">=2");
        assert_eq!(Count::exactly(0).to_string(), "0");
        assert_eq!(Count::UNKNOWN.to_string(), "not counted");
        assert_eq!(Count::new(Some(5), Some(3), None), None);
    }
}
