//! The monitor, fact by fact, says what `instances` says of the same facts at once.

use clause::{
    Agreement, AgreementFiles, Fact, Footing, Instance, InstanceKey, InstanceValue, Monitor, Part, Tells, Watch,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{
    Act, Area, Chance, Count, Effort, EffortId, Instant, Label, Means, Outcome, Party, Place, Position, Shape,
    SourceId, Span,
};

const MINUTE: i64 = 60_000;

fn start() -> Instant {
    Instant::parse("2026-04-11T13:00:00Z").expect("invariant: a time")
}

/// Every kind of rule, those that lean on others among them.
const RULES: &str = "\
    rule K1 of each party: never fire in Square\n\
    \x20 except returned: within 2 hours after fire by other\n\
    rule K2 of each party: never present heavy-weapon in Square\n\
    rule K3 of Mission: after fire in Square must notice about it within 3 hours\n\
    rule K4 of each party: after assault by party where notice within 2 hours before must withdrawal by party within 4 hours\n\
    rule K5 of each party: at most 2 fire in each quarters per 5 hours\n\
    rule K6 of each party: at most 3 present armour in Square\n\
    rule K7 of each party: movement only after notice\n\
    rule K8 of each party: after notice in each quarters must withdrawal by party there within 6 hours\n\
    \x20 except fired: within 1 hours after fire by other\n\
    rule K9 of each party: by 2026-04-12 08:00 exchange by party\n\
    rule K10 of Mission: after K1 violated by North must meeting within 2 hours\n\
    rule K11 of Mission: at least once every 8 hours meeting\n";

fn agreement() -> Agreement {
    let agreement = agreement_of(RULES);
    assert_eq!(agreement.rules.len(), 11);
    agreement
}

fn agreement_of(rules: &str) -> Agreement {
    let square =
        |west: f64, east: f64| format!("[[[{west}, 48], [{east}, 48], [{east}, 49], [{west}, 49], [{west}, 48]]]");
    let feature = |name: &str, ring: String| {
        format!(
            r#"{{ "type": "Feature", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01",
            "properties": {{ "name": "{name}" }}, "geometry": {{ "type": "Polygon", "coordinates": {ring} }} }}"#
        )
    };
    let sectors = format!(
        r#"{{ "type": "FeatureCollection", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01",
        "features": [{}, {}] }}"#,
        feature("west", square(30.0, 30.5)),
        feature("east", square(30.5, 31.0)),
    );
    let head = "---\nagreement: test\ntitle: A test\nversion: 1\nin-force: 2026-04-11 16:00 Europe/Kyiv\n\
        ends: 2026-04-13 00:00 Europe/Kyiv\ntime-zone: Europe/Kyiv\nstandard: 0.80\nkeep-threshold: 0.60\n\
        final-after: 6 hours\n---\n\n## Article 1. The rules\n\nEach Party shall do as follows.\n\n```backstop\n\
        parties North, South\nactors Mission\nzone Square = map \"square.geojson\" as of 2026-04-01\n\
        sectors quarters = map \"sectors.geojson\" as of 2026-04-01\n\
        event fire = shelling or small-arms\n";
    let files = AgreementFiles {
        text: format!("{head}{rules}```\n"),
        files: [
            ("square.geojson".to_owned(), feature("square", square(30.0, 31.0)).into_bytes()),
            ("sectors.geojson".to_owned(), sectors.into_bytes()),
        ]
        .into(),
    };
    let (agreement, remarks) = clause::read(&files);
    let sound = remarks.iter().all(|remark| remark.severity() != clause::Severity::Error);
    assert!(sound, "{}", clause::render(&remarks, &files, clause::Language::English, false));
    agreement
}

fn efforts() -> Vec<Effort> {
    let middle = Position::from_degrees(30.5, 48.5).expect("invariant: in range");
    vec![Effort {
        id: EffortId::of(b"1"),
        source: SourceId::new("post").expect("invariant: a name"),
        means: Means::Camera,
        span: Span::new(start(), start().shifted(40 * 60 * MINUTE)).expect("invariant: forwards"),
        area: Area::disc(middle, 150_000).expect("invariant: a disc"),
        outcome: Outcome::Looked,
        able: vec![Act::Withdrawal, Act::Exchange, Act::Shelling, Act::SmallArms],
        limits: None,
    }]
}

const ACTS: [Act; 10] = [
    Act::Shelling,
    Act::SmallArms,
    Act::Notice,
    Act::Withdrawal,
    Act::HeavyWeapon,
    Act::Assault,
    Act::Armour,
    Act::Movement,
    Act::Exchange,
    Act::Meeting,
];

fn fact() -> impl Strategy<Value = Fact> {
    let when = (0i64..24 * 4, prop_oneof![4 => Just(0i64), 1 => 1i64..90]);
    let what =
        (0usize..ACTS.len(), 0u8..4, 0u8..5, 0u8..3, prop_oneof![5 => 900_000u32..1_000_000, 1 => 500_000u32..700_000]);
    let more = (0u8..8, 0u8..12, 0u32..6);
    (0u8..12, when, what, more).prop_map(
        |(id, (quarter, minutes), (act, place, by, footing, ppm), (about, at, count))| {
            let from = start().shifted((quarter * 15 - 60) * MINUTE);
            let (lon, radius_m) = [(30.2, 100), (30.8, 100), (30.5, 2_000), (33.0, 100)][usize::from(place)];
            let centre = Position::from_degrees(lon, 48.5).expect("invariant: in range");
            let party = |n: u8| [Some("North"), Some("North"), Some("South"), Some("South"), None][usize::from(n % 5)];
            Fact {
                happened: Span::new(from, from.shifted(minutes * MINUTE)).expect("invariant: forwards"),
                id: format!("F{id}"),
                revision: 1,
                act: ACTS[act],
                object: None,
                place: Place { shape: Shape::Disc { centre, radius_m }, name: None },
                by: party(by).and_then(Party::new),
                at: Some(at).filter(|at| *at < 5).and_then(|at| party(at).and_then(Party::new)),
                count: if count > 3 { Count::UNKNOWN } else { Count::exactly(count + 1) },
                about: Some(about).filter(|about| *about < 6).map(|about| format!("F{about}")),
                chance: Chance::from_ppm(ppm).expect("invariant: a chance"),
                footing: [Footing::Proposed, Footing::Proposed, Footing::Established][usize::from(footing)],
            }
        },
    )
}

#[derive(Clone, Debug)]
enum Deed {
    Take(Box<Fact>),
    Retract(u8),
    Advance(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => fact().prop_map(|fact| Deed::Take(Box::new(fact))),
        1 => (0u8..12).prop_map(Deed::Retract),
        2 => (0i64..36).prop_map(Deed::Advance),
    ]
}

/// Whether one says what the other says; a stretch that surely held too many is not told again when it holds more.
fn agree(told: &Instance, wanted: &Instance) -> bool {
    let counted = |witness: &&clause::Witness| witness.part == Part::Counted;
    let (said, all) = (&told.certificate.witnesses, &wanted.certificate.witnesses);
    let same = if wanted.value == InstanceValue::Violated && all.iter().filter(counted).count() > 1 {
        said.iter().all(|witness| all.contains(witness))
    } else {
        said == all
    };
    same && told.value == wanted.value && told.certain == wanted.certain && told.decided == wanted.decided
}

/// Plays the deeds; gives the last thing told of each instance, and the facts as they stand.
fn play(
    agreement: &Agreement,
    deeds: &[Deed],
    tells: Tells,
    end: Instant,
) -> (BTreeMap<InstanceKey, Arc<Instance>>, Vec<Fact>) {
    let efforts = efforts();
    let mut monitor = Monitor::new(agreement, tells);
    let mut facts: BTreeMap<(Footing, String), Fact> = BTreeMap::new();
    let mut last: BTreeMap<InstanceKey, Arc<Instance>> = BTreeMap::new();
    let mut at = start();
    let watch = |known_until| Watch { efforts: &efforts, detection: None, known_until, sources: &[], heard: &[] };
    for (nth, deed) in deeds.iter().enumerate() {
        match deed {
            Deed::Take(fact) => {
                let fact = Fact { revision: u32::try_from(nth).expect("few") + 1, ..(**fact).clone() };
                facts.insert((fact.footing, fact.id.clone()), fact.clone());
                monitor.take(fact);
            }
            Deed::Retract(id) => {
                let id = format!("F{id}");
                for footing in [Footing::Established, Footing::Proposed] {
                    if let Some(fact) = facts.remove(&(footing, id.clone())) {
                        monitor.retract(&fact);
                    }
                }
            }
            // The clock goes on, and facts come late: also from before what was promised to be known.
            Deed::Advance(hours) => {
                at = at.max(start().shifted(hours * 60 * MINUTE));
                let told = monitor.advance(&watch(at.shifted(-14 * 60 * MINUTE)), at);
                last.extend(told.into_iter().map(|told| (told.instance.key.clone(), told.instance)));
            }
        }
    }
    let told = monitor.advance(&watch(end), end);
    last.extend(told.into_iter().map(|told| (told.instance.key.clone(), told.instance)));
    assert_eq!(monitor.errata(), Vec::new());
    (last, facts.into_values().collect())
}

fn at_once(agreement: &Agreement, facts: &[Fact], end: Instant) -> BTreeMap<InstanceKey, Instance> {
    let efforts = efforts();
    let watch = Watch { efforts: &efforts, detection: None, known_until: end, sources: &[], heard: &[] };
    let all = clause::instances(agreement, facts, &watch, end);
    all.into_iter().map(|instance| (instance.key.clone(), instance)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn the_monitor_says_what_instances_says(deeds in proptest::collection::vec(deed(), 1..40), hours in 36i64..70) {
        let agreement = agreement();
        let end = start().shifted(hours * 60 * MINUTE);
        let (told, facts) = play(&agreement, &deeds, Tells::All, end);
        let wanted = at_once(&agreement, &facts, end);
        for (key, instance) in &wanted {
            let said = told.get(key);
            prop_assert!(said.is_some_and(|said| agree(said, instance)), "{}: {:?}, not {:?}", key, said, instance);
        }
        for (key, instance) in &told {
            let gone = matches!(instance.value, InstanceValue::Void | InstanceValue::Met);
            prop_assert!(wanted.contains_key(key) || gone, "{} was told as {:?}", key, instance.value);
        }
    }

    #[test]
    fn breaches_alone_are_told_alike(deeds in proptest::collection::vec(deed(), 1..40), hours in 36i64..70) {
        let agreement = agreement();
        let end = start().shifted(hours * 60 * MINUTE);
        let (told, facts) = play(&agreement, &deeds, Tells::Breaches, end);
        let wanted = at_once(&agreement, &facts, end);
        for (key, instance) in &wanted {
            let over = instance.interest.latest() < end;
            let breach = matches!(instance.value, InstanceValue::Violated | InstanceValue::Unknown);
            if over && breach {
                let said = told.get(key);
                prop_assert!(said.is_some_and(|said| agree(said, instance)), "{}: {:?}, not {:?}", key, said, instance);
            } else if let Some(said) = told.get(key) {
                let let_go = matches!(said.value, InstanceValue::Void | InstanceValue::Met) && !(over && breach);
                prop_assert!(let_go || agree(said, instance), "{}: {:?}, not {:?}", key, said, instance);
            }
        }
        for (key, instance) in &told {
            let gone = matches!(instance.value, InstanceValue::Void | InstanceValue::Met);
            prop_assert!(wanted.contains_key(key) || gone, "{} was told as {:?}", key, instance.value);
        }
    }
}

/// Deadlines, rounds, and what leans on verdicts: in groups of their own.
const LEANING: &str = "\
    rule L1 of each party: never fire in Square\n\
    rule L2 of Mission: after L1 violated must meeting within 2 hours\n\
    \x20 otherwise L3: must notice within 3 hours\n\
    rule L4 of each party: by 2026-04-12 08:00 exchange by party\n\
    rule L5 of Mission: at least once every 5 hours meeting\n\
    rule L6 of each party: movement only after L4 met by other\n\
    rule L7 of each party: between 2026-04-11 20:00 and 2026-04-12 10:00 at least 3 exchange by party\n\
    rule L8 of each party: never assault in Square\n\
    \x20 released when L1 violated by other\n\
    rule L9 of Mission: after L5 violated 2 times within 1 day must notice within 4 hours\n";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(120) })]

    /// Hour by hour, also where nothing comes in: what only the passing of time changes is told as well.
    #[test]
    fn every_hour_is_told(
        facts in proptest::collection::vec((fact(), 0i64..40), 0..20),
        lag in 0i64..8,
        looks in 0i64..50,
    ) {
        let (agreement, efforts) = (agreement_of(LEANING), efforts());
        let mut monitor = Monitor::new(&agreement, Tells::All);
        let mut known: BTreeMap<(Footing, String), Fact> = BTreeMap::new();
        let mut last: BTreeMap<InstanceKey, Arc<Instance>> = BTreeMap::new();
        for hour in 0..54 {
            let at = start().shifted(hour * 60 * MINUTE);
            for (fact, _) in facts.iter().filter(|(_, comes)| *comes == hour) {
                let key = (fact.footing, fact.id.clone());
                let revision = known.get(&key).map_or(1, |known| known.revision + 1);
                known.insert(key, Fact { revision, ..fact.clone() });
                monitor.take(Fact { revision, ..fact.clone() });
            }
            let efforts = if hour < looks { &efforts[..0] } else { &efforts[..] };
            let watch = Watch { efforts, detection: None, known_until: at.shifted(-lag * 60 * MINUTE), sources: &[], heard: &[] };
            let told = monitor.advance(&watch, at);
            last.extend(told.into_iter().map(|told| (told.instance.key.clone(), told.instance)));
            let facts: Vec<Fact> = known.values().cloned().collect();
            let ours = |key: &InstanceKey| {
                let rule = agreement.rule(&key.rule).expect("a rule of the text");
                matches!(clause::bound(&agreement, rule), clause::Bound::Everything { .. })
            };
            let wanted = clause::instances(&agreement, &facts, &watch, at);
            for instance in wanted.iter().filter(|instance| ours(&instance.key)) {
                let said = last.get(&instance.key);
                prop_assert!(said.is_some_and(|said| agree(said, instance)), "hour {}: {:?}, not {:?}", hour, said, instance);
                let closed = said.is_some_and(|said| said.standing >= clause::Standing::Final);
                prop_assert!(closed || instance.standing != clause::Standing::Final, "hour {}: {} is final", hour, instance.key);
            }
        }
    }
}

/// A revision that no rule asks about stays in the place of one that comes after it and is older.
#[test]
fn an_older_revision_that_comes_later_changes_nothing() {
    let agreement = agreement_of(
        "rule K1 of each party: never fire in Square\nrule K2 of each party: by 2026-04-12 08:00 exchange\n",
    );
    let at = start().shifted(60 * MINUTE);
    for act in [Act::Shelling, Act::Exchange] {
        let mut monitor = Monitor::new(&agreement, Tells::All);
        monitor.take(plain("F", 2, Act::Demining, at));
        monitor.take(plain("F", 1, act, at));
        let end = start().shifted(60 * 60 * MINUTE);
        let told =
            monitor.advance(&Watch { efforts: &[], detection: None, known_until: end, sources: &[], heard: &[] }, end);
        let named = told.iter().filter(|told| told.instance.certificate.witnesses.iter().any(|w| w.fact == "F"));
        assert_eq!(named.count(), 0, "{}", act.word());
    }
}

/// A plain fact by North, inside the square, surely.
fn plain(id: &str, revision: u32, act: Act, at: Instant) -> Fact {
    let centre = Position::from_degrees(30.2, 48.5).expect("invariant: in range");
    Fact {
        happened: Span::at(at),
        id: id.to_owned(),
        revision,
        act,
        object: None,
        place: Place { shape: Shape::Disc { centre, radius_m: 10 }, name: None },
        by: Party::new("North"),
        at: None,
        count: Count::UNKNOWN,
        about: None,
        chance: Chance::CERTAIN,
        footing: Footing::Proposed,
    }
}

/// A power that waits for a quiet hears what breaks the quiet, though no rule asks about it.
#[test]
fn a_quiet_that_gives_a_power_is_heard() {
    let agreement = agreement_of(
        "rule K1 of each party: never fire in Square\n\
        power P1 of North: may suspend K1 for 6 hours when 2 hours without request\n",
    );
    let at = |minutes: i64| start().shifted(minutes * MINUTE);
    for asked in [30, 600] {
        let facts = [(Act::Request, asked), (Act::Suspension, 125), (Act::Shelling, 180)];
        let facts = facts.map(|(act, minutes)| plain(act.word(), 1, act, at(minutes)));
        let deeds: Vec<Deed> = facts.into_iter().map(|fact| Deed::Take(Box::new(fact))).collect();
        let end = at(2_400);
        let (told, facts) = play(&agreement, &deeds, Tells::All, end);
        let wanted = at_once(&agreement, &facts, end);
        assert_eq!(wanted.is_empty(), asked == 600, "the suspension works only after a quiet");
        assert!(wanted.iter().all(|(key, instance)| told.get(key).is_some_and(|said| agree(said, instance))));
        assert_eq!(told.len(), wanted.len());
    }
}

/// In order, with the record known until each fact: what was final is let go of, and nothing is missed.
#[test]
fn what_is_final_is_let_go_of() {
    let agreement = agreement();
    let efforts = efforts();
    let mut monitor = Monitor::new(&agreement, Tells::Breaches);
    let north = Party::new("North");
    let (mut violated, mut closed, mut most) = (0, 0, 0);
    for nth in 0..3_000i64 {
        let at = start().shifted(nth * MINUTE);
        monitor.take(plain(&format!("F{nth}"), 1, Act::HeavyWeapon, at));
        let watch = Watch { efforts: &efforts, detection: None, known_until: at, sources: &[], heard: &[] };
        for told in monitor.advance(&watch, at) {
            let k2 = told.instance.key.rule == Label::new("K2").expect("invariant: a label");
            if k2 && told.instance.key.bearer == north {
                violated += u32::from(told.was.is_none());
                closed += u32::from(told.instance.standing == clause::Standing::Final);
            }
        }
        most = most.max(monitor.held());
    }
    // The window ends after 1,800 minutes; for two lanes a day to spare, six hours for
    // corrections and the longest look back of any rule are held.
    let in_window = (Instant::parse("2026-04-12T21:00:00Z").expect("a time").ms() - start().ms()) / MINUTE;
    assert_eq!(violated, u32::try_from(in_window + 1).expect("few"), "both ends are in the window");
    assert!(closed == violated, "{closed} were told as final");
    assert!(most < 2 * (60 * 38 + 61), "{most} were held at once");
    // What comes from before all that is held is given back, and judges nothing.
    let old = |id: &str| plain(id, 2, Act::HeavyWeapon, start());
    monitor.take(old("late"));
    monitor.retract(&old("F0"));
    let errata: Vec<(String, u32)> = monitor.errata().into_iter().map(|late| (late.fact, late.revision)).collect();
    assert_eq!(errata, [("F0".to_owned(), 0), ("late".to_owned(), 2)]);
}
