//! The partition: every observation in exactly one incident.
//!
//! Takes observations in any order; gives incidents in order of time. Precise reports open incidents, vaguer ones find
//! theirs or stay alone. Cost grows with the number of observations times the incidents near each of them.

use crate::gate::{LONGEST_JOIN_MS, WIDEST_JOIN_M, is_vague, padded, pass};
use crate::incident::{Incident, Join, sum_up};
use std::collections::BTreeMap;
use terms::place::METRES_PER_E6;
use terms::time::HOUR_MS;
use terms::{Observation, ObservationId, Source, SourceId, Span};

/// Length of a time bucket of the index.
const BUCKET_MS: i64 = 6 * HOUR_MS;
/// Side of a cell of the index, microdegrees.
const CELL_E6: i32 = 100_000;

/// Groups the observations into incidents. Statements of parties are left out: they are evidence that something was said.
#[must_use]
pub fn partition(observations: &[&Observation], sources: &BTreeMap<SourceId, Source>) -> Vec<Incident> {
    let mut order: Vec<&Observation> = observations.iter().copied().filter(|o| !o.is_claim()).collect();
    order.sort_by_key(|o| rank(o));
    order.dedup_by_key(|o| o.id);

    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut index = Index::default();
    for observation in order {
        match find(&groups, &index, observation) {
            Found::One(at, join) => {
                groups[at].members.push(observation);
                groups[at].joins.push(join);
            }
            Found::Rivals(rivals) => {
                index.enter(groups.len(), observation);
                groups.push(Group { members: vec![observation], joins: Vec::new(), rivals });
            }
        }
    }
    let mut incidents: Vec<Incident> =
        groups.into_iter().map(|group| sum_up(&group.members, group.joins, group.rivals, sources)).collect();
    incidents.sort_by_key(|incident| (incident.happened, incident.id));
    incidents
}

/// Splits observations so that those of one part have no say in the incidents of another: the partition of all is the
/// partitions of each part together. Places in the list, ascending; a statement is in no part.
#[must_use]
pub fn neighbourhoods(observations: &[&Observation]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..observations.len()).filter(|at| !observations[*at].is_claim()).collect();
    order.sort_by_key(|at| rank(observations[*at]));
    let mut parent: Vec<usize> = (0..observations.len()).collect();
    let mut index = Index::default();
    for later in &order {
        for earlier in index.near(observations[*later]) {
            let (a, b) = (top(&mut parent, earlier), top(&mut parent, *later));
            if a != b && pass(&[observations[earlier]], observations[*later]).is_some() {
                parent[a.max(b)] = a.min(b);
            }
        }
        index.enter(*later, observations[*later]);
    }
    order.sort_unstable();
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in order {
        parts.entry(top(&mut parent, at)).or_default().push(at);
    }
    parts.into_values().collect()
}

/// The one that stands for all that are joined to it; the way there is made shorter.
fn top(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// The canonical order: the best known first.
fn rank(observation: &Observation) -> (i64, u32, Span, ObservationId) {
    (observation.happened.length_ms(), radius_m(observation), observation.happened, observation.id)
}

struct Group<'a> {
    members: Vec<&'a Observation>,
    joins: Vec<Join>,
    rivals: u32,
}

enum Found {
    /// The group to join, and why.
    One(usize, Join),
    /// None, or too many for a report this vague.
    Rivals(u32),
}

fn find(groups: &[Group<'_>], index: &Index, observation: &Observation) -> Found {
    let near = index.near(observation);
    let fits = near.into_iter().filter_map(|at| Some((at, pass(&groups[at].members, observation)?)));
    let mut fits: Vec<(usize, Join)> = fits.collect();
    if is_vague(observation) && fits.len() > 1 {
        return Found::Rivals(u32::try_from(fits.len()).unwrap_or(u32::MAX));
    }
    // Groups stand in canonical order, so the first of equals is the same on every machine.
    fits.sort_by_key(|(at, join)| (join.gap_ms, join.distance_m, *at));
    fits.into_iter().next().map_or(Found::Rivals(0), |(at, join)| Found::One(at, join))
}

fn radius_m(observation: &Observation) -> u32 {
    observation.place.disc().map_or(u32::MAX, |(_, radius_m)| radius_m)
}

/// Where the groups are, by bucket of time and cell of ground.
#[derive(Default)]
struct Index(BTreeMap<(i64, i32, i32), Vec<usize>>);

impl Index {
    fn enter(&mut self, group: usize, observation: &Observation) {
        for key in keys(observation) {
            self.0.entry(key).or_default().push(group);
        }
    }

    fn near(&self, observation: &Observation) -> Vec<usize> {
        let mut groups: Vec<usize> = keys(observation).filter_map(|key| self.0.get(&key)).flatten().copied().collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

/// The buckets and cells that an observation may lie in; none for one that is too wide to be joined at all.
fn keys(observation: &Observation) -> impl Iterator<Item = (i64, i32, i32)> {
    let narrow = observation.happened.length_ms() <= LONGEST_JOIN_MS;
    let disc = observation.place.disc().filter(|(_, radius_m)| narrow && *radius_m <= WIDEST_JOIN_M);
    let span = padded(observation.happened);
    disc.into_iter().flat_map(move |(centre, radius_m)| {
        let reach = f64::from(radius_m + 300) / METRES_PER_E6;
        let narrowing = libm::cos((f64::from(centre.lat_e6()) / 1e6).to_radians()).max(0.01);
        let cells = |middle: i32, reach: f64| {
            (middle - reach as i32).div_euclid(CELL_E6)..=(middle.saturating_add(reach as i32)).div_euclid(CELL_E6)
        };
        let (columns, rows) = (cells(centre.lon_e6(), reach / narrowing), cells(centre.lat_e6(), reach));
        let buckets = span.earliest().ms().div_euclid(BUCKET_MS)..=span.latest().ms().div_euclid(BUCKET_MS);
        buckets.flat_map(move |bucket| {
            let rows = rows.clone();
            columns.clone().flat_map(move |column| rows.clone().map(move |row| (bucket, column, row)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::{Act, Chance, Count, Grade, Instant, Means, Place, Position, Release, Shape, SourceKind};

    fn source(id: &str, voice: &str) -> (SourceId, Source) {
        let id = SourceId::new(id).expect("a source id");
        let worth = Act::ALL.into_iter().map(|act| (act, Chance::from_ppm(600_000).expect("a chance"))).collect();
        let source = Source {
            id: id.clone(),
            title: String::new(),
            kind: SourceKind::Monitor,
            voice: voice.to_owned(),
            party: None,
            licence: String::new(),
            attribution: String::new(),
            release: Release::Rows,
            worth,
            worth_basis: String::new(),
        };
        (id, source)
    }

    fn sources() -> BTreeMap<SourceId, Source> {
        [source("K-1", "K-1"), source("K-2", "K-2"), source("paper", "press"), source("radio", "press")].into()
    }

    /// An observation `minute` minutes into a day and `east_m` metres east of a point on the equator.
    fn seen(source: &str, act: Act, minute: i64, long_minutes: i64, east_m: i32, radius_m: u32) -> Observation {
        let start = Instant::from_ms(minute * 60_000).expect("an instant");
        let centre = Position::new((f64::from(east_m) / METRES_PER_E6) as i32, 0).expect("a position");
        Observation {
            id: ObservationId::of(format!("{source} {act:?} {minute} {long_minutes} {east_m} {radius_m}").as_bytes()),
            source: SourceId::new(source).expect("a source id"),
            means: Means::Sound,
            act,
            object: None,
            happened: Span::new(start, start.shifted(long_minutes * 60_000)).expect("a span"),
            place: Place { shape: Shape::Disc { centre, radius_m }, name: None },
            count: Count::UNKNOWN,
            by: None,
            at: None,
            about: None,
            grade: Grade::UNJUDGED,
            text: None,
            references: Vec::new(),
        }
    }

    fn check(observations: &[Observation], expected: &[usize]) -> Vec<Incident> {
        let incidents = partition(&observations.iter().collect::<Vec<_>>(), &sources());
        let mut sizes: Vec<usize> = incidents.iter().map(|incident| incident.members.len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, expected, "{incidents:#?}");
        incidents
    }

    #[test]
    fn two_posts_hear_one_explosion() {
        let heard = [seen("K-1", Act::Explosion, 60, 5, 0, 800), seen("K-2", Act::Shelling, 62, 4, 900, 500)];
        let incidents = check(&heard, &[2]);
        assert_eq!(incidents[0].act, Act::Shelling, "an act speaks before its effect");
        assert_eq!(incidents[0].voices, 2);
        assert_eq!(incidents[0].chance.ppm(), 840_000);
        assert_eq!(incidents[0].joins[0].gap_ms, 0);
    }

    #[test]
    fn far_late_or_of_another_kind_is_another_incident() {
        check(&[seen("K-1", Act::Shelling, 60, 5, 0, 500), seen("K-2", Act::Shelling, 60, 5, 9_000, 500)], &[1, 1]);
        check(&[seen("K-1", Act::Shelling, 60, 5, 0, 500), seen("K-2", Act::Shelling, 90, 5, 0, 500)], &[1, 1]);
        check(&[seen("K-1", Act::Shelling, 60, 5, 0, 500), seen("K-2", Act::SmallArms, 60, 5, 0, 500)], &[1, 1]);
    }

    #[test]
    fn one_voice_counts_once() {
        let told = [seen("paper", Act::Shelling, 60, 30, 0, 500), seen("radio", Act::Shelling, 60, 45, 0, 500)];
        let incidents = check(&told, &[2]);
        assert_eq!((incidents[0].voices, incidents[0].chance.ppm()), (1, 600_000));
    }

    #[test]
    fn a_vague_report_that_may_be_either_is_joined_to_neither() {
        let precise = [seen("K-1", Act::Shelling, 60, 5, 0, 500), seen("K-2", Act::Shelling, 300, 5, 0, 500)];
        let day = seen("paper", Act::Shelling, 0, 1_439, 0, 3_000);
        let incidents = check(&[precise[0].clone(), precise[1].clone(), day.clone()], &[1, 1, 1]);
        assert_eq!(incidents.iter().map(|i| i.rivals).max(), Some(2));
        check(&[precise[0].clone(), day], &[2]);
    }

    #[test]
    fn a_claim_is_no_sighting() {
        let mut claim = seen("K-1", Act::Shelling, 60, 5, 0, 500);
        claim.means = Means::Statement;
        check(&[claim], &[]);
    }

    proptest::proptest! {
        #[test]
        fn order_of_arrival_does_not_matter(
            picks in proptest::collection::vec((0usize..4, 0usize..6, 0i64..300, 0i64..90, 0i32..6_000, 100u32..4_000), 0..40),
            turn in 0usize..40,
        ) {
            let posts = ["K-1", "K-2", "paper", "radio"];
            let seen: Vec<Observation> = picks
                .into_iter()
                .map(|(post, act, minute, long, east_m, radius_m)| seen(posts[post], Act::ALL[act], minute, long, east_m, radius_m))
                .collect();
            let forward: Vec<&Observation> = seen.iter().collect();
            let mut turned: Vec<&Observation> = seen.iter().rev().collect();
            if !turned.is_empty() {
                let middle = turn % turned.len();
                turned.rotate_left(middle);
            }
            let incidents = partition(&forward, &sources());
            proptest::prop_assert_eq!(&incidents, &partition(&turned, &sources()));
            let parts = neighbourhoods(&forward).into_iter().map(|part| part.into_iter().map(|at| forward[at]).collect::<Vec<_>>());
            let mut apart: Vec<Incident> = parts.flat_map(|part| partition(&part, &sources())).collect();
            apart.sort_by_key(|incident| (incident.happened, incident.id));
            proptest::prop_assert_eq!(&incidents, &apart, "neighbourhoods have no say in one another");
            let ids: std::collections::BTreeSet<_> = seen.iter().map(|o| o.id).collect();
            let members: Vec<_> = incidents.iter().flat_map(|i| i.members.iter().copied()).collect();
            proptest::prop_assert_eq!(members.len(), ids.len(), "every observation in exactly one incident");
        }
    }
}
