//! What came of clocks of guarantors, as a feed for whoever reads elsewhere: Atom, RFC 4287.
//!
//! Takes guarantees as the asker may see them; gives an entry for each clock that started, nears its end or is over, the newest first. The
//! same clocks give the same bytes. Never holds what its reader may not see.

use super::guarantees::{Answer, written};
use super::whom::{Whom, theirs};
use super::{Shared, problem};
use crate::alert::{Telling, mark, message, name_and_class};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use clause::guarantee::{Distances, Occasion, occasions};
use mission::Guarantees;
use mission::record::body::{Alert, Carrier};
use mission::record::hex::hex;
use quick_xml::escape::escape;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use terms::time::{DAY_MS, HOUR_MS};
use terms::{Instant, Label};

/// A feed has no more entries; readers keep what they have seen.
const MOST_ENTRIES: usize = 200;

/// The clocks of guarantors as an Atom feed.
#[utoipa::path(get, path = "/guarantees/feed.atom", responses(
    (status = 200, body = String, content_type = "application/atom+xml"), (status = 401, body = super::model::Problem),
    (status = 404, body = super::model::Problem)))]
pub(crate) async fn feed(State(shared): State<Shared>, Whom(onlooker): Whom) -> Response {
    let snapshot = shared.now();
    let Some(guarantees) = snapshot.guarantees(&onlooker, None) else {
        return problem(StatusCode::NOT_FOUND, "no page of guarantees is adopted; `backstop guarantees adopt PATH`");
    };
    let (mission, data_class) = name_and_class(snapshot.view.opening.as_ref());
    let text = atom(&guarantees, mission, data_class, &snapshot.seal.origin);
    theirs(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], text))
}

/// The feed of guarantees.
pub(crate) fn atom(guarantees: &Guarantees, mission: &str, data_class: &str, origin: &str) -> String {
    let answer = written(guarantees);
    let distances = Distances { before_ms: vec![DAY_MS, HOUR_MS], after_ms: vec![DAY_MS] };
    let mut came: Vec<(Instant, Occasion, usize)> = Vec::new();
    for (place, run) in guarantees.sheet.runs.iter().enumerate() {
        let occasions = occasions(run, &distances, guarantees.sheet.at).into_iter();
        came.extend(occasions.map(|(occasion, when)| (when, occasion, place)));
    }
    came.sort_by_key(|(when, occasion, place)| (std::cmp::Reverse(*when), *occasion, *place));
    let updated = came.first().map_or(guarantees.sheet.at, |(when, ..)| *when);
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    element(&mut text, 1, "title", &format!("{}{}", mark(data_class), answer.title));
    element(&mut text, 1, "id", &uuid(origin, "feed"));
    element(&mut text, 1, "updated", &updated.to_string());
    let _ = writeln!(text, "  <author><name>{}</name></author>", clean(mission));
    text.push_str("  <generator>Backstop</generator>\n");
    for (when, occasion, place) in came.into_iter().take(MOST_ENTRIES) {
        entry(&mut text, &answer, place, (when, occasion), (mission, data_class, origin));
    }
    text.push_str("</feed>\n");
    text
}

fn entry(
    text: &mut String,
    answer: &Answer,
    place: usize,
    (at, occasion): (Instant, Occasion),
    (mission, data_class, origin): (&str, &str, &str),
) {
    let clock = &answer.clocks[place];
    let channel = Label::new("feed").expect("invariant: a plain word");
    let id = Alert::name(&channel, &clock.id, occasion, at);
    let told = Telling { mission, data_class, id: &id, occasion, at };
    let (subject, says) = message(&told, answer, clock, Carrier::App);
    text.push_str("  <entry>\n");
    element(text, 2, "title", &subject);
    element(text, 2, "id", &uuid(origin, id.as_str()));
    element(text, 2, "updated", &at.to_string());
    let _ = writeln!(text, "    <category term=\"{}\"/>", occasion.word());
    let _ = writeln!(text, "    <content type=\"text\">{}</content>", clean(&says));
    text.push_str("  </entry>\n");
}

fn element(text: &mut String, depth: usize, name: &str, value: &str) {
    let _ = writeln!(text, "{:indent$}<{name}>{}</{name}>", "", clean(value), indent = 2 * depth);
}

/// Escaped, without the control letters that XML cannot hold.
fn clean(text: &str) -> String {
    let holds = |letter: &char| !letter.is_control() || matches!(letter, '\n' | '\t');
    let plain: String =
        text.chars().filter(holds).filter(|letter| !matches!(letter, '\u{fffe}' | '\u{ffff}')).collect();
    escape(plain.as_str()).into_owned()
}

/// A name that follows from what it names, as RFC 9562 has it (version 8).
fn uuid(origin: &str, what: &str) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(format!("{origin}\n{what}"))[..16]);
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let hex = hex(&bytes);
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
