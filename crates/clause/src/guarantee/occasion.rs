//! When somebody is to be told of a clock: as it starts, before its end, at it, and after it.
//!
//! Takes a run and the distances at which to tell; gives the occasions that have come by an instant. Only the last of those around
//! the end counts: whoever comes late is told how it stands, not how it stood. Never tells of a clock under which nobody owes.

use super::run::{ClockStand, Run};
use crate::calendar::elapsed_text;
use terms::Instant;

/// How far from a clock's end somebody is told, beside its start and the end itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distances {
    /// So long before, in milliseconds.
    pub before_ms: Vec<i64>,
    /// So long after, in milliseconds.
    pub after_ms: Vec<i64>,
}

/// What somebody is told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Occasion {
    /// It started.
    Started,
    /// It ends in so many milliseconds.
    Before(i64),
    /// It ends.
    End,
    /// It ended so many milliseconds ago, and nothing met it.
    After(i64),
}

impl Occasion {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Occasion::Started => "started",
            Occasion::Before(_) => "before",
            Occasion::End => "end",
            Occasion::After(_) => "after",
        }
    }

    /// How far from the end, in milliseconds; nothing for a start.
    #[must_use]
    pub fn distance_ms(self) -> i64 {
        match self {
            Occasion::Started | Occasion::End => 0,
            Occasion::Before(ms) | Occasion::After(ms) => ms,
        }
    }

    /// The occasion of a word and a distance; `None` for another word, or a distance that does not go with it.
    #[must_use]
    pub fn from_word(word: &str, distance_ms: i64) -> Option<Occasion> {
        match (word, distance_ms) {
            ("started", 0) => Some(Occasion::Started),
            ("end", 0) => Some(Occasion::End),
            ("before", 1..) => Some(Occasion::Before(distance_ms)),
            ("after", 1..) => Some(Occasion::After(distance_ms)),
            _ => None,
        }
    }

    /// In words: `ends in 1 h`.
    #[must_use]
    pub fn says(self) -> String {
        match self {
            Occasion::Started => "started".to_owned(),
            Occasion::Before(ms) => format!("ends in {}", elapsed_text(ms)),
            Occasion::End => "is at its end".to_owned(),
            Occasion::After(ms) => format!("ended {} ago", elapsed_text(ms)),
        }
    }
}

/// What has come of a run by an instant, each with when it came: its start, and the last thing around its end.
#[must_use]
pub fn occasions(run: &Run, distances: &Distances, at: Instant) -> Vec<(Occasion, Instant)> {
    let (running, over) = match &run.stands {
        ClockStand::Running => (true, false),
        ClockStand::Paused { .. } => (false, false),
        ClockStand::Expired => (false, true),
        // What cannot be told may run and may be over: somebody must look.
        ClockStand::CannotTell(_) => (true, true),
        ClockStand::Pending
        | ClockStand::Discharged { .. }
        | ClockStand::Late { .. }
        | ClockStand::NotBound(_)
        | ClockStand::Void(_) => return Vec::new(),
    };
    let began = run.started.latest();
    let mut found = vec![(Occasion::Started, began)];
    if let Some(due) = run.due {
        let before = distances.before_ms.iter().map(|ms| (Occasion::Before(*ms), due.shifted(-ms)));
        // A term that is shorter than the distance: its start was told.
        let before = before.filter(|(_, when)| running && *when > began && at < due);
        let end = (running || over).then_some((Occasion::End, due));
        let after = distances.after_ms.iter().map(|ms| (Occasion::After(*ms), due.shifted(*ms))).filter(|_| over);
        let come = before.chain(end).chain(after).filter(|(_, when)| *when <= at);
        found.extend(come.max_by_key(|(occasion, when)| (*when, *occasion)));
    }
    found.retain(|(_, when)| *when <= at);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::time::{DAY_MS, HOUR_MS};
    use terms::{Label, Span};

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a time")
    }

    /// What is told at a time of a clock that started at noon and ends a day later.
    fn check(stands: ClockStand, when: &str) -> String {
        let label = |name| Label::new(name).expect("a label");
        let run = Run {
            clock: label("clock"),
            commitment: label("promise"),
            reading: None,
            trigger: "ask".to_owned(),
            started_by: "ask".to_owned(),
            started: Span::at(at("2026-03-02T12:00:00Z")),
            due: Some(at("2026-03-03T12:00:00Z")),
            stands,
            arithmetic: String::new(),
            told: Vec::new(),
            notes: Vec::new(),
        };
        let distances =
            Distances { before_ms: vec![2 * DAY_MS, 6 * HOUR_MS, HOUR_MS], after_ms: vec![DAY_MS, 3 * DAY_MS] };
        let found = occasions(&run, &distances, at(when));
        found.iter().map(|(one, when)| format!("{} {when}", one.says())).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_start_and_the_last_thing_around_the_end_are_told() {
        let start = "started 2026-03-02T12:00:00Z";
        let running = || ClockStand::Running;
        assert_eq!(check(running(), "2026-03-02T11:59:59Z"), "");
        assert_eq!(check(running(), "2026-03-02T12:00:00Z"), start, "two days before its end it had not started");
        assert_eq!(check(running(), "2026-03-03T06:00:00Z"), format!("{start}, ends in 6 h 2026-03-03T06:00:00Z"));
        assert_eq!(check(running(), "2026-03-03T11:30:00Z"), format!("{start}, ends in 1 h 2026-03-03T11:00:00Z"));
        assert_eq!(check(running(), "2026-03-03T12:00:00Z"), format!("{start}, is at its end 2026-03-03T12:00:00Z"));
        let expired = || ClockStand::Expired;
        assert_eq!(check(expired(), "2026-03-03T13:00:00Z"), format!("{start}, is at its end 2026-03-03T12:00:00Z"));
        assert_eq!(check(expired(), "2026-03-05T13:00:00Z"), format!("{start}, ended 1 d ago 2026-03-04T12:00:00Z"));
        let doubt = || ClockStand::CannotTell(vec!["perhaps".to_owned()]);
        assert_eq!(check(doubt(), "2026-03-03T06:00:00Z"), format!("{start}, ends in 6 h 2026-03-03T06:00:00Z"));
        assert_eq!(check(doubt(), "2026-03-07T06:00:00Z"), format!("{start}, ended 3 d ago 2026-03-06T12:00:00Z"));
    }

    #[test]
    fn nobody_is_told_of_what_nobody_owes() {
        let met = at("2026-03-02T13:00:00Z");
        for stands in [
            ClockStand::Pending,
            ClockStand::Discharged { by: "d".to_owned(), at: met },
            ClockStand::Late { by: "d".to_owned(), at: met, late_ms: 1 },
            ClockStand::NotBound(Vec::new()),
            ClockStand::Void(String::new()),
        ] {
            assert_eq!(check(stands, "2026-03-05T12:00:00Z"), "");
        }
        let paused = ClockStand::Paused { since: met, left_ms: 1 };
        assert!(check(paused, "2026-03-02T14:00:00Z").starts_with("started"));
    }

    #[test]
    fn an_occasion_is_read_as_it_is_written() {
        for occasion in [Occasion::Started, Occasion::Before(1), Occasion::End, Occasion::After(DAY_MS)] {
            assert_eq!(Occasion::from_word(occasion.word(), occasion.distance_ms()), Some(occasion));
        }
        assert_eq!(Occasion::from_word("before", 0), None);
        assert_eq!(Occasion::from_word("soon", 1), None);
    }
}
