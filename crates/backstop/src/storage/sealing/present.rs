//! The record keys as a copy takes them: the files of the present generation, and apart from them the root, without which they
//! are noise. Takes a store; gives names and bytes. Never gives a root that has been replaced meanwhile.

use super::ring::{FOLDER, MAX_TABLE_BYTES, page_path, present_root, table_path};
use super::root::{HALF_BYTES, Root};
use super::table::{self, Table};
use super::{PAGE_SLOTS, SLOT_BYTES};
use crate::storage::disk::{self, Disk};
use crate::storage::error::Error;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A generation that changes so often while it is read will not stand still.
const ATTEMPTS: usize = 8;

/// What opens the entries of a store up to a size.
pub(in super::super) struct Present {
    /// Which generation it is.
    pub(in super::super) generation: u64,
    /// The file `root` with the present root and no other.
    pub(in super::super) root: Zeroizing<Vec<u8>>,
    /// The table, as far as it speaks of these entries.
    pub(in super::super) table: (PathBuf, Vec<u8>),
    /// Each page, and how many bytes of it belong to these entries.
    pub(in super::super) pages: Vec<(PathBuf, u64)>,
}

impl Present {
    /// What opens the first `size` entries. A change of generation that comes between is waited for.
    pub(in super::super) fn read(disk: &dyn Disk, store: &Path, size: u64) -> Result<Present, Error> {
        let folder = store.join(FOLDER);
        let mut attempts = 1;
        loop {
            let root = present_root(disk, &folder)?;
            match Present::under(disk, &folder, &root, size) {
                // The table of a root goes only after the next root is there.
                Err(_) if attempts < ATTEMPTS && present_root(disk, &folder)?.generation != root.generation => {
                    attempts += 1;
                }
                read => return read,
            }
        }
    }

    fn under(disk: &dyn Disk, folder: &Path, root: &Root, size: u64) -> Result<Present, Error> {
        let generation = root.generation;
        let path = table_path(folder, generation);
        let mut bytes = disk::read_existing(disk, &path, MAX_TABLE_BYTES)?;
        let table = table::read(&bytes).ok_or_else(|| Error::damaged(&path, 0, "not a table of record keys"))?;
        let Table { pages, .. } = table;
        let count = size.div_ceil(PAGE_SLOTS) as usize;
        if pages.len() < count {
            return Err(Error::damaged(&path, 0, format!("the line of page {} is missing", pages.len())));
        }
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').take(1 + count).map(<[u8]>::len).sum();
        bytes.truncate(lines);
        let slots = |number: u64| (size - number * PAGE_SLOTS).min(PAGE_SLOTS) * SLOT_BYTES as u64;
        let pages = pages.iter().take(count).map(|page| (page_path(folder, page), slots(page.number)));
        let mut halves = Zeroizing::new(root.to_bytes());
        halves.splice(0..0, std::iter::repeat_n(0, root.offset() as usize));
        halves.resize(2 * HALF_BYTES as usize, 0);
        Ok(Present { generation, root: halves, table: (path, bytes), pages: pages.collect() })
    }
}

/// The generation that a store is in.
pub(in super::super) fn present_generation(disk: &dyn Disk, store: &Path) -> Result<u64, Error> {
    Ok(present_root(disk, &store.join(FOLDER))?.generation)
}
