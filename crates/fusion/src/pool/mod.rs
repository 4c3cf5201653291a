//! The pool: reports put together and kept so, where one more, one less or one changed asks again only those around it.
//!
//! Takes reports one by one, in and out, and what people have ordered; gives the same groups and pairs as `solve_within` gives for all of
//! them at once with what is believed to be usual, to the last bit. The steps are the same, and each is taken again only where what it rests on is
//! another: a set of repeats, a gate, a group, what is usual around a voice, the competition for it, the links among those it is linked to.
//! Where a voice has more others near it than it may ask, all is put together at once. Never keeps what a report says but as a datum.

mod index;
mod stage;

use crate::background::Background;
use crate::candidates::{MOST, Spot};
use crate::datum::Datum;
use crate::link::Ties;
use crate::posterior::{Solved, Voices, first_weight, solve_within, weigh_two};
use crate::weigh::Model;
use index::{Index, asks};
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// No voice, no group.
const NONE: u32 = u32::MAX;

/// What reports have exactly as others that repeat them.
type Said = (u8, [i32; 2], i64);

#[derive(Debug)]
struct Report {
    datum: Datum,
    voice: u32,
}

/// Reports that repeat one another, as one.
#[derive(Debug)]
struct Voice {
    told: Datum,
    size: i64,
    /// Numbers of its reports, the first first.
    members: Vec<u32>,
    /// Pairs of them with the chance that one repeats the other.
    copies: Vec<(u32, u32, i32)>,
    spot: Spot,
    /// Voices that it may be one with, each with the number of the edge.
    near: Vec<(u32, u32)>,
    /// How many others it asked.
    asked: usize,
}

impl Voice {
    /// Its place among all voices, by time.
    fn key(&self) -> (i64, u64) {
        (self.told.time_s, self.told.id)
    }

    fn says(&self, spoken: &Spoken) -> bool {
        self.told == spoken.told && self.members == spoken.members && self.copies == spoken.copies
    }
}

/// Reports put together, with all that the next change needs.
#[derive(Debug)]
pub struct Pool {
    model: Arc<Model>,
    /// The number of each report that ever was here.
    numbers: BTreeMap<u64, u32>,
    reports: Vec<Option<Report>>,
    /// Reports that may be repeats: those that say the same, by number.
    repeats: BTreeMap<Said, BTreeSet<u32>>,
    ties: Ties,
    voices: Vec<Option<Voice>>,
    free_voices: Vec<u32>,
    index: Index,
    /// The two ends of each edge, the earlier voice first.
    edges: Vec<[u32; 2]>,
    /// By edge: the score of the two held against one another, with nothing usual around.
    alone: Vec<i32>,
    free_edges: Vec<u32>,
    /// Groups as first linked, and after each round.
    stages: Vec<Stage>,
    candidates: u64,
    crowded: u64,
    changes: Changes,
}

/// What changed since all was last put together.
#[derive(Debug, Default)]
struct Changes {
    /// Sets of repeats that lost or won a report.
    said: BTreeSet<Said>,
    /// Voices with other neighbours, or under other orders.
    touched: BTreeSet<u32>,
}

impl Pool {
    /// A pool without reports.
    #[must_use]
    pub fn new(model: Arc<Model>) -> Pool {
        let rounds = usize::try_from(model.parameters.rounds).expect("invariant: parameters limit the rounds");
        Pool {
            stages: (0..=rounds).map(|_| Stage::default()).collect(),
            model,
            numbers: BTreeMap::new(),
            reports: Vec::new(),
            repeats: BTreeMap::new(),
            ties: Ties::default(),
            voices: Vec::new(),
            free_voices: Vec::new(),
            index: Index::default(),
            edges: Vec::new(),
            alone: Vec::new(),
            free_edges: Vec::new(),
            candidates: 0,
            crowded: 0,
            changes: Changes::default(),
        }
    }

    /// What the pool believes.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Takes a report in, or in place of what it said before.
    pub fn tell(&mut self, datum: Datum) {
        let number = self.number(datum.id);
        if self.reports[number as usize].as_ref().is_some_and(|report| report.datum == datum) {
            return;
        }
        self.take_out(number);
        self.reports[number as usize] = Some(Report { datum, voice: NONE });
        if self.model.is_copied(&datum) {
            self.repeats.entry(datum.said()).or_default().insert(number);
            self.changes.said.insert(datum.said());
        } else {
            self.speak(Spoken { told: datum, size: 1, members: vec![number], copies: Vec::new() });
        }
    }

    /// Takes a report out.
    pub fn forget(&mut self, id: u64) {
        if let Some(number) = self.numbers.get(&id).copied() {
            self.take_out(number);
        }
    }

    /// Holds exactly these reports, under these orders by index, and puts together what changed.
    pub(crate) fn hold(&mut self, given: &[Datum], ties: &Ties) {
        let mut numbers: Vec<u32> = Vec::with_capacity(given.len());
        let mut here = vec![false; self.reports.len()];
        for datum in given {
            let number = self.number(datum.id);
            here.resize(self.reports.len(), false);
            here[number as usize] = true;
            numbers.push(number);
        }
        for number in (0..self.reports.len()).filter(|number| !here[*number]) {
            self.take_out(number as u32);
        }
        given.iter().for_each(|datum| self.tell(*datum));
        self.order(ties.among(|at| Some(numbers[at as usize])));
        self.settle();
    }

    /// The groups and pairs of the reports that are held, by the index that each has here.
    #[must_use]
    pub fn solved(&self, given: &[Datum]) -> Solved {
        let mut places = vec![NONE; self.reports.len()];
        for (place, datum) in (0..).zip(given) {
            places[self.numbers[&datum.id] as usize] = place;
        }
        if self.crowded > 0 {
            let ties = self.ties.among(|number| Some(places[number as usize]).filter(|at| *at != NONE));
            return solve_within(given, &self.model, Background::Believed, &ties);
        }
        let last = self.stages.last().expect("invariant: a pool has a stage");
        let voice = |number: u32| self.voice(number);
        let group = |datum: &Datum| {
            let report = self.reports[self.numbers[&datum.id] as usize].as_ref();
            voice(last.home(report.expect("invariant: what is asked for is held").voice)).told.id
        };
        let mut pairs = Vec::new();
        let mut pair = |a: u32, b: u32, weight: i32| {
            let (a, b) = (places[a as usize], places[b as usize]);
            pairs.push((a.min(b), a.max(b), weight as u16));
        };
        for (edge, [a, b]) in self.edges.iter().enumerate().filter(|(_, ends)| ends[0] != NONE) {
            for one in &voice(*a).members {
                voice(*b).members.iter().for_each(|other| pair(*one, *other, last.weight(edge)));
            }
        }
        for voice in self.voices.iter().flatten() {
            voice.copies.iter().for_each(|(a, b, weight)| pair(*a, *b, *weight));
        }
        pairs.sort_unstable();
        let groups = given.iter().map(group).collect();
        Solved { groups, pairs, chances: Vec::new(), candidates: self.candidates, crowded: 0 }
    }

    /// Puts together what changed; in a crowd, once that is over.
    pub fn settle(&mut self) {
        for said in std::mem::take(&mut self.changes.said) {
            self.hear(said);
        }
        if self.crowded > 0 {
            return;
        }
        let touched = std::mem::take(&mut self.changes.touched);
        let mut regrouped = BTreeSet::new();
        let mut stages = std::mem::take(&mut self.stages);
        let (first, rounds) = stages.split_first_mut().expect("invariant: a pool has a stage");
        regrouped.extend(first.link(self, &touched, &BTreeSet::new()));
        let (mut before, last) = (&*first, rounds.len());
        for (round, stage) in (1..).zip(rounds) {
            let mut asking: BTreeSet<u32> = touched.union(&regrouped).copied().collect();
            asking.extend(regrouped.iter().flat_map(|voice| &self.voice(*voice).near).map(|(other, _)| *other));
            let moved = stage.weigh(self, before, &asking, round == last);
            regrouped = stage.link(self, &touched, &moved);
            before = stage;
        }
        self.stages = stages;
    }

    /// Which voice tells of what, for what was said in one place at one time.
    fn hear(&mut self, said: Said) {
        let mut numbers: Vec<u32> = self.repeats.get(&said).into_iter().flatten().copied().collect();
        if numbers.is_empty() {
            self.repeats.remove(&said);
            return;
        }
        numbers.sort_unstable_by_key(|number| self.report(*number).datum);
        let data: Vec<Datum> = numbers.iter().map(|number| self.report(*number).datum).collect();
        let ties = self.ties.among(|number| numbers.iter().position(|other| *other == number).map(|at| at as u32));
        let voices = Voices::new(&data, &self.model, Background::Believed, &ties);
        let mut before: BTreeSet<u32> = numbers.iter().map(|number| self.report(*number).voice).collect();
        before.remove(&NONE);
        let Voices { told, sizes, members, copies, .. } = voices;
        let mut spoken: Vec<Spoken> = told
            .into_iter()
            .zip(sizes)
            .zip(members.iter())
            .map(|((told, size), members)| Spoken {
                told,
                size,
                members: members.iter().map(|at| numbers[*at as usize]).collect(),
                copies: Vec::new(),
            })
            .collect();
        for (a, b, weight) in copies {
            let of = members.iter().position(|members| members.contains(&a));
            let pair = (numbers[a as usize], numbers[b as usize], weight);
            spoken[of.expect("invariant: copies are in a voice")].copies.push(pair);
        }
        // A voice that says what it said stays.
        spoken.retain(|spoken| {
            let voice = self.report(spoken.members[0]).voice;
            let stays = before.contains(&voice) && self.voice(voice).says(spoken);
            !(stays && before.remove(&voice))
        });
        before.into_iter().for_each(|voice| self.silence(voice));
        spoken.into_iter().for_each(|spoken| self.speak(spoken));
    }

    /// A new voice, weighed against those near it.
    fn speak(&mut self, Spoken { told, size, members, copies }: Spoken) {
        let spot = Spot::of(&told, &self.model);
        let mut voice = Voice { told, size, members, copies, spot, near: Vec::new(), asked: 0 };
        let number = self.free_voices.pop().unwrap_or(self.voices.len() as u32);
        if number as usize == self.voices.len() {
            self.voices.push(None);
        }
        for other in self.index.near(&voice, &self.voices, &self.model) {
            let near = self.voices[other as usize].as_mut().expect("invariant: the index holds voices");
            let is_asking = asks(&voice, near);
            let asking = if is_asking { &mut voice } else { &mut *near };
            asking.asked += 1;
            self.crowded += u64::from(asking.asked == MOST + 1);
            self.candidates += 1;
            let (pair, model) = ([&voice.told, &near.told], &*self.model);
            let (_, terms) = weigh_two([0, 1], |at| pair[at], model, |at| model.usual(pair[at].manner));
            let Some(weight) = first_weight(model, &terms) else { continue };
            let ends = if voice.key() < near.key() { [number, other] } else { [other, number] };
            let edge = self.free_edges.pop().unwrap_or(self.edges.len() as u32);
            if edge as usize == self.edges.len() {
                self.edges.push(ends);
                self.alone.push(0);
            }
            (self.edges[edge as usize], self.alone[edge as usize]) = (ends, terms.total() + terms.null);
            self.stages.iter_mut().for_each(|stage| stage.begin_edge(edge));
            self.stages[0].set_weight(edge, weight);
            voice.near.push((other, edge));
            near.near.push((number, edge));
            self.changes.touched.insert(other);
        }
        for member in &voice.members {
            self.reports[*member as usize].as_mut().expect("invariant: members are held").voice = number;
        }
        self.index.insert(number, &voice.spot, &self.model);
        self.voices[number as usize] = Some(voice);
        self.stages.iter_mut().for_each(|stage| stage.begin_voice(number));
        self.changes.touched.insert(number);
    }

    /// Takes a voice away; what it was grouped with is grouped anew.
    fn silence(&mut self, number: u32) {
        let voice = self.voices[number as usize].take().expect("invariant: a voice that is silenced spoke");
        self.index.remove(number, &voice.spot);
        for other in self.index.near(&voice, &self.voices, &self.model) {
            let near = self.voices[other as usize].as_mut().expect("invariant: the index holds voices");
            if asks(near, &voice) {
                self.crowded -= u64::from(near.asked == MOST + 1);
                near.asked -= 1;
            }
            self.candidates -= 1;
        }
        self.crowded -= u64::from(voice.asked > MOST);
        for (other, edge) in &voice.near {
            let near = self.voices[*other as usize].as_mut().expect("invariant: an edge has two ends");
            near.near.retain(|(_, known)| known != edge);
            self.edges[*edge as usize] = [NONE; 2];
            self.free_edges.push(*edge);
            self.changes.touched.insert(*other);
        }
        for stage in &mut self.stages {
            self.changes.touched.extend(stage.dissolve(number));
        }
        for member in &voice.members {
            if let Some(report) = &mut self.reports[*member as usize] {
                report.voice = NONE;
            }
        }
        self.changes.touched.remove(&number);
        self.free_voices.push(number);
    }

    fn take_out(&mut self, number: u32) {
        let Some(Report { datum, voice }) = self.reports[number as usize].take() else { return };
        if let Some(same) = self.repeats.get_mut(&datum.said()).filter(|_| self.model.is_copied(&datum)) {
            same.remove(&number);
            self.changes.said.insert(datum.said());
        }
        if voice != NONE {
            self.silence(voice);
        }
    }

    /// Orders on reports, by their numbers.
    fn order(&mut self, ties: Ties) {
        if ties == self.ties {
            return;
        }
        for number in self.ties.named().union(&ties.named()) {
            let Some(report) = &self.reports[*number as usize] else { continue };
            if self.model.is_copied(&report.datum) {
                self.changes.said.insert(report.datum.said());
            }
            if report.voice != NONE {
                self.changes.touched.insert(report.voice);
            }
        }
        self.ties = ties;
    }

    fn number(&mut self, id: u64) -> u32 {
        let next = self.reports.len() as u32;
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.reports.push(None);
        }
        number
    }

    fn report(&self, number: u32) -> &Report {
        self.reports[number as usize].as_ref().expect("invariant: a member is held")
    }

    fn voice(&self, number: u32) -> &Voice {
        self.voices[number as usize].as_ref().expect("invariant: a voice that is named speaks")
    }
}

/// What a voice says, before it is weighed.
struct Spoken {
    told: Datum,
    size: i64,
    members: Vec<u32>,
    copies: Vec<(u32, u32, i32)>,
}

#[cfg(test)]
mod tests;
