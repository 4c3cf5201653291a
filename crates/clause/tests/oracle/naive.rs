//! Every instance of every rule, by trying everything: the definitions of `docs/agreement-semantics.md`, nothing else.
//!
//! Takes an agreement of the time zone UTC, facts and what was watched; gives each instance's key, value and the span in
//! which it was decided. Never fast, never clever, never the engine's own code.

use super::matching::{Match, Stretch, Told, View, about, follows, lies_in, moments, state_at, when};
use super::powers::{Changed, exercised};
use clause::{
    Agreement, Bearer, Decided, Duration, Fact, First, Footing, InstanceKey, InstanceValue, Kernel, Occasion,
    OnVerdict, Pattern, Reading, Rule, Trigger, Watch, Who,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Chance, Instant, Label, Outcome, Party};

/// What came of one instance.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Outcomes {
    pub(crate) key: InstanceKey,
    pub(crate) value: InstanceValue,
    pub(crate) decided: Stretch,
    /// When it may be met, and by what.
    may_be: Stretch,
    answers: Vec<(Stretch, Option<u64>)>,
}

/// The outcomes of each rule.
pub(crate) type Judged = BTreeMap<Label, Vec<Outcomes>>;

pub(crate) fn length(of: Duration) -> i64 {
    of.elapsed_ms().unwrap_or_else(|| i64::from(of.civil_days().expect("a length")) * 86_400_000)
}

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

/// What starts a duty.
pub(crate) struct Start<'a> {
    pub(crate) of: Occasion,
    pub(crate) span: Stretch,
    pub(crate) sure: bool,
    pub(crate) excused: bool,
    pub(crate) fact: Option<&'a Fact>,
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
                starts.iter().map(|start| self.answered(view, start, response, length(*within))).collect()
            }
            Kernel::AtMost { number, pattern, per: Some(per) } => self.at_most(view, *number, pattern, length(*per)),
            Kernel::AtMost { number, pattern, per: None } => self.present(view, *number, pattern),
            Kernel::OnlyAfter { pattern, first } => self.only_after(view, pattern, first, judged),
            Kernel::AtLeastOnce { every, pattern } => self.at_least_once(view, length(*every), pattern),
            Kernel::May { .. } | Kernel::TextOnly { .. } => Vec::new(),
        };
        for outcome in &mut out {
            if outcome.value == InstanceValue::Violated {
                outcome.value = self.released(view, outcome.decided, judged);
            }
        }
        out
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
        Outcomes { key, value, decided, may_be: decided, answers: Vec::new() }
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

    fn at_most(&self, view: &View<'_>, ceiling: u32, pattern: &Pattern, per: i64) -> Vec<Outcomes> {
        let all: Vec<Match<'_>> = view.subjects(pattern).into_iter().filter(Match::possible).collect();
        let mut out = Vec::new();
        for last in &all {
            let (mut least, mut most) = (0, Some(0));
            for other in &all {
                let itself = other.fact.id == last.fact.id;
                let inside = if itself { Told::Yes } else { follows(when(other.fact), when(last.fact), per) };
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
                        held.min(link).min(follows(when(other.fact), happened, i64::from(u32::MAX) * 1_000))
                    });
                    (came.max().unwrap_or(Told::No), self.unseen(view, first, (view.window.0, happened.1)))
                }
                First::Verdict(on) => {
                    let came = self.by_verdicts(view, on, judged).into_iter().map(|outcome| {
                        let held = if outcome.sure { Told::Yes } else { Told::Maybe };
                        held.min(follows(outcome.span, happened, i64::from(u32::MAX) * 1_000))
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
                return vec![Outcomes { may_be: view.window, answers, ..met }];
            }
        }
        let most = all.iter().try_fold(0, |most, found| Some(most + count(found.fact).1?));
        let perhaps = most.is_none_or(|most| most >= needed);
        let missed = !perhaps && self.at > due && !self.unseen(view, pattern, view.window);
        let value = if missed { InstanceValue::Violated } else { InstanceValue::Unknown };
        vec![Outcomes { may_be: view.window, answers, ..self.outcome(view, Occasion::Clause, value, (due, due)) }]
    }

    fn at_least_once(&self, view: &View<'_>, every: i64, pattern: &Pattern) -> Vec<Outcomes> {
        let all: Vec<Match<'_>> = view.subjects(pattern).into_iter().filter(Match::possible).collect();
        let mut out = Vec::new();
        let mut nth = 0;
        loop {
            let from = view.window.0 + i64::from(nth) * every;
            let stretch = (from, from + every);
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
                out.push(self.outcome(view, of, InstanceValue::Met, when(kept)));
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
            out.push(self.outcome(view, of, value, (span.0, surely.unwrap_or(span.1))));
        }
        out
    }

    fn answered(&self, view: &View<'_>, start: &Start<'_>, response: &Pattern, within: i64) -> Outcomes {
        let during = (start.span.0, start.span.1 + within);
        let all: Vec<(Stretch, Option<u64>)> =
            view.answers(response).iter().map(|found| (when(found.fact), Some(1))).collect();
        let outcome = |value, decided| {
            let plain = self.outcome(view, start.of.clone(), value, decided);
            Outcomes { may_be: during, answers: all.clone(), ..plain }
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
            let answered = held.min(link).min(follows(start.span, when(answer.fact), within));
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

    pub(crate) fn starts(&self, view: &View<'a>, trigger: &Trigger, judged: &Judged) -> Vec<Start<'a>> {
        match trigger {
            Trigger::Fact { pattern, preceded } => self.by_facts(view, pattern, preceded.as_ref()),
            Trigger::Verdict(on) => inside(view, self.by_verdicts(view, on, judged)),
            Trigger::Quiet { length: of, without, verified_by } => {
                inside(view, self.by_quiet(view, length(*of), without, verified_by.as_ref()))
            }
        }
    }

    fn by_facts(&self, view: &View<'a>, pattern: &Pattern, before: Option<&(Pattern, Duration)>) -> Vec<Start<'a>> {
        let mut out = Vec::new();
        for found in view.subjects(pattern) {
            let mut preceded = Told::Yes;
            if let Some((before, within)) = before {
                preceded = Told::No;
                for other in view.answers(before).iter().filter(|other| other.fact.id != found.fact.id) {
                    let link = if before.about_it { about(other.fact, found.fact) } else { Told::Yes };
                    let held = if other.sure() { Told::Yes } else { Told::Maybe };
                    let near = follows(when(other.fact), when(found.fact), length(*within));
                    preceded = preceded.max(held.min(link).min(near));
                }
            }
            if preceded > Told::No {
                out.push(Start {
                    of: Occasion::Fact(found.fact.id.clone()),
                    span: when(found.fact),
                    sure: found.sure() && preceded == Told::Yes,
                    excused: found.excepted == Told::Yes,
                    fact: Some(found.fact),
                });
            }
        }
        out
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

    /// The outcomes of those who are meant, and whether they are what is asked.
    fn theirs<'j>(&self, view: &View<'_>, on: &OnVerdict, judged: &'j Judged) -> Vec<(&'j Outcomes, Told)> {
        let rule = self.agreement.rules.iter().find(|rule| rule.id == on.rule).expect("a rule that is there");
        let party = |who: &Party| self.agreement.parties.iter().any(|(party, _)| party == who);
        let mut all = Vec::new();
        for outcome in &judged[&on.rule] {
            let bearer = outcome.key.bearer.as_ref();
            // Whose it is does not matter: then "whoever it was" stands for all, where the rule has that.
            let for_all = bearer.is_none() || rule.bearer != Bearer::EachParty || !has_whoever(rule);
            let theirs = match &on.by {
                Who::Anyone | Who::EveryParty => for_all,
                Who::Bearer if view.bearer.is_none() => for_all,
                Who::Bearer => bearer == view.bearer,
                Who::Other => bearer.is_some_and(|bearer| party(bearer) && Some(bearer) != view.bearer),
                Who::Owed => bearer.is_some() && (view.owed.is_none() || bearer == view.owed),
                Who::Named(named) => bearer == Some(named),
            };
            let reading = rule.depends_on_reading.then_some(&view.reading.id);
            let came = match (outcome.value, on.came) {
                (InstanceValue::Violated, Decided::Violated) | (InstanceValue::Met, Decided::Met) => Told::Yes,
                (InstanceValue::Unknown, _) => Told::Maybe,
                (InstanceValue::Violated | InstanceValue::Met | InstanceValue::Excused | InstanceValue::Void, _) => {
                    Told::No
                }
            };
            if theirs && came > Told::No && outcome.key.reading.as_ref() == reading {
                all.push((outcome, came));
            }
        }
        all
    }

    fn by_verdicts(&self, view: &View<'a>, on: &OnVerdict, judged: &Judged) -> Vec<Start<'a>> {
        let mut single = Vec::new();
        for (outcome, came) in self.theirs(view, on, judged) {
            let span = outcome.decided;
            if span.0 <= self.at {
                let of = Occasion::Verdict(outcome.key.to_string());
                single.push(Start { of, span, sure: came == Told::Yes, excused: false, fact: None });
            }
        }
        single.sort_by(|one, other| (one.span, &one.of).cmp(&(other.span, &other.of)));
        let Some((times, within)) = on.times else { return single };
        let (times, within) = (usize::try_from(times).expect("few"), length(within));
        let surely = complete(&single, times, |start| start.sure, |first, last| last.1 <= first.0 + within);
        let perhaps = complete(&single, times, |_| true, |first, last| last.0 <= first.1 + within);
        let mut out = Vec::new();
        for (nth, mut start) in single.into_iter().enumerate() {
            start.sure = surely.contains(&nth);
            if start.sure || perhaps.contains(&nth) {
                out.push(start);
            }
        }
        out
    }

    fn by_quiet(&self, view: &View<'a>, length: i64, without: &Pattern, by: Option<&Party>) -> Vec<Start<'a>> {
        let breaks = view.answers(without);
        let every: Vec<Stretch> = breaks.iter().map(|found| when(found.fact)).collect();
        let sure: Vec<Stretch> = breaks.iter().filter(|found| found.sure()).map(|found| when(found.fact)).collect();
        let mut out: Vec<Start<'a>> = Vec::new();
        for (breaks, certain) in [(&every, true), (&sure, false)] {
            let mut begins = vec![view.window.0];
            begins.extend(breaks.iter().map(|span| span.1).filter(|end| *end > view.window.0));
            for from in begins {
                let complete = from + length;
                let next = breaks.iter().filter(|span| span.1 > from).map(|span| span.0).min();
                let broken = next.is_some_and(|next| next <= complete);
                let told = out.iter().any(|start| start.of == quiet(complete));
                if broken || told || complete > self.at || complete > view.window.1 {
                    continue;
                }
                let sure = certain && !self.unseen(view, without, (from, complete));
                let mut start =
                    Start { of: quiet(complete), span: (complete, complete), sure, excused: false, fact: None };
                if let Some(by) = by {
                    let Some((fact, held)) = self.verified(view, by, complete, next) else { continue };
                    start.span = when(fact);
                    start.sure &= held;
                }
                out.push(start);
            }
        }
        out
    }

    /// The verification of a quiet, and whether it is sure: it must come before the quiet ends.
    fn verified(&self, view: &View<'a>, by: &Party, from: i64, until: Option<i64>) -> Option<(&'a Fact, bool)> {
        let mut possible: Vec<(bool, &Fact)> = Vec::new();
        for fact in self.facts.iter().filter(|fact| fact.act == Act::Verification) {
            let (earliest, latest) = when(fact);
            let whose = fact.by.as_ref();
            let late = |from: i64| until.is_some_and(|until| from >= until);
            if whose.is_some_and(|whose| whose != by) || latest < from || late(earliest) {
                continue;
            }
            let sure = whose == Some(by) && fact.chance >= view.rule.standard && earliest >= from && !late(latest);
            possible.push((!sure, fact));
        }
        let (doubtful, fact) =
            possible.into_iter().min_by_key(|(doubtful, fact)| (*doubtful, when(fact), fact.id.clone()))?;
        Some((fact, !doubtful))
    }

    /// Whether something of the pattern can have happened in that span without anybody telling of it.
    fn unseen(&self, view: &View<'_>, pattern: &Pattern, during: Stretch) -> bool {
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
fn has_whoever(rule: &Rule) -> bool {
    matches!(rule.kernel, Kernel::Never { .. } | Kernel::AtMost { per: None, .. })
}

fn quiet(complete: i64) -> Occasion {
    Occasion::Quiet(Instant::from_ms(complete).expect("an instant"))
}

/// What lies in the window while the rule is in force.
fn inside<'a>(view: &View<'_>, starts: Vec<Start<'a>>) -> Vec<Start<'a>> {
    let mut out = Vec::new();
    for mut start in starts {
        let there = lies_in(start.span, view.window).min(view.in_force(start.span));
        start.sure &= there == Told::Yes;
        if there > Told::No {
            out.push(start);
        }
    }
    out
}

/// Where so many of the wanted ones are complete within a length of time; then the count begins anew.
fn complete(
    single: &[Start<'_>],
    times: usize,
    wanted: impl Fn(&Start<'_>) -> bool,
    near: impl Fn(Stretch, Stretch) -> bool,
) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    let mut since: Vec<usize> = Vec::new();
    for nth in (0..single.len()).filter(|nth| wanted(&single[*nth])) {
        since.push(nth);
        if since.len() >= times && near(single[since[since.len() - times]].span, single[nth].span) {
            out.insert(nth);
            since.clear();
        }
    }
    out
}

/// How many a fact stands for, at least and at most; `absent`: at most, where nobody counted.
fn counted(fact: &Fact, absent: Option<u64>) -> (u64, Option<u64>) {
    let count = fact.count;
    if (count.least(), count.best(), count.most()) == (None, None, None) {
        return (1, absent);
    }
    (count.least().or(count.best()).map_or(1, u64::from), count.most().map(u64::from))
}
