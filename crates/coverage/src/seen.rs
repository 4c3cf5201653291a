//! Seen: the chance that a happening would have been seen, had there been one.
//!
//! Takes an area, an act, a span, the looks and what is believed of them; gives the chance over ground and time, hour by hour and
//! by loudness. All sources share the loudness of a happening, so the chance to miss it is multiplied within each level of loudness and
//! the levels are averaged after; multiplying over all levels at once would call far too much watched.

use crate::cells::cells;
use crate::detection::{Acuity, Detection, LEVELS};
use crate::sun::is_dark;
use crate::watched::Looks;
use std::collections::BTreeMap;
use terms::{Act, Area, Chance, Effort, Instant, Means, Outcome, Position, Span};

/// How finely ground and time are asked about.
#[derive(Clone, Copy)]
pub(crate) struct Grain {
    /// Cells along each side of the grid.
    pub(crate) cells: i64,
    /// A span is asked about at the middle of each hour, or of so many equal parts of a longer one.
    pub(crate) steps: i64,
}

impl Grain {
    /// For a verdict, which asks again and again.
    pub(crate) const COARSE: Grain = Grain { cells: 8, steps: 48 };
    /// For a map and its hours.
    pub(crate) const FINE: Grain = Grain { cells: 16, steps: 240 };
}

const HOUR_MS: i64 = 3_600_000;
/// What lasts is looked for this many times as long as it lasts.
pub(crate) const LINGERS: i64 = 4;
/// A threshold is where nine in ten are seen.
const SURELY: f64 = 0.9;

/// The chance that a happening would have been seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// Over all ground, all the time and all levels of loudness.
    pub chance: Chance,
    /// The same for each part of the span: the middle of the part, and the chance.
    pub hours: Vec<(Instant, Chance)>,
    /// The same for each level of loudness, the faintest first.
    pub levels: [Chance; LEVELS],
}

impl Seen {
    /// Detection threshold: of such happenings the share that is loud enough to be seen in nine of ten places and times.
    #[must_use]
    pub fn surely(&self) -> Chance {
        loud_enough(&self.levels.map(|level| f64::from(level.ppm()) / 1e6))
    }
}

/// The share of levels, from the loudest down, that are seen nine times in ten.
pub(crate) fn loud_enough(levels: &[f64; LEVELS]) -> Chance {
    let surely = levels.iter().rev().take_while(|level| **level >= SURELY - 1e-9).count();
    Chance::share(surely as u64, LEVELS as u64).expect("invariant: a part of the levels")
}

/// The chance that such an act in `area` during `span` would have been seen.
#[must_use]
pub fn seen(area: &Area, act: Act, span: Span, looks: &Looks<'_>, detection: &Detection) -> Seen {
    Watched::new(area).seen(act, span, looks, detection)
}

/// An area of which several acts are asked: what each look sees of it is found once.
pub struct Watched<'e> {
    pub(crate) ground: Ground<'e>,
}

impl<'e> Watched<'e> {
    /// The area's ground.
    #[must_use]
    pub fn new(area: &Area) -> Watched<'e> {
        Watched { ground: Ground::new(cells(area, Grain::COARSE.cells), Grain::COARSE.steps) }
    }

    /// The chance that such an act during `span` would have been seen there.
    #[must_use]
    pub fn seen(&mut self, act: Act, span: Span, looks: &Looks<'e>, detection: &Detection) -> Seen {
        let looked = |effort: &Effort| effort.outcome == Outcome::Looked;
        Scene::new(&mut self.ground, act, span, looks, detection, looked).seen()
    }
}

/// The chance that such an act at one place and instant would have been seen.
#[must_use]
pub fn seen_at(place: Position, act: Act, instant: Instant, looks: &Looks<'_>, detection: &Detection) -> Chance {
    let looked = |effort: &Effort| effort.outcome == Outcome::Looked;
    Scene::new(&mut Ground::new(vec![place], 1), act, Span::at(instant), looks, detection, looked).seen().chance
}

/// One look by somebody able to see the act.
struct Watcher<'e> {
    effort: &'e Effort,
    /// Its source, numbered: two looks of one source by one means are one.
    source: usize,
    /// Which of the acuities is its means'.
    acuity: usize,
    lasts_ms: i64,
    night_ppm: u32,
}

/// Who looks at one place: watcher, and its chance there over that in the middle of its ground, parts per million.
type Sight = Vec<(usize, u32)>;
/// Which acuities look at once, and how well: all that the chance depends on.
type Eyes = Vec<(usize, u32)>;

/// The cells of an area, the parts of a span, and who looks at them.
pub(crate) struct Scene<'e> {
    watchers: Vec<Watcher<'e>>,
    acuities: Vec<[f64; LEVELS]>,
    /// Places that the same looks see equally well are one group.
    groups: Vec<(Sight, usize)>,
    group_of: Vec<usize>,
    /// The middle of each part of the span, and whether it is dark.
    pub(crate) steps: Vec<(Instant, bool)>,
    missed: BTreeMap<Eyes, [f64; LEVELS]>,
}

impl<'e> Scene<'e> {
    /// Who looks, of those that `counts` admits.
    pub(crate) fn new(
        ground: &mut Ground<'e>,
        act: Act,
        span: Span,
        looks: &Looks<'e>,
        detection: &Detection,
        counts: impl Fn(&Effort) -> bool,
    ) -> Scene<'e> {
        let mut means: BTreeMap<Means, (usize, &Acuity)> = BTreeMap::new();
        let mut watchers = Vec::new();
        let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
        for effort in looks.watching() {
            let Some(acuity) = detection.acuity(effort.means, act).filter(|_| effort.able.contains(&act)) else {
                continue;
            };
            let lasts_ms = i64::from(acuity.lasts_s) * 1_000;
            let reach = span.latest().shifted(lasts_ms * LINGERS);
            let near = effort.span.latest() >= span.earliest() && effort.span.earliest() <= reach;
            if near && counts(effort) {
                let next = means.len();
                let (nth, _) = means.entry(effort.means).or_insert((next, acuity));
                let next = sources.len();
                let source = *sources.entry(effort.source.as_str()).or_insert(next);
                watchers.push(Watcher { effort, source, acuity: *nth, lasts_ms, night_ppm: acuity.night_ppm });
            }
        }
        let mut acuities = vec![[0.0; LEVELS]; means.len()];
        let mut edges = vec![0; means.len()];
        for (nth, acuity) in means.into_values() {
            acuities[nth] = acuity.at_each_level();
            edges[nth] = acuity.edge_ppm;
        }
        let (groups, group_of) = grouped(&ground.sights(&watchers, &edges));
        let middle = ground.cells.get(ground.cells.len() / 2).copied();
        let steps =
            parts(span, ground.steps).map(|step| (step, middle.is_some_and(|middle| is_dark(middle, step)))).collect();
        Scene { watchers, acuities, groups, group_of, steps, missed: BTreeMap::new() }
    }

    /// The same, as if it never got dark.
    pub(crate) fn by_day(mut self) -> Scene<'e> {
        self.watchers.iter_mut().for_each(|watcher| watcher.night_ppm = 1_000_000);
        self.missed.clear();
        self
    }

    fn eyes(&self, group: usize, step: usize) -> Eyes {
        let (instant, is_dark) = self.steps[step];
        let mut best: Vec<((usize, usize), u32)> = Vec::new();
        for (nth, share_ppm) in &self.groups[group].0 {
            let watcher = &self.watchers[*nth];
            let span = watcher.effort.span;
            let late_ms = (span.earliest().ms() - instant.ms()).max(0);
            if span.latest() < instant || late_ms > watcher.lasts_ms * LINGERS {
                continue;
            }
            let mut share = f64::from(*share_ppm);
            if late_ms > 0 {
                share *= libm::exp(-(late_ms as f64) / watcher.lasts_ms as f64);
            }
            if is_dark {
                share *= f64::from(watcher.night_ppm) / 1e6;
            }
            let (who, share) = ((watcher.source, watcher.acuity), libm::round(share) as u32);
            match best.iter_mut().find(|(held, _)| *held == who) {
                Some((_, held)) => *held = (*held).max(share),
                None => best.push((who, share)),
            }
        }
        let mut eyes: Eyes =
            best.into_iter().filter(|(_, share)| *share > 0).map(|((_, acuity), share)| (acuity, share)).collect();
        eyes.sort_unstable();
        eyes
    }

    /// The chance that a happening of each level is missed by so many eyes.
    fn missed(&mut self, eyes: Eyes) -> [f64; LEVELS] {
        let acuities = &self.acuities;
        *self.missed.entry(eyes).or_insert_with_key(|eyes| {
            let mut missed = [1.0; LEVELS];
            for (acuity, share_ppm) in eyes {
                for (missed, sees) in missed.iter_mut().zip(&acuities[*acuity]) {
                    *missed *= 1.0 - sees * f64::from(*share_ppm) / 1e6;
                }
            }
            missed
        })
    }

    /// The chance to be missed: by group of cells, part of the span and level.
    pub(crate) fn all_missed(&mut self) -> Vec<Vec<[f64; LEVELS]>> {
        let mut all = Vec::with_capacity(self.groups.len());
        for group in 0..self.groups.len() {
            let mut hours: Vec<[f64; LEVELS]> = Vec::with_capacity(self.steps.len());
            let mut before: Option<Eyes> = None;
            for step in 0..self.steps.len() {
                let eyes = self.eyes(group, step);
                // Watches last for hours: mostly the same eyes as in the hour before.
                let missed = match hours.last() {
                    Some(missed) if before.as_ref() == Some(&eyes) => *missed,
                    _ => self.missed(eyes.clone()),
                };
                hours.push(missed);
                before = Some(eyes);
            }
            all.push(hours);
        }
        all
    }

    /// The group of each cell.
    pub(crate) fn group_of(&self) -> &[usize] {
        &self.group_of
    }

    pub(crate) fn seen(mut self) -> Seen {
        let missed = self.all_missed();
        let cells: usize = self.group_of.len();
        let mut levels = [0.0; LEVELS];
        let mut hours = vec![0.0; self.steps.len()];
        for ((_, count), missed) in self.groups.iter().zip(&missed) {
            for (hour, missed) in hours.iter_mut().zip(missed) {
                for (level, missed) in levels.iter_mut().zip(missed) {
                    let seen = (1.0 - missed) * *count as f64;
                    *level += seen;
                    *hour += seen;
                }
            }
        }
        let (cells, steps) = (cells as f64, self.steps.len() as f64);
        Seen {
            chance: chance(levels.iter().sum::<f64>() / (cells * steps * LEVELS as f64)),
            hours: self
                .steps
                .iter()
                .zip(&hours)
                .map(|(step, sum)| (step.0, chance(sum / (cells * LEVELS as f64))))
                .collect(),
            levels: levels.map(|sum| chance(sum / (cells * steps))),
        }
    }
}

/// A chance from a share; what rounding leaves outside is held inside.
pub(crate) fn chance(share: f64) -> Chance {
    let ppm = libm::round(share.clamp(0.0, 1.0) * 1e6) as u32;
    Chance::from_ppm(ppm).expect("invariant: held between none and all")
}

/// The middles of the hours of a span, or of its parts where it has more hours than are asked about.
fn parts(span: Span, most: i64) -> impl Iterator<Item = Instant> {
    let length = span.length_ms() + 1;
    let count = ((length + HOUR_MS - 1) / HOUR_MS).clamp(1, most);
    (0..count).map(move |part| span.earliest().shifted(length * (2 * part + 1) / (2 * count)))
}

/// Squared distance of a place from the middle of a look's ground over that of its farthest corner, in steps of a sixty-fourth.
pub(crate) fn outward(area: &Area, place: Position) -> f64 {
    let bounds = area.bounds();
    let middle = Position::new(
        i32::midpoint(bounds.low.lon_e6(), bounds.high.lon_e6()),
        i32::midpoint(bounds.low.lat_e6(), bounds.high.lat_e6()),
    )
    .expect("invariant: between two positions");
    let corners = area.polygons().iter().flatten().flatten();
    let reach = corners.map(|corner| middle.distance_m(*corner)).fold(1.0, f64::max);
    let far = middle.distance_m(place) / reach;
    libm::round((far * far).min(1.0) * 64.0) / 64.0
}

/// Places, and which of them each looked-at area holds. Posts look at one area again and again, for one act as for another, so the
/// answer is kept by area.
pub(crate) struct Ground<'e> {
    pub(crate) cells: Vec<Position>,
    /// The most parts of a span that are asked about.
    steps: i64,
    known: BTreeMap<(Position, Position), Vec<(&'e Area, Held)>>,
}

/// The places that an area holds, each with how far outward it lies.
type Held = Vec<(usize, f64)>;

impl<'e> Ground<'e> {
    pub(crate) fn new(cells: Vec<Position>, steps: i64) -> Ground<'e> {
        Ground { cells, steps, known: BTreeMap::new() }
    }

    fn held(&mut self, area: &'e Area) -> &Held {
        let alike = self.known.entry((area.bounds().low, area.bounds().high)).or_default();
        let at = alike.iter().position(|(known, _)| *known == area).unwrap_or_else(|| {
            let held = (0..self.cells.len()).filter(|cell| area.holds(self.cells[*cell]));
            alike.push((area, held.map(|cell| (cell, outward(area, self.cells[cell]))).collect()));
            alike.len() - 1
        });
        &alike[at].1
    }

    /// How well each watcher sees each place.
    fn sights(&mut self, watchers: &[Watcher<'e>], edges: &[u32]) -> Vec<Sight> {
        let mut sights: Vec<Sight> = vec![Vec::new(); self.cells.len()];
        for (nth, watcher) in watchers.iter().enumerate() {
            let edge = f64::from(edges[watcher.acuity]) / 1e6;
            for (cell, outward) in self.held(&watcher.effort.area) {
                let share = if edge >= 1.0 { 1.0 } else { libm::pow(edge, *outward) };
                sights[*cell].push((nth, libm::round(share * 1e6) as u32));
            }
        }
        sights
    }
}

/// Cells that see alike, together: the groups with their numbers of cells, and the group of each cell.
fn grouped(sights: &[Sight]) -> (Vec<(Sight, usize)>, Vec<usize>) {
    let mut numbers: BTreeMap<&Sight, usize> = BTreeMap::new();
    let mut groups: Vec<(Sight, usize)> = Vec::new();
    let group_of = sights.iter().map(|sight| {
        let nth = *numbers.entry(sight).or_insert_with(|| {
            groups.push((sight.clone(), 0));
            groups.len() - 1
        });
        groups[nth].1 += 1;
        nth
    });
    let group_of = group_of.collect();
    (groups, group_of)
}
