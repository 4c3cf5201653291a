//! Chances of chances: how likely it is that all, any, or so many of several things are so.
//!
//! Takes chances and counts; gives the two bounds that hold whatever depends on what (Fréchet, and for counts Rüger), and
//! between them the value if nothing depends on anything. Never a float; the order of what is given cannot show.

use std::collections::BTreeMap;
use std::fmt;
use terms::Chance;

/// How likely something is, without a claim that things are independent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Odds {
    /// No less than this, whatever depends on what.
    pub least: Chance,
    /// So much, if nothing depends on anything. What may not match at all is left out of it.
    pub independent: Chance,
    /// No more than this, whatever depends on what.
    pub most: Chance,
}

/// One in millionths.
const ONE: u32 = 1_000_000;
/// One in the units of intermediate steps, so that their rounding does not reach the millionths.
const FINE: u128 = 1_000_000_000_000_000;
/// Sums of counts are told apart up to so many.
const SUMS_MOST: usize = 20_000;

impl Odds {
    /// It cannot be.
    pub const NEVER: Odds = Odds { least: Chance::NEVER, independent: Chance::NEVER, most: Chance::NEVER };
    /// It is so.
    pub const CERTAIN: Odds = Odds { least: Chance::CERTAIN, independent: Chance::CERTAIN, most: Chance::CERTAIN };

    /// Of something that surely counts if it is so.
    #[must_use]
    pub fn of(chance: Chance) -> Odds {
        Odds { least: chance, independent: chance, most: chance }
    }

    /// The same for something that may not count even if it is so.
    #[must_use]
    pub fn perhaps(self) -> Odds {
        Odds { least: Chance::NEVER, independent: Chance::NEVER, most: self.most }
    }

    /// That it is missing, where it may have been there unseen.
    #[must_use]
    pub fn unseen(self, may_be: bool) -> Odds {
        if may_be { Odds { least: Chance::NEVER, ..self } } else { self }
    }

    /// That it is not so.
    #[must_use]
    pub fn contrary(self) -> Odds {
        Odds { least: self.most.not(), independent: self.independent.not(), most: self.least.not() }
    }

    /// That all are so: max(0, sum - (n - 1)), the product, and the least of all.
    #[must_use]
    pub fn all(of: &[Odds]) -> Odds {
        let short: u64 = of.iter().map(|odds| u64::from(odds.least.not().ppm())).sum();
        let independent = product(of.iter().map(|odds| odds.independent).collect());
        let most = of.iter().map(|odds| odds.most).min().unwrap_or(Chance::CERTAIN);
        Odds { least: capped(short).not(), independent, most }
    }

    /// That at least one is so: the greatest of all, 1 - product of the rest, and min(1, sum).
    #[must_use]
    pub fn any(of: &[Odds]) -> Odds {
        let none: Vec<Odds> = of.iter().map(|odds| odds.contrary()).collect();
        Odds::all(&none).contrary()
    }

    /// That those that are so count at least `needed`; each counts at least and at most as said (`None`: any number).
    /// Nothing where more than 20,000 sums would have to be told apart.
    #[must_use]
    pub fn at_least(needed: u64, of: &[(Odds, u64, Option<u64>)]) -> Option<Odds> {
        if needed == 0 {
            return Some(Odds::CERTAIN);
        }
        let capped = |count: Option<u64>| count.map_or(needed, |count| count.min(needed));
        let mut surely: Vec<(Chance, u64)> =
            of.iter().map(|(odds, least, _)| (odds.independent, capped(Some(*least)))).collect();
        surely.sort_unstable();
        let lower: Vec<(Chance, u64)> = of.iter().map(|(odds, least, _)| (odds.least, capped(Some(*least)))).collect();
        let upper: Vec<(Chance, u64)> = of.iter().map(|(odds, _, most)| (odds.most, capped(*most))).collect();
        // Too few are so exactly where enough of the rest are not so.
        let whole: u64 = lower.iter().map(|(_, count)| count).sum();
        let least = match (whole + 1).checked_sub(needed).filter(|_| whole >= needed) {
            None => Chance::NEVER,
            Some(enough) => {
                let nots: Vec<(Chance, u64)> = lower.iter().map(|(chance, count)| (chance.not(), *count)).collect();
                no_more_than(enough, nots).not()
            }
        };
        let independent = tail(needed, &surely)?;
        Some(Odds { least: least.min(independent), independent, most: no_more_than(needed, upper).max(independent) })
    }
}

/// `60 %`, `at most 70 %`, `cannot be told` (0 to 100 %), or `between 10 % and 70 %; 28 % if all are independent`.
impl fmt::Display for Odds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Odds { least, independent, most } = self;
        if least == most {
            return write!(f, "{least}");
        }
        if *least == Chance::NEVER && *most == Chance::CERTAIN {
            return f.write_str("cannot be told");
        }
        if *independent == Chance::NEVER {
            return write!(f, "at most {most}");
        }
        write!(f, "between {least} and {most}; {independent} if all are independent")
    }
}

fn capped(ppm: u64) -> Chance {
    let ppm = u32::try_from(ppm).unwrap_or(ONE).min(ONE);
    Chance::from_ppm(ppm).expect("invariant: no more than one million")
}

/// `a / b`, rounded half to even.
fn divided(a: u128, b: u128) -> u128 {
    let (whole, rest) = (a / b, a % b);
    let up = rest * 2 > b || rest * 2 == b && whole % 2 == 1;
    whole + u128::from(up)
}

fn fine(chance: Chance) -> u128 {
    u128::from(chance.ppm()) * (FINE / u128::from(ONE))
}

fn coarse(fine: u128) -> Chance {
    let ppm = divided(fine, FINE / u128::from(ONE));
    capped(u64::try_from(ppm).unwrap_or(u64::from(ONE)))
}

/// The product, in order of size.
fn product(mut chances: Vec<Chance>) -> Chance {
    chances.sort_unstable();
    coarse(chances.into_iter().fold(FINE, |all, chance| divided(all * fine(chance), FINE)))
}

/// The chance that independent things count at least `needed` together; each counts `needed` at most.
fn tail(needed: u64, of: &[(Chance, u64)]) -> Option<Chance> {
    let mut below: BTreeMap<u64, u128> = BTreeMap::from([(0, FINE)]);
    for (chance, count) in of {
        let mut next: BTreeMap<u64, u128> = BTreeMap::new();
        for (sum, likely) in below {
            let so = divided(likely * fine(*chance), FINE);
            *next.entry(sum).or_default() += likely - so;
            if sum + count < needed {
                *next.entry(sum + count).or_default() += so;
            }
        }
        below = next;
        if below.len() > SUMS_MOST {
            return None;
        }
    }
    Some(coarse(FINE.saturating_sub(below.values().sum())))
}

/// The least upper bound that sums of chances give for "they count at least `needed`": with the likeliest left out one
/// after the other (Rüger 1978, there for counts of one; Markov's inequality for any).
fn no_more_than(needed: u64, mut of: Vec<(Chance, u64)>) -> Chance {
    of.sort_unstable_by(|a, b| b.cmp(a));
    let mut weighed: u128 = of.iter().map(|(chance, count)| u128::from(chance.ppm()) * u128::from(*count)).sum();
    let (mut bound, mut left) = (Chance::CERTAIN, needed);
    for (chance, count) in of.iter().map(|(chance, count)| (chance.ppm(), *count)).chain([(0, 0)]) {
        let least = capped(u64::try_from(weighed.div_ceil(u128::from(left))).unwrap_or(u64::MAX));
        bound = bound.min(least);
        weighed -= u128::from(chance) * u128::from(count);
        match left.checked_sub(count).filter(|left| *left > 0) {
            Some(rest) => left = rest,
            None => break,
        }
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn odds(ppm: u32) -> Odds {
        Odds::of(Chance::from_ppm(ppm).unwrap())
    }

    fn ppm(odds: Odds) -> (u32, u32, u32) {
        (odds.least.ppm(), odds.independent.ppm(), odds.most.ppm())
    }

    #[test]
    fn any_and_all_by_hand() {
        let two = [odds(600_000), odds(500_000)];
        assert_eq!(ppm(Odds::any(&two)), (600_000, 800_000, 1_000_000));
        assert_eq!(ppm(Odds::all(&two)), (100_000, 300_000, 500_000));
        let three = [odds(900_000), odds(900_000), odds(900_000)];
        assert_eq!(ppm(Odds::all(&three)), (700_000, 729_000, 900_000));
        assert_eq!(ppm(Odds::any(&[odds(10_000), odds(20_000)])), (20_000, 29_800, 30_000));
        assert_eq!(Odds::any(&[]), Odds::NEVER);
        assert_eq!(Odds::all(&[]), Odds::CERTAIN);
        assert_eq!(ppm(Odds::any(&[odds(600_000), odds(500_000).perhaps()])), (600_000, 600_000, 1_000_000));
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(product(vec![Chance::from_ppm(1).unwrap(), Chance::from_ppm(500_000).unwrap()]).ppm(), 0);
        assert_eq!(product(vec![Chance::from_ppm(3).unwrap(), Chance::from_ppm(500_000).unwrap()]).ppm(), 2);
        assert_eq!(product(vec![Chance::from_ppm(5).unwrap(), Chance::from_ppm(500_000).unwrap()]).ppm(), 2);
    }

    #[test]
    fn so_many_of_several_by_hand() {
        let one = |ppm| (odds(ppm), 1, Some(1));
        let halves = [one(500_000), one(500_000), one(500_000)];
        // 3/8 + 1/8; 1.5 / 2; and 1 - 1.5 / 2.
        assert_eq!(ppm(Odds::at_least(2, &halves).unwrap()), (250_000, 500_000, 750_000));
        assert_eq!(ppm(Odds::at_least(4, &halves).unwrap()), (0, 0, 0));
        assert_eq!(Odds::at_least(0, &halves).unwrap(), Odds::CERTAIN);
        // Two of 0.9, 0.2, 0.1: without the likeliest one of 0.2 and 0.1 must be so.
        let uneven = [one(900_000), one(200_000), one(100_000)];
        assert_eq!(ppm(Odds::at_least(2, &uneven).unwrap()), (100_000, 254_000, 300_000));
        // Five soldiers or more in two sightings of three: both, 0.6 times 0.5.
        let sightings = [(odds(600_000), 3, Some(3)), (odds(500_000), 3, Some(3))];
        let both = Odds::at_least(5, &sightings).unwrap();
        assert_eq!(both.independent.ppm(), 300_000);
        assert!(both.least.ppm() <= 100_000 && both.most.ppm() >= 500_000);
        // Any number may be enough alone.
        assert_eq!(ppm(Odds::at_least(5, &[(odds(600_000), 1, None)]).unwrap()), (0, 0, 600_000));
    }

    #[test]
    fn one_of_several_is_any() {
        let each = [odds(123_456), odds(654_321), odds(777_777)];
        let of: Vec<(Odds, u64, Option<u64>)> = each.iter().map(|odds| (*odds, 1, Some(1))).collect();
        assert_eq!(Odds::at_least(1, &of).unwrap(), Odds::any(&each));
        assert_eq!(Odds::at_least(3, &of).unwrap(), Odds::all(&each));
    }

    /// The chance of "at least `needed`" where one throw decides all: the most dependent world there is.
    fn together(needed: u64, of: &[(u32, u64)]) -> u32 {
        let thrown = |at: u32| of.iter().filter(|(ppm, _)| *ppm > at).map(|(_, count)| count).sum::<u64>() >= needed;
        (0..ONE).step_by(1_000).filter(|at| thrown(*at)).count() as u32 * 1_000
    }

    /// The same where each takes the next free place of the circle: as exclusive as it can be.
    fn in_turn(needed: u64, of: &[(u32, u64)]) -> u32 {
        let mut places = vec![0_u64; 1_000];
        let mut next = 0;
        for (ppm, count) in of {
            for _ in 0..ppm / 1_000 {
                places[next % 1_000] += count;
                next += 1;
            }
        }
        places.iter().filter(|sum| **sum >= needed).count() as u32 * 1_000
    }

    proptest! {
        #[test]
        fn bounds_hold_the_value_and_order_does_not_show(
            given in proptest::collection::vec((0u32..=1000, 1u64..5, any::<bool>()), 0..9), needed in 0u64..12, turn in 0usize..9,
        ) {
            let mut of: Vec<(Odds, u64, Option<u64>)> = given
                .iter()
                .map(|(permille, count, sure)| {
                    let odds = odds(permille * 1_000);
                    (if *sure { odds } else { odds.perhaps() }, *count, Some(*count))
                })
                .collect();
            let first = Odds::at_least(needed, &of).unwrap();
            let singles: Vec<Odds> = of.iter().map(|(odds, ..)| *odds).collect();
            for odds in [first, Odds::any(&singles), Odds::all(&singles)] {
                prop_assert!(odds.least <= odds.independent && odds.independent <= odds.most, "{odds:?}");
            }
            let places = of.len().max(1);
            of.rotate_left(turn % places);
            of.reverse();
            let others: Vec<Odds> = of.iter().map(|(odds, ..)| *odds).collect();
            prop_assert_eq!(first, Odds::at_least(needed, &of).unwrap());
            prop_assert_eq!(Odds::any(&singles), Odds::any(&others));
            prop_assert_eq!(Odds::all(&singles), Odds::all(&others));
        }

        #[test]
        fn bounds_hold_in_worlds_where_all_depends(
            given in proptest::collection::vec((0u32..=1000, 1u64..5), 1..9), needed in 1u64..12,
        ) {
            let chances: Vec<(u32, u64)> = given.iter().map(|(permille, count)| (permille * 1_000, *count)).collect();
            let of: Vec<(Odds, u64, Option<u64>)> = chances.iter().map(|(ppm, count)| (odds(*ppm), *count, Some(*count))).collect();
            let bounds = Odds::at_least(needed, &of).unwrap();
            for world in [together(needed, &chances), in_turn(needed, &chances)] {
                prop_assert!(bounds.least.ppm() <= world && world <= bounds.most.ppm(), "{bounds:?} {world}");
            }
        }

        #[test]
        fn one_more_voice_never_makes_any_less_likely(given in proptest::collection::vec(0u32..=1_000_000, 0..9), more in 0u32..=1_000_000) {
            let mut of: Vec<Odds> = given.into_iter().map(odds).collect();
            let (any, all) = (Odds::any(&of), Odds::all(&of));
            of.push(odds(more));
            let (any_more, all_more) = (Odds::any(&of), Odds::all(&of));
            prop_assert!(any.least <= any_more.least && any.independent <= any_more.independent && any.most <= any_more.most);
            prop_assert!(all_more.least <= all.least && all_more.independent <= all.independent && all_more.most <= all.most);
        }
    }
}
