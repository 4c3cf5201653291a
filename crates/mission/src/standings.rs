//! Guarantees of the present, kept from one look to the next.
//!
//! Takes the mission as it grows, and a moment that only goes forwards; gives what [`Mission::guarantees`] gives, without going through
//! the whole history again. Where the mission is no longer what it was with more at its end, it begins anew. Never keeps for one
//! onlooker what another may see: each has its own.

use crate::guarantees::{Guarantees, Onlooker, acts, breach};
use crate::incident::SeenIncident;
use crate::record::body::{Audience, RecordedDeed, RecordedNotice};
use crate::state::{Held, Mission};
use crate::view::Moment;
use clause::guarantee::{Deed, Package, Standing};
use std::sync::Arc;
use terms::Instant;

/// What is kept for one onlooker. What is kept for another never waits for it.
#[derive(Default)]
pub struct Kept(Option<Standings>);

struct Standings {
    onlooker: Onlooker,
    package: Arc<Package>,
    standing: Standing,
    /// The entries of its pages, in log order.
    pages: Vec<u64>,
    /// Entries that were gone through, whoever may read them.
    gone: Gone,
    deeds: Arc<Vec<Arc<Held<RecordedDeed>>>>,
    notices: Arc<Vec<Arc<Held<RecordedNotice>>>>,
    /// What findings and rulings did.
    acts: Vec<Deed>,
    at: Instant,
}

#[derive(Default)]
struct Gone {
    deeds: Vec<u64>,
    notices: Vec<u64>,
}

impl Mission {
    /// The guarantees of the present; `incidents` are those of the moment that count for the onlooker.
    #[must_use]
    pub fn guarantees_kept(
        &self,
        moment: Moment,
        onlooker: &Onlooker,
        incidents: &[SeenIncident],
        kept: &mut Kept,
    ) -> Option<Guarantees> {
        let present = self.latest.is_none_or(|latest| latest <= moment.known_at);
        if !present {
            return self.guarantees_with(moment, onlooker, incidents);
        }
        let pages: Vec<u64> = self.pages(moment.known_at, onlooker).iter().map(|held| held.entry).collect();
        let package = match &kept.0 {
            Some(kept) if kept.onlooker == *onlooker && kept.pages == pages => Arc::clone(&kept.package),
            Some(_) | None => self.package(moment.known_at, onlooker)?,
        };
        let acts = acts(incidents, &package);
        let goes_on = |kept: &Standings| {
            kept.onlooker == *onlooker
                && kept.pages == pages
                && kept.at <= moment.judged_at
                && begins_with(&kept.gone.deeds, &self.deeds)
                && begins_with(&kept.gone.notices, &self.notices)
                && kept.acts.iter().all(|act| acts.contains(act))
        };
        let before = kept.0.take().filter(goes_on);
        let kept = kept.0.insert(before.unwrap_or_else(|| Standings::of(onlooker, package, pages, moment.judged_at)));
        kept.take(self, acts);
        kept.standing.breaches(incidents.iter().filter_map(|seen| breach(self, seen)).collect());
        kept.at = moment.judged_at;
        let (package, sheet) = (Arc::clone(&kept.package), kept.standing.advance(moment.judged_at));
        let (deeds, notices) = (Arc::clone(&kept.deeds), Arc::clone(&kept.notices));
        let closed = |audience: &Audience| !onlooker.may_read(audience);
        let withheld = self.guarantees.iter().filter(|held| closed(&held.what.audience)).count()
            + (self.deeds.len() - deeds.len())
            + (self.notices.len() - notices.len());
        Some(Guarantees { package, deeds, notices, sheet, withheld })
    }

    /// Whether incidents of the earlier moment are those of the later: nothing lies between that time alone brings.
    #[must_use]
    pub fn unchanged(&self, earlier: Moment, later: Moment) -> bool {
        let versions = |moment| self.versions(moment).iter().map(|(held, _)| held.entry).collect::<Vec<_>>();
        let ahead = |at: Instant| at > earlier.judged_at && at <= later.judged_at;
        self.latest.is_none_or(|latest| latest <= earlier.known_at)
            && versions(earlier) == versions(later)
            && !self.observations.values().any(|held| ahead(held.what.happened.earliest()))
    }
}

impl Standings {
    fn of(onlooker: &Onlooker, package: Arc<Package>, pages: Vec<u64>, at: Instant) -> Standings {
        let standing = Standing::of(&package, at);
        Standings {
            onlooker: onlooker.clone(),
            package,
            standing,
            pages,
            gone: Gone::default(),
            deeds: Arc::default(),
            notices: Arc::default(),
            acts: Vec::new(),
            at,
        }
    }

    /// Takes in what came since.
    fn take(&mut self, mission: &Mission, acts: Vec<Deed>) {
        let standing = &mut self.standing;
        let deeds = new_to(&self.onlooker, &mission.deeds, &mut self.gone.deeds, |deed| &deed.audience);
        for held in deeds {
            standing.tell(held.what.deed.clone());
            Arc::make_mut(&mut self.deeds).push(held);
        }
        let notices = new_to(&self.onlooker, &mission.notices, &mut self.gone.notices, |notice| &notice.audience);
        for held in notices {
            standing.tell(held.what.notice.deed());
            Arc::make_mut(&mut self.notices).push(held);
        }
        for act in acts.iter().filter(|act| !self.acts.contains(act)) {
            self.standing.tell(act.clone());
        }
        self.acts = acts;
    }
}

/// What came since `gone` that an onlooker may read; then all of it is gone.
fn new_to<T>(
    onlooker: &Onlooker,
    all: &[Arc<Held<T>>],
    gone: &mut Vec<u64>,
    audience: fn(&T) -> &Audience,
) -> Vec<Arc<Held<T>>> {
    let new = &all[gone.len()..];
    gone.extend(new.iter().map(|held| held.entry));
    new.iter().filter(|held| onlooker.may_read(audience(&held.what))).map(Arc::clone).collect()
}

fn begins_with<T>(gone: &[u64], all: &[Arc<Held<T>>]) -> bool {
    gone.len() <= all.len() && gone.iter().zip(all).all(|(entry, held)| *entry == held.entry)
}
