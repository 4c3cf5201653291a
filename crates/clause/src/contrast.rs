//! Two texts laid side by side, in words: what a drafter reads in a terminal.
//!
//! Takes a comparison and its effect; gives text. Says what stays the same and what was asked, never only what differs.

use crate::agreement::Agreement;
use crate::diff::{Aspect, Comparison, RulePair};
use crate::effect::{Difference, Shift, Spoken};
use crate::fact::Fact;
use crate::telling::{fact_line, whom};
use std::fmt::Write;
use terms::Label;

/// Of happenings that come out alike so many are shown.
const SHOWN_MOST: usize = 4;

/// A comparison and its effect as text.
#[must_use]
pub fn contrast(comparison: &Comparison, difference: &Difference, new: &Agreement) -> String {
    let mut out = String::new();
    tell_words(comparison, &mut out);
    tell_rules(comparison, &mut out);
    tell_effect(comparison, difference, new, &mut out);
    out
}

fn tell_words(comparison: &Comparison, out: &mut String) {
    out.push_str("Words\n");
    for aspect in comparison.front.iter().chain(&comparison.definitions).chain(&comparison.powers) {
        tell_aspect(aspect, "  ", out);
    }
    for change in &comparison.words {
        let _ = writeln!(out, "  {}", change.anchor);
        for (sign, text) in [('-', &change.was), ('+', &change.is)] {
            for line in text.iter().flat_map(|text| text.lines()) {
                let _ = writeln!(out, "    {sign} {line}");
            }
        }
    }
    let same =
        [&comparison.front, &comparison.definitions, &comparison.powers].iter().all(|aspects| aspects.is_empty());
    if same && comparison.words.is_empty() {
        out.push_str("  the same\n");
    }
}

fn tell_aspect(aspect: &Aspect, indent: &str, out: &mut String) {
    let what = &aspect.what;
    let _ = match (&aspect.was, &aspect.is) {
        (Some(was), Some(is)) => writeln!(out, "{indent}{what}: {was} -> {is}"),
        (Some(was), None) => writeln!(out, "{indent}{what}: removed, was: {was}"),
        (None, Some(is)) => writeln!(out, "{indent}{what}: added: {is}"),
        (None, None) => Ok(()),
    };
}

fn tell_rules(comparison: &Comparison, out: &mut String) {
    out.push_str("\nRules\n");
    for pair in comparison.rules.iter().filter(|pair| !pair.same()) {
        let _ = match (&pair.old, &pair.new) {
            (Some(old), Some(new)) if old != new => writeln!(out, "  {new} (was {old})"),
            (Some(_), Some(new)) => writeln!(out, "  {new}"),
            (Some(old), None) => writeln!(out, "  {old} is removed"),
            (None, Some(new)) => writeln!(out, "  {new} is added"),
            (None, None) => Ok(()),
        };
        pair.aspects.iter().for_each(|aspect| tell_aspect(aspect, "    ", out));
    }
    let renamed = |pair: &RulePair| match (&pair.old, &pair.new) {
        (Some(old), Some(new)) if old != new => format!("{new} (was {old})"),
        (Some(name), _) | (None, Some(name)) => name.to_string(),
        (None, None) => String::new(),
    };
    let same: Vec<String> = comparison.rules.iter().filter(|pair| pair.same()).map(renamed).collect();
    if !same.is_empty() {
        let _ = writeln!(out, "  mean the same: {}", same.join(", "));
    }
}

fn tell_effect(comparison: &Comparison, difference: &Difference, new: &Agreement, out: &mut String) {
    let Difference { asked, left_out, compared, rules, shifts } = difference;
    let happenings = if *asked == 1 { "happening" } else { "happenings" };
    let _ =
        writeln!(out, "\nEffect: {asked} {happenings} asked under both texts, {compared} pairs of verdicts compared");
    if *left_out > 0 {
        let _ = writeln!(out, "  {left_out} more happenings were not asked: there are more than a comparison asks");
    }
    for pair in &comparison.rules {
        let name = pair.name();
        if !rules.contains(name) {
            continue;
        }
        let of: Vec<&Shift> = shifts.iter().filter(|shift| shift.rule == *name).collect();
        if of.is_empty() {
            let _ = writeln!(out, "  {name}: nothing asked comes out otherwise");
        }
        for group in groups(&of) {
            tell_group(name, &group, new, out);
        }
    }
    let untouched: Vec<&str> =
        comparison.rules.iter().map(RulePair::name).filter(|name| !rules.contains(*name)).map(Label::as_str).collect();
    if !untouched.is_empty() {
        let list = untouched.join(", ");
        let _ = writeln!(out, "  not asked, because they mean the same and lean on nothing that differs: {list}");
    }
}

/// Shifts of one rule that come out alike, in the order in which they were asked.
fn groups<'s>(shifts: &[&'s Shift]) -> Vec<Vec<&'s Shift>> {
    let alike = |a: &Shift, b: &Shift| {
        let value = |said: &Option<Spoken>| said.as_ref().map(|said| said.value);
        (&a.reading, a.footing, &a.bearers, value(&a.was), value(&a.is))
            == (&b.reading, b.footing, &b.bearers, value(&b.was), value(&b.is))
    };
    let mut groups: Vec<Vec<&Shift>> = Vec::new();
    for &shift in shifts {
        match groups.iter_mut().find(|group| alike(group[0], shift)) {
            Some(group) => group.push(shift),
            None => groups.push(vec![shift]),
        }
    }
    groups
}

fn tell_group(name: &Label, group: &[&Shift], new: &Agreement, out: &mut String) {
    let first = group[0];
    let reading = first.reading.as_ref().map_or(String::new(), |reading| format!(" as {reading} reads it"));
    let of: Vec<&str> = first.bearers.iter().map(|bearer| whom(bearer.as_ref(), new)).collect();
    let word = |said: &Option<Spoken>| said.as_ref().map_or("no such clause", |said| said.value.word());
    let (was, is) = (word(&first.was), word(&first.is));
    let other = if was == is { ", on other facts" } else { "" };
    let _ = writeln!(out, "  {name}{reading}, {}, as {}: {was} -> {is}{other}", of.join(", "), first.footing.word());
    for shift in group.iter().take(SHOWN_MOST) {
        let _ = writeln!(out, "    {}{}", shift.probe.asks, happened(&shift.probe.facts, new));
        for (when, said) in [("was", &shift.was), ("is", &shift.is)] {
            if let Some(said) = said {
                let _ = writeln!(out, "      {when}: {}", said.summary);
            }
        }
        for (id, was, is) in moved(shift) {
            let _ = writeln!(out, "      {id}: {was} -> {is}");
        }
    }
    if group.len() > SHOWN_MOST {
        let _ = writeln!(out, "    and {} more that come out alike", group.len() - SHOWN_MOST);
    }
}

/// The first facts of a happening; a long record is not repeated.
fn happened(facts: &[Fact], agreement: &Agreement) -> String {
    let shown = facts.iter().take(SHOWN_MOST).map(|fact| {
        let at = fact.happened;
        let when = if at.earliest() == at.latest() {
            agreement.civil(at.latest())
        } else {
            format!("{} to {}", agreement.civil(at.earliest()), agreement.civil(at.latest()))
        };
        format!("\n      {when}  {}", fact_line(fact))
    });
    if facts.len() > SHOWN_MOST { format!(": {} facts", facts.len()) } else { shown.collect() }
}

/// The facts that bear otherwise on the rule.
fn moved(shift: &Shift) -> Vec<(&String, &'static str, &'static str)> {
    let (Some(was), Some(is)) = (&shift.was, &shift.is) else { return Vec::new() };
    let all: std::collections::BTreeSet<&String> = was.bears.keys().chain(is.bears.keys()).collect();
    let word = |said: &Spoken, id: &String| said.bears.get(id).copied().unwrap_or("does not bear on it");
    let both = all.into_iter().map(|id| (id, word(was, id), word(is, id)));
    both.filter(|(_, was, is)| was != is).collect()
}
