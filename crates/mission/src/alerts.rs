//! Alerts as of an instant, for one onlooker: what somebody was to be told of a clock, and what came of that.
//!
//! Takes alerts and the steps with them; gives each with how it stands. Never says that an alert was sent when only an attempt
//! is recorded: that is unknown.

use crate::guarantees::Onlooker;
use crate::record::body::{Alert, AlertStep, Carrier, Handling};
use crate::state::{Held, Mission};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Instant, Label};

/// An alert with what came of it.
#[derive(Clone, Debug)]
pub struct AlertStand {
    /// As raised.
    pub raised: Arc<Held<Alert>>,
    /// The steps with it, in log order.
    pub steps: Vec<Arc<Held<AlertStep>>>,
}

impl AlertStand {
    /// How sending it stands: `None` where it is only shown in the app.
    #[must_use]
    pub fn sending(&self) -> Option<Handling> {
        if self.raised.what.carrier == Carrier::App {
            return None;
        }
        let mut handled = self.steps.iter().map(|held| held.what.step).filter(|step| *step != Handling::Acknowledged);
        // Sent once is sent, whatever another sender says of an attempt of its own.
        if handled.clone().any(|step| step == Handling::Sent) {
            return Some(Handling::Sent);
        }
        Some(handled.next_back().unwrap_or(Handling::Attempted))
    }

    /// How it stands, in the words of screens: `shown`, `sent`, `refused`, `unknown`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.sending() {
            None => "shown",
            Some(Handling::Attempted | Handling::Unknown | Handling::Acknowledged) => "unknown",
            Some(step @ (Handling::Sent | Handling::Refused)) => step.word(),
        }
    }

    /// How often it was tried.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.steps.iter().filter(|held| held.what.step == Handling::Attempted).count()
    }

    /// The last step of sending.
    #[must_use]
    pub fn last(&self) -> Option<&Held<AlertStep>> {
        self.steps.iter().rev().find(|held| held.what.step != Handling::Acknowledged).map(|held| &**held)
    }

    /// Who first said that it was read.
    #[must_use]
    pub fn acknowledged(&self) -> Option<&Held<AlertStep>> {
        self.steps.iter().find(|held| held.what.step == Handling::Acknowledged).map(|held| &**held)
    }
}

impl Mission {
    /// The alerts that an onlooker may read, raised by an instant, with what was known of each by then; in log order.
    #[must_use]
    pub fn alerts(&self, known_at: Instant, onlooker: &Onlooker) -> Vec<AlertStand> {
        let known = self.alerts.iter().filter(|held| held.received_at <= known_at);
        let mut stands: Vec<AlertStand> = Vec::new();
        let mut places: BTreeMap<&Label, usize> = BTreeMap::new();
        for held in known.filter(|held| onlooker.may_read(&held.what.audience)) {
            // The same raised twice is one, as first recorded.
            if let std::collections::btree_map::Entry::Vacant(place) = places.entry(&held.what.id) {
                place.insert(stands.len());
                stands.push(AlertStand { raised: held.clone(), steps: Vec::new() });
            }
        }
        for held in self.alert_steps.iter().filter(|held| held.received_at <= known_at) {
            // A step counts with the audience of its alert: nobody learns of it otherwise, nor adds to what is closed to them.
            let place = places.get(&held.what.alert).filter(|_| onlooker.may_read(&held.what.audience));
            if let Some(place) = place {
                stands[*place].steps.push(held.clone());
            }
        }
        stands
    }
}
