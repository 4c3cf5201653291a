//! Edges on the ground: places just inside and just outside a zone, and where two zones differ.
//!
//! Takes zones; gives positions a few metres apart on both sides of the edge. Never gives a position of whose side the
//! zone itself is not sure.

use crate::agreement::Zone;
use terms::area::Bounds;
use terms::{Place, Position, Shape, Side};

/// A grid of so many steps a side is searched for a position in a zone.
const GRID: i32 = 24;
/// Inside and outside are brought so near to one another: a microdegree is a tenth of a metre.
const NEAR_E6: i32 = 10;

/// An exact place.
pub(crate) fn exactly(position: Position) -> Place {
    Place { shape: Shape::Disc { centre: position, radius_m: 0 }, name: None }
}

/// A position in the zone, as far from its edge as the grid knows.
pub(crate) fn within(zone: &Zone) -> Option<Position> {
    let inside = grid(zone.area.bounds()).filter(|position| side(zone, *position) == Side::Inside);
    let edge_mm = |position: &Position| (zone.area.edge_distance_m(*position) * 1000.0) as i64;
    inside.max_by_key(|position| (edge_mm(position), std::cmp::Reverse((position.lon_e6(), position.lat_e6()))))
}

/// The last position inside and the first outside, going west from the middle.
pub(crate) fn across(zone: &Zone) -> Option<(Position, Position)> {
    let mut inside = within(zone)?;
    let west = zone.area.bounds().low.lon_e6() - 20_000;
    let mut outside = Position::new(west, inside.lat_e6()).filter(|position| side(zone, *position) == Side::Outside)?;
    while inside.lon_e6() - outside.lon_e6() > NEAR_E6 {
        let middle = Position::new(outside.lon_e6() + (inside.lon_e6() - outside.lon_e6()) / 2, inside.lat_e6());
        let middle = middle.expect("invariant: a middle of valid positions is valid");
        if side(zone, middle) == Side::Inside { inside = middle } else { outside = middle }
    }
    Some((inside, outside))
}

/// A position in each zone that is not in the other.
pub(crate) fn apart(old: &Zone, new: &Zone) -> Vec<Position> {
    let only = |one: &Zone, other: &Zone| {
        grid(one.area.bounds()).find(|p| side(one, *p) == Side::Inside && side(other, *p) == Side::Outside)
    };
    [only(old, new), only(new, old)].into_iter().flatten().collect()
}

/// The smallest box round both.
pub(crate) fn joint(a: Bounds, b: Bounds) -> Bounds {
    Bounds::of([a.low, a.high, b.low, b.high]).expect("invariant: four corners have a box")
}

fn side(zone: &Zone, position: Position) -> Side {
    zone.locate(&exactly(position).shape)
}

fn grid(bounds: Bounds) -> impl Iterator<Item = Position> {
    let along = |low: i32, high: i32, step: i32| {
        let middle = i64::from(high - low) * i64::from(2 * step + 1) / i64::from(2 * GRID);
        low + i32::try_from(middle).expect("invariant: inside the box")
    };
    let Bounds { low, high } = bounds;
    let cells = (0..GRID).flat_map(|row| (0..GRID).map(move |column| (row, column)));
    cells.filter_map(move |(row, column)| {
        Position::new(along(low.lon_e6(), high.lon_e6(), column), along(low.lat_e6(), high.lat_e6(), row))
    })
}
