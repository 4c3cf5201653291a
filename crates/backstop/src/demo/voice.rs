//! What the press and the Parties say: copied, coarse, sometimes made up.
//!
//! Takes the truth; gives reports that know a town or only a sector, an hour or only a day, and statements in which each
//! Party accuses the other. Who copied whom is not told, as it would not be.

use super::Recorder;
use super::country::{Country, aldren, berovia, moved, other};
use super::dice::Dice;
use super::truth::{TrueIncident, crosses, minutes, near};
use terms::time::HOUR_MS;
use terms::{Act, Count, Grade, Instant, Label, Means, Observation, Party, Place, Position, Shape, SourceId, Span};

/// An outlet: whom it believes, how much it prints, how often it has the kind right, and from whom it copies.
pub(super) struct Outlet {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    side: Option<fn() -> Party>,
    prints_percent: i64,
    right_percent: i64,
    copies: &'static [(&'static str, i64)],
}

pub(super) const OUTLETS: [Outlet; 6] = [
    Outlet {
        id: "line-wire",
        title: "Line Wire, news agency",
        side: None,
        prints_percent: 30,
        right_percent: 70,
        copies: &[],
    },
    Outlet {
        id: "veyrholt-courier",
        title: "Veyrholt Courier",
        side: Some(aldren),
        prints_percent: 23,
        right_percent: 62,
        copies: &[("line-wire", 42), ("radio-orvask", 22)],
    },
    Outlet {
        id: "radio-orvask",
        title: "Radio Orvask",
        side: Some(aldren),
        prints_percent: 18,
        right_percent: 55,
        copies: &[("veyrholt-courier", 35)],
    },
    Outlet {
        id: "sorumesk-today",
        title: "Sorumesk Today",
        side: Some(berovia),
        prints_percent: 22,
        right_percent: 60,
        copies: &[("line-wire", 36), ("ubrend-evening", 26)],
    },
    Outlet {
        id: "ubrend-evening",
        title: "Ubrend Evening",
        side: Some(berovia),
        prints_percent: 16,
        right_percent: 55,
        copies: &[("sorumesk-today", 40)],
    },
    Outlet {
        id: "free-kesh",
        title: "Free Kesh, channel of short messages",
        side: None,
        prints_percent: 28,
        right_percent: 45,
        copies: &[("line-wire", 46), ("veyrholt-courier", 30), ("sorumesk-today", 30)],
    },
];

/// A matter to report on: something that happened, or that is said to have.
#[derive(Clone, Copy)]
struct Matter<'a> {
    act: Act,
    at: Instant,
    position: Position,
    by: Option<&'a Party>,
    count: i64,
    truth: Option<usize>,
}

impl<'a> Matter<'a> {
    fn of(truth: usize, incident: &'a TrueIncident) -> Matter<'a> {
        Matter {
            act: incident.act,
            at: incident.span.earliest(),
            position: incident.position,
            by: incident.by.as_ref(),
            count: i64::from(incident.count),
            truth: Some(truth),
        }
    }
}

/// Writes every report and every statement.
pub(super) fn speak(country: &Country, seed: u64, start: Instant, truth: &[TrueIncident], book: &mut Recorder) {
    let mut desk = Desk { country, start, dice: Dice::new(seed, "press"), reports: Vec::new() };
    desk.news(truth);
    desk.rumours(truth);
    desk.copy();
    for report in desk.reports {
        book.tell(report.received_at, report.observation, report.truth);
    }
    let mut desk = Desk { country, start, dice: Dice::new(seed, "parties"), reports: Vec::new() };
    for party in [aldren(), berovia()] {
        desk.accuse(&party, truth);
        desk.fabricate(&party, truth);
    }
    desk.boast(truth);
    for report in desk.reports {
        book.tell(report.received_at, report.observation, report.truth);
    }
}

struct Report {
    outlet: usize,
    /// The first report of its chain, so that no outlet prints one chain twice.
    chain: usize,
    received_at: Instant,
    observation: Observation,
    truth: Option<usize>,
}

struct Desk<'a> {
    country: &'a Country,
    start: Instant,
    dice: Dice,
    reports: Vec<Report>,
}

impl Desk<'_> {
    /// What each outlet finds out by itself.
    fn news(&mut self, truth: &[TrueIncident]) {
        for (index, incident) in truth.iter().enumerate() {
            let matter = Matter::of(index, incident);
            for (number, outlet) in OUTLETS.iter().enumerate() {
                let home = outlet.side.is_none_or(|side| side() == self.country.holder(incident.position));
                let share = outlet.prints_percent * interest_percent(incident.act) / 100;
                let percent = share * i64::from(incident.loudness) / if home { 85 } else { 190 };
                if self.dice.percent(percent.min(90)) {
                    self.print(number, matter);
                }
            }
        }
    }

    /// Things that did not happen, half of them near something that did.
    fn rumours(&mut self, truth: &[TrueIncident]) {
        for _ in 0..22 {
            let like = self.dice.pick(truth);
            let spread_m = if self.dice.percent(50) { 5_000 } else { 45_000 };
            let matter = Matter {
                act: self.dice.weighted(&[
                    (Act::Shelling, 50),
                    (Act::DroneStrike, 25),
                    (Act::Assault, 10),
                    (Act::Casualties, 15),
                ]),
                at: self.start.shifted(minutes(self.dice.between(0, 72 * 60 - 1))),
                position: near(self.country, &mut self.dice, like.position, spread_m),
                by: like.by.as_ref(),
                count: 1 + self.dice.wait(5),
                truth: None,
            };
            let number = usize::try_from(self.dice.between(0, 5)).expect("invariant: six outlets");
            self.print(number, matter);
        }
    }

    fn print(&mut self, number: usize, matter: Matter) {
        let outlet = &OUTLETS[number];
        let peaceful = cooperative(matter.act);
        let act = if peaceful || self.dice.percent(outlet.right_percent) {
            matter.act
        } else {
            self.dice.weighted(&[(Act::Explosion, 50), (Act::Shelling, 25), (Act::UnspecifiedBreach, 25)])
        };
        let place = self.place(matter.position, 27);
        let believed = outlet.side.filter(|_| self.dice.percent(70)).map(|side| other(&side()));
        let told = matter.by.filter(|_| peaceful || outlet.side.is_none() && self.dice.percent(35)).cloned();
        let by = if peaceful { told } else { believed.or(told) };
        let count = if self.dice.percent(26) { self.said(matter.count, 1_000) } else { Count::UNKNOWN };
        let received_at = matter.at.shifted(minutes(25 + self.dice.wait(150).min(1_200)));
        let happened = self.time(matter.at, received_at, 45);
        let text = format!("{} {}", headline(act), place.name.as_deref().unwrap_or("at an unnamed place"));
        let chain = self.reports.len();
        let source = SourceId::new(outlet.id).expect("invariant: a label");
        let observation = Observation {
            count,
            at: by.as_ref().filter(|_| crosses(act)).map(other),
            by,
            grade: Grade::parse(if outlet.side.is_none() { "C3" } else { "D3" }).expect("invariant: a grade"),
            text: Some(text),
            references: vec![format!("https://{}.invalid/{:05}", outlet.id, 10_000 + chain)],
            ..Observation::plain(source, Means::Press, act, happened, place)
        };
        self.reports.push(Report { outlet: number, chain, received_at, observation, truth: matter.truth });
    }

    /// Copies, and copies of copies, three deep. What is not true travels further.
    fn copy(&mut self) {
        let (mut from, mut until) = (0, self.reports.len());
        for _ in 0..3 {
            for original in from..until {
                for (number, outlet) in OUTLETS.iter().enumerate() {
                    let first = &self.reports[original];
                    let Some((_, percent)) = outlet.copies.iter().find(|(id, _)| *id == OUTLETS[first.outlet].id)
                    else {
                        continue;
                    };
                    let percent = if first.truth.is_none() { percent * 14 / 10 } else { *percent };
                    let printed = self.reports.iter().any(|r| r.chain == first.chain && r.outlet == number);
                    if !printed && self.dice.percent(percent) {
                        self.reprint(original, number);
                    }
                }
            }
            (from, until) = (until, self.reports.len());
        }
    }

    /// The same facts in another paper; one in six loses the count, one in five names where it has them from.
    fn reprint(&mut self, original: usize, number: usize) {
        let first = &self.reports[original];
        let (chain, truth, received_at) = (first.chain, first.truth, first.received_at);
        let mut observation = first.observation.clone();
        let cited = observation.references.clone();
        observation.source = SourceId::new(OUTLETS[number].id).expect("invariant: a label");
        observation.references =
            vec![format!("https://{}.invalid/{:05}", OUTLETS[number].id, 10_000 + self.reports.len())];
        if self.dice.percent(20) {
            observation.references.extend(cited);
        }
        if self.dice.percent(16) {
            observation.count = Count::UNKNOWN;
        }
        let received_at = received_at.shifted(minutes(8 + self.dice.wait(90).min(720)));
        self.reports.push(Report { outlet: number, chain, received_at, observation, truth });
    }

    /// A Party tells what was done to it: larger, worse, and now and then twice.
    fn accuse(&mut self, party: &Party, truth: &[TrueIncident]) {
        for (index, incident) in truth.iter().enumerate() {
            let suffered = *party == self.country.holder(incident.position) && incident.by.as_ref() != Some(party);
            let percent = if suffered { 48 * i64::from(incident.loudness) / 100 } else { 2 };
            let matters = interest_percent(incident.act) >= 20 && !cooperative(incident.act);
            if matters && self.dice.percent(percent.min(92)) {
                self.allege(party, Matter::of(index, incident));
                if self.dice.percent(12) {
                    self.allege(party, Matter::of(index, incident));
                }
            }
        }
    }

    /// What a Party makes up, half of it near something real.
    fn fabricate(&mut self, party: &Party, truth: &[TrueIncident]) {
        for _ in 0..26 {
            let like = self.dice.pick(truth);
            let spread_m = if self.dice.percent(50) { 4_000 } else { 40_000 };
            let position = near(self.country, &mut self.dice, like.position, spread_m);
            let act = self.dice.weighted(&[
                (Act::Shelling, 45),
                (Act::DroneStrike, 30),
                (Act::SmallArms, 15),
                (Act::Assault, 10),
            ]);
            let at = self.start.shifted(minutes(self.dice.between(0, 72 * 60 - 1)));
            let count = 2 + self.dice.wait(8);
            self.allege(party, Matter { act, at, position, by: None, count, truth: None });
        }
    }

    fn allege(&mut self, party: &Party, matter: Matter) {
        let escalated = if matches!(matter.act, Act::SmallArms | Act::Explosion) && self.dice.percent(35) {
            Act::Shelling
        } else if matter.act == Act::DroneStrike && self.dice.percent(12) {
            Act::AirStrike
        } else {
            matter.act
        };
        let place = self.place(matter.position, 16);
        let count = if self.dice.percent(62) { self.said(matter.count, 1_650) } else { Count::UNKNOWN };
        let received_at = matter.at.shifted(minutes(40 + self.dice.wait(260).min(1_400)));
        let happened = self.time(matter.at, received_at, 30);
        let accused = other(party);
        let text = format!(
            "{accused} broke the truce: {} {}",
            headline(escalated),
            place.name.as_deref().unwrap_or("on the line")
        );
        self.state(party, escalated, happened, place, received_at, matter.truth, |o| Observation {
            count,
            by: Some(accused),
            at: Some(party.clone()),
            text: Some(text),
            ..o
        });
    }

    /// Each Party says that its weapons are gone: Aldren when they are, Berovia three hours before.
    fn boast(&mut self, truth: &[TrueIncident]) {
        for (party, scene, early_min) in
            [(aldren(), "story-aldren-pulls-back", -230), (berovia(), "story-berovia-pulls-back", 200)]
        {
            let Some(index) = truth.iter().position(|t| t.key == scene) else { continue };
            let at = truth[index].span.earliest().shifted(minutes(-early_min));
            let place = Place { shape: Shape::Unplaced, name: Some("the Security Zone".to_owned()) };
            let text = format!("{party}: the last heavy weapon has left the Security Zone");
            let told = party.clone();
            self.state(&party, Act::Withdrawal, Span::at(at), place, at.shifted(minutes(25)), Some(index), |o| {
                Observation { by: Some(told), text: Some(text), ..o }
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a statement is said by one, of one thing, once")]
    fn state(
        &mut self,
        party: &Party,
        act: Act,
        happened: Span,
        place: Place,
        received_at: Instant,
        truth: Option<usize>,
        fill: impl FnOnce(Observation) -> Observation,
    ) {
        let source = statements_of(party);
        let grade = Grade::parse("D4").expect("invariant: a grade");
        let number = self.reports.len();
        let references = vec![format!("https://{source}.invalid/{:05}", 10_000 + number)];
        let plain =
            Observation { grade, references, ..Observation::plain(source, Means::Statement, act, happened, place) };
        self.reports.push(Report { outlet: 0, chain: number, received_at, observation: fill(plain), truth });
    }

    /// The nearest town, one in twelve times a wrong one, or only the sector `region_percent` of the time.
    fn place(&mut self, position: Position, region_percent: i64) -> Place {
        let meant = if self.dice.percent(8) {
            moved(position, self.dice.bell(14_000), self.dice.bell(14_000))
        } else {
            position
        };
        let sector = self.country.sector(position).filter(|_| self.dice.percent(region_percent));
        if let Some(sector) = sector {
            let label = Label::new(&sector.id).expect("invariant: sectors have labels");
            return Place { shape: Shape::Region(label), name: Some(format!("in {}", sector.name)) };
        }
        let town = self.country.town(meant);
        // As far as the next town may be: reports name the nearest that has a name.
        let radius_m =
            [9_000, 8_000, 7_000, 6_500][usize::try_from(town.class - 1).expect("invariant: classes 1 to 4")];
        Place { shape: Shape::Disc { centre: town.position, radius_m }, name: Some(format!("near {}", town.name)) }
    }

    /// Nearly half know only the day; of what is printed a day late, some is dated to the day it is printed.
    fn time(&mut self, at: Instant, received_at: Instant, slack_min: i64) -> Span {
        if self.dice.percent(44) {
            let dated = if self.dice.percent(20) { received_at } else { at };
            let day_ms = 24 * HOUR_MS;
            let midnight = self.start.shifted((dated.ms() - self.start.ms()).div_euclid(day_ms) * day_ms);
            return Span::new(midnight, midnight.shifted(day_ms - 1)).expect("invariant: a day has a length");
        }
        let half_hour = minutes(30);
        let told = at.ms() + minutes(self.dice.bell(22));
        let rounded = Instant::from_ms((told + half_hour / 2).div_euclid(half_hour) * half_hour);
        let middle = rounded.expect("invariant: the scenario lies within the limits of an instant").min(received_at);
        Span::new(middle.shifted(minutes(-slack_min)), middle.shifted(minutes(slack_min))).expect("invariant: in order")
    }

    fn said(&mut self, count: i64, exaggeration: i64) -> Count {
        let number = (count * (exaggeration + self.dice.bell(350)).max(200) / 1_000).max(1);
        let number = u32::try_from(number).expect("invariant: small and positive");
        Count::new(None, Some(number), None).expect("invariant: one number is in order")
    }
}

/// The source of a Party's statements.
pub(super) fn statements_of(party: &Party) -> SourceId {
    SourceId::new(&format!("{}-statements", party.as_str().to_lowercase())).expect("invariant: a label")
}

/// Acts that nobody is accused of.
fn cooperative(act: Act) -> bool {
    matches!(act, Act::Withdrawal | Act::Notice | Act::Meeting | Act::Exchange | Act::Interception)
}

/// How much the press cares, in percent of its care for shelling.
fn interest_percent(act: Act) -> i64 {
    match act {
        Act::Shelling => 100,
        Act::AirStrike | Act::Casualties | Act::Assault => 160,
        Act::LongRangeDrone | Act::Missile | Act::Meeting | Act::Exchange => 220,
        Act::DroneStrike | Act::Interception => 115,
        Act::SmallArms => 42,
        Act::Explosion | Act::AccessDenied => 60,
        Act::Withdrawal => 80,
        Act::HeavyWeapon | Act::Armour | Act::Incursion => 30,
        Act::Overflight => 20,
        Act::Mining | Act::Notice | Act::ThermalAnomaly | Act::UnspecifiedBreach => 15,
        // The scenario has none of these.
        Act::Movement
        | Act::Arrival
        | Act::Departure
        | Act::Opening
        | Act::Closing
        | Act::Demining
        | Act::Obstruction
        | Act::Request
        | Act::Consultation
        | Act::Authorisation
        | Act::Verification
        | Act::Milestone
        | Act::Suspension
        | Act::Resumption
        | Act::Termination
        | Act::Extension => 0,
    }
}

fn headline(act: Act) -> &'static str {
    match act {
        Act::Shelling => "shelling",
        Act::AirStrike => "bombs from the air",
        Act::DroneStrike => "a drone struck",
        Act::LongRangeDrone => "long-range drones",
        Act::Missile => "a missile hit",
        Act::SmallArms => "shots exchanged",
        Act::Explosion => "an explosion",
        Act::Assault | Act::Incursion => "an attempt to advance",
        Act::Interception => "drones shot down",
        Act::Overflight => "a drone overhead",
        Act::Armour | Act::HeavyWeapon => "heavy weapons seen",
        Act::Mining => "new mines",
        Act::Casualties => "people hurt",
        Act::ThermalAnomaly => "a fire",
        Act::Withdrawal => "heavy weapons on the move",
        Act::Notice => "a reply was sent",
        Act::Meeting => "the Joint Commission met",
        Act::Exchange => "prisoners came home",
        Act::AccessDenied => "monitors stopped on the road",
        Act::UnspecifiedBreach => "the truce was broken",
        Act::Movement
        | Act::Arrival
        | Act::Departure
        | Act::Opening
        | Act::Closing
        | Act::Demining
        | Act::Obstruction
        | Act::Request
        | Act::Consultation
        | Act::Authorisation
        | Act::Verification
        | Act::Milestone
        | Act::Suspension
        | Act::Resumption
        | Act::Termination
        | Act::Extension => act.word(),
    }
}
