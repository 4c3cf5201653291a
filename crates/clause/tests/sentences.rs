//! Reverse reading: every kind of rule in both languages, and no two different rules that read alike.

use clause::{AgreementFiles, Language, read, sentence, sentence_of_power, sentence_of_source, sentence_of_state};

const OPENING: &str = r#"---
agreement: sentences
title: Every kind
version: 1
in-force: 2026-04-11 16:00 Europe/Kyiv
ends: 2026-05-13 00:00 Europe/Kyiv
time-zone: Europe/Kyiv
standard: 0.80
keep-threshold: 0.60
final-after: 2 days
---

# Article 1

"#;

const NAMES: &str = r#"parties North "the North", South
actors Mission "the Mission"
line Edge = map "edge.geojson" as of 2026-04-01
zone Square = map "square.geojson" as of 2026-04-01
zone Own of North = within 10 km of Edge
zone Own of South = within 12 km of Edge
sectors quarters = map "quarters.geojson" as of 2026-04-01
event fire = shelling or small-arms
class works = dam or bridge
state road-open = from opening in Square until closing in Square
source Liaison "the liaison office" reports notice or meeting in Square within 1 hour at 0.9
reading North: start = 2026-04-12 00:00
reading South: start = 2026-04-14 00:00
"#;

const RULES: &str = r#"rule A1 of each party: never fire on works in Square
except help: by Mission and in Square
except returned: within 10 minutes after fire by other
except asleep: while road-open
standard 0.95
final after 5 days
rule A2 of each party: never present heavy-weapon in Own
rule A3 of North: by 2026-04-20 12:00 at least 12 withdrawal in Square
rule A4 of North to South: between 2026-04-20 12:00 and 2026-04-22 12:00 exchange with South
rule A5 of Mission: always road-open
rule A6 of each party: after fire by bearer where fire by other within 10 minutes before must notice about it within 1 hour
rule A7 of Mission: after A1 violated by North 3 times within 24 hours must meeting within 2 days
rule A8 of each party: after 7 days without fire in Square verified by Mission must withdrawal in Square within 21 days
rule A9 of each party: at most 2 movement in each quarters per 1 week
rule B1 of each party: at most 10 present heavy-weapon in Square
rule B2 of each party: movement in Square only after notice by bearer
rule B3 of South: departure in Square only after A3 met
rule B4 of Mission: at least once every 1 day verification
rule B5 of each party: may movement in Square from 2026-04-12 08:00 until 2026-04-12 10:00
rule B6 of South: never movement in Square from start
except window: permitted by B5
released when A1 violated by North
otherwise B7: must notice within 6 hours
rule B8 of all: text-only because "nobody could see it"
power P1 of South: may suspend B6, A9 for 6 hours when A1 violated by North
power P2 of each party: may suspend B6 until resumed
power P3 of North: may terminate agreement
power P4 of Mission: may extend agreement by 3 months
"#;

const MAP: &str = r#"{ "type": "Feature", "version": "1", "source": "drawn", "as_of": "2026-04-01", "properties": {}, "geometry":
  { "type": "Polygon", "coordinates": [[[30, 48], [31, 48], [31, 49], [30, 49], [30, 48]]] } }"#;
const LINE: &str = r#"{ "type": "Feature", "version": "1", "source": "drawn", "as_of": "2026-04-01", "properties": {}, "geometry":
  { "type": "LineString", "coordinates": [[30, 48.5], [31, 48.5]] } }"#;
const QUARTERS: &str = r#"{ "type": "FeatureCollection", "version": "1", "source": "drawn", "as_of": "2026-04-01", "features": [
  { "type": "Feature", "properties": { "name": "west" }, "geometry":
  { "type": "Polygon", "coordinates": [[[30, 48], [30.5, 48], [30.5, 49], [30, 49], [30, 48]]] } }] }"#;

fn files(rules: &str) -> AgreementFiles {
    let text = format!("{OPENING}```backstop\n{NAMES}{rules}```\n");
    let maps = [("square.geojson", MAP), ("edge.geojson", LINE), ("quarters.geojson", QUARTERS)];
    let files = maps.into_iter().map(|(name, map)| (name.to_owned(), map.as_bytes().to_vec())).collect();
    AgreementFiles { text, files }
}

/// Every sentence of a text, in one language.
fn sentences(rules: &str, language: Language) -> String {
    let (agreement, remarks) = read(&files(rules));
    let errors: Vec<_> = remarks.iter().filter(|remark| remark.severity() == clause::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut out = String::new();
    for rule in &agreement.rules {
        out.push_str(&format!("{}: {}\n", rule.id, sentence(&agreement, rule, language)));
    }
    for power in &agreement.powers {
        out.push_str(&format!("{}: {}\n", power.id, sentence_of_power(&agreement, power, language)));
    }
    for (name, state) in &agreement.states {
        out.push_str(&format!("{name}: {}\n", sentence_of_state(&agreement, state, language)));
    }
    for source in &agreement.planned {
        out.push_str(&format!("{}: {}\n", source.name, sentence_of_source(&agreement, source, language)));
    }
    out
}

#[test]
fn every_kind_in_english() {
    insta::assert_snapshot!(sentences(RULES, Language::English));
}

#[test]
fn every_kind_in_ukrainian() {
    insta::assert_snapshot!(sentences(RULES, Language::Ukrainian));
}

#[test]
fn what_differs_reads_otherwise() {
    // One change at a time: what stands there, and what takes its place.
    let changes = [
        ("never fire on works in Square", "never fire on works"),
        ("never fire on works", "never fire"),
        ("never fire on works", "never missile on works"),
        ("A1 of each party", "A1 of North"),
        ("by Mission and in Square", "by Mission"),
        ("within 10 minutes after fire by other", "within 10 hours after fire by other"),
        ("within 10 minutes after fire by other", "within 10 minutes after fire"),
        ("while road-open", "on works"),
        ("standard 0.95", "standard 0.951"),
        ("final after 5 days", "final after 120 hours"),
        ("never present heavy-weapon in Own", "never heavy-weapon in Own"),
        ("heavy-weapon in Own", "heavy-weapon in Square"),
        ("at least 12 withdrawal", "at least 13 withdrawal"),
        ("at least 12 withdrawal", "withdrawal"),
        ("by 2026-04-20 12:00", "by 2026-04-20 12:01"),
        ("12 withdrawal in Square", "12 withdrawal in Square from 2026-04-13 00:00"),
        ("North to South", "North"),
        ("exchange with South", "exchange"),
        ("between 2026-04-20 12:00", "between 2026-04-21 12:00"),
        ("where fire by other within 10 minutes before ", ""),
        ("10 minutes before", "11 minutes before"),
        ("notice about it", "notice"),
        ("within 1 hour\n", "within 60 minutes\n"),
        ("violated by North 3 times", "violated by North 4 times"),
        ("violated by North 3 times", "violated 3 times"),
        ("A1 violated by North 3 times within 24 hours", "A1 violated by North"),
        ("A1 violated by North 3", "A1 met by North 3"),
        ("within 24 hours must", "within 1 day must"),
        (" verified by Mission", ""),
        ("7 days without", "8 days without"),
        ("at most 2 movement", "at most 3 movement"),
        ("in each quarters per", "per"),
        ("per 1 week", "per 7 days"),
        ("at most 10 present", "at most 11 present"),
        ("only after notice by bearer", "only after notice"),
        ("only after A3 met", "only after A3 violated"),
        ("every 1 day", "every 24 hours"),
        ("may movement", "may movement by Mission"),
        ("until 2026-04-12 10:00", "until 2026-04-12 11:00"),
        ("permitted by B5", "in Square"),
        ("released when A1 violated by North\n", ""),
        ("released when A1 violated by North", "released when A1 violated by anyone"),
        ("must notice within 6 hours", "must notice within 7 hours"),
        ("nobody could see it", "nobody saw it"),
        ("suspend B6, A9 for 6 hours when", "suspend B6, A9 for 7 hours when"),
        ("suspend B6, A9", "suspend B6"),
        ("B6 until resumed", "B6 for 1 day"),
        ("terminate agreement", "terminate B6"),
        ("by 3 months", "by 3 years"),
        ("meeting within 2 days", "meeting within 2 months"),
    ];
    for language in Language::ALL {
        let before = sentences(RULES, language);
        for (was, is) in changes {
            assert!(RULES.contains(was), "`{was}` is not there");
            let after = sentences(&RULES.replacen(was, is, 1), language);
            assert_ne!(before, after, "`{was}` reads like `{is}` in {language:?}");
        }
    }
}
