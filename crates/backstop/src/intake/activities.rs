//! Activities in IATI XML: each transaction is a row.
//!
//! Takes a file of the International Aid Transparency Initiative; gives what its transactions say, under the names of a table's
//! columns. Knows no entities but those of XML itself, loads nothing that the file names, and stops at stated limits. What
//! is no rung of delivery is set aside with its reason.

use super::lines::Spot;
use super::pledges::Get;
use super::run::{Error, Made, Sink};
use super::source_file::SourceFile;
use clause::guarantee::Package;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::Read;

/// A file of activities of a whole state has some tens of megabytes.
const FILE_LIMIT_BYTES: u64 = 64 * 1024 * 1024;
const DEPTH_LIMIT: usize = 64;
const TEXT_LIMIT_BYTES: usize = 4 * 1024;

/// What becomes of a row.
type MakeRow<'a> = &'a mut dyn FnMut(Get<'_>, Spot) -> Result<Made, String>;

/// Reads every transaction of a file.
pub(super) fn read_activities(
    file: &SourceFile,
    package: &Package,
    sink: &mut Sink<'_>,
    make: MakeRow<'_>,
) -> Result<(), Error> {
    let mut text = String::new();
    let input = file.open().map_err(|error| file.failed(error))?;
    match input.take(FILE_LIMIT_BYTES + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 > FILE_LIMIT_BYTES => {
            sink.problem(format!("longer than {FILE_LIMIT_BYTES} bytes; divide it by activity"));
            return Ok(());
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            sink.problem("not UTF-8; save it as UTF-8".to_owned());
            return Ok(());
        }
        Err(error) => return Err(file.failed(error)),
    }
    let walk = Walk {
        text: &text,
        package,
        lines: (0, 1),
        row: 0,
        path: Vec::new(),
        activity: Fields::new(),
        row_of: None,
        from: 0,
        elements: 0,
        said: ("", 0),
    };
    walk.walk(sink, make)
}

type Fields = BTreeMap<&'static str, String>;

/// The file as far as it was read.
struct Walk<'a> {
    text: &'a str,
    package: &'a Package,
    /// A place in the text and its line, from which others are counted on.
    lines: (usize, u64),
    row: u64,
    /// The names of the elements that are open.
    path: Vec<String>,
    activity: Fields,
    /// What is known of the open transaction; of other rows their kind alone.
    row_of: Option<Fields>,
    /// Where it begins.
    from: usize,
    /// How many elements were opened.
    elements: u64,
    /// Which field was last said, and in which element.
    said: (&'static str, u64),
}

impl Walk<'_> {
    fn walk(mut self, sink: &mut Sink<'_>, make: MakeRow<'_>) -> Result<(), Error> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().expand_empty_elements = true;
        loop {
            let before = at(&reader);
            match reader.read_event() {
                Ok(Event::Start(element)) => {
                    if self.path.len() == DEPTH_LIMIT {
                        sink.problem(format!("line {}: elements lie more than {DEPTH_LIMIT} deep", self.line(before)));
                        return Ok(());
                    }
                    self.open(&element, before);
                }
                Ok(Event::Text(text)) => {
                    self.say(&text.xml_content(quick_xml::XmlVersion::Implicit1_0));
                }
                Ok(Event::CData(text)) => self.say(&text),
                Ok(Event::GeneralRef(entity)) => {
                    let character = entity.resolve_char_ref().ok().flatten();
                    let named = quick_xml::escape::resolve_xml_entity(&entity).map(str::to_owned);
                    self.say(&character.map(String::from).or(named).unwrap_or_default());
                }
                Ok(Event::End(_)) => {
                    let until = at(&reader);
                    self.close(until, sink, make)?;
                }
                Ok(Event::Eof) => break,
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Empty(_)) => {}
                Err(error) => {
                    let why = format!("line {}: no well-formed XML from here: {error}", self.line(at(&reader)));
                    sink.problem(why.clone());
                    return self.left_open(&why, sink);
                }
            }
        }
        if !self.path.is_empty() {
            let why = format!("the file ends inside `{}`: it was cut; get it again", self.path.join("/"));
            sink.problem(why.clone());
            return self.left_open(&why, sink);
        } else if self.row == 0 {
            sink.problem("it holds no transaction of an `iati-activity`; is it a file of activities?".to_owned());
        }
        Ok(())
    }

    /// Keeps the transaction in which the file broke off.
    fn left_open(&mut self, why: &str, sink: &mut Sink<'_>) -> Result<(), Error> {
        if self.row_of.take().is_none() {
            return Ok(());
        }
        self.row += 1;
        let spot = Spot { row: self.row, line: self.line(self.from), byte: self.from as u64 };
        sink.unread(spot, why, self.text.get(self.from..).unwrap_or_default().as_bytes())
    }

    fn line(&mut self, place: usize) -> u64 {
        let (from, line) = self.lines;
        let newlines = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        let place = place.min(self.text.len());
        let line =
            if place >= from { line + newlines(&self.text[from..place]) } else { 1 + newlines(&self.text[..place]) };
        self.lines = (place, line);
        line
    }

    fn open(&mut self, element: &BytesStart<'_>, place: usize) {
        let name = element.local_name().as_ref().to_owned();
        let attribute = |wanted: &str| {
            let found = element.try_get_attribute(wanted).ok().flatten()?;
            Some(found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?.trim().to_owned())
        };
        match (name.as_str(), self.row_of.as_mut()) {
            ("iati-activity", None) => {
                self.activity = Fields::new();
                self.activity.insert("unit", attribute("default-currency").unwrap_or_default());
            }
            ("reporting-org", None) => {
                self.activity.insert("reporter-ref", attribute("ref").unwrap_or_default());
            }
            ("transaction" | "budget" | "planned-disbursement", None) if !self.path.is_empty() => {
                self.from = place;
                let kind = if name == "transaction" { "transaction" } else { "plan" };
                let mut fields = Fields::from([("kind", kind.to_owned())]);
                fields.insert("reference", attribute("ref").unwrap_or_default());
                self.row_of = Some(fields);
            }
            ("transaction-type", Some(row)) => {
                row.insert("type", attribute("code").unwrap_or_default());
            }
            ("transaction-date", Some(row)) => {
                row.insert("happened", attribute("iso-date").unwrap_or_default());
            }
            ("value", Some(row)) => {
                row.extend(attribute("currency").filter(|unit| !unit.is_empty()).map(|unit| ("unit", unit)));
                row.insert("value-date", attribute("value-date").unwrap_or_default());
            }
            _ => {}
        }
        self.elements += 1;
        self.path.push(name);
    }

    fn say(&mut self, text: &str) {
        let ends = |path: &[&str]| self.path.len() >= path.len() && self.path[self.path.len() - path.len()..] == *path;
        let field = match &self.row_of {
            None if ends(&["iati-activity", "iati-identifier"]) => "commitment",
            None if ends(&["reporting-org", "narrative"]) || ends(&["reporting-org"]) => "reporter",
            Some(_) if ends(&["transaction", "value"]) => "amount",
            Some(_) if ends(&["description", "narrative"]) || ends(&["transaction", "description"]) => "note",
            None | Some(_) => return,
        };
        let fields = self.row_of.as_mut().unwrap_or(&mut self.activity);
        let known = fields.entry(field).or_default();
        // Of a text in several languages the first is taken; one text may come in several pieces.
        let goes_on = self.said == (field, self.elements);
        if (known.is_empty() && !text.trim().is_empty()) || (goes_on && known.len() + text.len() < TEXT_LIMIT_BYTES) {
            known.push_str(text);
            self.said = (field, self.elements);
        }
    }

    fn close(&mut self, until: usize, sink: &mut Sink<'_>, make: MakeRow<'_>) -> Result<(), Error> {
        let name = self.path.pop().unwrap_or_default();
        if !matches!(name.as_str(), "transaction" | "budget" | "planned-disbursement") {
            return Ok(());
        }
        let Some(row) = self.row_of.take() else { return Ok(()) };
        self.row += 1;
        let spot = Spot { row: self.row, line: self.line(self.from), byte: self.from as u64 };
        let raw = self.text.get(self.from..until).unwrap_or_default().as_bytes().to_owned();
        if row.get("kind").is_some_and(|kind| kind == "plan") {
            return sink.row(spot, Made::Aside("a budget or a planned disbursement: a plan, and no deed"));
        }
        match self.fields(row) {
            Ok(fields) => match make(&|column| fields.get(column).cloned().unwrap_or_default(), spot) {
                Ok(made) => sink.row(spot, made),
                Err(why) => sink.unread(spot, &why, &raw),
            },
            Err(why) => sink.row(spot, Made::Aside(why)),
        }
    }

    /// The columns of a transaction, or why it is no rung of delivery. Codes are those of the list `TransactionType`.
    fn fields(&self, mut row: Fields) -> Result<Fields, &'static str> {
        let said = |field: &str| self.activity.get(field).map_or_else(String::new, |text| text.trim().to_owned());
        row.values_mut().for_each(|text| *text = text.trim().to_owned());
        let called = said("commitment");
        let commitment = self.package.commitment(&called).ok();
        let (reporter, reference) = (said("reporter"), said("reporter-ref"));
        let party = self.package.party(&reporter).or_else(|| self.package.party(&reference));
        let what = match row.get("type").map_or("", String::as_str) {
            "12" => "announced",
            "2" => "legal",
            "3" => "sent",
            // What came in counts where the one that reports it is the one who confirms receipt.
            "1" if commitment.is_some_and(|one| party == Some(one.confirms())) => "received",
            "1" | "11" | "13" => return Err("funds that the one who reports had from others"),
            "4" | "5" | "6" | "7" | "8" | "9" | "10" => return Err("a transaction that is no rung of delivery"),
            _ => "",
        };
        // The page says that the activity is this promise, so who reports it speaks for its giver.
        let by = party.or(commitment.map(|one| &one.debtor)).map_or_else(|| reporter.clone(), ToString::to_string);
        let note = row.get("note").cloned().unwrap_or_default();
        let valued = row.get("value-date").filter(|date| !date.is_empty() && row.get("happened") != Some(date));
        let valued = valued.map_or_else(String::new, |date| format!("; valued {date}"));
        let note = format!("{note}{}reported by {reporter}{valued}", if note.is_empty() { "" } else { "; " });
        if row.get("unit").is_none_or(String::is_empty) {
            row.insert("unit", self.activity.get("unit").cloned().unwrap_or_default());
        }
        row.extend([("commitment", called.clone()), ("what", what.to_owned()), ("by", by), ("note", note)]);
        row.insert("document", format!("IATI {called}"));
        Ok(row)
    }
}

fn at(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}
