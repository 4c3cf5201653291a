//! Who may read what of the record, as entries. Takes and gives the payloads of `reader.entitled` and `reader.removed`; the written
//! form is fixed for ever. Never holds a secret: a key is the public half.

use super::body::BodyError;
use super::canonical::Value;
use super::envelope::Class;
use super::fields::{Fields, Writer};

/// That an organisation may read classes, their past too, from then on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entitlement {
    /// The organisation, as `backstop reader` names it.
    pub reader: String,
    /// The line of its public key.
    pub key: String,
    /// The classes, each once and in their order.
    pub classes: Vec<Class>,
}

pub(super) fn write_entitlement(entitlement: &Entitlement) -> Value {
    let classes = entitlement.classes.iter().map(|class| class.word());
    Writer::default()
        .text("reader", &entitlement.reader)
        .text("key", &entitlement.key)
        .texts("classes", classes.collect::<Vec<_>>())
        .finish()
}

pub(super) fn read_entitlement(fields: &mut Fields<'_>) -> Result<Entitlement, BodyError> {
    let classes: Option<Vec<Class>> = fields.texts("classes")?.into_iter().map(Class::from_word).collect();
    let classes = classes.filter(|classes| !classes.is_empty() && classes.is_sorted_by(|one, next| one < next));
    let classes =
        classes.ok_or_else(|| fields.wrong("classes", "one or more classes, each once and in their order"))?;
    Ok(Entitlement { reader: fields.text("reader")?.to_owned(), key: fields.text("key")?.to_owned(), classes })
}
