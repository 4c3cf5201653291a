//! Facts as the log of a foreign monitor: for each instant, which predicates hold of what.
//!
//! Takes facts of one footing and the instant up to which the log goes; gives the log, and by name each fact that it leaves
//! out. Place, object, people and standard are settled here, so that a foreign monitor needs no map. Never guesses: what is
//! not certain is left out and named.

use super::plan::{Key, Plan, further, plans, tests};
use crate::agreement::Agreement;
use crate::bears::{Companions, Test};
use crate::fact::{Bears, Fact, Footing, Reason, Why};
use crate::held::asks;
use crate::judge::Docket;
use crate::kinds::STRETCHES_MOST;
use crate::matter::linked;
use crate::rule::{Exception, ExceptionTest, Kernel, Pattern, Rule, Who};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;
use terms::{Instant, Party};

/// A log for a foreign monitor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MfotlLog {
    /// One line for each instant, in order.
    pub text: String,
    /// What is not in it: a fact's id, or a rule's with a fact's, and why.
    pub left_out: Vec<(String, String)>,
}

/// The facts of a footing that happened up to an instant, as a log under the signature of [`super::mfotl`]. Its last line
/// is that instant, without which a monitor would wait for the terms that run.
#[must_use]
pub fn mfotl_log(agreement: &Agreement, facts: &[Fact], footing: Footing, until: Instant) -> MfotlLog {
    let mut writer = Writer { agreement, until, rows: BTreeMap::new(), left_out: BTreeSet::new() };
    writer.rows.entry(until.ms().max(0)).or_default();
    let docket = Docket::of(facts).for_duty(footing);
    let (inside, outside): (Vec<Arc<Fact>>, Vec<Arc<Fact>>) = docket.into_iter().partition(|fact| writer.reaches(fact));
    let outside = outside.iter().map(|fact| (fact.id.clone(), "it lies outside the time of the log".to_owned()));
    writer.left_out.extend(outside);
    for plan in &plans(agreement).0 {
        writer.marks_of_time(plan);
        for key in &plan.keys {
            writer.rows_of(plan, key, &inside);
        }
    }
    MfotlLog { text: writer.text(), left_out: writer.left_out.into_iter().collect() }
}

/// At each instant each predicate's tuples, as they are written.
type Rows = BTreeMap<i64, BTreeMap<String, BTreeSet<String>>>;

/// Whether a fact is what the rule is held against, or something beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Yes,
    No,
}

struct Writer<'a> {
    agreement: &'a Agreement,
    until: Instant,
    rows: Rows,
    left_out: BTreeSet<(String, String)>,
}

impl<'a> Writer<'a> {
    fn reaches(&self, fact: &Fact) -> bool {
        fact.happened.latest() <= self.until && fact.happened.earliest().ms() >= 0
    }

    /// The instant under which a fact is written for a rule. One that is known to a span has none, unless the rule asks only
    /// whether it lies in the window.
    fn placed(&mut self, plan: &Plan<'_>, fact: &Fact, subject: Subject) -> Option<Instant> {
        let (happened, window) = (fact.happened, plan.window.span());
        if happened.length_ms() == 0 {
            return Some(happened.earliest());
        }
        if subject == Subject::Yes && (window.meet(happened).is_none() || plan.timeless() && window.holds(happened)) {
            return Some(happened.latest());
        }
        self.leave_out(plan, fact, "it is not known to the instant when it happened");
        None
    }

    fn row(&mut self, at: Instant, predicate: String, columns: &[&str]) {
        let columns: Vec<String> = columns.iter().map(|text| quoted(text)).collect();
        self.tuple(at, predicate, &columns);
    }

    fn tuple(&mut self, at: Instant, predicate: String, columns: &[String]) {
        let tuples = self.rows.entry(at.ms().max(0)).or_default().entry(predicate).or_default();
        tuples.insert(format!("({})", columns.join(",")));
    }

    /// When the rule begins and ends, and when its deadlines are.
    fn marks_of_time(&mut self, plan: &Plan<'_>) {
        let (from, until) = (plan.window.from, plan.window.until);
        if from <= self.until {
            self.row(from, plan.predicate("from"), &[]);
        }
        let past = until.filter(|until| *until < self.until);
        if let Some(until) = past {
            self.row(until, plan.predicate("until"), &[]);
        }
        for key in &plan.keys {
            match &plan.rule.kernel {
                Kernel::By { .. } | Kernel::Between { .. } => {
                    if let Some(due) = past {
                        self.row(due, plan.predicate("due"), &[&key.text, "clause"]);
                    }
                }
                Kernel::AtLeastOnce { every, .. } => {
                    let calendar = &self.agreement.calendar;
                    let ends = (0..STRETCHES_MOST).map(|nth| (nth, calendar.due_times(from, *every, nth + 1)));
                    let last = plan.window.span().latest();
                    let inside = |end: Instant| end <= last && end < self.until && end > from;
                    let ends: Vec<(u32, Instant)> = ends.take_while(|(_, end)| inside(*end)).collect();
                    for (nth, end) in ends {
                        self.row(end, plan.predicate("stretch"), &[&key.text, &nth.to_string()]);
                    }
                }
                Kernel::Never { .. }
                | Kernel::Always { .. }
                | Kernel::Response { .. }
                | Kernel::AtMost { .. }
                | Kernel::OnlyAfter { .. }
                | Kernel::May { .. }
                | Kernel::TextOnly { .. } => {}
            }
        }
    }

    fn rows_of(&mut self, plan: &Plan<'a>, key: &Key<'a>, facts: &[Arc<Fact>]) {
        let bare = Rule { exceptions: Vec::new(), ..plan.rule.clone() };
        let test = plan.test(self.agreement, &bare, key);
        if let Kernel::Always { state } = &plan.rule.kernel {
            let state = &self.agreement.states[state];
            for (what, pattern) in [("begins", &state.begins), ("ends", &state.ends)] {
                for fact in self.matching(plan, &test, pattern, key.bearer, facts) {
                    self.row(fact.happened.earliest(), plan.predicate(what), &[&key.text, &fact.id]);
                }
            }
            return;
        }
        let Some(asks) = asks(&plan.rule.kernel) else { return };
        self.subjects(plan, key, &test, asks.subjects, facts);
        let (before, answers) = plan.others();
        for (what, pattern) in [("before", before), ("answer", answers)] {
            if let Some(pattern) = pattern {
                self.others(plan, key, (&test, key.bearer), (plan.predicate(what), pattern), facts);
            }
        }
        let agreement = self.agreement;
        for ((at, nth), exception) in tests(plan.rule) {
            for from in seen_from(agreement, key) {
                match exception {
                    ExceptionTest::After { pattern, .. } => {
                        let predicate = plan.of_exception("after", at, nth);
                        self.others(plan, key, (&test, Some(from)), (predicate, pattern), facts);
                    }
                    ExceptionTest::While(state) => {
                        let state = &self.agreement.states[state];
                        for (what, pattern) in [("begins", &state.begins), ("ends", &state.ends)] {
                            for fact in self.matching(plan, &test, pattern, Some(from), facts) {
                                let predicate = plan.of_exception(what, at, nth);
                                self.row(fact.happened.earliest(), predicate, &[&key.text, from.as_str()]);
                            }
                        }
                    }
                    ExceptionTest::By(_)
                    | ExceptionTest::In(_)
                    | ExceptionTest::On(_)
                    | ExceptionTest::Permitted(_) => {}
                }
            }
        }
    }

    /// What the rule is held against, and what an exception lets pass by the fact alone.
    fn subjects(&mut self, plan: &Plan<'_>, key: &Key<'_>, test: &Test<'_>, pattern: &Pattern, facts: &[Arc<Fact>]) {
        let (full, none) = (plan.test(self.agreement, plan.rule, key), Companions::default());
        let companions = Companions::of(&full, facts);
        for fact in facts.iter().filter(|fact| crate::bears::could_be(pattern, fact.act)) {
            if key.seen_from.is_some() && pattern.by == Who::Bearer && key.seen_from != fact.by.as_ref() {
                if fact.by.is_none() {
                    self.leave_out(plan, fact, "by whom is not known, and an exception depends on it");
                }
                continue;
            }
            let bearer = key.bearer.or(key.seen_from);
            let whole = |test: &Test<'_>, companions: &Companions| {
                let substance = test.substance(pattern, fact, key.bearer);
                substance.and(|| test.concerns(pattern, fact, bearer, companions))
            };
            if !self.certain(plan, fact, whole(test, &none)) {
                continue;
            }
            if let Bears::Undetermined(reasons) = whole(&full, &companions) {
                self.leave_out(plan, fact, &because(&reasons));
                continue;
            }
            let Some(happened) = self.placed(plan, fact, Subject::Yes) else { continue };
            let mut columns = vec![quoted(&key.text), quoted(&fact.id)];
            if plan.counted() {
                columns.push(fact.count.least().or(fact.count.best()).unwrap_or(1).to_string());
            }
            self.tuple(happened, plan.predicate("subject"), &columns);
            for (at, exception) in plan.rule.exceptions.iter().enumerate() {
                let tests: Vec<ExceptionTest> = exception.tests.iter().filter(|test| !further(test)).cloned().collect();
                if tests.is_empty() {
                    continue;
                }
                let only = Exception { tests, label: exception.label.clone() };
                let excepting = Rule { exceptions: vec![only], ..plan.rule.clone() };
                if matches!(whole(&plan.test(self.agreement, &excepting, key), &none), Bears::Outside(_)) {
                    self.row(happened, plan.of_exception("pass", at, 0), &[&key.text, &fact.id]);
                }
            }
        }
    }

    /// What comes before or answers: with what it is about, where the rule asks for that.
    fn others(
        &mut self,
        plan: &Plan<'_>,
        key: &Key<'_>,
        (test, bearer): (&Test<'_>, Option<&Party>),
        (predicate, pattern): (String, &Pattern),
        facts: &[Arc<Fact>],
    ) {
        for fact in self.matching(plan, test, pattern, bearer, facts) {
            let happened = fact.happened.earliest();
            if !pattern.about_it {
                self.row(happened, predicate.clone(), &[&key.text, &fact.id]);
                continue;
            }
            for about in facts.iter().filter(|about| about.id != fact.id) {
                match linked(&fact, about) {
                    Bears::Falls => self.row(happened, predicate.clone(), &[&key.text, &fact.id, &about.id]),
                    Bears::Outside(_) => {}
                    Bears::Undetermined(reasons) => self.leave_out(plan, &fact, &because(&reasons)),
                }
            }
        }
    }

    /// The facts that surely match a pattern, at an instant.
    fn matching(
        &mut self,
        plan: &Plan<'_>,
        test: &Test<'_>,
        pattern: &Pattern,
        bearer: Option<&Party>,
        facts: &[Arc<Fact>],
    ) -> Vec<Arc<Fact>> {
        let near = facts.iter().filter(|fact| crate::bears::could_be(pattern, fact.act));
        near.filter(|fact| {
            let people = || test.people(pattern, fact, fact.by.as_ref(), bearer);
            let bears = test.substance(pattern, fact, bearer).and(people);
            self.certain(plan, fact, bears) && self.placed(plan, fact, Subject::No).is_some()
        })
        .cloned()
        .collect()
    }

    /// Whether it surely matches; what may match is named.
    fn certain(&mut self, plan: &Plan<'_>, fact: &Fact, bears: Bears) -> bool {
        match bears {
            Bears::Outside(_) => false,
            Bears::Falls if fact.chance >= plan.rule.standard => true,
            Bears::Falls => {
                let why = format!("it is held at {}, and the standard is {}", fact.chance, plan.rule.standard);
                self.leave_out(plan, fact, &why);
                false
            }
            Bears::Undetermined(reasons) => {
                self.leave_out(plan, fact, &because(&reasons));
                false
            }
        }
    }

    fn leave_out(&mut self, plan: &Plan<'_>, fact: &Fact, why: &str) {
        self.left_out.insert((format!("{} for {}", fact.id, plan.rule.id), why.to_owned()));
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (at, predicates) in &self.rows {
            let _ = write!(text, "@{at}");
            for (predicate, tuples) in predicates {
                let tuples: String = tuples.iter().map(String::as_str).collect();
                let _ = write!(text, " {predicate} {tuples}");
            }
            text.push('\n');
        }
        text
    }
}

/// From whom an exception looks at what came before: without a bearer, from any of the parties.
fn seen_from<'a>(agreement: &'a Agreement, key: &Key<'a>) -> Vec<&'a Party> {
    match key.bearer.or(key.seen_from) {
        Some(party) => vec![party],
        None => agreement.parties.iter().map(|(party, _)| party).collect(),
    }
}

fn because(reasons: &[Reason]) -> String {
    reasons
        .iter()
        .filter(|reason| reason.why != Why::Text)
        .map(|reason| reason.text.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

/// A text column. The format has no escapes within its quotes, so that what would end or break one is written `%22`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c == '"' || c == '\\' || c == '%' || c.is_control() {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out + "\""
}
