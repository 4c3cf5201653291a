//! Takes bytes: parts, each a line `NAME LENGTH`, so many bytes and a line end. Gives them by name, in their order. Never
//! copies what a part holds.

/// Longest request that is read: a large bulletin with what belongs to it.
pub const MAX_REQUEST_BYTES: usize = 128 << 20;
/// Most parts of a request.
pub const MAX_PARTS: usize = 4096;
/// Longest line before a part.
const MAX_LINE_BYTES: usize = 512;

/// A request taken apart.
pub(crate) struct Request<'a> {
    parts: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Request<'a> {
    /// Reads a request; the first part is the question.
    ///
    /// # Errors
    /// The place and the rule broken, in words.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Request<'a>, String> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(format!("the request is longer than {MAX_REQUEST_BYTES} bytes; bring a smaller file"));
        }
        let mut rest = bytes;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let at = bytes.len() - rest.len();
            let fail = |problem: &str| format!("the request at byte {at}: {problem}");
            if parts.len() == MAX_PARTS {
                return Err(fail("more than 4,096 parts"));
            }
            let line = rest.iter().take(MAX_LINE_BYTES).position(|byte| *byte == b'\n');
            let (line, after) = rest.split_at(line.ok_or_else(|| fail("a line `NAME LENGTH` must stand here"))?);
            let line = std::str::from_utf8(line).map_err(|_| fail("the line is not UTF-8"))?;
            let (name, length) = line.rsplit_once(' ').ok_or_else(|| fail("a name and a length must stand here"))?;
            let length: usize = length.parse().map_err(|_| fail("the length is no number"))?;
            let after = &after[1..];
            let (part, after) = after.split_at_checked(length).ok_or_else(|| fail("the part ends early"))?;
            rest = after.strip_prefix(b"\n").ok_or_else(|| fail("a line end must follow the part"))?;
            parts.push((name, part));
        }
        match parts.first() {
            Some(("ask", verb)) if std::str::from_utf8(verb).is_ok() => Ok(Request { parts }),
            Some(_) | None => Err("the request must begin with a part `ask`".to_owned()),
        }
    }

    /// What is asked.
    pub(crate) fn verb(&self) -> &'a str {
        self.parts.first().and_then(|(_, verb)| std::str::from_utf8(verb).ok()).unwrap_or_default()
    }

    /// The part of this name, if there is one.
    pub(crate) fn part(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Every part of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.parts.iter().filter(move |(found, _)| *found == name).map(|(_, part)| *part)
    }

    /// Every part whose name begins so, with the rest of the name.
    pub(crate) fn named(&self, prefix: &str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.parts.iter().filter_map(move |(name, part)| Some((name.strip_prefix(prefix)?, *part)))
    }

    /// The text of this part.
    ///
    /// # Errors
    /// When it is missing or not UTF-8, in words.
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, String> {
        let part = self.part(name).ok_or_else(|| format!("the request lacks the part `{name}`"))?;
        std::str::from_utf8(part).map_err(|_| format!("the part `{name}` is not UTF-8"))
    }

    /// The whole number in this part.
    ///
    /// # Errors
    /// When it is missing or no number, in words.
    pub(crate) fn number(&self, name: &str) -> Result<u64, String> {
        self.text(name)?.parse().map_err(|_| format!("the part `{name}` is no whole number"))
    }
}

/// Writes a request of these parts; the first is named `ask`.
#[must_use]
pub fn write(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, part) in parts {
        bytes.extend(format!("{name} {}\n", part.len()).into_bytes());
        bytes.extend_from_slice(part);
        bytes.push(b'\n');
    }
    bytes
}
