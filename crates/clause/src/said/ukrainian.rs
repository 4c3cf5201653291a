//! Every remark in Ukrainian.
//!
//! Takes an English sentence; gives the Ukrainian one, with `{0}` for its first part, `{0:g}` and `{0:a}` for the genitive
//! and accusative, and `{0:#a|b|c}` for the word that follows a number. Words of the language of rules, and names, stay as
//! they are written. Never a name declined.

mod drafting;
mod reading;

use super::Case;
use crate::calendar::Duration;
pub(super) use crate::sentence::ukrainian::phrase as act;
use crate::sentence::ukrainian::plural;

/// The Ukrainian sentence of an English one with so many parts.
pub(crate) const fn of(english: &str, parts: usize) -> &'static str {
    let (mut table, mut at) = (0, 0);
    while table < TABLES.len() {
        while at < TABLES[table].len() {
            if same(TABLES[table][at], english) {
                let ukrainian = TABLES[table][at + 1];
                assert!(places(ukrainian) <= parts, "the Ukrainian sentence names a part that there is not");
                return ukrainian;
            }
            at += 2;
        }
        (table, at) = (table + 1, 0);
    }
    panic!("this sentence has no Ukrainian yet: add it to said/ukrainian")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// How many parts a sentence needs: one more than the greatest number in its places.
const fn places(sentence: &str) -> usize {
    let bytes = sentence.as_bytes();
    let (mut at, mut most) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            let number = if bytes[at + 1].is_ascii_digit() { (bytes[at + 1] - b'0') as usize } else { 0 };
            most = if number + 1 > most { number + 1 } else { most };
        }
        at += 1;
    }
    most
}

/// The word that follows a number.
pub(super) fn counted(number: i64, forms: [&str; 3]) -> &str {
    forms[plural(u32::try_from(number.unsigned_abs() % 100).unwrap_or_default(), [0, 1, 2])]
}

/// `24 години`; after "впродовж" `24 годин`; after "дає" `1 годину`.
pub(super) fn length(length: Duration, case: Option<Case>) -> String {
    match case {
        None => crate::sentence::ukrainian::nominative(length),
        Some(Case::Genitive) => crate::sentence::ukrainian::genitive(length),
        Some(Case::Accusative) => crate::sentence::ukrainian::accusative(length),
    }
}

/// Every table: English and Ukrainian in turn.
const TABLES: [&[&str]; 2] = [reading::SENTENCES, drafting::SENTENCES];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remark::Code;
    use crate::said::{Said, said};
    use crate::sentence::Language;

    fn check(said: &Said, english: &str, ukrainian: &str) {
        assert_eq!(said.say(Language::English), english);
        assert_eq!(said.say(Language::Ukrainian), ukrainian);
    }

    #[test]
    fn every_code_says_what_it_is_about() {
        for code in Code::ALL {
            assert_ne!(code.says(Language::Ukrainian), code.says(Language::English), "{}", code.word());
        }
    }

    #[test]
    fn cases_and_counts() {
        let hours = |count: &str| Duration::parse(count, "hours").unwrap();
        check(
            &said!("rule `{}` gives {}, and its trigger may be reported only after {}", "A1", hours("1"), hours("3")),
            "rule `A1` gives 1 hour, and its trigger may be reported only after 3 hours",
            "правило `A1` дає 1 годину, а про подію, що його запускає, можуть повідомити лише через 3 години",
        );
        let more = |count: u32| said!("{} more remarks are not shown", count);
        check(&more(12), "12 more remarks are not shown", "не показано ще 12 зауважень");
        check(&more(122), "122 more remarks are not shown", "не показано ще 122 зауваження");
        check(&said!("there is no {} `{}`", said!("zone"), "{1}|x"), "there is no zone `{1}|x`", "немає зони `{1}|x`");
        check(&said!("zone"), "zone", "зона");
    }

    /// The places of a sentence: number and what follows the colon.
    fn places_of(sentence: &str) -> Vec<(usize, &str)> {
        let opened = sentence.split('{').skip(1);
        let place = |after: &'static str| -> (usize, &'static str) {
            let (place, _) = after.split_once('}').expect("a place is closed");
            let (at, how) = place.split_once(':').unwrap_or((place, ""));
            (at.parse().expect("a place has a number"), how)
        };
        opened.map(|after| place(Box::leak(after.to_owned().into_boxed_str()))).collect()
    }

    #[test]
    fn every_sentence_is_whole() {
        let pairs: Vec<(&str, &str)> = TABLES.concat().chunks(2).map(|pair| (pair[0], pair[1])).collect();
        for (at, (english, ukrainian)) in pairs.iter().enumerate() {
            assert!(!pairs[..at].iter().any(|(other, _)| other == english), "`{english}` stands twice");
            let wanted = english.matches("{}").count();
            let named = places_of(ukrainian);
            // Only this one is said in lengths, not in numbers and units.
            let in_lengths = *english == "the rule says {} {}s, and the text above it {} {}s";
            for part in (0..wanted).filter(|_| !in_lengths) {
                assert!(named.iter().any(|(at, _)| *at == part), "`{ukrainian}` leaves out part {part}");
            }
            for (_, how) in named {
                let forms = how.strip_prefix('#').map(|forms| forms.split('|').count());
                assert!(["", "g", "a"].contains(&how) || forms == Some(3), "`{how}` in `{ukrainian}`");
            }
            let cyrillic = ukrainian.chars().any(|letter| ('\u{400}'..='\u{4ff}').contains(&letter));
            let joins = english.replace("{}", "").chars().all(|letter| !letter.is_alphabetic());
            assert!(cyrillic || joins, "`{english}` stays English");
        }
    }
}
