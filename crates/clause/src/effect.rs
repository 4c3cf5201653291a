//! Two texts compared by effect: which verdicts change on given facts, or on facts made from both texts' own edges.
//!
//! Takes two agreements and what happened; gives every verdict that reads otherwise, what was compared, and what cannot
//! differ because it means the same. Judges with `judge` and nothing else. Never says "no effect": it says on what nothing
//! changed.

use crate::agreement::Agreement;
use crate::diff::{Comparison, RulePair};
use crate::edge::{apart, exactly, joint};
use crate::fact::{Bears, Fact, Footing};
use crate::judge::{Watch, judge};
use crate::probe::{Probe, probes};
use crate::rule::{Kernel, Rule};
use crate::verdict::{Value, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use terms::time::DAY_MS;
use terms::{Act, Area, Effort, EffortId, Instant, Label, Means, Outcome, Party, SourceId, Span};

/// No comparison makes more probes.
const PROBES_MOST: usize = 4_000;

/// What two texts say otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Every verdict that reads otherwise.
    pub shifts: Vec<Shift>,
    /// How many happenings were judged under both texts.
    pub asked: usize,
    /// How many probes were left out, because there were more than a comparison makes.
    pub left_out: usize,
    /// How many pairs of verdicts were compared.
    pub compared: usize,
    /// The rules that were compared; the others mean the same and lean on nothing that differs.
    pub rules: BTreeSet<Label>,
}

/// One verdict that reads otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shift {
    /// On what it was asked.
    pub probe: Probe,
    /// The rule, by its name in the new text, or in the old one where it is gone.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// On what footing.
    pub footing: Footing,
    /// Of whom; `None` for "one of those bound".
    pub bearers: Vec<Option<Party>>,
    /// What it read; `None` where there was no such clause.
    pub was: Option<Spoken>,
    /// What it reads; `None` where there is no such clause.
    pub is: Option<Spoken>,
}

/// What a verdict says, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spoken {
    /// The verdict.
    pub value: Value,
    /// Its one sentence.
    pub summary: String,
    /// The facts that fall under the rule or may, by id.
    pub bears: BTreeMap<String, &'static str>,
}

/// Compares two texts on what happened.
#[must_use]
pub fn difference_on(
    old: &Agreement,
    new: &Agreement,
    comparison: &Comparison,
    facts: &[Fact],
    watch: &Watch<'_>,
    at: Instant,
) -> Difference {
    let rules = comparison.rules.iter().map(|pair| pair.name().clone()).collect();
    let mut difference = Difference { shifts: Vec::new(), asked: 1, left_out: 0, compared: 0, rules };
    let probe = Probe { asks: "what happened".to_owned(), facts: facts.to_vec() };
    ask(old, new, &comparison.rules, &probe, watch, at, &mut difference);
    difference
}

/// Compares two texts on facts made from both texts' own edges, with everything watched, so that silence counts.
#[must_use]
pub fn difference(old: &Agreement, new: &Agreement, comparison: &Comparison) -> Difference {
    let pairs = differing(old, new, comparison);
    let of = |agreement: &Agreement, names: BTreeSet<&Label>| {
        let mut narrow = agreement.clone();
        let needed = needed(agreement, names);
        narrow.rules.retain(|rule| needed.contains(&rule.id));
        narrow
    };
    let narrow_old = of(old, pairs.iter().filter_map(|pair| pair.old.as_ref()).collect());
    let narrow_new = of(new, pairs.iter().filter_map(|pair| pair.new.as_ref()).collect());
    let mut all: Vec<Probe> = Vec::new();
    for pair in &pairs {
        let made = |agreement: &Agreement, id: &Option<Label>| {
            id.as_ref().and_then(|id| agreement.rule(id)).map_or_else(Vec::new, |rule| probes(agreement, rule))
        };
        let (before, after) = (made(old, &pair.old), made(new, &pair.new));
        all.extend(redrawn(old, new, before.iter().chain(&after)));
        all.extend(before.into_iter().chain(after));
    }
    let mut known: BTreeSet<Vec<Fact>> = BTreeSet::new();
    all.retain(|probe| known.insert(probe.facts.clone()));
    let left_out = all.len().saturating_sub(PROBES_MOST);
    all.truncate(PROBES_MOST);
    let rules = pairs.iter().map(|pair| pair.name().clone()).collect();
    let mut difference = Difference { shifts: Vec::new(), asked: all.len(), left_out, compared: 0, rules };
    let from = [old, new].iter().flat_map(|agreement| edges(agreement)).min().unwrap_or(Instant::EARLIEST);
    for probe in &all {
        let at = over(&narrow_old, probe).max(over(&narrow_new, probe));
        let efforts = watched(old, new, from.shifted(-DAY_MS), at);
        let watch = Watch { efforts: &efforts, detection: None, known_until: at, sources: &[], heard: &[] };
        ask(&narrow_old, &narrow_new, &pairs, probe, &watch, at, &mut difference);
    }
    difference
}

/// The pairs whose verdicts may differ: those that differ, those that a changed power names, and all that lean on them.
fn differing(old: &Agreement, new: &Agreement, comparison: &Comparison) -> Vec<RulePair> {
    let powers: BTreeSet<&str> =
        comparison.powers.iter().filter_map(|aspect| aspect.what.strip_prefix("power ")).collect();
    let named = |agreement: &Agreement| -> Vec<Label> {
        let changed = agreement.powers.iter().filter(|power| powers.contains(power.id.as_str()));
        changed.flat_map(|power| power.rules()).collect()
    };
    let named: BTreeSet<Label> = named(old).into_iter().chain(named(new)).collect();
    let mut touched: BTreeSet<&Label> = BTreeSet::new();
    for pair in &comparison.rules {
        let names = || pair.old.iter().chain(&pair.new);
        if !pair.same() || names().any(|name| named.contains(name)) {
            touched.extend(names());
        }
    }
    loop {
        let before = touched.len();
        for pair in &comparison.rules {
            let leans = |agreement: &Agreement, name: &Option<Label>| {
                let rule = name.as_ref().and_then(|name| agreement.rule(name));
                rule.is_some_and(|rule| rule.references().iter().any(|on| touched.contains(on)))
            };
            if leans(old, &pair.old) || leans(new, &pair.new) {
                touched.extend(pair.old.iter().chain(&pair.new));
            }
        }
        if touched.len() == before {
            break;
        }
    }
    let concerned = |pair: &&RulePair| pair.old.iter().chain(&pair.new).any(|name| touched.contains(name));
    comparison.rules.iter().filter(concerned).cloned().collect()
}

/// The rules and all that they lean on.
fn needed(agreement: &Agreement, names: BTreeSet<&Label>) -> BTreeSet<Label> {
    let mut needed: BTreeSet<Label> = names.into_iter().cloned().collect();
    let mut open: Vec<Label> = needed.iter().cloned().collect();
    while let Some(next) = open.pop() {
        let on = agreement.rule(&next).map_or_else(Vec::new, Rule::references);
        open.extend(on.into_iter().filter(|on| needed.insert(on.clone())));
    }
    needed
}

/// The first probe of each pair again, where zones of one name differ: in the ground that only one of them has.
fn redrawn<'p>(old: &Agreement, new: &Agreement, probes: impl Iterator<Item = &'p Probe>) -> Vec<Probe> {
    let Some(plain) = probes.into_iter().find(|probe| probe.asks.ends_with("the plain case")) else {
        return Vec::new();
    };
    let zones = new.zones.iter().filter_map(|(name, zone)| Some((name, old.zones.get(name)?, zone)));
    let grounds = zones.flat_map(|(name, was, is)| apart(was, is).into_iter().map(move |position| (name, position)));
    let moved = grounds.map(|(name, position)| {
        let mut probe = plain.clone();
        probe.asks = format!("on ground that only one of the maps of `{name}` holds");
        probe.facts.iter_mut().for_each(|fact| fact.place = exactly(position));
        probe
    });
    moved.collect()
}

fn edges(agreement: &Agreement) -> Vec<Instant> {
    let windows = agreement.rules.iter().flat_map(|rule| rule.windows.values());
    windows.flat_map(|window| [Some(window.from), window.until]).flatten().collect()
}

/// When everything is over that a probe could start.
fn over(agreement: &Agreement, probe: &Probe) -> Instant {
    let facts = probe.facts.iter().map(|fact| fact.happened.latest());
    let last = edges(agreement).into_iter().chain(facts).max().unwrap_or(Instant::EARLIEST);
    let terms = agreement.rules.iter().filter_map(|rule| match &rule.kernel {
        Kernel::Response { within, .. } => Some(agreement.calendar.due(last, *within)),
        Kernel::Never { .. }
        | Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => None,
    });
    terms.chain([last]).max().expect("invariant: the chain holds `last`").shifted(1)
}

/// One look at all ground of both texts, for every act, over all that is asked.
fn watched(old: &Agreement, new: &Agreement, from: Instant, until: Instant) -> Vec<Effort> {
    let zones = |agreement: &Agreement| -> Vec<terms::area::Bounds> {
        let by_party = agreement.zones_of.values().flat_map(BTreeMap::values);
        let sectors = agreement.sectors.values().flat_map(BTreeMap::values);
        agreement.zones.values().chain(by_party).chain(sectors).map(|zone| zone.area.bounds()).collect()
    };
    let Some(bounds) = zones(old).into_iter().chain(zones(new)).reduce(joint) else { return Vec::new() };
    let (low, high) = (bounds.low, bounds.high);
    let corner = |lon, lat| terms::Position::new(lon, lat).expect("invariant: a corner of valid positions is valid");
    let ring = vec![low, corner(high.lon_e6(), low.lat_e6()), high, corner(low.lon_e6(), high.lat_e6())];
    let (Some(area), Some(span)) = (Area::new(vec![vec![ring]]), Span::new(from, until)) else { return Vec::new() };
    vec![Effort {
        id: EffortId::of(b"everything watched"),
        source: SourceId::new("everything-watched").expect("invariant: a name"),
        means: Means::Camera,
        span,
        area,
        outcome: Outcome::Looked,
        able: Act::ALL.into_iter().collect(),
        limits: None,
    }]
}

type Key = (Option<Label>, Footing, Option<Party>);

/// Judges one happening under both texts and notes what differs.
fn ask(
    old: &Agreement,
    new: &Agreement,
    pairs: &[RulePair],
    probe: &Probe,
    watch: &Watch<'_>,
    at: Instant,
    difference: &mut Difference,
) {
    let footings: BTreeSet<Footing> = probe.facts.iter().map(|fact| fact.footing).chain([Footing::Proposed]).collect();
    let judged = |agreement: &Agreement| {
        let mut verdicts = judge(agreement, &probe.facts, watch, at);
        verdicts.retain(|verdict| footings.contains(&verdict.footing));
        verdicts
    };
    let (before, after) = (judged(old), judged(new));
    for pair in pairs {
        let (was, is) = (said(&before, pair.old.as_ref()), said(&after, pair.new.as_ref()));
        let keys: BTreeSet<Key> = asked(&was, &is);
        let mut shifts: Vec<Shift> = Vec::new();
        for (reading, footing, bearer) in keys {
            let find = |table: &BTreeMap<Key, Spoken>| {
                let as_written = || table.get(&(None, footing, bearer.clone()));
                table.get(&(reading.clone(), footing, bearer.clone())).or_else(as_written).cloned()
            };
            let (was, is) = (find(&was), find(&is));
            difference.compared += 1;
            if alike(was.as_ref(), is.as_ref()) {
                continue;
            }
            let value = |said: &Option<Spoken>| said.as_ref().map(|said| said.value);
            let same = shifts.iter_mut().find(|shift| {
                (&shift.reading, shift.footing, value(&shift.was), value(&shift.is))
                    == (&reading, footing, value(&was), value(&is))
            });
            match same {
                Some(shift) => shift.bearers.push(bearer),
                None => shifts.push(Shift {
                    probe: probe.clone(),
                    rule: pair.name().clone(),
                    reading,
                    footing,
                    bearers: vec![bearer],
                    was,
                    is,
                }),
            }
        }
        difference.shifts.append(&mut shifts);
    }
}

/// What is said of one rule, by reading, footing and bearer.
fn said(verdicts: &[Verdict], rule: Option<&Label>) -> BTreeMap<Key, Spoken> {
    let of = verdicts.iter().filter(|verdict| Some(&verdict.rule) == rule);
    let said = of.map(|verdict| {
        let notes = verdict.because.incidents.iter();
        let bears = notes.map(|note| {
            let word = match note.bears {
                Bears::Falls => "falls under it",
                Bears::Outside(_) => "is let pass",
                Bears::Undetermined(_) => "may fall under it",
            };
            (note.id.clone(), word)
        });
        let said = Spoken { value: verdict.value, summary: verdict.because.summary.clone(), bears: bears.collect() };
        ((verdict.reading.clone(), verdict.footing, verdict.bearer.clone()), said)
    });
    said.collect()
}

/// Every reading, footing and bearer of either text; the text as written is not asked where the other has readings.
fn asked(was: &BTreeMap<Key, Spoken>, is: &BTreeMap<Key, Spoken>) -> BTreeSet<Key> {
    let all: BTreeSet<Key> = was.keys().chain(is.keys()).cloned().collect();
    let readings = all.iter().any(|(reading, _, _)| reading.is_some());
    all.into_iter().filter(|(reading, _, _)| reading.is_some() || !readings).collect()
}

/// Whether nobody would be told anything else. That a clause is new and unbroken, or gone and was unbroken, is said by the
/// comparison of words.
fn alike(was: Option<&Spoken>, is: Option<&Spoken>) -> bool {
    let broken = |said: &Spoken| said.value == Value::Breached;
    match (was, is) {
        (Some(was), Some(is)) => (was.value, &was.bears) == (is.value, &is.bears),
        (Some(one), None) | (None, Some(one)) => !broken(one),
        (None, None) => true,
    }
}
