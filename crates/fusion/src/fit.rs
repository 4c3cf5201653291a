//! The fit: parameters from reports and groups of them.
//!
//! Takes data, groups that are known or were found, and the parameters believed so far; gives better ones. With the groups
//! that the model itself found, repeated, nobody need ever say which reports belong together. Sums are made in
//! floating point by `libm` in canonical order, so the same data give the same parameters on every machine.

#![expect(clippy::needless_range_loop, reason = "an index names one row in several tables side by side")]

use crate::background::Background;
use crate::datum::{Datum, KINDS};
use crate::existence::{FEATURES, weigh_features};
use crate::gazetteer::Standing;
use crate::link::Ties;
use crate::parameters::{CLASSES, Lag, MOST_ALIKE, MOST_SAME, Parameters, Placing, SETS};
use crate::posterior::{solve, solve_each};
use crate::weigh::Model;
use std::collections::{BTreeMap, BTreeSet};

/// No more sources are told apart in who copies whom.
const MOST_SOURCES: usize = 200;

/// A better fit to these groups, `home` naming the group of each datum.
#[must_use]
pub fn fit<G: Ord + Copy>(data: &[Datum], home: &[G], model: &Model) -> Parameters {
    let mut groups: BTreeMap<G, Vec<&Datum>> = BTreeMap::new();
    for (datum, group) in data.iter().zip(home) {
        groups.entry(*group).or_default().push(datum);
    }
    let mut groups: Vec<Vec<&Datum>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|d| model.rank(d));
    }
    let mut next = model.parameters.clone();
    copies(&groups, model, &mut next);
    // Repeats are one voice.
    for group in &mut groups {
        let mut said = BTreeSet::new();
        group.retain(|d| !model.is_copied(d) || said.insert(d.said()));
    }
    composition(&groups, model, &mut next);
    kinds(&groups, data, model, &mut next);
    counts(&groups, data, model, &mut next);
    lags(&groups, model, &mut next);
    places(&groups, model, &mut next);
    next
}

fn ppm(value: f64) -> i64 {
    libm::round(value * 1e6) as i64
}

/// How many more reports come, given those that came.
fn composition(groups: &[Vec<&Datum>], model: &Model, next: &mut Parameters) {
    let mut after = vec![[0f64; SETS]; CLASSES];
    let mut sets = [0f64; SETS];
    let mut again = vec![[[0f64; 2]; MOST_ALIKE + 1]; CLASSES];
    let mut same = vec![[[0f64; 2]; MOST_SAME + 1]; CLASSES];
    let mut first = vec![[0f64; 2]; next.manners.len()];
    for group in groups {
        let mut sources: BTreeMap<(usize, u16), usize> = BTreeMap::new();
        for d in group {
            *sources.entry((model.class(d), d.source)).or_default() += 1;
        }
        let mut of_class = [0usize; CLASSES];
        for (class, _) in sources.keys() {
            of_class[*class] += 1;
        }
        let set = (0..CLASSES).filter(|c| of_class[*c] > 0).fold(0, |set, c| set | 1 << c);
        for part in (1..SETS).filter(|part| part & set == *part) {
            sets[part] += 1.0;
            for c in 0..CLASSES {
                after[c][part] += of_class[c] as f64;
            }
        }
        for c in 0..CLASSES {
            for m in 1..=of_class[c].min(MOST_ALIKE) {
                again[c][m][0] += (of_class[c] - m) as f64;
                again[c][m][1] += 1.0;
            }
        }
        for ((c, _), reports) in &sources {
            for m in 1..=(*reports).min(MOST_SAME) {
                same[*c][m][0] += (reports - m) as f64;
                same[*c][m][1] += 1.0;
            }
        }
        for (at, d) in group.iter().enumerate() {
            first[usize::from(d.manner)][1] += 1.0;
            if at == 0 {
                first[usize::from(d.manner)][0] += 1.0;
            }
        }
    }
    for c in 0..CLASSES {
        for set in 1..SETS {
            next.classes[c].after_ppm[set] = ppm((after[c][set] + 0.02) / (sets[set] + 1.0));
        }
        for m in 1..=MOST_ALIKE {
            next.classes[c].again_ppm[m] = ppm((again[c][m][0] + 0.02) / (again[c][m][1] + 1.0));
        }
        for m in 1..=MOST_SAME {
            next.classes[c].same_ppm[m] = ppm((same[c][m][0] + 0.002) / (same[c][m][1] + 1.0));
        }
    }
    for (manner, [alone, all]) in next.manners.iter_mut().zip(first) {
        manner.first_ppm = ppm((alone + 1.0) / (all + 2.0));
    }
}

/// Labels by kind, the kind of each group being known only as well as its labels tell it.
fn kinds(groups: &[Vec<&Datum>], data: &[Datum], model: &Model, next: &mut Parameters) {
    let mut given = vec![[[0.5f64; KINDS + 1]; KINDS]; CLASSES];
    let mut prior = [1f64; KINDS];
    for group in groups.iter().filter(|group| group.len() > 1) {
        let mut told = [0f64; KINDS];
        for (kind, weight) in told.iter_mut().enumerate() {
            *weight = model.parameters.kinds_ppm[kind] as f64 / 1e6;
            let mut seen: BTreeSet<(u16, u8)> = BTreeSet::new();
            for d in group.iter().filter(|d| seen.insert((d.source, d.kind))) {
                *weight *= model.parameters.classes[model.class(d)].labels_ppm[kind][usize::from(d.kind)] as f64 / 1e6;
            }
        }
        let all: f64 = told.iter().sum::<f64>() + 1e-300;
        for kind in 0..KINDS {
            prior[kind] += told[kind] / all;
            for d in group {
                given[model.class(d)][kind][usize::from(d.kind)] += told[kind] / all;
            }
        }
    }
    let all: f64 = prior.iter().sum();
    next.kinds_ppm = prior.map(|share| ppm(share / all));
    for c in 0..CLASSES {
        // A class that is never with others keeps what was believed of it.
        let seen: f64 = given[c].iter().flatten().sum();
        if seen > 200.0 {
            for kind in 0..KINDS {
                let row: f64 = given[c][kind].iter().sum();
                next.classes[c].labels_ppm[kind] = given[c][kind].map(|count| ppm(count / row).max(1));
            }
        }
        let mut usual = [0.5f64; KINDS + 1];
        for d in data.iter().filter(|d| model.class(d) == c) {
            usual[usize::from(d.kind)] += 1.0;
        }
        let all: f64 = usual.iter().sum();
        next.classes[c].label_ppm = usual.map(|count| ppm(count / all).max(1));
    }
}

fn counts(groups: &[Vec<&Datum>], data: &[Datum], model: &Model, next: &mut Parameters) {
    let ln = |d: &Datum| libm::log(f64::from(d.count.max(1)));
    let believed = |c: usize| model.parameters.classes[c].count_bias[0] as f64 / 1024.0;
    let mut residual: Vec<Vec<f64>> = vec![Vec::new(); CLASSES];
    for group in groups {
        let told: Vec<&&Datum> = group.iter().filter(|d| d.count > 0).collect();
        let sources: BTreeSet<(usize, u16)> = told.iter().map(|d| (model.class(d), d.source)).collect();
        if sources.len() < 2 {
            continue;
        }
        for d in &told {
            let others: Vec<f64> = told
                .iter()
                .filter(|o| o.source != d.source || o.manner != d.manner)
                .map(|o| ln(o) - believed(model.class(o)))
                .collect();
            if !others.is_empty() {
                residual[model.class(d)].push(ln(d) - others.iter().sum::<f64>() / others.len() as f64);
            }
        }
    }
    for c in 0..CLASSES {
        let (mean, sd, many) = spread(residual[c].iter().copied());
        if many > 50.0 {
            // The others' error is about as large as its own.
            next.classes[c].count_bias =
                [libm::round(mean * 1024.0) as i64, libm::round((sd * 0.75).max(0.2) * 1024.0) as i64];
        }
        let usual = data.iter().filter(|d| model.class(d) == c && d.count > 0).map(ln);
        let (mean, sd, many) = spread(usual);
        if many > 50.0 {
            next.classes[c].counts = [libm::round(mean * 1024.0) as i64, libm::round(sd.max(0.1) * 1024.0) as i64];
        }
    }
}

fn spread(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let (mut n, mut sum, mut square) = (0.0, 0.0, 0.0);
    for value in values {
        n += 1.0;
        sum += value;
        square += value * value;
    }
    let mean = if n > 0.0 { sum / n } else { 0.0 };
    (mean, libm::sqrt((square / f64::max(n, 1.0) - mean * mean).max(0.0)), n)
}

/// The lag of each manner behind the best clock of the group.
fn lags(groups: &[Vec<&Datum>], model: &Model, next: &mut Parameters) {
    let mut residual: Vec<Vec<f64>> = vec![Vec::new(); next.manners.len()];
    for group in groups.iter().filter(|group| group.len() > 1) {
        let clock =
            group.iter().min_by_key(|d| (model.clock.lag(d.manner)[1], d.time_s, d.id)).expect("invariant: not empty");
        if model.clock.lag(clock.manner)[1] > 600 * 600 {
            continue;
        }
        for d in group {
            let same = model.clock.lag(d.manner)[1] == model.clock.lag(clock.manner)[1];
            if !same || d.manner == clock.manner || model.class(d) == model.class(clock) {
                residual[usize::from(d.manner)].push((d.time_s - clock.time_s) as f64);
            }
        }
    }
    for (manner, values) in next.manners.iter_mut().zip(&mut residual) {
        if values.len() < 100 {
            continue;
        }
        values.sort_by(f64::total_cmp);
        if manner.lags.iter().any(|lag| lag.is_box) {
            boxes(&mut manner.lags, values);
        } else {
            bells(&mut manner.lags, values);
        }
    }
}

/// Shares of boxes and bells whose form is known.
fn boxes(lags: &mut [Lag], values: &[f64]) {
    for _ in 0..20 {
        let mut shares = vec![0.5f64; lags.len()];
        for value in values {
            let parts: Vec<f64> = lags.iter().map(|lag| density(lag, *value)).collect();
            let all: f64 = parts.iter().sum::<f64>() + 1e-300;
            for (share, part) in shares.iter_mut().zip(&parts) {
                *share += part / all;
            }
        }
        let all: f64 = shares.iter().sum();
        for (lag, share) in lags.iter_mut().zip(&shares) {
            lag.share_ppm = ppm(share / all).max(1);
        }
    }
}

fn density(lag: &Lag, value: f64) -> f64 {
    let (off, width) = (value - lag.middle_s as f64, lag.width_s as f64);
    let share = lag.share_ppm as f64 / 1e6;
    if lag.is_box {
        // The clock that it is held against is not exact: a soft edge.
        let soft = 900.0;
        let inside = libm::erfc((libm::fabs(off) - width) / soft) / 2.0;
        share * inside / (2.0 * width)
    } else {
        share * libm::exp(-0.5 * off * off / (width * width)) / (width * 2.506_628)
    }
}

fn bells(lags: &mut Vec<Lag>, values: &[f64]) {
    const BELLS: usize = 4;
    let at = |q: f64| values[((values.len() - 1) as f64 * q) as usize];
    let (_, sd, _) = spread(values.iter().copied());
    let floor = 28.0;
    let mut bells: Vec<[f64; 3]> = (0..BELLS).map(|k| [0.25, at((k as f64 + 0.5) / 4.0), sd / 2.0 + floor]).collect();
    bells[BELLS - 1] = [0.25, at(0.5), sd * 2.0 + floor];
    for _ in 0..100 {
        let mut sums = [[0f64; 3]; BELLS];
        for value in values {
            let parts: Vec<f64> =
                bells.iter().map(|[w, m, s]| w * libm::exp(-0.5 * (value - m) * (value - m) / (s * s)) / s).collect();
            let all: f64 = parts.iter().sum::<f64>() + 1e-300;
            for (sum, part) in sums.iter_mut().zip(&parts) {
                let share = part / all;
                *sum = [sum[0] + share, sum[1] + share * value, sum[2] + share * value * value];
            }
        }
        for (bell, [n, sum, square]) in bells.iter_mut().zip(sums) {
            let n = n + 1e-9;
            let mean = sum / n;
            *bell = [n / values.len() as f64, mean, libm::sqrt((square / n - mean * mean).max(0.0)).max(floor)];
        }
    }
    let all: f64 = bells.iter().map(|[w, ..]| w.max(1e-4)).sum();
    *lags = bells
        .iter()
        .map(|[w, m, s]| Lag {
            share_ppm: ppm(w.max(1e-4) / all),
            middle_s: libm::round(*m) as i64,
            width_s: libm::round(*s) as i64,
            is_box: false,
        })
        .collect();
}

/// How far off points are against what they state, and how often names are wrong.
fn places(groups: &[Vec<&Datum>], model: &Model, next: &mut Parameters) {
    let mut forms: Vec<Vec<f64>> = vec![Vec::new(); next.manners.len()];
    let mut named: [Vec<[f64; 2]>; 2] = [Vec::new(), Vec::new()];
    let placing = |d: &Datum| model.parameters.manners[usize::from(d.manner)].placing;
    for group in groups.iter().filter(|group| group.len() > 1) {
        let points = group.iter().filter(|d| placing(d) == Placing::Point);
        let Some(best) = points.min_by_key(|d| (d.spread[0] + d.spread[2], d.id)) else { continue };
        let precise = best.spread[0].max(best.spread[2]) < 60 * 60;
        let fused = model.start(best);
        for d in group.iter().filter(|d| d.id != best.id) {
            if placing(d) == Placing::Point {
                let off = [f64::from(d.at[0] - best.at[0]), f64::from(d.at[1] - best.at[1])];
                let s: Vec<f64> = (0..3).map(|k| (d.spread[k] + best.spread[k]) as f64).collect();
                let form = s[2] * off[0] * off[0] - 2.0 * s[1] * off[0] * off[1] + s[0] * off[1] * off[1];
                forms[usize::from(d.manner)].push(form / (s[0] * s[2] - s[1] * s[1]).max(1.0));
            } else if precise {
                let layer = usize::from(placing(d) == Placing::District);
                let shares = model.standings(&fused, d);
                let [nearest, next] =
                    [Standing::Nearest, Standing::Next].map(|s| shares.iter().filter(|x| **x == s).count());
                named[layer].push([nearest as f64 / 16.0, next as f64 / 64.0]);
            }
        }
    }
    for (manner, values) in next.manners.iter_mut().zip(&mut forms) {
        if values.len() < 50 {
            continue;
        }
        values.sort_by(f64::total_cmp);
        let middle = values[values.len() / 2].max(0.05);
        let (mut w, mut a, mut b) = (0.92, middle / 1.386, 9.0 * middle / 1.386);
        for _ in 0..60 {
            let (mut n, mut sum, mut rest) = (0.0, 0.0, 0.0);
            for z2 in values.iter() {
                let pa = w / (2.0 * a) * libm::exp(-z2 / (2.0 * a));
                let pb = (1.0 - w) / (2.0 * b) * libm::exp(-z2 / (2.0 * b));
                let r = pa / (pa + pb + 1e-300);
                n += r;
                sum += r * z2;
                rest += (1.0 - r) * z2;
            }
            let all = values.len() as f64;
            w = n / all;
            a = sum / (2.0 * n);
            b = rest / (2.0 * (all - n) + 1e-9);
        }
        manner.sound_ppm = ppm(w.clamp(0.5, 0.995));
        manner.scale = [libm::round(a * 1024.0) as i64, libm::round(b.max(a * 1.5) * 1024.0) as i64];
    }
    for (layer, values) in named.iter().enumerate() {
        if values.len() < 100 {
            continue;
        }
        let mut wrong = 0.1;
        for _ in 0..40 {
            let sum: f64 = values
                .iter()
                .map(|[nearest, next]| {
                    let (right, not) = ((1.0 - wrong) * nearest, wrong * next + 1e-4);
                    not / (right + not)
                })
                .sum();
            wrong = sum / values.len() as f64;
        }
        next.misnamed_ppm[layer] = ppm(wrong.clamp(0.005, 0.5));
    }
}

/// Who repeats whom.
fn copies(groups: &[Vec<&Datum>], model: &Model, next: &mut Parameters) {
    let known = groups.iter().flatten().filter(|d| model.is_copied(d)).map(|d| usize::from(d.source) + 1).max();
    let sources = known.unwrap_or(0).min(MOST_SOURCES);
    let mut reports = vec![0f64; sources];
    let mut together = vec![vec![0f64; sources]; sources];
    for group in groups {
        let press: Vec<&&Datum> =
            group.iter().filter(|d| model.is_copied(d) && usize::from(d.source) < sources).collect();
        let mut alike: BTreeMap<(u8, [i32; 2], i64), BTreeSet<usize>> = BTreeMap::new();
        for d in &press {
            reports[usize::from(d.source)] += 1.0;
            alike.entry(d.said()).or_default().insert(usize::from(d.source));
        }
        for set in alike.values().filter(|set| set.len() > 1) {
            for v in set {
                for u in set.iter().filter(|u| *u != v) {
                    together[*v][*u] += 1.0;
                }
            }
        }
    }
    let all: f64 = reports.iter().sum();
    if all < 100.0 {
        return;
    }
    next.copies_ppm = together
        .iter()
        .map(|row| row.iter().zip(&reports).map(|(both, own)| ppm((both + 0.3) / (own + 30.0))).collect())
        .collect();
    next.voices_ppm = reports.iter().map(|own| ppm((own + 1.0) / (all + sources as f64))).collect();
}

/// A calibration of the chances that the model gives to pairs, by the classes of the two, where `truth` is known.
#[must_use]
pub fn calibrate<G: PartialEq>(data: &[Datum], truth: &[G], model: &Model) -> Parameters {
    let mut plain = model.parameters.clone();
    plain.calibration = [[[0, 1024]; CLASSES]; CLASSES];
    let model = model.with(plain.clone());
    let solved = solve(data, &model);
    let mut said: BTreeMap<(usize, usize), Vec<[f64; 2]>> = BTreeMap::new();
    for (a, b, chance) in &solved.pairs {
        let (x, y) = (&data[*a as usize], &data[*b as usize]);
        let apart = solved.groups[*a as usize] != solved.groups[*b as usize];
        // What is all but ruled out teaches nothing, and copies are told by themselves.
        if *chance <= 1 && apart || model.is_copied(x) && x.said() == y.said() {
            continue;
        }
        let chance = f64::from((*chance).clamp(1, 4_095)) / 4_096.0;
        let came = if truth[*a as usize] == truth[*b as usize] { 1.0 } else { 0.0 };
        let classes = (model.class(x).min(model.class(y)), model.class(x).max(model.class(y)));
        said.entry(classes).or_default().push([libm::log(chance / (1.0 - chance)), came]);
    }
    for ((x, y), said) in said.iter().filter(|(_, said)| said.len() > 300) {
        let [shift, slope] = logistic_line(said);
        plain.calibration[*x][*y] = [libm::round(shift * 1024.0) as i64, libm::round(slope * 1024.0) as i64];
    }
    plain
}

/// Weights of the features of groups, where it is known which data are real: a group is if more than half of it is.
#[must_use]
pub fn weigh_existence(data: &[Datum], real: &[bool], model: &Model) -> Parameters {
    let mut features: BTreeMap<u64, [i64; FEATURES]> = BTreeMap::new();
    let solved = solve_each(data, model, Background::Counted, &Ties::default(), |group, own| {
        features.insert(group, *own);
    });
    let mut told: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
    for (group, real) in solved.groups.iter().zip(real) {
        told.entry(*group).or_default()[usize::from(*real)] += 1;
    }
    let seen: Vec<_> = told.iter().map(|(group, [not, real])| (features[group], real > not)).collect();
    Parameters { existence: weigh_features(&seen), ..model.parameters.clone() }
}

/// Shift and slope of log odds, by Newton's steps with a weak belief in 0 and 1.
fn logistic_line(said: &[[f64; 2]]) -> [f64; 2] {
    let [mut shift, mut slope] = [0.0, 1.0];
    for _ in 0..30 {
        let (mut g, mut h) = ([-shift, 30.0 * (1.0 - slope)], [1.0, 0.0, 30.0]);
        for [odds, came] in said {
            let chance = 1.0 / (1.0 + libm::exp(-(shift + slope * odds)));
            let (error, weight) = (came - chance, chance * (1.0 - chance));
            g = [g[0] + error, g[1] + error * odds];
            h = [h[0] + weight, h[1] + weight * odds, h[2] + weight * odds * odds];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        shift += ((h[2] * g[0] - h[1] * g[1]) / determinant).clamp(-0.5, 0.5);
        slope += ((h[0] * g[1] - h[1] * g[0]) / determinant).clamp(-0.2, 0.2);
    }
    [shift.clamp(-10.0, 10.0), slope.clamp(0.05, 4.0)]
}
