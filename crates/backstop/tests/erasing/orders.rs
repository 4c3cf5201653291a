//! `backstop redact`: what it refuses, what it shows, and what it leaves.

use super::*;

fn redact<'a>(store: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["--store", store, "redact"], rest].concat()
}

#[test]
fn an_order_erases_what_it_names_and_says_why() {
    let place = Place::new("order");
    let store = place.store(5);
    let whole = says(&["--store", &store, "log", "show", "2"], 0);
    assert!(whole.out.contains(CANARY), "{}", whole.out);
    let shown = says(&redact(&store, &[&["2", "--dry-run"][..], &ORDER].concat()), 0);
    for part in ["1 entries to be erased", "row.unread", CANARY, "authority    the court", "ground       order 12"] {
        assert!(shown.err.contains(part), "`{part}` is not in:\n{}", shown.err);
    }
    let would = data(&redact(&store, &[&["2", "--dry-run"][..], &ORDER].concat()), 0, "backstop.redact/1");
    assert_eq!((&would["dry_run"], &would["erased"]), (&true.into(), &serde_json::json!([])), "{would}");
    assert_eq!(would["would_erase"], serde_json::json!([2]));
    assert_eq!(says(&["--store", &store, "log", "show", "2"], 0).out, whole.out, "a dry run changes nothing");

    let done = data(&redact(&store, &[&["2", "--yes"][..], &ORDER].concat()), 0, "backstop.redact/1");
    let by = done["by"].as_u64().expect("an index").to_string();
    assert_eq!(done["erased"], serde_json::json!([2]));
    let shown = says(&["--store", &store, "log", "show", "2"], 0);
    assert!(
        shown.out.contains(&format!("erased by entry {by}, on the authority of the court: order 12")),
        "{}",
        shown.out
    );
    assert!(!shown.out.contains(CANARY));
    assert!(says(&["--store", &store, "log", "show", "3"], 0).out.contains(CANARY), "the others stay");
    says(&["--store", &store, "log", "prove", "2"], 0);
    let order = says(&["--store", &store, "log", "show", &by], 0);
    assert!(order.out.contains("the commission") && !order.out.contains(CANARY), "{}", order.out);
    let verified = says(&["verify", &store], 0);
    assert!(
        verified.out.contains(&format!("erased            1 by entry {by}, on the authority of the court: order 12"))
    );
    // Once is enough, and an order stands for ever.
    refuses(&redact(&store, &[&["2", "--yes"][..], &ORDER].concat()), 2, &["entry 2 is erased already", "log show 2"]);
    refuses(&redact(&store, &[&[&*by, "--yes"][..], &ORDER].concat()), 9, &["redaction.ordered", "never erased"]);
    refuses(&redact(&store, &[&["0", "--yes"][..], &ORDER].concat()), 9, &["mission.opened", "never erased"]);
    let finished = data(&["--store", &store, "redact", "--finish"], 0, "backstop.redact/1");
    assert_eq!(finished["erased"], serde_json::json!([]));
    assert!(says(&["verify", &store], 0).out.ends_with("verified\n"));
}

#[test]
fn an_order_without_its_reasons_is_none() {
    let place = Place::new("reasons");
    let store = place.store(3);
    let head = says(&["--store", &store, "log", "head"], 0).out;
    for left_out in 0..3 {
        let given: Vec<&str> =
            ORDER.chunks(2).enumerate().filter(|(at, _)| *at != left_out).flat_map(|(_, it)| it.to_vec()).collect();
        let blank: Vec<&str> = ORDER
            .chunks(2)
            .enumerate()
            .flat_map(|(at, it)| [it[0], if at == left_out { "  " } else { it[1] }])
            .collect();
        for rest in [given, blank] {
            let named = [ORDER[0], ORDER[2], ORDER[4]][left_out];
            refuses(&redact(&store, &[&["1", "--yes"], &rest[..]].concat()), 2, &["an erasure needs", named]);
        }
    }
    refuses(&redact(&store, &[&["99", "--yes"][..], &ORDER].concat()), 4, &["there is no entry 99; the log has"]);
    refuses(&redact(&store, &[&["1"][..], &ORDER].concat()), 9, &["nothing was erased", "--yes"]);
    let attested = [&["1", "--yes", "--attested", "someone"][..], &ORDER].concat();
    refuses(&redact(&store, &attested), 2, &["NAME=SHA256"]);
    says(&redact(&store, &["--yes"]), 2);
    says(&redact(&store, &[&["one", "--yes"][..], &ORDER].concat()), 2);
    refuses(&redact(&place.path("nowhere"), &[&["1", "--yes"][..], &ORDER].concat()), 4, &["nowhere"]);
    assert_eq!(says(&["--store", &store, "log", "head"], 0).out, head, "nothing of it was recorded");
    assert!(says(&["--store", &store, "log", "show", "1"], 0).out.contains(CANARY));
}

#[test]
fn what_says_the_same_goes_together() {
    let place = Place::new("together");
    let store = place.store(1);
    let payload = place.file("payload.json", closed::payload());
    let kept = place.path("kept");
    says(&["--store", &store, "log", "commit", "row.unread", &payload, "--keep", &kept], 0);
    says(&["--store", &store, "log", "reveal", &kept], 0);
    let size = says(&["--store", &store, "log", "tail", "-n", "100"], 0).out.lines().count() as u64;
    let (committed, revealed) = (size - 2, size - 1);
    let named = committed.to_string();
    let done = data(&redact(&store, &[&[&*named, "--yes"][..], &ORDER].concat()), 0, "backstop.redact/1");
    assert_eq!(done["erased"], serde_json::json!([committed, revealed]));
    // The author still has the file; the record does not take it again.
    refuses(&["--store", &store, "log", "reveal", &kept], 9, &["was erased by entry"]);
    assert!(holding(Path::new(&store), closed::SECRET.as_bytes()).is_empty());
}
