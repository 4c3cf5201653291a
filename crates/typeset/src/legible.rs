//! Text that can stand on the page: every character that no face has, or that would turn the line about, by its number.
//!
//! Takes any text; gives one that the faces have, no longer than asked. What was changed is counted, so that the page can say
//! so. Never leaves a character out in silence.

use std::collections::BTreeSet;
use typst::text::Font;

/// A run without a place to break longer than this is given some, or it would run off the paper.
const LONGEST_RUN: usize = 24;
/// What is no letter and breaks a line.
const BREAK: char = '\u{200b}';

/// Makes texts legible, and counts what it could not take as it is.
pub struct Legible {
    faces: Vec<Font>,
    spelled: BTreeSet<char>,
    shortened: usize,
}

impl Default for Legible {
    fn default() -> Legible {
        Legible { faces: super::world::faces(), spelled: BTreeSet::new(), shortened: 0 }
    }
}

impl Legible {
    /// A text of at most so many characters, in letters that the faces have.
    pub fn text(&mut self, text: &str, most: usize) -> String {
        let length = text.chars().count();
        let mut written = String::with_capacity(text.len());
        let mut run = 0;
        let kept = if length > most { most } else { length };
        for character in text.chars().take(kept) {
            let before = written.len();
            self.write(character, &mut written);
            let added = written[before..].chars().count();
            run = if written.ends_with([' ', '-']) { 0 } else { run + added };
            if run >= LONGEST_RUN {
                written.push(BREAK);
                run = 0;
            }
        }
        if length > most {
            self.shortened += 1;
            written.push_str(&format!(" … ({} characters more)", length - most));
        }
        written
    }

    /// Characters that were written by their numbers, each once.
    #[must_use]
    pub fn spelled(&self) -> usize {
        self.spelled.len()
    }

    /// How many texts were shortened.
    #[must_use]
    pub fn shortened(&self) -> usize {
        self.shortened
    }

    fn write(&mut self, character: char, written: &mut String) {
        if character.is_whitespace() {
            written.push(' ');
        } else if self.stands(character) {
            written.push(character);
        } else {
            self.spelled.insert(character);
            written.push_str(&format!("[U+{:04X}]", u32::from(character)));
        }
    }

    /// Whether each face has it, and it is a mark on the paper: no control, and nothing that turns the line or cannot be seen.
    fn stands(&self, character: char) -> bool {
        let unseen = matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}');
        !unseen
            && !character.is_control()
            && self.faces.iter().all(|face| face.info().coverage.contains(character.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, most: usize, expected: &str, spelled: usize, shortened: usize) {
        let mut legible = Legible::default();
        assert_eq!(legible.text(text, most), expected);
        assert_eq!((legible.spelled(), legible.shortened()), (spelled, shortened));
    }

    #[test]
    fn letters_of_the_faces_stay() {
        check(
            "Зброя надійде 3 березня – ґанок, їжак, єдність",
            99,
            "Зброя надійде 3 березня – ґанок, їжак, єдність",
            0,
            0,
        );
        check("Ilmaria’s “letter”: 12 €, 5 ₴", 99, "Ilmaria’s “letter”: 12 €, 5 ₴", 0, 0);
    }

    #[test]
    fn what_no_face_has_is_spelled() {
        check("𝔘 and 中 and 中", 99, "[U+1D518] and [U+4E2D] and [U+4E2D]", 2, 0);
        check("a\u{202e}b\u{0}c\nd", 99, "a[U+202E]b[U+0000]c d", 2, 0);
    }

    #[test]
    fn long_runs_may_break() {
        let run = "a".repeat(50);
        let broken = format!("{0}\u{200b}{0}\u{200b}aa", "a".repeat(24));
        check(&run, 99, &broken, 0, 0);
    }

    #[test]
    fn what_is_shortened_says_by_how_much() {
        check("abcdef", 4, "abcd … (2 characters more)", 0, 1);
        check("abcd", 4, "abcd", 0, 0);
    }
}
