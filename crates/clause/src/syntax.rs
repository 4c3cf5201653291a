//! A statement as it is written, before its names are looked up.
//!
//! Takes nothing (`lower` builds it from the tree); gives names and times with their places in the text. Never knows what
//! a name means.

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
    ZoneMap { name: Name, of: Option<Name>, map: MapText },
    ZoneBand { name: Name, of: Option<Name>, reach_m: u32, line: Name },
    Sectors { name: Name, map: MapText },
    Line { name: Name, map: MapText },
    Event { name: Name, of: Vec<Name> },
    Class { name: Name, of: Vec<Member> },
    Object { name: Name, calibre_um: u32 },
    State(Box<StateText>),
    Source(SourceText),
    Reading { name: Name, parameters: Vec<(Name, Time)> },
    Rule(Box<RuleText>),
    Except { label: Name, tests: Vec<ExceptText> },
    Otherwise { id: Name, response: PatternText, within: Duration },
    Released { rule: Name, by: Name },
    Standard(Chance),
    Final(Duration),
    Confirmed(String),
    Power(Box<PowerText>),
    TextOnly(String),
}

impl Written {
    /// The name of the rule that it writes.
    pub(crate) fn rule_name(&self) -> Option<&Name> {
        if let Written::Otherwise { id, .. } = self {
            return Some(id);
        }
        if let Written::Rule(rule) = self { Some(&rule.id) } else { None }
    }

    /// Whether it limits the rule above it.
    pub(crate) fn under_a_rule(&self) -> bool {
        matches!(
            self,
            Written::Except { .. }
                | Written::Otherwise { .. }
                | Written::Released { .. }
                | Written::Standard(_)
                | Written::Final(_)
                | Written::Confirmed(_)
        )
    }
}

/// A state: what begins it and what ends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StateText {
    pub(crate) name: Name,
    pub(crate) begins: PatternText,
    pub(crate) ends: PatternText,
}

/// A map's file and day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MapText {
    pub(crate) file: Name,
    pub(crate) as_of: Option<String>,
}

/// A member of a class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Member {
    Object(Name),
    /// Every declared object whose calibre lies between these, ends included, in thousandths of a millimetre.
    Calibre {
        least_um: u32,
        most_um: u32,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SourceText {
    pub(crate) name: Name,
    pub(crate) shown: Option<String>,
    pub(crate) events: Vec<Name>,
    pub(crate) zone: Option<Name>,
    pub(crate) within: Option<Duration>,
    pub(crate) at: Option<Chance>,
}

/// A rule's first statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RuleText {
    pub(crate) id: Name,
    pub(crate) bearer: BearerText,
    pub(crate) owed: Option<BearerText>,
    pub(crate) kernel: KernelText,
    pub(crate) from: Option<Time>,
    pub(crate) until: Option<Time>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PowerText {
    pub(crate) id: Name,
    pub(crate) bearer: BearerText,
    pub(crate) effect: EffectText,
    pub(crate) when: Option<TriggerText>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum EffectText {
    Suspend { rules: Vec<Name>, length: Option<Duration> },
    Terminate { rules: Vec<Name> },
    Extend { by: Duration },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum BearerText {
    EachParty,
    All,
    One(Name),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum KernelText {
    Never { pattern: PatternText, present: bool },
    By { pattern: PatternText, quantity: Option<u32> },
    Between { pattern: PatternText, quantity: Option<u32> },
    Always(Name),
    After { trigger: Box<TriggerText>, response: PatternText, within: Duration },
    AtMost { number: u32, pattern: PatternText, per: Option<Duration> },
    OnlyAfter { pattern: PatternText, first: Box<FirstText> },
    AtLeastOnce { every: Duration, pattern: PatternText },
    May(PatternText),
    TextOnly(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TriggerText {
    Fact { pattern: PatternText, preceded: Option<(PatternText, Duration)> },
    Verdict(VerdictText),
    Quiet { length: Duration, without: PatternText, verified_by: Option<Name> },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FirstText {
    Fact(PatternText),
    Verdict(VerdictText),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct VerdictText {
    pub(crate) rule: Name,
    pub(crate) violated: bool,
    pub(crate) by: Option<Name>,
    pub(crate) times: Option<(u32, Duration)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct PatternText {
    pub(crate) events: Vec<Name>,
    pub(crate) class: Option<Name>,
    pub(crate) by: Option<Name>,
    pub(crate) at: Option<Name>,
    pub(crate) zone: Option<Name>,
    pub(crate) sectors: Option<Name>,
    pub(crate) about_it: bool,
    pub(crate) there: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ExceptText {
    By(Vec<Name>),
    In(Name),
    On(Name),
    While(Name),
    Permitted(Name),
    After { within: Duration, pattern: PatternText },
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
