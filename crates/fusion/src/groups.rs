//! The groups of a round: those near a report compete for it.
//!
//! Takes data and the group of each; gives what each group near a report is to it, what is usual around the report, and which share of it
//! each group has. What a group is to a report hangs on the members of the group alone, so it is asked again only where these are others
//! than in the round before. Never decides.

use crate::datum::Datum;
use crate::existence::{FEATURES, features};
use crate::fixed::NAT;
use crate::link::Graph;
use crate::lists::Lists;
use crate::weigh::{Fused, Model};

/// A group with more members is weighed by so many, the most precise.
const MOST_MEMBERS: usize = 48;
/// ln of the share of a group that is not there.
pub(crate) const NO_SHARE: i32 = -30 * NAT;

/// What a group with others in it is to a report near it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    group: u32,
    /// ln of the rate, on a square kilometre and hour, of such reports from happenings of the same episode.
    episode: i32,
    /// What the report adds to the score of the others, with nothing usual around.
    gain: i32,
    /// What is usual around this report counts against that: around the report, or around the most precise of the others if
    /// the report is more precise still.
    heeds: u32,
}

/// What the groups near each report are to it, by the index of the report, each list in order of the groups.
#[derive(Default)]
pub(crate) struct Nearness {
    starts: Vec<u32>,
    all: Vec<Near>,
}

impl Nearness {
    fn of(&self, at: usize) -> &[Near] {
        &self.all[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// The groups of a round.
pub(crate) struct Groups<'a> {
    data: &'a [Datum],
    model: &'a Model,
    home: &'a [u32],
    /// By the index of the first member: all, the most precise first; empty elsewhere.
    members: Lists,
    /// By the index of the first member: the number of its sum.
    numbers: Vec<u32>,
    fused: Vec<Fused>,
    /// In the place of each member but the most precise of a group: what it adds to those before it, with nothing usual around.
    steps: Vec<i32>,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(data: &'a [Datum], model: &'a Model, home: &'a [u32]) -> Groups<'a> {
        let mut members = Lists::new(data.len(), home);
        let (mut numbers, mut fused) = (vec![0; data.len()], Vec::new());
        let mut added = vec![0; data.len()];
        for (group, number) in numbers.iter_mut().enumerate() {
            let own = members.of_mut(group);
            own.sort_unstable_by_key(|m| model.rank(&data[*m as usize]));
            let told: Vec<&Datum> = most(own).iter().map(|m| &data[*m as usize]).collect();
            let Some(first) = told.first() else { continue };
            let mut sum = model.start(first);
            let places = members.range(group);
            added[places].iter_mut().skip(1).zip(steps(model, &mut sum, &told, 1)).for_each(|(at, step)| *at = step);
            *number = fused.len() as u32;
            fused.push(sum);
        }
        Groups { data, model, home, members, numbers, fused, steps: added }
    }

    /// What the groups near all reports are to them. `alone` is by edge, as for [`Groups::near`]; `before` and `known` are the members and the
    /// nearness of the round before, and empty in the first.
    pub(crate) fn all_near(&self, graph: &Graph, alone: &[i32], before: &Lists, known: &Nearness) -> Nearness {
        let is_same: Vec<bool> = self.members.iter().zip(before.iter()).map(|(now, before)| now == before).collect();
        let mut nearness = Nearness { starts: vec![0], all: Vec::with_capacity(known.all.len()) };
        let mut ends = Vec::new();
        for at in 0..self.data.len() {
            let before = if is_same.is_empty() { &[] } else { known.of(at) };
            let as_before = |group: u32| {
                let place = before.binary_search_by_key(&group, |near| near.group).ok()?;
                is_same[group as usize].then(|| before[place])
            };
            self.each_near(at, graph, alone, &mut ends, as_before, &mut nearness.all);
            nearness.starts.push(nearness.all.len() as u32);
        }
        nearness
    }

    /// What the groups near one report are to it. `alone` is by edge: the score of the two reports held against one another, with nothing usual around.
    pub(crate) fn near(&self, at: usize, graph: &Graph, alone: &[i32]) -> Vec<Near> {
        let mut found = Vec::new();
        self.each_near(at, graph, alone, &mut Vec::new(), |_| None, &mut found);
        found
    }

    fn each_near(
        &self,
        at: usize,
        graph: &Graph,
        alone: &[i32],
        ends: &mut Vec<(u32, u32, u32)>,
        known: impl Fn(u32) -> Option<Near>,
        found: &mut Vec<Near>,
    ) {
        ends.clear();
        ends.extend(graph.of(at).iter().map(|(other, edge)| (self.home[*other as usize], *other, *edge)));
        ends.push((self.home[at], at as u32, 0));
        ends.sort_unstable();
        for ends in ends.chunk_by(|a, b| a.0 == b.0) {
            let group = ends[0].0;
            let near = known(group).or_else(|| {
                let alone = |other: u32| ends.iter().find(|end| end.1 == other).map(|end| alone[end.2 as usize]);
                self.nearness(at, group, alone)
            });
            found.extend(near);
        }
    }

    /// What one group is to a report; nothing where there are no others in it.
    fn nearness(&self, at: usize, group: u32, alone: impl Fn(u32) -> Option<i32>) -> Option<Near> {
        let members = self.members(group);
        let is_own = self.home[at] == group;
        let others: &[u32] = if is_own { &self.without(group, at) } else { members };
        let first = *others.first()?;
        let own = is_own.then(|| self.model.fuse(&self.told(others)));
        let sum = own.as_ref().unwrap_or_else(|| self.sum(group));
        let episode = self.model.sibling(sum, &self.data[at]);
        // Against one other there is but the one score.
        let of_two = if others.len() == 1 { alone(first) } else { None };
        let gain = of_two.unwrap_or_else(|| self.gain(at, group, others, sum));
        let heeds = if self.rank(at as u32) <= self.rank(first) { first } else { at as u32 };
        Some(Near { group, episode, gain, heeds })
    }

    /// The members of a group that are weighed.
    fn members(&self, group: u32) -> &[u32] {
        most(self.members.of(group as usize))
    }

    fn without(&self, group: u32, at: usize) -> Vec<u32> {
        self.members(group).iter().filter(|m| **m as usize != at).copied().collect()
    }

    fn told(&self, members: &[u32]) -> Vec<&Datum> {
        members.iter().map(|m| &self.data[*m as usize]).collect()
    }

    fn sum(&self, group: u32) -> &Fused {
        &self.fused[self.numbers[group as usize] as usize]
    }

    fn rank(&self, member: u32) -> (u8, u64) {
        self.model.rank(&self.data[member as usize])
    }

    /// The background of a report with the episodes around: what happenings that nobody has told of yet would add.
    pub(crate) fn null(&self, at: usize, near: &[Near], background: i32) -> i32 {
        let (own, others): (Vec<&Near>, Vec<&Near>) = near.iter().partition(|near| near.group == self.home[at]);
        others.into_iter().chain(own).fold(background, |sum, near| self.model.fixed.add(sum, near.episode))
    }

    /// As [`Groups::null`] for all reports.
    pub(crate) fn nulls(&self, nearness: &Nearness, background: &[i32]) -> Vec<i32> {
        (0..self.data.len()).map(|at| self.null(at, nearness.of(at), background[at])).collect()
    }

    /// Calls `each` with the features of each group and its first member in time: all of them at once would take more memory than the rest.
    pub(crate) fn features(
        &self,
        sizes: &[i64],
        graph: &Graph,
        background: &[i32],
        mut each: impl FnMut(u32, &[i64; FEATURES]),
    ) {
        for group in 0..self.data.len() as u32 {
            let members = self.members(group);
            let Some(first) = members.first().map(|first| *first as usize) else { continue };
            let sizes: Vec<i64> = members.iter().map(|m| sizes[*m as usize]).collect();
            let around = self.around(first, graph, background[first]) - background[first];
            each(group, &features(self.model, &self.told(members), &sizes, around, background[first]));
        }
    }

    /// The background with the episodes of other groups around.
    fn around(&self, at: usize, graph: &Graph, background: i32) -> i32 {
        let mut others: Vec<u32> = graph.of(at).iter().map(|(other, _)| self.home[*other as usize]).collect();
        others.retain(|group| *group != self.home[at]);
        others.sort_unstable();
        others.dedup();
        others.into_iter().fold(background, |sum, group| {
            self.model.fixed.add(sum, self.model.sibling(self.sum(group), &self.data[at]))
        })
    }

    /// For each edge and each of its ends: ln of the share that the other's group has among all that compete for it.
    pub(crate) fn compete(&self, graph: &Graph, nearness: &Nearness, null: &[i32], edges: usize) -> Vec<[i32; 2]> {
        let mut sides = vec![[NO_SHARE; 2]; edges];
        for at in 0..self.data.len() {
            self.choose(at, graph, nearness.of(at), null, |edge, side, share| sides[edge as usize][side] = share);
        }
        sides
    }

    /// Calls `chosen` with each edge of a report, which end of it the report is, and ln of the share that the other's group has.
    pub(crate) fn choose(
        &self,
        at: usize,
        graph: &Graph,
        near: &[Near],
        null: &[i32],
        mut chosen: impl FnMut(u32, usize, i32),
    ) {
        let score = |near: &Near| near.gain - null[near.heeds as usize];
        let all = near.iter().fold(0, |all, near| self.model.fixed.add(all, score(near)));
        for (other, edge) in graph.of(at) {
            let group = self.home[*other as usize];
            let known = near.binary_search_by_key(&group, |near| near.group);
            chosen(
                *edge,
                usize::from((*other as usize) < at),
                known.map_or(NO_SHARE, |known| score(&near[known]) - all),
            );
        }
    }

    /// What a report adds to the score of the others of a group, with nothing usual around.
    ///
    /// A score is that of the members in order of precision, each against those before it. So what a report adds is its own step, and what
    /// it changes of the steps after it.
    fn gain(&self, at: usize, group: u32, others: &[u32], sum: &Fused) -> i32 {
        let (datum, rank) = (&self.data[at], self.rank(at as u32));
        let place = others.partition_point(|m| self.rank(*m) < rank);
        let mut told = self.told(others);
        if place == others.len() {
            return self.model.weigh(sum, &told, datum, 0).total();
        }
        // Without the report: the steps from its place on.
        let from = place.max(1);
        let without: i32 = if self.home[at] == group {
            steps(self.model, &mut self.model.fuse(&told[..from]), &told, from).sum()
        } else {
            self.steps[self.members.range(group as usize)][from..others.len()].iter().sum()
        };
        // And with it.
        let (mut fused, mut with) = if place == 0 {
            (self.model.start(datum), 0)
        } else {
            let mut fused = self.model.fuse(&told[..place]);
            let own = self.model.weigh(&fused, &told[..place], datum, 0).total();
            self.model.tell(&mut fused, datum);
            (fused, own)
        };
        told.insert(place, datum);
        with += steps(self.model, &mut fused, &told, place + 1).sum::<i32>();
        with - without
    }

    /// The members of each group, for the next round.
    pub(crate) fn into_members(self) -> Lists {
        self.members
    }
}

/// Those of a group that are weighed.
fn most(members: &[u32]) -> &[u32] {
    &members[..members.len().min(MOST_MEMBERS)]
}

/// What each report from a place on adds to those before it, whose sum is `fused`, with nothing usual around.
fn steps(model: &Model, fused: &mut Fused, told: &[&Datum], from: usize) -> impl Iterator<Item = i32> {
    (from..told.len()).map(|at| {
        let step = model.weigh(fused, &told[..at], told[at], 0).total();
        model.tell(fused, told[at]);
        step
    })
}
