//! The one way to write a value: JSON with sorted keys, texts, whole numbers, lists and objects, and nothing else.
//!
//! Takes values and gives bytes; takes bytes, possibly hostile, and gives the value or the place where they leave the form.
//! Never accepts two spellings of one value, so equal values have equal bytes and equal hashes. The form is fixed for ever
//! (`docs/record.md`).

use std::collections::BTreeMap;
use std::fmt;

/// Deepest nesting of lists and objects.
pub const MAX_DEPTH: usize = 32;
/// Longest encoding of a whole value, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// Longest name of a field, in bytes.
pub const MAX_NAME_BYTES: usize = 1024;

/// A value that entries are made of. There is no fraction, no true or false, and no null: absence is an absent field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name, in the order of the names' bytes.
    Fields(BTreeMap<String, Value>),
}

/// Where and how bytes leave the canonical form, or a value its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCanonical {
    /// Bytes before the place.
    pub offset: usize,
    /// The rule that is broken there.
    pub problem: &'static str,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not in canonical form at byte {}: {}", self.offset, self.problem)
    }
}

impl std::error::Error for NotCanonical {}

/// The bytes of a value.
///
/// A value beyond [`MAX_DEPTH`], [`MAX_BYTES`] or [`MAX_NAME_BYTES`] gives bytes that [`decode`] refuses; what goes into
/// the record is a [`Payload`](super::commitment::Payload), which is checked.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes
}

/// The value of canonical bytes.
///
/// # Errors
/// [`NotCanonical`] for every byte sequence that [`encode`] would not have written.
pub fn decode(bytes: &[u8]) -> Result<Value, NotCanonical> {
    if bytes.len() > MAX_BYTES {
        return Err(NotCanonical { offset: MAX_BYTES, problem: "the value is longer than 4,194,304 bytes" });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| NotCanonical { offset: error.valid_up_to(), problem: "the bytes are not UTF-8" })?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    if reader.at < text.len() {
        return Err(reader.fail("nothing may follow the value"));
    }
    Ok(value)
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => write_text(text, out),
        Value::Integer(number) => out.extend(number.to_string().into_bytes()),
        Value::List(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Fields(fields) => {
            out.push(b'{');
            for (position, (name, value)) in fields.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_text(name, out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
    }
}

/// Escapes as RFC 8785 does: the short forms where JSON has them, else `\u00` and two lower-case digits, only for what
/// JSON cannot hold plainly.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0x08 => out.extend(b"\\b"),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            0x0c => out.extend(b"\\f"),
            b'\r' => out.extend(b"\\r"),
            0x00..=0x1f => out.extend(format!("\\u{byte:04x}").into_bytes()),
            0x20..=0xff => out.push(byte),
        }
    }
    out.push(b'"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth_left: usize) -> Result<Value, NotCanonical> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.integer().map(Value::Integer),
            Some(b'[' | b'{') if depth_left == 0 => Err(self.fail("lists and objects nest deeper than 32")),
            Some(b'[') => self.list(depth_left - 1),
            Some(b'{') => self.fields(depth_left - 1),
            Some(_) => Err(self.fail("a text, a whole number, a list or an object must stand here")),
            None => Err(self.fail("the value ends too early")),
        }
    }

    fn list(&mut self, depth_left: usize) -> Result<Value, NotCanonical> {
        let mut items = Vec::new();
        self.take(b'[', "a list begins with `[`")?;
        if !self.skip(b']') {
            loop {
                items.push(self.value(depth_left)?);
                if self.skip(b']') {
                    break;
                }
                self.take(b',', "`,` or `]` must follow, without spaces")?;
            }
        }
        Ok(Value::List(items))
    }

    fn fields(&mut self, depth_left: usize) -> Result<Value, NotCanonical> {
        let mut fields = BTreeMap::new();
        self.take(b'{', "an object begins with `{`")?;
        if !self.skip(b'}') {
            loop {
                let start = self.at;
                let name = self.string()?;
                if name.len() > MAX_NAME_BYTES {
                    return Err(NotCanonical { offset: start, problem: "a name is longer than 1,024 bytes" });
                }
                if fields.last_key_value().is_some_and(|(last, _)| *last >= name) {
                    let problem = "names must be in the order of their bytes, each once";
                    return Err(NotCanonical { offset: start, problem });
                }
                self.take(b':', "`:` must follow a name, without spaces")?;
                let value = self.value(depth_left)?;
                fields.insert(name, value);
                if self.skip(b'}') {
                    break;
                }
                self.take(b',', "`,` or `}` must follow, without spaces")?;
            }
        }
        Ok(Value::Fields(fields))
    }

    fn integer(&mut self) -> Result<i64, NotCanonical> {
        let rest = &self.text[self.at..];
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let number = &rest[..sign + digits];
        if digits == 0 || number == "-0" || (digits > 1 && rest[sign..].starts_with('0')) {
            return Err(self.fail("a whole number has digits, no leading zero and no `-0`"));
        }
        let value = number.parse().map_err(|_| self.fail("the number does not fit 64 bits with sign"))?;
        self.at += number.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<String, NotCanonical> {
        self.take(b'"', "a text or name must begin with `\"`")?;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().take_while(|byte| *byte >= 0x20 && *byte != b'"' && *byte != b'\\').count();
            string.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                Some(_) => return Err(self.fail("a control character must be escaped")),
                None => return Err(self.fail("the text ends too early")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotCanonical> {
        const SHORT: [(&str, char); 7] = [
            ("\\\"", '"'),
            ("\\\\", '\\'),
            ("\\b", '\u{8}'),
            ("\\t", '\t'),
            ("\\n", '\n'),
            ("\\f", '\u{c}'),
            ("\\r", '\r'),
        ];
        let rest = &self.text[self.at..];
        if let Some((form, character)) = SHORT.iter().find(|(form, _)| rest.starts_with(form)) {
            self.at += form.len();
            return Ok(*character);
        }
        let long = rest.strip_prefix("\\u00").and_then(|digits| digits.get(..2));
        let code = long.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|code| *code < 0x20);
        let canonical = |code: &u8| {
            let short = SHORT.iter().any(|(_, character)| u32::from(*character) == u32::from(*code));
            !short && long == Some(format!("{code:02x}").as_str())
        };
        let code = code.filter(canonical).ok_or_else(|| self.fail("this character has another canonical form"))?;
        self.at += "\\u0000".len();
        Ok(char::from(code))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, byte: u8, problem: &'static str) -> Result<(), NotCanonical> {
        if self.skip(byte) { Ok(()) } else { Err(self.fail(problem)) }
    }

    fn fail(&self, problem: &'static str) -> NotCanonical {
        NotCanonical { offset: self.at, problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<String>().prop_map(Value::Text), any::<i64>().prop_map(Value::Integer)];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Value::Fields),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in value()) {
            prop_assert_eq!(decode(&encode(&value)), Ok(value));
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes in r#"[\[\]{},:"\\0-9a-cu \-]{0,24}"#) {
            if let Ok(value) = decode(bytes.as_bytes()) {
                prop_assert_eq!(encode(&value), bytes.into_bytes());
            }
        }

        #[test]
        fn a_changed_byte_is_refused_or_another_value(value in value(), at: prop::sample::Index, mask in 1u8..) {
            let mut bytes = encode(&value);
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
            if let Ok(other) = decode(&bytes) {
                prop_assert_ne!(&other, &value);
                prop_assert_eq!(encode(&other), bytes);
            }
        }
    }

    fn check(text: &str, offset: usize, problem: &str) {
        let error = decode(text.as_bytes()).expect_err(text);
        assert_eq!(error.offset, offset, "{text}: {error}");
        assert!(error.problem.contains(problem), "{text}: {error}");
    }

    #[test]
    fn other_spellings_are_refused_where_they_differ() {
        check("", 0, "ends too early");
        check(" 1", 0, "must stand here");
        check("1 ", 1, "nothing may follow");
        check("01", 0, "leading zero");
        check("-0", 0, "-0");
        check("-", 0, "digits");
        check("1.5", 1, "nothing may follow");
        check("1e3", 1, "nothing may follow");
        check("9223372036854775808", 0, "64 bits");
        check("true", 0, "must stand here");
        check("null", 0, "must stand here");
        check("[1, 2]", 3, "must stand here");
        check("[1,]", 3, "must stand here");
        check(r#"{"b":1,"a":2}"#, 7, "order");
        check(r#"{"a":1,"a":2}"#, 7, "each once");
        check(r#"{"a" :1}"#, 4, "without spaces");
        check(r#"{1:1}"#, 1, "begin with");
        check(r#""\/""#, 1, "another canonical form");
        check(r#""\u0041""#, 1, "another canonical form");
        check(r#""\u000a""#, 1, "another canonical form");
        check(r#""\u001F""#, 1, "another canonical form");
        check(r#""\u00+1""#, 1, "another canonical form");
        check(r#""\u00"#, 1, "another canonical form");
        check("\"\u{1}\"", 1, "must be escaped");
        check("\"abc", 4, "ends too early");
        check(&"[".repeat(40), 32, "deeper than 32");
        check(&format!("{{\"{}\":1}}", "n".repeat(1025)), 1, "1,024");
        check(&format!("\"{}\"", "n".repeat(MAX_BYTES)), MAX_BYTES, "longer");
        assert_eq!(decode(b"\"\xff\"").expect_err("not UTF-8").offset, 1);
    }

    #[test]
    fn the_form_is_fixed() {
        let value = Value::Fields(BTreeMap::from([
            ("b".into(), Value::List(vec![Value::Integer(i64::MIN), Value::Integer(0), Value::Text(String::new())])),
            ("Ж\u{1f}\n".into(), Value::Text("\" \\ \u{8}\t\n\u{c}\r \u{0} \u{7f} é 🕊".into())),
            ("a".into(), Value::Fields(BTreeMap::new())),
        ]));
        let expected = "{\"a\":{},\"b\":[-9223372036854775808,0,\"\"],\
            \"Ж\\u001f\\n\":\"\\\" \\\\ \\b\\t\\n\\f\\r \\u0000 \u{7f} é 🕊\"}";
        assert_eq!(String::from_utf8(encode(&value)).expect("UTF-8"), expected);
    }
}
