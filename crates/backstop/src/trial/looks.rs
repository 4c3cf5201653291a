//! A trial of coverage: looks, and happenings of which it is known who saw them.
//!
//! Takes two tables; gives the chance that each happening would have been seen, beside whether it was. Never lets the chances know
//! who saw what.

use super::{Calibration, RowError, calibrate};
use coverage::{Detection, Glimpse, History, Looks, seen_at};
use std::collections::BTreeSet;
use std::io::Read;
use terms::{Act, Area, Effort, EffortId, Instant, Means, Outcome, Position, SourceId, Span};

/// No trial has more rows of either table.
const MOST_ROWS: usize = 5_000_000;
/// What is called well watched.
const WELL: f64 = 0.9;

/// One happening, and who saw it; nobody, perhaps.
#[derive(Clone, PartialEq, Debug)]
struct Sighting {
    act: Act,
    at: Instant,
    place: Position,
    seen_by: BTreeSet<SourceId>,
}

/// Looks in order of their beginnings, and happenings.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    looks: Vec<Effort>,
    /// The length of the longest, milliseconds.
    longest_ms: i64,
    sightings: Vec<Sighting>,
}

/// How good the chances are.
#[derive(Clone, PartialEq, Debug)]
pub struct Weighed {
    /// Said against seen.
    pub calibration: Calibration,
    /// The mean chance said, and the share that was seen.
    pub mean: [f64; 2],
    /// The shares of happenings called well watched: by these chances, and by multiplying misses as if sources shared no loudness.
    pub well: [f64; 2],
    /// Of those called well watched, the shares that were seen: by both.
    pub well_seen: [Option<f64>; 2],
}

impl Trial {
    /// Reads looks (`source,means,from,until,area,able`) and happenings (`act,at,lon,lat,seen_by`). `area` is `disc`, longitude,
    /// latitude and metres, or `outline` and the corners; `able` and `seen_by` are words, `able` perhaps `all`. Spaces stand between.
    ///
    /// # Errors
    ///
    /// The first value that cannot be read, with its line and column.
    pub fn read(looks: impl Read, sightings: impl Read) -> Result<Trial, RowError> {
        let mut looks = rows(looks, ["source", "means", "from", "until", "area", "able"], MOST_ROWS, |row| {
            let [source, means, from, until, ground, able] = row;
            Ok(Effort {
                id: EffortId::of(row.join(",").as_bytes()),
                source: SourceId::new(source).ok_or(0_usize)?,
                means: Means::from_word(means).ok_or(1_usize)?,
                span: Span::new(Instant::parse(from).ok_or(2_usize)?, Instant::parse(until).ok_or(3_usize)?)
                    .ok_or(3_usize)?,
                area: area(ground).ok_or(4_usize)?,
                outcome: Outcome::Looked,
                able: acts(able).ok_or(5_usize)?,
                limits: None,
            })
        })?;
        looks.sort_by_key(|look| (look.span, look.id));
        let longest_ms = looks.iter().map(|look| look.span.length_ms()).max().unwrap_or(0);
        let sightings =
            rows(sightings, ["act", "at", "lon", "lat", "seen_by"], MOST_ROWS, |[act, at, lon, lat, seen_by]| {
                let names = seen_by.split_whitespace().map(|name| SourceId::new(name).ok_or(4_usize));
                Ok(Sighting {
                    act: Act::from_word(act).ok_or(0_usize)?,
                    at: Instant::parse(at).ok_or(1_usize)?,
                    place: place(lon, lat).ok_or(2_usize)?,
                    seen_by: names.collect::<Result<_, usize>>()?,
                })
            })?;
        Ok(Trial { looks, longest_ms, sightings })
    }

    /// How many looks and happenings there are.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        [self.looks.len(), self.sightings.len()]
    }

    /// The looks that may have seen what happened at an instant.
    fn near(&self, at: Instant, detection: &Detection) -> &[Effort] {
        let lasts_ms = detection.lines().map(|(_, _, acuity)| i64::from(acuity.lasts_s) * 4_000).max().unwrap_or(0);
        let from = self.looks.partition_point(|look| look.span.earliest().ms() < at.ms() - self.longest_ms);
        let until = self.looks.partition_point(|look| look.span.earliest().ms() <= at.ms() + lasts_ms);
        &self.looks[from..until.max(from)]
    }

    /// What a mission would know: the happenings that somebody saw, and who could have.
    #[must_use]
    pub fn histories(&self, believed: &Detection) -> Vec<History> {
        let seen = self.sightings.iter().filter(|sighting| !sighting.seen_by.is_empty());
        let history = |sighting: &Sighting| {
            let glimpse = |look: &Effort| {
                let saw = sighting.seen_by.contains(&look.source);
                Glimpse::of(look, sighting.act, sighting.place, sighting.at, believed, saw)
            };
            let mut glimpses: Vec<(&SourceId, Glimpse)> = Vec::new();
            for look in self.near(sighting.at, believed) {
                if let Some(glimpse) = glimpse(look) {
                    // Of the passes that could have seen it the first.
                    match glimpses
                        .iter_mut()
                        .find(|(source, held)| *source == &look.source && held.means == glimpse.means)
                    {
                        Some((_, held)) if glimpse.late_s < held.late_s => *held = glimpse,
                        Some(_) => {}
                        None => glimpses.push((&look.source, glimpse)),
                    }
                }
            }
            History { act: sighting.act, glimpses: glimpses.into_iter().map(|(_, glimpse)| glimpse).collect() }
        };
        seen.map(history).filter(|history| history.glimpses.iter().any(|glimpse| glimpse.saw)).collect()
    }
}

/// Sets chances against what was seen.
#[must_use]
pub fn weigh(trial: &Trial, detection: &Detection) -> Weighed {
    let mut said = Vec::new();
    let mut naive = Vec::new();
    for sighting in &trial.sightings {
        let near = trial.near(sighting.at, detection);
        let chance = |efforts: &[Effort]| {
            let looks = Looks { efforts, sources: &[], detection: Some(detection) };
            f64::from(seen_at(sighting.place, sighting.act, sighting.at, &looks, detection).ppm()) / 1e6
        };
        let was_seen = !sighting.seen_by.is_empty();
        said.push((chance(near), was_seen));
        let holds = near.iter().filter(|look| look.area.holds(sighting.place));
        let missed: f64 = holds.map(|look| 1.0 - chance(std::slice::from_ref(look))).product();
        naive.push((1.0 - missed, was_seen));
    }
    let n = said.len().max(1) as f64;
    let well = |chances: &[(f64, bool)]| {
        let called: Vec<bool> = chances.iter().filter(|(p, _)| *p >= WELL).map(|(_, seen)| *seen).collect();
        let seen = called.iter().filter(|seen| **seen).count() as f64;
        (called.len() as f64 / n, (!called.is_empty()).then(|| seen / called.len() as f64))
    };
    let ((ours, ours_seen), (theirs, theirs_seen)) = (well(&said), well(&naive));
    let mean = [said.iter().map(|(p, _)| p).sum::<f64>() / n, said.iter().filter(|(_, seen)| *seen).count() as f64 / n];
    Weighed { calibration: calibrate(said), mean, well: [ours, theirs], well_seen: [ours_seen, theirs_seen] }
}

fn place(lon: &str, lat: &str) -> Option<Position> {
    Position::from_degrees(lon.parse().ok()?, lat.parse().ok()?)
}

fn area(words: &str) -> Option<Area> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words.as_slice() {
        ["disc", lon, lat, metres] => {
            Area::disc(place(lon, lat)?, metres.parse().ok().filter(|m| (1..=1_000_000).contains(m))?)
        }
        ["outline", corners @ ..] if corners.len() >= 6 && corners.len().is_multiple_of(2) => {
            let ring = corners.chunks(2).map(|two| place(two[0], two[1]));
            Area::new(vec![vec![ring.collect::<Option<_>>()?]])
        }
        _ => None,
    }
}

fn acts(words: &str) -> Option<Vec<Act>> {
    if words.trim() == "all" {
        return Some(Act::ALL.into_iter().filter(|act| act.on_the_ground()).collect());
    }
    words.split_whitespace().map(Act::from_word).collect()
}

/// Reads the named columns of a table; a row is refused by the number of the column that cannot be read.
pub(super) fn rows<T, const N: usize>(
    input: impl Read,
    names: [&str; N],
    most: usize,
    read: impl Fn([&str; N]) -> Result<T, usize>,
) -> Result<Vec<T>, RowError> {
    let mut table = csv::Reader::from_reader(input);
    let broken = |error: csv::Error| RowError::Table(error.to_string());
    let header = table.headers().map_err(broken)?.clone();
    let column = |name: &&str| {
        header.iter().position(|held| held.trim() == *name).ok_or_else(|| RowError::NoColumn((*name).to_owned()))
    };
    let columns: Vec<usize> = names.iter().map(column).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for (nth, record) in table.records().enumerate() {
        let record = record.map_err(broken)?;
        if all.len() == most {
            return Err(RowError::TooMany);
        }
        let row: [&str; N] = std::array::from_fn(|at| record.get(columns[at]).unwrap_or("").trim());
        let line = record.position().map_or(nth as u64 + 2, csv::Position::line);
        let wrong = |at: usize| RowError::Value { line, column: names[at].to_owned(), value: row[at].to_owned() };
        all.push(read(row).map_err(wrong)?);
    }
    Ok(all)
}
