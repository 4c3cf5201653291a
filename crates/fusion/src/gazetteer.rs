//! The gazetteer: places that reports name, and where a happening must lie to be told under each name.
//!
//! Takes the points of one layer of names; gives the chance that a happening at a place is told under a name. A name is
//! where it is nearest, mostly; it is never the point on the map. Cost: a fixed table for each name.

use crate::parameters::Placing;
use std::collections::BTreeMap;

/// Cells to a side of a name's table.
const SIDE: i32 = 32;
/// A wrong name is mostly one of so many next ones.
const NEXT: usize = 4;

/// Side of a cell of a settlement's table, and of a district's, units of 10 metres.
const STEPS: [i32; 2] = [75, 400];

/// The names that reports use: settlements, and districts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gazetteer {
    layers: [Layer; 2],
}

impl Gazetteer {
    /// The gazetteer of these settlements and districts, each by the point that stands for it, units of 10 metres.
    #[must_use]
    pub fn new(settlements: &[[i32; 2]], districts: &[[i32; 2]]) -> Gazetteer {
        Gazetteer { layers: [Layer::new(settlements, STEPS[0]), Layer::new(districts, STEPS[1])] }
    }

    pub(crate) fn layer(&self, placing: Placing) -> Option<&Layer> {
        match placing {
            Placing::Point => None,
            Placing::Settlement => Some(&self.layers[0]),
            Placing::District => Some(&self.layers[1]),
        }
    }
}

/// One layer of names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layer {
    step: i32,
    /// 2^40 over the step, rounded up: a product with it is the quotient, for all lengths within a table.
    part: u64,
    /// The points in order: a name is the number of its point.
    points: Vec<[i32; 2]>,
    /// By a hash of a point, or in the next free slot: its name and one more, and nought where there is none. Names are asked for all the time.
    slots: Vec<u32>,
    /// By name and row: two bits for each column. Many names are asked in turn, so the tables should fit the cache.
    tables: Vec<[u64; SIDE as usize]>,
    shapes: Vec<Shape>,
}

/// The ground of which a name is the nearest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    /// Its middle.
    pub(crate) at: [i32; 2],
    /// Its covariance.
    pub(crate) spread: [i64; 3],
    /// Its size, units of 100 square metres.
    pub(crate) size: u64,
}

/// How a name stands to a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// It is the nearest.
    Nearest,
    /// It is one of the next.
    Next,
    /// It is none of these.
    Far,
}

impl Layer {
    /// The layer of these points; each table reaches `16 * step` to each side.
    fn new(points: &[[i32; 2]], step: i32) -> Layer {
        let mut sorted = points.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let cell = step * SIDE / 2;
        let key = |p: [i32; 2]| p.map(|v| v.div_euclid(cell));
        let mut grid: BTreeMap<[i32; 2], Vec<usize>> = BTreeMap::new();
        for (at, p) in sorted.iter().enumerate() {
            grid.entry(key(*p)).or_default().push(at);
        }
        let part = (1 << 40) / step as u64 + 1;
        // At most half full, so that a search is short.
        let slots = vec![0; (2 * sorted.len() + 1).next_power_of_two()];
        let mut layer = Layer { step, part, points: Vec::new(), slots, tables: Vec::new(), shapes: Vec::new() };
        for (own, p) in sorted.iter().enumerate() {
            let [x, y] = key(*p);
            let around = (x - 2..=x + 2).flat_map(|x| (y - 2..=y + 2).map(move |y| [x, y]));
            let near = around.filter_map(|key| grid.get(&key)).flatten().filter(|other| **other != own);
            let near: Vec<(bool, [i32; 2])> = near.map(|other| (*other < own, sorted[*other])).collect();
            let table = table(*p, &near, step);
            layer.shapes.push(shape(*p, &table, step));
            layer.tables.push(packed(&table));
            let free =
                layer.search(*p).find(|slot| layer.slots[*slot] == 0).expect("invariant: half of the slots are free");
            layer.slots[free] = own as u32 + 1;
        }
        Layer { points: sorted, ..layer }
    }

    /// The name of the point, if it is one of the layer.
    pub(crate) fn name(&self, at: [i32; 2]) -> Option<u32> {
        let held = self.search(at).map(|slot| self.slots[slot]);
        held.take_while(|held| *held > 0).map(|held| held - 1).find(|name| self.points[*name as usize] == at)
    }

    /// The slots in which a point may be, the likeliest first.
    fn search(&self, [x, y]: [i32; 2]) -> impl Iterator<Item = usize> + use<> {
        let last = self.slots.len() - 1;
        // The upper bits of a product with an odd number hang on all bits of the point.
        let hash = ((x as u32 as u64) << 32 | y as u32 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..=last).map(move |step| ((hash >> 32) as usize + step) & last)
    }

    pub(crate) fn shape(&self, name: u32) -> Shape {
        self.shapes[name as usize]
    }

    /// How the name, whose point is given, stands to a place.
    pub(crate) fn standing(&self, name: u32, point: [i32; 2], place: [i32; 2]) -> Standing {
        let wide = (self.step * SIDE) as u64;
        // From the table's corner; what lies before it is far too.
        let [x, y] = [0, 1].map(|axis| (place[axis] - point[axis] + self.step * SIDE / 2) as u32 as u64);
        if x >= wide || y >= wide {
            return Standing::Far;
        }
        let [column, row] = [x, y].map(|length| (length * self.part) >> 40);
        match self.tables[name as usize][row as usize] >> (2 * column) & 3 {
            0 => Standing::Far,
            1 => Standing::Next,
            _ => Standing::Nearest,
        }
    }
}

fn packed(table: &[Standing]) -> [u64; SIDE as usize] {
    let bits = |standing: &Standing| match standing {
        Standing::Far => 0,
        Standing::Next => 1,
        Standing::Nearest => 2,
    };
    let row = |row: &[Standing]| row.iter().rev().fold(0, |all, standing| all << 2 | bits(standing));
    let mut rows = table.chunks(SIDE as usize).map(row);
    std::array::from_fn(|_| rows.next().expect("invariant: a table has a row for each"))
}

/// How a name stands to each cell around its point; of names as near, the first by its point is the nearest.
fn table(own: [i32; 2], near: &[(bool, [i32; 2])], step: i32) -> Vec<Standing> {
    cells(step)
        .map(|off| {
            let here = [own[0] + off[0], own[1] + off[1]];
            let distance = distance2(here, own);
            let nearer = near.iter().filter(|(before, other)| {
                let theirs = distance2(here, *other);
                theirs < distance || theirs == distance && *before
            });
            match nearer.take(NEXT + 1).count() {
                0 => Standing::Nearest,
                1..=NEXT => Standing::Next,
                _ => Standing::Far,
            }
        })
        .collect()
}

/// The middles of a table's cells, from its point.
fn cells(step: i32) -> impl Iterator<Item = [i32; 2]> {
    let middle = move |at: i32| (at - SIDE / 2) * step + step / 2;
    (0..SIDE).flat_map(move |row| (0..SIDE).map(move |column| [middle(column), middle(row)]))
}

fn shape(own: [i32; 2], table: &[Standing], step: i32) -> Shape {
    let (mut sum, mut square, mut count) = ([0i64; 2], [0i64; 3], 0i64);
    for (off, _) in cells(step).zip(table).filter(|(_, standing)| **standing == Standing::Nearest) {
        let [x, y] = off.map(i64::from);
        count += 1;
        sum = [sum[0] + x, sum[1] + y];
        square = [square[0] + x * x, square[1] + x * y, square[2] + y * y];
    }
    // A name so close to others that no cell is its own still has a place.
    let count = count.max(1);
    let mean = sum.map(|sum| sum / count);
    let (cell, least) = (i64::from(step).pow(2), i64::from(step).pow(2) / 3);
    Shape {
        at: [own[0] + mean[0] as i32, own[1] + mean[1] as i32],
        spread: [
            square[0] / count - mean[0] * mean[0] + least,
            square[1] / count - mean[0] * mean[1],
            square[2] / count - mean[1] * mean[1] + least,
        ],
        size: (count * cell).unsigned_abs(),
    }
}

fn distance2(a: [i32; 2], b: [i32; 2]) -> i64 {
    let (x, y) = (i64::from(a[0]) - i64::from(b[0]), i64::from(a[1]) - i64::from(b[1]));
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_within_a_table_are_parted_as_by_division() {
        for step in STEPS {
            let layer = Layer::new(&[], step);
            let wide = (step * SIDE) as u64;
            assert!((0..wide).all(|length| (length * layer.part) >> 40 == length / step as u64), "{step}");
        }
    }

    #[test]
    fn a_happening_is_told_under_the_nearest_name() {
        let gazetteer = Gazetteer::new(&[[0, 0], [600, 0], [0, 600]], &[]);
        let layer = gazetteer.layer(Placing::Settlement).expect("a layer");
        let standing = |point: [i32; 2], place| layer.standing(layer.name(point).expect("a name"), point, place);
        assert_eq!(standing([0, 0], [200, 10]), Standing::Nearest);
        assert_eq!(standing([600, 0], [200, 10]), Standing::Next);
        assert_eq!(standing([600, 0], [400, 10]), Standing::Nearest);
        assert_eq!(standing([0, 0], [5_000, 0]), Standing::Far, "beyond the table");
        assert_eq!(layer.name([1, 0]), None);
        let shape = layer.shape(layer.name([0, 0]).expect("a name"));
        assert!(shape.at[0] < 0 && shape.at[1] < 0, "its ground lies away from its neighbours: {shape:?}");
    }

    #[test]
    fn names_at_one_place_or_none_are_no_trouble() {
        let crowded: Vec<[i32; 2]> = (0..40).map(|at| [at, at]).collect();
        let gazetteer = Gazetteer::new(&[crowded.clone(), crowded].concat(), &[]);
        let layer = gazetteer.layer(Placing::Settlement).expect("a layer");
        assert!((0..40).all(|at| layer.shape(at).size > 0 && layer.shape(at).spread[0] > 0));
        assert_eq!(Gazetteer::new(&[], &[]).layer(Placing::District).and_then(|layer| layer.name([0, 0])), None);
    }
}
