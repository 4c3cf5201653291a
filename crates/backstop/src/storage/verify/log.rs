//! Checks the published log: takes the leaves that the segments hold, in order, and holds every bundle, every tile and the
//! root against them. Where segment, bundle and tile disagree, the two that agree are believed and the third is named.

use super::payloads::{HeldLeaf, check_leaf_alone};
use super::{Findings, MAX_MISSING};
use crate::storage::disk::{self, Disk, Found};
use crate::storage::keys::PublicKeys;
use ledger::Checkpoint;
use ledger::tile::{self, Content, HASH_BYTES, LEVELS, Tile, WIDTH};
use ledger::tree::{self, Edge, Hash, leaf_hash, node_hash};
use mission::record::envelope::KeyId;
use mission::record::sequence::Sequence;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FULL: usize = WIDTH as usize;

pub(super) struct LogCheck<'a> {
    disk: &'a dyn Disk,
    directory: PathBuf,
    keys: Option<&'a PublicKeys>,
    checkpoint: Option<Checkpoint>,
    /// Entries of the open bundle; none for those that no segment holds.
    bundle: Vec<Option<HeldLeaf>>,
    /// Hashes of the open tile of each level; none where nothing tells them.
    levels: [Vec<Option<Hash>>; LEVELS],
    /// Number of tiles that were closed, by level.
    closed: [u64; LEVELS],
    /// The growing edge over the leaves, as long as all of them are known.
    edge: Option<Edge>,
    root: Option<Hash>,
    /// Who signed the entries seen so far.
    authors: BTreeSet<KeyId>,
    statements: Sequence,
    /// Entries are not to be had, so that statements may be among them.
    gap: bool,
}

/// One file of the log with what was found in it.
pub(in crate::storage) struct TileFile {
    pub(in crate::storage) tile: Tile,
    pub(in crate::storage) bytes: Vec<u8>,
}

impl<'a> LogCheck<'a> {
    pub(super) fn new(
        disk: &'a dyn Disk,
        directory: &Path,
        keys: Option<&'a PublicKeys>,
        checkpoint: Option<Checkpoint>,
    ) -> LogCheck<'a> {
        let root = checkpoint.as_ref().filter(|checkpoint| checkpoint.size == 0).map(|_| tree::empty_root());
        LogCheck {
            disk,
            directory: directory.to_owned(),
            keys,
            checkpoint,
            bundle: Vec::new(),
            levels: Default::default(),
            closed: [0; LEVELS],
            edge: Some(Edge::default()),
            root,
            authors: BTreeSet::new(),
            statements: Sequence::default(),
            gap: false,
        }
    }

    /// Who signed the entries seen so far.
    pub(super) fn authors(self) -> BTreeSet<KeyId> {
        self.authors
    }

    /// Takes the next entry.
    pub(super) fn take(&mut self, leaf: HeldLeaf, findings: &mut Findings) {
        self.gap |= leaf.author.is_none();
        self.authors.extend(leaf.author.map(|(author, _)| author));
        if let Some((author, Some(number))) = leaf.author
            && let Some(what) = self.statements.take(author, number)
            && !self.gap
        {
            findings.differ(Some(leaf.index), &leaf.file, leaf.offset, what);
        }
        self.push(Some(leaf), findings);
    }

    /// Goes on to entry `until` without what the segments should have held.
    pub(super) fn skip(&mut self, until: u64, findings: &mut Findings) {
        self.gap = true;
        while self.size() < until && findings.missing.len() < MAX_MISSING {
            self.push(None, findings);
        }
    }

    fn size(&self) -> u64 {
        self.closed[0] * u64::from(WIDTH) + self.bundle.len() as u64
    }

    fn push(&mut self, leaf: Option<HeldLeaf>, findings: &mut Findings) {
        self.bundle.push(leaf);
        if self.bundle.len() == FULL {
            self.close_bundle(findings);
        }
    }

    /// Checks what is left, the root, and that nothing lies in the log that belongs to no entry.
    pub(super) fn finish(&mut self, findings: &mut Findings) {
        if !self.bundle.is_empty() {
            self.close_bundle(findings);
        }
        for level in 1..LEVELS {
            if !self.levels[level].is_empty() {
                self.close_tile(level, findings);
            }
        }
        if let (Some(checkpoint), Some(root), true) = (&self.checkpoint, self.root, findings.differences.is_empty())
            && checkpoint.root != root
        {
            let what = format!("the entries have the root {root}, but {} was signed", checkpoint.root);
            findings.differ(None, "log/checkpoint", 0, what);
        }
        self.find_strangers(findings);
    }

    /// Checks a bundle and the tile of its leaf hashes, and hands their hash up.
    fn close_bundle(&mut self, findings: &mut Findings) {
        let index = self.closed[0];
        let start = index * u64::from(WIDTH);
        let held = std::mem::take(&mut self.bundle);
        let bundles = self.read_files(Content::Entries, index, findings);
        let tiles = self.read_files(Content::Hashes { level: 0 }, index, findings);
        let stored = widest(&bundles);
        let stored: Vec<&[u8]> =
            stored.map_or(Vec::new(), |file| tile::entries(&file.bytes).map_while(Result::ok).collect());
        let signed: Vec<Hash> = widest(&tiles).map_or(Vec::new(), |file| hashes(&file.bytes));
        let mut chosen = Vec::new();
        for (at, held) in held.iter().enumerate() {
            let leaf = choose(held.as_ref(), stored.get(at).copied(), signed.get(at).copied());
            let entry = start + at as u64;
            match (held, leaf) {
                (Some(held), Some(leaf)) if held.sound && held.leaf != leaf => {
                    findings.differ(
                        Some(entry),
                        &held.file,
                        held.offset,
                        "the leaf in the segment is not that of the log",
                    );
                }
                (None, Some(leaf)) => {
                    if let Some(problem) = check_leaf_alone(leaf, self.keys, findings) {
                        let file = bundles.last().map_or(Path::new("log").into(), |file| path_of(file.tile));
                        findings.differ(Some(entry), file, 0, problem);
                    }
                }
                (Some(_) | None, _) => {}
            }
            let hash = leaf.map(leaf_hash).or(signed.get(at).copied());
            self.grow(hash, entry + 1);
            self.levels[0].push(hash);
            chosen.push(leaf);
        }
        for file in &bundles {
            compare_bundle(file, start, &chosen, findings);
        }
        self.close_level(0, &tiles, findings);
    }

    fn grow(&mut self, hash: Option<Hash>, size: u64) {
        match (hash, self.edge.as_mut()) {
            (Some(hash), Some(edge)) => {
                edge.push(hash);
                if self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.size == size) {
                    self.root = Some(edge.root());
                }
            }
            (None, _) | (_, None) => self.edge = None,
        }
    }

    fn close_tile(&mut self, level: usize, findings: &mut Findings) {
        let files = self.read_files(Content::Hashes { level: level as u8 }, self.closed[level], findings);
        self.close_level(level, &files, findings);
    }

    /// Holds the files of a tile against the hashes computed for it, and hands a full tile's hash up.
    fn close_level(&mut self, level: usize, files: &[TileFile], findings: &mut Findings) {
        let computed = std::mem::take(&mut self.levels[level]);
        let first = self.closed[level] * u64::from(WIDTH);
        for file in files {
            compare_hashes(file, first, level, &computed, findings);
        }
        self.closed[level] += 1;
        if computed.len() == FULL && level + 1 < LEVELS {
            let known: Option<Vec<Hash>> = computed.into_iter().collect();
            self.levels[level + 1].push(known.map(fold));
            if self.levels[level + 1].len() == FULL {
                self.close_tile(level + 1, findings);
            }
        }
    }

    /// Reads every file there is of one tile, narrowest first; notes the one that the checkpoint needs if it is missing.
    fn read_files(&self, content: Content, index: u64, findings: &mut Findings) -> Vec<TileFile> {
        let full = Tile { content, index, width: WIDTH };
        let mut tiles = vec![full];
        let partial = path_of(full).into_os_string().into_string().map(|path| path + ".p");
        let partial = partial.expect("invariant: the path of a tile is ASCII");
        for file in self.disk.list(&self.directory.join(&partial)).unwrap_or_default() {
            let name = file.name;
            let width = name.to_str().filter(|name| !name.contains('/'));
            match width.and_then(|width| Tile::parse(&format!("{full}.p/{width}")).ok()) {
                Some(tile) => tiles.push(tile),
                None => findings.differ(None, Path::new(&partial).join(&name), 0, "this file does not belong here"),
            }
        }
        let needed = self.needed(content, index);
        tiles.extend(needed.filter(|needed| !tiles.contains(needed)));
        tiles.sort();
        let mut files = Vec::new();
        for tile in tiles {
            match disk::read(self.disk, &self.directory.join(path_of(tile)), tile.limit_bytes()) {
                Found::Bytes(bytes) => files.push(TileFile { tile, bytes }),
                Found::Nothing if needed == Some(tile) => findings.miss(path_of(tile), "the file is missing"),
                Found::Nothing => {}
                Found::TooLong => {
                    findings.differ(first_entry(tile), path_of(tile), 0, "longer than any such file may be");
                }
                Found::Unreadable(problem) => findings.miss(path_of(tile), format!("cannot be read: {problem}")),
            }
        }
        files
    }

    /// The tile of this index that a log of the checkpoint's size has.
    fn needed(&self, content: Content, index: u64) -> Option<Tile> {
        let shift = match content {
            Content::Entries => 0,
            Content::Hashes { level } => 8 * u32::from(level),
        };
        let count = self.checkpoint.as_ref()?.size >> shift;
        let width = count.saturating_sub(index * u64::from(WIDTH)).min(u64::from(WIDTH)) as u16;
        (width > 0).then_some(Tile { content, index, width })
    }

    /// Names every file in the log that is neither the checkpoint nor a tile of these entries.
    fn find_strangers(&self, findings: &mut Findings) {
        let log = self.directory.join("log");
        let mut open = vec![log.clone()];
        while let Some(directory) = open.pop() {
            let below = |path: &Path| path.strip_prefix(&self.directory).unwrap_or(path).to_owned();
            let files = match self.disk.list(&directory) {
                Ok(files) => files,
                Err(error) => {
                    findings.miss(below(&directory), format!("cannot be read: {error}"));
                    continue;
                }
            };
            for file in files {
                let path = directory.join(file.name);
                if file.is_directory {
                    open.push(path);
                } else if !self.belongs(path.strip_prefix(&log).unwrap_or(&path)) {
                    findings.differ(None, below(&path), 0, "this file belongs to no entry of the log");
                }
            }
        }
    }

    fn belongs(&self, path: &Path) -> bool {
        let Some(path) = path.to_str() else { return false };
        path == "checkpoint"
            || Tile::parse(path).is_ok_and(|tile| match tile.content {
                Content::Entries => tile.index < self.closed[0],
                Content::Hashes { level } => {
                    self.closed.get(usize::from(level)).is_some_and(|closed| tile.index < *closed)
                }
            })
    }
}

/// The leaf to believe: what two of segment, bundle and tile agree on; else what a sound record says; else what there is.
fn choose<'b>(held: Option<&'b HeldLeaf>, stored: Option<&'b [u8]>, signed: Option<Hash>) -> Option<&'b [u8]> {
    let agrees = |leaf: &[u8]| signed.is_some_and(|signed| leaf_hash(leaf) == signed);
    match (held, stored) {
        (Some(held), Some(stored)) if held.leaf == stored => Some(stored),
        (Some(held), _) if agrees(&held.leaf) => Some(&held.leaf),
        (_, Some(stored)) if agrees(stored) => Some(stored),
        (Some(held), _) if held.sound => Some(&held.leaf),
        (_, Some(stored)) => Some(stored),
        (Some(held), None) => Some(&held.leaf),
        (None, None) => None,
    }
}

fn widest(files: &[TileFile]) -> Option<&TileFile> {
    files.last()
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.iter().copied().map(Hash).collect()
}

fn fold(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = hashes.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
    }
    hashes[0]
}

fn path_of(tile: Tile) -> PathBuf {
    Path::new("log").join(tile.to_string())
}

fn first_entry(tile: Tile) -> Option<u64> {
    tile.entries().map(|(first, _)| first)
}

/// Holds a bundle file against the leaves; names the entry of the first byte that differs.
pub(super) fn compare_bundle(file: &TileFile, start: u64, leaves: &[Option<&[u8]>], findings: &mut Findings) {
    let mut rest = file.bytes.as_slice();
    let offset = |rest: &[u8]| (file.bytes.len() - rest.len()) as u64;
    for at in 0..usize::from(file.tile.width) {
        let entry = start + at as u64;
        // What is not known is not compared, but the bytes before it were.
        let Some(leaf) = leaves.get(at).copied() else {
            return findings.differ(
                Some(entry),
                path_of(file.tile),
                offset(rest),
                "the bundle holds entries that are not recorded",
            );
        };
        let Some(leaf) = leaf else {
            return findings
                .miss(path_of(file.tile), format!("cut short at byte {}, within entry {entry}", offset(rest)));
        };
        let mut expected = Vec::with_capacity(leaf.len() + 2);
        tile::push_entry(&mut expected, leaf).expect("invariant: a leaf that was read fits a bundle");
        let length = expected.len().min(rest.len());
        if rest[..length] != expected[..length] {
            return findings.differ(
                Some(entry),
                path_of(file.tile),
                offset(rest),
                "the entry in the bundle was changed",
            );
        }
        if length < expected.len() {
            return findings.miss(path_of(file.tile), format!("cut short at byte {}", file.bytes.len()));
        }
        rest = &rest[length..];
    }
    if !rest.is_empty() {
        let last = start + u64::from(file.tile.width) - 1;
        findings.differ(Some(last), path_of(file.tile), offset(rest), "bytes follow the last entry");
    }
}

/// Holds a file of hashes against the computed ones; names the first entry below the first hash that differs.
pub(super) fn compare_hashes(
    file: &TileFile,
    first: u64,
    level: usize,
    computed: &[Option<Hash>],
    findings: &mut Findings,
) {
    let entry = |at: usize| Some((first + at as u64) << (8 * level));
    let (found, rest) = file.bytes.as_chunks::<HASH_BYTES>();
    let width = usize::from(file.tile.width);
    for (at, found) in found.iter().enumerate().take(width) {
        let offset = (at * HASH_BYTES) as u64;
        match computed.get(at) {
            Some(Some(computed)) if computed.0 != *found => {
                return findings.differ(entry(at), path_of(file.tile), offset, "the hash in the tile was changed");
            }
            Some(_) => {}
            None => {
                let what = "the tile holds hashes of entries that are not recorded";
                return findings.differ(entry(at), path_of(file.tile), offset, what);
            }
        }
    }
    if found.len() < width {
        let known = computed.get(found.len()).copied().flatten();
        if known.is_some_and(|known| !known.0.starts_with(rest)) {
            let offset = (found.len() * HASH_BYTES) as u64;
            return findings.differ(entry(found.len()), path_of(file.tile), offset, "the hash in the tile was changed");
        }
        findings.miss(path_of(file.tile), format!("cut short at byte {}", file.bytes.len()));
    } else if found.len() > width || !rest.is_empty() {
        let offset = (width * HASH_BYTES) as u64;
        findings.differ(entry(width - 1), path_of(file.tile), offset, "bytes follow the last hash");
    }
}
