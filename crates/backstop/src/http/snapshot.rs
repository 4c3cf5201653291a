//! What the server shows at one moment: a view, ready to be asked.
//!
//! Takes a station and the moment; gives a value that handlers share and never change. Built anew when the log has
//! grown, so that every answer of one moment agrees with every other.

use crate::http::history::History;
use crate::http::model;
use crate::witness::Standing;
use fusion::Pools;
use mission::{
    Absent, Account, Closed, Guarantees, Kept, Mission, Moment, Onlooker, Order, Reader, SeenIncident, View,
};
use report::{Country, MapRegion, Seal, shapes};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use terms::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use terms::{Area, Chance, IncidentId, Instant, Label, ObservationId, Position, Span};

/// A timeline has about so many columns, and no more.
const MOST_COLUMNS: i64 = 96;
/// So many onlookers and instants of guarantees are kept at once.
const MOST_SHEETS: usize = 16;
/// Guarantees of the present are kept up to date for so many onlookers at once.
const MOST_KEPT: usize = 8;
const COLUMN_WIDTHS_MS: [i64; 7] = [15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS];

/// One column of the timeline, before any filter.
pub(crate) struct Column {
    /// From its first to its last millisecond.
    pub(crate) span: Span,
    /// How well the main zone was watched.
    pub(crate) watched: Option<Chance>,
}

/// Guarantees by onlooker and instant; none where no page was adopted for them by then.
type Sheets = BTreeMap<(Onlooker, Instant), Option<Arc<Guarantees>>>;

/// Guarantees of the present by onlooker, each with a lock of its own: nobody waits for what only another may see.
type KeptFor = BTreeMap<Onlooker, Arc<Mutex<Kept>>>;

/// What the server shows at one moment.
pub struct Snapshot {
    pub(crate) view: View,
    /// What the view was made from, to look back in.
    pub(crate) mission: Arc<Mission>,
    /// Those reckoned so far, by rule and question.
    pub(crate) histories: Mutex<BTreeMap<(Label, Account), Arc<History>>>,
    /// Guarantees reckoned so far, by onlooker and instant.
    sheets: Mutex<Sheets>,
    /// Guarantees of the present, from one snapshot to the next.
    kept: Arc<Mutex<KeptFor>>,
    /// Incidents as the reader sees them whom the view is not for.
    others: OnceLock<Vec<SeenIncident>>,
    pub(crate) seal: Seal,
    pub(crate) covers: Option<Span>,
    pub(crate) columns: Vec<Column>,
    pub(crate) country: Option<Country>,
    /// The basemap's own regions: the sectors of coverage.
    pub(crate) sectors: Vec<MapRegion>,
    pub(crate) replay: Option<model::Replay>,
    pub(crate) scorecard: Option<model::Scorecard>,
    pub(crate) notices: Vec<String>,
}

impl Snapshot {
    /// What a mission shows at a moment, with its log at `seal`; `pools` keep what was put together for the one before.
    #[must_use]
    pub fn of(mission: Arc<Mission>, seal: Seal, moment: Moment, reader: Reader, pools: &mut Pools) -> Snapshot {
        let view = mission.view_with(moment, reader, pools);
        let covers = view.covers();
        let main = main_zone(&view);
        let country = main.as_ref().and_then(Country::under);
        Snapshot {
            columns: covers.map(|covers| columns(&view, covers, main.as_ref())).unwrap_or_default(),
            sectors: country.map(home_regions).unwrap_or_default(),
            country,
            covers,
            seal,
            replay: None,
            scorecard: None,
            mission,
            histories: Mutex::default(),
            sheets: Mutex::default(),
            kept: Arc::default(),
            others: OnceLock::new(),
            notices: notices(&view),
            view,
        }
    }

    /// The same, with who vouches for the log.
    #[must_use]
    pub fn vouched_by(self, standing: &Standing) -> Snapshot {
        // The first of its own notices says that nobody countersigns.
        let notices = [standing.sentences(), self.notices[1..].to_vec()].concat();
        Snapshot { notices, ..self }
    }

    /// The same, of a demo: with how far it has come and how well it did.
    #[must_use]
    pub fn of_demo(self, replay: model::Replay, scorecard: model::Scorecard) -> Snapshot {
        Snapshot { replay: Some(replay), scorecard: Some(scorecard), ..self }
    }

    /// The same, which goes on with what the one before it kept.
    #[must_use]
    pub fn after(self, before: &Snapshot) -> Snapshot {
        Snapshot { kept: Arc::clone(&before.kept), ..self }
    }

    /// Guarantees as an onlooker may see them, as of an instant or of the snapshot; reckoned once, as long as there is room.
    pub(crate) fn guarantees(&self, onlooker: &Onlooker, at: Option<Instant>) -> Option<Arc<Guarantees>> {
        let moment = at.map_or_else(|| self.present(), Moment::at);
        let sheets = || self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = (onlooker.clone(), moment.known_at);
        if let Some(reckoned) = sheets().get(&asked) {
            return reckoned.clone();
        }
        let reckoned = self.reckoned(onlooker, moment).map(Arc::new);
        let mut sheets = sheets();
        if sheets.len() == MOST_SHEETS {
            sheets.clear();
        }
        sheets.insert(asked, reckoned.clone());
        reckoned
    }

    /// Of the present, from what is kept; of the past, from the entries of then.
    fn reckoned(&self, onlooker: &Onlooker, moment: Moment) -> Option<Guarantees> {
        let ours = self.view.moment;
        if moment.known_at < ours.known_at || !self.mission.unchanged(ours, moment) {
            return self.mission.guarantees(moment, onlooker);
        }
        let reader = onlooker.reader();
        let incidents = if reader == self.view.reader {
            &self.view.incidents
        } else {
            self.others.get_or_init(|| self.mission.incidents_at(ours, reader))
        };
        let kept = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == MOST_KEPT && !kept.contains_key(onlooker) {
                kept.clear();
            }
            Arc::clone(kept.entry(onlooker.clone()).or_default())
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.mission.guarantees_kept(moment, onlooker, incidents, &mut kept)
    }

    /// Clocks run while nothing comes in: the minute that has begun, with what the snapshot knows. A simulated mission's time is that of
    /// its record.
    fn present(&self) -> Moment {
        let simulated = self.view.opening.as_ref().is_none_or(|opening| opening.data_class == "simulated");
        let minute = Instant::from_ms(crate::clock::now().ms().div_euclid(MINUTE_MS) * MINUTE_MS);
        match minute.filter(|minute| !simulated && *minute > self.view.moment.known_at) {
            Some(minute) => Moment::at(minute),
            None => self.view.moment,
        }
    }

    /// Each incident with its observations.
    pub(crate) fn partition(&self) -> Vec<(IncidentId, Vec<ObservationId>)> {
        self.view.incidents.iter().map(|seen| (seen.incident.id, seen.incident.members.clone())).collect()
    }

    pub(crate) fn status(&self) -> model::Status {
        let opening = self.view.opening.as_ref();
        model::Status {
            mission: opening.map_or_else(|| "mission not opened".to_owned(), |o| o.mission.clone()),
            data_class: super::answers::data_class(&self.view),
            as_of: self.view.moment.known_at.to_string(),
            time_zone: opening.map_or_else(|| "UTC".to_owned(), |o| o.time_zone.clone()),
            last_entry_at: self.view.latest.map(|at| at.to_string()),
            agreement: self.view.adopted.as_ref().map(|held| held.what.agreement.title.clone()),
            log: model::LogPosition {
                origin: self.seal.origin.clone(),
                size: self.seal.size,
                root: self.seal.root.clone(),
            },
            counts: model::Counts {
                observations: (self.view.observations.len() - self.view.claims.len()) as u64,
                claims: self.view.claims.len() as u64,
                efforts: self.view.efforts.len() as u64,
                incidents: self.view.incidents.len() as u64,
                unread_rows: self.view.unread.len() as u64,
            },
            replay: self.replay.as_ref().map(|replay| model::Replay {
                speed: replay.speed,
                now: replay.now.clone(),
                ends: replay.ends.clone(),
                finished: replay.finished,
            }),
            covers: self.covers.map(super::answers::span),
            notices: self.notices.clone(),
        }
    }
}

/// What stands above everything else on a screen.
fn notices(view: &View) -> Vec<String> {
    let mut notices = vec!["no witnesses: the operator alone vouches for this log".to_owned()];
    let count = |closed: fn(&Closed) -> bool| view.absent.iter().filter(|absent| closed(&absent.why)).count();
    let mut orders: Vec<&Order> = view.absent.iter().filter_map(|absent| absent.order.as_ref()).collect();
    orders.sort_unstable_by_key(|order| order.entry);
    orders.dedup_by_key(|order| order.entry);
    for order in orders {
        let of_it = |absent: &&Absent| absent.order.as_ref().is_some_and(|other| other.entry == order.entry);
        let (erased, Order { entry, authority, ground }) = (view.absent.iter().filter(of_it).count(), order);
        notices.push(format!("{erased} erased, by entry {entry}, on the authority of {authority}: {ground}"));
    }
    let lost = view.absent.iter().filter(|absent| absent.why == Closed::Erased && absent.order.is_none()).count();
    let sealed = count(|closed| matches!(closed, Closed::Sealed));
    let withheld = count(|closed| matches!(closed, Closed::Withheld { .. }));
    let told = [
        (lost, "entries have lost their keys, and no entry says why"),
        (sealed, "entries are sealed, and no key to them is here: what follows is without them"),
        (withheld, "entries are committed to and not opened yet"),
        (view.adrift, "findings, attributions and rulings name only observations that are not held"),
    ];
    notices.extend(told.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    notices
}

/// The zone that the share watched refers to: the one that holds the most incidents, then the widest.
fn main_zone(view: &View) -> Option<Area> {
    let zones = view.adopted.as_ref()?.what.agreement.zones.values();
    let centres: Vec<Position> = view.incidents.iter().filter_map(|seen| Some(seen.incident.place.disc()?.0)).collect();
    let held = |area: &Area| centres.iter().filter(|centre| area.holds(**centre)).count();
    let ranked = zones.map(|zone| (held(&zone.area), zone.area.square_metres(), &zone.area));
    ranked.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(.., area)| area.clone())
}

fn home_regions(country: Country) -> Vec<MapRegion> {
    shapes(Some(country)).regions.into_iter().filter(|region| region.home).collect()
}

fn columns(view: &View, covers: Span, main: Option<&Area>) -> Vec<Column> {
    let fits = |width: &&i64| covers.length_ms() / **width < MOST_COLUMNS;
    let width = COLUMN_WIDTHS_MS.iter().find(fits).copied().unwrap_or(COLUMN_WIDTHS_MS[6]);
    let first = covers.earliest().ms().div_euclid(width);
    let last = covers.latest().ms().div_euclid(width).min(first + 2 * MOST_COLUMNS);
    let acts = mission::acts_on_the_ground();
    let column = |n: i64| {
        let span = Span::new(Instant::from_ms(n * width)?, Instant::from_ms((n + 1) * width - 1)?)?;
        let watched =
            main.map(|area| view.with_looks(|looks| coverage::coverage(Some(area), &acts, span, looks)).watched);
        Some(Column { span, watched })
    };
    (first..=last).filter_map(column).collect()
}
