//! Forms of notices: what one end must tell another, field by field; and notices that are held against them.
//!
//! Takes the `form` of a page, and tables of notices; gives forms and whole notices, or the first thing that one lacks. Never
//! takes half a notice, and never fills a field in.

use super::deed::{Amount, Deed, DeedKind};
use super::fields::{Cursor, Item, Read};
use super::package::{Cited, Package};
use super::read::{Noun, Reader};
use crate::names::advised;
use crate::remark::{Code, remark_in_english};
use crate::scenario::{Fault, PAGE_MOST_BYTES, Row, Told, rows, span};
use std::collections::BTreeMap;
use terms::{Label, Party, Span};

/// A form has no more fields.
const FIELDS_MOST: usize = 64;
/// No field of a notice holds more letters.
const LETTERS_MOST: usize = 2_000;
/// What every table of notices may hold beside the fields of its forms.
const COLUMNS: [&str; 8] = ["notice", "form", "by", "to", "happened", "replaces", "note", ""];

/// What one end tells another, as data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Form {
    /// Its name.
    pub id: Label,
    /// What it is called.
    pub title: String,
    /// Who may send it; anyone where the page does not say.
    pub from: Vec<Party>,
    /// To whom it goes.
    pub to: Vec<Party>,
    /// Its fields, in the page's order.
    pub fields: Vec<FormField>,
    /// Where it was read.
    pub cited: Cited,
}

/// A field of a form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormField {
    /// Its name.
    pub name: Label,
    /// What it holds.
    pub holds: FieldKind,
    needed: Needed,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Needed {
    Must,
    May,
}

/// What a field holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// Words.
    Text,
    /// A day or a time.
    Time,
    /// A party or body of the page.
    Party,
    /// So much, in this unit and no other.
    Amount(String),
}

impl FormField {
    /// Whether no notice is whole without it.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.needed == Needed::Must
    }
}

impl FieldKind {
    /// In the words of the page.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            FieldKind::Text => "text".to_owned(),
            FieldKind::Time => "time".to_owned(),
            FieldKind::Party => "party".to_owned(),
            FieldKind::Amount(unit) => format!("amount {unit}"),
        }
    }
}

/// A notice as sent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Notice {
    /// When it was sent.
    pub happened: Span,
    /// Its name.
    pub id: Label,
    /// In which form.
    pub form: Label,
    /// By whom.
    pub by: Party,
    /// To whom.
    pub to: Vec<Party>,
    /// What it says, field by field, as written.
    pub says: BTreeMap<Label, String>,
    /// The notice that it corrects.
    pub replaces: Option<Label>,
    /// In words.
    pub note: String,
}

impl Notice {
    /// The deed that it is: a notice about its form. Receipts and acknowledgements are deeds about it.
    #[must_use]
    pub fn deed(&self) -> Deed {
        let mut deed = Deed::plain(self.id.clone(), DeedKind::Notice, Some(self.by.clone()), self.happened);
        deed.to = self.to.clone();
        deed.about = Some(self.form.clone());
        deed.replaces = self.replaces.clone();
        deed.note = self.note.clone();
        deed
    }
}

impl Form {
    /// What a notice in this form lacks or has too much; nothing if it is whole.
    #[must_use]
    pub fn fault(&self, notice: &Notice, package: &Package) -> Option<String> {
        if !self.from.is_empty() && !self.from.contains(&notice.by) {
            return Some(format!("`{}` is not sent by {}; it is sent by {}", self.id, notice.by, listed(&self.from)));
        }
        if let Some(missing) = self.to.iter().find(|party| !notice.to.contains(party)) {
            return Some(format!(
                "`{}` goes to {}, and {missing} is not among those it was sent to",
                self.id,
                listed(&self.to)
            ));
        }
        for field in &self.fields {
            let Some(text) = notice.says.get(&field.name) else {
                match field.needed {
                    Needed::May => continue,
                    Needed::Must => {
                        return Some(format!("a notice `{}` without `{}` is not whole", self.id, field.name));
                    }
                }
            };
            if let Some(fault) = fault(&field.holds, text, package) {
                return Some(format!("`{}`: {fault}", field.name));
            }
        }
        let known = |name: &&Label| !self.fields.iter().any(|field| field.name == **name);
        let stray = notice.says.keys().find(known)?;
        let fields = self.fields.iter().map(|field| field.name.as_str());
        Some(advised(format!("`{}` has no field `{stray}`", self.id), stray.as_str(), fields))
    }
}

fn fault(kind: &FieldKind, text: &str, package: &Package) -> Option<String> {
    if text.chars().count() > LETTERS_MOST {
        return Some(format!("it is longer than {LETTERS_MOST} letters"));
    }
    match kind {
        FieldKind::Text => None,
        FieldKind::Time => span(text, &package.calendar).err(),
        FieldKind::Party => package.party(text).is_none().then(|| format!("the package names no `{text}`")),
        FieldKind::Amount(unit) => match Amount::parse(text) {
            None => Some(format!("`{text}` is no amount; write `12 {unit}`")),
            Some(amount) if amount.unit != *unit => {
                Some(format!("it is in {}, and the form asks for {unit}; nothing is converted", amount.unit))
            }
            Some(_) => None,
        },
    }
}

fn listed(parties: &[Party]) -> String {
    parties.iter().map(Party::as_str).collect::<Vec<_>>().join(", ")
}

impl Reader {
    pub(super) fn form(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (id, place) = item.head.label("the name of the form", "write `form name \"what it is called\"`")?;
        let title = item.head.text("what it is called")?;
        item.head.clone().finish()?;
        let (from, to) = (self.ends(&mut item, "from")?, self.ends(&mut item, "to")?);
        let mut fields: Vec<FormField> = Vec::new();
        for mut line in item.all("field") {
            let field = self.field(&mut line)?;
            if fields.iter().any(|other| other.name == field.name) {
                let twice = format!("`{}` has two fields `{}`", id, field.name);
                return Err(remark_in_english(Code::Unexpected, line.span, twice).fix_in_english("keep one of them"));
            }
            line.finish()?;
            fields.push(field);
        }
        if fields.len() > FIELDS_MOST {
            let many = format!("a form has at most {FIELDS_MOST} fields");
            return Err(
                remark_in_english(Code::Limit, item.key.span.clone(), many).fix_in_english("make two forms of it")
            );
        }
        let cited = self.cited(&mut item, anchor, true)?;
        item.finish(&["from", "to", "field", "source", "gap"], &mut self.remarks);
        self.define(Noun::Form, id.as_str(), &place)?;
        self.package.forms.push(Form { id, title, from, to, fields, cited });
        Ok(())
    }

    fn ends(&mut self, item: &mut Item, key: &str) -> Read<Vec<Party>> {
        let Some(mut line) = item.maybe(key)? else { return Ok(Vec::new()) };
        let named = line.parties()?;
        line.finish()?;
        Ok(self.all(Noun::Party, named))
    }

    /// `field people amount people needed`.
    fn field(&mut self, line: &mut Cursor) -> Read<FormField> {
        let form = "write `field NAME text`, `time`, `party` or `amount UNIT`, and `needed` where it must be filled in";
        let (name, place) = line.label("the name of the field", form)?;
        if COLUMNS.contains(&name.as_str()) {
            let taken = format!("every notice has a column `{name}`");
            return Err(remark_in_english(Code::Name, place, taken).fix_in_english("give the field another name"));
        }
        let kinds = [("text", FieldKind::Text), ("time", FieldKind::Time), ("party", FieldKind::Party)];
        let found = kinds.into_iter().find(|(word, _)| line.took(word)).map(|(_, kind)| kind);
        let holds = match found {
            Some(kind) => kind,
            None => {
                line.the("amount", form)?;
                FieldKind::Amount(line.label("a unit", form)?.0.to_string())
            }
        };
        let needed = if line.took("needed") { Needed::Must } else { Needed::May };
        Ok(FormField { name, holds, needed })
    }
}

/// The notices that a page tells, in the order of its table `| notice |`, each whole; none where the page has no such table.
///
/// # Errors
/// The first line that is not understood, or whose notice its form does not take.
pub fn notices(page: &str, package: &Package) -> Result<Vec<Notice>, Fault> {
    if page.len() > PAGE_MOST_BYTES {
        return Err(Fault { line: 1, message: format!("the page is longer than {PAGE_MOST_BYTES} bytes; split it") });
    }
    let mut notices: Vec<Notice> = Vec::new();
    for row in rows(page, "| notice |")? {
        let notice = row.told(notice(&row, package))?;
        if notices.iter().any(|other| other.id == notice.id) {
            let message = format!("`{}` stands twice; give one of them another name", notice.id);
            return Err(Fault { line: row.line, message });
        }
        notices.push(notice);
    }
    Ok(notices)
}

fn notice(row: &Row<'_>, package: &Package) -> Told<Notice> {
    let party = |name: &str| package.party(name).cloned().ok_or_else(|| format!("the package names no `{name}`"));
    let id = row.needed("notice")?;
    let name = row.needed("form")?;
    let form = package.forms.iter().find(|form| form.id.as_str() == name);
    let forms = package.forms.iter().map(|form| form.id.as_str());
    let form = form.ok_or_else(|| advised(format!("no form is called `{name}`"), name, forms))?;
    let to = row.cell("to").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut says = BTreeMap::new();
    for (column, cell) in row.filled().filter(|(column, _)| !COLUMNS.contains(column)) {
        let column = Label::new(column).ok_or_else(|| format!("`{column}` is no name of a field"))?;
        says.insert(column, cell.to_owned());
    }
    let notice = Notice {
        happened: span(row.needed("happened")?, &package.calendar)?,
        id: Label::new(id).ok_or_else(|| format!("`{id}` is no name"))?,
        form: form.id.clone(),
        by: party(row.needed("by")?)?,
        to: to.map(party).collect::<Told<_>>()?,
        says,
        replaces: row.label("replaces")?,
        note: row.cell("note").unwrap_or_default().to_owned(),
    };
    if notice.to.is_empty() {
        return Err("the row has no `to`: a notice goes to somebody, whose receipt is its legal time".to_owned());
    }
    match form.fault(&notice, package) {
        None => Ok(notice),
        Some(fault) => Err(fault),
    }
}
