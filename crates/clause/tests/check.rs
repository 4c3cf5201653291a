//! The checker accepts what the engine makes of every case and of cases shaken at random, and refuses it with any field
//! changed. Takes the files of `cases/`; one property per test.

#![allow(clippy::disallowed_methods, reason = "the tests read case files; the crate does not")]

mod case;

use clause::{
    Absence, Agreement, Asked, Certificate, Checked, Checker, Counted, Fact, Footing, Instance, InstanceKey,
    InstanceValue, Margin, Occasion, Part, Reason, Scenario, Standing, Verdict, Watch, Why, Witness, instances,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use terms::{Chance, Count, Instant, Label, Party, Span};

/// An agreement with facts, by the name of its case.
struct Told {
    name: String,
    agreement: Agreement,
    scenario: Scenario,
}

fn all() -> Vec<Told> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let entries = std::fs::read_dir(folder).expect("the workspace has a folder `cases`");
    let mut all = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let text = std::fs::read_to_string(&path).expect("a case");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        // Cases of guarantees hold no agreement.
        if name == "README" || name.starts_with("guarantees-") {
            continue;
        }
        let (files, _) = case::agreement_files(&text).expect("an agreement");
        let (agreement, _) = clause::read(&files);
        let scenario = clause::scenario(&text, &agreement).expect("a scenario");
        all.push(Told { name, agreement, scenario });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

impl Told {
    fn watch(&self, asked: &Asked) -> Watch<'_> {
        let (efforts, heard) = (&self.scenario.efforts, &self.scenario.heard);
        Watch { efforts, detection: None, known_until: asked.known_until, sources: &[], heard }
    }
}

/// A way to change an instance; `None` where there is nothing to change.
type Forgery = fn(&Instance, &Told) -> Vec<Instance>;

fn with(instance: &Instance, change: impl FnOnce(&mut Instance)) -> Instance {
    let mut forged = instance.clone();
    change(&mut forged);
    forged
}

fn moved(span: Span, earliest_ms: i64, latest_ms: i64) -> Span {
    Span::new(span.earliest().shifted(earliest_ms), span.latest().shifted(latest_ms)).unwrap_or(Span::at(span.latest()))
}

fn reason() -> Reason {
    Reason { why: Why::Object, text: "forged".to_owned() }
}

fn absence(instance: &Instance, change: impl Fn(&mut Absence)) -> Vec<Instance> {
    let forged = instance.certificate.absence.clone().map(|mut absence| {
        change(&mut absence);
        with(instance, |i| i.certificate.absence = Some(absence))
    });
    forged.into_iter().collect()
}

/// Without the words of the reasons, which are for people.
fn wordless(instance: &Instance) -> Instance {
    with(instance, |instance| instance.certificate.reasons.iter_mut().for_each(|reason| reason.text.clear()))
}

fn each_witness(instance: &Instance, change: impl Fn(&mut Vec<Witness>, usize)) -> Vec<Instance> {
    let count = instance.certificate.witnesses.len();
    (0..count).map(|at| with(instance, |i| change(&mut i.certificate.witnesses, at))).collect()
}

fn label(name: &str) -> Label {
    Label::new(name).expect("a label")
}

const VALUES: [InstanceValue; 5] =
    [InstanceValue::Met, InstanceValue::Violated, InstanceValue::Unknown, InstanceValue::Void, InstanceValue::Excused];
const STANDINGS: [Standing; 4] = [Standing::Open, Standing::Provisional, Standing::Final, Standing::Amended];
const PARTS: [Part; 7] =
    [Part::Act, Part::Trigger, Part::Before, Part::Answer, Part::Counted, Part::Turn, Part::Excuse];

/// Every field, with a way to forge it.
const FORGERIES: &[(&str, Forgery)] = &[
    ("value flipped", |i, _| VALUES.iter().map(|value| with(i, |i| i.value = *value)).collect()),
    ("certainty flipped", |i, _| vec![with(i, |i| i.certain = !i.certain)]),
    ("decided moved", |i, _| {
        let spans = [moved(i.decided, -1, 0), moved(i.decided, 0, 1), moved(i.decided, 60_000, 60_000)];
        spans.map(|span| with(i, |i| i.decided = span)).into()
    }),
    ("interest moved", |i, _| {
        [moved(i.interest, 1, 0), moved(i.interest, 0, 1), moved(i.interest, 0, -1)]
            .map(|span| with(i, |i| i.interest = span))
            .into()
    }),
    ("standing changed", |i, _| STANDINGS.iter().map(|standing| with(i, |i| i.standing = *standing)).collect()),
    ("version raised", |i, _| vec![with(i, |i| i.version += 1)]),
    ("margin changed", |i, _| {
        let other = match i.margin {
            None => Some(Margin::Late(1)),
            Some(Margin::Late(ms)) => Some(Margin::InHand(ms)),
            Some(Margin::InHand(ms)) => Some(Margin::InHand(ms + 1)),
            Some(Margin::AfterStart(ms)) => Some(Margin::AfterStart(ms - 1)),
        };
        let dropped = i.margin.map(|_| with(i, |i| i.margin = None));
        dropped.into_iter().chain([with(i, |i| i.margin = other)]).collect()
    }),
    ("rule replaced", |i, told| {
        told.agreement.rules.iter().map(|rule| with(i, |i| i.key.rule = rule.id.clone())).collect()
    }),
    ("rule unheard of", |i, _| vec![with(i, |i| i.key.rule = label("ZZ"))]),
    ("reading replaced", |i, told| {
        let declared = told.agreement.readings.iter().map(|reading| Some(reading.id.clone()));
        declared.chain([None, Some(label("zz"))]).map(|reading| with(i, |i| i.key.reading = reading)).collect()
    }),
    ("bearer replaced", |i, told| {
        let everyone =
            told.agreement.parties.iter().chain(&told.agreement.actors).map(|(party, _)| Some(party.clone()));
        everyone.chain([None]).map(|bearer| with(i, |i| i.key.bearer = bearer)).collect()
    }),
    ("owed replaced", |i, told| {
        let everyone =
            told.agreement.parties.iter().chain(&told.agreement.actors).map(|(party, _)| Some(party.clone()));
        everyone.chain([None]).map(|owed| with(i, |i| i.key.owed = owed)).collect()
    }),
    ("sector replaced", |i, told| {
        let sectors = told.agreement.sectors.values().flat_map(BTreeMap::keys).cloned().map(Some);
        sectors.chain([None, Some(label("zz"))]).map(|sector| with(i, |i| i.key.sector = sector)).collect()
    }),
    ("footing replaced", |i, _| {
        let footings = Footing::JUDGED.into_iter().chain([Footing::Alleged]);
        footings.map(|footing| with(i, |i| i.key.footing = footing)).collect()
    }),
    ("occasion replaced", |i, told| {
        let facts = told.scenario.facts.iter().map(|fact| Occasion::Fact(fact.id.clone()));
        let verdict = Occasion::Verdict(InstanceKey { of: Occasion::Clause, ..i.key.clone() }.to_string());
        let others =
            [Occasion::Clause, Occasion::Stretch(0), Occasion::Stretch(1), Occasion::Stretch(u32::MAX), verdict];
        let quiets = [Instant::EARLIEST, i.decided.latest(), i.decided.latest().shifted(1)].map(Occasion::Quiet);
        facts.chain(others).chain(quiets).map(|of| with(i, |i| i.key.of = of)).collect()
    }),
    ("witness dropped", |i, _| each_witness(i, |all, at| drop(all.remove(at)))),
    ("witness doubled", |i, _| each_witness(i, |all, at| all.push(all[at].clone()))),
    ("witness of another revision", |i, _| each_witness(i, |all, at| all[at].revision += 1)),
    ("witness of another id", |i, _| each_witness(i, |all, at| all[at].fact.push('X'))),
    ("witness in another part", |i, _| {
        PARTS.iter().flat_map(|part| each_witness(i, |all, at| all[at].part = *part)).collect()
    }),
    ("witness swapped", |i, told| {
        let swapped = |fact: &Fact| {
            each_witness(i, |all, at| {
                all[at].fact.clone_from(&fact.id);
                all[at].revision = fact.revision;
            })
        };
        told.scenario.facts.iter().flat_map(swapped).collect()
    }),
    ("witness added", |i, told| {
        let added = |fact: &Fact, part: Part| {
            let witness = Witness { fact: fact.id.clone(), revision: fact.revision, part };
            with(i, |i| i.certificate.witnesses.push(witness))
        };
        told.scenario.facts.iter().flat_map(|fact| PARTS.map(|part| added(fact, part))).collect()
    }),
    ("exception dropped", |i, _| {
        let count = i.certificate.exceptions.len();
        (0..count).map(|at| with(i, |i| drop(i.certificate.exceptions.remove(at)))).collect()
    }),
    ("exception renamed", |i, _| {
        let count = i.certificate.exceptions.len();
        (0..count).map(|at| with(i, |i| i.certificate.exceptions[at].0 = label("zz"))).collect()
    }),
    ("exception added", |i, _| vec![with(i, |i| i.certificate.exceptions.push((label("zz"), reason())))]),
    ("count dropped", |i, _| i.certificate.counted.iter().map(|_| with(i, |i| i.certificate.counted = None)).collect()),
    ("count changed", |i, _| {
        let counted = i.certificate.counted.unwrap_or(Counted { during: i.decided, facts: 1, least: 1, most: None });
        let Counted { facts, least, most, .. } = counted;
        [
            Counted { facts: facts + 1, ..counted },
            Counted { least: least + 1, ..counted },
            Counted { most: most.map_or(Some(7), |most| Some(most + 1)), ..counted },
            Counted { during: moved(counted.during, -1, 0), ..counted },
        ]
        .map(|counted| with(i, |i| i.certificate.counted = Some(counted)))
        .into()
    }),
    ("absence dropped", |i, _| {
        i.certificate.absence.iter().map(|_| with(i, |i| i.certificate.absence = None)).collect()
    }),
    ("absence added", |i, _| {
        let absence =
            Absence { of: "fire".to_owned(), during: i.decided, known_until: Vec::new(), examined: 0, nearest: None };
        let none = i.certificate.absence.is_none();
        none.then(|| with(i, |i| i.certificate.absence = Some(absence))).into_iter().collect()
    }),
    ("absence of something else", |i, _| absence(i, |absence| absence.of.push('x'))),
    ("absence shortened", |i, _| {
        let mut all = absence(i, |absence| absence.during = moved(absence.during, 0, -1));
        all.extend(absence(i, |absence| absence.during = moved(absence.during, 1, 0)));
        all
    }),
    ("absence lengthened", |i, _| {
        let mut all = absence(i, |absence| absence.during = moved(absence.during, 0, 1));
        all.extend(absence(i, |absence| absence.during = moved(absence.during, -1, 0)));
        all
    }),
    ("watermark forged", |i, _| {
        let sources = i.certificate.absence.as_ref().map_or(0, |absence| absence.known_until.len());
        let forged = |at: usize| {
            absence(i, move |absence| absence.known_until[at].1 = absence.known_until[at].1.shifted(86_400_000))
        };
        (0..sources).flat_map(forged).collect()
    }),
    ("source left out", |i, _| absence(i, |absence| drop(absence.known_until.pop()))),
    ("source made up", |i, _| absence(i, |absence| absence.known_until.push((label("zz"), Instant::LATEST)))),
    ("examined raised", |i, _| absence(i, |absence| absence.examined += 1)),
    ("nearest miss dropped", |i, _| {
        let near = i.certificate.absence.as_ref().is_some_and(|absence| absence.nearest.is_some());
        if near { absence(i, |absence| absence.nearest = None) } else { Vec::new() }
    }),
    ("nearest miss moved", |i, _| {
        absence(i, |absence| {
            let (id, ms) = absence.nearest.clone().unwrap_or(("X".to_owned(), 0));
            absence.nearest = Some((id, ms + 1));
        })
    }),
    ("reasons dropped", |i, _| {
        let any = !i.certificate.reasons.is_empty();
        any.then(|| with(i, |i| i.certificate.reasons.clear())).into_iter().collect()
    }),
    ("reason added", |i, _| {
        let known = i.certificate.reasons.iter().any(|known| known.why == reason().why);
        (!known).then(|| with(i, |i| i.certificate.reasons.push(reason()))).into_iter().collect()
    }),
];

#[test]
fn no_forgery_is_accepted() {
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for told in all() {
        for asked in &told.scenario.moments {
            let watch = told.watch(asked);
            let true_ones = instances(&told.agreement, &told.scenario.facts, &watch, asked.at);
            let checker = Checker::of(&told.agreement, &told.scenario.facts, &watch, asked.at);
            for instance in &true_ones {
                assert_eq!(checker.check(instance), Checked::Accepted, "{}: {}", told.name, instance.key);
                for (name, forge) in FORGERIES {
                    let is_true = |forged: &Instance| true_ones.iter().any(|other| wordless(other) == wordless(forged));
                    for forged in forge(instance, &told).into_iter().filter(|forged| !is_true(forged)) {
                        *tried.entry(name).or_default() += 1;
                        let checked = checker.check(&forged);
                        assert_ne!(checked, Checked::Accepted, "{}: {name}: {forged:#?}", told.name);
                    }
                }
            }
        }
    }
    let untried: Vec<&str> = FORGERIES.iter().map(|(name, _)| *name).filter(|name| !tried.contains_key(name)).collect();
    assert!(untried.is_empty(), "no case lets these be tried: {untried:?}");
}

#[test]
fn an_instance_left_out_is_missed() {
    let mut left_out = 0;
    for told in all() {
        for asked in &told.scenario.moments {
            let watch = told.watch(asked);
            let mut listed = instances(&told.agreement, &told.scenario.facts, &watch, asked.at);
            let checker = Checker::of(&told.agreement, &told.scenario.facts, &watch, asked.at);
            assert_eq!(checker.missing(&listed), [], "{}", told.name);
            if let Some(instance) = listed.pop().filter(|last| listed.iter().all(|other| other.key != last.key)) {
                assert_eq!(checker.missing(&listed), [instance.key], "{}", told.name);
                left_out += 1;
            }
        }
    }
    assert!(left_out > 50, "{left_out}");
}

#[test]
fn what_cannot_be_seen_is_not_refused_but_said() {
    let told = all().into_iter().find(|told| told.name == "deadline-missed").expect("a case");
    let asked = &told.scenario.moments[0];
    let watch = told.watch(asked);
    let checker = Checker::of(&told.agreement, &told.scenario.facts, &watch, asked.at);
    let listed = instances(&told.agreement, &told.scenario.facts, &watch, asked.at);
    let void = with(&listed[0], |i| i.value = InstanceValue::Void);
    assert!(matches!(checker.check(&void), Checked::CannotCheck(_)));
    let second = with(&listed[0], |i| i.version = 2);
    assert!(matches!(checker.check(&second), Checked::CannotCheck(_)));
}

/// Without its witnesses an instance is gone, or says something else.
fn deleting_witnesses_flips(told: &Told, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> usize {
    let mut flipped = 0;
    for instance in instances(&told.agreement, facts, watch, at) {
        let gone: BTreeSet<&str> = instance.certificate.witnesses.iter().map(|w| w.fact.as_str()).collect();
        if gone.is_empty() {
            continue;
        }
        let left: Vec<Fact> = facts.iter().filter(|fact| !gone.contains(fact.id.as_str())).cloned().collect();
        let now = instances(&told.agreement, &left, watch, at);
        let same = now.iter().find(|other| other.key == instance.key);
        let act = |w: &Witness| matches!(w.part, Part::Act | Part::Trigger);
        if instance.certificate.witnesses.iter().any(act) && matches!(instance.key.of, Occasion::Fact(_)) {
            assert!(same.is_none(), "{}: {} stays without its act", told.name, instance.key);
        }
        if let Some(same) = same {
            assert_ne!(same.certificate, instance.certificate, "{}: {}", told.name, instance.key);
        }
        let checker = Checker::of(&told.agreement, &left, watch, at);
        assert_ne!(checker.check(&instance), Checked::Accepted, "{}: {}", told.name, instance.key);
        flipped += 1;
    }
    flipped
}

#[test]
fn deleting_its_witnesses_flips_an_instance() {
    let mut flipped = 0;
    for told in all() {
        for asked in &told.scenario.moments {
            flipped += deleting_witnesses_flips(&told, &told.scenario.facts, &told.watch(asked), asked.at);
        }
    }
    assert!(flipped > 100, "{flipped}");
}

/// One change to the facts of a case.
#[derive(Clone, Debug)]
enum Shake {
    Drop(Index),
    Twice(Index, i64),
    Move(Index, i64),
    Widen(Index, i64),
    Chance(Index, u32),
    By(Index, Option<Index>),
    Place(Index, Index),
    Footing(Index, Footing),
    Count(Index, Option<(u32, u32)>),
    About(Index, Option<Index>),
}

fn shake() -> impl Strategy<Value = Shake> {
    let steps = select(vec![-86_400_000_i64, -3_600_000, -60_000, -1, 0, 1, 1_800_000, 7_200_000, 172_800_000]);
    let length = select(vec![0_i64, 1, 600_000, 3_600_000, 86_400_000]);
    let chance = select(vec![0_u32, 400_000, 799_999, 800_000, 1_000_000]);
    let of = any::<Index>;
    prop_oneof![
        of().prop_map(Shake::Drop),
        (of(), steps.clone()).prop_map(|(at, ms)| Shake::Twice(at, ms)),
        (of(), steps).prop_map(|(at, ms)| Shake::Move(at, ms)),
        (of(), length).prop_map(|(at, ms)| Shake::Widen(at, ms)),
        (of(), chance).prop_map(|(at, ppm)| Shake::Chance(at, ppm)),
        (of(), proptest::option::of(of())).prop_map(|(at, by)| Shake::By(at, by)),
        (of(), of()).prop_map(|(at, from)| Shake::Place(at, from)),
        (of(), select(vec![Footing::Proposed, Footing::Established, Footing::Ruled]))
            .prop_map(|(at, footing)| Shake::Footing(at, footing)),
        (of(), proptest::option::of((0_u32..5, 0_u32..5))).prop_map(|(at, count)| Shake::Count(at, count)),
        (of(), proptest::option::of(of())).prop_map(|(at, about)| Shake::About(at, about)),
    ]
}

fn shaken(told: &Told, shakes: &[Shake]) -> Vec<Fact> {
    let mut facts = told.scenario.facts.clone();
    let everyone: Vec<Party> =
        told.agreement.parties.iter().chain(&told.agreement.actors).map(|(party, _)| party.clone()).collect();
    for (nth, shake) in shakes.iter().enumerate() {
        let count = facts.len();
        if count == 0 {
            break;
        }
        match shake {
            Shake::Drop(at) => drop(facts.remove(at.index(count))),
            Shake::Twice(at, ms) => {
                let mut copy = facts[at.index(count)].clone();
                copy.id = format!("COPY-{nth}");
                copy.happened = moved(copy.happened, *ms, *ms);
                facts.push(copy);
            }
            Shake::Move(at, ms) => {
                let fact = &mut facts[at.index(count)];
                fact.happened = moved(fact.happened, *ms, *ms);
            }
            Shake::Widen(at, ms) => {
                let fact = &mut facts[at.index(count)];
                fact.happened = moved(fact.happened, 0, *ms);
            }
            Shake::Chance(at, ppm) => facts[at.index(count)].chance = Chance::from_ppm(*ppm).expect("a chance"),
            Shake::By(at, by) => facts[at.index(count)].by = by.map(|by| by.get(&everyone).clone()),
            Shake::Place(at, from) => facts[at.index(count)].place = facts[from.index(count)].place.clone(),
            Shake::Footing(at, footing) => {
                // One id stands once on a footing.
                let id = facts[at.index(count)].id.clone();
                if !facts.iter().any(|fact| fact.id == id && fact.footing == *footing) {
                    facts[at.index(count)].footing = *footing;
                }
            }
            Shake::Count(at, most) => {
                let count_of = most.and_then(|(least, more)| Count::new(Some(least), None, Some(least + more)));
                facts[at.index(count)].count = count_of.unwrap_or_default();
            }
            Shake::About(at, about) => {
                let id = about.map(|about| facts[about.index(count)].id.clone());
                facts[at.index(count)].about = id;
            }
        }
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_engine_makes_of_shaken_cases_is_accepted(
        shakes in proptest::collection::vec(shake(), 1..12),
        first in 0_usize..4,
        later in select(vec![-86_400_000_i64, -3_600_000, -1, 0, 1, 3_600_000]),
    ) {
        for told in all().into_iter().skip(first).step_by(4) {
            let facts = shaken(&told, &shakes);
            for asked in &told.scenario.moments {
                let (watch, at) = (told.watch(asked), asked.at.shifted(later));
                let listed = instances(&told.agreement, &facts, &watch, at);
                let faults = Checker::of(&told.agreement, &facts, &watch, at).faults(&listed);
                let told_faults: Vec<String> = faults.iter().map(|(key, checked)| format!("{key}: {checked}")).collect();
                prop_assert!(faults.is_empty(), "{}:\n{}\n{facts:#?}", told.name, told_faults.join("\n"));
            }
        }
    }

    #[test]
    fn deleting_its_witnesses_flips_an_instance_of_shaken_cases(
        shakes in proptest::collection::vec(shake(), 1..12), of in any::<Index>(),
    ) {
        let all = all();
        let told = of.get(&all);
        for asked in &told.scenario.moments {
            deleting_witnesses_flips(told, &shaken(told, &shakes), &told.watch(asked), asked.at);
        }
    }

    #[test]
    fn odds_hold_what_all_worlds_together_say(
        shakes in proptest::collection::vec(shake(), 1..8),
        chances in proptest::collection::vec(select(vec![250_000_u32, 500_000, 900_000, 1_000_000]), 6),
        first in 0_usize..16,
    ) {
        let told = all().into_iter().skip(first).step_by(16);
        for told in told.filter(|told| told.agreement.powers.is_empty()) {
            let mut facts = shaken(&told, &shakes);
            facts.truncate(6);
            for (fact, ppm) in facts.iter_mut().zip(&chances) {
                fact.chance = Chance::from_ppm(*ppm).expect("a chance");
            }
            for asked in &told.scenario.moments {
                let watch = told.watch(asked);
                let (worlds, of_rules) = worlds(&told, &facts, &watch, asked.at);
                let checker = Checker::of(&told.agreement, &facts, &watch, asked.at);
                for instance in instances(&told.agreement, &facts, &watch, asked.at) {
                    let Some(odds) = checker.odds(&instance.key) else { continue };
                    let of_value = |value| worlds.get(&(instance.key.clone(), value)).copied().unwrap_or(0);
                    let (violated, unknown) = (of_value(InstanceValue::Violated), of_value(InstanceValue::Unknown));
                    let shown = || format!("{} {}: {odds:?}, {violated} + {unknown}\n{facts:#?}", told.name, instance.key);
                    prop_assert!(odds.least <= odds.independent && odds.independent <= odds.most, "{}", shown());
                    prop_assert!(u64::from(odds.least.ppm()) <= violated + unknown + 2, "{}", shown());
                    prop_assert!(violated <= u64::from(odds.most.ppm()) + 2, "{}", shown());
                    let rule = told.agreement.rule(&instance.key.rule).expect("its rule");
                    // What hangs on a time that others decide is left out of the value under independence.
                    let left_out = odds == odds.perhaps();
                    if !left_out && unknown == 0 && rule.exceptions.is_empty() && rule.references().is_empty() {
                        prop_assert!(violated.abs_diff(u64::from(odds.independent.ppm())) <= 2, "{}", shown());
                    }
                }
                for verdict in clause::judge(&told.agreement, &facts, &watch, asked.at) {
                    let Some(odds) = checker.odds_of_verdict(&verdict) else { continue };
                    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
                    let other = Checker::of(&told.agreement, &backwards, &watch, asked.at).odds_of_verdict(&verdict);
                    prop_assert_eq!(Some(odds), other, "the order of facts shows");
                    prop_assert!(odds.least <= odds.independent && odds.independent <= odds.most, "{odds:?}");
                    let Verdict { rule, reading, bearer, footing, .. } = verdict;
                    let single = instances(&told.agreement, &facts, &watch, asked.at)
                        .into_iter()
                        .any(|i| (&i.key.rule, &i.key.bearer, i.key.footing) == (&rule, &bearer, footing));
                    let shown = format!("{} {rule} {bearer:?}: {odds:?}\n{facts:#?}", told.name);
                    let of = (rule, reading, bearer, footing);
                    let of_value = |value| of_rules.get(&(of.clone(), value)).copied().unwrap_or(0);
                    let (violated, unknown) = (of_value(InstanceValue::Violated), of_value(InstanceValue::Unknown));
                    prop_assert!(violated <= u64::from(odds.most.ppm()) + 2, "{violated} {shown}");
                    prop_assert!(!single || u64::from(odds.least.ppm()) <= violated + unknown + 2, "{violated} {shown}");
                }
            }
        }
    }
}

fn instant() -> impl Strategy<Value = Instant> {
    let edges =
        vec![Instant::EARLIEST.ms(), Instant::EARLIEST.ms() + 1, Instant::LATEST.ms() - 1, Instant::LATEST.ms()];
    let near = 1_700_000_000_000_i64..1_800_000_000_000;
    let all = Instant::EARLIEST.ms()..=Instant::LATEST.ms();
    prop_oneof![select(edges), near, all].prop_map(|ms| Instant::from_ms(ms).expect("in range"))
}

fn span() -> impl Strategy<Value = Span> {
    (instant(), instant()).prop_map(|(a, b)| Span::new(a.min(b), a.max(b)).expect("forwards"))
}

/// Names that a case may know, and others that nobody does.
fn name() -> impl Strategy<Value = String> {
    let known =
        ["A1", "B1", "C1", "W1", "N1", "North", "South", "Mission", "INC-A", "INC-B", "REP-A", "record", "released"];
    prop_oneof![select(known.map(str::to_owned).to_vec()), "[A-Za-z][a-z0-9_]{0,8}"]
}

fn occasion() -> impl Strategy<Value = Occasion> {
    prop_oneof![
        Just(Occasion::Clause),
        any::<u32>().prop_map(Occasion::Stretch),
        (0_u32..30).prop_map(Occasion::Stretch),
        prop_oneof![name(), any::<String>()].prop_map(Occasion::Fact),
        prop_oneof![name(), any::<String>()].prop_map(Occasion::Verdict),
        instant().prop_map(Occasion::Quiet),
    ]
}

fn key() -> impl Strategy<Value = InstanceKey> {
    let named = || proptest::option::of(name().prop_filter_map("a label", |name| Label::new(&name)));
    let somebody = || proptest::option::of(name().prop_filter_map("a party", |name| Party::new(&name)));
    let footing = select(vec![Footing::Proposed, Footing::Established, Footing::Ruled, Footing::Alleged]);
    let rule = name().prop_filter_map("a label", |name| Label::new(&name));
    (rule, named(), somebody(), somebody(), footing, named(), occasion()).prop_map(
        |(rule, reading, bearer, owed, footing, sector, of)| InstanceKey {
            rule,
            reading,
            bearer,
            owed,
            footing,
            sector,
            of,
        },
    )
}

fn certificate() -> impl Strategy<Value = Certificate> {
    let label = || name().prop_filter_map("a label", |name| Label::new(&name));
    let witness = (name(), any::<u32>(), select(PARTS.to_vec())).prop_map(|(fact, revision, part)| Witness {
        fact,
        revision,
        part,
    });
    let absence = (
        any::<String>(),
        span(),
        proptest::collection::vec((label(), instant()), 0..4),
        any::<u32>(),
        proptest::option::of((any::<String>(), any::<i64>())),
    );
    let absence = absence.prop_map(|(of, during, known_until, examined, nearest)| Absence {
        of,
        during,
        known_until,
        examined,
        nearest,
    });
    let reasons = proptest::collection::vec(Just(reason()), 0..3);
    let exceptions = proptest::collection::vec((label(), Just(reason())), 0..3);
    let counted = (span(), any::<u32>(), any::<u64>(), any::<Option<u64>>());
    let counted = counted.prop_map(|(during, facts, least, most)| Counted { during, facts, least, most });
    let (counted, absence) = (proptest::option::of(counted), proptest::option::of(absence));
    (proptest::collection::vec(witness, 0..6), exceptions, counted, absence, reasons).prop_map(
        |(witnesses, exceptions, counted, absence, reasons)| Certificate {
            witnesses,
            exceptions,
            counted,
            absence,
            reasons,
        },
    )
}

fn hostile() -> impl Strategy<Value = Instance> {
    let margin = proptest::option::of(prop_oneof![
        any::<i64>().prop_map(Margin::Late),
        any::<i64>().prop_map(Margin::InHand),
        any::<i64>().prop_map(Margin::AfterStart),
    ]);
    let word = (select(VALUES.to_vec()), select(STANDINGS.to_vec()), prop_oneof![Just(1_u32), any::<u32>()]);
    (key(), any::<bool>(), span(), span(), word, margin, certificate()).prop_map(
        |(key, certain, decided, interest, (value, standing, version), margin, certificate)| Instance {
            key,
            certain,
            decided,
            interest,
            value,
            standing,
            version,
            margin,
            certificate,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_hostile_is_accepted_and_nothing_panics(
        given in proptest::collection::vec(hostile(), 1..12),
        (at, known_until) in (instant(), instant()),
        spans in proptest::collection::vec(span(), 0..6),
        first in 0_usize..8,
    ) {
        for told in all().into_iter().skip(first).step_by(8) {
            let mut facts = told.scenario.facts.clone();
            for (fact, happened) in facts.iter_mut().zip(&spans) {
                fact.happened = *happened;
                fact.count = Count::at_least(u32::MAX);
            }
            // Two of one id, too.
            facts.extend(facts.first().filter(|_| spans.len() > 4).cloned());
            let (efforts, heard) = (&told.scenario.efforts, &told.scenario.heard);
            let watch = Watch { efforts, detection: None, known_until, sources: &[], heard };
            let checker = Checker::of(&told.agreement, &facts, &watch, at);
            let true_ones: Vec<Instance> = instances(&told.agreement, &facts, &watch, at);
            // Those from nowhere, and true ones that bear the key, or all but the key, of one from nowhere.
            let near = true_ones.iter().take(40).zip(given.iter().cycle());
            let grafted = near.flat_map(|(one, other)| {
                let certificate = other.certificate.clone();
                let (key, decided) = (other.key.clone(), other.decided);
                [with(one, |i| i.certificate = certificate), with(one, |i| i.key = key), with(one, |i| i.decided = decided)]
            });
            let grafted: Vec<Instance> = grafted.collect();
            for instance in given.iter().chain(&grafted) {
                let checked = checker.check(instance);
                prop_assert!(!checked.to_string().is_empty());
                let is_true = true_ones.iter().any(|other| wordless(other) == wordless(instance));
                prop_assert!(is_true || checked != Checked::Accepted, "{}: {instance:#?}", told.name);
                let _ = checker.odds(&instance.key);
            }
            let _ = checker.missing(&given);
        }
    }
}

/// How likely each has each value, in millionths.
type Likely<T> = BTreeMap<(T, InstanceValue), u64>;
/// Rule, reading, bearer and footing.
type OfRule = (Label, Option<Label>, Option<Party>, Footing);

/// How likely each instance has each value, and how likely any of a rule has: in every world each fact surely is or is not.
fn worlds(told: &Told, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> (Likely<InstanceKey>, Likely<OfRule>) {
    let mut single: BTreeMap<(InstanceKey, InstanceValue), u128> = BTreeMap::new();
    let mut any: BTreeMap<(OfRule, InstanceValue), u128> = BTreeMap::new();
    for world in 0..1_u32 << facts.len() {
        let (mut here, mut share) = (Vec::new(), 1_000_000_u128.pow(5));
        for (nth, fact) in facts.iter().enumerate() {
            let so = world >> nth & 1 == 1;
            share = share * u128::from(if so { fact.chance.ppm() } else { fact.chance.not().ppm() }) / 1_000_000;
            if so {
                here.push(Fact { chance: Chance::CERTAIN, ..fact.clone() });
            }
        }
        let mut seen = BTreeSet::new();
        for instance in instances(&told.agreement, &here, watch, at) {
            let InstanceKey { rule, reading, bearer, footing, .. } = instance.key.clone();
            seen.insert(((rule, reading, bearer, footing), instance.value));
            *single.entry((instance.key, instance.value)).or_default() += share;
        }
        for of in seen {
            *any.entry(of).or_default() += share;
        }
    }
    let in_millionths = |share: u128| u64::try_from(share / 1_000_000_u128.pow(4)).expect("a chance");
    let single = single.into_iter().map(|(of, share)| (of, in_millionths(share))).collect();
    (single, any.into_iter().map(|(of, share)| (of, in_millionths(share))).collect())
}
