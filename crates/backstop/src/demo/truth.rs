//! What really happens in Varo in three days: the part of the scenario that no source sees whole.
//!
//! Takes the map and dice; gives true incidents: episodes of fire along the line (clusters, after Neyman and Scott), and
//! a written story that the clauses of the agreement are about. Never knows who is watching.

use super::country::{Country, aldren, berovia, moved, other};
use super::dice::Dice;
use terms::time::MINUTE_MS;
use terms::{Act, Instant, Label, Party, Position, Span};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrueIncident {
    /// A name for this scenario: `truth-017`, or `story-...` for what is written into every scenario.
    pub key: String,
    /// What it was.
    pub act: Act,
    /// From when to when.
    pub span: Span,
    /// Where, to the microdegree.
    pub position: Position,
    /// Who did it; `None` where nobody did (an old shell that went off).
    pub by: Option<Party>,
    /// Rounds, drones, weapons or people.
    pub count: u32,
    /// What was hit or seen.
    pub object: Option<Label>,
    /// How well it carries, in percent of the usual: all sources share it, so they tend to hear and to miss together.
    pub loudness: u32,
}

/// What the mission's people would establish, and when: for the lead of the demo's story, not computed by anyone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suggestion {
    /// Index into the truth.
    pub truth: usize,
    /// When the finding would be signed.
    pub decided_at: Instant,
    /// To whom it would be laid; `None`: undetermined.
    pub attributed: Option<Party>,
}

/// Milliseconds of a count of minutes.
pub(super) fn minutes(count: i64) -> i64 {
    count * MINUTE_MS
}

/// Whether an act of one party is done to the other.
pub(super) fn crosses(act: Act) -> bool {
    let fire = matches!(act, Act::Shelling | Act::DroneStrike | Act::SmallArms | Act::AirStrike | Act::Missile);
    fire || matches!(act, Act::LongRangeDrone | Act::Assault | Act::Incursion)
}

/// The truth, in order of time.
pub(super) fn happen(country: &Country, seed: u64, start: Instant) -> Vec<TrueIncident> {
    let mut dice = Dice::new(seed, "truth");
    let mut truth: Vec<TrueIncident> = STORY.iter().map(|scene| scene.happen(country, start)).collect();
    for hour in 0..72 {
        for _ in 0..dice.events(episodes_percent(hour)) {
            episode(country, &mut dice, start, hour, &mut truth);
        }
    }
    for _ in 0..17 {
        truth.push(convoy(country, &mut dice, start));
    }
    truth.sort_by_key(|t| (t.span.earliest(), t.position, t.act));
    let mut number = 0;
    for incident in truth.iter_mut().filter(|t| t.key.is_empty()) {
        number += 1;
        incident.key = format!("truth-{number:03}");
    }
    truth
}

/// Episodes expected in an hour, in hundredths: heavy fire until the agreement begins at 06:00, a ragged morning, then a
/// truce that is worst at night.
fn episodes_percent(hour: i64) -> i64 {
    let night = !(6..20).contains(&(hour % 24));
    match hour {
        ..6 => 125,
        6..12 => 68,
        12..36 if night => 62,
        12..36 => 44,
        _ if night => 50,
        _ => 30,
    }
}

type Mix = &'static [(Act, i64)];
const WAR: Mix =
    &[(Act::Shelling, 60), (Act::SmallArms, 15), (Act::DroneStrike, 15), (Act::AirStrike, 5), (Act::Explosion, 5)];
const BARRAGE: Mix = &[(Act::Shelling, 60), (Act::SmallArms, 22), (Act::Explosion, 10), (Act::DroneStrike, 8)];
const FIREFIGHT: Mix = &[(Act::SmallArms, 72), (Act::Shelling, 12), (Act::Explosion, 8), (Act::DroneStrike, 8)];
const DRONES: Mix = &[(Act::DroneStrike, 52), (Act::Overflight, 35), (Act::SmallArms, 13)];
const FIELD: Mix = &[(Act::Explosion, 85), (Act::Casualties, 15)];

/// A cluster of one to twelve incidents within a few kilometres and a few hours.
fn episode(country: &Country, dice: &mut Dice, start: Instant, hour: i64, truth: &mut Vec<TrueIncident>) {
    let centre = somewhere(country, dice);
    let mix = if hour < 6 { WAR } else { dice.weighted(&[(BARRAGE, 34), (FIREFIGHT, 33), (DRONES, 23), (FIELD, 10)]) };
    let loud = dice.bell(22);
    let mut at = start.shifted(minutes(hour * 60 + dice.between(0, 59)));
    for _ in 0..=dice.wait(3).min(11) {
        let position = near(country, dice, centre, 1_600);
        let act = dice.weighted(mix);
        let doer = if dice.percent(92) { other(&country.holder(position)) } else { country.holder(position) };
        truth.push(TrueIncident {
            key: String::new(),
            act,
            span: Span::new(at, at.shifted(minutes(length_min(dice, act)))).expect("invariant: lengths are positive"),
            position,
            by: (!mix.eq(FIELD)).then_some(doer),
            count: count(dice, act),
            object: None,
            loudness: u32::try_from((100 + loud + dice.bell(22)).clamp(35, 170)).expect("invariant: clamped"),
        });
        at = at.shifted(minutes(3 + dice.wait(32)));
    }
}

/// Heavy weapons on the move near the line, in the hands of those who hold the ground: most of them before they must be
/// gone, a few after.
fn convoy(country: &Country, dice: &mut Dice, start: Instant) -> TrueIncident {
    let centre = somewhere(country, dice);
    let position = near(country, dice, centre, 2_500);
    let hour = if dice.percent(82) { dice.between(1, 44) } else { dice.between(55, 70) };
    let from = start.shifted(minutes(hour * 60 + dice.between(0, 59)));
    let length_min = 20 + length_min(dice, Act::HeavyWeapon);
    let object = dice.weighted(&[("howitzer", 50), ("rocket-launcher", 20), ("tank", 30)]);
    TrueIncident {
        key: String::new(),
        act: Act::HeavyWeapon,
        span: Span::new(from, from.shifted(minutes(length_min))).expect("invariant: lengths are positive"),
        position,
        by: Some(country.holder(position)),
        count: count(dice, Act::HeavyWeapon),
        object: Label::new(object),
        loudness: 100,
    }
}

/// Where fire never quite stopped, with weights.
const HOT: [(&str, i64); 6] = [("K-3", 5), ("K-4", 4), ("K-5", 4), ("CAM-2", 5), ("K-7", 4), ("K-8", 4)];

/// Two in three episodes are at six stretches of the line; the rest anywhere along it.
fn somewhere(country: &Country, dice: &mut Dice) -> Position {
    let path = country.line_path();
    let on_line = if dice.percent(66) {
        let post = country.named(dice.weighted(&HOT));
        moved(post, dice.bell(3_500), 0)
    } else {
        *dice.pick(path)
    };
    let abreast = path.iter().min_by_key(|p| (p.lon_e6() - on_line.lon_e6()).abs()).copied();
    near(country, dice, abreast.expect("invariant: the line has positions"), 3_500)
}

/// A dry position at about this distance, or `centre` itself where ten throws all fall into water.
pub(super) fn near(country: &Country, dice: &mut Dice, centre: Position, deviation_m: i64) -> Position {
    let throws: Vec<Position> =
        (0..10).map(|_| moved(centre, dice.bell(deviation_m), dice.bell(deviation_m))).collect();
    throws.into_iter().find(|p| country.dry(*p)).unwrap_or(centre)
}

/// How long each kind lasts, in minutes: mean and most. What is not listed is over in two.
const LENGTHS: &[(Act, i64, i64)] =
    &[(Act::Shelling, 11, 55), (Act::SmallArms, 9, 40), (Act::Overflight, 14, 60), (Act::HeavyWeapon, 150, 420)];

/// How many of each kind, beyond the first: mean and most. What is not listed comes alone.
const COUNTS: &[(Act, i64, i64)] = &[
    (Act::Shelling, 9, 70),
    (Act::SmallArms, 24, 150),
    (Act::Casualties, 1, 5),
    (Act::DroneStrike, 1, 3),
    (Act::AirStrike, 1, 3),
    (Act::HeavyWeapon, 2, 8),
];

fn length_min(dice: &mut Dice, act: Act) -> i64 {
    let (_, mean, most) = LENGTHS.iter().find(|(kind, ..)| *kind == act).copied().unwrap_or((act, 1, 2));
    dice.wait(mean).min(most)
}

fn count(dice: &mut Dice, act: Act) -> u32 {
    let listed = COUNTS.iter().find(|(kind, ..)| *kind == act);
    let beyond = listed.map_or(0, |(_, mean, most)| dice.wait(*mean).min(*most));
    u32::try_from(1 + beyond).expect("invariant: small and positive")
}

/// A written event. Places are names on the map with an offset in metres; times are minutes from the start.
struct Scene {
    key: &'static str,
    act: Act,
    at_min: i64,
    length_min: i64,
    place: (&'static str, i64, i64),
    by: Who,
    count: u32,
    object: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Who {
    Aldren,
    Berovia,
    Commission,
}

impl Scene {
    fn happen(&self, country: &Country, start: Instant) -> TrueIncident {
        let (place, east_m, north_m) = self.place;
        let from = start.shifted(minutes(self.at_min));
        TrueIncident {
            key: format!("story-{}", self.key),
            act: self.act,
            span: Span::new(from, from.shifted(minutes(self.length_min))).expect("invariant: lengths are positive"),
            position: moved(country.named(place), east_m, north_m),
            by: Some(match self.by {
                Who::Aldren => aldren(),
                Who::Berovia => berovia(),
                Who::Commission => Party::new("Commission").expect("invariant: a label"),
            }),
            count: self.count,
            object: self.object.map(|word| Label::new(word).expect("invariant: a label")),
            loudness: 170,
        }
    }
}

const fn scene(
    key: &'static str,
    act: Act,
    (hour, minute, length_min): (i64, i64, i64),
    place: (&'static str, i64, i64),
    by: Who,
    count: u32,
    object: Option<&'static str>,
) -> Scene {
    Scene { key, act, at_min: hour * 60 + minute, length_min, place, by, count, object }
}

/// The story that every scenario tells. Hours count from midnight before D-day, local time; the agreement begins at 6.
const STORY: &[Scene] = &[
    scene("last-missile", Act::Missile, (4, 12, 0), ("Ravnosk", 900, -600), Who::Aldren, 2, Some("depot")),
    scene("first-breach", Act::Shelling, (9, 18, 14), ("K-3", 1_800, -4_200), Who::Aldren, 14, None),
    scene("held-at-k2", Act::AccessDenied, (12, 0, 40), ("K-2", 300, 700), Who::Berovia, 1, None),
    scene("night-fire", Act::Shelling, (17, 32, 21), ("K-7", -2_100, 4_800), Who::Berovia, 22, None),
    scene("gun-leaves", Act::HeavyWeapon, (21, 40, 55), ("CAM-1", -300, -900), Who::Berovia, 3, Some("howitzer")),
    scene("refused-at-k4", Act::AccessDenied, (26, 12, 1_020), ("K-4", 200, -400), Who::Berovia, 1, None),
    scene("hidden-fire", Act::Shelling, (29, 41, 26), ("K-4", -2_600, 5_100), Who::Berovia, 31, None),
    scene("reply-in-time", Act::Notice, (31, 5, 0), ("HUB-N", 0, 0), Who::Aldren, 1, None),
    scene(
        "power-station",
        Act::DroneStrike,
        (33, 36, 3),
        ("druvna-plant", 350, -240),
        Who::Aldren,
        2,
        Some("power-station"),
    ),
    scene("power-station-hurt", Act::Casualties, (33, 37, 1), ("druvna-plant", 380, -200), Who::Aldren, 2, None),
    scene("first-meeting", Act::Meeting, (34, 0, 150), ("HUB-N", 200, 100), Who::Commission, 1, None),
    scene("exchange-aldren", Act::Exchange, (38, 5, 70), ("K-6", 400, 1_900), Who::Aldren, 46, None),
    scene("exchange-berovia", Act::Exchange, (38, 20, 70), ("K-6", 420, 1_850), Who::Berovia, 44, None),
    scene("aldren-pulls-back", Act::Withdrawal, (40, 10, 200), ("K-9", 900, 5_200), Who::Aldren, 18, Some("howitzer")),
    scene("reply-late", Act::Notice, (43, 40, 0), ("HUB-S", 0, 0), Who::Berovia, 1, None),
    scene(
        "long-range",
        Act::LongRangeDrone,
        (45, 20, 9),
        ("Tarnel", 2_600, 1_800),
        Who::Berovia,
        7,
        Some("fuel-depot"),
    ),
    scene("shot-down", Act::Interception, (45, 12, 14), ("Tarnel", -3_200, -2_400), Who::Aldren, 5, None),
    scene(
        "berovia-pulls-back",
        Act::Withdrawal,
        (50, 30, 120),
        ("K-8", 600, -4_600),
        Who::Berovia,
        15,
        Some("howitzer"),
    ),
    scene(
        "gun-between-readings",
        Act::HeavyWeapon,
        (52, 4, 35),
        ("CAM-1", 500, -1_300),
        Who::Berovia,
        2,
        Some("howitzer"),
    ),
    scene("turned-back", Act::AccessDenied, (55, 0, 95), ("K-8", -1_500, 3_600), Who::Aldren, 1, None),
    scene("new-mines", Act::Mining, (56, 10, 180), ("K-7", 1_900, 2_200), Who::Aldren, 30, None),
    scene("assault", Act::Assault, (60, 24, 48), ("K-8", 3_100, 3_300), Who::Berovia, 40, None),
    scene("assault-hurt", Act::Casualties, (60, 50, 30), ("K-8", 3_000, 3_500), Who::Berovia, 4, None),
    scene("gun-in-zone", Act::HeavyWeapon, (63, 15, 110), ("K-9", 700, 2_600), Who::Aldren, 4, Some("rocket-launcher")),
    scene("long-range-reply", Act::Notice, (66, 10, 0), ("HUB-S", 0, 0), Who::Berovia, 1, None),
    scene("unknown-hand", Act::Shelling, (64, 50, 6), ("K-5", 1_200, -2_300), Who::Aldren, 8, None),
];

/// Hours after the start at which each would be established, and whether it would be laid to the one who did it.
const DECIDED: &[(&str, i64, bool)] = &[
    ("first-breach", 14, true),
    ("held-at-k2", 16, true),
    ("night-fire", 22, true),
    ("refused-at-k4", 30, true),
    ("power-station", 40, true),
    ("long-range", 50, true),
    ("gun-between-readings", 58, true),
    ("assault", 66, true),
    ("unknown-hand", 69, false),
];

/// What the mission's people would establish of the story.
pub(super) fn suggest(truth: &[TrueIncident], start: Instant) -> Vec<Suggestion> {
    let suggestion = |(key, hour, laid): &(&str, i64, bool)| {
        // A scenario of fewer hours may end before the scene.
        let index = truth.iter().position(|t| t.key.strip_prefix("story-") == Some(key))?;
        Some(Suggestion {
            truth: index,
            decided_at: start.shifted(minutes(hour * 60)),
            attributed: truth[index].by.clone().filter(|_| *laid),
        })
    };
    DECIDED.iter().filter_map(suggestion).collect()
}
