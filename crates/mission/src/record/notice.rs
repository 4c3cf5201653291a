//! Typed notices in the record: what one end told another, field by field. Takes and gives the payload of `notice.recorded`; the
//! written form is fixed for ever. Never holds what became of it: receipts and acknowledgements are deeds.

use super::body::{Audience, BodyError};
use super::canonical::Value;
use super::fields::{Fields, Writer};
use super::guarantees::{parties, read_audience, write_audience};
use super::observation::{read_span, write_span};
use clause::guarantee::Notice;
use std::collections::BTreeMap;
use terms::{Label, Party};

/// A notice as recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedNotice {
    /// What was told.
    pub notice: Notice,
    /// For whom it is.
    pub audience: Audience,
}

pub(super) fn write_notice(recorded: &RecordedNotice) -> Value {
    let notice = &recorded.notice;
    let says = notice.says.iter().fold(Writer::default(), |writer, (field, text)| writer.text(field.as_str(), text));
    let writer = Writer::default()
        .text("id", &notice.id)
        .text("form", &notice.form)
        .put("happened", write_span(notice.happened))
        .text("by", &notice.by)
        .texts("to", &notice.to)
        .put("says", says.finish())
        .optional_text("replaces", notice.replaces.as_ref())
        .text("note", &notice.note);
    write_audience(writer, &recorded.audience).finish()
}

pub(super) fn read_notice(fields: &mut Fields<'_>) -> Result<RecordedNotice, BodyError> {
    let mut says = BTreeMap::new();
    for (field, text) in fields.text_map("says")? {
        let field = Label::new(&field).ok_or_else(|| fields.wrong("says", "names of fields with what they hold"))?;
        says.insert(field, text);
    }
    let notice = Notice {
        happened: read_span(fields.fields("happened")?)?,
        id: fields.parsed("id", "a name", Label::new)?,
        form: fields.parsed("form", "a name", Label::new)?,
        by: fields.parsed("by", "a party", Party::new)?,
        to: parties(fields, "to")?,
        says,
        replaces: fields.optional_parsed("replaces", "a name", Label::new)?,
        note: fields.text("note")?.to_owned(),
    };
    Ok(RecordedNotice { notice, audience: read_audience(fields)? })
}
