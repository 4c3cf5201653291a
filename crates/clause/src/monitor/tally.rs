//! How many lie in the stretch that ends with each of a list, kept up to date as late comers arrive.
//!
//! Takes facts with what each may count for, in any order; gives those whose stretch may hold more than a ceiling. Never
//! says less than may be: for uncertain times it counts what perhaps lies in the stretch.

use crate::calendar::{Calendar, Duration};
use crate::fact::Fact;
use crate::matter::{Mark, Marks};
use std::collections::VecDeque;
use std::sync::Arc;
use terms::Instant;

/// A block is split when it holds more.
const BLOCK_MOST: usize = 128;
/// What has no upper count counts for this many: more than any ceiling.
const ANY_NUMBER: u64 = 1 << 40;

/// Rows in order of time, in blocks, so that a late comer adds to the loads of whole blocks at once. There are none as long
/// as all that is held is not more than the ceiling: most lists never come near it.
pub(crate) struct Tally {
    blocks: VecDeque<Block>,
    awake: bool,
    /// What all that is held counts for.
    sum: u64,
    per: Duration,
    ceiling: u64,
    /// At least as long as the longest span that ever stood here, in milliseconds.
    widest: i64,
}

/// The edges stand here, so that passing over a block need not look into it.
#[derive(Default)]
struct Block {
    rows: Vec<Row>,
    /// The times of the first and the last row.
    first_at: i64,
    last_at: i64,
    /// The beginnings of their stretches.
    first_since: i64,
    last_since: i64,
    /// What all rows count for.
    sum: u64,
    /// To be added to the load of every row.
    added: u64,
    /// The greatest load, without `added`, among the rows that are not over the ceiling.
    peak: u64,
}

struct Row {
    at: i64,
    /// The beginning of its stretch.
    since: i64,
    fact: Arc<Fact>,
    number: u64,
    /// What its stretch may hold, without the block's `added`.
    load: u64,
    over: bool,
}

impl Block {
    fn of(rows: Vec<Row>) -> Block {
        let mut block = Block { sum: rows.iter().map(|row| row.number).sum(), rows, ..Block::default() };
        block.measure();
        block
    }

    /// Measures its edges and its peak anew.
    fn measure(&mut self) {
        let below = self.rows.iter().filter(|row| !row.over).map(|row| row.load);
        self.peak = below.max().unwrap_or(0);
        if let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) {
            (self.first_at, self.first_since) = (first.at, first.since);
            (self.last_at, self.last_since) = (last.at, last.since);
        }
    }

    /// Those that have come to lie over the ceiling.
    fn risen(&mut self, ceiling: u64, out: &mut Vec<Arc<Fact>>) {
        if self.peak + self.added <= ceiling {
            return;
        }
        for row in self.rows.iter_mut().filter(|row| !row.over && row.load + self.added > ceiling) {
            row.over = true;
            out.push(Arc::clone(&row.fact));
        }
        self.measure();
    }
}

/// What one counts for at most.
fn weight(most: Option<u64>) -> u64 {
    most.unwrap_or(ANY_NUMBER).min(ANY_NUMBER)
}

impl Tally {
    pub(crate) fn new(per: Duration, ceiling: u32) -> Tally {
        Tally { blocks: VecDeque::new(), awake: false, sum: 0, per, ceiling: u64::from(ceiling), widest: 0 }
    }

    /// Counts one in that stands among `all` already; gives those, perhaps itself among them, whose stretch may now hold
    /// more than the ceiling, each once until it is settled.
    pub(crate) fn insert(
        &mut self,
        calendar: &Calendar,
        fact: &Arc<Fact>,
        most: Option<u64>,
        all: &Marks,
    ) -> Vec<Arc<Fact>> {
        let number = weight(most);
        self.sum += number;
        if !self.awake {
            return if self.sum > self.ceiling { self.wake(calendar, all) } else { Vec::new() };
        }
        if fact.happened.length_ms() > self.widest {
            // Twice as long as needed, so that it is rare.
            self.widest = fact.happened.length_ms() * 2;
            let rows = std::mem::take(&mut self.blocks).into_iter().flat_map(|block| block.rows).collect();
            self.build(calendar, rows);
        }
        let at = fact.happened.earliest().ms();
        let since = calendar.before(fact.happened.earliest(), self.per).ms() - self.widest;
        let mut risen = self.load_later(at, number, true);
        let load = self.counted(since, at + self.widest) + number;
        let over = load > self.ceiling;
        if over {
            risen.push(Arc::clone(fact));
        }
        self.put(Row { at, since, fact: Arc::clone(fact), number, load, over });
        risen
    }

    /// Begins to keep rows.
    fn wake(&mut self, calendar: &Calendar, all: &Marks) -> Vec<Arc<Fact>> {
        self.awake = true;
        self.widest = self.widest.max(all.longest_ms() * 2);
        let counted = all.iter().filter(|mark| mark.excused().is_none());
        let row = |mark: &Mark| {
            let (at, number) = (mark.fact.happened.earliest().ms(), weight(mark.number().1));
            Row { at, since: 0, fact: Arc::clone(&mark.fact), number, load: 0, over: false }
        };
        self.build(calendar, counted.map(row).collect());
        let mut risen = Vec::new();
        self.blocks.iter_mut().for_each(|block| block.risen(self.ceiling, &mut risen));
        risen
    }

    /// Computes the load of every row, and puts them into blocks.
    fn build(&mut self, calendar: &Calendar, mut rows: Vec<Row>) {
        let mut before = Vec::with_capacity(rows.len() + 1);
        before.push(0);
        before.extend(rows.iter().scan(0, |sum, row| {
            *sum += row.number;
            Some(*sum)
        }));
        for nth in 0..rows.len() {
            let (at, earliest) = (rows[nth].at, rows[nth].fact.happened.earliest());
            let since = calendar.before(earliest, self.per).ms() - self.widest;
            let begins = rows.partition_point(|row| row.at < since);
            let ends = rows.partition_point(|row| row.at <= at + self.widest);
            (rows[nth].since, rows[nth].load) = (since, before[ends] - before[begins]);
        }
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            self.blocks.push_back(Block::of(rows.by_ref().take(BLOCK_MOST).collect()));
        }
    }

    /// Counts one out.
    pub(crate) fn remove(&mut self, fact: &Fact, most: Option<u64>) {
        self.let_go(most);
        let at = fact.happened.earliest().ms();
        let first = self.blocks.partition_point(|block| block.last_at < at);
        for nth in first..self.blocks.len() {
            let block = &mut self.blocks[nth];
            let Some(place) = block.rows.iter().position(|row| row.fact.id == fact.id) else { continue };
            let row = block.rows.remove(place);
            block.sum -= row.number;
            block.measure();
            if block.rows.is_empty() {
                self.blocks.remove(nth);
            }
            self.load_later(at, row.number, false);
            return;
        }
    }

    /// Holds one less, of which nothing more is asked.
    pub(crate) fn let_go(&mut self, most: Option<u64>) {
        self.sum -= weight(most);
    }

    /// Says that one whose stretch might hold more than the ceiling does not: it will be given again.
    pub(crate) fn settle(&mut self, fact: &Fact) {
        let at = fact.happened.earliest().ms();
        let first = self.blocks.partition_point(|block| block.last_at < at);
        for block in self.blocks.range_mut(first..) {
            if block.first_at > at {
                return;
            }
            if let Some(row) = block.rows.iter_mut().find(|row| row.fact.id == fact.id) {
                row.over = false;
                block.measure();
                return;
            }
        }
    }

    /// Adds to the load of all whose stretch holds that time, or takes from it; gives those that have come to lie over the
    /// ceiling. What is counted out lets nothing rise: who lies over and was settled waits for the next to come in.
    fn load_later(&mut self, at: i64, number: u64, put: bool) -> Vec<Arc<Fact>> {
        let mut risen = Vec::new();
        let from = at - self.widest;
        let first = self.blocks.partition_point(|block| block.last_at < from);
        for block in self.blocks.range_mut(first..) {
            if block.first_since > at {
                break;
            }
            if put && block.first_at >= from && block.last_since <= at {
                block.added += number;
            } else {
                for row in &mut block.rows {
                    row.load += block.added;
                    if row.at >= from && row.since <= at {
                        row.load = if put { row.load + number } else { row.load.saturating_sub(number) };
                        row.over &= put || row.load > self.ceiling;
                    }
                }
                block.added = 0;
                block.measure();
            }
            if put {
                block.risen(self.ceiling, &mut risen);
            }
        }
        risen
    }

    /// What the rows from one time to another count for.
    fn counted(&self, from: i64, until: i64) -> u64 {
        let first = self.blocks.partition_point(|block| block.last_at < from);
        let mut sum = 0;
        for block in self.blocks.range(first..) {
            if block.first_at > until {
                break;
            }
            if block.first_at >= from && block.last_at <= until {
                sum += block.sum;
            } else {
                let begins = block.rows.partition_point(|row| row.at < from);
                let ends = block.rows.partition_point(|row| row.at <= until);
                sum += block.rows[begins..ends].iter().map(|row| row.number).sum::<u64>();
            }
        }
        sum
    }

    fn put(&mut self, mut row: Row) {
        let after = self.blocks.partition_point(|block| block.last_at <= row.at);
        let nth = if after == self.blocks.len() && after > 0 { after - 1 } else { after };
        let Some(block) = self.blocks.get_mut(nth) else {
            self.blocks.push_back(Block::of(vec![row]));
            return;
        };
        // The load is whole, and the block's addition was meant for those that stood here before.
        if row.load < block.added {
            for other in &mut block.rows {
                other.load += block.added;
            }
            block.peak += block.added;
            block.added = 0;
        }
        row.load -= block.added;
        block.sum += row.number;
        if !row.over {
            block.peak = block.peak.max(row.load);
        }
        if row.at < block.first_at {
            (block.first_at, block.first_since) = (row.at, row.since);
        }
        let place = if row.at < block.last_at {
            block.rows.partition_point(|other| other.at <= row.at)
        } else {
            (block.last_at, block.last_since) = (row.at, row.since);
            block.rows.len()
        };
        block.rows.insert(place, row);
        if block.rows.len() > BLOCK_MOST {
            let mut rows = std::mem::take(&mut block.rows);
            let added = block.added;
            rows.iter_mut().for_each(|row| row.load += added);
            let keep = if nth + 1 == self.blocks.len() { BLOCK_MOST } else { BLOCK_MOST / 2 };
            let rest = rows.split_off(keep);
            self.blocks[nth] = Block::of(rows);
            self.blocks.insert(nth + 1, Block::of(rest));
        }
    }

    /// Lets go of the rows from before an instant; of all of them where that leaves so little that none is needed and
    /// nothing was told that later ones would have to agree with.
    pub(crate) fn forget(&mut self, before: Instant, nothing_told: bool) {
        if nothing_told && self.sum <= self.ceiling {
            self.awake = false;
            self.blocks.clear();
        }
        while let Some(block) = self.blocks.front_mut() {
            let stays = |row: &Row| row.fact.happened.latest() >= before || row.at >= before.ms();
            if let Some(gone) = block.rows.iter().position(stays) {
                block.sum -= block.rows.drain(..gone).map(|row| row.number).sum::<u64>();
                block.measure();
                return;
            }
            self.blocks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Bears, Footing};
    use terms::{Act, Chance, Count, Place, Shape, Span};

    fn fact(id: usize, from: i64, length: i64, number: u32) -> Arc<Fact> {
        let at = |ms| Instant::from_ms(ms).expect("in range");
        Arc::new(Fact {
            happened: Span::new(at(from), at(from + length)).expect("forwards"),
            id: id.to_string(),
            revision: 1,
            act: Act::Shelling,
            object: None,
            place: Place { shape: Shape::Unplaced, name: None },
            by: None,
            at: None,
            count: Count::exactly(number),
            about: None,
            chance: Chance::CERTAIN,
            footing: Footing::Proposed,
        })
    }

    /// The most that may lie in the second before one.
    fn most(here: &[(Arc<Fact>, u64)], one: &Fact) -> u64 {
        let stretch = Span::new(one.happened.earliest().shifted(-1_000), one.happened.latest()).expect("forwards");
        let near = here.iter().filter(|(other, _)| other.happened.meet(stretch).is_some());
        near.map(|(_, number)| number).sum()
    }

    proptest::proptest! {
            /// Whoever has too many in the stretch is given at the latest with the last of them.
        #[test]
        fn nobody_over_the_ceiling_is_missed(
            given in proptest::collection::vec((0i64..4_000, 0i64..9, 1u32..4), 1..200),
            taken in proptest::collection::vec(0usize..200, 0..20),
            ceiling in 1u32..60,
        ) {
            let calendar = Calendar::utc();
            let per = Duration::parse("1", "second").expect("a length");
            let mut tally = Tally::new(per, ceiling);
            let mut all = Marks::default();
            let mut here: Vec<(Arc<Fact>, u64)> = Vec::new();
            let mut told: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
            for (id, (from, length, number)) in given.iter().enumerate() {
                let new = fact(id, *from, *length, *number);
                let number = u64::from(*number);
                all.insert(Mark::new(&new, Bears::Falls, Chance::NEVER));
                let risen = tally.insert(&calendar, &new, Some(number), &all);
                here.push((new, number));
                for fact in risen {
                    if most(&here, &fact) > u64::from(ceiling) {
                        told.insert(fact.id.clone());
                    } else {
                        tally.settle(&fact);
                    }
                }
                if let Some(at) = taken.iter().position(|at| *at == id) {
                    let (gone, number) = here.remove(at.min(here.len() - 1));
                    all.remove(gone.happened, &gone.id);
                    tally.remove(&gone, Some(number));
                    told.remove(&gone.id);
                    for (one, _) in here.iter().filter(|(one, _)| most(&here, one) <= u64::from(ceiling)) {
                        told.remove(&one.id);
                        tally.settle(one);
                    }
                }
                for (one, _) in &here {
                    let most = most(&here, one);
                    proptest::prop_assert!(most <= u64::from(ceiling) || told.contains(&one.id), "{} of {}", most, one.id);
                }
            }
        }
    }
}
