//! Probabilities in fixed point.
//!
//! Takes and gives parts per million, so that every machine has the same bits. Never a float, never a bare percentage.

use std::fmt;

/// A probability in parts per million, 0 to 1 000 000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Chance(u32);

impl Chance {
    /// It cannot be.
    pub const NEVER: Chance = Chance(0);
    /// It is so.
    pub const CERTAIN: Chance = Chance(1_000_000);

    /// The chance, or `None` above one million.
    #[must_use]
    pub const fn from_ppm(ppm: u32) -> Option<Chance> {
        if ppm <= 1_000_000 { Some(Chance(ppm)) } else { None }
    }

    /// `part` of `whole`, rounded down; `None` when the whole is zero or smaller than the part.
    #[must_use]
    pub fn share(part: u64, whole: u64) -> Option<Chance> {
        if whole == 0 || part > whole {
            return None;
        }
        let ppm = u128::from(part) * 1_000_000 / u128::from(whole);
        Some(Chance(u32::try_from(ppm).expect("invariant: a share is at most one million")))
    }

    /// Parts per million.
    #[must_use]
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// That it is not so.
    #[must_use]
    pub const fn not(self) -> Chance {
        Chance(1_000_000 - self.0)
    }

    /// That both are so, if they are independent; rounded half up.
    #[must_use]
    pub fn and(self, other: Chance) -> Chance {
        let product = (u64::from(self.0) * u64::from(other.0) + 500_000) / 1_000_000;
        Chance(u32::try_from(product).expect("invariant: a product of chances is a chance"))
    }

    /// That at least one is so, if they are independent.
    #[must_use]
    pub fn or(self, other: Chance) -> Chance {
        self.not().and(other.not()).not()
    }

    /// The word that goes with the number (interface conventions: words, range and reason, never a bare percentage).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self.0 {
            0..=50_000 => "almost certainly not",
            50_001..=250_000 => "unlikely",
            250_001..=550_000 => "about as likely as not",
            550_001..=800_000 => "likely",
            800_001..=950_000 => "very likely",
            950_001.. => "almost certain",
        }
    }
}

/// Percent, rounded to the nearest whole; `<1 %` and `>99 %` at the ends, so that no doubt is rounded away.
impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => write!(f, "0 %"),
            1_000_000 => write!(f, "100 %"),
            1..10_000 => write!(f, "<1 %"),
            990_001..1_000_000 => write!(f, ">99 %"),
            ppm => write!(f, "{} %", (ppm + 5_000) / 10_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_not_rounded_away() {
        let shown = |ppm| Chance::from_ppm(ppm).map(|c| c.to_string());
        assert_eq!(shown(0).as_deref(), Some("0 %"));
        assert_eq!(shown(1).as_deref(), Some("<1 %"));
        assert_eq!(shown(999_999).as_deref(), Some(">99 %"));
        assert_eq!(shown(565_000).as_deref(), Some("57 %"));
        assert_eq!(shown(1_000_001), None);
    }

    proptest::proptest! {
        #[test]
        fn two_voices_are_never_less_sure_than_one(a in 0u32..=1_000_000, b in 0u32..=1_000_000) {
            let (a, b) = (Chance(a), Chance(b));
            proptest::prop_assert!(a.or(b) >= a.max(b));
            proptest::prop_assert!(a.and(b) <= a.min(b));
            proptest::prop_assert_eq!(a.or(b), b.or(a));
        }
    }
}
