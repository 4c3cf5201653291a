//! Fitting: how well each means sees, from happenings that at least one of them saw.
//!
//! Takes, for each such happening, who could have seen it and who did; gives the detection that makes this likeliest, given that it was
//! seen by one, or by two. What nobody saw is in no list, so each happening counts by the chance of its sightings over the chance that
//! there are so many (capture and recapture, with one loudness for all who look). Never asks what truly happened.

use crate::detection::{Acuity, Detection, LEVELS};
use terms::{Act, Effort, Means, Position};

/// A means is fitted for an act of its own from so many chances to see it on; below, for all acts together.
const ENOUGH: usize = 60;
/// Steps of the search, 1/1024 nat, the widest first.
const STEPS: [i32; 6] = [1_024, 512, 256, 128, 64, 32];
/// What was believed before weighs as a bell of this width, 1/1024 nat.
const BELIEVED_WITHIN: f64 = 2_048.0;
const FURTHEST: i32 = 10 * 1_024;
/// How often each line is fitted to what the others became.
const ROUNDS: usize = 2;

/// One look that could have seen a happening.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Glimpse {
    /// By what means.
    pub means: Means,
    /// Squared distance from the middle of its ground over that of the edge.
    pub outward: f64,
    /// Whether it was dark.
    pub is_dark: bool,
    /// Seconds between the happening and the look.
    pub late_s: u32,
    /// Whether it saw it.
    pub saw: bool,
}

/// A happening, and all who could have seen it.
#[derive(Clone, PartialEq, Debug)]
pub struct History {
    /// What happened.
    pub act: Act,
    /// Who could have seen it.
    pub glimpses: Vec<Glimpse>,
}

/// How many sightings a happening needs to be learned from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Least {
    /// One: where each sighting is known to be of something.
    One,
    /// Two, by two who look: where what only one reports may be nothing.
    Two,
}

impl Least {
    /// Whether a history has so many.
    #[must_use]
    pub fn holds(self, history: &History) -> bool {
        let sightings = history.glimpses.iter().filter(|glimpse| glimpse.saw).count();
        sightings >= if self == Least::One { 1 } else { 2 }
    }
}

impl Glimpse {
    /// The look of an effort at a happening; nothing where it was not able to see it, or its ground or time does not hold it.
    #[must_use]
    pub fn of(
        effort: &Effort,
        act: Act,
        place: Position,
        instant: terms::Instant,
        detection: &Detection,
        saw: bool,
    ) -> Option<Glimpse> {
        let acuity = detection.acuity(effort.means, act).filter(|_| effort.able.contains(&act))?;
        let late_ms = (effort.span.earliest().ms() - instant.ms()).max(0);
        let holds = effort.span.latest() >= instant
            && late_ms <= crate::seen::LINGERS * i64::from(acuity.lasts_s) * 1_000
            && effort.area.holds(place);
        holds.then(|| Glimpse {
            means: effort.means,
            outward: crate::seen::outward(&effort.area, place),
            is_dark: crate::sun::is_dark(place, instant),
            late_s: u32::try_from(late_ms / 1_000).unwrap_or(u32::MAX),
            saw,
        })
    }
}

/// The likeliest detection near what was believed: first of each means for all acts together, then near that for the acts of which
/// there are enough happenings.
///
/// `lift`, `slope` and `edge` are fitted, `edge` where the means was believed to see less at the edge of its ground; what is seen
/// at most, by night and for how long is kept as believed.
#[must_use]
pub fn fit(believed: &Detection, histories: &[History], least: Least) -> Detection {
    let all: Vec<&History> = histories.iter().filter(|history| least.holds(history)).collect();
    let mut fitted = believed.clone();
    let common = believed.lines().filter(|(_, act, _)| act.is_none()).map(|(means, _, first)| (means, *first));
    let common: Vec<(Means, Acuity)> = common.collect();
    for _ in 0..ROUNDS {
        for (means, first) in &common {
            let own = |act: Act| believed.lines().any(|(m, a, _)| (m, a) == (*means, Some(act)));
            let about = concerned(&all, |history| !own(history.act), *means);
            climb(&mut fitted, (*means, None), first, &about, least);
        }
    }
    let single: Vec<(Means, Act, Acuity)> = single(&fitted, &all);
    for (means, act, first) in &single {
        fitted.set(*means, Some(*act), *first);
    }
    for _ in 0..ROUNDS {
        for (means, act, first) in &single {
            let about = concerned(&all, |history| history.act == *act, *means);
            climb(&mut fitted, (*means, Some(*act)), first, &about, least);
        }
    }
    fitted
}

/// The means and acts that get a line of their own: those that have one, and those with enough chances to see.
fn single(fitted: &Detection, histories: &[&History]) -> Vec<(Means, Act, Acuity)> {
    let mut lines = Vec::new();
    for means in Means::ALL {
        for act in Act::ALL {
            let glimpses = histories.iter().filter(|history| history.act == act).flat_map(|history| &history.glimpses);
            let chances = glimpses.filter(|glimpse| glimpse.means == means).count();
            let has_own = fitted.lines().any(|(m, a, _)| (m, a) == (means, Some(act)));
            let line = fitted.acuity(means, act).filter(|_| has_own || chances >= ENOUGH);
            lines.extend(line.map(|acuity| (means, act, *acuity)));
        }
    }
    lines
}

fn concerned<'a>(all: &[&'a History], is_of: impl Fn(&History) -> bool, means: Means) -> Vec<&'a History> {
    let could = |history: &History| history.glimpses.iter().any(|glimpse| glimpse.means == means);
    all.iter().filter(|history| is_of(history) && could(history)).copied().collect()
}

/// Moves one line uphill, one number at a time, in ever smaller steps.
fn climb(fitted: &mut Detection, line: (Means, Option<Act>), first: &Acuity, about: &[&History], least: Least) {
    if about.is_empty() {
        return;
    }
    let set = |fitted: &mut Detection, acuity: Acuity| fitted.set(line.0, line.1, acuity);
    let mut held = *fitted.lines().find(|(m, a, _)| (*m, *a) == line).map_or(first, |(_, _, acuity)| acuity);
    let mut best = likelihood(fitted, about, least) - strangeness(&held, first);
    for step in STEPS {
        let mut moved = true;
        while moved {
            moved = false;
            for next in neighbours(&held, step) {
                set(fitted, next);
                let likely = likelihood(fitted, about, least) - strangeness(&next, first);
                if likely > best + 1e-9 {
                    (best, held, moved) = (likely, next, true);
                }
            }
        }
    }
    set(fitted, held);
}

/// The acuities one step away.
fn neighbours(from: &Acuity, step: i32) -> Vec<Acuity> {
    let mut all = Vec::new();
    for by in [-step, step] {
        let lift = from.lift + by;
        if lift.abs() <= FURTHEST {
            all.push(Acuity { lift, ..*from });
        }
        let slope = from.slope + by;
        if (0..=FURTHEST).contains(&slope) {
            all.push(Acuity { slope, ..*from });
        }
        let edge = f64::from(from.edge_ppm.max(1)) * libm::exp(f64::from(by) / 1024.0);
        if from.edge_ppm < 1_000_000 && (1.0..1e6).contains(&edge) {
            all.push(Acuity { edge_ppm: libm::round(edge) as u32, ..*from });
        }
    }
    all
}

/// How far from what was believed, as half a squared distance: loudness shows least in what is seen, so its slope is held most.
fn strangeness(acuity: &Acuity, first: &Acuity) -> f64 {
    let edge = 1024.0 * libm::log(f64::from(acuity.edge_ppm.max(1)) / f64::from(first.edge_ppm.max(1)));
    let by = [f64::from(acuity.lift - first.lift), f64::from(acuity.slope - first.slope) * 4.0, edge / 4.0];
    by.iter().map(|by| by / BELIEVED_WITHIN).map(|by| by * by / 2.0).sum()
}

/// The logarithm of the chance of all sightings, given that there are so many of each happening.
fn likelihood(detection: &Detection, histories: &[&History], least: Least) -> f64 {
    let mut known: Vec<((Means, Act), [f64; LEVELS], Acuity)> = Vec::new();
    let mut sum = 0.0;
    for history in histories {
        let (mut so, mut none, mut one) = ([1.0; LEVELS], [1.0; LEVELS], [0.0; LEVELS]);
        for glimpse in &history.glimpses {
            let key = (glimpse.means, history.act);
            let at = known.iter().position(|(held, ..)| *held == key).or_else(|| {
                let acuity = detection.acuity(glimpse.means, history.act)?;
                known.push((key, acuity.at_each_level(), *acuity));
                Some(known.len() - 1)
            });
            let Some((_, levels, acuity)) = at.map(|at| &known[at]) else { continue };
            let share = share(glimpse, acuity);
            for (level, sees) in levels.iter().enumerate() {
                let sees = sees * share;
                so[level] *= if glimpse.saw { sees } else { 1.0 - sees };
                one[level] = one[level] * (1.0 - sees) + none[level] * sees;
                none[level] *= 1.0 - sees;
            }
        }
        let fewer = match least {
            Least::One => none.iter().sum::<f64>(),
            Least::Two => none.iter().chain(&one).sum::<f64>(),
        };
        let seen = LEVELS as f64 - fewer;
        let so: f64 = so.iter().sum();
        sum += libm::log(so.max(1e-12) / seen.max(1e-9));
    }
    sum
}

/// The chance of a look over that of one in the middle of its ground by day.
fn share(glimpse: &Glimpse, acuity: &Acuity) -> f64 {
    let mut share = libm::pow(f64::from(acuity.edge_ppm.max(1)) / 1e6, glimpse.outward);
    if glimpse.is_dark {
        share *= f64::from(acuity.night_ppm) / 1e6;
    }
    if glimpse.late_s > 0 {
        share *= libm::exp(-f64::from(glimpse.late_s) / f64::from(acuity.lasts_s.max(1)));
    }
    share
}
