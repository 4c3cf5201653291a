//! Alerts through the real program and real servers on this machine: each is in the record before it goes out, none goes out twice, and
//! none tells one guarantor what is closed to it.

mod place;
mod program;

use backstop::alert::{Channels, Outcome, begin, end};
use backstop::station::{Station, open_mission};
use backstop::storage::{DataClass, Settings, Store};
use clause::guarantee;
use mission::record::Body;
use mission::record::body::{AdoptedGuarantees, Alert, Audience, Handling, RecordedDeed};
use mission::{AlertStand, Moment, Onlooker};
use place::Place;
use program::{Served, leaves, workspace};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use terms::{Instant, Party};

/// The secret of the webhook: invented, for tests alone.
const SECRET: &str = "whsec_aW52ZW50ZWQgZm9yIHRlc3RzIGFsb25lIQ==";

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("a time")
}

/// A store with the invented package, a closed page of Ilmaria's, and a request that Ilmaria received at 13:00 UTC on 2 March.
fn store(place: &Place) -> Station {
    let dir = place.0.join("store");
    let settings = Settings {
        data_class: DataClass::Simulated,
        mission: "told".to_owned(),
        created_at_ms: 0,
        seed: Some([7; 32]),
    };
    let store = Store::create(&dir, &settings).expect("a new store");
    let mut station = open_mission(store, "Told", DataClass::Simulated, "UTC", None, None, at("2026-03-01T00:00:00Z"))
        .expect("opened");
    let page = |name: &str| fs::read_to_string(workspace().join("agreements/varo-2026").join(name)).expect("read");
    let adopts = |name, audience| Body::GuaranteesAdopted(AdoptedGuarantees { text: page(name), audience });
    let ilmaria = Party::new("Ilmaria").expect("a party");
    let pages =
        [adopts("guarantees.md", Audience::Everyone), adopts("closed-ilmaria.md", Audience::Named(vec![ilmaria]))];
    station.write(&pages, at("2026-03-01T01:00:00Z")).expect("written");
    let table = "| deed | what | by | to | about | happened |\n|---|---|---|---|---|---|\n\
        | yes | ratified | Senate | | ilmaria-guarantee | 2026-03-01 12:00 |\n| ask | request | Berovia | Ilmaria | | 2026-03-02 10:30 |\n| got | receipt | Ilmaria | | ask | 2026-03-02 11:00 |\n";
    let known =
        station.mission().guarantees(Moment::at(at("2026-03-02T13:00:00Z")), &Onlooker::Public).expect("a page");
    let deeds = guarantee::deeds(table, &known.package).expect("deeds");
    let body = |(_, deed)| Body::DeedRecorded(RecordedDeed { deed, audience: Audience::Everyone });
    let deeds: Vec<Body> = deeds.into_iter().map(body).collect();
    station.write(&deeds, at("2026-03-02T13:00:00Z")).expect("written");
    station.publish().expect("published");
    station
}

/// Lets the time of a simulated store go on: its time is that of its last entry.
fn until(station: &mut Station, time: &str) {
    let note = Body::RowUnread(mission::record::body::UnreadRow {
        source: terms::SourceId::new("a-list").expect("a source"),
        file: "list.csv".to_owned(),
        row: 1,
        why: "time goes on".to_owned(),
        raw: String::new(),
    });
    station.write(&[note], at(time)).expect("written");
    station.publish().expect("published");
}

fn secret_file(place: &Place, name: &str, line: &str) {
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(place.0.join(name));
    file.expect("a file").write_all(line.as_bytes()).expect("written");
}

/// Writes the file of channels and reads it back.
fn channels(place: &Place, text: &str) -> Channels {
    secret_file(place, "webhook.secret", SECRET);
    fs::write(place.0.join("channels.toml"), text).expect("written");
    Channels::read(&place.0.join("channels.toml")).expect("channels")
}

const APP: &str = "[[channel]]\nname = \"desk\"\ncarrier = \"app\"\nfor = \"mission\"\n";

fn webhook(name: &str, whom: &str, port: u16) -> String {
    format!(
        "[[channel]]\nname = \"{name}\"\ncarrier = \"webhook\"\nfor = \"{whom}\"\nurl = \"http://127.0.0.1:{port}/hook\"\n\
        secret-file = \"webhook.secret\"\n"
    )
}

fn alerts(station: &Station) -> Vec<AlertStand> {
    station.mission().alerts(Instant::LATEST, &Onlooker::Mission)
}

/// A server that answers each request in turn: with a status, or by holding on to it without a word. Tells each that came.
fn answering(statuses: Vec<Option<u16>>) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (told, came) = mpsc::channel();
    std::thread::spawn(move || {
        let mut held: Vec<TcpStream> = Vec::new();
        for (stream, status) in listener.incoming().zip(statuses) {
            let mut stream = stream.expect("a request");
            told.send(request(&mut stream)).expect("heard");
            match status {
                Some(status) => {
                    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        .expect("answered");
                }
                None => held.push(stream),
            }
        }
    });
    (port, came)
}

fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head");
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line == "\r\n" {
            break;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    head + &String::from_utf8(body).expect("UTF-8")
}

#[test]
fn each_is_raised_once_and_read_by_whom_it_is_for() {
    let place = Place::new("app");
    let mut station = store(&place);
    let of = |name: &str, whom: &str| format!("[[channel]]\nname = \"{name}\"\ncarrier = \"app\"\nfor = \"{whom}\"\n");
    let text = [APP.to_owned(), of("ilmaria", "Ilmaria"), of("corvania", "Corvania"), of("anyone", "public")].concat();
    let channels = channels(&place, &text);
    let mut round = |time: &str| {
        let round = begin(&mut station, &channels, at(time)).expect("written");
        assert!(round.sending.is_empty(), "the app sends nothing");
        (round.raised, alerts(&station).len())
    };
    // A receipt started one clock, the same for all four.
    assert_eq!(round("2026-03-02T13:00:00Z"), (4, 4));
    assert_eq!(round("2026-03-02T13:01:00Z"), (0, 4), "no round raises anything twice");
    // At 20:00 the closed offer begins to run, for Ilmaria and the staff.
    assert_eq!(round("2026-03-02T20:00:00Z"), (2, 6));
    assert_eq!(round("2026-03-03T12:30:00Z"), (4, 10), "an hour before the end");
    assert_eq!(round("2026-03-03T13:00:00Z"), (4, 14), "at the end");
    assert_eq!(round("2026-03-03T20:00:00Z"), (2, 16), "the closed clock ends");
    assert_eq!(round("2026-03-04T14:00:00Z"), (4, 20), "a day after");
    let seen = |onlooker: &Onlooker| {
        let alerts = station.mission().alerts(Instant::LATEST, onlooker);
        alerts
            .iter()
            .map(|stand| format!("{} {}\n{}\n", stand.word(), stand.raised.what.subject, stand.raised.what.text))
            .collect::<Vec<_>>()
    };
    let of = |name| Onlooker::Of(Party::new(name).expect("a party"));
    assert_eq!(seen(&Onlooker::Mission).len(), 20);
    assert_eq!((seen(&of("Ilmaria")).len(), seen(&of("Corvania")).len(), seen(&Onlooker::Public).len()), (10, 8, 4));
    assert!(seen(&of("Ilmaria")).concat().contains("twenty hours"));
    for other in [of("Corvania"), of("Nobody"), Onlooker::Public] {
        let seen = seen(&other).concat();
        assert!(!seen.contains("letter-closed") && !seen.contains("twenty hours"), "{seen}");
        assert!(seen.contains("shown SIMULATED: ilmaria-24h started: Ilmaria, consult within"), "{seen}");
    }
    drop(station);
    // Nor do the log's public payloads hold them.
    leaves(&place, 0, &["log", "mirror", "store", "mirror"]);
    let found = Command::new("grep").args(["-rlE", "twenty hours|letter-closed"]).arg(place.0.join("mirror")).output();
    assert_eq!(String::from_utf8_lossy(&found.expect("grep runs").stdout), "");
    leaves(&place, 0, &["verify", "store"]);
}

#[test]
fn what_came_long_ago_is_counted_and_not_told() {
    let place = Place::new("lapsed");
    let mut station = store(&place);
    let channels = channels(&place, &format!("look-back = \"1 hour\"\n{APP}"));
    let round = begin(&mut station, &channels, at("2026-03-02T15:00:00Z")).expect("written");
    assert_eq!((round.raised, round.lapsed), (0, 1));
}

#[test]
fn what_is_refused_is_tried_again_later_and_what_is_unknown_never() {
    let place = Place::new("again");
    let mut station = store(&place);
    let channels = channels(&place, &webhook("hook", "mission", 9));
    let sending = |station: &mut Station, time: &str| -> Vec<Alert> {
        begin(station, &channels, at(time)).expect("written").sending
    };
    let outcome = |step| Outcome { step, note: "answered 503".to_owned() };
    // Five attempts, each later than the one before; then no more.
    for (n, (early, time)) in [
        ("", "2026-03-02T13:00:00Z"),
        ("2026-03-02T13:00:59Z", "2026-03-02T13:01:00Z"),
        ("2026-03-02T13:05:59Z", "2026-03-02T13:06:00Z"),
        ("2026-03-02T13:30:59Z", "2026-03-02T13:31:00Z"),
        ("2026-03-02T15:35:59Z", "2026-03-02T15:36:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        if !early.is_empty() {
            assert_eq!(sending(&mut station, early), [], "{early} is too early");
        }
        let sent = sending(&mut station, time);
        assert_eq!(sent.len(), 1, "{time}");
        assert_eq!(alerts(&station)[0].word(), "unknown", "between the two, nobody knows");
        // Another sender, or this one started anew, does not send what is on its way.
        assert_eq!(sending(&mut station, time), []);
        end(&mut station, &[(sent[0].clone(), outcome(Handling::Refused))], at(time)).expect("written");
        assert_eq!((alerts(&station)[0].word(), alerts(&station)[0].attempts()), ("refused", n + 1));
    }
    assert_eq!(sending(&mut station, "2026-03-02T19:59:00Z"), [], "it was refused often enough");
    // The closed clock starts; the sender is killed after the entry and before the outcome.
    let lost = sending(&mut station, "2026-03-02T20:00:00Z");
    assert_eq!(lost.len(), 1);
    drop(station);
    let mut station = Station::of(Store::open(&place.0.join("store")).expect("a store")).expect("its state");
    assert_eq!(sending(&mut station, "2026-03-02T20:14:00Z"), []);
    let round = begin(&mut station, &channels, at("2026-03-02T20:16:00Z")).expect("written");
    assert_eq!((round.unknown, round.sending.len()), (1, 0));
    assert_eq!(alerts(&station)[1].word(), "unknown");
    let round = begin(&mut station, &channels, at("2026-03-02T23:00:00Z")).expect("written");
    assert_eq!((round.unknown, round.sending.len()), (0, 0), "never again");
    // It had gone out after all, and the first sender says so late.
    end(&mut station, &[(lost[0].clone(), outcome(Handling::Sent))], at("2026-03-02T23:01:00Z")).expect("written");
    assert_eq!(alerts(&station)[1].word(), "sent");
}

#[test]
fn a_program_that_refuses_holds_on_or_is_away_is_told_apart() {
    let place = Place::new("hook");
    let (port, came) = answering(vec![Some(503), Some(200), None]);
    drop(store(&place));
    channels(&place, &webhook("hook", "Corvania", port));
    let send = ["--store", "store", "alerts", "send", "--channels", "channels.toml"];
    let said = leaves(&place, 3, &send);
    assert!(said.contains("1 raised; 0 sent, 1 refused, 0 unknown"), "{said}");
    assert!(came.recv().expect("a request").contains("webhook-signature: v1,"), "it is signed");
    let listed = leaves(&place, 0, &["--store", "store", "alerts"]);
    assert!(listed.contains("refused") && listed.contains("answered 503") && !listed.contains("127.0.0.1"), "{listed}");
    let mut station = Station::of(Store::open(&place.0.join("store")).expect("a store")).expect("its state");
    until(&mut station, "2026-03-02T13:02:00Z");
    drop(station);
    let said = leaves(&place, 0, &send);
    assert!(said.contains("0 raised; 1 sent"), "{said}");
    let again = came.recv().expect("a request");
    assert!(again.contains("\"schema\":\"backstop.alert/1\"") && !again.contains("letter-closed"), "{again}");
    leaves(&place, 0, &send);
    assert!(came.try_recv().is_err(), "what was sent is not sent again");
    // Now it takes the request and never answers; the sender is killed while it waits.
    let mut station = Station::of(Store::open(&place.0.join("store")).expect("a store")).expect("its state");
    until(&mut station, "2026-03-03T12:10:00Z");
    drop(station);
    let mut sender = Command::new(env!("CARGO_BIN_EXE_backstop"));
    let sender = sender.args(send).current_dir(&place.0).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut sender = sender.expect("it runs");
    assert!(came.recv().expect("a request").contains("ends in 1 h"));
    sender.kill().expect("killed");
    sender.wait().expect("ended");
    let said = leaves(&place, 0, &send);
    assert!(said.contains("0 raised; 0 sent, 0 refused, 0 unknown"), "{said}");
    let listed = leaves(&place, 0, &["--store", "store", "alerts", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let states: Vec<&str> =
        listed["data"]["alerts"].as_array().expect("a list").iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!(states, ["sent", "unknown"]);
    assert!(came.try_recv().is_err(), "what may have gone out is not sent again");
    // Nobody listens there: that surely did not go out.
    let mut station = Station::of(Store::open(&place.0.join("store")).expect("a store")).expect("its state");
    until(&mut station, "2026-03-03T13:00:00Z");
    drop(station);
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    channels(&place, &webhook("hook", "Corvania", free));
    let said = leaves(&place, 3, &send);
    assert!(said.contains("1 refused") && said.contains("no way there"), "{said}");
}

#[test]
fn they_are_listed_as_of_an_instant_and_acknowledged() {
    let place = Place::new("listed");
    drop(store(&place));
    channels(&place, APP);
    let run = |code, args: &[&str]| leaves(&place, code, &[&["--store", "store", "alerts"], args].concat());
    assert!(run(0, &[]).contains("nobody was told of any clock"));
    let said = run(0, &["--channels", "channels.toml"]);
    assert!(said.contains("  due       2026-03-02T13:00:00Z  by desk: SIMULATED: ilmaria-24h started"), "{said}");
    let said = run(0, &["send", "--channels", "channels.toml", "--dry-run"]);
    assert!(said.contains("1 to be told") && said.contains("nothing was written or sent"), "{said}");
    run(0, &["send", "--channels", "channels.toml"]);
    let said = run(0, &[]);
    assert!(said.contains("  shown     2026-03-02T13:00:00Z  by desk"), "{said}");
    let id = said.lines().find_map(|line| line.strip_prefix("alert-")).expect("an alert");
    let id = format!("alert-{}", id.split_whitespace().next().expect("a name"));
    run(4, &["acknowledge", "alert-0", "--by", "duty desk"]);
    run(0, &["acknowledge", &id, "--by", "duty desk", "--note", "Ilmaria was called"]);
    let said = run(0, &[]);
    assert!(said.contains("acknowledged by duty desk at 2026-03-02T13:00:00Z: Ilmaria was called"), "{said}");
    assert!(run(0, &["--as-of", "2026-03-02T12:59:59Z"]).contains("nobody was told"));
    assert!(run(0, &["--public"]).contains("nobody was told"), "the desk's alerts are the staff's");
}

#[test]
fn a_file_of_channels_says_what_is_wrong_with_it() {
    let place = Place::new("wrong");
    let check = |text: &str, wanted: &str| {
        fs::write(place.0.join("channels.toml"), text).expect("written");
        let error = Channels::read(&place.0.join("channels.toml")).expect_err(text).to_string();
        assert!(error.contains(wanted), "{text}\n{error}");
    };
    secret_file(&place, "webhook.secret", SECRET);
    fs::write(place.0.join("loose"), SECRET).expect("written");
    let mail = "[[channel]]\nname = \"m\"\ncarrier = \"mail\"\nfor = \"mission\"\nfrom = \"a@example.org\"\n";
    check("", "write 1 to 64");
    check("befor = []", "unknown field `befor`");
    check(
        "before = [\"soon\"]\n[[channel]]\nname = \"a\"\ncarrier = \"app\"\nfor = \"mission\"",
        "`soon` is no distance",
    );
    check(&[APP, APP].concat(), "two channels are called `desk`");
    check(&APP.replace("app", "pigeon"), "`carrier` is `app`, `mail` or `webhook`");
    check(&format!("{APP}url = \"https://example.org\""), "`url` does not go with `carrier = \"app\"`");
    check(&format!("{mail}to = [\"a@example.org\"]"), "`server` is missing");
    check(&format!("{mail}to = [\"x\"]\nserver = \"h:1\""), "`x` is no address");
    check(
        &format!("{mail}to = [\"a@example.org\"]\nserver = \"mail.example.org:25\"\nsecurity = \"none\""),
        "for a server on this machine",
    );
    check(&format!("{mail}to = [\"a@example.org\"]\nserver = \"h:1\"\nuser = \"u\""), "go together");
    check(&webhook("h", "mission", 1).replace("127.0.0.1:1", "example.org"), "begins with `https://`");
    check(&webhook("h", "mission", 1).replace("webhook.secret", "absent"), "absent");
    check(&webhook("h", "mission", 1).replace("webhook.secret", "loose"), "chmod 600");
    secret_file(&place, "webhook.secret", "whsec_c2hvcnQ=");
    check(&webhook("h", "mission", 1), "24 to 64 bytes");
}

fn admit(place: &Place, party: &str) {
    let file = place.0.join(format!("{party}.key"));
    let _ = fs::remove_file(&file);
    let said = leaves(place, 0, &["reader", "new", &format!("{party}.key"), "--quiet"]);
    leaves(place, 0, &["--store", "store", "reader", "party", "add", party, said.trim()]);
}

/// A token of a party whose key is admitted.
fn token(place: &Place, served: &Served, party: &str) -> String {
    let shown = served.answers("/api/v1/onlooker");
    let shown: serde_json::Value = serde_json::from_str(shown.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
    let (origin, key) = (shown["origin"].as_str().expect("a name"), shown["key"].as_str().expect("a key"));
    let args = ["reader", "token", "--party", party, "--origin", origin, "--store-key", key, "--key"];
    leaves(place, 0, &[&args[..], &[&format!("{party}.key")]].concat()).trim().to_owned()
}

#[test]
fn a_guarantor_that_proves_itself_sees_what_is_its_own_and_nobody_else_does() {
    let place = Place::new("proven");
    let mut station = store(&place);
    let of = |name: &str, whom: &str| format!("[[channel]]\nname = \"{name}\"\ncarrier = \"app\"\nfor = \"{whom}\"\n");
    let channels = channels(&place, &[of("ilmaria", "Ilmaria"), of("corvania", "Corvania")].concat());
    begin(&mut station, &channels, at("2026-03-02T20:00:00Z")).expect("written");
    drop(station);
    admit(&place, "Ilmaria");
    admit(&place, "Corvania");
    let served = Served::of(&place, &[]);
    let paths = [
        "/api/v1/guarantees",
        "/api/v1/guarantees?as_of=2026-03-02T20:00:00Z",
        "/api/v1/strength",
        "/api/v1/strength?as_of=2026-03-02T20:00:00Z",
        "/api/v1/guarantees/clocks.ics",
        "/api/v1/guarantees/feed.atom",
        "/api/v1/guarantees/alerts",
    ];
    let ask = |path: &str, token: Option<&str>| {
        let header = token.map(|token| format!("Authorization: Bearer {token}"));
        served.answers_to("GET", path, &header.iter().map(String::as_str).collect::<Vec<_>>(), "")
    };
    let [ilmaria, corvania] = ["Ilmaria", "Corvania"].map(|party| token(&place, &served, party));
    let secrets = ["letter-closed", "54.281200", "Strip of the aircraft", "twenty hours", "the offer lapses"];
    for path in paths {
        let own = ask(path, Some(&ilmaria));
        assert!(own.starts_with("HTTP/1.1 200") && own.contains("letter-closed"), "{path}\n{own}");
        assert!(own.to_lowercase().contains("cache-control: no-store"), "{path}\n{own}");
        for other in [Some(corvania.as_str()), None] {
            let answer = ask(path, other);
            assert!(answer.starts_with("HTTP/1.1 200"), "{path}\n{answer}");
            for secret in secrets {
                assert!(!answer.contains(secret), "{path} tells {other:?} `{secret}`\n{answer}");
            }
        }
        // A proof that does not hold is refused, and refused alike whatever is wrong with it.
        let turned = ilmaria.replace("backstop-onlooker-1.", "backstop-onlooker-1.A");
        let refused = [turned.as_str(), "x", "", &corvania[..corvania.len() - 1]]
            .map(|token| ask(path, Some(token)))
            .map(|answer| {
                answer
                    .split_once("\r\n\r\n")
                    .map(|(head, body)| (head[..12].to_owned(), body.to_owned()))
                    .expect("an answer")
            });
        assert!(refused.iter().all(|one| *one == refused[0] && one.0 == "HTTP/1.1 401"), "{path}\n{refused:?}");
    }
    // Other views are the public's, whoever asks.
    for path in ["/api/v1/status", "/api/v1/incidents", "/api/v1/clocks", "/api/v1/agreement", "/api/v1/sources"] {
        assert!(!ask(path, Some(&ilmaria)).contains("letter-closed"), "{path}");
    }
    // An acknowledgement is the party's own, of its own alerts.
    let alerts = |token| {
        let answer = ask("/api/v1/guarantees/alerts", Some(token));
        serde_json::from_str::<serde_json::Value>(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    };
    let theirs = alerts(&ilmaria)["alerts"].as_array().cloned().expect("a list");
    assert_eq!(theirs.len(), 2);
    let id = theirs[0]["id"].as_str().expect("a name").to_owned();
    let acknowledge = |token: Option<&str>, id: &str, more: &str| {
        let mut headers = vec!["Content-Type: application/json".to_owned()];
        headers.extend(token.map(|token| format!("Authorization: Bearer {token}")));
        headers.extend((!more.is_empty()).then(|| more.to_owned()));
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let path = format!("/api/v1/guarantees/alerts/{id}/acknowledgement");
        served.answers_to("POST", &path, &headers, r#"{"by": "somebody else", "note": "read"}"#)
    };
    let closed = acknowledge(Some(&corvania), &id, "");
    let none = acknowledge(Some(&corvania), "alert-0", "");
    assert!(closed.starts_with("HTTP/1.1 404"), "{closed}");
    assert_eq!(closed.lines().last(), none.lines().last(), "an alert of another is one that is not there");
    assert!(acknowledge(None, &id, "").starts_with("HTTP/1.1 403"));
    assert!(acknowledge(Some(&ilmaria), &id, "Origin: http://elsewhere.example").starts_with("HTTP/1.1 403"));
    let said = acknowledge(Some(&ilmaria), &id, "");
    assert!(said.starts_with("HTTP/1.1 200") && said.contains("\"by\":\"Ilmaria\""), "{said}");
    assert!(leaves(&place, 0, &["--store", "store", "alerts"]).contains("acknowledged by Ilmaria"));
    // Dismissed, the same token proves nobody, as soon as the server has seen the entry.
    leaves(&place, 0, &["--store", "store", "reader", "party", "remove", "Ilmaria"]);
    drop(served);
    let served = Served::of(&place, &[]);
    let header = format!("Authorization: Bearer {ilmaria}");
    assert!(served.answers_to("GET", "/api/v1/guarantees", &[&header], "").starts_with("HTTP/1.1 401"));
}

#[test]
fn the_feed_is_well_formed_and_keeps_its_names() {
    let place = Place::new("feed");
    let mut station = store(&place);
    until(&mut station, "2026-03-03T12:10:00Z");
    drop(station);
    let served = Served::of(&place, &[]);
    let answer = served.answers("/api/v1/guarantees/feed.atom");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains("application/atom+xml; charset=utf-8"), "{head}");
    let mut reader = quick_xml::Reader::from_str(body);
    let mut elements: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().expect("well-formed");
        if let quick_xml::events::Event::Start(start) = &event {
            elements.push(start.name().as_ref().to_owned());
        }
        if matches!(event, quick_xml::events::Event::Eof) {
            break;
        }
    }
    let count = |name: &str| elements.iter().filter(|one| *one == name).count();
    // RFC 4287: each has one title, one id and one time; the feed an author.
    assert_eq!((count("feed"), count("author"), count("entry")), (1, 1, 2), "{body}");
    assert_eq!((count("id"), count("title"), count("updated")), (3, 3, 3), "{body}");
    assert!(
        body.contains("ilmaria-24h ends in 1 h") && body.contains("<updated>2026-03-03T12:00:00Z</updated>"),
        "{body}"
    );
    assert_eq!(
        answer.lines().skip_while(|line| !line.is_empty()).collect::<Vec<_>>(),
        served.answers("/api/v1/guarantees/feed.atom").lines().skip_while(|line| !line.is_empty()).collect::<Vec<_>>()
    );
}

/// The mail servers and the reader of signed requests, until it is dropped.
struct Receiving {
    child: Child,
    mail: u16,
    web: u16,
    /// Takes letters after STARTTLS, from one who has a password.
    guarded: u16,
    folder: PathBuf,
}

impl Receiving {
    /// None where the tools are not there, which is said.
    fn start(place: &Place) -> Option<Receiving> {
        let made = workspace().join("target/foreign/bin/python");
        let python = std::env::var_os("BACKSTOP_FOREIGN_PYTHON").map_or(made, PathBuf::from);
        let there = Command::new(&python).args(["-c", "import aiosmtpd, standardwebhooks"]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            println!("skipped: no Python mail server (scripts/foreign-env.sh target/foreign)");
            return None;
        }
        let folder = place.0.join("received");
        fs::create_dir_all(&folder).expect("a folder");
        let source = workspace().join("crates/backstop/tests/receiving/receive.py");
        let mut command = Command::new(python);
        let tls = workspace().join("crates/backstop/tests/tls");
        let command = command.arg(source).arg(&folder).arg(SECRET).args([tls.join("cert.pem"), tls.join("key.pem")]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("three ports");
        let ports: Vec<u16> = line.split_whitespace().map(|port| port.parse().expect("a port")).collect();
        Some(Receiving { child, mail: ports[0], web: ports[1], guarded: ports[2], folder })
    }

    fn received(&self, kind: &str) -> Vec<serde_json::Value> {
        let mut names: Vec<PathBuf> =
            fs::read_dir(&self.folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
        names.retain(|name| name.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind)));
        names.sort();
        names.iter().map(|name| serde_json::from_str(&fs::read_to_string(name).expect("read")).expect("JSON")).collect()
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_mail_server_and_a_reader_of_signed_requests_by_others_take_them() {
    let place = Place::new("received");
    let Some(receiving) = Receiving::start(&place) else { return };
    let mut station = store(&place);
    until(&mut station, "2026-03-02T20:00:00Z");
    drop(station);
    let mail = |name: &str, whom: &str, to: &str| {
        format!(
            "[[channel]]\nname = \"{name}\"\ncarrier = \"mail\"\nfor = \"{whom}\"\nserver = \"127.0.0.1:{}\"\nsecurity = \"none\"\n\
            from = \"Backstop <watch@example.org>\"\nto = [{to}]\n",
            receiving.mail
        )
    };
    let text = [
        mail("desk", "mission", "\"Чергова частина <desk@example.org>\", \"two@example.org\""),
        mail("corvania", "Corvania", "\"corvania@example.org\""),
        mail("gone", "Corvania", "\"nobody@example.org\""),
        webhook("ilmaria", "Ilmaria", receiving.web),
    ];
    channels(&place, &text.concat());
    let said = leaves(&place, 3, &["--store", "store", "alerts", "send", "--channels", "channels.toml"]);
    assert!(said.contains("6 raised; 5 sent, 1 refused, 0 unknown"), "{said}");
    assert!(said.contains("550") || said.contains("there is nobody of that name"), "{said}");
    let letters = receiving.received("letter");
    assert_eq!(letters.len(), 3, "{letters:?}");
    let to = |address: &str| {
        letters
            .iter()
            .filter(|one| one["to"].as_array().is_some_and(|to| to.iter().any(|to| to == address)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (to("desk@example.org").len(), to("two@example.org").len(), to("corvania@example.org").len()),
        (2, 2, 1)
    );
    let letter = to("corvania@example.org")[0];
    let subject = letter["headers"]["subject"].as_str().expect("a subject");
    assert!(subject.starts_with("SIMULATED: ilmaria-24h started: Ilmaria"), "{subject}");
    assert_eq!(letter["headers"]["auto-submitted"], "auto-generated");
    assert!(letter["headers"]["message-id"].as_str().is_some_and(|id| id.starts_with("<alert-")), "{letter}");
    let body = letter["text"].as_str().expect("a text");
    assert!(body.contains("arithmetic") && !body.contains("letter-closed"), "{body}");
    assert!(
        to("desk@example.org")
            .iter()
            .any(|one| one["text"].as_str().is_some_and(|text| text.contains("letter-closed")))
    );
    let requests = receiving.received("request");
    assert_eq!(requests.len(), 2, "each was confirmed by its signature: {requests:?}");
    assert!(requests.iter().all(|one| one["id"] == one["said"]["alert"] && one["said"]["data_class"] == "simulated"));
    // The very bytes are in the record, and the addresses are not.
    let listed = leaves(&place, 0, &["--store", "store", "alerts"]);
    assert!(listed.contains("sent") && listed.contains("250") && !listed.contains("desk@example.org"), "{listed}");
    // Another key, and the other side refuses.
    secret_file(&place, "webhook.secret", &SECRET.replace("whsec_aW", "whsec_aX"));
    fs::write(place.0.join("channels.toml"), webhook("other", "Ilmaria", receiving.web)).expect("written");
    let said = leaves(&place, 3, &["--store", "store", "alerts", "send", "--channels", "channels.toml"]);
    assert!(said.contains("2 refused") && said.contains("answered 401"), "{said}");
}

/// Over a way that is private before anything is said, from one who has a password; and never in the clear instead.
#[test]
fn a_mail_server_that_wants_tls_and_a_password_takes_letters() {
    let place = Place::new("guarded");
    let Some(receiving) = Receiving::start(&place) else { return };
    let mut station = store(&place);
    until(&mut station, "2026-03-02T20:00:00Z");
    drop(station);
    let certificate = workspace().join("crates/backstop/tests/tls/cert.pem");
    let sends = |name: &str, port: u16, password: &str, trusted: &Path, code: i32| {
        secret_file(&place, "mail.secret", password);
        let text = format!(
            "[[channel]]\nname = \"{name}\"\ncarrier = \"mail\"\nfor = \"Corvania\"\nserver = \"localhost:{port}\"\n\
            security = \"starttls\"\nuser = \"watch\"\npassword-file = \"mail.secret\"\n\
            from = \"Backstop <watch@example.org>\"\nto = [\"{name}@example.org\"]\n"
        );
        fs::write(place.0.join("channels.toml"), text).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_backstop"))
            .args(["--store", "store", "alerts", "send", "--channels", "channels.toml"])
            .current_dir(&place.0)
            .env("SSL_CERT_FILE", trusted)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    };
    let said = sends("right", receiving.guarded, "гасло 7", &certificate, 0);
    assert!(said.contains("1 sent, 0 refused, 0 unknown"), "{said}");
    let letters = receiving.received("letter");
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!((&letters[0]["tls"], &letters[0]["login"]), (&true.into(), &"watch".into()));
    let said = sends("wrong", receiving.guarded, "another word", &certificate, 3);
    assert!(said.contains("0 sent, 1 refused, 0 unknown") && said.contains("535"), "{said}");
    // Nobody vouches for the server; and a server that speaks no TLS is told neither the letter nor the password.
    let nobody = place.0.join("nobody.pem");
    fs::write(&nobody, "").expect("written");
    let said = sends("untrusted", receiving.guarded, "гасло 7", &nobody, 3);
    assert!(said.contains("0 sent, 1 refused, 0 unknown"), "{said}");
    let said = sends("clear", receiving.mail, "гасло 7", &certificate, 3);
    assert!(said.contains("0 sent, 1 refused, 0 unknown"), "{said}");
    assert_eq!(receiving.received("letter").len(), 1);
    let listed = leaves(&place, 0, &["--store", "store", "alerts"]);
    assert!(!listed.contains("гасло") && !listed.contains("example.org"), "{listed}");
}
