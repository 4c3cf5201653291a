//! Guarantees in the record: a page that was adopted, and a deed that was done.
//!
//! Takes the nouns; gives payloads and reads them back. Each says for whom it is. Never holds a state: states follow from
//! deeds.

use super::body::BodyError;
use super::canonical::Value;
use super::fields::{FieldError, Fields, Writer};
use super::observation::{read_span, write_span};
use clause::Duration;
use clause::guarantee::{Amount, Deed, DeedKind, Paper};
use terms::{Label, Party};

/// A page of guarantees as adopted: the very bytes. A later page of the same name takes its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdoptedGuarantees {
    /// `guarantees.md`.
    pub text: String,
    /// For whom it is.
    pub audience: Audience,
}

/// A deed as recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedDeed {
    /// What was done.
    pub deed: Deed,
    /// For whom it is.
    pub audience: Audience,
}

/// For whom a page or a deed is; the mission's own staff may read each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Audience {
    /// For everyone.
    Everyone,
    /// For the mission's own staff.
    Mission,
    /// For these alone beside them, in the order of their names. Never empty.
    Named(Vec<Party>),
}

pub(super) fn write_audience(writer: Writer, audience: &Audience) -> Writer {
    match audience {
        Audience::Everyone => writer.text("audience", "everyone"),
        Audience::Mission => writer.text("audience", "mission"),
        Audience::Named(readers) => writer.text("audience", "named").texts("readers", readers),
    }
}

pub(super) fn write_guarantees(adopted: &AdoptedGuarantees) -> Value {
    write_audience(Writer::default().text("text", &adopted.text), &adopted.audience).finish()
}

pub(super) fn read_guarantees(fields: &mut Fields<'_>) -> Result<AdoptedGuarantees, BodyError> {
    Ok(AdoptedGuarantees { text: fields.text("text")?.to_owned(), audience: read_audience(fields)? })
}

pub(super) fn read_audience(fields: &mut Fields<'_>) -> Result<Audience, FieldError> {
    match fields.text("audience")? {
        "everyone" => Ok(Audience::Everyone),
        "mission" => Ok(Audience::Mission),
        "named" => {
            let readers = parties(fields, "readers")?;
            if readers.is_empty() || !readers.is_sorted_by(|one, next| one < next) {
                return Err(fields.wrong("readers", "one or more names of parties, each once and in order"));
            }
            Ok(Audience::Named(readers))
        }
        _ => Err(fields.wrong("audience", "`everyone`, `mission` or `named`")),
    }
}

pub(super) fn parties(fields: &mut Fields<'_>, field: &str) -> Result<Vec<Party>, FieldError> {
    let named = fields.texts(field)?.into_iter().map(Party::new).collect::<Option<Vec<_>>>();
    named.ok_or_else(|| fields.wrong(field, "names of parties"))
}

pub(super) fn write_deed(recorded: &RecordedDeed) -> Value {
    let deed = &recorded.deed;
    let mut writer = Writer::default()
        .text("id", &deed.id)
        .text("what", deed.what.word())
        .put("happened", write_span(deed.happened))
        .optional_text("by", deed.by.as_ref())
        .texts("to", &deed.to)
        .optional_text("about", deed.about.as_ref())
        .optional_text("longer", deed.longer.as_ref())
        .optional_text("replaces", deed.replaces.as_ref())
        .text("note", &deed.note);
    writer = write_audience(writer, &recorded.audience);
    if let Some(amount) = &deed.amount {
        let thousandths = i64::try_from(amount.thousandths).unwrap_or(i64::MAX);
        let amount = Writer::default().integer("thousandths", thousandths).text("unit", &amount.unit);
        writer = writer.put("amount", amount.finish());
    }
    if let Some(paper) = &deed.paper {
        let paper = Writer::default()
            .text("title", &paper.title)
            .optional_text("sha256", paper.sha256.as_ref())
            .text("text", if paper.withheld { "withheld" } else { "open" });
        writer = writer.put("document", paper.finish());
    }
    writer.finish()
}

pub(super) fn read_deed(fields: &mut Fields<'_>) -> Result<RecordedDeed, BodyError> {
    let deed = Deed {
        happened: read_span(fields.fields("happened")?)?,
        id: fields.parsed("id", "a name", Label::new)?,
        what: fields.parsed("what", "a kind of deed", DeedKind::from_word)?,
        by: fields.optional_parsed("by", "a party", Party::new)?,
        to: parties(fields, "to")?,
        about: fields.optional_parsed("about", "a name", Label::new)?,
        amount: fields.optional_fields("amount")?.map(read_amount).transpose()?,
        longer: fields.optional_parsed("longer", "a length of time", Duration::from_words)?,
        paper: fields.optional_fields("document")?.map(read_paper).transpose()?,
        replaces: fields.optional_parsed("replaces", "a name", Label::new)?,
        note: fields.text("note")?.to_owned(),
    };
    Ok(RecordedDeed { deed, audience: read_audience(fields)? })
}

fn read_amount(mut fields: Fields<'_>) -> Result<Amount, FieldError> {
    let thousandths = fields.integer("thousandths")?;
    let unit = fields.parsed("unit", "a unit", Label::new)?.to_string();
    fields.finish()?;
    Ok(Amount { thousandths, unit })
}

fn read_paper(mut fields: Fields<'_>) -> Result<Paper, FieldError> {
    let title = fields.text("title")?.to_owned();
    let digits =
        |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let sha256 =
        fields.optional_parsed("sha256", "64 lower-case hex digits", |text| digits(text).then(|| text.to_owned()))?;
    let withheld = match fields.text("text")? {
        "withheld" => true,
        "open" => false,
        _ => return Err(fields.wrong("text", "`open` or `withheld`")),
    };
    fields.finish()?;
    Ok(Paper { title, sha256, withheld })
}
