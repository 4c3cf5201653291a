//! Random crashes: takes a seed and a count; gives what broke. Each life of a store has its own number: it is used, fails, is cut
//! off or killed, and is opened again, many times over. A long campaign says where it stands, and goes on from there when it was
//! stopped. Never two lives from one number.

use super::chance::Chance;
use super::disk::{Fault, Habits, Moment, SimulatedDisk};
use super::exhaustive::some;
use super::image::Image;
use super::outside::Outside;
use super::{End, Found, Step, create, on_threads, open, play, process, recover, survive};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A store is given up when it has so many entries.
const ENTRIES: usize = 60;
/// Crashes that are looked at beside the one that the life goes on from.
const BESIDE: usize = 12;
/// Lives that are taken at once, by however many threads: so the number of threads changes no crash.
const LIVES: u64 = 16;
/// A long campaign says where it stands each time it has seen so many more crashes.
const BETWEEN_LINES: u64 = 100_000;

/// Lives of `seed` from its life `first` on until there were `count` crashes.
pub(super) fn campaign(habits: &Habits, seed: u64, first: u64, count: u64) -> Found {
    let mut found = Found::default();
    let (mut life, started) = (first, Instant::now());
    while found.crashes < count {
        let lives: Vec<u64> = (life..life + LIVES).map(|life| (seed << 32) + life).collect();
        life += LIVES;
        let before = found.crashes;
        on_threads(lives, |life| live(life, habits)).into_iter().for_each(|part| found.add(part));
        if found.broken.len() > 10 {
            break;
        }
        if found.crashes / BETWEEN_LINES > before / BETWEEN_LINES {
            println!("{}", standing(&found, seed, life, count, started.elapsed()));
        }
    }
    found
}

/// Where the campaign stands, how fast it goes, and how to go on from here.
fn standing(found: &Found, seed: u64, life: u64, count: u64, took: Duration) -> String {
    let rate = found.crashes as f64 / took.as_secs_f64();
    let left = count.saturating_sub(found.crashes);
    format!(
        "{} of {count} crashes, {rate:.0}/s, {} broke a promise; from here on: cargo xtask crashes --count {left} --seed {seed} --life {life}",
        found.crashes,
        found.broken.len()
    )
}

fn script(chance: &mut Chance) -> Vec<Step> {
    let step = |chance: &mut Chance| match chance.below(10) {
        0..=2 => Step::Append(1 + chance.below(4) as u32, chance.below(60)),
        3 => Step::Append(1 + chance.below(2) as u32, chance.below(3000)),
        4 if chance.once_in(3) => Step::Append(4, 26_000),
        4 | 5 => Step::Publish,
        6 => Step::Redact(chance.bits()),
        7 if chance.once_in(2) => Step::Commit,
        7 if chance.once_in(2) => Step::Entitle("north"),
        7 => Step::Disentitle("north"),
        8 => Step::State,
        _ => Step::Reopen,
    };
    (0..1 + chance.below(5)).map(|_| step(chance)).collect()
}

fn fault(chance: &mut Chance) -> Fault {
    match chance.below(4) {
        0 => Fault::FlushFails(chance.bits()),
        1 => Fault::NoSpace(chance.below(2000)),
        2 => Fault::Refuses,
        _ => Fault::FlushFails(0),
    }
}

/// One life.
pub(super) fn live(number: u64, habits: &Habits) -> Found {
    let mut chance = Chance::new(number);
    let mut found = Found::default();
    let mut disk = SimulatedDisk::holding(Image::empty(), Arc::new(Outside::default())).with(habits).traced();
    let mut next = 0;
    let mut made = false;
    for round in 0..40 {
        let place = |what: &str| format!("life {number}, round {round}: {what}");
        if disk.outside().acknowledged.len() > ENTRIES {
            break;
        }
        if chance.once_in(3) {
            disk.fail(chance.below(40) as u64, fault(&mut chance));
        }
        let script = script(&mut chance);
        let end = process(&disk, || {
            let store = if made { open(&disk)? } else { create(&disk)? };
            play(&disk, store, &script, &mut next, 1)
        });
        made = disk.outside().created;
        disk.mend();
        let now = disk.moment("the end");
        let trace = disk.trace();
        // With the machine, what was read-only goes too; without it, nothing can go on.
        let cut = chance.once_in(2) || disk.is_read_only();
        disk.end_process();
        for _ in 0..BESIDE.min(trace.len()) {
            let moment = &trace[chance.below(trace.len())];
            let fates = some(moment.pending().len(), &mut chance);
            let result = survive(moment.power_cut(&fates), moment.outside.clone(), habits);
            found.crash(|| place(&format!("after {} ({fates:?})", moment.what)), result);
        }
        let from: &Moment = if end == End::Done && !trace.is_empty() && chance.once_in(2) {
            &trace[chance.below(trace.len())]
        } else {
            &now
        };
        let (next_disk, result) = go_on(from, cut, habits, &mut chance);
        let failed = result.is_err();
        found.crash(|| place(&format!("after {}, {}", from.what, if cut { "power cut" } else { "killed" })), result);
        if failed {
            break;
        }
        disk = next_disk;
        if !made && disk.holds_anything() {
            // Half made: it is no store, and its place is taken.
            break;
        }
    }
    found
}

/// The disk that the next round begins with, after the crash and an opening, which may crash as well.
fn go_on(from: &Moment, cut: bool, habits: &Habits, chance: &mut Chance) -> (SimulatedDisk, Result<(), String>) {
    let after = |moment: &Moment, cut: bool, chance: &mut Chance| {
        if cut {
            let image = moment.power_cut(&some(moment.pending().len(), chance));
            SimulatedDisk::holding(image, moment.outside.clone())
        } else {
            moment.killed()
        }
        .with(habits)
        .traced()
    };
    let mut disk = after(from, cut, chance);
    for _ in 0..3 {
        if let Err(problem) = recover(&disk) {
            return (disk, Err(problem));
        }
        let trace = disk.trace();
        if trace.is_empty() || chance.once_in(2) {
            return (disk.traced(), Ok(()));
        }
        let moment = &trace[chance.below(trace.len())];
        disk = after(moment, chance.once_in(2), chance);
    }
    let result = recover(&disk).map(drop);
    disk.trace();
    (disk.traced(), result)
}
