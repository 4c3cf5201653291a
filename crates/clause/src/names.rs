//! "Did you mean": the known name nearest to a wrong one.
//!
//! Takes a word and the words there are; gives the nearest within a third of its letters. Never corrects by itself.

use crate::said::{Said, said};

/// The nearest of `known` to `wrong`, if it is near enough to be a slip; the first in order among equals.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowered = wrong.to_lowercase();
    let most = (wrong.chars().count() / 3).max(1);
    let near = known.into_iter().filter_map(|name| {
        let steps = steps_between(&lowered, &name.to_lowercase());
        (steps <= most).then_some((steps, name))
    });
    near.min_by_key(|(steps, _)| *steps).map(|(_, name)| name)
}

/// "did you mean `x`?", as a fix.
pub(crate) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Said> {
    nearest(wrong, known).map(|name| said!("did you mean `{}`?", name))
}

/// What is wrong with a name, and the nearest of those that there are.
pub(crate) fn advised<'a>(what: String, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match did_you_mean(wrong, known) {
        Some(advice) => format!("{what}; {advice}"),
        None => what,
    }
}

/// Letters to insert, drop, change or swap with their neighbour to come from one word to the other.
fn steps_between(from: &str, to: &str) -> usize {
    /// No name is longer; a longer word is no slip of one.
    const LETTERS_MOST: usize = 64;
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.len().max(to.len()) > LETTERS_MOST {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["Theatre", "Band", "refinery", "shelling"];
        assert_eq!(nearest("Theater", known), Some("Theatre"));
        assert_eq!(nearest("shellign", known), Some("shelling"));
        assert_eq!(nearest("theatre", known), Some("Theatre"));
        assert_eq!(nearest("harbour", known), None);
    }
}
