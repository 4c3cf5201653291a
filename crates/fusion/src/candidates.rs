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
const MOST: usize = 2_048;
/// Seconds of a day of the index.
const DAY_S: i64 = 86_400;
/// Grids, by the power of two of their cells' side.
const GRIDS: usize = 20;

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
    reach: Vec<i64>,
    at: Vec<[i32; 2]>,
}

fn grid(reach: i64) -> usize {
    (64 - (reach.max(1) as u64).leading_zeros() as usize).min(GRIDS - 1)
}

impl Candidates {
    pub(crate) fn new(data: &[Datum], model: &Model) -> Candidates {
        let ground: Vec<([i32; 2], [i64; 3])> = data.iter().map(|d| model.ground(d)).collect();
        let reach: Vec<i64> =
            ground.iter().map(|(_, s)| (s[0].max(s[2]).unsigned_abs().isqrt() as i64 * REACH / 10).max(1)).collect();
        let at: Vec<[i32; 2]> = ground.iter().map(|(at, _)| *at).collect();
        let mut grids: Vec<Vec<Place>> = (0..GRIDS).map(|_| Vec::new()).collect();
        let manners = model.parameters.manners.len();
        let mut present = vec![vec![false; manners]; GRIDS];
        for (index, datum) in data.iter().enumerate() {
            let level = grid(reach[index]);
            let side = 1i32 << level;
            let cell = (datum.time_s.div_euclid(DAY_S), at[index][1].div_euclid(side), at[index][0].div_euclid(side));
            grids[level].push(Place { cell, time_s: datum.time_s, index: index as u32 });
            present[level][usize::from(datum.manner)] = true;
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
        Candidates { grids, days, first_day, windows, reach, at }
    }

    /// Calls `found` with each report that `index` is the one to ask for; says whether there were more than it may.
    pub(crate) fn ask(&self, data: &[Datum], model: &Model, index: usize, mut found: impl FnMut(usize)) -> bool {
        let mut count = 0;
        let datum = &data[index];
        let own = grid(self.reach[index]);
        let [x, y] = self.at[index];
        for level in own..GRIDS {
            let Some(window) = self.windows[level][usize::from(datum.manner)] else { continue };
            let side = 1i32 << level;
            let far = (self.reach[index].pow(2) + (1i64 << (2 * level))).unsigned_abs().isqrt() as i32 + 1;
            let columns = ((x - far).div_euclid(side), (x + far).div_euclid(side));
            let days = [window[0], window[1]].map(|edge| (datum.time_s + edge).div_euclid(DAY_S) - self.first_day);
            for day in days[0].max(0)..=days[1].min(self.days[level].len() as i64 - 2) {
                let (from, to) = (self.days[level][day as usize], self.days[level][day as usize + 1]);
                let places = &self.grids[level][from as usize..to as usize];
                let day = day + self.first_day;
                for row in (y - far).div_euclid(side)..=(y + far).div_euclid(side) {
                    let at = places.partition_point(|p| p.cell < (day, row, columns.0));
                    for place in places[at..].iter().take_while(|p| p.cell <= (day, row, columns.1)) {
                        let other = place.index as usize;
                        let gap = place.time_s - datum.time_s;
                        if level == own && other <= index || gap < window[0] || gap > window[1] {
                            continue;
                        }
                        let [low, high] = model.clock.window(datum.manner, data[other].manner);
                        let off = [self.at[other][0] - x, self.at[other][1] - y].map(i64::from);
                        let reach2 = self.reach[index].pow(2) + self.reach[other].pow(2);
                        if gap >= low && gap <= high && off[0] * off[0] + off[1] * off[1] <= reach2 {
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
