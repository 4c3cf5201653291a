//! Copying and following: from what is held to what the source has signed since.
//!
//! Takes a source and a folder; fetches only what is missing, checks each file against the signed head, and puts the new
//! head in place last, so that an interrupted copy goes on where it stopped. A head that contradicts the one that is held is
//! refused, and both are kept as evidence. What a source that merely gives broken files says is never taken for a fork.

use super::held::{Held, MOST_PAYLOAD_BYTES, read_authors, subtree_in, tile_in};
use super::source::Source;
use super::{bundles, payloads_path};
use crate::audit::Progress;
use ledger::evidence::{Evidence, compare};
use ledger::note::MAX_NOTE_BYTES;
use ledger::tile::{self, Content, Tile, WIDTH};
use ledger::tree::{self, Hash, Subtree, leaf_hash};
use ledger::{Checkpoint, VerifyingIdentity};
use mission::record::envelope;
use mission::record::payloads::{self, Opened, State};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Longest file with keys.
const MOST_KEY_BYTES: u64 = 1 << 20;

/// What a mirror holds after following.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// Number of entries before.
    pub before: u64,
    /// Number of entries now.
    pub size: u64,
    /// Root now.
    pub root: Hash,
    /// Of the entries that came anew: how many payloads were given.
    pub open: u64,
    /// How many were withheld, or not given.
    pub withheld: u64,
    /// How many are erased.
    pub erased: u64,
}

/// Why a mirror did not follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The log contradicts what is held; the evidence lies in this file.
    Contradicts(String, PathBuf),
    /// The source gives something that its own log does not say.
    Wrong(String),
    /// The source does not answer, or lacks what its head promises.
    CannotTell(String),
    /// This folder cannot be written.
    Folder(String),
}

/// Copies what is new at the source into the folder; `pinned` is the log's key, if it is known from elsewhere.
///
/// # Errors
/// If the source contradicts what is held, gives what its log does not say, or does not give what its head promises. Then the
/// held head still stands, and everything under it.
pub fn follow(
    source: &Source,
    folder: &Path,
    pinned: Option<&VerifyingIdentity>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Followed, Refusal> {
    let log = keys(source, folder, pinned)?;
    let signed = need(source, "log/checkpoint", MAX_NOTE_BYTES as u64)?;
    let (checkpoint, _) = Checkpoint::open(&signed, &log, &[])
        .map_err(|error| Refusal::Wrong(format!("the source's head is not to be believed: {error}")))?;
    let signed = String::from_utf8(signed).expect("invariant: a note is UTF-8");
    let held =
        folder.join("log/checkpoint").exists().then(|| Held::open(folder)).transpose().map_err(Refusal::Folder)?;
    if let Some(held) = &held {
        agree(source, held, &checkpoint, &signed)?;
    }
    let before = held.as_ref().map_or(0, |held| held.checkpoint.size);
    let mut followed =
        Followed { before, size: checkpoint.size, root: checkpoint.root, open: 0, withheld: 0, erased: 0 };
    fetch_log(source, folder, before, checkpoint.size, progress)?;
    check_log(folder, before, &checkpoint)?;
    fetch_payloads(source, folder, &mut followed, progress)?;
    // If we stop here, the old head still holds; what was fetched is found again.
    sync(folder)?;
    write(&folder.join("log/checkpoint"), signed.as_bytes())?;
    sync(folder)?;
    remove_replaced(folder, before, checkpoint.size);
    Ok(followed)
}

/// The log's key: the one that is held, which never changes; at first the one that is named, or else the source's.
fn keys(source: &Source, folder: &Path, pinned: Option<&VerifyingIdentity>) -> Result<VerifyingIdentity, Refusal> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| Refusal::Wrong("a key is not UTF-8".to_owned()));
    let given = text(need(source, "keys/log.pub", MOST_KEY_BYTES)?)?;
    let given = VerifyingIdentity::parse(given.trim_end())
        .map_err(|error| Refusal::Wrong(format!("`keys/log.pub`: {error}")))?;
    let path = folder.join("keys/log.pub");
    let held = fs::read_to_string(&path).ok();
    let held = held.map(|held| VerifyingIdentity::parse(held.trim_end())).transpose();
    let held = held.map_err(|error| Refusal::Folder(format!("`{}`: {error}", path.display())))?;
    for known in [held.as_ref(), pinned].into_iter().flatten() {
        if *known != given {
            return Err(Refusal::Wrong(format!("the source is the log `{given}`, not `{known}`")));
        }
    }
    let authors = text(need(source, "keys/authors.txt", MOST_KEY_BYTES)?)?;
    let known = fs::read_to_string(folder.join("keys/authors.txt")).unwrap_or_default();
    read_authors(&authors).map_err(Refusal::Wrong)?;
    // Names follow from keys, so a source can add authors and replace none.
    let new = authors.lines().filter(|line| !known.lines().any(|other| other == *line));
    let lines: String = known.lines().chain(new).map(|line| format!("{line}\n")).collect();
    write(&path, format!("{given}\n").as_bytes())?;
    write(&folder.join("keys/authors.txt"), lines.as_bytes())?;
    Ok(given)
}

/// Refuses a head that contradicts the held one, or goes back behind it.
fn agree(source: &Source, held: &Held, checkpoint: &Checkpoint, signed: &str) -> Result<(), Refusal> {
    let (size, old) = (checkpoint.size, held.checkpoint.size);
    let mut cache = BTreeMap::new();
    let compared = compare(&held.log, &held.checkpoint_text, signed, |subtree| {
        if size < old {
            return subtree_in(held.folder(), old, subtree, &mut cache).map_err(Unread);
        }
        subtree_at(source, size, subtree, &mut cache)
    });
    let keep = |what: String, evidence: &Evidence, sort: &str| {
        let path = held.folder().join(format!("evidence/{sort}-{old}-{size}.evidence"));
        match write(&path, evidence.to_text().as_bytes()) {
            Ok(()) => Refusal::Contradicts(what, path),
            Err(refusal) => refusal,
        }
    };
    match compared {
        Ok(Some(evidence)) => {
            let what = format!(
                "the log's key signed two histories: the {old} entries held here do not begin the {size} entries of the source"
            );
            Err(keep(what, &evidence, "fork"))
        }
        Ok(None) if size < old => {
            let both = Evidence::new(held.log.clone(), signed.to_owned(), held.checkpoint_text.clone(), None);
            Err(keep(format!("the source went back from {old} entries to {size}"), &both, "rollback"))
        }
        Ok(None) => Ok(()),
        Err(Unread(why)) => Err(Refusal::CannotTell(why)),
    }
}

/// Why a proof could not be made.
struct Unread(String);

impl From<ledger::Error> for Unread {
    fn from(error: ledger::Error) -> Unread {
        Unread(error.to_string())
    }
}

/// The hash of a subtree from the source's own tiles.
fn subtree_at(
    source: &Source,
    size: u64,
    subtree: Subtree,
    cache: &mut BTreeMap<Tile, Vec<u8>>,
) -> Result<Hash, Unread> {
    let fetch = |tile| tile_of(source, tile).map_err(|refusal| Unread(format!("{refusal}")));
    tile::read_subtree(size, subtree, cache, fetch, |_, error| Unread::from(error))
}

/// A tile of the source; where it has replaced a partial one by the full one, the beginning of that.
fn tile_of(source: &Source, tile: Tile) -> Result<Vec<u8>, Refusal> {
    let get = |tile: Tile| source.get(&format!("log/{tile}"), tile.limit_bytes()).map_err(Refusal::CannotTell);
    if let Some(bytes) = get(tile)? {
        return Ok(bytes);
    }
    let missing = || Refusal::CannotTell(format!("the source has no `log/{tile}`, which its head promises"));
    if tile.is_full() {
        return Err(missing());
    }
    Ok(tile.beginning_of(&get(Tile { width: WIDTH, ..tile })?.ok_or_else(missing)?).to_vec())
}

/// Fetches the tiles and bundles that are not there.
fn fetch_log(
    source: &Source,
    folder: &Path,
    before: u64,
    size: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Refusal> {
    for tile in tile::new_tiles(before, size) {
        let path = folder.join("log").join(tile.to_string());
        if !path.exists() {
            write(&path, &tile_of(source, tile)?)?;
        }
        if let Content::Entries = tile.content {
            let done = tile.index * u64::from(WIDTH) + u64::from(tile.width);
            progress(Progress { doing: "copying the log", done, of: size });
        }
    }
    Ok(())
}

/// Checks every new tile against the one above it, every new bundle against its hashes, and the root against the head. What
/// does not hold is removed, so that a sound source can be asked again.
fn check_log(folder: &Path, before: u64, checkpoint: &Checkpoint) -> Result<(), Refusal> {
    let size = checkpoint.size;
    let mut cache = BTreeMap::new();
    for tile in tile::new_tiles(before, size) {
        let bytes = tile_in(folder, tile).map_err(Refusal::Folder)?;
        let sound = match tile.content {
            Content::Entries => {
                let hashes =
                    tile_in(folder, Tile { content: Content::Hashes { level: 0 }, ..tile }).map_err(Refusal::Folder)?;
                let leaves: Result<Vec<[u8; 32]>, _> =
                    tile::entries(&bytes).map(|entry| entry.map(|entry| leaf_hash(entry).0)).collect();
                leaves.is_ok_and(|leaves| leaves.as_flattened() == hashes)
            }
            Content::Hashes { level } if tile.is_full() => {
                let above = Subtree { level: 8 * (level + 1), index: tile.index };
                let stored = subtree_in(folder, size, above, &mut cache);
                stored.is_ok_and(|stored| tile::subtree_hash(&bytes, 0, WIDTH) == Ok(stored))
            }
            Content::Hashes { .. } => bytes.len() == usize::from(tile.width) * tile::HASH_BYTES,
        };
        if !sound {
            // Which of the two is broken is not known, so both are fetched again.
            for broken in [Some(tile), against(tile, size)].into_iter().flatten() {
                let _ = fs::remove_file(folder.join("log").join(broken.to_string()));
            }
            return Err(Refusal::Wrong(format!("the source's `log/{tile}` does not lead to its signed head")));
        }
    }
    let root = tree::root(size, |subtree| subtree_in(folder, size, subtree, &mut cache)).map_err(Refusal::Folder)?;
    if root == checkpoint.root {
        return Ok(());
    }
    for tile in tile::new_tiles(before, size) {
        let _ = fs::remove_file(folder.join("log").join(tile.to_string()));
    }
    Err(Refusal::Wrong(format!("the source's tiles have the root {root}, and its head says {}", checkpoint.root)))
}

/// The tile of hashes that a bundle or a tile is held against, in a log of that size.
fn against(tile: Tile, size: u64) -> Option<Tile> {
    match tile.content {
        Content::Entries => Some(Tile { content: Content::Hashes { level: 0 }, ..tile }),
        Content::Hashes { level } => {
            let above = Subtree { level: 8 * (level + 1), index: tile.index };
            tile::holding(above, size).map(|(tile, _, _)| tile)
        }
    }
}

/// Fetches the payloads of the new entries, as far as the source gives them, and checks each against its envelope.
fn fetch_payloads(
    source: &Source,
    folder: &Path,
    followed: &mut Followed,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Refusal> {
    let (before, size) = (followed.before, followed.size);
    for bundle in bundles(before, size).filter(|_| before < size) {
        let first = bundle.index * u64::from(WIDTH);
        let path = payloads_path(bundle.index, bundle.width);
        let given = match fs::read(folder.join(&path)) {
            Ok(bytes) => Some(bytes),
            Err(_) => source.get(&path, MOST_PAYLOAD_BYTES).map_err(Refusal::CannotTell)?,
        };
        let new = (first + u64::from(bundle.width)) - before.max(first);
        match given {
            None => followed.withheld += new,
            Some(bytes) => {
                let opened = payloads::read(&bytes, first, bundle.width)
                    .map_err(|why| Refusal::Wrong(format!("`{path}`: {why}")))?;
                check_payloads(folder, bundle, &opened)?;
                for Opened { state, .. } in opened.iter().filter(|opened| opened.index >= before) {
                    match state {
                        State::Open(..) => followed.open += 1,
                        State::Withheld => followed.withheld += 1,
                        State::Erased => followed.erased += 1,
                    }
                }
                write(&folder.join(&path), &bytes)?;
            }
        }
        progress(Progress { doing: "copying payloads", done: first + u64::from(bundle.width), of: size });
    }
    Ok(())
}

fn check_payloads(folder: &Path, bundle: Tile, opened: &[Opened]) -> Result<(), Refusal> {
    let leaves = tile_in(folder, bundle).map_err(Refusal::Folder)?;
    for (leaf, opened) in tile::entries(&leaves).zip(opened) {
        let State::Open(salt, payload) = &opened.state else { continue };
        let envelope = leaf.ok().and_then(|leaf| envelope::open(leaf).ok()).map(|(envelope, _)| envelope);
        if envelope.is_none_or(|envelope| payload.commit(salt) != envelope.commitment) {
            let index = opened.index;
            return Err(Refusal::Wrong(format!(
                "the payload of entry {index} is not the one that its envelope commits to"
            )));
        }
    }
    Ok(())
}

/// Removes partial files that a wider one has replaced. Should that fail, they take room and no more.
fn remove_replaced(folder: &Path, before: u64, size: u64) {
    if before == size {
        return;
    }
    for tile in tile::tiles(before).filter(|tile| !tile.is_full()) {
        let stays = tile::tiles(size).any(|now| now == tile);
        if !stays {
            let _ = fs::remove_file(folder.join("log").join(tile.to_string()));
            if let Content::Entries = tile.content {
                let _ = fs::remove_file(folder.join(payloads_path(tile.index, tile.width)));
            }
        }
    }
}

/// A file that a source must have.
fn need(source: &Source, path: &str, limit: u64) -> Result<Vec<u8>, Refusal> {
    let found = source.get(path, limit).map_err(Refusal::CannotTell)?;
    found.ok_or_else(|| Refusal::CannotTell(format!("the source has no `{path}`")))
}

/// Writes a file in one step: a reader sees the old or the new.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| Refusal::Folder(format!("cannot write `{}`: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut staging = path.as_os_str().to_owned();
    staging.push(".part");
    let mut file = File::create(&staging).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    fs::rename(&staging, path).map_err(failed)
}

/// Makes everything in the folder's file system durable.
fn sync(folder: &Path) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| Refusal::Folder(format!("cannot flush `{}`: {error}", folder.display()));
    let opened = File::open(folder).map_err(failed)?;
    rustix::fs::syncfs(&opened).map_err(|error| failed(error.into()))
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Contradicts(what, path) => write!(f, "{what}; the evidence is kept in `{}`", path.display()),
            Refusal::Wrong(what) | Refusal::CannotTell(what) | Refusal::Folder(what) => f.write_str(what),
        }
    }
}
