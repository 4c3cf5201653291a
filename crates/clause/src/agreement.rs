//! The agreement as a value: who is bound, where, when, to what, under which readings.
//!
//! Takes nothing by itself (`read` builds it); gives the nouns that judging and screens work on. Never holds a name that
//! is not defined: what could not be resolved stays in its article as text, with its remarks.

use crate::calendar::{Calendar, Duration};
use crate::remark::Remark;
use crate::rule::{Pattern, Power, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terms::{Act, Area, Chance, Instant, Label, Line, Party, Shape, Side};

/// An agreement's folder, as bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AgreementFiles {
    /// `agreement.md`.
    pub text: String,
    /// The maps beside it, by file name.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// An agreement that has been read.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Its short name.
    pub id: Label,
    /// Its title.
    pub title: String,
    /// Its version, as the front matter writes it.
    pub version: String,
    /// The version that it takes the place of.
    pub amends: Option<String>,
    /// Who is bound, with the name to show, in the text's order.
    pub parties: Vec<(Party, String)>,
    /// Who else is named: a mission, a commission.
    pub actors: Vec<(Party, String)>,
    /// The name of the time zone of its civil times.
    pub time_zone: String,
    /// When it begins.
    pub in_force: Option<Instant>,
    /// When it ends, if it says so.
    pub ends: Option<Instant>,
    /// The least chance at which a breach is called.
    pub standard: Chance,
    /// The least coverage at which `complied` is said.
    pub keep_threshold: Chance,
    /// For so long after its window a verdict is provisional.
    pub final_after: Duration,
    /// The declared readings, in the text's order; often none.
    pub readings: Vec<Reading>,
    /// The one reading of every rule that no declared reading touches.
    pub as_written: Reading,
    /// Named areas.
    pub zones: BTreeMap<Label, Zone>,
    /// Named lines.
    pub lines: BTreeMap<Label, MappedLine>,
    /// Areas that differ by the party bound: by name, then by party. A name stands here or in `zones`, never in both.
    pub zones_of: BTreeMap<Label, BTreeMap<Party, Zone>>,
    /// Named divisions of ground: each a set of named sectors.
    pub sectors: BTreeMap<Label, BTreeMap<Label, Zone>>,
    /// Named sets of acts.
    pub events: BTreeMap<Label, BTreeSet<Act>>,
    /// Named sets of objects.
    pub classes: BTreeMap<Label, BTreeSet<Label>>,
    /// Declared objects with their calibre in thousandths of a millimetre.
    pub objects: BTreeMap<Label, u32>,
    /// Named conditions that something begins and something ends.
    pub states: BTreeMap<Label, State>,
    /// Who can report what, as the text plans it.
    pub planned: Vec<PlannedSource>,
    /// The text, heading by heading.
    pub articles: Vec<Article>,
    /// The rules, in the text's order.
    pub rules: Vec<Rule>,
    /// Powers over the rules, in the text's order.
    pub powers: Vec<Power>,
    /// The same text in other languages.
    pub translations: Vec<Translation>,
    /// SHA-256 over the text and every file beside it, in lower-case hexadecimal.
    pub sha256: String,
    pub(crate) calendar: Calendar,
}

impl Agreement {
    /// The rule of that name.
    #[must_use]
    pub fn rule(&self, id: &Label) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// The readings under which a rule is judged: the declared ones where it depends on them, otherwise the text as written.
    #[must_use]
    pub fn readings_of(&self, rule: &Rule) -> &[Reading] {
        if rule.depends_on_reading { &self.readings } else { std::slice::from_ref(&self.as_written) }
    }

    /// Every pattern that facts are held against for a rule: its own, what its exceptions look back at, and the turns of its
    /// states.
    pub(crate) fn patterns_of<'a>(&'a self, rule: &'a Rule) -> Vec<&'a Pattern> {
        let mut patterns = rule.kernel.patterns();
        patterns.extend(rule.look_backs().map(|(_, pattern)| pattern));
        for state in rule.states() {
            let state = &self.states[state];
            patterns.extend([&state.begins, &state.ends]);
        }
        patterns
    }

    /// When a rule's verdicts become final under a reading; `None` while the text sets no end.
    #[must_use]
    pub fn closes(&self, rule: &Rule, reading: &Reading) -> Option<Instant> {
        Some(self.calendar.due(rule.window(reading)?.until?, rule.final_after))
    }

    /// This text as it stood until another version took its place: every window ends there.
    #[must_use]
    pub fn superseded_at(&self, until: Instant) -> Agreement {
        let mut former = self.clone();
        let last = until.shifted(-1);
        former.ends = Some(former.ends.map_or(last, |ends| ends.min(last)));
        for rule in &mut former.rules {
            rule.windows.retain(|_, window| window.from <= last);
            for window in rule.windows.values_mut() {
                window.until = Some(window.until.map_or(last, |until| until.min(last)));
            }
        }
        former
    }

    /// The area that a zone's name means to one of those bound under a reading; `None` where it differs by party and
    /// nobody is given, or where nothing of that name is defined.
    #[must_use]
    pub fn zone(&self, name: &Label, reading: &Reading, bearer: Option<&Party>) -> Option<&Zone> {
        let name = reading.names.get(name).unwrap_or(name);
        self.zones.get(name).or_else(|| self.zones_of.get(name)?.get(bearer?))
    }

    /// Whether somebody is a party, not just an actor.
    #[must_use]
    pub fn binds(&self, party: &Party) -> bool {
        self.parties.iter().any(|(name, _)| name == party)
    }

    /// The name to show for a party or actor.
    #[must_use]
    pub fn display<'a>(&'a self, party: &'a Party) -> &'a str {
        let named = self.parties.iter().chain(&self.actors).find(|(name, _)| name == party);
        named.map_or(party.as_str(), |(_, shown)| shown)
    }

    /// Every change of the agreement's clocks from 1900 to 2199, with the offset before the first: what tells two databases
    /// of time zones apart.
    #[must_use]
    pub fn clocks(&self) -> String {
        self.calendar.clocks()
    }

    /// An instant as the text would write it, in the agreement's own time zone: `2026-04-11 16:00 Europe/Kyiv`.
    #[must_use]
    pub fn civil(&self, instant: Instant) -> String {
        format!("{} {}", self.calendar.minute(instant), self.time_zone)
    }
}

/// What one party takes the disputed parameters to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Its name: that of its party, or another; `as-written` for the text itself.
    pub id: Label,
    /// Whose it is, if it is named like a party.
    pub holder: Option<Party>,
    /// The times it settles.
    pub parameters: BTreeMap<Label, Instant>,
    /// The zones it settles: the disputed name, and the zone that it means.
    pub names: BTreeMap<Label, Label>,
}

/// A named area of the agreement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// The area drawn on maps and sampled for coverage; for a band, its outline as overlapping polygons.
    pub area: Area,
    /// The exact line and reach in metres, where the zone is a band along a line.
    pub band: Option<(Line, u32)>,
    /// Named regions that the map says lie wholly inside.
    pub holds: BTreeSet<Label>,
    /// The version that the map states.
    pub version: Option<String>,
    /// Where the map comes from.
    pub source: Option<String>,
    /// The day that the map shows.
    pub as_of: Option<String>,
}

impl Zone {
    /// Where a place lies: exactly, also for a band.
    #[must_use]
    pub fn locate(&self, shape: &Shape) -> Side {
        match (shape, &self.band) {
            (Shape::Region(region), _) if self.holds.contains(region) => Side::Inside,
            (_, Some((line, reach_m))) => line.within(*reach_m, shape),
            (_, None) => self.area.locate(shape),
        }
    }
}

/// A named line of the agreement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappedLine {
    /// The line.
    pub line: Line,
    /// The version that the map states.
    pub version: Option<String>,
    /// Where the map comes from.
    pub source: Option<String>,
    /// The day that the map shows.
    pub as_of: Option<String>,
}

/// A condition that something begins and something ends: a road open, a force present.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// What begins it.
    pub begins: Pattern,
    /// What ends it.
    pub ends: Pattern,
}

/// Who can report what, as the text plans it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedSource {
    /// Its name: a party, an actor or another.
    pub name: Label,
    /// The name to show.
    pub shown: String,
    /// What it can report.
    pub acts: BTreeSet<Act>,
    /// Where; `None` for everywhere.
    pub zone: Option<Label>,
    /// Within what time it reports.
    pub within: Option<Duration>,
    /// The greatest chance at which what it reports alone can be held.
    pub at: Option<Chance>,
    /// Where the statement stands, in bytes of the text.
    pub span: Range<usize>,
}

/// The same text in another language, heading by heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Translation {
    /// The language's code, from the file's name: `agreement.uk.md`.
    pub language: String,
    /// Its articles; anchors match those of the text where the structure does.
    pub articles: Vec<Article>,
}

/// One heading and what stands under it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Article {
    /// Its place in the text: `art_3`.
    pub anchor: String,
    /// The heading's words.
    pub heading: String,
    /// 1 to 6.
    pub level: u8,
    /// What stands under it, in order.
    pub blocks: Vec<Block>,
}

/// A piece of an article.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// A paragraph, list or table as people negotiated it, in Markdown without live HTML.
    Prose {
        /// Its place in the text: `art_3__para_1`.
        anchor: String,
        /// The Markdown.
        text: String,
    },
    /// A fenced block, with the rules that it holds (none for definitions).
    Rules {
        /// The rules, in order.
        ids: Vec<Label>,
        /// The block's own text.
        text: String,
    },
    /// A statement that could not be read, kept as it stands.
    NotUnderstood {
        /// The statement's text.
        text: String,
        /// What is wrong with it.
        remarks: Vec<Remark>,
    },
}
