//! The roll of facts: each by its id, and by what it is about.
//!
//! Takes facts of one footing, revised or taken back; gives the fact of an id, and those that name an id. Never keeps two
//! revisions of one fact, never lets its own order reach anybody.

#![expect(clippy::disallowed_types, reason = "this map is asked and never walked, and its numbers are fixed")]

use crate::fact::Fact;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};
use std::sync::Arc;

/// Facts by id and by what they are about.
#[derive(Default)]
pub(crate) struct Roll {
    by_number: HashMap<u64, Line, BuildHasherDefault<AsItIs>>,
}

/// All that has to do with one id, or with the rare other that has its number.
#[derive(Default)]
struct Line {
    here: Few,
    naming: Few,
}

/// Hardly ever more than one.
#[derive(Default)]
enum Few {
    #[default]
    None,
    One(Arc<Fact>),
    More(Vec<Arc<Fact>>),
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
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

impl Few {
    fn as_slice(&self) -> &[Arc<Fact>] {
        match self {
            Few::None => &[],
            Few::One(fact) => std::slice::from_ref(fact),
            Few::More(facts) => facts,
        }
    }

    fn push(&mut self, fact: Arc<Fact>) {
        *self = match std::mem::take(self) {
            Few::None => Few::One(fact),
            Few::One(first) => Few::More(vec![first, fact]),
            Few::More(mut facts) => {
                facts.push(fact);
                Few::More(facts)
            }
        }
    }

    fn take(&mut self, which: impl Fn(&Arc<Fact>) -> bool) -> Option<Arc<Fact>> {
        match self {
            Few::One(fact) if which(fact) => {
                let fact = Arc::clone(fact);
                *self = Few::None;
                Some(fact)
            }
            Few::None | Few::One(_) => None,
            Few::More(facts) => {
                let at = facts.iter().position(which)?;
                Some(facts.swap_remove(at))
            }
        }
    }
}

impl Line {
    fn is_empty(&self) -> bool {
        self.here.as_slice().is_empty() && self.naming.as_slice().is_empty()
    }
}

impl Roll {
    /// Puts a fact on the roll; gives the one of the same id that it takes the place of.
    pub(crate) fn insert(&mut self, fact: &Arc<Fact>) -> Option<Arc<Fact>> {
        let line = self.by_number.entry(number(&fact.id)).or_default();
        let former = line.here.take(|other| other.id == fact.id);
        line.here.push(Arc::clone(fact));
        if let Some(former) = &former {
            self.unname(former);
        }
        if let Some(about) = &fact.about {
            self.by_number.entry(number(about)).or_default().naming.push(Arc::clone(fact));
        }
        former
    }

    /// Strikes the fact of an id off.
    pub(crate) fn remove(&mut self, id: &str) {
        self.strike(id, |fact| fact.id == id);
    }

    /// Strikes a fact off, if it is this one and no other revision.
    pub(crate) fn forget(&mut self, fact: &Arc<Fact>) {
        self.strike(&fact.id, |known| Arc::ptr_eq(known, fact));
    }

    fn strike(&mut self, id: &str, which: impl Fn(&Arc<Fact>) -> bool) {
        let key = number(id);
        let Some(line) = self.by_number.get_mut(&key) else { return };
        let Some(fact) = line.here.take(which) else { return };
        if line.is_empty() {
            self.by_number.remove(&key);
        }
        self.unname(&fact);
    }

    fn unname(&mut self, fact: &Fact) {
        let Some(key) = fact.about.as_deref().map(number) else { return };
        let Some(line) = self.by_number.get_mut(&key) else { return };
        line.naming.take(|other| other.id == fact.id);
        if line.is_empty() {
            self.by_number.remove(&key);
        }
    }

    /// The fact of an id.
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Fact>> {
        if self.by_number.is_empty() {
            return None;
        }
        self.by_number.get(&number(id))?.here.as_slice().iter().find(|fact| fact.id == id)
    }

    /// The facts with which this one is linked: either names the other.
    pub(crate) fn linked<'r>(&'r self, fact: &'r Fact) -> impl Iterator<Item = &'r Arc<Fact>> {
        let named = fact.about.as_deref().and_then(|about| self.get(about));
        let naming = self.by_number.get(&number(&fact.id)).map_or(&[][..], |line| line.naming.as_slice());
        let both = move |other: &&Arc<Fact>| {
            other.about.as_deref() == Some(&fact.id) && named.is_none_or(|named| named.id != other.id)
        };
        naming.iter().filter(both).chain(named)
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
