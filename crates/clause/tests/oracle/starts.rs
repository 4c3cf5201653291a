//! What starts a duty: a fact, an outcome of another rule, a quiet; by trying everything.
//!
//! Takes one rule as one bearer's and the outcomes of the rules that it leans on; gives each start, sure or possible.

use super::lengths::after;
use super::matching::{Stretch, Told, View, about, follows, lies_in, when};
use super::naive::{Court, Judged, Outcomes, has_whoever};
use clause::{Bearer, Decided, Duration, Fact, InstanceValue, Occasion, OnVerdict, Pattern, Trigger, Who};
use std::collections::BTreeSet;
use terms::{Act, Instant, Party};

/// What starts a duty.
pub(crate) struct Start<'a> {
    pub(crate) of: Occasion,
    pub(crate) span: Stretch,
    pub(crate) sure: bool,
    pub(crate) excused: bool,
    pub(crate) fact: Option<&'a Fact>,
}

impl<'a> Court<'a> {
    pub(crate) fn starts(&self, view: &View<'a>, trigger: &Trigger, judged: &Judged) -> Vec<Start<'a>> {
        match trigger {
            Trigger::Fact { pattern, preceded } => self.by_facts(view, pattern, preceded.as_ref()),
            Trigger::Verdict(on) => inside(view, self.by_verdicts(view, on, judged)),
            Trigger::Quiet { length: of, without, verified_by } => {
                inside(view, self.by_quiet(view, *of, without, verified_by.as_ref()))
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
                    let near = follows(when(other.fact), when(found.fact), Some(*within));
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

    /// The outcomes of those who are meant, and whether they are what is asked.
    pub(crate) fn theirs<'j>(&self, view: &View<'_>, on: &OnVerdict, judged: &'j Judged) -> Vec<(&'j Outcomes, Told)> {
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

    pub(crate) fn by_verdicts(&self, view: &View<'a>, on: &OnVerdict, judged: &Judged) -> Vec<Start<'a>> {
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
        let times = usize::try_from(times).expect("few");
        let surely = complete(&single, times, |start| start.sure, |first, last| last.1 <= after(first.0, within));
        let perhaps = complete(&single, times, |_| true, |first, last| last.0 <= after(first.1, within));
        let mut out = Vec::new();
        for (nth, mut start) in single.into_iter().enumerate() {
            start.sure = surely.contains(&nth);
            if start.sure || perhaps.contains(&nth) {
                out.push(start);
            }
        }
        out
    }

    fn by_quiet(&self, view: &View<'a>, length: Duration, without: &Pattern, by: Option<&Party>) -> Vec<Start<'a>> {
        let breaks = view.answers(without);
        let every: Vec<Stretch> = breaks.iter().map(|found| when(found.fact)).collect();
        let sure: Vec<Stretch> = breaks.iter().filter(|found| found.sure()).map(|found| when(found.fact)).collect();
        let mut out: Vec<Start<'a>> = Vec::new();
        for (breaks, certain) in [(&every, true), (&sure, false)] {
            let mut begins = vec![view.window.0];
            begins.extend(breaks.iter().map(|span| span.1).filter(|end| *end > view.window.0));
            for from in begins {
                let complete = after(from, length);
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
