//! How a mission puts reports together: what fusion believes at a moment, and what people have ordered by then.
//!
//! Takes the entries that say so; gives the model and the orders that hold. Parameters that no entry adopted are those that
//! this format began with, for ever, with what the opening says of copies, so that a record without any means the same to every version.

use crate::record::body::{AdoptedParameters, Grouping, GroupingOrder, Opening};
use crate::state::{Held, Mission};
use crate::view::Moment;
use fusion::{Gazetteer, Model, Orders, Parameters};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{Instant, ObservationId};

/// What fusion believes, by when.
#[derive(Clone, Debug)]
pub(crate) struct Believed {
    first: Arc<Model>,
    adopted: Vec<(Arc<Held<AdoptedParameters>>, Arc<Model>)>,
}

impl Default for Believed {
    fn default() -> Believed {
        Believed { first: model(Parameters::believed()), adopted: Vec::new() }
    }
}

impl Believed {
    /// What an opening says of copies holds until parameters are adopted.
    pub(crate) fn begin(&mut self, opening: &Opening) {
        if let Some(share_ppm) = opening.same_words_ppm {
            let first = self.first.parameters().clone();
            self.first = model(Parameters { same_words_ppm: Some(share_ppm.into()), ..first });
        }
    }

    pub(crate) fn adopt(&mut self, held: Arc<Held<AdoptedParameters>>) {
        let model = model((*held.what.parameters).clone());
        self.adopted.push((held, model));
    }

    pub(crate) fn at(&self, known_at: Instant) -> &Arc<Model> {
        let known = self.adopted.iter().rev().find(|(held, _)| held.received_at <= known_at);
        known.map_or(&self.first, |(_, model)| model)
    }
}

impl Believed {
    /// How many sets of parameters were adopted up to an instant.
    pub(crate) fn known(&self, at: Instant) -> usize {
        self.adopted.iter().filter(|(held, _)| held.received_at <= at).count()
    }

    /// Every model that ever held.
    pub(crate) fn all(&self) -> Vec<&Model> {
        std::iter::once(&self.first).chain(self.adopted.iter().map(|(_, model)| model)).map(AsRef::as_ref).collect()
    }
}

fn model(parameters: Parameters) -> Arc<Model> {
    Arc::new(Model::new(parameters, Gazetteer::new(&[], &[])))
}

impl Mission {
    /// What fusion believes at a moment.
    #[must_use]
    pub fn believed(&self, moment: Moment) -> &Model {
        self.believed.at(moment.known_at)
    }

    /// The entry whose parameters hold at a moment; nothing where none was adopted.
    #[must_use]
    pub fn adopted_parameters(&self, moment: Moment) -> Option<&Arc<Held<AdoptedParameters>>> {
        let adopted = self.believed.adopted.iter().rev().map(|(held, _)| held);
        adopted.into_iter().find(|held| held.received_at <= moment.known_at)
    }

    /// Orders that stand on how reports are put together, in log order.
    pub fn groupings(&self, moment: Moment) -> impl Iterator<Item = &Arc<Held<Grouping>>> {
        standing(&self.groupings, moment.known_at)
    }
}

/// Of these orders, in log order, those that stand at an instant.
pub(crate) fn standing(
    groupings: &[Arc<Held<Grouping>>],
    known_at: Instant,
) -> impl Iterator<Item = &Arc<Held<Grouping>>> {
    let known = groupings.iter().filter(move |held| held.received_at <= known_at);
    let lifted: BTreeSet<u64> = known.clone().filter_map(|held| lifts(held)).collect();
    known.filter(move |held| !lifted.contains(&held.entry) && lifts(held).is_none())
}

/// The entry of the order that this one lifts.
pub(crate) fn lifts(held: &Held<Grouping>) -> Option<u64> {
    match held.what.order {
        GroupingOrder::Lifted(entry) => Some(entry),
        GroupingOrder::Together(_) | GroupingOrder::Apart(..) | GroupingOrder::Dismissed(_) => None,
    }
}

/// Orders as fusion takes them.
pub(crate) fn orders(groupings: &[Arc<Held<Grouping>>]) -> Orders {
    let mut orders = Orders::default();
    for held in groupings {
        match &held.what.order {
            GroupingOrder::Together(ids) => orders.together.push(ids.clone()),
            GroupingOrder::Apart(ids, others) => orders.apart.push([ids.clone(), others.clone()]),
            GroupingOrder::Dismissed(ids) => orders.dismissed.push(ids.clone()),
            GroupingOrder::Lifted(_) => {}
        }
    }
    orders
}

/// Whether an order speaks of one of these reports.
pub(crate) fn touches(grouping: &Grouping, members: &[ObservationId]) -> bool {
    grouping.order.observations().any(|id| members.contains(id))
}
