//! Random packages and histories against a naive evaluator, written straight from `docs/guarantees.md`: it knows no index, walks
//! time minute by minute, and shares nothing with the engine but the values that it is given.

mod made;

use clause::Footing;
use clause::guarantee::{Agenda, Amount, Breach, Deed, DeedKind, Holds, Package, Run, Standing, read, sheet};
use jiff::civil::date;
use jiff::tz::TimeZone;
use made::{Dice, label, party};
use std::collections::{BTreeMap, BTreeSet};
use terms::time::MINUTE_MS;
use terms::{Instant, Label, Party, Span};

/// What one random page says, for the page and for the naive reader alike.
struct Says {
    signed: bool,
    effect: &'static str,
    hours: &'static str,
    conditions: Vec<&'static str>,
    void: Option<&'static str>,
    only_if: bool,
    first: &'static str,
    footing: &'static str,
    discharged: bool,
}

impl Says {
    fn random(dice: &mut Dice) -> Says {
        Says {
            signed: dice.below(4) > 0,
            effect: dice.one(&[
                "on signature",
                "on ratification by K",
                "on signature",
                "not-said",
                "never",
                "on declaration",
            ]),
            hours: dice.one(&["6 hours", "24 hours", "1 day", "2 days", "to D+1", "90 minutes"]),
            conditions: match dice.below(5) {
                0 => vec!["c1"],
                1 => vec!["c2"],
                2 => vec!["c1", "c2"],
                _ => vec![],
            },
            void: dice.one(&[None, None, Some("breach by B"), Some("breach by B established")]),
            only_if: dice.below(4) == 0,
            first: dice.one(&["first ", "", "each "]),
            footing: dice.one(&["", " alleged", " established", " ruled"]),
            discharged: dice.below(6) > 0,
        }
    }

    fn page(&self) -> String {
        let mut text = String::from(
            "---\nguarantees: random\ntitle: Random\nversion: 1\nas-of: 2026-03-01\ntime-zone: Europe/Kyiv\n---\n\n# Random\n\n\
            ```backstop\nparties A, B, C\nbodies K\nsource s press 2026 \"invented\"\nreading sent \"x\"\nreading received \"x\"\n\
            condition c1 \"one\"\n  decided by K\n  source s\ncondition c2 \"two\"\n  decided not-said\n  source s\n\
            instrument pact \"Pact\"\n  kind bilateral\n  parties A, B, C\n  text public\n  source s\n",
        );
        text.push_str(&format!("  effect {}\n", self.effect));
        if self.signed {
            text.push_str("  state signed 2026-03-01 by A, B, C\n  state ratified 2026-03-02 by K\n");
        }
        text.push_str("commitment x of A to B \"x\"\n  in pact\n  class consultation\n  word shall\n  binds legally\n  source s\n");
        if !self.conditions.is_empty() {
            text.push_str(&format!("  when {}\n", self.conditions.join(", ")));
        }
        if let Some(void) = self.void {
            text.push_str(&format!("  void after {void}\n"));
        }
        text.push_str(
            "commitment y of C to B \"y\"\n  in pact\n  class sanctions\n  word may\n  binds legally\n  source s\n",
        );
        text.push_str(
            "clock h of x\n  starts as sent: request by B to A\n  starts as received: receipt by A of request by B\n",
        );
        text.push_str(&format!("  runs {}\n  extended by consensus of A, B\n  paused by K\n", self.hours));
        if self.discharged {
            text.push_str("  discharged by action by A about x\n");
        }
        if self.only_if {
            text.push_str("  only-if c1\n");
        }
        text.push_str(&format!("clock f of y\n  starts {}breach by A{}\n  runs 12 hours\n", self.first, self.footing));
        text.push_str("  discharged by vote by K\nclock e of y\n  starts expiry of h\n  runs 6 hours\n  discharged by vote by K\n```\n");
        text
    }
}

fn start() -> Instant {
    // The night of 29 March 2026 has one hour less in Kyiv.
    Instant::parse("2026-03-27T22:00:00Z").expect("a time")
}

fn when(dice: &mut Dice) -> Span {
    let first = start().shifted(i64::try_from(dice.below(96 * 2)).expect("small") * 30 * MINUTE_MS);
    let length = dice.one(&[0, 0, 0, 0, 0, 0, 30, 240]);
    Span::new(first, first.shifted(length * MINUTE_MS)).expect("forwards")
}

/// What happened, each with when it came to be known.
struct History {
    deeds: Vec<(Instant, Deed)>,
    breaches: Vec<(Instant, Breach)>,
}

fn history(dice: &mut Dice) -> History {
    let mut deeds = Vec::new();
    let known = |dice: &mut Dice, span: Span| span.latest().shifted(dice.one(&[0, 0, 60, 600]) * MINUTE_MS);
    let signers =
        [("A", DeedKind::Signed), ("C", DeedKind::Signed), ("A", DeedKind::Declared), ("K", DeedKind::Ratified)];
    for number in 0..4 + dice.below(12) {
        let span = when(dice);
        let id = label(&format!("d{number:02}"));
        let (by, what, about) = match dice.below(16) {
            0 | 1 => ("B", DeedKind::Request, None),
            2 | 3 => ("A", DeedKind::Receipt, Some(label(&format!("d{:02}", dice.below(number + 1))))),
            4 | 5 => ("A", DeedKind::Action, Some(label("x"))),
            6 => ("K", DeedKind::Pause, Some(label(dice.one(&["x", "h"])))),
            7 => ("K", DeedKind::Resumption, Some(label("h"))),
            8 => (dice.one(&["A", "B", "C"]), DeedKind::Extension, Some(label("x"))),
            9 => (dice.one(&["A", "B"]), DeedKind::Extension, Some(label("h"))),
            10 => (
                dice.one(&["K", "A"]),
                dice.one(&[DeedKind::Met, DeedKind::Unmet]),
                Some(label(dice.one(&["c1", "c2"]))),
            ),
            11 => ("K", DeedKind::Vote, None),
            12 => ("A", dice.one(&[DeedKind::InForce, DeedKind::Suspended, DeedKind::Terminated]), Some(label("pact"))),
            _ => {
                let (by, what) = dice.one(&signers);
                (by, what, Some(label("pact")))
            }
        };
        let unknown = dice.below(20) == 0;
        let mut deed = Deed::plain(id, what, (!unknown).then(|| party(by)), span);
        deed.about = about;
        if what == DeedKind::Request {
            deed.to = vec![party("A")];
        }
        if what == DeedKind::Extension {
            deed.longer = clause::Duration::from_words(dice.one(&["12 hours", "12 hours", "1 day"]));
        }
        if dice.below(12) == 0 && number > 0 {
            deed.replaces = Some(label(&format!("d{:02}", dice.below(number))));
        }
        deeds.push((known(dice, span), deed));
    }
    let mut breaches = Vec::new();
    for number in 0..dice.below(4) {
        let span = when(dice);
        let breach = Breach {
            happened: span,
            id: format!("b{number}"),
            rules: Vec::new(),
            by: dice.one(&[Some("A"), Some("B"), None]).map(party),
            footing: dice.one(&[Footing::Alleged, Footing::Proposed, Footing::Established, Footing::Ruled]),
            doubt: (dice.below(5) == 0).then(|| "a doubt".to_owned()),
        };
        breaches.push((known(dice, span), breach));
    }
    History { deeds, breaches }
}

/// Yes, no, cannot tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Three {
    Yes,
    No,
    CannotTell,
}

impl Three {
    /// One no settles it, and a doubt is never lost.
    fn and(self, other: Three) -> Three {
        match (self, other) {
            (Three::No, _) | (_, Three::No) => Three::No,
            (Three::CannotTell, _) | (_, Three::CannotTell) => Three::CannotTell,
            (Three::Yes, Three::Yes) => Three::Yes,
        }
    }

    fn of(holds: &Holds) -> Three {
        match holds {
            Holds::Yes => Three::Yes,
            Holds::No(_) => Three::No,
            Holds::CannotTell(_) => Three::CannotTell,
        }
    }
}

/// What may start, end or meet something: its name, its time, and whether it surely is it.
#[derive(Clone, Debug)]
struct Sign {
    id: String,
    span: Span,
    sure: bool,
}

/// One clock as the naive evaluator has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Naive {
    clock: String,
    reading: String,
    trigger: String,
    due: Option<Instant>,
    stands: &'static str,
}

struct Evaluator<'a> {
    says: &'a Says,
    deeds: Vec<&'a Deed>,
    breaches: Vec<&'a Breach>,
    at: Instant,
}

impl<'a> Evaluator<'a> {
    fn of(says: &'a Says, deeds: &'a [Deed], breaches: &'a [Breach], at: Instant) -> Evaluator<'a> {
        let begun = |span: Span| span.earliest() <= at;
        let corrected: Vec<&Label> =
            deeds.iter().filter(|d| begun(d.happened)).filter_map(|d| d.replaces.as_ref()).collect();
        let mut deeds: Vec<&Deed> = deeds.iter().filter(|d| begun(d.happened) && !corrected.contains(&&d.id)).collect();
        deeds.sort_by(|a, b| (a.happened, &a.id).cmp(&(b.happened, &b.id)));
        Evaluator { says, deeds, breaches: breaches.iter().filter(|b| begun(b.happened)).collect(), at }
    }

    fn about(&self, name: &str) -> impl Iterator<Item = &'a Deed> + '_ {
        let name = label(name);
        self.deeds.iter().copied().filter(move |deed| deed.about.as_ref() == Some(&name))
    }

    /// A deed of a kind by somebody; perhaps, where its author is not known.
    fn by(&self, deed: &Deed, what: DeedKind, who: &str) -> Option<bool> {
        match &deed.by {
            _ if deed.what != what => None,
            Some(by) if by.as_str() == who => Some(true),
            Some(_) => None,
            None => Some(false),
        }
    }

    fn done(&self, what: DeedKind, who: &str, about: Option<&str>) -> Vec<Sign> {
        let fits = |deed: &&&Deed| about.is_none_or(|about| deed.about == Some(label(about)));
        let sign = |deed: &&Deed| {
            let sure = self.by(deed, what, who)?;
            Some(Sign { id: deed.id.to_string(), span: deed.happened, sure })
        };
        self.deeds.iter().filter(fits).filter_map(sign).collect()
    }

    fn received(&self) -> Vec<Sign> {
        let mut found = Vec::new();
        for deed in &self.deeds {
            let Some(sure) = self.by(deed, DeedKind::Receipt, "A") else { continue };
            let Some(of) = self.deeds.iter().find(|other| Some(&other.id) == deed.about.as_ref()) else { continue };
            if !of.to.contains(&party("A")) {
                continue;
            }
            let Some(asked) = self.by(of, DeedKind::Request, "B") else { continue };
            let contradicts = deed.happened.latest() < of.happened.earliest();
            found.push(Sign { id: deed.id.to_string(), span: deed.happened, sure: sure && asked && !contradicts });
        }
        found
    }

    fn sent(&self) -> Vec<Sign> {
        let to_a =
            |sign: &Sign| self.deeds.iter().any(|deed| deed.id.as_str() == sign.id && deed.to.contains(&party("A")));
        self.done(DeedKind::Request, "B", None).into_iter().filter(to_a).collect()
    }

    fn breached(&self, who: &str, least: &str) -> Vec<Sign> {
        let order = [" alleged", "", " established", " ruled"];
        let rank = |footing: Footing| match footing {
            Footing::Alleged => 0,
            Footing::Proposed => 1,
            Footing::Established => 2,
            Footing::Ruled => 3,
        };
        let least = order.iter().position(|word| *word == least).expect("a footing");
        let fits =
            |breach: &&&Breach| rank(breach.footing) >= least && breach.by.as_ref().is_none_or(|by| by.as_str() == who);
        let sign = |b: &&Breach| Sign { id: b.id.clone(), span: b.happened, sure: b.by.is_some() && b.doubt.is_none() };
        let mut found: Vec<Sign> = self.breaches.iter().filter(fits).map(sign).collect();
        found.sort_by(|a, b| (a.span, &a.id).cmp(&(b.span, &b.id)));
        found
    }

    /// Only the first of several; where others may have come before the first that is sure, the start lies up to it.
    fn first(&self, found: Vec<Sign>) -> Vec<Sign> {
        let Some(sure) = found.iter().position(|sign| sign.sure) else { return found.into_iter().take(1).collect() };
        let earliest = found.iter().map(|sign| sign.span.earliest()).min().expect("one at least");
        let Sign { id, span, sure } = found[sure].clone();
        vec![Sign { id, span: Span::new(earliest, span.latest()).expect("earlier"), sure }]
    }

    fn binds(&self, debtor: &str, at: Instant) -> Three {
        if self.says.effect == "never" {
            return Three::No;
        }
        let turned = [DeedKind::InForce, DeedKind::Suspended, DeedKind::Terminated];
        let before = |deed: &&Deed| deed.happened.earliest() <= at;
        let others = ["A", "B", "C"];
        let for_debtor = |deed: &&Deed| match &deed.by {
            None => true,
            Some(by) => by.as_str() == debtor || !others.contains(&by.as_str()),
        };
        let last = self.about("pact").filter(|d| turned.contains(&d.what)).filter(before).filter(for_debtor).last();
        if let Some(turn) = last {
            if turn.happened.latest() > at {
                return Three::CannotTell;
            }
            return if turn.what == DeedKind::InForce { Three::Yes } else { Three::No };
        }
        let did = |what: DeedKind, who: &str| {
            let mut all = self.about("pact").filter(|d| d.what == what && d.by == Some(party(who))).filter(before);
            match all.next() {
                Some(deed) if deed.happened.latest() <= at => Three::Yes,
                Some(_) => Three::CannotTell,
                None => Three::No,
            }
        };
        match self.says.effect {
            "on signature" => did(DeedKind::Signed, debtor),
            "on declaration" => did(DeedKind::Declared, debtor),
            "on ratification by K" => did(DeedKind::Ratified, "K"),
            _ => Three::CannotTell,
        }
    }

    fn holds(&self, condition: &str, at: Instant) -> Three {
        if condition == "c2" {
            return Three::CannotTell;
        }
        let said = |deed: &&Deed| matches!(deed.what, DeedKind::Met | DeedKind::Unmet) && deed.by == Some(party("K"));
        let theirs: Vec<&Deed> = self.about(condition).filter(said).collect();
        if theirs.iter().any(|deed| deed.happened.earliest() <= at && deed.happened.latest() > at) {
            return Three::CannotTell;
        }
        let last = theirs.iter().rfind(|deed| deed.happened.latest() <= at);
        match last {
            None => Three::No,
            Some(deed) if deed.what == DeedKind::Unmet => Three::No,
            Some(deed) => {
                let other = |one: &&&Deed| one.happened == deed.happened && one.what == DeedKind::Unmet;
                if theirs.iter().any(|one| other(&one)) { Three::CannotTell } else { Three::Yes }
            }
        }
    }

    /// Whether the promise `x` had ended by then.
    fn alive(&self, at: Instant) -> Three {
        let Some(void) = self.says.void else { return Three::Yes };
        let least = if void.ends_with("established") { " established" } else { "" };
        let mut alive = Three::Yes;
        for sign in self.breached("B", least).into_iter().filter(|sign| sign.span.earliest() <= at) {
            alive = alive.and(if !sign.sure || sign.span.latest() > at { Three::CannotTell } else { Three::No });
        }
        alive
    }

    /// Pauses, resumptions and agreed extensions of `h`, in order.
    fn interruptions(&self) -> Vec<(Instant, String, i64)> {
        const STOP: i64 = -1;
        const GO_ON: i64 = -2;
        let mut found: Vec<(Instant, String, i64)> = Vec::new();
        let mut agreed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for deed in self.deeds.iter().filter(|d| d.about == Some(label("x")) || d.about == Some(label("h"))) {
            let Some(by) = deed.by.as_ref().map(Party::as_str) else { continue };
            let id = deed.id.to_string();
            let extends = deed.what == DeedKind::Extension && (by == "A" || by == "B");
            if deed.what == DeedKind::Pause && by == "K" {
                found.push((deed.happened.earliest(), id, STOP));
            } else if deed.what == DeedKind::Resumption && by == "K" {
                found.push((deed.happened.latest(), id, GO_ON));
            } else if extends {
                let longer = deed.longer.expect("said above").to_string();
                let who = agreed.entry(longer.clone()).or_default();
                who.insert(by.to_owned());
                if who.len() == 2 {
                    who.clear();
                    found.push((deed.happened.latest(), id, i64::from(longer == "1 day")));
                }
            }
        }
        found.sort();
        found
    }

    fn days_later(&self, at: Instant, days: i64) -> Instant {
        let kyiv = TimeZone::get("Europe/Kyiv").expect("a zone");
        let civil = kyiv.to_datetime(at.timestamp()).checked_add(jiff::Span::new().days(days)).expect("in range");
        Instant::from_ms(kyiv.to_ambiguous_timestamp(civil).later().expect("a time").as_millisecond())
            .expect("in range")
    }

    /// When `h` is over, minute by minute for hours; `None` while it is stopped.
    fn due(&self, began: Instant) -> Option<Instant> {
        match self.says.hours {
            "6 hours" => self.due_in_minutes(began, 6 * 60),
            "24 hours" => self.due_in_minutes(began, 24 * 60),
            "90 minutes" => self.due_in_minutes(began, 90),
            "1 day" => self.due_in_days(self.days_later(began, 1), began),
            "2 days" => self.due_in_days(self.days_later(began, 2), began),
            _ => {
                let kyiv = TimeZone::get("Europe/Kyiv").expect("a zone");
                let day = kyiv.to_datetime(began.timestamp()).date();
                let after = day.checked_add(jiff::Span::new().days(2)).expect("in range");
                let midnight = date(after.year(), after.month(), after.day()).at(0, 0, 0, 0);
                let begins = kyiv.to_ambiguous_timestamp(midnight).compatible().expect("a time").as_millisecond();
                self.due_in_days(Instant::from_ms(begins - 1).expect("in range"), began)
            }
        }
    }

    fn due_in_minutes(&self, began: Instant, mut left: i64) -> Option<Instant> {
        let interruptions = self.interruptions();
        // A stop or its end before the start decides only whether it starts stopped.
        let mut stopped = false;
        for (_, _, what) in interruptions.iter().filter(|(at, _, _)| *at < began) {
            stopped = if *what == -1 {
                true
            } else if *what == -2 {
                false
            } else {
                stopped
            };
        }
        let mut minute = began;
        let horizon = began.shifted(40 * 24 * 60 * MINUTE_MS);
        while minute <= horizon {
            for (_, _, what) in interruptions.iter().filter(|(at, _, _)| *at == minute) {
                match what {
                    -1 => stopped = true,
                    -2 => stopped = false,
                    0 => left += 12 * 60,
                    _ => {
                        // A day on a term of hours is a civil day from its end as reckoned so far.
                        let end = minute.shifted(left * MINUTE_MS);
                        left += (self.days_later(end, 1).ms() - end.ms()) / MINUTE_MS;
                    }
                }
            }
            if !stopped && left == 0 {
                return Some(minute);
            }
            minute = minute.shifted(MINUTE_MS);
            left -= i64::from(!stopped);
        }
        None
    }

    fn due_in_days(&self, mut due: Instant, began: Instant) -> Option<Instant> {
        let mut stopped: Option<Instant> = None;
        for (at, _, what) in self.interruptions() {
            match what {
                -1 if stopped.is_none() && at <= due => stopped = Some(at.max(began)),
                -2 => {
                    if let Some(since) = stopped.take() {
                        // As many whole days as reach from the stop to its end.
                        let days = (0..).find(|days| self.days_later(since, *days) >= at).expect("some");
                        due = if at > since { self.days_later(due, days) } else { due };
                    }
                }
                0 | 1 if at >= began && (stopped.is_some() || at <= due) => {
                    due = if what == 0 { due.shifted(12 * 60 * MINUTE_MS) } else { self.days_later(due, 1) };
                }
                _ => {}
            }
        }
        stopped.is_none().then_some(due)
    }

    /// What came of a clock whose start, end and answers are known.
    fn stands(&self, start: &Sign, due: Option<Instant>, answers: Option<Vec<Sign>>) -> &'static str {
        if !start.sure {
            return "cannot tell";
        }
        let answers_known = answers.is_some();
        let near: Vec<Sign> =
            answers.unwrap_or_default().into_iter().filter(|one| one.span.latest() >= start.span.earliest()).collect();
        let in_time = |one: &&Sign| {
            one.sure && one.span.earliest() >= start.span.latest() && due.is_none_or(|due| one.span.latest() <= due)
        };
        if near.iter().any(|one| in_time(&one)) {
            return "discharged";
        }
        let surely_late = |one: &Sign| one.sure && due.is_some_and(|due| one.span.earliest() > due);
        if near.iter().any(|one| !surely_late(one)) {
            return "cannot tell";
        }
        if !near.is_empty() {
            return "late";
        }
        match due {
            None => "paused",
            Some(due) if self.at <= due => "running",
            Some(_) if !answers_known => "cannot tell",
            Some(_) => "expired",
        }
    }

    /// What the conditions make of it, at the start and by the end.
    fn limited(
        &self,
        stands: &'static str,
        start: &Sign,
        due: Option<Instant>,
        debtor: &str,
        only_if: bool,
    ) -> &'static str {
        let began = start.span.latest();
        if debtor == "A" {
            match self.alive(began) {
                Three::Yes => {}
                Three::No => return "void",
                Three::CannotTell => return "cannot tell",
            }
        }
        let mut called = self.binds(debtor, began);
        if debtor == "A" {
            called = self.says.conditions.iter().fold(called, |all, one| all.and(self.holds(one, began)));
        }
        if only_if {
            let until = due.map_or(self.at, |due| due.min(self.at)).max(began);
            called = called.and(self.holds("c1", until));
        }
        match called {
            Three::Yes => stands,
            Three::No => "not bound",
            Three::CannotTell => "cannot tell",
        }
    }

    fn all(&self) -> Vec<Naive> {
        let mut found = Vec::new();
        let mut expired: Vec<Sign> = Vec::new();
        for (reading, starts) in [("sent", self.sent()), ("received", self.received())] {
            for start in starts {
                let due = self.due(start.span.latest());
                let answers = self.says.discharged.then(|| self.done(DeedKind::Action, "A", Some("x")));
                let stands = self.stands(&start, due, answers);
                let stands = self.limited(stands, &start, due, "A", self.says.only_if);
                let name = format!("h/{reading}/{}", start.id);
                let passed = due.filter(|due| *due < self.at && matches!(stands, "expired" | "late" | "cannot tell"));
                if let Some(due) = passed {
                    expired.push(Sign { id: name, span: Span::at(due), sure: stands != "cannot tell" });
                }
                let (clock, reading, trigger) = ("h".to_owned(), reading.to_owned(), start.id);
                found.push(Naive { clock, reading, trigger, due, stands });
            }
        }
        let mut breaches = self.breached("A", self.says.footing);
        if self.says.first == "first " {
            breaches = self.first(breaches);
        }
        for (clock, starts, hours) in [("f", breaches, 12), ("e", expired, 6)] {
            for start in starts {
                let due = Some(start.span.latest().shifted(hours * 60 * MINUTE_MS));
                let stands = self.stands(&start, due, Some(self.done(DeedKind::Vote, "K", None)));
                let stands = self.limited(stands, &start, due, "C", false);
                let reading = "as-written".to_owned();
                found.push(Naive { clock: clock.to_owned(), reading, trigger: start.id, due, stands });
            }
        }
        found.sort();
        found
    }
}

fn naive_of(run: &Run) -> Naive {
    Naive {
        clock: run.clock.to_string(),
        reading: run.reading.as_ref().map_or("as-written".to_owned(), Label::to_string),
        trigger: run.trigger.clone(),
        due: run.due,
        stands: run.stands.word(),
    }
}

fn compare(seed: u64, seen: &mut BTreeMap<&'static str, usize>) {
    let mut dice = Dice(seed);
    for _ in 0..8 {
        dice.below(2);
    }
    let says = Says::random(&mut dice);
    let text = says.page();
    let (package, remarks): (Package, _) = read(&text);
    let errors: Vec<_> = remarks.iter().filter(|one| one.severity() == clause::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    let history = history(&mut dice);
    for _ in 0..4 {
        let at = start().shifted(i64::try_from(dice.below(130 * 60)).expect("small") * MINUTE_MS);
        let deeds: Vec<Deed> =
            history.deeds.iter().filter(|(known, _)| *known <= at).map(|(_, one)| one.clone()).collect();
        let breaches: Vec<Breach> =
            history.breaches.iter().filter(|(known, _)| *known <= at).map(|(_, one)| one.clone()).collect();
        let shown = sheet(&package, &deeds, &breaches, at);
        let (mut backwards, mut back) = (deeds.clone(), breaches.clone());
        backwards.reverse();
        back.reverse();
        assert_eq!(shown, sheet(&package, &backwards, &back, at), "seed {seed}: the order in which things came shows");
        // What the page itself says was done is done like anything else.
        let all: Vec<Deed> = package.deeds.iter().chain(&deeds).cloned().collect();
        let naive = Evaluator::of(&says, &all, &breaches, at);
        let mut found: Vec<Naive> = shown.runs.iter().map(naive_of).collect();
        found.sort();
        let expected = naive.all();
        expected.iter().for_each(|one| *seen.entry(one.stands).or_default() += 1);
        assert_eq!(found, expected, "seed {seed}, as of {at}\n{text}\n{deeds:#?}\n{breaches:#?}");
        for (name, holds) in &shown.conditions {
            assert_eq!(Three::of(holds), naive.holds(name.as_str(), at), "seed {seed}, {name}");
        }
        for (who, binds) in &shown.instruments[0].binds {
            assert_eq!(Three::of(binds), naive.binds(who.as_str(), at), "seed {seed}, pact for {who}");
        }
    }
}

/// The agenda, told the same as it became known, has at every instant the runs that the sheet has.
fn keeps_up(seed: u64, ended: &mut usize) {
    let mut dice = Dice(seed);
    for _ in 0..8 {
        dice.below(2);
    }
    let text = Says::random(&mut dice).page();
    let (package, _) = read(&text);
    let mut history = history(&mut dice);
    history.deeds.extend(deliveries(&mut dice));
    let mut agenda = Agenda::of(&package, start());
    let mut standing = Standing::of(&package, start());
    let (mut deeds, mut breaches): (Vec<Deed>, Vec<Breach>) = (Vec::new(), Vec::new());
    let mut at = start();
    while at < start().shifted(150 * 60 * MINUTE_MS) {
        let known = |known: Instant| known <= at;
        for (_, deed) in history.deeds.iter().filter(|(when, deed)| known(*when) && !deeds.contains(deed)) {
            agenda.tell(deed.clone());
            standing.tell(deed.clone());
        }
        deeds = history.deeds.iter().filter(|(when, _)| known(*when)).map(|(_, one)| one.clone()).collect();
        breaches.clear();
        breaches.extend(history.breaches.iter().filter(|(when, _)| known(*when)).map(|(_, one)| one.clone()));
        agenda.breaches(breaches.clone());
        agenda.advance(at);
        standing.breaches(breaches.clone());
        let shown = sheet(&package, &deeds, &breaches, at);
        assert_eq!(standing.advance(at), shown, "seed {seed}, as of {at}\n{text}\n{deeds:#?}");
        let runs: Vec<&Run> = agenda.runs().collect();
        assert_eq!(runs, shown.runs.iter().collect::<Vec<_>>(), "seed {seed}, as of {at}\n{text}\n{deeds:#?}");
        let next = shown.runs.iter().filter(|run| run.stands.is_open()).filter_map(|run| run.due).min();
        assert_eq!(agenda.next().and_then(|run| run.due), next, "seed {seed}, as of {at}\n{text}");
        *ended += usize::from(next.is_some());
        at = at.shifted(i64::try_from(1 + dice.below(4 * 60)).expect("small") * MINUTE_MS);
    }
}

/// Deliveries on both promises, some of them corrected, some told before they begin.
fn deliveries(dice: &mut Dice) -> Vec<(Instant, Deed)> {
    let one = |number: u64, dice: &mut Dice| {
        let span = when(dice);
        let (by, what) = dice.one(&[
            ("A", DeedKind::Announced),
            ("A", DeedKind::Sent),
            ("C", DeedKind::Legal),
            ("B", DeedKind::Received),
            ("A", DeedKind::Received),
        ]);
        let mut deed = Deed::plain(label(&format!("g{number}")), what, Some(party(by)), span);
        deed.about = Some(label(dice.one(&["x", "y", "nothing"])));
        deed.amount = Amount::parse(dice.one(&["3 aircraft", "4 aircraft", "10 EUR"])).filter(|_| dice.below(6) > 0);
        if dice.below(4) == 0 {
            deed.replaces = Some(label(&format!("g{}", dice.below(8))));
        }
        (span.latest().shifted(dice.one(&[0, 60, -600]) * MINUTE_MS), deed)
    };
    (0..dice.below(8)).map(|number| one(number, dice)).collect()
}

#[test]
fn the_agenda_is_what_the_sheet_says() {
    let mut ended = 0;
    (0..600).for_each(|seed| keeps_up(seed, &mut ended));
    assert!(ended > 500, "too few instants at which anything was due: {ended}");
}

#[test]
fn the_sheet_says_what_the_definitions_say() {
    let mut seen = BTreeMap::new();
    (0..1_500).for_each(|seed| compare(seed, &mut seen));
    for stands in ["running", "paused", "discharged", "late", "expired", "not bound", "void", "cannot tell"] {
        assert!(seen.get(stands).is_some_and(|count| *count >= 20), "too few histories end `{stands}`: {seen:?}");
    }
}

/// A page with a few pieces cut out, doubled or put elsewhere.
fn harmed(page: &str, dice: &mut Dice) -> String {
    let mut text = page.to_owned();
    for _ in 0..1 + dice.below(4) {
        let place = |dice: &mut Dice, text: &str| {
            text.floor_char_boundary(usize::try_from(dice.below(text.len() as u64 + 1)).expect("small"))
        };
        let (from, length) = (place(&mut *dice, &text), usize::try_from(dice.below(120)).expect("small"));
        let until = text.floor_char_boundary((from + length).min(text.len())).max(from);
        let piece = text[from..until].to_owned();
        match dice.below(4) {
            0 => text.replace_range(from..until, ""),
            1 => text.insert_str(from, &piece),
            2 => {
                let to = place(&mut *dice, &text);
                text.insert_str(to, &piece);
            }
            _ => text.insert_str(
                from,
                dice.one(&["\"", "\n  ", " - ", "2026-13-01", "\u{41f}", ":", "9999999999 weeks", "```\n"]),
            ),
        }
    }
    text
}

#[test]
fn whatever_is_done_to_a_page_it_is_read() {
    let pages = [
        include_str!("../../../agreements/paris-2026/guarantees.md"),
        include_str!("../../../agreements/varo-2026/guarantees.md"),
        include_str!("../../../cases/guarantees-mistakes.md"),
    ];
    let deeds = include_str!("../../../agreements/varo-2026/deeds.md");
    let mut dice = Dice(7);
    for round in 0..400 {
        let text = harmed(pages[round % pages.len()], &mut dice);
        let (package, remarks) = read(&text);
        for remark in &remarks {
            assert!(remark.line >= 1 && remark.line <= text.lines().count() + 1, "{remark:?}");
            assert!(remark.span.end <= text.len(), "{remark:?}");
        }
        let (closed, _) = clause::guarantee::read_closed(&text, &package);
        let all = package.clone().with(&closed);
        for at in [Instant::EARLIEST, start(), Instant::LATEST] {
            drop(sheet(&all, &[], &[], at));
        }
        if let Ok(page) = clause::guarantee::tabletop(&harmed(deeds, &mut dice), &package) {
            drop(clause::guarantee::play(&package, &page));
        }
    }
}

/// How a promise of a group stands for each of its members.
#[track_caller]
fn check_members(promises: &str, effect: &str, deeds: &[(DeedKind, &str)], expected: &[(&str, &str)]) {
    let page = format!(
        "---\nguarantees: group\ntitle: Group\nversion: 1\nas-of: 2026-03-01\ntime-zone: UTC\n---\n\n# Group\n\n```backstop\n\
        parties Group, A, B, C\nsource s press 2026 \"invented\"\ngroup Group\n  members A, B\n  promises {promises}\n  source s\n\
        instrument word \"A word\"\n  kind declaration\n  parties Group, A, B\n  text public\n  effect {effect}\n  source s\n\
        commitment help of Group to C \"help\"\n  in word\n  class support\n  word shall\n  binds politically\n  source s\n```\n"
    );
    let (package, remarks) = read(&page);
    assert!(remarks.iter().all(|one| one.severity() != clause::Severity::Error), "{remarks:?}");
    let deed = |(number, (what, by)): (usize, &(DeedKind, &str))| {
        let at = Span::at(start().shifted(i64::try_from(number).expect("small") * MINUTE_MS));
        let mut deed = Deed::plain(label(&format!("d{number}")), *what, Some(party(by)), at);
        deed.about = Some(label("word"));
        deed
    };
    let deeds: Vec<Deed> = deeds.iter().enumerate().map(deed).collect();
    let at = start().shifted(60 * MINUTE_MS);
    let shown = sheet(&package, &deeds, &[], at);
    let members = &shown.commitments[0].members;
    let found: Vec<(&str, &str)> = members.iter().map(|(who, holds)| (who.as_str(), holds.word())).collect();
    assert_eq!(found, expected, "{members:?}");
    let mut standing = Standing::of(&package, start().shifted(-MINUTE_MS));
    deeds.into_iter().for_each(|deed| standing.tell(deed));
    assert_eq!(standing.advance(at), shown);
}

#[test]
fn a_member_s_own_word_comes_before_that_of_the_group() {
    let declared = |by| (DeedKind::Declared, by);
    let on = "on declaration";
    check_members("each", on, &[declared("Group")], &[("A", "yes"), ("B", "yes")]);
    check_members("each", on, &[], &[("A", "no"), ("B", "no")]);
    check_members("not-said", on, &[declared("Group")], &[("A", "cannot tell"), ("B", "cannot tell")]);
    check_members("not-said", on, &[declared("Group"), declared("A")], &[("A", "yes"), ("B", "cannot tell")]);
    check_members("together", on, &[declared("Group"), declared("A")], &[("A", "no"), ("B", "no")]);
    let left = [declared("Group"), declared("A"), (DeedKind::Terminated, "A")];
    check_members("each", on, &left, &[("A", "no"), ("B", "yes")]);
    check_members("each", "not-said", &[declared("Group")], &[("A", "cannot tell"), ("B", "cannot tell")]);
}

#[test]
fn half_a_group_is_an_error_with_its_line() {
    let page = |group: &str| {
        format!(
            "---\nguarantees: group\ntitle: Group\nversion: 1\nas-of: 2026-03-01\ntime-zone: UTC\n---\n\n# Group\n\n```backstop\n\
            parties Group, A, B\nsource s press 2026 \"invented\"\n{group}```\n"
        )
    };
    let whole = "group Group\n  members A, B\n  promises each\n  source s\n";
    for (group, expected) in [
        (whole.replace("  promises each\n", ""), "promises"),
        (whole.replace("  members A, B\n", ""), "members"),
        (whole.replace("A, B", "A, Nobody"), "Nobody"),
        (whole.replace("A, B", "A, Group"), "no member of itself"),
        (whole.replace("each", "all"), "all"),
        (whole.replace("  source s\n", ""), "source"),
        (format!("{whole}{whole}"), "given twice"),
    ] {
        let (_, remarks) = read(&page(&group));
        let said: Vec<String> = remarks.iter().map(|one| format!("{} {:?}", one.message, one.fix)).collect();
        assert!(said.iter().any(|one| one.contains(expected)), "{expected}: {said:?}");
    }
    assert!(read(&page(whole)).1.iter().all(|one| one.severity() != clause::Severity::Error));
}
