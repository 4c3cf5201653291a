//! Payloads given to everyone, in bundles beside the bundles of leaves.
//!
//! Takes what is to be said of up to 256 entries; gives the text of a file, and reads it back from bytes that may be hostile.
//! Never says nothing of an entry: what is withheld or erased says so.
//!
//! ```text
//! backstop-payloads/1
//! 17 open SALT PAYLOAD
//! 18 withheld
//! 19 erased
//! ```
//!
//! The salt is 64 hex digits, the payload its canonical bytes, which have no line ends.

use super::commitment::{Payload, Salt};
use super::hex::{bytes_of_hex, hex};

const FIRST_LINE: &str = "backstop-payloads/1";

/// What is to be said of one entry's payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    /// Index of the entry.
    pub index: u64,
    /// Its payload, or why it is not here.
    pub state: State,
}

/// A payload, or why it is not given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Given, with the salt of its commitment.
    Open(Salt, Payload),
    /// Not for everyone.
    Withheld,
    /// Destroyed: nobody has it.
    Erased,
}

/// The text of a bundle.
#[must_use]
pub fn write(opened: &[Opened]) -> Vec<u8> {
    let mut bytes = format!("{FIRST_LINE}\n").into_bytes();
    for Opened { index, state } in opened {
        match state {
            State::Open(salt, payload) => {
                bytes.extend(format!("{index} open {} ", hex(salt)).as_bytes());
                bytes.extend(payload.bytes());
                bytes.push(b'\n');
            }
            State::Withheld => bytes.extend(format!("{index} withheld\n").as_bytes()),
            State::Erased => bytes.extend(format!("{index} erased\n").as_bytes()),
        }
    }
    bytes
}

/// Reads a bundle of `count` entries from `first` on.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(bytes: &[u8], first: u64, count: u16) -> Result<Vec<Opened>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))?;
    let body = text.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_prefix('\n'));
    let body = body.ok_or(format!("it does not begin with `{FIRST_LINE}`"))?;
    let body = body.strip_suffix('\n').ok_or("its last line is cut short")?;
    let lines: Vec<&str> = body.split('\n').collect();
    if lines.len() != usize::from(count) {
        return Err(format!("it speaks of {} entries, not of {count}", lines.len()));
    }
    lines.into_iter().zip(first..).map(|(line, index)| read_line(line, index)).collect()
}

fn read_line(line: &str, index: u64) -> Result<Opened, String> {
    let rest = line.strip_prefix(&format!("{index} ")).ok_or(format!("entry {index} does not stand in its place"))?;
    let state = match rest.split_once(' ') {
        None if rest == "withheld" => State::Withheld,
        None if rest == "erased" => State::Erased,
        Some(("open", open)) => {
            let (salt, payload) = open.split_once(' ').ok_or(format!("entry {index} has no salt"))?;
            let salt = bytes_of_hex(salt).ok_or(format!("the salt of entry {index} is not 64 hex digits"))?;
            let payload = Payload::from_bytes(payload.as_bytes().to_vec());
            State::Open(salt, payload.map_err(|error| format!("payload of entry {index} {error}"))?)
        }
        _ => return Err(format!("entry {index} is neither open, withheld nor erased")),
    };
    Ok(Opened { index, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_read_as_it_was_written_and_in_no_other_way() {
        let payload = Payload::from_bytes(b"{\"n\":1,\"text\":\"a\\nb\"}".to_vec()).expect("canonical");
        let states = [State::Withheld, State::Open([7; 32], payload), State::Erased];
        let opened: Vec<Opened> = states.into_iter().zip(256..).map(|(state, index)| Opened { index, state }).collect();
        let bytes = write(&opened);
        assert_eq!(read(&bytes, 256, 3), Ok(opened));
        let text = String::from_utf8(bytes).expect("UTF-8");
        let wrong = [
            text.replace("payloads/1", "payloads/2"),
            text.replace("257 ", "258 "),
            text.replace("erased", "lost"),
            text.replace("{\"n\":1", "{\"n\": 1"),
            text.replace("0707", "07"),
            text.trim_end().to_owned(),
            String::new(),
        ];
        for (number, text) in wrong.iter().enumerate() {
            assert!(read(text.as_bytes(), 256, 3).is_err(), "change {number}");
        }
        assert!(read(text.as_bytes(), 256, 4).is_err() && read(text.as_bytes(), 0, 3).is_err());
    }
}
