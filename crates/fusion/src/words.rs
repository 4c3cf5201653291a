//! Words: whether two texts are the same words, said twice.
//!
//! Takes texts in any script; gives for each its runs of three words, without case, marks, addresses, mentions and punctuation, and says of two
//! whether one repeats the other: most runs of the shorter stand in the longer, and no number stands in the other's words in place of another.
//! Never says what a text means. What is too short for its words to be its own says nothing, and no more than a limited part of a text is read.

/// No more of a text is read, characters.
const MOST_LETTERS: usize = 4_000;
/// No more words of a text are held against others.
pub(crate) const MOST_WORDS: usize = 160;
/// A shorter text says nothing: so many words in one order may be anybody's.
const LEAST_WORDS: usize = 8;
/// Words of a run.
const RUN: usize = 3;
/// What an address begins with; the rest of the word goes with it.
const ADDRESSES: [&str; 3] = ["http://", "https://", "www."];
/// What stands for any number.
const NUMBER: &str = "0";

/// The words of a text as hashes. Whoever makes two runs of one hash wins no more than by copying the words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Words {
    /// Runs of words, ascending, each once.
    runs: Vec<u64>,
    /// Runs that hold a number: without it, and with it.
    numbers: Vec<[u64; 2]>,
}

impl Words {
    /// The words of a text; nothing where there are too few.
    pub(crate) fn of(text: &str) -> Option<Words> {
        let is_number = |word: &str| word.chars().any(char::is_numeric);
        // The hour before or after the words says when they were posted.
        let is_told = |word: &String| !word.chars().all(char::is_numeric);
        let words = split(text);
        let end = words.iter().rposition(is_told).map_or(0, |last| last + 1);
        let words = &words[words.iter().position(is_told).unwrap_or(0)..end];
        if words.len() < LEAST_WORDS {
            return None;
        }
        let (mut runs, mut numbers) = (Vec::new(), Vec::new());
        for run in words.windows(RUN) {
            let told = hash(run.iter().map(String::as_str));
            runs.push(told);
            if run.iter().any(|word| is_number(word)) {
                let plain = run.iter().map(|word| if is_number(word) { NUMBER } else { word });
                numbers.push([hash(plain), told]);
            }
        }
        runs.sort_unstable();
        runs.dedup();
        numbers.sort_unstable();
        numbers.dedup();
        Some(Words { runs, numbers })
    }

    pub(crate) fn runs(&self) -> &[u64] {
        &self.runs
    }

    /// Whether one repeats the other, where both have `shared` runs: at least this share of the shorter one's, and the same numbers.
    pub(crate) fn repeats(&self, other: &Words, shared: usize, least_ppm: i64) -> bool {
        let shorter = self.runs.len().min(other.runs.len());
        shared as i64 * 1_000_000 >= shorter as i64 * least_ppm && !self.differs(other)
    }

    /// Whether both have a number in the same words, and never the same one there.
    fn differs(&self, other: &Words) -> bool {
        self.numbers.chunk_by(|a, b| a[0] == b[0]).any(|own| {
            let from = other.numbers.partition_point(|number| number[0] < own[0][0]);
            let theirs = &other.numbers[from..];
            let theirs = &theirs[..theirs.partition_point(|number| number[0] == own[0][0])];
            !theirs.is_empty() && !own.iter().any(|number| theirs.binary_search(number).is_ok())
        })
    }
}

/// The words of a text, as plain as they can be made.
fn split(text: &str) -> Vec<String> {
    let read = text.char_indices().nth(MOST_LETTERS).map_or(text, |(end, _)| &text[..end]);
    let mut words = vec![String::new()];
    for told in read.split_whitespace() {
        let told = told.to_lowercase();
        let end = ADDRESSES.iter().filter_map(|address| told.find(address)).min().unwrap_or(told.len());
        let mut in_mention = false;
        for letter in told[..end].chars().filter(|letter| !is_mark(*letter)).map(plain) {
            let is_word = letter.is_alphanumeric();
            in_mention = letter == '@' || in_mention && (is_word || letter == '_');
            if !is_word || in_mention || is_whole(letter) {
                words.push(String::new());
            }
            if is_word && !in_mention {
                words.last_mut().expect("invariant: it begins with one").push(letter);
            }
            if is_whole(letter) {
                words.push(String::new());
            }
        }
        words.push(String::new());
    }
    words.retain(|word| !word.is_empty());
    words.truncate(MOST_WORDS);
    words
}

/// Apostrophes, joiners and marks over letters: who copies drops or adds them.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`' | '\u{ad}' | '\u{b4}' | '\u{2bc}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{2018}' | '\u{2019}'
            | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// Cyrillic letters that are also written with a mark of their own, or without one.
fn plain(letter: char) -> char {
    match letter {
        'ё' => 'е',
        'й' => 'и',
        'ї' => 'і',
        letter => letter,
    }
}

/// Letters of scripts without spaces between words, each of which counts as one: Thai to Khmer, Chinese, Japanese.
fn is_whole(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{a4cf}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// FNV-1a over words with their ends.
fn hash<'a>(words: impl Iterator<Item = &'a str>) -> u64 {
    let bytes = words.flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "Shells hit the centre of Ridkove at 06:30 this morning; two people were wounded and a school roof was damaged, the head of the district said.";
    const UKRAINIAN: &str = "Сьогодні о 06:30 снаряди влучили в центр Рідкового; двоє людей поранені, пошкоджено дах школи, повідомив голова громади.";
    const RUSSIAN: &str = "Сегодня утром в 06:30 обстрелян центр посёлка Ридкове; двое раненых, повреждена крыша школы, сообщил глава района.";

    /// The share of the shorter one's runs that the longer one has, percent; nothing where a number differs or one is too short.
    fn share(a: &str, b: &str) -> Option<usize> {
        let (a, b) = (Words::of(a)?, Words::of(b)?);
        let shared = a.runs().iter().filter(|run| b.runs().binary_search(run).is_ok()).count();
        assert_eq!(a.differs(&b), b.differs(&a));
        (!a.differs(&b)).then(|| shared * 100 / a.runs().len().min(b.runs().len()))
    }

    #[test]
    fn a_copy_keeps_most_of_its_words() {
        let check = |a: &str, b: &str, least: usize| {
            let share = share(a, b).unwrap_or_else(|| panic!("no number differs in `{b}`"));
            assert!(share >= least, "{share} in `{b}`");
        };
        let cut = |text: &str, letters: usize| text.chars().take(letters).collect::<String>();
        check(TOLD, &format!("⚡️BREAKING: {TOLD}"), 100);
        check(TOLD, &TOLD.to_uppercase().replace(';', " –").replace(',', ""), 100);
        check(TOLD, &format!("Varo Today | {TOLD} Subscribe: @varo_today https://t.example/varo/1"), 100);
        check(TOLD, &format!("07:15 {}", cut(TOLD, 110)), 90);
        check(TOLD, &cut(TOLD, 75), 90);
        check(&format!("07:15 {TOLD} 1"), &format!("⚡️07:18 | {TOLD} 2"), 100);
        check(
            TOLD,
            &format!("Evening digest. 12 ships left port. {TOLD} Talks on 3 March, and rain is expected."),
            100,
        );
        check(TOLD, &TOLD.replace("wounded", "injured").replace("this morning", "today"), 70);
        check(UKRAINIAN, &format!("❗️ТЕРМІНОВО❗️ {}", UKRAINIAN.replace("06:30", "**06:30**")), 100);
        check(UKRAINIAN, &format!("#Рідкове {}", cut(UKRAINIAN, 90)), 80);
        check(RUSSIAN, &RUSSIAN.replace('ё', "е\u{308}"), 100);
        check(RUSSIAN, &RUSSIAN.replace('ё', "е").replace("сообщил", "заявил"), 75);
        check("今天早上炮弹击中了城市中心造成两人受伤", "快讯 今天早上炮弹击中了城市中心造成两人受伤", 100);
    }

    #[test]
    fn a_form_that_two_fill_in_is_no_copy() {
        let check = |a: &str, b: &str| {
            let share = share(a, b).unwrap_or(0);
            assert!(share < 60, "{share} in `{b}`");
        };
        check("Shelling reported in Ridkove. No casualties.", "Shelling reported in Ridkove. No casualties.");
        check(TOLD, &TOLD.replace("06:30", "06:45"));
        check(TOLD, &TOLD.replace("Ridkove", "Velyke").replace("06:30", "07:10").replace("two", "four"));
        check(
            "At 06:30 patrol 3 heard 5 explosions at an assessed distance of 2 to 4 km north of the post, assessed as outgoing mortar rounds.",
            "At 06:31 patrol 7 heard 6 explosions at an assessed distance of 2 to 4 km north of the post, assessed as outgoing mortar rounds.",
        );
        check(
            "While at the eastern edge of Ridkove, patrol three heard explosions, assessed as impacts of artillery rounds of unknown calibre.",
            "While at the southern edge of Velyke, patrol seven heard explosions, assessed as outgoing artillery rounds of unknown calibre.",
        );
        check(
            "During the day the enemy attacked the Ridkove community with drones and artillery. Two houses were damaged. There were no casualties.",
            "During the day the enemy attacked the Velyke community with drones and artillery. A power line was damaged. There were no casualties.",
        );
        check(
            "Протягом доби ворог атакував Рідківську громаду дронами та артилерією. Пошкоджено два будинки. Обійшлося без постраждалих.",
            "Протягом доби ворог атакував Великівську громаду дронами та артилерією. Пошкоджено лінію електропередачі. Обійшлося без постраждалих.",
        );
        check(
            "Минулої ночі сили ППО збили 14 з 20 ударних безпілотників, зафіксовано влучання 6 БПЛА на двох локаціях.",
            "Минулої ночі сили ППО збили 31 з 45 ударних безпілотників, зафіксовано влучання 9 БПЛА на трьох локаціях.",
        );
        check(
            TOLD,
            "A school in Ridkove lost part of its roof when shells landed around half past six; doctors treat two people, our reporter was told.",
        );
        check(
            "I heard three strong explosions near the market and saw smoke over the river",
            "We heard three explosions somewhere near the station, smoke over the river bank",
        );
    }

    #[test]
    fn hostile_texts_are_read_to_a_limit() {
        let words = |text: &str| Words::of(text).map_or(0, |words| words.runs().len());
        let many: String = (0..100_000).map(|at| format!("w{at} ")).collect();
        assert_eq!(words(&many), MOST_WORDS - RUN + 1);
        assert_eq!(words(&"a".repeat(1_000_000)), 0);
        assert_eq!(words(&"same ".repeat(1_000)), 1, "one word again and again is one run");
        for odd in ["", "@", "@@@@ @ @_", "https://", "\u{300}\u{200b}\u{feff}", "ﬀ İ ẞ Σ"] {
            assert_eq!(words(odd), 0, "{odd:?}");
        }
        proptest::proptest!(|(a: String, b: String)| {
            let _ = share(&a, &b);
        });
    }
}
