//! What the monitor costs by event, in order and late: the four clauses that other monitors were measured with, all at
//! once, with a certificate for every breach.
//!
//! Prints events per second and the most facts held; what one late event costs beside ever more that are held; and, where
//! `BACKSTOP_RTLOLA` names its program, RTLola on the same trace. `cargo bench -p clause --bench monitor -- 1000000` for one
//! size.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark measures time and prints"
)]

mod rtlola;

use clause::{Agreement, AgreementFiles, Fact, Footing, InstanceValue, Monitor, Tells, Watch};
use std::collections::BTreeMap;
use std::time::Instant as Clock;
use terms::{
    Act, Area, Chance, Count, Effort, EffortId, Instant, Means, Outcome, Party, Place, Position, Shape, SourceId, Span,
};

const DAY: i64 = 86_400_000;
/// Denser than any mission: 1,900 events a day.
const MEAN_STEP: i64 = DAY / 1_900;
const SECTORS: u64 = 50;
const LATE_MOST: i64 = 10 * DAY;
/// Events between two looks at the clock.
const BATCH: usize = 500;
/// RTLola asks every running clock at every event, so its share of the trace is short.
const FOR_RTLOLA: usize = 10_000;
/// So many of a week's events are shellings by one party in the sector where most happens, or a few less: the ceiling.
const CEILING_SHARE: f64 = 0.106;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10_000, 100_000, 1_000_000] } else { asked };
    let agreement = agreement(1_410);
    for rule in &agreement.rules {
        println!("{} keeps {}", rule.id, clause::bound(&agreement, rule));
    }
    println!(
        "{:>10} {:>6} {:<9} {:>11} {:>9} {:>9}  breaches by rule",
        "events", "days", "order", "events/s", "held", "MB"
    );
    for size in sizes {
        for late in [false, true] {
            run(&agreement, size, late);
        }
    }
    for held in [10_000, 100_000, 1_000_000] {
        late_beside(held);
    }
    for size in [1_000, 10_000] {
        leaning(size);
    }
    match std::env::var_os("BACKSTOP_RTLOLA") {
        Some(program) => beside_rtlola(&agreement, program.as_ref()),
        None => println!("RTLola: skipped, `BACKSTOP_RTLOLA` names no program"),
    }
}

/// Deadlines, rounds and duties that verdicts start, which no lane holds: asked after every ten events.
fn leaning(size: usize) {
    let rules = "rule R1 of each party: by 2026-03-01 00:00 exchange by party\n\
        rule R2 of Mission: at least once every 1 day meeting\n\
        rule R3 of each party: never access-denied by party in Security\n\
        rule R4 of Mission: after R3 violated must notice within 24 hours\n";
    let agreement = agreement_of(rules, 4);
    let efforts = efforts(size);
    let (mut trace, mut monitor) = (Trace::new(false), Monitor::new(&agreement, Tells::Breaches));
    let (mut told, mut done) = (0, 0);
    let mut spent = std::time::Duration::ZERO;
    while done < size {
        let batch: Vec<Fact> = (0..10).map(|_| trace.next_arrival()).collect();
        done += batch.len();
        let watch = Watch { efforts: &efforts, detection: None, known_until: trace.at, sources: &[], heard: &[] };
        let clock = Clock::now();
        batch.into_iter().for_each(|fact| monitor.take(fact));
        told += monitor.advance(&watch, trace.at).len();
        spent += clock.elapsed();
    }
    let rate = done as f64 / spent.as_secs_f64();
    println!("leaning: {done:>8} events, {rate:.0} events/s; {told} changes told, {} facts held", monitor.held());
}

/// What one late event costs where a week's events are held, so many of them.
fn late_beside(held: usize) {
    const LATE: usize = 4_000;
    let agreement = agreement((held as f64 * CEILING_SHARE) as u32);
    let efforts = efforts(1);
    let mut monitor = Monitor::new(&agreement, Tells::Breaches);
    let mut trace = Trace::new(false);
    trace.mean_step = 7 * DAY / held as i64;
    for _ in 0..held / BATCH {
        (0..BATCH).for_each(|_| monitor.take(trace.next_arrival()));
        let watch = Watch { efforts: &efforts, detection: None, known_until: trace.at, sources: &[], heard: &[] };
        monitor.advance(&watch, trace.at);
    }
    let watch = Watch { efforts: &efforts, detection: None, known_until: trace.at, sources: &[], heard: &[] };
    // Some of each kind, from all of the week, in no order.
    let mut late = Trace::new(false);
    (late.mean_step, late.state) = (7 * DAY / LATE as i64, 11);
    let mut facts: Vec<Fact> = (0..LATE).map(|_| late.next_arrival()).collect();
    facts.retain(|fact| fact.happened.latest() <= trace.at);
    for (nth, fact) in facts.iter_mut().enumerate() {
        fact.id = format!("L{nth}");
        fact.about = fact.about.take().map(|_| format!("L{}", nth / 2));
    }
    facts.sort_by_key(|fact| fact.id.bytes().rev().collect::<Vec<_>>());
    let (count, mut told) = (facts.len(), 0);
    let clock = Clock::now();
    for (nth, fact) in facts.into_iter().enumerate() {
        monitor.take(fact);
        if nth % 10 == 9 {
            told += monitor.advance(&watch, trace.at).len();
        }
    }
    let each = clock.elapsed().as_secs_f64() * 1e6 / count as f64;
    println!("late beside {:>8} held: {each:.2} microseconds each; {told} changes told", monitor.held());
    assert_eq!(monitor.errata(), Vec::new());
}

/// RTLola and ours on the same trace, in order: ours with all four clauses and every certificate.
fn beside_rtlola(agreement: &Agreement, program: &std::path::Path) {
    let mut trace = Trace::new(false);
    let facts: Vec<(Fact, u64)> = (0..FOR_RTLOLA)
        .map(|_| {
            let fact = trace.next_arrival();
            let (centre, _) = fact.place.disc().expect("invariant: all are placed");
            let sector = (i64::from(centre.lon_e6()) - 30_000_000) / 200_000;
            (fact, sector.unsigned_abs())
        })
        .collect();
    let end = trace.at.shifted(20 * DAY);
    let efforts = efforts(FOR_RTLOLA);
    let mut monitor = Monitor::new(agreement, Tells::Breaches);
    let ours: Vec<Fact> = facts.iter().map(|(fact, _)| fact.clone()).collect();
    let clock = Clock::now();
    ours.into_iter().for_each(|fact| monitor.take(fact));
    let told =
        monitor.advance(&Watch { efforts: &efforts, detection: None, known_until: end, sources: &[], heard: &[] }, end);
    let rate = FOR_RTLOLA as f64 / clock.elapsed().as_secs_f64();
    println!("ours, C1 to C4, {FOR_RTLOLA} events in order: {rate:.0} events/s");
    for (name, outputs) in rtlola::ASKED {
        let heard = rtlola::hear(program, outputs, &facts, end);
        let peer = FOR_RTLOLA as f64 / heard.seconds;
        // A presence is told for its party and for whoever it was; theirs knows no such difference.
        let wanted = told.iter().filter(|told| {
            let (key, value) = (&told.instance.key, told.instance.value);
            name.contains(key.rule.as_str()) && key.bearer.is_some() && value == InstanceValue::Violated
        });
        let (wanted, found) = (wanted.count(), heard.breaches);
        println!(
            "RTLola, {name}: {peer:.0} events/s, ours {:.1} times that; {found} breaches, ours {wanted}",
            rate / peer
        );
    }
}

/// One pass; only the monitor is timed.
fn run(agreement: &Agreement, size: usize, late: bool) {
    let efforts = efforts(size);
    let mut trace = Trace::new(late);
    let mut monitor = Monitor::new(agreement, Tells::Breaches);
    let (mut spent, mut held, mut done) = (std::time::Duration::ZERO, 0, 0);
    let mut breaches: BTreeMap<String, u64> = BTreeMap::new();
    let mut witnesses = 0;
    while done < size {
        let batch: Vec<Fact> = (0..BATCH.min(size - done)).map(|_| trace.next_arrival()).collect();
        done += batch.len();
        let last = done == size;
        let at = if last { trace.at.shifted(20 * DAY) } else { trace.at };
        let known_until = if last { at } else { trace.known_until() };
        let watch = Watch { efforts: &efforts, detection: None, known_until, sources: &[], heard: &[] };
        let clock = Clock::now();
        batch.into_iter().for_each(|fact| monitor.take(fact));
        let told = monitor.advance(&watch, at);
        spent += clock.elapsed();
        for told in told {
            if told.instance.value == InstanceValue::Violated && told.was.is_none() {
                *breaches.entry(told.instance.key.rule.to_string()).or_default() += 1;
                witnesses += told.instance.certificate.witnesses.len();
            }
        }
        held = held.max(monitor.held());
    }
    let rate = done as f64 / spent.as_secs_f64();
    let breaches: Vec<String> = breaches.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    let order = if late { "30 % late" } else { "in order" };
    let said = breaches.join(", ");
    let days = (trace.at.ms() - start().ms()) / DAY;
    println!("{done:>10} {days:>6} {order:<9} {rate:>11.0} {held:>9} {:>9}  {said}; {witnesses} witnesses", resident());
    assert_eq!(monitor.errata(), Vec::new());
}

/// Megabytes in memory, where the system says so.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// The four clauses, over a strip of fifty sectors.
fn agreement(ceiling: u32) -> Agreement {
    let rules = "rule C1 of each party: never present heavy-weapon in Security\n\
        rule C2 of Mission: after shelling must notice about it within 24 hours\n\
        rule C3 of each party: at most CEILING shelling in each strip per 168 hours\n\
        rule C4 of each party: after access-denied in each strip by party must withdrawal by party there within 48 hours\n";
    agreement_of(&rules.replace("CEILING", &ceiling.to_string()), 4)
}

/// So many rules.
fn agreement_of(rules: &str, count: usize) -> Agreement {
    let square = |n: u64| {
        let (west, east) = (30.0 + n as f64 * 0.2, 30.2 + n as f64 * 0.2);
        format!(
            r#"{{ "type": "Feature", "version": "1", "source": "drawn for this benchmark", "as_of": "2026-04-01",
            "properties": {{ "name": "s{n:02}" }}, "geometry": {{ "type": "Polygon",
            "coordinates": [[[{west}, 48], [{east}, 48], [{east}, 49], [{west}, 49], [{west}, 48]]] }} }}"#
        )
    };
    let sectors: Vec<String> = (0..SECTORS).map(square).collect();
    let sectors = format!(
        r#"{{ "type": "FeatureCollection", "version": "1", "source": "drawn for this benchmark", "as_of": "2026-04-01",
        "features": [{}] }}"#,
        sectors.join(",")
    );
    let text = "---\nagreement: bench\ntitle: Four clauses\nversion: 1\nin-force: 2026-01-01 00:00 UTC\n\
        ends: 2099-01-01 00:00 UTC\ntime-zone: UTC\nstandard: 0.80\nkeep-threshold: 0.60\nfinal-after: 1 hours\n---\n\n\
        ## Article 1. The rules\n\nEach Party shall do as follows.\n\n```backstop\nparties North, South\nactors Mission\n\
        zone Security = map \"security.geojson\" as of 2026-04-01\nsectors strip = map \"strip.geojson\" as of 2026-04-01\n\
        RULES```\n";
    let files = AgreementFiles {
        text: text.replace("RULES", rules),
        files: [
            ("security.geojson".to_owned(), square(0).into_bytes()),
            ("strip.geojson".to_owned(), sectors.into_bytes()),
        ]
        .into(),
    };
    let (agreement, remarks) = clause::read(&files);
    assert_eq!(agreement.rules.len(), count, "{}", clause::render(&remarks, &files, clause::Language::English, false));
    agreement
}

/// One look at everything, all the time: so that a withdrawal could not have gone unseen.
fn efforts(size: usize) -> Vec<Effort> {
    let start = start();
    vec![Effort {
        id: EffortId::of(b"1"),
        source: SourceId::new("post").expect("invariant: a name"),
        means: Means::Camera,
        span: Span::new(start, start.shifted(size as i64 * MEAN_STEP * 2 + 60 * DAY)).expect("invariant: forwards"),
        area: Area::disc(Position::from_degrees(35.0, 48.5).expect("in range"), 600_000).expect("invariant: a disc"),
        outcome: Outcome::Looked,
        able: vec![Act::Withdrawal],
        limits: None,
    }]
}

fn start() -> Instant {
    Instant::parse("2026-01-01T00:00:00Z").expect("invariant: a time")
}

/// Events in order of when they happened, some of them kept back and given up to ten days late.
struct Trace {
    state: u64,
    parties: [Party; 3],
    /// The mean time between events that are no answers, in milliseconds; there is nearly one answer to each.
    mean_step: i64,
    made: u64,
    late: bool,
    /// When the last event happened.
    at: Instant,
    /// By when each arrives.
    back: BTreeMap<(Instant, u64), Fact>,
    /// When the next thing happens that is no answer.
    next: Option<Instant>,
    /// What still has to happen: answers.
    ahead: BTreeMap<(Instant, u64), Fact>,
}

impl Trace {
    fn new(late: bool) -> Trace {
        let parties = ["North", "South", "Mission"].map(|name| Party::new(name).expect("invariant: a name"));
        Trace {
            state: 7,
            parties,
            mean_step: MEAN_STEP,
            made: 0,
            late,
            at: start(),
            next: None,
            back: BTreeMap::new(),
            ahead: BTreeMap::new(),
        }
    }

    /// The promise of the sources: nothing new from before this.
    fn known_until(&self) -> Instant {
        if self.late { self.at.shifted(-LATE_MOST) } else { self.at }
    }

    fn draw(&mut self, below: u64) -> u64 {
        // The generator of Steele, Lea and Flood (splitmix).
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    fn next_arrival(&mut self) -> Fact {
        loop {
            if let Some(first) = self.back.first_entry().filter(|first| first.key().0 <= self.at) {
                return first.remove();
            }
            let fact = self.next_event();
            if self.late && self.draw(10) < 3 {
                let delay = self.draw(LATE_MOST as u64 - 1) as i64;
                self.back.insert((fact.happened.latest().shifted(delay), self.made), fact);
            } else {
                return fact;
            }
        }
    }

    fn next_event(&mut self) -> Fact {
        let due = self.next.get_or_insert(self.at);
        if let Some(answer) = self.ahead.first_entry().filter(|answer| answer.key().0 <= *due) {
            let fact = answer.remove();
            self.at = fact.happened.latest();
            return fact;
        }
        self.at = *due;
        // In whole seconds, but where several happen in each.
        let unit = if self.mean_step < 10_000 { 1 } else { 1_000 };
        let step = unit + self.draw((4 * self.mean_step / unit) as u64) as i64 * unit;
        self.next = Some(self.at.shifted(step));
        // A heavy tail: a third of everything happens in one sector.
        let sector = if self.draw(1_000) < 313 { 0 } else { self.draw(SECTORS).min(self.draw(SECTORS)) };
        let party = (self.draw(3) / 2) as usize;
        let act = match self.draw(100) {
            0..90 => Act::Shelling,
            90..95 => Act::HeavyWeapon,
            _ => Act::AccessDenied,
        };
        let fact = self.fact(self.at, act, sector, party, None);
        // Nearly all is reported in time, and nearly all that was warned of withdraws.
        if act == Act::Shelling && self.draw(1_000) < 973 {
            let at = self.at.shifted(self.draw(DAY as u64 - 1) as i64);
            let report = self.fact(at, Act::Notice, sector, 2, Some(fact.id.clone()));
            self.ahead.insert((at, self.made), report);
        } else if act == Act::AccessDenied && self.draw(1_000) < 960 {
            let at = self.at.shifted(self.draw(2 * DAY as u64 - 1) as i64);
            let answer = self.fact(at, Act::Withdrawal, sector, party, None);
            self.ahead.insert((at, self.made), answer);
        }
        fact
    }

    fn fact(&mut self, at: Instant, act: Act, sector: u64, party: usize, about: Option<String>) -> Fact {
        self.made += 1;
        let centre = Position::from_degrees(30.1 + sector as f64 * 0.2, 48.5).expect("invariant: in range");
        Fact {
            happened: Span::at(at),
            id: format!("E{}", self.made),
            revision: 1,
            act,
            object: None,
            place: Place { shape: Shape::Disc { centre, radius_m: 500 }, name: None },
            by: Some(self.parties[party].clone()),
            at: None,
            count: Count::UNKNOWN,
            about,
            chance: Chance::from_ppm(950_000).expect("invariant: a chance"),
            footing: Footing::Proposed,
        }
    }
}
