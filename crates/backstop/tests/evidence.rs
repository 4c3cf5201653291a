//! Evidence and timestamps through the real program, with `sha256sum` and OpenSSL as the eyes of others.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Desk {
    folder: PathBuf,
}

impl Desk {
    fn new(name: &str) -> Desk {
        let folder = std::env::temp_dir().join(format!("backstop-evidence-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a scratch folder");
        let desk = Desk { folder };
        let made = Command::new(env!("CARGO_BIN_EXE_backstop"))
            .args(["init", "--quiet", "--data-class", "exercise"])
            .arg(desk.path("store"))
            .output()
            .expect("backstop runs");
        assert!(made.status.success(), "{made:?}");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
        command.arg("--store").arg(self.path("store")).args(arguments).current_dir(&self.folder);
        command.output().expect("backstop runs")
    }

    /// Runs a command that must leave with this code; gives what it printed.
    fn leaves(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}{told}");
        said.into_owned()
    }

    fn add(&self, file: &str) -> String {
        let arguments =
            ["evidence", "add", file, "--method", "copied from a telephone", "--custodian", "records office"];
        self.leaves(0, &arguments)[..64].to_owned()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A photograph of one field: the smallest JPEG that says which camera made it.
fn photograph() -> Vec<u8> {
    let model = b"Field camera 7\0\0";
    let mut tiff = b"II\x2a\0\x08\0\0\0\x01\0\x10\x01\x02\0".to_vec();
    tiff.extend(16_u32.to_le_bytes());
    tiff.extend(26_u32.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(model);
    let exif = [b"Exif\0\0".as_slice(), &tiff].concat();
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [b"\xff\xd8\xff\xe1".as_slice(), &length, &exif, b"\xff\xd9"].concat()
}

#[test]
fn an_item_keeps_its_chain_and_leaves_with_the_hash_it_came_with() {
    let desk = Desk::new("chain");
    fs::write(desk.path("IMG_1.jpg"), photograph()).expect("written");
    let name = desk.add("IMG_1.jpg");
    let sum = Command::new("sha256sum").arg(desk.path("IMG_1.jpg")).output().expect("sha256sum runs");
    assert!(sum.stdout.starts_with(name.as_bytes()));

    let who = ["--by", "laboratory", "--reason", "to enlarge the sign"];
    desk.leaves(0, &[&["evidence", "step", &name[..10], "accessed"], who.as_slice()].concat());
    desk.leaves(2, &[&["evidence", "step", &name, "transferred"], who.as_slice()].concat());
    desk.leaves(0, &[&["evidence", "step", &name, "transferred", "--to", "the court"], who.as_slice()].concat());
    desk.leaves(0, &[&["evidence", "export", &name, "--out", "copy.jpg"], who.as_slice()].concat());
    assert_eq!(fs::read(desk.path("copy.jpg")).expect("the copy"), photograph());

    let shown = desk.leaves(0, &["evidence", "show", &name]);
    for words in
        ["Model: \"Field camera 7\"", "transferred", "to the court", "exported", "chain whole  yes", "those acquired"]
    {
        assert!(shown.contains(words), "no `{words}` in\n{shown}");
    }
    let listed = desk.leaves(0, &["--json", "evidence", "list"]);
    assert!(listed.contains("\"custodian\": \"the court\""), "{listed}");
    desk.leaves(0, &["evidence", "check"]);
    desk.leaves(4, &["evidence", "show", "0000"]);
    desk.leaves(0, &["verify", "store"]);
}

#[test]
fn changed_bytes_are_no_and_missing_bytes_cannot_be_told() {
    let desk = Desk::new("changed");
    fs::write(desk.path("letter.txt"), "we were not there").expect("written");
    let name = desk.add("letter.txt");
    let held = desk.path("store/evidence").join(&name[..2]).join(format!("{name}.sealed"));
    let sealed = fs::read(&held).expect("sealed");
    assert!(!sealed.windows(6).any(|window| window == b"we wer"), "at rest nobody reads it");
    fs::write(&held, [&sealed[..sealed.len() - 1], b"?"].concat()).expect("changed");
    assert!(desk.leaves(7, &["evidence", "check"]).contains("bytes unchanged: no"));
    let who = ["--by", "laboratory", "--reason", "asked for by the commission"];
    desk.leaves(7, &[&["evidence", "export", &name, "--out", "copy.txt"], who.as_slice()].concat());
    assert!(!desk.path("copy.txt").exists(), "bytes that are not the item were given out");
    fs::write(&held, sealed).expect("put back");
    // The record does not forget that they were others for a while.
    let checked = desk.leaves(7, &["evidence", "check"]);
    assert!(checked.contains("bytes unchanged: yes") && checked.contains("chain whole: no"), "{checked}");

    fs::write(desk.path("other.txt"), "another").expect("written");
    let other = desk.add("other.txt");
    fs::remove_file(desk.path("store/evidence").join(&other[..2]).join(format!("{other}.sealed"))).expect("removed");
    let checked = desk.leaves(8, &["evidence", "check", &other]);
    assert!(checked.contains("bytes unchanged: cannot tell (not there)"), "{checked}");
}

#[test]
fn a_hostile_file_costs_the_reader_its_process_and_nothing_else() {
    let desk = Desk::new("hostile");
    // Offsets that point at themselves, and a count of four thousand million values.
    let mut tiff = b"II\x2a\0\x08\0\0\0\xff\xff".to_vec();
    tiff.extend([0x10, 0x01, 0x02, 0x00, 0xff, 0xff, 0xff, 0xff, 0x08, 0, 0, 0].repeat(4_000));
    fs::write(desk.path("bad.tif"), &tiff).expect("written");
    fs::write(desk.path("zeros.jpg"), vec![0_u8; 80 << 20]).expect("written");
    for file in ["bad.tif", "zeros.jpg"] {
        let name = desk.add(file);
        let shown = desk.leaves(0, &["evidence", "show", &name]);
        assert!(shown.contains("nothing read: "), "{shown}");
    }
}

/// An authority for tests: a certificate of its own that may set timestamps, and an answer to one request.
fn authority(desk: &Desk, name: &str) -> Option<()> {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(&desk.folder).output().ok()?;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Some(())
    };
    let settings = format!(
        "[tsa]\ndefault_tsa = here\n[here]\nserial = {name}.serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n\
         digests = sha256\ntsa_name = yes\ness_cert_id_alg = sha256\n"
    );
    fs::write(desk.path(&format!("{name}.cnf")), settings).expect("written");
    fs::write(desk.path(&format!("{name}.serial")), "01\n").expect("written");
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        &format!("/CN={name}"),
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
        "-keyout",
        &format!("{name}.key"),
        "-out",
        &format!("{name}.pem"),
    ])
}

fn answers(desk: &Desk, name: &str, dir: &str) {
    let output = Command::new("openssl")
        .args(["ts", "-reply", "-config", &format!("{name}.cnf"), "-queryfile", &format!("{dir}/request.tsq")])
        .args(["-signer", &format!("{name}.pem"), "-inkey", &format!("{name}.key")])
        .args(["-out", &format!("{dir}/response.tsr")])
        .current_dir(&desk.folder)
        .output()
        .expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_timestamp_is_confirmed_by_the_stock_line() {
    let desk = Desk::new("stamp");
    if authority(&desk, "North").is_none() {
        eprintln!("skipped: `openssl` was not found");
        return;
    }
    authority(&desk, "South");
    assert!(desk.leaves(8, &["timestamp", "check", "--authorities", "North.pem"]).is_empty());
    desk.leaves(0, &["timestamp", "request", "first"]);
    answers(&desk, "North", "first");
    let added = desk.leaves(0, &["timestamp", "add", "first", "--authority", "North"]);
    assert!(added.starts_with("1 entries existed at 20"), "{added}");
    assert!(desk.leaves(0, &["timestamp", "check", "--authorities", "North.pem"]).contains("says North: yes"));
    let distrusted = desk.leaves(8, &["timestamp", "check", "--authorities", "South.pem"]);
    assert!(distrusted.contains("does not trust the authority's certificate"), "{distrusted}");

    // The line that is printed is run as it stands, beside the files that were written.
    let line = desk.leaves(0, &["timestamp", "export", "1", "--out", "given"]);
    let line = line.replace("AUTHORITY.pem", "../North.pem");
    let stock = Command::new("sh").args(["-c", &line]).current_dir(desk.path("given")).output().expect("a shell runs");
    assert!(String::from_utf8_lossy(&[stock.stdout, stock.stderr].concat()).contains("Verification: OK"));

    // An answer over the first checkpoint says nothing about a later one.
    desk.leaves(0, &["timestamp", "request", "second"]);
    fs::copy(desk.path("first/response.tsr"), desk.path("second/response.tsr")).expect("copied");
    desk.leaves(7, &["timestamp", "add", "second", "--authority", "North"]);
    // Nor does one over the checkpoint of another log.
    let other = Desk::new("stamp-other");
    other.leaves(0, &["timestamp", "request", "first"]);
    fs::copy(other.path("first/checkpoint"), desk.path("second/checkpoint")).expect("copied");
    desk.leaves(7, &["timestamp", "add", "second", "--authority", "North"]);
    // What is no timestamp at all is kept and said to be unread.
    desk.leaves(0, &["timestamp", "request", "third"]);
    fs::write(desk.path("third/response.tsr"), b"no timestamp").expect("written");
    desk.leaves(0, &["timestamp", "add", "third", "--authority", "North"]);
    let checked = desk.leaves(7, &["timestamp", "check", "--authorities", "North.pem"]);
    assert!(checked.contains("cannot tell: the answer is not a timestamp"), "{checked}");
    assert!(fs::metadata(desk.path("store")).is_ok_and(|folder| folder.is_dir()));
    exists(&desk.path("given/response.tsr"));
}

fn exists(path: &Path) {
    assert!(path.exists(), "`{}` was not written", path.display());
}
