//! The voice: which reports of an incident are one and the same, said again.
//!
//! Takes the members of an incident in canonical order; gives each its voice, and which other it is one voice with and why. Reports of sources of one
//! group are one voice; where the parameters say so, also those that cite the same address, repeat the same words, or repeat place and time
//! exactly where the kind of source copies. Never says who copied whom: the order of members is no order in time.

use crate::citation::citations;
use crate::link::Sets;
use crate::projection::class;
use crate::weigh::Model;
use crate::words::Words;
use std::collections::BTreeMap;
use terms::{Observation, ObservationId, Position, Source, SourceId, SourceKind, Span};

/// A run of words leads to no more unlike texts of an incident.
const MOST_UNLIKE: usize = 64;

/// With which voice a report of an incident speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spoken {
    /// The voice, numbered from zero as voices first speak among the members.
    pub voice: u32,
    /// Another report of the voice that it is one with, and why; nothing for the first of the voice.
    pub one_with: Option<(ObservationId, Sameness)>,
}

/// Why two reports are one voice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sameness {
    /// Their sources are of one group, as declared.
    Group,
    /// They cite the same address or message.
    Reference,
    /// One repeats the other's words.
    Words,
    /// They have place and time exactly alike, and their kind of source copies.
    Repeat,
}

impl Sameness {
    /// The words used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Sameness::Group => "same group",
            Sameness::Reference => "cites the same address",
            Sameness::Words => "same words",
            Sameness::Repeat => "repeats place and time",
        }
    }
}

/// The independence group of a source: its own, where it was not declared.
pub(crate) fn group<'a>(source: &'a SourceId, sources: &'a BTreeMap<SourceId, Source>) -> &'a str {
    sources.get(source).map_or(source.as_str(), |source| source.voice.as_str())
}

/// The voice of each member. The cost is that of reading their texts and references, and for each of at most 158 runs of words a look at no
/// more than 64 unlike texts: it grows with the number of members and never with its square. What only a run leads to that more unlike texts have
/// is not looked up.
pub(crate) fn spoken(members: &[&Observation], sources: &BTreeMap<SourceId, Source>, model: &Model) -> Vec<Spoken> {
    let mut bonds = Bonds { sets: Sets::new(members.len()), near: vec![Vec::new(); members.len()] };
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        let first = *groups.entry(group(&member.source, sources)).or_insert(at);
        bonds.join(first, at, Sameness::Group);
    }
    if let Some(least_ppm) = model.parameters().same_words_ppm.filter(|_| groups.len() > 1) {
        join_citing(members, &mut bonds);
        join_wording(members, sources, least_ppm, &mut bonds);
        join_repeating(members, sources, model, &mut bonds);
    }
    bonds.spoken(members)
}

/// Those that cite the same.
fn join_citing(members: &[&Observation], bonds: &mut Bonds) {
    let mut cited: BTreeMap<String, usize> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        for citation in citations(&member.references) {
            bonds.join(*cited.entry(citation).or_insert(at), at, Sameness::Reference);
        }
    }
}

/// Those that repeat one another's words. Machines have no words of their own.
fn join_wording(members: &[&Observation], sources: &BTreeMap<SourceId, Source>, least_ppm: i64, bonds: &mut Bonds) {
    let is_machine = |member: &Observation| {
        let kind = sources.get(&member.source).map(|source| source.kind);
        matches!(kind, Some(SourceKind::Sensor | SourceKind::Satellite))
    };
    let mut unlike: Vec<(usize, Words)> = Vec::new();
    let mut leads: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !is_machine(member)) {
        let Some(words) = member.text.as_deref().and_then(Words::of) else { continue };
        let mut met: Vec<usize> = words.runs().iter().filter_map(|run| leads.get(run)).flatten().copied().collect();
        met.sort_unstable();
        let mut is_new = true;
        for shared in met.chunk_by(|a, b| a == b) {
            let (other, told) = &unlike[shared[0]];
            if words.repeats(told, shared.len(), least_ppm) {
                bonds.join(*other, at, Sameness::Words);
            }
            is_new &= words != *told;
        }
        if is_new {
            for run in words.runs() {
                let led = leads.entry(*run).or_default();
                led.extend((led.len() < MOST_UNLIKE).then_some(unlike.len()));
            }
            unlike.push((at, words));
        }
    }
}

/// Those that have place and time exactly alike, of kinds of source that copy.
fn join_repeating(members: &[&Observation], sources: &BTreeMap<SourceId, Source>, model: &Model, bonds: &mut Bonds) {
    let copies = |member: &Observation| {
        let class = sources.get(&member.source).and_then(|source| model.class_of(class(source.kind)));
        class.is_some_and(|class| model.parameters().classes[class].is_copied)
    };
    let mut told: BTreeMap<((Position, u32), Span), usize> = BTreeMap::new();
    for (at, member) in members.iter().enumerate().filter(|(_, member)| copies(member)) {
        if let Some(disc) = member.place.disc() {
            bonds.join(*told.entry((disc, member.happened)).or_insert(at), at, Sameness::Repeat);
        }
    }
}

/// Members that are one voice, as trees: no more bonds than it takes.
struct Bonds {
    sets: Sets,
    near: Vec<Vec<(usize, Sameness)>>,
}

impl Bonds {
    fn join(&mut self, one: usize, other: usize, why: Sameness) {
        if self.sets.join(one, other) {
            self.near[one].push((other, why));
            self.near[other].push((one, why));
        }
    }

    /// Numbers the voices, from the first member of each along its bonds.
    fn spoken(&self, members: &[&Observation]) -> Vec<Spoken> {
        let mut spoken: Vec<Option<Spoken>> = vec![None; members.len()];
        let mut voice = 0;
        for first in 0..members.len() {
            if spoken[first].is_some() {
                continue;
            }
            spoken[first] = Some(Spoken { voice, one_with: None });
            let mut open = vec![first];
            while let Some(at) = open.pop() {
                for (other, why) in &self.near[at] {
                    if spoken[*other].is_none() {
                        spoken[*other] = Some(Spoken { voice, one_with: Some((members[at].id, *why)) });
                        open.push(*other);
                    }
                }
            }
            voice += 1;
        }
        spoken.into_iter().map(|spoken| spoken.expect("invariant: every member was reached")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gazetteer::Gazetteer;
    use crate::parameters::Parameters;
    use crate::partition::{Known, Orders, Received, partition};
    use crate::{Incident, Pools};
    use std::sync::Arc;
    use terms::{Act, Chance, Instant, Means, Place, Release, Shape};

    const TOLD: &str =
        "Shells hit the centre of Ridkove at 06:30 this morning, two people were wounded and a school roof was damaged";

    fn source(at: usize, kind: SourceKind, percent: u32) -> Source {
        let name = format!("outlet-{at:02}");
        let worth = Chance::from_ppm(percent * 10_000).expect("a chance");
        Source {
            id: SourceId::new(&name).expect("a source id"),
            title: String::new(),
            kind,
            voice: name,
            party: None,
            licence: String::new(),
            attribution: String::new(),
            release: Release::Rows,
            worth: [(Act::Shelling, worth)].into(),
            worth_basis: String::new(),
        }
    }

    /// A report of one shelling, at a place and time that differ a little from the others'.
    fn told(source: &Source, off: i32, text: Option<String>, reference: Option<&str>) -> Observation {
        let start = Instant::from_ms(i64::from(off) * 60_000).expect("an instant");
        let centre = Position::new(37_000_000 + off * 300, 48_000_000).expect("a position");
        let happened = Span::new(start, start.shifted(30 * 60_000)).expect("a span");
        let place = Place { shape: Shape::Disc { centre, radius_m: 2_000 }, name: None };
        Observation {
            id: ObservationId::of(format!("{} {off} {text:?} {reference:?}", source.id).as_bytes()),
            text,
            references: reference.map(str::to_owned).into_iter().collect(),
            ..Observation::plain(source.id.clone(), Means::Press, Act::Shelling, happened, place)
        }
    }

    fn model(parameters: Parameters) -> Arc<Model> {
        Arc::new(Model::new(parameters, Gazetteer::new(&[], &[])))
    }

    fn incidents(
        told: &[Observation],
        sources: &[Source],
        model: &Arc<Model>,
        pools: Option<&mut Pools>,
    ) -> Vec<Incident> {
        let received_at = Instant::from_ms(0).expect("an instant");
        let reports: Vec<Received<'_>> = told.iter().map(|observation| Received { observation, received_at }).collect();
        let sources = sources.iter().map(|source| (source.id.clone(), source.clone())).collect();
        // All tell of one happening, by order, so that nothing but voices is tried here.
        let together = vec![told.iter().map(|observation| observation.id).collect()];
        let orders = Orders { together, ..Orders::default() };
        let known = Known { reports: &reports, sources: &sources, efforts: &[], orders: &orders };
        match pools {
            Some(pools) => pools.partition(known, model),
            None => partition(known, model),
        }
    }

    /// The voices of two reports, and why they are one.
    fn check(kind: SourceKind, pair: [Observation; 2], expected: Option<Sameness>) {
        let sources = [source(0, kind, 60), source(1, kind, 60)];
        let found = incidents(&pair, &sources, &model(Parameters::believed().with_copies()), None);
        let why = found[0].spoken.iter().find_map(|spoken| spoken.one_with).map(|(_, why)| why);
        assert_eq!((found.len(), why), (1, expected));
        assert_eq!(found[0].voices, if expected.is_some() { 1 } else { 2 });
        let ppm = if expected.is_some() { 600_000 } else { 840_000 };
        assert_eq!(found[0].chance, Chance::from_ppm(ppm).expect("a chance"));
        // What is not in the record changes nothing.
        let before = incidents(&pair, &sources, &model(Parameters::believed()), None);
        assert_eq!((before[0].voices, before[0].chance.ppm()), (2, 840_000));
    }

    #[test]
    fn two_reports_are_one_voice_or_two() {
        let [a, b] = [0, 1].map(|at| source(at, SourceKind::Press, 60));
        let words = |text: &str| Some(text.to_owned());
        let breaking = words(&format!("BREAKING: {TOLD}, the head of the district said"));
        let own =
            words("A school lost part of its roof when shells landed around half past six, our reporter was told");
        let (here, other) = (Some("https://varo.example/7"), Some("https://varo.example/8"));
        let two = |text: &Option<String>, reference, off| {
            [told(&a, 0, words(TOLD), here), told(&b, off, text.clone(), reference)]
        };
        check(SourceKind::Press, two(&breaking, other, 3), Some(Sameness::Words));
        check(
            SourceKind::Press,
            two(&own, Some("http://www.varo.example/7/?utm_source=b"), 3),
            Some(Sameness::Reference),
        );
        check(SourceKind::Press, two(&own, other, 0), Some(Sameness::Repeat));
        check(SourceKind::Press, two(&own, other, 3), None);
        check(SourceKind::Press, two(&None, None, 3), None);
        // Two posts may well hear one thing at one minute; but their words are their own.
        check(SourceKind::Monitor, two(&own, other, 0), None);
        check(SourceKind::Monitor, two(&breaking, other, 0), Some(Sameness::Words));
        // A machine's words are its maker's.
        check(SourceKind::Sensor, two(&breaking, other, 0), None);
    }

    /// One report said again, by words, by reference, or by place and time.
    fn copy(source: &Source, way: usize, nth: i32) -> Observation {
        match way {
            0 => told(source, nth + 1, Some(format!("BREAKING {nth}: {TOLD}")), None),
            1 => told(source, nth + 1, None, Some("https://www.varo.example/7?utm_campaign=x")),
            _ => told(source, 0, Some(format!("{nth} {}", nth % 2)), None),
        }
    }

    #[test]
    fn ten_copies_pass_no_standard_that_one_would_not() {
        let believed = model(Parameters::believed().with_copies());
        let one = proptest::collection::vec((0usize..3, 1u32..100), 10);
        let mut runner = proptest::test_runner::TestRunner::new(proptest::test_runner::Config::with_cases(64));
        let run = runner.run(&(one, 0usize..11, 1u32..100), |(copies, turn, percent)| {
            let first = source(0, SourceKind::Press, percent);
            let mut sources = vec![first.clone()];
            let mut all = vec![told(&first, 0, Some(TOLD.to_owned()), Some("http://varo.example/7"))];
            for (nth, (way, percent)) in (1..).zip(copies) {
                sources.push(source(nth, SourceKind::Press, percent));
                all.push(copy(&sources[nth], way, nth as i32));
            }
            let alone = sources.iter().filter_map(|source| source.worth.get(&Act::Shelling)).max();
            all.rotate_left(turn);
            let found = incidents(&all, &sources, &believed, None);
            proptest::prop_assert_eq!(found.len(), 1);
            proptest::prop_assert_eq!((found[0].voices, Some(&found[0].chance)), (1, alone));
            // In another order, and one after the other.
            let mut pools = Pools::default();
            for count in [4, 7, 11] {
                all[..count].reverse();
                let kept = incidents(&all[..count], &sources, &believed, Some(&mut pools));
                proptest::prop_assert_eq!(&kept, &incidents(&all[..count], &sources, &believed, None));
            }
            proptest::prop_assert_eq!(&incidents(&all, &sources, &believed, None)[0].chance, &found[0].chance);
            // An independent report is another voice.
            sources.push(source(11, SourceKind::Press, 50));
            all.push(told(
                &sources[11],
                40,
                Some("Our reporter saw the damaged school himself and spoke to both wounded".to_owned()),
                None,
            ));
            let two = incidents(&all, &sources, &believed, None);
            proptest::prop_assert_eq!(two[0].voices, 2);
            proptest::prop_assert!(two[0].chance >= found[0].chance);
            Ok(())
        });
        run.expect("copies count once");
    }

    #[test]
    fn a_crowd_of_texts_costs_no_square() {
        // Forms that differ in one word each, a thousand of them: each run leads to a limited number.
        let believed = model(Parameters::believed().with_copies());
        let sources: Vec<Source> = (0..1_000).map(|at| source(at, SourceKind::Press, 1)).collect();
        let text = |at: usize| {
            Some(format!("{TOLD} said {at}a {at}b {at}c {at}d {at}e {at}f {at}g {at}h {at}i {at}j {at}k {at}l {at}m"))
        };
        let all: Vec<Observation> =
            sources.iter().enumerate().map(|(at, source)| told(source, at as i32, text(at), None)).collect();
        let told: Vec<&Observation> = all.iter().collect();
        let sources = sources.iter().map(|source| (source.id.clone(), source.clone())).collect();
        let spoken = spoken(&told, &sources, &believed);
        assert_eq!(spoken.iter().map(|spoken| spoken.voice).max(), Some(999), "half of the words are each one's own");
    }
}
