//! What the mission's own eyes, ears and instruments make of the truth, and what they think they perceive besides.
//!
//! Takes looks and the truth; gives observations as honest as their source: a disc or a wedge that holds the place nine times
//! in ten, a count with its bounds, a kind that may be mistaken. Never reports from where nobody looked.

use super::Recorder;
use super::country::{Country, moved, other};
use super::dice::Dice;
use super::look::{Look, Manner};
use super::truth::{TrueIncident, crosses, minutes, near};
use terms::wedge::COMPASS;
use terms::{Act, Count, Grade, Instant, Means, Observation, Outcome, Party, Place, Position, Shape, Span, Wedge};

/// Writes every look, and all that was perceived in it.
pub(super) fn record(country: &Country, seed: u64, looks: Vec<Look>, truth: &[TrueIncident], book: &mut Recorder) {
    let mut dice = Dice::new(seed, "watch");
    for look in looks {
        if look.effort.outcome == Outcome::Looked {
            if look.manner == Manner::Satellite {
                heat(country, &mut dice, &look, truth, book);
            } else {
                perceive(country, &mut dice, &look, truth, book);
                imagine(country, &mut dice, &look, book);
            }
        }
        book.look(look.received_at, look.effort);
    }
}

/// A perception before it is put into words: what reaches the observer.
struct Sense<'a> {
    look: &'a Look,
    act: Act,
    from: Instant,
    until: Instant,
    position: Position,
    by: Option<Party>,
    count: i64,
    object: Option<terms::Label>,
}

fn perceive(country: &Country, dice: &mut Dice, look: &Look, truth: &[TrueIncident], book: &mut Recorder) {
    for (index, incident) in truth.iter().enumerate() {
        let Some(seen) = incident.span.meet(look.effort.span) else { continue };
        let Some((_, skill)) = look.manner.skill().iter().find(|(act, _)| *act == incident.act) else { continue };
        if !look.effort.area.holds(incident.position) || !notices(dice, look, incident, *skill) {
            continue;
        }
        // A refusal is logged when it begins, not when it ends.
        let first_half_hour = seen.earliest().shifted(minutes(30)).min(seen.latest());
        for part in 0..parts(dice, look.manner, incident.act) {
            let shift = if part == 0 { 0 } else { dice.between(0, seen.length_ms()) };
            let sense = Sense {
                look,
                act: incident.act,
                from: seen.earliest().shifted(shift),
                until: if incident.act == Act::AccessDenied { first_half_hour } else { seen.latest() },
                position: incident.position,
                by: incident.by.clone(),
                count: i64::from(incident.count),
                object: incident.object.clone(),
            };
            report(country, dice, &sense, Some(index), book);
        }
    }
}

/// Chance falls with the square of the distance and rises with the loudness that all sources share.
fn notices(dice: &mut Dice, look: &Look, incident: &TrueIncident, skill: i64) -> bool {
    if incident.key.starts_with("story-") {
        return true;
    }
    let distance = look.stand.distance_m(incident.position) as i64;
    let reach = i64::from(look.manner.reach_m());
    let near_percent = 100 - 48 * distance * distance / (reach * reach);
    dice.percent((skill * near_percent / 100 * i64::from(incident.loudness) / 100).clamp(0, 97))
}

/// Reports that one look makes of one happening: an acoustic sensor cuts a salvo into several.
fn parts(dice: &mut Dice, manner: Manner, act: Act) -> i64 {
    match (manner, act) {
        (Manner::Acoustic, Act::Shelling | Act::SmallArms) => 1 + dice.events(170).min(6),
        (Manner::FarEar | Manner::NearEar, Act::Shelling | Act::SmallArms) => 1 + dice.events(60).min(3),
        _ => 1,
    }
}

/// Thunder, blasting, hunters, a lorry: what a watch takes for fire that was none.
fn imagine(country: &Country, dice: &mut Dice, look: &Look, book: &mut Recorder) {
    let (mean_percent, kinds): (i64, &[(Act, i64)]) = match look.manner {
        Manner::FarEar => (45, &[(Act::Explosion, 60), (Act::Shelling, 40)]),
        Manner::NearEar => (26, &[(Act::SmallArms, 75), (Act::Overflight, 25)]),
        Manner::Acoustic => (100, &[(Act::Explosion, 70), (Act::Shelling, 20), (Act::SmallArms, 10)]),
        Manner::Eyes => (9, &[(Act::Overflight, 60), (Act::SmallArms, 40)]),
        Manner::Camera => (40, &[(Act::Explosion, 60), (Act::Overflight, 40)]),
        Manner::Uav => (8, &[(Act::Armour, 100)]),
        Manner::Satellite | Manner::Registry => (0, &[(Act::Explosion, 1)]),
    };
    let hours = (look.effort.span.length_ms() / terms::time::HOUR_MS).max(1);
    for _ in 0..dice.events(mean_percent * hours / 8) {
        let from = look.effort.span.earliest().shifted(dice.between(0, look.effort.span.length_ms()));
        let position = near(country, dice, look.stand, i64::from(look.manner.reach_m()) / 3);
        let count = 1 + dice.wait(2);
        let act = dice.weighted(kinds);
        let sense = Sense { look, act, from, until: from, position, by: None, count, object: None };
        report(country, dice, &sense, None, book);
    }
}

/// Puts a perception into the words of its source.
fn report(country: &Country, dice: &mut Dice, sense: &Sense, truth: Option<usize>, book: &mut Recorder) {
    let look = sense.look;
    let act = mistake(dice, look.manner.means(), sense.act);
    let (shape, wording) = placed(dice, look, sense.position);
    let happened = timed(dice, look.manner, sense);
    let (count, words) = counted(dice, look.manner, act, sense.count);
    let by = attributed(country, dice, look.manner, sense, truth.is_some());
    let town = country.town(sense.position).name.clone();
    let observation = Observation {
        object: sense.object.clone().filter(|_| look.manner.means() != Means::Sound),
        count,
        at: by.as_ref().filter(|_| crosses(act)).map(other),
        by,
        grade: grade(dice, look.manner),
        text: Some(format!("{words}, {wording}")),
        ..Observation::plain(
            look.effort.source.clone(),
            look.manner.means(),
            act,
            happened,
            Place { shape, name: Some(format!("near {town}")) },
        )
    };
    let delay_min = match look.manner {
        Manner::Acoustic => 1,
        Manner::Camera => dice.between(2, 12),
        Manner::Registry => dice.between(5, 40),
        // Notes and footage come home with the patrol or the drone.
        Manner::Uav => 0,
        Manner::Eyes if look.effort.source.as_str().starts_with("patrol") => 0,
        Manner::FarEar | Manner::NearEar | Manner::Eyes | Manner::Satellite => 2 + dice.wait(7).min(45),
    };
    let brought_home = delay_min == 0;
    let received_at =
        if brought_home { look.received_at } else { happened.latest().shifted(minutes(delay_min + look.link_min)) };
    book.tell(received_at, observation, truth);
}

/// How often a means takes a kind for something else, in percent, and for what, with weights.
type Mistake = (Means, Act, i64, &'static [(Act, i64)]);
const MISTAKES: &[Mistake] = &[
    (Means::Sound, Act::Shelling, 24, &[(Act::Explosion, 90), (Act::AirStrike, 10)]),
    (Means::Sound, Act::DroneStrike, 48, &[(Act::Explosion, 80), (Act::Shelling, 20)]),
    (Means::Sound, Act::AirStrike, 40, &[(Act::Explosion, 70), (Act::Shelling, 30)]),
    (Means::Sound, Act::Missile, 40, &[(Act::Explosion, 70), (Act::AirStrike, 30)]),
    (Means::Sound, Act::Explosion, 18, &[(Act::Shelling, 1)]),
    (Means::Sound, Act::Assault, 60, &[(Act::SmallArms, 1)]),
    (Means::Sight, Act::Shelling, 12, &[(Act::Explosion, 1)]),
    (Means::Sight, Act::DroneStrike, 12, &[(Act::Explosion, 1)]),
    (Means::Camera, Act::Shelling, 16, &[(Act::Explosion, 1)]),
    (Means::Camera, Act::DroneStrike, 16, &[(Act::Explosion, 1)]),
    (Means::Uav, Act::Shelling, 16, &[(Act::Explosion, 1)]),
    (Means::Uav, Act::HeavyWeapon, 10, &[(Act::Armour, 1)]),
];

/// The ear takes one bang for another; the eye seldom does.
fn mistake(dice: &mut Dice, means: Means, act: Act) -> Act {
    let listed = MISTAKES.iter().find(|(by, of, ..)| (*by, *of) == (means, act));
    match listed {
        Some((_, _, percent, taken_for)) if dice.percent(*percent) => dice.weighted(taken_for),
        Some(_) | None => act,
    }
}

/// Where the source puts it. Ears give a bearing in sixteenths of the compass and a guess at the range.
fn placed(dice: &mut Dice, look: &Look, position: Position) -> (Shape, String) {
    let disc = |dice: &mut Dice, error_m: i64, radius_m: i64| {
        let centre = moved(position, dice.bell(error_m), dice.bell(error_m));
        Shape::Disc { centre, radius_m: u32::try_from(radius_m).expect("invariant: radii are positive") }
    };
    match look.manner {
        Manner::FarEar | Manner::NearEar => heard(dice, look.stand, position),
        Manner::Acoustic => {
            // The second sensor's maker promises more than it keeps.
            let error_m = if look.effort.source.as_str() == "acoustic-2" { 620 } else { 400 };
            (disc(dice, error_m, 860), "located by sound".to_owned())
        }
        Manner::Eyes => (disc(dice, 300, 650), "seen from the ground".to_owned()),
        Manner::Camera => (disc(dice, 90, 200), "on camera".to_owned()),
        Manner::Uav => (disc(dice, 60, 130), "seen from above".to_owned()),
        Manner::Registry => (disc(dice, 80, 250), "logged by the operations room".to_owned()),
        Manner::Satellite => (disc(dice, 330, 720), "heat from space".to_owned()),
    }
}

/// What an ear makes of it: a sixteenth of the compass, and between which ranges.
fn heard(dice: &mut Dice, stand: Position, position: Position) -> (Shape, String) {
    let (east, north) = stand.offset_m(position);
    let gross = dice.percent(4);
    let turn = libm::atan2(east, north) + dice.bell(if gross { 600 } else { 130 }) as f64 / 1_000.0;
    let sixteenth = (libm::round(turn * 8.0 / core::f64::consts::PI) as i64).rem_euclid(16);
    let true_range_m = libm::hypot(east, north) as i64;
    let guess_m = (true_range_m * (1_000 + dice.bell(if gross { 450 } else { 190 })).max(300) / 1_000).max(600);
    let range_m = (guess_m + 250) / 500 * 500;
    let direction = usize::try_from(sixteenth).expect("invariant: a sixteenth is not negative");
    let words = format!("about {}.{} km {} of the post", range_m / 1_000, range_m % 1_000 / 100, COMPASS[direction]);
    // Half a sixteenth, and what the ear is off; who guesses a range is short of it more often than beyond.
    let ranges_m = [(range_m * 70 / 100 - 200).max(0), range_m * 145 / 100 + 300];
    let ranges_m = ranges_m.map(|range_m| u32::try_from(range_m).expect("invariant: ranges are not negative"));
    let bearing_mdeg = 22_500 * u32::try_from(sixteenth).expect("invariant: a sixteenth is not negative");
    let wedge = Wedge::new(stand, bearing_mdeg, 11_250 + 10_000, ranges_m);
    (Shape::Wedge(wedge.expect("invariant: posts hear no farther than 200 km")), words)
}

/// People note whole minutes, and some clocks are wrong; instruments note seconds.
fn timed(dice: &mut Dice, manner: Manner, sense: &Sense) -> Span {
    let slack_min = match manner {
        Manner::FarEar | Manner::NearEar | Manner::Eyes => 2,
        Manner::Uav => 5,
        Manner::Acoustic | Manner::Camera | Manner::Satellite | Manner::Registry => 0,
    };
    let slip_min = if slack_min > 0 && dice.percent(4) { dice.between(-25, 25) } else { 0 };
    let whole = |instant: Instant| Instant::from_ms(instant.ms().div_euclid(minutes(1)) * minutes(1));
    let from = whole(sense.from.shifted(minutes(slip_min - slack_min))).unwrap_or(sense.from);
    let until = whole(sense.until.shifted(minutes(slip_min + slack_min))).unwrap_or(sense.until);
    Span::new(from, until.max(from)).expect("invariant: in order by the line above")
}

fn counted(dice: &mut Dice, manner: Manner, act: Act, count: i64) -> (Count, String) {
    let thing = words(act);
    let exact = matches!(manner, Manner::Uav | Manner::Camera | Manner::Registry) || count <= 2;
    let number = |value: i64| u32::try_from(value.max(1)).expect("invariant: counts are small and positive");
    if manner == Manner::Registry && matches!(act, Act::Notice | Act::Meeting | Act::AccessDenied) {
        return (Count::exactly(1), thing.to_owned());
    }
    if exact {
        return (Count::exactly(number(count)), format!("{count} x {thing}"));
    }
    if dice.percent(18) {
        return (Count::UNKNOWN, format!("{thing}, not counted"));
    }
    let best = (count * (1_000 + dice.bell(230)) / 1_000).max(1);
    let (least, most) = (number(best * 65 / 100), number(best * 155 / 100 + 1));
    let count = Count::new(Some(least), Some(number(best)), Some(most)).expect("invariant: in order");
    (count, format!("{best} x {thing}"))
}

/// What monitors write for a kind, where it is not the kind's own word.
const WORDS: &[(Act, &str)] = &[
    (Act::Shelling, "outgoing or incoming rounds"),
    (Act::SmallArms, "bursts and shots"),
    (Act::Notice, "written reply received"),
    (Act::Meeting, "Joint Commission met"),
    (Act::Exchange, "prisoners handed over"),
    (Act::Withdrawal, "weapons arrived at storage"),
    (Act::AccessDenied, "monitors refused passage"),
    (Act::HeavyWeapon, "heavy weapons"),
    (Act::Overflight, "drone overhead"),
];

fn words(act: Act) -> &'static str {
    WORDS.iter().find(|(kind, _)| *kind == act).map_or(act.word(), |(_, words)| words)
}

/// Who did it, as the source says: ears cannot tell; eyes now and then think they can, and are sometimes wrong.
fn attributed(country: &Country, dice: &mut Dice, manner: Manner, sense: &Sense, real: bool) -> Option<Party> {
    let percent = match manner {
        Manner::FarEar | Manner::NearEar | Manner::Acoustic => 0,
        Manner::Satellite => 0,
        Manner::Eyes | Manner::Camera => 55,
        Manner::Uav | Manner::Registry => 100,
    };
    if !dice.percent(percent) {
        return None;
    }
    let guess = sense.by.clone().or_else(|| (!real).then(|| country.holder(sense.position)))?;
    let wrong = manner == Manner::Eyes && dice.percent(5);
    Some(if wrong { other(&guess) } else { guess })
}

fn grade(dice: &mut Dice, manner: Manner) -> Grade {
    let text = match manner {
        Manner::FarEar | Manner::NearEar => dice.weighted(&[("B2", 60), ("B3", 40)]),
        Manner::Acoustic => "B3",
        Manner::Eyes => dice.weighted(&[("B2", 80), ("B1", 20)]),
        Manner::Camera | Manner::Uav => "A2",
        Manner::Registry => "A1",
        Manner::Satellite => "C3",
    };
    Grade::parse(text).expect("invariant: a grade")
}

/// How often each kind leaves a fire that is seen at once, in percent.
const BURNS: &[(Act, i64)] = &[
    (Act::Shelling, 70),
    (Act::AirStrike, 85),
    (Act::Missile, 75),
    (Act::LongRangeDrone, 85),
    (Act::DroneStrike, 50),
    (Act::Explosion, 25),
];

/// Heat at a pass: what strikes left burning in the four hours before, works that always burn, and stubble fires.
fn heat(country: &Country, dice: &mut Dice, look: &Look, truth: &[TrueIncident], book: &mut Recorder) {
    let pass = look.effort.span.earliest();
    for (index, incident) in truth.iter().enumerate() {
        let age_min = (pass.ms() - incident.span.earliest().ms()) / minutes(1);
        let burns = BURNS.iter().find(|(act, _)| *act == incident.act).map_or(0, |(_, percent)| *percent);
        let percent = burns * i64::from(incident.loudness) / 100 * (240 - age_min) / 240;
        if (0..240).contains(&age_min) && look.effort.area.holds(incident.position) && dice.percent(percent) {
            pixels(country, dice, look, incident.position, Some(index), book);
        }
    }
    for (town, east_m, north_m) in FLARES {
        let site = moved(country.named(town), *east_m, *north_m);
        if look.effort.area.holds(site) && dice.percent(50) {
            pixels(country, dice, look, site, None, book);
        }
    }
    for _ in 0..dice.events(48) {
        let (low, high) = (look.effort.area.bounds().low, look.effort.area.bounds().high);
        let degrees = |dice: &mut Dice, a: i32, b: i32| i32::try_from(dice.between(i64::from(a), i64::from(b)));
        let fire = degrees(dice, low.lon_e6(), high.lon_e6())
            .ok()
            .zip(degrees(dice, low.lat_e6(), high.lat_e6()).ok())
            .and_then(|(lon_e6, lat_e6)| Position::new(lon_e6, lat_e6))
            .expect("invariant: between two positions");
        if country.dry(fire) {
            pixels(country, dice, look, fire, None, book);
        }
    }
}

/// Works with a fire that never goes out, as metres east and north of a town.
const FLARES: &[(&str, i64, i64)] = &[
    ("Orvask", 4_000, -3_000),
    ("Veyrholt", -5_000, -2_500),
    ("Sorumesk", 3_500, 4_000),
    ("Ubrend", -4_500, 2_000),
    ("Tarnel", -6_000, -1_000),
    ("Skelva", 2_000, -5_000),
    ("Mirast", -3_000, 3_500),
    ("Kessim", 4_200, 3_000),
];

fn pixels(country: &Country, dice: &mut Dice, look: &Look, at: Position, truth: Option<usize>, book: &mut Recorder) {
    for _ in 0..=dice.events(45).min(2) {
        let (shape, wording) = placed(dice, look, at);
        let place = Place { shape, name: Some(format!("near {}", country.town(at).name)) };
        let happened = Span::at(look.effort.span.earliest());
        let source = look.effort.source.clone();
        let observation = Observation {
            grade: grade(dice, Manner::Satellite),
            text: Some(wording),
            ..Observation::plain(source, Means::Satellite, Act::ThermalAnomaly, happened, place)
        };
        book.tell(look.received_at, observation, truth);
    }
}
