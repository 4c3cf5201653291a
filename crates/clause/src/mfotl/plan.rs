//! What of an agreement a foreign monitor can be asked, and under which names.
//!
//! Takes an agreement; gives a plan for each rule and reading that MFOTL can say, and the reason for each other. Never
//! gives two plans one name.

use crate::agreement::{Agreement, Reading};
use crate::bears::{Sector, Test};
use crate::calendar::Duration;
use crate::held::asks;
use crate::instances::apart;
use crate::rule::{Bearer, ExceptionTest, First, Kernel, Pattern, Rule, Trigger, Window};
use crate::start::has_whoever;
use std::collections::BTreeSet;
use terms::{Instant, Label, Party};

/// One rule under one reading, as it is said.
pub(super) struct Plan<'a> {
    pub(super) rule: &'a Rule,
    pub(super) reading: &'a Reading,
    pub(super) window: Window,
    /// What its predicates end in.
    pub(super) name: String,
    /// Of whom it has violations.
    pub(super) keys: Vec<Key<'a>>,
    /// The lengths of its terms in milliseconds.
    pub(super) terms: Terms,
}

/// Whom a violation is about.
pub(super) struct Key<'a> {
    /// `North`, `North to South`, `North in s1`, `all`, `whoever`, `whoever of North`.
    pub(super) text: String,
    pub(super) bearer: Option<&'a Party>,
    pub(super) owed: Option<&'a Party>,
    pub(super) sector: Option<Sector<'a>>,
    /// Of whoever it was: the party from whom the rule is looked at, where an exception looks at more than the fact.
    pub(super) seen_from: Option<&'a Party>,
}

/// Lengths in milliseconds.
#[derive(Default)]
pub(super) struct Terms {
    /// Of the kernel: the term of an answer, a stretch.
    pub(super) main: i64,
    /// How long before a trigger something must have come.
    pub(super) before: i64,
    /// Of each exception's tests, by place: `within D after`.
    pub(super) exceptions: Vec<((usize, usize), i64)>,
}

/// The rules that can be said, and the others with the reason.
pub(super) fn plans(agreement: &Agreement) -> (Vec<Plan<'_>>, Vec<(Label, String)>) {
    let (mut plans, mut unsaid) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for rule in &agreement.rules {
        if let Some(why) = unsayable(agreement, rule) {
            unsaid.push((rule.id.clone(), why));
            continue;
        }
        for reading in agreement.readings_of(rule) {
            let Some(window) = rule.window(reading) else {
                unsaid.push((rule.id.clone(), format!("it has no time under the reading `{}`", reading.id)));
                continue;
            };
            match terms(agreement, rule, window) {
                Ok(terms) => {
                    let name = name(rule, reading, &mut names);
                    let keys = keys(agreement, rule);
                    plans.push(Plan { rule, reading, window, name, keys, terms });
                }
                Err(why) => unsaid.push((rule.id.clone(), why)),
            }
        }
    }
    (plans, unsaid)
}

/// Why a rule cannot be said; `None` if it can.
fn unsayable(agreement: &Agreement, rule: &Rule) -> Option<String> {
    if let Some(power) = agreement.powers.iter().find(|power| power.touches(&rule.id)) {
        return Some(format!("the power `{}` may change when it runs, which no formula follows", power.id));
    }
    if !rule.released.is_empty() {
        return Some(
            "a release leans on verdicts of another rule, decided at instants that no event of the log marks"
                .to_owned(),
        );
    }
    let why = match &rule.kernel {
        Kernel::May { .. } => "a permission cannot be broken; it is part of the rules that lean on it",
        Kernel::TextOnly { .. } => "nothing in it could be observed",
        Kernel::Response { trigger: Trigger::Verdict(_), .. } | Kernel::OnlyAfter { first: First::Verdict(_), .. } => {
            "it leans on verdicts of another rule, decided at instants that no event of the log marks"
        }
        Kernel::Response { trigger: Trigger::Quiet { .. }, .. } => {
            "a quiet is complete at an instant that no event of the log marks"
        }
        Kernel::Never { .. }
        | Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::Response { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. } => return None,
    };
    Some(why.to_owned())
}

fn terms(agreement: &Agreement, rule: &Rule, window: Window) -> Result<Terms, String> {
    let fixed = |length: Duration| fixed_ms(agreement, window, length);
    let mut terms = Terms::default();
    match &rule.kernel {
        Kernel::Response { trigger, within, .. } => {
            terms.main = fixed(*within)?;
            if let Trigger::Fact { preceded: Some((_, length)), .. } = trigger {
                terms.before = fixed(*length)?;
            }
        }
        Kernel::AtMost { per: Some(length), .. } | Kernel::AtLeastOnce { every: length, .. } => {
            terms.main = fixed(*length)?;
        }
        Kernel::Never { .. }
        | Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::AtMost { per: None, .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => {}
    }
    for (place, test) in tests(rule) {
        if let ExceptionTest::After { within, .. } = test {
            terms.exceptions.push((place, fixed(*within)?));
        }
    }
    Ok(terms)
}

/// A length in milliseconds, where it is the same throughout the window and a term before and after it.
fn fixed_ms(agreement: &Agreement, window: Window, length: Duration) -> Result<i64, String> {
    if let Some(ms) = length.elapsed_ms() {
        return Ok(ms);
    }
    let Some(days) = length.civil_days() else {
        return Err(format!("`{length}` has no one length, since months differ; write it in days"));
    };
    let calendar = &agreement.calendar;
    let until = window.until.unwrap_or(Instant::LATEST);
    if calendar.clocks_stand(calendar.before(window.from, length), calendar.due(until, length)) {
        return Ok(i64::from(days) * terms::time::DAY_MS);
    }
    let zone = &agreement.time_zone;
    Err(format!(
        "the clocks of {zone} may change while it runs, so that `{length}` has no one length; write it in hours"
    ))
}

/// Letters, digits and `_`, begun with a letter by what stands before it; a second of the same name gets a number.
fn name(rule: &Rule, reading: &Reading, names: &mut BTreeSet<String>) -> String {
    let plain = |label: &Label| -> String {
        label.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    };
    let mut base = plain(&rule.id);
    if rule.depends_on_reading {
        base = format!("{base}_as_{}", plain(&reading.id));
    }
    let numbered = (2u32..).map(|n| format!("{base}_n{n}"));
    let free = std::iter::once(base.clone()).chain(numbered).find(|name| !names.contains(&name.to_lowercase()));
    let name = free.expect("invariant: numbers do not end");
    names.insert(name.to_lowercase());
    name
}

fn keys<'a>(agreement: &'a Agreement, rule: &'a Rule) -> Vec<Key<'a>> {
    let mut keys = Vec::new();
    for (bearer, owed, sector) in apart(agreement, rule) {
        let whoever = bearer.is_none() && rule.bearer == Bearer::EachParty && has_whoever(&rule.kernel);
        let whose = match bearer {
            Some(party) => party.to_string(),
            None if whoever => "whoever".to_owned(),
            None => "all".to_owned(),
        };
        let to = owed.map_or(String::new(), |party| format!(" to {party}"));
        let place = sector.map_or(String::new(), |sector| format!(" in {}", sector.name));
        let text = format!("{whose}{to}{place}");
        if whoever && looks_further(rule) {
            keys.extend(agreement.parties.iter().map(|(party, _)| Key {
                text: format!("{text} of {party}"),
                bearer,
                owed,
                sector,
                seen_from: Some(party),
            }));
        } else {
            keys.push(Key { text, bearer, owed, sector, seen_from: None });
        }
    }
    keys
}

/// Every test of every exception, with its place.
pub(super) fn tests(rule: &Rule) -> impl Iterator<Item = ((usize, usize), &ExceptionTest)> {
    let exceptions = rule.exceptions.iter().enumerate();
    exceptions.flat_map(|(at, exception)| exception.tests.iter().enumerate().map(move |(nth, test)| ((at, nth), test)))
}

/// Whether a test looks at more than the fact itself.
pub(super) fn further(test: &ExceptionTest) -> bool {
    match test {
        ExceptionTest::After { .. } | ExceptionTest::While(_) => true,
        ExceptionTest::By(_) | ExceptionTest::In(_) | ExceptionTest::On(_) | ExceptionTest::Permitted(_) => false,
    }
}

fn looks_further(rule: &Rule) -> bool {
    tests(rule).any(|(_, test)| further(test))
}

impl Plan<'_> {
    /// Whether each subject is written with how many it stands for.
    pub(super) fn counted(&self) -> bool {
        matches!(
            self.rule.kernel,
            Kernel::AtMost { .. } | Kernel::By { quantity: Some(_), .. } | Kernel::Between { quantity: Some(_), .. }
        )
    }

    /// Whether it asks of a fact's time only that it lies in the window.
    pub(super) fn timeless(&self) -> bool {
        let kind = match self.rule.kernel {
            Kernel::Never { .. } | Kernel::By { .. } | Kernel::Between { .. } | Kernel::AtMost { per: None, .. } => {
                true
            }
            Kernel::Always { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { per: Some(_), .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => false,
        };
        kind && !looks_further(self.rule)
    }

    pub(super) fn predicate(&self, what: &str) -> String {
        format!("{what}_{}", self.name)
    }

    pub(super) fn of_exception(&self, what: &str, at: usize, nth: usize) -> String {
        format!("{what}{at}x{nth}_{}", self.name)
    }

    /// The pattern that must have come first or before, and the one that answers.
    pub(super) fn others(&self) -> (Option<&Pattern>, Option<&Pattern>) {
        let Some(asks) = asks(&self.rule.kernel) else { return (None, None) };
        let answers = asks.answers.filter(|_| matches!(self.rule.kernel, Kernel::Response { .. }));
        (asks.before, answers)
    }

    /// Every predicate with its columns.
    pub(super) fn predicates(&self) -> Vec<(String, String)> {
        let pair = |with: &str| format!("k:string, {with}:string");
        let linked =
            |pattern: &Pattern| if pattern.about_it { "k:string, j:string, i:string".to_owned() } else { pair("j") };
        let mut all = vec![(self.predicate("from"), String::new()), (self.predicate("until"), String::new())];
        match &self.rule.kernel {
            Kernel::Always { .. } => {
                all.extend([(self.predicate("begins"), pair("i")), (self.predicate("ends"), pair("i"))]);
            }
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => {
                let count = if self.counted() { ", n:int" } else { "" };
                all.push((self.predicate("subject"), format!("{}{count}", pair("i"))));
            }
        }
        let (before, answers) = self.others();
        all.extend(before.map(|pattern| (self.predicate("before"), linked(pattern))));
        all.extend(answers.map(|pattern| (self.predicate("answer"), linked(pattern))));
        match &self.rule.kernel {
            Kernel::By { .. } | Kernel::Between { .. } => all.push((self.predicate("due"), pair("i"))),
            Kernel::AtLeastOnce { .. } => all.push((self.predicate("stretch"), pair("i"))),
            Kernel::Never { .. }
            | Kernel::Always { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => {}
        }
        for (at, exception) in self.rule.exceptions.iter().enumerate() {
            if exception.tests.iter().any(|test| !further(test)) {
                all.push((self.of_exception("pass", at, 0), pair("i")));
            }
            for (nth, test) in exception.tests.iter().enumerate() {
                match test {
                    ExceptionTest::After { pattern, .. } => {
                        all.push((self.of_exception("after", at, nth), linked(pattern)));
                    }
                    ExceptionTest::While(_) => {
                        all.push((self.of_exception("begins", at, nth), pair("p")));
                        all.push((self.of_exception("ends", at, nth), pair("p")));
                    }
                    ExceptionTest::By(_)
                    | ExceptionTest::In(_)
                    | ExceptionTest::On(_)
                    | ExceptionTest::Permitted(_) => {}
                }
            }
        }
        all
    }

    /// The rule, ready to be held against facts for one of those it has violations of.
    pub(super) fn test<'t>(&'t self, agreement: &'t Agreement, rule: &'t Rule, key: &'t Key<'_>) -> Test<'t> {
        let window = self.window.span();
        let (owed, sector) = (key.owed, key.sector);
        Test { agreement, rule, reading: self.reading, window, owed, sector, located: None }
    }
}
