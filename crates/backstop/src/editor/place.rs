//! Places: lines and UTF-16 units, as editors count, and bytes, as texts are held.
//!
//! Takes a text; gives the one for the other. A place beyond a line is its end, a place inside a letter is its beginning.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A place as editors count it, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) line: u32,
    /// In UTF-16 units.
    pub(super) character: u32,
}

/// From one place to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) start: Position,
    pub(super) end: Position,
}

/// Where the lines of a text begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Lines {
    begins: Vec<usize>,
}

impl Lines {
    /// A line ends with `\n`, `\r\n` or `\r`.
    pub(super) fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let ends = |at: &usize| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        let begins = std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1)).collect();
        Lines { begins }
    }

    /// The byte at a place.
    pub(super) fn byte(&self, text: &str, position: Position) -> usize {
        let Some(begin) = self.begins.get(position.line as usize).copied() else { return text.len() };
        let end = self.begins.get(position.line as usize + 1).copied().unwrap_or(text.len());
        let line = text[begin..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, letter) in line.char_indices() {
            units += letter.len_utf16() as u32;
            if units > position.character {
                return begin + at;
            }
        }
        begin + line.len()
    }

    /// The place of a byte.
    pub(super) fn position(&self, text: &str, byte: usize) -> Position {
        let byte = text.floor_char_boundary(byte);
        let line = self.begins.partition_point(|begin| *begin <= byte) - 1;
        let character = text[self.begins[line]..byte].chars().map(|letter| letter.len_utf16() as u32).sum();
        Position { line: line as u32, character }
    }

    /// The places of a range of bytes.
    pub(super) fn stretch(&self, text: &str, bytes: &Range<usize>) -> Stretch {
        Stretch { start: self.position(text, bytes.start), end: self.position(text, bytes.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, byte: usize, line: u32, character: u32) {
        let (lines, position) = (Lines::of(text), Position { line, character });
        assert_eq!(lines.position(text, byte), position);
        assert_eq!(lines.byte(text, position), byte);
    }

    #[test]
    fn units_are_those_of_utf_16() {
        check("Київ", 8, 0, 4);
        check("a\nб🕊в", 4, 1, 1);
        check("a\nб🕊в", 8, 1, 3);
        check("a\r\nб", 3, 1, 0);
        check("a\rб", 2, 1, 0);
        let lines = Lines::of("ab\nc");
        let byte = |line, character| lines.byte("ab\nc", Position { line, character });
        assert_eq!([byte(0, 99), byte(1, u32::MAX), byte(u32::MAX, 0)], [2, 4, 4]);
        assert_eq!(Lines::of("🕊").byte("🕊", Position { line: 0, character: 1 }), 0, "inside of a letter");
    }

    proptest! {
        #[test]
        fn every_byte_has_its_place(text in "[aбї🕊\r\n ]{0,40}", line in 0u32..50, character in 0u32..50) {
            let lines = Lines::of(&text);
            for (at, letter) in text.char_indices() {
                if !"\r\n".contains(letter) {
                    prop_assert_eq!(lines.byte(&text, lines.position(&text, at)), at);
                }
            }
            let byte = lines.byte(&text, Position { line, character });
            prop_assert!(text.is_char_boundary(byte));
        }
    }
}
