//! A rule as a value: whom it binds, what it asks, what it lets pass, and powers over rules.
//!
//! Takes nothing by itself (`read` builds it); gives the nouns that judging, reverse reading and lints work on. Never
//! holds a name that is not defined.

use crate::agreement::Reading;
use crate::calendar::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terms::{Act, Chance, Instant, Label, Party};

/// One checked clause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its name in the text.
    pub id: Label,
    /// The paragraph that it stands under: `art_3__para_1`.
    pub anchor: String,
    /// Where its first statement stands, in bytes of the text.
    pub span: Range<usize>,
    /// Where the paragraph that it encodes stands, in bytes of the text; empty where there is none.
    pub paragraph: Range<usize>,
    /// Whom it binds.
    pub bearer: Bearer,
    /// To whom it is owed.
    pub owed: Option<Bearer>,
    /// What it asks.
    pub kernel: Kernel,
    /// What is let pass, by label.
    pub exceptions: Vec<Exception>,
    /// Breaches of other rules that free its bearer.
    pub released: Vec<Release>,
    /// The rule that says what follows its breach.
    pub otherwise: Option<Label>,
    /// The least chance at which a breach of it is called.
    pub standard: Chance,
    /// For so long after its window a verdict is provisional.
    pub final_after: Duration,
    /// The first eight hexadecimal digits of the SHA-256 of its paragraph, when somebody last compared the two.
    pub confirmed: Option<String>,
    /// From when until when it runs, by reading.
    pub windows: BTreeMap<Label, Window>,
    /// Whether the declared readings differ about it.
    pub depends_on_reading: bool,
}

impl Rule {
    /// What kind of clause it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.kernel {
            Kernel::Never { present: false, .. } => Kind::Never,
            Kernel::Never { present: true, .. } => Kind::NeverPresent,
            Kernel::By { .. } => Kind::By,
            Kernel::Between { .. } => Kind::Between,
            Kernel::Always { .. } => Kind::Always,
            Kernel::Response { .. } => Kind::Response,
            Kernel::AtMost { .. } => Kind::AtMost,
            Kernel::OnlyAfter { .. } => Kind::OnlyAfter,
            Kernel::AtLeastOnce { .. } => Kind::AtLeastOnce,
            Kernel::May { .. } => Kind::May,
            Kernel::TextOnly { .. } => Kind::TextOnly,
        }
    }

    /// The rules that it leans on.
    #[must_use]
    pub fn references(&self) -> Vec<Label> {
        let permitted = self.exceptions.iter().flat_map(|exception| &exception.tests).filter_map(|test| match test {
            ExceptionTest::Permitted(rule) => Some(rule),
            ExceptionTest::By(_)
            | ExceptionTest::In(_)
            | ExceptionTest::On(_)
            | ExceptionTest::After { .. }
            | ExceptionTest::While(_) => None,
        });
        let released = self.released.iter().map(|release| &release.rule);
        self.kernel.leans_on().into_iter().chain(permitted).chain(released).cloned().collect()
    }

    /// The length of its own stretch: how soon an answer must come, or over how long is counted.
    #[must_use]
    pub fn stretch(&self) -> Option<Duration> {
        match &self.kernel {
            Kernel::AtMost { per, .. } => *per,
            Kernel::Response { within, .. } => Some(*within),
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Always { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => None,
        }
    }

    /// How long before its trigger something must have come, at most.
    #[must_use]
    pub fn precedes(&self) -> Option<Duration> {
        match &self.kernel {
            Kernel::Response { trigger: Trigger::Fact { preceded, .. }, .. } => {
                preceded.as_ref().map(|(_, within)| *within)
            }
            Kernel::Response { trigger: Trigger::Verdict(_) | Trigger::Quiet { .. }, .. }
            | Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Always { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => None,
        }
    }

    /// What its exceptions look back at, and how far.
    pub fn look_backs(&self) -> impl Iterator<Item = (Duration, &Pattern)> + Clone {
        self.exceptions.iter().flat_map(|exception| &exception.tests).filter_map(|test| match test {
            ExceptionTest::After { within, pattern } => Some((*within, pattern)),
            ExceptionTest::By(_)
            | ExceptionTest::In(_)
            | ExceptionTest::On(_)
            | ExceptionTest::While(_)
            | ExceptionTest::Permitted(_) => None,
        })
    }

    /// The states that it asks for, or that its exceptions do.
    pub(crate) fn states(&self) -> impl Iterator<Item = &Label> {
        let asked = if let Kernel::Always { state } = &self.kernel { Some(state) } else { None };
        let tests = self.exceptions.iter().flat_map(|exception| &exception.tests);
        let excepted = tests.filter_map(|test| if let ExceptionTest::While(state) = test { Some(state) } else { None });
        asked.into_iter().chain(excepted)
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
    /// A thing that must not be there.
    NeverPresent,
    /// A deadline.
    By,
    /// A deadline with a beginning.
    Between,
    /// A condition to be maintained.
    Always,
    /// A duty that something starts.
    Response,
    /// A ceiling.
    AtMost,
    /// An order of steps.
    OnlyAfter,
    /// A duty that comes round.
    AtLeastOnce,
    /// A permission.
    May,
    /// Nothing that could be observed.
    TextOnly,
}

impl Kind {
    /// Every kind, in the order of the manual.
    pub const ALL: [Kind; 11] = [
        Kind::Never,
        Kind::NeverPresent,
        Kind::By,
        Kind::Between,
        Kind::Always,
        Kind::Response,
        Kind::AtMost,
        Kind::OnlyAfter,
        Kind::AtLeastOnce,
        Kind::May,
        Kind::TextOnly,
    ];

    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Never => "never",
            Kind::NeverPresent => "never present",
            Kind::By => "by",
            Kind::Between => "between",
            Kind::Always => "always",
            Kind::Response => "response",
            Kind::AtMost => "at most",
            Kind::OnlyAfter => "only after",
            Kind::AtLeastOnce => "at least once",
            Kind::May => "may",
            Kind::TextOnly => "text-only",
        }
    }

    /// What such a clause says, in one sentence.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Kind::Never => "The act must not happen; one fact that surely falls under it breaks it.",
            Kind::NeverPresent => "The thing must not be there; one sighting that surely falls under it breaks it.",
            Kind::By => "The act must happen before the window ends; one fact that is surely in time keeps it.",
            Kind::Between => "The act must happen inside the window; one fact that is surely in it keeps it.",
            Kind::Always => "The state must hold throughout the window; one part in which it surely fails breaks it.",
            Kind::Response => "Each trigger starts a clock; one that runs out without an answer breaks it.",
            Kind::AtMost => "There must be no more than so many; more that surely fell together break it.",
            Kind::OnlyAfter => "The act must wait for something; one that surely came before it breaks the clause.",
            Kind::AtLeastOnce => "Each whole stretch must have one; a stretch that passed without breaks it.",
            Kind::May => "The act is allowed; nothing breaks it, and other rules lean on it.",
            Kind::TextOnly => "Nothing is judged, and the text says why.",
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
        /// Whether it is a thing that must not be there: a sighting shows the presence, not an act.
        present: bool,
    },
    /// The pattern must occur before the window ends.
    By {
        /// What.
        pattern: Pattern,
        /// How many in all, by the counts that facts state; without it, once.
        quantity: Option<u32>,
    },
    /// The pattern must occur inside the window.
    Between {
        /// What.
        pattern: Pattern,
        /// How many in all.
        quantity: Option<u32>,
    },
    /// The state must hold throughout the window.
    Always {
        /// Which.
        state: Label,
    },
    /// After each trigger the response must come in time.
    Response {
        /// What starts the duty.
        trigger: Trigger,
        /// What discharges it.
        response: Pattern,
        /// How soon.
        within: Duration,
    },
    /// No more than so many.
    AtMost {
        /// The ceiling.
        number: u32,
        /// Of what.
        pattern: Pattern,
        /// In any stretch of this length that ends with a fact; without it, present in one sighting, by its count.
        per: Option<Duration>,
    },
    /// The pattern must not occur before something else has.
    OnlyAfter {
        /// What must wait.
        pattern: Pattern,
        /// For what.
        first: First,
    },
    /// The pattern must occur in every stretch of this length, counted from the window's beginning.
    AtLeastOnce {
        /// How long a stretch.
        every: Duration,
        /// What.
        pattern: Pattern,
    },
    /// The pattern is allowed; it cannot be broken, and other rules may lean on it.
    May {
        /// What.
        pattern: Pattern,
    },
    /// Nothing is judged.
    TextOnly {
        /// Why not, in the drafter's words.
        because: String,
    },
}

impl Kernel {
    /// Every pattern in it, the one that facts are held against first.
    #[must_use]
    pub fn patterns(&self) -> Vec<&Pattern> {
        match self {
            Kernel::Never { pattern, .. }
            | Kernel::By { pattern, .. }
            | Kernel::Between { pattern, .. }
            | Kernel::AtMost { pattern, .. }
            | Kernel::AtLeastOnce { pattern, .. }
            | Kernel::May { pattern } => vec![pattern],
            Kernel::OnlyAfter { pattern, first: First::Fact(first) } => vec![pattern, first],
            Kernel::OnlyAfter { pattern, first: First::Verdict(_) } => vec![pattern],
            Kernel::Response { trigger, response, .. } => {
                let mut patterns = trigger.patterns();
                patterns.push(response);
                patterns
            }
            Kernel::Always { .. } | Kernel::TextOnly { .. } => Vec::new(),
        }
    }

    /// The rule whose verdicts it leans on.
    #[must_use]
    pub fn leans_on(&self) -> Option<&Label> {
        match self {
            Kernel::Response { trigger: Trigger::Verdict(on), .. }
            | Kernel::OnlyAfter { first: First::Verdict(on), .. } => Some(&on.rule),
            Kernel::Never { .. }
            | Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Always { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => None,
        }
    }
}

impl Kernel {
    /// What starts the duty, in a few words.
    #[must_use]
    pub fn trigger_text(&self) -> String {
        let Kernel::Response { trigger, .. } = self else { return "the clause".to_owned() };
        match trigger {
            Trigger::Fact { pattern, .. } => pattern.event.clone(),
            Trigger::Verdict(on) => format!("{} {}", on.rule, on.came.word()),
            Trigger::Quiet { length, without, .. } => format!("{length} without {}", without.event),
        }
    }
}

impl Trigger {
    /// Every pattern in it.
    #[must_use]
    pub fn patterns(&self) -> Vec<&Pattern> {
        match self {
            Trigger::Fact { pattern, preceded: None } => vec![pattern],
            Trigger::Fact { pattern, preceded: Some((before, _)) } => vec![pattern, before],
            Trigger::Verdict(_) => Vec::new(),
            Trigger::Quiet { without, .. } => vec![without],
        }
    }
}

/// What starts a duty or a power.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// A fact.
    Fact {
        /// Which.
        pattern: Pattern,
        /// What must have come before it, and how long before at most.
        preceded: Option<(Pattern, Duration)>,
    },
    /// An instance of another rule, decided.
    Verdict(OnVerdict),
    /// A stretch of time without something.
    Quiet {
        /// How long; it begins anew with every fact of the pattern.
        length: Duration,
        /// Without what.
        without: Pattern,
        /// Who must say so, by an act of `verification`, before it counts.
        verified_by: Option<Party>,
    },
}

/// What must come first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum First {
    /// A fact.
    Fact(Pattern),
    /// An instance of another rule, decided.
    Verdict(OnVerdict),
}

/// A rule that is violated or met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnVerdict {
    /// Which rule.
    pub rule: Label,
    /// How it must have come out.
    pub came: Decided,
    /// By whom.
    pub by: Who,
    /// Only once it happened so often within so long.
    pub times: Option<(u32, Duration)>,
}

/// How an instance of a rule came out, for rules that lean on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Decided {
    /// It was kept.
    Met,
    /// It was broken.
    Violated,
}

impl Decided {
    /// The word used in texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Decided::Met => "met",
            Decided::Violated => "violated",
        }
    }
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
    /// Where: a zone, or a name that the readings settle.
    pub zone: Option<Label>,
    /// In each of these sectors for itself.
    pub sectors: Option<Label>,
    /// About the very fact that started the duty.
    pub about_it: bool,
    /// In the same sector as the fact that started the duty.
    pub there: bool,
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
    /// The one to whom the rule is owed.
    Owed,
    /// Every party, all of them.
    EveryParty,
    /// This one.
    Named(Party),
}

/// What is let pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exception {
    /// Its name in the text.
    pub label: Label,
    /// When it applies: all of these must hold.
    pub tests: Vec<ExceptionTest>,
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
        /// How soon.
        within: Duration,
        /// After what.
        pattern: Pattern,
    },
    /// The state held.
    While(Label),
    /// That rule allows it.
    Permitted(Label),
}

/// A breach of another rule that frees the bearer from this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Release {
    /// The rule.
    pub rule: Label,
    /// By whose breach.
    pub by: Who,
}

/// A power over rules: exercised by acts of `suspension`, `resumption`, `termination` and `extension` whose object is the
/// rule's name (or `agreement`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Power {
    /// Its name in the text.
    pub id: Label,
    /// The paragraph that it stands under.
    pub anchor: String,
    /// Where its statement stands, in bytes of the text.
    pub span: Range<usize>,
    /// Whose it is.
    pub bearer: Bearer,
    /// What it does.
    pub effect: Effect,
    /// Under what condition; exercised without it, it has no effect.
    pub when: Option<Trigger>,
}

impl Power {
    /// Whether it may change when a rule is in force.
    pub(crate) fn touches(&self, rule: &Label) -> bool {
        match &self.effect {
            Effect::Suspend { rules, .. } => rules.contains(rule),
            Effect::Terminate { rules } => rules.is_empty() || rules.contains(rule),
            Effect::Extend { .. } => true,
        }
    }

    /// The rules that it names.
    #[must_use]
    pub fn rules(&self) -> Vec<Label> {
        let on = match &self.when {
            Some(Trigger::Verdict(on)) => Some(on.rule.clone()),
            Some(Trigger::Fact { .. } | Trigger::Quiet { .. }) | None => None,
        };
        match &self.effect {
            Effect::Suspend { rules, .. } | Effect::Terminate { rules } => rules.iter().cloned().chain(on).collect(),
            Effect::Extend { .. } => on.into_iter().collect(),
        }
    }
}

/// What a power does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Puts rules out of force for a time.
    Suspend {
        /// Which.
        rules: Vec<Label>,
        /// For how long; without it, until a `resumption`.
        length: Option<Duration>,
    },
    /// Ends rules, or the agreement where none is named.
    Terminate {
        /// Which; empty for all.
        rules: Vec<Label>,
    },
    /// Moves the end of the agreement.
    Extend {
        /// By how long.
        by: Duration,
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
