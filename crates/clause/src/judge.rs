//! Judging: rules with facts and efforts, at an instant, to verdicts with their because.
//!
//! Takes an agreement, facts in any order, what was watched, and the instant; gives verdicts in canonical order. A pure
//! function. Never judges an allegation, never says `complied` where too little was watched, never computes a ruling.

use crate::agreement::{Agreement, Bearer, Kernel, Pattern, Reading, Rule, Window};
use crate::bears::{Companions, Test};
use crate::coverage::{Coverage, coverage};
use crate::duty::{by_verdict, response_verdict};
use crate::fact::{Bears, Fact, Footing, Reason, Why};
use crate::verdict::{Because, FactNote, Margin, Standing, Value, Verdict};
use std::collections::BTreeMap;
use terms::{Act, Chance, Effort, Instant, Label, Party, Source, Span};

/// What was watched, and up to when everything that came in is known.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// Who looked where and when.
    pub efforts: &'a [Effort],
    /// All that was received up to this instant is among the facts and efforts.
    pub known_until: Instant,
    /// The declared sources, for their names.
    pub sources: &'a [Source],
    /// What is known of single sources that the text plans, where that differs from `known_until`.
    pub heard: &'a [Heard],
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
    let rules = agreement.rules.iter();
    let cases = rules.flat_map(|rule| agreement.readings_of(rule).iter().map(move |reading| (rule, reading)));
    cases.flat_map(|(rule, reading)| judge_rule(agreement, rule, reading, &docket, watch, at)).collect()
}

fn judge_rule(
    agreement: &Agreement,
    rule: &Rule,
    reading: &Reading,
    docket: &Docket<'_>,
    watch: &Watch<'_>,
    at: Instant,
) -> Vec<Verdict> {
    let (Kernel::Never { pattern, .. } | Kernel::By { pattern, .. } | Kernel::Between { pattern, .. }) = &rule.kernel
    else {
        let Kernel::Response { .. } = &rule.kernel else {
            return not_monitorable(rule);
        };
        return Case::of(agreement, rule, reading, watch, at).map_or_else(Vec::new, |case| {
            each(&case, |footing| response_verdict(&case, &docket.for_duty(footing), footing))
        });
    };
    let Some(case) = Case::of(agreement, rule, reading, watch, at) else {
        return Vec::new();
    };
    match rule.kernel {
        Kernel::Never { .. } => {
            let span = case.watched_span();
            let coverage = span.map(|span| case.coverage(pattern, span));
            each(&case, |footing| never_verdicts(&case, pattern, docket.on(footing), footing, coverage.as_ref()))
        }
        Kernel::By { .. } | Kernel::Between { .. } => {
            let coverage = case.whole_span().map(|span| case.coverage(pattern, span));
            each(&case, |footing| by_verdict(&case, pattern, &docket.for_duty(footing), footing, coverage.as_ref()))
        }
        Kernel::Always { .. }
        | Kernel::Response { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => Vec::new(),
    }
}

/// One verdict per bearer for each footing, brought into the order of bearer, then footing.
fn each(case: &Case<'_>, verdicts: impl Fn(Footing) -> Vec<Verdict>) -> Vec<Verdict> {
    let mut all: Vec<Verdict> = Footing::JUDGED.into_iter().flat_map(verdicts).collect();
    let bearers = case.bearers();
    all.sort_by_key(|verdict| {
        let bearer = bearers.iter().position(|bearer| *bearer == verdict.bearer.as_ref());
        (bearer, verdict.footing)
    });
    all
}

fn not_monitorable(rule: &Rule) -> Vec<Verdict> {
    let Kernel::TextOnly { because } = &rule.kernel else {
        return Vec::new();
    };
    let bearer = match &rule.bearer {
        Bearer::One(party) => Some(party.clone()),
        Bearer::EachParty | Bearer::All => None,
    };
    let verdict = |footing| Verdict {
        rule: rule.id.clone(),
        reading: None,
        bearer: bearer.clone(),
        footing,
        value: Value::NotMonitorable,
        standing: Standing::Final,
        margin: None,
        because: Because {
            summary: format!("nothing here can be observed: {because}"),
            incidents: Vec::new(),
            outside: 0,
            coverage: None,
            reasons: vec![Reason::new(Why::Text, because.clone())],
            window: None,
        },
    };
    Footing::JUDGED.into_iter().map(verdict).collect()
}

/// The facts by footing, in order of time, then of all else, so that no order of input can show.
pub(crate) struct Docket<'a> {
    by_footing: BTreeMap<Footing, Vec<&'a Fact>>,
}

impl<'a> Docket<'a> {
    fn of(facts: &'a [Fact]) -> Docket<'a> {
        let mut by_footing: BTreeMap<Footing, Vec<&Fact>> = BTreeMap::new();
        for fact in facts {
            by_footing.entry(fact.footing).or_default().push(fact);
        }
        by_footing.values_mut().for_each(|facts| facts.sort_unstable());
        Docket { by_footing }
    }

    fn on(&self, footing: Footing) -> &[&'a Fact] {
        self.by_footing.get(&footing).map_or(&[], Vec::as_slice)
    }

    /// The facts of a footing, and with them the acts of record, which need no finding: a notice received is received.
    fn for_duty(&self, footing: Footing) -> Vec<&'a Fact> {
        let mut facts: Vec<&Fact> = self.on(footing).to_vec();
        if footing != Footing::Proposed {
            let known: std::collections::BTreeSet<&str> = facts.iter().map(|fact| fact.id.as_str()).collect();
            let proposed = self.on(Footing::Proposed).iter();
            let record = proposed.filter(|fact| fact.act.of_record() && !known.contains(fact.id.as_str()));
            let record: Vec<&Fact> = record.copied().collect();
            facts.extend(record);
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
    pub(crate) test: Test<'a>,
    pub(crate) watch: &'a Watch<'a>,
    pub(crate) at: Instant,
}

impl<'a> Case<'a> {
    pub(crate) fn of(
        agreement: &'a Agreement,
        rule: &'a Rule,
        reading: &'a Reading,
        watch: &'a Watch<'a>,
        at: Instant,
    ) -> Option<Case<'a>> {
        let (window, test) = (rule.window(reading)?, Test::of(agreement, rule, reading)?);
        Some(Case { agreement, rule, reading, window, test, watch, at })
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
    fn watched_span(&self) -> Option<Span> {
        Span::new(self.window.from, self.window.until.map_or(self.at, |until| until.min(self.at)))
    }

    /// The whole window, once it has passed.
    fn whole_span(&self) -> Option<Span> {
        let until = self.window.until.filter(|until| *until < self.at)?;
        Span::new(self.window.from, until)
    }

    pub(crate) fn coverage(&self, pattern: &Pattern, span: Span) -> Coverage {
        let zone = pattern.zone.as_ref().and_then(|zone| self.agreement.zone(zone, self.reading, None));
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        coverage(zone.map(|zone| &zone.area), &acts, span, self.watch.efforts)
    }

    pub(crate) fn standing(&self) -> Standing {
        let Some(until) = self.window.until.filter(|until| *until < self.at) else {
            return Standing::Open;
        };
        let closes = self.agreement.calendar.due(until, self.agreement.final_after);
        if self.at >= closes && self.watch.known_until >= until { Standing::Final } else { Standing::Provisional }
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

/// A prohibition: breached by one sure fact, and kept only where enough was watched.
fn never_verdicts(
    case: &Case<'_>,
    pattern: &Pattern,
    facts: &[&Fact],
    footing: Footing,
    coverage: Option<&Coverage>,
) -> Vec<Verdict> {
    let companions = Companions::of(&case.test, facts, case.rule.standard);
    // What does not depend on the bearer is asked once.
    let differs = case.test.differs_by_party(pattern);
    let ground: Vec<(usize, Bears)> = facts
        .iter()
        .enumerate()
        .map(|(index, fact)| (index, case.test.substance(pattern, fact, None).and(|| case.test.in_window(fact))))
        .filter(|(_, answer)| differs || !matches!(answer, Bears::Outside(_)))
        .collect();
    let verdict = |bearer: Option<&Party>| {
        let mut notes: Vec<Note<'_>> = Vec::new();
        for (index, ground) in &ground {
            let fact = facts[*index];
            let concerns = || case.test.concerns(pattern, fact, bearer, Some(*index), &companions);
            let ground = match bearer.filter(|_| differs) {
                Some(bearer) => case.test.substance(pattern, fact, Some(bearer)).and(|| case.test.in_window(fact)),
                None => ground.clone(),
            };
            let bears = ground.and(concerns);
            let excepted = matches!(&bears, Bears::Outside(reason) if reason.why == Why::Exception);
            if excepted || !matches!(bears, Bears::Outside(_)) {
                notes.push(Note { fact, bears });
            }
        }
        let said = case.not_begun().unwrap_or_else(|| never_said(case, &notes, facts.len(), footing, bearer, coverage));
        case.verdict(bearer, footing, said)
    };
    case.bearers().into_iter().map(verdict).collect()
}

struct Note<'a> {
    fact: &'a Fact,
    bears: Bears,
}

impl Note<'_> {
    fn falls(&self) -> bool {
        self.bears == Bears::Falls
    }
}

fn never_said(
    case: &Case<'_>,
    notes: &[Note<'_>],
    facts: usize,
    footing: Footing,
    bearer: Option<&Party>,
    coverage: Option<&Coverage>,
) -> Said {
    let standard = case.rule.standard;
    let sure: Vec<&Note<'_>> = notes.iter().filter(|note| note.falls() && note.fact.chance >= standard).collect();
    let below = notes.iter().filter(|note| note.falls()).map(|note| note.fact.chance).max();
    let doubtful = notes.iter().filter(|note| matches!(note.bears, Bears::Undetermined(_))).count();
    let reasons = reasons(notes);
    let mut said = if let Some(first) = sure.first() {
        breached(case, &sure, first, bearer)
    } else if let Some(chance) = below {
        let text = format!("the most likely is held at {chance}, and the standard is {standard}");
        let summary = format!("what was reported falls under this rule, but {text}");
        let mut said = Said::plain(Value::Undetermined, summary);
        said.reasons.push(Reason::new(Why::Standard, text));
        said
    } else if doubtful > 0 {
        let first = reasons.first().map_or("", |reason| reason.text.as_str());
        let what = if doubtful == 1 { "one fact".to_owned() } else { format!("{doubtful} facts") };
        Said::plain(Value::Undetermined, format!("{what} may fall under this rule, and that cannot be told: {first}"))
    } else {
        match footing {
            Footing::Proposed => unbroken(case, coverage),
            Footing::Established => Said::plain(Value::NoBreachSeen, "nothing is established under this rule"),
            Footing::Ruled => Said::plain(Value::NoBreachSeen, "nothing is ruled under this rule"),
            Footing::Alleged => Said::plain(Value::NotDue, "allegations are not judged"),
        }
    };
    said.reasons.extend(reasons);
    said.incidents = notes.iter().map(|note| fact_note(case, note)).collect();
    said.outside = facts - notes.len();
    said.coverage = coverage.filter(|_| footing == Footing::Proposed).cloned();
    said
}

fn breached(case: &Case<'_>, sure: &[&Note<'_>], first: &Note<'_>, bearer: Option<&Party>) -> Said {
    let margin = Margin::AfterStart(first.fact.happened.earliest().ms() - case.window.from.ms());
    let nobody_named = sure.iter().all(|note| note.fact.by.is_none());
    let by_whom = if bearer.is_none() && case.rule.bearer == Bearer::EachParty && nobody_named {
        "; by whom: not established"
    } else {
        ""
    };
    let standard = case.rule.standard;
    let summary = match sure.len() {
        1 => format!("{} falls under this rule at the standard of {standard}, {margin}{by_whom}", first.fact.id),
        n => format!(
            "{n} facts fall under this rule at the standard of {standard}; the first is {}, {margin}{by_whom}",
            first.fact.id
        ),
    };
    let mut said = Said::plain(Value::Breached, summary);
    said.margin = Some(margin);
    said
}

/// Nothing seen: kept if enough was watched, and otherwise just that.
fn unbroken(case: &Case<'_>, coverage: Option<&Coverage>) -> Said {
    let needed = case.agreement.keep_threshold;
    let lookers = lookers(case, coverage);
    let Some(coverage) = coverage else {
        return Said::plain(Value::NoBreachSeen, "no breach was seen");
    };
    let watched = coverage.watched;
    if coverage.suffices(needed) {
        let so_far = if case.standing() == Standing::Open { " so far" } else { "" };
        let summary = format!("no breach{so_far}, with {watched} of ground and time watched by {lookers}");
        return Said::plain(Value::Complied, summary);
    }
    let reason = thin(coverage, needed, &lookers);
    let mut said = Said::plain(Value::NoBreachSeen, format!("no breach was seen, but {reason}"));
    said.reasons.push(Reason::new(Why::Coverage, reason));
    said
}

/// Why a coverage does not suffice.
pub(crate) fn thin(coverage: &Coverage, needed: Chance, lookers: &str) -> String {
    let watched = coverage.watched;
    match (&coverage.note, coverage.least()) {
        (Some(note), _) => note.clone(),
        (None, _) if coverage.lookers.is_empty() => {
            format!("nobody looked who could have seen it, and {needed} is needed")
        }
        (None, Some((act, least))) if least < watched => format!(
            "{watched} of ground and time was watched by {lookers}, for `{}` only {least}, and {needed} is needed",
            act.word()
        ),
        (None, _) => format!("{watched} of ground and time was watched by {lookers}, and {needed} is needed"),
    }
}

pub(crate) fn lookers(case: &Case<'_>, coverage: Option<&Coverage>) -> String {
    /// A sentence names so many; the coverage lists all.
    const NAMED_MOST: usize = 3;
    let lookers = coverage.map_or(&[][..], |coverage| &coverage.lookers);
    let title = |id: &terms::SourceId| {
        case.watch.sources.iter().find(|source| source.id == *id).map_or(id.to_string(), |source| source.title.clone())
    };
    let named: Vec<String> = lookers.iter().take(NAMED_MOST).map(title).collect();
    match lookers.len().saturating_sub(NAMED_MOST) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Every reason once, the most frequent first.
fn reasons(notes: &[Note<'_>]) -> Vec<Reason> {
    let mut counted: BTreeMap<&Reason, usize> = BTreeMap::new();
    for note in notes {
        if let Bears::Undetermined(reasons) = &note.bears {
            for reason in reasons {
                *counted.entry(reason).or_default() += 1;
            }
        }
    }
    let mut counted: Vec<(&Reason, usize)> = counted.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counted.into_iter().map(|(reason, _)| reason.clone()).collect()
}

fn fact_note(case: &Case<'_>, note: &Note<'_>) -> FactNote {
    let after_start = note.fact.happened.earliest().ms() - case.window.from.ms();
    let margin = note.falls().then_some(Margin::AfterStart(after_start));
    FactNote { id: note.fact.id.clone(), bears: note.bears.clone(), chance: note.fact.chance, margin }
}
