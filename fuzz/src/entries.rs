//! Canonical values, payloads, envelopes and bodies, and what is handed on of them: bundles that everyone may read, opened fields,
//! statements of a device, questions of a browser. Takes bytes; panics when reading does, when there is a second spelling of a
//! value, when an opened field does not prove itself, or when what was read is written as another.

use backstop::storage::Submission;
use ed25519_dalek::SigningKey;
use mission::record::canonical::{Value, decode, encode};
use mission::record::commitment::{Payload, verify_field};
use mission::record::opened::OpenedEntry;
use mission::record::{Body, envelope, payloads};
use std::sync::LazyLock;

/// Opened fields are costly; no payload that matters here has more.
const FIELDS_OPENED: usize = 6;

fn author() -> &'static SigningKey {
    static AUTHOR: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[3; 32]));
    &AUTHOR
}

/// A value, and the payload that it is when it has fields.
pub(crate) fn canonical(bytes: &[u8]) {
    let Ok(value) = decode(bytes) else { return };
    assert_eq!(encode(&value), bytes, "one value, two spellings");
    let Ok(payload) = Payload::from_bytes(bytes.to_vec()) else { return };
    let Value::Fields(fields) = &value else { panic!("a payload of no fields") };
    let salt = [9; 32];
    let commitment = payload.commit(&salt);
    for name in fields.keys().take(FIELDS_OPENED) {
        let mut opened = payload.open_field(&salt, name).expect("the field is there");
        assert_eq!(verify_field(&commitment, &opened), Ok(()));
        opened.index += 1;
        assert!(verify_field(&commitment, &opened).is_err(), "a field in another's place");
    }
}

/// A leaf as it comes, and the envelope in it under a true signature.
pub(crate) fn envelope(bytes: &[u8]) {
    let _ = envelope::verify(bytes, &author().verifying_key());
    let Ok((envelope, _)) = envelope::open(bytes) else { return };
    let mine = envelope::Envelope { author: envelope::KeyId::of(&author().verifying_key()), ..envelope };
    let leaf = match mine.written {
        None => envelope::seal(&mine, author()),
        Some(_) => envelope::state(&mine, author()).map(|signed| envelope::receive(&signed, mine.received_at_ms)),
    };
    let leaf = leaf.expect("an envelope that was read can be written");
    assert_eq!(envelope::verify(&leaf, &author().verifying_key()), Ok(mine));
}

/// A kind, a line end and a payload.
pub(crate) fn body(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(kind) = std::str::from_utf8(&bytes[..end]) else { return };
    let Ok(value) = decode(&bytes[end + 1..]) else { return };
    let Ok(body) = Body::read(kind, &value) else { return };
    assert_eq!(body.kind(), kind);
    let written = body.write();
    let again = Body::read(kind, &written).expect("what was written can be read");
    assert_eq!(again.write(), written, "a body changes when it is written again");
}

/// The number of its first entry, that of its entries, and a bundle of what everyone may read.
pub(crate) fn given(bytes: &[u8]) {
    let Some(([first, count], bundle)) = bytes.split_first_chunk::<2>() else { return };
    let Ok(read) = payloads::read(bundle, u64::from(*first), u16::from(*count)) else { return };
    assert_eq!(payloads::write(&read), bundle, "one bundle, two spellings");
}

/// Fields of an entry, opened for somebody.
pub(crate) fn opened(bytes: &[u8]) {
    let Ok(opened) = OpenedEntry::read(bytes) else { return };
    let written = opened.to_bytes();
    let again = OpenedEntry::read(&written).expect("what was written can be read");
    assert_eq!(again.to_bytes(), written, "opened fields change when they are written again");
    let _ = opened.check();
}

/// A line that a device hands over.
pub(crate) fn submission(bytes: &[u8]) {
    let Some(read) = Submission::parse(bytes) else { return };
    let Some(line) = read.to_line() else { return };
    let again = Submission::parse(&line).expect("what was written can be read");
    assert_eq!(again.to_line().as_deref(), Some(&line[..]), "a submission changes when it is written again");
}

/// A question with what was brought for it: keys, heads, tiles, payloads and files, as a page asks.
pub(crate) fn question(bytes: &[u8]) {
    let answer = String::from_utf8(verifier::answer(bytes)).expect("an answer is text");
    assert!(answer.starts_with('{') && answer.ends_with("}\n"), "an answer is one line of JSON: {answer}");
}
