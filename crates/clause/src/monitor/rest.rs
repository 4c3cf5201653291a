//! The rules that no lane can hold: deadlines, rounds, and those that lean on verdicts, states, quiet or powers.
//!
//! Takes facts as they come; gives each instance whose outcome changed. Rules that lean on one another are judged together
//! and anew, but only when a fact came that they ask about, another look, or an instant at which time alone may change
//! something. Never forgets a fact that they ask about.

use super::bound::{Bound, bound};
use super::fingerprint;
use crate::agreement::Agreement;
use crate::fact::{Fact, Footing};
use crate::instance::{Instance, InstanceKey, InstanceValue};
use crate::instances::Bench;
use crate::judge::{Docket, Heard, Watch};
use crate::monitor::{Tells, Told};
use crate::needed::Concern;
use crate::rule::{Kernel, Rule, Trigger};
use crate::verdict::Standing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::Instant;

/// These rules, in groups that lean on none of one another's.
pub(crate) struct Rest<'a> {
    groups: Vec<Group<'a>>,
}

/// Rules that are judged together.
struct Group<'a> {
    concern: Concern<'a>,
    facts: BTreeMap<(Footing, String), Arc<Fact>>,
    told: BTreeMap<InstanceKey, Instance>,
    /// Until when nothing that was said can change by itself.
    calm: Option<Calm>,
}

/// What was judged with, and the next instants at which the time or what is known by then may matter.
struct Calm {
    watched: Watched,
    at: (Instant, Instant),
    known_until: (Instant, Instant),
}

/// What is known of the sources apart from one another, and one list of looks told from another.
type Watched = (Vec<Heard>, u64);

impl<'a> Rest<'a> {
    /// The rules of an agreement that need this.
    pub(crate) fn of(agreement: &'a Agreement) -> Rest<'a> {
        let mut groups: Vec<Concern<'a>> = Vec::new();
        for rule in agreement.rules.iter().filter(|rule| matches!(bound(agreement, rule), Bound::Everything { .. })) {
            let mut rules = BTreeSet::from([&rule.id]);
            let own = Concern::of(agreement, rule);
            groups.retain(|group| {
                let apart = group.needed.is_disjoint(&own.needed);
                if !apart {
                    rules.extend(&group.rules);
                }
                apart
            });
            groups.push(Concern::of_rules(agreement, rules));
        }
        Rest { groups: groups.into_iter().map(Group::of).collect() }
    }

    /// Takes a fact in, where one of the rules may ask about it.
    pub(crate) fn take(&mut self, fact: &Arc<Fact>) {
        if fact.footing != Footing::Alleged {
            self.groups.iter_mut().for_each(|group| group.take(fact));
        }
    }

    /// Takes a fact back.
    pub(crate) fn retract(&mut self, footing: Footing, id: &str) {
        for group in &mut self.groups {
            if group.facts.remove(&(footing, id.to_owned())).is_some() {
                group.calm = None;
            }
        }
    }

    /// How many facts are held.
    pub(crate) fn held(&self) -> usize {
        self.groups.iter().map(|group| group.facts.len()).sum()
    }

    /// Judges anew what may have changed, and says what did.
    pub(crate) fn advance(&mut self, watch: &Watch<'_>, at: Instant, tells: Tells, out: &mut Vec<Told>) {
        if self.groups.is_empty() {
            return;
        }
        let watched = (watch.heard.to_vec(), fingerprint(watch.efforts));
        for group in &mut self.groups {
            if !group.calm.as_ref().is_some_and(|calm| calm.holds(&watched, watch, at)) {
                group.advance(watch, at, tells, out);
                group.calm = group.calm.take().map(|calm| Calm { watched: watched.clone(), ..calm });
            }
        }
    }
}

impl Calm {
    fn holds(&self, watched: &Watched, watch: &Watch<'_>, at: Instant) -> bool {
        let within = |(from, until): (Instant, Instant), now: Instant| from <= now && now < until;
        self.watched == *watched && within(self.at, at) && within(self.known_until, watch.known_until)
    }
}

impl<'a> Group<'a> {
    fn of(concern: Concern<'a>) -> Group<'a> {
        Group { concern, facts: BTreeMap::new(), told: BTreeMap::new(), calm: None }
    }

    fn take(&mut self, fact: &Arc<Fact>) {
        let key = (fact.footing, fact.id.clone());
        let known = self.facts.get(&key);
        if known.is_some_and(|known| !known.is_before(fact)) {
            return;
        }
        // What is not asked about is kept where it takes another's place, or may: an older revision may still come.
        if known.is_some() || fact.revision > 1 || self.concern.hears(fact) {
            self.facts.insert(key, Arc::clone(fact));
            self.calm = None;
        }
    }

    fn advance(&mut self, watch: &Watch<'_>, at: Instant, tells: Tells, out: &mut Vec<Told>) {
        let Concern { agreement, rules, needed, .. } = &self.concern;
        let docket = Docket::of_shared(self.facts.values().cloned());
        let mut former = std::mem::take(&mut self.told);
        let mut edges = self.edges_of_windows();
        for footing in Footing::JUDGED {
            let bench = Bench::of_rules(agreement, docket.for_duty(footing), footing, watch, at, needed);
            if let Some(edges) = &mut edges {
                edges.extend(bench.judged.values().flatten().flat_map(|instance| edges_of(agreement, instance)));
            }
            let ours = bench.judged.into_iter().filter(|(rule, _)| rules.contains(rule));
            for mut instance in ours.flat_map(|(_, instances)| instances) {
                let was = former.remove(&instance.key);
                if was.is_none()
                    && !(tells.wants(&instance) && (tells == Tells::All || instance.standing != Standing::Open))
                {
                    continue;
                }
                let closed = |was: &Instance| matches!(was.standing, Standing::Final | Standing::Amended);
                let same = was.as_ref().is_some_and(|was| was.says_as(&instance));
                if let Some(was) = was.as_ref().filter(|was| closed(was)) {
                    instance.version = was.version + u32::from(!same);
                    instance.standing = if same { was.standing } else { Standing::Amended };
                }
                let final_now = instance.standing == Standing::Final && !was.as_ref().is_some_and(closed);
                if !same || final_now {
                    out.push(Told { instance: Arc::new(instance.clone()), was: was.map(|was| was.value) });
                }
                self.told.insert(instance.key.clone(), instance);
            }
        }
        for was in former.into_values() {
            let value = was.value;
            let instance = Instance { value: InstanceValue::Void, ..was };
            out.push(Told { instance: Arc::new(instance), was: Some(value) });
        }
        let known_until = watch.known_until;
        self.calm = edges.map(|edges| {
            let next = |now: Instant| edges.iter().copied().filter(|edge| *edge > now).min().unwrap_or(Instant::LATEST);
            Calm { watched: Watched::default(), at: (at, next(at)), known_until: (known_until, next(known_until)) }
        });
    }

    /// The edges of the rules' windows; nothing where a state, a quiet or a power may change what is said at any time.
    fn edges_of_windows(&self) -> Option<Vec<Instant>> {
        let Concern { agreement, needed, .. } = &self.concern;
        let restless = |rule: &&Rule| {
            matches!(rule.kernel, Kernel::Always { .. } | Kernel::Response { trigger: Trigger::Quiet { .. }, .. })
        };
        let rules = || agreement.rules.iter().filter(|rule| needed.contains(&rule.id));
        if !agreement.powers.is_empty() || rules().any(|rule| restless(&rule)) {
            return None;
        }
        let edges = rules().flat_map(|rule| {
            let windows = rule.windows.values();
            windows.flat_map(move |window| {
                let after = window.until.map(|until| until.shifted(1));
                let closes = window.until.map(|until| agreement.calendar.due(until, rule.final_after));
                [Some(window.from), window.until, after, closes].into_iter().flatten()
            })
        });
        Some(edges.collect())
    }
}

/// When time alone may change what is said of an instance; of what is final, never.
fn edges_of(agreement: &Agreement, instance: &Instance) -> Vec<Instant> {
    if instance.standing == Standing::Final {
        return Vec::new();
    }
    let last = instance.interest.latest();
    let final_after = agreement.rule(&instance.key.rule).map(|rule| rule.final_after);
    let closes = final_after.map_or(last, |length| agreement.calendar.due(last, length));
    vec![instance.decided.earliest(), instance.decided.latest(), last, last.shifted(1), closes]
}
