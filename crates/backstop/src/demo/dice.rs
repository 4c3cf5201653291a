//! The only chance in the simulator: numbers that follow from a seed and the name of a story.
//!
//! Takes a seed and a name; gives the same integers on every machine (SplitMix64, Steele, Lea and Flood 2014). Never
//! reads the system's randomness. Each story throws its own dice, so that a change to one leaves the others alone.

/// A stream of numbers.
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of one story under a seed.
    pub(super) fn new(seed: u64, story: &str) -> Dice {
        // FNV-1a of the name: two stories never share a stream.
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Dice(seed ^ story.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low + 1).expect("invariant: low is not above high");
        // The bias of the remainder is below 2^-40 for the widths used here.
        low + i64::try_from(self.throw() % width).expect("invariant: a remainder of a small width is small")
    }

    /// True `percent` times of a hundred.
    pub(super) fn percent(&mut self, percent: i64) -> bool {
        self.between(0, 99) < percent
    }

    /// Bell-shaped about zero (twelve throws added), with this standard deviation.
    pub(super) fn bell(&mut self, deviation: i64) -> i64 {
        let sum: i64 = (0..12).map(|_| self.between(-1_000, 1_000)).sum();
        // Twelve uniform throws of +-1000 have a standard deviation of 2000.
        sum * deviation / 2_000
    }

    /// A wait with this mean, as between independent events.
    pub(super) fn wait(&mut self, mean: i64) -> i64 {
        let share = self.between(1, 1_000_000) as f64 / 1e6;
        (-libm::log(share) * mean as f64) as i64
    }

    /// How many independent events happen where `mean_percent` hundredths of one are expected; at most 40.
    pub(super) fn events(&mut self, mean_percent: i64) -> i64 {
        let mut left = mean_percent - self.wait(100);
        let mut events = 0;
        while left > 0 && events < 40 {
            events += 1;
            left -= self.wait(100);
        }
        events
    }

    /// One of `choices`, of which there is at least one.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let last = i64::try_from(choices.len()).expect("invariant: short list") - 1;
        &choices[usize::try_from(self.between(0, last)).expect("invariant: not negative")]
    }

    /// One of `choices` by its weight.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(T, i64)]) -> T {
        let mut left = self.between(1, choices.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in choices {
            left -= weight;
            if left <= 0 {
                return *choice;
            }
        }
        unreachable!("invariant: the throw is at most the sum of the weights")
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_story_repeats_and_stories_differ() {
        let run = |seed, story: &str| {
            let mut dice = Dice::new(seed, story);
            (0..8).map(|_| dice.between(0, 999_999)).collect::<Vec<_>>()
        };
        assert_eq!(run(7, "truth"), run(7, "truth"));
        assert_ne!(run(7, "truth"), run(8, "truth"));
        assert_ne!(run(7, "truth"), run(7, "press"));
    }

    #[test]
    fn means_are_what_they_say() {
        let mut dice = Dice::new(1, "means");
        let mean = |mut throw: Box<dyn FnMut() -> i64 + '_>| (0..20_000).map(|_| throw()).sum::<i64>() / 20_000;
        assert!((95..=104).contains(&mean(Box::new(|| dice.wait(100)))));
        assert!((97..=103).contains(&mean(Box::new(|| dice.events(250) * 40))));
        assert!((78..=82).contains(&mean(Box::new(|| dice.bell(100).abs()))));
    }
}
