//! What people and parameters say of how reports are put together: orders that the machine keeps to, and what it believes.
//!
//! Takes the nouns; gives payloads and reads them back. An order names reports and never an incident, which is computed.

use super::body::{BodyError, read_observations};
use super::canonical::Value;
use super::fields::{Fields, Writer};
use fusion::Parameters;
use terms::ObservationId;

/// No order names more reports.
pub const MOST_ORDERED: usize = 500;
/// No set of parameters is longer, bytes.
const MOST_TEXT: usize = 1 << 20;

/// An order on how reports are put together. It stands until it is lifted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grouping {
    /// What is ordered.
    pub order: GroupingOrder,
    /// The office that signed.
    pub signed_by: String,
    /// In the signers' words.
    pub grounds: String,
}

/// What is ordered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupingOrder {
    /// These tell of one happening.
    Together(Vec<ObservationId>),
    /// None of the first tells of the same happening as one of the second.
    Apart(Vec<ObservationId>, Vec<ObservationId>),
    /// These tell of no happening.
    Dismissed(Vec<ObservationId>),
    /// The order of an earlier entry is lifted.
    Lifted(u64),
}

impl GroupingOrder {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            GroupingOrder::Together(_) => "together",
            GroupingOrder::Apart(..) => "apart",
            GroupingOrder::Dismissed(_) => "dismissed",
            GroupingOrder::Lifted(_) => "lifted",
        }
    }

    /// The reports that it names; none where it lifts another.
    pub fn observations(&self) -> impl Iterator<Item = &ObservationId> {
        let (first, second) = match self {
            GroupingOrder::Together(ids) | GroupingOrder::Dismissed(ids) => (ids.as_slice(), &[][..]),
            GroupingOrder::Apart(a, b) => (a.as_slice(), b.as_slice()),
            GroupingOrder::Lifted(_) => (&[][..], &[][..]),
        };
        first.iter().chain(second)
    }
}

/// What fusion believes of the sources, from this entry on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdoptedParameters {
    /// The parameters.
    pub parameters: Box<Parameters>,
    /// What they were fitted to, in words.
    pub basis: String,
}

pub(super) fn write_grouping(grouping: &Grouping) -> Value {
    let writer = Writer::default().text("order", grouping.order.word());
    let writer = match &grouping.order {
        GroupingOrder::Together(ids) | GroupingOrder::Dismissed(ids) => writer.texts("observations", ids),
        GroupingOrder::Apart(ids, others) => writer.texts("observations", ids).texts("others", others),
        GroupingOrder::Lifted(entry) => {
            writer.integer("entry", i64::try_from(*entry).expect("invariant: an index of the log fits 63 bits"))
        }
    };
    writer.text("signed_by", &grouping.signed_by).text("grounds", &grouping.grounds).finish()
}

pub(super) fn read_grouping(fields: &mut Fields<'_>) -> Result<Grouping, BodyError> {
    let order = match fields.text("order")? {
        "together" => GroupingOrder::Together(read_observations(fields, "observations")?),
        "apart" => {
            GroupingOrder::Apart(read_observations(fields, "observations")?, read_observations(fields, "others")?)
        }
        "dismissed" => GroupingOrder::Dismissed(read_observations(fields, "observations")?),
        "lifted" => GroupingOrder::Lifted(fields.integer("entry")?),
        _ => return Err(fields.wrong("order", "`together`, `apart`, `dismissed` or `lifted`").into()),
    };
    if order.observations().count() > MOST_ORDERED {
        return Err(fields.wrong("observations", &format!("at most {MOST_ORDERED} reports")).into());
    }
    Ok(Grouping { order, signed_by: fields.text("signed_by")?.to_owned(), grounds: fields.text("grounds")?.to_owned() })
}

/// What an opening says of copies.
pub(super) fn read_same_words(fields: &mut Fields<'_>) -> Result<Option<u32>, BodyError> {
    let share = fields.optional_integer("same_words_ppm")?;
    if share.is_some_and(|share| !(1..=1_000_000).contains(&share)) {
        return Err(fields.wrong("same_words_ppm", "parts per million, at least one").into());
    }
    Ok(share)
}

pub(super) fn write_parameters(adopted: &AdoptedParameters) -> Value {
    Writer::default().text("parameters", adopted.parameters.to_text()).text("basis", &adopted.basis).finish()
}

pub(super) fn read_parameters(fields: &mut Fields<'_>) -> Result<AdoptedParameters, BodyError> {
    let text = fields.text("parameters")?;
    if text.len() > MOST_TEXT {
        return Err(fields.wrong("parameters", &format!("at most {MOST_TEXT} bytes")).into());
    }
    let parameters = Parameters::from_text(text)
        .map_err(|error| fields.wrong("parameters", &format!("parameters of fusion; {error}")))?;
    Ok(AdoptedParameters { parameters: Box::new(parameters), basis: fields.text("basis")?.to_owned() })
}
