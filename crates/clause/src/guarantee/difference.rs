//! What came of promises between two versions of a page: from a draft to what was signed.
//!
//! Takes two packages; gives each promise that is new, gone or otherwise, and for each change whether it makes the promise
//! firmer, weaker, or whether that cannot be told without reading. Compares what the pages say and nothing that was done.

use super::package::{ClockRule, Commitment, Modality, Package};
use super::term::Term;
use std::collections::{BTreeMap, BTreeSet};
use terms::Label;

/// What came of one promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The promise.
    pub commitment: Label,
    /// Whether it stands in the first page and in the second.
    pub stands: (bool, bool),
    /// In the words of the page that has it; of both, the second.
    pub says: String,
    /// What changed, the weaker first.
    pub changes: Vec<Change>,
}

/// One change of a promise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// What it does.
    pub does: Does,
    /// In words.
    pub says: String,
}

/// What a change does to a promise, for the one it is owed to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Does {
    /// Less is owed, later, or on more conditions.
    Weakens,
    /// That cannot be told by comparing.
    CannotTell,
    /// More is owed, sooner, or on fewer conditions.
    Strengthens,
}

impl Does {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Does::Weakens => "weaker",
            Does::CannotTell => "cannot tell",
            Does::Strengthens => "firmer",
        }
    }

    fn if_less(less: bool) -> Does {
        if less { Does::Weakens } else { Does::Strengthens }
    }
}

/// What came of the promises of `before` in `after`: those of the second page in its order, then those that are gone.
#[must_use]
pub fn difference(before: &Package, after: &Package) -> Vec<Difference> {
    let old: BTreeMap<&Label, &Commitment> = before.commitments.iter().map(|one| (&one.id, one)).collect();
    let new: BTreeSet<&Label> = after.commitments.iter().map(|one| &one.id).collect();
    let mut differences = Vec::new();
    for one in &after.commitments {
        let Some(was) = old.get(&one.id) else {
            differences.push(Difference {
                commitment: one.id.clone(),
                stands: (false, true),
                says: one.says.clone(),
                changes: Vec::new(),
            });
            continue;
        };
        let changes = changes(before, after, was, one);
        if !changes.is_empty() {
            let (commitment, says) = (one.id.clone(), one.says.clone());
            differences.push(Difference { commitment, stands: (true, true), says, changes });
        }
    }
    let gone = before.commitments.iter().filter(|one| !new.contains(&one.id));
    differences.extend(gone.map(|one| Difference {
        commitment: one.id.clone(),
        stands: (true, false),
        says: one.says.clone(),
        changes: Vec::new(),
    }));
    differences
}

fn changes(before: &Package, after: &Package, was: &Commitment, is: &Commitment) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    let open = Does::CannotTell;
    changes.text("who owes it", was.debtor.as_str(), is.debtor.as_str());
    changes.text("to whom", was.beneficiary.as_str(), is.beneficiary.as_str());
    changes.text("the document", was.instrument.as_str(), is.instrument.as_str());
    changes.text("what is promised", &was.says, &is.says);
    changes.text("its class", was.class.word(), is.class.word());
    if was.word != is.word {
        let silent = [was.word, is.word].contains(&Modality::NotSaid);
        let does = if silent { open } else { Does::if_less(was.word < is.word) };
        changes.add(does, format!("the wording: `{}`, then `{}`", was.word.word(), is.word.word()));
    }
    if was.binds != is.binds {
        let silent = [was.binds.word(), is.binds.word()].contains(&"not-said");
        let does = if silent { open } else { Does::if_less(was.binds < is.binds) };
        changes.add(does, format!("how it binds: `{}`, then `{}`", was.binds.word(), is.binds.word()));
    }
    let named = |of: &[Label], package: &Package| -> BTreeSet<String> {
        let says = |id: &Label| package.conditions.get(id).map_or("", |one| one.says.as_str()).to_owned();
        of.iter().map(|id| format!("{id}, \u{201c}{}\u{201d}", says(id))).collect()
    };
    changes.sets("a condition", &named(&was.when, before), &named(&is.when, after));
    changes.sets("a caveat", &was.caveats.iter().cloned().collect(), &is.caveats.iter().cloned().collect());
    let voids = |of: &Commitment| -> BTreeSet<String> {
        let line = |(reading, trigger): &(Option<Label>, _)| match reading {
            Some(reading) => format!("after {trigger}, as {reading} reads it"),
            None => format!("after {trigger}"),
        };
        of.voids.iter().map(line).collect()
    };
    changes.sets("an end", &voids(was), &voids(is));
    clocks(before, after, &is.id, &mut changes);
    let gaps = |of: &Commitment| -> BTreeSet<String> { of.cited.gaps.iter().cloned().collect() };
    for gap in gaps(is).difference(&gaps(was)) {
        changes.add(open, format!("a new gap: {gap}"));
    }
    for gap in gaps(was).difference(&gaps(is)) {
        changes.add(open, format!("a gap is closed: {gap}"));
    }
    changes.0.sort();
    changes.0
}

fn clocks(before: &Package, after: &Package, of: &Label, changes: &mut Changes) {
    fn theirs<'a>(package: &'a Package, of: &Label) -> BTreeMap<&'a Label, &'a ClockRule> {
        package.clocks.iter().filter(|one| one.commitment == *of).map(|one| (&one.id, one)).collect()
    }
    let (old, new) = (theirs(before, of), theirs(after, of));
    for (id, is) in &new {
        let Some(was) = old.get(id) else {
            changes.add(Does::Strengthens, format!("a new clock: {id}, {}", is.term));
            continue;
        };
        if was.term != is.term {
            let does = match (length(was.term), length(is.term)) {
                (Some(was), Some(is)) => Does::if_less(was < is),
                (None | Some(_), _) => Does::CannotTell,
            };
            changes.add(does, format!("{id} runs: {}, then {}", was.term, is.term));
        }
        let starts = |of: &ClockRule| -> BTreeSet<String> {
            let line = |start: &super::package::StartRule| match &start.reading {
                Some(reading) => format!("{}, as {reading}", start.trigger),
                None => start.trigger.to_string(),
            };
            of.starts.iter().map(line).collect()
        };
        changes.joined(&format!("{id} starts"), &starts(was), &starts(is));
        let met = |of: &ClockRule| of.discharged.as_ref().map_or("not said".to_owned(), ToString::to_string);
        changes.text(&format!("what meets {id}"), &met(was), &met(is));
        let then = |of: &ClockRule| of.on_expiry.clone().unwrap_or_else(|| "not said".to_owned());
        changes.text(&format!("what follows {id}"), &then(was), &then(is));
        let waits = |of: &ClockRule| -> BTreeSet<String> { of.only_if.iter().map(Label::to_string).collect() };
        changes.sets(&format!("a condition of {id}"), &waits(was), &waits(is));
        let longer = |of: &ClockRule| of.extended_by.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        changes.joined(&format!("who may lengthen {id}"), &longer(was), &longer(is));
        let stop = |of: &ClockRule| of.paused_by.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        changes.joined(&format!("who may stop {id}"), &stop(was), &stop(is));
    }
    for (id, was) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        changes.add(Does::Weakens, format!("a clock is gone: {id}, {}", was.term));
    }
}

/// Of lengths that can be compared anywhere: those in hours and smaller.
fn length(term: Term) -> Option<i64> {
    match term {
        Term::Length(length) => length.elapsed_ms(),
        Term::EndOfDay(_) | Term::Until(_) => None,
    }
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, does: Does, says: String) {
        self.0.push(Change { does, says });
    }

    /// A text that says otherwise: what it does, people must read.
    fn text(&mut self, what: &str, was: &str, is: &str) {
        if was != is {
            self.add(Does::CannotTell, format!("{what}: \u{201c}{was}\u{201d}, then \u{201c}{is}\u{201d}"));
        }
    }

    /// Limits of a promise: one more weakens it.
    fn sets(&mut self, what: &str, was: &BTreeSet<String>, is: &BTreeSet<String>) {
        for one in is.difference(was) {
            self.add(Does::Weakens, format!("{what} more: {one}"));
        }
        for one in was.difference(is) {
            self.add(Does::Strengthens, format!("{what} less: {one}"));
        }
    }

    fn joined(&mut self, what: &str, was: &BTreeSet<String>, is: &BTreeSet<String>) {
        let all = |of: &BTreeSet<String>| match of.is_empty() {
            true => "nobody".to_owned(),
            false => of.iter().cloned().collect::<Vec<_>>().join("; "),
        };
        self.text(what, &all(was), &all(is));
    }
}
