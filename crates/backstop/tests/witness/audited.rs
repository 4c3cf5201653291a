//! The audit of a log that others cosign: of the store, of a mirror and of an address, by the store's trust file and by ones of
//! the auditor's own.

use super::*;
use mission::record::Body;
use mission::record::body::{Opening, UnreadRow};
use terms::SourceId;

/// A store whose entries everyone may read, so that a copy follows too.
fn open_store(dir: &Path) -> Store {
    let mut store = new_store(dir);
    let opening = Opening {
        mission: "Watched".into(),
        data_class: "simulated".into(),
        time_zone: "UTC".into(),
        same_words_ppm: None,
    };
    append_body(&mut store, &Body::MissionOpened(opening));
    store
}

fn append_body(store: &mut Store, body: &Body) {
    let received_at_ms = 1_775_900_000_000 + store.size() as i64;
    let entry = NewEntry { kind: body.kind().into(), class: Class::Public, received_at_ms, payload: body.write() };
    store.append(vec![entry]).expect("appended");
}

fn append_row(store: &mut Store) {
    let source = SourceId::new("a-list").expect("a source id");
    let (file, row) = ("list.csv".to_owned(), store.size());
    append_body(store, &Body::RowUnread(UnreadRow { source, file, row, why: "told".into(), raw: "raw".into() }));
}

/// A trust file of these witnesses, so many of whom are enough.
fn policy(place: &Path, name: &str, log: &VerifyingIdentity, keys: &[&str], enough: &str) -> PathBuf {
    let mut lines = format!("log {log}\n");
    (1..).zip(keys).for_each(|(number, key)| lines += &format!("witness W{number} {key}\n"));
    let names: Vec<String> = (1..=keys.len()).map(|number| format!("W{number}")).collect();
    lines += &format!("group mine {enough} {}\nquorum mine\n", names.join(" "));
    let path = place.join(name);
    fs::write(&path, lines).expect("written");
    path
}

#[track_caller]
fn audits(args: &[&str], code: i32, parts: &[&str]) {
    let said = check(&[&["audit", "--no-progress"], args].concat(), code);
    parts.iter().for_each(|part| assert!(said.contains(part), "`{part}` is not in:\n{said}"));
}

#[test]
fn an_audit_names_who_cosigned_and_who_is_silent() {
    let place = place("audit");
    let (dir, mirror) = (place.join("store"), place.join("mirror"));
    let mut store = open_store(&dir);
    let log = store.keys().log.clone();
    store.publish().expect("published");
    audits(&[text(&dir)], 0, &["witnesses             cannot tell  no witnesses: the operator alone vouches"]);
    let mut running = witnesses(&place, &log, 3);
    let keys: Vec<String> = running.iter().map(|(dir, _)| key_of(dir)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    ask_all(&store, &running);
    audits(&[text(&dir)], 0, &["cannot tell  quorum NOT met: 0 of 3 cosigned", "w1.example: not cosigned\n"]);
    append_row(&mut store);
    asker().publish(&mut store).expect("published");
    audits(
        &[text(&dir)],
        0,
        &["witnesses             yes          quorum met: 3 of 3 cosigned size 2 (needed: 2 of 3"],
    );

    // One is silent from then on.
    running.truncate(2);
    append_row(&mut store);
    asker().publish(&mut store).expect("published");
    drop(store);
    let silent =
        ["yes          quorum met: 2 of 3", "w1.example: cosigned at ", "w3.example: not cosigned; none since "];
    audits(&[text(&dir)], 0, &silent);
    let shown = check(&["audit", text(&dir), "--json", "--no-progress"], 0);
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["data"]["witnessed"]["answer"], "yes");
    let third = &shown["data"]["witnesses"]["witnesses"][2];
    assert!(third["silent_since"].is_string() && third["cosigned"] == "not cosigned", "{third}");

    // A mirror knows of nobody until the auditor says whom to believe.
    check(&["log", "mirror", text(&dir), text(&mirror), "--no-progress"], 0);
    audits(&[text(&mirror)], 0, &["cannot tell  signed also by w1.example, w2.example, and no trust file here"]);
    let served = Serving::start(Command::new(env!("CARGO_BIN_EXE_backstop")).args([
        "--store",
        text(&dir),
        "serve",
        "--listen",
        "127.0.0.1:0",
    ]));
    let two = policy(&place, "two", &log, &keys, "2");
    let all = policy(&place, "all", &log, &keys, "all");
    for source in [text(&dir), text(&mirror), &served.url] {
        let of_three = "yes          quorum met: 2 of 3 cosigned size 3 (needed: 2 of 3 in `mine`)";
        audits(&[source, "--policy", text(&two)], 0, &[of_three, "by your trust file"]);
        audits(&[source, "--policy", text(&all)], 8, &["cannot tell  quorum NOT met: 2 of 3", "W3: not cosigned"]);
    }
    // `verify` says it as the audit does.
    let shown = check(&["verify", text(&dir), "--policy", text(&all)], 8);
    assert!(
        shown.contains("cannot tell: 2 of the 3 witnesses of your policy cosigned, which is not enough\ncannot tell"),
        "{shown}"
    );
    check(&["verify", text(&dir), "--policy", text(&two)], 0);
    // A key that nobody gave the auditor counts for nothing, whatever it is called.
    let foreign = Folder::create(&place.join("foreign"), "w1.example").expect("a witness").to_string();
    let other = policy(&place, "other", &log, &[&foreign], "1");
    audits(&[text(&mirror), "--policy", text(&other)], 8, &["quorum NOT met: 0 of 1", "W1: not cosigned"]);
    // A head that no log of the auditor's signed is another log's.
    let stranger = new_store_of(&place.join("stranger"), 4).keys().log.clone();
    let of_another = policy(&place, "another", &stranger, &keys, "2");
    audits(&[text(&mirror), "--policy", text(&of_another)], 7, &["witnesses             no "]);
    check(&["verify", text(&dir), "--policy", text(&of_another)], 7);
    audits(&[text(&mirror), "--policy", text(&mirror.join("keys/log.pub"))], 2, &[]);

    // What the page is told is the same.
    let told = told_by(&served);
    let others = told["answers"].as_array().and_then(|all| all.iter().find(|one| one["key"] == "witnessed"));
    let others = others.expect("the question is answered");
    assert_eq!(others["answer"], "yes", "{others}");
    let of =
        |name: &str| told["witnesses"].as_array().and_then(|all| all.iter().find(|one| one["name"] == name)).cloned();
    let (first, third) = (of("w1.example").expect("told"), of("w3.example").expect("told"));
    assert!(first["signed_at"].is_string() && first["silent_since"].is_null(), "{first}");
    assert!(third["signed_at"].is_null() && third["silent_since"].is_string() && third["why"].is_string(), "{third}");
    drop(served);

    // A signature in a known name that does not hold is a no; by the log's key alone nothing was changed.
    for folder in [&dir, &mirror] {
        let path = folder.join("log/checkpoint");
        let head = fs::read_to_string(&path).expect("a checkpoint");
        let at = head.find("w1.example ").expect("a cosignature") + "w1.example ".len() + 40;
        let other = if &head[at..=at] == "A" { "B" } else { "A" };
        fs::write(&path, format!("{}{other}{}", &head[..at], &head[at + 1..])).expect("written");
    }
    audits(&[text(&dir)], 7, &["witnesses             no "]);
    audits(&[text(&mirror), "--policy", text(&two)], 7, &["witnesses             no "]);
}

/// The page's audit, once it is done.
fn told_by(served: &Serving) -> serde_json::Value {
    let ask = "GET /api/v1/audit HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let answer = raw(&served.address(), ask.as_bytes());
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let start = body.find('{').expect("JSON");
        let end = body.rfind('}').expect("JSON");
        let told: serde_json::Value = serde_json::from_str(&body[start..=end]).expect("JSON");
        if told["state"] == "done" {
            return told;
        }
        assert!(std::time::Instant::now() < deadline, "{told}");
        std::thread::yield_now();
    }
}
