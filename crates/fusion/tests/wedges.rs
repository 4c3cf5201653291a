//! Bearings and ranges from posts: which are put together, and where they meet.
//!
//! Takes posts on the equator, a few kilometres apart; shows that a direction says what a disc of the same size does not.

use fusion::{Gazetteer, Incident, Known, Meeting, Model, Orders, Parameters, Pools, Received, meeting, partition};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{
    Act, Chance, Instant, Means, Observation, ObservationId, Place, Position, Release, Shape, Source, SourceId,
    SourceKind, Span, Wedge,
};

const POSTS: [&str; 3] = ["K-1", "K-2", "K-3"];

fn sources() -> BTreeMap<SourceId, Source> {
    let source = |name: &str| {
        let id = SourceId::new(name).expect("a source id");
        let source = Source {
            id: id.clone(),
            title: String::new(),
            kind: SourceKind::Monitor,
            voice: name.to_owned(),
            party: None,
            licence: String::new(),
            attribution: String::new(),
            release: Release::Rows,
            worth: [(Act::Shelling, Chance::from_ppm(600_000).expect("a chance"))].into(),
            worth_basis: String::new(),
        };
        (id, source)
    };
    POSTS.into_iter().map(source).collect()
}

fn at(east_m: f64, north_m: f64) -> Position {
    Position::new(30_000_000, 0).expect("a position").moved_m(east_m, north_m).expect("a position")
}

fn report(source: &str, minute: i64, shape: Shape) -> Observation {
    let start = Instant::from_ms(minute * 60_000).expect("an instant");
    let happened = Span::new(start, start.shifted(4 * 60_000)).expect("a span");
    let id = ObservationId::of(format!("{source} {minute} {shape:?}").as_bytes());
    let place = Place { shape, name: None };
    let source_id = SourceId::new(source).expect("a source id");
    Observation { id, ..Observation::plain(source_id, Means::Sound, Act::Shelling, happened, place) }
}

/// What a post heard in a direction, known to 3 degrees, between 2 and 12 kilometres.
fn heard(source: &str, minute: i64, post: [f64; 2], bearing_deg: u32) -> Observation {
    let wedge = Wedge::new(at(post[0], post[1]), bearing_deg * 1_000, 3_000, [2_000, 12_000]);
    report(source, minute, Shape::Wedge(wedge.expect("a wedge")))
}

/// The same with its direction thrown away.
fn rounded(heard: &Observation) -> Observation {
    report(heard.source.as_str(), heard.happened.earliest().ms() / 60_000, heard.place.rounded().shape)
}

fn model() -> Arc<Model> {
    Arc::new(Model::new(Parameters::believed(), Gazetteer::new(&[], &[])))
}

fn received(observations: &[Observation]) -> Vec<Received<'_>> {
    let received_at = Instant::from_ms(1 << 32).expect("an instant");
    observations.iter().map(|observation| Received { observation, received_at }).collect()
}

fn incidents(observations: &[Observation]) -> Vec<Incident> {
    let (reports, sources, orders) = (received(observations), sources(), Orders::default());
    partition(Known { reports: &reports, sources: &sources, efforts: &[], orders: &orders }, &model())
}

fn check(observations: &[Observation], wedges: usize, discs: usize) {
    assert_eq!(incidents(observations).len(), wedges, "{observations:#?}");
    let rounded: Vec<Observation> = observations.iter().map(rounded).collect();
    assert_eq!(incidents(&rounded).len(), discs, "as discs: {rounded:#?}");
}

#[test]
fn bearings_that_cross_tell_of_one_happening() {
    check(&[heard("K-1", 60, [-5_000.0, 0.0], 45), heard("K-2", 61, [5_000.0, 0.0], 315)], 1, 1);
}

#[test]
fn bearings_that_run_side_by_side_do_not() {
    check(&[heard("K-1", 60, [0.0, 0.0], 0), heard("K-2", 61, [2_500.0, 0.0], 0)], 2, 1);
}

#[test]
fn what_was_kept_changes_no_answer() {
    let told: Vec<Observation> = (0..36usize)
        .map(|nth| {
            let post = [(nth % 3) as f64 * 4_000.0, (nth % 2) as f64 * 1_500.0];
            let heard = heard(POSTS[nth % 3], (nth * 37 % 50) as i64, post, (nth * 41 % 360) as u32);
            if nth % 4 == 3 { rounded(&heard) } else { heard }
        })
        .collect();
    let (model, sources, orders) = (model(), sources(), Orders::default());
    let mut pools = Pools::default();
    for count in (1..=told.len()).chain([20, 9, 30]) {
        let mut reports = received(&told[..count]);
        reports.reverse();
        let known = Known { reports: &reports, sources: &sources, efforts: &[], orders: &orders };
        assert_eq!(pools.partition(known, &model), partition(known, &model), "{count} reports");
    }
}

/// Where reports meet whose sources are each a voice.
fn meets(members: &[&Observation]) -> Option<Meeting> {
    let sources: BTreeSet<&SourceId> = members.iter().map(|member| &member.source).collect();
    let voice = |source: &SourceId| (0..).zip(&sources).find(|(_, known)| **known == source).map(|(voice, _)| voice);
    let told = members.iter().map(|member| (voice(&member.source).expect("its own"), *member));
    meeting(&told.collect::<Vec<_>>())
}

#[test]
fn two_bearings_meet_where_they_cross() {
    let told = [heard("K-1", 60, [-5_000.0, 0.0], 45), heard("K-2", 61, [5_000.0, 0.0], 315)];
    let members: Vec<&Observation> = told.iter().collect();
    let Some(Meeting::Region(region)) = meets(&members) else { panic!("they meet") };
    assert_eq!(region.voices, 2);
    let off_m = region.middle.distance_m(at(0.0, 5_000.0));
    assert!(off_m < 900.0, "{off_m} m from where the bearings cross");
    let [half, most] = [50, 90].map(|percent| region.ellipse(percent));
    assert!(half.long_m < most.long_m && most.long_m < 1_500, "{half:?} {most:?}");
    // As the roots of ln 2 and ln 10.
    let ratio = f64::from(most.long_m) / f64::from(half.long_m);
    assert!((ratio - 1.8226).abs() < 0.01, "{ratio}");
    let other_way: Vec<&Observation> = told.iter().rev().collect();
    assert_eq!(meets(&other_way), Some(Meeting::Region(region)));
}

#[test]
fn the_axis_of_one_bearing_is_its_direction() {
    let wide = |bearing_deg: u32| {
        let angle = f64::from(bearing_deg).to_radians();
        let centre = at(8_000.0 * libm::sin(angle), 8_000.0 * libm::cos(angle));
        report("K-2", 60, Shape::Disc { centre, radius_m: 30_000 })
    };
    for bearing_deg in [0, 20, 45, 90, 130, 179] {
        let told = [heard("K-1", 60, [0.0, 0.0], bearing_deg), wide(bearing_deg)];
        let members: Vec<&Observation> = told.iter().collect();
        let Some(Meeting::Region(region)) = meets(&members) else { panic!("they meet") };
        let off = (i64::from(region.ellipse(50).bearing_mdeg) - i64::from(bearing_deg) * 1_000).rem_euclid(180_000);
        assert!(off.min(180_000 - off) < 1_000, "{bearing_deg}: {:?}", region.ellipse(50));
    }
}

#[test]
fn places_far_outside_one_another_are_said_to_be() {
    let told = [heard("K-1", 60, [0.0, 0.0], 0), heard("K-2", 61, [2_500.0, 0.0], 0)];
    let members: Vec<&Observation> = told.iter().collect();
    let mut ids = [told[0].id, told[1].id];
    ids.sort_unstable();
    assert_eq!(meets(&members), Some(Meeting::Apart(ids)));
}

#[test]
fn one_voice_meets_nobody() {
    let told = [heard("K-1", 60, [0.0, 0.0], 0), heard("K-1", 61, [0.0, 0.0], 20)];
    let members: Vec<&Observation> = told.iter().collect();
    assert_eq!(meets(&members), None);
    let nowhere = report("K-2", 60, Shape::Unplaced);
    assert_eq!(meets(&[&told[0], &nowhere]), None);
}
