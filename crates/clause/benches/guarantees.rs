//! What a sheet of guarantees costs, by commitments, running clocks and past deeds.

#![allow(clippy::disallowed_types, reason = "divan's macro registers benchmarks with a lazy lock")]

use clause::guarantee::{
    Agenda, Amount, Deed, DeedKind, DeedPattern, Package, Standing, StartRule, Trigger, Which, read, sheet,
};
use terms::{Instant, Label, Party, Span};

fn main() {
    divan::main();
}

const PAGE: &str = "---
guarantees: bench
title: Bench
version: 1
as-of: 2026-01-01
time-zone: Europe/Kyiv
---

# Bench

```backstop
parties A, B
bodies  K
source  s press 2026 \"invented\"
condition c \"a condition\"
  decided by K
  said met 2026-01-02 by K
  source s
instrument pact \"A pact\"
  kind bilateral
  parties A, B
  text public
  effect on signature
  state signed 2026-01-01 by A, B
  source s
commitment x of A to B \"a promise\"
  in pact
  class consultation
  word shall
  binds legally
  when c
  source s
clock h of x
  starts request by B to A
  runs 24 hours
  discharged by action by A
  on-expiry \"nothing\"
```
";

fn label(text: &str) -> Label {
    Label::new(text).expect("invariant: a label")
}

fn party(text: &str) -> Party {
    Party::new(text).expect("invariant: a party")
}

fn start() -> Instant {
    Instant::parse("2026-03-01T00:00:00Z").expect("invariant: a time")
}

/// So many commitments, of which the first so many have a clock that a request about them starts.
fn package(commitments: usize, clocks: usize) -> Package {
    let (mut package, _) = read(PAGE);
    let (commitment, clock) = (package.commitments[0].clone(), package.clocks[0].clone());
    package.commitments.clear();
    package.clocks.clear();
    for n in 0..commitments {
        let id = label(&format!("x{n}"));
        if n < clocks {
            let about =
                |what, by| DeedPattern { what, by: Some(party(by)), to: None, about: Some(id.clone()), of: None };
            let mut clock = clock.clone();
            clock.id = label(&format!("h{n}"));
            clock.commitment = id.clone();
            let trigger = Trigger::Deed(about(DeedKind::Request, "B"));
            clock.starts = vec![StartRule { reading: None, which: Which::Each, trigger }];
            clock.discharged = Some(about(DeedKind::Action, "A"));
            package.clocks.push(clock);
        }
        let mut commitment = commitment.clone();
        commitment.id = id;
        package.commitments.push(commitment);
    }
    package
}

/// A request that runs for each clock; and past deeds, spread over the commitments: half of them deliveries, half requests that
/// were met long ago.
fn deeds(clocks: usize, past: usize, commitments: usize) -> Vec<Deed> {
    let mut deeds = Vec::new();
    let deed = |id: String, what, by: &str, about: usize, at: Instant| {
        let mut deed = Deed::plain(label(&id), what, Some(party(by)), Span::at(at));
        deed.about = Some(label(&format!("x{about}")));
        deed
    };
    for n in 0..clocks {
        deeds.push(deed(format!("r{n}"), DeedKind::Request, "B", n, start().shifted(n as i64)));
    }
    for n in 0..past {
        let mut sent =
            deed(format!("s{n}"), DeedKind::Sent, "A", n % commitments, start().shifted(-(n as i64) * 60_000));
        sent.amount = Amount::parse("3 aircraft");
        deeds.push(sent);
    }
    deeds
}

fn sheet_of(bencher: divan::Bencher<'_, '_>, commitments: usize, clocks: usize, past: usize) {
    let (package, deeds) = (package(commitments, clocks), deeds(clocks, past, commitments));
    let at = start().shifted(3_600_000);
    assert_eq!(sheet(&package, &deeds, &[], at).runs.len(), clocks);
    bencher.bench_local(|| sheet(divan::black_box(&package), &deeds, &[], at));
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn by_commitments(bencher: divan::Bencher<'_, '_>, commitments: usize) {
    sheet_of(bencher, commitments, 1_000, 0);
}

#[divan::bench(args = [1_000, 10_000])]
fn by_running_clocks(bencher: divan::Bencher<'_, '_>, clocks: usize) {
    sheet_of(bencher, 100_000, clocks, 0);
}

#[divan::bench(args = [0, 100_000, 300_000])]
fn by_past_deeds(bencher: divan::Bencher<'_, '_>, past: usize) {
    sheet_of(bencher, 100_000, 10_000, past);
}

/// 100,000 commitments, 10,000 running clocks, and so many past deeds.
fn agenda(past: usize) -> Agenda {
    let mut agenda = Agenda::of(&package(100_000, 10_000), start().shifted(-(past as i64) * 60_000));
    deeds(10_000, past, 100_000).into_iter().for_each(|deed| agenda.tell(deed));
    agenda.advance(start().shifted(3_600_000));
    assert_eq!(agenda.ahead().count(), 10_000);
    agenda
}

#[divan::bench(args = [0, 100_000, 300_000])]
fn next_due(bencher: divan::Bencher<'_, '_>, past: usize) {
    let agenda = agenda(past);
    bencher.bench_local(|| divan::black_box(&agenda).next().and_then(|run| run.due));
}

/// A request comes in, a millisecond passes, and what is due next is asked.
#[divan::bench(args = [0, 100_000, 300_000])]
fn next_due_after_a_deed(bencher: divan::Bencher<'_, '_>, past: usize) {
    let (mut agenda, mut number) = (agenda(past), 0);
    bencher.bench_local(|| {
        let at = start().shifted(3_600_000 + number);
        let mut deed = Deed::plain(label(&format!("n{number}")), DeedKind::Request, Some(party("B")), Span::at(at));
        deed.about = Some(label(&format!("x{}", number * 7 % 10_000)));
        agenda.tell(deed);
        agenda.advance(at);
        number += 1;
        agenda.next().and_then(|run| run.due)
    });
}

/// The same, as the server keeps it.
fn standing(past: usize) -> Standing {
    let mut standing = Standing::of(&package(100_000, 10_000), start().shifted(-(past as i64) * 60_000));
    deeds(10_000, past, 100_000).into_iter().for_each(|deed| standing.tell(deed));
    assert_eq!(standing.advance(start().shifted(3_600_000)).runs.len(), 10_000);
    standing
}

/// A whole sheet, kept, when a minute has passed.
#[divan::bench(args = [0, 100_000, 300_000])]
fn kept_sheet(bencher: divan::Bencher<'_, '_>, past: usize) {
    let (mut standing, mut at) = (standing(past), start().shifted(3_600_000));
    bencher.bench_local(|| {
        at = at.shifted(60_000);
        standing.advance(at)
    });
}

/// A whole sheet, kept, when a request or a delivery came in.
#[divan::bench(args = [0, 100_000, 300_000])]
fn kept_sheet_after_a_deed(bencher: divan::Bencher<'_, '_>, past: usize) {
    let (mut standing, mut number) = (standing(past), 0);
    bencher.bench_local(|| {
        let at = start().shifted(3_600_000 + number);
        let (what, by) = if number % 2 == 0 { (DeedKind::Request, "B") } else { (DeedKind::Sent, "A") };
        let mut deed = Deed::plain(label(&format!("n{number}")), what, Some(party(by)), Span::at(at));
        deed.about = Some(label(&format!("x{}", number * 7 % 10_000)));
        deed.amount = Amount::parse("3 aircraft").filter(|_| what == DeedKind::Sent);
        standing.tell(deed);
        number += 1;
        standing.advance(at)
    });
}
