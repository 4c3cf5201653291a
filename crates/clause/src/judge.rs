//! Judging: rules with facts and efforts, at an instant, to verdicts with their because.
//!
//! Takes an agreement, facts in any order, what was watched, and the instant; gives verdicts in canonical order. A pure
//! function. Never judges an allegation, never says `complied` where too little was watched, never computes a ruling.

use crate::agreement::{Agreement, PlannedSource, Reading};
use crate::fact::{Fact, Footing, Reason, Why};
use crate::instances::Bench;
use crate::matter::known_until;
use crate::needed::Concern;
use crate::power::Exercised;
use crate::rule::{Bearer, Kernel, Pattern, Rule, Window};
use crate::sum::said_of_each;
use crate::verdict::{Because, FactNote, Margin, Standing, Value, Verdict};
use coverage::{Coverage, Detection, Looks, coverage};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{Act, Chance, Effort, Instant, Label, Party, Source, Span};

/// What was watched, and up to when everything that came in is known.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// Who looked where and when.
    pub efforts: &'a [Effort],
    /// How well each means sees; without it each look is taken to see all that it could.
    pub detection: Option<&'a Detection>,
    /// All that was received up to this instant is among the facts and efforts.
    pub known_until: Instant,
    /// The declared sources, for their names.
    pub sources: &'a [Source],
    /// What is known of single sources that the text plans, where that differs from `known_until`.
    pub heard: &'a [Heard],
}

impl<'a> Watch<'a> {
    /// Who looked, for coverage.
    #[must_use]
    pub fn looks(&self) -> Looks<'a> {
        Looks { efforts: self.efforts, sources: self.sources, detection: self.detection }
    }
}

/// Up to when a planned source is known, and when it was silent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Heard {
    /// Its name in the text.
    pub source: Label,
    /// It promised: nothing new from before this instant.
    pub until: Instant,
    /// When it is declared to have said nothing, whatever happened.
    pub silent: Vec<Span>,
}

/// What is to be said of every rule at an instant: in order of rule, reading, bearer and footing.
#[must_use]
pub fn judge(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Vec<Verdict> {
    let docket = Docket::of(facts);
    let benches = Footing::JUDGED.map(|footing| Bench::of(agreement, docket.for_duty(footing), footing, watch, at));
    agreement.rules.iter().flat_map(|rule| of_rule(agreement, rule, &benches, watch, at)).collect()
}

/// What `judge` says of one rule, without the work on the others; how many facts lie outside is not counted.
#[must_use]
pub fn judge_rule(agreement: &Agreement, rule: &Rule, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Vec<Verdict> {
    let concern = Concern::of(agreement, rule);
    concern.judge(facts.iter().filter(|fact| concern.hears(fact)).map(|fact| Arc::new(fact.clone())), watch, at)
}

impl Concern<'_> {
    /// The same, of facts that may matter to it.
    #[must_use]
    pub fn judge(&self, heard: impl IntoIterator<Item = Arc<Fact>>, watch: &Watch<'_>, at: Instant) -> Vec<Verdict> {
        let docket = Docket::of_shared(heard);
        let bench =
            |footing| Bench::of_rules(self.agreement, docket.for_duty(footing), footing, watch, at, &self.needed);
        let benches = Footing::JUDGED.map(bench);
        let rules = self.agreement.rules.iter().filter(|rule| self.rules.contains(&rule.id));
        let verdicts = rules.flat_map(|rule| of_rule(self.agreement, rule, &benches, watch, at));
        let mut verdicts: Vec<Verdict> = verdicts.collect();
        verdicts.iter_mut().for_each(|verdict| verdict.because.outside = 0);
        verdicts
    }
}

fn of_rule(agreement: &Agreement, rule: &Rule, benches: &[Bench], watch: &Watch<'_>, at: Instant) -> Vec<Verdict> {
    let why = match &rule.kernel {
        Kernel::TextOnly { because } => format!("nothing here can be observed: {because}"),
        Kernel::May { .. } => "a permission cannot be broken; other rules lean on it".to_owned(),
        Kernel::Never { .. }
        | Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::Response { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. } => {
            let readings = agreement.readings_of(rule).iter();
            return readings.flat_map(|reading| of_reading(agreement, rule, reading, benches, watch, at)).collect();
        }
    };
    not_monitorable(rule, &why)
}

/// In order of bearer, then footing.
fn of_reading(
    agreement: &Agreement,
    rule: &Rule,
    reading: &Reading,
    benches: &[Bench],
    watch: &Watch<'_>,
    at: Instant,
) -> Vec<Verdict> {
    let on = |bench: &Bench| {
        let case = Case::of(agreement, rule, reading, &bench.exercised, watch, at)?;
        Some(said_of_each(&case, bench))
    };
    let mut all: Vec<(usize, Verdict)> = benches.iter().filter_map(on).flatten().collect();
    all.sort_by_key(|(bearer, verdict)| (*bearer, verdict.footing));
    all.into_iter().map(|(_, verdict)| verdict).collect()
}

fn not_monitorable(rule: &Rule, why: &str) -> Vec<Verdict> {
    let bearer = match &rule.bearer {
        Bearer::One(party) => Some(party.clone()),
        Bearer::EachParty | Bearer::All => None,
    };
    let reason = if let Kernel::TextOnly { because } = &rule.kernel { because } else { why };
    let verdict = |footing| Verdict {
        rule: rule.id.clone(),
        reading: None,
        bearer: bearer.clone(),
        footing,
        value: Value::NotMonitorable,
        standing: Standing::Final,
        margin: None,
        because: Because {
            summary: why.to_owned(),
            incidents: Vec::new(),
            outside: 0,
            coverage: None,
            reasons: vec![Reason::new(Why::Text, reason)],
            window: None,
        },
    };
    Footing::JUDGED.into_iter().map(verdict).collect()
}

/// The facts by footing, in order of time, then of all else, so that no order of input can show.
pub(crate) struct Docket {
    by_footing: BTreeMap<Footing, Vec<Arc<Fact>>>,
}

impl Docket {
    pub(crate) fn of(facts: &[Fact]) -> Docket {
        Docket::of_shared(facts.iter().cloned().map(Arc::new))
    }

    pub(crate) fn of_shared(facts: impl IntoIterator<Item = Arc<Fact>>) -> Docket {
        let mut by_footing: BTreeMap<Footing, Vec<Arc<Fact>>> = BTreeMap::new();
        for fact in facts {
            by_footing.entry(fact.footing).or_default().push(fact);
        }
        by_footing.values_mut().for_each(|facts| facts.sort_unstable());
        Docket { by_footing }
    }

    fn on(&self, footing: Footing) -> &[Arc<Fact>] {
        self.by_footing.get(&footing).map_or(&[], Vec::as_slice)
    }

    /// The facts of a footing, and with them the acts of record, which need no finding: a notice received is received.
    pub(crate) fn for_duty(&self, footing: Footing) -> Vec<Arc<Fact>> {
        let mut facts: Vec<Arc<Fact>> = self.on(footing).to_vec();
        if footing != Footing::Proposed {
            let known: BTreeSet<&str> = self.on(footing).iter().map(|fact| fact.id.as_str()).collect();
            let proposed = self.on(Footing::Proposed).iter();
            facts.extend(proposed.filter(|fact| fact.act.of_record() && !known.contains(fact.id.as_str())).cloned());
            facts.sort_unstable();
        }
        facts
    }
}

/// One rule under one reading at one instant.
pub(crate) struct Case<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) rule: &'a Rule,
    pub(crate) reading: &'a Reading,
    pub(crate) window: Window,
    pub(crate) watch: &'a Watch<'a>,
    pub(crate) at: Instant,
}

impl<'a> Case<'a> {
    fn of(
        agreement: &'a Agreement,
        rule: &'a Rule,
        reading: &'a Reading,
        exercised: &Exercised,
        watch: &'a Watch<'a>,
        at: Instant,
    ) -> Option<Case<'a>> {
        let window = exercised.window(agreement, rule, rule.window(reading)?)?;
        Some(Case { agreement, rule, reading, window, watch, at })
    }

    /// Of whom verdicts are given: of "one of those bound" first, then of each party.
    pub(crate) fn bearers(&self) -> Vec<Option<&'a Party>> {
        match &self.rule.bearer {
            Bearer::EachParty => {
                let parties = self.agreement.parties.iter().map(|(party, _)| Some(party));
                std::iter::once(None).chain(parties).collect()
            }
            Bearer::All => vec![None],
            Bearer::One(party) => vec![Some(party)],
        }
    }

    /// The part of the window that has passed; `None` before it begins.
    pub(crate) fn watched_span(&self) -> Option<Span> {
        Span::new(self.window.from, self.window.until.map_or(self.at, |until| until.min(self.at)))
    }

    /// The whole window, once it has passed.
    pub(crate) fn whole_span(&self) -> Option<Span> {
        let until = self.window.until.filter(|until| *until < self.at)?;
        Span::new(self.window.from, until)
    }

    pub(crate) fn coverage(&self, pattern: &Pattern, span: Span) -> Coverage {
        let zone = pattern.zone.as_ref().and_then(|zone| self.agreement.zone(zone, self.reading, None));
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        coverage(zone.map(|zone| &zone.area), &acts, span, &self.watch.looks())
    }

    /// What is said where a source that the text plans for such acts was silent while the rule ran.
    pub(crate) fn silent(&self, pattern: &Pattern) -> Option<String> {
        let span = self.watched_span()?;
        let planned = |heard: &&Heard| {
            let tells = |source: &PlannedSource| source.name == heard.source && !source.acts.is_disjoint(&pattern.acts);
            self.agreement.planned.iter().any(tells)
        };
        self.watch.heard.iter().filter(planned).find_map(|heard| {
            let silent = heard.silent.iter().find_map(|silent| silent.meet(span))?;
            Some(format!("`{}` was silent from {}", heard.source, self.agreement.civil(silent.earliest())))
        })
    }

    pub(crate) fn standing(&self) -> Standing {
        let Some(until) = self.window.until.filter(|until| *until < self.at) else {
            return Standing::Open;
        };
        let closes = self.agreement.calendar.due(until, self.rule.final_after);
        let known = known_until(self.agreement, self.rule, self.watch);
        if self.at >= closes && known >= closes { Standing::Final } else { Standing::Provisional }
    }

    pub(crate) fn verdict(&self, bearer: Option<&Party>, footing: Footing, said: Said) -> Verdict {
        let declared = self.rule.depends_on_reading;
        Verdict {
            rule: self.rule.id.clone(),
            reading: declared.then(|| self.reading.id.clone()),
            bearer: bearer.cloned(),
            footing,
            value: said.value,
            standing: self.standing(),
            margin: said.margin,
            because: Because {
                summary: said.summary,
                incidents: said.incidents,
                outside: said.outside,
                coverage: said.coverage,
                reasons: said.reasons,
                window: Some(self.window.span()),
            },
        }
    }

    pub(crate) fn not_begun(&self) -> Option<Said> {
        (self.at < self.window.from).then(|| {
            Said::plain(Value::NotDue, format!("the clause starts at {}", self.agreement.civil(self.window.from)))
        })
    }
}

/// A verdict before it is put under its rule, reading, bearer and footing.
pub(crate) struct Said {
    pub(crate) value: Value,
    pub(crate) summary: String,
    pub(crate) margin: Option<Margin>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) incidents: Vec<FactNote>,
    pub(crate) outside: usize,
    pub(crate) coverage: Option<Coverage>,
}

impl Said {
    pub(crate) fn plain(value: Value, summary: impl Into<String>) -> Said {
        Said {
            value,
            summary: summary.into(),
            margin: None,
            reasons: Vec::new(),
            incidents: Vec::new(),
            outside: 0,
            coverage: None,
        }
    }
}

/// Why a coverage does not suffice.
pub(crate) fn thin(coverage: &Coverage, needed: Chance, lookers: &str) -> String {
    let watched = coverage.watched;
    match (&coverage.note, coverage.least()) {
        (Some(note), _) => note.clone(),
        (None, _) if coverage.lookers.is_empty() => {
            format!("nobody looked who could have seen it, and {needed} is needed")
        }
        (None, Some((act, least))) if coverage.seen.is_some() => format!(
            "{watched} of ground and time was watched by {lookers}, which would have seen `{}` with a chance of {least}, and \
             {needed} is needed",
            act.word()
        ),
        (None, Some((act, least))) if least < watched => format!(
            "{watched} of ground and time was watched by {lookers}, for `{}` only {least}, and {needed} is needed",
            act.word()
        ),
        (None, _) => format!("{watched} of ground and time was watched by {lookers}, and {needed} is needed"),
    }
}

pub(crate) fn lookers(watch: &Watch<'_>, coverage: Option<&Coverage>) -> String {
    /// A sentence names so many; the coverage lists all.
    const NAMED_MOST: usize = 3;
    let lookers = coverage.map_or(&[][..], |coverage| &coverage.lookers);
    let title = |id: &terms::SourceId| {
        watch.sources.iter().find(|source| source.id == *id).map_or(id.to_string(), |source| source.title.clone())
    };
    let named: Vec<String> = lookers.iter().take(NAMED_MOST).map(title).collect();
    match lookers.len().saturating_sub(NAMED_MOST) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
