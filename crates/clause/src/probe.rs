//! Probes: what a drafter would ask of a clause, made from its own edges.
//!
//! Takes a rule; gives small invented happenings, each like the plain case but for one thing: a millisecond before or after
//! the window and the deadline, a step over the zone's edge, each party, each exception, the standard and just below it.
//! Everything in them is invented and says so by its id. Never judges.

use crate::agreement::{Agreement, Reading, Zone};
use crate::calendar::Duration;
use crate::edge::{across, exactly, within};
use crate::fact::{Fact, Footing};
use crate::rule::{Bearer, ExceptionTest, First, Kernel, Pattern, Rule, Trigger, Who, Window};
use terms::time::{DAY_MS, HOUR_MS};
use terms::{Act, Chance, Count, Instant, Label, Party, Place, Span};

/// A ceiling above this is not probed by as many facts.
const FACTS_MOST: u32 = 64;

/// A small invented happening.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Probe {
    /// What is asked: "1 ms after the clause ends".
    pub asks: String,
    /// What happened.
    pub facts: Vec<Fact>,
}

/// The probes of a rule, under every reading and for every bearer.
pub(crate) fn probes(agreement: &Agreement, rule: &Rule) -> Vec<Probe> {
    let mut probes = Vec::new();
    for reading in agreement.readings_of(rule) {
        let Some(window) = rule.window(reading) else { continue };
        let bearers: Vec<&Party> = match &rule.bearer {
            Bearer::One(party) => vec![party],
            Bearer::EachParty | Bearer::All => agreement.parties.iter().map(|(party, _)| party).collect(),
        };
        for bearer in bearers {
            let mut prober = Prober { agreement, rule, reading, window, bearer, probes: Vec::new() };
            prober.probe();
            probes.append(&mut prober.probes);
        }
    }
    probes
}

struct Prober<'a> {
    agreement: &'a Agreement,
    rule: &'a Rule,
    reading: &'a Reading,
    window: Window,
    bearer: &'a Party,
    probes: Vec<Probe>,
}

impl Prober<'_> {
    fn probe(&mut self) {
        self.add("nothing happens", Vec::new());
        match &self.rule.kernel {
            Kernel::Never { pattern, .. } => self.alone(pattern),
            Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => {
                self.deadline(pattern, *quantity);
            }
            Kernel::Always { state } => self.state(state),
            Kernel::Response { trigger, response, within } => self.response(trigger, response, *within),
            Kernel::AtMost { number, pattern, per } => self.ceiling(*number, pattern, *per),
            Kernel::OnlyAfter { pattern, first } => self.order(pattern, first),
            Kernel::AtLeastOnce { every, pattern } => {
                let first = self.agreement.calendar.due(self.window.from, *every);
                let done = |at| vec![self.plain(pattern, at)];
                let scenes = [
                    ("done as the first stretch ends", first),
                    ("done 1 ms after the first stretch", first.shifted(1)),
                ];
                for (asks, at) in scenes.map(|(asks, at)| (asks, done(at))) {
                    self.add(asks, at);
                }
            }
            Kernel::May { .. } | Kernel::TextOnly { .. } => {}
        }
    }

    fn add(&mut self, asks: impl Into<String>, mut facts: Vec<Fact>) {
        for (at, fact) in facts.iter_mut().enumerate() {
            fact.id = format!("PROBE-{}", at + 1);
        }
        self.probes.push(Probe { asks: asks.into(), facts });
    }

    /// Well inside the window.
    fn within_window(&self) -> Instant {
        let length_ms = self.window.until.map_or(2 * DAY_MS, |until| until.ms() - self.window.from.ms());
        self.window.from.shifted((length_ms / 2).min(DAY_MS))
    }

    /// A fact that surely matches a pattern, as far as the text says enough to make one.
    fn plain(&self, pattern: &Pattern, at: Instant) -> Fact {
        let zone = pattern.zone.as_ref().and_then(|zone| self.agreement.zone(zone, self.reading, Some(self.bearer)));
        let sector = || self.agreement.sectors.get(pattern.sectors.as_ref()?)?.values().next();
        let place =
            zone.or_else(sector).or_else(|| self.ground()).and_then(within).map_or_else(Place::unknown, exactly);
        Fact {
            happened: Span::at(at),
            id: String::new(),
            revision: 1,
            act: pattern.acts.first().copied().unwrap_or(Act::UnspecifiedBreach),
            object: pattern.class.as_ref().map(|class| self.member(class)),
            place,
            by: self.somebody(&pattern.by).or_else(|| self.agreement.parties.first().map(|(party, _)| party.clone())),
            at: self.somebody(&pattern.at),
            count: Count::UNKNOWN,
            about: None,
            chance: Chance::CERTAIN,
            footing: Footing::Proposed,
        }
    }

    /// Where the rule itself looks, for what the text asks at no place of its own.
    fn ground(&self) -> Option<&Zone> {
        let mut zones = self.rule.kernel.patterns().into_iter().filter_map(|pattern| pattern.zone.as_ref());
        zones.find_map(|zone| self.agreement.zone(zone, self.reading, Some(self.bearer)))
    }

    fn member(&self, class: &Label) -> Label {
        self.agreement.classes.get(class).and_then(|members| members.first()).unwrap_or(class).clone()
    }

    fn somebody(&self, who: &Who) -> Option<Party> {
        let others = || self.agreement.parties.iter().map(|(party, _)| party);
        match who {
            Who::Anyone => None,
            Who::Bearer | Who::EveryParty => Some(self.bearer.clone()),
            Who::Other => others().find(|party| *party != self.bearer).cloned(),
            Who::Owed => match &self.rule.owed {
                Some(Bearer::One(party)) => Some(party.clone()),
                Some(Bearer::EachParty | Bearer::All) | None => others().find(|party| *party != self.bearer).cloned(),
            },
            Who::Named(party) => Some(party.clone()),
        }
    }

    /// The plain case of a pattern and every case that differs from it in one thing.
    fn varied(&self, pattern: &Pattern) -> Vec<(String, Fact)> {
        let plain = self.plain(pattern, self.within_window());
        let mut cases = vec![("the plain case".to_owned(), plain.clone())];
        let mut case = |asks: String, change: &dyn Fn(&mut Fact)| {
            let mut fact = plain.clone();
            change(&mut fact);
            if fact != plain {
                cases.push((asks, fact));
            }
        };
        for (asks, at) in self.edges() {
            case(asks.to_owned(), &|fact| fact.happened = Span::at(at));
        }
        let zone = pattern
            .zone
            .as_ref()
            .and_then(|name| Some((name, self.agreement.zone(name, self.reading, Some(self.bearer))?)));
        if let Some((name, (inside, outside))) = zone.and_then(|(name, zone)| Some((name, across(zone)?))) {
            case(format!("just inside `{name}`"), &|fact| fact.place = exactly(inside));
            case(format!("just outside `{name}`"), &|fact| fact.place = exactly(outside));
        }
        case("where is not known".to_owned(), &|fact| fact.place = Place::unknown());
        for act in &pattern.acts {
            case(format!("a case of `{}`", act.word()), &|fact| fact.act = *act);
        }
        if let Some(class) = &pattern.class {
            for member in self.agreement.classes.get(class).into_iter().flatten() {
                case(format!("on `{member}`"), &|fact| fact.object = Some(member.clone()));
            }
            case("on what is not said".to_owned(), &|fact| fact.object = None);
        }
        for (party, _) in self.agreement.parties.iter().chain(&self.agreement.actors) {
            case(format!("by {party}"), &|fact| fact.by = Some(party.clone()));
        }
        case("by whom is not known".to_owned(), &|fact| fact.by = None);
        let standard = self.rule.standard;
        case(format!("held at {standard}"), &|fact| fact.chance = standard);
        if let Some(below) = standard.ppm().checked_sub(1).and_then(Chance::from_ppm) {
            case(format!("held at just below {standard}"), &|fact| fact.chance = below);
        }
        cases
    }

    /// The first and last instants of the window, and those just beyond.
    fn edges(&self) -> Vec<(&'static str, Instant)> {
        let mut edges = vec![
            ("1 ms before the clause begins", self.window.from.shifted(-1)),
            ("as the clause begins", self.window.from),
        ];
        if let Some(until) = self.window.until {
            edges.push(("as the clause ends", until));
            edges.push(("1 ms after the clause ends", until.shifted(1)));
        }
        edges
    }

    /// One fact alone, and with what the exceptions ask for.
    fn alone(&mut self, pattern: &Pattern) {
        for (asks, fact) in self.varied(pattern) {
            self.add(asks, vec![fact]);
        }
        self.exceptions(pattern);
    }

    fn exceptions(&mut self, pattern: &Pattern) {
        let plain = self.plain(pattern, self.within_window());
        let at = plain.happened.earliest();
        for exception in &self.rule.exceptions {
            let label = &exception.label;
            for test in &exception.tests {
                let mut fact = plain.clone();
                match test {
                    ExceptionTest::By(parties) => fact.by = parties.first().cloned(),
                    ExceptionTest::In(zone) => {
                        let zone = self.agreement.zone(zone, self.reading, Some(self.bearer));
                        fact.place = zone.and_then(within).map_or_else(Place::unknown, exactly);
                    }
                    ExceptionTest::On(class) => fact.object = Some(self.member(class)),
                    ExceptionTest::After { within, pattern } => {
                        let first = self.agreement.calendar.before(at, *within);
                        let scenes = [
                            (format!("exception `{label}`, {within} after"), first),
                            (format!("exception `{label}`, 1 ms too late"), first.shifted(-1)),
                        ];
                        for (asks, before) in scenes {
                            let companion = self.plain(pattern, before);
                            self.add(asks, vec![companion, fact.clone()]);
                        }
                        continue;
                    }
                    ExceptionTest::While(state) => {
                        let Some(state) = self.agreement.states.get(state) else { continue };
                        let begun = self.plain(&state.begins, at.shifted(-HOUR_MS));
                        let ended = self.plain(&state.ends, at.shifted(-1));
                        self.add(format!("exception `{label}`, while it holds"), vec![begun.clone(), fact.clone()]);
                        self.add(format!("exception `{label}`, 1 ms after it held"), vec![begun, ended, fact]);
                        continue;
                    }
                    ExceptionTest::Permitted(rule) => {
                        let Some(Kernel::May { pattern }) = self.agreement.rule(rule).map(|rule| &rule.kernel) else {
                            continue;
                        };
                        fact = self.plain(pattern, at);
                    }
                }
                self.add(format!("exception `{label}`"), vec![fact]);
            }
        }
    }

    fn deadline(&mut self, pattern: &Pattern, quantity: Option<u32>) {
        for (asks, mut fact) in self.varied(pattern) {
            fact.count = quantity.map_or(fact.count, Count::exactly);
            self.add(format!("done: {asks}"), vec![fact]);
        }
        if let Some(short) = quantity.and_then(|quantity| quantity.checked_sub(1)) {
            let mut fact = self.plain(pattern, self.within_window());
            fact.count = Count::exactly(short);
            self.add(format!("done, and only {short}"), vec![fact]);
        }
    }

    fn state(&mut self, state: &Label) {
        let Some(state) = self.agreement.states.get(state) else { return };
        let (from, inside) = (self.window.from, self.within_window());
        let begun = |at| self.plain(&state.begins, at);
        let scenes = [
            ("the state holds from the first instant", vec![begun(from)]),
            ("the state begins 1 ms late", vec![begun(from.shifted(1))]),
            ("the state ends", vec![begun(from), self.plain(&state.ends, inside)]),
        ];
        for (asks, facts) in scenes {
            self.add(asks, facts);
        }
    }

    fn response(&mut self, trigger: &Trigger, response: &Pattern, term: Duration) {
        let calendar = &self.agreement.calendar;
        match trigger {
            Trigger::Fact { pattern, preceded } => {
                let before = preceded.as_ref().map(|(before, length)| {
                    let first = calendar.before(self.within_window(), *length);
                    (self.plain(before, first), self.plain(before, first.shifted(-1)))
                });
                for (asks, fact) in self.varied(pattern) {
                    let with = before.iter().map(|(in_time, _)| in_time.clone());
                    self.add(format!("unanswered: {asks}"), with.chain([fact]).collect());
                }
                let started = self.plain(pattern, self.within_window());
                if let Some((_, too_early)) = &before {
                    self.add(
                        "unanswered: what must come before it is 1 ms too early",
                        vec![too_early.clone(), started.clone()],
                    );
                }
                let companions: Vec<Fact> = before.into_iter().map(|(in_time, _)| in_time).chain([started]).collect();
                self.answers(&companions, self.within_window(), response, term);
            }
            Trigger::Verdict(on) => {
                let leaned = self.agreement.rule(&on.rule);
                let Some(Kernel::Never { pattern, .. }) = leaned.map(|rule| &rule.kernel) else { return };
                let breach = self.plain(pattern, self.within_window());
                self.add("unanswered: the plain case", vec![breach.clone()]);
                self.answers(&[breach], self.within_window(), response, term);
            }
            Trigger::Quiet { length, without, .. } => {
                let last = self.plain(without, self.within_window());
                let quiet = calendar.due(self.within_window(), *length);
                self.answers(&[last], quiet, response, term);
            }
        }
    }

    fn answers(&mut self, companions: &[Fact], started: Instant, response: &Pattern, term: Duration) {
        let due = self.agreement.calendar.due(started, term);
        let scenes = [
            ("answered at the deadline", due),
            ("answered 1 ms late", due.shifted(1)),
            ("answered 1 ms before it began", started.shifted(-1)),
        ];
        for (asks, at) in scenes {
            let mut answer = self.plain(response, at);
            // The one fact that it may be about is the last of those that started the duty.
            answer.about = response.about_it.then(|| format!("PROBE-{}", companions.len()));
            self.add(asks, companions.iter().cloned().chain([answer]).collect());
        }
    }

    fn ceiling(&mut self, number: u32, pattern: &Pattern, per: Option<Duration>) {
        let at = self.within_window();
        let Some(per) = per else {
            for count in [number, number.saturating_add(1)] {
                let mut fact = self.plain(pattern, at);
                fact.count = Count::exactly(count);
                self.add(format!("{count} of them"), vec![fact]);
            }
            return self.alone(pattern);
        };
        if number > FACTS_MOST {
            return;
        }
        let plain = self.plain(pattern, at);
        let many = |count: u32| -> Vec<Fact> { (0..count).map(|_| plain.clone()).collect() };
        self.add(format!("{number} at once"), many(number));
        self.add(format!("{} at once", number + 1), many(number + 1));
        let first = self.agreement.calendar.before(at, per);
        for (asks, before) in
            [("the first just inside the stretch", first), ("the first 1 ms before the stretch", first.shifted(-1))]
        {
            let facts = many(number).into_iter().chain([self.plain(pattern, before)]).collect();
            self.add(format!("{} in all, {asks}", number + 1), facts);
        }
    }

    fn order(&mut self, pattern: &Pattern, first: &First) {
        self.alone(pattern);
        let First::Fact(first) = first else { return };
        let at = self.within_window();
        let scenes = [
            ("what must come first comes 1 ms before", at.shifted(-1)),
            ("what must come first comes 1 ms after", at.shifted(1)),
        ];
        for (asks, before) in scenes {
            let facts = vec![self.plain(first, before), self.plain(pattern, at)];
            self.add(asks, facts);
        }
    }
}
