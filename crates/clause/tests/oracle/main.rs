//! The engine says what a naive evaluator says, on thousands of small random logs of every kind of rule; and what may not
//! show (order, pieces, what was taken back, which week it is) does not. `PROPTEST_RNG_SEED=N` tries other logs.

mod lengths;
mod logs;
mod matching;
mod naive;
mod powers;
mod starts;
mod texts;

use clause::{
    Agreement, Checker, Fact, Footing, Instance, InstanceKey, InstanceValue, Monitor, Occasion, Standing, Tells, Watch,
};
use logs::{HOUR, Log, hour, log};
use matching::Stretch;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use std::collections::BTreeMap;
use terms::{Act, Chance, Count, Label, Party, Place, Position, Shape, Span};

/// How many logs of each kind are tried, shared out among its texts.
const LOGS: u32 = 3_000;

/// Tries logs of each text of a kind; a failure is shown with its seed and the smallest log that was found.
fn try_kind(kind: &str, logs: u32, check: impl Fn(&Agreement, &Log) -> Result<(), String>) {
    let (_, texts) = texts::KINDS.iter().find(|(name, _)| *name == kind).expect("a kind of the texts");
    let shared = logs / u32::try_from(texts.len()).expect("few");
    for rules in *texts {
        try_text(rules, shared, &check);
    }
}

fn try_text(rules: &str, logs: u32, check: impl Fn(&Agreement, &Log) -> Result<(), String>) {
    let agreement = texts::agreement(rules);
    let asked = Config::default();
    let seed = if let RngSeed::Fixed(seed) = asked.rng_seed { seed } else { 1 };
    let config = Config { cases: logs, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..asked };
    let tried =
        TestRunner::new(config).run(&log(&agreement), |log| check(&agreement, &log).map_err(TestCaseError::fail));
    if let Err(failure) = tried {
        panic!("PROPTEST_RNG_SEED={seed}\n{rules}\n{failure}");
    }
}

/// What an instance comes to, for comparing.
type Line = (InstanceKey, InstanceValue, Standing, Stretch);

fn line(instance: &Instance) -> Line {
    let decided = (instance.decided.earliest().ms(), instance.decided.latest().ms());
    (instance.key.clone(), instance.value, instance.standing, decided)
}

fn engine(agreement: &Agreement, log: &Log) -> Vec<Line> {
    let all = clause::instances(agreement, &log.facts, &log.watch(), log.at);
    let mut lines: Vec<Line> = all.iter().map(line).collect();
    lines.sort();
    lines
}

fn oracle(agreement: &Agreement, log: &Log) -> Vec<Line> {
    let all = naive::instances(agreement, &log.facts, &log.watch(), log.at);
    let mut lines: Vec<Line> =
        all.into_iter().map(|found| (found.key, found.value, found.standing, found.decided)).collect();
    lines.sort();
    lines
}

/// What one has and the other has not.
fn apart(one: &[Line], other: &[Line], names: [&str; 2]) -> Result<(), String> {
    let show =
        |(key, value, standing, decided): &Line| format!("{key}: {} ({}) {decided:?}", value.word(), standing.word());
    let more = |one: &[Line], other: &[Line]| {
        let lines: Vec<String> = one.iter().filter(|line| !other.contains(line)).map(show).collect();
        lines.join("\n    ")
    };
    if one == other {
        return Ok(());
    }
    Err(format!("\n  {}:\n    {}\n  {}:\n    {}", names[0], more(one, other), names[1], more(other, one)))
}

fn equals_the_oracle(agreement: &Agreement, log: &Log) -> Result<(), String> {
    apart(&engine(agreement, log), &oracle(agreement, log), ["the engine", "the oracle"])
}

#[test]
fn never() {
    try_kind("never", LOGS, equals_the_oracle);
}

#[test]
fn by_and_between() {
    try_kind("by and between", LOGS, equals_the_oracle);
}

#[test]
fn response() {
    try_kind("response", LOGS, equals_the_oracle);
}

#[test]
fn at_most_per() {
    try_kind("at most per", LOGS, equals_the_oracle);
}

#[test]
fn at_most_present() {
    try_kind("at most present", LOGS, equals_the_oracle);
}

#[test]
fn only_after() {
    try_kind("only after", LOGS, equals_the_oracle);
}

#[test]
fn at_least_once() {
    try_kind("at least once", LOGS, equals_the_oracle);
}

#[test]
fn always() {
    try_kind("always", LOGS, equals_the_oracle);
}

#[test]
fn on_verdicts() {
    try_kind("on verdicts", LOGS, equals_the_oracle);
}

#[test]
fn quiet() {
    try_kind("quiet", LOGS, equals_the_oracle);
}

#[test]
fn powers_to_suspend() {
    try_kind("powers to suspend", LOGS, equals_the_oracle);
}

#[test]
fn powers_to_end() {
    try_kind("powers to end", LOGS, equals_the_oracle);
}

#[test]
fn silent_sources() {
    try_kind("silent sources", LOGS, equals_the_oracle);
}

/// Terms in months, over the ends of January and February: the same logs, an hour drawn out to fifty.
#[test]
fn months_and_years() {
    for rules in texts::MONTHS {
        let long = texts::agreement_of(rules, "2026-01-20", "2026-03-30", "2026-07-31");
        try_text(rules, LOGS / 30, |_, log| {
            let log = stretched(log, 50);
            equals_the_oracle(&long, &log)?;
            in_pieces_equals_the_oracle(&long, &log)?;
            let watch = log.watch();
            let checker = Checker::of(&long, &log.facts, &watch, log.at);
            let faults = checker.faults(&clause::instances(&long, &log.facts, &watch, log.at));
            if faults.is_empty() { Ok(()) } else { Err(format!("the checker refuses {faults:?}")) }
        });
    }
}

/// From 20 January on, so many times as long.
fn stretched(log: &Log, by: i64) -> Log {
    let begins = terms::Instant::parse("2026-01-20T00:00:00Z").expect("a time");
    let at = |instant: terms::Instant| begins.shifted((instant.ms() - hour(0).ms()) * by);
    let span = |span: Span| Span::new(at(span.earliest()), at(span.latest())).expect("forwards");
    let mut long = log.clone();
    long.facts.iter_mut().for_each(|fact| fact.happened = span(fact.happened));
    long.efforts.iter_mut().for_each(|effort| effort.span = span(effort.span));
    for heard in &mut long.heard {
        heard.until = at(heard.until);
        heard.silent.iter_mut().for_each(|silent| *silent = span(*silent));
    }
    Log { known_until: at(log.known_until), at: at(log.at), ..long }
}

/// Every kind, with a share of the logs each.
fn try_all(logs: u32, check: impl Fn(&Agreement, &Log) -> Result<(), String>) {
    for (kind, _) in texts::KINDS {
        try_kind(kind, logs, &check);
    }
}

#[test]
fn the_order_of_facts_does_not_show() {
    try_all(300, |agreement, log| {
        let mut backwards = log.clone();
        backwards.facts.reverse();
        let mut cut = log.clone();
        cut.facts.rotate_left(log.facts.len() / 2);
        let all = |log: &Log| clause::instances(agreement, &log.facts, &log.watch(), log.at);
        if all(log) == all(&backwards) && all(log) == all(&cut) { Ok(()) } else { Err("the order shows".to_owned()) }
    });
}

#[test]
fn what_does_not_bear_on_it_changes_nothing() {
    try_all(300, |agreement, log| {
        let mut more = log.clone();
        for (nth, act) in [Act::ThermalAnomaly, Act::Obstruction, Act::Demining].into_iter().enumerate() {
            more.facts.extend(log.facts.first().map(|fact| Fact { id: format!("X{nth}"), act, ..fact.clone() }));
        }
        let allegations = log.facts.iter().filter(|fact| fact.footing != Footing::Alleged);
        more.facts.extend(allegations.map(|fact| Fact { footing: Footing::Alleged, ..fact.clone() }));
        apart(&engine(agreement, log), &engine(agreement, &more), ["without", "with more"])
    });
}

/// The same log and the same agreement, weeks later.
#[test]
fn the_week_does_not_show() {
    const WEEKS: i64 = 5 * 7 * 24 * HOUR;
    for (kind, rules) in texts::KINDS {
        for rules in rules {
            let later = texts::agreement_of(rules, "2026-05-16", "2026-05-17", "2026-05-18");
            try_text(rules, 50, |agreement, log| {
                let moved = moved(log, WEEKS);
                let ours: Vec<Line> = engine(agreement, log).into_iter().map(|line| shifted(line, WEEKS)).collect();
                let theirs: Vec<Line> = engine(&later, &moved).into_iter().map(|line| shifted(line, 0)).collect();
                apart(&ours, &theirs, [kind, "five weeks later"])
            });
        }
    }
}

/// Without the instants that stand in the names of quiets, which move with the week.
fn shifted((key, value, standing, decided): Line, by: i64) -> Line {
    let of = match key.of {
        Occasion::Quiet(instant) => Occasion::Quiet(instant.shifted(by)),
        Occasion::Verdict(_) => Occasion::Verdict("of another rule".to_owned()),
        Occasion::Clause | Occasion::Stretch(_) | Occasion::Fact(_) => key.of,
    };
    (InstanceKey { of, ..key }, value, standing, (decided.0 + by, decided.1 + by))
}

fn moved(log: &Log, by: i64) -> Log {
    let span = |span: Span| Span::new(span.earliest().shifted(by), span.latest().shifted(by)).expect("forwards");
    let mut moved = log.clone();
    moved.facts.iter_mut().for_each(|fact| fact.happened = span(fact.happened));
    moved.efforts.iter_mut().for_each(|effort| effort.span = span(effort.span));
    for heard in &mut moved.heard {
        heard.until = heard.until.shifted(by);
        heard.silent.iter_mut().for_each(|silent| *silent = span(*silent));
    }
    Log { known_until: log.known_until.shifted(by), at: log.at.shifted(by), ..moved }
}

/// What is said for sure is so however the doubts turn out: what is not known of one fact is settled, and every breach and
/// every duty kept stays what it was. Of quiets and of counted breaches the occasion itself may move.
#[test]
fn what_is_sure_stays_sure_when_a_doubt_is_settled() {
    for kind in ["never", "by and between", "response", "at most per", "at most present", "only after", "at least once"]
    {
        try_kind(kind, 200, |agreement, log| {
            let sure = |(_, value, ..): &&Line| matches!(value, InstanceValue::Violated | InstanceValue::Met);
            // A share of a shorter time may be less, so the watch is of all times or of none.
            let mut log = log.clone();
            let always = Span::new(hour(-20), hour(200)).expect("forwards");
            log.efforts.iter_mut().for_each(|effort| effort.span = always);
            let log = &log;
            let before = engine(agreement, log);
            for nth in 0..log.facts.len() {
                for settled in settled(&log.facts[nth]) {
                    let mut known = log.clone();
                    known.facts[nth] = settled;
                    let after = engine(agreement, &known);
                    for (key, value, ..) in before.iter().filter(sure) {
                        // What turns out not to be of the rule at all needed nothing to come first.
                        let stays = |now: InstanceValue| now == *value;
                        let now = after.iter().find(|(other, ..)| other == key).map(|(_, now, ..)| *now);
                        if !now.map_or(*value == InstanceValue::Met, stays) {
                            let settled = &known.facts[nth];
                            return Err(format!("{key} was {} before it was known: {settled:?}", value.word()));
                        }
                    }
                }
            }
            Ok(())
        });
    }
}

/// The ways in which one doubt about a fact may turn out.
fn settled(fact: &Fact) -> Vec<Fact> {
    let mut out = Vec::new();
    for instant in [fact.happened.earliest(), fact.happened.latest()] {
        out.push(Fact { happened: Span::at(instant), ..fact.clone() });
    }
    for party in ["North", "South"] {
        if fact.by.is_none() {
            out.push(Fact { by: Party::new(party), ..fact.clone() });
        }
        if fact.at.is_none() {
            out.push(Fact { at: Party::new(party), ..fact.clone() });
        }
    }
    if fact.act == Act::Explosion {
        out.extend([Act::Shelling, Act::Mining].map(|act| Fact { act, ..fact.clone() }));
    }
    if fact.object.is_none() {
        out.extend(["howitzer", "bridge"].map(|object| Fact { object: Label::new(object), ..fact.clone() }));
    }
    if matches!(fact.place.shape, Shape::Unplaced) {
        for lon in [30.2, 30.8, 33.0] {
            let centre = Position::from_degrees(lon, 48.5).expect("in range");
            out.push(Fact { place: Place { shape: Shape::Disc { centre, radius_m: 10 }, name: None }, ..fact.clone() });
        }
    }
    out
}

/// In any order, in any pieces, with every fact first told wrongly and some told only to be taken back, the monitor comes
/// to what the oracle says of the facts that stand.
#[test]
fn pieces_and_retractions_do_not_show() {
    try_all(300, in_pieces_equals_the_oracle);
}

fn in_pieces_equals_the_oracle(agreement: &Agreement, log: &Log) -> Result<(), String> {
    let mut monitor = Monitor::new(agreement, Tells::All);
    let mut last: BTreeMap<InstanceKey, Line> = BTreeMap::new();
    let mut advance = |monitor: &mut Monitor<'_>, watch: &Watch<'_>, at| {
        last.extend(monitor.advance(watch, at).iter().map(|told| (told.instance.key.clone(), line(&told.instance))));
    };
    let half = log.facts.len() / 2;
    let begins = agreement.in_force.expect("it begins");
    let early = Watch { known_until: begins.shifted(-500 * HOUR), ..log.watch() };
    for fact in log.facts[half..].iter().chain(&log.facts[..half]) {
        let wrong = Fact { happened: Span::at(fact.happened.latest().shifted(HOUR)), by: None, ..fact.clone() };
        let stray = Fact { id: format!("X{}", fact.id), ..fact.clone() };
        monitor.take(wrong);
        monitor.take(stray.clone());
        advance(&mut monitor, &early, log.at);
        monitor.take(Fact { revision: 2, ..fact.clone() });
        monitor.retract(&stray);
    }
    advance(&mut monitor, &log.watch(), log.at);
    // An instance that is no more was told as void, or as met where such are not listed.
    let wanted = oracle(agreement, log);
    let gone = |(key, value, ..): &Line| {
        matches!(value, InstanceValue::Void | InstanceValue::Met) && !wanted.iter().any(|(other, ..)| other == key)
    };
    // How a thing stands is told with what is told of it, and anew only once it is final.
    let bare = |(key, value, _, decided): Line| (key, value, Standing::Open, decided);
    let said = last.into_values().filter(|line| !gone(line)).map(bare);
    let mut said: Vec<Line> = said.collect();
    said.sort();
    let wanted: Vec<Line> = wanted.iter().cloned().map(bare).collect();
    apart(&said, &wanted, ["the monitor", "the oracle"])
}

/// A hundred thousand clocks of one bearer run at once; each is judged, and the answers to some find theirs.
#[test]
fn a_hundred_thousand_clocks_of_one_bearer() {
    const CLOCKS: i64 = 100_000;
    let agreement = texts::agreement("rule A of Mission: after fire in Square must notice about it within 1 day");
    let shot = |nth: i64, act, about: Option<i64>| Fact {
        happened: Span::at(hour(0).shifted(nth * 500)),
        id: format!("{}{nth}", if about.is_some() { "N" } else { "F" }),
        revision: 1,
        act,
        object: None,
        place: Place {
            shape: Shape::Disc { centre: Position::from_degrees(30.2, 48.5).expect("in range"), radius_m: 10 },
            name: None,
        },
        by: Party::new("Mission"),
        at: None,
        count: Count::UNKNOWN,
        about: about.map(|nth| format!("F{nth}")),
        chance: Chance::CERTAIN,
        footing: Footing::Proposed,
    };
    let mut facts: Vec<Fact> = (0..CLOCKS).map(|nth| shot(nth, Act::Shelling, None)).collect();
    facts.extend((0..CLOCKS / 1_000).map(|nth| shot(CLOCKS + nth, Act::Notice, Some(nth * 1_000))));
    let mut monitor = Monitor::new(&agreement, Tells::All);
    facts.into_iter().for_each(|fact| monitor.take(fact));
    let watch = |known_until| Watch { efforts: &[], detection: None, known_until, sources: &[], heard: &[] };
    let count = |told: &[clause::Told], value| {
        let proposed = told.iter().filter(|told| told.instance.key.footing == Footing::Proposed);
        proposed.filter(|told| told.instance.value == value).count()
    };
    let open = monitor.advance(&watch(hour(20)), hour(20));
    assert_eq!((count(&open, InstanceValue::Unknown), count(&open, InstanceValue::Met)), (99_900, 100));
    let over = monitor.advance(&watch(hour(60)), hour(60));
    assert_eq!(count(&over, InstanceValue::Violated), 99_900);
}

/// What was final and is taken back is told as void, in a version of its own.
#[test]
fn a_retraction_after_finality_is_told() {
    let agreement = texts::agreement("rule A of Mission: after fire in Square must notice within 6 hours");
    let fact = Fact {
        happened: Span::at(hour(1)),
        id: "F0".to_owned(),
        revision: 1,
        act: Act::Shelling,
        object: None,
        place: Place {
            shape: Shape::Disc { centre: Position::from_degrees(30.2, 48.5).expect("in range"), radius_m: 10 },
            name: None,
        },
        by: Party::new("North"),
        at: None,
        count: Count::UNKNOWN,
        about: None,
        chance: Chance::CERTAIN,
        footing: Footing::Proposed,
    };
    let mut monitor = Monitor::new(&agreement, Tells::All);
    monitor.take(fact.clone());
    let watch = |known_until| Watch { efforts: &[], detection: None, known_until, sources: &[], heard: &[] };
    let told = monitor.advance(&watch(hour(20)), hour(20));
    let said = |told: &[clause::Told]| -> Vec<(InstanceValue, Standing, u32)> {
        let all = told.iter().map(|told| &told.instance).filter(|instance| instance.key.footing == Footing::Proposed);
        all.map(|instance| (instance.value, instance.standing, instance.version)).collect()
    };
    assert_eq!(said(&told), [(InstanceValue::Violated, Standing::Final, 1)]);
    monitor.retract(&fact);
    let told = monitor.advance(&watch(hour(21)), hour(21));
    assert_eq!(said(&told), [(InstanceValue::Void, Standing::Amended, 2)]);
    assert_eq!(monitor.advance(&watch(hour(22)), hour(22)), []);
}
