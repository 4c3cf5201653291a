//! Detection: what is believed of how well each means sees each act.
//!
//! Takes what was fitted or assumed; gives one text form, whose hash names it, and chances at each loudness. Never holds an effort.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use terms::{Act, Means};

const HEAD: &str = "backstop-detection 1";
/// Loudness is cut into so many levels, each as likely as any other.
pub const LEVELS: usize = 20;
/// The upper half of the levels' middles, in standard deviations of a bell; the lower half mirrors it.
const LOUDNESS: [f64; LEVELS / 2] = [
    0.062_706_8,
    0.189_118_4,
    0.318_639_4,
    0.453_762_2,
    0.597_760_1,
    0.755_415_0,
    0.934_589_3,
    1.150_349_4,
    1.439_531_5,
    1.959_964_0,
];

/// How well one means sees one act.
///
/// All sources share the loudness of a happening: what one missed because it was faint, others missed too. So the chance is
/// `most` times the logistic of `lift` and `slope` times loudness, which is one number for all who could see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acuity {
    /// The chance in the middle of its ground for what is as loud as can be, parts per million.
    pub most_ppm: u32,
    /// Log odds at middling loudness, 1/1024 nat.
    pub lift: i32,
    /// What one standard deviation of loudness adds to the log odds, 1/1024 nat.
    pub slope: i32,
    /// The chance at the edge of its ground over that in the middle, parts per million; between them it falls like a bell.
    pub edge_ppm: u32,
    /// The chance by night over that by day, parts per million.
    pub night_ppm: u32,
    /// For how long what happened can still be seen, seconds; nothing where it must be seen as it happens.
    pub lasts_s: u32,
}

impl Acuity {
    /// The chance to see a happening of each level of loudness, the faintest first, in the middle of its ground by day.
    #[must_use]
    pub fn at_each_level(&self) -> [f64; LEVELS] {
        std::array::from_fn(|level| {
            let half = LEVELS / 2;
            let loudness = if level < half { -LOUDNESS[half - 1 - level] } else { LOUDNESS[level - half] };
            let odds = (f64::from(self.lift) + f64::from(self.slope) * loudness) / 1024.0;
            f64::from(self.most_ppm) / 1e6 / (1.0 + libm::exp(-odds))
        })
    }
}

/// What is believed of every means.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Detection {
    /// By means, and by act; without an act, for all acts that have no line of their own.
    acuities: BTreeMap<(Means, Option<Act>), Acuity>,
}

/// Why a text says nothing of detection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DetectionError {
    /// The line, from 1.
    pub line: usize,
    /// What should stand there.
    pub expected: String,
}

impl std::fmt::Display for DetectionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: expected {}", self.line, self.expected)
    }
}

impl Detection {
    /// How well a means sees an act; nothing where nothing is believed of it.
    #[must_use]
    pub fn acuity(&self, means: Means, act: Act) -> Option<&Acuity> {
        self.acuities.get(&(means, Some(act))).or_else(|| self.acuities.get(&(means, None)))
    }

    /// Every line: a means, an act or all others, how well.
    pub fn lines(&self) -> impl Iterator<Item = (Means, Option<Act>, &Acuity)> {
        self.acuities.iter().map(|((means, act), acuity)| (*means, *act, acuity))
    }

    /// Believes this of a means and an act from now on.
    pub fn set(&mut self, means: Means, act: Option<Act>, acuity: Acuity) {
        self.acuities.insert((means, act), acuity);
    }

    /// The one text form.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        for ((means, act), acuity) in &self.acuities {
            let Acuity { most_ppm, lift, slope, edge_ppm, night_ppm, lasts_s } = acuity;
            let act = act.map_or("other", Act::word);
            let means = means.word();
            let _ = writeln!(text, "sees {means} {act} {most_ppm} {lift} {slope} {edge_ppm} {night_ppm} {lasts_s}");
        }
        text
    }

    /// The name of what is believed: the hash of its text, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.to_text());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a text. Empty lines, and what follows `#`, mean nothing.
    ///
    /// # Errors
    ///
    /// Says the first line that is not as it should be.
    pub fn from_text(text: &str) -> Result<Detection, DetectionError> {
        let wrong = |line: usize, expected: &str| DetectionError { line: line + 1, expected: expected.to_owned() };
        let plain = |line: &'_ str| line.split('#').next().unwrap_or("").trim().to_owned();
        let mut lines = text.lines().map(plain).enumerate().filter(|(_, line)| !line.is_empty());
        if lines.next().is_none_or(|(_, line)| line != HEAD) {
            return Err(wrong(0, &format!("`{HEAD}`")));
        }
        let mut all = Detection::default();
        for (at, line) in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let &["sees", means, act, most, lift, slope, edge, night, lasts] = words.as_slice() else {
                return Err(wrong(at, "`sees`, a means, an act or `other`, and six whole numbers"));
            };
            let means = Means::from_word(means)
                .filter(|means| !matches!(means, Means::Press | Means::Statement))
                .ok_or_else(|| wrong(at, "a means that looks: sight, sound, camera, uav or satellite"))?;
            let of = match act {
                "other" => None,
                act => Some(Act::from_word(act).ok_or_else(|| wrong(at, "an act, or `other`"))?),
            };
            let ppm = |word: &str| word.parse().ok().filter(|ppm: &u32| *ppm <= 1_000_000);
            let share = |word| ppm(word).ok_or_else(|| wrong(at, "a share in parts per million, up to 1000000"));
            let nats = |word: &str| {
                let held = word.parse().ok().filter(|nats: &i32| nats.abs() <= 20 * 1024);
                held.ok_or_else(|| wrong(at, "nats in 1/1024, from -20480 to 20480"))
            };
            let lasts_s = lasts.parse().ok().filter(|seconds: &u32| *seconds <= 30 * 86_400);
            let acuity = Acuity {
                most_ppm: share(most)?,
                lift: nats(lift)?,
                slope: nats(slope)?,
                edge_ppm: share(edge)?,
                night_ppm: share(night)?,
                lasts_s: lasts_s.ok_or_else(|| wrong(at, "seconds, up to thirty days"))?,
            };
            if all.acuities.insert((means, of), acuity).is_some() {
                return Err(wrong(at, "each means and act once"));
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "backstop-detection 1\n\
        sees sound shelling 900000 1024 1126 56000 1000000 0\n\
        sees satellite other 600000 -512 900 1000000 1000000 32400\n";

    #[test]
    fn a_text_comes_back_as_it_was() {
        let read = Detection::from_text(TEXT).expect("a text");
        assert_eq!(Detection::from_text(&read.to_text()), Ok(read.clone()));
        assert_eq!(read.acuity(Means::Satellite, Act::Shelling).map(|one| one.lasts_s), Some(32_400));
        assert_eq!(read.acuity(Means::Sound, Act::Missile), None);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (from, to, line) in [
            ("backstop-detection 1", "backstop-detection 2", 1),
            ("900000", "1900000", 2),
            ("sound", "press", 2),
            ("other", "nonsense", 3),
            ("satellite other", "sound shelling", 3),
            ("32400", "", 3),
        ] {
            let error = Detection::from_text(&TEXT.replace(from, to)).expect_err(from);
            assert_eq!(error.line, line, "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn what_is_louder_is_seen_more() {
        let acuity = Acuity { most_ppm: 900_000, lift: 1_024, slope: 1_126, edge_ppm: 0, night_ppm: 0, lasts_s: 0 };
        let levels = acuity.at_each_level();
        assert!(levels.windows(2).all(|two| two[0] < two[1]), "{levels:?}");
        assert!(levels[0] > 0.0 && levels[LEVELS - 1] < 0.9);
    }
}
