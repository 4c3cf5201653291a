//! The greatest value among all entries up to a key, in logarithmic time.
//!
//! Takes keys, values and the index of whose they are; gives the greatest value up to a key, leaving out one index. Never
//! depends on the order of input: among equal values the smallest index wins.

/// Prefix maxima over a sorted list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extremes {
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    key: i64,
    best: (i64, usize),
    /// The greatest that belongs to another index than `best`.
    second: Option<(i64, usize)>,
}

impl Extremes {
    /// From (key, value, index).
    pub(crate) fn new(mut entries: Vec<(i64, i64, usize)>) -> Extremes {
        entries.sort_unstable();
        let mut rows: Vec<Row> = Vec::with_capacity(entries.len());
        for (key, value, index) in entries {
            let row = match rows.last() {
                None => Row { key, best: (value, index), second: None },
                Some(last) if better((value, index), last.best) => {
                    let second = if last.best.1 == index { last.second } else { Some(last.best) };
                    Row { key, best: (value, index), second }
                }
                Some(last)
                    if last.best.1 != index && last.second.is_none_or(|second| better((value, index), second)) =>
                {
                    Row { key, best: last.best, second: Some((value, index)) }
                }
                Some(last) => Row { key, ..*last },
            };
            rows.push(row);
        }
        Extremes { rows }
    }

    /// The greatest value, and whose it is, among entries with a key up to `up_to`, leaving out the index `except`.
    pub(crate) fn greatest(&self, up_to: i64, except: Option<usize>) -> Option<(i64, usize)> {
        let held = self.rows.partition_point(|row| row.key <= up_to);
        let row = self.rows[..held].last()?;
        if Some(row.best.1) == except { row.second } else { Some(row.best) }
    }
}

fn better(a: (i64, usize), b: (i64, usize)) -> bool {
    a.0 > b.0 || a.0 == b.0 && a.1 < b.1
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn equals_a_plain_search(
            entries in proptest::collection::vec((0i64..20, 0i64..20, 0usize..6), 0..30),
            up_to in 0i64..20,
            except in proptest::option::of(0usize..6),
        ) {
            let plain = entries
                .iter()
                .filter(|(key, _, index)| *key <= up_to && Some(*index) != except)
                .map(|(_, value, index)| (*value, *index))
                .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
            proptest::prop_assert_eq!(Extremes::new(entries).greatest(up_to, except), plain);
        }
    }
}
