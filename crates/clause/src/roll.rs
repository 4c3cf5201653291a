//! The roll of facts: each by its id, and by what it is about.
//!
//! Takes facts of one footing, revised or taken back; gives the fact of an id, and those that name an id. Never keeps two
//! revisions of one fact, never lets its own order reach anybody.

#![expect(clippy::disallowed_types, reason = "this map is asked and never walked, and its numbers are fixed")]

use crate::fact::Fact;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Facts by id and by what they are about.
#[derive(Default)]
pub(crate) struct Roll {
    /// The first of the lines whose id has a number.
    by_number: HashMap<u64, LineNo, BuildHasherDefault<AsItIs>>,
    lines: Vec<Line>,
    free: Vec<LineNo>,
}

/// Where a line stands; it stays there as long as its fact is on the roll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LineNo(u32);

/// All that has to do with one id.
#[derive(Default)]
struct Line {
    number: u64,
    here: Option<Arc<Fact>>,
    /// The line of the id that the fact here names.
    about: Option<LineNo>,
    /// The lines of the facts that name this id.
    naming: Few,
    /// Another line whose id has the same number: hardly ever.
    next: Option<LineNo>,
    note: Cell<Note>,
}

/// What one lane remembers of a fact, so that it need not search: only ever what is surely so.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Note {
    /// Nothing.
    #[default]
    Blank,
    /// It surely started a duty in that lane, of which nothing was told.
    Waits(u32),
    /// And the duty was surely kept.
    Kept(u32),
}

/// Hardly ever more than one.
#[derive(Default)]
enum Few {
    #[default]
    None,
    One(LineNo),
    More(Vec<LineNo>),
}

/// The numbers are spread already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Numbers are compared faster than names; facts that share one are told apart by the name.
fn number(id: &str) -> u64 {
    // An odd number without a pattern: the fraction of the golden ratio, as in Knuth's multiplicative hashing.
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = |number: u64| {
        let product = u128::from(number) * u128::from(ODD);
        (product as u64) ^ (product >> 64) as u64
    };
    let (whole, rest) = id.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let all = whole.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    let number = all.fold(id.len() as u64 ^ ODD, |so_far, word| fold(so_far ^ word));
    fold(number ^ ODD)
}

impl Few {
    fn as_slice(&self) -> &[LineNo] {
        match self {
            Few::None => &[],
            Few::One(line) => std::slice::from_ref(line),
            Few::More(lines) => lines,
        }
    }

    fn push(&mut self, line: LineNo) {
        *self = match std::mem::take(self) {
            Few::None => Few::One(line),
            Few::One(first) => Few::More(vec![first, line]),
            Few::More(mut lines) => {
                lines.push(line);
                Few::More(lines)
            }
        }
    }

    fn take(&mut self, line: LineNo) {
        match self {
            Few::One(only) if *only == line => *self = Few::None,
            Few::None | Few::One(_) => {}
            Few::More(lines) => lines.retain(|other| *other != line),
        }
    }
}

impl Roll {
    fn line(&self, line: LineNo) -> &Line {
        &self.lines[line.0 as usize]
    }

    fn line_mut(&mut self, line: LineNo) -> &mut Line {
        &mut self.lines[line.0 as usize]
    }

    /// The id of a line that is not empty.
    fn id(&self, line: LineNo) -> Option<&str> {
        let line = self.line(line);
        let naming = || self.line(*line.naming.as_slice().first()?).here.as_ref()?.about.as_deref();
        line.here.as_ref().map(|fact| fact.id.as_str()).or_else(naming)
    }

    /// The line of an id, whether its fact stands on it or is only named.
    pub(crate) fn find(&self, id: &str) -> Option<LineNo> {
        if self.by_number.is_empty() {
            return None;
        }
        let mut line = self.by_number.get(&number(id)).copied();
        while let Some(at) = line.filter(|at| self.id(*at) != Some(id)) {
            line = self.line(at).next;
        }
        line
    }

    /// The line of an id, made if there is none; an empty one has to be filled at once.
    fn open(&mut self, id: &str) -> LineNo {
        self.find(id).unwrap_or_else(|| self.add(id))
    }

    /// A line for an id that has none; it has to be filled at once.
    fn add(&mut self, id: &str) -> LineNo {
        let number = number(id);
        let line = self.free.pop().unwrap_or_else(|| {
            self.lines.push(Line::default());
            LineNo(u32::try_from(self.lines.len() - 1).expect("invariant: fewer facts are held than fit in memory"))
        });
        let next = self.by_number.insert(number, line);
        *self.line_mut(line) = Line { number, next, ..Line::default() };
        line
    }

    /// Lets go of a line if nothing is on it.
    fn shut(&mut self, line: LineNo) {
        let Line { number, here: None, naming, next, .. } = self.line(line) else { return };
        if !naming.as_slice().is_empty() {
            return;
        }
        let (number, next) = (*number, *next);
        let first = self.by_number[&number];
        if first == line {
            match next {
                Some(next) => self.by_number.insert(number, next),
                None => self.by_number.remove(&number),
            };
        } else {
            let mut before = first;
            while let Some(after) = self.line(before).next.filter(|after| *after != line) {
                before = after;
            }
            self.line_mut(before).next = next;
        }
        self.free.push(line);
    }

    /// Puts a fact on the roll; gives its line, and the fact of the same id that it takes the place of.
    pub(crate) fn insert(&mut self, fact: &Arc<Fact>) -> (LineNo, Option<Arc<Fact>>) {
        self.insert_at(self.find(&fact.id), fact)
    }

    /// The same where the line of its id, if there is one, is known.
    pub(crate) fn insert_at(&mut self, line: Option<LineNo>, fact: &Arc<Fact>) -> (LineNo, Option<Arc<Fact>>) {
        let line = line.unwrap_or_else(|| self.add(&fact.id));
        let here = self.line_mut(line);
        here.note.set(Note::Blank);
        let (former, named) = (here.here.replace(Arc::clone(fact)), here.about.take());
        if let Some(named) = named {
            self.line_mut(named).naming.take(line);
            self.shut(named);
        }
        if let Some(about) = &fact.about {
            let about = self.open(about);
            self.line_mut(about).naming.push(line);
            self.line_mut(line).about = Some(about);
        }
        (line, former)
    }

    /// Strikes the fact of an id off.
    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(line) = self.find(id) {
            self.strike(line);
        }
    }

    /// Strikes a fact off that stood on a line, if it still does.
    pub(crate) fn forget(&mut self, line: LineNo, fact: &Arc<Fact>) {
        if self.is_at(line, fact) {
            self.strike(line);
        }
    }

    fn strike(&mut self, line: LineNo) {
        let here = self.line_mut(line);
        here.note.set(Note::Blank);
        here.here = None;
        let named = here.about.take();
        if let Some(named) = named {
            self.line_mut(named).naming.take(line);
            if named != line {
                self.shut(named);
            }
        }
        self.shut(line);
    }

    /// The fact of an id.
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Fact>> {
        self.at(self.find(id)?)
    }

    /// The same, with its line.
    pub(crate) fn stands(&self, id: &str) -> Option<(LineNo, &Arc<Fact>)> {
        let line = self.find(id)?;
        Some((line, self.at(line)?))
    }

    /// The fact that stands on a line.
    pub(crate) fn at(&self, line: LineNo) -> Option<&Arc<Fact>> {
        self.line(line).here.as_ref()
    }

    /// Whether this fact, and no other revision, stands on a line.
    fn is_at(&self, line: LineNo, fact: &Arc<Fact>) -> bool {
        self.line(line).here.as_ref().is_some_and(|here| Arc::ptr_eq(here, fact))
    }

    /// What is noted of a fact, if it still stands on that line.
    pub(crate) fn noted(&self, line: LineNo, fact: &Arc<Fact>) -> Note {
        if self.is_at(line, fact) { self.line(line).note.get() } else { Note::Blank }
    }

    /// Notes something of the fact on a line, in the place of what was noted.
    pub(crate) fn note(&self, line: LineNo, note: Note) {
        self.line(line).note.set(note);
    }

    /// Notes nothing any more of the fact of an id.
    pub(crate) fn blank(&self, id: &str) {
        if let Some(line) = self.find(id) {
            self.note(line, Note::Blank);
        }
    }

    /// The facts with which the one on a line is linked, each with its own line: either names the other.
    pub(crate) fn linked_at(&self, line: LineNo) -> impl Iterator<Item = (LineNo, &Arc<Fact>)> {
        let Line { about, naming, .. } = self.line(line);
        let lines = naming.as_slice().iter().copied().filter(move |other| Some(*other) != *about).chain(*about);
        lines.filter_map(|line| Some((line, self.line(line).here.as_ref()?)))
    }

    /// The facts with which this one is linked: either names the other.
    pub(crate) fn linked(&self, fact: &Fact) -> impl Iterator<Item = &Arc<Fact>> {
        self.find(&fact.id).into_iter().flat_map(|line| self.linked_at(line)).map(|(_, fact)| fact)
    }
}

impl<'a> FromIterator<&'a Arc<Fact>> for Roll {
    fn from_iter<I: IntoIterator<Item = &'a Arc<Fact>>>(facts: I) -> Roll {
        let mut roll = Roll::default();
        for fact in facts {
            roll.insert(fact);
        }
        roll
    }
}
