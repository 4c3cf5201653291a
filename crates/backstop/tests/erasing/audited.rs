//! An audit after an erasure: what cannot be told any more, what was erased on whose order, and who attested it before. Of the
//! store, of copies made before and after, and of records that lie about it.

use super::*;
use backstop::storage::{DataClass, Settings};
use mission::record::body::Opening;
use mission::record::named_observation;
use mission::record::publication::{Attestation, Basis};
use terms::{
    Act, Chance, Instant, Means, Observation, Place as Where, Position, Release, Shape, Source, SourceKind, Span,
};

const OFFICE: &str = "the duty office";

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn source() -> Body {
    Body::SourceDeclared(Source {
        id: SourceId::new("post").expect("a source id"),
        title: "a post".to_owned(),
        kind: SourceKind::Monitor,
        voice: "post".to_owned(),
        party: None,
        licence: "ours".to_owned(),
        attribution: "the mission".to_owned(),
        release: Release::Rows,
        worth: [(Act::Shelling, Chance::from_ppm(800_000).expect("a chance"))].into(),
        worth_basis: "a test".to_owned(),
    })
}

fn shelling(when: &str) -> Body {
    let centre = Position::from_degrees(10.5, 10.5).expect("a position");
    let place = Where { shape: Shape::Disc { centre, radius_m: 300 }, name: None };
    let source = SourceId::new("post").expect("a source id");
    Body::Observed(named_observation(Observation::plain(
        source,
        Means::Sight,
        Act::Shelling,
        Span::at(at(when)),
        place,
    )))
}

/// Two days with an observation each and the bulletin of each given out, and the index of the second observation.
fn two_days(place: &Place) -> (String, u64) {
    let store = place.path("store");
    let (data_class, seed) = (DataClass::Simulated, Some([5; 32]));
    let settings = Settings { data_class, mission: "test".into(), created_at_ms: 0, seed };
    let mut station = Station::of(Store::create(Path::new(&store), &settings).expect("made")).expect("empty");
    let opening = Opening {
        mission: "Test".into(),
        data_class: "simulated".into(),
        time_zone: "UTC".into(),
        same_words_ppm: None,
    };
    let write = |station: &mut Station, when: &str, bodies: &[Body]| station.write(bodies, at(when)).expect("a disk");
    let give_out = |station: &mut Station, day: &str, when: &str| {
        station.give_out(day, mission::Reader::Public, OFFICE, at(when)).expect("given out");
    };
    write(&mut station, "2026-03-01T12:00:00Z", &[Body::MissionOpened(opening), source()]);
    write(&mut station, "2026-03-02T10:05:00Z", &[shelling("2026-03-02T10:00:00Z")]);
    give_out(&mut station, "2026-03-02", "2026-03-03T00:05:00Z");
    let seen = station.reader().size();
    write(&mut station, "2026-03-03T10:05:00Z", &[shelling("2026-03-03T10:00:00Z")]);
    // So many that a copy has its bundle whole, and does not fetch it again.
    write(&mut station, "2026-03-03T10:06:00Z", &(0..260).map(row).collect::<Vec<Body>>());
    give_out(&mut station, "2026-03-03", "2026-03-04T00:05:00Z");
    (store, seen)
}

fn erase(store: &str, index: u64) -> u64 {
    let index = index.to_string();
    let args = [&["--store", store, "redact", &index, "--yes"][..], &ORDER].concat();
    data(&args, 0, "backstop.redact/1")["by"].as_u64().expect("an index")
}

/// Answers of the results, in log order.
fn answers(audit: &Value) -> Vec<&str> {
    let results = audit["results"].as_array().expect("a list").iter();
    results.map(|result| result["answer"].as_str().expect("a word")).collect()
}

#[test]
fn an_audit_names_what_was_erased_and_who_attested_it_before() {
    let place = Place::new("audit");
    let (store, seen) = two_days(&place);
    let (before, after) = (place.path("before"), place.path("after"));
    says(&["log", "mirror", &store, &before], 0);
    let whole = data(&["audit", &store], 0, "backstop.audit/1");
    assert_eq!((answers(&whole), &whole["erased"]), (vec!["yes"; 4], &serde_json::json!([])));
    let by = erase(&store, seen);
    says(&["log", "mirror", &store, &after], 0);
    says(&["log", "mirror", &store, &before], 0);

    for source in [&store, &after] {
        let said = says(&["audit", source], 8).out;
        let order = format!("entry {seen} was erased by entry {by}, on the authority of the court: order 12");
        for part in [
            "  bytes unchanged       yes ",
            &format!(
                "  erased                {order}\n    entry {seen}, observation\n    attested before by `{OFFICE}` in entry "
            ),
            &format!("cannot tell: {order}; what followed was attested before by `{OFFICE}` in entry "),
        ] {
            assert!(said.contains(part), "`{part}` is not in:\n{said}");
        }
        let audit = data(&["audit", source], 8, "backstop.audit/1");
        assert_eq!(
            answers(&audit),
            ["yes", "yes", "cannot tell", "cannot tell"],
            "what does not rest on it is told as before"
        );
        let erased = &audit["erased"][0];
        assert_eq!((&erased["order"]["entry"], &erased["order"]["ground"]), (&by.into(), &"order 12".into()));
        assert_eq!(
            erased["entries"],
            serde_json::json!([{ "entry": seen, "kind": "observation", "still_here": false }])
        );
        let attested = erased["attested_before"].as_array().expect("a list");
        assert_eq!(attested.len(), 1, "the first day's attestation does not cover it: {erased}");
        assert_eq!((&attested[0]["by"], &attested[0]["covers"]), (&OFFICE.into(), &serde_json::json!([seen])));
        assert!(audit["now"].is_null(), "what follows now is not to be told");
    }
    // Who had copied it has it still, says so, and can tell.
    let said = says(&["audit", &before], 0).out;
    assert!(said.contains(&format!("entry {seen}, observation: ordered erased, and still to be read here")), "{said}");
    assert_eq!(answers(&data(&["audit", &before], 0, "backstop.audit/1")), ["yes"; 4]);
}

/// Records what somebody claims, and publishes it.
fn claim(store: &str, claim: impl FnOnce(&Station, Attestation) -> Attestation) -> u64 {
    let mut station = Station::of(Store::open(Path::new(store)).expect("a store")).expect("its state");
    let at = station.mission().latest().expect("entries");
    let honest =
        report::publication::attest(station.mission(), &station.seal(), at, mission::Reader::Mission, "a forger");
    let forged = claim(&station, honest);
    let index = station.reader().size();
    station.write(&[Body::DerivationAttested(forged)], at).expect("a disk");
    station.publish().expect("a disk");
    index
}

#[test]
fn a_forged_attestation_attests_nothing() {
    let place = Place::new("forged");
    let (store, seen) = two_days(&place);
    let other = place.path("other");
    copy(Path::new(&store), Path::new(&other));

    // Said after the erasure, of a beginning that covers it: it can be neither made again nor believed.
    let by = erase(&store, seen);
    let late = claim(&store, |station, attestation| {
        let root = station.reader().root_of(seen + 1).expect("a root").to_base64();
        let mut forged = Attestation { basis: Basis { size: seen + 1, root }, ..attestation };
        forged.derivation.incidents.sha256 = "ab".repeat(32);
        forged
    });
    assert!(late > by);
    let audit = data(&["audit", &store], 8, "backstop.audit/1");
    assert_eq!(answers(&audit).last(), Some(&"cannot tell"), "{audit}");
    assert!(!audit["erased"].to_string().contains("a forger"), "{}", audit["erased"]);

    // Of another log's beginning: refused, and named nowhere as having attested.
    claim(&other, |_, mut attestation| {
        attestation.basis.root = format!("{}=", "A".repeat(43));
        attestation
    });
    erase(&other, seen);
    let said = says(&["audit", &other], 7).out;
    assert!(said.contains("attested by a forger: no: the first ") && said.contains("have the root"), "{said}");
    let audit = data(&["audit", &other], 7, "backstop.audit/1");
    assert!(!audit["erased"].to_string().contains("a forger"), "{}", audit["erased"]);
    assert!(audit["erased"].to_string().contains(OFFICE), "who did attest it still has: {}", audit["erased"]);

    // In a copy, under another's name: what the entry's author did not sign.
    let mirror = place.path("mirror");
    says(&["log", "mirror", &store, &mirror], 0);
    for file in holding(Path::new(&mirror), OFFICE.as_bytes()) {
        let text = fs::read_to_string(&file).expect("text").replace(OFFICE, "the night watch");
        fs::write(file, text).expect("written");
    }
    let said = says(&["audit", &mirror], 7).out;
    assert!(said.contains("the payload is not the one that the envelope commits to"), "{said}");
}
