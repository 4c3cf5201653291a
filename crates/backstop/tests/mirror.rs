//! Mirrors: what is copied, what is refused, and what can be audited from a copy alone.

mod place;

use backstop::audit::{Means, audit};
use backstop::demo::Replay;
use backstop::mirror::{Followed, Refusal, Source, follow};
use backstop::station::Station;
use backstop::storage::{DataClass, Settings, Store};
use ledger::evidence::{Evidence, Verdict};
use mission::record::Body;
use mission::record::body::{Opening, UnreadRow};
use place::Place;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use terms::{Instant, SourceId};
use verifier::Answer;

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A store of one seed; stores of one seed have the same keys.
    fn store(&self, name: &str, data_class: DataClass) -> Station {
        let seed = (data_class == DataClass::Simulated).then_some([9; 32]);
        let settings = Settings { data_class, mission: "copied".to_owned(), created_at_ms: 0, seed };
        let mut station = Station::of(Store::create(&self.path(name), &settings).expect("a new store")).expect("empty");
        let opening = Opening {
            mission: "Copied".to_owned(),
            data_class: data_class.word().to_owned(),
            time_zone: "UTC".to_owned(),
            same_words_ppm: None,
        };
        station.write(&[Body::MissionOpened(opening)], at(0)).expect("a disk");
        station
    }
}

fn at(hour: i64) -> Instant {
    Instant::parse("2026-03-02T00:00:00Z").expect("an instant").shifted(hour * 3_600_000)
}

/// Writes and publishes so many entries that say a word.
fn add(station: &mut Station, count: u64, word: &str) {
    let row = |row: u64| {
        Body::RowUnread(UnreadRow {
            source: SourceId::new("a-list").expect("a source id"),
            file: "list.csv".to_owned(),
            row,
            why: word.to_owned(),
            raw: format!("row {row}"),
        })
    };
    station.write(&(1..=count).map(row).collect::<Vec<Body>>(), at(1)).expect("a disk");
    station.publish().expect("a disk");
}

fn copy(from: &Path, to: &Path) -> Result<Followed, Refusal> {
    let source = Source::named(from.to_str().expect("a path")).expect("a source");
    follow(&source, to, None, &mut |_| {})
}

fn means() -> Means {
    Means { threads: NonZero::new(2).expect("a thread"), published: None, policy: None }
}

fn backstop(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).arg("--no-progress").output().expect("the binary runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn a_mirror_follows_and_can_be_mirrored_and_audited_alone() {
    let place = Place::new("follows");
    let mut station = place.store("store", DataClass::Simulated);
    let (store, first, second) = (place.path("store"), place.path("first"), place.path("second"));
    add(&mut station, 300, "first");
    let copied = copy(&store, &first).expect("copied");
    assert_eq!((copied.before, copied.size, copied.open, copied.withheld), (0, 301, 301, 0));
    add(&mut station, 300, "second");
    let followed = copy(&store, &first).expect("followed");
    assert_eq!((followed.before, followed.size, followed.open), (301, 601, 300));
    assert_eq!(copy(&first, &second).expect("a mirror's mirror").root, followed.root);
    assert!(!first.join("log/tile/entries/001.p/45").exists(), "what a wider file replaced is gone");
    for mirror in [&first, &second] {
        let found = audit(mirror, &means(), &mut |_| {});
        assert!(matches!(found.answer(), Answer::Yes(_)), "{found:#?}");
        assert_eq!(found.now, audit(&store, &means(), &mut |_| {}).now, "the same follows from the copy");
    }
}

#[test]
fn an_interrupted_copy_goes_on() {
    let place = Place::new("interrupted");
    let mut station = place.store("store", DataClass::Simulated);
    add(&mut station, 300, "first");
    let (store, mirror) = (place.path("store"), place.path("mirror"));
    copy(&store, &mirror).expect("copied");
    fs::remove_file(mirror.join("log/checkpoint")).expect("it is there");
    fs::remove_file(mirror.join("log/tile/0/001.p/45")).expect("it is there");
    fs::write(mirror.join("log/tile/0/000.part"), b"half").expect("a disk");
    copy(&store, &mirror).expect("copied again");
    assert!(matches!(audit(&mirror, &means(), &mut |_| {}).answer(), Answer::Yes(_)));
}

#[test]
fn another_history_is_refused_and_kept_as_evidence() {
    let place = Place::new("fork");
    let mut true_one = place.store("true", DataClass::Simulated);
    let mut false_one = place.store("false", DataClass::Simulated);
    add(&mut true_one, 20, "as it was");
    add(&mut false_one, 20, "as one would like it");
    add(&mut false_one, 20, "and more");
    let mirror = place.path("mirror");
    copy(&place.path("true"), &mirror).expect("copied");
    let held = fs::read(mirror.join("log/checkpoint")).expect("a head");
    let refused = copy(&place.path("false"), &mirror);
    let Err(Refusal::Contradicts(_, file)) = refused else { panic!("{refused:?}") };
    let evidence = Evidence::parse(&fs::read_to_string(&file).expect("the evidence")).expect("evidence");
    assert_eq!(evidence.judge(), Ok(Verdict::Contradict), "it convicts the key by itself");
    assert_eq!(fs::read(mirror.join("log/checkpoint")).expect("a head"), held, "what was held still stands");
    let found = audit(&mirror, &means(), &mut |_| {});
    assert!(matches!(&found.witnessed, Answer::No(why) if why.contains("convicts")), "{found:#?}");
    assert_eq!(found.answer(), &found.witnessed, "nobody had to ask");
    let said = backstop(&["log", "mirror", text(&place.path("false")), text(&mirror)]);
    assert_eq!(said.status.code(), Some(7), "{said:?}");
}

#[test]
fn a_source_that_goes_back_is_refused() {
    let place = Place::new("rollback");
    let mut station = place.store("store", DataClass::Simulated);
    add(&mut station, 20, "first");
    let (store, before, mirror) = (place.path("store"), place.path("before"), place.path("mirror"));
    copy(&store, &before).expect("copied");
    add(&mut station, 20, "second");
    copy(&store, &mirror).expect("copied");
    let refused = copy(&before, &mirror);
    assert!(
        matches!(&refused, Err(Refusal::Contradicts(what, file)) if what.contains("went back") && file.exists()),
        "{refused:?}"
    );
}

#[test]
fn broken_files_are_no_fork_and_do_not_stay() {
    let place = Place::new("broken");
    let mut station = place.store("store", DataClass::Simulated);
    add(&mut station, 300, "first");
    let (store, host, mirror) = (place.path("store"), place.path("host"), place.path("mirror"));
    copy(&store, &host).expect("copied");
    for (number, file) in
        ["log/tile/entries/000", "log/tile/0/000", "log/tile/1/000.p/1", "payloads/000"].iter().enumerate()
    {
        let into = place.path(&format!("mirror-{number}"));
        let bytes = fs::read(host.join(file)).expect("a file");
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(host.join(file), &changed).expect("a disk");
        let refused = copy(&host, &into);
        assert!(matches!(refused, Err(Refusal::Wrong(_))), "{file}: {refused:?}");
        assert!(!into.join("log/checkpoint").exists(), "nothing counts yet");
        fs::write(host.join(file), bytes).expect("a disk");
        copy(&host, &into).expect("what was broken did not stay");
    }
    fs::remove_file(host.join("log/tile/0/000")).expect("it is there");
    assert!(matches!(copy(&host, &mirror), Err(Refusal::CannotTell(_))), "absent is not wrong");
    assert!(!mirror.join("log/checkpoint").exists(), "nothing counts yet");
    copy(&store, &mirror).expect("a sound source is copied into the same folder");
    assert!(matches!(audit(&mirror, &means(), &mut |_| {}).answer(), Answer::Yes(_)));
    for file in ["log/tile/entries/000", "log/tile/0/001.p/45", "payloads/001.p/45"] {
        let path = mirror.join(file);
        let bytes = fs::read(&path).expect("a file");
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, &changed).expect("a disk");
        let found = audit(&mirror, &means(), &mut |_| {});
        assert!(matches!(found.unchanged, Answer::No(_)), "{file}: {found:#?}");
        fs::write(&path, bytes).expect("a disk");
    }
}

#[test]
fn what_is_withheld_is_named_with_who_attested_it() {
    let place = Place::new("withheld");
    let mut station = place.store("store", DataClass::Operational);
    add(&mut station, 20, "not for everyone");
    station.give_out("2026-03-02", mission::Reader::Public, "the commission", at(30)).expect("given out");
    let mirror = place.path("mirror");
    let copied = copy(&place.path("store"), &mirror).expect("copied");
    assert_eq!((copied.open, copied.withheld), (2, 21), "what was given out is for everyone");
    let found = audit(&mirror, &means(), &mut |_| {});
    assert!(matches!(found.unchanged, Answer::Yes(_)), "{found:#?}");
    let Answer::CannotTell(note) = &found.follows else { panic!("{found:#?}") };
    assert!(note.contains("entry 0 (`mission.opened`) is sealed") && note.contains("and 20 more"), "{note}");
    assert!(note.contains("`the commission` in entry 21, from 21 entries"), "{note}");
    let of_the_store = audit(&place.path("store"), &means(), &mut |_| {});
    assert!(matches!(of_the_store.answer(), Answer::Yes(_)), "who has everything can tell: {of_the_store:#?}");
}

/// A running `backstop serve`.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(store: &Path, more: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command.args(["--store", text(store), "serve", "--listen", "127.0.0.1:0"]).args(more);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut said = String::new();
        BufReader::new(process.stderr.take().expect("piped")).read_line(&mut said).expect("a line");
        let address = said.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned();
        Server { process, address }
    }

    /// The status and what it answers; headers besides are no part of what is compared.
    fn answer(&self, path: &str) -> (String, Vec<u8>) {
        let host = self.address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(host).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("asked");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("headers end");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        (head.lines().next().expect("a status").to_owned(), answer.split_off(end + 4))
    }

    fn stop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("it ran");
    }
}

/// Every address of the API that needs no choice, and the log's files, all asked at once of servers with 1, 2 and 8 threads.
#[test]
fn a_server_answers_the_same_bytes_with_any_number_of_threads() {
    let place = Place::new("threads");
    let store = place.path("store");
    let mut replay = Replay::open(&store, 7, 6).expect("a new store");
    replay.tell_until(replay.scenario().end).expect("a disk");
    drop(replay);
    let described = backstop(&["openapi"]);
    let described: serde_json::Value = serde_json::from_slice(&described.stdout).expect("JSON");
    let paths = described["paths"].as_object().expect("paths");
    let gets = paths.iter().filter(|(_, verbs)| verbs.get("get").is_some()).map(|(path, _)| path.clone());
    // When an audit ran is the clock's word.
    let mut asked: Vec<String> = gets.filter(|path| !path.contains('{') && path != "/api/v1/audit").collect();
    asked.extend(["/checkpoint", "/log/tile/entries/000", "/keys/log.pub", "/payloads/000", "/"].map(str::to_owned));
    let answers = |threads: &str| {
        let mut server = Server::start(&store, &["--threads", threads]);
        let answers: Vec<(String, Vec<u8>)> = std::thread::scope(|scope| {
            let (server, mut asking) = (&server, Vec::new());
            asked.iter().for_each(|path| asking.push(scope.spawn(|| server.answer(path))));
            asking.into_iter().map(|asking| asking.join().expect("answered")).collect()
        });
        server.stop();
        answers
    };
    let one = answers("1");
    let good = one.iter().filter(|(status, body)| status.ends_with("200 OK") && !body.is_empty()).count();
    let said: Vec<_> = asked.iter().zip(one.iter().map(|(status, _)| status)).collect();
    assert!(good >= 16, "{good} of {} are answered: {said:?}", one.len());
    for threads in ["2", "8"] {
        for ((path, one), other) in asked.iter().zip(&one).zip(answers(threads)) {
            assert!(*one == other, "{path} with 1 and {threads} threads");
        }
    }
}

#[test]
fn a_running_server_is_mirrored_and_audited_by_its_address() {
    let place = Place::new("served");
    let store = place.path("store");
    let mut replay = Replay::open(&store, 7, 3).expect("a new store");
    replay.tell_until(replay.scenario().end).expect("a disk");
    drop(replay);
    let mut server = Server::start(&store, &[]);
    let address = server.address.clone();
    let mirrored = backstop(&["log", "mirror", &address, text(&place.path("mirror"))]);
    let audited = backstop(&["audit", &address]);
    let pinned = backstop(&[
        "log",
        "mirror",
        &address,
        text(&place.path("other")),
        "--log-key",
        text(&store.join("keys/log.pub")),
    ]);
    let elsewhere = backstop(&["audit", "http://127.0.0.1:9"]);
    server.stop();
    assert_eq!(mirrored.status.code(), Some(0), "{mirrored:?}");
    assert_eq!(pinned.status.code(), Some(0), "{pinned:?}");
    assert_eq!(audited.status.code(), Some(0), "{audited:?}");
    assert_eq!(elsewhere.status.code(), Some(8), "nobody answers there: {elsewhere:?}");
    let (one, other) = (audit(&place.path("mirror"), &means(), &mut |_| {}), audit(&store, &means(), &mut |_| {}));
    assert_eq!((one.log, one.results, one.now), (other.log, other.results, other.now));
}

#[test]
fn an_export_is_checked_with_python_alone() {
    let place = Place::new("export");
    let mut station = place.store("store", DataClass::Simulated);
    add(&mut station, 300, "first");
    drop(station);
    let (store, out) = (place.path("store"), place.path("out"));
    let exported = backstop(&["--store", text(&store), "log", "export", "--to", text(&out)]);
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    assert!(out.join("README.md").exists() && out.join("payloads/000").exists());
    let check = || Command::new("python3").args([text(&out.join("check.py")), text(&out)]).output();
    let Ok(yes) = check() else {
        println!("skipped: there is no python3");
        return;
    };
    assert_eq!(yes.status.code(), Some(0), "{yes:?}");
    let bundle = out.join("log/tile/entries/000");
    let mut bytes = fs::read(&bundle).expect("a bundle");
    bytes[100] ^= 1;
    fs::write(&bundle, bytes).expect("a disk");
    assert_eq!(check().expect("python3 ran").status.code(), Some(7));
}

#[test]
fn the_newest_entries_and_the_growth_are_shown() {
    let place = Place::new("shown");
    let mut station = place.store("store", DataClass::Simulated);
    add(&mut station, 20, "first");
    drop(station);
    let store = place.path("store");
    let tail = backstop(&["--store", text(&store), "log", "tail", "--count", "3"]);
    let lines = String::from_utf8_lossy(&tail.stdout).into_owned();
    assert_eq!(lines.lines().filter(|line| line.contains("row.unread")).count(), 3, "{tail:?}");
    let grown = backstop(&["--store", text(&store), "log", "prove", "--old", "7"]);
    let request = ledger::witness::Request::parse(&grown.stdout).expect("what a witness is sent");
    assert_eq!(request.old, 7);
}

#[test]
fn tampering_is_shown_to_be_found() {
    let place = Place::new("tamper");
    let store = place.path("store");
    let mut replay = Replay::open(&store, 7, 3).expect("a new store");
    replay.tell_until(replay.scenario().end).expect("a disk");
    drop(replay);
    let in_a_copy = backstop(&["--store", text(&store), "demo", "tamper"]);
    assert_eq!(in_a_copy.status.code(), Some(0), "{in_a_copy:?}");
    assert!(String::from_utf8_lossy(&in_a_copy.stdout).contains("found: the entry is named"), "{in_a_copy:?}");
    assert!(matches!(audit(&store, &means(), &mut |_| {}).answer(), Answer::Yes(_)), "the store was left alone");
    let unasked = backstop(&["--store", text(&store), "demo", "tamper", "--in-place"]);
    assert_eq!(unasked.status.code(), Some(2), "nobody said yes: {unasked:?}");
    let in_place = backstop(&["--store", text(&store), "demo", "tamper", "--in-place", "--yes"]);
    assert_eq!(in_place.status.code(), Some(0), "{in_place:?}");
    assert!(matches!(audit(&store, &means(), &mut |_| {}).answer(), Answer::No(_)));
    let real = place.path("real");
    drop(place.store("real", DataClass::Operational));
    assert_eq!(backstop(&["--store", text(&real), "demo", "tamper"]).status.code(), Some(9), "never a real record");
}
