//! Coverage as a mission asks for it: looks, losses and posts over one square of ground.

use crate::{Acuity, Detection, Glimpse, History, LEVELS, Least, Looks, coverage, fit, seen, seen_at, survey};
use proptest::prelude::*;
use std::collections::BTreeMap;
use terms::{
    Act, Area, Chance, Effort, EffortId, Instant, Means, Outcome, Position, Release, Source, SourceId, SourceKind, Span,
};

const HOUR_MS: i64 = 3_600_000;

fn at(hour: i64) -> Instant {
    Instant::parse("2026-06-01T00:00:00Z").expect("a time").shifted(hour * HOUR_MS)
}

fn hours(from: i64, until: i64) -> Span {
    Span::new(at(from), at(until).shifted(-1)).expect("a span")
}

fn position(lon: f64, lat: f64) -> Position {
    Position::from_degrees(lon, lat).expect("a place")
}

/// A square of about eleven kilometres a side on the equator, in daylight from six to eighteen.
fn ground() -> Area {
    let corners = [(0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1)];
    Area::new(vec![vec![corners.map(|(lon, lat)| position(lon, lat)).to_vec()]]).expect("an area")
}

fn look(source: &str, means: Means, span: Span, area: Area, outcome: Outcome) -> Effort {
    let id = EffortId::of(format!("{source} {means:?} {span:?} {outcome:?}").as_bytes());
    let source = SourceId::new(source).expect("a label");
    Effort { id, source, means, span, area, outcome, able: vec![Act::Shelling], limits: None }
}

fn detection() -> Detection {
    Detection::from_text(
        "backstop-detection 1\n\
         sees sound other 900000 512 1024 1000000 1000000 0\n\
         sees sight other 900000 512 1024 1000000 0 0\n\
         sees satellite other 600000 0 1024 1000000 1000000 7200\n",
    )
    .expect("a text")
}

fn chance_of(efforts: &[Effort], span: Span) -> Chance {
    let detection = detection();
    let looks = Looks { efforts, sources: &[], detection: Some(&detection) };
    seen(&ground(), Act::Shelling, span, &looks, &detection).chance
}

#[test]
fn a_second_ear_hears_less_than_two_that_share_no_loudness() {
    let ear = |name| look(name, Means::Sound, hours(0, 24), ground(), Outcome::Looked);
    let one = f64::from(chance_of(&[ear("a")], hours(0, 24)).ppm()) / 1e6;
    let two = f64::from(chance_of(&[ear("a"), ear("b")], hours(0, 24)).ppm()) / 1e6;
    let as_if_apart = 1.0 - (1.0 - one) * (1.0 - one);
    assert!(one < two && two < as_if_apart - 0.03, "{one} {two} {as_if_apart}");
    // Two reports of one ear are no second ear.
    let again = look("a", Means::Sound, hours(0, 23), ground(), Outcome::Looked);
    assert_eq!(chance_of(&[ear("a"), again], hours(0, 23)), chance_of(&[ear("a")], hours(0, 23)));
}

#[test]
fn eyes_see_nothing_by_night_and_a_pass_sees_what_burnt_before_it() {
    let eyes = look("a", Means::Sight, hours(0, 24), ground(), Outcome::Looked);
    let survey = surveyed(&[eyes]);
    let by_day = survey.seen.hours.iter().filter(|(_, chance)| *chance > Chance::NEVER).count();
    assert!((11..=14).contains(&by_day), "{by_day} hours of light on the equator");
    assert!(survey.night > Chance::NEVER, "darkness is priced");

    let pass = look("b", Means::Satellite, hours(12, 13), ground(), Outcome::Looked);
    let detection = detection();
    let efforts = [pass];
    let looks = Looks { efforts: &efforts, sources: &[], detection: None };
    let seen = |hour| seen_at(position(0.05, 0.05), Act::Shelling, at(hour), &looks, &detection);
    assert!(seen(12) > seen(11) && seen(11) > seen(9) && seen(9) > Chance::NEVER);
    assert_eq!((seen(14), seen(1)), (Chance::NEVER, Chance::NEVER), "after the pass, and long before it");
}

fn surveyed(efforts: &[Effort]) -> crate::Survey {
    let detection = detection();
    let looks = Looks { efforts, sources: &[], detection: Some(&detection) };
    survey(&ground(), Act::Shelling, hours(0, 24), &looks, &detection)
}

#[test]
fn a_refusal_costs_what_its_look_would_have_seen_and_a_post_helps_where_nobody_is() {
    let west = Area::disc(position(0.02, 0.05), 3_000).expect("an area");
    let efforts = [
        look("a", Means::Sound, hours(0, 24), west, Outcome::Looked),
        look("b", Means::Sound, hours(0, 12), ground(), Outcome::Refused),
    ];
    let survey = surveyed(&efforts);
    let [lost] = survey.lost.as_slice() else { panic!("{:?}", survey.lost) };
    assert_eq!((lost.source.as_str(), lost.why), ("b", Outcome::Refused));
    let had = [efforts[0].clone(), Effort { outcome: Outcome::Looked, ..efforts[1].clone() }];
    let gained = surveyed(&had).seen.chance.ppm() - survey.seen.chance.ppm();
    assert_eq!(lost.cost.ppm(), gained);
    let post = survey.posts.first().expect("the mission has ears");
    assert!(post.place.lon_e6() > 40_000 && post.gain > Chance::NEVER, "the east is deaf: {post:?}");
    let near = |lon: f64| {
        let far = |cell: &&crate::SurveyedCell| cell.place.distance_m(position(lon, 0.05)) as i64;
        survey.cells.iter().min_by_key(far).expect("a cell").chance
    };
    assert!(near(0.02) > near(0.09) && near(0.09) == Chance::NEVER);
}

#[test]
fn without_a_look_all_could_have_passed_and_a_party_is_no_watcher() {
    let survey = surveyed(&[]);
    assert_eq!((survey.seen.chance, survey.seen.surely()), (Chance::NEVER, Chance::NEVER));
    assert!(survey.posts.is_empty() && survey.lost.is_empty() && survey.night == Chance::NEVER);

    let efforts = [look("a", Means::Sound, hours(0, 24), ground(), Outcome::Looked)];
    let sources = [Source {
        id: SourceId::new("a").expect("a label"),
        title: String::new(),
        kind: SourceKind::Party,
        voice: String::new(),
        party: None,
        licence: String::new(),
        attribution: String::new(),
        release: Release::Rows,
        worth: BTreeMap::new(),
        worth_basis: String::new(),
    }];
    let detection = detection();
    let looks = Looks { efforts: &efforts, sources: &sources, detection: Some(&detection) };
    let found = coverage(Some(&ground()), &[Act::Shelling], hours(0, 24), &looks);
    assert_eq!((found.watched, found.suffices(Chance::NEVER)), (Chance::NEVER, false));
}

#[test]
fn a_fit_finds_how_well_three_means_see_from_what_somebody_saw() {
    let truth = |means| match means {
        Means::Sound => (900_000, 1_200),
        Means::Sight => (900_000, -900),
        Means::Camera | Means::Uav | Means::Satellite | Means::Press | Means::Statement => (600_000, -1_500),
    };
    // Happenings of each loudness; each means sees its share of them, drawn by a fixed sequence.
    let mut state: u64 = 7;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let acuity = |means| {
        let (most_ppm, lift) = truth(means);
        Acuity { most_ppm, lift, slope: 1_024, edge_ppm: 1_000_000, night_ppm: 1_000_000, lasts_s: 0 }
    };
    let all = [Means::Sight, Means::Sound, Means::Camera];
    let mut histories = Vec::new();
    for nth in 0..6_000 {
        let glimpses = all.map(|means| Glimpse {
            means,
            outward: 0.0,
            is_dark: false,
            late_s: 0,
            saw: draw() < acuity(means).at_each_level()[nth % LEVELS],
        });
        if glimpses.iter().any(|glimpse| glimpse.saw) {
            histories.push(History { act: Act::Shelling, glimpses: glimpses.to_vec() });
        }
    }
    let mut believed = Detection::default();
    for means in all {
        believed.set(means, None, Acuity { lift: 0, ..acuity(means) });
    }
    let fitted = fit(&believed, &histories, Least::One);
    for means in all {
        let (found, truly) = (fitted.acuity(means, Act::Shelling).expect("a line"), acuity(means));
        let mean = |acuity: &Acuity| acuity.at_each_level().iter().sum::<f64>() / LEVELS as f64;
        let of_seen = histories.iter().filter(|h| h.glimpses.iter().any(|g| g.means == means && g.saw)).count();
        let plain = of_seen as f64 / histories.len() as f64;
        let error = (mean(found) - mean(&truly)).abs();
        assert!(error < 0.04, "{means:?}: {} for {}", mean(found), mean(&truly));
        assert!(error < (plain - mean(&truly)).abs() / 2.0, "{means:?}: {error}, and {plain} of those seen");
    }
}

proptest! {
    /// One look more never lowers the chance, and the order of looks means nothing.
    #[test]
    fn a_look_more_never_sees_less(spans in prop::collection::vec((0_i64..23, 1_i64..12, 0_usize..3), 1..6)) {
        let means = [Means::Sound, Means::Sight, Means::Satellite];
        let efforts: Vec<Effort> = spans
            .iter()
            .enumerate()
            .map(|(nth, (from, long, kind))| {
                look(&format!("s{nth}"), means[*kind], hours(*from, from + long), ground(), Outcome::Looked)
            })
            .collect();
        let all = chance_of(&efforts, hours(0, 24));
        prop_assert!(chance_of(&efforts[1..], hours(0, 24)) <= all);
        let reversed: Vec<Effort> = efforts.iter().rev().cloned().collect();
        prop_assert_eq!(chance_of(&reversed, hours(0, 24)), all);
    }
}
