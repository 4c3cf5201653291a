//! Entries to views: what is known when, by whom, on which footing.

use clause::{Footing, Standing, Value, Verdict};
use coverage::Detection;
use mission::record::body::{
    AdoptedAgreement, AdoptedDetection, After, AttestedRun, Attribution, Custodian, EntryName, Finding, FindingResult,
    HandOver, Interpretation, Opening, Redaction, RedactionEffects, Resumption, Reveal, Role, Ruling, Touched,
};
use mission::record::commitment::Payload;
use mission::record::publication::Basis;
use mission::record::{Body, named_effort, named_observation};
use mission::{Account, Closed, Mission, Moment, Reader, Step, View, Why};
use terms::{
    Act, Area, Chance, Effort, EffortId, Instant, Label, Means, Observation, Outcome, Party, Place, Position, Release,
    Shape, Source, SourceId, SourceKind, Span, Wedge,
};

const AGREEMENT: &str = "---
agreement: test
title: A test
version: 1
in-force: 2026-03-01 00:00 UTC
ends: 2026-04-01 00:00 UTC
time-zone: UTC
standard: 0.50
keep-threshold: 0.50
final-after: 1 day
---

## Definitions
```backstop
parties North \"North\", South \"South\"
zone Field = map \"field.geojson\" as of 2026-03-01
event fire = shelling or small-arms
```

## Article 1
No fire.
```backstop
rule A1 of each party: never fire by party in Field
```
";

const FIELD: &str = r#"{"type":"Feature","version":"1","source":"drawn for a test","as_of":"2026-03-01","properties":{},
 "geometry":{"type":"Polygon","coordinates":[[[10.0,10.0],[11.0,10.0],[11.0,11.0],[10.0,11.0],[10.0,10.0]]]}}"#;

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn source(id: &str, release: Release) -> Body {
    Body::SourceDeclared(Source {
        id: SourceId::new(id).expect("a source id"),
        title: id.to_owned(),
        kind: SourceKind::Monitor,
        voice: id.to_owned(),
        party: None,
        licence: "ours".to_owned(),
        attribution: "the mission".to_owned(),
        release,
        worth: [(Act::Shelling, Chance::from_ppm(800_000).expect("a chance"))].into(),
        worth_basis: "a test".to_owned(),
    })
}

fn shelling(id: &str, when: &str) -> Observation {
    let centre = Position::from_degrees(10.5, 10.5).expect("a position");
    let place = Place { shape: Shape::Disc { centre, radius_m: 300 }, name: None };
    let source = SourceId::new(id).expect("a source id");
    named_observation(Observation::plain(source, Means::Sight, Act::Shelling, Span::at(at(when)), place))
}

/// A mission with two posts, of which `secret` may show its rows to nobody else.
fn mission() -> Mission {
    let mut mission = Mission::default();
    let opening = Opening {
        mission: "test".to_owned(),
        data_class: "exercise".to_owned(),
        time_zone: "UTC".to_owned(),
        same_words_ppm: None,
    };
    let files = [("field.geojson".to_owned(), FIELD.to_owned())].into();
    let adopted = AdoptedAgreement { text: AGREEMENT.to_owned(), files };
    let first = [
        Body::MissionOpened(opening),
        Body::AgreementAdopted(adopted),
        source("open", Release::Rows),
        source("secret", Release::Nothing),
    ];
    first.iter().for_each(|body| add(&mut mission, "2026-03-01T00:00:00Z", body));
    mission
}

#[test]
fn an_opening_says_whether_copies_are_looked_for() {
    let opening = |same_words_ppm| Opening {
        mission: "test".to_owned(),
        data_class: "exercise".to_owned(),
        time_zone: "UTC".to_owned(),
        same_words_ppm,
    };
    let believed = |opening: Opening| {
        let mut mission = Mission::default();
        add(&mut mission, "2026-03-01T00:00:00Z", &Body::MissionOpened(opening));
        mission.believed(Moment::at(Instant::LATEST)).parameters().clone()
    };
    assert_eq!(believed(opening(None)), fusion::Parameters::believed());
    assert_eq!(believed(opening(Some(650_000))), fusion::Parameters::believed().with_copies());
    for share_ppm in [0, 1_000_001] {
        let body = Body::MissionOpened(opening(Some(share_ppm)));
        assert!(Body::read(body.kind(), &body.write()).is_err(), "{share_ppm}");
    }
}

fn add(mission: &mut Mission, received_at: &str, body: &Body) {
    // An entry is what it says; every body must survive being written and read.
    assert_eq!(Body::read(body.kind(), &body.write()).as_ref(), Ok(body));
    mission.apply(0, at(received_at), body.kind(), &body.write());
}

fn check(view: &View, footing: Footing, bearer: Option<&str>, expected: Value) {
    let bearer = bearer.and_then(Party::new);
    let verdict = view.verdicts.iter().find(|v| v.footing == footing && v.bearer == bearer).expect("a verdict");
    assert_eq!(verdict.value, expected, "{footing:?} {bearer:?}: {}", verdict.because.summary);
}

#[test]
fn the_four_acts_stay_apart() {
    let mut mission = mission();
    let seen = shelling("open", "2026-03-02T10:00:00Z");
    let observations = vec![seen.id];
    add(&mut mission, "2026-03-02T10:05:00Z", &Body::Observed(seen));
    let view = |mission: &Mission| mission.view(Moment::at(at("2026-03-03T00:00:00Z")), Reader::Mission);

    let proposed = view(&mission);
    assert_eq!(proposed.incidents[0].state(), "proposed");
    check(&proposed, Footing::Proposed, None, Value::Breached);
    check(&proposed, Footing::Proposed, Some("North"), Value::Undetermined);
    check(&proposed, Footing::Established, None, Value::NoBreachSeen);

    let (signed_by, grounds) = ("two verifiers".to_owned(), "crater".to_owned());
    let finding = Finding {
        observations: observations.clone(),
        result: FindingResult::Established,
        signed_by: signed_by.clone(),
        grounds: grounds.clone(),
    };
    add(&mut mission, "2026-03-02T12:00:00Z", &Body::FindingSigned(finding));
    let established = view(&mission);
    assert_eq!(established.incidents[0].state(), "established");
    check(&established, Footing::Established, None, Value::Breached);
    check(&established, Footing::Established, Some("North"), Value::Undetermined);

    let party = Party::new("North");
    let attribution = Attribution { observations: observations.clone(), party, signed_by, grounds: grounds.clone() };
    add(&mut mission, "2026-03-02T13:00:00Z", &Body::AttributionSigned(attribution));
    let attributed = view(&mission);
    check(&attributed, Footing::Established, Some("North"), Value::Breached);
    check(&attributed, Footing::Established, Some("South"), Value::NoBreachSeen);
    check(&attributed, Footing::Ruled, None, Value::NoBreachSeen);

    let rule = Label::new("A1").expect("a rule id");
    let ruling = Ruling { rule, observations, breach: true, body: "Commission".to_owned(), grounds };
    add(&mut mission, "2026-03-02T14:00:00Z", &Body::RulingMade(ruling));
    check(&view(&mission), Footing::Ruled, None, Value::Breached);
}

#[test]
fn a_view_knows_what_was_received_by_then() {
    let mut mission = mission();
    add(&mut mission, "2026-03-05T00:00:00Z", &Body::Observed(shelling("open", "2026-03-02T10:00:00Z")));
    let incidents = |known: &str| {
        let moment = Moment { known_at: at(known), judged_at: at("2026-03-06T00:00:00Z") };
        mission.view(moment, Reader::Mission).incidents.len()
    };
    assert_eq!(incidents("2026-03-04T23:59:59Z"), 0);
    assert_eq!(incidents("2026-03-05T00:00:00Z"), 1);
}

#[test]
fn what_a_licence_holds_back_is_counted_and_not_shown() {
    let mut mission = mission();
    add(&mut mission, "2026-03-02T11:00:00Z", &Body::Observed(shelling("secret", "2026-03-02T10:00:00Z")));
    let moment = Moment::at(at("2026-03-03T00:00:00Z"));
    let (ours, theirs) = (mission.view(moment, Reader::Mission), mission.view(moment, Reader::Public));
    assert_eq!((ours.observations.len(), ours.incidents.len(), ours.withheld.len()), (1, 1, 0));
    assert_eq!((theirs.observations.len(), theirs.incidents.len()), (0, 0));
    assert_eq!(theirs.withheld.values().sum::<u64>(), 1);
}

#[test]
fn an_entry_of_an_unknown_kind_is_kept_as_trouble() {
    let mut mission = mission();
    let body = Body::Observed(shelling("open", "2026-03-02T10:00:00Z"));
    mission.apply(7, at("2026-03-02T11:00:00Z"), "observation/2", &body.write());
    let view = mission.view(Moment::at(at("2026-03-03T00:00:00Z")), Reader::Mission);
    assert_eq!(view.troubles.len(), 1);
    assert!(view.troubles[0].why.contains("observation/2"), "{}", view.troubles[0].why);
}

#[test]
fn a_change_after_finality_is_an_amendment() {
    let mut mission = mission();
    add(&mut mission, "2026-04-02T12:00:00Z", &source("late", Release::Rows));
    let view = |mission: &Mission, when: &str| mission.view(Moment::at(at(when)), Reader::Mission);

    // The window ends on 1 April and the verdict is final a day later, with nothing seen.
    let then = view(&mission, "2026-04-02T12:00:00Z");
    check(&then, Footing::Proposed, None, Value::NoBreachSeen);
    assert!(then.amendments.is_empty() && then.verdicts.iter().all(|verdict| verdict.standing == Standing::Final));

    add(&mut mission, "2026-04-05T00:00:00Z", &Body::Observed(shelling("open", "2026-03-20T10:00:00Z")));
    let now = view(&mission, "2026-04-06T00:00:00Z");
    check(&now, Footing::Proposed, None, Value::Breached);
    let amended = now.amendments.iter().find(|a| a.footing == Footing::Proposed && a.bearer.is_none());
    let amended = amended.expect("an amendment");
    assert_eq!((amended.was, amended.final_at), (Value::NoBreachSeen, at("2026-04-02T00:00:00Z")));
    let verdict = now.verdicts.iter().find(|verdict| amended.of(verdict)).expect("a verdict");
    assert_eq!(verdict.standing, Standing::Amended);
    // As of the day before the late report came, nothing has changed.
    assert!(view(&mission, "2026-04-04T00:00:00Z").amendments.is_empty());
}

#[test]
fn each_version_governs_its_own_time() {
    let mut mission = mission();
    let second = AGREEMENT
        .replace("version: 1", "version: 2\namends: 1")
        .replace("in-force: 2026-03-01 00:00 UTC", "in-force: 2026-03-10 00:00 UTC")
        .replace("shelling or small-arms", "small-arms");
    let files = [("field.geojson".to_owned(), FIELD.to_owned())].into();
    let adopted = Body::AgreementAdopted(AdoptedAgreement { text: second, files });
    add(&mut mission, "2026-03-05T00:00:00Z", &adopted);
    add(&mut mission, "2026-03-06T12:00:00Z", &Body::Observed(shelling("open", "2026-03-06T10:00:00Z")));
    add(&mut mission, "2026-03-12T12:00:00Z", &Body::Observed(shelling("open", "2026-03-12T10:00:00Z")));
    let version = |view: &View| view.adopted.as_ref().expect("an agreement").what.agreement.version.clone();

    let before = mission.view(Moment::at(at("2026-03-09T00:00:00Z")), Reader::Mission);
    assert_eq!((version(&before).as_str(), before.former.len()), ("1", 0));
    check(&before, Footing::Proposed, None, Value::Breached);

    let after = mission.view(Moment::at(at("2026-03-13T00:00:00Z")), Reader::Mission);
    assert_eq!((version(&after).as_str(), after.former.len()), ("2", 1));
    check(&after, Footing::Proposed, None, Value::NoBreachSeen);
    let former = &after.former[0];
    assert_eq!(former.until, at("2026-03-10T00:00:00Z"));
    let breached = former.verdicts.iter().find(|v| v.footing == Footing::Proposed).expect("a verdict");
    // The first version answers for its own days, and for no more of them.
    assert_eq!((breached.value, breached.because.incidents.len()), (Value::Breached, 1));
}

#[test]
fn a_ruling_on_interpretation_settles_a_reading_from_its_date() {
    let mut mission = Mission::default();
    let text = AGREEMENT
        .replace(
            "event fire",
            "reading North: start = 2026-03-02 00:00\nreading South: start = 2026-03-05 00:00\nevent fire",
        )
        .replace("in Field\n", "in Field from start\n");
    let files = [("field.geojson".to_owned(), FIELD.to_owned())].into();
    add(&mut mission, "2026-03-01T00:00:00Z", &Body::AgreementAdopted(AdoptedAgreement { text, files }));
    let ruling = Interpretation {
        reading: Label::new("South").expect("a reading"),
        rules: Vec::new(),
        from: at("2026-03-20T00:00:00Z"),
        body: "Commission".to_owned(),
        grounds: "the letter of 4 March".to_owned(),
    };
    add(&mut mission, "2026-03-19T00:00:00Z", &Body::InterpretationRuled(ruling));
    let settled = |when: &str| mission.view(Moment::at(at(when)), Reader::Mission).settled;
    assert!(settled("2026-03-19T12:00:00Z").is_empty());
    let rule = Label::new("A1").expect("a rule id");
    assert_eq!(settled("2026-03-21T00:00:00Z")[&rule].what.reading.as_str(), "South");
}

/// The steps of the parties together on a footing, from one point of view.
fn steps(mission: &Mission, account: Account, until: &str, footing: Footing) -> Vec<Step> {
    let rule = Label::new("A1").expect("a rule id");
    let history = mission.history(&rule, account, at(until), Reader::Mission).expect("the text has the rule");
    let strip = history.strips.into_iter().find(|strip| strip.footing == footing && strip.bearer.is_none());
    strip.expect("a strip").steps
}

fn read(steps: &[Step]) -> Vec<(Instant, Value, Standing)> {
    let read = |step: &Step| {
        let stands = step.stands.as_ref().expect("the text has the rule");
        (step.from, stands.value, stands.standing.expect("a verdict's standing"))
    };
    steps.iter().map(read).collect()
}

#[test]
fn a_history_names_what_changed_a_verdict() {
    let mut mission = mission();
    let seen = shelling("open", "2026-03-02T10:00:00Z");
    let observations = vec![seen.id];
    add(&mut mission, "2026-03-02T10:05:00Z", &Body::Observed(seen));
    let finding = Finding {
        observations,
        result: FindingResult::Established,
        signed_by: "two verifiers".to_owned(),
        grounds: "crater".to_owned(),
    };
    add(&mut mission, "2026-03-02T12:00:00Z", &Body::FindingSigned(finding));
    let then = |footing| steps(&mission, Account::AsJudgedThen, "2026-03-03T00:00:00Z", footing);

    let begins = (at("2026-03-01T00:00:00Z"), Value::NoBreachSeen, Standing::Open);
    let proposed = then(Footing::Proposed);
    assert_eq!(read(&proposed), [begins, (at("2026-03-02T10:05:00Z"), Value::Breached, Standing::Open)]);
    assert_eq!(proposed[1].after, at("2026-03-02T10:04:59.999Z"), "it is known to the millisecond");
    assert!(matches!(proposed[1].because[0].why, Why::Report(..)), "{:?}", proposed[1].because);
    let established = then(Footing::Established);
    assert_eq!(read(&established), [begins, (at("2026-03-02T12:00:00Z"), Value::Breached, Standing::Open)]);
    assert!(matches!(established[1].because[0].why, Why::Finding(..)), "{:?}", established[1].because);
    assert!(established[1].because[0].incident.is_some());
}

/// Four days watched by ear; on the third the mission adopts that its ears hear one shelling in four, on the fourth that they hear most.
#[test]
fn a_clause_is_kept_only_where_a_breach_would_have_been_seen() {
    let mut mission = mission();
    let field = [(10.0, 10.0), (11.0, 10.0), (11.0, 11.0), (10.0, 11.0)];
    let field = field.map(|(lon, lat)| Position::from_degrees(lon, lat).expect("a position"));
    let listened = named_effort(Effort {
        id: EffortId::of(b""),
        source: SourceId::new("open").expect("a source id"),
        means: Means::Sound,
        span: Span::new(at("2026-03-01T00:00:00Z"), at("2026-03-04T12:00:00Z")).expect("a span"),
        area: Area::new(vec![vec![field.to_vec()]]).expect("an area"),
        outcome: Outcome::Looked,
        able: vec![Act::Shelling, Act::SmallArms],
        limits: None,
    });
    add(&mut mission, "2026-03-01T00:00:00Z", &Body::Looked(listened));
    for (when, lift) in [("2026-03-03T00:00:00Z", -1_024), ("2026-03-04T00:00:00Z", 4_096)] {
        let text = format!("backstop-detection 1\nsees sound other 1000000 {lift} 512 1000000 1000000 0\n");
        let detection = Detection::from_text(&text).expect("a text");
        add(&mut mission, when, &Body::DetectionAdopted(AdoptedDetection { detection, basis: "a test".to_owned() }));
    }
    for (when, expected, seen) in [
        ("2026-03-02T00:00:00Z", Value::Complied, None),
        ("2026-03-03T12:00:00Z", Value::NoBreachSeen, Some(200_000..300_000)),
        ("2026-03-04T10:00:00Z", Value::Complied, Some(900_000..1_000_000)),
    ] {
        let view = mission.view(Moment::at(at(when)), Reader::Mission);
        check(&view, Footing::Proposed, None, expected);
        let coverage = view.verdicts[0].because.coverage.clone().expect("a coverage");
        assert_eq!(coverage.watched, Chance::CERTAIN, "{when}");
        let chance = coverage.seen.as_ref().and_then(|_| coverage.least()).map(|(_, chance)| chance.ppm());
        assert_eq!(chance.is_some(), seen.is_some());
        assert!(chance.zip(seen).is_none_or(|(chance, range)| range.contains(&chance)), "{when}: {chance:?}");
    }
    let steps = steps(&mission, Account::AsJudgedThen, "2026-03-04T11:00:00Z", Footing::Proposed);
    let adopted = |step: &&Step| step.because.iter().any(|because| because.why == Why::Detection);
    let changed: Vec<(Instant, Value, Standing)> = read(&steps.iter().filter(adopted).cloned().collect::<Vec<_>>());
    let no_longer = (at("2026-03-03T00:00:00Z"), Value::NoBreachSeen, Standing::Open);
    assert_eq!(changed, [no_longer, (at("2026-03-04T00:00:00Z"), Value::Complied, Standing::Open)]);
}

#[test]
fn what_was_said_then_is_not_what_is_said_now_of_then() {
    let mut mission = mission();
    add(&mut mission, "2026-03-05T00:00:00Z", &Body::Observed(shelling("open", "2026-03-02T10:00:00Z")));
    let breached = |account| {
        let steps = steps(&mission, account, "2026-03-06T00:00:00Z", Footing::Proposed);
        read(&steps).into_iter().find(|(_, value, _)| *value == Value::Breached).expect("a breach").0
    };
    assert_eq!(breached(Account::AsJudgedThen), at("2026-03-05T00:00:00Z"));
    assert_eq!(breached(Account::AsOfNow), at("2026-03-02T10:00:00Z"));
}

#[test]
fn an_amended_verdict_is_an_amended_step() {
    let mut mission = mission();
    add(&mut mission, "2026-04-05T00:00:00Z", &Body::Observed(shelling("open", "2026-03-20T10:00:00Z")));
    let of = |account| steps(&mission, account, "2026-04-06T00:00:00Z", Footing::Proposed);
    let then = of(Account::AsJudgedThen);
    assert_eq!(
        read(&then),
        [
            (at("2026-03-01T00:00:00Z"), Value::NoBreachSeen, Standing::Open),
            (at("2026-04-01T00:00:00.001Z"), Value::NoBreachSeen, Standing::Provisional),
            (at("2026-04-02T00:00:00Z"), Value::NoBreachSeen, Standing::Final),
            (at("2026-04-05T00:00:00Z"), Value::Breached, Standing::Amended),
        ]
    );
    let why = |step: &Step| step.because[0].why.clone();
    assert_eq!((why(&then[1]), why(&then[2])), (Why::WindowEnds, Why::Closes));
    assert_eq!(then[3].stands.as_ref().and_then(|stands| stands.was), Some(Value::NoBreachSeen));
    let now = of(Account::AsOfNow);
    let last = now.last().and_then(|step| step.stands.clone()).expect("a step");
    assert_eq!((last.standing, last.was), (Some(Standing::Amended), Some(Value::NoBreachSeen)));
}

#[test]
fn a_text_that_drops_a_rule_ends_its_history() {
    let mut mission = mission();
    let second = AGREEMENT
        .replace("version: 1", "version: 2\namends: 1")
        .replace("in-force: 2026-03-01 00:00 UTC", "in-force: 2026-03-10 00:00 UTC")
        .replace("rule A1 ", "rule A2 ");
    let files = [("field.geojson".to_owned(), FIELD.to_owned())].into();
    let adopted = Body::AgreementAdopted(AdoptedAgreement { text: second, files });
    mission.apply(9, at("2026-03-05T00:00:00Z"), adopted.kind(), &adopted.write());
    let steps = steps(&mission, Account::AsJudgedThen, "2026-03-12T00:00:00Z", Footing::Proposed);
    let last = steps.last().expect("a step");
    assert_eq!((last.from, last.stands.is_none()), (at("2026-03-10T00:00:00Z"), true));
    assert_eq!(last.because[0].why, Why::Text("2".to_owned()));
    let none = Label::new("A9").expect("a rule id");
    assert!(mission.history(&none, Account::AsOfNow, at("2026-03-12T00:00:00Z"), Reader::Mission).is_none());
}

#[test]
fn where_observers_stand_is_nobodys_but_the_missions() {
    let mut mission = mission();
    let mut heard = shelling("open", "2026-03-02T10:00:00Z");
    let post = Position::from_degrees(10.5, 10.5).expect("a position");
    let wedge = Wedge::new(post, 22_500, 11_250, [2_000, 4_000]).expect("a wedge");
    heard.place = Place { shape: Shape::Wedge(wedge), name: Some("north of the post".to_owned()) };
    let heard = named_observation(heard);
    add(&mut mission, "2026-03-02T10:05:00Z", &Body::Observed(heard.clone()));
    let view = |reader| mission.view(Moment::at(at("2026-03-03T00:00:00Z")), reader);
    let (ours, theirs) = (view(Reader::Mission), view(Reader::Public));
    let (centre, radius_m) = wedge.disc();
    let disc = Shape::Disc { centre, radius_m };
    for (view, shape) in [(&ours, &heard.place.shape), (&theirs, &disc)] {
        assert_eq!(&view.observations[&heard.id].what.place.shape, shape);
        assert_eq!(&view.incidents[0].incident.place.shape, shape);
        assert_eq!(view.facts[0].place.shape, disc, "rules ask the disc, whoever reads");
        check(view, Footing::Proposed, None, Value::Breached);
    }
    assert_eq!(ours.verdicts.len(), theirs.verdicts.len());
}

#[test]
fn a_history_of_a_long_log_is_bounded_and_finds_the_steps() {
    let mut mission = mission();
    let minute = |n: i64| at("2026-03-02T00:00:00Z").shifted(n * 60_000);
    for n in 0..2_000 {
        let mut far = shelling("open", &minute(n).to_string());
        let centre = Position::from_degrees(50.5, 10.5).expect("a position");
        far.place = Place { shape: Shape::Disc { centre, radius_m: 300 }, name: None };
        add(&mut mission, &minute(n).to_string(), &Body::Observed(named_observation(far)));
    }
    let inside = shelling("open", &minute(1_234).to_string());
    add(&mut mission, &minute(1_235).to_string(), &Body::Observed(inside));
    let rule = Label::new("A1").expect("a rule id");
    let history = mission.history(&rule, Account::AsJudgedThen, minute(2_000), Reader::Mission).expect("a history");
    assert!(history.judged <= 72 && history.happenings >= 2_000, "{} of {}", history.judged, history.happenings);
    let of = |footing| history.strips.iter().find(|strip| strip.footing == footing && strip.bearer.is_none());
    let proposed = &of(Footing::Proposed).expect("a strip").steps;
    assert_eq!(read(proposed).last().map(|step| (step.0, step.1)), Some((minute(1_235), Value::Breached)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn a_history_says_what_the_views_of_each_instant_said(
        told in proptest::collection::vec((0i64..300, 0i64..300, 0u8..3, 0i32..4, 0i64..40, 0u8..4), 0..9),
        now in proptest::bool::ANY,
    ) {
        let mut mission = mission();
        let hour = |n: i64| at("2026-02-28T00:00:00Z").shifted(n * 3_600_000);
        let received = |n: i64| hour(n).max(at("2026-03-01T00:00:00Z")).to_string();
        for (happened, later, source, east, long, found) in told {
            // Some lie on the edge of the zone, some outside, and some are vague: what is joined to what changes with time.
            let mut seen = shelling(if source == 0 { "secret" } else { "open" }, &hour(happened * 3).to_string());
            let centre = Position::from_degrees(10.5, 10.993 + f64::from(east) * 0.004).expect("a position");
            seen.place = Place { shape: Shape::Disc { centre, radius_m: 300 }, name: None };
            seen.happened = Span::new(hour(happened * 3), hour(happened * 3 + long)).expect("a span");
            seen.act = if found == 3 { Act::Explosion } else { Act::Shelling };
            let seen = named_observation(seen);
            let observations = vec![seen.id];
            add(&mut mission, &received(happened * 3 + later), &Body::Observed(seen));
            if found == 0 {
                let (signed_by, grounds) = ("two verifiers".to_owned(), "crater".to_owned());
                let finding = Finding { observations, result: FindingResult::Established, signed_by, grounds };
                add(&mut mission, &received(happened * 3 + later + 20), &Body::FindingSigned(finding));
            }
        }
        let until = hour(1_400);
        let account = if now { Account::AsOfNow } else { Account::AsJudgedThen };
        let rule = Label::new("A1").expect("a rule id");
        let history = mission.history(&rule, account, until, Reader::Public).expect("a history");
        for n in (25..1_400).step_by(37) {
            let moment = match account {
                Account::AsJudgedThen => Moment::at(hour(n)),
                Account::AsOfNow => Moment { known_at: until, judged_at: hour(n) },
            };
            let view = mission.view(moment, Reader::Public);
            for strip in &history.strips {
                let step = strip.steps.iter().rfind(|step| step.from <= hour(n)).expect("a step");
                let stands = step.stands.as_ref().expect("a verdict");
                let same = |verdict: &&Verdict| verdict.bearer == strip.bearer && verdict.footing == strip.footing;
                let verdict = view.verdicts.iter().find(same).expect("a verdict");
                proptest::prop_assert_eq!((stands.value, stands.standing), (verdict.value, Some(verdict.standing)), "at {}", hour(n));
            }
        }
    }
}

/// The two posts, and then these entries from index 10 on, each with what it says or why that cannot be read.
fn folded(entries: &[(&str, &Body, Option<Closed>)]) -> Mission {
    let mut mission = mission();
    for (entry, (received_at, body, closed)) in (10..).zip(entries) {
        match closed {
            None => mission.apply(entry, at(received_at), body.kind(), &body.write()),
            Some(why) => mission.apply_closed(entry, at(received_at), body.kind(), *why),
        }
    }
    mission
}

fn named(index: u64) -> EntryName {
    EntryName { index, leaf: [7; 32] }
}

fn redaction(indexes: &[u64]) -> Body {
    Body::RedactionOrdered(Redaction {
        entries: indexes.iter().copied().map(named).collect(),
        authority: "the court".to_owned(),
        ground: "order 12".to_owned(),
        approved_by: vec!["the commission".to_owned()],
        attested: vec![AttestedRun { by: "North".to_owned(), receipt: [9; 32] }],
    })
}

fn handed_over(names: &[&str]) -> HandOver {
    let custodian = |name: &&str| Custodian {
        name: (*name).to_owned(),
        key: "age1xyz".to_owned(),
        manifest: [8; 32],
        bytes: 100,
        role: Role::Keeps,
    };
    HandOver {
        custodians: names.iter().map(custodian).collect(),
        basis: Basis { size: 5, root: "abc=".to_owned() },
        authority: "the council".to_owned(),
        ground: "the mission ends".to_owned(),
        after: After::StopsHere,
    }
}

fn effects(redaction: u64, bearer: Option<&str>, was: Value, without: Value) -> Body {
    let (rule, bearer) = (Label::new("A1").expect("a rule"), bearer.and_then(Party::new));
    let touched = Touched { rule, reading: None, bearer, footing: Footing::Proposed, was, without };
    Body::RedactionEffects(RedactionEffects { redaction, touched: vec![touched] })
}

#[test]
fn redactions_and_reveals_are_read_back_and_bad_ones_refused() {
    let salt = [3; 32];
    let payload = shelling("open", "2026-03-02T10:00:00Z");
    let reveal = Reveal { entry: named(4), salt, payload: Body::Observed(payload).write() };
    for body in [
        redaction(&[1, 5]),
        effects(6, Some("North"), Value::Breached, Value::NoBreachSeen),
        Body::PayloadRevealed(reveal),
        Body::RecordResumed(Resumption {
            after: "restored".to_owned(),
            basis: Basis { size: 5, root: "abc=".to_owned() },
            latest: Some(Basis { size: 4, root: "def=".to_owned() }),
            asked: "two witnesses".to_owned(),
            by: "records office".to_owned(),
        }),
    ] {
        assert_eq!(Body::read(body.kind(), &body.write()).as_ref(), Ok(&body));
    }
    let hand_over = |names: &[&str]| Body::RecordHandedOver(handed_over(names));
    for names in [&["court"][..], &["archive", "court"]] {
        let body = hand_over(names);
        assert_eq!(Body::read(body.kind(), &body.write()).as_ref(), Ok(&body));
    }
    for names in [&[][..], &["court", "archive"], &["court", "court"]] {
        let error = Body::read("record.handed-over", &hand_over(names).write()).expect_err("refused").to_string();
        assert!(error.contains("in the order of their names"), "{error}");
    }
    for indexes in [&[][..], &[2, 2], &[3, 1]] {
        let error = Body::read("redaction.ordered", &redaction(indexes).write()).expect_err("refused").to_string();
        assert!(error.contains("in the order of the log"), "{error}");
    }
}

#[test]
fn a_verdict_that_rested_on_an_erased_entry_cannot_be_told() {
    let seen = Body::Observed(shelling("open", "2026-03-02T10:00:00Z"));
    let later = Body::Observed(shelling("secret", "2026-03-04T10:00:00Z"));
    let (order, effects) = (redaction(&[10]), effects(11, None, Value::Breached, Value::NoBreachSeen));
    let entries = |closed| {
        [
            ("2026-03-02T10:05:00Z", &seen, closed),
            ("2026-03-03T00:00:00Z", &order, None),
            ("2026-03-03T00:00:00Z", &effects, None),
        ]
    };
    let view = |mission: &Mission, moment: &str| mission.view(Moment::at(at(moment)), Reader::Mission);

    // Where the key is still there, the fold has to be done again without it.
    assert_eq!(folded(&entries(None)).to_forget(), [10].into());
    let mission = folded(&entries(Some(Closed::Erased)));
    assert!(mission.to_forget().is_empty());

    let now = view(&mission, "2026-03-03T12:00:00Z");
    check(&now, Footing::Proposed, None, Value::Undetermined);
    let verdict =
        now.verdicts.iter().find(|v| v.footing == Footing::Proposed && v.bearer.is_none()).expect("a verdict");
    assert_eq!(verdict.because.summary, "cannot tell: rests on entry 10, erased by entry 11");
    assert_eq!(now.absent.len(), 1);
    assert_eq!(
        now.absent[0].to_string(),
        "entry 10 (`observation`) was erased by entry 11, on the authority of the court: order 12"
    );
    let last = steps(&mission, Account::AsJudgedThen, "2026-03-03T12:00:00Z", Footing::Proposed).pop().expect("a step");
    assert_eq!(last.stands.map(|stands| stands.value), Some(Value::Undetermined), "a history says the same");
    // As of before, too: what was known then is not known any more. And before that it was not yet.
    check(&view(&mission, "2026-03-02T12:00:00Z"), Footing::Proposed, None, Value::Undetermined);
    check(&view(&mission, "2026-03-01T12:00:00Z"), Footing::Proposed, None, Value::NoBreachSeen);

    let [first, second, third] = entries(Some(Closed::Erased));
    let mission = folded(&[first, second, third, ("2026-03-04T10:05:00Z", &later, None)]);
    check(&view(&mission, "2026-03-05T00:00:00Z"), Footing::Proposed, None, Value::Breached);
}

#[test]
fn what_lets_a_verdict_stand_is_what_it_read_before_or_news() {
    let stands = |was, without, now| {
        let Body::RedactionEffects(effects) = effects(1, None, was, without) else { panic!("effects") };
        effects.touched[0].lets_stand(now)
    };
    use Value::{Breached, Complied, NoBreachSeen};
    assert!(stands(Breached, NoBreachSeen, Breached), "others show a breach");
    assert!(!stands(Breached, NoBreachSeen, Complied), "what was erased may show one");
    assert!(!stands(Complied, Breached, Breached), "what was erased may have been the notice that was due");
    assert!(!stands(Complied, NoBreachSeen, NoBreachSeen));
    assert!(stands(Complied, NoBreachSeen, Breached), "news");
}

#[test]
fn what_was_committed_to_counts_from_when_it_is_opened() {
    let seen = Body::Observed(shelling("open", "2026-03-02T10:00:00Z"));
    let payload = Payload::new(&seen.write()).expect("canonical");
    let withheld = Some(Closed::Withheld { commitment: payload.commit(&[3; 32]) });
    let reveal = |salt| Body::PayloadRevealed(Reveal { entry: named(10), salt, payload: seen.write() });
    let view = |mission: &Mission, moment: &str| mission.view(Moment::at(at(moment)), Reader::Mission);

    let (right, wrong) = (reveal([3; 32]), reveal([4; 32]));
    let mission = folded(&[("2026-03-02T10:05:00Z", &seen, withheld), ("2026-03-09T00:00:00Z", &wrong, None)]);
    let now = view(&mission, "2026-03-10T00:00:00Z");
    assert!(now.observations.is_empty() && now.absent[0].to_string().contains("no entry opens it yet"));
    assert_eq!(now.troubles[0].why, "it is not what entry 10 committed to");

    let mission = folded(&[("2026-03-02T10:05:00Z", &seen, withheld), ("2026-03-09T00:00:00Z", &right, None)]);
    assert!(view(&mission, "2026-03-08T00:00:00Z").observations.is_empty(), "nobody knew it then");
    let now = view(&mission, "2026-03-10T00:00:00Z");
    assert!(now.absent.is_empty() && now.troubles.is_empty());
    let held = now.observations.values().next().expect("opened");
    assert_eq!((held.entry, held.received_at), (10, at("2026-03-09T00:00:00Z")));
}
