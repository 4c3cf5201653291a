//! Parts of a verification, each alone, for tests that turn every bit of a file and have no time to check the rest of the store
//! each time. Takes a damaged file; gives where the very code of [`super::verify_on`] says that something is wrong.

use super::contents::Content;
pub(in crate::storage) use super::log::TileFile;
use super::log::{compare_bundle, compare_hashes};
use super::payloads::unseal;
use super::*;
use crate::storage::segment::Record;
use ledger::tile;
use mission::record::envelope::Class;

/// A file below the store's directory, and a byte in it.
pub(in crate::storage) type Named = (PathBuf, u64);

fn named(findings: Findings) -> Vec<Named> {
    let differences = findings.differences.into_iter().map(|it| (it.file, it.offset));
    differences.chain(findings.missing.into_iter().map(|it| (it.file, 0))).collect()
}

/// What is found of settings, public keys and checkpoint, and of authors whose keys are not these.
pub(in crate::storage) fn head(disk: &dyn Disk, directory: &Path, authors: &BTreeSet<KeyId>) -> Vec<Named> {
    let mut findings = Findings::default();
    let settings = check_settings(disk, directory, &mut findings);
    let keys = check_keys(disk, directory, settings.as_ref(), &mut findings);
    check_checkpoint(disk, directory, keys.as_ref(), &mut findings);
    for author in authors.iter().filter(|author| keys.as_ref().is_some_and(|keys| !keys.authors.contains_key(author))) {
        findings.miss("keys", format!("the public key of author `{author}` is missing"));
    }
    named(findings)
}

/// What is found of the record keys before any entry is looked at.
pub(in crate::storage) fn ring(disk: &dyn Disk, directory: &Path) -> Vec<Named> {
    let mut findings = Findings::default();
    check_ring(disk, directory, None, &mut findings);
    named(findings)
}

/// What is found of the key of an entry.
pub(in crate::storage) fn slot(
    disk: &dyn Disk,
    directory: &Path,
    record: &Record,
    class: Class,
    ring: &Ring,
) -> Vec<Named> {
    match unseal(disk, record, class, Some(ring)) {
        Err(Content::KeyChanged(path, offset)) => {
            vec![(path.strip_prefix(directory).unwrap_or(&path).to_owned(), offset)]
        }
        Err(Content::KeyMissing(path)) => vec![(path, 0)],
        Ok(None) => vec![("payloads".into(), 0)],
        Ok(Some(_))
        | Err(Content::Opened(_) | Content::Sealed | Content::Withheld | Content::Gone | Content::Unchecked) => {
            Vec::new()
        }
    }
}

/// What is found of a tile or bundle with these bytes, if leaves and hashes below it are these.
pub(in crate::storage) fn tile(file: &TileFile, leaves: &[Option<&[u8]>], below: &[Option<Hash>]) -> Vec<Named> {
    let mut findings = Findings::default();
    let first = file.tile.index * u64::from(tile::WIDTH);
    match file.tile.content {
        tile::Content::Entries => compare_bundle(file, first, leaves, &mut findings),
        tile::Content::Hashes { level } => compare_hashes(file, first, usize::from(level), below, &mut findings),
    }
    named(findings)
}
