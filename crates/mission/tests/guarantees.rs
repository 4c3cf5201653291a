//! Guarantees in the record: entries read back, what was shown then is shown again, and closed pages stay closed.

use clause::Duration;
use clause::guarantee::{Amount, ClockStand, Deed, DeedKind, Notice, Occasion, Paper};
use mission::record::Body;
use mission::record::body::{
    AdmittedOnlooker, AdoptedGuarantees, Alert, AlertStep, Audience, Carrier, Handling, RecordedDeed, RecordedNotice,
};
use mission::{Guarantees, Kept, Mission, Moment, Onlooker};
use terms::{Instant, Label, Party, Span};

const OPEN: &str = "---
guarantees: open
title: An open page
version: 1
as-of: 2026-03-01
time-zone: UTC
---

# Open

```backstop
parties North, South, Kestria, Lumia
source s official 2026-03-01 \"invented\"
instrument pact \"A pact\"
  kind bilateral
  parties Kestria, North
  text public
  effect on signature
  state signed 2026-03-01 by Kestria, North
  source s
instrument letter \"A closed letter\"
  kind side-letter
  parties Kestria
  text withheld
  effect on signature
  source s
commitment consult of Kestria to North \"consult within a day\"
  in pact
  class consultation
  word shall
  binds legally
  source s
clock consult-24h of consult
  starts request by North to Kestria
  runs 24 hours
  discharged by consultation by Kestria with North
  on-expiry \"nothing more\"
```
";

const CLOSED: &str = "---
guarantees: hidden
title: What Kestria alone may read
version: 1
as-of: 2026-03-01
time-zone: UTC
---

# Closed

```backstop
commitment hidden.flights of Kestria to North \"eight flights of a secret kind\"
  in letter
  class support
  word may
  binds politically
  reported announced 8 flights 2026-03-01 by Kestria
  source s
clock hidden.answer of hidden.flights
  starts request by North to Kestria
  runs 12 hours
  discharged by action by Kestria about hidden.flights
  on-expiry \"the secret offer lapses\"
```
";

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn party(name: &str) -> Party {
    Party::new(name).expect("a party")
}

/// For those who are named, or for everyone.
fn audience(readers: &[&str]) -> Audience {
    match readers {
        [] => Audience::Everyone,
        readers => Audience::Named(readers.iter().map(|name| party(name)).collect()),
    }
}

fn page(text: &str, readers: &[&str]) -> Body {
    Body::GuaranteesAdopted(AdoptedGuarantees { text: text.to_owned(), audience: audience(readers) })
}

fn deed(id: &str, what: DeedKind, by: &str, to: Option<&str>, when: &str, readers: &[&str]) -> Body {
    let mut deed = Deed::plain(Label::new(id).expect("a name"), what, Some(party(by)), Span::at(at(when)));
    deed.to = to.into_iter().map(party).collect();
    Body::DeedRecorded(RecordedDeed { deed, audience: audience(readers) })
}

fn steps() -> Vec<(&'static str, Body)> {
    vec![
        ("2026-03-01T08:00:00Z", page(OPEN, &[])),
        ("2026-03-01T08:00:01Z", page(CLOSED, &["Kestria"])),
        ("2026-03-02T10:05:00Z", deed("ask", DeedKind::Request, "North", Some("Kestria"), "2026-03-02T10:00:00Z", &[])),
        (
            "2026-03-03T09:00:00Z",
            deed("secret-talk", DeedKind::Notice, "Kestria", None, "2026-03-03T08:00:00Z", &["Kestria"]),
        ),
        // Held in time, and known a day late.
        (
            "2026-03-04T12:00:00Z",
            deed("talk", DeedKind::Consultation, "Kestria", Some("North"), "2026-03-03T09:30:00Z", &[]),
        ),
    ]
}

fn told(entries: &[(&str, Body)]) -> Mission {
    let mut mission = Mission::default();
    for (index, (when, body)) in entries.iter().enumerate() {
        mission.apply(index as u64, at(when), body.kind(), &body.write());
    }
    assert!(mission.troubles().is_empty(), "{:?}", mission.troubles());
    mission
}

fn mission() -> Mission {
    told(&steps())
}

fn seen(mission: &Mission, when: &str, onlooker: &Onlooker) -> Guarantees {
    mission.guarantees(Moment::at(at(when)), onlooker).expect("a page is adopted")
}

#[track_caller]
fn check(when: &str, expected: &str) {
    let shown = seen(&mission(), when, &Onlooker::Public);
    let found: Vec<&str> = shown.sheet.runs.iter().map(|run| run.stands.word()).collect();
    assert_eq!(found.join(", "), expected, "as of {when}");
}

#[test]
fn what_was_shown_then_is_shown_again() {
    check("2026-03-02T09:59:59Z", "");
    // It had been asked for and nobody here knew.
    check("2026-03-02T10:04:59Z", "");
    check("2026-03-02T10:05:00Z", "running");
    check("2026-03-03T10:00:00Z", "running");
    check("2026-03-03T10:00:00.001Z", "expired");
    check("2026-03-04T11:59:59Z", "expired");
    check("2026-03-04T12:00:00Z", "discharged");
}

#[test]
fn nothing_before_a_page_is_adopted() {
    assert!(mission().guarantees(Moment::at(at("2026-03-01T07:00:00Z")), &Onlooker::Mission).is_none());
    assert!(Mission::default().guarantees(Moment::at(at("2026-03-01T07:00:00Z")), &Onlooker::Mission).is_none());
}

#[test]
fn a_closed_page_reaches_its_reader_and_the_mission() {
    for onlooker in [Onlooker::Mission, Onlooker::Of(party("Kestria"))] {
        let shown = seen(&mission(), "2026-03-03T12:00:00Z", &onlooker);
        let closed = shown.sheet.runs.iter().find(|run| run.clock.as_str() == "hidden.answer").expect("its clock");
        // The letter was never signed: the clock is there, and binds nobody.
        assert!(matches!(closed.stands, ClockStand::NotBound(_)), "{:?}", closed.stands);
        assert_eq!((shown.sheet.commitments.len(), shown.withheld), (2, 0));
    }
}

#[test]
fn a_closed_page_reaches_nobody_else() {
    let mission = mission();
    for onlooker in [Onlooker::Public, Onlooker::Of(party("Lumia")), Onlooker::Of(party("North"))] {
        let shown = seen(&mission, "2026-03-03T12:00:00Z", &onlooker);
        let everything = format!("{shown:?}");
        for word in ["hidden", "secret", "flights", "eight", "lapses"] {
            assert!(!everything.contains(word), "{onlooker:?} sees `{word}`");
        }
        assert_eq!((shown.sheet.commitments.len(), shown.withheld), (1, 2));
        assert!(shown.package.instruments.iter().any(|one| one.id.as_str() == "letter"), "that there is one is open");
    }
    let public = format!("{:?}", seen(&mission, "2026-03-03T12:00:00Z", &Onlooker::Public));
    assert!(!public.contains("flights") && public.contains("consult-24h"));
}

/// After every entry and some time, what is kept is what all entries give; also where the log is no longer what it was.
#[test]
fn what_is_kept_is_what_all_entries_give() {
    let mut entries = steps();
    entries.push(("2026-03-04T13:00:00Z", page(&OPEN.replace("24 hours", "30 hours"), &[])));
    entries.push((
        "2026-03-04T14:00:00Z",
        deed("again", DeedKind::Request, "North", Some("Kestria"), "2026-03-04T13:30:00Z", &[]),
    ));
    let onlookers = ["Kestria", "Lumia"].map(|name| Onlooker::Of(party(name)));
    let onlookers: Vec<Onlooker> = onlookers.into_iter().chain([Onlooker::Mission, Onlooker::Public]).collect();
    let mut kept: Vec<Kept> = onlookers.iter().map(|_| Kept::default()).collect();
    let mut same = |mission: &Mission, moment: Moment| {
        for (onlooker, kept) in onlookers.iter().zip(&mut kept) {
            let kept = mission.guarantees_kept(moment, onlooker, &[], kept);
            let all = mission.guarantees(moment, onlooker);
            assert_eq!(format!("{kept:?}"), format!("{all:?}"), "{onlooker:?} at {}", moment.known_at);
        }
    };
    for count in 1..=entries.len() {
        let mission = told(&entries[..count]);
        let last = mission.latest().expect("there is an entry");
        for minutes in [0, 1, 61, 24 * 60 + 1] {
            same(&mission, Moment::at(last.shifted(minutes * 60_000)));
        }
    }
    // An entry in the middle was erased; and time goes back.
    let mut fewer = entries.clone();
    fewer.remove(2);
    same(&told(&fewer), Moment::at(at("2026-03-09T00:00:00Z")));
    same(&told(&entries), Moment::at(at("2026-03-05T00:00:00Z")));
    same(&told(&entries), Moment::at(at("2026-03-02T12:00:00Z")));
}

#[test]
fn what_is_for_the_staff_reaches_no_guarantor() {
    let staff = Body::GuaranteesAdopted(AdoptedGuarantees { text: OPEN.to_owned(), audience: Audience::Mission });
    let mission = told(&[("2026-03-01T08:00:00Z", staff)]);
    let asked = |onlooker: Onlooker| mission.guarantees(Moment::at(at("2026-03-02T00:00:00Z")), &onlooker).is_some();
    assert!(asked(Onlooker::Mission));
    assert!(!asked(Onlooker::Public) && !asked(Onlooker::Of(party("Kestria"))));
}

/// What one guarantor keeps closed changes nothing that another is shown, whatever it holds: not even a name that clashes.
#[test]
fn what_others_see_does_not_depend_on_what_is_closed() {
    let with = |closed: &str| {
        let mission = told(&[
            ("2026-03-01T08:00:00Z", page(OPEN, &[])),
            ("2026-03-01T08:00:01Z", page(closed, &["Kestria"])),
            (
                "2026-03-02T10:05:00Z",
                deed("ask", DeedKind::Request, "North", Some("Kestria"), "2026-03-02T10:00:00Z", &[]),
            ),
        ]);
        let shown = seen(&mission, "2026-03-03T12:00:00Z", &Onlooker::Of(party("Lumia")));
        format!("{:?} {:?} {}", shown.package, shown.sheet, shown.withheld)
    };
    let clash = CLOSED.replace("hidden.flights", "consult").replace("guarantees: hidden", "guarantees: open");
    let broken = CLOSED.replace("support", "nonsense");
    let silent = CLOSED.split("```backstop").next().expect("its head").to_owned();
    let shown = with(CLOSED);
    for other in [clash, broken, silent] {
        assert_eq!(with(&other), shown);
    }
}

#[test]
fn entries_are_read_back_and_bad_ones_refused() {
    let mut deed = Deed::plain(
        Label::new("d1").expect("a name"),
        DeedKind::Extension,
        None,
        Span::new(at("2026-03-01T00:00:00Z"), at("2026-03-01T23:59:59Z")).expect("a span"),
    );
    deed.to = vec![party("South"), party("North")];
    deed.about = Label::new("consult");
    deed.amount = Amount::parse("12.5 EUR-million");
    deed.longer = Duration::from_words("24 hours");
    deed.paper = Some(Paper { title: "a letter".to_owned(), sha256: Some("ab".repeat(32)), withheld: true });
    deed.replaces = Label::new("d0");
    deed.note = "as agreed".to_owned();
    let recorded = RecordedDeed { deed, audience: audience(&["North", "South"]) };
    let staff = Body::DeedRecorded(RecordedDeed { audience: Audience::Mission, ..recorded.clone() });
    for body in [page(OPEN, &["North"]), page(OPEN, &[]), staff, Body::DeedRecorded(recorded.clone())] {
        assert_eq!(Body::read(body.kind(), &body.write()).as_ref(), Ok(&body));
    }
    let backwards = RecordedDeed { audience: audience(&["South", "North"]), ..recorded };
    let error = Body::read("deed.recorded", &Body::DeedRecorded(backwards).write()).expect_err("refused").to_string();
    assert!(error.contains("each once and in order"), "{error}");
}

#[test]
fn alerts_notices_and_keys_are_read_back_and_bad_ones_refused() {
    let label = |name: &str| Label::new(name).expect("a label");
    let raised = |occasion| {
        let (channel, run, at) = (label("desk"), "h/sent/d1".to_owned(), at("2026-03-02T10:00:00Z"));
        let id = Alert::name(&channel, &run, occasion, at);
        let (subject, text) = ("ends in 1 h".to_owned(), "a\nlonger text".to_owned());
        let (carrier, audience) = (Carrier::Mail, audience(&["North"]));
        Body::AlertRaised(Alert { id, channel, carrier, audience, run, occasion, at, subject, text })
    };
    let step = |step| {
        let (alert, by, note) = (label("alert-1"), "desk".to_owned(), "250 taken".to_owned());
        Body::AlertStepped(AlertStep { alert, audience: Audience::Mission, step, by, note })
    };
    let notice = Body::NoticeRecorded(RecordedNotice {
        notice: Notice {
            happened: Span::at(at("2026-03-02T10:00:00Z")),
            id: label("n1"),
            form: label("exercise"),
            by: party("North"),
            to: vec![party("South")],
            says: [(label("area"), "east".to_owned())].into(),
            replaces: Some(label("n0")),
            note: String::new(),
        },
        audience: Audience::Everyone,
    });
    let key = "backstop-reader/1 AAAA".to_owned();
    let admitted = Body::OnlookerAdmitted(AdmittedOnlooker { party: party("North"), key });
    let occasions = [Occasion::Started, Occasion::Before(1), Occasion::End, Occasion::After(86_400_000)];
    let steps = [Handling::Attempted, Handling::Sent, Handling::Refused, Handling::Unknown, Handling::Acknowledged];
    let all = occasions.into_iter().map(raised).chain(steps.into_iter().map(step));
    for body in all.chain([notice, admitted, Body::OnlookerDismissed(party("North"))]) {
        assert_eq!(Body::read(body.kind(), &body.write()).as_ref(), Ok(&body));
        // Another kind's payload is none of this one's.
        let other = if body.kind() == "alert.step" { "alert.raised" } else { "alert.step" };
        Body::read(other, &body.write()).expect_err("refused");
    }
    // The same told twice has one name; another channel, occasion or instant has another.
    let name = |channel, occasion, when| Alert::name(&label(channel), "h/sent/d1", occasion, at(when));
    let one = name("desk", Occasion::End, "2026-03-02T10:00:00Z");
    assert_eq!(one, name("desk", Occasion::End, "2026-03-02T10:00:00Z"));
    assert_ne!(one, name("other", Occasion::End, "2026-03-02T10:00:00Z"));
    assert_ne!(one, name("desk", Occasion::Started, "2026-03-02T10:00:00Z"));
    assert_ne!(one, name("desk", Occasion::End, "2026-03-02T10:00:01Z"));
}

#[test]
fn amounts_are_exact_and_never_negative() {
    let shown = |text: &str| Amount::parse(text).map(|amount| amount.to_string());
    assert_eq!(shown("12.5 EUR-million").as_deref(), Some("12.5 EUR-million"));
    assert_eq!(shown("4 aircraft").as_deref(), Some("4 aircraft"));
    assert_eq!(shown("0.001 people").as_deref(), Some("0.001 people"));
    for wrong in ["-4 aircraft", "4", "4.0001 aircraft", "1e3 aircraft", ".5 aircraft", "4 air craft", ""] {
        assert_eq!(shown(wrong), None, "{wrong}");
    }
}

#[test]
fn where_a_site_is_exactly_reaches_only_those_who_may_read_its_page() {
    let site = "\n```backstop\nsite house \"House\"\n  kind hub\n  host North\n  access not-said\n  source s\n```\n";
    let exact = |name: &str| {
        let front = format!(
            "---\nguarantees: {name}\ntitle: Where\nversion: 1\nas-of: 2026-03-01\ntime-zone: UTC\n---\n\n# Where\n\n"
        );
        format!("{front}```backstop\nposition of house \"1.5 N, 2.25 W\"\n  source s\n```\n")
    };
    let open = format!("{OPEN}{site}");
    // A page for everyone that says it, written past the command that refuses it, is not shown on top of that.
    let told = told(&[
        (
            "2026-03-01T08:00:00Z",
            page(&format!("{open}\n{}", exact("x").split_once("# Where").expect("a page").1), &[]),
        ),
        ("2026-03-01T08:00:01Z", page(&exact("where"), &["Kestria"])),
    ]);
    let seen = |onlooker: Onlooker| {
        let known = told.guarantees(Moment::at(at("2026-03-02T08:00:00Z")), &onlooker).expect("a page");
        (known.package.exact.len(), known.sheet.sites.len(), known.withheld)
    };
    assert_eq!(seen(Onlooker::Public), (0, 1, 1));
    assert_eq!(seen(Onlooker::Of(party("Lumia"))), (0, 1, 1));
    assert_eq!(seen(Onlooker::Of(party("Kestria"))), (1, 1, 0));
    assert_eq!(seen(Onlooker::Mission), (1, 1, 0));
}
