//! Backups through the real program: a simulated store into a sealed copy and back, with the stock `age` and `sha256sum` as the eyes
//! of others; killed in the middle; a disk that is full.

mod place;

use backstop::demo::Replay;
use place::Place;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A store with the demo's first hours, closed.
    fn simulated(&self, hours: u32) -> PathBuf {
        let dir = self.path("store");
        let mut replay = Replay::open(&dir, 7, hours).expect("a new store");
        let end = replay.scenario().end;
        replay.tell_until(end).expect("a disk");
        dir
    }

    /// An exercise with one entry.
    fn exercise(&self) -> PathBuf {
        let dir = self.path("store");
        self.leaves(0, &["init", text(&dir), "--data-class", "exercise", "--quiet"]);
        dir
    }

    /// `film.mp4` of so many megabytes, no two alike.
    fn film(&self, megabytes: u8) {
        let bytes: Vec<u8> = (0..megabytes).map(|n| vec![n; 1 << 20]).collect::<Vec<_>>().concat();
        fs::write(self.path("film.mp4"), bytes).expect("written");
    }

    /// A file with a secret key of our own making, and its public half.
    fn key(&self, name: &str) -> (PathBuf, String) {
        let identity = backstop::backup::Identity::draw().expect("a key");
        let path = self.path(name);
        fs::write(&path, identity.to_file()).expect("written");
        (path, identity.recipient().to_string())
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command.args(args).arg("--no-progress").current_dir(&self.0).output().expect("the binary runs")
    }

    /// Runs a command that must leave with this code; gives what it printed.
    fn leaves(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}{told}");
        said.into_owned()
    }

    fn json(&self, code: i32, args: &[&str]) -> serde_json::Value {
        let said = self.leaves(code, &[args, &["--json"]].concat());
        serde_json::from_str(&said).expect("one JSON document")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a UTF-8 path")
}

/// The files of a folder with when each was last written.
fn written(folder: &Path) -> BTreeMap<String, std::time::SystemTime> {
    let name = |file: &fs::DirEntry| file.file_name().to_string_lossy().into_owned();
    let time = |file: &fs::DirEntry| file.metadata().and_then(|it| it.modified()).expect("a time");
    fs::read_dir(folder).expect("listed").flatten().map(|file| (name(&file), time(&file))).collect()
}

#[test]
fn a_simulated_mission_comes_back_with_its_root_and_its_results() {
    let place = Place::new("walk");
    let store = place.simulated(14);
    let ((key, recipient), store) = (place.key("key"), text(&store));
    fs::write(Path::new(store).join("notes.txt"), "a stranger's").expect("written");
    let said = place.leaves(0, &["--store", store, "backup", "--to", "copy", "--recipient", &recipient]);
    assert!(said.contains("SIMULATED") && said.contains("opened, restored, verified and replayed"), "{said}");
    assert!(said.contains("left out: `notes.txt`"), "{said}");
    let again = place.json(0, &["--store", store, "backup"]);
    assert_eq!(again["data"]["backups"][0]["written"], 0, "{again}");
    place.leaves(0, &["restore", "copy", "--check-only", "-i", text(&key)]);
    place.leaves(8, &["restore", "copy", "--check-only"]);
    place.leaves(2, &["restore", "copy"]);
    place.leaves(4, &["restore", "nowhere", "--check-only"]);
    let restored = place.json(0, &["restore", "copy", "--into", "again", "-i", text(&key)]);
    assert_eq!(restored["data"]["answers"]["results_follow"]["answer"], "yes", "{restored}");
    place.leaves(2, &["restore", "copy", "--into", "again", "-i", text(&key)]);
    let (one, other) = (place.json(0, &["audit", store]), place.json(0, &["audit", "again"]));
    assert!(one["data"]["now"]["incidents"]["count"].as_u64() > Some(0), "{one}");
    for part in ["log", "now", "results"] {
        assert_eq!(one["data"][part], other["data"][part], "{part}");
    }
}

#[test]
fn the_stock_programs_check_and_open_it() {
    if Command::new("age").arg("--version").output().is_err() {
        eprintln!("skipped: `age` is not installed (package `age`)");
        return;
    }
    let place = Place::new("stock");
    let store = place.exercise();
    fs::write(place.path("letter.txt"), "we were not there").expect("written");
    let add = ["evidence", "add", "letter.txt", "--method", "handed over", "--custodian", "records office"];
    let store = text(&store).to_owned();
    let item = place.leaves(0, &[&["--store", store.as_str()], add.as_slice()].concat())[..64].to_owned();
    let (key, recipient) = place.key("key");
    place.leaves(0, &["--store", &store, "backup", "--to", "copy", "--recipient", &recipient, "--secrets-to", "safe"]);
    let copy = place.path("copy");
    let sums = Command::new("sha256sum").args(["--quiet", "-c", "manifest-000001.sha256"]).current_dir(&copy).status();
    assert!(sums.expect("sha256sum runs").success());
    let open = |file: &Path| -> Vec<u8> {
        let opened = Command::new("age").arg("-d").arg("-i").arg(&key).arg(file).output().expect("age runs");
        assert!(opened.status.success(), "{file:?}: {}", String::from_utf8_lossy(&opened.stderr));
        opened.stdout
    };
    // As docs/backup.md tells somebody to do who has nothing of ours.
    let index = String::from_utf8(open(&copy.join("index-000001.age"))).expect("UTF-8");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut last = String::new();
    for line in index.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "file" => last = words[3].to_owned(),
            "block" => {
                let block = open(&copy.join("blocks").join(format!("{}.age", words[4])));
                files.entry(last.clone()).or_default().extend(block);
            }
            _ => {}
        }
    }
    let letter = &files[&format!("evidence/{}/{item}.sealed", &item[..2])];
    assert!(letter.starts_with(b"backstop-item/1\n") && !letter.windows(8).any(|window| window == b"we were "));
    assert_eq!(files["store.toml"], fs::read(Path::new(&store).join("store.toml")).expect("read"));
    let secrets = fs::read_dir(place.path("safe")).expect("listed").flatten().next().expect("one file");
    let secrets = String::from_utf8(open(&secrets.path())).expect("UTF-8");
    assert!(secrets.lines().any(|line| line.starts_with("record-keys/root ")), "{secrets}");
    // Nobody else's key opens anything, and our own key of the store opens no secrets.
    let own = Path::new(&store).join("backups/backup.key");
    place.leaves(8, &["restore", "copy", "--check-only", "--secrets", "safe", "-i", text(&own)]);
    place.leaves(0, &["restore", "copy", "--check-only", "--secrets", "safe", "-i", text(&key)]);
}

#[test]
fn a_restored_store_goes_on_only_from_the_latest_checkpoint() {
    let place = Place::new("resume");
    let store = place.exercise();
    let store = text(&store);
    let (key, recipient) = place.key("key");
    place.leaves(0, &["--store", store, "backup", "--to", "copy", "--recipient", &recipient]);
    let before = place.leaves(0, &["--store", store, "log", "head"]);
    fs::write(place.path("before"), before).expect("written");
    fs::write(place.path("letter.txt"), "we were not there").expect("written");
    let add = ["evidence", "add", "letter.txt", "--method", "handed over", "--custodian", "records office"];
    place.leaves(0, &[&["--store", store], add.as_slice()].concat());
    // A mirror or witness has this one; a receipt holds it too.
    fs::write(place.path("later"), place.leaves(0, &["--store", store, "log", "prove", "1"])).expect("written");
    place.leaves(0, &["restore", "copy", "--into", "again", "-i", text(&key)]);
    place.leaves(9, &[&["--store", "again"], add.as_slice()].concat());
    let words = ["--asked", "the mirror of North", "--by", "records office"];
    let resume =
        |code: i32, more: &[&str]| place.leaves(code, &[&["--store", "again", "resume"], more, &words].concat());
    resume(9, &["--latest", "later"]);
    resume(7, &["--latest", "letter.txt"]);
    resume(4, &["--latest", "nothing"]);
    place.leaves(2, &["--store", "again", "resume", "--none-held"]);
    // The entries that are missing come with a later backup, which is restored instead.
    place.leaves(0, &["--store", store, "backup"]);
    place.leaves(0, &["restore", "copy", "--into", "later-store", "-i", text(&key)]);
    let of_later = [&["--store", "later-store", "resume", "--latest", "later"], words.as_slice()].concat();
    assert!(place.leaves(0, &of_later).contains("entry 2 says who decided it"));
    place.leaves(0, &["verify", "later-store"]);
    let shown = place.leaves(0, &["--store", "later-store", "log", "show", "2"]);
    assert!(shown.contains("record.resumed") && shown.contains("the mirror of North"), "{shown}");
    // Nobody held more than this; the same log, so the two are now a fork that a witness would see.
    resume(0, &["--latest", "before"]);
    place.leaves(2, &[&["--store", "again", "resume", "--none-held"], words.as_slice()].concat());
}

#[test]
fn a_restored_store_does_not_go_on_beside_the_engine_that_it_was_joined_to() {
    let place = Place::new("joined");
    let store = place.exercise();
    let store = text(&store);
    fs::create_dir(place.path("second")).expect("made");
    place.leaves(0, &["--store", store, "log", "join", "--directory", text(&place.path("second"))]);
    let (key, recipient) = place.key("key");
    place.leaves(0, &["--store", store, "backup", "--to", "copy", "--recipient", &recipient]);
    place.leaves(0, &["restore", "copy", "--into", "again", "-i", text(&key)]);
    let words = ["--none-held", "--asked", "the mirror of North", "--by", "records office"];
    let resume = [&["--store", "again", "resume"], words.as_slice()].concat();
    let size = fs::read(place.path("again/log/checkpoint")).expect("read");
    place.leaves(9, &resume);
    assert_eq!(fs::read(place.path("again/log/checkpoint")).expect("read"), size, "nothing was recorded");
    place.leaves(0, &[resume.as_slice(), &["--engine-lost"]].concat());
}

#[test]
fn killed_in_the_middle_it_goes_on_with_what_is_there() {
    let place = Place::new("killed");
    let store = place.exercise();
    let store = text(&store);
    // Five blocks of evidence.
    place.film(40);
    let add = ["evidence", "add", "film.mp4", "--method", "handed over", "--custodian", "records office"];
    place.leaves(0, &[&["--store", store], add.as_slice()].concat());
    let (key, recipient) = place.key("key");
    let backup = ["--store", store, "backup", "--to", "copy", "--recipient", &recipient];
    let blocks = place.path("copy/blocks");
    let mut rounds = 0;
    let mut kept = BTreeMap::new();
    for wanted in [1, 2, 4] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_backstop"));
        let mut child = child
            .args(backup)
            .current_dir(&place.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let there = || fs::read_dir(&blocks).map_or(0, |files| files.count());
        while there() < wanted && child.try_wait().expect("asked").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        // What was written before is not written again.
        let now = written(&blocks);
        assert!(kept.iter().all(|(name, time)| now.get(name) == Some(time)), "a block was written twice");
        (kept, rounds) = (now, rounds + 1);
        place.leaves(8, &["restore", "copy", "--check-only", "-i", text(&key)]);
    }
    assert!(rounds == 3 && kept.len() >= 4, "{} blocks", kept.len());
    place.leaves(0, &backup);
    let now = written(&blocks);
    assert!(kept.iter().all(|(name, time)| now.get(name) == Some(time)), "a block was written twice");
    place.leaves(0, &["restore", "copy", "--into", "again", "-i", text(&key)]);
    place.leaves(0, &["--store", "again", "evidence", "check"]);
    assert!(!Path::new(store).join("backups/scratch").exists(), "the scratch folder is gone");
}

/// A mounted file system that goes when this does.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_backup_before_and_the_next_run_goes_on() {
    let place = Place::new("full");
    let store = place.exercise();
    let (store, small) = (text(&store), place.path("small"));
    fs::create_dir_all(&small).expect("made");
    let mount = |size: &str| {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(&small).output();
        mounted.is_ok_and(|mounted| mounted.status.success())
    };
    if !mount("size=12m") {
        eprintln!("skipped: no file system could be mounted; run as root");
        return;
    }
    let mounted = Mounted(small.clone());
    let (key, recipient) = place.key("key");
    let backup = ["--store", store, "backup", "--to", "small/copy", "--recipient", &recipient];
    place.leaves(0, &backup);
    place.film(20);
    let add = ["evidence", "add", "film.mp4", "--method", "handed over", "--custodian", "records office"];
    place.leaves(0, &[&["--store", store], add.as_slice()].concat());
    let output = place.run(&backup);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the disk is full"), "{output:?}");
    let checked = place.json(0, &["restore", "small/copy", "--check-only", "-i", text(&key)]);
    assert_eq!(checked["data"]["head"]["size"], 1, "the one before stands: {checked}");
    assert!(mount("remount,size=60m"), "made larger");
    place.leaves(0, &backup);
    let checked = place.json(0, &["restore", "small/copy", "--check-only", "-i", text(&key)]);
    assert_eq!(checked["data"]["head"]["size"], 2, "{checked}");
    drop(mounted);
}

/// Whether these bytes are in a file, block by block.
fn image_holds(image: &Path, mounted: &Path, needle: &[u8]) -> bool {
    assert!(Command::new("sync").arg("-f").arg(mounted).status().expect("sync").success());
    let bytes = fs::read(image).expect("read");
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn checking_a_backup_leaves_no_root_in_any_block_of_the_disk() {
    let place = Place::new("blocks");
    let (image, mounted) = (place.path("image"), place.path("mounted"));
    fs::create_dir_all(&mounted).expect("made");
    fs::File::create(&image).and_then(|file| file.set_len(24 << 20)).expect("made");
    let run =
        |command: &str, args: &[&str]| Command::new(command).args(args).output().is_ok_and(|it| it.status.success());
    if !run("mkfs.ext4", &["-q", "-F", text(&image)]) || !run("mount", &["-o", "loop", text(&image), text(&mounted)]) {
        eprintln!("skipped: no image could be mounted; run as root with mkfs.ext4");
        return;
    }
    let guard = Mounted(mounted.clone());
    let store = mounted.join("store");
    place.leaves(0, &["init", text(&store), "--data-class", "exercise", "--quiet"]);
    fs::write(place.path("letter.txt"), "we were not there").expect("written");
    let store = text(&store);
    let add = ["evidence", "add", "letter.txt", "--method", "handed over", "--custodian", "records office"];
    place.leaves(0, &[&["--store", store], add.as_slice()].concat());
    let (_, recipient) = place.key("key");
    // Restored to a scratch folder in the store, twice.
    place.leaves(0, &["--store", store, "backup", "--to", text(&mounted.join("copy")), "--recipient", &recipient]);
    place.leaves(0, &["--store", store, "backup"]);
    let root = fs::read(Path::new(store).join("record-keys/root")).expect("read")[24..56].to_vec();
    assert!(image_holds(&image, &mounted, &root), "the scan finds what is there");
    let erase = ["redact", "1", "--authority", "court", "--ground", "order 12", "--approved-by", "council", "--yes"];
    place.leaves(0, &[&["--store", store], erase.as_slice()].concat());
    assert!(!image_holds(&image, &mounted, &root), "the old root is still in some block");
    drop(guard);
}

#[test]
fn a_mission_is_handed_to_custodians_and_one_of_them_goes_on() {
    let place = Place::new("evacuate");
    let store = place.exercise();
    let store = text(&store).to_owned();
    fs::write(place.path("letter.txt"), "we were not there").expect("written");
    let add = ["evidence", "add", "letter.txt", "--method", "handed over", "--custodian", "records office"];
    place.leaves(0, &[&["--store", store.as_str()], add.as_slice()].concat());
    let ((archive, archive_key), (court, court_key)) = (place.key("archive.key"), place.key("court.key"));
    let line =
        |name: &str, key: &str, more: &str| format!("[[custodian]]\nname = \"{name}\"\nkey = \"{key}\"\n{more}\n");
    let goes_on = "goes-on = true";
    let evacuate = |code: i32, custodians: &str, more: &[&str]| {
        fs::write(place.path("custodians.toml"), custodians).expect("written");
        let args = ["--store", &store, "evacuate", "custodians.toml", "--to", "out", "--authority", "the council"];
        place.leaves(code, &[&args, ["--ground", "the mission ends"].as_slice(), more].concat())
    };
    // Two that go on would be two histories; nothing is made, nothing recorded.
    let both = line("Archive of Geneva", &archive_key, goes_on) + &line("The court", &court_key, goes_on);
    evacuate(2, &both, &[]);
    evacuate(2, "", &[]);
    evacuate(2, &line("Archive of Geneva", "age1nobody", ""), &[]);
    assert!(!place.path("out").exists());

    let custodians = line("The court", &court_key, "") + &line("Archive of Geneva", &archive_key, goes_on);
    let said = evacuate(0, &custodians, &["--stop-here"]);
    assert!(said.contains("entry 2 says who got what") && said.contains("takes no more entries"), "{said}");
    place.leaves(9, &[&["--store", store.as_str()], add.as_slice()].concat());
    let copies = [("out/archive-of-geneva", &archive, "archive"), ("out/the-court", &court, "court")];
    for (folder, key, into) in copies {
        place.leaves(8, &["restore", folder, "--check-only", "-i", text(&place.key("stranger.key").0)]);
        place.leaves(0, &["restore", folder, "--into", into, "-i", text(key)]);
        let shown = place.leaves(0, &["--store", into, "log", "show", "2"]);
        // The entry names the copy's list of hashes, which lies in the copy.
        let manifest = fs::read(place.path(folder).join("manifest-000001.sha256")).expect("the first part's list");
        let hash =
            Command::new("sha256sum").arg(place.path(folder).join("manifest-000001.sha256")).output().expect("it runs");
        assert!(
            !manifest.is_empty() && shown.contains(std::str::from_utf8(&hash.stdout[..64]).expect("hex")),
            "{shown}"
        );
        for words in ["record.handed-over", "Archive of Geneva", "the council", "the mission ends", "stops here"] {
            assert!(shown.contains(words), "no `{words}` in\n{shown}");
        }
        place.leaves(0, &["--store", into, "evidence", "check"]);
        let sums = ["manifest-000001.sha256", "manifest-000002.sha256"].map(|list| {
            Command::new("sha256sum")
                .args(["--quiet", "-c", list])
                .current_dir(place.path(folder))
                .status()
                .expect("it runs")
        });
        assert!(sums.iter().all(|status| status.success()), "both parts are whole");
    }
    // The court keeps; the archive goes on.
    let resume = ["resume", "--none-held", "--asked", "the mission, which stopped", "--by", "archive"];
    place.leaves(9, &[&["--store", "court"], resume.as_slice()].concat());
    place.leaves(0, &[&["--store", "archive"], resume.as_slice()].concat());
    place.leaves(0, &["verify", "archive"]);
    assert!(!fs::read_to_string(Path::new(&store).join("backups/known.toml")).unwrap_or_default().contains("out/"));
}

#[test]
fn keys_are_destroyed_here_only_when_told_and_after_the_copies_hold() {
    let place = Place::new("erase");
    let store = place.exercise();
    let store = text(&store);
    let (key, public) = place.key("key");
    fs::write(place.path("custodians.toml"), format!("[[custodian]]\nname = \"court\"\nkey = \"{public}\"\n"))
        .expect("written");
    let args = ["--store", store, "evacuate", "custodians.toml", "--to", "out", "--authority", "a", "--ground", "g"];
    let evacuate = |code: i32, more: &[&str]| place.leaves(code, &[args.as_slice(), more].concat());
    evacuate(2, &["--erase-here", "--yes"]);
    evacuate(2, &["--erase-here", "--stop-here"]);
    let root = fs::read(Path::new(store).join("record-keys/root")).expect("read")[24..56].to_vec();
    let secret = fs::read(Path::new(store).join("keys/log.key")).expect("read");
    evacuate(0, &["--erase-here", "--stop-here", "--yes"]);
    for name in ["record-keys", "keys/log.key", "keys/author.key", "keys/reader.key"] {
        assert!(!Path::new(store).join(name).exists(), "{name}");
    }
    let found = Command::new("grep").args(["-r", "-l", "PRIVATE+KEY"]).arg(store).output().expect("grep runs");
    assert!(found.stdout.is_empty() && !root.is_empty() && !secret.is_empty(), "{found:?}");
    // The log and the sealed payloads are there, and nobody here can tell what they say.
    place.leaves(8, &["verify", store]);
    place.leaves(0, &["restore", "out/court", "--into", "again", "-i", text(&key)]);
    place.leaves(0, &["verify", "again"]);
}
