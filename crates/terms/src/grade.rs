//! The Admiralty grade: how reliable a source is, how credible this piece of information.
//!
//! Takes and gives two characters, `B2`. Never averages or multiplies them: they are two judgements by people.

use std::fmt;

/// Source reliability A to F and information credibility 1 to 6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Grade {
    reliability: u8,
    credibility: u8,
}

impl Grade {
    /// `F6`: neither can be judged. Neutral, not bad.
    pub const UNJUDGED: Grade = Grade { reliability: b'F', credibility: b'6' };

    /// The grade that two characters name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Grade> {
        match *text.as_bytes() {
            [reliability @ b'A'..=b'F', credibility @ b'1'..=b'6'] => Some(Grade { reliability, credibility }),
            _ => None,
        }
    }

    /// The long form, for a tooltip or a screen reader.
    #[must_use]
    pub fn long_form(self) -> String {
        let reliability = match self.reliability {
            b'A' => "completely reliable",
            b'B' => "usually reliable",
            b'C' => "fairly reliable",
            b'D' => "not usually reliable",
            b'E' => "unreliable",
            _ => "reliability cannot be judged",
        };
        let credibility = match self.credibility {
            b'1' => "confirmed by other sources",
            b'2' => "probably true",
            b'3' => "possibly true",
            b'4' => "doubtful",
            b'5' => "improbable",
            _ => "truth cannot be judged",
        };
        format!("{reliability}, {credibility}")
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", char::from(self.reliability), char::from(self.credibility))
    }
}
