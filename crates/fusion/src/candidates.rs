//! Candidates: the pairs of reports that may tell of one happening, found without trying all.
//!
//! Takes data in canonical order with their reach; gives pairs of indexes. A report lives in a grid whose cells are as wide
//! as its own reach, and the better placed of two asks for the worse, so that a district's report is asked for and
//! never scans the map. Cost: cells near each report, in each grid that is
//! in use, and the pairs found, of which each report asks for a limited number.

use crate::datum::Datum;
use crate::weigh::Model;

/// Reach in standard deviations, 1/10.
const REACH: i64 = 36;
/// One report asks for no more others; what is cut then is the same on every machine, and is counted.
pub(crate) const MOST: usize = 2_048;
/// Seconds of a day of the index.
pub(crate) const DAY_S: i64 = 86_400;
/// Grids, by the power of two of their cells' side.
pub(crate) const GRIDS: usize = 20;

/// Where and when a report may be met, in 40 bytes: candidates are many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) at: [i32; 2],
    pub(crate) reach: i64,
    pub(crate) time_s: i64,
    pub(crate) manner: u8,
}

impl Spot {
    pub(crate) fn of(datum: &Datum, model: &Model) -> Spot {
        let (at, spread) = model.ground(datum);
        let reach = (spread[0].max(spread[2]).unsigned_abs().isqrt() as i64 * REACH / 10).max(1);
        Spot { at, reach, time_s: datum.time_s, manner: datum.manner }
    }

    /// The grid that it lies in.
    pub(crate) fn level(&self) -> usize {
        (64 - (self.reach as u64).leading_zeros() as usize).min(GRIDS - 1)
    }

    /// Its cell in a grid: day, row, column.
    pub(crate) fn cell(&self, level: usize) -> (i64, i32, i32) {
        let side = 1i32 << level;
        (self.time_s.div_euclid(DAY_S), self.at[1].div_euclid(side), self.at[0].div_euclid(side))
    }

    /// The columns and the rows of a grid, from first to last, in which there may be a partner.
    pub(crate) fn around(&self, level: usize) -> [[i32; 2]; 2] {
        let side = 1i32 << level;
        let far = (self.reach.pow(2) + (1i64 << (2 * level))).unsigned_abs().isqrt() as i32 + 1;
        self.at.map(|middle| [middle - far, middle + far].map(|edge| edge.div_euclid(side)))
    }

    /// Whether the report that this one asks may tell of the same happening.
    pub(crate) fn meets(&self, other: &Spot, model: &Model) -> bool {
        let gap = other.time_s - self.time_s;
        let [low, high] = model.clock.window(self.manner, other.manner);
        let off = [other.at[0] - self.at[0], other.at[1] - self.at[1]].map(i64::from);
        let reach2 = self.reach.pow(2) + other.reach.pow(2);
        gap >= low && gap <= high && off[0] * off[0] + off[1] * off[1] <= reach2
    }
}

struct Place {
    /// Day, row, column: neighbours in time are neighbours in memory.
    cell: (i64, i32, i32),
    time_s: i64,
    index: u32,
}

/// The index of all reports.
pub(crate) struct Candidates {
    grids: Vec<Vec<Place>>,
    /// By grid: where each day begins, from the first day on.
    days: Vec<Vec<u32>>,
    first_day: i64,
    /// By grid and manner: the earliest and latest difference at which the grid may hold a partner.
    windows: Vec<Vec<Option<[i64; 2]>>>,
    spots: Vec<Spot>,
}

impl Candidates {
    pub(crate) fn new(data: &[Datum], model: &Model) -> Candidates {
        let spots: Vec<Spot> = data.iter().map(|datum| Spot::of(datum, model)).collect();
        let mut grids: Vec<Vec<Place>> = (0..GRIDS).map(|_| Vec::new()).collect();
        let manners = model.parameters.manners.len();
        let mut present = vec![vec![false; manners]; GRIDS];
        for (index, spot) in (0..).zip(&spots) {
            let level = spot.level();
            grids[level].push(Place { cell: spot.cell(level), time_s: spot.time_s, index });
            present[level][usize::from(spot.manner)] = true;
        }
        for grid in &mut grids {
            grid.sort_unstable_by_key(|p| (p.cell, p.time_s, p.index));
        }
        let first_day = data.first().map_or(0, |d| d.time_s.div_euclid(DAY_S));
        let last_day = data.last().map_or(0, |d| d.time_s.div_euclid(DAY_S));
        let days = grids
            .iter()
            .map(|grid| {
                let mut starts = vec![0u32; (last_day - first_day + 2) as usize];
                for place in grid {
                    starts[(place.cell.0 - first_day + 1) as usize] += 1;
                }
                for at in 1..starts.len() {
                    starts[at] += starts[at - 1];
                }
                starts
            })
            .collect();
        let windows = present
            .iter()
            .map(|here| {
                (0..manners)
                    .map(|asking| {
                        let met = (0..manners).filter(|b| here[*b]).map(|b| model.clock.window(asking as u8, b as u8));
                        met.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
                    })
                    .collect()
            })
            .collect();
        Candidates { grids, days, first_day, windows, spots }
    }

    /// Calls `found` with each report that `index` is the one to ask for; says whether there were more than it may.
    pub(crate) fn ask(&self, model: &Model, index: usize, mut found: impl FnMut(usize)) -> bool {
        let mut count = 0;
        let spot = &self.spots[index];
        let own = spot.level();
        for level in own..GRIDS {
            let Some(window) = self.windows[level][usize::from(spot.manner)] else { continue };
            let [columns, rows] = spot.around(level);
            let days = window.map(|edge| (spot.time_s + edge).div_euclid(DAY_S) - self.first_day);
            for day in days[0].max(0)..=days[1].min(self.days[level].len() as i64 - 2) {
                let (from, to) = (self.days[level][day as usize], self.days[level][day as usize + 1]);
                let places = &self.grids[level][from as usize..to as usize];
                let day = day + self.first_day;
                for row in rows[0]..=rows[1] {
                    let at = places.partition_point(|p| p.cell < (day, row, columns[0]));
                    for place in places[at..].iter().take_while(|p| p.cell <= (day, row, columns[1])) {
                        let other = place.index as usize;
                        let gap = place.time_s - spot.time_s;
                        if level == own && other <= index || gap < window[0] || gap > window[1] {
                            continue;
                        }
                        if spot.meets(&self.spots[other], model) {
                            if count == MOST {
                                return true;
                            }
                            count += 1;
                            found(other);
                        }
                    }
                }
            }
        }
        false
    }
}
