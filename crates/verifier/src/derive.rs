//! Takes a log as it was brought, with what everyone may read of it; gives every published result made again and compared, by the
//! code of `backstop audit`. What was not brought it names. Never says yes for what it did not make.

use crate::derivation::{AuditedResult, Deriving, Now};
use crate::outcome::{Answer, Outcome, Verdict};
use crate::record::{Record, needs};
use crate::request::{MAX_PARTS, Request};
use crate::{entries, head};
use serde_json::{Value, json};

/// Longest log that is derived from here: its files fill the parts of one request.
const MAX_ENTRIES: u64 = (MAX_PARTS as u64 / 2 - 64) * 256;
/// Most differences, and most missing pieces, that are listed.
const MAX_LISTED: usize = 100;

pub(crate) fn answer(request: &Request<'_>) -> Result<Outcome, String> {
    let mut trust = head::Trust::of(request)?;
    let beside = trust.log.is_none();
    if beside {
        trust.log = Some(head::key_in(request, "key-beside")?);
    }
    let key = trust.key()?;
    let head = match head::read(request, "checkpoint", key) {
        Ok(head) => head,
        Err(why) => {
            let answer = Answer::new("head", Verdict::No, "head.unsigned", json!({ "key": key.to_string() }));
            return Ok(Outcome::of(vec![answer.detailed(why)], json!({})));
        }
    };
    if head.size > MAX_ENTRIES {
        let values = json!({ "size": head.size, "most": MAX_ENTRIES });
        let answer = Answer::new("follows", Verdict::CannotTell, "follows.large", values);
        return Ok(Outcome::of(vec![answer], json!({ "head": head::about(&head) })));
    }
    let needed = needs(request, head.size);
    if !needed.is_empty() {
        return Ok(Outcome::Needs(needed));
    }
    let about = head::about(&head);
    let record = Record::of(request, head, &entries::authors(request)?);
    let published = |name: &str| request.part(&format!("published {name}")).map(<[u8]>::to_vec);
    let derived = Deriving::all(&record, record.changed().as_ref(), &published);
    let values = json!({ "key": key.to_string() });
    let log = match beside {
        false => Answer::new("head", Verdict::Yes, "head.signed", values),
        // Whoever forges a record forges the key that lies with it.
        true => Answer::new("head", Verdict::CannotTell, "head.key-beside", values),
    };
    let answers = vec![
        log,
        say("unchanged", ["unchanged.all", "unchanged.differs", "unchanged.missing"], &record.unchanged()),
        say("follows", ["follows.same", "follows.differs", "follows.missing"], &derived.follows),
        trust.others(request.part("checkpoint").unwrap_or_default()),
    ];
    let differences = record.differences.iter().take(MAX_LISTED);
    let differences = differences.map(|(entry, file, what)| json!({ "entry": entry, "file": file, "what": what }));
    Ok(Outcome::of(
        answers,
        json!({
            "head": about,
            "results": derived.results.iter().map(result).collect::<Vec<_>>(),
            "now": derived.now.as_ref().map(now),
            "erased": derived.erased.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "differences": differences.collect::<Vec<_>>(),
            "missing": record.missing.iter().take(MAX_LISTED).collect::<Vec<_>>(),
        }),
    ))
}

fn say(question: &'static str, why: [&'static str; 3], answer: &crate::Answer) -> Answer {
    let (verdict, why) = match answer {
        crate::Answer::Yes(_) => (Verdict::Yes, why[0]),
        crate::Answer::No(_) => (Verdict::No, why[1]),
        crate::Answer::CannotTell(_) => (Verdict::CannotTell, why[2]),
    };
    Answer::new(question, verdict, why, json!({})).detailed(answer.note())
}

fn result(result: &AuditedResult) -> Value {
    json!({ "entry": result.entry, "kind": result.kind, "title": result.title, "basis": result.basis,
            "program": result.program, "answer": result.answer.word().replace(' ', "_"), "note": result.answer.note() })
}

fn now(now: &Now) -> Value {
    json!({ "incidents": now.incidents.0, "incidents_sha256": now.incidents.1, "streams": now.verdicts.0,
            "verdicts_sha256": now.verdicts.1 })
}
