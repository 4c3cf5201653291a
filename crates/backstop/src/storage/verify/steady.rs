//! A store may be written to while it is looked at: its segments are read at one instant and its tiles at a later one. Takes a way to
//! look; gives what two looks in a row found. Never says no of what the next look does not find.

use super::{Difference, Missing, Verification};

/// Most looks at a store that is another one each time.
const MOST_LOOKS: usize = 6;

/// Looks until the answer is yes, or two looks in a row agree on something that differs or on everything that is missing.
pub(super) fn look(mut once: impl FnMut() -> Verification) -> Verification {
    let mut before = once();
    for _ in 1..MOST_LOOKS {
        if matches!(before, Verification::Yes { .. }) {
            return before;
        }
        let again = once();
        if before == again {
            return again;
        }
        let (differences, missing) = both(&before, &again);
        if !differences.is_empty() {
            return Verification::No { differences, missing };
        }
        before = again;
    }
    if matches!(before, Verification::Yes { .. }) {
        return before;
    }
    let what = format!(
        "it was another one at each of {MOST_LOOKS} looks: somebody writes to it; verify again, or when nobody does"
    );
    Verification::CannotTell { missing: vec![Missing { file: "log/checkpoint".into(), what }] }
}

/// What both looks found.
fn both(one: &Verification, other: &Verification) -> (Vec<Difference>, Vec<Missing>) {
    let ((differences, missing), (others, missed)) = (found(one), found(other));
    let differences = differences.iter().filter(|it| others.contains(it)).cloned().collect();
    (differences, missing.iter().filter(|it| missed.contains(it)).cloned().collect())
}

fn found(look: &Verification) -> (&[Difference], &[Missing]) {
    match look {
        Verification::Yes { .. } => (&[], &[]),
        Verification::No { differences, missing } => (differences, missing),
        Verification::CannotTell { missing } => (&[], missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::PayloadsFound;
    use ledger::Hash;

    fn yes() -> Verification {
        Verification::Yes {
            entries: 1,
            unpublished: 0,
            root: Hash([0; 32]),
            log_key: String::new(),
            authors: [].into(),
            payloads: PayloadsFound::default(),
        }
    }

    fn no(entries: &[u64]) -> Verification {
        let differ = |entry: &u64| Difference {
            entry: Some(*entry),
            file: "log/tile/0/000".into(),
            offset: 0,
            what: "the tile holds hashes of entries that are not recorded".into(),
        };
        Verification::No { differences: entries.iter().map(differ).collect(), missing: Vec::new() }
    }

    #[track_caller]
    fn check(looks: Vec<Verification>, expected: Verification) {
        let (mut looks, mut left) = (looks.into_iter(), 0);
        assert_eq!(look(|| looks.next().expect("it looks no more often")), expected);
        looks.for_each(|_| left += 1);
        assert_eq!(left, 0, "it looks until it can tell");
    }

    #[test]
    fn a_finding_counts_if_the_next_look_finds_it_too() {
        let gone = || Verification::CannotTell { missing: vec![Missing { file: "keys".into(), what: "gone".into() }] };
        check(vec![yes()], yes());
        check(vec![no(&[7]), no(&[7])], no(&[7]));
        check(vec![gone(), gone()], gone());
        // The writer was between its tiles and its checkpoint.
        check(vec![no(&[453]), yes()], yes());
        check(vec![no(&[453]), no(&[461]), yes()], yes());
        // What was changed stays changed, whatever else is seen of the writing.
        check(vec![no(&[7, 453]), no(&[7, 461])], no(&[7]));
    }

    #[test]
    fn a_store_that_is_another_one_each_time_cannot_be_told() {
        let mut looks = 0;
        let answer = look(|| {
            looks += 1;
            no(&[looks])
        });
        let Verification::CannotTell { missing } = answer else { panic!("{answer:?}") };
        assert!(missing[0].what.contains("somebody writes to it"), "{missing:?}");
        assert_eq!(looks as usize, MOST_LOOKS);
    }
}
