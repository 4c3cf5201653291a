//! The agreements of the oracle: for each kind of rule a handful, with what may stand beside it.
//!
//! Takes nothing; gives each read, in UTC, so that every day has 24 hours.

use clause::{Agreement, AgreementFiles};

/// The kinds, each with texts of it.
pub(crate) const KINDS: [(&str, &[&str]); 13] = [
    (
        "never",
        &[
            "rule A of each party: never fire in Square",
            "rule A of each party: never fire at other in Square\n  except returned: within 3 hours after fire by other\n  except monitors: by Mission",
            "rule A of all: never fire on Guns\n  except near: within 4 hours after notice",
            "rule A of North: never fire in Own\n  except told: within 1 hour after notice about it and in West\n  except answer: within 6 hours after fire by South at party",
            "rule A of each party: never fire in Own\n  except stores: on Guns\n  except open: while Road",
            "rule A of each party: never fire by other at party in Square from 2026-04-11 06:00 until 2026-04-12 06:00\n  except guns: on Guns",
            "rule A of each party to each party: never fire at party in Square",
            "rule M of each party: may movement in West from 2026-04-11 08:00 until 2026-04-12 10:00\nrule A of each party: never movement in Square\n  except allowed: permitted by M\n  standard 0.95",
            "rule A of each party: never present heavy-weapon in each quarters\nrule B of South: never present armour in Disputed",
        ],
    ),
    (
        "by and between",
        &[
            "rule A of each party: by 2026-04-12 08:00 notice",
            "rule A of each party: by 2026-04-12 08:00 withdrawal in Square",
            "rule A of each party: between 2026-04-11 08:00 and 2026-04-12 08:00 at least 5 exchange in Square\n  except guns: on Guns",
            "rule A of North to each party: by 2026-04-12 08:00 at least 3 exchange to party from 2026-04-11 04:00\nrule B of Mission: between 2026-04-11 12:00 and 2026-04-11 12:00 meeting",
            "rule N of each party: never fire in Square\nrule A of each party: by 2026-04-12 00:00 notice\n  released when N violated by other",
            "rule A of each party: between start and stop withdrawal in Disputed",
        ],
    ),
    (
        "response",
        &[
            "rule A of Mission: after fire in Square must notice within 6 hours",
            "rule A of Mission: after fire in Square must notice about it within 6 hours",
            "rule A of each party: after fire by bearer where fire by other within 3 hours before must withdrawal in Square within 12 hours",
            "rule A of each party: after notice in each quarters must withdrawal there within 8 hours\n  except fired: within 2 hours after fire by other",
            "rule A of each party to each party: after fire by party at bearer must notice to party about it within 4 hours\n  except guns: on Guns",
            "rule A of all: after fire where notice about it within 5 hours before must fire about it within 5 hours from 2026-04-11 04:00 until 2026-04-12 04:00\n  except monitors: by Mission",
            "rule A of South: after withdrawal by other in Own must withdrawal in Own within 1 day",
        ],
    ),
    (
        "at most per",
        &[
            "rule A of each party: at most 2 fire in Square per 6 hours",
            "rule A of each party: at most 1 fire in each quarters per 12 hours\n  except returned: within 2 hours after fire by other",
            "rule A of all: at most 4 movement per 1 day\n  standard 0.60",
            "rule A of each party to each party: at most 1 fire at party per 3 hours from 2026-04-11 06:00 until 2026-04-12 06:00",
        ],
    ),
    (
        "at most present",
        &[
            "rule A of each party: at most 2 present heavy-weapon in Square",
            "rule A of each party: at most 0 present armour or heavy-weapon in Own\n  except guns: on Guns",
            "rule A of South: at most 3 present heavy-weapon in each quarters\n  except told: within 4 hours after notice by bearer",
        ],
    ),
    (
        "only after",
        &[
            "rule A of each party: movement in Square only after notice",
            "rule A of each party: withdrawal only after withdrawal by other in Square\n  except monitors: by Mission or North",
            "rule A of each party: movement only after opening in Square from 2026-04-11 10:00\n  except guns: on Guns",
            "rule A of each party: movement only after notice about it",
            "rule N of each party: by 2026-04-12 00:00 notice\nrule A of each party: movement only after N met by other",
            "rule W of each party: by 2026-04-11 20:00 at least 4 withdrawal in Square\nrule A of each party: movement only after W met by other",
            "rule W of Mission: after fire in Square must meeting within 6 hours\nrule A of each party: movement only after W met 2 times within 1 day",
            "rule W of each party: never fire in Square\nrule A of each party: movement only after W violated by other",
            "rule W of each party: between 2026-04-11 06:00 and 2026-04-12 00:00 withdrawal in Square\nrule A of South: movement in Square only after W met by North",
        ],
    ),
    (
        "at least once",
        &[
            "rule A of Mission: at least once every 8 hours meeting",
            "rule A of each party: at least once every 12 hours withdrawal in Square\n  except guns: on Guns",
            "rule A of each party: at least once every 1 day exchange in each quarters from 2026-04-11 03:00",
            "rule N of each party: never fire in Square\nrule A of each party: at least once every 6 hours notice\n  released when N violated by other",
        ],
    ),
    (
        "always",
        &[
            "rule A of North: always Road",
            "rule A of each party: always Post-held from 2026-04-11 08:00 until 2026-04-12 08:00",
            "rule A of all: always Road\nrule B of Mission: after A violated must notice within 6 hours",
            "rule N of all: never fire in Square\nrule A of North: always Road\n  released when N violated by anyone",
        ],
    ),
    (
        "on verdicts",
        &[
            "rule N of each party: never fire in Square\nrule A of each party: after N violated by other must notice within 4 hours",
            "rule N of each party: never fire in Square\nrule A of Mission: after N violated must meeting within 4 hours\n  otherwise B: must notice within 2 hours",
            "rule N of each party: never fire in Square\nrule A of Mission: after N violated by North 3 times within 8 hours must meeting within 4 hours",
            "rule N of each party: never fire in Square\nrule A of Mission: after N violated 2 times within 12 hours must meeting within 4 hours",
            "rule N of each party: by 2026-04-11 12:00 notice\nrule A of each party: after N met by other must withdrawal in Square within 12 hours",
            "rule N of each party: after fire by other must notice within 2 hours\n  otherwise B: must meeting within 3 hours\nrule A of Mission: after N met 2 times within 1 day must exchange in Square within 3 hours",
            "rule N of each party: at most 1 fire in Square per 4 hours\nrule A of each party: never movement in Square\n  released when N violated by other",
            "rule N of each party to each party: never fire at party\nrule A of each party to each party: after N violated by party must notice to party within 4 hours",
        ],
    ),
    (
        "quiet",
        &[
            "rule A of each party: after 10 hours without fire in Square must withdrawal in Square within 6 hours",
            "rule A of Mission: after 8 hours without meeting must notice within 6 hours",
            "rule A of each party: after 8 hours without fire or notice by other verified by Mission must exchange in Square within 6 hours",
            "rule A of North: after 6 hours without notice by North verified by Mission must meeting within 6 hours from 2026-04-11 06:00 until 2026-04-12 06:00",
        ],
    ),
    (
        "powers to suspend",
        &[
            "rule A of each party: never fire in Square\npower P of South: may suspend A for 6 hours",
            "rule A of each party: never fire in Square\nrule B of each party: by 2026-04-12 00:00 notice\nrule C of each party: at least once every 6 hours notice\npower P of each party: may suspend B, C until resumed when A violated by other",
            "rule A of each party: after fire must notice within 4 hours\nrule B of North: always Road\nrule C of each party: at most 1 fire in Square per 8 hours\npower P of all: may suspend A, B, C until resumed when notice\npower Q of Mission: may suspend C for 1 day",
            "rule A of each party: never fire in Square\npower P of South: may suspend A for 6 hours when A violated by North 2 times within 12 hours",
            "rule A of Mission: at least once every 8 hours meeting\npower P of each party: may suspend A for 12 hours when 6 hours without notice",
        ],
    ),
    (
        "powers to end",
        &[
            "rule A of each party: never fire in Square\nrule B of each party: by 2026-04-12 12:00 notice\nrule C of Mission: at least once every 8 hours meeting\npower P of North: may terminate agreement\npower Q of South: may terminate B when A violated by North",
            "rule A of each party: never fire in Square\nrule B of Mission: at least once every 8 hours meeting until ends\npower P of Mission: may extend agreement by 12 hours\npower Q of North: may terminate A, B when fire by South in Square",
        ],
    ),
    (
        "silent sources",
        &[
            "source Post \"the post\" reports notice or withdrawal\nsource Eye reports fire in West\nrule A of each party: by 2026-04-12 00:00 notice\nrule B of Mission: after fire in Square must notice within 6 hours\nrule C of each party: at least once every 8 hours notice",
            "source Post \"the post\" reports notice or fire\nrule A of each party: after 8 hours without fire in Square must withdrawal in Square within 6 hours\nrule B of each party: movement only after notice",
        ],
    ),
];

/// Terms in months and years.
pub(crate) const MONTHS: [&str; 9] = [
    "rule A of Mission: after fire in Square must notice within 1 month",
    "rule A of Mission: after fire in Square must notice about it within 1 year",
    "rule A of each party: at most 2 fire in Square per 1 month",
    "rule A of Mission: at least once every 1 month meeting",
    "rule A of each party: never fire at other in Square\n  except returned: within 2 months after fire by other",
    "rule A of each party: after fire where fire by other within 1 month before must withdrawal in Square within 2 months",
    "rule A of each party: after 1 month without fire in Square must withdrawal in Square within 2 months",
    "rule N of each party: never fire in Square\nrule A of Mission: after N violated 2 times within 1 month must meeting within 2 months",
    "rule A of each party: never fire in Square\nrule B of Mission: at least once every 2 months meeting until ends\npower P of South: may suspend A for 1 month\npower Q of Mission: may extend agreement by 1 month",
];

/// An agreement with these rules.
pub(crate) fn agreement(rules: &str) -> Agreement {
    agreement_of(rules, "2026-04-11", "2026-04-12", "2026-04-13")
}

/// The same on other days.
pub(crate) fn agreement_of(rules: &str, first: &str, second: &str, third: &str) -> Agreement {
    let ring =
        |west: f64, east: f64| format!("[[[{west}, 48], [{east}, 48], [{east}, 49], [{west}, 49], [{west}, 48]]]");
    let feature = |name: &str, west: f64, east: f64| {
        let ring = ring(west, east);
        format!(
            r#"{{ "type": "Feature", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01", "holds": ["R-1"],
            "properties": {{ "name": "{name}" }}, "geometry": {{ "type": "Polygon", "coordinates": {ring} }} }}"#
        )
    };
    let sectors = format!(
        r#"{{ "type": "FeatureCollection", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01",
        "features": [{}, {}] }}"#,
        feature("west", 30.0, 30.5),
        feature("east", 30.5, 31.0),
    );
    let text = format!(
        "---\nagreement: test\ntitle: A test\nversion: 1\nin-force: 2026-04-11 00:00 UTC\nends: 2026-04-13 00:00 UTC\n\
        time-zone: UTC\nstandard: 0.80\nkeep-threshold: 0.60\nfinal-after: 6 hours\n---\n\n## Article 1. The rules\n\n\
        Each Party shall do as follows.\n\n```backstop\nparties North, South\nactors Mission, Commission\n\
        zone Square = map \"square.geojson\" as of 2026-04-01\nzone West = map \"west.geojson\" as of 2026-04-01\n\
        zone Own of North = map \"west.geojson\" as of 2026-04-01\nzone Own of South = map \"square.geojson\" as of 2026-04-01\n\
        sectors quarters = map \"sectors.geojson\" as of 2026-04-01\nevent fire = shelling or small-arms\n\
        class Guns = howitzer or mortar\nclass Stores = depot or howitzer\n\
        state Road = from opening in Square until closing in Square\n\
        state Post-held = from arrival by bearer until departure or closing by bearer\n\
        reading North: Disputed = Square, start = 2026-04-11 06:00 UTC, stop = 2026-04-12 06:00 UTC\n\
        reading South: Disputed = West, start = 2026-04-11 08:00 UTC, stop = 2026-04-11 20:00 UTC\n{rules}\n```\n"
    );
    let text = text.replace("2026-04-11", first).replace("2026-04-12", second).replace("2026-04-13", third);
    let file = |name: &str, text: String| (name.to_owned(), text.into_bytes());
    let files = AgreementFiles {
        text,
        files: [
            file("square.geojson", feature("square", 30.0, 31.0)),
            file("west.geojson", feature("west", 30.0, 30.5).replace("[\"R-1\"]", "[]")),
            file("sectors.geojson", sectors),
        ]
        .into(),
    };
    let (agreement, remarks) = clause::read(&files);
    let wanted = rules.lines().filter(|line| line.starts_with("rule ") || line.contains("otherwise")).count();
    let powers = rules.lines().filter(|line| line.starts_with("power ")).count();
    let read = agreement.rules.len() == wanted && agreement.powers.len() == powers;
    assert!(read, "{rules}\n{}", clause::render(&remarks, &files, clause::Language::English, false));
    agreement
}
