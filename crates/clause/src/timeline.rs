//! A list in order of time that takes late comers cheaply and is searched by span.
//!
//! Takes things that have a span and an id, in any order; gives those that possibly lie in a span. Never depends on the
//! order in which they came.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::VecDeque;
use terms::{Instant, Span};

/// Something that stands in a timeline.
pub(crate) trait Timed {
    /// What many come to together.
    type Sum: Copy;
    fn span(&self) -> Span;
    /// What tells apart two with the same span.
    fn id(&self) -> &str;
    /// What these come to, if they can be taken together.
    fn sum(_: &[Self]) -> Option<Self::Sum>
    where
        Self: Sized,
    {
        None
    }
}

/// Blocks of neighbours: a late comer moves a block, never the whole.
pub(crate) struct Timeline<T: Timed> {
    blocks: VecDeque<Block<T>>,
    /// The longest span that ever stood here, so that a search by the beginning misses none.
    longest_ms: i64,
}

/// Spans stand beside the items, so that a search need not look into them.
struct Block<T: Timed> {
    /// The span of the last item.
    last: Span,
    spans: Vec<Span>,
    items: Vec<T>,
    /// What all come to, and the end of the one that ends last; computed when asked, and again after a change.
    whole: Cell<Option<Whole<T::Sum>>>,
}

/// What a block comes to.
#[derive(Clone, Copy)]
struct Whole<S> {
    ends: Instant,
    sum: Option<S>,
}

/// A part of what lies in a span.
pub(crate) enum Piece<'t, T: Timed> {
    /// Neighbours, and what they come to.
    Many(&'t [T], T::Sum),
    /// One, with its span.
    One(Span, &'t T),
}

/// A block is split when it is longer.
const BLOCK_MOST: usize = 128;

impl<T: Timed> Default for Timeline<T> {
    fn default() -> Timeline<T> {
        Timeline { blocks: VecDeque::new(), longest_ms: 0 }
    }
}

impl<T: Timed> Block<T> {
    fn of(spans: Vec<Span>, items: Vec<T>) -> Block<T> {
        let last = *spans.last().expect("invariant: no block is empty");
        Block { last, spans, items, whole: Cell::new(None) }
    }

    /// What all in it come to, if they can be taken together and all of them lie in a span.
    fn sum_in(&self, span: Span) -> Option<T::Sum> {
        if self.spans.first()?.earliest() < span.earliest() || self.last.earliest() > span.latest() {
            return None;
        }
        let whole = self.whole.get().unwrap_or_else(|| {
            let ends = self.spans.iter().map(|span| span.latest()).fold(Instant::EARLIEST, Instant::max);
            Whole { ends, sum: T::sum(&self.items) }
        });
        self.whole.set(Some(whole));
        whole.sum.filter(|_| whole.ends <= span.latest())
    }

    /// Where an item of that span and id stands, or would.
    fn place(&self, span: Span, id: &str) -> Result<usize, usize> {
        let first = self.spans.partition_point(|other| *other < span);
        for (nth, other) in self.spans.iter().enumerate().skip(first) {
            match (*other, self.items[nth].id()).cmp(&(span, id)) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(nth),
                Ordering::Greater => return Err(nth),
            }
        }
        Err(self.spans.len())
    }

    /// Whether everything in it comes before an item of that span and id.
    fn is_before(&self, span: Span, id: &str) -> bool {
        let end = || self.items.last().map_or("", |item| item.id());
        self.last < span || self.last == span && end() < id
    }
}

impl<T: Timed> Timeline<T> {
    /// Puts one in its place; one of the same span and id is replaced.
    pub(crate) fn insert(&mut self, item: T) {
        let span = item.span();
        self.longest_ms = self.longest_ms.max(span.length_ms());
        let after = self.block_of(span, item.id());
        // What comes last of all stands at the end of the last block.
        let at = if after == self.blocks.len() && after > 0 { after - 1 } else { after };
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push_back(Block::of(vec![span], vec![item]));
            return;
        };
        block.whole.set(None);
        let place =
            if block.is_before(span, item.id()) { Err(block.spans.len()) } else { block.place(span, item.id()) };
        match place {
            Ok(place) => block.items[place] = item,
            Err(place) => {
                block.spans.insert(place, span);
                block.items.insert(place, item);
                block.last = block.last.max(span);
            }
        }
        if block.spans.len() > BLOCK_MOST {
            // In order of arrival the end grows: leave the full block full.
            let keep = if at + 1 == self.blocks.len() { BLOCK_MOST } else { BLOCK_MOST / 2 };
            let block = &mut self.blocks[at];
            block.whole.set(None);
            let rest = Block::of(block.spans.split_off(keep), block.items.split_off(keep));
            block.last = block.spans[keep - 1];
            self.blocks.insert(at + 1, rest);
        }
    }

    /// The first block that does not lie wholly before an item of that span and id.
    fn block_of(&self, span: Span, id: &str) -> usize {
        if self.blocks.back().is_none_or(|block| block.is_before(span, id)) {
            return self.blocks.len();
        }
        self.blocks.partition_point(|block| block.is_before(span, id))
    }

    /// Takes out the one of that span and id.
    pub(crate) fn remove(&mut self, span: Span, id: &str) -> Option<T> {
        let at = self.block_of(span, id);
        let block = self.blocks.get_mut(at)?;
        let place = block.place(span, id).ok()?;
        block.whole.set(None);
        block.spans.remove(place);
        let item = block.items.remove(place);
        match block.spans.last() {
            Some(last) => block.last = *last,
            None => {
                self.blocks.remove(at);
            }
        }
        Some(item)
    }

    /// The one of that span and id.
    pub(crate) fn get(&self, span: Span, id: &str) -> Option<&T> {
        let block = self.blocks.get(self.block_of(span, id))?;
        block.place(span, id).ok().map(|place| &block.items[place])
    }

    /// All, in order of time.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.blocks.iter().flat_map(|block| &block.items)
    }

    /// Those that possibly lie in a span, in order of time.
    pub(crate) fn touching(&self, span: Span) -> impl Iterator<Item = &T> {
        let first = span.earliest().ms() - self.longest_ms;
        let before = move |other: &Span| other.earliest().ms() < first;
        let at = self.blocks.partition_point(|block| before(&block.last));
        let skip = self.blocks.get(at).map_or(0, |block| block.spans.partition_point(before));
        let within = self.blocks.range(at..).flat_map(|block| block.spans.iter().zip(&block.items)).skip(skip);
        let within = within.take_while(move |(other, _)| other.earliest() <= span.latest());
        within.filter(move |(other, _)| other.latest() >= span.earliest()).map(|(_, item)| item)
    }

    /// Goes through those that possibly lie in a span, in order of time: by whole blocks with what they come to where all
    /// of a block surely lie in `inner`, and one by one otherwise.
    pub(crate) fn visit<'t>(&'t self, span: Span, inner: Option<Span>, mut see: impl FnMut(Piece<'t, T>)) {
        let first = span.earliest().ms() - self.longest_ms;
        let at = self.blocks.partition_point(|block| block.last.earliest().ms() < first);
        for block in self.blocks.range(at..) {
            if block.spans.first().is_none_or(|other| other.earliest() > span.latest()) {
                return;
            }
            if let Some(sum) = inner.and_then(|inner| block.sum_in(inner)) {
                see(Piece::Many(&block.items, sum));
                continue;
            }
            for (other, item) in block.spans.iter().zip(&block.items) {
                if other.meet(span).is_some() {
                    see(Piece::One(*other, item));
                }
            }
        }
    }

    /// Those that possibly lie in a span, with the last one before it and the first one after it.
    pub(crate) fn around(&self, span: Span) -> Vec<&T> {
        let split = |instant: Instant| {
            let at = self.blocks.partition_point(|block| block.last.earliest() < instant);
            let within = self.blocks.get(at).map_or(0, |block| block.spans.partition_point(|s| s.earliest() < instant));
            (at, within)
        };
        let (at, within) = split(span.earliest());
        let here = self.blocks.get(at).into_iter().flat_map(|block| block.items[..within].iter().rev());
        let earlier = self.blocks.range(..at).rev().flat_map(|block| block.items.iter().rev());
        let before = here.chain(earlier).find(|item| item.span().latest() < span.earliest());
        let (at, within) = split(span.latest().shifted(1));
        let here = self.blocks.get(at).into_iter().flat_map(|block| block.items[within..].iter());
        let after =
            here.chain(self.blocks.range((at + 1).min(self.blocks.len())..).flat_map(|block| &block.items)).next();
        before.into_iter().chain(self.touching(span)).chain(after).collect()
    }

    /// Lets go of those at the beginning that surely ended before an instant.
    pub(crate) fn forget(&mut self, before: Instant) {
        self.forget_each(before, |_| {});
    }

    /// The same, with a last look at each.
    pub(crate) fn forget_each(&mut self, before: Instant, mut last_look: impl FnMut(&T)) {
        while let Some(block) = self.blocks.front_mut() {
            let gone = block.spans.iter().position(|span| span.latest() >= before).unwrap_or(block.spans.len());
            block.items[..gone].iter().for_each(&mut last_look);
            if gone < block.spans.len() {
                block.whole.set(None);
                block.spans.drain(..gone);
                block.items.drain(..gone);
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
        self.blocks.iter().map(|block| block.spans.len()).sum()
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
        type Sum = usize;
        fn span(&self) -> Span {
            self.0
        }
        fn id(&self) -> &str {
            &self.1
        }
        fn sum(all: &[Item]) -> Option<usize> {
            Some(all.len())
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
            asked in (0i64..2_000, proptest::prop_oneof![0i64..60, 0i64..2_000]),
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
            let (mut visited, mut summed) = (Vec::new(), 0);
            timeline.visit(during, Some(during), |piece| match piece {
                Piece::Many(items, sum) => {
                    summed += sum;
                    visited.extend(items);
                }
                Piece::One(_, item) => {
                    summed += 1;
                    visited.push(item);
                }
            });
            proptest::prop_assert_eq!(summed, visited.len());
            proptest::prop_assert_eq!(visited, timeline.touching(during).collect::<Vec<_>>());
            let mut around: Vec<&Item> = plain.iter().rfind(|item| item.0.latest() < during.earliest()).into_iter().collect();
            around.extend(plain.iter().filter(|item| item.0.meet(during).is_some()));
            around.extend(plain.iter().find(|item| item.0.earliest() > during.latest()));
            proptest::prop_assert_eq!(timeline.around(during), around);
            let before = Instant::from_ms(gone).expect("in range");
            timeline.forget(before);
            let kept: Vec<&Item> = timeline.iter().collect();
            let first = plain.iter().position(|item| item.0.latest() >= before).unwrap_or(plain.len());
            proptest::prop_assert_eq!(kept, plain.iter().skip(first).collect::<Vec<_>>());
        }
    }
}
