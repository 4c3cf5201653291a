//! Whom and what two patterns share: those bound, those who act, acts and objects.
//!
//! Takes rules and patterns; gives sets and whether one lies in the other. `None` is anyone, or anything.

use crate::agreement::Agreement;
use crate::rule::{Bearer, Pattern, Rule, Who};
use std::collections::BTreeSet;
use terms::{Label, Party};

fn parties(agreement: &Agreement) -> BTreeSet<Party> {
    agreement.parties.iter().map(|(party, _)| party.clone()).collect()
}

fn of_bearer(agreement: &Agreement, bearer: &Bearer) -> Option<BTreeSet<Party>> {
    match bearer {
        Bearer::EachParty => Some(parties(agreement)),
        Bearer::One(party) => Some(BTreeSet::from([party.clone()])),
        Bearer::All => None,
    }
}

/// Who is bound by a rule.
pub(super) fn bound(agreement: &Agreement, rule: &Rule) -> Option<BTreeSet<Party>> {
    of_bearer(agreement, &rule.bearer)
}

/// Who does what a pattern of the rule says.
pub(super) fn actors(agreement: &Agreement, rule: &Rule, pattern: &Pattern) -> Option<BTreeSet<Party>> {
    match &pattern.by {
        Who::Anyone => None,
        Who::Bearer => bound(agreement, rule),
        Who::Named(party) => Some(BTreeSet::from([party.clone()])),
        Who::Owed => rule.owed.as_ref().and_then(|owed| of_bearer(agreement, owed)),
        Who::EveryParty => Some(parties(agreement)),
        Who::Other => match &rule.bearer {
            Bearer::One(party) => Some(parties(agreement).into_iter().filter(|other| other != party).collect()),
            Bearer::EachParty | Bearer::All => Some(parties(agreement)),
        },
    }
}

/// Somebody in both sets: `None` for nobody, `Some(None)` for anyone.
#[expect(clippy::option_option, reason = "nobody, anyone, and a party are three answers")]
pub(super) fn shared(a: Option<BTreeSet<Party>>, b: Option<BTreeSet<Party>>) -> Option<Option<Party>> {
    match (a, b) {
        (None, None) => Some(None),
        (Some(set), None) | (None, Some(set)) => set.first().cloned().map(Some),
        (Some(a), Some(b)) => a.intersection(&b).next().cloned().map(Some),
    }
}

/// Whether everybody of `inner` is in `outer`.
pub(super) fn within<T: Ord>(inner: Option<&BTreeSet<T>>, outer: Option<&BTreeSet<T>>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => inner.is_subset(outer),
    }
}

/// The objects that a class or object's name stands for.
pub(super) fn objects(agreement: &Agreement, class: Option<&Label>) -> Option<BTreeSet<Label>> {
    class.map(|name| agreement.classes.get(name).cloned().unwrap_or_else(|| BTreeSet::from([name.clone()])))
}

/// Whether one thing could be of both classes.
pub(super) fn classes_meet(agreement: &Agreement, a: &Pattern, b: &Pattern) -> bool {
    match (objects(agreement, a.class.as_ref()), objects(agreement, b.class.as_ref())) {
        (Some(a), Some(b)) => !a.is_disjoint(&b),
        (_, None) | (None, _) => true,
    }
}

/// Whether every fact of `inner` surely is one of `outer`, by act, object, place, victim and author.
pub(super) fn pattern_within(
    agreement: &Agreement,
    (rule, inner): (&Rule, &Pattern),
    (by, outer): (&Rule, &Pattern),
) -> bool {
    let classes = [inner, outer].map(|pattern| objects(agreement, pattern.class.as_ref()));
    inner.acts.is_subset(&outer.acts)
        && within(classes[0].as_ref(), classes[1].as_ref())
        && (outer.zone.is_none() || outer.zone == inner.zone)
        && outer.sectors.is_none()
        && (outer.at == Who::Anyone || outer.at == inner.at)
        && within(actors(agreement, rule, inner).as_ref(), actors(agreement, by, outer).as_ref())
}
