//! The parameters: all that the model believes of sources and happenings, as data with a hash.
//!
//! Takes what was fitted or assumed; gives one text form, whose hash names it. Whole numbers only: weights in parts per
//! million, scores in 1/1024 nat, lengths in units of 10 metres, times in seconds. Never holds an observation.

use crate::datum::KINDS;
use crate::existence::FEATURES;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use terms::Label;

/// Kinds of source that the tables tell apart.
pub const CLASSES: usize = 5;
/// Sets of kinds of source.
pub(crate) const SETS: usize = 1 << CLASSES;
/// Numbers of sources beyond this are one number.
pub(crate) const MOST_ALIKE: usize = 16;
/// Numbers of reports by one source beyond this are one number.
pub(crate) const MOST_SAME: usize = 8;
/// No set of parameters has more ways of reporting, nor more sources that copy.
const MOST: usize = 200;
/// No episode is wider, units of 10 metres.
const WIDEST_EPISODE: i64 = 10_000;
/// No logarithm of a count is known better, 1/1024.
const LEAST_WIDTH: i64 = 64;
const BELIEVED: &str = include_str!("../../../assets/fusion/mission.txt");
const HEAD: &str = "backstop-fusion-parameters 1";

/// What a place in a report is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placing {
    /// A point with its stated error.
    Point,
    /// A name of a gazetteer: the nearest settlement, mostly.
    Settlement,
    /// A name of an area: the district that it lies in, mostly.
    District,
}

/// A bell or a box of a mixture over time: stated instant less true one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lag {
    /// Its share, parts per million.
    pub share_ppm: i64,
    /// Its middle, seconds.
    pub middle_s: i64,
    /// Standard deviation of a bell, half the length of a box, seconds.
    pub width_s: i64,
    /// In a box all instants are alike, as in a day.
    pub is_box: bool,
}

/// One way of reporting: a kind of source, a manner of place and a manner of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manner {
    /// Its name.
    pub name: Label,
    /// Kind of source.
    pub class: u8,
    /// Place in the canonical order of members: the most precise first.
    pub rank: u8,
    /// What its places are.
    pub placing: Placing,
    /// Share of reports whose error is near what is stated, parts per million.
    pub sound_ppm: i64,
    /// The true variance over the stated one, 1/1024: of those, and of the others.
    pub scale: [i64; 2],
    /// Share of its reports of which no more precise report tells, parts per million.
    pub first_ppm: i64,
    /// Reports of it expected on 100 square kilometres in a day where its rate is not counted, parts per million.
    pub usual_ppm: i64,
    /// Side of the cells in which its rate is counted, units of 10 metres.
    pub cell: i64,
    /// The grain of its stated instants, seconds.
    pub grain_s: i64,
    /// When it says that something happened, against when it did.
    pub lags: Vec<Lag>,
}

/// What is believed of one kind of source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// Its name.
    pub name: Label,
    /// Whether its reports are copied from one another.
    pub is_copied: bool,
    /// Whether it looks in passes, so that what one pass sees bears one instant.
    pub in_passes: bool,
    /// How often each label is given, parts per million: by true kind, then label.
    pub labels_ppm: [[i64; KINDS + 1]; KINDS],
    /// How often each label is given at all.
    pub label_ppm: [i64; KINDS + 1],
    /// Reported count over the true one: mean and standard deviation of the logarithm, 1/1024.
    pub count_bias: [i64; 2],
    /// Logarithm of the counts that it reports: mean and standard deviation, 1/1024.
    pub counts: [i64; 2],
    /// Reports of it expected by the set of classes that have reported, parts per million.
    pub after_ppm: [i64; SETS],
    /// More sources of it expected when so many have reported.
    pub again_ppm: [i64; MOST_ALIKE + 1],
    /// More reports expected of a source that has reported so often.
    pub same_ppm: [i64; MOST_SAME + 1],
    /// Its reports of other happenings of the same episode, parts per million.
    pub siblings_ppm: i64,
}

/// All that the model believes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameters {
    /// How often each kind of happening is, parts per million.
    pub kinds_ppm: [i64; KINDS],
    /// Two detections of one happening by passes: in one pass, in the next, later; parts per million.
    pub passes_ppm: [i64; 3],
    /// How far happenings of an episode lie from one another, units of 10 metres; two widths of their times, seconds.
    pub episode: [i64; 3],
    /// Share of an episode's happenings that are of one kind, parts per million.
    pub episode_kind_ppm: i64,
    /// Share of names that are not the nearest, for settlements and districts, parts per million.
    pub misnamed_ppm: [i64; 2],
    /// Share of reports that name another object, and another author, than a report of the same happening, parts per million.
    pub misheard_ppm: [i64; 2],
    /// Share of copies that keep the label, and the count, parts per million.
    pub kept_ppm: [i64; 2],
    /// The least mean posterior at which reports are together, parts per million.
    pub together_ppm: i64,
    /// The same, while parameters are fitted to groups that the model finds: looser, for what is only likely counts too.
    pub learning_ppm: i64,
    /// Of the two reports of a pair, how much the vaguer one's choice weighs, parts per million.
    pub vaguer_ppm: i64,
    /// Rounds in which reports are weighed against groups.
    pub rounds: i64,
    /// By class and class: what is added to the log odds of a pair, 1/1024 nat, and what they are multiplied by, 1/1024.
    pub calibration: [[[i64; 2]; CLASSES]; CLASSES],
    /// Weights of the features of a group towards its having happened, 1/1024 nat; none where nothing is believed of that.
    pub existence: Vec<i64>,
    /// Kinds of source.
    pub classes: Vec<Class>,
    /// Ways of reporting.
    pub manners: Vec<Manner>,
    /// Share of each source among those that copy, parts per million.
    pub voices_ppm: Vec<i64>,
    /// Expected copies by one source (row) of a report of another, parts per million.
    pub copies_ppm: Vec<Vec<i64>>,
    /// The least share of the shorter text's runs of words at which two reports are one voice, parts per million. Without it voices are
    /// groups of sources and nothing else, as in every record from before it could be said.
    pub same_words_ppm: Option<i64>,
}

/// Why a text is no set of parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParameterError {
    /// The line, from 1.
    pub line: usize,
    /// What should stand there.
    pub expected: String,
}

impl std::fmt::Display for ParameterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: expected {}; take a file that `backstop fusion fit` wrote", self.line, self.expected)
    }
}

impl Parameters {
    /// What is believed of the sources of a mission before anything was fitted there.
    #[must_use]
    pub fn believed() -> Parameters {
        Parameters::from_text(BELIEVED).expect("invariant: a test reads what is believed")
    }

    /// Share of the shorter text's runs of words that a copy keeps; `docs/fusion.md` says how it was chosen.
    pub const SAME_WORDS_PPM: u32 = 650_000;

    /// The same, and reports that copy one another by words, references or place and time are one voice.
    #[must_use]
    pub fn with_copies(self) -> Parameters {
        Parameters { same_words_ppm: Some(Parameters::SAME_WORDS_PPM.into()), ..self }
    }

    /// The one text form.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        let mut line = |name: &str, numbers: &[i64]| {
            text.push_str(name);
            for number in numbers {
                let _ = write!(text, " {number}");
            }
            text.push('\n');
        };
        line("kinds", &self.kinds_ppm);
        line("passes", &self.passes_ppm);
        line("episode", &self.episode);
        line("episode-kind", &[self.episode_kind_ppm]);
        line("misnamed", &self.misnamed_ppm);
        line("misheard", &self.misheard_ppm);
        line("kept", &self.kept_ppm);
        line("together", &[self.together_ppm]);
        line("learning", &[self.learning_ppm]);
        line("vaguer", &[self.vaguer_ppm]);
        line("rounds", &[self.rounds]);
        for row in &self.calibration {
            line("calibration", row.as_flattened());
        }
        line("features", &[self.existence.len() as i64]);
        line("existence", &self.existence);
        for class in &self.classes {
            line(&format!("class {}", class.name), &[i64::from(class.is_copied), i64::from(class.in_passes)]);
            for labels in &class.labels_ppm {
                line("labels", labels);
            }
            line("label", &class.label_ppm);
            line("count-bias", &class.count_bias);
            line("counts", &class.counts);
            line("after", &class.after_ppm);
            line("again", &class.again_ppm);
            line("same", &class.same_ppm);
            line("siblings", &[class.siblings_ppm]);
        }
        line("manners", &[self.manners.len() as i64]);
        for manner in &self.manners {
            let placing = match manner.placing {
                Placing::Point => 0,
                Placing::Settlement => 1,
                Placing::District => 2,
            };
            let [sound, other] = manner.scale;
            line(
                &format!("manner {}", manner.name),
                &[
                    i64::from(manner.class),
                    i64::from(manner.rank),
                    placing,
                    manner.sound_ppm,
                    sound,
                    other,
                    manner.first_ppm,
                    manner.usual_ppm,
                    manner.cell,
                    manner.grain_s,
                    manner.lags.len() as i64,
                ],
            );
            for lag in &manner.lags {
                line("lag", &[lag.share_ppm, lag.middle_s, lag.width_s, i64::from(lag.is_box)]);
            }
        }
        line("sources", &[self.voices_ppm.len() as i64]);
        line("voices", &self.voices_ppm);
        for row in &self.copies_ppm {
            line("copies", row);
        }
        if let Some(share_ppm) = self.same_words_ppm {
            line("same-words", &[share_ppm]);
        }
        text
    }

    /// SHA-256 of the text form.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_text().as_bytes()).into()
    }

    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// The first line that is not what it must be.
    pub fn from_text(text: &str) -> Result<Parameters, ParameterError> {
        let mut lines = Lines { lines: text.lines(), number: 0 };
        if lines.next() != Some(HEAD) {
            return Err(lines.error(format!("`{HEAD}`")));
        }
        let weight = 0..=1_000_000;
        let kinds_ppm = lines.array("kinds", &weight)?;
        let passes_ppm = lines.array("passes", &weight)?;
        let episode: [i64; 3] = lines.array("episode", &(1..=1_000_000))?;
        if episode[0] > WIDEST_EPISODE {
            return Err(lines.error(format!("an episode no wider than {WIDEST_EPISODE}")));
        }
        let [episode_kind_ppm] = lines.array("episode-kind", &weight)?;
        let misnamed_ppm = lines.array("misnamed", &weight)?;
        let misheard_ppm = lines.array("misheard", &(1..=500_000))?;
        let kept_ppm = lines.array("kept", &weight)?;
        let [together_ppm] = lines.array("together", &weight)?;
        let [learning_ppm] = lines.array("learning", &weight)?;
        let [vaguer_ppm] = lines.array("vaguer", &weight)?;
        let [rounds] = lines.array("rounds", &(0..=20))?;
        let mut calibration = [[[0; 2]; CLASSES]; CLASSES];
        for row in &mut calibration {
            let flat: [i64; 2 * CLASSES] = lines.array("calibration", &(-20_480..=20_480))?;
            row.as_flattened_mut().copy_from_slice(&flat);
        }
        let [features] = lines.array("features", &(0..=FEATURES as i64))?;
        if features != 0 && features != FEATURES as i64 {
            return Err(lines.error(format!("`features` 0 or {FEATURES}")));
        }
        let existence = lines.numbers("existence", features as usize, &(-20_480..=20_480))?;
        let classes = (0..CLASSES).map(|_| lines.class()).collect::<Result<_, _>>()?;
        let [manners] = lines.array("manners", &(1..=MOST as i64))?;
        let manners = (0..manners).map(|_| lines.manner()).collect::<Result<_, _>>()?;
        let [sources] = lines.array("sources", &(0..=MOST as i64))?;
        let voices_ppm = lines.numbers("voices", sources as usize, &weight)?;
        let expected = 0..=100_000_000;
        let copies_ppm =
            (0..sources).map(|_| lines.numbers("copies", sources as usize, &expected)).collect::<Result<_, _>>()?;
        let same_words_ppm = match lines.clone().next() {
            Some(line) if line.starts_with("same-words") => Some(lines.array::<1>("same-words", &(1..=1_000_000))?[0]),
            Some(_) | None => None,
        };
        if lines.next().is_some() {
            return Err(lines.error("the end".to_owned()));
        }
        Ok(Parameters {
            kinds_ppm,
            passes_ppm,
            episode,
            episode_kind_ppm,
            misnamed_ppm,
            misheard_ppm,
            kept_ppm,
            together_ppm,
            learning_ppm,
            vaguer_ppm,
            rounds,
            calibration,
            existence,
            classes,
            manners,
            voices_ppm,
            copies_ppm,
            same_words_ppm,
        })
    }

    /// The index of a manner.
    #[must_use]
    pub fn manner(&self, name: &str) -> Option<u8> {
        self.manners.iter().position(|manner| manner.name.as_str() == name).map(|at| at as u8)
    }
}

#[derive(Clone)]
struct Lines<'a> {
    lines: std::str::Lines<'a>,
    number: usize,
}

type Range = std::ops::RangeInclusive<i64>;

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.number += 1;
        self.lines.next()
    }

    fn error(&self, expected: String) -> ParameterError {
        ParameterError { line: self.number, expected }
    }

    /// The numbers of the next line, which begins with `name`.
    fn numbers(&mut self, name: &str, count: usize, range: &Range) -> Result<Vec<i64>, ParameterError> {
        let read = self.next().and_then(|line| {
            let rest = line.strip_prefix(name)?;
            let numbers = rest.split(' ').skip(1).map(|word| word.parse().ok().filter(|n| range.contains(n)));
            numbers.collect::<Option<Vec<i64>>>().filter(|numbers| numbers.len() == count)
        });
        let (low, high) = (range.start(), range.end());
        read.ok_or_else(|| self.error(format!("`{name}` and {count} whole numbers from {low} to {high}")))
    }

    fn array<const N: usize>(&mut self, name: &str, range: &Range) -> Result<[i64; N], ParameterError> {
        let numbers = self.numbers(name, N, range)?;
        Ok(numbers.try_into().expect("invariant: so many were asked for"))
    }

    /// The name and the numbers of the next line.
    fn named<const N: usize>(&mut self, noun: &str) -> Result<(Label, [i64; N]), ParameterError> {
        let read = self.next().and_then(|line| {
            let mut words = line.strip_prefix(noun)?.split(' ').skip(1);
            let name = Label::new(words.next()?)?;
            let numbers = words.map(|word| word.parse().ok()).collect::<Option<Vec<i64>>>()?;
            Some((name, numbers.try_into().ok()?))
        });
        read.ok_or_else(|| self.error(format!("`{noun}`, a name and {N} whole numbers")))
    }

    fn class(&mut self) -> Result<Class, ParameterError> {
        let (name, [is_copied, in_passes]) = self.named("class")?;
        let (weight, expected) = (0..=1_000_000, 0..=100_000_000);
        let mut labels_ppm = [[0; KINDS + 1]; KINDS];
        for labels in &mut labels_ppm {
            *labels = self.array("labels", &weight)?;
        }
        let label_ppm = self.array("label", &weight)?;
        let [bias, bias_width] = self.array("count-bias", &(-20_480..=20_480))?;
        let [counts, counts_width] = self.array("counts", &(-20_480..=20_480))?;
        if bias_width < LEAST_WIDTH || counts_width < LEAST_WIDTH {
            return Err(self.error(format!("widths of counts of at least {LEAST_WIDTH}")));
        }
        Ok(Class {
            name,
            is_copied: is_copied != 0,
            in_passes: in_passes != 0,
            labels_ppm,
            label_ppm,
            count_bias: [bias, bias_width],
            counts: [counts, counts_width],
            after_ppm: self.array("after", &expected)?,
            again_ppm: self.array("again", &expected)?,
            same_ppm: self.array("same", &expected)?,
            siblings_ppm: self.array::<1>("siblings", &expected)?[0],
        })
    }

    fn manner(&mut self) -> Result<Manner, ParameterError> {
        let (name, numbers): (Label, [i64; 11]) = self.named("manner")?;
        let [class, rank, placing, sound_ppm, scale, other, first_ppm, usual_ppm, cell, grain_s, lags] = numbers;
        let placing = match placing {
            0 => Some(Placing::Point),
            1 => Some(Placing::Settlement),
            2 => Some(Placing::District),
            _ => None,
        };
        let fits = (0..CLASSES as i64).contains(&class)
            && (0..=255).contains(&rank)
            && (1..1_000_000).contains(&sound_ppm)
            && [scale, other].iter().all(|scale| (1..=1 << 20).contains(scale))
            && (0..=1_000_000).contains(&first_ppm)
            && (1..=1_000_000_000_000).contains(&usual_ppm)
            && (1..=1_000_000).contains(&cell)
            && (1..=1_000_000).contains(&grain_s)
            && (1..=8).contains(&lags);
        let placing =
            placing.filter(|_| fits).ok_or_else(|| self.error("a manner with numbers in range".to_owned()))?;
        let mut read = Vec::new();
        for _ in 0..lags {
            let [share_ppm, middle_s, width_s, is_box] = self.array("lag", &(-10_000_000..=10_000_000))?;
            if !(0..=1_000_000).contains(&share_ppm) || width_s < 1 {
                return Err(self.error("a lag with a share and a width of at least a second".to_owned()));
            }
            read.push(Lag { share_ppm, middle_s, width_s, is_box: is_box != 0 });
        }
        Ok(Manner {
            name,
            class: class as u8,
            rank: rank as u8,
            placing,
            sound_ppm,
            scale: [scale, other],
            first_ppm,
            usual_ppm,
            cell,
            grain_s,
            lags: read,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIOR: &str = include_str!("../../../assets/fusion/prior.txt");

    #[test]
    fn the_text_is_read_back_to_the_byte() {
        let parameters = Parameters::from_text(PRIOR).expect("the prior");
        assert_eq!(parameters.to_text(), PRIOR);
        let mut other = parameters.clone();
        other.together_ppm += 1;
        assert_ne!(other.hash(), parameters.hash());
        let copies = parameters.clone().with_copies();
        assert_eq!(copies.to_text(), format!("{PRIOR}same-words 650000\n"));
        assert_eq!(Parameters::from_text(&copies.to_text()), Ok(copies));
        assert_eq!(parameters.manner("thermal").map(|at| parameters.manners[usize::from(at)].rank), Some(4));
    }

    #[test]
    fn what_is_no_set_of_parameters_is_refused_by_its_line() {
        let check = |text: &str, line: usize| match Parameters::from_text(text) {
            Err(error) => assert_eq!(error.line, line, "{error}"),
            Ok(_) => panic!("line {line} is wrong"),
        };
        check("", 1);
        check(&PRIOR.replace("kinds 166667", "kinds 1666670000"), 2);
        check(&format!("{PRIOR}more\n"), PRIOR.lines().count() + 1);
        check(&format!("{PRIOR}same-words 0\n"), PRIOR.lines().count() + 1);
        check(&format!("{PRIOR}same-words 650000\nmore\n"), PRIOR.lines().count() + 2);
        // Cut anywhere, it is refused and never panics.
        for end in (0..PRIOR.len()).step_by(37) {
            assert!(Parameters::from_text(&PRIOR[..end]).is_err(), "cut at {end}");
        }
    }
}
