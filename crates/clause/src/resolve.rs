//! From a rule as written to a rule as checked: names looked up, times settled under every reading.
//!
//! Takes a parsed rule with its exceptions and the tables of names; gives the rule, or the first remark that stops it.
//! Never keeps a rule with a hole in it.

use crate::agreement::{Bearer, Exception, ExceptionTest, Kernel, Pattern, Reading, Rule, Trigger, Who, Window};
use crate::calendar::{Calendar, Trouble};
use crate::definitions::{Definitions, own_moments, undefined};
use crate::front::Front;
use crate::remark::{Code, Remark, Remarks, remark};
use crate::syntax::{BearerText, ExceptText, KernelText, Moment, Name, PatternText, RuleText, Time};
use std::collections::{BTreeMap, BTreeSet};
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
}

/// A rule's statements: its first, and the lines under it.
pub(crate) struct RuleLines<'a> {
    pub(crate) rule: &'a RuleText,
    pub(crate) excepts: Vec<(&'a Name, &'a ExceptText)>,
    pub(crate) standard: Option<Chance>,
    pub(crate) anchor: String,
}

impl Resolver<'_> {
    /// The checked rule.
    pub(crate) fn rule(&self, lines: &RuleLines<'_>, remarks: &mut Remarks) -> Resolved<Rule> {
        let written = lines.rule;
        let bearer = self.bearer(&written.bearer, &written.id)?;
        let kernel = self.kernel(&written.kernel, &bearer)?;
        let mut exceptions = Vec::new();
        for (label, test) in &lines.excepts {
            exceptions.push(self.exception(label, test)?);
        }
        let text_only = matches!(kernel, Kernel::TextOnly { .. });
        let depends_on_reading = !text_only && self.depends_on_reading(written);
        let windows = if text_only { BTreeMap::new() } else { self.windows(written, depends_on_reading, remarks)? };
        Ok(Rule {
            id: Label::new(&written.id.text).expect("invariant: the grammar took it as a label"),
            anchor: lines.anchor.clone(),
            span: written.id.span.clone(),
            paragraph: 0..0,
            bearer,
            owed: None,
            kernel,
            exceptions,
            released: Vec::new(),
            otherwise: None,
            standard: lines.standard.unwrap_or(self.front.standard),
            final_after: self.front.final_after,
            confirmed: None,
            windows,
            depends_on_reading,
            sentence: String::new(),
        })
    }

    fn bearer(&self, written: &BearerText, rule: &Name) -> Resolved<Bearer> {
        match written {
            BearerText::EachParty if self.names.parties.is_empty() => {
                let nobody =
                    remark(Code::NoBearer, rule.span.clone(), "a rule binds each party, and no parties are defined");
                Err(nobody.fix("write `parties North, South` in a definitions block"))
            }
            BearerText::EachParty => Ok(Bearer::EachParty),
            BearerText::All => Ok(Bearer::All),
            BearerText::One(name) => self.person(name).map(Bearer::One),
        }
    }

    fn person(&self, name: &Name) -> Resolved<Party> {
        let people = || self.names.parties.iter().chain(&self.names.actors).map(|(party, _)| party);
        let found = people().find(|party| party.as_str() == name.text).cloned();
        found.ok_or_else(|| undefined("party or actor", name, people().map(Party::as_str)))
    }

    fn kernel(&self, written: &KernelText, bearer: &Bearer) -> Resolved<Kernel> {
        let actor = if *bearer == Bearer::All { Who::Anyone } else { Who::Bearer };
        match written {
            KernelText::Never(pattern) => Ok(Kernel::Never { pattern: self.pattern(pattern, actor)?, present: false }),
            KernelText::By(pattern) => Ok(Kernel::By { pattern: self.pattern(pattern, actor)?, quantity: None }),
            KernelText::Between(pattern) => {
                Ok(Kernel::Between { pattern: self.pattern(pattern, actor)?, quantity: None })
            }
            KernelText::After { trigger, response, within } => Ok(Kernel::Response {
                trigger: Trigger::Fact { pattern: self.pattern(trigger, Who::Anyone)?, preceded: None },
                response: self.pattern(response, actor)?,
                within: *within,
            }),
            KernelText::TextOnly(because) => Ok(Kernel::TextOnly { because: because.clone() }),
        }
    }

    fn pattern(&self, written: &PatternText, actor: Who) -> Resolved<Pattern> {
        let mut acts = BTreeSet::new();
        for event in &written.events {
            acts.extend(self.acts(event)?);
        }
        let event: Vec<&str> = written.events.iter().map(|event| event.text.as_str()).collect();
        Ok(Pattern {
            event: event.join(" or "),
            acts,
            class: written.class.as_ref().map(|name| self.class(name)).transpose()?,
            by: written.by.as_ref().map_or(Ok(actor), |name| self.who(name))?,
            at: written.at.as_ref().map_or(Ok(Who::Anyone), |name| self.who(name))?,
            zone: written.zone.as_ref().map(|name| self.zone(name)).transpose()?,
            sectors: None,
            about_it: false,
            there: false,
        })
    }

    fn acts(&self, event: &Name) -> Resolved<BTreeSet<Act>> {
        if let Some(act) = Act::from_word(&event.text) {
            return Ok(BTreeSet::from([act]));
        }
        let named = Label::new(&event.text).and_then(|label| self.names.events.get(&label));
        let known = || Act::ALL.iter().map(|act| act.word()).chain(self.names.events.keys().map(Label::as_str));
        named.cloned().ok_or_else(|| undefined("act or event", event, known()))
    }

    fn class(&self, name: &Name) -> Resolved<Label> {
        let known = Label::new(&name.text).filter(|label| self.names.classes.contains_key(label));
        known.ok_or_else(|| undefined("class", name, self.names.classes.keys().map(Label::as_str)))
    }

    fn zone(&self, name: &Name) -> Resolved<Label> {
        let known = Label::new(&name.text).filter(|label| self.names.zones.contains_key(label));
        known.ok_or_else(|| undefined("zone", name, self.names.zones.keys().map(Label::as_str)))
    }

    fn who(&self, name: &Name) -> Resolved<Who> {
        match name.text.as_str() {
            "party" => Ok(Who::Bearer),
            "other" => Ok(Who::Other),
            "anyone" => Ok(Who::Anyone),
            _ => self.person(name).map(Who::Named),
        }
    }

    fn exception(&self, label: &Name, written: &ExceptText) -> Resolved<Exception> {
        let test = match written {
            ExceptText::By(names) => {
                ExceptionTest::By(names.iter().map(|name| self.person(name)).collect::<Resolved<_>>()?)
            }
            ExceptText::In(zone) => ExceptionTest::In(self.zone(zone)?),
            ExceptText::On(class) => ExceptionTest::On(self.class(class)?),
            ExceptText::After { within, within_span, pattern } => {
                if within.elapsed_ms().is_none() {
                    let civil = format!("`{within}` has no fixed length");
                    return Err(
                        remark(Code::TimeBroken, within_span.clone(), civil).fix("write it in hours or minutes")
                    );
                }
                ExceptionTest::After { within: *within, pattern: self.pattern(pattern, Who::Anyone)? }
            }
        };
        Ok(Exception {
            label: Label::new(&label.text).expect("invariant: the grammar took it as a label"),
            tests: vec![test],
        })
    }

    /// Whether a time of the rule names a parameter that some reading settles.
    fn depends_on_reading(&self, written: &RuleText) -> bool {
        let parameter = |time: &Time| match &time.moment {
            Moment::Civil { .. } | Moment::Day { of: None, .. } => None,
            Moment::Day { of: Some(name), .. } | Moment::Named(name) => Label::new(&name.text),
        };
        let parameters: Vec<Label> =
            [&written.from, &written.until].into_iter().flatten().filter_map(parameter).collect();
        self.names.readings.iter().any(|reading| parameters.iter().any(|p| reading.parameters.contains_key(p)))
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
                id => remark.because(format!("under the reading `{id}`")),
            })
        };
        let from = written.from.as_ref().map(|time| settle(time, Edge::Begin)).transpose()?.or(self.front.in_force);
        let until = written.until.as_ref().map(|time| settle(time, Edge::End)).transpose()?.or(self.front.ends);
        let Some(from) = from else {
            let endless = format!("rule `{}` has no beginning", written.id.text);
            let fix = "give the front matter `in-force:`, or the rule `from TIME`";
            return Err(remark(Code::Unbounded, written.id.span.clone(), endless).fix(fix));
        };
        if until.is_some_and(|until| until < from) {
            let dead = format!("rule `{}` ends before it begins, so it never applies", written.id.text);
            let fix = "check its times against those of the front matter";
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
            let message = format!("the clocks change inside this term: it is {hours} hours long");
            let fix = "write the last instant as a date and a time if the length in hours is what was agreed";
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
        let unknown = remark(Code::TimeZone, zone.span.clone(), format!("`{}` is no time zone", zone.text));
        return Err(unknown.fix("write a zone of the IANA database, such as `Europe/Kyiv`, or an offset, `+03:00`"));
    }
    let own = zone_of(time);
    let calendar = own.as_ref().unwrap_or(calendar);
    let named = |name: &Name| {
        moments.get(&name.text).copied().ok_or_else(|| undefined("time", name, moments.keys().map(String::as_str)))
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
    let clock = civil.strftime("%Y-%m-%d %H:%M");
    match trouble {
        Trouble::Twice { first, second } => {
            let twice = format!("the clocks show {clock} twice that night");
            let fix = format!("write the offset: `{clock} {first}` is the first, `{clock} {second}` the second");
            remark(Code::TimeTwice, time.span.clone(), twice).fix(fix)
        }
        Trouble::Skipped { .. } | Trouble::OutOfRange => moved(trouble, time),
    }
}

fn moved(trouble: Trouble, time: &Time) -> Remark {
    let span = time.span.clone();
    match trouble {
        Trouble::Skipped { next } => {
            let skipped = "there is no such time: the clocks go forward over it that night";
            remark(Code::TimeMissing, span, skipped)
                .fix(format!("write `{next}`, which is that hour on the new clocks"))
        }
        Trouble::Twice { .. } => {
            let twice = "this term ends at a time that the clocks show twice";
            remark(Code::TimeTwice, span, twice).fix("write the end as a date, a time and an offset")
        }
        Trouble::OutOfRange => remark(Code::TimeBroken, span, "this time lies outside the years 1900 to 2199"),
    }
}
