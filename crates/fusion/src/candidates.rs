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
/// Grids, by the power of two of their cells' side.
const GRIDS: usize = 20;

struct Place {
    cell: (i32, i32),
    time_s: i64,
    index: u32,
}

/// The index of all reports.
pub(crate) struct Candidates {
    grids: Vec<Vec<Place>>,
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
            let cell = (at[index][1].div_euclid(side), at[index][0].div_euclid(side));
            grids[level].push(Place { cell, time_s: datum.time_s, index: index as u32 });
            present[level][usize::from(datum.manner)] = true;
        }
        for grid in &mut grids {
            grid.sort_unstable_by_key(|p| (p.cell, p.time_s, p.index));
        }
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
        Candidates { grids, windows, reach, at }
    }

    /// Calls `found` with each report that `index` is the one to ask for; says whether there were more than it may.
    pub(crate) fn ask(&self, data: &[Datum], model: &Model, index: usize, mut found: impl FnMut(usize)) -> bool {
        let mut count = 0;
        let datum = &data[index];
        let own = grid(self.reach[index]);
        let [x, y] = self.at[index];
        for level in own..GRIDS {
            let places = &self.grids[level];
            let Some(window) = self.windows[level][usize::from(datum.manner)] else { continue };
            let side = 1i32 << level;
            let far = (self.reach[index].pow(2) + (1i64 << (2 * level))).unsigned_abs().isqrt() as i32 + 1;
            let columns = ((x - far).div_euclid(side), (x + far).div_euclid(side));
            for row in (y - far).div_euclid(side)..=(y + far).div_euclid(side) {
                let mut at = places.partition_point(|p| p.cell < (row, columns.0));
                while at < places.len() && places[at].cell <= (row, columns.1) {
                    let cell = places[at].cell;
                    let rest = &places[at..];
                    let end = at + rest.partition_point(|p| p.cell == cell);
                    let from = at + places[at..end].partition_point(|p| p.time_s < datum.time_s + window[0]);
                    for place in places[from..end].iter().take_while(|p| p.time_s <= datum.time_s + window[1]) {
                        let other = place.index as usize;
                        if level == own && other <= index {
                            continue;
                        }
                        let gap = place.time_s - datum.time_s;
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
                    at = end;
                }
            }
        }
        false
    }
}
