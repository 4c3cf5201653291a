//! Every instance of every rule, by trying everything: the definitions of `docs/agreement-semantics.md`, nothing else.
//!
//! Takes an agreement of the time zone UTC, facts and what was watched; gives each instance's key, value and the span in
//! which it was decided. Never fast, never clever, never the engine's own code.

use super::lengths::{after, times};
use super::matching::{Match, Stretch, Told, View, about, follows, lies_in, moments, state_at, when};
use super::powers::{Changed, exercised};
use super::starts::Start;
use clause::{
    Agreement, Bearer, Decided, Duration, ExceptionTest, Fact, First, Footing, InstanceKey, InstanceValue, Kernel,
    Occasion, OnVerdict, Pattern, Reading, Rule, Standing, Trigger, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Chance, Instant, Label, Outcome, Party};

/// What came of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Outcomes {
    pub(crate) key: InstanceKey,
    pub(crate) value: InstanceValue,
    pub(crate) decided: Stretch,
    pub(crate) standing: Standing,
    /// When it may be met, and by what.
    may_be: Stretch,
    answers: Vec<(Stretch, Option<u64>)>,
}

/// The outcomes of each rule.
pub(crate) type Judged = BTreeMap<Label, Vec<Outcomes>>;

pub(crate) fn window(rule: &Rule, reading: &Reading) -> Option<Stretch> {
    let window = rule.windows.get(&reading.id)?;
    Some((window.from.ms(), window.until.unwrap_or(Instant::LATEST).ms()))
}

/// Every instance, in no order.
pub(crate) fn instances(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Vec<Outcomes> {
    let mut all = Vec::new();
    for footing in Footing::JUDGED {
        let mut ours: Vec<&Fact> = facts.iter().filter(|fact| fact.footing == footing).collect();
        if footing != Footing::Proposed {
            // Acts of record count on every footing.
            let records = facts.iter().filter(|fact| fact.footing == Footing::Proposed && fact.act.of_record());
            let records: Vec<&Fact> = records.filter(|fact| ours.iter().all(|own| own.id != fact.id)).collect();
            ours.extend(records);
        }
        let court = Court { agreement, facts: &ours, footing, watch, at: at.ms() };
        let plain = court.judged(&Changed::default());
        let changed = exercised(&court, &plain);
        all.extend(court.judged(&changed).into_values().flatten());
    }
    all
}

/// All that is known on one footing.
#[derive(Clone, Copy)]
pub(crate) struct Court<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) facts: &'a [&'a Fact],
    pub(crate) footing: Footing,
    pub(crate) watch: &'a Watch<'a>,
    pub(crate) at: i64,
}

impl<'a> Court<'a> {
    fn judged(&self, changed: &Changed) -> Judged {
        let mut judged = Judged::new();
        // Those that lean on nothing come first, then those that lean on them.
        while judged.len() < self.agreement.rules.len() {
            for rule in &self.agreement.rules {
                if !judged.contains_key(&rule.id) && rule.references().iter().all(|on| judged.contains_key(on)) {
                    let outcomes = self.of_rule(rule, changed, &judged);
                    judged.insert(rule.id.clone(), outcomes);
                }
            }
        }
        judged
    }

    fn of_rule(&self, rule: &Rule, changed: &Changed, judged: &Judged) -> Vec<Outcomes> {
        let parties: Vec<&Party> = self.agreement.parties.iter().map(|(party, _)| party).collect();
        let mut bearers: Vec<Option<&Party>> = match &rule.bearer {
            Bearer::All => vec![None],
            Bearer::One(party) => vec![Some(party)],
            Bearer::EachParty => parties.iter().copied().map(Some).collect(),
        };
        if rule.bearer == Bearer::EachParty && has_whoever(rule) {
            bearers.push(None);
        }
        let mut out = Vec::new();
        for reading in self.agreement.readings_of(rule) {
            let Some(window) = window(rule, reading).and_then(|window| changed.window(self.agreement, rule, window))
            else {
                continue;
            };
            for bearer in &bearers {
                let owed: Vec<Option<&Party>> = match &rule.owed {
                    None | Some(Bearer::All) => vec![None],
                    Some(Bearer::One(party)) => vec![Some(party)],
                    Some(Bearer::EachParty) => {
                        parties.iter().copied().filter(|party| Some(*party) != *bearer).map(Some).collect()
                    }
                };
                for owed in owed {
                    for sector in self.sectors(rule) {
                        let none = Vec::new();
                        let suspended = changed.suspended.get(&rule.id).unwrap_or(&none);
                        let view = View {
                            agreement: self.agreement,
                            rule,
                            reading,
                            window,
                            bearer: *bearer,
                            owed,
                            sector,
                            facts: self.facts,
                            suspended,
                        };
                        out.extend(self.of_view(&view, judged));
                    }
                }
            }
        }
        out
    }

    /// A rule whose first pattern names sectors has instances for each.
    fn sectors(&self, rule: &'a Rule) -> Vec<Option<(&'a Label, &'a Label)>> {
        let patterns = rule.kernel.patterns();
        let by_verdict = matches!(rule.kernel, Kernel::Response { trigger: Trigger::Verdict(_), .. });
        let first = patterns.first().filter(|_| !by_verdict).and_then(|pattern| pattern.sectors.as_ref());
        match first {
            Some(division) => self.agreement.sectors[division].keys().map(|sector| Some((division, sector))).collect(),
            None => vec![None],
        }
    }

    fn of_view(&self, view: &View<'_>, judged: &Judged) -> Vec<Outcomes> {
        let mut out = match &view.rule.kernel {
            Kernel::Never { pattern, .. } => self.never(view, pattern),
            Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => {
                self.by(view, pattern, *quantity)
            }
            Kernel::Always { state } => self.always(view, state),
            Kernel::Response { trigger, response, within } => {
                let starts = self.starts(view, trigger, judged);
                starts.iter().map(|start| self.answered(view, start, response, *within)).collect()
            }
            Kernel::AtMost { number, pattern, per: Some(per) } => self.at_most(view, *number, pattern, *per),
            Kernel::AtMost { number, pattern, per: None } => self.present(view, *number, pattern),
            Kernel::OnlyAfter { pattern, first } => self.only_after(view, pattern, first, judged),
            Kernel::AtLeastOnce { every, pattern } => self.at_least_once(view, *every, pattern),
            Kernel::May { .. } | Kernel::TextOnly { .. } => Vec::new(),
        };
        for outcome in &mut out {
            if outcome.value == InstanceValue::Violated {
                outcome.value = self.released(view, outcome.decided, judged);
            }
        }
        out
    }

    /// Of what may still change until the last of those instants.
    fn until(&self, view: &View<'_>, last: i64, outcome: Outcomes) -> Outcomes {
        let closes = after(last, view.rule.final_after);
        let acts = self.listens_to(view.rule);
        let heard = self.watch.heard.iter().filter(|heard| {
            let planned = self.agreement.planned.iter().filter(|source| source.name == heard.source);
            planned.into_iter().any(|source| source.acts.iter().any(|act| acts.contains(act)))
        });
        let known = heard.map(|heard| heard.until.ms()).fold(self.watch.known_until.ms(), i64::min);
        let standing = match (self.at <= last, self.at >= closes && known >= closes) {
            (true, _) => Standing::Open,
            (false, true) => Standing::Final,
            (false, false) => Standing::Provisional,
        };
        Outcomes { standing, ..outcome }
    }

    /// Every act on which what is said of a rule hangs.
    fn listens_to(&self, rule: &Rule) -> BTreeSet<Act> {
        let mut acts: BTreeSet<Act> = BTreeSet::new();
        let states = &self.agreement.states;
        for pattern in rule.kernel.patterns() {
            acts.extend(&pattern.acts);
        }
        if let Kernel::Always { state } = &rule.kernel {
            acts.extend(states[state].begins.acts.iter().chain(&states[state].ends.acts));
        }
        if let Kernel::Response { trigger: Trigger::Quiet { verified_by: Some(_), .. }, .. } = &rule.kernel {
            acts.insert(Act::Verification);
        }
        for test in rule.exceptions.iter().flat_map(|exception| &exception.tests) {
            match test {
                ExceptionTest::After { pattern, .. } => acts.extend(&pattern.acts),
                ExceptionTest::While(state) => {
                    acts.extend(states[state].begins.acts.iter().chain(&states[state].ends.acts));
                }
                ExceptionTest::By(_) | ExceptionTest::In(_) | ExceptionTest::On(_) | ExceptionTest::Permitted(_) => {}
            }
        }
        for on in rule.references() {
            let on = self.agreement.rules.iter().find(|other| other.id == on).expect("a rule that is there");
            acts.extend(self.listens_to(on));
        }
        acts
    }

    fn outcome(&self, view: &View<'_>, of: Occasion, value: InstanceValue, decided: Stretch) -> Outcomes {
        let key = InstanceKey {
            rule: view.rule.id.clone(),
            reading: view.rule.depends_on_reading.then(|| view.reading.id.clone()),
            bearer: view.bearer.cloned(),
            owed: view.owed.cloned(),
            footing: self.footing,
            sector: view.sector.map(|(_, sector)| sector.clone()),
            of,
        };
        let standing = Standing::Open;
        let plain = Outcomes { key, value, decided, standing, may_be: decided, answers: Vec::new() };
        self.until(view, decided.1, plain)
    }

    fn of_fact(&self, view: &View<'_>, found: &Match<'_>, value: InstanceValue) -> Outcomes {
        self.outcome(view, Occasion::Fact(found.fact.id.clone()), value, when(found.fact))
    }

    /// A breach of another rule, surely decided before this one was, frees its bearer.
    fn released(&self, view: &View<'_>, decided: Stretch, judged: &Judged) -> InstanceValue {
        let mut value = InstanceValue::Violated;
        for release in &view.rule.released {
            let on =
                OnVerdict { rule: release.rule.clone(), came: Decided::Violated, by: release.by.clone(), times: None };
            for breach in self.by_verdicts(view, &on, judged) {
                if breach.sure && breach.span.1 < decided.0 {
                    return InstanceValue::Excused;
                }
                if breach.span.0 < decided.1 {
                    value = InstanceValue::Unknown;
                }
            }
        }
        value
    }

    fn never(&self, view: &View<'_>, pattern: &Pattern) -> Vec<Outcomes> {
        let value = |found: &Match<'_>| match (found.excepted, found.sure()) {
            (Told::Yes, _) => InstanceValue::Excused,
            (_, true) => InstanceValue::Violated,
            (_, false) => InstanceValue::Unknown,
        };
        view.subjects(pattern).iter().map(|found| self.of_fact(view, found, value(found))).collect()
    }

    fn present(&self, view: &View<'_>, ceiling: u32, pattern: &Pattern) -> Vec<Outcomes> {
        let mut out = Vec::new();
        for found in view.subjects(pattern) {
            let (least, most) = counted(found.fact, None);
            if most.is_some_and(|most| most <= u64::from(ceiling)) {
                continue;
            }
            let value = if found.excepted == Told::Yes {
                InstanceValue::Excused
            } else if found.sure() && least > u64::from(ceiling) {
                InstanceValue::Violated
            } else {
                InstanceValue::Unknown
            };
            out.push(self.of_fact(view, &found, value));
        }
        out
    }

    fn at_most(&self, view: &View<'_>, ceiling: u32, pattern: &Pattern, per: Duration) -> Vec<Outcomes> {
        let all: Vec<Match<'_>> = view.subjects(pattern).into_iter().filter(Match::possible).collect();
        let mut out = Vec::new();
        for last in &all {
            let (mut least, mut most) = (0, Some(0));
            for other in &all {
                let itself = other.fact.id == last.fact.id;
                let inside = if itself { Told::Yes } else { follows(when(other.fact), when(last.fact), Some(per)) };
                let (low, high) = counted(other.fact, Some(1));
                if inside == Told::Yes && other.sure() {
                    least += low;
                }
                if inside > Told::No {
                    most = most.zip(high).map(|(sum, high): (u64, u64)| sum + high);
                }
            }
            if last.sure() && least > u64::from(ceiling) {
                out.push(self.of_fact(view, last, InstanceValue::Violated));
            } else if most.is_none_or(|most| most > u64::from(ceiling)) {
                out.push(self.of_fact(view, last, InstanceValue::Unknown));
            }
        }
        out
    }

    fn only_after(&self, view: &View<'_>, pattern: &Pattern, first: &First, judged: &Judged) -> Vec<Outcomes> {
        let mut out = Vec::new();
        for found in view.subjects(pattern) {
            let happened = when(found.fact);
            let (came, unseen) = match first {
                First::Fact(first) => {
                    let others = view.answers(first).into_iter().filter(|other| other.fact.id != found.fact.id);
                    let came = others.map(|other| {
                        let link = if first.about_it { about(other.fact, found.fact) } else { Told::Yes };
                        let held = if other.sure() { Told::Yes } else { Told::Maybe };
                        held.min(link).min(follows(when(other.fact), happened, None))
                    });
                    (came.max().unwrap_or(Told::No), self.unseen(view, first, (view.window.0, happened.1)))
                }
                First::Verdict(on) => {
                    let came = self.by_verdicts(view, on, judged).into_iter().map(|outcome| {
                        let held = if outcome.sure { Told::Yes } else { Told::Maybe };
                        held.min(follows(outcome.span, happened, None))
                    });
                    let came = came.max().unwrap_or(Told::No);
                    (came, came == Told::No && self.may_be_kept(view, on, judged, happened))
                }
            };
            let value = if came == Told::Yes {
                InstanceValue::Met
            } else if found.excepted == Told::Yes {
                InstanceValue::Excused
            } else if came == Told::No && found.sure() && !unseen {
                InstanceValue::Violated
            } else {
                InstanceValue::Unknown
            };
            out.push(self.of_fact(view, &found, value));
        }
        out
    }

    fn by(&self, view: &View<'_>, pattern: &Pattern, quantity: Option<u32>) -> Vec<Outcomes> {
        let due = view.window.1;
        if self.at < view.window.0 || view.in_force((due, due)) == Told::No {
            return Vec::new();
        }
        let needed = u64::from(quantity.unwrap_or(1));
        let count = |fact: &Fact| if quantity.is_some() { counted(fact, Some(1)) } else { (1, Some(1)) };
        let all: Vec<Match<'_>> = view.subjects(pattern).into_iter().filter(Match::possible).collect();
        let mut sure: Vec<&Fact> = all.iter().filter(|found| found.sure()).map(|found| found.fact).collect();
        sure.sort_by_key(|fact| (when(fact).1, when(fact), fact.id.clone()));
        let answers: Vec<(Stretch, Option<u64>)> =
            view.answers(pattern).iter().map(|found| (when(found.fact), count(found.fact).1)).collect();
        let mut sum = 0;
        for fact in sure {
            sum += count(fact).0;
            if sum >= needed {
                let met = self.outcome(view, Occasion::Clause, InstanceValue::Met, when(fact));
                return vec![self.until(view, due, Outcomes { may_be: view.window, answers, ..met })];
            }
        }
        let most = all.iter().try_fold(0, |most, found| Some(most + count(found.fact).1?));
        let perhaps = most.is_none_or(|most| most >= needed);
        let missed = !perhaps && self.at > due && !self.unseen(view, pattern, view.window);
        let value = if missed { InstanceValue::Violated } else { InstanceValue::Unknown };
        vec![Outcomes { may_be: view.window, answers, ..self.outcome(view, Occasion::Clause, value, (due, due)) }]
    }

    fn at_least_once(&self, view: &View<'_>, every: Duration, pattern: &Pattern) -> Vec<Outcomes> {
        let all: Vec<Match<'_>> = view.subjects(pattern).into_iter().filter(Match::possible).collect();
        let mut out = Vec::new();
        let mut nth = 0;
        loop {
            let from = times(view.window.0, every, nth);
            let stretch = (from, times(view.window.0, every, nth + 1));
            if stretch.1 > view.window.1 || from > self.at {
                return out;
            }
            let near = |wanted: Told| all.iter().filter(move |found| lies_in(when(found.fact), stretch) >= wanted);
            let kept = near(Told::Yes).filter(|found| found.sure()).map(|found| found.fact);
            let kept = kept.min_by_key(|fact| (when(fact).1, when(fact), fact.id.clone()));
            let of = Occasion::Stretch(nth);
            nth += 1;
            if view.in_force(stretch) == Told::No {
                continue;
            }
            if let Some(kept) = kept {
                out.push(self.until(view, stretch.1, self.outcome(view, of, InstanceValue::Met, when(kept))));
                continue;
            }
            let perhaps = near(Told::Maybe).next().is_some();
            let missed = !perhaps && self.at > stretch.1 && !self.unseen(view, pattern, stretch);
            let value = if missed { InstanceValue::Violated } else { InstanceValue::Unknown };
            out.push(Outcomes { may_be: stretch, ..self.outcome(view, of, value, (stretch.1, stretch.1)) });
        }
    }

    fn always(&self, view: &View<'_>, state: &Label) -> Vec<Outcomes> {
        let passed = (view.window.0, view.window.1.min(self.at));
        if passed.1 < passed.0 {
            return Vec::new();
        }
        let turns = view.turns(state, view.bearer);
        let mut moments = moments(&turns, passed);
        moments.extend(view.suspended.iter().flat_map(|off| [off.0, off.1.saturating_add(1)]));
        moments.retain(|moment| passed.0 <= *moment && *moment <= passed.1);
        moments.sort_unstable();
        moments.dedup();
        // Between two moments nothing changes, so each stands for all until the next.
        let mut lapses: Vec<(Stretch, Option<i64>)> = Vec::new();
        let mut lapsed_before = false;
        for (nth, moment) in moments.iter().enumerate() {
            let until = moments.get(nth + 1).map_or(passed.1, |next| next - 1);
            let held = state_at(&turns, *moment);
            let lapsed = held < Told::Yes && view.in_force((*moment, *moment)) == Told::Yes;
            if lapsed && !lapsed_before {
                lapses.push(((*moment, until), None));
            }
            if lapsed {
                let (span, surely) = lapses.last_mut().expect("one was begun");
                span.1 = until;
                *surely = surely.or((held == Told::No).then_some(*moment));
            }
            lapsed_before = lapsed;
        }
        let mut out = Vec::new();
        for (span, surely) in lapses {
            let ended = turns.iter().filter(|turn| !turn.begins && turn.when.0 == span.0).map(|turn| turn.id.clone());
            let of = ended.min().map_or(Occasion::Clause, Occasion::Fact);
            let value = if surely.is_some() { InstanceValue::Violated } else { InstanceValue::Unknown };
            let lapse = self.outcome(view, of, value, (span.0, surely.unwrap_or(span.1)));
            out.push(self.until(view, span.1, lapse));
        }
        out
    }

    fn answered(&self, view: &View<'_>, start: &Start<'_>, response: &Pattern, within: Duration) -> Outcomes {
        let during = (start.span.0, after(start.span.1, within));
        let all: Vec<(Stretch, Option<u64>)> =
            view.answers(response).iter().map(|found| (when(found.fact), Some(1))).collect();
        let outcome = |value, decided| {
            let plain = self.outcome(view, start.of.clone(), value, decided);
            self.until(view, during.1, Outcomes { may_be: during, answers: all.clone(), ..plain })
        };
        if start.excused {
            return outcome(InstanceValue::Excused, (during.1, during.1));
        }
        let mut best = Told::No;
        let mut answers: Vec<&Fact> = Vec::new();
        for answer in view.answers(response) {
            if start.fact.is_some_and(|fact| fact.id == answer.fact.id) {
                continue;
            }
            let link = match start.fact {
                Some(fact) if response.about_it => about(answer.fact, fact),
                Some(_) | None => Told::Yes,
            };
            let held = if answer.sure() { Told::Yes } else { Told::Maybe };
            let answered = held.min(link).min(follows(start.span, when(answer.fact), Some(within)));
            if answered == Told::Yes {
                answers.push(answer.fact);
            }
            best = best.max(answered);
        }
        answers.sort_by_key(|fact| (when(fact).1, when(fact), fact.id.clone()));
        match best {
            _ if !start.sure => outcome(InstanceValue::Unknown, (during.1, during.1)),
            Told::Yes => outcome(InstanceValue::Met, when(answers[0])),
            Told::No if self.at > during.1 && !self.unseen(view, response, during) => {
                outcome(InstanceValue::Violated, (during.1, during.1))
            }
            Told::No | Told::Maybe => outcome(InstanceValue::Unknown, (during.1, during.1)),
        }
    }

    /// Whether the rule may have been met before something: by doubtful answers, or by one that nobody told of.
    fn may_be_kept(&self, view: &View<'_>, on: &OnVerdict, judged: &Judged, happened: Stretch) -> bool {
        let rule = self.agreement.rules.iter().find(|rule| rule.id == on.rule).expect("a rule that is there");
        let (pattern, needed) = match &rule.kernel {
            Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => {
                (pattern, quantity.unwrap_or(1))
            }
            Kernel::AtLeastOnce { pattern, .. } | Kernel::Response { response: pattern, .. } => (pattern, 1),
            Kernel::Never { .. }
            | Kernel::Always { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => return false,
        };
        self.theirs(view, on, judged).into_iter().filter(|_| on.came == Decided::Met).any(|(outcome, _)| {
            let during = (outcome.may_be.0, outcome.may_be.1.min(happened.1));
            let near = outcome.answers.iter().filter(|(span, _)| lies_in(*span, during) > Told::No);
            let most = near.into_iter().try_fold(0, |sum, (_, most)| Some(sum + (*most)?));
            let enough = most.is_none_or(|most| most >= u64::from(needed));
            during.0 <= during.1 && (enough || self.unseen(view, pattern, during))
        })
    }

    /// Whether something of the pattern can have happened in that span without anybody telling of it.
    pub(crate) fn unseen(&self, view: &View<'_>, pattern: &Pattern, during: Stretch) -> bool {
        for heard in self.watch.heard {
            let planned = self.agreement.planned.iter().filter(|source| source.name == heard.source);
            let tells = planned.into_iter().any(|source| source.acts.iter().any(|act| pattern.acts.contains(act)));
            let silent =
                heard.silent.iter().any(|off| off.earliest().ms() <= during.1 && off.latest().ms() >= during.0);
            if tells && (silent || heard.until.ms() < during.1) {
                return true;
            }
        }
        if self.watch.known_until.ms() < during.1 {
            return true;
        }
        if pattern.acts.iter().all(|act| act.of_record()) {
            return false;
        }
        let zoned = pattern.zone.is_some() || (view.sector.is_some() && (pattern.there || pattern.sectors.is_some()));
        self.footing != Footing::Proposed || !zoned || !pattern.acts.iter().all(|act| self.watched(*act, during))
    }

    /// Every effort of the logs covers all of the ground.
    fn watched(&self, act: Act, during: Stretch) -> bool {
        let mut spans: Vec<Stretch> = Vec::new();
        for effort in self.watch.efforts {
            if effort.outcome == Outcome::Looked && effort.able.contains(&act) {
                let span = (effort.span.earliest().ms().max(during.0), effort.span.latest().ms().min(during.1));
                if span.0 <= span.1 {
                    spans.push(span);
                }
            }
        }
        spans.sort_unstable();
        let (mut watched, mut next) = (0, i64::MIN);
        for (from, until) in spans {
            watched += (until - from.max(next) + 1).max(0);
            next = next.max(until + 1);
        }
        let share = Chance::share(watched.unsigned_abs(), (during.1 - during.0 + 1).unsigned_abs());
        share.expect("a share") >= self.agreement.keep_threshold && watched > 0
    }
}

/// A prohibition has instances for "one of those bound, whoever it was".
pub(crate) fn has_whoever(rule: &Rule) -> bool {
    matches!(rule.kernel, Kernel::Never { .. } | Kernel::AtMost { per: None, .. })
}

/// How many a fact stands for, at least and at most; `absent`: at most, where nobody counted.
fn counted(fact: &Fact, absent: Option<u64>) -> (u64, Option<u64>) {
    let count = fact.count;
    if (count.least(), count.best(), count.most()) == (None, None, None) {
        return (1, absent);
    }
    (count.least().or(count.best()).map_or(1, u64::from), count.most().map(u64::from))
}
