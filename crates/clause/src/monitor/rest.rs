//! The rules that no lane can hold: those that lean on verdicts, states, quiet or powers.
//!
//! Takes facts as they come; gives each instance whose outcome changed, by judging these rules anew. Never forgets a fact
//! that they ask about.

use super::bound::{Bound, bound};
use crate::agreement::Agreement;
use crate::fact::{Fact, Footing};
use crate::instance::{Instance, InstanceKey, InstanceValue};
use crate::instances::Bench;
use crate::judge::{Docket, Watch};
use crate::monitor::{Tells, Told};
use crate::needed::Concern;
use crate::rule::Rule;
use crate::verdict::Standing;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::Instant;

/// The rules that lean on verdicts, states, quiet or powers: judged again as a whole when something changed.
pub(crate) struct Rest<'a> {
    concern: Concern<'a>,
    pub(crate) facts: BTreeMap<(Footing, String), Arc<Fact>>,
    told: BTreeMap<InstanceKey, Instance>,
}

impl<'a> Rest<'a> {
    /// The rules of an agreement that need this.
    pub(crate) fn of(agreement: &'a Agreement) -> Rest<'a> {
        let whole = |rule: &&Rule| matches!(bound(agreement, rule), Bound::Everything { .. });
        let rules = agreement.rules.iter().filter(whole).map(|rule| &rule.id).collect();
        Rest { concern: Concern::of_rules(agreement, rules), facts: BTreeMap::new(), told: BTreeMap::new() }
    }

    /// Takes a fact in, if one of the rules may ask about it.
    pub(crate) fn take(&mut self, fact: &Arc<Fact>) {
        if self.concern.rules.is_empty() || fact.footing == Footing::Alleged {
            return;
        }
        let key = (fact.footing, fact.id.clone());
        if self.facts.get(&key).is_some_and(|known| !known.is_before(fact)) {
            return;
        }
        if self.concern.hears(fact) {
            self.facts.insert(key, Arc::clone(fact));
        } else {
            self.facts.remove(&key);
        }
    }

    /// Judges anew, and says what changed.
    pub(crate) fn advance(&mut self, watch: &Watch<'_>, at: Instant, tells: Tells, out: &mut Vec<Told>) {
        let Concern { agreement, rules, needed, .. } = &self.concern;
        if rules.is_empty() {
            return;
        }
        let docket = Docket::of_shared(self.facts.values().cloned());
        let mut former = std::mem::take(&mut self.told);
        for footing in Footing::JUDGED {
            let bench = Bench::of_rules(agreement, docket.for_duty(footing), footing, watch, at, needed);
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
    }
}
