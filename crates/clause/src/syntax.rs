//! A statement as it is written, before its names are looked up.
//!
//! Takes nothing (the grammar builds it); gives names and times with their places in the text. Never knows what a name
//! means.

use crate::calendar::Duration;
use std::ops::Range;
use terms::Chance;

/// A name and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

/// A statement of a fenced block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Written {
    Parties(Vec<(Name, Option<String>)>),
    Actors(Vec<(Name, Option<String>)>),
    ZoneMap { name: Name, map: MapText },
    ZoneBand { name: Name, reach_m: u32, line: Name },
    Line { name: Name, map: MapText },
    Event { name: Name, of: Vec<Name> },
    Class { name: Name, of: Vec<Name> },
    Reading { name: Name, parameters: Vec<(Name, Time)> },
    Rule(Box<RuleText>),
    Except { label: Name, test: ExceptText },
    Standard(Chance),
    TextOnly(String),
}

/// A map's file and day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MapText {
    pub(crate) file: Name,
    pub(crate) as_of: Option<String>,
}

/// A rule's first statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RuleText {
    pub(crate) id: Name,
    pub(crate) bearer: BearerText,
    pub(crate) kernel: KernelText,
    pub(crate) from: Option<Time>,
    pub(crate) until: Option<Time>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum BearerText {
    EachParty,
    All,
    One(Name),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum KernelText {
    Never(PatternText),
    By(PatternText),
    Between(PatternText),
    After { trigger: PatternText, response: PatternText, within: Duration },
    TextOnly(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PatternText {
    pub(crate) events: Vec<Name>,
    pub(crate) class: Option<Name>,
    pub(crate) by: Option<Name>,
    pub(crate) at: Option<Name>,
    pub(crate) zone: Option<Name>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ExceptText {
    By(Vec<Name>),
    In(Name),
    On(Name),
    After { within: Duration, within_span: Range<usize>, pattern: PatternText },
}

/// A time as written: a moment and what is added to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Time {
    pub(crate) moment: Moment,
    pub(crate) steps: Vec<Step>,
    pub(crate) span: Range<usize>,
}

/// One `+ 30 days` or `- 2 hours`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    pub(crate) by: Duration,
    pub(crate) backwards: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Moment {
    /// A date and a clock time, with the zone if one is said.
    Civil { time: jiff::civil::DateTime, zone: Option<Name> },
    /// Day `n` of the agreement or of a parameter.
    Day { n: u32, of: Option<Name> },
    /// `in-force`, `ends` or a parameter.
    Named(Name),
}
