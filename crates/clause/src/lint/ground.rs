//! Ground that zones share or leave out, and rings that cross themselves.
//!
//! Takes zones and sectors; gives positions as witnesses, found on a grid and held against the exact shapes. What the grid
//! does not find is not remarked upon: never a claim without its witness.

use super::people::{actors, shared};
use super::{Draft, deciding, readings, window};
use crate::agreement::{Agreement, Reading, Zone};
use crate::remark::{Code, Remarks, remark};
use crate::rule::{Kernel, Rule, Who};
use crate::said::{Said, said};
use terms::{Bounds, Label, Party, Position, Shape, Side};

/// Where two zones meet.
pub(super) enum Meeting {
    /// No position was found in both.
    Nowhere,
    /// Neither names a zone.
    Anywhere,
    /// This position lies well inside both.
    At(Position),
}

impl Meeting {
    /// In words, for a witness.
    pub(super) fn told(&self) -> Said {
        match self {
            Meeting::Nowhere => said!("nowhere"),
            Meeting::Anywhere => said!("anywhere"),
            Meeting::At(position) => said!("at {}", degrees(*position)),
        }
    }
}

/// A position as longitude and latitude to four places.
fn degrees(position: Position) -> Said {
    let shown = |e6: i32| {
        let sign = if e6 < 0 { "-" } else { "" };
        format!("{sign}{}.{:04}", e6.unsigned_abs() / 1_000_000, e6.unsigned_abs() % 1_000_000 / 100)
    };
    said!("longitude {}, latitude {}", shown(position.lon_e6()), shown(position.lat_e6()))
}

/// A witness lies at least this far from every edge.
const CLEAR_M: u32 = 10;
/// Positions tried along each side, and corners looked at in all: a map of many corners is tried at fewer positions.
const SIDE: i64 = 24;
const CORNERS_MOST: usize = 400_000;

fn inside(zone: &Zone, centre: Position) -> bool {
    zone.locate(&Shape::Disc { centre, radius_m: CLEAR_M }) == Side::Inside
}

fn outside(zone: &Zone, centre: Position) -> bool {
    zone.locate(&Shape::Disc { centre, radius_m: CLEAR_M }) == Side::Outside
}

fn corners(zone: &Zone) -> usize {
    zone.area.polygons().iter().flatten().map(Vec::len).sum()
}

/// Positions spread over a box, as many as the zones' corners allow.
fn spread(bounds: Bounds, zones: &[&Zone]) -> Vec<Position> {
    let corners: usize = zones.iter().map(|zone| corners(zone)).sum();
    let side =
        (2..=SIDE).rev().find(|side| corners.saturating_mul((side * side) as usize) <= CORNERS_MOST).unwrap_or(2);
    let between = |low: i32, high: i32, step: i64| {
        let width = i64::from(high) - i64::from(low);
        i32::try_from(i64::from(low) + width * (2 * step + 1) / (2 * side)).expect("invariant: between two positions")
    };
    let steps = (0..side).flat_map(|row| (0..side).map(move |column| (row, column)));
    let positions = steps.map(|(row, column)| {
        let lon = between(bounds.low.lon_e6(), bounds.high.lon_e6(), column);
        Position::new(lon, between(bounds.low.lat_e6(), bounds.high.lat_e6(), row))
            .expect("invariant: between two positions")
    });
    positions.collect()
}

fn common_bounds(a: Bounds, b: Bounds) -> Option<Bounds> {
    let low = |pick: fn(Position) -> i32| pick(a.low).max(pick(b.low));
    let high = |pick: fn(Position) -> i32| pick(a.high).min(pick(b.high));
    let (west, south) = (low(Position::lon_e6), low(Position::lat_e6));
    let (east, north) = (high(Position::lon_e6), high(Position::lat_e6));
    let corner = |lon, lat| Position::new(lon, lat).expect("invariant: a corner of valid positions is valid");
    (west < east && south < north).then(|| Bounds { low: corner(west, south), high: corner(east, north) })
}

fn in_both(a: &Zone, b: &Zone) -> Option<Position> {
    let bounds = common_bounds(a.area.bounds(), b.area.bounds())?;
    spread(bounds, &[a, b]).into_iter().find(|position| inside(a, *position) && inside(b, *position))
}

/// Where two zones of a text meet under a reading, for one who is bound.
pub(super) fn meet(
    agreement: &Agreement,
    reading: &Reading,
    a: Option<&Label>,
    b: Option<&Label>,
    party: Option<&Party>,
) -> Meeting {
    let zone = |name: &Label| agreement.zone(name, reading, party);
    let found = match (a, b) {
        (None, None) => return Meeting::Anywhere,
        (Some(name), None) | (None, Some(name)) => zone(name).and_then(|zone| in_both(zone, zone)),
        (Some(a), Some(b)) => zone(a).zip(zone(b)).and_then(|(a, b)| in_both(a, b)),
    };
    found.map_or(Meeting::Nowhere, Meeting::At)
}

pub(super) fn check(draft: &Draft<'_>, remarks: &mut Remarks) {
    let agreement = draft.agreement;
    for (name, zone) in &agreement.zones {
        crossed(draft, name, zone, remarks);
    }
    for (name, sectors) in &agreement.sectors {
        let all: Vec<(&Label, &Zone)> = sectors.iter().collect();
        for (at, (first, a)) in all.iter().enumerate() {
            let next = all[at + 1..].iter().find_map(|(second, b)| Some((second, in_both(a, b)?)));
            if let Some((second, position)) = next {
                let message = said!("the sectors `{}` and `{}` of `{}` overlap", first, second, name);
                let witness = said!("witness: {} lies in both", degrees(position));
                let made = remark(Code::Overlap, draft.definition(name.as_str()), message).because(witness);
                remarks.push(made.fix(said!("draw them so that each position has one sector")));
            }
        }
    }
    let bounded: Vec<&Rule> =
        draft.judged().filter(|rule| matches!(rule.kernel, Kernel::Never { .. } | Kernel::AtMost { .. })).collect();
    for (at, first) in bounded.iter().enumerate() {
        gap(agreement, first, remarks);
        bounded[at + 1..].iter().for_each(|second| different(agreement, first, second, remarks));
    }
}

/// Ground of a rule's zone that no sector takes in.
fn gap(agreement: &Agreement, rule: &Rule, remarks: &mut Remarks) {
    let Some(pattern) = deciding(rule) else { return };
    let (Some(zone), Some(sectors)) = (&pattern.zone, &pattern.sectors) else { return };
    let (Some(ground), Some(parts)) = (agreement.zones.get(zone), agreement.sectors.get(sectors)) else { return };
    let mut zones: Vec<&Zone> = parts.values().collect();
    zones.push(ground);
    let left = spread(ground.area.bounds(), &zones)
        .into_iter()
        .find(|position| inside(ground, *position) && parts.values().all(|sector| outside(sector, *position)));
    if let Some(position) = left {
        let message = said!("`{}` leaves out ground of `{}`, so rule `{}` does not hold there", sectors, zone, rule.id);
        let made = remark(Code::Overlap, rule.span.clone(), message);
        let witness = said!("witness: {} lies in the zone and in no sector", degrees(position));
        remarks.push(made.because(witness).fix(said!("draw the sectors up to the edge of the zone")));
    }
}

/// Two rules alike but for what they let pass, in zones that overlap and neither of which holds the other.
fn different(agreement: &Agreement, first: &Rule, second: &Rule, remarks: &mut Remarks) {
    let (Some(a), Some(b)) = (deciding(first), deciding(second)) else { return };
    // Stages with times of their own, and bands for weapons of their own, are meant to differ.
    let alike = first.windows == second.windows && first.kind() == second.kind();
    let twins = alike && a.acts == b.acts && a.class == b.class;
    let differ = first.exceptions != second.exceptions || first.standard != second.standard;
    let (Some(one), Some(other)) = (&a.zone, &b.zone) else { return };
    let who = || shared(actors(agreement, first, a), actors(agreement, second, b));
    if !twins || !differ || one == other || a.at != Who::Anyone || b.at != Who::Anyone || who().is_none() {
        return;
    }
    let at_once = |reading: &Reading| {
        let windows = window(agreement, first, reading).zip(window(agreement, second, reading));
        windows.is_some_and(|(a, b)| a.span().meet(b.span()).is_some_and(|both| both.length_ms() > 0))
    };
    let reading = readings(agreement, first, second).iter().find(|reading| at_once(reading));
    let party = who().flatten();
    let zones = reading.and_then(|reading| {
        agreement.zone(one, reading, party.as_ref()).zip(agreement.zone(other, reading, party.as_ref()))
    });
    let Some((zone_a, zone_b)) = zones else { return };
    let alone = |zone: &Zone, not: &Zone| {
        spread(zone.area.bounds(), &[zone, not]).into_iter().any(|p| inside(zone, p) && outside(not, p))
    };
    let Some(witness) = in_both(zone_a, zone_b) else { return };
    if !alone(zone_a, zone_b) || !alone(zone_b, zone_a) {
        return;
    }
    let share = |zone: &Zone, of: &Zone| {
        let tried: Vec<Position> =
            spread(zone.area.bounds(), &[zone, of]).into_iter().filter(|position| inside(zone, *position)).collect();
        let both = tried.iter().filter(|position| inside(of, **position)).count();
        both * 100 / tried.len().max(1)
    };
    let message =
        said!("zones `{}` and `{}` overlap, and rules `{}` and `{}` differ there", one, other, first.id, second.id);
    let witness = said!(
        "witness: {}; about {} % of `{}` and {} % of `{}` lie in both",
        degrees(witness),
        share(zone_a, zone_b),
        one,
        share(zone_b, zone_a),
        other
    );
    let fix = said!("say which of them holds where both do, or draw the zones apart");
    remarks.push(remark(Code::Overlap, second.span.clone(), message).because(witness).fix(fix));
}

/// A ring two of whose sides cross.
fn crossed(draft: &Draft<'_>, name: &Label, zone: &Zone, remarks: &mut Remarks) {
    /// Rings with more corners are not looked at: every side is held against every other.
    const RING_MOST: usize = 400;
    if zone.band.is_some() {
        return;
    }
    for ring in zone.area.polygons().iter().flatten().filter(|ring| ring.len() <= RING_MOST) {
        let sides: Vec<(Position, Position)> =
            (0..ring.len()).map(|at| (ring[at], ring[(at + 1) % ring.len()])).collect();
        let crossing = sides
            .iter()
            .enumerate()
            .find_map(|(at, side)| sides[at + 1..].iter().find(|other| cross(*side, **other)).map(|_| side.0));
        if let Some(near) = crossing {
            let message = said!("a ring of `{}` crosses itself", name);
            let witness = said!("witness: the side that begins at {} crosses another", degrees(near));
            let made = remark(Code::Crossed, draft.definition(name.as_str()), message).because(witness);
            remarks.push(made.fix(said!(
                "put its corners in order around the edge; what a crossed ring holds is not what was meant"
            )));
            return;
        }
    }
}

/// Whether two sides cross in their middles.
fn cross(a: (Position, Position), b: (Position, Position)) -> bool {
    let turn = |from: Position, to: Position, then: Position| {
        let by = |p: Position| (i64::from(p.lon_e6()), i64::from(p.lat_e6()));
        let ((fx, fy), (tx, ty), (px, py)) = (by(from), by(to), by(then));
        ((tx - fx) * (py - fy) - (ty - fy) * (px - fx)).signum()
    };
    turn(a.0, a.1, b.0) * turn(a.0, a.1, b.1) < 0 && turn(b.0, b.1, a.0) * turn(b.0, b.1, a.1) < 0
}
