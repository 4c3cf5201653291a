//! What random tests of guarantees are made with: dice that fall alike on every machine, and names.

use terms::{Label, Party};

/// A generator of our own, so that a seed gives the same history on every machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")]
    }
}

pub(crate) fn party(name: &str) -> Party {
    Party::new(name).expect("a party")
}

pub(crate) fn label(name: &str) -> Label {
    Label::new(name).expect("a label")
}
