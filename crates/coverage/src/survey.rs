//! The survey: where an act would have been seen, what every lost look cost, and where one more post would help most.
//!
//! Takes an area, an act, a span, the looks and what is believed of them; gives the chance of seeing as it was, as it would have been
//! without each loss, and a map of thresholds. Never proposes a place outside the area.

use crate::cells::cells;
use crate::detection::{Detection, LEVELS};
use crate::seen::{Grain, Ground, Scene, Seen, chance, loud_enough, outward};
use crate::watched::Looks;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Area, Chance, Effort, Means, Outcome, Position, SourceId, Span};

/// No survey prices more losses than this; it says how many it leaves out.
const MOST_LOST: usize = 40;
/// A post is tried at every fourth cell.
const EVERY: usize = 4;

/// Where an act would have been seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    /// As it was.
    pub seen: Seen,
    /// What each loss cost, the dearest first.
    pub lost: Vec<Lost>,
    /// How many losses were not priced.
    pub lost_left_out: usize,
    /// What darkness cost.
    pub night: Chance,
    /// Where one more post would help most, for each means that the mission's posts have; the most helpful first.
    pub posts: Vec<Post>,
    /// The map: each cell of the grid.
    pub cells: Vec<SurveyedCell>,
}

/// A source that could not see, and what its absence cost.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lost {
    /// What would be added to the chance of seeing, had it looked.
    pub cost: Chance,
    /// Which source.
    pub source: SourceId,
    /// What kept it.
    pub why: Outcome,
}

/// One more post, that looks all the time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Post {
    /// What it would add to the chance of seeing.
    pub gain: Chance,
    /// By what means.
    pub means: Means,
    /// Where.
    pub place: Position,
    /// How far it sees, metres: as far as the middle one of those that the mission has.
    pub reach_m: u32,
}

/// One cell of the map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyedCell {
    /// Its middle.
    pub place: Position,
    /// The chance that the act would have been seen there.
    pub chance: Chance,
    /// The smallest event that would be seen: of such happenings the share that is loud enough to be seen nine times in ten.
    pub surely: Chance,
    /// The largest event that could have passed: the same share in the hour in which it was least.
    pub at_worst: Chance,
}

/// Surveys an act in `area` during `span`.
#[must_use]
pub fn survey(area: &Area, act: Act, span: Span, looks: &Looks<'_>, detection: &Detection) -> Survey {
    let mut ground = Ground::new(cells(area, Grain::FINE.cells), Grain::FINE.steps);
    let cells = ground.cells.clone();
    let looked = |effort: &Effort| effort.outcome == Outcome::Looked;
    let mut scene = |counts: &dyn Fn(&Effort) -> bool| Scene::new(&mut ground, act, span, looks, detection, counts);
    let mut as_it_was = scene(&looked);
    let missed = as_it_was.all_missed();
    let (posts, map) = (posts(&as_it_was, &missed, &cells, act, looks, detection), map(&as_it_was, &missed, &cells));
    let seen = as_it_was.seen();

    let gain = |better: Seen| {
        Chance::from_ppm(better.chance.ppm().saturating_sub(seen.chance.ppm())).expect("invariant: less than a chance")
    };
    let failed = looks.watching().filter(|effort| {
        !looked(effort)
            && effort.span.meet(span).is_some()
            && effort.able.contains(&act)
            && cells.iter().any(|cell| effort.area.holds(*cell))
    });
    let failed: BTreeSet<(&SourceId, Outcome)> = failed.map(|effort| (&effort.source, effort.outcome)).collect();
    let priced = failed.iter().take(MOST_LOST).map(|(source, why)| {
        let had = |effort: &Effort| looked(effort) || (effort.source == **source && effort.outcome == *why);
        Lost { cost: gain(scene(&had).seen()), source: (*source).clone(), why: *why }
    });
    let mut lost: Vec<Lost> = priced.collect();
    lost.sort_by(|a, b| b.cost.cmp(&a.cost).then_with(|| a.cmp(b)));
    let night = gain(scene(&looked).by_day().seen());
    Survey { seen, lost, lost_left_out: failed.len().saturating_sub(MOST_LOST), night, posts, cells: map }
}

/// By group of cells, part of the span and level.
type Missed = [Vec<[f64; LEVELS]>];

fn map(scene: &Scene<'_>, missed: &Missed, cells: &[Position]) -> Vec<SurveyedCell> {
    let told = missed.iter().map(|hours| {
        let count = hours.len() as f64;
        let mut levels = [0.0; LEVELS];
        let mut at_worst = Chance::CERTAIN;
        for hour in hours {
            levels.iter_mut().zip(hour).for_each(|(level, missed)| *level += (1.0 - missed) / count);
            at_worst = at_worst.min(loud_enough(&hour.map(|missed| 1.0 - missed)));
        }
        (chance(levels.iter().sum::<f64>() / LEVELS as f64), loud_enough(&levels), at_worst)
    });
    let told: Vec<(Chance, Chance, Chance)> = told.collect();
    let cell = |(place, group): (&Position, &usize)| {
        let (chance, surely, at_worst) = told[*group];
        SurveyedCell { place: *place, chance, surely, at_worst }
    };
    cells.iter().zip(scene.group_of()).map(cell).collect()
}

/// For each means that posts have: the place at which one more would see most of what is missed now.
fn posts(
    scene: &Scene<'_>,
    missed: &Missed,
    cells: &[Position],
    act: Act,
    looks: &Looks<'_>,
    detection: &Detection,
) -> Vec<Post> {
    // What is missed in each group over all hours, by light and level.
    let sums: Vec<[[f64; LEVELS]; 2]> = missed
        .iter()
        .map(|hours| {
            let mut sum = [[0.0; LEVELS]; 2];
            for (hour, (_, is_dark)) in hours.iter().zip(&scene.steps) {
                sum[usize::from(*is_dark)].iter_mut().zip(hour).for_each(|(sum, missed)| *sum += missed);
            }
            sum
        })
        .collect();
    let all = (cells.len() * scene.steps.len() * LEVELS) as f64;
    let mut posts: Vec<Post> = Vec::new();
    for (means, reach_m) in reaches(act, looks) {
        let Some(acuity) = detection.acuity(means, act) else { continue };
        let (levels, edge) = (acuity.at_each_level(), f64::from(acuity.edge_ppm) / 1e6);
        let light = [1.0, f64::from(acuity.night_ppm) / 1e6];
        let tried = cells.iter().step_by(EVERY).filter_map(|place| {
            let area = Area::disc(*place, reach_m)?;
            let mut gain = 0.0;
            for (cell, group) in cells.iter().zip(scene.group_of()).filter(|(cell, _)| area.holds(**cell)) {
                let share = libm::pow(edge, outward(&area, *cell));
                for (sum, light) in sums[*group].iter().zip(light) {
                    gain += sum.iter().zip(&levels).map(|(missed, sees)| missed * sees).sum::<f64>() * share * light;
                }
            }
            Some(Post { gain: chance(gain / all), means, place: *place, reach_m })
        });
        posts.extend(tried.max_by(|a, b| a.gain.cmp(&b.gain).then_with(|| b.place.cmp(&a.place))));
    }
    posts.retain(|post| post.gain > Chance::NEVER);
    posts.sort_by(|a, b| b.gain.cmp(&a.gain).then_with(|| a.means.cmp(&b.means)));
    posts
}

/// How far the middle one of the fixed looks of each means sees, metres. What sees from the air or from space is no post.
fn reaches(act: Act, looks: &Looks<'_>) -> Vec<(Means, u32)> {
    let mut by_means: BTreeMap<Means, Vec<u32>> = BTreeMap::new();
    let posts = looks.watching().filter(|effort| {
        matches!(effort.means, Means::Sight | Means::Sound | Means::Camera) && effort.able.contains(&act)
    });
    for effort in posts {
        let bounds = effort.area.bounds();
        let metres = bounds.low.distance_m(bounds.high) / (2.0 * std::f64::consts::SQRT_2);
        by_means.entry(effort.means).or_default().push(libm::round(metres) as u32);
    }
    let middle = |(means, mut reaches): (Means, Vec<u32>)| {
        reaches.sort_unstable();
        (means, reaches[reaches.len() / 2])
    };
    by_means.into_iter().map(middle).collect()
}
