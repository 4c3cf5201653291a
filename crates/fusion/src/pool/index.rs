//! The index of a pool: which voices may be met by one.
//!
//! Takes voices one by one, in and out; gives for one those that it may be one with, as [`Candidates`](crate::candidates::Candidates)
//! finds them for all at once: who asks whom, the gates and the edges of days and cells are the same.

use super::Voice;
use crate::candidates::{DAY_S, GRIDS, Spot};
use crate::weigh::Model;
use std::collections::BTreeMap;

/// Grid, day, row, column.
type Cell = (usize, i64, i32, i32);

#[derive(Debug, Default)]
pub(super) struct Index {
    cells: BTreeMap<Cell, Vec<u32>>,
    /// By grid and manner: how many voices there are.
    present: Vec<Vec<u32>>,
}

/// Whether a voice is the one to ask for another: the better placed of two, of equals the earlier.
pub(super) fn asks(a: &Voice, b: &Voice) -> bool {
    (a.spot.level(), a.key()) < (b.spot.level(), b.key())
}

impl Index {
    fn cell(spot: &Spot) -> Cell {
        let level = spot.level();
        let (day, row, column) = spot.cell(level);
        (level, day, row, column)
    }

    pub(super) fn insert(&mut self, number: u32, spot: &Spot, model: &Model) {
        if self.present.is_empty() {
            self.present = vec![vec![0; model.parameters.manners.len()]; GRIDS];
        }
        self.present[spot.level()][usize::from(spot.manner)] += 1;
        self.cells.entry(Index::cell(spot)).or_default().push(number);
    }

    pub(super) fn remove(&mut self, number: u32, spot: &Spot) {
        self.present[spot.level()][usize::from(spot.manner)] -= 1;
        let cell = Index::cell(spot);
        let held = self.cells.get_mut(&cell).expect("invariant: what is removed was put in");
        held.retain(|other| *other != number);
        if held.is_empty() {
            self.cells.remove(&cell);
        }
    }

    /// The voices that may be one with this one, which need not be in the index.
    pub(super) fn near(&self, voice: &Voice, voices: &[Option<Voice>], model: &Model) -> Vec<u32> {
        let spot = &voice.spot;
        let mut found = Vec::new();
        for (level, present) in self.present.iter().enumerate() {
            let Some([earliest, latest]) = window(spot.manner, present, model) else { continue };
            let [columns, rows] = spot.around(level);
            for day in (spot.time_s + earliest).div_euclid(DAY_S)..=(spot.time_s + latest).div_euclid(DAY_S) {
                for row in rows[0]..=rows[1] {
                    let cells = self.cells.range((level, day, row, columns[0])..=(level, day, row, columns[1]));
                    found.extend(cells.flat_map(|(_, held)| held).copied().filter(|number| {
                        let other = voices[*number as usize].as_ref().expect("invariant: the index holds voices");
                        let [asking, asked] = if asks(voice, other) { [voice, other] } else { [other, voice] };
                        asking.spot.meets(&asked.spot, model)
                    }));
                }
            }
        }
        found
    }
}

/// The differences in time within which a voice of some manner may be met by those present, whoever of the two asks.
fn window(manner: u8, present: &[u32], model: &Model) -> Option<[i64; 2]> {
    let here = present.iter().enumerate().filter(|(_, count)| **count > 0);
    let windows = here.map(|(other, _)| {
        let (asking, asked) = (model.clock.window(manner, other as u8), model.clock.window(other as u8, manner));
        [asking[0].min(-asked[1]), asking[1].max(-asked[0])]
    });
    windows.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
}
