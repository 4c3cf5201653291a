//! One rule for one bearer, in one sector, on one footing, kept up to date as facts come, change and go.
//!
//! Takes facts one at a time; gives the instances whose outcome changed. Never looks at more than the instances whose
//! span of interest holds what changed; never lets go of an instance that is not final.

use super::tally::Tally;
use crate::bears::{Companions, Test, could_be};
use crate::fact::{Bears, Fact, Footing, Reason, Why};
use crate::held::{Asks, Held, asks};
use crate::instance::{Certificate, Instance, InstanceValue};
use crate::judge::Watch;
use crate::kinds::{instance_of_fact, surely_answered};
use crate::matter::{Mark, Marks, Matter, same};
use crate::monitor::{Tells, Told};
use crate::roll::{LineNo, Note, Roll};
use crate::rule::{First, Kernel, Pattern, Trigger, Who, Window};
use crate::timeline::{Timed, Timeline};
use crate::verdict::Standing;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::time::DAY_MS;
use terms::{Instant, Party, Side, Span};

/// What a lane needs beside its own facts.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'s> {
    pub(crate) roll: &'s Roll,
    pub(crate) watch: &'s Watch<'s>,
    pub(crate) at: Instant,
    pub(crate) tells: Tells,
}

/// A rule under one reading, for one bearer and other party, in one sector, on one footing.
pub(crate) struct Lane<'a> {
    /// Its number in its table.
    nth: u32,
    test: Test<'a>,
    window: Window,
    bearer: Option<&'a Party>,
    footing: Footing,
    asks: Asks<'a>,
    companions: Companions,
    held: Held,
    tally: Option<Tally>,
    /// What has to be looked at again.
    changed: Vec<Arc<Fact>>,
    /// What was looked at and waits for a source or for coverage.
    unsettled: Vec<Arc<Fact>>,
    told: Timeline<Spoken>,
    /// Whether any of it may be of a stretch that perhaps holds too many.
    doubtful: bool,
    /// What was told and is not final yet, by the end of its interest.
    closing: BTreeMap<Instant, Vec<Arc<Fact>>>,
    /// What was told and is of a fact that is gone or moved.
    gone: BTreeMap<String, Spoken>,
    /// Nothing from before this is held.
    pub(crate) cut: Instant,
}

/// How an answer came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    Surely,
    Perhaps,
    /// It was taken out again.
    Gone,
}

/// What was last told of a fact.
struct Spoken {
    fact: Arc<Fact>,
    instance: Arc<Instance>,
    /// Told as final.
    closed: bool,
}

impl Timed for Spoken {
    type Sum = ();

    fn span(&self) -> Span {
        self.fact.happened
    }

    fn id(&self) -> &str {
        &self.fact.id
    }
}

impl<'a> Lane<'a> {
    pub(crate) fn new(
        nth: usize,
        test: Test<'a>,
        window: Window,
        bearer: Option<&'a Party>,
        footing: Footing,
    ) -> Lane<'a> {
        let asks = asks(&test.rule.kernel).expect("invariant: only what asks for facts alone has a lane");
        let tally = if let Kernel::AtMost { number, per: Some(per), .. } = &test.rule.kernel {
            Some(Tally::new(*per, *number))
        } else {
            None
        };
        Lane {
            nth: u32::try_from(nth).expect("invariant: no agreement has so many rules"),
            companions: Companions::of(&test, &[]),
            test,
            window,
            bearer,
            footing,
            asks,
            held: Held::default(),
            tally,
            changed: Vec::new(),
            unsettled: Vec::new(),
            told: Timeline::default(),
            doubtful: false,
            closing: BTreeMap::new(),
            gone: BTreeMap::new(),
            cut: Instant::EARLIEST,
        }
    }

    /// Takes a fact in that stands on a line of the roll and lies so in the lane's sector; gives when its instance has to be looked at again because time
    /// has passed.
    pub(crate) fn put(
        &mut self,
        fact: &Arc<Fact>,
        line: LineNo,
        located: Option<Side>,
        seat: Seat<'_>,
    ) -> Option<Instant> {
        let test = Test { located, ..self.test };
        for span in self.companions.change(&test, fact, true) {
            self.weigh_again(span, seat);
        }
        let mut due = None;
        if self.may_be(self.asks.subjects, fact) {
            let plain = self.test.rule.exceptions.is_empty()
                && self.test.window.holds(fact.happened)
                && self.matches_plainly(self.asks.subjects, fact, located);
            let mark = if plain {
                Some(Mark::new(fact, Bears::Falls, self.test.rule.standard))
            } else {
                let matter = matter(&test, self.window, self.bearer, self.footing, &self.companions, seat);
                matter.subject(self.asks.subjects, fact)
            };
            if let Some(mark) = mark {
                due = self.waits().then(|| self.end_of(fact));
                // What has to wait is looked at when its time is over, unless something was said of it already.
                let in_time = due.is_some() && seat.tells == Tells::Breaches && !self.gone.contains_key(&fact.id);
                if in_time && mark.sure && self.takes_notes() {
                    seat.roll.note(line, Note::Waits(self.nth));
                }
                self.hold(mark, !in_time);
            }
        }
        if let Some(mark) = self.answer(&test, self.asks.before, fact, seat) {
            self.held.before.insert(mark);
            self.touch_after(fact, seat, true);
        }
        if let Some(mark) = self.answer(&test, self.asks.answers, fact, seat) {
            if mark.fact.about.is_none() && self.about_it() {
                self.held.loose.insert(mark.clone());
            }
            let sure = mark.sure;
            self.held.answers.insert(mark);
            self.touch_answered(fact, line, seat, if sure { Came::Surely } else { Came::Perhaps });
        }
        due
    }

    /// Takes a fact out again.
    pub(crate) fn take_out(&mut self, fact: &Arc<Fact>, line: LineNo, seat: Seat<'_>) {
        let (span, id) = (fact.happened, fact.id.as_str());
        for span in self.companions.change(&self.test, fact, false) {
            self.weigh_again(span, seat);
        }
        if let Some(mark) = self.held.subjects.remove(span, id) {
            self.count_out(&mark);
            if let Some(told) = self.told.remove(span, id) {
                self.gone.insert(fact.id.clone(), told);
            }
        }
        if self.held.before.remove(span, id).is_some() {
            self.touch_after(fact, seat, false);
        }
        self.held.loose.remove(span, id);
        if self.held.answers.remove(span, id).is_some() {
            self.touch_answered(fact, line, seat, Came::Gone);
        }
    }

    fn answer(&self, test: &Test<'a>, pattern: Option<&Pattern>, fact: &Arc<Fact>, seat: Seat<'_>) -> Option<Mark> {
        let pattern = pattern.filter(|pattern| self.may_be(pattern, fact))?;
        if self.matches_plainly(pattern, fact, test.located) {
            return Some(Mark::new(fact, Bears::Falls, self.test.rule.standard));
        }
        matter(test, self.window, self.bearer, self.footing, &self.companions, seat).answer(pattern, fact)
    }

    /// Whether it is worth asking; what this says no to would be outside.
    fn may_be(&self, pattern: &Pattern, fact: &Fact) -> bool {
        let other = |wanted: &Who, found: &Option<Party>| match (wanted, self.bearer, found) {
            (Who::Bearer, Some(bearer), Some(found)) => found != bearer,
            (Who::Named(wanted), _, Some(found)) => found != wanted,
            (Who::Bearer | Who::Named(_) | Who::Anyone | Who::Other | Who::Owed | Who::EveryParty, _, _) => false,
        };
        could_be(pattern, fact.act) && !other(&pattern.by, &fact.by) && !other(&pattern.at, &fact.at)
    }

    /// Whether a fact surely matches a pattern that asks for no more than an act, who did it, and the lane's sector: what
    /// nearly all do. What this says no to has to be asked in full.
    fn matches_plainly(&self, pattern: &Pattern, fact: &Fact, located: Option<Side>) -> bool {
        let by_whom = match (&pattern.by, self.bearer, &fact.by) {
            (Who::Anyone, _, _) => true,
            (Who::Bearer, Some(wanted), Some(found)) => wanted == found,
            (Who::Named(wanted), _, Some(found)) => wanted == found,
            (Who::Bearer | Who::Named(_) | Who::Other | Who::Owed | Who::EveryParty, _, _) => false,
        };
        let there = match (self.test.sector_zone(pattern), &pattern.sectors) {
            (Some(_), _) => located == Some(Side::Inside),
            (None, sectors) => sectors.is_none(),
        };
        by_whom
            && there
            && pattern.at == Who::Anyone
            && pattern.class.is_none()
            && pattern.zone.is_none()
            && pattern.acts.contains(&fact.act)
    }

    fn about_it(&self) -> bool {
        self.asks.answers.is_some_and(|pattern| pattern.about_it)
    }

    fn hold(&mut self, mark: Mark, look: bool) {
        let fact = Arc::clone(&mark.fact);
        let Some(tally) = &mut self.tally else {
            self.held.subjects.insert(mark);
            if look {
                self.changed.push(fact);
            }
            return;
        };
        let (excused, most) = (mark.excused().is_some(), mark.number().1);
        self.held.subjects.insert(mark);
        if excused {
            return;
        }
        let calendar = &self.test.agreement.calendar;
        self.changed.extend(tally.insert(calendar, &fact, most, &self.held.subjects));
        // What may be too many may now surely be.
        if !self.doubtful {
            return;
        }
        let stretch = self.reached_from(fact.happened);
        let doubtful = |told: &&Spoken| told.instance.value == InstanceValue::Unknown;
        self.changed.extend(self.told.touching(stretch).filter(doubtful).map(|told| Arc::clone(&told.fact)));
    }

    /// The facts of a span held against the exceptions again.
    fn weigh_again(&mut self, span: Span, seat: Seat<'_>) {
        let marks: Vec<Mark> = self.held.subjects.touching(span).cloned().collect();
        for was in marks {
            let matter = matter(&self.test, self.window, self.bearer, self.footing, &self.companions, seat);
            let mark = matter.subject(self.asks.subjects, &was.fact);
            let mark = mark.expect("invariant: an exception lets a fact pass, and it stays a subject");
            seat.roll.blank(&was.fact.id);
            self.count_out(&was);
            self.hold(mark, true);
        }
    }

    /// Counts a fact no longer; what was told of those whose stretch held it has to be looked at again.
    fn count_out(&mut self, mark: &Mark) {
        let Some(tally) = &mut self.tally else { return };
        if mark.excused().is_none() {
            tally.remove(&mark.fact, mark.number().1);
        }
        let stretch = self.reached_from(mark.fact.happened);
        self.changed.extend(self.told.touching(stretch).map(|told| Arc::clone(&told.fact)));
    }

    /// The span of those whose stretch holds a fact.
    fn reached_from(&self, span: Span) -> Span {
        let Test { rule, agreement, .. } = self.test;
        let until = rule.stretch().map_or(span.latest(), |reach| agreement.calendar.due(span.latest(), reach));
        Span::new(span.earliest(), until).expect("invariant: a term ends after it begins")
    }

    /// Whether an instance changes as time passes.
    fn waits(&self) -> bool {
        matches!(self.test.rule.kernel, Kernel::Response { .. } | Kernel::OnlyAfter { .. })
    }

    /// The last instant that could change the instance of a fact.
    fn end_of(&self, fact: &Fact) -> Instant {
        let latest = fact.happened.latest();
        let within = self.test.rule.stretch().filter(|_| self.tally.is_none());
        within.map_or(latest, |within| self.test.agreement.calendar.due(latest, within))
    }

    /// What had to be preceded by such a fact.
    fn touch_after(&mut self, fact: &Fact, seat: Seat<'_>, put: bool) {
        let due = |within| self.test.agreement.calendar.due(fact.happened.latest(), within);
        let until = self.test.rule.precedes().map_or(Instant::LATEST, due);
        let span = Span::new(fact.happened.earliest(), until).expect("invariant: a term ends after it begins");
        // One more that came first makes no breach of a thing that had to wait.
        let told_only = put && seat.tells == Tells::Breaches && self.first_comes();
        self.touch(span, told_only, |_| true);
    }

    fn first_comes(&self) -> bool {
        matches!(self.test.rule.kernel, Kernel::OnlyAfter { first: First::Fact(_), .. })
    }

    /// Whether it notes on the roll what became of a duty: where an answer names the one fact that started it.
    fn takes_notes(&self) -> bool {
        matches!(&self.test.rule.kernel,
            Kernel::Response { trigger: Trigger::Fact { preceded: None, .. }, response, .. } if response.about_it)
    }

    /// A duty of which nothing was told is surely kept by the end of its time.
    pub(crate) fn kept(&self) -> Note {
        Note::Kept(self.nth)
    }

    /// What such a fact may answer.
    fn touch_answered(&mut self, fact: &Arc<Fact>, line: LineNo, seat: Seat<'_>, came: Came) {
        // One more answer makes no breach of anything.
        let told_only = came != Came::Gone && seat.tells == Tells::Breaches;
        if self.about_it() {
            for (line, other) in seat.roll.linked_at(line) {
                let noted = seat.roll.noted(line, other);
                if told_only && (noted == Note::Waits(self.nth) || noted == self.kept()) {
                    if came == Came::Surely && self.keeps(fact, other) {
                        seat.roll.note(line, self.kept());
                    }
                    continue;
                }
                if noted == self.kept() {
                    seat.roll.note(line, Note::Blank);
                }
                let there = match told_only {
                    true => self.told.get(other.happened, &other.id).is_some(),
                    false => self.held.subjects.get(other.happened, &other.id).is_some(),
                };
                if there {
                    self.changed.push(Arc::clone(other));
                }
            }
            if fact.about.is_some() {
                return;
            }
        }
        let Some(reach) = self.test.rule.stretch() else { return };
        let from = self.test.agreement.calendar.before(fact.happened.earliest(), reach).shifted(-DAY_MS);
        let span = Span::new(from, fact.happened.latest()).expect("invariant: before is before");
        let loose = self.about_it();
        self.touch(span, told_only, |subject| !loose || subject.about.is_none());
    }

    /// Whether an answer came in time for what it answers.
    fn keeps(&self, answer: &Fact, trigger: &Fact) -> bool {
        let Some(within) = self.test.rule.stretch() else { return false };
        let due = self.test.agreement.calendar.due(trigger.happened.earliest(), within);
        let span = answer.happened;
        span.earliest() >= trigger.happened.latest() && span.latest() <= due && !same(answer, trigger)
    }

    fn touch(&mut self, span: Span, told_only: bool, of: impl Fn(&Fact) -> bool) {
        let changed = &mut self.changed;
        let mut note = |fact: &Arc<Fact>| {
            if of(fact) {
                changed.push(Arc::clone(fact));
            }
        };
        if told_only {
            self.told.touching(span).for_each(|told| note(&told.fact));
        } else {
            self.held.subjects.touching(span).for_each(|mark| note(&mark.fact));
        }
    }

    /// Whether there is something to look at.
    pub(crate) fn is_changed(&self) -> bool {
        !self.changed.is_empty() || !self.gone.is_empty()
    }

    /// Looks at everything that changed.
    pub(crate) fn look(&mut self, seat: Seat<'_>, out: &mut Vec<Told>) {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable_by(|a, b| (a.happened, &a.id).cmp(&(b.happened, &b.id)));
        changed.dedup_by(|a, b| Arc::ptr_eq(a, b));
        for fact in changed {
            self.look_at(&fact, seat, out);
        }
        for (_, spoken) in std::mem::take(&mut self.gone) {
            out.push(withdrawn(spoken, InstanceValue::Void));
        }
    }

    /// Whether what ends then is over, and all that came in until then is known.
    pub(crate) fn is_ripe(&self, end: Instant, seat: Seat<'_>) -> bool {
        // A duty may still be kept in its last instant; what had to wait is decided in its own.
        let over = if self.test.rule.stretch().is_some() { end < seat.at } else { end <= seat.at };
        over && end <= seat.watch.known_until
    }

    /// Looks again at what waited for a source or for coverage.
    pub(crate) fn settle(&mut self, seat: Seat<'_>, out: &mut Vec<Told>) {
        for fact in std::mem::take(&mut self.unsettled) {
            self.look_at(&fact, seat, out);
        }
    }

    /// Whether anything waits for a source or for coverage.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.unsettled.is_empty()
    }

    /// Looks at the instance of one fact.
    pub(crate) fn look_at(&mut self, fact: &Arc<Fact>, seat: Seat<'_>, out: &mut Vec<Told>) {
        let Some(mark) = self.held.subjects.get(fact.happened, &fact.id) else { return };
        if !Arc::ptr_eq(&mark.fact, fact) {
            return;
        }
        let running = self.waits() && !self.is_ripe(self.end_of(fact), seat);
        let former = self.told.remove(fact.happened, &fact.id).or_else(|| self.gone.remove(&fact.id));
        if running && former.is_none() && seat.tells == Tells::Breaches {
            return;
        }
        let matter = matter(&self.test, self.window, self.bearer, self.footing, &self.companions, seat);
        if former.is_none()
            && seat.tells == Tells::Breaches
            && mark.sure
            && surely_answered(&matter, &self.held, &mark.fact)
        {
            return;
        }
        let instance = instance_of_fact(&matter, &self.held, mark);
        let Some(mut instance) = instance else {
            if let Some(tally) = &mut self.tally {
                tally.settle(fact);
            }
            if let Some(former) = former {
                let value = if self.waits() { InstanceValue::Void } else { InstanceValue::Met };
                out.push(withdrawn(former, value));
            }
            return;
        };
        let waits_to_be_seen = |reason: &Reason| reason.why == Why::Coverage;
        if instance.certificate.reasons.iter().any(waits_to_be_seen) {
            self.unsettled.push(Arc::clone(fact));
        }
        let wanted = seat.tells.wants(&instance);
        let Some(former) = former else {
            if wanted {
                if self.takes_notes() {
                    seat.roll.blank(&fact.id);
                }
                self.tell(fact, instance, None, out);
            }
            return;
        };
        if former.instance.says_as(&instance) {
            self.told.insert(Spoken { fact: Arc::clone(fact), ..former });
            return;
        }
        if former.closed {
            instance.version = former.instance.version + 1;
            instance.standing = Standing::Amended;
        }
        self.tell(fact, instance, Some(former), out);
    }

    fn tell(&mut self, fact: &Arc<Fact>, instance: Instance, former: Option<Spoken>, out: &mut Vec<Told>) {
        let closed = former.as_ref().is_some_and(|former| former.closed);
        let was = former.map(|former| former.instance.value);
        if !closed {
            self.closing.entry(self.end_of(fact)).or_default().push(Arc::clone(fact));
        }
        self.doubtful |= instance.value == InstanceValue::Unknown;
        let instance = Arc::new(instance);
        self.told.insert(Spoken { fact: Arc::clone(fact), instance: Arc::clone(&instance), closed });
        out.push(Told { instance, was });
    }

    /// Whether something told is not final yet.
    pub(crate) fn is_telling(&self) -> bool {
        !self.closing.is_empty()
    }

    /// The last instant for whose instances the time for corrections has run out.
    fn settled_until(&self, seat: Seat<'_>) -> Instant {
        let matter = matter(&self.test, self.window, self.bearer, self.footing, &self.companions, seat);
        let known = matter.known_until().min(seat.at);
        self.test.agreement.calendar.before(known, self.test.rule.final_after)
    }

    /// Says that it is final of everything told whose time for corrections has run out.
    pub(crate) fn close(&mut self, seat: Seat<'_>, out: &mut Vec<Told>) {
        let settled = self.settled_until(seat);
        while let Some(first) = self.closing.first_entry().filter(|first| *first.key() <= settled) {
            for fact in first.remove() {
                let current = self.told.get(fact.happened, &fact.id).filter(|told| Arc::ptr_eq(&told.fact, &fact));
                if current.is_none_or(|told| told.closed) {
                    continue;
                }
                let mut spoken = self.told.remove(fact.happened, &fact.id).expect("invariant: it was just there");
                spoken.closed = true;
                // Nobody else holds it any more, as a rule, and then nothing is copied.
                Arc::make_mut(&mut spoken.instance).standing = Standing::Final;
                let was = Some(spoken.instance.value);
                out.push(Told { instance: Arc::clone(&spoken.instance), was });
                self.told.insert(spoken);
            }
        }
    }

    /// Lets go of what can change no instance that is not final.
    pub(crate) fn forget(&mut self, seat: Seat<'_>) {
        let rule = self.test.rule;
        let calendar = &self.test.agreement.calendar;
        // A day to spare, since civil days are not all of one length.
        let mut cut = self.settled_until(seat).shifted(-DAY_MS - self.held.subjects.longest_ms());
        let looked_back = rule.look_backs().map(|(within, _)| within);
        for length in rule.stretch().into_iter().chain(rule.precedes()).chain(looked_back) {
            cut = calendar.before(cut, length);
        }
        if cut <= self.cut {
            return;
        }
        self.cut = cut;
        self.companions.forget(cut);
        let Held { subjects, .. } = &mut self.held;
        let tally = &mut self.tally;
        subjects.forget_each(cut, |mark| {
            if let Some(tally) = tally.as_mut().filter(|_| mark.excused().is_none()) {
                tally.let_go(mark.number().1);
            }
        });
        let before = if self.first_comes() { &mut Marks::default() } else { &mut self.held.before };
        for marks in [before, &mut self.held.answers, &mut self.held.loose] {
            marks.forget(cut);
        }
        self.told.forget(cut);
        let told = |told: &Spoken| told.instance.value == InstanceValue::Unknown;
        self.doubtful = self.doubtful && self.told.iter().any(told);
        if let Some(tally) = &mut self.tally {
            tally.forget(cut, self.told.len() == 0);
        }
        self.unsettled.retain(|fact| fact.happened.latest() >= cut);
    }

    /// How many facts are held, a fact of two parts counted twice.
    pub(crate) fn held(&self) -> usize {
        self.held.subjects.len() + self.held.before.len() + self.held.answers.len()
    }
}

/// What was told and is of nothing any more.
fn withdrawn(former: Spoken, value: InstanceValue) -> Told {
    let was = former.instance.value;
    let becomes =
        if value == InstanceValue::Void { "was withdrawn, or is no longer what it was" } else { "breaks nothing" };
    let text = format!("{} {becomes}", former.fact.id);
    let reasons = vec![Reason::new(Why::Kind, text)];
    let amended = if former.closed { Standing::Amended } else { former.instance.standing };
    let version = former.instance.version + u32::from(former.closed);
    let certificate = Certificate { reasons, ..Certificate::default() };
    let former = Arc::unwrap_or_clone(former.instance);
    let instance = Instance { value, standing: amended, version, certificate, margin: None, ..former };
    Told { instance: Arc::new(instance), was: Some(was) }
}

/// The lane's rule before the facts of a seat.
fn matter<'m>(
    test: &Test<'m>,
    window: Window,
    bearer: Option<&'m Party>,
    footing: Footing,
    companions: &'m Companions,
    seat: Seat<'m>,
) -> Matter<'m> {
    let Seat { roll, watch, at, .. } = seat;
    let facts: &[Arc<Fact>] = &[];
    Matter { test: *test, window, bearer, footing, facts, roll, companions, suspended: &[], watch, at }
}
