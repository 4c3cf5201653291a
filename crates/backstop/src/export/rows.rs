//! The rows of an export. Takes a view; gives tables in which each row says of what data class it is and under which licence its
//! sources stand. A place is an outline of what is known, never a pin. Never holds a row that the view does not.

use mission::{Custody, Mission, Reader, SeenIncident, View};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use terms::{Area, Effort, Observation, Place, Position, Release, Shape, Source, SourceId, Span};

/// A row: its cells under the names of their columns, and where it is.
pub(super) struct Row {
    cells: Vec<(&'static str, String)>,
    /// None in tables without places; else the outline, if it is known.
    pub(super) place: Option<Option<Value>>,
}

impl Row {
    fn new(data_class: &str) -> Row {
        Row { cells: vec![("data_class", data_class.to_owned())], place: None }
    }

    fn with(mut self, column: &'static str, cell: impl ToString) -> Row {
        self.cells.push((column, cell.to_string()));
        self
    }

    fn known(self, column: &'static str, cell: Option<impl ToString>) -> Row {
        self.with(column, cell.map(|cell| cell.to_string()).unwrap_or_default())
    }

    fn span(self, span: Span) -> Row {
        self.with("earliest", span.earliest()).with("latest", span.latest())
    }

    fn at(self, place: &Place) -> Row {
        let region = match &place.shape {
            Shape::Region(region) => Some(region.to_string()),
            Shape::Disc { .. } | Shape::Wedge(_) | Shape::Unplaced => None,
        };
        let radius = place.disc().map(|(_, radius_m)| radius_m);
        let outline = place.disc().and_then(|(centre, radius_m)| Area::disc(centre, radius_m));
        let row = self.known("place", place.name.as_ref()).known("region", region).with("precision", place.precision());
        let wedge = place.wedge();
        let mut row = row
            .known("radius_m", radius)
            .known("post_lon", wedge.map(|it| f64::from(it.post().lon_e6()) / 1e6))
            .known("post_lat", wedge.map(|it| f64::from(it.post().lat_e6()) / 1e6))
            .known("bearing_deg", wedge.map(|it| f64::from(it.bearing_mdeg()) / 1e3))
            .known("bearing_error_deg", wedge.map(|it| f64::from(it.error_mdeg()) / 1e3))
            .known("range_least_m", wedge.map(|it| it.range_m()[0]))
            .known("range_most_m", wedge.map(|it| it.range_m()[1]));
        row.place = Some(outline.map(|area| outline_of(&area)));
        row
    }

    /// The terms under which rows of these sources stand.
    fn under<'a>(self, view: &View, sources: impl IntoIterator<Item = &'a SourceId>) -> Row {
        let sources: Vec<&SourceId> = sources.into_iter().collect();
        let of = |say: &dyn Fn(&Source) -> String| {
            let words: BTreeSet<String> = sources.iter().filter_map(|id| view.sources.get(id)).map(say).collect();
            words.into_iter().collect::<Vec<_>>().join("; ")
        };
        let names = sources.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(" ");
        let strictest =
            sources.iter().map(|id| view.sources.get(*id).map_or(Release::Nothing, |source| source.release)).max();
        self.with("source", names)
            .with("licence", of(&|source| source.licence.clone()))
            .with("attribution", of(&|source| source.attribution.clone()))
            .with("release", strictest.map_or("nothing", Release::word))
    }
}

/// Every table, by its name.
pub(super) fn tables(
    view: &View,
    mission: &Mission,
    data_class: &str,
    reader: Reader,
) -> Vec<(&'static str, Vec<Row>)> {
    let row = || Row::new(data_class);
    let mut tables = vec![
        (
            "observations",
            view.observations.values().map(|held| observation(row(), view, held.entry, &held.what)).collect(),
        ),
        ("efforts", view.efforts.iter().map(|effort| looked(row(), view, effort)).collect()),
        ("incidents", view.incidents.iter().map(|seen| incident(row(), view, seen)).collect()),
        ("verdicts", verdicts(view, &row)),
        ("sources", sources(view, &row)),
    ];
    if reader == Reader::Mission {
        tables.push(("custody", custody(mission, &row)));
    }
    tables
}

fn observation(row: Row, view: &View, entry: u64, seen: &Observation) -> Row {
    let count = seen.count;
    row.with("entry", entry)
        .with("id", seen.id)
        .under(view, [&seen.source])
        .with("means", seen.means.word())
        .with("act", seen.act.word())
        .known("object", seen.object.as_ref())
        .span(seen.happened)
        .at(&seen.place)
        .known("least", count.least())
        .known("best", count.best())
        .known("most", count.most())
        .known("by", seen.by.as_ref())
        .known("at", seen.at.as_ref())
        .known("about", seen.about.as_ref())
        .with("grade", seen.grade)
        .known("text", seen.text.as_ref())
        .with("references", seen.references.join(" "))
}

fn looked(row: Row, view: &View, effort: &Effort) -> Row {
    let able = effort.able.iter().map(|act| act.word()).collect::<Vec<_>>().join(" ");
    let mut row = row
        .with("id", effort.id)
        .under(view, [&effort.source])
        .with("means", effort.means.word())
        .span(effort.span)
        .with("outcome", effort.outcome.word())
        .with("could_perceive", able)
        .known("limits", effort.limits.as_ref());
    row.place = Some(Some(outline_of(&effort.area)));
    row
}

fn incident(row: Row, view: &View, seen: &SeenIncident) -> Row {
    let incident = &seen.incident;
    let attributed =
        seen.attribution().map(|it| it.party.as_ref().map_or("undetermined".to_owned(), ToString::to_string));
    row.with("id", incident.id)
        .under(view, &incident.sources)
        .with("act", incident.act.word())
        .known("object", incident.object.as_ref())
        .span(incident.happened)
        .at(&incident.place)
        .with("chance_ppm", incident.chance.ppm())
        .with("voices", incident.voices)
        .with("reports", incident.members.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        .with("state", seen.state())
        .known("attributed", attributed)
}

fn verdicts(view: &View, row: &dyn Fn() -> Row) -> Vec<Row> {
    let one = |verdict: &clause::Verdict| {
        row()
            .with("rule", &verdict.rule)
            .known("reading", verdict.reading.as_ref())
            .known("bearer", verdict.bearer.as_ref())
            .with("footing", verdict.footing.word())
            .with("value", verdict.value.word())
            .with("standing", verdict.standing.word())
            .with("reasons", verdict.because.reasons.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("; "))
    };
    view.verdicts.iter().map(one).collect()
}

fn sources(view: &View, row: &dyn Fn() -> Row) -> Vec<Row> {
    let one = |source: &Source| {
        row()
            .under(view, [&source.id])
            .with("title", &source.title)
            .with("kind", source.kind.word())
            .with("voice", &source.voice)
            .known("party", source.party.as_ref())
            .with("worth_from", &source.worth_basis)
            .with("rows_withheld", view.withheld.get(&source.id).copied().unwrap_or_default())
    };
    view.sources.values().map(one).collect()
}

/// Every acquisition and step of every item.
fn custody(mission: &Mission, row: &dyn Fn() -> Row) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, exhibit) in mission.evidence() {
        let whole = match exhibit.custody() {
            Custody::Whole => "yes".to_owned(),
            Custody::Broken { entry, why } => format!("no: entry {entry}: {why}"),
            Custody::CannotTell { entry, why } => format!("cannot tell: entry {entry}: {why}"),
        };
        let of = |entry: u64, act: &str| {
            row().with("sha256", name).with("chain_whole", &whole).with("entry", entry).with("act", act)
        };
        for held in &exhibit.acquired {
            let item = &held.what;
            let row =
                of(held.entry, "acquired").with("when", item.acquired_at).with("by", &item.custodian).with("to", "");
            rows.push(
                row.with("words", &item.method)
                    .with("name", &item.name)
                    .with("media_type", &item.media_type)
                    .with("bytes", item.bytes),
            );
        }
        for held in &exhibit.steps {
            let step = &held.what;
            let row = of(held.entry, step.act.word())
                .with("when", step.at)
                .with("by", &step.by)
                .known("to", step.to.as_ref());
            rows.push(row.with("words", &step.reason).with("name", "").with("media_type", "").with("bytes", ""));
        }
    }
    rows
}

/// As CSV: UTF-8, RFC 4180. A cell that a spreadsheet could run as a formula has a leading apostrophe.
pub(super) fn csv(rows: &[Row]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let in_memory = "invariant: writing to memory does not fail";
    if let Some(first) = rows.first() {
        writer.write_record(first.cells.iter().map(|(column, _)| *column)).expect(in_memory);
    }
    for row in rows {
        writer.write_record(row.cells.iter().map(|(_, cell)| report::guarded(cell))).expect(in_memory);
    }
    String::from_utf8(writer.into_inner().expect(in_memory)).expect("invariant: UTF-8 in, UTF-8 out")
}

/// As GeoJSON (RFC 7946): a place that is not known is `null`.
pub(super) fn geojson(rows: &[Row]) -> String {
    let feature = |row: &Row| {
        let cells = row.cells.iter().map(|(column, cell)| ((*column).to_owned(), json!(cell)));
        let properties: Map<String, Value> = cells.collect();
        json!({ "type": "Feature", "geometry": row.place.clone().flatten(), "properties": properties })
    };
    let features: Vec<Value> = rows.iter().map(feature).collect();
    let text = serde_json::to_string(&json!({ "type": "FeatureCollection", "features": features }));
    text.expect("invariant: texts are JSON")
}

fn outline_of(area: &Area) -> Value {
    let degrees = |e6: i32| f64::from(e6) / 1e6;
    let polygon = |polygon: &Vec<Vec<Position>>| -> Value {
        let ring = |ring: &Vec<Position>| -> Value {
            let mut points: Vec<Value> =
                ring.iter().map(|at| json!([degrees(at.lon_e6()), degrees(at.lat_e6())])).collect();
            if points.first() != points.last() {
                points.extend(points.first().cloned());
            }
            points.into()
        };
        polygon.iter().map(ring).collect()
    };
    json!({ "type": "MultiPolygon", "coordinates": area.polygons().iter().map(polygon).collect::<Vec<_>>() })
}
