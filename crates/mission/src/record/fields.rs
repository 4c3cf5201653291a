//! Reading the fields of a payload, one by one, with a name for everything that is wrong.
//!
//! Takes a canonical value; gives typed fields, and at the end an error for any field that nobody asked for. Never skips.

use super::canonical::Value;
use std::collections::BTreeMap;
use std::fmt;
use terms::Instant;

/// What is wrong with a payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// Path of the field: `place.radius_m`.
    pub field: String,
    /// What was expected of it.
    pub expected: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field `{}`: {}", self.field, self.expected)
    }
}

impl std::error::Error for FieldError {}

/// The fields of one object, taken out as they are read.
pub(crate) struct Fields<'a> {
    path: String,
    left: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Fields<'a> {
    /// The fields of `value`, which stands at `path`.
    pub(crate) fn of(path: &str, value: &'a Value) -> Result<Fields<'a>, FieldError> {
        match value {
            Value::Fields(fields) => {
                Ok(Fields { path: path.to_owned(), left: fields.iter().map(|(k, v)| (k.as_str(), v)).collect() })
            }
            Value::Text(_) | Value::Integer(_) | Value::List(_) => Err(wrong(path, "an object")),
        }
    }

    fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// A failure at one of these fields.
    pub(crate) fn wrong(&self, field: &str, expected: &str) -> FieldError {
        wrong(&self.name(field), expected)
    }

    /// Any value, if the field is there.
    pub(crate) fn optional(&mut self, field: &str) -> Option<&'a Value> {
        self.left.remove(field)
    }

    /// A text, if the field is there.
    pub(crate) fn optional_text(&mut self, field: &str) -> Result<Option<&'a str>, FieldError> {
        match self.optional(field) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Integer(_) | Value::List(_) | Value::Fields(_)) => Err(self.wrong(field, "a text")),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, field: &str) -> Result<&'a str, FieldError> {
        self.optional_text(field)?.ok_or_else(|| self.wrong(field, "is missing"))
    }

    /// A text that `parse` understands.
    pub(crate) fn parsed<T>(
        &mut self,
        field: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, FieldError> {
        let text = self.text(field)?;
        parse(text).ok_or_else(|| self.wrong(field, expected))
    }

    /// A text that `parse` understands, if the field is there.
    pub(crate) fn optional_parsed<T>(
        &mut self,
        field: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.optional_text(field)? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.wrong(field, expected))
    }

    /// A whole number that fits `T`, if the field is there.
    pub(crate) fn optional_integer<T: TryFrom<i64>>(&mut self, field: &str) -> Result<Option<T>, FieldError> {
        match self.optional(field) {
            None => Ok(None),
            Some(Value::Integer(n)) => {
                T::try_from(*n).map(Some).map_err(|_| self.wrong(field, "a number inside its limits"))
            }
            Some(Value::Text(_) | Value::List(_) | Value::Fields(_)) => Err(self.wrong(field, "a whole number")),
        }
    }

    /// A whole number that fits `T`.
    pub(crate) fn integer<T: TryFrom<i64>>(&mut self, field: &str) -> Result<T, FieldError> {
        self.optional_integer(field)?.ok_or_else(|| self.wrong(field, "is missing"))
    }

    /// An instant in milliseconds.
    pub(crate) fn instant(&mut self, field: &str) -> Result<Instant, FieldError> {
        Instant::from_ms(self.integer(field)?).ok_or_else(|| self.wrong(field, "an instant from 1900 to 2199"))
    }

    /// A list.
    pub(crate) fn list(&mut self, field: &str) -> Result<&'a [Value], FieldError> {
        match self.optional(field) {
            Some(Value::List(items)) => Ok(items),
            Some(Value::Text(_) | Value::Integer(_) | Value::Fields(_)) => Err(self.wrong(field, "a list")),
            None => Err(self.wrong(field, "is missing")),
        }
    }

    /// A list of objects, each at its place.
    pub(crate) fn objects(&mut self, field: &str) -> Result<Vec<Fields<'a>>, FieldError> {
        let path = self.name(field);
        let items = self.list(field)?;
        items.iter().enumerate().map(|(at, item)| Fields::of(&format!("{path}[{at}]"), item)).collect()
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, field: &str) -> Result<Vec<&'a str>, FieldError> {
        let items = self.list(field)?;
        let text = |item: &'a Value| match item {
            Value::Text(text) => Some(text.as_str()),
            Value::Integer(_) | Value::List(_) | Value::Fields(_) => None,
        };
        items.iter().map(text).collect::<Option<_>>().ok_or_else(|| self.wrong(field, "a list of texts"))
    }

    /// An object inside this one, if it is there.
    pub(crate) fn optional_fields(&mut self, field: &str) -> Result<Option<Fields<'a>>, FieldError> {
        let path = self.name(field);
        self.optional(field).map(|value| Fields::of(&path, value)).transpose()
    }

    /// An object inside this one.
    pub(crate) fn fields(&mut self, field: &str) -> Result<Fields<'a>, FieldError> {
        self.optional_fields(field)?.ok_or_else(|| self.wrong(field, "is missing"))
    }

    /// An object of texts, in the order of its names.
    pub(crate) fn text_map(&mut self, field: &str) -> Result<BTreeMap<String, String>, FieldError> {
        let mut inner = self.fields(field)?;
        let names: Vec<&'a str> = inner.left.keys().copied().collect();
        names.into_iter().map(|name| Ok((name.to_owned(), inner.text(name)?.to_owned()))).collect()
    }

    /// An object of such objects, in the order of its names.
    pub(crate) fn text_maps(&mut self, field: &str) -> Result<BTreeMap<String, BTreeMap<String, String>>, FieldError> {
        let mut inner = self.fields(field)?;
        let names: Vec<&'a str> = inner.left.keys().copied().collect();
        names.into_iter().map(|name| Ok((name.to_owned(), inner.text_map(name)?))).collect()
    }

    /// An object of whole numbers, in the order of its names.
    pub(crate) fn integer_map<T: TryFrom<i64>>(&mut self, field: &str) -> Result<BTreeMap<String, T>, FieldError> {
        let mut inner = self.fields(field)?;
        let names: Vec<&'a str> = inner.left.keys().copied().collect();
        names.into_iter().map(|name| Ok((name.to_owned(), inner.integer(name)?))).collect()
    }

    /// Nothing may be left over.
    pub(crate) fn finish(self) -> Result<(), FieldError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(field) => Err(self.wrong(field, "is not a field of this format")),
        }
    }
}

fn wrong(field: &str, expected: &str) -> FieldError {
    FieldError { field: field.to_owned(), expected: expected.to_owned() }
}

/// Fields being written.
#[derive(Default)]
pub(crate) struct Writer(BTreeMap<String, Value>);

impl Writer {
    /// Adds a field.
    pub(crate) fn put(mut self, field: &str, value: Value) -> Writer {
        self.0.insert(field.to_owned(), value);
        self
    }

    /// Adds a text.
    pub(crate) fn text(self, field: &str, text: impl ToString) -> Writer {
        self.put(field, Value::Text(text.to_string()))
    }

    /// Adds a text if there is one.
    pub(crate) fn optional_text(self, field: &str, text: Option<impl ToString>) -> Writer {
        match text {
            Some(text) => self.text(field, text),
            None => self,
        }
    }

    /// Adds a whole number.
    pub(crate) fn integer(self, field: &str, number: impl Into<i64>) -> Writer {
        self.put(field, Value::Integer(number.into()))
    }

    /// Adds a whole number if there is one.
    pub(crate) fn optional_integer(self, field: &str, number: Option<impl Into<i64>>) -> Writer {
        match number {
            Some(number) => self.integer(field, number),
            None => self,
        }
    }

    /// Adds a list of texts.
    pub(crate) fn texts<T: ToString>(self, field: &str, texts: impl IntoIterator<Item = T>) -> Writer {
        self.put(field, Value::List(texts.into_iter().map(|text| Value::Text(text.to_string())).collect()))
    }

    /// The object.
    pub(crate) fn finish(self) -> Value {
        Value::Fields(self.0)
    }
}
