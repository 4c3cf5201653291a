//! Fixed point: logarithms, powers and sums of probabilities in whole numbers.
//!
//! Takes and gives scores in 1/1024 nat and weights in 1/2^30. Tables are made by whole-number arithmetic, so every
//! machine has the same bits. Never a float.

/// One nat, in the unit of all scores.
pub(crate) const NAT: i32 = 1024;
/// ln(1024).
pub(crate) const LN_NAT: i32 = 7_098;
/// The weight of certainty.
pub(crate) const ONE: u64 = 1 << 30;
/// A score below which a weight is nothing.
const LEAST: i32 = -20 * NAT;

/// Tables of logarithms and powers.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    /// ln(1 + i/1024), in 1/1024 nat.
    mantissa: Vec<i32>,
    /// e^(-i/1024) in 1/2^30.
    decay: Vec<u32>,
    /// ln(1 + e^(-i/1024)) in 1/1024 nat.
    join: Vec<i32>,
}

impl Fixed {
    pub(crate) fn new() -> Fixed {
        let mantissa: Vec<i32> = (0..=1024u64).map(|i| slow_ln(1024 + i, 10)).collect();
        // e^(-1/1024) in 1/2^62.
        const STEP: u128 = 4_607_184_617_107_619_805;
        let mut power: u128 = 1 << 62;
        let mut decay = Vec::new();
        for _ in 0..=-LEAST {
            decay.push(((power + (1 << 31)) >> 32) as u32);
            power = (power * STEP) >> 62;
        }
        let join = decay.iter().map(|part| slow_ln(ONE + u64::from(*part), 30)).collect();
        Fixed { mantissa, decay, join }
    }

    /// ln of a whole number; that of zero is far below every score.
    pub(crate) fn ln(&self, value: u64) -> i32 {
        if value == 0 {
            return 4 * LEAST;
        }
        let top = 63 - value.leading_zeros() as i32;
        let scaled = if top >= 20 { value >> (top - 20) } else { value << (20 - top) };
        let (at, rest) = ((scaled >> 10) as usize - 1024, (scaled & 1023) as i32);
        let low = self.mantissa[at];
        // ln 2 in 1/2^20 nat.
        ((i64::from(top) * 726_817) >> 10) as i32 + low + (((self.mantissa[at + 1] - low) * rest) >> 10)
    }

    /// ln of parts per million; nothing counts as one part.
    pub(crate) fn ln_ppm(&self, ppm: i64) -> i32 {
        self.ln(ppm.max(1).unsigned_abs()) - 14_147
    }

    /// e to the power of a score, as a weight; scores above zero are held at certainty.
    pub(crate) fn exp(&self, score: i32) -> u64 {
        if score < LEAST { 0 } else { u64::from(self.decay[score.min(0).unsigned_abs() as usize]) }
    }

    /// The score of a weight.
    pub(crate) fn score(&self, weight: u64) -> i32 {
        if weight == 0 { 4 * LEAST } else { self.ln(weight) - 21_293 }
    }

    /// ln(e^a + e^b).
    pub(crate) fn add(&self, a: i32, b: i32) -> i32 {
        let (high, low) = (a.max(b), a.min(b));
        self.join.get((i64::from(high) - i64::from(low)) as usize).map_or(high, |more| high + more)
    }
}

/// ln(value / 2^bits) for a value from 1 to 2 of it, in 1/1024 nat, by squaring.
fn slow_ln(value: u64, bits: u32) -> i32 {
    let mut x = u128::from(value) << (60 - bits);
    let mut log2: i64 = 0;
    if x >= 2 << 60 {
        return 710;
    }
    for bit in 1..=20 {
        x = (x * x) >> 60;
        if x >= 2 << 60 {
            x >>= 1;
            log2 += 1 << (20 - bit);
        }
    }
    // Times ln 2, from 1/2^20 to 1/1024, rounded.
    ((log2 * 726_817 + (1 << 29)) >> 30) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within two units of what the mathematics says.
    fn check(found: i32, expected: f64) {
        assert!((f64::from(found) - expected * 1024.0).abs() <= 2.0, "{found} for {}", expected * 1024.0);
    }

    #[test]
    fn tables_agree_with_the_mathematics() {
        let fixed = Fixed::new();
        for value in [1u64, 2, 3, 7, 1_000, 1_023, 1_025, 999_999, 1 << 40, u64::MAX] {
            check(fixed.ln(value), libm::log(value as f64));
        }
        for score in [0, -1, -512, -1024, -5_000, -15_000] {
            let weight = fixed.exp(score) as f64 / ONE as f64;
            assert!((weight - libm::exp(f64::from(score) / 1024.0)).abs() < 2e-9, "{score}: {weight}");
            if score > -10_000 {
                check(fixed.score(fixed.exp(score)), f64::from(score) / 1024.0);
            }
        }
        for (a, b) in [(0, 0), (0, -700), (-3_000, 100), (5_000, -90_000)] {
            let (x, y) = (f64::from(a) / 1024.0, f64::from(b) / 1024.0);
            check(fixed.add(a, b), x.max(y) + libm::log1p(libm::exp(-(x - y).abs())));
        }
    }

    #[test]
    fn the_ends_are_no_trouble() {
        let fixed = Fixed::new();
        assert!(fixed.ln(0) < fixed.ln(1));
        assert_eq!((fixed.exp(i32::MIN), fixed.exp(i32::MAX)), (0, ONE));
        assert_eq!(fixed.add(i32::MIN / 2, 7), 7);
        assert!(fixed.ln_ppm(0) == fixed.ln_ppm(1) && fixed.ln_ppm(1_000_000).abs() <= 2);
    }
}
