//! A list in order of time that takes late comers cheaply and is searched by span.
//!
//! Takes things that have a span and an id, in any order; gives those that possibly lie in a span. Never depends on the
//! order in which they came.

use std::collections::VecDeque;
use terms::{Instant, Span};

/// Something that stands in a timeline.
pub(crate) trait Timed {
    fn span(&self) -> Span;
    /// What tells apart two with the same span.
    fn id(&self) -> &str;
}

/// Blocks of neighbours: a late comer moves a block, never the whole.
#[derive(Debug)]
pub(crate) struct Timeline<T> {
    blocks: VecDeque<Vec<T>>,
    /// The longest span that ever stood here, so that a search by the beginning misses none.
    longest_ms: i64,
}

/// A block is split when it is longer.
const BLOCK_MOST: usize = 128;

impl<T> Default for Timeline<T> {
    fn default() -> Timeline<T> {
        Timeline { blocks: VecDeque::new(), longest_ms: 0 }
    }
}

impl<T: Timed> Timeline<T> {
    /// Puts one in its place; one of the same span and id is replaced.
    pub(crate) fn insert(&mut self, item: T) {
        self.longest_ms = self.longest_ms.max(item.span().length_ms());
        let key = (item.span(), item.id());
        let after =
            self.blocks.partition_point(|block| block.last().is_some_and(|last| (last.span(), last.id()) < key));
        // What comes last of all stands at the end of the last block.
        let at = if after == self.blocks.len() && after > 0 { after - 1 } else { after };
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push_back(vec![item]);
            return;
        };
        match block.binary_search_by(|other| (other.span(), other.id()).cmp(&key)) {
            Ok(place) => block[place] = item,
            Err(place) => block.insert(place, item),
        }
        if block.len() > BLOCK_MOST {
            // In order of arrival the end grows: leave the full block full.
            let keep = if at + 1 == self.blocks.len() { BLOCK_MOST } else { BLOCK_MOST / 2 };
            let rest = self.blocks[at].split_off(keep);
            self.blocks.insert(at + 1, rest);
        }
    }

    /// Takes out the one of that span and id.
    pub(crate) fn remove(&mut self, span: Span, id: &str) -> Option<T> {
        let at =
            self.blocks.partition_point(|block| block.last().is_some_and(|last| (last.span(), last.id()) < (span, id)));
        let block = self.blocks.get_mut(at)?;
        let place = block.binary_search_by(|other| (other.span(), other.id()).cmp(&(span, id))).ok()?;
        let item = block.remove(place);
        if block.is_empty() {
            self.blocks.remove(at);
        }
        Some(item)
    }

    /// The one of that span and id.
    pub(crate) fn get(&self, span: Span, id: &str) -> Option<&T> {
        let at =
            self.blocks.partition_point(|block| block.last().is_some_and(|last| (last.span(), last.id()) < (span, id)));
        let block = self.blocks.get(at)?;
        block.binary_search_by(|other| (other.span(), other.id()).cmp(&(span, id))).ok().map(|place| &block[place])
    }

    /// All, in order of time.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.blocks.iter().flatten()
    }

    /// Those that possibly lie in a span, in order of time.
    pub(crate) fn touching(&self, span: Span) -> impl Iterator<Item = &T> {
        let first = span.earliest().ms() - self.longest_ms;
        let before = move |item: &T| item.span().earliest().ms() < first;
        let at = self.blocks.partition_point(|block| block.last().is_some_and(before));
        let skip = self.blocks.get(at).map_or(0, |block| block.partition_point(before));
        let within = self.blocks.range(at..).flatten().skip(skip);
        let within = within.take_while(move |item| item.span().earliest() <= span.latest());
        within.filter(move |item| item.span().latest() >= span.earliest())
    }

    /// Lets go of those at the beginning that surely ended before an instant.
    pub(crate) fn forget(&mut self, before: Instant) {
        while let Some(block) = self.blocks.front_mut() {
            let gone = block.iter().position(|item| item.span().latest() >= before).unwrap_or(block.len());
            if gone < block.len() {
                block.drain(..gone);
                return;
            }
            self.blocks.pop_front();
        }
    }

    /// The longest span that ever stood here, in milliseconds.
    pub(crate) fn longest_ms(&self) -> i64 {
        self.longest_ms
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }
}

impl<T: Timed> FromIterator<T> for Timeline<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Timeline<T> {
        let mut timeline = Timeline::default();
        items.into_iter().for_each(|item| timeline.insert(item));
        timeline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
    struct Item(Span, String);

    impl Timed for Item {
        fn span(&self) -> Span {
            self.0
        }
        fn id(&self) -> &str {
            &self.1
        }
    }

    fn span(from: i64, length: i64) -> Span {
        let at = |ms| Instant::from_ms(ms).expect("in range");
        Span::new(at(from), at(from + length)).expect("forwards")
    }

    proptest::proptest! {
        #[test]
        fn equals_a_plain_list(
            given in proptest::collection::vec((0i64..2_000, 0i64..30, 0u8..4), 0..600),
            taken in proptest::collection::vec(0usize..600, 0..40),
            asked in (0i64..2_000, 0i64..60),
            gone in 0i64..400,
        ) {
            let items: Vec<Item> = given.iter().map(|(from, length, id)| Item(span(*from, *length), id.to_string())).collect();
            let mut plain: std::collections::BTreeSet<Item> = items.iter().cloned().collect();
            let mut timeline: Timeline<Item> = items.iter().cloned().collect();
            for item in taken.iter().filter_map(|at| items.get(*at)) {
                proptest::prop_assert_eq!(timeline.remove(item.0, &item.1).is_some(), plain.remove(item));
            }
            proptest::prop_assert!(timeline.iter().eq(plain.iter()));
            proptest::prop_assert_eq!(timeline.len(), plain.len());
            let during = span(asked.0, asked.1);
            let found: Vec<&Item> = timeline.touching(during).collect();
            let wanted: Vec<&Item> = plain.iter().filter(|item| item.0.meet(during).is_some()).collect();
            proptest::prop_assert_eq!(found, wanted);
            let before = Instant::from_ms(gone).expect("in range");
            timeline.forget(before);
            let kept: Vec<&Item> = timeline.iter().collect();
            let first = plain.iter().position(|item| item.0.latest() >= before).unwrap_or(plain.len());
            proptest::prop_assert_eq!(kept, plain.iter().skip(first).collect::<Vec<_>>());
        }
    }
}
