//! Existence: the chance that what a group of reports tells of happened.
//!
//! Takes the voices of a group; gives features of it, and by the parameters' weights a chance. Copies are one voice: ten of them
//! say no more than one. Never looks at who is accused.

use crate::datum::{Datum, KIND_UNKNOWN};
use crate::fixed::{Fixed, NAT};
use crate::parameters::CLASSES;
use crate::weigh::Model;
use std::collections::BTreeSet;

/// Features of a group.
pub const FEATURES: usize = 6 * CLASSES + 6;
/// A feature that is there.
const THERE: i64 = 1024;

/// The features of a group, 1/1024 each: `told` are its voices in canonical order, `sizes` the reports of each, `around` how
/// much the episodes nearby raise the background of the first, and `usual` how high the background is itself.
pub(crate) fn features(model: &Model, told: &[&Datum], sizes: &[i64], around: i32, usual: i32) -> [i64; FEATURES] {
    let mut features = [0; FEATURES];
    let mut feature = |at: usize, there: bool| features[at] = if there { THERE } else { 0 };
    let mut classes = 0;
    for class in 0..CLASSES {
        let own: Vec<usize> = (0..told.len()).filter(|at| model.class(told[*at]) == class).collect();
        let sources: BTreeSet<u16> = own.iter().map(|at| told[*at].source).collect();
        classes += usize::from(!own.is_empty());
        feature(4 * class, !own.is_empty());
        feature(4 * class + 1, sources.len() > 1);
        // Of what is copied, ten reports are no more than one.
        let repeated = !model.parameters.classes[class].is_copied && own.iter().map(|at| sizes[*at]).sum::<i64>() > 1;
        feature(4 * class + 2, repeated);
        feature(4 * class + 3, own.len() == told.len());
    }
    feature(4 * CLASSES, true);
    feature(4 * CLASSES + 1, told.len() == 1);
    feature(4 * CLASSES + 2, classes > 1);
    feature(4 * CLASSES + 3, classes > 2);
    feature(4 * CLASSES + 4, told.iter().any(|d| d.kind < KIND_UNKNOWN));
    feature(4 * CLASSES + 5, told.iter().any(|d| d.count > 0));
    // What is usual of heat is not what is usual of the press.
    let first = model.class(told[0]);
    features[4 * CLASSES + 6 + first] = i64::from(around.clamp(0, 8 * NAT)) / 4;
    features[5 * CLASSES + 6 + first] = i64::from(usual.clamp(-16 * NAT, 0)) / 4;
    features
}

/// The chance by weights of 1/1024 nat, in 1/4096; at least one part, and never all.
pub(crate) fn chance(fixed: &Fixed, weights: &[i64], features: &[i64; FEATURES]) -> u16 {
    let sum: i64 = weights.iter().zip(features).map(|(weight, feature)| weight * feature / 1024).sum();
    let score = sum.clamp(-12 * i64::from(NAT), 12 * i64::from(NAT)) as i32;
    (fixed.exp(-fixed.add(0, -score)) >> 18).clamp(1, 4_095) as u16
}

/// Weights of features by what came true, by Newton's steps with a weak belief in none; 1/1024 nat.
pub(crate) fn weigh_features(seen: &[([i64; FEATURES], bool)]) -> Vec<i64> {
    let mut weights = [0f64; FEATURES];
    for _ in 0..12 {
        let mut gradient = [0f64; FEATURES];
        let mut curve = [[0f64; FEATURES]; FEATURES];
        for (at, weight) in weights.iter().enumerate() {
            gradient[at] = -weight * 0.5;
            curve[at][at] = 0.5;
        }
        for (features, came) in seen {
            let x = features.map(|feature| feature as f64 / 1024.0);
            let sum: f64 = weights.iter().zip(&x).map(|(weight, feature)| weight * feature).sum();
            let said = 1.0 / (1.0 + libm::exp(-sum));
            let (error, bend) = (if *came { 1.0 } else { 0.0 } - said, said * (1.0 - said));
            for (row, feature) in x.iter().enumerate().filter(|(_, feature)| **feature != 0.0) {
                gradient[row] += error * feature;
                for (cell, other) in curve[row].iter_mut().zip(&x) {
                    *cell += bend * feature * other;
                }
            }
        }
        for (weight, step) in weights.iter_mut().zip(solve_line(curve, gradient)) {
            *weight += step.clamp(-2.0, 2.0);
        }
    }
    weights.iter().map(|weight| libm::round(weight.clamp(-15.0, 15.0) * 1024.0) as i64).collect()
}

/// Solves `curve * x = gradient` for a positive definite curve, by elimination.
fn solve_line(mut curve: [[f64; FEATURES]; FEATURES], mut gradient: [f64; FEATURES]) -> [f64; FEATURES] {
    for at in 0..FEATURES {
        for below in at + 1..FEATURES {
            let factor = curve[below][at] / curve[at][at];
            let top = curve[at];
            for (cell, above) in curve[below].iter_mut().zip(&top).skip(at) {
                *cell -= factor * above;
            }
            gradient[below] -= factor * gradient[at];
        }
    }
    let mut solution = [0f64; FEATURES];
    for at in (0..FEATURES).rev() {
        let known: f64 = (at + 1..FEATURES).map(|other| curve[at][other] * solution[other]).sum();
        solution[at] = (gradient[at] - known) / curve[at][at];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_follow_what_came_true() {
        // A feature that is right nine times of ten, beside one that says nothing.
        let seen: Vec<([i64; FEATURES], bool)> = (0..1_000)
            .map(|at| {
                let mut features = [0; FEATURES];
                features[0] = if at % 2 == 0 { THERE } else { 0 };
                features[1] = if at % 4 < 2 { THERE } else { 0 };
                features[4 * CLASSES] = THERE;
                let came = if at % 20 < 2 { at % 2 == 1 } else { at % 2 == 0 };
                (features, came)
            })
            .collect();
        let weights = weigh_features(&seen);
        let fixed = Fixed::new();
        let said = |at: usize| f64::from(chance(&fixed, &weights, &seen[at].0)) / 4_096.0;
        assert!((said(4) - 0.9).abs() < 0.02, "{}", said(4));
        assert!((said(5) - 0.1).abs() < 0.02, "{}", said(5));
        assert!(weights[1].abs() < 100, "{weights:?}");
    }

    #[test]
    fn a_chance_is_never_certain() {
        let fixed = Fixed::new();
        let features = [THERE; FEATURES];
        assert_eq!(chance(&fixed, &[15 * 1024; FEATURES], &features), 4_095);
        assert_eq!(chance(&fixed, &[-15 * 1024; FEATURES], &features), 1);
    }
}
