//! Verifiers that nobody here wrote: programs in Go and Python, run as they are, and Rust crates. Takes the cases; gives
//! what each said. What a peer leaves to its caller is done here in the plainest way and marked "glue".

use crate::Verdicts;
use crate::world::Case;
use base64::{Engine, prelude::BASE64_STANDARD};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use tlog_tiles::{HashReader, Tile, TileHashReader, TileReader};

/// The programs that are installed, before all cases.
pub(crate) fn outside(cases: &Path, scratch: &Path) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for mut command in programs(scratch) {
        told(command.arg(cases), &mut verdicts);
    }
    verdicts
}

/// Each program that is installed; one may speak for several verifiers.
pub(crate) fn programs(scratch: &Path) -> Vec<Command> {
    let mut programs = Vec::new();
    match go(scratch) {
        Some(program) => programs.push(Command::new(program)),
        None => println!("skipped: no Go x/mod (Debian: golang-go golang-golang-x-mod-dev)"),
    }
    match python() {
        Some(program) => {
            let mut command = Command::new(program);
            command.arg(source("verify.py"));
            programs.push(command);
        }
        None => println!("skipped: no Python log tools (scripts/foreign-env.sh target/foreign)"),
    }
    programs
}

/// Runs a program and takes its lines: verifier, case, verdict.
pub(crate) fn told(command: &mut Command, verdicts: &mut Verdicts) {
    let output = command.output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let parts: Vec<&str> = line.splitn(3, '\t').collect();
        let [verifier, case, verdict] = parts[..] else { panic!("not a verdict: {line}") };
        verdicts.entry(verifier.to_owned()).or_default().insert(case.to_owned(), verdict.to_owned());
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name)
}

fn python() -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign/bin/python");
    let python = std::env::var_os("BACKSTOP_FOREIGN_PYTHON").map_or(made, PathBuf::from);
    let answers = Command::new(&python).args(["-c", "import aics_tlog, aics_witness, tlog_scales"]).output();
    answers.is_ok_and(|output| output.status.success()).then_some(python)
}

fn go(scratch: &Path) -> Option<PathBuf> {
    let built = scratch.join("verify");
    let mut command = Command::new("go");
    command.args(["build", "-o"].map(OsStr::new)).arg(&built).arg(source("verify.go"));
    command.env("GO111MODULE", "off").env("GOFLAGS", "").env("GOCACHE", scratch.join("cache"));
    let output = command.env("GOPATH", format!("{}:/usr/share/gocode", scratch.display())).output().ok()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || complaint.contains("cannot find package"), "{complaint}");
    output.status.success().then_some(built)
}

/// The Rust crates; one that panics refuses, and its words say so.
pub(crate) fn crates(cases: &Path, folders: &[String]) -> Verdicts {
    let looks: [(&str, Look); 2] = [("signed_note, tlog_tiles", cloudflare), ("ct-merkle", proofs_alone)];
    let mut verdicts = Verdicts::new();
    for (verifier, look) in looks {
        let said = folders.iter().map(|folder| {
            let case = Case::at(&cases.join(folder));
            let verdict = catch_unwind(AssertUnwindSafe(|| look(&case)));
            let verdict = verdict.unwrap_or_else(|_| Err("tree: it panics".into()));
            (folder.clone(), verdict.err().unwrap_or_else(|| "yes".into()))
        });
        verdicts.insert(verifier.into(), said.collect::<BTreeMap<_, _>>());
    }
    verdicts
}

type Verdict = Result<(), String>;
type Look = fn(&Case) -> Verdict;

fn at<E: std::fmt::Display>(part: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{part}: {error}")
}

fn open(bytes: &[u8], key: &signed_note::VerifierList, origin: &str) -> Result<tlog_tiles::Checkpoint, String> {
    let note = signed_note::Note::from_bytes(bytes).map_err(|error| error.to_string())?;
    note.verify(key).map_err(|error| error.to_string())?;
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).map_err(|error| format!("{error:?}"))?;
    match checkpoint.origin() == origin {
        true => Ok(checkpoint),
        false => Err("another origin".into()), // glue
    }
}

struct Tiles<'a>(&'a Case);

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "log/tile/", 1); // glue: the crate's paths name the height
            std::fs::read(self.0.path(&path)).map_err(|_| tlog_tiles::Error::InvalidTile)
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn cloudflare(case: &Case) -> Verdict {
    let text = case.text("key");
    let origin = text.split('+').next().unwrap_or_default();
    let key = signed_note::StandardVerifier::new(&text).map_err(at("key"))?;
    let key = signed_note::VerifierList::new(vec![Box::new(key)]);
    let head = open(&case.read("log/checkpoint"), &key, origin).map_err(at("checkpoint"))?;
    let tiles = Tiles(case);
    let reader = TileHashReader::new(head.size(), *head.hash(), &tiles);
    let indexes: Vec<u64> = (0..head.size()).map(|index| tlog_tiles::stored_hash_index(0, index)).collect();
    let hashes = reader.read_hashes(&indexes).map_err(at("tree"))?;
    let entries = entries(case, head.size()).map_err(at("tree"))?;
    let sound = entries.len() == hashes.len()
        && entries.iter().zip(&hashes).all(|(entry, hash)| tlog_tiles::record_hash(entry) == *hash);
    if !sound {
        return Err("tree: an entry is not the one that was signed".into());
    }
    let held = open(&case.read("held"), &key, origin).map_err(at("history"))?;
    if held.size() > head.size() {
        return Err("history: rolled back".into()); // glue
    }
    let own = tlog_tiles::prove_tree(head.size(), held.size(), &reader).map_err(at("history"))?;
    let given: Result<Vec<_>, _> = case.text("proof").lines().map(tlog_tiles::Hash::parse_hash).collect();
    for proof in [own, given.map_err(at("history"))?] {
        tlog_tiles::check_tree(&proof, head.size(), *head.hash(), held.size(), *held.hash()).map_err(at("history"))?;
    }
    let (index, path, checkpoint) = receipt(case).map_err(at("receipt"))?;
    let path: Result<Vec<_>, _> = path.iter().map(|line| tlog_tiles::Hash::parse_hash(line)).collect();
    let head = open(checkpoint.as_bytes(), &key, origin).map_err(at("receipt"))?;
    let leaf = tlog_tiles::record_hash(&case.read("entry"));
    tlog_tiles::check_record(&path.map_err(at("receipt"))?, head.size(), *head.hash(), index, leaf)
        .map_err(at("receipt"))
}

/// Glue: the entries of all bundles.
fn entries(case: &Case, size: u64) -> Result<Vec<Vec<u8>>, String> {
    let mut all = Vec::new();
    for bundle in ledger::tile::tiles(size).filter(|tile| tile.content == ledger::tile::Content::Entries) {
        let bytes = std::fs::read(case.path(&format!("log/{bundle}"))).map_err(|error| error.to_string())?;
        let mut rest = bytes.as_slice();
        while let [high, low, after @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let (entry, after) = after.split_at_checked(length).ok_or("a bundle ends within an entry")?;
            all.push(entry.to_vec());
            rest = after;
        }
        if !rest.is_empty() {
            return Err("a bundle has a byte too many".into());
        }
    }
    Ok(all)
}

/// Glue: index, lines of the path and checkpoint of a receipt.
fn receipt(case: &Case) -> Result<(u64, Vec<String>, String), String> {
    let text = case.text("receipt");
    let (head, checkpoint) = text.split_once("\n\n").ok_or("not a receipt")?;
    let mut lines = head.split('\n');
    let index = lines.nth(1).and_then(|line| line.strip_prefix("index ")).ok_or("not a receipt")?;
    let number: u64 = index.parse().map_err(|_| "not an index")?;
    if number.to_string() != index {
        return Err("an index in another form".into());
    }
    Ok((number, lines.map(str::to_owned).collect(), checkpoint.to_owned()))
}

/// Glue: size and root of a checkpoint whose signatures this crate does not look at.
fn unsigned(text: &str, part: &'static str) -> Result<RootHash<Sha256>, String> {
    let mut lines = text.split('\n').skip(1);
    let size = lines.next().and_then(|line| line.parse().ok()).ok_or_else(|| format!("{part}: no size"))?;
    let root =
        lines.next().and_then(|line| BASE64_STANDARD.decode(line).ok()).ok_or_else(|| format!("{part}: no root"))?;
    let root: [u8; 32] = root.try_into().map_err(|_| format!("{part}: no root"))?;
    Ok(RootHash::new(root.into(), size))
}

fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
    lines.map(|line| BASE64_STANDARD.decode(line).ok()).collect::<Option<Vec<_>>>().map(|hashes| hashes.concat())
}

fn proofs_alone(case: &Case) -> Verdict {
    let checkpoint = String::from_utf8_lossy(&case.read("log/checkpoint")).into_owned();
    let head = unsigned(&checkpoint, "checkpoint")?;
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    entries(case, head.num_leaves()).map_err(at("tree"))?.into_iter().for_each(|entry| tree.push(entry));
    if tree.root() != head {
        return Err("tree: another root".into());
    }
    let held = unsigned(&case.text("held"), "history")?;
    if held.num_leaves() > head.num_leaves() {
        return Err("history: rolled back".into()); // glue
    }
    let bytes = hashes(case.text("proof").lines()).ok_or("history: not a hash")?;
    let proof = ConsistencyProof::try_from_bytes(bytes).map_err(at("history"))?;
    head.verify_consistency(&held, &proof).map_err(at("history"))?;
    let (index, path, checkpoint) = receipt(case).map_err(at("receipt"))?;
    let head = unsigned(&checkpoint, "receipt")?;
    let bytes = hashes(path.iter().map(String::as_str)).ok_or("receipt: not a hash")?;
    let proof = InclusionProof::try_from_bytes(bytes).map_err(at("receipt"))?;
    head.verify_inclusion(&case.read("entry"), index, &proof).map_err(at("receipt"))
}
