//! "The total is not supported by its parts": the arithmetic of the figures that parties publish.
//!
//! Takes a total and its parts in the claimant's own words; gives their sum and whether they agree. Never corrects a
//! figure, and never counts a part that the claimant places outside the total.

use crate::record::body::Total;

/// A total with its arithmetic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arithmetic {
    /// The parts that were counted, in the claimant's words.
    pub counted: Vec<Part>,
    /// Parts that say of themselves that they lie outside the total, or hold no figure.
    pub left_out: Vec<Part>,
    /// The sum of the counted parts; `None` when there are none.
    pub sum: Option<i64>,
    /// What the comparison says.
    pub answer: Answer,
}

/// One published part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its words.
    pub words: String,
    /// Its figure; zero for one left out without a figure.
    pub figure: i64,
    /// Whether the claimant gave it as a least number ("950+").
    pub open: bool,
}

/// Whether a total is supported by its parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The parts sum to the total, or to more than a total given as a least number.
    Equal,
    /// The parts fall short by this many; `open` when a part was given as a least number, so that the gap may lie there.
    Short {
        /// By how many.
        by: i64,
        /// Whether a part was given as a least number.
        open: bool,
    },
    /// The parts exceed the total by this many.
    Over {
        /// By how many.
        by: i64,
    },
    /// No total, or no parts, were published.
    CannotTell,
}

impl Answer {
    /// The word used in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Answer::Equal => "equal",
            Answer::Short { .. } => "short",
            Answer::Over { .. } => "over",
            Answer::CannotTell => "cannot tell",
        }
    }
}

/// The arithmetic of a total.
#[must_use]
pub(crate) fn arithmetic(total: &Total) -> Arithmetic {
    let (mut counted, mut left_out) = (Vec::new(), Vec::new());
    for (name, words) in &total.parts {
        let outside = words.contains("outside") || words.contains("only");
        match figures(words) {
            Some((figure, open)) if !outside => {
                counted.push(Part { name: name.clone(), words: words.clone(), figure, open })
            }
            _ => left_out.push(Part { name: name.clone(), words: words.clone(), figure: 0, open: false }),
        }
    }
    let sum = (!counted.is_empty()).then(|| counted.iter().map(|part| part.figure).sum());
    let answer = compare(figures(&total.total), sum, counted.iter().any(|part| part.open));
    Arithmetic { counted, left_out, sum, answer }
}

fn compare(total: Option<(i64, bool)>, sum: Option<i64>, open_part: bool) -> Answer {
    match (total, sum) {
        (Some((total, least)), Some(sum)) if sum == total || least && sum > total => Answer::Equal,
        (Some((total, _)), Some(sum)) if sum < total => Answer::Short { by: total - sum, open: open_part },
        (Some((total, _)), Some(sum)) => Answer::Over { by: sum - total },
        (None, _) | (_, None) => Answer::CannotTell,
    }
}

/// The figure in a claimant's words, and whether it is given as a least number. Sub-figures in brackets are part of the
/// figure before them; figures joined by `+` between words are added: `19 shellings + 49 FPV + 16 drops`.
fn figures(words: &str) -> Option<(i64, bool)> {
    let mut outside_brackets = String::new();
    let mut depth = 0_u32;
    for letter in words.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside_brackets.push(letter),
            _ => {}
        }
    }
    let text = outside_brackets.split(';').next().unwrap_or_default();
    let open = text.contains("over")
        || text.contains("more than")
        || text.split_whitespace().any(|word| word.ends_with('+') && word.len() > 1);
    let terms = text.split(" + ").map(first_number);
    let sum = terms.flatten().try_fold(None, |sum: Option<i64>, n| Some(Some(sum.unwrap_or(0).checked_add(n)?)))?;
    sum.map(|sum| (sum, open))
}

/// The first run of digits in a term; a term of a thousand digits is no figure.
fn first_number(term: &str) -> Option<i64> {
    let start = term.find(|c: char| c.is_ascii_digit())?;
    let digits: String = term[start..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|n: &i64| *n < 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::SourceId;

    fn check(total: &str, parts: &[(&str, &str)], sum: Option<i64>, answer: Answer) {
        let total = Total {
            source: SourceId::new("party-totals").expect("a source id"),
            truce: String::new(),
            claimant: String::new(),
            as_of: String::new(),
            total: total.to_owned(),
            parts: parts.iter().map(|(name, words)| ((*name).to_owned(), (*words).to_owned())).collect(),
            reference: String::new(),
        };
        let arithmetic = arithmetic(&total);
        assert_eq!((arithmetic.sum, arithmetic.answer), (sum, answer), "{total:?}");
    }

    #[test]
    fn totals_are_held_against_their_parts() {
        check("12", &[("a", "5"), ("b", "7")], Some(12), Answer::Equal);
        check("15", &[("a", "5"), ("b", "7")], Some(12), Answer::Short { by: 3, open: false });
        check("10", &[("a", "5"), ("b", "7")], Some(12), Answer::Over { by: 2 });
        check("12", &[], None, Answer::CannotTell);
        check("", &[("a", "5")], Some(5), Answer::CannotTell);
    }

    #[test]
    fn figures_are_read_in_the_claimants_words() {
        check(
            "90",
            &[("border", "along the border: 19 shellings + 49 FPV + 16 drops"), ("rest", "6")],
            Some(90),
            Answer::Equal,
        );
        check("100", &[("a", "80 (30 heavy)"), ("b", "13+ FPV")], Some(93), Answer::Short { by: 7, open: true });
        check("over 10", &[("a", "14")], Some(14), Answer::Equal);
        check("14", &[("a", "14"), ("b", "5 drones outside the zone"), ("c", "(in a)")], Some(14), Answer::Equal);
        check("9", &[("a", "99999999999999999999999")], None, Answer::CannotTell);
    }
}
