//! The count: how many happenings reports tell of, corrected for what may have been put together or apart wrongly.
//!
//! Takes what the model made of rows; gives a number with its spread, and never looks at the truth. A list of incidents is longer
//! than what happened, because a doubt keeps reports apart; the chances of pairs say by how much.

use super::Outcome;
use std::collections::BTreeMap;

/// How many happenings, and how sure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Counted {
    /// The expected number.
    pub expected: f64,
    /// Its standard deviation, as if groups erred apart from one another and the chances were right.
    pub spread: f64,
}

/// The expected number of happenings that did happen; nothing where the model gives no chances.
///
/// Each group counts by the chance that it happened. Each pair of groups is one less by the chance that they are one, and each
/// report one more by the chance that it does not belong to its group, but for the share of the group that it is itself.
#[must_use]
pub fn count(outcome: &Outcome) -> Option<Counted> {
    let (chances, pairs) = (outcome.chances.as_ref()?, outcome.pairs.as_ref()?);
    let groups = &outcome.groups;
    let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
    for group in groups {
        *sizes.entry(*group).or_default() += 1.0;
    }
    let mut own = vec![0.0; groups.len()];
    let mut between: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for (a, b, chance) in pairs {
        let weight = f64::from(chance.ppm()) / 1e6;
        let [one, two] = [a, b].map(|at| groups[*at as usize]);
        if one == two {
            own[*a as usize] += weight;
            own[*b as usize] += weight;
        } else {
            *between.entry((one.min(two), one.max(two))).or_default() += weight;
        }
    }
    let (mut expected, mut variance) = (0.0, 0.0);
    for chance in chances.values() {
        let happened = f64::from(chance.ppm()) / 1e6;
        expected += happened;
        variance += happened * (1.0 - happened);
    }
    for ((one, two), weight) in &between {
        let same = weight / (sizes[one] * sizes[two]);
        expected -= same;
        variance += same * (1.0 - same);
    }
    for (group, own) in groups.iter().zip(own).filter(|(group, _)| sizes[group] > 1.0) {
        let apart = 1.0 - own / (sizes[group] - 1.0);
        let more = 1.0 - 1.0 / sizes[group];
        expected += f64::from(chances.get(group)?.ppm()) / 1e6 * apart * more;
        variance += apart * (1.0 - apart) * more * more;
    }
    Some(Counted { expected, spread: libm::sqrt(variance) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::Chance;

    fn check(groups: &[u32], pairs: &[(u32, u32, u32)], chance_ppm: u32, expected: f64) {
        let chance = |ppm| Chance::from_ppm(ppm).expect("a chance");
        let outcome = Outcome {
            groups: groups.to_vec(),
            chances: Some(groups.iter().map(|group| (*group, chance(chance_ppm))).collect()),
            pairs: Some(pairs.iter().map(|(a, b, ppm)| (*a, *b, chance(*ppm))).collect()),
        };
        let found = count(&outcome).expect("chances were given").expected;
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }

    #[test]
    fn doubts_count_in_both_directions() {
        // Sure of everything.
        check(&[0, 0, 1], &[(0, 1, 1_000_000)], 1_000_000, 2.0);
        // Two groups that are one with a chance of a half.
        check(&[0, 1], &[(0, 1, 500_000)], 1_000_000, 1.5);
        // One group that is two with a chance of a half: each of both reports is half of it.
        check(&[0, 0], &[(0, 1, 500_000)], 1_000_000, 1.5);
        check(&[0], &[], 250_000, 0.25);
        assert_eq!(count(&Outcome { groups: vec![0], chances: None, pairs: Some(Vec::new()) }), None);
    }
}
