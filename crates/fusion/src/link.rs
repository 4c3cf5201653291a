//! Linking: pairs with their posterior to groups.
//!
//! Takes weighted edges between reports in canonical order, and what people have ordered; gives each report its group. What
//! was ordered together is together first. Then the groups whose mean posterior is highest are joined, then single reports
//! move while that betters the sum of `posterior - threshold` over the pairs together. Never joins through a chain of weak
//! links, nor what was ordered apart. Of equals the smaller index comes first.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// The unit of a posterior.
pub(crate) const UNIT: i64 = 4096;
/// Rounds of moving; what still moves then stays where it is.
const ROUNDS: usize = 6;

/// An edge of the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) a: u32,
    pub(crate) b: u32,
    /// Posterior that both tell of one happening, 1/4096.
    pub(crate) weight: i32,
}

/// What people have ordered of reports, by index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ties {
    together: Vec<(u32, u32)>,
    tied: BTreeSet<u32>,
    apart: BTreeMap<u32, Vec<u32>>,
}

impl Ties {
    /// Pairs that belong together, and pairs that do not. Where both are ordered of the same reports, apart comes first.
    pub(crate) fn new(
        together: impl IntoIterator<Item = (u32, u32)>,
        apart: impl IntoIterator<Item = (u32, u32)>,
    ) -> Ties {
        let mut ties = Ties { together: together.into_iter().filter(|(a, b)| a != b).collect(), ..Ties::default() };
        ties.together.sort_unstable();
        ties.together.dedup();
        ties.tied = ties.together.iter().flat_map(|(a, b)| [*a, *b]).collect();
        for (a, b) in apart.into_iter().filter(|(a, b)| a != b) {
            ties.apart.entry(a).or_default().push(b);
            ties.apart.entry(b).or_default().push(a);
        }
        ties
    }

    /// All that is ordered, each once.
    pub(crate) fn named(&self) -> BTreeSet<u32> {
        self.tied.iter().chain(self.apart.keys()).copied().collect()
    }

    /// What belongs together.
    pub(crate) fn together(&self) -> &[(u32, u32)] {
        &self.together
    }

    /// The orders on what `number` gives a number, under that number.
    pub(crate) fn among(&self, number: impl Fn(u32) -> Option<u32>) -> Ties {
        let both = |(a, b): (u32, u32)| Some((number(a)?, number(b)?));
        let apart = self.apart.iter().flat_map(|(a, others)| others.iter().map(move |b| (*a, *b)));
        Ties::new(self.together.iter().filter_map(|pair| both(*pair)), apart.filter(|(a, b)| a < b).filter_map(both))
    }

    /// The edges with each set of what belongs together as one: who is near one of them is as near to the others.
    fn widen<'a>(&self, edges: &'a [Edge]) -> Cow<'a, [Edge]> {
        if self.together.is_empty() {
            return Cow::Borrowed(edges);
        }
        let mut sets: Vec<BTreeSet<u32>> = Vec::new();
        for (a, b) in &self.together {
            let (with, without): (Vec<_>, Vec<_>) =
                sets.into_iter().partition(|set| set.contains(a) || set.contains(b));
            sets = without;
            sets.push(with.into_iter().flatten().chain([*a, *b]).collect());
        }
        let mut all: BTreeMap<(u32, u32), i32> =
            edges.iter().map(|e| ((e.a.min(e.b), e.a.max(e.b)), e.weight)).collect();
        for set in &sets {
            let mut near: BTreeMap<u32, i32> = BTreeMap::new();
            for ((a, b), weight) in &all {
                for (_, other) in [(a, b), (b, a)].into_iter().filter(|(own, _)| set.contains(own)) {
                    let known = near.entry(*other).or_default();
                    *known = (*known).max(*weight);
                }
            }
            let others = near.into_iter().filter(|(other, _)| !set.contains(other));
            for (other, weight) in others {
                for own in set {
                    all.insert((other.min(*own), other.max(*own)), weight);
                }
            }
        }
        Cow::Owned(all.into_iter().map(|((a, b), weight)| Edge { a, b, weight }).collect())
    }

    /// Whether one of these was ordered apart from what is at `home`.
    fn bar(&self, members: impl Iterator<Item = u32>, home: &[u32], group: u32) -> bool {
        !self.apart.is_empty()
            && members
                .filter_map(|member| self.apart.get(&member))
                .flatten()
                .any(|other| home[*other as usize] == group)
    }
}

/// Neighbours of each report, by index.
pub(crate) struct Graph {
    starts: Vec<u32>,
    ends: Vec<(u32, u32)>,
}

impl Graph {
    /// The neighbours of each of `count` reports, with the number of the edge.
    pub(crate) fn new(count: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Graph {
        let mut starts = vec![0u32; count + 1];
        for (a, b) in edges.clone() {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut fill = starts.clone();
        let mut ends = vec![(0u32, 0u32); starts[count] as usize];
        for (number, (a, b)) in edges.enumerate() {
            for (from, to) in [(a, b), (b, a)] {
                ends[fill[from as usize] as usize] = (to, number as u32);
                fill[from as usize] += 1;
            }
        }
        for at in 0..count {
            ends[starts[at] as usize..starts[at + 1] as usize].sort_unstable();
        }
        Graph { starts, ends }
    }

    /// Neighbours of one report, in order, each with the number of the edge.
    pub(crate) fn of(&self, index: usize) -> &[(u32, u32)] {
        &self.ends[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

/// The graph of these edges.
pub(crate) fn graph(count: usize, edges: &[Edge]) -> Graph {
    Graph::new(count, edges.iter().map(|edge| (edge.a, edge.b)))
}

/// Gives each node, which stands for so many reports, the index of the first member of its group.
pub(crate) fn link(sizes: &[i64], edges: &[Edge], among: &Graph, threshold: i64, ties: &Ties) -> Vec<u32> {
    let count = sizes.len();
    let edges = ties.widen(edges);
    let wider;
    let graph = if matches!(edges, Cow::Owned(_)) {
        wider = graph(count, &edges);
        &wider
    } else {
        among
    };
    let edges = &*edges;
    let mut joined = Joined::new(sizes);
    for pair in &ties.together {
        let [a, b] = joined.homes(*pair);
        if a != b && !ties.bar(joined.members(a), &joined.home, b) {
            joined.join(a, b);
        }
    }
    // Mean posterior times 2^20, then the smaller indexes; the best is last.
    let mut likely: Vec<(i64, Reverse<(u32, u32)>)> = edges
        .iter()
        .filter(|e| i64::from(e.weight) > threshold)
        .map(|e| (i64::from(e.weight) << 20, Reverse((e.a.min(e.b), e.a.max(e.b)))))
        .collect();
    likely.sort_unstable();
    // Those whose mean is less than it was.
    let mut lesser: BinaryHeap<(i64, Reverse<(u32, u32)>)> = BinaryHeap::new();
    while let Some((key, Reverse(pair))) = if lesser.peek() > likely.last() { lesser.pop() } else { likely.pop() } {
        let [a, b] = joined.homes(pair);
        if a == b || ties.bar(joined.members(a), &joined.home, b) {
            continue;
        }
        let (of_a, of_b) = (joined.counts[a as usize], joined.counts[b as usize]);
        // Of two that stand alone, the mean is what it was.
        if (of_a, of_b) != (1, 1) {
            let (few, many) = if of_a <= of_b { (a, b) } else { (b, a) };
            let sum: i64 = joined
                .members(few)
                .flat_map(|m| graph.of(m as usize))
                .filter(|(other, _)| joined.home[*other as usize] == many)
                .map(|(_, edge)| &edges[*edge as usize])
                .map(|edge| i64::from(edge.weight) * sizes[edge.a as usize] * sizes[edge.b as usize])
                .sum();
            let mean = (sum << 20) / (joined.sizes[a as usize] * joined.sizes[b as usize]);
            if mean < key {
                if mean > threshold << 20 {
                    lesser.push((mean, Reverse(pair)));
                }
                continue;
            }
        }
        joined.join(a, b);
    }
    let mut home = joined.home;
    settle(sizes, edges, graph, &mut home, threshold, ties);
    // A group is named by its first member.
    let mut first = vec![u32::MAX; 2 * count];
    for (at, group) in (0..).zip(&home) {
        let named = &mut first[*group as usize];
        *named = at.min(*named);
    }
    home.iter().map(|group| first[*group as usize]).collect()
}

/// Groups while they are joined, each by its first member.
struct Joined {
    home: Vec<u32>,
    /// By member: the next of its group, in a ring.
    next: Vec<u32>,
    /// By the first member: how many there are, and how many reports they stand for.
    counts: Vec<u32>,
    sizes: Vec<i64>,
}

impl Joined {
    fn new(sizes: &[i64]) -> Joined {
        let each: Vec<u32> = (0..sizes.len() as u32).collect();
        Joined { next: each.clone(), home: each, counts: vec![1; sizes.len()], sizes: sizes.to_vec() }
    }

    /// The groups of two, the smaller first.
    fn homes(&self, (i, j): (u32, u32)) -> [u32; 2] {
        let (a, b) = (self.home[i as usize], self.home[j as usize]);
        [a.min(b), a.max(b)]
    }

    fn members(&self, group: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(group), move |member| {
            Some(self.next[*member as usize]).filter(|next| *next != group)
        })
    }

    fn join(&mut self, a: u32, b: u32) {
        let mut member = b;
        for _ in 0..std::mem::take(&mut self.counts[b as usize]) {
            self.home[member as usize] = a;
            self.counts[a as usize] += 1;
            member = self.next[member as usize];
        }
        self.next.swap(a as usize, b as usize);
        self.sizes[a as usize] += std::mem::take(&mut self.sizes[b as usize]);
    }
}

/// Moves single reports while that betters the sum.
fn settle(sizes: &[i64], edges: &[Edge], graph: &Graph, home: &mut [u32], threshold: i64, ties: &Ties) {
    let count = sizes.len();
    // A report that leaves for no other group has two numbers of its own, so that who is elsewhere has no say in what it is called.
    let mut size = vec![0i64; 2 * count];
    for (group, own) in home.iter().zip(sizes) {
        size[*group as usize] += own;
    }
    // By group: the posteriors of its pairs with the report at hand, summed; and the groups that have any.
    let (mut sums, mut met) = (vec![0i64; 2 * count], Vec::new());
    // Who stands alone and has no likely partner betters nothing anywhere.
    let mut is_likely = vec![false; count];
    for edge in edges.iter().filter(|edge| i64::from(edge.weight) > threshold) {
        (is_likely[edge.a as usize], is_likely[edge.b as usize]) = (true, true);
    }
    for _ in 0..ROUNDS {
        let mut moves = 0;
        for at in (0..count).filter(|at| !ties.tied.contains(&(*at as u32))) {
            let own = home[at];
            if !is_likely[at] && size[own as usize] == sizes[at] {
                continue;
            }
            for (other, edge) in graph.of(at) {
                let group = home[*other as usize];
                sums[group as usize] += i64::from(edges[*edge as usize].weight) * sizes[*other as usize];
                met.push(group);
            }
            let of_own = sums[own as usize];
            let stay = of_own - threshold * (size[own as usize] - sizes[at]);
            let mut best = (stay, own);
            if size[own as usize] > sizes[at] && stay < 0 {
                let alone = [at, count + at].into_iter().find(|group| size[*group] == 0);
                best = (0, alone.map_or(own, |alone| alone as u32));
            }
            for group in met.drain(..) {
                let sum = std::mem::take(&mut sums[group as usize]);
                if group == own || sum == 0 || ties.bar(std::iter::once(at as u32), home, group) {
                    continue;
                }
                let value = sum - threshold * size[group as usize];
                let is_other = size[best.1 as usize] > 0 && best.1 != own;
                if value > best.0 || value == best.0 && is_other && group < best.1 {
                    best = (value, group);
                }
            }
            if best.1 == own {
                continue;
            }
            size[own as usize] -= sizes[at];
            home[at] = best.1;
            size[best.1 as usize] += sizes[at];
            moves += 1;
        }
        if moves == 0 {
            break;
        }
    }
}

/// Sets of places that are joined.
pub(crate) struct Sets(Vec<usize>);

impl Sets {
    /// So many places, none joined to another.
    pub(crate) fn new(count: usize) -> Sets {
        Sets((0..count).collect())
    }

    /// The one that stands for all that are joined to a place; the way there is made shorter.
    pub(crate) fn top(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Joins two places; says whether they were not joined before.
    pub(crate) fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.top(a), self.top(b));
        self.0[a.max(b)] = a.min(b);
        a != b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sizes: &[i64], edges: &[(u32, u32, i32)], expected: &[u32]) {
        let edges: Vec<Edge> = edges.iter().map(|(a, b, weight)| Edge { a: *a, b: *b, weight: *weight }).collect();
        let among = graph(sizes.len(), &edges);
        assert_eq!(link(sizes, &edges, &among, 1_500, &Ties::default()), expected);
    }

    #[test]
    fn a_chain_of_likely_pairs_is_no_group() {
        // The first and last have nothing to do with one another: the mean of the three is below the threshold.
        check(&[1; 3], &[(0, 1, 2_000), (1, 2, 1_900)], &[0, 0, 2]);
        check(&[1; 3], &[(0, 1, 2_000), (1, 2, 1_900), (0, 2, 1_800)], &[0, 0, 0]);
        check(&[1; 2], &[(0, 1, 1_500)], &[0, 1]);
    }

    #[test]
    fn a_voice_of_many_weighs_as_many() {
        // One report likely of either; the larger voice has more pairs to win.
        check(&[5, 1, 1], &[(0, 1, 2_500), (1, 2, 2_400)], &[0, 0, 2]);
        check(&[1, 1, 5], &[(0, 1, 2_400), (1, 2, 2_500)], &[0, 1, 1]);
    }

    #[test]
    fn single_reports_move_to_where_they_belong() {
        // Joined first by the strongest edge, the second report belongs rather with the other three.
        let pairs =
            [(0, 1, 2_600), (1, 2, 2_500), (1, 3, 2_500), (1, 4, 2_500), (2, 3, 4_000), (2, 4, 4_000), (3, 4, 4_000)];
        check(&[1; 5], &pairs, &[0, 1, 1, 1, 1]);
    }

    #[test]
    fn people_come_first() {
        let edges: Vec<Edge> =
            [(0, 1, 4_000), (1, 2, 4_000), (0, 2, 4_000)].map(|(a, b, weight)| Edge { a, b, weight }).to_vec();
        let home = |together: &[(u32, u32)], apart: &[(u32, u32)]| {
            let ties = Ties::new(together.iter().copied(), apart.iter().copied());
            link(&[1; 4], &edges, &graph(4, &edges), 1_500, &ties)
        };
        assert_eq!(home(&[], &[]), [0, 0, 0, 3]);
        assert_eq!(home(&[(0, 3)], &[]), [0, 0, 0, 0], "the pair belongs to the others as a whole");
        assert_eq!(home(&[], &[(0, 2)]), [0, 0, 2, 3]);
        assert_eq!(home(&[(0, 2)], &[(0, 2)]), [0, 0, 2, 3], "apart comes first");
        assert_eq!(home(&[(0, 1), (1, 2), (2, 3)], &[(0, 3)]), [0, 0, 0, 3]);
    }

    proptest::proptest! {
        #[test]
        fn no_group_is_worse_than_its_members_alone(
            pairs in proptest::collection::btree_map((0u32..12, 0u32..12), 0i32..=4_096, 0..40),
        ) {
            let edges: Vec<Edge> = pairs
                .into_iter()
                .filter(|((a, b), _)| a < b)
                .map(|((a, b), weight)| Edge { a, b, weight })
                .collect();
            let home = link(&[1; 12], &edges, &graph(12, &edges), 1_500, &Ties::default());
            let value: i64 = edges.iter().filter(|e| home[e.a as usize] == home[e.b as usize]).map(|e| i64::from(e.weight)).sum();
            let together = (0..12).flat_map(|a| (0..a).map(move |b| (a, b))).filter(|(a, b)| home[*a] == home[*b]).count();
            proptest::prop_assert!(value >= 1_500 * together as i64);
            proptest::prop_assert!(home.iter().enumerate().all(|(at, first)| home[*first as usize] == *first && *first as usize <= at));
        }
    }
}
