//! The engine boundary under test: what every engine promises, what a store promises beside one that fails, and that nothing of
//! what was erased can be had from what it keeps. Takes engines of each kind; each test has its own. Never waits for a clock.

mod database;

mod erasure;

mod faulty;

mod hostile;

use super::directory::{Begin, Directory};
use super::joined::Joined;
use super::named::Complete;
use super::{Engine, Put, Swap};
use crate::storage::disk::LocalDisk;
use crate::storage::store::Store;
use crate::storage::tests::{Scratch, copy, expect_yes, new_entry};
use crate::storage::{DataClass, Error, Settings};
use ledger::{SigningIdentity, VerifyingIdentity};
use std::fs;
use std::sync::Arc;

/// Without a seed: both directories draw their own keys and salts, as real ones do.
fn settings() -> Settings {
    Settings { data_class: DataClass::Exercise, mission: "test".into(), created_at_ms: 1, seed: None }
}

fn identity(number: u8) -> VerifyingIdentity {
    let key = ed25519_dalek::SigningKey::from_bytes(&[number; 32]);
    SigningIdentity::new("backstop-exercise/test", key).expect("an identity").public().clone()
}

fn directory(scratch: &Scratch, log: &VerifyingIdentity) -> Arc<dyn Engine> {
    let root = scratch.path().with_file_name("engine");
    fs::create_dir_all(&root).expect("a place");
    Arc::new(Directory::open(Arc::new(LocalDisk), &root, log, Begin::IfAbsent).expect("an engine"))
}

/// What every engine promises. `again` opens the same engine once more, as another process would.
fn suite(again: &dyn Fn(&VerifyingIdentity) -> Arc<dyn Engine>) {
    let (log, other) = (identity(1), identity(2));
    let (engine, second) = (again(&log), again(&log));
    assert_eq!(engine.get("begin"), Ok(None));
    assert_eq!(engine.put_if_absent("begin", b"one"), Ok(Put::Held));
    assert_eq!(second.put_if_absent("begin", b"one"), Ok(Put::Held));
    assert_eq!(second.put_if_absent("begin", b"two"), Ok(Put::Other));
    assert_eq!(second.put_if_absent("begin", b""), Ok(Put::Other));
    assert_eq!(second.get("begin"), Ok(Some(b"one".to_vec())));
    let long: Vec<u8> = (0..300_000_u32).map(|at| at as u8).collect();
    assert_eq!(engine.put_if_absent("long", &long), Ok(Put::Held));
    assert_eq!(second.get("long"), Ok(Some(long)));
    assert_eq!(engine.put_if_absent("empty", b""), Ok(Put::Held));
    assert_eq!(second.get("empty"), Ok(Some(Vec::new())));

    assert_eq!(engine.head(), Ok(None));
    assert_eq!(engine.compare_and_swap_head(Some("a"), "b"), Ok(Swap::Other(None)));
    assert_eq!(engine.compare_and_swap_head(None, "a"), Ok(Swap::Done));
    assert_eq!(second.compare_and_swap_head(None, "b"), Ok(Swap::Other(Some("a".into()))));
    assert_eq!(second.compare_and_swap_head(Some("b"), "c"), Ok(Swap::Other(Some("a".into()))));
    assert_eq!(second.compare_and_swap_head(Some("a"), "b"), Ok(Swap::Done));
    assert_eq!(second.compare_and_swap_head(Some("a"), "b"), Ok(Swap::Done), "the same again is no conflict");
    assert_eq!(engine.head(), Ok(Some("b".into())));

    // Another log in the same place is another log.
    let stranger = again(&other);
    assert_eq!(stranger.get("begin"), Ok(None));
    assert_eq!(stranger.head(), Ok(None));

    // Of many who want one key or one head, one gets it, and all agree on who.
    let engines: Vec<_> = (0..4).map(|_| again(&log)).collect();
    for round in 0..5 {
        let (key, mine) = (format!("race-{round}"), |at: usize| format!("round {round}, {at}"));
        let before = engines[0].head().expect("a head");
        let won: Vec<(Put, Swap)> = std::thread::scope(|scope| {
            let racing = |(at, engine): (usize, &Arc<dyn Engine>)| {
                let put = engine.put_if_absent(&key, mine(at).as_bytes()).expect("an answer");
                (put, engine.compare_and_swap_head(before.as_deref(), &mine(at)).expect("an answer"))
            };
            let racers: Vec<_> = engines.iter().enumerate().map(|it| scope.spawn(move || racing(it))).collect();
            racers.into_iter().map(|racer| racer.join().expect("no panic")).collect()
        });
        let put: Vec<usize> = (0..4).filter(|at| won[*at].0 == Put::Held).collect();
        let swapped: Vec<usize> = (0..4).filter(|at| won[*at].1 == Swap::Done).collect();
        assert_eq!((put.len(), swapped.len()), (1, 1), "{won:?}");
        assert_eq!(engines[1].get(&key), Ok(Some(mine(put[0]).into_bytes())));
        assert_eq!(engines[2].head(), Ok(Some(mine(swapped[0]))));
        let others = won.iter().filter(|(_, swap)| *swap == Swap::Other(Some(mine(swapped[0]))));
        assert_eq!(others.count(), 3, "{won:?}");
    }
}

#[test]
fn a_directory_keeps_what_it_takes() {
    let scratch = Scratch::new();
    suite(&|log| directory(&scratch, log));
}

#[test]
fn a_disk_that_is_not_mounted_is_not_taken_for_an_empty_one() {
    let scratch = Scratch::new();
    let root = scratch.path().with_file_name("engine");
    let open = |begin| Directory::open(Arc::new(LocalDisk), &root, &identity(1), begin).map(drop);
    assert!(open(Begin::IfAbsent).expect_err("no root").to_string().contains("mounted"));
    fs::create_dir(&root).expect("made");
    assert!(open(Begin::Never).expect_err("no log").to_string().contains("right disk"));
    open(Begin::IfAbsent).expect("begun");
    open(Begin::Never).expect("there");
}
