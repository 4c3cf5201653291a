//! The posterior: which reports tell of one happening, and how sure that is.
//!
//! Takes data in any order, and a model; gives groups and the chance of pairs. Repeats become one voice; pairs of voices
//! are weighed and linked into first groups; then each voice is weighed against the groups near it, all of which compete
//! for it, and with the chance that it tells of none. Same bits for any order of the data. Never looks at a truth.

use crate::background::{Background, background, counted};
use crate::candidates::Candidates;
use crate::datum::{Datum, KIND_UNKNOWN};
use crate::existence::{FEATURES, chance};
use crate::fixed::{Fixed, NAT, ONE};
use crate::groups::{Groups, Nearness};
use crate::link::{Edge, Ties, UNIT, graph, link};
use crate::lists::Lists;
use crate::weigh::{Model, Terms};

/// Pairs below this score are left out.
const LEAST_PAIR: i32 = -3 * NAT;
/// No more of a set of repeats are held against one another; the rest stand alone.
const MOST_REPEATS: usize = 256;

/// Groups of reports, and how sure each pair is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Solved {
    /// For each datum as given: its group, by the id of the group's first member in time.
    pub groups: Vec<u64>,
    /// Pairs that may tell of one happening, as indexes of the data as given, with the chance in 1/4096.
    pub pairs: Vec<(u32, u32, u16)>,
    /// For each group, by its name: the chance that what it tells of happened, in 1/4096; only where the parameters have
    /// weights for it.
    pub chances: Vec<(u64, u16)>,
    /// How many pairs of voices the gates let through.
    pub candidates: u64,
    /// How many voices had more others near them than are held against one; what was left out counts as apart.
    pub crowded: u64,
}

/// Groups the data.
#[must_use]
pub fn solve(given: &[Datum], model: &Model) -> Solved {
    solve_within(given, model, Background::Counted, &Ties::default())
}

/// Groups the data as people have ordered by index.
pub(crate) fn solve_within(given: &[Datum], model: &Model, from: Background, ties: &Ties) -> Solved {
    solve_each(given, model, from, ties, |_, _| ())
}

/// As [`solve_within`]; calls `each` with the name of each group and its features.
pub(crate) fn solve_each(
    given: &[Datum],
    model: &Model,
    from: Background,
    ties: &Ties,
    mut each: impl FnMut(u64, &[i64; FEATURES]),
) -> Solved {
    let (order, data) = in_order(given);
    let mut places = vec![0; given.len()];
    for (place, at) in (0..).zip(&order) {
        places[*at as usize] = place;
    }
    let ties = ties.among(|at| Some(places[at as usize]));
    let voices = Voices::new(&data, model, from, &ties);
    let name = |voice: u32| data[voices.members.of(voice as usize)[0] as usize].id;
    let weights = &model.parameters.existence;
    let mut chances = Vec::new();
    let ties = ties.among(|at| Some(voices.of[at as usize]));
    let told = solve_voices(&voices, model, from, &ties, |group, features| {
        each(name(group), features);
        if !weights.is_empty() {
            chances.push((name(group), chance(&model.fixed, weights, features)));
        }
    });
    chances.sort_unstable();

    let mut groups = vec![0; given.len()];
    for (at, voice) in voices.of.iter().enumerate() {
        groups[order[at] as usize] = name(told.home[*voice as usize]);
    }
    let pair = |a: u32, b: u32, weight: i32| {
        let (a, b) = (order[a as usize], order[b as usize]);
        (a.min(b), a.max(b), weight as u16)
    };
    let mut pairs = Vec::new();
    for edge in &told.edges {
        for a in voices.members.of(edge.a as usize) {
            pairs.extend(voices.members.of(edge.b as usize).iter().map(|b| pair(*a, *b, edge.weight)));
        }
    }
    pairs.extend(voices.copies.iter().map(|(a, b, weight)| pair(*a, *b, *weight)));
    pairs.sort_unstable();
    Solved { groups, pairs, chances, candidates: told.candidates, crowded: told.crowded }
}

/// The data in order of time, equals by what they say; and the index of each as given.
fn in_order(given: &[Datum]) -> (Vec<u32>, Vec<Datum>) {
    let mut order: Vec<u32> = (0..given.len() as u32).collect();
    order.sort_unstable_by_key(|at| (given[*at as usize].time_s, given[*at as usize]));
    let data = order.iter().map(|at| given[*at as usize]).collect();
    (order, data)
}

/// Pairs of data, by index, that are held against one another; where one has too many near it, it stands for all.
pub(crate) fn meetings(given: &[Datum], model: &Model) -> Vec<(usize, usize)> {
    let (order, data) = in_order(given);
    let index = Candidates::new(&data, model);
    let mut met = Vec::new();
    for at in 0..data.len() {
        let own = order[at] as usize;
        if index.ask(model, at, |other| met.push((own, order[other] as usize))) {
            met.extend((0..given.len()).map(|other| (own, other)));
        }
    }
    met
}

/// The terms of one report's score against another, and which of the two was weighed: the vaguer one.
///
/// The background comes from all the data, so these are the terms that `solve` begins with.
#[must_use]
pub fn weigh_pair(data: &[Datum], model: &Model, a: usize, b: usize) -> (usize, Terms) {
    let (order, sorted) = in_order(data);
    let background = counted(&sorted, model);
    let place = |index| order.iter().position(|at| *at as usize == index).expect("invariant: an index of the data");
    weigh_two([a, b], |at| &data[at], model, |at| background[place(at)])
}

/// The vaguer of two reports, and the terms of its score against the other; `null` is the rate of such reports otherwise.
pub(crate) fn weigh_two<'a>(
    [a, b]: [usize; 2],
    told: impl Fn(usize) -> &'a Datum,
    model: &Model,
    null: impl Fn(usize) -> i32,
) -> (usize, Terms) {
    let (better, vaguer) = if model.rank(told(a)) <= model.rank(told(b)) { (a, b) } else { (b, a) };
    (vaguer, model.weigh(&model.start(told(better)), &[told(better)], told(vaguer), null(vaguer)))
}

/// Reports that repeat one another, each set of copies as one voice.
pub(crate) struct Voices {
    pub(crate) told: Vec<Datum>,
    pub(crate) sizes: Vec<i64>,
    pub(crate) members: Lists,
    of: Vec<u32>,
    /// Pairs of copies, with the chance that they are.
    pub(crate) copies: Vec<(u32, u32, i32)>,
}

impl Voices {
    pub(crate) fn new(data: &[Datum], model: &Model, from: Background, ties: &Ties) -> Voices {
        let (first, copies) = first_of_copies(data, model, from, ties);
        let mut told: Vec<Datum> = Vec::new();
        let mut sizes = Vec::new();
        let mut of: Vec<u32> = Vec::with_capacity(data.len());
        for (at, datum) in data.iter().enumerate() {
            // The first of copies comes before them.
            let voice = if first[at] as usize == at {
                told.push(*datum);
                sizes.push(0);
                told.len() as u32 - 1
            } else {
                of[first[at] as usize]
            };
            of.push(voice);
            sizes[voice as usize] += 1;
            // What one copy leaves out, another may have kept.
            let told = &mut told[voice as usize];
            if told.kind == KIND_UNKNOWN {
                told.kind = datum.kind;
            }
            for (known, more) in
                [(&mut told.count, datum.count), (&mut told.object, datum.object), (&mut told.by, datum.by)]
            {
                if *known == 0 {
                    *known = more;
                }
            }
        }
        Voices { members: Lists::new(told.len(), &of), told, sizes, of, copies }
    }
}

/// For each datum the first of those that it is a copy of, or that are copies of it; and the pairs of copies.
fn first_of_copies(data: &[Datum], model: &Model, from: Background, ties: &Ties) -> (Vec<u32>, Vec<(u32, u32, i32)>) {
    let background = background(data, model, from);
    let said = |at: &u32| data[*at as usize].said();
    let mut copied: Vec<u32> = (0..data.len() as u32).filter(|at| model.is_copied(&data[*at as usize])).collect();
    copied.sort_unstable_by_key(|at| (said(at), *at));
    let mut first: Vec<u32> = (0..data.len() as u32).collect();
    let mut copies = Vec::new();
    for set in copied.chunk_by(|a, b| said(a) == said(b)).filter(|set| set.len() > 1) {
        let set = &set[..set.len().min(MOST_REPEATS)];
        let mut edges = Vec::new();
        for (b, one) in set.iter().enumerate() {
            for (a, other) in set[..b].iter().enumerate() {
                let score = model.copied(&data[*other as usize], &data[*one as usize], background[*one as usize]);
                edges.push(Edge { a: a as u32, b: b as u32, weight: logistic(&model.fixed, score) });
            }
        }
        let ties = ties.among(|at| set.binary_search(&at).ok().map(|number| number as u32));
        let graph = graph(set.len(), &edges);
        let homes = link(&vec![1; set.len()], &edges, &graph, UNIT / 2, &ties);
        for (at, home) in set.iter().zip(&homes) {
            first[*at as usize] = set[*home as usize];
        }
        let together = edges.iter().filter(|edge| homes[edge.a as usize] == homes[edge.b as usize]);
        copies.extend(together.map(|edge| (set[edge.a as usize], set[edge.b as usize], edge.weight)));
    }
    (first, copies)
}

/// What came out for voices.
struct Told {
    home: Vec<u32>,
    edges: Vec<Edge>,
    candidates: u64,
    crowded: u64,
}

/// Groups voices; calls `each` with the first member of each group and its features.
fn solve_voices(
    voices: &Voices,
    model: &Model,
    from: Background,
    ties: &Ties,
    each: impl FnMut(u32, &[i64; FEATURES]),
) -> Told {
    let data = &voices.told;
    let background = background(data, model, from);
    let Met { mut edges, alone, candidates, crowded } = meet(data, model, &background);
    let graph = graph(data.len(), &edges);
    let together = model.parameters.together_ppm * UNIT / 1_000_000;
    let mut home = link(&voices.sizes, &edges, &graph, together, ties);
    let (mut members, mut nearness) = (Lists::default(), Nearness::default());
    for round in 1..=model.parameters.rounds {
        let groups = Groups::new(data, model, &home);
        nearness = groups.all_near(&graph, &alone, &members, &nearness);
        let null = groups.nulls(&nearness, &background);
        let sides = groups.compete(&graph, &nearness, &null, edges.len());
        members = groups.into_members();
        let is_last = round == model.parameters.rounds;
        for (edge, sides) in edges.iter_mut().zip(sides) {
            let pair = [&data[edge.a as usize], &data[edge.b as usize]];
            edge.weight = posterior(pair, model, sides, is_last);
        }
        home = link(&voices.sizes, &edges, &graph, together, ties);
    }
    Groups::new(data, model, &home).features(&voices.sizes, &graph, &background, each);
    Told { home, edges, candidates, crowded }
}

/// Pairs of voices that may tell of one happening.
struct Met {
    /// In order, each with the chance of the two alone.
    edges: Vec<Edge>,
    /// By edge: the score of the two alone, with nothing usual around.
    alone: Vec<i32>,
    candidates: u64,
    crowded: u64,
}

/// Holds voices against those near them.
fn meet(data: &[Datum], model: &Model, background: &[i32]) -> Met {
    let index = Candidates::new(data, model);
    let at_most: Vec<i32> = data.iter().map(|o| model.place_at_most(o)).collect();
    let mut met: Vec<(Edge, i32)> = Vec::new();
    let (mut candidates, mut crowded) = (0, 0);
    for at in 0..data.len() {
        let (rank, own) = (model.rank(&data[at]), model.start(&data[at]));
        let cut = index.ask(model, at, |other| {
            candidates += 1;
            let others;
            let (fused, better, vaguer) = if rank <= model.rank(&data[other]) {
                (&own, at, other)
            } else {
                others = model.start(&data[other]);
                (&others, other, at)
            };
            let told = model.weigh_but_place(fused, &[&data[better]], &data[vaguer], background[vaguer]);
            if told.total() + at_most[vaguer] <= LEAST_PAIR {
                return;
            }
            let told = Terms { place: model.weigh_place(fused, &data[vaguer]), ..told };
            if let Some(weight) = first_weight(model, &told) {
                let (a, b) = (at.min(other) as u32, at.max(other) as u32);
                met.push((Edge { a, b, weight }, told.total() + told.null));
            }
        });
        crowded += u64::from(cut);
    }
    drop(index);
    met.sort_unstable_by_key(|(edge, _)| (edge.a, edge.b));
    let (edges, alone) = met.into_iter().unzip();
    Met { edges, alone, candidates, crowded }
}

/// The chance that a pair tells of one happening, taken alone, in 1/4096; nothing where it is too small to be kept.
pub(crate) fn first_weight(model: &Model, told: &Terms) -> Option<i32> {
    let score = told.total();
    (score > LEAST_PAIR).then(|| logistic(&model.fixed, score))
}

/// The posterior of a pair from what each of the two chose; calibrated in the last round.
pub(crate) fn posterior(pair: [&Datum; 2], model: &Model, [of_a, of_b]: [i32; 2], calibrated: bool) -> i32 {
    let [a, b] = pair;
    let (better, vaguer) = if model.rank(a) < model.rank(b) { (of_a, of_b) } else { (of_b, of_a) };
    let share = model.parameters.vaguer_ppm;
    let score = ((i64::from(better) * (1_000_000 - share) + i64::from(vaguer) * share) / 1_000_000) as i32;
    let not = (ONE - model.fixed.exp(score)).max(1);
    let odds = i64::from(score - model.fixed.score(not));
    let (x, y) = (model.class(a).min(model.class(b)), model.class(a).max(model.class(b)));
    let [shift, slope] = if calibrated { model.parameters.calibration[x][y] } else { [0, 1024] };
    logistic(&model.fixed, (odds.max(-20 * i64::from(NAT)) * slope / 1024 + shift) as i32)
}

fn logistic(fixed: &Fixed, score: i32) -> i32 {
    ((fixed.exp(-fixed.add(0, -score)) * UNIT as u64) >> 30) as i32
}
