//! The clocks of a page of guarantees: what starts them, how long they run, what meets them, who may lengthen or stop them.
//!
//! Takes the items that `read` hands over; gives clocks and triggers. Never guesses a start: a clock without one is an error.

use super::deed::DeedKind;
use super::fields::{Cursor, Item, Read};
use super::package::{ClockRule, StartRule, Which};
use super::read::{Noun, Reader};
use super::term::Term;
use super::trigger::{DeedPattern, Trigger};
use crate::calendar::Calendar;
use crate::fact::Footing;
use crate::front;
use crate::lower::{parse_duration, parse_time};
use crate::remark::{Code, remark_in_english};
use crate::resolve::{Edge, instant_of};
use crate::token::Statement;
use std::collections::BTreeMap;
use terms::{Instant, Party};

impl Reader {
    pub(super) fn clock(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let form = "write `clock name of COMMITMENT`";
        let (id, span) = item.head.label("the name of the clock", form)?;
        item.head.the("of", form)?;
        let commitment = item.head.label("a commitment", form)?;
        let commitment = self.uses(Noun::Commitment, commitment);
        item.head.clone().finish()?;
        let mut starts = Vec::new();
        for mut line in item.all("starts") {
            let reading = self.as_reading(&mut line)?;
            let which = if line.took("first") { Which::First } else { Which::Each };
            let _ = line.took("each");
            starts.push(StartRule { reading, which, trigger: self.trigger(&mut line)? });
            line.finish()?;
        }
        if starts.is_empty() {
            let never = remark_in_english(Code::Unexpected, item.key.span.clone(), "nothing starts this clock");
            return Err(never
                .fix_in_english("add `starts request by A to B`, or a line for each reading: `starts as NAME: ...`"));
        }
        let (zone, calendar) = match item.maybe("zone")? {
            None => (self.package.time_zone.clone(), self.package.calendar.clone()),
            Some(mut line) => {
                let name = line.word("a time zone", "write a zone of the IANA database: `Europe/Paris`")?;
                line.finish()?;
                front::zone(Some(&name), &mut self.remarks)
            }
        };
        let term = self.term(
            item.one("runs", "add `runs 24 hours`, `runs to D+3` or `runs until 2026-05-01 00:00`")?,
            &calendar,
        )?;
        let only_if = self.conditions(&mut item, "only-if")?;
        let discharged = match said(&mut item, "discharged")? {
            None => None,
            Some(mut line) => {
                line.the("by", "write `discharged by consultation by A with B`, or `discharged not-said`")?;
                let pattern = self.deed(&mut line)?;
                line.finish()?;
                Some(pattern)
            }
        };
        let extended_by = self.who(&mut item, "extended")?;
        let paused_by = self.who(&mut item, "paused")?;
        let on_expiry = match said(&mut item, "on-expiry")? {
            None => None,
            Some(mut line) => {
                let says = line.text("what follows")?;
                line.finish()?;
                Some(says)
            }
        };
        if on_expiry.is_none() || discharged.is_none() {
            let what = if on_expiry.is_none() { "follows when it runs out" } else { "would meet it" };
            let silent = remark_in_english(Code::Silent, span.clone(), format!("it is not said what {what}"));
            self.remarks
                .push(silent.fix_in_english("if the text says it, add `on-expiry \"...\"` and `discharged by ...`"));
        }
        let cited = self.cited(&mut item, anchor, false)?;
        let known =
            ["starts", "zone", "runs", "only-if", "discharged", "extended", "paused", "on-expiry", "source", "gap"];
        item.finish(&known, &mut self.remarks);
        self.define(Noun::Clock, id.as_str(), &span)?;
        self.package.clocks.push(ClockRule {
            id,
            commitment,
            starts,
            term,
            calendar,
            zone,
            only_if,
            discharged,
            extended_by,
            paused_by,
            on_expiry,
            cited,
        });
        Ok(())
    }

    /// `extended by consensus of A, B`, `paused by A, B`.
    fn who(&mut self, item: &mut Item, key: &str) -> Read<Vec<Party>> {
        let Some(mut line) = item.maybe(key)? else { return Ok(Vec::new()) };
        line.the("by", &format!("write `{key} by A, B`"))?;
        if line.took("consensus") {
            line.the("of", "write `by consensus of A, B`")?;
        }
        let named = line.parties()?;
        line.finish()?;
        Ok(self.all(Noun::Party, named))
    }

    fn term(&mut self, mut line: Cursor, calendar: &Calendar) -> Read<Term> {
        let term = if line.took("until") {
            Term::Until(self.instant(line.until(&[]), calendar)?)
        } else if line.took("to") {
            line.the("D", "write `to D+3`")?;
            if !line.took_sign('+') {
                return Err(line.expected("`+`", "write `to D+3`"));
            }
            let days = line.word("a number of days", "write `to D+3`")?;
            let number = days.text.parse().ok().filter(|days| *days <= 100_000u32);
            Term::EndOfDay(number.ok_or_else(|| {
                let wrong = remark_in_english(
                    Code::Unexpected,
                    days.span.clone(),
                    format!("`{}` is no number of days", days.text),
                );
                wrong.fix_in_english("write a whole number up to 100000")
            })?)
        } else {
            Term::Length(parse_duration(&self.grammar, &line.until(&[]))?)
        };
        line.finish()?;
        Ok(term)
    }

    pub(super) fn instant(&mut self, statement: Statement, calendar: &Calendar) -> Read<Instant> {
        let time = parse_time(&self.grammar, &statement)?;
        instant_of(&time, calendar, Edge::Begin, &BTreeMap::new())
    }

    pub(super) fn trigger(&mut self, line: &mut Cursor) -> Read<Trigger> {
        if line.took("breach") {
            let mut rules = Vec::new();
            if line.took("of") {
                rules.push(line.label("a rule", "name a rule of the agreement")?.0);
                while line.took("or") {
                    rules.push(line.label("a rule", "name a rule of the agreement")?.0);
                }
            }
            let by = if line.took("by") { Some(line.party()?) } else { None };
            let by = by.map(|by| self.uses(Noun::Party, by));
            let footings = [Footing::Alleged, Footing::Established, Footing::Ruled];
            let footing = footings.into_iter().find(|footing| line.took(footing.word())).unwrap_or(Footing::Proposed);
            return Ok(Trigger::Breach { rules, by, footing });
        }
        if line.took("expiry") {
            line.the("of", "write `expiry of CLOCK`")?;
            let clock = line.label("a clock", "name a clock")?;
            return Ok(Trigger::Expiry(self.uses(Noun::Clock, clock)));
        }
        if line.took("discharge") {
            line.the("of", "write `discharge of CLOCK`")?;
            let clock = line.label("a clock", "name a clock")?;
            return Ok(Trigger::Discharge(self.uses(Noun::Clock, clock)));
        }
        if line.took("at") {
            let calendar = self.package.calendar.clone();
            return Ok(Trigger::Moment(self.instant(line.until(&[]), &calendar)?));
        }
        Ok(Trigger::Deed(self.deed(line)?))
    }

    fn deed(&mut self, line: &mut Cursor) -> Read<DeedPattern> {
        let what = line.one_of("kind of deed", &DeedKind::ALL.map(|kind| (kind.word(), kind)))?;
        let mut pattern = DeedPattern { what, by: None, to: None, about: None, of: None };
        loop {
            if line.took("by") {
                let by = line.party()?;
                pattern.by = Some(self.uses(Noun::Party, by));
            } else if line.took("to") || line.took("with") {
                let to = line.party()?;
                pattern.to = Some(self.uses(Noun::Party, to));
            } else if line.took("about") {
                pattern.about =
                    Some(line.label("what it is about", "name an instrument, a commitment, a clock or a rule")?.0);
            } else if line.took("of") {
                pattern.of = Some(Box::new(self.deed(line)?));
            } else {
                return Ok(pattern);
            }
        }
    }
}

/// The field, if it is there and says more than that the text does not say it.
fn said(item: &mut Item, key: &str) -> Read<Option<Cursor>> {
    let Some(mut line) = item.maybe(key)? else { return Ok(None) };
    if line.took("not-said") {
        line.finish()?;
        return Ok(None);
    }
    Ok(Some(line))
}
