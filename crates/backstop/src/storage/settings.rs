//! What a store is, for life. Takes and gives `store.toml`. Never lets the data class be anything but one of three words,
//! and puts it into the log's origin, which every checkpoint signs.

use super::error::Error;
use super::segment::Format;
use mission::record::hex::{bytes_of_hex, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The versions of the store's layout: 1 holds payloads as plain bytes, 2 sealed.
const FORMATS: [u32; 2] = [1, 2];

/// What kind of world the entries speak of. A store has one class for life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataClass {
    /// Invented by a simulator.
    Simulated,
    /// Played by people.
    Exercise,
    /// The real world.
    Operational,
}

impl DataClass {
    /// All classes.
    pub const ALL: [DataClass; 3] = [DataClass::Simulated, DataClass::Exercise, DataClass::Operational];

    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            DataClass::Simulated => "simulated",
            DataClass::Exercise => "exercise",
            DataClass::Operational => "operational",
        }
    }

    /// The class that the word names.
    pub fn from_word(word: &str) -> Option<DataClass> {
        DataClass::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The data class and the mission that an origin names.
    pub fn of_origin(origin: &str) -> Option<(DataClass, &str)> {
        DataClass::ALL.into_iter().find_map(|class| Some((class, origin.strip_prefix(class.origin_prefix())?)))
    }

    fn origin_prefix(self) -> &'static str {
        match self {
            DataClass::Simulated => "backstop-sim/",
            DataClass::Exercise => "backstop-exercise/",
            DataClass::Operational => "backstop/",
        }
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a store is created as; nothing of it ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Simulated, exercise or operational.
    pub data_class: DataClass,
    /// Short name of the mission, part of the log's origin: lower-case letters, digits and `-`, at most 64.
    pub mission: String,
    /// When the store was created, in milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
    /// For simulated stores only: keys and salts follow from this seed instead of from chance, so that a replay gives the
    /// same root. Such a store keeps no secret.
    pub seed: Option<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    data_class: DataClass,
    mission: String,
    origin: String,
    created_at_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
    /// SHA-256 of the file as it would be without this line, hex. Stores of format 1 and of older versions have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

impl Settings {
    /// The log's origin, which every checkpoint carries: data class and mission.
    pub fn origin(&self) -> String {
        format!("{}{}", self.data_class.origin_prefix(), self.mission)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.mission.is_empty() || self.mission.len() > 64 || !self.mission.bytes().all(allowed) {
            let problem = "must be 1 to 64 lower-case letters, digits and `-`, as it becomes part of the log's origin";
            return Err(Error::Settings(format!("mission `{}` {problem}", self.mission)));
        }
        if self.seed.is_some() && self.data_class != DataClass::Simulated {
            return Err(Error::Settings(
                "a seed makes every secret public; only a simulated store may have one".into(),
            ));
        }
        Ok(())
    }

    pub(super) fn to_text(&self, format: Format) -> String {
        let format = match format {
            Format::Plain => 1,
            Format::Sealed => 2,
        };
        // Format 1 is as it always was.
        let check = (format > 1).then(|| hex(&Sha256::digest(self.to_text_with(format, None))));
        self.to_text_with(format, check)
    }

    fn to_text_with(&self, format: u32, check: Option<String>) -> String {
        let file = File {
            format,
            data_class: self.data_class,
            mission: self.mission.clone(),
            origin: self.origin(),
            created_at_ms: self.created_at_ms,
            seed: self.seed.map(|seed| hex(&seed)),
            check,
        };
        let body = toml::to_string(&file).expect("invariant: numbers and texts are TOML");
        format!(
            "# What this store is, for life. Written once by `backstop init`; the log signs origin and data class.\n{body}"
        )
    }

    pub(super) fn parse(text: &str) -> Result<Settings, Error> {
        let named = |problem: String| Error::Settings(format!("`store.toml`: {problem}"));
        Settings::read(text).map_err(|error| if let Error::Settings(why) = error { named(why) } else { error })
    }

    fn read(text: &str) -> Result<Settings, Error> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text.as_bytes()[..span.start].iter().filter(|byte| **byte == b'\n').count());
            Error::Settings(format!("line {line}: {}", error.message()))
        })?;
        if !FORMATS.contains(&file.format) {
            return Err(Error::Settings(format!("format `{}` is not known here; use a newer Backstop", file.format)));
        }
        let seed = file.seed.as_deref().map(parse_seed).transpose()?;
        let settings =
            Settings { data_class: file.data_class, mission: file.mission, created_at_ms: file.created_at_ms, seed };
        settings.check()?;
        if settings.origin() != file.origin {
            let expected = settings.origin();
            return Err(Error::Settings(format!(
                "origin `{}` does not follow from class and mission: `{expected}`",
                file.origin
            )));
        }
        // Nothing else vouches for the time and the seed. What older versions wrote has no check, and is believed to the letter.
        let unchecked = settings.to_text_with(file.format, None);
        let whole = match file.check {
            Some(check) => {
                check == hex(&Sha256::digest(&unchecked)) && text == settings.to_text_with(file.format, Some(check))
            }
            None => text == unchecked,
        };
        whole
            .then_some(settings)
            .ok_or_else(|| Error::Settings("it is not as it was written: its check does not hold".into()))
    }
}

fn parse_seed(text: &str) -> Result<[u8; 32], Error> {
    bytes_of_hex(text).ok_or_else(|| Error::Settings("seed must be 64 lower-case hex digits".into()))
}
