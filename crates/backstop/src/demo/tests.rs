//! The simulator's promises: the same seed gives the same bytes, nothing is named twice, the proportions are what a
//! mission meets, and the score tells a perfect partition from a useless one.

use super::*;
use std::collections::BTreeSet;
use terms::{Chance, IncidentId, Means, Outcome, Place, Shape, SourceId, Span};

const SEED: u64 = 2_026;

fn observations(scenario: &Scenario) -> Vec<(Instant, &Observation)> {
    scenario
        .happenings
        .iter()
        .filter_map(|happening| match &happening.what {
            What::Observation(observation) => Some((happening.received_at, observation)),
            What::Effort(_) => None,
        })
        .collect()
}

fn efforts(scenario: &Scenario) -> Vec<&Effort> {
    scenario
        .happenings
        .iter()
        .filter_map(|happening| match &happening.what {
            What::Effort(effort) => Some(effort),
            What::Observation(_) => None,
        })
        .collect()
}

/// Every report that is no statement, grouped by what `key` gives it.
fn partition<K: Ord>(
    scenario: &Scenario,
    key: impl Fn(&Observation, Option<usize>) -> K,
) -> Vec<(IncidentId, Vec<ObservationId>)> {
    let mut groups: BTreeMap<K, Vec<ObservationId>> = BTreeMap::new();
    for (_, observation) in observations(scenario).into_iter().filter(|(_, o)| !o.is_claim()) {
        groups.entry(key(observation, scenario.told[&observation.id])).or_default().push(observation.id);
    }
    groups.into_values().map(|members| (IncidentId::of(&members[0].bytes()), members)).collect()
}

#[test]
fn a_seed_gives_the_same_bytes() {
    let bytes = |seed| {
        let scenario = simulate(seed, 72);
        format!("{:?}{:?}{:?}", scenario.happenings, scenario.truth, scenario.told)
    };
    assert!(bytes(SEED) == bytes(SEED), "one seed, two scenarios");
    assert!(bytes(SEED) != bytes(SEED + 1), "two seeds, one scenario");
}

#[test]
fn a_shorter_scenario_is_the_beginning_of_the_longer() {
    let (short, long) = (simulate(SEED, 30), simulate(SEED, 72));
    let early: Vec<&Happening> = long.happenings.iter().filter(|h| h.received_at < short.end).collect();
    assert!(short.happenings.iter().eq(early), "a longer scenario tells another beginning");
}

#[test]
fn every_id_is_unique_and_told() {
    let scenario = simulate(SEED, 72);
    let ids: BTreeSet<ObservationId> = observations(&scenario).into_iter().map(|(_, o)| o.id).collect();
    assert_eq!(ids.len(), observations(&scenario).len());
    assert_eq!(ids, scenario.told.keys().copied().collect());
    assert!(scenario.told.values().flatten().all(|truth| *truth < scenario.truth.len()));
    let looks: BTreeSet<EffortId> = efforts(&scenario).into_iter().map(|e| e.id).collect();
    assert_eq!(looks.len(), efforts(&scenario).len());
    let declared: BTreeSet<&SourceId> = scenario.sources.iter().map(|s| &s.id).collect();
    assert_eq!(declared.len(), scenario.sources.len());
    assert!(observations(&scenario).into_iter().all(|(_, o)| declared.contains(&o.source)));
    assert!(efforts(&scenario).into_iter().all(|e| declared.contains(&e.source)));
}

#[test]
fn nothing_is_received_before_it_begins() {
    let scenario = simulate(SEED, 72);
    for (received_at, observation) in observations(&scenario) {
        assert!(observation.happened.earliest() <= received_at, "{observation:?}");
        assert!(scenario.start <= received_at && received_at < scenario.end);
    }
    assert!(scenario.happenings.is_sorted_by_key(|h| h.received_at));
}

#[test]
fn proportions_are_those_of_a_mission() {
    for seed in [SEED, 1, 2, 3] {
        let scenario = simulate(seed, 72);
        let reports = observations(&scenario);
        let of = |means: Means| reports.iter().filter(|(_, o)| o.means == means).count();
        let false_share = scenario.told.values().filter(|truth| truth.is_none()).count() * 100 / reports.len();
        let hindered = efforts(&scenario).into_iter().filter(|e| e.outcome != Outcome::Looked).count();
        let says = format!(
            "seed {seed}: {} true, {} reports ({} % false): {:?}; {} looks, {hindered} hindered",
            scenario.truth.len(),
            reports.len(),
            false_share,
            Means::ALL.map(|means| (means.word(), of(means))),
            efforts(&scenario).len(),
        );
        assert!((110..=230).contains(&scenario.truth.len()), "{says}");
        assert!((850..=1_600).contains(&reports.len()), "{says}");
        assert!((20..=55).contains(&false_share), "{says}");
        assert!(efforts(&scenario).len() >= 300, "{says}");
        assert!(Means::ALL.into_iter().all(|means| of(means) >= 5), "{says}");
    }
}

/// Of the places that are judged, the percentage that hold the truth, and how many were judged.
fn honest(holds: impl Fn(&Observation, terms::Position) -> Option<bool>) -> (u32, u32) {
    let (mut held, mut all) = (0, 0);
    for seed in 0..6 {
        let scenario = simulate(seed, 72);
        for (_, observation) in observations(&scenario) {
            let Some(truth) = scenario.told[&observation.id] else { continue };
            let Some(holds) = holds(observation, scenario.truth[truth].position) else { continue };
            all += 1;
            held += u32::from(holds);
        }
    }
    (held * 100 / all, all)
}

#[test]
fn discs_of_the_mission_are_honest() {
    let (percent, all) = honest(|observation, truth| {
        let ours = !matches!(observation.means, Means::Press | Means::Statement);
        let (centre, radius_m) = observation.place.disc().filter(|_| ours)?;
        Some(centre.distance_m(truth) <= f64::from(radius_m))
    });
    assert!((84..=97).contains(&percent), "{percent} % of {all} discs hold the place");
}

#[test]
fn wedges_of_the_posts_are_honest() {
    let (percent, all) = honest(|observation, truth| {
        let wedge = observation.place.wedge()?;
        let (east, north) = wedge.post().offset_m(truth);
        let turn = libm::atan2(east, north).to_degrees() - f64::from(wedge.bearing_mdeg()) / 1e3;
        let off = (turn + 540.0).rem_euclid(360.0) - 180.0;
        let [least, most] = wedge.range_m().map(f64::from);
        Some(off.abs() <= f64::from(wedge.error_mdeg()) / 1e3 && (least..=most).contains(&libm::hypot(east, north)))
    });
    assert!(all > 400 && (86..=95).contains(&percent), "{percent} % of {all} wedges hold the place");
}

/// How fusion does on a scenario whose observations were changed: pairs put together rightly, put together, and to be put together.
fn fused(scenario: &Scenario, change: impl Fn(&Observation) -> Observation) -> [u64; 3] {
    let told: Vec<(Instant, Observation)> = observations(scenario).into_iter().map(|(at, o)| (at, change(o))).collect();
    let reports: Vec<fusion::Received<'_>> = told
        .iter()
        .map(|(received_at, observation)| fusion::Received { observation, received_at: *received_at })
        .collect();
    let sources = scenario.sources.iter().map(|source| (source.id.clone(), source.clone())).collect();
    let orders = fusion::Orders::default();
    let known = fusion::Known { reports: &reports, sources: &sources, efforts: &[], orders: &orders };
    let model = fusion::Model::new(fusion::Parameters::believed(), fusion::Gazetteer::new(&[], &[]));
    let incidents: Vec<_> = fusion::partition(known, &model).into_iter().map(|one| (one.id, one.members)).collect();
    let score = score(scenario, &incidents);
    [score.pairs_right, score.pairs_together, score.pairs_true]
}

/// Fusion does no worse with what the posts say than with the discs that they drew before they could.
#[test]
fn directions_are_worth_having() {
    let f1 = |[right, together, wanted]: [u64; 3]| 2.0 * right as f64 / (together + wanted) as f64;
    let (mut wedges, mut discs) = ([0; 3], [0; 3]);
    let add = |sum: &mut [u64; 3], more: [u64; 3]| sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    for seed in [SEED, 1, 2, 3] {
        let scenario = simulate(seed, 48);
        add(&mut wedges, fused(&scenario, Observation::clone));
        let drawn = |o: &Observation| {
            let Some(wedge) = o.place.wedge() else { return o.clone() };
            let range_m = (wedge.range_m()[1] - 300) * 100 / 145;
            let centre = wedge.at(f64::from(range_m), 0.0).expect("a position");
            let shape = Shape::Disc { centre, radius_m: range_m * 42 / 100 + 300 };
            Observation { place: Place { shape, name: o.place.name.clone() }, ..o.clone() }
        };
        add(&mut discs, fused(&scenario, drawn));
    }
    assert!(f1(wedges) >= f1(discs), "{} of {wedges:?}, {} of {discs:?}", f1(wedges), f1(discs));
}

#[test]
fn sector_c_is_blind_after_the_refusal() {
    let scenario = simulate(SEED, 72);
    let country = Country::varo();
    let sector = country.sectors.iter().find(|s| s.id == "C").expect("sector C");
    let (from, until) = (scenario.start.shifted(1_572 * 60_000), scenario.start.shifted(2_592 * 60_000 - 1));
    let middle = country.named("K-4");
    assert!(sector.area.holds(middle));
    let looked = |e: &&Effort| {
        e.outcome == Outcome::Looked
            && e.source.as_str() != "mission-registry"
            && e.area.holds(middle)
            && Span::new(from, until).and_then(|blind| blind.meet(e.span)).is_some()
    };
    assert_eq!(efforts(&scenario).into_iter().find(looked), None);
    let hidden = scenario.truth.iter().position(|t| t.key == "story-hidden-fire").expect("in the story");
    let score = score(&scenario, &partition(&scenario, |_, truth| truth));
    let miss = score.misses.iter().find(|m| m.truth == hidden);
    assert!(miss.is_none_or(|m| m.why == Miss::NobodyLooked));
}

#[test]
fn the_story_reaches_the_mission() {
    for seed in 0..4 {
        let scenario = simulate(seed, 72);
        for suggestion in &scenario.suggested {
            let truth = &scenario.truth[suggestion.truth];
            let known = observations(&scenario).into_iter().any(|(received_at, o)| {
                !o.is_claim()
                    && o.means != Means::Press
                    && scenario.told[&o.id] == Some(suggestion.truth)
                    && received_at < suggestion.decided_at
            });
            assert!(known, "seed {seed}: nobody could establish {} by then", truth.key);
        }
    }
}

#[test]
fn the_story_lies_where_the_clauses_look() {
    let country = Country::varo();
    let scenario = simulate(SEED, 72);
    let scene = |key: &str| {
        let story = scenario.truth.iter().find(|t| t.key.strip_prefix("story-") == Some(key));
        story.map(|t| t.position).expect("in the story")
    };
    let near_line = [
        "first-breach",
        "night-fire",
        "hidden-fire",
        "aldren-pulls-back",
        "berovia-pulls-back",
        "gun-between-readings",
        "gun-in-zone",
        "new-mines",
        "assault",
        "unknown-hand",
    ];
    for key in near_line {
        assert!(country.line.distance_m(scene(key)) < 14_000.0, "{key} lies outside the Security Zone");
    }
    assert!(scene("power-station").distance_m(country.named("druvna-plant")) < 1_300.0);
    assert!(country.line.distance_m(scene("long-range")) > 16_000.0, "deep behind the line");
    assert!(country.land.holds(scene("long-range")));
}

#[test]
fn regions_are_sectors_of_the_map() {
    let sectors: BTreeSet<String> = Country::varo().sectors.into_iter().map(|s| s.id).collect();
    for (_, observation) in observations(&simulate(SEED, 72)) {
        if let Shape::Region(label) = &observation.place.shape {
            assert!(sectors.contains(label.as_str()), "{label}");
        }
    }
}

#[test]
fn a_perfect_partition_scores_perfectly() {
    let scenario = simulate(SEED, 72);
    let perfect = partition(&scenario, |o, truth| (truth.is_none().then_some(o.id), truth));
    let score = score(&scenario, &perfect);
    assert_eq!(score.precision(), Some(Chance::CERTAIN));
    assert_eq!(score.recall(), Some(Chance::CERTAIN));
    assert_eq!((score.mixed, score.fragments, score.strangers), (0, 0, 0));
    assert_eq!(score.one + score.false_alarms, score.proposed);
    assert_eq!(score.all.found + score.all.missed, score.all.happened);
    assert!(score.misses.iter().all(|m| matches!(m.why, Miss::NobodyLooked | Miss::LookedAndMissed)));
    assert!(score.all.unseeable > 0, "some of it nobody could have seen");
    let tallies = |each: Vec<&Tally>| each.into_iter().map(|t| t.happened).sum::<u32>();
    assert_eq!(tallies(score.by_act.values().collect()), score.all.happened);
    assert_eq!(tallies(score.by_sector.values().collect()), score.all.happened);
}

#[test]
fn singletons_and_one_heap_do_not() {
    let scenario = simulate(SEED, 72);
    let singletons = score(&scenario, &partition(&scenario, |o, _| o.id));
    assert_eq!((singletons.precision(), singletons.recall()), (None, Some(Chance::NEVER)));
    assert!(singletons.fragments > 100);
    let heap = score(&scenario, &partition(&scenario, |_, _| ()));
    assert_eq!((heap.recall(), heap.mixed, heap.all.found), (Some(Chance::CERTAIN), 1, 1));
    assert!(heap.precision() < Chance::from_ppm(100_000));
    assert!(heap.misses.iter().any(|m| matches!(m.why, Miss::MergedInto(_))));
    let nothing = score(&scenario, &[]);
    assert_eq!((nothing.all.found, nothing.proposed), (0, 0));
    assert!(nothing.misses.iter().any(|m| m.why == Miss::NotProposed));
}

/// What the page shows of it: alerts on clocks, and notices in a form in each of their states; whatever the pace.
#[test]
fn a_replay_raises_alerts_and_has_notices_whatever_its_pace() {
    let told = |name: &str, steps: &[i64]| {
        let folder = std::env::temp_dir().join(format!("backstop-replay-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut replay = Replay::open(&folder, SEED, 72).expect("a new store");
        let start = replay.scenario().start;
        steps.iter().for_each(|hours| replay.tell_until(start.shifted(hours * 3_600_000)).expect("written"));
        let (mission, now) = (replay.station().mission().clone(), replay.now());
        let root = replay.station().seal().root;
        std::fs::remove_dir_all(&folder).expect("removed");
        (mission, now, root)
    };
    let (mission, now, root) = told("slow", &[7, 15, 20]);
    assert_eq!(told("fast", &[20]).2, root);
    let alerts = |onlooker: &mission::Onlooker| mission.alerts(now, onlooker).len();
    let ilmaria = mission::Onlooker::Of(terms::Party::new("Ilmaria").expect("a name"));
    assert!(alerts(&mission::Onlooker::Mission) > alerts(&ilmaria) && alerts(&ilmaria) > 0);
    assert_eq!(alerts(&mission::Onlooker::Public), 0);
    let notices =
        mission.guarantees(mission::Moment::at(now), &mission::Onlooker::Public).expect("a page").sheet.notices;
    assert_eq!(notices.iter().map(|one| one.word()).collect::<Vec<_>>(), ["acknowledged by both"]);
}
