//! From a rule as written to a rule as checked: names looked up, times settled under every reading.
//!
//! Takes a parsed rule with its exceptions and the tables of names; gives the rule, or the first remark that stops it.
//! Never keeps a rule with a hole in it.

use crate::agreement::{PlannedSource, Reading, State};
use crate::calendar::{Calendar, Duration, Trouble};
use crate::definitions::{Definitions, own_moments, undefined};
use crate::front::Front;
use crate::remark::{Code, Remark, Remarks, remark};
use crate::rule::{
    Bearer, Decided, Effect, Exception, ExceptionTest, First, Kernel, OnVerdict, Pattern, Power, Release, Rule,
    Trigger, Who, Window,
};
use crate::said::said;
use crate::syntax::{
    BearerText, EffectText, ExceptText, FirstText, KernelText, Moment, Name, PatternText, PowerText, RuleText,
    SourceText, Time, TriggerText, VerdictText,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terms::{Act, Chance, Instant, Label, Party};

type Resolved<T> = Result<T, Remark>;

/// Which end of a civil day is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edge {
    /// Its first instant.
    Begin,
    /// Its last millisecond.
    End,
}

/// The name of the reading that is the text itself.
pub(crate) const AS_WRITTEN: &str = "as-written";

/// Looks names up for rules.
pub(crate) struct Resolver<'a> {
    pub(crate) front: &'a Front,
    pub(crate) names: &'a Definitions,
    /// The names of all rules, also of those further down.
    pub(crate) rules: &'a BTreeSet<String>,
}

/// What the words for people mean in a rule.
#[derive(Clone, Copy)]
struct People {
    /// It is owed to somebody: `party` is that one.
    owed: bool,
    /// It binds whoever acts: nobody's name is asked for.
    alone: bool,
}

/// A rule's statements: its first, and the lines under it.
pub(crate) struct RuleLines<'a> {
    pub(crate) rule: &'a RuleText,
    pub(crate) excepts: Vec<(&'a Name, &'a [ExceptText])>,
    pub(crate) released: Vec<(&'a Name, &'a Name)>,
    pub(crate) otherwise: Option<&'a Name>,
    pub(crate) standard: Option<Chance>,
    pub(crate) final_after: Option<Duration>,
    pub(crate) confirmed: Option<String>,
    pub(crate) anchor: String,
    pub(crate) span: Range<usize>,
    pub(crate) paragraph: Range<usize>,
}

fn label_of(name: &Name) -> Label {
    Label::new(&name.text).expect("invariant: the grammar took it as a label")
}

impl Resolver<'_> {
    /// The checked rule.
    pub(crate) fn rule(&self, lines: &RuleLines<'_>, remarks: &mut Remarks) -> Resolved<Rule> {
        let written = lines.rule;
        let bearer = self.bearer(&written.bearer, &written.id)?;
        let owed = written.owed.as_ref().map(|owed| self.bearer(owed, &written.id)).transpose()?;
        let people = People { owed: owed.is_some(), alone: bearer == Bearer::All };
        let kernel = self.kernel(&written.kernel, people)?;
        let mut exceptions = Vec::new();
        for (label, tests) in &lines.excepts {
            let tests = tests.iter().map(|test| self.test(test, people)).collect::<Resolved<_>>()?;
            exceptions.push(Exception { label: label_of(label), tests });
        }
        let release = |(rule, by): &(&Name, &Name)| {
            self.names_rule(rule)?;
            Ok(Release { rule: label_of(rule), by: self.who(by, people)? })
        };
        let released = lines.released.iter().map(release).collect::<Resolved<_>>()?;
        let text_only = matches!(kernel, Kernel::TextOnly { .. });
        let depends_on_reading = !text_only && self.depends_on_reading(written, &kernel, &exceptions);
        let windows = if text_only { BTreeMap::new() } else { self.windows(written, depends_on_reading, remarks)? };
        Ok(Rule {
            id: label_of(&written.id),
            anchor: lines.anchor.clone(),
            span: lines.span.clone(),
            paragraph: lines.paragraph.clone(),
            bearer,
            owed,
            kernel,
            exceptions,
            released,
            otherwise: lines.otherwise.map(label_of),
            standard: lines.standard.unwrap_or(self.front.standard),
            final_after: lines.final_after.unwrap_or(self.front.final_after),
            confirmed: lines.confirmed.clone(),
            windows,
            depends_on_reading,
        })
    }

    /// The checked power.
    pub(crate) fn power(&self, written: &PowerText, anchor: String, span: Range<usize>) -> Resolved<Power> {
        let bearer = self.bearer(&written.bearer, &written.id)?;
        let people = People { owed: false, alone: bearer == Bearer::All };
        let rules = |names: &[Name]| -> Resolved<Vec<Label>> {
            names.iter().map(|name| self.names_rule(name).map(|()| label_of(name))).collect()
        };
        let effect = match &written.effect {
            EffectText::Suspend { rules: names, length } => Effect::Suspend { rules: rules(names)?, length: *length },
            EffectText::Terminate { rules: names } => Effect::Terminate { rules: rules(names)? },
            EffectText::Extend { by } => Effect::Extend { by: *by },
        };
        let when = written.when.as_ref().map(|trigger| self.trigger(trigger, people)).transpose()?;
        Ok(Power { id: label_of(&written.id), anchor, span, bearer, effect, when })
    }

    /// The checked state.
    pub(crate) fn state(&self, begins: &PatternText, ends: &PatternText) -> Resolved<State> {
        let people = People { owed: false, alone: true };
        Ok(State { begins: self.pattern(begins, Who::Anyone, people)?, ends: self.pattern(ends, Who::Anyone, people)? })
    }

    /// The checked source.
    pub(crate) fn source(&self, written: &SourceText, span: Range<usize>) -> Resolved<PlannedSource> {
        let mut acts = BTreeSet::new();
        for event in &written.events {
            acts.extend(self.acts(event)?);
        }
        let known = self.names.parties.iter().chain(&self.names.actors);
        let shown =
            known.filter(|(party, _)| party.as_str() == written.name.text).map(|(_, shown)| shown.clone()).next();
        Ok(PlannedSource {
            name: label_of(&written.name),
            shown: written.shown.clone().or(shown).unwrap_or_else(|| written.name.text.clone()),
            acts,
            zone: written.zone.as_ref().map(|name| self.zone(name)).transpose()?,
            within: written.within,
            at: written.at,
            span,
        })
    }

    fn names_rule(&self, name: &Name) -> Resolved<()> {
        let known = self.rules.contains(&name.text);
        if known { Ok(()) } else { Err(undefined(said!("rule"), name, self.rules.iter().map(String::as_str))) }
    }

    fn bearer(&self, written: &BearerText, rule: &Name) -> Resolved<Bearer> {
        match written {
            BearerText::EachParty if self.names.parties.is_empty() => {
                let nobody = remark(
                    Code::NoBearer,
                    rule.span.clone(),
                    said!("a rule binds each party, and no parties are defined"),
                );
                Err(nobody.fix(said!("write `parties North, South` in a definitions block")))
            }
            BearerText::EachParty => Ok(Bearer::EachParty),
            BearerText::All => Ok(Bearer::All),
            BearerText::One(name) => self.person(name).map(Bearer::One),
        }
    }

    fn person(&self, name: &Name) -> Resolved<Party> {
        let people = || self.names.parties.iter().chain(&self.names.actors).map(|(party, _)| party);
        let found = people().find(|party| party.as_str() == name.text).cloned();
        found.ok_or_else(|| undefined(said!("party or actor"), name, people().map(Party::as_str)))
    }

    fn kernel(&self, written: &KernelText, people: People) -> Resolved<Kernel> {
        let actor = if people.alone { Who::Anyone } else { Who::Bearer };
        let done = |pattern: &PatternText| self.pattern(pattern, actor, people);
        Ok(match written {
            KernelText::Never { pattern, present } => {
                // A thing that is there is nobody's act until somebody is named.
                Kernel::Never { pattern: done(pattern)?, present: *present }
            }
            KernelText::By { pattern, quantity } => Kernel::By { pattern: done(pattern)?, quantity: *quantity },
            KernelText::Between { pattern, quantity } => {
                Kernel::Between { pattern: done(pattern)?, quantity: *quantity }
            }
            KernelText::Always(name) => Kernel::Always { state: self.named_state(name)? },
            KernelText::After { trigger, response, within } => {
                Kernel::Response { trigger: self.trigger(trigger, people)?, response: done(response)?, within: *within }
            }
            KernelText::AtMost { number, pattern, per } => {
                Kernel::AtMost { number: *number, pattern: done(pattern)?, per: *per }
            }
            KernelText::OnlyAfter { pattern, first } => Kernel::OnlyAfter {
                pattern: done(pattern)?,
                first: match first.as_ref() {
                    FirstText::Fact(pattern) => First::Fact(self.pattern(pattern, Who::Anyone, people)?),
                    FirstText::Verdict(verdict) => First::Verdict(self.verdict(verdict, people)?),
                },
            },
            KernelText::AtLeastOnce { every, pattern } => {
                Kernel::AtLeastOnce { every: *every, pattern: done(pattern)? }
            }
            KernelText::May(pattern) => Kernel::May { pattern: done(pattern)? },
            KernelText::TextOnly(because) => Kernel::TextOnly { because: because.clone() },
        })
    }

    fn trigger(&self, written: &TriggerText, people: People) -> Resolved<Trigger> {
        let anybody = |pattern: &PatternText| self.pattern(pattern, Who::Anyone, people);
        Ok(match written {
            TriggerText::Fact { pattern, preceded } => {
                let preceded = preceded.as_ref().map(|(before, within)| Ok((anybody(before)?, *within))).transpose()?;
                Trigger::Fact { pattern: anybody(pattern)?, preceded }
            }
            TriggerText::Verdict(verdict) => Trigger::Verdict(self.verdict(verdict, people)?),
            TriggerText::Quiet { length, without, verified_by } => Trigger::Quiet {
                length: *length,
                without: anybody(without)?,
                verified_by: verified_by.as_ref().map(|name| self.person(name)).transpose()?,
            },
        })
    }

    fn verdict(&self, written: &VerdictText, people: People) -> Resolved<OnVerdict> {
        self.names_rule(&written.rule)?;
        Ok(OnVerdict {
            rule: label_of(&written.rule),
            came: if written.violated { Decided::Violated } else { Decided::Met },
            by: written.by.as_ref().map_or(Ok(Who::Anyone), |name| self.who(name, people))?,
            times: written.times,
        })
    }

    fn named_state(&self, name: &Name) -> Resolved<Label> {
        let known = Label::new(&name.text).filter(|label| self.names.states.contains_key(label));
        known.ok_or_else(|| undefined(said!("state"), name, self.names.states.keys().map(Label::as_str)))
    }

    fn pattern(&self, written: &PatternText, actor: Who, people: People) -> Resolved<Pattern> {
        let mut acts = BTreeSet::new();
        for event in &written.events {
            acts.extend(self.acts(event)?);
        }
        let event: Vec<&str> = written.events.iter().map(|event| event.text.as_str()).collect();
        let sectors = |name: &Name| {
            let known = Label::new(&name.text).filter(|label| self.names.sectors.contains_key(label));
            known.ok_or_else(|| {
                undefined(said!("division into sectors"), name, self.names.sectors.keys().map(Label::as_str))
            })
        };
        Ok(Pattern {
            event: event.join(" or "),
            acts,
            class: written.class.as_ref().map(|name| self.class(name)).transpose()?,
            by: written.by.as_ref().map_or(Ok(actor), |name| self.who(name, people))?,
            at: written.at.as_ref().map_or(Ok(Who::Anyone), |name| self.who(name, people))?,
            zone: written.zone.as_ref().map(|name| self.zone(name)).transpose()?,
            sectors: written.sectors.as_ref().map(sectors).transpose()?,
            about_it: written.about_it,
            there: written.there,
        })
    }

    fn acts(&self, event: &Name) -> Resolved<BTreeSet<Act>> {
        if let Some(act) = Act::from_word(&event.text) {
            return Ok(BTreeSet::from([act]));
        }
        let named = Label::new(&event.text).and_then(|label| self.names.events.get(&label));
        let known = || Act::ALL.iter().map(|act| act.word()).chain(self.names.events.keys().map(Label::as_str));
        named.cloned().ok_or_else(|| undefined(said!("act or event"), event, known()))
    }

    /// A class, or a single object.
    fn class(&self, name: &Name) -> Resolved<Label> {
        let known = Label::new(&name.text)
            .filter(|label| self.names.classes.contains_key(label) || self.names.objects.contains_key(label));
        let names = || self.names.classes.keys().chain(self.names.objects.keys()).map(Label::as_str);
        known.ok_or_else(|| undefined(said!("class"), name, names()))
    }

    fn zone(&self, name: &Name) -> Resolved<Label> {
        let settled = |label: &Label| self.names.readings.iter().any(|reading| reading.names.contains_key(label));
        let known = Label::new(&name.text).filter(|label| self.names.is_zone(label) || settled(label));
        let names = || self.names.zones.keys().chain(self.names.zones_of.keys()).map(Label::as_str);
        known.ok_or_else(|| undefined(said!("zone"), name, names()))
    }

    fn who(&self, name: &Name, people: People) -> Resolved<Who> {
        match name.text.as_str() {
            "party" if people.owed => Ok(Who::Owed),
            "party" | "bearer" => Ok(Who::Bearer),
            "each party" => Ok(Who::EveryParty),
            "other" => Ok(Who::Other),
            "anyone" => Ok(Who::Anyone),
            _ => self.person(name).map(Who::Named),
        }
    }

    fn test(&self, written: &ExceptText, people: People) -> Resolved<ExceptionTest> {
        Ok(match written {
            ExceptText::By(names) => {
                ExceptionTest::By(names.iter().map(|name| self.person(name)).collect::<Resolved<_>>()?)
            }
            ExceptText::In(zone) => ExceptionTest::In(self.zone(zone)?),
            ExceptText::On(class) => ExceptionTest::On(self.class(class)?),
            ExceptText::While(state) => ExceptionTest::While(self.named_state(state)?),
            ExceptText::Permitted(rule) => {
                self.names_rule(rule)?;
                ExceptionTest::Permitted(label_of(rule))
            }
            ExceptText::After { within, pattern } => {
                ExceptionTest::After { within: *within, pattern: self.pattern(pattern, Who::Anyone, people)? }
            }
        })
    }

    /// Whether the rule names a time or a zone that some reading settles.
    fn depends_on_reading(&self, written: &RuleText, kernel: &Kernel, exceptions: &[Exception]) -> bool {
        let parameter = |time: &Time| match &time.moment {
            Moment::Civil { .. } | Moment::Day { of: None, .. } => None,
            Moment::Day { of: Some(name), .. } | Moment::Named(name) => Label::new(&name.text),
        };
        let times = [&written.from, &written.until].into_iter().flatten().filter_map(parameter);
        let excepted = exceptions.iter().flat_map(|exception| &exception.tests).filter_map(|test| match test {
            ExceptionTest::In(zone) => Some(zone.clone()),
            ExceptionTest::After { pattern, .. } => pattern.zone.clone(),
            ExceptionTest::By(_) | ExceptionTest::On(_) | ExceptionTest::While(_) | ExceptionTest::Permitted(_) => None,
        });
        let zones = kernel.patterns().into_iter().filter_map(|pattern| pattern.zone.clone());
        let used: BTreeSet<Label> = times.chain(excepted).chain(zones).collect();
        let settles = |reading: &Reading| {
            used.iter().any(|name| reading.parameters.contains_key(name) || reading.names.contains_key(name))
        };
        self.names.readings.iter().any(settles)
    }

    fn windows(
        &self,
        written: &RuleText,
        depends_on_reading: bool,
        remarks: &mut Remarks,
    ) -> Resolved<BTreeMap<Label, Window>> {
        let as_written = [as_written()];
        let readings = if depends_on_reading { &self.names.readings[..] } else { &as_written[..] };
        let mut windows = BTreeMap::new();
        for reading in readings {
            let window = self.window(written, reading, remarks)?;
            windows.insert(reading.id.clone(), window);
        }
        Ok(windows)
    }

    fn window(&self, written: &RuleText, reading: &Reading, remarks: &mut Remarks) -> Resolved<Window> {
        let mut moments = own_moments(self.front);
        moments.extend(reading.parameters.iter().map(|(name, instant)| (name.to_string(), *instant)));
        let settle = |time: &Time, edge: Edge| {
            instant_of(time, &self.front.calendar, edge, &moments).map_err(|remark| match reading.id.as_str() {
                AS_WRITTEN => remark,
                id => remark.because(said!("under the reading `{}`", id)),
            })
        };
        for (name, zone) in &reading.names {
            let used = |time: &&Time| matches!(&time.moment, Moment::Named(used) if used.text == name.as_str());
            if let Some(time) = [&written.from, &written.until].into_iter().flatten().find(used) {
                let place = said!("`{}` is the zone `{}`, not a time", name, zone);
                return Err(remark(Code::TimeBroken, time.span.clone(), place).fix(said!("name a time")));
            }
        }
        let from = written.from.as_ref().map(|time| settle(time, Edge::Begin)).transpose()?.or(self.front.in_force);
        let until = written.until.as_ref().map(|time| settle(time, Edge::End)).transpose()?.or(self.front.ends);
        let Some(from) = from else {
            let endless = said!("rule `{}` has no beginning", written.id.text);
            let fix = said!("give the front matter `in-force:`, or the rule `from TIME`");
            return Err(remark(Code::Unbounded, written.id.span.clone(), endless).fix(fix));
        };
        if until.is_some_and(|until| until < from) {
            let dead = said!("rule `{}` ends before it begins, so it never applies", written.id.text);
            let fix = said!("check its times against those of the front matter");
            return Err(remark(Code::Dead, written.id.span.clone(), dead).fix(fix));
        }
        for time in [&written.from, &written.until].into_iter().flatten() {
            self.remark_clock_change(time, &moments, remarks);
        }
        Ok(Window { from, until })
    }

    /// A term in days over which the clocks change is not that many times 24 hours.
    fn remark_clock_change(&self, time: &Time, moments: &BTreeMap<String, Instant>, remarks: &mut Remarks) {
        let start = Time { moment: time.moment.clone(), steps: Vec::new(), span: time.span.clone() };
        let whole = |time: &Time| instant_of(time, &self.front.calendar, Edge::Begin, moments).ok();
        let days = time.steps.iter().any(|step| step.by.civil_days().is_some());
        let (true, Some(from), Some(to)) = (days, whole(&start), whole(time)) else { return };
        let calendar = zone_of(time).unwrap_or_else(|| self.front.calendar.clone());
        if calendar.clock_change_ms(from, to) != 0 {
            let hours = (to.ms() - from.ms()) / terms::time::HOUR_MS;
            let message = said!("the clocks change inside this term: it is {} hours long", hours);
            let fix = said!("write the last instant as a date and a time if the length in hours is what was agreed");
            remarks.push(remark(Code::Calendar, time.span.clone(), message).fix(fix));
        }
    }
}

/// The reading that is the text itself.
pub(crate) fn as_written() -> Reading {
    let id = Label::new(AS_WRITTEN).expect("invariant: a plain word is a label");
    Reading { id, holder: None, parameters: BTreeMap::new(), names: BTreeMap::new() }
}

fn zone_of(time: &Time) -> Option<Calendar> {
    match &time.moment {
        Moment::Civil { zone: Some(zone), .. } => Calendar::of(&zone.text),
        Moment::Civil { zone: None, .. } | Moment::Day { .. } | Moment::Named(_) => None,
    }
}

/// The instant of a time: `moments` holds what names stand for; days are counted in the time's own zone if it has one.
pub(crate) fn instant_of(
    time: &Time,
    calendar: &Calendar,
    edge: Edge,
    moments: &BTreeMap<String, Instant>,
) -> Resolved<Instant> {
    if let Moment::Civil { zone: Some(zone), .. } = &time.moment
        && Calendar::of(&zone.text).is_none()
    {
        let unknown = remark(Code::TimeZone, zone.span.clone(), said!("`{}` is no time zone", zone.text));
        return Err(
            unknown.fix(said!("write a zone of the IANA database, such as `Europe/Kyiv`, or an offset, `+03:00`"))
        );
    }
    let own = zone_of(time);
    let calendar = own.as_ref().unwrap_or(calendar);
    let named = |name: &Name| {
        moments
            .get(&name.text)
            .copied()
            .ok_or_else(|| undefined(said!("time"), name, moments.keys().map(String::as_str)))
    };
    let mut instant = match &time.moment {
        Moment::Civil { time: civil, .. } => {
            calendar.instant(*civil).map_err(|trouble| troubled(trouble, time, *civil))?
        }
        Moment::Named(name) => named(name)?,
        Moment::Day { n, of } => {
            let in_force = Name { text: "in-force".to_owned(), span: time.span.clone() };
            let first = named(of.as_ref().unwrap_or(&in_force))?;
            let days = i32::try_from(*n).expect("invariant: the grammar bounds day numbers");
            let begin = |days| calendar.day_begins(first, days).map_err(|trouble| moved(trouble, time));
            match edge {
                Edge::Begin => begin(days - 1)?,
                Edge::End => begin(days)?.shifted(-1),
            }
        }
    };
    for step in &time.steps {
        instant = calendar.moved(instant, step.by, step.backwards).map_err(|trouble| moved(trouble, time))?;
    }
    Ok(instant)
}

fn troubled(trouble: Trouble, time: &Time, civil: jiff::civil::DateTime) -> Remark {
    let clock = civil.strftime("%Y-%m-%d %H:%M").to_string();
    match trouble {
        Trouble::Twice { first, second } => {
            let twice = said!("the clocks show {} twice that night", clock);
            let fix = said!("write the offset: `{} {}` is the first, `{} {}` the second", clock, first, clock, second);
            remark(Code::TimeTwice, time.span.clone(), twice).fix(fix)
        }
        Trouble::Skipped { .. } | Trouble::OutOfRange => moved(trouble, time),
    }
}

fn moved(trouble: Trouble, time: &Time) -> Remark {
    let span = time.span.clone();
    match trouble {
        Trouble::Skipped { next } => {
            let skipped = said!("there is no such time: the clocks go forward over it that night");
            remark(Code::TimeMissing, span, skipped)
                .fix(said!("write `{}`, which is that hour on the new clocks", next))
        }
        Trouble::Twice { .. } => {
            let twice = said!("this term ends at a time that the clocks show twice");
            remark(Code::TimeTwice, span, twice).fix(said!("write the end as a date, a time and an offset"))
        }
        Trouble::OutOfRange => remark(Code::TimeBroken, span, said!("this time lies outside the years 1900 to 2199")),
    }
}
