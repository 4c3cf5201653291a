//! Witnesses on this machine, ours and one that nobody here wrote: they cosign a log that grows, are not waited for when
//! they are away, and convict a log that tells two stories. Processes and sockets are real; nothing leaves this machine.

mod audited;
mod restored;

use backstop::storage::{DataClass, NewEntry, Reader, Settings, Store, Verification, verify};
use backstop::witness::{Asker, Folder, Standing, Trust, Whom};
use ed25519_dalek::SigningKey;
use ledger::policy::Answer;
use ledger::tree::{Edge, Subtree, leaf_hash, prove_consistency, root};
use ledger::witness::Request;
use ledger::{Checkpoint, Error, Hash, Note, SigningIdentity, VerifyingIdentity};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A folder of its own for each test.
fn place(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("witness-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder for the test");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn backstop(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).output().expect("the binary runs")
}

/// Runs a command that must end with this code; gives what it printed.
#[track_caller]
fn check(args: &[&str], code: i32) -> String {
    let output = backstop(args);
    let shown = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{shown}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A program that serves until it is dropped.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    /// Starts a program and waits for the line of its messages that names the address.
    fn start(command: &mut Command) -> Serving {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut messages = BufReader::new(child.stderr.take().expect("piped"));
        let mut said = String::new();
        let url = loop {
            let mut line = String::new();
            assert_ne!(messages.read_line(&mut line).expect("messages"), 0, "it ended: {said}");
            said += &line;
            if let Some(at) = line.find("http://") {
                break line[at..].split_whitespace().next().expect("an address").to_owned();
            }
        };
        // What follows is read and dropped, so that the program never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut messages, &mut std::io::sink()));
        Serving { child, url }
    }

    fn run(dir: &Path, listen: &str) -> Serving {
        let run = ["witness", "run", "--dir", text(dir), "--listen", listen];
        Serving::start(Command::new(env!("CARGO_BIN_EXE_backstop")).args(run))
    }

    fn address(&self) -> String {
        self.url.trim_start_matches("http://").trim_end_matches('/').to_owned()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Invented entries; others for another `telling`.
fn entries(numbers: std::ops::Range<u64>, telling: &str) -> Vec<NewEntry> {
    let entry = |number: u64| NewEntry {
        kind: "test".into(),
        class: Class::Mission,
        received_at_ms: 1_775_900_000_000 + number as i64,
        payload: Value::Fields(BTreeMap::from([("text".into(), Value::Text(format!("{telling} {number}")))])),
    };
    numbers.map(entry).collect()
}

fn new_store(dir: &Path) -> Store {
    new_store_of(dir, 3)
}

/// Stores of one seed have the same keys.
fn new_store_of(dir: &Path, seed: u8) -> Store {
    let seed = Some([seed; 32]);
    let settings = Settings { data_class: DataClass::Simulated, mission: "watched".into(), created_at_ms: 0, seed };
    Store::create(dir, &settings).expect("a store")
}

fn append(store: &mut Store, count: u64, telling: &str) {
    let size = store.size();
    store.append(entries(size..size + count, telling)).expect("appended");
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder") {
        let path = file.expect("a file").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// So many witnesses of our own, each with its folder, watching this log.
fn witnesses(place: &Path, log: &VerifyingIdentity, count: usize) -> Vec<(PathBuf, Serving)> {
    let make = |number: usize| {
        let dir = place.join(format!("witness-{number}"));
        let key = Folder::create(&dir, &format!("w{number}.example")).expect("a witness");
        assert_eq!(fs::read_to_string(dir.join("witness.pub")).expect("a key"), format!("{key}\n"));
        assert!(Folder::watch(&dir, log).expect("watched"));
        let serving = Serving::run(&dir, "127.0.0.1:0");
        (dir, serving)
    };
    (1..=count).map(make).collect()
}

/// The public key of a witness.
fn key_of(dir: &Path) -> String {
    fs::read_to_string(dir.join("witness.pub")).expect("a key").trim().to_owned()
}

fn ask_all(store: &Store, witnesses: &[(PathBuf, Serving)]) {
    for (dir, serving) in witnesses {
        let key = VerifyingIdentity::parse(&key_of(dir)).expect("a key");
        Trust::add(store.directory(), &store.keys().log, &serving.url, &key).expect("added");
    }
}

fn asker() -> Asker {
    // Long enough for a busy machine; nothing here waits for it but a witness that is away, and that refuses at once.
    Asker::new(Duration::from_secs(20))
}

#[track_caller]
fn says(standing: &Standing, parts: &[&str]) {
    let all = standing.sentences().join("\n");
    for part in parts {
        assert!(all.contains(part), "`{part}` is not in:\n{all}");
    }
}

#[test]
fn a_log_is_cosigned_and_nobody_waits_for_one_that_is_away() {
    let place = place("away");
    let dir = place.join("store");
    let mut store = new_store(&dir);
    says(&Standing::of(&store), &["no witnesses: the operator alone"]);
    let mut running = witnesses(&place, &store.keys().log.clone(), 3);
    ask_all(&store, &running);
    says(&Standing::of(&store), &["quorum NOT met: 0 of 3 cosigned size 0 (needed: 2 of 3 in `witnesses`)"]);
    append(&mut store, 5, "told");
    says(&asker().publish(&mut store).expect("published"), &["quorum met: 3 of 3 cosigned size 5"]);

    // One goes away and misses several checkpoints; it is said, and the quorum holds.
    let (third, serving) = running.pop().expect("three");
    let address = serving.address();
    drop(serving);
    for count in [1, 300, 7] {
        append(&mut store, count, "told");
        says(
            &asker().publish(&mut store).expect("published"),
            &["quorum met: 2 of 3", "w3.example has not cosigned since"],
        );
    }
    // Back, it is brought up to date by one proof from what it held.
    let serving = Serving::run(&third, &address);
    running.push((third, serving));
    let standing = asker().ask(&mut store, Whom::Everyone).expect("asked");
    assert_eq!(standing.answer(), Some(Answer::Satisfied));
    says(&standing, &["3 of 3 cosigned size 313"]);
    assert_eq!(standing.sentences().len(), 1);

    // All of it is there for those who read the files alone.
    let receipt = place.join("receipt.tlog-proof");
    fs::write(&receipt, store.prove(17).expect("proved")).expect("written");
    let leaf = place.join("leaf");
    fs::write(&leaf, store.leaf(17).expect("a leaf")).expect("written");
    assert!(matches!(verify(&dir), Verification::Yes { entries: 313, .. }));
    drop(store);
    let policy = dir.join("witnesses/policy");
    let shown = check(&["verify", text(&dir), "--policy", text(&policy)], 0);
    assert!(shown.contains("your policy       yes: 3 of the 3 witnesses"), "{shown}");
    let shown = check(&["verify", text(&receipt), "--policy", text(&policy), "--entry", text(&leaf)], 0);
    assert!(shown.contains("entry 17 of 313"), "{shown}");
    check(&["verify", text(&receipt), "--policy", text(&policy), "--entry", text(&receipt)], 7);
    let listed = check(&["--store", text(&dir), "witness", "list", "--json"], 0);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(
        (&listed["data"]["quorum"], &listed["data"]["witnesses"][2]["why"]),
        (&"met".into(), &serde_json::Value::Null)
    );
    assert_eq!(check(&["--store", text(&dir), "log", "head"], 0).matches("\n— ").count(), 4);

    // A changed byte in a witness's line is a changed byte; a line cut off is a missing piece.
    let path = dir.join("log/checkpoint");
    let whole = fs::read(&path).expect("a checkpoint");
    let mut changed = whole.clone();
    let last = changed.len() - 10;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    fs::write(&path, &changed).expect("written");
    check(&["verify", text(&dir)], 7);
    fs::write(&path, &whole[..whole.len() - 10]).expect("written");
    check(&["verify", text(&dir)], 8);
    fs::write(&path, &whole).expect("written");
    check(&["verify", text(&dir)], 0);
    check(&["--store", text(&dir), "witness", "remove", "nobody"], 4);
    check(&["--store", text(&dir), "witness", "remove", "w2.example"], 0);
    let left = Trust::read(&dir).expect("read").expect("there");
    assert_eq!((left.policy.witnesses().len(), left.policy.groups()[0].threshold), (2, 2));
}

#[test]
fn a_forked_log_is_convicted_by_its_own_signatures() {
    let place = place("fork");
    let mut store = new_store(&place.join("store"));
    let running = witnesses(&place, &store.keys().log.clone(), 1);
    ask_all(&store, &running);
    append(&mut store, 3, "told");
    asker().publish(&mut store).expect("published");
    drop(store);
    copy(&place.join("store"), &place.join("fork"));

    let mut store = Store::open(&place.join("store")).expect("a store");
    append(&mut store, 2, "told");
    says(&asker().publish(&mut store).expect("published"), &["quorum met: 1 of 1 cosigned size 5"]);
    // The same size with another history, then a larger one: each is refused, and kept by both sides.
    let mut fork = Store::open(&place.join("fork")).expect("a store");
    for count in [2, 4] {
        append(&mut fork, count, "otherwise");
        says(
            &asker().publish(&mut fork).expect("published"),
            &["quorum NOT met: 0 of 1", "ALARM", "two histories were signed"],
        );
    }
    // Nothing of it spoils the log that was told first.
    append(&mut store, 1, "told");
    says(&asker().publish(&mut store).expect("published"), &["quorum met: 1 of 1 cosigned size 6"]);

    let logs = fs::read_dir(running[0].0.join("logs")).expect("logs").next().expect("one").expect("a folder").path();
    let of = |folder: &Path| {
        let files = fs::read_dir(folder).expect("a folder").flatten().map(|file| file.path());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "evidence")).collect::<Vec<_>>()
    };
    let kept: Vec<PathBuf> = of(&logs).into_iter().chain(of(&place.join("fork/witnesses"))).collect();
    assert!(check(&["audit", text(&place.join("fork"))], 7).contains("convicts the log's key of two histories"));
    assert!(kept.len() >= 3, "{kept:?}");
    for file in &kept {
        let shown = check(&["verify", text(file)], 0);
        assert!(shown.contains("these two notes, both signed by this key, cannot both be true"), "{shown}");
        assert!(shown.contains(&store.keys().log.to_string()), "{shown}");
    }
    let honest = place.join("honest.evidence");
    let evidence = fs::read_to_string(&kept[0]).expect("evidence").replace("\n— backstop-sim", "\n— backstop-sin");
    fs::write(&honest, evidence).expect("written");
    check(&["verify", text(&honest)], 7);
}

#[test]
fn a_witness_put_back_with_the_log_is_given_away_by_the_others() {
    let place = place("rollback");
    let mut store = new_store(&place.join("store"));
    let mut running = witnesses(&place, &store.keys().log.clone(), 3);
    ask_all(&store, &running);
    append(&mut store, 5, "told");
    says(&asker().publish(&mut store).expect("published"), &["3 of 3 cosigned size 5"]);
    drop(store);
    copy(&place.join("store"), &place.join("backup"));
    copy(&running[0].0, &place.join("snapshot"));
    let mut store = Store::open(&place.join("store")).expect("a store");
    append(&mut store, 4, "what is to be forgotten");
    says(&asker().publish(&mut store).expect("published"), &["3 of 3 cosigned size 9"]);
    drop(store);

    // The operator goes back to the backup, and the first witness, who is in league, to its snapshot.
    let (dir, serving) = running.remove(0);
    let address = serving.address();
    drop(serving);
    copy(&place.join("snapshot"), &dir);
    let first = Serving::run(&dir, &address);
    copy(&place.join("backup"), &place.join("store"));
    let mut store = Store::open(&place.join("store")).expect("a store");
    let standing = asker().ask(&mut store, Whom::Everyone).expect("asked");
    assert!(standing.has_alarm());
    assert!(check(&["audit", text(&place.join("store"))], 7).contains("no           ALARM, witness w2.example"));
    says(&standing, &["ALARM, witness w2.example", "ALARM, witness w3.example", "holds a checkpoint of 9 entries"]);
    // Beyond the size that the others hold, the new history is convicted, and the quorum is not met by the first alone.
    append(&mut store, 6, "told anew");
    let standing = asker().publish(&mut store).expect("published");
    says(&standing, &["quorum NOT met: 1 of 3 cosigned size 11"]);
    assert!(fs::read_dir(place.join("store/witnesses")).expect("kept").flatten().any(|file| {
        let path = file.path();
        path.extension().is_some_and(|ending| ending == "evidence")
            && check(&["verify", text(&path)], 0).contains("cannot both be true")
    }));
    drop(first);

    // An honest log tells when a witness alone was put back.
    copy(&place.join("snapshot"), &dir);
    let first = Serving::run(&dir, &address);
    let honest = place.join("honest");
    copy(&place.join("backup"), &honest);
    let mut store = Store::open(&honest).expect("a store");
    append(&mut store, 4, "what is to be forgotten");
    asker().publish(&mut store).expect("published");
    drop(first);
    copy(&place.join("snapshot"), &dir);
    let _first = Serving::run(&dir, &address);
    append(&mut store, 1, "told");
    says(&asker().publish(&mut store).expect("published"), &["w1.example", "it was put back to an older state"]);
}

/// A log in memory, whose every size can be asked for.
struct Tree(Vec<Hash>);

impl Tree {
    fn read(&self, subtree: Subtree) -> Result<Hash, Error> {
        let start = (subtree.index << subtree.level) as usize;
        let mut edge = Edge::default();
        self.0[start..start + (1 << subtree.level)].iter().for_each(|leaf| edge.push(*leaf));
        Ok(edge.root())
    }

    fn request(&self, log: &SigningIdentity, old: u64, size: u64) -> String {
        let root = root(size, |subtree| self.read(subtree)).expect("readable");
        let checkpoint = Checkpoint { origin: log.public().name().into(), size, root, extensions: vec![] };
        let proof = if old == 0 || old == size {
            vec![]
        } else {
            prove_consistency(old, size, |s| self.read(s)).expect("proved")
        };
        Request { old, proof, checkpoint: checkpoint.sign(log).expect("signed") }.to_text()
    }
}

fn memory_log() -> (SigningIdentity, Tree) {
    let log = SigningIdentity::new("memory", SigningKey::from_bytes(&[7; 32])).expect("a name");
    (log, Tree((0..64u64).map(|number| leaf_hash(&number.to_be_bytes())).collect()))
}

#[test]
fn a_witness_never_goes_back_and_never_forgets() {
    let dir = place("folder").join("witness");
    let (log, tree) = memory_log();
    let key = Folder::create(&dir, "w.example").expect("a witness");
    assert!(Folder::create(&dir, "w.example").is_err());
    let folder = Folder::open(&dir).expect("opened");
    assert!(Folder::open(&dir).is_err(), "one process holds it");
    assert_eq!(folder.add_checkpoint(tree.request(&log, 0, 5).as_bytes(), 1000).status, 404);
    assert!(Folder::watch(&dir, &key).is_err(), "a witness's key is no log's");
    assert!(Folder::watch(&dir, log.public()).expect("watched"));
    assert!(!Folder::watch(&dir, log.public()).expect("watched already"));
    let other = SigningIdentity::new("memory", SigningKey::from_bytes(&[8; 32])).expect("a name");
    assert!(Folder::watch(&dir, other.public()).is_err(), "another key under one origin");

    assert_eq!(folder.add_checkpoint(b"old 0\n\nnothing", 1000).status, 400);
    assert_eq!(folder.add_checkpoint(tree.request(&other, 0, 5).as_bytes(), 1000).status, 403);
    let reply = folder.add_checkpoint(tree.request(&log, 0, 5).as_bytes(), 1000);
    assert_eq!((reply.status, reply.alarm), (200, None));
    // Its time advances: the clock may stand still for a second, and not go back.
    assert_eq!(folder.add_checkpoint(tree.request(&log, 5, 6).as_bytes(), 999).status, 503);
    assert_eq!(folder.add_checkpoint(tree.request(&log, 5, 6).as_bytes(), 1000).status, 200);
    let stale = folder.add_checkpoint(tree.request(&log, 5, 7).as_bytes(), 1001);
    assert_eq!((stale.status, stale.body.as_str()), (409, "6\n"));
    let flood = (0..100).map(|_| folder.add_checkpoint(tree.request(&log, 5, 7).as_bytes(), 1001).status);
    assert_eq!(flood.filter(|status| *status == 429).count(), 51, "50 requests a second");
    let shown =
        folder.shown(ledger::witness::monitor_path("memory").split('/').next().expect("a hash")).expect("shown");
    assert!(Checkpoint::open(shown.as_bytes(), log.public(), &[key]).is_ok_and(|(_, cosigned)| cosigned.len() == 1));
    assert_eq!(folder.shown("../../../../etc/passwd"), None);
    drop(folder);

    // The next process goes on where this one stopped, its clock too.
    let folder = Folder::open(&dir).expect("opened");
    assert_eq!(folder.logs(), [("memory".to_owned(), 6)]);
    assert_eq!(folder.add_checkpoint(tree.request(&log, 6, 7).as_bytes(), 999).status, 503);
    drop(folder);
    let state = dir.join("logs").join(ledger::witness::monitor_path("memory"));
    let whole = fs::read_to_string(&state).expect("a state");
    fs::write(&state, &whole[..whole.len() - 2]).expect("written");
    assert!(Folder::open(&dir).is_err(), "a damaged state");
    fs::remove_file(&state).expect("removed");
    let why = Folder::open(&dir).err().expect("a lost state").to_string();
    assert!(why.contains("retire"), "{why}");
    assert!(!Folder::watch(&dir, log.public()).expect("known"));
    assert!(Folder::open(&dir).is_err(), "watching again is no way around it");
}

#[test]
fn requests_at_the_same_time_never_put_a_witness_back() {
    let dir = place("race").join("witness");
    let (log, tree) = memory_log();
    let key = Folder::create(&dir, "w.example").expect("a witness");
    Folder::watch(&dir, log.public()).expect("watched");
    let folder = Folder::open(&dir).expect("opened");
    let cosigned = std::thread::scope(|scope| {
        let ask = |offset: u64| {
            let (folder, log, tree, key) = (&folder, &log, &tree, &key);
            scope.spawn(move || {
                let mut cosigned = Vec::new();
                for now in 0..40u64 {
                    let held = folder.logs()[0].1;
                    let size = (held + 1 + (now + offset) % 3).min(64);
                    let request = tree.request(log, held, size);
                    let reply = folder.add_checkpoint(request.as_bytes(), 10 + now);
                    if reply.status == 200 {
                        let signed = Request::parse(request.as_bytes()).expect("a request").checkpoint;
                        assert!(ledger::witness::cosigned(&signed, &reply.body, key).is_ok());
                        cosigned.push((held, size));
                    } else {
                        assert!([409, 503].contains(&reply.status), "{}", reply.body);
                    }
                }
                cosigned
            })
        };
        let threads: Vec<_> = (0..4).map(ask).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
    });
    // Each step went on from where another had ended: no two left from one size to different ones.
    let mut steps: Vec<(u64, u64)> = cosigned.into_iter().filter(|(held, size)| held != size).collect();
    steps.sort_unstable();
    assert!(!steps.is_empty());
    assert!(steps.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{steps:?}");
    assert_eq!(folder.logs()[0].1, steps.last().expect("some").1);
}

/// Sends bytes as they are; gives the first line of the answer.
fn raw(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.write_all(request).expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_witness_on_the_network_keeps_its_limits() {
    let place = place("limits");
    let (log, tree) = memory_log();
    let running = witnesses(&place, log.public(), 1);
    let address = running[0].1.address();
    let post = |body: &str| {
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        raw(&address, format!("{head}{body}").as_bytes())
    };
    let get =
        |path: &str| raw(&address, format!("GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").as_bytes());
    let large = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: 70000\r\n\r\n";
    assert!(raw(&address, large.as_bytes()).starts_with("HTTP/1.1 413"));
    assert!(post("").starts_with("HTTP/1.1 400"));
    let hash = ledger::witness::monitor_path("memory");
    assert!(get(&format!("/{hash}")).starts_with("HTTP/1.1 404"));
    assert!(post(&tree.request(&log, 0, 9)).starts_with("HTTP/1.1 200"));
    let stale = post(&tree.request(&log, 0, 12));
    assert!(
        stale.starts_with("HTTP/1.1 409") && stale.contains("text/x.tlog.size") && stale.ends_with("\r\n\r\n9\n"),
        "{stale}"
    );
    assert!(get(&format!("/{hash}")).contains("\n9\n"));
    assert!(get("/").contains("log memory, cosigned at size 9"));
    assert!(get("/add-checkpoint").starts_with("HTTP/1.1 405"));
    assert!(get("/..%2f..%2fwitness.key/checkpoint").starts_with("HTTP/1.1 404"));
}

/// One whole HTTP message with a length, as far as a test needs it.
fn read_message(stream: &mut impl Read) -> Option<Vec<u8>> {
    let (mut message, mut byte) = (Vec::new(), [0]);
    while !message.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        message.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&message).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    message.extend(body);
    Some(message)
}

/// Puts a certificate for `localhost` before a witness, as its operator's web server would; gives the address.
fn behind_tls(address: String) -> String {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    let certificate = CertificateDer::from_pem_file(files.join("cert.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(files.join("key.pem")).expect("a key");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = std::sync::Arc::new(config.expect("they belong together"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
            let mut outside = rustls::StreamOwned::new(connection, stream);
            let mut inside = TcpStream::connect(&address).expect("connected");
            while let Some(request) = read_message(&mut outside) {
                inside.write_all(&request).expect("handed on");
                let answer = read_message(&mut inside).expect("an answer");
                outside.write_all(&answer).and_then(|()| outside.flush()).expect("handed back");
            }
        }
    });
    format!("https://localhost:{port}")
}

#[test]
fn a_witness_is_asked_over_https_if_its_certificate_is_believed() {
    let place = place("https");
    let dir = place.join("store");
    let store = new_store(&dir);
    let running = witnesses(&place, &store.keys().log.clone(), 1);
    let key = fs::read_to_string(running[0].0.join("witness.pub")).expect("a key");
    let key = VerifyingIdentity::parse(key.trim()).expect("a key");
    Trust::add(&dir, &store.keys().log, &behind_tls(running[0].1.address()), &key).expect("added");
    drop(store);
    let ask = |authorities: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command
            .args(["--store", text(&dir), "witness", "ask", "--timeout-ms", "20000"])
            .env("SSL_CERT_FILE", authorities);
        let output = command.output().expect("the binary runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = ask("/dev/null");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("UnknownIssuer") && said.contains("quorum NOT met"), "{said}");
    let (code, said) = ask(&format!("{}/tests/tls/cert.pem", env!("CARGO_MANIFEST_DIR")));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("quorum met: 1 of 1"), "{said}");
}

/// The environment that `scripts/foreign-env.sh target/foreign` makes; none if it did not run.
fn foreign(program: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign/bin").join(program);
    if !path.exists() {
        println!("skipped: `{program}` is missing; `scripts/foreign-env.sh target/foreign` installs it");
        return None;
    }
    Some(path)
}

#[test]
fn a_witness_that_nobody_here_wrote_cosigns_our_log_and_refuses_its_fork() {
    let Some(program) = foreign("aics-witness") else { return };
    let place = place("foreign");
    let mut store = new_store(&place.join("store"));
    let log = store.keys().log.clone();
    let config = place.join("witness.json");
    let run = |args: &[&str]| {
        let output = Command::new(&program).args(args).args(["--config", text(&config)]).output().expect("it runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let key = run(&["init", "--name", "foreign.example", "--listen", "127.0.0.1:0"]);
    let key = VerifyingIdentity::parse(key.trim()).expect("a witness's key");
    run(&["add-log", "--origin", log.name(), "--vkey", &log.to_string()]);
    let serving = Serving::start(Command::new(&program).args(["serve", "--config", text(&config)]));
    Trust::add(store.directory(), &log, &serving.url, &key).expect("added");
    append(&mut store, 3, "told");
    says(&asker().publish(&mut store).expect("published"), &["quorum met: 1 of 1 cosigned size 3"]);
    drop(store);
    copy(&place.join("store"), &place.join("fork"));
    let mut store = Store::open(&place.join("store")).expect("a store");
    append(&mut store, 300, "told");
    says(&asker().publish(&mut store).expect("published"), &["quorum met: 1 of 1 cosigned size 303"]);
    let mut fork = Store::open(&place.join("fork")).expect("a store");
    append(&mut fork, 300, "otherwise");
    says(&asker().publish(&mut fork).expect("published"), &["quorum NOT met: 0 of 1", "two histories were signed"]);
    append(&mut fork, 30, "otherwise");
    says(&asker().publish(&mut fork).expect("published"), &["quorum NOT met: 0 of 1", "two histories were signed"]);
    let kept: serde_json::Value = serde_json::from_str(&run(&["evidence"])).expect("JSON");
    assert!(kept.as_array().is_some_and(|kept| !kept.is_empty()), "{kept}");
}

#[test]
fn a_client_that_nobody_here_wrote_counts_our_witness() {
    let Some(program) = foreign("aics-tlog") else { return };
    let place = place("client");
    let mut store = new_store(&place.join("store"));
    let log = store.keys().log.clone();
    let running = witnesses(&place, &log, 1);
    ask_all(&store, &running);
    append(&mut store, 20, "told");
    asker().publish(&mut store).expect("published");
    let key = fs::read_to_string(running[0].0.join("witness.pub")).expect("a key");
    let judge = |note: &Path, key: &str, quorum: &str| {
        let mut command = Command::new(&program);
        command.args([
            "verify-checkpoint",
            "--note",
            text(note),
            "--log-key",
            &log.to_string(),
            "--origin",
            log.name(),
        ]);
        let output = command.args(["--witness-key", key.trim(), "--quorum", quorum]).output().expect("it runs");
        (
            output.status.success(),
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        )
    };
    let note = place.join("store/log/checkpoint");
    let (holds, said) = judge(&note, &key, "1");
    assert!(holds, "{said}");
    // Without the cosignature, or by another key, one is too few.
    let bare = place.join("bare");
    fs::write(&bare, store.signed_checkpoint().expect("signed")).expect("written");
    assert!(!judge(&bare, &key, "1").0);
    assert!(judge(&bare, &key, "0").0);
    let other = Folder::create(&place.join("other"), "w1.example").expect("a witness");
    assert!(!judge(&note, &other.to_string(), "1").0);
    assert!(Note::parse(&fs::read(&note).expect("a note")).is_ok());
    assert_eq!(Reader::open(&place.join("store")).expect("a store").checkpoint().size, 20);
}
