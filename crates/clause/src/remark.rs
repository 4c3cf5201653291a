//! Remarks upon a text: what is wrong, where, why, and how to mend it.
//!
//! Takes codes and byte ranges; gives remarks in the order of the text, rendered as a good compiler does. Never stops the
//! reading.

use crate::agreement::AgreementFiles;
use crate::said::{Said, said};
use crate::sentence::Language;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::ops::Range;

/// The name under which the agreement's own text stands in remarks.
pub const AGREEMENT_FILE: &str = "agreement.md";

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Something is not understood and is left out of judging.
    Error,
    /// It is understood, and probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }

    /// The word that people read.
    #[must_use]
    pub fn say(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::English, severity) => severity.word(),
            (Language::Ukrainian, Severity::Error) => "помилка",
            (Language::Ukrainian, Severity::Warning) => "попередження",
            (Language::Ukrainian, Severity::Note) => "примітка",
        }
    }
}

/// What a remark is about. The codes are stable: S is for syntax, maps and times, B for what a drafter may have got
/// wrong, G for pages of guarantees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Code {
    /// S001
    FrontMatter,
    /// S002
    FrontMatterKey,
    /// S003
    FrontMatterValue,
    /// S004
    Unexpected,
    /// S005
    UnknownStatement,
    /// S007
    BadCharacter,
    /// S008
    Limit,
    /// S009
    Misplaced,
    /// S010
    Html,
    /// S020
    MapMissing,
    /// S021
    MapBroken,
    /// S022
    MapRing,
    /// S023
    MapSwapped,
    /// S024
    MapProvenance,
    /// S030
    TimeMissing,
    /// S031
    TimeTwice,
    /// S032
    TimeZone,
    /// S033
    TimeBroken,
    /// B001
    Unbounded,
    /// B002
    Name,
    /// B003
    Vague,
    /// B004
    NoBearer,
    /// B005
    NoRule,
    /// B006
    Unmonitorable,
    /// B007
    OneEye,
    /// B008
    Contradiction,
    /// B009
    Overlap,
    /// B010
    Dead,
    /// B011
    Shadowed,
    /// B012
    TooSoon,
    /// B013
    Calendar,
    /// B014
    NoConsequence,
    /// B015
    Ring,
    /// B016
    Asymmetric,
    /// B017
    EarlyFinal,
    /// B018
    OutOfReach,
    /// B019
    Many,
    /// B020
    Undated,
    /// B021
    Changed,
    /// B022
    Numbers,
    /// B023
    Unused,
    /// B024
    DeadEnd,
    /// B025
    OfAll,
    /// B026
    NoVerifier,
    /// B027
    NoAccess,
    /// B028
    NoBaseline,
    /// B029
    NoDispute,
    /// B030
    NoEnd,
    /// B031
    Languages,
    /// B032
    NoReport,
    /// B033
    Crossed,
    /// G001
    Uncited,
    /// G002
    Silent,
}

impl Code {
    /// Every code, in canonical order.
    pub const ALL: [Code; 53] = [
        Code::FrontMatter,
        Code::FrontMatterKey,
        Code::FrontMatterValue,
        Code::Unexpected,
        Code::UnknownStatement,
        Code::BadCharacter,
        Code::Limit,
        Code::Misplaced,
        Code::Html,
        Code::MapMissing,
        Code::MapBroken,
        Code::MapRing,
        Code::MapSwapped,
        Code::MapProvenance,
        Code::TimeMissing,
        Code::TimeTwice,
        Code::TimeZone,
        Code::TimeBroken,
        Code::Unbounded,
        Code::Name,
        Code::Vague,
        Code::NoBearer,
        Code::NoRule,
        Code::Unmonitorable,
        Code::OneEye,
        Code::Contradiction,
        Code::Overlap,
        Code::Dead,
        Code::Shadowed,
        Code::TooSoon,
        Code::Calendar,
        Code::NoConsequence,
        Code::Ring,
        Code::Asymmetric,
        Code::EarlyFinal,
        Code::OutOfReach,
        Code::Many,
        Code::Undated,
        Code::Changed,
        Code::Numbers,
        Code::Unused,
        Code::DeadEnd,
        Code::OfAll,
        Code::NoVerifier,
        Code::NoAccess,
        Code::NoBaseline,
        Code::NoDispute,
        Code::NoEnd,
        Code::Languages,
        Code::NoReport,
        Code::Crossed,
        Code::Uncited,
        Code::Silent,
    ];

    /// The code, how bad it is, and what it says in general.
    fn row(self) -> (&'static str, Severity, &'static str) {
        match self {
            Code::FrontMatter => ("S001", Severity::Error, "the front matter is missing or not closed"),
            Code::FrontMatterKey => ("S002", Severity::Error, "a front-matter key is unknown, missing or given twice"),
            Code::FrontMatterValue => ("S003", Severity::Error, "a front-matter value is not understood"),
            Code::Unexpected => ("S004", Severity::Error, "a statement is not understood from here on"),
            Code::UnknownStatement => ("S005", Severity::Error, "a statement begins with no known word"),
            Code::BadCharacter => {
                ("S007", Severity::Error, "a character that has no meaning, or a quotation not closed")
            }
            Code::Limit => ("S008", Severity::Error, "more than the stated limit"),
            Code::Misplaced => ("S009", Severity::Warning, "a block is not closed or stands under no heading"),
            Code::Html => ("S010", Severity::Warning, "HTML in the text is shown as text"),
            Code::MapMissing => ("S020", Severity::Error, "a map is not beside the text"),
            Code::MapBroken => ("S021", Severity::Error, "a map is not GeoJSON of the kind needed"),
            Code::MapRing => ("S022", Severity::Error, "a ring is not closed or has no area"),
            Code::MapSwapped => ("S023", Severity::Warning, "longitude and latitude may be swapped"),
            Code::MapProvenance => ("S024", Severity::Warning, "a map does not say its version, source or date"),
            Code::TimeMissing => ("S030", Severity::Error, "a civil time that the clocks skip"),
            Code::TimeTwice => ("S031", Severity::Error, "a civil time that the clocks show twice"),
            Code::TimeZone => ("S032", Severity::Error, "a time zone is unknown or not said"),
            Code::TimeBroken => ("S033", Severity::Error, "not a time"),
            Code::Unbounded => ("B001", Severity::Error, "a duty without a deadline, or a rule without a beginning"),
            Code::Name => ("B002", Severity::Error, "a name is undefined or defined twice"),
            Code::Vague => ("B003", Severity::Warning, "a vague word where a deadline is needed"),
            Code::NoBearer => ("B004", Severity::Error, "nobody is named as bound"),
            Code::NoRule => ("B005", Severity::Warning, "a duty in the text has no rule and no `text-only because`"),
            Code::Unmonitorable => ("B006", Severity::Warning, "a clause that nobody is planned to see"),
            Code::OneEye => ("B007", Severity::Warning, "only one source, or only the one who is bound, can report it"),
            Code::Contradiction => (
                "B008",
                Severity::Warning,
                "two clauses that cannot both be kept, or a duty that falls due after the end",
            ),
            Code::Overlap => (
                "B009",
                Severity::Warning,
                "zones that overlap under different rules, sectors that overlap, or a gap between them",
            ),
            Code::Dead => ("B010", Severity::Error, "a rule or agreement that can never apply"),
            Code::Shadowed => (
                "B011",
                Severity::Warning,
                "an exception that swallows its rule, has no end, or adds nothing to another",
            ),
            Code::TooSoon => {
                ("B012", Severity::Warning, "a deadline shorter than the time in which its trigger is reported")
            }
            Code::Calendar => ("B013", Severity::Warning, "a calendar trap"),
            Code::NoConsequence => ("B014", Severity::Note, "nothing follows a breach"),
            Code::Ring => ("B015", Severity::Error, "rules lean on each other in a ring"),
            Code::Asymmetric => ("B016", Severity::Warning, "the text binds both parties and its rules bind one"),
            Code::EarlyFinal => {
                ("B017", Severity::Warning, "a verdict becomes final before a planned source must have reported")
            }
            Code::OutOfReach => {
                ("B018", Severity::Warning, "the standard of proof is beyond what the planned sources can reach")
            }
            Code::Many => ("B019", Severity::Note, "more rounds than anybody can follow"),
            Code::Undated => ("B020", Severity::Warning, "a map is used without a date"),
            Code::Changed => ("B021", Severity::Warning, "the sentence changed since its rule was confirmed"),
            Code::Numbers => ("B022", Severity::Warning, "a number in the text and the one in its rule differ"),
            Code::Unused => ("B023", Severity::Note, "a name is defined and never used"),
            Code::DeadEnd => ("B024", Severity::Note, "an escalation ends with the one who broke the rule"),
            Code::OfAll => ("B025", Severity::Warning, "a duty of all is nobody's in particular"),
            Code::NoVerifier => ("B026", Severity::Note, "nobody is named who may verify"),
            Code::NoAccess => ("B027", Severity::Note, "no right of access for those who watch"),
            Code::NoBaseline => {
                ("B028", Severity::Note, "a state to be kept, and nothing that says it held at the beginning")
            }
            Code::NoDispute => ("B029", Severity::Note, "no way to dispute a finding"),
            Code::NoEnd => ("B030", Severity::Note, "no end and no power to end"),
            Code::Languages => ("B031", Severity::Warning, "two languages of the text differ in a number"),
            Code::NoReport => ("B032", Severity::Note, "nobody must report by a time"),
            Code::Crossed => ("B033", Severity::Warning, "a ring of a map crosses itself"),
            Code::Uncited => ("G001", Severity::Error, "an item of a package of guarantees without a source"),
            Code::Silent => {
                ("G002", Severity::Note, "a clock of which the text does not say what follows, or what meets it")
            }
        }
    }

    /// The stable code: `B002`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().0
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.row().1
    }

    /// Its page: why it matters, a bad example and a good one; none yet for codes of syntax.
    #[must_use]
    pub fn page(self) -> Option<&'static str> {
        crate::lint::page(self)
    }

    /// What it says in general.
    #[must_use]
    pub fn says(self, language: Language) -> &'static str {
        let english = self.row().2;
        match language {
            Language::English => english,
            Language::Ukrainian => crate::said::ukrainian::of(english, 0),
        }
    }
}

/// One remark upon one place of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// What it is about.
    pub code: Code,
    /// The file: `agreement.md` or a map beside it.
    pub file: String,
    /// The place, in bytes of the file.
    pub span: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: Said,
    /// Why it matters, or what is known.
    pub notes: Vec<Said>,
    /// What to write instead.
    pub fix: Option<Said>,
}

impl Remark {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// With a reason or something known.
    #[must_use]
    pub(crate) fn because(mut self, note: Said) -> Remark {
        self.notes.push(note);
        self
    }

    /// With what to write instead.
    #[must_use]
    pub(crate) fn fix(mut self, fix: Said) -> Remark {
        self.fix = Some(fix);
        self
    }

    /// The same where no Ukrainian is written yet: on pages of guarantees.
    #[must_use]
    pub(crate) fn because_in_english(self, note: impl Into<String>) -> Remark {
        self.because(Said::in_english(note.into()))
    }

    /// The same where no Ukrainian is written yet: on pages of guarantees.
    #[must_use]
    pub(crate) fn fix_in_english(self, fix: impl Into<String>) -> Remark {
        self.fix(Said::in_english(fix.into()))
    }

    /// With a fix if there is one.
    #[must_use]
    pub(crate) fn maybe_fix(mut self, fix: Option<Said>) -> Remark {
        self.fix = fix;
        self
    }
}

/// A remark whose line and column are counted at the end of reading, by [`Remarks::placed`].
pub(crate) fn remark(code: Code, span: Range<usize>, message: Said) -> Remark {
    let file = AGREEMENT_FILE.to_owned();
    Remark { code, file, span, line: 0, column: 0, message, notes: Vec::new(), fix: None }
}

/// The same where no Ukrainian is written yet: on pages of guarantees.
pub(crate) fn remark_in_english(code: Code, span: Range<usize>, message: impl Into<String>) -> Remark {
    remark(code, span, Said::in_english(message.into()))
}

/// No reader reads more remarks than this; the last one says how many more there are.
const REMARKS_MOST: usize = 500;

/// Remarks collected while reading.
#[derive(Default)]
pub(crate) struct Remarks {
    list: Vec<Remark>,
    left_out: usize,
}

impl Remarks {
    pub(crate) fn push(&mut self, remark: Remark) {
        if self.list.len() < REMARKS_MOST {
            self.list.push(remark);
        } else {
            self.left_out += 1;
        }
    }

    /// Keeps the value, collects the remark.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Remark>) -> Option<T> {
        result.map_err(|remark| self.push(remark)).ok()
    }

    /// The same of a page that lies beside the agreement, under the name of its file.
    pub(crate) fn placed_in(self, file: &str, text: &str) -> Vec<Remark> {
        let mut remarks = self.placed(&AgreementFiles { text: text.to_owned(), ..AgreementFiles::default() });
        remarks.iter_mut().for_each(|remark| remark.file = file.to_owned());
        remarks
    }

    /// In the order of the text, with line and column.
    pub(crate) fn placed(mut self, files: &AgreementFiles) -> Vec<Remark> {
        if self.left_out > 0 {
            let message = said!("{} more remarks are not shown", self.left_out);
            let end = self.list.last().map_or(0..0, |last| last.span.clone());
            self.list.push(remark(Code::Limit, end, message).fix(said!("mend these first, and read again")));
        }
        for remark in &mut self.list {
            let text = text_of(files, &remark.file);
            let end = floor_boundary(&text, remark.span.end);
            let start = floor_boundary(&text, remark.span.start.min(end));
            remark.span = start..end;
            let before = &text[..start];
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            remark.line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            remark.column = before[line_start..].chars().count() + 1;
        }
        let in_text = |r: &Remark| (r.file != AGREEMENT_FILE, r.file.clone(), r.span.start, r.span.end, r.code);
        self.list.sort_by_key(in_text);
        self.list.dedup();
        self.list
    }
}

/// A file's text; bytes that are not UTF-8 are shown as replacement characters.
fn text_of<'a>(files: &'a AgreementFiles, file: &str) -> std::borrow::Cow<'a, str> {
    if file == AGREEMENT_FILE {
        return files.text.as_str().into();
    }
    files.files.get(file).map_or("".into(), |bytes| String::from_utf8_lossy(bytes))
}

fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// The remarks as a compiler would print them.
#[must_use]
pub fn render(remarks: &[Remark], files: &AgreementFiles, language: Language, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(120);
    let rendered: Vec<String> = remarks.iter().map(|remark| render_one(remark, files, language, &renderer)).collect();
    rendered.join("\n\n")
}

fn render_one(remark: &Remark, files: &AgreementFiles, language: Language, renderer: &Renderer) -> String {
    let text = text_of(files, &remark.file);
    let level = match remark.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let (note_level, help_level) = match language {
        Language::English => (Level::NOTE, Level::HELP),
        Language::Ukrainian => (Level::NOTE.with_name("примітка"), Level::HELP.with_name("порада")),
    };
    let level = match language {
        Language::English => level,
        Language::Ukrainian => level.with_name(remark.severity().say(language)),
    };
    // Only the lines around the place are handed over: a map may be megabytes on one line.
    let span = floor_boundary(&text, remark.span.start)..floor_boundary(&text, remark.span.end);
    let (excerpt, offset) = excerpt(&text, &span);
    let within = span.start - offset..(span.end - offset).min(excerpt.len());
    let snippet = Snippet::source(excerpt)
        .path(remark.file.as_str())
        .line_start(remark.line)
        .annotation(AnnotationKind::Primary.span(within));
    let mut group = level.primary_title(remark.message.say(language)).id(remark.code.word()).element(snippet);
    for note in &remark.notes {
        group = group.element(note_level.clone().message(note.say(language)));
    }
    if let Some(fix) = &remark.fix {
        group = group.element(help_level.message(fix.say(language)));
    }
    renderer.render(&[group])
}

/// Whole lines are shown up to this many bytes before and after a place.
const EXCERPT_BYTES: usize = 400;

fn excerpt<'a>(text: &'a str, span: &Range<usize>) -> (&'a str, usize) {
    let line_start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let start = text.ceil_char_boundary(line_start.max(span.start.saturating_sub(EXCERPT_BYTES)));
    let line_end = text[span.end..].find('\n').map_or(text.len(), |newline| span.end + newline);
    let end = floor_boundary(text, line_end.min(span.end.max(span.start) + EXCERPT_BYTES)).max(span.end);
    (&text[start..end.min(text.len())], start)
}
