//! The clock: when reports of one happening say that it happened, against one another.
//!
//! Takes the lags of each manner; gives the density of the difference of two stated instants, from a table. The tables
//! are made in floating point by `libm`, which gives the same bits everywhere, and rounded once.

use crate::parameters::Lag;

/// Buckets of a table to each side: of four seconds up to four minutes, then 32 to an octave.
const BUCKETS: usize = 64 + 11 * 32;
/// Of all differences that occur, the share beyond each end of a window.
const BEYOND: f64 = 0.003;

/// Tables for each two manners.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// How many manners differ in their lags.
    kinds: usize,
    /// By manner: its lags among those that differ.
    alike: Vec<usize>,
    /// By lags and lags: ln of the density per hour, 1/1024 nat, by bucket.
    tables: Vec<Vec<i16>>,
    windows: Vec<[i64; 2]>,
    /// By manner: mean and variance of its lag, seconds.
    lags: Vec<[i64; 2]>,
}

impl Clock {
    pub(crate) fn new(lags: &[&[Lag]]) -> Clock {
        let mut kinds: Vec<&[Lag]> = Vec::new();
        let alike = lags.iter().map(|own| {
            kinds.iter().position(|known| known == own).unwrap_or_else(|| {
                kinds.push(own);
                kinds.len() - 1
            })
        });
        let alike = alike.collect();
        let both = kinds.iter().flat_map(|a| kinds.iter().map(|b| table(a, b)));
        let (tables, windows) = both.unzip();
        Clock { kinds: kinds.len(), alike, tables, windows, lags: lags.iter().map(|lags| moments(lags)).collect() }
    }

    /// ln of the density per hour of the difference of two stated instants, the second less the first.
    pub(crate) fn density(&self, first: u8, second: u8, gap_s: i64) -> i32 {
        i32::from(self.tables[self.pair(first, second)][bucket(gap_s)])
    }

    /// The differences that occur but for a few in a thousand, seconds.
    pub(crate) fn window(&self, first: u8, second: u8) -> [i64; 2] {
        self.windows[self.pair(first, second)]
    }

    fn pair(&self, first: u8, second: u8) -> usize {
        self.alike[usize::from(first)] * self.kinds + self.alike[usize::from(second)]
    }

    /// Mean and variance of a manner's lag, seconds.
    pub(crate) fn lag(&self, manner: u8) -> [i64; 2] {
        self.lags[usize::from(manner)]
    }
}

fn bucket(gap_s: i64) -> usize {
    let size = gap_s.unsigned_abs().min((1 << 19) - 1);
    let at = if size < 256 {
        size as usize / 4
    } else {
        let octave = 63 - size.leading_zeros() as usize;
        64 + (octave - 8) * 32 + ((size >> (octave - 5)) & 31) as usize
    };
    if gap_s < 0 { BUCKETS + at } else { at }
}

/// The differences, seconds, that a bucket holds.
fn bucket_range(at: usize) -> (f64, f64) {
    let (side, at) = if at >= BUCKETS { (-1.0, at - BUCKETS) } else { (1.0, at) };
    let (low, high) = if at < 64 {
        (at as f64 * 4.0, at as f64 * 4.0 + 4.0)
    } else {
        let (octave, part) = ((at - 64) / 32 + 8, (at - 64) % 32);
        let unit = (1u64 << (octave - 5)) as f64;
        ((32 + part) as f64 * unit, (33 + part) as f64 * unit)
    };
    if side < 0.0 { (-high, -low) } else { (low, high) }
}

fn moments(lags: &[Lag]) -> [i64; 2] {
    let (mut mean, mut square) = (0i128, 0i128);
    for lag in lags {
        let variance = if lag.is_box { lag.width_s * lag.width_s / 3 } else { lag.width_s * lag.width_s };
        mean += i128::from(lag.share_ppm * lag.middle_s);
        square += i128::from(lag.share_ppm) * i128::from(variance + lag.middle_s * lag.middle_s);
    }
    let (mean, square) = ((mean / 1_000_000) as i64, (square / 1_000_000) as i64);
    [mean, (square - mean * mean).max(1)]
}

/// ln of the density per hour, by bucket, and the differences that occur.
fn table(a: &[Lag], b: &[Lag]) -> (Vec<i16>, [i64; 2]) {
    let mut table = vec![0f64; 2 * BUCKETS];
    for one in a {
        for two in b {
            let share = one.share_ppm as f64 * two.share_ppm as f64 / 1e12;
            let middle = (two.middle_s - one.middle_s) as f64;
            for (at, value) in table.iter_mut().enumerate() {
                let (low, high) = bucket_range(at);
                let mass = below(high - middle, one, two) - below(low - middle, one, two);
                *value += share * mass / (high - low) * 3600.0;
            }
        }
    }
    let mut mass: Vec<(i64, i64, f64)> = (0..2 * BUCKETS)
        .map(|at| {
            let (low, high) = bucket_range(at);
            (low as i64, high as i64, table[at] * (high - low) / 3600.0)
        })
        .collect();
    mass.sort_by_key(|(low, ..)| *low);
    let total: f64 = mass.iter().map(|(.., m)| m).sum();
    let mut sum = 0.0;
    let mut window: Option<[i64; 2]> = None;
    for (low, high, m) in mass {
        let before = sum;
        sum += m;
        if sum > BEYOND * total && before < (1.0 - BEYOND) * total {
            window = Some([window.map_or(low, |[first, _]| first), high]);
        }
    }
    let window = window.unwrap_or([0, 0]);
    let ln = |value: f64| (libm::log(value + 1e-9) * 1024.0).clamp(-30_000.0, 30_000.0);
    (table.into_iter().map(|value| libm::round(ln(value)) as i16).collect(), window)
}

/// The chance that the difference of two lags, less its middle, is below `x`.
fn below(x: f64, one: &Lag, two: &Lag) -> f64 {
    let (wide, narrow) = if one.width_s >= two.width_s { (one, two) } else { (two, one) };
    let (w, n) = (wide.width_s as f64, narrow.width_s as f64);
    let normal = |z: f64| 0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
    // The integral of the normal distribution's function.
    let ramp = |z: f64| z * normal(z) + libm::exp(-0.5 * z * z) * 0.398_942_280_401_432_7;
    match (one.is_box, two.is_box) {
        (false, false) => normal(x / libm::sqrt(w * w + n * n)),
        (true, true) => {
            let square = |v: f64| if v > 0.0 { v * v } else { 0.0 };
            let all = square(x + w + n) - square(x + w - n) - square(x - w + n) + square(x - w - n);
            all / (8.0 * w * n)
        }
        (a_is_box, _) => {
            let (half, sd) = if a_is_box { (one.width_s, two.width_s) } else { (two.width_s, one.width_s) };
            let (half, sd) = (half as f64, sd as f64);
            sd * (ramp((x + half) / sd) - ramp((x - half) / sd)) / (2.0 * half)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lag(middle_s: i64, width_s: i64, is_box: bool) -> Lag {
        Lag { share_ppm: 1_000_000, middle_s, width_s, is_box }
    }

    /// The density per hour of a difference.
    fn check(a: Lag, b: Lag, gap_s: i64, expected: f64) {
        let clock = Clock::new(&[&[a], &[b]]);
        let found = libm::exp(f64::from(clock.density(0, 1, gap_s)) / 1024.0);
        assert!((found - expected).abs() < 0.03 * expected + 1e-6, "{found} for {expected}");
        let back = libm::exp(f64::from(clock.density(1, 0, -gap_s)) / 1024.0);
        assert!((found - back).abs() < 0.03 * expected + 1e-6, "the other way round it is {back}");
    }

    #[test]
    fn densities_are_those_of_the_mathematics() {
        let day = lag(0, 43_200, true);
        // A day against an exact clock: even within it, nothing beyond.
        check(lag(0, 30, false), day, 3_600, 1.0 / 24.0);
        check(lag(0, 30, false), day, 60_000, 0.0);
        // Two days: a triangle.
        check(day, day, 0, 1.0 / 24.0);
        check(day, day, 43_200, 0.5 / 24.0);
        // Two bells of half an hour: one of 0.707 hours.
        check(lag(0, 1_800, false), lag(0, 1_800, false), 0, 0.564_190);
        check(lag(0, 1_800, false), lag(3_600, 1_800, false), 3_600, 0.564_190);
    }

    #[test]
    fn windows_hold_what_occurs() {
        let clock = Clock::new(&[&[lag(0, 30, false)], &[lag(0, 43_200, true)]]);
        let [low, high] = clock.window(0, 1);
        assert!((-44_000..-42_000).contains(&low) && (42_000..44_500).contains(&high), "{low} to {high}");
        assert_eq!(clock.lag(1), [0, 43_200 * 43_200 / 3]);
    }

    #[test]
    fn every_difference_has_a_bucket() {
        for gap in [0, 3, 4, -4, 255, 256, -256, 86_400, -86_400, i64::MAX, i64::MIN] {
            assert!(bucket(gap) < 2 * BUCKETS, "{gap}");
        }
        for at in 0..2 * BUCKETS {
            let (low, high) = bucket_range(at);
            let middle = ((low + high) / 2.0) as i64;
            assert_eq!(bucket(middle), at, "{low} to {high}");
        }
    }
}
