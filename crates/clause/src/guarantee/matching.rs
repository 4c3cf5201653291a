//! Deeds and breaches held against patterns.
//!
//! Takes what was done, indexed by kind and by what it is about; gives what matches, with the reason where that is not
//! sure. An author who is not known matches perhaps.

use super::deed::{Breach, Deed, DeedKind, begun};
use super::index::Index;
use super::trigger::{DeedPattern, Trigger};
use crate::fact::Footing;
use std::collections::BTreeMap;
use terms::{Instant, Label, Party, Span};

/// All that was done by an instant, to be asked.
pub(super) struct Ledger<'a> {
    deeds: Vec<&'a Deed>,
    by_id: Index,
    by_kind: BTreeMap<(DeedKind, Option<&'a Party>), Vec<usize>>,
    about: Index,
    breaches: Vec<&'a Breach>,
    /// What another deed corrects, each with the first that does.
    corrected: Vec<(&'a Deed, &'a Label)>,
    at: Instant,
}

/// Something that starts, ends or discharges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Match {
    pub(super) id: String,
    pub(super) named: String,
    pub(super) span: Span,
    /// Why it may be none.
    pub(super) doubt: Option<String>,
}

impl<'a> Ledger<'a> {
    /// What had begun by `at`. A deed that another corrects is left out.
    pub(super) fn of(deeds: impl Iterator<Item = &'a Deed>, breaches: &'a [Breach], at: Instant) -> Ledger<'a> {
        let mut deeds: Vec<&Deed> = deeds.filter(|deed| begun(deed.happened, at)).collect();
        deeds.sort();
        // The very same deed, read by way of two pages or tables, was done once.
        deeds.dedup();
        let mut correcting: BTreeMap<&Label, &Label> = BTreeMap::new();
        for deed in &deeds {
            if let Some(replaced) = &deed.replaces {
                correcting.entry(replaced).or_insert(&deed.id);
            }
        }
        let mut corrected = Vec::new();
        deeds.retain(|deed| {
            let by = correcting.get(&deed.id);
            corrected.extend(by.map(|by| (*deed, *by)));
            by.is_none()
        });
        let mut breaches: Vec<&Breach> = breaches.iter().filter(|breach| begun(breach.happened, at)).collect();
        breaches.sort();
        let mut by_kind: BTreeMap<(DeedKind, Option<&Party>), Vec<usize>> = BTreeMap::new();
        for (index, deed) in deeds.iter().enumerate() {
            by_kind.entry((deed.what, deed.by.as_ref())).or_default().push(index);
        }
        let by_id = Index::of(deeds.iter().map(|deed| Some(&deed.id)));
        let about = Index::of(deeds.iter().map(|deed| deed.about.as_ref()));
        Ledger { deeds, by_id, by_kind, about, breaches, corrected, at }
    }

    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// The deed of that name.
    pub(super) fn deed(&self, id: &Label) -> Option<&'a Deed> {
        // The same name twice: the first to happen has it.
        self.by_id.at(id).map(|index| self.deeds[index]).find(|deed| deed.id == *id)
    }

    /// What was said about something and is corrected, each with the deed that corrects it.
    pub(super) fn corrected(&self, about: &Label) -> impl Iterator<Item = (&'a Deed, &'a Label)> {
        self.corrected.iter().copied().filter(move |(deed, _)| deed.about.as_ref() == Some(about))
    }

    /// Everything about something, in order of time.
    pub(super) fn about(&self, id: &Label) -> impl Iterator<Item = &'a Deed> {
        self.places_about(id).map(|index| self.deeds[index])
    }

    fn places_about(&self, id: &Label) -> impl Iterator<Item = usize> {
        self.about.at(id).filter(move |index| self.deeds[*index].about.as_ref() == Some(id))
    }

    /// The deeds that match, in order of time.
    pub(super) fn deeds(&self, pattern: &DeedPattern) -> Vec<Match> {
        let mut found: Vec<usize> = Vec::new();
        if let Some(about) = &pattern.about {
            found.extend(self.places_about(about));
        } else if let Some(by) = &pattern.by {
            for author in [Some(by), None] {
                found.extend(self.by_kind.get(&(pattern.what, author)).into_iter().flatten().copied());
            }
            found.sort_unstable();
        } else {
            let first = (pattern.what, None);
            let kinds = self.by_kind.range(first..).take_while(|((what, _), _)| *what == pattern.what);
            found.extend(kinds.flat_map(|(_, indexes)| indexes.iter().copied()));
            found.sort_unstable();
        }
        found.into_iter().filter_map(|index| self.matches(pattern, self.deeds[index])).collect()
    }

    fn matches(&self, pattern: &DeedPattern, deed: &Deed) -> Option<Match> {
        let mut doubt = None;
        match (&pattern.by, &deed.by) {
            (Some(wanted), Some(by)) if wanted != by => return None,
            (Some(wanted), None) => doubt = Some(format!("whether {} was by {wanted} is not known", deed.id)),
            (Some(_), Some(_)) | (None, _) => {}
        }
        let fits = deed.what == pattern.what
            && pattern.to.as_ref().is_none_or(|to| deed.to.contains(to))
            && (pattern.about.is_none() || deed.about == pattern.about);
        if !fits {
            return None;
        }
        if let Some(of) = &pattern.of {
            let about = self.deed(deed.about.as_ref()?)?;
            let inner = self.matches(of, about)?;
            doubt = doubt.or(inner.doubt);
            // What is said to have come before it was sent: one of the two notices is wrong.
            if deed.happened.latest() < about.happened.earliest() {
                doubt = Some(format!("{} says that it came before {} was made", deed.id, about.id));
            }
        }
        Some(Match { id: deed.id.to_string(), named: deed.named(), span: deed.happened, doubt })
    }

    /// The breaches that match, in order of time.
    pub(super) fn breached(&self, rules: &[Label], by: Option<&Party>, footing: Footing) -> Vec<Match> {
        let fits = |breach: &&&Breach| {
            let rule = rules.is_empty() || breach.rules.iter().any(|rule| rules.contains(rule));
            rule && rank(breach.footing) >= rank(footing)
                && by.is_none_or(|by| breach.by.as_ref().is_none_or(|who| who == by))
        };
        let matched = |breach: &&Breach| {
            let unknown = by.filter(|_| breach.by.is_none());
            let doubt = unknown.map(|by| format!("who did {} is not known: perhaps {by}", breach.id));
            let named = match &breach.by {
                Some(by) => format!("breach {} by {by}", breach.id),
                None => format!("breach {}", breach.id),
            };
            Match { id: breach.id.clone(), named, span: breach.happened, doubt: breach.doubt.clone().or(doubt) }
        };
        self.breaches.iter().filter(fits).map(matched).collect()
    }

    /// What matches a trigger that leans on no clock.
    pub(super) fn found(&self, trigger: &Trigger) -> Vec<Match> {
        match trigger {
            Trigger::Deed(pattern) => self.deeds(pattern),
            Trigger::Breach { rules, by, footing } => self.breached(rules, by.as_ref(), *footing),
            Trigger::Moment(instant) => {
                let id = instant.to_string();
                vec![Match { named: "the text".to_owned(), id, span: Span::at(*instant), doubt: None }]
            }
            Trigger::Expiry(_) | Trigger::Discharge(_) => Vec::new(),
        }
    }
}

/// How firm a footing is: what a party said is the least.
fn rank(footing: Footing) -> u8 {
    match footing {
        Footing::Alleged => 0,
        Footing::Proposed => 1,
        Footing::Established => 2,
        Footing::Ruled => 3,
    }
}
