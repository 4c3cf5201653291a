//! The background: how often reports of each manner come in at all, and where.
//!
//! Takes all reports, without any truth; gives for each the rate at which such reports come in without any that is more
//! precise, on a square kilometre and hour, as a score. It changes slowly: a mission makes it now and then, and
//! keeps it.

use crate::datum::Datum;
use crate::fixed::LN_NAT;
use crate::weigh::{LN_HOUR, LN_KM2, Model};
use std::ops::Range;

/// What the even rate is worth against that of the ground around, in reports.
const EVEN: i64 = 3;
/// What the rate of the ground around is worth against that of the name, in reports.
const NAMED: i64 = 3;
/// Seen within this distance at other passes, heat has a fixed source; units of 10 metres.
const HEAT: i32 = 120;
/// ln of the square kilometres within that distance.
const LN_HEAT_KM2: i32 = 1_546;
/// Passes farther apart than this do not see one fire, seconds.
const HEAT_APART_S: i64 = 57_600;

/// Where the background of reports comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Background {
    /// From a count of all reports: better, and every report has a say in every other.
    Counted,
    /// From the parameters: what comes in elsewhere changes nothing here.
    Believed,
}

/// The background of each report, in the order of the data, which is that of time.
pub(crate) fn background(data: &[Datum], model: &Model, from: Background) -> Vec<i32> {
    match from {
        Background::Counted => counted(data, model),
        Background::Believed => data.iter().map(|d| model.usual(d.manner)).collect(),
    }
}

/// The background of each report from a count of all.
pub(crate) fn counted(data: &[Datum], model: &Model) -> Vec<i32> {
    let mut background = vec![0; data.len()];
    let (Some(first), Some(last)) = (data.first(), data.last()) else { return background };
    let length_s = (last.time_s - first.time_s).max(86_400);
    let side = |axis: usize| {
        let (least, most) =
            data.iter().map(|d| d.at[axis]).fold((i32::MAX, i32::MIN), |(a, b), v| (a.min(v), b.max(v)));
        i64::from(most - least).max(1)
    };
    let ground = side(0) * side(1);
    for manner in 0..model.parameters.manners.len() as u8 {
        let own: Vec<usize> = (0..data.len()).filter(|at| data[*at].manner == manner).collect();
        rates(data, &own, model, ground, length_s, &mut background);
    }
    heat(data, model, length_s, &mut background);
    background
}

/// The rates of one manner.
fn rates(data: &[Datum], own: &[usize], model: &Model, ground: i64, length_s: i64, background: &mut [i32]) {
    let Some(manner) = own.first().map(|at| data[*at].manner) else { return };
    let cell = model.parameters.manners[usize::from(manner)].cell;
    let cells = Cells::new(own.iter().map(|at| (data[*at].at.map(|v| i64::from(v).div_euclid(cell)), *at)).collect());
    // By name: how many reports have it.
    let mut named: Vec<i64> = Vec::new();
    for (name, _) in own.iter().filter_map(|at| model.named(&data[*at])) {
        named.resize(named.len().max(name + 1), 0);
        named[name] += 1;
    }
    let area = 9 * cell * cell;
    let part =
        |size: i64, count: i64, of: i64| (i128::from(count) * i128::from(size) / i128::from(of.max(size))) as i64;
    // Expected in nine cells if the reports lay evenly, 1/1024.
    let even = part(area, own.len() as i64 * 1024, ground);
    let ln_all = model.fixed.ln(area.unsigned_abs()) - LN_KM2 + model.fixed.ln(length_s.unsigned_abs()) - LN_HOUR;
    for (here, around) in cells.each() {
        let count = around.map(|column| column.len() as i64).iter().sum::<i64>();
        let drawn = (count * 1024 + EVEN * 1024 * even / (even + 1024)) * (even + 1024) / (even + (1 + EVEN) * 1024);
        let rate = model.fixed.ln(drawn.max(1).unsigned_abs()) - LN_NAT - ln_all;
        for (_, at) in &cells.0[here] {
            background[*at] = model.first(manner) + rate;
            if let Some((name, size)) = model.named(&data[*at]) {
                let expected = part(size as i64, drawn, area);
                let counted = 1024 * (named[name] + NAMED);
                background[*at] +=
                    model.fixed.ln(counted.unsigned_abs()) - model.fixed.ln((expected + 1024 * NAMED).unsigned_abs());
            }
        }
    }
}

/// Raises the background of heat where heat is seen again and again.
fn heat(data: &[Datum], model: &Model, length_s: i64, background: &mut [i32]) {
    let is_heat = |d: &Datum| model.parameters.classes[model.class(d)].in_passes;
    let hot = data.iter().enumerate().filter(|(_, d)| is_heat(d));
    let cells = Cells::new(hot.map(|(at, d)| (d.at.map(|v| i64::from(v.div_euclid(HEAT))), at)).collect());
    let ln_all = LN_HEAT_KM2 + model.fixed.ln(length_s.unsigned_abs()) - LN_HOUR;
    // Side by side in memory: around a fixed source, each is held against all others.
    let seen: Vec<([i32; 2], i64)> = cells.0.iter().map(|(_, at)| (data[*at].at, data[*at].time_s)).collect();
    for (here, around) in cells.each() {
        for own in here {
            let (at, time_s) = seen[own];
            let is_again = |(other, when): &([i32; 2], i64)| {
                let off = [other[0] - at[0], other[1] - at[1]].map(i64::from);
                (when - time_s).abs() > HEAT_APART_S && off[0] * off[0] + off[1] * off[1] <= i64::from(HEAT).pow(2)
            };
            let again = around.iter().flat_map(|column| &seen[column.clone()]).filter(|other| is_again(other)).count();
            if again > 0 {
                let background = &mut background[cells.0[own].1];
                *background = model.fixed.add(*background, model.fixed.ln(again as u64) - ln_all);
            }
        }
    }
}

/// Reports in order of the cell that they lie in: column and row, and the index of the report.
struct Cells(Vec<([i64; 2], usize)>);

impl Cells {
    fn new(mut reports: Vec<([i64; 2], usize)>) -> Cells {
        reports.sort_unstable();
        Cells(reports)
    }

    /// Where the reports of each cell stand, and those of the nine cells around its middle, in three columns.
    fn each(&self) -> impl Iterator<Item = (Range<usize>, [Range<usize>; 3])> {
        let mut next = 0;
        self.0.chunk_by(|a, b| a.0 == b.0).map(move |here| {
            let [x, y] = here[0].0;
            let column = |x: i64| {
                let from = self.0.partition_point(|(cell, _)| *cell < [x, y - 1]);
                from..from + self.0[from..].partition_point(|(cell, _)| *cell <= [x, y + 1])
            };
            let first = next;
            next += here.len();
            (first..next, [x - 1, x, x + 1].map(column))
        })
    }
}
