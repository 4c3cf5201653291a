//! `backstop incident`: why reports are put together, and orders of people on it. Records what is ordered, by which office and why;
//! never edits a report, and shows what the machine holds of each order.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::http::spoken;
use crate::http::whereabouts::{self, Meeting};
use crate::station::{self, Station};
use crate::storage::Store;
use clap::{Args, Subcommand};
use fusion::{Otherwise, Spoken};
use mission::record::Body;
use mission::record::body::{Grouping, GroupingOrder, MOST_ORDERED};
use mission::{Moment, Reader, SeenIncident, View};
use serde_json::json;
use std::fmt::Write;
use terms::{Chance, IncidentId, Instant, ObservationId};

#[derive(Args)]
pub(super) struct IncidentArgs {
    #[command(subcommand)]
    verb: IncidentVerb,
}

#[derive(Subcommand)]
enum IncidentVerb {
    /// Say what an incident rests on, how its reports belong to it, and how else they could be put together
    Show {
        /// The incident, or any of its reports
        id: String,
    },
    /// Say what speaks for and against two reports' telling of one happening
    Why {
        /// One report
        a: String,
        /// The other
        b: String,
    },
    /// Order that the reports of several incidents tell of one happening
    Merge {
        /// The incidents, or reports of them
        #[arg(required = true, num_args = 2..)]
        ids: Vec<String>,
        #[command(flatten)]
        signature: Signature,
    },
    /// Order that some reports of an incident do not tell of what the others tell of
    Split {
        /// The incident
        id: String,
        /// The reports that do not belong to it
        #[arg(long, required = true, num_args = 1.., value_name = "OBSERVATION")]
        off: Vec<String>,
        #[command(flatten)]
        signature: Signature,
    },
    /// Order that the reports of an incident stay together, whatever comes later
    Confirm {
        /// The incident
        id: String,
        #[command(flatten)]
        signature: Signature,
    },
    /// Order that the reports of an incident tell of no happening
    Dismiss {
        /// The incident
        id: String,
        #[command(flatten)]
        signature: Signature,
    },
    /// Lift an order, so that the machine proposes again
    Lift {
        /// The entry of the order
        entry: u64,
        #[command(flatten)]
        signature: Signature,
    },
}

#[derive(Args)]
struct Signature {
    /// The office that orders it, never a private name
    #[arg(long, value_name = "OFFICE")]
    by: String,
    /// Why, in its words
    #[arg(long, value_name = "TEXT")]
    grounds: String,
}

pub(super) fn run(common: &Common, args: &IncidentArgs) -> Result<Exit, Failure> {
    let dir = common.store()?;
    if let IncidentVerb::Why { a, b } = &args.verb {
        let (mission, _) = station::read(dir)?;
        return why(common, &mission.view(everything(), Reader::Mission), [a, b]);
    }
    let IncidentVerb::Show { id } = &args.verb else {
        let mut station = Station::of(Store::open(dir)?)?;
        let grouping = ordered(&station.mission().view(everything(), Reader::Mission), &args.verb)?;
        let entry = station.reader().size();
        station.write(&[Body::GroupingOrdered(grouping.clone())], now())?;
        station.publish()?;
        let word = grouping.order.word();
        if common.json {
            return print_json("backstop.grouping/1", Exit::Done, json!({ "entry": entry, "order": word }));
        }
        return print(&format!("ordered {word} by entry {entry}; `backstop incident lift {entry}` undoes it\n"));
    };
    let (mission, _) = station::read(dir)?;
    let view = mission.view(everything(), Reader::Mission);
    show(common, &view, find(&view, id)?)
}

fn why(common: &Common, view: &View, ids: [&String; 2]) -> Result<Exit, Failure> {
    let report = |id: &String| {
        let missing = || Failure::new(Exit::NotFound, format!("no report is called `{id}`"));
        ObservationId::parse(id).and_then(|id| view.observations.get(&id)).ok_or_else(missing)
    };
    let pair = [report(ids[0])?, report(ids[1])?];
    let home = |at: usize| view.incidents.iter().find(|seen| seen.incident.members.contains(&pair[at].what.id));
    let together = home(0).zip(home(1)).is_some_and(|(a, b)| a.incident.id == b.incident.id);
    let Some((vaguer, terms)) = fusion::why([&pair[0].what, &pair[1].what], &view.sources, &view.believed) else {
        if common.json {
            let data = json!({ "together": together, "terms": serde_json::Value::Null });
            return print_json("backstop.incident-why/1", Exit::Done, data);
        }
        let why = "of kinds that are never one another, or one says too little of place or time";
        return print(&format!("{}together; they cannot be compared: {why}\n", if together { "" } else { "not " }));
    };
    if common.json {
        let terms = terms.named().map(|(term, score, _)| json!({ "term": term, "score_1024": score }));
        let data = json!({ "together": together, "weighed": ids[vaguer], "terms": terms });
        return print_json("backstop.incident-why/1", Exit::Done, data);
    }
    let mut text = format!(
        "{}together\n{} held against the other alone, the more precise; in nats:\n\n",
        if together { "" } else { "not " },
        ids[vaguer]
    );
    let nats = |score: i32| f64::from(score) / 1024.0;
    for (name, score, means) in terms.named() {
        let _ = writeln!(text, "{name:<10} {:>+7.2}  {means}", nats(score));
    }
    let _ = writeln!(text, "{:<10} {:>+7.2}", "sum", nats(terms.total()));
    print(&text)
}

fn everything() -> Moment {
    Moment::at(Instant::LATEST)
}

/// What is ordered, with the reports of what it names.
fn ordered(view: &View, verb: &IncidentVerb) -> Result<Grouping, Failure> {
    let members = |id: &str| find(view, id).map(|seen| seen.incident.members.clone());
    let (order, signature) = match verb {
        IncidentVerb::Show { .. } | IncidentVerb::Why { .. } => unreachable!("invariant: showing orders nothing"),
        IncidentVerb::Merge { ids, signature } => {
            let mut all: Vec<ObservationId> = Vec::new();
            for id in ids {
                all.extend(members(id)?);
            }
            all.sort_unstable();
            all.dedup();
            (GroupingOrder::Together(all), signature)
        }
        IncidentVerb::Split { id, off, signature } => {
            let mut stays = members(id)?;
            let mut goes = Vec::new();
            for text in off {
                let parsed = ObservationId::parse(text).filter(|report| stays.contains(report));
                goes.push(parsed.ok_or_else(|| {
                    Failure::new(
                        Exit::NotFound,
                        format!("`{text}` is no report of `{id}`; `backstop incident show {id}`"),
                    )
                })?);
            }
            stays.retain(|report| !goes.contains(report));
            if stays.is_empty() {
                let why = format!(
                    "nothing would be left of `{id}`; `backstop incident dismiss {id}` says that it did not happen"
                );
                return Err(Failure::new(Exit::Usage, why));
            }
            (GroupingOrder::Apart(stays, goes), signature)
        }
        IncidentVerb::Confirm { id, signature } => (GroupingOrder::Together(members(id)?), signature),
        IncidentVerb::Dismiss { id, signature } => (GroupingOrder::Dismissed(members(id)?), signature),
        IncidentVerb::Lift { entry, signature } => {
            if !view.groupings.iter().any(|held| held.entry == *entry) {
                let why = format!("entry {entry} is no order that stands; `backstop incident show` names them");
                return Err(Failure::new(Exit::NotFound, why));
            }
            (GroupingOrder::Lifted(*entry), signature)
        }
    };
    if order.observations().count() > MOST_ORDERED {
        let why = format!("an order names at most {MOST_ORDERED} reports; give several orders that share a report");
        return Err(Failure::new(Exit::Usage, why));
    }
    Ok(Grouping { order, signed_by: signature.by.clone(), grounds: signature.grounds.clone() })
}

/// The incident of this name, or the one that holds the report of this name. An incident answers to the name that each of
/// its reports would give it, so that a name once given out leads to where that report is now.
fn find<'a>(view: &'a View, id: &str) -> Result<&'a SeenIncident, Failure> {
    let named = |seen: &&SeenIncident| {
        let answers = |report: &ObservationId| {
            Some(*report) == ObservationId::parse(id) || Some(IncidentId::of(&report.bytes())) == IncidentId::parse(id)
        };
        seen.incident.members.iter().any(answers)
    };
    let missing = || Failure::new(Exit::NotFound, format!("no incident and no report is called `{id}`"));
    view.incidents.iter().find(named).ok_or_else(missing)
}

fn show(common: &Common, view: &View, seen: &SeenIncident) -> Result<Exit, Failure> {
    let incident = &seen.incident;
    let meeting = whereabouts::meeting(view, seen);
    let chance = |chance: Chance| json!({ "ppm": chance.ppm(), "word": chance.word() });
    if common.json {
        let joins = incident.joins.iter().map(|join| {
            json!({
                "observation": join.observation.to_string(), "chance": chance(join.chance),
                "distance_m": join.distance_m, "gap_ms": join.gap_ms,
            })
        });
        let alternative = incident.alternative.map(|way| {
            let (what, id) = match way.what {
                Otherwise::OneWith(other) => ("one with", other.to_string()),
                Otherwise::Without(report) => ("without", report.to_string()),
            };
            json!({ "what": what, "id": id, "chance": chance(way.chance) })
        });
        let data = json!({
            "id": incident.id.to_string(), "act": incident.act.word(), "state": seen.state(),
            "chance": chance(incident.chance), "voices": incident.voices, "silent": incident.silent,
            "members": incident.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "joins": joins.collect::<Vec<_>>(), "spoken": spoken::spoken(incident), "rivals": incident.rivals,
            "alternative": alternative, "meeting": meeting, "ordered": incident.ordered.word(),
            "orders": seen.groupings.iter().map(|held| json!({
                "entry": held.entry, "order": held.what.order.word(), "by": held.what.signed_by,
            })).collect::<Vec<_>>(),
        });
        return print_json("backstop.incident/1", Exit::Done, data);
    }
    print(&as_text(seen, meeting))
}

/// With which voice a report speaks, and why that is another report's.
fn voice(spoken: Spoken) -> String {
    let number = spoken.voice + 1;
    match spoken.one_with {
        Some((other, why)) => format!("voice {number} ({}: {other})", why.word()),
        None => format!("voice {number}"),
    }
}

fn as_text(seen: &SeenIncident, meeting: Option<Meeting>) -> String {
    let incident = &seen.incident;
    let mut text = format!(
        "{}  {}, {}\n  {} reports, {} voices; {} voices looked and saw nothing\n  {} ({})\n",
        incident.id,
        incident.act.word(),
        seen.state(),
        incident.members.len(),
        incident.voices,
        incident.silent,
        incident.chance.word(),
        incident.chance
    );
    let _ = writeln!(text, "  {}  {}, the most precise", incident.members[0], voice(incident.spoken[0]));
    for (join, spoken) in incident.joins.iter().zip(&incident.spoken[1..]) {
        let (km, minutes) = (f64::from(join.distance_m) / 1_000.0, join.gap_ms / terms::time::MINUTE_MS);
        let _ = writeln!(
            text,
            "  {}  {}, belongs to the others: {} ({}); {km:.1} km and {minutes} minutes from the most precise",
            join.observation,
            voice(*spoken),
            join.chance.word(),
            join.chance
        );
    }
    if let Some(meeting) = meeting {
        text.push_str(&where_they_meet(&meeting));
    }
    match incident.alternative {
        Some(way) => {
            let what = match way.what {
                Otherwise::OneWith(other) => format!("that it is one with {other}"),
                Otherwise::Without(report) => format!("that {report} does not belong to it"),
            };
            let _ = writeln!(text, "  nearest other way: {what}: {} ({})", way.chance.word(), way.chance);
        }
        None => text.push_str("  no other way of putting these together has one chance in a hundred\n"),
    }
    for held in &seen.groupings {
        let grouping = &held.what;
        let _ = writeln!(
            text,
            "  entry {}: ordered {} by {}: {}",
            held.entry,
            grouping.order.word(),
            grouping.signed_by,
            grouping.grounds
        );
    }
    text
}

fn where_they_meet(meeting: &Meeting) -> String {
    if let [one, other] = meeting.apart.as_slice() {
        return format!("  the places of {one} and {other} contradict one another: where it was cannot be told\n");
    }
    let (lat, lon) = (meeting.lat.unwrap_or_default(), meeting.lon.unwrap_or_default());
    let mut text = format!("  the places of {} voices meet at {lat:.4} {lon:.4}\n", meeting.voices.unwrap_or_default());
    for one in &meeting.ellipses {
        let km = |metres: u32| f64::from(metres) / 1_000.0;
        let (percent, long, short, bearing) = (one.percent, km(one.long_m), km(one.short_m), one.bearing_deg);
        let _ = writeln!(text, "    {percent} % within {long:.1} km along {bearing:.0}° and {short:.1} km across");
    }
    text
}
