//! The agreement as a value: who is bound, where, when, to what, under which readings.
//!
//! Takes nothing by itself (`read` builds it); gives the nouns that judging and screens work on. Never holds a name that
//! is not defined: what could not be resolved stays in its article as text, with its remarks.

use crate::calendar::{Calendar, Duration};
use crate::remark::Remark;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Named sets of acts.
    pub events: BTreeMap<Label, BTreeSet<Act>>,
    /// Named sets of objects.
    pub classes: BTreeMap<Label, BTreeSet<Label>>,
    /// The text, heading by heading.
    pub articles: Vec<Article>,
    /// The rules, in the text's order.
    pub rules: Vec<Rule>,
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
    /// The parameters it settles.
    pub parameters: BTreeMap<Label, Instant>,
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

/// One checked clause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its name in the text.
    pub id: Label,
    /// The paragraph that it stands under: `art_3__para_1`.
    pub anchor: String,
    /// Whom it binds.
    pub bearer: Bearer,
    /// What it asks.
    pub kernel: Kernel,
    /// What is let pass, by label.
    pub exceptions: Vec<Exception>,
    /// The least chance at which a breach of it is called.
    pub standard: Chance,
    /// From when until when it runs, by reading.
    pub windows: BTreeMap<Label, Window>,
    /// Whether the declared readings differ about it.
    pub depends_on_reading: bool,
    /// The rule read back as plain English.
    pub sentence: String,
}

impl Rule {
    /// What kind of clause it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.kernel {
            Kernel::Never { .. } => Kind::Never,
            Kernel::By { .. } => Kind::By,
            Kernel::Between { .. } => Kind::Between,
            Kernel::Response { .. } => Kind::Response,
            Kernel::TextOnly { .. } => Kind::TextOnly,
        }
    }

    /// From when until when it runs in a reading; `None` for text only.
    #[must_use]
    pub fn window(&self, reading: &Reading) -> Option<Window> {
        self.windows.get(&reading.id).copied()
    }
}

/// The kinds of clause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A prohibited act.
    Never,
    /// A deadline.
    By,
    /// A deadline with a beginning.
    Between,
    /// A duty that something starts.
    Response,
    /// Nothing that could be observed.
    TextOnly,
}

impl Kind {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Never => "never",
            Kind::By => "by",
            Kind::Between => "between",
            Kind::Response => "response",
            Kind::TextOnly => "text-only",
        }
    }
}

/// Whom a rule binds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bearer {
    /// Every party, each for itself.
    EachParty,
    /// Whoever acts.
    All,
    /// One party or actor.
    One(Party),
}

/// What a rule asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kernel {
    /// The pattern must not occur.
    Never {
        /// What.
        pattern: Pattern,
    },
    /// The pattern must occur before the window ends.
    By {
        /// What.
        pattern: Pattern,
    },
    /// The pattern must occur inside the window.
    Between {
        /// What.
        pattern: Pattern,
    },
    /// After each trigger the response must come in time.
    Response {
        /// What starts the duty.
        trigger: Pattern,
        /// What discharges it.
        response: Pattern,
        /// How soon.
        within: Duration,
    },
    /// Nothing is judged.
    TextOnly {
        /// Why not, in the drafter's words.
        because: String,
    },
}

/// Which happenings are meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// The event's name as the text has it.
    pub event: String,
    /// The acts.
    pub acts: BTreeSet<Act>,
    /// The class of objects, if one is asked for.
    pub class: Option<Label>,
    /// Who does it.
    pub by: Who,
    /// To whom.
    pub at: Who,
    /// Where.
    pub zone: Option<Label>,
}

/// Somebody, seen from the bearer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// Whoever it is.
    Anyone,
    /// The bearer.
    Bearer,
    /// A party that is not the bearer.
    Other,
    /// This one.
    Named(Party),
}

/// What is let pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exception {
    /// Its name in the text.
    pub label: Label,
    /// When it applies.
    pub test: ExceptionTest,
}

/// When an exception applies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExceptionTest {
    /// One of these acted.
    By(Vec<Party>),
    /// It happened there.
    In(Label),
    /// It struck one of these objects.
    On(Label),
    /// It followed soon after something else.
    After {
        /// How soon, in milliseconds.
        within_ms: i64,
        /// After what.
        pattern: Pattern,
    },
}

/// From when until when a rule runs, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The first instant.
    pub from: Instant,
    /// The last instant; `None` when the text sets no end.
    pub until: Option<Instant>,
}

impl Window {
    /// The window as a span; without an end it runs to the last instant there is.
    #[must_use]
    pub fn span(self) -> terms::Span {
        let until = self.until.unwrap_or(Instant::LATEST);
        terms::Span::new(self.from, until).expect("invariant: a checked rule begins before it ends")
    }
}
