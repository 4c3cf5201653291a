//! Observations, efforts and sources as payloads, and the ids that their content gives them.
//!
//! Takes and gives the nouns of `terms`; the written form is fixed for ever (`docs/record.md`). Never writes what it
//! could not read back.

use super::canonical::{Value, encode};
use super::fields::{FieldError, Fields, Writer};
use terms::source::{Release, Source, SourceKind};
use terms::{
    Act, Area, Chance, Count, Effort, EffortId, Grade, Label, Means, Observation, ObservationId, Outcome, Party, Place,
    Position, Shape, SourceId, Span, Wedge, WedgeError,
};

/// The observation under the id of its content.
#[must_use]
pub fn named_observation(observation: Observation) -> Observation {
    let id = ObservationId::of(&encode(&write_observation(&observation)));
    Observation { id, ..observation }
}

/// The effort under the id of its content.
#[must_use]
pub fn named_effort(effort: Effort) -> Effort {
    let id = EffortId::of(&encode(&write_effort(&effort)));
    Effort { id, ..effort }
}

/// The payload of an observation; its id is not written, as it follows from the rest.
pub(crate) fn write_observation(observation: &Observation) -> Value {
    Writer::default()
        .text("source", &observation.source)
        .text("means", observation.means.word())
        .text("act", observation.act.word())
        .optional_text("object", observation.object.as_ref())
        .put("happened", write_span(observation.happened))
        .put("place", write_place(&observation.place))
        .put("count", write_count(observation.count))
        .optional_text("by", observation.by.as_ref())
        .optional_text("at", observation.at.as_ref())
        .optional_text("about", observation.about.as_ref())
        .text("grade", observation.grade)
        .optional_text("text", observation.text.as_ref())
        .texts("references", &observation.references)
        .finish()
}

/// The observation of a payload.
pub(crate) fn read_observation(value: &Value) -> Result<Observation, FieldError> {
    let mut fields = Fields::of("", value)?;
    let observation = Observation {
        id: ObservationId::of(&encode(value)),
        source: fields.parsed("source", "a source id", SourceId::new)?,
        means: fields.parsed("means", "a means", Means::from_word)?,
        act: fields.parsed("act", "a kind of act", Act::from_word)?,
        object: fields.optional_parsed("object", "a label", Label::new)?,
        happened: read_span(fields.fields("happened")?)?,
        place: read_place(fields.fields("place")?)?,
        count: read_count(fields.fields("count")?)?,
        by: fields.optional_parsed("by", "a party", Party::new)?,
        at: fields.optional_parsed("at", "a party", Party::new)?,
        about: fields.optional_parsed("about", "an id", Label::new)?,
        grade: fields.parsed("grade", "an Admiralty grade", Grade::parse)?,
        text: fields.optional_text("text")?.map(str::to_owned),
        references: fields.texts("references")?.into_iter().map(str::to_owned).collect(),
    };
    fields.finish()?;
    Ok(observation)
}

/// The payload of an effort; its id is not written.
pub(crate) fn write_effort(effort: &Effort) -> Value {
    Writer::default()
        .text("source", &effort.source)
        .text("means", effort.means.word())
        .put("span", write_span(effort.span))
        .put("area", write_area(&effort.area))
        .text("outcome", effort.outcome.word())
        .texts("able", effort.able.iter().map(|act| act.word()))
        .optional_text("limits", effort.limits.as_ref())
        .finish()
}

/// The effort of a payload.
pub(crate) fn read_effort(value: &Value) -> Result<Effort, FieldError> {
    let mut fields = Fields::of("", value)?;
    let able = fields.texts("able")?.into_iter().map(Act::from_word).collect::<Option<_>>();
    let effort = Effort {
        id: EffortId::of(&encode(value)),
        source: fields.parsed("source", "a source id", SourceId::new)?,
        means: fields.parsed("means", "a means", Means::from_word)?,
        span: read_span(fields.fields("span")?)?,
        area: read_area(&mut fields, "area")?,
        outcome: fields.parsed("outcome", "an outcome", Outcome::from_word)?,
        able: able.ok_or_else(|| fields.wrong("able", "a list of kinds of act"))?,
        limits: fields.optional_text("limits")?.map(str::to_owned),
    };
    fields.finish()?;
    Ok(effort)
}

/// The payload of a source's declaration.
pub(crate) fn write_source(source: &Source) -> Value {
    let worth = source.worth.iter().fold(Writer::default(), |w, (act, chance)| w.integer(act.word(), chance.ppm()));
    Writer::default()
        .text("id", &source.id)
        .text("title", &source.title)
        .text("kind", source.kind.word())
        .text("voice", &source.voice)
        .optional_text("party", source.party.as_ref())
        .text("licence", &source.licence)
        .text("attribution", &source.attribution)
        .text("release", source.release.word())
        .put("worth_ppm", worth.finish())
        .text("worth_basis", &source.worth_basis)
        .finish()
}

/// The source of a payload.
pub(crate) fn read_source(value: &Value) -> Result<Source, FieldError> {
    let mut fields = Fields::of("", value)?;
    let worth = fields.integer_map::<u32>("worth_ppm")?.into_iter();
    let worth = worth.map(|(act, ppm)| Some((Act::from_word(&act)?, Chance::from_ppm(ppm)?))).collect::<Option<_>>();
    let source = Source {
        id: fields.parsed("id", "a source id", SourceId::new)?,
        title: fields.text("title")?.to_owned(),
        kind: fields.parsed("kind", "a kind of source", SourceKind::from_word)?,
        voice: fields.text("voice")?.to_owned(),
        party: fields.optional_parsed("party", "a party", Party::new)?,
        licence: fields.text("licence")?.to_owned(),
        attribution: fields.text("attribution")?.to_owned(),
        release: fields.parsed("release", "`rows`, `aggregates` or `nothing`", Release::from_word)?,
        worth: worth.ok_or_else(|| fields.wrong("worth_ppm", "kinds of act with parts per million"))?,
        worth_basis: fields.text("worth_basis")?.to_owned(),
    };
    fields.finish()?;
    Ok(source)
}

pub(crate) fn write_span(span: Span) -> Value {
    Writer::default().integer("earliest_ms", span.earliest().ms()).integer("latest_ms", span.latest().ms()).finish()
}

pub(crate) fn read_span(mut fields: Fields<'_>) -> Result<Span, FieldError> {
    let (earliest, latest) = (fields.instant("earliest_ms")?, fields.instant("latest_ms")?);
    let span = Span::new(earliest, latest).ok_or_else(|| fields.wrong("latest_ms", "not before `earliest_ms`"))?;
    fields.finish()?;
    Ok(span)
}

pub(crate) fn write_place(place: &Place) -> Value {
    let writer = Writer::default().optional_text("name", place.name.as_ref());
    match &place.shape {
        Shape::Disc { centre, radius_m } => writer
            .text("shape", "disc")
            .integer("lon_e6", centre.lon_e6())
            .integer("lat_e6", centre.lat_e6())
            .integer("radius_m", *radius_m)
            .finish(),
        Shape::Wedge(wedge) => {
            let (post, [least_m, most_m]) = (wedge.post(), wedge.range_m());
            writer
                .text("shape", "wedge")
                .integer("lon_e6", post.lon_e6())
                .integer("lat_e6", post.lat_e6())
                .integer("bearing_mdeg", wedge.bearing_mdeg())
                .integer("bearing_error_mdeg", wedge.error_mdeg())
                .integer("range_least_m", least_m)
                .integer("range_most_m", most_m)
                .finish()
        }
        Shape::Region(region) => writer.text("shape", "region").text("region", region).finish(),
        Shape::Unplaced => writer.text("shape", "unplaced").finish(),
    }
}

fn read_place(mut fields: Fields<'_>) -> Result<Place, FieldError> {
    let shape = match fields.text("shape")? {
        "disc" => {
            let centre = read_position(&mut fields)?;
            Shape::Disc { centre, radius_m: fields.integer("radius_m")? }
        }
        "wedge" => {
            let post = read_position(&mut fields)?;
            let (bearing_mdeg, error_mdeg) = (fields.integer("bearing_mdeg")?, fields.integer("bearing_error_mdeg")?);
            let range_m = [fields.integer("range_least_m")?, fields.integer("range_most_m")?];
            let wedge = Wedge::new(post, bearing_mdeg, error_mdeg, range_m);
            Shape::Wedge(wedge.map_err(|error| fields.wrong(wrong_in_wedge(error), &error.to_string()))?)
        }
        "region" => Shape::Region(fields.parsed("region", "a label", Label::new)?),
        "unplaced" => Shape::Unplaced,
        _ => return Err(fields.wrong("shape", "`disc`, `wedge`, `region` or `unplaced`")),
    };
    let place = Place { shape, name: fields.optional_text("name")?.map(str::to_owned) };
    fields.finish()?;
    Ok(place)
}

fn read_position(fields: &mut Fields<'_>) -> Result<Position, FieldError> {
    let position = Position::new(fields.integer("lon_e6")?, fields.integer("lat_e6")?);
    position.ok_or_else(|| fields.wrong("lon_e6", "a position on Earth"))
}

/// The field of a wedge at which the error lies.
fn wrong_in_wedge(error: WedgeError) -> &'static str {
    match error {
        WedgeError::Bearing => "bearing_mdeg",
        WedgeError::Error => "bearing_error_mdeg",
        WedgeError::Order => "range_least_m",
        WedgeError::Range => "range_most_m",
        WedgeError::Ground => "lat_e6",
    }
}

pub(crate) fn write_count(count: Count) -> Value {
    Writer::default()
        .optional_integer("least", count.least())
        .optional_integer("best", count.best())
        .optional_integer("most", count.most())
        .finish()
}

fn read_count(mut fields: Fields<'_>) -> Result<Count, FieldError> {
    let count = Count::new(
        fields.optional_integer("least")?,
        fields.optional_integer("best")?,
        fields.optional_integer("most")?,
    );
    let count = count.ok_or_else(|| fields.wrong("most", "least, best and most in order"))?;
    fields.finish()?;
    Ok(count)
}

/// Polygons of rings of `[lon_e6, lat_e6, lon_e6, lat_e6, ...]`.
pub(crate) fn write_area(area: &Area) -> Value {
    let ring = |ring: &Vec<Position>| {
        let numbers = ring.iter().flat_map(|p| [p.lon_e6(), p.lat_e6()]);
        Value::List(numbers.map(|n| Value::Integer(n.into())).collect())
    };
    let polygon = |polygon: &Vec<Vec<Position>>| Value::List(polygon.iter().map(ring).collect());
    Value::List(area.polygons().iter().map(polygon).collect())
}

pub(crate) fn read_area(fields: &mut Fields<'_>, field: &str) -> Result<Area, FieldError> {
    let expected = "polygons of closed rings of positions";
    let polygons = fields.list(field)?.iter().map(read_polygon).collect::<Option<Vec<_>>>();
    polygons.and_then(Area::new).ok_or_else(|| fields.wrong(field, expected))
}

fn read_polygon(value: &Value) -> Option<Vec<Vec<Position>>> {
    let Value::List(rings) = value else { return None };
    rings.iter().map(read_ring).collect()
}

fn read_ring(value: &Value) -> Option<Vec<Position>> {
    let Value::List(numbers) = value else { return None };
    let number = |value: &Value| match value {
        Value::Integer(n) => i32::try_from(*n).ok(),
        Value::Text(_) | Value::List(_) | Value::Fields(_) => None,
    };
    let numbers = numbers.iter().map(number).collect::<Option<Vec<i32>>>()?;
    let pairs = numbers.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| Position::new(pair[0], pair[1])).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn place(edit: impl FnOnce(&mut BTreeMap<String, Value>)) -> Result<Place, FieldError> {
        let post = Position::new(30_400_000, 46_900_000).expect("a position");
        let wedge = Wedge::new(post, 22_500, 11_250, [2_000, 4_000]).expect("a wedge");
        let stated = Place { shape: Shape::Wedge(wedge), name: Some("near Bilka".to_owned()) };
        let Value::Fields(fields) = write_place(&stated) else { panic!("fields") };
        let mut fields: BTreeMap<String, Value> = fields.into_iter().collect();
        edit(&mut fields);
        let value = Value::Fields(fields.into_iter().collect());
        let read = read_place(Fields::of("place", &value)?)?;
        assert_eq!(encode(&write_place(&read)), encode(&value));
        Ok(read)
    }

    fn check(field: &str, number: i64, at: &str, expected: &str) {
        let wrong = place(|fields| drop(fields.insert(field.to_owned(), Value::Integer(number)))).expect_err("refused");
        assert_eq!((wrong.field.as_str(), wrong.expected.as_str()), (at, expected));
    }

    #[test]
    fn a_wedge_is_read_as_it_was_written() {
        let Shape::Wedge(wedge) = place(|_| ()).expect("a place").shape else { panic!("a wedge") };
        assert_eq!((wedge.bearing_mdeg(), wedge.error_mdeg(), wedge.range_m()), (22_500, 11_250, [2_000, 4_000]));
    }

    #[test]
    fn a_wedge_that_nobody_could_state_is_refused_at_its_field() {
        let bearing = "a bearing from 0 to below 360 degrees, clockwise from true north";
        check("bearing_mdeg", 360_000, "place.bearing_mdeg", bearing);
        check("bearing_mdeg", -1, "place.bearing_mdeg", "a number inside its limits");
        let error = "an error of the bearing above 0 and up to 180 degrees to either side";
        check("bearing_error_mdeg", 0, "place.bearing_error_mdeg", error);
        check("bearing_error_mdeg", 180_001, "place.bearing_error_mdeg", error);
        check("range_least_m", 4_001, "place.range_least_m", "a least range no greater than the most");
        check("range_most_m", 4_294_967_295, "place.range_most_m", "a most range from 1 m to 200 km");
        check("lat_e6", 91_000_000, "place.lon_e6", "a position on Earth");
        let ground = "a post between 80 degrees south and north, and nothing beyond the 180th meridian";
        check("lat_e6", 80_000_001, "place.lat_e6", ground);
        check("radius_m", 100, "place.radius_m", "is not a field of this format");
        let wrong = place(|fields| drop(fields.remove("range_most_m"))).expect_err("refused");
        assert_eq!((wrong.field.as_str(), wrong.expected.as_str()), ("place.range_most_m", "is missing"));
    }
}
