//! From the tree of a statement to what is written there.
//!
//! Takes a tree that fits the grammar; gives typed statements, or one remark on a number, time or length that has the
//! right shape and no meaning. Never looks a name up.

use crate::calendar::Duration;
use crate::grammar::{Grammar, Part, Tree};
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, remark};
use crate::said::{Said, said};
use crate::syntax::{
    BearerText, EffectText, ExceptText, FirstText, KernelText, MapText, Member, Moment, Name, PatternText, PowerText,
    RuleText, SourceText, StateText, Step, Time, TriggerText, VerdictText, Written,
};
use crate::token::Statement;
use std::ops::Range;
use terms::Chance;

type Lowered<T> = Result<T, Remark>;

/// What one statement says.
pub(crate) fn parse(grammar: &Grammar, statement: &Statement) -> Lowered<Written> {
    let tree = grammar.parse("statement", statement)?;
    if let Some(span) = filled_twice(&tree) {
        let twice = remark(Code::Unexpected, span, said!("this is said twice in one pattern"));
        return Err(twice.fix(said!("keep one of the two")));
    }
    written(tree.only())
}

/// One `DATE CLOCK [ZONE]`, parameter or day, with what is added: for front matter.
pub(crate) fn parse_time(grammar: &Grammar, statement: &Statement) -> Lowered<Time> {
    time(&grammar.parse("time", statement)?)
}

/// One length of time: for front matter.
pub(crate) fn parse_duration(grammar: &Grammar, statement: &Statement) -> Lowered<Duration> {
    duration(&grammar.parse("duration", statement)?)
}

/// A chance between 0 and 1.
pub(crate) fn chance(text: &str, span: &Range<usize>) -> Lowered<Chance> {
    millionths(text).and_then(Chance::from_ppm).ok_or_else(|| {
        let wrong = said!("`{}` is not a chance between 0 and 1", text);
        remark(Code::FrontMatterValue, span.clone(), wrong).fix(said!("write `0.95` for 95 %"))
    })
}

fn written(tree: &Tree) -> Lowered<Written> {
    let written = match tree.name {
        "parties" => Written::Parties(namings(tree)),
        "actors" => Written::Actors(namings(tree)),
        "line" => Written::Line { name: name(tree, "NAME"), map: map(tree.the("map"))? },
        "zone" => zone(tree)?,
        "sectors" => Written::Sectors { name: name(tree, "NAME"), map: map(tree.the("map"))? },
        "event" => Written::Event { name: name(tree, "NAME"), of: names(tree, "EVENT") },
        "class" => {
            let of = tree.all("member").map(member).collect::<Lowered<_>>()?;
            Written::Class { name: name(tree, "NAME"), of }
        }
        "object" => Written::Object { name: name(tree, "NAME"), calibre_um: calibre(tree.the("calibre"))? },
        "state" => {
            let mut patterns = tree.all("pattern").map(pattern);
            let mut next = || patterns.next().expect("invariant: the grammar puts two patterns into a state");
            Written::State(Box::new(StateText { name: name(tree, "NAME"), begins: next(), ends: next() }))
        }
        "source" => Written::Source(source(tree)?),
        "reading" => {
            let settled = |tree: &Tree| Ok((name(tree, "PARAMETER"), time(tree.the("time"))?));
            Written::Reading {
                name: name(tree, "NAME"),
                parameters: tree.all("settled").map(settled).collect::<Lowered<_>>()?,
            }
        }
        "rule" => Written::Rule(Box::new(rule(tree)?)),
        "except" => {
            let tests = tree.all("test").map(test).collect::<Lowered<_>>()?;
            Written::Except { label: name(tree, "LABEL"), tests }
        }
        "otherwise" => {
            Written::Otherwise { id: name(tree, "ID"), response: pattern(tree.the("pattern")), within: bounded(tree)? }
        }
        "released" => Written::Released { rule: name(tree, "ID"), by: who(tree.the("who")) },
        "standard" => {
            let (text, span) = leaf(tree, "CHANCE");
            Written::Standard(chance(text, span)?)
        }
        "final" => Written::Final(duration(tree.the("duration"))?),
        "confirmed" => Written::Confirmed(name(tree, "HASH").text.to_lowercase()),
        "power" => Written::Power(Box::new(power(tree)?)),
        "text-only" => Written::TextOnly(because(tree)?),
        other => unreachable!("`{other}` is no statement"),
    };
    Ok(written)
}

fn leaf<'t>(tree: &'t Tree, terminal: &'static str) -> (&'t str, &'t Range<usize>) {
    let found = tree.leaves(terminal).next();
    found.unwrap_or_else(|| panic!("invariant: the grammar puts {terminal} into `{}`", tree.name))
}

fn name(tree: &Tree, terminal: &'static str) -> Name {
    let (text, span) = leaf(tree, terminal);
    Name { text: text.to_owned(), span: span.clone() }
}

fn names(tree: &Tree, terminal: &'static str) -> Vec<Name> {
    tree.leaves(terminal).map(|(text, span)| Name { text: text.to_owned(), span: span.clone() }).collect()
}

fn maybe_name(tree: &Tree, terminal: &'static str) -> Option<Name> {
    names(tree, terminal).into_iter().next()
}

fn namings(tree: &Tree) -> Vec<(Name, Option<String>)> {
    tree.all("naming").map(|naming| (name(naming, "NAME"), maybe_name(naming, "TEXT").map(|text| text.text))).collect()
}

fn zone(tree: &Tree) -> Lowered<Written> {
    let (zone, of) = (name(tree, "NAME"), maybe_name(tree, "PARTY"));
    if let Some(drawn) = tree.find("map") {
        return Ok(Written::ZoneMap { name: zone, of, map: map(drawn)? });
    }
    let band = tree.the("band");
    Ok(Written::ZoneBand { name: zone, of, reach_m: distance(band.the("distance"))?, line: name(band, "LINE") })
}

fn map(tree: &Tree) -> Lowered<MapText> {
    let day = maybe_name(tree, "DATE");
    if let Some(day) = day.as_ref().filter(|day| day.text.parse::<jiff::civil::Date>().is_err()) {
        return Err(not_a_date(day));
    }
    Ok(MapText { file: name(tree, "TEXT"), as_of: day.map(|day| day.text) })
}

fn distance(tree: &Tree) -> Lowered<u32> {
    /// No zone of any agreement is wider.
    const REACH_MOST_M: u64 = 1_000_000;
    let (number, span) = leaf(tree, "DECIMAL");
    let unit_m = if tree.has("km") { 1_000 } else { 1 };
    let reach = thousandths(number).map(|reach| reach * unit_m / 1_000);
    reach
        .filter(|reach_m| (1..=REACH_MOST_M).contains(reach_m))
        .and_then(|reach_m| u32::try_from(reach_m).ok())
        .ok_or_else(|| {
            let wrong = said!("`{}` is not a distance between 1 m and 1 000 km", number);
            remark(Code::Unexpected, span.clone(), wrong).fix(said!("write `15 km`"))
        })
}

fn calibre(tree: &Tree) -> Lowered<u32> {
    let (number, span) = leaf(tree, "DECIMAL");
    thousandths(number).and_then(|um| u32::try_from(um).ok()).filter(|um| (1..=2_000_000).contains(um)).ok_or_else(
        || {
            let wrong = said!("`{}` is not a calibre in millimetres", number);
            remark(Code::Unexpected, span.clone(), wrong).fix(said!("write `calibre 122 mm`"))
        },
    )
}

fn member(tree: &Tree) -> Lowered<Member> {
    let Some(bound) = tree.find("bound") else { return Ok(Member::Object(name(tree, "OBJECT"))) };
    let um = calibre(tree.the("calibre"))?;
    let (least_um, most_um) = match () {
        () if bound.has("over") => (um + 1, u32::MAX),
        () if bound.has("under") => (0, um - 1),
        () if bound.has("least") => (um, u32::MAX),
        () => (0, um),
    };
    Ok(Member::Calibre { least_um, most_um })
}

fn source(tree: &Tree) -> Lowered<SourceText> {
    Ok(SourceText {
        name: name(tree, "NAME"),
        shown: maybe_name(tree, "TEXT").map(|text| text.text),
        events: names(tree, "EVENT"),
        zone: maybe_name(tree, "ZONE"),
        within: tree.find("duration").map(duration).transpose()?,
        at: tree.leaves("CHANCE").next().map(|(text, span)| chance(text, span)).transpose()?,
    })
}

fn rule(tree: &Tree) -> Lowered<RuleText> {
    let id = name(tree, "ID");
    let kernel = tree.the("kernel").only();
    let window = kernel.find("window");
    let bound = |word: &'static str| -> Lowered<Option<Time>> {
        let Some(window) = window else { return Ok(None) };
        let mut found = None;
        let mut opened = false;
        for part in &window.parts {
            match part {
                Part::Word { word: opening, .. } => opened = *opening == word,
                Part::Tree(tree) if opened => found = Some(time(tree)?),
                Part::Tree(_) | Part::Leaf { .. } => {}
            }
        }
        Ok(found)
    };
    let (mut from, mut until) = (bound("from")?, bound("until")?);
    let one = || pattern(kernel.the("pattern"));
    let quantity = || kernel.find("quantity").map(|tree| number(tree, "NUMBER")).transpose();
    let lowered = match kernel.name {
        "never" => KernelText::Never { pattern: one(), present: kernel.has("present") },
        "by" => {
            let times = kernel.all("time").map(time).collect::<Lowered<Vec<_>>>()?;
            let mut times = times.into_iter();
            (until, from) = (times.next(), times.next());
            KernelText::By { pattern: one(), quantity: quantity()? }
        }
        "between" => {
            let times = kernel.all("time").map(time).collect::<Lowered<Vec<_>>>()?;
            let mut times = times.into_iter();
            (from, until) = (times.next(), times.next());
            KernelText::Between { pattern: one(), quantity: quantity()? }
        }
        "always" => KernelText::Always(name(kernel, "STATE")),
        "response" => {
            let trigger = Box::new(trigger(kernel.the("trigger"))?);
            KernelText::After { trigger, response: one(), within: bounded(kernel)? }
        }
        "at-most" => KernelText::AtMost {
            number: number(kernel, "NUMBER")?,
            pattern: one(),
            per: kernel.find("duration").map(duration).transpose()?,
        },
        "at-least" => KernelText::AtLeastOnce { every: duration(kernel.the("duration"))?, pattern: one() },
        "may" => KernelText::May(one()),
        "only-after" => {
            let first = match kernel.find("verdict") {
                Some(tree) => FirstText::Verdict(verdict(tree)?),
                None => FirstText::Fact(pattern(kernel.all("pattern").nth(1).expect("invariant: two patterns"))),
            };
            KernelText::OnlyAfter { pattern: one(), first: Box::new(first) }
        }
        "text-only" => KernelText::TextOnly(because(kernel)?),
        other => unreachable!("`{other}` is no kind of clause"),
    };
    let owed = tree.find("owed").map(bearer);
    Ok(RuleText { id, bearer: bearer(tree.the("bearer")), owed, kernel: lowered, from, until })
}

fn bearer(tree: &Tree) -> BearerText {
    match () {
        () if tree.has("each") => BearerText::EachParty,
        () if tree.has("all") => BearerText::All,
        () => BearerText::One(name(tree, "PARTY")),
    }
}

/// The deadline of a duty, without which nobody could ever say that it was broken.
fn bounded(tree: &Tree) -> Lowered<Duration> {
    match tree.find("duration") {
        Some(within) => duration(within),
        None => {
            let span = tree.span.clone();
            let endless = remark(
                Code::Unbounded,
                span,
                said!("this duty has no deadline, so nobody could ever say it was broken"),
            );
            Err(endless.fix(said!("add `within 24 hours`, or write `text-only because \"...\"`")))
        }
    }
}

fn trigger(tree: &Tree) -> Lowered<TriggerText> {
    if let Some(tree) = tree.find("verdict") {
        return Ok(TriggerText::Verdict(verdict(tree)?));
    }
    if let Some(quiet) = tree.find("quiet") {
        return Ok(TriggerText::Quiet {
            length: duration(quiet.the("duration"))?,
            without: pattern(quiet.the("pattern")),
            verified_by: maybe_name(quiet, "PARTY"),
        });
    }
    let mut patterns = tree.all("pattern").map(pattern);
    let first = patterns.next().expect("invariant: the grammar puts a pattern into a trigger");
    let preceded = match patterns.next() {
        Some(before) => Some((before, duration(tree.the("duration"))?)),
        None => None,
    };
    Ok(TriggerText::Fact { pattern: first, preceded })
}

fn verdict(tree: &Tree) -> Lowered<VerdictText> {
    let times = match tree.find("duration") {
        Some(within) => Some((number(tree, "NUMBER")?, duration(within)?)),
        None => None,
    };
    Ok(VerdictText { rule: name(tree, "ID"), violated: tree.has("violated"), by: tree.find("who").map(who), times })
}

fn test(tree: &Tree) -> Lowered<ExceptText> {
    Ok(match () {
        () if tree.has("permitted") => ExceptText::Permitted(name(tree, "ID")),
        () if tree.has("by") => ExceptText::By(names(tree, "PARTY")),
        () if tree.has("in") => ExceptText::In(name(tree, "ZONE")),
        () if tree.has("on") => ExceptText::On(name(tree, "CLASS")),
        () if tree.has("while") => ExceptText::While(name(tree, "STATE")),
        () => ExceptText::After { within: duration(tree.the("duration"))?, pattern: pattern(tree.the("pattern")) },
    })
}

fn power(tree: &Tree) -> Lowered<PowerText> {
    let effect = tree.the("effect");
    let length = effect.find("duration").map(duration).transpose()?;
    let effect = match () {
        () if effect.has("suspend") => EffectText::Suspend { rules: names(effect, "ID"), length },
        () if effect.has("terminate") => EffectText::Terminate { rules: names(effect, "ID") },
        () => EffectText::Extend { by: length.expect("invariant: the grammar gives an extension its length") },
    };
    let when = tree.find("trigger").map(trigger).transpose()?;
    Ok(PowerText { id: name(tree, "ID"), bearer: bearer(tree.the("bearer")), effect, when })
}

fn pattern(tree: &Tree) -> PatternText {
    let mut pattern = PatternText { events: names(tree, "EVENT"), ..PatternText::default() };
    for slot in tree.all("slot") {
        match () {
            () if slot.has("by") => pattern.by = Some(who(slot.the("who"))),
            () if slot.has("at") || slot.has("to") || slot.has("with") => pattern.at = Some(who(slot.the("who"))),
            () if slot.has("each") => pattern.sectors = Some(name(slot, "SECTORS")),
            () if slot.has("in") => pattern.zone = Some(name(slot, "ZONE")),
            () if slot.has("about") => pattern.about_it = true,
            () if slot.has("there") => pattern.there = true,
            () => pattern.class = Some(name(slot, "CLASS")),
        }
    }
    pattern
}

/// A slot that a pattern fills twice, if there is one: where it stands.
fn filled_twice(tree: &Tree) -> Option<Range<usize>> {
    let mut taken: Vec<&str> = Vec::new();
    for slot in tree.all("slot") {
        let opening = match slot.parts.first() {
            Some(Part::Word { word: "of", .. }) => "on",
            Some(Part::Word { word: "to" | "with", .. }) => "at",
            Some(Part::Word { word, .. }) => word,
            Some(Part::Tree(_) | Part::Leaf { .. }) | None => continue,
        };
        if taken.contains(&opening) {
            return Some(slot.span.clone());
        }
        taken.push(opening);
    }
    tree.parts.iter().find_map(|part| match part {
        Part::Tree(inner) => filled_twice(inner),
        Part::Word { .. } | Part::Leaf { .. } => None,
    })
}

/// Somebody: `party`, `other`, `anyone`, `bearer`, `each party` or a name.
fn who(tree: &Tree) -> Name {
    let text = tree.parts.iter().map(|part| match part {
        Part::Word { word, .. } => (*word).to_owned(),
        Part::Leaf { text, .. } => text.clone(),
        Part::Tree(_) => String::new(),
    });
    Name { text: text.collect::<Vec<_>>().join(" "), span: tree.span.clone() }
}

fn time(tree: &Tree) -> Lowered<Time> {
    let mut steps = Vec::new();
    let moment = match tree.find("moment") {
        Some(tree) => moment(tree)?,
        None => {
            steps.push(Step { by: duration(tree.the("duration"))?, backwards: false });
            Moment::Named(Name { text: "in-force".to_owned(), span: tree.span.clone() })
        }
    };
    for shift in tree.all("shift") {
        steps.push(Step { by: duration(shift.the("duration"))?, backwards: shift.has("-") });
    }
    Ok(Time { moment, steps, span: tree.span.clone() })
}

fn moment(tree: &Tree) -> Lowered<Moment> {
    if let Some(parameter) = maybe_name(tree, "PARAMETER").filter(|_| !tree.has("day")) {
        let dated = parameter.text.starts_with(|c: char| c.is_ascii_digit());
        return if dated { Err(not_a_date(&parameter)) } else { Ok(Moment::Named(parameter)) };
    }
    if tree.has("day") {
        /// No agreement counts more days than a hundred years have.
        const DAYS_MOST: u32 = 36_525;
        let (n, span) = leaf(tree, "NUMBER");
        let days = n.parse().ok().filter(|days| (1..=DAYS_MOST).contains(days));
        let of = maybe_name(tree, "PARAMETER");
        return days.map(|n| Moment::Day { n, of }).ok_or_else(|| {
            let wrong = said!("`{}` is not a day number", n);
            remark(Code::TimeBroken, span.clone(), wrong).fix(said!("day 1 is the civil day of entry into force"))
        });
    }
    let day = name(tree, "DATE");
    let Ok(date) = day.text.parse::<jiff::civil::Date>() else {
        return Err(not_a_date(&day));
    };
    let Some((clock, span)) = tree.leaves("CLOCK").next() else {
        let alone = remark(Code::TimeBroken, day.span, said!("`{}` is a whole day, not a time", day.text));
        let why = said!("whether a term ends as that day begins or as it ends decides real cases");
        return Err(alone.because(why).fix(said!("write `{} 00:00`", day.text)));
    };
    let broken =
        |wrong: Said| remark(Code::TimeBroken, span.clone(), wrong).fix(said!("write hours and minutes: `16:00`"));
    let time = if clock == "24:00" {
        let next = date.tomorrow().map_err(|_| broken(said!("the calendar ends here")))?;
        next.to_datetime(jiff::civil::Time::midnight())
    } else {
        let time = clock.parse::<jiff::civil::Time>();
        date.to_datetime(time.map_err(|_| broken(said!("`{}` is not a clock time", clock)))?)
    };
    let offset = tree.leaves("OFFSET").next().map(|(offset, span)| {
        let sign = if tree.has("-") { '-' } else { '+' };
        Name { text: format!("{sign}{offset}"), span: span.start - 1..span.end }
    });
    Ok(Moment::Civil { time, zone: offset.or_else(|| maybe_name(tree, "TIME-ZONE")) })
}

fn duration(tree: &Tree) -> Lowered<Duration> {
    let ((count, at), (unit, end)) = (leaf(tree, "NUMBER"), leaf(tree, "UNIT"));
    Duration::parse(count, unit).ok_or_else(|| {
        let wrong = said!("`{} {}` is not a length of time", count, unit);
        let units = ["seconds", "minutes", "hours", "days", "weeks", "months", "years"];
        let fix = did_you_mean(unit, units).unwrap_or_else(|| said!("write `24 hours` or `14 days`"));
        remark(Code::TimeBroken, at.start..end.end, wrong).fix(fix)
    })
}

fn number(tree: &Tree, terminal: &'static str) -> Lowered<u32> {
    let (text, span) = leaf(tree, terminal);
    text.parse().ok().filter(|n| *n <= 1_000_000_000).ok_or_else(|| {
        remark(Code::Unexpected, span.clone(), said!("`{}` is not a whole number", text))
            .fix(said!("write it in digits"))
    })
}

fn because(tree: &Tree) -> Lowered<String> {
    let (why, span) = leaf(tree, "TEXT");
    if why.trim().is_empty() {
        let empty = remark(Code::Unexpected, span.clone(), said!("the reason is empty"));
        return Err(empty.fix(said!("say why nothing here can be observed")));
    }
    Ok(why.to_owned())
}

fn not_a_date(word: &Name) -> Remark {
    let wrong = said!("`{}` is not a date", word.text);
    remark(Code::TimeBroken, word.span.clone(), wrong).fix(said!("write year, month and day: `2026-04-11`"))
}

/// A decimal number of up to three places, times a thousand.
fn thousandths(text: &str) -> Option<u64> {
    scaled(text, 3)
}

/// A decimal number of up to six places, times a million.
fn millionths(text: &str) -> Option<u32> {
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
