//! Explanation: all that a drafter may ask about one rule.
//!
//! Takes an agreement and one of its rules; gives its sentence, its kind, what it hears and from whom, what it leans on and
//! what a monitor keeps for it. Never judges anything.

use crate::agreement::Agreement;
use crate::monitor::{Bound, bound};
use crate::rule::{Kind, Pattern, Rule};
use crate::sentence::{Language, sentence};
use std::collections::BTreeSet;
use std::fmt;
use terms::{Act, Label};

/// All that a drafter may ask about one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// Its name in the text.
    pub id: Label,
    /// The paragraph that it stands under.
    pub anchor: String,
    /// The rule as one plain sentence.
    pub sentence: String,
    /// What kind of clause it is.
    pub kind: Kind,
    /// What it hears: each event with its acts, and who is planned to tell of it.
    pub hears: Vec<String>,
    /// The rules whose verdicts or permissions it leans on.
    pub leans_on: Vec<Label>,
    /// The rules that lean on it.
    pub leaned_on_by: Vec<Label>,
    /// What a monitor has to keep for it.
    pub keeps: Bound,
}

/// Explains a rule; its sentence is in the language given, all else in English.
#[must_use]
pub fn explain(agreement: &Agreement, rule: &Rule, language: Language) -> Explanation {
    let mut hears: Vec<String> = Vec::new();
    for pattern in agreement.patterns_of(rule) {
        let line = heard(agreement, pattern);
        if !hears.contains(&line) {
            hears.push(line);
        }
    }
    let mut leans_on = rule.references();
    leans_on.sort();
    leans_on.dedup();
    let leaning = agreement.rules.iter().filter(|other| other.references().contains(&rule.id));
    let powers = agreement.powers.iter().filter(|power| power.rules().contains(&rule.id));
    Explanation {
        id: rule.id.clone(),
        anchor: rule.anchor.clone(),
        sentence: sentence(agreement, rule, language),
        kind: rule.kind(),
        hears,
        leans_on,
        leaned_on_by: leaning.map(|other| other.id.clone()).chain(powers.map(|power| power.id.clone())).collect(),
        keeps: bound(agreement, rule),
    }
}

/// One event with its acts, and who is planned to tell of each.
fn heard(agreement: &Agreement, pattern: &Pattern) -> String {
    let words = |acts: &BTreeSet<Act>| acts.iter().map(|act| act.word()).collect::<Vec<_>>().join(", ");
    let named = pattern.acts.len() == 1 && pattern.acts.iter().all(|act| act.word() == pattern.event);
    let acts = if named { String::new() } else { format!(" ({})", words(&pattern.acts)) };
    let mut tellers: Vec<String> = Vec::new();
    for source in &agreement.planned {
        let of: BTreeSet<Act> = source.acts.intersection(&pattern.acts).copied().collect();
        if of.is_empty() {
            continue;
        }
        let part = if of == pattern.acts { String::new() } else { format!(" of {}", words(&of)) };
        let zone = source.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
        tellers.push(format!("{}{part}{zone}", source.name));
    }
    let told = match tellers.as_slice() {
        [] if pattern.acts.iter().all(|act| act.of_record()) => "it reaches the record by itself".to_owned(),
        [] => "the text plans no source for it".to_owned(),
        tellers => format!("told by {}", tellers.join("; ")),
    };
    format!("{}{acts}: {told}", pattern.event)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |labels: &[Label]| labels.iter().map(Label::as_str).collect::<Vec<_>>().join(", ");
        writeln!(f, "rule {} ({}), {}", self.id, self.kind.word(), self.anchor)?;
        writeln!(f, "  reads:  {}", self.sentence)?;
        writeln!(f, "  kind:   {}", self.kind.says())?;
        for line in &self.hears {
            writeln!(f, "  hears:  {line}")?;
        }
        if !self.leans_on.is_empty() {
            writeln!(f, "  leans on {}", list(&self.leans_on))?;
        }
        if !self.leaned_on_by.is_empty() {
            writeln!(f, "  is leaned on by {}", list(&self.leaned_on_by))?;
        }
        writeln!(f, "  keeps:  {}", self.keeps)
    }
}
