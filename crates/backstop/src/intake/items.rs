//! The items of a JSON file, one by one.
//!
//! Takes `{"name": [item, item, ...], ...}`, which is a VIINA day and a GeoJSON collection alike; gives each item's bytes
//! with the name of its list. Never holds more than one item up to a stated limit, so a file of any length is read, and one
//! bad item does not take the next with it.

use super::lines::Spot;
use std::io::{self, BufRead};

/// Names of lists are kept up to this length.
const NAME_LIMIT_BYTES: usize = 256;
/// What is kept of an item beyond the limit.
const SHOWN_BYTES: usize = super::run::RAW_LIMIT_BYTES;

/// One item.
pub(super) struct Item {
    /// The name of the list that it stands in.
    pub(super) list: String,
    /// Whether it stands in a list, and not alone under its name.
    pub(super) listed: bool,
    pub(super) spot: Spot,
    /// Its bytes, up to the limit.
    pub(super) text: Vec<u8>,
    /// Whether it was longer.
    pub(super) too_long: bool,
}

/// Where a file stops being readable, and what is left of the item there.
pub(super) struct Broken {
    pub(super) spot: Spot,
    pub(super) why: String,
    pub(super) raw: Vec<u8>,
}

/// Reads items.
pub(super) struct Items {
    input: Box<dyn BufRead>,
    limit: usize,
    spot: Spot,
    state: State,
}

enum State {
    Start,
    Members,
    List(String),
    Done,
}

/// What comes next.
pub(super) enum Next {
    Item(Item),
    Broken(Broken),
    End,
}

impl Items {
    /// The items of a file, each up to `limit` bytes.
    pub(super) fn of(input: Box<dyn BufRead>, limit: usize) -> Items {
        Items { input, limit, spot: Spot { row: 0, line: 1, byte: 0 }, state: State::Start }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn skip(&mut self, byte: u8) {
        self.input.consume(1);
        self.spot.byte += 1;
        self.spot.line += u64::from(byte == b'\n');
    }

    /// The first byte that is neither space nor comma.
    fn mark(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.peek()? {
                Some(byte) if byte.is_ascii_whitespace() || byte == b',' => self.skip(byte),
                byte => return Ok(byte),
            }
        }
    }

    fn broken(&mut self, why: &str, raw: Vec<u8>) -> Next {
        self.state = State::Done;
        self.spot.row += u64::from(!raw.is_empty());
        Next::Broken(Broken { spot: self.spot, why: why.to_owned(), raw })
    }

    /// The next item.
    pub(super) fn next(&mut self) -> io::Result<Next> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Ok(Next::End),
                State::Start => {
                    if self.input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
                        (0..3).for_each(|_| self.skip(0));
                    }
                    match self.mark()? {
                        Some(b'{') => {
                            self.skip(b'{');
                            self.state = State::Members;
                        }
                        None => {
                            return Ok(self.broken("the file is empty; is it the right one, and copied whole?", vec![]));
                        }
                        Some(0xff | 0xfe) => return Ok(self.broken("the file is in UTF-16; save it as UTF-8", vec![])),
                        Some(_) => {
                            return Ok(self.broken("the file is not a JSON object: it must begin with `{`", vec![]));
                        }
                    }
                }
                State::Members => match self.mark()? {
                    Some(b'}') => {
                        self.skip(b'}');
                        return self.after_the_end();
                    }
                    Some(b'"') => {
                        if let Some(next) = self.member()? {
                            return Ok(next);
                        }
                    }
                    None => {
                        return Ok(self.broken("the file ends before it is closed: it was cut; get it again", vec![]));
                    }
                    Some(_) => return Ok(self.broken("a name in quotation marks was expected here", vec![])),
                },
                State::List(list) => match self.mark()? {
                    Some(b']') => {
                        self.skip(b']');
                        self.state = State::Members;
                    }
                    None => return Ok(self.broken("the file ends inside a list: it was cut; get it again", vec![])),
                    Some(b'}' | b':') => return Ok(self.broken("a list is not closed here: `]` was expected", vec![])),
                    Some(_) => return self.capture(list, true),
                },
            }
        }
    }

    fn after_the_end(&mut self) -> io::Result<Next> {
        match self.mark()? {
            None => Ok(Next::End),
            Some(_) => Ok(self.broken("something follows the closing `}`; nothing after it is read", vec![])),
        }
    }

    /// A name and what it stands for; `None` when that is a list, whose items come next.
    fn member(&mut self) -> io::Result<Option<Next>> {
        let Next::Item(name) = self.capture(String::new(), false)? else {
            return Ok(Some(self.broken("the file ends inside a name: it was cut; get it again", vec![])));
        };
        self.spot.row -= 1;
        let list = match serde_json::from_slice::<String>(&name.text) {
            Ok(list) if !name.too_long && list.len() <= NAME_LIMIT_BYTES => list,
            _ => return Ok(Some(self.broken("a name here is longer than 256 bytes or no text", vec![]))),
        };
        if self.mark()? != Some(b':') {
            return Ok(Some(self.broken("`:` was expected after a name; the file is cut or damaged", vec![])));
        }
        self.skip(b':');
        match self.mark()? {
            Some(b'[') => {
                self.skip(b'[');
                self.state = State::List(list);
                Ok(None)
            }
            None => Ok(Some(self.broken("the file ends after a name: it was cut; get it again", vec![]))),
            Some(_) => {
                let next = self.capture(list, false)?;
                if matches!(next, Next::Item(_)) {
                    // What stands alone under its name is no row.
                    self.spot.row -= 1;
                    self.state = State::Members;
                }
                Ok(Some(next))
            }
        }
    }

    /// The value that begins here: brackets and quotation marks are matched, nothing else is understood.
    fn capture(&mut self, list: String, listed: bool) -> io::Result<Next> {
        self.spot.row += 1;
        let mut item = Item { list, listed, spot: self.spot, text: Vec::new(), too_long: false };
        let mut scan = Scan::default();
        loop {
            let part = self.input.fill_buf()?;
            if part.is_empty() {
                self.spot = Spot { row: item.spot.row - 1, ..item.spot };
                item.text.truncate(SHOWN_BYTES);
                let why = "the file ends inside this item: it was cut; get it again";
                return Ok(self.broken(why, item.text));
            }
            let end = part.iter().position(|byte| scan.ends_before(*byte));
            let read = end.unwrap_or(part.len());
            let room = self.limit.saturating_sub(item.text.len());
            item.too_long |= read > room;
            item.text.extend_from_slice(&part[..read.min(room)]);
            self.spot.byte += read as u64;
            self.spot.line += part[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.input.consume(read);
            if end.is_some() {
                break;
            }
        }
        if item.too_long {
            item.text.truncate(SHOWN_BYTES);
        }
        if item.listed {
            self.state = State::List(item.list.clone());
        }
        Ok(Next::Item(item))
    }
}

/// Finds the end of a value.
#[derive(Default)]
struct Scan {
    depth: u64,
    in_text: bool,
    escaped: bool,
    complete: bool,
}

impl Scan {
    /// Whether the value ended before this byte.
    fn ends_before(&mut self, byte: u8) -> bool {
        if self.complete {
            return true;
        }
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_text = false;
                    self.complete = self.depth == 0;
                }
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' if self.depth == 0 => return true,
            b']' | b'}' => {
                self.depth -= 1;
                self.complete = self.depth == 0;
            }
            b',' | b':' if self.depth == 0 => return true,
            byte if byte.is_ascii_whitespace() && self.depth == 0 => return true,
            _ => {}
        }
        false
    }
}
