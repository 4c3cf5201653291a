//! The background: how often reports of each manner come in at all, and where.
//!
//! Takes all reports, without any truth; gives for each the rate at which such reports come in without any that is more
//! precise, on a square kilometre and hour, as a score. It changes slowly: a mission makes it now and then, and
//! keeps it.

use crate::datum::Datum;
use crate::fixed::LN_NAT;
use crate::weigh::{LN_HOUR, LN_KM2, Model};
use std::collections::BTreeMap;

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
    let mut names: BTreeMap<[i32; 2], i64> = BTreeMap::new();
    for at in own.iter().filter(|at| model.size(&data[**at]).is_some()) {
        *names.entry(data[*at].at).or_default() += 1;
    }
    let area = 9 * cell * cell;
    let part =
        |size: i64, count: i64, of: i64| (i128::from(count) * i128::from(size) / i128::from(of.max(size))) as i64;
    // Expected in nine cells if the reports lay evenly, 1/1024.
    let even = part(area, own.len() as i64 * 1024, ground);
    let ln_all = model.fixed.ln(area.unsigned_abs()) - LN_KM2 + model.fixed.ln(length_s.unsigned_abs()) - LN_HOUR;
    for (here, around) in cells.each() {
        let count: i64 = around.iter().map(|row| row.len() as i64).sum();
        let drawn = (count * 1024 + EVEN * 1024 * even / (even + 1024)) * (even + 1024) / (even + (1 + EVEN) * 1024);
        let rate = model.fixed.ln(drawn.max(1).unsigned_abs()) - LN_NAT - ln_all;
        for (_, at) in here {
            let d = &data[*at];
            background[*at] = model.first(manner) + rate;
            if let Some(size) = model.size(d) {
                let expected = part(size as i64, drawn, area);
                let counted = 1024 * (names[&d.at] + NAMED);
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
    for (here, around) in cells.each() {
        for (_, at) in here {
            let d = &data[*at];
            let again = around.iter().copied().flatten().filter(|(_, other)| {
                let o = &data[*other];
                let off = [o.at[0] - d.at[0], o.at[1] - d.at[1]].map(i64::from);
                (o.time_s - d.time_s).abs() > HEAT_APART_S && off[0].pow(2) + off[1].pow(2) <= i64::from(HEAT).pow(2)
            });
            let again = again.count() as u64;
            if again > 0 {
                background[*at] = model.fixed.add(background[*at], model.fixed.ln(again) - ln_all);
            }
        }
    }
}

/// Reports by the cell that they lie in: column, row, and the index of the report.
struct Cells(Vec<([i64; 2], usize)>);

impl Cells {
    fn new(mut reports: Vec<([i64; 2], usize)>) -> Cells {
        reports.sort_unstable();
        Cells(reports)
    }

    /// The reports of each cell, and those of the nine cells around its middle, in three columns.
    fn each(&self) -> impl Iterator<Item = (&[([i64; 2], usize)], [&[([i64; 2], usize)]; 3])> {
        self.0.chunk_by(|a, b| a.0 == b.0).map(|here| {
            let [x, y] = here[0].0;
            let column = |x: i64| {
                let from = self.0.partition_point(|(cell, _)| *cell < [x, y - 1]);
                let length = self.0[from..].partition_point(|(cell, _)| *cell <= [x, y + 1]);
                &self.0[from..from + length]
            };
            (here, [x - 1, x, x + 1].map(column))
        })
    }
}
