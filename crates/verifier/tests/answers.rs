//! Takes a log of 700 entries, a published file and their forgeries; checks each answer, and that no damaged request makes the
//! verifier panic. With `BACKSTOP_REQUESTS` it also writes the requests, so that other builds can be asked the same.

mod made;

use made::Made;
use serde_json::Value;

/// The answers of a request: `bytes=yes log=no`, or how else it ended.
#[track_caller]
fn check(name: &str, request: &[u8], expected: &str) {
    let answer = asked(request);
    let answers = answer["answers"].as_array().cloned().unwrap_or_default();
    let words = |answer: &Value| {
        format!("{}={}", answer["question"].as_str().unwrap_or("?"), answer["answer"].as_str().unwrap_or("?"))
    };
    let said: Vec<String> = answers.iter().map(words).collect();
    let found = if said.is_empty() { answer["result"].as_str().unwrap_or("?").to_owned() } else { said.join(" ") };
    assert_eq!(found, expected, "{name}: {answer}");
}

fn asked(request: &[u8]) -> Value {
    serde_json::from_slice(&verifier::answer(request)).expect("an answer is JSON")
}

#[test]
fn questions_are_answered() {
    let made = Made::new();
    for (name, request, expected) in made.requests() {
        check(&name, &request, expected);
    }
}

/// What an entry says is told in short where everyone may read it, and where it is what the entry committed to.
#[test]
fn what_entries_say_is_told_in_short() {
    let made = Made::new();
    let told = |request: &[u8]| {
        let entries = asked(request)["entries"].as_array().cloned().unwrap_or_default();
        entries.into_iter().map(|entry| entry["said"].clone()).collect::<Vec<Value>>()
    };
    let said = told(&made.said_request(|_| {}));
    let states: Vec<&str> = said.iter().map(|one| one["state"].as_str().unwrap_or("?")).collect();
    assert_eq!(states, ["open", "open", "withheld", "erased", "other"]);
    assert_eq!(said[0]["fields"]["number"], 289);
    let text = said[0]["fields"]["text"].as_str().expect("a text");
    assert!(text.ends_with('…') && text.chars().count() == 161, "{text}");
    // A list is no short field.
    assert_eq!(said[1]["fields"], serde_json::json!({ "bulletin": "daily", "day": "2031-05-04", "program": "made" }));
    assert!(said[4]["fields"].is_null(), "what it did not commit to is not shown: {}", said[4]);
    let damaged = told(&made.said_request(|parts| parts.get_mut("payloads/001.p/44").expect("made")[0] ^= 1));
    assert!(damaged.iter().all(Value::is_null), "{damaged:?}");
}

/// A recorded log gives its bulletin again, and where it does not, the answer names what differs or is missing.
#[test]
fn bulletins_are_derived_again() {
    for (name, request, expected, names) in made::replay::requests() {
        check(&name, &request, expected);
        let answer = String::from_utf8(verifier::answer(&request)).expect("JSON");
        assert!(answer.contains(names), "{name}: {answer}");
    }
}

/// Bytes are cut off, flipped and doubled all over each request, and every one is answered.
#[test]
fn damage_is_answered() {
    let folder = std::env::var_os("BACKSTOP_REQUESTS").map(std::path::PathBuf::from);
    let mut number = 0;
    let short = Made::new().requests().into_iter().map(|(name, request, _)| (name, request, 30));
    // To derive takes a second: only the sound log is harmed, and the others are for other builds, as a test above asks them.
    let mut long = made::replay::requests().into_iter().map(|(name, request, ..)| (name, request, 0));
    let sound = long.next().map(|(name, request, _)| (name, request, 6));
    let others = long.filter(|_| folder.is_some());
    for (name, request, times) in short.chain(sound).chain(others) {
        let harmed = if times == 0 { Vec::new() } else { made::damaged(&request, times) };
        for asked_now in std::iter::once(request.clone()).chain(harmed) {
            let answer = asked(&asked_now);
            assert!(answer["result"].is_string(), "{name}: {answer}");
            if let Some(folder) = &folder {
                keep(&folder.join(format!("{number:05}")), &asked_now);
            }
            number += 1;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "other builds read the requests from files")]
fn keep(path: &std::path::Path, request: &[u8]) {
    std::fs::write(path, request).expect("the folder is there");
}

/// A yes about the log never comes from a request in which a byte of what was signed or proved is another.
#[test]
fn no_flipped_byte_is_proved() {
    let made = Made::new();
    let good = made.file_request(|_| {});
    assert_eq!(asked(&good)["result"], "yes", "{}", asked(&good));
    for (part, bytes) in made.proved_parts() {
        for at in (0..bytes.len()).step_by(7) {
            let request = made.file_request(|parts| parts.get_mut(part).expect("the part is there")[at] ^= 1);
            let answer = asked(&request);
            // The index beside the fields and the name of the receipt may say what they like; they are proved by nothing.
            let harmless = part.ends_with(".entry.json") && answer["result"] == "yes" && made.is_loose(at);
            assert!(answer["result"] != "yes" || harmless, "{part} at byte {at}: {answer}");
        }
    }
}
