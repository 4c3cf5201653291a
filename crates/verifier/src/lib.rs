//! What a browser runs to check a log and a file by itself.
//!
//! Takes one request as bytes, possibly hostile: keys, checkpoints, tiles, payloads and files that somebody else fetched or dropped;
//! gives one answer as JSON: yes, no, or cannot tell, each with its reason; or which tiles it needs before it can say.
//! Never fetches, never remembers, never believes a hash that it did not work out from a signed root, never panics.
//!
//! Reading order: a `request` and its parts; the log's signed `head`; the tree behind it, read from `tiles`; the
//! `entries` in it; whether an older head is its beginning (`held`); whether a `file` is genuine; and whether everything that
//! was given out follows from the entries: `derivation`, which `backstop audit` runs too, over a `record` as it was brought.

mod request;

mod head;

mod tiles;

mod entry;

mod entries;

mod held;

mod file;

pub mod derivation;

mod record;

mod derive;

mod answer;

mod outcome;

pub use answer::Answer;
pub use entry::Entry;
pub use record::payloads_path;
pub use request::{MAX_PARTS, MAX_REQUEST_BYTES, write};

use outcome::Outcome;
use request::Request;

/// Answers one request with one line of JSON, `backstop.verifier/1`.
///
/// A request that cannot be read is answered too: `result` is then `refused`, with the reason.
#[must_use]
pub fn answer(request: &[u8]) -> Vec<u8> {
    let outcome = Request::parse(request).and_then(|request| match request.verb() {
        "head" => head::answer(&request),
        "entries" => entries::answer(&request),
        "held" => held::answer(&request),
        "file" => file::answer(&request),
        "derive" => derive::answer(&request),
        other => Err(format!("`{}` is no question; ask `head`, `entries`, `held`, `file` or `derive`", short(other))),
    });
    let outcome = outcome.unwrap_or_else(Outcome::Refused);
    let mut bytes = outcome.to_json().to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

/// A text that a message can quote whole.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
