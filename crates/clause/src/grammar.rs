//! The grammar of statements, by recursive descent.
//!
//! Takes the tokens of one statement; gives what is written there, or one remark with its place and a fix. Never looks a
//! name up; never reads past its statement, so that one bad line loses only itself.

use crate::calendar::Duration;
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, remark};
use crate::syntax::{
    BearerText, ExceptText, KernelText, MapText, Moment, Name, PatternText, RuleText, Step, Time, Written,
};
use crate::token::{OPENING, Statement, Token, TokenKind};
use std::ops::Range;
use terms::{Chance, Label};

type Parsed<T> = Result<T, Remark>;

/// Kinds of clause that later versions of the language will read.
const LATER: [&str; 9] = ["always", "at", "only", "otherwise", "power", "may", "suspended", "final", "source"];

/// What one statement says.
pub(crate) fn parse(statement: &Statement) -> Parsed<Written> {
    if let Some(broken) = &statement.broken {
        return Err(broken.clone());
    }
    let mut parser = Parser { tokens: &statement.tokens, at: 0, end: statement.span.end };
    let written = parser.statement()?;
    parser.nothing_more()?;
    Ok(written)
}

/// One `DATE CLOCK [ZONE]`, parameter or day, with what is added: for front matter.
pub(crate) fn parse_time(statement: &Statement) -> Parsed<Time> {
    parse_all(statement, |parser| parser.time())
}

/// One length of time: for front matter.
pub(crate) fn parse_duration(statement: &Statement) -> Parsed<Duration> {
    parse_all(statement, |parser| parser.duration())
}

/// One chance: for front matter.
pub(crate) fn parse_chance(statement: &Statement) -> Parsed<Chance> {
    parse_all(statement, |parser| parser.chance())
}

fn parse_all<T>(statement: &Statement, read: impl Fn(&mut Parser<'_>) -> Parsed<T>) -> Parsed<T> {
    if let Some(broken) = &statement.broken {
        return Err(broken.clone());
    }
    let mut parser = Parser { tokens: &statement.tokens, at: 0, end: statement.span.end };
    let value = read(&mut parser)?;
    parser.nothing_more()?;
    Ok(value)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    end: usize,
}

impl<'t> Parser<'t> {
    fn statement(&mut self) -> Parsed<Written> {
        let opening = self.name("a statement")?;
        match opening.text.as_str() {
            "parties" => Ok(Written::Parties(self.namings()?)),
            "actors" => Ok(Written::Actors(self.namings()?)),
            "zone" => self.zone(),
            "line" => {
                let name = self.label("a name for the line")?;
                self.sign('=')?;
                Ok(Written::Line { name, map: self.map()? })
            }
            "event" => self.named_set("an act or event").map(|(name, of)| Written::Event { name, of }),
            "class" => self.named_set("an object or class").map(|(name, of)| Written::Class { name, of }),
            "reading" => self.reading(),
            "rule" => Ok(Written::Rule(Box::new(self.rule()?))),
            "except" => self.except(),
            "standard" => Ok(Written::Standard(self.chance()?)),
            "text-only" => Ok(Written::TextOnly(self.because()?)),
            word if LATER.contains(&word) => Err(later(word, opening.span)),
            word => {
                let unknown = format!("`{word}` opens no statement");
                let known = format!("statements open with {}", listed(&OPENING));
                let fix = did_you_mean(word, OPENING);
                Err(remark(Code::UnknownStatement, opening.span, unknown).because(known).maybe_fix(fix))
            }
        }
    }

    fn namings(&mut self) -> Parsed<Vec<(Name, Option<String>)>> {
        let mut namings = Vec::new();
        loop {
            let name = self.label("a name")?;
            let shown = self.take_text();
            namings.push((name, shown));
            if !self.take_sign(',') {
                return Ok(namings);
            }
        }
    }

    fn zone(&mut self) -> Parsed<Written> {
        let name = self.label("a name for the zone")?;
        self.sign('=')?;
        if !self.take_word("within") {
            return Ok(Written::ZoneMap { name, map: self.map()? });
        }
        let number = self.name("a distance")?;
        let unit = self.name("`km` or `m`")?;
        let unit_m = match unit.text.as_str() {
            "km" => 1_000,
            "m" => 1,
            _ => return Err(remark(Code::Unexpected, unit.span, "a distance is in `km` or `m`").fix("write `15 km`")),
        };
        /// No zone of any agreement is wider.
        const REACH_MOST_M: u64 = 1_000_000;
        let reach = thousandths(&number.text).map(|reach| reach * unit_m / 1_000);
        let Some(reach_m) = reach.filter(|reach_m| (1..=REACH_MOST_M).contains(reach_m)) else {
            let wrong = format!("`{}` is not a distance between 1 m and 1 000 km", number.text);
            return Err(remark(Code::Unexpected, number.span, wrong).fix("write `15 km`"));
        };
        self.word("of")?;
        let line = self.label("the line")?;
        let reach_m = u32::try_from(reach_m).expect("invariant: checked above");
        Ok(Written::ZoneBand { name, reach_m, line })
    }

    fn map(&mut self) -> Parsed<MapText> {
        self.word("map")?;
        let span = self.here();
        let Some(file) = self.take_text() else {
            return Err(self.unexpected("the map's file name in double quotes"));
        };
        let mut as_of = None;
        if self.take_word("as") {
            self.word("of")?;
            let day = self.name("a date")?;
            if day.text.parse::<jiff::civil::Date>().is_err() {
                return Err(not_a_date(&day));
            }
            as_of = Some(day.text);
        }
        Ok(MapText { file: Name { text: file, span }, as_of })
    }

    fn named_set(&mut self, what: &str) -> Parsed<(Name, Vec<Name>)> {
        let name = self.label("a name")?;
        self.sign('=')?;
        Ok((name, self.alternatives(what)?))
    }

    fn alternatives(&mut self, what: &str) -> Parsed<Vec<Name>> {
        let mut names = vec![self.label(what)?];
        while self.take_word("or") {
            names.push(self.label(what)?);
        }
        Ok(names)
    }

    fn reading(&mut self) -> Parsed<Written> {
        let name = self.label("the reading's name")?;
        self.sign(':')?;
        let mut parameters = Vec::new();
        loop {
            let parameter = self.label("a parameter")?;
            self.sign('=')?;
            parameters.push((parameter, self.time()?));
            if !self.take_sign(',') {
                return Ok(Written::Reading { name, parameters });
            }
        }
    }

    fn rule(&mut self) -> Parsed<RuleText> {
        let id = self.label("the rule's name")?;
        if !self.take_word("of") {
            let nobody = format!("rule `{}` binds nobody", id.text);
            let fix = format!("write `rule {} of each party: ...`, or name a party or actor", id.text);
            return Err(remark(Code::NoBearer, id.span, nobody).fix(fix));
        }
        let who = self.label("`each party`, `all` or a name")?;
        let bearer = match who.text.as_str() {
            "each" => self.word("party").map(|()| BearerText::EachParty)?,
            "all" => BearerText::All,
            _ => BearerText::One(who),
        };
        self.sign(':')?;
        self.kernel(id, bearer)
    }

    fn kernel(&mut self, id: Name, bearer: BearerText) -> Parsed<RuleText> {
        let opening = self.name("`never`, `by`, `between`, `after` or `text-only because`")?;
        let (mut from, mut until) = (None, None);
        let kernel = match opening.text.as_str() {
            "never" => KernelText::Never(self.pattern()?),
            "by" => {
                until = Some(self.time()?);
                KernelText::By(self.pattern()?)
            }
            "between" => {
                from = Some(self.time()?);
                self.word("and")?;
                until = Some(self.time()?);
                KernelText::Between(self.pattern()?)
            }
            "after" => self.response(&opening)?,
            "text-only" => KernelText::TextOnly(self.because()?),
            word if LATER.contains(&word) => return Err(later(word, opening.span)),
            word => {
                let unknown = format!("`{word}` opens no kind of clause");
                let known = ["never", "by", "between", "after", "text-only"];
                let fix = did_you_mean(word, known).unwrap_or(format!("write one of {}", listed(&known)));
                return Err(remark(Code::Unexpected, opening.span, unknown).fix(fix));
            }
        };
        let windowed = matches!(kernel, KernelText::Never(_) | KernelText::After { .. });
        if windowed && self.take_word("from") {
            from = Some(self.time()?);
        }
        if windowed && self.take_word("until") {
            until = Some(self.time()?);
        }
        Ok(RuleText { id, bearer, kernel, from, until })
    }

    fn response(&mut self, after: &Name) -> Parsed<KernelText> {
        self.take_word("each");
        let trigger = self.pattern()?;
        self.word("must")?;
        let response = self.pattern()?;
        if !self.take_word("within") {
            let span = after.span.start..self.here().start;
            let endless =
                remark(Code::Unbounded, span, "this duty has no deadline, so nobody could ever say it was broken");
            return Err(endless.fix("add `within 24 hours`, or write `text-only because \"...\"`"));
        }
        Ok(KernelText::After { trigger, response, within: self.duration()? })
    }

    fn except(&mut self) -> Parsed<Written> {
        let label = self.label("a label for the exception")?;
        self.sign(':')?;
        let opening = self.name("`by`, `in`, `on` or `within`")?;
        let test = match opening.text.as_str() {
            "by" => ExceptText::By(self.alternatives("a party or actor")?),
            "in" => ExceptText::In(self.label("a zone")?),
            "on" => ExceptText::On(self.label("a class")?),
            "within" => {
                let start = self.here().start;
                let within = self.duration()?;
                let within_span = start..self.before();
                self.word("after")?;
                ExceptText::After { within, within_span, pattern: self.pattern()? }
            }
            word => {
                let unknown = format!("`{word}` opens no exception that this version reads");
                let fix = "write `by NAME`, `in ZONE`, `on CLASS` or `within 10 minutes after EVENT by other at party`";
                return Err(remark(Code::Unexpected, opening.span, unknown).fix(fix));
            }
        };
        Ok(Written::Except { label, test })
    }

    fn pattern(&mut self) -> Parsed<PatternText> {
        let events = self.alternatives("an act or event")?;
        let mut pattern = PatternText { events, class: None, by: None, at: None, zone: None };
        loop {
            let (slot, what) = match self.peek_word() {
                Some("on" | "of") => (&mut pattern.class, "a class of objects"),
                Some("by") => (&mut pattern.by, "`party`, `other`, `anyone` or a name"),
                Some("at") => (&mut pattern.at, "`party`, `other`, `anyone` or a name"),
                Some("in") => (&mut pattern.zone, "a zone"),
                Some(_) | None => return Ok(pattern),
            };
            if slot.is_some() {
                let twice = remark(Code::Unexpected, self.here(), "this is said twice in one pattern");
                return Err(twice.fix("keep one of the two"));
            }
            self.at += 1;
            *slot = Some(self.label(what)?);
        }
    }

    fn time(&mut self) -> Parsed<Time> {
        let start = self.here().start;
        let mut steps = Vec::new();
        let moment = if self.take_sign('+') {
            let span = start..self.before();
            steps.push(Step { by: self.duration()?, backwards: false });
            Moment::Named(Name { text: "in-force".to_owned(), span })
        } else {
            self.moment()?
        };
        loop {
            let backwards = match self.peek() {
                Some(TokenKind::Sign('+')) => false,
                Some(TokenKind::Sign('-')) => true,
                Some(_) | None => return Ok(Time { moment, steps, span: start..self.before() }),
            };
            self.at += 1;
            steps.push(Step { by: self.duration()?, backwards });
        }
    }

    fn moment(&mut self) -> Parsed<Moment> {
        let word = self.name("a time")?;
        if word.text == "day" {
            let n = self.name("a number")?;
            /// No agreement counts more days than a hundred years have.
            const DAYS_MOST: u32 = 36_525;
            let days = n.text.parse().ok().filter(|days| (1..=DAYS_MOST).contains(days));
            let Some(n) = days else {
                let wrong = format!("`{}` is not a day number", n.text);
                return Err(remark(Code::TimeBroken, n.span, wrong).fix("day 1 is the civil day of entry into force"));
            };
            let of = if self.take_word("of") { Some(self.label("a parameter")?) } else { None };
            return Ok(Moment::Day { n, of });
        }
        if !word.text.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(Moment::Named(word));
        }
        let Ok(date) = word.text.parse::<jiff::civil::Date>() else {
            return Err(not_a_date(&word));
        };
        self.clock(date, &word)
    }

    fn clock(&mut self, date: jiff::civil::Date, day: &Name) -> Parsed<Moment> {
        let Some(clock) = self.peek_word().filter(|word| word.contains(':')).map(str::to_owned) else {
            let alone =
                remark(Code::TimeBroken, day.span.clone(), format!("`{}` is a whole day, not a time", day.text));
            let why = "whether a term ends as that day begins or as it ends decides real cases";
            return Err(alone.because(why).fix(format!("write `{} 00:00`", day.text)));
        };
        let span = self.here();
        self.at += 1;
        let broken =
            |wrong: String| remark(Code::TimeBroken, span.clone(), wrong).fix("write hours and minutes: `16:00`");
        let time = if clock == "24:00" {
            let next = date.tomorrow().map_err(|_| broken("the calendar ends here".to_owned()))?;
            next.to_datetime(jiff::civil::Time::midnight())
        } else {
            let time = clock.parse::<jiff::civil::Time>();
            date.to_datetime(time.map_err(|_| broken(format!("`{clock}` is not a clock time")))?)
        };
        Ok(Moment::Civil { time, zone: self.zone_name() })
    }

    /// A zone's name, or an offset such as `+03:00`, if one follows the clock time.
    fn zone_name(&mut self) -> Option<Name> {
        let word = |token: &Token| match &token.kind {
            TokenKind::Word(word) => Some(word.clone()),
            TokenKind::Text(_) | TokenKind::Sign(_) => None,
        };
        let sign = match self.peek() {
            Some(TokenKind::Sign(sign @ ('+' | '-'))) => Some(*sign),
            Some(_) | None => None,
        };
        if let Some(sign) = sign {
            let offset = self.tokens.get(self.at + 1).filter(|token| word(token).is_some_and(|w| w.contains(':')))?;
            let span = self.here().start..offset.span.end;
            let text = format!("{sign}{}", word(offset)?);
            self.at += 2;
            return Some(Name { text, span });
        }
        let token = self.tokens.get(self.at)?;
        let text = word(token).filter(|word| word.contains('/') || word == "UTC")?;
        self.at += 1;
        Some(Name { text, span: token.span.clone() })
    }

    fn duration(&mut self) -> Parsed<Duration> {
        let count = self.name("a length of time")?;
        let unit = self.name("`seconds`, `minutes`, `hours`, `days` or `weeks`")?;
        Duration::parse(&count.text, &unit.text).ok_or_else(|| {
            let wrong = format!("`{} {}` is not a length of time", count.text, unit.text);
            let units = ["seconds", "minutes", "hours", "days", "weeks"];
            let fix = did_you_mean(&unit.text, units).unwrap_or("write `24 hours` or `14 days`".to_owned());
            remark(Code::TimeBroken, count.span.start..unit.span.end, wrong).fix(fix)
        })
    }

    fn chance(&mut self) -> Parsed<Chance> {
        let number = self.name("a chance between 0 and 1")?;
        millionths(&number.text).and_then(Chance::from_ppm).ok_or_else(|| {
            let wrong = format!("`{}` is not a chance between 0 and 1", number.text);
            remark(Code::FrontMatterValue, number.span, wrong).fix("write `0.95` for 95 %")
        })
    }

    fn because(&mut self) -> Parsed<String> {
        self.word("because")?;
        let span = self.here();
        let why = self.take_text().ok_or_else(|| self.unexpected("the reason in double quotes"))?;
        if why.trim().is_empty() {
            let empty = remark(Code::Unexpected, span, "the reason is empty");
            return Err(empty.fix("say why nothing here can be observed"));
        }
        Ok(why)
    }
}

/// Single tokens.
impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t TokenKind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn peek_word(&self) -> Option<&'t str> {
        match self.peek() {
            Some(TokenKind::Word(word)) => Some(word),
            Some(TokenKind::Text(_) | TokenKind::Sign(_)) | None => None,
        }
    }

    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |token| token.span.clone())
    }

    /// Where the last token read ends.
    fn before(&self) -> usize {
        self.tokens[..self.at].last().map_or(self.end, |token| token.span.end)
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = self.peek_word() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(&TokenKind::Sign(wanted));
        self.at += usize::from(found);
        found
    }

    fn take_text(&mut self) -> Option<String> {
        match self.peek() {
            Some(TokenKind::Text(text)) => {
                self.at += 1;
                Some(text.clone())
            }
            Some(TokenKind::Word(_) | TokenKind::Sign(_)) | None => None,
        }
    }

    fn word(&mut self, wanted: &str) -> Parsed<()> {
        if self.take_word(wanted) { Ok(()) } else { Err(self.unexpected(&format!("`{wanted}`"))) }
    }

    fn sign(&mut self, wanted: char) -> Parsed<()> {
        if self.take_sign(wanted) { Ok(()) } else { Err(self.unexpected(&format!("`{wanted}`"))) }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        let span = self.here();
        let Some(word) = self.peek_word() else {
            return Err(self.unexpected(what));
        };
        self.at += 1;
        Ok(Name { text: word.to_owned(), span })
    }

    /// A name that fits the record: a [`Label`].
    fn label(&mut self, what: &str) -> Parsed<Name> {
        let name = self.name(what)?;
        if Label::new(&name.text).is_some() {
            return Ok(name);
        }
        let wrong = format!("`{}` is not a name", name.text);
        Err(remark(Code::Unexpected, name.span, wrong).fix("names hold up to 64 letters, digits, `-`, `_` and `.`"))
    }

    fn nothing_more(&self) -> Parsed<()> {
        if self.at >= self.tokens.len() {
            return Ok(());
        }
        let fix = "a statement ends here; begin a new line, without a space before it";
        Err(self.unexpected("the end of the statement").fix(fix))
    }

    fn unexpected(&self, wanted: &str) -> Remark {
        let found = match self.peek() {
            Some(TokenKind::Word(word)) => format!("found `{word}`"),
            Some(TokenKind::Text(_)) => "found a quotation".to_owned(),
            Some(TokenKind::Sign(sign)) => format!("found `{sign}`"),
            None => "the statement ends".to_owned(),
        };
        remark(Code::Unexpected, self.here(), format!("{found} where {wanted} is expected"))
    }
}

fn later(word: &str, span: Range<usize>) -> Remark {
    let message = format!("`{word}` opens a kind of clause that this version does not read yet");
    remark(Code::LaterKind, span, message)
        .because("it is kept as text, and judged by nobody")
        .fix("write it with `never`, `by`, `between` or `after`, or say `text-only because \"...\"`")
}

fn not_a_date(word: &Name) -> Remark {
    let wrong = format!("`{}` is not a date", word.text);
    remark(Code::TimeBroken, word.span.clone(), wrong).fix("write year, month and day: `2026-04-11`")
}

/// `a`, `b` and `c`.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A decimal number of up to three places, times a thousand.
fn thousandths(text: &str) -> Option<u64> {
    scaled(text, 3)
}

/// A decimal number of up to six places, times a million.
pub(crate) fn millionths(text: &str) -> Option<u32> {
    scaled(text, 6).and_then(|scaled| u32::try_from(scaled).ok())
}

fn scaled(text: &str, places: usize) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || part.len() > places || !plain(whole) || !plain(part) {
        return None;
    }
    format!("{whole}{part:0<places$}").parse().ok()
}
