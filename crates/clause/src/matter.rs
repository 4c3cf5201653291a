//! One rule under one reading, for one bearer, on one footing: what is held against facts to make instances.
//!
//! Takes the facts of one footing and what was watched; gives the facts that match a pattern, in order of time, and
//! whether one that nobody told could have gone unseen. Never judges.

use crate::agreement::Agreement;
use crate::bears::{Companions, Test, could_be};
use crate::fact::{Bears, Fact, Footing, Reason, Why};
use crate::instance::{Absence, InstanceKey, Occasion};
use crate::judge::{Heard, Watch, lookers, thin};
use crate::roll::Roll;
use crate::rule::{Kernel, Pattern, Rule, Trigger, Window};
use crate::timeline::{Timed, Timeline};
use coverage::coverage;
use std::sync::Arc;
use terms::{Act, Chance, Count, Instant, Label, Party, Span};

/// What instances are made of.
pub(crate) struct Matter<'a> {
    pub(crate) test: Test<'a>,
    pub(crate) window: Window,
    pub(crate) bearer: Option<&'a Party>,
    pub(crate) footing: Footing,
    /// In order of time.
    pub(crate) facts: &'a [Arc<Fact>],
    /// The same, by id and by what they are about.
    pub(crate) roll: &'a Roll,
    pub(crate) companions: &'a Companions,
    /// The spans in which the rule is out of force.
    pub(crate) suspended: &'a [Span],
    pub(crate) watch: &'a Watch<'a>,
    pub(crate) at: Instant,
}

/// A fact that matches a pattern, surely or possibly, or would but for an exception.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) fact: Arc<Fact>,
    /// Why it matches only possibly, or but for an exception; nearly all match, and lists of marks are long.
    unless: Option<Box<Bears>>,
    /// How many it stands for: at least, and at most.
    number: (u32, Option<u32>),
    /// Whether it matches, and is held at the rule's standard.
    pub(crate) sure: bool,
}

/// How many marks stand for, all of them sure: at least, and at most.
#[derive(Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) least: u64,
    pub(crate) most: Option<u64>,
}

impl Timed for Mark {
    type Sum = Numbers;

    fn span(&self) -> Span {
        self.fact.happened
    }

    fn id(&self) -> &str {
        &self.fact.id
    }

    fn sum(all: &[Mark]) -> Option<Numbers> {
        let add = |sum: Numbers, mark: &Mark| {
            let (least, most) = mark.number();
            let most = sum.most.zip(most).map(|(most, more)| most + more);
            mark.sure.then_some(Numbers { least: sum.least + least, most })
        };
        all.iter().try_fold(Numbers { least: 0, most: Some(0) }, add)
    }
}

impl Mark {
    pub(crate) fn new(fact: &Arc<Fact>, bears: Bears, standard: Chance) -> Mark {
        let falls = bears == Bears::Falls;
        let (least, most) = number(fact.count, Some(1));
        Mark {
            fact: Arc::clone(fact),
            unless: (!falls).then(|| Box::new(bears)),
            number: (least, most),
            sure: falls && fact.chance >= standard,
        }
    }

    /// Whether it matches, surely or not.
    pub(crate) fn bears(&self) -> &Bears {
        self.unless.as_deref().unwrap_or(&Bears::Falls)
    }

    /// How many it stands for, one that was not counted for one: at least, and at most (`None` for any number).
    pub(crate) fn number(&self) -> (u64, Option<u64>) {
        (self.number.0.into(), self.number.1.map(u64::from))
    }

    /// The exception that lets it pass.
    pub(crate) fn excused(&self) -> Option<&Reason> {
        if let Bears::Outside(reason) = self.bears() { Some(reason) } else { None }
    }

    /// Why it does not surely count.
    pub(crate) fn doubts(&self, standard: Chance) -> Vec<Reason> {
        match self.bears() {
            Bears::Undetermined(reasons) => reasons.clone(),
            Bears::Falls if !self.sure => {
                let text = format!("{} is held at {}, and the standard is {standard}", self.fact.id, self.fact.chance);
                vec![Reason::new(Why::Standard, text)]
            }
            Bears::Falls | Bears::Outside(_) => Vec::new(),
        }
    }
}

impl<'a> Matter<'a> {
    pub(crate) fn agreement(&self) -> &'a Agreement {
        self.test.agreement
    }

    pub(crate) fn rule(&self) -> &'a Rule {
        self.test.rule
    }

    pub(crate) fn key(&self, of: Occasion) -> InstanceKey {
        let rule = self.rule();
        InstanceKey {
            rule: rule.id.clone(),
            reading: rule.depends_on_reading.then(|| self.test.reading.id.clone()),
            bearer: self.bearer.cloned(),
            owed: self.test.owed.cloned(),
            footing: self.footing,
            sector: self.test.sector.map(|sector| sector.name.clone()),
            of,
        }
    }

    /// The facts in the window that match, with those that an exception lets pass.
    pub(crate) fn subjects(&self, pattern: &Pattern) -> Marks {
        self.facts.iter().filter_map(|fact| self.subject(pattern, fact)).collect()
    }

    /// A fact in the window that matches, or would but for an exception.
    pub(crate) fn subject(&self, pattern: &Pattern, fact: &Arc<Fact>) -> Option<Mark> {
        self.mark(pattern, fact, || {
            self.test
                .substance(pattern, fact, self.bearer)
                .and(|| self.test.in_window(fact))
                .and(|| self.in_force(fact.happened))
                .and(|| self.test.concerns(pattern, fact, self.bearer, self.companions))
        })
    }

    /// The facts that match, whenever they happened.
    pub(crate) fn answers(&self, pattern: &Pattern) -> Marks {
        self.facts.iter().filter_map(|fact| self.answer(pattern, fact)).collect()
    }

    /// A fact that matches, whenever it happened.
    pub(crate) fn answer(&self, pattern: &Pattern, fact: &Arc<Fact>) -> Option<Mark> {
        self.mark(pattern, fact, || {
            self.test
                .substance(pattern, fact, self.bearer)
                .and(|| self.test.people(pattern, fact, fact.by.as_ref(), self.bearer))
        })
    }

    fn mark(&self, pattern: &Pattern, fact: &Arc<Fact>, bears: impl Fn() -> Bears) -> Option<Mark> {
        if !could_be(pattern, fact.act) {
            return None;
        }
        let bears = bears();
        let counts = match &bears {
            Bears::Falls | Bears::Undetermined(_) => true,
            Bears::Outside(reason) => reason.why == Why::Exception,
        };
        counts.then(|| Mark::new(fact, bears, self.rule().standard))
    }

    /// Whether the rule is in force throughout a span.
    pub(crate) fn in_force(&self, span: Span) -> Bears {
        if self.suspended.iter().any(|off| off.holds(span)) {
            return Bears::outside(Why::Time, "the rule was suspended");
        }
        match self.suspended.iter().any(|off| off.meet(span).is_some()) {
            true => Bears::unknown(Why::Time, "the rule was suspended for a part of that time"),
            false => Bears::Falls,
        }
    }

    /// The part of the window that has passed; `None` before it begins.
    pub(crate) fn passed(&self) -> Option<Span> {
        Span::new(self.window.from, self.window.until.map_or(self.at, |until| until.min(self.at)))
    }

    /// Why something of the pattern might have happened in that span and not be known; `None` if it could not.
    pub(crate) fn unseen(&self, pattern: &Pattern, during: Span) -> Option<Reason> {
        let civil = |instant| self.agreement().civil(instant);
        let reason = |text: String| Some(Reason::new(Why::Coverage, text));
        for heard in self.listens(&pattern.acts.iter().copied().collect::<Vec<_>>()) {
            if let Some(silent) = heard.silent.iter().find_map(|silent| silent.meet(during)) {
                return reason(format!("`{}` was silent from {}", heard.source, civil(silent.earliest())));
            }
            if heard.until < during.latest() {
                return reason(format!("`{}` is known only until {}", heard.source, civil(heard.until)));
            }
        }
        if self.watch.known_until < during.latest() {
            return reason(format!("the record is known only until {}", civil(self.watch.known_until)));
        }
        if pattern.acts.iter().all(|act| act.of_record()) {
            return None;
        }
        if self.footing != Footing::Proposed {
            return reason(format!("nothing is {} either way", self.footing.word()));
        }
        let zone = pattern.zone.as_ref().and_then(|zone| self.agreement().zone(zone, self.test.reading, self.bearer));
        let area = self.test.sector_zone(pattern).or(zone).map(|zone| &zone.area);
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        let watched = coverage(area, &acts, during, &self.watch.looks());
        let needed = self.agreement().keep_threshold;
        (!watched.suffices(needed))
            .then(|| Reason::new(Why::Coverage, thin(&watched, needed, &lookers(self.watch, Some(&watched)))))
    }

    /// The sources that the text plans for such acts, of which something is known apart.
    fn listens(&self, acts: &[Act]) -> impl Iterator<Item = &'a Heard> {
        listens(self.agreement(), self.watch, acts)
    }

    /// Up to when everything that bears on the rule is known.
    pub(crate) fn known_until(&self) -> Instant {
        known_until(self.agreement(), self.rule(), self.watch)
    }

    /// That nothing of the pattern is known in a span: for a certificate. `looked_at` lie in it or next to it.
    pub(crate) fn absence(&self, pattern: &Pattern, during: Span, looked_at: &[&Mark]) -> Absence {
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        let mut known_until: Vec<(Label, Instant)> =
            self.listens(&acts).map(|heard| (heard.source.clone(), heard.until)).collect();
        known_until.push((Label::new("record").expect("invariant: a label"), self.watch.known_until));
        known_until.sort();
        let miss = |mark: &Mark| {
            let span = mark.fact.happened;
            if span.earliest() > during.latest() {
                span.earliest().ms() - during.latest().ms()
            } else {
                (span.latest().ms() - during.earliest().ms()).min(0)
            }
        };
        let outside = looked_at.iter().filter(|mark| mark.fact.happened.meet(during).is_none());
        // What came too late explains more than what came too early.
        let near = |(ms, mark): &(i64, &&Mark)| (*ms < 0, ms.abs(), mark.fact.id.clone());
        let nearest = outside.map(|mark| (miss(mark), mark)).min_by_key(near);
        Absence {
            of: pattern.event.clone(),
            during,
            known_until,
            examined: u32::try_from(looked_at.len()).unwrap_or(u32::MAX),
            nearest: nearest.map(|(ms, mark)| (mark.fact.id.clone(), ms)),
        }
    }
}

fn listens<'a>(agreement: &'a Agreement, watch: &'a Watch<'_>, acts: &[Act]) -> impl Iterator<Item = &'a Heard> {
    let planned = agreement.planned.iter().filter(|source| acts.iter().any(|act| source.acts.contains(act)));
    let names: Vec<&Label> = planned.map(|source| &source.name).collect();
    watch.heard.iter().filter(move |heard| names.contains(&&heard.source))
}

/// Up to when every source is known on which what is said of a rule hangs.
pub(crate) fn known_until(agreement: &Agreement, rule: &Rule, watch: &Watch<'_>) -> Instant {
    if watch.heard.is_empty() {
        return watch.known_until;
    }
    let acts = acts_of(agreement, rule);
    listens(agreement, watch, &acts).map(|heard| heard.until).fold(watch.known_until, Instant::min)
}

/// Every act that what is said of a rule hangs on: those it asks about, those its exceptions look back at, and those of
/// the rules that it leans on.
fn acts_of(agreement: &Agreement, rule: &Rule) -> Vec<Act> {
    let patterns = agreement.patterns_of(rule);
    let mut acts: Vec<Act> = patterns.into_iter().flat_map(|pattern| pattern.acts.iter().copied()).collect();
    if let Kernel::Response { trigger: Trigger::Quiet { verified_by: Some(_), .. }, .. } = &rule.kernel {
        acts.push(Act::Verification);
    }
    for on in rule.references() {
        let on = agreement.rule(&on).expect("invariant: a checked rule leans on checked rules");
        acts.extend(acts_of(agreement, on));
    }
    acts
}

/// Whether one fact is about the other.
pub(crate) fn linked(one: &Fact, other: &Fact) -> Bears {
    if one.about.as_deref() == Some(&other.id) || other.about.as_deref() == Some(&one.id) {
        Bears::Falls
    } else if one.about.is_none() && other.about.is_none() {
        Bears::unknown(Why::Kind, format!("{} does not say what it is about", one.id))
    } else {
        Bears::outside(Why::Kind, format!("{} is about something else", one.id))
    }
}

/// The facts that match a pattern, in order of time.
pub(crate) type Marks = Timeline<Mark>;

/// Whether two facts are the same one.
pub(crate) fn same(one: &Fact, other: &Fact) -> bool {
    one.id == other.id
}

/// How many a fact stands for: at least, and at most (`None` for any number).
pub(crate) fn number(count: Count, absent_most: Option<u32>) -> (u32, Option<u32>) {
    match (count.least(), count.most()) {
        (None, None) if count.best().is_none() => (1, absent_most),
        (least, most) => (least.or(count.best()).unwrap_or(1), most),
    }
}
