//! A stage of a pool: the groups as first linked, or after one round of competition.
//!
//! Takes which voices have other neighbours, and the stage before; asks again what rests on them, and gives which voices stand in
//! another group than they did. What is asked again is asked by the very steps that put all together at once, over a small
//! world of its own: the voices asked, their neighbours, and the groups of both.

use super::{NONE, Pool};
use crate::datum::Datum;
use crate::groups::{Groups, NO_SHARE, Near};
use crate::link::{Edge, Graph, UNIT, graph, link};
use crate::posterior::posterior;
use std::collections::{BTreeMap, BTreeSet};

/// The weight of an edge that was not weighed yet.
const UNWEIGHED: i32 = -1;
/// What is usual around a voice that was not asked yet.
const UNASKED: i32 = i32::MIN;

#[derive(Debug, Default)]
pub(super) struct Stage {
    /// By voice: its group, by the group's first voice.
    home: Vec<u32>,
    /// By the first voice: all of its group, in order.
    members: Vec<Vec<u32>>,
    /// By voice: what is usual around it.
    null: Vec<i32>,
    /// By edge: the chance that both tell of one happening, in 1/4096; and the shares it rests on, of either end.
    weights: Vec<i32>,
    sides: Vec<[i32; 2]>,
    /// By voice: its number in the small world at hand; none between two questions.
    numbers: Vec<u32>,
}

/// Voices in order, as data of their own.
struct World {
    voices: Vec<u32>,
    data: Vec<Datum>,
    home: Vec<u32>,
    /// Of those asked, whole.
    graph: Graph,
    edges: Vec<u32>,
    /// By edge of the graph: the score of the two alone.
    alone: Vec<i32>,
}

impl World {
    /// What the groups near those asked are to them.
    fn near(&self, groups: &Groups<'_>, asking: &BTreeSet<u32>) -> Vec<(usize, Vec<Near>)> {
        let asking = (0..self.voices.len()).filter(|at| asking.contains(&self.voices[*at]));
        asking.map(|at| (at, groups.near(at, &self.graph, &self.alone))).collect()
    }
}

impl Stage {
    pub(super) fn home(&self, voice: u32) -> u32 {
        self.home[voice as usize]
    }

    pub(super) fn weight(&self, edge: usize) -> i32 {
        self.weights[edge]
    }

    pub(super) fn begin_voice(&mut self, voice: u32) {
        let count = self.home.len().max(voice as usize + 1);
        self.home.resize(count, NONE);
        self.members.resize(count, Vec::new());
        self.null.resize(count, UNASKED);
        self.numbers.resize(count, NONE);
        self.null[voice as usize] = UNASKED;
    }

    pub(super) fn begin_edge(&mut self, edge: u32) {
        let count = self.weights.len().max(edge as usize + 1);
        self.weights.resize(count, UNWEIGHED);
        self.sides.resize(count, [NO_SHARE; 2]);
        (self.weights[edge as usize], self.sides[edge as usize]) = (UNWEIGHED, [NO_SHARE; 2]);
    }

    pub(super) fn set_weight(&mut self, edge: u32, weight: i32) {
        self.weights[edge as usize] = weight;
    }

    /// Ends the group of a voice that falls silent; gives the others of it.
    pub(super) fn dissolve(&mut self, voice: u32) -> Vec<u32> {
        let home = std::mem::replace(&mut self.home[voice as usize], NONE);
        if home == NONE {
            return Vec::new();
        }
        let mut members = std::mem::take(&mut self.members[home as usize]);
        members.iter().for_each(|member| self.home[*member as usize] = NONE);
        members.retain(|member| *member != voice);
        members
    }

    /// Asks voices again what is usual around them and which groups they choose, as the groups of the stage before stand; gives the ends of edges
    /// whose weight is another now.
    pub(super) fn weigh(
        &mut self,
        pool: &Pool,
        before: &Stage,
        asking: &BTreeSet<u32>,
        is_last: bool,
    ) -> BTreeSet<u32> {
        let mut moved = BTreeSet::new();
        let mut after: BTreeSet<u32> = BTreeSet::new();
        let world = self.world(pool, before, asking);
        let groups = Groups::new(&world.data, &pool.model, &world.home);
        let near = world.near(&groups, asking);
        for (at, near) in &near {
            let (at, voice) = (*at, world.voices[*at]);
            let usual = pool.model.usual(world.data[at].manner);
            let null = groups.null(at, near, usual);
            if std::mem::replace(&mut self.null[voice as usize], null) != null {
                after.extend(before.heeding(pool, voice));
            }
        }
        let mut edges = self.choose(&world, &groups, &near);
        after.retain(|voice| !asking.contains(voice));
        let world = self.world(pool, before, &after);
        let groups = Groups::new(&world.data, &pool.model, &world.home);
        edges.extend(self.choose(&world, &groups, &world.near(&groups, &after)));
        for edge in edges {
            let [a, b] = pool.edges[edge as usize];
            let pair = [&pool.voice(a).told, &pool.voice(b).told];
            let weight = posterior(pair, &pool.model, self.sides[edge as usize], is_last);
            if std::mem::replace(&mut self.weights[edge as usize], weight) != weight {
                moved.extend([a, b]);
            }
        }
        moved
    }

    /// Voices to whose gain what is usual around this one counts, and which are not asked for their own sake: a score counts what is usual
    /// around each member but the most precise, so that it matters only to who would be more precise still.
    fn heeding(&self, pool: &Pool, voice: u32) -> Vec<u32> {
        let rank = |voice: &u32| pool.model.rank(&pool.voice(*voice).told);
        let group = &self.members[self.home[voice as usize] as usize];
        let mut ranked: Vec<u32> = group.clone();
        ranked.sort_unstable_by_key(rank);
        match ranked.iter().position(|other| *other == voice) {
            Some(0) => {
                let near = group.iter().flat_map(|member| &pool.voice(*member).near).map(|(other, _)| *other);
                near.filter(|other| rank(other) < rank(&voice)).collect()
            }
            Some(1) => vec![ranked[0]],
            _ => Vec::new(),
        }
    }

    /// Which groups these voices choose; gives the edges that are to be weighed again.
    fn choose(&mut self, world: &World, groups: &Groups<'_>, near: &[(usize, Vec<Near>)]) -> BTreeSet<u32> {
        let null: Vec<i32> = world.voices.iter().map(|voice| self.null[*voice as usize]).collect();
        let mut edges = BTreeSet::new();
        for (at, near) in near {
            groups.choose(*at, &world.graph, near, &null, |edge, side, share| {
                let edge = world.edges[edge as usize];
                let known = &mut self.sides[edge as usize][side];
                if std::mem::replace(known, share) != share || self.weights[edge as usize] == UNWEIGHED {
                    edges.insert(edge);
                }
            });
        }
        edges
    }

    /// The voices asked, their neighbours, and the groups of both.
    fn world(&mut self, pool: &Pool, groups: &Stage, asking: &BTreeSet<u32>) -> World {
        let near = asking.iter().flat_map(|voice| &pool.voice(*voice).near).map(|(other, _)| *other);
        let homes: BTreeSet<u32> = asking.iter().copied().chain(near).map(|voice| groups.home(voice)).collect();
        let mut voices: Vec<u32> = homes.iter().flat_map(|home| &groups.members[*home as usize]).copied().collect();
        self.number(pool, &mut voices);
        let numbers = &self.numbers;
        let mut edges = Vec::new();
        let mut ends = Vec::new();
        for voice in asking {
            let own = numbers[*voice as usize];
            for (other, edge) in &pool.voice(*voice).near {
                let far = numbers[*other as usize];
                if own < far || !asking.contains(other) {
                    edges.push(*edge);
                    ends.push((own, far));
                }
            }
        }
        let world = World {
            data: voices.iter().map(|voice| pool.voice(*voice).told).collect(),
            home: voices.iter().map(|voice| numbers[groups.home(*voice) as usize]).collect(),
            graph: Graph::new(voices.len(), ends.iter().copied()),
            alone: edges.iter().map(|edge| pool.alone[*edge as usize]).collect(),
            edges,
            voices,
        };
        self.forget(&world.voices);
        world
    }

    /// Links again what these voices are linked to; gives those that stand in another group now.
    pub(super) fn link(&mut self, pool: &Pool, touched: &BTreeSet<u32>, moved: &BTreeSet<u32>) -> BTreeSet<u32> {
        let threshold = pool.model.parameters.together_ppm * UNIT / 1_000_000;
        let mut tied: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (a, b) in pool.ties.together() {
            let voice = |number: u32| pool.reports[number as usize].as_ref().map(|report| report.voice);
            if let (Some(a), Some(b)) = (voice(*a), voice(*b)) {
                tied.entry(a).or_default().push(b);
                tied.entry(b).or_default().push(a);
            }
        }
        let mut linked: Vec<Vec<u32>> = Vec::new();
        for seed in touched.union(moved) {
            if self.numbers[*seed as usize] != NONE {
                continue;
            }
            self.numbers[*seed as usize] = 0;
            let mut found = vec![*seed];
            let mut at = 0;
            while let Some(voice) = found.get(at).copied() {
                let near = &pool.voice(voice).near;
                let strong = near.iter().filter(|(_, edge)| i64::from(self.weights[*edge as usize]) > threshold);
                let others = strong.map(|(other, _)| other).chain(tied.get(&voice).into_iter().flatten());
                for other in others {
                    let number = &mut self.numbers[*other as usize];
                    if *number == NONE {
                        *number = 0;
                        found.push(*other);
                    }
                }
                at += 1;
            }
            linked.push(found);
        }
        linked.iter().for_each(|found| self.forget(found));
        let mut before: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for voice in linked.iter().flatten() {
            let home = std::mem::replace(&mut self.home[*voice as usize], NONE);
            if home != NONE {
                before.entry(home).or_insert_with(|| std::mem::take(&mut self.members[home as usize]));
            }
        }
        let mut regrouped = BTreeSet::new();
        for mut voices in linked {
            let homes = self.linked(pool, &mut voices, threshold);
            for (voice, home) in voices.iter().zip(&homes) {
                let home = voices[*home as usize];
                self.home[*voice as usize] = home;
                self.members[home as usize].push(*voice);
            }
            for (_, home) in voices.iter().zip(&homes).filter(|(voice, home)| **voice == voices[**home as usize]) {
                let home = voices[*home as usize];
                let members = &self.members[home as usize];
                if before.get(&home) != Some(members) {
                    regrouped.extend(members);
                }
            }
        }
        regrouped
    }

    /// The groups of voices that are linked to one another and to no other, by their numbers in order.
    fn linked(&mut self, pool: &Pool, voices: &mut [u32], threshold: i64) -> Vec<u32> {
        self.number(pool, voices);
        let mut edges = Vec::new();
        for (a, voice) in (0..).zip(voices.iter()) {
            let near = pool.voice(*voice).near.iter();
            let later = near.map(|(other, edge)| (self.numbers[*other as usize], edge));
            edges.extend(later.filter(|(b, _)| *b != NONE && a < *b).map(|(b, edge)| Edge {
                a,
                b,
                weight: self.weight(*edge as usize),
            }));
        }
        edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        let sizes: Vec<i64> = voices.iter().map(|voice| pool.voice(*voice).size).collect();
        let ties = pool.ties.among(|number| {
            let voice = pool.reports[number as usize].as_ref()?.voice;
            Some(self.numbers[voice as usize]).filter(|number| *number != NONE)
        });
        let homes = link(&sizes, &edges, &graph(voices.len(), &edges), threshold, &ties);
        self.forget(voices);
        homes
    }

    /// Puts voices in order and numbers them.
    fn number(&mut self, pool: &Pool, voices: &mut [u32]) {
        voices.sort_unstable_by_key(|voice| pool.voice(*voice).key());
        for (number, voice) in (0..).zip(voices.iter()) {
            self.numbers[*voice as usize] = number;
        }
    }

    fn forget(&mut self, voices: &[u32]) {
        voices.iter().for_each(|voice| self.numbers[*voice as usize] = NONE);
    }
}
