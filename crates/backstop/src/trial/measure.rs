//! Measures of a trial: how well groups agree with the truth, and chances with what came true.
//!
//! Takes rows and an outcome; gives counts of pairs and shares of them. Never hides a part that went badly: each pair of
//! kinds of source has its own figures.

use super::{Counted, Outcome, Row, SOURCE_KINDS, count};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of source.
const KINDS: usize = SOURCE_KINDS.len();
/// The first kinds are sensors and monitors.
const SENSORS: usize = 3;
/// Bins of a calibration, each with as many chances as the others.
const BINS: usize = 15;

/// Pairs of rows: truly together, put together, both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Agreement {
    /// Pairs that belong together.
    pub truly: u64,
    /// Pairs that were put together.
    pub put: u64,
    /// Pairs of both.
    pub right: u64,
}

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shares {
    /// Of what was put together, how much belongs together.
    pub precision: f64,
    /// Of what belongs together, how much was put together.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

impl Shares {
    fn of(precision: f64, recall: f64) -> Shares {
        let sum = precision + recall;
        Shares { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

impl Agreement {
    /// The shares; nothing put together is never wrong.
    #[must_use]
    pub fn shares(&self) -> Shares {
        let share = |part: u64, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        Shares::of(share(self.right, self.put), share(self.right, self.truly))
    }

    fn plus(self, other: Agreement) -> Agreement {
        Agreement { truly: self.truly + other.truly, put: self.put + other.put, right: self.right + other.right }
    }
}

/// How chances compare with what came true.
#[derive(Clone, PartialEq, Debug)]
pub struct Calibration {
    /// How many chances.
    pub count: u64,
    /// Mean square of the error.
    pub brier: f64,
    /// Expected calibration error over bins of equal number.
    pub error: f64,
    /// The bins, lowest first.
    pub bins: Vec<Bin>,
}

/// Chances near one another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bin {
    /// How many.
    pub count: u64,
    /// Their mean.
    pub said: f64,
    /// The share of them that came true.
    pub came: f64,
}

/// All measures of a trial.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured {
    /// How many rows.
    pub rows: usize,
    /// Over all pairs.
    pub all: Agreement,
    /// Over pairs of two kinds of source.
    pub across: Agreement,
    /// Over the rows of patrols, acoustic and thermal sensors alone.
    pub sensors: Agreement,
    /// By kind of source and kind of source, the smaller index first.
    pub by_kind: Vec<(usize, usize, Agreement)>,
    /// Over rows: shares of each row's group and of each row's happening.
    pub b_cubed: Shares,
    /// Groups, and happenings.
    pub groups: [usize; 2],
    /// Groups that are mostly about something real, and real happenings that were reported; where the file says so.
    pub real: Option<[usize; 2]>,
    /// How many happenings the model believes there are, where it gives chances.
    pub counted: Option<Counted>,
    /// Chances of pairs, where the model gives them.
    pub pairs: Option<Calibration>,
    /// Chances that an incident happened, where the model gives them and the file says what is real.
    pub existence: Option<Calibration>,
}

/// Measures an outcome.
#[must_use]
pub fn measure(rows: &[Row], outcome: &Outcome) -> Measured {
    let truly = pairs(rows, rows.iter().map(|row| row.truth));
    let put = pairs(rows, outcome.groups.iter().copied());
    let right = pairs(rows, rows.iter().zip(&outcome.groups).map(|(row, group)| (row.truth, *group)));
    let mut by_kind = Vec::new();
    let (mut all, mut across, mut sensors) = (Agreement::default(), Agreement::default(), Agreement::default());
    for a in 0..KINDS {
        for b in a..KINDS {
            let agreement = Agreement { truly: truly[a][b], put: put[a][b], right: right[a][b] };
            all = all.plus(agreement);
            if a != b {
                across = across.plus(agreement);
            }
            if b < SENSORS {
                sensors = sensors.plus(agreement);
            }
            by_kind.push((a, b, agreement));
        }
    }
    let happenings: BTreeSet<u32> = rows.iter().map(|row| row.truth).collect();
    let groups: BTreeSet<u32> = outcome.groups.iter().copied().collect();
    let reals: Option<Vec<bool>> = rows.iter().map(|row| row.real).collect();
    let mostly = reals.as_ref().map(|reals| mostly_real(reals, &outcome.groups));
    let real = mostly.as_ref().map(|mostly| {
        let real = rows.iter().filter(|row| row.real == Some(true)).map(|row| row.truth);
        [mostly.values().filter(|real| **real).count(), real.collect::<BTreeSet<u32>>().len()]
    });
    let existence = mostly.zip(outcome.chances.as_ref()).map(|(mostly, chances)| {
        calibrate(mostly.iter().map(|(group, real)| (f64::from(chances[group].ppm()) / 1e6, *real)).collect())
    });
    let pairs = outcome.pairs.as_ref().map(|pairs| {
        let together = |a: u32, b: u32| rows[a as usize].truth == rows[b as usize].truth;
        calibrate(pairs.iter().map(|(a, b, chance)| (f64::from(chance.ppm()) / 1e6, together(*a, *b))).collect())
    });
    Measured {
        rows: rows.len(),
        all,
        across,
        sensors,
        by_kind,
        b_cubed: b_cubed(rows, &outcome.groups),
        groups: [groups.len(), happenings.len()],
        real,
        counted: count(outcome),
        pairs,
        existence,
    }
}

/// Pairs of rows that share a key, by their kinds of source.
fn pairs<K: Ord>(rows: &[Row], keys: impl Iterator<Item = K>) -> [[u64; KINDS]; KINDS] {
    let mut sets: BTreeMap<K, [u64; KINDS]> = BTreeMap::new();
    for (row, key) in rows.iter().zip(keys) {
        sets.entry(key).or_default()[usize::from(row.kind_of_source)] += 1;
    }
    let mut pairs = [[0; KINDS]; KINDS];
    for set in sets.values() {
        for a in 0..KINDS {
            pairs[a][a] += set[a] * set[a].saturating_sub(1) / 2;
            for b in a + 1..KINDS {
                pairs[a][b] += set[a] * set[b];
            }
        }
    }
    pairs
}

/// Whether more than half of a group's rows tell of something real.
fn mostly_real(reals: &[bool], groups: &[u32]) -> BTreeMap<u32, bool> {
    let mut told: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
    for (real, group) in reals.iter().zip(groups) {
        told.entry(*group).or_default()[usize::from(*real)] += 1;
    }
    told.into_iter().map(|(group, [not, real])| (group, real > not)).collect()
}

fn b_cubed(rows: &[Row], groups: &[u32]) -> Shares {
    let mut cells: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut of_group, mut of_truth): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = (BTreeMap::new(), BTreeMap::new());
    for (row, group) in rows.iter().zip(groups) {
        *cells.entry((row.truth, *group)).or_default() += 1.0;
        *of_group.entry(*group).or_default() += 1.0;
        *of_truth.entry(row.truth).or_default() += 1.0;
    }
    let n = rows.len().max(1) as f64;
    let precision: f64 = cells.iter().map(|((_, group), count)| count * count / of_group[group]).sum();
    let recall: f64 = cells.iter().map(|((truth, _), count)| count * count / of_truth[truth]).sum();
    Shares::of(precision / n, recall / n)
}

/// Compares chances with what came true, in bins of equal number; chances alike stay in one bin.
#[must_use]
pub fn calibrate(mut said: Vec<(f64, bool)>) -> Calibration {
    said.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n = said.len();
    let came = |real: bool| if real { 1.0 } else { 0.0 };
    let brier = said.iter().map(|(p, real)| (p - came(*real)) * (p - came(*real))).sum::<f64>() / n.max(1) as f64;
    let mut bins = Vec::new();
    let mut from = 0;
    for bin in 1..=BINS {
        let mut to = n * bin / BINS;
        while to > from && to < n && said[to].0 == said[to - 1].0 {
            to += 1;
        }
        if to <= from {
            continue;
        }
        let part = &said[from..to];
        let count = part.len() as f64;
        bins.push(Bin {
            count: part.len() as u64,
            said: part.iter().map(|(p, _)| p).sum::<f64>() / count,
            came: part.iter().map(|(_, real)| came(*real)).sum::<f64>() / count,
        });
        from = to;
    }
    let error = bins.iter().map(|bin| bin.count as f64 * (bin.said - bin.came).abs()).sum::<f64>() / n.max(1) as f64;
    Calibration { count: n as u64, brier, error, bins }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Told;
    use terms::{Chance, ObservationId};

    fn row(kind_of_source: u8, truth: u32, real: bool) -> Row {
        let told = Told {
            at: [0, 0],
            spread: [1, 0, 1],
            district: false,
            time_s: 0,
            within_s: 0,
            day: false,
            kind: 6,
            count: 0,
        };
        Row { id: ObservationId::of(b""), kind_of_source, source: 0, told, truth, real: Some(real) }
    }

    /// Rows as (kind of source, happening, group); happening 9 is false.
    fn check(rows: &[(u8, u32, u32)]) -> Measured {
        let groups: Vec<u32> = rows.iter().map(|(.., group)| *group).collect();
        let half = Chance::from_ppm(500_000).expect("a chance");
        let chances = Some(groups.iter().map(|group| (*group, half)).collect());
        let rows: Vec<Row> = rows.iter().map(|(kind, truth, _)| row(*kind, *truth, *truth != 9)).collect();
        measure(&rows, &Outcome { groups, chances, pairs: None })
    }

    #[test]
    fn pairs_are_counted_by_kind_of_source() {
        // One happening told by two patrols and the press; the press was put with a false report instead.
        let measured = check(&[(0, 1, 0), (0, 1, 0), (3, 1, 1), (3, 9, 1)]);
        assert_eq!(measured.all, Agreement { truly: 3, put: 2, right: 1 });
        assert_eq!(measured.across, Agreement { truly: 2, put: 0, right: 0 });
        assert_eq!(measured.sensors, Agreement { truly: 1, put: 1, right: 1 });
        assert_eq!(measured.across.shares().precision, 1.0, "nothing was put together");
        assert_eq!(measured.groups, [2, 2]);
        // The group of one real and one false report is not mostly real.
        assert_eq!(measured.real, Some([1, 1]));
        let existence = measured.existence.expect("the rows say what is real");
        assert_eq!((existence.count, existence.brier), (2, 0.25));
        // By hand: precision (1 + 1 + 1/2 + 1/2) / 4; recall (2/3 + 2/3 + 1/3 + 1) / 4.
        assert!((measured.b_cubed.precision - 0.75).abs() < 1e-12);
        assert!((measured.b_cubed.recall - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn right_groups_are_right_in_every_measure() {
        let measured = check(&[(0, 1, 5), (3, 1, 5), (4, 2, 6)]);
        assert_eq!(measured.all.shares(), Shares { precision: 1.0, recall: 1.0, f1: 1.0 });
        assert_eq!(measured.b_cubed, Shares { precision: 1.0, recall: 1.0, f1: 1.0 });
    }

    #[test]
    fn a_calibration_is_the_distance_between_said_and_came() {
        let calibration = calibrate(vec![(0.8, true), (0.8, false), (0.2, false), (0.2, false)]);
        // Half of each said differently: 0.8 against 1/2, 0.2 against 0.
        assert!((calibration.error - 0.25).abs() < 1e-12, "{calibration:?}");
        assert_eq!(calibration.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [2, 2]);
    }
}
