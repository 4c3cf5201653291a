//! Sums: from the instances of a rule to the one verdict that is said of it.
//!
//! Takes the instances of one rule under one reading on one footing; gives a verdict per bearer, and for duties of each
//! party the one that sums them up. Never takes silence for a breach, or for compliance where too little was watched.

use crate::bears::subject;
use crate::calendar::elapsed_text;
use crate::fact::{Bears, Fact, Footing, Reason, Why};
use crate::instance::{Instance, InstanceValue, Occasion, Part};
use crate::instances::Bench;
use crate::judge::{Case, Said, lookers, thin};
use crate::rule::{Bearer, Kernel, Pattern};
use crate::start::has_whoever;
use crate::verdict::{FactNote, Margin, Standing, Value, Verdict};
use coverage::Coverage;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use terms::Party;

/// One verdict for each bearer, with the bearer's place in the order.
pub(crate) fn said_of_each(case: &Case<'_>, bench: &Bench) -> Vec<(usize, Verdict)> {
    let bearers = case.bearers();
    let watched = OnceCell::new();
    let said =
        |bearer: Option<&Party>| case.verdict(bearer, bench.footing, Sum::of(case, bench, bearer, &watched).said());
    let verdicts = match bearers.as_slice() {
        [None, parties @ ..] if !parties.is_empty() && !has_whoever(&case.rule.kernel) => {
            let single: Vec<Verdict> = parties.iter().map(|bearer| said(*bearer)).collect();
            let whole = case.verdict(None, bench.footing, of_all(case, &single));
            std::iter::once(whole).chain(single).collect()
        }
        bearers => bearers.iter().map(|bearer| said(*bearer)).collect::<Vec<_>>(),
    };
    verdicts.into_iter().enumerate().collect()
}

/// What is to be said of all bearers together: the worst that is to be said of any.
fn of_all(case: &Case<'_>, single: &[Verdict]) -> Said {
    let order =
        [Value::Breached, Value::Undetermined, Value::NoBreachSeen, Value::Suspended, Value::NotDue, Value::Complied];
    let value = order.into_iter().find(|value| single.iter().any(|verdict| verdict.value == *value));
    let each = single.iter().map(|verdict| {
        let bearer = verdict.bearer.as_ref().map_or("", |party| case.agreement.display(party));
        format!("{bearer}: {}", verdict.value.word())
    });
    Said::plain(value.unwrap_or(Value::Undetermined), each.collect::<Vec<_>>().join("; "))
}

/// The instances of one bearer, and what they rest on.
struct Sum<'a> {
    case: &'a Case<'a>,
    bench: &'a Bench,
    bearer: Option<&'a Party>,
    instances: Vec<&'a Instance>,
    /// How well what the rule forbids was watched: the same for every bearer, and dear.
    watched: &'a OnceCell<Option<Coverage>>,
}

impl<'a> Sum<'a> {
    fn of(
        case: &'a Case<'a>,
        bench: &'a Bench,
        bearer: Option<&'a Party>,
        watched: &'a OnceCell<Option<Coverage>>,
    ) -> Sum<'a> {
        let reading = case.rule.depends_on_reading.then_some(&case.reading.id);
        let ours =
            |instance: &&Instance| instance.key.reading.as_ref() == reading && instance.key.bearer.as_ref() == bearer;
        let mut instances: Vec<&Instance> =
            bench.judged.get(&case.rule.id).into_iter().flatten().filter(ours).collect();
        instances.sort_by(|a, b| (a.decided, &a.key).cmp(&(b.decided, &b.key)));
        Sum { case, bench, bearer, instances, watched }
    }

    fn with(&self, value: InstanceValue) -> impl Iterator<Item = &'a Instance> {
        self.instances.iter().copied().filter(move |instance| instance.value == value)
    }

    /// Unknown for another reason than that its time still runs.
    fn doubtful(&self) -> impl Iterator<Item = &'a Instance> {
        self.with(InstanceValue::Unknown).filter(|instance| !runs(instance))
    }

    fn said(&self) -> Said {
        if let Some(said) = self.case.not_begun() {
            return said;
        }
        let mut said = match &self.case.rule.kernel {
            Kernel::Never { .. } | Kernel::Always { .. } | Kernel::AtMost { .. } | Kernel::OnlyAfter { .. } => {
                self.prohibition()
            }
            Kernel::By { pattern, .. } | Kernel::Between { pattern, .. } => self.deadline(pattern),
            Kernel::Response { .. } | Kernel::AtLeastOnce { .. } => self.rounds(),
            Kernel::May { .. } | Kernel::TextOnly { .. } => Said::plain(Value::NotMonitorable, ""),
        };
        if said.value != Value::Breached
            && let Some(span) = self.bench.exercised.suspended_at(&self.case.rule.id, self.case.at)
        {
            let since = self.case.agreement.civil(span.earliest());
            said = Said::plain(Value::Suspended, format!("put out of force from {since}"));
        }
        said.incidents = self.notes();
        said.outside = self.bench.facts.len().saturating_sub(said.incidents.len());
        said
    }

    /// Kept where nothing broke it and enough was watched.
    fn prohibition(&self) -> Said {
        let reasons = most_frequent(self.doubtful().flat_map(|instance| &instance.certificate.reasons));
        let watched = match &self.case.rule.kernel {
            Kernel::Always { state } => Some(&self.case.agreement.states[state].ends),
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => subject(self.case.rule),
        };
        let asked = watched.filter(|_| self.bench.footing == Footing::Proposed);
        let coverage = asked.and_then(|pattern| {
            let reckon = || Some(self.case.coverage(pattern, self.case.watched_span()?));
            self.watched.get_or_init(reckon).clone()
        });
        let mut said = if let Some(first) = self.with(InstanceValue::Violated).next() {
            self.breached(first)
        } else if self.doubtful().next().is_some() {
            self.in_doubt(&reasons)
        } else {
            match self.bench.footing {
                Footing::Proposed => self.unbroken(coverage.as_ref(), watched),
                Footing::Established => Said::plain(Value::NoBreachSeen, "nothing is established under this rule"),
                Footing::Ruled => Said::plain(Value::NoBreachSeen, "nothing is ruled under this rule"),
                Footing::Alleged => Said::plain(Value::NotDue, "allegations are not judged"),
            }
        };
        said.reasons.extend(reasons);
        said.coverage = coverage;
        said
    }

    fn breached(&self, first: &Instance) -> Said {
        let (rule, standard) = (self.case.rule, self.case.rule.standard);
        let broken: Vec<&Instance> = self.with(InstanceValue::Violated).collect();
        let named = |instance: &&Instance| self.fact_of(instance).is_some_and(|fact| fact.by.is_some());
        let nobody_named = !broken.iter().any(named);
        let by_whom = if self.bearer.is_none() && rule.bearer == Bearer::EachParty && nobody_named {
            "; by whom: not established"
        } else {
            ""
        };
        let margin = first.margin.map_or(String::new(), |margin| format!(", {margin}"));
        let n = broken.len();
        let one = n == 1;
        let id = self.fact_of(first).map_or("the window's beginning", |fact| fact.id.as_str());
        let summary = match &rule.kernel {
            Kernel::Always { state } => {
                let civil = |instant| self.case.agreement.civil(instant);
                let (from, until) = (civil(first.decided.latest()), civil(first.interest.latest()));
                let times = if one { "once".to_owned() } else { format!("{n} times") };
                format!("`{state}` did not hold, {times}; first from {from} until {until} ({id}){by_whom}")
            }
            Kernel::AtMost { number, per, .. } => {
                let ceiling = per.map_or(format!("{number} present"), |per| format!("{number} in {per}"));
                let times = if one { String::new() } else { format!("{n} times; first with ") };
                format!("{times}{id} is over the ceiling of {ceiling}, at the standard of {standard}{margin}{by_whom}")
            }
            Kernel::OnlyAfter { .. } => {
                let times = if one { String::new() } else { format!("{n} times; first ") };
                format!("{times}{id} came before what it had to wait for{margin}{by_whom}")
            }
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Response { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => match n {
                1 => format!("{id} falls under this rule at the standard of {standard}{margin}{by_whom}"),
                n => format!(
                    "{n} facts fall under this rule at the standard of {standard}; the first is {id}{margin}{by_whom}"
                ),
            },
        };
        with_margin(Value::Breached, summary, first.margin)
    }

    /// What may break a prohibition, and that cannot be told.
    fn in_doubt(&self, reasons: &[Reason]) -> Said {
        let standard = self.case.rule.standard;
        let below =
            self.doubtful().filter(|instance| only_below(instance)).filter_map(|instance| self.fact_of(instance));
        if let Some(chance) = below.map(|fact| fact.chance).max() {
            let text = format!("the most likely is held at {chance}, and the standard is {standard}");
            return Said::plain(Value::Undetermined, format!("what was reported falls under this rule, but {text}"));
        }
        let first = reasons.first().map_or("", |reason| reason.text.as_str());
        let doubtful = self.doubtful().count();
        if matches!(self.case.rule.kernel, Kernel::Always { .. }) {
            return Said::plain(Value::Undetermined, format!("it cannot be told: {first}"));
        }
        let what = if doubtful == 1 { "one fact".to_owned() } else { format!("{doubtful} facts") };
        Said::plain(Value::Undetermined, format!("{what} may fall under this rule, and that cannot be told: {first}"))
    }

    /// Nothing seen: kept if enough was watched and no source was silent, and otherwise just that.
    fn unbroken(&self, coverage: Option<&Coverage>, watched: Option<&Pattern>) -> Said {
        let needed = self.case.agreement.keep_threshold;
        let lookers = lookers(self.case.watch, coverage);
        let silent = watched.and_then(|pattern| self.case.silent(pattern));
        let Some(coverage) = coverage else {
            return Said::plain(Value::NoBreachSeen, "no breach was seen");
        };
        let share = coverage.watched;
        if coverage.suffices(needed) && silent.is_none() {
            let so_far = if self.case.standing() == Standing::Open { " so far" } else { "" };
            let seen = coverage.seen.as_ref().and(coverage.least());
            let seen = seen
                .map_or(String::new(), |(_, chance)| format!(", which would have seen one with a chance of {chance}"));
            let summary = format!("no breach{so_far}, with {share} of ground and time watched by {lookers}{seen}");
            return Said::plain(Value::Complied, summary);
        }
        let reason = silent.unwrap_or_else(|| thin(coverage, needed, &lookers));
        let mut said = Said::plain(Value::NoBreachSeen, format!("no breach was seen, but {reason}"));
        said.reasons.push(Reason::new(Why::Coverage, reason));
        said
    }

    /// A deadline: one instance.
    fn deadline(&self, pattern: &Pattern) -> Said {
        let Some(instance) = self.instances.first() else {
            return Said::plain(Value::NotDue, "it asks nothing while it is out of force");
        };
        let until = instance.interest.latest();
        let due = self.case.agreement.civil(until);
        let ids = |part: Part| ids(instance, part).join(", ");
        let first = instance.certificate.reasons.first();
        match instance.value {
            InstanceValue::Met => {
                let margin = instance.margin.map_or(String::new(), |margin| format!(", {margin}"));
                with_margin(Value::Complied, format!("done: {}{margin}", ids(Part::Answer)), instance.margin)
            }
            InstanceValue::Violated => {
                let late = instance.certificate.absence.as_ref().and_then(|absence| absence.nearest.as_ref());
                match late.filter(|(_, ms)| *ms > 0) {
                    Some((id, ms)) => {
                        let margin = Margin::Late(*ms);
                        with_margin(Value::Breached, format!("due by {due}, and done as {id}, {margin}"), Some(margin))
                    }
                    None => {
                        let margin = Margin::Late(self.case.at.ms() - until.ms());
                        with_margin(Value::Breached, format!("due by {due}, and not done: {margin}"), Some(margin))
                    }
                }
            }
            InstanceValue::Unknown if runs(instance) => {
                let left = elapsed_text(until.ms() - self.case.at.ms());
                Said::plain(Value::NotDue, format!("due by {due}, in {left}"))
            }
            InstanceValue::Unknown if instance.certificate.absence.is_some() => {
                if self.bench.footing != Footing::Proposed {
                    let footing = self.bench.footing.word();
                    let text = format!("due by {due}, and nothing is {footing} either way");
                    return Said::plain(Value::NoBreachSeen, text);
                }
                let why = first.map_or("", |reason| reason.text.as_str());
                let mut said = Said::plain(Value::Undetermined, format!("due by {due}, and not seen done, but {why}"));
                said.reasons.clone_from(&instance.certificate.reasons);
                said.coverage = self.case.whole_span().map(|span| self.case.coverage(pattern, span));
                said
            }
            InstanceValue::Unknown => {
                let why = first.map_or("", |reason| reason.text.as_str());
                let mut said = Said::plain(Value::Undetermined, format!("it may have been done: {why}"));
                said.reasons.clone_from(&instance.certificate.reasons);
                said
            }
            InstanceValue::Excused | InstanceValue::Void => {
                let why = instance.certificate.exceptions.first().map_or("", |(_, reason)| reason.text.as_str());
                Said::plain(Value::NotDue, format!("not asked: {why}"))
            }
        }
    }

    /// A duty that starts again and again: what is to be said over all its clocks.
    fn rounds(&self) -> Said {
        let response = matches!(self.case.rule.kernel, Kernel::Response { .. });
        let what = if response { "clock" } else { "stretch" };
        let plural = |n: usize| {
            if n == 1 {
                what.to_owned()
            } else if response {
                "clocks".to_owned()
            } else {
                "stretches".to_owned()
            }
        };
        let certain = |instance: &&Instance| instance.certain;
        let all = self.instances.iter().copied().filter(certain).filter(|i| i.value != InstanceValue::Excused).count();
        let missed: Vec<&Instance> = self.with(InstanceValue::Violated).collect();
        if let Some(first) = missed.iter().min_by_key(|instance| instance.interest.latest()) {
            let still = Margin::Late(self.case.at.ms() - first.interest.latest().ms());
            let margin = first.margin.unwrap_or(still);
            let n = missed.len();
            let summary = format!("{n} of {all} {} ran out unanswered; the first by {margin}", plural(all));
            return with_margin(Value::Breached, summary, Some(margin));
        }
        let open = self.doubtful().filter(certain).count();
        let unsure = most_frequent(
            self.doubtful().filter(|i| !i.certain && !only_below(i)).flat_map(|i| &i.certificate.reasons),
        );
        if open > 0 || !unsure.is_empty() {
            let why = match open {
                0 => format!("the duty may have started: {}", unsure[0].text),
                1 => format!("whether a {what} was answered in time cannot be told"),
                n => format!("whether {n} of {all} {} were answered in time cannot be told", plural(all)),
            };
            let mut said = Said::plain(Value::Undetermined, why);
            said.reasons = most_frequent(self.doubtful().filter(certain).flat_map(|i| &i.certificate.reasons));
            said.reasons.extend(unsure);
            return said;
        }
        let running = self.with(InstanceValue::Unknown).filter(|i| runs(i)).map(|i| i.interest.latest()).min();
        let met = self.with(InstanceValue::Met).count();
        if let Some(due) = running.filter(|_| response || met == 0) {
            let left = elapsed_text(due.ms() - self.case.at.ms());
            return Said::plain(Value::NotDue, format!("the {what} is running, {left} left"));
        }
        match (met, self.instances.len()) {
            (0, 0) if response => Said::plain(Value::NotDue, self.nothing_started()),
            (0, 0) => Said::plain(Value::NotDue, "no stretch has begun"),
            (0, _) if self.with(InstanceValue::Excused).next().is_some() => {
                Said::plain(Value::NotDue, "an exception kept it from starting")
            }
            (0, _) => {
                let standard = self.case.rule.standard;
                Said::plain(
                    Value::NotDue,
                    format!("nothing that meets the standard of {standard} has started this duty"),
                )
            }
            (1, _) => Said::plain(Value::Complied, format!("its {what} was answered in time")),
            (n, _) => Said::plain(Value::Complied, format!("all {n} {} were answered in time", plural(n))),
        }
    }

    fn nothing_started(&self) -> String {
        let Kernel::Response { trigger, .. } = &self.case.rule.kernel else { return String::new() };
        match trigger {
            crate::rule::Trigger::Fact { pattern, .. } => {
                format!("nothing known has started this duty (`{}`)", pattern.event)
            }
            crate::rule::Trigger::Verdict(on) => {
                format!("nothing known has started this duty (`{}` {})", on.rule, on.came.word())
            }
            crate::rule::Trigger::Quiet { length, without, .. } => {
                format!("there were no {length} without `{}`", without.event)
            }
        }
    }

    /// The fact that an instance is of.
    fn fact_of(&self, instance: &Instance) -> Option<&'a Fact> {
        let Occasion::Fact(id) = &instance.key.of else { return None };
        self.bench.facts.iter().map(|fact| &**fact).find(|fact| fact.id == *id)
    }

    /// Each fact that plays a part, once, in order of time.
    fn notes(&self) -> Vec<FactNote> {
        let mut notes: BTreeMap<usize, FactNote> = BTreeMap::new();
        let places: BTreeMap<&str, usize> =
            self.bench.facts.iter().enumerate().map(|(at, fact)| (fact.id.as_str(), at)).collect();
        for instance in &self.instances {
            let of = if let Occasion::Fact(id) = &instance.key.of { Some(id) } else { None };
            let duty = matches!(self.case.rule.kernel, Kernel::By { .. } | Kernel::Between { .. });
            let response = matches!(self.case.rule.kernel, Kernel::Response { .. });
            let parts: BTreeSet<&String> = match of {
                Some(id) => [id].into(),
                None => instance.certificate.witnesses.iter().map(|witness| &witness.fact).collect(),
            };
            let missed =
                instance.certificate.absence.as_ref().filter(|_| duty).and_then(|absence| absence.nearest.as_ref());
            if let Some((id, ms)) = missed.filter(|(_, ms)| *ms > 0)
                && let Some(at) = places.get(id.as_str())
            {
                let bears = Bears::outside(Why::Time, "it happened after the clause ends");
                let (chance, margin) = (self.bench.facts[*at].chance, Some(Margin::Late(*ms)));
                notes.insert(*at, FactNote { id: id.clone(), bears, chance, margin });
            }
            for id in parts {
                let Some(at) = places.get(id.as_str()) else { continue };
                let fact = &self.bench.facts[*at];
                // How late a clock was is said of the clock.
                let margin = instance.margin.filter(|_| (of.is_some() || duty) && !response);
                let note = FactNote {
                    id: id.clone(),
                    bears: bears_of(instance, response && of.is_some() && instance.certain),
                    chance: fact.chance,
                    margin,
                };
                notes.entry(*at).or_insert(note);
            }
        }
        notes.into_values().collect()
    }
}

/// Whether it is unknown only because its time still runs.
fn runs(instance: &Instance) -> bool {
    instance.value == InstanceValue::Unknown
        && instance.certificate.absence.is_some()
        && instance.standing == Standing::Open
}

/// Whether all that is missing is the standard.
fn only_below(instance: &Instance) -> bool {
    let reasons = &instance.certificate.reasons;
    !reasons.is_empty() && reasons.iter().all(|reason| reason.why == Why::Standard)
}

fn bears_of(instance: &Instance, trigger: bool) -> Bears {
    match instance.value {
        InstanceValue::Violated | InstanceValue::Met => Bears::Falls,
        InstanceValue::Excused => {
            let excuse = instance.certificate.exceptions.last().map(|(_, reason)| reason.clone());
            Bears::Outside(excuse.unwrap_or_else(|| Reason::new(Why::Exception, "an exception applies")))
        }
        InstanceValue::Unknown | InstanceValue::Void if trigger || only_below(instance) || runs(instance) => {
            Bears::Falls
        }
        InstanceValue::Unknown | InstanceValue::Void => Bears::Undetermined(instance.certificate.reasons.clone()),
    }
}

fn ids(instance: &Instance, part: Part) -> Vec<String> {
    instance.certificate.witnesses.iter().filter(|w| w.part == part).map(|w| w.fact.clone()).collect()
}

/// Every reason once, the most frequent first.
fn most_frequent<'r>(reasons: impl Iterator<Item = &'r Reason>) -> Vec<Reason> {
    let mut counted: BTreeMap<&Reason, usize> = BTreeMap::new();
    for reason in reasons {
        *counted.entry(reason).or_default() += 1;
    }
    let mut counted: Vec<(&Reason, usize)> = counted.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counted.into_iter().map(|(reason, _)| reason.clone()).collect()
}

fn with_margin(value: Value, summary: String, margin: Option<Margin>) -> Said {
    let mut said = Said::plain(value, summary);
    said.margin = margin;
    said
}
