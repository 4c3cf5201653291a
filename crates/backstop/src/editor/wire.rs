//! The messages on the wire: a header with the length, then JSON.
//!
//! Takes bytes; gives messages, each within the limits. Never sets room aside for a length that a header merely claims.

use serde_json::{Value, json};
use std::io::{BufRead, Read, Result, Write};

/// No message is longer: a text of the greatest length, escaped.
const MESSAGE_MOST_BYTES: u64 = 8 << 20;
/// No header line is longer.
const HEADER_MOST_BYTES: u64 = 1 << 10;
/// No message has more header lines.
const HEADERS_MOST: usize = 16;

/// What came in.
#[derive(PartialEq, Debug)]
pub(super) enum Incoming {
    Message(Value),
    /// One message that was passed over, and why.
    Refused(String),
    /// Nothing more can be told apart, and why.
    Lost(String),
}

/// The next message; `None` when the other side has gone.
pub(super) fn read_message(input: &mut impl BufRead) -> Option<Incoming> {
    let length = match header(input)? {
        Ok(length) => length,
        Err(why) => return Some(Incoming::Lost(why)),
    };
    let mut body = input.take(length);
    if length > MESSAGE_MOST_BYTES {
        std::io::copy(&mut body, &mut std::io::sink()).ok()?;
        let long = format!("a message of {length} bytes is passed over; the limit is {MESSAGE_MOST_BYTES}");
        return Some(Incoming::Refused(long));
    }
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).ok()?;
    if (bytes.len() as u64) < length {
        return None;
    }
    Some(match serde_json::from_slice(&bytes) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Refused(format!("a message is not JSON: {error}")),
    })
}

/// The length that a message's header gives.
fn header(input: &mut impl BufRead) -> Option<std::result::Result<u64, String>> {
    let mut length = None;
    for _ in 0..HEADERS_MOST {
        let mut line = Vec::new();
        input.take(HEADER_MOST_BYTES).read_until(b'\n', &mut line).ok()?;
        if line.is_empty() {
            return None;
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            return Some(Err(format!("a header line is longer than {HEADER_MOST_BYTES} bytes or broken off")));
        };
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        if line.is_empty() {
            return Some(length.ok_or_else(|| "a message has no `Content-Length`".to_owned()));
        }
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => match value.trim().parse() {
                Ok(given) => length = Some(given),
                Err(_) => return Some(Err(format!("`{}` is no length", value.trim()))),
            },
            Some(_) => {}
            None => return Some(Err("a header line has no colon".to_owned())),
        }
    }
    Some(Err(format!("a message has more than {HEADERS_MOST} header lines")))
}

/// Writes one message at once.
pub(super) fn write_message(output: &mut impl Write, message: &Value) -> Result<()> {
    let body = message.to_string();
    output.write_all(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    output.flush()
}

/// The answer to what was no message.
pub(super) fn refusal(why: &str) -> Value {
    failed(&Value::Null, Failed::NotRead, why)
}

/// Why a request has no answer, as JSON-RPC and the protocol number it.
#[derive(Clone, Copy)]
pub(super) enum Failed {
    NotRead,
    NoRequest,
    NoSuchMethod,
    Parameters,
    NotInitialized,
}

/// A request's failure.
pub(super) fn failed(id: &Value, failed: Failed, message: &str) -> Value {
    let code = match failed {
        Failed::NotRead => -32700,
        Failed::NoRequest => -32600,
        Failed::NoSuchMethod => -32601,
        Failed::Parameters => -32602,
        Failed::NotInitialized => -32002,
    };
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], refused: &str) {
        match read_message(&mut &bytes[..]) {
            Some(Incoming::Refused(why) | Incoming::Lost(why)) => assert!(why.contains(refused), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn messages_come_back() {
        let mut bytes = Vec::new();
        write_message(&mut bytes, &json!({ "а": 1 })).expect("written");
        write_message(&mut bytes, &json!(2)).expect("written");
        let mut input = &bytes[..];
        assert_eq!(read_message(&mut input), Some(Incoming::Message(json!({ "а": 1 }))));
        assert_eq!(read_message(&mut input), Some(Incoming::Message(json!(2))));
        assert_eq!(read_message(&mut input), None);
    }

    #[test]
    fn hostile_bytes_are_refused() {
        check(b"Content-Length: 99999999999999999999\r\n\r\n", "no length");
        check(b"Content-Length: -1\r\n\r\n", "no length");
        check(b"X: 1\r\n\r\n", "Content-Length");
        check(b"nothing\r\n", "no colon");
        check(&vec![b'a'; 5000], "longer");
        check(&b"A: 1\n".repeat(20), "more than");
        check(b"Content-Length: 3\r\n\r\n{{{", "not JSON");
        check(format!("Content-Length: 1000\r\n\r\n{}", "[".repeat(1000)).as_bytes(), "not JSON");
        let long = MESSAGE_MOST_BYTES + 1;
        let mut bytes = format!("Content-Length: {long}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + long as usize, b' ');
        check(&bytes, "passed over");
        assert_eq!(read_message(&mut &b"Content-Length: 18446744073709551615\r\n\r\n{}"[..]).map(|_| ()), Some(()));
    }
}
