//! Checks a mirror offline: every leaf, every tile of every level, the root, every signature, every payload that is there.
//!
//! Takes a mirror that may be hostile; gives what the verification of a store gives. Bundles are examined on several
//! threads and answered in their order, with memory for one round of them. Never lets "not given" pass for "changed".

use super::bundles;
use super::held::Held;
use super::payloads_path;
use crate::audit::Progress;
use crate::storage::{Difference, Missing, PayloadsFound, Verification, map_in_order};
use ledger::Hash;
use ledger::tile::{self, Content, LEVELS, Tile, WIDTH};
use ledger::tree::{Edge, leaf_hash};
use mission::record::envelope::KeyId;
use mission::record::payloads::State;
use mission::record::sequence::Sequence;
use std::collections::BTreeSet;
use std::num::NonZero;
use verifier::{Answer, Entry};

/// Bundles examined in one round.
const ROUND: usize = 64;
/// Most differences, and most missing pieces, that are listed.
const MOST: usize = 1000;

/// How much is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Leaves, tiles and root: what the log is.
    Hashes,
    /// Signatures and payloads besides: what its entries are.
    Everything,
}

/// What examining one bundle found.
#[derive(Default)]
struct Examined {
    leaves: Vec<Hash>,
    authors: BTreeSet<KeyId>,
    /// Entry, author and number of each statement whose signature holds; without a number, the entry dismisses that author.
    statements: Vec<(u64, KeyId, Option<u64>)>,
    /// Payloads that are here, and that are not.
    opened: u64,
    closed: u64,
    differences: Vec<Difference>,
    missing: Vec<Missing>,
}

impl Examined {
    fn differ(&mut self, entry: Option<u64>, file: String, what: String) {
        self.differences.push(Difference { entry, file: file.into(), offset: 0, what });
    }

    fn miss(&mut self, file: String, what: String) {
        self.missing.push(Missing { file: file.into(), what });
    }
}

/// Checks everything in a mirror.
pub fn check(held: &Held, depth: Depth, threads: NonZero<usize>, progress: &mut dyn FnMut(Progress)) -> Verification {
    let size = held.checkpoint.size;
    let mut all = Examined::default();
    let mut edge = Edge::default();
    let mut levels: [Vec<Hash>; LEVELS] = Default::default();
    let mut closed = [0_u64; LEVELS];
    let mut statements = Sequence::default();
    let mut left = bundles(0, size).peekable();
    while left.peek().is_some() && all.missing.len() < MOST && all.differences.len() < MOST {
        let round: Vec<Tile> = left.by_ref().take(ROUND).collect();
        let examined = map_in_order(threads, round, |bundle| (bundle, examine(held, bundle, depth)));
        for (bundle, one) in examined {
            let whole = one.leaves.len() == usize::from(bundle.width);
            for leaf in one.leaves {
                edge.push(leaf);
                grow(held, &mut levels, &mut closed, leaf, &mut all);
            }
            for (entry, author, number) in one.statements {
                let Some(number) = number else {
                    statements.dismiss(author, entry);
                    continue;
                };
                if let Some(what) = statements.take(author, number) {
                    all.differ(Some(entry), format!("log/{bundle}"), what);
                }
            }
            all.authors.extend(one.authors);
            all.opened += one.opened;
            all.closed += one.closed;
            all.differences.extend(one.differences);
            all.missing.extend(one.missing);
            if !whole {
                return answer(held, all);
            }
            let done = bundle.index * u64::from(WIDTH) + u64::from(bundle.width);
            progress(Progress { doing: "checking every byte", done, of: size });
        }
    }
    for level in 0..LEVELS {
        if !levels[level].is_empty() {
            let width = levels[level].len() as u16;
            compare(held, level, closed[level], width, &levels[level], &mut all);
        }
    }
    if all.missing.is_empty() && edge.size() == size && edge.root() != held.checkpoint.root {
        let what = format!("the entries have the root {}, but {} was signed", edge.root(), held.checkpoint.root);
        all.differ(None, "log/checkpoint".to_owned(), what);
    }
    answer(held, all)
}

fn answer(held: &Held, all: Examined) -> Verification {
    let Examined { mut differences, mut missing, authors, opened, closed, .. } = all;
    differences.sort();
    missing.sort();
    missing.dedup();
    match (differences.is_empty(), missing.is_empty()) {
        (false, _) => Verification::No { differences, missing },
        (true, false) => Verification::CannotTell { missing },
        (true, true) => Verification::Yes {
            entries: held.checkpoint.size,
            unpublished: 0,
            root: held.checkpoint.root,
            log_key: held.log.to_string(),
            authors,
            payloads: PayloadsFound { opened, sealed: closed, ..PayloadsFound::default() },
        },
    }
}

/// Adds a leaf, and compares each tile of hashes that it fills.
fn grow(held: &Held, levels: &mut [Vec<Hash>; LEVELS], closed: &mut [u64; LEVELS], leaf: Hash, all: &mut Examined) {
    let mut hash = leaf;
    for level in 0..LEVELS {
        levels[level].push(hash);
        if levels[level].len() < usize::from(WIDTH) {
            return;
        }
        compare(held, level, closed[level], WIDTH, &levels[level], all);
        let bytes: Vec<u8> = std::mem::take(&mut levels[level]).iter().flat_map(|hash| hash.0).collect();
        hash = tile::subtree_hash(&bytes, 0, WIDTH).expect("invariant: a full tile has 256 hashes");
        closed[level] += 1;
    }
}

/// Compares a tile of hashes with what the leaves say.
fn compare(held: &Held, level: usize, index: u64, width: u16, hashes: &[Hash], all: &mut Examined) {
    let tile = Tile { content: Content::Hashes { level: level as u8 }, index, width };
    match held.tile(tile) {
        Err(why) => all.miss(format!("log/{tile}"), why),
        Ok(bytes) => {
            let differs = bytes.chunks(32).zip(hashes).position(|(stored, hash)| stored != hash.0);
            let differs = differs.or((bytes.len() != 32 * hashes.len()).then_some(hashes.len() - 1));
            if let Some(at) = differs {
                let entry = (level == 0).then(|| index * u64::from(WIDTH) + at as u64);
                all.differ(entry, format!("log/{tile}"), "the hash is not that of what lies below".to_owned());
            }
        }
    }
}

fn examine(held: &Held, bundle: Tile, depth: Depth) -> Examined {
    let mut found = Examined::default();
    let bytes = match held.tile(bundle) {
        Ok(bytes) => bytes,
        Err(why) => {
            found.miss(format!("log/{bundle}"), why);
            return found;
        }
    };
    let first = bundle.index * u64::from(WIDTH);
    let mut leaves = Vec::with_capacity(usize::from(bundle.width));
    for (leaf, index) in tile::entries(&bytes).zip(first..) {
        match leaf {
            Ok(leaf) => leaves.push(leaf),
            Err(error) => {
                found.differ(Some(index), format!("log/{bundle}"), error.to_string());
                return found;
            }
        }
    }
    if leaves.len() != usize::from(bundle.width) {
        let what = format!("{} entries, where {} were signed", leaves.len(), bundle.width);
        found.differ(Some(first + leaves.len() as u64), format!("log/{bundle}"), what);
        return found;
    }
    found.leaves = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    if depth == Depth::Everything {
        examine_entries(held, bundle, &leaves, &mut found);
    }
    found
}

fn examine_entries(held: &Held, bundle: Tile, leaves: &[&[u8]], found: &mut Examined) {
    let first = bundle.index * u64::from(WIDTH);
    let path = payloads_path(bundle.index, bundle.width);
    let payloads = held.payloads(bundle).unwrap_or_else(|why| {
        found.differ(Some(first), path.clone(), why);
        None
    });
    for (at, (leaf, index)) in leaves.iter().zip(first..).enumerate() {
        let state = payloads.as_ref().map_or(&State::Withheld, |all| &all[at].state);
        let entry = match Entry::of(leaf, &held.authors, state) {
            Ok(entry) => entry,
            Err(error) => {
                found.differ(Some(index), format!("log/{bundle}"), error.to_string());
                continue;
            }
        };
        let author = entry.envelope.author;
        match entry.signed {
            Answer::Yes(_) => {
                found.authors.insert(author);
                found.statements.extend(entry.envelope.written.map(|it| (index, author, Some(it.number))));
            }
            Answer::No(what) => found.differ(Some(index), format!("log/{bundle}"), what),
            Answer::CannotTell(what) => found.miss("keys/authors.txt".to_owned(), what),
        }
        found.statements.extend(entry.dismisses.map(|author| (index, author, None)));
        match entry.committed {
            Answer::Yes(_) => found.opened += 1,
            Answer::No(what) => found.differ(Some(index), path.clone(), what),
            Answer::CannotTell(_) => found.closed += 1,
        }
    }
}
