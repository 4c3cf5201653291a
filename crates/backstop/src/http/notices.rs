//! Typed notices for the page and the command line: what one end told another, when that came, and whether both say so.
//!
//! Takes guarantees as their reader may see them; gives the shapes of the answer. A notice counts from its receipt, and until then for
//! nothing.

use super::Shared;
use super::answers::span;
use super::guarantees::{Asked, answered};
use super::model::{Problem, Span};
use super::whom::Whom;
use axum::extract::{Query, State};
use axum::response::Response;
use clause::guarantee::Notified;
use mission::Guarantees;
use mission::record::body::RecordedNotice;
use serde::Serialize;
use std::collections::BTreeMap;
use terms::{Label, Party};
use utoipa::ToSchema;

/// Typed notices, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Notices {
    /// As of when.
    as_of: String,
    /// The forms that pages have for notices.
    forms: Vec<FormLine>,
    pub(crate) notices: Vec<TypedNotice>,
    /// How many pages, deeds and notices this reader may not read.
    pub(crate) withheld: usize,
}

/// A form of notices.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormLine {
    id: String,
    title: String,
    /// Who may send it; anyone where there is nobody.
    from: Vec<String>,
    to: Vec<String>,
    fields: Vec<FieldLine>,
}

/// A field of a form.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldLine {
    name: String,
    /// `text`, `time`, `party`, or `amount` and its unit.
    holds: String,
    /// Whether a notice is whole without it.
    needed: bool,
}

/// A notice in a form.
#[derive(Serialize, ToSchema)]
pub(crate) struct TypedNotice {
    pub(crate) id: String,
    pub(crate) form: String,
    /// What the form is called.
    title: String,
    pub(crate) by: String,
    pub(crate) to: Vec<String>,
    pub(crate) sent: Span,
    /// Field by field, in the order of the form.
    pub(crate) says: Vec<Said>,
    /// `sent`, `received`, `acknowledged by both`, `corrected`.
    pub(crate) state: String,
    /// By which deed or notice it is corrected.
    pub(crate) corrected_by: Option<String>,
    /// When it came, which is its legal time.
    pub(crate) received: Option<Confirmed>,
    /// When its sender took up the receipt.
    pub(crate) acknowledged: Option<Confirmed>,
    /// What contradicts it.
    pub(crate) contradicted: Option<String>,
    /// What the form that stands now would not take of it.
    pub(crate) fault: Option<String>,
    pub(crate) note: String,
    /// The index of its entry.
    entry: u64,
}

/// What a field of a notice says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Said {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// That something came, by which deed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Confirmed {
    pub(crate) at: Span,
    pub(crate) by: String,
}

/// What one end told another in a form, and what became of it.
#[utoipa::path(get, path = "/guarantees/notices", params(Asked), responses(
    (status = 200, body = Notices), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn notices(State(shared): State<Shared>, whom: Whom, Query(asked): Query<Asked>) -> Response {
    answered(&shared, whom, &asked, written).await
}

/// Notices in the shape of the answer.
pub(crate) fn written(guarantees: &Guarantees) -> Notices {
    let names = |parties: &[Party]| parties.iter().map(Party::to_string).collect();
    let recorded: BTreeMap<&Label, (u64, &RecordedNotice)> =
        guarantees.notices.iter().map(|held| (&held.what.notice.id, (held.entry, &held.what))).collect();
    let line = |notified: &Notified| {
        let (entry, held) = recorded.get(&notified.deed.id)?;
        Some(typed(guarantees, *entry, held, notified))
    };
    let mut notices: Vec<TypedNotice> = guarantees.sheet.notices.iter().filter_map(line).collect();
    notices.reverse();
    let forms = guarantees.package.forms.iter().map(|form| FormLine {
        id: form.id.to_string(),
        title: form.title.clone(),
        from: names(&form.from),
        to: names(&form.to),
        fields: form
            .fields
            .iter()
            .map(|field| FieldLine {
                name: field.name.to_string(),
                holds: field.holds.word(),
                needed: field.is_needed(),
            })
            .collect(),
    });
    Notices { as_of: guarantees.sheet.at.to_string(), forms: forms.collect(), notices, withheld: guarantees.withheld }
}

fn typed(guarantees: &Guarantees, entry: u64, held: &RecordedNotice, notified: &Notified) -> TypedNotice {
    let notice = &held.notice;
    let form = guarantees.package.forms.iter().find(|form| form.id == notice.form);
    let confirmed =
        |of: &Option<(terms::Span, Label)>| of.as_ref().map(|(at, by)| Confirmed { at: span(*at), by: by.to_string() });
    let order = |name: &Label| form.and_then(|form| form.fields.iter().position(|field| field.name == *name));
    let mut says: Vec<(&Label, &String)> = notice.says.iter().collect();
    says.sort_by_key(|(name, _)| order(name).unwrap_or(usize::MAX));
    TypedNotice {
        id: notice.id.to_string(),
        form: notice.form.to_string(),
        title: form.map_or_else(String::new, |form| form.title.clone()),
        by: notice.by.to_string(),
        to: notice.to.iter().map(Party::to_string).collect(),
        sent: span(notice.happened),
        says: says.into_iter().map(|(name, text)| Said { name: name.to_string(), text: text.clone() }).collect(),
        state: notified.word().to_owned(),
        corrected_by: notified.corrected_by.as_ref().map(Label::to_string),
        received: confirmed(&notified.received),
        acknowledged: confirmed(&notified.closed),
        contradicted: notified.contradicted.clone(),
        fault: form.and_then(|form| form.fault(notice, &guarantees.package)),
        note: notice.note.clone(),
        entry,
    }
}
