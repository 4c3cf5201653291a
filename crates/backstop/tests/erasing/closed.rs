//! `backstop log commit`, `log reveal` and `log open`: what is committed to now and said later, and one field for a stranger.

use super::*;

pub(crate) const SECRET: &str = "SECRET-the-convoy-leaves-at-six";

/// What a row says that is committed to.
pub(crate) fn payload() -> String {
    format!(r#"{{"file":"list.csv","raw":"{SECRET}","row":7,"source":"a-list","why":"withheld until it is safe"}}"#)
}

#[test]
fn what_is_committed_to_is_nowhere_until_it_is_opened() {
    let place = Place::new("commit");
    let store = place.store(1);
    let (payload, kept) = (place.file("payload.json", payload()), place.path("kept"));
    let commit = |kind: &str, payload: &str, kept: &str| {
        ["--store", &store, "log", "commit", kind, payload, "--keep", kept].map(str::to_owned).to_vec()
    };
    let run = |args: Vec<String>, code: i32, parts: &[&str]| {
        refuses(&args.iter().map(String::as_str).collect::<Vec<_>>(), code, parts)
    };
    let head = says(&["--store", &store, "log", "head"], 0).out;
    run(commit("row.unread", &place.path("absent"), &kept), 4, &["absent"]);
    run(commit("row.unread", &place.file("broken.json", "{"), &kept), 2, &["broken.json"]);
    run(commit("row.unread", &place.file("part.json", r#"{"file":"x"}"#), &kept), 2, &["as `row.unread`"]);
    run(commit("row.unread", &place.file("half.json", r#"{"row":1.5}"#), &kept), 2, &["whole numbers"]);
    run(commit("nothing.known", &payload, &kept), 2, &["nothing.known"]);
    let order =
        r#"{"approved_by":["a"],"attested":[],"authority":"a","entries":[{"index":0,"leaf":"00"}],"ground":"g"}"#;
    let order = place.file("order.json", order.replace("00", &"00".repeat(32)));
    run(commit("redaction.ordered", &order, &kept), 9, &["redaction.ordered", "cannot be withheld"]);
    assert!(!Path::new(&kept).exists(), "nothing is left of what was refused");
    assert_eq!(says(&["--store", &store, "log", "head"], 0).out, head);

    let done = says(&["--store", &store, "log", "commit", "row.unread", &payload, "--keep", &kept], 0);
    assert!(done.out.starts_with("c2sp.org/tlog-proof@v1\n") && done.err.contains("log reveal"), "{}", done.err);
    run(commit("row.unread", &payload, &kept), 2, &["kept", "there already"]);
    assert!(holding(Path::new(&store), SECRET.as_bytes()).is_empty(), "only the author has it");
    let size = says(&["--store", &store, "log", "tail", "-n", "100"], 0).out.lines().count();
    let index = (size - 1).to_string();
    let waits = says(&["--store", &store, "log", "show", &index], 8);
    assert!(waits.out.contains("committed to, and no entry opens it yet"), "{}", waits.out);
    refuses(&["--store", &store, "log", "open", &index, "--field", "raw"], 8, &["log reveal"]);
    assert!(says(&["verify", &store], 0).out.contains("1 committed to by entries without contents"));

    // Only what was committed to opens it, and once.
    let changed = fs::read_to_string(&kept).expect("kept").replace("six", "ten");
    refuses(
        &["--store", &store, "log", "reveal", &place.file("changed", changed)],
        4,
        &["no entry of this log commits"],
    );
    refuses(&["--store", &store, "log", "reveal", &payload], 2, &["payload.json", "log commit"]);
    refuses(&["--store", &store, "log", "reveal", &place.path("absent")], 4, &["absent"]);
    let opened = data(&["--store", &store, "log", "reveal", &kept], 0, "backstop.reveal/1");
    assert_eq!((opened["opens"].as_u64(), opened["entry"].as_u64()), (Some(size as u64 - 1), Some(size as u64)));
    refuses(&["--store", &store, "log", "reveal", &kept], 2, &["is open already, by entry"]);
    let shown = says(&["--store", &store, "log", "show", &index], 0).out;
    assert!(shown.contains(&format!("it was opened by entry {size}")), "{shown}");
    assert!(says(&["--store", &store, "log", "show", &size.to_string()], 0).out.contains(SECRET));
    assert!(says(&["verify", &store], 0).out.ends_with("verified\n"));
    let audited = says(&["audit", &store], 0).out;
    assert!(audited.contains("nothing was given out"), "{audited}");
    let json = data(
        &["--store", &store, "log", "commit", "row.unread", &payload, "--keep", &place.path("two")],
        0,
        "backstop.commit/1",
    );
    assert!(json["receipt"].as_str().is_some_and(|receipt| receipt.starts_with("c2sp.org/tlog-proof@v1\n")), "{json}");
}

#[test]
fn one_field_is_opened_for_a_stranger_and_the_others_stay_closed() {
    let place = Place::new("open");
    let store = place.store(3);
    let key = format!("{store}/keys/log.pub");
    let opened = says(&["--store", &store, "log", "open", "2", "--field", "why", "--field", "row"], 0).out;
    assert!(opened.contains("\"why\"") && !opened.contains(CANARY), "{opened}");
    refuses(&["--store", &store, "log", "open", "2", "--field", "nothing"], 4, &["no field `nothing`", "log show 2"]);
    refuses(&["--store", &store, "log", "open", "99", "--field", "why"], 4, &["there is no entry 99"]);
    says(&["--store", &store, "log", "open", "2"], 2);
    let file = place.file("opened.json", &opened);
    let checked = says(&["verify", &file, "--log-key", &key], 0).out;
    assert!(checked.contains("row.unread") && checked.contains("3 other fields stay closed\nverified\n"), "{checked}");
    let json = data(&["verify", &file, "--log-key", &key], 0, "backstop.opened/1");
    assert_eq!((&json["entry"], &json["fields_closed"]), (&2.into(), &3.into()), "{json}");
    refuses(&["verify", &file], 2, &["--log-key"]);
    // Every change of it is noticed.
    for (from, to) in [("\"row\"", "\"raw\""), ("index 2", "index 1"), ("\"count\":5", "\"count\":4")] {
        assert!(opened.contains(from), "{from}: {opened}");
        let changed = place.file("changed.json", opened.replacen(from, to, 1));
        assert!(says(&["verify", &changed, "--log-key", &key], 7).out.contains("checked and wrong"), "{from}");
    }
    let other = place.path("other");
    says(&["init", &other, "--data-class", "operational", "--mission", "test"], 0);
    says(&["verify", &file, "--log-key", &format!("{other}/keys/log.pub")], 7);
    // What is erased is opened for nobody; what was opened before still proves.
    says(&[&["--store", &store, "redact", "2", "--yes"][..], &ORDER].concat(), 0);
    refuses(&["--store", &store, "log", "open", "2", "--field", "why"], 8, &["erased"]);
    says(&["verify", &file, "--log-key", &key], 0);
}
