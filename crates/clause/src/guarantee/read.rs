//! Reading a page of guarantees: from `guarantees.md` to the package and the remarks upon it.
//!
//! Takes the text; gives a value and remarks with line, column and a fix, always. With an error the package lacks the item
//! that has it, and is not to be adopted. Never fills in what is not said.

use super::deed::{Deed, DeedKind};
use super::fields::{Cursor, Item, Read, items};
use super::package::{
    Activity, Binding, Cited, ClockRule, Commitment, Condition, Credit, Decider, Effect, Instrument, InstrumentKind,
    Ladder, Modality, Package, Source, TextHeld,
};
use super::posts::texts;
use super::trigger::Trigger;
use crate::document::{Piece, TEXT_MOST_BYTES, document};
use crate::front;
use crate::grammar::Grammar;
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, Remarks, remark_in_english};
use crate::token::Statement;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terms::{Label, Span};

/// The name under which a page of guarantees lies beside an agreement, and stands in remarks.
pub const GUARANTEES_FILE: &str = "guarantees.md";

/// No page has more statements.
const ITEMS_MOST: usize = 200_000;
/// How an item begins: what must be written.
const KEYS: [&str; 5] = ["guarantees", "title", "version", "as-of", "time-zone"];
const ITEMS: [&str; 14] = [
    "parties",
    "bodies",
    "group",
    "source",
    "reading",
    "condition",
    "instrument",
    "commitment",
    "clock",
    "ladder",
    "force",
    "site",
    "position",
    "form",
];

/// The package that a page holds, and the remarks upon it, in the order of the text.
#[must_use]
pub fn read(text: &str) -> (Package, Vec<Remark>) {
    read_beside(text, None)
}

/// What a page adds to a package that lies open, for those who may read the page: its items may name what the package
/// defines, and their own names begin with the page's, so that they say nothing of what other pages hold.
#[must_use]
pub fn read_closed(text: &str, open: &Package) -> (Package, Vec<Remark>) {
    read_beside(text, Some(open))
}

fn read_beside(text: &str, open: Option<&Package>) -> (Package, Vec<Remark>) {
    let mut remarks = Remarks::default();
    let end = text.floor_char_boundary(TEXT_MOST_BYTES);
    if end < text.len() {
        let long = format!("the page is longer than {TEXT_MOST_BYTES} bytes; what follows here is not read");
        remarks.push(
            remark_in_english(Code::Limit, end..end, long)
                .fix_in_english("move what belongs together into a page of its own"),
        );
    }
    let text = &text[..end];
    let document = document(text, &mut remarks);
    let mut reader = Reader::open(text, document.front.clone(), remarks);
    if let Some(open) = open {
        reader.beside(open);
    }
    for (number, section) in document.sections.iter().enumerate() {
        let anchor = anchor(number, &section.heading);
        for piece in &section.pieces {
            let Piece::Block { inner } = piece else { continue };
            for item in items(&text[inner.clone()], inner.start, &mut reader.remarks) {
                reader.take(item, &anchor);
            }
        }
    }
    reader.close(text)
}

/// `sec_3_the_ladder`: unlike those of an agreement's articles, since pages of guarantees have headings of any kind.
fn anchor(number: usize, heading: &str) -> String {
    let words: Vec<String> =
        heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let name: String = words.join("_").chars().take(48).collect();
    format!("sec_{number}_{name}")
}

/// What a name may stand for; from conditions on, what deeds can be about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    Party,
    Source,
    Reading,
    Condition,
    Instrument,
    Commitment,
    Clock,
    Force,
    Site,
    Form,
}

impl Noun {
    fn word(self) -> &'static str {
        match self {
            Noun::Party => "party or body",
            Noun::Source => "source",
            Noun::Reading => "reading",
            Noun::Condition => "condition",
            Noun::Instrument => "instrument",
            Noun::Commitment => "commitment",
            Noun::Clock => "clock",
            Noun::Force => "force",
            Noun::Site => "site",
            Noun::Form => "form",
        }
    }
}

pub(super) struct Reader {
    pub(super) package: Package,
    pub(super) grammar: Grammar,
    pub(super) remarks: Remarks,
    text: String,
    items: usize,
    defined: BTreeMap<(Noun, String), Range<usize>>,
    /// Names of everything that deeds can be about: one name stands for one thing.
    named: BTreeMap<String, Range<usize>>,
    used: Vec<(Noun, String, Range<usize>)>,
    /// How names of a closed page begin.
    prefix: Option<String>,
}

impl Reader {
    fn open(text: &str, span: Option<Range<usize>>, mut remarks: Remarks) -> Reader {
        let at = span.clone().map_or(0, |span| span.start);
        let lines = span.map_or_else(BTreeMap::new, |span| front::lines(text, span, &KEYS, &mut remarks));
        for key in KEYS.iter().filter(|key| !lines.contains_key(**key)) {
            let missing = remark_in_english(Code::FrontMatterKey, at..at, format!("`{key}` is missing"));
            remarks.push(missing.fix_in_english(match *key {
                "guarantees" => "add `guarantees: short-name`",
                "as-of" => "add `as-of: 2026-06-30`, the day up to which the sources were read",
                "time-zone" => "add `time-zone: Europe/Kyiv`",
                "version" => "add `version: 1`",
                _ => "add `title: ...`",
            }));
        }
        let text_of = |key: &str| lines.get(key).map_or_else(String::new, |value| value.text.clone());
        let (time_zone, calendar) = front::zone(lines.get("time-zone"), &mut remarks);
        let name = lines.get("guarantees").and_then(|name| remarks.keep(front::label(name)));
        let name = name.unwrap_or_else(|| Label::new("unnamed").expect("invariant: a plain word is a label"));
        let package = Package {
            title: text_of("title"),
            version: text_of("version"),
            as_of: text_of("as-of"),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            ..Package::empty(name, time_zone, calendar)
        };
        let (defined, named, used) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Reader {
            package,
            grammar: Grammar::new(),
            remarks,
            text: text.to_owned(),
            items: 0,
            defined,
            named,
            used,
            prefix: None,
        }
    }

    /// The names of an open package may be used.
    fn beside(&mut self, open: &Package) {
        let parties = open.parties.iter().chain(&open.bodies).map(|(party, _)| (Noun::Party, party.as_str()));
        let names = parties
            .chain(open.sources.keys().map(|name| (Noun::Source, name.as_str())))
            .chain(open.readings.keys().map(|name| (Noun::Reading, name.as_str())))
            .chain(open.conditions.keys().map(|name| (Noun::Condition, name.as_str())))
            .chain(open.instruments.iter().map(|one| (Noun::Instrument, one.id.as_str())))
            .chain(open.commitments.iter().map(|one| (Noun::Commitment, one.id.as_str())))
            .chain(open.clocks.iter().map(|one| (Noun::Clock, one.id.as_str())))
            .chain(open.forces.iter().map(|one| (Noun::Force, one.id.as_str())))
            .chain(open.sites.iter().map(|one| (Noun::Site, one.id.as_str())))
            .chain(open.forms.iter().map(|one| (Noun::Form, one.id.as_str())));
        self.defined.extend(names.map(|(noun, name)| ((noun, name.to_owned()), 0..0)));
        self.prefix = Some(format!("{}.", self.package.name));
    }

    fn take(&mut self, item: Item, anchor: &str) {
        self.items += 1;
        if self.items == ITEMS_MOST {
            let many = format!("more than {ITEMS_MOST} statements; those from here on are not read");
            self.remarks.push(remark_in_english(Code::Limit, item.span.clone(), many).fix_in_english("split the page"));
        }
        if self.items >= ITEMS_MOST {
            return;
        }
        let read = match item.key.text.as_str() {
            "parties" => self.parties(item, false),
            "bodies" => self.parties(item, true),
            "group" => self.group(item, anchor),
            "source" => self.source(item),
            "reading" => self.reading(item),
            "condition" => self.condition(item, anchor),
            "instrument" => self.instrument(item, anchor),
            "commitment" => self.commitment(item, anchor),
            "clock" => self.clock(item, anchor),
            "ladder" => self.ladder(item, anchor),
            "force" => self.force(item, anchor),
            "site" => self.site(item, anchor),
            "position" => self.exact(item, anchor),
            "form" => self.form(item, anchor),
            other => {
                let unknown = format!("`{other}` begins no statement about guarantees");
                let wrong = remark_in_english(Code::UnknownStatement, item.key.span.clone(), unknown);
                Err(wrong
                    .because_in_english(format!("they begin with {}", ITEMS.join(", ")))
                    .maybe_fix(did_you_mean(other, ITEMS)))
            }
        };
        self.remarks.keep(read);
    }

    pub(super) fn define(&mut self, noun: Noun, name: &str, span: &Range<usize>) -> Read<()> {
        if let Some(prefix) = self.prefix.as_ref().filter(|prefix| !name.starts_with(prefix.as_str())) {
            let bare = format!("names of a closed page begin with its own name, and `{name}` does not");
            return Err(
                remark_in_english(Code::Name, span.clone(), bare).fix_in_english(format!("call it `{prefix}{name}`"))
            );
        }
        let twice = |earlier: &Range<usize>, remarks: &Reader| {
            let line = remarks.line(earlier.start);
            let twice = format!("`{name}` is defined twice; it stands for something on line {line} already");
            remark_in_english(Code::Name, span.clone(), twice).fix_in_english("give one of them another name")
        };
        if let Some(earlier) = self.defined.get(&(noun, name.to_owned())) {
            return Err(twice(earlier, self));
        }
        if noun >= Noun::Condition {
            if let Some(earlier) = self.named.get(name) {
                return Err(twice(earlier, self));
            }
            self.named.insert(name.to_owned(), span.clone());
        }
        self.defined.insert((noun, name.to_owned()), span.clone());
        Ok(())
    }

    fn line(&self, at: usize) -> usize {
        self.text[..self.text.floor_char_boundary(at)].bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// Takes a name and remembers that it must be defined.
    pub(super) fn uses<T: std::fmt::Display>(&mut self, noun: Noun, (name, span): (T, Range<usize>)) -> T {
        self.used.push((noun, name.to_string(), span));
        name
    }

    pub(super) fn all<T: std::fmt::Display>(&mut self, noun: Noun, names: Vec<(T, Range<usize>)>) -> Vec<T> {
        names.into_iter().map(|name| self.uses(noun, name)).collect()
    }

    fn parties(&mut self, mut item: Item, bodies: bool) -> Read<()> {
        loop {
            let (party, span) = item.head.party()?;
            let shown = item.head.maybe_text().unwrap_or_else(|| party.to_string());
            self.define(Noun::Party, party.as_str(), &span)?;
            if bodies { &mut self.package.bodies } else { &mut self.package.parties }.push((party, shown));
            if !item.head.took_sign(',') {
                break;
            }
        }
        item.head.clone().finish()?;
        item.finish(&[], &mut self.remarks);
        Ok(())
    }

    fn source(&mut self, mut item: Item) -> Read<()> {
        let (name, span) =
            item.head.label("the name of the source", "write `source name official 2026-01-06 \"where\"`")?;
        let credit = item.head.one_of("standing of a source", &Credit::ALL.map(|credit| (credit.word(), credit)))?;
        let date = item.head.word("a date", "write the day it is of: `2026-01-06`, or `2026-01`, or `2026`")?;
        let shape = date.text.split('-').map(|part| part.bytes().all(|b| b.is_ascii_digit()).then_some(part.len()));
        if !matches!(shape.collect::<Vec<_>>().as_slice(), [Some(4)] | [Some(4), Some(2)] | [Some(4), Some(2), Some(2)])
        {
            let wrong = remark_in_english(Code::TimeBroken, date.span, format!("`{}` is no date", date.text));
            return Err(wrong.fix_in_english("write it as `2026-01-06`, `2026-01` or `2026`"));
        }
        let place = item.head.text("where it was read")?;
        item.head.clone().finish()?;
        item.finish(&[], &mut self.remarks);
        self.define(Noun::Source, name.as_str(), &span)?;
        self.package.sources.insert(name, Source { credit, date: date.text, place });
        Ok(())
    }

    fn reading(&mut self, mut item: Item) -> Read<()> {
        let (name, span) = item.head.label("the name of the reading", "write `reading name \"what it holds\"`")?;
        let says = item.head.text("what the reading holds")?;
        item.head.clone().finish()?;
        item.finish(&[], &mut self.remarks);
        self.define(Noun::Reading, name.as_str(), &span)?;
        self.package.readings.insert(name, says);
        Ok(())
    }

    fn condition(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (id, span) = item.head.label("the name of the condition", "write `condition name \"what must hold\"`")?;
        let says = item.head.text("what must hold")?;
        item.head.clone().finish()?;
        let mut decided = item.one("decided", "add `decided by NAME`, or `decided not-said`")?;
        let decider = if decided.took("not-said") {
            Decider::NotSaid
        } else {
            decided.the("by", "write `decided by NAME`, or `decided not-said`")?;
            let these = decided.parties()?;
            Decider::These(self.all(Noun::Party, these))
        };
        decided.finish()?;
        self.deeds(&mut item, "said", &id, &[DeedKind::Met, DeedKind::Unmet])?;
        let cited = self.cited(&mut item, anchor, true)?;
        item.finish(&["decided", "said", "source", "gap"], &mut self.remarks);
        self.define(Noun::Condition, id.as_str(), &span)?;
        self.package.conditions.insert(id.clone(), Condition { id, says, decider, cited });
        Ok(())
    }

    fn instrument(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (id, span) = item.head.label("the name of the instrument", "write `instrument name \"its title\"`")?;
        let title = item.head.text("its title")?;
        item.head.clone().finish()?;
        let mut kind = item.one("kind", "add `kind declaration`, `kind bilateral` ...")?;
        let kind_of = kind.one_of("kind of instrument", &InstrumentKind::ALL.map(|kind| (kind.word(), kind)))?;
        kind.finish()?;
        let mut parties = item.one("parties", "add `parties A, B`")?;
        let named = parties.parties()?;
        parties.finish()?;
        let parties = self.all(Noun::Party, named);
        let replaces = match item.maybe("replaces")? {
            Some(mut line) => {
                let named = line.labels("an instrument", "name the version that it takes the place of")?;
                line.finish()?;
                self.all(Noun::Instrument, named)
            }
            None => Vec::new(),
        };
        let text = self.text_held(item.one("text", "add `text public`, `text withheld` or `text not-held`")?)?;
        let effect = self.effect(item.one("effect", "add `effect on signature`, ... or `effect not-said`")?)?;
        let lasts = match item.maybe("lasts")? {
            Some(mut line) => {
                let lasts = line.text("how long, in words")?;
                line.finish()?;
                Some(lasts)
            }
            None => None,
        };
        let kinds: Vec<DeedKind> = DeedKind::ALL.into_iter().filter(|kind| kind.of_instrument()).collect();
        self.deeds(&mut item, "state", &id, &kinds)?;
        let cited = self.cited(&mut item, anchor, true)?;
        let known = ["kind", "parties", "replaces", "text", "effect", "lasts", "state", "source", "gap"];
        item.finish(&known, &mut self.remarks);
        self.define(Noun::Instrument, id.as_str(), &span)?;
        let kind = kind_of;
        self.package.instruments.push(Instrument { id, title, kind, parties, replaces, text, effect, lasts, cited });
        Ok(())
    }

    fn text_held(&mut self, mut line: Cursor) -> Read<TextHeld> {
        let held = line.one_of("state of a text", &[("public", 0), ("withheld", 1), ("not-held", 2)])?;
        let sha256 = if line.took("sha256") {
            let name = line.word("a hash", "write 64 lower-case hex digits")?;
            let plain = name.text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            if !plain || name.text.len() != 64 {
                let wrong = remark_in_english(Code::Unexpected, name.span, "this is no SHA-256");
                return Err(wrong.fix_in_english("write 64 lower-case hex digits, as `sha256sum` prints them"));
            }
            Some(name.text)
        } else {
            None
        };
        line.finish()?;
        Ok(match held {
            0 => TextHeld::Public(sha256),
            1 => TextHeld::Withheld(sha256),
            _ => TextHeld::NotHeld,
        })
    }

    fn effect(&mut self, mut line: Cursor) -> Read<Effect> {
        let effect = if line.took("not-said") {
            Effect::NotSaid
        } else if line.took("never") {
            Effect::Never
        } else {
            line.the(
                "on",
                "write `effect on declaration`, `on signature`, `on ratification by A, B`, `never` or `not-said`",
            )?;
            match line.one_of("way to take effect", &[("declaration", 0), ("signature", 1), ("ratification", 2)])? {
                0 => Effect::Declaration,
                1 => Effect::Signature,
                _ => {
                    line.the("by", "name the bodies: `on ratification by Congress, Rada`")?;
                    let bodies = line.parties()?;
                    Effect::Ratification(self.all(Noun::Party, bodies))
                }
            }
        };
        line.finish()?;
        Ok(effect)
    }

    fn commitment(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let form = "write `commitment name of A to B \"what is promised\"`";
        let (id, span) = item.head.label("the name of the commitment", form)?;
        item.head.the("of", form)?;
        let debtor = item.head.party()?;
        item.head.the("to", form)?;
        let beneficiary = item.head.party()?;
        let (debtor, beneficiary) = (self.uses(Noun::Party, debtor), self.uses(Noun::Party, beneficiary));
        let says = item.head.text("what is promised")?;
        item.head.clone().finish()?;
        let mut within = item.one("in", "add `in INSTRUMENT`")?;
        let instrument = within.label("an instrument", "name the document that it stands in")?;
        let instrument = self.uses(Noun::Instrument, instrument);
        let article = within.maybe_text();
        within.finish()?;
        let class =
            self.choice(&mut item, "class", "class of activity", &Activity::ALL.map(|one| (one.word(), one)))?;
        let word = self.choice(&mut item, "word", "wording", &Modality::ALL.map(|one| (one.word(), one)))?;
        let binds = self.choice(&mut item, "binds", "way to bind", &Binding::ALL.map(|one| (one.word(), one)))?;
        let when = self.conditions(&mut item, "when")?;
        let caveats = texts(&mut item, "caveat")?;
        let mut voids = Vec::new();
        for mut line in item.all("void") {
            let reading = self.as_reading(&mut line)?;
            line.the("after", "write `void after breach by A`")?;
            voids.push((reading, self.trigger(&mut line)?));
            line.finish()?;
        }
        let receiver = match item.maybe("receiver")? {
            Some(mut line) => {
                let party = line.party()?;
                line.finish()?;
                Some(self.uses(Noun::Party, party))
            }
            None => None,
        };
        let serves = self.serves(&mut item)?;
        let known_as = texts(&mut item, "known-as")?;
        let rungs: Vec<DeedKind> = DeedKind::ALL.into_iter().filter(|kind| kind.is_rung()).collect();
        self.deeds(&mut item, "reported", &id, &rungs)?;
        let cited = self.cited(&mut item, anchor, true)?;
        let known = [
            "in", "class", "word", "binds", "when", "caveat", "void", "receiver", "serves", "known-as", "reported",
            "source", "gap",
        ];
        item.finish(&known, &mut self.remarks);
        self.define(Noun::Commitment, id.as_str(), &span)?;
        self.package.commitments.push(Commitment {
            id,
            debtor,
            beneficiary,
            says,
            instrument,
            article,
            class,
            word,
            binds,
            when,
            caveats,
            voids,
            receiver,
            serves,
            known_as,
            cited,
        });
        Ok(())
    }

    pub(super) fn choice<T: Copy>(&mut self, item: &mut Item, key: &str, what: &str, all: &[(&str, T)]) -> Read<T> {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let mut line = item.one(key, &format!("add `{key}` with one of {}", words.join(", ")))?;
        let chosen = line.one_of(what, all)?;
        line.finish()?;
        Ok(chosen)
    }

    pub(super) fn conditions(&mut self, item: &mut Item, key: &str) -> Read<Vec<Label>> {
        let mut conditions = Vec::new();
        for mut line in item.all(key) {
            let named = line.labels("a condition", "name conditions that `condition` defines")?;
            line.finish()?;
            conditions.extend(self.all(Noun::Condition, named));
        }
        Ok(conditions)
    }

    pub(super) fn as_reading(&mut self, line: &mut Cursor) -> Read<Option<Label>> {
        if !line.took("as") {
            return Ok(None);
        }
        let reading = line.label("a reading", "name a reading that `reading` defines")?;
        if !line.took_sign(':') {
            return Err(line.expected("`:`", "write `as NAME: ...`"));
        }
        Ok(Some(self.uses(Noun::Reading, reading)))
    }

    /// `state signed 2024-01-12 by A, B to C "note"`: what the page itself says was done, one deed for each who did it.
    fn deeds(&mut self, item: &mut Item, key: &str, about: &Label, kinds: &[DeedKind]) -> Read<()> {
        let words: Vec<(&str, DeedKind)> = kinds.iter().map(|kind| (kind.word(), *kind)).collect();
        for mut line in item.all(key) {
            let place = line.span.clone();
            let what = line.one_of("deed", &words)?;
            let mut first = line.clone().until(&["by", "to", "source"]);
            let is_date = first.tokens.len() == 1 || line.peek().is_some_and(|word| word.contains('-'));
            let amount = if is_date {
                None
            } else {
                let amount = line.amount()?;
                first = line.clone().until(&["by", "to", "source"]);
                Some(amount)
            };
            line.until(&["by", "to", "source"]);
            let happened = self.span(first)?;
            line.the("by", "say who: `by A, B`")?;
            let by = line.parties()?;
            let by = self.all(Noun::Party, by);
            let to = if line.took("to") { line.parties()? } else { Vec::new() };
            let to = self.all(Noun::Party, to);
            let note = line.maybe_text().unwrap_or_default();
            line.finish()?;
            for author in by {
                let number = self.package.deeds.len() + 1;
                let prefix = self.prefix.as_deref().unwrap_or_default();
                let id = Label::new(&format!("{prefix}p{number}")).unwrap_or_else(|| about.clone());
                let mut deed = Deed::plain(id, what, Some(author), happened);
                (deed.about, deed.to, deed.amount, deed.note) =
                    (Some(about.clone()), to.clone(), amount.clone(), note.clone());
                self.package.deeds.push(deed);
            }
            if self.package.deeds.len() > ITEMS_MOST {
                let many = format!("more than {ITEMS_MOST} deeds; those from here on are not read");
                return Err(remark_in_english(Code::Limit, place, many).fix_in_english("split the page"));
            }
        }
        Ok(())
    }

    /// A day, a month, a year, or a time.
    pub(super) fn span(&mut self, statement: Statement) -> Read<Span> {
        let calendar = self.package.calendar.clone();
        let span = statement.span.clone();
        let text = &self.text[span.clone()];
        let parts: Vec<&str> = text.split('-').collect();
        let digits = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if !digits || parts.len() > 3 || statement.tokens.len() != 1 {
            return self.instant(statement, &calendar).map(Span::at);
        }
        // A year or a month is as much as some sources know.
        let wrong = || {
            let wrong = remark_in_english(Code::TimeBroken, span.clone(), format!("`{text}` is no day, month or year"));
            wrong.fix_in_english("write it as `2026-01-06`, `2026-01` or `2026`")
        };
        let full = format!("{text}{}", ["", "", "-01", "-01-01"][4 - parts.len().max(1)]);
        let first: jiff::civil::Date = full.parse().map_err(|_| wrong())?;
        let next = match parts.len() {
            1 => first.checked_add(jiff::Span::new().years(1)),
            2 => first.checked_add(jiff::Span::new().months(1)),
            _ => first.tomorrow(),
        };
        let begins = |day: jiff::civil::Date| {
            let noon = calendar.instant(day.to_datetime(jiff::civil::time(12, 0, 0, 0))).ok()?;
            calendar.day_begins(noon, 0).ok()
        };
        let whole = begins(first).zip(next.ok().and_then(begins));
        whole.and_then(|(from, to)| Span::new(from, to.shifted(-1))).ok_or_else(wrong)
    }

    pub(super) fn cited(&mut self, item: &mut Item, anchor: &str, needed: bool) -> Read<Cited> {
        let mut sources = Vec::new();
        for mut line in item.all("source") {
            let named = line.labels("a source", "name sources that `source` defines")?;
            line.finish()?;
            sources.extend(self.all(Noun::Source, named));
        }
        if sources.is_empty() && needed {
            let bare = remark_in_english(
                Code::Uncited,
                item.key.span.clone(),
                format!("this {} names no source", item.key.text),
            );
            return Err(
                bare.fix_in_english("add `source NAME`, and `source NAME official 2026-01-06 \"where\"` at the margin")
            );
        }
        let mut gaps = Vec::new();
        for mut line in item.all("gap") {
            gaps.push(line.text("what is not said or not public")?);
            line.finish()?;
        }
        Ok(Cited { sources, gaps, anchor: anchor.to_owned(), line: self.line(item.span.start) })
    }

    fn ladder(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (id, _) = item.head.label("the name of the ladder", "write `ladder name \"what it is called\"`")?;
        let title = item.head.text("what it is called")?;
        item.head.clone().finish()?;
        let mut line = item.one("version", "add `version 1`")?;
        let version = line.word("a version", "write `version 1`")?.text;
        line.finish()?;
        let mut line = item.one("rungs", "add `rungs first, second`")?;
        let named = line.labels("a commitment", "name the commitments, the lowest rung first")?;
        line.finish()?;
        let rungs = self.all(Noun::Commitment, named);
        let cited = self.cited(&mut item, anchor, true)?;
        item.finish(&["version", "rungs", "source", "gap"], &mut self.remarks);
        self.package.ladders.push(Ladder { id, title, version, rungs, cited });
        Ok(())
    }

    fn close(mut self, text: &str) -> (Package, Vec<Remark>) {
        for (noun, name, span) in std::mem::take(&mut self.used) {
            if self.defined.contains_key(&(noun, name.clone())) {
                continue;
            }
            let all = self.defined.range((noun, String::new())..).take_while(|((other, _), _)| *other == noun);
            let fix = did_you_mean(&name, all.map(|((_, name), _)| name.as_str()));
            let unknown = format!("no {} is called `{name}`", noun.word());
            self.remarks.push(remark_in_english(Code::Name, span, unknown).maybe_fix(fix));
        }
        self.order_clocks();
        // What a clock does not cite it takes from its commitment.
        let cited: BTreeMap<&Label, &Cited> =
            self.package.commitments.iter().map(|commitment| (&commitment.id, &commitment.cited)).collect();
        for clock in &mut self.package.clocks {
            if let Some(of) = cited.get(&clock.commitment).filter(|_| clock.cited.sources.is_empty()) {
                clock.cited.sources.clone_from(&of.sources);
            }
        }
        (self.package, self.remarks.placed_in(GUARANTEES_FILE, text))
    }

    /// Each clock after those that it leans on; a ring is remarked upon and left out.
    fn order_clocks(&mut self) {
        let mut waiting = std::mem::take(&mut self.package.clocks);
        let mut placed: BTreeSet<Label> = BTreeSet::new();
        loop {
            let here: BTreeSet<Label> = waiting.iter().map(|clock| clock.id.clone()).collect();
            let ready = |clock: &ClockRule| {
                clock.starts.iter().all(|start| match &start.trigger {
                    Trigger::Expiry(of) | Trigger::Discharge(of) => placed.contains(of) || !here.contains(of),
                    Trigger::Deed(_) | Trigger::Breach { .. } | Trigger::Moment(_) => true,
                })
            };
            let (now, later): (Vec<ClockRule>, Vec<ClockRule>) = waiting.into_iter().partition(ready);
            waiting = later;
            if now.is_empty() {
                break;
            }
            placed.extend(now.iter().map(|clock| clock.id.clone()));
            self.package.clocks.extend(now);
        }
        for clock in waiting {
            let key = (Noun::Clock, clock.id.to_string());
            let span = self.defined.get(&key).cloned().unwrap_or(0..0);
            let ring = remark_in_english(Code::Ring, span, "this clock is started, through others, by itself");
            self.remarks.push(ring.fix_in_english("start one of them by a deed or a breach"));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
