//! Who looked, where and when, and what kept them from it.
//!
//! Takes the map and dice; gives looks: one effort each, with the place from which it was made. Never knows what happened.

use super::country::{Country, moved};
use super::dice::Dice;
use super::truth::{minutes, near};
use terms::{Act, Area, Effort, EffortId, Instant, Means, Outcome, Position, SourceId, Span};

/// A way of looking, with its own reach and its own skill at each kind of act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Manner {
    /// A post's ears for what is loud.
    FarEar,
    /// A post's ears for what is not.
    NearEar,
    /// A post's or a patrol's eyes, by day.
    Eyes,
    Acoustic,
    Camera,
    Uav,
    /// Heat from space.
    Satellite,
    /// The operations room, which logs what the mission itself takes part in.
    Registry,
}

/// One look, and where it was made from.
pub(super) struct Look {
    pub(super) manner: Manner,
    pub(super) stand: Position,
    pub(super) effort: Effort,
    pub(super) received_at: Instant,
    /// Minutes by which a broken link delays every report of this look.
    pub(super) link_min: i64,
}

impl Manner {
    /// The means that the record knows it by.
    pub(super) fn means(self) -> Means {
        match self {
            Manner::FarEar | Manner::NearEar | Manner::Acoustic => Means::Sound,
            Manner::Eyes | Manner::Registry => Means::Sight,
            Manner::Camera => Means::Camera,
            Manner::Uav => Means::Uav,
            Manner::Satellite => Means::Satellite,
        }
    }

    /// How far it reaches, in metres; for areas that are not discs, the scale on which it weakens.
    pub(super) fn reach_m(self) -> u32 {
        match self {
            Manner::FarEar => 20_000,
            Manner::NearEar => 9_000,
            Manner::Eyes => 7_000,
            Manner::Acoustic => 10_000,
            Manner::Camera => 5_000,
            Manner::Uav => 50_000,
            Manner::Satellite | Manner::Registry => 400_000,
        }
    }

    /// What it can perceive, and how often it does at close range and usual loudness, in percent.
    pub(super) fn skill(self) -> &'static [(Act, i64)] {
        match self {
            Manner::FarEar => &[
                (Act::Shelling, 92),
                (Act::AirStrike, 92),
                (Act::DroneStrike, 45),
                (Act::LongRangeDrone, 80),
                (Act::Missile, 92),
                (Act::Explosion, 78),
                (Act::Interception, 70),
            ],
            Manner::NearEar => &[(Act::SmallArms, 84), (Act::Assault, 80), (Act::Overflight, 42)],
            Manner::Eyes => &[
                (Act::Shelling, 45),
                (Act::DroneStrike, 55),
                (Act::SmallArms, 50),
                (Act::Assault, 90),
                (Act::Overflight, 58),
                (Act::Armour, 80),
                (Act::HeavyWeapon, 85),
                (Act::Mining, 60),
                (Act::Casualties, 65),
            ],
            Manner::Acoustic => &[
                (Act::Shelling, 92),
                (Act::AirStrike, 95),
                (Act::DroneStrike, 50),
                (Act::Missile, 90),
                (Act::SmallArms, 40),
                (Act::Explosion, 86),
            ],
            Manner::Camera => &[
                (Act::Shelling, 60),
                (Act::DroneStrike, 65),
                (Act::SmallArms, 45),
                (Act::Explosion, 75),
                (Act::Assault, 90),
                (Act::Overflight, 45),
                (Act::Armour, 85),
                (Act::HeavyWeapon, 88),
            ],
            Manner::Uav => &[
                (Act::Shelling, 60),
                (Act::DroneStrike, 45),
                (Act::SmallArms, 25),
                (Act::Explosion, 40),
                (Act::Assault, 85),
                (Act::Armour, 90),
                (Act::HeavyWeapon, 90),
                (Act::Mining, 55),
                (Act::Casualties, 40),
            ],
            Manner::Satellite => &[(Act::ThermalAnomaly, 100)],
            Manner::Registry => &[
                (Act::Withdrawal, 100),
                (Act::Notice, 100),
                (Act::Meeting, 100),
                (Act::Exchange, 100),
                (Act::AccessDenied, 100),
            ],
        }
    }
}

/// Local hours of the passes of both satellites in turn.
const PASS_HOURS: [i64; 8] = [1, 4, 9, 10, 13, 16, 20, 22];

/// What kept a source from looking: by the beginning of its name and its sector (empty: any), minutes from the start.
struct Hindrance {
    source: &'static str,
    sector: &'static str,
    from_min: i64,
    until_min: i64,
    outcome: Outcome,
    words: &'static str,
}

const fn hindrance(
    (source, sector): (&'static str, &'static str),
    (from_min, until_min): (i64, i64),
    outcome: Outcome,
    words: &'static str,
) -> Hindrance {
    Hindrance { source, sector, from_min, until_min, outcome, words }
}

/// Sector C sees nothing for seventeen hours, and F little for a day.
const HINDRANCES: &[Hindrance] = &[
    hindrance(("post", "C"), (1_572, 2_592), Outcome::Refused, "access refused at K-4, crew turned back"),
    hindrance(("patrol", "C"), (1_572, 2_592), Outcome::Refused, "access refused at the K-4 checkpoint"),
    hindrance(("uav", "C"), (1_572, 2_592), Outcome::Refused, "launch site lies behind the K-4 checkpoint"),
    hindrance(("acoustic", "C"), (1_572, 2_592), Outcome::Failed, "power cut at K-4; no access to restore it"),
    hindrance(("uav", "F"), (1_800, 3_240), Outcome::Jammed, "satellite navigation jammed over sector F"),
    hindrance(("post-K9", "F"), (1_980, 2_340), Outcome::Failed, "radio jammed; watch not recorded"),
    hindrance(("post-K8", "F"), (3_650, 3_960), Outcome::Unsafe, "fire near the post, crew in shelter"),
    hindrance(("patrol", "F"), (3_300, 3_395), Outcome::Refused, "turned back on the road to Alkvar"),
    hindrance(("post-K2", "B"), (720, 760), Outcome::Refused, "held at a checkpoint"),
    hindrance(("camera-2", ""), (2_460, 2_820), Outcome::Failed, "camera offline"),
    hindrance(("camera-1", ""), (240, 430), Outcome::Obscured, "fog"),
    hindrance(("patrol", "E"), (1_870, 2_080), Outcome::Unsafe, "mines on the road"),
    hindrance(("patrol", "A"), (420, 620), Outcome::Obscured, "fog from the sea"),
];

/// Every look of 72 hours, hindered ones included.
pub(super) fn looks(country: &Country, seed: u64, start: Instant) -> Vec<Look> {
    let mut book = Book { start, dice: Dice::new(seed, "looks"), looks: Vec::new() };
    for post in &country.posts {
        match post.kind.as_str() {
            "camera" => book.watch(Manner::Camera, post.position, &source(&post.id), &post.sector, 6),
            "acoustic" => book.watch(Manner::Acoustic, post.position, &source(&post.id), &post.sector, 6),
            _ => {
                for manner in [Manner::FarEar, Manner::NearEar, Manner::Eyes] {
                    book.watch(manner, post.position, &source(&post.id), &post.sector, 8);
                }
            }
        }
    }
    for sector in ["A", "B", "C", "D", "E", "F"] {
        book.patrols(country, sector);
    }
    book.flights(country);
    book.passes(country);
    book.registry(country);
    book.looks
}

/// The source that a post of the map is.
pub(super) fn source(post: &str) -> SourceId {
    let name = match post.split_once('-') {
        Some(("CAM", number)) => format!("camera-{number}"),
        Some(("AC", number)) => format!("acoustic-{number}"),
        Some(("K", number)) => format!("post-K{number}"),
        _ => format!("post-{post}"),
    };
    SourceId::new(&name).expect("invariant: a label")
}

struct Book {
    start: Instant,
    dice: Dice,
    looks: Vec<Look>,
}

/// What one look is made of before hindrances cut it.
struct Plan<'a> {
    manner: Manner,
    stand: Position,
    source: &'a SourceId,
    sector: &'a str,
    from_min: i64,
    until_min: i64,
    area: &'a Area,
    delay_min: i64,
}

impl Book {
    /// Writes a look, cut where a hindrance begins or ends.
    fn look(&mut self, plan: &Plan) {
        let hits = |h: &&Hindrance| {
            plan.source.as_str().starts_with(h.source)
                && (h.sector.is_empty() || h.sector == plan.sector)
                && h.from_min < plan.until_min
                && plan.from_min < h.until_min
        };
        let mut from_min = plan.from_min;
        for hindrance in HINDRANCES.iter().filter(hits) {
            if from_min < hindrance.from_min {
                self.piece(plan, from_min, hindrance.from_min, Outcome::Looked, None);
            }
            let until_min = hindrance.until_min.min(plan.until_min);
            from_min = from_min.max(hindrance.from_min);
            self.piece(plan, from_min, until_min, hindrance.outcome, Some(hindrance.words));
            from_min = until_min;
        }
        if from_min < plan.until_min {
            self.piece(plan, from_min, plan.until_min, Outcome::Looked, None);
        }
    }

    fn piece(&mut self, plan: &Plan, from_min: i64, until_min: i64, outcome: Outcome, limits: Option<&str>) {
        let last = self.start.shifted(minutes(until_min) - 1);
        let span = Span::new(self.start.shifted(minutes(from_min)), last).expect("invariant: pieces have a length");
        let effort = Effort {
            id: EffortId::of(b""),
            source: plan.source.clone(),
            means: plan.manner.means(),
            span,
            area: plan.area.clone(),
            outcome,
            able: plan.manner.skill().iter().map(|(act, _)| *act).collect(),
            limits: limits.map(str::to_owned),
        };
        let received_at = last.shifted(minutes(plan.delay_min) + 1);
        let jammed = ["post-K8", "post-K9"].contains(&plan.source.as_str()) && (1_800..3_240).contains(&from_min);
        let link_min = if jammed { self.dice.between(150, 420) } else { 0 };
        let received_at = received_at.shifted(minutes(link_min));
        self.looks.push(Look { manner: plan.manner, stand: plan.stand, effort, received_at, link_min });
    }

    /// A fixed watch: round the clock in turns of some hours; eyes from six to eighteen only.
    fn watch(&mut self, manner: Manner, stand: Position, source: &SourceId, sector: &str, turn_hours: i64) {
        let area = disc(stand, manner.reach_m());
        let turns: Vec<(i64, i64)> = if manner == Manner::Eyes {
            (0..3).flat_map(|day| [(day * 24 + 6, day * 24 + 12), (day * 24 + 12, day * 24 + 18)]).collect()
        } else {
            (0..72 / turn_hours).map(|turn| (turn * turn_hours, (turn + 1) * turn_hours)).collect()
        };
        for (from_hour, until_hour) in turns {
            let delay_min = self.dice.between(2, 25);
            let (from_min, until_min) = (from_hour * 60, until_hour * 60);
            self.look(&Plan { manner, stand, source, sector, from_min, until_min, area: &area, delay_min });
        }
    }

    /// Three legs a day, each round one point near the line. On the second morning the patrol of B visits a power station.
    fn patrols(&mut self, country: &Country, sector: &str) {
        let source = SourceId::new(&format!("patrol-{sector}")).expect("invariant: a label");
        let path = sector_path(country, sector);
        for leg in 0..9 {
            let (day, turn) = (leg / 3, leg % 3);
            let point = *self.dice.pick(&path);
            let stand = match (sector, day, turn) {
                ("B", 1, 0) => country.named("druvna-plant"),
                _ => near(country, &mut self.dice, point, 3_500),
            };
            let from_min = day * 1_440 + 420 + turn * 200;
            // A patrol without a link brings its notes home.
            let delay_min = if self.dice.percent(25) { self.dice.between(240, 560) } else { self.dice.between(10, 90) };
            let area = disc(stand, Manner::Eyes.reach_m());
            let until_min = from_min + 200;
            self.look(&Plan {
                manner: Manner::Eyes,
                stand,
                source: &source,
                sector,
                from_min,
                until_min,
                area: &area,
                delay_min,
            });
        }
    }

    /// Two teams, eight flights a day each, along the line in one sector after another.
    fn flights(&mut self, country: &Country) {
        for (team, sectors) in [("uav-west", ["A", "B", "C"]), ("uav-east", ["D", "E", "F"])] {
            let source = SourceId::new(team).expect("invariant: a label");
            for flight in 0..24_usize {
                let sector = sectors[flight % 3];
                let path = sector_path(country, sector);
                let hour = i64::try_from(flight).expect("invariant: small") * 3;
                let from_min = hour * 60 + self.dice.between(0, 70);
                let (stand, area) = corridor(&path, 7_000);
                let delay_min = self.dice.between(40, 130);
                let until_min = from_min + 100;
                let manner = Manner::Uav;
                self.look(&Plan {
                    manner,
                    stand,
                    source: &source,
                    sector,
                    from_min,
                    until_min,
                    area: &area,
                    delay_min,
                });
            }
        }
    }

    /// Two satellites, four passes a day each, in eight strips from west to east; a strip under cloud is obscured.
    fn passes(&mut self, country: &Country) {
        for (pass, hour) in (0..3).flat_map(|day| PASS_HOURS.map(|hour| day * 24 + hour)).enumerate() {
            let source = SourceId::new(["ember-1", "ember-2"][pass % 2]).expect("invariant: a label");
            let from_min = hour * 60 + self.dice.between(5, 50);
            let overcast = self.dice.between(10, 60);
            let delay_min = self.dice.between(100, 230);
            for strip in 0..8 {
                let area = strip_area(country, strip);
                // The lake breeds cloud: sector C is under it on the second day and night.
                let cloudy = self.dice.percent(overcast) || (8..16).contains(&pass) && (2..4).contains(&strip);
                let (manner, stand) = (Manner::Satellite, area.bounds().low);
                let (source, sector, until_min) = (&source, "", from_min + 4);
                let plan = Plan { manner, stand, source, sector, from_min, until_min, area: &area, delay_min };
                if cloudy {
                    self.piece(&plan, from_min, until_min, Outcome::Obscured, Some("cloud"));
                } else {
                    self.look(&plan);
                }
            }
        }
    }

    /// The operations room, a day at a time, for all of Varo.
    fn registry(&mut self, country: &Country) {
        let source = SourceId::new("mission-registry").expect("invariant: a label");
        let bounds = country.land.bounds();
        let area = rectangle(bounds.low, bounds.high);
        for day in 0..3 {
            let (manner, stand, sector) = (Manner::Registry, country.named("HUB-N"), "");
            let (from_min, until_min) = (day * 1_440, (day + 1) * 1_440);
            let source = &source;
            self.look(&Plan { manner, stand, source, sector, from_min, until_min, area: &area, delay_min: 30 });
        }
    }
}

fn disc(centre: Position, radius_m: u32) -> Area {
    Area::disc(centre, radius_m).expect("invariant: a disc in Varo is an area")
}

fn rectangle(low: Position, high: Position) -> Area {
    let corner = |a: Position, b: Position| {
        Position::new(a.lon_e6(), b.lat_e6()).expect("invariant: a corner of positions is one")
    };
    Area::new(vec![vec![vec![low, corner(high, low), high, corner(low, high)]]]).expect("invariant: four corners")
}

/// One of eight strips of the country from west to east.
fn strip_area(country: &Country, strip: i32) -> Area {
    let bounds = country.land.bounds();
    let width_e6 = (bounds.high.lon_e6() - bounds.low.lon_e6()) / 8 + 1;
    let edge = |step: i32, lat_e6: i32| {
        Position::new(bounds.low.lon_e6() + width_e6 * step, lat_e6).expect("invariant: Varo is on the globe")
    };
    rectangle(edge(strip, bounds.low.lat_e6()), edge(strip + 1, bounds.high.lat_e6()))
}

/// The vertices of the line in a sector.
fn sector_path(country: &Country, sector: &str) -> Vec<Position> {
    let within = |p: &&Position| country.sector(**p).is_some_and(|s| s.id == sector);
    country.line_path().iter().filter(within).copied().collect()
}

/// A band either side of a path, and its middle.
fn corridor(path: &[Position], half_width_m: i64) -> (Position, Area) {
    let part: Vec<Position> = path.iter().step_by(4).copied().collect();
    let north = part.iter().map(|p| moved(*p, 0, half_width_m));
    let south = part.iter().rev().map(|p| moved(*p, 0, -half_width_m));
    let area = Area::new(vec![vec![north.chain(south).collect()]]).expect("invariant: a band has corners");
    (part[part.len() / 2], area)
}
