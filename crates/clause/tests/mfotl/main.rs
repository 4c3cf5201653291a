//! The export to MFOTL says what the engine says: every formula, over every log, by an evaluator of our own and by foreign
//! monitors where they are named in the environment. And what cannot be said is named.

#![allow(clippy::disallowed_methods, reason = "a peer's path comes from the environment, its files go to a folder")]
#![allow(clippy::disallowed_macros, reason = "a test that is skipped says so")]

mod evaluator;
mod peers;
mod rtlola;

use clause::{
    Agreement, AgreementFiles, Fact, Footing, Instance, InstanceValue, Occasion, Watch, Why, mfotl, mfotl_log,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use terms::time::MINUTE_MS;
use terms::{Act, Chance, Count, Instant, Party, Place, Position, Shape, Span};

/// Each kind of rule that can be said, and each of the others.
const RULES: &str = "parties North, South
actors Mission
zone Square = map \"square.geojson\" as of 2026-04-01
sectors Parts = map \"parts.geojson\" as of 2026-04-01
event fire = shelling or small-arms
state Road = from opening until closing
rule A1 of each party: never fire in Square
  except answer: within 90 minutes after fire by other at party
  except mission: by Mission
rule A2 of each party: by 2026-04-12 08:00 notice
  except early: in Square
rule A3 of each party: between 2026-04-11 20:00 and 2026-04-12 06:00 at least 3 withdrawal in Square
rule A4 of Mission: after fire in Square must notice about it within 3 hours
rule A5 of each party: at most 2 fire per 4 hours until 2026-04-12 10:00
rule A6 of each party: at most 2 present heavy-weapon in Square
rule A7 of each party: movement only after fire by other
rule A8 of all: at least once every 6 hours meeting
rule A9 of each party: always Road
rule B1 of South to each party: after request by party where fire at party within 5 hours before
  must consultation with party within 1 days
rule B2 of all: never overflight
  except open: while Road
rule B3 of each party: never movement in Square
  except allowed: permitted by B4
rule B4 of each party: may movement from 2026-04-12 00:00 until 2026-04-12 04:00
rule B5 of Mission: after notice must notice within 2 hours
rule B6 of Mission: after shelling in each Parts must meeting there within 6 hours
rule B7 of each party: withdrawal only after fire
  except soon: within 2 hours after withdrawal by other and while Road
rule C1 of Mission: after A1 violated must meeting within 3 hours
rule C2 of Mission: after 5 hours without fire must notice within 3 hours
rule C3 of each party: text-only because \"good faith\"
rule C4 of each party: never small-arms
  released when A1 violated by other
";

fn ring(lon: [f64; 2]) -> String {
    let [west, east] = lon;
    format!("[[[{west}, 48], [{east}, 48], [{east}, 49], [{west}, 49], [{west}, 48]]]")
}

fn files(rules: &str, time_zone: &str) -> AgreementFiles {
    let feature = |name: &str, lon| {
        format!(
            r#"{{ "type": "Feature", "properties": {{ "name": "{name}" }}, "geometry": {{ "type": "Polygon", "coordinates": {} }} }}"#,
            ring(lon)
        )
    };
    let map = |features: &[String]| {
        let features = features.join(", ");
        let text = format!(
            r#"{{ "type": "FeatureCollection", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01", "features": [{features}] }}"#
        );
        text.into_bytes()
    };
    let front = format!(
        "---\nagreement: test\ntitle: A test\nversion: 1\nin-force: 2026-04-11 16:00 {time_zone}\n\
        ends: 2026-04-13 00:00 {time_zone}\ntime-zone: {time_zone}\nstandard: 0.80\nkeep-threshold: 0.60\n\
        final-after: 2 days\n---\n\n## Article 1. The rules\n\nThese are the rules.\n\n"
    );
    AgreementFiles {
        text: format!("{front}```backstop\n{rules}\n```\n"),
        files: [
            ("square.geojson".to_owned(), map(&[feature("square", [30.0, 31.0])])),
            ("parts.geojson".to_owned(), map(&[feature("west", [30.0, 30.5]), feature("east", [30.5, 31.0])])),
        ]
        .into(),
    }
}

fn agreement(rules: &str, time_zone: &str) -> Agreement {
    let files = files(rules, time_zone);
    let (agreement, remarks) = clause::read(&files);
    let errors: Vec<_> = remarks.into_iter().filter(|r| r.severity() == clause::Severity::Error).collect();
    assert!(errors.is_empty(), "{}", clause::render(&errors, &files, clause::Language::English, false));
    agreement
}

fn start() -> Instant {
    Instant::parse("2026-04-11T13:00:00Z").expect("invariant: a time")
}

fn end() -> Instant {
    Instant::parse("2026-04-13T20:00:00Z").expect("invariant: a time")
}

/// Quarter of an hour, act, place, author, victim, number, what it is about, and whether only a span is known.
type Row = (i64, usize, usize, usize, usize, u32, usize, bool);

/// Facts about which nothing is in doubt but, of a few, the minute. Each has a second of its own within its quarter of an hour where that decides
/// which turn of a state was last; all others may fall together.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    const ACTS: [Act; 14] = [
        Act::Shelling,
        Act::SmallArms,
        Act::Notice,
        Act::Withdrawal,
        Act::HeavyWeapon,
        Act::Movement,
        Act::Meeting,
        Act::Opening,
        Act::Closing,
        Act::Request,
        Act::Consultation,
        Act::Overflight,
        Act::Notice,
        Act::Request,
    ];
    let one = (
        0i64..36 * 4,
        0..ACTS.len(),
        0usize..3,
        0usize..5,
        0usize..3,
        1u32..4,
        0usize..32,
        proptest::bool::weighted(0.05),
    );
    proptest::collection::vec(one, 0..32).prop_map(|rows| {
        let count = rows.len().max(1);
        let fact = |(nth, row): (usize, Row)| {
            let (quarter, act, place, by, at, number, about, spread) = row;
            let act = ACTS[act];
            let turn = matches!(act, Act::Opening | Act::Closing);
            let own_ms = if turn { i64::try_from(nth).expect("few") * 1_000 + 500 } else { 0 };
            let lon = [30.2, 30.8, 33.0][place];
            let party = |n: usize| ["North", "South", "North", "South", "Mission"][n];
            let from = start().shifted((quarter * 15 - 60) * MINUTE_MS + own_ms);
            let to = if spread && !turn { from.shifted(40 * MINUTE_MS) } else { from };
            Fact {
                happened: Span::new(from, to).expect("forwards"),
                id: format!("F{nth}"),
                revision: 1,
                act,
                object: None,
                place: Place {
                    shape: Shape::Disc { centre: Position::from_degrees(lon, 48.5).expect("a place"), radius_m: 50 },
                    name: None,
                },
                by: Party::new(party(by)),
                at: Party::new(party(at)),
                count: Count::exactly(number),
                about: Some(format!("F{}", about % count)),
                chance: Chance::CERTAIN,
                footing: Footing::Proposed,
            }
        };
        rows.into_iter().enumerate().map(fact).collect()
    })
}

/// The engine's answer as the export names it: the violations, with those that it would call so had everything been seen.
pub(crate) fn ours(agreement: &Agreement, facts: &[Fact]) -> BTreeMap<String, BTreeSet<(String, String)>> {
    let watch = Watch { efforts: &[], detection: None, known_until: end(), sources: &[], heard: &[] };
    let mut out: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    let said: BTreeSet<_> = mfotl(agreement).rules.into_iter().map(|rule| rule.rule).collect();
    for instance in clause::instances(agreement, facts, &watch, end()) {
        if !said.contains(&instance.key.rule) {
            continue;
        }
        let unseen = |instance: &Instance| {
            let reasons = &instance.certificate.reasons;
            !reasons.is_empty() && reasons.iter().all(|reason| reason.why == Why::Coverage)
        };
        let violated = match instance.value {
            InstanceValue::Violated => true,
            InstanceValue::Unknown => unseen(&instance),
            InstanceValue::Met | InstanceValue::Void | InstanceValue::Excused => false,
        };
        if instance.key.footing == Footing::Proposed && violated {
            out.entry(instance.key.rule.to_string()).or_default().insert(tuple(agreement, &instance));
        }
    }
    out
}

fn tuple(agreement: &Agreement, instance: &Instance) -> (String, String) {
    let key = &instance.key;
    let each = agreement.rule(&key.rule).is_some_and(|rule| rule.bearer == clause::Bearer::EachParty);
    let whose = key.bearer.as_ref().map_or(if each { "whoever" } else { "all" }, Party::as_str);
    let to = key.owed.as_ref().map_or(String::new(), |party| format!(" to {party}"));
    let place = key.sector.as_ref().map_or(String::new(), |sector| format!(" in {sector}"));
    let of = match &key.of {
        Occasion::Clause => "clause".to_owned(),
        Occasion::Fact(id) => id.clone(),
        Occasion::Stretch(number) => number.to_string(),
        Occasion::Verdict(_) | Occasion::Quiet(_) => panic!("{key} is not exported"),
    };
    (format!("{whose}{to}{place}"), of)
}

/// A monitor's answer, with what it says of `whoever of North` counted as said of `whoever`.
pub(crate) fn theirs(pairs: BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    let whoever = |(key, of): (String, String)| match key.split_once(" of ") {
        Some((key, _)) => (key.to_owned(), of),
        None => (key, of),
    };
    pairs.into_iter().map(whoever).collect()
}

fn compare(agreement: &Agreement, facts: &[Fact], seen: &mut BTreeMap<String, usize>) {
    let exported = mfotl(agreement);
    let written = mfotl_log(agreement, facts, Footing::Proposed, end());
    // Before its first turn a state is unknown: then nothing certain can be said of what it excepts.
    let state = |why: &String| why.contains("`Road` held is not known") && !why.contains("instant");
    let doubtful: BTreeSet<&str> = written
        .left_out
        .iter()
        .filter(|(_, why)| !state(why))
        .map(|(what, _)| what.split_once(" for ").expect("a fact for a rule").1)
        .collect();
    let log = evaluator::log(&written.text);
    let ours = ours(agreement, facts);
    for rule in exported.rules.iter().filter(|rule| !doubtful.contains(rule.rule.as_str())) {
        let found = theirs(evaluator::violations(&rule.formula, &log));
        let wanted = ours.get(rule.rule.as_str()).cloned().unwrap_or_default();
        assert_eq!(found, wanted, "{}\n{}\n{}", rule.rule, rule.formula, written.text);
        *seen.entry(rule.rule.to_string()).or_default() += found.len();
    }
}

#[test]
fn what_is_exported_is_what_is_judged() {
    let agreement = agreement(RULES, "Europe/Kyiv");
    let seen = std::cell::RefCell::new(BTreeMap::new());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner
        .run(&facts(), |facts| {
            compare(&agreement, &facts, &mut seen.borrow_mut());
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    // A comparison of empty sets shows nothing.
    for rule in mfotl(&agreement).rules {
        let times = seen.borrow().get(rule.rule.as_str()).copied().unwrap_or_default();
        assert!(times > 5, "{} was violated only {times} times", rule.rule);
    }
}

/// `BACKSTOP_CASES` asks for a longer run.
fn cases() -> u32 {
    std::env::var("BACKSTOP_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

#[test]
fn what_cannot_be_said_is_named() {
    let exported = mfotl(&agreement(RULES, "Europe/Kyiv"));
    let unsaid: Vec<String> = exported.unsaid.iter().map(|(rule, why)| format!("{rule}: {why}")).collect();
    insta::assert_snapshot!("unsaid", unsaid.join("\n"));
    let said: BTreeSet<&str> = exported.rules.iter().map(|rule| rule.rule.as_str()).collect();
    let every = RULES.lines().filter_map(|line| line.strip_prefix("rule ")?.split(' ').next());
    for rule in every {
        assert!(said.contains(rule) != exported.unsaid.iter().any(|(id, _)| id.as_str() == rule), "{rule}");
    }
}

#[test]
fn the_text_of_an_export() {
    let exported = mfotl(&agreement(RULES, "Europe/Kyiv"));
    let formulas: Vec<&str> = exported.rules.iter().map(|rule| rule.formula.as_str()).collect();
    insta::assert_snapshot!("export", format!("{}\n{}", exported.signature, formulas.join("\n")));
}

/// A length in days has one length only where the clocks stand still, and a power may stop a rule.
#[test]
fn days_and_powers_are_not_said_by_halves() {
    let rules = "parties North, South\nactors Mission\nrule A1 of Mission: after shelling must notice within 2 days until 2026-12-01 00:00\n\
        rule A2 of Mission: after shelling must notice within 48 hours until 2026-12-01 00:00\nrule A3 of each party: never shelling\n\
        power P1 of Mission: may suspend A3 until resumed\n";
    let said = |zone| -> Vec<String> {
        mfotl(&agreement(rules, zone)).rules.iter().map(|rule| rule.rule.to_string()).collect()
    };
    assert_eq!(said("Europe/Kyiv"), ["A2"]);
    assert_eq!(said("UTC"), ["A1", "A2"]);
}

#[test]
fn what_is_in_doubt_is_left_out_by_name() {
    let agreement = agreement(
        "parties North, South\nzone Square = map \"square.geojson\" as of 2026-04-01\nrule A1 of each party: never shelling in Square\n",
        "UTC",
    );
    let at = Span::at(start().shifted(3 * 60 * MINUTE_MS));
    let centre = Position::from_degrees(30.0, 48.5).expect("a place");
    let fact = |id: &str, happened: Span, radius_m: u32, lon: Position| Fact {
        happened,
        id: id.to_owned(),
        revision: 1,
        act: Act::Shelling,
        object: None,
        place: Place { shape: Shape::Disc { centre: lon, radius_m }, name: None },
        by: Party::new("North"),
        at: None,
        count: Count::UNKNOWN,
        about: None,
        chance: Chance::CERTAIN,
        footing: Footing::Proposed,
    };
    let inside = Position::from_degrees(30.5, 48.5).expect("a place");
    let hour = Span::new(at.earliest(), at.latest().shifted(60 * MINUTE_MS)).expect("forwards");
    let facts = [
        fact("sure \"one\"", at, 10, inside),
        fact("edge", at, 5_000, centre),
        fact("span", hour, 10, inside),
        Fact { chance: Chance::from_ppm(500_000).expect("a chance"), ..fact("weak", at, 10, inside) },
    ];
    let log = mfotl_log(&agreement, &facts, Footing::Proposed, end());
    let left_out: Vec<String> = log.left_out.iter().map(|(what, why)| format!("{what}: {why}")).collect();
    insta::assert_snapshot!("left_out", format!("{}\n{}", log.text, left_out.join("\n")));
}
