//! Statements under test: each is recorded once, under whatever order of sending, again and again; none that does not hold is; and what is
//! kept to find them is never believed over the log.

use super::{Refusal, Submission, Submitted};
use crate::storage::tests::{Scratch, expect_yes, new_entry};
use crate::storage::unsealed::{Content, Unsealed};
use crate::storage::{DataClass, Error, NewEntry, Receipt, Settings, Store, Verification, verify};
use ed25519_dalek::SigningKey;
use mission::record::canonical::{Value, encode};
use mission::record::commitment::Payload;
use mission::record::envelope::{self, Class, Envelope, KeyId, Written, author_line};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const LATER: i64 = 1_775_999_000_000;

fn key(author: u8) -> SigningKey {
    SigningKey::from_bytes(&[author; 32])
}

fn id(author: u8) -> KeyId {
    KeyId::of(&key(author).verifying_key())
}

fn store(directory: &Path, authors: &[u8]) -> Store {
    let settings =
        Settings { data_class: DataClass::Simulated, mission: "test".into(), created_at_ms: 0, seed: Some([5; 32]) };
    let mut store = Store::create(directory, &settings).expect("created");
    for author in authors {
        let line = author_line(&key(*author).verifying_key());
        store.admit(&format!("post-{author}"), &line, 0).expect("admitted");
    }
    store
}

fn said(author: u8, number: u64, text: &str) -> Submission {
    said_as(author, number, text, "observation")
}

fn said_as(author: u8, number: u64, text: &str, kind: &str) -> Submission {
    let payload = Value::Fields(BTreeMap::from([("text".into(), Value::Text(format!("{text} – спокойно")))]));
    let payload = Payload::new(&payload).expect("small");
    let salt = [author; 32];
    let envelope = Envelope {
        kind: kind.into(),
        author: id(author),
        class: Class::Mission,
        received_at_ms: 0,
        commitment: payload.commit(&salt),
        written: Some(Written { number, at_ms: 1_775_000_000_000 + number as i64 }),
    };
    let statement = envelope::state(&envelope, &key(author)).expect("signed");
    Submission { statement, salt, payload: payload.into_bytes() }
}

/// As a station writes it that does not look.
fn unchecked(submission: Submission) -> Unsealed {
    let Submission { statement, salt, payload } = submission;
    let content = Content::Signed { leaf: envelope::receive(&statement, LATER), salt, payload };
    Unsealed { class: Class::Mission, received_at_ms: LATER, content }
}

/// Entries of the store's own.
fn own(count: u64) -> Vec<NewEntry> {
    (0..count as i64).map(|number| NewEntry { received_at_ms: LATER, ..new_entry(number) }).collect()
}

fn recorded(answer: &Result<Submitted, Refusal>) -> Receipt {
    match answer {
        Ok(Submitted::Recorded(receipt)) => *receipt,
        Ok(Submitted::Before(_)) | Err(_) => panic!("recorded now, not {answer:?}"),
    }
}

#[test]
fn a_statement_sent_again_gets_the_receipt_of_the_first_time() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1, 2]);
    store.append(own(1)).expect("appended");
    let batch = [said(1, 1, "a"), said(2, 1, "b"), said(1, 2, "c"), said(1, 1, "a")];
    let first = store.submit(&batch, LATER).expect("submitted");
    let receipts: Vec<Receipt> = first[..3].iter().map(recorded).collect();
    assert_eq!(receipts.iter().map(|receipt| receipt.index).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(first[3], Ok(Submitted::Before(receipts[0])), "twice in one batch");
    let again = store.submit(&batch, LATER + 1).expect("submitted");
    let before = [0, 1, 2, 0].map(|at| Ok(Submitted::Before(receipts[at])));
    assert_eq!(again, before);
    store.publish().expect("published");
    drop(store);
    let mut store = Store::open(&scratch.path()).expect("opened");
    assert_eq!(store.submit(&batch, LATER + 2).expect("submitted"), before, "after another opening");
    assert_eq!((store.size(), store.awaited(id(1)).expect("read"), store.awaited(id(2)).expect("read")), (6, 3, 2));
    let entry = store.entry(5).expect("there");
    assert_eq!((entry.envelope.received_at_ms, entry.envelope.written.map(|it| it.number)), (LATER, Some(2)));
    assert_eq!(store.salt(5).expect("there"), [1; 32]);
    expect_yes(&scratch.path(), 6);
}

#[test]
fn what_does_not_hold_is_refused_and_stands_in_nobodys_way() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1]);
    recorded(&store.submit(&[said(1, 1, "a")], LATER).expect("submitted")[0]);
    let good = said(1, 2, "b");
    let check = |store: &mut Store, wrong: Submission, expected: &str| {
        let batch = [wrong, said(1, 1, "a")];
        let answers = store.submit(&batch, LATER).expect("submitted");
        let refusal = answers[0].as_ref().expect_err(expected).to_string();
        assert!(refusal.contains(expected), "{expected}: {refusal}");
        assert!(matches!(answers[1], Ok(Submitted::Before(Receipt { index: 1, .. }))), "{expected}");
        assert_eq!(store.size(), 2, "{expected}");
    };
    check(&mut store, said(9, 1, "a"), "no author");
    check(&mut store, said(1, 3, "c"), "but 2 has not come in");
    check(&mut store, said(1, 1, "another"), "signed another statement 1");
    check(&mut store, said_as(1, 2, "b", "redaction.ordered"), "are not sent in");
    check(&mut store, said_as(1, 2, "b", "bulletin.published"), "are not sent in");
    check(&mut store, Submission { salt: [0; 32], ..good.clone() }, "commits to something else");
    check(&mut store, Submission { payload: encode(&Value::Integer(1)), ..good.clone() }, "payload");
    check(&mut store, Submission { payload: b"{ }".to_vec(), ..good.clone() }, "payload");
    check(&mut store, Submission { payload: b"{}".to_vec(), ..good.clone() }, "commits to something else");
    check(&mut store, Submission { statement: vec![b'x'; 70_000], ..good.clone() }, "at most");
    check(&mut store, Submission { statement: Vec::new(), ..good.clone() }, "not an entry");
    let unnumbered =
        Envelope { written: None, ..envelope::open(&envelope::receive(&good.statement, 1)).expect("one").0 };
    let unnumbered = envelope::seal(&unnumbered, &key(1)).expect("sealed");
    check(&mut store, Submission { statement: unnumbered, ..good.clone() }, "format 1");
    let forged = Envelope { author: id(9), ..envelope::open(&envelope::receive(&good.statement, 1)).expect("one").0 };
    let forged = envelope::state(&forged, &key(9)).expect("signed");
    let forged = String::from_utf8(forged).expect("text").replace(&id(9).to_string(), &id(1).to_string());
    check(&mut store, Submission { statement: forged.into_bytes(), ..good.clone() }, "signature");
    for at in (0..good.statement.len()).step_by(3) {
        let mut statement = good.statement.clone();
        statement[at] ^= 4;
        let answers = store.submit(&[Submission { statement, ..good.clone() }], LATER).expect("submitted");
        assert!(answers[0].is_err(), "byte {at}");
    }
    let other = store.submit(&[said(1, 1, "another")], LATER).expect("submitted");
    let Err(Refusal::OtherStands { other, .. }) = &other[0] else { panic!("{other:?}") };
    assert_eq!(*other, said(1, 1, "a").statement, "both are at hand to convict the key");
    recorded(&store.submit(&[good], LATER).expect("submitted")[0]);
}

#[test]
fn time_must_advance_for_statements_as_well() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1]);
    store.submit(&[said(1, 1, "a")], LATER).expect("submitted");
    let answer = store.submit(&[said(1, 2, "b")], LATER - 1);
    assert!(matches!(answer, Err(Error::Refused { .. })), "{answer:?}");
    recorded(&store.submit(&[said(1, 2, "b")], LATER).expect("submitted")[0]);
    assert_eq!(store.size(), 3);
}

#[test]
fn every_statement_of_a_long_random_history_stands_once() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1, 2, 3]);
    let mut receipts: BTreeMap<(u8, u64), Receipt> = BTreeMap::new();
    let mut chance = 7_u64;
    let mut draw = |below: u64| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below
    };
    let mut latest = [0_u64; 4];
    for _ in 0..120 {
        // More than one segment's worth between two submissions, now and then.
        store.append(own(draw(5) * draw(30))).expect("appended");
        let mut batch = Vec::new();
        for _ in 0..draw(40) {
            let author = 1 + draw(3) as u8;
            let last = &mut latest[author as usize];
            let number = if *last > 0 && draw(3) == 0 { 1 + draw(*last) } else { *last + 1 };
            *last = (*last).max(number);
            batch.push((author, number));
        }
        let submissions: Vec<Submission> = batch.iter().map(|(author, number)| said(*author, *number, "x")).collect();
        for (place, answer) in batch.iter().zip(store.submit(&submissions, LATER).expect("submitted")) {
            match answer.expect("accepted") {
                Submitted::Recorded(receipt) => assert_eq!(receipts.insert(*place, receipt), None, "{place:?}"),
                Submitted::Before(receipt) => assert_eq!(receipts.get(place), Some(&receipt), "{place:?}"),
            }
        }
        if draw(8) == 0 {
            store.publish().expect("published");
            drop(store);
            spoil(&scratch.path(), draw(4));
            store = Store::open(&scratch.path()).expect("opened");
        }
    }
    store.publish().expect("published");
    assert!(store.segments.len() > 5, "it crosses segments: {}", store.segments.len());
    let stated = store.entries().filter(|entry| entry.as_ref().expect("readable").envelope.written.is_some()).count();
    assert_eq!(stated, receipts.len());
    let size = store.size();
    for ((author, number), receipt) in &receipts {
        let again = store.submit(&[said(*author, *number, "x")], LATER).expect("submitted");
        assert_eq!(again, [Ok(Submitted::Before(*receipt))]);
    }
    assert_eq!(store.size(), size);
    expect_yes(&scratch.path(), size);
}

/// Harms the files that are no part of the record: one of them goes, is cut, changes, or nothing happens.
fn spoil(directory: &Path, how: u64) {
    let Ok(files) = fs::read_dir(directory.join("numbers")) else { return };
    let mut files: Vec<_> = files.flatten().map(|file| file.path()).collect();
    files.sort();
    let Some(path) = files.first() else { return };
    let mut bytes = fs::read(path).expect("read");
    match how {
        0 => fs::remove_file(path).expect("removed"),
        1 => fs::write(path, &bytes[..bytes.len() / 2]).expect("written"),
        2 => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).expect("written");
        }
        _ => {}
    }
}

#[test]
fn a_file_that_changes_after_it_was_read_is_not_believed() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1]);
    for number in 1..=20 {
        store.append(own(40)).expect("appended");
        recorded(&store.submit(&[said(1, number, "x")], LATER).expect("submitted")[0]);
    }
    let path = scratch.path().join("numbers/00000000");
    let mut bytes = fs::read(&path).expect("a closed segment");
    let end = bytes.len() - 32;
    bytes[end - 1] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let last = u64::from(u32::from_be_bytes(*bytes[19 + 8 + 8 + 4 + 4 + 24..].first_chunk().expect("a count")));
    let error = store.submit(&[said(1, last, "x")], LATER).expect_err("it names another entry").to_string();
    assert!(error.contains("numbers") && error.contains("made anew"), "{error}");
    // It was read again after the error, found damaged, and made anew.
    assert!(matches!(store.submit(&[said(1, last, "x")], LATER).expect("submitted")[0], Ok(Submitted::Before(_))));
    assert!(matches!(verify(&scratch.path()), Verification::Yes { .. }));
}

#[test]
fn whoever_speaks_was_admitted_before() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1]);
    let told = |store: &mut Store, name: &str, author: u8| {
        let line = author_line(&key(author).verifying_key());
        store.admit(name, &line, 0).expect_err("refused").to_string()
    };
    assert!(told(&mut store, "post-1", 2).contains("already"));
    assert!(told(&mut store, "post-2", 1).contains("admitted already"));
    assert!(told(&mut store, "Post", 2).contains("lower-case"));
    assert!(told(&mut store, "../x", 2).contains("lower-case"));
    assert_eq!(store.size(), 1, "a refused admission is no entry");
    // A key that somebody put into the folder is no admission.
    let line = format!("{}\n", author_line(&key(2).verifying_key()));
    fs::write(scratch.path().join("keys/author-smuggled.pub"), line).expect("written");
    drop(store);
    let mut store = Store::open(&scratch.path()).expect("opened");
    recorded(&store.submit(&[said(2, 1, "x")], LATER).expect("submitted")[0]);
    store.publish().expect("published");
    let answer = verify(&scratch.path());
    let Verification::No { differences, .. } = &answer else { panic!("{answer:?}") };
    assert!(differences[0].what.contains("admits author"), "{answer:?}");
}

#[test]
fn a_statement_that_was_left_out_or_written_twice_is_found() {
    for numbers in [[1, 1], [1, 3], [2, 3]] {
        let scratch = Scratch::new();
        let mut store = store(&scratch.path(), &[1]);
        let entries = numbers.map(|number| unchecked(said(1, number, "x")));
        store.record(entries.into()).expect("a store that does not look");
        store.publish().expect("published");
        let answer = verify(&scratch.path());
        let Verification::No { differences, .. } = &answer else { panic!("{numbers:?}: {answer:?}") };
        assert!(differences[0].what.contains("statement"), "{numbers:?}: {answer:?}");
        assert!(store.submit(&[said(1, 4, "x")], LATER).is_err(), "{numbers:?}");
    }
}

#[test]
fn a_dismissed_author_is_refused_and_what_came_before_stands() {
    let scratch = Scratch::new();
    let mut store = store(&scratch.path(), &[1, 2]);
    let first = store.submit(&[said(1, 1, "a"), said(2, 1, "b")], LATER).expect("submitted");
    let own_id = store.author();
    for (author, ground) in [(own_id, "a ground"), (id(9), "a ground"), (id(1), " ")] {
        assert!(matches!(store.dismiss(author, ground, LATER), Err(Error::Settings(_))), "{author}");
    }
    let by = store.dismiss(id(1), "its device was taken", LATER).expect("dismissed").index;
    assert!(matches!(store.dismiss(id(1), "again", LATER), Err(Error::Settings(_))));
    let expected = Err(Refusal::Dismissed { author: id(1), by });
    let check = |store: &mut Store| {
        let batch = [said(1, 1, "a"), said(1, 2, "c"), said(1, 7, "d"), said(2, 1, "b")];
        let answers = store.submit(&batch, LATER + 1).expect("submitted");
        assert_eq!(answers[0], Ok(Submitted::Before(recorded(&first[0]))), "sent again");
        assert_eq!((&answers[1], &answers[2]), (&expected, &expected));
        assert_eq!(answers[3], Ok(Submitted::Before(recorded(&first[1]))), "another author");
    };
    check(&mut store);
    // Over the border of a segment and another opening, from the file that says so, and without it.
    while store.segments.len() < 2 {
        store.append(own(250)).expect("appended");
    }
    check(&mut store);
    store.publish().expect("published");
    drop(store);
    for _ in 0..2 {
        let mut store = Store::open(&scratch.path()).expect("opened");
        check(&mut store);
        drop(store);
        fs::remove_dir_all(scratch.path().join("numbers")).expect("it was made again");
    }
    let size = Store::open(&scratch.path()).expect("opened").size();
    expect_yes(&scratch.path(), size);
    // Whoever has the station's keys may write one all the same, and it is found.
    let mut store = Store::open(&scratch.path()).expect("opened");
    store.record(vec![unchecked(said(1, 2, "c"))]).expect("recorded");
    store.publish().expect("published");
    drop(store);
    let answer = verify(&scratch.path());
    let Verification::No { differences, .. } = &answer else { panic!("{answer:#?}") };
    assert!(differences.iter().any(|it| it.entry == Some(size) && it.what.contains("dismissed author")), "{answer:#?}");
}
