//! Crashes after every operation: takes the scripts below; gives what broke. For each instant it tries every subset of what was
//! not durable if there are few, and all small and all nearly whole subsets otherwise; torn writes; lengths without bytes; a
//! killed process, and the power cut after that; a second crash in the recovery; and each fault at each operation.

use super::chance::Chance;
use super::disk::{Fault, Habits, Moment, SimulatedDisk};
use super::image::{Fate, Image};
use super::outside::Outside;
use super::seen::{Hashes, Seen};
use super::{End, Found, Step, create, on_threads, play, process, recover, survive_once, survive_traced};
use std::sync::Arc;

/// A script with its name.
type Script = (&'static str, &'static [Step]);

/// So many operations that were not durable have each of their subsets tried.
const EVERY_SUBSET_OF: usize = 6;

/// The script whose entries are many: of its crashes every 16th is tried, and of its faults one at each operation.
const WIDE: &str = "wide";

/// The script with an engine, whose openings do much: of its crashes every 21st is tried,
/// and of its faults one at each operation.
const JOINED: &str = "joined";

const SCRIPTS: &[Script] = &[
    ("first", &[]),
    ("one", &[Step::Append(1, 40), Step::Publish, Step::Append(2, 700)]),
    (
        "batches",
        &[
            Step::Append(3, 40),
            Step::Append(1, 900),
            Step::Publish,
            Step::Append(5, 300),
            Step::Publish,
            Step::Append(1, 5),
        ],
    ),
    (
        "reopened",
        &[Step::Append(2, 40), Step::Reopen, Step::Append(2, 40), Step::Publish, Step::Reopen, Step::Append(1, 1)],
    ),
    (
        "rotated",
        &[
            Step::Append(4, 26_000),
            Step::Append(1, 40),
            Step::Publish,
            Step::Append(4, 26_000),
            Step::Append(2, 40),
            Step::Publish,
        ],
    ),
    ("erased", &[Step::Append(3, 40), Step::Publish, Step::Redact(1), Step::Append(1, 40), Step::Publish]),
    (
        "readers",
        &[
            Step::Append(2, 40),
            Step::Entitle("north"),
            Step::Append(1, 40),
            Step::Redact(0),
            Step::Disentitle("north"),
            Step::Append(1, 40),
        ],
    ),
    ("committed", &[Step::Commit, Step::Append(1, 40), Step::Publish, Step::Reopen, Step::Commit, Step::Redact(0)]),
    ("intruded", &[Step::Append(1, 40), Step::Intrude, Step::Append(1, 40)]),
    (WIDE, &[Step::Append(250, 4), Step::Publish, Step::Append(10, 4), Step::Publish, Step::Append(1, 4)]),
    (
        JOINED,
        &[Step::Append(1, 40), Step::Publish, Step::Join, Step::Append(2, 40), Step::Publish, Step::Append(1, 700)],
    ),
    (
        "stated",
        &[Step::State, Step::Publish, Step::State, Step::Append(4, 26_000), Step::State, Step::Reopen, Step::State],
    ),
];

/// What a crash may make of these operations, from the plainest on.
pub(super) fn fates(moment: &Moment, chance: &mut Chance) -> Vec<Vec<Fate>> {
    let count = moment.pending().len();
    let all = |fate: Fate| vec![fate; count];
    let but = |fate: Fate, at: usize, other: Fate| {
        let mut fates = all(fate);
        fates[at] = other;
        fates
    };
    let mut tried = Vec::new();
    if count <= EVERY_SUBSET_OF {
        for subset in 0..1_u32 << count {
            tried.push((0..count).map(|at| if subset >> at & 1 == 1 { Fate::Kept } else { Fate::Lost }).collect());
        }
    } else {
        tried.extend([all(Fate::Lost), all(Fate::Kept)]);
        for at in 0..count {
            tried.push(but(Fate::Lost, at, Fate::Kept));
            tried.push(but(Fate::Kept, at, Fate::Lost));
            tried.push((0..count).map(|other| if other < at { Fate::Kept } else { Fate::Lost }).collect());
        }
        for _ in 0..24 {
            tried.push(some(count, chance));
        }
    }
    for (at, pending) in moment.pending().iter().enumerate() {
        if pending.can_tear() {
            for sectors in [1, !1, 0xAAAA_AAAA_AAAA_AAAA, chance.bits(), chance.bits()] {
                tried.push(but(Fate::Kept, at, Fate::Torn(sectors)));
                tried.push(but(Fate::Lost, at, Fate::Torn(sectors)));
            }
        }
        if pending.is_write() {
            tried.push(but(Fate::Kept, at, Fate::LengthAlone));
            tried.push(but(Fate::Lost, at, Fate::LengthAlone));
        }
    }
    tried
}

/// Any fates.
pub(super) fn some(count: usize, chance: &mut Chance) -> Vec<Fate> {
    let lost_of_four = chance.below(5);
    let one = |chance: &mut Chance| match (chance.below(4) < lost_of_four, chance.below(6)) {
        (true, 0) => Fate::LengthAlone,
        (true, _) => Fate::Lost,
        (false, 0) => Fate::Torn(chance.bits()),
        (false, _) => Fate::Kept,
    };
    (0..count).map(|_| one(chance)).collect()
}

/// A few fates, for crashes within crashes.
fn few(moment: &Moment, chance: &mut Chance) -> Vec<Vec<Fate>> {
    let count = moment.pending().len();
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut tried = vec![vec![Fate::Lost; count], vec![Fate::Kept; count]];
    tried.extend((0..3).map(|_| some(count, chance)));
    tried
}

/// All scripts, all instants, all faults.
pub(super) fn campaign(habits: &Habits) -> Found {
    let only = std::env::var("BACKSTOP_CRASH").ok();
    let chosen =
        |place: &str| only.as_ref().is_none_or(|only| only.starts_with(place) || place.starts_with(only.as_str()));
    let mut work: Vec<Work> = SCRIPTS.iter().flat_map(|script| work(script, habits)).collect();
    work.retain(|(script, at, moment)| chosen(&place(script, *at, moment.is_some())));
    let (mut found, seen) = (Found::default(), Seen::default());
    on_threads(work, |work| all_of(&work, habits, &seen)).into_iter().for_each(|part| found.add(part));
    found
}

/// As [`campaign`], but from a script on, only until a promise is broken, and without the slow scripts that come later.
pub(super) fn until_broken(first: &str, habits: &Habits) -> Found {
    let (mut found, seen) = (Found::default(), Seen::default());
    let scripts = SCRIPTS.iter().skip_while(|script| script.0 != first);
    let looks = |script: &&Script| script.0 == first || ![WIDE, JOINED].contains(&script.0);
    for work in scripts.filter(looks).flat_map(|script| work(script, habits)) {
        found.add(all_of(&work, habits, &seen));
        if found.until_first.is_some() {
            break;
        }
    }
    found
}

/// A script and one of its operations: the instant after it to crash at; none for faults at it.
type Work = (Script, usize, Option<Moment>);

fn work(script: &Script, habits: &Habits) -> Vec<Work> {
    let (trace, operations) = played(script, habits);
    let crashes = trace.into_iter().enumerate().map(|(at, moment)| (*script, at, Some(moment)));
    crashes.chain((0..operations).map(|at| (*script, at, None))).collect()
}

fn all_of((script, at, moment): &Work, habits: &Habits, seen: &Seen) -> Found {
    match moment {
        Some(moment) => crash_at(script, *at, moment, habits, seen),
        None => fault_at(script, *at, habits, seen),
    }
}

fn place(script: &Script, at: usize, crash: bool) -> String {
    format!("{}/{}{at}/", script.0, if crash { "" } else { "fault-" })
}

/// The instants of a script, and how many operations it takes.
fn played((_, script): &Script, habits: &Habits) -> (Vec<Moment>, usize) {
    let disk = SimulatedDisk::holding(Image::empty(), Arc::new(Outside::default())).with(habits).traced();
    let end = process(&disk, || play(&disk, create(&disk)?, script, &mut 0, 1));
    assert!(end == End::Done || habits.0.is_some(), "without a fault the script plays to its end: {end:?}");
    (disk.trace(), disk.operations() as usize)
}

/// Every crash at one instant.
fn crash_at(script: &Script, at: usize, moment: &Moment, habits: &Habits, seen: &Seen) -> Found {
    let place = place(script, at, true);
    let mut chance = Chance::new(at as u64);
    let (mut found, mut hashes) = (Found::default(), Hashes::default());
    let step = match script.0 {
        WIDE => 16,
        JOINED => 21,
        _ => 1,
    };
    for (number, fates) in fates(moment, &mut chance).into_iter().enumerate().step_by(step) {
        let here = || format!("{place}{number} (after {}, {fates:?})", moment.what);
        if number % 8 == 1 {
            let image = moment.power_cut(&fates);
            let is_new = seen.is_new(moment, &image, &mut hashes);
            match survive_traced(image, moment.outside.clone(), habits, is_new) {
                Err(what) => found.crash(here, Err(what)),
                Ok(trace) => {
                    found.crash(here, Ok(()));
                    crash_recovery(&trace, habits, (seen, &mut hashes), &mut chance, &mut found, &here);
                }
            }
        } else {
            survive_once(moment, &fates, habits, (seen, &mut hashes), &mut found, here);
        }
    }
    kill_at(moment, script.0 != WIDE, habits, (seen, &mut hashes), &mut chance, &mut found, &place);
    found
}

fn crash_recovery(
    trace: &[Moment],
    habits: &Habits,
    (seen, hashes): (&Seen, &mut Hashes),
    chance: &mut Chance,
    found: &mut Found,
    above: &dyn Fn() -> String,
) {
    for (at, moment) in trace.iter().enumerate() {
        // With nothing open, it is the state that a crash before or after it leaves as well.
        if moment.pending().is_empty() && at + 1 < trace.len() {
            continue;
        }
        for fates in few(moment, chance) {
            let here = || format!("{}, then in the recovery {at} (after {}, {fates:?})", above(), moment.what);
            survive_once(moment, &fates, habits, (seen, hashes), found, here);
        }
    }
}

/// The process is killed; the machine goes on, and a new process opens the store; at each of its operations the power fails.
fn kill_at(
    moment: &Moment,
    at_every_operation: bool,
    habits: &Habits,
    seen: (&Seen, &mut Hashes),
    chance: &mut Chance,
    found: &mut Found,
    place: &str,
) {
    let disk = moment.killed().with(habits).traced();
    let here = || format!("{place}killed (after {})", moment.what);
    match recover(&disk) {
        Err(what) => found.crash(here, Err(what)),
        Ok(store) => {
            found.crash(here, Ok(()));
            let open = disk.moment("the opening");
            let mut trace = disk.trace();
            if at_every_operation {
                trace.push(open);
            } else {
                trace = vec![open];
            }
            drop(store);
            crash_recovery(&trace, habits, seen, chance, found, &here);
        }
    }
}

/// Each fault at one operation: what the process does then, what the next process finds, and what a power cut leaves.
fn fault_at(script: &Script, at: usize, habits: &Habits, seen: &Seen) -> Found {
    let place = place(script, at, false);
    let mut chance = Chance::new(at as u64);
    let (mut found, mut hashes) = (Found::default(), Hashes::default());
    let faults = [
        Fault::FlushFails(0),
        Fault::FlushFails(u64::MAX),
        Fault::FlushFails(0x5555_5555_5555_5555),
        Fault::NoSpace(7),
        Fault::NoSpace(600),
        Fault::Refuses,
        Fault::BitTurns(77),
    ];
    let chosen = if [WIDE, JOINED].contains(&script.0) { vec![faults[at % faults.len()]] } else { faults.to_vec() };
    for fault in chosen {
        let here = || format!("{place}{fault:?}");
        let disk = SimulatedDisk::holding(Image::empty(), Arc::new(Outside::default())).with(habits);
        disk.fail(at as u64, fault);
        let mut number = 0;
        let end = process(&disk, || play(&disk, create(&disk)?, script.1, &mut number, 2));
        match &end {
            End::Refused(problem) if disk.outside().created && !disk.is_read_only() => {
                found.crash(here, Err(format!("it does not go on once the disk does: {problem}")));
            }
            End::Panicked(problem) => found.crash(here, Err(problem.clone())),
            End::Refused(_) | End::Done | End::Stopped => {}
        }
        let moment = disk.moment("the fault");
        for fates in few(&moment, &mut chance) {
            let here = || format!("{}, then a power cut ({fates:?})", here());
            survive_once(&moment, &fates, habits, (seen, &mut hashes), &mut found, here);
        }
        if !disk.is_read_only() {
            let place = format!("{}, ", here());
            kill_at(&moment, false, habits, (seen, &mut hashes), &mut chance, &mut found, &place);
        }
    }
    found
}
