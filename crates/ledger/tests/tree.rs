//! Trees, tiles and proofs against the vectors of RFC 6962 and against implementations that nobody here wrote.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledger::tile::{self, Content, Tile};
use ledger::tree::{
    Edge, Hash, Subtree, leaf_hash, node_hash, prove_consistency, prove_inclusion, root, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;
use sha2::Sha256;
use std::convert::Infallible;

/// The leaves of the reference tree of Certificate Transparency (github.com/google/certificate-transparency).
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// Its roots after each leaf.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex")).collect()
}

/// Reads the hash of a complete subtree from leaf hashes.
fn reader(leaves: &[Hash]) -> impl FnMut(Subtree) -> Result<Hash, ledger::Error> {
    move |subtree| {
        let width = 1usize << subtree.level;
        let start = subtree.index as usize * width;
        let mut hashes = leaves[start..start + width].to_vec();
        while hashes.len() > 1 {
            hashes = hashes.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
        }
        Ok(hashes[0])
    }
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

#[test]
fn roots_agree_with_the_reference_tree() {
    assert_eq!(
        ledger::tree::empty_root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let mut edge = Edge::default();
    let mut hashes = Vec::new();
    for (leaf, expected) in LEAVES.iter().zip(ROOTS) {
        hashes.push(leaf_hash(&bytes(leaf)));
        edge.push(hashes[hashes.len() - 1]);
        assert_eq!(edge.root().to_string(), expected);
        assert_eq!(root(edge.size(), reader(&hashes)).expect("readable").to_string(), expected);
        assert_eq!(Edge::read(edge.size(), reader(&hashes)).expect("readable"), edge);
    }
}

#[test]
fn every_proof_of_small_trees_holds_and_no_changed_one_does() {
    let hashes = leaves(40);
    for size in 1..=40u64 {
        let whole = root(size, reader(&hashes)).expect("readable");
        for index in 0..size {
            let leaf = hashes[index as usize];
            let path = prove_inclusion(index, size, reader(&hashes)).expect("proved");
            assert_eq!(verify_inclusion(leaf, index, size, &path, whole), Ok(()));
            check_changes(&path, |path| verify_inclusion(leaf, index, size, path, whole).is_err());
            assert!(verify_inclusion(node_hash(leaf, leaf), index, size, &path, whole).is_err());
            assert!(verify_inclusion(leaf, size, size, &path, whole).is_err());
            assert!(
                (0..size).all(|other| other == index || verify_inclusion(leaf, other, size, &path, whole).is_err())
            );
        }
        for old in 1..=size {
            let before = root(old, reader(&hashes)).expect("readable");
            let path = prove_consistency(old, size, reader(&hashes)).expect("proved");
            assert_eq!(verify_consistency(old, before, size, whole, &path), Ok(()));
            check_changes(&path, |path| verify_consistency(old, before, size, whole, path).is_err());
            assert!(verify_consistency(old, node_hash(before, before), size, whole, &path).is_err());
            assert!(verify_consistency(old, before, size, node_hash(whole, whole), &path).is_err());
            assert!(old == size || verify_consistency(old + 1, before, size, whole, &path).is_err());
        }
    }
}

/// Every path with one hash changed, left out or added is refused.
fn check_changes(path: &[Hash], refused: impl Fn(&[Hash]) -> bool) {
    for at in 0..path.len() {
        let mut changed = path.to_vec();
        changed[at].0[at % 32] ^= 1;
        assert!(refused(&changed));
        changed.remove(at);
        assert!(refused(&changed));
    }
    assert!(refused(&[path, &[Hash([0; 32])]].concat()));
}

#[test]
fn extreme_positions_are_refused_without_panic() {
    let hash = Hash([1; 32]);
    let path = [hash; 80];
    for size in [0, 1, 2, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size.saturating_sub(1), size, u64::MAX] {
            for length in [0, 1, 62, 63, 64, 65, 80] {
                assert!(size == 1 || verify_inclusion(hash, index, size, &path[..length], hash).is_err());
                assert!(index == size || verify_consistency(index, hash, size, hash, &path[..length]).is_err());
            }
        }
    }
    assert!(prove_inclusion::<ledger::Error>(3, 3, |_| Ok(hash)).is_err());
    assert!(prove_consistency::<ledger::Error>(0, 3, |_| Ok(hash)).is_err());
    assert!(prove_consistency::<ledger::Error>(4, 3, |_| Ok(hash)).is_err());
    assert_eq!(prove_inclusion::<ledger::Error>(0, u64::MAX, |_| Ok(hash)).map(|path| path.len()), Ok(64));
    assert_eq!(root::<Infallible>(0, |_| Ok(hash)), Ok(ledger::tree::empty_root()));
}

#[test]
fn ct_merkle_agrees_with_roots_and_proofs() {
    let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let hashes = leaves(70);
    for size in 1..=70u64 {
        oracle.push((size as usize - 1).to_be_bytes().to_vec());
        let whole = root(size, reader(&hashes)).expect("readable");
        assert_eq!(oracle.root().as_bytes().as_slice(), whole.0);
        for index in 0..size {
            let ours: Vec<u8> =
                prove_inclusion(index, size, reader(&hashes)).expect("proved").iter().flat_map(|hash| hash.0).collect();
            assert_eq!(oracle.prove_inclusion(index as usize).as_bytes(), ours);
        }
        for old in 1..size {
            let ours: Vec<u8> =
                prove_consistency(old, size, reader(&hashes)).expect("proved").iter().flat_map(|hash| hash.0).collect();
            assert_eq!(oracle.prove_consistency((size - old) as usize).as_bytes(), ours);
        }
    }
}

struct Stored(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

#[test]
fn tlog_tiles_agrees_with_roots_and_proofs() {
    let hashes = leaves(70);
    let mut stored = Stored(Vec::new());
    for size in 1..=70u64 {
        let new = tlog_tiles::stored_hashes(size - 1, &(size as usize - 1).to_be_bytes(), &stored).expect("hashed");
        stored.0.extend(new);
        let whole = root(size, reader(&hashes)).expect("readable");
        assert_eq!(tlog_tiles::tree_hash(size, &stored).expect("hashed").0, whole.0);
        for index in 0..size {
            let theirs = tlog_tiles::prove_record(size, index, &stored).expect("proved");
            let ours = prove_inclusion(index, size, reader(&hashes)).expect("proved");
            assert!(theirs.iter().map(|hash| hash.0).eq(ours.iter().map(|hash| hash.0)));
        }
    }
}

#[test]
fn paths_are_as_c2sp_writes_them() {
    for (path, content, index, width) in [
        ("tile/entries/000", Content::Entries, 0, 256),
        ("tile/0/x001/x234/067", Content::Hashes { level: 0 }, 1_234_067, 256),
        ("tile/63/000.p/255", Content::Hashes { level: 63 }, 0, 255),
        ("tile/1/x001/000.p/1", Content::Hashes { level: 1 }, 1000, 1),
        ("tile/entries/x018/x446/x744/x073/x709/x551/615", Content::Entries, u64::MAX, 256),
    ] {
        let tile = Tile { content, index, width };
        assert_eq!(tile.to_string(), path);
        assert_eq!(Tile::parse(path), Ok(tile));
    }
}

#[test]
fn other_paths_are_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/+1/001",
        "tile/entry/001",
        "tile/0/001.p",
        "tile/0/001.p/",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/1.p/1",
        "tile/8/0/000",
        "/tile/0/001",
        "tile/0/001/",
        "tile/0/../001",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/٠٠١",
        "tile/0/x18/x446/x744/x073/x709/x551/616",
        "tile/entries/x018/x446/x744/x073/x709/x551/616",
        "tile/0/001\n",
    ] {
        assert!(Tile::parse(path).is_err(), "{path}");
    }
}

#[test]
fn a_log_of_70_000_entries_has_the_tiles_of_the_specification() {
    let tiles: Vec<Tile> = tile::tiles(70_000).collect();
    let count = |content, full| tiles.iter().filter(|tile| tile.content == content && tile.is_full() == full).count();
    let level = |level| Content::Hashes { level };
    assert_eq!((count(level(0), true), count(level(0), false)), (273, 1));
    assert_eq!((count(level(1), true), count(level(1), false)), (1, 1));
    assert_eq!((count(level(2), true), count(level(2), false)), (0, 1));
    assert_eq!((count(Content::Entries, true), count(Content::Entries, false)), (273, 1));
    for path in ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"] {
        assert!(tiles.contains(&Tile::parse(path).expect("a path")), "{path}");
    }
    let last = Tile::parse("tile/1/001.p/17").expect("a path");
    assert_eq!(last.entries(), Some((65_536, 69_888)));
    assert_eq!(Tile::parse("tile/63/000").expect("a path").entries(), None);
}

proptest! {
    #[test]
    fn any_tile_has_one_path(level in 0u8..=64, index: u64, width in 1u16..=256) {
        let content = if level == 64 { Content::Entries } else { Content::Hashes { level } };
        let tile = Tile { content, index, width };
        prop_assert_eq!(Tile::parse(&tile.to_string()), Ok(tile));
    }

    #[test]
    fn any_text_is_a_path_only_in_its_one_form(path in "tile/[0-9e]{0,3}(ntries)?/[x0-9/.p]{0,16}") {
        if let Ok(tile) = Tile::parse(&path) {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn new_tiles_are_those_that_the_old_tree_lacks(old in 0u64..200_000, more in 0u64..70_000) {
        let before: std::collections::BTreeSet<Tile> = tile::tiles(old).collect();
        let expected: Vec<Tile> = tile::tiles(old + more).filter(|tile| !before.contains(tile)).collect();
        prop_assert_eq!(tile::new_tiles(old, old + more).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn subtrees_are_found_in_tiles(size in 1u64..1500, level in 0u8..11, index in 0u64..1500) {
        let hashes = leaves(size as usize);
        let subtree = Subtree { level, index };
        let complete = (index + 1) << level <= size;
        let found = tile::holding(subtree, size);
        prop_assert_eq!(found.is_some(), complete);
        if let Some((tile, position, count)) = found {
            let Content::Hashes { level: tile_level } = tile.content else { panic!("hashes") };
            let bytes: Vec<u8> = (0..u64::from(tile.width))
                .map(|at| Subtree { level: 8 * tile_level, index: tile.index * 256 + at })
                .flat_map(|below| reader(&hashes)(below).expect("readable").0)
                .collect();
            prop_assert_eq!(tile::subtree_hash(&bytes, position, count), reader(&hashes)(subtree));
            prop_assert!(tile::subtree_hash(&bytes[..usize::from(position) * 32], position, count).is_err());
        }
    }

    #[test]
    fn bundles_come_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20), cut: prop::sample::Index) {
        let mut bundle = Vec::new();
        for entry in &entries {
            tile::push_entry(&mut bundle, entry).expect("short");
        }
        let read: Result<Vec<&[u8]>, _> = tile::entries(&bundle).collect();
        prop_assert_eq!(read.expect("whole"), entries.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let cut = cut.index(bundle.len() + 1);
        let read = tile::entries(&bundle[..cut]).take_while(Result::is_ok).count();
        prop_assert!(read <= entries.len());
        prop_assert!(tile::entries(&bundle[..cut]).filter(Result::is_err).count() <= 1);
    }
}

#[test]
fn an_entry_has_at_most_65_535_bytes() {
    assert!(tile::push_entry(&mut Vec::new(), &[0; 65_535]).is_ok());
    assert_eq!(tile::push_entry(&mut Vec::new(), &[0; 65_536]), Err(ledger::Error::EntryTooLong { length: 65_536 }));
}
