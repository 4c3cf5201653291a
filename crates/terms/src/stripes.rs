//! Which of many boxes a place may lie in, found without asking each.
//!
//! Takes boxes; gives, for a disc, the numbers of those that it may touch. Never leaves out one that it touches.

use crate::area::Bounds;
use crate::place::Position;

/// Boxes sorted into stripes from west to east.
#[derive(Clone, Debug)]
pub struct Stripes {
    boxes: Vec<Bounds>,
    west: i64,
    /// How wide each stripe is, in microdegrees.
    width: i64,
    /// In each stripe the boxes that lie in it, at least in part; those near a pole lie in all.
    stripes: Vec<Vec<u32>>,
}

/// So many stripes for each box, so that few boxes share one.
const STRIPES_PER_BOX: usize = 4;
const STRIPES_MOST: usize = 4_096;

impl Stripes {
    /// Sorts boxes into stripes.
    #[must_use]
    pub fn of(boxes: Vec<Bounds>) -> Stripes {
        let lon = |position: Position| i64::from(position.lon_e6());
        let west = boxes.iter().map(|one| lon(one.low)).min().unwrap_or(0);
        let east = boxes.iter().map(|one| lon(one.high)).max().unwrap_or(0);
        let count = (boxes.len() * STRIPES_PER_BOX).clamp(1, STRIPES_MOST);
        let width = (east - west) / i64::try_from(count).expect("invariant: few stripes") + 1;
        let mut all = Stripes { boxes: Vec::new(), west, width, stripes: vec![Vec::new(); count] };
        for (nth, one) in boxes.iter().enumerate() {
            let nth = u32::try_from(nth).expect("invariant: no map has so many areas");
            let (mut first, mut last) = (all.stripe(lon(one.low)), all.stripe(lon(one.high)));
            if one.near_a_pole() {
                (first, last) = (0, count - 1);
            }
            all.stripes[first..=last].iter_mut().for_each(|stripe| stripe.push(nth));
        }
        Stripes { boxes, ..all }
    }

    /// The stripe of a longitude, the outermost for what lies beyond.
    fn stripe(&self, lon_e6: i64) -> usize {
        usize::try_from((lon_e6 - self.west) / self.width).unwrap_or(0).min(self.stripes.len() - 1)
    }

    /// Writes the numbers of all boxes that a disc may touch over `found`, in order; perhaps some more.
    pub fn near(&self, centre: Position, radius_m: u32, found: &mut Vec<u32>) {
        found.clear();
        let Some((east, _)) = Bounds::reach_e6(centre, radius_m) else {
            found.extend(0..u32::try_from(self.boxes.len()).expect("invariant: no map has so many areas"));
            return;
        };
        let lon = i64::from(centre.lon_e6());
        let (first, last) = (self.stripe(lon - east), self.stripe(lon + east));
        let touched = |nth: &u32| !self.boxes[*nth as usize].surely_beyond(centre, radius_m);
        for stripe in &self.stripes[first..=last] {
            found.extend(stripe.iter().copied().filter(touched));
        }
        if first < last {
            found.sort_unstable();
            found.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::{Area, Side};
    use crate::place::Shape;

    proptest::proptest! {
        #[test]
        fn no_box_that_is_touched_is_left_out(
            boxes in proptest::collection::vec((-180_000i32..180_000, 0i32..9_000, -90_000i32..90_000, 0i32..9_000), 0..40),
            (lon, lat, radius_m) in (-180_000i32..180_000, -90_000i32..90_000, 0u32..400_000),
        ) {
            let at = |lon: i32, lat: i32| {
                Position::new(lon.clamp(-180_000, 180_000) * 1_000, lat.clamp(-90_000, 90_000) * 1_000).expect("in range")
            };
            let boxes: Vec<Bounds> = boxes
                .into_iter()
                .map(|(west, width, south, height)| Bounds { low: at(west, south), high: at(west + width, south + height) })
                .collect();
            let stripes = Stripes::of(boxes.clone());
            let (centre, mut found) = (at(lon, lat), Vec::new());
            stripes.near(centre, radius_m, &mut found);
            proptest::prop_assert!(found.is_sorted_by(|a, b| a < b), "{:?}", found);
            for (nth, one) in (0u32..).zip(&boxes) {
                let ring = vec![one.low, at(one.high.lon_e6() / 1_000, one.low.lat_e6() / 1_000), one.high];
                let area = Area::new(vec![vec![ring]]).expect("a triangle");
                let side = area.locate(&Shape::Disc { centre, radius_m });
                proptest::prop_assert!(side == Side::Outside || found.contains(&nth), "{} of {:?}", nth, found);
            }
        }
    }
}
