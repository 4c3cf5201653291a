//! A log with two directories on a real PostgreSQL server: two writers as two processes, both killed again and again, and the server
//! under them. Takes what each said that it had acknowledged; gives a verdict on what both directories and the server hold.
//!
//! Counts for CI; more by `BACKSTOP_ENGINE_ROUNDS=200`. Each failure prints its seed; `BACKSTOP_ENGINE_SEED=N` begins there.

mod cluster;

use backstop::storage::{
    Agreement, DataClass, Entry, Error, NewEntry, Place, Reader, Settings, Store, Verification, agreement, fill, verify,
};
use cluster::{Cluster, PASSWORD};
use ledger::Hash;
use ledger::tree::leaf_hash;
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A stream of numbers from a seed, so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        // Constants of the 64-bit linear congruential generator by Knuth; the high bits are used.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn entry(text: String) -> NewEntry {
    let payload = Value::Fields([("text".to_owned(), Value::Text(text))].into());
    NewEntry { kind: "note".to_owned(), class: Class::Mission, received_at_ms: 1_770_000_000_000, payload }
}

/// A folder that goes when the test does.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let memory = PathBuf::from("/dev/shm");
        let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let path = place.join(format!("backstop-engine-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a place");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn create(directory: &Path) -> Store {
    let settings = Settings {
        data_class: DataClass::Exercise,
        mission: "engine".to_owned(),
        created_at_ms: 1_770_000_000_000,
        seed: None,
    };
    let mut store = Store::create(directory, &settings).expect("a new store");
    store.append(vec![entry("the first".into())]).expect("recorded");
    store.publish().expect("published");
    store
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for file in fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            fs::copy(file.path(), target).expect("copied");
        }
    }
}

/// The writer: what the other tests start as a process, and nothing where none of them did. Says each receipt and each head on
/// standard output as soon as it has it. Goes on when the engine is silent, and when another writer was first.
#[test]
fn writer() {
    let Some(directory) = std::env::var_os("BACKSTOP_ENGINE_STORE").map(PathBuf::from) else { return };
    let mut dice = Dice(number("BACKSTOP_ENGINE_DICE", 1));
    let name = directory.file_name().expect("a name").to_string_lossy().into_owned();
    let go_on = |error: Error| {
        if !matches!(error, Error::Engine { .. } | Error::Overtaken { .. }) {
            eprintln!("refused: {error}");
            std::process::exit(5)
        }
    };
    let mut say = std::io::stdout();
    loop {
        let mut store = match Store::open(&directory) {
            Ok(store) => store,
            Err(error) => {
                go_on(error);
                continue;
            }
        };
        for batch in 0..1 + dice.below(30) {
            let text = |n| format!("{name}, batch {batch}, {n}: {}", "x".repeat(n as usize * 9));
            let mut said = String::new();
            match store.append((0..1 + dice.below(20)).map(text).map(entry).collect()) {
                Ok(receipts) => {
                    for receipt in receipts {
                        said += &format!("ack {} {}\n", receipt.index, receipt.leaf.to_base64());
                    }
                }
                Err(error) => go_on(error),
            }
            if dice.below(4) == 0 {
                match store.publish() {
                    Ok(head) => said += &format!("head {} {}\n", head.size, head.root.to_base64()),
                    Err(error) => go_on(error),
                }
            }
            say.write_all(said.as_bytes()).and_then(|()| say.flush()).expect("the parent listens");
        }
    }
}

/// What all writers were told.
#[derive(Default)]
struct Heard {
    leaves: BTreeMap<u64, Hash>,
    heads: BTreeMap<u64, Hash>,
}

impl Heard {
    /// A line that a kill cut short has no end, and was not said.
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.strip_suffix('\n').unwrap_or_default().split(' ').collect();
        let [what, number, hash] = words[..] else { return };
        let (Ok(number), Some(hash)) = (number.parse::<u64>(), Hash::from_base64(hash)) else { return };
        match what {
            "ack" => assert_eq!(self.leaves.insert(number, hash), None, "index {number} was given twice"),
            "head" => assert_eq!(*self.heads.entry(number).or_insert(hash), hash, "two heads over {number} entries"),
            other => panic!("`{other}`?"),
        }
    }
}

struct Writer {
    process: Child,
    lines: JoinHandle<Vec<String>>,
}

impl Writer {
    fn start(directory: &Path, dice: u64) -> Writer {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "writer", "--nocapture", "--test-threads=1"]);
        command.env("BACKSTOP_ENGINE_STORE", directory).env("BACKSTOP_ENGINE_DICE", dice.to_string());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a writer");
        let stdout = process.stdout.take().expect("a pipe");
        let lines = spawn(move || {
            let (mut reader, mut lines) = (BufReader::new(stdout), Vec::new());
            loop {
                let mut line = String::new();
                match reader.read_line(&mut line) {
                    Ok(0) | Err(_) => return lines,
                    Ok(_) => lines.push(line),
                }
            }
        });
        Writer { process, lines }
    }

    fn kill(mut self, heard: &mut Heard) {
        let ended = self.process.try_wait().expect("a child");
        assert!(ended.is_none(), "a writer ended by itself: {ended:?}");
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        for line in self.lines.join().expect("no panic") {
            // The test runner's own lines have another form.
            if line.starts_with("ack ") || line.starts_with("head ") {
                heard.hear(&line);
            }
        }
    }
}

/// Opens a directory once the server answers; holds it to what was heard.
fn hold(directory: &Path, heard: &Heard) -> u64 {
    let store = Store::open(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    for (index, leaf) in &heard.leaves {
        let held = store.leaf(*index).unwrap_or_else(|error| panic!("entry {index} is lost: {error}"));
        assert_eq!(leaf_hash(&held), *leaf, "entry {index} was acknowledged, and another stands in its place");
    }
    for (size, root) in &heard.heads {
        assert_eq!(store.root_of(*size).expect("published"), *root, "the head over {size} entries");
    }
    store.size()
}

#[test]
fn two_writers_and_their_server_are_killed_and_nothing_acknowledged_is_lost() {
    let Some(mut cluster) = Cluster::start() else { return };
    let scratch = Scratch::new("two");
    let directories = [scratch.0.join("first"), scratch.0.join("second")];
    drop(create(&directories[0]));
    drop(Store::join(&directories[0], &Place::Postgres(cluster.connection())).expect("joined"));
    copy(&directories[0], &directories[1]);
    let (rounds, seed) = (number("BACKSTOP_ENGINE_ROUNDS", 3), number("BACKSTOP_ENGINE_SEED", 1));
    let (mut dice, mut heard) = (Dice(seed), Heard::default());
    for round in 0..rounds {
        println!("round {round}, seed {seed}");
        let writers = directories.each_ref().map(|directory| Writer::start(directory, dice.below(1 << 20)));
        for _ in 0..1 + dice.below(3) {
            sleep(Duration::from_millis(100 + dice.below(400)));
            if dice.below(3) == 0 {
                cluster.kill_one_session();
            } else {
                cluster.kill();
                cluster.run();
            }
        }
        sleep(Duration::from_millis(dice.below(400)));
        writers.into_iter().for_each(|writer| writer.kill(&mut heard));
        hold(&directories[0], &heard);
        let sizes = [hold(&directories[1], &heard), hold(&directories[0], &heard)];
        assert_eq!(sizes[0], sizes[1]);
    }
    println!("{} entries and {} heads acknowledged", heard.leaves.len(), heard.heads.len());
    let store = Reader::open(&directories[0]).expect("opened");
    for name in ["first, ", "second, "] {
        let says = |entry: Result<Entry, Error>| format!("{:?}", entry.expect("readable").payload.expect("open"));
        assert!(store.entries().map(says).any(|text| text.contains(name)), "`{name}` wrote");
    }
    assert!(!heard.heads.is_empty(), "they published");
    for directory in &directories {
        let store = Store::open(directory).expect("opened");
        store.compare_whole().expect("the server holds what is here");
        drop(store);
        assert!(matches!(verify(directory), Verification::Yes { .. }), "{:?}", verify(directory));
    }
}

#[test]
fn a_lost_machine_comes_back_from_the_server_and_carried_keys() {
    let Some(mut cluster) = Cluster::start() else { return };
    let scratch = Scratch::new("lost");
    let (lost, carried, new) = (scratch.0.join("lost"), scratch.0.join("carried"), scratch.0.join("new"));
    let place = Place::Postgres(cluster.connection());
    drop(create(&lost));
    let mut store = Store::join(&lost, &place).expect("joined");
    for batch in 0..5 {
        store.append((0..40).map(|n| entry(format!("{batch} {n}"))).collect()).expect("recorded");
    }
    store.publish().expect("published");
    store.append(vec![entry("acknowledged and not published".into())]).expect("recorded");
    copy(&lost.join("keys"), &carried);
    fs::copy(lost.join("record-keys/root"), carried.join("root")).expect("copied");
    // As a machine is lost: nothing is closed.
    std::mem::forget(store);
    fs::remove_dir_all(&lost).expect("removed");

    let mut store = fill(&new, &carried, &place).expect("filled");
    assert_eq!(store.size(), 202);
    assert!(store.entries().all(|entry| entry.expect("readable").payload.is_ok()));
    store.append(vec![entry("and on".into())]).expect("recorded");
    store.publish().expect("published");
    store.compare_whole().expect("the same");
    drop(store);
    assert!(matches!(verify(&new), Verification::Yes { entries: 203, .. }), "{:?}", verify(&new));
    let says = || agreement(&Reader::open(&new).expect("opened")).expect("joined").expect("joined").1;
    assert_eq!(says(), Agreement::Same);

    // The password is in its file, and nowhere in the store or in what is said.
    cluster.kill();
    let Agreement::CannotTell(why) = says() else { panic!("a dead server tells nothing") };
    assert!(!why.contains(PASSWORD), "{why}");
    let found = Command::new("grep").args(["-rlF", PASSWORD]).arg(&new).output().expect("grep runs");
    assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
    cluster.run();

    // Keys that are not those of the log fill nothing.
    let foreign = scratch.0.join("foreign");
    drop(create(&scratch.0.join("stranger")));
    copy(&scratch.0.join("stranger/keys"), &foreign);
    fs::copy(scratch.0.join("stranger/record-keys/root"), foreign.join("root")).expect("copied");
    let refused = fill(&scratch.0.join("none"), &foreign, &place).map(drop).expect_err("another log");
    assert!(refused.to_string().contains("does not hold the log of these keys"), "{refused}");

    // A server that lost what it took is found out, and nothing is written over it.
    cluster.sql("DELETE FROM backstop.piece WHERE key > '00000000000000000100'");
    let refused = Store::open(&new).map(drop).expect_err("lost").to_string();
    assert!(refused.contains("lost what it took"), "{refused}");
}

/// A file that says how a server is reached.
fn reached(scratch: &Scratch, name: &str, line: &str) -> PathBuf {
    let file = scratch.0.join(name);
    fs::write(&file, format!("{line} user=backstop password={PASSWORD} dbname=postgres\n")).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
    file
}

/// The server is lost for good in the middle of the writing, and the one that followed it takes its place.
#[test]
fn a_standby_takes_the_place_of_its_server_and_nothing_acknowledged_is_lost() {
    let Some(mut cluster) = Cluster::start() else { return };
    let scratch = Scratch::new("standby");
    let mut standby = cluster.standby();
    let hosts = format!("host={},{}", cluster.folder().display(), standby.folder().display());
    let (directory, place) = (scratch.0.join("first"), Place::Postgres(reached(&scratch, "two-hosts", &hosts)));
    drop(create(&directory));
    drop(Store::join(&directory, &place).expect("joined"));
    let mut heard = Heard::default();
    let writer = Writer::start(&directory, number("BACKSTOP_ENGINE_SEED", 1));
    sleep(Duration::from_millis(1_500));
    cluster.kill();
    standby.sql("SELECT pg_promote()");
    sleep(Duration::from_millis(3_000));
    writer.kill(&mut heard);
    let size = hold(&directory, &heard);
    let after = standby.sql("SELECT count(*) FROM backstop.piece");
    println!("{} acknowledged, {size} entries, {} pieces in the new server", heard.leaves.len(), after.trim());
    assert!(heard.leaves.len() > 20, "the writer hardly wrote");
    let mut store = Store::open(&directory).expect("opened");
    store.append(vec![entry("and on, with the new server".into())]).expect("recorded");
    store.publish().expect("published");
    store.compare_whole().expect("the new server holds what is here");
    drop(store);
    assert!(matches!(verify(&directory), Verification::Yes { .. }), "{:?}", verify(&directory));
    standby.kill();
}

/// A standby may be behind its server: what it holds tells nothing.
#[test]
fn a_standby_alone_is_not_written_to() {
    let Some(cluster) = Cluster::start() else { return };
    let scratch = Scratch::new("follower");
    let directory = scratch.0.join("first");
    drop(create(&directory));
    drop(Store::join(&directory, &Place::Postgres(cluster.connection())).expect("joined"));
    let standby = cluster.standby();
    fs::copy(standby.connection(), cluster.connection()).expect("the file names the standby now");
    let Agreement::CannotTell(why) =
        agreement(&Reader::open(&directory).expect("opened")).expect("joined").expect("joined").1
    else {
        panic!("a standby may be behind")
    };
    assert!(!why.contains(PASSWORD), "{why}");
}

/// Over TLS: a server is believed that proves its name to an authority that this machine trusts, and no other.
#[test]
fn a_server_is_reached_over_tls_if_its_certificate_is_believed() {
    let Some(mut cluster) = Cluster::start() else { return };
    let scratch = Scratch::new("tls");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-out", "certificate.pem"])
        .current_dir(&scratch.0)
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        println!("skipped: `openssl` made no certificate");
        return;
    }
    let certificate = scratch.0.join("certificate.pem");
    let port = cluster.secure(&certificate, &scratch.0.join("key.pem"));
    let to = |name: &str, mode: &str| {
        reached(
            &scratch,
            &format!("{name}-{mode}"),
            &format!("host={name} hostaddr=127.0.0.1 port={port} sslmode={mode}"),
        )
    };
    let join = |file: &Path, authorities: &Path| {
        let (store, mut command) = (scratch.0.join("truce"), Command::new(env!("CARGO_BIN_EXE_backstop")));
        command.arg("--store").arg(store).args(["log", "join", "--postgres"]).arg(file);
        let output = command.env("SSL_CERT_FILE", authorities).output().expect("the binary runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    drop(create(&scratch.0.join("truce")));
    let none = scratch.0.join("none.pem");
    fs::write(&none, "").expect("written");
    // Nobody vouches; the server proves another name; it is asked without TLS, which it does not allow.
    for (file, authorities, part) in [
        (to("localhost", "require"), &none, "certificate"),
        (to("elsewhere.example", "require"), &certificate, "certificate"),
        (to("elsewhere.example", "disable"), &certificate, "without TLS anyone between could answer"),
        (to("localhost", "disable"), &certificate, "pg_hba.conf"),
    ] {
        let (code, said) = join(&file, authorities);
        assert!(code != Some(0) && said.contains(part) && !said.contains(PASSWORD), "{}: {said}", file.display());
    }
    let (code, said) = join(&to("localhost", "require"), &certificate);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(cluster.sql("SELECT count(*) > 0 FROM backstop.piece").trim(), "t");
}

/// Through a pooler in session mode, which is ended and started again in between.
#[test]
fn a_pooler_in_session_mode_is_a_way_to_the_server() {
    let Some(mut cluster) = Cluster::start() else { return };
    let scratch = Scratch::new("pooler");
    let Some(mut pooler) = cluster.pool() else { return };
    let line = format!("host={} port={}", cluster.folder().display(), Cluster::POOLED);
    let (directory, place) = (scratch.0.join("first"), Place::Postgres(reached(&scratch, "pooled", &line)));
    drop(create(&directory));
    let mut store = Store::join(&directory, &place).expect("joined");
    for round in 0..3 {
        store.append((0..10).map(|n| entry(format!("{round} {n}"))).collect()).expect("recorded");
        store.publish().expect("published");
        pooler.kill().and_then(|()| pooler.wait()).expect("it ran");
        pooler = cluster.pool().expect("it starts again");
    }
    store.compare_whole().expect("the server holds what is here");
    drop(store);
    pooler.kill().and_then(|()| pooler.wait()).expect("it ran");
    cluster.kill();
    assert!(matches!(verify(&directory), Verification::Yes { .. }), "{:?}", verify(&directory));
}

/// The command line, over a directory: joined, looked at, lost, made anew, and caught when it forgets.
#[test]
fn an_operator_joins_looks_and_fills() {
    let scratch = Scratch::new("commands");
    let place = |name: &str| scratch.0.join(name);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        let output = command.current_dir(&scratch.0).args(arguments).output().expect("the binary runs");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        (output.status.code(), said.concat())
    };
    assert_eq!(run(&["init", "truce", "--data-class", "exercise"]).0, Some(0));
    let (code, said) = run(&["--store", "truce", "log", "engine"]);
    assert!(code == Some(4) && said.contains("stands alone"), "{said}");
    let (code, said) = run(&["--store", "truce", "log", "join", "--directory", "second"]);
    assert!(code == Some(4) && said.contains("`second`"), "no such directory: {said}");
    fs::create_dir(place("second")).expect("made");
    let (code, said) = run(&["--store", "truce", "log", "join", "--directory", "second"]);
    assert!(code == Some(0) && said.contains("1 entries are here and in the directory"), "{said}");
    for arguments in [&["log", "engine", "--whole"][..], &["log", "head"], &["status"]] {
        let (code, said) = run(&[&["--store", "truce"], arguments].concat());
        assert!(code == Some(0) && said.contains("second` agrees"), "{arguments:?}: {said}");
    }
    let (code, said) = run(&["--store", "truce", "log", "engine", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert!(code == Some(0) && said["result"] == "yes" && said["data"]["state"] == "agrees", "{said}");

    copy(&place("truce/keys"), &place("carried"));
    fs::copy(place("truce/record-keys/root"), place("carried/root")).expect("copied");
    fs::remove_dir_all(place("truce")).expect("removed");
    let (code, said) = run(&["--store", "truce", "log", "join", "--directory", "second", "--keys", "carried"]);
    assert!(code == Some(0), "{said}");
    assert_eq!(run(&["verify", "truce"]).0, Some(0));
    assert_eq!(run(&["--store", "truce", "log", "show", "0"]).0, Some(0));

    // The disk is not mounted; then it comes back without its head.
    fs::rename(place("second"), place("away")).expect("renamed");
    let (code, said) = run(&["--store", "truce", "log", "engine"]);
    assert!(code == Some(8) && said.contains("is its disk mounted?"), "{said}");
    assert_eq!(run(&["--store", "truce", "log", "show", "0"]).0, Some(0), "reading needs no engine");
    fs::rename(place("away"), place("second")).expect("renamed");
    let log = fs::read_dir(place("second")).expect("listed").flatten().next().expect("a log").path();
    fs::remove_file(log.join("head")).expect("removed");
    let (code, said) = run(&["--store", "truce", "log", "engine"]);
    assert!(code == Some(7) && said.contains("lost what it took"), "{said}");
}
