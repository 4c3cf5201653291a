//! The partition: every observation in exactly one incident.
//!
//! Takes observations in any order, what people have ordered, who looked, and what the model believes; gives incidents in order
//! of time, each with its chance and how its reports belong to it. Statements of parties are left out: they are evidence that
//! something was said. What says too little to be compared stands alone.

use crate::background::Background;
use crate::incident::{Alternative, Incident, Ordered, Otherwise, Weighed, sum_up};
use crate::link::{Sets, Ties, UNIT};
use crate::parameters::Parameters;
use crate::pool::Pool;
use crate::posterior::{Solved, meetings, solve_within, weigh_two};
use crate::projection::{Family, Numbers, families};
use crate::silence::Silence;
use crate::weigh::{Model, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Act, Chance, Effort, IncidentId, Instant, Observation, ObservationId, Source, SourceId};

/// Another incident that these reports may be one with, at this chance or more, is a rival.
const RIVAL: i64 = UNIT / 10;
/// What is less likely than this is no alternative.
const LEAST_ALTERNATIVE: i64 = UNIT / 100;

/// An observation, and when it was received.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// What was seen.
    pub observation: &'a Observation,
    /// When the installation received it.
    pub received_at: Instant,
}

/// What people have ordered of reports. The machine keeps to it, whatever comes later.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Orders {
    /// Reports of one happening.
    pub together: Vec<Vec<ObservationId>>,
    /// Reports of which none of the first tells of the same happening as one of the second.
    pub apart: Vec<[Vec<ObservationId>; 2]>,
    /// Reports of no happening: they take no part in others.
    pub dismissed: Vec<Vec<ObservationId>>,
}

/// All that incidents are made from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Observations, in any order.
    pub reports: &'a [Received<'a>],
    /// Where they come from.
    pub sources: &'a BTreeMap<SourceId, Source>,
    /// Who looked where and when.
    pub efforts: &'a [Effort],
    /// What people have ordered.
    pub orders: &'a Orders,
}

/// Groups what is known into incidents.
#[must_use]
pub fn partition(known: Known<'_>, model: &Model) -> Vec<Incident> {
    incidents(known, model, &mut Numbers::new(), |family, ties| {
        solve_within(&family.data, model, Background::Believed, ties)
    })
}

/// What is kept from one partition to the next, so that only what has changed is put together again. It changes no answer.
#[derive(Debug, Default)]
pub struct Pools {
    by_family: BTreeMap<Act, Pool>,
    numbers: Numbers,
}

impl Pools {
    /// As [`partition()`], where little has changed since the last time.
    #[must_use]
    pub fn partition(&mut self, known: Known<'_>, model: &Arc<Model>) -> Vec<Incident> {
        if self.by_family.values().any(|pool| !pool.model().is_same(model)) {
            *self = Pools::default();
        }
        let Pools { by_family, numbers } = self;
        incidents(known, model, numbers, |family, ties| {
            let pool = by_family.entry(family.act).or_insert_with(|| Pool::new(Arc::clone(model)));
            pool.hold(&family.data, ties);
            pool.solved(&family.data)
        })
    }
}

fn incidents(
    known: Known<'_>,
    model: &Model,
    numbers: &mut Numbers,
    solve: impl FnMut(&Family, &Ties) -> Solved,
) -> Vec<Incident> {
    let mut reports: Vec<Received<'_>> = known.reports.iter().copied().filter(|r| !r.observation.is_claim()).collect();
    reports.sort_by_key(|r| {
        let o = r.observation;
        (o.happened.length_ms(), o.place.disc().map_or(u32::MAX, |(_, radius_m)| radius_m), o.happened, o.id)
    });
    reports.dedup_by_key(|r| r.observation.id);
    let orders = Placed::new(known.orders, &reports);
    let (mut groups, pairs) = put_together(&reports, known.sources, &orders, model.parameters(), numbers, solve);
    unite(&mut groups, &orders);
    let between = Between::new(&groups, &pairs, reports.len());
    let silence = Silence::new(known.efforts, known.sources, model);

    let names: Vec<IncidentId> = groups.iter().map(|group| name(&reports, group)).collect();
    let mut incidents: Vec<Incident> = (0..groups.len())
        .map(|at| {
            let members: Vec<&Observation> = groups[at].iter().map(|m| reports[*m].observation).collect();
            let weighed = between.weigh(at, &groups, &names, &members, &orders);
            let mut incident = sum_up(names[at], &members, weighed, known.sources, model);
            silence.weigh(&mut incident);
            incident
        })
        .collect();
    incidents.sort_by_key(|incident| (incident.happened, incident.id));
    incidents
}

/// Why two observations of a mission would be put together or not, taken alone: which of the two was held against the other, the vaguer one,
/// and the terms of its score. Nothing where they cannot be compared.
#[must_use]
pub fn why(pair: [&Observation; 2], sources: &BTreeMap<SourceId, Source>, model: &Model) -> Option<(usize, Terms)> {
    let (families, _) = families(&pair, sources, model.parameters(), &mut Numbers::new());
    let family = families.into_iter().find(|family| family.members.len() == 2)?;
    let told = |at: usize| &family.data[at];
    let (vaguer, terms) = weigh_two([0, 1], told, model, |at| model.usual(told(at).manner));
    Some((family.members[vaguer], terms))
}

/// Splits observations so that those of one part have no say in the incidents of another, under any of these models: the partition of
/// all, or of some of them, is the partitions of each part together. Places in the list, ascending; a statement is in no part.
#[must_use]
pub fn neighbourhoods(
    observations: &[&Observation],
    sources: &BTreeMap<SourceId, Source>,
    orders: &Orders,
    models: &[&Model],
) -> Vec<Vec<usize>> {
    let taking_part: Vec<usize> = (0..observations.len()).filter(|at| !observations[*at].is_claim()).collect();
    let told: Vec<&Observation> = taking_part.iter().map(|at| observations[*at]).collect();
    let mut parts = Sets::new(observations.len());
    for model in models {
        let (families, _) = families(&told, sources, model.parameters(), &mut Numbers::new());
        for family in families {
            for (a, b) in meetings(&family.data, model) {
                parts.join(taking_part[family.members[a]], taking_part[family.members[b]]);
            }
        }
    }
    let places: BTreeMap<ObservationId, usize> = taking_part.iter().map(|at| (observations[*at].id, *at)).collect();
    let apart = orders.apart.iter().map(|[a, b]| a.iter().chain(b).collect::<Vec<_>>());
    let others = orders.together.iter().chain(&orders.dismissed).map(|ids| ids.iter().collect::<Vec<_>>());
    for ids in apart.chain(others) {
        let here: Vec<usize> = ids.into_iter().filter_map(|id| places.get(id)).copied().collect();
        for pair in here.windows(2) {
            parts.join(pair[0], pair[1]);
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in taking_part {
        found.entry(parts.top(at)).or_default().push(at);
    }
    found.into_values().collect()
}

/// The name of a group: that of the member received first. Of several in one batch the smallest id, which nobody saw earlier.
fn name(reports: &[Received<'_>], group: &[usize]) -> IncidentId {
    let first = group.iter().map(|at| &reports[*at]).map(|r| (r.received_at, r.observation.id)).min();
    IncidentId::of(&first.expect("invariant: a group has members").1.bytes())
}

/// Orders on the reports that are here, by their places in canonical order.
struct Placed {
    together: Vec<Vec<usize>>,
    apart: Vec<[Vec<usize>; 2]>,
    dismissed: Vec<Vec<usize>>,
    /// Those that are dismissed, and those that are ordered in another way.
    out: BTreeSet<usize>,
    touched: BTreeSet<usize>,
}

impl Placed {
    fn new(orders: &Orders, reports: &[Received<'_>]) -> Placed {
        let places: BTreeMap<ObservationId, usize> =
            reports.iter().enumerate().map(|(at, report)| (report.observation.id, at)).collect();
        let mut out = BTreeSet::new();
        // Of two orders to dismiss a report the first holds.
        let mut dismissed: Vec<Vec<usize>> = Vec::new();
        for ids in &orders.dismissed {
            let mut group: Vec<usize> =
                ids.iter().filter_map(|id| places.get(id)).copied().filter(|at| out.insert(*at)).collect();
            group.sort_unstable();
            dismissed.extend((!group.is_empty()).then_some(group));
        }
        let here = |ids: &Vec<ObservationId>| -> Vec<usize> {
            ids.iter().filter_map(|id| places.get(id)).copied().filter(|at| !out.contains(at)).collect()
        };
        let together: Vec<Vec<usize>> = orders.together.iter().map(here).collect();
        let apart: Vec<[Vec<usize>; 2]> = orders.apart.iter().map(|[a, b]| [here(a), here(b)]).collect();
        let touched = together.iter().chain(apart.iter().flatten()).flatten().copied().collect();
        Placed { together, apart, dismissed, out, touched }
    }

    fn ties(&self) -> Ties {
        let together = self.together.iter().flat_map(|group| group.windows(2)).map(|pair| (pair[0], pair[1]));
        let apart = self.apart.iter().flat_map(|[a, b]| a.iter().flat_map(move |a| b.iter().map(move |b| (*a, *b))));
        let narrow = |(a, b): (usize, usize)| (a as u32, b as u32);
        Ties::new(together.map(narrow), apart.map(narrow))
    }
}

/// Groups of places in canonical order, and pairs of places with the chance, in 1/4096, that both tell of one happening.
type Grouped = (Vec<Vec<usize>>, Vec<(usize, usize, i64)>);

fn put_together(
    reports: &[Received<'_>],
    sources: &BTreeMap<SourceId, Source>,
    orders: &Placed,
    believed: &Parameters,
    numbers: &mut Numbers,
    mut solve: impl FnMut(&Family, &Ties) -> Solved,
) -> Grouped {
    let taking_part: Vec<usize> = (0..reports.len()).filter(|at| !orders.out.contains(at)).collect();
    let observations: Vec<&Observation> = taking_part.iter().map(|at| reports[*at].observation).collect();
    let (families, alone) = families(&observations, sources, believed, numbers);
    let ties = orders.ties();
    let mut groups = orders.dismissed.clone();
    groups.extend(alone.into_iter().map(|index| vec![taking_part[index]]));
    let mut pairs = Vec::new();
    for family in families {
        let places: Vec<usize> = family.members.iter().map(|index| taking_part[*index]).collect();
        let ties = ties.among(|at| places.binary_search(&(at as usize)).ok().map(|number| number as u32));
        let solved = solve(&family, &ties);
        let mut homes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, home) in places.iter().zip(&solved.groups) {
            homes.entry(*home).or_default().push(*place);
        }
        groups.extend(homes.into_values());
        let pair = |(a, b, weight): &(u32, u32, u16)| (places[*a as usize], places[*b as usize], i64::from(*weight));
        pairs.extend(solved.pairs.iter().map(pair));
    }
    (groups, pairs)
}

/// Joins groups that hold reports ordered together which the model could not compare.
fn unite(groups: &mut Vec<Vec<usize>>, orders: &Placed) {
    for together in &orders.together {
        let touches = |group: &[usize]| together.iter().any(|at| group.contains(at));
        let barred = |a: &[usize], b: &[usize]| {
            let holds = |group: &[usize], side: &[usize]| side.iter().any(|at| group.contains(at));
            orders.apart.iter().any(|[x, y]| holds(a, x) && holds(b, y) || holds(a, y) && holds(b, x))
        };
        let Some(first) = groups.iter().position(|group| touches(group)) else { continue };
        for at in (first + 1..groups.len()).rev() {
            if touches(&groups[at]) && !barred(&groups[first], &groups[at]) {
                let more = groups.remove(at);
                groups[first].extend(more);
                groups[first].sort_unstable();
            }
        }
    }
}

/// How reports belong to their groups, and groups to one another.
struct Between {
    /// By report: its pairs with others of its group, summed.
    own: Vec<i64>,
    /// By group and group, the smaller first: the pairs between them, summed.
    sums: BTreeMap<(usize, usize), i64>,
    /// By group: the others that it has pairs with.
    near: BTreeMap<usize, Vec<usize>>,
}

impl Between {
    fn new(groups: &[Vec<usize>], pairs: &[(usize, usize, i64)], count: usize) -> Between {
        let mut home = vec![0; count];
        for (group, members) in groups.iter().enumerate() {
            for member in members {
                home[*member] = group;
            }
        }
        let mut between = Between { own: vec![0; count], sums: BTreeMap::new(), near: BTreeMap::new() };
        for (a, b, weight) in pairs {
            let (one, two) = (home[*a].min(home[*b]), home[*a].max(home[*b]));
            if one == two {
                between.own[*a] += weight;
                between.own[*b] += weight;
            } else {
                *between.sums.entry((one, two)).or_default() += weight;
            }
        }
        for (one, two) in between.sums.keys() {
            between.near.entry(*one).or_default().push(*two);
            between.near.entry(*two).or_default().push(*one);
        }
        between
    }

    fn weigh(
        &self,
        at: usize,
        groups: &[Vec<usize>],
        names: &[IncidentId],
        members: &[&Observation],
        orders: &Placed,
    ) -> Weighed {
        let group = &groups[at];
        let others = (group.len() - 1).max(1) as i64;
        let is_ordered = |member: &usize| {
            let orders = orders.together.iter().chain(&orders.dismissed);
            orders
                .into_iter()
                .any(|order| order.contains(member) && order.iter().any(|m| m != member && group.contains(m)))
        };
        let belongs: Vec<i64> = group
            .iter()
            .map(|m| if group.len() == 1 || is_ordered(m) { UNIT } else { self.own[*m] / others })
            .collect();
        let mut joined: Vec<(i64, IncidentId)> = Vec::new();
        for other in self.near.get(&at).into_iter().flatten() {
            let pairs = (group.len() * groups[*other].len()) as i64;
            joined.push((self.sums[&(at.min(*other), at.max(*other))] / pairs, names[*other]));
        }
        let one_with = joined.iter().map(|(weight, other)| (*weight, Otherwise::OneWith(*other)));
        let without = belongs.iter().zip(members).map(|(weight, m)| (UNIT - weight, Otherwise::Without(m.id)));
        let ways = one_with.chain(without).filter(|(weight, _)| *weight >= LEAST_ALTERNATIVE);
        // The first of equals: groups and members stand in an order of their own.
        let nearest = ways.reduce(|best, way| if way.0 > best.0 { way } else { best });
        let rivals = joined.iter().filter(|(weight, _)| *weight >= RIVAL).count();
        let touched = group.iter().any(|member| orders.touched.contains(member));
        Weighed {
            belongs: belongs.into_iter().map(chance).collect(),
            rivals: u32::try_from(rivals).unwrap_or(u32::MAX),
            alternative: nearest.map(|(weight, what)| Alternative { what, chance: chance(weight) }),
            ordered: match (orders.out.contains(&group[0]), touched) {
                (true, _) => Ordered::Dismissed,
                (false, true) => Ordered::InPart,
                (false, false) => Ordered::Not,
            },
        }
    }
}

fn chance(weight: i64) -> Chance {
    let part = weight.clamp(0, UNIT).unsigned_abs();
    Chance::share(part, UNIT.unsigned_abs()).expect("invariant: a part of all")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gazetteer::Gazetteer;
    use terms::place::METRES_PER_E6;
    use terms::time::DAY_MS;
    use terms::{Area, EffortId, Means, Outcome, Place, Position, Release, Shape, SourceKind, Span};

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
        let happened = Span::new(start, start.shifted(long_minutes * 60_000)).expect("a span");
        let place = Place { shape: Shape::Disc { centre, radius_m }, name: None };
        let source_id = SourceId::new(source).expect("a source id");
        Observation {
            id: ObservationId::of(format!("{source} {act:?} {minute} {long_minutes} {east_m} {radius_m}").as_bytes()),
            ..Observation::plain(source_id, Means::Sound, act, happened, place)
        }
    }

    fn model() -> Model {
        Model::new(Parameters::believed(), Gazetteer::new(&[], &[]))
    }

    /// The incidents of observations, each received a minute after the one before.
    fn ordered(observations: &[Observation], orders: &Orders, efforts: &[Effort]) -> Vec<Incident> {
        let received_at = |at: usize| Instant::from_ms(DAY_MS + at as i64 * 60_000).expect("an instant");
        let reports: Vec<Received<'_>> = observations
            .iter()
            .enumerate()
            .map(|(at, observation)| Received { observation, received_at: received_at(at) })
            .collect();
        partition(Known { reports: &reports, sources: &sources(), efforts, orders }, &model())
    }

    fn check(observations: &[Observation], expected: &[usize]) -> Vec<Incident> {
        let incidents = ordered(observations, &Orders::default(), &[]);
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
        assert_eq!(incidents[0].joins[0].gap_ms, 0);
        let sure = Chance::from_ppm(840_000).expect("a chance");
        assert!(incidents[0].chance > Chance::from_ppm(750_000).expect("a chance"));
        assert!(incidents[0].chance < sure, "that they tell of one happening is not certain");
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

    #[test]
    fn an_incident_keeps_its_name_while_it_grows() {
        let heard = [seen("K-1", Act::Explosion, 60, 5, 0, 800), seen("K-2", Act::Shelling, 62, 4, 900, 500)];
        let (first, both) = (check(&heard[..1], &[1]), check(&heard, &[2]));
        assert_eq!(first[0].id, both[0].id, "the more precise report came later");
        assert_ne!(both[0].members[0], heard[0].id);
    }

    #[test]
    fn what_was_kept_changes_no_answer() {
        let acts = [Act::Explosion, Act::Shelling, Act::Assault, Act::DroneStrike];
        let told: Vec<Observation> = (0..48usize)
            .map(|at| {
                let (minute, long) = ((at * 37 % 50) as i64, [4, 5, 30, 600][at % 4]);
                seen(
                    ["K-1", "K-2", "paper", "radio"][at * 7 % 4],
                    acts[at % 3],
                    minute,
                    long,
                    at as i32 * 331 % 4_000,
                    500,
                )
            })
            .collect();
        let model = Arc::new(model());
        let mut pools = Pools::default();
        let (mut orders, mut joined) = (Orders::default(), 0);
        for count in (1..told.len()).chain([30, 12, 40]) {
            match count % 12 {
                5 => orders.together.push(vec![told[count / 2].id, told[0].id]),
                7 => orders.apart.push([vec![told[count - 1].id], vec![told[count / 2].id]]),
                9 => orders.dismissed.push(vec![told[count / 3].id]),
                11 => orders = Orders::default(),
                _ => {}
            }
            // The last to come are first in the list, so that sources are met in another order each time.
            let reports: Vec<Received<'_>> = told[..count]
                .iter()
                .rev()
                .map(|observation| Received { observation, received_at: Instant::from_ms(DAY_MS).expect("an instant") })
                .collect();
            let known = Known { reports: &reports, sources: &sources(), efforts: &[], orders: &orders };
            let kept = pools.partition(known, &model);
            assert_eq!(format!("{kept:?}"), format!("{:?}", partition(known, &model)), "{count} reports");
            joined = joined.max(kept.iter().filter(|incident| incident.members.len() > 1).count());
        }
        assert!(joined > 5, "{joined} incidents of several reports");
        let sharper = Arc::new(model.with(Parameters { together_ppm: 900_000, ..model.parameters().clone() }));
        let reports: Vec<Received<'_>> = told
            .iter()
            .map(|observation| Received { observation, received_at: observation.happened.latest() })
            .collect();
        let known = Known { reports: &reports, sources: &sources(), efforts: &[], orders: &orders };
        let kept = format!("{:?}", pools.partition(known, &sharper));
        assert_eq!(kept, format!("{:?}", partition(known, &sharper)));
        assert_ne!(kept, format!("{:?}", partition(known, &model)), "another model, another answer");
    }

    #[test]
    fn people_overrule_and_are_told_what_speaks_against_it() {
        let told = [
            seen("K-1", Act::Shelling, 60, 5, 0, 500),
            seen("K-2", Act::Shelling, 62, 5, 300, 500),
            seen("paper", Act::Shelling, 400, 30, 30_000, 500),
            seen("radio", Act::Assault, 60, 5, 0, 500),
        ];
        let ids: Vec<ObservationId> = told.iter().map(|o| o.id).collect();
        let sizes = |orders: &Orders| {
            let incidents = ordered(&told, orders, &[]);
            let mut sizes: Vec<(usize, Ordered)> = incidents.iter().map(|i| (i.members.len(), i.ordered)).collect();
            sizes.sort_unstable();
            sizes
        };
        use Ordered::{Dismissed, InPart, Not};
        assert_eq!(sizes(&Orders::default()), [(1, Not), (1, Not), (2, Not)]);
        // Reports that the machine would never put together, nor even compare.
        let together = Orders { together: vec![vec![ids[0], ids[2], ids[3]]], ..Orders::default() };
        assert_eq!(sizes(&together), [(4, InPart)]);
        let apart = Orders { apart: vec![[vec![ids[0]], vec![ids[1]]]], ..Orders::default() };
        assert_eq!(sizes(&apart), [(1, Not), (1, Not), (1, InPart), (1, InPart)]);
        let split = ordered(&told, &apart, &[]);
        let one = split.iter().find(|i| i.members == [ids[0]]).expect("it stands alone");
        let other = split.iter().find(|i| i.members == [ids[1]]).expect("so does this");
        let alternative = one.alternative.expect("the machine would have joined them");
        assert_eq!(alternative.what, Otherwise::OneWith(other.id));
        assert!(alternative.chance > Chance::from_ppm(500_000).expect("a chance"), "{alternative:?}");
        let dismissed = Orders { dismissed: vec![vec![ids[0]]], ..together };
        assert_eq!(sizes(&dismissed), [(1, Not), (1, Dismissed), (2, InPart)], "what is dismissed ties nothing");
    }

    #[test]
    fn who_looked_and_saw_nothing_counts_against_it() {
        let told = [seen("paper", Act::Shelling, 60, 5, 0, 500)];
        let look = |source: &str, from_minute: i64| {
            let at = |minute: i64| Instant::from_ms(minute * 60_000).expect("an instant");
            Effort {
                id: EffortId::of(source.as_bytes()),
                source: SourceId::new(source).expect("a source id"),
                means: Means::Sound,
                span: Span::new(at(from_minute), at(120)).expect("a span"),
                area: Area::disc(Position::new(0, 0).expect("a position"), 3_000).expect("an area"),
                outcome: Outcome::Looked,
                able: vec![Act::Shelling],
                limits: None,
            }
        };
        let chance = |looks: &[Effort]| {
            let incidents = ordered(&told, &Orders::default(), looks);
            (incidents[0].silent, incidents[0].chance)
        };
        let (none, alone) = chance(&[]);
        let (one, lower) = chance(&[look("K-1", 0)]);
        let (two, same) = chance(&[look("K-1", 0), look("K-2", 0)]);
        assert_eq!((none, one, two), (0, 1, 2));
        assert!(lower < alone && same == lower, "{alone} {lower} {same}: of one kind one counts");
        assert_eq!(chance(&[look("K-1", 62)]), (0, alone), "it came too late to see all of it");
        assert_eq!(chance(&[look("paper", 0)]), (0, alone), "nobody is silent of what they told");
    }

    #[test]
    fn order_of_arrival_does_not_matter() {
        let model = model();
        let posts = ["K-1", "K-2", "paper", "radio"];
        let one = (0usize..4, 0usize..6, 0i64..300, 0i64..90, 0i32..6_000, 100u32..4_000);
        let picks = proptest::collection::vec(one, 0..40);
        let mut runner = proptest::test_runner::TestRunner::default();
        let run = runner.run(&(picks, 0usize..40), |(picks, turn)| {
            let seen: Vec<Observation> = picks
                .into_iter()
                .map(|(post, act, minute, long, east_m, radius_m)| {
                    seen(posts[post], Act::ALL[act], minute, long, east_m, radius_m)
                })
                .collect();
            let incidents_of = |told: &[Observation]| {
                let received_at = Instant::from_ms(DAY_MS).expect("an instant");
                let reports: Vec<Received<'_>> =
                    told.iter().map(|observation| Received { observation, received_at }).collect();
                let known = Known { reports: &reports, sources: &sources(), efforts: &[], orders: &Orders::default() };
                partition(known, &model)
            };
            let mut turned: Vec<Observation> = seen.iter().rev().cloned().collect();
            if !turned.is_empty() {
                let middle = turn % turned.len();
                turned.rotate_left(middle);
            }
            let incidents = incidents_of(&seen);
            proptest::prop_assert_eq!(&incidents, &incidents_of(&turned));
            let all: Vec<&Observation> = seen.iter().collect();
            let parts = neighbourhoods(&all, &sources(), &Orders::default(), &[&model]);
            let of = |part: Vec<usize>| incidents_of(&part.into_iter().map(|at| seen[at].clone()).collect::<Vec<_>>());
            let mut apart: Vec<Incident> = parts.into_iter().flat_map(of).collect();
            apart.sort_by_key(|incident| (incident.happened, incident.id));
            proptest::prop_assert_eq!(&incidents, &apart, "neighbourhoods have no say in one another");
            let ids: BTreeSet<_> = seen.iter().map(|o| o.id).collect();
            let members: Vec<_> = incidents.iter().flat_map(|i| i.members.iter().copied()).collect();
            proptest::prop_assert_eq!(members.len(), ids.len(), "every observation in exactly one incident");
            Ok(())
        });
        run.expect("the same in any order");
    }
}
