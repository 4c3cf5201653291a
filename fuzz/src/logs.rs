//! Notes, checkpoints, tiles, receipts, keys and proofs, as a hostile mirror would send them. Takes bytes; panics when
//! reading does, when a text is read and written as another, or when `signed_note` or `tlog_tiles` disagree unexplained.

use ed25519_dalek::SigningKey;
use ledger::note::Algorithm;
use ledger::tile::{self, Content, Tile};
use ledger::tree::{self, Subtree};
use ledger::witness::{Answer, Request};
use ledger::{Checkpoint, Error, Evidence, Hash, Note, Policy, Proof, SigningIdentity, VerifyingIdentity, witness};
use std::sync::LazyLock;

pub(crate) const LOG: &str = "example.org/log";

pub(crate) fn log_key() -> &'static SigningIdentity {
    static LOG_KEY: LazyLock<SigningIdentity> =
        LazyLock::new(|| SigningIdentity::new(LOG, SigningKey::from_bytes(&[1; 32])).expect("invariant: a name"));
    &LOG_KEY
}

pub(crate) fn witness_key() -> &'static VerifyingIdentity {
    static WITNESS: LazyLock<VerifyingIdentity> = LazyLock::new(|| {
        let key = SigningKey::from_bytes(&[2; 32]).verifying_key();
        VerifyingIdentity::new("witness.example", Algorithm::CosignatureV1, key).expect("invariant: a name")
    });
    &WITNESS
}

fn their_key() -> signed_note::VerifierList {
    let key = signed_note::StandardVerifier::new(&log_key().public().to_string()).expect("invariant: a key");
    signed_note::VerifierList::new(vec![Box::new(key)])
}

/// A note as it comes, or, after a zero byte, a text that the log's key signs first.
pub(crate) fn note(bytes: &[u8]) {
    match bytes.strip_prefix(&[0]) {
        None => read_note(bytes),
        Some(text) => {
            let Ok(text) = std::str::from_utf8(text) else { return };
            // After another zero byte come more lines, which nobody signed.
            let (text, more) = text.split_once('\0').unwrap_or((text, ""));
            let Ok(signed) = log_key().sign(text) else { return };
            let note = Note::parse(signed.as_bytes()).expect("what was signed can be read");
            let (verified, _) = note.verify(&[log_key().public().clone()]).expect("what was signed verifies");
            assert_eq!(verified, text);
            read_note(format!("{signed}{more}").as_bytes());
        }
    }
}

fn read_note(bytes: &[u8]) {
    let _ = Checkpoint::open(bytes, log_key().public(), std::slice::from_ref(witness_key()));
    let ours = Note::parse(bytes);
    let theirs = signed_note::Note::from_bytes(bytes);
    let (ours, theirs) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return,
        (Err(error), Ok(_)) => return assert!(stricter(&error), "ours refuses what signed_note reads: {error}"),
        (Ok(_), Err(error)) => panic!("signed_note refuses what ours reads: {error}"),
    };
    let _ = ours.verify(&[log_key().public().clone(), witness_key().clone()]);
    let (ours, theirs) = (ours.verify(&[log_key().public().clone()]), theirs.verify(&their_key()));
    match (&ours, &theirs) {
        (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
        // A second line by one key: the crate does not look at it.
        (Err(Error::BadSignature { .. } | Error::SignedTwice { .. }), Ok(_)) => {}
        (ours, theirs) => panic!("ours: {ours:?}, signed_note: {}", theirs.is_ok()),
    }
}

/// What ours refuses and `signed_note` does not: control characters in the name of a key.
fn stricter(error: &Error) -> bool {
    matches!(error, Error::Note { problem, .. } if problem.contains("name"))
}

/// The text of a checkpoint.
pub(crate) fn checkpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let ours = Checkpoint::parse(text);
    if let Ok(checkpoint) = &ours {
        assert_eq!(checkpoint.to_text(), text);
    }
    let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(
                (ours.origin.as_str(), ours.size, ours.root.0),
                (theirs.origin(), theirs.size(), theirs.hash().0)
            );
        }
        (Err(_), Err(_)) => {}
        (Ok(_), Err(_)) => panic!("tlog_tiles refuses what ours reads"),
        (Err(error), Ok(_)) => panic!("ours refuses what tlog_tiles reads: {error}"),
    }
}

/// A path as a request would carry it.
pub(crate) fn tile_path(bytes: &[u8]) {
    let Ok(path) = std::str::from_utf8(bytes) else { return };
    let ours = Tile::parse(path);
    if let Ok(tile) = ours {
        assert_eq!(tile.to_string(), path);
        if let Some((first, end)) = tile.entries() {
            assert!(first < end);
        }
    }
    // The crate names the height in the path and has another word for bundles; it panics at a width of
    // nothing and at a level above 63.
    let Some(rest) = path.strip_prefix("tile/") else { return };
    let width = rest.rsplit_once(".p/").and_then(|(_, width)| width.parse::<u32>().ok());
    let level = rest.split_once('/').and_then(|(level, _)| level.parse::<u8>().ok());
    if width == Some(0) || level > Some(tile::MAX_LEVEL) || rest.starts_with("data/") {
        return;
    }
    let rest = rest.strip_prefix("entries/").map_or(rest.to_owned(), |rest| format!("data/{rest}"));
    let theirs = tlog_tiles::Tile::from_path(&format!("tile/8/{rest}"));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            let level = match ours.content {
                Content::Entries => 0,
                Content::Hashes { level } => level,
            };
            let found = (theirs.level(), theirs.level_index(), theirs.width(), theirs.is_data());
            assert_eq!((level, ours.index, u32::from(ours.width), ours.content == Content::Entries), found);
        }
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("ours: {ours:?}, tlog_tiles: {theirs:?}"),
    }
}

/// A bundle, and the same bytes as a tile of hashes.
pub(crate) fn bundle(bytes: &[u8]) {
    let read: Result<Vec<&[u8]>, Error> = tile::entries(bytes).collect();
    if let Ok(entries) = read {
        let mut again = Vec::new();
        entries.iter().for_each(|entry| tile::push_entry(&mut again, entry).expect("an entry of a bundle fits one"));
        assert_eq!(again, bytes);
    }
    let numbers: Vec<u16> = bytes.as_chunks().0.iter().take(4).map(|pair| u16::from_be_bytes(*pair)).collect();
    if let [position, count, level, size] = numbers[..] {
        let _ = tile::subtree_hash(bytes, position, count);
        let subtree = Subtree { level: level as u8, index: u64::from(position) };
        // A 64-bit tree has no higher level.
        if subtree.level < 64 {
            let _ = tile::holding(subtree, u64::from(size) << (count % 49));
        }
    }
}

/// A receipt, checked against an entry too.
pub(crate) fn receipt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(proof) = Proof::parse(text) else { return };
    assert_eq!(proof.to_text(), text);
    let _ = proof.verify(b"entry", log_key().public(), std::slice::from_ref(witness_key()));
}

/// What goes between a log and its witnesses: a request, an answer, a piece of evidence.
pub(crate) fn exchange(bytes: &[u8]) {
    if let Ok(request) = Request::parse(bytes) {
        assert_eq!(request.to_text().as_bytes(), bytes);
        let held = witness::decide(log_key().public(), None, &request).ok();
        let _ = witness::decide(log_key().public(), held.as_ref(), &request);
    }
    for status in [200, 409, 422] {
        let _ = Answer::parse(status, bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(evidence) = Evidence::parse(text) {
        assert_eq!(evidence.to_text(), text);
        let _ = (evidence.checkpoints(), evidence.judge());
    }
}

/// A trust file, and after a zero byte the checkpoint that it judges.
pub(crate) fn policy(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let Ok(policy) = Policy::parse(&bytes[..end]) else { return };
    let _ = policy.asks_for_witnesses();
    let _ = policy.judge(bytes.get(end + 1..).unwrap_or_default());
}

/// A public key or a secret one.
pub(crate) fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let ours = VerifyingIdentity::parse(text);
    if let Ok(key) = &ours {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = SigningIdentity::parse(text) {
        assert_eq!(key.secret_text(), text);
        assert!(signed_note::StandardSigner::new(text).is_ok());
    }
    match (ours, signed_note::StandardVerifier::new(text)) {
        // Keys of witnesses are unknown there.
        (Ok(key), Err(_)) => assert_eq!(key.algorithm(), Algorithm::CosignatureV1, "signed_note refuses `{text}`"),
        // Ours also refuses weak keys, two spellings of a point, key ids in capitals and control characters in names.
        (Err(Error::Key { .. }) | Ok(_), _) => {}
        (Err(other), _) => panic!("another error than of a key: {other}"),
    }
}

/// Proofs in a small tree, true ones with harm done to them: `sizes, index, then (what to harm, how)`.
pub(crate) fn proof(bytes: &[u8]) {
    const LEAVES: u64 = 600;
    static HASHES: LazyLock<Vec<Hash>> =
        LazyLock::new(|| (0..LEAVES).map(|number| tree::leaf_hash(&number.to_be_bytes())).collect());
    let Some((head, harms)) = bytes.split_first_chunk::<7>() else { return };
    let number = |at: usize| u64::from(u16::from_be_bytes([head[at], head[at + 1]]));
    let size = number(0) % LEAVES + 1;
    let (index, old) = (number(2) % size, number(4) % size + 1);
    let read = |subtree: Subtree| -> Result<Hash, Error> {
        let start = (subtree.index << subtree.level) as usize;
        let mut edge = tree::Edge::default();
        HASHES[start..start + (1 << subtree.level)].iter().for_each(|hash| edge.push(*hash));
        Ok(edge.root())
    };
    let root = |size| tree::root(size, read).expect("invariant: every hash is there");
    let inclusion = head[6] & 1 == 0;
    let mut path = match inclusion {
        true => tree::prove_inclusion(index, size, read),
        false => tree::prove_consistency(old, size, read),
    }
    .expect("invariant: within the tree");
    let (mut index, mut size, mut old) = (index, size, old);
    let (root, mut old_root, whole) = (root(size), root(old), path.clone());
    let positions = (index, size, old);
    for harm in harms.as_chunks::<3>().0.iter().take(8) {
        let at = usize::from(harm[1]) % path.len().max(1);
        match harm[0] % 9 {
            0 if at < path.len() => path[at].0[usize::from(harm[2]) % 32] ^= harm[2] | 1,
            1 if at < path.len() => drop(path.remove(at)),
            2 if path.len() < 80 => path.insert(at, Hash([harm[2]; 32])),
            3 if at < path.len() => {
                let other = usize::from(harm[2]) % path.len();
                path.swap(at, other);
            }
            4 => index = (u64::from(harm[1]) << (harm[2] % 64)).wrapping_sub(u64::from(harm[2] & 1)),
            5 => size = (u64::from(harm[1]) << (harm[2] % 63)) | 1,
            6 => old = u64::from(harm[1]) << (harm[2] % 63),
            7 => old_root.0[usize::from(harm[1]) % 32] ^= harm[2],
            _ => path.extend_from_within(..path.len().min(2)),
        }
    }
    let theirs: Vec<tlog_tiles::Hash> = path.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect();
    let hash = |hash: Hash| tlog_tiles::Hash(hash.0);
    let untouched = path == whole && (index, size, old) == positions;
    if inclusion {
        let leaf = HASHES[positions.0 as usize];
        let ours = tree::verify_inclusion(leaf, index, size, &path, root);
        let peer = tlog_tiles::check_record(&theirs, size, hash(root), index, hash(leaf));
        assert_eq!(ours.is_ok(), peer.is_ok(), "{ours:?} {peer:?} index {index} size {size}");
        assert!(!untouched || ours.is_ok());
    } else {
        let ours = tree::verify_consistency(old, old_root, size, root, &path);
        let peer = tlog_tiles::check_tree(&theirs, size, hash(root), old, hash(old_root));
        assert_eq!(ours.is_ok(), peer.is_ok(), "{ours:?} {peer:?} old {old} size {size}");
    }
}
