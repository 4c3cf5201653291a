//! What is believed of how well each means sees, as an entry.
//!
//! Takes the noun; gives its payload and reads it back. Never says who looked: those are entries of their own.

use super::body::BodyError;
use super::canonical::Value;
use super::fields::{Fields, Writer};
use coverage::Detection;

/// No text of detection is longer, bytes.
const MOST_TEXT: usize = 1 << 16;

/// How well each means is believed to see, from this entry on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdoptedDetection {
    /// What is believed.
    pub detection: Detection,
    /// What it was fitted to or assumed from, in words.
    pub basis: String,
}

pub(super) fn write_detection(adopted: &AdoptedDetection) -> Value {
    Writer::default().text("detection", adopted.detection.to_text()).text("basis", &adopted.basis).finish()
}

pub(super) fn read_detection(fields: &mut Fields<'_>) -> Result<AdoptedDetection, BodyError> {
    let text = fields.text("detection")?;
    if text.len() > MOST_TEXT {
        return Err(fields.wrong("detection", &format!("at most {MOST_TEXT} bytes")).into());
    }
    let detection = Detection::from_text(text)
        .map_err(|error| fields.wrong("detection", &format!("a text of detection; {error}")))?;
    Ok(AdoptedDetection { detection, basis: fields.text("basis")?.to_owned() })
}
