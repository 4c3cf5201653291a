//! What is derived, as canonical values: incidents, facts, verdicts and what was watched, each in one form.
//!
//! Takes the values of `clause` and `fusion`; gives values of the record's canonical form and hashes over them
//! (`docs/audit.md`). Has no sentences in it, so that a better wording changes no hash, and no order but the stated.

use crate::incident::{SeenIncident, answer};
use crate::record::canonical::{Value, encode};
use crate::record::fields::Writer;
use crate::record::hex::hex;
use crate::record::observation::{write_area, write_count, write_effort, write_place, write_span};
use clause::{Bears, Fact, FactNote, Heard, Margin, Reason, Verdict, Zone};
use sha2::{Digest, Sha256};
use terms::{Effort, Line, Position};

/// How many values there are, and the SHA-256 over their canonical bytes, a line end after each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stream {
    /// Number of values.
    pub count: u64,
    /// 64 lower-case hex digits.
    pub sha256: String,
}

impl Stream {
    /// Over values in the order in which they come.
    pub(crate) fn of(values: impl IntoIterator<Item = Value>) -> Stream {
        Stream::of_lines(values.into_iter().map(|value| encode(&value)))
    }

    /// Over values that have no order of their own: in the order of their bytes.
    pub(crate) fn of_set(values: impl IntoIterator<Item = Value>) -> Stream {
        let mut lines: Vec<Vec<u8>> = values.into_iter().map(|value| encode(&value)).collect();
        lines.sort_unstable();
        Stream::of_lines(lines)
    }

    fn of_lines(lines: impl IntoIterator<Item = Vec<u8>>) -> Stream {
        let (mut hash, mut count) = (Sha256::new(), 0);
        for line in lines {
            hash.update(line);
            hash.update("\n");
            count += 1;
        }
        Stream { count, sha256: hex(&hash.finalize()) }
    }
}

/// An incident with what people made of it, without how it bears on rules: that is in the verdicts.
pub(crate) fn write_incident(seen: &SeenIncident) -> Value {
    let incident = &seen.incident;
    let attributed =
        |party: &Option<terms::Party>| party.as_ref().map_or("undetermined".to_owned(), ToString::to_string);
    let ruled = seen.rulings.iter().map(|held| {
        let decision = if held.what.breach { "breach" } else { "no breach" };
        Writer::default().text("rule", &held.what.rule).text("decision", decision).finish()
    });
    Writer::default()
        .text("id", incident.id)
        .text("act", incident.act.word())
        .optional_text("object", incident.object.as_ref())
        .put("happened", write_span(incident.happened))
        .put("place", write_place(&incident.place))
        .put("count", write_count(incident.count))
        .optional_text("by", incident.by.as_ref())
        .integer("chance_ppm", incident.chance.ppm())
        .texts("members", &incident.members)
        .texts("sources", &incident.sources)
        .integer("voices", incident.voices)
        .integer("silent", incident.silent)
        .integer("rivals", incident.rivals)
        .put("belongs_ppm", Value::List(incident.joins.iter().map(|j| Value::Integer(j.chance.ppm().into())).collect()))
        .text("ordered", incident.ordered.word())
        .text("state", seen.state())
        .optional_text("attributed", seen.attribution().map(|attribution| attributed(&attribution.party)))
        .put("ruled", Value::List(ruled.collect()))
        .finish()
}

pub(crate) fn write_fact(fact: &Fact) -> Value {
    Writer::default()
        .text("id", &fact.id)
        .integer("revision", fact.revision)
        .text("act", fact.act.word())
        .optional_text("object", fact.object.as_ref())
        .put("happened", write_span(fact.happened))
        .put("place", write_place(&fact.place))
        .optional_text("by", fact.by.as_ref())
        .optional_text("at", fact.at.as_ref())
        .put("count", write_count(fact.count))
        .optional_text("about", fact.about.as_ref())
        .integer("chance_ppm", fact.chance.ppm())
        .text("footing", fact.footing.word())
        .finish()
}

/// A verdict with what it rests on; its sentences are left out.
pub(crate) fn write_verdict(verdict: &Verdict) -> Value {
    let because = &verdict.because;
    let mut writer = Writer::default()
        .text("rule", &verdict.rule)
        .optional_text("reading", verdict.reading.as_ref())
        .optional_text("bearer", verdict.bearer.as_ref())
        .text("footing", verdict.footing.word())
        .text("value", verdict.value.word())
        .text("standing", verdict.standing.word())
        .put("incidents", Value::List(because.incidents.iter().map(write_note).collect()))
        .integer("outside", because.outside as i64)
        .optional_integer("watched_ppm", because.coverage.as_ref().map(|coverage| coverage.watched.ppm()))
        .texts("reasons", because.reasons.iter().map(|reason| reason.why.word()));
    if let Some(coverage) = because.coverage.as_ref().filter(|coverage| coverage.seen.is_some()) {
        writer = writer.optional_integer("seen_ppm", coverage.least().map(|(_, chance)| chance.ppm()));
    }
    if let Some(margin) = verdict.margin {
        writer = writer.put("margin", write_margin(margin));
    }
    if let Some(window) = because.window {
        writer = writer.put("window", write_span(window));
    }
    writer.finish()
}

fn write_note(note: &FactNote) -> Value {
    let reasons: Vec<&str> = match &note.bears {
        Bears::Falls => Vec::new(),
        Bears::Outside(reason) => vec![reason.why.word()],
        Bears::Undetermined(reasons) => reasons.iter().map(|reason: &Reason| reason.why.word()).collect(),
    };
    let writer = Writer::default()
        .text("id", &note.id)
        .text("bears", answer(&note.bears))
        .texts("reasons", reasons)
        .integer("chance_ppm", note.chance.ppm());
    match note.margin {
        Some(margin) => writer.put("margin", write_margin(margin)).finish(),
        None => writer.finish(),
    }
}

fn write_margin(margin: Margin) -> Value {
    let (kind, ms) = match margin {
        Margin::AfterStart(ms) => ("after start", ms),
        Margin::Late(ms) => ("late", ms),
        Margin::InHand(ms) => ("in hand", ms),
    };
    Writer::default().text("kind", kind).integer("ms", ms).finish()
}

/// A look: its payload under its id.
pub(crate) fn write_look(effort: &Effort) -> Value {
    Writer::default().text("id", effort.id).put("look", write_effort(effort)).finish()
}

pub(crate) fn write_heard(heard: &Heard) -> Value {
    let silent = heard.silent.iter().map(|span| write_span(*span)).collect();
    Writer::default()
        .text("source", &heard.source)
        .integer("until_ms", heard.until.ms())
        .put("silent", Value::List(silent))
        .finish()
}

/// What an agreement's map says of a zone, without where the map comes from.
pub(crate) fn write_zone(zone: &Zone) -> Value {
    let writer = Writer::default().put("area", write_area(&zone.area)).texts("holds", &zone.holds);
    match &zone.band {
        Some((line, reach_m)) => writer.put("along", write_line(line)).integer("reach_m", *reach_m).finish(),
        None => writer.finish(),
    }
}

/// Paths of `[lon_e6, lat_e6, lon_e6, lat_e6, ...]`.
pub(crate) fn write_line(line: &Line) -> Value {
    let path = |path: &Vec<Position>| {
        let numbers = path.iter().flat_map(|position| [position.lon_e6(), position.lat_e6()]);
        Value::List(numbers.map(|n| Value::Integer(n.into())).collect())
    };
    Value::List(line.paths().iter().map(path).collect())
}
