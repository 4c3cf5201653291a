//! The history of one rule: how what is said of it went through the mission's time, as steps, each with what changed it.
//!
//! Takes the state, a rule, which of two questions is asked, an instant and a reader; gives strips of steps, one for each
//! reading, bearer and footing, and one for the margin of the text. Judges at a bounded number of instants and says how
//! closely each step is known. Never mixes what was said then with what is known now.

mod groups;
mod past;
mod why;

pub use why::{Because, Why};

use crate::state::Mission;
use crate::view::Reader;
use clause::{Agreement, Footing, Rule, Standing, Value};
use past::{Judgement, Key, Past};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use terms::time::MINUTE_MS;
use terms::{Chance, Instant, Label, Party};

/// Which of two questions a history answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Account {
    /// What was said at each instant, with what was known by then: what a bulletin of that day said.
    AsJudgedThen,
    /// What is to be said about each instant, with all that is known now.
    AsOfNow,
}

/// How what is said of one rule went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct History {
    /// Which question it answers.
    pub account: Account,
    /// Where it begins.
    pub from: Instant,
    /// Where it ends: what is known then is all that is known.
    pub until: Instant,
    /// What the margin of the text showed.
    pub margin: Vec<Step>,
    /// One for each reading, bearer and footing, in that order.
    pub strips: Vec<Strip>,
    /// At how many instants it was judged.
    pub judged: usize,
    /// At how many something came in or an edge of time was passed.
    pub happenings: usize,
}

/// How one verdict of the rule went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Strip {
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// Whom it is about.
    pub bearer: Option<Party>,
    /// On what footing.
    pub footing: Footing,
    /// In order of time.
    pub steps: Vec<Step>,
}

/// From when on a verdict read so, until the next step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The last instant judged at which it read otherwise; the beginning itself for the first step.
    pub after: Instant,
    /// The first instant judged at which it read so.
    pub from: Instant,
    /// What it read; `None` where the text that governed had no such verdict.
    pub stands: Option<Stands>,
    /// What changed it, the weightiest first.
    pub because: Vec<Because>,
}

/// What a verdict read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stands {
    /// The value.
    pub value: Value,
    /// Whether that could still change; `None` for the margin, which sums up several.
    pub standing: Option<Standing>,
    /// What it read when it became final, where it was amended since.
    pub was: Option<Value>,
    /// The verdict's own sentence.
    pub summary: String,
    /// How much was watched, where that was asked.
    pub watched: Option<Chance>,
}

/// No history is judged at more instants.
const JUDGED_MOST: usize = 72;
/// Nor at fewer, however long the log.
const JUDGED_LEAST: usize = 24;
/// So many reports and looks are gone through in all, as long as the least allows it.
const WORK_MOST: usize = 1 << 20;
/// So many edges, and acts of people, are always looked at; of more, these at even steps.
const FIXED_MOST: usize = 16;

impl Mission {
    /// The history of a rule up to an instant, for a reader; nothing where no text known by then has such a rule.
    #[must_use]
    pub fn history(&self, rule: &Label, account: Account, as_of: Instant, reader: Reader) -> Option<History> {
        let texts: Vec<&Agreement> = self
            .agreements
            .iter()
            .filter(|held| held.received_at <= as_of)
            .map(|held| &held.what.agreement)
            .filter(|agreement| agreement.rule(rule).is_some())
            .collect();
        let from = self.begins(&texts, rule, account, as_of)?;
        let past = Past::of(self, rule.clone(), account, as_of, reader);
        let fixed = self.fixed(&texts, rule, account, from, as_of);
        let came = past.observed_from.iter().chain(&fixed).copied().chain(past.looked_from());
        let mut happenings: Vec<Instant> = came.filter(|at| *at > from && *at < as_of).collect();
        happenings.sort_unstable();
        happenings.dedup();
        let load = past.load();
        let most = (WORK_MOST / load).clamp(JUDGED_LEAST, JUDGED_MOST);
        let mut course = Course { past, judged: BTreeMap::new(), happenings, most };
        course.sample(from, as_of, &fixed);
        course.halve();
        Some(course.told(from, as_of))
    }

    /// Where a history begins: when the first such text came in; about then, not later than its first window.
    fn begins(&self, texts: &[&Agreement], rule: &Label, account: Account, as_of: Instant) -> Option<Instant> {
        let has = |agreement: &Agreement| agreement.rule(rule).is_some();
        let came =
            self.agreements.iter().filter(|held| has(&held.what.agreement)).map(|held| held.received_at).min()?;
        let first = match account {
            Account::AsJudgedThen => came,
            Account::AsOfNow => {
                let windows = texts.iter().filter_map(|text| text.rule(rule)).flat_map(|rule| rule.windows.values());
                let opens = windows.map(|window| window.from).chain(texts.iter().filter_map(|text| text.in_force));
                opens.chain([came]).min().unwrap_or(came)
            }
        };
        (came <= as_of).then_some(first.min(as_of))
    }

    /// The edges of windows and versions, and where the question is what was said then, the acts of people.
    fn fixed(
        &self,
        texts: &[&Agreement],
        rule: &Label,
        account: Account,
        from: Instant,
        as_of: Instant,
    ) -> Vec<Instant> {
        let mut fixed: BTreeSet<Instant> = BTreeSet::new();
        let known = self.agreements.iter().filter(|held| held.received_at <= as_of);
        fixed.extend(known.filter_map(|held| held.what.agreement.in_force));
        for text in texts {
            if let Some(rule) = text.rule(rule) {
                fixed.extend(text.readings_of(rule).iter().flat_map(|reading| edges(text, rule, reading)));
            }
        }
        if account == Account::AsJudgedThen {
            // Those that came in later than what is asked about are left out below.
            fixed.extend(self.agreements.iter().map(|held| held.received_at));
            fixed.extend(self.findings.iter().map(|held| held.received_at));
            fixed.extend(self.attributions.iter().map(|held| held.received_at));
            fixed.extend(self.rulings.iter().map(|held| held.received_at));
            fixed.extend(self.detections.iter().map(|held| held.received_at));
        }
        fixed.into_iter().filter(|at| *at > from && *at < as_of).collect()
    }
}

/// The first instant of a rule's window, the first after it, and when what is said of it is final.
fn edges(agreement: &Agreement, rule: &Rule, reading: &clause::Reading) -> Vec<Instant> {
    let Some(window) = rule.window(reading) else { return Vec::new() };
    let after = window.until.map(|until| until.shifted(1));
    [Some(window.from), after, agreement.closes(rule, reading)].into_iter().flatten().collect()
}

/// What was said, at the instants judged so far.
struct Course<'m> {
    past: Past<'m>,
    judged: BTreeMap<Instant, Judgement>,
    /// When something came in, or an edge of time was passed.
    happenings: Vec<Instant>,
    most: usize,
}

impl Course<'_> {
    fn judge(&mut self, at: Instant) {
        if let Entry::Vacant(place) = self.judged.entry(at) {
            place.insert(self.past.judge(at));
        }
    }

    /// Judges at the ends, at what is fixed, and at even steps among the rest; half of what is allowed.
    fn sample(&mut self, from: Instant, as_of: Instant, fixed: &[Instant]) {
        let free = even(&self.happenings, (self.most / 2).saturating_sub(FIXED_MOST.min(fixed.len())));
        let at: BTreeSet<Instant> = [from, as_of].into_iter().chain(even(fixed, FIXED_MOST)).chain(free).collect();
        at.into_iter().for_each(|at| self.judge(at));
    }

    /// Halves what lies between two instants that read differently, until what changed it is known or enough is judged.
    fn halve(&mut self) {
        let known: Vec<Instant> = self.judged.keys().copied().collect();
        let mut pairs: VecDeque<(Instant, Instant)> = known.windows(2).map(|pair| (pair[0], pair[1])).collect();
        while let Some((before, after)) = pairs.pop_front() {
            if self.judged.len() >= self.most {
                return;
            }
            if !self.judged[&before].differs(&self.judged[&after]) {
                continue;
            }
            if let Some(middle) = self.middle(before, after) {
                self.judge(middle);
                pairs.extend([(before, middle), (middle, after)]);
            }
        }
    }

    /// An instant between: of what came in, the middle one; where nothing did, what time alone changed is looked for.
    fn middle(&self, before: Instant, after: Instant) -> Option<Instant> {
        let first = self.happenings.partition_point(|at| *at <= before);
        let last = self.happenings.partition_point(|at| *at < after);
        let gap_ms = after.ms() - before.ms();
        if first < last {
            return Some(self.happenings[first + (last - first) / 2]);
        }
        if gap_ms <= MINUTE_MS {
            return None;
        }
        let came = self.happenings.get(last).is_some_and(|at| *at == after);
        Some(if came { after.shifted(-1) } else { before.shifted(gap_ms / 2) })
    }

    fn told(self, from: Instant, until: Instant) -> History {
        let keys: BTreeSet<Key> = self.judged.values().flat_map(|judgement| judgement.said.keys().cloned()).collect();
        let strips = keys.into_iter().map(|key| Strip {
            steps: self.steps(|judgement| self.stands(judgement, &key), Some(&key)),
            reading: key.0.clone(),
            bearer: key.1.clone(),
            footing: key.2,
        });
        let margin = |judgement: &Judgement| {
            judgement.margin.map(|value| Stands {
                value,
                standing: None,
                was: None,
                summary: String::new(),
                watched: None,
            })
        };
        History {
            account: self.past.account,
            from,
            until,
            margin: self.steps(margin, None),
            strips: strips.collect(),
            judged: self.judged.len(),
            happenings: self.happenings.len(),
        }
    }

    fn stands(&self, judgement: &Judgement, key: &Key) -> Option<Stands> {
        let said = judgement.said.get(key)?;
        Some(Stands {
            value: said.value,
            standing: Some(said.standing),
            was: said.was,
            summary: said.summary.clone(),
            watched: said.watched,
        })
    }

    fn steps(&self, stands: impl Fn(&Judgement) -> Option<Stands>, key: Option<&Key>) -> Vec<Step> {
        let gist = |stands: &Option<Stands>| stands.as_ref().map(|stands| (stands.value, stands.standing));
        let mut steps: Vec<Step> = Vec::new();
        let mut before: Option<(Instant, &Judgement)> = None;
        for (at, judgement) in &self.judged {
            let now = stands(judgement);
            let same = match steps.last() {
                Some(step) => gist(&step.stands) == gist(&now),
                None => now.is_none(),
            };
            if !same {
                steps.push(Step {
                    after: before.map_or(*at, |(at, _)| at),
                    from: *at,
                    because: why::why(&self.past, before, (*at, judgement), key),
                    stands: now,
                });
            }
            before = Some((*at, judgement));
        }
        steps
    }
}

/// At most so many of them, at even steps.
fn even(instants: &[Instant], most: usize) -> Vec<Instant> {
    let taken = instants.len().min(most);
    (0..taken).map(|nth| instants[nth * instants.len() / taken]).collect()
}
