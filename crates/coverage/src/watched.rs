//! Watched: how much of an area and a span was watched, by whom, who was blind when, and what would have been seen.
//!
//! Takes efforts; gives the exact share of time watched at the middle of each cell of a 16 by 16 grid over the area. Never
//! counts a look that failed, one that could not have seen the act, or a party's.

use crate::cells::cells;
use crate::detection::Detection;
use crate::seen::{Grain, Watched};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Area, Chance, Effort, Instant, Means, Outcome, Position, Source, SourceId, SourceKind, Span};

/// No coverage lists more blind spans than this; it says how many it leaves out.
const BLIND_MOST: usize = 200;

/// Who looked, and what is believed of how well they see.
#[derive(Clone, Copy, Debug)]
pub struct Looks<'a> {
    /// Every look.
    pub efforts: &'a [Effort],
    /// The declared sources: a party is no watcher.
    pub sources: &'a [Source],
    /// How well each means sees; nothing where the mission has adopted nothing, and a look is then taken to see all that it could.
    pub detection: Option<&'a Detection>,
}

impl<'a> Looks<'a> {
    /// The looks of those who watch: what a party does not see is no evidence.
    pub(crate) fn watching(&self) -> impl Iterator<Item = &'a Effort> + use<'a> {
        let parties = self.sources.iter().filter(|source| source.kind == SourceKind::Party);
        let parties: BTreeSet<&SourceId> = parties.map(|source| &source.id).collect();
        self.efforts.iter().filter(move |effort| !parties.contains(&effort.source))
    }
}

/// How much was watched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// The share of ground and time watched by somebody able to perceive at least one of the acts.
    pub watched: Chance,
    /// The same, act by act: a camera that sees shelling says nothing of missiles.
    pub by_act: Vec<(Act, Chance)>,
    /// The chance that such an act would have been seen, act by act, where it is believed how well each means sees.
    pub seen: Option<Vec<(Act, Chance)>>,
    /// The share that each means watched for any of the acts.
    pub by_means: Vec<(Means, Chance)>,
    /// Who looked.
    pub lookers: Vec<SourceId>,
    /// When nobody looked anywhere, and whose looks failed, in order of time.
    pub blind: Vec<Blind>,
    /// How many more blind spans there are.
    pub blind_left_out: usize,
    /// Why there is no number, where there is none.
    pub note: Option<String>,
}

/// A span in which nobody, or one of those who would have, could not see.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Blind {
    /// From when to when.
    pub span: Span,
    /// Why.
    pub why: BlindWhy,
}

/// Why nothing was seen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum BlindWhy {
    /// Nobody looked at any part of the area.
    NobodyLooked,
    /// This source tried, and was kept from it.
    Kept(Outcome, SourceId),
}

impl std::fmt::Display for BlindWhy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BlindWhy::NobodyLooked => f.write_str("nobody looked"),
            BlindWhy::Kept(outcome, source) => write!(f, "{source}: {}", outcome.word()),
        }
    }
}

impl Coverage {
    /// The act seen least, and the chance that it would have been seen, or where nothing is believed of that the share watched:
    /// what may be called kept is only what would have been seen in every act.
    #[must_use]
    pub fn least(&self) -> Option<(Act, Chance)> {
        let shares = self.seen.as_ref().unwrap_or(&self.by_act);
        shares.iter().copied().min_by_key(|(act, share)| (*share, *act))
    }

    /// Whether every act was watched at least as much as `needed`, and at all.
    #[must_use]
    pub fn suffices(&self, needed: Chance) -> bool {
        self.least().is_some_and(|(_, share)| share >= needed && share > Chance::NEVER)
    }

    fn none(acts: &[Act], note: &str) -> Coverage {
        Coverage {
            watched: Chance::NEVER,
            by_act: acts.iter().map(|act| (*act, Chance::NEVER)).collect(),
            seen: None,
            by_means: Vec::new(),
            lookers: Vec::new(),
            blind: Vec::new(),
            blind_left_out: 0,
            note: Some(note.to_owned()),
        }
    }
}

/// How much of `area` during `span` was watched by somebody able to perceive `acts`.
#[must_use]
pub fn coverage(area: Option<&Area>, acts: &[Act], span: Span, from: &Looks<'_>) -> Coverage {
    let Some(area) = area else {
        return Coverage::none(acts, "the clause names no zone, so how much of it was watched cannot be counted");
    };
    let acts: Vec<Act> = acts.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let cells = cells(area, Grain::FINE.cells);
    let mut looks: Vec<Look<'_>> = from.watching().filter_map(|effort| Look::of(effort, &acts, span)).collect();
    looks.sort_by_key(|look| (look.from, look.until, look.effort.id));
    place(&mut looks, &cells);
    looks.retain(|look| !look.cells.is_empty());
    let (kept, looked): (Vec<Look<'_>>, Vec<Look<'_>>) =
        looks.into_iter().partition(|look| look.effort.outcome != Outcome::Looked);

    let board = Board::of(&looked, cells.len(), span);
    let mut shares: BTreeMap<Vec<bool>, Chance> = BTreeMap::new();
    let masks: BTreeSet<u32> = looked.iter().map(|look| look.acts).collect();
    let by_act: Vec<(Act, Chance)> = (0u32..)
        .zip(&acts)
        .map(|(bit, act)| {
            // Acts that the same looks could perceive have the same share.
            let seen_by: Vec<bool> = masks.iter().map(|mask| mask >> bit & 1 == 1).collect();
            let share = shares.entry(seen_by).or_insert_with(|| board.share(|look| look.acts >> bit & 1 == 1));
            (*act, *share)
        })
        .collect();
    let means: BTreeSet<Means> = looked.iter().map(|look| look.effort.means).collect();
    let by_means = means.into_iter().map(|means| (means, board.share(|look| look.effort.means == means))).collect();
    let lookers: BTreeSet<SourceId> = looked.iter().map(|look| look.effort.source.clone()).collect();
    let (blind, blind_left_out) = blind(&looked, &kept, span);
    Coverage {
        watched: board.share(|_| true),
        by_act,
        seen: from.detection.map(|detection| all_seen(area, &acts, span, from, detection)),
        by_means,
        lookers: lookers.into_iter().collect(),
        blind,
        blind_left_out,
        note: None,
    }
}

/// The chance that each act would have been seen; acts that every means sees alike, and the same looks could see, have the same.
fn all_seen(area: &Area, acts: &[Act], span: Span, from: &Looks<'_>, detection: &Detection) -> Vec<(Act, Chance)> {
    let mut ground = Watched::new(area);
    let mut known: Vec<(Act, Chance)> = Vec::new();
    let alike = |a: Act, b: Act| {
        Means::ALL.into_iter().all(|means| detection.acuity(means, a) == detection.acuity(means, b))
            && from.efforts.iter().all(|effort| effort.able.contains(&a) == effort.able.contains(&b))
    };
    for act in acts {
        let held = known.iter().find(|(other, _)| alike(*act, *other)).map(|(_, chance)| *chance);
        let chance = held.unwrap_or_else(|| ground.seen(*act, span, from, detection).chance);
        known.push((*act, chance));
    }
    known
}

/// An effort's part in the span and the area.
struct Look<'e> {
    effort: &'e Effort,
    from: Instant,
    until: Instant,
    /// One bit for each act asked about that it could perceive.
    acts: u32,
    /// The cells that it saw.
    cells: Vec<usize>,
}

impl<'e> Look<'e> {
    fn of(effort: &'e Effort, acts: &[Act], span: Span) -> Option<Look<'e>> {
        let met = effort.span.meet(span)?;
        let able =
            (0u32..).zip(acts).filter(|(_, act)| effort.able.contains(act)).fold(0, |mask, (bit, _)| mask | 1 << bit);
        (able != 0).then(|| Look { effort, from: met.earliest(), until: met.latest(), acts: able, cells: Vec::new() })
    }
}

/// Which cells each look saw; posts look at one area again and again, so the answer is kept by area.
fn place(looks: &mut [Look<'_>], cells: &[Position]) {
    type Seen<'a> = (&'a Area, Vec<usize>);
    let mut known: BTreeMap<(Position, Position), Vec<Seen<'_>>> = BTreeMap::new();
    for look in looks {
        let area = &look.effort.area;
        let alike = known.entry((area.bounds().low, area.bounds().high)).or_default();
        let at = alike.iter().position(|(known, _)| *known == area).unwrap_or_else(|| {
            let held = (0..cells.len()).filter(|cell| area.holds(cells[*cell])).collect();
            alike.push((area, held));
            alike.len() - 1
        });
        look.cells.clone_from(&alike[at].1);
    }
}

/// The looks at each cell, in order of time.
struct Board<'b, 'e> {
    looks: &'b [Look<'e>],
    by_cell: Vec<Vec<usize>>,
    span: Span,
}

impl<'b, 'e> Board<'b, 'e> {
    fn of(looks: &'b [Look<'e>], cells: usize, span: Span) -> Board<'b, 'e> {
        let mut by_cell = vec![Vec::new(); cells];
        for (at, look) in looks.iter().enumerate() {
            for cell in &look.cells {
                by_cell[*cell].push(at);
            }
        }
        Board { looks, by_cell, span }
    }

    /// The share of cells and milliseconds that the wanted looks cover together.
    fn share(&self, wanted: impl Fn(&Look<'_>) -> bool) -> Chance {
        let wanted: Vec<bool> = self.looks.iter().map(wanted).collect();
        let watched_ms: u64 = self.by_cell.iter().map(|looks| self.union_ms(looks, &wanted)).sum();
        let whole_ms = (self.span.length_ms().unsigned_abs() + 1) * self.by_cell.len() as u64;
        Chance::share(watched_ms, whole_ms).expect("invariant: a union lies in its span, and an area has cells")
    }

    /// The union of the spans, in milliseconds with both ends; the looks come in order of their beginning.
    fn union_ms(&self, looks: &[usize], wanted: &[bool]) -> u64 {
        let mut covered_ms = 0;
        let mut next_ms = i64::MIN;
        for look in looks.iter().filter(|look| wanted[**look]).map(|look| &self.looks[*look]) {
            let from = look.from.ms().max(next_ms);
            if look.until.ms() >= from {
                covered_ms += (look.until.ms() - from).unsigned_abs() + 1;
                next_ms = look.until.ms() + 1;
            }
        }
        covered_ms
    }
}

/// Gaps between all looks, and looks that failed.
fn blind(looked: &[Look<'_>], kept: &[Look<'_>], span: Span) -> (Vec<Blind>, usize) {
    let mut blind: Vec<Blind> = Vec::new();
    let mut next = span.earliest();
    for look in looked {
        if let Some(gap) = (look.from > next).then(|| Span::new(next, look.from.shifted(-1))).flatten() {
            blind.push(Blind { span: gap, why: BlindWhy::NobodyLooked });
        }
        next = next.max(look.until.shifted(1));
    }
    if let Some(gap) = Span::new(next, span.latest()) {
        blind.push(Blind { span: gap, why: BlindWhy::NobodyLooked });
    }
    blind.extend(kept.iter().filter_map(|look| {
        let why = BlindWhy::Kept(look.effort.outcome, look.effort.source.clone());
        Some(Blind { span: Span::new(look.from, look.until)?, why })
    }));
    blind.sort();
    let left_out = blind.len().saturating_sub(BLIND_MOST);
    blind.truncate(BLIND_MOST);
    (blind, left_out)
}
