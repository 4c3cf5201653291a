//! The cells of an area: a grid of places that stand for its ground.
//!
//! Takes an area; gives the middles of the grid's cells that lie in it. Never leaves an area without one.

use terms::{Area, Position};

/// The middles of the cells of a grid, so many along each side, that lie in the area; of an area too thin to hold one, its corners.
pub(crate) fn cells(area: &Area, grid: i64) -> Vec<Position> {
    let (low, high) = (area.bounds().low, area.bounds().high);
    let middle = |from: i32, to: i32, step: i64| {
        let width = i64::from(to) - i64::from(from);
        i32::try_from(i64::from(from) + width * (2 * step + 1) / (2 * grid))
            .expect("invariant: between two microdegrees")
    };
    let middles = (0..grid).flat_map(|row| (0..grid).map(move |column| (row, column))).map(|(row, column)| {
        Position::new(middle(low.lon_e6(), high.lon_e6(), column), middle(low.lat_e6(), high.lat_e6(), row))
            .expect("invariant: between two positions")
    });
    let held: Vec<Position> = middles.filter(|middle| area.holds(*middle)).collect();
    if held.is_empty() { area.polygons().iter().flatten().flatten().copied().collect() } else { held }
}
