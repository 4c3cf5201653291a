//! Lists: many short lists in one piece of memory.
//!
//! Takes for each index the list it belongs to; gives the indexes of each list in order. A list of its own for each of a million
//! reports would take many times the memory.

/// Lists of indexes.
#[derive(Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    /// So many lists, of the indexes at which `home` names each.
    pub(crate) fn new(count: usize, home: &[u32]) -> Lists {
        let mut starts = vec![0u32; count + 1];
        for list in home {
            starts[*list as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut free = starts.clone();
        let mut all = vec![0; home.len()];
        for (index, list) in (0..).zip(home) {
            all[free[*list as usize] as usize] = index;
            free[*list as usize] += 1;
        }
        Lists { starts, all }
    }

    /// Where a list lies among all.
    pub(crate) fn range(&self, list: usize) -> std::ops::Range<usize> {
        self.starts[list] as usize..self.starts[list + 1] as usize
    }

    /// One list.
    pub(crate) fn of(&self, list: usize) -> &[u32] {
        &self.all[self.range(list)]
    }

    /// One list, to be put in another order.
    pub(crate) fn of_mut(&mut self, list: usize) -> &mut [u32] {
        let range = self.range(list);
        &mut self.all[range]
    }

    /// All lists, the empty ones among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (1..self.starts.len()).map(|next| self.of(next - 1))
    }
}
